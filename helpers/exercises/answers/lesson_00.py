"""Answers to the exercise of lesson 00."""

from helpers.exercises.engine import Answers


def add_yourself(table):
    table.put_item(Item={"employeeId": "E-100", "fullName": "Ada Example"})


def _puts(**item):
    return lambda table: table.put_item(Item=item) and None


def _puts_with_a_client(table):
    client = table.meta.client
    client.put_item(TableName=table.name, Item={"employeeId": "E-100", "fullName": "Ada Example"})


def _updates(table):
    return table.update_item(
        Key={"employeeId": "E-100"},
        UpdateExpression="SET fullName = :name",
        ExpressionAttributeValues={":name": "Ada Example"},
    )


def _in_partiql(table):
    statement = f"INSERT INTO \"{table.name}\" VALUE {{'employeeId': 'E-100', 'fullName': 'Ada Example'}}"
    table.meta.client.execute_statement(Statement=statement)


def _in_a_batch(table):
    with table.batch_writer() as batch:
        batch.put_item(Item={"employeeId": "E-100", "fullName": "Ada Example", "jobTitle": "Cartographer"})


def _deletes_first(table):
    table.delete_item(Key={"employeeId": "E-001"})
    add_yourself(table)


def _stores_and_keeps_the_dots(table):
    add_yourself(table)
    return ...


ANSWERS = [
    Answers(
        solution=add_yourself,
        wrong=(
            (
                _puts(employeeId="E-1", fullName="Ada"),
                "the table now also holds E-1, and E-100 was asked for",
            ),
            (
                _puts(employeeId="E-001", fullName="Ada"),
                "E-001 was there already, and your function changed it",
            ),
            (_deletes_first, "E-001 was there already, and is gone"),
            (
                _puts(id="E-100", fullName="Ada Example"),
                "DynamoDB refused PutItem: One or more parameter values were invalid: Missing the key employeeId",
            ),
            (
                _puts(employeeId=100, fullName="Ada"),
                "Type mismatch for key employeeId expected: S actual: N",
            ),
            (
                lambda table: {"employeeId": "E-100", "fullName": "Ada Example"},
                "it returns the item, and storing is a call to the table",
            ),
            (
                _puts(employeeId="E-100", fullname="Ada"),
                "E-100 has an attribute fullname, and names must agree",
            ),
            (
                _puts(employeeId="E-100", jobTitle="Cartographer"),
                "E-100 is stored, but has no attribute fullName",
            ),
            (_puts(employeeId="E-100", fullName=""), "its fullName is not a text with something in it"),
            (lambda table: table.put_item({"employeeId": "E-100"}), "your function raised TypeError"),
            (_stores_and_keeps_the_dots, "the dots are still in the return line"),
            (lambda table: None, "the table holds the same item as before"),
        ),
        right=(_puts_with_a_client, _updates, _in_partiql, _in_a_batch),
    ),
]
