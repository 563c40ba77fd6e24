"""What single lessons say in their text, held against the code that it speaks of."""

import ast
from pathlib import Path

import nbformat
import pytest

from helpers import load
from helpers.exercises import engine, lesson_00

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def texts(lesson: str) -> list[str]:
    """The text cells of a lesson, in order."""
    (path,) = NOTEBOOKS.glob(f"{lesson}_*.ipynb")
    return [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"]


def test_lesson_00_shows_the_three_answers_as_check_gives_them():
    def add_yourself(table):
        return ...

    (store,) = lesson_00.EXERCISES
    (cell,) = [text for text in texts("00") if "one of three things" in text]
    shown = [line for line in cell.splitlines() if line.startswith("0.1 ")]
    answers = [add_yourself, lesson_00._other_id, store.solution]
    assert shown == [f"0.1 {engine.verdict(store, answer)}" for answer in answers]


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


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name[:2])
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
