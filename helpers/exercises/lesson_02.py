"""Exercises of lesson 02."""

import json
from decimal import Decimal

from botocore.exceptions import ClientError

from helpers.datasets import table_input
from helpers.exercises.engine import Box, Exercise, NotYet, counted


def _count(box: Box, *operations: str) -> int:
    """How many of these operations the last attempt asked for."""
    return sum(box.used.operations[name].requests for name in operations if name in box.used.operations)


def _reads_first(box: Box) -> bool:
    return _count(box, "GetItem", "Query", "Scan", "BatchGetItem") > 0


# --- 2.1: change three attributes in one update --------------------------------------------------------------

COLLEAGUE = {"employeeId": "E-012", "fullName": "רות אלמוג", "agency": "Stylus", "badges": {"cyclist"}}
BEFORE = {
    "employeeId": "E-011",
    "fullName": "Олена Ткаченко",
    "jobTitle": "Engineering manager",
    "badges": {"speaker"},
    "agency": "Stylus",
    "projects": ["Lighthouse"],
}


def _judge_promote(box: Box) -> str:
    table = box.table(table_input("employees"), [BEFORE, COLLEAGUE])
    box.attempt(table)
    items = {item["employeeId"]: item for item in table.scan()["Items"]}
    if strays := sorted(items.keys() - {"E-011", "E-012"}):
        raise NotYet(f"it created {strays[0]}: an update of what is not there is an insert")
    if items.get("E-012") != COLLEAGUE:
        raise NotYet("E-012 changed too, and only E-011 is promoted")
    after = items.get("E-011", {})
    if _count(box, "PutItem", "BatchWriteItem", "DeleteItem"):
        raise NotYet(
            "E-011 was put anew, and what somebody else changed meanwhile would be lost: update the item"
        )
    if after == BEFORE:
        raise NotYet("E-011 is as before")
    if after.get("jobTitle") != "Head of engineering":
        raise NotYet(
            f"the jobTitle of E-011 is {after.get('jobTitle')!r}, and 'Head of engineering' was asked for"
        )
    _judge_badges(after.get("badges"))
    if "agency" in after:
        raise NotYet(f"the attribute agency is still there, with the value {after['agency']!r}")
    if changed := [name for name in ("fullName", "projects") if after.get(name) != BEFORE[name]]:
        raise NotYet(f"{changed[0]} changed too")
    if box.used.requests > 1:
        raise NotYet(f"all is as it should be, after {box.used.requests} requests: one update can do it")
    return "one request changed three attributes and left the others alone"


def _judge_badges(badges) -> None:
    if badges == {"mentor"}:
        raise NotYet("the badge that she had is gone: SET replaces the whole set")
    if not isinstance(badges, set):
        raise NotYet("badges is no String Set any more")
    if badges != {"speaker", "mentor"}:
        raise NotYet(f"her badges are {', '.join(sorted(badges))}, and mentor was asked for too")


def promote(table):
    table.update_item(
        Key={"employeeId": "E-011"},
        UpdateExpression="SET jobTitle = :title ADD badges :badge REMOVE agency",
        ExpressionAttributeValues={":title": "Head of engineering", ":badge": {"mentor"}},
    )


def _promotes(expression: str, employee="E-011", **values):
    def answer(table):
        values_ = {f":{name}": value for name, value in values.items()} | {":title": "Head of engineering"}
        table.update_item(
            Key={"employeeId": employee}, UpdateExpression=expression, ExpressionAttributeValues=values_
        )

    return answer


def _puts_anew(table):
    item = table.get_item(Key={"employeeId": "E-011"})["Item"]
    item.pop("agency")
    table.put_item(Item={**item, "jobTitle": "Head of engineering", "badges": item["badges"] | {"mentor"}})


def _in_three_steps(table):
    _promotes("SET jobTitle = :title")(table)
    table.update_item(
        Key={"employeeId": "E-011"},
        UpdateExpression="ADD badges :b",
        ExpressionAttributeValues={":b": {"mentor"}},
    )
    table.update_item(Key={"employeeId": "E-011"}, UpdateExpression="REMOVE agency")


