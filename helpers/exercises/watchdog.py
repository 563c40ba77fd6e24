"""Run somebody's function in a thread of its own, and end it when it takes too long.

In a thread of its own nothing of the judge stands on the function's stack, and a function that sleeps or waits for a
lock does not hold up whoever called it. A function that catches even BaseException may go on behind; its requests to
DynamoDB are refused. What no watchdog can end is one call that never comes back to Python and
keeps the interpreter to itself, such as `sum(range(10**15))`: then only a restart of the kernel helps.
"""

import contextvars
import ctypes
import threading
import weakref
from collections.abc import Callable
from typing import Any

SECONDS = 10.0
_GRACE = 3.0  # seconds in which an asked function usually ends; after that it is left to itself, still asked

_ended: "weakref.WeakSet[threading.Thread]" = weakref.WeakSet()


class Stopped(SystemExit):
    """Ends a function, also one that catches every Exception; a thread that ends with it does so in silence."""


class Overtime(Exception):
    """The function had not finished in time."""


def call(function: Callable, *arguments: Any) -> Any:
    """What `function(*arguments)` returns; what it raises is raised here.

    Raises:
        Overtime: it had not finished after SECONDS; it was asked to end.
        KeyboardInterrupt: the person in front stopped it; it was asked to end.
    """
    outcome: dict[str, Any] = {}

    def work() -> None:
        try:
            outcome["returned"] = function(*arguments)
        except BaseException as error:
            outcome["error"] = error

    # In a copy of this context, so that what the function prints comes out in the cell that called.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
    thread.start()
    try:
        _wait(thread, SECONDS)
    except KeyboardInterrupt:
        _end(thread, outcome)
        raise
    if thread.is_alive():
        _end(thread, outcome)
        raise Overtime
    if "error" in outcome:
        raise outcome["error"]
    return outcome.get("returned")


def is_ended() -> bool:
    """Whether the code that asks runs in a function that was asked to end."""
    return threading.current_thread() in _ended


def _wait(thread: threading.Thread, seconds: float) -> None:
    """Wait in short steps: on Windows Ctrl-C does not interrupt a long one."""
    while seconds > 0 and thread.is_alive():
        thread.join(min(seconds, 0.1))
        seconds -= 0.1


def _end(thread: threading.Thread, outcome: dict[str, Any]) -> None:
    """Ask the function to end; who asks goes on until it has, since the function may catch everything."""
    _ended.add(thread)
    threading.Thread(target=_ask, args=(thread, outcome), daemon=True).start()
    _wait(thread, _GRACE)


def _ask(thread: threading.Thread, outcome: dict[str, Any]) -> None:
    # A request to DynamoDB is refused from now on, which ends most functions more gently than the next lines.
    thread.join(0.5)
    pause = 0.02
    # With an outcome, the function has ended, and only its thread has not yet.
    while thread.is_alive() and not outcome:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Stopped))
        thread.join(pause)
        pause = min(pause * 1.2, 1.0)
