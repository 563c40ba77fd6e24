"""DynamoDB Streams: what the writes of a table leave behind, and the four operations that read it.

moto answers these from a service of its own that knows other tables. Here each stream is one shard.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import base64
import hashlib
import itertools
import json
import re
import time
from bisect import bisect_left
from datetime import UTC, datetime

from helpers.capacity import wire_item_size
from helpers.offline.refusal import Refused

MAX_RECORDS = 1000
MAX_BYTES = 1024 * 1024
SECONDS_KEPT = 24 * 3600
SECONDS_OF_ITERATOR = 15 * 60
_ARN = r"arn:[^:]+:dynamodb:[^:]+:\d+:table/[^/]+/stream/[^/]+"
_FIRST = 100_000_000_000_000_000_000  # a sequence number has 21 to 40 digits


class Stream:
    """The stream of one table.

    Args:
        table: the table's name.
        table_arn: its Amazon Resource Name.
        keys: its key attributes.
        view: "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE" or "NEW_AND_OLD_IMAGES".
    """

    def __init__(self, table: str, table_arn: str, keys: list[str], view: str) -> None:
        self.table, self.keys, self.view = table, keys, view
        self.created = time.time()
        self.region = table_arn.split(":")[3]
        self.label = datetime.fromtimestamp(self.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        self.arn = f"{table_arn}/stream/{self.label}"
        self.shard = (
            f"shardId-{int(self.created * 1000):020}-{hashlib.md5(self.arn.encode()).hexdigest()[:8]}"
        )
        self.enabled = True
        self.closed: float | None = None
        self.records: list[dict] = []
        self._numbers = itertools.count(_FIRST + 1)

    def close(self) -> None:
        """Disable the stream; it stays readable for a day."""
        self.enabled, self.closed = False, time.time()

    @property
    def gone(self) -> bool:
        """Whether a day has passed since it was disabled."""
        return self.closed is not None and time.time() - self.closed > SECONDS_KEPT

    def record(self, old: dict | None, new: dict | None, by: dict | None = None) -> None:
        """Keep what a write changed: an item as it was and as it is, None where there is none."""
        item = old if new is None else new
        number = str(next(self._numbers))
        told = {
            "ApproximateCreationDateTime": int(time.time()),
            "Keys": {name: item[name] for name in self.keys},
            "SequenceNumber": number,
        }
        if new is not None and self.view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            told["NewImage"] = new
        if old is not None and self.view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
            told["OldImage"] = old
        told["SizeBytes"] = sum(
            wire_item_size(told[part]) for part in ("Keys", "NewImage", "OldImage") if part in told
        )
        told["StreamViewType"] = self.view
        self.records.append(
            {
                "eventID": hashlib.md5(f"{self.arn}{number}".encode()).hexdigest(),
                "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": self.region,
                "dynamodb": told,
                **({"userIdentity": by} if by else {}),
            }
        )

    def trimmed(self) -> int:
        """How many records, the oldest, are kept no more."""
        oldest = time.time() - SECONDS_KEPT
        return bisect_left(self.records, oldest, key=_created)

    def range(self) -> dict:
        """The shard's SequenceNumberRange; a shard that takes no more records has an end."""
        ends = {} if self.enabled else {"EndingSequenceNumber": str(_FIRST + len(self.records))}
        return {"StartingSequenceNumber": str(_FIRST), **ends}


# --- operations ----------------------------------------------------------------------------------------------


def check_arn(request: dict) -> None:
    """Refuse a StreamArn or ExclusiveStartStreamArn that is none; one of no stream is refused later."""
    for member in ("StreamArn", "ExclusiveStartStreamArn"):
        if member in request and not re.fullmatch(_ARN, request[member]):
            raise Refused("Invalid StreamArn")


def list_streams(service, request: dict, parsed: None) -> dict:
    streams = sorted(service.streams.values(), key=lambda one: (one.table, one.arn))
    streams = [one for one in streams if request.get("TableName", one.table) == one.table and not one.gone]
    if after := request.get("ExclusiveStartStreamArn"):
        streams = list(itertools.dropwhile(lambda one: one.arn != after, streams))[1:]
    limit = request.get("Limit", 100)
    told = {
        "Streams": [
            {"StreamArn": one.arn, "TableName": one.table, "StreamLabel": one.label}
            for one in streams[:limit]
        ]
    }
    return told | ({"LastEvaluatedStreamArn": streams[limit - 1].arn} if len(streams) > limit else {})


