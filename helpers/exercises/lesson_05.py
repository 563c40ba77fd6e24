"""Exercises of lesson 05."""

from decimal import Decimal
from random import Random
from typing import Any

from helpers.capacity import typed
from helpers.datasets import table_input
from helpers.exercises.box import READS, WRITES, Box, NotYet, wire
from helpers.exercises.engine import Exercise
from helpers.exercises.wording import kind, shown

# --- 5.1: the door -------------------------------------------------------------------------------------------

PEOPLE = ("Pál Szőke", "Lerato Moyo", "Amara Okafor", "Noa Peretz")
JOBS = ("Printer", "Editor", "Clerk")


def _cases(good: dict, there: dict) -> list[tuple[dict, list[str], str]]:
    """Items that come to the door, what must be named as wrong, and what to call the item."""

    def case(number: int, wrong: list[str], what: str, **more: Any) -> tuple[dict, list[str], str]:
        return {**good, "employeeId": f"E-{number:03}", **more}, wrong, what

    return [
        case(51, [], "an employee with nothing wrong and an agency"),
        case(52, [], "an employee with 37.5 hours", hoursPerWeek=Decimal("37.5")),
        case(53, [], "an employee with 60 hours", hoursPerWeek=60),
        ({"employeeId": "E-061", "fullName": "Ana"}, ["jobTitle"], "an employee without jobTitle"),
        case(62, ["fullName"], "an employee with an empty fullName", fullName=""),
        case(63, ["jobTitle"], "an employee with a number as jobTitle", jobTitle=7),
        case(64, ["hoursPerWeek"], "an employee with a text as hours", hoursPerWeek="many"),
        case(65, ["hoursPerWeek"], "an employee with 400 hours a week", hoursPerWeek=400),
        case(66, ["hoursPerWeek"], "an employee whose hoursPerWeek is True", hoursPerWeek=True),
        case(67, ["hoursPerWeek"], "an employee with half an hour a week", hoursPerWeek=Decimal("0.5")),
        case(68, ["hoursPerWeek"], "an employee whose hoursPerWeek is None", hoursPerWeek=None),
        (
            {"jobTitle": "", "hoursPerWeek": 0},
            ["employeeId", "fullName", "hoursPerWeek", "jobTitle"],
            "an employee with four things wrong",
        ),
        ({**there, "fullName": "Somebody Else"}, ["employeeId"], "an employee whose id is taken"),
    ]


def _judge_hire(box: Box) -> str:
    name, other = box.random.sample(PEOPLE, 2)
    there = {"employeeId": "E-050", "fullName": name, "jobTitle": box.random.choice(JOBS)}
    good = {"fullName": other, "jobTitle": box.random.choice(JOBS), "agency": "Stylus"}
    table = box.table(table_input("employees"), [there])
    cases = _cases(good, there)
    for item, wrong, what in cases:
        _judge_case(box, table, item, wrong, what)
    _judge_rival(box, table, {**good, "employeeId": "E-070"})
    _judge_hidden(box, table, {**good, "employeeId": "E-071", "biography": "x" * 410_000})
    return f"{len(cases)} employees came to the door, and the right ones got in"


def _judge_case(box: Box, table: Any, item: dict, wrong: list[str], what: str) -> None:
    found = box.attempt(table, dict(item))
    stored = table.get_item(Key={"employeeId": item.get("employeeId", "-")}).get("Item")
    if wrong and stored == item:
        raise NotYet(f"{what} was stored")
    if not wrong and stored != item:
        raise NotYet(f"{what} was not stored{' as it came' if stored else ''}")
    if not isinstance(found, list):
        raise NotYet(f"it returned {kind(found)}, and a list of names was asked for")
    if found != wrong and sorted(map(str, found)) == wrong:
        raise NotYet(f"for {what} it returned the right names, and not sorted")
    if found != wrong:
        raise NotYet(f"for {what} it returned {shown(found)}")


