"""The directory's contract: what every store does, tested on SQLite, MariaDB, offline DynamoDB and dynalite."""

import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
import sqlalchemy as sa
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from lost_answers import lost_answers
from services import mariadb, new_database
from together import together

from helpers import backends, connect, load, local_tables, meter
from helpers.datasets import DATA, load_into, table_input
from helpers.directory import (
    Changed,
    DirectoryError,
    Employee,
    InvalidEmployee,
    NotFound,
    Unanswered,
    dynamodb_store,
    model,
    office_index,
    open_directory,
    sql_store,
)
from helpers.directory.dynamodb_store import DynamoDBStore, to_item
from helpers.directory.sql_store import SqlStore
from helpers.errors import CourseError
from helpers.faults import faults

STORES = ["sqlite", "mariadb", "offline", "local"]
BORN = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
HOSTILE = [
    "'; DROP TABLE employee; --",
    '"); DELETE FROM employee; --',
    "<script>alert('x')</script>",
    "{{ 7 * 7 }} ${x} %s %(x)s :name #name ?",
    "100 % _ \\ / wild*cards",
    "\u202eturned around\u202c",
    "مها النجّار",
    "👩‍🔬 Zoë 🏳️‍🌈",
    "𝔊𝔬𝔱𝔥𝔦𝔠 𠜎",
    "NULL",
    "0",
    "x" * 200,
]

REFUSED = [
    ("full_name", "", "is missing"),
    ("full_name", " \t\u200b\u3000", "is missing"),
    ("full_name", "\u3164", "is missing"),  # a filler of Hangul: to Unicode a letter, to the eye nothing
    ("full_name", "\u115f\u1160 \uffa0", "is missing"),
    ("full_name", "\u2800\u2800", "is missing"),  # the empty pattern of Braille
    ("full_name", "\u034f\ufe0f\U000e0100\u2066", "is missing"),
    ("job_title", "\u3164", "is missing"),
    ("badges", ["ok", "\u2800"], "is missing"),
    ("full_name", "a\0b", "control character"),
    ("full_name", "a\nb", "control character"),
    ("full_name", "a\ud800b", "control character"),
    ("full_name", "x" * 10_240, "has 10,240 characters and may have 200"),
    ("full_name", 7, "is text, not int"),
    ("job_title", "", "is missing"),
    ("job_title", "x" * 101, "may have 100"),
    ("location", "x" * 101, "may have 100"),
    ("location", "a\u2028b", "control character"),
    ("photo_key", "x" * 256, "may have 255"),
    ("badges", ["ok", ""], "is missing"),
    ("badges", "mentor", "a list of texts"),
    ("badges", ["x" * 51], "may have 50"),
    ("badges", [f"b{i}" for i in range(51)], "at most 50 badges"),
]


class Clock:
    """A clock that goes on by a second each time it is looked at."""

    def __init__(self, at: datetime = BORN) -> None:
        self.at = at - timedelta(seconds=1)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def make(request, tmp_path, tmp_path_factory, monkeypatch) -> Callable[[str], object]:
    """make("sqlite"): an empty store of this kind, its tables made."""

    def dynamodb(mode: str) -> DynamoDBStore:
        store = DynamoDBStore(connect(mode, fresh=True), clock=Clock())
        store.create_table()
        return store

    def make_one(name: str):
        if name == "offline":
            return dynamodb("offline")
        if name == "local":
            monkeypatch.setattr(
                local_tables, "ledger", lambda: tmp_path_factory.getbasetemp() / "tables.json"
            )
            monkeypatch.setenv(backends.ENDPOINT, request.getfixturevalue("dynalite_server"))
            return dynamodb("local")
        if name == "sqlite":
            url = f"sqlite:///{tmp_path / 'people.db'}"
        else:
            url = new_database(request.getfixturevalue("mariadb_server"))
        store = SqlStore(url, clock=Clock())
        store.create_tables()
        request.addfinalizer(store.close)
        return store

    return make_one


@pytest.fixture(params=STORES)
def store(request, make):
    return make(request.param)


def add(store, full_name: str = "Ada Byron", location: str = "Lisbon", **more) -> Employee:
    return store.add(full_name, location, more.pop("job_title", "Analyst"), **more)


def names(employees) -> list[str]:
    return sorted(employee.full_name for employee in employees)


def pages(store, ask: str = "page", **options) -> list[list[Employee]]:
    """All pages of everybody, or of an office, one after the other."""
    method = getattr(store, ask)
    found = [method(**options)]
    while found[-1].next is not None:
        assert len(found) < 100, "this never ends"
        found.append(method(after=found[-1].next, **options))
    return [page.employees for page in found]


def fill(store, number: int) -> None:
    """Many employees at once, past the store's own methods."""
    people = [
        Employee(str(i), f"Name {i * 7919 % number:05}", "Lisbon", "x" * 80, created=BORN)
        for i in range(1, number + 1)
    ]
    if isinstance(store, DynamoDBStore):
        return put_all(store, map(to_item, people))
    with store.engine.begin() as connection:
        connection.execute(sa.insert(sql_store.OFFICE).values(id=1, name="Lisbon"))
        rows = [
            {
                "id": int(p.id),
                "full_name": p.full_name,
                "office_id": 1,
                "job_title": p.job_title,
                "created": BORN,
            }
            for p in people
        ]
        connection.execute(sa.insert(sql_store.EMPLOYEE), rows)


def traced(work: Callable[[], object]) -> tuple[object, int]:
    """What `work()` returns, and how many bytes more Python held in the meantime, at most."""
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def put_all(store: DynamoDBStore, items) -> None:
    """Whole items, 25 a request, in place of those with the same id."""
    puts = [{"PutRequest": {"Item": item}} for item in items]
    for start in range(0, len(puts), 25):
        answer = store._client.batch_write_item(RequestItems={store.table_name: puts[start : start + 25]})
        assert not answer.get("UnprocessedItems")


