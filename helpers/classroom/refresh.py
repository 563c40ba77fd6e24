"""Run lessons and store what they print: `course refresh [03 ...]`.

Each lesson runs in a fresh kernel of this environment. What is stored has one form only, so that refreshing an unchanged
lesson changes no byte, and the proof (conftest.py) runs lessons by the functions below, so that it compares like with like.
"""

from __future__ import annotations

import copy
import difflib
import os
import platform
import re
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import LocalProvisioner
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from packaging.markers import Marker

from helpers import ENVIRON
from helpers.classroom import kernels
from helpers.errors import CourseError
from helpers.jupyter_env import jupyter_env

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"

# All that a lesson says about its kernel: the same whatever Python wrote it.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
CELL_METADATA = {"slideshow", "tags"}
RAISES = "raises-exception"
OFFLINE = {"COURSE_MODE": "offline"}
DRAWN = re.compile(r"""(?<=\ssrc=["'])data:image/png;base64,[\w+/=]*(?=["'])""")
"""The bytes of a figure in HTML: the value of an <img>'s src. In an alt text the quotes before it are escaped."""
SHOWS = (
    "boto3",
    "botocore",
    "ipykernel",
    "ipython",
    "matplotlib",
    "moto",
    "numpy",
    "pandas",
    "pillow",
    "tqdm",
)


def main(lessons: list[str], folder: Path = NOTEBOOKS) -> int:
    """Refresh the lessons named by number ("03"), all of them when none is named.

    Returns 0, or 1 if a lesson failed; that lesson's file stays as it was. Raises CourseError for an unknown lesson and
    where the installed packages are not the locked ones, whose outputs are the stored ones.
    """
    paths = _find(lessons, folder)
    if other := unlocked():
        raise CourseError(f"{other}, so its outputs are not stored: run `python3 course.py refresh`.")
    failed = False
    for path in paths:
        name = path.name[:2]
        try:
            lines = refresh(path)
        except CourseError as error:
            failed = True
            print(f"{name} failed: {error}", file=sys.stderr)
        else:
            told = f"changed: {lines} line{'s' * (lines != 1)}" if lines else "unchanged"
            print(name, told, flush=True)
    return int(failed)


def refresh(path: Path) -> int:
    """Run one lesson and store its outputs; return how many lines of the file changed. Raises CourseError if a cell fails."""
    old = path.read_bytes().decode()
    stored = nbformat.reads(old, as_version=4)
    fresh = copy.deepcopy(stored)
    with lesson_kernel(fresh, path.parent) as client:
        for index, cell in enumerate(fresh.cells):
            if cell.cell_type == "code":
                _run_or_say(client, index, f"{path.name}, cell {index + 1}")
                # A figure drawn elsewhere than the stored one differs in its bytes only: keep the stored one.
                if comparable(cell.outputs) == comparable(stored.cells[index].outputs):
                    cell.outputs = stored.cells[index].outputs
    new = canonical(fresh)
    if new != old:
        _write(path, new)
    return _changed_lines(old, new)


@contextmanager
def lesson_kernel(
    nb: NotebookNode, folder: Path, timeout: float = 300, settings: Mapping[str, str] = OFFLINE
) -> Iterator[NotebookClient]:
    """A fresh kernel of this very Python, started in `folder`, to run the cells of `nb`; `timeout` is seconds for a cell,
    `settings` are environment variables on top of the machine's own, as `jupyter_env` leaves those: a lesson has to
    isolate itself, as it does for a student.

    Kernels that the user has installed are not looked at: one of them may be called python3 too.
    """
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        transport_encryption="auto",
    )
    if kernels.POSSIBLE:
        identity = str(uuid.uuid4())
        manager.provisioner = _Fork(kernel_id=identity, kernel_spec=manager.kernel_spec, parent=manager)
    client = NotebookClient(
        nb,
        km=manager,
        timeout=timeout,
        allow_errors=True,
        record_timing=False,
        skip_cells_with_tag="",
        shutdown_kernel="immediate",
    )
    # COURSE_PROOF: what would differ from run to run, the port of a page, is not shown (helpers.directory.serving).
    env = jupyter_env(ENVIRON) | {"COURSE_PROOF": "1"} | settings
    with client.setup_kernel(cleanup_kc=True, cwd=str(folder), env=env):
        yield client


class _Fork(LocalProvisioner):
    """Starts kernels by forking one that is ready."""

    async def launch_kernel(self, cmd, *, env, cwd, **_):
        self.process = kernels.fork_kernel(cmd[cmd.index("ipykernel_launcher") + 1 :], env, cwd)
        self.pid = self.pgid = self.process.pid  # it leads a session, and so a group, of its own
        self.cwd = cwd
        return self.connection_info


