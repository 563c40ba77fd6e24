"""Answers to the exercises of lesson 03."""

from boto3.dynamodb.conditions import Attr, Key

from helpers.exercises.engine import Answers

# --- 3.1 -----------------------------------------------------------------------------------------------------


def march_notes(table):
    from boto3.dynamodb.conditions import Key

    question = {
        "KeyConditionExpression": Key("userId").eq("ada") & Key("noteId").begins_with("2026-03"),
        "ScanIndexForward": False,
    }
    answer = table.query(**question)
    items = answer["Items"]
    while "LastEvaluatedKey" in answer:
        answer = table.query(**question, ExclusiveStartKey=answer["LastEvaluatedKey"])
        items += answer["Items"]
    return items


IN_MARCH = Key("noteId").begins_with("2026-03")


def _march(key=IN_MARCH, forward=False, pages=True, ask="query", **more):
    """Asks for ada's notes under this condition on the sort key, on all pages or the first."""

    def answer(table):
        condition = Key("userId").eq("ada") & key if key else Key("userId").eq("ada")
        question = {**more, **({"KeyConditionExpression": condition} if ask == "query" else {})}
        if ask == "query":
            question["ScanIndexForward"] = forward
        got = getattr(table, ask)(**question)
        items = got["Items"]
        while pages and "LastEvaluatedKey" in got:
            got = getattr(table, ask)(**question, ExclusiveStartKey=got["LastEvaluatedKey"])
            items += got["Items"]
        return items

    return answer


def _newest_first(items):
    return sorted(items, key=lambda item: item["noteId"], reverse=True)


def _scans_march(table):
    condition = Attr("userId").eq("ada") & Attr("noteId").begins_with("2026-03")
    return _newest_first(_march(ask="scan", FilterExpression=condition)(table))


def _filters_content(table):
    return _march(None, FilterExpression=Attr("content").contains("2026-03"))(table)


def _chooses_in_python(table):
    return [item for item in _march(None)(table) if item["noteId"].startswith("2026-03")]


def _in_partiql(table):
    statement = f'SELECT * FROM "{table.name}"'
    items = table.meta.client.execute_statement(Statement=statement)["Items"]
    return _newest_first(
        one for one in items if one["userId"] == "ada" and one["noteId"].startswith("2026-03")
    )


def _sorts_by_luck(table):
    return sorted(march_notes(table), key=lambda item: item["noteId"][::-1])


def _asks_twice(table):
    march_notes(table)
    return march_notes(table)


def _out_of_thin_air(table):
    """Knows the notes, and did not read them."""
    days = ("31", "17", "09", "01")
    return [{"userId": "ada", "noteId": f"2026-03-{day}T09:30:00Z-a30"} for day in days]


def _looks_into_the_judge(table):
    """Walks the stack in search of a list of notes."""
    import sys

    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, list) and value and isinstance(value[0], dict) and "noteId" in value[0]:
                return _newest_first(value)
        frame = frame.f_back
    return []


def _in_strings(table):
    """A client, expressions as strings, a paginator."""
    pages = table.meta.client.get_paginator("query").paginate(
        TableName=table.name,
        KeyConditionExpression="userId = :user AND noteId BETWEEN :first AND :last",
        ExpressionAttributeValues={":user": "ada", ":first": "2026-03", ":last": "2026-03~"},
        ScanIndexForward=False,
    )
    return [item for page in pages for item in page["Items"]]


def _turns_round(table):
    items = _march(forward=True)(table)
    items.reverse()
    return tuple(items)


