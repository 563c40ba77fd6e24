"""nbval made strict: every lesson runs twice in one fresh kernel, and every stored output is compared whole.

nbval by itself does not look at figures, metadata, tracebacks and execution counts, and skips a cell whose outputs were
cleared. Here its collector runs the cells as `course refresh` does (with history, updated displays in place), its
comparison skips nothing, and a second pass, `Cell 7 again`, shows that a lesson can be run again without a restart.

A proof also leaves no process behind: one that outlives it is told, ended, and makes the proof red. It is known by a
variable that it inherited; on Linux also by its parents, so that one with an environment of its own is found too.
"""

from __future__ import annotations

import copy
import ctypes
import json
import os
import re
import secrets
import sys
import time
from contextlib import ExitStack, suppress
from typing import Any

import nbformat
import psutil
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, IPyNbFile, nocolors

from helpers import ENVIRON
from helpers.classroom import kernels
from helpers.classroom.refresh import comparable, lesson_kernel, run_cell, unexpected_error, unlocked


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put ours in place of nbval's collector of notebooks, which it makes under --nbval."""
    collectors = yield
    return [Lesson.from_parent(parent, path=c.path) if isinstance(c, IPyNbFile) else c for c in collectors]


MARK = "COURSE_TEST_RUN"
"""A variable that every process of a proof inherits; a proof within a proof adds its own mark."""

SECONDS_TO_END = 5

left_behind = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[MARK] = f"{os.environ.get(MARK, '')}{secrets.token_hex(8)}/"
        ENVIRON[MARK] = os.environ[MARK]  # for kernels, which get the machine's environment
        _adopt_orphans()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session):
    """Look, when the workers have ended too, for processes that the proof left behind; end them, and say so."""
    kernels.end()
    yield
    if hasattr(session.config, "workerinput"):
        return
    until = time.monotonic() + SECONDS_TO_END
    while (left := _left()) and time.monotonic() < until:
        time.sleep(0.1)
    session.config.stash[left_behind] = list(left.values())
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    if left:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    for process in config.stash.get(left_behind, []):
        terminalreporter.line(f"a test left a process behind, ended now: {process}", red=True)


def _adopt_orphans() -> None:
    """Be the parent of all that a test starts and does not wait for, whatever it makes of its environment: Linux only.

    Elsewhere, and where the system refuses, processes are known by their mark alone.
    """
    if sys.platform == "linux":
        set_child_subreaper = 36  # prctl(2), PR_SET_CHILD_SUBREAPER
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _left() -> dict[psutil.Process, str]:
    """The running processes that descend from this one or bear its mark, with their command lines."""
    ours = psutil.Process()
    descendants, found = set(ours.children(recursive=True)), {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # it ended meanwhile, or is somebody else's
            marked = process.environ().get(MARK, "").startswith(os.environ[MARK])
            ended = process.status() == psutil.STATUS_ZOMBIE
            if process != ours and not ended and (marked or process in descendants):
                found[process] = f"{process.pid} {' '.join(process.cmdline())}"
    return found


def pytest_report_header() -> str | None:
    """Say first why outputs may differ on a machine that has other packages than the lesson's author."""
    other = unlocked()
    return (
        f"course: {other}; stored outputs may differ, `python3 course.py test` has the locked packages"
        if other
        else None
    )


class Lesson(IPyNbFile):
    """A notebook: all its code cells, then all of them again, in one kernel."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.skip_compare = ()
        self.nb = nbformat.read(self.path, as_version=4)
        self.code = [i for i, cell in enumerate(self.nb.cells) if cell.cell_type == "code"]
        self.runs: list[NotebookNode] = []
        self.stack = ExitStack()

    def collect(self):
        """Yield each code cell as an item; cells are numbered from 1, text cells counted."""
        for again in (False, True):
            for index in self.code:
                yield Cell.from_parent(self, cell_num=index + 1, cell=self.nb.cells[index], again=again)

    def setup(self) -> None:
        timeout = self.config.option.nbval_cell_timeout
        kernel = lesson_kernel(copy.deepcopy(self.nb), self.path.parent, timeout)
        self.client = self.stack.enter_context(kernel)

    def teardown(self) -> None:
        self.stack.close()

    def fresh(self, number: int, again: bool) -> NotebookNode:
        """The cell as this kernel left it; cells before it that were not selected run first."""
        position = self.code.index(number - 1) + again * len(self.code)
        while len(self.runs) <= position:
            index = self.code[len(self.runs) % len(self.code)]
            if index == self.code[0]:
                self.client.reset_execution_trackers()  # displays of an earlier pass are not updated
            self.runs.append(copy.deepcopy(run_cell(self.client, index)))
        return self.runs[position]


class Cell(IPyNbCell):
    """One run of one code cell, compared whole with what the notebook stores."""

    def __init__(self, *, cell_num: int, cell: NotebookNode, again: bool, parent: Lesson) -> None:
        super().__init__(f"Cell {cell_num}{' again' * again}", parent, cell_num, cell, options={})
        self.again = again
        self.colors = nocolors

    def reportinfo(self):
        return self.path, None, self.nodeid

    def runtest(self) -> None:
        lesson = self.path.name
        if self.cell.execution_count is None:
            self.raise_cell_error(f"{lesson} does not hold its outputs: run `course refresh`")
        if self.parent.timed_out:
            self.raise_cell_error(f"{lesson} stopped above")
        try:
            fresh = self.parent.fresh(self.cell_num, self.again)
        except (CellTimeoutError, DeadKernelError) as error:
            self.parent.timed_out = True  # nbval expects no more of the cells below
            self.raise_cell_error(f"{lesson} stops here: {error}")
        if error := unexpected_error(fresh):
            self.raise_cell_error(f"{lesson} raises {error}; a cell that means to is tagged raises-exception")
        stored = plain(self.cell)
        rerun = plain(fresh, before=len(self.parent.code) * self.again)
        if not self.compare_outputs(rerun, stored):
            self.raise_cell_error(
                f"{lesson} stores other outputs than a fresh run", "\n".join(self.comparison_traceback)
            )
        if rerun != stored:
            self.raise_cell_error(
                f"{lesson} stores the same outputs in another order", json.dumps([stored, rerun], indent=1)
            )


def plain(cell: NotebookNode, before: int = 0) -> list[NotebookNode]:
    """The outputs and the execution count of a cell as nbval can compare them: text, for each thing that may differ.

    `before` is how many cells the kernel had run when the lesson began: counts are given from there.
    """
    outputs = comparable(cell.outputs)
    for output in outputs:
        if "metadata" in output:
            output.metadata = json.dumps(output.metadata, indent=1, sort_keys=True)
        if "execution_count" in output:
            output.execution_count = str((output.execution_count or 0) - before)
        if "traceback" in output:
            text = "\n".join(output.traceback)
            output.traceback = re.sub(r"In\[(\d+)\]", lambda m: f"In[{int(m[1]) - before}]", text)
    count = {"output_type": "count", "execution_count": str((cell.execution_count or 0) - before)}
    return [*outputs, nbformat.from_dict(count)]
