"""connect(): modes, `moto`, and `local` against a DynamoDB endpoint over HTTP."""

import threading

import boto3
import pytest

from helpers import backends, connect, local_tables
from helpers.errors import CourseError
from helpers.offline.server import Server

TABLE = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def endpoint(monkeypatch, tmp_path):
    """The address of a service over HTTP, which AWS_ENDPOINT_URL_DYNAMODB names."""
    monkeypatch.setattr(local_tables, "ledger", lambda: tmp_path / "course" / "tables.json")
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(backends.ENDPOINT, server.url)
        yield server.url
        server.shutdown()


def names(db) -> list[str]:
    return [table.name for table in db.tables.all()]


def make(db, name: str, **more):
    table = db.create_table(TableName=name, **TABLE, **more)
    table.wait_until_exists()
    return table


def test_local_tables_live_at_the_endpoint_and_not_in_this_process(endpoint):
    db = connect("local", fresh=True)
    make(db, "notes").put_item(Item={"id": "1"})
    assert db.meta.client.meta.endpoint_url == endpoint
    assert boto3.client("dynamodb").scan(TableName="notes")["Count"] == 1
    assert connect("local").Table("notes").item_count == 1
    assert names(connect("offline", fresh=True)) == []


def test_mode_moto_is_moto_s_dynamodb_apart_from_ours():
    make(connect("offline", fresh=True), "ours")
    db = connect("moto", fresh=True)
    try:
        table = make(db, "theirs")
        told = table.put_item(Item={"id": "x" * 1500}, ReturnConsumedCapacity="TOTAL")
        assert told["ConsumedCapacity"]["CapacityUnits"] == 1.0  # 2 on AWS: moto does not weigh items
        assert boto3.client("dynamodb").list_tables()["TableNames"] == ["theirs"]
        assert names(connect("moto", fresh=True)) == []
    finally:
        offline = connect("offline")
    assert names(offline) == []  # a fresh start in one of the two is one in both


def test_each_client_keeps_the_service_it_was_made_for():
    ours = connect("offline", fresh=True)
    theirs = connect("moto")
    connect("offline")
    make(ours, "ours")
    make(theirs, "theirs")
    assert (names(ours), names(theirs)) == (["ours"], ["theirs"])


def test_a_fresh_start_drops_what_the_course_made_and_nothing_else(endpoint):
    db = connect("local", fresh=True)
    make(db, "notes")
    make(db, "Employees", DeletionProtectionEnabled=True)
    local_tables.ledger().unlink()
    make(db, "scratch", DeletionProtectionEnabled=True)
    assert names(connect("local", fresh=True)) == ["Employees", "notes"]


def test_a_fresh_start_meets_tables_in_every_state(endpoint, monkeypatch):
    db = connect("local", fresh=True)
    make(db, "leaving").delete()
    db.create_table(TableName="coming", **TABLE)
    assert names(connect("local", fresh=True)) == []
    # Described a moment before it was gone.
    make(db, "gone")
    old = db.meta.client.describe_table(TableName="gone")
    db.Table("gone").delete()
    db.Table("gone").wait_until_not_exists()
    local_tables._delete(db.meta.client, old["Table"])
    assert names(db) == []


def test_a_later_table_of_the_same_name_is_somebody_elses(endpoint):
    db = connect("local", fresh=True)
    make(db, "notes")
    made = local_tables.ledger().read_text(encoding="utf-8")
    db.Table("notes").delete()
    db.Table("notes").wait_until_not_exists()
    make(db, "notes")
    local_tables.ledger().write_text(made, encoding="utf-8")
    assert names(connect("local", fresh=True)) == ["notes"]


def test_a_broken_list_of_tables_drops_nothing(endpoint):
    make(connect("local", fresh=True), "notes")
    local_tables.ledger().write_text("{broken", encoding="utf-8")
    assert names(connect("local", fresh=True)) == ["notes"]


def test_offline_forgets_the_endpoint(endpoint):
    connect("local")
    connect("offline", fresh=True)
    assert boto3.client("dynamodb").meta.endpoint_url == "https://dynamodb.us-east-1.amazonaws.com"


def test_the_mode_is_the_argument_else_the_setting_else_offline(endpoint, monkeypatch):
    monkeypatch.setenv("COURSE_MODE", "local")
    assert connect().meta.client.meta.endpoint_url == endpoint
    assert "amazonaws" in connect("offline").meta.client.meta.endpoint_url
    monkeypatch.delenv("COURSE_MODE")
    assert "amazonaws" in connect().meta.client.meta.endpoint_url


def test_a_real_account_is_not_there_yet():
    with pytest.raises(CourseError, match="Mode 'aws' comes with the last lesson"):
        connect("aws")


@pytest.mark.parametrize("mode", ["ofline", "AWS", " local"])
@pytest.mark.parametrize("by_setting", [False, True])
def test_a_wrong_mode_is_one_sentence(mode, by_setting, monkeypatch):
    monkeypatch.setenv("COURSE_MODE", mode if by_setting else "offline")
    with pytest.raises(CourseError, match="There is no mode .*: choose 'offline' .* or 'local'"):
        connect(None if by_setting else mode)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "needs an endpoint: set AWS_ENDPOINT_URL_DYNAMODB"),
        ("https://dynamodb.eu-west-1.amazonaws.com", "reaches this machine only"),
        ("http://10.0.0.1:8000", "reaches this machine only"),
        ("127.0.0.1:8000", "reaches this machine only"),
        ("ftp://127.0.0.1", "reaches this machine only"),
        ("http://127.0.0.1:port", "reaches this machine only"),
        ("http://127.0.0.1:9", "No DynamoDB answers at http://127.0.0.1:9: start it"),
    ],
)
def test_a_wrong_endpoint_is_one_sentence(url, message, monkeypatch):
    monkeypatch.setenv(backends.ENDPOINT, url)
    with pytest.raises(CourseError, match=message):
        connect("local")


def test_tables_of_the_offline_service_are_not_noted_down(endpoint):
    make(connect("offline", fresh=True), "notes")
    assert not local_tables.ledger().exists()
