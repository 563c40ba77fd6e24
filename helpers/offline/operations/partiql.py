"""PartiQL: SELECT, INSERT, UPDATE and DELETE, alone, in batches and in transactions.

A statement is read by `partiql_syntax`; its condition is split into what finds the items (equality on the key) and
what they must fulfil. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

import base64
import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from helpers.capacity import read_units
from helpers.offline.language import evaluate, values
from helpers.offline.language.evaluate import (
    Action,
    Condition,
    Literal,
    Operation,
    Path,
    Update,
    compile_test,
    typed,
)
from helpers.offline.language.expressions import Expressions
from helpers.offline.language.partiql_syntax import Statement, read
from helpers.offline.operations import consumed, items, transactions
from helpers.offline.operations.consumed import Cost, consistency, report, take
from helpers.offline.operations.transactions import Step, by_table
from helpers.offline.refusal import Refused
from helpers.offline.tables import item_rules
from helpers.offline.tables.shelf import narrowed
from helpers.offline.tables.table import TableState

_ALL_KEYS = "Where clause does not contain a mandatory equality on all key attributes"
_SORT_OPERATORS = {"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"}
_MAX_PARTITIONS, _MAX_VALUES, _IN_PAGE = 50, 100, 10


# --- conditions ----------------------------------------------------------------------------------------------


def _conjuncts(node: Operation | None) -> Iterator[Operation]:
    if node is None:
        return
    if node.name == "AND":
        for arg in node.args:
            yield from _conjuncts(arg)
    else:
        yield node


def _equality(node: Operation) -> tuple[str, dict] | None:
    """The attribute and the value of a condition `name = value`."""
    if node.name != "=":
        return None
    left, right = node.args if isinstance(node.args[0], Path) else node.args[::-1]
    if isinstance(left, Path) and isinstance(right, Literal) and len(left.steps) == 1:
        return left.steps[0], right.value
    return None


def _equalities(where: Operation | None, keys: dict[str, str]) -> dict[str, dict]:
    found = {}
    for node in _conjuncts(where):
        equality = _equality(node)
        if equality and equality[0] in keys:
            name, value = equality
            if keys[name] not in value:
                raise Refused(
                    "One or more parameter values were invalid: Condition parameter type does not match schema type"
                )
            found.setdefault(name, value)
    return found


def _condition(where: Operation | None) -> Condition | None:
    return Condition(compile_test(where), frozenset(), frozenset()) if where else None


def _key(table: TableState, statement: Statement) -> dict:
    """The full key that a write's WHERE names."""
    key = _equalities(statement.where, table.keys)
    if len(key) != len(table.keys):
        raise Refused(_ALL_KEYS)
    for name, value in filter(None, map(_equality, _conjuncts(statement.where))):
        if name in key and typed(value) != typed(key[name]):
            raise Refused("The WHERE clause must resolve to a single primary key value.")
    item_rules.check_key(table.keys, key)
    return key


def _rest(table: TableState, statement: Statement) -> Condition | None:
    """What a write's WHERE asks beside the key."""
    rest = [node for node in _conjuncts(statement.where) if (_equality(node) or ("",))[0] not in table.keys]
    return _condition(Operation("AND", tuple(rest))) if rest else None


# --- SELECT --------------------------------------------------------------------------------------------------


def _select(table: TableState, statement: Statement, request: dict) -> dict:
    """Items, NextToken or LastEvaluatedKey, and what the read cost under "cost"."""
    index = table.indexes.get(statement.index) if statement.index else None
    if statement.index and index is None:
        raise Refused("The table does not have the specified index")
    if index and index.is_global and request.get("ConsistentRead"):
        raise Refused("Consistent reads are not supported on global secondary indexes")
    shelf, keys = (index.shelf, index.keys) if index else (table.shelf, table.keys)
    _check_lists(statement.where, keys)
    order = _order(statement, keys, shelf.hashes)
    places = _rest_of(_places(shelf, statement, keys), _after(shelf, request), order)
    found, size, more = shelf.page(places, None, _limit(statement, keys, request, len(places)))
    condition = _condition(statement.where)
    kept = [item for item in found if condition is None or evaluate.matches(condition, item)]
    answer: dict = {"Items": [_projected(statement, item) for item in kept]}
    if more:
        last = {name: found[-1][name] for name in dict.fromkeys([*table.keys, *keys])}
        answer |= {"NextToken": _token(last), "LastEvaluatedKey": last}
    units = read_units(size, consistency(request))
    cost = Cost(indexes={index.name: units}) if index else Cost(units)
    take(table, "Read", cost)
    return answer | {"cost": cost}


