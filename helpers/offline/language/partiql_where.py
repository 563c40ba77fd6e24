"""What the condition of a PartiQL statement says of the keys: which items it leaves."""

from collections.abc import Iterator

from helpers.offline.language import partiql_words as words
from helpers.offline.language.evaluate import Condition, Literal, Operation, Path, compile_test
from helpers.offline.language.partiql_syntax import Statement
from helpers.offline.refusal import Refused

_SORT_OPERATORS = {"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"}
_MAX_PARTITIONS, _MAX_VALUES = 50, 100


def condition_of(where: Operation | None) -> Condition | None:
    return Condition(compile_test(where), frozenset(), frozenset()) if where else None


def conjuncts(node: Operation | None) -> Iterator[Operation]:
    if node is None:
        return
    if node.name == "AND":
        for arg in node.args:
            yield from conjuncts(arg)
    else:
        yield node


def equality_of(node: Operation) -> tuple[str, dict] | None:
    """The attribute and the value of a condition `name = value`."""
    if node.name != "=":
        return None
    left, right = node.args if isinstance(node.args[0], Path) else node.args[::-1]
    if isinstance(left, Path) and isinstance(right, Literal) and len(left.steps) == 1:
        return left.steps[0], right.value
    return None


def equalities(where: Operation | None, keys: dict[str, str]) -> dict[str, dict]:
    found = {}
    for node in conjuncts(where):
        equality = equality_of(node)
        if equality and equality[0] in keys:
            name, value = equality
            if keys[name] not in value:
                raise Refused(
                    "One or more parameter values were invalid: Condition parameter type does not match schema type"
                )
            found.setdefault(name, value)
    return found


def partitions(where: Operation | None, partition: str) -> list[dict] | None:
    """The only values that a condition leaves to the partition key; None if it can have any."""
    for node in conjuncts(where):
        if (equality := equality_of(node)) and equality[0] == partition:
            return [equality[1]]
        if lists(node, partition):
            return [one.value for one in node.args[1:]]
        if node.name == "OR":
            parts = [partitions(one, partition) for one in node.args]
            if None not in parts:
                return [value for part in parts for value in part]
    return None


def lists(node: Operation, name: str) -> bool:
    """Whether a condition is `name IN [values]`."""
    is_list = node.name == "IN" and node.args[0] == Path((name,))
    return is_list and all(isinstance(one, Literal) for one in node.args[1:])


def bounds_of(node: Operation, name: str, kind: str) -> tuple[dict, ...] | None:
    """The values of a condition that a query can take for the sort key."""
    if node.name not in _SORT_OPERATORS or node.args[0] != Path((name,)):
        return None
    if not all(isinstance(one, Literal) and kind in one.value for one in node.args[1:]):
        return None
    return None if node.name == "begins_with" and kind == "N" else tuple(one.value for one in node.args[1:])


def check_lists(where: Operation | None, keys: dict[str, str]) -> None:
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


def check_scalar_keys(keys: dict[str, str], statement: Statement) -> None:
    """Keys are scalars: nothing that a statement reads or asks leads into one."""
    paths = [Path(steps) for steps in statement.paths or ()]
    for path in [*paths, *_paths_of(statement.where)]:
        if len(path.steps) > 1 and path.steps[0] in keys:
            raise Refused(words.KEY_PATH.format(path.steps[0]))


def _paths_of(node) -> Iterator[Path]:
    if isinstance(node, Path):
        yield node
    elif isinstance(node, Operation):
        for arg in node.args:
            yield from _paths_of(arg)


def names_of(node) -> set[str]:
    """The top-level attributes that a condition names."""
    return {path.steps[0] for path in _paths_of(node)}
