"""Slopes by audience: the errors of assignment are taken back, and without that the audiences look more alike."""

import numpy as np
import pandas as pd
import pytest
from slow import tries, write_result

from smm_analysis import (
    AudienceMixture,
    Cells,
    ModelError,
    TableError,
    audience_outcome,
    simulate_survey,
)
from smm_analysis.progress import progress

KINK = ["better", "worse"]
ITEMS = ["instagram", "tiktok", "youtube", "facebook", "telegram", "linkedin", "whatsapp"]


def survey(n: int, seed: int):
    """The table of a simulated survey with its kink, and the truth."""
    people, truth = simulate_survey(n, random_state=seed)
    people = people.table
    gap = people["received"] - people["expected"]
    kink = {"better": gap.clip(lower=0), "worse": (-gap).clip(lower=0), "short": (gap < 0).astype(float)}
    return people.assign(**kink), truth


@pytest.fixture(scope="module")
def asked():
    people, truth = survey(4000, 3)
    return people, truth.table, AudienceMixture(3, n_starts=5).fit(Cells.from_table(people, items=ITEMS))


def by_audience(slopes: pd.DataFrame, column: str = "estimate") -> pd.DataFrame:
    return slopes.pivot(index="audience", columns="term", values=column)


def test_the_survey_is_what_it_says():
    people, truth = survey(60000, 1)
    seen = people.groupby(truth.audience)
    np.testing.assert_allclose(seen["short"].mean(), truth.table["short"], atol=0.01)
    for k, part in seen:
        design = np.column_stack([np.ones(len(part)), part[KINK]])
        slopes = np.linalg.lstsq(design, part["satisfaction"], rcond=None)[0][1:]
        np.testing.assert_allclose(slopes, truth.table.loc[k, KINK], atol=0.03)


def test_a_constant_alone_is_the_corrected_mean(asked):
    people, _truth, model = asked
    slopes = audience_outcome(model, people, "satisfaction", on=[], n_resamples=5)
    means = audience_outcome(model, people, "satisfaction", n_resamples=5)
    np.testing.assert_allclose(
        slopes.table[["estimate", "low", "high", "naive"]], means.table[["estimate", "low", "high", "naive"]]
    )


def test_assigning_people_shrinks_the_differences_and_the_correction_restores_them(asked):
    people, truth, model = asked
    slopes = audience_outcome(model, people, "satisfaction", on=KINK, n_resamples=5)
    ends = {name: np.ptp(by_audience(slopes.table, name)["worse"]) for name in ("estimate", "naive")}
    assert ends["estimate"] > ends["naive"]
    assert abs(ends["estimate"] - np.ptp(truth["worse"])) < 0.12
    short = audience_outcome(model, people, "short", n_resamples=5).table
    assert np.ptp(short["estimate"]) > np.ptp(short["naive"])


def test_a_counted_frame_equals_its_rows(asked):
    people, _truth, model = asked
    columns = ["age", *model.cells_.items, "satisfaction", *KINK]
    counted = people.groupby(columns).size().rename("count").reset_index()
    one = audience_outcome(model, people, "satisfaction", on=KINK, n_resamples=3)
    other = audience_outcome(model, counted, "satisfaction", on=KINK, count="count", n_resamples=3)
    pd.testing.assert_frame_equal(one.table, other.table)


def test_people_without_an_answer_stay_out_of_the_last_step_only(asked):
    people, _truth, model = asked
    holes = people.assign(worse=people["worse"].mask(people.index % 2 == 0))
    slopes = audience_outcome(model, holes, "satisfaction", on=KINK, n_resamples=3)
    assert slopes.n_outcome == 2000 and slopes.table["estimate"].notna().all()
    with pytest.raises(TableError, match=r"`worse`: must hold numbers.*Recode it"):
        audience_outcome(model, people.assign(worse="much"), "satisfaction", on=KINK)


def test_audiences_that_cannot_be_told_apart_are_refused(asked, rng):
    people = pd.DataFrame(rng.integers(0, 2, (300, 3)).astype(float), columns=list("abc")).assign(
        y=1.0 * rng.random(300)
    )
    with pytest.warns(UserWarning):
        model = AudienceMixture(2, age=None, n_starts=2).fit(Cells.from_table(people, items=list("abc"), age=None))
    model.theta_[:] = model.theta_.mean(axis=0)
    with pytest.raises(
        ModelError, match=r"`n_audiences`: the answers must tell the audiences apart.*Use fewer audiences"
    ):
        audience_outcome(model, people, "y", on=[], n_resamples=2)


@pytest.mark.slow
def test_the_intervals_hold_the_true_kink_as_often_as_they_say():
    held, found, naive = [], [], []
    for seed in progress(range(tries(60)), "surveys"):
        people, put_in = survey(1500, seed)
        truth = put_in.table
        model = AudienceMixture(3, n_starts=5).fit(Cells.from_table(people, items=ITEMS))
        slopes = audience_outcome(model, people, "satisfaction", on=KINK, n_resamples=100, random_state=seed).table
        rows = slopes[slopes["term"] != "constant"]
        true = truth[KINK].stack().to_numpy()
        held.append((rows["low"] <= true) & (true <= rows["high"]))
        found.append(by_audience(slopes)["worse"] - truth["worse"])
        naive.append(by_audience(slopes, "naive")["worse"] - truth["worse"])
    share, bias, raw = np.mean(held), np.mean(found, axis=0), np.mean(naive, axis=0)
    assert 0.85 < share < 0.95 and np.abs(bias).max() < 0.03 < np.abs(raw).max()
    write_result(
        "Kink by audience, 60 surveys of 1,500 people, 90 % intervals",
        [f"held {share:.3f}; bias of `worse` by audience {bias.round(3)}, naive {raw.round(3)}"],
    )
