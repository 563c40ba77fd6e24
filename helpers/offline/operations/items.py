"""Operations on single items and on batches of them.

Each has two halves, as the service has: `check_…` sees the request alone and returns its expressions; the other
knows the tables. The item as it was is on the table's shelf; expressions are evaluated here. Sources: the API Reference page of each operation.
"""

from collections.abc import Callable, Iterator

from helpers.offline.language import evaluate, legacy, values
from helpers.offline.language.expressions import Expressions, parse, presence
from helpers.offline.operations import consumed
from helpers.offline.operations.consumed import (
    Cost,
    report,
    report_all,
    report_collection,
    report_collections,
    size_of,
    take,
)
from helpers.offline.refusal import Refused
from helpers.offline.tables import item_rules
from helpers.offline.tables.table import TableState

MAX_BATCH_GET_BYTES = 16 * 1024 * 1024
MAX_BATCH_WRITES = 25
MAX_BATCH_KEYS = 100


def checker(operation: str) -> Callable[[dict], Expressions]:
    """The first half of GetItem, PutItem, UpdateItem or DeleteItem."""

    def check(request: dict) -> Expressions:
        presence(request, operation)
        values.check_attributes(request["Item" if operation == "PutItem" else "Key"], numbers=True)
        if operation != "UpdateItem" and request.get("ReturnValues", "NONE") not in ("NONE", "ALL_OLD"):
            raise Refused("ReturnValues can only be ALL_OLD or NONE")
        legacy.check(request)
        return legacy.complete(request, parse(request, operation))

    return check


def get_item(service, request: dict, parsed: Expressions) -> dict:
    table = service.table(request["TableName"], request.get("ConsistentRead", False))
    item = find(table, request["Key"], parsed)
    cost = consumed.read_cost([item], consumed.consistency(request))
    take(table, "Read", cost, request["Key"])
    answer = {"Item": shown(parsed, item)} if item else {}
    return report(answer, request, table, cost)


def put_item(service, request: dict, parsed: Expressions) -> dict:
    new = request["Item"]
    item_rules.check_size(new)  # this needs no table, and is told before a missing one
    table = service.table(request["TableName"])
    item_rules.check_item(table, new, weighed=True)
    _check_nested(table, parsed)
    return _written(service, request, parsed, table, table.shelf.get(new), new)


def delete_item(service, request: dict, parsed: Expressions) -> dict:
    table = service.table(request["TableName"])
    return _written(service, request, parsed, table, find(table, request["Key"], parsed), None)


def _written(service, request: dict, parsed: Expressions, table: TableState, old, new) -> dict:
    key = new or request["Key"]
    _check_condition(request, parsed, table, old, key)
    cost = consumed.write_cost(table, old, new)
    take(table, "Write", cost, key)
    table.write(old, new)
    answer = {"Attributes": old} if old and request.get("ReturnValues") == "ALL_OLD" else {}
    report(answer, request, table, cost)
    return report_collection(answer, request, table, key)


def update_item(service, request: dict, parsed: Expressions) -> dict:
    table = service.table(request["TableName"])
    old = find(table, request["Key"], parsed)
    item_rules.check_update(table, parsed.update)
    _check_condition(request, parsed, table, old, request["Key"])
    new, paths = updated(table, parsed, old, request["Key"])
    cost = consumed.write_cost(table, old, new)
    take(table, "Write", cost, request["Key"])
    table.write(old, new)
    attributes = _asked_for(request.get("ReturnValues", "NONE"), old, new, paths)
    answer = {"Attributes": attributes} if attributes else {}
    report(answer, request, table, cost)
    return report_collection(answer, request, table, request["Key"])


# --- what single items, batches and transactions share -------------------------------------------------------


def find(table: TableState, key: dict, parsed: Expressions) -> dict | None:
    """The item with a key, once the key and the paths of the expressions fit the table."""
    item_rules.check_key(table.keys, key)
    _check_nested(table, parsed)
    return table.shelf.get(key)


def _check_nested(table: TableState, parsed: Expressions) -> None:
    if parsed.projection:
        item_rules.check_paths(table, (path[0] for path in parsed.projection if len(path) > 1))
    for one in (parsed.condition, parsed.update):
        if one and one.nested:
            item_rules.check_paths(table, one.nested)


def updated(table: TableState, parsed: Expressions, old: dict | None, key: dict) -> tuple[dict | None, tuple]:
    """The item that an update makes of the old one, and the paths that it changed.

    None where there was no item and the update only takes away: that creates none.

    Raises:
        Refused: the update cannot be applied, or its result does not fit the table.
    """
    new, paths = evaluate.apply(parsed.update, old, key) if parsed.update else (old or dict(key), ())
    if new is not None and new is not old:
        for value in new.values():
            values.normalize(value)
        item_rules.check_updated(table, new)
    return new, paths


def _asked_for(wanted: str, old: dict | None, new: dict | None, paths: tuple) -> dict | None:
    """What ReturnValues asks for: whole items, or only what stands at the paths that changed."""
    item = old if wanted.endswith("OLD") else new
    if wanted in ("ALL_OLD", "ALL_NEW"):
        return item
    return evaluate.project(paths, item or {}) if paths and wanted.startswith("UPDATED") else None


