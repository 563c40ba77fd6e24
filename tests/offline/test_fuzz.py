"""No inner failure reaches a client: what the service answers to requests that nobody thought of.

Each is one that the service takes, bent at a few places (`made_up`). An answer is one of the model's output shape or an
error that the model names, told in words; a refusal changes nothing. A run of the proof asks the same few thousand;
`COURSE_FUZZ=2000` asks so many others of each operation, and as many sequences.
"""

import json
import logging
import os
from collections.abc import Iterator
from functools import cache
from random import Random

import pytest
from asking import Asked, index, item, n, s
from botocore.model import Shape
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from made_up import SHARD, STREAM, MadeUp

from helpers.offline import forms, service

EXAMPLES = int(os.environ.get("COURSE_FUZZ", 0))
# Of any operation: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
ERRORS = {"ValidationException", "SerializationException", "AccessDeniedException", "ThrottlingException"}
# Two requests that the service itself stumbles over (table_rules, admission), so that ours does as it does.
STUMBLES = {"UpdateTable": {"InternalFailure", "InternalServerError"}}

# What the service tells and botocore's model does not have yet.
NEWER = {"TableThroughputModeSummary"}


def some_tables() -> Asked:
    """A table with both kinds of index and a stream, three items in it, and one whose key is a number."""
    made = Asked().table(
        types={"g": "S", "h": "N"},
        GlobalSecondaryIndexes=[index("by_g", "g", "h", projection="KEYS_ONLY")],
        LocalSecondaryIndexes=[index("by_h", "pk", "h")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    made.table("num", "pk", types={"pk": "N"})
    made("PutItem", TableName="num", Item={"pk": n(1)})
    held = {"x": n(1), "l": {"L": [n(1), s("a")]}, "m": {"M": {"a": s("b")}}, "t": {"SS": ["a"]}, "g": s("g")}
    for sk in "123":
        made("PutItem", TableName="ttt", Item=item("a", sk, h=n(sk), **held))
    stream = made.service.tables["ttt"].stream
    stream.arn, stream.label, stream.shard = (
        STREAM,
        STREAM.rpartition("/")[2],
        SHARD,
    )  # known to every request
    made.service.streams = {STREAM: stream}
    return made


def state(asked: Asked) -> str:
    """All that a request could change, as text; a table's passing states apart, which pass by themselves."""
    told = []
    for name, one in sorted(asked.service.tables.items()):
        stream = one.stream and (one.stream.enabled, one.stream.label, len(one.stream.records))
        told.append(
            [
                name,
                one.describe(),
                list(one.shelf),
                [one.tags, one.insights],
                one.ttl,
                one.policy,
                bool(one.recovery),
                stream,
            ]
        )
        told.append({name: list(held.shelf) for name, held in one.indexes.items()})
    service = asked.service
    told.append([list(service.backups), list(service.exports), list(service.imports), len(service.world())])
    return json.dumps(told, sort_keys=True, default=str)


def wrong(value, shape: Shape, path: str) -> Iterator[str]:
    """What of an answer is not as the service's model has it."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no structure"
            return
        for name in [
            *(value.keys() - shape.members.keys() - NEWER),
            *(set(shape.required_members) - value.keys()),
        ]:
            yield f"{path}: {name} is there and unknown, or needed and not there"
        if shape.name == "AttributeValue" and len(value) != 1:
            yield f"{path}: {value} is no attribute value"
        for name in value.keys() & shape.members.keys():
            yield from wrong(value[name], shape.members[name], f"{path}.{name}")
    elif shape.type_name in ("list", "map"):
        inner = shape.member if shape.type_name == "list" else shape.value
        if not isinstance(value, list if shape.type_name == "list" else dict):
            yield f"{path}: {value!r} is no {shape.type_name}"
            return
        for one in value if shape.type_name == "list" else value.values():
            yield from wrong(one, inner, f"{path}[]")
    else:
        kinds = {"string": str, "blob": str, "boolean": bool, "integer": int, "long": int}
        if not isinstance(value, kinds.get(shape.type_name, int | float)):
            yield f"{path}: {value!r} is no {shape.type_name}"
        elif "enum" in shape.metadata and value not in shape.metadata["enum"]:
            yield f"{path}: {value!r} is none of {shape.metadata['enum']}"


@cache
def _shapes(operation: str) -> tuple[Shape, set[str]]:
    model = forms._model(operation).operation_model(operation)
    return model.output_shape, {one.name for one in model.error_shapes}


def check_answer(operation: str, status: int, body: dict) -> None:
    """An answer is one of the model's."""
    output, errors = _shapes(operation)
    json.dumps(body, allow_nan=False).encode()
    if status == 200:
        assert not output and not body or not list(wrong(body, output, operation))
        return
    code = body["__type"].partition("#")[2]
    if code in STUMBLES.get(operation, ()):
        assert status == 500
        return
    assert status == 400 and code in ERRORS | errors, body
    told = body.get("message", body.get("Message", ""))
    assert told and not told.startswith(service.CANNOT.partition("{")[0]), body


class Asking:
    """Some tables, and what they held after the last answer."""

    def __init__(self) -> None:
        self.asked = some_tables()
        self.state = state(self.asked)

    def ask(self, operation: str, request: dict, inner: list) -> bool:
        """Ask, and check the answer; whether it changed something."""
        note(f"{operation} {request}")
        status, body = self.asked.answer(operation, request)
        assert not inner, inner
        check_answer(operation, status, body)
        before, self.state = self.state, state(self.asked)
        assert status == 200 or self.state == before, f"refused, and changed: {body}"
        return self.state != before


@pytest.fixture
def inner(caplog) -> list:
    """What Python exceptions inside of the service leave behind."""
    caplog.set_level(logging.DEBUG, service.__name__)
    return caplog.records


def often(examples: int):
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("operation", service.OPERATIONS)
def test_every_answer_is_one_of_the_model(operation, inner):
    here = [Asking()]

    @often(45)
    @given(st.randoms(use_true_random=False))
    def asking(random: Random) -> None:
        if here[0].ask(operation, MadeUp(random).request(operation), inner):
            here[0] = Asking()  # each begins with the same tables

    asking()


def test_what_expressions_and_statements_say_has_an_answer(inner):
    here = [Asking()]

    @often(400)
    @given(st.randoms(use_true_random=False))
    def asking(random: Random) -> None:
        if here[0].ask(*MadeUp(random).saying(), inner):
            here[0] = Asking()

    asking()


def test_every_answer_in_a_row_is_one_of_the_model(inner):
    @often(45)
    @given(st.randoms(use_true_random=False))
    def asking(random: Random) -> None:
        here, made = Asking(), MadeUp(random)
        for _ in range(made.often(8)):
            operation = made.pick(*service.OPERATIONS)
            here.ask(operation, made.request(operation), inner)

    asking()
