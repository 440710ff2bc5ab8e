"""Slow proof: 90 % intervals of small weighted surveys hold the truth in 86 to 97 of 100."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from slow import tries, write_result

from smm_analysis import AudienceMixture, Cells, audience_outcome
from smm_analysis.progress import progress

SURVEYS, SIZES = tries(200), (100, 200, 500)
ITEMS = list("abcdef")
YES = np.array([[0.85, 0.8, 0.75, 0.2, 0.15, 0.4], [0.2, 0.15, 0.3, 0.8, 0.85, 0.6]])
MEANS, AGES = np.array([2.0, 0.0]), np.arange(20, 70)


def first_share(age):
    return expit(-(age - 45) / 10)


def survey(n: int, seed: int) -> pd.DataFrame:
    """Two audiences along age; weights that have nothing to do with them and a design effect of 1.5."""
    rng = np.random.default_rng([seed, n])
    age = rng.choice(AGES, n)
    who = (rng.random(n) > first_share(age)).astype(int)
    people = pd.DataFrame((rng.random((n, 6)) < YES[who]).astype(int), columns=ITEMS)
    return people.assign(age=age, y=rng.normal(MEANS[who], 1), w=rng.gamma(2, 0.5, n))


def held(n: int, seed: int) -> dict[str, np.ndarray]:
    """Which true values lie in their interval."""
    people = survey(n, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AudienceMixture(2, n_starts=5).fit(Cells.from_table(people, items=ITEMS, weight="w"))
        outcome = audience_outcome(model, people, "y", weight="w", n_resamples=100).table
    profile, curve = model.profile(n_resamples=100).table, model.age_curve(n_resamples=100).table
    reach = model.reach(mixes=[["a", "d"]], n_resamples=100).table.query("quantity == 'reach' and audience > 0")
    share = np.array([first_share(AGES).mean(), 1 - first_share(AGES).mean()])
    age = np.array([AGES @ p / p.sum() for p in (first_share(AGES), 1 - first_share(AGES))])
    at = curve[curve["age"].isin([25, 35, 45, 55, 65])]
    items = profile[profile["item"].isin(ITEMS)]
    true = {
        "items": (items, YES.ravel()),
        "shares": (profile[profile["item"] == "share"], share),
        "mean ages": (profile[profile["answer"] == "mean"], age),
        "curve": (at, np.where(at["audience"] == 1, first_share(at["age"]), 1 - first_share(at["age"]))),
        "outcomes": (outcome, MEANS),
        "reach": (reach, 1 - (1 - YES[:, 0]) * (1 - YES[:, 3])),
    }
    return {name: ((rows["low"] <= value) & (value <= rows["high"])).to_numpy() for name, (rows, value) in true.items()}


@pytest.mark.slow
def test_intervals_of_small_weighted_surveys_hold_the_truth():
    lines, rates = [], {}
    for n in SIZES:
        found = [held(n, seed) for seed in progress(range(SURVEYS), f"surveys of {n}")]
        for name in found[0]:
            rates[name, n] = np.mean(np.concatenate([one[name] for one in found]))
        lines.append(f"n = {n}: " + ", ".join(f"{name} {rates[name, n]:.0%}" for name in found[0]))
    lines.append(f"{SURVEYS} surveys each, two audiences, six questions, weights with a design effect of 1.5")
    write_result("Coverage of 90 % intervals in small weighted surveys", lines)
    assert all(0.86 <= rate <= 0.97 for rate in rates.values()), rates
