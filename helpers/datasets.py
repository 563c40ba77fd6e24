"""Files to items: the course's own data by name, a reader's own file by path, and items into a table."""

import base64
import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from helpers.errors import CourseError

DATA = Path(__file__).resolve().parents[1] / "data"

Item = dict[str, Any]


def load(name_or_path: str | Path) -> list[Item]:
    """Read a file into items that `table.put_item(Item=…)` takes; `load("notes")`, `load("my/people.csv")`.

    - JSON (`.json`): a list of objects, or one object. JSON Lines (`.jsonl`, `.ndjson`): one object a line.
      Numbers become `Decimal` as written, null is NULL. What JSON has no notation for, the attribute's name
      says: `:SS`, `:NS` or `:BS` at its end makes a set of a list, `:B` makes bytes of base64.
    - CSV (`.csv`): the header names the attributes. A cell is text, a number under `age:N`, true or false
      under `active:BOOL`; an empty cell is an absent attribute.

    Raises `CourseError`, one sentence with file, line and reason, when the file or any row cannot be read;
    then nothing is loaded. Lines count from 1; a row that takes several lines is named by its first.
    """
    path = _find(name_or_path)
    rows = _READERS.get(path.suffix.lower())
    if rows is None:
        raise CourseError(
            f"{path.name} is not a kind of file that load reads; save it as .json, .jsonl or .csv."
        )
    try:
        return list(rows(_text(path)))
    except _BrokenLine as broken:
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
    something else, an item lacks a key attribute or two items have the same key: one would replace the other,
    or both would be refused.
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
    seen: dict[str, int] = {}
    for number, item in enumerate(items, 1):
        for name in names:
            if name not in item:
                raise CourseError(f'Item {number} has no "{name}", which is a key of the table {table.name}.')
        key = ", ".join(f"{name} {item[name]!r}" for name in names)
        if key in seen:
            raise CourseError(f"Items {seen[key]} and {number} have the same key ({key}); keep one of them.")
        seen[key] = number


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


class _BrokenLine(Exception):
    def __init__(self, line: int, reason: str):
        self.line, self.reason = line, reason


@contextmanager
def _line(number: int) -> Iterator[None]:
    """Name the line of whatever goes wrong inside; `number` is where the text begins that is read there."""
    try:
        yield
    except json.JSONDecodeError as error:
        reason = f"this is not JSON ({error.msg}, column {error.colno})"
        if error.msg == "Extra data":
            reason += "; put the objects in a list, or one on each line of a .jsonl file"
        raise _BrokenLine(number + error.lineno - 1, reason) from None
    except (ValueError, csv.Error, RecursionError) as error:
        raise _BrokenLine(number, str(error)) from None


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
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _BrokenLine(line, "this is not UTF-8; save the file with the encoding UTF-8") from None
    if not text.strip():
        raise CourseError(f"{path.name} is empty; it should hold at least one item.")
    return text


# -- values -------------------------------------------------------------------------------------------------


def _decimal(text: str) -> Decimal:
    """A number as DynamoDB keeps it: 38 digits, 1E-130 to 9.99E+125. [HowItWorks.NamingRulesDataTypes]"""
    number = Decimal(text)
    digits = len(number.as_tuple().digits)
    shown = text if len(text) <= 20 else f"{text[:20]}…"
    if digits > 38:
        raise ValueError(f"{shown} has {digits} digits and DynamoDB keeps 38; write it as text or shorten it")
    if not -130 <= number.adjusted() <= 125:
        raise ValueError(f"{shown} is outside DynamoDB's range of 1E-130 to 9.99E+125")
    return number


_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")


def _number_cell(cell: str) -> Decimal:
    # Decimal() alone would also take NaN, Infinity, 1_000 and digits of other scripts.
    if not _NUMBER.fullmatch(cell.strip()):
        raise ValueError(f'"{cell}" is not a number')
    return _decimal(cell.strip())


def _bool_cell(cell: str) -> bool:
    if cell.strip().lower() not in ("true", "false"):
        raise ValueError(f'"{cell}" is neither true nor false')
    return cell.strip().lower() == "true"


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        raise ValueError("the bytes should be written in base64") from None


def _set_of(kind: type, values: Any) -> set:
    if not isinstance(values, list) or not values or not all(isinstance(value, kind) for value in values):
        wanted = "numbers" if kind is Decimal else "texts"
        raise ValueError(f"a set is written as a list of {wanted}, and is never empty")
    if len(set(values)) < len(values):
        raise ValueError("a set holds each value once")
    return set(values)


