"""check, hint and solution: an exercise is judged by the end state, on a private offline service, in one line.

An `Exercise` is one small object. Its `judge` prepares a `Box`, lets the student's function work in it through
`box.attempt(...)`, looks at what came out, and raises `NotYet` with the reason, or returns what there is to say
about a right answer. Its answers stand apart, in `answers/`, which can be left out.
"""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass

from helpers.errors import CourseError
from helpers.exercises.box import DOTS, Box, NotTried, NotYet, box_for
from helpers.exercises.wording import counted, sentence

RIGHT, NOT_YET, NOT_TRIED = "right", "not yet", "not tried yet"
MARKS = {RIGHT: "✔", NOT_YET: "–", NOT_TRIED: "·"}


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        hints: from a nudge to nearly the answer.
        judge: takes a `Box`; raises `NotYet`, or returns a short remark on a right answer.
    """

    hints: tuple[str, ...]
    judge: Callable[[Box], str]


@dataclass(frozen=True)
class Answers:
    """What is known of the answers to one exercise.

    Attributes:
        solution: a function that passes; its source is what `solution()` prints.
        wrong: answers that people give, each with a part of the reason that it must be told, whatever the seed.
        right: answers in another style, which must pass.
    """

    solution: Callable
    wrong: tuple[tuple[Callable, str], ...]
    right: tuple[Callable, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """One line on one answer; `outcome` is RIGHT, NOT_YET or NOT_TRIED."""

    number: str
    outcome: str
    reason: str

    def __str__(self) -> str:
        joint = {RIGHT: ": ", NOT_YET: ", because ", NOT_TRIED: ": "}[self.outcome]
        return sentence(f"{MARKS[self.outcome]} {self.number} {self.outcome}{joint}{self.reason}")


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
    _exercise(number, 'check("{}", name)')
    if answer is NotTried:
        raise CourseError(
            f'check needs two things, the number in quotes and your function: check("{number}", name).'
        )
    print(verdict(number, answer))


def verdict(number: str, answer: Callable, seed: int = 0) -> Verdict:
    """The line that `check` prints.

    Args:
        number: the exercise.
        answer: the function to judge.
        seed: decides the judge's data. `check` uses 0, so that one answer always gets one line.

    Raises:
        CourseError: there is no such exercise.
    """
    exercise = _exercise(number, 'check("{}", name)')
    if answer is ...:
        return Verdict(number, NOT_TRIED, DOTS)
    if not callable(answer):
        return Verdict(
            number, NOT_YET, "check takes the function itself: its name, without brackets behind it"
        )
    try:
        with box_for(answer, seed) as box:
            return Verdict(number, RIGHT, exercise.judge(box))
    except NotTried:
        return Verdict(number, NOT_TRIED, f"{DOTS} of {_name(answer)}")
    except NotYet as reason:
        return Verdict(number, NOT_YET, str(reason))
    except KeyboardInterrupt:
        return Verdict(number, NOT_YET, "you stopped your function: does its loop come to an end?")
    except Exception:  # a result of another form than any judge foresaw
        return Verdict(number, NOT_YET, "what it returned or stored has another form than the task asks for")


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
        CourseError: there is no such exercise, or this copy of the course came without the solutions.
    """
    _exercise(number, 'solution("{}")')
    known = answers(int(number.partition(".")[0]))
    if number not in known:
        raise CourseError(f'The solutions are not in this copy of the course: ask hint("{number}") instead.')
    print(inspect.getsource(known[number].solution).rstrip())


def exercises(lesson: int) -> dict[str, Exercise]:
    """The exercises of a lesson by number, in order; empty where there is no such lesson."""
    return _numbered(lesson, f"helpers.exercises.lesson_{lesson:02}", "EXERCISES")


def answers(lesson: int) -> dict[str, Answers]:
    """The answers to a lesson's exercises by number; empty where they were left out."""
    return _numbered(lesson, f"helpers.exercises.answers.lesson_{lesson:02}", "ANSWERS")


def _numbered(lesson: int, module: str, name: str) -> dict:
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if not module.startswith(error.name or "."):  # a library that is missing is another matter
            raise
        return {}
    return {f"{lesson}.{place}": one for place, one in enumerate(found, 1)}


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


def _name(answer: Callable) -> str:
    return getattr(answer, "__name__", "your function")
