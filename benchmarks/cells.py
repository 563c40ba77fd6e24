"""Run the code cells of notebooks in one IPython, as fast as that goes: `cells.py NOTEBOOK ...`."""

import json
import os
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


def main(paths: list[str]) -> int:
    # The figures are drawn into the outputs, as in a kernel.
    os.environ.update(COURSE_MODE="offline", MPLBACKEND="module://matplotlib_inline.backend_inline")
    shell = InteractiveShell.instance()
    shell.display_formatter.active_types = shell.display_formatter.format_types
    for path in paths:
        shell.reset()
        for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                with capture_output():
                    done = shell.run_cell("".join(cell["source"]), store_history=True)
                if not done.success and "raises-exception" not in cell["metadata"].get("tags", []):
                    print(
                        f"{Path(path).name}: {done.error_in_exec or done.error_before_exec}", file=sys.stderr
                    )
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
