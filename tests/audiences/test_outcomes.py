"""Outcomes by audience against printed values and known truths, and how sure it is who belongs where."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from smm_analysis import (
    AudienceMixture,
    Cells,
    ModelError,
    TableError,
    audience_outcome,
    load_published,
)
from smm_analysis.audiences.em import e_step, m_step, random_starts
from smm_analysis.audiences.outcomes import assign, misclassification, slopes
from smm_analysis.errors import Unstable

GOLDEN = Path(__file__).parents[1] / "golden"
SIX = list("abcdef")


def naive_means(assigned, weight, y):
    return slopes(assigned, weight, y, np.ones((len(y), 1)))[:, 0]


def bch_means(assigned, d, weight, y):
    return naive_means(assigned @ np.linalg.pinv(d), weight, y)


@pytest.fixture(scope="module")
def students():
    return load_published("lca_cheating_gpa").to_frame().dropna().astype({"gpa": float})


@pytest.fixture(scope="module")
def cheats(students):
    cells = Cells.from_table(students, items=list(students.columns[:4]), age=None, count="count")
    return AudienceMixture(2, age=None, tol=1e-14, max_iter=20_000).fit(cells)


@pytest.fixture(scope="module")
def stopped(cheats):
    """The two classes as plain EM has them when a step gains 3e-10: there the printed numbers were taken."""
    grid = cheats._grid
    theta = random_starts(grid, grid.weight, 2, 1, np.random.default_rng(0))
    weight, before = grid.table(grid.weight[None]), -np.inf
    while True:
        expected = e_step(grid, weight, theta)
        if 0 < expected.objective[0] - before < 3e-10:
            return theta[0][np.argsort(-theta[0][:, 0])]
        before, theta = expected.objective[0], m_step(grid, theta, expected)


def three_steps(theta, model, students, assignment):
    """Posterior, assignment, misclassification, weight and outcome of the students."""
    joint = np.exp(theta[:, 0] + model._log_posterior(students, theta)[1].T)
    posterior = joint / joint.sum(1, keepdims=True)
    weight, y = students["count"].to_numpy(float), students["gpa"].to_numpy(float)
    assigned = posterior if assignment == "soft" else assign(posterior)
    return posterior, assigned, misclassification(posterior, assigned, weight), weight, y


@pytest.mark.parametrize("assignment", ["modal", "soft"])
def test_the_printed_three_step_means(stopped, cheats, students, assignment):
    printed = pd.read_csv(GOLDEN / "three_step.csv", comment="#").set_index(["assignment", "quantity"]).loc[assignment]
    posterior, assigned, d, weight, y = three_steps(stopped, cheats, students, assignment)
    assert cheats.log_likelihood_ == pytest.approx(-438.2585, abs=5e-5)
    share = weight @ posterior / weight.sum()
    np.testing.assert_allclose(share, [0.83799, 0.16201], atol=1e-5)
    np.testing.assert_allclose(d, printed.loc[["d_1", "d_2"]], atol=1e-5)
    np.testing.assert_allclose(naive_means(assigned, weight, y), printed.loc["naive"], atol=1e-5)
    means = bch_means(assigned, d, weight, y)
    np.testing.assert_allclose(means, printed.loc["bch"], atol=1e-5)
    if assignment == "modal":
        variance = bch_means(assigned, d, weight, y**2) - means**2
        np.testing.assert_allclose(variance, printed.loc["bch_variance"], atol=1e-5)


def test_the_public_means_are_those_at_the_maximum(cheats, students):
    """The printed fit stopped a little before it: shares .16201 for .162003, hence 3e-5 in the smaller class."""
    result = audience_outcome(cheats, students, "gpa", count="count", n_resamples=5)
    np.testing.assert_allclose(result.table["estimate"], [2.46255, 1.62579], atol=4e-5)


def test_misclassification_rows_add_up_and_bch_of_a_sure_assignment_is_naive(rng):
    posterior = rng.dirichlet([0.5, 0.5, 0.5], 200)
    weight, y = rng.random(200), rng.normal(size=200)
    sure = assign(posterior)
    for assigned in (sure, posterior):
        np.testing.assert_allclose(misclassification(posterior, assigned, weight).sum(1), 1)
    d = misclassification(sure, sure, weight)
    np.testing.assert_allclose(bch_means(sure, d, weight, y), naive_means(sure, weight, y))


def two_audiences(n, seed, outcome, sure=0.75):
    """Two audiences whose share depends on age, six answers, an outcome made from age and audience."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 75, n)
    first = rng.random(n) < expit(-(age - 45) / 8)
    answers = rng.random((n, 6)) < np.where(first[:, None], sure, 1 - sure)
    people = pd.DataFrame(answers.astype(int), columns=SIX).assign(age=age)
    people["y"] = outcome(age, first, rng)
    return people, first


