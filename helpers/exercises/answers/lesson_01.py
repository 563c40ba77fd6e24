"""Answers to the exercises of lesson 01."""

from typing import Any

from helpers.exercises.engine import Answers
from helpers.exercises.lesson_01 import SCRATCH, request

# --- 1.1 -----------------------------------------------------------------------------------------------------


def create_readings(db):
    db.create_table(
        TableName="readings",
        KeySchema=[
            {"AttributeName": "stationId", "KeyType": "HASH"},
            {"AttributeName": "takenAt", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "stationId", "AttributeType": "S"},
            {"AttributeName": "takenAt", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def _creates(name: str, keys: dict[str, str], **more: Any):
    def answer(db):
        db.create_table(**request(name, keys, **more))

    return answer


def _defines_all(db):
    made = request("readings", {"stationId": "S", "takenAt": "S"})
    made["AttributeDefinitions"].append({"AttributeName": "celsius", "AttributeType": "N"})
    db.create_table(**made)


def _deletes_it_again(db):
    create_readings(db)
    db.Table("readings").wait_until_exists()
    db.Table("readings").delete()


def _with_a_client(db):
    db.meta.client.create_table(
        **request(
            "readings", {"stationId": "S", "takenAt": "S"}, BillingMode="PAY_PER_REQUEST", Tags=[SCRATCH]
        )
    )
    db.meta.client.get_waiter("table_exists").wait(TableName="readings")


def _with_dots(db):
    create_readings(db)
    return ...


_PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}

CHOOSE_KEYS = Answers(
    solution=create_readings,
    wrong=(
        (_creates("readings", {"takenAt": "S", "stationId": "S"}), "its items are kept together by takenAt"),
        (_creates("readings", {"stationId": "S"}), "a second reading would replace the first"),
        (_creates("readings", {"stationId": "S", "celsius": "N"}), "may well be equally warm"),
        (_creates("readings", {"stationId": "S", "readingId": "S"}), "its items are sorted by readingId"),
        (_creates("readings", {"stationId": "S", "takenAt": "N"}), "both attributes are strings"),
        (_creates("readings", {"stationId": "S", "takenAt": "S"}, **_PROVISIONED), "on demand was asked for"),
        (_creates("Readings", {"stationId": "S", "takenAt": "S"}), "there is one named Readings"),
        (_defines_all, "Number of attributes in KeySchema does not exactly match"),
        (_deletes_it_again, "there is no table readings"),
        (_with_dots, "the dots are still in the return line"),
    ),
    right=(_with_a_client,),
)

# --- 1.2 -----------------------------------------------------------------------------------------------------


def prepare_for_monday(db):
    notes = db.Table("notes")
    notes.update(ProvisionedThroughput={"ReadCapacityUnits": 20, "WriteCapacityUnits": 5})
    notes.wait_until_exists()
    notes.reload()
    return notes.table_status


def _updates(read: int = 20, write: int = 5, **more: Any):
    throughput = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}

    def answer(db):
        db.Table("notes").update(**(more or {"ProvisionedThroughput": throughput}))

    return answer


def _does_not_wait(db):
    _updates()(db)
    return "ACTIVE"


def _looks_once(db):
    _updates()(db)
    return db.Table("notes").table_status


def _looks_once_and_claims(db):
    _looks_once(db)
    return "ACTIVE"


def _returns_what_it_saw_before(db):
    _updates()(db)
    notes = db.Table("notes")
    status = notes.table_status
    notes.wait_until_exists()
    return status


def _returns_nothing(db):
    _updates()(db)
    db.Table("notes").wait_until_exists()


def _leaves_the_dots(db):
    _returns_nothing(db)
    return ...


def _names_one(db):
    db.Table("notes").update(ProvisionedThroughput={"ReadCapacityUnits": 20})


def _makes_it_anew(db):
    db.Table("notes").delete()


def _asks_in_a_loop(db):
    client = db.meta.client
    client.update_table(
        TableName="notes", ProvisionedThroughput={"ReadCapacityUnits": 20, "WriteCapacityUnits": 5}
    )
    while (status := client.describe_table(TableName="notes")["Table"]["TableStatus"]) != "ACTIVE":
        pass
    return status


def _waits_with_a_client(db):
    _updates()(db)
    db.meta.client.get_waiter("table_exists").wait(TableName="notes")
    return db.Table("notes").table_status


CHANGE_THROUGHPUT = Answers(
    solution=prepare_for_monday,
    wrong=(
        (_does_not_wait, "was still UPDATING when your function returned: it did not wait"),
        (_looks_once, "the last status that it saw was UPDATING: it did not wait"),
        (_looks_once_and_claims, "it returned 'ACTIVE', and the last status that it saw was UPDATING"),
        (_returns_what_it_saw_before, "returned 'UPDATING', which it had seen before"),
        (_returns_nothing, "your function returned None and not its status"),
        (_leaves_the_dots, "the dots are still in the return line"),
        (_updates(5, 20), "the table has 5 RCU and 20 WCU"),
        (_names_one, "boto3 refused the call"),
        (_updates(BillingMode="PAY_PER_REQUEST"), "the table is on demand now"),
        (_updates(5, 5), "The provisioned throughput for the table will not change"),
        (_makes_it_anew, "the table notes was deleted"),
        (lambda db: "ACTIVE", "the table still has 5 RCU and 5 WCU"),
    ),
    right=(_asks_in_a_loop, _waits_with_a_client),
)

# --- 1.3 -----------------------------------------------------------------------------------------------------


def clean_up(db):
    for table in db.tables.all():
        tags = db.meta.client.list_tags_of_resource(ResourceArn=table.table_arn)["Tags"]
        if {"Key": "purpose", "Value": "scratch"} not in tags:
            continue
        if table.deletion_protection_enabled:
            table.update(DeletionProtectionEnabled=False)
            table.wait_until_exists()
        table.delete()


def _tags(db, table) -> list[dict]:
    return db.meta.client.list_tags_of_resource(ResourceArn=table.table_arn)["Tags"]


def _deletes(chosen, unprotects="chosen"):
    """Deletes what is chosen by name and tags; takes protection off the chosen, all or none."""

    def answer(db):
        for table in db.tables.all():
            it = chosen(table.name, _tags(db, table))
            if unprotects == "all" or (unprotects == "chosen" and it):
                table.update(DeletionProtectionEnabled=False)
            if it:
                table.delete()

    return answer


def _gives_up(db):
    for table in db.tables.all():
        if SCRATCH in _tags(db, table) and not table.deletion_protection_enabled:
            table.delete()


def _with_a_client_and_pages(db):
    client = db.meta.client
    names = [name for page in client.get_paginator("list_tables").paginate() for name in page["TableNames"]]
    for name in names:
        about = client.describe_table(TableName=name)["Table"]
        pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=about["TableArn"])
        tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
        if tags.get("purpose") == "scratch":
            client.update_table(TableName=name, DeletionProtectionEnabled=False)
            client.delete_table(TableName=name)


