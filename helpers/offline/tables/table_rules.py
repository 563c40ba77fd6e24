"""What CreateTable, UpdateTable and DeleteTable refuse.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html and API_UpdateTable.html; the
wording and the order are those of dynalite's and Alternator's tests, which ran on the service.
"""

from helpers.offline.language.values import INVALID
from helpers.offline.refusal import Refused
from helpers.offline.tables import admission, quotas, warm
from helpers.offline.tables.indexes import Index
from helpers.offline.tables.table import TableState

MAX_LOCAL, MAX_GLOBAL, MAX_PROJECTED = 5, 20, 100
MAX_UNITS = 10**12
MAX_KEY_PARTS = 4
TABLE_CLASSES = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")


def _invalid(told: str) -> Refused:
    return Refused(INVALID + told)


# --- CreateTable ---------------------------------------------------------------------------------------------


def check_create(request: dict) -> None:
    """What a CreateTable request may not ask for, whatever tables there are."""
    _take_mode(request)
    billing = request.get("BillingMode", "PROVISIONED")
    on_demand = billing == "PAY_PER_REQUEST"
    _check_billing(on_demand, request.get("ProvisionedThroughput"))
    defined = [one["AttributeName"] for one in request["AttributeDefinitions"]]
    keys = [one["AttributeName"] for one in request["KeySchema"]]
    if twice := _twice(defined):
        raise Refused(f"Attribute Name is duplicated: {twice}")
    if len(keys) > len(defined):
        raise Refused("Invalid KeySchema: Some index key attribute have no definition")
    _check_schema(request["KeySchema"], defined)
    indexed = "LocalSecondaryIndexes" in request or "GlobalSecondaryIndexes" in request
    if not indexed and len(keys) != len(defined):
        raise _invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions"
        )
    indexes = (request.get("LocalSecondaryIndexes") or []) + (request.get("GlobalSecondaryIndexes") or [])
    names: set[str] = set()
    _check_local(request.get("LocalSecondaryIndexes"), keys, defined, names)
    for index in indexes:
        _check_defined([one["AttributeName"] for one in index["KeySchema"]], defined)
    used = {*keys, *(one["AttributeName"] for index in indexes for one in index["KeySchema"])}
    if indexes and used != set(defined):
        raise _invalid(
            f"Some AttributeDefinitions are not used. AttributeDefinitions: [{', '.join(sorted(defined))}], "
            f"keys used: [{', '.join(sorted(used))}]"
        )
    _check_global(request.get("GlobalSecondaryIndexes"), defined, names, on_demand)
    _check_projected(sum(len(one["Projection"].get("NonKeyAttributes", [])) for one in indexes))
    for index in request.get("GlobalSecondaryIndexes") or []:
        warm.check_new(index, f"index {index['IndexName']}")
        quotas.check_on_demand(index.get("OnDemandThroughput"), billing, index["IndexName"], new=True)
    check_stream(request.get("StreamSpecification"), _STREAM_OF_NEW)
    _check_class(request)
    _check_encryption(request.get("SSESpecification") or {})
    quotas.check_on_demand(request.get("OnDemandThroughput"), billing, new=True)
    warm.check_new(request, "table")


def _take_mode(request: dict) -> None:
    """TableThroughputMode is another name of BillingMode, which decides if both are there."""
    if mode := request.pop("TableThroughputMode", None):
        request.setdefault("BillingMode", mode)


def _twice(names: list[str]) -> str | None:
    """The first name that is there a second time."""
    return next((name for number, name in enumerate(names) if name in names[:number]), None)


def _check_class(request: dict) -> None:
    if request.get("TableClass", "STANDARD") not in TABLE_CLASSES:
        raise Refused(
            "Invalid table-class parameter provided. Please try again with a valid table-class value: "
            f"[{', '.join(TABLE_CLASSES)}]."
        )


def _check_encryption(wanted: dict) -> None:
    kind, key = wanted.get("SSEType"), wanted.get("KMSMasterKeyId")
    if wanted.get("Enabled") is False and kind:
        raise _invalid("SSEType can not be specified if Enabled is false")
    if wanted.get("Enabled") is False and key:
        raise _invalid("KMSMasterKeyId can not be specified if Enabled is false")
    if kind == "AES256":
        raise _invalid("SSEType AES256 is not supported")
    if key and not kind:
        raise _invalid("SSEType KMS is required if KMSMasterKeyId is specified")


