"""Answers to the exercises of lesson 02."""

import json
from decimal import Decimal

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from helpers.exercises.engine import Answers

# --- 2.1 -----------------------------------------------------------------------------------------------------


def promote(table):
    table.update_item(
        Key={"employeeId": "E-011"},
        UpdateExpression="SET jobTitle = :title ADD badges :badge REMOVE agency",
        ExpressionAttributeValues={":title": "Head of engineering", ":badge": {"mentor"}},
    )


def _promotes(expression: str, employee="E-011", **values):
    def answer(table):
        values_ = {f":{name}": value for name, value in values.items()}
        if ":title" in expression:
            values_ |= {":title": "Head of engineering"}
        more = {"ExpressionAttributeValues": values_} if values_ else {}
        table.update_item(Key={"employeeId": employee}, UpdateExpression=expression, **more)

    return answer


def _puts_anew(table):
    item = table.get_item(Key={"employeeId": "E-011"})["Item"]
    item.pop("agency")
    table.put_item(Item={**item, "jobTitle": "Head of engineering", "badges": item["badges"] | {"mentor"}})


def _in_three_steps(table):
    _promotes("SET jobTitle = :title")(table)
    _promotes("ADD badges :b", b={"mentor"})(table)
    _promotes("REMOVE agency")(table)


def _adds_the_wrong_badge(table):
    _promotes("SET jobTitle = :title ADD badges :b REMOVE agency", b={"mentor", "Mentor"})(table)


def _deletes(table):
    table.delete_item(Key={"employeeId": "E-011"})


def _with_a_client(table):
    table.meta.client.update_item(
        TableName=table.name,
        Key={"employeeId": "E-011"},
        UpdateExpression="ADD #badges :badge SET #title = :title REMOVE #agency",
        ExpressionAttributeNames={"#badges": "badges", "#title": "jobTitle", "#agency": "agency"},
        ExpressionAttributeValues={":title": "Head of engineering", ":badge": {"mentor"}},
        ConditionExpression="attribute_exists(employeeId)",
    )


_ALL = "SET jobTitle = :title ADD badges :b REMOVE agency"
PROMOTE = Answers(
    solution=promote,
    wrong=(
        (
            _promotes("SET jobTitle = :title, badges = :b REMOVE agency", b={"mentor"}),
            "badges that she had are gone",
        ),
        (
            _promotes("SET jobTitle = :title, badges = :b REMOVE agency", b=["mentor"]),
            "no String Set any more, but ['mentor']",
        ),
        (_promotes(_ALL, b="mentor"), "DynamoDB refused UpdateItem"),
        (
            _promotes("SET jobTitle = :title, agency = :n ADD badges :b", b={"mentor"}, n=None),
            "agency is still there, with the value None",
        ),
        (_promotes("SET jobTitle = :title ADD badges :b", b={"mentor"}), "agency is still there"),
        (_promotes("SET jobTitle = :title REMOVE agency"), "and mentor was asked for too"),
        (_promotes("SET jobTitle = :title REMOVE agency, badges"), "the badges of E-011 are gone altogether"),
        (_adds_the_wrong_badge, "a badge that nobody asked for: 'Mentor'"),
        (
            _promotes("SET jobtitle = :title ADD badges :b REMOVE agency", b={"mentor"}),
            "is 'Engineering manager', and there is a new attribute jobtitle",
        ),
        (
            _promotes("SET jobTitle = :title, title = :title ADD badges :b REMOVE agency", b={"mentor"}),
            "a new attribute title, which nobody asked for",
        ),
        (_promotes(_ALL, "E-11", b={"mentor"}), "it created E-11"),
        (_promotes(_ALL, "E-012", b={"mentor"}), "E-012 changed too"),
        (_promotes(f"{_ALL}, projects", b={"mentor"}), "projects is gone too"),
        (_deletes, "E-011 is gone"),
        (_puts_anew, "after 2 requests"),
        (_in_three_steps, "after 3 requests"),
        (lambda table: promote(table) or ..., "the dots are still in the return line"),
        (lambda table: None, "E-011 is as before"),
    ),
    right=(_with_a_client, lambda table: promote(table) or "done"),
)

# --- 2.2 -----------------------------------------------------------------------------------------------------


