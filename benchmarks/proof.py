"""The proof of the notebooks, against running the same notebooks without comparing anything."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.children import ROOT, interleaved, seconds_of
from benchmarks.results import Row, Table

BOUND = 0.75  # on two cores


def measure(rounds: int) -> list[Table]:
    """`course test notebooks` runs each lesson twice; its contenders run each once, one after another."""
    execute = "jupyter execute"
    contenders = {
        "course test notebooks": lambda: seconds_of(*course("test", "notebooks"), cwd=ROOT),
        execute: jupyter_execute,
        "one IPython": lambda: seconds_of(
            sys.executable, "-P", Path(__file__).with_name("cells.py"), *notebooks(), cwd=ROOT / "notebooks"
        ),
    }
    title = "The notebooks' proof"
    row = Row(f"{len(notebooks())} lessons", interleaved(contenders, rounds, title), {execute: BOUND})
    return [Table(title, [row], packages=("nbclient", "pytest", "ipykernel"))]


def measure_all(rounds: int) -> list[Table]:
    """`course test` without arguments: lessons and helpers, with coverage."""
    title = "The whole proof"
    seconds = interleaved({"course test": lambda: seconds_of(*course("test"), cwd=ROOT)}, rounds, title)
    return [Table(title, [Row("lessons and helpers", seconds)], packages=("pytest",))]


def course(*args: str) -> list:
    """The command line of `course ARGS` in this environment."""
    return [sys.executable, "-P", "-c", "import sys, helpers.cli; sys.exit(helpers.cli.main())", *args]


def notebooks() -> list[Path]:
    """The lessons, in their order."""
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def jupyter_execute() -> float:
    """Seconds that one `jupyter execute` takes for all lessons; it stores their outputs in copies."""
    with tempfile.TemporaryDirectory() as folder:
        copies = [shutil.copy(lesson, folder) for lesson in notebooks()]
        command = [sys.executable, "-P", "-m", "jupyter", "execute", "--inplace", *copies]
        return seconds_of(*command, cwd=folder, env=os.environ | {"COURSE_MODE": "offline"})
