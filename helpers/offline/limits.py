"""What DynamoDB refuses and moto accepts, or refuses in other words.

These checks run before moto sees a request, in the service's own order: first the form of the request (lengths,
enums, patterns), then rules over several members; between the two functions here, expressions are read; then
come the table's state, and the item against the table's keys. The wording is the service's. Sources: the API Reference page of each operation, and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from functools import cache

from botocore.model import Shape
from botocore.session import get_session

from helpers.capacity import wire_item_size
from helpers.offline.refusal import Refused
from helpers.offline.tables import TableState

MAX_ITEM_BYTES = 400 * 1024
MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024
MAX_NESTING = 32
MAX_BATCH_WRITES = 25
MAX_BATCH_KEYS = 100
TABLE_NAME = r"[a-zA-Z0-9_.-]+"
_INVALID = "One or more parameter values were invalid: "
# DynamoDB lists an enum's values in an order of its own.
_ENUM_ORDER = {"ScalarAttributeType": ["B", "N", "S"], "BillingMode": ["PROVISIONED", "PAY_PER_REQUEST"]}


def check_request(operation: str, request: dict) -> None:
    """Refuse what DynamoDB refuses without looking at a table.

    Args:
        operation: the operation's name, such as "PutItem".
        request: its parameters in DynamoDB JSON; numbers in it are put into normal form.

    Raises:
        Refused: with DynamoDB's code and wording.
    """
    _check_form(operation, request)
    for rule in _REQUEST_RULES.get(operation, ()):
        rule(request)


def check_tables(operation: str, request: dict, tables: dict[str, TableState]) -> None:
    """Refuse what DynamoDB refuses for the state of its tables, or for their keys.

    Args:
        tables: name -> state of the tables there are.

    Raises:
        Refused: with DynamoDB's code and wording.
    """
    for rule in _TABLE_RULES.get(operation, ()):
        rule(request, tables)


# --- the form of a request: lengths, ranges, enums, patterns -------------------------------------------------


@cache
def _model():
    return get_session().get_service_model("dynamodb")


def _check_form(operation: str, request: dict) -> None:
    if operation not in _model().operation_names:
        return
    if operation == "CreateTable" and not 3 <= len(request.get("TableName", "")) <= 255:
        raise Refused("TableName must be at least 3 characters long and at most 255 characters long")
    shape = _model().operation_model(operation).input_shape
    problems = list(_problems(request, shape, ""))[:10]
    if problems:
        errors = "error" if len(problems) == 1 else "errors"
        raise Refused(f"{len(problems)} validation {errors} detected: {'; '.join(problems)}")


def _problems(value, shape: Shape, path: str) -> Iterator[str]:
    """Each constraint of the service's model that `value` breaks, as DynamoDB words it."""
    if shape.name == "AttributeValue":  # its rules are DynamoDB's own, see check_value
        return
    yield from (
        f"Value {_java(value, shape)} at '{path}' failed to satisfy constraint: {rule}"
        for rule in _broken(value, shape)
    )
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _problems(value[name], member, _join(path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        for number, element in enumerate(value, 1):
            yield from _problems(element, shape.member, f"{path}.{number}.member")
    elif shape.type_name == "map" and isinstance(value, dict):
        lengths = shape.value.metadata if shape.value.type_name == "list" else {}
        if "max" in lengths and not all(
            lengths["min"] <= len(one) <= lengths["max"] for one in value.values()
        ):
            yield (
                f"Value {_java(value, shape)} at '{path}' failed to satisfy constraint: Map value must satisfy constraint: "
                f"[Member must have length less than or equal to {lengths['max']}, "
                f"Member must have length greater than or equal to {lengths['min']}]"
            )
            return
        for key, element in value.items():
            yield from _problems(element, shape.value, f"{path}.{key}.member")


def _broken(value, shape: Shape) -> Iterator[str]:
    rules = shape.metadata
    size = len(value) if isinstance(value, str | list | dict) else value
    kind = "value" if isinstance(value, int) else "length"
    if shape.name == "TableArn":  # a name or an ARN
        rules = {"pattern": TABLE_NAME, "min": 3, "max": 255} if not str(value).startswith("arn:") else {}
    if "enum" in rules and value not in rules["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(_ENUM_ORDER.get(shape.name, rules['enum']))}]"
    if "pattern" in rules and not re.fullmatch(rules["pattern"], str(value)):
        yield f"Member must satisfy regular expression pattern: {rules['pattern']}"
    if "min" in rules and size < rules["min"]:
        yield f"Member must have {kind} greater than or equal to {rules['min']}"
    if "max" in rules and size > rules["max"]:
        yield f"Member must have {kind} less than or equal to {rules['max']}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name[0].lower()}{name[1:]}" if path else name[0].lower() + name[1:]


def _java(value, shape: Shape, quote: str = "'") -> str:
    """A value as the service prints it: Java's toString."""
    if shape.type_name == "structure":
        members = ", ".join(
            f"{_join('', name)}={_java(value[name], member, '')}"
            for name, member in shape.members.items()
            if name in value
        )
        text = f"{shape.name}({members})"
    elif shape.type_name == "list":
        text = f"[{', '.join(_java(element, shape.member, '') for element in value)}]"
    elif shape.type_name == "map":
        text = (
            "{"
            + ", ".join(f"{key}={_java(element, shape.value, '')}" for key, element in value.items())
            + "}"
        )
    else:
        text = str(value)
    return f"{quote}{text}{quote}"


# --- tables: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html -------------


def _throughput_fits_billing(request: dict) -> None:
    on_demand = request.get("BillingMode") == "PAY_PER_REQUEST"
    if on_demand and request.get("ProvisionedThroughput"):
        raise Refused(
            f"{_INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and not request.get("ProvisionedThroughput"):
        raise Refused(
            f"{_INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )


def _key_schema(request: dict) -> None:
    defined = [attribute["AttributeName"] for attribute in request["AttributeDefinitions"]]
    keys = [element["AttributeName"] for element in request["KeySchema"]]
    roles = [element["KeyType"] for element in request["KeySchema"]]
    if len(keys) > len(defined):
        raise Refused("Invalid KeySchema: Some index key attribute have no definition")
    if not set(keys) <= set(defined):
        raise Refused(
            f"{_INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(keys)}], AttributeDefinitions: [{', '.join(defined)}]"
        )
    if len(keys) == 2 and keys[0] == keys[1]:
        raise Refused("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    if roles[0] != "HASH":
        raise Refused("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(roles) > 1 and roles[1] != "RANGE":
        raise Refused("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    indexed = request.get("LocalSecondaryIndexes") or request.get("GlobalSecondaryIndexes")
    if not indexed and len(keys) != len(defined):
        raise Refused(
            f"{_INVALID}Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions"
        )


def _name_is_free(request: dict, tables: dict[str, TableState]) -> None:
    if request["TableName"] in tables:
        raise Refused(f"Table already exists: {request['TableName']}", "ResourceInUseException")


def _table_exists(request: dict, tables: dict[str, TableState]) -> None:
    name = request["TableName"]
    if name not in tables:
        raise Refused(f"Requested resource not found: Table: {name} not found", "ResourceNotFoundException")


def _table_is_settled(request: dict, tables: dict[str, TableState]) -> None:
    doing = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}.get(
        tables[request["TableName"]].status
    )
    if doing:
        raise Refused(
            f"Attempt to change a resource which is still in use: Table is being {doing}: {request['TableName']}",
            "ResourceInUseException",
        )


def _table_is_unprotected(request: dict, tables: dict[str, TableState]) -> None:
    if tables[request["TableName"]].protected:
        raise Refused(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
        )


def _update_changes_something(request: dict, tables: dict[str, TableState]) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    table = tables[request["TableName"]]
    wanted = request.get("ProvisionedThroughput")
    if not set(request) - {"TableName", "AttributeDefinitions"}:
        raise Refused(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates "
            "or SSESpecification or ReplicaUpdates is required"
        )
    if request.get("BillingMode") == "PROVISIONED" and not wanted:
        raise Refused(f"{_INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    if wanted and request.get("BillingMode", table.billing) == "PAY_PER_REQUEST":
        raise Refused(
            f"{_INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if wanted and (wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]) == (table.rcu, table.wcu):
        raise Refused(
            "The provisioned throughput for the table will not change. The requested value equals the current value. "
            f"Current ReadCapacityUnits provisioned for the table: {table.rcu}. Requested ReadCapacityUnits: {table.rcu}. "
            f"Current WriteCapacityUnits provisioned for the table: {table.wcu}. Requested WriteCapacityUnits: {table.wcu}. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        )


# --- items: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html and its siblings --


def _table_takes_items(request: dict, tables: dict[str, TableState]) -> None:
    table = tables.get(request["TableName"])
    if table is None or table.status in ("CREATING", "DELETING"):
        raise Refused("Requested resource not found", "ResourceNotFoundException")


def _values_of(member: str) -> Callable[[dict], None]:
    def rule(request: dict) -> None:
        for value in (request.get(member) or {}).values():
            check_value(value)

    return rule


def check_value(value: dict, depth: int = 0) -> None:
    """Refuse a value that is none; put numbers into DynamoDB's normal form, in place.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    if not value:
        raise Refused("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
    if len(value) > 1:
        raise Refused(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
        )
    ((kind, content),) = value.items()
    if kind == "N":
        value["N"] = _number(content)
    elif kind == "NULL" and content is not True:
        raise Refused(f"{_INVALID}Null attribute value types must have the value of true")
    elif kind in ("SS", "NS", "BS"):
        _check_set(kind, value)
    elif kind in ("L", "M"):
        if depth == MAX_NESTING:
            raise Refused("Nesting Levels have exceeded supported limits")
        for inner in content.values() if kind == "M" else content:
            check_value(inner, depth + 1)
    elif kind not in ("S", "B", "BOOL", "NULL"):
        raise Refused("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")


def _check_set(kind: str, value: dict) -> None:
    members = value[kind]
    if not members:
        empty = {"SS": "An string set  may not be empty", "NS": "An number set  may not be empty"}
        raise Refused(_INVALID + empty.get(kind, "Binary sets should not be empty"))
    if kind == "NS":
        value["NS"] = members = [_number(member) for member in members]
        if len(set(members)) < len(members):
            raise Refused("Input collection contains duplicates")
    elif len(set(members)) < len(members):
        raise Refused(f"{_INVALID}Input collection [{', '.join(members)}] contains duplicates.")


def _number(text: str) -> str:
    """A number in the form in which DynamoDB gives it back: no exponent, no leading or trailing zeros."""
    try:
        number = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        number = None
    if number is None or not number.is_finite() or text != text.strip() or "_" in text:
        raise Refused(f"The parameter cannot be converted to a numeric value{': ' + text if text else ''}")
    if not number:
        return "0"
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if number.adjusted() > 125:
        raise Refused(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if number.adjusted() < -130:
        raise Refused(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    if len(digits) > 38:
        raise Refused("Attempting to store more than 38 significant digits in a Number")
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _key_fits_schema(request: dict, tables: dict[str, TableState]) -> None:
    keys = tables[request["TableName"]].keys
    if {name: next(iter(value)) for name, value in request["Key"].items()} != keys:
        raise Refused("The provided key element does not match the schema")
    _check_key_values(request["Key"], keys)


def _item_has_key(request: dict, tables: dict[str, TableState]) -> None:
    item, keys = request["Item"], tables[request["TableName"]].keys
    for name, kind in keys.items():
        if name not in item:
            raise Refused(f"{_INVALID}Missing the key {name} in the item")
        actual = next(iter(item[name]))
        if actual != kind:
            raise Refused(f"{_INVALID}Type mismatch for key {name} expected: {kind} actual: {actual}")
    _check_key_values(item, keys)


def _check_key_values(item: dict, keys: dict[str, str]) -> None:
    for name, limit in zip(keys, (MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES), strict=False):
        size = wire_item_size({"": item[name]})
        if size == 0:
            kind = "string" if keys[name] == "S" else "binary"
            raise Refused(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                f"empty {kind} value. Key: {name}"
            )
        if size > limit == MAX_PARTITION_KEY_BYTES:  # the missing blank is DynamoDB's
            raise Refused(f"{_INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes")
        if size > limit:
            raise Refused(
                f"{_INVALID}Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
            )


def _item_fits(request: dict) -> None:
    if wire_item_size(request["Item"]) > MAX_ITEM_BYTES:
        raise Refused("Item size has exceeded the maximum allowed size")


# --- batches: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html ----------


def _puts_and_deletes(request: dict) -> Iterator[tuple[str, dict, bool]]:
    """Table name, item or key, and whether it is an item, of each write in a batch."""
    for name, writes in request["RequestItems"].items():
        for write in writes:
            if len(write) != 1:
                raise Refused(
                    "Supplied AttributeValue has more than one datatypes set, "
                    "must contain exactly one of the supported datatypes"
                )
            put = "PutRequest" in write
            yield name, write["PutRequest"]["Item"] if put else write["DeleteRequest"]["Key"], put


def _writes_are_sound(request: dict) -> None:
    writes = list(_puts_and_deletes(request))
    for _, item, put in writes:
        for value in item.values():
            check_value(value)
        if put:
            _item_fits({"Item": item})
    if len(writes) > MAX_BATCH_WRITES:
        raise Refused("Too many items requested for the BatchWriteItem call")


def _writes_fit_tables(request: dict, tables: dict[str, TableState]) -> None:
    seen = set()
    for name, item, put in _puts_and_deletes(request):
        _table_takes_items({"TableName": name}, tables)
        if put:
            _item_has_key({"TableName": name, "Item": item}, tables)
        else:
            _key_fits_schema({"TableName": name, "Key": item}, tables)
        _once(seen, name, tables[name].shelf.position(item))


def _wanted(request: dict) -> list[tuple[str, dict]]:
    return [(name, key) for name, one in request["RequestItems"].items() for key in one["Keys"]]


def _keys_are_sound(request: dict) -> None:
    for _, key in _wanted(request):
        for value in key.values():
            check_value(value)
    if len(_wanted(request)) > MAX_BATCH_KEYS:
        raise Refused("Too many items requested for the BatchGetItem call")


def _keys_fit_tables(request: dict, tables: dict[str, TableState]) -> None:
    seen = set()
    for name, key in _wanted(request):
        _table_takes_items({"TableName": name}, tables)
        _key_fits_schema({"TableName": name, "Key": key}, tables)
        _once(seen, name, tables[name].shelf.position(key))


def _once(seen: set, *key) -> None:
    if key in seen:
        raise Refused("Provided list of item keys contains duplicates")
    seen.add(key)


_BY_KEY = (_table_takes_items, _key_fits_schema)

_REQUEST_RULES: dict[str, tuple[Callable[[dict], None], ...]] = {
    "CreateTable": (_throughput_fits_billing, _key_schema),
    "GetItem": (_values_of("Key"),),
    "PutItem": (_values_of("Item"), _item_fits),
    "UpdateItem": (_values_of("Key"),),
    "DeleteItem": (_values_of("Key"),),
    "BatchWriteItem": (_writes_are_sound,),
    "BatchGetItem": (_keys_are_sound,),
}
_TABLE_RULES: dict[str, tuple[Callable[[dict, dict[str, TableState]], None], ...]] = {
    "CreateTable": (_name_is_free,),
    "DescribeTable": (_table_exists,),
    "UpdateTable": (_table_exists, _table_is_settled, _update_changes_something),
    "DeleteTable": (_table_exists, _table_is_settled, _table_is_unprotected),
    "GetItem": _BY_KEY,
    "PutItem": (_table_takes_items, _item_has_key),
    "UpdateItem": _BY_KEY,
    "DeleteItem": _BY_KEY,
    "Query": (_table_takes_items,),
    "Scan": (_table_takes_items,),
    "BatchWriteItem": (_writes_fit_tables,),
    "BatchGetItem": (_keys_fit_tables,),
}
