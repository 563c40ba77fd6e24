"""What a table refuses while it is created, changed or deleted.

Not the state decides, but what is being done and what is asked. From a survey of the service in October 2026, published
as "ack-api-quirks": its findings DDB-TABLE-001, 006, 119, 120, 149, 150, 163, 175, 286, 369, 370, 375, 376 and 444.
"""

from helpers.offline.refusal import Refused
from helpers.offline.tables.table import TableState

_STREAM = " Table: {table} Stream: {stream} Operation: {operation}"
_CLASS = "TableClassUpdateInProgress: {table_class}"
_INDEXES = " Table: {table} Indexes: [{indexes}]"
_OF_UNITS = "OnDemandThroughput cannot be updated while "
# (what is asked, what is being done) -> what is told. What is not here goes on at the same time.
_IN_USE = {
    ("iops", "iops"): "Table IOPS are currently being updated. Table: {table}",
    ("iops", "billing"): "Table IOPS are currently being updated. Table: {table}",
    ("iops", "stream"): "Can't change table IOPS when stream status is being updated." + _STREAM,
    ("iops", "CREATING"): "Can't change table IOPS when an index is being created." + _INDEXES,
    ("iops", "DELETING"): "Can't change table IOPS when an index is being deleted." + _INDEXES,
    ("stream", "iops"): "Can't enable or disable stream while table IOPS are being updated. Table: {table}",
    (
        "stream",
        "billing",
    ): "Can't enable or disable stream while table IOPS are being updated. Table: {table}",
    ("stream", "stream"): "A stream status change is currently in progress." + _STREAM,
    ("stream", "class"): (
        "Can't change stream status when a table class update is in progress. Table: {table} " + _CLASS
    ),
    ("stream", "CREATING"): "Can't change stream status when an index is being created." + _INDEXES,
    ("class", "stream"): "Can't update table class when stream status is being updated." + _STREAM,
    ("class", "class"): (
        "Can't update table class when a table class update is in progress. Table: {table} " + _CLASS
    ),
    ("on demand", "billing"): _OF_UNITS + "BillingMode update is in progress",
    ("on demand", "stream"): _OF_UNITS + "stream status update is in progress",
    ("on demand", "class"): _OF_UNITS + "TableClass update is in progress. " + _CLASS,
    ("on demand", "CREATING"): _OF_UNITS + "index creation is in progress for indexes: [{indexes}]",
    ("on demand", "DELETING"): _OF_UNITS + "index deletion is in progress for indexes: [{indexes}]",
    ("index", "iops"): "Can't create or delete indexes while table IOPS are being updated. Table: {table}",
    ("index", "billing"): "Can't create or delete indexes while table IOPS are being updated. Table: {table}",
    ("index", "stream"): "Can't create or delete an index when stream status is being updated." + _STREAM,
    ("index", "class"): (
        "Can't create or delete an index when a table class update is in progress. Table: {table} " + _CLASS
    ),
    ("encryption", "encryption"): "Server-Side Encryption is still being updated",
    ("table", "CREATING"): "Cannot delete table while indexes are being created, updated, or deleted.",
    ("table", "UPDATING"): "Cannot delete table while indexes are being created, updated, or deleted.",
    ("table", "DELETING"): "Cannot delete table while indexes are being created, updated, or deleted.",
    ("table", "stream"): "Cannot delete table while stream is being enabled/disabled.",
} | {
    ("table", job): "Table: {table} is in the process of being updated."
    for job in ("iops", "billing", "class", "encryption", "warm")
}
# An index of this status, and what is asked of it.
_INDEX_IN_USE = {
    ("CREATING", "Delete"): (
        "Index creation is in resource allocation phase. "
        "Retry deletion during backfilling phase or when the index is active."
    ),
    ("CREATING", "Update"): "Index is being created but is not backfilling yet.",
    ("UPDATING", "Update"): "Index is being updated.",
} | {("DELETING", action): "Index is being deleted." for action in ("Create", "Update", "Delete")}
_ASKED = {
    "ProvisionedThroughput": "iops",
    "StreamSpecification": "stream",
    "TableClass": "class",
    "OnDemandThroughput": "on demand",
    "SSESpecification": "encryption",
}


def in_use(told: str) -> Refused:
    return Refused(f"Attempt to change a resource which is still in use: {told}", "ResourceInUseException")


def check_there(table: TableState) -> None:
    """A table that is created or deleted takes no change."""
    doing = {"CREATING": "created", "DELETING": "deleted"}.get(table.status)
    if doing:
        raise in_use(f"Table is being {doing}: {table.name}")


def check_update(table: TableState, request: dict) -> None:
    """Refuse an update that does not go together with what is being done."""
    check_there(table)
    changes = request.get("GlobalSecondaryIndexUpdates") or []
    for change in changes:
        for action, wanted in change.items():
            _check_index(table, action, wanted["IndexName"])
    asked = [_ASKED[member] for member in request if member in _ASKED]
    if request.get("BillingMode", table.committed) != table.committed or (
        "BillingMode" in request and table.jobs & {"iops", "billing"} and table.committed == "PROVISIONED"
    ):
        asked.append("iops")
    if any("Update" not in change for change in changes):
        asked.append("index")
        if any(index.status in ("CREATING", "DELETING") for index in table.indexes.values()):
            raise Refused(
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
                "LimitExceededException",
            )
    if "WarmThroughput" in request and any(one.status == "CREATING" for one in table.indexes.values()):
        raise Refused("Table is under system maintenance, please try again later", "InternalServerError", 500)
    _check(table, asked)


def check_delete(table: TableState) -> None:
    """Refuse to delete a table that is being changed."""
    check_there(table)
    _check(table, ["table"])


def _check_index(table: TableState, action: str, name: str) -> None:
    index = table.indexes.get(name)
    if index and (told := _INDEX_IN_USE.get((index.status, action))):
        raise in_use(f"{told} Table: {table.name} Index: {name}")


def _check(table: TableState, asked: list[str]) -> None:
    doing = table.jobs | {index.status for index in table.indexes.values()}
    for pair, told in _IN_USE.items():
        if pair[0] in asked and pair[1] in doing:
            raise in_use(
                told.format(
                    table=table.name,
                    stream=table.stream and table.stream.label,
                    operation="ENABLE" if table.stream and table.stream.enabled else "DISABLE",
                    table_class=table.next_class,
                    indexes=", ".join(one.name for one in table.indexes.values() if one.status == pair[1]),
                )
            )
