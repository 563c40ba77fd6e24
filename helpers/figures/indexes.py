"""Pictures of secondary indexes: what they hold, and what they add to the price of a write."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from helpers.figures.canvas import LINE, WIDTH, canvas, cell, cells, label, legend
from helpers.figures.grammar import LOOKS
from helpers.figures.picture import picture

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

GAP = 0.25  # inches between two indexes


def draw_indexes(tables: "Mapping[str, pandas.DataFrame]", keys: Mapping[str, Sequence[str]]) -> None:
    """A table, and below it its indexes side by side: a row an item, a cell an attribute, keys first.

    Args:
        tables: the table and then its indexes, by name: a row an item in the order in which they stand there, a column
            an attribute, NaN where an item has none.
        keys: the key attributes of each, by the same names.
    """
    (name, table), *indexes = tables.items()
    most = max((len(held) for _, held in indexes), default=0)
    below = (most + 2) * LINE + 0.2 if indexes else 0
    top = (len(table) + 2) * LINE + below + 0.35
    figure, axes = canvas(top)
    _draw_items(axes, (0, top), WIDTH, name, table, keys[name])
    width = (WIDTH + GAP) / max(len(indexes), 1) - GAP
    for place, (index, held) in enumerate(indexes):
        _draw_items(axes, ((width + GAP) * place, 0.35 + below - 0.2), width, index, held, keys[index])
    kinds = {"key": "part of the key", "item": "another attribute"}
    if any(held.isna().to_numpy().any() for held in tables.values()):
        kinds["absent"] = "no such attribute"
    legend(axes, kinds)
    told = "; ".join(f"index {index}, by {' and '.join(keys[index])}: {len(held)}" for index, held in indexes)
    picture(figure, f"Items, a row each. Table {name}, by {' and '.join(keys[name])}: {len(table)}; {told}.")


def _draw_items(
    axes: "Axes",
    corner: tuple[float, float],
    width: float,
    name: str,
    held: "pandas.DataFrame",
    keys: Sequence[str],
) -> None:
    """The items of a table or an index, from the upper left corner on, with its name and attributes above."""
    left, top = corner
    label(
        axes,
        left,
        top - LINE / 2,
        f"{name}: {len(held)} {'item' if len(held) == 1 else 'items'}",
        width=width,
        bold=True,
    )
    wide = width / len(held.columns)
    for column, attribute in enumerate([*keys, *(one for one in held.columns if one not in keys)]):
        x = left + wide * column
        label(axes, x + 0.05, top - LINE * 1.5, attribute, width=wide - 0.08)
        there = held[attribute].notna()
        kind = "key" if attribute in keys else "item"
        corners = [(x, top - LINE * (row + 3) + 0.02) for row in range(len(held))]
        size = (wide - 0.04, LINE - 0.04)
        cells(axes, [at for at, has in zip(corners, there, strict=True) if has], *size, kind)
        cells(axes, [at for at, has in zip(corners, there, strict=True) if not has], *size, "absent")
        for (_, bottom), value, has in zip(corners, held[attribute], there, strict=True):
            if has:
                middle, room = bottom + size[1] / 2, wide - 0.12
                label(axes, x + 0.05, middle, str(value), width=room, ink=LOOKS[kind].ink)


def draw_ladder(units: "pandas.DataFrame") -> None:
    """What each write costs in a table and in its indexes: a block a write unit, the number beside it.

    Args:
        units: a row a write, what it does in the index; a column the table or an index; whole write units.
    """
    names, block = 2.75, 0.19
    width = (WIDTH - names) / len(units.columns)
    figure, axes = canvas((len(units) + 1) * 0.36 + 0.4)
    y = (len(units) + 1) * 0.36 + 0.4
    for column, place in enumerate(units.columns):
        label(axes, names + width * column, y - 0.15, place, width=width - 0.08, bold=True)
    for write, row in units.iterrows():
        y -= 0.36
        label(axes, 0, y - 0.15, str(write), width=names - 0.1)
        for column, number in enumerate(map(int, row)):
            left = names + width * column
            for one in range(number):
                cell(axes, left + one * (block + 0.04), y - 0.25, block, 0.2, "billed")
            label(axes, left + number * (block + 0.04) + (0.06 if number else 0), y - 0.15, str(number))
    legend(axes, {"billed": "a write unit that is paid for"})
    told = "; ".join(f"{write}: {', '.join(str(int(one)) for one in row)}" for write, row in units.iterrows())
    picture(figure, f"Write units of {len(units)} writes in {', '.join(map(str, units.columns))}. {told}.")
