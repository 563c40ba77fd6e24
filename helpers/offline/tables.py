"""What the offline service knows of a table beside its items, and the states it passes through."""

import re
import time
import uuid
from dataclasses import dataclass, field

from helpers.offline.evaluate import typed
from helpers.offline.indexes import Index
from helpers.offline.refusal import Refused
from helpers.offline.shelf import Shelf
from helpers.offline.streams import Stream
from helpers.offline.warm import warm_units

# On AWS a state lasts seconds to minutes. Here it passes once a describe has shown it, so that every run of a
# lesson sees the same; who never describes waits this long.
SECONDS_IN_STATE = 10.0
RECOVERY_DAYS = 35
_NOT_OF_DELETED = {
    "AttributeDefinitions",
    "KeySchema",
    "CreationDateTime",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
}
_TABLE_ARN = re.compile(r"arn:[\w-]+:dynamodb:[^:]+:\d+:table/([^/:]+)")


def short_name(name: str) -> str:
    """The name of the table that a request means by its name or its ARN.

    Raises:
        Refused: it is the ARN of something else, such as an index.
    """
    if not name.startswith("arn:"):
        return name
    found = _TABLE_ARN.fullmatch(name)
    if found is None:
        raise Refused(f"Invalid TableArn: Invalid ResourceArn provided as input {name}")
    return found[1]


