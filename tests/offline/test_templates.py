"""Tables of CloudFormation templates: made, changed, replaced and deleted with their stack, or refused by an event.

Source: CloudFormation Template Reference, AWS::DynamoDB::Table, DeletionPolicy and UpdateReplacePolicy attributes.
"""

import copy
import json

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from helpers import connect
from helpers.backends import EXERCISE_KEY, private_service

NOTES = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "AttributeDefinitions": [{"AttributeName": "who", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "who", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": "true"},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": "7"},
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "Tags": [{"Key": "course", "Value": "notes"}],
    },
}
INDEX = {
    "IndexName": "by-place",
    "KeySchema": [{"AttributeName": "place", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


@pytest.fixture
def db():
    return connect(fresh=True).meta.client


@pytest.fixture
def stacks(db):
    return boto3.client("cloudformation")


def template(*changes, notes=NOTES, drop=(), **more):
    """A template of one table, `Notes`, whose properties are changed; `more` are attributes of the resource."""
    made = copy.deepcopy(notes) | more
    for change in changes:
        made["Properties"] |= change
    for name in drop:
        del made["Properties"][name]
    outputs = {
        "Name": {"Value": {"Ref": "Notes"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Notes", "Arn"]}},
    }
    return json.dumps({"Resources": {"Notes": made}, "Outputs": outputs})


def create(stacks, body, **more):
    stacks.create_stack(StackName="course", TemplateBody=body, **more)
    return status(stacks)


def update(stacks, body):
    stacks.update_stack(StackName="course", TemplateBody=body)
    return status(stacks)


def status(stacks):
    return stacks.describe_stacks(StackName="course")["Stacks"][0]["StackStatus"]


def output(stacks, key="Name"):
    [stack] = stacks.describe_stacks(StackName="course")["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}[key]


def events(stacks, ending):
    told = stacks.describe_stack_events(StackName="course")["StackEvents"]
    return [one for one in told if one["ResourceStatus"].endswith(ending)]


def reason(stacks):
    return events(stacks, "FAILED")[0]["ResourceStatusReason"]


def test_a_table_is_written_queried_updated_and_deleted_with_its_stack(db, stacks):
    assert create(stacks, template()) == "CREATE_COMPLETE"
    name = output(stacks)
    assert db.list_tables()["TableNames"] == [name] and name.startswith("course-Notes-")
    db.put_item(TableName=name, Item={"who": "ada", "place": "York"})
    added = {"AttributeName": "place", "AttributeType": "S"}
    indexed = {
        "AttributeDefinitions": [*NOTES["Properties"]["AttributeDefinitions"], added],
        "GlobalSecondaryIndexes": [INDEX],
    }
    assert update(stacks, template(indexed)) == "UPDATE_COMPLETE"
    assert output(stacks) == name
    answer = db.query(
        TableName=name,
        IndexName="by-place",
        KeyConditionExpression="place = :place",
        ExpressionAttributeValues={":place": "York"},
    )
    assert answer["Items"] == [{"who": "ada", "place": "York"}]
    stack_id = stacks.describe_stacks()["Stacks"][0]["StackId"]
    stacks.delete_stack(StackName="course")
    assert db.list_tables()["TableNames"] == []
    [gone] = stacks.describe_stacks(StackName=stack_id)["Stacks"]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert db.list_tables()["TableNames"] == []  # looking at a deleted stack makes nothing again


def test_settings_are_those_of_the_template(db, stacks):
    create(stacks, template({"DeletionProtectionEnabled": "false"}), Tags=[{"Key": "team", "Value": "a"}])
    name, arn = output(stacks), output(stacks, "Arn")
    told = db.describe_table(TableName=name)["Table"]
    assert (told["TableArn"], told["TableStatus"]) == (arn, "ACTIVE")
    assert told["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    ttl = db.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    backups = db.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 7
    tags = {tag["Key"]: tag["Value"] for tag in db.list_tags_of_resource(ResourceArn=arn)["Tags"]}
    assert tags.pop("aws:cloudformation:stack-id").startswith("arn:aws:cloudformation:us-east-1:")
    assert tags == {
        "course": "notes",
        "team": "a",
        "aws:cloudformation:stack-name": "course",
        "aws:cloudformation:logical-id": "Notes",
    }


def test_the_arn_of_the_stream_is_an_attribute(db, stacks):
    body = json.loads(template())
    body["Outputs"] = {"Stream": {"Value": {"Fn::GetAtt": ["Notes", "StreamArn"]}}}
    create(stacks, json.dumps(body))
    [name] = db.list_tables()["TableNames"]
    assert output(stacks, "Stream") == db.describe_table(TableName=name)["Table"]["LatestStreamArn"]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"DeletionProtectionEnabled": True}, lambda told: told["DeletionProtectionEnabled"]),
        ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, lambda told: told["TableClassSummary"]),
        ({"StreamSpecification": {"StreamViewType": "OLD_IMAGE"}}, lambda told: told["StreamSpecification"]),
        (
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": {"ReadCapacityUnits": "5", "WriteCapacityUnits": 6},
            },
            lambda told: told["ProvisionedThroughput"]["ReadCapacityUnits"] == 5,
        ),
        ({"SSESpecification": {"SSEEnabled": True}}, lambda told: told["SSEDescription"]),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_these_change_in_place(db, stacks, change, seen):
    create(stacks, template())
    name = output(stacks)
    assert update(stacks, template(change)) == "UPDATE_COMPLETE"
    assert output(stacks) == name and seen(db.describe_table(TableName=name)["Table"])


def test_settings_beside_a_table_change_in_place_and_go_with_their_property(db, stacks):
    create(stacks, template())
    arn, name = output(stacks, "Arn"), output(stacks)
    tags = {"Tags": [{"Key": "other", "Value": "1"}]}
    assert update(stacks, template(tags, drop=["PointInTimeRecoverySpecification"])) == "UPDATE_COMPLETE"
    backups = db.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    keys = {tag["Key"] for tag in db.list_tags_of_resource(ResourceArn=arn)["Tags"]}
    assert "other" in keys and "course" not in keys


@pytest.mark.parametrize("kept", [False, True])
def test_a_changed_key_replaces_the_table(db, stacks, kept):
    policy = {"UpdateReplacePolicy": "Retain"} if kept else {}
    create(stacks, template(**policy))
    old = output(stacks)
    key = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    assert update(stacks, template(key, **policy)) == "UPDATE_COMPLETE"
    new = output(stacks)
    assert new != old and db.describe_table(TableName=new)["Table"]["KeySchema"] == key["KeySchema"]
    assert db.list_tables()["TableNames"] == sorted([new, old] if kept else [new])


def test_a_table_with_a_name_of_its_own_is_not_replaced(db, stacks):
    create(stacks, template({"TableName": "notes"}))
    edited = {"AttributeDefinitions": [{"AttributeName": "who", "AttributeType": "N"}], "TableName": "notes"}
    assert update(stacks, template(edited)) == "UPDATE_ROLLBACK_COMPLETE"
    assert reason(stacks).startswith("CloudFormation cannot update a stack when a custom-named resource")
    assert update(stacks, template({"TableName": "others"})) == "UPDATE_COMPLETE"
    assert db.list_tables()["TableNames"] == ["others"]


def test_what_is_retained_stays(db, stacks):
    create(stacks, template({"TableName": "notes"}, DeletionPolicy="Retain"))
    stacks.delete_stack(StackName="course")
    assert stacks.describe_stacks()["Stacks"] == [] and db.list_tables()["TableNames"] == ["notes"]


def test_a_protected_table_keeps_its_stack(db, stacks):
    create(stacks, template({"TableName": "notes", "DeletionProtectionEnabled": True}))
    stacks.delete_stack(StackName="course")
    assert (
        status(stacks) == "DELETE_FAILED"
        and "deletion protection" in events(stacks, "FAILED")[-1]["ResourceStatusReason"]
    )
    db.update_table(TableName="notes", DeletionProtectionEnabled=False)
    stacks.delete_stack(StackName="course")
    assert stacks.describe_stacks()["Stacks"] == [] and db.list_tables()["TableNames"] == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"DisableRollback": True}, "no DisableRollback"),
        ({"OnFailure": "DO_NOTHING"}, "no OnFailure"),
        ({"RetainExceptOnCreate": True}, "no RetainExceptOnCreate"),
    ],
)
def test_what_a_stack_does_otherwise_on_aws_is_refused(db, stacks, more, told):
    with pytest.raises(ClientError, match=told):
        create(stacks, template(), **more)
    assert create(stacks, template(), DisableRollback=False) == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="no RetainResources"):
        stacks.delete_stack(StackName="course", RetainResources=["Notes"])
    with pytest.raises(ClientError, match="no DeletionMode"):
        stacks.delete_stack(StackName="course", DeletionMode="FORCE_DELETE_STACK")
    assert status(stacks) == "CREATE_COMPLETE"


