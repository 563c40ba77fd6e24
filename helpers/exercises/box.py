"""A private offline service in which a student's function works, watched.

The judge sees what was asked and what was answered, can let somebody else come in between, and can make the service
so busy that it does only a part of each batch.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer

from helpers.backends import keep_tables, private_service
from helpers.exercises import watchdog
from helpers.exercises.watchdog import Overtime, Stopped
from helpers.exercises.wording import counted, told
from helpers.meter import Meter, meter

MOST_REQUESTS = 1000
DOTS = "the dots are still in the return line"
READS = ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
_MARK = "course_exercise"


class NotYet(Exception):
    """The answer is not right yet; the message completes "not yet, because …" and never tells the answer."""


class NotTried(Exception):
    """The dots are still there, and nothing was done."""


@dataclass(frozen=True)
class Call:
    """One request of the student's function, in DynamoDB JSON; `answer` is None where it was refused."""

    operation: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any] | None


@dataclass
class Box:
    """A private offline service for one check, and the student's function.

    Attributes:
        db: a boto3 resource of the service; the student gets it, or tables of it.
        service: the offline service behind it, to look at states without changing them.
        random: where a judge's data comes from.
        used: what the last attempt consumed.
        calls: the requests of the last attempt, in order.
        touched: a judge says so where a function did something that is no request to DynamoDB.
        meanwhile: called with the operation before each request of an attempt: somebody else's moment.
        busy: of so many batches to come, the service does only a part.
    """

    db: Any
    service: Any
    answer: Callable
    random: Random
    used: Meter = field(default_factory=Meter)
    calls: list[Call] = field(default_factory=list)
    touched: bool = False
    meanwhile: Callable[[str], None] | None = None
    busy: int = 0
    trespassed: bool = False
    endless: bool = False
    _attempts: int = 0
    _running: bool = False

    def attempt(self, *arguments: Any) -> Any:
        """What the student's function returns for these arguments.

        Raises:
            NotTried: it returned the dots and did nothing.
            NotYet: it raised (`__cause__` is its error), took too long, asked too much, used a table from outside,
                or returned the dots.
        """
        try:
            inspect.signature(self.answer).bind(*arguments)
        except TypeError:
            raise NotYet(f"your function must take {counted(len(arguments), 'argument')}") from None
        self.calls, self.touched = [], False
        self._attempts += 1
        error, returned = None, None
        with meter() as self.used:
            self._running = True
            try:
                returned = watchdog.call(self.answer, *arguments)
            except (Exception, SystemExit) as raised:
                error = raised
            finally:
                self._running = False
        self._look_for_strays(error)
        if error:
            raise NotYet(told(error)) from error
        if returned is ...:
            if self.calls or self.touched or self._attempts > 1:
                raise NotYet(DOTS)
            raise NotTried
        return returned

    def _look_for_strays(self, error: BaseException | None) -> None:
        if self.trespassed:
            raise NotYet(
                "your function used a table outside the exercise, which a client of your own sees too: use what the "
                "function is given"
            )
        self.endless |= isinstance(error, Overtime)
        if self.endless:  # which of the two comes first depends on the machine
            raise NotYet(
                f"it had not finished after {MOST_REQUESTS:,} requests or {watchdog.SECONDS:g} seconds: does its "
                "loop come to an end?"
            )

    @property
    def evaluated(self) -> int:
        """How many items the student's function read.

        Raises:
            NotYet: it asked in PartiQL, whose answers do not tell.
        """
        if self.used.unreported_items:
            raise NotYet(
                "the answer to a PartiQL statement does not tell how many items were read: ask as the task says"
            )
        return self.used.evaluated

    def count(self, *operations: str) -> int:
        """How many requests of these operations the last attempt made."""
        return sum(call.operation in operations for call in self.calls)

    @property
    def stopped_early(self) -> bool:
        """Whether the last page that the student's function read said that there is more."""
        pages = [call.answer for call in self.calls if call.operation in ("Query", "Scan") and call.answer]
        return bool(pages) and "LastEvaluatedKey" in pages[-1]

    def table(self, request: dict, items: list[dict] = ()) -> Any:
        """An active table made by a CreateTable request, holding items."""
        table = self.db.create_table(**request)
        table.wait_until_exists()
        self.put(table, items)
        table.reload()
        return table

    def put(self, table: Any, items: list[dict]) -> None:
        """Put items into a table."""
        with table.batch_writer() as batch:
            for item in items:
                batch.put_item(Item=item)

    def somebody_else(self, operation: str, request: dict) -> None:
        """Another program's request, in DynamoDB JSON: it is not among the student's calls."""
        self._real_answer(operation, request)

    # -- between the student's function and the service -------------------------------------------------------

    def __post_init__(self) -> None:
        self._real_answer = self.service.answer
        self.service.answer = self._answer

    def _answer(self, operation: str, request: dict) -> tuple[int, dict]:
        if not self._running:
            return self._real_answer(operation, request)
        if self.meanwhile:
            self.meanwhile(operation)
        left = _hold_back(operation, request) if self.busy else None
        status, body = self._real_answer(operation, request)
        if left and status == 200:
            self.busy -= 1
            name = "UnprocessedItems" if operation == "BatchWriteItem" else "UnprocessedKeys"
            body[name] = {**body.get(name, {}), **left}
        self.calls.append(Call(operation, request, body if status == 200 else None))
        return status, body


