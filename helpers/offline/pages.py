"""Query and Scan: a page of a table or of an index, in DynamoDB's order.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.html and Scan.html beside it.
"""

from helpers.capacity import read_units, wire_item_size
from helpers.offline import evaluate, expressions
from helpers.offline.expressions import Expressions
from helpers.offline.items import consistency, report, shown
from helpers.offline.refusal import Refused
from helpers.offline.shelf import Shelf, segment


def query(service, request: dict, parsed: Expressions) -> dict:
    table = service.tables[request["TableName"]]
    shelf, keys = _shelf_of(table, request)
    partition, narrowed = expressions.key_condition(parsed.key_condition, keys)
    _filter_names_no_key(parsed, keys)
    places = shelf.collection(partition)
    if narrowed:
        places = [place for place in places if evaluate.matches(narrowed, shelf.at(place))]
    return _page(table, shelf, places, parsed, request)


def scan(service, request: dict, parsed: Expressions) -> dict:
    table = service.tables[request["TableName"]]
    shelf, _ = _shelf_of(table, request)
    places = shelf.order()
    if request.get("TotalSegments"):
        places = segment(places, request["Segment"], request["TotalSegments"])
    return _page(table, shelf, places, parsed, request)


def _page(table, shelf: Shelf, places: list, parsed: Expressions, request: dict) -> dict:
    after = _position(shelf, request)
    forward = request.get("ScanIndexForward", True)
    items, more = shelf.page(places, after, request.get("Limit"), forward)
    kept = [item for item in items if evaluate.matches(parsed.filter, item)] if parsed.filter else items
    answer = {"Count": len(kept), "ScannedCount": len(items)}
    if request.get("Select") != "COUNT":
        answer["Items"] = [shown(request, parsed, item) for item in kept]
    if more:
        names = dict.fromkeys([*table.keys, *shelf.keys])
        answer["LastEvaluatedKey"] = {name: items[-1][name] for name in names}
    return report(answer, request, read_units(sum(map(wire_item_size, items)), consistency(request)))


def _position(shelf: Shelf, request: dict) -> tuple | None:
    """Where the page before ended.

    Raises:
        Refused: the start key is not one of this table or index.
    """
    key = request.get("ExclusiveStartKey")
    if key is None:
        return None
    if set(key) != set(shelf.keys) | set(shelf.base):
        detail = "" if shelf.base else ": The provided key element does not match the schema"
        raise Refused(f"The provided starting key is invalid{detail}")
    return shelf.position(key)


def _filter_names_no_key(parsed: Expressions, keys: dict[str, str]) -> None:
    for name in keys:
        if parsed.filter and name in expressions.filter_names(parsed.filter):
            raise Refused(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _shelf_of(table, request: dict) -> tuple[Shelf, dict[str, str]]:
    """The table's shelf, or the index's, and its key attributes with their types.

    Raises:
        Refused: there is no such index, or a consistent read of a global one is asked for.
    """
    name = request.get("IndexName")
    if name is None:
        return table.shelf, table.keys
    if name not in table.indexes:
        raise Refused(f"The table does not have the specified index: {name}")
    index = table.indexes[name]
    if index.is_global and request.get("ConsistentRead"):
        raise Refused("Consistent reads are not supported on global secondary indexes")
    return index.shelf(table), index.keys
