"""Attribute values: what the service takes as one, and the form in which it gives numbers back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import base64
import math
import re
from collections.abc import Iterable
from decimal import Decimal

from helpers.offline.refusal import Refused

MAX_NESTING = 32
MAX_ITEM_BYTES = 400 * 1024
MAX_DIGITS = 38
MAX_NAME_BYTES = 65_535
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: "
    "Attributes in the item have nested levels beyond supported limit"
)
INVALID = "One or more parameter values were invalid: "
_ONE_TYPE = "must contain exactly one of the supported datatypes"
_EMPTY_SETS = {
    "SS": "An string set  may not be empty",
    "NS": "An number set  may not be empty",
    "BS": "Binary sets should not be empty",
}
_NULL_MEMBERS = {
    "SS": "An string set may not have a null string as a member",
    "NS": "An number set may not have a null number as a member",
    "BS": "An binary set may not have a null binary as a member",
}
_OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?", re.ASCII)
_MAX_EXPONENT_DIGITS = 9  # of a longer one nothing but its sign matters
ANY_DEPTH = math.inf


def check_value(value: dict, levels: float = MAX_NESTING) -> None:
    """`check_form` with numbers, then `normalize`."""
    check_form(value, numbers=True)
    normalize(value, levels)


def check_form(value: dict, numbers: bool = False) -> None:
    """Refuse a value that is none; this needs the request alone, so the service does it first.

    With `numbers`, bad ones are refused on the way: that is told before a value's having two types.
    """
    for kind, content in value.items():
        if kind == "NULL" and content is not True:
            raise Refused(f"{INVALID}Null attribute value types must have the value of true")
        if kind in _EMPTY_SETS:
            _check_set(kind, content)
        elif kind == "M":
            check_attributes(content, numbers)
        elif kind == "L":
            check_forms(content, numbers)
        if numbers and kind in ("N", "NS"):
            normalize({kind: content})
    if not value:
        raise Refused(f"Supplied AttributeValue is empty, {_ONE_TYPE}")
    if len(value) > 1:
        raise Refused(f"Supplied AttributeValue has more than one datatypes set, {_ONE_TYPE}")


def check_forms(values: Iterable[dict], numbers: bool = False) -> None:
    """`check_form` for each."""
    for value in values:
        check_form(value, numbers)


def check_attributes(attributes: dict[str, dict], numbers: bool = False) -> None:
    """The same for an item, a key or a map, with the lengths of the names."""
    check_names(attributes)
    check_forms(attributes.values(), numbers)


def check_names(names: Iterable[str]) -> None:
    """An attribute's name has at least one character and at most 65,535 bytes."""
    for name in names:
        if not name:
            raise Refused(f"{INVALID}An attribute name may not be empty")
        if 4 * len(name) > MAX_NAME_BYTES < len(name.encode("utf-8", "surrogatepass")):
            raise Refused(f"Attribute name is too large, must be less than {MAX_NAME_BYTES + 1} bytes")


def normalize(value: dict, levels: float = MAX_NESTING) -> None:
    """Put numbers into normal form and sets into order, in place.

    DynamoDB gives sets back in order: strings and binaries by their bytes, numbers by value.

    Args:
        value: one that has passed `check_form`.
        levels: how deep it may be nested, `ANY_DEPTH` where that is looked at later.

    Raises:
        Refused: a number is out of range, a set has two equal ones, or the nesting is too deep.
    """
    if levels < 1:
        raise Refused(TOO_DEEP)
    ((kind, content),) = value.items()
    if kind == "N":
        value["N"] = _number(content)
    elif kind == "NS":
        value["NS"] = numbers = sorted(map(_number, content), key=Decimal)
        if len(set(numbers)) < len(numbers):
            raise Refused("Input collection contains duplicates")
    elif kind == "SS":
        value["SS"] = sorted(content)  # by code point, which is the order of UTF-8
    elif kind == "BS":
        value["BS"] = sorted(content, key=base64.b64decode)
    elif kind in ("L", "M"):
        for inner in content.values() if kind == "M" else content:
            normalize(inner, levels - 1)


def kind_of(value: dict) -> str:
    """A value's type: "S", "N", …"""
    return next(iter(value))


def _check_set(kind: str, members: list[str]) -> None:
    if not members:
        raise Refused(INVALID + _EMPTY_SETS[kind])
    if None in members:
        raise Refused(INVALID + _NULL_MEMBERS[kind])
    if kind != "NS" and len(set(members)) < len(members):
        told = "of type BS contains" if kind == "BS" else " contains"  # the missing blank is DynamoDB's
        raise Refused(f"{INVALID}Input collection [{', '.join(members)}]{told} duplicates.")


def _number(text: str) -> str:
    """A number in the form in which DynamoDB gives it back: no exponent, no leading or trailing zeros."""
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) <= MAX_DIGITS:
        return text
    form = _NUMBER.fullmatch(text)
    if form is None:
        raise Refused(f"The parameter cannot be converted to a numeric value{': ' + text if text else ''}")
    exponent = form[1] or ""
    if len(exponent.lstrip("+-").lstrip("0")) > _MAX_EXPONENT_DIGITS:
        raise Refused(_UNDERFLOW if exponent[0] == "-" else _OVERFLOW)
    number = Decimal(text)
    if number.adjusted() > 125:  # also a zero's: 0E126 is refused, 0.0E126 is not
        raise Refused(_OVERFLOW)
    if number.adjusted() < -130:
        raise Refused(_UNDERFLOW)
    if not number:
        return "0"
    if _digits(number) > MAX_DIGITS:
        raise Refused("Attempting to store more than 38 significant digits in a Number")
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _digits(number: Decimal) -> int:
    """How many significant digits a number has."""
    return len("".join(map(str, number.as_tuple().digits)).strip("0"))


def plain(number: Decimal) -> str:
    """A computed number in normal form. One of too many digits is an overflow to the service.

    Raises:
        Refused: it is out of range or has too many digits.
    """
    if not number:
        return "0"
    if _digits(number) > MAX_DIGITS:
        raise Refused(_OVERFLOW)
    return _number(f"{number:f}")
