"""Data with a known truth: what a method must find again."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import softmax
from scipy.stats import binom

from ..answer import About
from ..errors import ModelError
from .orders import Orders
from .people import People
from .vocabulary import word_table

# share of the orders, days that a parcel typically takes, days added to every promise
REGIONS = pd.DataFrame({"share": [0.5, 0.3, 0.2], "typical": [4, 8, 14], "pad": [4, 6, 6]}, ["near", "middle", "far"])
CAP = 7  # days, beyond which a further day late costs nothing more
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
    audiences : DataFrame, one row per audience (default: data/audiences.csv)
        ``centre, spread`` (the ages at which it is at home, years), ``size`` (relative), and per item P(yes). An age is
        drawn from `age_mix`, the audience from a softmax of quadratics in age, then every answer on its own.
    age_mix : Series of relative frequencies indexed by age in years (default: all from 14 to 75 alike)
    missing, missing_age : float
        Share of item answers, and of ages, left out completely at random.
    weighted : bool
        Draw older people less often, and give everybody the weight that makes up for it.

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
    """What would a class survey of `n` people say in which platforms and promises meet, and what is true there?

    Returns
    -------
    People
        As of `simulate_people`, and from 1 to 7 quality ``expected`` and ``received`` and ``satisfaction``, within an
        audience independent of platforms and age.
    Truth
        Its table, by audience: ``share``; ``short``, the probability that less came than expected; ``better, worse``:
        satisfaction is 4.6 + better x gain + worse x shortfall in the mean.

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


def simulate_orders(
    n: int,
    *,
    random_state: int = 0,
    better: float = 0.01,
    worse: float = -0.3,
    expectation: float = 0.0,
    answered_early: float = 0.6,
    waiting: float = -0.5,
    drift: float = 0.0,
    season: float = 0.15,
    days: int = 365,
) -> tuple[Orders, dict]:
    """Orders of a shop whose customers are known: what does a day too late really cost here?

    Parameters
    ----------
    n, days : int
        Orders, spread evenly over the days from 2023 on; one in fifty never arrives and is rated as the latest.
    better, worse, expectation : float
        Change of the expected score per day early, per day late (up to seven), per day promised (around the mean).
    answered_early, waiting : float
        Share of those still waiting two days after the promised date who rate then, and what that adds to their score.
    drift, season : float
        Relative growth of delivery times per year; amplitude of their yearly wave, highest in December.

    Returns
    -------
    Orders
        In days, with all dates, a segment (the region) and 1 to 5 stars: 1 + Binomial(4, p) with p from a Beta
        distribution, so that their mean is exactly the kink and most are 5 or 1, as in real shops.
    dict
        The truth: ``better, worse, expectation, cap``, share ``kept`` of delivered orders, share ``rated_early`` of
        late ones.

    Raises
    ------
    ModelError : if `answered_early` is no share, or an expected score leaves the scale.

    Examples
    --------
    >>> orders, truth = simulate_orders(1000, random_state=1)
    >>> orders.about.n, truth["worse"], orders.about.origin
    (1000, -0.3, 'simulated')
    """
    if not 0 <= answered_early <= 1:
        raise ModelError("answered_early", "a share between 0 and 1", repr(answered_early), "Choose a share.")
    rng = np.random.default_rng(random_state)
    day = np.sort(rng.integers(0, days, n))
    region = rng.choice(REGIONS.index, n, p=REGIONS["share"])
    typical, pad = REGIONS.loc[region, ["typical", "pad"]].to_numpy().T
    promised = np.round(typical + pad + rng.integers(-2, 3, n))
    wave = 1 + season * np.cos(2 * np.pi * ((1 + day) / 365.25 - 0.96)) + drift * day / 365.25
    actual = np.maximum(np.ceil(rng.gamma(4, typical / 4 * wave)), 1)
    arrives = rng.random(n) >= 0.02
    late = np.where(arrives, np.clip(actual - promised, 0, CAP), CAP)
    early = np.where(arrives, np.clip(promised - actual, 0, None), 0)
    answers_early = (~arrives | (actual - promised > 2)) & (rng.random(n) < answered_early)
    mean = 4.2 + better * early + worse * late + expectation * (promised - promised.mean()) + waiting * answers_early
    if not 1 < mean.min() <= mean.max() < 5:
        found = f"expected scores from {mean.min():.2f} to {mean.max():.2f}"
        raise ModelError("worse", "expected scores stay within 1 to 5 stars", found, "Choose smaller effects.")
    p = (mean - 1) / 4
    outcome = 1.0 + rng.binomial(4, rng.beta(1.2 * p, 1.2 * (1 - p)))
    after = lambda time: pd.Timestamp("2023-01-01") + pd.to_timedelta(day + time, unit="D")
    reviewed = np.where(answers_early | ~arrives, promised + 2, actual + rng.integers(1, 4, n))
    dates = {"ordered_at": after(0), "due_at": after(promised), "delivered_at": after(actual).where(arrives)}
    table = pd.DataFrame({"order_id": [f"{i:06d}" for i in range(1, n + 1)], **dates, "reviewed_at": after(reviewed)})
    table = table.assign(segment=region, promised=promised, actual=np.where(arrives, actual, np.nan), outcome=outcome)
    source = f"simulate_orders(random_state={random_state})"
    orders = Orders.from_frame(table, unit="days", scale=(1, 5), source=source, origin="simulated")
    is_late = arrives & (actual > promised)
    kept, rated = float(1 - is_late.sum() / max(arrives.sum(), 1)), float(pd.Series(answers_early)[is_late].mean())
    truth = {"better": better, "worse": worse, "expectation": expectation, "cap": CAP}
    return orders, truth | {"kept": kept, "rated_early": rated}
