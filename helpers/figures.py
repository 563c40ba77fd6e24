"""The pictures. Each draws a small table that stands beside it, readable without colour, with alt text.

matplotlib's `Figure` is used without pyplot: nothing global changes, and a lesson starts sooner.
"""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

INK, PAPER, SHADE = "#1b1b1b", "white", "#e8eef4"


def picture(figure: Figure, alt: str) -> None:
    """Show a figure as a PNG whose alt text, and text form, is `alt`."""
    drawn = io.BytesIO()
    # Without the software's version in it, the same drawing is the same file.
    figure.savefig(
        drawn,
        format="png",
        dpi=110,
        bbox_inches="tight",
        facecolor=PAPER,
        metadata={"Software": None},
    )
    display(
        {"image/png": drawn.getvalue(), "text/plain": alt},
        raw=True,
        metadata={"image/png": {"alt": alt}},
    )


def _canvas(width: float, height: float) -> tuple[Figure, "Axes"]:
    """An empty figure of that many inches, with axes in the same units and no frame."""
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


def _box(
    axes: "Axes",
    left: float,
    bottom: float,
    width: float,
    height: float,
    fill: str = PAPER,
) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (left, bottom),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.08",
            edgecolor=INK,
            facecolor=fill,
        )
    )


def _arrow(axes: "Axes", start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0},
    )


def draw_route(places: "pandas.DataFrame") -> None:
    """Where a cell's call goes: your cell, boto3, then one of the places.

    Args:
        places: a row a mode, its name in the index; the columns `answers` and `needs` hold short texts.
    """
    pitch = 0.85
    figure, axes = _canvas(8.6, pitch * len(places))
    middle = pitch * len(places) / 2
    for left, label in ((0.05, "your cell"), (1.95, "boto3")):
        _box(axes, left, middle - 0.28, 1.3, 0.56)
        axes.text(left + 0.65, middle, label, ha="center", va="center", size=11, color=INK)
    _arrow(axes, (1.35, middle), (1.95, middle))
    for row, (mode, place) in enumerate(places.iterrows()):
        y = pitch * (len(places) - row - 0.5)
        _box(axes, 4.25, y - 0.33, 4.3, 0.66, SHADE if row == 0 else PAPER)
        _arrow(axes, (3.25, middle), (4.25, y))
        axes.text(
            4.4,
            y + 0.12,
            f"{mode}: {place.answers}",
            va="center",
            size=10.5,
            color=INK,
            weight="bold",
        )
        axes.text(4.4, y - 0.14, f"needs {place.needs}", va="center", size=9.5, color=INK)
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
    groups: dict[str, list[str]] = {}
    for item in sorted(items, key=lambda item: (item[partition_key], item[sort_key])):
        groups.setdefault(item[partition_key], []).append(item[sort_key])
    width, line = 2.15, 0.27
    height = line * (most + 1) + 0.75
    figure, axes = _canvas(width * len(groups), height)
    for column, (value, keys) in enumerate(groups.items()):
        left = width * column + 0.05
        shown = keys if len(keys) <= most + 1 else [*keys[:most], f"… {len(keys) - most} more"]
        _box(
            axes,
            left,
            height - 0.55 - line * len(shown) - 0.08,
            width - 0.2,
            line * len(shown) + 0.12,
            SHADE,
        )
        axes.text(
            left + 0.02,
            height - 0.2,
            f"{partition_key} = {value}",
            size=10,
            weight="bold",
            color=INK,
            va="center",
        )
        for row, key in enumerate(shown):
            axes.text(
                left + 0.1,
                height - 0.68 - line * row,
                key,
                size=7.5,
                family="monospace",
                color=INK,
                va="center",
            )
    columns = "; ".join(
        f"{value}: {len(keys)}, from {keys[0]} to {keys[-1]}" for value, keys in groups.items()
    )
    picture(
        figure,
        f"One column for each {partition_key}, its items sorted downwards by {sort_key}. {columns}.",
    )


