"""The offline service over HTTP on 127.0.0.1, for the AWS CLI and every other client."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from helpers.offline.refusal import Refused
from helpers.offline.wire import Service, decode


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

    def do_POST(self) -> None:
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        try:
            request = decode(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            status, body = self.server.service.answer(operation, request)
        except Refused as refusal:
            status, body = refusal.status, refusal.body()
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        """Say nothing of each request."""
