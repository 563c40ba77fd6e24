"""A table's partitions: what each serves, and a key that asks for more than one can. [bp-partition-key-design]

DynamoDB does not tell how many partitions a table has, nor which key lies where; adaptive capacity lets a busy one have
more than its even share, at once, up to 3,000 read and 1,000 write units a second. Here the keys are dealt to partitions
by a hash, and the busiest key of one that refuses is soon alone. What the guide does not state is an argument of `serve_keys`.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.errors import CourseError
from helpers.throughput.buckets import EXACT, PARTITION_UNITS, Bucket, Ceiling

if TYPE_CHECKING:
    import pandas


def partition(kind: str) -> Ceiling:
    """Return what one partition serves of "Read" or "Write" units: so many in any one second, and none are kept for later."""
    if kind not in PARTITION_UNITS:
        raise CourseError(f'The kind of units is "Read" or "Write", not {kind!r}.')
    return Ceiling(PARTITION_UNITS[kind])


@dataclass(frozen=True)
class ServedKeys:
    """What became of the demand for each key, a list of numbers a second each.

    Attributes:
        demand, served: units, by key.
        by_partition: units refused because the key's partition had no more, by key.
        by_table: units refused because the table had no more, by key.
        provisioned: units a second that the table had.
        alone: the second from which a key had a partition of its own, by key; keys that never had one are not there.
    """

    demand: dict[str, list[int]]
    served: dict[str, list[int]]
    by_partition: dict[str, list[int]]
    by_table: dict[str, list[int]]
    provisioned: float
    alone: dict[str, int]

    def keys(self) -> "pandas.DataFrame":
        """A row a key: units a second on average `asked` and `served`, and `throttled` for want of a `partition` or `table`."""
        import pandas

        seconds = max(map(len, self.demand.values()), default=0) or 1
        columns = {
            "asked": self.demand,
            "served": self.served,
            "partition full": self.by_partition,
            "table full": self.by_table,
        }
        frame = pandas.DataFrame(
            {name: {key: sum(units) / seconds for key, units in by.items()} for name, by in columns.items()}
        )
        return frame.round(1).rename_axis("key")

    def used(self) -> float:
        """The part of the provisioned units that was used, 0 to 1, on average."""
        seconds = max(map(len, self.demand.values()), default=0) or 1
        return sum(map(sum, self.served.values())) / seconds / self.provisioned


def serve_keys(
    demand: Mapping[str, Sequence[int]],
    table: Bucket,
    *,
    kind: str = "Write",
    partitions: int | None = None,
    isolated_after: int = 60,
) -> ServedKeys:
    """What a table serves of a demand for several keys, second by second; what is refused does not come again.

    Args:
        demand: units that are asked for in each second, by partition key; a request is one unit.
        table: the table's bucket; it is used up.
        kind: "Read" or "Write".
        partitions: how many the table has at first; if left out, the fewest that can serve its units. DynamoDB does not
            tell, and makes more as it needs them.
        isolated_after: seconds for which a partition has refused until its busiest key gets one of its own. The guide
            says that busy items are isolated, and not how soon; 60 is ours.

    Raises:
        CourseError: the demand is empty, or of unequal length.
    """
    lengths = {len(units) for units in demand.values()}
    if len(lengths) != 1:
        raise CourseError(
            "Give serve_keys() units a second for at least one key, equally many seconds for all."
        )
    count = max(partitions or math.ceil(table.rate / partition(kind).rate), 1)
    shared = [partition(kind) for _ in range(count)]
    place = {key: shared[_hashed(key) % count] for key in demand}
    told = ServedKeys(
        {key: list(units) for key, units in demand.items()},
        *({key: [] for key in demand} for _ in range(3)),
        table.rate,
        {},
    )
    full: Counter[int] = Counter()  # for how many seconds in a row each shared partition has refused
    for second in range(lengths.pop()):
        wanted = {key: units[second] for key, units in demand.items()}
        passed = _through_partitions(wanted, place, second)
        served = _shares(passed, int(table.room(second) + EXACT))
        table.take(sum(served.values()), second)
        for key, units in wanted.items():
            place[key].take(served[key], second)
            told.served[key].append(served[key])
            told.by_partition[key].append(units - passed[key])
            told.by_table[key].append(passed[key] - served[key])
        for number, bucket in enumerate(shared):
            here = [key for key, its in place.items() if its is bucket]
            full[number] = full[number] + 1 if any(passed[key] < wanted[key] for key in here) else 0
            if full[number] >= isolated_after:
                busiest = max(here, key=wanted.__getitem__)
                place[busiest], full[number] = partition(kind), 0
                told.alone[busiest] = second + 1
    return told


def _through_partitions(
    wanted: Mapping[str, int], place: Mapping[str, Ceiling], now: float
) -> dict[str, int]:
    """How many units of each key its partition lets through in this second; the keys on it share alike."""
    passed: dict[str, int] = {}
    for bucket in {id(bucket): bucket for bucket in place.values()}.values():
        here = {key: units for key, units in wanted.items() if place[key] is bucket}
        passed |= _shares(here, int(bucket.room(now) + EXACT))
    return passed


def _shares(wanted: Mapping[str, int], room: int) -> dict[str, int]:
    """What each gets of `room` units, in proportion to what it wants; what rounding leaves goes to the first."""
    total = sum(wanted.values())
    if total <= room:
        return dict(wanted)
    got = {key: units * room // total for key, units in wanted.items()}
    for key in wanted:
        got[key] += min(room - sum(got.values()), wanted[key] - got[key])
    return got


def _hashed(key: str) -> int:
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest()[:8])
