"""The form of a request, which the service checks first: JSON types, then lengths, ranges, enums and patterns.

Both are read from the service's own model, which botocore ships; DynamoDB's wording and the order of its enum
values are not in it. Sources: the API Reference page of each operation; dynalite, whose tests ran on the service.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator
from functools import cache

from botocore.loaders import create_loader
from botocore.model import ServiceModel, Shape

from helpers.offline.refusal import Refused

NAME = r"[a-zA-Z0-9_.-]+"
_PACKAGE = "com.amazonaws.dynamodb.v20120810"
_STREAMS = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
_ENUM_ORDER = {
    "ScalarAttributeType": ["B", "N", "S"],
    "StreamViewType": ["OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"],
    "BillingMode": ["PROVISIONED", "PAY_PER_REQUEST"],
    "ReturnConsumedCapacity": ["INDEXES", "TOTAL", "NONE"],
    "ReturnItemCollectionMetrics": ["SIZE", "NONE"],
    "ReturnValue": ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"],
    "Select": ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"],
    "ConditionalOperator": ["OR", "AND"],
    "ProjectionType": ["ALL", "INCLUDE", "KEYS_ONLY"],
    "ComparisonOperator": (
        "IN NULL BETWEEN LT NOT_CONTAINS EQ GT NOT_NULL NE LE BEGINS_WITH GE CONTAINS".split()
    ),
}
# The order in which what is wrong with several members is told, where it is not the model's. [dynalite]
_ORDER = {
    "BatchGetItemInput": "ReturnConsumedCapacity RequestItems",
    "BatchWriteItemInput": "ReturnConsumedCapacity ReturnItemCollectionMetrics RequestItems",
    "CreateTableInput": (
        "AttributeDefinitions TableName BillingMode ProvisionedThroughput KeySchema LocalSecondaryIndexes "
        "GlobalSecondaryIndexes"
    ),
    "CreateGlobalSecondaryIndexAction": "Projection IndexName ProvisionedThroughput KeySchema",
    "DeleteItemInput": (
        "ReturnConsumedCapacity TableName ReturnValues ReturnItemCollectionMetrics Key ConditionalOperator Expected"
    ),
    "GetItemInput": "ReturnConsumedCapacity AttributesToGet TableName Key",
    "PutItemInput": (
        "ReturnConsumedCapacity TableName Item ConditionalOperator Expected ReturnValues ReturnItemCollectionMetrics"
    ),
    "ProvisionedThroughput": "WriteCapacityUnits ReadCapacityUnits",
    "QueryInput": (
        "Select IndexName ReturnConsumedCapacity QueryFilter TableName ConditionalOperator AttributesToGet Limit "
        "KeyConditions"
    ),
    "ScanInput": (
        "Select IndexName TotalSegments ReturnConsumedCapacity TableName ConditionalOperator ScanFilter Segment Limit "
        "AttributesToGet"
    ),
    "UpdateItemInput": (
        "ReturnConsumedCapacity TableName ReturnItemCollectionMetrics ReturnValues Key ConditionalOperator Expected"
    ),
}
# Rules of the service that its model leaves out.
_RULES = {
    "TableName": {"pattern": NAME, "min": 3, "max": 255},
    "KeySchema": {"min": 1, "max": 2},
    "KeyList": {"min": 1, "max": 100},
    "AttributeNameList": {"min": 1, "max": 255},
}
# The highest Limit of requests whose shape of a Limit others share.
_LIMITS = {"ListStreamsInput": 100, "DescribeStreamInput": 100, "GetRecordsInput": 1000}
# Operations that check a table's name, or its ARN, before anything else of the request's form.
_ABOUT_TABLES = {"CreateTable", "DeleteTable", "DescribeTable", "UpdateTable"}
_ABOUT_TABLES |= {"DescribeTimeToLive", "UpdateTimeToLive"}
_ABOUT_TAGS = {"TagResource", "UntagResource", "ListTagsOfResource"}
# Members that a vector index can do without and a table cannot; what is wrong with a tag, `settings` tells.
_REQUIRED = {"CreateTableInput": ["AttributeDefinitions", "TableName", "KeySchema"], "Tag": []}
# Members that the service takes and botocore's model may lack. [measured in August 2026 by ExtendDB's tests]
_NEWER = dict.fromkeys(
    ("CreateTableInput", "UpdateTableInput"), {"TableThroughputMode": {"shape": "BillingMode"}}
)
# Members that are looked at one after the other, before the rest: the first that is wrong is told alone. [ExtendDB]
_ALONE = {
    "QueryInput": ("ReturnConsumedCapacity", "Select"),
    "UpdateItemInput": ("ReturnValues", "ReturnConsumedCapacity"),
}
# What the service checks later, and words otherwise.
_ELSEWHERE = ("AttributeName", "TableClass", "TagKeyString", "TagValueString")
# A null among their members, `values` tells.
_SETS = ("StringSetAttributeValue", "NumberSetAttributeValue", "BinarySetAttributeValue")
# What these hold that is none of their members, the service passes over, and tells that nothing is left.
_OPEN = ("AttributeValue",)
# What the service's JSON parser says of a list or map that is an element of another, and is neither.
_GENERIC = "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl"
_NO_CAST = (
    f"class {_GENERIC} cannot be cast to class java.lang.Class "
    f"({_GENERIC} and java.lang.Class are in module java.base of loader 'bootstrap')"
)
# Texts that stand for booleans, in any case.
_BOOLEANS = dict.fromkeys(("true", "1", "yes"), True) | dict.fromkeys(("false", "0", "no"), False)
_NUMBERS = {"integer": "Integer", "long": "Long", "float": "Double", "double": "Double", "timestamp": "Date"}


def known(operation: str) -> bool:
    """Whether the service, or its streams, has an operation of this name."""
    return operation in _model(operation).operation_names


def check(operation: str, request: dict) -> None:
    """Refuse a request of the wrong form. Members that are null are dropped.

    Raises:
        Refused: SerializationException for a value of the wrong JSON type, else ValidationException: also for a member
            that the operation does not know, which the service may have learned since.
    """
    shape = input_of(operation)
    _types(shape)(request)
    if operation in _ABOUT_TABLES:
        _check_table_name(request)
    if operation in _ABOUT_TAGS and "ResourceArn" not in request:
        raise Refused("Invalid TableArn")
    problems = _alone(request, shape) or list(_problems(request, shape, ""))[:10]
    if problems:
        errors = "error" if len(problems) == 1 else "errors"
        raise Refused(f"{len(problems)} validation {errors} detected: {'; '.join(problems)}")


def _model(operation: str) -> ServiceModel:
    return _service("dynamodbstreams" if operation in _STREAMS else "dynamodb")


@cache
def _service(name: str) -> ServiceModel:
    loader = create_loader()
    # By its file: a whole session, or a loader that first lists all services, takes twice as long.
    told = loader.load_data(f"{name}/{loader.determine_latest_version(name, 'service-2')}/service-2")
    for shape in _NEWER.keys() & told["shapes"].keys():
        told["shapes"][shape]["members"] |= _NEWER[shape]
    return ServiceModel(told, name)


@cache
def input_of(operation: str) -> Shape:
    """The shape of an operation's request."""
    return _model(operation).operation_model(operation).input_shape


