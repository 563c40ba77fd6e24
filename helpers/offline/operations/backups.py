"""Backups: those that are asked for, and the one that a deleted table with recovery leaves.

Sources: the API Reference page of each operation; developer guide, Point-in-time backups: how it works, Delete a table
with PITR enabled. What is told of a SYSTEM backup is from "ack-api-quirks": DDB-BACKUP-014 and 015.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from helpers.offline import rehearsal
from helpers.offline.language.values import INVALID
from helpers.offline.operations import settings
from helpers.offline.refusal import Refused
from helpers.offline.tables.table import TableState

_SUMMARY = (
    "BackupArn",
    "BackupName",
    "BackupCreationDateTime",
    "BackupStatus",
    "BackupType",
    "BackupSizeBytes",
    "BackupExpiryDateTime",
)
SECONDS_OF_SYSTEM_BACKUP = 35 * 24 * 3600
_ARN = re.compile(r"arn:[^:]*:dynamodb:[^:]*:[^:]*:table/[^/]+/backup/.+")
_TABLE = ("TableName", "TableId", "TableArn")
_SOURCE = (*_TABLE, "TableSizeBytes", "KeySchema", "ItemCount", "OnDemandThroughput")
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
    def of(cls, table: TableState, items: Iterable[dict], **details) -> "Backup":
        """A copy with a table's settings as they are, and with these items."""
        definitions = table.describe()["AttributeDefinitions"]
        return cls(_source(table), _features(table), definitions, list(items), details)

    def describe(self) -> dict:
        return {
            "BackupDetails": self.details,
            "SourceTableDetails": self.source,
            "SourceTableFeatureDetails": {} if self.details["BackupType"] == "SYSTEM" else self.features,
        }

    def summary(self) -> dict:
        return of_names(self.source, _TABLE) | of_names(self.details, _SUMMARY)


def create_backup(service, request: dict, parsed: None) -> dict:
    table = settings.copyable(service, request["TableName"])
    backup = _make(service, table, request["BackupName"], "USER", uuid.uuid4().hex[:8])
    return {"BackupDetails": backup.details | {"BackupStatus": "CREATING"}}


def keep_deleted(service, table: TableState) -> None:
    """Make the SYSTEM backup of a table that is being deleted, if its recovery is on."""
    if table.recovery:
        backup = _make(service, table, f"{table.name}$DeletedTableBackup", "SYSTEM", "0" * 8)
        made = backup.details["BackupCreationDateTime"]
        backup.details["BackupExpiryDateTime"] = made + SECONDS_OF_SYSTEM_BACKUP


def _make(service, table: TableState, name: str, kind: str, number: str) -> Backup:
    now = rehearsal.now()
    arn = f"{table.arn}/backup/{int(now * 1000):014}-{number}"
    service.backups[arn] = backup = Backup.of(
        table,
        table.shelf,
        BackupArn=arn,
        BackupName=name,
        BackupSizeBytes=table.shelf.size,
        BackupStatus="AVAILABLE",
        BackupType=kind,
        BackupCreationDateTime=now,
    )
    return backup


def describe_backup(service, request: dict, parsed: None) -> dict:
    return {"BackupDescription": find(service, request["BackupArn"]).describe()}


def delete_backup(service, request: dict, parsed: None) -> dict:
    backup = find(service, request["BackupArn"])
    if expiry := backup.details.get("BackupExpiryDateTime"):
        until = datetime.fromtimestamp(expiry, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        raise Refused(
            f"Invalid Request: User is not allowed to delete the system backup with arn {request['BackupArn']}. "
            f"It will automatically expire on {until}"
        )
    del service.backups[request["BackupArn"]]
    backup.details["BackupStatus"] = "DELETED"
    return {"BackupDescription": backup.describe()}


def list_backups(service, request: dict, parsed: None) -> dict:
    _forget_expired(service)
    found = [one.summary() for one in service.backups.values()]
    found = [one for one in found if _asked_for(one, request)]
    if after := request.get("ExclusiveStartBackupArn"):
        places = [number for number, one in enumerate(found, 1) if one["BackupArn"] == after]
        found = found[places[0] :] if places else []
    limit = request.get("Limit", len(found))
    more = {"LastEvaluatedBackupArn": found[limit - 1]["BackupArn"]} if len(found) > limit else {}
    return {"BackupSummaries": found[:limit], **more}


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


def _forget_expired(service) -> None:
    for arn, backup in list(service.backups.items()):
        if backup.details.get("BackupExpiryDateTime", float("inf")) <= rehearsal.now():
            del service.backups[arn]


def find(service, arn: str) -> Backup:
    """The backup with this ARN.

    Raises:
        Refused: there is none, or none any more.
    """
    _forget_expired(service)
    if not _ARN.fullmatch(arn):
        raise Refused("Invalid Backup ARN")
    if arn not in service.backups:
        raise Refused(f"Backup not found: {arn}", "BackupNotFoundException")
    return service.backups[arn]


def of_names(told: dict, names: tuple[str, ...]) -> dict:
    """These members of a description, as far as they are there."""
    return {name: told[name] for name in names if name in told}


def _units(told: dict) -> dict:
    units = told["ProvisionedThroughput"]
    return {"ProvisionedThroughput": of_names(units, ("ReadCapacityUnits", "WriteCapacityUnits"))}


def _source(table: TableState) -> dict:
    told = table.describe()
    made = {"TableCreationDateTime": told["CreationDateTime"], "BillingMode": table.billing}
    return of_names(told, _SOURCE) | made | _units(told)


def _features(table: TableState) -> dict:
    told, features = table.describe(), {}
    if local := told.get("LocalSecondaryIndexes"):
        features["LocalSecondaryIndexes"] = [of_names(one, _INDEX) for one in local]
    if others := told.get("GlobalSecondaryIndexes"):
        features["GlobalSecondaryIndexes"] = [of_names(one, _INDEX) | _units(one) for one in others]
    if stream := told.get("StreamSpecification"):
        features["StreamDescription"] = stream
    if table.ttl:
        features["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl}
    if encryption := told.get("SSEDescription"):
        features["SSEDescription"] = dict(encryption)
    return features
