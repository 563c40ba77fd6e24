"""What single lessons say in their text, held against the code that it speaks of."""

from pathlib import Path

import nbformat

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
