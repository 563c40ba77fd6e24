"""Exercise of lesson 00."""

from helpers.exercises.box import Box, NotYet
from helpers.exercises.engine import Exercise

EMPLOYEES = {
    "TableName": "Employees",
    "KeySchema": [{"AttributeName": "employeeId", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "employeeId", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
NAMES = ("Inês Carvalho da Luz", "Sefo Leota", "Олена Ткаченко", "Noa Peretz")


def _judge_store(box: Box) -> str:
    there_already = {"employeeId": "E-001", "fullName": box.random.choice(NAMES)}
    table = box.table(EMPLOYEES, [there_already])
    returned = box.attempt(table)
    items = {item["employeeId"]: item for item in table.scan()["Items"]}
    added = items.keys() - {"E-001"}
    if "E-001" not in items:
        raise NotYet("E-001 was there already, and is gone: store a second item beside it")
    if items["E-001"] != there_already:
        raise NotYet("E-001 was there already, and your function changed it: store a second item beside it")
    if not added:
        returns = (
            ": it returns the item, and storing is a call to the table"
            if isinstance(returned, dict) and "employeeId" in returned
            else ""
        )
        raise NotYet(f"the table holds the same item as before{returns}")
    if "E-100" not in added:
        raise NotYet(f"the table now also holds {', '.join(sorted(added))}, and E-100 was asked for")
    if others := sorted(added - {"E-100"}):
        raise NotYet(f"the table now also holds {', '.join(others)}, and only E-100 was asked for")
    _judge_name(items["E-100"])
    return "the table holds two items, and E-100 is one of them"


def _judge_name(item: dict) -> None:
    if "fullName" not in item:
        near = sorted(name for name in item if name.lower().replace("_", "").replace(" ", "") == "fullname")
        if near:
            raise NotYet(
                f"E-100 has an attribute {near[0]}, and names must agree to the letter: fullName was asked for"
            )
        raise NotYet("E-100 is stored, but has no attribute fullName")
    if not isinstance(item["fullName"], str) or not item["fullName"].strip():
        raise NotYet("E-100 is stored, but its fullName is not a text with something in it")


EXERCISES = [
    Exercise(
        hints=(
            "The fourth code cell of this lesson stores an item. Which of its two values have to change?",
            "Call the method put_item of table with Item= and a dictionary of two attributes.",
        ),
        judge=_judge_store,
    ),
]
