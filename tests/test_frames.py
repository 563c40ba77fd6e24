"""helpers.frames: what the pictures of lessons 04, 05 and 08 are drawn from."""

import sqlite3

import pandas as pd
import pytest

from helpers import connect
from helpers.figures import draw_presence, draw_schema
from helpers.frames import held, presence, presence_in_table, schema_of, tally


@pytest.fixture
def db():
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.executescript("""
        CREATE TABLE office (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE person (
          id TEXT, year INTEGER, office_id INTEGER, "odd name" ANY,
          PRIMARY KEY (id, year), FOREIGN KEY (office_id) REFERENCES office (id)
        );
        INSERT INTO person VALUES ('b', 2, NULL, ''), ('a', 1, 7, NULL);
    """)
    return made


def test_a_schema_is_what_the_database_says(db):
    schema = schema_of(db, ["person", "office", "nobody"])
    assert [tuple(row) for row in schema.to_numpy()] == [
        ("person", "id", "TEXT", "primary", ""),
        ("person", "year", "INTEGER", "primary", ""),
        ("person", "office_id", "INTEGER", "", "office"),
        ("person", "odd name", "ANY", "", ""),
        ("office", "id", "INTEGER", "primary", ""),
        ("office", "name", "TEXT", "", ""),
    ]
    draw_schema(schema)  # which names the columns that it needs


def test_presence_tells_a_value_from_null_and_from_nothing():
    items = [{"a": "", "b": None, "c": 0}, {"a": False}]
    assert presence(items, ["b", "a"]).to_numpy().tolist() == [["NULL", "value"], ["", "value"]]
    assert presence(items, ["b", "a"], missing="NULL").to_numpy().tolist()[1] == ["NULL", "value"]
    assert presence([], ["a"]).shape == (0, 1)


def test_presence_in_a_table_follows_its_key(db):
    frame = presence_in_table(db, "person", "id")
    assert list(frame.columns) == ["year", "office_id", "odd name"]
    assert frame.to_numpy().tolist() == [["value", "value", "NULL"], ["value", "NULL", "value"]]
    assert presence_in_table(db, "office", "id").shape == (0, 1)


def test_a_tally_counts_each_place_once(db):
    panels = {
        "rows": presence_in_table(db, "person", "id"),
        "items": presence([{"a": 1}, {}, {"a": None}], ["a"]),
    }
    assert tally(panels).to_dict() == {
        "rows": {"value": 4, "NULL": 2, "no attribute": 0},
        "items": {"value": 1, "NULL": 1, "no attribute": 1},
    }
    assert tally({"rows": panels["rows"]}).index.tolist() == ["value", "NULL"]
    assert isinstance(tally(panels), pd.DataFrame)
    draw_presence(panels)


def test_what_a_table_and_its_indexes_hold_of_some_items():
    keys = {"id": "S", "place": "S", "size": "N"}
    table = connect("offline", fresh=True).create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in keys.items()],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_size",
                "KeySchema": [
                    {"AttributeName": "place", "KeyType": "HASH"},
                    {"AttributeName": "size", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    table.wait_until_exists()
    for item in ({"id": "a", "place": "x", "size": 2}, {"id": "b", "place": "x", "size": 1}, {"id": "c"}):
        table.put_item(Item=item)
    frames, keys = held(table, ["by_size"], ["a", "b", "c", "d"])
    assert keys == {"things": ["id"], "by_size": ["place", "size"]}
    assert list(frames["things"].columns) == ["id", "place", "size"]
    assert sorted(frames["things"]["id"]) == ["a", "b", "c"]
    assert frames["things"].set_index("id").isna().loc["c"].all()
    assert frames["by_size"].to_numpy().tolist() == [["x", 1, "b"], ["x", 2, "a"]]
    assert len(held(table, ["by_size"], ["c"])[0]["by_size"]) == 0
