"""`faults`: the offline service on a bad day, the same in every run and without a second of waiting.

    with faults(lag=2) as world:
        table.put_item(Item=note)
        table.get_item(Key=key)      # not there yet
        time.sleep(2)
        table.get_item(Key=key)      # there

Time is simulated inside: a request takes 5 ms, and `time.sleep`, boto3's pauses between retries and its waiters move
the clock instead of waiting. `time.time` does not follow. Threads that were there before and ask DynamoDB nothing, such
as those of a notebook's kernel, sleep as ever: one that wakes each second would race the clock away.
"""

import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from botocore.exceptions import ReadTimeoutError
from botocore.retries.standard import ExponentialBackoff

from helpers import backends
from helpers.errors import CourseError
from helpers.offline import rehearsal
from helpers.offline.refusal import Refused
from helpers.offline.tables.indexes import Index
from helpers.offline.tables.table import TableState
from helpers.throughput import FIRST_UNITS, Bucket, Ceiling, Limit, OnDemand, partition

SECONDS_OF_REQUEST = 0.005
SECONDS_UNTIL_SWEPT = 2 * 24 * 3600
"""Expired items are deleted "within a few days": here two days after they expired. [TTL]"""
_BETWEEN_SWEEPS = 3600
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
_WRITES |= {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}
_SLEEP, _PAUSE = time.sleep, ExponentialBackoff.delay_amount
_PROVISIONED = "ProvisionedThroughputExceededException"
_WORDS = {
    "Table": "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API.",
    "Index": "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with "
    "the UpdateTable API",
    "": "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table "
    "or index so please try again shortly. If exceptions persist, check if you have a hot key.",
}


@contextmanager
def faults(
    *,
    lag: float = 0,
    lost_answers: int = 0,
    conflicts: int = 0,
    throttling: bool = False,
    seed: int = 0,
) -> "Iterator[World]":
    """Let the offline service behave as AWS does on a bad day, inside a `with` block.

    Args:
        lag: eventually consistent reads, and every read of a global index, see the tables of so many seconds ago.
        lost_answers: so many next writes are done and their answers never arrive: the client waits for its read
            time-out, and then boto3 repeats the request.
        conflicts: so many next transactions meet another one at their first item.
        throttling: tables and indexes have the buckets of their capacity, full at first, and refuse beyond them with
            ThrottlingReasons; one partition key has at most 3,000 read and 1,000 write units a second.
        seed: of the jitter in boto3's pauses.

    Yields:
        The world: `now` (seconds since the block began), `waited` (seconds that boto3 and the cell slept), `events`.

    Raises:
        CourseError: a rehearsal is going on already, the mode is not offline, or an argument makes no sense.
    """
    _check(lag, lost_answers, conflicts)
    with rehearse(World(lag, lost_answers, conflicts, throttling, seed)) as world:
        yield world


@contextmanager
def rehearse(world: "World | None") -> "Iterator[World | None]":
    """Let the offline service ask `world`, and its clock be that of boto3's pauses and `time.sleep`; then all is as before.

    None sets the rehearsal that is going on aside: inside, the service is well and a second is a second.
    """
    before, sleep, pause = rehearsal.current, time.sleep, ExponentialBackoff.delay_amount
    rehearsal.current = world
    time.sleep = world.sleep if world else _SLEEP
    ExponentialBackoff.delay_amount = world.seeded(_PAUSE) if world else _PAUSE
    try:
        yield world
    finally:
        rehearsal.current = before
        time.sleep, ExponentialBackoff.delay_amount = sleep, pause
        rehearsal.metrics.extend(world.metrics() if world else ())


def _check(lag: float, lost_answers: int, conflicts: int) -> None:
    if rehearsal.current:
        raise CourseError("faults() is open already: end that `with` block before you begin another one.")
    if os.environ.get(backends.ENDPOINT) or os.environ["AWS_ACCESS_KEY_ID"] != backends.OFFLINE_KEY:
        raise CourseError(
            "faults() rehearses trouble of the offline service: it needs connect() in mode offline."
        )
    for name, number in (("lag", lag), ("lost_answers", lost_answers), ("conflicts", conflicts)):
        if isinstance(number, bool) or not isinstance(number, int | float) or not number >= 0:
            raise CourseError(f"faults({name}=…) takes a number from 0 on, not {number!r}.")