def test_a_stack_with_termination_protection_is_not_deleted(db, stacks):
    create(stacks, template(), EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="while TerminationProtection is enabled"):
        stacks.delete_stack(StackName="course")
    assert status(stacks) == "CREATE_COMPLETE"
    assert db.describe_table(TableName=output(stacks))["Table"]["TableStatus"]


@pytest.mark.parametrize("action", ["DO_NOTHING", "DELETE"])
def test_a_change_set_with_what_is_not_there_is_refused(db, stacks, action):
    with pytest.raises(ClientError, match="no OnStackFailure"):
        stacks.create_change_set(
            StackName="course",
            ChangeSetName="first",
            ChangeSetType="CREATE",
            TemplateBody=template(),
            OnStackFailure=action,
        )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"KeySchema": [{"AttributeName": "no", "KeyType": "HASH"}]}, "Some index key attributes"),
        ({"Colour": "red"}, "Encountered unsupported property Colour"),
        ({"TimeToLiveSpecification": {"AttributeName": "", "Enabled": True}}, "validation error"),
        (
            {"StreamSpecification": {"StreamViewType": "KEYS_ONLY", "Colour": 1}},
            "Encountered unsupported property Colour",
        ),
        ({"TimeToLiveSpecification": {"Enabled": True}}, "Properties validation failed"),
        ({"GlobalSecondaryIndexes": [{}]}, "validation error"),
        ({"KinesisStreamSpecification": {"StreamArn": "arn"}}, "The offline service has no Kinesis"),
    ],
)
def test_a_refusal_is_an_event_and_rolls_the_stack_back(db, stacks, change, told):
    body = json.loads(template(change))
    body["Resources"] = {"First": NOTES} | body["Resources"]
    assert create(stacks, json.dumps(body)) == "ROLLBACK_COMPLETE"
    assert told in reason(stacks) and events(stacks, "FAILED")[0]["LogicalResourceId"] == "Notes"
    stacks.describe_stack_resources(StackName="course")
    assert db.list_tables()["TableNames"] == []
    with pytest.raises(WaiterError):
        stacks.get_waiter("stack_create_complete").wait(StackName="course")


