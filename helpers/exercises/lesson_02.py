"""Exercises of lesson 02."""

import json
from decimal import Decimal
from random import Random
from typing import Any

from helpers.datasets import table_input
from helpers.exercises.box import READS, WRITES, Box, NotYet, wire
from helpers.exercises.engine import Exercise
from helpers.exercises.wording import counted, shown


def _key(note: dict) -> dict:
    return {"userId": note["userId"], "noteId": note["noteId"]}


def _stored(table: Any, note: dict) -> dict | None:
    return table.get_item(Key=_key(note)).get("Item")


# --- 2.1: change three attributes in one update --------------------------------------------------------------


def _judge_promote(box: Box) -> str:
    badge = box.random.choice(("speaker", "cyclist", "author"))
    agency = box.random.choice(("Stylus", "Quill", "Nib"))
    colleague = {"employeeId": "E-012", "fullName": "רות אלמוג", "agency": agency, "badges": {"cyclist"}}
    before = {
        "employeeId": "E-011",
        "fullName": "Олена Ткаченко",
        "jobTitle": "Engineering manager",
        "badges": {badge, "first-aider"},
        "agency": agency,
        "projects": ["Lighthouse"],
    }
    table = box.table(table_input("employees"), [before, colleague])
    box.attempt(table)
    items = {item["employeeId"]: item for item in table.scan()["Items"]}
    if strays := sorted(items.keys() - {"E-011", "E-012"}):
        raise NotYet(f"it created {strays[0]}, and E-011 was to be changed")
    if items.get("E-012") != colleague:
        raise NotYet("E-012 changed too, and only E-011 is promoted")
    if "E-011" not in items:
        raise NotYet("E-011 is gone")
    if items["E-011"] == before:
        raise NotYet("E-011 is as before")
    _judge_promoted(before, items["E-011"])
    if box.used.requests > 1:
        raise NotYet(f"all is as it should be, after {box.used.requests} requests: one update can do it")
    if not box.count("UpdateItem", "ExecuteStatement", "TransactWriteItems"):
        raise NotYet("all is as it should be, and the whole item was put anew: an update was asked for")
    return "one request changed three attributes and left the others alone"


def _judge_promoted(before: dict, after: dict) -> None:
    new = sorted(after.keys() - before.keys())
    if after.get("jobTitle") != "Head of engineering":
        other = f", and there is a new attribute {new[0]}" if new else ""
        raise NotYet(f"the jobTitle of E-011 is {shown(after.get('jobTitle'))}{other}")
    _judge_badges(before["badges"], after.get("badges"))
    if "agency" in after:
        raise NotYet(f"the attribute agency is still there, with the value {shown(after['agency'])}")
    if changed := [name for name in ("fullName", "projects") if after.get(name) != before[name]]:
        what = "changed" if changed[0] in after else "is gone"
        raise NotYet(f"{changed[0]} {what} too")
    if new:
        raise NotYet(f"E-011 has a new attribute {new[0]}, which nobody asked for")


def _judge_badges(before: set, badges: Any) -> None:
    if badges is None:
        raise NotYet("the badges of E-011 are gone altogether")
    if not isinstance(badges, set):
        raise NotYet(f"badges is no String Set any more, but {shown(badges)}")
    if lost := before - badges:
        raise NotYet(
            f"badges that she had are gone: {', '.join(sorted(lost))}; now she has {shown(badges)[1:-1]}"
        )
    if "mentor" not in badges:
        raise NotYet(f"her badges are {shown(badges)[1:-1]}, and mentor was asked for too")
    if extra := badges - before - {"mentor"}:
        raise NotYet(f"she has a badge that nobody asked for: {shown(extra)[1:-1]}")


PROMOTE = Exercise(
    hints=(
        "Three verbs in one expression: one gives a value, one puts into a set, one takes away. Section 3 shows all verbs of an update.",
        "ADD takes a set of what comes in: {'mentor'}. REMOVE takes a name and no value.",
        'The expression is "SET jobTitle = :title ADD badges :badge REMOVE agency".',
    ),
    judge=_judge_promote,
)


# --- 2.2: store unless the key is taken ----------------------------------------------------------------------


