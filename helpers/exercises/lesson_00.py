"""Exercise of lesson 00."""

from helpers.exercises.engine import Box, Exercise, NotYet

EMPLOYEES = {
    "TableName": "Employees",
    "KeySchema": [{"AttributeName": "employeeId", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "employeeId", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
THERE_ALREADY = {"employeeId": "E-001", "fullName": "Inês Carvalho da Luz"}


def _judge_store(box: Box) -> str:
    table = box.table(EMPLOYEES, [THERE_ALREADY])
    returned = box.attempt(table)
    items = {item["employeeId"]: item for item in table.scan()["Items"]}
    added = items.keys() - {"E-001"}
    if items.get("E-001") != THERE_ALREADY:
        raise NotYet("E-001 was there already, and your function changed it: store a second item beside it")
    if not added:
        returns = (
            ": it returns the item, and storing is a call to the table" if isinstance(returned, dict) else ""
        )
        raise NotYet(f"the table holds the same item as before{returns}")
    if "E-100" not in added:
        raise NotYet(f"the table now also holds {', '.join(sorted(added))}, and E-100 was asked for")
    if others := sorted(added - {"E-100"}):
        raise NotYet(f"the table now also holds {', '.join(others)}, and only E-100 was asked for")
    _judge_name(items["E-100"])
    return "the table holds two items, and E-100 is one of them"


def _judge_name(item: dict) -> None:
    near = [name for name in item if name.lower().replace("_", "") == "fullname"]
    if near and near != ["fullName"]:
        raise NotYet(
            f"E-100 has an attribute {near[0]}, and names are case-sensitive: fullName was asked for"
        )
    if "fullName" not in item:
        raise NotYet("E-100 is stored, but has no attribute fullName")
    if not isinstance(item["fullName"], str) or not item["fullName"].strip():
        raise NotYet("E-100 is stored, but its fullName is not a text with something in it")


def add_yourself(table):
    table.put_item(Item={"employeeId": "E-100", "fullName": "Ada Example"})


def _other_id(table):
    table.put_item(Item={"employeeId": "E-1", "fullName": "Ada Example"})


def _overwrites(table):
    table.put_item(Item={"employeeId": "E-001", "fullName": "Ada Example"})


def _no_key(table):
    table.put_item(Item={"id": "E-100", "fullName": "Ada Example"})


def _number_key(table):
    table.put_item(Item={"employeeId": 100, "fullName": "Ada Example"})


def _only_returns(table):
    return {"employeeId": "E-100", "fullName": "Ada Example"}


def _other_case(table):
    table.put_item(Item={"employeeId": "E-100", "fullname": "Ada Example"})


def _no_name(table):
    table.put_item(Item={"employeeId": "E-100", "jobTitle": "Cartographer"})


def _empty_name(table):
    table.put_item(Item={"employeeId": "E-100", "fullName": ""})


def _forgets_item(table):
    table.put_item({"employeeId": "E-100", "fullName": "Ada Example"})


EXERCISES = [
    Exercise(
        hints=(
            "The fourth cell of this lesson stores an item. Which of its two values have to change?",
            "Call the method put_item of table with Item= and a dictionary of two attributes.",
        ),
        judge=_judge_store,
        solution=add_yourself,
        wrong=(
            (_other_id, "the table now also holds E-1, and E-100 was asked for"),
            (_overwrites, "E-001 was there already, and your function changed it"),
            (
                _no_key,
                "DynamoDB refused PutItem: One or more parameter values were invalid: Missing the key employeeId",
            ),
            (_number_key, "Type mismatch for key employeeId expected: S actual: N"),
            (_only_returns, "it returns the item, and storing is a call to the table"),
            (_other_case, "E-100 has an attribute fullname, and names are case-sensitive"),
            (_no_name, "E-100 is stored, but has no attribute fullName"),
            (_empty_name, "its fullName is not a text with something in it"),
            (_forgets_item, "your function raised TypeError"),
        ),
    ),
]
