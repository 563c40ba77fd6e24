"""Global indexes whose partition key or sort key has several attributes, as DynamoDB has them since November 2025.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.MultiAttributeKeys; what is refused and
found is that of moto's `aws_verified` tests and of Alternator's test_gsi_composite_keys.py.
"""

import pytest
from asking import Asked, index, n, s, table

INVALID = "ValidationException: One or more parameter values were invalid: "
TYPES = {"h1": "S", "h2": "N", "r1": "S", "r2": "N"}


def keyed(name: str, hashes: str, ranges: str = "", **more) -> dict:
    """A global index with these attributes as its partition key and its sort key."""
    roles = [(key, "HASH") for key in hashes.split()] + [(key, "RANGE") for key in ranges.split()]
    schema = [{"AttributeName": key, "KeyType": role} for key, role in roles]
    return index(name, **more) | {"KeySchema": schema}


def row(pk: int, h1: str, h2: int, r1: str, r2: int) -> dict:
    return {"pk": s(str(pk)), "h1": s(h1), "h2": n(h2), "r1": s(r1), "r2": n(r2)}


@pytest.fixture
def asked() -> Asked:
    asked = Asked().table(
        keys="pk",
        types=TYPES,
        GlobalSecondaryIndexes=[keyed("idx", "h1 h2", "r1 r2"), keyed("one", "h1", "r1 r2")],
    )
    rows = [
        ("a", 1, "x", 10),
        ("a", 1, "x", 9),
        ("a", 1, "y", 2),
        ("a", 1, "xx", 2),
        ("a", 2, "x", 5),
        ("b", 1, "x", 7),
    ]
    for pk, values in enumerate(rows):
        asked("PutItem", TableName="ttt", Item=row(pk, *values))
    return asked


def query(condition: str, name: str = "idx", **more) -> dict:
    values = {":a": s("a"), ":x": s("x"), ":one": n(1), ":nine": n(9), ":ten": n(10)}
    used = {key: value for key, value in values.items() if key in condition.replace(",", " ").split()}
    asks = {"TableName": "ttt", "IndexName": name, "KeyConditionExpression": condition}
    return asks | {"ExpressionAttributeValues": used, **more}


def found(answer: dict) -> list[int]:
    return [int(item["pk"]["S"]) for item in answer["Items"]]


FINDS = {
    "h1 = :a AND h2 = :one": [1, 0, 3, 2],
    "h2 = :one AND h1 = :a AND r1 = :x": [1, 0],
    "h1 = :a AND h2 = :one AND r1 > :x": [3, 2],
    "h1 = :a AND h2 = :one AND begins_with ( r1, :x )": [1, 0, 3],
    "h1 = :a AND h2 = :one AND r2 = :nine AND r1 = :x": [1],
    "h1 = :a AND h2 = :one AND r1 = :x AND r2 > :nine": [0],
    "h1 = :a AND h2 = :one AND r1 = :x AND r2 BETWEEN :nine AND :ten": [1, 0],
}


@pytest.mark.parametrize("condition", FINDS)
def test_a_query_names_the_whole_partition_key_and_the_sort_key_from_the_left(asked, condition):
    assert found(asked("Query", **query(condition))) == FINDS[condition]
    backwards = asked("Query", **query(condition, ScanIndexForward=False))
    assert found(backwards) == FINDS[condition][::-1]


RANGE = (
    "ValidationException: RANGE key attributes r1 must have equality conditions specified in the query because a "
    "condition is present on key attribute r2"
)
HASH = "ValidationException: HASH key attributes h2 must have equality conditions specified in the query"
REFUSED = {
    "h1 = :a": HASH,
    "h1 = :a AND h2 > :one": HASH,
    "h1 = :a AND r1 = :x": HASH,
    "h1 = :a AND h2 = :one AND r2 = :nine": RANGE,
    "h1 = :a AND h2 = :one AND r1 > :x AND r2 = :nine": RANGE,
    "h1 = :a AND h2 = :one AND r1 > :x AND r2 > :nine": RANGE,
    "h1 = :a AND h2 = :one AND begins_with ( r1, :x ) AND r2 = :nine": RANGE,
    "h1 = :x AND h2 = :a": f"{INVALID}Condition parameter type does not match schema type",
    "h1 = :a AND h2 = :one AND pk = :x": "ValidationException: Query condition missed key schema element: r1",
    "h1 = :a AND h2 = :one AND r1 = :x AND r2 = :nine AND pk = :ten": (
        "ValidationException: The number of query conditions (5) exceeds the number of key attributes defined in the "
        "schema (4)"
    ),
}


@pytest.mark.parametrize("condition", REFUSED)
def test_a_query_refuses_gaps(asked, condition):
    assert asked.refused("Query", **query(condition)) == REFUSED[condition]


def test_key_conditions_of_before_2014_take_them_too(asked):
    conditions = {
        name: {"ComparisonOperator": operator, "AttributeValueList": [value]}
        for name, operator, value in [("h1", "EQ", s("a")), ("r1", "EQ", s("x")), ("r2", "GT", n(5))]
    }
    assert found(asked("Query", TableName="ttt", IndexName="one", KeyConditions=conditions)) == [1, 0]
    del conditions["r1"]
    assert asked.refused("Query", TableName="ttt", IndexName="one", KeyConditions=conditions) == RANGE


def test_a_filter_names_none_of_the_keys(asked):
    told = asked.refused("Query", **query("h1 = :a AND h2 = :one", FilterExpression="r2 = h2"))
    assert told.startswith(
        "ValidationException: Filter Expression can only contain non-primary key attributes"
    )


