"""The lessons have the shape that lesson_shape.py describes, and the proof of their outputs (conftest.py) misses nothing."""

import copy
import os
import re
import shutil
import subprocess
import sys
import tomllib
import warnings
from contextlib import suppress
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.classroom import lesson_shape, refresh

LESSONS = sorted(refresh.NOTEBOOKS.glob("*.ipynb"))


# --- the lessons ------------------------------------------------------------------------------------------------------


def test_there_are_lessons():
    assert [lesson.name[:3] for lesson in LESSONS] == [f"{n:02}_" for n in range(len(LESSONS))] != []


def planned() -> list[int]:
    """The lessons that lesson 00 says are planned, as in "Lessons 07 and 10 to 12 are planned"."""
    cells = nbformat.read(refresh.NOTEBOOKS / "00_start_here.ipynb", 4).cells
    said = [
        found[1]
        for cell in cells
        if (found := re.match(r"Lessons? ([\d, andto]+) (?:is|are) planned", cell.source))
    ]
    spans = re.findall(r"(\d\d)(?: to (\d\d))?", " ".join(said))
    return [number for first, last in spans for number in range(int(first), int(last or first) + 1)]


def test_each_of_the_thirteen_lessons_is_there_once_or_is_said_to_be_planned():
    there = [int(lesson.name[:2]) for lesson in LESSONS]
    assert there[0] == 0
    assert sorted(there + planned()) == list(range(13))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_lesson_has_the_shape(path):
    for sentence in lesson_shape.advice(path):
        warnings.warn(sentence, stacklevel=1)
    assert not (found := lesson_shape.problems(path)), "\n".join(found)


def test_the_formatter_and_the_rule_have_the_same_columns():
    settings = tomllib.loads((refresh.NOTEBOOKS / "ruff.toml").read_text(encoding="utf-8"))
    assert settings["line-length"] == lesson_shape.COLUMNS


def test_no_output_is_sanitised(pytestconfig):
    """Every output is compared as it is: a rule that rewrites outputs, used or not, would be an error."""
    assert not pytestconfig.option.nbval_sanitize_with and not pytestconfig.option.nbval_lax


def test_figures_are_compared_in_ci():
    """Silence where figures cannot be compared must not hide that CI never compares them."""
    in_ci = "CI" in os.environ and sys.platform == "linux"
    assert refresh.figures_are_exact() or not in_ci, refresh.unlocked() or "figures are compared on x86-64"


# --- the rules: each breaks one way -----------------------------------------------------------------------------------

ALT = "Two bars, the first twice as long as the second."
# Bytes whose base64 would pass for a path: a figure's bytes are no text.
FIGURE = {"text/html": f'<img alt="{ALT}" src="data:image/png;base64,/home/ada=">', "text/plain": ALT}


def slide(**metadata):
    return {"slideshow": {"slide_type": "slide"}} | metadata


def sample():
    """A small sound lesson, as the file 03_sample.ipynb."""
    code = [
        new_code_cell("print(1)", outputs=[new_output("stream", name="stdout", text="1\n")]),
        new_code_cell(
            "plot()",
            outputs=[
                new_output("display_data", FIGURE),
                new_output("stream", name="stdout", text="20 10\n"),
            ],
        ),
        new_code_cell(
            "refused()", outputs=[new_output("error", ename="E", evalue="no", traceback=["E: no"])]
        ),
        new_code_cell(
            'check("3.1", answer)', outputs=[new_output("stream", name="stdout", text="not tried yet\n")]
        ),
    ]
    for count, cell in enumerate(code, 1):
        cell.execution_count = count
    code[2].metadata.tags = ["raises-exception"]
    text = [
        new_markdown_cell(
            "# Read the items\n[02](02_before.ipynb), [04](04_after.ipynb#Say-more), [here](#Two-bars)"
        ),
        new_markdown_cell(
            '## Two bars\n**Predict:** how long? `a != b` ![bars](bars.svg) <img src="bars.svg">'
        ),
        new_markdown_cell("<details><summary>Answer</summary>\n\nTwice.\n\n</details>"),
        new_markdown_cell('Exercise 3.1. Stuck? `hint("3.1")`, or [search](https://example.com/a#b).'),
    ]
    nb = new_notebook(cells=[text[0], code[0], text[1], code[1], text[2], code[2], text[3], code[3]])
    for cell in nb.cells:
        cell.metadata.update(slide())
    return nb