MARCH_NOTES = Answers(
    solution=march_notes,
    wrong=(
        (_march(forward=True), "the oldest first"),
        (_march(None), "a note of another month is among them"),
        (_march(Key("noteId").begins_with("2026-3")), "5 notes are missing"),
        (_march(Key("noteId").between("2026-03-01", "2026-03-31")), "1 note is missing"),
        (_march(Key("noteId").gte("2026-03")), "a note of another month is among them: 2026-04"),
        (
            _march(None, FilterExpression=Attr("noteId").begins_with("2026-03")),
            "DynamoDB refused Query: Filter Expression",
        ),
        (_filters_content, "8 items were read to return 5"),
        (_chooses_in_python, "8 items were read to return 5"),
        (_asks_twice, "10 items were read to return 5"),
        (_march(ProjectionExpression="userId, noteId"), "the notes are there, and not whole"),
        (_march(pages=False), "together more than 1 MB, it returned 1"),
        (_in_partiql, "the answer to a PartiQL statement does not tell how many items were read"),
        (_scans_march, "a scan read all 40 items"),
        (_sorts_by_luck, "not in the order of time"),
        (_out_of_thin_air, "it returned 4 items, and DynamoDB had given it none"),
        (_looks_into_the_judge, "5 notes are missing"),
        (
            lambda table: table.query(KeyConditionExpression=Key("userId").eq("ada")),
            "DynamoDB's whole answer",
        ),
        (lambda table: march_notes(table) and ..., "the dots are still in the return line"),
        (lambda table: None, "it returned nothing"),
    ),
    right=(_in_strings, _turns_round, _march(Key("noteId").between("2026-03-01", "2026-04"))),
)

# --- 3.2 -----------------------------------------------------------------------------------------------------


def latest(table, user_id, count):
    from boto3.dynamodb.conditions import Key

    items, more = [], {}
    while len(items) < count:
        answer = table.query(
            KeyConditionExpression=Key("userId").eq(user_id),
            ScanIndexForward=False,
            Limit=count - len(items),
            **more,
        )
        items += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            break
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    return items


def _query(table, user_id, **more):
    return table.query(KeyConditionExpression=Key("userId").eq(user_id), **more)["Items"]


def _slices(table, user_id, count):
    return _query(table, user_id, ScanIndexForward=False)[:count]


def _oldest(table, user_id, count):
    return _query(table, user_id, Limit=count)


def _one_page_of_latest(table, user_id, count):
    return _query(table, user_id, ScanIndexForward=False, Limit=count)


def _of_all_users(table, user_id, count):
    return _newest_first(table.scan()["Items"])[:count]


def _limit_on_each_page(table, user_id, count):
    pages = table.meta.client.get_paginator("query").paginate(
        TableName=table.name,
        KeyConditionExpression=Key("userId").eq(user_id),
        ScanIndexForward=False,
        PaginationConfig={"MaxItems": count, "PageSize": count},
    )
    return [item for page in pages for item in page["Items"]]


def _one_at_a_time(table, user_id, count):
    items, more = [], {}
    for _ in range(count):
        answer = table.query(
            KeyConditionExpression="userId = :user",
            ExpressionAttributeValues={":user": user_id},
            ScanIndexForward=False,
            Limit=1,
            **more,
        )
        items += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            break
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    return items


LATEST = Answers(
    solution=latest,
    wrong=(
        (_slices, "items were read to return 3: tell DynamoDB where to stop"),
        (_oldest, "it returned the oldest notes"),
        (lambda *given: _oldest(*given)[::-1], "these are not the newest notes"),
        (lambda *given: latest(*given)[::-1], "the newest does not stand first"),
        (lambda table, user_id, count: latest(table, user_id, 3), "it returned 3"),
        (_one_page_of_latest, "asked for 14 of "),
        (_limit_on_each_page, "items were read to return 14"),
        (_of_all_users, "a note of another user is among them"),
        (lambda *given: latest(*given)[0], "it returned a dict"),
        (lambda *given: latest(*given) and ..., "the dots are still in the return line"),
    ),
    right=(_one_at_a_time,),
)

# --- 3.3 -----------------------------------------------------------------------------------------------------


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


def _first_page_doubled(table):
    return table.scan()["Items"] + everything(table)


def _only_content(table):
    pages = table.meta.client.get_paginator("scan").paginate(
        TableName=table.name, ProjectionExpression="content"
    )
    return [item for page in pages for item in page["Items"]]


def _two_pages(table):
    page = table.scan()
    return page["Items"] + table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])["Items"]


def _drops_the_last_page(table):
    items, page = [], table.scan()
    while "LastEvaluatedKey" in page:
        items += page["Items"]
        page = table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])
    return items


