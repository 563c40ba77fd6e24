"""The offline service: DynamoDB's states, refusals and capacity figures."""

import json
import sys
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from together import together

from helpers import backends, connect
from helpers.capacity import wire_item_size

NOTES = {
    "TableName": "notes",
    "KeySchema": [
        {"AttributeName": "userId", "KeyType": "HASH"},
        {"AttributeName": "noteId", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "userId", "AttributeType": "S"},
        {"AttributeName": "noteId", "AttributeType": "S"},
    ],
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
}
ON_DEMAND = {key: value for key, value in NOTES.items() if key != "ProvisionedThroughput"} | {
    "BillingMode": "PAY_PER_REQUEST"
}


@pytest.fixture
def client():
    """A client that leaves all checking to the service."""
    connect(fresh=True)
    return boto3.client("dynamodb", config=Config(parameter_validation=False))


@pytest.fixture
def notes(client):
    """A client with an active table `notes`."""
    client.create_table(**NOTES)
    client.get_waiter("table_exists").wait(TableName="notes")
    return client


def refusal(call, **request) -> str:
    """The code and message with which the service refuses a call."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def note(user="ada", note_id="2026-03-01", **attributes) -> dict:
    return {"userId": {"S": user}, "noteId": {"S": note_id}, **attributes}


# --- tables and their states ---------------------------------------------------------------------------------


def status(client) -> str:
    return client.describe_table(TableName="notes")["Table"]["TableStatus"]


def test_a_new_table_is_creating_then_active(client):
    assert client.create_table(**NOTES)["TableDescription"]["TableStatus"] == "CREATING"
    assert [status(client) for _ in range(3)] == ["CREATING", "ACTIVE", "ACTIVE"]


def test_a_state_passes_also_when_nobody_looks(client, monkeypatch):
    client.create_table(**NOTES)
    monkeypatch.setattr("helpers.offline.tables.table.SECONDS_IN_STATE", -1.0)
    client.put_item(TableName="notes", Item=note())
    assert status(client) == "ACTIVE"


def test_a_table_that_is_being_created_takes_no_items(client):
    client.create_table(**NOTES)
    for call, request in [
        (client.put_item, {"Item": note()}),
        (client.scan, {}),
        (client.get_item, {"Key": note()}),
    ]:
        assert (
            refusal(call, TableName="notes", **request)
            == "ResourceNotFoundException: Requested resource not found"
        )
    assert "Table is being created: notes" in refusal(client.delete_table, TableName="notes")


def test_an_update_passes_through_updating_and_items_stay_readable(notes):
    updated = notes.update_table(
        TableName="notes", ProvisionedThroughput={"ReadCapacityUnits": 10, "WriteCapacityUnits": 2}
    )
    assert updated["TableDescription"]["TableStatus"] == "UPDATING"
    notes.put_item(TableName="notes", Item=note())
    assert refusal(notes.update_table, TableName="notes", BillingMode="PAY_PER_REQUEST") == (
        "ResourceInUseException: Attempt to change a resource which is still in use: "
        "Table IOPS are currently being updated. Table: notes"
    )
    assert [status(notes), status(notes)] == ["UPDATING", "ACTIVE"]
    throughput = notes.describe_table(TableName="notes")["Table"]["ProvisionedThroughput"]
    assert throughput.pop("LastDecreaseDateTime") and throughput.pop("LastIncreaseDateTime")
    assert throughput == {"NumberOfDecreasesToday": 1, "ReadCapacityUnits": 10, "WriteCapacityUnits": 2}


def test_a_deleted_table_is_deleting_then_gone(notes):
    assert notes.delete_table(TableName="notes")["TableDescription"]["TableStatus"] == "DELETING"
    assert "Table already exists: notes" in refusal(notes.create_table, **NOTES)
    assert notes.list_tables()["TableNames"] == ["notes"]
    assert status(notes) == "DELETING"
    assert notes.list_tables()["TableNames"] == []
    assert refusal(notes.describe_table, TableName="notes") == (
        "ResourceNotFoundException: Requested resource not found: Table: notes not found"
    )


def test_on_demand_has_no_provisioned_figures(notes):
    assert "BillingModeSummary" not in notes.describe_table(TableName="notes")["Table"]
    notes.update_table(TableName="notes", BillingMode="PAY_PER_REQUEST")
    notes.get_waiter("table_exists").wait(TableName="notes")
    table = notes.describe_table(TableName="notes")["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


def test_size_and_count_are_those_of_the_items(notes):
    for number in range(3):
        notes.put_item(TableName="notes", Item=note(note_id=f"n{number}"))
    table = notes.describe_table(TableName="notes")["Table"]
    assert table["ItemCount"] == 3
    assert table["TableSizeBytes"] == 3 * len("userIdada" + "noteIdn0")
    assert "GlobalSecondaryIndexes" not in table


def test_tables_are_listed_in_pages(client):
    for name in ("ccc", "aaa", "bbb"):
        client.create_table(**{**ON_DEMAND, "TableName": name})
    first = client.list_tables(Limit=2)
    assert first == {**first, "TableNames": ["aaa", "bbb"], "LastEvaluatedTableName": "bbb"}
    rest = client.list_tables(Limit=2, ExclusiveStartTableName="bbb")
    assert rest["TableNames"] == ["ccc"]
    assert "LastEvaluatedTableName" not in rest


# --- what CreateTable, UpdateTable and DeleteTable refuse ----------------------------------------------------

INVALID = "ValidationException: One or more parameter values were invalid: "
WITHOUT_USER = {"AttributeDefinitions": NOTES["AttributeDefinitions"][1:]}
BAD_TABLES = [
    (
        {"TableName": "no"},
        "ValidationException: TableName must be at least 3 characters long and at most 255",
    ),
    (
        {"TableName": "n" * 256},
        "ValidationException: TableName must be at least 3 characters long and at most 255",
    ),
    (
        {"TableName": "my notes"},
        "ValidationException: 1 validation error detected: Value 'my notes' at 'tableName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ),
    (
        {"AttributeDefinitions": [{"AttributeName": "userId", "AttributeType": "BOOL"}]},
        "ValidationException: 1 validation error detected: Value 'BOOL' at 'attributeDefinitions.1.member.attributeType' "
        "failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]",
    ),
    (
        {
            "AttributeDefinitions": [
                *NOTES["AttributeDefinitions"],
                {"AttributeName": "content", "AttributeType": "S"},
            ]
        },
        INVALID + "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions",
    ),
    (WITHOUT_USER, "ValidationException: Invalid KeySchema: Some index key attribute have no definition"),
    (
        {
            "AttributeDefinitions": [
                *WITHOUT_USER["AttributeDefinitions"],
                {"AttributeName": "id", "AttributeType": "S"},
            ]
        },
        INVALID
        + "Some index key attributes are not defined in AttributeDefinitions. Keys: [userId, noteId], "
        "AttributeDefinitions: [noteId, id]",
    ),
    (
        {"KeySchema": NOTES["KeySchema"][::-1]},
        "ValidationException: Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    (
        {"KeySchema": [{"AttributeName": "userId", "KeyType": kind} for kind in ("HASH", "HASH")]},
        "ValidationException: Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    (
        {"ProvisionedThroughput": None},
        INVALID
        + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    ),
    (
        {"BillingMode": "PAY_PER_REQUEST"},
        INVALID
        + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    ),
    (
        {"ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 5}},
        "ValidationException: 1 validation error detected: Value '0' at 'provisionedThroughput.readCapacityUnits' failed "
        "to satisfy constraint: Member must have value greater than or equal to 1",
    ),
]


@pytest.mark.parametrize(("change", "message"), BAD_TABLES)
def test_create_table_refuses(client, change, message):
    request = {key: value for key, value in {**NOTES, **change}.items() if value is not None}
    assert refusal(client.create_table, **request).startswith(message)
    assert client.list_tables()["TableNames"] == []


def test_a_second_table_of_the_name_is_refused_and_the_first_keeps_its_items(notes):
    notes.put_item(TableName="notes", Item=note())
    assert refusal(notes.create_table, **NOTES) == "ResourceInUseException: Table already exists: notes"
    assert notes.scan(TableName="notes")["Count"] == 1


def test_an_update_must_change_something(notes):
    same = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    assert "The provisioned throughput for the table will not change" in refusal(
        notes.update_table, TableName="notes", ProvisionedThroughput=same
    )
    assert "At least one of ProvisionedThroughput" in refusal(notes.update_table, TableName="notes")


def test_a_protected_table_is_not_deleted(notes):
    notes.update_table(TableName="notes", DeletionProtectionEnabled=True)
    notes.get_waiter("table_exists").wait(TableName="notes")
    assert refusal(notes.delete_table, TableName="notes") == (
        "ValidationException: Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first."
    )
    assert status(notes) == "ACTIVE"


@pytest.mark.parametrize("operation", ["describe_table", "delete_table", "update_table"])
def test_a_table_that_is_not_there(client, operation):
    request = {"BillingMode": "PAY_PER_REQUEST"} if operation == "update_table" else {}
    assert "Table: notes not found" in refusal(getattr(client, operation), TableName="notes", **request)


# --- items ---------------------------------------------------------------------------------------------------

INVALID_ = "One or more parameter values were invalid: "
ENVELOPED = "ValidationException: 1 validation error detected: "
BAD_ITEMS = [
    ({"userId": {"S": "ada"}}, INVALID + "Missing the key noteId in the item"),
    (note(userId={"N": "1"}), INVALID + "Type mismatch for key userId expected: S actual: N"),
    (
        note(note_id=""),
        "ValidationException: One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty string value. Key: noteId",
    ),
    (note(user="u" * 2049), INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    (
        note(note_id="n" * 1025),
        INVALID + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    ),
    (note(tags={"SS": []}), ENVELOPED + INVALID_ + "An string set  may not be empty"),
    (note(tags={"SS": ["a", "a"]}), ENVELOPED + INVALID_ + "Input collection [a, a] contains duplicates."),
    (note(tags={"NS": ["1", "1.0"]}), ENVELOPED + "Input collection contains duplicates"),
    (
        note(x={"NULL": False}),
        ENVELOPED + INVALID_ + "Null attribute value types must have the value of true",
    ),
    (note(x={}), ENVELOPED + "Supplied AttributeValue is empty, must contain exactly one"),
    (
        note(x={"S": "a", "N": "1"}),
        ENVELOPED + "Supplied AttributeValue has more than one datatypes set",
    ),
    (note(x={"N": "abc"}), ENVELOPED + "The parameter cannot be converted to a numeric value: abc"),
    (note(x={"N": "1" * 39}), ENVELOPED + "Attempting to store more than 38 significant digits in a Number"),
    (note(x={"N": "1E126"}), ENVELOPED + "Number overflow."),
    (note(x={"N": "1E-131"}), ENVELOPED + "Number underflow."),
    (note(x={"N": "0E126"}), ENVELOPED + "Number overflow."),
    (note(x={"N": "0E-131"}), ENVELOPED + "Number underflow."),
    (note(x={"M": {"deep": {"L": [{"SS": []}]}}}), ENVELOPED + INVALID_ + "An string set  may not be empty"),
    (
        note(content={"S": "x" * 400 * 1024}),
        "ValidationException: Item size has exceeded the maximum allowed size",
    ),
]


@pytest.mark.parametrize(("item", "message"), BAD_ITEMS, ids=lambda value: str(value)[:60])
def test_put_item_refuses(notes, item, message):
    assert refusal(notes.put_item, TableName="notes", Item=item).startswith(message)
    assert notes.scan(TableName="notes")["Count"] == 0


@pytest.mark.parametrize(
    "key",
    [{"userId": {"S": "ada"}}, note(noteId={"N": "1"}), note(content={"S": "x"}), {}, {"id": {"S": "x"}}],
    ids=str,
)
@pytest.mark.parametrize("operation", ["get_item", "delete_item", "update_item"])
def test_a_key_must_fit_the_schema(notes, operation, key):
    assert refusal(getattr(notes, operation), TableName="notes", Key=key) == (
        "ValidationException: The provided key element does not match the schema"
    )


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("00042", "42"),
        ("1.50", "1.5"),
        ("-0", "0"),
        ("1.5E2", "150"),
        ("0.0010", "0.001"),
        ("1E3", "1000"),
        ("100", "100"),
    ],
)
def test_numbers_come_back_in_normal_form(notes, sent, stored):
    notes.put_item(TableName="notes", Item=note(x={"N": sent}, l={"L": [{"N": sent}]}, s={"NS": [sent]}))
    item = notes.get_item(TableName="notes", Key=note())["Item"]
    assert (item["x"], item["l"], item["s"]) == ({"N": stored}, {"L": [{"N": stored}]}, {"NS": [stored]})


def test_the_service_never_raises_through(notes):
    told = refusal(notes.scan, TableName="notes", FilterExpression="n = :undefined")
    assert told.startswith("ValidationException")


# --- consumed capacity, by the rules of the developer guide --------------------------------------------------


def capacity(answer: dict) -> Decimal | None:
    consumed = answer.get("ConsumedCapacity")
    return consumed and Decimal(str(consumed["CapacityUnits"]))


def of_size(size: int, note_id: str = "n") -> dict:
    """A note of exactly `size` bytes: names and values."""
    return note("u", note_id, content={"S": "x" * (size - len("userIdu" + "noteIdcontent") - len(note_id))})


KEY = note("u", "n")


@pytest.mark.parametrize(
    ("size", "eventual", "strong", "written"),
    [
        (100, "0.5", 1, 1),
        (1025, "0.5", 1, 2),
        (4096, "0.5", 1, 4),
        (4097, 1, 2, 5),
        (8192, 1, 2, 8),
        (9000, "1.5", 3, 9),
    ],
)
def test_units_of_one_item(notes, size, eventual, strong, written):
    asked = {"TableName": "notes", "ReturnConsumedCapacity": "TOTAL"}
    assert capacity(notes.put_item(Item=of_size(size), **asked)) == written
    assert capacity(notes.get_item(Key=KEY, **asked)) == Decimal(eventual)
    assert capacity(notes.get_item(Key=KEY, ConsistentRead=True, **asked)) == strong
    assert capacity(notes.get_item(Key=KEY, ProjectionExpression="userId", **asked)) == Decimal(eventual)
    assert capacity(notes.delete_item(Key=KEY, **asked)) == written


def test_a_missing_item_costs_the_minimum(notes):
    asked = {"TableName": "notes", "ReturnConsumedCapacity": "TOTAL", "Key": KEY}
    assert capacity(notes.get_item(**asked)) == Decimal("0.5")
    assert capacity(notes.get_item(ConsistentRead=True, **asked)) == 1
    assert capacity(notes.delete_item(**asked)) == 1


def test_a_write_costs_by_the_larger_of_before_and_after(notes):
    asked = {"TableName": "notes", "ReturnConsumedCapacity": "TOTAL"}
    notes.put_item(TableName="notes", Item=of_size(3000))
    assert capacity(notes.put_item(Item=of_size(100), **asked)) == 3
    grow = {"UpdateExpression": "SET content = :v", "ExpressionAttributeValues": {":v": {"S": "x" * 5000}}}
    assert capacity(notes.update_item(Key=KEY, **grow, **asked)) == 5
    shrink = {"UpdateExpression": "SET content = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}}
    assert capacity(notes.update_item(Key=KEY, **shrink, **asked)) == 5


@pytest.mark.parametrize("narrowing", [{}, {"Select": "COUNT"}, {"ProjectionExpression": "noteId"}, "filter"])
def test_query_and_scan_round_the_sum_of_what_they_evaluate_once(notes, narrowing):
    for number in range(17):
        notes.put_item(TableName="notes", Item=of_size(2458, f"n{number:02}"))  # 40.8 KB together
    if narrowing == "filter":
        narrowing = {"FilterExpression": "content = :none"}
    values = {":none": {"S": "none"}} if "FilterExpression" in narrowing else {}
    asked = {"TableName": "notes", "ReturnConsumedCapacity": "TOTAL", **narrowing}
    by_key = {
        "KeyConditionExpression": "userId = :u",
        "ExpressionAttributeValues": {":u": {"S": "u"}, **values},
    }
    scanned = {"ExpressionAttributeValues": values} if values else {}
    for found in (notes.query(**by_key, **asked), notes.scan(**scanned, **asked)):
        assert capacity(found) == Decimal("5.5")  # 44 KB, eventually consistent
        assert found["ScannedCount"] == 17
        assert found["Count"] == (0 if values else 17)
        assert ("Items" in found) == ("Select" not in narrowing)
    assert capacity(notes.scan(ConsistentRead=True, **scanned, **asked)) == 11
    assert capacity(notes.scan(Limit=2, **scanned, **asked)) == 1


def test_capacity_is_told_only_when_asked(notes):
    update = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
    answers = [
        notes.put_item(TableName="notes", Item=KEY),
        notes.update_item(TableName="notes", Key=KEY, **update),
        notes.get_item(TableName="notes", Key=KEY),
        notes.scan(TableName="notes"),
        notes.delete_item(TableName="notes", Key=KEY),
    ]
    assert [answer.get("ConsumedCapacity") for answer in answers] == [None] * 5
    by_table = notes.put_item(TableName="notes", Item=KEY, ReturnConsumedCapacity="INDEXES")[
        "ConsumedCapacity"
    ]
    assert by_table == {"TableName": "notes", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}


# --- threads -------------------------------------------------------------------------------------------------


ONE_MORE = {
    "TableName": "notes",
    "Key": KEY,
    "UpdateExpression": "ADD n :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


def counted(add: Callable[[], object], notes) -> int:
    """The count of eight threads that add a hundred each."""
    together(lambda _: [add() for _ in range(100)], 8)
    return int(notes.get_item(TableName="notes", Key=KEY)["Item"]["n"]["N"])


def test_concurrent_adds_by_clients_are_all_counted(notes):
    assert counted(lambda: notes.update_item(**ONE_MORE), notes) == 800


def test_concurrent_adds_are_all_counted(notes):
    """Past the client, whose work between two requests keeps threads apart; Python changes threads all the time."""
    service, interval = backends.service_of(backends.OFFLINE_KEY), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(20):  # each begins without the item, which the first add of eight threads makes
            service.answer("DeleteItem", {"TableName": "notes", "Key": dict(KEY)})
            assert counted(lambda: service.answer("UpdateItem", deepcopy(ONE_MORE)), notes) == 800
    finally:
        sys.setswitchinterval(interval)


def test_other_regions_and_exercises_are_other_services(notes):
    elsewhere = boto3.client("dynamodb", region_name="eu-west-1")
    assert elsewhere.list_tables()["TableNames"] == []
    assert json.dumps(notes.list_tables()["TableNames"]) == '["notes"]'


@pytest.mark.parametrize("operation", ["put", "update"])
def test_an_item_may_weigh_400_kb_to_the_byte(notes, operation):
    """DynamoDB takes 409,600 bytes and not one more; of an update it measures what is written, and 3 + 19 for a SET."""
    most = 400 * 1024
    if operation == "update":
        most += wire_item_size(KEY) - 3 - 19

    def write(size):
        item = of_size(size)
        if operation == "put":
            return notes.put_item(TableName="notes", Item=item)
        return notes.update_item(
            TableName="notes",
            Key=KEY,
            UpdateExpression="SET content = :c",
            ExpressionAttributeValues={":c": item["content"]},
        )

    write(most)
    with pytest.raises(ClientError, match="has exceeded the maximum allowed size"):
        write(most + 1)
    assert len(notes.get_item(TableName="notes", Key=KEY)["Item"]["content"]["S"]) > 409_500


def test_an_operation_that_is_not_there_is_told(notes):
    with pytest.raises(ClientError) as refused:
        notes.describe_kinesis_streaming_destination(TableName="notes")
    assert refused.value.response["Error"] == {
        "Code": "UnknownOperationException",
        "Message": "The operation DescribeKinesisStreamingDestination is not part of the offline service.",
    }


def test_half_a_character_is_refused_without_python_s_words(notes):
    with pytest.raises(ClientError) as refused:
        notes.put_item(TableName="notes", Item=KEY | {"content": {"S": "\ud800"}})
    assert (
        refused.value.response["Error"]["Message"]
        == "A string holds half of a surrogate pair, which is no character"
    )
    assert notes.scan(TableName="notes")["Items"] == []


def test_each_answer_has_a_request_id(notes):
    answered = [notes.list_tables()["ResponseMetadata"]["RequestId"] for _ in range(2)]
    with pytest.raises(ClientError) as refused:
        notes.describe_table(TableName="nowhere")
    answered.append(refused.value.response["ResponseMetadata"]["RequestId"])
    assert len(set(answered)) == 3 and all(len(one) == 52 for one in answered)
