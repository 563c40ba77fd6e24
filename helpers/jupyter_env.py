"""The surroundings in which the course starts Jupyter, its kernels and its tests: the same on every machine."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import helpers

PROBE_BYTES = 1_000_000  # more than a start of JupyterLab writes


def _home() -> Path:
    """A folder in this environment; where that takes nothing, one among the system's temporary files."""
    folder = Path(sys.prefix, "share", "dynamodb-notebooks")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(
            dir=folder
        ) as probe:  # fails on a disk that is full, or mounted to be read
            probe.write(bytes(PROBE_BYTES))
    except OSError:
        return Path(tempfile.mkdtemp(prefix="dynamodb-notebooks-"))
    return folder


HOME = _home()
"""Jupyter's, IPython's and Matplotlib's own files, inside this environment instead of the user's home."""

# What users set for other work and what would change a lesson: other environments, other kernels, start-up files,
# plotting backends, colours, widths, options of the test runner.
_FOREIGN = ("PYTHON", "IPYTHON", "JUPYTER", "CONDA", "VIRTUAL_ENV", "MPL", "MATPLOTLIB", "PYTEST", "TQDM_")
_FOREIGN += ("MOTO_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLORTERM", "PY_COLORS", "LINES")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_HARMLESS = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUTF8")


def jupyter_env(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment variables for JupyterLab, kernels and tests: ``environ`` without what changes a lesson.

    AWS settings stay: `helpers.connect()` deals with those.
    """
    env = {k: v for k, v in environ.items() if not k.startswith(_FOREIGN) or k in _HARMLESS}
    env = {k: v for k, v in env.items() if k.lower() not in _PROXIES} | _proxies(env)
    programs = Path(sys.prefix, "Scripts" if os.name == "nt" else "bin")
    env |= {
        "PATH": os.pathsep.join([str(programs), environ.get("PATH", os.defpath)]),  # for `!aws` and `!python`
        "VIRTUAL_ENV": sys.prefix,  # IPython puts the packages of any other on sys.path
        "JUPYTER_PATH": str(Path(sys.prefix, "share", "jupyter")),  # where kernels are looked for first
        "JUPYTER_CONFIG_DIR": _folder("jupyter-config"),
        "JUPYTER_DATA_DIR": _folder("jupyter-data"),
        "IPYTHONDIR": _folder("ipython"),
        "MPLCONFIGDIR": _folder("matplotlib"),
        "COLUMNS": "80",
    }
    return env


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's proxies as all libraries understand them; one that JupyterLab would die of at its start is left out.

    A scheme may be missing where http is meant. httpx, which JupyterLab asks for extensions with, refuses that, and
    SOCKS too.
    """
    kept = {}
    for name, value in environ.items():
        if name.lower() in _PROXIES and value:
            url = value if "://" in value else f"http://{value}"
            with suppress(ValueError):  # a port that is no number
                parts = urlsplit(url)
                if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
                    kept[name] = url
    return kept


def run(module: str, *args: str, cwd: Path, **settings: str) -> int:
    """Run ``python -m module args`` in ``cwd`` under :func:`jupyter_env` and return its exit code; ``module`` may be a
    script instead, ending in ``.py``.

    On POSIX the module takes this process's place: one Ctrl-C, one signal, one exit code.
    """
    program = [module] if module.endswith(".py") else ["-m", module]
    command = [sys.executable, "-P", *program, *args]  # -P: a student's random.py is not Python's random
    os.chdir(cwd)
    env = jupyter_env(helpers.ENVIRON) | settings
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(command[0], command, env)
    with subprocess.Popen(command, env=env) as child:
        while True:
            with suppress(KeyboardInterrupt):  # the child had it too, and decides what it means
                return child.wait()


def _folder(name: str) -> str:
    folder = HOME / name
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)
