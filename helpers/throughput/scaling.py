"""Auto scaling: how provisioned capacity follows what is consumed. [AutoScaling]"""

import math
from dataclasses import dataclass

from helpers.throughput.buckets import Bucket


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


class Scaler:
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
