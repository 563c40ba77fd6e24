"""Tables and items as a console would show them: HTML in a notebook, aligned text elsewhere."""

import base64
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from html import escape
from types import ModuleType
from typing import Any

from botocore.exceptions import ClientError

from helpers.capacity import typed
from helpers.errors import CourseError

TYPE_NAMES = {
    "S": "String",
    "N": "Number",
    "B": "Binary",
    "BOOL": "Boolean",
    "NULL": "Null",
    "L": "List",
    "M": "Map",
    "SS": "String set",
    "NS": "Number set",
    "BS": "Binary set",
}
TEXT_WIDTH = 32  # columns that a value may take before it is shortened
HTML_WIDTH = 48
TITLE_LENGTH = 2_000  # characters of a shortened value that its tooltip holds

# No colour of text or background is named: both come from the reader's theme, light or dark.
STYLE = """<style>
.course-grid { margin: .4em 0; }
.course-grid > div { overflow-x: auto; }
.course-grid table { border-collapse: collapse; margin: 0; font-variant-numeric: tabular-nums; }
.course-grid caption { caption-side: top; text-align: left; font-weight: 600; padding: 0 .7em .5em; }
.course-grid table th, .course-grid table td { vertical-align: baseline;
  padding: .35em .7em; white-space: nowrap; border: 0; border-bottom: 1px solid rgba(128, 128, 128, .3); }
.course-grid table thead th { vertical-align: bottom; border-bottom: 2px solid rgba(128, 128, 128, .6); }
.course-grid table th[scope=row] { font-weight: 400; opacity: .75; }
.course-grid th small { font-weight: 400; opacity: .75; }
.course-grid td.blank { background:
  repeating-linear-gradient(135deg, transparent 0 5px, rgba(128, 128, 128, .2) 5px 6px); }
.course-grid.turned td { white-space: normal; max-width: 15em; overflow-wrap: anywhere; }
.course-grid ul { list-style: none; margin: .6em .7em; padding: 0; font-size: .9em; opacity: .8; }
.course-grid li { margin: 0 0 .15em; }
</style>"""


@dataclass(frozen=True)
class Column:
    """The head of a column: its name, and under it a note that `hint` explains; figures stand `right`."""

    name: str
    note: str = ""
    hint: str = ""
    right: bool = False


@dataclass(frozen=True, repr=False)
class Grid:
    """A small table with two faces, text and HTML. A cell is its whole text, or None for nothing.

    Without a head (no columns) the first cell of each row names the row. In a `turned` one long cells are wrapped.
    """

    title: str
    rows: Sequence[Sequence[str | None]]
    columns: Sequence[Column] = ()
    notes: Sequence[str] = ()
    turned: bool = False

    def turn(self) -> "Grid":
        """Return it with a row for each column: what is too wide for a page is often just right in height.

        The cells of the first column, the key, become the head.
        """
        names = [[column.name, column.note] for column in self.columns]
        lines = [[*name, *cells] for name, *cells in zip(names, *self.rows, strict=True)]
        head = [Column(_shortened(cell or "", TEXT_WIDTH)) for cell in lines[0]]
        return replace(self, rows=lines[1:], columns=head, turned=True)

    def __repr__(self) -> str:
        lines = [[_isolated(_shortened(cell or "", TEXT_WIDTH)) for cell in row] for row in self.rows]
        head = [[_isolated(column.name) for column in self.columns]]
        if any(column.note for column in self.columns):
            head.append([column.note for column in self.columns])
        count = len(self.columns) or max(map(len, lines), default=0)
        table = (head if self.columns else []) + lines
        widths = [max(_wcwidth().width(line[i]) for line in table) for i in range(count)]
        if self.columns:
            table.insert(len(head), ["-" * wide for wide in widths])
        right = [column.right for column in self.columns] or [False] * count
        text = [
            "  ".join(_aligned(*cell) for cell in zip(line, widths, right, strict=True)) for line in table
        ]
        blocks = [[self.title], [line.rstrip() for line in text], self.notes]
        return "\n\n".join("\n".join(block) for block in blocks if any(block))

    def _repr_html_(self) -> str:
        names = "course-grid turned" if self.turned else "course-grid"
        # The two class names keep Jupyter from reading "$5 or $6" in a value as mathematics.
        html = [STYLE, f'<div class="{names} mathjax_ignore tex2jax_ignore"><div>', "<table>"]
        if self.title:
            html.append(f"<caption>{escape(self.title)}</caption>")
        if self.columns:
            html += ["<thead><tr>", *map(_html_head, self.columns), "</tr></thead>"]
        html.append("<tbody>")
        for row in self.rows:
            html.append("<tr>" + "".join(self._html_cells(row)) + "</tr>")
        html.append("</tbody></table></div>")
        if self.notes:
            html += ["<ul>", *(f"<li>{escape(note)}</li>" for note in self.notes), "</ul>"]
        return "\n".join([*html, "</div>"])

    def _html_cells(self, row: Sequence[str | None]) -> Iterable[str]:
        if not self.columns:
            yield f'<th scope="row"{_side(False)}>{escape(row[0] or "")}</th>'
            row = row[1:]
        for i, cell in enumerate(row):
            yield _html_cell(cell, right=bool(self.columns) and self.columns[i].right)