def _order(statement: Statement, keys: dict[str, str], hashes: int) -> tuple[bool, bool] | None:
    """Whether partition keys and, within one, sort keys go down; None without ORDER BY."""
    if statement.order is None:
        return None
    partition = next(iter(keys))
    if statement.where is None:
        raise Refused("Must have WHERE clause in the statement when using ORDER BY clause.")
    several = partition not in _equalities(statement.where, keys)
    first = next(iter(statement.order))
    if several and (_partitions(statement.where, partition) is None or first != partition):
        raise Refused(
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
        )
    for name in statement.order:
        if name not in keys:
            raise Refused(f"Variable reference {name} in ORDER BY clause must be part of the primary key")
    down = [not statement.order.get(name, statement.order[first]) for name in keys]
    return down[0], down[min(hashes, len(down) - 1)]


def _partitions(where: Operation | None, partition: str) -> list[dict] | None:
    """The only values that a condition leaves to the partition key; None if it can have any."""
    for node in _conjuncts(where):
        if (equality := _equality(node)) and equality[0] == partition:
            return [equality[1]]
        if _lists(node, partition):
            return [one.value for one in node.args[1:]]
        if node.name == "OR":
            parts = [_partitions(one, partition) for one in node.args]
            if None not in parts:
                return [value for part in parts for value in part]
    return None


def _lists(node: Operation, name: str) -> bool:
    """Whether a condition is `name IN [values]`."""
    is_list = node.name == "IN" and node.args[0] == Path((name,))
    return is_list and all(isinstance(one, Literal) for one in node.args[1:])


def _places(shelf, statement: Statement, keys: dict[str, str]) -> list:
    """Where the items can be: in the ranges of sort keys, under the partition keys, that the condition leaves."""
    named = _equalities(statement.where, keys)
    if shelf.hashes > 1:
        whole = [named.get(name) for name in shelf.keys[: shelf.hashes]]
        return shelf.order() if None in whole else shelf.collection(*whole)
    partition, *sort = keys
    if (given := _partitions(statement.where, partition)) is None:
        return shelf.order()
    collections = [shelf.collection(value) for value in given if keys[partition] in value]
    if len(collections) != 1:
        return sorted({place for places in collections for place in places})
    for node in _conjuncts(statement.where) if sort else ():
        if bounds := _bounds(node, sort[0], keys[sort[0]]):
            return narrowed(collections[0], node.name, bounds)
    return collections[0]


def _bounds(node: Operation, name: str, kind: str) -> tuple[dict, ...] | None:
    """The values of a condition that a query can take for the sort key."""
    if node.name not in _SORT_OPERATORS or node.args[0] != Path((name,)):
        return None
    if not all(isinstance(one, Literal) and kind in one.value for one in node.args[1:]):
        return None
    return None if node.name == "begins_with" and kind == "N" else tuple(one.value for one in node.args[1:])


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
    listed = any(_lists(node, partition) for node in _conjuncts(statement.where))
    return min(limit or _IN_PAGE, _IN_PAGE) if listed and left > _IN_PAGE else limit


def _check_lists(where: Operation | None, keys: dict[str, str]) -> None:
    """IN takes so many values. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html"""
    partition = Path((next(iter(keys)),))
    for node in _all_lists(where):
        most = _MAX_PARTITIONS if node.args[0] == partition else _MAX_VALUES
        if len(node.args) - 1 > most:
            raise Refused(f"IN takes at most {most} values here; {len(node.args) - 1} are given.")


