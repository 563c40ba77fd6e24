"""Exercises of lesson 05."""

from decimal import Decimal

from botocore.exceptions import ClientError

from helpers.capacity import typed
from helpers.datasets import table_input
from helpers.exercises.engine import Box, Exercise, NotYet

# --- 5.1: the door -------------------------------------------------------------------------------------------

THERE = {"employeeId": "E-050", "fullName": "Lerato Moyo", "jobTitle": "Editor"}
GOOD = {"employeeId": "E-051", "fullName": "Pál Szőke", "jobTitle": "Printer", "agency": "Stylus"}
CASES = [
    (GOOD, [], "an employee with nothing wrong and an agency"),
    ({**GOOD, "employeeId": "E-052", "hoursPerWeek": Decimal("37.5")}, [], "an employee with 37.5 hours"),
    ({**GOOD, "employeeId": "E-053", "hoursPerWeek": 60}, [], "an employee with 60 hours"),
    ({"employeeId": "E-061", "fullName": "Ana"}, ["jobTitle"], "an employee without jobTitle"),
    ({**GOOD, "employeeId": "E-062", "fullName": ""}, ["fullName"], "an empty fullName"),
    ({**GOOD, "employeeId": "E-063", "jobTitle": 7}, ["jobTitle"], "a number as jobTitle"),
    ({**GOOD, "employeeId": "E-064", "hoursPerWeek": "many"}, ["hoursPerWeek"], "hours that are a text"),
    ({**GOOD, "employeeId": "E-065", "hoursPerWeek": 400}, ["hoursPerWeek"], "400 hours a week"),
    (
        {**GOOD, "employeeId": "E-066", "hoursPerWeek": True},
        ["hoursPerWeek"],
        "an employee whose hoursPerWeek is True",
    ),
    (
        {**GOOD, "employeeId": "E-067", "hoursPerWeek": Decimal("0.5")},
        ["hoursPerWeek"],
        "half an hour a week",
    ),
    ({**GOOD, "employeeId": "E-068", "hoursPerWeek": None}, ["hoursPerWeek"], "hours that are None"),
    (
        {"jobTitle": "", "hoursPerWeek": 0},
        ["employeeId", "fullName", "hoursPerWeek", "jobTitle"],
        "four things wrong",
    ),
    ({**THERE, "fullName": "Somebody Else"}, ["employeeId"], "an id that is taken"),
]


def _judge_hire(box: Box) -> str:
    table = box.table(table_input("employees"), [THERE])
    for item, wanted, what in CASES:
        found = box.attempt(table, dict(item))
        if any(box.used.operations.get(name) for name in ("GetItem", "Query", "Scan", "BatchGetItem")):
            raise NotYet(
                "it reads and then writes, and another program can come between: let the write carry a condition"
            )
        stored = table.get_item(Key={"employeeId": item.get("employeeId", "-")}).get("Item")
        if wanted and stored == item:
            raise NotYet(f"{what} was stored")
        if not wanted and stored != item:
            raise NotYet(f"{what} was not stored as it came")
        if not isinstance(found, list):
            raise NotYet(f"it returned {type(found).__name__}, and a list of names was asked for")
        if found != wanted:
            raise NotYet(f"for {what} it returned {found}")
    return f"{len(CASES)} employees came to the door, and the right ones got in"


def hire(table, item):
    from decimal import Decimal

    def is_text(value):
        return isinstance(value, str) and value != ""

    wrong = [name for name in ("employeeId", "fullName", "jobTitle") if not is_text(item.get(name))]
    hours = item.get("hoursPerWeek", 1)
    if isinstance(hours, bool) or not isinstance(hours, int | Decimal) or not 1 <= hours <= 60:
        wrong.append("hoursPerWeek")
    if wrong:
        return sorted(wrong)
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(employeeId)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return ["employeeId"]
    return []


def _no_condition(table, item):
    wrong = _wrong(item)
    if not wrong:
        table.put_item(Item=item)
    return wrong


def _wrong(item, hours=lambda value: not isinstance(value, bool | str | None) and 1 <= value <= 60):
    names = ("employeeId", "fullName", "jobTitle")
    wrong = [name for name in names if not isinstance(item.get(name), str) or not item[name]]
    if "hoursPerWeek" in item and not hours(item["hoursPerWeek"]):
        wrong.append("hoursPerWeek")
    return sorted(wrong)


