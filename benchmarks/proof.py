"""The proof of the notebooks, against running the same notebooks without comparing anything."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.children import ROOT, Skipped, child, interleaved, seconds_of
from benchmarks.results import History, Row, Table, shown

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


def measure_all() -> list[History]:
    """`course test` without arguments, once: a row of its history, with the CPU seconds of all its processes."""
    before, began = os.times(), time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        streams = {"stdout": output, "stderr": output, "stdin": subprocess.DEVNULL}
        with child(course("test"), cwd=ROOT, **streams) as process:
            code = process.wait()
        output.seek(0)
        told = output.read().strip().splitlines()
    wall, after = time.perf_counter() - began, os.times()
    last = told[-1] if told else ""
    if code:
        raise Skipped(f"`course test` ended with code {code} ({last}).")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    tests = re.search(r"(\d+) passed", last)
    return [History("The whole proof", shown(wall), shown(cpu), tests[1] if tests else "?", commit())]


def commit() -> str:
    """The commit that is measured, as git names it; "" outside a clone."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return found.stdout.strip()


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
