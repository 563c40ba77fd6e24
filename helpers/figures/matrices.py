"""Pictures of what is where: a cell a value."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from helpers.figures.canvas import LINE, WIDTH, canvas, cells, label, legend
from helpers.figures.picture import picture

if TYPE_CHECKING:
    import pandas

KINDS = {"value": "item", "NULL": "null", "": "absent"}
WORDS = {"value": "a value", "NULL": "a stored NULL", "": "no such attribute"}


def draw_presence(panels: "Mapping[str, pandas.DataFrame]") -> None:
    """Which row or item has which attribute: a line an attribute, a column an employee.

    Args:
        panels: title -> a frame of "value", "NULL" or "", a row an employee, a column an attribute.
    """
    lines = sum(len(frame.columns) + 1.2 for frame in panels.values())
    figure, axes = canvas(lines * LINE + 0.25)
    names, counts = 1.45, 0.5
    top, told = lines * LINE + 0.25, []
    for title, frame in panels.items():
        label(axes, 0, top - LINE / 2, title, bold=True)
        label(axes, WIDTH, top - LINE / 2, "values", side="right")
        pitch = (WIDTH - names - counts) / max(len(frame), 1)
        for row, (name, marks) in enumerate(frame.items(), start=1):
            bottom = top - (row + 1) * LINE
            label(axes, 0, bottom + LINE / 2, name, width=names - 0.1)
            for mark, kind in KINDS.items():
                corners = [(names + x * pitch, bottom + 0.02) for x, one in enumerate(marks) if one == mark]
                cells(axes, corners, pitch, LINE - 0.04, kind)
            label(axes, WIDTH, bottom + LINE / 2, str((marks == "value").sum()), side="right")
        top -= (len(frame.columns) + 1.2) * LINE
        marked = {mark: int((frame == mark).to_numpy().sum()) for mark in KINDS}
        told.append(
            f"{title}: {marked['value']} values, {marked['NULL']} NULLs, "
            f"{marked['']} places without attribute"
        )
    used = [mark for mark in KINDS if any((frame == mark).to_numpy().any() for frame in panels.values())]
    legend(axes, {KINDS[mark]: WORDS[mark] for mark in used})
    picture(figure, f"Grids, a line an attribute, a column an employee. {'; '.join(told)}.")
