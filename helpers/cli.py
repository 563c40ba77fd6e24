"""The `course` command. To add one: name it in `helpers.commands`, and write a function here that imports what does it."""

import errno
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from helpers import commands
from helpers.errors import CourseError

ROOT = commands.ROOT


FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def lab(args: list[str]) -> int:
    """Open the lessons, or bring one back; what the parser does not know goes to JupyterLab."""
    options, others = commands.parse_lab(args)
    if options.reset:
        from helpers import copies

        print(copies.reset(options.reset))
        return 0
    from helpers import lab as work

    if options.port is not None:
        others.append(f"--ServerApp.port={options.port}")
    return work.start(others, lesson=options.lesson, source=options.source)


def test(args: list[str]) -> int:
    """Run pytest in the checkout, offline."""
    from helpers.jupyter_env import run

    if os.environ.get("COURSE_MODE", "offline") != "offline":
        print("COURSE_MODE is set, but the proof always runs offline.")
    if said := commands.missing(args):
        raise CourseError(said)
    if (here := Path.cwd()) != ROOT:  # paths are relative to where the user stands
        args = [str(here / arg) if (here / arg.partition("::")[0]).exists() else arg for arg in args]
    color = ["--color=no"] if "NO_COLOR" in os.environ else []
    return run("pytest", *color, *args, cwd=ROOT, COURSE_MODE="offline")


def bench(args: list[str]) -> int:
    """Run the benchmarks in the checkout."""
    from helpers.jupyter_env import run

    return run("benchmarks", *args, cwd=ROOT)


def refresh(args: list[str]) -> int:
    """Run lessons and store their outputs."""
    from helpers.classroom import refresh as work

    return work.main(args)


def serve(args: list[str]) -> int:
    """Serve the offline DynamoDB until Ctrl-C."""
    from helpers.offline import server as work

    return work.main(args)


def directory(args: list[str]) -> int:
    """Serve the employee directory until Ctrl-C."""
    from helpers.directory import serving as work

    return work.main(args)


def lock(args: list[str]) -> int:
    """Write the locks."""
    from helpers.classroom import locks as work

    return work.main(args)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    work.__name__: work for work in (lab, test, serve, directory, refresh, bench, lock)
}


def main(args: list[str] | None = None) -> int:
    """Run ``course COMMAND ARGS`` and return the exit code: 0 done, 1 a problem told in one sentence, 130 Ctrl-C."""
    name, *rest = (sys.argv[1:] if args is None else args) or ["--help"]
    if name in ("-h", "--help", "help"):
        print("python3 course.py COMMAND ...\n")
        print("\n".join(f"  {name:10}{command.purpose}" for name, command in commands.COMMANDS.items()))
        return 0
    if name == "--version":
        from importlib.metadata import version

        print(version("dynamodb-notebooks"))
        return 0
    try:
        if name not in COMMANDS:
            raise CourseError(commands.unknown(name))
        if commands.COMMANDS[name].everything and find_spec("pytest") is None:
            raise CourseError(
                f"`{name}` needs more than lessons do: `python3 course.py {name}` installs it first."
            )
        return COMMANDS[name](rest)
    except CourseError as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        if problem.errno not in (*FULL, *FORBIDDEN):
            raise
        print(_unwritable(problem), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _unwritable(problem: OSError) -> str:
    """What the user is told of a folder that may not be written, or of a full disk."""
    where = f" ({problem.filename})" if problem.filename else ""
    if problem.errno in FULL:
        return f"The disk is full{where}: free some space, and run the same command again."
    return f"A file may not be used{where}, {problem.strerror}: put the course where you may write."
