"""What the `course` command can be told: the names of its commands, and the options of each.

Standard library alone, and no import from `helpers`: course.py runs this file before anything is installed, so that a
mistyped command costs no download. What a command does lives in `helpers.cli`.
"""

import ast
import json
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""
BACKENDS = ("sql", "dynamodb")
"""What the employee directory can keep its employees in."""
PARTS = ("start", "proof", "ops", "move", "day", "suite", "setup", "pip")
"""What `course bench` can measure."""
JUPYTER_FLAGS = set(
    "allow-root autoreload collaborative core-mode custom-css debug dev-mode expose-app-in-browser "
    "extensions-in-dev-mode generate-config help-all no-browser no-script script show-config show-config-json "
    "skip-dev-build splice-source version watch y".split()
)
JUPYTER_VALUES = set(
    "app-dir browser certfile client-ca config ip keyfile log-level notebook-dir port port-retries pylab".split()
)
"""JupyterLab's own names for its settings, without and with a value; any other setting is `--Class.name`."""


class Parser(ArgumentParser):
    """One that says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(
            2, f"{self.prog}: {message} (`python3 course.py {self.prog.split()[-1]} --help` says more)\n"
        )


class Command(NamedTuple):
    """One command: what it is for, its options, and what must be installed for it."""

    purpose: str
    options: Callable[[ArgumentParser], object] = lambda parser: None
    everything: bool = False
    """Whether it needs more than what lessons need: the tools of the proof and of authors."""
    passes_on: str = ""
    """Whose other arguments it takes, if any."""


def lesson(text: str, folder: Path = ROOT / "notebooks") -> str:
    """The number of a lesson in `folder`, as two digits, from what a user may call it: 3, 03, 03_read_items.ipynb."""
    names = sorted(path.name for path in folder.glob("[0-9][0-9]_*.ipynb"))
    called = Path(text).name
    for name in names:
        if called in (name, Path(name).stem) or (called and called.zfill(2) == name[:2]):
            return name[:2]
    raise ArgumentTypeError(
        f"there is no lesson {text!r}: choose one of {', '.join(name[:2] for name in names)}"
    )


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]+", text) or int(text) > 65535:
        raise ArgumentTypeError(f"{text!r} is no port: choose one from 1024 to 65535, or 0 for a free one")
    return int(text)


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]+", text) or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _lab(parser: ArgumentParser) -> None:
    parser.add_argument(
        "lesson",
        nargs="?",
        type=lesson,
        default="00",
        help="such as 03, or 03_read_items.ipynb; default: 00",
    )
    parser.add_argument("--port", type=_port, help="default: 8888, or the next free one")
    parser.add_argument(
        "--source", action="store_true", help="open the originals in notebooks/ (for authors)"
    )
    parser.add_argument(
        "--reset",
        metavar="LESSON",
        type=lesson,
        help="bring one lesson back, such as 03; your file is kept under another name",
    )


def _serve(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=8000, help="default: 8000; 0 takes a free one")
    parser.add_argument("--load", action="store_true", help="begin with the course's tables and items")


def _directory(parser: ArgumentParser) -> None:
    parser.add_argument("--backend", choices=BACKENDS, help="default: DIRECTORY_BACKEND, else sql")
    parser.add_argument("--port", type=_port, default=8060, help="default: 8060; 0 takes a free one")
    parser.add_argument("--url", help="SQL database; default: DATABASE_URL, else my-course/directory.sqlite")


def _refresh(parser: ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", type=lesson, help="such as 03; all when none is named")


def _bench(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, metavar="PART", help=f"{', '.join(PARTS)}; all but pip"
    )
    parser.add_argument(
        "--items", nargs="+", type=_count, default=[1_000, 10_000], help="sizes of the tables in ops"
    )
    parser.add_argument("--rounds", type=_count, help="rounds of each measurement")
    parser.add_argument("--store", action="store_true", help="put the tables into docs/benchmarks.md")


def _lock(parser: ArgumentParser) -> None:
    parser.add_argument("--upgrade", action="store_true", help="take newer releases")


COMMANDS = {
    "lab": Command(
        "Open the lessons in JupyterLab, as copies of your own in my-course/.", _lab, passes_on="JupyterLab"
    ),
    "test": Command(
        "Prove the course: every stored output and every test; arguments go to pytest (paths, -k, -x, --cov).",
        everything=True,
        passes_on="pytest",
    ),
    "serve": Command(
        "Serve the offline DynamoDB over HTTP, for the AWS CLI and every other client (--port, --load).",
        _serve,
    ),
    "directory": Command(
        "Serve the employee directory's page (--backend sql|dynamodb, --port, --url).", _directory
    ),
    "refresh": Command(
        "Run lessons again and store their outputs: all of them, or those you name (03 07).",
        _refresh,
        everything=True,
    ),
    "bench": Command(
        "Measure the course against the bare tools it is made of (for authors; --only ops, --items, --store).",
        _bench,
        everything=True,
    ),
    "lock": Command(
        "Pin pyproject.toml's dependencies in the locks (for authors); --upgrade takes newer releases.",
        _lock,
        everything=True,
    ),
}


def parser(name: str) -> ArgumentParser:
    """The parser of one command's arguments; a mistake ends the process with one sentence and the code 2."""
    command = COMMANDS[name]
    made = Parser(
        prog=f"course {name}",
        description=command.purpose,
        epilog=f"Other arguments go to {command.passes_on}." if command.passes_on else None,
        allow_abbrev=False,
        add_help=name != "test",  # pytest has its own
    )
    command.options(made)
    return made


