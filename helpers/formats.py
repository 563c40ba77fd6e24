"""The text of a file to items: JSON, JSON Lines, DynamoDB JSON and CSV. `helpers.datasets.load` finds the file."""

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Any

Item = dict[str, Any]


class BrokenLine(Exception):
    """A line that cannot be read, and why; the reason goes on after "file, line 7: " and has no stop."""

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
        raise BrokenLine(number + error.lineno - 1, reason) from None
    except RecursionError:  # in whose words, each Python says differently
        raise BrokenLine(number, "this is nested too deeply to be read") from None
    except ValueError as error:
        raise BrokenLine(number, str(error)) from None


# -- values -------------------------------------------------------------------------------------------------

# boto3's own bounds reach two powers of ten further up and stop 35 digits below 1E-130.
_BOUNDS = Context(prec=38, Emin=-128, Emax=126)
_ANY_SIZE = Context(prec=1, Emin=MIN_EMIN, Emax=MAX_EMAX)


def _decimal(text: str) -> Decimal:
    """A number as DynamoDB keeps it: 38 digits, 1E-130 to 9.99E+125. [HowItWorks.NamingRulesDataTypes]

    The digits stay as written, 1.50 too, unless only zeros at the end make them more than boto3 takes.
    """
    shown = text if len(text) <= 20 else f"{text[:20]}…"
    outside = f"{shown} is outside DynamoDB's range of 1E-130 to 9.99E+125"
    try:
        number = Decimal(text)
    except InvalidOperation:  # its exponent is beyond Python's range too
        raise ValueError(outside) from None
    if not number:
        return number if abs(number.adjusted()) <= 100 else Decimal(0)
    if not -130 <= number.adjusted() <= 125:
        raise ValueError(outside)
    if _BOUNDS.create_decimal(number).compare_total(number) != 0:
        context = _ANY_SIZE.copy()
        context.prec = len(number.as_tuple().digits)
        number = number.normalize(context)
        digits = len(number.as_tuple().digits)
        if digits > 38:
            reason = f"{shown} has {digits} digits and DynamoDB keeps 38; write it as text or shorten it"
            raise ValueError(reason)
        if _BOUNDS.create_decimal(number) != number:
            raise ValueError(outside)
    return number


_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def _number_of(text: str) -> Decimal:
    # Decimal() alone would also take NaN, Infinity, 1_000 and digits of other scripts.
    if not _NUMBER.fullmatch(text.strip()):
        raise ValueError(f'"{text}" is not a number')
    return _decimal(text.strip())


def _bool_of(text: str) -> bool:
    if text.strip().lower() not in ("true", "false"):
        raise ValueError(f'"{text}" is neither true nor false')
    return text.strip().lower() == "true"


def _text(text: str) -> str:
    """The text, unless it holds half of a surrogate pair: JSON can write that, and UTF-8 has no bytes for it."""
    if half := re.search("[\ud800-\udfff]", text):
        raise ValueError(f"\\u{ord(half[0]):x} is half of a character; such a text cannot be stored")
    return text


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        raise ValueError("the bytes should be written in base64") from None


def _set_of(kind: type, values: Any) -> set:
    if not isinstance(values, list) or not values or not all(isinstance(value, kind) for value in values):
        wanted = "numbers" if kind is Decimal else "texts"
        raise ValueError(f"a set is written as a list of {wanted}, and is never empty")
    if kind is str:
        values = [_text(value) for value in values]
    return _each_once(values)


def _each_once(values: list) -> set:
    if len(set(values)) < len(values):
        raise ValueError("a set holds each value once")
    return set(values)


def _texts(values: Any) -> set[str]:
    return _set_of(str, values)


def _attribute(name: str, convert: Callable[[Any], Any], written: Any) -> Any:
    try:
        return convert(written)
    except ValueError as error:
        # A name may itself hold the half of a character that is complained of.
        shown = (
            name.encode("ascii", "backslashreplace").decode() if re.search("[\ud800-\udfff]", name) else name
        )
        raise ValueError(f'in "{shown}", {error}') from None


# -- JSON: objects to items ---------------------------------------------------------------------------------

