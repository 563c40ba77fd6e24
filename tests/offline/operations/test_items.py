"""Keys of indexes, updates and the parameters of before 2014."""

import pytest
from asking import Asked, index, item, n, s

INVALID = "ValidationException: One or more parameter values were invalid: "
ENVELOPED = "ValidationException: 1 validation error detected: "
KEY = item("a", "1")


@pytest.fixture
def asked():
    asked = Asked().table(
        types={"g": "S", "h": "N"},
        GlobalSecondaryIndexes=[index("by_g", "g", "h")],
        LocalSecondaryIndexes=[index("by_h", "pk", "h", projection="KEYS_ONLY")],
    )
    asked(
        "PutItem", TableName="ttt", Item=item("a", "1", x=n(5), t={"SS": ["a"]}, l={"L": [n(1)]}, m={"M": {}})
    )
    return asked


EMPTY = "The AttributeValue for a key attribute cannot contain an empty string value."
INDEX_KEYS = {
    "type": (
        item("a", "2", g=n(1)),
        INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: by_g",
    ),
    "null": (
        item("a", "2", g={"NULL": True}),
        INVALID + "Type mismatch for Index Key g Expected: S Actual: NULL IndexName: by_g",
    ),
    "local type": (
        item("a", "2", h=s("x")),
        INVALID + "Type mismatch for Index Key h Expected: N Actual: S IndexName: by_h",
    ),
    "size": (  # https://github.com/wellcomecollection/platform/issues/2285, and others
        item("a", "2", g=s("x" * 2175)),
        INVALID
        + "Size limit exceeded for Index Key g Actual Size: 2175 bytes Max Size: 2048 bytes IndexName: by_g",
    ),
    "empty": (
        item("a", "2", g=s("")),
        "ValidationException: One or more parameter values are not valid. A value specified for a secondary index key "
        f"is not supported. {EMPTY} IndexName: by_g, IndexKey: g",
    ),
}


@pytest.mark.parametrize(("new", "message"), INDEX_KEYS.values(), ids=INDEX_KEYS.keys())
def test_keys_of_indexes_on_put(asked, new, message):
    assert asked.refused("PutItem", TableName="ttt", Item=new) == message
    assert asked.refused("TransactWriteItems", TransactItems=[{"Put": {"TableName": "ttt", "Item": new}}])
    assert asked.refused("BatchWriteItem", RequestItems={"ttt": [{"PutRequest": {"Item": new}}]}) == message
    assert asked("Scan", TableName="ttt")["Count"] == 1


def test_keys_of_indexes_may_be_missing(asked):
    asked("PutItem", TableName="ttt", Item=item("b", "1", g=s("x")))  # no h: not in by_g
    assert asked("Scan", TableName="ttt", IndexName="by_g")["Count"] == 0


def update(expression: str, **given: dict) -> dict:
    values = {f":{name}": value for name, value in given.items()}
    return {
        "TableName": "ttt",
        "Key": KEY,
        "UpdateExpression": expression,
        **({"ExpressionAttributeValues": values} if values else {}),
    }


BAD_UPDATES = {
    "part of the key": (
        update("SET pk = :v", v=s("b")),
        INVALID + "Cannot update attribute pk. This attribute is part of the key",
    ),
    "index key of another type": (
        update("SET g = :v", v=n(1)),
        INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: by_g",
    ),
    "computed index key": (
        update("SET g = x"),
        "ValidationException: The update expression attempted to update the secondary index key to unsupported type",
    ),
    "empty index key": (
        update("SET g = :v", v=s("")),
        "ValidationException: One or more parameter values are not valid. The update expression attempted to update a "
        f"secondary index key to a value that is not supported. {EMPTY}",
    ),
    "into a key": (
        update("SET pk.x = :v", v=n(1)),
        "ValidationException: Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: Key: pk",
    ),
    "into an index key": (
        update("SET g.x = :v", v=n(1)),
        "ValidationException: Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: IndexKey: g",
    ),
    "too large": (
        update("SET y = :v", v=s("x" * 400 * 1024)),
        "ValidationException: Item size to update has exceeded the maximum allowed size",
    ),
}


