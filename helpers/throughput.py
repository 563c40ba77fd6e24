"""Token buckets: what a table, an index or a partition serves from one moment to the next. Pure: time is an argument.

Rules: developer guide, pages burst-adaptive-capacity, on-demand-capacity-mode, bp-partition-key-design. What these do
not state is a constant here, with its reason.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from helpers.errors import CourseError

BURST_SECONDS = 300
"""Unused provisioned capacity is kept this long. [burst-adaptive-capacity]"""
PARTITION_UNITS = {"Read": 3_000, "Write": 1_000}
"""What one partition serves in a second, burst or not. [bp-partition-key-design]"""
FIRST_UNITS = {"Read": 12_000, "Write": 4_000}
"""What a new on-demand table or index serves in a second. [on-demand-capacity-mode]"""
DOUBLING_SECONDS = 1_800
"""On demand serves twice the peak that it had before the last 30 minutes. [on-demand-capacity-mode]"""
_EXACT = 1e-6  # of a unit: what adding fractions of seconds may lose


class Limit(Protocol):
    """What says whether units are there, and gives them."""

    def holds(self, units: float, now: float) -> bool:
        """Whether a request that costs `units` is served at `now`, in seconds."""

    def take(self, units: float, now: float) -> None:
        """Serve it."""


@dataclass
class Bucket:
    """Units that come at a steady rate and are kept for a while; full at first.

    A request is served while the bucket holds what it costs. One that costs more than a full bucket is served by a full
    one, which then owes the rest: no request is impossible. The guide says neither.

    Attributes:
        rate: units a second that come in.
        seconds: how many seconds' worth of them it keeps at most.
        level: the units in it at the time `at`, in seconds.
    """

    rate: float
    seconds: float = BURST_SECONDS
    at: float = 0.0
    level: float = field(default=-1.0)

    def __post_init__(self) -> None:
        if self.level < 0:
            self.level = self.most

    @property
    def most(self) -> float:
        """What a full bucket holds."""
        return self.rate * self.seconds

    def fill(self, now: float) -> float:
        """Let come in what came since the last look; returns the level."""
        self.level = min(self.level + (now - self.at) * self.rate, self.most)
        self.at = now
        return self.level

    def holds(self, units: float, now: float) -> bool:
        return self.fill(now) + _EXACT >= min(units, self.most)

    def take(self, units: float, now: float) -> None:
        self.level = self.fill(now) - units

    def change(self, rate: float, now: float) -> None:
        """Another rate from now on: what is in the bucket stays, as far as it still has room."""
        self.fill(now)
        self.rate = rate
        self.level = min(self.level, self.most)


@dataclass
class OnDemand:
    """What an on-demand table or index serves in one second: at first so much, later twice its earlier peak.

    The peak is the busiest second of all windows of 30 minutes that have ended. The guide says "double the previous peak"
    and "within 30 minutes"; that the windows stand side by side is ours.
    """

    first: float
    peak: float = 0.0
    _window: int = 0
    _busiest: float = 0.0
    _second: int = -1
    _used: float = 0.0

    def ceiling(self, now: float) -> float:
        """Units that are served in the second of `now`."""
        if int(now) != self._second:
            self._second, self._used = int(now), 0.0
        if (window := int(now // DOUBLING_SECONDS)) != self._window:
            self.peak, self._busiest, self._window = max(self.peak, self._busiest), 0.0, window
        return max(self.first, 2 * self.peak)

    @property
    def used(self) -> float:
        """Units that were served in the second of the last look."""
        return self._used

    def holds(self, units: float, now: float) -> bool:
        ceiling = self.ceiling(now)
        return self._used + min(units, ceiling) <= ceiling + _EXACT

    def take(self, units: float, now: float) -> None:
        self.ceiling(now)
        self._used += units
        self._busiest = max(self._busiest, self._used)


# --- a day, second by second ---------------------------------------------------------------------------------

ATTEMPTS = 4
"""How often boto3 sends a request to DynamoDB before it gives up, since botocore 1.44. [botocore]"""


@dataclass(frozen=True)
class AutoScaling:
    """How Application Auto Scaling follows what is consumed. [AutoScaling]

    It looks at whole minutes: what was consumed in one, by 60, beside what was provisioned. After two minutes in a row
    above the target it raises, after 15 minutes in a row 20 points below it lowers, in both cases so that the last minute's
    consumption is the target. What the guide leaves open has a name here.

    Attributes:
        target: the part of the provisioned units that shall be consumed, 0.2 to 0.9.
        lowest, highest: the bounds, in units a second.
        alarm_seconds: how late the alarm sees a minute; the guide says "minutes", the number is ours.
        update_seconds: how long UpdateTable takes; the guide says "minutes", the number is ours.
    """

    target: float = 0.7
    lowest: int = 1
    highest: int = 40_000
    alarm_seconds: int = 60
    update_seconds: int = 60


MINUTES_ABOVE, MINUTES_BELOW, POINTS_BELOW = 2, 15, 0.2
FREE_DECREASES, DECREASES_A_DAY = 4, 27
_HOUR, _DAY = 3600, 24 * 3600


@dataclass(frozen=True)
class Served:
    """What became of a demand, a number for each second.

    Attributes:
        demand: units that were asked for by new requests.
        served: units that were served, to new requests and to repeated ones.
        throttled: units of requests that were refused, each attempt counted.
        lost: units of requests that boto3 gave up.
        provisioned: units a second that the table had.
        kept: units in the bucket at the end of the second.
    """

    demand: list[int]
    served: list[int]
    throttled: list[int]
    lost: list[int]
    provisioned: list[float]
    kept: list[float]


def serve(
    demand: Sequence[int],
    limit: Bucket | OnDemand,
    *,
    scaling: AutoScaling | None = None,
    attempts: int = ATTEMPTS,
    seed: int = 0,
) -> Served:
    """What a table serves of a demand, second by second: its limit, boto3's repetitions, auto scaling.

    Args:
        demand: units that new requests ask for in each second; a request is one unit.
        limit: the table's; it is used up. With auto scaling, a `Bucket`.
        attempts: how often a request is sent at most. After refusal number i it comes again within the next 2**i seconds,
            all of these equally likely: boto3's pause of random(0, 1) x 2**i seconds, in whole seconds.
        seed: of these pauses.

    Raises:
        CourseError: auto scaling is asked for without a bucket.
    """
    if scaling and not isinstance(limit, Bucket):
        raise CourseError("Auto scaling changes provisioned capacity: give serve() a Bucket.")
    dice = random.Random(seed)
    waiting: dict[int, list[int]] = {}  # second -> units that come again then, by the attempts they have had
    scaler = _Scaler(scaling, limit) if scaling else None
    told = Served(list(demand), [], [], [], [], [])
    for second, fresh in enumerate(demand):
        if scaler:
            scaler.step(second)
        due = waiting.pop(second, [0] * attempts)
        due[0] += fresh
        served, left = _split(due, _room(limit, sum(due), second))
        limit.take(served, second)
        lost = left.pop()
        for attempt, units in enumerate(left):
            if not units:
                continue
            for pause, share in enumerate(_spread(units, 2**attempt, dice), 1):
                waiting.setdefault(second + pause, [0] * attempts)[attempt + 1] += share
        if scaler:
            scaler.consumed(served)
        told.served.append(served)
        told.throttled.append(sum(due) - served)
        told.lost.append(lost)
        told.provisioned.append(limit.rate if isinstance(limit, Bucket) else limit.ceiling(second))
        told.kept.append(limit.level if isinstance(limit, Bucket) else 0.0)
    return told


def _room(limit: Bucket | OnDemand, wanted: int, now: float) -> int:
    """How many of so many requests of one unit are served in this second."""
    if isinstance(limit, Bucket):
        return min(wanted, max(int(limit.fill(now) + _EXACT), 0))
    return min(wanted, max(int(limit.ceiling(now) - limit.used + _EXACT), 0))


def _split(due: list[int], room: int) -> tuple[int, list[int]]:
    """What is served, in proportion to the requests of each attempt, and what is left of each."""
    wanted = sum(due)
    if room >= wanted:
        return wanted, [0] * len(due)
    left = [units - units * room // wanted for units in due]
    for attempt in range(len(due)):  # what rounding left over goes to the first attempts
        over = sum(left) - (wanted - room)
        left[attempt] -= min(over, left[attempt])
    return room, left


def _spread(units: int, cells: int, dice: random.Random) -> list[int]:
    """So many units thrown into so many cells: evenly, and the rest by dice."""
    shares = [units // cells] * cells
    for cell in dice.sample(range(cells), units % cells):
        shares[cell] += 1
    return shares


class _Scaler:
    """Auto scaling at work on a bucket."""

    def __init__(self, rules: AutoScaling, bucket: Bucket) -> None:
        self.rules, self.bucket = rules, bucket
        self.minute, self.above, self.below = 0, 0, 0
        self.pending: tuple[float, int] | None = None  # when, and to how many units a second
        self.decreases: list[float] = []

    def consumed(self, units: int) -> None:
        self.minute += units

    def step(self, now: int) -> None:
        """What happens at the beginning of this second."""
        if self.pending and now >= self.pending[0]:
            if self.pending[1] < self.bucket.rate:
                self.decreases.append(now)
            self.bucket.change(self.pending[1], now)
            self.pending = None
        if now and now % 60 == 0:
            self._look(now)

    def _look(self, now: int) -> None:
        rate, self.minute = self.minute / 60, 0
        used = rate / self.bucket.rate
        self.above = self.above + 1 if used > self.rules.target else 0
        self.below = self.below + 1 if used < self.rules.target - POINTS_BELOW else 0
        wanted = min(max(math.ceil(rate / self.rules.target), self.rules.lowest), self.rules.highest)
        rises = self.above >= MINUTES_ABOVE and wanted > self.bucket.rate
        falls = self.below >= MINUTES_BELOW and wanted < self.bucket.rate and self._may_fall(now)
        if not self.pending and (rises or falls):
            self.pending = now + self.rules.alarm_seconds + self.rules.update_seconds, wanted
            self.above = self.below = 0

    def _may_fall(self, now: int) -> bool:
        """Four decreases are there at the beginning of a day, one more comes each hour, at most four are held."""
        today = [at for at in self.decreases if at // _DAY == now // _DAY]
        held = float(FREE_DECREASES)
        last = now // _DAY * _DAY
        for at in today:
            held = min(held + (at - last) / _HOUR, FREE_DECREASES) - 1
            last = at
        held = min(held + (now - last) / _HOUR, FREE_DECREASES)
        return held >= 1 and len(today) < DECREASES_A_DAY
