"""Restores: the table that is made of a backup, or of a second that point-in-time recovery keeps.

Sources: the API Reference page of each operation.
"""

from helpers.offline.operations import settings, tables
from helpers.offline.operations.backups import Backup, find, of_names
from helpers.offline.refusal import Refused

_INDEXES = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
_RESTORED = {"KeySchema", "BillingMode", "ProvisionedThroughput", "OnDemandThroughput"}
# What a restore may ask to be otherwise than it was.
_OVERRIDES = {
    "BillingModeOverride": "BillingMode",
    "ProvisionedThroughputOverride": "ProvisionedThroughput",
    "OnDemandThroughputOverride": "OnDemandThroughput",
    "GlobalSecondaryIndexOverride": "GlobalSecondaryIndexes",
    "LocalSecondaryIndexOverride": "LocalSecondaryIndexes",
    "SSESpecificationOverride": "SSESpecification",
}


def restore_backup(service, request: dict, parsed: None) -> dict:
    backup = find(service, request["BackupArn"])
    when = {
        "SourceBackupArn": request["BackupArn"],
        "RestoreDateTime": backup.details["BackupCreationDateTime"],
    }
    return _restore(service, request, backup, when)


def restore_to_point(service, request: dict, parsed: None) -> dict:
    source = request.get("SourceTableArn") or request.get("SourceTableName")
    if source is None:
        raise Refused("Either SourceTableName or SourceTableArn must be specified.")
    if ("RestoreDateTime" in request) == bool(request.get("UseLatestRestorableTime")):
        raise Refused(
            "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, "
            "but not both"
        )
    table = settings.restorable(service, source)
    when = request.get("RestoreDateTime", table.recovery.latest)
    if not int(table.recovery.earliest) <= when <= table.recovery.latest:  # clients send whole seconds
        raise Refused(
            "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and "
            "LatestRestorableDateTime.",
            "InvalidRestoreTimeException",
        )
    return _restore(service, request, Backup.of(table, table.shelf_of(when)), {"RestoreDateTime": when})


def _restore(service, request: dict, backup: Backup, when: dict) -> dict:
    name = request["TargetTableName"]
    if name in service.tables:
        raise Refused(f"Table already exists: {name}", "TableAlreadyExistsException")
    asked = wanted(backup, request)
    tables.check_create(asked)
    tables.create_table(service, asked, None)
    table = service.tables[name]
    for item in backup.items:
        table.write(None, item)
    table.extra["RestoreSummary"] = when | {
        "SourceTableArn": backup.source["TableArn"],
        "RestoreInProgress": True,
    }
    return {"TableDescription": table.describe()}


def wanted(backup: Backup, request: dict) -> dict:
    """The CreateTable request for the table that a restore makes: as it was, but for the overrides.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
    """
    was = backup.source["BillingMode"]
    mode = request.get("BillingModeOverride", was)
    dropped = {"ProvisionedThroughput"} if "PAY_PER_REQUEST" in (was, mode) else set()
    dropped |= {"OnDemandThroughput"} if mode == "PROVISIONED" else set()
    old = {name: value for name, value in backup.source.items() if name in _RESTORED - dropped}
    for member in _INDEXES:
        indexes = backup.features.get(member, [])
        _check_indexes(indexes, request.get(f"{member.removesuffix('es')}Override") or [])
        old[member] = [{name: value for name, value in one.items() if name not in dropped} for one in indexes]
    if encryption := backup.features.get("SSEDescription"):
        kept = {"SSEType": "KMS", "KMSMasterKeyId": encryption["KMSMasterKeyArn"]}
        old["SSESpecification"] = {"Enabled": True, **kept}
    new = old | {member: request[name] for name, member in _OVERRIDES.items() if name in request}
    new = {member: value for member, value in new.items() if value != []}
    schemas = (new, *(index for member in _INDEXES for index in new.get(member, [])))
    keys = {key["AttributeName"] for one in schemas for key in one["KeySchema"]}
    used = [one for one in backup.definitions if one["AttributeName"] in keys]
    return new | {"TableName": request["TargetTableName"], "AttributeDefinitions": used}


def _check_indexes(there: list[dict], wanted: list[dict]) -> None:
    """A restore may leave indexes out, and make none that were not there."""
    alike = ("IndexName", "KeySchema", "Projection")
    known = [of_names(one, alike) for one in there]
    for one in wanted:
        if of_names(one, alike) not in known:
            raise Refused(f"The table that is restored had no such index: {one['IndexName']}")
