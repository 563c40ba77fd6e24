"""DynamoDB's expressions: read, checked and refused as the service does, in its words and its order.

A text becomes a tree of operations, paths and placeholders; the tree is checked, its placeholders are replaced,
and `evaluate` says what it means. Sources: the developer guide's pages Expressions.*, Query and
ReservedWords; https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html; for wording and
order the tests of dynalite and of ScyllaDB's Alternator, which their authors ran against the live service, and
public reports of the service's answers.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from helpers.offline.language.evaluate import (
    Action,
    Condition,
    Literal,
    Operation,
    Path,
    Steps,
    Update,
    compile_test,
    typed,
)
from helpers.offline.language.key_values import check_key_value
from helpers.offline.language.syntax import LOGIC, OPERATORS, Invalid, Placeholder, tree_of
from helpers.offline.language.values import ANY_DEPTH, INVALID, MAX_NESTING, check_names, check_value
from helpers.offline.refusal import Refused

MAX_EXPRESSION_BYTES = 4096
MAX_PLACEHOLDER = 255
MAX_OPERATORS = 300
MAX_IN_OPERANDS = 100
MAX_INDEX = 2**32 - 2
MAX_DEPTH = 32
# The developer guide's page ReservedWords.
_RESERVED = frozenset(files(__package__).joinpath("reserved_words.txt").read_text("ascii").split())
# How many operands each function takes.
_TESTS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
_FUNCTIONS = _TESTS | {"size": 1}
_UPDATE_FUNCTIONS = {"if_not_exists": 2, "list_append": 2}
_OPERANDS = _FUNCTIONS | _UPDATE_FUNCTIONS
_TYPES = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")
_LONG_TYPES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "L": "LIST",
    "M": "MAP",
}


_TOO_MANY = f"The expression contains too many operators; operator count: {MAX_OPERATORS + 1}"


@dataclass(frozen=True)
class KeyCondition(Condition):
    """A condition on one key attribute: `operator` is "=", "<", "<=", ">", ">=", "BETWEEN" or "begins_with", `values`
    its one or two bounds in DynamoDB JSON."""

    name: str
    operator: str
    values: tuple[dict, ...]


@dataclass(frozen=True)
class Expressions:
    """A request's expressions, each None where the request has none; `projection` is a tuple of paths."""

    condition: Condition | None = None
    filter: Condition | None = None
    key_condition: dict[str, KeyCondition] | None = None
    projection: tuple[Steps, ...] | None = None
    update: Update | None = None


# --- a request's parameters ----------------------------------------------------------------------------------

# The expressions that an operation takes, as DynamoDB lists them, and the parameters of before 2014 they replace.
_READ = (("ProjectionExpression",), ("AttributesToGet",))
_WRITE = (("ConditionExpression",), ("Expected", "ConditionalOperator"))
PARAMETERS = {
    "GetItem": _READ,
    "BatchGetItem": _READ,
    "PutItem": _WRITE,
    "DeleteItem": _WRITE,
    "UpdateItem": (
        ("UpdateExpression", "ConditionExpression"),
        ("AttributeUpdates", "Expected", "ConditionalOperator"),
    ),
    "Scan": (
        ("ProjectionExpression", "FilterExpression"),
        ("AttributesToGet", "ScanFilter", "ConditionalOperator"),
    ),
    "Query": (
        ("ProjectionExpression", "FilterExpression", "KeyConditionExpression"),
        ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"),
    ),
    # The members of a transaction.
    "Get": (("ProjectionExpression",), ()),
    "Put": (("ConditionExpression",), ()),
    "Delete": (("ConditionExpression",), ()),
    "ConditionCheck": (("ConditionExpression",), ()),
    "Update": (("UpdateExpression", "ConditionExpression"), ()),
}
# Of a transaction these may have values that are nested too deeply: what an update makes of them is looked at later.
_DEEP = {"Update", "ConditionCheck"}
# Of a transaction these may have names and values without an expression. [measured by ExtendDB's authors, June 2026]
_FREE = {"Get", "Put", "Delete"}
_MEMBERS = {  # in the order in which DynamoDB checks them
    "UpdateExpression": "update",
    "ConditionExpression": "condition",
    "KeyConditionExpression": "key_condition",
    "FilterExpression": "filter",
    "ProjectionExpression": "projection",
}
_ALL = {*_MEMBERS, "ExpressionAttributeNames", "ExpressionAttributeValues"}


