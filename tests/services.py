"""Real servers for tests: MariaDB, and dynalite, a DynamoDB by other authors. Both on 127.0.0.1, data in a folder of the test.

Where a server is not installed, the test is skipped with the reason; with CI=true it fails.
"""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NPM = Path(__file__).parent / "npm"
DYNALITE = """
const server = require('dynalite')({createTableMs: 0, deleteTableMs: 0, updateTableMs: 0});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());  // with whoever started it
"""


@contextmanager
def mariadb(folder: Path) -> Iterator[str]:
    """Run a MariaDB of one's own, with its data in `folder`; gives the beginning of its URLs, without a database."""
    install, server = _program("mariadb-install-db"), _program("mariadbd")
    if not (install and server):
        _lacking("MariaDB is not installed (Debian and Ubuntu: apt-get install mariadb-server)")
    data, log, port, socket_path = folder / "data", folder / "log.txt", _free_port(), _socket(folder)
    # A server that root starts wants to be told so.
    common = ["--no-defaults", f"--datadir={data}", *(["--user=root"] if _is_root() else [])]
    small = [
        "--innodb-log-file-size=4M",
        "--innodb-buffer-pool-size=16M",
        "--innodb-flush-log-at-trx-commit=0",
    ]
    options = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
    with log.open("wb") as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        subprocess.run([install, *common, *options, *small], check=True, **streams)
        network = ["--bind-address=127.0.0.1", f"--port={port}", f"--socket={socket_path}"]
        process = subprocess.Popen([server, *common, *small, *network, "--skip-name-resolve"], **streams)
        try:
            _wait_for(port, process, log)
            yield f"mysql://root@127.0.0.1:{port}"
        finally:
            process.kill()  # the data go with the test; SIGTERM is ignored by a server that has only just begun
            process.wait()
            socket_path.unlink(missing_ok=True)


def new_database(url: str) -> str:
    """Make an empty database on a server that `mariadb` runs; returns its URL."""
    import pymysql

    name = f"test_{secrets.token_hex(6)}"
    with pymysql.connect(host="127.0.0.1", port=int(url.rpartition(":")[2]), user="root") as connection:
        connection.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    return f"{url}/{name}"


@contextmanager
def dynalite() -> Iterator[str]:
    """Run dynalite, its tables in memory; gives its URL."""
    node = _program("node")
    if not (node and (NPM / "node_modules" / "dynalite").is_dir()):
        _lacking(
            "dynalite is not installed (with Node.js 20 or newer: npm ci --ignore-scripts --prefix tests/npm)"
        )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([node, "-e", DYNALITE], cwd=NPM, text=True, encoding="utf-8", **pipes) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def _lacking(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _program(name: str) -> str | None:
    # Debian keeps servers where only root looks for programs.
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(["/usr/sbin", "/usr/local/sbin"]))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _socket(folder: Path) -> Path:
    """A socket's path may have some 100 characters, which a test's own folder can exceed."""
    path = folder / "socket"
    return path if len(str(path)) < 100 else Path("/tmp") / f"course-{secrets.token_hex(6)}.sock"


def _wait_for(port: int, process: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("MariaDB did not start:\n" + log.read_text(encoding="utf-8", errors="replace")[-2000:])