def _hold_back(operation: str, request: dict) -> dict | None:
    """Take a fifth of a batch, at least one of two, out of the request; returns it as UnprocessedItems or -Keys."""
    if operation not in ("BatchWriteItem", "BatchGetItem") or len(request.get("RequestItems", {})) != 1:
        return None
    [(table, asked)] = request["RequestItems"].items()
    many = asked if operation == "BatchWriteItem" else asked["Keys"]
    if len(many) < 2:
        return None
    here = len(many) - max(1, len(many) // 5)
    now, later = many[:here], many[here:]
    if operation == "BatchGetItem":
        now, later = {**asked, "Keys": now}, {**asked, "Keys": later}
    request["RequestItems"] = {table: now}
    return {table: later}


def wire(item: Mapping[str, Any]) -> dict:
    """An item or a key in DynamoDB JSON."""
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items()}


# --- the private service -------------------------------------------------------------------------------------

_boxes: list[Box] = []


@contextmanager
def box_for(answer: Callable, seed: int) -> Iterator[Box]:
    """A box with an empty service of its own; `seed` decides the data."""
    access_key, service = private_service()
    box = Box(_resource(access_key), service, answer, Random(seed))
    _boxes.append(box)
    try:
        with keep_tables():
            yield box
    finally:
        _boxes.remove(box)


@cache
def _resource(access_key: str):
    session = boto3.Session(access_key, "offline", region_name="us-east-1")
    # An endpoint named here wins over AWS_ENDPOINT_URL_DYNAMODB: exercises are offline in every mode.
    resource = session.resource("dynamodb", endpoint_url="https://dynamodb.us-east-1.amazonaws.com")
    resource.meta.client.meta.events.register("before-parameter-build.dynamodb", _mark)
    return resource


def _mark(context: dict, **_) -> None:
    context[_MARK] = True


def _watch(context: dict, **_) -> None:
    """While an exercise runs, no request may come from another client, and they must come to an end."""
    if watchdog.is_ended():
        raise Stopped
    if not _boxes:
        return
    box = _boxes[-1]
    box.trespassed |= _MARK not in context
    box.endless |= len(box.calls) >= MOST_REQUESTS
    if box.trespassed or box.endless:
        raise Stopped


# botocore events: see helpers.backends.isolate.
HANDLERS = [("before-call.dynamodb", _watch)]
