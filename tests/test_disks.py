"""The commands on a course that may not be written, and on a disk that is full, for real: mounts that only they see.

Each gives one sentence with the reason, and what can still be used is.
"""

import compileall
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from needs import need
from test_launcher import copy_checkout

from helpers import jupyter_env

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the mounts are Linux's")

# $0 becomes a disk with a copy of the checkout, $1, and this environment, $2, in which Jupyter's files lie at $3.
DISK = """
set -e
mount -t tmpfs -o size=64m none "$0"
cp -r "$1/." "$0"
mkdir "$0/.venv"
mount --bind "$2" "$0/.venv"
mount -t tmpfs -o size=1m none "$0/.venv/$3"
%s
cd /
shift 3
exec "$@"
"""
READ_ONLY = 'mount -o remount,ro "$0/.venv/$3"; mount -o remount,ro,bind "$0/.venv"; mount -o remount,ro "$0"'
FULL = '! cat /dev/zero >"$0/.venv/$3/fill" 2>&1; ! cat /dev/zero >"$0/fill" 2>&1'
KINDS = pytest.mark.parametrize(
    ("kind", "why"),
    [(READ_ONLY, "Read-only file system"), (FULL, "No space left on device")],
    ids=["read-only", "full"],
)
COURSE = "import sys; from helpers.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy without lessons of the student's."""
    folder = copy_checkout(tmp_path_factory.mktemp("checkout") / "course", short=False)
    compileall.compile_dir(folder / "helpers", quiet=1)
    return folder


@pytest.fixture
def start(checkout, tmp_path) -> Iterator[Callable[..., subprocess.Popen]]:
    """start(kind, *args): `course ARGS` on such a disk, what it says in `.stdout`; it is ended with the test."""
    apart = ["unshare", "--map-root-user", "--mount"]
    possible = subprocess.run([*apart, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
    need(possible.returncode == 0, "mounts are not permitted here")
    disk, running = tmp_path / "disk", []
    disk.mkdir()

    def begin(kind: str, *args: str, code: str = COURSE) -> subprocess.Popen:
        places = [disk, checkout, sys.prefix, jupyter_env.HOME.relative_to(sys.prefix)]
        # As Python's own -P would, and for an environment that is not in the checkout.
        env = jupyter_env.jupyter_env() | {"PYTHONPATH": str(disk), "TMPDIR": str(tmp_path)}
        program = [disk / ".venv" / Path(sys.executable).relative_to(sys.prefix), "-uc", code]
        command = [*apart, "sh", "-c", DISK % kind, *places, *program, *args]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
        process = subprocess.Popen(command, env=env, **streams)
        watchdog = threading.Timer(200, process.kill)  # a command that says nothing more ends its test
        watchdog.start()
        running.append((process, watchdog))
        return process

    yield begin
    for process, watchdog in running:
        watchdog.cancel()
        process.kill()
        process.stdout.close()
        process.wait()


def address_in(process: subprocess.Popen) -> tuple[str, str]:
    """What a command says down to the line with its address, and the address."""
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:\d+/\S*", line):
            return said, found[0]
    raise AssertionError(said)


def assert_it_answers(address: str, words: str) -> None:
    with urlopen(address, timeout=100) as page:
        assert words in page.read().decode()


def end(process: subprocess.Popen) -> str:
    """End a command; returns what it said after the address."""
    process.terminate()  # not by Ctrl-C: without a terminal Jupyter has no handler for it
    said = process.stdout.read()
    assert process.wait(100) in (0, -signal.SIGTERM) and "Traceback" not in said, said
    return said


@KINDS
def test_lab_tells_why_there_are_no_copies(kind, why, start):
    said = start(kind, "lab").communicate(timeout=100)[0]
    assert re.fullmatch(rf"my-course cannot be written \({why}\): .*--source` still opens .*\.\n", said)


NO_BROWSER = ("--no-browser", "--ServerApp.port=0")


def test_lab_opens_the_originals_on_a_full_disk(start):
    lab = start(FULL, "lab", "--source", *NO_BROWSER)
    said, address = address_in(lab)
    assert said.startswith("Lesson 00 opens in your browser: the original, ") and said.count("\n") == 6, said
    assert_it_answers(address, "JupyterLab")
    assert end(lab) == "\nJupyterLab has ended.\n"


def test_lab_opens_the_copies_that_are_there_although_they_may_not_be_written(start):
    copies = f'mkdir "$0/my-course"; cp "$0"/notebooks/*.ipynb "$0/my-course"; {READ_ONLY}'
    lab = start(copies, "lab", "03", *NO_BROWSER)
    said, address = address_in(lab)
    first, second, *_ = said.splitlines()
    assert first == "my-course cannot be written (Read-only file system): what you change will not be saved."
    assert second.startswith("Lesson 03 opens") and "/my-course/03_" in address
    assert_it_answers(address, "JupyterLab")
    end(lab)


RESET = """
from helpers import cli, copies
print(cli.main(["lab", "--reset", "03"]), [path.name for path in copies.COPIES.iterdir()])
print((copies.COPIES / "03_read_items.ipynb").read_text())
"""


@KINDS
def test_reset_says_that_it_could_not_and_loses_nothing(kind, why, start):
    copy = f'mkdir "$0/my-course"; echo mine >"$0/my-course/03_read_items.ipynb"; {kind}'
    sentence, *after = start(copy, code=RESET).communicate(timeout=100)[0].splitlines()
    assert re.fullmatch(rf"A file may not be used .*, {why}: .*|The disk is full: .*", sentence), sentence
    assert ("full" in sentence) == (kind == FULL)
    assert after == ["1 ['03_read_items.ipynb']", "mine", ""]


@KINDS
def test_the_directory_is_served_and_forgets(kind, why, start):
    directory = start(kind, "directory", "--port", "0")
    _, address = address_in(directory)
    assert_it_answers(address, "Next page")
    assert f"my-course/directory.sqlite cannot be written ({why}), so all changes are forgotten" in end(
        directory
    )
