"""What a table with point-in-time recovery keeps: each change of an item, so that an earlier second can be told.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

from collections import deque

from helpers.offline import rehearsal
from helpers.offline.tables.shelf import Shelf

DAYS = 35
MAX_CHANGES = 100_000
"""So many changes of a table are kept, for this process's memory; on AWS all of the recovery period are."""
_DAY = 24 * 3600
_SECONDS_BEHIND = 300


class History:
    """The changes of one table since recovery was turned on.

    Args:
        days: how far back one may go, 1 to 35.
    """

    def __init__(self, days: int = DAYS) -> None:
        self.days = days
        self._since = rehearsal.now()
        self._changes: deque[tuple[float, dict | None, dict | None]] = deque()

    @property
    def earliest(self) -> float:
        """The first moment that can be told, in seconds since 1970."""
        return max(self._since, rehearsal.now() - self.days * _DAY)

    @property
    def latest(self) -> float:
        """The last moment that a restore may ask for: five minutes ago, but none before the first."""
        return max(self.earliest, rehearsal.now() - _SECONDS_BEHIND)

    def record(self, old: dict | None, new: dict | None) -> None:
        """Keep an item as it was and as it is, None where there is none; forget what is too old or too much."""
        self._changes.append((rehearsal.now(), old, new))
        while len(self._changes) > MAX_CHANGES:
            self._since = max(self._since, self._changes.popleft()[0])
        while self._changes[0][0] < self.earliest:
            self._changes.popleft()

    def shelf(self, now: Shelf, second: float) -> Shelf:
        """The items as they were when `second` was over, from those there are `now`: later changes are undone.

        Time is counted in whole seconds, as clients send it.
        """
        then = Shelf(now.keys)
        for item in now:
            then.put(item)
        for moment, old, new in reversed(self._changes):
            if int(moment) <= int(second):
                break
            if old is None:
                then.delete(new)
            else:
                then.put(old)
        return then