def _door(table, item, wrong):
    if wrong:
        return wrong
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(employeeId)")
    except ClientError:
        return ["employeeId"]
    return []


def _looks_first(table, item):
    if not _wrong(item) and "Item" in table.get_item(Key={"employeeId": item["employeeId"]}):
        return ["employeeId"]
    return _no_condition(table, item)


def _only_presence(table, item):
    return _door(table, item, [name for name in ("employeeId", "fullName", "jobTitle") if name not in item])


def _any_hours(table, item):
    return _door(table, item, _wrong(item, lambda value: not isinstance(value, str)))


def _true_is_a_number(table, item):
    return _door(table, item, _wrong(item, lambda value: not isinstance(value, str) and 1 <= value <= 60))


def _whole_hours(table, item):
    return _door(table, item, _wrong(item, lambda value: type(value) is int and 1 <= value <= 60))


def _above_zero(table, item):
    return _door(
        table, item, _wrong(item, lambda value: not isinstance(value, bool | str) and 0 < value <= 60)
    )


def _none_is_no_hours(table, item):
    return _door(
        table,
        item,
        _wrong(item, lambda value: value is None or not isinstance(value, bool | str) and 1 <= value <= 60),
    )


def _first_only(table, item):
    return _door(table, item, _wrong(item)[:1])


HIRE = Exercise(
    hints=(
        "Look at the item first, and write only if nothing is wrong. The id that is taken is found by the write itself.",
        "True is a number in Python: isinstance(True, int). DynamoDB keeps the two apart.",
    ),
    judge=_judge_hire,
    solution=hire,
    wrong=(
        (_no_condition, "an id that is taken was stored"),
        (_looks_first, "another program can come between"),
        (_only_presence, "an empty fullName was stored"),
        (_any_hours, "400 hours a week was stored"),
        (_true_is_a_number, "an employee whose hoursPerWeek is True was stored"),
        (_whole_hours, "an employee with 37.5 hours was not stored"),
        (_above_zero, "half an hour a week was stored"),
        (_none_is_no_hours, "hours that are None was stored"),
        (_first_only, "for four things wrong it returned ['employeeId']"),
        (lambda table, item: table.put_item(Item=item), "it returned dict"),
        (lambda table, item: [], "an employee with nothing wrong and an agency was not stored"),
    ),
)


# --- 5.2: what a table holds ---------------------------------------------------------------------------------


def _unknown_items() -> list[dict]:
    rare = {
        "score": Decimal("1.5"),
        "tags": {"a"},
        "seen": None,
        "raw": b"x",
        "lucky": {1},
        "on": True,
        "more": {"a": []},
    }
    plain = [{"employeeId": f"E-{n:03}", "score": "high", "note": "x" * 60_000} for n in range(40)]
    return [*plain, {"employeeId": "E-900", **rare}, {"employeeId": "E-901", "tags": ["a"], "note": ""}]


def _judge_types(box: Box) -> str:
    items = _unknown_items()
    wanted: dict[str, set[str]] = {}
    for item in items:
        for name, value in item.items():
            wanted.setdefault(name, set()).add(typed(value)[0])
    table = box.table(table_input("employees"), items)
    found = box.attempt(table)
    if not isinstance(found, dict):
        raise NotYet(f"it returned {type(found).__name__}, and a dictionary was asked for")
    if odd := [name for name, kinds in found.items() if not isinstance(kinds, list)]:
        raise NotYet(f"{odd[0]} has a {type(found[odd[0]]).__name__}, and a sorted list was asked for")
    if missing := sorted(wanted.keys() - found.keys()):
        pages = ": the table has more than one page" if found and box.used.requests == 1 else ""
        raise NotYet(f"the attribute {missing[0]} is missing{pages}")
    if extra := sorted(map(str, found.keys() - wanted.keys())):
        raise NotYet(f"no item has an attribute {extra[0]}")
    for name, kinds in sorted(wanted.items()):
        if found[name] != sorted(kinds) == sorted(map(str, found[name])):
            raise NotYet(f"the types of {name} are right, and not sorted")
        if found[name] != sorted(kinds):
            raise NotYet(f"{name} has other types than {found[name]}")
    return (
        f"{len(wanted)} attributes, {sum(len(kinds) > 1 for kinds in wanted.values())} of them with two types"
    )