@dataclass
class _Twin:
    """A table as its late readers see it, and the writes that they do not see yet.

    Attributes:
        source: the table itself.
        table: a copy with a shelf and indexes of its own.
        late: when each unseen write is seen, in seconds of the world, and the item before and after it.
    """

    source: TableState
    table: TableState
    late: deque[tuple[float, dict | None, dict | None]] = field(default_factory=deque)

    @classmethod
    def of(cls, source: TableState) -> "_Twin":
        table = copy(source)
        table.shelf, table.indexes = deepcopy(source.shelf), deepcopy(source.indexes)
        return cls(source, table)

    def until(self, now: float) -> TableState:
        """The table as it is seen at `now`; what indexes there are is seen at once."""
        while self.late and self.late[0][0] <= now:
            self.table.apply(*self.late.popleft()[1:])
        own = self.table.indexes
        self.table.indexes = {
            name: own.get(name) or deepcopy(index) for name, index in self.source.indexes.items()
        }
        for name, index in self.source.indexes.items():
            self.table.indexes[name].status = index.status
        return self.table


class World:
    """A rehearsal as it goes on. It is what the service asks: `helpers.offline.rehearsal.Rehearsal`.

    Attributes:
        now: seconds since the block began.
        waited: seconds that boto3 and the cell slept.
        events: what happened, a line each.
    """

    def __init__(self, lag: float, lost_answers: int, conflicts: int, throttling: bool, seed: int) -> None:
        self.now, self.waited, self.events = 0.0, 0.0, []
        self._lag, self._lost, self._conflicts, self._throttling = lag, lost_answers, conflicts, throttling
        self._began, self._swept = time.time(), 0.0
        self._dice = random.Random(seed)
        self._twins: dict[int, _Twin] = {}
        self._limits: dict[tuple, Limit] = {}
        self._provisioned: dict[tuple, tuple[Bucket, TableState | Index, str]] = {}
        self._counts: dict[tuple, list[float]] = {}
        self._operation, self._met = "", ""
        self._bystanders = set(threading.enumerate()) - {threading.current_thread()}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<{self.now:.3f} s, of which {self.waited:.3f} s waited; {len(self.events)} events>"

    # --- time ------------------------------------------------------------------------------------------------

    def time(self) -> float:
        return self._began + self.now

    def sleep(self, seconds: float) -> None:
        """What `time.sleep` is inside: the clock moves, nobody waits."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if threading.current_thread() in self._bystanders:
            return _SLEEP(seconds)
        with self._lock:
            self.waited += seconds
            self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        for bucket, owner, kind in self._provisioned.values():
            rate = owner.rcu if kind == "Read" else owner.wcu
            if bucket.rate != rate:  # UpdateTable changed it
                bucket.change(rate, self.now)
        self.now += seconds
        if self.now - self._swept >= _BETWEEN_SWEEPS:
            self._swept = self.now
            gone = sum(service.sweep(self.time() - SECONDS_UNTIL_SWEPT) for service in backends.services())
            if gone:
                self._tell(f"{gone} expired item{'s are' if gone > 1 else ' is'} deleted")

    def seeded(self, pause):
        """boto3's way to choose a pause, with dice of our own: the student's `random` is left alone."""

        def delay_amount(backoff, context):
            own, backoff._random = backoff._random, self._dice.random
            try:
                return pause(backoff, context)
            finally:
                backoff._random = own

        return delay_amount

    def _tell(self, what: str) -> None:
        self.events.append(f"{self.now:.3f} s: {what}")

    # --- requests --------------------------------------------------------------------------------------------

    def arrives(self, operation: str) -> None:
        """A request comes in."""
        with self._lock:
            self._bystanders.discard(threading.current_thread())
            self._operation = operation
            self._pass(SECONDS_OF_REQUEST)

    def leaves(self, operation: str, status: int, url: str, read_timeout: float) -> None:
        """An answer goes out.

        Raises:
            ReadTimeoutError: it never arrives, and the client has waited for it.
        """
        with self._lock:
            if operation not in _WRITES or status != 200 or not self.loses():
                return
            self._tell(f"{operation} is done, its answer is lost")
            self.waited += read_timeout
            self._pass(read_timeout)
            self._tell(f"the client has waited {read_timeout:g} s for an answer and gives up")
        raise ReadTimeoutError(endpoint_url=url)

    def loses(self) -> bool:
        """Whether the answer to the write that was done gets lost."""
        if self._lost < 1:
            return False
        self._lost -= 1
        return True

    # --- what the service asks -------------------------------------------------------------------------------

    def seen(self, table: TableState, consistent: bool) -> TableState:
        if not self._lag or consistent:
            return table
        with self._lock:
            return self._twin(table).until(self.now)

    def wrote(self, table: TableState, old: dict | None, new: dict | None) -> None:
        if not self._lag:
            return
        with self._lock:
            known = id(table) in self._twins
            twin = self._twin(table)
            if not known:  # it was copied with this first write, which is not to be seen yet
                twin.table.apply(new, old)
            twin.late.append((self.now + self._lag, old, new))

    def _twin(self, table: TableState) -> _Twin:
        if id(table) not in self._twins:
            self._twins[id(table)] = _Twin.of(table)
        return self._twins[id(table)]

    def conflicts(self) -> bool:
        with self._lock:
            if self._conflicts < 1:
                return False
            self._conflicts -= 1
            self._tell(f"{self._operation} meets another transaction")
            return True

    def take(
        self,
        table: TableState,
        kind: str,
        units: Decimal,
        indexes: dict[str, Decimal],
        key: dict | None,
    ) -> None:
        local = sum(used for name, used in indexes.items() if not table.indexes[name].is_global)
        shares = [(table, units + local)]
        shares += [
            (table.indexes[name], used) for name, used in indexes.items() if table.indexes[name].is_global
        ]
        with self._lock:
            wanted = [
                (limit, float(used), owner, reason)
                for owner, used in shares
                if used
                for limit, reason in self._limits_of(table, owner, kind, key if owner is table else None)
            ]
            for limit, used, owner, reason in wanted:
                if not limit.holds(used, self.now):
                    raise self._refusal(table, owner, kind, reason)
            for limit, used, _, _ in wanted:
                limit.take(used, self.now)
            for owner, used in shares:
                self._count(table, owner, f"Consumed{kind}CapacityUnits", float(used))

    def _limits_of(
        self, table: TableState, owner: TableState | Index, kind: str, key: dict | None
    ) -> Iterator[tuple[Limit, str]]:
        """What a request for one key of a table, or for one of its indexes, has to pass, with each one's reason."""
        if not self._throttling:
            return
        of = (id(table), None if owner is table else owner.name, kind)
        if key is not None:
            name = next(iter(table.keys))
            yield self._limit((*of, repr(key[name])), partition, kind), "KeyRangeThroughputExceeded"
        if table.billing == "PROVISIONED":
            bucket = self._limit((*of, "provisioned"), Bucket, owner.rcu if kind == "Read" else owner.wcu)
            self._provisioned[of] = (bucket, owner, kind)
            yield bucket, "ProvisionedThroughputExceeded"
            return
        most = (owner.on_demand or {}).get(f"Max{kind}RequestUnits", -1)
        if most > 0:
            yield self._limit((*of, "most", most), Ceiling, most), "MaxOnDemandThroughputExceeded"
        yield self._limit((*of, "on demand"), OnDemand, FIRST_UNITS[kind]), "KeyRangeThroughputExceeded"

    def _limit(self, of: tuple, make: Callable[..., Limit], *settings: Any) -> Limit:
        if of not in self._limits:
            self._limits[of] = make(*settings)
            self._limits[of].room(self.now)  # a bucket is full as of now
        return self._limits[of]

    def _refusal(self, table: TableState, owner: TableState | Index, kind: str, reason: str) -> Refused:
        place = "Table" if owner is table else "Index"
        reason = f"{place}{kind}{reason}"
        arn = table.arn if owner is table else f"{table.arn}/index/{owner.name}"
        self._tell(f"{self._operation} is throttled: {reason} of {arn.partition('table/')[2]}")
        self._count(table, owner, f"{kind}ThrottleEvents", 1)
        self._counts.setdefault(
            (table.name, None, self._operation, "ThrottledRequests", self._minute()), []
        ).append(1)
        reasons = [{"reason": reason, "resource": arn}]
        if table.billing == "PROVISIONED":
            return Refused(_WORDS[place], _PROVISIONED, ThrottlingReasons=reasons)
        return Refused(_WORDS[""], "ThrottlingException", throttlingReasons=reasons)

    # --- metrics: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html ----

    def _minute(self) -> int:
        return int(self.time() // 60)

    def _count(self, table: TableState, owner: TableState | Index, metric: str, value: float) -> None:
        index = None if owner is table else owner.name
        self._counts.setdefault((table.name, index, None, metric, self._minute()), []).append(value)

    def metrics(self) -> list[dict]:
        """What CloudWatch is told since this was asked last: a datum for each metric, table or index, and minute."""
        counts, self._counts = self._counts, {}
        return [_datum(*of, values) for of, values in counts.items()]


def _datum(
    table: str, index: str | None, operation: str | None, metric: str, minute: int, values: list[float]
) -> dict:
    names = {"TableName": table, "GlobalSecondaryIndexName": index, "Operation": operation}
    return {
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in names.items() if value],
        "Timestamp": datetime.fromtimestamp(minute * 60, UTC).replace(tzinfo=None),  # as moto keeps it
        "Unit": "Count",
        "StatisticValues": {
            "Sum": sum(values),
            "SampleCount": len(values),
            "Minimum": min(values),
            "Maximum": max(values),
        },
    }