def _alone(request: dict, shape: Shape) -> list[str]:
    """What is wrong with the first of the members that are told alone."""
    for name in _ALONE.get(shape.name, ()):
        if name in request and (
            problems := list(_problems(request[name], shape.members[name], _join("", name)))
        ):
            return problems
    return []


def _check_table_name(request: dict) -> None:
    name = request.get("TableName")
    if name is None:
        raise Refused("The parameter 'TableName' is required but was not present in the request")
    if not name.startswith("arn:") and not 3 <= len(name) <= 255:
        raise Refused("TableName must be at least 3 characters long and at most 255 characters long")


# --- JSON types ----------------------------------------------------------------------------------------------


def _wrong(told: str) -> Refused:
    return Refused(told, "SerializationException")


def _collection(value, name: str) -> Refused:
    if isinstance(value, list):
        return _wrong(f"Unrecognized collection type {name}")
    return _wrong("Start of structure or map found where not expected")


@cache
def _types(shape: Shape, inside: bool = False) -> Callable:
    """A function that checks the JSON types of a value of this shape; `inside`: as an element of a list or map."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, inside)
    if kind == "list":
        return _list(_types(shape.member, True), inside, shape.name in _SETS)
    if kind == "map":
        return _map(
            _types(shape.value, True), f"java.util.Map<java.lang.String, {_class(shape.value)}>", inside
        )
    return _SCALARS[kind]


def _class(shape: Shape) -> str:
    """The Java class of a map's values."""
    if shape.type_name == "list":
        return f"java.util.List<{_class(shape.member)}>"
    return "java.lang.String" if shape.type_name == "string" else f"{_PACKAGE}.{shape.name}"


