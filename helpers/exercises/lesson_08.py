"""Exercises of lesson 08."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from boto3.dynamodb.conditions import Key

from helpers.datasets import table_input
from helpers.exercises.box import Box, Call, NotYet
from helpers.exercises.engine import Exercise
from helpers.exercises.lesson_01 import request
from helpers.exercises.wording import counted, kind, shown, told
from helpers.meter import meter
from helpers.offline.tables.indexes import Index
from helpers.offline.tables.shelf import hashed


def _indexes(box: Box, name: str) -> dict[str, Index]:
    """The global indexes of a table of the box that are not being deleted."""
    if name not in box.service.tables:
        raise NotYet(f"the table {name} is gone")
    found = box.service.tables[name].indexes.items()
    return {name: index for name, index in found if index.is_global and index.status != "DELETING"}


def _ready(box: Box, index: Index) -> None:
    """The function must have seen that the index can be asked, and not have been lucky."""
    if index.status != "ACTIVE":
        raise NotYet(
            f"the index {index.name} was still {index.status} when your function returned: it did not wait"
        )
    told = [
        one["IndexStatus"]
        for call in box.calls
        if call.operation in ("DescribeTable", "UpdateTable") and call.answer
        for one in (call.answer.get("Table") or call.answer["TableDescription"]).get(
            "GlobalSecondaryIndexes", []
        )
        if one["IndexName"] == index.name
    ]
    if "ACTIVE" not in told:
        raise NotYet(
            f"the last that your function heard of the index {index.name} was {told[-1]}: it went on without "
            "waiting until it is ACTIVE"
        )


def _index_request(name: str, keys: Mapping[str, str], projection: dict | None = None) -> dict:
    """What UpdateTable takes to add an index; `keys` maps the key attributes to their types, partition key first."""
    schema = request(name, keys)
    index = {
        "IndexName": name,
        "KeySchema": schema["KeySchema"],
        "Projection": projection or {"ProjectionType": "KEYS_ONLY"},
    }
    return {
        "AttributeDefinitions": schema["AttributeDefinitions"],
        "GlobalSecondaryIndexUpdates": [{"Create": index}],
    }


# --- 8.1: add an index and ask it ----------------------------------------------------------------------------

TEAM = (
    "Noor",
    "Ada",
    "Mei",
    "Kwame",
    "Grace",
    "Tane",
    "Olena",
    "Bea",
    "Hugo",
    "Ines",
    "Yara",
    "Leo",
    "Zoe",
    "Sol",
)


def _judge_team(box: Box) -> str:
    manager, *others = (f"E-{n:03}" for n in box.random.sample(range(900), 40))
    long = {"about": "x" * 90_000}
    team = [
        {"employeeId": one, "fullName": f"{name} {one}", "managerId": manager, **long}
        for one, name in zip(others, TEAM, strict=False)
    ]
    near = [{"managerId": f"{manager}0"}, {"managerId": manager.lower()}, {"mentorId": manager}, {}]
    rest = [
        {"employeeId": one, "fullName": f"Ann {one}", **near[n % 4], **long}
        for n, one in enumerate(others[len(TEAM) :])
    ]
    table = box.table(table_input("employees"), [*team, *rest])
    returned = box.attempt(table, manager)
    _judge_manager_index(box, table.name)
    asked = [call for call in box.calls if call.operation == "Query" and "IndexName" in call.request]
    if box.count("ExecuteStatement"):
        raise NotYet("it asked in PartiQL, whose answer does not tell how many items were read: use query")
    if box.count("Scan"):
        raise NotYet("your function read the table, or the index, from one end to the other: query the index")
    if not asked:
        raise NotYet("the index is there, and no query asked it")
    _judge_names(box, returned, sorted(item["fullName"] for item in team))
    read = _evaluated(asked)
    if read > len(team):
        raise NotYet(f"{read} entries of the index were read for {len(team)} people")
    return f"{len(team)} people, and the index read nobody else"


def _judge_manager_index(box: Box, name: str) -> None:
    found = _indexes(box, name)
    if not found:
        raise NotYet("the table has no index: add one to it, by UpdateTable")
    right = [index for index in found.values() if list(index.keys)[0] == "managerId" and index.hashes == 1]
    if not right:
        index = next(iter(found.values()))
        raise NotYet(f"the partition key of the index {index.name} is {list(index.keys)[0]}")
    _ready(box, right[0])


def _evaluated(calls: Sequence[Call]) -> int:
    return sum(call.answer.get("ScannedCount", 0) for call in calls if call.answer)


def _judge_names(box: Box, returned: Any, wanted: list[str]) -> None:
    if not isinstance(returned, list | tuple):
        raise NotYet(f"it returned {kind(returned)}, and a list of names was asked for")
    names = list(returned)
    if names and all(isinstance(name, dict) for name in names):
        raise NotYet("it returned items, and their names were asked for")
    if not all(isinstance(name, str) for name in names):
        raise NotYet("what it returned holds something else than names")
    if missing := [name for name in wanted if name not in names]:
        why = ""
        if box.stopped_early:
            why = ": the last answer that it read held a LastEvaluatedKey"
        raise NotYet(f"of {len(wanted)} names, {shown(missing[0])} is missing{why}")
    if extra := [name for name in names if name not in wanted]:
        raise NotYet(f"{shown(extra[0])} is among them, and has another manager")
    if len(names) > len(wanted):
        raise NotYet("a name is there twice")
    if names != wanted:
        raise NotYet("the names are there, and not sorted")


ADD_AN_INDEX = Exercise(
    hints=(
        "The question names a manager. Which attribute is the partition key of an index that answers it?",
        "Section 2 adds an index and polls it: AttributeDefinitions names the key attributes, and until the index is ACTIVE no query is answered.",
        "These people have long texts: together more than a page holds. An index that projects less has less to read. Or loop over the pages.",
    ),
    judge=_judge_team,
)


# --- 8.2: make one sparse ------------------------------------------------------------------------------------

TICKETS = request("tickets", {"ticketId": "S"})
INDEX = "open_tickets"


def _tickets(box: Box) -> list[dict]:
    """40 tickets of two teams, 13 of them open, one of these on the last page of a scan."""
    numbers = box.random.sample(range(1000), 40)
    days = box.random.sample(range(100, 365), 40)
    items = [
        {
            "ticketId": f"T-{number:03}",
            "team": ("maps", "web")[place % 2],
            "opened": f"2026-{day // 31 + 1:02}-{day % 28 + 1:02}T08:{place:02}:00Z",
            "text": "x" * 30_000,
        }
        for place, (number, day) in enumerate(zip(numbers, days, strict=True))
    ]
    last = max(items, key=lambda item: hashed(item["ticketId"].encode()))  # on the last page of a scan
    team = [item for item in items if item is not last]
    chosen = [
        last,
        *[one for one in team if one["team"] == "maps"][:6],
        *[one for one in team if one["team"] == "web"][:6],
    ]
    for place, item in enumerate(items):
        item["status"] = "open" if item in chosen else ("closed", "closed", "waiting")[place % 3]
    return items


def _judge_sparse(box: Box) -> str:
    items = _tickets(box)
    table = box.table(TICKETS, items)
    box.attempt(table)
    _judge_tickets(box, items)
    found = _indexes(box, "tickets")
    if INDEX not in found:
        near = f": there is one named {min(found)}" if found else ""
        raise NotYet(f"there is no index {INDEX}{near}")
    index = found[INDEX]
    _ready(box, index)
    names = list(index.keys)
    if names[: index.hashes] != ["team"]:
        raise NotYet(
            f"the partition key of the index is {' and '.join(names[: index.hashes])}, and a team asks it"
        )
    _judge_entries(box, index, items)
    for team in ("maps", "web"):
        answer = table.query(IndexName=INDEX, KeyConditionExpression=Key("team").eq(team))
        opened = [item["ticketId"] for item in answer["Items"]]
        right = sorted(
            (item for item in items if item["team"] == team and item["status"] == "open"),
            key=lambda item: item["opened"],
        )
        if opened != [item["ticketId"] for item in right]:
            raise NotYet("the index holds the open tickets, and a team's do not come the oldest first")
    return f"{len(index.shelf)} of {len(items)} tickets are in the index"


def _judge_tickets(box: Box, items: list[dict]) -> None:
    """The tickets are still there, and what was in them; the closed ones as they were."""
    pages = box.db.meta.client.get_paginator("scan").paginate(TableName="tickets")
    stored = {item["ticketId"]: item for page in pages for item in page["Items"]}
    for item in items:
        now = stored.get(item["ticketId"])
        if now is None:
            raise NotYet(f"the ticket {item['ticketId']} is gone")
        if changed := [name for name in item if now.get(name) != item[name]]:
            raise NotYet(f"the ticket {item['ticketId']} has another {changed[0]} than before, or none")


def _judge_entries(box: Box, index: Index, items: list[dict]) -> None:
    held = {entry["ticketId"]["S"] for entry in index.shelf}
    is_open = {item["ticketId"] for item in items if item["status"] == "open"}
    if extra := sorted(held - is_open):
        status = next(item["status"] for item in items if item["ticketId"] == extra[0])
        raise NotYet(
            f"{len(held)} tickets are in the index, and {extra[0]} among them, whose status is {status}: an item is left "
            "out if it lacks a key attribute"
        )
    if missing := sorted(is_open - held):
        stored = box.service.tables["tickets"].shelf
        item = next(one for one in stored if one["ticketId"]["S"] == missing[0])
        lacks = [name for name in index.keys if name not in item]
        odd = [name for name, type_ in index.keys.items() if name in item and type_ not in item[name]]
        why = (
            f": it has no {lacks[0]}"
            if lacks
            else f": its {odd[0]} is of type {next(iter(item[odd[0]]))}"
            if odd
            else ""
        )
        raise NotYet(f"the open ticket {missing[0]} is not in the index{why}")


MAKE_SPARSE = Exercise(
    hints=(
        "An item that lacks a key attribute of an index is not in it. All tickets have a status, open or not.",
        "Give the open tickets, and no others, one attribute more. A scan finds them, on all of its pages.",
        "If that attribute holds the time at which the ticket was opened, it can be the sort key, and the oldest comes first.",
    ),
    judge=_judge_sparse,
)


# --- 8.3: the cheapest projection that answers ---------------------------------------------------------------

SHOWN = ("fullName", "jobTitle", "phone")
BEST = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["jobTitle", "phone"]}


def _staff(box: Box) -> list[dict]:
    return [
        {
            "employeeId": f"E-{number:03}",
            "fullName": f"Name {place:02}",
            "location": "Lisbon",
            "jobTitle": "Designer",
            "phone": {"desk": str(number), "mobile": f"+351-{number}"},
            "badges": {"mentor"},
            "seenAt": "2026-03-01T08:00:00Z",
            "about": "x" * 1_500,
        }
        for place, number in enumerate(box.random.sample(range(900), 24))
    ]


def _phone_table(box: Box, name: str, projection: dict, people: list[dict]) -> tuple[Any, Decimal, Decimal]:
    """A table with the index, what one list costs to read, and what a new `seenAt` costs to write."""
    added = _index_request("by_office", {"location": "S", "fullName": "S"}, projection)
    made = request(name, {"employeeId": "S"})
    table = box.table(
        {
            **made,
            "AttributeDefinitions": made["AttributeDefinitions"] + added["AttributeDefinitions"],
            "GlobalSecondaryIndexes": [added["GlobalSecondaryIndexUpdates"][0]["Create"]],
        },
        people,
    )
    with meter() as read:
        table.query(IndexName="by_office", KeyConditionExpression=Key("location").eq("Lisbon"))
    with meter() as written:
        table.update_item(
            Key={"employeeId": people[0]["employeeId"]},
            UpdateExpression="SET seenAt = :now",
            ExpressionAttributeValues={":now": "2026-03-01T09:00:00Z"},
        )
    return table, read.rcu, written.wcu


def _judge_projection(box: Box) -> str:
    returned = box.attempt()
    if not isinstance(returned, dict):
        raise NotYet(f"it returned {kind(returned)}, and a dict with a ProjectionType was asked for")
    if "ProjectionType" not in returned:
        part = ", and the projection is one part of it" if "Projection" in returned else ""
        raise NotYet(f"what it returned has no ProjectionType{part}")
    people = _staff(box)
    try:
        table, rcu, wcu = _phone_table(box, "answer", returned, people)
    except Exception as error:
        raise NotYet(told(error)) from None
    best, best_rcu, best_wcu = _phone_table(box, "best", BEST, people)
    entry = table.query(IndexName="by_office", KeyConditionExpression=Key("location").eq("Lisbon"))["Items"][
        0
    ]
    if missing := [name for name in SHOWN if name not in entry]:
        unknown = [name for name in returned.get("NonKeyAttributes", []) if name not in people[0]]
        why = (
            f": no item has an attribute {unknown[0]}"
            if unknown
            else ": an index gives what it holds, and nothing else"
        )
        raise NotYet(f"the list has no {' and no '.join(missing)}{why}")
    more = " and ".join(sorted(set(entry) - {*SHOWN, "location", "employeeId"}))
    if rcu > best_rcu:
        raise NotYet(
            f"a list of one office costs {_number(rcu)} read units, and less would do: the entries hold {more} as well"
        )
    if wcu > best_wcu:
        raise NotYet(
            f"a change of seenAt costs {_number(wcu)} write units, and less would do: the entries hold {more} as well"
        )
    size, least = (
        one.global_secondary_indexes[0]["IndexSizeBytes"] for one in (_loaded(table), _loaded(best))
    )
    if size > least:
        raise NotYet(f"the index holds {size - least} bytes that the list does not show: {more}")
    return f"{_number(rcu)} read units a list, and a change of seenAt costs the index nothing"


def _number(units: Decimal) -> str:
    return f"{units.normalize():f}"


def _loaded(table: Any) -> Any:
    table.reload()
    return table


CHEAPEST_PROJECTION = Exercise(
    hints=(
        "Which attributes does the list show? Which of them does the index hold anyway, since they are keys?",
        "Section 3 has the three projections. What does an entry hold under each of them?",
        "INCLUDE, and in NonKeyAttributes what the list shows beyond the keys.",
    ),
    judge=_judge_projection,
)


# --- 8.4: why is somebody missing ----------------------------------------------------------------------------

# What a person may have under these two keys: why it keeps the person out of the index, "" if it does not.
ODD = [
    ({"location": None}, "location", "its location is NULL"),
    ({"location": 7}, "location", "its location is a number"),
    ({"location": ""}, "location", "its location is empty"),
    ({"location": "é" * 1_100}, "location", "its location has 2,200 bytes"),
    ({}, "location", "it has no location"),
    ({"location": ["Lisbon"]}, "location", "its location is a list"),
    ({"fullName": None}, "fullName", "its fullName is NULL"),
    ({"fullName": "x" * 1_025}, "fullName", "its fullName has 1,025 bytes"),
    ({"fullName": ""}, "fullName", "its fullName is empty"),
    ({"fullName": b"Ada"}, "fullName", "its fullName is binary"),
]
SOUND = [
    {"location": "x" * 2_048},
    {"location": "7"},
    {"location": " "},
    {"fullName": "é" * 512},
    {"fullName": "None"},
]


def _people(box: Box) -> tuple[list[dict], dict[str, tuple[str, str]]]:
    """40 people, 10 of them not in the index, with the attribute to blame and what there is to say of it."""
    ids = [f"E-{number:03}" for number in box.random.sample(range(900), 40)]
    last = max(ids, key=lambda one: hashed(one.encode()))  # on the last page of a scan: it is an odd one
    ids = [last, *(one for one in ids if one != last)]
    blamed, items = {}, []
    for place, one in enumerate(ids):
        item = {"employeeId": one, "fullName": f"Name {one}", "location": "Lisbon", "about": "x" * 30_000}
        if place < len(ODD):
            odd, name, why = ODD[place]
            blamed[one] = (name, why)
            item |= odd
            if not odd:
                del item["location"]
        elif place < len(ODD) + len(SOUND):
            item |= SOUND[place - len(ODD)]
        items.append(item)
    return items, blamed


def _judge_missing(box: Box) -> str:
    items, blamed = _people(box)
    table = box.table(table_input("employees"), items)
    table.update(**_index_request("by_office", {"location": "S", "fullName": "S"}))
    while (
        table.global_secondary_indexes is None or table.global_secondary_indexes[0]["IndexStatus"] != "ACTIVE"
    ):
        table.reload()
    returned = box.attempt(table)
    if not isinstance(returned, dict):
        raise NotYet(f"it returned {kind(returned)}, and a dict from employeeId to attribute was asked for")
    known = {item["employeeId"] for item in items}
    if strange := [one for one in returned if one not in known]:
        raise NotYet(f"{shown(strange[0])} is no employeeId of the table")
    if extra := sorted(set(returned) - set(blamed)):
        raise NotYet(f"{extra[0]} is named, and is in the index")
    missing = [one for one in blamed if one not in returned]
    if missing:
        early = (
            ", and the last page that your function read held a LastEvaluatedKey" if box.stopped_early else ""
        )
        number = counted(len(blamed), "person").replace("persons", "people")
        raise NotYet(f"of {number} {missing[0]} is not named: {blamed[missing[0]][1]}{early}")
    for one, (name, why) in blamed.items():
        if returned[one] != name:
            raise NotYet(f"of {one} it blames {shown(returned[one])}, and {why}")
    return f"{len(blamed)} of {len(items)} people are not in the index, and each for its reason"


WHY_MISSING = Exercise(
    hints=(
        "Section 10 asks who is missing: it takes all ids of the table, less those of the index. Each scan has its pages.",
        "A key attribute must be there, be a text, hold at least one byte, and not too many.",
        "A partition key has at most 2,048 bytes and a sort key 1,024. len counts letters; len(text.encode()) counts bytes.",
    ),
    judge=_judge_missing,
)

EXERCISES = [ADD_AN_INDEX, MAKE_SPARSE, CHEAPEST_PROJECTION, WHY_MISSING]
