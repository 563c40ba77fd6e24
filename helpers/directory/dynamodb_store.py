"""The directory in one DynamoDB table, whose key is `employeeId`: data/tables/employees.json."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from helpers.datasets import table_input
from helpers.directory import model
from helpers.directory.model import DirectoryError, Employee, Page

if TYPE_CHECKING:
    from boto3.resources.base import ServiceResource

KEY = "employeeId"
ATTRIBUTES = {
    "full_name": "fullName",
    "location": "location",
    "job_title": "jobTitle",
    "badges": "badges",
    "photo_key": "photoKey",
}
"""Field of `Employee` -> attribute of the item; besides these, the key, `created` and `version`."""

BATCH = 100  # items of one request, where no page size says otherwise; BatchGetItem takes no more

FIRST_WAIT = (
    0.05  # seconds, before what a batch left unprocessed is sent again; each next wait is twice as long
)


class DynamoDBStore:
    """The directory in a DynamoDB table; several threads and processes may use it at once.

    An employee is one item: badges are a String Set, and what is empty is an attribute that is not there.
    Attributes that the directory does not know stay as they are.

    What it does worse than SQL: the table has only its key to find items by, so pages come in the order of the
    keys' hashes, which means nothing, and a search is a scan that reads, and is charged for, every item until the
    page is full; so is `count`, because the table's own figure is up to six hours old. Nothing but this class keeps
    an item in shape.

    All reads are strongly consistent, at twice the price: who adds somebody finds them on the page that follows.

    Args:
        db: a boto3 resource, as `connect()` gives it.
        clock: gives the time of creation.
        new_id: gives the id of a new employee.
    """

    def __init__(
        self,
        db: "ServiceResource",
        table_name: str = "Employees",
        clock: Callable[[], datetime] = model.now,
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self.table_name = table_name
        self._client = db.meta.client  # which threads may share; a resource they may not
        self._clock, self._new_id = clock, new_id

    def create_table(self) -> None:
        """Make the table, on demand, unless there is one of this name; and wait until it is ACTIVE."""
        with self._told():
            with suppress(self._client.exceptions.ResourceInUseException):
                self._client.create_table(**{**table_input("employees"), "TableName": self.table_name})
            self._client.get_waiter("table_exists").wait(TableName=self.table_name)

    def page(self, after: str | None = None, size: int = 20, search: str = "") -> Page:
        """See `Directory.page`: in an order that means nothing, but is the same each time."""
        model.check_size(size)
        wanted = model.fold(model.sought(search))
        start = {}
        if after is not None:
            start["ExclusiveStartKey"] = _key(*model.from_cursor(after, str))
        found: list[Employee] = []
        # One more than the page holds says whether there is a next one; LastEvaluatedKey alone does not.
        for employee in self._scan(Limit=BATCH if wanted else size + 1, **start):
            # Not a FilterExpression: its contains() minds case, and filtered items cost the same.
            if wanted in model.fold(employee.full_name) or wanted in model.fold(employee.location):
                found.append(employee)
            if len(found) > size:
                return Page(found[:size], model.to_cursor(found[size - 1].id))
        return Page(found, None)

    def all(self) -> Iterator[Employee]:
        """Every employee, in pages of up to 1 MB."""
        return self._scan()

    def get(self, employee_id: str) -> Employee:
        """See `Directory.get`."""
        answer = self._call("get_item", Key=_key(employee_id), ConsistentRead=True)
        if "Item" not in answer:
            raise model.not_found(employee_id)
        return from_item(answer["Item"])

    def add(
        self,
        full_name: str,
        location: str,
        job_title: str,
        badges: Iterable[str] = (),
        photo_key: str | None = None,
    ) -> Employee:
        """See `Directory.add`: an id that is taken already is refused, not overwritten."""
        values = model.checked(full_name, location, job_title, badges, photo_key)
        employee = Employee(self._new_id(), **values, created=model.whole_second(self._clock()))
        try:
            self._call(
                "put_item",
                Item=to_item(employee),
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": KEY},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise DirectoryError(
                f"The new id {employee.id!r} is taken already: add the employee again."
            ) from None
        return employee

    def update(self, employee: Employee) -> Employee:
        """See `Directory.update`: the version is compared by the same request that writes."""
        values = model.checked(
            employee.full_name, employee.location, employee.job_title, employee.badges, employee.photo_key
        )
        return self.write_over(employee.id, {**values, "version": employee.version + 1}, employee.version)

    def write_over(self, employee_id: str, values: dict[str, Any], version: int, **marks: Any) -> Employee:
        """Set some fields of a stored employee, and further attributes, if it still has this version.

        Raises:
            Changed, NotFound: as `update` does.
        """
        attributes = {ATTRIBUTES.get(field, field): value or None for field, value in values.items()} | marks
        given = {name: _written(value) for name, value in attributes.items() if value is not None}
        gone = [name for name in attributes if name not in given]
        # Each name by a placeholder: `location` is a reserved word, and the next field may be one.
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in given)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        answer = self._change(
            "update_item",
            employee_id,
            version,
            UpdateExpression=expression,
            ExpressionAttributeNames={f"#{name}": name for name in attributes},
            ExpressionAttributeValues={f":{name}": value for name, value in given.items()},
            ReturnValues="ALL_NEW",
        )
        return from_item(answer["Attributes"])

    def remove(self, employee_id: str, version: int | None = None) -> Employee:
        """See `Directory.remove`: DeleteItem alone would call removing nobody a success."""
        answer = self._change("delete_item", employee_id, version, ReturnValues="ALL_OLD")
        return from_item(answer["Attributes"])

    def count(self) -> int:
        """See `Directory.count`: it reads the whole table."""
        return sum(page["Count"] for page in self._pages(Select="COUNT"))

    # -- whole items, for moving ------------------------------------------------------------------------------

    def items(self, ids: Iterable[str]) -> dict[str, dict]:
        """The items of up to 100 employees, by id; one that is not there is left out."""
        keys = [_key(employee_id) for employee_id in ids]
        found, wait = {}, FIRST_WAIT
        while keys:
            wanted = {self.table_name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._call("batch_get_item", RequestItems=wanted)
            found.update((item[KEY], item) for item in answer["Responses"].get(self.table_name, []))
            keys = answer.get("UnprocessedKeys", {}).get(self.table_name, {}).get("Keys", [])
            if keys:
                wait = _pause(wait)
        return found

    def put_items(self, items: list[dict]) -> None:
        """Write whole items, 25 a request, in place of those with the same id."""
        for start in range(0, len(items), 25):
            left = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            wait = FIRST_WAIT
            while left:
                answer = self._call("batch_write_item", RequestItems={self.table_name: left})
                left = answer.get("UnprocessedItems", {}).get(self.table_name, [])
                if left:
                    wait = _pause(wait)

    def scan_items(self, *attributes: str) -> Iterator[dict]:
        """These attributes of every item."""
        names = {f"#{number}": name for number, name in enumerate(attributes)}
        for page in self._pages(ProjectionExpression=", ".join(names), ExpressionAttributeNames=names):
            yield from page["Items"]

    # -- requests ---------------------------------------------------------------------------------------------

    def _scan(self, **arguments: Any) -> Iterator[Employee]:
        for page in self._pages(**arguments):
            yield from map(from_item, page["Items"])

    def _pages(self, **arguments: Any) -> Iterator[dict]:
        """All pages of a scan; the end is a missing LastEvaluatedKey, not an empty page."""
        while True:
            page = self._call("scan", ConsistentRead=True, **arguments)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _change(self, operation: str, employee_id: str, version: int | None, **arguments: Any) -> dict:
        """Change the item if it exists, and has this version, where one is given."""
        condition = "attribute_exists(#key)"
        names, values = {"#key": KEY}, {}
        if version is not None:
            names["#version"], values[":read"] = "version", version
            # Version 1 is also what an item has that something else wrote, without a version.
            unversioned = "attribute_not_exists(#version) OR " if version == 1 else ""
            condition += f" AND ({unversioned}#version = :read)"
        arguments["ExpressionAttributeNames"] = arguments.get("ExpressionAttributeNames", {}) | names
        if values := arguments.get("ExpressionAttributeValues", {}) | values:
            arguments["ExpressionAttributeValues"] = values
        try:
            return self._call(operation, Key=_key(employee_id), ConditionExpression=condition, **arguments)
        except self._client.exceptions.ConditionalCheckFailedException:
            self.get(employee_id)  # tells if it is gone
            raise model.changed(employee_id) from None

    def _call(self, operation: str, **arguments: Any) -> dict:
        if "RequestItems" not in arguments:
            arguments["TableName"] = self.table_name
        with self._told():
            return getattr(self._client, operation)(**arguments)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the service's errors in one sentence, all but a failed condition: that is an answer."""
        try:
            yield
        except self._client.exceptions.ConditionalCheckFailedException:
            raise
        except ClientError as error:
            raise DirectoryError(self._sentence(**error.response["Error"])) from None
        except BotoCoreError as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise DirectoryError(
                f"DynamoDB does not answer ({reason}): see that it runs, then try again."
            ) from None

    def _sentence(self, Code: str, Message: str = "", **_: Any) -> str:
        if Code == "ResourceNotFoundException":
            return f"There is no table {self.table_name} here: create it, and wait until it is ACTIVE."
        return (
            f"DynamoDB refused to answer ({Code}: {Message.rstrip('.')}): "
            f"see that you may use the table {self.table_name}, then try again."
        )


