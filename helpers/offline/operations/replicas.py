"""Replicas of a table in other Regions of this process: UpdateTable's ReplicaUpdates, version 2019.11.21.

Sources: developer guide, Global tables core concepts; the wording and the stream that a first replica turns on are from
"ack-api-quirks": DDB-TABLE-203, 223, 224, 225, 266, 305. Several Regions of strong consistency (MRSC) are not here.
"""

from botocore.session import Session

from helpers.offline import rehearsal
from helpers.offline.language.values import INVALID
from helpers.offline.operations import restores, tables
from helpers.offline.operations.backups import Backup
from helpers.offline.refusal import Refused
from helpers.offline.tables import table_rules
from helpers.offline.tables.group import Group
from helpers.offline.tables.table import TableState

_NOT_HERE = "The offline service has no {}."
_STRONG = ("MultiRegionConsistency", "GlobalTableWitnessUpdates")
_OF_ALL = ("GlobalSecondaryIndexUpdates", "BillingMode", "ProvisionedThroughput")


def check_update(request: dict) -> None:
    table_rules.check_update(request)
    check_replicas(request)


def update_table(service, request: dict, parsed: None) -> dict:
    table = service.find(request["TableName"])
    table_rules.check_update_of(service, table, request)
    check_of(table, request)
    for update in request.get("ReplicaUpdates", ()):
        change(service, table, update)
    table.update(request)
    tables.add(service, table)
    told = table.describe()
    if request.keys() & {"BillingMode", "TableClass"}:  # also if they are what they were
        told["TableStatus"] = "UPDATING"
    if "SSESpecification" in request:  # whatever else is going on
        told["TableStatus"] = "ACTIVE"
    return {"TableDescription": told}


def check_replicas(request: dict) -> None:
    """What a request for replicas may not ask for, whatever the table is."""
    if request.get("MultiRegionConsistency") == "STRONG" or "GlobalTableWitnessUpdates" in request:
        raise Refused(_NOT_HERE.format("global tables with strong consistency (MRSC)"))
    updates = request.get("ReplicaUpdates")
    if updates is None:
        return
    if request.keys() - {"TableName", "ReplicaUpdates", *_STRONG}:
        raise Refused(f"{INVALID}ReplicaUpdates must be the only operation in the request")
    if any(not update for update in updates):
        raise Refused("There are no actions specified in the Replica Update Action of the request.")
    if any(len(update) > 1 for update in updates):
        raise Refused("Update table operation with more than one type of replica actions not allowed.")
    if len(updates) > 1:
        raise Refused(
            "Update table operation with more than one create or delete replica actions not allowed"
        )
    ((action, wanted),) = updates[0].items()
    if action not in ("Create", "Delete") or wanted.keys() != {"RegionName"}:
        raise Refused(_NOT_HERE.format("settings of one replica alone"))


def check_of(table: TableState, request: dict) -> None:
    """What an UpdateTable request may not ask of a replica."""
    if table.group is None:
        return
    if "StreamSpecification" in request:
        raise Refused(f"{INVALID}Disabling Stream is not allowed for a Global Table replica.")
    if asked := [member for member in _OF_ALL if request.get(member)]:
        raise Refused(_NOT_HERE.format(f"change of {asked[0]} in a global table"))


def change(service, table: TableState, update: dict) -> None:
    """Add a replica, or take one away."""
    ((action, wanted),) = update.items()
    region = wanted["RegionName"]
    if region == service.region:
        raise Refused(
            "Cannot add or delete the local region through ReplicaUpdates. "
            "Use CreateTable, DeleteTable, or UpdateTable as required."
        )
    if action == "Delete":
        return _delete(table, region)
    known = Session().get_available_regions("dynamodb")
    if region not in known:
        raise Refused(
            f"Region {region} is not supported. The latest version of global tables are only supported in the "
            f"following regions: [{', '.join(known)}]"
        )
    _create(service, service.beside(region), table)


def _create(service, other, table: TableState) -> None:
    if table.name in other.tables:
        raise Refused(
            f"Failed to create a the new replica of table with name: ‘{table.name}’ "  # the service's words
            "because one or more replicas already existed as tables."
        )
    if table.billing != "PAY_PER_REQUEST":
        raise Refused("Table write capacity should either be Pay-Per-Request or AutoScaled.")
    if "SSEDescription" in table.extra:
        raise Refused(_NOT_HERE.format("replica of a table with a key of KMS"))
    if not (table.stream and table.stream.enabled):
        table.take_stream({"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
        tables.add(service, table)
    wanted = restores.wanted(Backup.of(table, ()), {"TargetTableName": table.name})
    stream = {"StreamEnabled": True, "StreamViewType": table.stream.view}
    tables.create_table(other, wanted | {"StreamSpecification": stream}, None)
    replica = other.tables[table.name]
    replica.ttl = table.ttl
    for item in table.shelf:
        replica.apply(None, item)
    group = table.group or Group()
    group.join(service.region, table)
    group.join(other.region, replica)
    group.sources[other.region] = service.region, rehearsal.now()


def _delete(table: TableState, region: str) -> None:
    replica = table.group and table.group.members.get(region)
    if not replica:
        raise Refused(
            "Update global table operation failed because one or more replicas were not part of the global table. "
            f"Please retry the request without these replicas: [{region}]."
        )
    if replica.protected:
        raise Refused(
            f"Cannot delete table {table.name} in region {region} because it has deletion protection enabled. "
            "Disable deletion protection first."
        )
    tables.check_no_source(replica, region)
    tables.end(replica, region)
