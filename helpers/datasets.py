"""Files to items: the course's own data by name, a reader's own file by path, and items into a table."""

import gzip
import json
import sys
import zlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from helpers.errors import CourseError
from helpers.formats import READERS, BrokenLine, Item

DATA = Path(__file__).resolve().parents[1] / "data"


def load(name_or_path: str | Path) -> list[Item]:
    """Read a file into items that `table.put_item(Item=…)` takes; `load("notes")`, `load("my/people.csv")`.

    - JSON (`.json`): a list of objects, or one object. JSON Lines (`.jsonl`, `.ndjson`): one object a line.
      Numbers become `Decimal` as written, null is NULL. What JSON has no notation for, the attribute's name
      says: `:SS`, `:NS` or `:BS` at its end makes a set of a list, `:B` makes bytes of base64.
    - DynamoDB JSON, as the AWS CLI takes items and full exports hold them, in the same files: an object in
      which every attribute names its type (`{"age": {"N": "41"}}`), alone or under "Item".
      [S3DataExport.Output]
    - CSV (`.csv`): the header names the attributes. A cell is text, a number under `age:N`, true or false
      under `active:BOOL`; an empty cell is an absent attribute.

    Any of them may be packed by gzip, with `.gz` at the end of its name.

    Raises `CourseError`, one sentence with file, line and reason, when the file or any row cannot be read;
    then nothing is loaded. Lines count from 1; a row that takes several lines is named by its first.
    """
    path = _find(name_or_path)
    packed = path.suffix.lower() == ".gz"
    rows = READERS.get((path.with_suffix("") if packed else path).suffix.lower())
    if rows is None:
        raise CourseError(
            f"{path.name} is not a kind of file that load reads; save it as .json, .jsonl or .csv."
        )
    try:
        return list(rows(_text(path)))
    except BrokenLine as broken:
        raise CourseError(f"{path.name}, line {broken.line}: {broken.reason}.") from None


def table_input(name: str) -> dict[str, Any]:
    """The CreateTable input in data/tables: `client.create_table(**table_input("notes"))`."""
    if name not in _names("tables"):
        raise CourseError(f'There is no table input "{name}"; data/tables holds {_listed("tables")}.')
    return json.loads((DATA / "tables" / f"{name}.json").read_text(encoding="utf-8"))


def load_into(table: Any, items: Iterable[Item], label: str | None = None) -> int:
    """Put the items into a boto3 `Table`, 25 a request, and print how many it took: `60 of 60 items`.

    An item that the table already holds under the same key is replaced, so a load that was stopped can be
    run again. Stopped half-way, by Ctrl-C or by a refusal of the service, it prints how many are certainly
    written and lets the error through. Where somebody is watching, a progress bar appears after a second;
    `label` stands before both.

    Returns the number of items written. Raises `CourseError`, before anything is written, when it is given
    something else, an item lacks a key attribute or has one that is no text, number or bytes, or two items
    have the same key (0 and 0.0 are one number): one would replace the other, or both would be refused.
    """
    from tqdm import tqdm

    items = list(items) if isinstance(items, Iterable) else [None]
    if not hasattr(table, "key_schema") or not all(isinstance(item, dict) for item in items):
        raise CourseError(
            'load_into takes a boto3 Table and a list of items: load_into(db.Table("notes"), load("notes")).'
        )
    _check_keys(table, items)
    written = 0
    bar = {"delay": 1, "leave": False, "file": sys.stdout, "disable": not somebody_watches()}
    try:
        with tqdm(total=len(items), desc=label, unit=" items", **bar) as progress:
            for start in range(0, len(items), 25):
                chunk = items[start : start + 25]
                # A writer for each chunk: when it closes, also what the service left unprocessed is written.
                with table.batch_writer() as batch:
                    for item in chunk:
                        batch.put_item(Item=item)
                written += len(chunk)
                progress.update(len(chunk))
    finally:
        print(f"{label}: " if label else "", f"{written} of {len(items)} items", sep="")
    return written


def _check_keys(table: Any, items: list[Item]) -> None:
    names = [key["AttributeName"] for key in table.key_schema]
    seen: dict[tuple, int] = {}
    for number, item in enumerate(items, 1):
        for name in names:
            if name not in item:
                raise CourseError(f'Item {number} has no "{name}", which is a key of the table {table.name}.')
        key = tuple(_key_value(number, name, item[name]) for name in names)
        if key in seen:
            shown = ", ".join(f"{name} {_shown(item[name])}" for name in names)
            raise CourseError(
                f"Items {seen[key]} and {number} have the same key ({shown}); keep one of them."
            )
        seen[key] = number


def _key_value(number: int, name: str, value: Any) -> tuple[str, Any]:
    """Type and value of a key attribute, equal where DynamoDB takes two for one."""
    from boto3.dynamodb.types import TypeSerializer

    try:
        ((kind, content),) = TypeSerializer().serialize(value).items()
    except (TypeError, ArithmeticError):  # a float, a number of too many digits, an object of Python's
        kind = ""
    if kind not in ("S", "N", "B"):
        raise CourseError(
            f'Item {number} has {_shown(value)} under the key "{name}"; a key is a text, an int or Decimal, or bytes.'
        )
    return kind, Decimal(content) if kind == "N" else bytes(content) if kind == "B" else content


def _shown(value: Any) -> str:
    shown = str(value) if isinstance(value, Decimal) else repr(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"


def somebody_watches() -> bool:
    """Whether a person reads the output: in a terminal, or in a notebook whose front end can ask questions.

    Jupyter's front ends set `allow_stdin` in each execute request; nbclient and nbval, which run notebooks
    unattended, clear it. [Messaging in Jupyter: execute_request]
    """
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython and ipython.get_ipython(), "kernel", None)
    if kernel is None:
        return sys.stdout.isatty()
    return bool(kernel.get_parent().get("content", {}).get("allow_stdin"))


# -- finding and reading ------------------------------------------------------------------------------------


def _names(folder: str) -> list[str]:
    return sorted(path.stem for path in (DATA / folder).glob("*.json"))


def _listed(folder: str) -> str:
    return " and ".join(f'"{name}"' for name in _names(folder))


def _find(name_or_path: str | Path) -> Path:
    if name_or_path in _names("items"):
        return DATA / "items" / f"{name_or_path}.json"
    path = Path(name_or_path).expanduser()
    if not path.is_file():
        raise CourseError(
            f'There is no file "{name_or_path}" here; the course\'s own data are {_listed("items")}.'
        )
    return path


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path.name} cannot be read ({error.strerror}); check who may read it.") from None
    if path.suffix.lower() == ".gz":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            raise CourseError(f"{path.name} is not a whole gzip file; fetch it again.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BrokenLine(line, "this is not UTF-8; save the file with the encoding UTF-8") from None
    if not text.strip():
        raise CourseError(f"{path.name} is empty; it should hold at least one item.")
    return text