def parse_lab(args: list[str]) -> tuple[Namespace, list[str]]:
    """The options of `lab`, and what goes to JupyterLab.

    `--browser firefox` goes there as `--browser=firefox`: else the browser would be taken for a lesson.

    Raises:
        SystemExit: an option is neither the course's nor JupyterLab's, or has a wrong value.
    """
    joined: list[str] = []
    for arg in args:
        before = joined[-1] if joined else ""
        takes_value = before.startswith("--") and "=" not in before
        if takes_value and not arg.startswith("-") and (before[2:] in JUPYTER_VALUES or "." in before):
            joined[-1] = f"{before}={arg}"
        else:
            joined.append(arg)
    made = parser("lab")
    options, others = made.parse_known_args(joined)
    known = {"source", "reset", "port"} | JUPYTER_FLAGS | JUPYTER_VALUES
    for arg in others:
        name = arg[2:].partition("=")[0]
        if arg.startswith("--") and name not in known and "." not in name:
            near = get_close_matches(name, sorted(known), n=1)
            made.error(f"there is no option --{name}" + (f": did you mean --{near[0]}?" if near else ""))
    return options, others


def unknown(name: str) -> str:
    """What is said of a command that does not exist."""
    return f"There is no command {name!r}: choose one of {', '.join(COMMANDS)}."


def missing(args: list[str]) -> str | None:
    """What is said of the first of pytest's arguments that names a file, or a test in it, which is not there, if any.

    Paths are relative to where the user stands, or to the checkout. The word after an option may be the option's: it is
    taken for a path only if it looks like one.
    """
    after = ""
    for arg in args:
        path, *names = arg.split("::")
        shaped = bool(re.search(r"[/\\]|\.(py|ipynb)$", path)) and after not in ("-k", "-m")
        if not arg.startswith("-") and (shaped or not after.startswith("-") or "=" in after):
            file = next((found for found in (Path(path), ROOT / path) if found.exists()), None)
            if file is None:
                return f"There is no file {path!r} to test, here or in the folder of the course."
            if name := _not_in(file, names):
                return f"There is no test {name!r} in {path}."
        after = arg
    return None


def _not_in(file: Path, names: list[str]) -> str | None:
    """The first of these names of a test, from outside in, that a file cannot hold; which cases it has, only pytest knows."""
    if file.suffix == ".ipynb":
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        code = [f"Cell {n}" for n, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
        return next((name for name in names if name.removesuffix(" again") not in code), None)
    try:
        nodes = list(ast.walk(ast.parse(file.read_bytes()))) if file.suffix == ".py" else []
    except SyntaxError:
        return None  # pytest says where
    there = {getattr(node, field, None) for node in nodes for field in ("name", "asname", "id")}
    heirs = {node.name for node in nodes if isinstance(node, ast.ClassDef) and node.bases}
    if not there or "*" in there:
        return None
    for name in names:
        if name.partition("[")[0] not in there:
            return name
        if name in heirs:
            return None  # what follows may be inherited, also from another file
    return None


def check(args: list[str]) -> bool:
    """Look at a command line before anything is installed; returns whether it needs everything installed.

    Raises:
        SystemExit: it is wrong, with one sentence; or it asks for a command's help, which is printed.
    """
    name, *rest = args
    if name.startswith("-") or name == "help":
        return False
    if name not in COMMANDS:
        raise SystemExit(unknown(name))
    if name == "test":
        if said := missing(rest):
            raise SystemExit(said)
    elif name == "lab":
        parse_lab(rest)
    else:
        parser(name).parse_args(rest)
    return COMMANDS[name].everything
