"""`course lab`, the student's copies, and the surroundings in which kernels run."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen
from zipfile import ZipFile

import nbformat
import psutil
import pytest
from jupyter_client import BlockingKernelClient
from jupyterlab.labapp import LabApp

from helpers import cli, commands, copies, jupyter_env, lab
from helpers.errors import CourseError

# What a cell sees of its surroundings.
PROBE = """
import builtins, importlib.util, json, os, shutil, sys
import matplotlib
matplotlib.rcParams
print(json.dumps({
    "prefix": sys.prefix,
    "started": [name for name in ("by_ipython", "by_python") if hasattr(builtins, name)],
    "importable": [name for name in ("on_pythonpath", "in_other_venv") if importlib.util.find_spec(name)],
    "backend": matplotlib.get_backend().lower(),
    "size": matplotlib.rcParamsOrig["figure.figsize"][0],
    "columns": shutil.get_terminal_size().columns,
    "python": os.path.dirname(shutil.which("python")),
    "settings": [name for name in ("NO_COLOR", "CONDA_PREFIX", "TQDM_DISABLE", "PYTHONWARNINGS") if name in os.environ],
}))
"""
RUN_IN_KERNEL = """
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3")
said = []
client.execute_interactive(sys.stdin.read(), timeout=60, output_hook=lambda m: said.append(m["content"].get("text", "")))
client.stop_channels()
manager.shutdown_kernel(now=True)
print([line for line in "".join(said).splitlines() if line.startswith('{"prefix')][-1])
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> dict[str, str]:
    """The environment of a machine on which everything is set for other work."""
    home = tmp_path_factory.mktemp("home")

    def write(name: str, text: str) -> str:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    write(".ipython/profile_default/startup/00.py", "import builtins; builtins.by_ipython = 1")
    write("pythonpath/on_pythonpath.py", "")
    site = "Lib/site-packages" if os.name == "nt" else f"lib/python3.{sys.version_info.minor}/site-packages"
    write(f"venv/{site}/in_other_venv.py", "")
    Path(write("bin/python.bat" if os.name == "nt" else "bin/python", "")).chmod(0o755)
    write(
        "jupyter/kernels/python3/kernel.json",
        json.dumps({"argv": ["no-such-kernel"], "display_name": "x", "language": "python"}),
    )
    return os.environ | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "IPYTHONDIR": str(home / ".ipython"),
        "PYTHONSTARTUP": write("startup.py", "import builtins; builtins.by_python = 1"),
        "PYTHONPATH": str(home / "pythonpath"),
        "PYTHONWARNINGS": "always",
        "VIRTUAL_ENV": str(home / "venv"),
        "CONDA_PREFIX": str(home / "venv"),
        "PATH": os.pathsep.join([str(home / "bin"), os.environ["PATH"]]),
        "JUPYTER_PATH": str(home / "jupyter"),
        "MPLBACKEND": "svg",
        "MATPLOTLIBRC": write("matplotlibrc", "figure.figsize: 3, 3"),
        "COLUMNS": "33",
        "NO_COLOR": "1",
        "TQDM_DISABLE": "1",
    }


def seen_in_kernel(env: dict[str, str]) -> dict:
    result = subprocess.run(
        [sys.executable, "-c", RUN_IN_KERNEL],
        input=PROBE,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def bare(hostile) -> dict:
    """What a kernel sees without our protection; the foreign kernelspec is left out, for nothing would start."""
    return seen_in_kernel({name: value for name, value in hostile.items() if name != "JUPYTER_PATH"})


@pytest.fixture(scope="module")
def ours(hostile) -> dict:
    return seen_in_kernel(jupyter_env.jupyter_env(hostile))


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("started", []),
        ("importable", []),
        ("backend", "module://matplotlib_inline.backend_inline"),
        ("size", 6.4),
        ("columns", 80),
        ("python", str(Path(sys.prefix, "Scripts" if os.name == "nt" else "bin"))),
        ("settings", []),
    ],
)
def test_the_users_settings_do_not_reach_a_kernel(bare, ours, what, expected):
    assert ours[what] in (expected, "inline")
    assert bare[what] != ours[what], "the hostile setting does nothing: this test proves nothing"


def test_the_kernel_is_this_environments(ours):
    assert ours["prefix"] == sys.prefix


def test_the_users_own_python_kernel_would_be_found_first(hostile):
    where = "from jupyter_client.kernelspec import get_kernel_spec as g; print(g('python3').resource_dir)"
    found = [
        subprocess.run(
            [sys.executable, "-c", where], env=env, capture_output=True, encoding="utf-8", check=True
        ).stdout
        for env in (hostile, jupyter_env.jupyter_env(hostile))
    ]
    assert hostile["JUPYTER_PATH"] in found[0] and sys.prefix in found[1]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("proxy.school.example:3128", "http://proxy.school.example:3128"),
        ("http://me:secret@proxy:3128", "http://me:secret@proxy:3128"),
        ("https://proxy", "https://proxy"),
        ("socks5://proxy:1080", None),
        ("http://proxy:port", None),
        ("", None),
    ],
)
def test_proxies_reach_jupyter_as_it_can_read_them(value, kept):
    assert jupyter_env.jupyter_env({"https_proxy": value}).get("https_proxy") == kept


