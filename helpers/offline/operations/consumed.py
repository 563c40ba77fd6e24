"""ConsumedCapacity and ItemCollectionMetrics, told where a request asks for them and nowhere else.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html, GSI.html and LSI.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from helpers.capacity import HALF_UNITS, read_units, wire_item_size, write_units
from helpers.offline import rehearsal
from helpers.offline.tables.table import TableState


@dataclass
class Cost:
    """Capacity units that a request consumed on one table and, by name, on its indexes."""

    table: Decimal = Decimal(0)
    indexes: dict[str, Decimal] = field(default_factory=dict)

    def __add__(self, other: "Cost") -> "Cost":
        names = dict.fromkeys([*self.indexes, *other.indexes])
        both = {name: self.indexes.get(name, 0) + other.indexes.get(name, 0) for name in names}
        return Cost(self.table + other.table, both)

    @property
    def total(self) -> Decimal:
        return self.table + sum(self.indexes.values())


def size_of(item: dict | None) -> int:
    """An item's size in bytes; 0 of none."""
    return wire_item_size(item) if item else 0


def consistency(request: dict) -> str:
    """The consistency of the read that a request asks for."""
    return "strong" if request.get("ConsistentRead") else "eventual"


def write_cost(table: TableState, old: dict | None, new: dict | None, transactional: bool = False) -> Cost:
    """A write costs by the larger of the item before and after, and its own write on each index it changes.

    A transaction doubles the write on the table alone: indexes follow it later, outside of it.
    """
    indexes = {index.name: Decimal(index.units(old, new)) for index in table.indexes.values()}
    units = Decimal(write_units(max(size_of(old), size_of(new)), transactional))
    return Cost(units, {name: used for name, used in indexes.items() if used})


def refused_cost(old: dict | None) -> Cost:
    """A write whose condition fails costs by the item that is there, at least 1 unit. [WorkingWithItems]"""
    return Cost(Decimal(write_units(size_of(old))))


def read_cost(items: Iterable[dict | None], how: str) -> Cost:
    """Single reads, each rounded up; `how` is a consistency or "transactional"."""
    assert how in HALF_UNITS
    return Cost(sum((read_units(size_of(item), how) for item in items), Decimal(0)))


def take(table: TableState, kind: str, cost: Cost, key: dict | None = None) -> None:
    """Take what a request costs from the buckets of a rehearsal, if there is one, before anything is written.

    Args:
        kind: "Read" or "Write".
        key: the item's key, or the item; None where a request reads several partitions.

    Raises:
        Refused: a bucket does not hold that much.
    """
    if rehearsal.current:
        rehearsal.current.take(table, kind, cost.table, cost.indexes, key)


def report(answer: dict, request: dict, table: TableState, cost: Cost) -> dict:
    """The answer of an operation on one table with ConsumedCapacity, if the request asked for it."""
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        answer["ConsumedCapacity"] = told(request, table, cost)
    return answer


def report_all(answer: dict, request: dict, costs: list[tuple[TableState, Cost]], kind: str = "") -> dict:
    """The answer of an operation on several tables with ConsumedCapacity, if the request asked for it."""
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        answer["ConsumedCapacity"] = [told(request, table, cost, kind) for table, cost in costs]
    return answer


def told(request: dict, table: TableState, cost: Cost, kind: str = "") -> dict:
    """One table's ConsumedCapacity; transactions name the `kind` of units too: "Read" or "Write"."""

    def units(used: Decimal) -> dict:
        return {"CapacityUnits": float(used), **({f"{kind}CapacityUnits": float(used)} if kind else {})}

    answer = {"TableName": _named(request, table), **units(cost.total)}
    if request["ReturnConsumedCapacity"] == "INDEXES":
        answer["Table"] = units(cost.table)
        for member, is_global in (("LocalSecondaryIndexes", False), ("GlobalSecondaryIndexes", True)):
            used = {
                name: units(one)
                for name, one in cost.indexes.items()
                if table.indexes[name].is_global == is_global
            }
            if used:
                answer[member] = used
    return answer


def _named(request: dict, table: TableState) -> str:
    """The table as the request named it, by its name or its ARN.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html
    """
    actions = (one for element in request.get("TransactItems", ()) for one in element.values())
    asked = [
        request.get("TableName"),
        *request.get("RequestItems", ()),
        *(one["TableName"] for one in actions),
    ]
    return table.arn if table.arn in asked else table.name


def collection(table: TableState, item: dict) -> dict | None:
    """The metrics of the collection that an item belongs to; None where the table has no local index."""
    if not table.has_local_indexes:
        return None
    name = next(iter(table.keys))
    return {"ItemCollectionKey": {name: item[name]}, "SizeEstimateRangeGB": [0.0, 1.0]}


def report_collection(answer: dict, request: dict, table: TableState, item: dict) -> dict:
    """The answer with ItemCollectionMetrics, if the request asked for it and the table has local indexes."""
    if request.get("ReturnItemCollectionMetrics") == "SIZE" and (metrics := collection(table, item)):
        answer["ItemCollectionMetrics"] = metrics
    return answer


def report_collections(answer: dict, request: dict, written: list[tuple[TableState, dict]]) -> dict:
    """The same for several items; each collection is told once."""
    if request.get("ReturnItemCollectionMetrics") != "SIZE":
        return answer
    metrics: dict[str, list[dict]] = {}
    for table, item in written:
        one = collection(table, item)
        if one and one not in metrics.setdefault(table.name, []):
            metrics[table.name].append(one)
    return answer | ({"ItemCollectionMetrics": metrics} if metrics else {})
