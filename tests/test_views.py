"""Tables and items as text and as HTML: what they say, in what order, and what they must not let through."""

import re
from decimal import Decimal
from html.parser import HTMLParser
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError
from wcwidth import width

from helpers import connect
from helpers.errors import CourseError
from helpers.views import Column, Grid, explore, show


class Cells(HTMLParser):
    """The texts of td cells, row by row, as a browser would show them; a blank cell is None."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.titles, self.tags, self.inside = [], [], set(), False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.inside = True
            self.rows[-1].append(None if dict(attrs).get("class") == "blank" else "")
        self.titles += [value for name, value in attrs if name == "title"]

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "td"

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


@pytest.fixture
def db():
    return connect("offline", fresh=True)


@pytest.fixture
def notes(db):
    table = db.create_table(
        TableName="notes",
        KeySchema=[
            {"AttributeName": "userId", "KeyType": "HASH"},
            {"AttributeName": "noteId", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "noteId", "AttributeType": "N"},
            {"AttributeName": "userId", "AttributeType": "S"},
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 4},
    )
    table.wait_until_exists()
    return table


def fake(description, items=()):
    """Return a table whose DescribeTable answers only this much."""
    schema = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
    client = Mock()
    client.describe_table.return_value = {"Table": schema | description}
    table = SimpleNamespace(table_name="fake", meta=SimpleNamespace(client=client))
    table.scan = Mock(return_value={"Items": list(items)})
    return table


def rows(grid):
    return dict(grid.rows)


def cell(item, name="a"):
    """Return the cell of one attribute, in text."""
    grid = explore([item])
    return grid.rows[0][[column.name for column in grid.columns].index(name)]


# show


def test_the_overview_of_a_table(notes):
    notes.put_item(Item={"userId": "ada", "noteId": 1})
    grid = show(notes)
    expected = {
        "Partition key": "userId (String)",
        "Sort key": "noteId (Number)",
        "Capacity mode": "provisioned",
        "Read capacity": "5 RCU",
        "Write capacity": "4 WCU",
        "Status": "ACTIVE",
        "Item count": "1",
        "Deletion protection": "off",
        "Indexes": "none",
    }
    assert rows(grid).items() >= expected.items()
    assert repr(grid).startswith("Table notes\n\nPartition key        userId (String)\n")
    assert "about every six hours" in repr(grid)
    assert not re.search(r"arn:|20\d\d-", grid._repr_html_()), (
        "what differs from run to run has no place here"
    )


def test_both_faces_say_the_same(notes):
    grid = show(notes)
    html = grid._repr_html_()
    for text in [grid.title, *grid.notes, *(text for row in grid.rows for text in row)]:
        assert text in html
        assert text in repr(grid)


def test_what_a_service_leaves_out_is_not_made_up():
    assert rows(show(fake({}))) == {
        "Partition key": "id (type not reported)",
        "Sort key": "none",
        "Capacity mode": "not reported",
        "Status": "not reported",
        "Item count": "not reported",
        "Table size": "not reported",
        "Deletion protection": "not reported",
        "Indexes": "none",
    }


@pytest.mark.parametrize(
    ("description", "mode"),
    [
        ({"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}, "provisioned"),
        ({"ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}}, "on-demand"),
        ({"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}, "on-demand"),
        (
            {
                "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
            },
            "on-demand",
        ),
    ],
)
def test_capacity_mode_with_and_without_a_summary(description, mode):
    found = rows(show(fake(description)))
    assert found["Capacity mode"] == mode
    assert ("Read capacity" in found) is (mode == "provisioned")


def test_a_size_of_zero_beside_items_is_no_size():
    assert rows(show(fake({"ItemCount": 1234, "TableSizeBytes": 0})))["Table size"] == "not reported"
    assert rows(show(fake({"ItemCount": 0, "TableSizeBytes": 0})))["Table size"] == "0 bytes"
    assert rows(show(fake({"ItemCount": 1234, "TableSizeBytes": 56789}))).items() >= {
        ("Item count", "1,234"),
        ("Table size", "56,789 bytes"),
    }


def test_protection_stream_and_indexes():
    key = [{"AttributeName": "office", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}]
    index = {"IndexName": "byOffice", "KeySchema": key, "Projection": {"ProjectionType": "KEYS_ONLY"}}
    found = rows(
        show(
            fake(
                {
                    "AttributeDefinitions": [
                        {"AttributeName": n, "AttributeType": "S"} for n in ("id", "office")
                    ],
                    "DeletionProtectionEnabled": True,
                    "GlobalSecondaryIndexes": [index | {"IndexStatus": "CREATING"}],
                    "LocalSecondaryIndexes": [index | {"IndexName": "local"}],
                    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                }
            )
        )
    )
    assert found["Deletion protection"] == "on"
    assert found["Global index byOffice"] == "office (String), id (String); projects KEYS_ONLY; CREATING"
    assert found["Local index local"] == "office (String), id (String); projects KEYS_ONLY"
    assert found["Stream"] == "NEW_IMAGE"


# explore


def test_keys_first_then_what_most_items_have(notes):
    notes.put_item(Item={"userId": "ada", "noteId": 1, "zeal": 1, "body": "x", "about": "y"})
    notes.put_item(Item={"userId": "ada", "noteId": 2, "zeal": 1})
    columns = explore(notes).columns
    assert [column.name for column in columns] == ["userId", "noteId", "zeal", "about", "body"]
    assert [column.note for column in columns[:3]] == ["partition key · S", "sort key · N", "N"]
    assert columns[1].hint == "Number"


def test_scanned_items_are_sorted_as_dynamodb_sorts_keys():
    items = [{"id": key} for key in ("b", "é", "a", "Z", "10", "9", "李")]
    definition = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    grid = explore(fake(definition, items))
    assert [row[0] for row in grid.rows] == ["10", "9", "Z", "a", "b", "é", "李"]
    assert grid.notes[0].startswith("Sorted here by partition key; a scan itself")
    numbers = fake(
        {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}]}, [{"id": 10}, {"id": 9}]
    )
    assert [row[0] for row in explore(numbers).rows] == ["9", "10"]


def test_given_items_keep_their_order(notes):
    items = [{"userId": "ada", "noteId": number} for number in (2, 3, 1)]
    assert [row[1] for row in explore(notes, items).rows] == ["2", "3", "1"]
    assert [row[0] for row in explore(items).rows] == ["2", "3", "1"]
    assert "Sorted" not in repr(explore(notes, items))


def test_more_items_than_shown_are_told_and_not_read(notes):
    for number in range(5):
        notes.put_item(Item={"userId": "ada", "noteId": number})
    assert explore(notes, limit=5).title == "notes: 5 items"
    grid = explore(notes, limit=4)
    assert len(grid.rows) == 4
    assert grid.title == "notes: the first 4 items that a scan returned; the table holds more"
    assert grid.title in grid._repr_html_()
    assert grid.title in repr(grid)
    assert explore([{"a": 1}] * 3, limit=2).title == "The first 2 of 3 items"


def test_a_scan_goes_on_over_short_and_empty_pages():
    table = fake({})
    pages = [
        {"Items": [{"id": "b"}], "LastEvaluatedKey": {"id": "b"}},
        {"Items": [], "LastEvaluatedKey": {"id": "c"}},
    ]
    table.scan.side_effect = [*pages, {"Items": [{"id": "a"}]}]
    assert [row[0] for row in explore(table).rows] == ["a", "b"]
    assert [call.kwargs["Limit"] for call in table.scan.call_args_list] == [51, 50, 50]
    assert [call.kwargs.get("ExclusiveStartKey") for call in table.scan.call_args_list] == [
        None,
        {"id": "b"},
        {"id": "c"},
    ]


def test_an_empty_table_shows_its_keys(notes):
    grid = explore(notes)
    assert repr(grid).splitlines() == [
        "notes: 0 items",
        "",
        "userId                   noteId",
        "partition key · S  sort key · N",
        "-----------------  ------------",
    ]
    assert "userId" in grid._repr_html_()


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        ("text", "text", "S"),
        ('say "hi" \\ now', 'say "hi" \\ now', "S"),
        ("", '""', "S"),
        (" padded", '" padded"', "S"),
        ('""', '"\\"\\""', "S"),
        ("two\nlines", '"two\\nlines"', "S"),
        ("\x1b[31m\x85\u202e", '"\\u001b[31m\\u0085\\u202e"', "S"),
        (Decimal("1.50"), "1.50", "N"),
        (Decimal("1E+3"), "1000", "N"),
        (Decimal("1E-100"), "1E-100", "N"),
        (0, "0", "N"),
        (b"\x00\x01", "AAE=", "B"),
        (True, "true", "BOOL"),
        (None, "NULL", "NULL"),
        ([], "[]", "L"),
        ({}, "{}", "M"),
        (["a", 1, None, [False]], '["a", 1, NULL, [false]]', "L"),
        ({"b": {"x"}, "a": 1}, '{"a": 1, "b": {"x"}}', "M"),
        ({"b", "a"}, '{"a", "b"}', "SS"),
        ({10, 9}, "{9, 10}", "NS"),
        ({b"\x01", b"\x00"}, "{AA==, AQ==}", "BS"),
    ],
)
def test_every_type_of_value(value, text, kind):
    assert cell({"a": value}) == text
    assert explore([{"a": value}]).columns[0].note == kind


def test_missing_null_empty_and_mixed_types_are_told_apart():
    grid = explore([{"a": None}, {"a": ""}, {"a": "NULL"}, {"a": 5}, {"b": 1}])
    assert [row[0] for row in grid.rows] == ["NULL", 'S ""', 'S "NULL"', "N 5", None]
    assert grid.columns[0].note == "S, N, NULL"
    assert Cells(grid._repr_html_()).rows[-1] == [None, "1"]
    assert (
        'Blank: no such attribute. NULL: an attribute whose value is Null. "": an empty string.' in grid.notes
    )
    assert "each value begins with its own" in grid.notes[-1]
    assert explore([{"a": "x"}]).notes == []


def test_null_alone_makes_no_column_mixed():
    grid = explore([{"a": "x", "n": 1}, {"a": None, "n": None}, {"a": "NULL", "n": 2}])
    assert [row[0] for row in grid.rows] == ["x", "NULL", '"NULL"']
    assert grid.columns[1] == Column("n", "N, NULL", "Number, Null", right=True)
    assert grid.notes == ["NULL: an attribute whose value is Null."]


def test_html_is_escaped_and_says_what_the_items_say():
    nasty = "<script>alert('1')</script> & \"quotes\""
    grid = explore([{nasty: nasty, "list": [nasty], "long": nasty * 3}])
    parsed = Cells(grid._repr_html_())
    assert parsed.rows[1][0] == nasty
    assert nasty * 3 in parsed.titles
    assert "script" not in parsed.tags
    assert "alert('" not in grid._repr_html_()


def test_long_values_are_shortened_and_kept_in_the_tooltip():
    whole = "word " * 60 + "end"
    grid = explore([{"a": whole}])
    assert repr(grid).splitlines()[-1] == "word word word word word word w…"
    parsed = Cells(grid._repr_html_())
    assert parsed.rows[1][0].endswith("…")
    assert whole in parsed.titles
    huge = Cells(explore([{"a": "x" * 400_000}])._repr_html_())
    assert huge.titles[-1].endswith("x… (400,000 characters)")
    assert len(huge.titles[-1]) < 2_100


def test_columns_stand_straight_in_every_script():
    values = ["plain", "会议记录", "e\u0301te\u0301", "👩‍👩‍👧 family", "ليلى (2)", "नीता", "ｆｕｌｌ"]
    lines = repr(explore([{"a": value, "z": "|"} for value in values])).splitlines()
    places = {width(line[: line.index("|")]) for line in lines[5:]}
    assert len(lines[5:]) == len(values)
    assert len(places) == 1


def test_right_to_left_text_keeps_to_its_cell():
    grid = explore([{"a": "ليلى", "b": 1}])
    assert "\u2068ليلى\u2069" in repr(grid)
    assert "<bdi>ليلى</bdi>" in grid._repr_html_()


def test_html_names_no_colour_and_runs_no_script(notes):
    html = explore(notes)._repr_html_() + show(notes)._repr_html_()
    assert not re.search(r"(?<![-\w])color\s*:|#[0-9a-fA-F]{3}|<script|javascript|onclick", html)
    assert "mathjax_ignore" in html


def test_numbers_stand_right():
    grid = Grid("", [["a", "1"], ["b", "10"]], [Column("name"), Column("n", right=True)])
    assert repr(grid) == "name   n\n----  --\na      1\nb     10"
    assert '<td style="text-align: right">1</td>' in grid._repr_html_()


def test_the_attributes_that_a_text_speaks_of_come_first(notes):
    notes.put_item(Item={"userId": "ada", "noteId": 1, "zeal": 1, "body": "x", "about": "y"})
    columns = explore(notes, first=["zeal", "body", "noteId"]).columns
    assert [column.name for column in columns] == ["userId", "noteId", "zeal", "body", "about"]
    assert [column.name for column in explore([{"a": 1, "b": 2}], first=["b"]).columns] == ["b", "a"]
    with pytest.raises(
        CourseError, match=r"^first names 'Zeal', which no item shown here has: check the name\.$"
    ):
        explore(notes, first=["Zeal"])
    for wrong in ("zeal", [1]):
        with pytest.raises(CourseError, match="^first is a list of names of attributes"):
            explore(notes, first=wrong)
    notes.delete_item(Key={"userId": "ada", "noteId": 1})
    assert len(explore(notes, first=["zeal"]).columns) == 2, "an empty table has no attributes to name"


def test_a_turned_table_has_a_row_for_each_attribute(notes):
    items = [{"userId": "ada", "noteId": 1, "about": "x y" * 100}, {"userId": "mei", "noteId": 2, "n": None}]
    grid = explore(notes, items, turn=True)
    assert [column.name for column in grid.columns] == ["userId", "partition key · S", "ada", "mei"]
    assert [row[:2] for row in grid.rows] == [["noteId", "sort key · N"], ["about", "S"], ["n", "NULL"]]
    assert [row[2:] for row in grid.rows] == [["1", "2"], ["x y" * 100, None], [None, "NULL"]]
    assert Cells(grid._repr_html_()).rows[2][3] is None, "a missing attribute is hatched here too"
    assert 'class="course-grid turned ' in grid._repr_html_()
    assert grid.notes == explore(notes, items).notes and grid.title == explore(notes, items).title
    alone = explore([{"a": 1}, {"b": "x"}], turn=True)
    assert repr(alone).splitlines()[2:] == [
        "attribute  type  item 1  item 2",
        "---------  ----  ------  ------",
        "a          N     1",
        "b          S             x",
        "",
        "Blank: no such attribute.",
    ]
    assert [row[0] for row in explore(notes, [], turn=True).rows] == ["noteId"]
    assert explore([], turn=True).rows == []


# mistakes


@pytest.mark.parametrize("item", [{1: "a"}, {"a": {1: "b"}}, {"a": [{None: "b"}]}])
def test_the_name_of_an_attribute_is_a_string(item):
    with pytest.raises(CourseError, match=r"^The name of an attribute is a string, not (1|None)\.$"):
        explore([item])


@pytest.mark.parametrize("function", [show, explore])
def test_what_is_not_a_table_gets_one_sentence(function, db):
    with pytest.raises(CourseError, match=r"needs a boto3 Table, .* not the name 'notes'\.$"):
        function("notes")
    for wrong in (db, db.meta.client, None, {"Items": []}):
        with pytest.raises(CourseError, match=f"{function.__name__} needs a boto3 Table"):
            function(wrong)


@pytest.mark.parametrize("function", [show, explore])
def test_a_table_that_is_not_there_gets_one_sentence(function, db):
    with pytest.raises(CourseError, match=r"^There is no table Nots to read from here: [^.]*\.$") as caught:
        function(db.Table("Nots"))
    assert caught.value.__cause__ is None


def test_other_refusals_stay_what_they_are():
    table = fake({})
    table.scan.side_effect = ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Scan"
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        explore(table)


@pytest.mark.parametrize("items", ["text", {"Items": []}, 5, ["text"], [{"a": 1}, None]])
def test_items_are_a_list_of_items(items, notes):
    with pytest.raises(CourseError, match="items is a list of items"):
        explore(notes, items)


@pytest.mark.parametrize("limit", [0, -1, 2.5, "10", True, None])
def test_limit_is_a_whole_number(limit, notes):
    with pytest.raises(CourseError, match="whole number from 1"):
        explore(notes, limit=limit)