def describe_stream(service, request: dict, parsed: None) -> dict:
    stream = _stream(service, request["StreamArn"])
    shards = [{"ShardId": stream.shard, "SequenceNumberRange": stream.range()}]
    if request.get("ExclusiveStartShardId", "") >= stream.shard or "ShardFilter" in request:
        shards = []  # a filter asks for the children of a shard; this one has none
    return {
        "StreamDescription": {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": "ENABLED" if stream.enabled else "DISABLED",
            "StreamViewType": stream.view,
            "CreationRequestDateTime": stream.created,
            "TableName": stream.table,
            "KeySchema": [
                {"AttributeName": name, "KeyType": role}
                for name, role in zip(stream.keys, ("HASH", "RANGE"), strict=False)
            ],
            "Shards": shards,
        }
    }


def check_iterator(request: dict) -> None:
    """Each type of iterator has its own parameters."""
    check_arn(request)
    kind, number = request["ShardIteratorType"], request.get("SequenceNumber")
    by_number = kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
    if by_number and number is None:
        raise Refused(
            "SequenceNumber is required when ShardIteratorType is AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER"
        )
    if by_number and not number.isdecimal():
        raise Refused(f"Invalid SequenceNumber: {number}")
    if not by_number and number is not None:
        raise Refused(f"SequenceNumber must not be specified when ShardIteratorType is {kind}")
    if kind == "AT_TIMESTAMP" and "Timestamp" not in request:
        raise Refused("Timestamp is required when ShardIteratorType is AT_TIMESTAMP")
    if kind == "AT_TIMESTAMP" and request["Timestamp"] > time.time():
        raise Refused("Timestamp must not be in the future")


def get_shard_iterator(service, request: dict, parsed: None) -> dict:
    stream = _stream(service, request["StreamArn"])
    if request["ShardId"] != stream.shard:
        raise _gone(f"Shard: {request['ShardId']} in StreamArn: {stream.arn} not found")
    return {"ShardIterator": _iterator(stream, _start(stream, request))}


def _start(stream: Stream, request: dict) -> int:
    kind, trimmed = request["ShardIteratorType"], stream.trimmed()
    if kind == "LATEST":
        return len(stream.records)
    if kind == "TRIM_HORIZON":
        return trimmed
    if kind == "AT_TIMESTAMP":
        return max(bisect_left(stream.records, int(request["Timestamp"]), key=_created), trimmed)
    at = max(int(request["SequenceNumber"]) - _FIRST - (kind == "AT_SEQUENCE_NUMBER"), 0)
    _check_kept(at, trimmed)
    return at


def _created(record: dict) -> int:
    return record["dynamodb"]["ApproximateCreationDateTime"]


def _check_kept(at: int, trimmed: int) -> None:
    if at < trimmed:
        raise Refused("The data you are trying to access has been trimmed", "TrimmedDataAccessException")


def get_records(service, request: dict, parsed: None) -> dict:
    try:
        arn, at, made = json.loads(base64.b64decode(request["ShardIterator"].rpartition("|")[2]))
    except (ValueError, TypeError):
        raise Refused("Invalid ShardIterator") from None
    stream = _stream(service, arn)
    if time.time() - made > SECONDS_OF_ITERATOR:
        raise Refused("Shard iterator has expired", "ExpiredIteratorException")
    _check_kept(at, stream.trimmed())
    records, size = [], 0
    for record in stream.records[at : at + request.get("Limit", MAX_RECORDS)]:
        size += record["dynamodb"]["SizeBytes"]
        if records and size > MAX_BYTES:
            break
        records.append(record)
    at += len(records)
    if not stream.enabled and at >= len(stream.records):
        return {"Records": records}
    return {"Records": records, "NextShardIterator": _iterator(stream, at)}


def _iterator(stream: Stream, at: int) -> str:
    place = base64.b64encode(json.dumps([stream.arn, at, time.time()]).encode()).decode()
    return f"{stream.arn}|1|{place}"


def _stream(service, arn: str) -> Stream:
    if arn not in service.streams or service.streams[arn].gone:
        raise _gone(f"Stream: {arn} not found")
    return service.streams[arn]


def _gone(told: str) -> Refused:
    return Refused(f"Requested resource not found: {told}", "ResourceNotFoundException")
