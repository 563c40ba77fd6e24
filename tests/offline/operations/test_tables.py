"""CreateTable, UpdateTable and the states of tables and indexes."""

import re
import time

import pytest
from asking import Asked, index, item, n, s, schema, table

from helpers.offline import rehearsal

INVALID = "ValidationException: One or more parameter values were invalid: "
G = {"g": "S"}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


@pytest.fixture
def asked():
    return Asked()


def local(*indexes) -> dict:
    return table(types=G, LocalSecondaryIndexes=list(indexes))


def glob(*indexes, types=G, **more) -> dict:
    return table(types=types, GlobalSecondaryIndexes=list(indexes), **more)


BAD_INDEXES = {
    "no local ones": (local(), INVALID + "List of LocalSecondaryIndexes is empty"),
    "no global ones": (glob(), INVALID + "List of GlobalSecondaryIndexes is empty"),
    "local on a table without sort key": (
        table(keys="pk", types=G, LocalSecondaryIndexes=[index("one", "pk", "g")]),
        INVALID
        + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
    ),
    "local with another partition key": (
        local(index("one", "g", "sk")),
        INVALID
        + "Index KeySchema does not have the same leading hash key as table KeySchema for index: one. "
        "index hash key: g, table hash key: pk",
    ),
    "local without sort key": (
        local(index("one", "pk")),
        INVALID + "Index KeySchema does not have a range key for index: one",
    ),
    "six local ones": (
        table(
            types={f"a{i}": "S" for i in range(6)},
            LocalSecondaryIndexes=[index(f"one{i}", "pk", f"a{i}") for i in range(6)],
        ),
        INVALID + "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    "21 global ones": (
        glob(*(index(f"one{i}", "g") for i in range(21))),
        INVALID + "GlobalSecondaryIndex count exceeds the per-table limit of 20",
    ),
    "one name twice": (
        table(
            types=G,
            LocalSecondaryIndexes=[index("one", "pk", "g")],
            GlobalSecondaryIndexes=[index("one", "g")],
        ),
        INVALID + "Duplicate index name: one",
    ),
    "key not defined": (
        glob(index("one", "h")),
        INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys: [h], "
        "AttributeDefinitions: [pk, sk, g]",
    ),
    "definition not used": (
        glob(index("one", "g"), types={"g": "S", "h": "S"}),
        INVALID + "Some AttributeDefinitions are not used. AttributeDefinitions: [g, h, pk, sk], "
        "keys used: [g, pk, sk]",
    ),
    "one key twice": (
        glob(index("one", "g", "g")),
        "ValidationException: Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    "sort key first": (
        glob({**index("one"), "KeySchema": [{"AttributeName": "g", "KeyType": "RANGE"}]}),
        "ValidationException: Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    "no projection type": (
        glob({**index("one", "g"), "Projection": {}}),
        INVALID + "Unknown ProjectionType: null",
    ),
    "all and some": (
        glob(index("one", "g", projection="ALL", held=["x"])),
        INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified",
    ),
    "some, but none": (
        glob(index("one", "g", projection="INCLUDE")),
        INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
    ),
    "over 100 projected": (
        glob(
            *(
                index(f"one{i}", "g", projection="INCLUDE", held=[f"x{j}" for j in range(17)])
                for i in range(6)
            )
        ),
        INVALID
        + "Total number of NonKeyAttributes projected into all indexes exceeds per-table limit of 100",
    ),
    "throughput on demand": (
        glob(index("one", "g", ProvisionedThroughput=UNITS)),
        INVALID
        + "ProvisionedThroughput should not be specified for index: one when BillingMode is PAY_PER_REQUEST",
    ),
    "no throughput": (
        glob(index("one", "g"), ProvisionedThroughput=UNITS),
        INVALID + "ProvisionedThroughput is not specified for index: one",
    ),
    "short name": (
        glob(index("on", "g")),
        "ValidationException: 1 validation error detected: Value 'on' at 'globalSecondaryIndexes.1.member.indexName' "
        "failed to satisfy constraint: Member must have length greater than or equal to 3",
    ),
    "stream without view": (
        table(StreamSpecification={"StreamEnabled": True}),
        INVALID + "Table is being created with a stream enabled, UpdateViewType is required",
    ),
    "view without stream": (
        table(StreamSpecification={"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}),
        INVALID + "Table is being created with a stream disabled, UpdateViewType should not be specified",
    ),
    "one definition twice": (
        glob(index("one", "g"))
        | {
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g", "g")
            ]
        },
        "ValidationException: Attribute Name is duplicated: g",
    ),
    "one attribute projected twice": (
        glob(index("one", "g", projection="INCLUDE", held=["a", "b", "a"])),
        INVALID + "Duplicate element in NonKeyAttributes: a",
    ),
    "units out of bounds": (
        table(ProvisionedThroughput={"ReadCapacityUnits": 10**12 + 1, "WriteCapacityUnits": 1}),
        "ValidationException: Given value 1000000000001 for ReadCapacityUnits is out of bounds",
    ),
    "no name": (
        {key: value for key, value in table().items() if key != "TableName"},
        "ValidationException: The parameter 'TableName' is required but was not present in the request",
    ),
    "no key schema": (
        {key: value for key, value in table().items() if key != "KeySchema"},
        "ValidationException: 1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: "
        "Member must not be null",
    ),
    "three keys": (
        table(keys="pk sk", types=G) | {"KeySchema": [*schema("pk", "sk"), *schema("g")]},
        "Member must have length less than or equal to 2",
    ),
    "51 tags": (
        table(Tags=[{"Key": str(i), "Value": "x"} for i in range(51)]),
        "ValidationException: Number of Tags exceed the current limit for the provided ResourceArn",
    ),
}


@pytest.mark.parametrize(("request_", "message"), BAD_INDEXES.values(), ids=BAD_INDEXES.keys())
def test_create_table_refuses(asked, request_, message):
    assert message in asked.refused("CreateTable", **request_)
    assert asked("ListTables") == {"TableNames": []}


def test_the_most_indexes_there_may_be(asked):
    request = table(
        types={f"a{i}": "S" for i in range(5)},
        LocalSecondaryIndexes=[index(f"local{i}", "pk", f"a{i}") for i in range(5)],
        GlobalSecondaryIndexes=[index(f"global{i}", "a0") for i in range(20)],
    )
    asked("CreateTable", **request)
    asked("DescribeTable", TableName="ttt")
    told = asked("DescribeTable", TableName="ttt")["Table"]
    assert len(told["LocalSecondaryIndexes"]) == 5
    assert {one["IndexStatus"] for one in told["GlobalSecondaryIndexes"]} == {"ACTIVE"}


# --- UpdateTable ---------------------------------------------------------------------------------------------


def create(name: str, *keys: str, **more) -> dict:
    return {
        "TableName": "ttt",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "GlobalSecondaryIndexUpdates": [{"Create": index(name, *keys, **more)}],
    }


def drop(*names: str) -> dict:
    return {
        "TableName": "ttt",
        "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}} for name in names],
    }


def test_an_index_is_added_filled_and_dropped(asked):
    asked.table()
    asked("PutItem", TableName="ttt", Item=item("a", "1", g=s("x")))
    asked("PutItem", TableName="ttt", Item=item("a", "2", g=n(5)))  # of another type: not in the index
    by_g = {
        "TableName": "ttt",
        "IndexName": "by_g",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": {":g": s("x")},
    }
    told = asked("UpdateTable", **create("by_g", "g"))["TableDescription"]
    assert told["TableStatus"] == "UPDATING"
    assert told["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    assert "backfilling" in asked.refused("Query", **by_g)
    asked("DescribeTable", TableName="ttt")
    told = asked("DescribeTable", TableName="ttt")["Table"]
    assert told["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert told["GlobalSecondaryIndexes"][0]["ItemCount"] == 1
    assert asked("Query", **by_g)["Items"] == [item("a", "1", g=s("x"))]
    assert "Type mismatch for Index Key g" in asked.refused(
        "PutItem", TableName="ttt", Item=item("a", "3", g=n(1))
    )

    told = asked("UpdateTable", **drop("by_g"))["TableDescription"]
    assert told["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    assert "does not have the specified index: by_g" in asked.refused("Query", **by_g)
    asked("DescribeTable", TableName="ttt")
    told = asked("DescribeTable", TableName="ttt")["Table"]
    assert "GlobalSecondaryIndexes" not in told
    assert [one["AttributeName"] for one in told["AttributeDefinitions"]] == ["pk", "sk"]
    asked("PutItem", TableName="ttt", Item=item("a", "3", g=n(1)))


ON = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
BAD_UPDATES = {
    "nothing": (
        {"TableName": "ttt"},
        "ValidationException: At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
        "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, "
        "WarmThroughput or TableClass is required",
    ),
    "an empty list": (
        {"TableName": "ttt", "GlobalSecondaryIndexUpdates": []},
        "ValidationException: At least one of ProvisionedThroughput, BillingMode",
    ),
    "an empty change": (
        {"TableName": "ttt", "GlobalSecondaryIndexUpdates": [{}]},
        INVALID + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create",
    ),
    "two changes in one": (
        {
            "TableName": "ttt",
            "GlobalSecondaryIndexUpdates": [{"Create": index("new", "g"), "Delete": {"IndexName": "xyz"}}],
        },
        INVALID + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
    ),
    "one index twice": (
        drop("by_g", "by_g"),
        INVALID + "Only one global secondary index update per index is allowed simultaneously. Index: by_g",
    ),
    "two at once": (
        drop("by_g", "other"),
        "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted "
        "simultaneously per table",
    ),
    "index is there": (create("by_g", "h"), "Attempting to create an index which already exists"),
    "index is not there": (drop("nope"), "ResourceNotFoundException: Requested resource not found"),
    "local index": (
        drop("by_l"),
        "ValidationException: Cannot delete an index that is not a GlobalSecondaryIndex: by_l",
    ),
    "no definitions": (
        {key: value for key, value in create("new", "h").items() if key != "AttributeDefinitions"},
        INVALID + "AttributeDefinitions is not specified for index: new",
    ),
    "index with throughput on demand": (
        create("new", "h", ProvisionedThroughput=UNITS),
        INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: new "
        "when BillingMode is PAY_PER_REQUEST",
    ),
    "throughput of an index on demand": (
        {
            "TableName": "ttt",
            "GlobalSecondaryIndexUpdates": [
                {"Update": {"IndexName": "by_g", "ProvisionedThroughput": UNITS}}
            ],
        },
        INVALID + "The only Updates for index: by_g when TableThroughputMode is PAY_PER_REQUEST can be to "
        "OnDemandThroughput, WarmThroughput",
    ),
    "encryption and protection": (
        {"TableName": "ttt", "SSESpecification": {"Enabled": True}, "DeletionProtectionEnabled": True},
        INVALID + "Server-Side Encryption modification must be the only operation in the request",
    ),
    "protection and class": (
        {"TableName": "ttt", "TableClass": "STANDARD", "DeletionProtectionEnabled": True},
        INVALID + "TableClass modification must be the only operation in the request",
    ),
    "class and billing": (
        {"TableName": "ttt", "TableClass": "STANDARD", "BillingMode": "PAY_PER_REQUEST"},
        INVALID + "TableClass modification must be the only operation in the request",
    ),
    "highest throughput and stream": (
        {
            "TableName": "ttt",
            "OnDemandThroughput": {"MaxReadRequestUnits": 5},
            "StreamSpecification": {"StreamEnabled": False},
        },
        INVALID + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
    ),
    "throughput and stream": (
        {"TableName": "ttt", "ProvisionedThroughput": UNITS, "StreamSpecification": {"StreamEnabled": False}},
        INVALID + "You cannot modify stream status while updating table IOPS",
    ),
    "throughput and index": (
        drop("by_g") | {"ProvisionedThroughput": UNITS},
        INVALID + "You cannot create or delete index while updating table IOPS",
    ),
    "stream and index": (
        drop("by_g") | {"StreamSpecification": {"StreamEnabled": False}},
        INVALID + "You cannot create or delete index while changing stream status",
    ),
    "stream without view": (
        {"TableName": "ttt", "StreamSpecification": {"StreamEnabled": True}},
        INVALID + "If stream is being enabled then UpdateViewType is required",
    ),
    "view without stream": (
        {"TableName": "ttt", "StreamSpecification": ON | {"StreamEnabled": False}},
        INVALID + "If stream is being disabled, then UpdateViewType must not be specified",
    ),
    "units out of bounds": (
        {
            "TableName": "ttt",
            "GlobalSecondaryIndexUpdates": [
                {
                    "Update": {
                        "IndexName": "nope",
                        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 10**12 + 1},
                    }
                }
            ],
        },
        "ValidationException: This operation cannot be performed with given input values. Please contact DynamoDB "
        "service team for more info: Action Blocked: IndexUpdate",
    ),
    "key not defined": (
        create("new", "h") | {"AttributeDefinitions": []},
        INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys: [h], "
        "AttributeDefinitions: []",
    ),
    "key redefined": (
        create("new", "g") | {"AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "N"}]},
        INVALID
        + "Attributes cannot be redefined. Please check that your attribute has the same type as previously "
        "defined. Existing schema: Schema:[SchemaElement: key{g:S:HASH}] New schema: Schema:[SchemaElement: "
        "key{g:N:HASH}]",
    ),
    "throughput on demand": (
        {"TableName": "ttt", "ProvisionedThroughput": UNITS},
        INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST",
    ),
    "provisioned without throughput": (
        {"TableName": "ttt", "BillingMode": "PROVISIONED"},
        INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
    ),
    "provisioned without the index's": (
        {"TableName": "ttt", "BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS},
        INVALID + "ProvisionedThroughput must be specified for index: by_g",
    ),
    "a stream is on": (
        {"TableName": "ttt", "StreamSpecification": ON},
        "ValidationException: Table already has an enabled stream: TableName: ttt",
    ),
    "unknown table": (
        {"TableName": "nope", "BillingMode": "PAY_PER_REQUEST"},
        "ResourceNotFoundException: Requested resource not found: Table: nope not found",
    ),
}


@pytest.mark.parametrize(("request_", "message"), BAD_UPDATES.values(), ids=BAD_UPDATES.keys())
def test_update_table_refuses(asked, request_, message):
    asked.table(
        types={"g": "S"},
        GlobalSecondaryIndexes=[index("by_g", "g")],
        LocalSecondaryIndexes=[index("by_l", "pk", "g")],
        StreamSpecification=ON,
    )
    assert message in asked.refused("UpdateTable", **request_)


def test_encryption_with_a_key_is_turned_off(asked):
    """As a snapshot of LocalStack's tests has it."""
    on = asked("CreateTable", **table("sse", "id", SSESpecification={"Enabled": True}))["TableDescription"]
    asked("DescribeTable", TableName="sse")
    off = asked("UpdateTable", TableName="sse", SSESpecification={"Enabled": False})["TableDescription"]
    assert off["SSEDescription"] == on["SSEDescription"] | {"Status": "UPDATING"}
    assert on["SSEDescription"]["Status"] == "ENABLED"
    assert asked("DescribeTable", TableName="sse")["Table"]["TableStatus"] == "ACTIVE"
    assert "SSEDescription" not in asked("DescribeTable", TableName="sse")["Table"]


def test_billing_switches_and_the_figures_follow(asked):
    asked.table(
        types=G,
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexes=[index("by_g", "g", ProvisionedThroughput=UNITS)],
    )
    asked("UpdateTable", TableName="ttt", BillingMode="PAY_PER_REQUEST")
    asked("DescribeTable", TableName="ttt")
    told = asked("DescribeTable", TableName="ttt")["Table"]
    assert told["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert told["TableThroughputModeSummary"]["TableThroughputMode"] == "PAY_PER_REQUEST"
    figures = [told["ProvisionedThroughput"], told["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]]
    assert [one["ReadCapacityUnits"] for one in figures] == [0, 0]
    change = {"Update": {"IndexName": "by_g", "ProvisionedThroughput": UNITS}}
    asked(
        "UpdateTable",
        TableName="ttt",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexUpdates=[change],
    )
    asked("DescribeTable", TableName="ttt")
    told = asked("DescribeTable", TableName="ttt")["Table"]
    assert told["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    assert "The provisioned throughput for the index by_g will not change" in asked.refused(
        "UpdateTable", TableName="ttt", GlobalSecondaryIndexUpdates=[change]
    )
    assert asked.refused("UpdateTable", **create("new", "h")) == (
        INVALID + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: new"
    )


def test_a_backfill_skips_keys_that_are_too_long_or_empty(asked):
    asked.table()
    for size in (0, 1, 1024, 1025, 2048, 2049):
        asked("PutItem", TableName="ttt", Item=item("a", str(size), g=s("x" * size)))
    held = {}
    for keys in (("g",), ("pk", "g")):
        asked("UpdateTable", **create(name := f"by_{'_'.join(keys)}", *keys))
        asked("DescribeTable", TableName="ttt")
        asked("DescribeTable", TableName="ttt")
        found = asked("Scan", TableName="ttt", IndexName=name)["Items"]
        held[keys] = sorted(int(one["sk"]["S"]) for one in found)
    assert held == {("g",): [1, 1024, 1025, 2048], ("pk", "g"): [1, 1024]}


def test_throughput_falls_four_times_then_once_an_hour(asked, monkeypatch):
    asked.table(ProvisionedThroughput={"ReadCapacityUnits": 9, "WriteCapacityUnits": 1})

    def lower(units: int) -> dict:
        return {
            "TableName": "ttt",
            "ProvisionedThroughput": {"ReadCapacityUnits": units, "WriteCapacityUnits": 1},
        }

    for units in (8, 7, 6, 5):
        asked("UpdateTable", **lower(units))
        asked("DescribeTable", TableName="ttt")
    assert (
        "LimitExceededException: Subscriber limit exceeded: Provisioned throughput decreases"
        in asked.refused("UpdateTable", **lower(4))
    )
    now = time.time()
    monkeypatch.setattr(rehearsal, "now", lambda: now + 3601)
    asked("UpdateTable", **lower(4))


def test_a_restored_table_has_the_items_and_indexes_of_the_backup(asked):
    asked.table()
    for key in ("0", "1"):
        asked("PutItem", TableName="ttt", Item=item("a", key, g=s("x")))
    asked("UpdateTable", **create("by_g", "g"))
    asked("CreateBackup", TableName="ttt", BackupName="earlier")
    asked("DeleteItem", TableName="ttt", Key=item("a", "0"))
    backup = asked("CreateBackup", TableName="ttt", BackupName="safe")["BackupDetails"]["BackupArn"]
    asked("DeleteItem", TableName="ttt", Key=item("a", "1"))
    told = asked("RestoreTableFromBackup", TargetTableName="again", BackupArn=backup)["TableDescription"]
    assert told["TableStatus"] == "CREATING"
    asked("DescribeTable", TableName="again")
    assert asked("Scan", TableName="again", IndexName="by_g")["Items"] == [item("a", "1", g=s("x"))]
    assert asked("Scan", TableName="ttt")["Count"] == 0


def test_a_new_index_leaves_the_types_of_other_keys_alone(asked):
    asked.table()
    request = create("by_g", "g")
    request["AttributeDefinitions"] += [
        {"AttributeName": "pk", "AttributeType": "N"},
        {"AttributeName": "unused", "AttributeType": "N"},
    ]
    asked("UpdateTable", **request)
    types = {one["AttributeName"]: one["AttributeType"] for one in described(asked)["AttributeDefinitions"]}
    assert types == {"g": "S", "pk": "S", "sk": "S"}


def test_a_restored_table_is_what_the_request_overrides(asked):
    asked.table(types={"g": "S"}, GlobalSecondaryIndexes=[index("by_g", "g")])
    asked("PutItem", TableName="ttt", Item=item("a", "1", g=s("x")))
    backup = asked("CreateBackup", TableName="ttt", BackupName="safe")["BackupDetails"]["BackupArn"]
    asked(
        "RestoreTableFromBackup",
        TargetTableName="again",
        BackupArn=backup,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=UNITS,
        GlobalSecondaryIndexOverride=[],
    )
    told = [described(asked, "again"), described(asked, "again")][1]
    assert told["ProvisionedThroughput"].items() >= UNITS.items()
    assert told.keys().isdisjoint({"GlobalSecondaryIndexes", "BillingModeSummary"})
    assert [one["AttributeName"] for one in told["AttributeDefinitions"]] == ["pk", "sk"]
    asked(
        "UpdateTable",
        TableName="again",
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("by_g", "g", ProvisionedThroughput=UNITS)}],
    )
    again = asked("RestoreTableFromBackup", TargetTableName="back", BackupArn=backup)["TableDescription"]
    assert again["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    assert again["GlobalSecondaryIndexes"][0]["IndexName"] == "by_g"


NOT_RESTORED = {
    "an index that was not there": (
        {"GlobalSecondaryIndexOverride": [index("new", "g")]},
        "The table that is restored had no such index: new",
    ),
    "an index with another projection": (
        {"GlobalSecondaryIndexOverride": [index("by_g", "g", Projection={"ProjectionType": "KEYS_ONLY"})]},
        "The table that is restored had no such index: by_g",
    ),
    "a local index that was not there": (
        {"LocalSecondaryIndexOverride": [index("local", "pk", "g")]},
        "The table that is restored had no such index: local",
    ),
    "provisioned without units": ({"BillingModeOverride": "PROVISIONED"}, "ReadCapacityUnits and Write"),
    "provisioned, an index without units": (
        {"BillingModeOverride": "PROVISIONED", "ProvisionedThroughputOverride": UNITS},
        "ProvisionedThroughput",
    ),
    "on demand with units": ({"ProvisionedThroughputOverride": UNITS}, "Neither ReadCapacityUnits nor"),
}


@pytest.mark.parametrize(("more", "told"), NOT_RESTORED.values(), ids=NOT_RESTORED.keys())
def test_a_refused_restore_leaves_nothing_behind(asked, more, told):
    asked.table(types={"g": "S"}, GlobalSecondaryIndexes=[index("by_g", "g")])
    backup = asked("CreateBackup", TableName="ttt", BackupName="safe")["BackupDetails"]["BackupArn"]
    restore = {"TargetTableName": "again", "BackupArn": backup}
    refused = asked.refused("RestoreTableFromBackup", **restore, **more)
    assert refused.startswith("ValidationException: ") and told in refused
    assert asked("ListTables")["TableNames"] == ["ttt"]
    asked("CreateBackup", TableName="ttt", BackupName="another")
    asked("RestoreTableFromBackup", **restore)
    again = asked.refused("RestoreTableFromBackup", **restore)
    assert again == "TableAlreadyExistsException: Table already exists: again"


def test_a_restored_table_is_on_demand_if_the_table_was(asked):
    asked.table(ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 8})
    asked("UpdateTable", TableName="ttt", BillingMode="PAY_PER_REQUEST")
    described(asked), described(asked)
    asked("PutItem", TableName="ttt", Item=item("a", "1", l={"L": [n(1)]}))
    backup = asked("CreateBackup", TableName="ttt", BackupName="safe")["BackupDetails"]["BackupArn"]
    told = asked("RestoreTableFromBackup", TargetTableName="again", BackupArn=backup)["TableDescription"]
    assert told["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    assert told["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    described(asked, "again")
    change = {"UpdateExpression": "SET l[0] = :x", "ExpressionAttributeValues": {":x": n(2)}}
    asked("UpdateItem", TableName="again", Key=item("a", "1"), **change)
    assert asked("Scan", TableName="ttt")["Items"] == [item("a", "1", l={"L": [n(1)]})]
    kept = {
        "BillingModeOverride": "PROVISIONED",
        "ProvisionedThroughputOverride": UNITS,
        "SSESpecificationOverride": {"Enabled": True, "SSEType": "KMS"},
    }
    asked("RestoreTableFromBackup", TargetTableName="third", BackupArn=backup, **kept)
    described(asked, "third")
    backup = asked("CreateBackup", TableName="third", BackupName="third")["BackupDetails"]["BackupArn"]
    asked("RestoreTableFromBackup", TargetTableName="fourth", BackupArn=backup)
    third, fourth = described(asked, "third"), described(asked, "fourth")
    assert fourth["SSEDescription"] == third["SSEDescription"]
    assert fourth["ProvisionedThroughput"].items() >= UNITS.items()


def test_a_table_that_is_gone_stays_gone_however_often_one_looks(asked):
    asked.table()
    asked("DeleteTable", TableName="ttt")
    asked("DescribeTable", TableName="ttt")
    state = asked.service.tables["ttt"]
    assert [state.status, state.status] == ["GONE", "GONE"]
    assert "ResourceNotFoundException" in asked.refused("DescribeTable", TableName="ttt")


def test_a_table_that_is_being_made_has_no_backup(asked):
    asked("CreateTable", **table())
    assert "TableNotFoundException" in asked.refused("CreateBackup", TableName="ttt", BackupName="safe")


def test_backups_are_described_and_listed(asked):
    asked.table(
        types=G,
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexes=[index("by_g", "g", ProvisionedThroughput=UNITS)],
        StreamSpecification=ON,
    )
    asked("PutItem", TableName="ttt", Item=item("a", "1"))
    table_id = asked("DescribeTable", TableName="ttt")["Table"]["TableId"]
    made = [asked("CreateBackup", TableName=ARN, BackupName=f"safe{i}")["BackupDetails"] for i in range(3)]
    told = asked("DescribeBackup", BackupArn=made[0]["BackupArn"])["BackupDescription"]
    assert told["BackupDetails"] == made[0] | {"BackupStatus": "AVAILABLE"}
    assert made[0]["BackupSizeBytes"] == 6
    source = told["SourceTableDetails"]
    assert source.pop("TableCreationDateTime") <= made[0]["BackupCreationDateTime"]
    assert source == {
        "TableName": "ttt",
        "TableId": table_id,
        "TableArn": ARN,
        "TableSizeBytes": 6,
        "ItemCount": 1,
        "KeySchema": schema("pk", "sk"),
        "ProvisionedThroughput": UNITS,
        "BillingMode": "PROVISIONED",
    }
    assert told["SourceTableFeatureDetails"] == {
        "GlobalSecondaryIndexes": [index("by_g", "g", ProvisionedThroughput=UNITS)],
        "StreamDescription": ON,
    }

    def listed(**request) -> list[str]:
        return [one["BackupName"] for one in asked("ListBackups", **request)["BackupSummaries"]]

    summary = asked("ListBackups")["BackupSummaries"][0]
    assert summary == {
        "TableName": "ttt",
        "TableId": table_id,
        "TableArn": ARN,
        **made[0],
        "BackupStatus": "AVAILABLE",
    }
    second = made[1]["BackupCreationDateTime"]
    assert listed() == listed(TableName=ARN) == listed(BackupType="ALL") == ["safe0", "safe1", "safe2"]
    assert listed(TableName="nope") == listed(BackupType="SYSTEM") == []
    assert listed(TimeRangeLowerBound=second) == ["safe1", "safe2"]
    assert listed(TimeRangeUpperBound=second) == ["safe0"]
    page = asked("ListBackups", Limit=2)
    assert listed(ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"]) == ["safe2"]
    assert "LastEvaluatedBackupArn" not in asked("ListBackups", Limit=3)

    gone = asked("DeleteBackup", BackupArn=made[0]["BackupArn"])["BackupDescription"]
    assert gone["BackupDetails"]["BackupStatus"] == "DELETED"
    for operation in ("DescribeBackup", "DeleteBackup"):
        assert asked.refused(operation, BackupArn=made[0]["BackupArn"]) == (
            f"BackupNotFoundException: Backup not found: {made[0]['BackupArn']}"
        )
    assert listed() == ["safe1", "safe2"]


# --- Amazon Resource Names in place of a table's name --------------------------------------------------------

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/ttt"


def test_a_table_is_made_by_its_arn(asked):
    told = asked("CreateTable", **table(name=ARN))["TableDescription"]
    assert (told["TableName"], told["TableArn"]) == ("ttt", ARN)
    assert asked("ListTables")["TableNames"] == ["ttt"]


def test_capacity_names_the_table_as_the_request_does(asked):
    asked.table()
    key = item("a", "1")
    requests = {
        "GetItem": {"TableName": ARN, "Key": key},
        "PutItem": {"TableName": ARN, "Item": key},
        "Scan": {"TableName": ARN},
        "BatchGetItem": {"RequestItems": {ARN: {"Keys": [key]}}},
        "BatchWriteItem": {"RequestItems": {ARN: [{"PutRequest": {"Item": key}}]}},
        "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": ARN, "Item": key}}]},
        "TransactGetItems": {"TransactItems": [{"Get": {"TableName": ARN, "Key": key}}]},
    }
    for operation, request in requests.items():
        told = asked(operation, **request, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
        assert (told[0] if isinstance(told, list) else told)["TableName"] == ARN, operation
    told = asked("GetItem", TableName="ttt", Key=key, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert told["TableName"] == "ttt"


@pytest.mark.parametrize("arn", [f"{ARN}/index/by_g", f"{ARN}/stream/now", "arn:xyz", "arn:aws:s3:::ttt"])
def test_the_arn_of_no_table_is_refused(asked, arn):
    asked.table()
    assert asked.refused("DescribeTable", TableName=arn).startswith("ValidationException: ")
    assert asked.refused("GetItem", TableName=arn, Key=item("a", "1")).startswith("ValidationException: ")


# --- descriptions --------------------------------------------------------------------------------------------


def test_what_delete_table_does_not_tell(asked):
    request = glob(index("one", "g"), LocalSecondaryIndexes=[index("two", "pk", "g")])
    asked("CreateTable", **request)
    asked("DescribeTable", TableName="ttt")
    before = asked("DescribeTable", TableName="ttt")["Table"]
    told = asked("DeleteTable", TableName="ttt")["TableDescription"]
    assert told["TableStatus"] == "DELETING"
    assert set(before) - set(told) == {
        "AttributeDefinitions",
        "CreationDateTime",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
    }


def test_an_attribute_defined_twice(asked):
    twice = [{"AttributeName": "pk", "AttributeType": kind} for kind in "SN"]
    told = asked.refused("CreateTable", **table(keys="pk") | {"AttributeDefinitions": twice})
    assert told == "ValidationException: Attribute Name is duplicated: pk"


def test_table_classes(asked):
    asked.table(TableClass="STANDARD")
    for class_ in ("junk", "standard"):
        told = (
            "ValidationException: Invalid table-class parameter provided. Please try again with a valid "
            "table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS]."
        )
        assert asked.refused("CreateTable", **table("uuu", TableClass=class_)) == told
        assert asked.refused("UpdateTable", TableName="ttt", TableClass=class_) == told
    assert asked("DescribeTable", TableName="ttt")["Table"]["TableClassSummary"] == {"TableClass": "STANDARD"}
    asked("UpdateTable", TableName="ttt", TableClass="STANDARD_INFREQUENT_ACCESS")
    asked("DescribeTable", TableName="ttt")
    summary = asked("DescribeTable", TableName="ttt")["Table"]["TableClassSummary"]
    assert summary["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert abs(summary["LastUpdateDateTime"] - time.time()) < 60


def described(asked, name: str = "ttt") -> dict:
    return asked("DescribeTable", TableName=name)["Table"]


def test_only_an_index_that_came_later_tells_of_backfilling(asked):
    told = asked("CreateTable", **glob(index("by_g", "g")))["TableDescription"]
    assert "Backfilling" not in told["GlobalSecondaryIndexes"][0]
    described(asked)
    told = asked("UpdateTable", **create("by_h", "h"))["TableDescription"]["GlobalSecondaryIndexes"]
    assert ["Backfilling" in one for one in told] == [False, True]
    assert told[1]["Backfilling"] is False


def test_capacity_changes_when_the_update_has_ended(asked):
    asked.table(
        types=G,
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexes=[index("by_g", "g", ProvisionedThroughput=UNITS)],
    )
    less = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 2}
    told = asked(
        "UpdateTable",
        TableName="ttt",
        ProvisionedThroughput=less,
        GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by_g", "ProvisionedThroughput": less}}],
    )["TableDescription"]
    shown = [told, described(asked), described(asked)]
    for told, units, decreases in zip(shown, (5, 5, 2), (0, 0, 1), strict=True):
        assert told["ProvisionedThroughput"]["WriteCapacityUnits"] == units
        assert told["ProvisionedThroughput"]["NumberOfDecreasesToday"] == decreases
        assert told["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == units
    assert "LastDecreaseDateTime" in told["ProvisionedThroughput"]


def test_a_restored_table_tells_what_it_was_restored_from(asked):
    asked.table()
    backup = asked("CreateBackup", TableName="ttt", BackupName="safe")["BackupDetails"]["BackupArn"]
    asked("RestoreTableFromBackup", TargetTableName="again", BackupArn=backup)
    for running in (True, False):
        told = described(asked, "again")["RestoreSummary"]
        assert (told["SourceBackupArn"], told["RestoreInProgress"]) == (backup, running)


def test_the_other_name_of_the_billing_mode():
    """TableThroughputMode, as ExtendDB measured it in August 2026; botocore's model does not have it yet."""
    asked, plain = Asked(), table("ttt", "pk")
    del plain["BillingMode"]
    units = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    demand, provisioned = ({"TableThroughputMode": mode} for mode in ("PAY_PER_REQUEST", "PROVISIONED"))
    told = asked.refused("CreateTable", **plain, **demand, **units)
    assert told == (
        "ValidationException: One or more parameter values were invalid: Neither ReadCapacityUnits nor "
        "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )
    told = asked.refused("CreateTable", **plain, BillingMode="X", TableThroughputMode="Y")
    assert re.findall(r"Value '(.)' at '([^']+)'", told) == [
        ("X", "billingMode"),
        ("Y", "tableThroughputMode"),
    ]
    told = asked("CreateTable", **plain, **demand)["TableDescription"]
    assert told["TableThroughputModeSummary"] == {"TableThroughputMode": "PAY_PER_REQUEST"}
    asked("DescribeTable", TableName="ttt")
    told = asked("UpdateTable", TableName="ttt", **provisioned, **units)["TableDescription"]
    assert told["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    both = {
        **table("uuu", "pk", ProvisionedThroughput=units["ProvisionedThroughput"]),
        "BillingMode": "PROVISIONED",
    }
    assert "BillingModeSummary" not in asked("CreateTable", **both, **demand)["TableDescription"]
