"""What a survey of the service found in October 2026, published as "ack-api-quirks", of tables and what surrounds them.

Each case names the survey's finding: "382" is DDB-TABLE-382.
"""

import pytest
from asking import Asked, index, schema, table

from helpers.offline import forms

INVALID = "ValidationException: One or more parameter values were invalid: "
IN_USE = "ResourceInUseException: Attempt to change a resource which is still in use: "
LIMIT = "LimitExceededException: Subscriber limit exceeded: "
ALONE = INVALID + "{} modification must be the only operation in the request"
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/ttt"
STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}
KMS = {"SSESpecification": {"Enabled": True, "SSEType": "KMS"}}
SAFE = {"DeletionProtectionEnabled": True}
RARE, STANDARD = {"TableClass": "STANDARD_INFREQUENT_ACCESS"}, {"TableClass": "STANDARD"}
DEMAND, PROVISIONED = {"BillingMode": "PAY_PER_REQUEST"}, {"BillingMode": "PROVISIONED"}


def units(number: int) -> dict:
    return {"ProvisionedThroughput": {"ReadCapacityUnits": number, "WriteCapacityUnits": number}}


def most(number: int) -> dict:
    return {"OnDemandThroughput": {"MaxReadRequestUnits": number, "MaxWriteRequestUnits": number}}


def warm(number: int) -> dict:
    return {"WarmThroughput": {"ReadUnitsPerSecond": number, "WriteUnitsPerSecond": number}}


def changes(*some: dict) -> dict:
    return {"GlobalSecondaryIndexUpdates": list(some)}


def add(name: str = "new", **more) -> dict:
    types = [{"AttributeName": "b", "AttributeType": "S"}]
    return changes({"Create": index(name, "b", **more)}) | {"AttributeDefinitions": types}


def drop(name: str = "ggg") -> dict:
    return changes({"Delete": {"IndexName": name}})


def change(name: str = "ggg", **more) -> dict:
    return changes({"Update": {"IndexName": name, **more}})


def made(kind: str) -> Asked:
    """A service with the table ttt: "demand" or "provisioned", which both have the index ggg."""
    billed = units(10) if kind == "provisioned" else {}
    indexes = [index("ggg", "g", **(units(2) if billed else {}))]
    return Asked().table("ttt", "pk", types={"g": "S"}, GlobalSecondaryIndexes=indexes, **billed)


def answer(asked: Asked, operation: str, **request) -> dict | str:
    named = {"TableName": "ttt"} if "TableName" in forms.input_of(operation).members else {}
    status, body = asked.service.answer(operation, named | request)
    if status == 200:
        return body.get("TableDescription") or body.get("Table") or body
    return f"{body['__type'].partition('#')[2]}: {body.get('message', '')}"


def compare(told: dict | str, wanted: dict | str) -> None:
    """A refusal begins as `wanted`; of an answer the members of `wanted` are compared, None: it has none of it."""
    if isinstance(wanted, str):
        assert isinstance(told, str) and told.startswith(wanted), told
    else:
        assert isinstance(told, dict), told
        assert {name: told.get(name) for name in wanted} == wanted


SSE_ALONE, CLASS_ALONE, SAFE_ALONE = (
    ALONE.format(one) for one in ("Server-Side Encryption", "TableClass", "DeletionProtection")
)
WARM_ALONE = INVALID + "WarmThroughput must be the only operation in the request"
WITH_BILLING = INVALID + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
IOPS_STREAM = INVALID + "You cannot modify stream status while updating table IOPS"
GHOST = "ResourceNotFoundException: Requested resource not found: Index ghost for table ttt"
ACTIVE, UPDATING = {"TableStatus": "ACTIVE"}, {"TableStatus": "UPDATING"}

