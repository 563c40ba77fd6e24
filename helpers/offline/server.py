"""The offline service over HTTP on 127.0.0.1, for the AWS CLI and every other client."""

import base64
import json
import secrets
import zlib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from boto3.dynamodb.types import TypeSerializer

from helpers.commands import parser
from helpers.datasets import load, table_input
from helpers.errors import CourseError
from helpers.offline import forms, signatures
from helpers.offline.refusal import Refused
from helpers.offline.service import Service, decode

VERSIONS = ("DynamoDB_20120810", "DynamoDBStreams_20120810")
MAX_BODY_BYTES = 16 * 1024 * 1024
JSON = "application/x-amz-json-1.0"
SILENT = ("TagResource", "UntagResource")  # these answer with an empty body


class Server(ThreadingHTTPServer):
    """An HTTP server of one `Service`; `.url` is its address. Port 0 takes a free one.

    Raises:
        OSError: the port is in use.
    """

    daemon_threads = True
    # On Windows this would let a second server take over a port in use.
    allow_reuse_address = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Exchange)
        self.service = Service()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """What load balancers ask; the blank at the end is the service's."""
        self._send(
            200, f"healthy: dynamodb.{self.server.service.region}.amazonaws.com ".encode(), "text/plain"
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if len(body) > MAX_BODY_BYTES:
            return self._send(413, b"", JSON)
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip()
        if body and kind not in (JSON, "application/json"):
            return self._send(404, b"<UnknownOperationException/>\n")
        operation = self.headers.get("X-Amz-Target", "").partition(".")[2]
        try:
            status, answer = self._answer(body)
        except Refused as refusal:
            status, answer = refusal.status, refusal.body()
        compact = json.dumps(answer, separators=(",", ":")).encode()
        content = b"" if status == 200 and operation in SILENT else compact
        self._send(status, content, kind or "application/json")

    def do_PUT(self) -> None:
        """There is nothing but POST."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._send(404, b"<UnknownOperationException/>\n")

    do_DELETE = do_OPTIONS = do_PUT

    def _answer(self, body: bytes) -> tuple[int, dict]:
        """The service's answer, once the request is JSON, its operation known, and its signature there."""
        request = decode(body) if body else None  # which the service refuses, but later than bad JSON
        version, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        if version not in VERSIONS or not forms.known(operation):
            raise Refused("", "UnknownOperationException")
        signatures.check(self.headers, self.path)
        return self.server.service.answer(operation, request)

    def _send(self, status: int, content: bytes, kind: str | None = None) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("x-amzn-RequestId", secrets.token_hex(26).upper())
        self.send_header("x-amz-crc32", str(zlib.crc32(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        """Say nothing of each request."""


def main(args: list[str]) -> int:
    """Serve until Ctrl-C, as `course serve` does; returns the exit code.

    Raises:
        CourseError: the port cannot be used.
    """
    options = parser("serve").parse_args(args)
    try:
        server = Server(options.port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise CourseError(
            f"Port {options.port} cannot be used ({why}): choose another with --port."
        ) from None
    with server, suppress(KeyboardInterrupt):
        if options.load:
            print(_load(server.service))
        print(f"DynamoDB, offline, answers at {server.url} until Ctrl-C; then it forgets everything.")
        print(
            f"Clients find it by AWS_ENDPOINT_URL_DYNAMODB={server.url}; any keys and Region will do.",
            flush=True,
        )
        server.serve_forever(poll_interval=0.1)
    return 0


def _load(service: Service) -> str:
    """Make the tables of the lessons and fill them; returns what there is now, in a line."""
    serialize = TypeSerializer().serialize
    for name in ("notes", "employees"):
        request = table_input(name)
        service.answer("CreateTable", request)
        service.answer("DescribeTable", {"TableName": request["TableName"]})  # CREATING has been shown
        for item in load(name):
            wire = json.loads(
                json.dumps({key: serialize(value) for key, value in item.items()}, default=_base64)
            )
            status, body = service.answer("PutItem", {"TableName": request["TableName"], "Item": wire})
            assert status == 200, body
    tables = ", ".join(f"{name} ({len(table.shelf)} items)" for name, table in sorted(service.tables.items()))
    return f"Loaded: {tables}."


def _base64(value: bytes) -> str:
    """Binary as it travels in DynamoDB JSON."""
    return base64.b64encode(bytes(value)).decode()
