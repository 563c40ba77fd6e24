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
import runpy
import shutil
import subprocess
import sys
import time

OLDEST, NEWEST = (3, 11), (3, 15)  # tried; a newer one is not refused

ROOT = pathlib.Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
PYTHON, COURSE = VENV / BIN / f"python{EXE}", VENV / BIN / f"course{EXE}"
LESSONS, EVERYTHING, BESIDE = "requirements.lock", "requirements-test.lock", "requirements-tools.lock"
# What .venv was made from, for each lock that went into it; the second stays when lessons are all that is asked for.
STAMPS = {LESSONS: VENV / "course-lessons.txt", EVERYTHING: VENV / "course-everything.txt"}
UNFINISHED = b"unfinished"
TOOLS = ROOT / ".uv"
LOG = TOOLS / "setup.log"
# Of the user's settings for pip and uv only those that say where packages come from and how to get there.
NETWORK = re.compile(
    "(PIP|UV)_.*(INDEX|FIND_LINKS|CERT|PROXY|HOST|KEYRING|TIMEOUT|RETRIES|CACHE_DIR|CONFIG_FILE)"
)
# What uv, pip and venv say when they fail, and the reason that it stands for: the first that is found is told.
REASONS = [
    (r"[^\n]* cannot be started [^\n]*", "{0}: put the course on a disk from which programs may run"),
    (r"No space left|os error (28|112|122)\b|not enough space|quota exceeded", "the disk is full: free 1 GB"),
    (
        r"[^\n]*(Read-only file system|Permission denied|Access is denied|os error (5|13|30)\b)[^\n]*",
        "a file may not be written ({0}): put that right",
    ),
    (
        r"hash mismatch|DO NOT MATCH THE HASHES",
        "a download is not the package that the lock pins (its hash is another): use an index or a proxy that changes nothing",
    ),
    (
        r"socks",
        "ALL_PROXY or HTTPS_PROXY names a SOCKS proxy, which pip cannot use: name an HTTP proxy, or none",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer|certificate verify failed",
        "the certificate of the package index was not accepted: name the file of your network's own in SSL_CERT_FILE",
    ),
    (
        r"ProxyError|Cannot connect to proxy|tunnel error|Proxy Authentication|invalid proxy",
        "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names did not let it through: put that right",
    ),
    (
        r"NewConnectionError|NameResolutionError|dns error|name resolution|unreachable|Connection (refused|reset|aborted)|"
        r"error sending request|timed out|Failed to establish|No route to host|getaddrinfo|tcp connect",
        "a download found no network: connect",
    ),
    (
        r"[^\n]*(no wheels? with|No matching distribution|no matching .*platform|Failed to build)[^\n]*",
        "a package is not there for this Python on this system ({0}): try another Python",
    ),
]


