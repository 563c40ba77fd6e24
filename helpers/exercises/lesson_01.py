"""Exercises of lesson 01."""

from random import Random
from typing import Any

from helpers.exercises.box import Box, NotYet
from helpers.exercises.engine import Exercise
from helpers.exercises.wording import shown


def request(name: str, keys: dict[str, str], **more: Any) -> dict:
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


def _standing(box: Box) -> dict:
    """The tables of the box that are not being deleted."""
    return {name: table for name, table in box.service.tables.items() if table.status != "DELETING"}


# --- 1.1: choose the keys ------------------------------------------------------------------------------------


def _judge_keys(box: Box) -> str:
    box.attempt(box.db)
    tables = _standing(box)
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


CHOOSE_KEYS = Exercise(
    hints=(
        "The app shows the readings of one station. Items with the same partition key stand together.",
        "Within a partition key, items are sorted by the sort key. The app wants time order.",
        "The partition key is stationId, the sort key takenAt. Only these two are defined; both are of type S.",
    ),
    judge=_judge_keys,
)


# --- 1.2: change the throughput and wait ---------------------------------------------------------------------

NOTES = request(
    "notes",
    {"userId": "S", "noteId": "S"},
    ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
)


def _judge_throughput(box: Box) -> str:
    box.table(NOTES)
    returned = box.attempt(box.db)
    notes = _standing(box).get("notes")
    if notes is None or box.count("DeleteTable"):
        raise NotYet("the table notes was deleted: it can be changed without making it anew")
    if notes.billing == "PAY_PER_REQUEST":
        raise NotYet("the table is on demand now, and it was to keep provisioned capacity")
    rcu, wcu = notes.pending or (notes.rcu, notes.wcu)
    if (rcu, wcu) == (5, 5):
        raise NotYet("the table still has 5 RCU and 5 WCU")
    if (rcu, wcu) != (20, 5):
        raise NotYet(f"the table has {rcu} RCU and {wcu} WCU, and 20 and 5 were asked for")
    if notes.status != "ACTIVE":
        raise NotYet("the table was still UPDATING when your function returned: it did not wait")
    _judge_status(box, returned)
    return "20 RCU, 5 WCU, and nobody met the table half-way"


def _judge_status(box: Box, returned: Any) -> None:
    """The status must be one that the function saw after its change, and the last one."""
    changed = [call.operation for call in box.calls].index("UpdateTable")
    seen = [
        call.answer["Table"]["TableStatus"]
        for call in box.calls[changed:]
        if call.operation == "DescribeTable" and call.answer
    ]
    if "ACTIVE" not in seen:
        last = f"the last status that it saw was {seen[-1]}" if seen else "it never asked for the status"
        raise NotYet(f"it returned {shown(returned)}, and {last}: it did not wait until the table was ready")
    if returned in ("UPDATING", "CREATING"):
        raise NotYet(
            f"it waited until the table was ready, and returned {shown(returned)}, which it had seen before"
        )
    if returned != "ACTIVE":
        raise NotYet(f"the table is ready, but your function returned {shown(returned)} and not its status")


CHANGE_THROUGHPUT = Exercise(
    hints=(
        'db.Table("notes") is the table that is there. Section 7 changes its capacity. Both numbers are named in the call, also the one that stays.',
        "update() answers at once. wait_until_exists() waits, whatever its name says, until the table is ACTIVE again.",
        "reload() fetches the description anew; table_status then holds the state.",
    ),
    judge=_judge_throughput,
)


# --- 1.3: delete what is tagged, and nothing else ------------------------------------------------------------


def _tag(key: str, value: str) -> dict[str, str]:
    return {"Key": key, "Value": value}


SCRATCH = _tag("purpose", "scratch")
GO = {
    "old-notes": {"Tags": [_tag("owner", "kwame"), SCRATCH]},
    "scratch-copy": {"Tags": [SCRATCH]},
    "try-out": {"Tags": [SCRATCH], "DeletionProtectionEnabled": True},
}


def _keepers(random: Random) -> dict[str, tuple[dict, str]]:
    """Tables that must stay, near misses all: what they are made with, and why they are none of those."""
    value = random.choice(("scratchpad", "scratches", "scratch-2025"))
    return {
        "Employees": ({}, "it carried no tag at all"),
        "scratch-recipes": (
            {"Tags": [_tag("purpose", "production")]},
            "its name says scratch, and its tag says production",
        ),
        "drafts": (
            {"Tags": [_tag("purpose", value)]},
            f"the value of its tag purpose is {value}, and not scratch",
        ),
        "loans": (
            {"Tags": [_tag("owner", "scratch")]},
            "its tag owner has the value scratch, and not purpose",
        ),
        "pilot": (
            {"Tags": [_tag("purposes", "scratch")]},
            "its tag is named purposes, and not purpose",
        ),
        "ledger": (
            {"Tags": [_tag("purpose", "production")], "DeletionProtectionEnabled": True},
            "its tag says production, and it was protected",
        ),
    }


def _judge_cleaning(box: Box) -> str:
    stay = _keepers(box.random)
    tables = GO | {name: more for name, (more, _) in stay.items()}
    names = sorted(tables)
    box.random.shuffle(names)
    for name in names:
        box.table(request(name, {"id": "S"}, BillingMode="PAY_PER_REQUEST", **tables[name]))
    box.attempt(box.db)
    left = _standing(box)
    for name, (_, why) in stay.items():
        if name not in left:
            raise NotYet(f"{name} is gone: {why}")
    if not left["ledger"].protected:
        raise NotYet("ledger is still there, and no longer protected: it was none of those to delete")
    if not tables.keys() - left.keys():
        raise NotYet("all tables are still there")
    if "try-out" in left:
        raise NotYet("try-out is still there: it is tagged, and protected against deletion")
    if "scratch-copy" in left:
        raise NotYet("scratch-copy is still there")
    if "old-notes" in left:
        raise NotYet("old-notes is still there: it has the tag, and another one beside it")
    return f"{len(GO)} tables deleted, {len(stay)} left as they were"


CLEAN_UP = Exercise(
    hints=(
        "db.tables.all() gives every table; the client's list_tags_of_resource tells a table's tags by its ARN.",
        "One of the tagged tables is protected. Section 8 shows how protection is taken off.",
        "Protection is taken off at once: the table can be deleted right after.",
    ),
    judge=_judge_cleaning,
)

EXERCISES = [CHOOSE_KEYS, CHANGE_THROUGHPUT, CLEAN_UP]
