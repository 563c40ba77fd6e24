"""`python -m benchmarks`: how fast the course is, as tables of medians and ratios."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import day, move, ops, proof, setup, start
from benchmarks.children import ROOT, Skipped, say
from benchmarks.results import Table, as_text, store
from helpers.commands import parser

PAGE = ROOT / "docs" / "benchmarks.md"

PARTS: dict[str, Callable[[argparse.Namespace], list[Table]]] = {
    "start": lambda options: start.measure(options.rounds or 7),
    "proof": lambda options: proof.measure(options.rounds or 3),
    "ops": lambda options: ops.measure(options.items, options.rounds or 5),
    "move": lambda options: move.measure(options.items, options.rounds or 3),
    "day": lambda options: day.measure(options.rounds or 5),
    "suite": lambda options: proof.measure_all(),
    "setup": lambda options: setup.measure(options.rounds or 1),
    "pip": lambda options: setup.measure_pip(options.rounds or 1),
}
UNASKED = [part for part in PARTS if part != "pip"]  # pip takes minutes and downloads everything once more


def main(args: list[str] | None = None, page: Path = PAGE) -> int:
    """Measure the parts that were asked for; 0, 1 if one could not be measured, 130 after Ctrl-C."""
    options = parser("bench").parse_args(args)
    failed = False
    for part in options.only or UNASKED:
        try:
            tables = PARTS[part](options)
        except Skipped as reason:
            say("")
            print(f"{part} could not be measured: {reason}\n", file=sys.stderr)
            failed = True
            continue
        except KeyboardInterrupt:
            return 130
        say("")
        for table in tables:
            print(as_text(table), flush=True)
            if options.store:
                store(table, page)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
