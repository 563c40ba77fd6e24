"""The services that `ops` compares: each a context manager that yields a worker with a filled table."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.children import CACHE, Skipped, Talk, child, say, seconds_of, talk

HERE = Path(__file__).parent
BARE = f"moto {version('moto')}"
CANNED = "boto3, canned answer"
"""boto3 with a constant in place of each answer: what the course would take if it took no time."""
REHEARSED = "after faults"
"""The course, once a rehearsal of trouble has ended."""

Start = Callable[[int], AbstractContextManager[Talk]]


def services() -> dict[str, Start]:
    """Name -> what starts a worker for so many items; the course first."""
    return {
        "course": partial(_worker, "course", "course"),
        CANNED: partial(_worker, CANNED, "canned"),
        BARE: partial(_worker, BARE, "moto"),
        "dynalite": _dynalite,
        REHEARSED: partial(_worker, REHEARSED, "rehearsed"),
    }


@contextmanager
def _worker(name: str, service: str, items: int) -> Iterator[Talk]:
    with talk(name, [sys.executable, "-P", HERE / "worker.py", service, items], cwd=CACHE) as worker:
        yield worker


@contextmanager
def _dynalite(items: int) -> Iterator[Talk]:
    folder = dynalite_folder()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with child(["node", folder / "dynalite.js"], **pipes) as server:
        line = server.stdout.readline()
        if not line:
            raise Skipped(f"dynalite ended with code {server.wait()}.")
        url = f"http://127.0.0.1:{json.loads(line)['port']}"
        with _worker("dynalite", url, items) as worker:
            yield worker


def dynalite_folder() -> Path:
    """A folder with dynalite, installed by npm as package-lock.json pins it.

    Raises:
        Skipped: there is no npm, or the installation failed.
    """
    folder = CACHE / "dynalite"
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        raise Skipped("npm and node are not on the PATH.")
    folder.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    for name in ("package.json", ".npmrc", "dynalite.js"):
        shutil.copyfile(HERE / name, folder / name)
    finished = folder / "package-lock.json"
    if not finished.exists() or finished.read_bytes() != lock:
        say("dynalite")
        finished.write_bytes(lock)
        try:
            seconds_of(npm, "ci", "--no-audit", "--no-fund", cwd=folder)
        except BaseException:
            finished.unlink()
            raise
    return folder