def attribute_types(table):
    from boto3.dynamodb.types import TypeSerializer

    serializer = TypeSerializer()
    types, more = {}, {}
    while True:
        page = table.scan(**more)
        for item in page["Items"]:
            for name, value in item.items():
                types.setdefault(name, set()).update(serializer.serialize(value))
        if "LastEvaluatedKey" not in page:
            return {name: sorted(kinds) for name, kinds in types.items()}
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _pages(table):
    more = {}
    while True:
        page = table.scan(**more)
        yield page
        if "LastEvaluatedKey" not in page:
            return
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _collect(pages, kind):
    types = {}
    for page in pages:
        for item in page["Items"]:
            for name, value in item.items():
                types.setdefault(name, set()).add(kind(value))
    return {name: sorted(kinds) for name, kinds in types.items()}


def _one_page(table):
    return _collect([table.scan()], lambda value: typed(value)[0])


def _python_names(table):
    return _collect(_pages(table), lambda value: type(value).__name__)


def _last_wins(table):
    types = {}
    for page in _pages(table):
        for item in page["Items"]:
            types |= {name: [typed(value)[0]] for name, value in item.items()}
    return types


def _skips_nothing(table):
    kept = (
        {"Items": [{k: v for k, v in i.items() if v is not None} for i in page["Items"]]}
        for page in _pages(table)
    )
    return _collect(kept, lambda value: typed(value)[0])


def _turned_round(table):
    return {name: kinds[::-1] for name, kinds in attribute_types(table).items()}


def _as_sets(table):
    return {
        name: set(kinds) for name, kinds in _collect(_pages(table), lambda value: typed(value)[0]).items()
    }


ATTRIBUTE_TYPES = Exercise(
    hints=(
        "Read every page. An attribute may have another type in another item: collect the types in a set.",
        "boto3.dynamodb.types has a TypeSerializer; serialize('a') gives {'S': 'a'}, and the key is the type.",
    ),
    judge=_judge_types,
    solution=attribute_types,
    wrong=(
        (_one_page, "the table has more than one page"),
        (_python_names, "employeeId has other types than ['str']"),
        (_last_wins, "score has other types"),
        (_skips_nothing, "the attribute seen is missing"),
        (_turned_round, "are right, and not sorted"),
        (_as_sets, "employeeId has a set, and a sorted list was asked for"),
        (lambda table: {**attribute_types(table), "shoeSize": ["N"]}, "no item has an attribute shoeSize"),
        (lambda table: list(attribute_types(table)), "it returned list"),
    ),
)


# --- 5.3: rows into items ------------------------------------------------------------------------------------

ROWS = [
    {"id": 7, "full_name": "Noa Peretz", "office": "Athens", "badges": "mentor,speaker", "hours": 18.0625},
    {"id": 9, "full_name": "Sefo Leota", "office": "", "badges": "", "hours": 0.0},
    {"id": 42, "full_name": "Amara Okafor", "office": None, "badges": "", "hours": None},
    {"id": 123, "full_name": "Ximena Quispe", "office": "Lisbon", "badges": "cyclist", "hours": 37.1},
]
MOVED = {
    "E-007": {
        "employeeId": "E-007",
        "fullName": "Noa Peretz",
        "location": "Athens",
        "badges": {"mentor", "speaker"},
        "hoursPerWeek": Decimal("18.0625"),
    },
    "E-009": {"employeeId": "E-009", "fullName": "Sefo Leota", "hoursPerWeek": Decimal(0)},
    "E-042": {"employeeId": "E-042", "fullName": "Amara Okafor"},
    "E-123": {
        "employeeId": "E-123",
        "fullName": "Ximena Quispe",
        "location": "Lisbon",
        "badges": {"cyclist"},
        "hoursPerWeek": Decimal("37.1"),
    },
}


