"""The directory in one DynamoDB table, whose key is `employeeId`: data/tables/employees.json."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from helpers.datasets import table_input
from helpers.directory import model, office_index
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

WRITES = ("put_item", "update_item", "delete_item")

TIME_OUTS = {"connect_timeout": 2, "read_timeout": 5}
"""Seconds that a page waits for one of boto3's four attempts, in place of 60. [programming-with-python: 1 s, to begin with]"""

BATCH = 100  # items of one request, where no page size says otherwise; BatchGetItem takes no more

WAITS = [min(0.05 * 2**number, 5) for number in range(12)]
"""Seconds: the longest wait before each time that the rest of a batch is asked for again; half a minute in all."""

# boto3 turns DynamoDB JSON into Python's values in answers, and not in errors.
_READ = TypeDeserializer().deserialize


def hasty(db: "ServiceResource") -> "ServiceResource":
    """A resource that meets the DynamoDB of this one and gives up sooner: somebody is in front of the page."""
    return boto3.resource(
        "dynamodb", endpoint_url=db.meta.client.meta.endpoint_url, config=Config(**TIME_OUTS)
    )


@dataclass(frozen=True)
class Refused:
    """A write whose condition failed.

    Attributes:
        stored: the item that is there; empty if there is none.
        repeated: boto3 sent the request more than once, so the first time may have written.
    """

    stored: dict[str, Any]
    repeated: bool

    def wrote(self, values: dict[str, Any]) -> bool:
        """Whether an earlier sending of the same request stored these values, None being no attribute.

        Somebody else who saved exactly the same in between counts too: all is stored as it was asked for.
        """
        return self.repeated and {name: self.stored.get(name) for name in values} == values