PROMOTE = Exercise(
    hints=(
        "Three verbs in one expression: one gives a value, one puts into a set, one takes away. Section 3 shows all verbs of an update.",
        "ADD takes a set of what comes in: {'mentor'}. REMOVE takes a name and no value.",
        'The expression is "SET jobTitle = :title ADD badges :badge REMOVE agency".',
    ),
    judge=_judge_promote,
    solution=promote,
    wrong=(
        (
            _promotes("SET jobTitle = :title, badges = :b REMOVE agency", b={"mentor"}),
            "SET replaces the whole set",
        ),
        (
            _promotes("SET jobTitle = :title, badges = :b REMOVE agency", b=["mentor"]),
            "no String Set any more",
        ),
        (
            _promotes("SET jobTitle = :title ADD badges :b REMOVE agency", b="mentor"),
            "DynamoDB refused UpdateItem",
        ),
        (
            _promotes("SET jobTitle = :title, agency = :n ADD badges :b", b={"mentor"}, n=None),
            "agency is still there",
        ),
        (_promotes("SET jobTitle = :title ADD badges :b", b={"mentor"}), "with the value 'Stylus'"),
        (_promotes("SET jobTitle = :title REMOVE agency"), "her badges are speaker"),
        (
            _promotes("SET jobtitle = :title ADD badges :b REMOVE agency", b={"mentor"}),
            "is 'Engineering manager'",
        ),
        (
            _promotes("SET jobTitle = :title ADD badges :b REMOVE agency", "E-11", b={"mentor"}),
            "it created E-11",
        ),
        (
            _promotes("SET jobTitle = :title ADD badges :b REMOVE agency, projects", b={"mentor"}),
            "projects changed too",
        ),
        (_puts_anew, "was put anew"),
        (_in_three_steps, "after 3 requests"),
        (lambda table: None, "E-011 is as before"),
    ),
)


# --- 2.2: store unless the key is taken ----------------------------------------------------------------------

TAKEN = {"userId": "grace", "noteId": "2026-03-02T08:00:00Z-aa01", "title": "Feed Bubbles."}
NEW = {"userId": "kwame", "noteId": "2026-03-02T08:00:00Z-aa01", "content": "Same minute, another user."}


def _judge_store_new(box: Box) -> str:
    table = box.table(table_input("notes"), [TAKEN])
    new = box.attempt(table, NEW)
    if _reads_first(box):
        raise NotYet(
            "it reads and then writes, and another program can come between: let the write carry a condition"
        )
    if NEW not in table.scan()["Items"]:
        raise NotYet(
            "a note with a free key was not stored: kwame's note has the noteId of grace's, and another key"
        )
    taken = box.attempt(table, {**TAKEN, "title": "Overwritten."})
    if TAKEN not in table.scan()["Items"]:
        raise NotYet("a note was overwritten by another with the same key")
    if not _keeps_bare_notes(box, table):
        raise NotYet(
            "it overwrote a note without content: not every note has that attribute, and every note has its key"
        )
    if (new, taken) != (True, False):
        raise NotYet(f"it returned {new!r} for a free key and {taken!r} for one that was taken")
    try:
        hidden = box.attempt(table, {"userId": "mei", "content": "no noteId"})
    except NotYet:
        return "the free key was filled, the taken one left alone, and a bad note was not hidden"
    raise NotYet(
        f"DynamoDB refused a note without noteId, and your function hid that by returning {hidden!r}"
    )


def _keeps_bare_notes(box: Box, table) -> bool:
    bare = {"userId": "mei", "noteId": "2026-03-03T08:00:00Z-cc03"}
    table.put_item(Item=bare)
    box.attempt(table, {**bare, "content": "Overwritten."})
    return bare in table.scan()["Items"]


