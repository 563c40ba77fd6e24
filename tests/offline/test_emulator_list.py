"""What bare moto gets wrong, row by row: each question is put to our service, which must answer like DynamoDB, and to
moto alone, which must not. So no row can pass without the rule that it stands for.

The rows were measured on moto 5.2.5 in November 2026.
"""

import sys
import time
from copy import deepcopy

import pytest
from asking import Asked, Moto, index, item, n, s, table
from together import together

from helpers.offline.operations import settings

KEY = item("a", "1")
WRONG = "ValidationException: One or more parameter values were invalid: "
SCHEMA = "ValidationException: The provided key element does not match the schema"
UNITS = {"ReturnConsumedCapacity": "TOTAL"}


def put(ask: Asked, number: int = 1, **attributes: dict) -> dict:
    return ask("PutItem", TableName="ttt", Item=item("a", str(number), **attributes))


def units(answer: dict) -> float:
    told = answer["ConsumedCapacity"]
    return sum(one["CapacityUnits"] for one in told) if isinstance(told, list) else told["CapacityUnits"]


def filtered(ask: Asked, expression: str, **more) -> str:
    put(ask, x=n(1))
    return ask.refused("Scan", TableName="ttt", FilterExpression=expression, **more)


def statuses(ask: Asked, name: str = "ttt") -> list[str]:
    return [ask("DescribeTable", TableName=name)["Table"]["TableStatus"] for _ in range(2)]


def refuses_table(**change):
    return lambda ask: ask.refused("CreateTable", **table("new", **change))


def refuses_item(**attributes):
    return lambda ask: ask.refused("PutItem", TableName="ttt", Item=KEY | attributes)


def refuses_name(name: str):
    return lambda ask: ask.refused("CreateTable", **table(name))


def sizes_of_gets(ask: Asked) -> list[float]:
    put(ask, x=s("x" * 9000))
    return [
        units(ask("GetItem", TableName="ttt", Key=KEY, ConsistentRead=strong, **UNITS))
        for strong in (True, False)
    ]


def units_of_an_indexed_put(ask: Asked) -> float:
    ask.table("indexed", types={"g": "S"}, GlobalSecondaryIndexes=[index("by_g", "g")])
    return units(ask("PutItem", TableName="indexed", Item=KEY | {"g": s("x" * 1500)}, **UNITS))


def unasked(ask: Asked) -> list[str]:
    added = ask(
        "UpdateItem",
        TableName="ttt",
        Key=KEY,
        UpdateExpression="ADD x :one",
        ExpressionAttributeValues={":one": n(1)},
    )
    batch = ask("BatchGetItem", RequestItems={"ttt": {"Keys": [KEY]}})
    return [name for answer in (added, batch) for name in answer if name == "ConsumedCapacity"]


def units_of_transactions(ask: Asked) -> list[float]:
    of = {"TableName": "ttt"}
    wrote = ask("TransactWriteItems", TransactItems=[{"Put": of | {"Item": KEY}}], **UNITS)
    read = ask("TransactGetItems", TransactItems=[{"Get": of | {"Key": KEY}}], **UNITS)
    return [units(wrote), units(read)]


def created(ask: Asked) -> list[str]:
    ask("CreateTable", **table("new"))
    return statuses(ask, "new")