def test_pages_go_on_where_they_ended(asked):
    for operation, asks in [
        ("Query", query("h1 = :a AND h2 = :one")),
        ("Scan", {"TableName": "ttt", "IndexName": "idx"}),
    ]:
        whole, parts = found(asked(operation, **asks)), []
        page = asked(operation, **asks, Limit=1)
        while last := page.get("LastEvaluatedKey"):
            assert set(last) == {"pk", *TYPES}
            parts += found(page)
            page = asked(operation, **asks, Limit=1, ExclusiveStartKey=last)
        assert parts == whole
    start = row(0, "b", 1, "x", 10)
    assert "outside query boundaries" in asked.refused(
        "Query", **query("h1 = :a AND h2 = :one", ExclusiveStartKey=start)
    )
    del start["h2"]
    assert "starting key is invalid" in asked.refused(
        "Query", **query("h1 = :a AND h2 = :one", ExclusiveStartKey=start)
    )


def test_an_item_without_one_of_the_keys_is_not_in_the_index(asked):
    update = {"TableName": "ttt", "Key": {"pk": s("1")}}
    for name in TYPES:
        asked("UpdateItem", **update, UpdateExpression=f"REMOVE {name}")
        assert found(asked("Query", **query("h1 = :a AND h2 = :one AND r1 = :x"))) == [0]
        asked("PutItem", TableName="ttt", Item=row(1, "a", 1, "x", 9))
        assert found(asked("Query", **query("h1 = :a AND h2 = :one AND r1 = :x"))) == [1, 0]


def test_the_parts_of_a_key_share_its_limit(asked):
    long = row(7, "a" * 2047, 1, "x", 1)
    assert "Size of hashkey" in asked.refused("PutItem", TableName="ttt", Item=long)
    long = row(7, "a", 1, "x" * 1023, 1)
    assert "Aggregated size of all range keys" in asked.refused("PutItem", TableName="ttt", Item=long)


def test_keys_of_the_table_are_weighed_as_keys_of_an_index():
    asked = Asked().table(GlobalSecondaryIndexes=[index("turned", "sk", "pk")])
    told = asked.refused("PutItem", TableName="ttt", Item={"pk": s("x" * 1025), "sk": s("y")})
    assert told == (
        f"{INVALID}Size limit exceeded for Index Key pk Actual Size: 1025 bytes Max Size: 1024 bytes IndexName: turned"
    )


@pytest.mark.parametrize("name", ["idx", "one"])
def test_partiql_reads_none_of_them(asked, name):
    told = asked.refused("ExecuteStatement", Statement=f'SELECT * FROM "ttt"."{name}" WHERE h1 = \'a\'')
    assert told == (
        "ValidationException: PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
        "multi-attribute RANGE keys."
    )
    assert asked("ExecuteStatement", Statement="SELECT * FROM ttt")["Items"]


def test_a_table_is_made_described_and_given_such_an_index(asked):
    told = asked("DescribeTable", TableName="ttt")["Table"]["GlobalSecondaryIndexes"]
    assert [one["KeySchema"] for one in told] == [
        keyed("idx", "h1 h2", "r1 r2")["KeySchema"],
        keyed("one", "h1", "r1 r2")["KeySchema"],
    ]
    create = {
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in TYPES.items()]
    }
    asked(
        "UpdateTable",
        TableName="ttt",
        **create,
        GlobalSecondaryIndexUpdates=[{"Create": keyed("later", "h1 h2 r1")}],
    )
    asked("DescribeTable", TableName="ttt")
    answer = asked("Query", **query("h1 = :a AND h2 = :one AND r1 = :x", "later"))
    assert sorted(found(answer)) == [0, 1]


def test_up_to_four_attributes_each(asked):
    eight = dict.fromkeys("abcdefgh", "S")
    asked(
        "CreateTable",
        **table("four", "pk", eight, GlobalSecondaryIndexes=[keyed("idx", "a b c d", "e f g h")]),
    )
    wrong = {
        ("a b c d e", ""): "exceeds the maximum allowed number of HASH key attributes",
        ("h", "a b c d e"): "exceeds the maximum allowed number of RANGE key attributes",
        ("", "a b c"): "The first KeySchemaElement is not a HASH key type",
        ("a b", "a"): "multiple key attributes with the same name",
        ("a a", ""): "multiple key attributes with the same name",
        ("a b", "z"): "not defined in AttributeDefinitions",
    }
    for keys, told in wrong.items():
        indexes = [keyed("idx", *keys)]
        types = {key: "S" for key in " ".join(keys).split() if key in eight}
        assert told in asked.refused(
            "CreateTable", **table("five", "pk", types, GlobalSecondaryIndexes=indexes)
        )
    mixed = keyed("idx", "a", "b")
    mixed["KeySchema"].append({"AttributeName": "c", "KeyType": "HASH"})
    types = dict.fromkeys("abc", "S")
    told = asked.refused("CreateTable", **table("five", "pk", types, GlobalSecondaryIndexes=[mixed]))
    assert "All HASH key attributes must precede RANGE key attributes in the KeySchema" in told


def test_tables_and_local_indexes_have_one_of_each(asked):
    local = [keyed("lsi", "pk", "h1 h2")]
    told = asked.refused("CreateTable", **table("five", types=TYPES, LocalSecondaryIndexes=local))
    assert told.endswith("Member must have length less than or equal to 2")
    schema = {"KeySchema": keyed("idx", "pk", "h1 h2")["KeySchema"]}
    told = asked.refused("CreateTable", **table("five", "pk", TYPES) | schema)
    assert told.endswith(
        "at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2"
    )