def write(folder, nb):
    """Store `nb` as refresh does, with what its links lead to."""
    for name in ("02_before.ipynb", "04_after.ipynb"):
        after = new_notebook(cells=[new_markdown_cell("# Know\n## Say more")])
        (folder / name).write_text(refresh.canonical(after), encoding="utf-8")
    (folder / "bars.svg").touch()
    path = folder / "03_sample.ipynb"
    path.write_bytes(refresh.canonical(nb).encode())
    return path


def test_a_sound_lesson_has_no_problem(tmp_path):
    path = write(tmp_path, sample())
    assert lesson_shape.problems(path) == [] == lesson_shape.advice(path)


def put(number, **values):
    """A change of the cell with this number."""
    return lambda nb: nb.cells[number - 1].update(values)


def say(number, text):
    return lambda nb: nb.cells[number - 1].update(source=nb.cells[number - 1].source + " " + text)


def printed(text):
    return put(2, outputs=[new_output("stream", name="stdout", text=text)])


def figure(data):
    return lambda nb: nb.cells[3].outputs.__setitem__(0, new_output("display_data", data))


def drop(number, name):
    return lambda nb: nb.cells[number - 1].pop(name)


BREAKS = [
    (drop(2, "id"), "cell 2: it has no id of its own"),
    (put(2, id="a b"), "it is no valid notebook"),
    (lambda nb: nb.cells[1].update(id=nb.cells[0].id), "cell 2: it has no id of its own"),
    (lambda nb: nb.update(nbformat_minor=4), "its format is 4.4, not 4.5"),
    (lambda nb: nb.metadata.kernelspec.update(name="mine"), "its metadata says kernelspec otherwise"),
    (
        lambda nb: nb.metadata.language_info.update(version="3.11.7"),
        "its metadata says language_info otherwise",
    ),
    (lambda nb: nb.metadata.update(authors=[]), "its metadata says authors otherwise"),
    (put(2, metadata=slide(execution={})), "cell 2: its metadata holds execution"),
    (
        lambda nb: nb.cells[1].outputs.append(nb.cells[1].outputs[0]),
        "not stored as `course refresh` stores it",
    ),
    (put(2, execution_count=None, outputs=[]), "cell 2: it never ran, or its outputs were cleared"),
    (put(4, execution_count=7), "cell 4: its execution count is 7, not 2"),
    (put(2, metadata=slide(tags=["nbval-skip"])), "cell 2: tag nbval-skip is not one"),
    (put(2, metadata=slide(tags=["skip-execution"])), "cell 2: tag skip-execution is not one"),
    (put(2, source="# NBVAL_IGNORE_OUTPUT\nprint(1)"), "cell 2: a comment tells nbval to look away"),
    (put(2, outputs=[new_output("stream", name="stderr", text="W\n")]), "cell 2: it writes to stderr: W"),
    (put(2, source="with faults(lag=1): pass"), "cell 2: it opens faults(), but is not tagged offline-only"),
    (put(6, metadata=slide()), "cell 6: it raises, but is not tagged"),
    (put(6, outputs=[]), "cell 6: it is tagged raises-exception, but does not raise"),
    (
        figure(FIGURE | {"text/html": "<img src='x.png'>"}),
        "cell 4: the alt text of its figure has 0 characters",
    ),
    (figure(FIGURE | {"text/plain": "<Figure>"}), "cell 4: the text form of its figure is not the alt text"),
    (figure({"image/png": "iVBORw0KGgo=", "text/plain": ALT}), "cell 4: its figure is a bare PNG"),
    (lambda nb: nb.cells[3].outputs.pop(), "cell 4: it draws a figure and does not print"),
    (printed("<Table at 0x7f10aa22>\n"), "cell 2: its output holds a memory address"),
    (printed("/home/ada/notes.csv\n"), "cell 2: its output holds an absolute path"),
    (printed("C:\\Users\\ada\n"), "cell 2: its output holds an absolute path"),
    (printed("lib/site-packages/boto3\n"), "cell 2: its output holds a path of installed packages"),
    (printed("http://127.0.0.1:8061/\n"), "cell 2: its output holds a port of this machine"),
    (put(2, source="serve(app, port=8061)"), "cell 2: it chooses a port of its own, port=8061"),
    (printed(f"in {Path.home()}\n"), "cell 2: its output holds your home directory"),
    (printed(f"{date.today():%Y-%m-%d}T10:00\n"), "cell 2: its output holds today's date"),
    (put(1, source="Read the items"), "cell 1: it does not begin with a title"),
    (put(1, source="# Reading items"), "cell 1: the title begins with Reading"),
    (say(1, "[x](missing.md)"), "cell 1: its link leads nowhere: missing.md"),
    (say(1, "[x](/etc/hosts)"), "cell 1: its link leads nowhere: /etc/hosts"),
    (say(1, "<a href='gone.html'>x</a>"), "cell 1: its link leads nowhere: gone.html"),
    (say(1, "[x](04_after.ipynb#Gone)"), "cell 1: its link leads to no heading: 04_after.ipynb#Gone"),
    (put(1, source="# Read the items\n[04](04_after.ipynb)"), "it has no link to 02_before.ipynb"),
    (say(3, "Lesson 12 shows it."), "cell 3: it speaks of lesson 12, which is not there"),
    (put(2, source=f"print(1)  # {'x' * 57}"), "cell 2: a line of its code has 69 columns"),
    (say(3, "Well done!"), "cell 3: it holds an exclamation mark"),
    (say(3, "You just call it."), "cell 3: it says 'just'"),
    (say(3, "Simply call it."), "cell 3: it says 'Simply'"),
    (put(3, metadata={}), "cell 3: its slideshow metadata is none of"),
    (put(2, source='check("3.1", answer)'), "cell 8: exercise 3.1 is checked a second time"),
    (put(2, source='check("3.2", answer)'), 'cell 2: exercise 3.2 has no mention of hint("3.2")'),
    (put(2, source='check("4.1", answer)'), "cell 2: exercise 4.1 belongs to another lesson"),
    (put(5, source="Twice."), "cell 3: its prediction is not answered"),
    (say(7, "**Predict:** and now?"), "cell 7: its prediction is not answered"),
]


