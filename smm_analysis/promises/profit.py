"""Which promise pays best, given what a broken promise and a longer wait cost: the user's inputs decide."""

import numpy as np
import pandas as pd

from ..errors import ModelError
from ..tables.notes import Notes
from ..words import _, number, percent
from .quote import complete, complete_orders

TIMES = (0.25, 0.5, 1, 2, 4)


def best_promise(
    orders: pd.DataFrame,
    *,
    margin: float,
    loss: float,
    slope: float,
    kept_at_least: float = 0.8,
    loss_per: str = "promise",
    as_of: str | pd.Timestamp | None = None,
    complete_after: float | None = None,
    level: float = 0.9,
    n_resamples: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Which number of promised days brings the largest expected profit?

    Parameters
    ----------
    orders : DataFrame
        ``actual`` (days, empty while undelivered) and, for cohorts, ``ordered_at``.
    margin : float
        Earned by an order whose promise is kept, in your currency.
    loss : float
        Lost by a broken promise, or by every day too late, in the same currency.
    slope : float
        Share of the demand lost by every further promised day: .01 is 1 percent of what is left.
    kept_at_least : float, default 0.8
        Promises kept less often are not allowed: else breaking every promise can pay.
    loss_per : {"promise", "day"}
        With "day", what never came counts as delivered after `complete_after` days.
    as_of, complete_after
        As in `quote_promise`.
    level, n_resamples, seed
        Percentile intervals of resampled orders.

    Returns
    -------
    DataFrame
        ``promised`` (days), ``kept`` (share), ``demand`` (share left), profit per order wanted at an immediate promise
        ``estimate, low, high``, ``allowed``. attrs: ``best`` (promised, low, high, kept), ``sensitivity`` (best promise
        for a quarter to four times `loss` and `slope`), ``verdict``.

    Raises
    ------
    ModelError
        For inputs that are no amounts or shares, or if no promise is kept often enough within `complete_after`.

    Notes
    -----
    exp(-slope d) (margin - loss P(Y > d)), or loss E(Y - d)+ per day. For small costs per day the best d is the
    newsvendor's: P(Y <= d) = 1 - slope margin / loss. Delivery times are taken not to depend on the promise.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> table = best_promise(simulate_orders(2000, seed=1)[0], margin=10, loss=10, slope=0.01)
    >>> table.attrs["best"]["promised"]
    20.0
    """
    for name, value, most in (("margin", margin, np.inf), ("loss", loss, np.inf), ("slope", slope, 1)):
        if not 0 < value < most:
            raise ModelError(name, f"a number above 0 and below {most:g}", repr(value), "State it in your units.")
    if loss_per not in ("promise", "day"):
        raise ModelError("loss_per", "'promise' or 'day'", repr(loss_per), "Choose one of these.")
    rows, wait, end = complete_orders(orders, None, as_of, complete_after, False)
    total = complete(rows, wait, end).groupby("duration")["count"].sum()
    n, came = int(total.sum()), total.index.to_numpy()
    if not np.isfinite(came).any():
        found, remedy = f"none delivered that had waited {wait.days} days", "Lower `complete_after`, or wait."
        raise ModelError("orders", "some must be complete", found, remedy)
    longest = came[np.isfinite(came)].max()
    days = np.arange(longest + 1)
    late, days_late = came > days[:, None], np.clip(np.minimum(came, max(wait.days, longest)) - days[:, None], 0, None)
    harm, share = (late if loss_per == "promise" else days_late).astype(float), total.to_numpy() / n
    kept = 1 - late @ share
    allowed = kept >= kept_at_least
    if not allowed.any():
        rule, found = "some promise is kept so often", f"at most {kept.max():.1%} within {wait.days} days"
        raise ModelError("kept_at_least", rule, found, "Ask for less, or raise `complete_after`.")

    def profit(share: np.ndarray, loss: float, slope: float) -> np.ndarray:
        """Of every promise, for shares of durations (..., durations)."""
        return np.exp(-slope * days) * (margin - loss * (share @ harm.T))

    def best(share: np.ndarray, loss: float, slope: float) -> np.ndarray:
        return np.where(allowed, profit(share, loss, slope), -np.inf).argmax(-1)

    drawn = np.random.default_rng(seed).multinomial(n, share, n_resamples) / n
    tail = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(profit(drawn, loss, slope), tail, axis=0)
    table = pd.DataFrame({"promised": days, "kept": kept, "demand": np.exp(-slope * days)})
    table = table.assign(estimate=profit(share, loss, slope), low=low, high=high, allowed=allowed)
    grid = [(loss * a, slope * b, best(share, loss * a, slope * b)) for a in TIMES for b in TIMES]
    sensitivity = Notes(grid, columns=["loss", "slope", "promised"])
    ours = int(best(share, loss, slope))
    ends = np.quantile(best(drawn, loss, slope), tail, method="inverted_cdf").astype(int)
    chosen = dict(zip(("promised", "low", "high"), days[[ours, *ends]].tolist(), strict=True))
    table.attrs = {
        **rows.attrs, "n": n, "level": level, "margin": margin, "loss_per": loss_per, "kept_at_least": kept_at_least,
        "best": {**chosen, "kept": float(kept[ours])},
        "sensitivity": sensitivity.assign(kept=kept[sensitivity["promised"]], promised=days[sensitivity["promised"]]),
    }  # fmt: skip
    table.attrs["verdict"] = _verdict(table)
    return table


def _verdict(table: pd.DataFrame) -> str:
    """The best promise, how far it hangs on the two unknowns, and what the minimum does."""
    best, grid, free = table.attrs["best"], table.attrs["sensitivity"], table.loc[table["estimate"].idxmax()]
    text = _("Your inputs decide this: with them {days} days are best, kept in {kept} of the cases; with a quarter to "
             "four times your loss and slope, {low} to {high} days.")  # fmt: skip
    ends = {"low": number(grid["promised"].min()), "high": number(grid["promised"].max())}
    said = [text.format(days=number(best["promised"]), kept=percent(best["kept"]), **ends)]
    if not free["allowed"]:
        text = _("Without your minimum it would pay to promise {days} days and keep only {kept}.")
        said.append(text.format(days=number(free["promised"]), kept=percent(free["kept"])))
    return " ".join(said)
