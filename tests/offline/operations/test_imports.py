"""Imports from S3 into a new table: what is counted, what is typed, and what is refused.

Sources: API Reference, pages ImportTable, DescribeImport, ListImports and CsvOptions; developer guide, DynamoDB data
import from Amazon S3.
"""

import gzip
import json

import boto3
import pytest
from botocore.exceptions import ClientError

from helpers import connect
from helpers.datasets import load, load_into, table_input

BUCKET = "course-imports"
NOTES = {
    "TableName": "notes",
    "AttributeDefinitions": [
        {"AttributeName": "who", "AttributeType": "S"},
        {"AttributeName": "nr", "AttributeType": "N"},
        {"AttributeName": "place", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "who", "KeyType": "HASH"},
        {"AttributeName": "nr", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-place",
            "KeySchema": [{"AttributeName": "place", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def client():
    return connect(fresh=True).meta.client


@pytest.fixture
def bucket(client):
    made = boto3.resource("s3").Bucket(BUCKET)
    made.create()
    return made


def begin(client, kind="CSV", **more):
    asked = {
        "S3BucketSource": {"S3Bucket": BUCKET},
        "InputFormat": kind,
        "TableCreationParameters": NOTES,
    } | more
    return client.import_table(**asked)["ImportTableDescription"]


def finished(client, begun):
    return client.describe_import(ImportArn=begun["ImportArn"])["ImportTableDescription"]


def counted(told):
    names = ("ProcessedItemCount", "ImportedItemCount", "ErrorCount", "ProcessedSizeBytes")
    return tuple(told[name] for name in names)


def rows(client):
    client.get_waiter("table_exists").wait(TableName="notes")
    return client.scan(TableName="notes")["Items"]


def refused(client, **more):
    with pytest.raises(ClientError) as caught:
        begin(client, **more)
    return caught.value.response["Error"]


def test_keys_have_their_types_and_all_else_is_text(client, bucket):
    text = 'who,nr,place,text\nada,1,York,"a, b"\nada,2,Bath,7\n'
    bucket.put_object(Key="notes.csv", Body=text.encode())
    begun = begin(client)
    assert (begun["ImportStatus"], counted(begun)) == ("IN_PROGRESS", (0, 0, 0, 0))
    assert "EndTime" not in begun
    assert client.describe_table(TableName="notes")["Table"]["TableStatus"] == "CREATING"
    told = finished(client, begun)
    assert (told["ImportStatus"], counted(told)) == ("COMPLETED", (2, 2, 0, len(text)))
    assert told["EndTime"] >= told["StartTime"] and told["TableCreationParameters"] == NOTES
    assert sorted(rows(client), key=lambda item: item["nr"]) == [
        {"who": "ada", "nr": 1, "place": "York", "text": "a, b"},
        {"who": "ada", "nr": 2, "place": "Bath", "text": "7"},
    ]
    answer = client.query(
        TableName="notes",
        IndexName="by-place",
        KeyConditionExpression="place = :place",
        ExpressionAttributeValues={":place": "Bath"},
    )
    assert [item["nr"] for item in answer["Items"]] == [2]


def test_with_a_header_list_the_first_line_is_data(client, bucket):
    bucket.put_object(Key="notes.csv", Body=b"ada;1\nbob;2\n")
    options = {"Csv": {"Delimiter": ";", "HeaderList": ["who", "nr"]}}
    assert counted(finished(client, begin(client, InputFormatOptions=options)))[:3] == (2, 2, 0)
    assert sorted(item["who"] for item in rows(client)) == ["ada", "bob"]


def test_bad_rows_are_counted_and_billed_and_of_equal_keys_one_survives(client, bucket):
    text = "who,nr,place\nada,1,York\nada,one,York\n,2,York\nada,1,Bath\nada,3,York,more\nada,4,\n"
    bucket.put_object(Key="notes.csv", Body=text.encode())
    assert counted(finished(client, begin(client))) == (6, 2, 4, len(text))
    assert rows(client) == [{"who": "ada", "nr": 1, "place": "Bath"}]


def test_the_prefix_chooses_the_files_of_json_in_gzip(client, bucket):
    good = {"who": {"S": "ada"}, "nr": {"N": "1.0"}, "tags": {"SS": ["a"]}, "raw": {"B": "YQ=="}}
    lines = [json.dumps({"Item": good}), "no json", '{"Item": {"who": {"S": "ada"}}}', '["Item"]', ""]
    lines += ['{"Item": {"who": {"S": "ada"}, "nr": {"N": "2"}, "tags": {"SS": []}}}']
    content = "\n".join(lines).encode()
    bucket.put_object(Key="2026/notes.json.gz", Body=gzip.compress(content))
    bucket.put_object(Key="2025/notes.json.gz", Body=b"not gzip")
    source = {"S3Bucket": BUCKET, "S3KeyPrefix": "2026/"}
    begun = begin(client, "DYNAMODB_JSON", InputCompressionType="GZIP", S3BucketSource=source)
    assert counted(finished(client, begun)) == (5, 1, 4, len(content))
    [item] = rows(client)
    assert (item["nr"], item["tags"], item["raw"].value) == (1, {"a"}, b"a")


def test_an_export_comes_back_as_a_table(client, bucket):
    table = connect().create_table(**table_input("employees"))
    table.wait_until_exists()
    load_into(table, load("employees"))
    client.update_continuous_backups(
        TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    begun = client.export_table_to_point_in_time(TableArn=table.table_arn, S3Bucket=BUCKET)
    arn = begun["ExportDescription"]["ExportArn"]
    manifest = client.describe_export(ExportArn=arn)["ExportDescription"]["ExportManifest"]
    folder = manifest.rpartition("/")[0]
    described = {
        name: value
        for name, value in table_input("employees").items()
        if name in ("AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput")
    }
    keys = {key["AttributeName"] for key in described["KeySchema"]}
    described["AttributeDefinitions"] = [
        one for one in described["AttributeDefinitions"] if one["AttributeName"] in keys
    ]
    begun = begin(
        client,
        "DYNAMODB_JSON",
        InputCompressionType="GZIP",
        S3BucketSource={"S3Bucket": BUCKET, "S3KeyPrefix": f"{folder}/data/"},
        TableCreationParameters={"TableName": "notes"} | described,
    )
    assert finished(client, begun)["ErrorCount"] == 0
    key = sorted(keys)[0]
    there, back = (
        sorted(client.scan(TableName=name)["Items"], key=lambda item: str(item[key]))
        for name in (table.name, "notes")
        if client.get_waiter("table_exists").wait(TableName=name) is None
    )
    assert there and there == back


@pytest.mark.parametrize(
    ("body", "compression", "code"),
    [
        (None, "NONE", "S3NoSuchBucket"),
        (b"", "NONE", "S3NoSuchKey"),
        (b"who,nr\nada,1\n", "GZIP", "InvalidSource"),
        (b"who,nr\n\xff,1\n", "NONE", "InvalidSource"),
    ],
)
def test_a_source_that_cannot_be_read_fails_the_import_and_leaves_no_table(client, body, compression, code):
    if body is not None:
        boto3.resource("s3").Bucket(BUCKET).create()
    if body:
        boto3.resource("s3").Object(BUCKET, "notes.csv").put(Body=body)
    told = finished(client, begin(client, InputCompressionType=compression))
    assert (told["ImportStatus"], told["FailureCode"]) == ("FAILED", code)
    assert client.list_tables()["TableNames"] == []


def test_what_an_import_cannot_do_is_refused(client, bucket):
    bucket.put_object(Key="notes.csv", Body=b"who,nr\nada,1\n")
    only = "The offline service imports CSV and DynamoDB JSON, plain or in GZIP, and nothing else."
    assert refused(client, kind="ION")["Message"] == only
    assert refused(client, InputCompressionType="ZSTD")["Message"] == only
    no_key = NOTES | {"KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]}
    assert refused(client, TableCreationParameters=no_key)["Code"] == "ValidationException"
    for options in ({"HeaderList": ["who", "who"]}, {"Delimiter": "x"}):
        error = refused(client, InputFormatOptions={"Csv": options})
        assert error["Code"] == "ValidationException"
    assert client.list_tables()["TableNames"] == []
    begin(client)
    assert refused(client)["Code"] == "ResourceInUseException"


def test_a_token_used_again_tells_the_same_import(client, bucket):
    bucket.put_object(Key="notes.csv", Body=b"who,nr\nada,1\n")
    first = begin(client, ClientToken="one")
    assert begin(client, ClientToken="one") == first
    error = refused(client, ClientToken="one", InputCompressionType="GZIP")
    assert error["Code"] == "ImportConflictException"


def test_imports_are_listed_in_pages(client, bucket):
    bucket.put_object(Key="notes.csv", Body=b"who,nr\nada,1\n")
    arns = [
        begin(client, TableCreationParameters=NOTES | {"TableName": f"notes-{n}"})["ImportArn"]
        for n in range(3)
    ]
    first = client.list_imports(PageSize=2)
    rest = client.list_imports(PageSize=2, NextToken=first["NextToken"])
    listed = first["ImportSummaryList"] + rest["ImportSummaryList"]
    assert [one["ImportArn"] for one in listed] == arns and "NextToken" not in rest
    assert {one["ImportStatus"] for one in listed} == {"COMPLETED"}
    table = client.describe_table(TableName="notes-1")["Table"]["TableArn"]
    assert [one["ImportArn"] for one in client.list_imports(TableArn=table)["ImportSummaryList"]] == arns[1:2]
    with pytest.raises(ClientError) as caught:
        client.list_imports(NextToken="0" * 112)
    assert caught.value.response["Error"]["Message"] == "Invalid NextToken"
    with pytest.raises(client.exceptions.ImportNotFoundException):
        client.describe_import(ImportArn=table + "/import/none")