@pytest.mark.parametrize(("request_", "message"), BAD_UPDATES.values(), ids=BAD_UPDATES.keys())
def test_update_item_refuses(asked, request_, message):
    before = asked("GetItem", TableName="ttt", Key=KEY)
    assert asked.refused("UpdateItem", **request_) == message
    assert asked("GetItem", TableName="ttt", Key=KEY) == before


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem"])
@pytest.mark.parametrize("values", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_put_and_delete_return_the_old_item_or_nothing(asked, operation, values):
    member = "Item" if operation == "PutItem" else "Key"
    assert asked.refused(operation, TableName="ttt", **{member: KEY}, ReturnValues=values) == (
        ENVELOPED + "ReturnValues can only be ALL_OLD or NONE"
    )


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("NONE", None),
        ("ALL_OLD", {"x": n(5)}),
        ("UPDATED_OLD", {"x": n(5)}),
        ("UPDATED_NEW", {"x": n(6), "y": n(1)}),
        ("ALL_NEW", {"x": n(6), "y": n(1)}),
    ],
)
def test_what_an_update_returns(asked, wanted, told):
    asked("PutItem", TableName="ttt", Item=item("a", "1", x=n(5)))
    answer = asked("UpdateItem", **update("SET x = x + :v, y = :v", v=n(1)), ReturnValues=wanted)
    key = KEY if wanted.startswith("ALL") else {}
    assert answer == ({"Attributes": key | told} if told else {})


@pytest.mark.parametrize("wanted", ["NONE", "UPDATED_OLD", "UPDATED_NEW"])
@pytest.mark.parametrize("nothing", [{}, {"AttributeUpdates": {}}])
def test_an_update_without_anything_makes_the_item(asked, wanted, nothing):
    for _ in range(2):
        assert (
            asked("UpdateItem", TableName="ttt", Key=item("new", "1"), ReturnValues=wanted, **nothing) == {}
        )
    assert asked("GetItem", TableName="ttt", Key=item("new", "1")) == {"Item": item("new", "1")}


# --- names of attributes --------------------------------------------------------------------------------------

LONGEST, TOO_LONG = "x" * 65_535, "ü" * 32_768
SET_X = {"UpdateExpression": "SET #x = :x", "ExpressionAttributeNames": {"#x": TOO_LONG}}
NAMED = {
    "PutItem": {"Item": KEY | {TOO_LONG: n(1)}},
    "PutItem in a map": {"Item": KEY | {"m": {"L": [{"M": {TOO_LONG: n(1)}}]}}},
    "UpdateItem": {"Key": KEY, **SET_X, "ExpressionAttributeValues": {":x": n(1)}},
    "UpdateItem in a value": {
        "Key": KEY,
        "UpdateExpression": "SET x = :x",
        "ExpressionAttributeValues": {":x": {"M": {TOO_LONG: n(1)}}},
    },
    "UpdateItem by AttributeUpdates": {"Key": KEY, "AttributeUpdates": {TOO_LONG: {"Value": n(1)}}},
    "DeleteItem": {
        "Key": KEY,
        "ConditionExpression": "attribute_exists(#x)",
        "ExpressionAttributeNames": {"#x": TOO_LONG},
    },
    "GetItem": {
        "Key": KEY,
        "ProjectionExpression": "#x",
        "ExpressionAttributeNames": {"#x": TOO_LONG},
    },
    "GetItem by AttributesToGet": {"Key": KEY, "AttributesToGet": [TOO_LONG]},
    "PutItem by Expected": {"Item": KEY, "Expected": {TOO_LONG: {"Exists": False}}},
    "BatchWriteItem": {"RequestItems": {"ttt": [{"PutRequest": {"Item": KEY | {TOO_LONG: n(1)}}}]}},
    "TransactWriteItems": {
        "TransactItems": [{"Put": {"TableName": "ttt", "Item": KEY | {TOO_LONG: n(1)}}}],
    },
}


@pytest.mark.parametrize(("operation", "request_"), NAMED.items(), ids=NAMED.keys())
def test_a_name_has_65535_bytes(asked, operation, request_):
    table = {} if operation.startswith(("Batch", "Transact")) else {"TableName": "ttt"}
    told = asked.refused(operation.partition(" ")[0], **table, **request_)
    assert "Attribute name is too large, must be less than 65536 bytes" in told
    assert told.startswith(ENVELOPED) == operation.startswith(("PutItem", "UpdateItem", "DeleteItem"))


