"""DynamoDB's expressions: every refusal in the service's words, and what expressions make of items.

Messages and the order of checks are those that dynalite's and Alternator's authors saw the live service give.
"""

import base64
import random
import re
from copy import deepcopy
from decimal import Decimal
from functools import partial

import pytest
from asking import Moto, table
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from helpers.offline.language.evaluate import apply, matches, project
from helpers.offline.language.expressions import filter_names, key_condition, parse, presence
from helpers.offline.refusal import Refused

V = {":v": {"S": "x"}}


def refusal(operation: str, check=parse, **request) -> str:
    """The message with which a request is refused."""
    with pytest.raises(Refused) as caught:
        check(request, operation)
    assert (caught.value.code, caught.value.status) == ("ValidationException", 400)
    return str(caught.value)


def refused_filter(expression: str, names=None, **values) -> str:
    """What is wrong with a filter, without the prefix."""
    given = {f":{name}": value for name, value in values.items()}
    told = refusal(
        "Scan",
        FilterExpression=expression,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=given or None,
    )
    return told.removeprefix("Invalid FilterExpression: ")


def refused_update(expression: str, names=None, **values) -> str:
    given = {f":{name}": value for name, value in values.items()}
    told = refusal(
        "UpdateItem",
        UpdateExpression=expression,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=given or None,
    )
    return told.removeprefix("Invalid UpdateExpression: ")


def wire(value) -> dict:
    """A Python value in DynamoDB JSON, binary in base64 as on the wire."""
    return _recoded(TypeSerializer().serialize(value), lambda content: base64.b64encode(content).decode())


def plain(item: dict) -> dict:
    """An item in DynamoDB JSON as Python values."""
    return {
        name: TypeDeserializer().deserialize(_recoded(value, base64.b64decode))
        for name, value in item.items()
    }


def _recoded(value: dict, code) -> dict:
    ((kind, content),) = value.items()
    if kind == "B":
        content = code(content)
    elif kind == "BS":
        content = list(map(code, content))
    elif kind == "L":
        content = [_recoded(element, code) for element in content]
    elif kind == "M":
        content = {name: _recoded(member, code) for name, member in content.items()}
    return {kind: content}


def holds(expression: str, item: dict | None, names=None, **values) -> bool:
    """Whether an item of Python values fulfils a condition."""
    given = {f":{name}": wire(value) for name, value in values.items()}
    request = {
        "FilterExpression": expression,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": given or None,
    }
    stored = None if item is None else {name: wire(value) for name, value in item.items()}
    return matches(parse(request, "Scan").filter, stored)


# --- which parameters go together ----------------------------------------------------------------------------

BOTH = "Can not use both expression and non-expression parameters in the same request: "
ONLY_VALUES = "ExpressionAttributeValues can only be specified when using expressions: "
PRESENCE = [
    (
        "PutItem",
        {"ConditionExpression": "", "Expected": {}},
        BOTH + "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
    ),
    (
        "UpdateItem",
        {"ConditionExpression": "", "UpdateExpression": "", "Expected": {}, "AttributeUpdates": {}},
        BOTH
        + "Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: {UpdateExpression, ConditionExpression}",
    ),
    (
        "Scan",
        {"FilterExpression": "", "ScanFilter": {}, "AttributesToGet": ["a"], "ConditionalOperator": "OR"},
        BOTH
        + "Non-expression parameters: {AttributesToGet, ScanFilter, ConditionalOperator} Expression parameters: {FilterExpression}",
    ),
    (
        "Query",
        {"KeyConditionExpression": "", "KeyConditions": {}},
        BOTH + "Non-expression parameters: {KeyConditions} Expression parameters: {KeyConditionExpression}",
    ),
    (
        "GetItem",
        {"ProjectionExpression": "", "AttributesToGet": ["a"]},
        BOTH + "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}",
    ),
    (
        "GetItem",
        {"ExpressionAttributeNames": {}},
        "ExpressionAttributeNames can only be specified when using expressions",
    ),
    ("PutItem", {"ExpressionAttributeValues": {}}, ONLY_VALUES + "ConditionExpression is null"),
    (
        "UpdateItem",
        {"ExpressionAttributeValues": {}},
        ONLY_VALUES + "UpdateExpression and ConditionExpression are null",
    ),
    (
        "Scan",
        {"ProjectionExpression": "a", "ExpressionAttributeValues": V},
        ONLY_VALUES + "FilterExpression is null",
    ),
    (
        "Query",
        {"KeyConditions": {}, "ExpressionAttributeValues": V},
        ONLY_VALUES + "FilterExpression and KeyConditionExpression are null",
    ),
]


@pytest.mark.parametrize(("operation", "request_", "message"), PRESENCE)
def test_parameters_that_do_not_go_together(operation, request_, message):
    assert refusal(operation, **request_) == message
    assert refusal(operation, check=presence, **request_) == message


def test_parameters_that_do():
    presence({"KeyConditions": {}, "FilterExpression": "a = :v", "ExpressionAttributeValues": V}, "Query")
    parse({"ExpressionAttributeValues": V}, "GetItem")  # a get knows no values and passes over them
    assert parse({"ConditionExpression": None, "Expected": {}}, "PutItem").condition is None
    assert refusal("Query", FilterExpression="a = :v", ExpressionAttributeValues=V) == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )


INVALID_VALUE = "ExpressionAttributeValues contains invalid value: "
TOO_LONG = "contains invalid key: The expression attribute map contains a key that is too long"
MAPS = [  # the first four as ExtendDB's tests have them, which run on the service
    (
        {"ExpressionAttributeNames": {"#" + "a" * 255: "a"}},
        f"ExpressionAttributeNames {TOO_LONG}; size of key: 256",
    ),
    (
        {"ExpressionAttributeNames": {"#" + "a" * 255 + "-x": "a"}},
        f"ExpressionAttributeNames {TOO_LONG}; size of key: 258",
    ),
    ({"ExpressionAttributeValues": {":" + "a" * 255: {"S": "a"}}}, f"ExpressionAttributeValues {TOO_LONG};"),
    (
        {"ExpressionAttributeValues": {":": {"S": "a"}}},
        'ExpressionAttributeValues contains invalid key: Syntax error; key: ":"',
    ),
    (
        {"ExpressionAttributeNames": {}, "ExpressionAttributeValues": {}},
        "ExpressionAttributeNames must not be empty",
    ),
    (
        {"ExpressionAttributeNames": {"a": "a"}, "ExpressionAttributeValues": {}},
        'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
    ),
    (
        {"ExpressionAttributeNames": {"#a-b": "a"}},
        'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"',
    ),
    (
        {"ExpressionAttributeNames": {"#a": ""}},
        "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
    ),
    ({"ExpressionAttributeValues": {}}, "ExpressionAttributeValues must not be empty"),
    (
        {"ExpressionAttributeValues": {":b": {"a": ""}, "b": {"S": "a"}}},
        'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"',
    ),
    (
        {"ExpressionAttributeValues": {":b": {}}},
        INVALID_VALUE
        + "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :b",
    ),
    (
        {"ExpressionAttributeValues": {":b": {"N": "b"}}},
        INVALID_VALUE + "The parameter cannot be converted to a numeric value: b for key :b",
    ),
    ({"ExpressionAttributeValues": V}, "Invalid ConditionExpression: The expression can not be empty;"),
]