def _structure(shape: Shape, inside: bool) -> Callable:
    members: dict[str, Callable] = {}

    def check_structure(value) -> None:
        if not members:  # at the first call: an attribute value holds attribute values
            members.update({name: _types(member) for name, member in shape.members.items()})
        if not isinstance(value, dict):
            if isinstance(value, list):
                raise _collection(value, f"class {_PACKAGE}.{shape.name}")
            raise _wrong("Unexpected value type in payload" if inside else "Unexpected field type")
        for name in [name for name, content in value.items() if content is None or name not in members]:
            if value.pop(name) is not None and shape.name not in _OPEN:
                raise Refused(f"The offline service does not know the parameter {name} of {shape.name}.")
        for name, content in value.items():
            members[name](content)
            # DynamoDB has no parameter that is a fraction but for times.
            if isinstance(content, float) and shape.members[name].type_name != "timestamp":
                value[name] = int(content)
            elif isinstance(content, str) and members[name] is _boolean:
                value[name] = _BOOLEANS[content.lower()]

    return check_structure


def _list(check_member: Callable, inside: bool, is_set: bool) -> Callable:
    def check_list(value) -> None:
        if isinstance(value, dict):
            raise _collection(value, "")
        if not isinstance(value, list):
            raise _wrong(_NO_CAST if inside else "Unexpected field type")
        for element in value:
            if element is not None or not is_set:
                check_member(element)

    return check_list


def _map(check_value: Callable, name: str, inside: bool) -> Callable:
    def check_map(value) -> None:
        if isinstance(value, list):
            raise _collection(value, name)
        if not isinstance(value, dict):
            raise _wrong(_NO_CAST if inside else "Unexpected field type")
        for key, element in value.items():
            _check_text(key)
            check_value(element)

    return check_map


def _string(value) -> None:
    if not isinstance(value, str):
        raise _scalar(value, "String")
    _check_text(value)


def _check_text(text: str) -> None:
    """JSON can spell half of a surrogate pair, which is no character and has no bytes in UTF-8."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise _wrong("A string holds half of a surrogate pair, which is no character") from None


def _scalar(value, name: str) -> Refused:
    if isinstance(value, bool):
        return _wrong(f"{'TRUE' if value else 'FALSE'}_VALUE cannot be converted to {name}")
    if isinstance(value, str):
        return _wrong(f"STRING_VALUE cannot be converted to {name}")
    if isinstance(value, int | float):
        whole = "NUMBER" if value % 1 == 0 else "DECIMAL"  # also of no number and of an infinite one
        return _wrong(f"{whole}_VALUE cannot be converted to {name}")
    return _collection(value, f"class java.lang.{name}")


def _boolean(value) -> None:
    if isinstance(value, str):
        if value.lower() not in _BOOLEANS:
            raise _wrong("Unexpected token received from parser")
    elif not isinstance(value, bool):
        raise _scalar(value, "Boolean")


def _number(name: str) -> Callable:
    def check_number(value) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _scalar(value, name)

    return check_number


def _blob(value) -> None:
    if isinstance(value, list | dict):
        raise _collection(value, "class java.nio.ByteBuffer")
    if not isinstance(value, str):
        raise _wrong("only base-64-encoded strings are convertible to bytes")
    if len(value) % 4:
        raise _wrong(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(value)}")
    try:
        exact = base64.b64encode(base64.b64decode(value, validate=True)).decode() == value
    except binascii.Error:
        exact = False
    if not exact:
        raise _wrong("Invalid last non-pad Base64 character dectected")  # the spelling is the service's


_SCALARS: dict[str, Callable] = {"string": _string, "boolean": _boolean, "blob": _blob}
_SCALARS |= {kind: _number(name) for kind, name in _NUMBERS.items()}


# --- constraints ---------------------------------------------------------------------------------------------


@cache
def _constrained(shape: Shape) -> bool:
    """Whether anything about a value of this shape can break a rule; an attribute value's rules are elsewhere."""
    if shape.name == "AttributeValue":
        return False
    if _rules(shape):
        return True
    if shape.type_name == "structure":
        return bool(_required(shape)) or any(map(_constrained, shape.members.values()))
    if shape.type_name == "list":
        return _constrained(shape.member)
    return shape.type_name == "map" and (_constrained(shape.value) or _constrained(shape.key))


@cache
def _rules(shape: Shape) -> dict:
    rules = {
        name: shape.metadata[name] for name in ("enum", "pattern", "min", "max") if name in shape.metadata
    }
    if shape.name in ("TableArn", "TableName"):
        return _RULES["TableName"]
    return {} if shape.name in _ELSEWHERE else rules | _RULES.get(shape.name, {})


