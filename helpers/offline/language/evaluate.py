"""What DynamoDB's expressions mean: conditions, projections and updates on items in DynamoDB JSON.

The trees come from `expressions`, checked and with their placeholders filled in. Nothing here
changes an item in place: what comes out may share values with what went in. Sources:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

import base64
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from helpers.capacity import wire_item_size
from helpers.offline.language.values import MAX_ITEM_BYTES, plain
from helpers.offline.refusal import Refused

Steps = tuple[str | int, ...]  # a document path: names, and indexes of list elements


class Path(NamedTuple):
    """A place in an item."""

    steps: Steps


class Literal(NamedTuple):
    """A value that the request brought, in DynamoDB JSON."""

    value: dict


class Operation(NamedTuple):
    """An operator ("=", "BETWEEN", "AND", "+") or a function ("size") and what it works on."""

    name: str
    args: tuple


class Action(NamedTuple):
    """One change of an update: "SET", "REMOVE", "ADD" or "DELETE", its target, and its operand if it has one."""

    section: str
    path: Path
    operand: Path | Literal | Operation | None


@dataclass(frozen=True)
class Condition:
    """A condition, filter or key condition. `names` and `nested` are the top-level attributes that it names, and
    those of them that it looks into."""

    test: Callable[[dict], bool]
    names: frozenset[str]
    nested: frozenset[str]


@dataclass(frozen=True)
class Update:
    """An update; `nested` as in `Condition`; `is_legacy`: it comes from AttributeUpdates."""

    actions: tuple[Action, ...]
    nested: frozenset[str]
    is_legacy: bool = False


# --- values --------------------------------------------------------------------------------------------------

_PLAIN: dict[str, Callable] = {
    "S": str,  # Python orders strings by code point, which is the order of their UTF-8 bytes
    "N": Decimal,
    "B": base64.b64decode,
    "BOOL": bool,
    "NULL": bool,
    "SS": frozenset,
    "NS": lambda members: frozenset(map(Decimal, members)),
    "BS": lambda members: frozenset(map(base64.b64decode, members)),
    "L": lambda elements: tuple(map(typed, elements)),
    "M": lambda members: {name: typed(value) for name, value in members.items()},
}
_ORDERED = ("S", "N", "B")
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def typed(value: dict) -> tuple[str, object]:
    """A value as its type and its content in Python: equal exactly where DynamoDB's `=` holds."""
    ((kind, content),) = value.items()
    return kind, _PLAIN[kind](content)


def _size(value: dict) -> dict | None:
    """What size() makes of a value; nothing of a number, a boolean or null."""
    ((kind, content),) = value.items()
    if kind in ("N", "BOOL", "NULL"):
        return None
    if kind == "S":
        length = len(content.encode("utf-16-le", "surrogatepass")) // 2  # the service counts as Java does
    elif kind == "B":
        length = len(base64.b64decode(content))
    else:
        length = len(content)
    return {"N": str(length)}


# --- conditions ----------------------------------------------------------------------------------------------


def matches(condition: Condition, item: dict | None) -> bool:
    """Whether an item fulfils a condition or filter; None is an item that does not exist."""
    return condition.test(item or {})


def compile_test(node: Operation) -> Callable[[dict], bool]:
    """A condition's tree as one function of an item."""
    if node.name in ("AND", "OR"):
        tests = tuple(map(compile_test, node.args))
        combined = all if node.name == "AND" else any
        return lambda item: combined(test(item) for test in tests)
    if node.name == "NOT":
        test = compile_test(node.args[0])
        return lambda item: not test(item)
    first, *rest = map(_content, node.args)
    return _TESTS[node.name](first, *rest)


def _value(node: Path | Literal | Operation) -> Callable[[dict], dict | None]:
    """What stands at a node, in DynamoDB JSON; None where an item has nothing there."""
    if isinstance(node, Literal):
        return lambda item: node.value
    if isinstance(node, Path):
        name, *rest = node.steps
        return (lambda item: find(item, node.steps)) if rest else (lambda item: item.get(name))
    sized = _value(node.args[0])  # of all functions, only size() yields a value
    return lambda item: None if (value := sized(item)) is None else _size(value)


def _content(node: Path | Literal | Operation) -> Callable[[dict], tuple | None]:
    """The same, as `typed` gives it."""
    if isinstance(node, Literal):
        constant = typed(node.value)
        return lambda item: constant
    value_of = _value(node)
    return lambda item: None if (value := value_of(item)) is None else typed(value)


