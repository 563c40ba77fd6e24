"""`faults`: late readers, lost answers, conflicts and empty buckets, the same in every run and without waiting."""

import random
import threading
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from helpers import backends, connect
from helpers.errors import CourseError
from helpers.faults import faults
from helpers.offline import rehearsal
from helpers.throughput import Bucket, serve, serve_keys

PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
KB = "x" * 1000


def make(name="notes", sort=None, types=(), **more):
    db = connect("offline", fresh=True)
    keys = ["id"] + ([sort] if sort else [])
    names = dict.fromkeys([*keys, *types])
    table = db.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": key, "KeyType": role}
            for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in names],
        **(more if more.keys() & {"BillingMode", "ProvisionedThroughput"} else ON_DEMAND | more),
    )
    table.wait_until_exists()
    return table


def index(name="by_place", key="place", **more):
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        **more,
    }


def refused(call, **request) -> dict:
    with pytest.raises(ClientError) as error:
        call(**request)
    return error.value.response


# --- late readers --------------------------------------------------------------------------------------------


def test_a_read_that_is_not_consistent_sees_the_table_of_a_moment_ago():
    table = make()
    table.put_item(Item={"id": "a", "n": 1})
    with faults(lag=2) as world:
        table.put_item(Item={"id": "a", "n": 2})
        assert table.get_item(Key={"id": "a"})["Item"]["n"] == 1
        assert table.get_item(Key={"id": "a"}, ConsistentRead=True)["Item"]["n"] == 2
        table.delete_item(Key={"id": "a"})
        time.sleep(1.98)  # the put is 2 s old, the delete is not
        assert table.get_item(Key={"id": "a"})["Item"]["n"] == 2
        time.sleep(0.02)
        assert "Item" not in table.get_item(Key={"id": "a"})
        assert world.now == pytest.approx(2.0 + 6 * 0.005)
        assert world.waited == pytest.approx(2.0)


def test_queries_scans_batches_and_statements_lag_as_well():
    table = make(sort="at")
    client = table.meta.client
    with faults(lag=1):
        table.put_item(Item={"id": "a", "at": "1"})

        def seen(strong: bool) -> list[int]:
            key = {"KeyConditionExpression": "id = :a", "ExpressionAttributeValues": {":a": "a"}}
            keys = {"notes": {"Keys": [{"id": "a", "at": "1"}], "ConsistentRead": strong}}
            return [
                table.query(**key, ConsistentRead=strong)["Count"],
                table.scan(ConsistentRead=strong)["Count"],
                len(client.batch_get_item(RequestItems=keys)["Responses"]["notes"]),
                len(
                    client.execute_statement(Statement="SELECT * FROM notes", ConsistentRead=strong)["Items"]
                ),
            ]

        assert (seen(False), seen(True)) == ([0] * 4, [1] * 4)
        time.sleep(1)
        assert seen(False) == [1] * 4


