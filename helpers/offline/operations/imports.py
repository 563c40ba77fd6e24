"""Imports of CSV and DynamoDB JSON from S3 into a new table. S3 is moto's, which answers in the process that asks.

Sources: the API Reference page of each operation, of CsvOptions and of ImportTableDescription; developer guide,
DynamoDB data import from Amazon S3, and its page on formats.
"""

import csv
import gzip
import io
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from helpers.offline import forms, rehearsal
from helpers.offline.language import values
from helpers.offline.operations import tables
from helpers.offline.refusal import Refused
from helpers.offline.tables import item_rules
from helpers.offline.tables.table import TableState

_KEPT = ("ClientToken", "S3BucketSource", "InputFormat", "InputFormatOptions")
_DONE = ("EndTime", "FailureCode", "FailureMessage")
_LISTED = ("ImportArn", "ImportStatus", "TableArn", "S3BucketSource", "InputFormat", "StartTime", "EndTime")
_NOTHING = {"ErrorCount": 0, "ProcessedSizeBytes": 0, "ProcessedItemCount": 0, "ImportedItemCount": 0}


@dataclass(frozen=True)
class Import:
    """An import: what was asked, and the ImportTableDescription of the finished task."""

    request: dict
    told: dict

    def begun(self) -> dict:
        """What is told at first: offline the work is done at once, and shown with the next description."""
        unfinished = {name: value for name, value in self.told.items() if name not in _DONE}
        return {"ImportTableDescription": unfinished | _NOTHING | {"ImportStatus": "IN_PROGRESS"}}


class _Unreadable(Exception):
    """The source as a whole cannot be read: FailureCode and FailureMessage."""


def check_import(request: dict) -> None:
    wanted = request["TableCreationParameters"]
    if request["InputFormat"] == "ION" or request.get("InputCompressionType") == "ZSTD":
        raise Refused(
            "The offline service imports CSV and DynamoDB JSON, plain or in GZIP, and nothing else."
        )
    if "VectorIndexes" in wanted:
        raise Refused("The offline service has no vector indexes.")
    if request["InputFormat"] != "CSV" and request.get("InputFormatOptions"):
        raise Refused("InputFormatOptions are for CSV alone.")
    headers = _options(request).get("HeaderList") or []
    if len(set(headers)) != len(headers):
        raise Refused("HeaderList names a column twice.")
    tables.check_create(wanted)


def import_table(service, request: dict, parsed: None) -> dict:
    request.setdefault("ClientToken", str(uuid.uuid4()))
    for earlier in service.imports.values():
        if earlier.request["ClientToken"] == request["ClientToken"]:
            if earlier.request != request:
                raise Refused(
                    "An import with this client token and other parameters exists.", "ImportConflictException"
                )
            return earlier.begun()
    asked = json.loads(json.dumps(request))  # what becomes of the request is told as it was asked
    now = rehearsal.now()
    made = tables.create_table(service, request["TableCreationParameters"], None)["TableDescription"]
    table = service.tables[made["TableName"]]
    told = {
        "ImportArn": f"{table.arn}/import/{int(now * 1000):014}-{uuid.uuid4().hex[:8]}",
        "TableArn": table.arn,
        "TableId": made["TableId"],
        "InputCompressionType": request.get("InputCompressionType", "NONE"),
        "TableCreationParameters": asked["TableCreationParameters"],
        "StartTime": now,
        **{name: asked[name] for name in _KEPT if name in asked},
    }
    done = Import(asked, told | _load(service, table, request) | {"EndTime": rehearsal.now()})
    if done.told["ImportStatus"] == "FAILED":
        del service.tables[table.name]
    service.imports[told["ImportArn"]] = done
    return done.begun()


def describe_import(service, request: dict, parsed: None) -> dict:
    arn = request["ImportArn"]
    if arn not in service.imports:
        raise Refused(f"Import not found: {arn}", "ImportNotFoundException")
    return {"ImportTableDescription": service.imports[arn].told}


