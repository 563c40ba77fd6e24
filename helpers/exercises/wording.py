"""What a student is told: one line of plain text, the same in every run."""

import re
import sqlite3
from collections.abc import Mapping
from decimal import Decimal, Inexact, InvalidOperation, Rounded
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from helpers.errors import CourseError

# What lies behind some refusals, by a part of their words.
_ADVICE = {
    "Query condition missed key schema element": "with `and` Python keeps one of two conditions: join them by &",
    "ALLOWED_FOR_ADD_OPERAND": "ADD takes a number or a set, such as {'mentor'}",
    'Syntax error; token: "\'"': "a value goes into ExpressionAttributeValues, under a name such as :value",
}


def told(error: BaseException) -> str:
    """An error of the student's function, as the end of "not yet, because …"."""
    if isinstance(error, ClientError):
        said = error.response["Error"]
        advice = next((f" ({more})" for part, more in _ADVICE.items() if part in said["Message"]), "")
        return f"DynamoDB refused {error.operation_name}: {line(said['Message'] or said['Code'])}{advice}"
    if isinstance(error, sqlite3.ProgrammingError) and "created in a thread" in str(error):
        return "your function asks the database of your notebook: use what it is given, or return the statement as text"
    if isinstance(error, ParamValidationError):
        return f"boto3 refused the call: {line(str(error).partition(':')[2])}"
    if isinstance(error, Inexact | Rounded):
        return (
            "boto3 refused a number of more than 38 digits: a Decimal made of a float has that many, one made of "
            "text has those that you see"
        )
    if isinstance(error, InvalidOperation):
        return "your function made a Decimal of something that is no number, such as a word"
    if type(error) is CourseError:  # not those of the directory
        return str(error)
    if isinstance(error, SystemExit):
        return "your function ended the program instead of returning"
    return f"your function raised {type(error).__name__}: {line(str(error))}"


def line(text: str) -> str:
    """A message on one line, short enough to read; what is too long loses its middle, since the reason ends it."""
    text = re.sub(r" at 0x[0-9A-Fa-f]+", "", " ".join(text.split()))
    return text if len(text) <= 280 else f"{text[:110]} … {text[-160:]}"


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends a sentence already."""
    return text if text.endswith((".", "?", "…")) else f"{text}."


def counted(number: int, noun: str) -> str:
    """A number and its noun, as in "no items", "one item" and "25 items"."""
    return f"{('no', 'one', 'two', 'three')[number] if number < 4 else number} {noun}{'' if number == 1 else 's'}"


def kind(value: Any) -> str:
    """What sort of thing was returned, as in "nothing", "a list" or "an int"."""
    if value is None:
        return "nothing"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def shown(value: Any) -> str:
    """A value as a person writes it: numbers without Decimal, sets in order, what is long cut."""
    text = _shown(value)
    return text if len(text) <= 120 else f"{text[:90]} … {text[-20:]}"


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() and abs(value.adjusted()) < 40 else str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_shown(name)}: {_shown(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(_shown, value))) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return line(repr(value))


def ordinal(number: int) -> str:
    """The place of something that is counted from 1, as in "second"."""
    first = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    return first[number - 1] if number <= len(first) else f"{number}th"