UPDATES = [
    # what goes together
    ("433", "demand", SAFE | KMS, SSE_ALONE),
    ("433", "demand", SAFE | RARE, CLASS_ALONE),
    ("433", "demand", SAFE | warm(13_000), SAFE_ALONE),
    ("433", "demand", SAFE | most(5), SAFE_ALONE),
    ("433", "demand", warm(13_000) | STREAM, WARM_ALONE),
    ("433", "provisioned", warm(13_000) | units(11), WARM_ALONE),
    ("433", "demand", warm(13_000) | most(5), WITH_BILLING),
    ("433", "demand", STREAM | PROVISIONED | units(5), IOPS_STREAM),
    ("433", "provisioned", DEMAND | STREAM, UPDATING),
    ("433", "provisioned", DEMAND | most(5), UPDATING | most(5)),
    ("174", "demand", add() | warm(13_000), INVALID + "Create global secondary index cannot be specified"),
    ("359", "demand", changes() | SAFE, INVALID + "List of GlobalSecondaryIndexUpdates is empty"),
    (
        "449",
        "demand",
        {"MultiRegionConsistency": "STRONG"},
        "ValidationException: At least one of Provisioned",
    ),
    (
        "056",
        "provisioned",
        DEMAND | units(5),
        INVALID + "ProvisionedThroughput cannot be specified when BillingMode",
    ),
    # empty members
    ("448", "demand", {"WarmThroughput": {}}, "InternalFailure: "),
    ("448", "demand", {"OnDemandThroughput": {}}, "InternalFailure: "),
    ("456", "demand", {"WarmThroughput": {}} | SAFE, ACTIVE),
    (
        "456",
        "demand",
        change(WarmThroughput={}),
        INVALID + "WarmThroughput must have at least one of ReadUnits",
    ),
    (
        "456",
        "demand",
        change(OnDemandThroughput={}),
        INVALID + "The only Updates for index: ggg when TableThr",
    ),
    # indexes
    ("161", "demand", drop("ghost"), GHOST),
    ("161", "provisioned", change("ghost", **units(5)), GHOST),
    ("161", "demand", change("ghost", **warm(13_000)), "InternalFailure: "),
    ("135", "demand", change(**most(5_000)), ACTIVE),
    (
        "154",
        "demand",
        change(**most(40_001)),
        LIMIT + "Requested MaxReadRequestUnits for OnDemandThroughput for index",
    ),
    (
        "154",
        "demand",
        change(**warm(40_001)),
        LIMIT + "Requested ReadUnitsPerSecond for WarmThroughput for index ggg",
    ),
    (
        "128",
        "demand",
        change(**most(0)),
        INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for index : ggg",
    ),
    (
        "153",
        "provisioned",
        change(**most(5)),
        INVALID + "MaxReadRequestUnits for OnDemandThroughput for index : ggg",
    ),
    # figures
    (
        "059",
        "provisioned",
        most(5),
        INVALID + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the",
    ),
    (
        "051",
        "demand",
        most(0),
        INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside",
    ),
    (
        "154",
        "demand",
        most(40_001),
        LIMIT + "Requested MaxReadRequestUnits for OnDemandThroughput for table exceeds",
    ),
    ("178", "demand", most(5), ACTIVE | most(5)),
    (
        "170",
        "provisioned",
        units(40_001),
        "LimitExceededException: The requested ReadCapacityUnits, 40001, is above",
    ),
    ("179", "demand", warm(13_000), ACTIVE),
    # class, protection, encryption
    ("017", "demand", SAFE, ACTIVE | SAFE),
    ("177", "demand", STANDARD, UPDATING | {"TableClassSummary": None}),
    ("284", "demand", RARE, UPDATING | {"TableClassSummary": None}),
    ("361", "demand", KMS, ACTIVE | {"SSEDescription": {"Status": "UPDATING"}}),
    ("437", "demand", {"SSESpecification": {}}, INVALID + "Table is already encrypted by default"),
]


