"""The student's copies: no answer before the question, renewed while untouched, never overwritten once touched."""

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import get_kernel_spec
from jupyter_client.manager import start_new_kernel
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers import cli, copies, jupyter_env
from helpers.classroom.refresh import METADATA, NOTEBOOKS, canonical
from helpers.errors import CourseError

NAMES = ("00_start_here.ipynb", "03_read_items.ipynb")


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A checkout with two lessons; returns its folder."""
    monkeypatch.setattr(copies, "ROOT", tmp_path)
    monkeypatch.setattr(copies, "ORIGINALS", tmp_path / "notebooks")
    monkeypatch.setattr(copies, "COPIES", tmp_path / "my-course")
    copies.ORIGINALS.mkdir()
    for name in NAMES:
        publish(name, f"print({name!r})")
    return tmp_path


def publish(name: str, source: str, output: str = "42\n") -> None:
    """Store a lesson of one code cell, as `course refresh` does."""
    stream = new_output("stream", name="stdout", text=output)
    notes = {"slideshow": {"slide_type": "notes"}}
    cells = [
        new_markdown_cell("**Predict:** what does it print?", id="a"),
        new_code_cell(source, id="b", outputs=[stream], execution_count=1),
        new_markdown_cell("Ask the room first.", id="c", metadata=notes),
    ]
    (copies.ORIGINALS / name).write_bytes(canonical(new_notebook(cells=cells)).encode())


def mine(name: str = NAMES[1]) -> Path:
    return copies.COPIES / name


def source(path: Path) -> str:
    return nbformat.read(path, as_version=4).cells[1].source


def type_answer(path: Path, text: str = "my answer") -> None:
    nb = nbformat.read(path, as_version=4)
    nb.cells[1].source = text
    nbformat.write(nb, path)


def save_as_jupyterlab(path: Path) -> None:
    """What saving does to a notebook that nobody changed: another form of the file, other words of the kernel."""
    nb = nbformat.read(path, as_version=4)
    nb.metadata.language_info = {"name": "python", "version": "3.12.1", "nbconvert_exporter": "python"}
    path.write_text(json.dumps(nb), encoding="utf-8")


def hand_out_as_before() -> None:
    """A folder made by the course that handed lessons out with their outputs."""
    copies.COPIES.mkdir()
    record = {}
    for name in NAMES:
        shutil.copy(copies.ORIGINALS / name, mine(name))
        record[name] = hashlib.sha256(mine(name).read_bytes()).hexdigest()
    (copies.COPIES / ".originals.json").write_text(json.dumps(record), encoding="utf-8")


# --- what is handed out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("original", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_copy_answers_nothing(original):
    nb = nbformat.reads(copies.handed_out(original), as_version=4)
    nbformat.validate(nb)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert code and all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert all(cell.metadata.slideshow.slide_type != "notes" for cell in nb.cells)
    before = nbformat.read(original, as_version=4).cells
    assert [cell.source for cell in nb.cells] == [
        cell.source for cell in before if cell.metadata.slideshow.slide_type != "notes"
    ]


def test_notes_for_presenters_stay_in_the_original(course):
    copies.copy_lessons()
    assert [cell.id for cell in nbformat.read(mine(), as_version=4).cells] == ["a", "b"]
    assert "Ask the room" in (copies.ORIGINALS / NAMES[1]).read_text(encoding="utf-8")


def test_jupyterlab_finds_nothing_to_change_in_a_copy(course):
    """It stores what the kernel says of its language, and the kernel's name: what differs makes it ask "Save changes?"."""
    copies.copy_lessons()
    metadata = nbformat.read(mine(), as_version=4).metadata
    spec = get_kernel_spec("python3")
    assert metadata.kernelspec == {
        "display_name": spec.display_name,
        "language": spec.language,
        "name": "python3",
    }
    manager, client = start_new_kernel(kernel_name="python3", env=jupyter_env.jupyter_env())
    try:
        assert (
            metadata.language_info == client.kernel_info(reply=True, timeout=100)["content"]["language_info"]
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert metadata.language_info != METADATA["language_info"], "this test proves nothing"


# --- whose they are ---------------------------------------------------------------------------------------------------


def test_copies_are_made_once_and_never_overwritten(course):
    assert copies.copy_lessons() == []
    assert source(mine()) == "print('03_read_items.ipynb')"
    type_answer(mine())
    publish(NAMES[1], "print('corrected')")
    for _ in range(2):
        copies.copy_lessons()
        assert source(mine()) == "my answer"


@pytest.mark.parametrize("touch", [lambda path: None, save_as_jupyterlab], ids=["closed", "saved"])
def test_an_untouched_copy_follows_the_course(course, touch):
    copies.copy_lessons()
    touch(mine())
    publish(NAMES[1], "print('corrected')")
    assert copies.copy_lessons() == []
    assert source(mine()) == "print('corrected')"


def test_a_copy_that_was_run_is_touched(course):
    copies.copy_lessons()
    nb = nbformat.read(mine(), as_version=4)
    nb.cells[1].outputs = [new_output("stream", name="stdout", text="mine\n")]
    nbformat.write(nb, mine())
    kept = mine().read_bytes()
    publish(NAMES[1], "print('corrected')")
    assert copies.copy_lessons() == [NAMES[1]]
    assert mine().read_bytes() == kept


def test_a_changed_original_is_reported_until_it_is_taken(course):
    copies.copy_lessons()
    type_answer(mine())
    publish(NAMES[1], "print('corrected')")
    assert copies.copy_lessons() == copies.copy_lessons() == [NAMES[1]]
    copies.reset("03")
    assert copies.copy_lessons() == []


def test_other_outputs_or_another_python_are_no_change_of_the_lesson(course, monkeypatch):
    copies.copy_lessons()
    type_answer(mine())
    publish(NAMES[1], "print('03_read_items.ipynb')", output="43\n")
    assert copies.copy_lessons() == []
    monkeypatch.setattr(copies.sys, "version", "3.99.0 (main)")
    assert copies.copy_lessons() == []
    assert source(mine()) == "my answer"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"03_read_items.ipynb": 7}', None])
