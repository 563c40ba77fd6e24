"""On-demand backups and point-in-time recovery: what a backup holds, and the table that is made of one.

Sources: the API Reference page of each operation.
"""

import re
import uuid
from dataclasses import dataclass

from helpers.offline import rehearsal
from helpers.offline.language.values import INVALID
from helpers.offline.operations import settings, tables
from helpers.offline.refusal import Refused
from helpers.offline.tables.table import TableState

_SUMMARY = (
    "BackupArn",
    "BackupName",
    "BackupCreationDateTime",
    "BackupStatus",
    "BackupType",
    "BackupSizeBytes",
)
_ARN = re.compile(r"arn:[^:]*:dynamodb:[^:]*:[^:]*:table/[^/]+/backup/.+")
_TABLE = ("TableName", "TableId", "TableArn")
_SOURCE = (*_TABLE, "TableSizeBytes", "KeySchema", "ItemCount", "OnDemandThroughput")
_INDEXES = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
_RESTORED = {"KeySchema", "BillingMode", "ProvisionedThroughput", "OnDemandThroughput"}
_INDEX = ("IndexName", "KeySchema", "Projection", "OnDemandThroughput")


@dataclass(frozen=True)
class Backup:
    """A table as it was.

    Attributes:
        source, features: what it was like, as SourceTableDetails and SourceTableFeatureDetails.
        definitions: its AttributeDefinitions.
        items: its items.
        details: BackupDetails; empty for a copy that is no backup.
    """

    source: dict
    features: dict
    definitions: list[dict]
    items: list[dict]
    details: dict

    @classmethod
    def of(cls, table: TableState, **details) -> "Backup":
        definitions = table.describe()["AttributeDefinitions"]
        return cls(_source(table), _features(table), definitions, list(table.shelf), details)

    def describe(self) -> dict:
        return {
            "BackupDetails": self.details,
            "SourceTableDetails": self.source,
            "SourceTableFeatureDetails": self.features,
        }

    def summary(self) -> dict:
        return _of(self.source, _TABLE) | _of(self.details, _SUMMARY)


def create_backup(service, request: dict, parsed: None) -> dict:
    table, now = settings.copyable(service, request["TableName"]), rehearsal.now()
    arn = f"{table.arn}/backup/{int(now * 1000):014}-{uuid.uuid4().hex[:8]}"
    service.backups[arn] = backup = Backup.of(
        table,
        BackupArn=arn,
        BackupName=request["BackupName"],
        BackupSizeBytes=table.shelf.size,
        BackupStatus="AVAILABLE",
        BackupType="USER",
        BackupCreationDateTime=now,
    )
    return {"BackupDetails": backup.details | {"BackupStatus": "CREATING"}}


def describe_backup(service, request: dict, parsed: None) -> dict:
    return {"BackupDescription": _find(service, request["BackupArn"]).describe()}


def delete_backup(service, request: dict, parsed: None) -> dict:
    backup = _find(service, request["BackupArn"])
    del service.backups[request["BackupArn"]]
    backup.details["BackupStatus"] = "DELETED"
    return {"BackupDescription": backup.describe()}


def list_backups(service, request: dict, parsed: None) -> dict:
    found = [one.summary() for one in service.backups.values()]
    found = [one for one in found if _asked_for(one, request)]
    if after := request.get("ExclusiveStartBackupArn"):
        places = [number for number, one in enumerate(found, 1) if one["BackupArn"] == after]
        found = found[places[0] :] if places else []
    limit = request.get("Limit", len(found))
    more = {"LastEvaluatedBackupArn": found[limit - 1]["BackupArn"]} if len(found) > limit else {}
    return {"BackupSummaries": found[:limit], **more}


# --- restores ------------------------------------------------------------------------------------------------

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
    backup = _find(service, request["BackupArn"])
    when = {
        "SourceBackupArn": request["BackupArn"],
        "RestoreDateTime": backup.details["BackupCreationDateTime"],
    }
    return _restore(service, request, backup, when)


def restore_to_point(service, request: dict, parsed: None) -> dict:
    table = settings.restorable(service, request)
    when = request.get("RestoreDateTime", rehearsal.now())
    if int(table.written) > when:  # to the second, as recovery is
        raise Refused("The offline service keeps no state of a table from before its last write.")
    return _restore(service, request, Backup.of(table), {"RestoreDateTime": when})


def _restore(service, request: dict, backup: Backup, when: dict) -> dict:
    name = request["TargetTableName"]
    if name in service.tables:
        raise Refused(f"Table already exists: {name}", "TableAlreadyExistsException")
    wanted = _wanted(backup, request)
    tables.check_create(wanted)
    tables.create_table(service, wanted, None)
    table = service.tables[name]
    for item in backup.items:
        table.write(None, item)
    table.extra["RestoreSummary"] = when | {
        "SourceTableArn": backup.source["TableArn"],
        "RestoreInProgress": True,
    }
    return {"TableDescription": table.describe()}


def _wanted(backup: Backup, request: dict) -> dict:
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
    known = [_of(one, alike) for one in there]
    for one in wanted:
        if _of(one, alike) not in known:
            raise Refused(f"The table that is restored had no such index: {one['IndexName']}")


# --- what is told --------------------------------------------------------------------------------------------


def _asked_for(summary: dict, request: dict) -> bool:
    """Whether a backup is of the table, the type and the time that a request names; the upper bound is exclusive."""
    made = summary["BackupCreationDateTime"]
    return (
        request.get("TableName", summary["TableName"]) in (summary["TableName"], summary["TableArn"])
        and request.get("BackupType", "USER") in ("ALL", summary["BackupType"])
        and request.get("TimeRangeLowerBound", made) <= made < request.get("TimeRangeUpperBound", made + 1)
    )


def check_list(request: dict) -> None:
    if request.get("TimeRangeLowerBound", 0) > request.get("TimeRangeUpperBound", float("inf")):
        raise Refused(f"{INVALID}Time range lower bound must be less than or equal to upper bound")


def _find(service, arn: str) -> Backup:
    if not _ARN.fullmatch(arn):
        raise Refused("Invalid Backup ARN")
    if arn not in service.backups:
        raise Refused(f"Backup not found: {arn}", "BackupNotFoundException")
    return service.backups[arn]


def _of(told: dict, names: tuple[str, ...]) -> dict:
    return {name: told[name] for name in names if name in told}


def _units(told: dict) -> dict:
    units = told["ProvisionedThroughput"]
    return {"ProvisionedThroughput": _of(units, ("ReadCapacityUnits", "WriteCapacityUnits"))}


def _source(table: TableState) -> dict:
    told = table.describe()
    made = {"TableCreationDateTime": told["CreationDateTime"], "BillingMode": table.billing}
    return _of(told, _SOURCE) | made | _units(told)


def _features(table: TableState) -> dict:
    told, features = table.describe(), {}
    if local := told.get("LocalSecondaryIndexes"):
        features["LocalSecondaryIndexes"] = [_of(one, _INDEX) for one in local]
    if others := told.get("GlobalSecondaryIndexes"):
        features["GlobalSecondaryIndexes"] = [_of(one, _INDEX) | _units(one) for one in others]
    if stream := told.get("StreamSpecification"):
        features["StreamDescription"] = stream
    if table.ttl:
        features["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl}
    if encryption := told.get("SSEDescription"):
        features["SSEDescription"] = dict(encryption)
    return features
