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
    n, start, days : int, ISO date, int
        Orders, spread evenly over the days from the first one on.
    better, worse, expectation : float
        Change of the expected score per day early, per day late (up to `cap` days), per day promised (around the mean).
    answered_early, waiting : float
        Share of those still waiting two days after the promised date who rate then, and what that adds to their score.
    drift, season : float
        Relative growth of delivery times per year; amplitude of their yearly wave, highest in December.
    undelivered : float
        Share of orders that never arrive; they are rated as the latest.

    Returns
    -------
    orders : Orders
        In days, with all dates, a segment (the region) and 1 to 5 stars: 1 + Binomial(4, p) with p from a Beta
        distribution, so that their mean is exactly the kink and most are 5 or 1, as in real shops.
    truth : dict
        ``better, worse, expectation, cap``; ``kept``: share among delivered orders; ``rated_early``: share of the late
        orders' reviews from before the arrival.

    Raises
    ------
    ModelError
        If a share is not between 0 and 1, or an expected score leaves the scale: the truth would not be what it says.

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
    _share, typical, pad = np.array([REGIONS[name] for name in region]).T
    promised = np.round(typical + pad + rng.integers(-2, 3, n))
    first = pd.Timestamp(start)
    wave = 1 + season * np.cos(2 * np.pi * ((first.day_of_year + day) / 365.25 - 0.96)) + drift * day / 365.25
    actual = np.maximum(np.ceil(rng.gamma(4, typical / 4 * wave)), 1)
    arrives = rng.random(n) >= undelivered
    late = np.where(arrives, np.clip(actual - promised, 0, cap), cap)
    early = np.where(arrives, np.clip(promised - actual, 0, None), 0)
    answers_early = (~arrives | (actual - promised > 2)) & (rng.random(n) < answered_early)
    mean = 4.2 + better * early + worse * late + expectation * (promised - promised.mean()) + waiting * answers_early
    if not 1 < mean.min() <= mean.max() < 5:
        found = f"expected scores from {mean.min():.2f} to {mean.max():.2f}"
        raise ModelError("worse", "expected scores stay within 1 to 5 stars", found, "Choose smaller effects.")
    p = (mean - 1) / 4
    outcome = 1.0 + rng.binomial(4, rng.beta(1.2 * p, 1.2 * (1 - p)))
    after = lambda time: first + pd.to_timedelta(day + time, unit="D")
    reviewed = np.where(answers_early | ~arrives, promised + 2, actual + rng.integers(1, 4, n))
    dates = {"ordered_at": after(0), "due_at": after(promised), "delivered_at": after(actual).where(arrives)}
    table = pd.DataFrame({"order_id": [f"{i:06d}" for i in range(1, n + 1)], **dates, "reviewed_at": after(reviewed)})
    table = table.assign(segment=region, promised=promised, actual=np.where(arrives, actual, np.nan), outcome=outcome)
    source = f"simulate_orders(random_state={random_state})"
    orders = Orders.from_frame(table, unit="days", scale=(1, 5), source=source, origin="simulated")
    is_late = arrives & (actual > promised)
    kept, rated = float(1 - is_late.sum() / max(arrives.sum(), 1)), float(pd.Series(answers_early)[is_late].mean())
    truth = {"better": better, "worse": worse, "expectation": expectation, "cap": cap}
    return orders, truth | {"kept": kept, "rated_early": rated}