def find(item: dict, steps: Steps) -> dict | None:
    """The value at a document path of an item, or None."""
    value = {"M": item}
    for step in steps:
        if isinstance(step, int):
            elements = value.get("L", ())
            value = elements[step] if step < len(elements) else None
        else:
            value = value.get("M", {}).get(step)
        if value is None:
            return None
    return value


def _equal(left, right):
    return lambda item: (value := left(item)) is not None and value == right(item)


def _unequal(left, right):
    same = _equal(left, right)
    return lambda item: not same(item)


def _ordered(compare):
    def build(left, right):
        def test(item: dict) -> bool:
            one, other = left(item), right(item)
            if one is None or other is None or one[0] != other[0] or one[0] not in _ORDERED:
                return False
            return compare(one[1], other[1])

        return test

    return build


def _between(value, low, high):
    above, below = _ordered(operator.le)(low, value), _ordered(operator.le)(value, high)
    return lambda item: above(item) and below(item)


def _one_of(value, *candidates):
    def test(item: dict) -> bool:
        found = value(item)
        return found is not None and any(found == candidate(item) for candidate in candidates)

    return test


def _begins_with(value, prefix):
    def test(item: dict) -> bool:
        whole, start = value(item), prefix(item)
        if whole is None or start is None or whole[0] != start[0] or whole[0] not in ("S", "B"):
            return False
        return whole[1].startswith(start[1])

    return test


def _contains(value, member):
    def test(item: dict) -> bool:
        whole, part = value(item), member(item)
        if whole is None or part is None:
            return False
        (kind, content), (part_kind, part_content) = whole, part
        if kind == "L":
            return part in content
        return (
            kind in (part_kind, f"{part_kind}S")
            and kind not in ("N", "BOOL", "NULL", "M")
            and part_content in content
        )

    return test


_TESTS = {
    "=": _equal,
    "<>": _unequal,
    **{sign: _ordered(compare) for sign, compare in _COMPARE.items()},
    "BETWEEN": _between,
    "IN": _one_of,
    "attribute_exists": lambda value: lambda item: value(item) is not None,
    "attribute_not_exists": lambda value: lambda item: value(item) is None,
    "attribute_type": lambda value, kind: (
        lambda item: (found := value(item)) is not None and found[0] == kind(item)[1]
    ),
    "begins_with": _begins_with,
    "contains": _contains,
}


# --- projections ---------------------------------------------------------------------------------------------


def project(paths: tuple[Steps, ...], item: dict) -> dict:
    """The parts of an item at the paths, merged; elements of lists move up, and what is not there leaves no trace."""
    return (_picked({"M": item}, _branches(paths)) or {"M": {}})["M"]


@lru_cache(maxsize=256)
def _branches(paths: tuple[Steps, ...]) -> dict:
    """Paths as a tree: each step leads to the steps after it, a path's last step to none."""
    tree: dict = {}
    for path in paths:
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
    return tree


def _picked(value: dict, branches: dict) -> dict | None:
    if not branches:
        return value
    if isinstance(next(iter(branches)), int):
        elements = value.get("L", ())
        picked = [
            _picked(elements[index], branches[index]) for index in sorted(branches) if index < len(elements)
        ]
        kept = [element for element in picked if element is not None]
        return {"L": kept} if kept else None
    members = value.get("M", {})
    kept = {
        name: part
        for name, branch in branches.items()
        if name in members and (part := _picked(members[name], branch)) is not None
    }
    return {"M": kept} if kept else None


# --- updates -------------------------------------------------------------------------------------------------

_INCORRECT_TYPE = "An operand in the update expression has an incorrect data type"
_TYPE_MISMATCH = "Type mismatch for attribute to update"
_NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
_INVALID_PATH = "The document path provided in the update expression is invalid for update"
_EXACT = Context(prec=300)  # DynamoDB's range, 1E-130 to 1E+126, without rounding
_GONE = object()


