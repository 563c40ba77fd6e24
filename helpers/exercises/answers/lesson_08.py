"""Answers to the exercises of lesson 08."""

from boto3.dynamodb.conditions import Attr, Key

from helpers.exercises.engine import Answers

# --- 8.1 -----------------------------------------------------------------------------------------------------


def team(table, manager_id):
    import time

    from boto3.dynamodb.conditions import Key

    table.update(
        AttributeDefinitions=[
            {"AttributeName": "managerId", "AttributeType": "S"},
            {"AttributeName": "fullName", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by_manager",
                    "KeySchema": [
                        {"AttributeName": "managerId", "KeyType": "HASH"},
                        {"AttributeName": "fullName", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            }
        ],
    )
    table.reload()
    while table.global_secondary_indexes[0]["IndexStatus"] != "ACTIVE":
        time.sleep(0.1)  # on AWS, 10 seconds
        table.reload()
    names, more = [], {}
    while True:
        page = table.query(
            IndexName="by_manager", KeyConditionExpression=Key("managerId").eq(manager_id), **more
        )
        names += [item["fullName"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return names
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _add(table, name, keys, projection=None, definitions=True, wait=True):
    """Add an index by these key attributes, the partition key first; `wait` until it is ACTIVE."""
    update = {
        "GlobalSecondaryIndexUpdates": [
            {
                "Create": {
                    "IndexName": name,
                    "KeySchema": [
                        {"AttributeName": key, "KeyType": role}
                        for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
                    ],
                    "Projection": projection or {"ProjectionType": "ALL"},
                }
            }
        ]
    }
    if definitions:
        update["AttributeDefinitions"] = [{"AttributeName": key, "AttributeType": "S"} for key in keys]
    table.update(**update)
    if not wait:
        return
    table.reload()
    while table.global_secondary_indexes[0]["IndexStatus"] != "ACTIVE":
        table.reload()


def _ask(table, manager_id, key="managerId", pages=True, **more):
    question = {"KeyConditionExpression": Key(key).eq(manager_id), "IndexName": "by_manager", **more}
    answer = table.query(**question)
    items = answer["Items"]
    while pages and "LastEvaluatedKey" in answer:
        answer = table.query(**question, ExclusiveStartKey=answer["LastEvaluatedKey"])
        items += answer["Items"]
    return items


def _names(items):
    return sorted(item["fullName"] for item in items)


def _with(keys=("managerId",), ask=_ask, result=_names, **more):
    """Adds an index, asks it, and makes the result of the items."""

    def answer(table, manager_id):
        _add(table, "by_manager", keys, **more)
        return result(ask(table, manager_id))

    return answer


def _scans_the_table(table, manager_id):
    items, more = [], {}
    while True:
        page = table.scan(FilterExpression=Attr("managerId").eq(manager_id), **more)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return _names(items)
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _adds_and_scans(table, manager_id):
    _add(table, "by_manager", ("managerId",))
    return _scans_the_table(table, manager_id)


def _in_partiql(table, manager_id):
    _add(table, "by_manager", ("managerId",))
    answer = table.meta.client.execute_statement(
        Statement=f'SELECT fullName FROM "{table.name}"."by_manager" WHERE managerId = ?',
        Parameters=[manager_id],
    )
    return _names(answer["Items"])


def _fetches_the_names(table, manager_id):
    """A small index gives the ids, and the table the names."""
    _add(table, "by_manager", ("managerId",), {"ProjectionType": "KEYS_ONLY"})
    return sorted(
        table.get_item(Key={"employeeId": item["employeeId"]})["Item"]["fullName"]
        for item in _ask(table, manager_id)
    )


def _looks_once(table, manager_id):
    _add(table, "by_manager", ("managerId",), wait=False)
    table.reload()
    return _names(_ask(table, manager_id))


def _by_client(table, manager_id):
    """All by the client, with expressions as text and a paginator, in an index of one more name."""
    client = table.meta.client
    client.update_table(
        TableName=table.name,
        AttributeDefinitions=[{"AttributeName": "managerId", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "teams",
                    "KeySchema": [{"AttributeName": "managerId", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["fullName"]},
                }
            }
        ],
    )
    while (
        client.describe_table(TableName=table.name)["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"]
        != "ACTIVE"
    ):
        pass
    pages = client.get_paginator("query").paginate(
        TableName=table.name,
        IndexName="teams",
        KeyConditionExpression="managerId = :manager",
        ExpressionAttributeValues={":manager": manager_id},
    )
    return _names(item for page in pages for item in page["Items"])


ADD_AN_INDEX = Answers(
    solution=team,
    wrong=(
        (_scans_the_table, "the table has no index"),
        (_in_partiql, "it asked in PartiQL"),
        (_adds_and_scans, "read the table, or the index, from one end to the other"),
        (_with(wait=False), "DynamoDB refused Query"),
        (_looks_once, "was CREATING: it went on without waiting"),
        (_with(definitions=False), "DynamoDB refused UpdateTable"),
        (
            _with(ask=lambda *given: _ask(*given, pages=False)),
            "the last answer that it read held a LastEvaluatedKey",
        ),
        (
            _with(
                result=lambda items: [item["fullName"] for item in items[::-1]],
                keys=("managerId", "fullName"),
            ),
            "not sorted",
        ),
        (_with(result=lambda items: items), "it returned items, and their names were asked for"),
        (_with(result=lambda items: sorted(item["employeeId"] for item in items)), "is missing"),
        (_with(projection={"ProjectionType": "KEYS_ONLY"}), "your function raised KeyError: 'fullName'"),
        (
            _with(keys=("fullName", "managerId")),
            "DynamoDB refused Query: Query condition missed key schema element",
        ),
        (
            _with(keys=("fullName",), ask=lambda table, manager: []),
            "the partition key of the index by_manager is fullName",
        ),
        (_with(ask=lambda table, manager: []), "the index is there, and no query asked it"),
        (
            lambda table, manager_id: (_add(table, "by_manager", ("managerId",), wait=False), [])[1],
            "it did not wait",
        ),
        (_with(ask=lambda *given: _ask(*given) + _ask(*given)), "a name is there twice"),
        (_with(result=lambda items: len(items)), "it returned an int"),
        (_with(result=lambda items: ...), "the dots are still in the return line"),
        (lambda table, manager_id: None, "the table has no index"),
    ),
    right=(_with(), _with(keys=("managerId", "fullName")), _fetches_the_names, _by_client),
)

# --- 8.2 -----------------------------------------------------------------------------------------------------


def index_open(table):
    import time

    from boto3.dynamodb.conditions import Attr

    more = {}
    while True:
        page = table.scan(FilterExpression=Attr("status").eq("open"), **more)
        for ticket in page["Items"]:
            table.update_item(
                Key={"ticketId": ticket["ticketId"]},
                UpdateExpression="SET openSince = :opened",
                ExpressionAttributeValues={":opened": ticket["opened"]},
            )
        if "LastEvaluatedKey" not in page:
            break
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    table.update(
        AttributeDefinitions=[
            {"AttributeName": "team", "AttributeType": "S"},
            {"AttributeName": "openSince", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "open_tickets",
                    "KeySchema": [
                        {"AttributeName": "team", "KeyType": "HASH"},
                        {"AttributeName": "openSince", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            }
        ],
    )
    table.reload()
    while table.global_secondary_indexes[0]["IndexStatus"] != "ACTIVE":
        time.sleep(0.1)  # on AWS, 10 seconds
        table.reload()


def _mark(
    table, value=lambda ticket: ticket["opened"], which=lambda ticket: ticket["status"] == "open", pages=True
):
    """Give the tickets that `which` chooses an attribute openSince."""
    more = {}
    while True:
        page = table.scan(**more)
        for ticket in filter(which, page["Items"]):
            table.update_item(
                Key={"ticketId": ticket["ticketId"]},
                UpdateExpression="SET openSince = :value",
                ExpressionAttributeValues={":value": value(ticket)},
            )
        if not pages or "LastEvaluatedKey" not in page:
            return
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _sparse(keys=("team", "openSince"), name="open_tickets", wait=True, **marks):
    def answer(table):
        if marks.get("which", True):
            _mark(table, **marks)
        _add(table, name, keys, wait=wait)

    return answer


def _index_first(value):
    def answer(table):
        _add(table, "open_tickets", ("team", "openSince"))
        _mark(table, value)

    return answer


def _deletes_the_others(table):
    for ticket in table.scan()["Items"]:
        if ticket["status"] != "open":
            table.delete_item(Key={"ticketId": ticket["ticketId"]})
    _add(table, "open_tickets", ("team", "opened"))


def _takes_opened_away(table):
    for page in table.meta.client.get_paginator("scan").paginate(TableName=table.name):
        for ticket in page["Items"]:
            if ticket["status"] != "open":
                table.update_item(Key={"ticketId": ticket["ticketId"]}, UpdateExpression="REMOVE opened")
    _add(table, "open_tickets", ("team", "opened"))


def _in_three_attributes(table):
    """A mark and the time, as two attributes of the sort key."""
    _mark(table, lambda ticket: "yes")
    table.update(
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in ("team", "openSince", "opened")
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "open_tickets",
                    "KeySchema": [
                        {"AttributeName": "team", "KeyType": "HASH"},
                        {"AttributeName": "openSince", "KeyType": "RANGE"},
                        {"AttributeName": "opened", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    table.reload()
    while table.global_secondary_indexes[0]["IndexStatus"] != "ACTIVE":
        table.reload()


MAKE_SPARSE = Answers(
    solution=index_open,
    wrong=(
        (lambda table: _add(table, "open_tickets", ("team", "status")), "40 tickets are in the index"),
        (lambda table: _add(table, "open_tickets", ("team", "opened")), "whose status is"),
        (_sparse(which=lambda ticket: True), "40 tickets are in the index"),
        (_sparse(which=lambda ticket: ticket["status"] != "closed"), "whose status is waiting"),
        (_sparse(pages=False), "it has no openSince"),
        (_sparse(value=lambda ticket: True), "its openSince is of type BOOL"),
        (_index_first(lambda ticket: True), "DynamoDB refused UpdateItem"),
        (_index_first(lambda ticket: ""), "DynamoDB refused UpdateItem"),
        (_sparse(value=lambda ticket: "yes"), "do not come the oldest first"),
        (_sparse(keys=("openSince", "team")), "the partition key of the index is openSince"),
        (_sparse(name="open"), "there is no index open_tickets: there is one named open"),
        (_sparse(wait=False), "it did not wait"),
        (_mark, "there is no index open_tickets"),
        (_deletes_the_others, "is gone"),
        (_takes_opened_away, "has another opened than before, or none"),
        (lambda table: index_open(table) or ..., "the dots are still in the return line"),
        (lambda table: None, "there is no index open_tickets"),
    ),
    right=(_index_first(lambda ticket: ticket["opened"]), _sparse(), _in_three_attributes),
)

# --- 8.3 -----------------------------------------------------------------------------------------------------


def projection():
    return {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["jobTitle", "phone"],
    }


def _include(*names):
    return lambda: {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(names)}


CHEAPEST_PROJECTION = Answers(
    solution=projection,
    wrong=(
        (lambda: {"ProjectionType": "KEYS_ONLY"}, "the list has no jobTitle and no phone"),
        (lambda: {"ProjectionType": "ALL"}, "the entries hold about and badges and seenAt as well"),
        (_include("phone"), "the list has no jobTitle"),
        (_include("jobTitle"), "the list has no phone"),
        (_include("jobTitle", "Phone"), "the list has no phone: no item has an attribute Phone"),
        (_include("jobTitle", "phone", "about"), "the entries hold about as well"),
        (_include("jobTitle", "phone", "seenAt"), "a change of seenAt costs 3 write units"),
        (_include("jobTitle", "phone", "badges"), "bytes that the list does not show"),
        (lambda: {"ProjectionType": "INCLUDE"}, "DynamoDB refused CreateTable"),
        (lambda: {"ProjectionType": "SOME", "NonKeyAttributes": ["phone"]}, "DynamoDB refused CreateTable"),
        (lambda: {"Projection": projection()}, "the projection is one part of it"),
        (lambda: ["jobTitle", "phone"], "it returned a list"),
        (lambda: "INCLUDE", "it returned a str"),
        (lambda: None, "it returned nothing"),
    ),
    # The keys are in an entry anyway: who names them as well gets the same index.
    right=(_include("phone", "jobTitle"), _include("employeeId", "fullName", "jobTitle", "phone")),
)

# --- 8.4 -----------------------------------------------------------------------------------------------------


def left_out(table):
    def everybody(**more):
        found = []
        while True:
            page = table.scan(**more)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            more["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def fits(value, most):
        return isinstance(value, str) and 1 <= len(value.encode()) <= most

    held = {item["employeeId"] for item in everybody(IndexName="by_office")}
    why = {}
    for item in everybody():
        if item["employeeId"] not in held:
            sound = fits(item.get("location"), 2048)
            why[item["employeeId"]] = "fullName" if sound else "location"
    return why


def _everybody(table, **more):
    pages = table.meta.client.get_paginator("scan").paginate(TableName=table.name, **more)
    return [item for page in pages for item in page["Items"]]


def _by_rule(sound, blame=lambda item: None):
    """Blames the first key attribute that the rule finds unsound; else what `blame` says."""

    def answer(table):
        why = {}
        for item in _everybody(table):
            odd = [name for name in ("location", "fullName") if not sound(name, item.get(name))]
            name = odd[0] if odd else blame(item)
            if name:
                why[item["employeeId"]] = name
        return why

    return answer


def _right(name, value):
    return isinstance(value, str) and 1 <= len(value.encode()) <= {"location": 2048, "fullName": 1024}[name]


def _in_letters(name, value):
    return isinstance(value, str) and 1 <= len(value) <= {"location": 2048, "fullName": 1024}[name]


def _one_limit(name, value):
    return isinstance(value, str) and 1 <= len(value.encode()) <= 2048


def _too_strict(name, value):
    return isinstance(value, str) and 1 <= len(value.encode()) < {"location": 2048, "fullName": 1024}[name]


def _only_the_ids(table):
    held = {item["employeeId"] for item in _everybody(table, IndexName="by_office")}
    return sorted({item["employeeId"] for item in _everybody(table)} - held)


def _always(name):
    return lambda table: dict.fromkeys(_only_the_ids(table), name)


def _first_pages(table):
    held = {item["employeeId"] for item in table.scan(IndexName="by_office")["Items"]}
    return {
        item["employeeId"]: "fullName" if _right("location", item.get("location")) else "location"
        for item in table.scan()["Items"]
        if item["employeeId"] not in held
    }


WHY_MISSING = Answers(
    solution=left_out,
    wrong=(
        (_by_rule(lambda name, value: value is not None), "is not named: its location is a number"),
        (_by_rule(lambda name, value: bool(value)), "is not named: its location is a number"),
        (_by_rule(lambda name, value: isinstance(value, str)), "is not named: its location is empty"),
        (
            _by_rule(lambda name, value: isinstance(value, str) and value),
            "is not named: its location has 2,200 bytes",
        ),
        (_by_rule(_in_letters), "is not named: its location has 2,200 bytes"),
        (_by_rule(_one_limit), "is not named: its fullName has 1,025 bytes"),
        (_by_rule(_too_strict), "is named, and is in the index"),
        (
            _by_rule(lambda name, value: name == "fullName" or _right(name, value)),
            "is not named: its fullName is NULL",
        ),
        (_always("location"), "it blames 'location', and its fullName is"),
        (_always("fullName"), "it blames 'fullName', and its location is"),
        (_first_pages, "held a LastEvaluatedKey"),
        (_only_the_ids, "it returned a list"),
        (
            lambda table: dict.fromkeys((item["employeeId"] for item in _everybody(table)), "location"),
            "is named, and is in the index",
        ),
        (lambda table: {}, "is not named"),
        (lambda table: left_out(table) and ..., "the dots are still in the return line"),
        (lambda table: None, "it returned nothing"),
    ),
    right=(_by_rule(_right),),
)

ANSWERS = [ADD_AN_INDEX, MAKE_SPARSE, CHEAPEST_PROJECTION, WHY_MISSING]
