"""What an item weighs, and what reading or writing it consumes: pure functions of the published rules.

Sizes follow the page "DynamoDB item sizes and formats" (CapacityUnitCalculations) of the Amazon DynamoDB
Developer Guide, units the page "DynamoDB read and write operations" (read-write-operations). 1 KB is 1,024
bytes.
"""

import base64
import operator
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal, InvalidOperation
from typing import Any

from helpers.errors import CourseError

READ_UNIT = 4 * 1024
WRITE_UNIT = 1024
HALF_UNITS = {"eventual": 1, "strong": 2, "transactional": 4}  # per READ_UNIT begun

Typed = Callable[[Any], tuple[str, Any]]


def item_size(item: Mapping[str, Any]) -> int:
    """Return the size in bytes of an item as boto3's Table methods take and give it.

    For every attribute: the UTF-8 bytes of its name, and of its value

    - String: its UTF-8 bytes; Binary: its bytes; Boolean and Null: 1
    - Number: 1, and 1 more for each two digits before and after the decimal point (see `number_size`)
    - List and Map: 3, the sizes of what they hold, and 1 more for each element
    - sets: the sizes of their elements (the page leaves sets out; public calculators agree on this)

    The 100 bytes that DynamoDB adds to each item when it bills storage are not part of it.

    >>> item_size({"shirt-color": "R", "shirt-size": "M"})
    23

    Raises CourseError if a value is of a type that DynamoDB does not have.
    """
    return _attributes_size(item, typed)


