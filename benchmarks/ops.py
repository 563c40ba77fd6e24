"""DynamoDB's operations on the course's offline service, without any service, on bare moto and on dynalite, by size.

The course stands twice: fresh, and after a rehearsal of trouble, which must leave nothing behind that costs.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial

from benchmarks.children import CACHE, Skipped, Talk, interleaved, say
from benchmarks.results import Row, Table
from benchmarks.services import BARE, CANNED, REHEARSED, Start, services

TIMES = {"put": 100, "get": 100, "batch_write": 4, "query": 10, "scan": 1, "filter": 1, "transaction": 5}
"""How often a worker runs each operation in one round; it answers with the time of one."""

BOUNDS = dict.fromkeys(("put", "get"), {CANNED: 1.4, BARE: 1.2})
SCAN_BOUND = {BARE: 0.2}  # at least five times faster, from 10,000 items on
GROWTH = 1.5  # times the growth of the table itself where an operation works on the whole of it
SCAN_GROWTH = 1.2  # the same for a scan
AFTER_FAULTS = 1.1  # times the course without a rehearsal before, for put and get

SLOW = 5.0
"""A contender that needs more seconds than this for one round is measured by its first, which all others do not count."""

Place = tuple[str, int]  # the service's name, and the items of its table


def measure(
    sizes: Sequence[int], rounds: int, start: Mapping[str, Start] | None = None, times: Mapping = TIMES
) -> list[Table]:
    """A table of each size, and one of how the course's own times grow from the smallest to the largest."""
    start, sizes = services() if start is None else start, sorted(set(sizes))
    course = next(iter(start))
    CACHE.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[Place, list[float]]] = {"fill": {}}
    skipped: dict[str, str] = {}
    with ExitStack() as stack:
        workers: dict[Place, Talk] = {}
        for place in [(name, items) for name in start for items in sizes]:
            _fill(stack, start, place, workers, found["fill"], skipped)
        for operation, count in times.items():
            asks = {place: partial(_ask, worker, operation, count) for place, worker in workers.items()}
            slow: dict[Place, list[float]] = {}
            for place, ask in list(asks.items()):
                try:
                    first = ask()  # the first calls of a kind import and compile
                except Skipped as reason:
                    if place[0] == course:
                        raise
                    del asks[place]
                    skipped[f"{operation} on {place[0]}"] = str(reason)
                else:
                    if first * count > SLOW:
                        del asks[place]
                        slow[place] = [first]
            measured = interleaved(asks, rounds, operation) | slow
            found[operation] = {place: measured[place] for place in workers if place in measured}
    tables = [_of_size(items, found, skipped) for items in sizes]
    if len(sizes) > 1:
        tables.append(_growth(course, sizes[0], sizes[-1], found))
    return tables + ([_after_faults(course, sizes[-1], found)] if REHEARSED in start else [])


def _fill(
    stack: ExitStack, start: Mapping[str, Start], place: Place, workers: dict, filled: dict, skipped: dict
) -> None:
    """Start a worker, which fills its table, or note down why it cannot be started."""
    name, items = place
    say(f"{items:,} items into {name}")
    try:
        worker = stack.enter_context(start[name](items))
        filled[place] = [worker.heard()["seconds"]]
    except Skipped as reason:
        if not workers:  # the course, without which nothing can be compared
            raise
        skipped[name] = str(reason)
    else:
        workers[place] = worker


def _ask(worker: Talk, operation: str, times: int) -> float:
    answer = worker.ask(operation=operation, times=times)
    if "refused" in answer:
        raise Skipped(answer["refused"])
    return answer["seconds"]


def _of_size(items: int, found: Mapping, skipped: Mapping[str, str]) -> Table:
    rows = []
    for operation, seconds in found.items():
        bounds = SCAN_BOUND if operation == "scan" and items >= 10_000 else BOUNDS.get(operation, {})
        here = {name: taken for (name, size), taken in seconds.items() if size == items and name != REHEARSED}
        rows.append(Row(operation.replace("_", " "), here, bounds))
    return Table(f"Operations at {items:,} items", rows, skipped)


def _growth(course: str, less: int, more: int, found: Mapping) -> Table:
    large, small = f"{more:,} items", f"{less:,} items"
    rows = []
    for operation, seconds in found.items():
        bound = SCAN_GROWTH if operation == "scan" else GROWTH
        bound *= more / less if operation in ("fill", "scan", "filter") else 1
        times = {large: seconds[course, more], small: seconds[course, less]}
        rows.append(Row(operation.replace("_", " "), times, {small: bound}))
    return Table("How the course's times grow", rows)


def _after_faults(course: str, items: int, found: Mapping) -> Table:
    """The course after a rehearsal beside the course that has seen none."""
    rows = []
    for operation, seconds in found.items():
        if operation != "fill":
            times = {REHEARSED: seconds[REHEARSED, items], course: seconds[course, items]}
            bounds = {course: AFTER_FAULTS} if operation in ("put", "get") else {}
            rows.append(Row(operation.replace("_", " "), times, bounds))
    return Table(f"After a rehearsal, at {items:,} items", rows)