def _notes(random: Random) -> tuple[dict, dict]:
    """A note that is stored, and one of another user with the same noteId."""
    note_id = f"2026-03-{random.randrange(2, 29):02}T08:00:00Z-aa01"
    taken = {
        "userId": "grace",
        "noteId": note_id,
        "title": random.choice(("Feed Bubbles.", "Water the fern.")),
        "content": "Before eight.",
        "done": False,
    }
    new = {
        "userId": "kwame",
        "noteId": note_id,
        "title": "Same minute",
        "content": random.choice(("Another user.", "Another note.")),
        "labels": {"work", "late"},
        "rating": random.randrange(1, 6),
    }
    return taken, new


def _judge_store_new(box: Box) -> str:
    taken, new = _notes(box.random)
    table = box.table(table_input("notes"), [taken])
    returned_new = box.attempt(table, dict(new))
    _judge_stored(table, new)
    returned_taken = box.attempt(table, {**taken, "title": "Overwritten."})
    if _stored(table, taken) != taken:
        raise NotYet("a note was overwritten by another with the same key")
    bare = {"userId": "mei", "noteId": "2026-03-03T08:00:00Z-cc03"}
    box.put(table, [bare])
    box.attempt(table, {**bare, "content": "Overwritten."})
    if _stored(table, bare) != bare:
        raise NotYet(
            "it overwrote a note that has no attributes but its key: only the key is sure to be there"
        )
    if (returned_new, returned_taken) != (True, False):
        raise NotYet(
            f"it returned {shown(returned_new)} for a free key and {shown(returned_taken)} for one that was taken"
        )
    _judge_rival(box, table, new)
    _judge_bad_note(box, table)
    if (again := box.attempt(table, dict(new))) is not True:
        raise NotYet(
            f"exactly this note is stored already, as after an answer that got lost, and it returned {shown(again)}"
        )
    return "the free key was filled, the taken one left alone, and a bad note was not hidden"


def _judge_stored(table: Any, new: dict) -> None:
    stored = _stored(table, new)
    if stored is None:
        raise NotYet("a note with a free key was not stored; another user's note has the same noteId")
    if missing := sorted(new.keys() - stored.keys()):
        raise NotYet(f"the note was stored without its {missing[0]}")
    if stored != new:
        raise NotYet("the note was stored, and not as it came")


def _judge_rival(box: Box, table: Any, new: dict) -> None:
    """Somebody else stores a note with the same key between a look and the write that follows it."""
    note = {**new, "userId": "noor"}
    theirs = {**_key(note), "content": "Theirs, a moment earlier."}

    def somebody(operation: str) -> None:
        if operation in WRITES and box.calls and box.calls[-1].operation in READS:
            box.meanwhile = None
            box.somebody_else("PutItem", {"TableName": table.name, "Item": wire(theirs)})

    box.meanwhile = somebody
    returned = box.attempt(table, note)
    came, box.meanwhile = box.meanwhile is None, None
    if came and _stored(table, theirs) != theirs:
        raise NotYet(
            "another program stored a note with that key between its look and its write, and that note was "
            "overwritten: let the write carry a condition"
        )
    if came and returned is not False:
        raise NotYet(
            f"another program stored a note with that key between its look and its write, and it returned {shown(returned)}"
        )


def _judge_bad_note(box: Box, table: Any) -> None:
    try:
        hidden = box.attempt(table, {"userId": "mei", "content": "no noteId"})
    except NotYet:
        return
    raise NotYet(
        f"a note without noteId cannot be stored, and your function hid that by returning {shown(hidden)}"
    )


STORE_NEW = Exercise(
    hints=(
        "Section 4 refuses to overwrite an employee. A condition on one key attribute is enough.",
        "Catch ClientError, look at error.response['Error']['Code'], and raise what is not the failed condition.",
        "After a failed condition, get the stored note, strongly consistent: if it equals yours, it was your own put.",
    ),
    judge=_judge_store_new,
)


# --- 2.3: an atomic counter ----------------------------------------------------------------------------------