def _all_lists(node) -> Iterator[Operation]:
    if isinstance(node, Operation):
        if node.name == "IN":
            yield node
        for arg in node.args:
            yield from _all_lists(arg)


def _projected(statement: Statement, item: dict) -> dict:
    """What a SELECT gives of an item: each path under its last name."""
    if statement.paths is None:
        return item
    told = {}
    for steps in statement.paths:
        value = evaluate.find(item, steps)
        if value is not None:
            names = [step for step in steps if isinstance(step, str)]
            told[names[-1]] = value
    return told


def _token(key: dict) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def _after(shelf, request: dict):
    token = request.get("NextToken")
    if token is None:
        return None
    try:
        return shelf.position(json.loads(base64.b64decode(token)))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("Invalid NextToken") from None


# --- writes --------------------------------------------------------------------------------------------------


def _step(table: TableState, statement: Statement, request: dict) -> Step:
    """A write, or an EXISTS, as a step of a transaction."""
    if statement.verb == "INSERT":
        item = statement.item
        item_rules.check_item(table, item)
        return Step(table, item, request, None, lambda old: _inserted(old, item))
    key = _key(table, statement)
    _check_lists(statement.where, table.keys)
    condition = _rest(table, statement)
    if statement.verb == "EXISTS":
        if condition is None:
            raise Refused("EXISTS takes a SELECT with the full primary key and one other condition.")
        return Step(table, key, request, _existing(condition), None)
    if statement.verb == "DELETE":
        return Step(table, key, request, _existing(condition, if_missing=True), lambda old: None)
    update = _update(statement)
    item_rules.check_update(table, update)
    parsed = Expressions(update=update)
    make = lambda old: items.updated(table, parsed, old, key)[0]  # noqa: E731
    return Step(table, key, request, _existing(condition), make)


def _inserted(old: dict | None, item: dict) -> dict:
    if old is not None:
        raise Refused("Duplicate primary key exists in table", "DuplicateItemException")
    return item


def _existing(condition: Condition | None, if_missing: bool = False) -> Condition:
    """UPDATE makes no item where there is none, and EXISTS wants one; DELETE is content without one."""
    test = condition.test if condition else lambda item: True
    return Condition(lambda item: test(item) if item else if_missing, frozenset(), frozenset())


def _update(statement: Statement) -> Update:
    actions = []
    for change in statement.changes:
        if change.value is None:
            actions.append(Action("REMOVE", change.path, None))
        elif isinstance(change.value, Operation) and change.value.name.startswith("set_"):
            path, members = change.value.args
            if path != change.path or not _is_set(members):
                raise Refused("set_add and set_delete take the path that is set, and a set.")
            section = "ADD" if change.value.name == "set_add" else "DELETE"
            actions.append(Action(section, change.path, members))
        else:
            actions.append(Action("SET", change.path, change.value))
    return Update(tuple(actions), frozenset())


def _is_set(operand) -> bool:
    return isinstance(operand, Literal) and values.kind_of(operand.value) in ("SS", "NS", "BS")


def _paths(statement: Statement) -> tuple:
    return tuple(change.path.steps for change in statement.changes)


def _returned(statement: Statement, old: dict | None, new: dict | None) -> dict | None:
    if statement.returning is None:
        return None
    which, when = statement.returning.split()
    item = old if when == "OLD" else new
    if item is None:
        return None
    return item if which == "ALL" else evaluate.project(_paths(statement), item)


def _execute(service, statement: Statement, request: dict) -> dict:
    """One statement outside a transaction: Items and, under "cost", what it cost."""
    if statement.verb == "SELECT":
        table = service.table(statement.table, request.get("ConsistentRead", False))
        return _select(table, statement, request)
    table = service.table(statement.table)
    if statement.verb == "EXISTS":
        raise Refused("EXISTS can only be used in a transaction.")
    step = _step(table, statement, request)
    old = table.shelf.get(step.key)
    new = step.result(old)
    cost = consumed.write_cost(table, old, new)
    take(table, "Write", cost, step.key)
    table.write(old, new)
    returned = _returned(statement, old, new)
    return {"Items": [returned] if returned else [], "cost": cost}