def _judge_move(box: Box) -> str:
    table = box.table(table_input("employees"))
    try:
        box.attempt(table, [dict(row) for row in ROWS])
    except NotYet as refused:
        if "Inexact" in str(refused):
            raise NotYet(
                "a Decimal made of a float has more than 38 digits: make it from the number's text"
            ) from None
        raise
    items = {item["employeeId"]: item for item in table.scan()["Items"]}
    if items.keys() != MOVED.keys():
        ids = ", ".join(sorted(items)) or "none"
        raise NotYet(f"the ids in the table are {ids}, and {', '.join(sorted(MOVED))} were asked for")
    for employee_id, wanted in MOVED.items():
        item = items[employee_id]
        for name in sorted(item.keys() | wanted.keys()):
            if name not in wanted:
                raise NotYet(f"{employee_id} has an attribute {name}, with the value {item[name]!r}")
            if name not in item:
                raise NotYet(f"{employee_id} has no attribute {name}")
            if typed(item[name])[0] != typed(wanted[name])[0]:
                raise NotYet(f"{name} of {employee_id} is of type {typed(item[name])[0]}")
            if item[name] != wanted[name]:
                raise NotYet(f"{name} of {employee_id} is {_shown(item[name])}")
    return f"{len(MOVED)} rows became {len(MOVED)} items, without a NULL"


def _shown(value) -> str:
    return "{" + ", ".join(sorted(map(repr, value))) + "}" if isinstance(value, set) else str(value)


def move_rows(table, rows):
    from decimal import Decimal

    for row in rows:
        item = {"employeeId": f"E-{row['id']:03}", "fullName": row["full_name"]}
        if row["office"]:
            item["location"] = row["office"]
        if row["badges"]:
            item["badges"] = set(row["badges"].split(","))
        if row["hours"] is not None:
            item["hoursPerWeek"] = Decimal(str(row["hours"]))
        table.put_item(Item=item)


def _moves(**change):
    how = {
        "key": lambda row: f"E-{row['id']:03}",
        "office": lambda office: office or None,
        "badges": lambda text: set(text.split(",")) if text else None,
        "hours": _of_hours(lambda hours: Decimal(str(hours))),
        "drop": True,
    } | change

    def answer(table, rows):
        for row in rows:
            item = {
                "employeeId": how["key"](row),
                "fullName": row["full_name"],
                "location": how["office"](row["office"]),
                "badges": how["badges"](row["badges"]),
                "hoursPerWeek": how["hours"](row["hours"]),
            }
            table.put_item(Item={k: v for k, v in item.items() if v is not None or not how["drop"]})

    return answer


def _of_hours(convert):
    return lambda hours: None if hours is None else convert(hours)


MOVE_ROWS = Exercise(
    hints=(
        "Build the item step by step, and add an attribute only if the row has something for it.",
        "'mentor,speaker'.split(',') is a list, and ''.split(',') is not empty. f'{7:03}' is '007'.",
    ),
    judge=_judge_move,
    solution=move_rows,
    wrong=(
        (_moves(drop=False), "E-009 has an attribute badges, with the value None"),
        (_moves(key=lambda row: f"E-{row['id']}"), "the ids in the table are E-123, E-42, E-7, E-9"),
        (_moves(office=lambda office: office), "E-009 has an attribute location, with the value ''"),
        (_moves(badges=lambda text: text.split(",") if text else None), "badges of E-007 is of type L"),
        (
            _moves(badges=lambda text: set(text.split(","))),
            "E-009 has an attribute badges, with the value {''}",
        ),
        (_moves(badges=lambda text: text or None), "badges of E-007 is of type S"),
        (_moves(hours=lambda hours: hours), "your function raised TypeError: Float types"),
        (_moves(hours=_of_hours(lambda hours: Decimal(round(hours)))), "hoursPerWeek of E-007 is 18."),
        (_moves(hours=_of_hours(lambda hours: Decimal(f"{hours:.2f}"))), "hoursPerWeek of E-007 is 18.06."),
        (_moves(hours=_of_hours(Decimal)), "make it from the number's text"),
        (_moves(hours=_of_hours(str)), "hoursPerWeek of E-007 is of type S"),
        (
            _moves(hours=lambda hours: Decimal(str(hours)) if hours else None),
            "E-009 has no attribute hoursPerWeek",
        ),
        (lambda table, rows: None, "the ids in the table are none"),
    ),
)

EXERCISES = [HIRE, ATTRIBUTE_TYPES, MOVE_ROWS]