@dataclass
class TableState:
    """A table.

    Attributes:
        name, arn: its name and Amazon Resource Name.
        definitions: the key attributes of the table and its indexes, name -> type.
        keys: the table's key attributes and their types ("S", "N", "B"), partition key first.
        billing: "PROVISIONED" or "PAY_PER_REQUEST".
        rcu, wcu: provisioned capacity; 0 on demand.
        pending: the capacity that it gets when the update that asked for it ends.
        protected: whether deletion protection is on.
        on_demand_since: when it last became on-demand; DescribeTable has a BillingModeSummary from then on.
        decreases: how often capacity was lowered today; `increased`, `decreased`: when it last was changed.
        warm: the warm throughput that was asked for; `warming`: the one that an update asks for, until it has ended.
        extra: further members of its description, such as TableClassSummary.
        indexes: its secondary indexes by name.
        shelf: its items.
        stream: its stream, also one that was disabled; None if it never had one.
        ttl: the attribute that Time to Live looks at, or None; `ttl_changed`: when that was last set.
        tags: key -> value.
        policy: its resource-based policy and the revision of that; None without one.
        recovery: since when point-in-time recovery is on, None while it is off; `recovery_days`: how far back.
    """

    name: str
    arn: str
    definitions: dict[str, str]
    keys: dict[str, str]
    billing: str
    rcu: int
    wcu: int
    pending: tuple[int, int] | None = None
    warm: dict = field(default_factory=dict)
    warming: dict = field(default_factory=dict)
    protected: bool = False
    created: float = field(default_factory=time.time)
    on_demand_since: float | None = None
    decreases: int = 0
    increased: float | None = None
    decreased: float | None = None
    extra: dict = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    shelf: Shelf = None
    stream: Stream | None = None
    ttl: str | None = None
    ttl_changed: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    policy: tuple[str, str] | None = None
    recovery: float | None = None
    recovery_days: int = RECOVERY_DAYS
    _status: str = "ACTIVE"
    _since: float = 0.0
    _shown: bool = False

    @classmethod
    def of(cls, request: dict, arn: str) -> "TableState":
        """The state of a table that a CreateTable request makes."""
        types = {one["AttributeName"]: one["AttributeType"] for one in request["AttributeDefinitions"]}
        throughput = request.get("ProvisionedThroughput") or {}
        billing = request.get("BillingMode", "PROVISIONED")
        keys = {one["AttributeName"]: types[one["AttributeName"]] for one in request["KeySchema"]}
        table = cls(
            name=request["TableName"],
            arn=arn,
            definitions=types,
            keys=keys,
            billing=billing,
            rcu=throughput.get("ReadCapacityUnits", 0),
            wcu=throughput.get("WriteCapacityUnits", 0),
            warm=request.get("WarmThroughput") or {},
            protected=request.get("DeletionProtectionEnabled", False),
            indexes={
                one["IndexName"]: Index.of(one, types, keys, member == "GlobalSecondaryIndexes")
                for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
                for one in request.get(member) or []
            },
            shelf=Shelf(list(keys)),
            tags={tag["Key"]: tag["Value"] for tag in request.get("Tags") or []},
        )
        if billing == "PAY_PER_REQUEST":
            table.on_demand_since = table.created
        if "ResourcePolicy" in request:
            table.take_policy(request["ResourcePolicy"])
        table.take_extras(request)
        table.take_stream(request.get("StreamSpecification"))
        table.enter("CREATING")
        return table

    # --- items -----------------------------------------------------------------------------------------------

    @property
    def has_local_indexes(self) -> bool:
        """Whether it has item collections in DynamoDB's sense."""
        return any(not index.is_global for index in self.indexes.values())

    def write(self, old: dict | None, new: dict | None, by: dict | None = None) -> None:
        """Take over a write to the shelf, the indexes and the stream: an item as it was and as it is.

        Args:
            by: the stream record's userIdentity, if it was not a client.
        """
        if new is not None:
            self.shelf.put(new)
        elif old is not None:
            self.shelf.delete(old)
        if old == new:
            return
        for index in self.indexes.values():
            index.change(old, new)
        if self.stream and self.stream.enabled and not _same(old, new):
            self.stream.record(old, new, by)

    # --- states ----------------------------------------------------------------------------------------------

    def enter(self, status: str) -> None:
        """Begin a state that passes: CREATING, UPDATING or DELETING."""
        self._status, self._since, self._shown = status, time.monotonic(), False
        if status == "CREATING":
            for index in self.indexes.values():
                index.status = "CREATING"

    def settle(self) -> None:
        """End the passing state if its time has come; indexes follow."""
        if self._status in ("ACTIVE", "GONE") or not (
            self._shown or time.monotonic() - self._since > SECONDS_IN_STATE
        ):
            return
        self._status = "GONE" if self._status == "DELETING" else "ACTIVE"
        self._settle_throughput()
        if self.extra.get("SSEDescription", {}).get("Status") == "UPDATING":  # it was turned off
            del self.extra["SSEDescription"]
        if "RestoreSummary" in self.extra:
            self.extra["RestoreSummary"] = self.extra["RestoreSummary"] | {"RestoreInProgress": False}
        for name, index in list(self.indexes.items()):
            if index.status == "DELETING":
                del self.indexes[name]
                self._forget_definitions()
            index.status = "ACTIVE"

    def _settle_throughput(self) -> None:
        if self.pending:
            self._note_change(*self.pending)
            self.decreases += self._lowers(*self.pending)
        for one in (self, *self.indexes.values()):
            if one.pending:
                (one.rcu, one.wcu), one.pending = one.pending, None
            one.warm, one.warming = one.warm | one.warming, {}

    def _forget_definitions(self) -> None:
        used = set(self.keys).union(*(index.keys for index in self.indexes.values()))
        self.definitions = {name: kind for name, kind in self.definitions.items() if name in used}

    @property
    def status(self) -> str:
        """The state now: a passing one, "ACTIVE", or "GONE" when a deletion has ended."""
        self.settle()
        return self._status

    # --- changes ---------------------------------------------------------------------------------------------

    def update(self, request: dict) -> None:
        """Take over what an UpdateTable request changes."""
        self.protected = request.get("DeletionProtectionEnabled", self.protected)
        billing = request.get("BillingMode", self.billing)
        stays = billing == self.billing
        if billing == "PAY_PER_REQUEST" != self.billing:
            self.on_demand_since = time.time()
            self.rcu = self.wcu = 0
            for index in self.indexes.values():
                index.rcu = index.wcu = 0
        self.billing = billing
        if wanted := request.get("ProvisionedThroughput"):
            self._take_throughput(wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"], stays)
        self.warming = request.get("WarmThroughput") or {}
        self.take_extras(request)
        if "TableClass" in request:
            self.extra["TableClassSummary"]["LastUpdateDateTime"] = time.time()
        self.take_stream(request.get("StreamSpecification"))
        for one in request.get("AttributeDefinitions") or []:
            if request.get("GlobalSecondaryIndexUpdates"):
                self.definitions[one["AttributeName"]] = one["AttributeType"]
        for change in request.get("GlobalSecondaryIndexUpdates") or []:
            self._change_index(*next(iter(change.items())), stays)
        self._forget_definitions()
        self.enter("UPDATING")

    def _take_throughput(self, rcu: int, wcu: int, stays: bool) -> None:
        """Capacity of a table that `stays` provisioned is the old one until the update has ended."""
        self._note_change(rcu, wcu)
        if stays:
            self.pending = (rcu, wcu)
        else:
            self.rcu, self.wcu = rcu, wcu

    def _lowers(self, rcu: int, wcu: int) -> bool:
        return rcu < self.rcu or wcu < self.wcu

    def _note_change(self, rcu: int, wcu: int) -> None:
        if self._lowers(rcu, wcu):
            self.decreased = time.time()
        if rcu > self.rcu or wcu > self.wcu:
            self.increased = time.time()

    def _change_index(self, action: str, change: dict, stays: bool) -> None:
        name = change["IndexName"]
        if action == "Create":
            self.indexes[name] = index = Index.of(change, self.definitions, self.keys, True)
            index.fill(self.shelf)
            index.status, index.added = "CREATING", True
            return
        index = self.indexes[name]
        if action == "Delete":
            index.status = "DELETING"
            return
        index.status = "UPDATING"
        index.warming = change.get("WarmThroughput") or {}
        index.on_demand = change.get("OnDemandThroughput", index.on_demand)
        if wanted := change.get("ProvisionedThroughput"):
            units = wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]
            if stays:
                index.pending = units
            else:
                index.rcu, index.wcu = units

    def take_stream(self, wanted: dict | None) -> None:
        """Turn the stream on or off as a StreamSpecification says."""
        if wanted and wanted["StreamEnabled"]:
            self.stream = Stream(self.name, self.arn, list(self.keys), wanted["StreamViewType"])
        elif wanted and self.stream:
            self.stream.close()

    def take_policy(self, policy: str) -> None:
        """Attach a policy: another one has a later revision, a moment in milliseconds; the same changes nothing."""
        old, revision = self.policy or ("", "0")
        if policy != old:
            self.policy = policy, str(max(int(time.time() * 1000), int(revision) + 1))

    def take_extras(self, request: dict) -> None:
        """Keep what a description repeats and the offline service does not act on."""
        if "TableClass" in request:
            self.extra["TableClassSummary"] = {"TableClass": request["TableClass"]}
        if "OnDemandThroughput" in request:
            self.extra["OnDemandThroughput"] = request["OnDemandThroughput"]
        encryption = request.get("SSESpecification") or {}
        if encryption.get("Enabled"):
            key = uuid.uuid5(uuid.NAMESPACE_URL, self.arn)
            owner = self.arn.replace(":dynamodb:", ":kms:").partition(":table/")[0]
            self.extra["SSEDescription"] = {
                "Status": "ENABLED",
                "SSEType": "KMS",
                "KMSMasterKeyArn": encryption.get("KMSMasterKeyId", f"{owner}:key/{key}"),
            }
        elif encryption and "SSEDescription" in self.extra:
            self.extra["SSEDescription"] = self.extra["SSEDescription"] | {"Status": "UPDATING"}

    # --- description -----------------------------------------------------------------------------------------

    def show(self) -> dict:
        """The description that DescribeTable answers; the next look sees the state that comes after."""
        told = self.describe()
        self._shown = True
        return told

    def describe_deleted(self) -> dict:
        """What DeleteTable tells: not what the table looked like."""
        return {name: value for name, value in self.describe().items() if name not in _NOT_OF_DELETED}

    def describe(self) -> dict:
        """What CreateTable, UpdateTable and DescribeTable tell of the table."""
        told = {
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in self.definitions.items()
            ],
            "TableName": self.name,
            "KeySchema": [
                {"AttributeName": name, "KeyType": role}
                for name, role in zip(self.keys, ("HASH", "RANGE"), strict=False)
            ],
            "TableStatus": self.status,
            "CreationDateTime": self.created,
            "ProvisionedThroughput": self._throughput(),
            "TableSizeBytes": self.shelf.size,
            "ItemCount": len(self.shelf),
            "TableArn": self.arn,
            "TableId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.arn}/{self.created}")),
            "DeletionProtectionEnabled": self.protected,
            "WarmThroughput": warm_units(self.rcu, self.wcu, self.warm)
            | {"Status": "UPDATING" if self.warming or self.warm and self.status != "ACTIVE" else "ACTIVE"},
            **self.extra,
        }
        if self.on_demand_since:
            told["BillingModeSummary"] = {
                "BillingMode": self.billing,
                "LastUpdateToPayPerRequestDateTime": self.on_demand_since,
            }
            told["TableThroughputModeSummary"] = {  # the service tells it, its model does not have it
                "TableThroughputMode": self.billing,
                "LastUpdateToPayPerRequestDateTime": self.on_demand_since,
            }
        for member, is_global in (("LocalSecondaryIndexes", False), ("GlobalSecondaryIndexes", True)):
            if indexes := [
                one.describe(self.arn) for one in self.indexes.values() if one.is_global == is_global
            ]:
                told[member] = indexes
        if self.status == "DELETING":
            told.pop("GlobalSecondaryIndexes", None)
        if self.stream:
            told |= {"LatestStreamLabel": self.stream.label, "LatestStreamArn": self.stream.arn}
            if self.stream.enabled:
                told["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": self.stream.view}
        return told

    def _throughput(self) -> dict:
        told = {"NumberOfDecreasesToday": self.decreases}
        if self.increased:
            told["LastIncreaseDateTime"] = self.increased
        if self.decreased:
            told["LastDecreaseDateTime"] = self.decreased
        return told | {"ReadCapacityUnits": self.rcu, "WriteCapacityUnits": self.wcu}


def _same(old: dict | None, new: dict | None) -> bool:
    """Whether two items are equal as DynamoDB's `=` sees it: the order in a set means nothing."""
    return old is not None and new is not None and typed({"M": old}) == typed({"M": new})
