"""Exercises of lesson 06: on the directory's two stores."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from helpers.directory.dynamodb_store import DynamoDBStore
from helpers.directory.model import Changed, Directory, Employee
from helpers.directory.sql_store import SqlStore
from helpers.exercises.box import Box, NotYet
from helpers.exercises.engine import Exercise
from helpers.exercises.watchdog import Stopped
from helpers.exercises.wording import counted, kind


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

MOST_TRIES = 50


class _Busy:
    """A directory in which a colleague changes the employee each time before the first two updates of a check.

    Attributes:
        reads: how often somebody was read since the last update.
        writes: how many updates were tried.
        stale: how many of these came without a read since the one before.
    """

    def __init__(self, store: Directory) -> None:
        self._store, self._disturbances = store, 2
        self.reads, self.writes, self.stale, self.endless = 0, 0, 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, employee_id: str) -> Employee:
        self.reads += 1
        if self.reads > MOST_TRIES:
            self._stop()
        return self._store.get(employee_id)

    def all(self) -> Iterator[Employee]:
        self.reads += 1
        return self._store.all()

    def page(self, *arguments: Any, **named: Any) -> Any:
        self.reads += 1
        return self._store.page(*arguments, **named)

    def office(self, *arguments: Any, **named: Any) -> Any:
        self.reads += 1
        return self._store.office(*arguments, **named)

    def update(self, employee: Employee) -> Employee:
        self.writes += 1
        self.stale += not self.reads
        self.reads = 0
        if self.writes > MOST_TRIES:
            self._stop()
        if self._disturbances:
            self._disturbances -= 1
            now = self._store.get(employee.id)
            badges = now.badges | {f"badge-{self._disturbances}"}
            self._store.update(replace(now, job_title="Head of maps", badges=badges))
        return self._store.update(employee)

    def _stop(self) -> None:
        self.endless = True
        raise Stopped


def _judge_rename(box: Box) -> str:
    store = _on_dynamodb(box)
    name = box.random.choice(("Ana Sol", "Noa Sol", "Mei Sol"))
    one = store.add(name, "Lisbon", "Designer", badges=["mentor"])
    busy = _Busy(store)
    try:
        box.attempt(busy, one.id, "Ana Luz")
    except NotYet as refused:
        raise NotYet(_why_not_renamed(busy, refused)) from refused.__cause__
    people = list(store.all())
    if len(people) != 1 or people[0].id != one.id:
        raise NotYet("the employee was removed or doubled: change her, and leave her id alone")
    after = people[0]
    if not busy.writes:
        raise NotYet("nothing was updated")
    if after.full_name != "Ana Luz":
        raise NotYet("a colleague came between, and the name is as before: try again with what is stored now")
    if after.job_title != "Head of maps" or not {"badge-0", "badge-1", "mentor"} <= after.badges:
        raise NotYet("the name is as asked, and what a colleague changed meanwhile is lost")
    if (after.location, after.created) != ("Lisbon", one.created):
        raise NotYet("something else than the name changed")
    _judge_nobody(box, store)
    return f"{busy.writes} attempts, and the colleague's changes are still there"


def _why_not_renamed(busy: _Busy, refused: NotYet) -> str:
    """What an answer that did not come to its end is told."""
    if busy.endless and busy.stale:
        return f"it tried {MOST_TRIES} times with the employee as it was at first, which is out of date: read again"
    if busy.endless:
        return f"it had not finished after {MOST_TRIES} tries: does its loop come to an end?"
    if isinstance(refused.__cause__, Changed) and busy.stale:
        return (
            f"a colleague came between, and your function gave up after {busy.writes} attempts, not each with "
            "an employee read anew"
        )
    if isinstance(refused.__cause__, Changed) and busy.writes == 1:
        return "a colleague came between, and your function gave up after one attempt"
    if isinstance(refused.__cause__, Changed):
        tries = counted(busy.writes, "attempt")
        return f"a colleague came between, more than once, and your function gave up after {tries}"
    return str(refused)


def _judge_nobody(box: Box, store: Directory) -> None:
    """Who is not there cannot be renamed, and trying again does not help."""
    busy = _Busy(store)
    try:
        box.attempt(busy, "id-999", "Nobody")
    except NotYet as refused:
        if busy.endless or box.endless:
            raise NotYet("there is no id-999, and your function tries again and again") from None
        if refused.__cause__:
            return
        raise
    raise NotYet("there is no id-999, and your function hid that: let NotFound through")


RENAME = Exercise(
    hints=(
        "Changed says that your version is old. Read the employee again, and make your change on that.",
        "A loop: get, replace(employee, full_name=…), update; on Changed go round again. Do not catch NotFound.",
        "Give up after some tries, and before each new one wait a little longer than before: time.sleep.",
    ),
    judge=_judge_rename,
)


# --- 6.2: compare two directories ----------------------------------------------------------------------------


def _judge_differences(box: Box) -> str:
    one, other = _on_sql(), _on_dynamodb(box)
    for number in range(box.random.randrange(42, 48)):  # more than two pages
        for store in (one, other):
            store.add(f"Person {number:02}", "Lisbon", "Clerk", badges=["mentor", "speaker"])
    one.add("Only In One", "Athens", "Editor")
    other.add("Only In Other", "Athens", "Editor")
    for name, changed in (
        ("Abeba Tadesse", {"location": "Kyoto"}),
        ("Another Title", {"job_title": "Chief"}),
        ("Other Badges", {"badges": ["cyclist"]}),
    ):
        plain = {"location": "Lisbon", "job_title": "Clerk", "badges": ["mentor"]}
        one.add(name, **plain)
        other.add(name, **plain | changed)
    wanted = ["Abeba Tadesse", "Another Title", "Only In One", "Only In Other", "Other Badges"]
    found = box.attempt(one, other)
    if not isinstance(found, list):
        raise NotYet(f"it returned {kind(found)}, and a list of names was asked for")
    if not all(isinstance(name, str) for name in found):
        raise NotYet("its list holds something else than names")
    if missing := [name for name in wanted if name not in found]:
        raise NotYet(f"{missing[0]!r} is missing among the {len(found)} that it returned")
    if extra := [name for name in found if name not in wanted]:
        raise NotYet(f"{extra[0]!r} is among them, and both directories agree on that one")
    if len(found) > len(wanted):
        raise NotYet("the five names are there, and not each once")
    if found != wanted:
        raise NotYet("the five names are there, and not sorted")
    return "five differences in more than forty people"


DIFFERENCES = Exercise(
    hints=(
        "all() gives every employee of a directory. Make a dictionary of each: name -> what is to agree.",
        "Ids and versions differ between stores and mean nothing here. Names of either side: the keys of both, joined by |.",
    ),
    judge=_judge_differences,
)

EXERCISES = [RENAME, DIFFERENCES]
