"""course.py for real: copies of the checkout in a folder with a space in its name, and Pythons of several kinds.

Each Python is a copy of this one, made of links, without what a case takes away. Most cases install a short lock, cut
from the real one, from this machine's uv cache; one installs the whole.
"""

import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from needs import need

from helpers.classroom.locks import uv

ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = runpy.run_path(str(ROOT / "course.py"))
SHORT = {
    "requirements.lock": "flit-core matplotlib contourpy cycler fonttools kiwisolver numpy packaging pillow pyparsing python-dateutil six",
    "requirements-tools.lock": "uv six",
}
SHORT["requirements-test.lock"] = SHORT["requirements.lock"] + " iniconfig pluggy pygments pytest"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the Pythons it needs are made by linking a Linux one"
)


@pytest.fixture(scope="session")
def uv_cache() -> str:
    return subprocess.run(
        [uv(), "cache", "dir"], capture_output=True, encoding="utf-8", check=True
    ).stdout.strip()


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("empty home")


@pytest.fixture(scope="session")
def machine(uv_cache, home) -> dict[str, str]:
    """The environment of a fresh machine: no uv on PATH, an empty home."""
    path = os.pathsep.join(p for p in ("/usr/bin", "/bin") if not Path(p, "uv").exists())
    return {"PATH": path, "HOME": str(home), "UV_CACHE_DIR": uv_cache, "PIP_CACHE_DIR": str(home / "pip")}


@pytest.fixture(scope="session")
def network(machine) -> None:
    """Needs the package index, reached as the launcher reaches it."""
    wanted = [uv(), "pip", "compile", "--quiet", "--no-cache", "--no-deps", "-"]
    env = machine | {"UV_SYSTEM_CERTS": "1"}
    probe = subprocess.run(
        wanted, input="flit_core", env=env, capture_output=True, encoding="utf-8", timeout=60
    )
    need(probe.returncode == 0, "the package index is out of reach")


def make_python(folder: Path, *, without: tuple[str, ...] = (), managed: bool = False) -> str:
    """A Python of its own in ``folder``: this one's program and standard library; pip too, unless taken away."""
    base = Path(sys._base_executable).resolve()
    library = Path(os.__file__).parent
    copy = folder / "lib" / library.name
    (copy / "site-packages").mkdir(parents=True)
    (folder / "bin").mkdir()
    shutil.copy(base, folder / "bin" / "python3")
    for part in library.iterdir():
        if part.name not in ("site-packages", "dist-packages", "EXTERNALLY-MANAGED", *without):
            (copy / part.name).symlink_to(part)
    if "pip" not in without:
        where = "import pip, pathlib; print(pathlib.Path(pip.__file__).parent)"
        pip = subprocess.run([base, "-c", where], capture_output=True, encoding="utf-8").stdout.strip()
        need(pip != "", "this Python has no pip to lend")
        debian = folder / "lib" / "python3" / "dist-packages"  # where Debian's Python looks
        debian.mkdir(parents=True)
        for packages in (copy / "site-packages", debian):
            (packages / "pip").symlink_to(pip)
    if managed:
        (copy / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=use apt\n", encoding="utf-8")
    return str(folder / "bin" / "python3")


@pytest.fixture
def python(tmp_path) -> str:
    """An ordinary Python."""
    return make_python(tmp_path / "python")


def copy_checkout(folder: Path, *, short: bool = True) -> Path:
    """A copy of the checkout, with short locks unless all is wanted."""
    made = (
        ".git",
        ".venv",
        ".uv",
        "my-course",
        "node_modules",
        ".*_cache",
        "__pycache__",
        ".ipynb_checkpoints",
    )
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*made))
    if short:
        for name, packages in SHORT.items():
            lock = folder / name
            blocks = re.findall(
                r"^([\w.-]+)(==.*\n(?:[ \t]+.*\n)*)", lock.read_text(encoding="utf-8"), re.MULTILINE
            )
            kept = [name + pin for name, pin in blocks if name in packages.split()]
            lock.write_text("".join(kept), encoding="utf-8")
        (folder / "helpers" / "warm_up.py").write_text("import six\n", encoding="utf-8")
        init = folder / "helpers" / "__init__.py"  # the real one imports more than the short lock holds
        init.write_text("import os\n\nENVIRON = dict(os.environ)\n", encoding="utf-8")
    return folder


@pytest.fixture
def checkout(tmp_path) -> Path:
    return copy_checkout(tmp_path / "my courses" / "DynamoDB")


