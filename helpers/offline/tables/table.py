"""What the offline service knows of a table beside its items, and the states it passes through."""

import re
import uuid
from dataclasses import dataclass, field

from helpers.offline import rehearsal
from helpers.offline.language.evaluate import typed
from helpers.offline.refusal import Refused
from helpers.offline.tables.group import Group
from helpers.offline.tables.history import History
from helpers.offline.tables.indexes import Changes, Index
from helpers.offline.tables.shelf import Shelf
from helpers.offline.tables.stream import Stream
from helpers.offline.tables.warm import warm_units

# On AWS a state lasts seconds to minutes. Here it passes once a describe has shown it, so that every run of a
# lesson sees the same; who never describes waits this long.
SECONDS_IN_STATE = 10.0
_NOT_OF_DELETED = {
    "AttributeDefinitions",
    "KeySchema",
    "CreationDateTime",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
}
# Those of a table's jobs that its TableStatus tells of.
_SHOWN_JOBS = {"iops", "billing", "stream", "class"}
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
        group: the global table that it is a replica of, or None.
        insights: Contributor Insights of the table ("") and of indexes by name: the state, the mode and since when.
        recovery: what point-in-time recovery keeps, None while it is off.
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
    created: float = field(default_factory=rehearsal.now)
    on_demand_since: float | None = None
    extra: dict = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    shelf: Shelf = None
    stream: Stream | None = None
    ttl: str | None = None
    ttl_changed: float | None = None
    tags: dict[str, str] = field(default_factory=dict)
    policy: tuple[str, str] | None = None
    recovery: History | None = None
    insights: dict[str, dict] = field(default_factory=dict)
    group: Group | None = None
    committed: str = ""
    jobs: set[str] = field(default_factory=set)
    on_demand: dict | None = None
    changes: Changes = field(default_factory=Changes)
    next_class: str = "STANDARD"
    class_changes: int = 0
    next_encryption: dict | None = None
    _status: str = "ACTIVE"
    _since: float = 0.0
    _shown: bool = False
    _passing: bool = False

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
        table.committed, table.on_demand = billing, request.get("OnDemandThroughput")
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

    def write(
        self, old: dict | None, new: dict | None, by: dict | None = None, arrived: bool = False
    ) -> None:
        """Take over a write to the shelf, the indexes and the stream: an item as it was and as it is.

        Args:
            by: the stream record's userIdentity, if it was not a client.
            arrived: it comes from another Region.
        """
        self.apply(old, new)
        if self.group and not arrived and (old or new):
            self.group.wrote(self, old, new)
        if old == new:
            return
        if self.recovery:
            self.recovery.record(old, new)
        if rehearsal.current:
            rehearsal.current.wrote(self, old, new)
        if self.stream and self.stream.enabled and not _same(old, new):
            self.stream.record(old, new, by)

    def shelf_of(self, second: float) -> Shelf:
        """Its items as they were at the end of that second, from the first that `recovery` keeps on."""
        return self.recovery.shelf(self.shelf, second)

    def apply(self, old: dict | None, new: dict | None) -> None:
        """The part of a write that readers see: the shelf and the indexes."""
        if new is not None:
            self.shelf.put(new)
        elif old is not None:
            self.shelf.delete(old)
        if old != new:
            for index in self.indexes.values():
                index.change(old, new)

    # --- states ----------------------------------------------------------------------------------------------

    def enter(self, status: str) -> None:
        """Begin CREATING or DELETING."""
        self._status = status
        self._begin()
        if status == "CREATING":
            for index in self.indexes.values():
                index.status = "CREATING"

    def _begin(self) -> None:
        self._since, self._shown, self._passing = rehearsal.now(), False, True

    def settle(self) -> None:
        """End what is being done if its time has come; indexes follow."""
        if not self._passing or not (self._shown or rehearsal.now() - self._since > SECONDS_IN_STATE):
            return
        if self._status in ("CREATING", "DELETING"):
            self._status = "GONE" if self._status == "DELETING" else "ACTIVE"
        if "RestoreSummary" in self.extra:
            self.extra["RestoreSummary"] = self.extra["RestoreSummary"] | {"RestoreInProgress": False}
        self._settle_throughput()
        self._settle_extras()
        for name, index in list(self.indexes.items()):
            if index.status == "DELETING":
                del self.indexes[name]
                self._forget_definitions()
            index.status = "ACTIVE"
        self.jobs, self.committed, self._passing = set(), self.billing, False

    def _settle_throughput(self) -> None:
        if self.billing == "PAY_PER_REQUEST" and ("billing" in self.jobs or not self.on_demand_since):
            self.on_demand_since = rehearsal.now() if self.jobs else self.created
        for one in (self, *self.indexes.values()):
            if one.pending:
                one.warm = warm_units(one.rcu, one.wcu, one.warm)  # it never falls
                one.changes.end(*one.pending, one)
                (one.rcu, one.wcu), one.pending = one.pending, None
            one.warm, one.warming = one.warm | one.warming, {}
            one.on_demand = {unit: number for unit, number in (one.on_demand or {}).items() if number >= 0}

    def _settle_extras(self) -> None:
        if "class" in self.jobs:
            self.extra["TableClassSummary"] = {
                "TableClass": self.next_class,
                "LastUpdateDateTime": rehearsal.now(),
            }
        if "encryption" in self.jobs:
            self.extra.pop("SSEDescription", None)
            if self.next_encryption:
                self.extra["SSEDescription"] = self.next_encryption

    def _forget_definitions(self) -> None:
        used = set(self.keys).union(*(index.keys for index in self.indexes.values()))
        self.definitions = {name: kind for name, kind in self.definitions.items() if name in used}

    @property
    def status(self) -> str:
        """The state now: a passing one, "ACTIVE", or "GONE" when a deletion has ended.

        Not all that is being done shows: a table is ACTIVE while it is encrypted or warmed up.
        """
        self.settle()
        if not self._passing:
            return self._status
        indexes = {index.status for index in self.indexes.values()}
        if self._status == "ACTIVE" and (self.jobs & _SHOWN_JOBS or indexes & {"CREATING", "DELETING"}):
            return "UPDATING"
        return self._status

    # --- changes ---------------------------------------------------------------------------------------------

    def update(self, request: dict) -> None:
        """Take over what an UpdateTable request changes."""
        self._begin()
        self.protected = request.get("DeletionProtectionEnabled", self.protected)
        self._take_billing(request.get("BillingMode", self.committed))
        stays = "billing" not in self.jobs
        if wanted := request.get("ProvisionedThroughput"):
            self.jobs.add("iops")
            self._take_throughput(self, wanted, stays)
        if request.get("WarmThroughput"):
            self.jobs.add("warm")
            self.warming |= request["WarmThroughput"]
        self._change_extras(request)
        if "StreamSpecification" in request:
            self.jobs.add("stream")
            self.take_stream(request["StreamSpecification"])
        changes = request.get("GlobalSecondaryIndexUpdates") or []
        for one in request.get("AttributeDefinitions") or []:
            if any("Create" in change for change in changes):
                self.definitions.setdefault(one["AttributeName"], one["AttributeType"])
        for change in changes:
            self._change_index(*next(iter(change.items())), stays)
        self._forget_definitions()

    def _take_billing(self, billing: str) -> None:
        if billing == self.committed:  # also one that would turn a switch back, which goes on
            return
        self.billing = billing
        self.jobs.add("billing")
        for one in (self, *self.indexes.values()):
            one.warm, one.on_demand = warm_units(one.rcu, one.wcu, one.warm), None
            if billing == "PAY_PER_REQUEST":
                one.rcu = one.wcu = 0

    def _take_throughput(self, one: "TableState | Index", wanted: dict, stays: bool) -> None:
        """Capacity of a table that `stays` provisioned, or of its index, is the old one until the update has ended."""
        units = wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]
        one.changes.begin(*units, one)
        if stays:
            one.pending = units
        else:
            one.rcu, one.wcu = units

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
        index.warming |= change.get("WarmThroughput") or {}
        if asked := change.get("OnDemandThroughput"):
            index.on_demand, index.status = (index.on_demand or {}) | asked, "UPDATING"
        if wanted := change.get("ProvisionedThroughput"):
            index.status = "UPDATING"
            self._take_throughput(index, wanted, stays)

    def _change_extras(self, request: dict) -> None:
        if request.get("TableClass", self.table_class) != self.table_class:
            self.jobs.add("class")
            self.next_class, self.class_changes = request["TableClass"], self.class_changes + 1
        if asked := request.get("OnDemandThroughput"):
            self.on_demand = (self.on_demand or {}) | asked
        if "SSESpecification" in request:
            self.jobs.add("encryption")
            self.next_encryption = self._encryption(request["SSESpecification"])
            told = self.extra.get("SSEDescription", {}) | {"Status": "UPDATING"}
            self.extra["SSEDescription"] = told

    @property
    def table_class(self) -> str:
        return self.extra.get("TableClassSummary", {}).get("TableClass", "STANDARD")

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
            self.policy = policy, str(max(int(rehearsal.now() * 1000), int(revision) + 1))

    def take_extras(self, request: dict) -> None:
        """Keep what a description of a new table repeats and the offline service does not act on."""
        if "TableClass" in request:
            self.extra["TableClassSummary"] = {"TableClass": request["TableClass"]}
        if encryption := self._encryption(request.get("SSESpecification") or {}):
            self.extra["SSEDescription"] = encryption

    def _encryption(self, wanted: dict) -> dict | None:
        """What is told of encryption with a key of KMS; None with the service's own."""
        if not wanted.get("Enabled", "SSEType" in wanted):
            return None
        owner = self.arn.replace(":dynamodb:", ":kms:").partition(":table/")[0]
        key = f"{owner}:key/{uuid.uuid5(uuid.NAMESPACE_URL, self.arn)}"
        return {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": wanted.get("KMSMasterKeyId", key)}

    # --- description -----------------------------------------------------------------------------------------

    def show(self) -> dict:
        """The description that DescribeTable answers; the next look sees the state that comes after."""
        told = self.describe()
        for one in (self, *(self.group.members.values() if self.group else ())):
            one._shown = True
        return told

    def show_stream(self) -> bool:
        """Whether the stream is being turned on or off; as with `show`, the next look sees what comes after."""
        self.settle()
        passing = self._passing and ("stream" in self.jobs or self._status in ("CREATING", "DELETING"))
        self._shown = self._shown or passing
        return passing

    def describe_deleted(self) -> dict:
        """What DeleteTable tells: not what the table looked like."""
        return {name: value for name, value in self.describe().items() if name not in _NOT_OF_DELETED}

    def describe(self) -> dict:
        """What CreateTable, UpdateTable and DescribeTable tell of the table."""
        told = {
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in sorted(self.definitions.items())
            ],
            "TableName": self.name,
            "KeySchema": [
                {"AttributeName": name, "KeyType": role}
                for name, role in zip(self.keys, ("HASH", "RANGE"), strict=False)
            ],
            "TableStatus": self.status,
            "CreationDateTime": self.created,
            "ProvisionedThroughput": self.changes.told()
            | {"ReadCapacityUnits": self.rcu, "WriteCapacityUnits": self.wcu},
            "TableSizeBytes": self.shelf.size,
            "ItemCount": len(self.shelf),
            "TableArn": self.arn,
            "TableId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.arn}/{self.created}")),
            "DeletionProtectionEnabled": self.protected,
            "WarmThroughput": warm_units(self.rcu, self.wcu, self.warm)
            | {"Status": "UPDATING" if self.warming or self.warm and self.status == "CREATING" else "ACTIVE"},
            **self.extra,
        }
        if self.group:
            told["GlobalTableVersion"] = "2019.11.21"
            told["Replicas"] = [
                {"RegionName": region, "ReplicaStatus": one.status}
                for region, one in self.group.members.items()
                if one is not self
            ]
        if self.on_demand:
            told["OnDemandThroughput"] = self.on_demand
        if self.on_demand_since or self.billing == "PAY_PER_REQUEST":
            since = (
                {"LastUpdateToPayPerRequestDateTime": self.on_demand_since} if self.on_demand_since else {}
            )
            told["BillingModeSummary"] = {"BillingMode": self.billing} | since
            # the service tells this, its model does not have it
            told["TableThroughputModeSummary"] = {"TableThroughputMode": self.billing} | since
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


def _same(old: dict | None, new: dict | None) -> bool:
    """Whether two items are equal as DynamoDB's `=` sees it: the order in a set means nothing."""
    return old is not None and new is not None and typed({"M": old}) == typed({"M": new})
