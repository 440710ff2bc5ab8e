"""A specialist's income: where a wage stands in Kazakhstan, and how far a freelancer's months swing."""

import numpy as np
import pandas as pd

from .errors import ModelError
from .tables.published import load_published
from .words import _, number, percent

PRINTED = (("2023-Q1", "minimum wage"), ("2023-Q4", "median"))
Z = 1.96  # simulation error is given at 95 %


def wage_percentile(*kzt: float) -> pd.DataFrame:
    """What share of the employees of Kazakhstan earn less than this?

    Parameters
    ----------
    *kzt : float
        Gross wages in tenge a month, in money of April 2023.

    Returns
    -------
    DataFrame
        ``kzt, estimate, low, high``: `low` and `high` are certain, because the band's ends were printed; `estimate`
        assumes that the logarithm of the wage is even inside the band (below 70,000: the wage). Above 1,500,000 it is
        missing.

    Raises
    ------
    ModelError
        For a negative or missing wage.

    Examples
    --------
    >>> wage_percentile(500_000).round(3).values.tolist()
    [[500000.0, 0.832, 0.605, 0.913]]
    """
    if not all(value >= 0 for value in kzt):
        raise ModelError("kzt", "wages are 0 or more tenge a month", str(kzt), "Give gross monthly wages.")
    bands, value = load_published("kazakhstan_wage_distribution"), np.array(kzt, float)
    start, end = bands["kzt_low"].to_numpy(float), bands["kzt_high"].fillna(np.inf).to_numpy()
    below = np.concatenate([[0], bands["percent"].cumsum() / bands["percent"].sum()]).clip(0, 1)
    at = np.searchsorted(start, value, side="right") - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(at == 0, value / end[at], np.log(value / start[at]) / np.log(end[at] / start[at]))
    estimate = np.where(np.isinf(end[at]), np.nan, below[at] + inside * (below[at + 1] - below[at]))
    high = np.where(value == start[at], below[at], below[at + 1])
    frame = pd.DataFrame({"kzt": value, "estimate": estimate, "low": below[at], "high": high})
    frame.attrs = {**bands.attrs, "n": 3_437_300, "level": 1.0}
    return frame


def simulate_income(
    *, orders: float, fee: float, spread: float = 0.5, season: list[float] | None = None, spending: float | None = None,
    years: int = 10_000, level: float = 0.9, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """How often is a freelancer's month below the median or the minimum wage, and what savings carry it?

    Parameters
    ----------
    orders, fee : float
        Mean orders a month, and mean fee in tenge.
    spread : float
        Standard deviation of the fees / mean fee.
    season : list of 12 floats, optional
        Factors of the orders by calendar month, scaled to mean 1; default even.
    spending : float, optional
        What is spent every month, in tenge; default the printed median wage.
    years : int
        Simulated years.
    level : float
        Of the ranges of income, and the share of the years that the savings carry.
    seed : int

    Returns
    -------
    DataFrame
        ``quantity, month, estimate, low, high``. "income" by month: median and the range of `level` of the months;
        "year": the same of the mean month of a year; "below minimum wage", "below median", "below own mean": chance of
        a month, with simulation error (95 %); "savings": tenge needed at the start. `attrs["verdict"]`.

    Raises
    ------
    ModelError
        If a number is not positive, or there are not 12 factors.

    Notes
    -----
    Compound Poisson: orders come independently, fees are log-normal. Both are assumptions, so is every input.

    Examples
    --------
    >>> income = simulate_income(orders=5, fee=100_000, years=2000).set_index("quantity")
    >>> float(income.loc["below median", "estimate"].round(2))
    0.17
    """
    factors = np.ones(12) if season is None else np.asarray(season, float)
    if min(orders, fee, years) <= 0 or spread < 0:
        found = f"{orders}, {fee}, {years}, {spread}"
        raise ModelError("orders", "orders, fee and years above 0, spread 0 or more", found, "Correct it.")
    if len(factors) != 12 or min(factors) < 0 or not any(factors):
        raise ModelError("season", "12 factors, none negative", str(season), "Give one per calendar month.")
    wages = load_published("kazakhstan_wages").set_index(["period", "indicator"])["kzt_per_month"]
    minimum, median = (wages[key] for key in PRINTED)
    spending = median if spending is None else spending
    rng, log_sd = np.random.default_rng(seed), np.sqrt(np.log(1 + spread**2))
    n = rng.poisson(orders * factors / factors.mean(), (years, 12))
    paid = fee * np.exp(rng.normal(-(log_sd**2) / 2, log_sd, n.sum()))
    income = np.diff(np.concatenate([[0], paid.cumsum()])[np.concatenate([[0], n.cumsum()])]).reshape(years, 12)
    needed = np.maximum(0, (spending - income).cumsum(1).max(1))
    tails = [0.5, (1 - level) / 2, (1 + level) / 2]
    rows = [("income", month + 1, *np.quantile(income[:, month], tails)) for month in range(12)]
    rows += [("year", np.nan, *np.quantile(income.mean(1), tails))]
    lines = {"below minimum wage": minimum, "below median": median, "below own mean": orders * fee}
    for name, line in lines.items():
        share = (income < line).mean(1)
        half = Z * share.std() / np.sqrt(years)
        rows.append((name, np.nan, share.mean(), max(share.mean() - half, 0), min(share.mean() + half, 1)))
    slack = Z * np.sqrt(level * (1 - level) / years)
    rows += [("savings", np.nan, *np.quantile(needed, [level, max(level - slack, 0), min(level + slack, 1)]))]
    frame = pd.DataFrame(rows, columns=["quantity", "month", "estimate", "low", "high"])
    frame.attrs = {"n": None, "source": _("assumed orders and fees; wages of the Bureau of National Statistics"),
                   "origin": "simulated", "level": level, "minimum": float(minimum), "median": float(median),
                   "mean": orders * fee, "spending": float(spending)}  # fmt: skip
    frame.attrs["verdict"] = _verdict(frame)
    return frame


def _verdict(frame: pd.DataFrame) -> str:
    value, attrs = frame.set_index("quantity")["estimate"], frame.attrs
    text = _(
        "{median} of the months bring less than the median wage, {minimum} less than the minimum wage, at {mean} tenge "
        "on average. Spending {spending} a month needs {savings} tenge of savings to pass {level} of the years."
    )
    money = {name: number(attrs[name]) for name in ("mean", "spending")} | {"savings": number(value["savings"], 0)}
    shares = {"median": percent(value["below median"]), "minimum": percent(value["below minimum wage"], 1)}
    return text.format(**money, **shares, level=percent(attrs["level"]))