@pytest.mark.parametrize("attributes", [{"": n(1)}, {"m": {"M": {"": n(1)}}}], ids=["item", "map"])
def test_a_name_has_a_character(asked, attributes):
    told = asked.refused("PutItem", TableName="ttt", Item=KEY | attributes)
    assert told.startswith("ValidationException") and "An attribute name may not be empty" in told


def test_the_longest_name(asked):
    asked("PutItem", TableName="ttt", Item=KEY | {LONGEST: n(1)})
    update = SET_X | {"ExpressionAttributeNames": {"#x": LONGEST}, "ExpressionAttributeValues": {":x": n(2)}}
    asked("UpdateItem", TableName="ttt", Key=KEY, **update)
    told = asked("GetItem", TableName="ttt", Key=KEY, AttributesToGet=[LONGEST])
    assert told == {"Item": {LONGEST: n(2)}}


# --- the parameters of before 2014 ---------------------------------------------------------------------------


def one(operator: str, *given: dict) -> dict:
    return {"ComparisonOperator": operator, "AttributeValueList": list(given)}


HOLDS = {
    "value": {"x": {"Value": n(5)}},
    "exists": {"x": {"Exists": True, "Value": n(5)}},
    "does not exist": {"nope": {"Exists": False}},
    "EQ": {"x": one("EQ", n("5.0"))},
    "NE": {"x": one("NE", n(6))},
    "NE of nothing": {"nope": one("NE", n(6))},
    "LT": {"x": one("LT", n(6))},
    "GE": {"x": one("GE", n(5))},
    "BETWEEN": {"x": one("BETWEEN", n(1), n(5))},
    "IN": {"x": one("IN", n(1), n(5))},
    "NULL": {"nope": {"ComparisonOperator": "NULL"}},
    "NOT_NULL": {"x": {"ComparisonOperator": "NOT_NULL"}},
    "CONTAINS": {"t": one("CONTAINS", s("a"))},
    "NOT_CONTAINS": {"t": one("NOT_CONTAINS", s("b"))},
    "BEGINS_WITH": {"pk": one("BEGINS_WITH", s("a"))},
}
FAILS = {
    "value": {"x": {"Value": n(6)}},
    "does not exist": {"x": {"Exists": False}},
    "other type": {"x": {"Value": s("5")}},
    "LT": {"x": one("LT", n(5))},
    "NULL": {"x": {"ComparisonOperator": "NULL"}},
    "NOT_CONTAINS": {"t": one("NOT_CONTAINS", s("a"))},
    "NOT_CONTAINS of nothing": {"nope": one("NOT_CONTAINS", s("a"))},
    "one of two": {"x": {"Value": n(5)}, "nope": {"Value": n(5)}},
}


@pytest.mark.parametrize("expected", HOLDS.values(), ids=HOLDS.keys())
def test_expected_holds(asked, expected):
    asked("PutItem", TableName="ttt", Item=KEY, Expected=expected)


@pytest.mark.parametrize("expected", FAILS.values(), ids=FAILS.keys())
def test_expected_fails(asked, expected):
    told = "ConditionalCheckFailedException: The conditional request failed"
    assert asked.refused("DeleteItem", TableName="ttt", Key=KEY, Expected=expected) == told


def test_conditions_joined_by_or(asked):
    either = {"TableName": "ttt", "Key": KEY, "Expected": FAILS["one of two"], "ConditionalOperator": "OR"}
    asked("DeleteItem", **either)