def test_a_global_index_lags_and_a_new_one_is_there():
    table = make(types=["place"], GlobalSecondaryIndexes=[index()])
    ask = {
        "IndexName": "by_place",
        "KeyConditionExpression": "place = :p",
        "ExpressionAttributeValues": {":p": "Lisbon"},
    }
    with faults(lag=1):
        table.put_item(Item={"id": "a", "place": "Lisbon"})
        assert table.query(**ask)["Count"] == 0
        time.sleep(1)
        assert table.query(**ask)["Count"] == 1
        table.update(
            AttributeDefinitions=[{"AttributeName": "job", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[{"Create": index("by_job", "job")}],
        )
        while table.global_secondary_indexes[-1]["IndexStatus"] != "ACTIVE":
            table.reload()
        assert table.scan(IndexName="by_job")["Count"] == 0


def test_a_table_made_meanwhile_lags_from_its_first_write_on():
    with faults(lag=1):
        table = make()
        table.put_item(Item={"id": "a"})
        assert table.scan()["Count"] == 0
        time.sleep(1)
        assert table.scan()["Count"] == 1


# --- lost answers --------------------------------------------------------------------------------------------


def test_a_counter_counts_twice():
    table = make()
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": 1}}
    with faults(lost_answers=1) as world:
        table.update_item(Key={"id": "a"}, **add)
    assert table.get_item(Key={"id": "a"})["Item"]["n"] == 2
    assert world.waited == pytest.approx(60, abs=0.1)  # boto3's own read time-out, then a short pause
    assert world.events == [
        "0.005 s: UpdateItem is done, its answer is lost",
        "60.005 s: the client has waited 60 s for an answer and gives up",
    ]


def test_a_put_is_refused_by_its_own_repetition():
    table = make()
    put = {"Item": {"id": "a"}, "ConditionExpression": "attribute_not_exists(id)"}
    with faults(lost_answers=1):
        told = refused(table.put_item, **put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert told["Error"]["Code"] == "ConditionalCheckFailedException"
    assert told["Item"] == {"id": {"S": "a"}}


def test_a_transaction_with_its_token_is_done_once():
    table = make()
    update = {
        "TableName": "notes",
        "Key": {"id": "a"},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": 1},
    }
    with faults(lost_answers=1):
        table.meta.client.transact_write_items(TransactItems=[{"Update": update}])  # boto3 makes a token
    assert table.get_item(Key={"id": "a"})["Item"]["n"] == 1


def test_a_refused_write_loses_no_answer_and_a_batch_does():
    table = make()
    table.put_item(Item={"id": "a"})
    with faults(lost_answers=1) as world:
        refused(table.put_item, Item={"id": "a"}, ConditionExpression="attribute_not_exists(id)")
        assert world.events == []
        with table.batch_writer() as batch:
            batch.put_item(Item={"id": "b"})
        assert world.events[0].endswith("BatchWriteItem is done, its answer is lost")
        assert table.scan()["Count"] == 2


def test_the_client_s_own_time_out_and_attempts_count():
    make()
    hasty = boto3.client("dynamodb", config=Config(read_timeout=1, retries={"total_max_attempts": 2}))
    with faults(lost_answers=2) as world, pytest.raises(ReadTimeoutError):
        hasty.put_item(TableName="notes", Item={"id": {"S": "a"}})
    assert 2 <= world.now < 3


# --- conflicts -----------------------------------------------------------------------------------------------


def test_a_transaction_meets_another_one():
    table = make()
    client = table.meta.client
    puts = [{"Put": {"TableName": "notes", "Item": {"id": one}}} for one in "ab"]
    with faults(conflicts=2) as world:
        told = refused(client.transact_write_items, TransactItems=puts)
        assert told["Error"]["Code"] == "TransactionCanceledException"
        assert [reason["Code"] for reason in told["CancellationReasons"]] == ["TransactionConflict", "None"]
        gets = [{"Get": {"TableName": "notes", "Key": {"id": "a"}}}]
        assert "TransactionConflict" in str(refused(client.transact_get_items, TransactItems=gets))
        client.transact_write_items(TransactItems=puts)
    assert table.scan()["Count"] == 2
    assert world.events[0] == "0.005 s: TransactWriteItems meets another transaction"


# --- throttling ----------------------------------------------------------------------------------------------


def test_a_full_bucket_serves_1500_units_then_the_table_throttles():
    table = make(**PROVISIONED)
    puts = 0
    with faults(throttling=True) as world:
        while not world.events:  # boto3 pauses and tries again, so the loop itself sees no error
            table.put_item(Item={"id": str(puts), "text": 10 * KB})  # 10 units
            puts += 1
    assert puts == 151  # 150 of them at once
    assert world.events[0].endswith("PutItem is throttled: TableWriteProvisionedThroughputExceeded of notes")
    once = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    with faults(throttling=True):
        for number in range(150):
            table.put_item(Item={"id": str(number), "text": 10 * KB})
        told = refused(once.put_item, TableName="notes", Item={"id": {"S": "x"}, "text": {"S": 10 * KB}})
    assert told["Error"]["Code"] == "ProvisionedThroughputExceededException"
    assert told["ThrottlingReasons"] == [
        {"reason": "TableWriteProvisionedThroughputExceeded", "resource": table.table_arn}
    ]


@pytest.mark.parametrize("units", [5, 6])
def test_what_is_drawn_and_what_boto3_meets_are_one_thing(units):
    """The simulation and boto3, second by second, at the same demand: the same requests are refused.

    The simulation takes all requests of a second at its beginning. Here they take 5 ms each, in which less than a unit comes in.
    """
    demand = [20] * 125 + [3] * 4 + [30] * 5
    make(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": units})
    once = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    served, number = [], 0
    with faults(throttling=True) as world:
        for second, wanted in enumerate(demand):
            before = len(world.events)
            for _ in range(wanted):
                number += 1
                try:
                    once.put_item(TableName="notes", Item={"id": {"S": str(number)}})
                except ClientError:
                    pass
            served.append(wanted - (len(world.events) - before))
            time.sleep(second + 1 - world.now)
    told = serve(demand, Bucket(units), attempts=1)
    assert served == told.served
    assert sum(told.throttled) > 0 and told.served[0] == 20


def test_a_hot_key_meets_the_same_partition_in_both():
    """A batch is one request: 25 puts of 50 units at one moment, all with one partition key."""
    make(sort="at", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 20_000})
    text = {"S": "x" * (50 * 1024 - 40)}
    puts = [
        {"PutRequest": {"Item": {"id": {"S": "hot"}, "at": {"S": str(number)}, "text": text}}}
        for number in range(25)
    ]
    served = []
    with faults(throttling=True) as world:
        for second in range(3):
            left = boto3.client("dynamodb").batch_write_item(RequestItems={"notes": puts})["UnprocessedItems"]
            served.append(50 * (25 - len(left["notes"])))
            time.sleep(second + 1 - world.now)
    assert served == serve_keys({"hot": [25 * 50] * 3}, Bucket(20_000)).served["hot"] == [1000] * 3


def test_boto3_pauses_and_gives_up_after_four_attempts():
    table = make(**PROVISIONED)
    with faults(throttling=True) as world:
        for number in range(150):
            table.put_item(Item={"id": str(number), "text": 10 * KB})
        told = refused(table.put_item, Item={"id": "big", "text": 300 * KB})
    assert told["ResponseMetadata"]["RetryAttempts"] == 3
    assert len(world.events) == 4
    assert 0 < world.waited < 1 + 2 + 4


def test_reads_have_a_bucket_of_their_own():
    table = make(**PROVISIONED)
    table.put_item(Item={"id": "a", "text": 300 * KB})  # 73.5 units a read
    with faults(throttling=True) as world:
        reads = 0
        with pytest.raises(ClientError, match="reached max retries"):
            while True:
                table.get_item(Key={"id": "a"}, ConsistentRead=True)
                reads += 1
        assert "TableReadProvisionedThroughputExceeded" in world.events[0]
        table.put_item(Item={"id": "b"})
    assert reads == 1500 // 74


def test_a_refused_condition_takes_units_too():
    table = make(**PROVISIONED)
    table.put_item(Item={"id": "a", "text": 300 * KB})
    put = {"Item": {"id": "a"}, "ConditionExpression": "attribute_not_exists(id)"}
    with faults(throttling=True) as world:
        refusals = 0
        while not world.events:
            refused(table.put_item, **put)
            refusals += 1
            time.sleep(1)  # a partition has 1,000 units a second, the bucket gets 5
    assert refusals == 1500 // 288 + 1


def test_an_index_short_of_units_throttles_its_table():
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    table = make(
        types=["place"],
        ProvisionedThroughput={"ReadCapacityUnits": 100, "WriteCapacityUnits": 100},
        GlobalSecondaryIndexes=[index(ProvisionedThroughput=units)],
    )
    once = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    with faults(throttling=True):
        for number in range(300):
            table.put_item(Item={"id": str(number), "place": "Lisbon"})
        for number in range(300, 302):  # the bucket got one or two units meanwhile
            table.put_item(Item={"id": str(number)})
        wide = {"id": {"S": "wide"}, "place": {"S": "Lisbon"}, "text": {"S": 9 * KB}}
        told = refused(once.put_item, TableName="notes", Item=wide)
    assert told["ThrottlingReasons"] == [
        {
            "reason": "IndexWriteProvisionedThroughputExceeded",
            "resource": f"{table.table_arn}/index/by_place",
        }
    ]
    assert "Item" not in table.get_item(Key={"id": "wide"})


def test_a_hot_key_has_1000_write_units_a_second_however_much_the_table_has():
    make(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 20_000})
    once = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    hot = {"id": {"S": "hot"}, "text": {"S": "x" * (100 * 1024 - 20)}}  # 100 units
    with faults(throttling=True):
        for _ in range(10):
            once.put_item(TableName="notes", Item=hot)
        told = refused(once.put_item, TableName="notes", Item=hot)
        assert told["ThrottlingReasons"][0]["reason"] == "TableWriteKeyRangeThroughputExceeded"
        once.put_item(TableName="notes", Item=hot | {"id": {"S": "cold"}})
        time.sleep(1)
        once.put_item(TableName="notes", Item=hot)


def test_a_hot_key_is_served_1000_write_units_in_its_first_second_and_in_each_that_follows():
    make(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 20_000})
    once = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    hot = {"id": {"S": "hot"}, "text": {"S": "x" * (20 * 1024 - 20)}}  # 20 units, and 200 requests a second
    served = [0] * 4
    with faults(throttling=True) as world:
        while (second := int(world.now + 0.005 + 1e-9)) < len(served):
            try:
                once.put_item(TableName="notes", Item=hot)
                served[second] += 20
            except ClientError:
                pass
    assert served == [1000] * 4


def test_on_demand_has_its_first_limit_and_the_limit_that_one_sets():
    once = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))

    def served(seconds: float = 1) -> tuple[int, dict]:
        number = 0
        with faults(throttling=True):
            while True:
                item = {"id": {"S": str(number)}, "text": {"S": "x" * (100 * 1024 - 20)}}
                try:
                    once.put_item(TableName="notes", Item=item)
                except ClientError as error:
                    return number, error.response
                number += 1

    make()
    number, told = served()
    assert number == 40  # 4,000 units
    assert told["Error"]["Code"] == "ThrottlingException"
    assert told["throttlingReasons"][0]["reason"] == "TableWriteKeyRangeThroughputExceeded"
    make(BillingMode="PAY_PER_REQUEST", OnDemandThroughput={"MaxWriteRequestUnits": 500})
    number, told = served()
    assert number == 5
    assert told["throttlingReasons"][0]["reason"] == "TableWriteMaxOnDemandThroughputExceeded"