def store_new(table, note):
    try:
        table.put_item(Item=note, ConditionExpression="attribute_not_exists(userId)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _no_condition(table, note):
    table.put_item(Item=note)
    return True


def _looks_first(table, note):
    if "Item" in table.get_item(Key={"userId": note["userId"], "noteId": note["noteId"]}):
        return False
    table.put_item(Item=note)
    return True


def _hides_all(table, note):
    try:
        table.put_item(Item=note, ConditionExpression="attribute_not_exists(noteId)")
    except ClientError:
        return False
    return True


def _says_nothing(table, note):
    try:
        table.put_item(Item=note, ConditionExpression="attribute_not_exists(userId)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        pass


def _lets_it_through(table, note):
    table.put_item(Item=note, ConditionExpression="attribute_not_exists(userId)")
    return True


def _by_content(table, note):
    try:
        table.put_item(
            Item=note, ConditionExpression="attribute_not_exists(content) AND attribute_not_exists(title)"
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _other_way_round(table, note):
    try:
        table.put_item(Item=note, ConditionExpression="attribute_exists(userId)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


STORE_NEW = Exercise(
    hints=(
        "Section 4 refuses to overwrite an employee. A condition on one key attribute is enough.",
        "Catch ClientError, look at error.response['Error']['Code'], and raise what is not the failed condition.",
    ),
    judge=_judge_store_new,
    solution=store_new,
    wrong=(
        (_no_condition, "overwritten by another with the same key"),
        (_looks_first, "another program can come between"),
        (_hides_all, "your function hid that by returning False"),
        (_says_nothing, "it returned None for a free key"),
        (_lets_it_through, "DynamoDB refused PutItem: The conditional request failed"),
        (_other_way_round, "a note with a free key was not stored"),
        (_by_content, "without content: not every note has that attribute"),
    ),
)


# --- 2.3: an atomic counter ----------------------------------------------------------------------------------


def _judge_count(box: Box) -> str:
    others = {**NEW, "opened": 7}
    table = box.table(table_input("notes"), [TAKEN, others])
    key = {"userId": TAKEN["userId"], "noteId": TAKEN["noteId"]}
    counts = []
    for _ in range(3):
        counts.append(box.attempt(table, *key.values()))
        if next(iter(box.used.operations), "") == "UpdateItem" and _reads_first(box):
            raise NotYet(
                "it counts, and reads the count afterwards: somebody else may have counted in between, and it "
                "would return their number"
            )
        if _reads_first(box) or _count(box, "PutItem"):
            raise NotYet(
                "it reads the count and writes it back: of two readers at once, one would not be counted"
            )
    stored = table.get_item(Key=key).get("Item", {})
    if {name: value for name, value in stored.items() if name != "opened"} != TAKEN:
        raise NotYet("something else in the note changed")
    if others not in table.scan()["Items"] or len(table.scan()["Items"]) > 2:
        raise NotYet("another note changed, or there is a note that was not there")
    if stored.get("opened") != 3:
        now = (
            f"opened is {_plain(stored['opened'])}"
            if "opened" in stored
            else "the note has no attribute opened"
        )
        raise NotYet(f"after three openings {now}")
    if any(isinstance(one, dict) for one in counts):
        raise NotYet("it returned DynamoDB's whole answer, and the count is one part of it")
    if counts != [1, 2, 3]:
        raise NotYet(
            f"the count is right in the table, but three calls returned {', '.join(map(_plain, counts))}"
        )
    return "DynamoDB did the counting: 1, 2, 3"


def _plain(value) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)


def count_opening(table, user_id, note_id):
    answer = table.update_item(
        Key={"userId": user_id, "noteId": note_id},
        UpdateExpression="ADD opened :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    return answer["Attributes"]["opened"]


def _counts(
    expression: str, returns: str = "UPDATED_NEW", look=lambda answer: answer["Attributes"]["opened"]
):
    def answer(table, user_id, note_id):
        got = table.update_item(
            Key={"userId": user_id, "noteId": note_id},
            UpdateExpression=expression,
            ExpressionAttributeValues={":one": 1},
            ReturnValues=returns,
        )
        return look(got)

    return answer


def _reads_and_writes(table, user_id, note_id):
    note = table.get_item(Key={"userId": user_id, "noteId": note_id})["Item"]
    note["opened"] = note.get("opened", 0) + 1
    table.put_item(Item=note)
    return note["opened"]


def _reads_afterwards(table, user_id, note_id):
    count_opening(table, user_id, note_id)
    return table.get_item(Key={"userId": user_id, "noteId": note_id})["Item"]["opened"]


COUNT = Exercise(
    hints=(
        "ADD begins with 0 where there is no number yet.",
        'ReturnValues="UPDATED_NEW" returns what the update changed, under "Attributes".',
    ),
    judge=_judge_count,
    solution=count_opening,
    wrong=(
        (_counts("SET opened = opened + :one"), "refers to an attribute that does not exist in the item"),
        (_counts("SET opened = :one"), "after three openings opened is 1"),
        (_counts("ADD opened :one", look=lambda answer: None), "three calls returned None, None, None"),
        (
            _counts("ADD opened :one", "ALL_OLD", lambda answer: answer["Attributes"].get("opened")),
            "returned None, 1, 2",
        ),
        (_counts("ADD title :one"), "DynamoDB refused UpdateItem"),
        (
            _counts("ADD opens :one", look=lambda answer: answer["Attributes"]["opens"]),
            "something else in the note",
        ),
        (_counts("ADD opened :one", look=lambda answer: answer), "DynamoDB's whole answer"),
        (_reads_and_writes, "of two readers at once, one would not be counted"),
        (_reads_afterwards, "somebody else may have counted in between"),
    ),
)


# --- 2.4: batches with duplicates ----------------------------------------------------------------------------


def _incoming() -> list[dict]:
    """60 notes of two users: the same noteIds for both, and six of ada's twice, the later one changed."""
    notes = [
        {"userId": user, "noteId": f"2026-03-05T{hour:02}:00:00Z-p{hour:02}", "content": f"{user} at {hour}"}
        for hour in range(3, 24)
        for user in ("ada", "mei")
    ]
    notes += [{"userId": "noor", "noteId": f"2026-03-06T{hour:02}:00:00Z-q{hour:02}"} for hour in range(12)]
    for place in range(0, 48, 8):
        again = next(note for note in notes[place : place + 3] if "content" in note)
        notes.insert(place + 4, {**again, "content": "corrected"})
    return notes


def _judge_synchronise(box: Box) -> str:
    table = box.table(table_input("notes"))
    incoming = _incoming()
    box.attempt(table, incoming)
    wanted = {(note["userId"], note["noteId"]): note for note in incoming}
    stored = {(note["userId"], note["noteId"]): note for note in table.scan()["Items"]}
    if lost := sorted(wanted.keys() - stored.keys()):
        many = (
            "none of the 54 notes is"
            if len(lost) == len(wanted)
            else f"{len(lost)} of {len(wanted)} notes are not"
        )
        ids = {note_id for _, note_id in stored}
        why = ": two users may have the same noteId" if all(note_id in ids for _, note_id in lost) else ""
        raise NotYet(f"{many} in the table; the first is {lost[0][0]}'s {lost[0][1]}{why}")
    if any(stored[key].get("content") != note.get("content") for key, note in wanted.items()):
        raise NotYet("of two notes with the same key the earlier one is in the table")
    if stored != wanted:
        raise NotYet("the table holds something else than the notes that came in")
    if box.used.requests > 3:
        raise NotYet(f"it took {box.used.requests} requests: one request carries 25 notes")
    return f"{len(wanted)} notes in {counted(box.used.requests, 'request')}"


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


def _only_one_batch(table, incoming):
    synchronise(table, incoming[:25])


SYNCHRONISE = Exercise(
    hints=(
        "batch_writer fills the requests. Section 6 writes a batch in which an item comes twice.",
        "A note's key has two parts. overwrite_by_pkeys wants both.",
    ),
    judge=_judge_synchronise,
    solution=synchronise,
    wrong=(
        (_one_by_one, "it took 60 requests"),
        (
            _keeps_duplicates,
            "DynamoDB refused BatchWriteItem: Provided list of item keys contains duplicates",
        ),
        (_by_note_id, "two users may have the same noteId"),
        (_keeps_the_first, "the earlier one is in the table"),
        (_only_one_batch, "notes are not in the table"),
        (lambda table, incoming: None, "none of the 54 notes is in the table"),
    ),
)


# --- 2.5: floats ---------------------------------------------------------------------------------------------

READING = {
    "userId": "mei",
    "noteId": "2026-03-01T06:00:00Z-w1",
    "rating": 4.1,
    "sunny": True,
    "place": {"lat": 35.011636, "lon": 135.77, "name": "Kyoto"},
    "hourly": [2.5, 3, 7.25],
}
EXACT = json.loads(json.dumps(READING), parse_float=Decimal)


def _judge_reading(box: Box) -> str:
    table = box.table(table_input("notes"))
    try:
        box.attempt(table, json.loads(json.dumps(READING)))
    except NotYet as refused:
        _explain(box, table, str(refused))
        raise
    items = table.scan()["Items"]
    if not items:
        raise NotYet("the table is empty")
    for name, value in EXACT.items():
        found = items[0].get(name)
        if name not in items[0]:
            raise NotYet(f"the stored item has no attribute {name}")
        if type(found) is not type(value):
            raise NotYet(f"{name} is stored as {type(found).__name__}")
        if found != value:
            raise NotYet(f"{name} is stored as {json.dumps(found, default=str)}")
    return "each number is stored exactly as it was written"


def _explain(box: Box, table, refused: str) -> None:
    """Say more than boto3 does of floats that are left, and of Decimals that were made of floats."""
    if "Inexact" in refused:
        raise NotYet(
            "a Decimal made of a float takes over its error, far more than 38 digits: make the Decimal from text"
        )
    if "Float types" not in refused:
        return
    for path, value in (("rating", 4.1), ("place['lat']", {"lat": 35.011636}), ("hourly[0]", [2.5])):
        name = path.partition("[")[0]
        try:
            box.attempt(table, {"userId": "mei", "noteId": "try", name: value})
        except NotYet as again:
            if "Float types" in str(again):  # not what the function misses in so small a reading
                raise NotYet(f"the number at {path} still is a float, and boto3 takes none") from None


def store_reading(table, reading):
    import json
    from decimal import Decimal

    table.put_item(Item=json.loads(json.dumps(reading), parse_float=Decimal))


def _as_is(table, reading):
    table.put_item(Item=reading)


def _top_level(table, reading):
    table.put_item(Item={k: Decimal(str(v)) if isinstance(v, float) else v for k, v in reading.items()})


def _forgets_lists(table, reading):
    def exact(value):
        if isinstance(value, dict):
            return {name: exact(inner) for name, inner in value.items()}
        return Decimal(str(value)) if isinstance(value, float) else value

    table.put_item(Item=exact(reading))


def _from_float(table, reading):
    table.put_item(Item=json.loads(json.dumps(reading), parse_float=lambda text: Decimal(float(text))))


def _as_text(table, reading):
    table.put_item(Item=json.loads(json.dumps(reading), parse_float=str))


def _rounds(table, reading):
    table.put_item(Item=json.loads(json.dumps(reading), parse_float=lambda text: round(float(text))))


def _to_cents(table, reading):
    table.put_item(
        Item=json.loads(json.dumps(reading), parse_float=lambda text: Decimal(f"{float(text):.2f}"))
    )


def _forgets_hourly(table, reading):
    exact = {**reading, "rating": Decimal(str(reading["rating"]))}
    exact["place"] = {**reading["place"], "lat": Decimal("35.011636"), "lon": Decimal("135.77")}
    table.put_item(Item=exact)


def _drops_maps(table, reading):
    table.put_item(
        Item={
            k: Decimal(str(v)) if isinstance(v, float) else v
            for k, v in reading.items()
            if k in "userId noteId rating"
        }
    )


STORE_READING = Exercise(
    hints=(
        "Decimal('4.1') is exact and Decimal(4.1) is not. The numbers stand at every depth.",
        "The module json can write the reading as text and read it again, and json.loads has an argument parse_float.",
    ),
    judge=_judge_reading,
    solution=store_reading,
    wrong=(
        (_as_is, "the number at rating still is a float"),
        (_top_level, "the number at place['lat'] still is a float"),
        (_forgets_lists, "the number at hourly[0] still is a float"),
        (_from_float, "make the Decimal from text"),
        (_forgets_hourly, "Float types are not supported"),
        (_as_text, "rating is stored as str"),
        (_rounds, "rating is stored as"),
        (_to_cents, 'place is stored as {"lat": "35.01", "lon": "135.77", "name": "Kyoto"}'),
        (_drops_maps, "the stored item has no attribute sunny"),
        (lambda table, reading: None, "the table is empty"),
    ),
)

EXERCISES = [PROMOTE, STORE_NEW, COUNT, SYNCHRONISE, STORE_READING]
