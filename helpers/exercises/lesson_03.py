"""Exercises of lesson 03."""

from typing import Any

from boto3.dynamodb.conditions import Attr, Key

from helpers.datasets import table_input
from helpers.exercises.engine import Box, Exercise, NotYet, counted
from helpers.offline.tables.shelf import hashed


def _note(user: str, when: str, **attributes: Any) -> dict:
    return {
        "userId": user,
        "noteId": f"{when}:00Z-{user[0]}{when[-2:]}",
        "content": f"{user}, {when}",
        **attributes,
    }


def _items(returned: Any) -> list[dict]:
    """What an answer returned, as a list of items."""
    if isinstance(returned, dict) and "Items" in returned:
        raise NotYet("it returned DynamoDB's whole answer, and the items are one part of it")
    if returned is None or isinstance(returned, str | dict):
        raise NotYet(f"it returned {_type(returned)}, and a list of items was asked for")
    if not isinstance(returned, list | tuple):
        made = ": list(…) makes one of it" if hasattr(returned, "__iter__") else ""
        raise NotYet(f"it returned a {type(returned).__name__}, and a list of items was asked for{made}")
    items = list(returned)
    if not all(isinstance(item, dict) for item in items):
        raise NotYet("what it returned holds something else than whole items")
    return items


def _type(returned: Any) -> str:
    return "nothing" if returned is None else f"a {type(returned).__name__}"


# --- 3.1: a part of a collection, newest first ---------------------------------------------------------------

MARCH = [_note("ada", f"2026-03-{day:02}T09:30") for day in (1, 9, 17, 31)]
AROUND = [
    _note("ada", "2026-02-28T23:59"),
    _note("ada", "2026-04-01T00:00"),
    _note("ada", "2025-03-15T08:00"),
    _note("grace", "2026-03-12T07:00"),
    *(_note("kwame", f"2026-01-{day:02}T10:00") for day in range(1, 32)),
]


def _judge_march(box: Box) -> str:
    table = box.table(table_input("notes"), [*AROUND, *MARCH])
    items = _items(box.attempt(table))
    wanted = MARCH[::-1]
    _judge_which(items, wanted)
    if items == MARCH:
        raise NotYet("the four notes are there, the oldest first")
    if [item["noteId"] for item in items] != [note["noteId"] for note in wanted]:
        raise NotYet("the four notes are there, and not in the order of time")
    if items != wanted:
        raise NotYet("the four notes are there, and not whole: an attribute is missing or changed")
    if "Scan" in box.used.operations:
        raise NotYet(
            f"a scan read all {box.evaluated} items of the table to return {len(items)}: ask for ada's collection"
        )
    if box.evaluated > len(wanted):
        why = "you filtered after reading" if box.used.requests == 1 else "you asked more than once"
        raise NotYet(f"{why}: {box.evaluated} items were read to return {len(items)}")
    return f"{box.evaluated} items read, {len(items)} returned, {box.used.rcu} RCU"


def _judge_which(items: list[dict], wanted: list[dict]) -> None:
    ids = {(item.get("userId"), item.get("noteId")) for item in items}
    right = {(item["userId"], item["noteId"]) for item in wanted}
    if others := {user for user, _ in ids} - {"ada"}:
        raise NotYet(f"a note of {min(map(str, others))} is among them")
    if missing := sorted(right - ids):
        are = "note is" if len(missing) == 1 else "notes are"
        who = "; the userId is 'ada'" if not ids else ""
        raise NotYet(f"{len(missing)} {are} missing, the first is {missing[0][1]}{who}")
    if extra := sorted(ids - right):
        raise NotYet(f"a note of another month is among them: {extra[0][1]}")


def march_notes(table):
    from boto3.dynamodb.conditions import Key

    answer = table.query(
        KeyConditionExpression=Key("userId").eq("ada") & Key("noteId").begins_with("2026-03"),
        ScanIndexForward=False,
    )
    return answer["Items"]


IN_MARCH = Key("noteId").begins_with("2026-03")


def _march(key=IN_MARCH, forward=False, **more):
    def answer(table):
        condition = Key("userId").eq("ada") & key if key else Key("userId").eq("ada")
        return table.query(KeyConditionExpression=condition, ScanIndexForward=forward, **more)["Items"]

    return answer