def _judge_count(box: Box) -> str:
    note, other = _notes(box.random)
    other = {**other, "opened": box.random.randrange(5, 50)}
    table = box.table(table_input("notes"), [note, other])
    counts = [_count_once(box, table, note, turn) for turn in range(3)]
    stored = _stored(table, note) or {}
    if {name: value for name, value in stored.items() if name != "opened"} != note:
        raise NotYet("something else in the note changed")
    if _stored(table, other) != other or len(table.scan()["Items"]) != 2:
        raise NotYet("another note changed, or there is a note that was not there")
    for returned, accepted in counts:
        if isinstance(returned, dict):
            raise NotYet("it returned DynamoDB's whole answer, and the count is one part of it")
        if isinstance(returned, bool) or returned != accepted:
            got = ", ".join(shown(each) for each, _ in counts)
            wanted = ", ".join(str(each) for _, each in counts)
            raise NotYet(
                f"the count is right in the table, and three calls returned {got} in place of {wanted}"
            )
    if box.count(*READS):
        return "also when somebody else counted in between, no opening was lost"
    return "DynamoDB did the counting: 1, 2, 3"


def _count_once(box: Box, table: Any, note: dict, turn: int) -> tuple[Any, int]:
    """What the function returned, and what it had to; in the second turn somebody else counts before its second request."""
    before = (_stored(table, note) or {}).get("opened", 0)
    update = {
        "TableName": table.name,
        "Key": wire(_key(note)),
        "UpdateExpression": "ADD opened :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }

    def somebody(operation: str) -> None:
        if len(box.calls) == 1:
            box.meanwhile = None
            box.somebody_else("UpdateItem", update)

    box.meanwhile = somebody if turn == 1 else None
    returned = box.attempt(table, note["userId"], note["noteId"])
    came, box.meanwhile = turn == 1 and box.meanwhile is None, None
    now = (_stored(table, note) or {}).get("opened")
    if now is None:
        raise NotYet("after an opening the note has no attribute opened")
    if came and now == before + 1:
        raise NotYet(
            f"somebody else counted between its {box.calls[0].operation} and its {box.calls[1].operation}, and "
            "of the two openings one was lost"
        )
    if now != before + 1 + came:
        raise NotYet(f"after {counted(turn + 1, 'opening')} opened is {shown(now)}")
    first = box.calls[0].operation not in READS and box.calls[0].answer
    if came and first and returned == now:
        raise NotYet(
            "it counts, and reads the count afterwards: somebody else had counted in between, and it returned "
            "their number"
        )
    return returned, int(before) + 1 + int(came and not first)


COUNT = Exercise(
    hints=(
        "ADD begins with 0 where there is no number yet.",
        'ReturnValues="UPDATED_NEW" returns what the update changed, under "Attributes".',
    ),
    judge=_judge_count,
)


# --- 2.4: batches with duplicates ----------------------------------------------------------------------------


def _incoming(random: Random) -> list[dict]:
    """60 notes of three users: the same noteIds for two of them, and six notes twice, the later one changed."""
    notes = [
        {"userId": user, "noteId": f"2026-03-05T{hour:02}:00:00Z-p{hour:02}", "content": f"{user} at {hour}"}
        for hour in range(3, 24)
        for user in ("ada", "mei")
    ]
    notes += [{"userId": "noor", "noteId": f"2026-03-06T{hour:02}:00:00Z-q{hour:02}"} for hour in range(12)]
    random.shuffle(notes)
    for note in random.sample(notes[:40], 6):
        place = notes.index(note)
        notes.insert(random.randrange(place + 1, len(notes)), {**note, "content": "corrected"})
    return notes


def _judge_synchronise(box: Box) -> str:
    table = box.table(table_input("notes"))
    incoming = _incoming(box.random)
    box.busy = 1
    box.attempt(table, [dict(note) for note in incoming])
    wanted = {(note["userId"], note["noteId"]): note for note in incoming}
    stored = {(note["userId"], note["noteId"]): note for note in table.scan()["Items"]}
    if lost := sorted(wanted.keys() - stored.keys()):
        raise NotYet(_why_lost(box, lost, stored, len(wanted)))
    if any(stored[key].get("content") != note.get("content") for key, note in wanted.items()):
        raise NotYet("of two notes with the same key the earlier one is in the table")
    if stored != wanted:
        raise NotYet("the table holds something else than the notes that came in")
    if box.used.requests > 5:  # three would carry 54 notes; DynamoDB sent some of one back
        raise NotYet(f"it took {box.used.requests} requests: one request carries 25 notes")
    return f"{len(wanted)} notes in {counted(box.used.requests, 'request')}"


def _why_lost(box: Box, lost: list, stored: dict, wanted: int) -> str:
    if len(lost) == wanted:
        return f"none of the {wanted} notes is in the table"
    sent_back = {
        (one["PutRequest"]["Item"]["userId"]["S"], one["PutRequest"]["Item"]["noteId"]["S"])
        for call in box.calls
        for many in (call.answer or {}).get("UnprocessedItems", {}).values()
        for one in many
        if "PutRequest" in one
    }
    many = f"{len(lost)} of {wanted} notes {'is' if len(lost) == 1 else 'are'} not in the table"
    if set(lost) <= sent_back:
        return f"{many}: DynamoDB was busy and sent them back, in UnprocessedItems"
    ids = {note_id for _, note_id in stored}
    why = ": two users may have the same noteId" if all(note_id in ids for _, note_id in lost) else ""
    return f"{many}; the first is {lost[0][0]}'s {lost[0][1]}{why}"


SYNCHRONISE = Exercise(
    hints=(
        "batch_writer fills the requests and sends again what came back. Section 6 writes a batch in which an item comes twice.",
        "A note's key has two parts. overwrite_by_pkeys wants both.",
    ),
    judge=_judge_synchronise,
)


# --- 2.5: floats ---------------------------------------------------------------------------------------------


def _reading(random: Random) -> dict:
    """A reading of the form that the task shows; `hourly` mixes floats and whole numbers."""
    return {
        "userId": "mei",
        "noteId": f"2026-03-{random.randrange(1, 29):02}T06:00:00Z-w1",
        "rating": random.choice((4.1, 3.3, 2.7)),
        "place": {"lat": 35.011636, "lon": random.choice((135.77, 135.7681, 135.681234))},
        "hourly": [2.5, 3, random.choice((7.1, 6.35, 0.3))],
    }


def _judge_reading(box: Box) -> str:
    reading = _reading(box.random)
    exact = json.loads(json.dumps(reading), parse_float=Decimal)
    table = box.table(table_input("notes"))
    try:
        box.attempt(table, json.loads(json.dumps(reading)))
    except NotYet as refused:
        if isinstance(refused.__cause__, TypeError) and "Float types" in str(refused):
            _find_float(box, table, reading)
        raise
    items = table.scan()["Items"]
    if not items:
        raise NotYet("the table is empty")
    if len(items) > 1:
        raise NotYet(f"the table holds {len(items)} items, and one reading came")
    for name, value in exact.items():
        if name not in items[0]:
            raise NotYet(f"the stored item has no attribute {name}")
        if type(items[0][name]) is not type(value):
            raise NotYet(f"{name} is stored as {_type(items[0][name])}")
        if items[0][name] != value:
            raise NotYet(f"{name} is stored as {shown(items[0][name])}")
    if extra := sorted(items[0].keys() - exact.keys()):
        raise NotYet(f"the stored item has an attribute {extra[0]}, which the reading has not")
    return "each number is stored exactly as it was written"


def _type(value: Any) -> str:
    names = {str: "a text", Decimal: "a number", list: "a list", dict: "a map", bool: "a truth value"}
    return f"{names.get(type(value), type(value).__name__)}: {shown(value)}"


def _find_float(box: Box, table: Any, reading: dict) -> None:
    """Say where a float is left: try readings that have one in one place only."""
    for path, name, value in (
        ("rating", "rating", 4.1),
        ("place['lat']", "place", {"lat": 35.011636, "lon": 135}),
        ("hourly[0]", "hourly", [2.5]),
    ):
        whole = {**reading, "rating": 4, "place": {"lat": 35, "lon": 135}, "hourly": [2]}
        try:
            box.attempt(table, {**whole, name: value})
        except NotYet as again:
            if "Float types" in str(again):  # not what the function misses in so plain a reading
                raise NotYet(f"the number at {path} still is a float, and boto3 takes none") from None


STORE_READING = Exercise(
    hints=(
        "Decimal('4.1') is exact and Decimal(4.1) is not. The numbers stand at every depth.",
        "The module json can write the reading as text and read it again, and json.loads has an argument parse_float.",
    ),
    judge=_judge_reading,
)

EXERCISES = [PROMOTE, STORE_NEW, COUNT, SYNCHRONISE, STORE_READING]