def list_imports(service, request: dict, parsed: None) -> dict:
    told = [one.told for one in service.imports.values()]
    found = [one for one in told if request.get("TableArn", one["TableArn"]) == one["TableArn"]]
    if after := request.get("NextToken"):
        tokens = [_token(one) for one in found]
        if after not in tokens:
            raise Refused("Invalid NextToken")
        found = found[tokens.index(after) + 1 :]
    most = request.get("PageSize", 25)
    more = {"NextToken": _token(found[most - 1])} if len(found) > most else {}
    summaries = [{name: one[name] for name in _LISTED if name in one} for one in found[:most]]
    return {"ImportSummaryList": summaries, **more}


def _token(told: dict) -> str:
    """Where a list goes on, in the form that the service's model asks for: groups of 16 hexadecimal digits."""
    text = told["ImportArn"].encode().hex()
    return text + "0" * (-len(text) % 16)


# --- the items -----------------------------------------------------------------------------------------------


def _load(service, table: TableState, request: dict) -> dict:
    """Fill a new table, and return what the description tells of that.

    An item that does not fit is counted and left out; of several with one key the last survives, where on AWS any may.
    """
    counts = dict(_NOTHING)
    try:
        files = [_text(content, request) for content in _contents(service, request["S3BucketSource"])]
    except _Unreadable as failure:
        code, message = failure.args
        return counts | {"ImportStatus": "FAILED", "FailureCode": code, "FailureMessage": message}
    for text in files:
        counts["ProcessedSizeBytes"] += len(text.encode())  # what is billed, bad items among it
        for item in _items(text, request, table):
            counts["ProcessedItemCount"] += 1
            counts["ImportedItemCount" if _take(table, item) else "ErrorCount"] += 1
    return counts | {"ImportStatus": "COMPLETED"}


def _contents(service, source: dict) -> list[bytes]:
    from moto.s3.exceptions import MissingBucket
    from moto.s3.models import s3_backends

    try:
        bucket = s3_backends[service.account]["aws"].get_bucket(source["S3Bucket"])
    except MissingBucket:
        raise _Unreadable("S3NoSuchBucket", "The specified bucket does not exist") from None
    prefix = source.get("S3KeyPrefix", "")
    found = [key.value for name, key in sorted(bucket.keys.items()) if name.startswith(prefix)]
    if not found:
        raise _Unreadable("S3NoSuchKey", "No object in the bucket begins with this prefix")
    return found


def _text(content: bytes, request: dict) -> str:
    try:
        if request.get("InputCompressionType") == "GZIP":
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, ValueError):
        raise _Unreadable(
            "InvalidSource", "A file is not UTF-8, or not in the compression type named"
        ) from None


def _items(text: str, request: dict, table: TableState) -> Iterator[dict | None]:
    """The items of a file in DynamoDB JSON, None for each that is none."""
    if request["InputFormat"] == "CSV":
        yield from _rows(text, _options(request), table.definitions)
        return
    for line in text.split("\n"):
        if line.strip():
            try:
                yield json.loads(line)["Item"]
            except (ValueError, KeyError, TypeError, RecursionError):
                yield None


def _rows(text: str, options: dict, kinds: dict[str, str]) -> Iterable[dict | None]:
    """The items of a CSV file: keys of the table and its indexes have their types, all else is a string."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=options.get("Delimiter", ","))
    try:
        header = options.get("HeaderList") or next(rows, [])
        for row in rows:
            if row:
                fits = len(row) <= len(header)
                cells = zip(header, row, strict=False)
                yield {name: {kinds.get(name, "S"): cell} for name, cell in cells} if fits else None
    except csv.Error:  # a cell beyond the reader's limit: what follows cannot be told apart
        yield None


def _options(request: dict) -> dict:
    return (request.get("InputFormatOptions") or {}).get("Csv") or {}


def _take(table: TableState, item: dict | None) -> bool:
    """Put an item into a table that nobody sees yet; costs no units. False where it does not fit."""
    if not isinstance(item, dict):
        return False
    try:
        forms.check("PutItem", {"TableName": table.name, "Item": item})
        values.check_attributes(item, numbers=True)
        item_rules.check_size(item)
        item_rules.check_item(table, item)
    except (Refused, RecursionError):
        return False
    table.apply(table.shelf.get(item), item)
    return True
