"""Exercises of lesson 09, judged on good days and on bad ones: answers get lost, others come between."""

from collections.abc import Callable
from random import Random
from statistics import mean
from typing import Any

from boto3.dynamodb.conditions import Key

from helpers.datasets import table_input
from helpers.exercises.box import READS, WRITES, Box, NotYet, wire
from helpers.exercises.engine import Exercise
from helpers.exercises.wording import counted, shown

ATTEMPTS = 4
"""How often boto3 sends a request before it gives up."""


def _stored(table: Any, key: dict) -> dict | None:
    return table.get_item(Key=key).get("Item")


def _writes(box: Box) -> int:
    """How many writes of the last attempt were done."""
    return sum(call.operation in WRITES and call.answer is not None for call in box.calls)


def _between(box: Box, times: int, change: Callable[[], None]) -> list[int]:
    """Let somebody else make a change before each of the next writes that follow a read; returns which came."""
    came: list[int] = []

    def somebody(operation: str) -> None:
        if operation in WRITES and box.calls and box.calls[-1].operation in READS and len(came) < times:
            came.append(len(came))
            change()

    box.meanwhile = somebody
    return came


# --- 9.1: rename a project, whoever comes between ------------------------------------------------------------

_PROJECTS = ["Monsoon", "Atlas", "Lighthouse", "Rift Valley atlas"]


def _on_projects(random: Random) -> dict:
    return {
        "employeeId": f"E-{random.randrange(100, 900)}",
        "fullName": random.choice(("Ana Sol", "Noor Haddad", "Kai Sol")),
        "jobTitle": "Designer",
        "projects": random.sample(_PROJECTS, 3),
        "version": random.randrange(1, 9),
    }


def _judge_rename(box: Box) -> str:
    people = [_on_projects(box.random) for _ in range(6)]
    for number, person in enumerate(people):
        person["employeeId"] += f"-{number}"
    table = box.table(table_input("employees"), people)
    quiet, busy, *unlucky = people
    _rename(box, table, quiet)
    writes = _writes(box)
    with box.bad_day():  # so that nobody waits for its pauses
        busy_writes = _rename_between(box, table, busy)
    _judge_nothing_to_rename(box, table, quiet)
    _judge_no_projects(box, table)
    for place, person in enumerate(unlucky[: max(1, min(writes, 3))]):
        with box.bad_day(lose=[place + 1]):
            _rename(box, table, person)
    with box.bad_day(lose=[1]):
        _rename_and_go_on(box, table, unlucky[-1])
    return (
        f"nothing was lost: neither a colleague's change, in {counted(busy_writes, 'write')}, nor an answer"
    )


def _key(person: dict) -> dict:
    return {"employeeId": person["employeeId"]}


def _renamed(projects: list[str], old: str) -> list[str]:
    return ["Beacon" if one == old else one for one in projects]


def _rename(box: Box, table: Any, person: dict) -> None:
    """Let the function rename one project, with nobody else there."""
    old = person["projects"][1]
    returned = box.attempt(table, person["employeeId"], old, "Beacon")
    after = _stored(table, _key(person))
    wanted = _renamed(person["projects"], old)
    _judge_projects(after, person, wanted)
    _judge_version(after, person, 0)
    if returned is not True:
        raise NotYet(f"it returned {shown(returned)}, and the project has its new name: True was asked for")


def _judge_projects(after: dict | None, person: dict, wanted: list[str]) -> None:
    if after is None:
        raise NotYet("the employee is gone")
    if after.get("projects") == person["projects"]:
        raise NotYet("the projects of the employee are as before")
    if after.get("projects") != wanted:
        raise NotYet(f"the projects are {shown(after.get('projects'))} and not {shown(wanted)}")
    for name in ("fullName", "jobTitle"):
        if after.get(name) != person[name]:
            raise NotYet(f"{name} is {shown(after.get(name))}, and was {shown(person[name])}")


def _judge_version(after: dict, before: dict, others: int) -> None:
    if after.get("version") == before["version"] + others:
        raise NotYet(
            f"version is still {after['version']}: somebody who read the item before could write over your change"
        )
    if not after.get("version", 0) > before["version"]:
        raise NotYet(f"version is {shown(after.get('version'))}, after {before['version']}")


