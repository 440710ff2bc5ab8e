"""Intervals, each written once: percentiles of a bootstrap, and Wilson's for a share."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from .errors import ModelError


def check_level(level: float) -> float:
    """A probability strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ModelError("level", "a probability between 0 and 1", repr(level), "Use level=.9 for 90 % intervals.")
    return level


def percentiles(draws: np.ndarray, level: float) -> np.ndarray:
    """Low and high percentile over the first axis of bootstrap draws, shape (2, ...)."""
    check_level(level)
    return np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)


def wilson(share, n, level: float) -> pd.DataFrame:
    """Shares of `n` people with Wilson's (1927) intervals: ``estimate, low, high``; NaN where n is 0 or not known."""
    share, n = np.atleast_1d(np.asarray(share, float)), np.atleast_1d(np.asarray(n, float))
    n = np.where(n > 0, n, np.nan)
    z2 = ndtri((1 + check_level(level)) / 2) ** 2
    centre, half = share + z2 / (2 * n), np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2)))
    low, high = (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n)
    return pd.DataFrame({"estimate": np.where(np.isnan(n), np.nan, share), "low": low, "high": high})