def show(table: Any) -> Grid:
    """Return the overview of a boto3 Table: keys, capacity, status, counts, protection, indexes.

    It says what DescribeTable says, and "not reported" where a service other than AWS leaves something out.
    Raises CourseError if `table` is not a boto3 Table or there is no such table.
    """
    description = _description(table, "show")
    types = {a["AttributeName"]: a["AttributeType"] for a in description.get("AttributeDefinitions", [])}
    partition, sort = _keys(description["KeySchema"])
    rows = [
        ("Partition key", _key_text(partition, types)),
        ("Sort key", _key_text(sort, types) if sort else "none"),
        *_capacity_rows(description),
        ("Status", description.get("TableStatus", "not reported")),
        *_count_rows(description),
        (
            "Deletion protection",
            {True: "on", False: "off"}.get(description.get("DeletionProtectionEnabled"), "not reported"),
        ),
        *_index_rows(description, types),
    ]
    if description.get("StreamSpecification", {}).get("StreamEnabled"):
        rows.append(("Stream", description["StreamSpecification"]["StreamViewType"]))
    return Grid(
        title=f"Table {table.table_name}",
        rows=rows,
        notes=[
            "AWS refreshes the item count and the size about every six hours; explore(table) reads the items."
        ],
    )


def explore(
    table: Any,
    items: Iterable[Mapping[str, Any]] | None = None,
    limit: int = 50,
    *,
    first: Sequence[str] = (),
    turn: bool = False,
) -> Grid:
    """Return items as rows, attributes as columns: the key first, then what most items have.

    explore(table) scans the table, no further than it shows, and sorts by key. explore(table, items) shows
    items of that table that you read yourself, explore(items) any list of items, both in the order given.

    Types stand under the names; in a column of several types each value names its own. A blank cell is a
    missing attribute, NULL one whose value is Null, "" an empty string. At most `limit` rows are shown; the
    title says when there is more. The attributes named in `first` stand right after the key. `turn=True` makes
    a row of each attribute and a column of each item: a few items with many attributes then fit a page.

    Raises CourseError if an argument is something else or there is no such table.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise CourseError(f"limit is how many items to show, a whole number from 1, not {limit!r}.")
    alone = items is None and isinstance(table, list | tuple)
    items = table if alone else items
    key_types, order = {} if alone else _key_types(table), ""
    if items is None:
        items, more = _scan(table, limit, list(key_types))
        count = f"the first {_plural(limit)} that a scan returned; the table holds more" if more else ""
        order = "Sorted here by " + " and ".join(("partition key", "sort key")[: len(key_types)])
        order += "; a scan itself returns partition keys in an order that means nothing."
    else:
        items = _checked(items)
        count = f"the first {limit} of {_plural(len(items))}" if len(items) > limit else ""
        items = items[:limit]
    count = count or _plural(len(items))
    title = count[0].upper() + count[1:] if alone else f"{table.table_name}: {count}"
    notes = [order] if order and len(items) > 1 else []
    grid = _items_grid(title, items, key_types, _names(items, key_types, first), notes)
    if not (turn and grid.columns):
        return grid
    return (grid if key_types else _numbered(grid)).turn()


def _names(items: Sequence[Mapping[str, Any]], keys: Iterable[str], first: Sequence[str]) -> list[str]:
    """The attributes in the order of their columns: the key, those named `first`, then what most items have."""
    counts = Counter(name for item in items for name in item)
    if isinstance(first, str) or not all(isinstance(name, str) for name in first):
        raise CourseError(f'first is a list of names of attributes, such as ["badges"], not {first!r}.')
    for name in first:
        if items and name not in counts:
            raise CourseError(f"first names {name!r}, which no item shown here has: check the name.")
    most = sorted(counts, key=lambda name: (-counts[name], name))
    return list(dict.fromkeys([*keys, *(name for name in first if name in counts), *most]))


def _numbered(grid: Grid) -> Grid:
    """The grid with a number for each item, as the head of a turned one: items without a table have no known key."""
    rows = [[f"item {number}", *row] for number, row in enumerate(grid.rows, start=1)]
    return replace(grid, rows=rows, columns=[Column("attribute", "type"), *grid.columns])


def _items_grid(
    title: str,
    items: Sequence[Mapping[str, Any]],
    key_types: Mapping[str, str],
    names: Sequence[str],
    notes: list[str],
) -> Grid:
    values = [{name: typed(value) for name, value in item.items()} for item in items]
    kinds = {name: {item[name][0] for item in values if name in item} or {key_types[name]} for name in names}
    mixed = {name for name in names if len(kinds[name] - {"NULL"}) > 1}
    roles = dict(zip(key_types, ("partition key · ", "sort key · "), strict=False))
    columns = [
        Column(
            name=_plain(name),
            note=roles.get(name, "") + ", ".join(kind for kind in TYPE_NAMES if kind in kinds[name]),
            hint=", ".join(full for kind, full in TYPE_NAMES.items() if kind in kinds[name]),
            right=kinds[name] - {"NULL"} == {"N"},
        )
        for name in names
    ]
    rows = [[_cell(item.get(name), mixed=name in mixed) for name in names] for item in values]
    contents = [value for item in values for value in item.values()]
    legend = {
        "Blank: no such attribute.": any(None in row for row in rows),
        "NULL: an attribute whose value is Null.": ("NULL", None) in contents,
        '"": an empty string.': ("S", "") in contents,
    }
    notes = [*notes, " ".join(line for line, needed in legend.items() if needed)]
    if mixed:
        notes.append("In a column of several types each value begins with its own.")
    return Grid(title, rows, columns, [note for note in notes if note])


def _scan(table: Any, limit: int, keys: list[str]) -> tuple[list[dict], bool]:
    """Return up to `limit` items sorted by key, and whether the table holds more."""
    items, page = [], {}
    while len(items) <= limit:
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if page else {}
        try:
            page = table.scan(Limit=limit + 1 - len(items), **start)
        except ClientError as error:
            raise _sentence(error, table) from None
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
    shown = items[:limit]
    return sorted(shown, key=lambda item: [_key_order(item[name]) for name in keys]), len(items) > limit


def _key_order(value: Any) -> Any:
    """Return what DynamoDB compares: a String's UTF-8 bytes, a Number's value, a Binary's bytes."""
    _, content = typed(value)
    return content.encode("utf-8") if isinstance(content, str) else content


