"""What every lesson may import: `from helpers import connect, load, show, explore, meter, check, hint, solution`.

Importing this package isolates the process from AWS (see `helpers.backends`), and in IPython shortens the
tracebacks of refused requests.
"""

import gc

from helpers import local_tables
from helpers.backends import ENVIRON as ENVIRON
from helpers.backends import connect, isolate
from helpers.datasets import load
from helpers.exercises import box, check, hint, solution
from helpers.meter import HANDLERS, meter
from helpers.tracebacks import install
from helpers.views import explore, show

__version__ = "0.1.0"
__all__ = ["check", "connect", "explore", "hint", "load", "meter", "show", "solution"]

isolate([*HANDLERS, *local_tables.HANDLERS, *box.HANDLERS])
install()
gc.freeze()  # imports stay: the collector need not walk them while the first client is made
