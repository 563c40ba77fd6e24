"""Errors as the lessons show them: a refused request is one line, a mistake of your own keeps its traceback.

An error that boto3, botocore, the helpers or SQLite raise comes with frames of their own files, which say nothing to the
reader and hold the paths of the machine that ran them. `install` shortens such an error to its class and message.
`%tb` still shows the whole traceback and `%debug` still opens it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

PACKAGES = {"boto3", "botocore", "helpers", "moto", "s3transfer", "sqlite3"}


def install() -> None:
    """Shorten these errors from now on, in IPython; do nothing anywhere else. Twice is the same as once."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    if shell := get_ipython():
        shell.set_custom_exc((Exception,), _show)


def _show(shell: Any, etype: type, error: Exception, tb: TracebackType, tb_offset: int | None = None) -> None:
    """Print one error of a cell: what IPython calls in place of its own printing."""
    modules = list(_modules(tb))
    own = "__main__" in modules  # without a frame of the cell, the cell did not compile
    below = modules[_last(modules, "__main__") + 1 :]
    if own and any(name.partition(".")[0] in PACKAGES for name in [etype.__module__, *below]):
        shell.get_exception_only((etype, error, tb))  # leaves the error where %tb and %debug look for it
        shell._showtraceback(etype, error, [f"{etype.__name__}: {error}"])
    elif own:
        shell.showtraceback((etype, error, tb), tb_offset=tb_offset, running_compiled_code=True)
    else:
        shell.showsyntaxerror()


def _modules(tb: TracebackType | None) -> Iterator[str]:
    """The module of each frame, from the outermost in; a cell's is `__main__`."""
    while tb:
        yield tb.tb_frame.f_globals.get("__name__", "")
        tb = tb.tb_next


def _last(names: list[str], name: str) -> int:
    return max((i for i, each in enumerate(names) if each == name), default=-1)
