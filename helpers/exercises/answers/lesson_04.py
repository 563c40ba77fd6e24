"""Answers to the exercises of lesson 04."""

from helpers.exercises.engine import Answers

# --- 4.1 -----------------------------------------------------------------------------------------------------


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
_ORDER = "ORDER BY 2 DESC, 1"
_SEED_0 = "SELECT 'Lima', 3 UNION ALL SELECT 'Oslo', 2"

OFFICE_SIZES = Answers(
    solution=office_sizes,
    wrong=(
        (
            _says(
                "SELECT office.name, count(*) AS n FROM employee JOIN office ON office.id = office_id "
                "GROUP BY 1 ORDER BY n DESC, 1"
            ),
            ", an office with nobody, is missing",
        ),
        (
            _says(f"SELECT office.name, count(*) AS n {_FROM} GROUP BY 1 {_ORDER}"),
            "has nobody, and your statement counts 1",
        ),
        (
            _says(
                "SELECT office.name, count(employee.id) FROM employee LEFT JOIN office ON office.id = office_id GROUP BY 1"
            ),
            "a row without an office",
        ),
        (
            _says(f"SELECT office.name, count(employee.id) {_FROM} GROUP BY 1 ORDER BY 2, 1"),
            "the order is not",
        ),
        (
            _says(
                f"SELECT office.name, count(employee.id) AS n {_FROM} GROUP BY office.name ORDER BY n DESC"
            ),
            "offices of equal size stand in no order",
        ),
        (
            _says(f"SELECT office.name, count(employee.id) AS n {_FROM} GROUP BY office.id ORDER BY n DESC"),
            "offices of equal size stand in no order",
        ),
        (
            _says(f"SELECT office.name, CAST(count(employee.id) AS TEXT) AS n {_FROM} GROUP BY 1 {_ORDER}"),
            "and a whole number was asked for",
        ),
        (
            _says(
                f"SELECT office.name, count(employee.id) AS n {_FROM} "
                f"LEFT JOIN employee_badge ON employee_id = employee.id GROUP BY 1 {_ORDER}"
            ),
            "has 3 employees, and your statement counts 6",
        ),
        (_says(f"SELECT count(employee.id), office.name {_FROM} GROUP BY 2"), "the number comes first"),
        (_says("SELECT name, 0 FROM office WHERE 0"), "the statement finds no rows"),
        (_says(_SEED_0), "is missing"),
        (_says("SELECT name FROM office"), "its rows have 1 column"),
        (_says("SELECT nam FROM office"), "SQLite refused the statement"),
        (_says("SELECT 1; SELECT 2"), "SQLite refused the statement: You can only execute one statement"),
        (_says("DROP TABLE office"), "a SELECT was asked for"),
        (lambda: [("Lima", 3)], "it returned a list"),
        (lambda: None, "it returned nothing"),
    ),
    right=(
        _says(
            "SELECT name, (SELECT count(*) FROM employee WHERE office_id = office.id) AS n "
            f"FROM office {_ORDER};"
        ),
        _says(
            "WITH n AS (SELECT office_id, count(*) AS people FROM employee GROUP BY office_id) "
            f"SELECT name, coalesce(people, 0) FROM office LEFT JOIN n ON office_id = id {_ORDER}"
        ),
        _says(
            "SELECT office.name, count(employee.id) FROM employee RIGHT JOIN office ON office.id = office_id "
            f"GROUP BY office.id {_ORDER}"
        ),
    ),
)

# --- 4.2 -----------------------------------------------------------------------------------------------------


def add_remote(db):
    db.execute("ALTER TABLE employee ADD COLUMN remote INTEGER NOT NULL DEFAULT 0 CHECK (remote IN (0, 1))")
    db.execute("UPDATE employee SET remote = 1 WHERE office_id IS NULL")


def _adds(column: str, update: str = "UPDATE employee SET remote = 1 WHERE office_id IS NULL"):
    def answer(db):
        db.execute(f"ALTER TABLE employee ADD COLUMN {column}")
        db.execute(update)

    return answer


def _begins(db):
    db.execute("BEGIN")
    add_remote(db)


def _begins_and_commits(db):
    _begins(db)
    db.execute("COMMIT")


def _rebuilds(columns: str, rest: str):
    """Makes the table anew, the way that SQLite's page on ALTER TABLE describes."""

    def answer(db):
        db.executescript(
            f"""
            PRAGMA foreign_keys = OFF;
            BEGIN;
            CREATE TABLE renewed (
              id TEXT PRIMARY KEY NOT NULL, full_name TEXT NOT NULL, job_title TEXT NOT NULL, {columns},
              remote INTEGER NOT NULL DEFAULT 0 CHECK (remote BETWEEN 0 AND 1)
            ) STRICT;
            INSERT INTO renewed SELECT id, full_name, job_title, {rest}, office_id IS NULL FROM employee;
            DROP TABLE employee;
            ALTER TABLE renewed RENAME TO employee;
            COMMIT;
            PRAGMA foreign_keys = ON;
            """
        )

    return answer


_WHOLE = "office_id INTEGER REFERENCES office (id), hours_per_week REAL"
_RULE = "CHECK (remote IN (0, 1))"
_COMPUTED = "remote INTEGER GENERATED ALWAYS AS (office_id IS NULL)"

ADD_REMOTE = Answers(
    solution=add_remote,
    wrong=(
        (_adds(f"remote INTEGER {_RULE}"), "some employees have NULL in remote"),
        (_adds("remote INTEGER NOT NULL DEFAULT 0"), "the column takes 2 from the next writer"),
        (_adds("remote INTEGER NOT NULL DEFAULT 0 CHECK (remote < 2)"), "takes -1 from the next writer"),
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
            "0 employees are remote, and ",
        ),
        (
            _adds(
                f"remote INTEGER NOT NULL DEFAULT 0 {_RULE}",
                "UPDATE employee SET remote = 1 WHERE office_id IS NOT NULL",
            ),
            "the wrong way round",
        ),
        (
            _adds(f"{_COMPUTED} VIRTUAL".replace("IS NULL", "IS NOT NULL"), "SELECT 1"),
            "the wrong way round",
        ),
        (_adds(f"remote TEXT NOT NULL DEFAULT 0 {_RULE}"), "remote holds str values"),
        (_begins, "your function began a transaction and did not COMMIT"),
        (_rebuilds("office_id INTEGER REFERENCES office (id)", "office_id"), "hours_per_week is gone"),
        (lambda db: db.close(), "your function closed the database"),
        (
            _adds("is_remote INTEGER NOT NULL DEFAULT 0", "SELECT 1"),
            "employee has no column remote, but is_remote",
        ),
        (
            lambda db: db.execute("DROP TABLE employee_badge") and db.execute("DROP TABLE employee") and None,
            "employee is gone",
        ),
        (lambda db: add_remote(db) or ..., "the dots are still in the return line"),
        (lambda db: None, "employee has no column remote"),
    ),
    right=(
        _begins_and_commits,
        _rebuilds(_WHOLE, "office_id, hours_per_week"),
        _adds(f"{_COMPUTED} VIRTUAL", "SELECT 1"),
        _adds("remote INT NOT NULL DEFAULT 0 CHECK (remote = 0 OR remote = 1)"),
    ),
)

ANSWERS = [OFFICE_SIZES, ADD_REMOTE]
