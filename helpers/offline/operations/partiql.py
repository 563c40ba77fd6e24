"""PartiQL: SELECT, INSERT, UPDATE and DELETE, alone, in batches and in transactions.

A statement is read by `partiql_syntax`, what its condition says of the keys by `partiql_where`; SELECT is
`partiql_select`. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

import hashlib
import json

from helpers.offline.language import evaluate, values
from helpers.offline.language import partiql_words as words
from helpers.offline.language.evaluate import (
    Action,
    Condition,
    Literal,
    Operation,
    Update,
)
from helpers.offline.language.expressions import Expressions
from helpers.offline.language.partiql_syntax import Statement, read
from helpers.offline.language.partiql_where import (
    check_lists,
    check_scalar_keys,
    condition_of,
    conjuncts,
    equalities,
    equality_of,
)
from helpers.offline.operations import consumed, items, transactions
from helpers.offline.operations.consumed import report, take
from helpers.offline.operations.partiql_select import given, select
from helpers.offline.operations.transactions import Step, by_table
from helpers.offline.refusal import Refused
from helpers.offline.tables import item_rules
from helpers.offline.tables.table import TableState

_ALL_KEYS = "Where clause does not contain a mandatory equality on all key attributes"


# --- writes --------------------------------------------------------------------------------------------------


def _key(table: TableState, statement: Statement) -> dict:
    """The full key that a write's WHERE names."""
    key = equalities(statement.where, table.keys)
    if len(key) != len(table.keys):
        raise Refused(_ALL_KEYS)
    named = [one[0] for one in filter(None, map(equality_of, conjuncts(statement.where)))]
    for name in table.keys:
        if named.count(name) > 1:
            raise Refused(words.ONE_CONDITION.format(name))
    item_rules.check_key(table.keys, key)
    return key


def _rest(table: TableState, statement: Statement) -> Condition | None:
    """What a write's WHERE asks beside the key."""
    rest = [node for node in conjuncts(statement.where) if (equality_of(node) or ("",))[0] not in table.keys]
    return condition_of(Operation("AND", tuple(rest))) if rest else None


def _step(table: TableState, statement: Statement, request: dict) -> Step:
    """A write, or an EXISTS, as a step of a transaction."""
    if statement.verb == "INSERT":
        item = statement.item
        item_rules.check_item(table, item)
        return Step(table, item, request, None, lambda old: _inserted(old, item))
    check_scalar_keys(table.keys, statement)
    key = _key(table, statement)
    check_lists(statement.where, table.keys)
    condition = _rest(table, statement)
    if statement.verb == "EXISTS":
        if condition is None:
            raise Refused(words.EXISTS)
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
            if path != change.path:
                raise Refused(words.SET_FIRST.format(change.value.name.upper()))
            if not _is_set(members):
                raise Refused(words.SET_SECOND.format(change.value.name.upper()))
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
        return select(table, statement, request)
    table = service.table(statement.table)
    if statement.verb == "EXISTS":
        raise Refused(words.EXISTS_ALONE)
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
    if statement.index and operation == "ExecuteTransaction":
        raise Refused(words.INDEX_IN_TRANSACTION)
    if statement.index or len(equalities(statement.where, table.keys)) != len(table.keys):
        raise Refused(
            f"Select statements within {operation} must specify the primary key in the where clause."
        )


def check_transaction(request: dict) -> list[Statement]:
    statements = [_read(one) for one in request["TransactStatements"]]
    if any(one.returning for one in statements):
        raise Refused("RETURNING is not supported in a transaction.")
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
    if (made := transactions.repeats(service, request, payload)) is not None:
        keys = [make().key for make in makers]
        return transactions.report_reads({"Responses": []}, request, tables, keys, made)
    steps = transactions.prepared(makers, every=True)
    return {"Responses": []} | transactions.run(service, request, steps, payload)


def _read_together(request: dict, statements: list[Statement], tables: list[TableState]) -> dict:
    keys = []
    for table, statement in zip(tables, statements, strict=True):
        _one_item(table, statement, "ExecuteTransaction")
        check_lists(statement.where, table.keys)
        keys.append(_key(table, statement))
    transactions.once([(t.name, t.shelf.position(key)) for t, key in zip(tables, keys, strict=True)])
    responses = []
    for table, statement, key in zip(tables, statements, keys, strict=True):
        item = table.shelf.get(key)
        left = given(statement, [item] if item else [])
        responses.append({"Item": left[0]} if left and left[0] else {})
    return transactions.report_reads({"Responses": responses}, request, tables, keys)
