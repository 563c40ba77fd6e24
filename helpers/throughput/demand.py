"""A day of demand, made from a seed: no table of AWS, and drawn so that a day looks like one."""

import math
import random
from collections.abc import Sequence

from helpers.errors import CourseError

DAY = 24 * 3600


def a_day(
    lowest: int = 20,
    highest: int = 100,
    *,
    busiest_hour: float = 14,
    spikes: Sequence[tuple[float, int, int]] = (),
    noise: float = 0.1,
    seed: int = 0,
) -> list[int]:
    """Return the units that are asked for in each of the 86,400 seconds of a day.

    The demand rises and falls once, like the tide, and trembles.

    Args:
        lowest, highest: units a second at the quietest and at the busiest hour, before noise and spikes.
        busiest_hour: 0 to 24; the quietest is twelve hours away.
        spikes: (hour, seconds, units): from this hour on, for so many seconds, so many units a second more.
        noise: how far a second strays from this at most, as a part of it.
        seed: of the noise.

    Raises:
        CourseError: there is less than nothing at the quietest hour, or more than at the busiest.
    """
    if not 0 <= lowest <= highest:
        raise CourseError(f"A day goes from its lowest units to its highest: not from {lowest} to {highest}.")
    dice = random.Random(seed)
    demand = []
    for second in range(DAY):
        tide = (1 + math.cos(2 * math.pi * (second / DAY - busiest_hour / 24))) / 2
        units = (lowest + (highest - lowest) * tide) * (1 + noise * (2 * dice.random() - 1))
        demand.append(round(units))
    for hour, seconds, units in spikes:
        start = round(hour * 3600)
        for second in range(start, min(start + seconds, DAY)):
            demand[second] += units
    return demand
