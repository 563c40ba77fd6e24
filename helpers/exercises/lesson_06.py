"""Exercises of lesson 06: on the directory's two stores."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from helpers.directory.dynamodb_store import DynamoDBStore
from helpers.directory.model import Changed, Directory, Employee, NotFound
from helpers.directory.sql_store import SqlStore
from helpers.exercises.engine import Box, Exercise, NotYet, Stopped


def _clock() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def _on_dynamodb(box: Box) -> DynamoDBStore:
    numbers = count(1)
    store = DynamoDBStore(box.db, clock=_clock, new_id=lambda: f"id-{next(numbers):03}")
    store.create_table()
    return store


def _on_sql() -> SqlStore:
    store = SqlStore("sqlite://", clock=_clock)
    store.create_tables()
    return store


# --- 6.1: try again when somebody came between ---------------------------------------------------------------


class _Busy:
    """A directory in which a colleague changes the employee each time before the first two updates of a check."""

    def __init__(self, store: Directory) -> None:
        self._store, self._disturbances, self.writes = store, 2, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def update(self, employee: Employee) -> Employee:
        self.writes += 1
        if self.writes > 50:
            raise Stopped("it had not finished after 50 updates: does it catch more than Changed?")
        if self._disturbances:
            self._disturbances -= 1
            now = self._store.get(employee.id)
            badges = now.badges | {f"badge-{self._disturbances}"}
            self._store.update(replace(now, job_title="Head of maps", badges=badges))
        return self._store.update(employee)


def _judge_rename(box: Box) -> str:
    store = _on_dynamodb(box)
    one = store.add("Ana Sol", "Lisbon", "Designer", badges=["mentor"])
    busy = _Busy(store)
    try:
        box.attempt(busy, one.id, "Ana Luz")
    except NotYet as refused:
        if "raised Changed" not in str(refused):
            raise
        tries = "one attempt" if busy.writes == 1 else f"{busy.writes} attempts"
        raise NotYet(
            f"a colleague came between, more than once, and your function gave up after {tries}"
        ) from None
    people = list(store.all())
    if len(people) != 1 or people[0].id != one.id:
        raise NotYet("the employee was removed or doubled: change her, and leave her id alone")
    after = people[0]
    if not busy.writes:
        raise NotYet("nothing was updated")
    if after.full_name != "Ana Luz":
        raise NotYet("a colleague came between, and the name is as before: try again with what is stored now")
    if after.job_title != "Head of maps" or not {"badge-0", "badge-1"} <= after.badges:
        raise NotYet("the name is as asked, and what a colleague changed meanwhile is lost")
    if (after.location, after.created) != ("Lisbon", one.created):
        raise NotYet("something else than the name changed")
    _judge_nobody(box, busy)
    return f"{busy.writes} attempts, and the colleague's changes are still there"


def _judge_nobody(box: Box, busy: _Busy) -> None:
    """Who is not there cannot be renamed, and trying again does not help."""
    try:
        box.attempt(busy, "id-999", "Nobody")
    except NotYet as refused:
        if "NotFound" in str(refused) or "had not finished" not in str(refused):
            return
        raise
    raise NotYet("there is no id-999, and your function hid that: let NotFound through")


def rename(directory, employee_id, full_name):
    from dataclasses import replace

    from helpers.directory import Changed

    while True:
        employee = directory.get(employee_id)
        try:
            return directory.update(replace(employee, full_name=full_name))
        except Changed:
            continue


def _tries_once(directory, employee_id, full_name):
    directory.update(replace(directory.get(employee_id), full_name=full_name))


def _gives_up_quietly(directory, employee_id, full_name):
    try:
        _tries_once(directory, employee_id, full_name)
    except Changed:
        pass


def _tries_twice(directory, employee_id, full_name):
    try:
        _tries_once(directory, employee_id, full_name)
    except Changed:
        _tries_once(directory, employee_id, full_name)


def _forces(directory, employee_id, full_name):
    mine = directory.get(employee_id)
    while True:
        try:
            return directory.update(
                replace(mine, full_name=full_name, version=directory.get(employee_id).version)
            )
        except Changed:
            continue


def _adds_anew(directory, employee_id, full_name):
    old = directory.remove(employee_id)
    directory.add(full_name, old.location, old.job_title, badges=old.badges)


def _hides_all(directory, employee_id, full_name):
    try:
        rename(directory, employee_id, full_name)
    except NotFound:
        return


RENAME = Exercise(
    hints=(
        "Changed says that your version is old. Read the employee again, and make your change on that.",
        "A loop: get, replace(employee, full_name=…), update; on Changed go round again. Do not catch NotFound. "
        "In earnest, give up after some tries, and wait a little longer before each.",
    ),
    judge=_judge_rename,
    solution=rename,
    wrong=(
        (_tries_once, "your function gave up after one attempt"),
        (_gives_up_quietly, "a colleague came between, and the name is as before"),
        (_tries_twice, "your function gave up after 2 attempts"),
        (_forces, "what a colleague changed meanwhile is lost"),
        (_adds_anew, "the employee was removed or doubled"),
        (_hides_all, "let NotFound through"),
        (lambda directory, employee_id, full_name: None, "nothing was updated"),
    ),
)


# --- 6.2: compare two directories ----------------------------------------------------------------------------


def _judge_differences(box: Box) -> str:
    one, other = _on_sql(), _on_dynamodb(box)
    for number in range(45):  # more than two pages
        for store in (one, other):
            store.add(f"Person {number:02}", "Lisbon", "Clerk", badges=["mentor", "speaker"])
    one.add("Only In One", "Athens", "Editor")
    other.add("Only In Other", "Athens", "Editor")
    for name, changed in (
        ("Another Office", {"location": "Kyoto"}),
        ("Another Title", {"job_title": "Chief"}),
        ("Other Badges", {"badges": ["cyclist"]}),
    ):
        plain = {"location": "Lisbon", "job_title": "Clerk", "badges": ["mentor"]}
        one.add(name, **plain)
        other.add(name, **plain | changed)
    wanted = ["Another Office", "Another Title", "Only In One", "Only In Other", "Other Badges"]
    found = box.attempt(one, other)
    if not isinstance(found, list):
        raise NotYet(f"it returned {type(found).__name__}, and a list of names was asked for")
    if missing := [name for name in wanted if name not in found]:
        raise NotYet(f"{missing[0]} is missing among the {len(found)} that it returned")
    if extra := [name for name in found if name not in wanted]:
        raise NotYet(f"{extra[0]!r} is among them, and both directories agree on that one")
    if found != wanted:
        raise NotYet("the five names are there, and not each once and sorted")
    return "five differences in more than fifty people"


def differences(one, other):
    def facts(directory):
        return {e.full_name: (e.location, e.job_title, e.badges) for e in directory.all()}

    mine, yours = facts(one), facts(other)
    return sorted(name for name in mine.keys() | yours.keys() if mine.get(name) != yours.get(name))


def _by(fact, people=lambda directory: directory.all()):
    def answer(one, other):
        mine = {e.full_name: fact(e) for e in people(one)}
        yours = {e.full_name: fact(e) for e in people(other)}
        return sorted(name for name in mine.keys() | yours.keys() if mine.get(name) != yours.get(name))

    return answer


def _whole(employee):
    return employee.location, employee.job_title, employee.badges


def _one_way(one, other):
    yours = {e.full_name: _whole(e) for e in other.all()}
    return sorted(e.full_name for e in one.all() if yours.get(e.full_name) != _whole(e))


def _unsorted(one, other):
    return differences(one, other)[::-1]


DIFFERENCES = Exercise(
    hints=(
        "all() gives every employee of a directory. Make a dictionary of each: name -> what is to agree.",
        "Ids and versions differ between stores and mean nothing here. Names of either side: the keys of both, joined by |.",
    ),
    judge=_judge_differences,
    solution=differences,
    wrong=(
        (_by(lambda employee: employee), "is among them, and both directories agree"),
        (_by(lambda employee: employee.location), "Another Title is missing"),
        (_by(lambda employee: (employee.location, employee.job_title)), "Other Badges is missing"),
        (
            _by(_whole, lambda directory: directory.page().employees),
            "is among them, and both directories agree",
        ),
        (_one_way, "Only In Other is missing"),
        (_unsorted, "not each once and sorted"),
        (lambda one, other: set(differences(one, other)), "it returned set"),
        (lambda one, other: [], "Another Office is missing"),
    ),
)

EXERCISES = [RENAME, DIFFERENCES]
