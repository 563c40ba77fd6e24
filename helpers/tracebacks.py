"""Errors as the lessons show them: a refused request is the line that made it and the refusal, a mistake of your own keeps
its traceback.

An error that boto3, botocore, the helpers or SQLite raise comes with frames of their own files, which say nothing to the
reader and hold the paths of the machine that ran them. `install` shortens such an error:

    Line 2: notes.put_item(Item=note)
    ClientError: An error occurred (ValidationException) when calling the PutItem operation: …

`%tb` still shows the whole traceback and `%debug` still opens it.
"""

from __future__ import annotations

import linecache
import sys
import textwrap
from collections.abc import Iterator
from types import TracebackType
from typing import Any

PACKAGES = {"boto3", "botocore", "helpers", "moto", "s3transfer", "sqlite3"}
WIDTH = 78
"""Columns of a line: JupyterLab and nbconvert break a longer one wherever it ends, in the middle of a word too."""


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
        shell._showtraceback(etype, error, [*_lines(shell, tb), _wrapped(f"{etype.__name__}: {error}")])
    elif own:
        shell.showtraceback((etype, error, tb), tb_offset=tb_offset, running_compiled_code=True)
    else:
        shell.showsyntaxerror()


def _lines(shell: Any, tb: TracebackType | None) -> Iterator[str]:
    """The line of the cell, and below it, when a function of the student's own made the request, the line there."""
    own = []
    while tb:
        if tb.tb_frame.f_globals.get("__name__") == "__main__":
            own.append((tb.tb_frame.f_code, tb.tb_lineno))
        tb = tb.tb_next
    for code, number in own if len(own) < 3 else (own[0], own[-1]):
        place = f"Line {number}"
        if code.co_filename != own[0][0].co_filename:  # defined in another cell: named as IPython names it
            label = shell.compile.format_code_name(code.co_filename) or ("File", code.co_filename)
            place = f"{' '.join(label)}, line {number}"
        if not code.co_name.startswith("<"):  # <module>, <lambda>, and <listcomp> before Python 3.12
            place += f", in {code.co_name}"
        line = f"{place}: {linecache.getline(code.co_filename, number).strip()}"
        yield line if len(line) <= WIDTH else f"{line[: WIDTH - 2]} …"


def _wrapped(message: str) -> str:
    """The message in lines of up to WIDTH columns, broken between words; its own line breaks stay."""
    wrap = textwrap.TextWrapper(
        WIDTH, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    return "\n".join(wrap.fill(line) for line in message.splitlines())


def _modules(tb: TracebackType | None) -> Iterator[str]:
    """The module of each frame, from the outermost in; a cell's is `__main__`."""
    while tb:
        yield tb.tb_frame.f_globals.get("__name__", "")
        tb = tb.tb_next


def _last(names: list[str], name: str) -> int:
    return max((i for i, each in enumerate(names) if each == name), default=-1)
