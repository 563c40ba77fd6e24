"""Takes the offline service's rules out, one after the other, and names those that no test misses.

    python tests/without_rules.py [--decisions] [MODULE ...]

A rule is a refusal, that is a `raise` in helpers/offline: without it, the line says `pass`. With `--decisions` it is
the condition of an `if`: it is turned round. Only the tests that reach the line are run, and the first that fails is
enough. It takes half an hour, so it is no part of `course test`: run it when rules have changed.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from coverage import CoverageData
from tqdm import tqdm

ROOT = Path(__file__).parents[1]
OFFLINE = Path("helpers", "offline")
# Not of what tests start as a process of its own.
TESTS = ["tests/offline", "tests/test_isolation.py"]
MOST = 60  # of the tests that reach a line


def refusals(source: str) -> Iterator[tuple[int, str]]:
    """The line of each refusal, and the module's source without it; a bare `raise` refuses nothing of its own."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and node.exc:
            start, end = node.lineno - 1, node.end_lineno
            yield node.lineno, "".join([*lines[:start], " " * node.col_offset + "pass\n", *lines[end:]])


def decisions(source: str) -> Iterator[tuple[int, str]]:
    """The line of each condition, and the module's source with the condition turned round."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]  # columns count bytes
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If | ast.IfExp):
            test = node.test
            turned = [*lines]
            turned[test.end_lineno - 1] = _with(turned[test.end_lineno - 1], test.end_col_offset, b")")
            turned[test.lineno - 1] = _with(turned[test.lineno - 1], test.col_offset, b"not (")
            yield test.lineno, b"".join(turned).decode()


def _with(line: bytes, column: int, text: bytes) -> bytes:
    return line[:column] + text + line[column:]


def pytest(folder: Path, *args: str, **environ: str) -> bool:
    """Whether these tests pass in a copy of the course."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-o", "addopts=", "-p", "no:cacheprovider", *args]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, env=os.environ | environ, timeout=1200
        )
    except subprocess.TimeoutExpired:  # a condition turned round can make a loop without end
        return False
    told = (done.stdout + done.stderr).decode()
    broken = "ERROR collecting" in told or "while loading conftest" in told
    if done.returncode not in (0, 1) and not broken:  # no test failed: pytest itself did
        raise SystemExit(told)
    return done.returncode == 0


def copy(folder: Path) -> Path:
    folder.mkdir()
    for name in ("helpers", "tests", "data", "conftest.py", "pyproject.toml"):
        here = ROOT / name
        (shutil.copytree if here.is_dir() else shutil.copy)(here, folder / name)
    return folder


def reached(folder: Path) -> dict[str, dict[int, list[str]]]:
    """The tests that reach each line of each module."""
    # The lessons meet no refusal that these tests do not.
    options = [
        "-n",
        "auto",
        "-k",
        "not every_lesson",
        "--cov=helpers/offline",
        "--cov-context=test",
        "--cov-report=",
    ]
    if not pytest(folder, *options, *TESTS, COVERAGE_FILE=str(folder / "lines")):
        raise SystemExit("The tests fail with all rules in place: mend that first.")
    data = CoverageData(folder / "lines")
    data.read()
    return {
        str(Path(path).relative_to(folder.resolve())): {
            line: sorted({one.partition("|")[0] for one in contexts if one})
            for line, contexts in data.contexts_by_lineno(path).items()
        }
        for path in data.measured_files()
    }


def main(names: list[str]) -> None:
    find = decisions if "--decisions" in names else refusals
    names = [name for name in names if name != "--decisions"]
    with tempfile.TemporaryDirectory() as folder:
        whole = copy(Path(folder) / "whole")  # the checkout may change meanwhile
        modules = [
            path for path in sorted((whole / OFFLINE).rglob("*.py")) if not names or path.stem in names
        ]
        copies: Queue[Path] = Queue()
        for number in range(os.cpu_count() or 1):
            copies.put(copy(Path(folder) / str(number)))
        lines = reached(copies.queue[0])

        def missed(path: Path, line: int, source: str) -> str | None:
            name = str(path.relative_to(whole))
            tests = lines.get(name, {}).get(line, [])
            if not tests:
                return f"{name}:{line}: no test reaches it"
            here = copies.get()
            try:
                (here / name).write_text(source, encoding="utf-8")
                passes = pytest(here, *tests[:MOST])
            finally:
                shutil.copy(path, here / name)
                copies.put(here)
            return f"{name}:{line}: its tests pass without it" if passes else None

        jobs = [(path, *one) for path in modules for one in find(path.read_text(encoding="utf-8"))]
        with ThreadPoolExecutor(copies.qsize()) as pool:
            found = list(tqdm(pool.map(lambda job: missed(*job), jobs), total=len(jobs), unit="rule"))
    print(*filter(None, found), f"{len(found)} rules, {sum(map(bool, found))} that no test misses", sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