@pytest.fixture
def equipped(checkout) -> Path:
    """A checkout in which the installer is there already: for what comes after it, since getting it is most of the work."""
    home = Path(uv()).parents[1]
    (checkout / ".uv").mkdir()
    (checkout / ".uv" / f"uv-{LAUNCHER['pin_of_uv']()[1]}").symlink_to(home)
    return checkout


def course(python: str, checkout: Path, *args: str, env: dict[str, str], before: list[str] | None = None):
    """Run course.py from somewhere else and return the finished process."""
    command = [*(before or []), python, str(checkout / "course.py"), *args]
    return subprocess.run(command, env=env, cwd="/", capture_output=True, encoding="utf-8", timeout=1200)


def assert_ready(run: subprocess.CompletedProcess) -> None:
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().count(".") == 2, run.stdout  # a version number and nothing else


def modified(folder: Path) -> dict[Path, int]:
    """When each file below a folder was last written."""
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if not path.is_dir()}


def assert_one_sentence(run: subprocess.CompletedProcess, *words: str) -> None:
    """The last line of stderr says it all; before it come only the steps that were begun."""
    *steps, sentence = run.stderr.splitlines()
    assert run.returncode == 1
    assert all(word in sentence for word in words), sentence
    assert all(re.match(r"Setting up|\d/3 ", step) for step in steps), run.stderr


def test_a_fresh_machine_then_no_network(python, tmp_path, machine, network, cut_off):
    """The whole lock, Python refusing `pip install`; nothing goes to the home folder; then again, cut off, at once: no file is written."""
    python = make_python(tmp_path / "managed", managed=True)
    refused = subprocess.run(
        [python, "-m", "pip", "install", "six"], env=machine, capture_output=True, encoding="utf-8"
    )
    assert "externally-managed" in refused.stderr
    checkout = copy_checkout(tmp_path / "my courses" / "DynamoDB", short=False)
    first = course(python, checkout, "--version", env=machine)
    assert_ready(first)
    assert re.search(r"Ready after \d+ s\.$", first.stderr)
    made = modified(checkout)
    again = course(python, checkout, "--version", env=machine, before=cut_off)
    assert_ready(again)
    assert again.stderr == "" and modified(checkout) == made, "the set-up ran again"
    assert list(checkout.glob(".venv/share/*/matplotlib/fontlist*.json")), (
        "the first figure would write to stderr"
    )
    assert list(checkout.glob("helpers/__pycache__/*.pyc"))


def test_an_empty_uv_cache(python, equipped, tmp_path, machine, network):
    assert_ready(
        course(python, equipped, "--version", env=machine | {"UV_CACHE_DIR": str(tmp_path / "cache")})
    )


@pytest.mark.parametrize("without", ["ensurepip", "pip"])
def test_either_pip_or_ensurepip_is_enough(without, checkout, tmp_path, machine, network):
    need(find_spec("ensurepip") is not None, "this Python has no ensurepip to lend")
    python = make_python(tmp_path / "python", without=(without,), managed=True)
    assert_ready(course(python, checkout, "--version", env=machine))


def test_neither_pip_nor_ensurepip(checkout, tmp_path, machine):
    python = make_python(tmp_path / "python", without=("pip", "ensurepip"))
    assert_one_sentence(
        course(python, checkout, "--version", env=machine), "neither pip nor ensurepip", "python3-venv"
    )


def test_the_users_settings_do_not_lead_it_astray(python, checkout, tmp_path, machine, network):
    """Settings for pip, uv, Python and other environments, in variables, in the home folder and beside the checkout."""
    home = tmp_path / "home"
    for name, text in {
        "home/.config/pip/pip.conf": f"[global]\nuser = true\nrequire-virtualenv = true\ntarget = {tmp_path}/astray\n",
        "my courses/uv.toml": "no-index = true\n",
        "home/pythonpath/re.py": "raise SystemExit('led astray')",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    hostile = {
        "PIP_TARGET": str(tmp_path / "astray"),
        "PIP_NO_BINARY": ":all:",
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / "astray"),
        "UV_PYTHON": "3.7",
        "UV_EXCLUDE_NEWER": "2020-01-01",
        "VIRTUAL_ENV": str(tmp_path / "astray"),
        "CONDA_PREFIX": str(tmp_path / "astray"),
    }
    run = course(python, checkout, "--version", env=machine | hostile | {"HOME": str(home)})
    assert_ready(run)
    assert not (tmp_path / "astray").exists()


