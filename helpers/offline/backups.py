"""On-demand backups: how they are made, listed and described; moto keeps the items that are in them.

Sources: the API Reference page of each operation.
"""

import re
from dataclasses import dataclass

from helpers.offline import settings
from helpers.offline.refusal import Refused
from helpers.offline.tables import TableState
from helpers.offline.values import INVALID

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
_INDEX = ("IndexName", "KeySchema", "Projection", "OnDemandThroughput")


@dataclass(frozen=True)
class Backup:
    """A backup: its BackupDetails, and what the table was like, as SourceTable…Details."""

    details: dict
    source: dict
    features: dict

    def describe(self) -> dict:
        return {
            "BackupDetails": self.details,
            "SourceTableDetails": self.source,
            "SourceTableFeatureDetails": self.features,
        }

    def summary(self) -> dict:
        return _of(self.source, _TABLE) | _of(self.details, _SUMMARY)


def create_backup(service, request: dict, parsed: None) -> dict:
    table = settings.recoverable(service, request["TableName"])
    service.give_moto_the_items()
    asked = {"TableName": table.name, "BackupName": request["BackupName"]}
    details = service.ask_moto("CreateBackup", asked)["BackupDetails"]
    details["BackupSizeBytes"] = table.shelf.size
    service.backups[details["BackupArn"]] = Backup(details, _source(table), _features(table))
    return {"BackupDetails": details | {"BackupStatus": "CREATING"}}


def describe_backup(service, request: dict, parsed: None) -> dict:
    return {"BackupDescription": _find(service, request["BackupArn"]).describe()}


def delete_backup(service, request: dict, parsed: None) -> dict:
    backup = _find(service, request["BackupArn"])
    service.ask_moto("DeleteBackup", request)
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


# What a restore may ask to be otherwise than it was.
_OVERRIDES = {
    "BillingModeOverride": "BillingMode",
    "ProvisionedThroughputOverride": "ProvisionedThroughput",
    "OnDemandThroughputOverride": "OnDemandThroughput",
    "GlobalSecondaryIndexOverride": "GlobalSecondaryIndexes",
    "LocalSecondaryIndexOverride": "LocalSecondaryIndexes",
    "SSESpecificationOverride": "SSESpecification",
}


def overridden(table: dict, request: dict) -> dict:
    """A restored table's description with what the request for it overrides.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
    """
    told = table | {member: request[name] for name, member in _OVERRIDES.items() if name in request}
    indexes = (told.get("GlobalSecondaryIndexes") or []) + (told.get("LocalSecondaryIndexes") or [])
    if told["BillingMode"] == "PAY_PER_REQUEST":
        for one in (told, *indexes):
            one.pop("ProvisionedThroughput", None)
    keys = {key["AttributeName"] for one in (told, *indexes) for key in one["KeySchema"]}
    used = [one for one in told["AttributeDefinitions"] if one["AttributeName"] in keys]
    return told | {"AttributeDefinitions": used}


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
