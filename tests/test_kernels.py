"""A forked kernel is as fresh as one that was started: nothing of the course, of a test or of another kernel is in it."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

import helpers
from helpers.classroom import kernels, refresh
from helpers.classroom.refresh import lesson_kernel, run_cell

pytestmark = pytest.mark.skipif(not kernels.POSSIBLE, reason="kernels are forked on Linux only")

LOOK = """
import json, os, random, sys
import numpy, psutil
here = {"pid": os.getpid(), "parent": os.getppid(), "cwd": os.getcwd(), "mode": os.environ["COURSE_MODE"]}
here["course"] = [name for name in sys.modules if name.partition(".")[0] in ("helpers", "moto", "tests", "pytest")]
here["names"] = [name for name in globals() if not name.startswith("_")]
here["random"], here["numpy"] = random.random(), numpy.random.random()
here["threads"] = psutil.Process(os.getppid()).num_threads()
here["path"], here["input"] = sys.path, sys.stdin is None or os.fstat(0).st_rdev
json.dumps(here)
"""


def look(folder, **settings) -> dict:
    """What a new kernel finds around it."""
    nb = new_notebook(cells=[new_code_cell(LOOK), new_code_cell("left = 1")])
    with lesson_kernel(nb, folder, settings=settings) as client:
        (output,) = run_cell(client, 0).outputs
        run_cell(client, 1)
    return json.loads(output.data["text/plain"].strip("'"))


def test_a_kernel_is_fresh_and_ends(tmp_path):
    first, second = look(tmp_path, COURSE_MODE="one"), look(tmp_path.parent, COURSE_MODE="other")
    assert (first["mode"], second["mode"]) == ("one", "other")
    assert (first["cwd"], second["cwd"]) == (str(tmp_path), str(tmp_path.parent))
    for here in (first, second):
        assert here["course"] == []
        assert set(here["names"]) <= {
            "In",
            "Out",
            "exit",
            "quit",
            "open",
            "get_ipython",
            "json",
            "numpy",
            "os",
            "psutil",
            "random",
            "sys",
            "here",
        }
        assert os.path.dirname(kernels.__file__) not in here["path"]
        assert not psutil.pid_exists(here["pid"])
        assert here["threads"] == 1  # a fork has none of the others, and waits for ever for a lock of theirs
    assert first["parent"] == second["parent"] != os.getpid()
    assert first["random"] != second["random"] and first["numpy"] != second["numpy"]
    kernels.end()
    assert not psutil.pid_exists(first["parent"])


STATE = """
import locale, logging, os, signal, sys, threading
import matplotlib.pyplot as plt, numpy as np, pandas as pd
figure, axes = plt.subplots(figsize=(1, 1))
bars = axes.bar([1, 2], [20, 10])
print(plt.get_backend(), plt.isinteractive(), sorted(map(str, plt.rcParams.items())))
print(sorted(map(str, get_ipython().display_formatter.formatters["image/png"].type_printers)))
print(logging.root.level, logging.root.handlers, logging.getLogger("botocore").level)
print([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGTERM)])
print(sys.argv[0], sys.path, sys.flags, sys.getrecursionlimit(), locale.getlocale(), os.umask(0o22))
print(pd.options.display.max_rows, np.get_printoptions(), sorted(os.environ.keys() - {"JPY_PARENT_PID"}))
print([key for key in os.environ if key.startswith("MPL")], __name__, type(sys.stderr).__name__)
"""
CHECKED = ["import warnings; warnings.warn('seen')", "figure", "!echo said", "input('?')", "1 / 0"]


def small_lesson() -> NotebookNode:
    """Shows in its outputs what a package, or IPython itself, may leave otherwise in a kernel that is forked."""
    return new_notebook(
        cells=[new_code_cell(source, id=f"a{n}") for n, source in enumerate([STATE, *CHECKED])]
    )


def lesson_04() -> NotebookNode:
    """The lesson with the most frames; pictures, SQL and refusals beside."""
    (path,) = refresh.NOTEBOOKS.glob("04_*.ipynb")
    return nbformat.read(path, as_version=4)


def stored(nb: NotebookNode, forked: bool, monkeypatch) -> str:
    """The lesson as a refresh in a kernel of this kind stores it."""
    monkeypatch.setattr(kernels, "POSSIBLE", forked)
    with lesson_kernel(nb, refresh.NOTEBOOKS) as client:
        assert isinstance(client.km.provisioner, refresh._Fork) == forked
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                run_cell(client, index)
    return refresh.canonical(nb)


@pytest.mark.parametrize(
    ("lesson", "shows"),
    [
        (lesson_04, ["dataframe", "data:image/png", '"ename"']),
        (small_lesson, ["image/png", "UserWarning: seen", '"said', "StdinNotImplementedError"]),
    ],
)
def test_a_lesson_in_a_forked_kernel_stores_what_it_stores_in_a_plain_one(lesson, shows, monkeypatch):
    """To the byte, figures too."""
    forked, plain = (stored(lesson(), each, monkeypatch) for each in (True, False))
    assert [part for part in shows if part not in plain] == []
    assert re.sub(r"ipykernel_\d+", "ipykernel", forked) == re.sub(r"ipykernel_\d+", "ipykernel", plain)


def test_a_kernel_meets_the_settings_of_the_machine_not_those_of_an_isolated_process(tmp_path, monkeypatch):
    monkeypatch.setitem(helpers.ENVIRON, "AWS_PROFILE", "somebody")
    nb = new_notebook(cells=[new_code_cell("import os; os.environ.get('AWS_PROFILE')")])
    assert "AWS_PROFILE" not in os.environ
    with lesson_kernel(nb, tmp_path) as client:
        assert "'somebody'" in run_cell(client, 0).outputs[0].data["text/plain"]


def test_what_is_loaded_beforehand_says_nothing():
    """A warning of a package must be seen in the lesson that loads it, so none may come before."""
    code = f"import sys; sys.argv = ['kernels']; sys.stdin = open({os.devnull!r}); sys.path.insert(0, '')\n"
    code += f"exec(compile(open({kernels.__file__!r}).read(), 'kernels', 'exec'), {{'__name__': '__main__'}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_kernels_end_with_the_process_that_asked_for_them(tmp_path):
    code = f"""if True:
        import json, os, signal, sys
        from nbformat.v4 import new_code_cell, new_notebook
        from helpers.classroom.refresh import lesson_kernel, run_cell
        nb = new_notebook(cells=[new_code_cell("import os; [os.getpid(), os.getppid()]")])
        with lesson_kernel(nb, {str(tmp_path)!r}) as client:
            print(run_cell(client, 0).outputs[0].data["text/plain"], flush=True)
            os.kill(os.getpid(), signal.SIGKILL)"""
    killed = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=100)
    assert killed.returncode == -signal.SIGKILL
    until = time.monotonic() + 60
    while any(map(running, json.loads(killed.stdout))):
        assert time.monotonic() < until
        time.sleep(0.1)


def running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