@pytest.mark.parametrize("change, sentence", BREAKS, ids=[sentence for _, sentence in BREAKS])
def test_a_broken_lesson_is_told_where(tmp_path, change, sentence):
    path = write(tmp_path, sample())
    nb = nbformat.read(path, as_version=4)
    change(nb)
    path.write_bytes((nbformat.v4.writes(nb) + "\n").encode())
    found = lesson_shape.problems(path)
    assert any(sentence in told for told in found), found
    assert all(told.startswith("03_sample.ipynb") for told in found)


@pytest.mark.parametrize(
    "change, sentence",
    [
        (put(2, source="x = 1\n" * 16), "cell 2: 16 lines of code"),
        (put(3, source="## Two bars\n" + "word " * 110), "cell 3: 112 words"),
    ],
)
def test_a_long_cell_is_advised_against(tmp_path, change, sentence):
    nb = sample()
    change(nb)
    (told,) = lesson_shape.advice(write(tmp_path, nb))
    assert sentence in told
    nb.cells[2].metadata.slideshow.slide_type = "notes"
    assert len(lesson_shape.advice(write(tmp_path, nb))) == ("code" in sentence)


# --- the proof: a lesson tampered with is red, and the message names notebook and cell --------------------------------

SOURCES = {
    "text": "6 * 7",
    "stdout": "print('60 of 60 items')",
    "html": "from IPython.display import HTML\nHTML('<b>12 notes</b>')",
    "figure": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(1, 1))\nbars = ax.bar([1, 2], [20, 10])\n"
    "plt.close(fig)\ndisplay(fig, metadata={'image/png': {'alt': 'Two bars'}})",
    "alt": "display({'text/plain': 'x'}, raw=True, metadata={'alt': 'An x'})",
    "updated": "shown = display('10 %', display_id='bar')\nshown.update('100 %')",
    "error": "class Refused(Exception): pass\nraise Refused('table exists')",
    "traceback": "{}['a']",
    "count": "print(1)\ndisplay(2)\nprint(3)",
    "order": "display({'text/plain': '1'}, raw=True)\ndisplay({'text/html': '1'}, raw=True)",
    "number": "None",
    "cleared": "print(4)",
    "stderr": "print(5)",
    "skipped": "print(6)",
    "ignored": "# NBVAL_IGNORE_OUTPUT\nprint(7)",
    "silent": "_ = 8;",
    "untagged": "print(9)",
}