@pytest.mark.parametrize(("setting", "at"), [("PIP_INDEX_URL", "checkout"), ("UV_DEFAULT_INDEX", "equipped")])
def test_the_users_package_index_is_used(setting, at, python, request, machine, network):
    checkout = request.getfixturevalue(at)
    nowhere = "http://127.0.0.1:9/"
    env = machine | {setting: nowhere, "UV_CACHE_DIR": str(checkout / "cache"), "UV_HTTP_RETRIES": "0"}
    assert_one_sentence(course(python, checkout, "--version", env=env), "setup.log")
    assert nowhere in (checkout / ".uv" / "setup.log").read_text(encoding="utf-8")


def test_no_network_at_the_first_run(python, checkout, machine, cut_off):
    run = course(python, checkout, "--version", env=machine, before=cut_off)
    assert_one_sentence(run, "no network", "same command again", ".uv/setup.log")


def test_an_interrupted_set_up_is_repaired(python, equipped, machine, network):
    """Ctrl-C while packages are going in, and a .venv that lacks some; the next run puts it right."""
    command = [python, str(equipped / "course.py"), "--version"]
    run = subprocess.Popen(
        command, env=machine, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )
    while not list(equipped.glob(".venv/lib/*/site-packages/numpy")):
        assert run.poll() is None
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=30)[1]
    assert run.returncode == 130 and "Traceback" not in said and said.endswith("finishes the set-up.\n")
    (site,) = (equipped / ".venv" / "lib").glob("*/site-packages")
    (site / "numpy-1.0.dist-info").mkdir(exist_ok=True)  # what an unpacking that stopped half-way leaves
    assert_ready(course(python, equipped, "--version", env=machine))
    (equipped / ".venv" / "bin" / "python").unlink()
    assert_ready(course(python, equipped, "--version", env=machine))