def apply(
    update: Update, item: dict | None, key: Mapping | Iterable[str]
) -> tuple[dict | None, tuple[Steps, ...]]:
    """What an update makes of an item.

    Args:
        update: the checked update.
        item: the item before, or None if there is none.
        key: the names of the table's key attributes; the item's key itself where `item` is None.

    Returns:
        The item after, and the paths that the update names: `project` them from the item before for UPDATED_OLD,
        from the item after for UPDATED_NEW. An update that only takes away makes no item where there is none: None.

    Raises:
        Refused: as DynamoDB refuses it.
    """
    paths = tuple(action.path.steps for action in update.actions)
    for name in key:
        if any(path[0] == name for path in paths):
            raise Refused(
                "One or more parameter values were invalid: "
                f"Cannot update attribute {name}. This attribute is part of the key"
            )
    if item is None:
        if all(action.section in ("REMOVE", "DELETE") for action in update.actions):
            return None, paths
        item = dict(key)
    # Every operand is read before anything is written.
    operands = [None if one.operand is None else _result(one.operand, item) for one in update.actions]
    _check_written(update, operands)
    changes: dict = {}
    for action, operand in zip(update.actions, operands, strict=True):
        new = _new_value(action, operand, item, update.is_legacy)
        if new is not None:
            *way, last = action.path.steps
            branch = changes
            for step in way:
                branch = branch.setdefault(step, {})
            branch[last] = (new,)
    return _changed({"M": item}, changes)["M"], paths


def _check_written(update: Update, operands: list[dict | None]) -> None:
    """What an update writes is measured by itself, whatever the item is afterwards. [measured on the service, 2026]

    Names and values, 3 for them all, 19 for each SET or ADD and 2 for each REMOVE or DELETE; 400 KB at most.
    """
    size = 3
    for action, operand in zip(update.actions, operands, strict=True):
        size += 19 if action.section in ("SET", "ADD") else 2
        size += sum(len(step.encode()) for step in action.path.steps if isinstance(step, str))
        size += wire_item_size({"": operand}) if operand else 0
    if size > MAX_ITEM_BYTES:
        raise Refused("Item size to update has exceeded the maximum allowed size")


def _result(node: Path | Literal | Operation, item: dict) -> dict:
    """The value of a SET's right side."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Path):
        if (value := find(item, node.steps)) is None:
            raise Refused(_NO_ATTRIBUTE)
        return value
    if node.name == "if_not_exists":
        path, otherwise = node.args
        found = find(item, path.steps)
        return _result(otherwise, item) if found is None else found
    left, right = (_result(arg, item) for arg in node.args)
    kind = "L" if node.name == "list_append" else "N"
    if kind not in left or kind not in right:
        raise Refused(_INCORRECT_TYPE)
    return {"L": left["L"] + right["L"]} if kind == "L" else _sum(left, right, node.name)


def _sum(left: dict, right: dict, sign: str = "+") -> dict:
    combine = _EXACT.add if sign == "+" else _EXACT.subtract
    return {"N": plain(combine(Decimal(left["N"]), Decimal(right["N"])))}


def _new_value(action: Action, operand: dict | None, item: dict, is_legacy: bool):
    """What an action leaves at its path: a value, `_GONE`, or None where nothing changes."""
    *way, last = action.path.steps
    parent = find(item, tuple(way)) if way else {"M": item}
    if parent is None or ("L" if isinstance(last, int) else "M") not in parent:
        raise Refused(_INVALID_PATH)
    if action.section == "SET":
        return operand
    if action.section == "REMOVE":
        return _GONE
    if (before := find(item, action.path.steps)) is None:
        return operand if action.section == "ADD" else None
    ((kind, members),) = operand.items()
    if kind not in before:
        raise Refused(_TYPE_MISMATCH if is_legacy else _INCORRECT_TYPE)
    if kind == "N":
        return _sum(before, operand)
    if kind == "L":  # AttributeUpdates alone can add to a list
        return {"L": before["L"] + members}
    had, given = (set(map(_PLAIN[kind[0]], content)) for content in (before[kind], members))
    if action.section == "ADD":
        return {kind: before[kind] + [one for one in members if _PLAIN[kind[0]](one) not in had]}
    return (
        {kind: left}
        if (left := [one for one in before[kind] if _PLAIN[kind[0]](one) not in given])
        else _GONE
    )


def _changed(value: dict, changes: dict) -> dict:
    """A map or list with changes: step -> (new value or `_GONE`,) or, deeper down, again changes."""
    if "M" in value:
        members = dict(value["M"])
        for name, change in changes.items():
            members[name] = change[0] if isinstance(change, tuple) else _changed(members[name], change)
        return {"M": {name: member for name, member in members.items() if member is not _GONE}}
    # Indexes are those of the list before; elements beyond its end go behind it, in the order of their indexes.
    elements = list(value["L"])
    for index, change in sorted(changes.items()):
        if index < len(value["L"]):
            elements[index] = change[0] if isinstance(change, tuple) else _changed(elements[index], change)
        else:
            elements.append(change[0])
    return {"L": [element for element in elements if element is not _GONE]}
