"""A survey in which platforms and promises meet: who expected what, what came, and how satisfied they are."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import binom

from .people import People
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


@dataclass(frozen=True)
class SurveyTruth:
    """What was put in, by audience, youngest first."""

    table: pd.DataFrame  # share drawn; short: P(less came than expected); better, worse: points of mean satisfaction
    audience: np.ndarray  # audience of every person


def simulate_survey(n: int, *, random_state: int = 0) -> tuple[People, SurveyTruth]:
    """Draw a class survey of platforms and of a promise; also return the truth.

    Parameters
    ----------
    n : int
        How many people.
    random_state : int

    Returns
    -------
    People
        With, from 1 to 7, quality ``expected`` and ``received`` and ``satisfaction``.
    SurveyTruth
        `table`: ``share``; ``short``, the probability that less came than expected; the kink: ``better, worse``, the
        change of the mean satisfaction per point.

    Notes
    -----
    Within an audience everything is independent of platforms and age. Satisfaction is 1 + Binomial(6, p), so that its
    mean is exactly 4.6 + better x gain + worse x shortfall.

    Examples
    --------
    >>> people, truth = simulate_survey(1000, random_state=1)
    >>> truth.table[["short", "worse"]].round(2)
              short  worse
    audience
    1          0.67  -0.55
    2          0.46  -0.30
    3          0.26  -0.10
    """
    audiences = AUDIENCES.loc[[2, 3, 5], ["centre", "spread", "size", *ITEMS]]
    people, who = simulate_people(n, random_state=random_state, audiences=audiences)
    rng, table = np.random.default_rng([random_state, 1]), people.table.copy()
    own = PROMISED.loc[who.audience]
    for name in ("expected", "received"):
        table[name] = 1.0 + rng.binomial(POINTS - 1, own[name])
    gap = (table["received"] - table["expected"]).to_numpy()
    mean = 4.6 + own["better"] * np.maximum(gap, 0) + own["worse"] * np.maximum(-gap, 0)
    table["satisfaction"] = 1.0 + rng.binomial(POINTS - 1, (mean - 1) / (POINTS - 1))
    answers = np.arange(POINTS)
    chance = {name: binom.pmf(answers, POINTS - 1, PROMISED[[name]]) for name in ("expected", "received")}
    less = np.less.outer(answers, answers)  # received < expected
    short = np.einsum("kr,ke,re->k", chance["received"], chance["expected"], less)
    truth = pd.DataFrame({"share": who.share, "short": short}).join(PROMISED[["better", "worse"]])
    about = replace(people.about, source=f"simulate_survey(random_state={random_state})")
    return replace(people, table=table, about=about), SurveyTruth(truth, who.audience)
