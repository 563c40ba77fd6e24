"""Query and Scan: a page of a table or of an index, in DynamoDB's order.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.html and Scan.html beside it; for
wording and order dynalite's tests, which ran on the service.
"""

from dataclasses import dataclass

from helpers.capacity import read_units
from helpers.offline.language import evaluate, expressions, key_values, legacy, values
from helpers.offline.language.expressions import Expressions, KeyCondition, parse, presence
from helpers.offline.language.values import INVALID
from helpers.offline.operations.consumed import Cost, consistency, read_cost, report, take
from helpers.offline.operations.items import shown
from helpers.offline.refusal import Refused
from helpers.offline.tables import item_rules
from helpers.offline.tables.indexes import Index
from helpers.offline.tables.shelf import Position, Shelf, narrowed, segment
from helpers.offline.tables.table import TableState

_BAD_START = "The provided starting key is invalid"
# What is wrong with these values is told without saying that the starting key is.
_BARE = ("contains duplicates", "number set", "numeric value", "significant digits", "number with magnitude")


# --- the request alone ---------------------------------------------------------------------------------------


def check_query(request: dict) -> Expressions:
    presence(request, "Query")
    _check_select(request)
    legacy.check(request)
    _check_start(request)
    parsed = parse(request, "Query")
    legacy.check_key_conditions(request)
    return legacy.complete(request, parsed)


def check_scan(request: dict) -> Expressions:
    presence(request, "Scan")
    _check_select(request)
    legacy.check(request)
    _check_start(request)
    _check_segments(request)
    return legacy.complete(request, parse(request, "Scan"))


def _check_select(request: dict) -> None:
    select = request.get("Select")
    given = [name for name in ("ProjectionExpression", "AttributesToGet") if name in request]
    told = None
    if select == "SPECIFIC_ATTRIBUTES":
        if not given:
            told = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    elif select and given:
        wanted = "only the Count" if select == "COUNT" else select
        told = f"Cannot specify the {given[0]} when choosing to get {wanted}"
    elif select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in request:
        told = "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
    if told:
        raise Refused(told).enveloped()  # see docs/offline.md


def _check_start(request: dict) -> None:
    for value in (request.get("ExclusiveStartKey") or {}).values():
        try:
            values.check_value(value)
        except Refused as refusal:
            told = str(refusal)
            if any(part in told for part in _BARE):
                raise
            raise Refused(f"{_BAD_START}: {told}") from None


def _check_segments(request: dict) -> None:
    number, total = request.get("Segment"), request.get("TotalSegments")
    if number is not None and total is None:
        raise Refused(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
        )
    if total is not None and number is None:
        raise Refused(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
        )
    if total is not None and number >= total:
        raise Refused("The Segment parameter is zero-based and must be less than parameter TotalSegments")


# --- with the table ------------------------------------------------------------------------------------------


@dataclass
class _Source:
    """What is read: a table or one of its indexes."""

    table: TableState
    index: Index | None

    @property
    def shelf(self) -> Shelf:
        return self.index.shelf if self.index else self.table.shelf

    @property
    def keys(self) -> dict[str, str]:
        return self.index.keys if self.index else self.table.keys

    @property
    def hashes(self) -> int:
        """How many of the keys make up the partition key."""
        return self.index.hashes if self.index else 1

    @property
    def is_single(self) -> bool:
        """Whether a query finds one item at most: that of a table without a sort key."""
        return self.index is None and len(self.table.keys) == 1

    @property
    def start_keys(self) -> dict[str, str]:
        """The attributes that a starting key has, with their types."""
        return self.table.keys | self.keys


def query(service, request: dict, parsed: Expressions) -> dict:
    source = _source(service, request)
    start = request.get("ExclusiveStartKey")
    if start is not None and len(start) != len(source.start_keys):
        raise Refused(_BAD_START)
    partition, conditions = expressions.key_condition(
        parsed.key_condition,
        source.keys,
        source.hashes,
        lambda name: _check_start_piece(start, source, name),
    )
    after = _position(source, request)
    if after is not None:
        _check_within(source, start, partition, conditions)
        if source.is_single:
            shown = ", ".join(f"{name}={expressions.java(value)}" for name, value in start.items())
            raise Refused(f"The provided exclusive start key is invalid: ExclusiveStartKey: {{{shown}}}")
    _check_projection_paths(source.table, parsed)
    _filter_names_no_key(request, parsed, source.keys)
    _check_projected(source, request, parsed)
    _check_filter_paths(source.table, parsed)
    places = source.shelf.collection(*partition)
    for at, condition in enumerate(conditions):
        places = narrowed(places, condition.operator, condition.values, at)
    key = dict(zip(source.keys, partition, strict=False))
    return _page(source, places, parsed, request, after, None if source.index else key)


def scan(service, request: dict, parsed: Expressions) -> dict:
    source = _source(service, request)
    start = request.get("ExclusiveStartKey")
    if start is not None and len(start) != len(source.start_keys):
        raise Refused(_BAD_START if source.index else f"{_BAD_START}: {item_rules.NO_MATCH}")
    for name in source.keys if source.index else ():
        _check_start_piece(start, source, name)
    _check_projected(source, request, parsed)
    after = _position(source, request)
    places, total = source.shelf.order(), request.get("TotalSegments")
    if total:
        number = request["Segment"]
        if after is not None and not segment([after], number, total):
            raise Refused(
                f"{_BAD_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
                f"TotalSegments: {total} Segment: {number}"
            )
        places = segment(places, number, total)
    _check_projection_paths(source.table, parsed)
    _check_filter_paths(source.table, parsed)
    return _page(source, places, parsed, request, after)