def _loops_for_ever(table):
    items = []
    while table.scan(Limit=1)["Items"]:
        items.append(1)
    return items


def _with_a_paginator(table):
    pages = table.meta.client.get_paginator("scan").paginate(TableName=table.name)
    return [item for page in pages for item in page["Items"]]


def _in_segments(table):
    items = []
    for segment in range(3):
        more = {}
        while True:
            page = table.scan(Segment=segment, TotalSegments=3, **more)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    return items


def _everything_in_partiql(table):
    items, more = [], {}
    while True:
        page = table.meta.client.execute_statement(Statement=f'SELECT * FROM "{table.name}"', **more)
        items += page["Items"]
        if "NextToken" not in page:
            return items
        more = {"NextToken": page["NextToken"]}


EVERYTHING = Answers(
    solution=everything,
    wrong=(
        (lambda table: table.scan()["Items"], "items: the last answer that it read held a LastEvaluatedKey"),
        (_two_pages, "it returned 24 of "),
        (_drops_the_last_page, "it returned 24 of "),
        (_only_content, "it returned items without their noteId"),
        (_same_page_again, "it returned 36 items, some of them twice"),
        (_first_page_doubled, "some of them twice"),
        (_loops_for_ever, "had not finished after 1,000 requests"),
        (lambda table: table.scan(), "DynamoDB's whole answer"),
        (lambda table: (item for item in everything(table)), "it returned a generator"),
        (lambda table: [item["noteId"] for item in everything(table)], "something else than whole items"),
        (lambda table: everything(table) and ..., "the dots are still in the return line"),
    ),
    right=(_with_a_paginator, _in_segments, _everything_in_partiql),
)

# --- 3.4 -----------------------------------------------------------------------------------------------------


def headcount(table, office):
    from boto3.dynamodb.conditions import Attr

    total, more = 0, {}
    while True:
        page = table.scan(FilterExpression=Attr("location").eq(office), Select="COUNT", **more)
        total += page["Count"]
        if "LastEvaluatedKey" not in page:
            return total
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _counts(look=lambda page: page["Count"], condition=lambda office: Attr("location").eq(office), **more):
    """Adds up what `look` takes from each page of a scan under this condition."""
    more = more or {"Select": "COUNT"}

    def answer(table, office):
        total, start = 0, {}
        while True:
            page = table.scan(FilterExpression=condition(office), **more, **start)
            total += look(page)
            if "LastEvaluatedKey" not in page:
                return total
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    return answer


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


def _only_the_last_page(table, office):
    more = {}
    while True:
        page = table.scan(FilterExpression=Attr("location").eq(office), Select="COUNT", **more)
        if "LastEvaluatedKey" not in page:
            return page["Count"]
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _reserved(table, office):
    return table.scan(
        FilterExpression="location = :office",
        ExpressionAttributeValues={":office": office},
        Select="COUNT",
    )["Count"]


def _in_strings_and_pages(table, office):
    pages = table.meta.client.get_paginator("scan").paginate(
        TableName=table.name,
        FilterExpression="#office = :office",
        ExpressionAttributeNames={"#office": "location"},
        ExpressionAttributeValues={":office": office},
        Select="COUNT",
    )
    return sum(page["Count"] for page in pages)


HEADCOUNT = Answers(
    solution=headcount,
    wrong=(
        (_one_page, "and it returned 5: the last page that it read held a LastEvaluatedKey"),
        (_until_an_empty_page, "and it returned 10: the last page that it read held a LastEvaluatedKey"),
        (_only_the_last_page, "20 employees are in Kyoto, and it returned "),
        (_counts(lambda page: page["ScannedCount"]), "it returned 61, and that is everybody"),
        (
            _counts(condition=lambda office: Attr("location").contains(office)),
            "and it returned 22: Kyoto-Fushimi and North Kyoto are other locations",
        ),
        (
            _counts(condition=lambda office: Attr("location").begins_with(office)),
            "and it returned 21: Kyoto-Fushimi is another location",
        ),
        (_counts(lambda page: len(page["Items"]), ConsistentRead=True), "the items came along"),
        (_reserved, "Attribute name is a reserved keyword; reserved keyword: location"),
        (lambda table, office: table.item_count, "that is everybody, whatever their location"),
        (lambda table, office: {"Kyoto": 20}[office], "without having read the table to its end"),
        (lambda table, office: str(headcount(table, office)), "it returned a str"),
        (lambda *given: headcount(*given) and ..., "the dots are still in the return line"),
    ),
    right=(_in_strings_and_pages, _counts(ConsistentRead=True, Select="COUNT")),
)