@pytest.mark.parametrize(("finding", "kind", "request_", "wanted"), UPDATES)
def test_an_update_is_told(finding, kind, request_, wanted):
    compare(answer(made(kind), "UpdateTable", **request_), wanted)


DURING = [  # what is being done, what is asked meanwhile; DELETE: the table is deleted
    (
        "119",
        "demand",
        STREAM,
        "DELETE",
        IN_USE + "Cannot delete table while stream is being enabled/disabled.",
    ),
    (
        "119",
        "demand",
        STREAM,
        RARE,
        IN_USE + "Can't update table class when stream status is being updated. Table: ttt",
    ),
    (
        "119",
        "demand",
        STREAM,
        most(5),
        IN_USE + "OnDemandThroughput cannot be updated while stream status update is in",
    ),
    ("119", "demand", STREAM, KMS, ACTIVE),
    ("119", "demand", STREAM, SAFE, UPDATING),
    (
        "444",
        "demand",
        STREAM,
        STREAM,
        IN_USE + "A stream status change is currently in progress. Table: ttt Stream: 2",
    ),
    (
        "444",
        "provisioned",
        STREAM,
        units(5),
        IN_USE + "Can't change table IOPS when stream status is being updated.",
    ),
    (
        "175",
        "demand",
        STREAM,
        add(),
        IN_USE + "Can't create or delete an index when stream status is being updated.",
    ),
    (
        "370",
        "provisioned",
        units(20),
        units(30),
        IN_USE + "Table IOPS are currently being updated. Table: ttt",
    ),
    ("370", "provisioned", units(20), DEMAND, IN_USE + "Table IOPS are currently being updated. Table: ttt"),
    ("063", "provisioned", units(20), "DELETE", IN_USE + "Table: ttt is in the process of being updated."),
    ("063", "provisioned", units(20), SAFE, UPDATING),
    (
        "175",
        "provisioned",
        units(20),
        add(**units(1)),
        IN_USE + "Can't create or delete indexes while table IOPS are",
    ),
    (
        "369",
        "provisioned",
        DEMAND,
        STREAM,
        IN_USE + "Can't enable or disable stream while table IOPS are being updated",
    ),
    ("369", "provisioned", DEMAND, DEMAND, IN_USE + "Table IOPS are currently being updated. Table: ttt"),
    (
        "369",
        "provisioned",
        DEMAND,
        most(5),
        INVALID + "MaxReadRequestUnits for OnDemandThroughput cannot be specified",
    ),
    (
        "286",
        "demand",
        RARE,
        STANDARD,
        IN_USE + "Can't update table class when a table class update is in progress. "
        "Table: ttt TableClassUpdateInProgress: STANDARD_INFREQUENT_ACCESS",
    ),
    (
        "286",
        "demand",
        RARE,
        STREAM,
        IN_USE + "Can't change stream status when a table class update is in progress.",
    ),
    (
        "286",
        "demand",
        RARE,
        most(5),
        IN_USE + "OnDemandThroughput cannot be updated while TableClass update is in",
    ),
    ("120", "demand", KMS, "DELETE", IN_USE + "Table: ttt is in the process of being updated."),
    ("120", "demand", KMS, STREAM, UPDATING),
    ("444", "demand", KMS, KMS, IN_USE + "Server-Side Encryption is still being updated"),
    ("069", "demand", warm(13_000), "DELETE", IN_USE + "Table: ttt is in the process of being updated."),
    ("459", "demand", warm(13_000), warm(14_000), ACTIVE),
    (
        "150",
        "demand",
        add(),
        "DELETE",
        IN_USE + "Cannot delete table while indexes are being created, updated, or",
    ),
    ("163", "demand", add(), STREAM, IN_USE + "Can't change stream status when an index is being created"),
    (
        "458",
        "demand",
        add(),
        most(5),
        IN_USE + "OnDemandThroughput cannot be updated while index creation is in progress "
        "for indexes: [new]",
    ),
    (
        "458",
        "demand",
        add(),
        warm(13_000),
        "InternalServerError: Table is under system maintenance, please try again",
    ),
    (
        "159",
        "demand",
        add(),
        drop(),
        LIMIT + "Only 1 online index can be created or deleted simultaneously per table",
    ),
    (
        "149",
        "demand",
        add(),
        drop("new"),
        IN_USE + "Index creation is in resource allocation phase. Retry deletion",
    ),
    (
        "163",
        "demand",
        add(),
        change("new", **most(5)),
        IN_USE + "Index is being created but is not backfilling yet.",
    ),
    (
        "376",
        "provisioned",
        drop(),
        units(5),
        IN_USE + "Can't change table IOPS when an index is being deleted. Table: ttt Indexes: [ggg]",
    ),
    ("375", "demand", drop(), drop(), IN_USE + "Index is being deleted. Table: ttt Index: ggg"),
    (
        "375",
        "demand",
        drop(),
        most(5),
        IN_USE + "OnDemandThroughput cannot be updated while index deletion is in progress",
    ),
    ("376", "demand", drop(), SAFE, UPDATING),
    (
        "135",
        "demand",
        change(**most(5)),
        change(**most(6)),
        IN_USE + "Index is being updated. Table: ttt Index: ggg",
    ),
    (
        "135",
        "demand",
        change(**most(5)),
        "DELETE",
        IN_USE + "Cannot delete table while indexes are being created, upd",
    ),
]