# --- operations ----------------------------------------------------------------------------------------------


def _read(one: dict) -> Statement:
    for value in one.get("Parameters") or []:
        values.check_value(value)
    return read(one["Statement"], one.get("Parameters") or [])


def check_statement(request: dict) -> Statement:
    return _read(request)


def execute_statement(service, request: dict, statement: Statement) -> dict:
    answer = _execute(service, statement, request)
    cost = answer.pop("cost")
    return report(answer, request, service.table(statement.table), cost)


def check_batch(request: dict) -> list[Statement | Refused]:
    """Each statement, or what is wrong with it: that is told in its place."""
    read_ones = []
    for one in request["Statements"]:
        try:
            read_ones.append(_read(one))
        except Refused as refusal:
            read_ones.append(refusal)
    verbs = {one.verb == "SELECT" for one in read_ones if isinstance(one, Statement)}
    if len(verbs) > 1:
        raise Refused("Statements in a batch must be either all reads or all writes.")
    return read_ones


def batch_execute_statement(service, request: dict, statements: list[Statement | Refused]) -> dict:
    responses, costs = [], []
    for one, statement in zip(request["Statements"], statements, strict=True):
        told = {} if isinstance(statement, Refused) else {"TableName": statement.table}
        try:
            if isinstance(statement, Refused):
                raise statement
            table = service.table(statement.table)
            if statement.verb == "SELECT":
                _one_item(table, statement, "BatchExecuteStatement")
            answer = _execute(service, statement, one)
            costs.append((table, answer["cost"]))
            responses.append(told | ({"Item": answer["Items"][0]} if answer["Items"] else {}))
        except Refused as refusal:
            code = refusal.code.removesuffix("Exception")
            code = "ValidationError" if code == "Validation" else code
            error = {"Code": code, "Message": str(refusal), **refusal.more}
            responses.append({"Error": error} | told)
    return consumed.report_all({"Responses": responses}, request, by_table(costs))


def _one_item(table: TableState, statement: Statement, operation: str) -> None:
    if statement.index or len(_equalities(statement.where, table.keys)) != len(table.keys):
        raise Refused(
            f"Select statements within {operation} must specify the primary key in the where clause."
        )


def check_transaction(request: dict) -> list[Statement]:
    statements = [_read(one) for one in request["TransactStatements"]]
    if len({one.verb == "SELECT" for one in statements}) > 1:
        raise Refused("Statements in a transaction must be either all reads or all writes.")
    return statements


def execute_transaction(service, request: dict, statements: list[Statement]) -> dict:
    tables = [service.table(one.table) for one in statements]
    if statements[0].verb == "SELECT":
        return _read_together(request, statements, tables)
    payload = hashlib.sha256(json.dumps(request["TransactStatements"], sort_keys=True).encode()).digest()
    makers = [
        lambda table=table, one=one, given=given: _step(table, one, given)
        for table, one, given in zip(tables, statements, request["TransactStatements"], strict=True)
    ]
    if transactions.repeats(service, request, payload):
        keys = [make().key for make in makers]
        return transactions.report_reads({"Responses": []}, request, tables, keys)
    answer = transactions.run(service, request, transactions.prepared(makers, every=True))
    transactions.remember(service, request, payload)
    return {"Responses": []} | answer


def _read_together(request: dict, statements: list[Statement], tables: list[TableState]) -> dict:
    responses, keys = [], []
    for table, statement in zip(tables, statements, strict=True):
        _one_item(table, statement, "ExecuteTransaction")
        answer = _select(table, replace(statement, order=None), {})
        responses.append({"Item": answer["Items"][0]} if answer["Items"] else {})
        keys.append(_equalities(statement.where, table.keys))
    return transactions.report_reads({"Responses": responses}, request, tables, keys)
