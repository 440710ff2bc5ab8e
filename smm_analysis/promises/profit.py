"""Which promise pays best, given what a broken promise and a longer wait cost: the user's inputs decide."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..answer import Answer
from ..errors import ModelError
from ..intervals import percentiles
from ..tables.orders import UNITS, Orders
from ..words import _, percent
from .quote import came, come_by, rule, watched
from .rows import Day, amount

TIMES = (0.25, 0.5, 1, 2, 4)


def best_promise(
    orders: Orders,
    *,
    margin: float,
    loss: float,
    slope: float,
    kept_at_least: float = 0.8,
    as_of: Day | None = None,
    level: float = 0.9,
    n_resamples: int = 200,
    random_state: int = 0,
) -> Answer:
    """Which promised time brings the largest expected profit, by the recent orders?

    Parameters
    ----------
    orders : Orders
        Times; with ``ordered_at`` only the recent orders that `quote_promise` looks at, by the day `as_of`.
    margin, loss : float
        Earned by an order whose promise is kept; lost by a broken one.
    slope : float
        Share of the demand lost by every further promised unit: .01 is 1 percent of what is left.
    kept_at_least : float, default 0.8
        Promises kept less often are not allowed: else breaking every promise can pay.
    level, n_resamples, random_state
        Percentile intervals of resampled orders.

    Returns
    -------
    Answer
        By ``promised``: ``kept, demand`` (shares), profit exp(-slope d) (margin - loss P(Y > d)) per order wanted at an
        immediate promise ``estimate, low, high``, ``allowed``. Part `sensitivity` (a quarter to four times `loss` and
        `slope`). Facts: `best, best_kept, kept_at_least`; `edge`: the best is the longest wait seen.

    Raises
    ------
    ModelError
        For inputs that are no amounts or shares, or if no promise is kept often enough.

    Notes
    -----
    Delivery times Y are taken not to depend on the promise d.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> best_promise(simulate_orders(2000, random_state=1)[0], margin=10, loss=10, slope=0.01).best
    20.0
    """
    for name, value, most in (("margin", margin, np.inf), ("loss", loss, np.inf), ("slope", slope, 1)):
        if not 0 < value < most:
            raise ModelError(name, f"a number above 0 and below {most:g}", repr(value), "State it in your units.")
    rows = times(orders, as_of)
    rows = rows[rows["weeks"] <= rule(rows, kept_at_least)[1]]
    days, kept = shares(rows)
    n, allowed = int(rows["count"].sum()), kept >= kept_at_least
    if not allowed.any():
        found = f"at most {kept.max():.1%} within {days[-1]:g} {orders.unit}"
        raise ModelError("kept_at_least", "some promise is kept so often", found, "Ask for less.")
    draws = np.random.default_rng(random_state).multinomial(n, rows["count"] / n, n_resamples)
    drawn = np.array([come_by(rows.assign(count=count)[count > 0])(days) for count in draws])
    profit = lambda kept, loss, slope: np.exp(-slope * days) * (margin - loss * (1 - kept))
    best = lambda *costs: int(np.where(allowed, profit(kept, *costs), -np.inf).argmax())
    low, high = percentiles(profit(drawn, loss, slope), level)
    table = pd.DataFrame({"promised": days, "kept": kept, "demand": np.exp(-slope * days)})
    table = table.assign(estimate=profit(kept, loss, slope), low=low, high=high, allowed=allowed)
    grid = pd.DataFrame([(loss * a, slope * b) for a in TIMES for b in TIMES], columns=["loss", "slope"])
    chosen, ours = [best(*costs) for costs in grid.to_numpy()], best(loss, slope)
    parts = {"sensitivity": grid.assign(promised=days[chosen], kept=kept[chosen])}
    facts = {"best": float(days[ours]), "best_kept": float(kept[ours]), "edge": ours == len(days) - 1}
    facts["kept_at_least"] = kept_at_least
    about = replace(orders.about, n=n, unit=orders.unit, level=level)
    return Answer(table, about, _says, parts, facts, ("best_promise",))


def times(orders: Orders, as_of: Day | None = None) -> pd.DataFrame:
    """What `watched` knows of all orders, for promises of a time."""
    if isinstance(orders, Orders) and orders.unit not in UNITS:
        raise ModelError("orders", "a best promise is about times", str(orders.unit), "For ratings see quote_promise.")
    return watched(orders, None, as_of)[0]


def shares(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Whole units up to the longest wait seen, and the share come by each."""
    days = np.arange(rows["took"][came(rows)].max() + 1)
    return days, come_by(rows)(days)


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
    text = _("That is the longest wait seen: a longer promise may pay even better, these orders cannot show it.")
    said += [text] * answer.edge
    text = _("With your inputs a promise of {best} pays best")
    if answer.about.origin == "simulated":
        text = _("In a simulated shop, with these inputs, a promise of {best} pays best")
    return text.format(best=words["best"]), " ".join(said)