def presence(request: dict, operation: str) -> None:
    """Refuse parameters that do not go together. DynamoDB does so before it looks at keys, items and expressions.

    Raises:
        Refused: expressions beside the parameters they replace, or names or values without expressions.
    """
    if _ALL.isdisjoint(request):
        return
    takes, legacy = PARAMETERS[operation]
    present = _given(request)
    given = [name for name in takes if name in present]
    if operation in _FREE and not given:
        return
    old = [name for name in legacy if name in present]
    if "KeyConditionExpression" not in given and "KeyConditions" in old:
        old.remove("KeyConditions")  # these may still go with a FilterExpression
    if given and old:
        raise Refused(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(given)}}}"
        )
    if "ExpressionAttributeNames" in present and not given:
        raise Refused("ExpressionAttributeNames can only be specified when using expressions")
    using = [name for name in takes if name != "ProjectionExpression"]
    if "ExpressionAttributeValues" in present and using and not present.intersection(using):
        raise Refused(
            "ExpressionAttributeValues can only be specified when using expressions: "
            f"{' and '.join(using)} {'is' if len(using) == 1 else 'are'} null"
        )


def _given(request: dict) -> set[str]:
    return {name for name, value in request.items() if value is not None}


def parse(request: dict, operation: str) -> Expressions:
    """Read and check a request's expressions, their names and their values.

    Args:
        request: the parameters in DynamoDB JSON. Numbers in ExpressionAttributeValues are put into normal form.
        operation: "PutItem", "Query", …; "BatchGetItem" for what one table has in RequestItems; "Put", "Update",
            "Delete", "ConditionCheck" or "Get" for a member of a transaction.

    Raises:
        Refused: with DynamoDB's wording.
    """
    presence(request, operation)
    if operation == "Query" and not {"KeyConditions", "KeyConditionExpression"} & _given(request):
        raise Refused(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    if _ALL.isdisjoint(request):
        return Expressions()
    scope = _Scope(
        _names(request, operation),
        _values(request, operation) if operation not in ("GetItem", "BatchGetItem", "Get") else {},
    )
    found: dict = {}
    for parameter, member in _MEMBERS.items():
        text = request.get(parameter) if parameter in PARAMETERS[operation][0] else None
        if text is not None:
            try:
                found[member] = _expression(text, member, scope, operation)
            except RecursionError:  # deeper than any expression within DynamoDB's limits
                raise Refused(f"Invalid {parameter}: {_TOO_MANY}") from None
            except Invalid as wrong:
                raise Refused(f"Invalid {parameter}: {wrong}") from None
    if found or operation not in _FREE:
        scope.refuse_unused()
    if "key_condition" in found:
        found["key_condition"] = _key_conditions(found["key_condition"])
    return Expressions(**found)


def _names(request: dict, operation: str) -> dict[str, str]:
    names = request.get("ExpressionAttributeNames")
    _check_placeholders("ExpressionAttributeNames", names, "#")
    for key, name in (names or {}).items():
        if not name:
            raise Refused(
                f"ExpressionAttributeNames contains invalid value: Empty attribute name for key {key}"
            )
        try:
            check_names([name])
        except Refused as refusal:
            if operation in _WRITES:
                raise
            raise Refused(
                f"ExpressionAttributeNames contains invalid value: {refusal} for key {key}"
            ) from None
    return names or {}


# Here the service tells what is wrong with a name, a set or a null without the placeholder: see docs/offline.md.
_WRITES = ("PutItem", "UpdateItem", "DeleteItem")


def _values(request: dict, operation: str) -> dict[str, dict]:
    values = request.get("ExpressionAttributeValues")
    _check_placeholders("ExpressionAttributeValues", values, ":")
    for key, value in (values or {}).items():
        try:
            check_value(value, ANY_DEPTH if operation in _DEEP else MAX_NESTING)
        except Refused as refusal:
            if operation in _WRITES and str(refusal).startswith(INVALID):
                raise
            raise Refused(
                f"ExpressionAttributeValues contains invalid value: {refusal} for key {key}"
            ) from None
    return values or {}


def _check_placeholders(parameter: str, given: dict | None, sign: str) -> None:
    if given == {}:
        raise Refused(f"{parameter} must not be empty")
    for key in given or ():
        if (size := len(key.encode("utf-8", "surrogatepass"))) > MAX_PLACEHOLDER:
            told = f" size of key: {size}" if sign == "#" else ""  # of values the service tells none
            raise Refused(
                f"{parameter} contains invalid key: The expression attribute map contains a key that is too long;{told}"
            )
        if not re.fullmatch(sign + "[0-9a-zA-Z_]+", key):
            raise Refused(f'{parameter} contains invalid key: Syntax error; key: "{key}"')


class _Scope:
    """The names and values that a request's placeholders stand for, and which of them its expressions use."""

    def __init__(self, names: dict[str, str], values: dict[str, dict]) -> None:
        self.names, self.values = names, values
        self._used: set[str] = set()

    def path(self, path: Path) -> Path:
        for step in path.steps:
            if isinstance(step, str) and step.startswith("#") and step not in self.names:
                raise Invalid(
                    "An expression attribute name used in the document path is not defined; "
                    f"attribute name: {step}"
                )
        self._used.update(step for step in path.steps if isinstance(step, str))
        if len(path.steps) > MAX_DEPTH:
            raise Invalid(f"The document path has too many nesting levels; nesting levels: {len(path.steps)}")
        return Path(tuple(self.names.get(step, step) for step in path.steps))

    def value(self, placeholder: Placeholder) -> Literal:
        if placeholder.name not in self.values:
            raise Invalid(
                f"An expression attribute value used in expression is not defined; attribute value: {placeholder.name}"
            )
        self._used.add(placeholder.name)
        return Literal(self.values[placeholder.name])

    def refuse_unused(self) -> None:
        for kind, given in (("Names", self.names), ("Values", self.values)):
            if unused := [key for key in given if key not in self._used]:
                raise Refused(
                    f"Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{', '.join(unused)}}}"
                )


def _expression(text: str, member: str, scope: _Scope, operation: str):
    """One expression of a request, as `Expressions` holds it; a key condition still as a tree."""
    if text == "":
        raise Invalid("The expression can not be empty;")
    if (size := len(text.encode("utf-8", "surrogatepass"))) > MAX_EXPRESSION_BYTES:
        told = f" expression size: {size}" if member in ("condition", "filter") else ""
        raise Invalid(f"Expression size has exceeded the maximum allowed size;{told}")
    tree = tree_of(text, member if member in ("update", "projection") else "condition")
    if member == "update":
        return _checked_update(tree, scope)
    if member == "projection":
        return _checked_projection(tree, scope)
    _check_places(tree, True)
    _check_count(tree)
    tree = _checked(tree, scope)
    return tree if member == "key_condition" else _condition(tree)


def _condition(tree: Operation) -> Condition:
    return Condition(compile_test(tree), frozenset(path.steps[0] for path in _paths(tree)), _nested(tree))


def _paths(node) -> Iterator[Path]:
    if isinstance(node, Path):
        yield node
    elif isinstance(node, Operation):
        for arg in node.args:
            yield from _paths(arg)


def _nested(node) -> frozenset[str]:
    return frozenset(path.steps[0] for path in _paths(node) if len(path.steps) > 1)


# --- checks, in DynamoDB's order -----------------------------------------------------------------------------
# First what stands where, in the order of the text; then, condition by condition, what the placeholders stand for.


def _check_places(
    node, as_condition: bool = False, in_update: bool = False, in_function: bool = False
) -> None:
    """Refuse reserved words, unknown functions, and functions that do not belong where they stand."""
    if isinstance(node, Path):
        _check_path(node)
    if not isinstance(node, Operation):
        return
    name = node.name
    if name not in OPERATORS:
        if name not in _OPERANDS:
            raise Invalid(f"Invalid function name; function: {name}")
        if (name in _UPDATE_FUNCTIONS) != in_update:
            kind = "an update" if in_update else "a condition"
            raise Invalid(f"The function is not allowed in {kind} expression; function: {name}")
        if as_condition != (name in _TESTS) or in_update and in_function and name != "if_not_exists":
            raise Invalid(
                f"The function is not allowed to be used this way in an expression; function: {name}"
            )
    for arg in node.args:
        _check_places(arg, name in LOGIC, in_update, name not in OPERATORS)


def _check_path(path: Path) -> None:
    for step in path.steps:
        if isinstance(step, int):
            if step > MAX_INDEX:
                raise Invalid(f"List index is not within the allowable range; index: [{step}]")
        elif step.upper() in _RESERVED:
            raise Invalid(f"Attribute name is a reserved keyword; reserved keyword: {step}")


def _check_count(*nodes) -> None:
    if sum(map(_operators, nodes)) > MAX_OPERATORS:
        raise Invalid(_TOO_MANY)


def _operators(node) -> int:
    if not isinstance(node, Operation):
        return 0
    own = len(node.args) - 1 if node.name in ("AND", "OR") else 1
    return own + sum(map(_operators, node.args))


def _checked(node, scope: _Scope):
    """The same tree with paths and values in place of placeholders, its operands checked."""
    if isinstance(node, Path):
        return scope.path(node)
    if isinstance(node, Placeholder):
        return scope.value(node)
    node = Operation(node.name, tuple(_checked(arg, scope) for arg in node.args))
    if node.name not in LOGIC:
        _check_operands(node)
    return node


def _check_operands(node: Operation) -> None:
    name, args = node
    if len(args) != _OPERANDS.get(name, len(args)):
        raise Invalid(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {name}, number of operands: {len(args)}"
        )
    if name == "IN" and len(args) - 1 > MAX_IN_OPERANDS:
        raise Invalid(
            f"The IN operator is provided with too many operands; number of operands: {len(args) - 1}"
        )
    if isinstance(args[0], Path) and args[0] in args[1:] and name not in ("list_append", "+", "-"):
        raise Invalid(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {name}, first operand: {_shown(args[0].steps)}"
        )
    if name in ("attribute_exists", "attribute_not_exists", "if_not_exists") and not isinstance(
        args[0], Path
    ):
        raise Invalid(f"Operator or function requires a document path; operator or function: {name}")
    check_types(name, args)


_ALLOWED_TYPES = {
    **dict.fromkeys(("<", "<=", ">", ">=", "BETWEEN"), ("S", "N", "B")),
    "begins_with": ("S", "B"),
    "size": ("S", "B", "SS", "NS", "BS", "L", "M"),
    "list_append": ("L",),
    "+": ("N",),
    "-": ("N",),
}


def check_types(name: str, args: tuple) -> None:
    """
    Raises:
        Invalid: an operator or function is given a value of a type that it does not take.
    """
    for arg in args:
        kind = _type(arg)
        if kind and kind not in _ALLOWED_TYPES.get(name, _TYPES):
            raise _wrong_type(name, kind)
    if name == "attribute_type":
        if (kind := _type(args[1])) != "S":
            raise _wrong_type(name, kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
        if (named := args[1].value["S"]) not in _TYPES:
            raise Invalid(
                f"Invalid attribute type name found; type: {named}, valid types: {{{','.join(_TYPES)}}}"
            )
    if name == "BETWEEN":
        _check_bounds(args[1], args[2])


def _type(node) -> str | None:
    """The type of an operand if the request alone tells it."""
    if isinstance(node, Literal):
        return next(iter(node.value))
    return "N" if isinstance(node, Operation) and node.name == "size" else None


def _wrong_type(name: str, kind: str) -> Invalid:
    return Invalid(
        f"Incorrect operand type for operator or function; operator or function: {name}, operand type: {kind}"
    )


def _check_bounds(low, high) -> None:
    if not (isinstance(low, Literal) and isinstance(high, Literal)):
        return
    if _type(low) != _type(high):
        rule = "The BETWEEN operator requires same data type for lower and upper bounds"
    elif typed(low.value)[1] > typed(high.value)[1]:
        rule = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
    else:
        return
    raise Invalid(f"{rule}; lower bound operand: {java(low.value)}, upper bound operand: {java(high.value)}")


def java(value: dict) -> str:
    """A value as the service prints it."""
    ((kind, content),) = value.items()
    if kind == "B":
        size = len(base64.b64decode(content))
        content = f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
    return f"AttributeValue: {{{kind}:{content}}}"


def _shown(steps: Steps) -> str:
    return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in steps)}]"


