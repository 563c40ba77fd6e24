"""One request in, one answer out: where what moto gets wrong is put right.

A `Service` is the DynamoDB of one account in one Region. It takes an operation's name and its request in
DynamoDB JSON, as every client sends them, and returns what the real service would: first `limits` refuses
what DynamoDB refuses, then moto answers, then `answers` corrects. `helpers.backends` calls it for the boto3
clients of this process, `helpers.offline.server` for clients over HTTP.
"""

import json
import re
import threading

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.utilities import dynamo_json_dump
from moto.dynamodb.responses import DynamoHandler

from helpers.offline import answers, limits
from helpers.offline.expressions import PARAMETERS, Expressions, parse, presence
from helpers.offline.refusal import Refused
from helpers.offline.shelf import Shelf
from helpers.offline.tables import TableState

ACCOUNT = "123456789012"
REGION = "us-east-1"


class Service:
    """DynamoDB of one account and Region, in this process's memory, safe to call from several threads.

    Its tables are gone with the object. `requests` counts the calls so far.
    """

    def __init__(self, account: str = ACCOUNT, region: str = REGION) -> None:
        self.account, self.region = account, region
        self.requests = 0
        self.tables: dict[str, TableState] = {}
        self._moto = DynamoDBBackend(region, account)
        # moto reads and writes its dictionaries without a lock: two ADDs at once would lose one.
        self._one_at_a_time = threading.RLock()

    def answer(self, operation: str, request: dict) -> tuple[int, dict]:
        """The HTTP status and the body in DynamoDB JSON that `operation` ("PutItem") answers `request` with."""
        with self._one_at_a_time:
            self.requests += 1
            for name in [name for name, table in self.tables.items() if table.status == "GONE"]:
                del self.tables[name]
            try:
                if operation in PARAMETERS:
                    presence(request, operation)
                limits.check_request(operation, request)
                parsed = _parsed(operation, request)
                limits.check_tables(operation, request, self.tables)
                if operation in answers.ANSWERS and not answers.LEGACY & request.keys():
                    return 200, answers.ANSWERS[operation](self, request, parsed)
                return 200, answers.of_moto(self, operation, request)
            except Refused as refusal:
                return refusal.status, refusal.body()

    def ask_moto(self, operation: str, request: dict) -> dict:
        """moto's own answer, uncorrected.

        Raises:
            Refused: moto's refusal; or, where moto stumbles over a request, a refusal in DynamoDB's form,
                so that no Python exception of the emulator reaches a client.
        """
        handler = _Handler(self._moto, request)
        method = getattr(handler, _snake(operation), None)
        if method is None:
            raise Refused(
                f"The operation {operation} is not part of the offline service.", "UnknownOperationException"
            )
        try:
            return json.loads(method() or "{}")
        except JsonRESTError as error:
            body = json.loads(error.get_body())
            raise Refused(status=error.code, **_refusal(body)) from None
        except (Exception, RecursionError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise Refused(f"The request has an invalid expression or value ({reason})") from error

    def shelf_of_moto(self, name: str) -> Shelf:
        """A new shelf with the items of a table as moto holds them."""
        shelf = Shelf(list(self.tables[name].keys))
        for item in self._moto.tables[name].all_items():
            shelf.put(json.loads(dynamo_json_dump(item.to_json()["Attributes"])))
        return shelf


def _parsed(operation: str, request: dict) -> Expressions | dict[str, Expressions] | None:
    """The request's expressions; of a batch, those of each table; None where the operation takes none."""
    if operation == "BatchGetItem":
        return {name: parse(wanted, operation) for name, wanted in request["RequestItems"].items()}
    return parse(request, operation) if operation in PARAMETERS else None


class _Handler(DynamoHandler):
    """moto's request handler, bound to one backend and one request that is parsed already."""

    def __init__(self, backend: DynamoDBBackend, request: dict) -> None:
        super().__init__()
        self.body = request
        self._backend = backend

    @property
    def dynamodb_backend(self) -> DynamoDBBackend:
        return self._backend


def _refusal(body: dict) -> dict:
    """moto's error body as the arguments of `Refused`; what it carries besides (CancellationReasons) stays."""
    code = body.pop("__type").rpartition("#")[2]
    message = body.pop("message", None) or body.pop("Message", "")
    return {"message": message, "code": code, **body}


def _snake(operation: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()


def decode(body: bytes) -> dict:
    """A request's body as a dict; an empty body is an empty request.

    Raises:
        Refused: the body is no JSON object.
    """
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise Refused("", "SerializationException")
    return request
