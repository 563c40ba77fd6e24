"""A font for every letter: matplotlib's own, and for what it lacks one that is found on this machine.

matplotlib brings DejaVu along. Text that DejaVu can write is written with that very file, so that a stored picture does
not depend on what else is installed.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path

import matplotlib
from matplotlib.font_manager import FontProperties, fontManager, get_font

NO_LETTERS = ("last resort", "lastresort", "adobe blank")  # fonts that draw a box for every letter
MISSING = "\N{WHITE SQUARE}"


def lettering(text: str, bold: bool = False, mono: bool = False) -> tuple[str, FontProperties]:
    """Return `text` as one line that can be drawn, and the font for it.

    A letter that no font of this machine has becomes an empty square; what is invisible goes.
    """
    text = "".join(_drawable(letter) for letter in " ".join(text.split()))
    own = _own("DejaVuSansMono" if mono else "DejaVuSans", bold)
    families = dict.fromkeys(family for letter in text if (family := _family(letter)))
    if not families:
        return text, FontProperties(fname=own)
    # Not bold: many families have no such face, and matplotlib would say so on stderr.
    return text, FontProperties(family=["DejaVu Sans Mono" if mono else "DejaVu Sans", *families])


def _drawable(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind != "Cs" and (_own_has(letter) or _family(letter)):  # half a surrogate pair is no letter
        return letter
    return "" if kind in ("Cc", "Cf", "Mn") else MISSING


@lru_cache(maxsize=4096)
def _family(letter: str) -> str:
    """The family, on this machine, that has a letter which DejaVu lacks; "" if DejaVu has it or no family does."""
    if _own_has(letter):
        return ""
    return next((family for family, path in _others() if ord(letter) in _letters(path)), "")


def _own_has(letter: str) -> bool:
    return ord(letter) in _letters(_own("DejaVuSans")) and ord(letter) in _letters(_own("DejaVuSansMono"))


def _own(name: str, bold: bool = False) -> str:
    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}{'-Bold' if bold else ''}.ttf"))


@lru_cache(maxsize=1)
def _others() -> list[tuple[str, str]]:
    """Families of this machine and their regular files, Noto Sans first: it is made for many scripts side by side."""
    regular = [
        font for font in fontManager.ttflist if font.style == "normal" and font.weight in (400, "normal")
    ]
    found = {font.name: font.fname for font in regular}
    names = [
        name
        for name in found
        if not name.startswith((".", "DejaVu")) and not any(bad in name.lower() for bad in NO_LETTERS)
    ]
    return [(name, found[name]) for name in sorted(names, key=lambda name: ("Noto Sans" not in name, name))]


@lru_cache(maxsize=512)
def _letters(path: str) -> frozenset[int]:
    """The code points that a font file has; none if it cannot be read (matplotlib's list may be older than the disk)."""
    try:
        return frozenset(get_font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()
