"""The move of the directory from SQL to DynamoDB, by number of employees: its time grows as their number does."""

import time
from collections.abc import Sequence

from benchmarks.children import say
from benchmarks.results import Row, Table


def measure(sizes: Sequence[int], rounds: int) -> list[Table]:
    """A row for each number of employees: the first move, and one that finds everybody there; both compare all fields."""
    rows = []
    for employees in sorted(set(sizes)):
        say(f"moving {employees:,} employees")
        times = [_move(employees) for _ in range(rounds)]
        first, again = (list(column) for column in zip(*times, strict=True))
        rows.append(Row(f"{employees:,} employees", {"first": first, "again": again}))
    return [Table("Move from SQL to DynamoDB", rows, packages=("sqlalchemy", "moto"))]


def _move(employees: int) -> tuple[float, float]:
    from helpers import connect
    from helpers.directory import open_directory
    from helpers.directory.move import move

    connect(fresh=True)
    source, target = open_directory("sql", url="sqlite://"), open_directory("dynamodb")
    for number in range(employees):
        source.add(f"Employee {number}", "Lisbon", "Clerk", badges=["mentor", "speaker"][: number % 3])
    times = []
    for _ in range(2):
        began = time.perf_counter()
        report = move(source, target, progress=False)
        times.append(time.perf_counter() - began)
        assert report.complete, report
    return times[0], times[1]
