"""JupyterLab with a quiet screen: `python server.py LOG ARGS`. What Jupyter and its kernels say goes to the file LOG.

On the screen stands the address, once somebody can go there; or, if JupyterLab ends before that, why.
This is a script outside of the package, since importing `helpers` would take the user's AWS settings from the kernels.
"""

import os
import re
import sys
import traceback
from pathlib import Path

from jupyterlab.labapp import LabApp


def main(log: str, *args: str) -> int:
    """Run JupyterLab until Ctrl-C; returns its exit code."""
    with open(log, "ab") as file, os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace") as screen:
        begin = file.tell()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(file.fileno(), stream.fileno())  # the kernels' too
        running = []

        def tell() -> None:
            running.append(True)
            print(server.display_url.split()[-1], file=screen, flush=True)

        try:
            server = LabApp.initialize_server(argv=list(args))
            server.io_loop.add_callback(tell)
            server.start()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            traceback.print_exc()
            code = 1
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        if running:
            print("\nJupyterLab has ended.", file=screen)
        else:
            said = Path(log).read_bytes()[begin:].decode(errors="replace").strip()
            reason = re.sub(r"^\[[^]]*\] ", "", said.splitlines()[-1] if said else "no reason given")
            print(f"JupyterLab did not start: {reason}" if code else said, file=screen)
        return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
