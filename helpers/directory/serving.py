"""The page over HTTP on 127.0.0.1: in the background of a notebook, or as `course directory`."""

import os
import socketserver
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from helpers.commands import parser
from helpers.datasets import load
from helpers.directory import open_directory
from helpers.directory.model import Directory
from helpers.directory.photos import Photos
from helpers.directory.web import create_app
from helpers.errors import CourseError

if TYPE_CHECKING:
    from IPython.display import HTML

DATABASE = Path(__file__).resolve().parents[2] / "my-course" / "directory.sqlite"
PROBE_BYTES = 1_000_000  # the course's employees take a fifth of it

_served: "dict[int, Served]" = {}  # by port


def serve(app: Flask, port: int = 0) -> "Served":
    """Serve an app from a thread of this process until `stop()`, or until the process ends.

    Args:
        app: what `create_app` made.
        port: 0 takes a free one. What this process served on the port before is stopped: a cell can run again.

    Raises:
        CourseError: another program uses the port.
    """
    if port in _served:
        _served[port].stop()
    return Served(app, port)


class Served:
    """An app that is being served; `url` is its address. As a context manager, it stops at the end of the block."""

    def __init__(self, app: Flask, port: int) -> None:
        self._server = _Server("127.0.0.1", port, app, handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()
        _served[self._server.port] = self

    def frame(self, height: int = 560) -> "HTML":
        """The page in a frame below the cell, `height` pixels high.

        Where outputs are stored or compared (`helpers.classroom.refresh` sets COURSE_PROOF) a line stands in its place:
        the free port that a page takes is another in each run.
        """
        from IPython.display import HTML  # `course directory` needs none of it

        if os.environ.get("COURSE_PROOF"):
            return HTML("<p>While the lesson runs, the page stands here in a frame.</p>")
        title = "The employee directory"
        frame = f'<iframe src="{self.url}" title="{title}" width="100%" height="{height}"></iframe>'
        return HTML(f"<p>{frame}</p>")  # IPython warns of HTML that begins with a frame

    def stop(self) -> None:
        """Give the port back; a second call changes nothing."""
        if _served.pop(self._server.port, None):
            self._server.shutdown()
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Server(ThreadedWSGIServer):
    # On Windows this would let a second server take over a port in use.
    allow_reuse_address = os.name != "nt"

    def server_bind(self) -> None:
        """As inherited, but without looking up this machine's name, which takes seconds on some."""
        if not 0 <= self.port <= 65535:  # the address look-up would take the remainder of 65536 and go on
            raise CourseError(f"Port {self.port} cannot be used: choose one from 1024 to 65535.")
        try:
            socketserver.TCPServer.server_bind(self)
        except OSError as error:
            raise CourseError(
                f"Port {self.port} cannot be used ({error.strerror}): choose another."
            ) from None
        self.server_name, self.server_port = self.server_address[:2]


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Say nothing of requests that were answered."""


def main(args: list[str]) -> int:
    """Serve the directory until Ctrl-C, as `course directory` does; returns the exit code."""
    options = parser("directory").parse_args(args)
    backend = options.backend or os.environ.get("DIRECTORY_BACKEND") or "sql"
    if backend == "dynamodb" and options.url:
        parser("directory").error("--url belongs to --backend sql: DynamoDB takes none")
    directory, name, where = _open(backend, options.url or os.environ.get("DATABASE_URL"))
    server = _Server("127.0.0.1", options.port, create_app(directory, Photos(), backend_name=name), _Quiet)
    print(f"The employee directory on {name}: http://127.0.0.1:{server.port}/")
    print(f"{where} Photos are kept until it ends.")
    print("It has no login, and answers this machine alone. Ctrl-C ends it.", flush=True)
    server.serve_forever()  # returns on Ctrl-C
    return 0


def _open(backend: str, url: str | None) -> tuple[Directory, str, str]:
    """The directory, the name of its backend, and a sentence on where its employees are kept."""
    if backend == "dynamodb":
        directory = open_directory(backend)
        if os.environ.get("COURSE_MODE", "offline") != "offline":
            return directory, "DynamoDB", "Employees are kept by the endpoint."
        _fill(directory)
        return directory, "DynamoDB", "Offline, it forgets all changes when it ends."
    if url:
        return open_directory(backend, url=url), "SQL", "Employees are kept in your database."
    try:
        return _open_file(), "SQL", f"Employees are kept in {_shown(DATABASE)}."
    except OSError as error:
        directory = open_directory(backend, url="sqlite://")
        _fill(directory)
        why = f"{_shown(DATABASE)} cannot be written ({error.strerror})"
        return directory, "SQL", f"{why}, so all changes are forgotten when it ends."


def _open_file() -> Directory:
    """The directory in its own file, which is filled when it is new.

    Raises:
        OSError: the file cannot be written.
    """
    DATABASE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(
        dir=DATABASE.parent
    ) as probe:  # as SQLite's journal, and as large as its first pages
        probe.write(b"0" * PROBE_BYTES)
    new = not DATABASE.exists()
    if not new:
        DATABASE.open("r+b").close()
    directory = open_directory("sql", url=f"sqlite:///{DATABASE.as_posix()}")
    if new:
        _fill(directory)
    return directory


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _fill(directory: Directory) -> None:
    """Add the course's employees, so that there is something to see; their photos do not exist."""
    for item in load("employees"):
        badges = item.get("badges", ())
        directory.add(item["fullName"], item.get("location", ""), item["jobTitle"], badges)
