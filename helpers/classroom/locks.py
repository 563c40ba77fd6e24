"""`course lock`: pin what pyproject.toml asks for, with hashes, for every Python and system at once.

What lessons need is cut from what everything needs, so that a package has one version, whichever lock installs it. Tools
that run beside the environment have a lock of their own: the AWS CLI would hold packages back, and uv is large.
"""

import os
import shutil
import subprocess
from pathlib import Path

from helpers.commands import parser
from helpers.errors import CourseError

ROOT = Path(__file__).parents[2]
HOW = "--universal --generate-hashes --no-emit-index-url --python-version 3.11"
LOCKS = {
    "requirements-test.lock": "--all-extras pyproject.toml",
    "requirements.lock": "--extra mysql --extra build -c requirements-test.lock pyproject.toml",
    "requirements-tools.lock": "--group tools",
}
"""Each lock, in the order in which they are made, and what goes into it."""


def main(args: list[str]) -> int:
    """Write the locks, as `course lock` does; returns uv's exit code.

    Raises:
        CourseError: there is no uv.
    """
    upgrade = ["--upgrade"] if parser("lock").parse_args(args).upgrade else []
    for name, what in LOCKS.items():
        command = [uv(), "pip", "compile", "--quiet", *HOW.split(), *upgrade, *what.split(), "-o", name]
        if code := subprocess.call(command, cwd=ROOT):
            return code
    return 0


def uv() -> str:
    """The uv that course.py keeps in .uv/, else the one on PATH.

    Raises:
        CourseError: there is neither.
    """
    name = "uv.exe" if os.name == "nt" else "uv"
    kept = max(ROOT.glob(f".uv/uv-*/*/{name}"), key=lambda path: path.stat().st_mtime, default=None)
    found = kept or shutil.which("uv")
    if not found:
        raise CourseError("There is no uv here: `python3 course.py lock` installs it first.")
    return str(found)