def test_a_batch_leaves_what_the_bucket_does_not_hold():
    table = make(**PROVISIONED)
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    puts = [
        {"PutRequest": {"Item": {"id": {"S": str(number)}, "text": {"S": 99 * KB}}}} for number in range(25)
    ]
    with faults(throttling=True):
        left = client.batch_write_item(RequestItems={"notes": puts})["UnprocessedItems"]["notes"]
        assert [write["PutRequest"]["Item"]["id"]["S"] for write in left] == [str(n) for n in range(15, 25)]
        told = refused(client.batch_write_item, RequestItems={"notes": left})
        assert told["Error"]["Code"] == "ProvisionedThroughputExceededException"
        time.sleep(300)
        keys = [{"id": {"S": str(number)}} for number in range(15)]
        wanted = {"notes": {"Keys": keys, "ConsistentRead": True}}
        served, left = 0, 0
        with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
            while True:
                answer = client.batch_get_item(RequestItems=wanted)
                served += len(answer["Responses"]["notes"])
                left += len(answer["UnprocessedKeys"].get("notes", {"Keys": []})["Keys"])
    assert served == 1500 // 25
    assert served + left == 4 * 15
    assert ["Item" in table.get_item(Key={"id": one}) for one in ("14", "15")] == [True, False]


def test_a_throttled_transaction_names_the_item():
    table = make(**PROVISIONED)
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    puts = [
        {"Put": {"TableName": "notes", "Item": {"id": {"S": one}, "text": {"S": 390 * KB}}}} for one in "abc"
    ]
    with faults(throttling=True):
        told = refused(client.transact_write_items, TransactItems=puts)
    assert [reason["Code"] for reason in told["CancellationReasons"]] == [
        "None",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceeded",
    ]
    assert table.scan()["Count"] == 0