def _dots_at_the_end(db):
    clean_up(db)
    return ...


CLEAN_UP = Answers(
    solution=clean_up,
    wrong=(
        (_deletes(lambda name, tags: True), "Employees is gone"),
        (
            _deletes(lambda name, tags: name.startswith("scratch")),
            "its name says scratch, and its tag says production",
        ),
        (
            _deletes(lambda name, tags: any(tag["Value"] == "scratch" for tag in tags)),
            "loans is gone: its tag owner has the value scratch",
        ),
        (
            _deletes(
                lambda name, tags: any(
                    tag["Key"].startswith("purpose") and tag["Value"] == "scratch" for tag in tags
                )
            ),
            "pilot is gone: its tag is named purposes",
        ),
        (
            _deletes(lambda name, tags: "purpose" in str(tags) and "scratch" in str(tags)),
            "drafts is gone: the value of its tag purpose is",
        ),
        (
            _deletes(lambda name, tags: SCRATCH in tags, "all"),
            "ledger is still there, and no longer protected",
        ),
        (
            _deletes(lambda name, tags: tags == [SCRATCH]),
            "old-notes is still there: it has the tag, and another one beside it",
        ),
        (
            _deletes(lambda name, tags: SCRATCH in tags, "none"),
            "DynamoDB refused DeleteTable: Resource cannot be deleted",
        ),
        (_gives_up, "try-out is still there"),
        (_dots_at_the_end, "the dots are still in the return line"),
        (lambda db: None, "all tables are still there"),
    ),
    right=(_with_a_client_and_pages, _deletes(lambda name, tags: SCRATCH in tags)),
)

ANSWERS = [CHOOSE_KEYS, CHANGE_THROUGHPUT, CLEAN_UP]
