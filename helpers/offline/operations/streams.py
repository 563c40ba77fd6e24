"""DynamoDB Streams: the four operations that read what the writes of a table left behind.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import base64
import itertools
import json
import re
from bisect import bisect_left

from helpers.offline import rehearsal
from helpers.offline.refusal import Refused
from helpers.offline.tables.stream import FIRST_NUMBER, Stream, created

MAX_RECORDS = 1000
MAX_BYTES = 1024 * 1024
SECONDS_OF_ITERATOR = 15 * 60
_ARN = r"arn:[^:]+:dynamodb:[^:]+:\d+:table/[^/]+/stream/[^/]+"


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
            "StreamStatus": _status(service, stream),
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


def _status(service, stream: Stream) -> str:
    table = service.tables.get(stream.table)
    passing = table is not None and table.stream is stream and table.show_stream()
    return ("ENABL" if stream.enabled else "DISABL") + ("ING" if passing else "ED")


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
    if kind == "AT_TIMESTAMP" and request["Timestamp"] > rehearsal.now():
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
        return max(bisect_left(stream.records, int(request["Timestamp"]), key=created), trimmed)
    at = max(int(request["SequenceNumber"]) - FIRST_NUMBER - (kind == "AT_SEQUENCE_NUMBER"), 0)
    _check_kept(at, trimmed)
    return at


def _check_kept(at: int, trimmed: int) -> None:
    if at < trimmed:
        raise Refused("The data you are trying to access has been trimmed", "TrimmedDataAccessException")


def get_records(service, request: dict, parsed: None) -> dict:
    arn, at, made = _place(request["ShardIterator"])
    stream = _stream(service, arn)
    if rehearsal.now() - made > SECONDS_OF_ITERATOR:
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
    place = base64.b64encode(json.dumps([stream.arn, at, rehearsal.now()]).encode()).decode()
    return f"{stream.arn}|1|{place}"


def _place(iterator: str) -> tuple[str, int, float]:
    """The stream, the place in it and the time that an iterator was made with."""
    try:
        arn, at, made = json.loads(base64.b64decode(iterator.rpartition("|")[2]))
    except (ValueError, TypeError, RecursionError):
        raise Refused("Invalid ShardIterator") from None
    if not isinstance(arn, str) or type(at) is not int or at < 0 or not isinstance(made, int | float):
        raise Refused("Invalid ShardIterator")
    return arn, at, made


def _stream(service, arn: str) -> Stream:
    if arn not in service.streams or service.streams[arn].gone:
        raise _gone(f"Stream: {arn} not found")
    return service.streams[arn]


def _gone(told: str) -> Refused:
    return Refused(f"Requested resource not found: {told}", "ResourceNotFoundException")