def _colleague(box: Box, table: Any, person: dict, mark: int) -> None:
    """A colleague's change, as it should be made: the first puts a project at the front, each sets a title."""
    now = box.somebody_else("GetItem", {"TableName": table.name, "Key": wire(_key(person))})["Item"]
    changed = {
        **now,
        "jobTitle": {"S": f"Head of maps {mark}"},
        "version": {"N": str(int(now["version"]["N"]) + 1)},
    }
    if mark == 1:
        changed["projects"] = {"L": [{"S": "Urgent 1"}, *now["projects"]["L"]]}
    box.somebody_else("PutItem", {"TableName": table.name, "Item": changed})


def _rename_between(box: Box, table: Any, person: dict) -> int:
    old, turns = person["projects"][1], 2
    came = _between(box, turns, lambda: _colleague(box, table, person, len(came)))
    try:
        returned = box.attempt(table, person["employeeId"], old, "Beacon")
    except NotYet as reason:
        if came and not box.endless and reason.__cause__:
            raise NotYet(f"a colleague came between your read and your write, and {reason}") from None
        raise
    finally:
        box.meanwhile = None
    after = _stored(table, _key(person)) or {}
    if came and "Urgent 1" not in after.get("projects", []):
        raise NotYet(
            "a colleague put a project at the front of the list between your read and your write, and it is lost"
        )
    if came and after.get("jobTitle") != f"Head of maps {len(came)}":
        raise NotYet("a colleague changed jobTitle between your read and your write, and that change is lost")
    if "Beacon" not in after.get("projects", []):
        told = f"a colleague came between {counted(len(came), 'time')}, and " if came else ""
        raise NotYet(f"{told}the project has its old name: read again, and try again")
    front = ["Urgent 1"] if came else []
    if after["projects"] != front + _renamed(person["projects"], old):
        raise NotYet(
            f"a colleague put a project at the front of the list meanwhile, and now it is {shown(after['projects'])}"
        )
    _judge_version(after, person, len(came))
    if returned is not True:
        raise NotYet(f"a colleague came between, the project was renamed, and it returned {shown(returned)}")
    return box.count(*WRITES)


def _judge_nothing_to_rename(box: Box, table: Any, person: dict) -> None:
    before = _stored(table, _key(person))
    returned = box.attempt(table, person["employeeId"], "No such project", "Nothing")
    if _stored(table, _key(person))["projects"] != before["projects"]:
        raise NotYet("the employee does not have the project, and the list of projects changed")
    if returned is not False:
        raise NotYet(f"the employee does not have the project, and it returned {shown(returned)}")
    returned = box.attempt(table, "E-999", "Atlas", "Beacon")
    if _stored(table, {"employeeId": "E-999"}):
        raise NotYet("there was no E-999, and now there is")
    if returned is not False:
        raise NotYet(f"there is no E-999, and it returned {shown(returned)}")


def _judge_no_projects(box: Box, table: Any) -> None:
    """Most employees of the course have no projects, and no version."""
    person = {"employeeId": "E-998", "fullName": "Lin Wu", "jobTitle": "Clerk"}
    table.put_item(Item=person)
    try:
        returned = box.attempt(table, "E-998", "Atlas", "Beacon")
    except NotYet as reason:
        raise NotYet(f"an employee has no projects at all, and {reason}") from reason.__cause__
    if _stored(table, _key(person)) != person:
        raise NotYet("an employee had no projects at all, and the item is not as it was")
    if returned is not False:
        raise NotYet(f"an employee has no projects at all, and it returned {shown(returned)}")


