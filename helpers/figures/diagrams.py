"""Pictures of how things hang together: boxes and arrows."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from helpers.figures.canvas import LINE, WIDTH, arrow, box, canvas, cell, label, legend
from helpers.figures.grammar import LOOKS
from helpers.figures.picture import picture

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


def draw_grammar() -> None:
    """What a colour and a pattern mean, in every picture of the course: a swatch a kind, in two columns."""
    rows = (len(LOOKS) + 1) // 2
    figure, axes = canvas(rows * 0.5 - 0.1)
    for place, (kind, look) in enumerate(LOOKS.items()):
        left, bottom = WIDTH / 2 * (place // rows), (rows - 1 - place % rows) * 0.5
        cell(axes, left, bottom, 0.8, 0.36, kind)
        wide = label(axes, left + 0.95, bottom + 0.18, kind, bold=True)
        label(axes, left + 1.05 + wide, bottom + 0.18, look.means)
    told = "; ".join(f"{kind}: {look.colour}, {look.pattern}" for kind, look in LOOKS.items())
    picture(figure, f"{len(LOOKS)} swatches, what each stands for in all pictures. {told}.")


def draw_route(places: "pandas.DataFrame") -> None:
    """Where a cell's call goes: your cell, boto3, then one of the places.

    Args:
        places: a row a mode, its name in the index; the columns `answers` and `needs` hold short texts.
    """
    pitch = 0.9
    figure, axes = canvas(pitch * len(places))
    middle = pitch * len(places) / 2
    for left, width, words in ((0, 1.0, "your cell"), (1.4, 0.8, "boto3")):
        box(axes, left, middle - 0.3, width, 0.6)
        label(axes, left + width / 2, middle, words, side="center")
    arrow(axes, (1.0, middle), (1.4, middle))
    for row, (mode, place) in enumerate(places.iterrows()):
        y = pitch * (len(places) - row - 0.5)
        box(axes, 2.9, y - 0.36, WIDTH - 2.9, 0.72)
        arrow(axes, (2.2, middle), (2.9, y))
        label(axes, 3.02, y + 0.15, f"{mode}: {place.answers}", width=WIDTH - 3.1, bold=True)
        label(axes, 3.02, y - 0.15, f"needs {place.needs}", width=WIDTH - 3.1)
    ways = "; ".join(f"{mode}: {place.answers}, needs {place.needs}" for mode, place in places.iterrows())
    picture(
        figure,
        f"A call goes from your cell to boto3 and from there to one of {len(places)} places. {ways}.",
    )


def draw_partitions(
    items: Sequence[Mapping[str, Any]], partition_key: str, sort_key: str, most: int = 6
) -> None:
    """Items under a composite key: a column a partition key value, its items in the order of the sort key.

    Args:
        items: items that hold both keys.
        most: how many sort keys a column shows; beyond that it says how many more there are.
    """
    groups: dict[Any, list[Any]] = {}
    for item in sorted(items, key=lambda item: (item[partition_key], item[sort_key])):
        groups.setdefault(item[partition_key], []).append(item[sort_key])
    lines = {
        value: keys if len(keys) <= most + 1 else [*keys[:most], f"… {len(keys) - most} more"]
        for value, keys in groups.items()
    }
    top = LINE * max(map(len, lines.values()), default=0) + 1.05
    figure, axes = canvas(top)
    label(axes, 0, top - 0.12, f"{partition_key}:")
    width = (WIDTH + 0.1) / max(len(groups), 1)
    for column, (value, shown) in enumerate(lines.items()):
        left, inside = width * column, width - 0.1
        box(axes, left, top - 0.6, inside, 0.3, "key")
        label(axes, left + 0.08, top - 0.45, str(value), width=inside - 0.16, bold=True, ink=LOOKS["key"].ink)
        for row, key in enumerate(shown):
            bottom = top - 0.92 - LINE * row
            if row < most or key is groups[value][-1]:  # not the line that counts the rest
                cell(axes, left, bottom, inside, LINE - 0.03, "item")
            label(axes, left + 0.06, bottom + 0.12, str(key), width=inside - 0.1)
    legend(axes, {"key": "partition key", "item": f"an item, by its {sort_key}, sorted downwards"})
    columns = "; ".join(
        f"{value}: {len(keys)}, from {keys[0]} to {keys[-1]}" for value, keys in groups.items()
    )
    picture(
        figure,
        f"One column for each {partition_key}, its items sorted downwards by {sort_key}. {columns}.",
    )


def draw_schema(columns: "pandas.DataFrame") -> None:
    """SQL tables as boxes of columns, two in a line, an arrow from each foreign key to the table that it points to.

    The second line runs from right to left, the third from left to right again, so that neighbours stand together.

    Args:
        columns: a row a column; `table`, `column`, `type`, `key` ("primary", "" …) and `points to` (a table or "").
    """
    groups = dict(iter(columns.groupby("table", sort=False)))
    names = list(groups)
    pairs = [names[place : place + 2] for place in range(0, len(names), 2)]
    heights = [max(len(groups[name]) + 1 for name in pair) * LINE + 0.4 for pair in pairs]
    y = sum(heights) + 0.3
    figure, axes = canvas(y)
    corners: dict[str, tuple[float, float]] = {}
    for line, (pair, height) in enumerate(zip(pairs, heights, strict=True)):
        for place, name in enumerate(pair):
            corners[name] = (0 if place == line % 2 else 4.2, y)
            _draw_table(axes, name, groups[name], *corners[name])
        y -= height
    for _, column in columns[columns["points to"] != ""].iterrows():
        row = list(groups[column["table"]]["column"]).index(column["column"])
        _draw_reference(axes, corners[column["table"]], row, corners[column["points to"]])
    legend(axes, {"key": "primary key"}, arrows="from a foreign key to the table that it points to")
    arrows = columns[columns["points to"] != ""]
    told = "; ".join(f"{row.table}.{row.column} points to {row['points to']}" for _, row in arrows.iterrows())
    counts = ", ".join(f"{name} with {len(rows)} columns" for name, rows in groups.items())
    picture(figure, f"{len(groups)} tables: {counts}. Primary keys are dark. {told}.")


TABLE = 2.9  # inches: how wide a table of a schema is


def _draw_table(axes: "Axes", name: str, rows: "pandas.DataFrame", left: float, top: float) -> None:
    box(axes, left, top - LINE * (len(rows) + 1) - 0.1, TABLE, LINE * (len(rows) + 1) + 0.05)
    label(axes, left + 0.1, top - LINE / 2 - 0.05, name, bold=True)
    for row, (_, column) in enumerate(rows.iterrows()):
        y = top - LINE * (row + 1.5) - 0.07
        primary = column["key"] == "primary"
        if primary:
            cell(axes, left + 0.05, y - 0.12, TABLE - 0.1, 0.24, "key")
        ink = LOOKS["key" if primary else "item"].ink
        label(axes, left + 0.1, y, column["column"], width=TABLE - 1.2, ink=ink)
        label(axes, left + TABLE - 0.1, y, column["type"], width=1, side="right", ink=ink)


def _draw_reference(axes: "Axes", table: tuple[float, float], row: int, target: tuple[float, float]) -> None:
    """An arrow from a row of the table at one corner to the head of the table at the other."""
    (left, top), (to_left, to_top) = table, target
    y, to_y = top - LINE * (row + 1.5) - 0.07, to_top - LINE / 2 - 0.05
    if to_left < left:
        arrow(axes, (left, y), (to_left + TABLE, to_y))
    elif to_left > left:
        arrow(axes, (left + TABLE, y), (to_left, to_y))
    else:  # above or below: around the outside
        side = left + TABLE
        arrow(axes, (side, y), (side + 0.25, y), (side + 0.25, to_y), (side, to_y))


def draw_backends(stores: "pandas.DataFrame") -> None:
    """One app above an interface, two stores below it.

    Args:
        stores: a row a store, its name in the index; the columns `class` and `keeps` hold short texts.
    """
    width = (WIDTH + 0.1) / len(stores) - 0.1
    figure, axes = canvas(3.05)
    for bottom, words in ((2.5, "the page: list, add, edit, remove"), (1.5, "Directory: one interface")):
        box(axes, WIDTH / 2 - 1.75, bottom, 3.5, 0.55)
        label(axes, WIDTH / 2, bottom + 0.275, words, side="center")
    arrow(axes, (WIDTH / 2, 2.5), (WIDTH / 2, 2.05))
    for place, (name, store) in enumerate(stores.iterrows()):
        left = (width + 0.1) * place
        box(axes, left, 0, width, 0.9)
        label(axes, left + 0.12, 0.61, f"{store['class']}: {name}", width=width - 0.2, bold=True)
        label(axes, left + 0.12, 0.27, store["keeps"], width=width - 0.2)
        arrow(axes, (WIDTH / 2, 1.5), (left + width / 2, 0.9))
    told = "; ".join(
        f"{store['class']} for {name} keeps {store['keeps']}" for name, store in stores.iterrows()
    )
    picture(figure, f"The page calls one interface, Directory, and {len(stores)} stores answer it. {told}.")
