"""A private offline service in which a student's function works, watched.

The judge sees what was asked and what was answered, can let somebody else come in between, can make the service
so busy that it does only a part of each batch, and can rehearse a bad day on which answers get lost.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeSerializer

from helpers.backends import keep_tables, private_service
from helpers.exercises import watchdog
from helpers.exercises.watchdog import Overtime, Stopped
from helpers.exercises.wording import counted, told
from helpers.meter import Meter, meter
from helpers.offline import rehearsal

if TYPE_CHECKING:
    from helpers.exercises.days import Day

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
        afterwards: called with the operation, the request and the answer, which it may change, before an attempt gets it.
        busy: of so many batches to come, the service does only a part.
        taken: how many of a batch the busy service does at most; None is four fifths.
    """

    db: Any
    service: Any
    answer: Callable
    random: Random
    used: Meter = field(default_factory=Meter)
    calls: list[Call] = field(default_factory=list)
    touched: bool = False
    meanwhile: Callable[[str], None] | None = None
    afterwards: Callable[[str, dict, dict], None] | None = None
    busy: int = 0
    taken: int | None = None
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

    def somebody_else(self, operation: str, request: dict) -> dict:
        """The answer to another program's request, both in DynamoDB JSON: it is not among the student's calls."""
        return self._real_answer(operation, request)[1]

    @contextmanager
    def bad_day(self, lose: Collection[int] = (), conflicts: int = 0) -> "Iterator[Day]":
        """A rehearsal inside: time is simulated, and trouble comes to the student's function, in every mode.

        Args:
            lose: which of the writes that are done, counted from 1 with boto3's repetitions, get no answer.
            conflicts: so many next transactions meet another one.

        Raises:
            NotYet: as it is raised inside, after the trouble that came.
        """
        from helpers.exercises.days import Day  # with it comes much of the offline service

        with Day(self, lose, conflicts).rehearsed() as day:
            try:
                yield day
            except NotYet as reason:
                raise NotYet(f"{day.trouble}{reason}") from reason.__cause__

    @property
    def running(self) -> bool:
        """Whether the student's function is at work, and not the judge."""
        return self._running

    # -- between the student's function and the service -------------------------------------------------------

    def __post_init__(self) -> None:
        self._real_answer = self.service.answer
        self.service.answer = self._answer

    def _answer(self, operation: str, request: dict) -> tuple[int, dict]:
        if not self._running:
            return self._real_answer(operation, request)
        if self.meanwhile:
            self.meanwhile(operation)
        left = _hold_back(operation, request, self.taken) if self.busy else None
        status, body = self._real_answer(operation, request)
        if left and status == 200:
            self.busy -= 1
            name = "UnprocessedItems" if operation == "BatchWriteItem" else "UnprocessedKeys"
            body[name] = {**body.get(name, {}), **left}
        if self.afterwards:
            self.afterwards(operation, request, body)
        self.calls.append(Call(operation, request, body if status == 200 else None))
        return status, body


def _hold_back(operation: str, request: dict, taken: int | None) -> dict | None:
    """Take a fifth of a batch, or all but `taken`, out of the request; returns it as UnprocessedItems or -Keys.

    One at least is taken: where DynamoDB takes none, it answers with an error.
    """
    if operation not in ("BatchWriteItem", "BatchGetItem") or len(request.get("RequestItems", {})) != 1:
        return None
    [(table, asked)] = request["RequestItems"].items()
    many = asked if operation == "BatchWriteItem" else asked["Keys"]
    if len(many) < 2:
        return None
    here = taken or len(many) - max(1, len(many) // 5)
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
        with keep_tables(), _well():
            yield box
    finally:
        _boxes.remove(box)


def _well() -> AbstractContextManager:
    """A rehearsal that the student has open is none of the exercise."""
    if not rehearsal.current:
        return nullcontext()
    from helpers.faults import rehearse  # with it comes much of the offline service

    return rehearse(None)


@cache
def _session(access_key: str) -> boto3.Session:
    return boto3.Session(access_key, "offline", region_name="us-east-1")


def _resource(access_key: str):
    """A resource of its own for each check: boto3 gives a client a budget of retries, and a bad day uses it up."""
    # An endpoint named here wins over AWS_ENDPOINT_URL_DYNAMODB: exercises are offline in every mode.
    resource = _session(access_key).resource(
        "dynamodb", endpoint_url="https://dynamodb.us-east-1.amazonaws.com"
    )
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
