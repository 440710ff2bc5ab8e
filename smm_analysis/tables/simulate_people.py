"""People drawn from known audiences: the truth that a method must find again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import softmax

from ..answer import About
from ..errors import ModelError
from .people import People

# Five invented audiences: at which age each is at home (centre, spread in years), how large, and who uses what.
AUDIENCES = pd.DataFrame(
    {
        "centre": [15.0, 24.0, 34.0, 45.0, 60.0],
        "spread": [6.0, 8.0, 11.0, 12.0, 11.0],
        "size": [1.0, 1.0, 0.7, 1.0, 1.1],
        "instagram": [0.60, 0.95, 0.85, 0.45, 0.10],
        "tiktok": [0.92, 0.70, 0.12, 0.20, 0.05],
        "youtube": [0.90, 0.45, 0.85, 0.60, 0.50],
        "facebook": [0.04, 0.15, 0.75, 0.30, 0.50],
        "telegram": [0.70, 0.85, 0.80, 0.25, 0.12],
        "vk": [0.15, 0.10, 0.20, 0.75, 0.15],
        "linkedin": [0.02, 0.15, 0.70, 0.06, 0.03],
        "whatsapp": [0.35, 0.90, 0.93, 0.90, 0.70],
    },
    index=pd.RangeIndex(1, 6, name="audience"),
)


@dataclass(frozen=True)
class PeopleTruth:
    """What was put in: the audiences are numbered as a fit numbers them, youngest first by mean age."""

    share: pd.Series  # share of every audience among the people drawn
    probability: pd.DataFrame  # audience x item: probability of using it
    age: pd.DataFrame  # audience x (mean, sd) of the people drawn, years
    curve: pd.DataFrame  # age x audience: P(audience | age)
    audience: np.ndarray  # audience of every person


def simulate_people(
    n: int,
    *,
    audiences: pd.DataFrame = AUDIENCES,
    age_mix: pd.Series | None = None,
    missing: float = 0.0,
    missing_age: float = 0.0,
    weighted: bool = False,
    random_state: int = 0,
) -> tuple[People, PeopleTruth]:
    """Draw people from known audiences; also return the truth.

    An age is drawn from `age_mix`, then the audience from a softmax of quadratics in age, the default model of
    `AudienceMixture`, then every answer on its own.

    Parameters
    ----------
    n, random_state : int
    audiences : DataFrame, one row per audience
        ``centre, spread`` (years), ``size`` (relative), and one column per item with the probability of a yes.
    age_mix : Series of relative frequencies indexed by age in years (default: all from 14 to 75 alike)
    missing, missing_age : float
        Share of item answers, and of ages, left out completely at random.
    weighted : bool
        Draw older people less often, and give everybody the weight that makes up for it.

    Returns
    -------
    People, PeopleTruth

    Raises
    ------
    ModelError : if n is below 1.

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
    items = audiences.columns.drop(["centre", "spread", "size"])
    probability = audiences[items].to_numpy()
    table = pd.DataFrame((rng.random((n, len(items))) < probability[audience]).astype(float), columns=items)
    table = table.mask(rng.random(table.shape) < missing)
    table.insert(0, "age", np.where(rng.random(n) < missing_age, np.nan, age))
    if weighted:
        table["weight"] = 1 / np.interp(age, [years.min(), years.max()], [1.5, 0.5])
    about = About(n=n, source=f"simulate_people(random_state={random_state})", origin="simulated")
    return People(table, list(items), about), _truth(audiences[items], age, audience, curve, years)


def _truth(probability, age, audience, curve, years) -> PeopleTruth:
    """The truth, youngest audience first."""
    by = pd.DataFrame({"age": age, "audience": audience}).groupby("audience")["age"]
    moments = pd.DataFrame({"mean": by.mean(), "sd": by.std(ddof=0)}).reindex(range(len(probability)))
    order = moments["mean"].argsort(kind="stable").to_numpy()
    numbers = pd.RangeIndex(1, len(order) + 1, name="audience")
    share = np.bincount(audience, minlength=len(order))[order] / len(audience)
    new = np.empty(len(order), int)
    new[order] = numbers
    return PeopleTruth(
        pd.Series(share, numbers, name="share"),
        probability.iloc[order].set_axis(numbers),
        moments.iloc[order].set_axis(numbers),
        pd.DataFrame(curve[:, order], pd.Index(years, name="age"), numbers),
        new[audience],
    )
