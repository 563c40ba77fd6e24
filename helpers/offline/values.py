"""Attribute values: what the service takes as one, and the form in which it gives numbers back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from collections.abc import Iterable
from decimal import Context, Decimal, InvalidOperation

from helpers.offline.refusal import Refused

MAX_NESTING = 32
MAX_NAME_BYTES = 65_535
MAX_DIGITS = 38
INVALID = "One or more parameter values were invalid: "
_ONE_TYPE = "must contain exactly one of the supported datatypes"
_EMPTY_SETS = {
    "SS": "An string set  may not be empty",
    "NS": "An number set  may not be empty",
    "BS": "Binary sets should not be empty",
}
# Wide enough to read any number that a request can hold before its range is checked.
_READ = Context(prec=10_000, Emax=10**17, Emin=-(10**17))


class NameTooLong(Refused):
    """The name of an attribute is longer than 65,535 bytes."""

    def __init__(self) -> None:
        super().__init__(f"Attribute name is too large, must be less than {MAX_NAME_BYTES + 1} bytes")


def check_value(value: dict) -> None:
    """Refuse what is no value and numbers out of range; put numbers into DynamoDB's normal form, in place."""
    check_form(value)
    normalize(value)


def check_form(value: dict) -> None:
    """Refuse a value that is none; this needs the request alone, so the service does it first."""
    for kind, content in value.items():
        if kind == "NULL" and content is not True:
            raise Refused(f"{INVALID}Null attribute value types must have the value of true")
        if kind in _EMPTY_SETS:
            _check_set(kind, content)
        elif kind == "M":
            check_names(content)
            check_forms(content.values())
        elif kind == "L":
            check_forms(content)
    if not value:
        raise Refused(f"Supplied AttributeValue is empty, {_ONE_TYPE}")
    if len(value) > 1:
        raise Refused(f"Supplied AttributeValue has more than one datatypes set, {_ONE_TYPE}")


def check_names(names: Iterable[str]) -> None:
    """Refuse names of attributes that are too long."""
    for name in names:
        if 4 * len(name) > MAX_NAME_BYTES < len(name.encode()):  # UTF-8 has at most 4 bytes a character
            raise NameTooLong


def check_forms(values: Iterable[dict]) -> None:
    """`check_form` for each."""
    for value in values:
        check_form(value)


def normalize(value: dict, depth: int = 1) -> None:
    """Put numbers into normal form, in place; refuse numbers out of range, equal ones in a set, and deep nesting."""
    ((kind, content),) = value.items()
    if kind == "N":
        value["N"] = _number(content)
    elif kind == "NS":
        value["NS"] = numbers = [_number(member) for member in content]
        if len(set(numbers)) < len(numbers):
            raise Refused("Input collection contains duplicates")
    elif kind in ("L", "M"):
        if depth > MAX_NESTING:
            raise Refused("Nesting Levels have exceeded supported limits")
        for inner in content.values() if kind == "M" else content:
            normalize(inner, depth + 1)


def kind_of(value: dict) -> str:
    """A value's type: "S", "N", …"""
    return next(iter(value))


def _check_set(kind: str, members: list[str]) -> None:
    if not members:
        raise Refused(INVALID + _EMPTY_SETS[kind])
    if kind != "NS" and len(set(members)) < len(members):
        told = "of type BS contains" if kind == "BS" else " contains"  # the missing blank is DynamoDB's
        raise Refused(f"{INVALID}Input collection [{', '.join(members)}]{told} duplicates.")


def _number(text: str) -> str:
    """A number in the form in which DynamoDB gives it back: no exponent, no leading or trailing zeros."""
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) <= MAX_DIGITS:
        return text
    try:
        number = _READ.create_decimal(text)
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or text != text.strip() or "_" in text:
        raise Refused(f"The parameter cannot be converted to a numeric value{': ' + text if text else ''}")
    if not number:
        return "0"
    if number.adjusted() > 125:
        raise Refused(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if number.adjusted() < -130:
        raise Refused(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > MAX_DIGITS:
        raise Refused("Attempting to store more than 38 significant digits in a Number")
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def plain(number: Decimal) -> str:
    """A computed number in normal form.

    Raises:
        Refused: it is out of range or has too many digits.
    """
    return _number(f"{number:f}")