def test_without_a_record_the_students_files_are_safe(course, damage):
    copies.copy_lessons()
    type_answer(mine())
    record = copies.COPIES / copies.RECORD
    record.unlink() if damage is None else record.write_text(damage, encoding="utf-8")
    publish(NAMES[1], "print('corrected')")
    assert copies.copy_lessons() == []
    assert source(mine()) == "my answer"


@pytest.mark.parametrize(
    "content", ["", "my notes", '{"cells": 7}', '{"cells": [{}], "nbformat": 4}', "\xff"]
)
def test_a_file_that_is_no_notebook_is_the_students(course, content):
    copies.COPIES.mkdir()
    mine().write_bytes(content.encode("latin-1"))
    copies.copy_lessons()
    assert mine().read_bytes() == content.encode("latin-1")
    assert "mine_1" in copies.reset("03")


# --- folders of before ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("update", [False, True])
@pytest.mark.parametrize("touch", [lambda path: None, save_as_jupyterlab], ids=["closed", "saved"])
def test_an_untouched_copy_with_outputs_is_renewed_without(course, touch, update):
    hand_out_as_before()
    touch(mine())
    if update:
        publish(NAMES[1], "print('corrected')")
    assert copies.copy_lessons() == []
    cell = nbformat.read(mine(), as_version=4).cells[1]
    assert cell.outputs == [] and ("corrected" in cell.source) == update


def test_a_touched_copy_with_outputs_stays(course):
    hand_out_as_before()
    type_answer(mine())
    kept = mine().read_bytes()
    assert copies.copy_lessons() == copies.copy_lessons() == []
    publish(NAMES[1], "print('corrected')")
    assert copies.copy_lessons() == copies.copy_lessons() == [NAMES[1]]
    assert mine().read_bytes() == kept


def test_a_touched_copy_of_an_older_lesson_is_told(course):
    hand_out_as_before()
    type_answer(mine())
    publish(NAMES[1], "print('corrected')")
    assert copies.copy_lessons() == copies.copy_lessons() == [NAMES[1]]
    assert source(mine()) == "my answer"


# --- reset ------------------------------------------------------------------------------------------------------------


def test_reset_keeps_every_file_of_the_student(course):
    copies.copy_lessons()
    for answer in ("first", "second"):
        type_answer(mine(), answer)
        assert "03_read_items_mine_" in copies.reset("3")
        assert source(mine()) == "print('03_read_items.ipynb')"
    kept = [source(mine(f"03_read_items_mine_{number}.ipynb")) for number in (1, 2)]
    assert kept == ["first", "second"]
    assert "mine" not in copies.reset("03"), "an untouched copy is not worth keeping"


def test_a_reset_that_cannot_be_written_leaves_the_students_file(course, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    copies.copy_lessons()
    type_answer(mine())
    before = {path: path.read_bytes() for path in copies.COPIES.iterdir()}
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        copies.reset("03")
    assert {path: path.read_bytes() for path in copies.COPIES.iterdir()} == before


@pytest.mark.parametrize(
    "name", ["3", "03", "03_read_items", "03_read_items.ipynb", "my-course/03_read_items.ipynb"]
)
def test_a_lesson_is_found_by_number_or_name(course, name):
    assert copies.find(name) == copies.ORIGINALS / "03_read_items.ipynb"


@pytest.mark.parametrize("name", ["7", "", "03_write.ipynb", "read", "003"])
def test_what_is_no_lesson_is_told(course, name):
    with pytest.raises(CourseError, match=f"^There is no lesson '{name}': choose one of 00, 03.$"):
        copies.find(name)


def test_reset_without_a_lesson_of_that_name_changes_nothing(course, capsys):
    with pytest.raises(SystemExit):
        cli.main(["lab", "--reset", "77"])
    assert "no lesson '77'" in capsys.readouterr().err
    assert not copies.COPIES.exists()
