"""Token buckets: what a table, an index or a partition serves from one moment to the next. Pure: time is an argument.

Rules: developer guide, pages burst-adaptive-capacity, on-demand-capacity-mode, bp-partition-key-design. What these do
not state is a constant here, with its reason.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

BURST_SECONDS = 300
"""Unused provisioned capacity is kept this long. [burst-adaptive-capacity]"""
PARTITION_UNITS = {"Read": 3_000, "Write": 1_000}
"""What one partition serves in a second, burst or not. [bp-partition-key-design]"""
FIRST_UNITS = {"Read": 12_000, "Write": 4_000}
"""What a new on-demand table or index serves in a second. [on-demand-capacity-mode]"""
DOUBLING_SECONDS = 1_800
"""On demand serves twice the peak that it had before the last 30 minutes. [on-demand-capacity-mode]"""
EXACT = 1e-6  # of a unit or a second: what adding fractions of seconds may lose


class Limit(Protocol):
    """What says whether units are there, and gives them."""

    def room(self, now: float) -> float:
        """Units that are there at `now`."""

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

    def room(self, now: float) -> float:
        """Units that are served at `now`."""
        return max(self.fill(now), 0.0)

    def holds(self, units: float, now: float) -> bool:
        return self.fill(now) + EXACT >= min(units, self.most)

    def take(self, units: float, now: float) -> None:
        self.level = self.fill(now) - units

    def change(self, rate: float, now: float) -> None:
        """Another rate from now on: what is in the bucket stays, as far as it still has room."""
        self.fill(now)
        self.rate = rate
        self.level = min(self.level, self.most)


@dataclass
class Ceiling:
    """At most so many units in any one second; what is not used is not kept.

    The second is the one that ends now, so that none holds more, wherever it begins. A request that costs more than the
    whole ceiling is served alone, and takes the seconds that it costs.

    Attributes:
        rate: units a second.
    """

    rate: float
    _served: deque[tuple[float, float]] = field(default_factory=deque)  # until when units count, and how many
    _used: float = 0.0

    def used(self, now: float) -> float:
        """Units that were served in the second before `now`."""
        while self._served and self._served[0][0] <= now + EXACT:
            self._used -= self._served.popleft()[1]
        if not self._served:
            self._used = 0.0  # and what the fractions of units have lost is gone
        return self._used

    def room(self, now: float) -> float:
        """Units that are served at `now`."""
        return max(self.rate - self.used(now), 0.0)

    def holds(self, units: float, now: float) -> bool:
        return min(units, self.rate) <= self.room(now) + EXACT

    def take(self, units: float, now: float) -> None:
        self._used = self.used(now) + units
        lasts = 1 if units <= self.rate else units / self.rate
        self._served.append((now + lasts, units))


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
    _now: Ceiling = field(init=False)

    def __post_init__(self) -> None:
        self._now = Ceiling(self.first)

    def ceiling(self, now: float) -> float:
        """Units that are served in the second of `now`."""
        if (window := int(now // DOUBLING_SECONDS)) != self._window:
            self.peak, self._busiest, self._window = max(self.peak, self._busiest), 0.0, window
        self._now.rate = max(self.first, 2 * self.peak)
        return self._now.rate

    def room(self, now: float) -> float:
        """Units that are served at `now`."""
        self.ceiling(now)
        return self._now.room(now)

    def holds(self, units: float, now: float) -> bool:
        self.ceiling(now)
        return self._now.holds(units, now)

    def take(self, units: float, now: float) -> None:
        self.ceiling(now)
        self._now.take(units, now)
        self._busiest = max(self._busiest, self._now.used(now))