BAD_EXPECTED = {
    "value and list": (
        {"x": {"Value": n(5), "AttributeValueList": [n(5)]}},
        INVALID + "Value and AttributeValueList cannot be used together for Attribute: x",
    ),
    "exists and operator": (
        {"x": {"Exists": True, **one("EQ", n(5))}},
        INVALID + "Exists and ComparisonOperator cannot be used together for Attribute: x",
    ),
    "operator alone": (
        {"x": {"ComparisonOperator": "EQ"}},
        INVALID + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: x",
    ),
    "list alone": (
        {"x": {"AttributeValueList": [n(5)]}},
        INVALID + "AttributeValueList can only be used with a ComparisonOperator for Attribute: x",
    ),
    "nothing": ({"x": {}}, INVALID + "Value must be provided when Exists is null for Attribute: x"),
    "exists without value": (
        {"x": {"Exists": True}},
        INVALID + "Value must be provided when Exists is true for Attribute: x",
    ),
    "value that may not exist": (
        {"x": {"Exists": False, "Value": n(5)}},
        INVALID + "Value cannot be used when Exists is false for Attribute: x",
    ),
    "two for EQ": (
        {"x": one("EQ", n(5), n(6))},
        INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator",
    ),
    "mixed types": (
        {"x": one("IN", n(5), s("a"))},
        INVALID + "AttributeValues inside AttributeValueList must be of same type",
    ),
    **{
        f"{operator} of {kind}": (
            {"x": one(operator, *[value] * (2 if operator == "BETWEEN" else 1))},
            INVALID + f"ComparisonOperator {operator} is not valid for {kind} AttributeValue type",
        )
        for operator, kind, value in (
            ("CONTAINS", "L", {"L": [n(1)]}),
            ("NOT_CONTAINS", "NS", {"NS": ["1"]}),
            ("BEGINS_WITH", "N", n(3)),
            ("IN", "L", {"L": [n(1)]}),
            ("BETWEEN", "NS", {"NS": ["1"]}),
            ("LT", "M", {"M": {}}),
        )
    },
    "bounds the wrong way": (
        {"x": one("BETWEEN", n(5), n(1))},
        "ValidationException: The BETWEEN condition was provided a range where the lower bound is greater than the "
        "upper bound",
    ),
}


@pytest.mark.parametrize(("expected", "message"), BAD_EXPECTED.values(), ids=BAD_EXPECTED.keys())
def test_expected_is_refused(asked, expected, message):
    told = asked.refused("PutItem", TableName="ttt", Item=KEY, Expected=expected)
    assert told == message.replace("Exception: ", "Exception: 1 validation error detected: ")


@pytest.mark.parametrize(
    ("updates", "after"),
    [
        ({"x": {"Value": n(7)}}, {"x": n(7)}),
        ({"x": {"Action": "ADD", "Value": n(2)}}, {"x": n(7)}),
        ({"y": {"Action": "ADD", "Value": n(2)}}, {"y": n(2)}),
        ({"t": {"Action": "ADD", "Value": {"SS": ["a", "b"]}}}, {"t": {"SS": ["a", "b"]}}),
        ({"t": {"Action": "DELETE", "Value": {"SS": ["a"]}}}, {"t": None}),
        ({"x": {"Action": "DELETE"}}, {"x": None}),
        ({"l": {"Action": "ADD", "Value": {"L": [n(2)]}}}, {"l": {"L": [n(1), n(2)]}}),
    ],
    ids=str,
)
def test_attribute_updates(asked, updates, after):
    asked("UpdateItem", TableName="ttt", Key=KEY, AttributeUpdates=updates)
    found = asked("GetItem", TableName="ttt", Key=KEY)["Item"]
    assert {name: found.get(name) for name in after} == after


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        (
            {"x": {}},
            ENVELOPED + INVALID[21:] + "Only DELETE action is allowed when no attribute value is specified",
        ),
        (
            {"x": {"Action": "DELETE", "Value": n(1)}},
            ENVELOPED + INVALID[21:] + "DELETE action with value is not supported for the type N",
        ),
        (
            {"x": {"Action": "ADD", "Value": s("a")}},
            ENVELOPED + INVALID[21:] + "ADD action is not supported for the type S",
        ),
        (
            {"t": {"Action": "ADD", "Value": n(1)}},
            "ValidationException: Type mismatch for attribute to update",
        ),
        (
            {"pk": {"Value": s("b")}},
            INVALID + "Cannot update attribute pk. This attribute is part of the key",
        ),
        (
            {"g": {"Value": n(1)}},
            INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: by_g",
        ),
    ],
    ids=str,
)
def test_attribute_updates_that_are_refused(asked, updates, message):
    assert asked.refused("UpdateItem", TableName="ttt", Key=KEY, AttributeUpdates=updates) == message


@pytest.mark.parametrize(
    ("operation", "member"), [("PutItem", "Item"), ("GetItem", "Key"), ("DeleteItem", "Key")]
)
def test_keys_are_checked_one_after_the_other(asked, operation, member):
    wrong_later = {"pk": s("p" * 2049), "sk": n(1)}
    told = asked.refused(operation, TableName="ttt", **{member: wrong_later})
    assert told == INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"
    writes = [{"PutRequest": {"Item": wrong_later}}]
    assert asked.refused("BatchWriteItem", RequestItems={"ttt": writes}) == told


