"""A global table: the replicas of one table in several Regions, and the writes that travel between them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-CoreConcepts.html
"""

import itertools
from collections import deque
from typing import Any

from helpers.offline import rehearsal

SECONDS_BEHIND = 1.0
"""A write reaches the other Regions "typically within a second or less"; in a rehearsal after this, else at once."""
SECONDS_A_SOURCE = 24 * 3600


class Group:
    """The replicas of one table.

    Attributes:
        members: each replica's `TableState` by its Region.
        sources: for each Region that was added, which one it was added from, and when.
    """

    def __init__(self) -> None:
        self.members: dict[str, Any] = {}
        self.sources: dict[str, tuple[str, float]] = {}
        self._late: deque[tuple[float, int, str, dict, dict | None]] = deque()
        self._stamps: dict[tuple, int] = {}  # which write an item of a Region is from, also one that is gone
        self._numbers = itertools.count(1)  # in one process the order of writes is that of time

    def join(self, region: str, table: Any) -> None:
        self.members[region] = table
        table.group = self

    def leave(self, region: str) -> None:
        """Take a Region's table out of the group; who is left alone is a table like any other."""
        self.members.pop(region).group = None
        self.sources.pop(region, None)
        self._stamps = {place: number for place, number in self._stamps.items() if place[0] != region}
        if len(self.members) == 1:
            self.leave(next(iter(self.members)))

    def is_source(self, region: str) -> bool:
        """Whether a replica that is still there was added from this Region within a day."""
        recent = rehearsal.now() - SECONDS_A_SOURCE
        return any(source == region and when > recent for source, when in self.sources.values())

    def wrote(self, table: Any, old: dict | None, new: dict | None) -> None:
        """Send a write of one replica to the others."""
        number, item = next(self._numbers), new or old
        for region, other in self.members.items():
            if other is table:
                self._stamps[region, table.shelf.position(item)] = number
            else:
                self._late.append((rehearsal.now() + SECONDS_BEHIND, number, region, item, new))
        self.deliver()

    def deliver(self) -> None:
        """Let arrive what is due: of two writes of an item the later one stays, in every Region."""
        while self._late and (rehearsal.current is None or self._late[0][0] <= rehearsal.now()):
            _, number, region, item, new = self._late.popleft()
            table = self.members.get(region)
            if table is None:
                continue
            place = region, table.shelf.position(item)
            if self._stamps.get(place, 0) < number:
                self._stamps[place] = number
                table.write(table.shelf.get(item), new, arrived=True)