def test_pip_install_works_in_a_lesson(tmp_path):
    """uv makes environments without pip, and `%pip` runs this command."""
    wheel, about = tmp_path / "tiny-1.0-py3-none-any.whl", "tiny-1.0.dist-info"
    with ZipFile(wheel, "w") as file:
        file.writestr("tiny.py", "")
        file.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", "")
    command = [sys.executable, "-m", "pip", "install", "--no-index", f"--target={tmp_path}", str(wheel)]
    run = subprocess.run(
        command, env=jupyter_env.jupyter_env(), capture_output=True, encoding="utf-8", timeout=100
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "tiny.py").exists()


def test_aws_settings_stay(hostile):
    assert jupyter_env.jupyter_env({"AWS_PROFILE": "mine"})["AWS_PROFILE"] == "mine"


def test_a_started_program_has_the_users_aws_settings(tmp_path):
    """Importing helpers isolates this process; JupyterLab, which it starts, must reach what the user set."""
    show = "import os; print(os.environ.get('AWS_PROFILE'))"
    start = "import sys; from helpers.jupyter_env import run; run('timeit', '-n1', '-r1', sys.argv[1], cwd=sys.argv[2])"
    command = [sys.executable, "-c", start, show, str(tmp_path)]
    env = os.environ | {"AWS_PROFILE": "mine"}
    assert subprocess.run(
        command, env=env, capture_output=True, encoding="utf-8", timeout=60
    ).stdout.startswith("mine\n")


@pytest.fixture
def opened(tmp_path, monkeypatch) -> list:
    """A checkout with two lessons, and how JupyterLab would be started on it: (arguments, settings) a call."""
    calls = []
    monkeypatch.setattr(lab, "run", lambda *args, **settings: calls.append((args, settings)) or 0)
    monkeypatch.setattr(copies, "ROOT", tmp_path)
    monkeypatch.setattr(copies, "ORIGINALS", tmp_path / "notebooks")
    monkeypatch.setattr(copies, "COPIES", tmp_path / "my-course")
    copies.ORIGINALS.mkdir()
    for name in ("00_start_here", "03_read_items"):
        shutil.copy(cli.ROOT / "notebooks" / f"{name}.ipynb", copies.ORIGINALS)
    return calls


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ([], "my-course/00_start_here.ipynb"),
        (["03"], "my-course/03_read_items.ipynb"),
        (["03_read_items.ipynb", "--no-browser"], "my-course/03_read_items.ipynb"),
        (["--no-browser", "3"], "my-course/03_read_items.ipynb"),
        (["--source", "03"], "notebooks/03_read_items.ipynb"),
    ],
)
def test_lab_opens_the_lesson_that_is_named(opened, arguments, address, capsys):
    assert cli.main(["lab", *arguments]) == 0
    ((args, settings),) = opened
    assert f"--LabApp.default_url=/lab/tree/{address}" in args
    assert f"--ServerApp.root_dir={copies.ROOT}" in args, "helpers/directory can be read in the file browser"
    assert f"--FileContentsManager.preferred_dir={copies.ROOT / address.partition('/')[0]}" in args
    assert ("--no-browser" in args) == ("--no-browser" in arguments)
    assert copies.COPIES.exists() != ("--source" in arguments)
    said = capsys.readouterr().out
    assert address in said and "Ctrl-C" in said and "come back" in said and "lab.log" in said
    assert said.endswith("address into one:\n\n"), "the address comes last and alone"


@pytest.mark.parametrize("name", ["77", "03_write.ipynb", "read"])
def test_lab_tells_what_is_no_lesson(opened, name, capsys):
    with pytest.raises(SystemExit):
        cli.main(["lab", name])
    assert opened == [] and f"no lesson '{name}'" in capsys.readouterr().err


def test_a_port_is_no_lesson(opened):
    cli.main(["lab", "--port", "8890", "03"])
    ((args, _),) = opened
    assert args[-1] == "--ServerApp.port=8890" and any(arg.endswith("03_read_items.ipynb") for arg in args)


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [
        (["--browser", "firefox", "03"], ["--browser=firefox"]),
        (["--browser=firefox", "03"], ["--browser=firefox"]),
        (["--ServerApp.token", "abc", "03"], ["--ServerApp.token=abc"]),
        (["--no-browser", "03"], ["--no-browser"]),
        (["--debug", "-y", "03"], ["--debug", "-y"]),
    ],
)
def test_what_goes_to_jupyterlab_is_no_lesson(opened, arguments, passed):
    cli.main(["lab", *arguments])
    ((args, _),) = opened
    assert list(args[-len(passed) :]) == passed
    assert "--LabApp.default_url=/lab/tree/my-course/03_read_items.ipynb" in args


