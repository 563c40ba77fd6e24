"""PartiQL's SELECT: a page of a table or of an index.

The condition is split into what finds the items (equality on the key) and what they must fulfil.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
"""

import base64
import hashlib
import json
from bisect import bisect_right

from helpers.capacity import read_units
from helpers.offline.language import evaluate
from helpers.offline.language import partiql_words as words
from helpers.offline.language.key_values import check_key_value
from helpers.offline.language.partiql_syntax import Statement, shown_name
from helpers.offline.language.partiql_where import (
    bounds_of,
    check_lists,
    check_scalar_keys,
    condition_of,
    conjuncts,
    equalities,
    lists,
    names_of,
    partitions,
)
from helpers.offline.operations.consumed import Cost, consistency, read_cost, take
from helpers.offline.refusal import Refused
from helpers.offline.tables import item_rules
from helpers.offline.tables.indexes import Index
from helpers.offline.tables.shelf import narrowed
from helpers.offline.tables.table import TableState

_IN_PAGE = 10


_SEVERAL = "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."


def select(table: TableState, statement: Statement, request: dict) -> dict:
    """Items, NextToken or LastEvaluatedKey, and what the read cost under "cost"."""
    check_scalar_keys(table.keys, statement)
    index = _index(table, statement, request)
    shelf, keys = (index.shelf, index.keys) if index else (table.shelf, table.keys)
    check_lists(statement.where, keys)
    order = _order(statement, keys)
    places = _rest_of(_places(shelf, statement, keys), _after(shelf, request), order)
    found, size, more = shelf.page(places, None, _limit(statement, keys, request, len(places)))
    units = read_units(size, consistency(request))
    cost = Cost(indexes={index.name: units}) if index else Cost(units)
    answer: dict = {}
    if more:
        last = {name: found[-1][name] for name in dict.fromkeys([*table.keys, *keys])}
        answer = {"NextToken": _token(last, request), "LastEvaluatedKey": last}
    if index and index.lacks(
        _shown(statement) | names_of(statement.where)
    ):  # a local one: whole items are fetched
        found = [table.shelf.get(item) for item in found]
        cost += read_cost(found, consistency(request))
    take(table, "Read", cost)
    return {"Items": given(statement, found), **answer, "cost": cost}


def given(statement: Statement, found: list[dict]) -> list[dict]:
    """What a SELECT gives of the items that it found: those that fulfil its condition, as it projects them."""
    condition = condition_of(statement.where)
    kept = [item for item in found if condition is None or evaluate.matches(condition, item)]
    return [_projected(statement, item) for item in kept]


def _index(table: TableState, statement: Statement, request: dict) -> Index | None:
    """The index that a SELECT names; None for the table itself.

    Raises:
        Refused: there is none of this name, or it cannot be read, or not so.
    """
    if statement.index is None:
        return None
    index = table.indexes.get(statement.index)
    if index is None or index.status == "DELETING":
        raise Refused("The table does not have the specified index")
    if len(index.keys) > 2 or index.hashes > 1:
        raise Refused(_SEVERAL)
    if index.is_global and request.get("ConsistentRead"):
        raise Refused("Consistent reads are not supported on global secondary indexes")
    if index.status == "CREATING":
        raise Refused(f"Cannot read from backfilling global secondary index: {index.name}")
    item_rules.check_projected(index, _shown(statement), names_of(statement.where))
    return index


def _shown(statement: Statement) -> set[str]:
    return {steps[0] for steps in statement.paths or ()}


def _order(statement: Statement, keys: dict[str, str]) -> tuple[bool, bool] | None:
    """Whether partition keys and, within one, sort keys go down; None without ORDER BY."""
    if statement.order is None:
        return None
    partition = next(iter(keys))
    if statement.where is None:
        raise Refused("Must have WHERE clause in the statement when using ORDER BY clause.")
    several = partition not in equalities(statement.where, keys)
    first = next(iter(statement.order))
    if several and (partitions(statement.where, partition) is None or first != partition):
        raise Refused(
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
        )
    for name in statement.order:
        if name not in keys:
            raise Refused(f"Variable reference {name} in ORDER BY clause must be part of the primary key")
    down = [not statement.order.get(name, statement.order[first]) for name in keys]
    return down[0], down[-1]


def _places(shelf, statement: Statement, keys: dict[str, str]) -> list:
    """Where the items can be: in the ranges of sort keys, under the partition keys, that the condition leaves."""
    named = equalities(statement.where, keys)
    for name in named:
        check_key_value(keys, named, name)
    partition, *sort = keys
    if (given := partitions(statement.where, partition)) is None:
        return shelf.order()
    collections = [shelf.collection(value) for value in given if keys[partition] in value]
    if len(collections) != 1:
        return sorted({place for places in collections for place in places})
    for node in conjuncts(statement.where) if sort else ():
        if bounds := bounds_of(node, sort[0], keys[sort[0]]):
            return narrowed(collections[0], node.name, bounds)
    return collections[0]


def _rest_of(places: list, after, order: tuple[bool, bool] | None) -> list:
    """The places that a read has still to see, in the order in which it sees them."""
    if order is None:
        return places[bisect_right(places, after) :] if after else places
    down, sort_down = order
    ordered = sorted(places, key=lambda place: place[2:], reverse=sort_down)
    ordered.sort(key=lambda place: place[1], reverse=down)

    def is_behind(place) -> bool:
        if place[1] != after[1]:
            return place[1] < after[1] if down else place[1] > after[1]
        return place[2:] < after[2:] if sort_down else place[2:] > after[2:]

    return [place for place in ordered if after is None or is_behind(place)]


def _limit(statement: Statement, keys: dict[str, str], request: dict, left: int) -> int | None:
    """How many items a page holds at most: what IN lists comes in short pages."""
    limit, partition = request.get("Limit"), next(iter(keys))
    listed = any(lists(node, partition) for node in conjuncts(statement.where))
    return min(limit or _IN_PAGE, _IN_PAGE) if listed and left > _IN_PAGE else limit


def _projected(statement: Statement, item: dict) -> dict:
    """What a SELECT gives of an item: each path under its last name and the indexes behind it, such as "b[0]"."""
    if statement.paths is None:
        return item
    told = {}
    for steps in statement.paths:
        value = evaluate.find(item, steps)
        if value is not None:
            told[shown_name(steps)] = value
    return told


def _token(key: dict, request: dict) -> str:
    return base64.b64encode(json.dumps([key, _asked(request)]).encode()).decode()


def _asked(request: dict) -> str:
    """What a statement and its parameters are told apart by."""
    asked = json.dumps([request["Statement"], request.get("Parameters")], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _after(shelf, request: dict):
    token = request.get("NextToken")
    if token is None:
        return None
    try:
        key, asked = json.loads(base64.b64decode(token))
        place = shelf.position(key)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ArithmeticError):
        raise Refused("Invalid NextToken") from None
    if asked != _asked(request):
        raise Refused(words.OTHER_TOKEN)
    return place
