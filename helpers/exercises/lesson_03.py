"""Exercises of lesson 03."""

from random import Random
from typing import Any

from helpers.datasets import table_input
from helpers.exercises.box import Box, NotYet
from helpers.exercises.engine import Exercise
from helpers.exercises.wording import counted, kind, shown
from helpers.offline.tables.shelf import hashed


def _note(user: str, when: str, **attributes: Any) -> dict:
    return {
        "userId": user,
        "noteId": f"{when}:00Z-{user[0]}{when[-2:]}",
        "content": f"{user}, {when}",
        **attributes,
    }


def _items(box: Box, returned: Any) -> list[dict]:
    """What an answer returned, as a list of items that it read."""
    if isinstance(returned, dict) and "Items" in returned:
        raise NotYet("it returned DynamoDB's whole answer, and the items are one part of it")
    if returned is None or isinstance(returned, str | dict):
        raise NotYet(f"it returned {kind(returned)}, and a list of items was asked for")
    if not isinstance(returned, list | tuple):
        made = ": list(…) makes one of it" if hasattr(returned, "__iter__") else ""
        raise NotYet(f"it returned {kind(returned)}, and a list of items was asked for{made}")
    items = list(returned)
    if not all(isinstance(item, dict) for item in items):
        raise NotYet("what it returned holds something else than whole items")
    if len(items) > box.used.returned:
        raise NotYet(
            f"it returned {counted(len(items), 'item')}, and DynamoDB had given it {box.used.returned or 'none'}"
        )
    return items


# --- 3.1: a part of a collection, newest first ---------------------------------------------------------------


def _around(random: Random) -> list[dict]:
    """Notes that March's stand among: near misses of user, month and year."""
    return [
        _note("ada", "2026-02-28T23:59"),
        _note("ada", "2026-04-01T00:00"),
        _note("ada", "2025-03-15T08:00"),
        _note("grace", f"2026-03-{random.randrange(10, 29)}T07:00"),
        *(_note("kwame", f"2026-01-{day:02}T10:00") for day in range(1, 32)),
    ]


def _judge_march(box: Box) -> str:
    days = [1, *sorted(box.random.sample(range(2, 31), 3)), 31]
    march = [_note("ada", f"2026-03-{day:02}T09:30") for day in days]
    table = box.table(table_input("notes"), [*_around(box.random), *march])
    items = _items(box, box.attempt(table))
    _judge_which(items, march)
    _judge_order(items, march)
    if box.count("Scan"):
        raise NotYet(
            f"a scan read all {box.evaluated} items of the table to return {len(items)}: ask for ada's collection"
        )
    if box.evaluated > len(march):
        raise NotYet(f"{box.evaluated} items were read to return {len(items)}")
    right = f"{box.evaluated} items read, {len(items)} returned, {box.used.rcu} RCU"
    _judge_busy_march(box, table, march)
    return right


def _judge_busy_march(box: Box, table: Any, march: list[dict]) -> None:
    """The same with so many notes that they fill more than one page."""
    more = [_note("ada", f"2026-03-15T{hour:02}:15", scan="x" * 90_000) for hour in range(14)]
    box.put(table, more)
    wanted = sorted([*march, *more], key=lambda note: note["noteId"])
    items = _items(box, box.attempt(table))
    if len(items) < len(wanted) and box.stopped_early:
        raise NotYet(
            f"of {len(wanted)} notes, together more than 1 MB, it returned {len(items)}: the last answer "
            "that it read held a LastEvaluatedKey"
        )
    _judge_which(items, wanted)
    _judge_order(items, wanted)
    if box.evaluated > len(wanted):
        raise NotYet(f"{box.evaluated} items were read to return {len(items)}, which fill more than one page")


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
    if len(items) > len(wanted):
        raise NotYet(f"it returned {len(items)} items, some of them twice")


def _judge_order(items: list[dict], wanted: list[dict]) -> None:
    """`wanted` is oldest first."""
    ids, right = [item["noteId"] for item in items], [note["noteId"] for note in wanted]
    if ids == right:
        raise NotYet("the notes are there, the oldest first")
    if ids != right[::-1]:
        raise NotYet("the notes are there, and not in the order of time")
    if items != wanted[::-1]:
        raise NotYet("the notes are there, and not whole: an attribute is missing or changed")


MARCH_NOTES = Exercise(
    hints=(
        "A query. Its key condition can name the month as well as the user.",
        "begins_with narrows the sort key; ScanIndexForward turns the order round.",
        "Section 3 has the loop over pages. Give it the same key condition and the same order for each page.",
    ),
    judge=_judge_march,
)


# --- 3.2: the newest few -------------------------------------------------------------------------------------