def main(args: list) -> int:
    """Make the environment if it is not there, then run `course ARGS` in it; returns the exit code."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        sys.exit(f"The course needs Python 3.11 or newer and this is {found}: try `python3.14 course.py`.")
    if sys.version_info[:2] > NEWEST:
        say(
            f"The course is tried with Python 3.11 to 3.15 and this is {found}: if it fails, use one of those."
        )
    # A mistyped command costs no download: what can be typed is known without one.
    everything = runpy.run_path(str(ROOT / "helpers" / "commands.py"))["check"](args or ["--help"])
    lock = EVERYTHING if everything else LESSONS
    if args in ([], ["-h"], ["--help"], ["help"]) and not is_ready(lock):
        print(__doc__)
        return 0
    try:
        if not is_ready(lock):
            if os.pathsep in str(ROOT):
                fail(f"The folder's path has a {os.pathsep!r} ({ROOT}), which no PATH can hold: rename it")
            with only_one():
                if not is_ready(lock):
                    set_up(lock)
    except KeyboardInterrupt:
        say("\nStopped: the same command finishes the set-up.")
        return 130
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            fail("The set-up could not finish, because the disk is full: free 1 GB")
        fail(f"The set-up could not write its files ({error}): put the course where you may write")
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


def stamp(lock: str) -> bytes:
    """What .venv is made from: the Python and the place it cannot be moved from, and the packages of a lock."""
    digest = hashlib.sha256()
    for name in [lock, "pyproject.toml"] + [BESIDE] * (lock == EVERYTHING):
        digest.update((ROOT / name).read_bytes())
    return b"\n".join([sys.version.split()[0].encode(), os.fsencode(str(ROOT)), digest.hexdigest().encode()])


def made_from(lock: str) -> bytes:
    """The stamp of the last set-up with this lock; nothing if there was none."""
    with contextlib.suppress(OSError):
        return STAMPS[lock].read_bytes()
    return b""


def is_ready(lock: str) -> bool:
    """Whether .venv holds what a lock asks for, for this Python and this place; everything holds what lessons need."""
    made = any(made_from(name) == stamp(name) for name in (lock, EVERYTHING))
    return made and PYTHON.exists() and COURSE.exists()


def set_up(lock: str) -> None:
    """Make, renew or complete .venv, and take nothing away that an earlier set-up was asked for.

    One that a failed or interrupted set-up left behind is made anew, unless what lessons need is whole in it.
    """
    began = time.monotonic()
    LOG.write_text("", encoding="utf-8")
    everything = lock == EVERYTHING or made_from(EVERYTHING) != b""
    size = 180 if everything else 100
    say(f"Setting up the course in .venv; the first time this downloads some {size} MB.")
    lessons_are_whole, broken = is_ready(LESSONS), UNFINISHED in map(made_from, STAMPS)
    in_place = lessons_are_whole or (not broken and made_here() and PYTHON.exists())
    say("1/3 the installer, uv")
    uv = get_uv()
    say("2/3 Python packages, each checked against its hash")
    if not in_place:
        run(uv, "venv", "--no-project", "--clear", "--python", base_python(), VENV)
    for name in STAMPS if everything else [LESSONS]:
        if not (name == LESSONS and lessons_are_whole):
            STAMPS[name].write_bytes(UNFINISHED)
    install(uv, PYTHON, EVERYTHING if everything else LESSONS, *["--reinstall"] * (in_place and broken))
    run(uv, "pip", "install", "--python", PYTHON, "--no-deps", "--no-build-isolation", "--editable", ".")
    find_by_a_relative_path()
    if everything:
        add_aws_cli(uv)
    if not lessons_are_whole:
        say("3/3 warming up, so that the first lesson starts quickly")
        run(PYTHON, "-P", "helpers/warm_up.py")
    for name in STAMPS if everything else [LESSONS]:
        STAMPS[name].write_bytes(stamp(name))
    say(f"Ready after {time.monotonic() - began:.0f} s.")


def made_here() -> bool:
    """Whether .venv was made by this Python in this place."""
    return made_from(LESSONS).rpartition(b"\n")[0] == stamp(LESSONS).rpartition(b"\n")[0]


def install(uv: pathlib.Path, python: pathlib.Path, lock, *options: str) -> None:
    """Put exactly what a lock pins into the environment of a Python."""
    run(uv, "pip", "sync", "--python", python, "--require-hashes", *options, lock)


def find_by_a_relative_path() -> None:
    """Let .venv find `helpers` by a path of dots, where the installer wrote the whole path in UTF-8.

    Python before 3.12.4 reads such a file in the encoding of the locale, and so would not find a folder named "Müller".
    """
    for site in [VENV / "Lib" / "site-packages"] if os.name == "nt" else VENV.glob("lib/*/site-packages"):
        (site / "helpers.pth").write_text(os.path.relpath(str(ROOT), str(site)), encoding="ascii")


def add_aws_cli(uv: pathlib.Path) -> None:
    """The AWS CLI, which tests ask, in an environment of its own inside .venv: it would hold other packages back."""
    home = VENV / "aws-cli"
    wanted = TOOLS / "aws-cli.txt"
    wanted.write_text(
        (ROOT / BESIDE).read_text(encoding="utf-8").replace(pin_of_uv()[0], ""), encoding="utf-8"
    )
    run(uv, "venv", "--no-project", "--clear", "--python", base_python(), home)
    install(uv, home / BIN / f"python{EXE}", wanted)


def pin_of_uv():
    """The lines of a lock that pin uv; group 1 is the version."""
    lock = (ROOT / BESIDE).read_text(encoding="utf-8")
    return re.search(r"^uv==([\w.]+).*\n(?:[ \t]+.*\n)*", lock, re.MULTILINE)


def get_uv() -> pathlib.Path:
    """The uv that is pinned, installed into .uv/ by pip: no other uv on this machine is touched or used."""
    pin = pin_of_uv()
    home = TOOLS / f"uv-{pin[1]}"
    if not home.exists():
        wanted, new = TOOLS / "uv.txt", TOOLS / "new"
        wanted.write_text(pin[0], encoding="utf-8")
        # --target is what a Python that refuses `pip install` (PEP 668) still allows.
        how = ["--require-hashes", "--only-binary=:all:", "--upgrade", "--target", new, "-r", wanted]
        run(*find_pip(), "install", *how)
        new.rename(home)
    return next(path for path in (home / "bin" / f"uv{EXE}", home / BIN / f"uv{EXE}") if path.exists())


def find_pip() -> list:
    """The command that runs pip: Python's own, or one in a private environment that ensurepip makes."""
    own, private = [base_python(), "-P", "-m", "pip"], TOOLS / "pip"
    if succeeds(*own, "--version"):
        return own
    if succeeds(base_python(), "-P", "-m", "ensurepip", "--version"):
        run(base_python(), "-P", "-m", "venv", "--clear", private)
        return [private / BIN / f"python{EXE}", "-m", "pip"]
    sys.exit(
        "This Python has neither pip nor ensurepip, which the set-up needs: "
        "install one of them (Debian, Ubuntu: `sudo apt install python3-venv`), then run the same command again."
    )


