"""Refusals that `tests/without_rules.py` found no other test to miss; where moto would refuse later, the order tells."""

import pytest
from asking import Asked, index, item, s, table

INVALID = "ValidationException: One or more parameter values were invalid: "
BAD_START = "ValidationException: The provided starting key is invalid"
BAD_STREAM = {"StreamSpecification": {"StreamEnabled": True}}
WHERE = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": s("a")}}


@pytest.fixture
def asked():
    return Asked().table(GlobalSecondaryIndexes=[index("gsi", "sk")])


def sql(text: str, **more) -> tuple[str, dict]:
    return "ExecuteStatement", {"Statement": text, **more}


def put(value: dict) -> tuple[str, dict]:
    return "PutItem", {"TableName": "ttt", "Item": item("a", "1", x=value)}


def scan(**start: dict) -> tuple[str, dict]:
    return "Scan", {"TableName": "ttt", "ExclusiveStartKey": start}


def query(**start: dict) -> tuple[str, dict]:
    return "Query", {"TableName": "ttt", "ExclusiveStartKey": start, **WHERE}


def create(**more) -> tuple[str, dict]:
    return "CreateTable", {**table("uuu"), **BAD_STREAM, **more}


SORTED = {
    "KeyConditionExpression": "pk = :p AND sk > :s",
    "ExpressionAttributeValues": {":p": s("a"), ":s": s("1")},
}
KEY_CHANGED = {
    "TableName": "ttt",
    "Key": item("a", "1"),
    "UpdateExpression": "SET pk = :p",
    "ConditionExpression": "attribute_exists(nowhere)",
    "ExpressionAttributeValues": {":p": s("b")},
}
OTHER_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/ttt/index/gsi"

