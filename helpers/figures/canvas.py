"""What pictures are made of: boxes, cells, arrows, lettering and a legend, placed in inches from the left and the bottom.

matplotlib's `Figure` is used without pyplot: nothing global changes, and a lesson starts sooner.
"""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from helpers.figures.fonts import lettering
from helpers.figures.grammar import INK, LOOKS, PAPER, Look

WIDTH = (
    7.4  # inches, and a margin on both sides: 730 pixels, which lab, site and slides show without shrinking
)
MARGIN = 0.12
SIZE = 12  # points: no letter is smaller
LINE = 0.27  # inches from one line of letters to the next
DOTS_AN_INCH = 144
OUTLINE = Look("", "white", "", PAPER)  # what has no kind


def canvas(height: float) -> tuple[Figure, Axes]:
    """Return an empty figure and axes in inches, to draw on from (0, 0) to (WIDTH, height), without a frame."""
    size = (WIDTH + 2 * MARGIN, height + 2 * MARGIN)
    figure = Figure(figsize=size, dpi=DOTS_AN_INCH, facecolor=PAPER)
    FigureCanvasAgg(figure)
    limits = {"xlim": (-MARGIN, WIDTH + MARGIN), "ylim": (-MARGIN, height + MARGIN)}
    axes = figure.add_axes((0, 0, 1, 1), **limits)
    axes.set_axis_off()
    return figure, axes


def box(axes: Axes, left: float, bottom: float, width: float, height: float, kind: str = "") -> None:
    """Draw a box with round corners, in the look of a kind of LOOKS or, for "", as an outline."""
    look = LOOKS.get(kind, OUTLINE)
    shape = "round,pad=0,rounding_size=0.07"
    axes.add_patch(FancyBboxPatch((left, bottom), width, height, boxstyle=shape, **look.patch()))


def cell(axes: Axes, left: float, bottom: float, width: float, height: float, kind: str = "") -> None:
    """Draw a cell, a bar or a swatch: like `box`, with sharp corners."""
    cells(axes, [(left, bottom)], width, height, kind)


def cells(
    axes: Axes, corners: Sequence[tuple[float, float]], width: float, height: float, kind: str = ""
) -> None:
    """Draw cells of one size and one kind, given their lower left corners: as one shape, since hatching is slow."""
    if not corners:
        return
    look = LOOKS.get(kind, OUTLINE)
    squares = [
        Path([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)], closed=True)
        for x, y in corners
    ]
    axes.add_patch(PathPatch(Path.make_compound_path(*squares), linewidth=0.6, **look.patch()))
    if look.ring:
        middles = [(x + width / 2, y + height / 2) for x, y in corners]
        points = min(width, height) * 0.6 * 72
        axes.plot(*zip(*middles, strict=True), "o", ms=points, mfc=look.fill, mec=look.edge, mew=0.8)


def area(axes: Axes, points: Sequence[tuple[float, float]], bottom: float, kind: str) -> None:
    """Draw what lies between a line through the points, from left to right, and `bottom`, in the look of a kind."""
    around = [(points[0][0], bottom), *points, (points[-1][0], bottom), (points[0][0], bottom)]
    axes.add_patch(PathPatch(Path(around, closed=True), linewidth=0.6, **LOOKS[kind].patch()))


def curve(axes: Axes, points: Sequence[tuple[float, float]], *, dashed: bool = False) -> None:
    """Draw a line through the points, in ink."""
    looks = {"linewidth": 2, "linestyle": (0, (4, 2))} if dashed else {"linewidth": 1.4}
    axes.plot(*zip(*points, strict=True), color=INK, solid_joinstyle="round", **looks)


def arrow(axes: Axes, *points: tuple[float, float]) -> None:
    """Draw a line through the points, with a head at the last."""
    for start, end in zip(points[:-2], points[1:-1], strict=True):
        axes.plot(*zip(start, end, strict=True), color=INK, linewidth=1, solid_capstyle="projecting")
    looks = {"arrowstyle": "-|>,head_length=0.5,head_width=0.25", "color": INK, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", points[-1], points[-2], arrowprops=looks)


def label(
    axes: Axes,
    left: float,
    middle: float,
    text: str,
    *,
    width: float = WIDTH,
    side: str = "left",
    bold: bool = False,
    mono: bool = False,
    ink: str = INK,
) -> float:
    """Write one line, shortened with … to `width` inches, and return how wide it is.

    Args:
        side: which end of the line stands at `left`: "left", "center" or "right".
    """
    looks = {"ha": side, "va": "center_baseline", "size": SIZE, "color": ink}
    drawn, font = lettering(text, bold, mono)
    font.set_size(SIZE)
    # A dollar is a dollar: nothing in a picture is mathematics.
    line = axes.text(left, middle, drawn, font=font, parse_math=False, **looks)
    renderer = line.figure.canvas.get_renderer()
    while (wide := line.get_window_extent(renderer).width / line.figure.dpi) > width and len(drawn) > 1:
        drawn = drawn[: min(len(drawn) - 1, int(len(drawn) * width / wide) + 1)].rstrip()
        line.set_text(f"{drawn}…")
    return wide


def legend(
    axes: Axes, kinds: Mapping[str, str], *, arrows: str = "", line: str = "", dashes: str = ""
) -> None:
    """Write, as the last line, swatches and what they stand for, {kind: words}, and what an arrow or a line means."""
    left = 0.0
    for kind, words in kinds.items():
        cell(axes, left, 0.02, 0.34, 0.19, kind)
        left += 0.42
        left += label(axes, left, 0.115, words) + 0.28
    for dashed, words in enumerate((line, dashes)):
        if words:
            curve(axes, [(left, 0.115), (left + 0.34, 0.115)], dashed=bool(dashed))
            left += 0.42
            left += label(axes, left, 0.115, words) + 0.28
    if arrows:
        arrow(axes, (left, 0.115), (left + 0.34, 0.115))
        label(axes, left + 0.42, 0.115, arrows)