def _source(service, request: dict) -> _Source:
    """
    Raises:
        Refused: there is no such table or index, or a consistent read of a global one is asked for.
    """
    name = request.get("IndexName")
    table = service.table(request["TableName"], request.get("ConsistentRead", False))
    if name is None:
        return _Source(table, None)
    if name not in table.indexes or table.indexes[name].status == "DELETING":
        raise Refused(f"The table does not have the specified index: {name}")
    index = table.indexes[name]
    if index.is_global and request.get("ConsistentRead"):
        raise Refused("Consistent reads are not supported on global secondary indexes")
    if index.status == "CREATING":
        raise Refused(f"Cannot read from backfilling global secondary index: {name}")
    return _Source(table, index)


def _check_start_piece(start: dict | None, source: _Source, name: str) -> None:
    if start is None:
        return
    if name not in start:
        raise Refused(_BAD_START)
    if source.keys[name] not in start[name]:
        raise Refused(item_rules.NO_MATCH)
    key_values.check_key_value(source.keys, start, name, source.hashes)


def _position(source: _Source, request: dict) -> Position | None:
    """Where the page before ended.

    Raises:
        Refused: the start key is not one of this table or index.
    """
    start = request.get("ExclusiveStartKey")
    if start is None:
        return None
    own = {name: start[name] for name in source.table.keys if name in start}
    try:
        item_rules.check_key(source.table.keys, own)
    except Refused as refusal:
        raise Refused(f"{_BAD_START}: {refusal}") from None
    return source.shelf.position(start)


def _check_within(
    source: _Source, start: dict, partition: list[dict], conditions: list[KeyCondition]
) -> None:
    own = [start[name] for name in [*source.keys][: source.hashes]]
    if not conditions:
        if own != partition:
            raise Refused(
                "The provided starting key is outside query boundaries based on provided conditions"
            )
    elif not all(evaluate.matches(condition, start) for condition in conditions):
        raise Refused("The provided starting key does not match the range key predicate")
    elif own != partition:
        raise Refused("The query can return at most one row and cannot be restarted")


def _check_projection_paths(table: TableState, parsed: Expressions) -> None:
    item_rules.check_paths(table, (path[0] for path in parsed.projection or () if len(path) > 1))


def _check_filter_paths(table: TableState, parsed: Expressions) -> None:
    if parsed.filter:
        item_rules.check_paths(table, parsed.filter.nested)


def _filter_names_no_key(request: dict, parsed: Expressions, keys: dict[str, str]) -> None:
    what = "QueryFilter" if "QueryFilter" in request else "Filter Expression"
    for name in keys:
        if name in expressions.filter_names(parsed.filter):
            raise Refused(
                f"{what} can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _check_projected(source: _Source, request: dict, parsed: Expressions) -> None:
    """A global index gives what it holds and nothing else."""
    index = source.index
    if not index or not index.is_global or index.projected is None:
        return
    if request.get("Select") == "ALL_ATTRIBUTES":
        raise Refused(
            f"{INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} "
            "because its projection type is not ALL"
        )
    shown = {path[0] for path in parsed.projection or ()}
    item_rules.check_projected(index, shown, expressions.filter_names(parsed.filter))


def _page(
    source: _Source,
    places: list,
    parsed: Expressions,
    request: dict,
    after: Position | None,
    key: dict | None = None,
) -> dict:
    forward = request.get("ScanIndexForward", True)
    items, size, more = source.shelf.page(places, after, request.get("Limit"), forward)
    cost = _cost(source, size, request)
    answer: dict = {"ScannedCount": len(items)}
    if more and not (key and source.is_single):  # no query goes on after the only item
        answer["LastEvaluatedKey"] = {name: items[-1][name] for name in source.start_keys}
    if _needs_table(source, request, parsed):
        items = [source.table.shelf.get(item) for item in items]
        cost += read_cost(items, consistency(request))
    take(source.table, "Read", cost, key)
    kept = [item for item in items if evaluate.matches(parsed.filter, item)] if parsed.filter else items
    answer["Count"] = len(kept)
    if request.get("Select") != "COUNT":
        answer["Items"] = [shown(parsed, item) for item in kept]
    return report(answer, request, source.table, cost)


def _cost(source: _Source, size: int, request: dict) -> Cost:
    units = read_units(size, consistency(request))
    return Cost(indexes={source.index.name: units}) if source.index else Cost(units)


def _needs_table(source: _Source, request: dict, parsed: Expressions) -> bool:
    """Whether a local index does not hold what is asked for, so that whole items are fetched at extra cost."""
    if request.get("Select") == "ALL_ATTRIBUTES":
        return source.index is not None and source.index.projected is not None
    names = {path[0] for path in parsed.projection or ()} | expressions.filter_names(parsed.filter)
    return source.index is not None and bool(source.index.lacks(names))