@pytest.mark.parametrize(("maps", "message"), MAPS)
def test_names_and_values_are_checked_before_the_expression(maps, message):
    assert refusal("DeleteItem", ConditionExpression="", **maps) == message


def test_every_name_and_value_is_used():
    request = {"UpdateExpression": "SET #a = :a", "ConditionExpression": "#b = :b"}
    names = {"#a": "a", "#b": "b"}
    values = {":a": {"N": "1"}, ":b": {"N": "1"}}
    parse(request | {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}, "UpdateItem")
    assert refusal(
        "UpdateItem",
        **request,
        ExpressionAttributeNames=names | {"#c": "c", "#d": "d"},
        ExpressionAttributeValues=values | {":e": {"N": "1"}},
    ) == ("Value provided in ExpressionAttributeNames unused in expressions: keys: {#c, #d}")
    assert refusal(
        "UpdateItem",
        **request,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values | {":e": {"N": "1"}},
    ) == ("Value provided in ExpressionAttributeValues unused in expressions: keys: {:e}")


def test_the_order_of_expressions():
    """Each expression is checked to its end before the next is read."""
    query = {"KeyConditionExpression": "", "FilterExpression": "", "ProjectionExpression": ""}
    assert refusal("Query", **query) == "Invalid KeyConditionExpression: The expression can not be empty;"
    query["KeyConditionExpression"] = "a = b"
    assert refusal("Query", **query) == "Invalid FilterExpression: The expression can not be empty;"
    query["FilterExpression"] = "a > b"
    assert refusal("Query", **query) == "Invalid ProjectionExpression: The expression can not be empty;"
    update = {"UpdateExpression": "", "ConditionExpression": ""}
    assert refusal("UpdateItem", **update) == "Invalid UpdateExpression: The expression can not be empty;"


# --- syntax --------------------------------------------------------------------------------------------------

SYNTAX = [
    ("foo", "<EOF>", "foo"),
    ("a = ", "<EOF>", "= "),
    ("a-b", "-", "a-b"),
    ("NOT #n", "<EOF>", "#n"),
    ("NOT (#n)", "<EOF>", ")"),
    ("(a)", "<EOF>", ")"),
    ("contains (themes, :v", "<EOF>", ":v"),
    ("#a attribute_not_exists :c", "attribute_not_exists", "#a attribute_not_exists :c"),
    ("contains()", ")", "()"),
    ("attribute_not_exists(", "<EOF>", "("),
    ("tenantAgent:abc123-x = :v", ":abc123", "tenantAgent:abc123-"),
    ("begins_with(LSI, G_M#)", "#", "G_M#)"),
    ("a > 4", "4", "> 4"),
    ("a in b", "b", "in b"),
    ("a IN (b,c,)", ")", ",)"),
    ("a IN ()", ")", "()"),
    ("(a)between(b.(c.d))and(c)", "(", ".(c"),
    ("(a)between(b.c[4.5].#d)and(:a)", ".", "4.5"),
    ("b[:a] > a", ":a", "[:a]"),
    ("size(a).b > a", ".", ").b"),
    ("(size(a))[0] > a", "[", ")[0"),
    ("ü > a", "ü", "ü >"),
    ("a = :v AND", "<EOF>", "AND"),
    ("(a AND b)", "AND", "a AND b"),
    ("(a = :v) = :v", "=", ") = :v"),
    ("and = :v", "and", "and ="),
    ("a == :v", "=", "== :v"),
    ("_a = :v", "_", "_a"),
    ("  NOT  ", "<EOF>", "NOT  "),
]


@pytest.mark.parametrize(("expression", "token", "near"), SYNTAX)
def test_a_condition_that_is_none(expression, token, near):
    assert refused_filter(expression) == f'Syntax error; token: "{token}", near: "{near}"'


UPDATE_SYNTAX = [
    ("INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"),
    ("  RESET NonExistent value", "RESET", "  RESET NonExistent"),
    ("ADD hits : incr", ":", "hits : incr"),
    ("SET a = :v, #, b = :v", "#", ", #,"),
    ("SET #a = :v,", "<EOF>", ","),
    ("SET _123 = :v", "_", "SET _123"),
    ("SET attrName = 34", "34", "= 34"),
    ("SET MyStr[3 )", ")", "3 )"),
    ("SET a [2 1]. b = :v", "1", "2 1]"),
    ("SET a [  [2] ]. b = :v", "[", "[  [2"),
    ("SET ) 3", ")", "SET ) 3"),
    ("SET #a a = :v", "a", "#a a ="),
    ("SET MyStr = NoExist + + :v ", "+", "+ + :v"),
    ("REMOVE NoExist + ", "+", "NoExist + "),
    ("ADD attr val foobar", "val", "attr val foobar"),
    ("ADD attr :val foobar", "foobar", ":val foobar"),
    ("DELETE attr val", "val", "attr val"),
    ("SET path = VALUE 1", "1", "VALUE 1"),
    ("REMOVE if_not_exists(a,b)", "(", "if_not_exists(a"),
    ("SET a = b + c + d", "+", "c + d"),
    ("SET a = (b.c).d + e", ".", ").d"),
    ("SET a = b + (c.d).e", ".", ").e"),
    ("SET (a = (b + c))", "(", "SET (a"),
    ("SET c = if_not_exists(c, :v+:w)", "+", ":v+:w"),
    ("SET :a = :b", ":a", "SET :a ="),
    ("SET a=set", "set", "=set"),
    ("SET", "<EOF>", "SET"),
]


@pytest.mark.parametrize(("expression", "token", "near"), UPDATE_SYNTAX)
def test_an_update_that_is_none(expression, token, near):
    assert refused_update(expression) == f'Syntax error; token: "{token}", near: "{near}"'


@pytest.mark.parametrize(("expression", "token", "near"), [("a,", "<EOF>", ","), (",a", ",", ",a"), ("a,,b", ",", ",,b"), ("a b", "b", "a b"), (":v", ":v", ":v"), ("a[-1]", "-", "[-1")])  # fmt: skip
def test_a_projection_that_is_none(expression, token, near):
    assert refusal("GetItem", ProjectionExpression=expression) == (
        f'Invalid ProjectionExpression: Syntax error; token: "{token}", near: "{near}"'
    )


REDUNDANT = [
    "((a = :v))",
    "a=a and a > ((views))",
    "(a)between(((b.c)).d)and(c)",
    "a > whatever((:things), ((a)))",
    "a=a AND ((a=a AND a=a)) AND a=a",
    "a=a OR ((a=a OR (a=a OR a=a)))",
]


@pytest.mark.parametrize("expression", REDUNDANT)
def test_redundant_parentheses(expression):
    assert refused_filter(expression) == "The expression has redundant parentheses;"


@pytest.mark.parametrize(
    "expression",
    [
        "(a = :v)",
        "((a = :v) AND (b = :v))",
        "(a = :v OR b = :v) AND (b = :v AND (a = :v OR c = :v))",
        "(a) = (:v)",
        "(b.c).d = :v",
        "(attribute_exists(a)) AND a = :v",
        "contains((a), (:v))",
        "(size(a)) > size(b) or a = :v",
        "NOT NOT a = :v",
        "a bEtWeEn b aNd :v",
        "a\n=\t:v",
    ],
)
def test_conditions_that_are_fine(expression):
    parse({"FilterExpression": expression, "ExpressionAttributeValues": V}, "Scan")