class TestContract:
    """The same for every store."""

    def test_an_employee_comes_back_as_it_went_in(self, store):
        badges = {"mentor", "first-aid", "Mentor"}
        new = add(
            store, "Wanjirũ Kamau", "Nairobi", job_title="Lead", badges=badges, photo_key="photos/1.jpg"
        )
        assert new == Employee(
            new.id, "Wanjirũ Kamau", "Nairobi", "Lead", frozenset(badges), "photos/1.jpg", created=BORN
        )
        assert new.version == 1
        assert store.get(new.id) == new
        assert list(store.all()) == [new]
        assert store.page().employees == [new]

    def test_what_is_empty_comes_back_empty(self, store):
        new = add(store, location="", badges=[], photo_key="")
        assert store.get(new.id) == Employee(new.id, "Ada Byron", "", "Analyst", created=BORN)

    def test_two_employees_may_be_alike_and_ids_are_not_used_twice(self, store):
        first, second = add(store), add(store)
        store.remove(second.id)
        assert len({first.id, second.id, add(store).id}) == 3
        assert store.count() == 2

    def test_time_is_kept_in_utc_and_whole_seconds(self, store):
        store._clock = lambda: datetime(2026, 1, 1, 1, 30, 0, 999999, tzinfo=timezone(timedelta(hours=2)))
        new = add(store)
        assert new.created == datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
        assert store.get(new.id).created.isoformat() == "2025-12-31T23:30:00+00:00"

    def test_update_changes_all_but_id_and_time(self, store):
        old, other = add(store, badges=["mentor", "speaker"], photo_key="a.jpg"), add(store, "Bo")
        wanted = replace(
            old,
            full_name="Grace",
            location="Kyoto",
            job_title="Admiral",
            badges=frozenset({"speaker", "pilot"}),
        )
        new = store.update(replace(wanted, created=datetime(1999, 1, 1, tzinfo=UTC)))
        assert new == store.get(old.id) == replace(wanted, version=2)
        assert store.get(other.id) == other

    def test_update_takes_away(self, store):
        old = add(store, badges=["mentor"], photo_key="a.jpg")
        bare = replace(old, location="", badges=frozenset(), photo_key=None)
        assert store.update(bare) == store.get(old.id) == replace(bare, version=2)
        assert store.update(replace(old, version=2)) == replace(old, version=3)

    def test_an_update_of_nothing_is_a_version_too(self, store):
        assert store.update(add(store)).version == 2

    def test_the_second_of_two_editors_is_told(self, store):
        read = add(store)
        first = store.update(replace(read, job_title="Lead"))
        with pytest.raises(Changed, match="Somebody else changed"):
            store.update(replace(read, job_title="Boss", location="Somewhere new", badges=frozenset({"new"})))
        with pytest.raises(Changed):
            store.remove(read.id, version=read.version)
        assert store.get(read.id) == first
        assert store.remove(read.id, version=2) == first

    def test_who_does_not_exist_is_told(self, store):
        gone = store.remove(add(store).id)
        stays = add(store, "Bo")
        for attempt in (
            lambda: store.get(gone.id),
            lambda: store.update(gone),
            lambda: store.remove(gone.id),
            lambda: store.remove(gone.id, version=1),
        ):
            with pytest.raises(NotFound, match="There is no employee"):
                attempt()
        assert list(store.all()) == [stays]

    def test_an_id_that_nobody_has_is_not_found(self, store, subtests):
        new = add(store)
        odd = [
            "",
            "0",
            "-1",
            "01",
            "1 OR 1=1",
            "1.0",
            "٣",
            "9" * 18,
            "9" * 30,
            "x" * 5000,
            "a\0b",
            "\ud800",
            "' OR ''='",
            1,
            None,
        ]
        for employee_id in odd:
            with subtests.test(ascii(employee_id)[:20]):
                with pytest.raises(NotFound):
                    store.get(employee_id)
                with pytest.raises(NotFound):
                    store.update(replace(new, id=employee_id))
                with pytest.raises(NotFound):
                    store.remove(employee_id)
                assert store.count() == 1

    def test_remove_returns_who_was_removed(self, store):
        new = store.update(add(store, badges=["mentor"]))
        assert store.remove(new.id) == new
        assert (store.count(), list(store.all()), store.page().employees) == (0, [], [])

    def test_hostile_texts_are_texts(self, store):
        added = [add(store, text, text[:100], job_title=text[:100], badges=[text[:50]]) for text in HOSTILE]
        assert [store.get(one.id) for one in added] == added
        assert names(store.all()) == sorted(HOSTILE)
        for one in added:
            assert store.update(one) == replace(one, version=2)
            assert one.id in [found.id for found in store.page(size=100, search=one.full_name).employees]
        store.remove(added[0].id)
        assert store.count() == len(HOSTILE) - 1

    def test_what_no_store_takes_is_refused_before_anything_is_stored(self, store, subtests):
        stored = add(store)
        for field, value, reason in REFUSED:
            with subtests.test(f"{field} {ascii(value)[:20]}"):
                values = {"full_name": "Ada", "location": "Lisbon", "job_title": "Analyst", field: value}
                with pytest.raises(InvalidEmployee, match=reason) as refused:
                    store.add(**values)
                assert refused.value.field == field
                with pytest.raises(InvalidEmployee, match=reason):
                    store.update(replace(stored, **{field: value}))
                assert list(store.all()) == [stored]

    def test_a_version_that_no_store_can_have_is_refused(self, store):
        new = add(store)
        for version in (0, -1, 10**400, 2**31 - 1, "1", 1.0, None, True):
            with pytest.raises(
                DirectoryError, match="A version is a whole number from 1 to 2,147,483,646"
            ) as it:
                store.update(replace(new, version=version))
            assert len(str(it.value)) < 100
            if version is not None:
                with pytest.raises(DirectoryError, match="A version is a whole number"):
                    store.remove(new.id, version=version)
        with pytest.raises(Changed):
            store.update(replace(new, version=2**31 - 2))
        assert list(store.all()) == [new]

    def test_an_office_of_nothing_visible_is_none(self, store):
        assert add(store, location="\u3164\u2800 \u200b").location == ""

    def test_a_name_may_hold_what_is_not_seen(self, store):
        """Joiners make one sign of several, and a selector its colour; Persian needs the non-joiner."""
        for name in ("👩\u200d🔬", "❤\ufe0f", "می\u200cخواهم", "\u3164가"):
            assert store.get(add(store, name).id).full_name == name

    def test_texts_are_trimmed_and_composed(self, store):
        new = add(store, " Zoe\u0308 \n", " Montre\u0301al ", badges=[" mentor", "mentor "])
        assert (new.full_name, new.location, new.badges) == ("Zo\u00eb", "Montr\u00e9al", {"mentor"})
        assert store.get(new.id) == new

    def test_offices_and_badges_that_differ_by_an_accent_or_by_case_are_two(self, store):
        places = ["Montréal", "Montreal", "montreal", "🏠", "🏢"]
        added = [add(store, location=place, badges=[place]) for place in places]
        assert [store.get(one.id).location for one in added] == places
        assert [store.get(one.id).badges for one in added] == [{place} for place in places]

    @pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 1000])
    def test_pages_hold_everybody_once(self, store, size):
        people = [add(store, f"Name {i % 3}") for i in range(7)]
        found = pages(store, size=size)
        assert [len(page) for page in found] == [size] * (7 // size) + [7 % size] * (7 % size > 0)
        assert sorted((one for page in found for one in page), key=lambda one: one.created) == people

    def test_no_page_is_one_empty_page(self, store):
        assert pages(store) == [[]]
        assert pages(store, search="x") == [[]]

    def test_the_next_page_is_right_although_its_beginning_was_removed(self, store):
        for i in range(9):
            add(store, f"Name {i}")
        first = store.page(size=3)
        for one in first.employees:
            store.remove(one.id)
        rest = [
            one.id
            for page in (store.page(first.next, 3), store.page(first.next, 100))
            for one in page.employees
        ]
        assert len(rest) == 9 and not {one.id for one in first.employees}.intersection(rest)

    @pytest.mark.parametrize("size", [0, -1, 1001, "5", None])
    def test_a_page_of_a_senseless_size_is_refused(self, store, size):
        with pytest.raises(DirectoryError, match="1 to 1,000"):
            store.page(size=size)

    def test_a_made_up_place_is_not_found(self, store, subtests):
        odd = [
            "",
            "x",
            "é",
            "W10",
            "WyJcdWQ4MDAiLDFd",
            "WyJcdWQ4MDAiXQ",
            "WzFd",
            "W1tbW1tb" * 5000,
            "' OR 1=1 --",
        ]
        for after in odd:
            with subtests.test(after[:20]), pytest.raises(NotFound, match="begin again at the first"):
                store.page(after)

    def test_search_finds_by_name_or_office_without_case_and_accents(self, store):
        add(store, "Élodie Gagné", "Montreal")
        add(store, "Łukasz Żółtowski", "Łódź")
        add(store, "ΣΤΑΎΡΟΣ", "Athens")
        add(store, "李思远", "Kyoto")
        add(store, "Nobody", "", job_title="Montreal", badges=["Kyoto"])
        for search, wanted in {
            "elodie": ["Élodie Gagné"],
            "ÉLODIE": ["Élodie Gagné"],
            " gagne\u0301 ": ["Élodie Gagné"],
            "MONTREAL": ["Élodie Gagné"],
            "łUKASZ": ["Łukasz Żółtowski"],
            "łódź": ["Łukasz Żółtowski"],
            "σταύρος": ["ΣΤΑΎΡΟΣ"],
            "思": ["李思远"],
            "kyo": ["李思远"],
            "o": ["Nobody", "Élodie Gagné", "Łukasz Żółtowski", "李思远"],
            "%": [],
            "_": [],
            "\\": [],
            "zzz": [],
            "": names(store.all()),
        }.items():
            assert names(store.page(search=search).employees) == sorted(wanted), search

    def test_a_strange_search_finds_nobody(self, store):
        add(store)
        for search in ["\0", "\ud800", "x" * 100_000, "' OR 1=1 --", "😀"]:
            assert store.page(search=search).employees == []

    def test_a_search_fills_its_pages(self, store):
        for i in range(12):
            add(store, f"Name {i}", "Kyoto" if i % 4 == 0 else "Lisbon")
        found = pages(store, size=2, search="kyoto")
        assert [len(page) for page in found] == [2, 1]
        assert names(one for page in found for one in page) == ["Name 0", "Name 4", "Name 8"]

    @pytest.mark.parametrize("size", [1, 3, 8, 9, 1000])
    def test_an_office_is_listed_in_the_order_of_names(self, store, size):
        wanted = ["ada", "Ada Byron", "Bó Li", "Bob", "Ćiro", "cy", "Élan", "Zoë", "Ελένη"]
        for number, name in enumerate(reversed(wanted)):
            add(store, name, ("Lisbon", "LISBON", "Lísbon")[number % 3])
        for other in ("Lisbon-East", "North Lisbon", "Lisbo", "Kyoto", ""):
            add(store, "Bo", other)
        for asked in ("Lisbon", " lisbon ", "LI\u0301SBON"):
            found = pages(store, location=asked, size=size, ask="office")
            assert [one.full_name for page in found for one in page] == wanted
            assert [len(page) for page in found] == [size] * (9 // size) + [9 % size] * (9 % size > 0)

    def test_an_office_is_listed_whole(self, store):
        people = [add(store, f"Name {i}", badges=["mentor"], photo_key="a.jpg") for i in range(3)]
        assert store.office("lisbon").employees == people

    def test_people_of_one_name_are_listed_once_each(self, store):
        ids = {add(store, name).id for name in ("Ana Sol", "ANA SOL", "Aná Sol") for _ in range(3)}
        found = [one.id for page in pages(store, location="Lisbon", size=2, ask="office") for one in page]
        assert len(found) == 9 and set(found) == ids

    def test_an_office_is_searched_by_how_names_begin(self, store):
        for name in ("Élodie", "elodie Two", "Eloi", "Noel", "50 % Off", "50 _"):
            add(store, name)
        add(store, "Élodie", "Kyoto")
        for begins, wanted in {
            "ELO": ["Élodie", "elodie Two", "Eloi"],
            " élod": ["Élodie", "elodie Two"],
            "50 %": ["50 % Off"],
            "_": [],
            "%": [],
            "oel": [],
            "x" * 5000: [],
            "e\0": [],
            "\ud800": [],
        }.items():
            found = pages(store, location="Lisbon", size=1, begins=begins, ask="office")
            assert [one.full_name for page in found for one in page] == wanted, begins

    def test_a_strange_office_has_nobody(self, store):
        add(store)
        add(store, location="")
        for location in ["", " ", "\0", "\ud800", "x" * 100_000, "' OR 1=1 --", "😀", "%", "Lisbo", "\u3164"]:
            assert store.office(location).employees == [], ascii(location)

    def test_an_office_has_who_works_there_now(self, store):
        moved, renamed, gone, without = (add(store, name) for name in ("A", "B", "C", "D"))
        add(store, "E")
        store.update(replace(moved, location="Kyoto"))
        store.update(replace(renamed, full_name="Z"))
        store.update(replace(without, location=""))
        store.remove(gone.id)
        assert [one.full_name for one in store.office("Lisbon").employees] == ["E", "Z"]
        assert [one.full_name for one in store.office("Kyoto").employees] == ["A"]

    def test_texts_that_grow_when_they_are_folded_are_found(self, store):
        """One letter may become eighteen: longer than a key of DynamoDB may be."""
        for text in ("\ufdfa" * 100, "ﬃ" * 100, "\u0301"):
            for number in (1, 2):
                add(store, f"{text}{number}", text)
        for text in ("\ufdfa" * 100, "ﬃ" * 100):
            found = pages(store, location=text, size=1, ask="office")
            assert names(one for page in found for one in page) == [f"{text}1", f"{text}2"]
        assert store.count() == 6

    def test_a_made_up_place_in_an_office_is_not_found(self, store, subtests):
        for name in ("Ada", "Bo", "Cy"):
            add(store, name)
        odd = ["", "x", "W10", "WyIiLCIiXQ", model.to_cursor("x" * 5000, "1"), model.to_cursor("x", "")]
        odd += [model.to_cursor("ada", ""), model.to_cursor(1, 2)]
        for after in odd:
            with subtests.test(after[:20]), pytest.raises(NotFound, match="begin again at the first"):
                store.office("Lisbon", after)
        with pytest.raises(DirectoryError, match="1 to 1,000"):
            store.office("Lisbon", size=0)

    def test_ten_thousand_employees_are_paged_in_the_memory_of_a_page(self, store):
        fill(store, 10_000)
        ids, at, most = set(), None, 5_000_000
        for number in range(20):
            ask = partial(store.page, at, size=500)
            page, peak = traced(ask) if number in (1, 19) else (ask(), 0)  # tracing takes five times as long
            assert peak < most, f"{peak:,} bytes"
            ids.update(int(one.id) for one in page.employees)
            at = page.next
            if number == 0:  # what an engine keeps in memory for good is there now
                kept = sys.getallocatedblocks()
        assert ids == set(range(1, 10_001)) and at is None
        assert sys.getallocatedblocks() - kept < len(ids) + 10_000, "a page has some 10,000 objects"
        found, peak = traced(lambda: store.page(size=20, search="name 09999"))
        assert peak < most, f"{peak:,} bytes"
        first, peak = traced(lambda: store.office("Lisbon"))
        assert peak < 12_000_000, f"{peak:,} bytes"
        assert names(found.employees) == ["Name 09999"] and found.next is None
        assert names(first.employees) == [f"Name {i:05}" for i in range(20)] and first.next
        assert sum(1 for _ in store.all()) == store.count() == 10_000

    def test_no_edit_is_lost_between_threads(self, store):
        count_together(store, add(store, job_title="0"))

    def test_names_that_are_new_to_all_threads_at_once(self, store):
        def work(number: int) -> None:
            for i in range(5):
                add(store, f"{number}.{i}", f"Office {i}", badges=["one", "two", f"badge {i}"])

        together(work, 4)
        assert store.count() == 20
        assert {one.location for one in store.all()} == {f"Office {i}" for i in range(5)}

    def test_a_missing_table_is_an_error_and_no_empty_directory(self, store):
        new = add(store)
        if isinstance(store, SqlStore):
            with store.engine.begin() as connection:
                sql_store._METADATA.drop_all(connection)
        else:
            store._client.delete_table(TableName="Employees")
            store._client.get_waiter("table_not_exists").wait(TableName="Employees")
        every_method_fails(store, new)
        store.create_tables() if isinstance(store, SqlStore) else store.create_table()
        assert store.count() == 0

    def test_making_the_tables_again_keeps_what_they_hold(self, store):
        new = add(store)
        store.create_tables() if isinstance(store, SqlStore) else store.create_table()
        assert list(store.all()) == [new]


def every_method_fails(store, employee: Employee) -> None:
    """No method may pass an error off as an answer."""
    for attempt in (
        store.page,
        lambda: store.page(search="x"),
        lambda: store.office("Lisbon"),
        lambda: list(store.all()),
        lambda: store.get(employee.id),
        lambda: add(store),
        lambda: store.update(employee),
        lambda: store.remove(employee.id),
        store.count,
    ):
        with pytest.raises(DirectoryError) as error:
            attempt()
        assert type(error.value) is DirectoryError
        assert re.fullmatch(r"[A-Z][^\n]+[^.]\.", str(error.value))


def count_to(store, employee_id: str, times: int, after_reading: Callable = lambda: None) -> int:
    """Add 1 to the number in the job title, so many times; returns how often somebody was quicker."""
    told = 0
    while times:
        read = store.get(employee_id)
        after_reading()
        try:
            store.update(
                replace(read, job_title=str(int(read.job_title) + 1), badges=frozenset({read.job_title}))
            )
            times -= 1
        except Changed:
            told += 1
    return told


def count_together(store, employee: Employee) -> None:
    told, all_have_read = [], threading.Barrier(4)

    def work(_: int) -> None:
        first = iter([all_have_read.wait])
        told.append(count_to(store, employee.id, 15, lambda: next(first, lambda: None)()))

    together(work, 4)
    after = store.get(employee.id)
    assert (after.job_title, after.badges, after.version) == ("60", {"59"}, 61)
    assert sum(told) >= 3, "of four who read the same, three are told"


@pytest.mark.parametrize("name", ["sqlite", "mariadb", "local"])
def test_no_edit_is_lost_between_processes(name, make):
    store = make(name)
    new = add(store, job_title="0")
    env = dict(os.environ)
    code = "import sys; from test_directory import count_to; from helpers.directory import open_directory\n"
    if name == "local":
        env.update(COURSE_MODE="local", DIRECTORY_BACKEND="dynamodb")
    else:
        env.update(
            DATABASE_URL=store.engine.url.render_as_string(hide_password=False), DIRECTORY_BACKEND="sql"
        )
    code += "count_to(open_directory(create=False), sys.argv[1], 25)"
    command = [sys.executable, "-c", code, new.id]
    children = [subprocess.Popen(command, cwd=Path(__file__).parent, env=env) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    assert (store.get(new.id).job_title, store.get(new.id).version) == ("50", 51)


# -- what is one store's own ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sqlite", "mariadb"])
def test_sql_pages_are_in_the_order_of_names(name, make):
    store = make(name)
    for full_name in ["bo", "Ćiro", "Ada", "cy", "Bo", "ada", "Zoë"]:
        add(store, full_name)
    found = [one.full_name for page in pages(store, size=2) for one in page]
    assert [text.lower() for text in found] == (
        ["ada", "ada", "bo", "bo", "cy", "zoë", "ćiro"]
        if name == "sqlite"
        else ["ada", "ada", "bo", "bo", "ćiro", "cy", "zoë"]
    )


@pytest.mark.parametrize("name", ["sqlite", "mariadb"])
def test_a_later_page_reads_no_more_than_the_first(name, make):
    store = make(name)
    fill(store, 3000)
    queries = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *call: queries.append((call[2], call[3])))
    page = store.page(model.to_cursor("Name 02900", 1), size=20)
    assert len(page.employees) == 20
    statement, values = next(query for query in queries if "office" in query[0])
    with store.engine.begin() as connection:
        plan = connection.exec_driver_sql(
            ("EXPLAIN QUERY PLAN " if name == "sqlite" else "EXPLAIN ") + statement, values
        )
        row = plan.mappings().first()
    if name == "sqlite":
        assert "SEARCH employee USING INDEX employee_by_name (full_name>?)" in row["detail"]
    else:
        assert (row["type"], row["key"]) == ("range", "employee_by_name") and int(row["rows"]) < 200


def test_the_schema_of_the_lesson_is_the_schema_of_the_store(tmp_path):
    lesson, app = tmp_path / "lesson.db", tmp_path / "app.db"
    with sqlite3.connect(lesson) as connection:
        connection.executescript((DATA / "sql" / "schema.sql").read_text(encoding="utf-8"))
    connection.close()
    store = SqlStore(f"sqlite:///{app}")
    store.create_tables()
    store.close()
    assert described(lesson) == described(app)
    on_lessons = open_directory("sql", url=f"sqlite:///{lesson}")
    assert on_lessons.get(add(on_lessons, badges=["mentor"]).id).badges == {"mentor"}
    on_lessons.close()


def described(path: Path) -> dict:
    """Columns, keys, indexes and checks of a SQLite database."""
    connection = sqlite3.connect(path)
    tables = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    found = {}
    for table, sql in tables.fetchall():
        found[table] = {
            "columns": sorted(
                (name, kind, notnull or pk > 0, (default or "").strip("'"), pk)
                for _, name, kind, notnull, default, pk in connection.execute(f"PRAGMA table_info({table})")
            ),
            "foreign": sorted(row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({table})")),
            "unique": sorted(
                (unique, origin, [row[2] for row in connection.execute(f"PRAGMA index_info({index})")])
                for _, index, unique, origin, _ in connection.execute(f"PRAGMA index_list({table})")
            ),
            "checks": sorted(re.findall(r"CHECK \((.+)\)(?:,|$)", sql, re.M)),
            "words": [word in sql for word in ("AUTOINCREMENT", "STRICT", "NOCASE")],
        }
    connection.close()
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO employee (full_name, job_title, created, nickname) VALUES ('A', 'B', '2026-01-01T00:00:00Z', 'x')",
        "INSERT INTO employee (full_name, job_title, created, version) VALUES ('A', 'B', '2026-01-01T00:00:00Z', 'one')",
        "INSERT INTO employee (full_name, created) VALUES ('A', '2026-01-01T00:00:00Z')",
        "INSERT INTO employee (full_name, job_title, created) VALUES ('', 'B', '2026-01-01T00:00:00Z')",
        "INSERT INTO employee (full_name, job_title, created) VALUES ('A', 'B', 'yesterday')",
        "INSERT INTO employee (full_name, job_title, created) VALUES ('A', 'B', '2026-02-30T00:00:00Z')",
        "INSERT INTO employee (full_name, job_title, created, office_id) VALUES ('A', 'B', '2026-01-01T00:00:00Z', 9)",
        "INSERT INTO office (name) VALUES ('Lisbon'), ('Lisbon')",
        "INSERT INTO employee_badge VALUES (1, 1)",
        "DELETE FROM badge",
    ],
)
def test_sqlite_refuses_what_the_schema_rules_out(statement):
    store = open_directory("sql")
    add(store, badges=["mentor"])
    with pytest.raises(sa.exc.DBAPIError), store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_sqlite_in_memory_is_one_database_for_all_threads():
    store = open_directory("sql")
    together(lambda i: add(store, f"Name {i}"), 4)
    assert names(store.all()) == ["Name 0", "Name 1", "Name 2", "Name 3"]


def test_a_locked_sqlite_is_an_error(tmp_path):
    path = tmp_path / "people.db"
    store = open_directory("sql", url=f"sqlite:///{path}?timeout=0.1")
    new = add(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    every_method_fails(store, new)
    other.execute("COMMIT")
    other.close()
    assert list(store.all()) == [new]
    store.close()


def test_a_file_that_is_no_database_is_an_error(tmp_path):
    (tmp_path / "people.db").write_text("name,office\n" * 1000, encoding="utf-8")
    with pytest.raises(DirectoryError, match="file is not a database"):
        open_directory("sql", url=f"sqlite:///{tmp_path / 'people.db'}")


def test_a_dead_mariadb_is_an_error():
    store = SqlStore("mysql://root:secret@127.0.0.1:9/directory")
    every_method_fails(store, Employee("1", "Ada", "", "x", created=BORN))
    with pytest.raises(DirectoryError, match="Can't connect") as error:
        store.count()
    assert "secret" not in str(error.value)


def test_a_mariadb_that_was_restarted_is_used_again(tmp_path):
    with mariadb(tmp_path) as url:
        store = open_directory("sql", url=new_database(url))
        new = add(store)
        with store.engine.connect() as connection:
            mine = connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar()
        other = sa.create_engine(store.engine.url)
        with other.connect() as connection:
            connection.exec_driver_sql(f"KILL {mine}")
        other.dispose()
        assert store.get(new.id) == new
    every_method_fails(store, new)


def test_an_office_that_another_transaction_adds_at_the_same_time_is_the_same_office(make):
    store = make("mariadb")
    with store.engine.connect() as other:
        other.execute(sa.insert(sql_store.OFFICE).values(name="Kyoto"))
        thread = threading.Thread(target=add, args=(store, "Ada", "Kyoto"))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it should wait for the other one's office"
        other.commit()
        thread.join()
    assert [one.location for one in store.all()] == ["Kyoto"]


def test_a_change_that_met_a_deadlock_is_made_again(make):
    store = make("mariadb")
    new = add(store)
    with store.engine.connect() as other:
        # More rows than the store's own transaction has: InnoDB gives up the smaller one.
        other.execute(sa.insert(sql_store.BADGE), [{"name": f"badge {i}"} for i in range(50)])
        changed = replace(new, badges=frozenset({"badge 7"}))
        thread = threading.Thread(target=store.update, args=(changed,))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it should wait for the other one's badge"
        other.execute(sa.select(sql_store.EMPLOYEE).with_for_update())
        other.commit()
        thread.join()
    assert store.get(new.id) == replace(changed, version=2)


def test_a_database_elsewhere_is_not_contacted():
    with pytest.raises(DirectoryError, match="only this machine can be reached"):
        SqlStore("mysql://root@192.0.2.1/directory").count()


@pytest.mark.parametrize("url", ["people.db", "postgresql://u:secret@h/d", "mysql+oursql://h/d", ""])
def test_a_wrong_url_is_one_sentence_without_its_password(url):
    with pytest.raises(DirectoryError) as error:
        SqlStore(url).count()
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("operation", ["scan", "query", "get_item", "put_item", "update_item", "delete_item"])
def test_a_refusal_of_the_service_is_an_error(operation, make):
    store = make("offline")
    new = add(store)
    methods = {
        "scan": [store.page, store.count, lambda: list(store.all()), lambda: store.page(search="x")],
        "query": [lambda: store.office("Lisbon")],
        "get_item": [lambda: store.get(new.id)],
        "put_item": [lambda: add(store)],
        "update_item": [lambda: store.update(new)],
        "delete_item": [lambda: store.remove(new.id)],
    }
    read = store._client.get_item(TableName="Employees", Key={"employeeId": new.id})
    for method in methods[operation]:
        with Stubber(store._client) as stub:
            if operation == "delete_item":  # it reads first
                in_json = {"employeeId": {"S": new.id}, "created": {"S": read["Item"]["created"]}}
                stub.add_response("get_item", {"Item": in_json})
            stub.add_client_error(
                operation, "AccessDeniedException", "User: x is not authorized to perform it"
            )
            with pytest.raises(DirectoryError, match=r"AccessDeniedException: User: x .+, then try again\.$"):
                method()
    assert store.get(new.id) == new


@pytest.mark.parametrize("operation", ["put_item", "update_item", "delete_item"])
def test_a_write_that_failed_within_the_service_may_have_been_done(operation, make):
    store = make("offline")
    new = add(store)
    method = {
        "put_item": lambda: add(store),
        "update_item": lambda: store.update(new),
        "delete_item": lambda: store.remove(new.id),
    }[operation]
    with Stubber(store._client) as stub:
        if operation == "delete_item":
            stub.add_response("get_item", {"Item": {"employeeId": {"S": new.id}}})
        stub.add_client_error(operation, "InternalServerError", http_status_code=500)
        with pytest.raises(
            Unanswered, match="InternalServerError, so the change may have been made or not: look"
        ):
            method()


class TestLostAnswers:
    """DynamoDB did the write and its answer got lost: what boto3 sends again fails its own condition."""

    @pytest.fixture
    def store(self, make):
        return make("offline")

    def test_who_was_added_is_not_told_to_add_again(self, store):
        with lost_answers(store._client, "PutItem") as sent:
            new = add(store, badges=["mentor"])
        assert len(sent) == 2 and list(store.all()) == [new]

    def test_who_was_added_and_changed_since_is_told_as_it_is_now(self, store):
        ids = iter(["E-1"])
        store._new_id = lambda: next(ids)

        def somebody_else() -> None:
            store.update(replace(store.get("E-1"), location="Kyoto"))

        with lost_answers(store._client, "PutItem", meanwhile=somebody_else):
            new = add(store)
        assert (new.id, new.location, new.version) == ("E-1", "Kyoto", 2)
        assert list(store.all()) == [new]

    @pytest.mark.parametrize("other", [{"full_name": "Bo"}, {"badges": ["mentor"]}])
    def test_an_id_that_somebody_else_has_is_taken_also_when_asked_twice(self, store, other):
        store._new_id = lambda: "same"
        store._clock = lambda: BORN
        first = add(store, **other)
        with (
            lost_answers(store._client, "PutItem") as sent,
            pytest.raises(DirectoryError, match="is taken already"),
        ):
            add(store)
        assert len(sent) == 2 and list(store.all()) == [first]

    @pytest.mark.parametrize("less", [False, True])
    def test_who_changed_an_employee_is_not_told_that_somebody_else_did(self, store, less):
        old = add(store, badges=["mentor"], photo_key="a.jpg")
        wanted = replace(old, job_title="Lead")
        if less:
            wanted = replace(wanted, location="", badges=frozenset(), photo_key=None)
        with lost_answers(store._client, "UpdateItem") as sent:
            new = store.update(wanted)
        assert len(sent) == 2 and new == store.get(old.id) == replace(wanted, version=2)

    def test_a_change_that_somebody_else_was_quicker_with_is_told_also_when_asked_twice(self, store):
        old = add(store, photo_key="a.jpg")
        theirs = store.update(replace(old, job_title="Lead", photo_key=None))
        for mine in (
            replace(old, job_title="Boss"),
            replace(old, job_title="Lead"),
        ):  # the second kept the photo
            with lost_answers(store._client, "UpdateItem") as sent, pytest.raises(Changed):
                store.update(mine)
            assert len(sent) == 2 and store.get(old.id) == theirs

    def test_a_change_that_was_changed_since_is_told(self, store):
        old = add(store)

        def somebody_else() -> None:
            put_all(store, [to_item(replace(old, job_title="Lead", location="Kyoto", version=3))])

        with lost_answers(store._client, "UpdateItem", meanwhile=somebody_else), pytest.raises(Changed):
            store.update(replace(old, job_title="Lead"))
        assert store.get(old.id).location == "Kyoto"

    def test_two_who_save_the_same_without_a_lost_answer_are_two(self, store):
        old = add(store)
        store.update(replace(old, job_title="Lead"))
        with pytest.raises(Changed):
            store.update(replace(old, job_title="Lead"))

    def test_who_was_removed_is_returned(self, store):
        old = store.update(add(store, badges=["mentor"], photo_key="a.jpg"))
        for version in (None, 2):
            with lost_answers(store._client, "DeleteItem") as sent:
                assert store.remove(old.id, version) == old
            assert len(sent) == 2 and store.count() == 0
            put_all(store, [to_item(old)])

    def test_a_removal_that_finds_another_version_or_nobody_is_told_also_when_asked_twice(self, store):
        old = add(store)
        new = store.update(old)
        with lost_answers(store._client, "DeleteItem") as sent, pytest.raises(Changed):
            store.remove(old.id, version=1)
        assert len(sent) == 2 and list(store.all()) == [new]
        with lost_answers(store._client, "DeleteItem"), pytest.raises(NotFound):
            store.remove("nobody")

    def test_a_removal_after_somebody_elses_is_not_found(self, store):
        new = add(store)
        get = store.get
        store.get = lambda employee_id: (get(employee_id), put_nobody(store, employee_id))[0]
        with pytest.raises(NotFound):
            store.remove(new.id)

    @pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem"])
    def test_if_no_answer_comes_nothing_is_claimed(self, store, operation):
        new = add(store)
        method = {
            "PutItem": lambda: add(store),
            "UpdateItem": lambda: store.update(new),
            "DeleteItem": lambda: store.remove(new.id),
        }[operation]
        with (
            lost_answers(store._client, operation, times=99) as sent,
            pytest.raises(
                Unanswered, match=r"did not answer in time \(.+\), so the change may have been made or not"
            ),
        ):
            method()
        assert len(sent) == 4  # boto3's own attempts

    def test_a_read_that_is_not_answered_changed_nothing(self, store):
        with lost_answers(store._client, "Scan", times=99), pytest.raises(DirectoryError) as told:
            store.count()
        assert type(told.value) is DirectoryError


def put_nobody(store, employee_id: str) -> None:
    store._client.delete_item(TableName="Employees", Key={"employeeId": employee_id})


def test_the_store_shares_its_client_among_threads_and_so_writes_every_expression_as_text(make):
    """With conditions made of Key and Attr, threads would mix up each other's placeholders."""
    store = make("offline")
    seen = {}

    def look(params, model, **_) -> None:
        for name, value in params.items():
            if name.endswith("Expression"):
                seen[model.name, name] = type(value)

    store._client.meta.events.register_first("provide-client-params.dynamodb", look)
    new = store.update(add(store, badges=["mentor"]))
    store.page(search="x"), list(store.all()), store.count(), store.items([new.id])
    store.office("Lisbon", begins="a"), store.remove(new.id)
    list(store.scan_items("employeeId"))
    assert {operation for operation, _ in seen} == {"PutItem", "UpdateItem", "DeleteItem", "Scan", "Query"}
    assert set(seen.values()) == {str}


def test_a_batch_that_is_never_done_ends(make, monkeypatch):
    store = make("offline")
    new = add(store)
    slept = []
    monkeypatch.setattr(dynamodb_store.time, "sleep", slept.append)
    keys = {"Employees": {"Keys": [{"employeeId": new.id}], "ConsistentRead": True}}
    monkeypatch.setattr(store, "_call", lambda *_, **__: {"Responses": {}, "UnprocessedKeys": keys})
    with pytest.raises(DirectoryError, match="too busy to read 1 employees"):
        store.items([new.id])
    assert len(slept) == len(dynamodb_store.WAITS) and 0 < sum(slept) < 32


def test_a_dead_endpoint_is_an_error():
    store = DynamoDBStore(boto3.resource("dynamodb", endpoint_url="http://127.0.0.1:9"))
    every_method_fails(store, Employee("1", "Ada", "", "x", created=BORN))
    with pytest.raises(
        DirectoryError, match=r"DynamoDB does not answer \(.*127.0.0.1:9.*\): see that it runs"
    ):
        store.create_table()


def test_an_id_that_is_taken_is_not_overwritten(make):
    store = make("offline")
    store._new_id = lambda: "same"
    new = add(store)
    with pytest.raises(DirectoryError, match="'same' is taken already"):
        add(store, "Bo")
    assert list(store.all()) == [new]


def test_an_employee_is_an_item_of_these_attributes(make):
    store = make("offline")
    store._new_id = lambda: "E-1"
    add(store, badges=["mentor"], photo_key="a.jpg")
    table = connect().Table("Employees")
    assert table.get_item(Key={"employeeId": "E-1"})["Item"] == {
        "employeeId": "E-1",
        "fullName": "Ada Byron",
        "location": "Lisbon",
        "jobTitle": "Analyst",
        "badges": {"mentor"},
        "photoKey": "a.jpg",
        "created": "2026-03-14T09:26:53Z",
        "version": 1,
        "officeKey": "lisbon",
        "nameKey": "ada byron",
    }
    store.update(replace(store.get("E-1"), badges=frozenset(), photo_key=None, location=""))
    assert table.get_item(Key={"employeeId": "E-1"})["Item"] == {
        "employeeId": "E-1",
        "fullName": "Ada Byron",
        "jobTitle": "Analyst",
        "created": "2026-03-14T09:26:53Z",
        "version": 2,
        "nameKey": "ada byron",
    }


class TestOfficeIndex:
    """The index of the DynamoDB store: on tables older than it, late, and billed."""

    @pytest.fixture
    def older(self):
        """A table as the store made it before it had an index, with the course's people and some odd ones."""
        table = connect("offline", fresh=True).create_table(**table_input("employees"))
        table.wait_until_exists()
        for item in load("employees"):
            table.put_item(Item=item)
        table.put_item(Item={"employeeId": "bare"})
        table.put_item(Item={"employeeId": "odd", "location": 7, "fullName": None, "officeKey": 7})
        table.put_item(
            Item={"employeeId": "stale", "location": "Lisbon", "fullName": "Zz", "officeKey": "kyoto"}
        )
        return table

    def test_an_older_table_gets_it_and_keeps_all_else(self, older):
        before = {item["employeeId"]: item for item in older.scan()["Items"]}
        store = DynamoDBStore(connect("offline"))
        with pytest.raises(DirectoryError, match=r"has no index office_names yet.+create_table\(\) adds it"):
            store.office("Lisbon")
        assert store.get("E-001").full_name == "Inês Carvalho da Luz" and store.count() == 63
        store.create_table()
        found = [one for page in pages(store, location="lisbon", size=5, ask="office") for one in page]
        wanted = [one for one in store.all() if one.location == "Lisbon"]
        assert [one.id for one in found] == [
            one.id for one in sorted(wanted, key=lambda one: model.fold(one.full_name))
        ]
        assert len(found) == 17 and "stale" in {one.id for one in found}
        for item in older.scan()["Items"]:
            old = before.pop(item["employeeId"])
            assert {k: v for k, v in item.items() if k not in ("officeKey", "nameKey")} == {
                k: v for k, v in old.items() if k != "officeKey"
            }
        assert before == {}

    def test_making_it_again_asks_little_and_changes_nothing(self, older):
        store = DynamoDBStore(connect("offline"))
        store.create_table()
        with meter() as used:
            store.create_table()
        assert used.evaluated == 0 and used.wcu == 0 and "UpdateTable" not in used.operations

    def test_two_programs_may_add_it_at_once(self, older):
        together(lambda _: DynamoDBStore(connect("offline")).create_table(), 3)
        assert len(DynamoDBStore(connect("offline")).office("Kyoto").employees) == 9

    def test_another_index_that_is_being_added_is_waited_for(self, older):
        older.update(
            AttributeDefinitions=[{"AttributeName": "jobTitle", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[
                {
                    "Create": {
                        "IndexName": "by_title",
                        "KeySchema": [{"AttributeName": "jobTitle", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    }
                }
            ],
        )
        store = DynamoDBStore(connect("offline"))
        store.create_table()
        assert len(store.office("Kyoto").employees) == 9

    def test_a_provisioned_table_gives_the_index_its_own_capacity(self):
        units = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8}
        request = {**table_input("employees"), "BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
        table = connect("offline", fresh=True).create_table(**request)
        DynamoDBStore(connect("offline")).create_table()
        table.reload()
        [index] = table.global_secondary_indexes
        assert {name: index["ProvisionedThroughput"][name] for name in units} == units

    def test_its_maximum_on_demand_is_the_tables_own(self):
        request = {**table_input("employees"), "OnDemandThroughput": {"MaxWriteRequestUnits": 60}}
        table = connect("offline", fresh=True).create_table(**request)
        DynamoDBStore(connect("offline")).create_table()
        table.reload()
        [index] = table.global_secondary_indexes
        assert index["OnDemandThroughput"]["MaxWriteRequestUnits"] == 60

    @pytest.fixture
    def clock(self, monkeypatch):
        """Seconds that pass only while the directory waits, and where a test adds some."""
        passed = SimpleNamespace(now=0.0)
        passed.monotonic = lambda: passed.now
        passed.sleep = lambda seconds: setattr(passed, "now", passed.now + seconds)
        monkeypatch.setattr(office_index, "time", passed)
        return passed

    def test_an_index_that_is_never_ready_is_told(self, older, clock, monkeypatch):
        monkeypatch.setattr(office_index, "_state", lambda table: "CREATING")
        with pytest.raises(DirectoryError, match="still being filled: wait, then open"):
            DynamoDBStore(connect("offline")).create_table()
        assert 600 <= clock.now <= 605

    def test_a_table_that_takes_no_index_is_read_once_and_the_reason_is_told(self, older, clock, monkeypatch):
        store = DynamoDBStore(connect("offline"))
        monkeypatch.setattr(
            office_index,
            "_add",
            lambda client, table: "DynamoDB does not add it now (Subscriber limit exceeded)",
        )
        with (
            meter() as used,
            pytest.raises(DirectoryError, match=r"now \(Subscriber limit exceeded\): wait, then"),
        ):
            store.create_table()
        assert clock.now >= 600 and used.evaluated == 63

    def test_the_time_of_the_copies_counts_and_the_index_is_asked_for_all_the_same(
        self, older, clock, monkeypatch
    ):
        write = office_index.write_copies

        def slow(*arguments):
            clock.now += 601
            return write(*arguments)

        monkeypatch.setattr(office_index, "write_copies", slow)
        with pytest.raises(DirectoryError, match="still being filled"):
            DynamoDBStore(connect("offline")).create_table()
        monkeypatch.undo()
        with meter() as used:
            DynamoDBStore(connect("offline")).create_table()
        assert used.evaluated == 0 and "UpdateTable" not in used.operations

    def test_nothing_is_read_while_another_index_or_the_table_is_not_ready(self, older, clock, monkeypatch):
        describe = office_index._is_free
        seen = []
        monkeypatch.setattr(office_index, "_is_free", lambda table: seen.append(1) or len(seen) > 3)
        monkeypatch.setattr(
            office_index, "write_copies", lambda *_: seen.append("read") if len(seen) > 3 else pytest.fail()
        )
        clock.sleep = lambda seconds: time.sleep(0.05)
        DynamoDBStore(connect("offline")).create_table()
        assert seen.count("read") == 1
        ready = {"TableStatus": "ACTIVE", "GlobalSecondaryIndexes": [{"IndexStatus": "ACTIVE"}]}
        assert describe(ready) and describe({"TableStatus": "ACTIVE"})
        assert not describe(ready | {"TableStatus": "UPDATING"})
        assert not describe(ready | {"GlobalSecondaryIndexes": [{"IndexStatus": "DELETING"}]})

    @pytest.mark.parametrize(
        "change",
        [
            {"KeySchema": [{"AttributeName": "officeKey", "KeyType": "HASH"}]},
            {"Projection": {"ProjectionType": "KEYS_ONLY"}},
            {"AttributeType": "N"},
        ],
    )
    def test_an_index_that_only_has_its_name_is_refused(self, change):
        request = office_index.with_index(table_input("employees"))
        [index] = request["GlobalSecondaryIndexes"]
        if "AttributeType" in change:
            request["AttributeDefinitions"][-1].update(change)
        else:
            index.update(change)
            keys = {one["AttributeName"] for one in index["KeySchema"]} | {"employeeId"}
            request["AttributeDefinitions"] = [
                one for one in request["AttributeDefinitions"] if one["AttributeName"] in keys
            ]
        connect("offline", fresh=True).create_table(**request)
        with pytest.raises(
            DirectoryError, match=r"^The index office_names .+ is not the directory's.+delete it"
        ):
            DynamoDBStore(connect("offline")).create_table()

    def test_leftover_copies_of_somebody_without_name_and_office_are_removed(self, older):
        older.put_item(Item={"employeeId": "left", "officeKey": "lisbon", "nameKey": "ana"})
        DynamoDBStore(connect("offline")).create_table()
        assert older.get_item(Key={"employeeId": "left"})["Item"] == {"employeeId": "left"}

    def test_whom_an_older_program_adds_afterwards_is_put_in_by_a_repair(self, older):
        store = DynamoDBStore(connect("offline"))
        store.create_table()
        older.put_item(Item={"employeeId": "late", "fullName": "Aa", "location": "Kyoto"})
        assert "late" not in {one.id for one in store.office("Kyoto").employees}
        assert (store.repair_index(), store.repair_index()) == (1, 0)
        assert "late" in {one.id for one in store.office("Kyoto").employees}

    def test_who_may_not_ask_the_index_is_told_which_permission_is_missing(self, make, monkeypatch):
        store = make("offline")
        refused = {
            "Code": "AccessDeniedException",
            "Message": "User: x is not authorized to perform: dynamodb:Query on resource: "
            "arn:aws:dynamodb:us-east-1:123456789012:table/Employees/index/office_names because no policy allows it",
        }

        def query(**_):
            raise ClientError({"Error": refused, "ResponseMetadata": {"HTTPStatusCode": 400}}, "Query")

        monkeypatch.setattr(store._client, "query", query)
        with pytest.raises(DirectoryError, match=r"dynamodb:Query .+ table/Employees/index/office_names"):
            store.office("Lisbon")

    def test_who_changes_meanwhile_keeps_the_newer_copies(self, older, monkeypatch):
        store, waiting = DynamoDBStore(connect("offline")), ["E-002"]

        def somebody_else(params, **_) -> None:
            if params["Key"]["employeeId"] in waiting:
                store.update(replace(store.get(waiting.pop()), location="Kyoto"))

        store._client.meta.events.register_first("provide-client-params.dynamodb.UpdateItem", somebody_else)
        store.create_table()
        store._client.meta.events.unregister("provide-client-params.dynamodb.UpdateItem", somebody_else)
        assert not waiting and "E-002" in {one.id for one in store.office("kyoto").employees}
        assert "E-002" not in {one.id for one in store.office("Lisbon").employees}

    def test_a_page_of_an_office_reads_no_more_than_it_shows_and_one(self, older):
        store = DynamoDBStore(connect("offline"))
        store.create_table()
        with meter() as used:
            page = store.office("Lisbon", size=5)
        assert (used.evaluated, used.requests, used.rcu) == (6, 1, Decimal("0.5"))
        with meter() as used:
            store.office("Lisbon", page.next, size=100)
        assert used.evaluated == 12

    def test_who_a_program_without_the_copies_moved_or_renamed_is_not_shown_where_they_were(self, make):
        store = make("offline")
        moved, renamed, stays = (add(store, name) for name in ("Ana", "Bea", "Bo"))
        table = connect("offline").Table("Employees")
        for one, attribute, value in ((moved, "location", "Kyoto"), (renamed, "fullName", "Zoe")):
            table.update_item(
                Key={"employeeId": one.id},
                UpdateExpression="SET #name = :value",
                ExpressionAttributeNames={"#name": attribute},
                ExpressionAttributeValues={":value": value},
            )
        found = pages(store, location="Lisbon", begins="b", size=1, ask="office")
        assert [one.id for page in found for one in page] == [stays.id]
        store.update(replace(store.get(moved.id), job_title="Lead"))
        assert [one.id for one in store.office("Kyoto").employees] == [moved.id]

    def test_an_office_lags_and_everything_else_does_not(self, make):
        store = make("offline")
        stays, goes = add(store, "Ana"), add(store, "Bo")
        with faults(lag=2) as world:
            new = add(store, "Cy")
            store.remove(goes.id)
            assert store.office("Lisbon").employees == [stays, goes]
            assert {one.id for one in store.all()} == {stays.id, new.id} and store.get(new.id) == new
            with pytest.raises(NotFound):
                store.get(goes.id)
            world.sleep(2)
            assert store.office("Lisbon").employees == [stays, new]

    def test_what_a_write_of_somebody_with_an_office_costs_in_the_index_too(self, make):
        store = make("offline")
        with meter() as used:
            one = add(store)
        assert used.wcu == 2
        for changes, units in (
            ({"job_title": "Lead"}, 1 + 1),
            ({"full_name": "Zoe"}, 1 + 2),
            ({"location": "Kyoto"}, 1 + 2),
            ({"location": ""}, 1 + 1),
            ({"job_title": "Clerk"}, 1),
        ):
            with meter() as used:
                one = store.update(replace(one, **changes))
            assert used.wcu == units


@pytest.mark.parametrize("name", ["offline", "local"])
def test_the_items_of_the_course_are_employees_and_keep_what_the_directory_does_not_know(name, make, capsys):
    store = make(name)
    items = {item["employeeId"]: item for item in load("employees")}
    load_into(connect(name).Table("Employees"), items.values())
    for employee in store.all():
        item = items[employee.id]
        assert employee == Employee(
            item["employeeId"],
            item["fullName"],
            item.get("location", ""),
            item["jobTitle"],
            frozenset(item.get("badges", ())),
            item.get("photoKey"),
            created=datetime.fromisoformat(item["startDate"]).replace(tzinfo=UTC),
        )
        store.update(replace(employee, location="Elsewhere"))
    known = {"location", "version", "photoKey", "officeKey", "nameKey"}
    for item in connect(name).Table("Employees").scan()["Items"]:
        before = items.pop(item["employeeId"])
        assert item["location"] == "Elsewhere" and item["version"] == 2
        assert item.get("photoKey") == before.get("photoKey")
        assert {k: v for k, v in item.items() if k not in known} == {
            k: v for k, v in before.items() if k not in known
        }
    assert items == {}


def test_an_item_with_next_to_nothing_is_an_employee_and_one_with_nonsense_is_named(make):
    store = make("offline")
    table = connect().Table("Employees")
    table.put_item(Item={"employeeId": "bare"})
    assert store.get("bare") == Employee("bare", "", "", "", created=datetime(1970, 1, 1, tzinfo=UTC))
    table.put_item(Item={"employeeId": "list", "fullName": 7, "badges": ["a", "b"], "photoKey": None})
    assert (store.get("list").full_name, store.get("list").badges) == ("7", {"a", "b"})
    for nonsense in [{"created": "yesterday"}, {"created": 7}, {"version": "one"}, {"badges": True}]:
        table.put_item(Item={"employeeId": "odd", **nonsense})
        with pytest.raises(DirectoryError, match="The item 'odd' is not an employee"):
            list(store.all())


def test_the_backend_is_the_argument_else_the_setting_else_sql(monkeypatch):
    connect("offline", fresh=True)
    monkeypatch.delenv("DIRECTORY_BACKEND", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert isinstance(open_directory(), SqlStore)
    monkeypatch.setenv("DIRECTORY_BACKEND", "dynamodb")
    assert isinstance(open_directory(), DynamoDBStore)
    assert isinstance(open_directory("sql"), SqlStore)
    with pytest.raises(CourseError, match="There is no backend 'mongodb': choose 'sql' or 'dynamodb'"):
        open_directory("mongodb")


def test_the_app_waits_five_seconds_for_an_answer_that_is_lost():
    connect("offline", fresh=True)
    directory = open_directory("dynamodb", clock=Clock())
    with faults(lost_answers=1) as world:
        one = add(directory)
    assert 5 < world.now < 6
    assert directory.get(one.id) == one


def test_ids_and_time_are_those_that_were_given():
    connect("offline", fresh=True)
    clock, ids = Clock(), iter(["first", "second"])
    directory = open_directory("dynamodb", clock=clock, new_id=lambda: next(ids))
    assert (add(directory).id, add(directory).id) == ("first", "second")
    directory = open_directory("sql", clock=clock)
    assert (add(directory).id, add(directory).created) == ("1", BORN + timedelta(seconds=3))


def test_without_create_the_table_stays_missing():
    connect("offline", fresh=True)
    with pytest.raises(DirectoryError, match="There is no table Employees here: create it"):
        open_directory("dynamodb", create=False).count()
