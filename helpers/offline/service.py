"""One request in, one answer out.

A `Service` is the DynamoDB of one account in one Region. It takes an operation's name and its request in
DynamoDB JSON, as every client sends them, and answers as the real service would, in the same order: first the form
of the request (`forms`), then what the request alone tells, expressions among it, then the tables. `OPERATIONS`
names the two functions of each operation that do the last two; what is not there is refused as unknown.
`helpers.backends` calls a service for the boto3 clients of this process, `helpers.offline.server` for clients over HTTP.
"""

import gc
import json
import logging
import threading
from collections.abc import Callable

from helpers.offline import forms, rehearsal
from helpers.offline.language import values
from helpers.offline.operations import (
    backups,
    exports,
    imports,
    insights,
    items,
    pages,
    partiql,
    replicas,
    restores,
    settings,
    streams,
    tables,
    transactions,
)
from helpers.offline.refusal import Refused, not_found
from helpers.offline.tables.stream import Stream
from helpers.offline.tables.table import TableState, short_name

# What has been imported by now stays until the process ends. Unless Python's collector is told so it walks all of it
# several times during a long scan, whose time would then grow faster than the table.
gc.freeze()

ACCOUNT = "123456789012"
REGION = "us-east-1"
CANNOT = "The offline service cannot answer this {} request."


class Service:
    """DynamoDB of one account and Region, in this process's memory, safe to call from several threads.

    Its tables are gone with the object. `requests` counts the calls so far; `streams`, `backups`, `exports` and
    `imports` are by ARN, `tokens` those of the transactions of the last ten minutes: payload, time, and the items left.
    """

    def __init__(self, account: str = ACCOUNT, region: str = REGION) -> None:
        self.account, self.region = account, region
        self.requests = 0
        self.tables: dict[str, TableState] = {}
        self.streams: dict[str, Stream] = {}
        self.backups: dict[str, backups.Backup] = {}
        self.exports: dict[str, exports.Export] = {}
        self.imports: dict[str, imports.Import] = {}
        self.tokens: dict[str, tuple[bytes, float, list[dict | None]]] = {}
        self._regions = {region: self}
        self._one_at_a_time = threading.RLock()

    def beside(self, region: str) -> "Service":
        """The service of the same account in another Region: one world, in which one request is done at a time."""
        with self._one_at_a_time:
            if region not in self._regions:
                other = Service(self.account, region)
                other._regions, other._one_at_a_time = self._regions, self._one_at_a_time
                self._regions[region] = other
            return self._regions[region]

    def world(self) -> "list[Service]":
        """The services of all Regions of this account that somebody has asked."""
        return list(self._regions.values())

    def answer(self, operation: str, request: dict) -> tuple[int, dict]:
        """The HTTP status and the body in DynamoDB JSON that `operation` ("PutItem") answers `request` with.

        `request` is the caller's no more: numbers in it are put into normal form.
        """
        with self._one_at_a_time:
            self.requests += 1
            for name in [name for name, table in self.tables.items() if table.status == "GONE"]:
                del self.tables[name]
            for table in self.tables.values():
                if table.group:
                    table.group.deliver()
            try:
                return 200, self._answer(operation, request)
            except Refused as error:
                refusal = error
            except RecursionError:
                refusal = Refused(values.TOO_DEEP)
            except Exception:  # no Python exception reaches a client, nor its words a student
                logging.getLogger(__name__).debug("%s", operation, exc_info=True)
                refusal = Refused(CANNOT.format(operation))
            return refusal.status, refusal.body()

    def _answer(self, operation: str, request: dict) -> dict:
        if operation not in OPERATIONS:
            told = f"The operation {operation} is not part of the offline service."
            raise Refused(told if forms.known(operation) else "", "UnknownOperationException")
        forms.check(operation, request)
        check, act = OPERATIONS[operation]
        try:
            parsed = check(request) if check else None
        except Refused as refusal:
            raise (refusal.enveloped() if operation in ENVELOPED else refusal) from None
        for name in ABSENT.get(operation, ()):
            if name in request:
                raise Refused(f"{name} of {operation} is not part of the offline service.")
        return act(self, request, parsed)

    def sweep(self, now: float) -> int:
        """Delete what has expired by `now`, in seconds since 1970, and say how many items these were."""
        with self._one_at_a_time:
            return settings.sweep(self, now)

    # --- tables ----------------------------------------------------------------------------------------------

    def arn(self, name: str) -> str:
        """The Amazon Resource Name of a table."""
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{name}"

    def table(self, name: str, consistent: bool = True) -> TableState:
        """The table of this name or ARN, for operations on items; a read that is not consistent may see an older one.

        Raises:
            Refused: there is none, or it takes no items yet or any more.
        """
        table = self.tables.get(short_name(name))
        if table is None or table.status in ("CREATING", "DELETING"):
            raise not_found()
        return rehearsal.current.seen(table, consistent) if rehearsal.current else table

    def find(self, name: str) -> TableState:
        """The table of this name or ARN, whatever state it is in.

        Raises:
            Refused: there is none.
        """
        short = short_name(name)
        if short not in self.tables:
            raise not_found(short)
        return self.tables[short]


