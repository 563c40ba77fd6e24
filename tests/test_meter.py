"""The meter: what it counts, what it shows, and that a metered call answers what an unmetered one would."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.stub import Stubber

from helpers import connect, meter

KEY = {"id": {"S": "1"}}


@pytest.fixture
def table():
    table = connect("offline", fresh=True).create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    for number in range(5):
        table.put_item(Item={"id": str(number), "number": number})
    return table


@contextmanager
def answering(operation, answer):
    """Yield a client whose one answer is given, and what it was asked."""
    client, asked = boto3.client("dynamodb"), {}
    client.meta.events.register_last(
        "before-parameter-build.dynamodb", lambda params, **_: asked.update(params)
    )
    with Stubber(client) as stub:
        stub.add_response(operation, answer)
        yield client, asked


def test_it_adds_up_a_block(table):
    table.get_item(Key={"id": "1"})
    with meter() as used:
        table.get_item(Key={"id": "1"})
        table.get_item(Key={"id": "none"})
        table.scan(FilterExpression=boto3.dynamodb.conditions.Attr("number").gte(3))
        table.put_item(Item={"id": "9"})
        table.meta.client.describe_table(TableName="things")
    table.get_item(Key={"id": "1"})
    assert (used.requests, used.evaluated, used.returned, used.refused) == (5, 7, 3, 0)
    assert (used.rcu, used.wcu) == (Decimal("1.5"), 1)  # two gets and a scan, eventually consistent
    assert used.operations["PutItem"].wcu == 1
    assert isinstance(used.rcu, Decimal)
    assert isinstance(used.wcu, Decimal)
    assert used.operations["GetItem"].requests == 2


def test_it_tells_the_price_of_a_block_where_that_is_asked_for(table):
    with meter() as used:
        table.get_item(Key={"id": "1"})
        table.put_item(Item={"id": "1"})
    assert used.price == pytest.approx(0.5 * 0.125e-6 + 1 * 0.625e-6)
    assert "$" not in repr(used)
    with meter(price=True) as used:
        table.get_item(Key={"id": "1"})
        table.put_item(Item={"id": "1"})
    assert repr(used).endswith("On demand in us-east-1, a million times this costs $0.69.")
    with meter(price=True) as used, pytest.raises(ClientError):
        table.put_item(Item={"id": "1"}, ConditionExpression="attribute_not_exists(id)")
    assert used.price == 0
    assert repr(used).endswith("a million times this costs at least $0.00.")


def test_clients_resources_and_threads_all_count(table):
    other = boto3.client("dynamodb", "us-east-1")
    with meter() as used, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: table.get_item(Key={"id": str(n % 5)}), range(40)))
        list(pool.map(lambda n: other.get_item(TableName="things", Key=KEY), range(40)))
    assert (used.requests, used.evaluated, used.returned) == (80, 80, 80)


def test_nested_meters_each_count(table):
    with meter() as outer:
        table.scan()
        with meter() as inner:
            table.scan()
    assert (outer.requests, inner.requests) == (2, 1)
    assert outer.rcu == 2 * inner.rcu


def test_a_metered_call_answers_as_an_unmetered_one(table):
    def calls():
        yield table.put_item(Item={"id": "1"})
        yield table.update_item(
            Key={"id": "1"}, UpdateExpression="SET kind = :one", ExpressionAttributeValues={":one": 1}
        )
        yield table.delete_item(Key={"id": "1"}, ReturnValues="ALL_OLD")
        yield table.get_item(Key={"id": "1"})
        yield table.scan()

    def answers():
        return [{name: part for name, part in one.items() if name != "ResponseMetadata"} for one in calls()]

    before = answers()
    with meter():
        assert answers() == before


def test_a_block_left_by_an_error_keeps_its_count_and_closes(table):
    with pytest.raises(RuntimeError), meter() as used:
        table.scan()
        raise RuntimeError
    table.scan()
    assert used.requests == 1


def test_refused_requests_count_and_are_explained(table):
    with meter() as used:
        for condition in ("attribute_not_exists(id)", "attribute_exists(nothing)"):
            with pytest.raises(ClientError):
                table.put_item(Item={"id": "1"}, ConditionExpression=condition)
        with pytest.raises(ClientError):
            table.meta.client.describe_table(TableName="missing")
    assert (used.requests, used.refused, used.wcu) == (3, 3, 0)
    assert "Refused: 2 x ConditionalCheckFailedException, 1 x ResourceNotFoundException." in repr(used)
    assert "A write whose condition failed still consumes write capacity." in repr(used)
    rows = {line.split()[0]: line.split()[1:] for line in repr(used).splitlines()[2:5]}
    assert rows["PutItem"] == ["2", "0", "0", "0", "not", "reported"]
    assert rows["DescribeTable"] == ["1", "0", "0", "0", "0"]
    assert "Answers without their capacity units" not in repr(used)


def test_what_a_cancelled_transaction_consumed_is_not_shown_as_nothing(table):
    check = {
        "TableName": "things",
        "Key": {"id": "1"},
        "ConditionExpression": "attribute_exists(nothing)",
    }
    with meter() as used, pytest.raises(ClientError):
        table.meta.client.transact_write_items(TransactItems=[{"ConditionCheck": check}])
    assert repr(used).splitlines()[2].split() == ["TransactWriteItems", "1", "0", "0", "0", "not", "reported"]


def test_what_boto3_never_sends_is_no_request(table):
    with meter() as used, pytest.raises(ParamValidationError):
        table.meta.client.get_item(TableName="things", Key=["wrong"])
    assert used.requests == 0
    assert "No request to DynamoDB was seen." in repr(used)


CAPACITY = {"TableName": "things", "CapacityUnits": 2.5}


@pytest.mark.parametrize(
    ("caller", "sent", "stays"),
    [({}, "TOTAL", False), ("NONE", "TOTAL", False), ("TOTAL", "TOTAL", True), ("INDEXES", "INDEXES", True)],
)
def test_the_answer_is_what_an_unmetered_call_would_get(caller, sent, stays):
    wish = {"ReturnConsumedCapacity": caller} if caller else {}
    answer = {"Item": {"id": {"S": "1"}}, "ConsumedCapacity": CAPACITY}
    with answering("get_item", answer) as (client, asked), meter() as used:
        got = client.get_item(TableName="things", Key=KEY, **wish)
    assert asked["ReturnConsumedCapacity"] == sent
    assert used.rcu == Decimal("2.5")
    assert ("ConsumedCapacity" in got) is stays
    assert got["Item"] == answer["Item"]


def test_without_a_meter_nothing_is_asked_or_taken():
    with answering("get_item", {"ConsumedCapacity": CAPACITY}) as (client, asked):
        assert client.get_item(TableName="things", Key=KEY)["ConsumedCapacity"] == CAPACITY
    assert "ReturnConsumedCapacity" not in asked


KEYS = {"things": {"Keys": [KEY, {"id": {"S": "2"}}, {"id": {"S": "3"}}]}}
SHARES = [{"TableName": "a", "CapacityUnits": 1.0}, {"TableName": "b", "CapacityUnits": 2.0}]
GETS = [{"Get": {"TableName": "things", "Key": KEY}}] * 2
PUT = {"PutRequest": {"Item": KEY}}
SPLIT = {"TableName": "a", "CapacityUnits": 9.0}


@pytest.mark.parametrize(
    ("operation", "asked", "answer", "evaluated", "returned", "rcu", "wcu"),
    [
        (
            "batch_get_item",
            {"RequestItems": KEYS},
            {
                "Responses": {"things": [KEY]},
                "UnprocessedKeys": {"things": {"Keys": [KEY]}},
                "ConsumedCapacity": SHARES,
            },
            2,
            1,
            3,
            0,
        ),
        ("batch_write_item", {"RequestItems": {"things": [PUT]}}, {"ConsumedCapacity": SHARES}, 0, 0, 0, 3),
        (
            "transact_get_items",
            {"TransactItems": GETS},
            {"Responses": [{"Item": KEY}, {}], "ConsumedCapacity": [SPLIT | {"ReadCapacityUnits": 4.0}]},
            2,
            1,
            4,
            0,
        ),
        (
            "transact_write_items",
            {"TransactItems": [{"Put": {"TableName": "things", "Item": KEY}}]},
            {"ConsumedCapacity": [SPLIT | {"WriteCapacityUnits": 2.0}, SPLIT | {"ReadCapacityUnits": 2.0}]},
            0,
            0,
            2,
            2,
        ),
        (
            "query",
            {"TableName": "things", "KeyConditionExpression": "id = :id"},
            {
                "Items": [{}, {}, {}],
                "Count": 3,
                "ScannedCount": 40,
                "ConsumedCapacity": {"CapacityUnits": 5.5},
            },
            40,
            3,
            Decimal("5.5"),
            0,
        ),
        (
            "delete_item",
            {"TableName": "things", "Key": KEY},
            {"ConsumedCapacity": {"CapacityUnits": 1.0}},
            0,
            0,
            0,
            1,
        ),
        (
            "execute_statement",
            {"Statement": " select * from things"},
            {"Items": [KEY, KEY], "ConsumedCapacity": {"CapacityUnits": 0.5}},
            0,
            2,
            Decimal("0.5"),
            0,
        ),
        (
            "execute_statement",
            {"Statement": "DELETE FROM things WHERE id='1'"},
            {"ConsumedCapacity": {"CapacityUnits": 1.0}},
            0,
            0,
            0,
            1,
        ),
        (
            "batch_execute_statement",
            {"Statements": [{"Statement": "SELECT * FROM things WHERE id='1'"}]},
            {"Responses": [{"Item": KEY}], "ConsumedCapacity": [{"CapacityUnits": 0.5}]},
            1,
            1,
            Decimal("0.5"),
            0,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_operation_by_its_own_shape(operation, asked, answer, evaluated, returned, rcu, wcu):
    with answering(operation, answer) as (client, _), meter() as used:
        got = getattr(client, operation)(**asked)
    assert (used.evaluated, used.returned, used.rcu, used.wcu) == (evaluated, returned, rcu, wcu)
    assert "ConsumedCapacity" not in got


def test_items_that_no_answer_tells_are_not_shown_as_none():
    answer = {"Items": [KEY, KEY], "ConsumedCapacity": {"CapacityUnits": 0.5}}
    with answering("execute_statement", answer) as (client, _), meter() as used:
        client.execute_statement(Statement="SELECT * FROM things")
    assert repr(used).splitlines()[2].split() == ["ExecuteStatement", "1", "not", "reported", "2", "0.5", "0"]


def test_a_service_that_leaves_capacity_out_is_not_shown_as_free():
    with (
        answering("get_item", {}) as (client, _),
        Stubber(boto3.client("dynamodb")) as refusing,
        meter() as used,
    ):
        client.get_item(TableName="things", Key=KEY)
        refusing.add_client_error("get_item", "ThrottlingException")
        with pytest.raises(ClientError):
            refusing.client.get_item(TableName="things", Key=KEY)
    assert repr(used).splitlines()[2].split() == ["GetItem", "2", "1", "0", "not", "reported", "0"]
    assert "Answers without their capacity units: 1 of 1." in repr(used)
    assert "not reported" in used._repr_html_()


def test_requests_that_have_no_units_are_not_unreported(table):
    with meter() as used:
        table.meta.client.list_tables()
    assert "not reported" not in repr(used)
    assert "without" not in repr(used)


def test_the_table_it_shows(table):
    with meter() as used:
        table.scan()
        table.put_item(Item={"id": "9"})
    expected = """\
operation  requests  evaluated  returned  RCU  WCU
---------  --------  ---------  --------  ---  ---
PutItem           1          0         0    0    1
Scan              1          5         5  0.5    0
total             2          5         5  0.5    1"""
    assert repr(used) == expected
    for text in ("operation", "PutItem", "Scan", "total"):
        assert f">{text}<" in used._repr_html_()