_JSON_TYPES: dict[str, Callable[[Any], Any]] = {
    "SS": _texts,
    "NS": lambda values: _set_of(Decimal, values),
    "BS": lambda values: _each_once([_bytes(value) for value in _texts(values)]),
    "B": _bytes,
}


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for name, value in pairs:
        if name in written:
            raise ValueError(f'"{name}" appears twice in one object')
        written[_attribute(name, _text, name)] = value
    return written


def _constant(name: str) -> None:
    raise ValueError(f"{name} is not a number that DynamoDB can hold")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=_decimal, parse_int=_decimal, parse_constant=_constant
)


def _item(written: dict[str, Any]) -> Item:
    """An item of an object, by the course's rule or, where every attribute names its type, as DynamoDB JSON."""
    if _is_typed(written.get("Item")) and len(written) == 1:  # a line of an export
        return _typed_map(written["Item"])
    if {"Metadata", "Keys"} <= written.keys() and _is_typed(written["Keys"]):
        raise ValueError("this is an incremental export, of changes; load reads full exports")
    return _typed_map(written) if _is_typed(written) else _plain_map(written)


def _plain_map(written: dict[str, Any]) -> Item:
    item: Item = {}
    for ending, value in written.items():
        name, _, kind = ending.rpartition(":")
        if not name or kind not in _JSON_TYPES:
            name, kind = ending, ""
        if name in item:
            raise ValueError(f'"{name}" appears twice in one object')
        item[name] = _attribute(name, _JSON_TYPES.get(kind, _plain), value)
    return item


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_plain(element) for element in value]
    return _plain_map(value) if isinstance(value, dict) else value


# -- DynamoDB JSON: {"age": {"N": "41"}} --------------------------------------------------------------------


def _is_typed(written: Any) -> bool:
    """Whether every attribute is an object that names a type, and nothing else.

    An item by the course's own rule never is: its key is a text, a number or bytes, and no object.
    """
    return bool(written) and isinstance(written, dict) and all(map(_names_a_type, written.values()))


def _names_a_type(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and value.keys() <= _TYPED.keys()


def _typed(value: Any) -> Any:
    if not _names_a_type(value):
        raise ValueError(f"each value of DynamoDB JSON names its type, one of {', '.join(_TYPED)}")
    ((kind, content),) = value.items()
    wanted, convert = _TYPED[kind]
    if not isinstance(content, wanted):
        raise ValueError(f'what stands under "{kind}" is not {_CALLED[wanted]}')
    return convert(content)


def _typed_map(written: dict[str, Any]) -> Item:
    return {name: _attribute(name, _typed, value) for name, value in written.items()}


def _numbers(texts: list) -> set[Decimal]:
    return _each_once([_number_of(text) for text in _texts(texts)])


def _null(content: bool) -> None:
    if not content:
        raise ValueError('what stands under "NULL" is always true')


_CALLED = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}
_TYPED: dict[str, tuple[type, Callable[[Any], Any]]] = {
    "S": (str, _text),
    "N": (str, _number_of),
    "B": (str, _bytes),
    "BOOL": (bool, bool),
    "NULL": (bool, _null),
    "SS": (list, _texts),
    "NS": (list, _numbers),
    "BS": (list, _JSON_TYPES["BS"]),
    "L": (list, lambda values: [_typed(value) for value in values]),
    "M": (dict, _typed_map),
}


# -- JSON and JSON Lines ------------------------------------------------------------------------------------


def _object_at(text: str, at: int) -> tuple[Item, int]:
    """The item that begins at this position, and where it ends."""
    row, end = _DECODER.raw_decode(text, at)
    if not isinstance(row, dict):
        raise ValueError(f"an item is an object in braces, and {text[at:end].splitlines()[0][:30]} is not")
    return _item(row), end


_GAP = re.compile(r"[ \t\r\n,]*")
_EXPORT = re.compile(r'\s*\{\s*"(Item|Metadata)"\s*:')
_ITEMS = re.compile(r'"Items"\s*:\s*')
_ANSWER = {
    "Items",
    "Count",
    "ScannedCount",
    "ConsumedCapacity",
    "LastEvaluatedKey",
    "NextToken",
    "ResponseMetadata",
}


def _is_answer(whole: Any) -> bool:
    """Whether this is what the AWS CLI prints of a scan or a query."""
    told = whole.keys() if isinstance(whole, dict) else set()
    if not {"Items", "Count"} <= told <= _ANSWER or not isinstance(whole["Items"], list):
        return False
    return all(map(_is_typed, whole["Items"]))


