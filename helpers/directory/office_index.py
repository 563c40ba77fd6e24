"""The directory's second question, who works in an office, asked of a global secondary index.

An index finds exact bytes. So an item carries two copies for it, its office and its name as `model.fold` makes them,
and these are the key of the index: an office is one query, in the order of names, whatever the case and the accents
of what was typed. An item without an office is not in the index.

An older table lacks both. Whoever adds them goes in the order that leaves nobody out: first all programs that write
write the copies too, then the copies that are missing are written, then the index is added. [GSI.OnlineOps]
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from helpers.directory import model
from helpers.directory.model import DirectoryError, Employee

INDEX = "office_names"
OFFICE, NAME = "officeKey", "nameKey"
KEY_BYTES = {OFFICE: 2048, NAME: 1024}
"""The longest partition key and sort key. Folding can make a text many times longer. [Constraints]"""

WAITS = [min(0.05 * 2**number, 5) for number in range(126)]
"""Seconds between two looks at an index that is being filled; ten minutes in all."""


def with_index(request: dict[str, Any]) -> dict[str, Any]:
    """A CreateTable input with the index in it: all attributes, since a page shows all of an employee."""
    return {
        **request,
        "AttributeDefinitions": [*request["AttributeDefinitions"], *_definitions()],
        "GlobalSecondaryIndexes": [_index()],
    }


def make_sure(client: Any, table_name: str, key_name: str) -> None:
    """Add the index to a table that lacks it, with what it needs of each item, and wait until it is ACTIVE.

    boto3 has no waiter for an index. One is added at a time, so another one's end is waited for, too.

    Raises:
        DirectoryError: it is not ready after ten minutes.
        ClientError: the service refuses.
    """
    for wait in WAITS:
        table = client.describe_table(TableName=table_name)["Table"]
        state = _state(table)
        if state == "ACTIVE":
            return
        if state is None:
            _write_copies(client, table_name, key_name)
            _add(client, table)
        time.sleep(wait)
    raise DirectoryError(
        f"The index {INDEX} of the table {table_name} is still being filled: wait, then open the directory again."
    )


def _add(client: Any, table: dict[str, Any]) -> None:
    """Ask for the index, unless another program has just done so or is adding another one."""
    try:
        client.update_table(**_addition(table))
    except ClientError as error:
        told = error.response["Error"]
        busy = told["Code"] in ("ResourceInUseException", "LimitExceededException")
        if not busy and "index which already exists" not in told["Message"]:
            raise


def copies(full_name: str, location: str) -> dict[str, str | None]:
    """The copies that an item carries for the index; None is no attribute."""
    return {OFFICE: _folded(location, OFFICE), NAME: _folded(full_name, NAME)}


def wanted(location: str, begins: str) -> Callable[[Employee], bool]:
    """Whether an employee is asked for: a copy may be cut to a key's length, or be out of date where a program of an
    older version changed the item."""
    office, beginning = model.fold(location), model.fold(begins)
    return lambda one: model.fold(one.location) == office and model.fold(one.full_name).startswith(beginning)


def question(location: str, begins: str) -> dict[str, Any] | None:
    """The Query of an office's people whose names begin so; None if no item can have such a key."""
    office, beginning = _folded(location, OFFICE), _folded(begins, NAME) if begins else None
    if not office:
        return None
    condition, values = "#office = :office", {":office": office}
    names = {"#office": OFFICE}
    if beginning:
        condition += " AND begins_with(#name, :begins)"
        names["#name"], values[":begins"] = NAME, beginning
    return {
        "IndexName": INDEX,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def place(asked: dict[str, Any], cursor: str, key_name: str) -> dict[str, str]:
    """Where the page before ended, as ExclusiveStartKey: the key of the index and the key of the table.

    Raises:
        NotFound: no page of this question ended there.
    """
    name, key = model.from_cursor(cursor, str, str)
    values = asked["ExpressionAttributeValues"]
    sizes = [(name, KEY_BYTES[NAME]), (key, 2048)]
    if not name.startswith(values.get(":begins", "")) or not all(
        1 <= len(text.encode()) <= most for text, most in sizes
    ):
        raise model.not_there()
    return {OFFICE: values[":office"], NAME: name, key_name: key}


def _write_copies(client: Any, table_name: str, key_name: str) -> None:
    """Give older items their copies. No version changes, since nobody edited."""
    for page in client.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True):
        for item in page["Items"]:
            texts = (
                str(item[name]) if item.get(name) is not None else "" for name in ("fullName", "location")
            )
            right = copies(*texts)
            if {name: item.get(name) for name in right} != right:
                # Whoever changed the two meanwhile has written the copies.
                with suppress(client.exceptions.ConditionalCheckFailedException):
                    client.update_item(
                        TableName=table_name,
                        Key={key_name: item[key_name]},
                        **_correction(key_name, item, right),
                    )


def _correction(key_name: str, item: dict[str, Any], right: dict[str, str | None]) -> dict[str, Any]:
    """The arguments of an UpdateItem that sets the copies if name and office are still what they were."""
    given = {name: value for name, value in right.items() if value is not None}
    gone = [name for name in right if name not in given]
    changes = [f"SET {', '.join(f'#{name} = :{name}' for name in given)}"] if given else []
    changes += [f"REMOVE {', '.join(f'#{name}' for name in gone)}"] if gone else []
    read = {name: item[name] for name in ("fullName", "location") if name in item}
    same = [
        f"#{name} = :{name}" if name in read else f"attribute_not_exists(#{name})"
        for name in ("fullName", "location")
    ]
    return {
        "UpdateExpression": " ".join(changes),
        "ConditionExpression": " AND ".join(["attribute_exists(#key)", *same]),
        "ExpressionAttributeNames": {f"#{name}": name for name in (*right, "fullName", "location")}
        | {"#key": key_name},
        "ExpressionAttributeValues": {f":{name}": value for name, value in (given | read).items()},
    }


def _addition(table: dict[str, Any]) -> dict[str, Any]:
    """The UpdateTable input that adds the index to a table, given its description; its capacity is the table's."""
    index = _index()
    if table.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
        names = ("ReadCapacityUnits", "WriteCapacityUnits")
        index["ProvisionedThroughput"] = {name: table["ProvisionedThroughput"][name] for name in names}
    return {
        "TableName": table["TableName"],
        "AttributeDefinitions": _definitions(),
        "GlobalSecondaryIndexUpdates": [{"Create": index}],
    }


def _state(table: dict[str, Any]) -> str | None:
    """The index's status in a table's description; None for a table without it."""
    indexes = table.get("GlobalSecondaryIndexes", [])
    return next((index["IndexStatus"] for index in indexes if index["IndexName"] == INDEX), None)


def _folded(text: str, name: str) -> str | None:
    folded = model.fold(text) or text  # a text of marks alone folds to nothing
    return folded.encode("utf-8")[: KEY_BYTES[name]].decode("utf-8", "ignore") or None


def _definitions() -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in (OFFICE, NAME)]


def _index() -> dict[str, Any]:
    return {
        "IndexName": INDEX,
        "KeySchema": [
            {"AttributeName": OFFICE, "KeyType": "HASH"},
            {"AttributeName": NAME, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
