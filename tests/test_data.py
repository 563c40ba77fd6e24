"""What the lessons count on in data/, and that every file there is what it says."""

import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import botocore.session
import pytest
from boto3.dynamodb.conditions import Key
from botocore.validate import ParamValidator

from helpers.backends import connect
from helpers.datasets import load, load_into, table_input

DATA = Path(__file__).resolve().parents[1] / "data"
NOTES, EMPLOYEES = load("notes"), load("employees")


def size_of(value) -> int:
    """Bytes by the rule of the Developer Guide, written a second time here; a number by its approximation."""
    match value:
        case None | bool():
            return 1
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case Decimal():
            return 1 + (len(value.normalize().as_tuple().digits) + 1) // 2
        case set():
            return sum(map(size_of, value))
        case list():
            return 3 + sum(1 + size_of(element) for element in value)
        case dict():
            return 3 + sum(1 + len(name.encode()) + size_of(element) for name, element in value.items())
    raise TypeError(value)


def item_size(item: dict) -> int:
    return sum(len(name.encode()) + size_of(value) for name, value in item.items())


def off_boundary(size: int, unit: int) -> bool:
    return min(size % unit, unit - size % unit) >= 64


# -- tables --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["notes", "employees"])
def test_table_input_fits_the_service_model(name):
    operation = botocore.session.get_session().get_service_model("dynamodb").operation_model("CreateTable")
    report = ParamValidator().validate(table_input(name), operation.input_shape)
    assert not report.has_errors(), report.generate_report()


def test_tables_are_those_of_the_two_stories():
    notes, employees = table_input("notes"), table_input("employees")
    assert notes["TableName"] == "notes"
    assert [key["AttributeName"] for key in notes["KeySchema"]] == ["userId", "noteId"]
    assert notes["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    assert employees["TableName"] == "Employees"
    assert [key["AttributeName"] for key in employees["KeySchema"]] == ["employeeId"]
    assert employees["BillingMode"] == "PAY_PER_REQUEST"
    for table in (notes, employees):
        types = {part["AttributeName"]: part["AttributeType"] for part in table["AttributeDefinitions"]}
        assert types == {key["AttributeName"]: "S" for key in table["KeySchema"]}


@pytest.mark.parametrize("name", ["notes", "employees"])
def test_every_item_comes_back_as_it_was_loaded(name, capsys):
    items, schema = load(name), table_input(name)["KeySchema"]
    table = connect("offline", fresh=True).create_table(**table_input(name))
    table.wait_until_exists()
    assert load_into(table, items) == len(items)
    assert capsys.readouterr() == (f"{len(items)} of {len(items)} items\n", "")

    def by_key(item):
        return [item[part["AttributeName"]] for part in schema]

    assert sorted(table.scan()["Items"], key=by_key) == sorted(items, key=by_key)
    table.put_item(Item=items[0])
    assert (
        table.get_item(Key={k["AttributeName"]: items[0][k["AttributeName"]] for k in schema})["Item"]
        == items[0]
    )


def test_a_month_of_one_user_is_one_query(capsys):
    table = connect("offline", fresh=True).create_table(**table_input("notes"))
    table.wait_until_exists()
    load_into(table, NOTES)
    march = table.query(KeyConditionExpression=Key("userId").eq("ada") & Key("noteId").begins_with("2026-03"))
    assert march["Items"] == [n for n in NOTES if n["userId"] == "ada" and n["noteId"] >= "2026-03"]
    assert march["Count"] == 6


# -- the files -----------------------------------------------------------------------------------------------


def test_the_script_makes_the_item_files_byte_for_byte(tmp_path):
    subprocess.run([sys.executable, str(DATA / "make_data.py"), str(tmp_path)], check=True)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in (DATA / "items").iterdir()}


@pytest.mark.parametrize(("name", "items"), [("notes", NOTES), ("employees", EMPLOYEES)])
def test_item_seven_is_line_eight(name, items):
    lines = (DATA / "items" / f"{name}.json").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "[" and lines[-1] == "]" and len(lines) == len(items) + 2
    keys = [key["AttributeName"] for key in table_input(name)["KeySchema"]]
    for line, item in zip(lines[1:-1], items, strict=True):
        assert [json.loads(line.rstrip(","))[key] for key in keys] == [item[key] for key in keys]


def test_the_readme_names_every_data_file():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for path in DATA.rglob("*.*"):
        name = path.relative_to(DATA).as_posix()
        if "__pycache__" not in name and name != "README.md":
            assert name in readme, f"data/README.md does not say where {name} came from"


# -- notes ---------------------------------------------------------------------------------------------------


def test_notes_are_forty_of_five_users_over_four_months():
    assert Counter(n["userId"] for n in NOTES) == {"ada": 18, "grace": 10, "kwame": 7, "mei": 4, "noor": 1}
    assert {n["noteId"][:7] for n in NOTES} == {"2025-12", "2026-01", "2026-02", "2026-03"}
    assert Counter(n["noteId"][:7] for n in NOTES if n["userId"] == "ada") == {
        "2025-12": 4,
        "2026-01": 4,
        "2026-02": 4,
        "2026-03": 6,
    }
    assert len({(n["userId"], n["noteId"]) for n in NOTES}) == len(NOTES)