def _rename_and_go_on(box: Box, table: Any, person: dict) -> None:
    """The answer is lost, and before boto3 repeats the request a colleague changes the renamed item."""
    table.put_item(Item=person)
    came: list[int] = []

    def somebody(operation: str) -> None:
        done = [call for call in box.calls if call.operation in WRITES and call.answer is not None]
        if operation in WRITES and done and not came:
            came.append(1)
            _colleague(box, table, person, 1)

    box.meanwhile = somebody
    old = person["projects"][1]
    try:
        returned = box.attempt(table, person["employeeId"], old, "Beacon")
    finally:
        box.meanwhile = None
    after = _stored(table, _key(person)) or {}
    if came and "Urgent 1" not in after.get("projects", []):
        raise NotYet("what a colleague changed before it was repeated is lost")
    if returned is not True or "Beacon" not in after.get("projects", []):
        raise NotYet(f"a colleague came before it was repeated, and it returned {shown(returned)}")


RENAME = Exercise(
    hints=(
        "Read strongly, make the new list in Python, and write it on the condition that version is what you read.",
        "Refused? Then read again, and look first: is the new name there already? An answer may have been lost.",
        '"SET projects = :new, version = :next", on the condition "version = :read", in a loop that ends after some tries.',
    ),
    judge=_judge_rename,
)


# --- 9.2: an e-mail address that nobody else has -------------------------------------------------------------

_ANSWERS = ("stored", "id taken", "e-mail taken")


def _hired(random: Random, number: int) -> dict:
    name = random.choice(("ana", "noor", "kai", "mei"))
    return {
        "employeeId": f"E-{random.randrange(100, 900)}-{number}",
        "fullName": name.title(),
        "email": f"{name}.{random.randrange(1000)}.{number}@example.com",
        "badges": {"new", name},
    }


def _mark(email: str) -> dict:
    return {"employeeId": f"email#{email}"}


def _judge_hire(box: Box) -> str:
    people = [_hired(box.random, number) for number in range(13)]
    table = box.table(table_input("employees"))
    first, second, third, *unlucky = people
    _hire(box, table, first, "stored")
    writes = _writes(box)
    _judge_taken(box, table, first, second)
    _judge_hired_meanwhile(box, table, third)
    for place in range(max(1, min(writes, 3))):
        with box.bad_day(lose=[place + 1]):
            _hire(box, table, unlucky.pop(), "stored")
    for seconds in (0.0, 3600.0):
        with box.bad_day(lose=range(1, ATTEMPTS + 1)) as day:
            _hire_again(box, table, unlucky.pop(), day, seconds)
    with box.bad_day(conflicts=1):
        _hire(box, table, unlucky.pop(), "stored")
    _judge_half_alike(box, table, unlucky.pop(), first)
    with box.bad_day():  # so that nobody waits for its pauses
        _hire_while_it_goes_on(box, table, first)
    if box.count("Scan"):
        raise NotYet("it scanned the table: nobody waits for that where there are a million employees")
    return "one address, one employee, and an answer that was lost told no lie"


def _hire(box: Box, table: Any, person: dict, wanted: str) -> None:
    returned = box.attempt(table.meta.client, dict(person))
    stored, marked = _stored(table, _key(person)), _stored(table, _mark(person["email"]))
    if stored is None:
        raise NotYet(f"the employee is not in the table, and it returned {shown(returned)}")
    if stored != person:
        raise NotYet(f"the employee is stored as {shown(stored)}")
    if marked is None:
        raise NotYet("there is no item with the key email#… that marks the address as taken")
    if returned != wanted:
        raise NotYet(f"the employee and the mark are stored, and it returned {shown(returned)}")


def _judge_taken(box: Box, table: Any, first: dict, second: dict) -> None:
    """The address of somebody else, then the id of somebody else: each is refused and leaves nothing behind."""
    before = {item["employeeId"]: item for item in table.scan()["Items"]}
    returned = box.attempt(table.meta.client, {**second, "email": first["email"]})
    _nothing_left(table, before, "the address was taken")
    if returned != "e-mail taken":
        raise NotYet(f"the address was taken, and it returned {shown(returned)}")
    returned = box.attempt(table.meta.client, {**second, "employeeId": first["employeeId"]})
    _nothing_left(table, before, "the id was taken")
    if returned != "id taken":
        raise NotYet(f"the id was taken, the address was free, and it returned {shown(returned)}")