def _checked_projection(paths: list[Path], scope: _Scope) -> tuple[Steps, ...]:
    for path in paths:
        _check_path(path)
    steps = tuple(scope.path(path).steps for path in paths)
    check_overlaps(steps)
    return steps


def check_overlaps(paths: tuple[Steps, ...]) -> None:
    """
    Raises:
        Invalid: two of the paths are the same, one leads through the other, or they take the same place for a map and
            a list.
    """
    conflict = None
    for number, second in enumerate(paths):
        for first in paths[:number]:
            pair = next(((one, two) for one, two in zip(first, second, strict=False) if one != two), None)
            told = (
                "must remove or rewrite one of these paths; "
                f"path one: {_shown(first)}, path two: {_shown(second)}"
            )
            if pair is None:
                raise Invalid(f"Two document paths overlap with each other; {told}")
            if type(pair[0]) is not type(pair[1]):
                conflict = conflict or Invalid(f"Two document paths conflict with each other; {told}")
    if conflict:
        raise conflict


def _checked_update(sections: tuple[tuple[str, list[Action]], ...], scope: _Scope) -> Update:
    actions = [action for _, listed in sections for action in listed]
    for action in actions:
        _check_places(action.path)
        _check_places(action.operand, in_update=True)
    names = [name for name, _ in sections]
    for name in names:
        if names.count(name) > 1:
            raise Invalid(f'The "{name}" section can only be used once in an update expression;')
    _check_count(*(action.operand for action in actions))
    # Undefined names come before undefined values, both before what is wrong with paths, ADD and DELETE, functions.
    for action in actions:
        for path in (action.path, *_paths(action.operand)):
            scope.path(path)
    for action in actions:
        for placeholder in _placeholders(action.operand):
            scope.value(placeholder)
    check_overlaps(tuple(scope.path(action.path).steps for action in actions))
    for action in actions:
        _check_added(action, scope)
    checked = tuple(
        Action(one.section, scope.path(one.path), one.operand and _checked(one.operand, scope))
        for one in actions
    )
    nested = (_nested(part) for action in checked for part in (action.path, action.operand))
    return Update(checked, frozenset().union(*nested))