Check = Callable[[dict], object] | None
Act = Callable[[Service, dict, object], dict]

OPERATIONS: dict[str, tuple[Check, Act]] = {
    "CreateTable": (tables.check_create, tables.create_table),
    "DescribeTable": (None, tables.describe_table),
    "UpdateTable": (replicas.check_update, replicas.update_table),
    "DeleteTable": (None, tables.delete_table),
    "ListTables": (None, tables.list_tables),
    "GetItem": (items.checker("GetItem"), items.get_item),
    "PutItem": (items.checker("PutItem"), items.put_item),
    "UpdateItem": (items.checker("UpdateItem"), items.update_item),
    "DeleteItem": (items.checker("DeleteItem"), items.delete_item),
    "BatchGetItem": (items.check_batch_get, items.batch_get_item),
    "BatchWriteItem": (items.check_batch_write, items.batch_write_item),
    "Query": (pages.check_query, pages.query),
    "Scan": (pages.check_scan, pages.scan),
    "TransactWriteItems": (transactions.check_write, transactions.transact_write_items),
    "TransactGetItems": (transactions.check_get, transactions.transact_get_items),
    "ExecuteStatement": (partiql.check_statement, partiql.execute_statement),
    "BatchExecuteStatement": (partiql.check_batch, partiql.batch_execute_statement),
    "ExecuteTransaction": (partiql.check_transaction, partiql.execute_transaction),
    "ListStreams": (streams.check_arn, streams.list_streams),
    "DescribeStream": (streams.check_arn, streams.describe_stream),
    "GetShardIterator": (streams.check_iterator, streams.get_shard_iterator),
    "GetRecords": (None, streams.get_records),
    "UpdateTimeToLive": (None, settings.update_time_to_live),
    "DescribeTimeToLive": (None, settings.describe_time_to_live),
    "TagResource": (settings.check_tag, settings.tag_resource),
    "UntagResource": (settings.check_untag, settings.untag_resource),
    "ListTagsOfResource": (settings.check_list_tags, settings.list_tags_of_resource),
    "PutResourcePolicy": (settings.check_put_policy, settings.put_resource_policy),
    "GetResourcePolicy": (None, settings.get_resource_policy),
    "DeleteResourcePolicy": (None, settings.delete_resource_policy),
    "UpdateContinuousBackups": (settings.check_continuous_backups, settings.update_continuous_backups),
    "DescribeContinuousBackups": (None, settings.describe_continuous_backups),
    "CreateBackup": (None, backups.create_backup),
    "DescribeBackup": (None, backups.describe_backup),
    "DeleteBackup": (None, backups.delete_backup),
    "RestoreTableFromBackup": (None, restores.restore_backup),
    "RestoreTableToPointInTime": (None, restores.restore_to_point),
    "ListBackups": (backups.check_list, backups.list_backups),
    "ExportTableToPointInTime": (exports.check_export, exports.export_table),
    "DescribeExport": (None, exports.describe_export),
    "ListExports": (None, exports.list_exports),
    "ImportTable": (imports.check_import, imports.import_table),
    "DescribeImport": (None, imports.describe_import),
    "ListImports": (None, imports.list_imports),
    "UpdateContributorInsights": (None, insights.update_insights),
    "DescribeContributorInsights": (None, insights.describe_insights),
    "ListContributorInsights": (None, insights.list_insights),
    "DescribeLimits": (None, settings.describe_limits),
    "DescribeEndpoints": (None, settings.describe_endpoints),
}
# Parameters of features that are not there: refused, for a table without them would be another one.
ABSENT = {
    "CreateTable": ("GlobalTableSourceArn", "GlobalTableSettingsReplicationMode", "VectorIndexes"),
    "UpdateTable": (
        "GlobalTableSettingsReplicationMode",
        "GlobalTableWitnessUpdates",
        "DisassociationProtectionEnabled",
        "VectorIndexUpdates",
    ),
    "RestoreTableFromBackup": ("VectorIndexOverride",),
    "RestoreTableToPointInTime": ("VectorIndexOverride",),
}
# What is wrong with the request alone is told by these as "1 validation error detected: …": see docs/offline.md.
ENVELOPED = {"PutItem", "UpdateItem", "DeleteItem"}


def decode(body: bytes) -> dict:
    """A request's body as a dict.

    Raises:
        Refused: the body is no JSON object.
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):  # an empty body among them
        request = None
    if not isinstance(request, dict):
        raise Refused("", "SerializationException")
    return request