def _judge_rival(box: Box, table: Any, item: dict) -> None:
    """Somebody else stores an employee with the same id between a look and the write that follows it."""
    theirs = {"employeeId": item["employeeId"], "fullName": "A Moment Earlier", "jobTitle": "Clerk"}

    def somebody(operation: str) -> None:
        if operation in WRITES and box.calls and box.calls[-1].operation in READS:
            box.meanwhile = None
            box.somebody_else("PutItem", {"TableName": table.name, "Item": wire(theirs)})

    box.meanwhile = somebody
    found = box.attempt(table, item)
    came, box.meanwhile = box.meanwhile is None, None
    if came and table.get_item(Key={"employeeId": item["employeeId"]}).get("Item") != theirs:
        raise NotYet(
            "another program stored an employee with that id between its look and its write, and that one was "
            "overwritten: let the write carry a condition"
        )
    if came and found != ["employeeId"]:
        raise NotYet(
            f"another program took the id between its look and its write, and it returned {shown(found)}"
        )


def _judge_hidden(box: Box, table: Any, item: dict) -> None:
    """DynamoDB refuses what is too large, and the id has nothing to do with it."""
    try:
        found = box.attempt(table, item)
    except NotYet:
        return
    raise NotYet(
        f"DynamoDB refused an employee of more than 400 KB, and your function hid that by returning {shown(found)}"
    )


HIRE = Exercise(
    hints=(
        "Look at the item first, and write only if nothing is wrong. The id that is taken is found by the write itself.",
        "True is a number in Python: isinstance(True, int). DynamoDB keeps the two apart.",
        "Only ConditionalCheckFailedException says that the id is taken; what else goes wrong must not look like that.",
    ),
    judge=_judge_hire,
)


# --- 5.2: what a table holds ---------------------------------------------------------------------------------


def _unknown_items(random: Random) -> list[dict]:
    rare = {
        "score": Decimal("1.5"),
        "tags": {"a"},
        "seen": None,
        "raw": b"x",
        "lucky": {random.randrange(1, 9)},
        "on": True,
        "more": {"a": []},
    }
    plain = [{"employeeId": f"E-{n:03}", "score": "high", "note": "x" * 60_000} for n in range(40)]
    ids = random.sample(range(100, 900), 2)
    return [
        *plain,
        {"employeeId": f"E-{ids[0]}", **rare},
        {"employeeId": f"E-{ids[1]}", "tags": ["a"], "note": ""},
    ]


def _judge_types(box: Box) -> str:
    items = _unknown_items(box.random)
    wanted: dict[str, set[str]] = {}
    for item in items:
        for name, value in item.items():
            wanted.setdefault(name, set()).add(typed(value)[0])
    table = box.table(table_input("employees"), items)
    found = box.attempt(table)
    if not isinstance(found, dict):
        raise NotYet(f"it returned {kind(found)}, and a dictionary was asked for")
    if odd := [name for name, kinds in found.items() if not isinstance(kinds, list)]:
        raise NotYet(f"{odd[0]} has {kind(found[odd[0]])}, and a sorted list was asked for")
    _judge_found(box, found, {name: sorted(kinds) for name, kinds in wanted.items()})
    if box.used.returned < len(items):
        raise NotYet(f"it returned the types of {len(items)} items without having read them all")
    return (
        f"{len(wanted)} attributes, {sum(len(kinds) > 1 for kinds in wanted.values())} of them with two types"
    )


def _judge_found(box: Box, found: dict[str, list], wanted: dict[str, list[str]]) -> None:
    more = ": the last page that it read held a LastEvaluatedKey" if box.stopped_early else ""
    if missing := sorted(wanted.keys() - found.keys()):
        raise NotYet(f"the attribute {missing[0]} is missing{more}")
    if extra := sorted(map(str, found.keys() - wanted.keys())):
        raise NotYet(f"no item has an attribute {extra[0]}")
    for name, kinds in sorted(wanted.items()):
        got = found[name]
        if got == kinds:
            continue
        once = sorted(set(map(str, got)))
        if once == kinds and len(got) > len(kinds):
            raise NotYet(f"the types of {name} are right, and come up more than once: {len(got)} of them")
        if once == kinds:
            raise NotYet(f"the types of {name} are right, and not sorted")
        raise NotYet(f"{name} has other types than {shown(once)}, as DynamoDB names them{more}")