def _scans_march(table):
    condition = Attr("userId").eq("ada") & Attr("noteId").begins_with("2026-03")
    items = table.scan(FilterExpression=condition)["Items"]
    return sorted(items, key=lambda item: item["noteId"], reverse=True)


def _filters_content(table):
    return _march(None, FilterExpression=Attr("content").contains("2026-03"))(table)


def _in_partiql(table):
    statement = f'SELECT * FROM "{table.name}"'
    items = table.meta.client.execute_statement(Statement=statement)["Items"]
    items = [one for one in items if one["userId"] == "ada" and one["noteId"].startswith("2026-03")]
    return sorted(items, key=lambda one: one["noteId"], reverse=True)


def _sorts_by_luck(table):
    return sorted(march_notes(table), key=lambda item: item["noteId"][::-1])


MARCH_NOTES = Exercise(
    hints=(
        "One query. Its key condition can name the month as well as the user.",
        "begins_with narrows the sort key; ScanIndexForward turns the order round.",
    ),
    judge=_judge_march,
    solution=march_notes,
    wrong=(
        (_march(forward=True), "the oldest first"),
        (_march(None), "a note of another month is among them"),
        (_march(Key("noteId").begins_with("2026-3")), "4 notes are missing"),
        (_march(Key("noteId").between("2026-03-01", "2026-03-31")), "1 note is missing"),
        (_march(Key("noteId").gte("2026-03")), "a note of another month is among them: 2026-04"),
        (
            _march(None, FilterExpression=Attr("noteId").begins_with("2026-03")),
            "DynamoDB refused Query: Filter Expression",
        ),
        (_filters_content, "you filtered after reading: 7 items were read to return 4"),
        (lambda table: [_march()(table), _march()(table)][1], "you asked more than once: 8 items were read"),
        (_march(ProjectionExpression="userId, noteId"), "the four notes are there, and not whole"),
        (_in_partiql, "the answer to a PartiQL statement does not tell how many items were read"),
        (_scans_march, "a scan read all 39 items"),
        (_sorts_by_luck, "not in the order of time"),
        (
            lambda table: table.query(KeyConditionExpression=Key("userId").eq("ada")),
            "DynamoDB's whole answer",
        ),
        (lambda table: None, "it returned nothing"),
    ),
)


# --- 3.2: the newest few -------------------------------------------------------------------------------------


def _judge_latest(box: Box) -> str:
    mine = [_note("grace", f"2026-01-{day:02}T12:00") for day in range(1, 21)]
    table = box.table(table_input("notes"), [*mine, _note("ada", "2026-05-01T12:00")])
    for count in (3, 1, 50):
        items = _items(box.attempt(table, "grace", count))
        wanted = mine[::-1][:count]
        if len(items) != len(wanted):
            raise NotYet(f"asked for {count} of 20 notes, it returned {len(items)}")
        if {item.get("userId") for item in items} != {"grace"}:
            raise NotYet("a note of another user is among them")
        if items == mine[:count]:
            raise NotYet("it returned the oldest notes")
        if sorted(items, key=lambda item: item["noteId"]) == wanted[::-1] and items != wanted:
            raise NotYet("the right notes are there, and the newest does not stand first")
        if items != wanted:
            raise NotYet("these are not the newest notes")
        if box.evaluated > count:
            raise NotYet(
                f"{box.evaluated} items were read to return {len(items)}: tell DynamoDB where to stop"
            )
    return "no item was read that was not returned"


def latest(table, user_id, count):
    from boto3.dynamodb.conditions import Key

    answer = table.query(
        KeyConditionExpression=Key("userId").eq(user_id), ScanIndexForward=False, Limit=count
    )
    return answer["Items"]


def _slices(table, user_id, count):
    return table.query(KeyConditionExpression=Key("userId").eq(user_id), ScanIndexForward=False)["Items"][
        :count
    ]


def _oldest(table, user_id, count):
    return table.query(KeyConditionExpression=Key("userId").eq(user_id), Limit=count)["Items"]


def _oldest_turned(table, user_id, count):
    return table.query(KeyConditionExpression=Key("userId").eq(user_id), Limit=count)["Items"][::-1]


