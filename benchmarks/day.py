"""A simulated day of `helpers.throughput.serve`, against a simulated hour: its time grows as the seconds do."""

import math
import time
from collections.abc import Callable
from functools import partial

from benchmarks.children import interleaved
from benchmarks.results import Row, Table
from helpers.throughput import AutoScaling, Bucket, OnDemand, Served, serve

HOUR, DAY = 3_600, 24 * 3_600
HOURS = 24  # as many as a day has: what disturbs the machine disturbs both alike
BOUND = 25
MIDDLE, SWING = (
    100,
    80,
)  # units a second; the same wave every hour, so that each hour is as much work as another

SIMULATIONS: dict[str, Callable[[list[int]], Served]] = {
    "provisioned": lambda demand: serve(demand, Bucket(MIDDLE)),
    "auto scaling": lambda demand: serve(demand, Bucket(MIDDLE), scaling=AutoScaling(highest=2 * MIDDLE)),
    "on demand": lambda demand: serve(demand, OnDemand(MIDDLE)),
}
"""What serves the demand; each throttles at the top of the wave."""


def measure(rounds: int, day: int = DAY, hour: int = HOUR) -> list[Table]:
    """A row for each kind of capacity; the lengths are in seconds."""
    rows = []
    for what, simulate in SIMULATIONS.items():
        contenders = {
            "a day": partial(_seconds, simulate, day, 1),
            "an hour": partial(_seconds, simulate, hour, HOURS),
        }
        rows.append(Row(what, interleaved(contenders, rounds, what), {"an hour": BOUND}))
    return [Table("A simulated day", rows, packages=())]


def wave(seconds: int) -> list[int]:
    """Units that are asked for in each second."""
    return [round(MIDDLE + SWING * math.sin(2 * math.pi * second / HOUR)) for second in range(seconds)]


def _seconds(simulate: Callable[[list[int]], Served], length: int, times: int) -> float:
    """How long one simulation takes, the mean of so many."""
    demand, began = wave(length), time.perf_counter()
    for _ in range(times):
        told = simulate(demand)
    taken = time.perf_counter() - began
    assert len(told.served) == length
    return taken / times
