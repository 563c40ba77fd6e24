"""The parameters of before 2014 (Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter, AttributesToGet).

They are checked in the service's words and become what expressions become, so that `evaluate` gives both the same
meaning. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from dataclasses import replace

from helpers.offline.language import values
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
from helpers.offline.language.expressions import Expressions, KeyCondition
from helpers.offline.language.values import INVALID, kind_of
from helpers.offline.refusal import Refused

_SIGNS = {
    "EQ": "=",
    "NE": "<>",
    "LE": "<=",
    "LT": "<",
    "GE": ">=",
    "GT": ">",
    "BETWEEN": "BETWEEN",
    "IN": "IN",
}
_FUNCTIONS = {
    "NULL": "attribute_not_exists",
    "NOT_NULL": "attribute_exists",
    "CONTAINS": "contains",
    "BEGINS_WITH": "begins_with",
}
_COUNTS = {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}
_SCALARS = ("S", "N", "B")
_PARAMETERS = {"AttributeUpdates", "Expected", "QueryFilter", "ScanFilter", "KeyConditions"}
_PARAMETERS |= {"AttributesToGet", "ConditionalOperator"}
_TYPES = {
    **dict.fromkeys(("LE", "LT", "GE", "GT", "CONTAINS", "NOT_CONTAINS", "IN", "BETWEEN"), _SCALARS),
    "BEGINS_WITH": ("S", "B"),
}


def check(request: dict) -> None:
    """Refuse legacy parameters that DynamoDB refuses before it looks at expressions."""
    if _PARAMETERS.isdisjoint(request):
        return
    _check_updates(request.get("AttributeUpdates") or {})
    _check_expected(request.get("Expected") or {})
    check_conditions(request.get("QueryFilter") or {})
    names = request.get("AttributesToGet") or []
    values.check_names(names)
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Refused(f"{INVALID}Duplicate value in attribute name: {name}")
    check_conditions(request.get("ScanFilter") or {})
    if "ConditionalOperator" in request:
        given = request.get("Expected") or request.get("QueryFilter") or request.get("ScanFilter")
        if not given:
            raise Refused("ConditionalOperator cannot be used without Filter or Expected")
        if len(given) < 2:
            raise Refused(
                "ConditionalOperator can only be used when Filter or Expected has two or more elements"
            )


def check_key_conditions(request: dict) -> None:
    """Refuse KeyConditions. DynamoDB does so after it has looked at a starting key and at expressions."""
    conditions = request.get("KeyConditions")
    check_conditions(conditions or {})
    if conditions == {}:
        raise Refused("Conditions can be of length 1 or 2 only")


def complete(request: dict, parsed: Expressions) -> Expressions:
    """The request's expressions, with what its legacy parameters say in their place."""
    if _PARAMETERS.isdisjoint(request):
        return parsed
    found: dict = {}
    if names := request.get("AttributesToGet"):
        found["projection"] = tuple((name,) for name in names)
    if expected := request.get("Expected"):
        found["condition"] = _all(request, {name: _expectation(name, one) for name, one in expected.items()})
    for member in ("QueryFilter", "ScanFilter"):
        if conditions := request.get(member):
            found["filter"] = _all(
                request,
                {
                    name: _test(name, one["ComparisonOperator"], _list(one))
                    for name, one in conditions.items()
                },
            )
    if conditions := request.get("KeyConditions"):
        found["key_condition"] = {name: _key_condition(name, one) for name, one in conditions.items()}
    if updates := request.get("AttributeUpdates"):
        found["update"] = Update(
            tuple(_action(name, one) for name, one in updates.items()), frozenset(), True
        )
    return replace(parsed, **found) if found else parsed


# --- conditions ----------------------------------------------------------------------------------------------


def _list(condition: dict) -> list[dict]:
    return condition.get("AttributeValueList") or []


def _check_count(operator: str, count: int) -> None:
    wanted = _COUNTS.get(operator, 1)
    if count != wanted and not (operator == "IN" and count >= 1):
        raise Refused(f"{INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator")


def _check_list(operator: str, given: list[dict]) -> None:
    for value in given:
        values.check_value(value)
    if len({kind_of(value) for value in given}) > 1:
        raise Refused(f"{INVALID}AttributeValues inside AttributeValueList must be of same type")
    for kind in map(kind_of, given):
        if kind not in _TYPES.get(operator, (kind,)):
            raise Refused(
                f"{INVALID}ComparisonOperator {operator} is not valid for {kind} AttributeValue type"
            )


def _check_range(operator: str, given: list[dict]) -> None:
    if operator == "BETWEEN" and typed(given[0])[1] > typed(given[1])[1]:
        raise Refused(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )


