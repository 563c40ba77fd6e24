"""Kernels for many lessons: each is forked from one Python that has loaded the large packages, and nothing of the course.

Loading boto3, SQLAlchemy and Matplotlib is most of what a lesson's kernel computes, so on Linux, where forking is safe, it is
done once for all kernels of a process. A forked kernel has its own process, environment, folder and namespace: it is as
fresh as any other, but for packages that are loaded before they are asked for.

This file is also the program of that Python, run by its path: `python -m helpers...` would load the course.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec

POSSIBLE = sys.platform == "linux"

PRELOADED = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel"),
    *("stack_data", "pygments.formatters.terminal256", "pygments.lexers.python", "pygments.styles.default"),
    *("boto3.dynamodb.conditions", "botocore.credentials", "botocore.waiter", "urllib.request", "xmltodict"),
    *("requests", "responses", "werkzeug", "jinja2", "cryptography.x509", "yaml", "py_partiql_parser"),
    *("numpy", "dateutil.parser", "matplotlib.pyplot", "matplotlib.backends.backend_agg"),
    *("sqlalchemy", "sqlalchemy.dialects.sqlite", "flask", "PIL.Image", "tqdm", "wcwidth"),
)
"""What lessons, and the packages that they use, load. Not pandas and not the backend of figures in a notebook: both look
for their notebook when they are loaded."""


class Forked:
    """A forked kernel, with as much of Popen's interface as jupyter_client asks for."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._fd: int | None = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """None while it runs, 0 afterwards: how it ended only its parent knows."""
        if self._fd is not None and select.select([self._fd], [], [], 0)[0]:
            os.close(self._fd)
            self._fd = None
        return None if self._fd is not None else 0

    def wait(self) -> int:
        """Return when it has ended."""
        if self._fd is not None:
            select.select([self._fd], [], [])
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self._fd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._fd, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def fork_kernel(args: list[str], env: Mapping[str, str], cwd: str) -> Forked:
    """Start a kernel in `cwd`, with the arguments of `ipykernel_launcher`; it ends with this process at the latest.

    Of `env` all but what Matplotlib and IPython read when they are loaded may differ from kernel to kernel.
    """
    parent = _parent()
    parent.stdin.write(json.dumps({"args": args, "env": dict(env), "cwd": cwd}) + "\n")
    parent.stdin.flush()
    return Forked(int(parent.stdout.readline()))


def end() -> None:
    """End the Python that kernels are forked from, and so the kernels; the next kernel starts another."""
    if _parent.cache_info().currsize:
        with _parent() as parent:
            parent.stdin.close()
        _parent.cache_clear()


@cache
def _parent() -> subprocess.Popen:
    """The Python that kernels are forked from: one for this process, and it ends when its input does."""
    from helpers import ENVIRON
    from helpers.jupyter_env import jupyter_env

    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    return subprocess.Popen(
        [sys.executable, __file__], env=jupyter_env(ENVIRON), start_new_session=True, **pipes
    )


def main() -> None:
    """Load the packages; then fork a kernel for each line of the input, and answer with its process id."""
    del sys.path[0]  # this file's folder, where Python looks first in place of the kernel's
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # a kernel ends when this process does
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as ipykernel says it
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy's threads, of no use here, would make forking unsafe
    for name in PRELOADED:
        import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, _collect)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        if pid := os.fork():
            print(pid, flush=True)
        else:
            _be_kernel(**json.loads(line))


def _collect(*_) -> None:
    """Take note of kernels that have ended: the system can forget them, and their time counts as this process's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _be_kernel(args: list[str], env: dict[str, str], cwd: str) -> None:
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.default_int_handler)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # what bypasses the kernel's own streams must not reach the answers
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = [find_spec("ipykernel_launcher").origin, *args]
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