@pytest.mark.parametrize(("finding", "kind", "first", "then", "wanted"), DURING)
def test_what_goes_on_at_the_same_time(finding, kind, first, then, wanted):
    asked = made(kind)
    asked("UpdateTable", TableName="ttt", **first)
    told = answer(asked, "DeleteTable") if then == "DELETE" else answer(asked, "UpdateTable", **then)
    compare(told, wanted)


AFTER = [  # updates, each of which has ended before the next, and what is told then
    ("178", "demand", [most(9), {"OnDemandThroughput": {"MaxReadRequestUnits": 7}}],
     {"OnDemandThroughput": {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 9}}),
    ("182", "demand", [most(9), most(-1)], {"OnDemandThroughput": None}),
    ("153", "demand", [most(9), PROVISIONED | units(5) | change(**units(5))], {"OnDemandThroughput": None}),
    ("061", "provisioned", [units(12), units(3)],
     {"WarmThroughput": {"ReadUnitsPerSecond": 12, "WriteUnitsPerSecond": 12, "Status": "ACTIVE"}}),
    ("284", "demand", [RARE], ACTIVE),
    ("079", "demand", [KMS, {"SSESpecification": {"Enabled": False}}], {"SSEDescription": None}),
]  # fmt: skip


@pytest.mark.parametrize(("finding", "kind", "updates", "wanted"), AFTER)
def test_a_table_after_its_updates(finding, kind, updates, wanted):
    asked = made(kind)
    for update in updates:
        asked("UpdateTable", TableName="ttt", **update)
        asked("DescribeTable", TableName="ttt")
    compare(answer(asked, "DescribeTable"), wanted)


def settled(asked: Asked, **update) -> Asked:
    asked("UpdateTable", TableName="ttt", **update)
    asked("DescribeTable", TableName="ttt")
    return asked


def test_a_table_changes_its_class_twice_in_thirty_days():
    """DDB-TABLE-283: what changes nothing does not count, and is refused too in the end."""
    asked = settled(settled(settled(made("demand"), **STANDARD), **RARE), **STANDARD)
    refusal = LIMIT + "Updates to TableClass are limited to 2 times in 30 day(s)."
    assert [answer(asked, "UpdateTable", **one) for one in (RARE, STANDARD)] == [refusal, refusal]