def check_conditions(conditions: dict[str, dict]) -> None:
    """Refuse conditions of KeyConditions, QueryFilter or ScanFilter that DynamoDB refuses."""
    for condition in conditions.values():
        operator, given = condition["ComparisonOperator"], _list(condition)
        for value in given:
            values.check_value(value)
        _check_count(operator, len(given))
        _check_list(operator, given)
        _check_range(operator, given)


def _check_expected(expected: dict[str, dict]) -> None:
    values.check_names(expected)
    for name, one in expected.items():
        operator, has_list = one.get("ComparisonOperator"), "AttributeValueList" in one
        if has_list and "Value" in one:
            raise Refused(
                f"{INVALID}Value and AttributeValueList cannot be used together for Attribute: {name}"
            )
        if operator:
            _check_comparison(name, one, operator)
        elif has_list:
            raise Refused(
                f"{INVALID}AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}"
            )
        else:
            _check_exists(name, one)


def _check_comparison(name: str, one: dict, operator: str) -> None:
    if "Exists" in one:
        raise Refused(f"{INVALID}Exists and ComparisonOperator cannot be used together for Attribute: {name}")
    given = _list(one) or ([one["Value"]] if "Value" in one else [])
    if operator not in ("NULL", "NOT_NULL") and "AttributeValueList" not in one and "Value" not in one:
        raise Refused(
            f"{INVALID}Value or AttributeValueList must be used with ComparisonOperator: {operator} "
            f"for Attribute: {name}"
        )
    _check_count(operator, len(given))
    _check_list(operator, given)
    _check_range(operator, given)


def _check_exists(name: str, one: dict) -> None:
    exists = one.get("Exists", True)
    if exists and "Value" not in one:
        told = str(one["Exists"]).lower() if "Exists" in one else "null"
        raise Refused(f"{INVALID}Value must be provided when Exists is {told} for Attribute: {name}")
    if not exists and "Value" in one:
        raise Refused(f"{INVALID}Value cannot be used when Exists is false for Attribute: {name}")
    if "Value" in one:
        values.check_value(one["Value"])


def _expectation(name: str, one: dict) -> Operation:
    if operator := one.get("ComparisonOperator"):
        test = _test(name, operator, _list(one) or ([one["Value"]] if "Value" in one else []))
        # An attribute that is not there fails NOT_CONTAINS as it fails CONTAINS.
        return Operation("AND", (_test(name, "NOT_NULL", []), test)) if operator == "NOT_CONTAINS" else test
    return _test(name, "EQ", [one["Value"]]) if "Value" in one else _test(name, "NULL", [])


def _test(name: str, operator: str, given: list[dict]) -> Operation:
    args = (Path((name,)), *map(Literal, given))
    if operator == "NOT_CONTAINS":
        return Operation("NOT", (Operation("contains", args),))
    return Operation(_SIGNS.get(operator) or _FUNCTIONS[operator], args)


def _all(request: dict, tests: dict[str, Operation]) -> Condition:
    tree = Operation(request.get("ConditionalOperator", "AND"), tuple(tests.values()))
    return Condition(compile_test(tree), frozenset(tests), frozenset())


def _key_condition(name: str, one: dict) -> KeyCondition:
    operator, given = one["ComparisonOperator"], _list(one)
    test = compile_test(_test(name, operator, given))
    sign = _SIGNS.get(operator) or _FUNCTIONS.get(operator, operator)
    return KeyCondition(test, frozenset([name]), frozenset(), name, sign, tuple(given))


# --- updates -------------------------------------------------------------------------------------------------


def _check_updates(updates: dict[str, dict]) -> None:
    values.check_names(updates)
    for one in updates.values():
        action, value = one.get("Action", "PUT"), one.get("Value")
        if value is None:
            if action != "DELETE":
                raise Refused(f"{INVALID}Only DELETE action is allowed when no attribute value is specified")
            continue
        values.check_value(value)
        kind = kind_of(value)
        if action == "DELETE" and kind not in ("SS", "NS", "BS"):
            raise Refused(f"{INVALID}DELETE action with value is not supported for the type {kind}")
        if action == "ADD" and kind not in ("L", "SS", "NS", "BS", "N"):
            raise Refused(f"{INVALID}ADD action is not supported for the type {kind}")


def _action(name: str, one: dict) -> Action:
    action, path = one.get("Action", "PUT"), Path((name,))
    if "Value" not in one:
        return Action("REMOVE", path, None)
    return Action("SET" if action == "PUT" else action, path, Literal(one["Value"]))
