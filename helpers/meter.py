"""What a block of code asked of DynamoDB and what that consumed, by any boto3 client, resource or thread.

Importing `helpers` gives HANDLERS to botocore, so every client made afterwards is seen; a client made before
is not. They do nothing while no meter is open.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from helpers.prices.listed import cost
from helpers.views import Column, Grid

READS = {"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"}
UNREPORTED = "not reported"
# A refused condition consumes units that no answer tells; what a cancelled transaction costs the guide does not say.
UNTOLD = {"ConditionalCheckFailedException", "TransactionCanceledException"}

_lock = threading.Lock()
_open: list["Meter"] = []


@dataclass
class Usage:
    """What requests consumed: requests made, items that reads evaluated and returned, capacity units.

    `unreported_reads` and `unreported_writes` count answers that did not tell their units, and refusals that may
    have consumed some,
    `unreported_items` those of reads that never tell how many items they evaluated.
    """

    requests: int = 0
    evaluated: int = 0
    returned: int = 0
    rcu: Decimal = Decimal(0)
    wcu: Decimal = Decimal(0)
    unreported_reads: int = 0
    unreported_writes: int = 0
    unreported_items: int = 0

    def add(self, other: "Usage") -> None:
        for item in fields(Usage):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))


@dataclass(repr=False)
class Meter(Usage):
    """The sum of a block; `operations` splits it by operation, `refusals` counts refusals by error code.

    `priced` says whether its table tells the price too.
    """

    operations: dict[str, Usage] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    priced: bool = False

    @property
    def price(self) -> float:
        """Dollars that the reported units cost on demand in us-east-1, Standard class; see `helpers.prices`."""
        return cost(float(self.rcu), float(self.wcu))

    @property
    def refused(self) -> int:
        """Requests that the service refused; they are among `requests`."""
        return self.refusals.total()

    def record(self, operation: str, usage: Usage, refusal: str | None) -> None:
        with _lock:
            self.add(usage)
            self.operations.setdefault(operation, Usage()).add(usage)
            if refusal:
                self.refusals[refusal] += 1

    def __repr__(self) -> str:
        return repr(self._grid())

    def _repr_html_(self) -> str:
        return self._grid()._repr_html_()

    def _grid(self) -> Grid:
        figures = ("requests", "evaluated", "returned", "RCU", "WCU")
        with _lock:
            rows = [_row(name, usage) for name, usage in sorted(self.operations.items())]
            if len(rows) != 1:
                rows.append(_row("total", self))
            notes = list(self._notes())
        return Grid("", rows, [Column("operation"), *(Column(name, right=True) for name in figures)], notes)

    def _notes(self) -> Iterator[str]:
        if not self.requests:
            yield "No request to DynamoDB was seen."
        if self.refused:
            codes = ", ".join(f"{count} x {code}" for code, count in sorted(self.refusals.items()))
            yield f"Refused: {codes}. DynamoDB does not report what a refused request consumed."
        if self.refusals["ConditionalCheckFailedException"]:
            yield "A write whose condition failed still consumes write capacity."
        untold = sum(self.refusals[code] for code in UNTOLD)
        if unreported := self.unreported_reads + self.unreported_writes - untold:
            yield f"Answers without their capacity units: {unreported} of {self.requests - self.refused}."
        if self.priced:
            least = "at least " if self.unreported_reads + self.unreported_writes else ""
            yield f"On demand in us-east-1, a million times this costs {least}${self.price * 1_000_000:,.2f}."


@contextmanager
def meter(*, price: bool = False) -> Iterator[Meter]:
    """Count what boto3 asks of DynamoDB inside a `with` block, in this thread and all others.

    >>> with meter() as used:
    ...     table.query(...)
    >>> used                    # a small table, also of a block that ended in an error
    >>> used.rcu, used.wcu      # capacity units as Decimal; also requests, refused, evaluated, returned
    >>> used.price              # dollars on demand in us-east-1; meter(price=True) tells it in the table

    A request counts once, however often boto3 retried it. Items evaluated are those that a Query or Scan went
    through, or the keys that a get or a batch named; items returned are those that came back: none with
    Select="COUNT". Writes count neither. The answer to a PartiQL SELECT never tells how many it evaluated. Nested meters each count. A metered call answers what it would without a
    meter: consumed capacity is asked for on the way out, and taken from the answer unless the caller asked
    for it too.
    """
    used = Meter(priced=price)
    with _lock:
        _open.append(used)
    try:
        yield used
    finally:
        with _lock:
            _open[:] = [other for other in _open if other is not used]


def _before(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    """Ask for consumed capacity on behalf of the open meters, and leave them a note for the answer."""
    with _lock:
        meters = tuple(_open)
    if not meters:
        return
    reports = "ReturnConsumedCapacity" in model.input_shape.members
    hide = reports and params.get("ReturnConsumedCapacity", "NONE") == "NONE"
    if hide:
        params["ReturnConsumedCapacity"] = "TOTAL"
    context["course_meter"] = meters, params, reports, hide


def _after(http_response: Any, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    """Give every meter that was open at the start of the request what the answer says."""
    if "course_meter" not in context:
        return
    meters, params, reports, hide = context["course_meter"]
    if http_response.status_code >= 300:
        refusal = parsed.get("Error", {}).get("Code", "unknown error")
        usage = _refused(model.name, params, refusal)
    else:
        usage, refusal = _usage(model.name, params, parsed, reports), None
    if hide:
        parsed.pop("ConsumedCapacity", None)
    for used in meters:
        used.record(model.name, usage, refusal)


HANDLERS: list[tuple[str, Callable]] = [
    ("before-parameter-build.dynamodb", _before),
    ("after-call.dynamodb", _after),
]


def _refused(operation: str, params: Mapping[str, Any], code: str) -> Usage:
    untold, reads = int(code in UNTOLD), _reads(operation, params)
    return Usage(requests=1, unreported_reads=untold * reads, unreported_writes=untold * (not reads))


def _usage(operation: str, params: Mapping[str, Any], answer: Mapping[str, Any], reports: bool) -> Usage:
    usage = Usage(requests=1)
    usage.evaluated, usage.returned = _items(operation, params, answer)
    usage.unreported_items = int(operation == "ExecuteStatement" and _selects(params))
    if not reports:
        return usage
    capacity = answer.get("ConsumedCapacity") or []
    reads = _reads(operation, params)
    for share in [capacity] if isinstance(capacity, Mapping) else capacity:
        rcu, wcu = _units(share, reads)
        usage.rcu += rcu
        usage.wcu += wcu
    usage.unreported_reads = int(not capacity and reads)
    usage.unreported_writes = int(not capacity and not reads)
    return usage


def _units(capacity: Mapping[str, Any], reads: bool) -> tuple[Decimal, Decimal]:
    """Return (RCU, WCU) of one table's share; only transactions tell the two apart themselves."""
    if "ReadCapacityUnits" in capacity or "WriteCapacityUnits" in capacity:
        split = capacity.get("ReadCapacityUnits", 0), capacity.get("WriteCapacityUnits", 0)
    else:
        total = capacity.get("CapacityUnits", 0)
        split = (total, 0) if reads else (0, total)
    rcu, wcu = (Decimal(str(units)) for units in split)
    return rcu, wcu


