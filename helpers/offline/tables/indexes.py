"""Secondary indexes: what each holds, kept up with every write, and what a write costs there.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html and LSI.html beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from helpers.capacity import wire_item_size, write_units
from helpers.offline import rehearsal
from helpers.offline.language.key_values import MAX_KEY_BYTES
from helpers.offline.tables.shelf import Shelf
from helpers.offline.tables.warm import warm_units

_DAY = 24 * 3600


@dataclass
class Changes:
    """How provisioned capacity of a table or an index was changed: when, and how often it was lowered today."""

    increased: float | None = None
    decreased: float | None = None
    _lowered: int = 0

    @property
    def today(self) -> int:
        """The decreases of this day, which ends at midnight UTC."""
        return self._lowered if self.decreased and self.decreased // _DAY == rehearsal.now() // _DAY else 0

    def begin(self, rcu: int, wcu: int, old: "Index") -> None:
        """Note when an update asks for other units than the `old` ones, of an index or a table."""
        if self.lowers(rcu, wcu, old):
            self._lowered, self.decreased = self.today, rehearsal.now()
        if rcu > old.rcu or wcu > old.wcu:
            self.increased = rehearsal.now()

    def end(self, rcu: int, wcu: int, old: "Index") -> None:
        """Count the update, which has ended."""
        self._lowered += self.lowers(rcu, wcu, old)

    def lowers(self, rcu: int, wcu: int, old: "Index") -> bool:
        return rcu < old.rcu or wcu < old.wcu

    def told(self) -> dict:
        told = {"NumberOfDecreasesToday": self.today}
        if self.increased:
            told["LastIncreaseDateTime"] = self.increased
        if self.decreased:
            told["LastDecreaseDateTime"] = self.decreased
        return told


@dataclass
class Index:
    """A secondary index.

    Attributes:
        name: its name.
        keys: its key attributes and their types, partition key first.
        hashes: how many of them make up the partition key; a global index may have up to four, and as many in its
            sort key.
        projected: the attributes that it holds; None for all.
        is_global: a global secondary index, not a local one.
        projection: as the request described it.
        rcu, wcu: provisioned capacity of a global index; 0 on demand.
        pending: the capacity that it gets when the update that asked for it ends.
        warm: the warm throughput that was asked for, ReadUnitsPerSecond and WriteUnitsPerSecond.
        warming: the same of an update that has not ended.
        on_demand: the OnDemandThroughput that was asked for.
        status: "CREATING", "ACTIVE", "UPDATING" or "DELETING".
        changes: how its capacity was changed.
        added: whether it came after the table: only then a description tells of its backfilling.
        shelf: its items.
    """

    name: str
    keys: dict[str, str]
    projected: frozenset[str] | None
    is_global: bool
    projection: dict
    base: list[str]
    hashes: int = 1
    rcu: int = 0
    wcu: int = 0
    pending: tuple[int, int] | None = None
    warm: dict = field(default_factory=dict)
    warming: dict = field(default_factory=dict)
    on_demand: dict | None = None
    status: str = "ACTIVE"
    added: bool = False
    changes: Changes = field(default_factory=Changes)
    shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(list(self.keys), self.base, self.hashes)

    @classmethod
    def of(cls, request: dict, types: dict[str, str], table_keys: dict[str, str], is_global: bool) -> "Index":
        """The index that an element of a CreateTable or UpdateTable request describes."""
        keys = {one["AttributeName"]: types[one["AttributeName"]] for one in request["KeySchema"]}
        projection = request["Projection"]
        held = frozenset([*table_keys, *keys, *projection.get("NonKeyAttributes", [])])
        throughput = request.get("ProvisionedThroughput") or {}
        return cls(
            name=request["IndexName"],
            keys=keys,
            projected=None if projection["ProjectionType"] == "ALL" else held,
            is_global=is_global,
            projection=projection,
            base=list(table_keys),
            hashes=[one["KeyType"] for one in request["KeySchema"]].count("HASH"),
            rcu=throughput.get("ReadCapacityUnits", 0),
            wcu=throughput.get("WriteCapacityUnits", 0),
            warm=request.get("WarmThroughput") or {},
            on_demand=request.get("OnDemandThroughput"),
        )

    def entry(self, item: dict | None) -> dict | None:
        """What the index holds of an item: nothing of one that lacks a key attribute, or has it of another type,
        empty or too long, as it may have come before the index.
        """
        if item is None:
            return None
        if any(not item.get(name, {}).get(kind) for name, kind in self.keys.items()) or self.exceeded(item):
            return None
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Those of these attributes that it does not hold."""
        return sorted(set(names) - self.projected) if self.projected is not None else []

    def exceeded(self, item: dict) -> int | None:
        """The bytes that its partition key, or its sort key, may have, if an item has more in all its attributes."""
        names = list(self.keys)
        for part, most in zip((names[: self.hashes], names[self.hashes :]), MAX_KEY_BYTES, strict=True):
            if sum(wire_item_size({"": item[name]}) for name in part if name in item) > most:
                return most
        return None

    def change(self, old: dict | None, new: dict | None) -> None:
        """Take over a write to the table: an item as it was and as it is, None where there is none."""
        before, after = self.entry(old), self.entry(new)
        if before is not None and (after is None or self._moved(before, after)):
            self.shelf.delete(before)
        if after is not None:
            self.shelf.put(after)

    def units(self, old: dict | None, new: dict | None) -> int:
        """The write units that this write costs here; a changed key is a delete and a put."""
        before, after = self.entry(old), self.entry(new)
        if before == after:
            return 0
        sizes = [wire_item_size(one) for one in (before, after) if one is not None]
        if len(sizes) == 2 and self._moved(before, after):
            return sum(map(write_units, sizes))
        return write_units(max(sizes))

    def fill(self, items: Shelf) -> None:
        """Hold what there is of a table's items."""
        for item in items:
            self.change(None, item)

    def _moved(self, before: dict, after: dict) -> bool:
        return any(before[name] != after[name] for name in self.keys)

    def describe(self, arn: str) -> dict:
        """The index as DescribeTable shows it."""
        held = self.projection.get("NonKeyAttributes")
        told = {
            "IndexName": self.name,
            "KeySchema": [
                {"AttributeName": name, "KeyType": "HASH" if at < self.hashes else "RANGE"}
                for at, name in enumerate(self.keys)
            ],
            "Projection": self.projection | ({"NonKeyAttributes": sorted(held)} if held else {}),
        }
        if self.is_global:
            told["IndexStatus"] = self.status
            if self.status == "CREATING" and self.added:
                told["Backfilling"] = False  # that begins when the table is ACTIVE again
            told["ProvisionedThroughput"] = self.changes.told() | {
                "ReadCapacityUnits": self.rcu,
                "WriteCapacityUnits": self.wcu,
            }
            told["WarmThroughput"] = warm_units(self.rcu, self.wcu, self.warm) | {
                "Status": "UPDATING" if self.warming else "ACTIVE"
            }
            if self.on_demand:
                told["OnDemandThroughput"] = self.on_demand
        return told | {
            "IndexSizeBytes": self.shelf.size,
            "ItemCount": len(self.shelf),
            "IndexArn": f"{arn}/index/{self.name}",
        }