def _checked(items: Any) -> list[Mapping[str, Any]]:
    checked = list(items) if isinstance(items, Iterable) and not isinstance(items, str | Mapping) else [None]
    if not all(isinstance(item, Mapping) for item in checked):
        raise CourseError('items is a list of items, such as response["Items"] of a query or scan.')
    for item in checked:
        _check_names(item)
    return checked


def _check_names(value: Any) -> None:
    """Refuse a dict that is no map of DynamoDB, as deep as it lies."""
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise CourseError(f"The name of an attribute is a string, not {name!r}.")
    if isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            _check_names(inner)


def _key_types(table: Any) -> dict[str, str]:
    """Return {partition key: type} or {partition key: type, sort key: type}."""
    description = _description(table, "explore")
    types = {a["AttributeName"]: a["AttributeType"] for a in description.get("AttributeDefinitions", [])}
    return {name: types.get(name, "") for name in _keys(description["KeySchema"]) if name}


def _description(table: Any, function: str) -> dict[str, Any]:
    if not hasattr(table, "table_name"):
        given = f"the name {table!r}" if isinstance(table, str) else type(table).__name__
        raise CourseError(f'{function} needs a boto3 Table, such as connect().Table("notes"), not {given}.')
    try:
        return table.meta.client.describe_table(TableName=table.table_name)["Table"]
    except ClientError as error:
        raise _sentence(error, table) from None


