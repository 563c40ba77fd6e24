"""The set-up of the course in a copy of the checkout, with empty and with full caches, and by plain pip."""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.children import ROOT, interleaved, seconds_of
from benchmarks.results import Row, Table

LEFT_OUT = (".git", ".venv", ".uv", "my-course", "scratch", "node_modules", "__pycache__", ".*_cache")


def measure(rounds: int) -> list[Table]:
    """course.py with empty caches of uv and pip, with those it filled, and with the set-up done."""
    with tempfile.TemporaryDirectory() as folder:
        checkout, caches = _copy(Path(folder)), Path(folder, "caches")

        def set_up(emptied: bool) -> float:
            for old in (checkout / ".venv", checkout / ".uv", *([caches] if emptied else [])):
                shutil.rmtree(old, ignore_errors=True)
            return start(checkout, caches)

        contenders = {
            "empty caches": lambda: set_up(True),
            "full caches": lambda: set_up(False),
            "set up before": lambda: start(checkout, caches),
        }
        title = "The set-up"
        row = Row("course.py", interleaved(contenders, rounds, title))
    return [Table(title, [row], packages=("uv",))]


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
    return [Table(title, [row], packages=("uv",))]


def start(checkout: Path, caches: Path) -> float:
    """Seconds that course.py takes to answer, the set-up included where there is none."""
    return seconds_of(base_python(), "course.py", "--version", cwd=checkout, env=_caching_in(caches))


def base_python() -> str:
    """The Python that this environment was made from."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _copy(folder: Path) -> Path:
    return Path(shutil.copytree(ROOT, folder / "course", ignore=shutil.ignore_patterns(*LEFT_OUT)))


def _caching_in(folder: Path) -> Mapping[str, str]:
    return os.environ | {"UV_CACHE_DIR": str(folder / "uv"), "PIP_CACHE_DIR": str(folder / "pip")}