ROWS = {
    "binary that is a map": (put({"B": {}}), "SerializationException: Start of structure or map found where not expected"),
    "binary that is a list": (put({"B": []}), "SerializationException: Unrecognized collection type class java.nio.ByteBuffer"),
    "a key is set, and the condition is false": (
        ("UpdateItem", KEY_CHANGED),
        INVALID + "Cannot update attribute pk. This attribute is part of the key",
    ),
    "no key conditions": (
        ("Query", {"TableName": "ttt", "KeyConditions": {}}),
        "ValidationException: Conditions can be of length 1 or 2 only",
    ),
    "a query starts with too much": (query(pk=s("a"), sk=s("1"), x=s("1")), BAD_START),
    "a query starts with something else": (query(pk=s("a"), x=s("1")), BAD_START),
    "a scan starts with too much": (
        scan(pk=s("a"), sk=s("1"), x=s("1")),
        BAD_START + ": The provided key element does not match the schema",
    ),
    "a query starts in another collection": (
        ("Query", {"TableName": "ttt", "ExclusiveStartKey": item("b", "2"), **SORTED}),
        "ValidationException: The query can return at most one row and cannot be restarted",
    ),
    "the ARN of an index": (
        ("DescribeTable", {"TableName": OTHER_ARN}),
        f"ValidationException: Invalid TableArn: Invalid ResourceArn provided as input {OTHER_ARN}",
    ),
    "PartiQL reads a global index consistently": (
        sql('SELECT * FROM ttt.gsi WHERE sk = \'1\'', ConsistentRead=True),
        "ValidationException: Consistent reads are not supported on global secondary indexes",
    ),
    "PartiQL reads and writes in a transaction": (
        (
            "ExecuteTransaction",
            {
                "TransactStatements": [
                    {"Statement": "SELECT * FROM ttt WHERE pk = 'a' AND sk = '1'"},
                    {"Statement": "DELETE FROM ttt WHERE pk = 'a' AND sk = '1'"},
                ]
            },
        ),
        "ValidationException: Statements in a transaction must be either all reads or all writes.",
    ),
    "PartiQL adds to another set": (
        sql("UPDATE ttt SET x = set_add(y, <<'b'>>) WHERE pk = 'a' AND sk = '1'"),
        "ValidationException: The first argument to SET_ADD must equal the assignment value",
    ),
    "PartiQL's set of nothing": (
        sql("INSERT INTO ttt VALUE {'pk': 'a', 'sk': '1', 'x': <<>>}"),
        "ValidationException: Empty bags are not supported",
    ),
    "PartiQL's mixed set": (
        sql("INSERT INTO ttt VALUE {'pk': 'a', 'sk': '1', 'x': <<1, 'a'>>}"),
        "ValidationException: Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags",
    ),
    "PartiQL with a parameter too many": (
        sql("SELECT * FROM ttt WHERE pk = ?", Parameters=[s("a"), s("b")]),
        "ValidationException: Number of parameters in request and statement don't match.",
    ),
    "PartiQL inserts no item": (
        sql("INSERT INTO ttt VALUE 'a'"),
        "ValidationException: Unsupported format in item expression. Please use struct format {...} to express item "
        "values for insert statement.",
    ),
    "PartiQL's DELETE returns what is new": (
        sql("DELETE FROM ttt WHERE pk = 'a' AND sk = '1' RETURNING MODIFIED NEW *"),
        "ValidationException: Invalid returning clause: RETURNING MODIFIED NEW *. Only RETURNING ALL OLD * is allowed in "
        "DELETE statements.",
    ),
    "keys not all defined": (
        create(AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk", "x")]),
        INVALID + "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions",
    ),
    "no throughput": (
        create(BillingMode="PROVISIONED"),
        INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    ),
    "no local index in the list": (create(LocalSecondaryIndexes=[]), INVALID + "List of LocalSecondaryIndexes is empty"),
    "no global index in the list": (create(GlobalSecondaryIndexes=[]), INVALID + "List of GlobalSecondaryIndexes is empty"),
    "two partition keys": (
        create(KeySchema=[{"AttributeName": one, "KeyType": "HASH"} for one in ("pk", "sk")]),
        "ValidationException: Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("request_", "told"), ROWS.values(), ids=ROWS.keys())
def test_it_is_refused(asked, request_, told):
    operation, members = request_
    assert asked.refused(operation, **members) == told


def test_a_statement_that_is_none_is_an_error_of_its_own(asked):
    asked("PutItem", TableName="ttt", Item=item("a", "1"))
    statements = [{"Statement": "SELEC"}, {"Statement": "SELECT * FROM ttt WHERE pk = 'a' AND sk = '1'"}]
    bad, good = asked("BatchExecuteStatement", Statements=statements)["Responses"]
    assert bad["Error"]["Code"] == "ValidationError" and "Item" not in bad
    assert good == {"TableName": "ttt", "Item": item("a", "1")}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            "ValidationException: SequenceNumber is required when ShardIteratorType is AT_SEQUENCE_NUMBER or "
            "AFTER_SEQUENCE_NUMBER",
        ),
        (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "x" * 21},
            f"ValidationException: Invalid SequenceNumber: {'x' * 21}",
        ),
        (
            {"SequenceNumber": "1" * 21},
            "ValidationException: SequenceNumber must not be specified when ShardIteratorType is LATEST",
        ),
    ],
    ids=["no number", "no digits", "a number too many"],
)
def test_an_iterator_is_refused(asked, change, told):
    asked.table("streamed", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    arn = asked("ListStreams", TableName="streamed")["Streams"][0]["StreamArn"]
    shard = asked("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "LATEST"}
    assert asked("GetShardIterator", **request)["ShardIterator"]
    assert asked.refused("GetShardIterator", **request | change) == told
    missing = request | {"ShardId": "shardId-00000000000000000000-00000000"}
    assert asked.refused("GetShardIterator", **missing).startswith(
        "ResourceNotFoundException: Requested resource not found: Shard: shardId-0"
    )


def test_the_key_of_an_encrypted_table_is_not_changed_to_itself(asked):
    key = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/mine"}
    asked.table("secret", SSESpecification=key)
    there = asked("DescribeTable", TableName="secret")["Table"]["SSEDescription"]["KMSMasterKeyArn"]
    again = key | {"KMSMasterKeyId": there}
    assert asked.refused("UpdateTable", TableName="secret", SSESpecification=again) == (
        INVALID + "Table is already encrypted with given KMSMasterKeyId. "
        "Use KMSMasterKeyId parameter if you want to change Master Key"
    )


def test_the_21st_global_index_is_refused():
    names = [f"g{number:02}" for number in range(20)]
    asked = Asked().table(GlobalSecondaryIndexes=[index(name, "sk") for name in names])
    one = {
        "GlobalSecondaryIndexUpdates": [{"Create": index("one", "x")}],
        "AttributeDefinitions": [{"AttributeName": "x", "AttributeType": "S"}],
    }
    assert asked.refused("UpdateTable", TableName="ttt", **one) == (
        "LimitExceededException: Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit "
        "of 20"
    )