ATTRIBUTE_TYPES = Exercise(
    hints=(
        "Read every page. An attribute may have another type in another item: collect the types in a set.",
        "boto3.dynamodb.types has a TypeSerializer; serialize('a') gives {'S': 'a'}, and the key is the type.",
    ),
    judge=_judge_types,
)


# --- 5.3: rows into items ------------------------------------------------------------------------------------


def _rows(random: Random) -> tuple[list[dict], dict[str, dict]]:
    """Rows of SQL, and the items that they must become, by id."""
    ids = sorted((random.randrange(2, 10), *random.sample(range(10, 100), 2), random.randrange(100, 1000)))
    offices = random.sample(("Athens", "Lisbon", "Kyoto", "Oslo"), 2)
    rows = [
        {"full_name": "Noa Peretz", "office": offices[0], "badges": "mentor,speaker", "hours": 18.0625},
        {"full_name": "Sefo Leota", "office": "", "badges": "", "hours": 0.0},
        {"full_name": "Amara Okafor", "office": None, "badges": "", "hours": None},
        {"full_name": "Ximena Quispe", "office": offices[1], "badges": "cyclist", "hours": 37.1},
    ]
    rest = [
        {
            "fullName": "Noa Peretz",
            "location": offices[0],
            "badges": {"mentor", "speaker"},
            "hoursPerWeek": Decimal("18.0625"),
        },
        {"fullName": "Sefo Leota", "hoursPerWeek": Decimal(0)},
        {"fullName": "Amara Okafor"},
        {
            "fullName": "Ximena Quispe",
            "location": offices[1],
            "badges": {"cyclist"},
            "hoursPerWeek": Decimal("37.1"),
        },
    ]
    items = {f"E-{n:03}": {"employeeId": f"E-{n:03}", **item} for n, item in zip(ids, rest, strict=True)}
    return [{"id": n, **row} for n, row in zip(ids, rows, strict=True)], items


def _judge_move(box: Box) -> str:
    rows, moved = _rows(box.random)
    table = box.table(table_input("employees"))
    box.attempt(table, [dict(row) for row in rows])
    items = {item["employeeId"]: item for item in table.scan()["Items"]}
    if items.keys() != moved.keys():
        ids = ", ".join(sorted(items)) or "none"
        raise NotYet(f"the ids in the table are {ids}, and {', '.join(sorted(moved))} were asked for")
    for employee_id, wanted in moved.items():
        item = items[employee_id]
        for name in sorted(item.keys() | wanted.keys()):
            if name not in wanted:
                raise NotYet(f"{employee_id} has an attribute {name}, with the value {shown(item[name])}")
            if name not in item:
                zero = ", although its row has 0 there: zero is a value" if wanted[name] == 0 else ""
                raise NotYet(f"{employee_id} has no attribute {name}{zero}")
            if typed(item[name])[0] != typed(wanted[name])[0]:
                raise NotYet(f"{name} of {employee_id} is of type {typed(item[name])[0]}")
            if item[name] != wanted[name]:
                raise NotYet(f"{name} of {employee_id} is {shown(item[name])}")
    return f"{len(moved)} rows became {len(moved)} items, without a NULL"


MOVE_ROWS = Exercise(
    hints=(
        "Build the item step by step, and add an attribute only if the row has something for it.",
        "'mentor,speaker'.split(',') is a list, and ''.split(',') is not empty. f'{7:03}' is '007'.",
    ),
    judge=_judge_move,
)

EXERCISES = [HIRE, ATTRIBUTE_TYPES, MOVE_ROWS]