def _nothing_left(table: Any, before: dict, why: str) -> None:
    after = {item["employeeId"]: item for item in table.scan()["Items"]}
    if new := sorted(after.keys() - before.keys()):
        raise NotYet(f"{why}, and {new[0]} was stored all the same")
    if changed := sorted(key for key in before if after.get(key) != before[key]):
        raise NotYet(f"{why}, and {changed[0]} is not as it was")


def _judge_hired_meanwhile(box: Box, table: Any, person: dict) -> None:
    """Somebody else takes the address between a look and the write that follows it."""
    theirs = {**_mark(person["email"]), "owner": "E-001"}
    came = _between(
        box,
        1,
        lambda: box.somebody_else("PutItem", {"TableName": table.name, "Item": wire(theirs)}),
    )
    try:
        returned = box.attempt(table.meta.client, dict(person))
    finally:
        box.meanwhile = None
    if not came:
        return
    if _stored(table, _mark(person["email"])) != theirs or _stored(table, _key(person)):
        raise NotYet("somebody else took the address between your look and your write, and now two have it")
    if returned != "e-mail taken":
        raise NotYet(
            f"somebody else took the address between your look and your write, and it returned {shown(returned)}"
        )


def _judge_half_alike(box: Box, table: Any, person: dict, first: dict) -> None:
    """The same employee under a foreign mark, then another name under the same id and address: neither is "stored"."""
    table.put_item(Item=person)
    table.put_item(Item={**_mark(person["email"]), "owner": "E-001"})
    if (returned := box.attempt(table.meta.client, dict(person))) not in _ANSWERS[1:]:
        raise NotYet(
            f"the employee is stored, the address is marked as somebody else's, and it returned {shown(returned)}"
        )
    returned = box.attempt(table.meta.client, {**first, "fullName": "Another Name"})
    if returned not in _ANSWERS[1:]:
        raise NotYet(
            f"an employee of another name under this id and address is stored, and it returned {shown(returned)}"
        )


def _still_going_on(box: Box, is_hidden: Callable[[dict], bool]) -> None:
    """Let the next cancelled transaction meet another one at the items whose condition failed and that are hidden."""

    def meet(operation: str, request: dict, answer: dict) -> None:
        if operation != "TransactWriteItems" or "CancellationReasons" not in answer:
            return
        box.afterwards = None
        for action, reason in zip(request["TransactItems"], answer["CancellationReasons"], strict=True):
            (write,) = action.values()
            if reason["Code"] == "ConditionalCheckFailed" and is_hidden(write.get("Key") or write["Item"]):
                reason.pop("Item", None)
                reason |= {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}

    box.afterwards = meet


def _hire_while_it_goes_on(box: Box, table: Any, person: dict) -> None:
    """Two reasons at once: the employee's put met another transaction, and the mark is there."""
    _still_going_on(box, lambda item: item["employeeId"]["S"] == person["employeeId"])
    told = "it was called again while the employee's own transaction was still going on, and "
    try:
        _hire(box, table, person, "stored")
    except NotYet as reason:
        raise NotYet(f"{told}{reason}") from reason.__cause__
    finally:
        box.afterwards = None


def _hire_again(box: Box, table: Any, person: dict, day: Any, seconds: float) -> None:
    """No answer at all arrives: the function ends in an error, or goes on by itself; then it is called again."""
    try:
        returned = box.attempt(table.meta.client, dict(person))
    except NotYet as reason:
        if not reason.__cause__ or len(day.lost) < ATTEMPTS:
            raise
        returned = None
    if returned not in (None, "stored"):
        raise NotYet(f"it returned {shown(returned)}: it met what it had written itself")
    day.sleep(seconds)
    later = " an hour later" if seconds else ""
    try:
        _hire(box, table, person, "stored")
    except NotYet as reason:
        raise NotYet(f"your function was called again{later}, and {reason}") from reason.__cause__


HIRE = Exercise(
    hints=(
        "Two puts in one transaction, the employee and the mark, each on the condition that its key is free.",
        "CancellationReasons are in the order of the actions: the one whose Code is ConditionalCheckFailed says which was taken.",
        "Give each put ReturnValuesOnConditionCheckFailure='ALL_OLD'. If both are the very ones, they were your own puts.",
    ),
    judge=_judge_hire,
)


