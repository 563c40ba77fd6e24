"""What several test files need of the machine."""

import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest
from needs import need
from services import dynalite, mariadb

# A proof that was started in the background (`course test &`) ignores Ctrl-C, and so would every program it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def cut_off() -> list[str]:
    """The command that runs another one without any network but the loopback."""
    command = ["unshare", "--map-root-user", "--net"]
    possible = (
        shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0
    )
    need(bool(possible), "unshare is not permitted here")
    return [*command, "sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh"]


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory) -> Iterator[str]:
    """The beginning of the URLs of one MariaDB for all tests of this process; each makes a database of its own."""
    with mariadb(tmp_path_factory.mktemp("mariadb")) as url:
        yield url


@pytest.fixture(scope="session")
def dynalite_server() -> Iterator[str]:
    """The URL of one dynalite for all tests of this process; its tables stay until a test drops them."""
    with dynalite() as url:
        yield url
