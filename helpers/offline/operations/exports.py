"""Full exports to S3 in DynamoDB JSON. S3 is moto's, which answers in the process that asks.

Sources: the API Reference page of each operation; developer guide, DynamoDB table export output format.
"""

import base64
import gzip
import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from helpers.offline import rehearsal
from helpers.offline.operations import settings
from helpers.offline.refusal import Refused
from helpers.offline.tables.shelf import Shelf

_KEPT = ("S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseKmsKeyId", "ClientToken")
_DONE = ("EndTime", "ExportManifest", "BilledSizeBytes", "ItemCount", "FailureCode", "FailureMessage")
_LACKING = ("IncrementalExportSpecification", "FilterSpecification")


@dataclass(frozen=True)
class Export:
    """An export: what was asked, and the ExportDescription of the finished task."""

    request: dict
    told: dict

    def begun(self) -> dict:
        """What is told at first: offline the work is done at once, and shown with the next description."""
        unfinished = {name: value for name, value in self.told.items() if name not in _DONE}
        return {"ExportDescription": unfinished | {"ExportStatus": "IN_PROGRESS"}}


def check_export(request: dict) -> None:
    whole = request.get("ExportType", "FULL_EXPORT") == "FULL_EXPORT"
    plain = request.get("ExportFormat", "DYNAMODB_JSON") == "DYNAMODB_JSON"
    if not whole or not plain or any(name in request for name in _LACKING):
        raise Refused("The offline service exports a whole table, in DynamoDB JSON, and nothing else.")


def export_table(service, request: dict, parsed: None) -> dict:
    request.setdefault("ClientToken", str(uuid.uuid4()))
    for earlier in service.exports.values():
        if earlier.request["ClientToken"] == request["ClientToken"]:
            if earlier.request != request:
                raise Refused(
                    "An export with this client token and other parameters exists.", "ExportConflictException"
                )
            return earlier.begun()
    table, now = settings.restorable(service, request["TableArn"], request["TableArn"]), rehearsal.now()
    when = request.get("ExportTime", now)
    if not int(table.recovery.earliest) <= when <= now:  # clients send whole seconds
        raise Refused(
            "The specified ExportTime is outside of the point in time recovery window.",
            "InvalidExportTimeException",
        )
    number = f"{int(now * 1000):014}-{uuid.uuid4().hex[:8]}"
    told = {
        "ExportArn": f"{service.arn(table.name)}/export/{number}",
        "StartTime": now,
        "ExportTime": when,
        "TableArn": service.arn(table.name),
        "TableId": table.describe()["TableId"],
        "S3SseAlgorithm": request.get("S3SseAlgorithm", "AES256"),
        "ExportFormat": "DYNAMODB_JSON",
        "ExportType": "FULL_EXPORT",
        **{name: request[name] for name in _KEPT if name in request},
    }
    export = Export(request, told | _store(service, table.shelf_of(when), told, number))
    service.exports[told["ExportArn"]] = export
    return export.begun()


def describe_export(service, request: dict, parsed: None) -> dict:
    arn = request["ExportArn"]
    if arn not in service.exports:
        raise Refused(f"Export not found: {arn}", "ExportNotFoundException")
    return {"ExportDescription": service.exports[arn].told}


def list_exports(service, request: dict, parsed: None) -> dict:
    told = [one.told for one in service.exports.values()]
    found = [one for one in told if request.get("TableArn", one["TableArn"]) == one["TableArn"]]
    arns = [one["ExportArn"] for one in found]
    if after := request.get("NextToken"):
        if after not in arns:
            raise Refused("Invalid NextToken")
        found = found[arns.index(after) + 1 :]
    most = request.get("MaxResults", 25)
    more = {"NextToken": found[most - 1]["ExportArn"]} if len(found) > most else {}
    names = ("ExportArn", "ExportStatus", "ExportType")
    return {"ExportSummaries": [{name: one[name] for name in names} for one in found[:most]], **more}


# --- the files -----------------------------------------------------------------------------------------------


def _store(service, shelf: Shelf, told: dict, number: str) -> dict:
    """Write the files, and return what the description tells when they are there, or why they are not."""
    from moto.s3.exceptions import MissingBucket
    from moto.s3.models import s3_backends

    prefix = f"{told['S3Prefix']}/" if told.get("S3Prefix") else ""
    folder = f"AWSDynamoDB/{number}"
    done = {
        "ExportStatus": "COMPLETED",
        "EndTime": rehearsal.now(),
        "ExportManifest": f"{folder}/manifest-summary.json",
        "BilledSizeBytes": shelf.size,
        "ItemCount": len(shelf),
    }
    buckets = s3_backends[service.account]["aws"]
    try:
        for name, content in _files(shelf, told | done, f"{folder}/data/{uuid.uuid4().hex[:26]}.json.gz"):
            buckets.put_object(told["S3Bucket"], prefix + name, content)
    except MissingBucket:
        return {
            "ExportStatus": "FAILED",
            "EndTime": rehearsal.now(),
            "FailureCode": "S3NoSuchBucket",
            "FailureMessage": "The specified bucket does not exist",
        }
    return done


def _files(shelf: Shelf, told: dict, data: str):
    """(Key without the prefix, content) of each file: the items, the list of such files, the summary."""
    lines = [_line({"Item": shelf.at(place)}) for place in shelf.order()]
    items = gzip.compress(b"".join(lines))
    folder = told["ExportManifest"].rpartition("/")[0]
    yield f"{folder}/_started", b""
    yield data, items
    about = {
        "itemCount": len(lines),
        "md5Checksum": _checksum(items),
        "etag": hashlib.md5(items, usedforsecurity=False).hexdigest(),
        "dataFileS3Key": data,
    }
    yield from _with_checksum(f"{folder}/manifest-files", _line(about))
    yield from _with_checksum(
        f"{folder}/manifest-summary", _line(_summary(told, f"{folder}/manifest-files.json"))
    )


def _summary(told: dict, files: str) -> dict:
    return {
        "version": "2020-06-30",
        "exportArn": told["ExportArn"],
        "startTime": _written(told["StartTime"]),
        "endTime": _written(told["EndTime"]),
        "tableArn": told["TableArn"],
        "tableId": told["TableId"],
        "exportTime": _written(told["ExportTime"]),
        "s3Bucket": told["S3Bucket"],
        "s3Prefix": told.get("S3Prefix"),
        "s3SseAlgorithm": told["S3SseAlgorithm"],
        "s3SseKmsKeyId": told.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": files,
        "billedSizeBytes": told["BilledSizeBytes"],
        "itemCount": told["ItemCount"],
        "outputFormat": told["ExportFormat"],
        "exportType": told["ExportType"],
    }


def _with_checksum(name: str, content: bytes):
    yield f"{name}.json", content
    yield f"{name}.checksum", _checksum(content).encode()


def _line(content: dict) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _checksum(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