_CSV_TYPES = {"S": str, "N": _number_cell, "BOOL": _bool_cell}
_JSON_TYPES = {
    "SS": lambda values: _set_of(str, values),
    "NS": lambda values: _set_of(Decimal, values),
    "BS": lambda values: {_bytes(value) for value in _set_of(str, values)},
    "B": _bytes,
}


def _attribute(name: str, convert: Any, written: Any) -> Any:
    try:
        return convert(written)
    except ValueError as error:
        raise ValueError(f'in "{name}", {error}') from None


# -- JSON and JSON Lines ------------------------------------------------------------------------------------


def _object(pairs: list[tuple[str, Any]]) -> Item:
    item: Item = {}
    for written, value in pairs:
        name, _, kind = written.rpartition(":")
        if name and kind in _JSON_TYPES:
            value = _attribute(name, _JSON_TYPES[kind], value)
        else:
            name = written
        if name in item:
            raise ValueError(f'"{name}" appears twice in one object')
        item[name] = value
    return item


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not a number that DynamoDB can hold")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_decimal, parse_int=_decimal, parse_constant=_constant
)


def _object_at(text: str, at: int) -> tuple[Item, int]:
    """The object that begins at this position, and where it ends."""
    row, end = _DECODER.raw_decode(text, at)
    if not isinstance(row, dict):
        raise ValueError(f"an item is an object in braces, and {text[at:end].splitlines()[0][:30]} is not")
    return row, end


_GAP = re.compile(r"[ \t\r\n,]*")


def _json_rows(text: str) -> Iterator[Item]:
    with _line(1):
        json.loads(text, parse_float=str, parse_int=str)  # the syntax first: from here on it is sound
    at = _GAP.match(text).end()
    listed = text[at] == "["
    if listed:
        at = _GAP.match(text, at + 1).end()
    # One object at a time, because only so is it known on which line each begins.
    while at < len(text) and not (listed and text[at] == "]"):
        with _line(text.count("\n", 0, at) + 1):
            item, end = _object_at(text, at)
        yield item
        at = _GAP.match(text, end).end()


def _json_lines_rows(text: str) -> Iterator[Item]:
    # Not splitlines(): it would also cut at U+2028 and its like, which JSON allows inside a string.
    for number, line in enumerate(text.split("\n"), 1):
        if line := line.strip(" \t\r"):
            with _line(number):
                item, end = _object_at(line, 0)
                if end < len(line):
                    raise ValueError("more follows the object; write one object on each line")
            yield item


# -- CSV ----------------------------------------------------------------------------------------------------


def _csv_rows(text: str) -> Iterator[Item]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns = None
    while True:
        with _line(reader.line_num + 1):
            cells = next(reader, None)
            if cells is None:
                return
            if not cells:  # a blank line
                continue
            if columns is None:
                columns = _columns(cells)
                continue
            item = _csv_item(columns, cells)
        yield item


def _columns(header: list[str]) -> dict[str, Any]:
    """Attribute names, each with what makes a value of a cell."""
    if len(header) == 1 and re.search("[;\t]", header[0]):
        raise ValueError("the columns are parted by semicolons or tabs; save the file with commas")
    columns: dict[str, Any] = {}
    for cell in map(str.strip, header):
        name, kind = cell.rsplit(":", 1) if ":" in cell else (cell, "S")
        if not name:
            raise ValueError("a column has no name")
        if kind not in _CSV_TYPES:
            raise ValueError(f'"{cell}" asks for type "{kind}", and the types are {", ".join(_CSV_TYPES)}')
        if name in columns:
            raise ValueError(f'two columns are called "{name}"')
        columns[name] = _CSV_TYPES[kind]
    return columns


def _csv_item(columns: dict[str, Any], cells: list[str]) -> Item:
    if len(cells) != len(columns):
        raise ValueError(f"the row has {len(cells)} cells and the header {len(columns)}")
    item = {
        name: _attribute(name, convert, cell)
        for (name, convert), cell in zip(columns.items(), cells, strict=True)
        if cell != ""
    }
    if not item:
        raise ValueError("every cell is empty; remove the row")
    return item


_READERS = {".json": _json_rows, ".jsonl": _json_lines_rows, ".ndjson": _json_lines_rows, ".csv": _csv_rows}
