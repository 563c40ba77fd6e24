"""Streams by boto3, Time to Live, tags, point-in-time recovery, limits and endpoints."""

import base64
import json
import time

import boto3
import pytest
from asking import Asked, item, n, s, table

from helpers import connect
from helpers.offline import rehearsal
from helpers.offline.operations import settings
from helpers.offline.tables import history

STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/ttt/stream/2026-01-01T00:00:00.000"
VIEWS = {
    "KEYS_ONLY": set(),
    "NEW_IMAGE": {"NewImage"},
    "OLD_IMAGE": {"OldImage"},
    "NEW_AND_OLD_IMAGES": {"NewImage", "OldImage"},
}


def spec(view: str) -> dict:
    return {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}}


@pytest.fixture
def asked():
    return Asked().table(**spec("NEW_AND_OLD_IMAGES"))


def iterator(asked, kind: str = "TRIM_HORIZON", **more) -> str:
    arn = asked("ListStreams", TableName="ttt")["Streams"][-1]["StreamArn"]
    shard = asked("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind, **more}
    return asked("GetShardIterator", **request)["ShardIterator"]


def records(asked, **more) -> list[dict]:
    return asked("GetRecords", ShardIterator=iterator(asked), **more)["Records"]


def write(asked) -> None:
    """Three changes, and three writes that change nothing."""
    put = {"TableName": "ttt", "Item": item("a", "1", x=n("1.0"))}
    change = {"UpdateExpression": "SET x = :x", "ExpressionAttributeValues": {":x": n(2)}}
    key = {"TableName": "ttt", "Key": item("a", "1")}
    asked("PutItem", **put)
    asked("PutItem", **put)
    asked("UpdateItem", **key, **change)
    asked("UpdateItem", **key, **change)
    asked("DeleteItem", **key)
    asked("DeleteItem", **key)


def test_a_write_that_changes_nothing_leaves_no_record(asked):
    write(asked)
    found = records(asked)
    assert [one["eventName"] for one in found] == ["INSERT", "MODIFY", "REMOVE"]
    numbers = [one["dynamodb"]["SequenceNumber"] for one in found]
    assert numbers == sorted(numbers)
    assert len(numbers[0]) == 21
    assert found[1]["dynamodb"]["OldImage"] == item("a", "1", x=n(1))
    assert found[1]["dynamodb"]["NewImage"] == item("a", "1", x=n(2))
    assert [one["dynamodb"]["SizeBytes"] for one in found] == [15, 24, 15]


def test_sets_and_maps_in_another_order_are_no_change(asked):
    before = {"strings": {"SS": ["a", "b"]}, "map": {"M": {"x": {"NS": ["1", "2"]}, "y": n(1)}}}
    after = {"strings": {"SS": ["b", "a"]}, "map": {"M": {"y": n(1), "x": {"NS": ["2", "1"]}}}}
    for attributes in (before, after):
        asked("PutItem", TableName="ttt", Item=item("a", "1", **attributes))
    assert [one["eventName"] for one in records(asked)] == ["INSERT"]


@pytest.mark.parametrize("view", VIEWS)
def test_view_types(view):
    asked = Asked().table(**spec(view))
    write(asked)
    told = records(asked)[1]["dynamodb"]
    assert told["Keys"] == item("a", "1")
    assert told.keys() & {"NewImage", "OldImage"} == VIEWS[view]
    assert told["StreamViewType"] == view


def test_batches_and_transactions_leave_records_too(asked):
    asked("BatchWriteItem", RequestItems={"ttt": [{"PutRequest": {"Item": item("a", "1")}}]})
    asked("TransactWriteItems", TransactItems=[{"Put": {"TableName": "ttt", "Item": item("a", "2")}}])
    asked("ExecuteStatement", Statement="INSERT INTO ttt VALUE {'pk': 'a', 'sk': '3'}")
    assert [one["dynamodb"]["Keys"]["sk"]["S"] for one in records(asked)] == ["1", "2", "3"]


def test_iterators(asked):
    latest = iterator(asked, "LATEST")
    write(asked)
    assert len(asked("GetRecords", ShardIterator=latest)["Records"]) == 3
    first, second, third = [one["dynamodb"]["SequenceNumber"] for one in records(asked)]

    def found(kind: str, number: str) -> list[str]:
        start = iterator(asked, kind, SequenceNumber=number)
        return [
            one["dynamodb"]["SequenceNumber"] for one in asked("GetRecords", ShardIterator=start)["Records"]
        ]

    assert found("AT_SEQUENCE_NUMBER", second) == [second, third]
    assert found("AFTER_SEQUENCE_NUMBER", second) == [third]
    page = asked("GetRecords", ShardIterator=iterator(asked), Limit=2)
    assert len(page["Records"]) == 2
    rest = asked("GetRecords", ShardIterator=page["NextShardIterator"])
    assert len(rest["Records"]) == 1
    assert asked("GetRecords", ShardIterator=rest["NextShardIterator"])["Records"] == []


def test_records_are_kept_for_a_day(asked, monkeypatch):
    write(asked)
    now = time.time()
    monkeypatch.setattr(rehearsal, "now", lambda: now + 24 * 3600 + 10)
    assert records(asked) == []


def test_a_stream_that_is_turned_off_comes_to_an_end(asked):
    write(asked)
    asked("UpdateTable", TableName="ttt", StreamSpecification={"StreamEnabled": False})
    asked("DescribeTable", TableName="ttt")
    told = asked("DescribeTable", TableName="ttt")["Table"]
    assert "StreamSpecification" not in told
    stream = asked("DescribeStream", StreamArn=told["LatestStreamArn"])["StreamDescription"]
    assert stream["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in stream["Shards"][0]["SequenceNumberRange"]
    write(asked)
    answer = asked("GetRecords", ShardIterator=iterator(asked))
    assert (len(answer["Records"]), "NextShardIterator" in answer) == (3, False)


def test_an_iterator_lives_for_15_minutes(asked, monkeypatch):
    start, now = iterator(asked), time.time()
    monkeypatch.setattr(rehearsal, "now", lambda: now + 15 * 60 + 10)
    assert asked.refused("GetRecords", ShardIterator=start) == (
        "ExpiredIteratorException: Shard iterator has expired"
    )


def test_trimmed_records_are_refused(asked, monkeypatch):
    write(asked)
    now, number = time.time(), records(asked)[0]["dynamodb"]["SequenceNumber"]
    trimmed = "TrimmedDataAccessException: The data you are trying to access has been trimmed"
    monkeypatch.setattr(rehearsal, "now", lambda: now + 24 * 3600 - 60)
    start = iterator(asked)
    monkeypatch.setattr(rehearsal, "now", lambda: now + 24 * 3600 + 60)
    assert asked.refused("GetRecords", ShardIterator=start) == trimmed
    arn = asked("ListStreams")["Streams"][0]["StreamArn"]
    shard = asked("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    place = {"StreamArn": arn, "ShardId": shard, "SequenceNumber": number}
    assert asked.refused("GetShardIterator", **place, ShardIteratorType="AT_SEQUENCE_NUMBER") == trimmed


def test_a_page_of_records_has_at_most_a_megabyte(asked):
    for number in range(4):
        asked("PutItem", TableName="ttt", Item=item("a", str(number), x=s("x" * 390_000)))
    page = asked("GetRecords", ShardIterator=iterator(asked))
    assert len(page["Records"]) == 2
    assert len(asked("GetRecords", ShardIterator=page["NextShardIterator"])["Records"]) == 2


def test_an_iterator_at_a_time(asked, monkeypatch):
    now = int(time.time())
    for step, key in enumerate("123"):
        monkeypatch.setattr(rehearsal, "now", lambda step=step: now + 10 * step)
        asked("PutItem", TableName="ttt", Item=item("a", key))
    for at, count in ((now - 100, 3), (now + 10, 2), (now + 11, 1), (now + 20, 1)):
        start = iterator(asked, "AT_TIMESTAMP", Timestamp=at)
        assert len(asked("GetRecords", ShardIterator=start)["Records"]) == count


def test_a_disabled_stream_is_deleted_after_a_day(asked, monkeypatch):
    write(asked)
    arn, now = asked("ListStreams")["Streams"][0]["StreamArn"], time.time()
    asked("DeleteTable", TableName="ttt")
    told = [asked("DescribeStream", StreamArn=arn)["StreamDescription"]["StreamStatus"] for _ in range(2)]
    assert told == ["DISABLING", "DISABLED"]
    monkeypatch.setattr(rehearsal, "now", lambda: now + 24 * 3600 + 10)
    assert asked("ListStreams")["Streams"] == []
    assert "ResourceNotFoundException" in asked.refused("DescribeStream", StreamArn=arn)


def test_the_only_shard_has_no_children(asked):
    arn = asked("ListStreams")["Streams"][0]["StreamArn"]
    shard = asked("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    children = {"Type": "CHILD_SHARDS", "ShardId": shard}
    told = asked("DescribeStream", StreamArn=arn, ShardFilter=children)["StreamDescription"]
    assert told["Shards"] == []


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("DescribeStream", {"StreamArn": "x" * 40}, "ValidationException: Invalid StreamArn"),
        ("ListStreams", {"ExclusiveStartStreamArn": "x" * 40}, "ValidationException: Invalid StreamArn"),
        (
            "GetShardIterator",
            {"StreamArn": "x" * 40, "ShardId": "x" * 30, "ShardIteratorType": "LATEST"},
            "ValidationException: Invalid StreamArn",
        ),
        (
            "ListStreams",
            {"Limit": 101},
            "Value '101' at 'limit' failed to satisfy constraint: Member must have value less",
        ),
        (
            "DescribeStream",
            {"StreamArn": STREAM, "Limit": 101},
            "at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100",
        ),
        (
            "GetShardIterator",
            {"StreamArn": STREAM, "ShardId": "x" * 30, "ShardIteratorType": "AT_TIMESTAMP"},
            "ValidationException: Timestamp is required",
        ),
        (
            "GetShardIterator",
            {
                "StreamArn": STREAM,
                "ShardId": "x" * 30,
                "ShardIteratorType": "AT_TIMESTAMP",
                "Timestamp": 9_999_999_999,
            },
            "ValidationException: Timestamp must not be in the future",
        ),
        (
            "DescribeStream",
            {"StreamArn": "arn:aws:dynamodb:us-east-1:1:table/x/stream/y"},
            "ResourceNotFoundException",
        ),
        ("GetRecords", {"ShardIterator": "x", "Limit": 1001}, "value less than or equal to 1000"),
        ("GetRecords", {"ShardIterator": "nonsense"}, "ValidationException: Invalid ShardIterator"),
        ("GetRecords", {}, "Value null at 'shardIterator'"),
    ],
)
def test_streams_refuse(asked, operation, request_, message):
    assert message in asked.refused(operation, **request_)


def test_a_table_without_a_stream_has_none_to_disable():
    off = {"TableName": "ttt", "StreamSpecification": {"StreamEnabled": False}}
    assert Asked().table().refused("UpdateTable", **off) == (
        "ValidationException: Table has no stream to disable: TableName: ttt"
    )


def test_boto3_reads_a_stream():
    connect(fresh=True)
    database = boto3.client("dynamodb")
    database.create_table(**table(**spec("NEW_IMAGE")))
    database.get_waiter("table_exists").wait(TableName="ttt")
    database.put_item(TableName="ttt", Item=item("a", "1"))
    client = boto3.client("dynamodbstreams")
    arn = client.list_streams()["Streams"][0]["StreamArn"]
    shard = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = client.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    found = client.get_records(ShardIterator=start["ShardIterator"])["Records"]
    assert found[0]["dynamodb"]["NewImage"] == item("a", "1")
    assert found[0]["dynamodb"]["ApproximateCreationDateTime"].year >= 2026


# --- Time to Live --------------------------------------------------------------------------------------------


def ttl(enabled: bool = True, name: str = "until") -> dict:
    return {"TableName": "ttt", "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": name}}


def test_expired_items_are_read_until_the_sweep(asked):
    now, years = 1_800_000_000, 365 * 24 * 3600
    for name, until in {
        "past": n(now - 1),
        "now": n(now),
        "later": n(now + 1),
        "long past": n(now - 6 * years),
        "text": s("1"),
        "none": None,
    }.items():
        asked("PutItem", TableName="ttt", Item=item(name, "1", **({"until": until} if until else {})))
    assert settings.sweep(asked.service, now) == 0
    asked("UpdateTimeToLive", **ttl())
    assert asked("Scan", TableName="ttt")["Count"] == 6
    assert settings.sweep(asked.service, now) == 2
    left = {one["pk"]["S"] for one in asked("Scan", TableName="ttt")["Items"]}
    assert left == {"later", "long past", "text", "none"}
    assert records(asked)[-1]["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def test_time_to_live_of_a_table_in_a_passing_state():
    asked = Asked()
    asked("CreateTable", **table())
    for state in ("CREATING", "DELETING"):
        assert asked.refused("DescribeTimeToLive", TableName="ttt") == (
            f"ValidationException: Cannot describe time to live while table is in {state} state: "
            f"Current table state is {state}"
        )
        asked("DescribeTable", TableName="ttt")
        if state == "CREATING":
            asked("DeleteTable", TableName="ttt")


@pytest.mark.parametrize("operation", ["UpdateTimeToLive", "DescribeTimeToLive"])
def test_time_to_live_names_a_table(asked, operation):
    assert asked.refused(operation) == (
        "ValidationException: The parameter 'TableName' is required but was not present in the request"
    )
    assert asked.refused(operation, TableName="a;") == (
        "ValidationException: TableName must be at least 3 characters long and at most 255 characters long"
    )


def test_time_to_live_refuses(asked, monkeypatch):
    told = asked("DescribeTimeToLive", TableName="ttt")["TimeToLiveDescription"]
    assert told == {"TimeToLiveStatus": "DISABLED"}
    assert (
        asked.refused("UpdateTimeToLive", **ttl(False))
        == "ValidationException: TimeToLive is already disabled"
    )
    asked("UpdateTimeToLive", **ttl())
    told = asked("DescribeTimeToLive", TableName="ttt")["TimeToLiveDescription"]
    assert told == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    assert asked.refused("UpdateTimeToLive", **ttl()) == "ValidationException: TimeToLive is already enabled"
    assert asked.refused("UpdateTimeToLive", **ttl(name="other")) == (
        "ValidationException: TimeToLive is active on a different AttributeName: current AttributeName is until"
    )
    assert asked.refused("UpdateTimeToLive", **ttl(False)) == (
        "ValidationException: Time to live has been modified multiple times within a fixed interval"
    )
    now = time.time()
    monkeypatch.setattr(rehearsal, "now", lambda: now + 3601)
    asked("UpdateTimeToLive", **ttl(False))
    assert "Table: nope not found" in asked.refused("UpdateTimeToLive", **ttl() | {"TableName": "nope"})
    assert "at 'timeToLiveSpecification.attributeName'" in asked.refused("UpdateTimeToLive", **ttl(name=""))


# --- tags ----------------------------------------------------------------------------------------------------

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/ttt"
INVALID = "ValidationException: One or more parameter values were invalid: "


def tags(*keys: str) -> list[dict]:
    return [{"Key": key, "Value": "x"} for key in keys]


def test_tags_are_put_replaced_and_taken_away(asked):
    asked("TagResource", ResourceArn=ARN, Tags=tags("a", "b"))
    asked("TagResource", ResourceArn=ARN, Tags=[{"Key": "a", "Value": "y"}])
    assert asked("ListTagsOfResource", ResourceArn=ARN)["Tags"] == [{"Key": "a", "Value": "y"}, *tags("b")]
    asked("UntagResource", ResourceArn=ARN, TagKeys=["a", "nope"])
    assert asked("ListTagsOfResource", ResourceArn=ARN)["Tags"] == tags("b")
    asked.table("uuu", Tags=tags("c"))
    assert asked("ListTagsOfResource", ResourceArn=ARN.replace("ttt", "uuu"))["Tags"] == tags("c")


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        (
            "TagResource",
            {"ResourceArn": "nope", "Tags": tags("a")},
            INVALID + "ARNs must start with 'arn:': nope",
        ),
        (
            "TagResource",
            {"ResourceArn": "arn:a/b", "Tags": tags("a")},
            "ValidationException: Invalid TableArn",
        ),
        ("TagResource", {"ResourceArn": ARN + "x", "Tags": tags("a")}, "ResourceNotFoundException: "),
        ("TagResource", {}, "ValidationException: Invalid TableArn"),
        ("UntagResource", {}, "ValidationException: Invalid TableArn"),
        ("ListTagsOfResource", {}, "ValidationException: Invalid TableArn"),
        ("TagResource", {"ResourceArn": ARN, "Tags": []}, "ValidationException: Atleast one Tag needs to be"),
        (
            "TagResource",
            {"ResourceArn": ARN},
            "ValidationException: 1 validation error detected: Value null at 'tags'",
        ),
        (
            "TagResource",
            {"ResourceArn": ARN, "Tags": tags("k" * 129)},
            f"ValidationException: The Tag Key provided is invalid, Key: {'k' * 129}",
        ),
        (
            "TagResource",
            {"ResourceArn": ARN, "Tags": tags("aws:x")},
            "ValidationException: Tag Key cannot be prefixed with aws:, Key: aws:x",
        ),
        (
            "TagResource",
            {"ResourceArn": ARN, "Tags": tags("a!")},
            "ValidationException: The Tag Key provided is invalid, Key: a!",
        ),
        (
            "TagResource",
            {"ResourceArn": ARN, "Tags": [{"Key": "a"}]},
            "ValidationException: The Tag Value provided is invalid, Value: null",
        ),
        (
            "TagResource",
            {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "x" * 257}]},
            "ValidationException: The Tag Value provided is invalid, Value: xxx",
        ),
        (
            "TagResource",
            {"ResourceArn": ARN, "Tags": tags("a", "a")},
            "ValidationException: Duplicate Tag Keys provided as input: Duplicate Tag Key found a",
        ),
        (
            "TagResource",
            {"ResourceArn": ARN, "Tags": tags(*map(str, range(50)))},
            "ValidationException: Number of Tags exceed the current limit for the provided ResourceArn",
        ),
        (
            "UntagResource",
            {"ResourceArn": ARN, "TagKeys": [""]},
            "ValidationException: The Tag Key provided is invalid, Key: ",
        ),
        (
            "ListTagsOfResource",
            {"ResourceArn": ARN + "/index/by_g"},
            INVALID
            + "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: "
            f"{ARN}/index/by_g",
        ),
        (
            "ListTagsOfResource",
            {"ResourceArn": ARN + "/backup/0170"},
            INVALID + f"Provided Arn is not a DynamoDB resource arn: {ARN}/backup/0170",
        ),
        (
            "UntagResource",
            {"ResourceArn": ARN, "TagKeys": []},
            "ValidationException: Atleast one Tag Key needs",
        ),
        (
            "ListTagsOfResource",
            {"ResourceArn": ARN + "x"},
            f"ResourceNotFoundException: Requested resource not found: ResourceArn: {ARN}x not found",
        ),
        ("ListTagsOfResource", {"ResourceArn": "arn:aws:s3:::bucket/key"}, "AccessDeniedException: User: "),
        (
            "TagResource",
            {"ResourceArn": ARN.replace("123", "999").replace("east", "west"), "Tags": tags("a")},
            "AccessDeniedException: User: arn:aws:iam::123456789012:root is not authorized to perform: "
            "dynamodb:TagResource on resource: ",
        ),
        (
            "UntagResource",
            {"ResourceArn": ARN.replace("east", "west"), "TagKeys": ["a"]},
            "ValidationException: Invalid TableArn: ",
        ),
    ],
)
def test_tags_are_refused(asked, operation, request_, message):
    asked("TagResource", ResourceArn=ARN, Tags=tags("there"))
    assert asked.refused(operation, **request_).startswith(message)
    assert asked("ListTagsOfResource", ResourceArn=ARN)["Tags"] == tags("there")