def test_note_ids_sort_as_time_does():
    for n in NOTES:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ-[0-9a-f]{4}", n["noteId"])
    times = [datetime.fromisoformat(n["noteId"][:20]) for n in NOTES]
    assert times == sorted(times)  # the file is in time order,
    assert [n["noteId"] for n in NOTES] == sorted(n["noteId"] for n in NOTES)  # and so are the ids as text


def test_notes_are_uneven():
    names = Counter(name for n in NOTES for name in n)
    assert {name for name, count in names.items() if count == len(NOTES)} == {"userId", "noteId", "content"}
    assert names.keys() >= {
        "title",
        "tags",
        "rating",
        "pinned",
        "attachment",
        "checklist",
        "place",
        "expiresAt",
    }
    types = {type(value) for n in NOTES for value in n.values()}
    assert types == {str, Decimal, bool, type(None), bytes, set, list, dict}
    assert [n["content"] for n in NOTES].count("") == 1
    assert any(re.search("<.*&", n["content"]) for n in NOTES)  # views must escape it


# -- employees -----------------------------------------------------------------------------------------------


def test_employees_are_sixty_in_six_offices():
    assert [e["employeeId"] for e in EMPLOYEES] == [f"E-{number:03}" for number in range(1, 61)]
    assert Counter(e["location"] for e in EMPLOYEES if "location" in e) == {
        "Lisbon": 16,
        "Nairobi": 13,
        "Bengaluru": 10,
        "Kyoto": 9,
        "Montreal": 6,
        "Athens": 3,
    }
    assert sum("location" not in e for e in EMPLOYEES) == 3


def test_employees_are_uneven():
    names = Counter(name for e in EMPLOYEES for name in e)
    everybody = {name for name, count in names.items() if count == 60}
    assert everybody == {"employeeId", "fullName", "jobTitle", "startDate"}
    assert names["agency"] == names["contractEnd"] == 8
    assert all(("agency" in e) == ("contractEnd" in e) for e in EMPLOYEES)
    assert all(isinstance(e["badges"], set) and e["badges"] for e in EMPLOYEES if "badges" in e)
    assert all(isinstance(e["phone"], dict) for e in EMPLOYEES if "phone" in e)
    assert all(isinstance(e["projects"], list) for e in EMPLOYEES if "projects" in e)
    assert [e["employeeId"] for e in EMPLOYEES if e.get("photoKey", "") is None] == ["E-041"]
    assert [e["employeeId"] for e in EMPLOYEES if "" in e.values()] == ["E-026"]


def test_every_manager_is_an_employee_and_the_chain_ends_at_the_head():
    manager = {e["employeeId"]: e.get("managerId") for e in EMPLOYEES}
    assert [employee for employee, boss in manager.items() if boss is None] == ["E-001"]
    for employee in manager:
        chain = [employee]
        while boss := manager[chain[-1]]:
            assert boss not in chain
            chain.append(boss)
        assert chain[-1] == "E-001"


def test_ids_follow_the_first_day():
    days = [date.fromisoformat(e["startDate"]) for e in EMPLOYEES]
    assert days == sorted(days)
    ends = [(e["startDate"], e["contractEnd"]) for e in EMPLOYEES if "contractEnd" in e]
    assert all(start < end for start, end in ends)


def test_names_come_from_many_scripts_and_are_composed():
    def scripts(name):
        return {unicodedata.name(letter).split()[0] for letter in name if letter.isalpha()}

    found = set().union(*(scripts(e["fullName"]) for e in EMPLOYEES))
    assert found >= set(
        "LATIN GREEK CYRILLIC ARABIC HEBREW DEVANAGARI CJK HANGUL HIRAGANA KATAKANA THAI ETHIOPIC".split()
    )
    assert len(found) >= 20
    assert all(unicodedata.is_normalized("NFC", e["fullName"]) for e in EMPLOYEES)


def test_mobile_numbers_are_of_the_range_for_fiction():
    numbers = [n for e in EMPLOYEES for kind, n in e.get("phone", {}).items() if kind != "desk"]
    assert numbers and all(re.fullmatch(r"\+1-514-555-01\d\d", n) for n in numbers)


# -- sizes: what the lessons' capacity figures rest on -------------------------------------------------------


def test_the_measure_agrees_with_the_guide():
    assert item_size({"shirt-color": "R", "shirt-size": "M"}) == 23


def test_most_items_are_small_and_a_few_notes_are_not():
    assert sum(item_size(item) < 400 for item in NOTES + EMPLOYEES) == len(NOTES + EMPLOYEES) - 3
    large = sorted(size for size in map(item_size, NOTES) if size >= 400)
    assert 1024 < large[0] < large[1] < 2048 and 4096 < large[2] < 5000


def test_no_size_is_near_a_boundary():
    for item in NOTES + EMPLOYEES:
        assert off_boundary(item_size(item), 1024), item
    for items in [
        NOTES,
        EMPLOYEES,
        *([n for n in NOTES if n["userId"] == user] for user in ("ada", "grace", "kwame")),
    ]:
        assert off_boundary(sum(map(item_size, items)), 4096)


def test_one_month_one_user_and_all_notes_cost_different_units():
    ada = [n for n in NOTES if n["userId"] == "ada"]
    march = [n for n in ada if n["noteId"].startswith("2026-03")]
    blocks = [-(-sum(map(item_size, items)) // 4096) for items in (march, ada, NOTES)]
    assert blocks == [1, 2, 4]
