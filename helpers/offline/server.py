"""The offline service over HTTP on 127.0.0.1, for the AWS CLI and every other client."""

import json
import secrets
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from helpers.offline.refusal import Refused
from helpers.offline.wire import Service, decode

VERSIONS = ("DynamoDB_20120810", "DynamoDBStreams_20120810")
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
        version, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            if version not in VERSIONS:
                raise Refused("", "UnknownOperationException")
            status, answer = self.server.service.answer(operation, decode(body))
        except Refused as refusal:
            status, answer = refusal.status, refusal.body()
        content = b"" if status == 200 and operation in SILENT else json.dumps(answer).encode()
        self._send(status, content, "application/x-amz-json-1.0")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("x-amzn-RequestId", secrets.token_hex(26).upper())
        self.send_header("x-amz-crc32", str(zlib.crc32(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        """Say nothing of each request."""