def _placeholders(node) -> Iterator[Placeholder]:
    if isinstance(node, Placeholder):
        yield node
    elif isinstance(node, Operation):
        for arg in node.args:
            yield from _placeholders(arg)


def _check_added(action: Action, scope: _Scope) -> None:
    """ADD takes numbers and sets, DELETE takes sets."""
    if action.section not in ("ADD", "DELETE"):
        return
    kind = _type(scope.value(action.operand))
    if kind in _LONG_TYPES and (action.section, kind) != ("ADD", "N"):
        raise Invalid(
            f"Incorrect operand type for operator or function; operator: {action.section}, operand type: "
            f"{_LONG_TYPES[kind]}, typeSet: ALLOWED_FOR_{action.section}_OPERAND"
        )


# --- keys ----------------------------------------------------------------------------------------------------

_INDEXABLE = {"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"}
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _key_conditions(tree: Operation) -> dict[str, KeyCondition]:
    """The conditions of a KeyConditionExpression by attribute, whatever the table's keys are."""
    found: dict[str, KeyCondition] = {}
    for node in _conjuncts(tree):
        one = _key_part(node)
        if one.name in found:
            raise Refused("KeyConditionExpressions must only contain one condition per key")
        found[one.name] = one
    return found


def _conjuncts(node: Operation) -> Iterator[Operation]:
    if node.name in ("OR", "NOT", "IN", "<>") or node.name in _TESTS and node.name != "begins_with":
        raise Refused(f"Invalid operator used in KeyConditionExpression: {node.name}")
    if node.name != "AND":
        yield node
        return
    for arg in node.args:
        yield from _conjuncts(arg)