def draw_item_size(sizes: "pandas.DataFrame") -> None:
    """An item's bytes by attribute: what its name takes and what its value takes.

    Args:
        sizes: a row an attribute, its name in the index; the columns `name` and `value` hold bytes.
    """
    figure = Figure(figsize=(7.5, 0.38 * len(sizes) + 0.9))
    axes = figure.subplots()
    rows = range(len(sizes))[::-1]
    axes.barh(rows, sizes["name"], color=SHADE, edgecolor=INK, hatch="///", label="name")
    axes.barh(rows, sizes["value"], left=sizes["name"], color="#7f9fbf", edgecolor=INK, label="value")
    for row, (name, value) in zip(rows, sizes[["name", "value"]].itertuples(index=False), strict=True):
        axes.text(name + value + sizes.to_numpy().max() * 0.02, row, f"{name} + {value}", va="center", size=9)
    _label(axes, rows, sizes.index, "bytes", room=(sizes["name"] + sizes["value"]).max() * 1.2)
    axes.legend(loc="lower right", frameon=False)
    bars = ", ".join(f"{attribute} {row['name']} + {row['value']}" for attribute, row in sizes.iterrows())
    picture(
        figure, f"Bars of bytes by attribute, name + value: {bars}. Together {sizes.to_numpy().sum()} bytes."
    )


def draw_reads(reads: "pandas.DataFrame") -> None:
    """For each question, how many items a query read, a scan read, and how many came back.

    Args:
        reads: a row a question; the columns `returned`, `query reads` and `scan reads` hold numbers of items.
    """
    figure = Figure(figsize=(8, 0.62 * len(reads) + 0.9))
    axes = figure.subplots()
    rows = range(len(reads))[::-1]
    looks = {
        "returned": {"color": INK},
        "query reads": {"color": "#7f9fbf", "edgecolor": INK},
        "scan reads": {"color": PAPER, "edgecolor": INK, "hatch": "///"},
    }
    for place, (column, look) in enumerate(looks.items()):
        heights = [row + 0.26 - 0.26 * place for row in rows]
        axes.barh(heights, reads[column], height=0.24, label=column, **look)
        for height, count in zip(heights, reads[column], strict=True):
            axes.text(count + reads.to_numpy().max() * 0.01, height, str(count), va="center", size=7.5)
    _label(axes, rows, reads.index, "items", room=reads["scan reads"].max() * 1.25)
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3, frameon=False)
    told = "; ".join("/".join(str(row[column]) for column in looks) for _, row in reads.iterrows())
    picture(
        figure,
        f"Bars for {len(reads)} questions: items returned / read by query / read by scan. In order: {told}.",
    )


def _label(axes: "Axes", rows: Sequence[int], names: Sequence[str], unit: str, room: float) -> None:
    """Names at the rows, the unit at the foot, no frame but the axes."""
    axes.set_yticks(list(rows), names)
    axes.set_xlabel(unit)
    axes.set_xlim(0, room)
    axes.spines[["top", "right"]].set_visible(False)


def draw_schema(columns: "pandas.DataFrame") -> None:
    """SQL tables as boxes of columns, an arrow from each foreign key to the table that it points to.

    Args:
        columns: a row a column; `table`, `column`, `type`, `key` ("primary", "" …) and `points to` (a table or "").
    """
    tables = list(dict.fromkeys(columns["table"]))
    width, line = 2.35, 0.24
    most = columns.groupby("table").size().max()
    figure, axes = _canvas(width * len(tables), line * (most + 2) + 0.35)
    top = line * (most + 2) + 0.2
    for place, table in enumerate(tables):
        left, rows = width * place + 0.1, columns[columns["table"] == table]
        _box(axes, left, top - line * (len(rows) + 1.4), width - 0.5, line * (len(rows) + 1.4))
        axes.text(left + 0.08, top - 0.17, table, size=10.5, weight="bold", va="center", color=INK)
        for row, (_, column) in enumerate(rows.iterrows()):
            y = top - line * (row + 1.75)
            mark = {"primary": "* ", "": "  "}.get(column["key"], "  ")
            text = f"{mark}{column['column']}  {column['type']}"
            axes.text(left + 0.06, y, text, size=7.5, family="monospace", va="center", color=INK)
            if column["points to"]:
                towards = width * tables.index(column["points to"]) + 0.1
                side = towards + width - 0.5 if towards < left else towards
                _arrow(axes, (left if towards < left else left + width - 0.5, y), (side, top - 0.17))
    arrows = columns[columns["points to"] != ""]
    told = "; ".join(f"{row.table}.{row.column} points to {row['points to']}" for _, row in arrows.iterrows())
    counts = ", ".join(f"{table} with {(columns['table'] == table).sum()} columns" for table in tables)
    picture(figure, f"{len(tables)} tables: {counts}. A star marks the primary key. {told}.")


