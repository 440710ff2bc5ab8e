"""Long work shows how far it is, on the error stream, and stays quiet where a notebook's output is stored."""

import os
from collections.abc import Iterable

from tqdm import tqdm


def progress(steps: Iterable, what: str, total: int | None = None) -> tqdm:
    """`steps`, with a bar that appears after a second and vanishes at the end; none when SMM_QUIET is set."""
    return tqdm(steps, desc=what, total=total, delay=1, leave=False, disable=bool(os.environ.get("SMM_QUIET")))