def test_more_capacity_serves_more_at_once():
    table = make(**PROVISIONED)
    with faults(throttling=True) as world:
        for number in range(150):
            table.put_item(Item={"id": str(number), "text": 10 * KB})
        table.update(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 1000})
        table.reload()
        table.reload()
        time.sleep(1)
        for number in range(90):
            table.put_item(Item={"id": str(number), "text": 10 * KB})
        assert world.events == []


def test_what_was_consumed_and_throttled_stands_in_cloudwatch():
    table = make(**PROVISIONED)
    with faults(throttling=True) as world:
        for number in range(160):
            table.put_item(Item={"id": str(number), "text": 10 * KB})
    began = datetime.now(UTC) - timedelta(minutes=5)

    def total(metric: str, **dimensions: str) -> float:
        answer = boto3.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=began,
            EndTime=began + timedelta(hours=1),
            Period=60,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in answer["Datapoints"])

    assert total("ConsumedWriteCapacityUnits", TableName="notes") == 1600
    assert total("WriteThrottleEvents", TableName="notes") == len(world.events) > 0
    assert total("ThrottledRequests", TableName="notes", Operation="PutItem") == len(world.events)


# --- time ----------------------------------------------------------------------------------------------------


def test_threads_that_were_there_before_do_not_move_the_clock_unless_they_ask_dynamodb():
    """A kernel's own thread sleeps a second in a loop: it must neither race the clock away nor spin."""
    table = make()
    told, go = {}, threading.Event()

    def bystander():
        go.wait()
        began = time.monotonic()
        time.sleep(0.2)
        told["bystander"] = time.monotonic() - began

    def worker():
        go.wait()
        table.meta.client.put_item(TableName="notes", Item={"id": "a"})
        time.sleep(60)
        told["worker"] = True

    threads = [threading.Thread(target=one, daemon=True) for one in (bystander, worker)]
    for thread in threads:
        thread.start()
    with faults() as world:
        late = threading.Thread(target=time.sleep, args=(30,))
        late.start()
        go.set()
        for thread in (*threads, late):
            thread.join(timeout=20)
    assert told["bystander"] >= 0.2 and told["worker"]
    assert world.waited == 90