def test_an_outcome_of_age_alone_is_not_biased():
    """The outcome follows age and not the audience: the corrected means are those of the true audiences."""
    people, first = two_audiences(40_000, 1, lambda age, first, rng: (age - 45) / 16 + rng.normal(size=len(age)))
    model = AudienceMixture(2).fit(Cells.from_table(people, items=SIX))
    result = audience_outcome(model, people, "y", n_resamples=20).table
    true = [people.loc[first, "y"].mean(), people.loc[~first, "y"].mean()]
    np.testing.assert_allclose(result["estimate"], true, atol=0.03)
    assert abs(result["naive"] - true).max() > 0.15
    with_age = assign(model.predict_proba(people).to_numpy())
    posterior = model.predict_proba(people).to_numpy()
    d = misclassification(posterior, with_age, np.ones(len(people)))
    biased = bch_means(with_age, d, np.ones(len(people)), people["y"].to_numpy())
    assert abs(biased - true).max() > 0.08, "with age in the posterior the correction is wrong: this is why it is not"


def test_the_correction_finds_the_true_means_and_shares():
    people, first = two_audiences(20_000, 2, lambda age, first, rng: rng.normal(np.where(first, 2.0, 0.0), 1))
    people["buys"] = np.random.default_rng(3).random(20_000) < np.where(first, 0.7, 0.2)
    model = AudienceMixture(2).fit(Cells.from_table(people, items=SIX))
    means = audience_outcome(model, people, "y", n_resamples=10)
    np.testing.assert_allclose(means.table["estimate"], [2, 0], atol=0.06)
    shares = audience_outcome(model, people, "buys", n_resamples=10)
    np.testing.assert_allclose(shares.table["estimate"], [0.7, 0.2], atol=0.03)
    assert shares.yes_no and shares.table["estimate"].between(0, 1).all()
    naive = audience_outcome(model, people, "y", method="naive", n_resamples=10).table
    assert (naive["estimate"] == naive["naive"]).all() and (naive["estimate"] == means.table["naive"]).all()


def test_the_interval_covers_the_truth_in_most_samples():
    hits = 0
    for seed in range(20):
        people, _first = two_audiences(
            500, seed, lambda age, first, rng: rng.normal(np.where(first, 2.0, 0.0), 1), sure=0.85
        )
        model = AudienceMixture(2, n_starts=3).fit(Cells.from_table(people, items=SIX))
        result = audience_outcome(model, people, "y", n_resamples=100).table
        hits += int(result["low"][0] <= 2 <= result["high"][0])
    assert 14 <= hits <= 20


@pytest.fixture(scope="module")
def shoppers():
    people, _first = two_audiences(800, 4, lambda age, first, rng: rng.normal(np.where(first, 2.0, 0.0), 1).round(1))
    people["w"] = np.random.default_rng(5).gamma(3, 1, 800)
    return people, AudienceMixture(2).fit(Cells.from_table(people, items=SIX, weight="w"))