def _required(shape: Shape) -> list[str]:
    return _REQUIRED.get(shape.name, shape.required_members)


@cache
def _told_in_order(shape: Shape) -> list[tuple[str, Shape]]:
    """The members of a structure that can be wrong."""
    first = _ORDER.get(shape.name, "").split()
    names = first + [name for name in shape.members if name not in first]
    return [
        (name, shape.members[name])
        for name in names
        if name in _required(shape) or _constrained(shape.members[name])
    ]


def _problems(value, shape: Shape, path: str) -> Iterator[str]:
    """Each constraint that `value` breaks, as DynamoDB words it."""
    for rule in _broken(value, shape, path):
        yield _problem(value, shape, path, rule)
    yield from _problems_inside(value, shape, path)


def _problems_inside(value, shape: Shape, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name, member in _told_in_order(shape):
            if name in value:
                yield from _problems(value[name], member, _join(path, name))
            elif name in _required(shape):
                yield _problem(None, shape, _join(path, name), "Member must not be null")
        if shape.name in _LIMITS and value.get("Limit", 0) > _LIMITS[shape.name]:
            rule = f"Member must have value less than or equal to {_LIMITS[shape.name]}"
            yield _problem(value["Limit"], shape.members["Limit"], _join(path, "Limit"), rule)
    elif shape.type_name == "list" and _constrained(shape.member):
        for number, element in enumerate(value, 1):
            yield from _problems(element, shape.member, f"{path}.{number}.member")
    elif shape.type_name == "map" and _constrained(shape):
        yield from _map_problems(value, shape, path)


def _map_problems(value: dict, shape: Shape, path: str) -> Iterator[str]:
    """Those of a map. In batches all rules of its keys, or of the lists that are its values, are told as one."""
    batch, of_lists = shape.name.startswith("Batch"), shape.value.type_name == "list"
    if batch and any(list(_broken(key, shape.key)) for key in value):
        rules = ", ".join(_all_rules(shape.key))
        yield _problem(value, shape, path, f"Map keys must satisfy constraint: [{rules}]")
    if of_lists and any(list(_broken(one, shape.value)) for one in value.values()):
        rules = ", ".join(_all_rules(shape.value))
        yield _problem(value, shape, path, f"Map value must satisfy constraint: [{rules}]")
    for key, element in value.items():
        problems = _problems_inside if of_lists else _problems
        yield from problems(element, shape.value, f"{path}.{key}.member")


def _problem(value, shape: Shape, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{_java(value, shape)}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _broken(value, shape: Shape, path: str = "") -> Iterator[str]:
    rules = _rules(shape)
    if not rules or shape.name == "TableArn" and value.startswith("arn:"):
        return
    if shape.name == "KeySchema" and path.startswith("globalSecondaryIndex"):
        rules = {"min": 1}  # how many attributes of which role: table_rules
    size = value if isinstance(value, int | float) else len(value)
    kind = "value" if isinstance(value, int | float) else "length"
    if "enum" in rules and value not in rules["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(_ENUM_ORDER.get(shape.name, rules['enum']))}]"
    if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
        yield f"Member must satisfy regular expression pattern: {rules['pattern']}"
    if "min" in rules and size < rules["min"]:
        yield f"Member must have {kind} greater than or equal to {rules['min']}"
    if "max" in rules and size > rules["max"]:
        yield f"Member must have {kind} less than or equal to {rules['max']}"


def _all_rules(shape: Shape) -> list[str]:
    """What a map's keys or values must satisfy, all of it told if one does not."""
    rules = _rules(shape)
    told = [f"Member must have length less than or equal to {rules['max']}"] if "max" in rules else []
    told += [f"Member must have length greater than or equal to {rules['min']}"] if "min" in rules else []
    if "pattern" in rules:
        told.append(f"Member must satisfy regular expression pattern: {rules['pattern']}")
    return told


def _join(path: str, name: str) -> str:
    return f"{path}.{name[0].lower()}{name[1:]}" if path else name[0].lower() + name[1:]


def _java(value, shape: Shape) -> str:
    """A value as the service prints it: Java's toString."""
    if shape.type_name == "structure":
        members = ", ".join(
            f"{_join('', name)}={_java(value[name], member)}"
            for name, member in shape.members.items()
            if name in value
        )
        return f"{shape.name}({members})"
    if shape.type_name == "list":
        return f"[{', '.join(_java(element, shape.member) for element in value)}]"
    if shape.type_name == "map":
        return "{" + ", ".join(f"{key}={_java(element, shape.value)}" for key, element in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)
