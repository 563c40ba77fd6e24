"""In `local` mode, which tables of an endpoint the course made: a fresh start drops those and no others.

The endpoint's data outlives a kernel, so the list is kept in a file of this environment. A table is known by
its creation time: one that somebody else made later under the same name is not the course's.
"""

import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from helpers import guard


def ledger() -> Path:
    """The file: endpoint -> table name -> creation time in seconds."""
    return Path(sys.prefix) / "course" / "local-tables.json"


def drop(client) -> None:
    """Delete the tables that the course made at this client's endpoint, and wait until they are gone."""
    made = _read().get(client.meta.endpoint_url, {})
    for name, created in made.items():
        try:
            table = client.describe_table(TableName=name)["Table"]
        except client.exceptions.ResourceNotFoundException:
            continue
        if table["CreationDateTime"].timestamp() == created:
            _delete(client, table)
    _write({**_read(), client.meta.endpoint_url: {}})


def _delete(client, table: dict) -> None:
    """Delete a table, whatever state it is in, and wait: also one that is being deleted, and may be gone at any moment."""
    name = table["TableName"]
    try:
        if table["TableStatus"] in ("CREATING", "UPDATING"):
            client.get_waiter("table_exists").wait(TableName=name)
        if table.get("DeletionProtectionEnabled"):
            client.update_table(TableName=name, DeletionProtectionEnabled=False)
            client.get_waiter("table_exists").wait(TableName=name)
        if table["TableStatus"] != "DELETING":
            client.delete_table(TableName=name)
    except client.exceptions.ResourceNotFoundException:
        return
    client.get_waiter("table_not_exists").wait(TableName=name)


def _remember(http_response, parsed: dict, model, context: dict, **_) -> None:
    """Note down a table that a client of this process made at an endpoint of this machine."""
    endpoint = (context.get("course_endpoint") or "").rstrip("/")
    created = parsed.get("TableDescription", {}).get("CreationDateTime")
    if endpoint and created:
        made = _read()
        made.setdefault(endpoint, {})[parsed["TableDescription"]["TableName"]] = created.timestamp()
        _write(made)


def _note_endpoint(request, operation_name, **_) -> None:
    if operation_name == "CreateTable" and guard.is_loopback(urlsplit(request.url).hostname):
        request.context["course_endpoint"] = request.url


# botocore events: see helpers.backends.isolate.
HANDLERS = [
    ("request-created.dynamodb.CreateTable", _note_endpoint),
    ("after-call.dynamodb.CreateTable", _remember),
]


def _read() -> dict:
    try:
        return json.loads(ledger().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write(made: dict) -> None:
    ledger().parent.mkdir(parents=True, exist_ok=True)
    draft = ledger().with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(made, indent=1), encoding="utf-8")
    draft.replace(ledger())