def _newest_last(table, user_id, count):
    return latest(table, user_id, count)[::-1]


def _always_three(table, user_id, count):
    return latest(table, user_id, 3)


def _of_all_users(table, user_id, count):
    items = sorted(table.scan()["Items"], key=lambda item: item["noteId"], reverse=True)
    return items[:count]


LATEST = Exercise(
    hints=(
        "The newest is at the end of the collection. From which end does a query begin?",
        "ScanIndexForward=False begins at the end, and Limit says how far to read.",
    ),
    judge=_judge_latest,
    solution=latest,
    wrong=(
        (_slices, "20 items were read to return 3"),
        (_oldest, "it returned the oldest notes"),
        (_oldest_turned, "these are not the newest notes"),
        (_newest_last, "the newest does not stand first"),
        (_always_three, "asked for 1 of 20 notes, it returned 3"),
        (_of_all_users, "a note of another user is among them"),
        (lambda table, user_id, count: latest(table, user_id, count)[0], "it returned a dict"),
    ),
)


# --- 3.3: every page -----------------------------------------------------------------------------------------


def _judge_everything(box: Box) -> str:
    # 12 large items fill the first megabyte; the rest stand on later pages.
    items = [_note("mei", f"2026-01-{day:02}T08:00", scan="x" * 90_000) for day in range(1, 29)]
    table = box.table(table_input("notes"), items)
    found = _items(box.attempt(table))
    ids = [item.get("noteId") for item in found]
    if None in ids:
        raise NotYet("it returned items without their noteId, so not whole")
    if len(set(ids)) < len(ids):
        raise NotYet(f"it returned {len(ids)} items, and some of them twice: where does each page begin?")
    if len(ids) < len(items):
        raise NotYet(f"it returned {len(ids)} of {len(items)} items: an answer ends at 1 MB, and says so")
    if sorted(found, key=lambda item: item["noteId"]) != items:
        raise NotYet("it returned all items, but not whole")
    return f"{len(items)} items on {box.used.requests} pages"


def everything(table):
    items, more = [], {}
    while True:
        page = table.scan(**more)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _same_page_again(table):
    items = []
    for _ in range(3):
        items += table.scan()["Items"]
    return items


def _only_content(table):
    pages = table.meta.client.get_paginator("scan").paginate(
        TableName=table.name, ProjectionExpression="content"
    )
    return [item for page in pages for item in page["Items"]]


def _two_pages(table):
    page = table.scan()
    return page["Items"] + table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])["Items"]


def _loops_for_ever(table):
    items = []
    while table.scan(Limit=1)["Items"]:
        items.append(1)
    return items


EVERYTHING = Exercise(
    hints=(
        "Section 3 has the loop, for a query. A scan has the same.",
        "Give the LastEvaluatedKey of one page as the ExclusiveStartKey of the next, until a page has none.",
    ),
    judge=_judge_everything,
    solution=everything,
    wrong=(
        (lambda table: table.scan()["Items"], "it returned 12 of 28 items"),
        (_two_pages, "it returned 24 of 28 items"),
        (_only_content, "it returned items without their noteId"),
        (_same_page_again, "some of them twice"),
        (_loops_for_ever, "had not finished after 1,000 requests"),
        (lambda table: table.scan(), "DynamoDB's whole answer"),
        (lambda table: (item for item in everything(table)), "it returned a generator"),
        (lambda table: [item["noteId"] for item in everything(table)], "something else than whole items"),
    ),
)


# --- 3.4: count without moving -------------------------------------------------------------------------------