def test_tags_come_all_at_once(asked):
    told = "ValidationException: Invalid NextToken"
    assert asked.refused("ListTagsOfResource", ResourceArn=ARN, NextToken="a") == told


@pytest.mark.parametrize("place", ["a", 1.5, -1, None, [], True])
def test_an_iterator_that_no_answer_gave_is_refused(asked, place):
    made = base64.b64encode(json.dumps([STREAM, place, 0]).encode()).decode()
    assert asked.refused("GetRecords", ShardIterator=made) == "ValidationException: Invalid ShardIterator"


# --- policies ------------------------------------------------------------------------------------------------

POLICY, OTHER = '{"Version":"2012-10-17"}', '{"Version":"2008-10-17"}'
NO_POLICY = "PolicyNotFoundException: Resource-based policy not found for the provided ResourceArn: "


def test_a_policy_is_put_and_taken_away(asked):
    assert asked.refused("GetResourcePolicy", ResourceArn=ARN) == NO_POLICY + ARN
    assert asked("DeleteResourcePolicy", ResourceArn=ARN) == {}
    first = asked("PutResourcePolicy", ResourceArn=ARN, Policy=POLICY, ExpectedRevisionId="NO_POLICY")
    assert asked("PutResourcePolicy", ResourceArn=ARN, Policy=POLICY) == first
    second = asked("PutResourcePolicy", ResourceArn=ARN, Policy=OTHER)
    assert second["RevisionId"] > first["RevisionId"]
    assert asked("GetResourcePolicy", ResourceArn=ARN) == {"Policy": OTHER, **second}
    assert asked("DeleteResourcePolicy", ResourceArn=ARN) == second
    assert asked.refused("GetResourcePolicy", ResourceArn=ARN) == NO_POLICY + ARN


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("", "is no JSON object"),
        ("{", "is no JSON object"),
        ("[]", "is no JSON object"),
        ('{"Version":"%s"}' % ("x" * 20 * 1024), "has more than 20480 bytes"),
    ],
)
def test_a_policy_is_json_of_at_most_20_kb(asked, policy, told):
    message = f"ValidationException: The resource-based policy {told}."
    assert asked.refused("PutResourcePolicy", ResourceArn=ARN, Policy=policy) == message
    assert asked.refused("CreateTable", **table("uuu", ResourcePolicy=policy)) == message
    assert asked.refused("GetResourcePolicy", ResourceArn=ARN) == NO_POLICY + ARN