def _check_billing(on_demand: bool, wanted: dict | None) -> None:
    if on_demand and wanted:
        raise _invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and not wanted:
        raise _invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    _check_bounds(wanted)


def _check_bounds(wanted: dict | None) -> None:
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if wanted and wanted[name] > MAX_UNITS:
            raise Refused(f"Given value {wanted[name]} for {name} is out of bounds")


def _check_defined(keys: list[str], defined: list[str]) -> None:
    if not set(keys) <= set(defined):
        raise _invalid(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(keys)}], AttributeDefinitions: [{', '.join(defined)}]"
        )


def _check_schema(schema: list[dict], defined: list[str]) -> None:
    keys = [one["AttributeName"] for one in schema]
    _check_defined(keys, defined)
    if len(keys) == 2 and keys[0] == keys[1]:
        raise Refused("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    if schema[0]["KeyType"] != "HASH":
        raise Refused("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(schema) > 1 and schema[1]["KeyType"] != "RANGE":
        raise Refused("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")


def _check_global_schema(schema: list[dict], defined: list[str]) -> None:
    """A global index may have several attributes in its partition key, and several in its sort key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.MultiAttributeKeys
    """
    roles = [one["KeyType"] for one in schema]
    keys = [one["AttributeName"] for one in schema]
    if len(schema) < 3 and roles != ["HASH", "HASH"]:
        _check_schema(schema, defined)
        return
    _check_defined(keys, defined)
    if len(set(keys)) < len(keys):
        raise Refused("The KeySchema contains multiple key attributes with the same name")
    if roles[0] != "HASH":
        raise Refused("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if roles != sorted(roles):
        raise _invalid("All HASH key attributes must precede RANGE key attributes in the KeySchema")
    for role in ("HASH", "RANGE"):
        if roles.count(role) > MAX_KEY_PARTS:
            raise _invalid(f"The KeySchema exceeds the maximum allowed number of {role} key attributes")


def _check_local(indexes: list[dict] | None, keys: list[str], defined: list[str], names: set[str]) -> None:
    if indexes is None:
        return
    if not indexes:
        raise _invalid("List of LocalSecondaryIndexes is empty")
    if len(keys) != 2:
        raise _invalid(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    for index in indexes:
        name, schema = index["IndexName"], index["KeySchema"]
        _check_schema(schema, defined)
        if len(schema) != 2:
            raise _invalid(f"Index KeySchema does not have a range key for index: {name}")
        if (own := schema[0]["AttributeName"]) != keys[0]:
            raise _invalid(
                f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
                f"index hash key: {own}, table hash key: {keys[0]}"
            )
        _check_projection(index["Projection"])
        _check_name(name, names)
    if len(indexes) > MAX_LOCAL:
        raise _invalid(f"Number of LocalSecondaryIndexes exceeds per-table limit of {MAX_LOCAL}")


def _check_global(indexes: list[dict] | None, defined: list[str], names: set[str], on_demand: bool) -> None:
    if indexes is None:
        return
    if not indexes:
        raise _invalid("List of GlobalSecondaryIndexes is empty")
    for index in indexes:
        _check_global_schema(index["KeySchema"], defined)
        _check_projection(index["Projection"])
        _check_index_billing(index, on_demand)
        _check_name(index["IndexName"], names)
    if len(indexes) > MAX_GLOBAL:
        raise _invalid(f"GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL}")


def _check_index_billing(index: dict, on_demand: bool) -> None:
    name, wanted = index["IndexName"], index.get("ProvisionedThroughput")
    if on_demand and wanted:
        raise _invalid(
            f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and not wanted:
        raise _invalid(f"ProvisionedThroughput is not specified for index: {name}")
    _check_bounds(wanted)


def _check_projection(projection: dict) -> None:
    kind, names = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        raise _invalid("Unknown ProjectionType: null")
    if names is not None and kind != "INCLUDE":
        raise _invalid(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    if names is None and kind == "INCLUDE":
        raise _invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if twice := _twice(names or []):
        raise _invalid(f"Duplicate element in NonKeyAttributes: {twice}")


def _check_projected(count: int) -> None:
    if count > MAX_PROJECTED:
        raise _invalid(
            f"Total number of NonKeyAttributes projected into all indexes exceeds per-table limit of {MAX_PROJECTED}"
        )


def _check_name(name: str, names: set[str]) -> None:
    if name in names:
        raise _invalid(f"Duplicate index name: {name}")
    names.add(name)


# What a stream that is on without a view type, and one that is off with one, are told: in a new table, in one that is there.
_STREAM_OF_NEW = (
    "Table is being created with a stream enabled, UpdateViewType is required",
    "Table is being created with a stream disabled, UpdateViewType should not be specified",
)
_STREAM_OF_OLD = (
    "If stream is being enabled then UpdateViewType is required",
    "If stream is being disabled, then UpdateViewType must not be specified",
)


def check_stream(wanted: dict | None, told: tuple[str, str]) -> None:
    """A stream that is on has a view type, one that is off has none."""
    if wanted and wanted["StreamEnabled"] != ("StreamViewType" in wanted):
        raise _invalid(told[0] if wanted["StreamEnabled"] else told[1])


# --- UpdateTable ---------------------------------------------------------------------------------------------
# What an update may not mix, and how it is told, was found by a survey of the service in October 2026, published as
# "ack-api-quirks": its findings DDB-TABLE-015, 018, 056, 152, 160, 174, 359, 382, 433, 442 and 456.

_MEMBERS = (
    "ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, "
    "ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
    "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass"
)
# Members that stand alone, in the order in which the service looks for them.
_ALONE = {
    "SSESpecification": "Server-Side Encryption modification must be the only operation in the request",
    "TableClass": "TableClass modification must be the only operation in the request",
    "DeletionProtectionEnabled": "DeletionProtection modification must be the only operation in the request",
}
MAX_CLASS_CHANGES = 2
EMPTY_ALONE = ("WarmThroughput", "OnDemandThroughput")  # the service stumbles over them
# Pairs that do not go together; "index" is the creation or deletion of one.
_APART = {
    (
        "ProvisionedThroughput",
        "StreamSpecification",
    ): "You cannot modify stream status while updating table IOPS",
    (
        "WarmThroughput",
        "Create",
    ): "Create global secondary index cannot be specified when updating WarmThroughput",
    ("ProvisionedThroughput", "index"): "You cannot create or delete index while updating table IOPS",
    ("StreamSpecification", "index"): "You cannot create or delete index while changing stream status",
}


def check_update(request: dict) -> None:
    """What an UpdateTable request may not ask for, whatever the table is."""
    _take_mode(request)
    asked = {name for name, value in request.items() if value not in ([], None)}
    asked -= {"TableName", "AttributeDefinitions", "MultiRegionConsistency"}
    if not asked:
        there = (one for one in ("MultiRegionConsistency, ",) if "MultiRegionConsistency" in request)
        raise Refused(f"At least one of {_MEMBERS.replace(next(there, '-'), '')} is required")
    if request.get("GlobalSecondaryIndexUpdates") == []:
        raise _invalid("List of GlobalSecondaryIndexUpdates is empty")
    for member in EMPTY_ALONE:  # with another member, an empty one does not count
        if request.get(member) == {} and len(asked) > 1:
            del request[member]
            asked.remove(member)
    _check_mixture(asked, request)
    if request.get("BillingMode") == "PAY_PER_REQUEST" and request.get("ProvisionedThroughput"):
        raise _invalid("ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST")
    if request.get("BillingMode") == "PROVISIONED" and not request.get("ProvisionedThroughput"):
        raise _invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    _check_bounds(request.get("ProvisionedThroughput"))
    seen: set[str] = set()
    for change in request.get("GlobalSecondaryIndexUpdates") or []:
        if not change:
            raise _invalid(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        if len(change) > 1:
            raise _invalid(
                "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"
            )
        name = next(iter(change.values()))["IndexName"]
        if name in seen:
            raise _invalid(
                f"Only one global secondary index update per index is allowed simultaneously. Index: {name}"
            )
        seen.add(name)
        if change.get("Update", {}).get("WarmThroughput") == {}:
            raise _invalid(
                "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified "
                f"for index: {name}"
            )
    check_stream(request.get("StreamSpecification"), _STREAM_OF_OLD)
    _check_class(request)
    _check_encryption(request.get("SSESpecification") or {})


def _check_mixture(asked: set[str], request: dict) -> None:
    for member, told in _ALONE.items():
        if member in asked and len(asked) > 1:
            raise _invalid(told)
    if "OnDemandThroughput" in asked and not asked <= {"OnDemandThroughput", "BillingMode"}:
        raise _invalid("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
    changes = request.get("GlobalSecondaryIndexUpdates") or []
    actions = {action for change in changes for action in change}
    mixed = asked | actions | ({"index"} if actions & {"Create", "Delete"} else set())
    for pair, told in _APART.items():
        if mixed.issuperset(pair):
            raise _invalid(told)
    if "WarmThroughput" in asked and asked - {"WarmThroughput", "GlobalSecondaryIndexUpdates"}:
        raise _invalid("WarmThroughput must be the only operation in the request")


def check_update_of(service, table: TableState, request: dict) -> None:
    """What an UpdateTable request may not ask of this table."""
    if any(request.get(member) == {} for member in EMPTY_ALONE):
        raise Refused("", "InternalFailure", 500)
    quotas.check_on_demand(request.get("OnDemandThroughput"), request.get("BillingMode", table.committed))
    admission.check_update(table, request)
    billing = request.get("BillingMode", table.committed)
    wanted = request.get("ProvisionedThroughput")
    if wanted and billing == "PAY_PER_REQUEST":
        _check_billing(True, wanted)
    changes = request.get("GlobalSecondaryIndexUpdates") or []
    if sum("Update" not in change for change in changes) > 1:
        raise Refused(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
            "LimitExceededException",
        )
    if billing == "PROVISIONED" != table.committed:
        given = {one["Update"]["IndexName"] for one in changes if "Update" in one}
        left = [one.name for one in table.indexes.values() if one.is_global and one.name not in given]
        if left:
            raise _invalid(f"ProvisionedThroughput must be specified for index: {','.join(left)}")
    if wanted:
        _check_change(wanted, table.rcu, table.wcu)
        quotas.check_decrease(table, wanted)
    warm.check_change(request, warm.warm_units(table.rcu, table.wcu, table.warm), "table")
    quotas.check_highest(service, request)
    for change in changes:
        action, changed = next(iter(change.items()))
        _check_index_change(table, request, billing, action, changed)
        quotas.check_highest(service, changed, changed["IndexName"])
    _check_stream_change(table, request.get("StreamSpecification"))
    _check_encryption_change(table, request.get("SSESpecification"))
    if "TableClass" in request and table.class_changes >= MAX_CLASS_CHANGES:
        raise Refused(
            f"Subscriber limit exceeded: Updates to TableClass are limited to {MAX_CLASS_CHANGES} times in 30 day(s).",
            "LimitExceededException",
        )


def _check_encryption_change(table: TableState, wanted: dict | None) -> None:
    if wanted is None:
        return
    there = table.extra.get("SSEDescription")
    if not there and not wanted.get("Enabled", "SSEType" in wanted):
        raise _invalid("Table is already encrypted by default")
    if there and wanted.get("KMSMasterKeyId") == there["KMSMasterKeyArn"]:
        raise _invalid(
            "Table is already encrypted with given KMSMasterKeyId. "
            "Use KMSMasterKeyId parameter if you want to change Master Key"
        )


def _check_change(wanted: dict, rcu: int, wcu: int, index: str = "") -> None:
    if (wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]) == (rcu, wcu):
        what = "index" if index else "table"
        raise Refused(
            f"The provisioned throughput for the {f'index {index}' if index else what} will not change. "
            "The requested value equals the current value. "
            f"Current ReadCapacityUnits provisioned for the {what}: {rcu}. Requested ReadCapacityUnits: {rcu}. "
            f"Current WriteCapacityUnits provisioned for the {what}: {wcu}. Requested WriteCapacityUnits: {wcu}. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        )


def _check_index_change(table: TableState, request: dict, billing: str, action: str, change: dict) -> None:
    name = change["IndexName"]
    index = table.indexes.get(name)
    if action == "Create":
        _check_new_index(table, request, billing, change)
    elif (wanted := change.get("ProvisionedThroughput")) and max(wanted.values()) > MAX_UNITS:
        raise Refused(
            "This operation cannot be performed with given input values. Please contact DynamoDB service team for "
            "more info: Action Blocked: IndexUpdate"
        )
    elif index is None and change.get("WarmThroughput"):
        raise Refused("", "InternalFailure", 500)  # the service stumbles over it
    elif index is None:
        raise Refused(
            f"Requested resource not found: Index {name} for table {table.name}", "ResourceNotFoundException"
        )
    elif not index.is_global:
        raise Refused(f"Cannot {action.lower()} an index that is not a GlobalSecondaryIndex: {name}")
    elif action == "Update":
        _check_index_update(index, billing, change)


def _check_index_update(index: Index, billing: str, change: dict) -> None:
    wanted = change.get("ProvisionedThroughput")
    kept = not change.get("OnDemandThroughput") and not change.get("WarmThroughput")
    if billing == "PAY_PER_REQUEST" and (wanted or kept):
        raise _invalid(
            f"The only Updates for index: {index.name} when TableThroughputMode is PAY_PER_REQUEST can be to "
            "OnDemandThroughput, WarmThroughput"
        )
    quotas.check_on_demand(change.get("OnDemandThroughput"), billing, index.name)
    warm.check_change(change, warm.warm_units(index.rcu, index.wcu, index.warm), f"index {index.name}")
    if wanted:
        _check_change(wanted, index.rcu, index.wcu, index.name)
        quotas.check_decrease(index, wanted)


def _check_new_index(table: TableState, request: dict, billing: str, change: dict) -> None:
    types = {one["AttributeName"]: one["AttributeType"] for one in request.get("AttributeDefinitions") or []}
    name, wanted = change["IndexName"], change.get("ProvisionedThroughput")
    if name in table.indexes:
        raise Refused("Attempting to create an index which already exists")
    if request.get("AttributeDefinitions") is None:
        raise _invalid(f"AttributeDefinitions is not specified for index: {name}")
    _check_global_schema(change["KeySchema"], list(types))
    for one in change["KeySchema"]:
        key = one["AttributeName"]
        if table.definitions.get(key, types[key]) != types[key]:
            role = one["KeyType"]
            raise _invalid(
                "Attributes cannot be redefined. Please check that your attribute has the same type as previously "
                f"defined. Existing schema: Schema:[SchemaElement: key{{{key}:{table.definitions[key]}:{role}}}] "
                f"New schema: Schema:[SchemaElement: key{{{key}:{types[key]}:{role}}}]"
            )
    _check_projection(change["Projection"])
    if wanted and billing == "PAY_PER_REQUEST":
        raise _invalid(
            f"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {name} "
            "when BillingMode is PAY_PER_REQUEST"
        )
    if not wanted and billing == "PROVISIONED":
        raise _invalid(f"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {name}")
    _check_bounds(wanted)
    quotas.check_on_demand(change.get("OnDemandThroughput"), billing, name, new=True)
    warm.check_new(change, f"index {name}")
    if sum(one.is_global for one in table.indexes.values()) >= MAX_GLOBAL:
        raise Refused(
            f"Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of {MAX_GLOBAL}",
            "LimitExceededException",
        )
    held = [_projected(index) for index in table.indexes.values()]
    _check_projected(sum(held) + len(change["Projection"].get("NonKeyAttributes", [])))


def _projected(index: Index) -> int:
    return len(index.projection.get("NonKeyAttributes", []))


def _check_stream_change(table: TableState, wanted: dict | None) -> None:
    if wanted is None:
        return
    is_on = table.stream is not None and table.stream.enabled
    if wanted["StreamEnabled"] and is_on:
        raise Refused(f"Table already has an enabled stream: TableName: {table.name}")
    if not wanted["StreamEnabled"] and not is_on:
        raise Refused(f"Table has no stream to disable: TableName: {table.name}")


# --- states --------------------------------------------------------------------------------------------------


def check_unprotected(table: TableState) -> None:
    """A table with deletion protection is not deleted."""
    if table.protected:
        raise Refused(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )
