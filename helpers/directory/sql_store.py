"""The directory in a SQL database, through SQLAlchemy Core: SQLite, MariaDB or MySQL, by URL.

The tables are those of data/sql/schema.sql. What differs between the databases stands here, beside its reason.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from helpers.directory import model
from helpers.directory.model import DirectoryError, Employee, Page
from helpers.errors import OffMachineError

BATCH = 100  # employees that `all` reads at a time
FOREIGN = "utf8mb4_unicode_520_ci"
"""MariaDB and MySQL both have it: sorts and compares names of all scripts without case and accents."""

Result = TypeVar("Result")


# -- the tables -----------------------------------------------------------------------------------------------


class Moment(sa.TypeDecorator):
    """A time in UTC in whole seconds: ISO text in SQLite, whose STRICT tables have no date type, else DATETIME."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.DateTime())

    def process_bind_param(self, value: datetime, dialect: sa.Dialect) -> str | datetime:
        # DATETIME keeps no time zone: what goes in is UTC.
        return model.to_iso(value) if dialect.name == "sqlite" else value.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime:
        return (datetime.fromisoformat(value) if dialect.name == "sqlite" else value).replace(tzinfo=UTC)


def _text(length: int, collation: str, sqlite_collation: str | None = None) -> sa.types.TypeEngine:
    """VARCHAR(length); TEXT in SQLite, where STRICT tables know no other, and a CHECK limits the length."""
    return mysql.VARCHAR(length, collation=collation).with_variant(
        sa.Text(collation=sqlite_collation), "sqlite"
    )


def _filled(column: str, length: int) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(f"length({column}) BETWEEN 1 AND {length}").ddl_if(dialect="sqlite"),
        sa.CheckConstraint(f"{column} <> ''").ddl_if(dialect=("mysql", "mariadb")),
    ]


# SQLite's AUTOINCREMENT: without it the id of a removed employee may be given to another person.
_OPTIONS = {
    "sqlite_strict": True,
    "sqlite_autoincrement": True,
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
}
_METADATA = sa.MetaData()


def _names(table: str, length: int) -> sa.Table:
    """A table of unique names. Binary collation: to Unicode's rules "Montreal" and "Montréal" are one name."""
    return sa.Table(
        table,
        _METADATA,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", _text(length, "utf8mb4_bin"), nullable=False, unique=True),
        *_filled("name", length),
        **_OPTIONS,
    )


OFFICE = _names("office", model.LIMITS["location"])
BADGE = _names("badge", model.LIMITS["badges"])
EMPLOYEE = sa.Table(
    "employee",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("full_name", _text(model.LIMITS["full_name"], FOREIGN, "NOCASE"), nullable=False),
    sa.Column("office_id", sa.ForeignKey("office.id")),
    sa.Column("job_title", _text(model.LIMITS["job_title"], FOREIGN), nullable=False),
    sa.Column("photo_key", _text(model.LIMITS["photo_key"], "utf8mb4_bin")),
    sa.Column("created", Moment, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    *_filled("full_name", model.LIMITS["full_name"]),
    *_filled("job_title", model.LIMITS["job_title"]),
    sa.CheckConstraint("created IS strftime('%Y-%m-%dT%H:%M:%SZ', created, '+0 days')").ddl_if(
        dialect="sqlite"
    ),
    sa.CheckConstraint("version >= 1"),
    sa.Index("employee_by_name", "full_name", "id"),
    **_OPTIONS,
)
EMPLOYEE_BADGE = sa.Table(
    "employee_badge",
    _METADATA,
    sa.Column("employee_id", sa.ForeignKey("employee.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("badge_id", sa.ForeignKey("badge.id"), primary_key=True),
    **_OPTIONS | {"sqlite_autoincrement": False},
)

_EMPLOYEES = sa.select(EMPLOYEE, OFFICE.c.name.label("location")).outerjoin_from(EMPLOYEE, OFFICE)
_BADGES = sa.select(EMPLOYEE_BADGE.c.employee_id, BADGE.c.name).join_from(EMPLOYEE_BADGE, BADGE)


# -- the store ------------------------------------------------------------------------------------------------


class SqlStore:
    """The directory in SQLite, MariaDB or MySQL; several threads and processes may use it at once.

    Pages are in the order of names: MariaDB and MySQL sort them by Unicode's rules, SQLite by code point, capital
    A to Z as small ones. A page begins where the one before ended (a keyset, not an OFFSET), so each takes as
    long as the first, and nobody is shown twice because somebody before was removed. A search reads all
    names until the page is full, as no index helps to find text inside a name.

    What it does worse than DynamoDB: somebody runs the server, and a new kind of fact about an employee needs
    ALTER TABLE. An employee takes several rows in three tables, so every change is a transaction; in SQLite
    one at a time, others wait up to five seconds.

    Args:
        url: sqlite:///people.db, sqlite:// for one in memory, or mysql://user:password@host/database.
        clock: gives the time of creation.

    Raises:
        DirectoryError: the URL is not one of these. The database is first asked by the first method.
    """

    def __init__(self, url: str, clock: Callable[[], datetime] = model.now) -> None:
        self._clock = clock
        self.engine = _engine(url)
        options = {"course_writes": True}
        if self.engine.dialect.name != "sqlite":
            # So that a name which another transaction has just added is seen.
            options["isolation_level"] = "READ COMMITTED"
        self._writer = self.engine.execution_options(**options)

    def create_tables(self) -> None:
        """Make the four tables where they are missing."""
        self._write(_METADATA.create_all)

    def close(self) -> None:
        """Give back the connections; the next method that needs one opens it again."""
        self.engine.dispose()

    def page(self, after: str | None = None, size: int = 20, search: str = "") -> Page:
        """See `Directory.page`: in the order of names."""
        model.check_size(size)
        query = _EMPLOYEES.order_by(EMPLOYEE.c.full_name, EMPLOYEE.c.id).limit(size + 1)
        if after is not None:
            name, number = model.from_cursor(after, str, int)
            # Both databases can begin in the index with the first condition, and neither with an OR alone.
            query = query.where(
                EMPLOYEE.c.full_name >= name,
                sa.or_(EMPLOYEE.c.full_name > name, EMPLOYEE.c.id > number),
            )
        if search := model.sought(search):
            query = query.where(
                sa.or_(*(self._contains(c, search) for c in (EMPLOYEE.c.full_name, OFFICE.c.name)))
            )
        return self._page(query, size)

    def office(self, location: str, after: str | None = None, size: int = 20, begins: str = "") -> Page:
        """See `Directory.office`: it reads the office's people, and sorts them."""
        model.check_size(size)
        name, office = self._folded(EMPLOYEE.c.full_name), self._folded(OFFICE.c.name)
        query = _EMPLOYEES.where(office == self._folded(sa.literal(model.sought(location))))
        query = query.order_by(name, EMPLOYEE.c.id).limit(size + 1)
        if after is not None:
            text, number = model.from_cursor(after, str, int)
            last = self._folded(sa.literal(text))
            query = query.where(sa.or_(name > last, sa.and_(name == last, EMPLOYEE.c.id > number)))
        if begins := model.sought(begins):
            query = query.where(self._begins(EMPLOYEE.c.full_name, begins))
        return self._page(query, size)

    def all(self) -> Iterator[Employee]:
        """Every employee, by id: nobody is missed or doubled because a name changes meanwhile."""
        last = 0
        while found := self._read(partial(_employees, query=_after(last))):
            yield from found
            last = int(found[-1].id)

    def get(self, employee_id: str) -> Employee:
        """See `Directory.get`."""
        return self._read(partial(_one, employee_id=employee_id))

    def add(
        self,
        full_name: str,
        location: str,
        job_title: str,
        badges: Iterable[str] = (),
        photo_key: str | None = None,
    ) -> Employee:
        """See `Directory.add`: the database numbers employees 1, 2, 3 and so on, and no number is used twice."""
        values = model.checked(full_name, location, job_title, badges, photo_key)
        created = model.whole_second(self._clock())

        def work(connection: sa.Connection) -> Employee:
            row = {**_row(connection, values), "created": created, "version": 1}
            (number,) = connection.execute(sa.insert(EMPLOYEE).values(row)).inserted_primary_key
            _give_badges(connection, number, values["badges"])
            return Employee(str(number), **values, created=created)

        return self._write(work)

    def update(self, employee: Employee) -> Employee:
        """See `Directory.update`: the version is compared by the same statement that writes."""
        values = model.checked(
            employee.full_name, employee.location, employee.job_title, employee.badges, employee.photo_key
        )
        version = model.checked_version(employee.version)

        def work(connection: sa.Connection) -> Employee:
            number = _number(employee.id)
            row = {**_row(connection, values), "version": version + 1}
            as_read = (EMPLOYEE.c.id == number, EMPLOYEE.c.version == version)
            if not connection.execute(sa.update(EMPLOYEE).where(*as_read).values(row)).rowcount:
                _one(connection, employee.id)
                raise model.changed(employee.id)
            connection.execute(sa.delete(EMPLOYEE_BADGE).where(EMPLOYEE_BADGE.c.employee_id == number))
            _give_badges(connection, number, values["badges"])
            return _one(connection, employee.id)

        return self._write(work)

    def remove(self, employee_id: str, version: int | None = None) -> Employee:
        """See `Directory.remove`: the employee's badges go too (ON DELETE CASCADE), offices and badges stay."""
        model.checked_version(1 if version is None else version)

        def work(connection: sa.Connection) -> Employee:
            mine = EMPLOYEE.c.id == _number(employee_id)
            connection.execute(sa.select(EMPLOYEE.c.id).where(mine).with_for_update())  # locks the row
            removed = _one(connection, employee_id)
            if version not in (None, removed.version):
                raise model.changed(employee_id)
            connection.execute(sa.delete(EMPLOYEE).where(mine))
            return removed

        return self._write(work)

    def count(self) -> int:
        """See `Directory.count`."""
        return self._read(
            lambda connection: connection.scalar(sa.select(sa.func.count()).select_from(EMPLOYEE))
        )

    def existing(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that an employee has."""
        query = sa.select(EMPLOYEE.c.id).where(EMPLOYEE.c.id.in_([_number(one) for one in ids]))
        return {str(number) for number in self._read(lambda connection: connection.scalars(query).all())}

    def state(self) -> tuple[int, int, int]:
        """Three figures of which each change of the directory changes one: number, highest id, sum of versions."""
        figures = sa.func.count(), sa.func.max(EMPLOYEE.c.id), sa.func.sum(EMPLOYEE.c.version)
        found = self._read(lambda connection: connection.execute(sa.select(*figures)).one())
        return tuple(int(figure or 0) for figure in found)

    def _page(self, query: sa.Select, size: int) -> Page:
        """The page of a query for one employee more than it holds."""
        found = self._read(partial(_employees, query=query))
        if len(found) <= size:
            return Page(found, None)
        last = found[size - 1]
        return Page(found[:size], model.to_cursor(last.full_name, int(last.id)))

    def _folded(self, text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        """A text as it is compared and sorted without case and accents."""
        return sa.func.fold(text) if self.engine.dialect.name == "sqlite" else text.collate(FOREIGN)

    def _begins(self, column: sa.Column, text: str) -> sa.ColumnElement[bool]:
        if self.engine.dialect.name == "sqlite":
            return sa.func.instr(sa.func.fold(column), model.fold(text)) == 1
        return column.collate(FOREIGN).startswith(text, autoescape=True)

    def _contains(self, column: sa.Column, text: str) -> sa.ColumnElement[bool]:
        if self.engine.dialect.name == "sqlite":  # its own LIKE ignores the case of A to Z alone
            return sa.func.instr(sa.func.fold(column), model.fold(text)) > 0
        return column.collate(FOREIGN).contains(text, autoescape=True)

    def _read(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Run queries in one transaction: they see one state, also when others write meanwhile."""
        with _told(), self.engine.begin() as connection:
            return work(connection)

    def _write(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Run changes in one transaction: all or nothing. InnoDB asks to repeat what met a deadlock."""
        with _told():
            for last_try in (False, False, True):
                try:
                    with self._writer.begin() as connection:
                        return work(connection)
                except OperationalError as error:
                    if last_try or error.orig.args[0] != 1213:
                        raise


# -- rows -----------------------------------------------------------------------------------------------------


def _number(employee_id: str) -> int:
    """The id in the database; 0, which no employee has, for a text that is no id.

    Raises:
        NotFound: it is no text.
    """
    if not isinstance(employee_id, str):
        raise model.not_found(employee_id)
    return int(employee_id) if re.fullmatch("[1-9][0-9]{0,17}", employee_id) else 0


def _after(number: int) -> sa.Select:
    return _EMPLOYEES.where(EMPLOYEE.c.id > number).order_by(EMPLOYEE.c.id).limit(BATCH)


def _one(connection: sa.Connection, employee_id: str) -> Employee:
    found = _employees(connection, _EMPLOYEES.where(EMPLOYEE.c.id == _number(employee_id)))
    if not found:
        raise model.not_found(employee_id)
    return found[0]


def _employees(connection: sa.Connection, query: sa.Select) -> list[Employee]:
    """The employees of a query in its order, with their badges: two queries, however many they are."""
    rows = connection.execute(query).all()
    badges: dict[int, set[str]] = {row.id: set() for row in rows}
    for number, name in connection.execute(_BADGES.where(EMPLOYEE_BADGE.c.employee_id.in_(badges))):
        badges[number].add(name)
    return [
        Employee(
            str(row.id),
            row.full_name,
            row.location or "",
            row.job_title,
            frozenset(badges[row.id]),
            row.photo_key,
            created=row.created,
            version=row.version,
        )
        for row in rows
    ]


def _row(connection: sa.Connection, values: dict[str, Any]) -> dict[str, Any]:
    """The values as columns of the table employee."""
    location = values["location"]
    return {
        "full_name": values["full_name"],
        "office_id": _id_of(connection, OFFICE, location) if location else None,
        "job_title": values["job_title"],
        "photo_key": values["photo_key"],
    }


def _give_badges(connection: sa.Connection, number: int, names: Iterable[str]) -> None:
    # In one order everywhere: two transactions that wait for each other's badges would be a deadlock.
    rows = [{"employee_id": number, "badge_id": _id_of(connection, BADGE, name)} for name in sorted(names)]
    if rows:
        connection.execute(sa.insert(EMPLOYEE_BADGE), rows)


def _id_of(connection: sa.Connection, table: sa.Table, name: str) -> int:
    """The id of a name, which is added if it is new."""
    find = sa.select(table.c.id).where(table.c.name == name)
    number = connection.scalar(find)
    if number is None:
        try:
            return connection.execute(sa.insert(table).values(name=name)).inserted_primary_key[0]
        except IntegrityError:  # somebody else added it in between; here that undoes the statement alone
            number = connection.scalar(find)
    return number


# -- the connection -------------------------------------------------------------------------------------------


def _engine(url: str) -> sa.Engine:
    try:
        address = sa.make_url(url)
        kind = address.get_backend_name()
        if kind == "sqlite":
            return _sqlite(address)
        if kind in ("mysql", "mariadb"):
            return sa.create_engine(
                address.set(drivername=f"{kind}+pymysql").update_query_dict({"charset": "utf8mb4"}),
                pool_pre_ping=True,  # a connection that the server closed in the meantime is renewed
                connect_args={"connect_timeout": 5, "read_timeout": 30, "write_timeout": 30},
            )
    except (SQLAlchemyError, ValueError):
        pass
    # Not repeated here: it may hold a password.
    raise DirectoryError(
        "This is not the URL of a database that the directory knows: write sqlite:///people.db "
        "or mysql://user:password@127.0.0.1/directory."
    )


def _sqlite(address: sa.URL) -> sa.Engine:
    options: dict[str, Any] = {}
    if "timeout" not in address.query:  # sqlite3's own 5 seconds are short for several writers on a slow disk
        options["connect_args"] = {"timeout": 30}
    if address.database in (None, "", ":memory:"):
        # The database is the connection: there is one, lent to one thread at a time.
        options = {"poolclass": sa.QueuePool, "pool_size": 1, "max_overflow": 0}
        options["connect_args"] = {"check_same_thread": False}
    engine = sa.create_engine(address, **options)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Of every new connection. The journal stays SQLite's own and not WAL: WAL fails on network drives, where
    students' folders often are, and lets readers in beside a writer for longer than these transactions last."""
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, see `_begin_sqlite`
    connection.execute("PRAGMA foreign_keys = ON")
    connection.create_function("fold", 1, lambda text: text and model.fold(text), deterministic=True)


def _begin_sqlite(connection: sa.Connection) -> None:
    # One that reads first and writes later could not wait for another writer, and would fail at once.
    writes = connection.get_execution_options().get("course_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told() -> Iterator[None]:
    """Tell the database's errors, and the driver's, in one sentence."""
    try:
        yield
    except (SQLAlchemyError, OffMachineError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = " ".join(str(cause.args[-1] if cause.args else cause).split()).rstrip(".")
        raise DirectoryError(
            f"The SQL database cannot answer ({reason}): "
            "see that it runs, that its tables are there, and that you may use them."
        ) from None