def run_cell(client: NotebookClient, index: int) -> NotebookNode:
    """Run the cell at `index` and return it with its new outputs and execution count."""
    cell = client.nb.cells[index]
    cell.outputs, cell.execution_count = [], None
    client.execute_cell(cell, index)
    cell.outputs = _joined(cell.outputs)
    return cell


def unexpected_error(cell: NotebookNode) -> str | None:
    """The error of a cell that is not tagged to raise one, as `NameError: name 'x' is not defined`."""
    if RAISES in cell.metadata.get("tags", []):
        return None
    return next((f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"), None)


def canonical(nb: NotebookNode) -> str:
    """The one text in which a lesson is stored: sorted keys, joined streams, nothing of the machine that ran it."""
    nb = copy.deepcopy(nb)
    nb.metadata = nbformat.from_dict(METADATA)
    for cell in nb.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in CELL_METADATA})
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return nbformat.writes(nb, version=nbformat.NO_CONVERT) + "\n"


def comparable(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """A copy of the outputs without what two right machines may differ in: the bytes of a figure, never its alt text."""
    outputs = _joined(outputs)
    drawn = [o.data for o in outputs if "image/png" in o.get("data", {}) or DRAWN.search(_html(o))]
    if drawn and not figures_are_exact():
        for data in drawn:
            for kind in data.keys() & {"image/png", "text/html"}:
                data[kind] = "a figure" if kind == "image/png" else DRAWN.sub("a figure", data[kind])
    return outputs


def _html(output: NotebookNode) -> str:
    return output.get("data", {}).get("text/html", "")


def figures_are_exact() -> bool:
    """Whether this machine draws figures byte for byte like the stored ones: Linux, x86-64, the locked versions.

    Elsewhere fonts, compilers and compression differ; the numbers printed beside a figure are compared everywhere.
    """
    here = sys.platform == "linux" and platform.machine() == "x86_64"
    return here and not unlocked(("matplotlib", "pillow"))


def unlocked(packages: tuple[str, ...] = SHOWS, lock: Path = ROOT / "requirements.lock") -> str:
    """Which of the packages that outputs depend on are not the locked ones, as the beginning of a sentence; else ""."""
    wrong = []
    line = re.compile(r"^([\w.-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)
    for name, locked, marker in line.findall(lock.read_text(encoding="utf-8")):
        if name in packages and (not marker or Marker(marker).evaluate()):
            try:
                here = version(name)
            except PackageNotFoundError:
                here = "missing"
            if here != locked:
                wrong.append(f"{name} is {here} here and {locked} in requirements.lock")
    return ", ".join(wrong)


def _find(lessons: list[str], folder: Path) -> list[Path]:
    """The notebooks named by their numbers, in the order named; all of them when none is."""
    paths = []
    for lesson in lessons or [""]:
        found = sorted(folder.glob(f"{lesson}_*.ipynb" if lesson else "[0-9][0-9]_*.ipynb"))
        if not found:
            raise CourseError(
                f"There is no lesson {lesson or 'at all'} in {folder.name}/: name it by its number, such as 03."
            )
        paths += found
    return paths


def _run_or_say(client: NotebookClient, index: int, where: str) -> None:
    """Run a cell; raise CourseError, beginning with `where`, if it does not end as the lesson means it to."""
    try:
        error = unexpected_error(run_cell(client, index))
    except CellTimeoutError:
        error = f"it ran longer than {client.timeout:g} seconds"
    except DeadKernelError:
        error = "its kernel died"
    if error:
        raise CourseError(f"{where}: {error} (the file is as it was).")


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """A copy in which neighbouring pieces of one stream are one: where a kernel cuts a stream depends on the clock."""
    joined: list[NotebookNode] = []
    for output in copy.deepcopy(outputs):
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _changed_lines(old: str, new: str) -> int:
    """How many lines a reader of the diff sees as changed, an edited line counted once."""
    marks = [line[0] for line in difflib.unified_diff(old.splitlines(True), new.splitlines(True), n=0)][2:]
    return max(marks.count("+"), marks.count("-"))


def _write(path: Path, text: str) -> None:
    """Replace the file at once: a reader, or Ctrl-C, meets the old one or the new one, never half of it."""
    new = path.with_name(path.name + ".new")
    try:
        new.write_bytes(text.encode())
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
