"""The set-up of the course in a copy of the checkout, with empty and with full caches, and by plain pip.

Beside it stands the set-up of an earlier commit, which had one environment for lessons and tests.
"""

import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from benchmarks.children import ROOT, Skipped, interleaved, seconds_of
from benchmarks.results import Row, Table, megabytes

LEFT_OUT = (".git", ".venv", ".uv", "my-course", "scratch", "node_modules", "__pycache__", ".*_cache")
COMMANDS = {"lab": ["--version"], "test": ["test", "--version"]}
"""What makes course.py install what lessons need, and everything."""
ONE_ENVIRONMENT = "f3dc148"
"""The last commit with one environment for everything."""
BEFORE = f"{ONE_ENVIRONMENT}, one for all"
DISK_BOUND = {"test": 0.65, BEFORE: 0.65}
COLD_BOUND = {BEFORE: 0.9}


def measure(rounds: int) -> list[Table]:
    """course.py with empty caches of uv and pip, with those it filled, and with the set-up done; and what .venv takes."""
    skipped: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkouts = dict.fromkeys(COMMANDS, _copy(folder))
        try:
            checkouts = {"lab": checkouts["lab"], BEFORE: _earlier(folder), "test": checkouts["test"]}
        except Skipped as reason:
            skipped[BEFORE] = str(reason)
        disk: dict[str, list[float]] = {name: [] for name in checkouts}

        def set_up(name: str, emptied: bool) -> float:
            checkout, caches = checkouts[name], folder / "caches" / checkouts[name].name
            for old in (checkout / ".venv", checkout / ".uv", *([caches] if emptied else [])):
                shutil.rmtree(old, ignore_errors=True)
            taken = start(checkout, caches, *COMMANDS.get(name, COMMANDS["lab"]))
            disk[name].append(bytes_of(checkout / ".venv"))
            return taken

        def again(name: str) -> float:
            checkout = checkouts[name]
            return start(checkout, folder / "caches" / checkout.name, *COMMANDS.get(name, COMMANDS["lab"]))

        title, rows = "The set-up", []
        for what, emptied in (("empty caches", True), ("full caches", False)):
            contenders = {name: partial(set_up, name, emptied) for name in checkouts}
            bounds = COLD_BOUND if emptied else {}
            rows.append(Row(what, interleaved(contenders, rounds, title), bounds))
        contenders = {name: partial(again, name) for name in checkouts}
        rows.append(Row("set up before", interleaved(contenders, rounds, title)))
    on_disk = Row(".venv", disk, DISK_BOUND)
    return [
        Table(title, rows, skipped, packages=()),
        Table("The disk", [on_disk], skipped, packages=(), figure=megabytes),
    ]


def bytes_of(folder: Path) -> int:
    """The size of all files below a folder, each link counted as nothing."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def measure_pip(rounds: int) -> list[Table]:
    """The same packages by plain pip, with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        checkout, caches = _copy(Path(folder)), Path(folder, "caches")
        python = checkout / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

        def set_up() -> float:
            shutil.rmtree(caches, ignore_errors=True)
            env = _caching_in(caches)
            install = [python, "-m", "pip", "install", "--no-deps"]
            return (
                seconds_of(base_python(), "-m", "venv", "--clear", checkout / ".venv", env=env)
                + seconds_of(*install, "-r", "requirements.lock", cwd=checkout, env=env)
                + seconds_of(*install, "--no-build-isolation", "-e", ".", cwd=checkout, env=env)
            )

        title = "The set-up by pip"
        row = Row("pip install", interleaved({"empty cache": set_up}, rounds, title))
    return [Table(title, [row], packages=())]


def start(checkout: Path, caches: Path, *args: str) -> float:
    """Seconds that `course.py ARGS` takes, the set-up included where there is none."""
    return seconds_of(base_python(), "course.py", *args, cwd=checkout, env=_caching_in(caches))


def base_python() -> str:
    """The Python that this environment was made from."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _earlier(folder: Path) -> Path:
    """The checkout of the commit with one environment.

    Raises:
        Skipped: git does not have it here.
    """
    checkout, archive = folder / "earlier", folder / "earlier.tar"
    try:
        seconds_of("git", "archive", "--output", archive, ONE_ENVIRONMENT, cwd=ROOT)
    except OSError as error:
        raise Skipped(f"there is no git ({error.strerror}).") from None
    with tarfile.open(archive) as packed:
        packed.extractall(checkout, filter="data")
    return checkout


def _copy(folder: Path) -> Path:
    return Path(shutil.copytree(ROOT, folder / "course", ignore=shutil.ignore_patterns(*LEFT_OUT)))


def _caching_in(folder: Path) -> Mapping[str, str]:
    return os.environ | {"UV_CACHE_DIR": str(folder / "uv"), "PIP_CACHE_DIR": str(folder / "pip")}