def _check_condition(
    request: dict, parsed: Expressions, table: TableState, old: dict | None, key: dict
) -> None:
    if parsed.condition and not evaluate.matches(parsed.condition, old):
        take(table, "Write", consumed.refused_cost(old), key)
        raise condition_failed(request, old)


def condition_failed(request: dict, old: dict | None) -> Refused:
    """The refusal of a write whose condition is false, with the item if the request asked for it."""
    asked = old and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    told = {"Item": old} if asked else {}
    return Refused("The conditional request failed", "ConditionalCheckFailedException", **told)


def shown(parsed: Expressions, item: dict) -> dict:
    """The part of an item that the projection leaves."""
    return evaluate.project(parsed.projection, item) if parsed.projection else item


# --- batches: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html ----------


def check_batch_get(request: dict) -> dict[str, Expressions]:
    """The first half of BatchGetItem: each table's expressions."""
    parsed, count = {}, 0
    for wanted in request["RequestItems"].values():
        presence(wanted, "BatchGetItem")
    # What one table is asked for in expressions, another is not in parameters of before 2014.
    presence(
        {member: one[member] for one in request["RequestItems"].values() for member in one}, "BatchGetItem"
    )
    for name, wanted in request["RequestItems"].items():
        legacy.check(wanted)
        parsed[name] = legacy.complete(wanted, parse(wanted, "BatchGetItem"))
        seen = []
        for key in wanted["Keys"]:
            values.check_forms(key.values(), numbers=True)
            if key in seen:  # as it is written: 1000 and 1e3 are two keys, and give the item twice
                raise Refused("Provided list of item keys contains duplicates")
            seen.append(key)
            count += 1
            if count > MAX_BATCH_KEYS:
                raise Refused("Too many items requested for the BatchGetItem call")
    return parsed


def batch_get_item(service, request: dict, parsed: dict[str, Expressions]) -> dict:
    tables = {
        name: service.table(name, wanted.get("ConsistentRead", False))
        for name, wanted in request["RequestItems"].items()
    }
    found, costs, left, size = {}, [], {}, 0
    taken, throttled = False, None
    items = {
        name: [find(table, key, parsed[name]) for key in request["RequestItems"][name]["Keys"]]
        for name, table in tables.items()
    }
    # A table that is there by its name and by its ARN is read once.
    for name in {table.name: name for name, table in tables.items()}.values():
        wanted, found[name], cost = request["RequestItems"][name], [], Cost()
        for key, item in zip(wanted["Keys"], items[name], strict=True):
            size += size_of(item)
            units = consumed.read_cost([item], consumed.consistency(wanted))
            refused = _throttled(tables[name], "Read", units, key)
            throttled = refused or throttled
            if size > MAX_BATCH_GET_BYTES or refused:
                left.setdefault(name, {**wanted, "Keys": []})["Keys"].append(key)
                continue
            cost += units
            taken = True
            if item:
                found[name].append(shown(parsed[name], item))
        costs.append((tables[name], cost))
    if throttled and not taken:
        raise throttled
    return report_all({"Responses": found, "UnprocessedKeys": left}, request, costs)


def _throttled(table: TableState, kind: str, cost: Cost, key: dict) -> Refused | None:
    """What a batch is told of one of its items where a bucket is empty: it leaves that item and goes on."""
    try:
        take(table, kind, cost, key)
    except Refused as refusal:
        return refusal
    return None


def _writes(request: dict) -> Iterator[tuple[str, dict | None, dict | None]]:
    """Table name, item and key (one of them None) of each write in a batch."""
    for name, writes in request["RequestItems"].items():
        for write in writes:
            if len(write) != 1:
                raise Refused(
                    "Supplied AttributeValue has more than one datatypes set, "
                    "must contain exactly one of the supported datatypes"
                )
            yield name, write.get("PutRequest", {}).get("Item"), write.get("DeleteRequest", {}).get("Key")


def check_batch_write(request: dict) -> None:
    """The first half of BatchWriteItem."""
    writes = list(_writes(request))
    for _, item, key in writes:
        values.check_attributes(item if key is None else key, numbers=True)
        if key is None:
            item_rules.check_size(item)
    if len(writes) > MAX_BATCH_WRITES:
        raise Refused("Too many items requested for the BatchWriteItem call")


def batch_write_item(service, request: dict, parsed: None) -> dict:
    tables = {name: service.table(name) for name in request["RequestItems"]}
    costs, written, seen = {name: Cost() for name in tables}, [], set()
    for name, item, key in _writes(request):
        if key is None:
            item_rules.check_batch_item(tables[name], item)
        else:
            item_rules.check_key(tables[name].keys, key)
        place = (name, tables[name].shelf.position(item or key))
        if place in seen:
            raise Refused("Provided list of item keys contains duplicates")
        seen.add(place)
    left, throttled = {}, None
    for name, item, key in _writes(request):
        table = tables[name]
        old = table.shelf.get(item or key)
        cost = consumed.write_cost(table, old, item)
        if refused := _throttled(table, "Write", cost, item or key):
            throttled = refused
            write = {"DeleteRequest": {"Key": key}} if item is None else {"PutRequest": {"Item": item}}
            left.setdefault(name, []).append(write)
            continue
        costs[name] += cost
        table.write(old, item)
        written.append((table, item or key))
    if throttled and not written:
        raise throttled
    answer = report_all(
        {"UnprocessedItems": left}, request, [(tables[name], cost) for name, cost in costs.items()]
    )
    return report_collections(answer, request, written)
