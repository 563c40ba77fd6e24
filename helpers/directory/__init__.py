"""The employee directory: one app, two backends.

    directory = open_directory("sql")          # or "dynamodb": the app does not see the difference
    directory.add("Ada Byron", "London", "Analyst", badges=["mentor"])

`model` says what an employee and a store are, `sql_store` and `dynamodb_store` are the two stores, `office_index` is the
second one's index, `move` takes the employees from the first to the second, and `web` is the page.
"""

import os
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from helpers.directory.model import (
    Changed,
    Directory,
    DirectoryError,
    Employee,
    InvalidEmployee,
    NotFound,
    Page,
    Unanswered,
    now,
)

BACKENDS = ("sql", "dynamodb")
IN_MEMORY = "sqlite://"

__all__ = [
    "Changed",
    "Directory",
    "DirectoryError",
    "Employee",
    "InvalidEmployee",
    "NotFound",
    "Page",
    "Unanswered",
    "open_directory",
]


def open_directory(
    backend: str | None = None,
    *,
    url: str | None = None,
    clock: Callable[[], datetime] = now,
    new_id: Callable[[], str] = lambda: str(uuid4()),
    create: bool = True,
) -> Directory:
    """The employee directory on one of its backends.

    Args:
        backend: "sql" or "dynamodb". None takes DIRECTORY_BACKEND, else "sql".
        url: for "sql", the database: sqlite:///people.db or mysql://user:password@127.0.0.1/directory. None
            takes DATABASE_URL, else a SQLite database in memory, which is gone with this process.
        clock: gives the time of creation.
        new_id: gives the ids of new employees in DynamoDB; a SQL database numbers them itself.
        create: make the tables if they are not there.

    Raises:
        CourseError: there is no such backend, or it cannot be reached.
    """
    backend = backend or os.environ.get("DIRECTORY_BACKEND") or "sql"
    if backend not in BACKENDS:
        raise DirectoryError(f"There is no backend {backend!r}: choose 'sql' or 'dynamodb'.")
    if backend == "sql":
        from helpers.directory.sql_store import SqlStore  # SQLAlchemy: only for those who use it

        directory = SqlStore(url or os.environ.get("DATABASE_URL") or IN_MEMORY, clock=clock)
        if create:
            directory.create_tables()
        return directory

    from helpers.backends import connect
    from helpers.directory.dynamodb_store import DynamoDBStore, hasty

    directory = DynamoDBStore(hasty(connect()), clock=clock, new_id=new_id)
    if create:
        directory.create_table()
    return directory