def wire_item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the size in bytes of an item in DynamoDB JSON, {"id": {"S": "x"}}, by `item_size`'s rules.

    Binary values may be bytes, as boto3's client gives them, or base64 text, as they are on the wire.
    """
    if not isinstance(item, dict):
        return _attributes_size(item, typed_wire)
    return sum([_utf8_size(name) + _wire_size(value) for name, value in item.items()])


def _wire_size(value: Mapping[str, Any]) -> int:
    """What `_value_size` says of a value in DynamoDB JSON; the usual ones sooner, for every write weighs them."""
    if type(value) is dict and len(value) == 1:
        [(kind, content)] = value.items()
        if kind == "S":
            return _utf8_size(content)
        if kind == "N":
            return number_size(content)
        if kind == "L":
            return 3 + len(content) + sum(map(_wire_size, content))
        if kind == "M":
            return 3 + len(content) + wire_item_size(content)
    return _value_size(*typed_wire(value), typed_wire)


def number_size(number: Decimal | int | str) -> int:
    """Return the size of a Number in bytes: 1, and 1 for every two digits begun before the point and after it.

    A minus is 1 more. Leading zeros and those that end a fraction do not count; those that end a whole number count
    only if a fraction follows. Zero is 1 byte. The guide says "approximately": the rule is that of a survey of the
    service in August 2026.

    >>> [number_size(number) for number in (0, 12, 1200, Decimal("1.5"), Decimal("3.14159"), -7)]
    [1, 2, 2, 3, 5, 3]
    """
    if isinstance(number, str) and number.isdecimal() and number.isascii():  # whole, as most are
        return 1 + (len(number.strip("0")) + 1) // 2
    try:
        value = Decimal(number)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise CourseError(f"DynamoDB cannot store {number!r} as a Number: use a finite Decimal or int.")
    _, digits, exponent = value.as_tuple()
    point = len(digits) + exponent  # this many digits stand before it; none if that is below 1
    text = "".join(map(str, digits))
    whole, fraction = text[: max(point, 0)].lstrip("0"), text[max(point, 0) :].rstrip("0")
    if not fraction:
        whole = whole.rstrip("0")
    elif not whole:
        fraction = fraction.lstrip("0")
    return 1 + (len(whole) + 1) // 2 + (len(fraction) + 1) // 2 + (value < 0)


def read_units(size: int, consistency: str = "eventual") -> Decimal:
    """Return the read capacity units that one read of `size` bytes consumes.

    Each 4 KB begun costs 0.5 "eventual", 1 "strong" or 2 "transactional"; a missing item, size 0, costs as
    much as the smallest one. Query and Scan add up the sizes of all items they evaluate and round once: give
    their sum. GetItem and BatchGetItem round each item: add up the units instead.

    >>> read_units(8 * 1024), read_units(8 * 1024, "strong"), read_units(8 * 1024, "transactional")
    (Decimal('1'), Decimal('2'), Decimal('4'))

    Raises CourseError if `size` is not a whole number of bytes or `consistency` is another word.
    """
    if consistency not in HALF_UNITS:
        raise CourseError(f'Consistency is "eventual", "strong" or "transactional", not {consistency!r}.')
    return Decimal(_begun(size, READ_UNIT) * HALF_UNITS[consistency]) / 2


def write_units(size: int, transactional: bool = False) -> int:
    """Return the write capacity units of one write of an item of `size` bytes, indexes not counted.

    Each 1 KB begun costs 1, in a transaction 2. An update or a delete costs by the larger of the item before
    and after it; a delete of a missing item, size 0, as much as that of the smallest one.

    >>> write_units(8 * 1024), write_units(100), write_units(100, transactional=True)
    (8, 1, 2)

    Raises CourseError if `size` is not a whole number of bytes.
    """
    return _begun(size, WRITE_UNIT) * (2 if transactional else 1)


def typed(value: Any) -> tuple[str, Any]:
    """Return (type descriptor, content) of a value that boto3's Table methods take: typed("a") is ("S", "a").

    Content is str, Decimal, bytes, bool, None, a list, a mapping or a set of the first three.
    Raises CourseError if DynamoDB has no such type.
    """
    if value is None:
        return "NULL", None
    if isinstance(value, bool):
        return "BOOL", value
    if isinstance(value, str):
        return "S", value
    if isinstance(value, int | Decimal):
        return "N", Decimal(value)
    if (content := _binary(value)) is not None:
        return "B", content
    if isinstance(value, Mapping):
        return "M", value
    if isinstance(value, list | tuple):
        return "L", value
    if isinstance(value, AbstractSet):
        return _typed_set(value)
    if isinstance(value, float):
        raise CourseError(f'boto3 takes no float for DynamoDB: write Decimal("{value}") instead of {value}.')
    raise CourseError(f"DynamoDB has no type for {type(value).__name__}: store it as a string or a map.")


def typed_wire(value: Mapping[str, Any]) -> tuple[str, Any]:
    """Return (type descriptor, content) of a value in DynamoDB JSON: typed_wire({"S": "a"}) is ("S", "a")."""
    if not isinstance(value, Mapping) or len(value) != 1:
        raise CourseError(
            f'A value in DynamoDB JSON names its one type, such as {{"S": "text"}}, unlike {value!r}.'
        )
    [(kind, content)] = value.items()
    if kind == "B":
        return kind, _from_base64(content)
    if kind == "BS":
        return kind, [_from_base64(element) for element in content]
    return kind, content


def _attributes_size(attributes: Mapping[str, Any], typed: Typed) -> int:
    if not isinstance(attributes, Mapping):
        raise CourseError(f"An item is a dict of attributes, not {type(attributes).__name__}.")
    return sum(_utf8_size(name) + _value_size(*typed(value), typed) for name, value in attributes.items())


def _value_size(kind: str, content: Any, typed: Typed) -> int:
    match kind:
        case "S":
            return _utf8_size(content)
        case "N":
            return number_size(content)
        case "B":
            return len(content)
        case "BOOL" | "NULL":
            return 1
        case "SS" | "NS" | "BS":
            return sum(_value_size(kind[0], element, typed) for element in content)
        case "L":
            return 3 + sum(1 + _value_size(*typed(element), typed) for element in content)
        case "M":
            return 3 + len(content) + _attributes_size(content, typed)
    raise CourseError(
        f"DynamoDB has no type {kind!r}: its types are S, N, B, BOOL, NULL, L, M, SS, NS and BS."
    )


def _typed_set(value: AbstractSet) -> tuple[str, AbstractSet]:
    elements = [typed(element) for element in value]
    kinds = {kind for kind, _ in elements}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise CourseError(
            "A set in DynamoDB is not empty and holds strings only, numbers only or binaries only."
        )
    return kinds.pop() + "S", {content for _, content in elements}


def _binary(value: Any) -> bytes | None:
    """Return the bytes of bytes, bytearray or boto3's Binary, which keeps them in `value`; else None."""
    content = getattr(value, "value", value)
    return bytes(content) if isinstance(content, bytes | bytearray) else None


def _from_base64(content: bytes | str) -> bytes:
    return base64.b64decode(content) if isinstance(content, str) else bytes(content)


def _utf8_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8"))


def _begun(size: int, unit: int) -> int:
    """Return how many units `size` bytes begin, at least 1."""
    try:
        count = operator.index(size)
    except TypeError:
        count = -1
    if count < 0 or isinstance(size, bool):
        raise CourseError(
            f"A size is a whole number of bytes, 0 or more, not {size!r}: item_size(item) gives it."
        )
    return max(1, -(-count // unit))
