"""Which promise pays best, given what a broken promise and a longer wait cost: the user's inputs decide."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..answer import Answer
from ..errors import ModelError, one_of
from ..intervals import percentiles
from ..tables.orders import UNITS, Orders
from ..words import _, percent
from .quote import rule, watched
from .rows import amount

TIMES = (0.25, 0.5, 1, 2, 4)


def best_promise(
    orders: Orders,
    *,
    margin: float,
    loss: float,
    slope: float,
    kept_at_least: float = 0.8,
    loss_per: str = "promise",
    as_of: str | pd.Timestamp | None = None,
    level: float = 0.9,
    n_resamples: int = 200,
    random_state: int = 0,
) -> Answer:
    """Which promised time brings the largest expected profit, by the recent orders?

    Parameters
    ----------
    orders : Orders
        Times; with ``ordered_at`` only the recent orders that `quote_promise` looks at.
    margin, loss : float
        Earned by an order whose promise is kept; lost by a broken one (or by every unit too late).
    slope : float
        Share of the demand lost by every further promised unit: .01 is 1 percent of what is left.
    kept_at_least : float, default 0.8
        Promises kept less often are not allowed: else breaking every promise can pay.
    loss_per : {"promise", "unit"}
        With "unit", what never came counts as delivered at the longest wait seen.
    as_of : day, optional
    level, n_resamples, random_state
        Percentile intervals of resampled orders.

    Returns
    -------
    Answer
        By ``promised``: ``kept``, ``demand`` (shares), profit per order wanted at an immediate promise ``estimate, low,
        high``, ``allowed``. Part `sensitivity` (a quarter to four times `loss` and `slope`). Facts: `best`, `best_low`,
        `best_high`, `best_kept`; `edge`: the best is the longest wait seen.

    Raises
    ------
    ModelError
        For inputs that are no amounts or shares, or if no promise is kept often enough.

    Notes
    -----
    exp(-slope d) (margin - loss P(Y > d)), or loss E(Y - d)+ per unit: for small costs the newsvendor's P(Y <= d) = 1 -
    slope margin / loss. Delivery times are taken not to depend on the promise.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> best_promise(simulate_orders(2000, random_state=1)[0], margin=10, loss=10, slope=0.01).best
    20.0
    """
    for name, value, most in (("margin", margin, np.inf), ("loss", loss, np.inf), ("slope", slope, 1)):
        if not 0 < value < most:
            raise ModelError(name, f"a number above 0 and below {most:g}", repr(value), "State it in your units.")
    one_of("loss_per", loss_per, ("promise", "unit"))
    if isinstance(orders, Orders) and orders.unit not in UNITS:
        raise ModelError("orders", "a best promise is about times", str(orders.unit), "For ratings see quote_promise.")
    rows, _gone, _end = watched(orders, None, as_of)
    rows = rows[rows["weeks"] <= rule(rows, kept_at_least)[1]]
    came = np.isfinite(rows["took"]) & (rows["took"] <= rows["age"])
    days = np.arange(rows["took"][came].max() + 1)
    n, counts = int(rows["count"].sum()), rows["count"].to_numpy()
    kept = _come_by(rows, counts[None].astype(float), days)
    allowed = kept[0] >= kept_at_least
    if not allowed.any():
        rule_, found = "some promise is kept so often", f"at most {kept.max():.1%} within {days[-1]:g} {orders.unit}"
        raise ModelError("kept_at_least", rule_, found, "Ask for less.")

    def profit(kept: np.ndarray, loss: float, slope: float) -> np.ndarray:
        """Of every promise, for shares kept (..., days)."""
        late = 1 - kept
        harm = late if loss_per == "promise" else late[..., ::-1].cumsum(-1)[..., ::-1] - late[..., -1:]
        return np.exp(-slope * days) * (margin - loss * harm)

    def best(kept: np.ndarray, loss: float, slope: float) -> np.ndarray:
        return np.where(allowed, profit(kept, loss, slope), -np.inf).argmax(-1)

    drawn = np.random.default_rng(random_state).multinomial(n, counts / n, n_resamples).astype(float)
    drawn = _come_by(rows, drawn, days)
    low, high = percentiles(profit(drawn, loss, slope), level)
    table = pd.DataFrame({"promised": days, "kept": kept[0], "demand": np.exp(-slope * days)})
    table = table.assign(estimate=profit(kept[0], loss, slope), low=low, high=high, allowed=allowed)
    grid = [(loss * a, slope * b, int(best(kept[0], loss * a, slope * b))) for a in TIMES for b in TIMES]
    grid = pd.DataFrame(grid, columns=["loss", "slope", "promised"])
    grid = grid.assign(kept=kept[0][grid["promised"]], promised=days[grid["promised"]])
    ours = int(best(kept[0], loss, slope))
    ends = np.quantile(best(drawn, loss, slope), [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf").astype(int)
    facts = dict(zip(("best", "best_low", "best_high"), days[[ours, *ends]].tolist(), strict=True))
    facts |= {"best_kept": float(kept[0][ours]), "edge": bool(ours == len(days) - 1), "margin": margin,
              "loss_per": loss_per, "kept_at_least": kept_at_least}  # fmt: skip
    about = replace(orders.about, n=n, unit=orders.unit, level=level)
    return Answer(table, about, _says, {"sensitivity": grid}, facts, ("best_promise",))


def _come_by(rows: pd.DataFrame, count: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Shares that have come by every day (Kaplan & Meier 1958) for counts of shape (draws, rows)."""
    took, age = rows["took"].to_numpy(), rows["age"].to_numpy()
    came = np.isfinite(took) & (took <= age)
    events = count @ ((took[:, None] == days) & came[:, None])
    risk = count @ (np.minimum(took, age)[:, None] >= days)
    return 1 - np.cumprod(1 - events / np.where(risk > 0, risk, 1), axis=1)


def _says(answer: Answer) -> tuple[str, str]:
    """The best promise, how far it hangs on the two unknowns, and what the minimum does."""
    unit, grid = answer.about.unit, answer.sensitivity["promised"]
    free = answer.table.loc[answer.table["estimate"].idxmax()]
    text = _("Your inputs decide this: with them {best} is best, kept in {kept} of the cases; with a quarter to four "
             "times your loss and slope, {low} to {high}.")  # fmt: skip
    words = {"best": amount(answer.best, unit), "low": amount(grid.min(), unit), "high": amount(grid.max(), unit)}
    said = [text.format(kept=percent(answer.best_kept), **words)]
    if not free["allowed"]:
        text = _("Without your minimum it would pay to promise {best} and keep only {kept}.")
        said.append(text.format(best=amount(free["promised"], unit), kept=percent(free["kept"])))
    if answer.edge:
        said.append(
            _("That is the longest wait seen: a longer promise may pay even better, these orders cannot show it.")
        )
    return _("With your inputs a promise of {best} pays best").format(best=words["best"]), " ".join(said)
