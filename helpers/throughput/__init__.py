"""What a table, an index or a partition serves from one moment to the next: a simulation, pure and seeded.

buckets      token buckets, ceilings of a second and on demand: what faults(throttling=True) has too
partitions   the 3,000 and 1,000 of one partition, and a hot key
scaling      auto scaling
serving      a demand, second by second: served, refused, sent again
demand       a day of it

Rules: developer guide, pages burst-adaptive-capacity, on-demand-capacity-mode, bp-partition-key-design, AutoScaling.
What these do not state is a named constant or argument, with its reason.
"""

from helpers.throughput.buckets import (
    BURST_SECONDS,
    DOUBLING_SECONDS,
    FIRST_UNITS,
    PARTITION_UNITS,
    Bucket,
    Ceiling,
    Limit,
    OnDemand,
)
from helpers.throughput.demand import a_day
from helpers.throughput.partitions import ServedKeys, partition, serve_keys
from helpers.throughput.scaling import AutoScaling
from helpers.throughput.serving import ATTEMPTS, Served, serve

__all__ = [
    "ATTEMPTS",
    "BURST_SECONDS",
    "DOUBLING_SECONDS",
    "FIRST_UNITS",
    "PARTITION_UNITS",
    "AutoScaling",
    "Bucket",
    "Ceiling",
    "Limit",
    "OnDemand",
    "Served",
    "ServedKeys",
    "a_day",
    "partition",
    "serve",
    "serve_keys",
]
