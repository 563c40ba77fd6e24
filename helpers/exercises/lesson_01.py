"""Exercises of lesson 01."""

from typing import Any

from helpers.exercises.engine import Box, Exercise, NotYet


def _request(name: str, keys: dict[str, str], **more: Any) -> dict:
    """CreateTable input; `keys` maps the key attributes to their types, partition key first."""
    return {
        "TableName": name,
        "KeySchema": [
            {"AttributeName": key, "KeyType": role}
            for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in keys.items()],
        **(more or {"BillingMode": "PAY_PER_REQUEST"}),
    }


# --- 1.1: choose the keys ------------------------------------------------------------------------------------


def _judge_keys(box: Box) -> str:
    box.attempt(box.db)
    tables = box.service.tables
    if "readings" not in tables:
        near = f": there is one named {sorted(tables)[0]}" if tables else ""
        raise NotYet(f"there is no table readings{near}")
    keys = list(tables["readings"].keys.items())
    names = [name for name, _ in keys]
    if "celsius" in names:
        raise NotYet("celsius is part of the key: two readings of one station may well be equally warm")
    if names[0] != "stationId":
        raise NotYet(
            f"its items are kept together by {names[0]}: which attribute do all readings of one station share?"
        )
    if len(names) == 1:
        raise NotYet("it holds one item per station: a second reading would replace the first")
    if names[1] != "takenAt":
        raise NotYet(f"within a station its items are sorted by {names[1]}, and time order was asked for")
    if keys != [("stationId", "S"), ("takenAt", "S")]:
        raise NotYet("both attributes are strings, and the table declares another type")
    if tables["readings"].billing != "PAY_PER_REQUEST":
        raise NotYet("the table has provisioned capacity, and on demand was asked for")
    return "one station's readings stand together, in the order of time"


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
        db.create_table(**_request(name, keys, **more))

    return answer


def _defines_all(db):
    request = _request("readings", {"stationId": "S", "takenAt": "S"})
    request["AttributeDefinitions"].append({"AttributeName": "celsius", "AttributeType": "N"})
    db.create_table(**request)


_PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}

CHOOSE_KEYS = Exercise(
    hints=(
        "The app shows the readings of one station. Items with the same partition key stand together.",
        "Within a partition key, items are sorted by the sort key. The app wants time order.",
        "The partition key is stationId, the sort key takenAt. Only these two are defined; both are of type S.",
    ),
    judge=_judge_keys,
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
        (lambda db: None, "there is no table readings"),
    ),
)


# --- 1.2: change the throughput and wait ---------------------------------------------------------------------

NOTES = _request("notes", {"userId": "S", "noteId": "S"}, **_PROVISIONED)


def _judge_throughput(box: Box) -> str:
    box.table(NOTES)
    returned = box.attempt(box.db)
    notes = box.service.tables.get("notes")
    if notes is None or notes.status == "DELETING":
        raise NotYet("the table notes is gone: it can be changed without making it anew")
    if notes.billing == "PAY_PER_REQUEST":
        raise NotYet("the table is on demand now, and it was to keep provisioned capacity")
    rcu, wcu = notes.pending or (notes.rcu, notes.wcu)
    if (rcu, wcu) == (5, 5):
        raise NotYet("the table still has 5 RCU and 5 WCU")
    if (rcu, wcu) != (20, 5):
        raise NotYet(f"the table has {rcu} RCU and {wcu} WCU, and 20 and 5 were asked for")
    if notes.status != "ACTIVE":
        raise NotYet("the table was still UPDATING when your function returned: it did not wait")
    if returned != "ACTIVE":
        raise NotYet(
            f"the table is ready, but your function returned {returned!r} and not the status that it saw"
        )
    return "20 RCU, 5 WCU, and nobody met the table half-way"


def prepare_for_monday(db):
    notes = db.Table("notes")
    notes.update(ProvisionedThroughput={"ReadCapacityUnits": 20, "WriteCapacityUnits": 5})
    notes.wait_until_exists()
    notes.reload()
    return notes.table_status


def _does_not_wait(db):
    notes = db.Table("notes")
    notes.update(ProvisionedThroughput={"ReadCapacityUnits": 20, "WriteCapacityUnits": 5})
    return "ACTIVE"


def _returns_nothing(db):
    db.Table("notes").update(ProvisionedThroughput={"ReadCapacityUnits": 20, "WriteCapacityUnits": 5})
    db.Table("notes").wait_until_exists()


def _swaps(db):
    db.Table("notes").update(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 20})