# --- 9.3: pay once -------------------------------------------------------------------------------------------


def _judge_pay(box: Box) -> str:
    random = box.random
    table = box.table(table_input("employees"))
    client = table.meta.client

    def purse(label: str) -> "_Purses":
        return _Purses(box, table, label, random.randrange(20, 60), random.randrange(5, 9))

    good = purse("good")
    good.pay("p-1")
    good.judge(1)
    _judge_another(good)
    _judge_too_little(box, client, purse("poor"))
    with box.bad_day(conflicts=1):
        met = purse("met")
        met.pay("p-2")
        met.judge(1)
    for place in range(2):
        with box.bad_day(lose=[place + 1]):
            unlucky = purse(f"lost{place}")
            unlucky.pay("p-3")
            unlucky.judge(1)
    for label, seconds in (("again", 0.0), ("late", 3600.0)):
        with box.bad_day(lose=range(1, ATTEMPTS + 1)) as day:
            _judge_paid_again(purse(label), day, seconds)
    with box.bad_day(lose=range(1, ATTEMPTS + 1)) as day:
        _judge_last_credit(box, table, day)
    with box.bad_day():  # so that nobody waits for its pauses
        _judge_going_on(box, table)
    return "each payment was made once, whatever got lost, also an hour later"


class _Purses:
    """Two employees with credit, and what one of them pays to the other."""

    def __init__(self, box: Box, table: Any, label: str, credit: int, amount: int) -> None:
        self.box, self.table, self.label = box, table, label
        self.payer, self.payee = f"E-1-{label}", f"E-2-{label}"
        self.credit, self.amount = {self.payer: credit, self.payee: 10}, amount
        for one, has in self.credit.items():
            table.put_item(Item={"employeeId": one, "fullName": one, "credit": has})

    def pay(self, payment: str) -> None:
        """Let the function pay.

        Raises:
            NotYet: it does not say that it paid.
        """
        returned = self.call(payment)
        if returned != "paid":
            raise NotYet(f"there was credit enough, and it returned {shown(returned)}")

    def call(self, payment: str) -> Any:
        name = f"{payment}-{self.label}"
        return self.box.attempt(self.table.meta.client, name, self.payer, self.payee, self.amount)

    def judge(self, times: int, told: str = "") -> None:
        """
        Raises:
            NotYet: it is not so many times that the payer paid and the payee got it.
        """
        paid = self.credit[self.payer] - self._now(self.payer)
        got = self._now(self.payee) - self.credit[self.payee]
        wanted = times * self.amount
        if paid != got:
            raise NotYet(f"{told}{paid} left the one and {got} came to the other")
        if paid < 0:
            raise NotYet(f"{told}the payment went the other way, from {self.payee} to {self.payer}")
        if paid != wanted and paid % self.amount == 0:
            turns = {0: "not made", 1: "made once", 2: "made twice"}.get(paid // self.amount, "made often")
            raise NotYet(f"{told}the payment was {turns}")
        if paid != wanted:
            raise NotYet(f"{told}{paid} changed hands and {wanted} were to be paid")

    @property
    def has_paid(self) -> bool:
        """Whether the payer has less than at first."""
        return self._now(self.payer) < self.credit[self.payer]

    def _now(self, one: str) -> Any:
        item = _stored(self.table, {"employeeId": one})
        if not item or "credit" not in item or item.get("fullName") != one:
            raise NotYet("an employee is gone, or is not as before but for the credit")
        return item["credit"]


def _judge_another(good: _Purses) -> None:
    """The same call again pays nothing; another payment of the same amount pays."""
    good.pay("p-1")
    good.judge(1, "it was called a second time for the same payment, and ")
    good.pay("p-other")
    good.judge(2, "there were two payments of the same amount, and ")


def _judge_too_little(box: Box, client: Any, poor: _Purses) -> None:
    right, poor.amount = poor.amount, poor.credit[poor.payer] + 1
    returned = poor.call("p-4")
    poor.judge(0, "there was too little credit, and ")
    if returned != "too little":
        raise NotYet(f"there was too little credit, and it returned {shown(returned)}")
    poor.amount = right
    poor.pay("p-5")
    poor.judge(1, "a payment was refused before, and ")


def _judge_paid_again(purses: _Purses, day: Any, seconds: float) -> None:
    """No answer at all arrives; the function ends in an error, or goes on; later it is called again."""
    try:
        returned = purses.call("p-6")
    except NotYet as reason:
        if not reason.__cause__ or len(day.lost) < ATTEMPTS:
            raise
        returned = None
    if returned not in (None, "paid"):
        had = "it had paid" if purses.has_paid else "the credit was as much as the amount"
        raise NotYet(f"it returned {shown(returned)}, and {had}")
    purses.judge(1)
    day.sleep(seconds)
    when = "an hour later" if seconds else "at once"
    returned = purses.call("p-6")
    purses.judge(1, f"your function was called again {when}, and ")
    if returned != "paid":
        raise NotYet(
            f"your function was called again {when}, for what was paid, and it returned {shown(returned)}"
        )


def _judge_last_credit(box: Box, table: Any, day: Any) -> None:
    """The payment takes the last credit: the same call again must not be told that there is too little."""
    _judge_paid_again(_Purses(box, table, "last", 6, 6), day, 0.0)


def _judge_going_on(box: Box, table: Any) -> None:
    """It is called again while its first transaction ends: a conflict at the mark, and the payer has no more credit."""
    purses = _Purses(box, table, "going", 6, 6)
    purses.pay("p-7")
    _still_going_on(box, lambda item: item["employeeId"]["S"] not in purses.credit)
    try:
        returned = purses.call("p-7")
    finally:
        box.afterwards = None
    purses.judge(1)
    if returned != "paid":
        raise NotYet(
            "it was called again while the payment's own transaction was still going on, and it returned "
            f"{shown(returned)}"
        )


PAY = Exercise(
    hints=(
        "One transaction: both updates of credit, and a third action that can be done once for each payment.",
        'Put an item {"employeeId": "payment#" + the payment\'s id} on the condition that it is not there.',
        "Read CancellationReasons: is the payment there already? Then it is paid, whatever the other reasons say. A TransactionConflict? Pause and repeat.",
    ),
    judge=_judge_pay,
)


# --- 9.4: a batch with pauses --------------------------------------------------------------------------------

_LONGEST = 300.0  # seconds that a program which gives up after eight pauses does not reach
_RUNS = 6


def _batch(random: Random, user: str) -> list[dict]:
    """Notes that fill two requests and a part of a third."""
    notes = [
        {"userId": user, "noteId": f"n{n:02}", "content": f"note {n}"}
        for n in range(random.randrange(56, 64))
    ]
    random.shuffle(notes)
    return notes


def _judge_store(box: Box) -> str:
    table = box.table(table_input("notes"))
    notes = _batch(box.random, "ada")
    with box.bad_day():
        _judge_all_stored(box, table, notes)
    if (most := -(-len(notes) // 25)) < box.used.requests:
        raise NotYet(
            f"{len(notes)} notes took {box.used.requests} requests, and {most} carry them, 25 in each"
        )
    if not box.count("BatchWriteItem"):
        raise NotYet("it used no batch_write_item, and a writer of one's own was asked for")
    _judge_paused(box, table, _batch(box.random, "grace"))
    pauses = _judge_gives_up(box, table)
    _judge_gives_up_each(box, table)
    with box.bad_day(lose=[1]):
        _judge_all_stored(box, table, _batch(box.random, "mei"))
    return f"what came back was sent again after pauses that grew, and after {pauses} it gave up"


def _judge_all_stored(box: Box, table: Any, notes: list[dict]) -> None:
    returned = box.attempt(table.meta.client, [dict(note) for note in notes])
    stored = table.scan()["Items"]
    if lost := sum(note not in stored for note in notes):
        back = ": DynamoDB was busy and sent them back" if _sent_back(box) else ""
        raise NotYet(f"{lost} of {len(notes)} notes are not in the table{back}")
    if returned != []:
        raise NotYet(f"all notes are stored, and it returned {shown(returned)}: an empty list was asked for")


def _sent_back(box: Box) -> int:
    """How many answers of the last attempt left a part of a batch undone."""
    return sum(bool((call.answer or {}).get("UnprocessedItems")) for call in box.calls)


def _judge_paused(box: Box, table: Any, notes: list[dict]) -> None:
    """A busy DynamoDB sends a part of three batches back."""
    box.busy = 3
    with box.bad_day() as day:
        _judge_all_stored(box, table, notes)
    box.busy = 0
    back = _sent_back(box)
    if len(day.pauses) < back:
        raise NotYet(
            f"DynamoDB was busy and sent a part back {counted(back, 'time')}, and there were "
            f"{counted(len(day.pauses), 'pause')}: call time.sleep, by this name, before you send it again"
        )


def _judge_gives_up(box: Box, table: Any) -> int:
    """DynamoDB takes one note of each batch: the pauses of several runs, and what is left in the end."""
    runs = []
    for run in range(_RUNS):
        notes = [{"userId": f"run-{run}", "noteId": f"n{n:02}"} for n in range(15)]
        box.busy, box.taken = 10_000, 1
        with box.bad_day() as day:
            returned = box.attempt(table.meta.client, [dict(note) for note in notes])
        box.busy, box.taken = 0, None
        if sum(day.pauses) > _LONGEST:
            raise NotYet(
                f"DynamoDB took one note of each batch, and your function paused for {sum(day.pauses):,.0f} seconds: "
                "give up after eight pauses"
            )
        _judge_left(box, table, notes, returned)
        runs.append(day.pauses)
    if all(pauses == runs[0] for pauses in runs):
        raise NotYet(
            f"its pauses were the same in {_RUNS} runs: programs that were refused together come back together"
        )
    first, last = ([pause for run in runs for pause in run[part]] for part in (slice(2), slice(-2, None)))
    if mean(last) < 2 * mean(first):
        raise NotYet("its pauses did not grow from one time to the next")
    return len(runs[0])


def _judge_gives_up_each(box: Box, table: Any) -> None:
    """DynamoDB takes one note of each request: a batch that is given up keeps none of the others back."""
    notes = [{"userId": "batches", "noteId": f"n{n:02}"} for n in range(60)]
    box.busy, box.taken = 10_000, 1
    with box.bad_day():
        returned = box.attempt(table.meta.client, [dict(note) for note in notes])
    box.busy, box.taken = 0, None
    _judge_left(box, table, notes, returned)
    if len(box.calls) < 3 * 8:
        raise NotYet(
            f"it gave up after {counted(len(box.calls), 'request')} for three batches: eight pauses for each batch"
        )


def _judge_left(box: Box, table: Any, notes: list[dict], returned: Any) -> None:
    stored = table.query(KeyConditionExpression=Key("userId").eq(notes[0]["userId"]))["Items"]
    left = [note["noteId"] for note in notes if note not in stored]
    if not left:
        raise NotYet(
            f"DynamoDB took one note of each batch, and your function sent {len(box.calls)} requests: "
            "give up after eight pauses"
        )
    if len(box.calls) < 8:
        raise NotYet(f"DynamoDB was busy, and it gave up after {counted(len(box.calls), 'request')}")
    if not isinstance(returned, list) or not all(isinstance(one, dict) for one in returned):
        raise NotYet(
            f"it gave up, and returned {shown(returned)}: a list of the notes that are not stored was asked for"
        )
    if sorted(one.get("noteId", "") for one in returned if "userId" in one) != left:
        raise NotYet(
            f"{len(left)} notes were not stored, and what it returned is another list, of {len(returned)}"
        )


STORE = Exercise(
    hints=(
        "A loop over parts of 25, and within it a loop that goes on while UnprocessedItems holds something.",
        "Before the part is sent again: time.sleep(random.uniform(0, 0.05 * 2**number)), where number counts the pauses.",
        'After eight pauses take what is left out of its requests: one["PutRequest"]["Item"] for each.',
    ),
    judge=_judge_store,
)

EXERCISES = [RENAME, HIRE, PAY, STORE]
