"""Global tables: replicas in two Regions of this process, by boto3."""

import time

import boto3
import pytest
from botocore.exceptions import ClientError

from helpers import connect
from helpers.faults import faults

ELSEWHERE = "eu-west-1"


@pytest.fixture
def here():
    table = connect("offline", fresh=True).create_table(
        TableName="notes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    table.put_item(Item={"id": "first"})
    return table


@pytest.fixture
def there(here):
    replicas(here, "Create")
    table = boto3.resource("dynamodb", region_name=ELSEWHERE).Table("notes")
    here.reload(), here.reload()
    return table


def replicas(table, action: str, region: str = ELSEWHERE, **more):
    update = {"ReplicaUpdates": [{action: {"RegionName": region} | more}]}
    return table.meta.client.update_table(TableName="notes", **update)


def refused(call, *args, **more) -> str:
    with pytest.raises(ClientError) as error:
        call(*args, **more)
    return error.value.response["Error"]["Message"]


def items(table) -> list[dict]:
    return sorted(table.scan()["Items"], key=str)


def test_a_replica_is_created_and_described(here, there):
    for table, other in ((here, ELSEWHERE), (there, "us-east-1")):
        told = table.meta.client.describe_table(TableName="notes")["Table"]
        assert told["Replicas"] == [{"RegionName": other, "ReplicaStatus": "ACTIVE"}]
        assert told["GlobalTableVersion"] == "2019.11.21"
        assert told["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert items(there) == [{"id": "first"}]


def test_writes_go_both_ways_at_once_outside_a_rehearsal(here, there):
    here.put_item(Item={"id": "a"})
    there.delete_item(Key={"id": "first"})
    there.update_item(Key={"id": "b"}, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1})
    assert items(here) == items(there) == [{"id": "a"}, {"id": "b", "n": 1}]


def test_a_write_arrives_a_second_later(here, there):
    with faults():
        here.put_item(Item={"id": "a"})
        assert "Item" not in there.get_item(Key={"id": "a"}, ConsistentRead=True)
        time.sleep(1)
        assert there.get_item(Key={"id": "a"})["Item"] == {"id": "a"}


@pytest.mark.parametrize("last", ["put", "same", "delete"])
def test_the_last_writer_wins_in_every_region(here, there, last):
    with faults():
        here.put_item(Item={"id": "first", "by": "here"})
        time.sleep(0.5)
        if last == "delete":
            there.delete_item(Key={"id": "first"})
        else:
            there.put_item(Item={"id": "first"} | ({"by": "there"} if last == "put" else {}))
        assert items(here) != items(there)
        time.sleep(2)
        wanted = {"put": [{"id": "first", "by": "there"}], "same": [{"id": "first"}], "delete": []}[last]
        assert items(here) == items(there) == wanted


def test_what_was_under_way_arrives_when_the_rehearsal_ends(here, there):
    with faults():
        here.put_item(Item={"id": "a"})
    assert there.get_item(Key={"id": "a"})["Item"] == {"id": "a"}


def test_a_replica_is_deleted_and_the_source_after_it(here, there):
    assert "acted as a source region" in refused(here.delete)
    replicas(here, "Delete")
    assert "Replicas" not in here.meta.client.describe_table(TableName="notes")["Table"]
    here.put_item(Item={"id": "alone"})
    there.meta.client.describe_table(TableName="notes")
    assert "not found" in refused(there.scan)
    here.reload()
    here.delete()


def test_what_is_refused(here, there):
    assert "already existed as tables" in refused(replicas, here, "Create")
    assert "not part of the global table" in refused(replicas, here, "Delete", "us-west-2")
    assert "local region" in refused(replicas, here, "Create", "us-east-1")
    assert "Region us-fake-1 is not supported" in refused(replicas, here, "Create", "us-fake-1")
    assert "one replica alone" in refused(replicas, here, "Create", "us-west-2", KMSMasterKeyId="k")
    change, two = (
        here.meta.client.update_table,
        [{"Create": {"RegionName": r}} for r in ("us-west-2", "eu-west-3")],
    )
    assert "more than one create or delete" in refused(change, TableName="notes", ReplicaUpdates=two)
    told = refused(change, TableName="notes", ReplicaUpdates=two, MultiRegionConsistency="STRONG")
    assert "MRSC" in told
    off = {"StreamEnabled": False}
    assert "Disabling Stream is not allowed" in refused(change, TableName="notes", StreamSpecification=off)


def test_a_provisioned_table_gets_no_replica(here):
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    here.meta.client.update_table(TableName="notes", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    here.reload(), here.reload()
    assert "either be Pay-Per-Request or AutoScaled" in refused(replicas, here, "Create")