def json_items(text: str) -> Iterator[Item]:
    """The items of a list of objects, of one object, of an answer to a scan, or of an export, one on each line."""
    with _line(1):
        try:  # the syntax first: from here on it is sound
            whole = json.loads(text, parse_float=str, parse_int=str)
        except json.JSONDecodeError as error:
            if error.msg != "Extra data" or not _EXPORT.match(text):
                raise
            whole = None
    if whole is None and _EXPORT.match(text):
        yield from json_lines_items(text)
        return
    answered = _is_answer(whole)
    at = (_ITEMS.search(text) if answered else _GAP.match(text)).end()
    listed = text[at] == "["
    if listed:
        at = _GAP.match(text, at + 1).end()
    # One object at a time, because only so is it known on which line each begins.
    while at < len(text) and not (listed and text[at] == "]"):
        with _line(text.count("\n", 0, at) + 1):
            item, end = _object_at(text, at)
        yield item
        at = _GAP.match(text, end).end()


def json_lines_items(text: str) -> Iterator[Item]:
    """The items of a text that holds one object on each line."""
    # Not splitlines(): it would also cut at U+2028 and its like, which JSON allows inside a string.
    for number, line in enumerate(text.split("\n"), 1):
        if line := line.strip(" \t\r"):
            with _line(number):
                item, end = _object_at(line, 0)
                if end < len(line):
                    raise ValueError("more follows the object; write one object on each line")
            yield item


# -- CSV ----------------------------------------------------------------------------------------------------

_CSV_TYPES: dict[str, Callable[[str], Any]] = {"S": str, "N": _number_of, "BOOL": _bool_of}
# csv's words are for programmers.
_CSV_REASONS = {
    "unexpected end of data": "a quotation mark is opened and never closed",
    "',' expected after '\"'": 'more follows a closing quotation mark; inside quotes, write "" for "',
}


def csv_items(text: str) -> Iterator[Item]:
    """The items of a table with commas whose first row names the attributes."""
    limit = csv.field_size_limit(
        2**31 - 1
    )  # csv refuses a cell of 131,073 characters; an item may hold 400 KB
    try:
        yield from _csv_rows(csv.reader(io.StringIO(text, newline=""), strict=True), text)
    finally:
        csv.field_size_limit(limit)


def _csv_rows(reader: Any, text: str) -> Iterator[Item]:
    header: list[str] = []
    columns: dict[str, Any] = {}
    first = True
    while True:
        number = reader.line_num + 1
        with _line(number):
            if not columns:
                _check_separator(text.split("\n")[number - 1 : number])
            cells = _next_row(reader)
            if cells is None:
                return
            if not cells:  # a blank line
                continue
            if not columns:
                header, columns = cells, _columns(cells)
                continue
            if first:
                _check_header(header, cells)
                first = False
            item = _csv_item(columns, cells)
        yield item


def _next_row(reader: Any) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise ValueError(_CSV_REASONS.get(str(error), str(error))) from None


def _check_separator(line: list[str]) -> None:
    bare = re.sub('"[^"]*"', "", "".join(line))
    if "," not in bare and re.search("[;\t]", bare):
        raise ValueError("the columns are parted by semicolons or tabs; save the file with commas")


def _columns(header: list[str]) -> dict[str, Any]:
    """Attribute names, each with what makes a value of a cell."""
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


def _check_header(header: list[str], cells: list[str]) -> None:
    """Refuse a first row that is data: a cell with digits, built like the one below it, as E-001 above E-002.

    Numbers count in the first column only: further right 2025 and 2026 may well be the names of columns.
    A first row of words alone cannot be told from names.
    """
    for place, (name, cell) in enumerate(zip(header, cells, strict=False)):
        built = [re.sub("[0-9]+", "0", value.strip()) for value in (name, cell)]
        if "0" in built[0] and built[0] == built[1] and (place == 0 or not _NUMBER.fullmatch(name.strip())):
            raise ValueError(
                f'the first row looks like data ("{name}" above "{cell}"); begin with a row of names'
            )


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


READERS: dict[str, Callable[[str], Iterator[Item]]] = {
    ".json": json_items,
    ".jsonl": json_lines_items,
    ".ndjson": json_lines_items,
    ".csv": csv_items,
}