# --- what stands where ---------------------------------------------------------------------------------------

PLACES = [
    ("a=a and whatever((:things)) > a", "Invalid function name; function: whatever"),
    ("attRIbute_exIsts((views), #a)", "Invalid function name; function: attRIbute_exIsts"),
    (
        "if_not_exists(a, b) = :v",
        "The function is not allowed in a condition expression; function: if_not_exists",
    ),
    (
        "list_append(a, b) = :v",
        "The function is not allowed in a condition expression; function: list_append",
    ),
    *(
        (
            expression,
            f"The function is not allowed to be used this way in an expression; function: {function}",
        )
        for expression, function in [
            ("a=a and attribute_exists((views), (#a)) > b", "attribute_exists"),
            ("attribute_type(things, :a) > b", "attribute_type"),
            ("contains(:things, c) > b", "contains"),
            ("size(contains(a, b)) > a", "contains"),
            ("size(things)", "size"),
            ("a = :v AND size(things)", "size"),
            ("a between b and attribute_exists(things)", "attribute_exists"),
            ("a in (b, attribute_exists(things))", "attribute_exists"),
        ]
    ),
    ("attribute_exists(views, #a)", "Attribute name is a reserved keyword; reserved keyword: views"),
    (":a < abOrT", "Attribute name is a reserved keyword; reserved keyword: abOrT"),
    ("a.Name = :v", "Attribute name is a reserved keyword; reserved keyword: Name"),
    ("a[4294967295] = :v", "List index is not within the allowable range; index: [4294967295]"),
]


@pytest.mark.parametrize(("expression", "message"), PLACES)
def test_functions_and_names_that_do_not_belong(expression, message):
    assert refused_filter(expression) == message