def _sentence(error: ClientError, table: Any) -> Exception:
    """Return a missing table as one sentence, any other refusal as it is."""
    if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
        return error
    return CourseError(
        f"There is no table {table.table_name} to read from here: check the name (capitals count), "
        "create the table, and wait until it is ACTIVE."
    )


def _keys(schema: list[dict[str, str]]) -> tuple[str, str | None]:
    names = {key["KeyType"]: key["AttributeName"] for key in schema}
    return names["HASH"], names.get("RANGE")


def _key_text(name: str, types: Mapping[str, str]) -> str:
    return f"{_plain(name)} ({TYPE_NAMES.get(types.get(name, ''), 'type not reported')})"


def _capacity_rows(description: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return mode and figures; AWS leaves the mode out if it was always provisioned; only on-demand has 0."""
    units = description.get("ProvisionedThroughput", {})
    reads, writes = units.get("ReadCapacityUnits"), units.get("WriteCapacityUnits")
    mode = description.get("BillingModeSummary", {}).get("BillingMode")
    if mode is None and reads is not None:
        mode = "PROVISIONED" if reads else "PAY_PER_REQUEST"
    if mode != "PROVISIONED":
        return [("Capacity mode", "on-demand" if mode else "not reported")]
    return [
        ("Capacity mode", "provisioned"),
        ("Read capacity", f"{reads} RCU"),
        ("Write capacity", f"{writes} WCU"),
    ]


def _count_rows(description: Mapping[str, Any]) -> list[tuple[str, str]]:
    count, size = description.get("ItemCount"), description.get("TableSizeBytes")
    if count and not size:  # emulators count the items and leave the size at 0
        size = None
    return [
        ("Item count", "not reported" if count is None else f"{count:,}"),
        ("Table size", "not reported" if size is None else f"{size:,} bytes"),
    ]


def _index_rows(description: Mapping[str, Any], types: Mapping[str, str]) -> list[tuple[str, str]]:
    rows = []
    for field, label in (
        ("GlobalSecondaryIndexes", "Global index"),
        ("LocalSecondaryIndexes", "Local index"),
    ):
        for index in sorted(description.get(field, []), key=lambda index: index["IndexName"]):
            keys = ", ".join(_key_text(name, types) for name in _keys(index["KeySchema"]) if name)
            projection = index.get("Projection", {}).get("ProjectionType", "not reported")
            status = index.get("IndexStatus", "ACTIVE")  # a local index has none of its own
            state = "" if status == "ACTIVE" else f"; {status}"
            rows.append((f"{label} {index['IndexName']}", f"{keys}; projects {projection}{state}"))
    return rows or [("Indexes", "none")]


def _cell(value: tuple[str, Any] | None, mixed: bool) -> str | None:
    if value is None:
        return None
    kind, content = value
    text = _plain(content) if kind == "S" else _nested(kind, content)
    return f"{kind} {text}" if mixed and kind != "NULL" else text


def _nested(kind: str, content: Any) -> str:
    """Return a value as it stands inside a list: strings quoted, so that no two values look alike."""
    match kind:
        case "S":
            return _quoted(content)
        case "N":
            return _number(content)
        case "B":
            return base64.b64encode(content).decode("ascii")
        case "BOOL":
            return "true" if content else "false"
        case "NULL":
            return "NULL"
        case "L":
            return "[" + ", ".join(_nested(*typed(element)) for element in content) + "]"
        case "M":
            return (
                "{"
                + ", ".join(f"{_quoted(k)}: {_nested(*typed(v))}" for k, v in sorted(content.items()))
                + "}"
            )
    return "{" + ", ".join(_nested(kind[0], element) for element in sorted(content, key=_key_order)) + "}"


def _plain(text: str) -> str:
    """Return a string bare, or quoted if bare it would pass for nothing, less, NULL or a quoted one."""
    bare = text not in ("", "NULL") and text == text.strip() and text[0] != '"'
    quoted = _quoted(text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return text if bare and quoted == f'"{escaped}"' else quoted


def _quoted(text: str) -> str:
    """Return a string in JSON's quotes; what would break the line or turn its direction is escaped."""
    text = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", lambda found: f"\\u{ord(found[0]):04x}", text
    )