class DynamoDBStore:
    """The directory in a DynamoDB table; several threads and processes may use it at once.

    An employee is one item: badges are a String Set, and what is empty is an attribute that is not there.
    Attributes that the directory does not know stay as they are.

    What it does worse than SQL: the table has only its key and one index to find items by. So pages of everybody
    come in the order of the keys' hashes, which means nothing, and a search for a part of a text is a scan that reads,
    and is charged for, every item until the page is full; so is `count`, because the table's own figure is about six
    hours old. The index is paid for beside the table: a write unit for each KB begun of an entry that is new, changed
    or removed, and two where the name or the office changes, since one entry goes and another comes; and storage a
    second time, since an entry holds all attributes. Nothing but this class keeps an item in shape.

    All reads but `office` are strongly consistent, at twice the price: who adds somebody finds them on the page that
    follows. A global index cannot be read so. It lags a moment: an office may lack for that long who was just added,
    and show who was just removed, whom `get` then does not find.

    An answer can get lost after the write was done. boto3 then sends the request again, and the repetition fails
    its own condition. So a failed condition is held against the stored item before anybody is blamed for it.
    [WorkingWithItems; ReturnValuesOnConditionCheckFailure]

    On AWS the pages need GetItem, BatchGetItem, PutItem, UpdateItem, DeleteItem and Scan on table/NAME, and Query on
    table/NAME/index/office_names, which permission for the table does not include. `create_table` needs CreateTable,
    DescribeTable and UpdateTable as well.

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
        # Threads may share a client, and this one only as long as every expression is text: for conditions made
        # of Key and Attr it takes placeholders from one counter, as a Table does, and threads mix them up.
        self._client = db.meta.client
        self._clock, self._new_id = clock, new_id

    def create_table(self) -> None:
        """Make the table with its index, on demand, unless there is one of this name; and wait until both are ACTIVE.

        A table of an older version of this class, without the index, gets it, and its items get what the index
        needs. The table can be used meanwhile, and shares its capacity with that: see `office_index.make_sure`.
        Whoever a program of an older version writes from then on is not found by office: `repair_index` afterwards.

        Raises:
            DirectoryError: the service refuses, the index is not ready after ten minutes, or its name is taken by
                another one.
        """
        with self._told():
            with suppress(self._client.exceptions.ResourceInUseException):
                request = office_index.with_index(table_input("employees"))
                self._client.create_table(**{**request, "TableName": self.table_name})
            self._client.get_waiter("table_exists").wait(TableName=self.table_name)
            office_index.make_sure(self._client, self.table_name, KEY)

    def repair_index(self) -> int:
        """Put right what the index needs of each item; returns how many items were not right.

        For the day when the last program of an older version has stopped; it may be repeated. It reads the whole
        table, at the strong price, and writes only the items that are not right.

        Raises:
            DirectoryError: the service refuses.
        """
        with self._told():
            return office_index.write_copies(self._client, self.table_name, KEY)

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

    def office(self, location: str, after: str | None = None, size: int = 20, begins: str = "") -> Page:
        """See `Directory.office`: a query of the index, which reads no more than the page, and lags a moment."""
        model.check_size(size)
        location, begins = model.sought(location), model.sought(begins)
        asked = office_index.question(location, begins)
        if asked is None:
            return Page([], None)
        if after is not None:
            asked["ExclusiveStartKey"] = office_index.place(asked, after, KEY)
        is_wanted, found = office_index.wanted(location, begins), []
        for page in self._pages("query", **asked, Limit=size + 1):
            found += [item for item in page["Items"] if is_wanted(from_item(item))]
            if len(found) > size:
                last = found[size - 1]
                cursor = model.to_cursor(last[office_index.NAME], last[KEY])
                return Page(list(map(from_item, found[:size])), cursor)
        return Page(list(map(from_item, found)), None)

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
        refused = self._put_new(to_item(employee))
        if not refused:
            return employee
        if refused.repeated and refused.stored:
            found = from_item(refused.stored)
            # Somebody may have changed our new employee since; the time of creation stays.
            if found.version > 1 and found.created == employee.created:
                return found
        raise DirectoryError(f"The new id {employee.id!r} is taken already: add the employee again.")

    def update(self, employee: Employee) -> Employee:
        """See `Directory.update`: the version is compared by the same request that writes."""
        values = model.checked(
            employee.full_name, employee.location, employee.job_title, employee.badges, employee.photo_key
        )
        version = model.checked_version(employee.version)
        return self.write_over(employee.id, {**values, "version": version + 1}, version)

    def write_over(self, employee_id: str, values: dict[str, Any], version: int, **marks: Any) -> Employee:
        """Set the fields of a stored employee, and further attributes, if it still has this version.

        Raises:
            Changed, NotFound: as `update` does.
        """
        attributes = {ATTRIBUTES.get(field, field): value or None for field, value in values.items()} | marks
        attributes |= office_index.copies(values["full_name"], values["location"])
        given = {name: _written(value) for name, value in attributes.items() if value is not None}
        gone = [name for name in attributes if name not in given]
        # Each name by a placeholder: `location` is a reserved word, and the next field may be one.
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in given)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        answer, refused = self._change(
            "update_item",
            employee_id,
            version,
            UpdateExpression=expression,
            ExpressionAttributeNames={f"#{name}": name for name in attributes},
            ExpressionAttributeValues={f":{name}": value for name, value in given.items()},
            ReturnValues="ALL_NEW",
        )
        if refused and not refused.wrote({name: given.get(name) for name in attributes}):
            raise model.changed(employee_id) if refused.stored else model.not_found(employee_id)
        return from_item(refused.stored if refused else answer["Attributes"])

    def remove(self, employee_id: str, version: int | None = None) -> Employee:
        """See `Directory.remove`: DeleteItem alone would call removing nobody a success.

        It reads first, since a lost answer takes what it said of the removed employee along.
        """
        model.checked_version(1 if version is None else version)
        read = self.get(employee_id)
        answer, refused = self._change("delete_item", employee_id, version, ReturnValues="ALL_OLD")
        if not refused:
            return from_item(answer["Attributes"])
        if refused.stored:
            raise model.changed(employee_id)
        if refused.repeated and version in (None, read.version):
            return read
        raise model.not_found(employee_id)

    def count(self) -> int:
        """See `Directory.count`: it reads the whole table."""
        return sum(page["Count"] for page in self._pages(Select="COUNT"))

    # -- whole items, for moving ------------------------------------------------------------------------------

    def items(self, ids: Iterable[str]) -> dict[str, dict]:
        """The items of up to 100 employees, by id; one that is not there is left out."""
        keys = [_key(employee_id) for employee_id in ids]
        found: dict[str, dict] = {}
        for wait in WAITS:
            if not keys:
                return found
            wanted = {self.table_name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._call("batch_get_item", RequestItems=wanted)
            found.update((item[KEY], item) for item in answer["Responses"].get(self.table_name, []))
            keys = answer.get("UnprocessedKeys", {}).get(self.table_name, {}).get("Keys", [])
            if keys:
                time.sleep(random.uniform(0, wait))  # by chance, so that several programs do not come at once
        raise DirectoryError(
            f"The table {self.table_name} is too busy to read {len(keys)} employees: try again in a minute."
        )

    def put_new(self, item: dict) -> bool:
        """Write a whole item unless its id is taken; returns whether it is stored as it is given.

        One by one: a BatchWriteItem takes no conditions, and would write over whoever was quicker.
        """
        return not self._put_new(item)

    def scan_items(self, *attributes: str) -> Iterator[dict]:
        """These attributes of every item."""
        names = {f"#{number}": name for number, name in enumerate(attributes)}
        for page in self._pages(ProjectionExpression=", ".join(names), ExpressionAttributeNames=names):
            yield from page["Items"]

    # -- requests ---------------------------------------------------------------------------------------------

    def _scan(self, **arguments: Any) -> Iterator[Employee]:
        for page in self._pages(**arguments):
            yield from map(from_item, page["Items"])

    def _pages(self, operation: str = "scan", **arguments: Any) -> Iterator[dict]:
        """All pages of a scan, or of a query of the index; the end is a missing LastEvaluatedKey, not an empty page."""
        while True:
            page = self._call(operation, ConsistentRead=operation == "scan", **arguments)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _put_new(self, item: dict) -> "Refused | None":
        """Put an item whose key must be new; None if it is there now as it is given."""
        _, refused = self._write(
            "put_item",
            item[KEY],
            Item=item,
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": KEY},
        )
        return None if refused and refused.repeated and refused.stored == item else refused

    def _change(
        self, operation: str, employee_id: str, version: int | None, **arguments: Any
    ) -> "tuple[dict, Refused | None]":
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
        return self._write(
            operation, employee_id, Key=_key(employee_id), ConditionExpression=condition, **arguments
        )

    def _write(self, operation: str, employee_id: str, **arguments: Any) -> "tuple[dict, Refused | None]":
        """The answer to a write; if its condition failed, an empty one, and what is stored."""
        try:
            return self._call(operation, ReturnValuesOnConditionCheckFailure="ALL_OLD", **arguments), None
        except self._client.exceptions.ConditionalCheckFailedException as error:
            repeated = error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
            stored = {name: _READ(value) for name, value in error.response.get("Item", {}).items()}
        if not stored:  # it is not there, or this is a DynamoDB of another maker, which does not say
            answer = self._call("get_item", Key=_key(employee_id), ConsistentRead=True)
            stored = answer.get("Item", {})
        return {}, Refused(stored, repeated)

    def _call(self, operation: str, **arguments: Any) -> dict:
        if "RequestItems" not in arguments:
            arguments["TableName"] = self.table_name
        with self._told(operation):
            return getattr(self._client, operation)(**arguments)

    @contextmanager
    def _told(self, operation: str = "") -> Iterator[None]:
        """Tell the service's errors in one sentence, all but a failed condition: that is an answer.

        Raises:
            Unanswered: a write was sent, and whether it was done is not known.
            DirectoryError: nothing was done.
        """
        try:
            yield
        except self._client.exceptions.ConditionalCheckFailedException:
            raise
        except ClientError as error:
            if operation in WRITES and error.response["ResponseMetadata"].get("HTTPStatusCode", 400) >= 500:
                raise model.unanswered(f"DynamoDB failed with {error.response['Error']['Code']}") from None
            raise DirectoryError(self._sentence(**error.response["Error"])) from None
        except BotoCoreError as error:
            reason = " ".join(str(error).split()).rstrip(".")
            if operation in WRITES and isinstance(error, HTTPClientError):  # it was sent
                raise model.unanswered(f"DynamoDB did not answer in time ({reason})") from None
            raise DirectoryError(
                f"DynamoDB does not answer ({reason}): see that it runs, then try again."
            ) from None

    def _sentence(self, Code: str, Message: str = "", **_: Any) -> str:
        if Code == "ResourceNotFoundException":
            return f"There is no table {self.table_name} here: create it, and wait until it is ACTIVE."
        if office_index.INDEX in Message and Code == "ValidationException":
            return (
                f"The table {self.table_name} has no index {office_index.INDEX} yet, or is still filling it: "
                "create_table() adds it and waits for it."
            )
        if office_index.INDEX in Message and Code == "AccessDeniedException":
            return (
                f"You may not ask the index {office_index.INDEX} of the table {self.table_name}: the action "
                f"dynamodb:Query must be allowed on table/{self.table_name}/index/{office_index.INDEX}, apart from "
                "the table."
            )
        return (
            f"DynamoDB refused to answer ({Code}: {Message.rstrip('.')}): "
            f"see that you may use the table {self.table_name}, then try again."
        )


# -- items ----------------------------------------------------------------------------------------------------


def to_item(employee: Employee) -> dict[str, Any]:
    """The employee as the item that boto3's resource takes; what is empty is left out."""
    values = {name: _written(getattr(employee, field)) for field, name in ATTRIBUTES.items()}
    copies = office_index.copies(employee.full_name, employee.location)
    return {
        KEY: employee.id,
        **{name: value for name, value in (values | copies).items() if value},
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
