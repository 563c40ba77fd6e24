"""What moto answers and DynamoDB would not: each function asks moto and puts the answer right.

Sources: the API Reference page of each operation; for capacity
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import uuid
from decimal import Decimal

from helpers.capacity import read_units, wire_item_size, write_units
from helpers.offline.tables import TableState


def of_moto(service, operation: str, request: dict) -> dict:
    """An answer that needs no correction."""
    return service.ask_moto(operation, request)


# --- tables --------------------------------------------------------------------------------------------------


def create_table(service, operation: str, request: dict) -> dict:
    service.ask_moto(operation, request)
    service.tables[request["TableName"]] = table = TableState.of(request)
    return {"TableDescription": _describe(service, request["TableName"]) | {"TableStatus": table.status}}


def describe_table(service, operation: str, request: dict) -> dict:
    table = service.tables[request["TableName"]]
    if table.status == "DELETING":
        return {"Table": table.last | {"TableStatus": table.show()}}
    return {"Table": _describe(service, request["TableName"]) | {"TableStatus": table.show()}}


def update_table(service, operation: str, request: dict) -> dict:
    service.ask_moto(operation, request)
    table = service.tables[request["TableName"]]
    before = _describe(service, request["TableName"])
    table.update(request)
    return {"TableDescription": before | {"TableStatus": table.status}}


def delete_table(service, operation: str, request: dict) -> dict:
    table = service.tables[request["TableName"]]
    table.last = _describe(service, request["TableName"])
    service.ask_moto(operation, request)
    table.enter("DELETING")
    return {"TableDescription": table.last | {"TableStatus": table.status}}


def list_tables(service, operation: str, request: dict) -> dict:
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
    told["TableSizeBytes"] = sum(map(wire_item_size, service.items_of(name)))
    return told


# --- capacity of single items and of pages, on tables without indexes ----------------------------------------


def get_item(service, operation: str, request: dict) -> dict:
    answer = service.ask_moto(operation, request)
    if _asked(request):
        size = _stored_size(service, request["TableName"], request["Key"])
        _report(answer, request, read_units(size, _consistency(request)))
    return answer


def write_item(service, operation: str, request: dict) -> dict:
    """PutItem, UpdateItem and DeleteItem cost by the larger of the item before and after."""
    name = request["TableName"]
    if not _asked(request):
        return _tidy(service.ask_moto(operation, request))
    key = request.get("Key") or {
        attribute: request["Item"][attribute] for attribute in service.tables[name].keys
    }
    before = _stored_size(service, name, key)
    answer = service.ask_moto(operation, request)
    after = _stored_size(service, name, key)
    return _report(_tidy(answer), request, Decimal(write_units(max(before, after))))


def read_page(service, operation: str, request: dict) -> dict:
    """Query and Scan add up what they evaluated, before filter and projection, and round the sum once."""
    answer = service.ask_moto(operation, request)
    if request.get("Select") == "COUNT":
        answer.pop("Items", None)
    if not _asked(request):
        return _tidy(answer)
    evaluated = service.ask_moto(operation, _unfiltered(request))["Items"]
    return _report(answer, request, read_units(sum(map(wire_item_size, evaluated)), _consistency(request)))


def _unfiltered(request: dict) -> dict:
    """The same page without filter and projection, and without the names and values that only they use."""
    dropped = {
        "FilterExpression",
        "ProjectionExpression",
        "Select",
        "AttributesToGet",
        "ScanFilter",
        "QueryFilter",
    }
    page = {member: value for member, value in request.items() if member not in dropped}
    used = request.get("KeyConditionExpression", "")
    for member in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        page[member] = {name: value for name, value in request.get(member, {}).items() if name in used}
        if not page[member]:
            del page[member]
    return page


def _asked(request: dict) -> bool:
    return request.get("ReturnConsumedCapacity", "NONE") != "NONE"


def _consistency(request: dict) -> str:
    return "strong" if request.get("ConsistentRead") else "eventual"


def _stored_size(service, name: str, key: dict) -> int:
    found = service.ask_moto("GetItem", {"TableName": name, "Key": key})
    return wire_item_size(found["Item"]) if "Item" in found else 0


def _report(answer: dict, request: dict, units: Decimal) -> dict:
    answer["ConsumedCapacity"] = {"TableName": request["TableName"], "CapacityUnits": float(units)}
    if request["ReturnConsumedCapacity"] == "INDEXES":
        answer["ConsumedCapacity"]["Table"] = {"CapacityUnits": float(units)}
    return answer


def _tidy(answer: dict) -> dict:
    """Without the capacity that nobody asked for and the attributes that there are none of."""
    answer.pop("ConsumedCapacity", None)
    if answer.get("Attributes") == {}:
        del answer["Attributes"]
    return answer


ANSWERS = {
    "CreateTable": create_table,
    "DescribeTable": describe_table,
    "UpdateTable": update_table,
    "DeleteTable": delete_table,
    "ListTables": list_tables,
    "GetItem": get_item,
    "PutItem": write_item,
    "UpdateItem": write_item,
    "DeleteItem": write_item,
    "Query": read_page,
    "Scan": read_page,
}