def _number(number: Decimal) -> str:
    """Return a number in full, or with an exponent where that would be a row of zeros."""
    return f"{number:f}" if -20 < number.adjusted() < 38 else str(number)


def _shortened(text: str, limit: int) -> str:
    wcwidth = _wcwidth()
    return text if wcwidth.width(text) <= limit else wcwidth.clip(text, 0, limit - 1).rstrip() + "…"


def _isolated(text: str) -> str:
    """Return text with its direction kept to itself: right-to-left text would reorder the whole line."""
    return f"\u2068{text}\u2069" if _right_to_left(text) else text


def _right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text)


def _aligned(text: str, wide: int, right: bool) -> str:
    return _wcwidth().rjust(text, wide) if right else _wcwidth().ljust(text, wide)


def _wcwidth() -> ModuleType:
    """What knows how wide text is; not imported with `helpers`, where it took a twentieth of the first answer's time."""
    import wcwidth

    return wcwidth


def _html_head(column: Column) -> str:
    note = f'<br><small title="{escape(column.hint)}">{escape(column.note)}</small>' if column.note else ""
    return f'<th scope="col"{_side(column.right)}>{escape(column.name)}{note}</th>'


def _html_cell(cell: str | None, right: bool) -> str:
    if cell is None:
        return '<td class="blank"></td>'
    short = _shortened(cell, HTML_WIDTH)
    text = f"<bdi>{escape(short)}</bdi>" if _right_to_left(short) else escape(short)
    title = f' title="{escape(_tooltip(cell))}"' if short != cell else ""
    return f"<td{_side(right)}{title}>{text}</td>"


def _side(right: bool) -> str:
    """The alignment, in the tag itself: Jupyter drops style sheets from outputs that it does not trust yet."""
    return f' style="text-align: {"right" if right else "left"}"'


def _tooltip(text: str) -> str:
    """Return the whole text, or its beginning and its length: 400 KB do not belong in a tooltip."""
    return text if len(text) <= TITLE_LENGTH else f"{text[:TITLE_LENGTH]}… ({len(text):,} characters)"


def _plural(count: int) -> str:
    return f"{count:,} item" + ("" if count == 1 else "s")