def _judge_latest(box: Box) -> str:
    some = box.random.randrange(18, 25)
    mine = [_note("grace", f"2026-01-{day:02}T12:00") for day in range(1, some + 1)]
    table = box.table(table_input("notes"), [*mine, _note("ada", "2026-05-01T12:00")])
    for count in (3, 1, 50):
        _judge_newest(box, table, mine, count)
    large = [_note("grace", f"2026-02-{day:02}T12:00", scan="x" * 90_000) for day in range(1, 15)]
    box.put(table, large)
    _judge_newest(box, table, [*mine, *large], 14)
    return "no item was read that was not returned"


def _judge_newest(box: Box, table: Any, mine: list[dict], count: int) -> None:
    """`mine` is oldest first."""
    items = _items(box, box.attempt(table, "grace", count))
    wanted = mine[::-1][:count]
    if len(items) < len(wanted) and box.stopped_early and len(items) == box.evaluated < count:
        raise NotYet(
            f"asked for {count} of {len(mine)} notes, the newest of them large, it returned {len(items)}: an "
            "answer ends at 1 MB"
        )
    if len(items) != len(wanted):
        raise NotYet(f"asked for {count} of {len(mine)} notes, it returned {len(items)}")
    if {item.get("userId") for item in items} != {"grace"}:
        raise NotYet("a note of another user is among them")
    if items == mine[:count] and len(mine) > count:
        raise NotYet("it returned the oldest notes")
    if sorted(items, key=lambda item: item["noteId"]) == wanted[::-1] and items != wanted:
        raise NotYet("the right notes are there, and the newest does not stand first")
    if items != wanted:
        raise NotYet("these are not the newest notes, each whole")
    if box.evaluated > count:
        rest = " on each page, also the last" if box.count("Query") > 1 else ""
        raise NotYet(
            f"{box.evaluated} items were read to return {len(items)}: tell DynamoDB where to stop{rest}"
        )


LATEST = Exercise(
    hints=(
        "The newest is at the end of the collection. From which end does a query begin?",
        "ScanIndexForward=False begins at the end, and Limit says how far to read.",
        "Large notes end a page before the Limit: ask on from its LastEvaluatedKey, for as many as are still missing.",
    ),
    judge=_judge_latest,
)


# --- 3.3: every page -----------------------------------------------------------------------------------------


def _judge_everything(box: Box) -> str:
    # 12 large items fill the first megabyte; the rest stand on later pages.
    last = box.random.randrange(26, 29)
    items = [_note("mei", f"2026-01-{day:02}T08:00", scan="x" * 90_000) for day in range(1, last + 1)]
    table = box.table(table_input("notes"), items)
    found = _items(box, box.attempt(table))
    ids = [item.get("noteId") for item in found]
    if None in ids:
        raise NotYet("it returned items without their noteId, so not whole")
    if len(set(ids)) < len(ids):
        raise NotYet(f"it returned {len(ids)} items, some of them twice; the table holds {len(items)}")
    if len(ids) < len(items):
        why = ": the last answer that it read held a LastEvaluatedKey" if box.stopped_early else ""
        raise NotYet(f"it returned {len(ids)} of {len(items)} items{why}")
    if sorted(found, key=lambda item: item["noteId"]) != items:
        raise NotYet("it returned all items, but not whole")
    return f"{len(items)} items on {box.used.requests} pages"


EVERYTHING = Exercise(
    hints=(
        "Section 3 has the loop, for a query. A scan has the same.",
        "Give the LastEvaluatedKey of one page as the ExclusiveStartKey of the next, until a page has none.",
    ),
    judge=_judge_everything,
)


# --- 3.4: count without moving -------------------------------------------------------------------------------

NEAR_KYOTO = ("Kyoto-Fushimi", "North Kyoto", "kyoto")


def _staff(random: Random) -> list[dict]:
    """60 people, 20 of them in Kyoto. A page of a scan holds 15, and nobody on the third one is in Kyoto.

    So a program that stops at an empty page misses the fourth. A location may contain the name of another.
    """
    numbers = random.sample(range(800), 60)
    ids = sorted((f"E-{n:03}" for n in numbers), key=lambda one: hashed(one.encode()))  # as a scan has them
    kyoto = {*range(5), *range(15, 20), *range(50, 60)}
    near = dict(zip((6, 22, 46), NEAR_KYOTO, strict=True))
    return [
        {
            "employeeId": one,
            "location": "Kyoto" if n in kyoto else near.get(n) or ("Lisbon", "Athens")[n % 2],
            "about": "x" * 70_000,
        }
        for n, one in enumerate(ids)
    ]


