"""Operations on tables. What a table is, `helpers.offline.tables` knows.

Sources: the API Reference page of each operation.
"""

from helpers.offline.operations import backups, settings
from helpers.offline.refusal import Refused
from helpers.offline.tables import admission, quotas, table_rules
from helpers.offline.tables.table import TableState, short_name


def check_create(request: dict) -> None:
    table_rules.check_create(request)
    settings.check_tags(request.get("Tags") or [])
    if "ResourcePolicy" in request:
        settings.check_policy(request["ResourcePolicy"])


def create_table(service, request: dict, parsed: None) -> dict:
    request["TableName"] = name = short_name(request["TableName"])
    if name in service.tables:
        if service.tables[name].status == "CREATING":
            raise admission.in_use(f"Table is being created: {name}")
        raise Refused(f"Table already exists: {name}", "ResourceInUseException")
    quotas.check_highest(service, request)
    for index in request.get("GlobalSecondaryIndexes") or []:
        quotas.check_highest(service, index, index["IndexName"])
    table = TableState.of(request, service.arn(name))
    add(service, table)
    told = table.describe()
    for one in told.get("GlobalSecondaryIndexes", []):
        del one["WarmThroughput"]
    if not request.get("WarmThroughput"):
        del told["WarmThroughput"]
    return {"TableDescription": told}


def add(service, table: TableState) -> None:
    """Make a table, and its stream, known to the service."""
    service.tables[table.name] = table
    if table.stream:
        service.streams[table.stream.arn] = table.stream


def describe_table(service, request: dict, parsed: None) -> dict:
    return {"Table": service.find(request["TableName"]).show()}


def delete_table(service, request: dict, parsed: None) -> dict:
    table = service.find(request["TableName"])
    admission.check_there(table)
    table_rules.check_unprotected(table)
    admission.check_delete(table)
    check_no_source(table, service.region)
    backups.keep_deleted(service, table)
    end(table, service.region)
    return {"TableDescription": table.describe_deleted()}


def check_no_source(table: TableState, region: str) -> None:
    """Refuse to delete a replica that another one was added from within a day."""
    if table.group and table.group.is_source(region):
        raise Refused(
            "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to "
            "the table in the last 24 hours."
        )


def end(table: TableState, region: str) -> None:
    """Begin to delete a table of a Region."""
    if table.group:
        table.group.leave(region)
    table.enter("DELETING")
    if table.stream:
        table.stream.close()


def list_tables(service, request: dict, parsed: None) -> dict:
    names = sorted(name for name in service.tables if name > request.get("ExclusiveStartTableName", ""))
    limit = request.get("Limit", 100)
    more = {"LastEvaluatedTableName": names[limit - 1]} if len(names) > limit else {}
    return {"TableNames": names[:limit], **more}
