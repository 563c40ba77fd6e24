"""A bad day for one student's function: `helpers.faults` on the private service of a box, whatever the mode."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from helpers.exercises.wording import ordinal
from helpers.faults import World, rehearse

if TYPE_CHECKING:
    from helpers.exercises.box import Box


class Day(World):
    """A rehearsal that troubles the student's function and leaves the judge alone.

    Attributes:
        lost: the writes whose answers were lost, counted from 1 among those that were done.
        met: how many transactions met another one.
        pauses: the seconds of each `time.sleep` of the student's function, in order.
    """

    def __init__(self, box: "Box", lose: Collection[int], conflicts: int) -> None:
        super().__init__(lag=0, lost_answers=0, conflicts=conflicts, throttling=False, seed=0)
        self.lost: list[int] = []
        self.met, self.pauses = 0, []
        self._box, self._lose, self._done = box, lose, 0

    def rehearsed(self) -> "AbstractContextManager[Day]":
        return rehearse(self)

    def loses(self) -> bool:
        if not self._box.running:
            return False
        self._done += 1
        if self._done in self._lose:
            self.lost.append(self._done)
        return self._done in self._lose

    def conflicts(self) -> bool:
        meets = self._box.running and super().conflicts()
        self.met += meets
        return meets

    def sleep(self, seconds: float) -> None:
        before = self.waited
        super().sleep(seconds)
        if self._box.running and self.waited > before:  # not a thread of a notebook's kernel
            self.pauses.append(seconds)

    @property
    def trouble(self) -> str:
        """What came, as the beginning of a reason; "" where nothing did."""
        if self.met:
            return "another transaction came between and yours was cancelled, and "
        if not self.lost:
            return ""
        write = f"the answer of your {ordinal(self.lost[0])} write was lost"
        if len(self.lost) == 1:
            return f"{write}, and "
        return f"{write}, {len(self.lost)} times until boto3 gave up: "
