"""Exercises of lesson 04: on a private SQLite database."""

import sqlite3

from helpers.exercises.engine import Box, Exercise, NotTried, NotYet

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
INSERT INTO office (name) VALUES ('Oslo'), ('Accra'), ('Lima'), ('Hanoi'), ('Cork');
INSERT INTO badge (name) VALUES ('mentor'), ('speaker');
"""
STAFF = [("Lima", 3), ("Oslo", 2), ("Hanoi", 2), (None, 2)]
SIZES = [("Lima", 3), ("Hanoi", 2), ("Oslo", 2), ("Accra", 0), ("Cork", 0)]


def _database() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    db.executescript(TABLES)
    number = 0
    for office, people in STAFF:
        for _ in range(people):
            number += 1
            db.execute(
                "INSERT INTO employee (id, full_name, job_title, office_id) "
                "VALUES (?, ?, 'Clerk', (SELECT id FROM office WHERE name = ?))",
                (f"N-{number}", f"Person {number}", office),
            )
    # Two badges each: whoever joins them too counts people twice.
    db.execute("INSERT INTO employee_badge SELECT employee.id, badge.id FROM employee, badge")
    return db


# --- 4.1: every office ---------------------------------------------------------------------------------------


def _judge_sizes(box: Box) -> str:
    statement = box.attempt()
    if isinstance(statement, str) and "select" not in statement.lower():
        raise NotYet("a SELECT was asked for")
    if not isinstance(statement, str):
        raise NotYet(f"it returned {type(statement).__name__}, and a statement as a string was asked for")
    db = _database()
    try:
        rows = db.execute(statement).fetchall()
    except sqlite3.Error as error:
        raise NotYet(f"SQLite refused the statement: {error}") from None
    finally:
        db.close()
    if rows and len(rows[0]) != 2:
        columns = "1 column" if len(rows[0]) == 1 else f"{len(rows[0])} columns"
        raise NotYet(f"its rows have {columns}, and office and number were asked for")
    if rows and isinstance(rows[0][0], int):
        raise NotYet("the number comes first in its rows: the office was asked for first")
    if rows == SIZES:
        return "five offices, two of them empty"
    _judge_rows(dict(rows), rows)
    raise NotYet("the offices and numbers are right, and the order is not")


def _judge_rows(found: dict, rows: list) -> None:
    if None in found:
        raise NotYet(
            "a row without an office is among them: the question is about offices, not about employees"
        )
    if len(found) < len(rows):
        raise NotYet("an office comes up more than once")
    if missing := [name for name, _ in SIZES if name not in found]:
        raise NotYet(f"{missing[0]} is missing")
    if extra := sorted(found.keys() - dict(SIZES)):
        raise NotYet(f"{extra[0]!r} is no office")
    if found["Accra"] == 1:
        raise NotYet("Accra has nobody, and your statement counts 1: a row that found no partner was counted")
    if texts := [name for name in found if not isinstance(found[name], int)]:
        raise NotYet(f"the number of {texts[0]} is {found[texts[0]]!r}, and a whole number was asked for")
    if wrong := [name for name, people in SIZES if found[name] != people]:
        raise NotYet(
            f"{wrong[0]} has {dict(SIZES)[wrong[0]]} employees, and your statement counts {found[wrong[0]]}"
        )


def office_sizes():
    return """
    SELECT office.name, count(employee.id) AS people
    FROM office LEFT JOIN employee ON employee.office_id = office.id
    GROUP BY office.name
    ORDER BY people DESC, office.name
    """


def _says(statement):
    return lambda: statement


_FROM = "FROM office LEFT JOIN employee ON employee.office_id = office.id "
OFFICE_SIZES = Exercise(
    hints=(
        "Section 2 counts the people of each office, and empty offices are lost. From which table must the join begin?",
        "A LEFT JOIN keeps an office without employees, with NULL in their columns. count(*) counts that row too.",
    ),
    judge=_judge_sizes,
    solution=office_sizes,
    wrong=(
        (
            _says(
                "SELECT office.name, count(*) AS n FROM employee JOIN office ON office.id = office_id "
                "GROUP BY 1 ORDER BY n DESC, 1"
            ),
            "Accra is missing",
        ),
        (
            _says(f"SELECT office.name, count(*) AS n {_FROM} GROUP BY 1 ORDER BY n DESC, 1"),
            "your statement counts 1",
        ),
        (
            _says(
                "SELECT office.name, count(employee.id) FROM employee LEFT JOIN office ON office.id = office_id GROUP BY 1"
            ),
            "a row without an office",
        ),
        (_says(f"SELECT office.name, count(employee.id) {_FROM} GROUP BY 1 ORDER BY 1"), "the order is not"),
        (
            _says(
                f"SELECT office.name, CAST(count(employee.id) AS TEXT) AS n {_FROM} GROUP BY 1 ORDER BY n DESC, 1"
            ),
            "and a whole number was asked for",
        ),
        (
            _says(
                f"SELECT office.name, count(employee.id) AS n {_FROM} "
                "LEFT JOIN employee_badge ON employee_id = employee.id GROUP BY 1 ORDER BY n DESC, 1"
            ),
            "Lima has 3 employees, and your statement counts 6",
        ),
        (_says("SELECT name FROM office"), "its rows have 1 column"),
        (_says("SELECT nam FROM office"), "SQLite refused the statement"),
        (lambda: [("Lima", 3)], "it returned list"),
    ),
)


# --- 4.2: a column with a rule -------------------------------------------------------------------------------


def _judge_remote(box: Box) -> str:
    db = _database()
    try:
        before = db.execute("SELECT id, full_name FROM employee ORDER BY id").fetchall()
        try:
            box.attempt(db)
        except NotTried:
            if "remote" not in _columns(db):
                raise
        try:
            gone = not _columns(db)
        except sqlite3.ProgrammingError:
            raise NotYet("your function closed the database") from None
        if gone:
            raise NotYet("the table employee is gone")
        if "remote" not in _columns(db):
            raise NotYet("employee has no column remote")
        if db.execute("SELECT id, full_name FROM employee ORDER BY id").fetchall() != before:
            raise NotYet("employees were lost or changed on the way")
        _judge_values(db)
        _judge_rule(db)
    finally:
        db.close()
    return "two of nine are remote, and no other value gets in"


def _columns(db: sqlite3.Connection) -> dict[str, str]:
    return {name: kind for _, name, kind, *_ in db.execute("PRAGMA table_info(employee)")}


def _judge_values(db: sqlite3.Connection) -> None:
    values = dict(db.execute("SELECT id, remote FROM employee").fetchall())
    if None in values.values():
        raise NotYet("some employees have NULL in remote")
    if kinds := sorted({type(value).__name__ for value in values.values()} - {"int"}):
        raise NotYet(f"remote holds {kinds[0]} values, and integers were asked for")
    wanted = {one: int(office is None) for one, office in db.execute("SELECT id, office_id FROM employee")}
    if values == {one: 1 - value for one, value in wanted.items()}:
        raise NotYet("it is the wrong way round: who has an office is remote")
    if values != wanted:
        raise NotYet(
            f"{sum(values.values())} employees are remote, and {sum(wanted.values())} have no office"
        )


def _judge_rule(db: sqlite3.Connection) -> None:
    for value, shown in ((None, "NULL"), (2, "2"), ("yes", "'yes'")):
        try:
            db.execute("UPDATE employee SET remote = ? WHERE id = 'N-1'", (value,))
        except sqlite3.IntegrityError:
            continue
        raise NotYet(f"the column takes {shown} from the next writer: the schema must refuse it")
    try:
        db.execute("UPDATE employee SET remote = 1 WHERE id = 'N-1'")
    except sqlite3.IntegrityError:
        raise NotYet("the column refuses 1 as well") from None


def add_remote(db):
    db.execute("ALTER TABLE employee ADD COLUMN remote INTEGER NOT NULL DEFAULT 0 CHECK (remote IN (0, 1))")
    db.execute("UPDATE employee SET remote = 1 WHERE office_id IS NULL")


def _adds(column: str, update: str = "UPDATE employee SET remote = 1 WHERE office_id IS NULL"):
    def answer(db):
        db.execute(f"ALTER TABLE employee ADD COLUMN {column}")
        db.execute(update)

    return answer


_RULE = "CHECK (remote IN (0, 1))"
ADD_REMOTE = Exercise(
    hints=(
        "A NOT NULL column needs a default, and a CHECK can stand in the same line.",
        "After ALTER TABLE everybody has the default. One UPDATE finds the rows where office_id IS NULL.",
    ),
    judge=_judge_remote,
    solution=add_remote,
    wrong=(
        (_adds(f"remote INTEGER {_RULE}"), "some employees have NULL in remote"),
        (_adds("remote INTEGER NOT NULL DEFAULT 0"), "the column takes 2 from the next writer"),
        (_adds(f"remote INTEGER DEFAULT 0 {_RULE}"), "the column takes NULL from the next writer"),
        (
            _adds(f"remote INTEGER NOT NULL {_RULE}"),
            "your function raised OperationalError: Cannot add a NOT NULL column",
        ),
        (
            _adds(
                f"remote INTEGER NOT NULL DEFAULT 0 {_RULE}",
                "UPDATE employee SET remote = 1 WHERE office_id = NULL",
            ),
            "0 employees are remote, and 2 have no office",
        ),
        (
            _adds(
                f"remote INTEGER NOT NULL DEFAULT 0 {_RULE}",
                "UPDATE employee SET remote = 1 WHERE office_id IS NOT NULL",
            ),
            "the wrong way round",
        ),
        (_adds(f"remote TEXT NOT NULL DEFAULT 0 {_RULE}"), "remote holds str values"),
        (lambda db: db.close(), "your function closed the database"),
        (_adds("is_remote INTEGER NOT NULL DEFAULT 0", "SELECT 1"), "employee has no column remote"),
        (
            lambda db: db.execute("DROP TABLE employee_badge") and db.execute("DROP TABLE employee"),
            "employee is gone",
        ),
    ),
)

EXERCISES = [OFFICE_SIZES, ADD_REMOTE]