def test_the_options_that_are_passed_on_are_jupyterlabs():
    """`watch` is both: without a value it is a flag."""
    assert set(LabApp.flags) | {"help-all", "version"} == commands.JUPYTER_FLAGS
    assert set(LabApp.aliases) - {"watch"} == commands.JUPYTER_VALUES


def test_lab_tells_of_a_changed_lesson_in_one_line(opened, capsys):
    lab.start([])
    assert "Changed" not in capsys.readouterr().out
    for path in (copies.COPIES, copies.ORIGINALS):
        nb = nbformat.read(path / "03_read_items.ipynb", as_version=4)
        nb.cells[0].source = f"# Read {path.name}"
        nbformat.write(nb, path / "03_read_items.ipynb")
    lab.start([])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "Changed" in line]
    assert "lab --reset 03" in line


def test_copies_that_cannot_be_written_are_told_in_one_sentence(opened, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(copies, "_write", full)
        with pytest.raises(CourseError, match="my-course cannot be written .No space left.*--source"):
            lab.start([])
    assert opened == []
    lab.start([])
    (copies.COPIES / "03_read_items.ipynb").unlink()
    monkeypatch.setattr(copies, "_write", full)
    assert lab.start([]) == 0, "the copies that are there can still be read"
    assert "will not be saved" in capsys.readouterr().out


def test_an_unknown_command_gets_one_sentence(capsys):
    assert cli.main(["teach"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "'teach'" in said.err


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full: free some space"),
        (
            OSError(errno.EROFS, "Read-only file system", "my-course/x"),
            "(my-course/x), Read-only file system",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "my-course"),
            "put the course where you may write",
        ),
    ],
)
def test_a_disk_that_takes_nothing_gets_one_sentence(problem, words, monkeypatch, capsys):
    def refused(args):
        raise problem

    monkeypatch.setitem(cli.COMMANDS, "serve", refused)
    assert cli.main(["serve"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and words in said


def test_another_fault_is_not_taken_for_a_full_disk(monkeypatch):
    monkeypatch.setitem(cli.COMMANDS, "serve", lambda args: open("not/there"))
    with pytest.raises(FileNotFoundError):
        cli.main(["serve"])


def test_where_the_environment_may_not_be_written_jupyter_keeps_its_files_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "share").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    home = jupyter_env._home()
    assert home.is_dir() and not home.is_relative_to(tmp_path)
    home.rmdir()


def test_help_names_every_command(capsys):
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said for name in cli.COMMANDS)


@pytest.fixture
def started(monkeypatch) -> list:
    """What `course test` would run, instead of running it."""
    calls = []
    monkeypatch.setattr(jupyter_env, "run", lambda *args, **settings: calls.append((args, settings)) or 0)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return calls


def test_the_proof_runs_offline_from_the_checkout(started, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_MODE", "aws")
    cli.main(["test", "-x"])
    assert started == [(("pytest", "-x"), {"cwd": cli.ROOT, "COURSE_MODE": "offline"})]
    assert "always runs offline" in capsys.readouterr().out


def test_paths_are_relative_to_where_the_user_stands(started, monkeypatch):
    monkeypatch.chdir(cli.ROOT / "tests")
    cli.main(["test", "test_lab.py::test_help_names_every_command", "-k", "nothing"])
    assert started[0][0] == (
        "pytest",
        str(cli.ROOT / "tests" / "test_lab.py::test_help_names_every_command"),
        "-k",
        "nothing",
    )


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("tests/test_lab.py::nope", "no test 'nope' in tests/test_lab.py"),
        ("tests/test_lab.py::test_help[nope]", "no test 'test_help[nope]'"),
        ("notebooks/00_start_here.ipynb::Cell 999", "no test 'Cell 999'"),
        ("notebooks/00_start_here.ipynb::Cell 1", "no test 'Cell 1'"),  # a text cell
        ("tests/test_directory.py::TestContract::nope", "no test 'nope'"),
        ("tests/test_directory.py::Nope::test_what_is_empty_comes_back_empty", "no test 'Nope'"),
    ],
)
def test_a_test_that_is_not_there_is_told_in_one_sentence(started, argument, words, capsys):
    assert cli.main(["test", argument]) == 1
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and started == []


