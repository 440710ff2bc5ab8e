"""Intervals, each written once: percentiles of a bootstrap, widened for few people, and Wilson's for a share."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from .errors import ModelError
from .words import _

EPSILON = 1e-3  # a share nearer to 0 or 1 keeps its limits: its logit means nothing


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
    """Shares of `n` people as ``estimate, low, high`` (Wilson 1927); no ends where n is 0 or not known."""
    share, n = (np.atleast_1d(np.asarray(given, float)) for given in (share, n))
    n = np.where(n > 0, n, np.nan)
    z2 = ndtri((1 + check_level(level)) / 2) ** 2
    centre, half = share + z2 / (2 * n), np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2)))
    low, high = (centre - half) / (1 + z2 / n), (centre + half) / (1 + z2 / n)
    return pd.DataFrame({"estimate": share, "low": low, "high": high})


def widening(effective_n: float, n_parameters: int) -> float:
    """How much wider than its bootstrap an interval of a model with so many parameters must be for so many people.

    sqrt(n / (n - p)), below 5 p people n / (n - p); NaN, so that no interval is given, for p + 10 people or fewer.
    Measured with it (tests/slow_results.md): 90 % intervals of 100 to 500 weighted people hold the truth in 86 to 96 of
    100 surveys.
    """
    if effective_n <= n_parameters + 10:
        return np.nan
    return (effective_n / (effective_n - n_parameters)) ** (1.0 if effective_n < 5 * n_parameters else 0.5)


def widened(estimate, draws: np.ndarray, level: float, factor: float, *, share: bool = False) -> np.ndarray:
    """Percentiles of draws, `factor` times as far from the estimate (shares: on the logit scale), (2, ...)."""
    limits = percentiles(draws, level)
    if not share:
        return estimate + factor * (limits - estimate)
    inside = (limits > EPSILON) & (limits < 1 - EPSILON)
    centre = logit(np.clip(estimate, EPSILON, 1 - EPSILON))
    far = expit(centre + factor * (logit(np.clip(limits, EPSILON, 1 - EPSILON)) - centre))
    return np.where(inside, far, limits + 0 * factor)


def small_sample(n: float, n_parameters: int) -> str:
    """What a reader of intervals must know about so few people; nothing for many."""
    if n <= n_parameters + 10:
        return _("No intervals: too few people for so many parameters.")
    if n < 5 * n_parameters:
        return _("The intervals are widened, because few people stand behind every parameter.")
    return ""