def test_expired_items_go_two_days_later():
    table = make()
    table.meta.client.update_time_to_live(
        TableName="notes", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    table.put_item(Item={"id": "a", "until": int(time.time()) + 60})
    with faults() as world:
        time.sleep(24 * 3600)
        assert table.scan()["Count"] == 1  # expired, and still read
        time.sleep(24 * 3600 + 3600)
        assert table.scan()["Count"] == 0
    assert world.events == ["176400.005 s: 1 expired item is deleted"]


def test_nobody_waits_and_the_machine_s_clock_is_left_alone():
    table = make()
    before, began = time.time, time.perf_counter()
    with faults() as world:
        time.sleep(3600)
        table.wait_until_exists()
        assert time.time is before
        assert world.now == pytest.approx(3600.005)
    assert time.perf_counter() - began < 60
    with pytest.raises(ValueError, match="non-negative"), faults():
        time.sleep(-1)


@pytest.mark.parametrize(
    "trouble",
    [{"lag": 1}, {"lost_answers": 2}, {"conflicts": 2}, {"throttling": True}],
    ids=lambda trouble: next(iter(trouble)),
)
def test_a_hundred_runs_tell_the_same(trouble):
    def run() -> tuple:
        table = make(ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
        seen = []
        put = {"Put": {"TableName": "notes", "Item": {"id": "t"}}}
        calls = [lambda: table.meta.client.transact_write_items(TransactItems=[put])] * 2
        calls += [lambda: table.put_item(Item={"id": "a", "text": 99 * KB}), table.scan] * 4
        with faults(**trouble, seed=3) as world:
            for call in calls:
                try:
                    seen.append(call().get("Count"))
                except ClientError as error:
                    seen.append(error.response["Error"]["Code"])
        assert trouble.keys() & {"lag"} or world.events
        return world.now, world.waited, world.events, seen

    first = run()
    dice = random.getstate()
    assert all(run() == first for _ in range(99))
    assert random.getstate() == dice


def test_another_seed_gives_other_pauses():
    def waited(seed: int) -> float:
        table = make(**PROVISIONED)
        with faults(throttling=True, seed=seed) as world:
            for number in range(155):
                table.put_item(Item={"id": str(number), "text": 10 * KB})
        return world.waited

    assert waited(0) == waited(0) != waited(1)


def test_afterwards_all_is_as_before_also_after_an_error():
    table, sleep = make(), time.sleep
    with pytest.raises(KeyError), faults(lag=5, throttling=True):
        raise KeyError
    assert (rehearsal.current, time.sleep) == (None, sleep)
    table.put_item(Item={"id": "a"})
    assert table.get_item(Key={"id": "a"})["Item"] == {"id": "a"}


def test_one_rehearsal_at_a_time_offline_with_numbers(monkeypatch):
    connect("offline", fresh=True)
    with faults(), pytest.raises(CourseError, match="open already"), faults():
        pass
    for wrong in ({"lag": -1}, {"lost_answers": "1"}, {"conflicts": True}, {"lag": float("nan")}):
        with pytest.raises(CourseError, match="takes a number from 0 on"), faults(**wrong):
            pass
    connect("moto")
    with pytest.raises(CourseError, match="mode offline"), faults():
        pass
    connect("offline")
    monkeypatch.setenv(backends.ENDPOINT, "http://127.0.0.1:8000")
    with pytest.raises(CourseError, match="mode offline"), faults():
        pass