def base_python() -> str:
    """The Python that an active virtual environment was made from: .venv must not hang on another environment."""
    return getattr(sys, "_base_executable", None) or sys.executable


def run(*command) -> None:
    """Run one step, its output into the log; a failure ends the set-up with one sentence, which says why."""
    before = LOG.stat().st_size
    if not succeeds(*command):
        with LOG.open("rb") as log:
            log.seek(before)
            said = log.read().decode("utf-8", "replace")
        fail(
            f"The set-up could not finish, because {reason(said)}",
            f" (what happened is at the end of {LOG.relative_to(ROOT)})",
        )


def reason(said: str) -> str:
    """Why a step failed, from what it said: one of REASONS, else its last line, without a full stop."""
    if shutil.disk_usage(str(ROOT)).free < 2**20:  # then the log could not be written either
        said = "No space left"
    for pattern, why in REASONS:
        match = re.search(pattern, said, re.IGNORECASE)
        if match:
            return why.format(match[0].strip())
    last = ([line.strip() for line in said.splitlines() if line.strip()] or ["nothing"])[-1].rstrip(".")
    return f"a step failed and said: {last}"


def fail(why: str, where: str = "") -> None:
    """End the set-up with one sentence."""
    sys.exit(f"{why}, and run the same command again{where}.")


def succeeds(*command) -> bool:
    """Run a command quietly, with the user's network settings and none of the others for Python, pip and uv."""
    others = ("PYTHON", "PIP_", "UV_", "VIRTUAL_ENV", "CONDA", "__PYVENV")
    env = {k: v for k, v in os.environ.items() if not k.startswith(others) or NETWORK.match(k)}
    env.update(PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0", PIP_RETRIES="2", PIP_DISABLE_PIP_VERSION_CHECK="1")
    env.update(UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1")
    # Like pip: the machine's certificates (a school's proxy has its own), and pip's index where uv has none.
    env.setdefault("UV_SYSTEM_CERTS", "1")
    if "PIP_INDEX_URL" in env:
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    with LOG.open("a", encoding="utf-8", errors="backslashreplace") as log:
        print("$", *command, file=log, flush=True)
        streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
        try:
            return subprocess.call([str(part) for part in command], cwd=str(ROOT), env=env, **streams) == 0
        except OSError as error:  # such as a disk that runs no programs
            print(f"{command[0]} cannot be started ({error.strerror})", file=log)
            return False


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
