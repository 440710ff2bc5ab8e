"""A survey in which platforms and promises meet: who expected what, what came, and how satisfied they are."""

import numpy as np
import pandas as pd
from scipy.stats import binom

from .simulate_people import AUDIENCES, simulate_people

POINTS = 7
# Three invented audiences, youngest first: mean share of the scale expected and received, change of satisfaction per
# point more than expected, and per point less.
PROMISED = pd.DataFrame(
    {
        "expected": [0.70, 0.60, 0.45],
        "received": [0.50, 0.55, 0.55],
        "better": [0.05, 0.05, 0.10],
        "worse": [-0.55, -0.30, -0.10],
    },
    index=pd.RangeIndex(1, 4, name="audience"),
)
ITEMS = ["instagram", "tiktok", "youtube", "facebook", "telegram", "linkedin", "whatsapp"]


def simulate_survey(n: int, *, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw a class survey of platforms and of a promise; also return the truth.

    Parameters
    ----------
    n : int
        How many people.
    seed : int

    Returns
    -------
    people : DataFrame
        `age`, platforms (1.0, 0.0), and, from 1 to 7, quality ``expected`` and ``received`` and ``satisfaction``.
    truth : DataFrame
        By audience, youngest first: ``share`` drawn; ``short``, the probability that less came than expected; the kink:
        ``better, worse``, the change of the mean satisfaction per point. `attrs`: ``audience`` of every person,
        ``items``.

    Notes
    -----
    Within an audience everything is independent of platforms and age. Satisfaction is 1 + Binomial(6, p), so that its
    mean is exactly 4.6 + better x gain + worse x shortfall.

    Examples
    --------
    >>> people, truth = simulate_survey(1000, seed=1)
    >>> truth[["short", "worse"]].round(2)
              short  worse
    audience
    1          0.67  -0.55
    2          0.46  -0.30
    3          0.26  -0.10
    """
    people, who = simulate_people(
        n, seed=seed, audiences=AUDIENCES.loc[[2, 3, 5], ["centre", "spread", "size", *ITEMS]]
    )
    rng = np.random.default_rng([seed, 1])
    own = PROMISED.loc[who.audience]
    for name in ("expected", "received"):
        people[name] = 1.0 + rng.binomial(POINTS - 1, own[name])
    gap = (people["received"] - people["expected"]).to_numpy()
    mean = 4.6 + own["better"] * np.maximum(gap, 0) + own["worse"] * np.maximum(-gap, 0)
    people["satisfaction"] = 1.0 + rng.binomial(POINTS - 1, (mean - 1) / (POINTS - 1))
    people.attrs = {**people.attrs, "source": f"simulate_survey(seed={seed})"}
    answers = np.arange(POINTS)
    chance = {name: binom.pmf(answers, POINTS - 1, PROMISED[[name]]) for name in ("expected", "received")}
    less = np.less.outer(answers, answers)  # received < expected
    truth = pd.DataFrame(
        {"share": who.share, "short": np.einsum("kr,ke,re->k", chance["received"], chance["expected"], less)}
    )
    truth = truth.join(PROMISED[["better", "worse"]])
    truth.attrs = {"audience": who.audience, "items": ITEMS, "origin": "simulated"}
    return people, truth