# What the message says of each when it is tampered with.
TOLD = {
    "text": "mismatch 'text/plain'",
    "stdout": "mismatch 'stdout'",
    "html": "mismatch 'text/html'",
    "figure": "mismatch 'image/png'",
    "alt": "mismatch 'metadata'",
    "updated": "mismatch 'text/plain'",
    "error": "mismatch 'evalue'",
    "traceback": "mismatch 'traceback'",
    "count": 'dissimilar number of outputs for key "output_type"',
    "order": "in another order",
    "number": "mismatch 'execution_count'",
    "cleared": "does not hold its outputs: run `course refresh`",
    "stderr": "Missing output fields from running code: {'stderr'}",
    "skipped": "mismatch 'stdout'",
    "ignored": "mismatch 'stdout'",
    "silent": "Missing output fields from running code",
    "untagged": "raises ZeroDivisionError: division by zero; a cell that means to is tagged",
}


def cell(nb, name):
    return nb.cells[list(SOURCES).index(name)]


def tamper(nb):
    """Change one thing in each cell, the least that a reader would be misled by."""
    cell(nb, "text").outputs[0].data["text/plain"] = "43"
    cell(nb, "stdout").outputs[0].text = "60 of 61 items\n"
    cell(nb, "html").outputs[0].data["text/html"] = "<b>13 notes</b>"
    cell(nb, "figure").source = cell(nb, "figure").source.replace("20, 10", "20, 11")
    cell(nb, "alt").outputs[0].metadata.alt = "A y"
    cell(nb, "updated").outputs[0].data["text/plain"] = "'10 %'"
    cell(nb, "error").outputs[0].evalue = "table missing"
    cell(nb, "traceback").outputs[0].traceback[-1] = "KeyError: 'b'"
    cell(nb, "count").outputs.pop()
    cell(nb, "order").outputs.reverse()
    cell(nb, "number").execution_count = 99
    cell(nb, "cleared").update(outputs=[], execution_count=None)
    cell(nb, "stderr").outputs.append(new_output("stream", name="stderr", text="W\n"))
    cell(nb, "skipped").metadata.tags = ["nbval-skip", "skip-execution"]
    cell(nb, "skipped").outputs[0].text = "60\n"
    cell(nb, "ignored").outputs[0].text = "70\n"
    cell(nb, "silent").outputs.append(new_output("execute_result", {"text/plain": "8"}, execution_count=16))
    cell(nb, "untagged").source = "1 / 0"


