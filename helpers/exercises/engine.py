"""How an exercise is judged: by the end state, on a private offline service, in one line.

An `Exercise` is one small object. Its `judge` prepares a `Box`, lets the student's function work in it through
`box.attempt(...)`, looks at what came out, and raises `NotYet` with the reason, or returns what there is to say
about a right answer.
"""

import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError, ParamValidationError

from helpers.backends import keep_tables, private_service
from helpers.errors import CourseError
from helpers.meter import Meter, meter

MOST_REQUESTS = 1000
_MARK = "course_exercise"


class NotYet(Exception):
    """The answer is not right yet; the message completes "not yet, because …" and never tells the answer."""


class Stopped(BaseException):
    """A check ends the student's function, also one that catches every Exception."""


class NotTried(Exception):
    """The dots are still there."""


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        hints: from a nudge to nearly the answer.
        judge: takes a `Box`; raises `NotYet`, or returns a short remark on a right answer.
        solution: a function that passes; its source is what `solution()` prints.
        wrong: answers that people give, each with the reason that it must be told.
    """

    hints: tuple[str, ...]
    judge: Callable[["Box"], str]
    solution: Callable
    wrong: tuple[tuple[Callable, str], ...]


@dataclass
class Box:
    """A private offline service for one check, and the student's function.

    Attributes:
        db: a boto3 resource of the service; the student gets it, or tables of it.
        service: the `helpers.offline.service.Service` behind it, to look at states without changing them.
        used: what the student's function consumed.
    """

    db: Any
    service: Any
    answer: Callable
    used: Meter = field(default_factory=Meter)
    trespassed: bool = False
    endless: bool = False

    def attempt(self, *arguments: Any) -> Any:
        """What the student's function returns for these arguments.

        Raises:
            NotTried: it returned the dots and asked nothing of DynamoDB.
            NotYet: it raised, asked too much, or used a table from outside.
        """
        try:
            inspect.signature(self.answer).bind(*arguments)
        except TypeError:
            raise NotYet(f"your function must take {counted(len(arguments), 'argument')}") from None
        with meter() as self.used:
            error, returned = None, None
            try:
                returned = self.answer(*arguments)
            except (Exception, SystemExit, Stopped) as raised:
                error = raised
        self._look_for_strays()
        if error:
            raise NotYet(_told(error))
        if returned is ... and not self.used.requests:
            raise NotTried
        return returned

    def _look_for_strays(self) -> None:
        if self.trespassed:
            raise NotYet("your function used a table outside the exercise: use what the function is given")
        if self.endless:
            raise NotYet(
                f"it had not finished after {MOST_REQUESTS:,} requests: does its loop come to an end?"
            )

    @property
    def evaluated(self) -> int:
        """How many items the student's function read.

        Raises:
            NotYet: it asked in PartiQL, whose answers do not tell.
        """
        if self.used.unreported_items:
            raise NotYet(
                "the answer to a PartiQL statement does not tell how many items were read: ask with query or scan"
            )
        return self.used.evaluated

    def table(self, request: dict, items: list[dict] = ()) -> Any:
        """An active table made by a CreateTable request, holding items."""
        table = self.db.create_table(**request)
        table.wait_until_exists()
        with table.batch_writer() as batch:
            for item in items:
                batch.put_item(Item=item)
        table.reload()
        return table


def check(number: str, answer: Callable = NotTried) -> None:
    """Print one line: not tried yet, right, or not yet and why.

    Args:
        number: the exercise, "3.2" for the second of lesson 03.
        answer: the function itself, not its result.

    Raises:
        CourseError: there is no such exercise, or an argument is missing.
    """
    if callable(number):
        raise CourseError('The number comes first, then your function: check("1.2", name).')
    exercise = _exercise(number, 'check("{}", name)')
    if answer is NotTried:
        raise CourseError(
            f'check needs two things, the number in quotes and your function: check("{number}", name).'
        )
    print(f"{number} {verdict(exercise, answer)}")


def verdict(exercise: Exercise, answer: Callable) -> str:
    """The line that `check` prints, without the number."""
    if answer is ...:
        return "not tried yet: replace the dots, then run the cell again."
    if not callable(answer):
        return "not yet, because check takes the function itself: its name, without brackets behind it."
    try:
        with _box(answer) as box:
            remark = exercise.judge(box)
    except NotTried:
        return f"not tried yet: replace the dots in {_name(answer)}, then run the cell again."
    except NotYet as reason:
        return _sentence(f"not yet, because {reason}")
    except KeyboardInterrupt:
        return "not yet, because you stopped your function: does its loop come to an end?"
    except Exception:  # a result of another form than any judge foresaw
        return "not yet, because what it returned or stored has another form than the task asks for."
    return _sentence(f"right: {remark}")


def hint(number: str, which: int = 1) -> None:
    """Print the first hint, or a later one.

    Raises:
        CourseError: there is no such exercise or hint.
    """
    hints = _exercise(number, 'hint("{}")').hints
    if which not in range(1, len(hints) + 1):
        raise CourseError(f"Exercise {number} has {counted(len(hints), 'hint')}: ask for 1 to {len(hints)}.")
    print(f"Hint {which} of {len(hints)}: {hints[which - 1]}")


def solution(number: str) -> None:
    """Print the source of an answer that passes.

    Raises:
        CourseError: there is no such exercise.
    """
    print(inspect.getsource(_exercise(number, 'solution("{}")').solution).rstrip())


def exercises(lesson: int) -> dict[str, Exercise]:
    """The exercises of a lesson by number, in order; empty where there is no such lesson."""
    try:
        module = importlib.import_module(f"helpers.exercises.lesson_{lesson:02}")
    except ModuleNotFoundError:
        return {}
    return {f"{lesson}.{place}": exercise for place, exercise in enumerate(module.EXERCISES, 1)}


def _exercise(number: str, call: str) -> Exercise:
    if not isinstance(number, str):
        shown = number if isinstance(number, int | float) else "1.2"
        raise CourseError(f"Write the number in quotes: {call.format(shown)}.")
    lesson = number.partition(".")[0]
    known = exercises(int(lesson)) if lesson.isdecimal() else {}
    if number not in known:
        there = f"lesson {lesson} has {', '.join(known)}" if known else 'exercises are named like "1.2"'
        raise CourseError(f"There is no exercise {number!r}: {there}.")
    return known[number]


# --- the private service -------------------------------------------------------------------------------------

_boxes: list[Box] = []


@contextmanager
def _box(answer: Callable) -> Iterator[Box]:
    access_key, service = private_service()
    box = Box(_resource(access_key), service, answer)
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
    if not _boxes:
        return
    box = _boxes[-1]
    box.trespassed |= _MARK not in context
    box.endless |= box.service.requests >= MOST_REQUESTS
    if box.trespassed or box.endless:
        raise Stopped


# botocore events: see helpers.backends.isolate.
HANDLERS = [("before-call.dynamodb", _watch)]


# --- wording -------------------------------------------------------------------------------------------------


def _told(error: BaseException) -> str:
    if isinstance(error, ClientError):
        told = error.response["Error"]
        return f"DynamoDB refused {error.operation_name}: {_line(told['Message'] or told['Code'])}"
    if isinstance(error, ParamValidationError):
        return f"boto3 refused the call: {_line(str(error).partition(':')[2])}"
    if isinstance(error, Stopped) or type(error) is CourseError:  # not those of the directory
        return str(error)
    if isinstance(error, SystemExit):
        return "your function ended the program instead of returning"
    return f"your function raised {type(error).__name__}: {_line(str(error))}"


def _line(text: str) -> str:
    """A message on one line, short enough to read; what is too long loses its middle, since the reason ends it."""
    text = " ".join(text.split())
    return text if len(text) <= 280 else f"{text[:110]} … {text[-160:]}"


def _sentence(text: str) -> str:
    """The text with a full stop, unless it ends a sentence already."""
    return text if text.endswith((".", "?", "…")) else f"{text}."


def counted(number: int, noun: str) -> str:
    """A number and its noun, as in "no items", "one item" and "25 items"."""
    return f"{('no', 'one', 'two', 'three')[number] if number < 4 else number} {noun}{'' if number == 1 else 's'}"


def _name(answer: Callable) -> str:
    return getattr(answer, "__name__", "your function")