def test_the_101st_key_of_a_batch_comes_before_a_later_double(asked):
    keys = [item("a", str(i)) for i in range(100)]
    last = {"Keys": [KEY, KEY]}
    assert asked.refused("BatchGetItem", RequestItems={"ttt": {"Keys": keys}, "uuu": last}) == (
        "ValidationException: Too many items requested for the BatchGetItem call"
    )


def test_attribute_updates_are_looked_at_before_expected(asked):
    both = {"AttributeUpdates": {"x": {}}, "Expected": {"x": {}}}
    assert "Only DELETE action is allowed" in asked.refused("UpdateItem", TableName="ttt", Key=KEY, **both)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"Expected": {"x": {"Value": n(5)}}, "ConditionExpression": "x = :x"},
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            "{Expected} Expression parameters: {ConditionExpression}",
        ),
        ({"ConditionalOperator": "OR"}, "ConditionalOperator cannot be used without Filter or Expected"),
        (
            {"ConditionalOperator": "OR", "Expected": {"x": {"Value": n(5)}}},
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
    ],
    ids=str,
)
def test_parameters_that_do_not_go_together(asked, request_, message):
    assert asked.refused("PutItem", TableName="ttt", Item=KEY, **request_) == ENVELOPED + message


def test_attributes_to_get(asked):
    got = {"TableName": "ttt", "Key": KEY}
    assert asked("GetItem", **got, AttributesToGet=["x", "nope"]) == {"Item": {"x": n(5)}}
    assert asked.refused("GetItem", **got, AttributesToGet=["x", "x"]) == (
        INVALID + "Duplicate value in attribute name: x"
    )


# --- batches -------------------------------------------------------------------------------------------------

MATCH = "ValidationException: The provided key element does not match the schema"
BAD_BATCHES = {
    "no sort key": ([{"PutRequest": {"Item": {"pk": s("a")}}}], MATCH),
    "key of another type": ([{"PutRequest": {"Item": item("a", "1") | {"pk": n(1)}}}], MATCH),
    "part of a key": ([{"DeleteRequest": {"Key": {"pk": s("a")}}}], MATCH),
    "put and delete": (
        [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}],
        "ValidationException: Provided list of item keys contains duplicates",
    ),
    "neither": ([{}], "ValidationException: Supplied AttributeValue has more than one datatypes set"),
    "too large": (
        [{"PutRequest": {"Item": item("a", "1", x=s("x" * 400 * 1024))}}],
        "ValidationException: Item size has exceeded the maximum allowed size",
    ),
}


@pytest.mark.parametrize(("writes", "message"), BAD_BATCHES.values(), ids=BAD_BATCHES.keys())
def test_batch_write_refuses_all_or_nothing(asked, writes, message):
    good = {"PutRequest": {"Item": item("good", "1")}}
    assert asked.refused("BatchWriteItem", RequestItems={"ttt": [good, *writes]}).startswith(message)
    assert asked("GetItem", TableName="ttt", Key=item("good", "1")) == {}


def test_batch_get_refuses_a_key_twice_before_it_looks_for_the_table(asked):
    twice = [{"pk": s("a"), "sk": n("1")}, {"sk": n("1"), "pk": s("a")}]
    assert asked.refused("BatchGetItem", RequestItems={"nope": {"Keys": twice}}) == (
        "ValidationException: Provided list of item keys contains duplicates"
    )


def test_keys_of_indexes_are_no_longer_than_those_of_tables():
    indexes = {
        "GlobalSecondaryIndexes": [index("by_g", "g", "h")],
        "LocalSecondaryIndexes": [index("by_l", "pk", "l")],
    }
    asked = Asked().table(types=dict.fromkeys("ghl", "S"), **indexes)
    for name, longest in {"g": 2048, "h": 1024, "l": 1024}.items():
        held = item("a", name, g=s("g"))
        asked("PutItem", TableName="ttt", Item=held | {name: s("x" * longest)})
        told = asked.refused("PutItem", TableName="ttt", Item=held | {name: s("x" * (longest + 1))})
        assert str(longest) in told.removeprefix(INVALID)
