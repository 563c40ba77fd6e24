"""What time it is for the offline service, and what troubles it: nothing, unless `helpers.faults` rehearses a bad day.

The service asks `now()` wherever time matters, and `current` at the few places where the real one may fail. Outside a
rehearsal `current` is None, and the places cost a comparison.
"""

import time
from decimal import Decimal
from typing import Protocol, TypeVar

Table = TypeVar("Table")  # a `TableState`, which this module stands below


class Rehearsal(Protocol):
    """What a rehearsal answers to the service."""

    def time(self) -> float:
        """Seconds since 1970, simulated."""

    def arrives(self, operation: str) -> None:
        """A request comes in."""

    def leaves(self, operation: str, status: int, url: str, read_timeout: float) -> None:
        """An answer goes out, or is lost: then this raises what the client meets."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""

    def seen(self, table: Table, consistent: bool) -> Table:
        """The table as a read sees it: as it is, or as it was a moment ago."""

    def wrote(self, table: Table, old: dict | None, new: dict | None) -> None:
        """A write was made."""

    def take(
        self,
        table: Table,
        kind: str,
        units: Decimal,
        indexes: dict[str, Decimal],
        key: dict | None,
    ) -> None:
        """Take "Read" or "Write" units of a table and, by name, of its indexes, for one item's key or for none.

        Raises:
            Refused: a bucket does not hold them.
        """

    def conflicts(self) -> bool:
        """Whether this transaction meets another one."""


current: Rehearsal | None = None
metrics: list[dict] = []
"""What CloudWatch has not been told yet; `helpers.backends` does when somebody asks it."""


def now() -> float:
    """Seconds since 1970 as the service counts them."""
    return current.time() if current else time.time()