LEAVES = """
import subprocess, sys
def test_that_leaves_a_process():
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for who, env in [("who stays", None), ("with nothing of ours", {})]:
        sleep = [sys.executable, "-c", "import time; time.sleep(600)", who]
        print(subprocess.Popen(sleep, start_new_session=True, env=env, **streams))
"""


@pytest.fixture(scope="module")
def proof(tmp_path_factory):
    """Run the proof over a sound lesson, the same one tampered with, one that differs when run again, and a test that
    leaves a process behind; gives what was told of each item, and what the terminal showed."""
    folder = tmp_path_factory.mktemp("proof")
    shutil.copy(refresh.ROOT / "conftest.py", folder)
    nb = new_notebook(cells=[new_code_cell(source) for source in SOURCES.values()], metadata=refresh.METADATA)
    for name in ("error", "traceback"):
        cell(nb, name).metadata.tags = ["raises-exception"]
    nbformat.write(nb, folder / "01_sound.ipynb")
    twice = "seen = globals().get('seen', 0) + 1\nprint(seen)"
    nbformat.write(
        new_notebook(cells=[new_markdown_cell("#"), new_code_cell(twice)]), folder / "03_again.ipynb"
    )
    for name in ("01_sound", "03_again"):
        refresh.refresh(folder / f"{name}.ipynb")
    nb = nbformat.read(folder / "01_sound.ipynb", as_version=4)
    bad = copy.deepcopy(nb)
    tamper(bad)
    nbformat.write(bad, folder / "02_tampered.ipynb")
    (folder / "rules").write_text("regex: [0-9]+\nreplace: N\n", encoding="utf-8")
    (folder / "test_leaves.py").write_text(LEAVES, encoding="utf-8")
    options = ["--nbval", "--nbval-sanitize-with=rules"]
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", str(folder)]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    cases = ElementTree.parse(report).iter("testcase")
    told = {
        (case.get("classname"), case.get("name")): "".join(each.text or "" for each in case.iter("failure"))
        for case in cases
    }
    assert run.returncode == 1, run.stdout + run.stderr
    return told, run.stdout


@pytest.fixture(scope="module")
def proved(proof):
    return proof[0]


def outcome(proved, lesson, name):
    (text,) = [text for (where, item), text in proved.items() if lesson in where and item == name]
    return text


@pytest.mark.parametrize("again", ["", " again"])
def test_a_sound_lesson_is_green_twice(proved, again):
    outcomes = {name: outcome(proved, "01_sound", f"Cell {n}{again}") for n, name in enumerate(SOURCES, 1)}
    assert outcomes == dict.fromkeys(SOURCES, "")


@pytest.mark.parametrize("again", ["", " again"])
@pytest.mark.parametrize("name", SOURCES)
def test_tampering_is_told_with_notebook_and_cell(proved, name, again):
    """Even with a sanitising rule for numbers, and with nbval's own marks to skip a cell."""
    number = list(SOURCES).index(name) + 1
    text = outcome(proved, "02_tampered", f"Cell {number}{again}")
    assert f"Cell {number}: 02_tampered.ipynb" in text
    assert TOLD[name] in text


def test_a_lesson_that_differs_when_run_again_is_told(proved):
    assert outcome(proved, "03_again", "Cell 2") == ""
    assert "Cell 2: 03_again.ipynb" in outcome(proved, "03_again", "Cell 2 again")


def test_a_process_that_is_left_behind_is_told_and_ended(proof):
    """The second has replaced its environment, and on Linux is found all the same."""
    told = re.findall(r"^a test left a process behind, ended now: (\d+) .*sleep\(600\) (.*)$", proof[1], re.M)
    left = {"who stays", *["with nothing of ours"] * (sys.platform == "linux")}
    assert {who for _, who in told} == left and len(told) == len(left), proof[1]
    for pid, _ in told:
        with suppress(psutil.NoSuchProcess):  # one that has ended is listed until somebody collects it
            assert psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
