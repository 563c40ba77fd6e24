"""A storm of retries, simulated: many clients that are refused at the same moment, and when they come again.

A client waits as boto3 does in its retry mode `standard`: after refusal number i (from 0) `base x 2**i` seconds, 20 at
the most, times a number drawn between 0 and 1, which is called jitter. [botocore] A client's budget of retries and the
time that a request takes are left out.
"""

import random
from typing import TYPE_CHECKING

from helpers.errors import CourseError
from helpers.throughput import ATTEMPTS

if TYPE_CHECKING:
    import pandas

LONGEST_SECONDS = 20.0
"""No pause of boto3's is longer. [botocore]"""
FIRST_SECONDS = 1.0
"""boto3's longest pause after a first throttle; 0.025 s after other errors. [botocore]"""


def storm(
    clients: int = 100,
    served: int = 10,
    *,
    jitter: bool,
    attempts: int = ATTEMPTS,
    base: float = FIRST_SECONDS,
    slot: float = 0.1,
    seed: int = 0,
) -> "pandas.DataFrame":
    """What arrives, and what is refused, when all clients send one request at second 0.

    Args:
        clients: how many there are.
        served: how many requests a slot of time serves; those beyond are refused.
        jitter: whether a pause is multiplied by a random number between 0 and 1.
        attempts: how often a client sends its request before it gives up.
        base: seconds of the longest pause after the first refusal.
        slot: length of a slot in seconds.
        seed: of the random numbers.

    Returns:
        A row for each slot, its first second in the index, from 0 to the last arrival; the columns `sent`, `refused` and
        `given up` hold numbers of requests; those given up are among the refused.

    Raises:
        CourseError: a number is not above 0.
    """
    import pandas

    for name, number in (("clients", clients), ("served", served), ("attempts", attempts), ("slot", slot)):
        if not number > 0:
            raise CourseError(f"storm({name}=…) takes a number above 0, not {number!r}.")
    dice = random.Random(seed)
    due: dict[int, list[int]] = {
        0: [0] * clients
    }  # slot -> for each request that comes then, its refusals so far
    rows: dict[int, tuple[int, int, int]] = {}
    while due:
        now = min(due)
        arrived = due.pop(now)
        dice.shuffle(arrived)  # who comes first within a slot is chance
        late = arrived[served:]
        rows[now] = (len(arrived), len(late), sum(had + 1 == attempts for had in late))
        for had in late:
            if had + 1 < attempts:
                pause = min(base * 2**had, LONGEST_SECONDS) * (dice.random() if jitter else 1)
                due.setdefault(now + max(1, round(pause / slot)), []).append(had + 1)
    table = pandas.DataFrame.from_dict(rows, orient="index", columns=["sent", "refused", "given up"])
    table = table.reindex(range(max(rows) + 1), fill_value=0)
    table.index = [round(number * slot, 3) for number in table.index]
    return table
