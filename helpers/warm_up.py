"""Do once what would otherwise slow the first lesson down, or write to its stderr: bytecode, Matplotlib's fonts.

Importing a module compiles it, so what lessons, their kernels and JupyterLab import is imported here, and nothing else is
compiled: of the installed files that is one in four. Run as a file, it starts the two halves at once.
"""

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HALVES = ("kernel", "server")


def imports() -> list[str]:
    """The import statements of all lessons, each once."""
    found = []
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                found += _imports_of("".join(cell["source"]))
    return list(dict.fromkeys(found))


def _imports_of(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic, or an exercise that is not finished
        return []
    return [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def kernel() -> None:
    """What runs the cells: the kernel, what the lessons import, and a first answer with its table and its figure."""
    import os

    from helpers.jupyter_env import jupyter_env

    os.environ.update(jupyter_env())  # Matplotlib keeps its fonts where kernels look for them
    for name in ("ipykernel.kernelapp", "matplotlib.pyplot", "matplotlib_inline.backend_inline"):
        import_module(name)
    for statement in imports():
        exec(statement, {})
    from helpers import connect, datasets, show

    table = connect("offline", fresh=True).create_table(**datasets.table_input("notes"))
    show(table)


def server() -> None:
    """What serves the browser: JupyterLab, its extensions and its handlers."""
    for name in ("jupyterlab.labapp", "jupyter_lsp", "jupyter_server_terminals", "notebook_shim"):
        import_module(name)
    from jupyter_server.serverapp import JUPYTER_SERVICE_HANDLERS

    for names in JUPYTER_SERVICE_HANDLERS.values():
        for name in names or ():
            import_module(name)


def main(args: list[str]) -> int:
    """Warm up one half, or both at once; returns the exit code."""
    if args:
        {"kernel": kernel, "server": server}[args[0]]()
        return 0
    children = [subprocess.Popen([sys.executable, "-P", __file__, half]) for half in HALVES]
    return max(abs(child.wait()) for child in children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
