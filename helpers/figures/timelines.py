"""Pictures of what happens when: time runs downwards, or from left to right."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from helpers.figures.canvas import LINE, WIDTH, arrow, box, canvas, cells, label, legend
from helpers.figures.picture import picture

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

REQUEST, ANSWER, LOST = "request", "answer", "lost"


def draw_lost_answer(steps: "pandas.DataFrame") -> None:
    """Requests and answers between a program and DynamoDB, time downwards; an answer that is lost ends half-way.

    Args:
        steps: a row a step, its second in the index; the columns `way` ("request", "answer" or "lost"), `says` (what is
            sent) and `stored` (the item after this step, or "" where nobody looks).
    """
    pitch, left, right = 0.62, 1.75, 5.2
    top = pitch * len(steps) + 1.0
    figure, axes = canvas(top)
    for x, words in ((left, "your program"), (right, "DynamoDB")):
        box(axes, x - 0.75, top - 0.34, 1.5, 0.34)
        label(axes, x, top - 0.17, words, side="center")
        axes.plot((x, x), (0.36, top - 0.34), color="#767676", linewidth=1)
    label(axes, WIDTH, top - 0.17, "stored", side="right")
    for row, step in enumerate(steps.itertuples()):
        y = top - 0.34 - pitch * (row + 0.72)
        label(axes, 0, y, f"{step.Index:g} s", width=1.2)
        _draw_step(axes, step.way, step.says, left, right, y)
        if step.stored:
            box(axes, right + 0.95, y - 0.16, WIDTH - right - 0.95, 0.32, "item")
            label(axes, WIDTH - 0.1, y, step.stored, width=WIDTH - right - 1.1, side="right")
    legend(axes, {"item": "the item after this step"}, arrows="a request, an answer")
    told = "; ".join(
        f"{step.Index:g} s: {step.says}" + (f", stored {step.stored}" if step.stored else "")
        for step in steps.itertuples()
    )
    picture(figure, f"Time runs downwards between your program and DynamoDB. {told}.")


def _draw_step(axes: "Axes", way: str, says: str, left: float, right: float, y: float) -> None:
    middle = (left + right) / 2
    label(axes, middle, y + 0.17, says, width=right - left - 0.2, side="center")
    if way == REQUEST:
        arrow(axes, (left, y), (right, y))
    elif way == ANSWER:
        arrow(axes, (right, y), (left, y))
    else:
        arrow(axes, (right, y), (middle, y))
        label(axes, middle - 0.12, y, "✕", side="right", bold=True)


def draw_retries(storms: "Mapping[str, pandas.DataFrame]") -> None:
    """How many requests arrive from moment to moment, a strip a storm: those that are served, and above them the refused.

    Args:
        storms: name -> a table as `helpers.retries.storm` gives it.
    """
    names, height, foot = 0.55, 1.25, 0.62
    pitch = height + LINE + 0.22
    figure, axes = canvas(pitch * len(storms) + foot - 0.2)
    slots = max(len(storm) for storm in storms.values())
    most = max(int(storm["sent"].max()) for storm in storms.values())
    wide, scale = (WIDTH - names - 0.15) / slots, height / most
    for place, (name, storm) in enumerate(storms.items()):
        bottom = foot + pitch * (len(storms) - 1 - place)
        told = f"{name}: {_counted(storm)}"
        label(axes, names, bottom + height + LINE / 2 + 0.02, told, width=WIDTH - names, bold=True)
        label(axes, names - 0.08, bottom + height - 0.1, str(most), side="right")
        label(axes, names - 0.08, bottom + 0.1, "0", side="right")
        axes.plot((names, WIDTH), (bottom, bottom), color="#767676", linewidth=1)
        for slot, (sent, refused) in enumerate(storm[["sent", "refused"]].to_numpy().tolist()):
            x = names + slot * wide
            if sent > refused:
                cells(axes, [(x, bottom)], wide, (sent - refused) * scale, "returned")
            if refused:
                cells(axes, [(x, bottom + (sent - refused) * scale)], wide, refused * scale, "refused")
    longest = max(storms.values(), key=len)
    for slot, second in enumerate(longest.index):
        if second == int(second):
            label(axes, names + (slot + 0.5) * wide, foot - 0.16, f"{int(second)} s", side="center")
    legend(axes, {"returned": "requests that are served", "refused": "refused"})
    told = " ".join(f"{name}: {_counted(storm)}, {_crowds(storm)}." for name, storm in storms.items())
    picture(figure, f"Bars of the requests that arrive from moment to moment, served and refused. {told}")


def _counted(storm: "pandas.DataFrame") -> str:
    sums = storm.sum()
    return f"{sums['sent']} requests, {sums['refused']} refused, {sums['given up']} given up"


def _crowds(storm: "pandas.DataFrame") -> str:
    """The three largest crowds after the first one, and when they come."""
    later = storm["sent"].iloc[1:]
    crowds = later[later > 0].nlargest(3).sort_index()
    return "then the largest crowds: " + ", ".join(
        f"{sent} at {second:g} s" for second, sent in crowds.items()
    )
