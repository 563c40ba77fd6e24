"""The course on one command line: the first run makes its environment, in .venv.

    python3 course.py lab      open the lessons in JupyterLab
    python3 course.py test     prove the whole course

Needs a Python from 3.11 to 3.15 and, the first time, a network; `python3 course.py --help` then names every command.
"""

# Python 3.6 must be able to parse and begin this file, to be told that it is too old.
import contextlib
import errno
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import time

OLDEST, NEWEST = (3, 11), (3, 15)  # tried; a newer one is not refused

ROOT = pathlib.Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
PYTHON, COURSE = VENV / BIN / f"python{EXE}", VENV / BIN / f"course{EXE}"
STAMP = VENV / "course-stamp.txt"
TOOLS = ROOT / ".uv"
LOG = TOOLS / "setup.log"
# Of the user's settings for pip and uv only those that say where packages come from and how to get there.
NETWORK = re.compile(
    "(PIP|UV)_.*(INDEX|FIND_LINKS|CERT|PROXY|HOST|KEYRING|TIMEOUT|RETRIES|CACHE_DIR|CONFIG_FILE)"
)


def main(args: list) -> int:
    """Make the environment if it is not there, then run `course ARGS` in it; returns the exit code."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        sys.exit(f"The course needs Python 3.11 or newer and this is {found}: try `python3.14 course.py`.")
    if sys.version_info[:2] > NEWEST:
        say(
            f"The course is tried with Python 3.11 to 3.15 and this is {found}: if it fails, use one of those."
        )
    if args in ([], ["-h"], ["--help"]) and not is_ready():
        print(__doc__)
        return 0
    try:
        if not is_ready():
            with only_one():
                if not is_ready():
                    set_up()
    except KeyboardInterrupt:
        say("\nStopped: the same command finishes the set-up.")
        return 130
    except OSError as error:
        sys.exit(
            f"The set-up could not write its files ({error}): put the course where you may write, and run it again."
        )
    return run_course(args)


def run_course(args: list) -> int:
    """Run the environment's `course`; on POSIX it takes this process's place, so that Ctrl-C goes straight to it."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    command = [str(COURSE)] + args
    if os.name != "nt":
        os.execve(command[0], command, env)
    child = subprocess.Popen(command, env=env)
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # the child had it too, and decides what it means
            return child.wait()


def stamp() -> str:
    """What .venv was made from: the Python and the place it cannot be moved from, and the packages."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return f"Python {sys.version.split()[0]} in {ROOT}\n{digest.hexdigest()}\n"


def read_stamp() -> str:
    """The stamp of the last finished set-up, or an empty string."""
    with contextlib.suppress(OSError):
        return STAMP.read_text(encoding="utf-8")
    return ""


def is_ready() -> bool:
    """Whether .venv is finished, for this lock, this Python and this place."""
    return read_stamp() == stamp() and PYTHON.exists() and COURSE.exists()


def set_up() -> None:
    """Make or renew .venv; one that a failed or interrupted set-up left behind is made anew."""
    began = time.monotonic()
    say("Setting up the course in .venv; the first time this downloads some 150 MB.")
    LOG.write_text("", encoding="utf-8")
    finished = read_stamp()
    STAMP.unlink(missing_ok=True)
    say("1/3 the installer, uv")
    uv = get_uv()
    say("2/3 Python packages, each checked against its hash")
    if finished.partition("\n")[0] != stamp().partition("\n")[0] or not PYTHON.exists():
        run(uv, "venv", "--no-project", "--clear", "--python", base_python(), VENV)
    run(uv, "pip", "sync", "--python", PYTHON, "--require-hashes", "requirements.lock")
    run(uv, "pip", "install", "--python", PYTHON, "--no-deps", "--no-build-isolation", "--editable", ".")
    say("3/3 warming up, so that the first lesson starts quickly")
    run(PYTHON, "-P", "-m", "helpers.jupyter_env")
    STAMP.write_text(stamp(), encoding="utf-8")
    say(f"Ready after {time.monotonic() - began:.0f} s.")


def get_uv() -> pathlib.Path:
    """The uv that requirements.lock pins, installed into .uv/ by pip: no other uv on this machine is touched or used."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pin = re.search(r"^uv==([\w.]+).*\n(?:[ \t]+.*\n)*", lock, re.MULTILINE)
    home = TOOLS / f"uv-{pin[1]}"
    if not home.exists():
        wanted, new = TOOLS / "uv.txt", TOOLS / "new"
        wanted.write_text(pin[0], encoding="utf-8")
        # --target is what a Python that refuses `pip install` (PEP 668) still allows.
        run(
            *find_pip(),
            "install",
            "--require-hashes",
            "--only-binary=:all:",
            "--upgrade",
            "--target",
            new,
            "-r",
            wanted,
        )
        new.rename(home)
    return next(path for path in (home / "bin" / f"uv{EXE}", home / BIN / f"uv{EXE}") if path.exists())


def find_pip() -> list:
    """The command that runs pip: Python's own, or one in a private environment that ensurepip makes."""
    own, private = [base_python(), "-P", "-m", "pip"], TOOLS / "pip"
    if succeeds(*own, "--version"):
        return own
    if succeeds(base_python(), "-P", "-m", "venv", "--clear", private):
        return [private / BIN / f"python{EXE}", "-m", "pip"]
    sys.exit(
        "This Python has neither pip nor ensurepip, which the set-up needs: "
        "install one of them (Debian, Ubuntu: `sudo apt install python3-venv`), then run the same command again."
    )


def base_python() -> str:
    """The Python that an active virtual environment was made from: .venv must not hang on another environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def run(*command) -> None:
    """Run one step, its output into the log; a failure ends the set-up with one sentence."""
    if not succeeds(*command):
        sys.exit(
            "The set-up could not finish, most often because a download found no network: "
            f"connect and run the same command again (what happened is at the end of {LOG.relative_to(ROOT)})."
        )


def succeeds(*command) -> bool:
    """Run a command quietly, with the user's network settings and none of the others for Python, pip and uv."""
    others = ("PYTHON", "PIP_", "UV_", "VIRTUAL_ENV", "CONDA", "__PYVENV")
    env = {k: v for k, v in os.environ.items() if not k.startswith(others) or NETWORK.match(k)}
    env.update(PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0", PIP_RETRIES="2", PIP_DISABLE_PIP_VERSION_CHECK="1")
    env.update(UV_COMPILE_BYTECODE="1", UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1")
    # Like pip: the machine's certificates (a school's proxy has its own), and pip's index where uv has none.
    env.setdefault("UV_SYSTEM_CERTS", "1")
    if "PIP_INDEX_URL" in env:
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    with LOG.open("a", encoding="utf-8") as log:
        print("$", *command, file=log, flush=True)
        streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
        return subprocess.call([str(part) for part in command], cwd=str(ROOT), env=env, **streams) == 0


@contextlib.contextmanager
def only_one():
    """Let one set-up work at a time; the system frees the lock when its holder ends, however it ends."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as handle:
        if not locked(handle):
            say("Waiting for another set-up of this course to finish.")
            while not locked(handle):
                time.sleep(0.2)
        yield


def locked(handle) -> bool:
    """Try to lock an open file, without waiting."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # anything but "taken" is a file system without locks: go on without
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def say(line: str) -> None:
    """Tell the user one line, beside the output of the command itself."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