def store_new(table, note):
    try:
        table.put_item(Item=note, ConditionExpression="attribute_not_exists(userId)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        # It may be our own put: its answer was lost, and boto3 sent it again.
        key = {"userId": note["userId"], "noteId": note["noteId"]}
        stored = table.get_item(Key=key, ConsistentRead=True).get("Item")
        return stored == note
    return True


def _note_key(note):
    return {"userId": note["userId"], "noteId": note["noteId"]}


def _same(table, note):
    return table.get_item(Key=_note_key(note)).get("Item") == note


def _no_condition(table, note):
    table.put_item(Item=note)
    return True


def _looks_first(table, note):
    if "Item" in table.get_item(Key=_note_key(note)):
        return False
    table.put_item(Item=note)
    return True


def _stores_if(condition, catches=(), failed=_same):
    def answer(table, note):
        try:
            table.put_item(Item=note, ConditionExpression=condition)
        except (table.meta.client.exceptions.ConditionalCheckFailedException, *catches):
            return failed(table, note)
        return True

    return answer


def _says_nothing(table, note):
    _stores_if("attribute_not_exists(userId)")(table, note)


def _lets_it_through(table, note):
    table.put_item(Item=note, ConditionExpression="attribute_not_exists(userId)")
    return True


def _stores_half(table, note):
    return store_new(table, {name: note[name] for name in ("userId", "noteId", "title", "content")})


def _by_note_id(table, note):
    if any(one["noteId"] == note["noteId"] for one in table.scan()["Items"]):
        return False
    return store_new(table, note)


def _returns_true_to_a_rival(table, note):
    if "Item" in table.get_item(Key=_note_key(note)):
        return _same(table, note)
    store_new(table, note)
    return True


def _looks_first_and_carries_a_condition(table, note):
    if "Item" in (answer := table.get_item(Key=_note_key(note), ConsistentRead=True)):
        return answer["Item"] == note
    return store_new(table, note)


def _by_error_code(table, note):
    try:
        table.put_item(Item=note, ConditionExpression=Attr("noteId").not_exists())
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return _same(table, note)
    return True


def _with_all_old(table, note):
    from boto3.dynamodb.types import TypeDeserializer

    try:
        table.put_item(
            Item=note,
            ConditionExpression="attribute_not_exists(userId)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException as error:
        stored = error.response["Item"]
        if any(not isinstance(value, dict) for value in stored.values()):
            return stored == note
        return {name: TypeDeserializer().deserialize(value) for name, value in stored.items()} == note
    return True


def _in_a_transaction(table, note):
    put = {"TableName": table.name, "Item": note, "ConditionExpression": "attribute_not_exists(userId)"}
    try:
        table.meta.client.transact_write_items(TransactItems=[{"Put": put}])
    except table.meta.client.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise
        return _same(table, note)
    return True


STORE_NEW = Answers(
    solution=store_new,
    wrong=(
        (_no_condition, "a note was overwritten by another with the same key"),
        (_looks_first, "between its look and its write, and that note was overwritten"),
        (_returns_true_to_a_rival, "between its look and its write, and it returned True"),
        (
            _stores_if("attribute_not_exists(noteId)", (ClientError,), lambda table, note: False),
            "your function hid that by returning False",
        ),
        (_says_nothing, "it returned None for a free key"),
        (_lets_it_through, "DynamoDB refused PutItem: The conditional request failed"),
        (_stores_if("attribute_exists(userId)"), "a note with a free key was not stored"),
        (
            _stores_if("attribute_not_exists(content) AND attribute_not_exists(title)"),
            "only the key is sure to be there",
        ),
        (_by_note_id, "a note with a free key was not stored"),
        (_stores_half, "the note was stored without its labels"),
        (
            _stores_if("attribute_not_exists(userId)", failed=lambda table, note: False),
            "exactly this note is stored already, as after an answer that got lost, and it returned False",
        ),
        (lambda table, note: store_new(table, note) and ..., "the dots are still in the return line"),
    ),
    right=(_looks_first_and_carries_a_condition, _by_error_code, _with_all_old, _in_a_transaction),
)

# --- 2.3 -----------------------------------------------------------------------------------------------------


def count_opening(table, user_id, note_id):
    answer = table.update_item(
        Key={"userId": user_id, "noteId": note_id},
        UpdateExpression="ADD opened :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    return answer["Attributes"]["opened"]


def _counts(
    expression: str, returns: str = "UPDATED_NEW", look=lambda answer: answer["Attributes"]["opened"], **more
):
    def answer(table, user_id, note_id):
        got = table.update_item(
            Key={"userId": user_id, "noteId": note_id},
            UpdateExpression=expression,
            ExpressionAttributeValues={":one": 1, **more},
            ReturnValues=returns,
        )
        return look(got)

    return answer


def _reads_and_writes(table, user_id, note_id):
    note = table.get_item(Key={"userId": user_id, "noteId": note_id})["Item"]
    note["opened"] = note.get("opened", 0) + 1
    table.put_item(Item=note)
    return note["opened"]


def _reads_and_sets(table, user_id, note_id):
    key = {"userId": user_id, "noteId": note_id}
    opened = table.get_item(Key=key)["Item"].get("opened", 0) + 1
    table.update_item(Key=key, UpdateExpression="SET opened = :n", ExpressionAttributeValues={":n": opened})
    return opened


def _reads_afterwards(table, user_id, note_id):
    count_opening(table, user_id, note_id)
    return table.get_item(Key={"userId": user_id, "noteId": note_id})["Item"]["opened"]


def _optimistic(tries):
    def answer(table, user_id, note_id):
        key = {"userId": user_id, "noteId": note_id}
        for attempt in range(tries):
            seen = table.get_item(Key=key, ConsistentRead=True)["Item"].get("opened")
            as_seen = Attr("opened").eq(seen) if seen is not None else Attr("opened").not_exists()
            try:
                table.update_item(
                    Key=key,
                    UpdateExpression="SET opened = :new",
                    ConditionExpression=as_seen,
                    ExpressionAttributeValues={":new": (seen or 0) + 1},
                )
                return (seen or 0) + 1
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code != "ConditionalCheckFailedException" or attempt == tries - 1:
                    raise

    return answer


COUNT = Answers(
    solution=count_opening,
    wrong=(
        (_counts("SET opened = opened + :one"), "refers to an attribute that does not exist in the item"),
        (_counts("SET opened = :one"), "after two openings opened is 1"),
        (_counts("ADD opened :one", look=lambda answer: None), "three calls returned None, None, None"),
        (
            _counts("ADD opened :one", "ALL_OLD", lambda answer: answer["Attributes"].get("opened")),
            "returned None, 1, 2 in place of 1, 2, 3",
        ),
        (_counts("ADD title :one"), "DynamoDB refused UpdateItem"),
        (
            _counts("ADD opens :one", look=lambda answer: answer["Attributes"]["opens"]),
            "the note has no attribute opened",
        ),
        (_counts("ADD opened :one SET title = :t", **{":t": "x"}), "something else in the note changed"),
        (_counts("ADD opened :one", look=lambda answer: answer), "DynamoDB's whole answer"),
        (
            _reads_and_writes,
            "counted between its GetItem and its PutItem, and of the two openings one was lost",
        ),
        (
            _reads_and_sets,
            "counted between its GetItem and its UpdateItem, and of the two openings one was lost",
        ),
        (_optimistic(1), "DynamoDB refused UpdateItem: The conditional request failed"),
        (_reads_afterwards, "it returned their number"),
        (lambda *key: count_opening(*key) and ..., "the dots are still in the return line"),
        (lambda table, user_id, note_id: 1, "the note has no attribute opened"),
    ),
    right=(
        _optimistic(5),
        _counts("SET opened = if_not_exists(opened, :zero) + :one", **{":zero": 0}),
        lambda *key: int(_counts("ADD opened :one", "ALL_NEW")(*key)),
    ),
)

# --- 2.4 -----------------------------------------------------------------------------------------------------


def synchronise(table, incoming):
    with table.batch_writer(overwrite_by_pkeys=["userId", "noteId"]) as batch:
        for note in incoming:
            batch.put_item(Item=note)


def _one_by_one(table, incoming):
    for note in incoming:
        table.put_item(Item=note)


def _keeps_duplicates(table, incoming):
    with table.batch_writer() as batch:
        for note in incoming:
            batch.put_item(Item=note)


def _by_note_id(table, incoming):
    with table.batch_writer(overwrite_by_pkeys=["noteId"]) as batch:
        for note in incoming:
            batch.put_item(Item=note)


def _keeps_the_first(table, incoming):
    first = {}
    for note in incoming:
        first.setdefault((note["userId"], note["noteId"]), note)
    synchronise(table, list(first.values()))


def _by_hand(again, size=25):
    """Batches of one's own; `again` says whether what came back is sent again."""

    def answer(table, incoming):
        last = {(note["userId"], note["noteId"]): note for note in incoming}
        puts = [{"PutRequest": {"Item": note}} for note in last.values()]
        client = table.meta.client
        for start in range(0, len(puts), size):
            left = {table.name: puts[start : start + size]}
            while left:
                left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]
                if not again:
                    break

    return answer


SYNCHRONISE = Answers(
    solution=synchronise,
    wrong=(
        (_one_by_one, "it took 60 requests"),
        (_by_hand(True, 5), "requests: one request carries 25 notes"),
        (_by_hand(False), "5 of 54 notes are not in the table: DynamoDB was busy and sent them back"),
        (
            _keeps_duplicates,
            "DynamoDB refused BatchWriteItem: Provided list of item keys contains duplicates",
        ),
        (_by_note_id, "two users may have the same noteId"),
        (_keeps_the_first, "the earlier one is in the table"),
        (
            lambda table, incoming: synchronise(table, incoming[:25]),
            "notes are not in the table; the first is",
        ),
        (
            lambda table, incoming: synchronise(table, incoming) or ...,
            "the dots are still in the return line",
        ),
        (lambda table, incoming: None, "none of the 54 notes is in the table"),
    ),
    right=(_by_hand(True),),
)

# --- 2.5 -----------------------------------------------------------------------------------------------------


def store_reading(table, reading):
    import json
    from decimal import Decimal

    table.put_item(Item=json.loads(json.dumps(reading), parse_float=Decimal))


def _parses(parse):
    return lambda table, reading: (
        table.put_item(Item=json.loads(json.dumps(reading), parse_float=parse)) and None
    )


def _exact(value, lists=True, maps=True):
    """The value with Decimals, in lists and maps too where asked for."""
    if isinstance(value, dict) and maps:
        return {name: _exact(inner, lists, maps) for name, inner in value.items()}
    if isinstance(value, list) and lists:
        return [_exact(inner, lists, maps) for inner in value]
    return Decimal(str(value)) if isinstance(value, float) else value


def _walks(table, reading):
    table.put_item(Item=_exact(reading))


def _top_level(table, reading):
    table.put_item(Item={name: _exact(value, False, False) for name, value in reading.items()})


def _forgets_lists(table, reading):
    table.put_item(Item=_exact(reading, lists=False))


def _every_value(table, reading):
    table.put_item(Item={name: Decimal(str(value)) for name, value in reading.items()})


def _drops_maps(table, reading):
    table.put_item(
        Item={name: _exact(value) for name, value in reading.items() if not isinstance(value, dict)}
    )


def _by_name(table, reading):
    """Knows the form that the task shows."""
    place = {name: Decimal(str(value)) for name, value in reading["place"].items()}
    hourly = [Decimal(str(value)) for value in reading["hourly"]]
    rating = Decimal(repr(reading["rating"]))
    table.put_item(Item={**reading, "rating": rating, "place": place, "hourly": hourly})


STORE_READING = Answers(
    solution=store_reading,
    wrong=(
        (lambda table, reading: table.put_item(Item=reading), "the number at rating still is a float"),
        (_top_level, "the number at place['lat'] still is a float"),
        (_forgets_lists, "the number at hourly[0] still is a float"),
        (_parses(lambda text: Decimal(float(text))), "boto3 refused a number of more than 38 digits"),
        (_every_value, "your function made a Decimal of something that is no number"),
        (_parses(str), "rating is stored as a text: '"),
        (_parses(lambda text: round(float(text))), "rating is stored as "),
        (_parses(lambda text: Decimal(f"{float(text):.1f}")), "place is stored as {'lat': 35, 'lon': 135."),
        (_drops_maps, "the stored item has no attribute place"),
        (lambda table, reading: store_reading(table, {**reading, "x": 1}), "has an attribute x"),
        (
            lambda table, reading: store_reading(table, reading) or ...,
            "the dots are still in the return line",
        ),
        (lambda table, reading: None, "the table is empty"),
    ),
    right=(_walks, _by_name),
)

ANSWERS = [PROMOTE, STORE_NEW, COUNT, SYNCHRONISE, STORE_READING]