def test_two_at_once_wait_for_each_other(python, checkout, machine, network):
    command = [python, str(checkout / "course.py"), "--version"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    runs = [subprocess.Popen(command, env=machine, **streams) for _ in range(2)]
    said = [run.communicate(timeout=100) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sorted("Waiting for another" in err for _, err in said) == [False, True]
    assert sum("Ready after" in err for _, err in said) == 1


def test_a_changed_lock_or_a_moved_checkout_is_noticed(python, checkout, machine, network):
    assert_ready(course(python, checkout, "--version", env=machine))
    kept = checkout / ".venv" / "kept"
    kept.touch()
    with (checkout / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert "Ready after" in course(python, checkout, "--version", env=machine).stderr
    assert kept.exists(), "what runs from .venv must survive an update"
    moved = checkout.rename(checkout.with_name("moved"))
    assert_ready(course(python, moved, "--version", env=machine))
    assert not (moved / ".venv" / "kept").exists()


def installed(checkout: Path) -> set[str]:
    """The names of the packages in .venv."""
    return {path.name.partition("-")[0] for path in checkout.glob(".venv/lib/*/site-packages/*.dist-info")}


def test_lab_installs_what_lessons_need_and_test_adds_the_rest_in_place(
    python, equipped, machine, network, cut_off
):
    """And whatever comes then, takes nothing away: a lock that changed, a set-up that broke off, a network that is gone."""
    first = course(python, equipped, "--version", env=machine)
    assert_ready(first)
    assert "downloads some 100 MB" in first.stderr
    few = installed(equipped)
    assert "matplotlib" in few and not {"pytest", "uv"} & few
    kept = equipped / ".venv" / "kept"
    kept.touch()
    by_hand = subprocess.run(
        [equipped / ".venv" / "bin" / "course", "test"], env=machine, capture_output=True, encoding="utf-8"
    )
    assert (
        by_hand.returncode == 1
        and by_hand.stderr.count("\n") == 1
        and "needs more than lessons do: `python3 course.py test`" in by_hand.stderr
    )
    nowhere = machine | {"UV_CACHE_DIR": str(equipped / "cache")}
    assert_one_sentence(course(python, equipped, "test", env=nowhere, before=cut_off), "no network")
    assert_ready(course(python, equipped, "--version", env=nowhere, before=cut_off))
    rest = course(python, equipped, "test", "--version", env=machine).stderr
    assert "downloads some 180 MB" in rest and "Ready after" in rest
    everything = installed(equipped)
    assert everything > few and "pytest" in everything and "uv" not in everything and kept.exists()
    assert list(equipped.glob(".venv/aws-cli/lib/*/site-packages/six.py"))
    again = course(python, equipped, "test", "--version", env=machine, before=cut_off)
    assert "Setting up" not in again.stderr
    (equipped / ".venv" / "course-everything.txt").write_text("unfinished", encoding="utf-8")
    assert "Setting up" not in course(python, equipped, "--version", env=machine).stderr
    with (equipped / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert "Ready after" in course(python, equipped, "--version", env=machine).stderr
    assert installed(equipped) == everything


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("teach", "no command 'teach': choose one of lab, test"),
        ("lab --reset 77", "no lesson '77': choose one of 00, 01"),
        ("refresh 00 77", "no lesson '77'"),
        ("serve --port x", "'x' is no port"),
        ("directory --port 70000", "'70000' is no port"),
        ("directory --backend nosql", "'nosql'"),
        ("bench --only nothing", "'nothing'"),
        ("bench --rounds 0", "'0' is no number from 1 on"),
        ("lock now", "(`python3 course.py lock --help` says more)"),
        ("lock --upgarde", "--upgarde"),
        ("test tests/nothing.py", "no file 'tests/nothing.py'"),
        ("test -x nothing.py::test_it", "no file 'nothing.py'"),
        ("test tests/test_lab.py::nope", "no test 'nope' in tests/test_lab.py"),
        ("lab --souce", "no option --souce: did you mean --source?"),
        ("lab --bowser=firefox 03", "no option --bowser: did you mean --browser?"),
        ("lab --xyzzy", "no option --xyzzy ("),
    ],
)
def test_a_mistyped_command_is_told_before_anything_is_installed(line, words, python, checkout, machine):
    run = course(python, checkout, *line.split(), env=machine)
    assert run.returncode in (1, 2) and run.stdout == ""
    assert run.stderr.count("\n") == 1 and words in run.stderr, run.stderr
    assert not (checkout / ".venv").exists() and not (checkout / ".uv").exists()


def test_the_help_of_a_command_installs_nothing(python, checkout, machine):
    run = course(python, checkout, "lab", "--help", env=machine)
    assert run.returncode == 0 and "--source" in run.stdout and not (checkout / ".uv").exists()
    assert "Other arguments go to JupyterLab." in run.stdout


def test_help_alone_installs_nothing(python, checkout, machine):
    run = course(python, checkout, env=machine)
    assert run.returncode == 0 and "course.py lab" in run.stdout and not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        (
            "error: failed to write `/x/y`: Read-only file system (os error 30)",
            "may not be written (error: failed to write `/x/y`",
        ),
        (
            "error: Failed to create cache: Permission denied (os error 13)",
            "may not be written (error: Failed to create cache: Permission",
        ),
        ("error: Hash mismatch for `six==1.17.0`", "not the package that the lock pins"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the package that the lock pins"),
        ("ERROR: Could not install packages: Missing dependencies for SOCKS support.", "SOCKS proxy"),
        (
            "error sending request for url\nCaused by: invalid peer certificate: UnknownIssuer",
            "the certificate",
        ),
        ("ProxyError('Cannot connect to proxy.', NameResolutionError('school'))", "the proxy"),
        (
            "NewConnectionError: [Errno 101] Network is unreachable\nERROR: No matching distribution",
            "no network",
        ),
        ("error: Request failed\nCaused by: dns error: failed to lookup address", "no network"),
        (
            "hint: cffi has no wheels with a matching Python ABI tag (cp399)",
            "not there for this Python on this system (hint: cffi has no wheels with a matching Python ABI tag (cp399))",
        ),
        (
            "ERROR: No matching distribution found for uv==1",
            "not there for this Python on this system (ERROR",
        ),
        (
            "  x Failed to build `pandas==9`\nhint: more",
            "this Python on this system (x Failed to build `pandas==9`)",
        ),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "a file may not be written (PermissionError"),
        ("Traceback:\n  File x\nValueError: something else.\n\n", "said: ValueError: something else"),
        ("", "said: nothing"),
    ],
)
def test_the_reason_that_is_told_is_what_the_step_said(said, words):
    """The network is named only where it was the network."""
    told = LAUNCHER["reason"](said)
    assert words in told and ("no network" in told) == ("no network" in words)
    assert not told.endswith("."), "more of the sentence follows"


@pytest.mark.parametrize(("free", "words"), [(2**20 - 1, "the disk is full"), (2**20, "said: nothing")])
def test_a_disk_that_is_full_is_told_although_the_step_could_not_say_so(free, words, monkeypatch):
    """The log is on the same disk."""
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2**40, 2**40 - free, free)
    )
    assert words in LAUNCHER["reason"]("")