def test_a_switch_to_provisioned_is_not_turned_back_while_it_lasts():
    """DDB-TABLE-452: it is answered as if it were, and forgotten."""
    asked = made("demand")
    asked("UpdateTable", TableName="ttt", **PROVISIONED, **units(5), **change(**units(5)))
    assert answer(asked, "UpdateTable", **DEMAND)["TableStatus"] == "UPDATING"
    asked("DescribeTable", TableName="ttt")
    compare(answer(asked, "DescribeTable")["BillingModeSummary"], PROVISIONED)


def test_an_index_has_decreases_of_its_own():
    """DDB-TABLE-157 and 184."""
    asked = made("provisioned")
    for number in (9, 8, 7, 6, 5):
        settled(asked, **change(**units(number)))
    told = answer(asked, "UpdateTable", **change(**units(1)))
    assert "Number of decreases today: 4. Last decrease at " in told
    assert told.endswith(" Coordinated Universal Time.")
    told = answer(settled(asked, **units(9)), "DescribeTable")
    counts = [
        one["ProvisionedThroughput"]["NumberOfDecreasesToday"]
        for one in (told, told["GlobalSecondaryIndexes"][0])
    ]
    assert counts == [1, 4]


def many(hashes: int, ranges: int, *last: str) -> dict:
    keys = [f"h{number}" for number in range(hashes)] + [f"r{number}" for number in range(ranges)]
    parts = [
        {"AttributeName": key, "KeyType": "HASH" if key[0] in "hp" else "RANGE"} for key in [*keys, *last]
    ]
    one = {"IndexName": "ggg", "KeySchema": parts, "Projection": {"ProjectionType": "ALL"}}
    return {"types": dict.fromkeys(keys, "S"), "GlobalSecondaryIndexes": [one]}


def with_index(**more) -> dict:
    return {"types": {"g": "S"}, "GlobalSecondaryIndexes": [index("ggg", "g", **more)]}


def encrypted(**more) -> dict:
    return {"SSESpecification": more}


