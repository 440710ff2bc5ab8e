"""People drawn from known audiences: the truth that a method must find again."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import softmax
from scipy.stats import binom

from ..answer import About
from ..errors import ModelError
from .people import People
from .vocabulary import word_table

AUDIENCES = word_table("audiences").set_index("audience")  # five invented ones, youngest first
# Of the three in a survey: mean share of the scale expected and received, change of satisfaction per point more, less.
PROMISED = pd.DataFrame(
    [[0.70, 0.50, 0.05, -0.55], [0.60, 0.55, 0.05, -0.30], [0.45, 0.55, 0.10, -0.10]],
    index=AUDIENCES.index[:3],
    columns=["expected", "received", "better", "worse"],
)


@dataclass(frozen=True)
class Truth:
    """What was put in: the audiences are numbered as a fit numbers them, youngest first by mean age."""

    share: pd.Series  # share of every audience among the people drawn
    probability: pd.DataFrame  # audience x item: probability of using it
    age: pd.DataFrame  # audience x (mean, sd) of the people drawn, years
    curve: pd.DataFrame  # age x audience: P(audience | age)
    audience: np.ndarray  # audience of every person
    table: pd.DataFrame | None = None  # of a survey, by audience: share, short, better, worse


def simulate_people(
    n: int,
    *,
    audiences: pd.DataFrame = AUDIENCES,
    age_mix: pd.Series | None = None,
    missing: float = 0.0,
    missing_age: float = 0.0,
    weighted: bool = False,
    random_state: int = 0,
) -> tuple[People, Truth]:
    """Draw people from known audiences; also return the truth.

    Parameters
    ----------
    n, random_state : int
    audiences : DataFrame, one row per audience (default: data/audiences.csv)
        ``centre, spread`` (the ages at which it is at home, years), ``size`` (relative), and per item P(yes).
    age_mix : Series of relative frequencies indexed by age in years (default: all from 14 to 75 alike)
    missing, missing_age : float
        Share of item answers, and of ages, left out completely at random.
    weighted : bool
        Draw older people less often, and give everybody the weight that makes up for it.

    Raises
    ------
    ModelError : if n is below 1.

    Notes
    -----
    An age is drawn from `age_mix`, the audience from a softmax of quadratics in age, then every answer on its own.

    Examples
    --------
    >>> people, truth = simulate_people(1000, random_state=1)
    >>> people.table.shape, float(truth.probability.loc[1, "tiktok"]), people.about.origin
    ((1000, 9), 0.92, 'simulated')
    """
    if n < 1:
        raise ModelError("n", "at least one person", repr(n), "Ask for more.")
    rng = np.random.default_rng(random_state)
    mix = pd.Series(1.0, range(14, 76)) if age_mix is None else age_mix
    years = mix.index.to_numpy(float)
    centre, spread, size = (audiences[name].to_numpy() for name in ("centre", "spread", "size"))
    curve = softmax(np.log(size) - 0.5 * ((years[:, None] - centre) / spread) ** 2, axis=1)
    chance = mix.to_numpy() * (np.linspace(1.5, 0.5, len(mix)) if weighted else 1)
    row = rng.choice(len(years), n, p=chance / chance.sum())
    age = years[row]
    audience = (rng.random((n, 1)) < curve[row].cumsum(1)).argmax(1)
    probability = audiences.drop(columns=["centre", "spread", "size"])
    shape, items = (n, probability.shape[1]), list(probability)
    table = pd.DataFrame((rng.random(shape) < probability.to_numpy()[audience]).astype(float), columns=items)
    table = table.mask(rng.random(shape) < missing)
    table.insert(0, "age", np.where(rng.random(n) < missing_age, np.nan, age))
    if weighted:
        table["weight"] = 1 / np.interp(age, [years.min(), years.max()], [1.5, 0.5])
    about = About(n=n, source=f"simulate_people(random_state={random_state})", origin="simulated")
    return People(table, items, about), _truth(probability, age, audience, pd.DataFrame(curve, years))


def _truth(probability, age, audience, curve) -> Truth:
    """The truth, youngest audience first."""
    found = pd.Series(age).groupby(audience).agg(["size", "mean", lambda ages: ages.std(ddof=0)])
    found = found.set_axis(["share", "mean", "sd"], axis=1).reindex(range(len(probability)))
    order = found["mean"].argsort(kind="stable").to_numpy()
    numbers = pd.RangeIndex(1, len(order) + 1, name="audience")
    found = found.iloc[order].set_axis(numbers)
    share = found["share"].fillna(0) / len(age)
    probability, curve = probability.iloc[order].set_axis(numbers), curve[order].set_axis(numbers, axis=1)
    return Truth(share, probability, found[["mean", "sd"]], curve.rename_axis("age"), order.argsort()[audience] + 1)


def simulate_survey(n: int, *, random_state: int = 0) -> tuple[People, Truth]:
    """Draw a class survey of `n` people in which platforms and promises meet; also return the truth.

    Returns
    -------
    People, Truth
        With, from 1 to 7, quality ``expected`` and ``received`` and ``satisfaction``. `Truth.table`, by audience:
        ``share``; ``short``, the probability that less came than expected; ``better, worse``, per point.

    Notes
    -----
    Within an audience everything is independent of platforms and age. The mean of satisfaction, 1 + Binomial(6, p), is
    exactly 4.6 + better x gain + worse x shortfall.

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
    items = ["instagram", "tiktok", "youtube", "facebook", "telegram", "linkedin", "whatsapp"]
    audiences = AUDIENCES.loc[[2, 3, 5], ["centre", "spread", "size", *items]]
    people, truth = simulate_people(n, random_state=random_state, audiences=audiences)
    rng, table, own = np.random.default_rng([random_state, 1]), people.table.copy(), PROMISED.loc[truth.audience]
    for name in ("expected", "received"):
        table[name] = 1.0 + rng.binomial(6, own[name])
    gap = (table["received"] - table["expected"]).to_numpy()
    mean = 4.6 + own["better"] * np.maximum(gap, 0) + own["worse"] * np.maximum(-gap, 0)
    table["satisfaction"] = 1.0 + rng.binomial(6, (mean - 1) / 6)
    points = np.arange(7)
    expected, below = PROMISED["expected"].to_numpy(), PROMISED[["received"]].to_numpy()
    short = (binom.pmf(points, 6, expected[:, None]) * binom.cdf(points - 1, 6, below)).sum(1)
    known = pd.DataFrame({"share": truth.share, "short": short}).join(PROMISED[["better", "worse"]])
    about = replace(people.about, source=f"simulate_survey(random_state={random_state})")
    return replace(people, table=table, about=about), replace(truth, table=known)