def _key_part(node: Operation) -> KeyCondition:
    wrong = "Invalid condition in KeyConditionExpression: "
    name, args = node
    if name in ("BETWEEN", "begins_with") and not isinstance(args[0], Path):
        raise Refused(f"{wrong}{name} operator must have the key attribute as its first operand")
    path = None
    for arg in args:
        if isinstance(arg, Operation):
            raise Refused("KeyConditionExpressions cannot contain nested operations")
        if isinstance(arg, Path):
            if path:
                raise Refused(f"{wrong}Multiple attribute names used in one condition")
            if len(arg.steps) > 1:
                raise Refused("KeyConditionExpressions cannot have conditions on nested attributes")
            path = arg
    if not path:
        raise Refused(f"{wrong}No key attribute specified")
    if args[0] != path:
        name, args = _MIRRORED[name], args[::-1]
    condition = _condition(Operation(name, args))
    bounds = tuple(arg.value for arg in args[1:])
    return KeyCondition(condition.test, condition.names, condition.nested, path.steps[0], name, bounds)


def key_condition(
    conditions: dict[str, KeyCondition],
    schema: dict[str, str],
    hashes: int = 1,
    first: Callable[[str], None] = lambda name: None,
) -> tuple[list[dict], list[KeyCondition]]:
    """The values of the partition key and the conditions on the sort key, in the order of its attributes.

    Args:
        conditions: `Expressions.key_condition`.
        schema: the key attributes and their types ("S", "N", "B") of the table or index, partition key first.
        hashes: how many of them make up the partition key.
        first: called with the name of each key attribute before its condition is looked at.

    Raises:
        Refused: the conditions do not fit the keys.
    """
    partition, sort = [*schema][:hashes], [*schema][hashes:]
    if len(conditions) > len(schema):
        raise Refused(
            f"The number of query conditions ({len(conditions)}) exceeds the number of key attributes "
            f"defined in the schema ({len(schema)})"
        )
    for name in partition:
        first(name)
    _check_partition(conditions, partition)
    for name, kind in schema.items():
        if name in sort:
            first(name)
        if name not in conditions:
            continue
        if conditions[name].operator not in _INDEXABLE:  # KeyConditions may name any operator
            raise Refused("Attempted conditional constraint is not an indexable operation")
        for value in conditions[name].values:
            if kind not in value:
                raise Refused(f"{INVALID}Condition parameter type does not match schema type")
            check_key_value(schema, {name: value}, name, hashes)
        if name in partition and conditions[name].operator != "=":
            raise Refused("Query key condition not supported")
    _check_left_to_right(conditions, sort)
    found = [conditions[name] for name in sort if name in conditions]
    if hashes + len(found) < len(conditions):
        raise Refused(f"Query condition missed key schema element: {sort[len(found)]}")
    return [conditions[name].values[0] for name in partition], found


def _check_partition(conditions: dict[str, KeyCondition], partition: list[str]) -> None:
    """A partition key of one attribute needs a condition, one of several needs an equality on each."""
    if len(partition) == 1:
        if partition[0] not in conditions:
            raise Refused(f"Query condition missed key schema element: {partition[0]}")
        return
    lacking = [name for name in partition if name not in conditions or conditions[name].operator != "="]
    if lacking:
        raise Refused(
            f"HASH key attributes {', '.join(lacking)} must have equality conditions specified in the query"
        )


def _check_left_to_right(conditions: dict[str, KeyCondition], sort: list[str]) -> None:
    """The attributes of a sort key are named from the left, and each but the last one named with an equality."""
    for name, later in pairwise(sort):
        ahead = [one for one in sort[sort.index(later) :] if one in conditions]
        if ahead and (name not in conditions or conditions[name].operator != "="):
            raise Refused(
                f"RANGE key attributes {name} must have equality conditions specified in the query because a condition "
                f"is present on key attribute {ahead[0]}"
            )


def filter_names(tree: Condition | None) -> frozenset[str]:
    """The top-level attributes that a condition or filter names."""
    return tree.names if tree else frozenset()
