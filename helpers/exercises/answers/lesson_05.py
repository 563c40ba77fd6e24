"""Answers to the exercises of lesson 05."""

from decimal import Decimal

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from helpers.capacity import typed
from helpers.exercises.engine import Answers

# --- 5.1 -----------------------------------------------------------------------------------------------------


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
        # It may be our own put: its answer was lost, and boto3 sent it again.
        key = {"employeeId": item["employeeId"]}
        stored = table.get_item(Key=key, ConsistentRead=True).get("Item")
        return [] if stored == item else ["employeeId"]
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


def _door(table, item, wrong, catches=()):
    if wrong:
        return wrong
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(employeeId)")
    except (table.meta.client.exceptions.ConditionalCheckFailedException, *catches):
        return ["employeeId"]
    return []


def _hides_all(table, item):
    return _door(table, item, _wrong(item), (Exception,))


def _hides_refusals(table, item):
    return _door(table, item, _wrong(item), (ClientError,))


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


def _looks_first_and_claims(table, item):
    """Looks, then writes under a condition, and does not notice that it failed."""
    found = _looks(table, item)
    return found if found is not None else _door(table, item, []) and []


def _looks(table, item):
    if wrong := _wrong(item):
        return wrong
    taken = "Item" in table.get_item(Key={"employeeId": item["employeeId"]})
    return ["employeeId"] if taken else None


def _looks_first_and_carries_a_condition(table, item):
    found = _looks(table, item)
    return found if found is not None else _door(table, item, [])


def _with_a_client_and_codes(table, item):
    wrong = _wrong(item)
    if not wrong:
        condition = "attribute_not_exists(#id)"
        try:
            table.meta.client.put_item(
                TableName=table.name,
                Item=item,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#id": "employeeId"},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            wrong = ["employeeId"]
    return wrong


def _with_attr(table, item):
    if wrong := _wrong(item):
        return wrong
    try:
        table.put_item(Item=item, ConditionExpression=Attr("employeeId").not_exists())
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return ["employeeId"]
    return []


HIRE = Answers(
    solution=hire,
    wrong=(
        (_no_condition, "an employee whose id is taken was stored"),
        (_looks_first, "between its look and its write, and that one was overwritten"),
        (_looks_first_and_claims, "took the id between its look and its write, and it returned []"),
        (_only_presence, "an employee with an empty fullName was stored"),
        (_any_hours, "an employee with 400 hours a week was stored"),
        (_true_is_a_number, "an employee whose hoursPerWeek is True was stored"),
        (_whole_hours, "an employee with 37.5 hours was not stored"),
        (_above_zero, "an employee with half an hour a week was stored"),
        (_none_is_no_hours, "an employee whose hoursPerWeek is None was stored"),
        (_first_only, "for an employee with four things wrong it returned ['employeeId']"),
        (_hides_all, "of more than 400 KB, and your function hid that by returning ['employeeId']"),
        (_hides_refusals, "of more than 400 KB, and your function hid that by returning ['employeeId']"),
        (lambda table, item: table.put_item(Item=item), "it returned a dict"),
        (lambda table, item: hire(table, item) and None, "it returned nothing"),
        (lambda table, item: hire(table, item) or ..., "the dots are still in the return line"),
        (lambda table, item: [], "an employee with nothing wrong and an agency was not stored"),
    ),
    right=(_looks_first_and_carries_a_condition, _with_a_client_and_codes, _with_attr),
)

# --- 5.2 -----------------------------------------------------------------------------------------------------


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


def _every_type_again(table):
    types = {}
    for page in _pages(table):
        for item in page["Items"]:
            for name, value in item.items():
                types.setdefault(name, []).append(typed(value)[0])
    return {name: sorted(kinds) for name, kinds in types.items()}


def _out_of_thin_air(table):
    """Knows the answer, and reads one page."""
    table.scan()
    both = {"employeeId": ["S"], "more": ["M"], "on": ["BOOL"], "raw": ["B"], "seen": ["NULL"]}
    return {**both, "lucky": ["NS"], "note": ["S"], "score": ["N", "S"], "tags": ["L", "SS"]}


def _with_a_paginator(table):
    serialize = TypeSerializer().serialize
    types = {}
    for page in table.meta.client.get_paginator("scan").paginate(TableName=table.name):
        for item in page["Items"]:
            for name, value in item.items():
                [descriptor] = serialize(value)
                if descriptor not in types.setdefault(name, []):
                    types[name].append(descriptor)
    return {name: sorted(kinds) for name, kinds in types.items()}


ATTRIBUTE_TYPES = Answers(
    solution=attribute_types,
    wrong=(
        (_one_page, ": the last page that it read held a LastEvaluatedKey"),
        (_python_names, "employeeId has other types than ['str']"),
        (_last_wins, "has other types than ["),
        (_skips_nothing, "the attribute seen is missing"),
        (_turned_round, "are right, and not sorted"),
        (_every_type_again, "the types of employeeId are right, and come up more than once: 42 of them"),
        (_as_sets, "employeeId has a set, and a sorted list was asked for"),
        (_out_of_thin_air, "without having read them all"),
        (lambda table: {**attribute_types(table), "shoeSize": ["N"]}, "no item has an attribute shoeSize"),
        (lambda table: list(attribute_types(table)), "it returned a list"),
        (lambda table: attribute_types(table) and ..., "the dots are still in the return line"),
    ),
    right=(_with_a_paginator,),
)

# --- 5.3 -----------------------------------------------------------------------------------------------------


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


def _in_a_batch(table, rows):
    with table.batch_writer() as batch:
        for row in rows:
            item = {
                "employeeId": "E-" + str(row["id"]).zfill(3),
                "fullName": row["full_name"],
                "location": row["office"],
                "badges": {badge for badge in row["badges"].split(",") if badge},
                "hoursPerWeek": None if row["hours"] is None else Decimal(repr(row["hours"])),
            }
            batch.put_item(Item={name: value for name, value in item.items() if value or value == 0})


MOVE_ROWS = Answers(
    solution=move_rows,
    wrong=(
        (_moves(drop=False), "has an attribute badges, with the value None"),
        (_moves(key=lambda row: f"E-{row['id']}"), "the ids in the table are E-"),
        (_moves(office=lambda office: office), "has an attribute location, with the value ''"),
        (_moves(badges=lambda text: text.split(",") if text else None), "is of type L"),
        (_moves(badges=lambda text: set(text.split(","))), "has an attribute badges, with the value {''}"),
        (_moves(badges=lambda text: text or None), "is of type S"),
        (
            _moves(badges=lambda text: {text} if text else None),
            "is {'mentor,speaker'}",
        ),
        (_moves(hours=lambda hours: hours), "your function raised TypeError: Float types"),
        (_moves(hours=_of_hours(lambda hours: Decimal(round(hours)))), " is 18."),
        (_moves(hours=_of_hours(lambda hours: Decimal(f"{hours:.2f}"))), " is 18.06."),
        (_moves(hours=_of_hours(Decimal)), "boto3 refused a number of more than 38 digits"),
        (_moves(hours=lambda hours: Decimal(str(hours))), "a Decimal of something that is no number"),
        (_moves(hours=_of_hours(str)), "is of type S"),
        (_moves(hours=lambda hours: Decimal(str(hours)) if hours else None), "has no attribute hoursPerWeek"),
        (lambda table, rows: move_rows(table, rows) or ..., "the dots are still in the return line"),
        (lambda table, rows: None, "the ids in the table are none"),
    ),
    right=(_in_a_batch,),
)

ANSWERS = [HIRE, ATTRIBUTE_TYPES, MOVE_ROWS]