def updated(ask: Asked) -> list[str]:
    ask(
        "UpdateTable",
        TableName="ttt",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return statuses(ask)


def deleted(ask: Asked) -> list[str]:
    ask("DeleteTable", TableName="ttt")
    return [
        ask("DescribeTable", TableName="ttt")["Table"]["TableStatus"],
        ask.refused("DescribeTable", TableName="ttt"),
    ]


def table_size(ask: Asked) -> int:
    put(ask, x=s("x" * 10))
    return ask("DescribeTable", TableName="ttt")["Table"]["TableSizeBytes"]


def on_demand(ask: Asked) -> list[int]:
    five = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    ask("CreateTable", **table("five", ProvisionedThroughput=five))
    ask("DescribeTable", TableName="five")
    ask("UpdateTable", TableName="five", BillingMode="PAY_PER_REQUEST")
    told = ask("DescribeTable", TableName="five")["Table"]["ProvisionedThroughput"]
    return [told["ReadCapacityUnits"], told["WriteCapacityUnits"]]


def scan_is_sorted(ask: Asked) -> bool:
    names = [f"user{number}" for number in range(20)]
    for name in names:
        ask("PutItem", TableName="ttt", Item=item(name, "1"))
    found = [one["pk"]["S"] for one in ask("Scan", TableName="ttt")["Items"]]
    assert sorted(found) == sorted(names)
    return found in (names, sorted(names))


def pages_of_an_exact_limit(ask: Asked) -> list[bool]:
    put(ask, 1), put(ask, 2)
    read = ask("Scan", TableName="ttt", Limit=2)
    query = ask(
        "Query",
        TableName="ttt",
        Limit=2,
        KeyConditionExpression="pk = :a",
        ExpressionAttributeValues={":a": s("a")},
    )
    return ["LastEvaluatedKey" in read, "LastEvaluatedKey" in query]


def a_batch_of_26(ask: Asked) -> str:
    writes = [{"PutRequest": {"Item": item("a", str(number))}} for number in range(26)]
    return ask.refused("BatchWriteItem", RequestItems={"ttt": writes})[:40]


def put_and_delete_in_a_batch(ask: Asked) -> str:
    writes = [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]
    return ask.refused("BatchWriteItem", RequestItems={"ttt": writes})


def a_filter_on_a_key(ask: Asked) -> str:
    values = {":a": s("a")}
    condition = {"KeyConditionExpression": "pk = :a", "FilterExpression": "sk = :a"}
    return ask.refused("Query", TableName="ttt", ExpressionAttributeValues=values, **condition)


def an_unused_value(ask: Asked) -> str:
    condition = {
        "KeyConditionExpression": "pk = :a",
        "ExpressionAttributeValues": {":a": s("a"), ":b": s("b")},
    }
    return ask.refused("Query", TableName="ttt", **condition)


def local_indexes(number: int) -> list[dict]:
    return [index(f"by_{one}", "pk", "g") for one in range(number)]


def global_indexes(number: int) -> list[dict]:
    return [index(f"by_{one}", "g") for one in range(number)]


def a_number_for_an_index_key(ask: Asked) -> str:
    ask.table("indexed", types={"g": "S"}, GlobalSecondaryIndexes=[index("by_g", "g")])
    return ask.refused("PutItem", TableName="indexed", Item=KEY | {"g": n(1)})


def add_twice(ask: Asked, *amounts: int) -> dict:
    for amount in amounts:
        update = {
            "TableName": "ttt",
            "Key": KEY,
            "UpdateExpression": "ADD x :x",
            "ExpressionAttributeValues": {":x": n(amount)},
        }
        ask("TransactWriteItems", TransactItems=[{"Update": update}], ClientRequestToken="one")
    return ask("GetItem", TableName="ttt", Key=KEY)["Item"]["x"]


def another_payload(ask: Asked) -> str:
    try:
        return str(add_twice(ask, 1, 2))
    except AssertionError as refused:
        return str(refused).partition("#")[2].partition("'")[0]


def over_4_mb(ask: Asked) -> str:
    actions = [
        {"Put": {"TableName": "ttt", "Item": item("a", str(number), x=s("x" * 390_000))}}
        for number in range(12)
    ]
    return ask.refused("TransactWriteItems", TransactItems=actions)[:20]


def old_and_new_parameters(ask: Asked) -> str:
    both = {"Expected": {"x": {"Exists": False}}, "ConditionExpression": "attribute_not_exists(x)"}
    return ask.refused("PutItem", TableName="ttt", Item=KEY, **both)


def a_hundred_reads(ask: Asked) -> int:
    gets = [{"Get": {"TableName": "ttt", "Key": item("a", str(number))}} for number in range(100)]
    return len(ask("TransactGetItems", TransactItems=gets)["Responses"])


def size_of_what_is_missing(ask: Asked) -> int:
    put(ask)
    return ask(
        "Scan",
        TableName="ttt",
        FilterExpression="size(x) > :n",
        ExpressionAttributeValues={":n": n(0)},
    )["Count"]


def a_typo_in_a_key_condition(ask: Asked) -> str:
    put(ask)
    return ask.refused(
        "Query",
        TableName="ttt",
        KeyConditionExpression="pk == :a",
        ExpressionAttributeValues={":a": s("a")},
    )


def mixed_types(ask: Asked) -> int:
    put(ask, x=n(1))
    values = {":x": s("a")}
    return ask("Scan", TableName="ttt", FilterExpression="x > :x", ExpressionAttributeValues=values)["Count"]


def concurrent_adds(ask: Asked) -> str:
    put(ask)
    request = {"UpdateExpression": "ADD x :one", "ExpressionAttributeValues": {":one": n(1)}}

    def add(_: int) -> None:
        sys.setswitchinterval(1e-6)  # so that threads do meet
        for _ in range(100):
            ask("UpdateItem", TableName="ttt", Key=KEY, **deepcopy(request))

    interval = sys.getswitchinterval()
    try:
        together(add, 8)
    finally:
        sys.setswitchinterval(interval)
    return ask("GetItem", TableName="ttt", Key=KEY)["Item"]["x"]["N"]


def stream_of_nothing(ask: Asked) -> list[str]:
    on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    ask("UpdateTable", TableName="ttt", StreamSpecification=on)
    arn = ask("DescribeTable", TableName="ttt")["Table"]["LatestStreamArn"]
    put(ask), put(ask)
    (shard,) = ask("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
    start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    place = ask("GetShardIterator", **start)["ShardIterator"]
    return [one["eventName"] for one in ask("GetRecords", ShardIterator=place)["Records"]]


def partiql(ask: Asked) -> list[dict]:
    ask("ExecuteStatement", Statement="INSERT INTO ttt VALUE {'pk': 'a', 'sk': '1', 'x': {'y': [1, 2]}}")
    ask("ExecuteStatement", Statement="UPDATE ttt SET x.y[0] = 7 REMOVE x.y[1] WHERE pk = 'a' AND sk = '1'")
    return ask("ExecuteStatement", Statement="SELECT x.y FROM ttt WHERE begins_with(pk, 'a')")["Items"]


def expired_items(ask: Asked) -> list[int]:
    spec = {"Enabled": True, "AttributeName": "until"}
    ask("UpdateTimeToLive", TableName="ttt", TimeToLiveSpecification=spec)
    put(ask, until=n(int(time.time()) - 60))
    before = ask("Scan", TableName="ttt")["Count"]
    settings.sweep(ask.service)
    return [before, ask("Scan", TableName="ttt")["Count"]]


ROWS = {
    "capacity of a get: size and consistency": (sizes_of_gets, [3.0, 1.5]),
    "capacity of a put: its index": (units_of_an_indexed_put, 4.0),
    "capacity told unasked by updates and batches": (unasked, []),
    "capacity of transactions": (units_of_transactions, [2.0, 2.0]),
    "CREATING never shows": (created, ["CREATING", "ACTIVE"]),
    "UPDATING never shows": (updated, ["UPDATING", "ACTIVE"]),
    "DELETING never shows": (
        deleted,
        ["DELETING", "ResourceNotFoundException: Requested resource not found: Table: ttt not found"],
    ),
    "TableSizeBytes is 0": (table_size, 2 + 1 + 2 + 1 + 1 + 10),
    "on demand keeps the old throughput": (on_demand, [0, 0]),
    "a scan comes sorted by key": (scan_is_sorted, False),
    "a Limit that equals the rest has no LastEvaluatedKey": (pages_of_an_exact_limit, [True, True]),
    "key type BOOL": (
        refuses_table(types={"pk": "BOOL"}),
        "ValidationException: 1 validation error detected: Value 'BOOL' at 'attributeDefinitions.1.member."
        "attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]",
    ),
    "batch writes over 25": (a_batch_of_26, "ValidationException: 1 validation error "),
    "put and delete of one key in a batch": (
        put_and_delete_in_a_batch,
        "ValidationException: Provided list of item keys contains duplicates",
    ),
    "a table name of 2 characters": (
        refuses_name("ab"),
        "ValidationException: TableName must be at least 3 characters long and at most 255 characters long",
    ),
    "a table name of 256 characters": (
        refuses_name("a" * 256),
        "ValidationException: TableName must be at least 3 characters long and at most 255 characters long",
    ),
    "a table name with other characters": (
        refuses_name("not so"),
        "ValidationException: 1 validation error detected: Value 'not so' at 'tableName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ),
    "a number of 39 digits": (
        refuses_item(x=n("1" * 39)),
        "ValidationException: 1 validation error detected: Attempting to store more than 38 significant digits in a Number",
    ),
    "a number out of range": (
        refuses_item(x=n("1E126")),
        "ValidationException: 1 validation error detected: Number overflow. Attempting to store a number with magnitude larger than supported range",
    ),
    "a set that holds a value twice": (
        refuses_item(x={"SS": ["b", "b"]}),
        "ValidationException: 1 validation error detected: One or more parameter values were invalid: "
        "Input collection [b, b] contains duplicates.",
    ),
    "a filter on a key in Query": (
        a_filter_on_a_key,
        "ValidationException: Filter Expression can only contain non-primary key attributes: "
        "Primary key attribute: sk",
    ),
    "an unused value": (
        an_unused_value,
        "ValidationException: Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}",
    ),
    "Limit 0": (
        lambda ask: ask.refused("Scan", TableName="ttt", Limit=0),
        "ValidationException: 1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1",
    ),
    "empty RequestItems": (
        lambda ask: ask.refused("BatchWriteItem", RequestItems={}),
        "ValidationException: 1 validation error detected: Value '{}' at 'requestItems' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1",
    ),
    "empty TransactItems": (
        lambda ask: ask.refused("TransactWriteItems", TransactItems=[]),
        "ValidationException: 1 validation error detected: Value '[]' at 'transactItems' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1",
    ),
    "a local index on a table without a sort key": (
        refuses_table(keys="pk", types={"g": "S"}, LocalSecondaryIndexes=local_indexes(1)),
        f"{WRONG}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
    ),
    "a local index with another partition key": (
        refuses_table(types={"g": "S"}, LocalSecondaryIndexes=[index("by_g", "g", "sk")]),
        f"{WRONG}Index KeySchema does not have the same leading hash key as table KeySchema for index: by_g. "
        "index hash key: g, table hash key: pk",
    ),
    "6 local indexes": (
        refuses_table(types={"g": "S"}, LocalSecondaryIndexes=local_indexes(6)),
        f"{WRONG}Number of LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    "21 global indexes": (
        refuses_table(types={"g": "S"}, GlobalSecondaryIndexes=global_indexes(21)),
        f"{WRONG}GlobalSecondaryIndex count exceeds the per-table limit of 20",
    ),
    "a wrongly typed index key": (
        a_number_for_an_index_key,
        f"{WRONG}Type mismatch for Index Key g Expected: S Actual: N IndexName: by_g",
    ),
    "a token used again": (lambda ask: add_twice(ask, 1, 1), n(1)),
    "a token used again with another payload": (another_payload, "IdempotentParameterMismatchException"),
    "a transaction over 4 MB": (over_4_mb, "ValidationException:"),
    "PutItem with expression and legacy parameters": (
        old_and_new_parameters,
        "ValidationException: 1 validation error detected: Can not use both expression and non-expression parameters "
        "in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
    ),
    "TransactGetItems of 100": (a_hundred_reads, 100),
    "size of a missing attribute": (size_of_what_is_missing, 0),
    "a get with a wrongly typed key": (
        lambda ask: ask.refused("GetItem", TableName="ttt", Key={"pk": n(1), "sk": s("1")}),
        SCHEMA,
    ),
    "a key with a part missing": (
        lambda ask: ask.refused("GetItem", TableName="ttt", Key={"pk": s("a")}),
        SCHEMA,
    ),
    "an undefined name": (
        lambda ask: filtered(ask, "#x = x"),
        "ValidationException: Invalid FilterExpression: An expression attribute name used in the document path "
        "is not defined; attribute name: #x",
    ),
    "an undefined value": (
        lambda ask: filtered(ask, "x = :x"),
        "ValidationException: Invalid FilterExpression: An expression attribute value used in expression "
        "is not defined; attribute value: :x",
    ),
    "a typo in a filter": (
        lambda ask: filtered(ask, "atribute_exists(x)"),
        "ValidationException: Invalid FilterExpression: Invalid function name; function: atribute_exists",
    ),
    "a typo in a condition": (
        lambda ask: ask.refused(
            "DeleteItem", TableName="ttt", Key=KEY, ConditionExpression="atribute_exists(x)"
        ),
        "ValidationException: 1 validation error detected: Invalid ConditionExpression: Invalid function name; "
        "function: atribute_exists",
    ),
    "a typo in a key condition": (
        a_typo_in_a_key_condition,
        'ValidationException: Invalid KeyConditionExpression: Syntax error; token: "=", near: "== :a"',
    ),
    "a comparison of mixed types": (mixed_types, 0),
    "concurrent ADDs lose updates": (concurrent_adds, "800"),
    "streams and writes that change nothing": (stream_of_nothing, ["INSERT"]),
    "PartiQL": (partiql, [{"y": {"L": [n(7)]}}]),
    "expired items stay for ever": (expired_items, [1, 0]),
}


@pytest.mark.parametrize(("question", "answer"), ROWS.values(), ids=ROWS.keys())
def test_the_service_answers_like_dynamodb(question, answer):
    assert question(Asked().table()) == answer


@pytest.mark.parametrize("row", ROWS)
def test_moto_alone_does_not(row):
    question, answer = ROWS[row]
    moto = Moto()
    moto("CreateTable", **table("ttt"))
    try:
        told = question(moto)
    except Exception:  # where the service answers: a wrong answer too
        return
    assert told != answer