def test_a_refused_update_leaves_table_and_template_as_they_were(db, stacks):
    create(stacks, template())
    name = output(stacks)
    db.put_item(TableName=name, Item={"who": "ada"})
    before = db.describe_table(TableName=name)["Table"]
    body = json.loads(
        template(
            {
                "TableClass": "STANDARD_INFREQUENT_ACCESS",
                "TimeToLiveSpecification": {"AttributeName": "other", "Enabled": True},
            }
        )
    )
    body["Resources"]["Second"] = NOTES
    assert update(stacks, json.dumps(body)) == "UPDATE_ROLLBACK_COMPLETE"
    assert "TimeToLive is active on a different AttributeName" in reason(stacks)
    assert db.list_tables()["TableNames"] == [name] and output(stacks) == name
    after = db.describe_table(TableName=name)["Table"]
    after.pop("TableClassSummary", None)  # it tells when the class was last changed
    assert after == before | {"ItemCount": 1, "TableSizeBytes": after["TableSizeBytes"]}
    assert update(stacks, template({"Tags": []})) == "UPDATE_COMPLETE"


def test_two_index_changes_at_once_are_refused(db, stacks):
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("who", "place")]
    indexed = {"AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [INDEX]}
    create(stacks, template(indexed))
    renamed = indexed | {"GlobalSecondaryIndexes": [INDEX | {"IndexName": "other"}]}
    edited = indexed | {"GlobalSecondaryIndexes": [INDEX | {"Projection": {"ProjectionType": "KEYS_ONLY"}}]}
    for change in (renamed, edited):
        assert update(stacks, template(change)) == "UPDATE_ROLLBACK_COMPLETE"
        assert "more than one GSI creation or deletion" in reason(stacks)
    [index] = db.describe_table(TableName=output(stacks))["Table"]["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["Projection"]) == ("by-place", {"ProjectionType": "ALL"})


def test_a_resource_that_leaves_the_template_goes_or_is_retained(db, stacks):
    body = json.loads(template({"TableName": "notes"}))
    for name, policy in (("gone", "Delete"), ("kept", "Retain")):
        body["Resources"][name] = copy.deepcopy(NOTES) | {"DeletionPolicy": policy}
        body["Resources"][name]["Properties"]["TableName"] = name
    create(stacks, json.dumps(body))
    assert db.list_tables()["TableNames"] == ["gone", "kept", "notes"]
    assert update(stacks, template({"TableName": "notes"})) == "UPDATE_COMPLETE"
    assert db.list_tables()["TableNames"] == ["kept", "notes"]


def test_a_global_table_is_refused_in_one_sentence(db, stacks):
    body = json.loads(template())
    body["Resources"]["Notes"] = {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {}}
    body["Outputs"] = {"Name": {"Value": {"Ref": "Notes"}}}
    assert create(stacks, json.dumps(body)) == "ROLLBACK_COMPLETE"
    assert (
        reason(stacks) == "The offline service makes no AWS::DynamoDB::GlobalTable: use AWS::DynamoDB::Table."
    )


def test_change_sets_create_update_and_fail(db, stacks):
    def change(name, kind, body):
        about = {"StackName": "course", "ChangeSetName": name}
        stacks.create_change_set(**about, ChangeSetType=kind, TemplateBody=body)
        stacks.execute_change_set(**about)
        return status(stacks)

    assert change("first", "CREATE", template({"TableName": "notes"})) == "CREATE_COMPLETE"
    protected = template({"TableName": "notes", "DeletionProtectionEnabled": True})
    assert change("second", "UPDATE", protected) == "UPDATE_COMPLETE"
    assert db.describe_table(TableName="notes")["Table"]["DeletionProtectionEnabled"]
    assert (
        change("third", "UPDATE", template({"TableName": "notes", "Colour": 1})) == "UPDATE_ROLLBACK_COMPLETE"
    )


@pytest.mark.parametrize(
    "body", ["{", "[", "5", "Resources: 5", '{"Resources": {"A": 1}}', '{"Resources": {"A": {}}}']
)
def test_a_template_of_the_wrong_form_is_refused_at_once(stacks, body):
    with pytest.raises(ClientError, match="ValidationError.*Template format error"):
        stacks.create_stack(StackName="course", TemplateBody=body)
    assert stacks.describe_stacks()["Stacks"] == []


def test_nothing_to_update_is_told(stacks):
    create(stacks, template())
    with pytest.raises(ClientError, match="No updates are to be performed"):
        update(stacks, template())


def test_a_template_in_yaml_with_parameters(db, stacks):
    body = """
Parameters:
  Units: {Type: Number, Default: 3}
Resources:
  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${AWS::StackName}-notes"
      AttributeDefinitions: [{AttributeName: who, AttributeType: S}]
      KeySchema: [{AttributeName: who, KeyType: HASH}]
      ProvisionedThroughput: {ReadCapacityUnits: !Ref Units, WriteCapacityUnits: 1}
"""
    assert create(stacks, body) == "CREATE_COMPLETE"
    told = db.describe_table(TableName="course-notes")["Table"]["ProvisionedThroughput"]
    assert told["ReadCapacityUnits"] == 3
    assert stacks.validate_template(TemplateBody=body)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_in_mode_moto_a_stacks_table_is_motos():
    db = connect("moto", fresh=True).meta.client
    create(boto3.client("cloudformation"), template({"TableName": "notes"}))
    assert db.list_tables()["TableNames"] == ["notes"]
    assert connect().meta.client.list_tables()["TableNames"] == []


def test_an_exercise_sees_no_bucket_and_no_stack_of_the_lesson(db, stacks):
    create(stacks, template({"TableName": "notes"}))
    boto3.client("s3").create_bucket(Bucket="lesson")
    _, service = private_service()
    own = boto3.Session(EXERCISE_KEY, "offline", region_name="us-east-1")
    assert own.client("s3").list_buckets()["Buckets"] == []
    assert own.client("cloudformation").describe_stacks()["Stacks"] == []
    own.client("s3").create_bucket(Bucket="exercise")
    own.client("cloudformation").create_stack(StackName="course", TemplateBody=template())
    assert len(service.tables) == 1 and db.list_tables()["TableNames"] == ["notes"]
    assert [one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"]] == ["lesson"]
    private_service()
    assert own.client("s3").list_buckets()["Buckets"] == []
    assert own.client("cloudformation").describe_stacks()["Stacks"] == []
