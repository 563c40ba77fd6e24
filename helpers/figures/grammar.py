"""One grammar for all pictures: what is a key, an item, read … has one colour and one pattern.

The pattern alone says it, for print and for eyes that tell no colours apart; the colours are those of Okabe and Ito,
which differ for all common kinds of colour blindness. A picture stands on paper of its own, so that it looks the same
on a light page and on a dark one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

INK, PAPER = "#1b1b1b", "#ffffff"


@dataclass(frozen=True)
class Look:
    """How a kind of thing is drawn; `colour` and `pattern` say it in words.

    `hatch` is matplotlib's; `ring` marks the middle; `ink` is the colour of letters on the fill.
    """

    means: str
    colour: str
    pattern: str
    fill: str
    edge: str = INK
    hatch: str = ""
    ring: bool = False
    ink: str = INK

    def patch(self) -> dict[str, Any]:
        """Return the arguments that draw it as a patch of matplotlib."""
        return {"facecolor": self.fill, "edgecolor": self.edge, "hatch": self.hatch}


LOOKS = {
    "key": Look("a key", "dark blue", "solid", "#00558b", ink=PAPER),
    "item": Look("an item, a value", "grey", "plain", "#d5dade"),
    "read": Look("what DynamoDB reads", "light blue", "dots", "#c4e4f7", "#00558b", "..."),
    "returned": Look("what comes back", "green", "upright lines", "#66c5ab", "#00553e", "|||"),
    "billed": Look("what is paid for", "orange", "level lines", "#f8d78f", "#8a5f00", "---"),
    "refused": Look("what is refused", "red", "crosses", "#f6c6a8", "#a33f00", "xxx"),
    "absent": Look("no such attribute", "white", "slanted lines", PAPER, "#767676", "////"),
    "null": Look("a stored NULL", "white", "a ring", PAPER, ring=True),
}


def grammar() -> "pandas.DataFrame":
    """Return the grammar as a table: a row a kind, with the columns `means`, `colour` and `pattern`."""
    import pandas

    return pandas.DataFrame(
        [(look.means, look.colour, look.pattern) for look in LOOKS.values()],
        index=list(LOOKS),
        columns=["means", "colour", "pattern"],
    )
