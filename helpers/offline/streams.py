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
from datetime import UTC, datetime

from helpers.capacity import wire_item_size
from helpers.offline.refusal import Refused

MAX_RECORDS = 1000
SECONDS_KEPT = 24 * 3600
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
        self.records: list[dict] = []
        self._numbers = itertools.count(_FIRST + 1)

    def close(self) -> None:
        """Disable the stream; its records stay readable."""
        self.enabled = False

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
    streams = [one for one in streams if request.get("TableName", one.table) == one.table]
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
    if request.get("ExclusiveStartShardId", "") >= stream.shard:
        shards = []
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


def get_shard_iterator(service, request: dict, parsed: None) -> dict:
    stream = _stream(service, request["StreamArn"])
    if request["ShardId"] != stream.shard:
        raise _gone(f"Shard: {request['ShardId']} in StreamArn: {stream.arn} not found")
    kind, number = request["ShardIteratorType"], request.get("SequenceNumber")
    if kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        if number is None:
            raise Refused(
                "SequenceNumber is required when ShardIteratorType is AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER"
            )
        if not number.isdecimal():
            raise Refused(f"Invalid SequenceNumber: {number}")
        at = max(int(number) - _FIRST - (kind == "AT_SEQUENCE_NUMBER"), 0)
    elif number is not None:
        raise Refused(f"SequenceNumber must not be specified when ShardIteratorType is {kind}")
    else:
        at = 0 if kind == "TRIM_HORIZON" else len(stream.records)
    return {"ShardIterator": _iterator(stream, at)}


def get_records(service, request: dict, parsed: None) -> dict:
    try:
        arn, at = json.loads(base64.b64decode(request["ShardIterator"].rpartition("|")[2]))
    except (ValueError, TypeError):
        raise Refused("Invalid ShardIterator") from None
    stream = _stream(service, arn)
    oldest = time.time() - SECONDS_KEPT
    while at < len(stream.records) and stream.records[at]["dynamodb"]["ApproximateCreationDateTime"] < oldest:
        at += 1
    records = stream.records[at : at + request.get("Limit", MAX_RECORDS)]
    at += len(records)
    if not stream.enabled and at >= len(stream.records):
        return {"Records": records}
    return {"Records": records, "NextShardIterator": _iterator(stream, at)}


def _iterator(stream: Stream, at: int) -> str:
    place = base64.b64encode(json.dumps([stream.arn, at]).encode()).decode()
    return f"{stream.arn}|1|{place}"


def _stream(service, arn: str) -> Stream:
    if arn not in service.streams:
        raise _gone(f"Stream: {arn} not found")
    return service.streams[arn]


def _gone(told: str) -> Refused:
    return Refused(f"Requested resource not found: {told}", "ResourceNotFoundException")