def test_a_policy_is_changed_by_who_knows_its_revision(asked):
    expecting = {"ResourceArn": ARN, "ExpectedRevisionId": "7"}
    assert asked.refused("PutResourcePolicy", **expecting, Policy=POLICY) == NO_POLICY + ARN
    there = asked("PutResourcePolicy", ResourceArn=ARN, Policy=POLICY)["RevisionId"]
    other = "Requested update for policy with revision id 7, but the policy associated to target table ttt has revision id "
    for operation, more in (("PutResourcePolicy", {"Policy": OTHER}), ("DeleteResourcePolicy", {})):
        assert asked.refused(operation, **expecting, **more) == f"{NO_POLICY}{other}{there}."
    assert asked.refused(
        "PutResourcePolicy", ResourceArn=ARN, Policy=OTHER, ExpectedRevisionId="NO_POLICY"
    ) == (
        f"{NO_POLICY}Requested policy update expecting none to be present for table ttt, "
        f"but a policy exists with revision id {there}."
    )
    asked("DeleteResourcePolicy", ResourceArn=ARN, ExpectedRevisionId=there)


def test_a_policy_comes_and_goes_with_its_table(asked):
    arn = ARN.replace("ttt", "uuu")
    asked.table("uuu", ResourcePolicy=POLICY)
    assert asked("GetResourcePolicy", ResourceArn=arn)["Policy"] == POLICY
    asked("DeleteTable", TableName="uuu")
    asked("DescribeTable", TableName="uuu")
    gone = "ResourceNotFoundException: Requested resource not found: Table: uuu not found"
    assert asked.refused("GetResourcePolicy", ResourceArn=arn) == gone
    asked.table("uuu")
    assert asked.refused("GetResourcePolicy", ResourceArn=arn) == NO_POLICY + arn