CREATES = [
    ("123", many(4, 4), {}),
    ("123", many(5, 0), INVALID + "The KeySchema exceeds the maximum allowed number of HASH key attributes"),
    ("123", many(1, 5), INVALID + "The KeySchema exceeds the maximum allowed number of RANGE key attributes"),
    ("123", many(2, 1, "pk"), INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema"),
    ("123", many(2, 1, "r0"), "ValidationException: The KeySchema contains multiple key attributes with the same name"),
    ("127", {"types": {"g": "S", "z": "S"}, "GlobalSecondaryIndexes": [index("ggg", "g", projection="INCLUDE")]},
     INVALID + "Some AttributeDefinitions are not used."),
    ("125", {"types": {"a": "S"}, "LocalSecondaryIndexes": [index("lll", "pk", "a")], "keys": "pk sk"},
     {"AttributeDefinitions": [{"AttributeName": one, "AttributeType": "S"} for one in ("a", "pk", "sk")]}),
    ("038", units(5) | most(5), INVALID + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table "
     "BillingMode is PROVISIONED."),
    ("039", most(-1), INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"),
    ("039", {"OnDemandThroughput": {}, "WarmThroughput": {}}, {"OnDemandThroughput": None}),
    ("128", with_index(**most(-1)), INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for index : ggg is"),
    ("170", units(40_001), "LimitExceededException: The requested ReadCapacityUnits, 40001, is above the per table maximum "
     "for the account in us-east-1. Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide"),
    ("170", with_index(**units(40_001)) | units(1), "LimitExceededException: The requested ReadCapacityUnits for index ggg, "
     "40001, is above the per index maximum"),
    ("033", {}, {"WarmThroughput": None, "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}),
    ("036", encrypted(Enabled=False, SSEType="KMS"), INVALID + "SSEType can not be specified if Enabled is false"),
    ("036", encrypted(Enabled=False, KMSMasterKeyId="k"), INVALID + "KMSMasterKeyId can not be specified if Enabled is"),
    ("036", encrypted(Enabled=True, SSEType="AES256"), INVALID + "SSEType AES256 is not supported"),
    ("031", encrypted(Enabled=True, KMSMasterKeyId="k"), INVALID + "SSEType KMS is required if KMSMasterKeyId is specified"),
    ("044", encrypted(), {"SSEDescription": None}),
]  # fmt: skip


@pytest.mark.parametrize(("finding", "request_", "wanted"), CREATES)
def test_a_new_table_is_told(finding, request_, wanted):
    request_ = table("ttt", **({"keys": "pk"} | request_))
    compare(answer(Asked(), "CreateTable", **request_), wanted)


MISSING = "ResourceNotFoundException: Requested resource not found: "
TTL = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "end"}}
TAGS = {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]}
RECOVERY = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
NO_DAYS = {
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 7}
}
DELETED = IN_USE + "Table is being deleted: ttt"
SETTINGS = [  # the table's state, and what is asked
    ("005", "CREATING", "CreateTable", {"KeySchema": schema("pk"), **DEMAND}, IN_USE + "Table is being created: ttt"),
    ("444", "CREATING", "UpdateTimeToLive", TTL, MISSING + "Table: ttt not found"),
    ("446", "CREATING", "TagResource", TAGS, MISSING + f"ResourceArn: {ARN} not found"),
    ("101", "CREATING", "ListTagsOfResource", {"ResourceArn": ARN}, MISSING + f"ResourceArn: {ARN} not found"),
    ("115", "CREATING", "UpdateContinuousBackups", RECOVERY, "TableNotFoundException: Table not found: ttt"),
    ("115", "CREATING", "DescribeContinuousBackups", {}, "TableNotFoundException: Table not found: ttt"),
    ("115", "CREATING", "CreateBackup", {"BackupName": "bbb"}, "TableNotFoundException: Table not found: ttt"),
    ("374", "DELETING", "TagResource", TAGS, DELETED),
    ("374", "DELETING", "CreateBackup", {"BackupName": "bbb"}, "TableNotFoundException: Table not found: ttt"),
    ("008", "DELETING", "DeleteTable", {}, DELETED),
    ("105", "ACTIVE", "UntagResource", {"ResourceArn": ARN, "TagKeys": ["aws:a"]},
     "ValidationException: Tag Key cannot be prefixed with aws:, Key: aws:a"),
    ("084", "ACTIVE", "UpdateContinuousBackups", NO_DAYS, "ValidationException: Invalid Request: Cannot specify Recovery"),
    ("442", "ACTIVE", "DescribeBackup", {"BackupArn": "x" * 48}, "ValidationException: Invalid Backup ARN"),
    ("BACKUP-014", "ACTIVE", "ListBackups", {"TimeRangeLowerBound": 20, "TimeRangeUpperBound": 10},
     INVALID + "Time range lower bound must be less than or equal to upper bound"),
]  # fmt: skip


@pytest.mark.parametrize(("finding", "state", "operation", "request_", "wanted"), SETTINGS)
def test_what_surrounds_a_table(finding, state, operation, request_, wanted):
    asked = Asked()
    asked("CreateTable", **table("ttt", "pk"))
    if state != "CREATING":
        asked("DescribeTable", TableName="ttt")
    if state == "DELETING":
        asked("DeleteTable", TableName="ttt")
    if operation == "CreateTable":
        request_ = table("ttt", "pk")
    compare(answer(asked, operation, **request_), wanted)


def test_a_backup_is_creating_when_it_is_answered_and_there_at_the_next_look():
    """DDB-BACKUP-003."""
    asked = made("demand")
    told = asked("CreateBackup", TableName="ttt", BackupName="bbb")["BackupDetails"]
    there = asked("DescribeBackup", BackupArn=told["BackupArn"])["BackupDescription"]["BackupDetails"]
    assert [told["BackupStatus"], there["BackupStatus"]] == ["CREATING", "AVAILABLE"]
