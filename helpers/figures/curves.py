"""Pictures of how something goes: units over time, dollars over use."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.figures.canvas import LINE, WIDTH, area, canvas, curve, label, legend
from helpers.figures.picture import picture

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

LEFT = 0.75  # inches for the figures of the upright axis
BINS = 144  # steps of a day: ten minutes each


class _Panel:
    """A part of the canvas with an upright axis from 0 to `most` and a level one from 0 to `last`."""

    def __init__(self, axes: "Axes", bottom: float, height: float, most: float, last: float) -> None:
        self.axes, self.bottom, self.height, self.most, self.last = axes, bottom, height, most or 1, last
        self.right = WIDTH - 0.25
        for level, words in ((0, "0"), (self.most, f"{self.most:,.0f}")):
            label(axes, LEFT - 0.1, self.at(0, level)[1], words, side="right")
        curve(axes, [self.at(0, self.most), self.at(0, 0), self.at(self.last, 0)])

    def at(self, x: float, y: float) -> tuple[float, float]:
        return LEFT + (self.right - LEFT) * x / self.last, self.bottom + self.height * y / self.most

    def steps(self, values: Sequence[float]) -> list[tuple[float, float]]:
        """Equal steps over the whole width, one a value."""
        wide = self.last / len(values)
        return [self.at((step + side) * wide, value) for step, value in enumerate(values) for side in (0, 1)]

    def fill(self, values: Sequence[float], kind: str) -> None:
        area(self.axes, self.steps(values), self.bottom, kind)

    def marks(self, places: Sequence[float], words: Sequence[str]) -> None:
        """What stands under the level axis."""
        for place, text in zip(places, words, strict=True):
            x, y = self.at(place, 0)
            curve(self.axes, [(x, y), (x, y - 0.05)])
            label(self.axes, x, y - LINE / 2 - 0.06, text, side="center")


def draw_day(seconds: "pandas.DataFrame", used: str = "read") -> None:
    """What a table was asked for, had, served and refused, in units a second: means of ten minutes over a day.

    Args:
        seconds: a row a second; the columns `demand`, `served`, `throttled` and `provisioned` hold units, as
            `helpers.throughput.Served.seconds` has them.
        used: "read" for read units, "item" for write units.
    """
    steps = seconds.groupby(seconds.index * BINS // len(seconds)).mean()
    hours = len(seconds) / 3600
    figure, axes = canvas(4.5)
    label(axes, 0, 4.38, "units a second, means of " + _span(len(seconds) / BINS))
    most = float(steps[["demand", "served", "provisioned"]].to_numpy().max())
    panel = _Panel(axes, 1.75, 2.3, most, hours)
    panel.fill(list(steps["provisioned"]), "billed")
    panel.fill(list(steps["served"]), used)
    curve(axes, panel.steps(list(steps["demand"])))
    refused = steps["throttled"]
    below = _Panel(axes, 0.8, 0.6, float(refused.max()), hours)
    if refused.any():
        below.fill(list(refused), "refused")
    below.marks(*_hours(hours))
    kinds = {"billed": "provisioned", used: "served"} | ({"refused": "refused"} if refused.any() else {})
    legend(axes, kinds, line="asked for")
    sums = seconds[["demand", "served", "throttled"]].sum()
    span = f"{seconds['provisioned'].min():,.0f} to {seconds['provisioned'].max():,.0f}"
    picture(
        figure,
        f"Lines over {hours:g} hours, units a second: {span} provisioned, demand up to {steps['demand'].max():,.0f} "
        f"on a mean of {_span(len(seconds) / BINS)}. Units together: {sums['demand']:,.0f} asked for, "
        f"{sums['served']:,.0f} served, {sums['throttled']:,.0f} refused, each attempt counted.",
    )


def draw_minutes(seconds: "pandas.DataFrame", used: str = "read") -> None:
    """The same units by second and, below, by minute as CloudWatch sums them, at one scale.

    Args:
        seconds: as for `draw_day`, of some minutes.
        used: "read" for read units, "item" for write units.
    """
    minutes = seconds["served"].groupby(seconds.index // 60).sum() / 60
    refused = seconds["throttled"].groupby(seconds.index // 60).sum()
    asked = seconds["served"] + seconds["throttled"]
    most = float(max(asked.max(), seconds["provisioned"].max()))
    figure, axes = canvas(4.9)
    panels = {}
    for title, bottom in (("by second", 2.95), ("by minute, Sum / 60", 0.8)):
        label(axes, 0, bottom + 1.72, f"units a second, {title}", bold=True)
        panels[title] = _Panel(axes, bottom, 1.45, most, len(seconds) / 60)
    above, below = panels.values()
    if refused.any():
        above.fill(list(asked), "refused")
    above.fill(list(seconds["served"]), used)
    below.fill(list(minutes), used)
    for panel in (above, below):
        curve(axes, panel.steps(list(seconds["provisioned"])), dashed=True)
    every = -(-len(minutes) // 10)
    places = range(0, len(minutes) + 1, every)
    below.marks(places, [f"{place} min" if not place else str(place) for place in places])
    kinds = {used: "served"} | ({"refused": "refused"} if refused.any() else {})
    legend(axes, kinds, dashes="provisioned")
    picture(
        figure,
        f"Lines over {len(minutes)} minutes. By second: up to {asked.max():,.0f} units asked for, "
        f"{seconds['served'].max():,.0f} served, {seconds['provisioned'].max():,.0f} provisioned, "
        f"{int(seconds['throttled'].sum()):,} refused. By minute, Sum / 60: at most {minutes.max():,.1f} units a second.",
    )


def draw_crossing(dollars: "pandas.DataFrame") -> None:
    """What a month costs on demand and provisioned, by how much of the capacity is used, and where the lines cross.

    Args:
        dollars: a row a use in per cent, in the index; the columns "on demand" and "provisioned" hold dollars, as
            `helpers.prices.modes_by_use` has them.
    """
    figure, axes = canvas(3.9)
    most, last = float(dollars.to_numpy().max()), float(dollars.index.max())
    panel = _Panel(axes, 1.05, 2.4, most, last)
    label(axes, 0, 3.78, "dollars a month")
    cheaper = [panel.at(use, min(row)) for use, row in zip(dollars.index, dollars.to_numpy(), strict=True)]
    meet = _meeting(dollars)
    if meet:
        cheaper = sorted([*cheaper, panel.at(*meet)])
    area(axes, cheaper, panel.bottom, "billed")
    for name, dashed in (("on demand", False), ("provisioned", True)):
        points = [panel.at(use, one) for use, one in dollars[name].items()]
        curve(axes, points, dashed=dashed)
        x, y = points[-1]
        label(axes, x - 0.1, y + (0.2 if dashed else -0.55), name, side="right")
    panel.marks(range(0, int(last) + 1, 20), [f"{use} %" for use in range(0, int(last) + 1, 20)])
    label(axes, LEFT + (panel.right - LEFT) / 2, 0.5, "of the provisioned units are used", side="center")
    told = "The lines do not cross"
    if meet:
        x, y = panel.at(*meet)
        axes.plot([x], [y], "o", ms=9, mfc="white", mec="black", mew=1.6)
        label(axes, x, y + 0.25, f"{meet[0]:.0f} %", side="center", bold=True)
        told = f"The lines cross at {meet[0]:.0f} per cent and ${meet[1]:,.2f}"
    legend(axes, {"billed": "the cheaper mode"}, line="on demand", dashes="provisioned")
    ends = "; ".join(
        f"{name} from ${dollars[name].iloc[0]:,.2f} to ${dollars[name].iloc[-1]:,.2f}" for name in dollars
    )
    picture(figure, f"Two lines, dollars a month by use of 0 to {last:.0f} per cent: {ends}. {told}.")


def _meeting(dollars: "pandas.DataFrame") -> tuple[float, float] | None:
    """Where the two lines cross: use in per cent and dollars; None if they do not."""
    rows = list(dollars[["on demand", "provisioned"]].itertuples())
    for (left, one, other), (right, one_then, other_then) in zip(rows, rows[1:], strict=False):
        before, after = other - one, other_then - one_then
        if before >= 0 >= after and before != after:
            part = before / (before - after)
            return left + part * (right - left), one + part * (one_then - one)
    return None


def _span(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 120 else f"{seconds:g} seconds"


def _hours(hours: float) -> tuple[list[float], list[str]]:
    """Where marks stand under an axis of hours, and what they say."""
    every = 3 if hours > 12 else 1
    places = [float(hour) for hour in range(0, int(hours) + 1, every)]
    return places, [f"{place:g} h" for place in places]