def test_a_colon_in_the_path_is_told(python, tmp_path, machine):
    checkout = copy_checkout(tmp_path / "lessons 10:30")
    run = course(python, checkout, "--version", env=machine)
    assert_one_sentence(run, "has a ':'", "rename it")
    assert not (checkout / ".uv").exists()


def test_a_folder_named_in_another_script_works_in_every_locale(python, tmp_path, machine, network):
    """Python before 3.12.4 reads .pth files in the locale's encoding, whatever UTF-8 mode says."""
    checkout = copy_checkout(tmp_path / "Müller, 100% #1")
    env = machine | {"LC_ALL": "C"}
    assert_ready(course(python, checkout, "--version", env=env))
    (helpers,) = checkout.glob(".venv/lib/*/site-packages/helpers.pth")
    assert helpers.read_bytes().isascii()
    assert (
        "Setting up" not in course(python, checkout, "--version", env=machine | {"LC_ALL": "C.UTF-8"}).stderr
    )


def test_another_package_than_the_locked_one_is_told(python, equipped, machine, network):
    lock = equipped / "requirements.lock"
    text = re.sub("sha256:[0-9a-f]{8}", "sha256:00000000", lock.read_text(encoding="utf-8"))
    lock.write_text(text, encoding="utf-8")
    env = machine | {"UV_CACHE_DIR": str(equipped / "cache")}
    assert_one_sentence(course(python, equipped, "--version", env=env), "not the package that the lock pins")


@pytest.mark.parametrize(
    ("mount", "words"),
    [
        ('mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"', "may write"),
        (
            'mkdir "$0/.uv" && mount -t tmpfs -o size=64k none "$0/.uv" && ! cat /dev/zero >"$0/.uv/fill" 2>&1',
            "disk is full",
        ),
    ],
    ids=["read-only", "full"],
)
def test_a_disk_that_takes_nothing_is_told(mount, words, python, checkout, machine):
    apart = ["unshare", "--map-root-user", "--mount"]
    possible = subprocess.run([*apart, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
    need(possible.returncode == 0, "mounts are not permitted here")
    before = [*apart, "sh", "-c", f'{mount} && exec "$@"', str(checkout)]
    assert_one_sentence(course(python, checkout, "--version", env=machine, before=before), words)


def test_a_disk_that_runs_no_programs_is_told(python, checkout, machine, network):
    apart = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = 'mkdir "$0" && mount -t tmpfs -o noexec none "$0" && exec "$@"'
    possible = subprocess.run([*apart, mount, str(checkout / "tried"), "true"], capture_output=True)
    need(possible.returncode == 0, "mounts are not permitted here")
    run = course(python, checkout, "--version", env=machine, before=[*apart, mount, str(checkout / ".uv")])
    assert_one_sentence(run, "uv cannot be started (Permission denied)", "programs may run")


def old_pythons() -> list[str]:
    """Pythons on this machine that are too old for the course."""
    minors = range(6, 11)
    found = [shutil.which(f"python3.{minor}") for minor in minors]
    found += [str(p) for m in minors for p in Path.home().glob(f".pyenv/versions/3.{m}.*/bin/python")]
    return [path for path in found if path and "shims" not in path]


def test_an_old_python_is_told_so(machine):
    """Those that are installed here, down to 3.6; the next test pretends, for machines that have none."""
    for python in old_pythons():
        assert_one_sentence(course(python, ROOT, "lab", env=machine), "needs Python 3.11 or newer")


def pretending(release: tuple[int, int, int], *args: str, env: dict[str, str]) -> subprocess.CompletedProcess:
    """Run course.py in a Python that says it is of another release."""
    pretend = f"import sys, runpy; sys.version_info = {release}; sys.argv = {['course.py', *args]}; "
    pretend += f"runpy.run_path({str(ROOT / 'course.py')!r}, run_name='__main__')"
    return subprocess.run([sys.executable, "-c", pretend], env=env, capture_output=True, encoding="utf-8")


def test_too_old_is_refused(machine):
    """The same, where no such Python is installed."""
    assert_one_sentence(pretending((3, 10, 13), env=machine), "needs Python 3.11 or newer", "3.10.13")


@pytest.mark.parametrize(("release", "lines"), [((3, 11, 0), 0), ((3, 15, 9), 0), ((3, 16, 1), 1)])
def test_one_that_is_too_new_is_tried_with_one_line_of_warning(release, lines, machine):
    run = pretending(release, "--help", env=machine)
    assert run.returncode == 0 and "python3 course.py" in run.stdout
    assert run.stderr.count("\n") == lines and run.stderr.count("tried with Python 3.11 to 3.15") == lines
