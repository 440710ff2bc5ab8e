"""Slow proof: the 90 % intervals of profile and age curve hold the truth as often as they say."""

import warnings

import numpy as np
import pandas as pd
import pytest
from slow import tries, write_result

from smm_analysis import AudienceMixture, simulate_people
from smm_analysis.progress import progress

SURVEYS, N, AGES = tries(200), 5000, [20, 30, 40, 50, 60]


def covered(random_state: int) -> pd.DataFrame:
    """Which true values lie in their interval in one simulated survey: kind, held."""
    people, truth = simulate_people(N, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AudienceMixture(5, n_starts=5).fit(people)
    profile = model.profile(random_state=random_state).table
    curve = model.age_curve(random_state=random_state).table
    share = truth.curve.mean()  # all ages are equally likely
    mean_age = truth.curve.mul(truth.curve.index, axis=0).mean() / share
    items = truth.probability.stack()
    items = items[items.between(0.05, 0.95)]
    at = truth.curve.loc[AGES].T.stack()
    intervals = {
        "shares": (share, profile[profile["item"] == "share"].set_index("audience")),
        "mean ages": (mean_age, profile[profile["answer"] == "mean"].set_index("audience")),
        "item probabilities within .05-.95": (items, profile.set_index(["audience", "item"]).loc[items.index]),
        "age curve at 20, 30, 40, 50, 60 years": (at, curve.set_index(["audience", "age"]).loc[at.index]),
    }
    held = [
        pd.DataFrame({"kind": kind, "held": true.between(found["low"], found["high"]).to_numpy()})
        for kind, (true, found) in intervals.items()
    ]
    return pd.concat(held)


@pytest.mark.slow
def test_ninety_percent_intervals_hold_the_truth_in_85_to_95_percent():
    found = pd.concat([covered(seed) for seed in progress(range(SURVEYS), "surveys")])
    coverage = found.groupby("kind", sort=False)["held"].agg(["mean", "size"])
    lines = [f"{kind}: {row['mean']:.1%} of {row['size']:,.0f} intervals" for kind, row in coverage.iterrows()]
    lines.append(f"{SURVEYS} surveys of {N:,} people, five audiences, eight platforms; 200 bootstrap replicates each")
    write_result("Coverage of the 90 % intervals of profile and age curve", lines)
    assert np.all(coverage["mean"].between(0.85, 0.95)), coverage