def _judge_headcount(box: Box) -> str:
    people = _staff(box.random)
    table = box.table(table_input("employees"), [*people, {"employeeId": "E-900", "fullName": "no location"}])
    for office, wanted in (("Kyoto", 20), ("Montreal", 0)):
        returned = box.attempt(table, office)
        if isinstance(returned, bool) or not isinstance(returned, int):
            raise NotYet(f"it returned {kind(returned)}, and a whole number was asked for")
        if returned == len(people) + 1:
            raise NotYet(f"it returned {returned}, and that is everybody, whatever their location")
        if returned != wanted:
            raise NotYet(_why_miscounted(box, people, office, wanted, returned))
        if box.evaluated < len(people):
            raise NotYet(f"it returned {returned} without having read the table to its end")
        if box.used.returned:
            raise NotYet("the number is right, and the items came along: ask for the count alone")
    return f"counted on {box.used.requests} pages, and no item moved"


def _why_miscounted(box: Box, people: list[dict], office: str, wanted: int, returned: int) -> str:
    told = f"{wanted} employees are in {office}, and it returned {returned}"
    if returned < wanted and box.stopped_early:
        return f"{told}: the last page that it read held a LastEvaluatedKey"
    if returned < wanted and box.evaluated > len(people):
        return f"{told}: does it add up all pages?"
    for near in NEAR_KYOTO:
        similar = [one for one in people if office in (one["location"], one["location"][: len(office)])]
        if near.startswith(office) and returned == len(similar) > wanted:
            return f"{told}: {near} is another location"
    containing = sum(office in one["location"] for one in people)
    if returned == containing > wanted:
        return f"{told}: {' and '.join(near for near in NEAR_KYOTO if office in near)} are other locations"
    return told


HEADCOUNT = Exercise(
    hints=(
        "A scan with a filter, and Select='COUNT'. The table has more than one page.",
        "Add up Count, not ScannedCount, until a page has no LastEvaluatedKey.",
    ),
    judge=_judge_headcount,
)


# --- 3.5: many keys ------------------------------------------------------------------------------------------


def _judge_fetch(box: Box) -> str:
    numbers = box.random.sample(range(1, 700), 130)
    people = {f"E-{n:03}": {"employeeId": f"E-{n:03}", "fullName": f"Employee {n}"} for n in numbers}
    box.table(table_input("employees"), list(people.values()))
    wanted = dict(list(people.items())[:125])
    ids = [*wanted, "E-777", "E-888"]
    box.random.shuffle(ids)
    _judge_fetched(box, box.attempt(box.db, list(ids)), wanted)
    if box.used.requests > 2:
        raise NotYet(f"it took {box.used.requests} requests: one request fetches up to 100 keys")
    right = f"125 employees in {counted(box.used.requests, 'request')}"
    box.busy = 4  # the rest of a batch comes back, and of that a rest once more
    _judge_fetched(box, box.attempt(box.db, list(ids)), wanted)
    return f"{right}, and all of them when DynamoDB was busy"


def _judge_fetched(box: Box, returned: Any, wanted: dict[str, dict]) -> None:
    if not isinstance(returned, dict):
        raise NotYet(f"it returned {kind(returned)}, and a dictionary was asked for")
    if "Responses" in returned:
        raise NotYet("it returned DynamoDB's whole answer, and a dictionary from id to item was asked for")
    if nothing := [one for one in ("E-777", "E-888") if one in returned]:
        raise NotYet(f"{nothing[0]} does not exist, and your dictionary has an entry for it")
    if missing := sorted(wanted.keys() - returned.keys()):
        raise NotYet(_why_missing(box, missing, len(wanted)))
    if returned != wanted:
        raise NotYet("the dictionary does not map each id to its item, and to nothing else")
    if box.used.returned < len(wanted):
        raise NotYet(f"it returned {len(wanted)} employees, and DynamoDB had given it {box.used.returned}")
    if box.count("Scan"):
        raise NotYet("it scanned the table, and the keys were given")


def _why_missing(box: Box, missing: list[str], wanted: int) -> str:
    many = f"{len(missing)} of {wanted} employees {'is' if len(missing) == 1 else 'are'} missing"
    sent_back = {
        key["employeeId"]["S"]
        for call in box.calls
        for one in (call.answer or {}).get("UnprocessedKeys", {}).values()
        for key in one["Keys"]
    }
    if set(missing) <= sent_back:
        return f"{many}: DynamoDB was busy and named them in UnprocessedKeys"
    return f"{many}, the first is {shown(missing[0])}"


FETCH = Exercise(
    hints=(
        "batch_get_item of db takes up to 100 keys. A longer list goes in parts.",
        "What does not exist is not in Responses. What was not done yet is in UnprocessedKeys.",
        "UnprocessedKeys has the form of RequestItems: ask for it again, after a pause, until it is empty.",
    ),
    judge=_judge_fetch,
)

EXERCISES = [MARCH_NOTES, LATEST, EVERYTHING, HEADCOUNT, FETCH]
