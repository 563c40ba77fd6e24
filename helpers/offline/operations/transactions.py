"""Transactions: all of their writes or none, and the reasons where it is none.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from helpers.offline import rehearsal
from helpers.offline.language import evaluate, key_values, values
from helpers.offline.language.evaluate import Condition
from helpers.offline.language.expressions import Expressions, parse, presence
from helpers.offline.language.values import INVALID
from helpers.offline.operations import consumed, items
from helpers.offline.operations.consumed import Cost, report_all, report_collections, size_of, take
from helpers.offline.refusal import Refused
from helpers.offline.tables import item_rules
from helpers.offline.tables.table import TableState

MAX_BYTES = 4 * 1024 * 1024
SECONDS_IDEMPOTENT = 600
# A key that is none cancels the transaction; what else is wrong with a request is told at once.
_CANCEL = (
    item_rules.NO_MATCH,
    f"{INVALID}Missing the key",
    f"{INVALID}Type mismatch for",
    f"{INVALID}Size limit exceeded for",
    f"{INVALID}Condition parameter type",
    *key_values.TOO_LONG.values(),  # measured by ExtendDB's authors in July 2026; an empty key is told at once
)


@dataclass
class Step:
    """One action of a transaction.

    Attributes:
        table: the table.
        key: the item's key, or the item itself.
        request: the parameters that ReturnValuesOnConditionCheckFailure is looked for in.
        condition: what must hold of the item, or None.
        make: the item as it shall be (None to delete it) from the item as it is; None for a check.
    """

    table: TableState
    key: dict
    request: dict
    condition: Condition | None
    make: Callable[[dict | None], dict | None] | None

    def check(self, old: dict | None) -> None:
        """
        Raises:
            Refused: the condition does not hold.
        """
        if self.condition and not evaluate.matches(self.condition, old):
            raise items.condition_failed(self.request, old)

    def result(self, old: dict | None) -> dict | None:
        """The item afterwards.

        Raises:
            Refused: the condition does not hold, or the write cannot be made.
        """
        self.check(old)
        return self.make(old) if self.make else old


# --- TransactWriteItems --------------------------------------------------------------------------------------


def check_write(request: dict) -> list[tuple[str, dict, Expressions]]:
    """The request alone: each action's name, parameters and expressions."""
    actions = []
    for element in request["TransactItems"]:
        if len(element) > 1:
            raise Refused("TransactItems can only contain one of Check, Put, Update or Delete")
        if not element:
            raise Refused(
                "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
            )
        ((action, one),) = element.items()
        presence(one, action)
        values.check_attributes(one["Item" if action == "Put" else "Key"], numbers=True)
        actions.append((action, one, parse(one, action)))
    return actions


def transact_write_items(service, request: dict, parsed: list[tuple[str, dict, Expressions]]) -> dict:
    tables = [service.table(one["TableName"]) for _, one, _ in parsed]
    payload = hashlib.sha256(json.dumps(request["TransactItems"], sort_keys=True).encode()).digest()
    if (made := repeats(service, request, payload)) is not None:
        keys = [one["Item" if action == "Put" else "Key"] for action, one, _ in parsed]
        return report_reads({}, request, tables, keys, made)
    steps = prepared([lambda t=t, a=a: _step(t, *a) for t, a in zip(tables, parsed, strict=True)])
    return run(service, request, steps, payload)


def _step(table: TableState, action: str, request: dict, parsed: Expressions) -> Step:
    if action == "Put":
        item = request["Item"]
        item_rules.check_item(table, item)
        return Step(table, item, request, parsed.condition, lambda old: item)
    key = request["Key"]
    items.find(table, key, parsed)
    if action == "Update":
        item_rules.check_update(table, parsed.update)
        return Step(
            table, key, request, parsed.condition, lambda old: items.updated(table, parsed, old, key)[0]
        )
    return Step(table, key, request, parsed.condition, (lambda old: None) if action == "Delete" else None)


def prepared(makers: list[Callable[[], Step]], every: bool = False) -> list[Step]:
    """The steps that these functions make.

    Args:
        every: whether each step that cannot be made is told, not the first alone.

    Raises:
        Refused: a step is no valid request, or its key does not fit its table (that cancels the transaction).
    """
    steps, reasons = [], [{"Code": "None"} for _ in makers]
    for number, make in enumerate(makers):
        try:
            steps.append(make())
        except Refused as refusal:
            if not str(refusal).startswith(_CANCEL):
                raise
            reasons[number] = _reason(refusal)
            if not every:
                break
    _cancel_for(reasons)
    return steps


def run(service, request: dict, steps: list[Step], payload: bytes) -> dict:
    """Make all the writes, or none; the request's token is kept with its `payload` and what the writes left.

    Raises:
        Refused: TransactionCanceledException with its reasons; or what is wrong with the steps together.
    """
    once([(step.table.name, step.table.shelf.position(step.key)) for step in steps])
    _check_size(map(_payload, steps))
    _meet(len(steps))
    olds = [step.table.shelf.get(step.key) for step in steps]
    news, reasons = [], []
    for step, old in zip(steps, olds, strict=True):
        try:
            news.append(step.result(old))
            reasons.append({"Code": "None"})
        except Refused as refusal:
            news.append(old)
            reasons.append(_reason(refusal))
    _cancel_for(reasons)
    writes = [(step, old, new) for step, old, new in zip(steps, olds, news, strict=True)]
    costs = [(step.table, _write_cost(step, old, new)) for step, old, new in writes]
    _take(costs, "Write", [step.key for step in steps])
    for step, old, new in writes:
        if step.make:
            step.table.write(old, new)
    if token := request.get("ClientRequestToken"):
        service.tokens[token] = (payload, rehearsal.now(), [new or old for _, old, new in writes])
    written = [(step.table, step.key) for step in steps if step.make]
    return report_collections(report_all({}, request, by_table(costs), "Write"), request, written)