def draw_presence(panels: "Mapping[str, pandas.DataFrame]") -> None:
    """Which row or item has which attribute: filled for a value, hatched for a stored NULL, nothing where there is none.

    Args:
        panels: title -> a frame of "value", "NULL" or "", a row an employee, a column an attribute.
    """
    tallest = max(len(frame) for frame in panels.values())
    figure = Figure(figsize=(4.7 * len(panels), 0.17 * tallest + 1.6))
    told = []
    for axes, (title, frame) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for kind, look in (
            ("value", {"facecolor": "#7f9fbf"}),
            ("NULL", {"facecolor": PAPER, "hatch": "/////"}),
        ):
            cells = [
                (x, y) for y, row in enumerate(frame.to_numpy()) for x, one in enumerate(row) if one == kind
            ]
            for x, y in cells:
                axes.add_patch(Rectangle((x, y), 1, 1, **look, edgecolor=INK, linewidth=0.3))
        axes.set_xlim(0, len(frame.columns))
        axes.set_ylim(len(frame), 0)
        axes.set_xticks(
            [x + 0.5 for x in range(len(frame.columns))], frame.columns, rotation=60, ha="right", size=8
        )
        axes.set_yticks([])
        axes.set_title(title, size=10)
        counts = {kind: int((frame == kind).to_numpy().sum()) for kind in ("value", "NULL", "")}
        told.append(
            f"{title}: {counts['value']} values, {counts['NULL']} NULLs, {counts['']} places without attribute"
        )
    figure.tight_layout()
    picture(figure, f"Grids of employees by attribute. {'; '.join(told)}.")


def draw_backends(stores: "pandas.DataFrame") -> None:
    """One app above an interface, two stores below it.

    Args:
        stores: a row a store, its name in the index; the columns `class` and `keeps` hold short texts.
    """
    width = 3.9
    figure, axes = _canvas(width * len(stores), 3.3)
    middle = width * len(stores) / 2
    for bottom, label in ((2.65, "the page: list, add, edit, remove"), (1.6, "Directory: one interface")):
        _box(axes, middle - 1.75, bottom, 3.5, 0.55, SHADE)
        axes.text(middle, bottom + 0.275, label, ha="center", va="center", size=11, color=INK)
    _arrow(axes, (middle, 2.65), (middle, 2.15))
    for place, (name, store) in enumerate(stores.iterrows()):
        left = width * place + 0.15
        _box(axes, left, 0.15, width - 0.3, 0.8)
        axes.text(
            left + 0.12, 0.7, f"{store['class']}: {name}", size=10.5, weight="bold", va="center", color=INK
        )
        axes.text(left + 0.12, 0.36, store["keeps"], size=9, va="center", color=INK)
        _arrow(axes, (middle, 1.6), (left + width / 2 - 0.15, 0.95))
    told = "; ".join(
        f"{store['class']} for {name} keeps {store['keeps']}" for name, store in stores.iterrows()
    )
    picture(figure, f"The page calls one interface, Directory, and {len(stores)} stores answer it. {told}.")
