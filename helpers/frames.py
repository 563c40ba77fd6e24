"""Frames that the pictures of lessons are drawn from: the tables of a SQL database, what is where, what indexes hold."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

WORDS = {"value": "value", "NULL": "NULL", "": "no attribute"}


def schema_of(db: sqlite3.Connection, tables: Iterable[str]) -> "pandas.DataFrame":
    """Return the columns of these tables, a row each, as the database itself describes them.

    The frame's columns are `table`, `column`, `type`, `key` ("primary" or "") and `points to` (the table that a
    foreign key names, or ""). A table that does not exist has no rows.
    """
    import pandas

    rows = []
    for table in tables:
        points_to = dict(
            db.execute("""SELECT "from", "table" FROM pragma_foreign_key_list(?)""", [table]).fetchall()
        )
        for name, kind, key in db.execute("SELECT name, type, pk FROM pragma_table_info(?)", [table]):
            rows.append((table, name, kind, "primary" if key else "", points_to.get(name, "")))
    return pandas.DataFrame(rows, columns=["table", "column", "type", "key", "points to"])


def presence(
    items: Iterable[Mapping[str, Any]], names: Iterable[str], missing: str = ""
) -> "pandas.DataFrame":
    """Return which item has which attribute: a row an item, a column a name, each place "value", "NULL" or `missing`.

    `missing` is "" for items, where an attribute may be absent, and "NULL" for rows, where it cannot be.
    """
    import pandas

    names = list(names)

    def mark(item: Mapping[str, Any], name: str) -> str:
        return missing if name not in item else "NULL" if item[name] is None else "value"

    return pandas.DataFrame([[mark(item, name) for name in names] for item in items], columns=names)


def presence_in_table(db: sqlite3.Connection, table: str, key: str) -> "pandas.DataFrame":
    """Return which row of a SQL table has a value in which column, in the order of `key`, which is left out.

    `table` and `key` stand in the statement as they are: give names, never input.
    """
    cursor = db.execute(f'SELECT * FROM "{table}" ORDER BY "{key}"')
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor]
    return presence(rows, [name for name in columns if name != key])


def tally(panels: Mapping[str, "pandas.DataFrame"]) -> "pandas.DataFrame":
    """Return how many places are filled, NULL and absent: a row a kind, a column a panel of `presence`."""
    import pandas

    counts = {
        title: {words: int((frame == mark).to_numpy().sum()) for mark, words in WORDS.items()}
        for title, frame in panels.items()
    }
    table = pandas.DataFrame(counts)
    return table[table.any(axis=1)]


def held(
    table: Any, indexes: Iterable[str], values: Iterable[Any]
) -> tuple[dict[str, "pandas.DataFrame"], dict[str, list[str]]]:
    """Return what a boto3 Table and some of its indexes hold of some items, as `draw_indexes` takes it.

    `values` are the items' partition keys. The first result has a frame for the table and for each index, by name: a row
    an item in the order of a scan; the columns are the keys that they have between them, for the table those of all, for
    an index its own and the table's. The second has the names of the key attributes of each.
    """
    import pandas

    table.reload()
    described = [*(table.global_secondary_indexes or []), *(table.local_secondary_indexes or [])]
    schemas = {index["IndexName"]: index["KeySchema"] for index in described}
    schemas = {table.name: table.key_schema, **{name: schemas[name] for name in indexes}}
    keys = {name: [key["AttributeName"] for key in schema] for name, schema in schemas.items()}
    own, values = keys[table.name], set(values)
    frames = {}
    for name, names in keys.items():
        pages = table.meta.client.get_paginator("scan").paginate(
            TableName=table.name, **({} if name == table.name else {"IndexName": name})
        )
        rows = [item for page in pages for item in page["Items"] if item[own[0]] in values]
        columns = dict.fromkeys(key for one in keys.values() for key in one) if name == table.name else names
        frames[name] = pandas.DataFrame(rows, columns=list(dict.fromkeys([*columns, *own])))
    return frames, keys