def test_all_573_reserved_words():
    words = ReservedKeywords.get_reserved_keywords()
    assert len(set(words)) == 573
    for word in words:
        told = refusal("GetItem", ProjectionExpression=word.lower())
        if word in ("ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "SET"):
            assert told.startswith("Invalid ProjectionExpression: Syntax error")
        else:
            assert told.endswith(f"reserved keyword; reserved keyword: {word.lower()}")


NO_NAME = "An expression attribute name used in the document path is not defined; attribute name: "
NO_VALUE = "An expression attribute value used in expression is not defined; attribute value: "
OPERANDS = "Incorrect number of operands for operator or function; operator or function: "
TYPE = "Incorrect operand type for operator or function; operator or function: "
DISTINCT = (
    "The first operand must be distinct from the remaining operands for this operator or function; operator: "
)
NEEDS_PATH = "Operator or function requires a document path; operator or function: "
NOT_DEFINED = [
    ("attribute_exists(#Pictures.RearView, :a) and a=a", NO_NAME + "#Pictures"),
    ("begins_with(Pictures.#RearView)", NO_NAME + "#RearView"),
    ("(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", NO_NAME + "#P"),
    ("begins_with(:hello, #a, #b)", NO_VALUE + ":hello"),
    (":a < :b", NO_VALUE + ":a"),
    ("attribute_exists(things, a) and a=a", OPERANDS + "attribute_exists, number of operands: 2"),
    ("attribute_type(things)", OPERANDS + "attribute_type, number of operands: 1"),
    ("begins_with(things, size(a), b)", OPERANDS + "begins_with, number of operands: 3"),
    ("size(things, a) > b", OPERANDS + "size, number of operands: 2"),
    ("a = a AND #a = b AND :views > a", DISTINCT + "=, first operand: [a]"),
    ("contains(ab.bc[1].a, ab.bc[1].a)", DISTINCT + "contains, first operand: [ab, bc, [1], a]"),
    ("attribute_type(ab.bc[1].a, ab.bc[1].a)", DISTINCT + "attribute_type, first operand: [ab, bc, [1], a]"),
    ("a IN (b, a)", DISTINCT + "IN, first operand: [a]"),
    ("attribute_type(a, b)", TYPE + "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"),
]


@pytest.mark.parametrize(("expression", "message"), NOT_DEFINED)
def test_operands_of_conditions(expression, message):
    assert refused_filter(expression) == message


def test_two_names_for_one_attribute_are_not_distinct():
    assert refused_filter("a > #a", names={"#a": "a"}) == DISTINCT + ">, first operand: [a]"
    assert holds("#a > b", {"a.b": 2, "b": 1}, names={"#a": "a.b"})  # a dot in a name is part of it


KINDS = {
    "S": {"S": "1"},
    "N": {"N": "1"},
    "B": {"B": "YQ=="},
    "BOOL": {"BOOL": True},
    "NULL": {"NULL": True},
    "L": {"L": []},
    "M": {"M": {}},
    "SS": {"SS": ["1"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": ["YQ=="]},
}
ALLOWED = [
    ("a < :v", "<", "S N B"),
    (":v >= a", ">=", "S N B"),
    ("a BETWEEN b AND :v", "BETWEEN", "S N B"),
    ("begins_with(a, :v)", "begins_with", "S B"),
    ("begins_with(:v, a)", "begins_with", "S B"),
    ("size(:v) > a", "size", "S B L M SS NS BS"),
    ("attribute_type(a, :v)", "attribute_type", ""),  # "1" is no type
    ("a = :v", "=", " ".join(KINDS)),
    ("a <> :v", "<>", " ".join(KINDS)),
    ("a IN (:v)", "IN", " ".join(KINDS)),
    ("contains(a, :v)", "contains", " ".join(KINDS)),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("expression", "name", "allowed"), ALLOWED)
def test_types_of_values_in_conditions(expression, name, allowed, kind):
    if kind in allowed.split():
        parse({"FilterExpression": expression, "ExpressionAttributeValues": {":v": KINDS[kind]}}, "Scan")
    elif (name, kind) == ("attribute_type", "S"):
        assert refused_filter(expression, v=KINDS[kind]) == (
            "Invalid attribute type name found; type: 1, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
        )
    else:
        assert refused_filter(expression, v=KINDS[kind]) == f"{TYPE}{name}, operand type: {kind}"


def test_size_is_a_number():
    assert refused_filter("size(size(a)) > :v", v=KINDS["N"]) == TYPE + "size, operand type: N"
    assert refused_filter("begins_with(a, size(b))") == TYPE + "begins_with, operand type: N"
    assert refused_filter("attribute_not_exists(size(:v))", v=KINDS["N"]) == TYPE + "size, operand type: N"
    assert (
        refused_filter("attribute_not_exists(size(:v))", v=KINDS["S"]) == NEEDS_PATH + "attribute_not_exists"
    )
    assert refused_filter("attribute_exists(:v)", v=KINDS["S"]) == NEEDS_PATH + "attribute_exists"


BOUND = "lower bound operand: AttributeValue: {%s}, upper bound operand: AttributeValue: {%s}"
BUFFER = "B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]"


def test_bounds_of_between():
    same = "The BETWEEN operator requires same data type for lower and upper bounds; "
    order = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
    between = "a between :b and :a"
    assert refused_filter(between, a={"S": "a"}, b={"N": "1"}) == same + BOUND % ("N:1", "S:a")
    assert refused_filter(between, a={"S": "a"}, b={"S": "b"}) == order + BOUND % ("S:b", "S:a")
    assert refused_filter(between, a={"N": "9"}, b={"N": "10"}) == order + BOUND % ("N:10", "N:9")
    assert refused_filter(between, a={"B": "YQ=="}, b={"B": "Yg=="}) == order + BOUND % (BUFFER, BUFFER)
    assert holds("a BETWEEN :v AND :v", {"a": 1}, v=1)


# --- limits --------------------------------------------------------------------------------------------------


def test_an_expression_has_4096_bytes():
    parse({"ProjectionExpression": "x" * 4096}, "GetItem")
    told = "Expression size has exceeded the maximum allowed size;"
    assert refusal("GetItem", ProjectionExpression="x" * 4097) == f"Invalid ProjectionExpression: {told}"
    assert refused_filter("(" * 5000) == f"{told} expression size: 5000"  # before its syntax
    assert refusal("Scan", FilterExpression="ü" * 2049).endswith("expression size: 4098")
    size = f"{told} expression size: 4097"
    query = {"KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
    assert refusal("Query", **query, FilterExpression="x" * 4097).endswith(size)
    assert refusal("UpdateItem", ConditionExpression="x" * 4097) == f"Invalid ConditionExpression: {size}"
    assert refused_update("SET " + " " * 4093) == told


def nested(depth: int) -> str:
    return "a<b " + "or (a<b " * depth + ")" * depth


def test_an_expression_has_300_operators():
    told = "The expression contains too many operators; operator count: 301"
    parse({"FilterExpression": nested(149)}, "Scan")
    assert holds(nested(149), {"a": 1, "b": 2})
    assert not holds(nested(149), {"a": 2, "b": 1})
    assert refused_filter(nested(150)) == told
    assert refused_filter(nested(454)) == told
    assert refused_filter("not " * 1000 + "a<b") == told
    assert refused_filter(" AND ".join(["a<b"] * 151)) == told
    parse({"FilterExpression": " AND ".join(["a<b"] * 150)}, "Scan")
    parse({"UpdateExpression": "SET " + ", ".join(f"a{n} = b" for n in range(301))}, "UpdateItem")


@pytest.mark.parametrize(
    "expression", ["(" * 4096, "a < " + "f(" * 1355 + "b" + ")" * 1355, "(" * 2046 + "a<b" + ")" * 2046]
)
def test_no_depth_breaks_the_reader(expression):
    refused_filter(expression)


def test_no_text_breaks_the_reader():
    """Whatever stands in an expression, it is read or refused."""
    words = (
        "a b.c #n :v ( ) , . [ 0 ] = <> < + - AND OR NOT BETWEEN IN SET REMOVE ADD DELETE size contains # : ü"
    )
    dice, read = random.Random(23), 0
    for _ in range(5000):
        text = dice.choice([" ", ""]).join(dice.choices(words.split(), k=dice.randrange(1, 7)))
        for parameter, operation in [
            ("FilterExpression", "Scan"),
            ("KeyConditionExpression", "Query"),
            ("UpdateExpression", "UpdateItem"),
            ("ProjectionExpression", "GetItem"),
        ]:
            try:
                parse({parameter: f"SET {text}" if dice.random() < 0.3 else text}, operation)
                read += 1
            except Refused:
                pass
    assert read > 100


def test_in_takes_100_operands():
    values = {f"v{n}": {"N": str(n)} for n in range(101)}
    names = [f":{name}" for name in values]
    told = "The IN operator is provided with too many operands; number of operands: 101"
    assert refused_filter(f"a IN ({', '.join(names)})", **values) == told
    assert holds(f"a IN ({', '.join(names[:100])})", {"a": 99}, **{f"v{n}": n for n in range(100)})


def test_a_path_has_32_steps():
    parse({"ProjectionExpression": ".".join("a" * 32)}, "GetItem")
    assert refusal("GetItem", ProjectionExpression=".".join("a" * 33)) == (
        "Invalid ProjectionExpression: The document path has too many nesting levels; nesting levels: 33"
    )


# --- updates that are refused --------------------------------------------------------------------------------

OVERLAP = "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: "
CONFLICT = (
    "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: "
)
UPDATES = [
    (" set #c = :c set abOrt = true ", "Attribute name is a reserved keyword; reserved keyword: abOrt"),
    ("set #c = if_not_exist(:c) set c = d", "Invalid function name; function: if_not_exist"),
    ("SET a = LIST_APPEND(b, c)", "Invalid function name; function: LIST_APPEND"),
    ("SET a = size(b)", "The function is not allowed in an update expression; function: size"),
    (
        "SET a = list_append(list_append(:a, :b), :c)",
        "The function is not allowed to be used this way in an expression; function: list_append",
    ),
    ("set a = #c set c = :d", 'The "SET" section can only be used once in an update expression;'),
    ("remove #d set a = b remove e", 'The "REMOVE" section can only be used once in an update expression;'),
    ("SET #c = if_not_exists(:c)", NO_NAME + "#c"),
    ("SET a = if_not_exists(:c)", NO_VALUE + ":c"),
    (
        "set d[1] = a, d.b = a, c[1].a = a, c = if_not_exists(a)",
        OVERLAP + "[c, [1], a], path two: [c]",
    ),
    ("set a = b remove a", OVERLAP + "[a], path two: [a]"),
    ("remove c, c.a, d", OVERLAP + "[c], path two: [c, a]"),
    ("remove a.c set a[1] = if_not_exists(a)", CONFLICT + "[a, c], path two: [a, [1]]"),
    ("set a = if_not_exists(c)", OPERANDS + "if_not_exists, number of operands: 1"),
    ("set a = list_append(c, d, e)", OPERANDS + "list_append, number of operands: 3"),
    ("set a = if_not_exists(if_not_exists(a, b), c)", NEEDS_PATH + "if_not_exists"),
]


@pytest.mark.parametrize(("expression", "message"), UPDATES)
def test_updates_that_are_refused(expression, message):
    assert refused_update(expression) == message


def test_names_are_compared_as_attributes_not_as_written():
    assert (
        refused_update("SET #1 = b, #2 = b", names={"#1": "a", "#2": "a"}) == OVERLAP + "[a], path two: [a]"
    )
    told = CONFLICT + "[c, [3], [3]], path two: [c, [3], [3]]"  # an index, and an attribute named "[3]"
    assert refused_update("set c[3].#d = a, c.#d[3] = a", names={"#d": "[3]"}) == told


@pytest.mark.parametrize("kind", KINDS)
def test_types_of_values_in_updates(kind):
    value = {"v": KINDS[kind]}
    for expression, name, allowed in [
        ("SET a = list_append(b, :v)", "list_append", "L"),
        ("SET a = :v + b", "+", "N"),
        ("SET a = b - :v", "-", "N"),
    ]:
        if kind == allowed:
            parse(
                {"UpdateExpression": expression, "ExpressionAttributeValues": {":v": KINDS[kind]}},
                "UpdateItem",
            )
        else:
            assert refused_update(expression, **value) == f"{TYPE}{name}, operand type: {kind}"
    long = {
        "S": "STRING",
        "N": "NUMBER",
        "B": "BINARY",
        "BOOL": "BOOLEAN",
        "NULL": "NULL",
        "L": "LIST",
        "M": "MAP",
    }
    for section, allowed in [("ADD", "N SS NS BS"), ("DELETE", "SS NS BS")]:
        if kind in allowed.split():
            parse(
                {"UpdateExpression": f"{section} a.b :v", "ExpressionAttributeValues": {":v": KINDS[kind]}},
                "UpdateItem",
            )
        else:
            assert refused_update(f"SET c = if_not_exists(a) {section} a.b :v", **value) == (
                f"Incorrect operand type for operator or function; operator: {section}, "
                f"operand type: {long[kind]}, typeSet: ALLOWED_FOR_{section}_OPERAND"
            )


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("a, b, a", OVERLAP + "[a], path two: [a]"),
        ("a.b[0], a.b[0]", OVERLAP + "[a, b, [0]], path two: [a, b, [0]]"),
        ("a.b.d.e, a.b", OVERLAP + "[a, b, d, e], path two: [a, b]"),
        ("a.b, a[1]", CONFLICT + "[a, b], path two: [a, [1]]"),
        ("#x, views", "Attribute name is a reserved keyword; reserved keyword: views"),
        ("#x", NO_NAME + "#x"),
    ],
)
def test_projections_that_are_refused(expression, message):
    assert refusal("GetItem", ProjectionExpression=expression) == f"Invalid ProjectionExpression: {message}"


# --- key conditions ------------------------------------------------------------------------------------------

STATIC = [
    ("a > b and size(b) > c or a > c", "Invalid operator used in KeyConditionExpression: OR"),
    ("a in (b, size(c), d)", "Invalid operator used in KeyConditionExpression: IN"),
    ("attribute_exists(a)", "Invalid operator used in KeyConditionExpression: attribute_exists"),
    ("contains(a.d, b)", "Invalid operator used in KeyConditionExpression: contains"),
    ("not a > b", "Invalid operator used in KeyConditionExpression: NOT"),
    ("a <> b", "Invalid operator used in KeyConditionExpression: <>"),
    (
        ":v between size(b) and size(a) and b > :v",
        "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand",
    ),
    (
        "begins_with(:v, b) and a > :v",
        "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand",
    ),
    ("size(b) > a AND a.b > b AND b > c", "KeyConditionExpressions cannot contain nested operations"),
    ("a between size(b) and size(a)", "KeyConditionExpressions cannot contain nested operations"),
    (
        "b > a.b",
        "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition",
    ),
    (
        "a between b and size(a)",
        "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition",
    ),
    ("b.d > a AND c.d > e.f", "KeyConditionExpressions cannot have conditions on nested attributes"),
    (":v > :v AND a < :v", "Invalid condition in KeyConditionExpression: No key attribute specified"),
    (
        "(a > :v and b > :v) and (b > :v and c > :v)",
        "KeyConditionExpressions must only contain one condition per key",
    ),
    ("a = :v AND dog(c, :v)", "Invalid KeyConditionExpression: Invalid function name; function: dog"),
]


@pytest.mark.parametrize(("expression", "message"), STATIC)
def test_key_conditions_that_no_table_takes(expression, message):
    values = {"ExpressionAttributeValues": V} if ":v" in expression else {}
    assert refusal("Query", KeyConditionExpression=expression, **values) == message


def keys_of(expression: str, schema: dict, **values):
    given = {f":{name}": value for name, value in values.items()}
    request = {"KeyConditionExpression": expression, "ExpressionAttributeValues": given}
    return key_condition(parse(request, "Query").key_condition, schema)


PK, PK_SK = {"pk": "S"}, {"pk": "S", "sk": "N"}
COUNT = "The number of query conditions ({}) exceeds the number of key attributes defined in the schema ({})"
ONE, TWO, TEXT = {"N": "1"}, {"N": "2"}, {"S": "u"}
SCHEMA_RULES = [
    ("sk = :n", PK_SK, "Query condition missed key schema element: pk"),
    ("pk = :s AND nope < :n", PK_SK, "Query condition missed key schema element: sk"),
    ("pk = :s AND nope < :n", PK, COUNT.format(2, 1)),
    ("nope = :s", PK, "Query condition missed key schema element: pk"),
    ("pk > :s", PK_SK, "Query key condition not supported"),
    ("begins_with(pk, :s)", PK_SK, "Query key condition not supported"),
    (
        "pk = :n",
        PK_SK,
        "One or more parameter values were invalid: Condition parameter type does not match schema type",
    ),
    (
        "pk = :s AND begins_with(sk, :s)",
        PK_SK,
        "One or more parameter values were invalid: Condition parameter type does not match schema type",
    ),
    (
        "pk = :empty",
        PK,
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
        "empty string value. Key: pk",
    ),
]


@pytest.mark.parametrize(("expression", "schema", "message"), SCHEMA_RULES)
def test_key_conditions_that_do_not_fit_the_keys(expression, schema, message):
    values = {"s": TEXT, "n": ONE, "empty": {"S": ""}}
    used = {name: value for name, value in values.items() if f":{name}" in expression}
    with pytest.raises(Refused) as caught:
        keys_of(expression, schema, **used)
    assert str(caught.value) == message


def test_key_conditions():
    assert keys_of("pk = :s", PK, s=TEXT) == ([TEXT], [])
    for expression, operator, values in [
        ("pk = :s AND sk < :n", "<", (ONE,)),
        (":n < sk AND :s = pk", ">", (ONE,)),
        ("((sk >= :n) AND (pk = :s))", ">=", (ONE,)),
        (":n >= sk AND :s = pk", "<=", (ONE,)),
        ("pk = :s AND sk BETWEEN :n AND :m", "BETWEEN", (ONE, TWO)),
    ]:
        partition, (sort,) = keys_of(
            expression, PK_SK, s=TEXT, n=ONE, **({"m": TWO} if ":m" in expression else {})
        )
        assert (partition, sort.name, sort.operator, sort.values) == ([TEXT], "sk", operator, values)
    _, (sort,) = keys_of(":n < sk AND :s = pk", PK_SK, s=TEXT, n=ONE)
    assert matches(sort, {"sk": TWO})
    assert not matches(sort, {"sk": ONE})


def test_what_an_expression_names():
    tree = parse(
        {
            "FilterExpression": "a.b = :v OR contains(#n[0], size(d))",
            "ExpressionAttributeValues": V,
            "ExpressionAttributeNames": {"#n": "e.f"},
        },
        "Scan",
    ).filter
    assert filter_names(tree) == {"a", "e.f", "d"}
    assert filter_names(None) == set()


# --- what conditions mean ------------------------------------------------------------------------------------

VALUES = [
    1,
    "1",
    b"1",
    True,
    None,
    ["1", 2],
    {"a": 1},
    {"1", "2"},
    {1, 2},
    {b"1"},
    "",
    [],
    {},
    False,
    Decimal("1.5"),
]


def test_only_the_same_value_of_the_same_type_is_equal():
    for one in VALUES:
        for two in VALUES:
            same = wire(one) == wire(two)
            assert holds("a = :v", {"a": one}, v=two) is same
            assert holds("a <> :v", {"a": one}, v=two) is not same
            assert holds("a IN (:v)", {"a": one}, v=two) is same
            assert holds("contains(a, :v)", {"a": [one]}, v=two) is same


def test_sets_have_no_order_and_numbers_no_spelling():
    tree = parse({"FilterExpression": "a = b"}, "Scan").filter
    for a, b in [
        ({"SS": ["x", "y"]}, {"SS": ["y", "x"]}),
        ({"NS": ["1", "2"]}, {"NS": ["2.0", "1.00"]}),
        ({"N": "100"}, {"N": "1E2"}),
        ({"L": [{"M": {"k": {"N": "1"}}}]}, {"L": [{"M": {"k": {"N": "1.0"}}}]}),
    ]:
        assert matches(tree, {"a": a, "b": b})
    assert not matches(tree, {"a": {"N": "1" * 37 + "2"}, "b": {"N": "1" * 37 + "3"}})


TRUTHS = [
    ("a < :v", 2, 10, True),
    ("a < :v", "2", "10", False),
    ("a < :v", "Z", "a", True),
    ("a < :v", "\uffff", "\U0001f600", True),  # by UTF-8 bytes, not by UTF-16 units
    ("a < :v", b"\x7f", b"\x80", True),  # unsigned
    ("a < :v", 1, "2", False),
    ("a > :v", 1, "2", False),
    ("a <= :v", 2, 2, True),
    ("a >= :v", "b", "a", True),
    ("a BETWEEN :v AND :v", 2, 2, True),
    ("a BETWEEN :v AND :v", "2", 2, False),
    ("a BETWEEN :v AND :v", 1, 2, False),
    ("a BETWEEN :v AND :v", 3, 2, False),
    ("begins_with(a, :v)", "hello", "hell", True),
    ("begins_with(a, :v)", b"hello", b"hell", True),
    ("begins_with(a, :v)", "hello", b"hell", False),
    ("begins_with(a, :v)", ["hello"], "hell", False),
    ("contains(a, :v)", "hello", "ell", True),
    ("contains(a, :v)", b"hi there", b"here", True),
    ("contains(a, :v)", {2, 4}, 4, True),
    ("contains(a, :v)", {2, 4}, "4", False),
    ("contains(a, :v)", {"ab"}, "a", False),
    ("contains(a, :v)", {b"ab"}, b"ab", True),
    ("contains(a, :v)", ["hi", {1, 2}, [3]], {1, 2}, True),
    ("contains(a, :v)", ["hi"], "h", False),
    ("contains(a, :v)", {"k": "v"}, "v", False),
    ("contains(a, :v)", 12, 1, False),
    ("contains(a, :v)", "12", 1, False),
    ("attribute_type(a, :v)", {"k": "v"}, "M", True),
    ("attribute_type(a, :v)", None, "NULL", True),
    ("attribute_type(a, :v)", {1}, "N", False),
    ("size(a) = :v", "hello", 5, True),
    ("size(a) = :v", "\U0001f600", 2, True),
    ("size(a) = :v", b"hello", 5, True),
    ("size(a) = :v", {2, 4, 7}, 3, True),
    ("size(a) = :v", [1, [2, 3]], 2, True),
    ("size(a) = :v", {"x": 2, "y": {"m": 3, "n": 4}}, 2, True),
    ("size(a) = :v", 5, 1, False),
    ("size(a) = :v", True, 1, False),
    ("size(a) <> :v", None, 1, True),
    ("size(a) = :v", "hello", "5", False),
    ("attribute_exists(a) AND a = :v", None, None, True),
    ("NOT a = :v", 1, 2, True),
    ("a = :v OR a <> :v AND a <> :v", 1, 1, True),
    ("NOT a = :v AND a = :v", 1, 2, False),
]


@pytest.mark.parametrize(("expression", "stored", "value", "truth"), TRUTHS)
def test_what_conditions_mean(expression, stored, value, truth):
    assert holds(expression, {"a": stored}, v=value) is truth


@pytest.mark.parametrize("sign", ["=", "<", "<=", ">", ">="])
def test_nothing_is_in_no_relation_and_only_unequal(sign):
    assert not holds(f"q {sign} z", {"a": 1})
    assert not holds(f"q {sign} :v", {"a": 1}, v=1)
    assert not holds(f":v {sign} q", {"a": 1}, v=1)
    assert holds("q <> z", {"a": 1})
    assert holds("q <> :v", None, v=1)
    assert not holds("size(q) > :v", {"a": 1}, v=0)
    assert not holds("q IN (z, :v)", {"a": 1}, v=1)
    assert not holds("contains(q, :v) OR begins_with(q, :v) OR attribute_type(q, :v)", {"a": 1}, v="S")
    assert not holds("q BETWEEN a AND z", {"a": 1})


@pytest.mark.parametrize(
    "pair", [([1], [2]), ({"a": 1}, {"a": 2}), ({1}, {1, 2}), (False, True), (None, None)]
)
def test_what_has_no_order(pair):
    item = dict(zip("ab", pair, strict=True))
    for sign in ("<", "<=", ">", ">="):
        assert not holds(f"a {sign} b", item)
    assert not holds("a BETWEEN a1 AND b", {**item, "a1": item["a"]})


def test_an_item_that_is_not_there():
    assert holds("attribute_not_exists(a)", None)
    assert not holds("attribute_exists(a)", None)


def test_paths_lead_into_documents():
    item = {"b": {"x": 1, "y": [-1, 2, 0]}, "c.d": 1, "s": "text"}
    assert holds("b.x < b.y[1]", item)
    assert not holds("b.x < b.y[0]", item)
    for path in ("b.z", "b.y[3]", "b.x.y", "b[0]", "b.y.x", "s.x", "s[0]", "c.d"):
        assert holds(f"attribute_not_exists({path})", item), path
    assert holds("#c = b.#x", item, names={"#c": "c.d", "#x": "x"})


def test_the_same_text_with_other_values():
    assert [holds("a = :v", {"a": 1}, v=value) for value in (1, 2, 1)] == [True, False, True]
    assert [holds("#n = :v", {"a": 1}, names={"#n": name}, v=1) for name in "ab"] == [True, False]


# --- a second opinion: a small model of conditions, and moto -------------------------------------------------

SIGNS = {
    "=": lambda one, two: one == two,
    "<>": lambda one, two: one != two,
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}


def random_condition(dice: random.Random, depth: int, values: dict):
    """A condition's text, and the same as a Python function of an item of Python values."""
    if depth and dice.random() < 0.7:
        left, is_left = random_condition(dice, depth - 1, values)
        right, is_right = random_condition(dice, depth - 1, values)
        word = dice.choice(["AND", "OR", "NOT"])
        if word == "NOT":
            return f"NOT ({left})" if not left.startswith(
                "("
            ) else f"NOT {left}", lambda item: not is_left(item)
        if word == "AND":
            return f"({left} AND {right})", lambda item: is_left(item) and is_right(item)
        return f"({left} OR {right})", lambda item: is_left(item) or is_right(item)
    name = dice.choice("nst")
    value = dice.randrange(4) if name == "n" else dice.choice(["", "a", "ab", "b"])
    key = f":{name}{value}"
    values[key] = wire(value)
    if dice.random() < 0.2:
        return f"attribute_exists({name})", lambda item: name in item
    sign = dice.choice([*SIGNS, "IN", "begins_with", "contains"])
    if sign in SIGNS:
        missing = sign == "<>"
        return (
            f"{name} {sign} {key}",
            lambda item: SIGNS[sign](item[name], value) if name in item else missing,
        )
    if sign == "IN" or name == "n":
        return f"{name} IN ({key})", lambda item: name in item and item[name] in (value,)
    if sign == "begins_with":
        return f"begins_with({name}, {key})", lambda item: name in item and item[name].startswith(value)
    return f"contains({name}, {key})", lambda item: name in item and value in item[name]


def random_item(dice: random.Random) -> dict:
    item = {"n": dice.randrange(4), "s": dice.choice(["", "a", "ab", "b"]), "t": dice.choice(["ab", "ba"])}
    return {name: value for name, value in item.items() if dice.random() < 0.8}


def test_random_conditions_agree_with_a_model():
    dice = random.Random(20)
    seen = set()
    for _ in range(500):
        values: dict = {}
        text, model = random_condition(dice, 3, values)
        values = {key: values[key] for key in re.findall(r":\w+", text)}
        request = {"FilterExpression": text, "ExpressionAttributeValues": values or None}
        tree = parse(request, "Scan").filter
        for _ in range(10):
            item = random_item(dice)
            truth = matches(tree, {name: wire(value) for name, value in item.items()})
            assert truth is bool(model(item)), (text, item)
            seen.add(truth)
    assert seen == {True, False}


@pytest.fixture
def moto():
    """moto's own answers for a table `t`, whose only key is `pk`."""
    moto = Moto()
    moto("CreateTable", **table("t", "pk"))
    return partial(moto, TableName="t")


def test_random_conditions_agree_with_moto(moto):
    """Where every attribute is there and of the type it is compared with, moto is right."""
    dice = random.Random(21)
    items = [{"pk": f"{n}", "n": n, "s": s, "t": f"{s}{n}"} for n in range(4) for s in ("a", "ab", "b")]
    items = [{name: wire(value) for name, value in item.items()} for item in items]
    for number, item in enumerate(items):
        item["pk"] = {"S": str(number)}
        moto("PutItem", Item=item)
    for _ in range(60):
        values: dict = {}
        text, _ = random_condition(dice, 2, values)
        values = {key: values[key] for key in re.findall(r":\w+", text)}
        given = {"ExpressionAttributeValues": values} if values else {}
        tree = parse({"FilterExpression": text, **deepcopy(given)}, "Scan").filter
        theirs = {item["pk"]["S"] for item in moto("Scan", FilterExpression=text, **given)["Items"]}
        assert {item["pk"]["S"] for item in items if matches(tree, item)} == theirs, text


# --- projections ---------------------------------------------------------------------------------------------

DOCUMENT = {"p": 1, "a": {"b": [2, 4, {"x": "hi", "y": "yo"}], "c": 5}, "b": "hello"}
PROJECTIONS = [
    ("a", {"a": DOCUMENT["a"]}),
    ("a.b", {"a": {"b": [2, 4, {"x": "hi", "y": "yo"}]}}),
    ("a.b[0]", {"a": {"b": [2]}}),
    ("a.b[2].y", {"a": {"b": [{"y": "yo"}]}}),
    ("x", {}),
    ("a.b[3]", {}),
    ("a.x.y", {}),
    ("a.b.x", {}),
    ("a[0]", {}),
    ("a.b[0].x", {}),
    ("b[0]", {}),
    ("a.b[1], a.b[0]", {"a": {"b": [2, 4]}}),
    ("a.b[0], a.c", {"a": {"b": [2], "c": 5}}),
    ("a.c, b", {"a": {"c": 5}, "b": "hello"}),
    ("a.x, a.b[0], x, a.b[3].x", {"a": {"b": [2]}}),
    ("a.b[2].y, a.b[2].x, a.b[0]", {"a": {"b": [2, {"x": "hi", "y": "yo"}]}}),
]


@pytest.mark.parametrize(("expression", "shown"), PROJECTIONS)
def test_projections(expression, shown):
    paths = parse({"ProjectionExpression": expression}, "GetItem").projection
    item = {name: wire(value) for name, value in DOCUMENT.items()}
    assert plain(project(paths, item)) == shown


def test_names_in_projections():
    request = {"ProjectionExpression": "#a, b.#b", "ExpressionAttributeNames": {"#a": "a.b", "#b": "x"}}
    paths = parse(request, "GetItem").projection
    assert plain(project(paths, {"a.b": wire(1), "a": wire({"b": 2}), "b": wire({"x": 3, "y": 4})})) == {
        "a.b": 1,
        "b": {"x": 3},
    }


# --- what updates do -----------------------------------------------------------------------------------------


def updated(expression: str, item: dict | None, names=None, key=("pk",), **values):
    """What an update makes of an item, both as Python values, and the paths that it names."""
    given = {f":{name}": wire(value) for name, value in values.items()}
    request = {
        "UpdateExpression": expression,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": given or None,
    }
    before = None if item is None else {name: wire(value) for name, value in item.items()}
    kept = deepcopy(before)
    new, paths = apply(parse(request, "UpdateItem").update, before, key)
    assert before == kept  # the old item is left alone
    return None if new is None else plain(new), paths


UPDATED = [
    ("SET b = :v", {"a": 1}, 4, {"a": 1, "b": 4}),
    ("SET b = a", {"a": 1}, None, {"a": 1, "b": 1}),
    ("SET a = b, b = a", {"a": 1, "b": 2}, None, {"a": 2, "b": 1}),
    ("REMOVE a SET b = a", {"a": 1}, None, {"b": 1}),
    ("SET a = a + :v", {"a": 1}, Decimal("0.5"), {"a": Decimal("1.5")}),
    ("SET a = :v - a", {"a": 1}, 4, {"a": 3}),
    ("SET a = (a + :v)", {"a": 1}, 4, {"a": 5}),
    ("SET a = ((a) + (:v))", {"a": 1}, 4, {"a": 5}),
    ("SET a = if_not_exists(a, :v)", {"a": 1}, 4, {"a": 1}),
    ("SET a = if_not_exists(b, :v)", {"a": 1}, 4, {"a": 4}),
    ("SET a = if_not_exists(b, if_not_exists(a, :v))", {"a": 1}, 4, {"a": 1}),
    ("SET n = if_not_exists(n, :v) + :v", {}, 4, {"n": 8}),
    ("SET a = list_append(a, :v)", {"a": [1]}, [2], {"a": [1, 2]}),
    ("SET a = list_append(:v, a)", {"a": [1]}, [2], {"a": [2, 1]}),
    ("SET a = list_append(if_not_exists(a, :v), :v)", {}, [2], {"a": [2, 2]}),
    ("SET a = list_append(a, a)", {"a": [1]}, None, {"a": [1, 1]}),
    (
        "SET a.b = :v, a.c.d = :v REMOVE a.x",
        {"a": {"x": 3, "c": {"y": 3}}},
        9,
        {"a": {"b": 9, "c": {"y": 3, "d": 9}}},
    ),
    ("SET a[1] = :v", {"a": [1, 2, 3]}, 9, {"a": [1, 9, 3]}),
    ("SET a[7] = :v", {"a": [1]}, 9, {"a": [1, 9]}),
    ("SET a[1].b[0] = :v", {"a": [1, {"b": [2, 3]}]}, 9, {"a": [1, {"b": [9, 3]}]}),
    ("REMOVE a[1] SET a[3] = :v", {"a": [2, 3, 4, 5, 6]}, 17, {"a": [2, 4, 17, 6]}),
    ("SET a[3] = :v REMOVE a[1]", {"a": [2, 3, 4, 5, 6]}, 17, {"a": [2, 4, 17, 6]}),
    ("REMOVE a[0], a[2]", {"a": [1, 2, 3]}, None, {"a": [2]}),
    ("REMOVE a[17], b, c.d", {"a": [1], "c": {}}, None, {"a": [1], "c": {}}),
    ("REMOVE a.b", {"a": {"b": 1}}, None, {"a": {}}),
    ("ADD a :v", {"a": 3}, 4, {"a": 7}),
    ("ADD a :v", {}, 4, {"a": 4}),
    ("ADD a.b :v", {"a": {"b": 1}}, -4, {"a": {"b": -3}}),
    ("ADD a :v", {"a": {"x"}}, {"x", "y"}, {"a": {"x", "y"}}),
    ("ADD a :v", {}, {1, 2}, {"a": {1, 2}}),
    ("DELETE a :v", {"a": {"x", "y"}}, {"y", "z"}, {"a": {"x"}}),
    ("DELETE a :v", {"a": {1, 2}}, {1, 2}, {}),
    ("DELETE a :v", {"b": 1}, {1}, {"b": 1}),
    ("DELETE a.b :v", {"a": {"b": {b"x"}}}, {b"x"}, {"a": {}}),
    ("SET a = :v", {"a": 1}, [], {"a": []}),
]


@pytest.mark.parametrize(("expression", "before", "value", "after"), UPDATED)
def test_updates(expression, before, value, after):
    values = {} if value is None else {"v": value}
    new, _ = updated(expression, {"pk": "k", **before}, **values)
    assert new == {"pk": "k", **after}


def test_elements_behind_a_list_stand_in_the_order_of_their_indexes():
    new, _ = updated("SET a[84] = :p, a[37] = :q, a[17] = :r, a[50] = :s", {"a": [0]}, p=1, q=2, r=3, s=4)
    assert new == {"a": [0, 3, 2, 4, 1]}


def test_sets_of_numbers_know_numbers_by_value():
    request = {"UpdateExpression": "ADD a :v", "ExpressionAttributeValues": {":v": {"NS": ["1.0", "2"]}}}
    new, _ = apply(parse(request, "UpdateItem").update, {"a": {"NS": ["1"]}}, ["pk"])
    assert new == {"a": {"NS": ["1", "2"]}}


def test_an_item_that_is_not_there_is_made_from_its_key():
    key = {"pk": {"S": "k"}}
    assert updated("SET b = :v", None, key=key, v=1)[0] == {"pk": "k", "b": 1}
    assert updated("SET b = pk", None, key=key)[0] == {"pk": "k", "b": "k"}
    assert updated("ADD b :v", None, key=key, v=1)[0] == {"pk": "k", "b": 1}
    # What only takes away makes no item, wherever its paths lead.
    assert updated("REMOVE b, c.d, e[0]", None, key=key)[0] is None
    assert updated("DELETE b :v", None, key=key, v={1})[0] is None
    assert updated("REMOVE b", {"pk": "k"}, key=key)[0] == {"pk": "k"}


INCORRECT = "An operand in the update expression has an incorrect data type"
ABSENT = "The provided expression refers to an attribute that does not exist in the item"
BAD_PATH = "The document path provided in the update expression is invalid for update"
ITEM = {"pk": "k", "n": 1, "s": "x", "l": [1], "m": {"k": 1}, "ns": {1}}
REFUSED_UPDATES = [
    ("SET c = b", None, ABSENT),
    ("SET c = b + :v", 1, ABSENT),
    ("SET e = list_append(b, :v)", [1], ABSENT),
    ("SET x = :v, y = x", 1, ABSENT),
    ("SET a = s + :v", 1, INCORRECT),
    ("SET a = n - l", None, INCORRECT),
    ("SET a = list_append(n, :v)", [1], INCORRECT),
    ("ADD s :v", 1, INCORRECT),
    ("ADD l :v", {1}, INCORRECT),
    ("ADD ns :v", {"x"}, INCORRECT),
    ("ADD ns :v", 1, INCORRECT),
    ("ADD n :v", {1}, INCORRECT),
    ("DELETE ns :v", {"x"}, INCORRECT),
    ("DELETE m.k :v", {1}, INCORRECT),
    ("SET s.a = :v", 1, BAD_PATH),
    ("SET l.a = :v", 1, BAD_PATH),
    ("SET m[0] = :v", 1, BAD_PATH),
    ("SET z.a = :v", 1, BAD_PATH),
    ("SET z[0] = :v", 1, BAD_PATH),
    ("REMOVE z.a", None, BAD_PATH),
    ("REMOVE s[0]", None, BAD_PATH),
    ("DELETE z.a :v", {1}, BAD_PATH),
    ("ADD l.a :v", 1, BAD_PATH),
    ("SET a = :v + :v", Decimal("9E125"), "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("SET a = :v + n", Decimal("1E40"), "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("ADD n :v", Decimal("1E40"), "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ("SET pk = :v", 1, "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
    ("REMOVE pk.a", None, "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "value", "message"), REFUSED_UPDATES)
def test_updates_that_an_item_refuses(expression, value, message):
    with pytest.raises(Refused) as caught:
        updated(expression, ITEM, **({} if value is None else {"v": value}))
    assert str(caught.value) == message


RETURNED = [
    ("SET a.b = :v", {"a": {"b": "dog"}}, {"a": {"b": "hi"}}),
    ("SET a.c[1] = :v, d = :v", {"a": {"c": [2]}, "d": "cat"}, {"a": {"c": ["hi"]}, "d": "hi"}),
    ("SET x = :v", {}, {"x": "hi"}),
    ("REMOVE d", {"d": "cat"}, {}),
    ("REMOVE a.c[1], a.c[3]", {"a": {"c": [2]}}, {"a": {"c": [3]}}),  # what moved up stands there now
    ("SET a.c[100] = :v", {}, {}),  # it stands elsewhere
]


@pytest.mark.parametrize(("expression", "old", "new"), RETURNED)
def test_the_paths_give_what_was_updated(expression, old, new):
    item = {"pk": "k", "a": {"b": "dog", "c": [1, 2, 3]}, "d": "cat"}
    after, paths = updated(expression, item, **({"v": "hi"} if ":v" in expression else {}))
    assert plain(project(paths, {name: wire(value) for name, value in item.items()})) == old
    assert plain(project(paths, {name: wire(value) for name, value in after.items()})) == new


def test_updates_agree_with_moto(moto):
    dice = random.Random(22)
    for number in range(60):
        item = {"pk": f"{number}", "a": dice.randrange(9), "b": [1, 2], "c": {"d": 1}, "e": {"x", "y"}}
        item = {name: wire(value) for name, value in item.items()}
        sets = dice.sample(
            ["a = a + :n", "b = list_append(b, :l)", "c.d = :n", "f = if_not_exists(f, :n)", "g = :l"], 2
        )
        others = dice.sample(["REMOVE h", "ADD e :s", "ADD i :n", "DELETE e :s", ""], 1)
        text = f"SET {', '.join(sets)} {others[0]}".strip()
        values = {":n": {"N": str(dice.randrange(9))}, ":l": {"L": [{"S": "q"}]}, ":s": {"SS": ["x"]}}
        request = {
            "UpdateExpression": text,
            "ExpressionAttributeValues": {key: value for key, value in values.items() if key in text},
        }
        new, _ = apply(parse(request, "UpdateItem").update, item, ["pk"])
        moto("PutItem", Item=item)
        theirs = moto("UpdateItem", Key={"pk": item["pk"]}, ReturnValues="ALL_NEW", **request)["Attributes"]
        assert plain(new) == plain(theirs), text
