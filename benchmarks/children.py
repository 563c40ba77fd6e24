"""Child processes: timed, and ended with everything they started, however the measurement ends."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".uv" / "bench"
"""Where environments and programs of other makers are kept between runs; git ignores it."""

SECONDS_TO_END = 10

Name = TypeVar("Name", str, tuple[str, int])


class Skipped(Exception):
    """This contender cannot be measured here; the message says why."""


def interleaved(
    contenders: Mapping[Name, Callable[[], float]], rounds: int, title: str
) -> dict[Name, list[float]]:
    """The seconds that each contender reports, in `rounds` rounds of A B A B: what slows the machine slows all."""
    found: dict[Name, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name, measure in contenders.items():
            say(
                f"{title}: {name if isinstance(name, str) else ', '.join(map(str, name))}, round {number + 1} of {rounds}"
            )
            found[name].append(measure())
    return found


def say(line: str) -> None:
    """What is being done, in one line of the terminal that the next replaces."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


@contextmanager
def child(command: list, **settings) -> Iterator[subprocess.Popen]:
    """A process in a group of its own, which ends with the block."""
    if os.name != "nt":
        settings["start_new_session"] = True
    process = subprocess.Popen([str(part) for part in command], **settings)
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen) -> None:
    """Interrupt a process, so that it can tidy up; if that does not help, kill its group."""
    if process.poll() is None:
        if os.name == "nt":
            process.terminate()
        else:
            process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_END)
    if os.name != "nt":  # also when it ended by itself: it may have left children
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()


def seconds_of(*command, expect: int = 0, **settings) -> float:
    """How long a command takes.

    Raises:
        Skipped: it ended with another code than `expect`; the message holds the end of its output.
    """
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        with child([*command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, **settings) as process:
            code = process.wait()
            taken = time.perf_counter() - began
        output.seek(0)
        told = output.read().decode(errors="replace").strip().splitlines()
    if code != expect:
        name = " ".join([Path(command[0]).name, *map(str, command[1:3])])
        raise Skipped(
            f"`{name}` ended with code {code} ({told[-1].strip() if told else 'and said nothing'})."
        )
    return taken


class Talk:
    """A worker that answers each line of JSON with one."""

    def __init__(self, process: subprocess.Popen, name: str) -> None:
        self._process, self._name = process, name

    def ask(self, **request) -> dict:
        """Send a request and wait for the answer.

        Raises:
            Skipped: the worker ended instead.
        """
        with suppress(OSError):
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        return self.heard()

    def heard(self) -> dict:
        """The worker's next line."""
        line = self._process.stdout.readline()
        if not line:
            raise Skipped(f"{self._name} ended with code {self._process.wait()}.")
        return json.loads(line)


@contextmanager
def talk(name: str, command: list, **settings) -> Iterator[Talk]:
    """A worker that lives as long as the block; it ends by itself when its input does."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with child(command, **pipes, **settings) as process:
        yield Talk(process, name)
