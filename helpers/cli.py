"""The `course` command. To add one: write a function here that imports what does the work, and name it in COMMANDS."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from helpers.errors import CourseError

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


def lab(args: list[str]) -> int:
    """Open the lessons in JupyterLab, as copies of your own in my-course/."""
    parser = ArgumentParser(
        "course lab", description=lab.__doc__, epilog="Other arguments go to JupyterLab.", allow_abbrev=False
    )
    parser.add_argument(
        "--source", action="store_true", help="open the originals in notebooks/ (for authors)"
    )
    parser.add_argument(
        "--reset",
        metavar="LESSON",
        help="bring one lesson back, such as 03; your file is kept under another name",
    )
    options, others = parser.parse_known_args(args)
    from helpers import lab as work

    if options.reset:
        print(work.reset(options.reset))
        return 0
    return work.start(others, source=options.source)


def test(args: list[str]) -> int:
    """Prove the course: every stored output and every test; arguments go to pytest (paths, -k, -x, --cov)."""
    from helpers.jupyter_env import run

    if os.environ.get("COURSE_MODE", "offline") != "offline":
        print("COURSE_MODE is set, but the proof always runs offline.")
    if (here := Path.cwd()) != ROOT:  # paths are relative to where the user stands
        args = [str(here / arg) if (here / arg.partition("::")[0]).exists() else arg for arg in args]
    color = ["--color=no"] if "NO_COLOR" in os.environ else []
    return run("pytest", *color, *args, cwd=ROOT, COURSE_MODE="offline")


def bench(args: list[str]) -> int:
    """Measure the course against the bare tools it is made of (for authors; --only ops, --items, --store)."""
    from helpers.jupyter_env import run

    return run("benchmarks", *args, cwd=ROOT)


def refresh(args: list[str]) -> int:
    """Run lessons again and store their outputs: all of them, or those you name (03 07)."""
    from helpers.classroom import refresh as work

    return work.main(args)


def serve(args: list[str]) -> int:
    """Serve the offline DynamoDB over HTTP, for the AWS CLI and every other client (--port, --load)."""
    from helpers.offline import server as work

    return work.main(args)


def directory(args: list[str]) -> int:
    """Serve the employee directory's page (--backend sql|dynamodb, --port, --url)."""
    from helpers.directory import serving as work

    return work.main(args)


def lock(args: list[str]) -> int:
    """Pin pyproject.toml's dependencies in requirements.lock (for authors); --upgrade takes newer releases."""
    from helpers.jupyter_env import run

    how = "--universal --generate-hashes --all-extras --no-emit-index-url --python-version 3.11"
    return run(
        "uv", "pip", "compile", *how.split(), *args, "pyproject.toml", "-o", "requirements.lock", cwd=ROOT
    )


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    work.__name__: work for work in (lab, test, serve, directory, refresh, bench, lock)
}


def main(args: list[str] | None = None) -> int:
    """Run ``course COMMAND ARGS`` and return the exit code: 0 done, 1 a problem told in one sentence, 130 Ctrl-C."""
    name, *rest = (sys.argv[1:] if args is None else args) or ["--help"]
    if name in ("-h", "--help", "help"):
        print("python3 course.py COMMAND ...\n")
        print("\n".join(f"  {name:10}{work.__doc__}" for name, work in COMMANDS.items()))
        return 0
    if name == "--version":
        from importlib.metadata import version

        print(version("dynamodb-notebooks"))
        return 0
    try:
        if name not in COMMANDS:
            raise CourseError(f"There is no command {name!r}: choose one of {', '.join(COMMANDS)}.")
        return COMMANDS[name](rest)
    except CourseError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