def _judge_headcount(box: Box) -> str:
    ids = sorted((f"E-{n:03}" for n in range(60)), key=lambda one: hashed(one.encode()))  # as a scan has them
    # A page holds 15. Nobody on the third is in Kyoto, so a program that stops at an empty page misses the fourth.
    kyoto = {*range(5), *range(15, 20), *range(50, 60)}
    people = [
        {
            "employeeId": one,
            "location": "Kyoto" if n in kyoto else ("Lisbon", "Athens")[n % 2],
            "about": "x" * 70_000,
        }
        for n, one in enumerate(ids)
    ]
    table = box.table(table_input("employees"), [*people, {"employeeId": "E-900", "fullName": "no location"}])
    for office, wanted in (("Kyoto", 20), ("Montreal", 0)):
        returned = box.attempt(table, office)
        if isinstance(returned, bool) or not isinstance(returned, int):
            raise NotYet(f"it returned {_type(returned)}, and a whole number was asked for")
        if returned == 61 and box.evaluated:
            raise NotYet("it returned 61, the number of all employees: ScannedCount counts what was read")
        if returned == 61:
            raise NotYet("it returned 61, the number of items in the whole table")
        if returned != wanted:
            pages = ": does it add up all pages?" if returned < wanted else ""
            raise NotYet(f"{wanted} employees are in {office}, and it returned {returned}{pages}")
        if box.used.returned:
            raise NotYet("the number is right, and the items came along: ask for the count alone")
    return f"counted on {box.used.requests} pages, and no item moved"


def headcount(table, office):
    from boto3.dynamodb.conditions import Attr

    total, more = 0, {}
    while True:
        page = table.scan(FilterExpression=Attr("location").eq(office), Select="COUNT", **more)
        total += page["Count"]
        if "LastEvaluatedKey" not in page:
            return total
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _pages(table, look, **narrowing):
    total, more = 0, {}
    while True:
        page = table.scan(**narrowing, **more)
        total += look(page)
        if "LastEvaluatedKey" not in page:
            return total
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _one_page(table, office):
    return table.scan(FilterExpression=Attr("location").eq(office), Select="COUNT")["Count"]


def _until_an_empty_page(table, office):
    total, more = 0, {}
    while True:
        page = table.scan(FilterExpression=Attr("location").eq(office), Select="COUNT", **more)
        total += page["Count"]
        if page["Count"] == 0 or "LastEvaluatedKey" not in page:
            return total
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _scanned_count(table, office):
    narrowing = {"FilterExpression": Attr("location").eq(office), "Select": "COUNT"}
    return _pages(table, lambda page: page["ScannedCount"], **narrowing)


def _counts_items(table, office):
    return _pages(table, lambda page: len(page["Items"]), FilterExpression=Attr("location").eq(office))


def _reserved(table, office):
    return _pages(
        table,
        lambda page: page["Count"],
        FilterExpression="location = :office",
        ExpressionAttributeValues={":office": office},
        Select="COUNT",
    )


HEADCOUNT = Exercise(
    hints=(
        "A scan with a filter, and Select='COUNT'. The table has more than one page.",
        "Add up Count, not ScannedCount, until a page has no LastEvaluatedKey.",
    ),
    judge=_judge_headcount,
    solution=headcount,
    wrong=(
        (_one_page, "20 employees are in Kyoto, and it returned 5: does it add up all pages"),
        (_until_an_empty_page, "20 employees are in Kyoto, and it returned 10: does it add up all pages"),
        (_scanned_count, "ScannedCount counts what was read"),
        (_counts_items, "the items came along"),
        (_reserved, "Attribute name is a reserved keyword; reserved keyword: location"),
        (lambda table, office: table.item_count, "the number of items in the whole table"),
        (lambda table, office: str(headcount(table, office)), "it returned a str"),
    ),
)


# --- 3.5: many keys ------------------------------------------------------------------------------------------


def _judge_fetch(box: Box) -> str:
    people = [{"employeeId": f"E-{n:03}", "fullName": f"Employee {n}"} for n in range(1, 131)]
    table = box.table(table_input("employees"), people)
    ids = [f"E-{n:03}" for n in range(125, 0, -1)] + ["E-777", "E-888"]
    returned = box.attempt(box.db, ids)
    if not isinstance(returned, dict):
        raise NotYet(f"it returned {_type(returned)}, and a dictionary was asked for")
    if "Responses" in returned:
        raise NotYet("it returned DynamoDB's whole answer, and a dictionary from id to item was asked for")
    wanted = {item["employeeId"]: item for item in people[:125]}
    if nothing := [one for one in ("E-777", "E-888") if one in returned]:
        raise NotYet(f"{nothing[0]} does not exist, and your dictionary has an entry for it")
    if missing := sorted(wanted.keys() - returned.keys()):
        raise NotYet(f"{len(missing)} of 125 employees are missing, the first is {missing[0]}")
    if returned != wanted:
        raise NotYet("the dictionary does not map each id to its item, and to nothing else")
    if "Scan" in box.used.operations:
        raise NotYet("it scanned the table, and the keys were given")
    if box.used.requests > 2:
        raise NotYet(f"it took {box.used.requests} requests: one request fetches up to 100 keys")
    right = f"125 employees in {counted(box.used.requests, 'request')}"
    _judge_large_items(box, table)
    return right