def _items(operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many items a read evaluated (keys or ScannedCount) and returned; (0, 0) for a write."""
    match operation:
        case "GetItem":
            return 1, int("Item" in answer)
        case "Query" | "Scan":
            return answer.get("ScannedCount", 0), len(answer.get("Items", []))
        case "BatchGetItem":
            asked, left = params["RequestItems"], answer.get("UnprocessedKeys", {})
            keys = sum(len(t["Keys"]) for t in asked.values()) - sum(len(t["Keys"]) for t in left.values())
            return keys, sum(map(len, answer.get("Responses", {}).values()))
        case "TransactGetItems":
            return len(params["TransactItems"]), sum("Item" in one for one in answer.get("Responses", []))
        case "ExecuteStatement":
            return 0, len(answer.get("Items", []))
        case "BatchExecuteStatement" | "ExecuteTransaction":
            # Each SELECT in these names one whole key. [API_BatchExecuteStatement]
            statements = params.get("Statements") or params["TransactStatements"]
            found = sum("Item" in one for one in answer.get("Responses", []))
            return (len(statements), found) if _selects(params) else (0, found)
    return 0, 0


def _reads(operation: str, params: Mapping[str, Any]) -> bool:
    return operation in READS or _selects(params)


def _selects(params: Mapping[str, Any]) -> bool:
    """Return whether these ask for a PartiQL read; a batch or transaction is all reads or all writes."""
    statements = params.get("Statements") or params.get("TransactStatements") or [params]
    return statements[0].get("Statement", "").lstrip().upper().startswith("SELECT")


def _row(name: str, usage: Usage) -> list[str]:
    rcu = UNREPORTED if usage.unreported_reads and not usage.rcu else f"{usage.rcu.normalize():f}"
    wcu = UNREPORTED if usage.unreported_writes and not usage.wcu else f"{usage.wcu.normalize():f}"
    evaluated = UNREPORTED if usage.unreported_items else str(usage.evaluated)
    return [name, str(usage.requests), evaluated, str(usage.returned), rcu, wcu]
