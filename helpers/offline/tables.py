"""The states a table passes through, which moto never shows."""

import time
from dataclasses import dataclass, field

from helpers.offline.shelf import Shelf

# On AWS a state lasts seconds to minutes. Here it passes once a describe has shown it, so that every run of a
# lesson sees the same; who never describes waits this long.
SECONDS_IN_STATE = 10.0


@dataclass(frozen=True)
class Index:
    """A secondary index.

    Attributes:
        keys: its key attributes and their types, partition key first.
        projected: the attributes that it holds beside the keys; None for all.
        is_global: a global secondary index, not a local one.
    """

    keys: dict[str, str]
    projected: frozenset[str] | None
    is_global: bool

    @classmethod
    def of(cls, request: dict, types: dict[str, str], table_keys: dict[str, str], is_global: bool) -> "Index":
        """The index that an element of a CreateTable request describes."""
        keys = {one["AttributeName"]: types[one["AttributeName"]] for one in request["KeySchema"]}
        projection = request.get("Projection", {})
        held = frozenset([*table_keys, *keys, *projection.get("NonKeyAttributes", [])])
        return cls(keys, None if projection.get("ProjectionType", "ALL") == "ALL" else held, is_global)

    def shelf(self, table: "TableState") -> Shelf:
        """The items that have all of the index's key attributes, in its order, as far as it holds them."""
        shelf = Shelf(list(self.keys), base=list(table.keys))
        for item in table.shelf:
            if all(next(iter(item.get(name, {"": ""}))) == kind for name, kind in self.keys.items()):
                shelf.put(
                    item if self.projected is None else {k: v for k, v in item.items() if k in self.projected}
                )
        return shelf


@dataclass
class TableState:
    """What the offline service knows of a table beside its items.

    Attributes:
        keys: the key attributes and their types ("S", "N", "B"), partition key first.
        billing: "PROVISIONED" or "PAY_PER_REQUEST".
        rcu, wcu: provisioned capacity; 0 on demand.
        protected: whether deletion protection is on.
        seen_on_demand: DescribeTable has a BillingModeSummary once a table was on demand.
        decreases: how often capacity was lowered today.
        last: the description to show while the table is being deleted.
        indexes: its secondary indexes by name.
        shelf: its items.
    """

    keys: dict[str, str]
    billing: str
    rcu: int
    wcu: int
    protected: bool = False
    seen_on_demand: bool = False
    decreases: int = 0
    last: dict = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    shelf: Shelf = None
    _status: str = "ACTIVE"
    _since: float = 0.0
    _shown: bool = False

    @classmethod
    def of(cls, request: dict) -> "TableState":
        """The state of a table that a CreateTable request makes."""
        types = {one["AttributeName"]: one["AttributeType"] for one in request["AttributeDefinitions"]}
        throughput = request.get("ProvisionedThroughput") or {}
        billing = request.get("BillingMode", "PROVISIONED")
        keys = {one["AttributeName"]: types[one["AttributeName"]] for one in request["KeySchema"]}
        table = cls(
            keys=keys,
            billing=billing,
            rcu=throughput.get("ReadCapacityUnits", 0),
            wcu=throughput.get("WriteCapacityUnits", 0),
            protected=request.get("DeletionProtectionEnabled", False),
            seen_on_demand=billing == "PAY_PER_REQUEST",
            indexes={
                one["IndexName"]: Index.of(one, types, keys, member == "GlobalSecondaryIndexes")
                for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
                for one in request.get(member) or []
            },
            shelf=Shelf(list(keys)),
        )
        table.enter("CREATING")
        return table

    def enter(self, status: str) -> None:
        """Begin a state that passes: CREATING, UPDATING or DELETING."""
        self._status, self._since, self._shown = status, time.monotonic(), False

    @property
    def status(self) -> str:
        """The state now: a passing one, "ACTIVE", or "GONE" when a deletion has ended."""
        if self._status == "ACTIVE" or not (self._shown or time.monotonic() - self._since > SECONDS_IN_STATE):
            return self._status
        return "GONE" if self._status == "DELETING" else "ACTIVE"

    def show(self) -> str:
        """The state as a describe shows it; the next look sees what comes after."""
        status = self.status
        self._shown = True
        return status

    def update(self, request: dict) -> None:
        """Take over what an UpdateTable request changes."""
        self.protected = request.get("DeletionProtectionEnabled", self.protected)
        self.billing = request.get("BillingMode", self.billing)
        self.seen_on_demand |= self.billing == "PAY_PER_REQUEST"
        wanted = request.get("ProvisionedThroughput")
        if self.billing == "PAY_PER_REQUEST":
            self.rcu = self.wcu = 0
        elif wanted:
            self.decreases += (
                wanted["ReadCapacityUnits"] < self.rcu or wanted["WriteCapacityUnits"] < self.wcu
            )
            self.rcu, self.wcu = wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]
        self.enter("UPDATING")
