"""What the offline service knows of a table beside its items, and the states it passes through."""

import re
import time
import uuid
from dataclasses import dataclass, field

from helpers.offline.indexes import Index
from helpers.offline.refusal import Refused
from helpers.offline.shelf import Shelf
from helpers.offline.streams import Stream

# On AWS a state lasts seconds to minutes. Here it passes once a describe has shown it, so that every run of a
# lesson sees the same; who never describes waits this long.
SECONDS_IN_STATE = 10.0
# What a new on-demand table serves at once:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
_WARM = (12_000, 4_000)
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
        protected: whether deletion protection is on.
        on_demand_since: when it last became on-demand; DescribeTable has a BillingModeSummary from then on.
        decreases: how often capacity was lowered today; `increased`, `decreased`: when it last was changed.
        extra: further members of its description, such as TableClassSummary.
        indexes: its secondary indexes by name.
        shelf: its items.
        stream: its stream, also one that was disabled; None if it never had one.
        ttl: the attribute that Time to Live looks at, or None; `ttl_changed`: when that was last set.
        tags: key -> value.
        recovery: since when point-in-time recovery is on; None while it is off.
    """

    name: str
    arn: str
    definitions: dict[str, str]
    keys: dict[str, str]
    billing: str
    rcu: int
    wcu: int
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
    recovery: float | None = None
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
        if self.stream and self.stream.enabled:
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
        if self._status == "ACTIVE" or not (self._shown or time.monotonic() - self._since > SECONDS_IN_STATE):
            return
        self._status = "GONE" if self._status == "DELETING" else "ACTIVE"
        for name, index in list(self.indexes.items()):
            if index.status == "DELETING":
                del self.indexes[name]
                self._forget_definitions()
            index.status = "ACTIVE"

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
        if billing == "PAY_PER_REQUEST" != self.billing:
            self.on_demand_since = time.time()
            self.rcu = self.wcu = 0
            for index in self.indexes.values():
                index.rcu = index.wcu = 0
        self.billing = billing
        if wanted := request.get("ProvisionedThroughput"):
            self._take_throughput(wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"])
        self.take_extras(request)
        self.take_stream(request.get("StreamSpecification"))
        for one in request.get("AttributeDefinitions") or []:
            if request.get("GlobalSecondaryIndexUpdates"):
                self.definitions[one["AttributeName"]] = one["AttributeType"]
        for change in request.get("GlobalSecondaryIndexUpdates") or []:
            self._change_index(*next(iter(change.items())))
        self._forget_definitions()
        self.enter("UPDATING")

    def _take_throughput(self, rcu: int, wcu: int) -> None:
        if rcu < self.rcu or wcu < self.wcu:
            self.decreases, self.decreased = self.decreases + 1, time.time()
        if rcu > self.rcu or wcu > self.wcu:
            self.increased = time.time()
        self.rcu, self.wcu = rcu, wcu

    def _change_index(self, action: str, change: dict) -> None:
        name = change["IndexName"]
        if action == "Create":
            self.indexes[name] = index = Index.of(change, self.definitions, self.keys, True)
            index.fill(self.shelf)
            index.status = "CREATING"
        elif action == "Delete":
            self.indexes[name].status = "DELETING"
        elif wanted := change.get("ProvisionedThroughput"):
            index = self.indexes[name]
            index.rcu, index.wcu = wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]
            index.status = "UPDATING"

    def take_stream(self, wanted: dict | None) -> None:
        """Turn the stream on or off as a StreamSpecification says."""
        if wanted and wanted["StreamEnabled"]:
            self.stream = Stream(self.name, self.arn, list(self.keys), wanted["StreamViewType"])
        elif wanted and self.stream:
            self.stream.close()

    def take_extras(self, request: dict) -> None:
        """Keep what a description repeats and the offline service does not act on."""
        if "TableClass" in request:
            self.extra["TableClassSummary"] = {"TableClass": request["TableClass"]}
        if "OnDemandThroughput" in request:
            self.extra["OnDemandThroughput"] = request["OnDemandThroughput"]
        if encryption := request.get("SSESpecification"):
            self.extra.pop("SSEDescription", None)
            if encryption.get("Enabled"):
                key = uuid.uuid5(uuid.NAMESPACE_URL, self.arn)
                owner = self.arn.replace(":dynamodb:", ":kms:").partition(":table/")[0]
                self.extra["SSEDescription"] = {
                    "Status": "ENABLED",
                    "SSEType": "KMS",
                    "KMSMasterKeyArn": encryption.get("KMSMasterKeyId", f"{owner}:key/{key}"),
                }

    # --- description -----------------------------------------------------------------------------------------

    def show(self) -> dict:
        """The description that DescribeTable answers; the next look sees the state that comes after."""
        told = self.describe()
        self._shown = True
        return told

    def describe(self) -> dict:
        """What CreateTable, UpdateTable, DescribeTable and DeleteTable tell of the table."""
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
            "WarmThroughput": self._warm(),
            **self.extra,
        }
        if self.on_demand_since:
            told["BillingModeSummary"] = {
                "BillingMode": self.billing,
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

    def _warm(self) -> dict:
        reads, writes = _WARM if self.billing == "PAY_PER_REQUEST" else (self.rcu, self.wcu)
        return {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes, "Status": "ACTIVE"}
