"""Operations on single items and on batches of them: conditions, updates and what they consume.

The item as it was is on the table's shelf; expressions are evaluated here, and moto stores what comes out.
Sources: the API Reference page of each operation; for capacity
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from decimal import Decimal

from helpers.capacity import read_units, wire_item_size, write_units
from helpers.offline import evaluate, limits
from helpers.offline.expressions import Expressions
from helpers.offline.refusal import Refused

MAX_BATCH_GET_BYTES = 16 * 1024 * 1024


def get_item(service, request: dict, parsed: Expressions) -> dict:
    item = service.tables[request["TableName"]].shelf.get(request["Key"])
    answer = {"Item": shown(request, parsed, item)} if item else {}
    return report(answer, request, read_units(size_of(item), consistency(request)))


def put_item(service, request: dict, parsed: Expressions) -> dict:
    old = _current(service, request, request["Item"])
    _check_condition(request, parsed, old)
    store(service, request["TableName"], request["Item"])
    answer = {"Attributes": old} if old and request.get("ReturnValues") == "ALL_OLD" else {}
    return report(answer, request, write_cost(old, request["Item"]))


def delete_item(service, request: dict, parsed: Expressions) -> dict:
    old = _current(service, request, request["Key"])
    _check_condition(request, parsed, old)
    remove(service, request["TableName"], request["Key"])
    answer = {"Attributes": old} if old and request.get("ReturnValues") == "ALL_OLD" else {}
    return report(answer, request, write_cost(old, None))


def update_item(service, request: dict, parsed: Expressions) -> dict:
    old = _current(service, request, request["Key"])
    _check_condition(request, parsed, old)
    new, paths = updated(parsed, old, request["Key"])
    if new:
        store(service, request["TableName"], new)
    attributes = _asked_for(request.get("ReturnValues", "NONE"), old, new, paths)
    return report({"Attributes": attributes} if attributes else {}, request, write_cost(old, new))


def updated(parsed: Expressions, old: dict | None, key: dict) -> tuple[dict | None, tuple]:
    """The item that an update makes of the old one, and the paths that it changed.

    None where there was no item and the update only takes away: that creates none.

    Raises:
        Refused: the update cannot be applied, or its result is too large.
    """
    new, paths = evaluate.apply(parsed.update, old, key) if parsed.update else (old or dict(key), ())
    for value in (new or {}).values():
        limits.check_value(value)
    if size_of(new) > limits.MAX_ITEM_BYTES:
        raise Refused("Item size to update has exceeded the maximum allowed size")
    return new, paths


def _asked_for(values: str, old: dict | None, new: dict | None, paths: tuple) -> dict | None:
    """What ReturnValues asks for: whole items, or only what stands at the paths that changed."""
    item = old if values.endswith("OLD") else new
    if values in ("ALL_OLD", "ALL_NEW"):
        return item
    return evaluate.project(paths, item or {}) if values.startswith("UPDATED") else None


# --- batches -------------------------------------------------------------------------------------------------


def batch_get_item(service, request: dict, parsed: dict[str, Expressions]) -> dict:
    found, units, left, size = {}, {}, {}, 0
    for name, wanted in request["RequestItems"].items():
        found[name], units[name] = [], Decimal(0)
        for key in wanted["Keys"]:
            item = service.tables[name].shelf.get(key)
            size += size_of(item)
            if size > MAX_BATCH_GET_BYTES:
                left.setdefault(name, {**wanted, "Keys": []})["Keys"].append(key)
                continue
            units[name] += read_units(size_of(item), consistency(wanted))
            if item:
                found[name].append(shown(wanted, parsed[name], item))
    return _report_tables({"Responses": found, "UnprocessedKeys": left}, request, units)


def batch_write_item(service, request: dict, parsed: None) -> dict:
    units = {}
    for name, writes in request["RequestItems"].items():
        units[name] = Decimal(0)
        for write in writes:
            item = write["PutRequest"]["Item"] if "PutRequest" in write else None
            key = write["DeleteRequest"]["Key"] if item is None else item
            old = service.tables[name].shelf.get(key)
            units[name] += write_cost(old, item)
            if item is None:
                remove(service, name, key)
            else:
                store(service, name, item)
    return _report_tables({"UnprocessedItems": {}}, request, units)


# --- what they share -----------------------------------------------------------------------------------------


def store(service, name: str, item: dict) -> None:
    """Put an item, which was checked, into moto and onto the shelf."""
    service.ask_moto("PutItem", {"TableName": name, "Item": item})
    service.tables[name].shelf.put(item)


def remove(service, name: str, key: dict) -> None:
    """Take the item with this key out of moto and off the shelf."""
    service.ask_moto("DeleteItem", {"TableName": name, "Key": key})
    service.tables[name].shelf.delete(key)


def _current(service, request: dict, key: dict) -> dict | None:
    return service.tables[request["TableName"]].shelf.get(key)


def _check_condition(request: dict, parsed: Expressions, old: dict | None) -> None:
    if parsed.condition and not evaluate.matches(parsed.condition, old):
        told = (
            {"Item": old} if old and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
        )
        raise Refused("The conditional request failed", "ConditionalCheckFailedException", **told)


def shown(request: dict, parsed: Expressions, item: dict) -> dict:
    """The part of an item that the projection leaves."""
    if parsed.projection:
        return evaluate.project(parsed.projection, item)
    if names := request.get("AttributesToGet"):
        return {name: item[name] for name in names if name in item}
    return item


def size_of(item: dict | None) -> int:
    return wire_item_size(item) if item else 0


def consistency(request: dict) -> str:
    return "strong" if request.get("ConsistentRead") else "eventual"


def write_cost(old: dict | None, new: dict | None) -> Decimal:
    """A write costs by the larger of the item before and after."""
    return Decimal(write_units(max(size_of(old), size_of(new))))


def report(answer: dict, request: dict, units: Decimal) -> dict:
    """The answer with ConsumedCapacity, if the request asked for it."""
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        answer["ConsumedCapacity"] = _consumed(request, request["TableName"], units)
    return answer


def _report_tables(answer: dict, request: dict, units: dict[str, Decimal]) -> dict:
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        answer["ConsumedCapacity"] = [_consumed(request, name, used) for name, used in units.items()]
    return answer


def _consumed(request: dict, name: str, units: Decimal) -> dict:
    by_table = (
        {"Table": {"CapacityUnits": float(units)}} if request["ReturnConsumedCapacity"] == "INDEXES" else {}
    )
    return {"TableName": name, "CapacityUnits": float(units), **by_table}
