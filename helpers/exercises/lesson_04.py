"""Exercises of lesson 04: on a private SQLite database."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from helpers.exercises import watchdog
from helpers.exercises.box import Box, NotYet
from helpers.exercises.engine import Exercise
from helpers.exercises.wording import kind, shown

TABLES = """
CREATE TABLE office (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE badge (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE employee (
  id TEXT PRIMARY KEY NOT NULL, full_name TEXT NOT NULL, job_title TEXT NOT NULL,
  office_id INTEGER REFERENCES office (id), hours_per_week REAL
) STRICT;
CREATE TABLE employee_badge (
  employee_id TEXT NOT NULL REFERENCES employee (id), badge_id INTEGER NOT NULL REFERENCES badge (id),
  PRIMARY KEY (employee_id, badge_id)
) STRICT;
INSERT INTO badge (name) VALUES ('mentor'), ('speaker');
"""
OFFICES = ("Oslo", "Accra", "Lima", "Hanoi", "Cork", "Quito", "Perth")


# SQLite groups by a name along the index on it: with this one an order that nobody asked for is the wrong one.
BACKWARDS = TABLES.replace("name TEXT NOT NULL UNIQUE", "name TEXT NOT NULL", 1) + (
    "CREATE UNIQUE INDEX office_name ON office (name DESC);"
)


@contextmanager
def _database(staff: dict[str | None, int], tables: str = TABLES) -> Iterator[sqlite3.Connection]:
    """A database with so many employees in each office; None is no office. A statement ends after ten seconds."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA foreign_keys = ON")
    db.executescript(tables)
    db.executemany("INSERT INTO office (name) VALUES (?)", [(name,) for name in staff if name])
    everybody = [office for office, people in staff.items() for _ in range(people)]
    db.executemany(
        "INSERT INTO employee (id, full_name, job_title, office_id) "
        "VALUES (?, ?, 'Clerk', (SELECT id FROM office WHERE name = ?))",
        [(f"N-{number}", f"Person {number}", office) for number, office in enumerate(everybody, 1)],
    )
    # Two badges each: whoever joins them too counts people twice.
    db.execute("INSERT INTO employee_badge SELECT employee.id, badge.id FROM employee, badge")
    end = time.monotonic() + watchdog.SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    try:
        yield db
    finally:
        db.close()


# --- 4.1: every office ---------------------------------------------------------------------------------------


def _judge_sizes(box: Box) -> str:
    statement = box.attempt()
    if not isinstance(statement, str):
        raise NotYet(f"it returned {kind(statement)}, and a statement as a string was asked for")
    if "select" not in statement.lower():
        raise NotYet("a SELECT was asked for")
    # Twice, with other people: a statement that names what it saw is right once at most.
    for tables in (TABLES, BACKWARDS):
        staff = _staff(box.random)
        sizes = sorted(((name, n) for name, n in staff.items() if name), key=lambda one: (-one[1], one[0]))
        _judge_answer(_rows(statement, staff, tables), sizes)
    return "every office stands there, also those with nobody"


def _staff(random: Random) -> dict[str | None, int]:
    """Three people in one office, two in each of two, nobody in two, and two without an office."""
    names = random.sample(OFFICES, 5)
    sizes = dict(zip(names, (3, 2, 2, 0, 0), strict=True))
    random.shuffle(names)  # the order in which they are stored says nothing
    return {name: sizes[name] for name in names} | {None: 2}


def _rows(statement: str, staff: dict[str | None, int], tables: str) -> list[tuple]:
    with _database(staff, tables) as db:
        try:
            return db.execute(statement).fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            if str(error) == "interrupted":
                raise NotYet(f"the statement had not finished after {watchdog.SECONDS:g} seconds") from None
            raise NotYet(f"SQLite refused the statement: {error}") from None


def _judge_answer(rows: list[tuple], sizes: list[tuple]) -> None:
    if rows == sizes:
        return
    if not rows:
        raise NotYet("the statement finds no rows")
    if len(rows[0]) != 2:
        columns = "1 column" if len(rows[0]) == 1 else f"{len(rows[0])} columns"
        raise NotYet(f"its rows have {columns}, and office and number were asked for")
    if isinstance(rows[0][0], int):
        raise NotYet("the number comes first in its rows: the office was asked for first")
    found, wanted = dict(rows), dict(sizes)
    if None in found:
        raise NotYet(
            "a row without an office is among them: the question is about offices, not about employees"
        )
    if len(found) < len(rows):
        raise NotYet("an office comes up more than once")
    if missing := [name for name, _ in sizes if name not in found]:
        empty = ", an office with nobody," if not wanted[missing[0]] else ""
        raise NotYet(f"{missing[0]}{empty} is missing")
    if extra := sorted(map(str, found.keys() - wanted.keys())):
        raise NotYet(f"{extra[0]!r} is no office")
    if texts := [name for name in wanted if not isinstance(found[name], int)]:
        raise NotYet(f"the number of {texts[0]} is {found[texts[0]]!r}, and a whole number was asked for")
    if wrong := [name for name, people in sizes if found[name] != people]:
        has = f"{wanted[wrong[0]]} employees" if wanted[wrong[0]] else "nobody"
        raise NotYet(f"{wrong[0]} has {has}, and your statement counts {found[wrong[0]]}")
    if [people for _, people in rows] == [people for _, people in sizes]:
        raise NotYet("offices of equal size stand in no order: ORDER BY has to name the office too")
    raise NotYet("the offices and numbers are right, and the order is not")


OFFICE_SIZES = Exercise(
    hints=(
        "Section 2 counts the people of each office, and empty offices are lost. From which table must the join begin?",
        "A LEFT JOIN keeps an office without employees, with NULL in their columns. count(*) counts that row too.",
    ),
    judge=_judge_sizes,
)


# --- 4.2: a column with a rule -------------------------------------------------------------------------------

REST = "id, full_name, job_title, office_id, hours_per_week"


def _judge_remote(box: Box) -> str:
    with _database({"Lima": 3, "Oslo": box.random.randrange(1, 4), None: box.random.randrange(1, 4)}) as db:
        before = db.execute(f"SELECT {REST} FROM employee ORDER BY id").fetchall()
        db.set_trace_callback(lambda _: setattr(box, "touched", True))
        box.attempt(db)
        try:
            db.set_trace_callback(None)
            columns = _columns(db)
        except sqlite3.ProgrammingError:
            raise NotYet("your function closed the database") from None
        if db.in_transaction:
            raise NotYet("your function began a transaction and did not COMMIT: when it closes, all is lost")
        if not columns:
            raise NotYet("the table employee is gone")
        if "remote" not in columns:
            near = sorted(columns.keys() - set(REST.split(", ")))
            raise NotYet(f"employee has no column remote{f', but {near[0]}' if near else ''}")
        if lost := [name for name in REST.split(", ") if name not in columns]:
            raise NotYet(f"the column {lost[0]} is gone")
        if db.execute(f"SELECT {REST} FROM employee ORDER BY id").fetchall() != before:
            raise NotYet("employees were lost or changed on the way")
        _judge_values(db)
        if columns["remote"]:
            return "remote is computed from office_id, and no value gets in at all"
        _judge_rule(db)
    return f"{sum(row[3] is None for row in before)} of {len(before)} are remote, and no other value gets in"


def _columns(db: sqlite3.Connection) -> dict[str, bool]:
    """The columns of employee, and whether each is generated. [PRAGMA table_xinfo]"""
    return {row[1]: row[6] in (2, 3) for row in db.execute("PRAGMA table_xinfo(employee)")}


def _judge_values(db: sqlite3.Connection) -> None:
    values = dict(db.execute("SELECT id, remote FROM employee").fetchall())
    if None in values.values():
        raise NotYet("some employees have NULL in remote")
    if kinds := sorted({type(value).__name__ for value in values.values()} - {"int"}):
        raise NotYet(f"remote holds {kinds[0]} values, and integers were asked for")
    wanted = {one: int(office is None) for one, office in db.execute("SELECT id, office_id FROM employee")}
    if values == {one: 1 - value for one, value in wanted.items()}:
        raise NotYet("it is the wrong way round: who has an office is remote")
    if odd := sorted(set(values.values()) - {0, 1}):
        raise NotYet(f"some employees have {odd[0]} in remote")
    if values != wanted:
        raise NotYet(f"{_are(sum(values.values()))} remote, and {_have(sum(wanted.values()))} no office")


def _are(number: int) -> str:
    return "1 employee is" if number == 1 else f"{number} employees are"


def _have(number: int) -> str:
    return "1 has" if number == 1 else f"{number} have"


def _judge_rule(db: sqlite3.Connection) -> None:
    for value in (None, 2, -1, 0.5, "yes"):
        text = "NULL" if value is None else shown(value)
        if _takes(db, "UPDATE employee SET remote = ? WHERE id = 'N-1'", value):
            raise NotYet(f"the column takes {text} from the next writer: the schema must refuse it")
        if _takes(
            db, "INSERT INTO employee (id, full_name, job_title, remote) VALUES ('X-1', 'X', 'X', ?)", value
        ):
            raise NotYet(f"a new employee may have {text} in remote: the schema must refuse it")
    for value in (1, 0):
        if not _takes(db, "UPDATE employee SET remote = ? WHERE id = 'N-1'", value):
            raise NotYet(f"the column refuses {value} as well")


def _takes(db: sqlite3.Connection, statement: str, value: Any) -> bool:
    try:
        db.execute(statement, (value,))
    except sqlite3.DatabaseError:
        return False
    return True


ADD_REMOTE = Exercise(
    hints=(
        "A NOT NULL column needs a default, and a CHECK can stand in the same line.",
        "After ALTER TABLE everybody has the default. One UPDATE finds the rows where office_id IS NULL.",
    ),
    judge=_judge_remote,
)

EXERCISES = [OFFICE_SIZES, ADD_REMOTE]