@pytest.mark.parametrize(
    "argument",
    [
        "tests/test_lab.py::test_help_names_every_command",
        "tests/test_lab.py::test_a_port_is_no_lesson[any case]",
        "tests/test_directory.py::TestContract::test_what_is_empty_comes_back_empty[sqlite]",
        "tests",
    ],
)
def test_a_test_that_is_there_is_run(started, argument):
    assert cli.main(["test", argument]) == 0 and len(started) == 1


def test_every_cell_that_is_collected_may_be_named(started, request):
    """A notebook's tests are the root conftest's."""
    (proof,) = [one for one in request.config.pluginmanager.get_plugins() if hasattr(one, "Lesson")]
    path = cli.ROOT / "notebooks" / "00_start_here.ipynb"
    names = [cell.name for cell in proof.Lesson.from_parent(request.session, path=path).collect()]
    assert len(names) == len(set(names)) > 10
    for name in names:
        assert cli.main(["test", f"{path}::{name}"]) == 0


def test_an_inherited_test_may_be_named(started, tmp_path, capsys):
    file = tmp_path / "test_more.py"
    file.write_text("from others import Base\n\nclass TestMore(Base):\n    pass\n", encoding="utf-8")
    assert cli.main(["test", f"{file}::TestMore::test_of_the_base"]) == 0
    assert cli.main(["test", f"{file}::test_of_the_base"]) == 1
    assert "no test 'test_of_the_base'" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX terminal")
def test_one_ctrl_c_ends_lab_and_its_kernels(tmp_path):
    import pty

    ours, theirs = pty.openpty()
    before = len(lab.LOG.read_text(encoding="utf-8")) if lab.LOG.exists() else 0
    command = ["lab", "--source", "--no-browser", "--ServerApp.port=0", "--IdentityProvider.token=secret"]
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", TERMINAL, *command],
            stdin=theirs,
            stdout=log,
            stderr=log,
            env=os.environ | PROXIES,
            start_new_session=True,
        )
        try:
            address = wait_for(lambda: address_in(tmp_path / "log"))
            api = f"{address}api/kernels?token=secret"
            with urlopen(Request(api, data=b"{}", method="POST"), timeout=100) as kernel:
                assert json.load(kernel)["name"] == "python3"
            kernels = wait_for(lambda: psutil.Process(server.pid).children())
            talk_to(kernels[0])
            listening = {
                c.laddr.ip for c in psutil.Process(server.pid).net_connections("inet") if c.status == "LISTEN"
            }
            assert listening == {"127.0.0.1"}
            os.write(ours, b"\x03")
            assert server.wait(60) in (0, 130)
            assert not psutil.wait_procs(kernels, timeout=60)[1]
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
                server.wait(60)
            os.close(ours)
            os.close(theirs)
    said = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    logged = lab.LOG.read_text(encoding="utf-8")[before:]
    *above, blank, address, end, last = said
    assert (blank, end, last) == ("", "", "JupyterLab has ended."), said
    assert re.fullmatch(
        r"http://127\.0\.0\.1:\d+/lab/tree/notebooks/00_start_here\.ipynb\?token=\.\.\.", address
    )
    assert len(above) == 4 and not any("ServerApp" in line for line in said)
    assert "Jupyter Server" in logged and "eavesdropping" not in logged
    assert "Traceback" not in logged and "[n]" not in logged


def test_jupyterlab_that_does_not_start_says_why(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [
            "lab",
            "--source",
            "--no-browser",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
        ]
        run = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from helpers.cli import main; sys.exit(main(sys.argv[1:]))",
                *command,
            ],
            capture_output=True,
            encoding="utf-8",
            timeout=100,
        )
    assert run.returncode != 0 and run.stderr == ""
    last = run.stdout.splitlines()[-1]
    assert last.startswith("JupyterLab did not start: ") and str(port) in last


# What a school sets, and what libraries that lab does not need die of.
PROXIES = {"HTTP_PROXY": "proxy.school.example:3128", "ALL_PROXY": "socks5://proxy.school.example:1080"}

# The terminal of a new session, so that Ctrl-C reaches the process as from a keyboard.
TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from helpers.cli import main
sys.exit(main(sys.argv[1:]))
"""


def address_in(log: Path) -> str | None:
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "/lab/tree/" in line]
    return lines[0].split()[-1].partition("lab/tree")[0] if lines else None


def talk_to(kernel: psutil.Process) -> None:
    """Wait until a kernel answers."""
    client = BlockingKernelClient(
        connection_file=wait_for(lambda: [a for a in kernel.cmdline() if a.endswith(".json")])[0]
    )
    client.load_connection_file()
    client.start_channels(hb=False)  # one second without a heartbeat means death, on a slow machine too early
    client.wait_for_ready(timeout=100)
    client.stop_channels()


def wait_for(look, seconds: float = 100):
    """Call until there is an answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := look():
            return answer
        time.sleep(0.1)
    raise TimeoutError(look)
