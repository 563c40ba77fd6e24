"""Item sizes and capacity units, by the figures that the Amazon DynamoDB Developer Guide publishes."""

import doctest
from decimal import Decimal

import pytest
from boto3.dynamodb.types import Binary, TypeSerializer

from helpers import capacity
from helpers.capacity import item_size, number_size, read_units, wire_item_size, write_units
from helpers.errors import CourseError
from helpers.offline.language.values import normalize

KB = 1024

# attribute values, without the one byte of the name "a", as the rules of CapacityUnitCalculations weigh them
VALUES = [
    ("text", 4),
    ("", 0),
    ("é", 2),
    ("李", 3),
    ("🙂", 4),
    (0, 1),
    (7, 2),
    (12, 2),
    (123, 3),
    (1200, 2),
    (Decimal("0.0012"), 2),
    (Decimal("1.50"), 3),  # digits pair off from the point, to the left and to the right
    (Decimal("12.34"), 3),
    (Decimal("123.4"), 4),
    (Decimal("3.14159"), 5),
    (Decimal("100.5"), 4),  # the zeros of 100 count, since a fraction follows
    (Decimal("100.0"), 2),
    (Decimal("0.05"), 2),
    (Decimal("0.0123"), 3),
    (Decimal("1.05"), 3),
    (Decimal("1E+100"), 2),
    (Decimal("1E-100"), 2),
    (Decimal("-0.0"), 1),
    (-12, 3),
    (Decimal("9" * 38), 20),
    (b"\x00\x01\x02", 3),
    (bytearray(5), 5),
    (Binary(b"1234"), 4),
    (True, 1),
    (False, 1),
    (None, 1),
    ({"red", "blue"}, 7),
    ({1, 22, 333}, 2 + 2 + 3),
    ({b"12", b"345"}, 5),
    ([], 3),
    ({}, 3),
    (["ab", 12], 3 + (1 + 2) + (1 + 2)),
    ({"k": "v", "key": None}, 3 + (1 + 1 + 1) + (1 + 3 + 1)),
    ([[], {"x": [True]}], 3 + (1 + 3) + (1 + 3 + (1 + 1 + (3 + 1 + 1)))),
]


def test_the_official_example():
    assert item_size({"shirt-color": "R", "shirt-size": "M"}) == 23


@pytest.mark.parametrize(("value", "size"), VALUES)
def test_size_of_each_type_is_the_same_in_both_forms(value, size):
    assert item_size({"a": value}) == 1 + size
    assert wire_item_size({"a": TypeSerializer().serialize(value)}) == 1 + size


def test_names_count_in_utf8_bytes():
    assert item_size({"größe": "M"}) == 7 + 1
    assert item_size({}) == 0


def test_wire_binary_counts_its_bytes_not_its_base64():
    assert wire_item_size({"a": {"B": "AAECAw=="}, "b": {"BS": ["AAE=", "AA=="]}}) == 2 + 4 + 3


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"price": 1.5}, 'write Decimal("1.5") instead of 1.5'),
        ({"tags": set()}, "A set in DynamoDB is not empty"),
        ({"tags": {"a", 1}}, "strings only, numbers only or binaries only"),
        ({"tags": {None}}, "strings only, numbers only or binaries only"),
        ({"when": object()}, "no type for object"),
        ({"n": Decimal("NaN")}, "cannot store"),
        ({"n": [Decimal("Infinity")]}, "cannot store"),
        (["a"], "An item is a dict"),
    ],
)
def test_what_dynamodb_cannot_hold_is_told_in_a_sentence(item, says):
    with pytest.raises(CourseError, match=says.replace("(", r"\(").replace(")", r"\)")):
        item_size(item)


@pytest.mark.parametrize(
    "item", [{"a": "x"}, {"a": {"S": "x", "N": "1"}}, {"a": {"X": "x"}}, {"a": {"N": "one"}}]
)
def test_malformed_wire_values_are_told(item):
    with pytest.raises(CourseError):
        wire_item_size(item)


@pytest.mark.parametrize(
    "text", ["0", "000", "7", "12", "120", "1200", "0120", "1" * 38, "10" * 19, "9" * 37 + "0"]
)
def test_a_whole_number_as_text_weighs_what_the_number_weighs(text):
    assert number_size(text) == number_size(Decimal(text))


@pytest.mark.parametrize("text", ["1E3", "1.50", "0.00", "-0120", "+7", "00.10", "1e-5", "-1E20", "12.0"])
def test_the_normal_form_of_a_number_weighs_what_it_weighed(text):
    value = {"L": [{"N": text}]}
    before = wire_item_size({"a": value})
    normalize(value)
    assert wire_item_size({"a": value}) == before


def test_number_size_of_text_as_on_the_wire():
    assert number_size("-0012.3400") == number_size(Decimal("-12.34")) == 4


@pytest.mark.parametrize(
    ("size", "eventual", "strong", "transactional"),
    [
        (0, "0.5", "1", "2"),
        (1, "0.5", "1", "2"),
        (4 * KB, "0.5", "1", "2"),
        (4 * KB + 1, "1", "2", "4"),
        (8 * KB, "1", "2", "4"),
        (12 * KB, "1.5", "3", "6"),
        (41_780, "5.5", "11", "22"),  # the guide's Query of 40.8 KB, rounded to 44 KB
    ],
)
def test_read_units(size, eventual, strong, transactional):
    assert read_units(size) == read_units(size, "eventual") == Decimal(eventual)
    assert read_units(size, "strong") == Decimal(strong)
    assert read_units(size, "transactional") == Decimal(transactional)
    assert isinstance(read_units(size), Decimal)


@pytest.mark.parametrize(
    ("size", "plain", "transactional"),
    [(0, 1, 2), (1, 1, 2), (KB, 1, 2), (KB + 1, 2, 4), (3 * KB + 512, 4, 8), (400 * KB, 400, 800)],
)
def test_write_units(size, plain, transactional):
    assert write_units(size) == plain
    assert write_units(size, transactional=True) == transactional


@pytest.mark.parametrize("size", [-1, 1.5, "8", None, True])
def test_a_size_is_a_whole_number_of_bytes(size):
    with pytest.raises(CourseError, match="whole number of bytes"):
        read_units(size)
    with pytest.raises(CourseError, match="whole number of bytes"):
        write_units(size)


def test_another_consistency_is_refused():
    with pytest.raises(CourseError, match='"eventual", "strong" or "transactional", not \'sometimes\''):
        read_units(1, "sometimes")


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(capacity).failed == 0
    assert doctest.testmod(capacity).attempted >= 3
