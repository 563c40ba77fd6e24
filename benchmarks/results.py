"""What a measurement found: medians, ratios and bounds, as a table for the terminal and for docs/benchmarks.md."""

import os
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

MARK = "<!-- Below, `course bench --store` writes. -->\n"


@dataclass(frozen=True)
class Row:
    """One thing measured.

    Attributes:
        what: the thing, such as "put".
        seconds: the measured times by contender; the course stands first.
        bounds: contender -> how many times as long as it the course may take.
    """

    what: str
    seconds: Mapping[str, list[float]]
    bounds: Mapping[str, float] = field(default_factory=dict)

    def ratio(self, other: str) -> float:
        """How many times as long as another contender the course takes, by medians."""
        return median(next(iter(self.seconds.values()))) / median(self.seconds[other])


@dataclass(frozen=True)
class Table:
    """Rows with the same contenders; `skipped` says why one is missing, `packages` which versions to tell."""

    title: str
    rows: list[Row]
    skipped: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ("boto3",)
    figure: Callable[[float], str] | None = None
    """How a figure is written; None: as a time."""

    @property
    def contenders(self) -> list[str]:
        return list(dict.fromkeys(name for row in self.rows for name in row.seconds))

    def cells(self) -> list[list[str]]:
        """The table as text: a heading, and for each row its medians, the course's ratios and its bounds."""
        course, *others = self.contenders or [""]
        heading = [self.title, course, *others, *(f"to {other}" for other in others), "bound"]
        return [heading, *([row.what, *self._figures(row, others), _verdict(row)] for row in self.rows)]

    def _figures(self, row: Row, others: list[str]) -> list[str]:
        write = self.figure or shown
        times = [write(median(row.seconds[name])) if name in row.seconds else "" for name in self.contenders]
        return times + [f"{row.ratio(other):.2f}" if other in row.seconds else "" for other in others]

    def notes(self) -> list[str]:
        """Where and with what it was measured, how often, and what is missing."""
        rounds = {len(times) for row in self.rows for times in row.seconds.values()}
        told = "rounds" if rounds != {1} else "round"
        often = "-".join(map(str, sorted({min(rounds, default=0), max(rounds, default=0)})))
        where = ", ".join([f"{date.today():%Y-%m-%d}", machine(), *versions_of(*self.packages)])
        return [
            f"{where}; medians of {often} {told}.",
            *(f"Without {name}: {reason}" for name, reason in self.skipped.items()),
        ]


HISTORY = "| date | commit | wall | CPU | tests | machine |\n|---|---|---:|---:|---:|---|\n"


@dataclass(frozen=True)
class History:
    """One row of a table that grows: a measurement of today's commit, to stand below the earlier ones."""

    title: str
    wall: str
    cpu: str
    tests: str
    commit: str

    def row(self) -> str:
        """The row as Markdown."""
        parts = [f"{date.today():%Y-%m-%d}", self.commit, self.wall, self.cpu, self.tests, machine()]
        return f"| {' | '.join(parts)} |\n"


def shown(seconds: float) -> str:
    """A time with three digits and a unit."""
    if seconds >= 100:
        return f"{seconds:.0f} s"
    return f"{seconds:.3g} s" if seconds >= 0.9995 else f"{seconds * 1000:.3g} ms"


def megabytes(size: float) -> str:
    """A size in bytes as millions of them."""
    return f"{size / 1e6:.0f} MB"


def _verdict(row: Row) -> str:
    """Each bound of a row that could be measured, and whether it holds."""
    return ", ".join(
        f"{'met' if row.ratio(other) <= bound else 'MISSED'}: at most {bound:g} to {other}"
        for other, bound in row.bounds.items()
        if other in row.seconds
    )


def machine() -> str:
    """Cores, processor and system of this machine, and the Python."""
    usable = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))
    parts = (
        f"{len(usable(0))} cores",
        _processor(),
        platform.system(),
        f"Python {platform.python_version()}",
    )
    return ", ".join(part for part in parts if part)


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def versions_of(*packages: str) -> list[str]:
    """Packages of this environment with their versions."""
    return [f"{package} {version(package)}" for package in packages]


def as_text(table: Table | History) -> str:
    """The table for a terminal."""
    if isinstance(table, History):
        return f"{table.title}\n{HISTORY}{table.row()}"
    cells = table.cells()
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for what, *figures in cells:
        others = [
            text.rjust(width) if text[:1].isdigit() else text.ljust(width)
            for text, width in zip(figures, widths[1:], strict=True)
        ]
        lines.append("  ".join([what.ljust(widths[0]), *others]).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], *table.notes()]) + "\n"


def as_markdown(table: Table) -> str:
    """The table as a section of docs/benchmarks.md."""
    (_, *heading), *rows = table.cells()
    lines = ["| | " + " | ".join(heading) + " |", "|---|" + "---:|" * (len(heading) - 1) + "---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return f"## {table.title}\n\n" + "\n".join(lines) + "\n\n" + "\n\n".join(table.notes()) + "\n"


def store(table: Table | History, page: Path) -> None:
    """Put the table onto the page, in place of an earlier one with the same title; others, and rows of a history, stay."""
    text, mark, stored = page.read_text(encoding="utf-8").partition(MARK)
    sections = re.split(r"^(?=## )", stored.strip() + "\n", flags=re.MULTILINE)
    kept = {part.partition("\n")[0]: part.strip() + "\n" for part in sections if part.strip()}
    heading = f"## {table.title}"
    if isinstance(table, History):
        rows = kept.get(heading, f"{heading}\n\n{HISTORY}")
        kept[heading] = rows + table.row()
    else:
        kept[heading] = as_markdown(table)
    page.write_text(text + MARK + "\n" + "\n".join(kept.values()), encoding="utf-8", newline="\n")