# -- items ----------------------------------------------------------------------------------------------------


def to_item(employee: Employee) -> dict[str, Any]:
    """The employee as the item that boto3's resource takes; what is empty is left out."""
    values = {name: _written(getattr(employee, field)) for field, name in ATTRIBUTES.items()}
    return {
        KEY: employee.id,
        **{name: value for name, value in values.items() if value},
        "created": model.to_iso(employee.created),
        "version": employee.version,
    }


def from_item(item: dict[str, Any]) -> Employee:
    """The employee that an item holds, whoever wrote it: only the key is sure to be there.

    Without `created` the first working day counts, `startDate`, and without that the year 1970.

    Raises:
        DirectoryError: a value is nothing that an employee can have.
    """
    badges = item.get("badges") or ()
    try:
        created = datetime.fromisoformat(item.get("created") or item.get("startDate") or "1970-01-01")
        return Employee(
            item[KEY],
            *(_read_text(item.get(ATTRIBUTES[field])) for field in ("full_name", "location", "job_title")),
            frozenset(map(str, [badges] if isinstance(badges, str) else badges)),
            _read_text(item.get("photoKey")) or None,
            created=model.whole_second(created if created.tzinfo else created.replace(tzinfo=UTC)),
            version=int(item.get("version", 1)),
        )
    except (TypeError, ValueError, ArithmeticError) as error:
        raise DirectoryError(
            f"The item {item[KEY]!r} is not an employee ({error}): put its attributes right, or delete it."
        ) from None


def _read_text(value: Any) -> str:
    return "" if value is None else str(value)


def _written(value: Any) -> Any:
    """A field's value as an attribute's: boto3 takes a set, not a frozenset of no elements."""
    return set(value) if isinstance(value, frozenset) else value


def _key(employee_id: str) -> dict[str, str]:
    """The item's key.

    Raises:
        NotFound: no item can have it. A key is 1 to 2,048 bytes of UTF-8. [Constraints]
    """
    try:
        if isinstance(employee_id, str) and 1 <= len(employee_id.encode("utf-8")) <= 2048:
            return {KEY: employee_id}
    except UnicodeEncodeError:
        pass
    raise model.not_found(employee_id)


def _pause(seconds: float) -> float:
    """Wait, as the service asks when it leaves a part of a batch unprocessed; returns how long to wait next time."""
    time.sleep(seconds)
    return min(seconds * 2, 5)