# --- 3.5 -----------------------------------------------------------------------------------------------------


def fetch(db, ids):
    import time

    found = {}
    for start in range(0, len(ids), 100):
        left = {"Employees": {"Keys": [{"employeeId": one} for one in ids[start : start + 100]]}}
        pause = 0.05
        while left:
            answer = db.batch_get_item(RequestItems=left)
            found |= {item["employeeId"]: item for item in answer["Responses"]["Employees"]}
            left = answer["UnprocessedKeys"]
            if left:  # DynamoDB is busy: give it time, each round twice as much
                time.sleep(pause)
                pause = min(2 * pause, 2)
    return found


def _fetches(rounds, size=100):
    """Asks at most so many times for each part of the list, without a pause."""

    def answer(db, ids):
        found = {}
        for start in range(0, len(ids), size):
            left = {"Employees": {"Keys": [{"employeeId": one} for one in ids[start : start + size]]}}
            for _ in range(rounds):
                if left:
                    got = db.batch_get_item(RequestItems=left)
                    found |= {item["employeeId"]: item for item in got["Responses"]["Employees"]}
                    left = got["UnprocessedKeys"]
        return found

    return answer


def _all_at_once(db, ids):
    return _fetches(1, len(ids))(db, ids)


def _gets_each(db, ids):
    answers = {one: db.Table("Employees").get_item(Key={"employeeId": one}) for one in ids}
    return {one: answer["Item"] for one, answer in answers.items() if "Item" in answer}


def _scans_all(db, ids):
    items = db.Table("Employees").scan()["Items"]
    return {item["employeeId"]: item for item in items if item["employeeId"] in ids}


def _with_a_client(db, ids):
    client, found, keys = db.meta.client, {}, [{"employeeId": one} for one in ids]
    while keys:
        now, keys = keys[:100], keys[100:]
        answer = client.batch_get_item(RequestItems={"Employees": {"Keys": now, "ConsistentRead": True}})
        found.update((item["employeeId"], item) for item in answer["Responses"]["Employees"])
        keys += answer["UnprocessedKeys"].get("Employees", {}).get("Keys", [])
    return found


FETCH = Answers(
    solution=fetch,
    wrong=(
        (_all_at_once, "DynamoDB refused BatchGetItem"),
        (_fetches(1), "are missing: DynamoDB was busy and named them in UnprocessedKeys"),
        (_fetches(2), "missing: DynamoDB was busy and named them in UnprocessedKeys"),
        (_gets_each, "it took 127 requests"),
        (_fetches(9, 25), "it took 6 requests"),
        (lambda db, ids: {**dict.fromkeys(ids), **fetch(db, ids)}, "does not exist, and your dictionary has"),
        (lambda db, ids: fetch(db, ids[:100]), "of 125 employees are missing, the first is"),
        (_scans_all, "it scanned the table"),
        (
            lambda db, ids: dict(zip(sorted(fetch(db, ids)), fetch(db, ids).values(), strict=True)),
            "does not map each id to its item",
        ),
        (
            lambda db, ids: {one: {"employeeId": one} for one in fetch(db, ids)},
            "does not map each id to its item",
        ),
        (lambda db, ids: list(fetch(db, ids).values()), "it returned a list"),
        (
            lambda db, ids: db.batch_get_item(
                RequestItems={"Employees": {"Keys": [{"employeeId": one} for one in ids[:100]]}}
            ),
            "DynamoDB's whole answer",
        ),
        (lambda db, ids: fetch(db, ids) and ..., "the dots are still in the return line"),
    ),
    right=(_with_a_client, _fetches(20)),
)

ANSWERS = [MARCH_NOTES, LATEST, EVERYTHING, HEADCOUNT, FETCH]