def test_counts_are_rows_and_weights_have_no_scale(shoppers):
    people, model = shoppers
    counted = people.groupby([*SIX, "age", "y"], as_index=False).size()
    rows = audience_outcome(model, people, "y", n_resamples=10).table
    pd.testing.assert_frame_equal(rows, audience_outcome(model, counted, "y", count="size", n_resamples=10).table)
    one = audience_outcome(model, people, "y", weight="w", n_resamples=10).table
    other = audience_outcome(model, people.assign(w=3 * people["w"]), "y", weight="w", n_resamples=10).table
    pd.testing.assert_frame_equal(one, other, rtol=1e-6)
    assert abs(one["estimate"] - rows["estimate"]).max() > 1e-4


def test_the_order_of_rows_changes_nothing(shoppers):
    people, model = shoppers
    shuffled = people.sample(frac=1, random_state=2)
    one, other = (audience_outcome(model, p, "y", n_resamples=10).table for p in (people, shuffled))
    pd.testing.assert_frame_equal(one, other)


def test_a_missing_outcome_leaves_the_last_step_only(shoppers):
    people, model = shoppers
    gaps = people.assign(y=people["y"].where(people.index % 4 > 0))
    full, less = (audience_outcome(model, p, "y", n_resamples=5) for p in (people, gaps))
    pd.testing.assert_frame_equal(full.misclassification, less.misclassification, atol=1e-12)
    assert less.about.n == 800 and less.n_outcome == 600


def test_contrasts_are_differences_with_holms_p(shoppers):
    people, model = shoppers
    result = audience_outcome(model, people, "y", n_resamples=50)
    contrast, estimate = result.contrasts.iloc[0], result.table["estimate"]
    assert contrast["estimate"] == pytest.approx(estimate[0] - estimate[1])
    assert contrast["p"] < 1e-4 and contrast["low"] < contrast["estimate"] < contrast["high"]
    assert contrast["p_holm"] == contrast["p"], "one difference is adjusted for one"


def test_audiences_that_overlap_too_much_are_refused_in_words(shoppers):
    people, _model = shoppers
    rng = np.random.default_rng(0)
    noise = people.assign(**{item: rng.integers(0, 2, 800) for item in SIX})
    model = AudienceMixture(2, age=None, n_starts=3).fit(Cells.from_table(noise, items=SIX))
    model.theta_[:, 1:] = np.log(0.5)
    with pytest.raises(ModelError, match="tell the audiences apart.*assigned to it. Use fewer audiences"):
        audience_outcome(model, noise, "y", n_resamples=5)


def test_shares_outside_0_and_1_are_doubted():
    """Only those who say yes to nearly everything buy: taking back the errors asks for fewer buyers than none."""
    people, _first = two_audiences(1000, 8, lambda age, first, rng: age * 0, sure=0.7)
    people["y"] = (people[SIX].sum(axis=1) >= 5).astype(int)
    model = AudienceMixture(2, age=None, n_starts=3).fit(Cells.from_table(people, items=SIX))
    with pytest.warns(Unstable, match="share lies outside 0 and 1.*Use fewer audiences"):
        audience_outcome(model, people, "y", n_resamples=5)


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"method": "lca"}, ModelError, "is one of 'bch', 'naive'"),
        ({"on": ["word"]}, TableError, "`word`: must hold numbers, or yes/no; found 'much' in row 0"),
        ({"outcome": "income"}, TableError, "`income`: must be a column"),
        ({"outcome": "word"}, TableError, "must hold numbers, or yes/no; found 'much' in row 0"),
        ({"outcome": "empty"}, TableError, "known for somebody"),
    ],
)
def test_wrong_requests_are_refused_in_words(shoppers, wrong, error, said):
    people, model = shoppers
    with pytest.raises(error, match=said):
        audience_outcome(model, people.assign(word="much", empty=np.nan), **{"outcome": "y", **wrong})


def test_the_callers_frame_is_not_changed(shoppers):
    people, model = shoppers
    before = people.copy()
    audience_outcome(model, people, "y", n_resamples=3)
    pd.testing.assert_frame_equal(people, before)


def test_certainty_and_separation_add_up(gss):
    model = AudienceMixture(4).fit(gss)
    certainty = model.certainty()
    np.testing.assert_allclose(certainty.table.groupby("audience")["estimate"].sum(), 1)
    assert certainty.doubtful == pytest.approx(0.21, abs=0.01)
