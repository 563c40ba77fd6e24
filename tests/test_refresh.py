"""`course refresh` stores what a fresh run shows, in one form, and never leaves half a file."""

import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.classroom import refresh
from helpers.errors import CourseError

CHUNKS = "import sys, time\nfor part in 'ab':\n    print(part, flush=True)\n    time.sleep(0.05)"
FIGURE = "display({'image/png': 'iVBORw0KGgoAAAANSUhE' + 'Ug=='}, raw=True)"
HTML_FIGURE = FIGURE.replace("image/png': '", "text/html': '<img src=\"data:image/png;base64,").replace(
    "=='", "==\">'"
)
# What `picture` makes of an alt text that speaks of a source.
ALT = "Two bars, 20 and 10, from src=&quot;data:image/png;base64,AAAA"
IMG = f'<img alt="{ALT}" src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==">'


@pytest.fixture
def lesson(tmp_path):
    """Write a lesson of these code cells, as an editor may leave them; return its path."""
    stale = {
        "outputs": [new_output("stream", text="old")],
        "execution_count": 9,
        "metadata": {"scrolled": True},
    }

    def write(*sources, name="01_try.ipynb"):
        cells = [new_markdown_cell("# Try it"), *(new_code_cell(source, **stale) for source in sources)]
        path = tmp_path / name
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return write


def test_what_is_stored_depends_on_the_cells_alone(lesson, capsys):
    path = lesson(CHUNKS, FIGURE, "display({'text/plain': 'é'}, raw=True)", "1 / 1;", "_", "")
    assert refresh.main(["01"], path.parent) == 0
    first = path.read_bytes()
    assert re.fullmatch(r"01 changed: \d+ lines\n", capsys.readouterr().out)
    assert refresh.main([], path.parent) == 0
    assert path.read_bytes() == first
    assert capsys.readouterr().out == "01 unchanged\n"
    nb = json.loads(first)
    assert nb["metadata"] == refresh.METADATA
    assert [cell.get("execution_count") for cell in nb["cells"]] == [None, 1, 2, 3, 4, 5, None]
    assert nb["cells"][1]["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["a\n", "b\n"]}]
    assert nb["cells"][1]["metadata"] == {}
    assert nb["cells"][4]["outputs"] == nb["cells"][6]["outputs"] == []
    assert first.endswith(b"}\n") and b"\r" not in first


def test_one_changed_output_is_one_changed_line_and_keeps_the_ids(lesson, capsys):
    path = lesson("print(6 * 7)")
    refresh.main([], path.parent)
    right = path.read_bytes()
    path.write_bytes(right.replace(b'"42\\n"', b'"43\\n"'))
    assert path.read_bytes() != right
    capsys.readouterr()
    assert refresh.main([], path.parent) == 0
    assert capsys.readouterr().out == "01 changed: 1 line\n"
    assert path.read_bytes() == right


def test_a_failing_lesson_stays_as_it_was_and_the_others_go_on(lesson, capsys):
    path = lesson("1 / 0", name="01_a.ipynb")
    lesson("print(1)", name="02_b.ipynb")
    before = path.read_bytes()
    assert refresh.main([], path.parent) == 1
    out, err = capsys.readouterr()
    assert (
        err == "01 failed: 01_a.ipynb, cell 2: ZeroDivisionError: division by zero (the file is as it was).\n"
    )
    assert path.read_bytes() == before
    assert out.startswith("02 changed")


@pytest.mark.parametrize("moment", ["run_cell", "os.replace"])
def test_ctrl_c_leaves_every_file_whole(lesson, monkeypatch, moment):
    def interrupt(*_):
        raise KeyboardInterrupt

    path = lesson("print(1)")
    before = path.read_bytes()
    monkeypatch.setattr(f"helpers.classroom.refresh.{moment}", interrupt)
    with pytest.raises(KeyboardInterrupt):
        refresh.main([], path.parent)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_unknown_lesson_is_named(lesson):
    path = lesson("print(1)")
    with pytest.raises(CourseError, match="There is no lesson 07"):
        refresh.main(["07"], path.parent)


def test_other_packages_than_the_locked_ones_store_nothing(lesson, monkeypatch):
    path = lesson("print(1)")
    before = path.read_bytes()
    here = refresh.version
    monkeypatch.setattr(refresh, "version", lambda name: "0.1" if name == "pandas" else here(name))
    with pytest.raises(
        CourseError, match=r"pandas is 0\.1 here and \S+ in requirements.lock.*python3 course.py refresh"
    ):
        refresh.main([], path.parent)
    assert path.read_bytes() == before


def test_the_lock_is_read_with_its_markers(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text(
        "numpy==0.1 ; python_full_version < '3' \\\n    --hash=x\npandas==0.2 \\\nnbval==0.3 \\\n",
        encoding="utf-8",
    )
    text = (refresh.ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert set(refresh.SHOWS) <= set(re.findall(r"^([\w.-]+)==.* \\$", text, re.MULTILINE))
    told = refresh.unlocked(("numpy", "pandas"), lock)
    assert "pandas is" in told and "0.2" in told and "numpy" not in told and "nbval" not in told


@pytest.mark.parametrize("figure", [FIGURE, HTML_FIGURE], ids=["png", "html"])
def test_elsewhere_a_figure_of_the_same_numbers_is_kept(lesson, monkeypatch, capsys, figure):
    """A machine that draws other bytes neither fails on a stored figure nor replaces it."""
    path = lesson(figure)
    refresh.main([], path.parent)
    other = path.read_bytes().replace(b"SUhEUg==", b"SUhEUw==")
    assert other != path.read_bytes()
    path.write_bytes(other)
    monkeypatch.setattr(refresh, "figures_are_exact", lambda: False)
    capsys.readouterr()
    assert refresh.main([], path.parent) == 0
    assert capsys.readouterr().out == "01 unchanged\n"
    assert path.read_bytes() == other


def html(text):
    return [new_output("display_data", {"text/html": text, "text/plain": "Two bars"})]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "bytes_only"),
    [
        ("EUg==", "EUw==", True),
        ("20 and 10", "20 and 11", False),
        ("<img", "<b>12 notes</b><img", False),
        (' src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="', "", False),
        ("AAAA", "AAAB", False),
    ],
)
def test_of_a_figure_in_html_only_the_bytes_may_differ(monkeypatch, exact, old, new, bytes_only):
    assert old in IMG
    monkeypatch.setattr(refresh, "figures_are_exact", lambda: exact)
    stored, drawn = html(IMG), html(IMG.replace(old, new))
    same = refresh.comparable(stored) == refresh.comparable(drawn)
    assert same == (bytes_only and not exact)
    assert stored == html(IMG), "what is stored stays whole"
    assert "20 and 10" in refresh.comparable(stored)[0].data["text/html"]
