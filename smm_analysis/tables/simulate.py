"""Data with a known truth: what a method must find again."""

import numpy as np
import pandas as pd

from ..errors import ModelError
from .orders import Orders

# region: share of the orders, days that a parcel typically takes, days added to every promise
REGIONS = {"near": (0.5, 4.0, 4), "middle": (0.3, 8.0, 6), "far": (0.2, 14.0, 6)}


def simulate_orders(
    n: int,
    *,
    random_state: int = 0,
    better: float = 0.01,
    worse: float = -0.3,
    cap: float = 7,
    expectation: float = 0.0,
    answered_early: float = 0.6,
    waiting: float = -0.5,
    drift: float = 0.0,
    season: float = 0.15,
    undelivered: float = 0.02,
    start: str = "2023-01-01",
    days: int = 365,
) -> tuple[Orders, dict]:
    """Orders of a shop whose customers are known: what does a day too late really cost here?

    Parameters
    ----------
    n : int
        Orders, spread evenly over the days.
    random_state : int, default 0
    better, worse, expectation : float
        Change of the expected score per day early, per day late (up to `cap` days), per day promised (around the mean).
    cap : float, default 7
        Days late beyond which nothing gets worse.
    answered_early : float, default 0.6
        Share of those still waiting two days after the promised date who answer the survey then, before the arrival.
    waiting : float, default -0.5
        What rating before the arrival adds to the expected score.
    drift, season : float
        Relative growth of delivery times per year; amplitude of their yearly wave, highest in December.
    undelivered : float, default 0.02
        Share of orders that never arrive.
    start, days
        First day (ISO) and length of the period.

    Returns
    -------
    orders : Orders
        In days, with all dates, a segment (the region) and an outcome of 1 to 5 stars; its origin is "simulated".
    truth : dict
        ``better, worse, expectation, cap``: the kink among reviews after the arrival; ``kept``: realised share among
        delivered orders; ``rated_early``: share of the late orders' reviews from before the arrival.

    Raises
    ------
    ModelError
        If a share is not between 0 and 1, or an expected score leaves the scale: the truth would not be what it says.

    Notes
    -----
    Stars are 1 + Binomial(4, p) with p from a Beta distribution, so their mean is exactly the kink and most are 5 or 1,
    as in real shops. Undelivered orders are rated as the latest.

    Examples
    --------
    >>> orders, truth = simulate_orders(1000, random_state=1)
    >>> orders.about.n, truth["worse"], orders.about.origin
    (1000, -0.3, 'simulated')
    """
    for name, share in {"answered_early": answered_early, "undelivered": undelivered}.items():
        if not 0 <= share <= 1:
            raise ModelError(name, "a share between 0 and 1", repr(share), "Choose a share.")
    rng = np.random.default_rng(random_state)
    day = np.sort(rng.integers(0, days, n))
    region = rng.choice(list(REGIONS), n, p=[share for share, _typical, _pad in REGIONS.values()])
    typical, pad = (np.array([REGIONS[name][i] for name in region]) for i in (1, 2))
    promised = np.round(typical + pad + rng.integers(-2, 3, n))
    first = pd.Timestamp(start)
    wave = 1 + season * np.cos(2 * np.pi * ((first.day_of_year + day) / 365.25 - 0.96)) + drift * day / 365.25
    actual = np.maximum(np.ceil(rng.gamma(4, typical / 4 * wave)), 1)
    arrives = rng.random(n) >= undelivered

    late = np.where(arrives, np.clip(actual - promised, 0, cap), cap)
    early = np.where(arrives, np.clip(promised - actual, 0, None), 0)
    asked = ~arrives | (actual - promised > 2)
    answers_early = asked & (rng.random(n) < answered_early)
    mean = 4.2 + better * early + worse * late + expectation * (promised - promised.mean()) + waiting * answers_early
    if not 1 < mean.min() <= mean.max() < 5:
        found = f"expected scores from {mean.min():.2f} to {mean.max():.2f}"
        raise ModelError("worse", "expected scores stay within 1 to 5 stars", found, "Choose smaller effects.")
    p = (mean - 1) / 4
    outcome = 1.0 + rng.binomial(4, rng.beta(1.2 * p, 1.2 * (1 - p)))

    ordered = first + pd.to_timedelta(day, unit="D")
    delivered = (ordered + pd.to_timedelta(actual, unit="D")).where(arrives)
    reviewed = np.where(answers_early | ~arrives, promised + 2, actual + rng.integers(1, 4, n))
    table = pd.DataFrame(
        {
            "order_id": [f"{number:06d}" for number in range(1, n + 1)],
            "ordered_at": ordered,
            "due_at": ordered + pd.to_timedelta(promised, unit="D"),
            "delivered_at": delivered,
            "reviewed_at": ordered + pd.to_timedelta(reviewed, unit="D"),
            "segment": region,
            "promised": promised,
            "actual": np.where(arrives, actual, np.nan),
            "outcome": outcome,
        }
    )
    source = f"simulate_orders(random_state={random_state})"
    orders = Orders.from_frame(table, unit="days", scale=(1, 5), source=source, origin="simulated")
    is_late = arrives & (actual > promised)
    truth = {"better": better, "worse": worse, "expectation": expectation, "cap": cap}
    truth["kept"] = float(1 - is_late.sum() / max(arrives.sum(), 1))
    truth["rated_early"] = float(answers_early[is_late].mean()) if is_late.any() else float("nan")
    return orders, truth
