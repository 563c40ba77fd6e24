"""ConsumedCapacity with indexes, batches and transactions; ItemCollectionMetrics."""

import pytest
from asking import Asked, index, item, n, s

INDEXES = {
    "types": {"g": "S", "h": "S"},
    "GlobalSecondaryIndexes": [index("glob", "g", projection="INCLUDE", held=["x"])],
    "LocalSecondaryIndexes": [index("loc", "pk", "h", projection="KEYS_ONLY")],
}
ASK = {"TableName": "ttt", "ReturnConsumedCapacity": "INDEXES"}


@pytest.fixture
def asked():
    return Asked().table(**INDEXES)


def units(answer: dict) -> tuple:
    """Total, table's, global index's and local index's units."""
    told = answer["ConsumedCapacity"]
    told = told[0] if isinstance(told, list) else told
    indexes = [told.get(member, {}) for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")]
    return (
        told["CapacityUnits"],
        told["Table"]["CapacityUnits"],
        *(next(iter(one.values()), {}).get("CapacityUnits", 0) for one in indexes),
    )


FULL = item("a", "1", g=s("g"), h=s("h"), x=n(1), y=n(1))
WRITES = {
    "new": (None, FULL, (3, 1, 1, 1)),
    "new, in no index": (None, item("a", "1"), (1, 1, 0, 0)),
    "the same again": (FULL, FULL, (1, 1, 0, 0)),
    "an attribute no index holds": (FULL, FULL | {"y": n(2)}, (1, 1, 0, 0)),
    "an attribute one holds": (FULL, FULL | {"x": n(2)}, (2, 1, 1, 0)),
    "the key of one": (FULL, FULL | {"g": s("other")}, (3, 1, 2, 0)),
    "the keys of both": (FULL, FULL | {"g": s("other"), "h": s("other")}, (5, 1, 2, 2)),
    "out of one": (FULL, {k: v for k, v in FULL.items() if k != "g"}, (2, 1, 1, 0)),
    "gone": (FULL, None, (3, 1, 1, 1)),
    "large in one": (FULL, FULL | {"x": s("x" * 2000)}, (4, 2, 2, 0)),
    "large in the table": (FULL, FULL | {"y": s("x" * 2000)}, (2, 2, 0, 0)),
}


@pytest.mark.parametrize(("old", "new", "expected"), WRITES.values(), ids=WRITES.keys())
def test_each_index_that_changes_costs_its_own_write(asked, old, new, expected):
    key = item("a", "1")

    def before():
        asked("DeleteItem", TableName="ttt", Key=key)
        if old:
            asked("PutItem", TableName="ttt", Item=old)

    write = {"PutRequest": {"Item": new}} if new else {"DeleteRequest": {"Key": key}}
    action = (
        {"Put": {"TableName": "ttt", "Item": new}} if new else {"Delete": {"TableName": "ttt", "Key": key}}
    )
    before()
    single = asked("PutItem", Item=new, **ASK) if new else asked("DeleteItem", Key=key, **ASK)
    assert units(single) == expected
    before()
    batch = asked("BatchWriteItem", RequestItems={"ttt": [write]}, ReturnConsumedCapacity="INDEXES")
    assert units(batch) == expected
    before()
    together = asked("TransactWriteItems", TransactItems=[action], ReturnConsumedCapacity="INDEXES")
    total, of_table, *of_indexes = (
        expected  # an index follows outside of the transaction: its write is not doubled
    )
    assert units(together) == (total + of_table, 2 * of_table, *of_indexes)
    assert together["ConsumedCapacity"][0]["WriteCapacityUnits"] == total + of_table


def test_an_update_costs_the_indexes_it_changes(asked):
    asked("PutItem", TableName="ttt", Item=FULL)
    request = {
        "Key": item("a", "1"),
        "UpdateExpression": "SET g = :g",
        "ExpressionAttributeValues": {":g": s("new")},
    }
    assert units(asked("UpdateItem", **request, **ASK)) == (3, 1, 2, 0)


def test_reads_of_indexes(asked):
    for number in range(4):
        asked("PutItem", TableName="ttt", Item=FULL | {"sk": s(str(number)), "y": s("y" * 5000)})
    by_g = {
        "KeyConditionExpression": "g = :v",
        "ExpressionAttributeValues": {":v": s("g")},
        "IndexName": "glob",
    }
    by_h = {
        "KeyConditionExpression": "pk = :v",
        "ExpressionAttributeValues": {":v": s("a")},
        "IndexName": "loc",
    }
    assert units(asked("Query", **by_g, **ASK)) == (0.5, 0, 0.5, 0)
    assert units(asked("Scan", IndexName="glob", **ASK)) == (0.5, 0, 0.5, 0)
    assert units(asked("Query", **by_h, **ASK)) == (0.5, 0, 0, 0.5)
    assert units(asked("Query", **by_h, ConsistentRead=True, **ASK)) == (1, 0, 0, 1)
    # What a local index does not hold is fetched, item by item.
    assert units(asked("Query", **by_h, Select="ALL_ATTRIBUTES", **ASK)) == (4.5, 4, 0, 0.5)
    assert units(asked("Query", **by_h, ProjectionExpression="y", ConsistentRead=True, **ASK)) == (9, 8, 0, 1)
    assert units(asked("Query", **by_h, ProjectionExpression="h", **ASK)) == (0.5, 0, 0, 0.5)


def test_batches_and_transactions_that_read(asked):
    asked("PutItem", TableName="ttt", Item=item("a", "1", y=s("y" * 5000)))
    asked.table("uuu")
    keys = [item("a", "1"), item("a", "2")]
    found = asked(
        "BatchGetItem",
        RequestItems={"ttt": {"Keys": keys}, "uuu": {"Keys": keys[:1], "ConsistentRead": True}},
        ReturnConsumedCapacity="TOTAL",
    )["ConsumedCapacity"]
    assert found == [{"TableName": "ttt", "CapacityUnits": 1.5}, {"TableName": "uuu", "CapacityUnits": 1.0}]
    gets = [{"Get": {"TableName": "ttt", "Key": key}} for key in keys]
    found = asked("TransactGetItems", TransactItems=gets, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert found == [{"TableName": "ttt", "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0}]


def test_nothing_is_told_unasked(asked):
    write = {"Put": {"TableName": "ttt", "Item": FULL}}
    answers = [
        asked("PutItem", TableName="ttt", Item=FULL),
        asked("UpdateItem", TableName="ttt", Key=item("a", "1")),
        asked("BatchWriteItem", RequestItems={"ttt": [{"PutRequest": {"Item": FULL}}]}),
        asked("BatchGetItem", RequestItems={"ttt": {"Keys": [item("a", "1")]}}),
        asked("TransactWriteItems", TransactItems=[write]),
        asked(
            "Query", TableName="ttt", KeyConditionExpression="pk=:p", ExpressionAttributeValues={":p": s("a")}
        ),
        asked("Scan", TableName="ttt", ReturnConsumedCapacity="NONE"),
        asked("DeleteItem", TableName="ttt", Key=item("a", "1")),
    ]
    assert not [answer for answer in answers if {"ConsumedCapacity", "ItemCollectionMetrics"} & answer.keys()]


def test_item_collections_are_those_of_tables_with_local_indexes(asked):
    metrics = {"ItemCollectionKey": {"pk": s("a")}, "SizeEstimateRangeGB": [0.0, 1.0]}
    ask = {"ReturnItemCollectionMetrics": "SIZE"}
    put = {"PutRequest": {"Item": FULL}}
    assert asked("PutItem", TableName="ttt", Item=FULL, **ask)["ItemCollectionMetrics"] == metrics
    assert asked("DeleteItem", TableName="ttt", Key=item("a", "1"), **ask)["ItemCollectionMetrics"] == metrics
    assert asked("BatchWriteItem", RequestItems={"ttt": [put]}, **ask)["ItemCollectionMetrics"] == {
        "ttt": [metrics]
    }
    writes = [{"Put": {"TableName": "ttt", "Item": FULL | {"sk": s(sk)}}} for sk in "12"]
    assert asked("TransactWriteItems", TransactItems=writes, **ask)["ItemCollectionMetrics"] == {
        "ttt": [metrics]
    }
    asked.table("uuu")
    assert "ItemCollectionMetrics" not in asked("PutItem", TableName="uuu", Item=FULL, **ask)
