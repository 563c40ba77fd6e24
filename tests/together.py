"""Work that several threads do at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event


def together(work: Callable[[int], object], number: int) -> None:
    """Run work(0), work(1), … at once, and raise what one of them raised.

    Each thread has begun before the next is made: Python 3.11 kills one of two threads that
    install the tracer of a coverage run at the same moment.
    """
    go = Event()

    def run(i: int, begun: Event) -> None:
        begun.set()
        go.wait()
        work(i)

    with ThreadPoolExecutor(number) as pool:
        try:
            runs = []
            for i in range(number):
                runs.append(pool.submit(run, i, begun := Event()))
                assert begun.wait(60), "a thread did not begin"
        finally:
            go.set()
        for one in runs:
            one.result()
