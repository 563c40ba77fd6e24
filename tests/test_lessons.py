"""What single lessons say in their text, held against the code that it speaks of."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from helpers import load
from helpers.exercises import engine

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
LESSONS = pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name[:2])


def texts(lesson: str) -> list[str]:
    """The text cells of a lesson, in order."""
    (path,) = NOTEBOOKS.glob(f"{lesson}_*.ipynb")
    return [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"]


def test_lesson_00_shows_the_three_answers_as_check_gives_them():
    def add_yourself(table):
        return ...

    def somebody_else(table):
        table.put_item(Item={"employeeId": "E-1", "fullName": "Ada Example"})

    (cell,) = [text for text in texts("00") if "one of three things" in text]
    shown = [line for line in cell.splitlines() if " 0.1 " in line]
    answers = [add_yourself, somebody_else, engine.answers(0)["0.1"].solution]
    assert shown == [str(engine.verdict("0.1", answer)) for answer in answers]


def people_in(path: Path) -> list[dict[str, str]]:
    """Every dictionary in a lesson's code that gives an employee an id and a name, both written out."""
    people = []
    for cell in nbformat.read(path, 4).cells:
        for node in ast.walk(ast.parse(cell.source)) if cell.cell_type == "code" else ():
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                texts = {
                    key.value: value.value
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
                }
                if {"employeeId", "fullName"} <= texts.keys():
                    people.append(texts)
    return people


@LESSONS
def test_an_employee_is_one_person_through_the_course(path):
    names = {person["employeeId"]: person["fullName"] for person in load("employees")}
    for person in people_in(path):
        if person["fullName"] == "Somebody Else":  # who tries to take an id, and is refused
            continue
        assert names.get(person["employeeId"], person["fullName"]) == person["fullName"]


def test_people_are_found_in_code():
    assert {person["employeeId"] for person in people_in(NOTEBOOKS / "00_start_here.ipynb")} == {
        "E-001",
        "E-004",
    }


@LESSONS
def test_a_lesson_takes_as_long_as_both_maps_say(path):
    """A map has a row for each lesson: its title, what it is about, minutes, minutes with the exercises."""
    first = texts(path.name[:2])[0]
    times = re.search(r"(\d+) minutes, (\d+(?: to \d+)?) with the exercises?", first)
    assert times, "the first cell says how long the lesson takes, with the exercises and without"
    for where in ("\n".join(texts("00")), (ROOT / "README.md").read_text(encoding="utf-8")):
        rows = [
            line.split(" | ") for line in where.splitlines() if re.match(rf"\| \[?{path.name[:2]} ", line)
        ]
        assert [[minutes, more.rstrip(" |")] for *_, minutes, more in rows] == [list(times.groups())]


def code_of(path: Path) -> list[ast.Module]:
    """The code cells of a lesson, parsed."""
    cells = nbformat.read(path, 4).cells
    return [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]


def beyond_a_little(code: ast.AST) -> list[str]:
    """What a reader of a little Python has not met: functions without a name, generators, coroutines, classes."""
    kinds = (ast.Lambda, ast.Yield, ast.YieldFrom, ast.AsyncFunctionDef, ast.Await, ast.ClassDef)
    return [type(node).__name__ for node in ast.walk(code) if isinstance(node, kinds)]


@LESSONS
def test_a_lesson_needs_a_little_python(path):
    assert [beyond_a_little(code) for code in code_of(path) if beyond_a_little(code)] == []


def tables_in_threads(cells: list[ast.Module]) -> list[str]:
    """Names of boto3 tables that a cell with a pool of threads uses: resources are not safe to share."""
    tables = {
        target.id
        for code in cells
        for node in ast.walk(code)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if getattr(node.value.func, "attr", "") in ("create_table", "Table")
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    used = []
    for code in cells:
        names = [node.id for node in ast.walk(code) if isinstance(node, ast.Name)]
        if "ThreadPoolExecutor" in names:
            used += [name for name in names if name in tables]
    return used


@LESSONS
def test_threads_share_no_table(path):
    assert tables_in_threads(code_of(path)) == []


def test_what_a_reader_has_not_met_is_found():
    assert beyond_a_little(ast.parse("sorted(items, key=lambda item: item)")) == ["Lambda"]
    assert beyond_a_little(ast.parse("def pages():\n    yield from []")) == ["YieldFrom"]
    shared = "with ThreadPoolExecutor() as threads:\n    threads.map(notes.get_item, keys)"
    cells = [ast.parse('notes = db.create_table(TableName="notes")'), ast.parse(shared)]
    assert tables_in_threads(cells) == ["notes"]
