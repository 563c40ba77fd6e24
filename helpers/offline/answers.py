"""What moto answers and DynamoDB would not: each function asks moto and puts the answer right.

Sources: the API Reference page of each operation; for capacity
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import uuid

from helpers.capacity import wire_item_size
from helpers.offline import items, pages
from helpers.offline.tables import TableState


def of_moto(service, operation: str, request: dict) -> dict:
    """moto's own answer. What it wrote behind the shelves' back is put onto them."""
    answer = service.ask_moto(operation, request)
    if operation not in READ_ONLY:
        for name, table in service.tables.items():
            if table.status != "DELETING":
                table.shelf = service.shelf_of_moto(name)
    return answer


# --- tables --------------------------------------------------------------------------------------------------


def create_table(service, request: dict, parsed: None) -> dict:
    service.ask_moto("CreateTable", request)
    service.tables[request["TableName"]] = table = TableState.of(request)
    return {"TableDescription": _describe(service, request["TableName"]) | {"TableStatus": table.status}}


def describe_table(service, request: dict, parsed: None) -> dict:
    table = service.tables[request["TableName"]]
    if table.status == "DELETING":
        return {"Table": table.last | {"TableStatus": table.show()}}
    return {"Table": _describe(service, request["TableName"]) | {"TableStatus": table.show()}}


def update_table(service, request: dict, parsed: None) -> dict:
    service.ask_moto("UpdateTable", request)
    table = service.tables[request["TableName"]]
    before = _describe(service, request["TableName"])
    table.update(request)
    return {"TableDescription": before | {"TableStatus": table.status}}


def delete_table(service, request: dict, parsed: None) -> dict:
    table = service.tables[request["TableName"]]
    table.last = _describe(service, request["TableName"])
    service.ask_moto("DeleteTable", request)
    table.enter("DELETING")
    return {"TableDescription": table.last | {"TableStatus": table.status}}


def list_tables(service, request: dict, parsed: None) -> dict:
    names = sorted(name for name in service.tables if name > request.get("ExclusiveStartTableName", ""))
    limit = request.get("Limit", 100)
    more = {"LastEvaluatedTableName": names[limit - 1]} if len(names) > limit else {}
    return {"TableNames": names[:limit], **more}


def _describe(service, name: str) -> dict:
    """moto's description of a table, with what DynamoDB leaves out taken away and what it adds put in."""
    table = service.tables[name]
    told = service.ask_moto("DescribeTable", {"TableName": name})["Table"]
    for indexes in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if not told.get(indexes):
            told.pop(indexes, None)
    told.pop("BillingModeSummary", None)
    if table.seen_on_demand:
        told["BillingModeSummary"] = {"BillingMode": table.billing}
    told["ProvisionedThroughput"] = {
        "NumberOfDecreasesToday": table.decreases,
        "ReadCapacityUnits": table.rcu,
        "WriteCapacityUnits": table.wcu,
    }
    told["TableId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{told['TableArn']}/{told['CreationDateTime']}"))
    told["TableSizeBytes"] = sum(map(wire_item_size, table.shelf))
    return told


# Parameters of before 2014, which moto evaluates.
LEGACY = {"Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter"}
READ_ONLY = {
    "ListTagsOfResource",
    "DescribeTimeToLive",
    "DescribeLimits",
    "DescribeEndpoints",
    "TransactGetItems",
}

ANSWERS = {
    "CreateTable": create_table,
    "DescribeTable": describe_table,
    "UpdateTable": update_table,
    "DeleteTable": delete_table,
    "ListTables": list_tables,
    "GetItem": items.get_item,
    "PutItem": items.put_item,
    "UpdateItem": items.update_item,
    "DeleteItem": items.delete_item,
    "BatchGetItem": items.batch_get_item,
    "BatchWriteItem": items.batch_write_item,
    "Query": pages.query,
    "Scan": pages.scan,
}