def _names_one(db):
    db.Table("notes").update(ProvisionedThroughput={"ReadCapacityUnits": 20})


def _goes_on_demand(db):
    db.Table("notes").update(BillingMode="PAY_PER_REQUEST")


def _same_again(db):
    db.Table("notes").update(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})


def _makes_it_anew(db):
    db.Table("notes").delete()


CHANGE_THROUGHPUT = Exercise(
    hints=(
        "Section 7 changes the capacity of notes. Both numbers are named in the call, also the one that stays.",
        "update() answers at once. The waiter wait_until_exists() returns when the table is ACTIVE again.",
        "reload() fetches the description anew; table_status then holds the state.",
    ),
    judge=_judge_throughput,
    solution=prepare_for_monday,
    wrong=(
        (_does_not_wait, "it did not wait"),
        (_returns_nothing, "your function returned None and not the status"),
        (_swaps, "the table has 5 RCU and 20 WCU"),
        (_names_one, "boto3 refused the call"),
        (_goes_on_demand, "the table is on demand now"),
        (_same_again, "The provisioned throughput for the table will not change"),
        (_makes_it_anew, "the table notes is gone"),
        (lambda db: "ACTIVE", "the table still has 5 RCU and 5 WCU"),
    ),
)


# --- 1.3: delete what is tagged, and nothing else ------------------------------------------------------------

SCRATCH = [{"Key": "purpose", "Value": "scratch"}]
TABLES = {
    "Employees": {},
    "scratch-copy": {"Tags": SCRATCH},
    "scratch-recipes": {"Tags": [{"Key": "purpose", "Value": "production"}]},
    "try-out": {"Tags": SCRATCH, "DeletionProtectionEnabled": True},
}


def _judge_cleaning(box: Box) -> str:
    for name, more in TABLES.items():
        box.table(_request(name, {"id": "S"}, BillingMode="PAY_PER_REQUEST", **more))
    box.attempt(box.db)
    left = {name for name, table in box.service.tables.items() if table.status != "DELETING"}
    if "Employees" not in left:
        raise NotYet("Employees is gone, and it carried no tag at all")
    if "scratch-recipes" not in left:
        raise NotYet("scratch-recipes is gone: its name says scratch, and its tag says production")
    if left == set(TABLES):
        raise NotYet("all four tables are still there")
    if "try-out" in left:
        raise NotYet("try-out is still there: it is tagged, and protected against deletion")
    if "scratch-copy" in left:
        raise NotYet("scratch-copy is still there")
    return "two tables deleted, two left alone"


def clean_up(db):
    for table in db.tables.all():
        tags = db.meta.client.list_tags_of_resource(ResourceArn=table.table_arn)["Tags"]
        if {"Key": "purpose", "Value": "scratch"} not in tags:
            continue
        if table.deletion_protection_enabled:
            table.update(DeletionProtectionEnabled=False)
            table.wait_until_exists()
        table.delete()


def _deletes_all(db):
    for table in db.tables.all():
        table.update(DeletionProtectionEnabled=False)
        table.wait_until_exists()
        table.delete()


def _goes_by_name(db):
    for table in db.tables.all():
        if table.name.startswith("scratch"):
            table.delete()


def _forgets_protection(db):
    for table in db.tables.all():
        if db.meta.client.list_tags_of_resource(ResourceArn=table.table_arn)["Tags"] == SCRATCH:
            table.delete()


def _gives_up(db):
    for table in db.tables.all():
        tagged = db.meta.client.list_tags_of_resource(ResourceArn=table.table_arn)["Tags"] == SCRATCH
        if tagged and not table.deletion_protection_enabled:
            table.delete()


CLEAN_UP = Exercise(
    hints=(
        "db.tables.all() gives every table; the client's list_tags_of_resource tells a table's tags by its ARN.",
        "One tagged table is protected. Section 8 shows how protection is taken off.",
        "Protection is taken off at once: the table can be deleted right after.",
    ),
    judge=_judge_cleaning,
    solution=clean_up,
    wrong=(
        (_deletes_all, "Employees is gone"),
        (_goes_by_name, "its name says scratch, and its tag says production"),
        (_forgets_protection, "DynamoDB refused DeleteTable: Resource cannot be deleted"),
        (_gives_up, "try-out is still there"),
        (lambda db: None, "all four tables are still there"),
    ),
)

EXERCISES = [CHOOSE_KEYS, CHANGE_THROUGHPUT, CLEAN_UP]
