"""The directory's second question, who works in an office, asked of a global secondary index.

An index finds exact bytes. So an item carries two copies for it, its office and its name as `model.fold` makes them,
and these are the key of the index: an office is one query, in the order of names, whatever the case and the accents
of what was typed. An item without an office is not in the index.

An older table lacks both. Whoever adds them goes in the order that leaves nobody out: first all programs that write
write the copies too, then the copies that are missing are written, then the index is added. [GSI.OnlineOps]
Where an older program still writes, whoever it adds stays out of the index, and nothing says so: `write_copies`
puts that right, as often as it is needed.
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

PATIENCE = 600
"""Seconds for all that `make_sure` does; only the writing of the copies is never cut short."""


def with_index(request: dict[str, Any]) -> dict[str, Any]:
    """A CreateTable input with the index in it: all attributes, since a page shows all of an employee."""
    return {
        **request,
        "AttributeDefinitions": [*request["AttributeDefinitions"], *_definitions()],
        "GlobalSecondaryIndexes": [_index()],
    }


def make_sure(client: Any, table_name: str, key_name: str) -> None:
    """Add the index to a table that lacks it, with what it needs of each item, and wait until it is ACTIVE.

    boto3 has no waiter for an index. One is added at a time, so another one's end is waited for, too. The copies
    are written once, when nothing else is in the way: that reads the whole table, strongly consistently, and takes
    a write unit and more for each item that lacks them, out of what the table's users have.

    Raises:
        DirectoryError: it is not ready after ten minutes, or an index of this name has another key or projection.
        ClientError: the service refuses.
    """
    end, wait, copied = time.monotonic() + PATIENCE, 0.05, False
    reason = f"The table {table_name} is being changed"
    while True:
        table = client.describe_table(TableName=table_name)["Table"]
        state = _state(table)
        if state == "ACTIVE":
            return
        if state is None and _is_free(table):
            if not copied:
                write_copies(client, table_name, key_name)
                copied = True
            reason = _add(client, table)
        elif state is not None:
            reason = f"The index {INDEX} of the table {table_name} is still being filled"
        if time.monotonic() >= end:
            raise DirectoryError(f"{reason}: wait, then open the directory again.")
        time.sleep(wait)
        wait = min(2 * wait, 5)


def _is_free(table: dict[str, Any]) -> bool:
    """Whether an index can be added now, as far as a table's description tells."""
    indexes = table.get("GlobalSecondaryIndexes", [])
    return table["TableStatus"] == "ACTIVE" and all(index["IndexStatus"] == "ACTIVE" for index in indexes)


def _add(client: Any, table: dict[str, Any]) -> str:
    """Ask for the index, unless another program has just done so or is adding another one; returns what happened."""
    try:
        client.update_table(**_addition(table))
    except ClientError as error:
        told = error.response["Error"]
        busy = told["Code"] in ("ResourceInUseException", "LimitExceededException")
        if not busy and "index which already exists" not in told["Message"]:
            raise
        return f"DynamoDB does not add the index {INDEX} now ({told['Message'].rstrip('.')})"
    return f"The index {INDEX} of the table {table['TableName']} is still being filled"


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


def write_copies(client: Any, table_name: str, key_name: str) -> int:
    """Give each item the copies that it should have; returns how many lacked them. No version changes, since nobody
    edited. It may be repeated, whether the index is there or not."""
    mended = 0
    for page in client.get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True):
        for item in page["Items"]:
            texts = (
                str(item[name]) if item.get(name) is not None else "" for name in ("fullName", "location")
            )
            right = copies(*texts)
            if {name: item.get(name) for name in right} == right:
                continue
            # Whoever changed the two meanwhile has written the copies.
            with suppress(client.exceptions.ConditionalCheckFailedException):
                client.update_item(
                    TableName=table_name,
                    Key={key_name: item[key_name]},
                    **_correction(key_name, item, right),
                )
                mended += 1
    return mended


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
    arguments = {
        "UpdateExpression": " ".join(changes),
        "ConditionExpression": " AND ".join(["attribute_exists(#key)", *same]),
        "ExpressionAttributeNames": {f"#{name}": name for name in (*right, "fullName", "location")}
        | {"#key": key_name},
    }
    # The service refuses an empty dictionary of values.
    if values := {f":{name}": value for name, value in (given | read).items()}:
        arguments["ExpressionAttributeValues"] = values
    return arguments


def _addition(table: dict[str, Any]) -> dict[str, Any]:
    """The UpdateTable input that adds the index to a table, given its description.

    The index gets the figures that the table has now: its units, or on demand its maximum. Auto scaling and warm
    throughput belong to each index apart, and are not copied: whoever has set them for the table sets them here, too.
    """
    index = _index()
    if table.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
        names = ("ReadCapacityUnits", "WriteCapacityUnits")
        index["ProvisionedThroughput"] = {name: table["ProvisionedThroughput"][name] for name in names}
    elif most := {name: units for name, units in table.get("OnDemandThroughput", {}).items() if units > 0}:
        index["OnDemandThroughput"] = most  # -1 is no maximum
    return {
        "TableName": table["TableName"],
        "AttributeDefinitions": _definitions(),
        "GlobalSecondaryIndexUpdates": [{"Create": index}],
    }


def _state(table: dict[str, Any]) -> str | None:
    """The index's status in a table's description; None for a table without it.

    Raises:
        DirectoryError: an index of this name has another key, or does not hold all attributes.
    """
    indexes = table.get("GlobalSecondaryIndexes", [])
    found = next((index for index in indexes if index["IndexName"] == INDEX), None)
    if found is None:
        return None
    wanted = _index()
    if any(found[part] != wanted[part] for part in ("KeySchema", "Projection")) or any(
        one not in table["AttributeDefinitions"] for one in _definitions()
    ):
        raise DirectoryError(
            f"The index {INDEX} of the table {table['TableName']} is not the directory's, which has the texts "
            f"{OFFICE} and {NAME} as its key and holds all attributes: delete it, or use another table."
        )
    return found["IndexStatus"]


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
