"""Exports of tables to S3: the description, the files, and what is refused.

Sources: API Reference, pages ExportTableToPointInTime, DescribeExport, ListExports; developer guide, DynamoDB table
export output format.
"""

import base64
import gzip
import hashlib
import json
import re
import time
from datetime import datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from helpers import connect, load
from helpers.datasets import load_into, table_input
from helpers.offline import rehearsal

BUCKET = "course-exports"


@pytest.fixture
def table():
    made = connect(fresh=True).create_table(**table_input("employees"))
    made.wait_until_exists()
    load_into(made, load("employees"))
    return made


@pytest.fixture
def client(table):
    on = {"PointInTimeRecoveryEnabled": True}
    table.meta.client.update_continuous_backups(TableName=table.name, PointInTimeRecoverySpecification=on)
    return table.meta.client


@pytest.fixture
def bucket(table):
    made = boto3.resource("s3").Bucket(BUCKET)
    made.create()
    return made


def read(bucket, key: str) -> bytes:
    return bucket.Object(key).get()["Body"].read()


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def test_an_export_is_in_progress_then_completed(client, table, bucket):
    asked = {"TableArn": table.table_arn, "S3Bucket": BUCKET, "S3Prefix": "november", "ClientToken": "one"}
    begun = client.export_table_to_point_in_time(**asked)["ExportDescription"]
    assert re.fullmatch(re.escape(table.table_arn) + r"/export/\d{14}-[0-9a-f]{8}", begun["ExportArn"])
    assert isinstance(begun.pop("StartTime"), datetime) and isinstance(begun.pop("ExportTime"), datetime)
    assert begun == asked | {
        "ExportArn": begun["ExportArn"],
        "ExportStatus": "IN_PROGRESS",
        "TableId": table.table_id,
        "S3SseAlgorithm": "AES256",
        "ExportFormat": "DYNAMODB_JSON",
        "ExportType": "FULL_EXPORT",
    }
    told = client.describe_export(ExportArn=begun["ExportArn"])["ExportDescription"]
    number = begun["ExportArn"].rpartition("/")[2]
    assert told["ExportStatus"] == "COMPLETED" and told["EndTime"] >= told["StartTime"]
    assert told["ExportManifest"] == f"AWSDynamoDB/{number}/manifest-summary.json"
    assert told["ItemCount"] == 60
    assert (
        told["BilledSizeBytes"] == client.describe_table(TableName=table.name)["Table"]["TableSizeBytes"] > 0
    )


