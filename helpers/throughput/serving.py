"""A demand served second by second: the limit, boto3's repetitions, auto scaling."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.errors import CourseError
from helpers.throughput.buckets import EXACT, Bucket, OnDemand
from helpers.throughput.scaling import AutoScaling, Scaler

if TYPE_CHECKING:
    import pandas

ATTEMPTS = 4
"""How often boto3 sends a request to DynamoDB before it gives up, since botocore 1.44. [botocore]"""


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

    def seconds(self) -> "pandas.DataFrame":
        """The same as a frame: a row a second, the columns as above."""
        import pandas

        frame = pandas.DataFrame(vars(self))
        return frame.rename_axis("second")

    def minutes(self) -> "pandas.DataFrame":
        """What CloudWatch keeps of it: a row a minute.

        The columns are `consumed` (the Sum of ConsumedReadCapacityUnits or of its like for writes), `a second` (that Sum
        by 60, the rate that a graph shows), `throttled` (the Sum of ReadThrottleEvents, requests of one unit), and
        `provisioned` (units a second, the last of the minute). [metrics-dimensions]
        """
        seconds = self.seconds()
        minutes = seconds.groupby(seconds.index // 60).agg(
            consumed=("served", "sum"), throttled=("throttled", "sum"), provisioned=("provisioned", "last")
        )
        minutes.insert(1, "a second", (minutes["consumed"] / 60).round(1))
        return minutes.rename_axis("minute")


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
    scaler = Scaler(scaling, limit) if scaling else None
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
    return min(wanted, int(limit.room(now) + EXACT))


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
