"""The student's copies of the lessons, in `my-course/`: without outputs, and never overwritten once touched.

A stored output under "Predict" would give the answer away, so a lesson is handed out as its author wrote it and without
what running it showed. The record beside the copies holds what was handed out. A copy that still is that is untouched
and follows the course; any other is the student's.
"""

import hashlib
import json
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

import nbformat

from helpers import commands
from helpers.errors import CourseError

ROOT = commands.ROOT
ORIGINALS = ROOT / "notebooks"
COPIES = ROOT / "my-course"
RECORD = ".originals.json"
"""In the folder of copies, by file name: `made`, what the copy was made from, and `cells`, a hash of its cells. A record
of before lessons were handed out without outputs holds the hash of the original's bytes instead."""


def copy_lessons() -> list[str]:
    """Make or renew the copies that nobody touched; return the file names of the others whose lesson has changed since."""
    COPIES.mkdir(exist_ok=True)
    record = _read_record()
    changed = []
    for original in sorted(ORIGINALS.glob("*.ipynb")):
        copy, known, made = COPIES / original.name, record.get(original.name), _made_from(original)
        if copy.exists() and isinstance(known, dict) and known["made"] == made:
            continue
        text = handed_out(original)
        if not copy.exists() or _is_untouched(copy, known, original, text):
            _write(copy, text)
        elif _has_changed(known, original, text):
            changed.append(copy.name)
            continue
        record[copy.name] = {"made": made, "cells": _cells(text)}
    _write(COPIES / RECORD, json.dumps(record, indent=1, sort_keys=True))
    return changed


def reset(lesson: str) -> str:
    """Hand one lesson (``"03"``) out again; a copy that was touched is kept beside it.

    Returns:
        The line that tells what was done.

    Raises:
        CourseError: there is no such lesson.
        OSError: the copy cannot be written; the student's file is where it was.
    """
    original = find(lesson)
    copy, text, kept = COPIES / original.name, handed_out(original), None
    try:
        COPIES.mkdir(exist_ok=True)
        record = _read_record()
        if copy.exists() and not _is_untouched(copy, record.get(copy.name), original, text):
            kept = _free_name(copy)
            copy.rename(kept)
        _write(copy, text)
        record[copy.name] = {"made": _made_from(original), "cells": _cells(text)}
        _write(COPIES / RECORD, json.dumps(record, indent=1, sort_keys=True))
    except OSError:
        if kept and kept.exists() and not copy.exists():
            kept.rename(copy)
        raise
    yours = f"; yours is now {kept.relative_to(ROOT)}" if kept else ""
    return (
        f"{copy.relative_to(ROOT)} is as new{yours}. If the lesson is open in the browser, reload the page."
    )


def find(lesson: str) -> Path:
    """The original that a user calls 3, 03 or 03_read_items.ipynb; raises CourseError if there is none."""
    try:
        number = commands.lesson(lesson, ORIGINALS)
    except ArgumentTypeError as problem:
        raise CourseError(f"{problem}."[0].upper() + f"{problem}."[1:]) from None
    return next(ORIGINALS.glob(f"{number}_*.ipynb"))


def handed_out(original: Path) -> str:
    """A lesson as students get it: no outputs, no execution counts, no notes for presenters."""
    from ipykernel.ipkernel import IPythonKernel

    nb = nbformat.read(original, as_version=4)
    nb.cells = [cell for cell in nb.cells if cell.metadata.get("slideshow", {}).get("slide_type") != "notes"]
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    # JupyterLab writes what the kernel says of its language into a notebook that says otherwise. It would then count as
    # changed, and JupyterLab would ask whether to save it.
    nb.metadata.language_info = IPythonKernel.language_info
    return nbformat.writes(nb, version=nbformat.NO_CONVERT) + "\n"


def _is_untouched(copy: Path, known: Any, original: Path, text: str) -> bool:
    """Whether a copy is what was handed out, now or then; saving it in JupyterLab without a change is no touch."""
    content = copy.read_bytes()
    cells = _cells(content.decode(errors="replace"))
    if cells is None:
        return False
    if isinstance(known, dict):
        return cells in (known["cells"], _cells(text))
    # Handed out with outputs, as the bytes of the original, in which JupyterLab may have renewed the kernel's metadata.
    from helpers.classroom.refresh import canonical

    then = known or _hash(original.read_bytes())
    saved = canonical(nbformat.reads(content.decode(), as_version=4))
    return cells == _cells(text) or then in (_hash(content), _hash(saved.encode()))


def _has_changed(known: Any, original: Path, text: str) -> bool:
    """Whether the lesson is another one than when it was handed out; False where that is not known."""
    if isinstance(known, dict):
        return known["cells"] != _cells(text)
    return known is not None and known != _hash(original.read_bytes())


def _cells(text: str) -> str | None:
    """A hash of a notebook's cells, without what its file says of kernel and format; None if it is no sound notebook."""
    try:
        nb = nbformat.reads(text, as_version=4)
        nbformat.validate(nb)
    except Exception:  # whatever a file of the student's may hold
        return None
    return _hash(json.dumps(nb.cells, sort_keys=True).encode())


def _made_from(original: Path) -> str:
    """What a copy depends on: the original, and the Python whose version stands in its metadata."""
    return f"{_hash(original.read_bytes())} {sys.version.split()[0]}"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _free_name(copy: Path) -> Path:
    number = 1
    while (path := copy.with_stem(f"{copy.stem}_mine_{number}")).exists():
        number += 1
    return path


def _write(path: Path, text: str) -> None:
    """Write in two steps: an interrupted copy must not pass for the student's file."""
    half = path.with_suffix(".part")
    try:
        half.write_bytes(text.encode())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _read_record() -> dict[str, Any]:
    try:
        record = json.loads((COPIES / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there yet, or damaged: then nothing is known to have changed
        return {}
    known = record.items() if isinstance(record, dict) else []
    return {
        name: it
        for name, it in known
        if isinstance(it, str) or isinstance(it, dict) and {"made", "cells"} == it.keys()
    }