def _write_cost(step: Step, old: dict | None, new: dict | None) -> Cost:
    return consumed.write_cost(step.table, old, new, transactional=True)


def _take(costs: list[tuple[TableState, Cost]], kind: str, places: list) -> None:
    """Take the units of every item.

    Raises:
        Refused: TransactionCanceledException, whose reasons name the items that a bucket had nothing for.
    """
    reasons = [{"Code": "None"} for _ in costs]
    for number, (table, cost) in enumerate(costs):
        try:
            take(table, kind, cost, places[number])
        except Refused as refusal:
            code = {"ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded"}
            reasons[number] = {"Code": code.get(refusal.code, "ThrottlingError"), "Message": str(refusal)}
    _cancel_for(reasons)


def _meet(items: int) -> None:
    """
    Raises:
        Refused: another transaction is at one of these items, as a rehearsal has it.
    """
    if rehearsal.current and rehearsal.current.conflicts():
        met = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
        _cancel_for([met] + [{"Code": "None"}] * (items - 1))


def once(places: list[tuple]) -> None:
    """
    Raises:
        Refused: a transaction names an item twice; `places` are its tables' names and positions.
    """
    if len(set(places)) < len(places):
        raise Refused("Transaction request cannot include multiple operations on one item")


def _payload(step: Step) -> int:
    """What a write adds to the size of the request: its item, or its key and the values of its expressions."""
    return size_of(step.key) + size_of(step.request.get("ExpressionAttributeValues"))


def _check_size(sizes) -> None:
    if sum(sizes) > MAX_BYTES:
        raise Refused("Transaction payload size cannot exceed 4 MB")


def _reason(refusal: Refused) -> dict:
    code = refusal.code.removesuffix("Exception")
    return {
        "Code": "ValidationError" if code == "Validation" else code,
        "Message": str(refusal),
        **refusal.more,
    }


def _cancel_for(reasons: list[dict]) -> None:
    codes = [reason["Code"] for reason in reasons]
    if set(codes) - {"None"}:
        raise Refused(
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            f"[{', '.join(codes)}]",
            "TransactionCanceledException",
            CancellationReasons=reasons,
        )


# --- idempotency ---------------------------------------------------------------------------------------------


def repeats(service, request: dict, payload: bytes) -> list[dict | None] | None:
    """What this request left, or deleted, when it was made before with its token, in the last ten minutes.

    Raises:
        Refused: the token was used with another request.
    """
    now = rehearsal.now()
    for token in [one for one, (_, since, _) in service.tokens.items() if now - since > SECONDS_IDEMPOTENT]:
        del service.tokens[token]
    token = request.get("ClientRequestToken")
    if token not in service.tokens:
        return None
    if service.tokens[token][0] != payload:
        raise Refused(
            "DynamoDB rejected the request because you retried a request with a different payload but with an "
            "idempotent token that was already used.",
            "IdempotentParameterMismatchException",
        )
    return service.tokens[token][2]


def report_reads(
    answer: dict,
    request: dict,
    tables: list[TableState],
    keys: list[dict],
    found: list[dict | None] | None = None,
) -> dict:
    """The answer of a transaction that reads these items, with what that costs.

    Args:
        found: the items, as a request that is made again reads those of its first time; None for those that are there.
    """
    if found is None:
        found = [table.shelf.get(key) for table, key in zip(tables, keys, strict=True)]
    costs = [(t, consumed.read_cost([item], "transactional")) for t, item in zip(tables, found, strict=True)]
    _take(costs, "Read", keys)
    return report_all(answer, request, by_table(costs), "Read")


def by_table(costs: list[tuple[TableState, Cost]]) -> list[tuple[TableState, Cost]]:
    """Costs of single items, added up for each table."""
    sums: dict[str, tuple[TableState, Cost]] = {}
    for table, cost in costs:
        sums[table.name] = (table, sums[table.name][1] + cost if table.name in sums else cost)
    return list(sums.values())


# --- TransactGetItems ----------------------------------------------------------------------------------------


def check_get(request: dict) -> list[Expressions]:
    """The request alone: each read's expressions."""
    parsed = []
    for element in request["TransactItems"]:
        one = element["Get"]
        presence(one, "Get")
        values.check_attributes(one["Key"], numbers=True)
        parsed.append(parse(one, "Get"))
    return parsed


def transact_get_items(service, request: dict, parsed: list[Expressions]) -> dict:
    reads = [element["Get"] for element in request["TransactItems"]]
    tables = [service.table(one["TableName"]) for one in reads]
    prepared(
        [
            lambda t=t, one=one, p=p: items.find(t, one["Key"], p)
            for t, one, p in zip(tables, reads, parsed, strict=True)
        ]
    )
    _meet(len(reads))
    keys = [one["Key"] for one in reads]
    found = [table.shelf.get(key) for table, key in zip(tables, keys, strict=True)]
    once([(t.name, t.shelf.position(key)) for t, key in zip(tables, keys, strict=True)])
    _check_size(map(size_of, found))
    shown = [item and items.shown(one, item) for one, item in zip(parsed, found, strict=True)]
    answer = {"Responses": [{"Item": item} if item else {} for item in shown]}
    return report_reads(answer, request, tables, keys, found)
