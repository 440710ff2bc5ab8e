"""Long work shows how far it is and leaves nothing behind: a line in a notebook, a bar in a terminal, else nothing."""

import sys
from collections.abc import Iterable, Iterator
from time import monotonic

AFTER, EVERY = 1.0, 0.2  # seconds


def progress(steps: Iterable, what: str, total: int | None = None) -> Iterator:
    """`steps`, one by one; whoever waits longer than a second sees how many are done."""
    if "ipykernel" in sys.modules and _kernel():
        return _in_notebook(steps, what, total if total is not None or not hasattr(steps, "__len__") else len(steps))
    if sys.stderr is not None and sys.stderr.isatty():
        from tqdm import tqdm

        return iter(tqdm(steps, desc=what, total=total, delay=AFTER, leave=False))
    return iter(steps)


def _kernel() -> bool:
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


def _in_notebook(steps: Iterable, what: str, total: int | None) -> Iterator:
    """A display that is updated, and emptied at the end: an error stream would leave a red box in the notebook."""
    from IPython.display import display

    handle, last = None, monotonic() + AFTER - EVERY
    try:
        for done, step in enumerate(steps):
            if monotonic() - last > EVERY:
                last, text = monotonic(), f"{what}: {done}" + (f" of {total}" if total else "")
                handle = handle or display({"text/plain": ""}, raw=True, display_id=True)
                handle.update({"text/plain": text}, raw=True)
            yield step
    finally:
        if handle:
            handle.update({"text/plain": ""}, raw=True)