def test_the_files_lead_from_the_summary_to_the_items(client, table, bucket):
    asked = {"TableArn": table.table_arn, "S3Bucket": BUCKET, "S3Prefix": "november"}
    arn = client.export_table_to_point_in_time(**asked)["ExportDescription"]["ExportArn"]
    folder = f"november/AWSDynamoDB/{arn.rpartition('/')[2]}"
    summary = json.loads(read(bucket, f"{folder}/manifest-summary.json"))
    assert summary["manifestFilesS3Key"] == f"{folder.removeprefix('november/')}/manifest-files.json"
    assert (summary["itemCount"], summary["exportArn"], summary["s3SseKmsKeyId"]) == (60, arn, None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", summary["exportTime"])
    (files,) = read(bucket, f"november/{summary['manifestFilesS3Key']}").decode().splitlines()
    about = json.loads(files)
    data = read(bucket, f"november/{about['dataFileS3Key']}")
    assert (about["itemCount"], about["md5Checksum"]) == (60, md5(data))
    exported = [json.loads(line) for line in gzip.decompress(data).decode().splitlines()]
    scanned = boto3.client("dynamodb").scan(TableName=table.name)["Items"]
    assert exported == [{"Item": item} for item in scanned]
    for name in ("manifest-summary", "manifest-files"):
        assert read(bucket, f"{folder}/{name}.checksum").decode() == md5(
            read(bucket, f"{folder}/{name}.json")
        )
    assert read(bucket, f"{folder}/_started") == b""
    assert len(list(bucket.objects.all())) == 6


def test_an_export_without_its_bucket_fails_later(client, table):
    begun = client.export_table_to_point_in_time(TableArn=table.table_arn, S3Bucket="not-there")
    assert begun["ExportDescription"]["ExportStatus"] == "IN_PROGRESS"
    told = client.describe_export(ExportArn=begun["ExportDescription"]["ExportArn"])["ExportDescription"]
    assert (told["ExportStatus"], told["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert not told.keys() & {"ExportManifest", "ItemCount", "BilledSizeBytes"}


def test_the_same_token_is_the_same_export(client, table, bucket):
    asked = {"TableArn": table.table_arn, "S3Bucket": BUCKET, "ClientToken": "one"}
    first, second = (client.export_table_to_point_in_time(**asked)["ExportDescription"] for _ in range(2))
    assert first == second
    assert len(client.list_exports()["ExportSummaries"]) == 1
    with pytest.raises(client.exceptions.ExportConflictException):
        client.export_table_to_point_in_time(**asked | {"S3Prefix": "other"})


def test_exports_are_listed_by_table_and_in_pages(client, table, bucket):
    asked = {"TableArn": table.table_arn, "S3Bucket": BUCKET}
    arns = [client.export_table_to_point_in_time(**asked)["ExportDescription"]["ExportArn"] for _ in range(3)]
    first = client.list_exports(TableArn=table.table_arn, MaxResults=2)
    rest = client.list_exports(TableArn=table.table_arn, MaxResults=2, NextToken=first["NextToken"])
    assert [one["ExportArn"] for one in first["ExportSummaries"] + rest["ExportSummaries"]] == arns
    assert first["ExportSummaries"][0] == {
        "ExportArn": arns[0],
        "ExportStatus": "COMPLETED",
        "ExportType": "FULL_EXPORT",
    }
    assert "NextToken" not in rest
    assert client.list_exports(TableArn=f"{table.table_arn}2")["ExportSummaries"] == []
    with pytest.raises(ClientError, match="Invalid NextToken"):
        client.list_exports(NextToken="x")


def test_recovery_must_be_on_and_the_table_there(table, bucket):
    client = table.meta.client
    told = "Point in time recovery is not enabled for table 'Employees'"
    with pytest.raises(client.exceptions.PointInTimeRecoveryUnavailableException, match=told):
        client.export_table_to_point_in_time(TableArn=table.table_arn, S3Bucket=BUCKET)
    with pytest.raises(client.exceptions.TableNotFoundException):
        client.export_table_to_point_in_time(TableArn=f"{table.table_arn}2", S3Bucket=BUCKET)
    with pytest.raises(client.exceptions.ExportNotFoundException):
        client.describe_export(ExportArn=f"{table.table_arn}/export/01234567890123-a1b2c3d4")
    table.delete()
    with pytest.raises(client.exceptions.TableNotFoundException):
        client.export_table_to_point_in_time(TableArn=table.table_arn, S3Bucket=BUCKET)


@pytest.mark.parametrize(
    "more",
    [
        {"ExportFormat": "ION"},
        {"ExportType": "INCREMENTAL_EXPORT"},
        {"IncrementalExportSpecification": {"ExportViewType": "NEW_IMAGE"}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_is_not_done_is_refused(client, table, bucket, more):
    with pytest.raises(ClientError, match="exports a whole table, in DynamoDB JSON"):
        client.export_table_to_point_in_time(TableArn=table.table_arn, S3Bucket=BUCKET, **more)
    assert client.list_exports()["ExportSummaries"] == []


def test_an_export_of_an_earlier_second(client, table, bucket, monkeypatch):
    began = int(time.time()) + 10
    monkeypatch.setattr(rehearsal, "now", lambda: began + 3600.0)
    table.put_item(Item={"employeeId": "late"})
    told = {}
    for name, when in (("then", {"ExportTime": began}), ("now", {})):
        asked = {"TableArn": table.table_arn, "S3Bucket": BUCKET, "S3Prefix": name} | when
        arn = client.export_table_to_point_in_time(**asked)["ExportDescription"]["ExportArn"]
        told[name] = client.describe_export(ExportArn=arn)["ExportDescription"]
    assert told["then"]["ExportTime"].timestamp() == began
    assert told["now"]["ItemCount"] == told["then"]["ItemCount"] + 1
    for when in (began - 60, began + 3601):
        with pytest.raises(client.exceptions.InvalidExportTimeException):
            client.export_table_to_point_in_time(TableArn=table.table_arn, S3Bucket=BUCKET, ExportTime=when)