# --- the rest ------------------------------------------------------------------------------------------------


ON = {"PointInTimeRecoveryEnabled": True}


def test_recovery_is_off_until_it_is_turned_on(asked):
    def status() -> dict:
        told = asked("DescribeContinuousBackups", TableName="ttt")["ContinuousBackupsDescription"]
        assert told["ContinuousBackupsStatus"] == "ENABLED"
        return told["PointInTimeRecoveryDescription"]

    assert status() == {"PointInTimeRecoveryStatus": "DISABLED"}
    on = {"PointInTimeRecoverySpecification": {**ON}}
    asked("UpdateContinuousBackups", TableName="ttt", **on)
    assert status()["PointInTimeRecoveryStatus"] == "ENABLED"
    assert status()["RecoveryPeriodInDays"] == 35
    on["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] = 10
    told = asked("UpdateContinuousBackups", TableName="ttt", **on)["ContinuousBackupsDescription"]
    assert told["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 10
    asked("UpdateContinuousBackups", TableName="ttt", PointInTimeRecoverySpecification={**ON})
    assert status()["RecoveryPeriodInDays"] == 10
    assert "TableNotFoundException" in asked.refused("DescribeContinuousBackups", TableName="nope")
    on["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"] = 7
    asked("UpdateContinuousBackups", TableName="ttt", **on)
    assert status()["RecoveryPeriodInDays"] == 7


@pytest.fixture
def clock(monkeypatch):
    """The service's clock: `clock(seconds)` lets that much time pass and gives the second that it is then."""
    now = [1_800_000_000]
    monkeypatch.setattr(rehearsal, "now", lambda: float(now[0]))

    def let_pass(seconds: float = 0) -> int:
        now[0] += seconds
        return now[0]

    return let_pass


def recovery(asked, name: str = "ttt", **settings) -> dict:
    on = {"PointInTimeRecoverySpecification": ON | settings}
    told = asked("UpdateContinuousBackups", TableName=name, **on)["ContinuousBackupsDescription"]
    return told["PointInTimeRecoveryDescription"]


def restored(asked, second: int | None = None, source: str = "ttt") -> list[dict]:
    """The items of a table of that second, or of the latest that is restorable."""
    when = {"UseLatestRestorableTime": True} if second is None else {"RestoreDateTime": second}
    name = f"restored{asked.service.requests}"
    asked("RestoreTableToPointInTime", SourceTableName=source, TargetTableName=name, **when)
    asked("DescribeTable", TableName=name)
    return sorted(asked("Scan", TableName=name)["Items"], key=str)


def test_only_what_is_recoverable_is_restored(asked, clock):
    restore = {"TargetTableName": "again", "UseLatestRestorableTime": True}
    assert asked.refused("RestoreTableToPointInTime", SourceTableName="nope", **restore) == (
        "TableNotFoundException: Table not found: nope"
    )
    for source in ({"SourceTableName": "ttt"}, {"SourceTableArn": ARN}):
        assert asked.refused("RestoreTableToPointInTime", **source, **restore) == (
            "PointInTimeRecoveryUnavailableException: Point in time recovery is not enabled for table 'ttt'"
        )
    recovery(asked)
    asked("PutItem", TableName="ttt", Item=item("a", "1"))
    asked("RestoreTableToPointInTime", SourceTableName="ttt", **restore)
    asked("RestoreTableToPointInTime", SourceTableArn=ARN, **restore | {"TargetTableName": "by_arn"})
    for name in ("again", "by_arn"):
        asked("DescribeTable", TableName=name)
        assert asked("Scan", TableName=name)["Count"] == 1
    assert asked.refused("RestoreTableToPointInTime", **restore).startswith(
        "ValidationException: Either Source"
    )
    restore = {"SourceTableName": "ttt", "TargetTableName": "back_then"}
    for moment in (clock() - 60, clock() + 60):
        told = asked.refused("RestoreTableToPointInTime", **restore, RestoreDateTime=moment)
        assert told.startswith("InvalidRestoreTimeException: An invalid restore time was specified.")
    for both in ({}, {"RestoreDateTime": clock(), "UseLatestRestorableTime": True}):
        told = asked.refused("RestoreTableToPointInTime", **restore, **both)
        assert told.startswith("ValidationException: Invalid Request: Either one of RestoreDateTime or")
    asked("RestoreTableToPointInTime", **restore, RestoreDateTime=clock())


def test_the_table_of_any_second_is_restored(asked, clock):
    asked("PutItem", TableName="ttt", Item=item("old", "1"))
    clock(100)
    first = recovery(asked)["EarliestRestorableDateTime"]
    seconds, states = [], []
    for operation, request in (
        ("PutItem", {"Item": item("a", "1", v=n(1))}),
        ("PutItem", {"Item": item("b", "1")}),
        ("PutItem", {"Item": item("a", "1", v=n(2))}),
        ("DeleteItem", {"Key": item("old", "1")}),
        ("DeleteItem", {"Key": item("a", "1")}),
        ("PutItem", {"Item": item("a", "1", v=n(3))}),
    ):
        seconds.append(clock(10))
        asked(operation, TableName="ttt", **request)
        states.append(sorted(asked("Scan", TableName="ttt")["Items"], key=str))
    clock(3600)
    assert restored(asked, int(first)) == restored(asked, seconds[0] - 1) == [item("old", "1")]
    for second, state in zip(seconds, states, strict=True):
        assert restored(asked, second) == restored(asked, second + 9) == state
    assert sorted(asked("Scan", TableName="ttt")["Items"], key=str) == states[-1]  # itself it stays


def test_the_latest_restorable_time_is_five_minutes_ago(asked, clock):
    recovery(asked)
    asked("PutItem", TableName="ttt", Item=item("a", "1"))
    clock(3600)
    asked("DeleteItem", TableName="ttt", Key=item("a", "1"))
    assert restored(asked) == [item("a", "1")]
    assert recovery(asked)["LatestRestorableDateTime"] == clock() - 300
    clock(300)
    assert restored(asked) == []


def test_what_is_older_than_the_period_is_not_restored(asked, clock):
    began = clock()
    recovery(asked, RecoveryPeriodInDays=2)
    asked("PutItem", TableName="ttt", Item=item("a", "1"))
    now = clock(3 * 24 * 3600)
    asked("DeleteItem", TableName="ttt", Key=item("a", "1"))
    assert recovery(asked)["EarliestRestorableDateTime"] == now - 2 * 24 * 3600
    restore = {"SourceTableName": "ttt", "TargetTableName": "again", "RestoreDateTime": began}
    told = asked.refused("RestoreTableToPointInTime", **restore)
    assert told.startswith("InvalidRestoreTimeException")
    assert restored(asked, now - 2 * 24 * 3600) == [item("a", "1")]


def test_recovery_that_was_off_begins_anew(asked, clock):
    recovery(asked)
    clock(1000)
    off = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}
    asked("UpdateContinuousBackups", TableName="ttt", **off)
    assert recovery(asked)["EarliestRestorableDateTime"] == clock()


def test_so_many_changes_are_kept_and_no_more(asked, clock, monkeypatch):
    monkeypatch.setattr(history, "MAX_CHANGES", 3)
    recovery(asked)
    seconds = []
    for number in range(5):
        seconds.append(clock(10))
        asked("PutItem", TableName="ttt", Item=item("a", "1", v=n(number)))
    clock(600)
    assert recovery(asked)["EarliestRestorableDateTime"] == seconds[1]
    assert restored(asked, seconds[1]) == [item("a", "1", v=n(1))]
    restore = {"SourceTableName": "ttt", "TargetTableName": "again", "RestoreDateTime": seconds[0]}
    assert "InvalidRestoreTimeException" in asked.refused("RestoreTableToPointInTime", **restore)


def test_a_deleted_table_with_recovery_leaves_a_system_backup(asked, clock):
    asked("PutItem", TableName="ttt", Item=item("a", "1"))
    recovery(asked)
    now = clock(60)
    asked("DeleteTable", TableName="ttt")
    assert asked("ListBackups")["BackupSummaries"] == []
    (listed,) = asked("ListBackups", BackupType="SYSTEM")["BackupSummaries"]
    assert asked("ListBackups", BackupType="ALL")["BackupSummaries"] == [listed]
    assert listed["BackupName"] == "ttt$DeletedTableBackup"
    assert listed["BackupExpiryDateTime"] == now + 35 * 24 * 3600
    arn = listed["BackupArn"]
    assert arn == f"{ARN}/backup/{now * 1000:014}-00000000"
    told = asked("DescribeBackup", BackupArn=arn)["BackupDescription"]
    assert told["BackupDetails"].items() <= listed.items()
    assert (told["SourceTableDetails"]["ItemCount"], told["SourceTableFeatureDetails"]) == (1, {})
    assert asked.refused("DeleteBackup", BackupArn=arn) == (
        "ValidationException: Invalid Request: User is not allowed to delete the system backup with arn "
        f"{arn}. It will automatically expire on 2027-02-19T08:01:00.000Z"
    )
    asked("DescribeTable", TableName="ttt")
    asked("RestoreTableFromBackup", TargetTableName="ttt", BackupArn=arn)
    asked("DescribeTable", TableName="ttt")
    assert asked("Scan", TableName="ttt")["Items"] == [item("a", "1")]
    clock(35 * 24 * 3600)
    assert asked("ListBackups", BackupType="ALL")["BackupSummaries"] == []
    assert "BackupNotFoundException" in asked.refused("DescribeBackup", BackupArn=arn)


def test_a_deleted_table_without_recovery_leaves_no_backup(asked):
    asked("DeleteTable", TableName="ttt")
    assert asked("ListBackups", BackupType="ALL")["BackupSummaries"] == []


def test_limits_and_endpoints(asked):
    assert asked("DescribeLimits")["TableMaxReadCapacityUnits"] == 40_000
    assert asked("DescribeEndpoints")["Endpoints"][0]["Address"] == "dynamodb.us-east-1.amazonaws.com"
