"""A forked kernel is as fresh as one that was started: nothing of the course, of a test or of another kernel is in it."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.classroom import kernels
from helpers.classroom.refresh import lesson_kernel, run_cell

pytestmark = pytest.mark.skipif(not kernels.POSSIBLE, reason="kernels are forked on Linux only")

LOOK = """
import json, os, random, sys
here = {"pid": os.getpid(), "parent": os.getppid(), "cwd": os.getcwd(), "mode": os.environ["COURSE_MODE"]}
here["course"] = [name for name in sys.modules if name.partition(".")[0] in ("helpers", "moto", "tests", "pytest")]
here["names"] = [name for name in globals() if not name.startswith("_")]
here["random"], here["path"], here["input"] = random.random(), sys.path, sys.stdin is None or os.fstat(0).st_rdev
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
            "os",
            "random",
            "sys",
            "here",
        }
        assert os.path.dirname(kernels.__file__) not in here["path"]
        assert not psutil.pid_exists(here["pid"])
    assert first["parent"] == second["parent"] != os.getpid()
    assert first["random"] != second["random"]
    kernels.end()
    assert not psutil.pid_exists(first["parent"])


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
