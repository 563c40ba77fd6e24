"""Move the directory from SQL to DynamoDB: again and again, until nothing is left to move.

Each employee gets the id that `moved_id` computes from the SQL id, so a move that was stopped, even killed, is run
again: it finds what is there and writes the rest. A move copies; it changes nothing in SQL and deletes nothing.

It overwrites nobody, whoever writes to DynamoDB meanwhile, and it notices who writes to SQL meanwhile. What is
written to SQL after the last move is lost to DynamoDB: stop all writers, move once more, then start the app on
DynamoDB. For that time nobody can save anything.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID, uuid5

from helpers.directory.dynamodb_store import ATTRIBUTES, BATCH, KEY, DynamoDBStore, from_item, to_item
from helpers.directory.model import Changed, DirectoryError, Employee, NotFound
from helpers.directory.sql_store import SqlStore

NAMESPACE = UUID("08e8862c-b83c-4096-a950-6314131743b8")
"""Of all moves, for ever: with another one, every employee would be moved a second time."""

SOURCE_ID, SOURCE_VERSION = "sqlId", "sqlVersion"
"""What a moved item says of itself: which row it was, and at which version it was moved."""

MOST_DIFFERENCES = 20
Thing = TypeVar("Thing")


@dataclass
class Comparison:
    """What a comparison of both stores found.

    Attributes:
        compared: employees in SQL that were looked at.
        others: items in the table that no move wrote.
        different: how many differences there are.
        differences: the first 20 of them, in words.
    """

    compared: int = 0
    others: int = 0
    different: int = 0
    differences: list[str] = field(default_factory=list)

    def tell(self, difference: str) -> None:
        """Count a difference, and note it if it is one of the first."""
        self.different += 1
        if len(self.differences) < MOST_DIFFERENCES:
            self.differences.append(difference)

    def __str__(self) -> str:
        if not self.different:
            return f"{self.compared:,} compared, all the same"
        more = self.different - len(self.differences)
        lines = [*self.differences, *([f"and {more:,} more"] if more else [])]
        return f"{self.compared:,} compared, {self.different:,} different:" + "".join(
            f"\n- {line}" for line in lines
        )


@dataclass(frozen=True)
class MoveReport:
    """What a move did, and what a comparison of both stores found afterwards.

    Attributes:
        read: employees read from SQL.
        written: of these, written now because DynamoDB did not have them.
        renewed: written again because they had changed in SQL only.
        unchanged: in DynamoDB already, as they are in SQL.
        kept: different in DynamoDB and left so, because they were changed there, or are somebody else.
        disturbed: somebody wrote to SQL while it was read, so that a part may be as it was before.
        comparison: of the two stores, after the move.
    """

    read: int
    written: int
    renewed: int
    unchanged: int
    kept: int
    disturbed: bool
    comparison: Comparison

    @property
    def complete(self) -> bool:
        """Whether each employee in SQL is in DynamoDB once, with the same content, and none that SQL has not.

        It was so at the end of the move. What was written to SQL since is not in it.
        """
        return not self.comparison.different and not self.disturbed

    def __str__(self) -> str:
        return (
            f"{self.read:,} employees read: {self.written:,} written, {self.renewed:,} renewed, "
            f"{self.unchanged:,} unchanged, {self.kept:,} kept; {self.comparison}"
            + (
                "\nSomebody wrote to SQL meanwhile: stop all writers, then move again."
                if self.disturbed
                else ""
            )
        )


def move(source: SqlStore, target: DynamoDBStore, *, progress: bool = True) -> MoveReport:
    """Copy every employee from SQL to DynamoDB, then compare the two.

    Run it again after a break, or to take over what changed in SQL since. An employee that was changed in
    DynamoDB after its move is kept as it is there. One that is no longer in SQL is reported and not deleted; one
    that was removed in DynamoDB alone is written again. `progress` shows a bar where somebody is watching.

    Memory is that of a few hundred employees, time grows with their number.

    Raises:
        DirectoryError: the stores are not of these two kinds; or one cannot answer: what is written by then stays.
    """
    if not isinstance(source, SqlStore) or not isinstance(target, DynamoDBStore):
        raise DirectoryError("A move goes from a SQL store to a DynamoDB store: move(sql, dynamodb).")
    done: Counter[str] = Counter(written=0, renewed=0, unchanged=0, kept=0)
    before = source.state()
    with _bar("moving", source.count(), progress) as bar:
        for employees in _chunks(source.all()):
            done.update(_move(employees, target))
            bar.update(len(employees))
    comparison = compare(source, target, progress=progress)
    disturbed = source.state() != before
    return MoveReport(read=done.total(), **done, disturbed=disturbed, comparison=comparison)


def moved_id(sql_id: str) -> str:
    """The id in DynamoDB of the employee with this id in SQL: always the same."""
    return str(uuid5(NAMESPACE, sql_id))


def _move(employees: list[Employee], target: DynamoDBStore) -> list[str]:
    """Move some employees; returns what was done with each."""
    stored = target.items(moved_id(employee.id) for employee in employees)
    return [_move_one(employee, stored.get(moved_id(employee.id)), target) for employee in employees]


def _move_one(employee: Employee, item: dict[str, Any] | None, target: DynamoDBStore) -> str:
    if item is None and target.put_new(_item(employee)):
        return "written"
    if item is None:  # another move was quicker
        item = target.items([moved_id(employee.id)]).get(moved_id(employee.id))
    return _renew(employee, item, target) if item else "kept"


def _item(employee: Employee) -> dict[str, Any]:
    return to_item(_moved(employee)) | {SOURCE_ID: employee.id, SOURCE_VERSION: employee.version}


def _moved(employee: Employee) -> Employee:
    return replace(employee, id=moved_id(employee.id))


def _renew(employee: Employee, item: dict[str, Any], target: DynamoDBStore) -> str:
    """Bring an item up to date, unless it was changed since it was moved, or is somebody else."""
    wanted, there = _moved(employee), from_item(item)
    if there == wanted:
        return "unchanged"
    untouched = there.version == item.get(SOURCE_VERSION) and there.created == wanted.created
    if not untouched or employee.version <= there.version:
        return "kept"
    values = {field: getattr(wanted, field) for field in [*ATTRIBUTES, "version"]}
    try:
        target.write_over(wanted.id, values, there.version, **{SOURCE_VERSION: employee.version})
    except (Changed, NotFound):  # somebody was quicker; the comparison tells
        return "kept"
    return "renewed"


# -- comparing ------------------------------------------------------------------------------------------------


def compare(source: SqlStore, target: DynamoDBStore, *, progress: bool = True) -> Comparison:
    """Read both stores from beginning to end and compare them, employee by employee and field by field."""
    found = Comparison()
    with _bar("comparing", source.count(), progress) as bar:
        for employees in _chunks(source.all()):
            stored = target.items(moved_id(employee.id) for employee in employees)
            for employee in employees:
                _compare_one(employee, stored.get(moved_id(employee.id)), found)
            found.compared += len(employees)
            bar.update(len(employees))
    for items in _chunks(target.scan_items(KEY, SOURCE_ID)):
        moved = {item[KEY]: str(item[SOURCE_ID]) for item in items if SOURCE_ID in item}
        found.others += len(items) - len(moved)
        existing = source.existing(moved.values())
        for key, sql_id in moved.items():
            if key != moved_id(sql_id):
                found.tell(f"employee {sql_id} is in DynamoDB a second time, as {key}")
            elif sql_id not in existing:
                found.tell(f"employee {sql_id} is in DynamoDB, as {key}, and no longer in SQL")
    return found


def _compare_one(employee: Employee, item: dict[str, Any] | None, found: Comparison) -> None:
    if item is None:
        found.tell(f"employee {employee.id} is not in DynamoDB")
        return
    here, there = asdict(_moved(employee)), asdict(from_item(item))
    names = [name for name in here if here[name] != there[name]]
    if names:
        values = "; ".join(f"{name} {_shown(here[name])} and {_shown(there[name])}" for name in names)
        found.tell(f"employee {employee.id} differs between SQL and DynamoDB: {values}")


def _shown(value: Any) -> str:
    text = (
        repr(sorted(value))
        if isinstance(value, frozenset)
        else repr(value)
        if isinstance(value, str)
        else str(value)
    )
    return text if len(text) <= 60 else f"{text[:59]}…"


def _chunks(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    things = iter(things)
    while chunk := list(islice(things, BATCH)):
        yield chunk


def _bar(label: str, total: int, progress: bool) -> Any:
    from tqdm import tqdm

    from helpers.datasets import somebody_watches

    quiet = not (progress and somebody_watches())
    return tqdm(
        total=total, desc=label, unit=" employees", delay=1, leave=False, file=sys.stdout, disable=quiet
    )