def _judge_large_items(box: Box, table) -> None:
    """More than the 16 MB of one answer: the rest is in UnprocessedKeys. [API_BatchGetItem]"""
    ids = [f"E-{n:03}" for n in range(1, 44)]
    with table.batch_writer() as batch:
        for employee_id in ids:
            batch.put_item(Item={"employeeId": employee_id, "biography": "." * 400_000})
    returned = box.attempt(box.db, ids)
    if not isinstance(returned, dict):
        raise NotYet(f"of items that are large it returned {_type(returned)}, and a dictionary was asked for")
    if returned.keys() != set(ids):
        raise NotYet(
            f"of {len(ids)} employees with 400 KB each it returned {len(returned)}: an answer holds 16 MB, "
            "where does it name the others?"
        )
    if any(item.keys() != {"employeeId", "biography"} for item in returned.values()):
        raise NotYet("of items that are large it returned parts")


def fetch(db, ids):
    found = {}
    for start in range(0, len(ids), 100):
        left = {"Employees": {"Keys": [{"employeeId": one} for one in ids[start : start + 100]]}}
        while left:
            answer = db.batch_get_item(RequestItems=left)
            found |= {item["employeeId"]: item for item in answer["Responses"]["Employees"]}
            left = answer["UnprocessedKeys"]
    return found


def _forgets_the_rest(db, ids):
    found = {}
    for start in range(0, len(ids), 100):
        keys = [{"employeeId": one} for one in ids[start : start + 100]]
        answer = db.batch_get_item(RequestItems={"Employees": {"Keys": keys}})
        found |= {item["employeeId"]: item for item in answer["Responses"]["Employees"]}
    return found


def _ids_of_large_items(db, ids):
    return {one: {"employeeId": one} if "biography" in item else item for one, item in fetch(db, ids).items()}


def _all_at_once(db, ids):
    keys = [{"employeeId": one} for one in ids]
    answer = db.batch_get_item(RequestItems={"Employees": {"Keys": keys}})
    return {item["employeeId"]: item for item in answer["Responses"]["Employees"]}


def _gets_each(db, ids):
    answers = {one: db.Table("Employees").get_item(Key={"employeeId": one}) for one in ids}
    return {one: answer["Item"] for one, answer in answers.items() if "Item" in answer}


def _fetch_nones(db, ids):
    return {**dict.fromkeys(ids), **fetch(db, ids)}


def _first_hundred(db, ids):
    return fetch(db, ids[:100])


def _scans_all(db, ids):
    return {
        item["employeeId"]: item
        for item in db.Table("Employees").scan()["Items"]
        if item["employeeId"] in ids
    }


def _by_position(db, ids):
    return dict(zip(ids, fetch(db, sorted(ids)).values(), strict=False))


FETCH = Exercise(
    hints=(
        "batch_get_item of db takes up to 100 keys. A longer list goes in parts.",
        "What does not exist is not in Responses. What was not done yet is in UnprocessedKeys.",
    ),
    judge=_judge_fetch,
    solution=fetch,
    wrong=(
        (_ids_of_large_items, "of items that are large it returned parts"),
        (_all_at_once, "DynamoDB refused BatchGetItem"),
        (_forgets_the_rest, "of 43 employees with 400 KB each it returned 41"),
        (_gets_each, "it took 127 requests"),
        (_fetch_nones, "E-777 does not exist"),
        (_first_hundred, "25 of 125 employees are missing"),
        (_scans_all, "it scanned the table"),
        (_by_position, "does not map each id to its item"),
        (lambda db, ids: list(fetch(db, ids).values()), "it returned a list"),
    ),
)

EXERCISES = [MARCH_NOTES, LATEST, EVERYTHING, HEADCOUNT, FETCH]
