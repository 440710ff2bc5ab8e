"""What must hold of a mixture whatever the data: invariants, doubts, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
from known import classic, independent
from scipy.special import log_softmax, logsumexp
from sklearn.exceptions import ConvergenceWarning

from smm_analysis import AudienceMixture, Cells, ModelError, TableError, simulate_people
from smm_analysis.audiences.em import Grid, climb, e_step, m_step, random_starts
from smm_analysis.audiences.mixture import fit_up_to
from smm_analysis.audiences.record import rank_deficit
from smm_analysis.errors import LocalOptimum, NotIdentified, SmallSample

AGES = ("curve", None)


def fitted(cells, k, **options):
    """A fit whose doubts about the sample are not the question."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return AudienceMixture(k, **{"n_starts": 8, **options}).fit(cells)


def decades(people):
    low = people["age"] // 10 * 10
    return people.assign(age_low=low, age_high=low + 9).drop(columns="age")


def same(one, two, rtol=1e-6):
    assert one.log_likelihood_ == pytest.approx(two.log_likelihood_, rel=1e-9)
    np.testing.assert_allclose(one.share_, two.share_, rtol=rtol, atol=1e-5)
    answers = (m.parameters_["answers"].to_numpy() for m in (one, two))
    np.testing.assert_allclose(*answers, atol=2e-4)


def row_wise_em(people, items, theta, steps):
    """Plain EM with a row per person, as a textbook writes it; returns the log-likelihood after `steps`."""
    y, w = people[items].to_numpy(), people["weight"].to_numpy()
    asked = ~np.isnan(y).all(1)
    y, w = y[asked], w[asked] / w[asked].mean()
    share, p = np.exp(log_softmax(theta[:, 0])), np.exp(theta[:, 2::2])
    for step in range(steps + 1):
        log = np.where(np.isnan(y)[:, None], 0, np.where(y[:, None] == 1, np.log(p), np.log1p(-p))).sum(-1)
        log = log + np.log(share)
        if step == steps:
            return (w * logsumexp(log, axis=1)).sum()
        post = w[:, None] * np.exp(log_softmax(log, axis=1))
        share, seen = post.sum(0) / w.sum(), ~np.isnan(y)
        p = (post.T @ np.where(seen, y, 0)) / (post.T @ seen)


def test_cells_give_what_rows_give(people, items):
    cells = Cells.from_table(people, items=items, weight="weight")
    grid = Grid.of(cells, None)
    start = grid.normalise(random_starts(grid, grid.weight, 3, 1, np.random.default_rng(1)))
    theta, table = start, grid.table(grid.weight[None])
    for _ in range(25):
        theta = m_step(grid, theta, e_step(grid, table, theta))
    ours = e_step(grid, table, theta).objective[0]
    assert ours == pytest.approx(row_wise_em(people, items, start[0], 25), rel=1e-11)


@pytest.mark.parametrize("age", ["curve", "bands"])
def test_the_likelihood_given_age_is_the_one_of_the_rows(people, items, age):
    table = decades(people) if age == "bands" else people
    cells = Cells.from_table(
        table, items=items, weight="weight", age=("age_low", "age_high") if age == "bands" else "age"
    )
    model = fitted(cells, 3, age=age)
    y, w = people[items].to_numpy(), people["weight"].to_numpy()
    asked = ~np.isnan(y).all(1)
    ages = people["age"] if age == "curve" else table["age_low"] + 4.5
    shares = model.parameters_["shares"]
    prior = np.stack([shares.loc[a] if np.isfinite(a) else shares[shares.index.isna()].iloc[0] for a in ages])
    p = model.parameters_["answers"].xs(1, axis=1, level="answer").to_numpy()
    log = np.where(np.isnan(y)[:, None], 0, np.where(y[:, None] == 1, np.log(p), np.log1p(-p))).sum(-1) + np.log(prior)
    rows = (w[asked] / w[asked].mean() * logsumexp(log[asked], axis=1)).sum()
    assert model.log_likelihood_ == pytest.approx(rows, rel=1e-10)


@pytest.mark.parametrize("age", AGES)
def test_a_count_of_two_is_the_row_twice(people, items, age):
    twice = pd.concat([people, people], ignore_index=True)
    counted = people.assign(n=2, w2=2 * people["weight"], ws=2 * people["weight"] ** 2)
    one = fitted(Cells.from_table(twice, items=items, weight="weight"), 2, age=age)
    two = fitted(Cells.from_table(counted, items=items, count="n", weight="w2", weight_squared="ws"), 2, age=age)
    same(one, two)
    for criterion in ("bic_", "aic_", "sabic_", "icl_bic_", "icl_map_", "entropy_r2_"):
        assert getattr(one, criterion) == pytest.approx(getattr(two, criterion), rel=1e-8)
    profiles = (model.profile(n_resamples=20).table for model in (one, two))
    pd.testing.assert_frame_equal(*profiles, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("age", AGES)
def test_a_weight_of_two_is_the_row_twice_in_point_estimates(people, items, age):
    whole = people.assign(weight=np.where(people["age"] < 40, 2.0, 1.0))
    doubled = pd.concat([whole, whole[whole["weight"] == 2]], ignore_index=True)
    one = fitted(Cells.from_table(whole, items=items, weight="weight"), 2, age=age)
    two = fitted(Cells.from_table(doubled, items=items), 2, age=age)
    np.testing.assert_allclose(one.share_, two.share_, atol=1e-4)
    np.testing.assert_allclose(one.parameters_["answers"], two.parameters_["answers"], atol=1e-3)
    np.testing.assert_allclose(one.predict_proba(people), two.predict_proba(people), atol=2e-3)


@pytest.mark.parametrize("factor", [1e-6, 3.7, 1e6])
def test_all_weights_times_a_constant_change_nothing(people, items, factor):
    one = fitted(Cells.from_table(people, items=items, weight="weight"), 2)
    two = fitted(Cells.from_table(people.assign(weight=factor * people["weight"]), items=items, weight="weight"), 2)
    same(one, two)
    profiles = (model.profile(n_resamples=20).table for model in (one, two))
    pd.testing.assert_frame_equal(*profiles, rtol=1e-4, atol=1e-4)


def test_the_order_of_rows_items_and_answers_does_not_matter(people, items):
    one = fitted(Cells.from_table(people, items=items, weight="weight"), 2, n_starts=15)
    turned = people.assign(**{item: 1 - people[item] for item in items}).sample(frac=1, random_state=3)
    two = fitted(Cells.from_table(turned, items=items[::-1], weight="weight"), 2, n_starts=15)
    assert one.log_likelihood_ == pytest.approx(two.log_likelihood_, rel=1e-8)
    np.testing.assert_allclose(one.share_, two.share_, atol=1e-3)
    yes, no = (m.parameters_["answers"].xs(v, axis=1, level="answer")[items] for m, v in ((one, 1), (two, 0)))
    np.testing.assert_allclose(yes, no, atol=2e-3)


@pytest.mark.parametrize("age", ["curve", "bands", None])
def test_em_never_loses_likelihood(people, items, age):
    table = decades(people) if age == "bands" else people
    cells = Cells.from_table(
        table, items=items, age=("age_low", "age_high") if age == "bands" else "age", weight="weight"
    )
    grid = Grid.of(cells, age)
    weight = grid.table(grid.weight[None])
    theta = grid.normalise(random_starts(grid, grid.weight, 4, 10, np.random.default_rng(2)))
    before = np.full(10, -np.inf)
    for _ in range(60):
        now = e_step(grid, weight, theta)
        assert np.all(now.objective >= before - 1e-9 * np.abs(now.objective))
        theta, before = m_step(grid, theta, now), now.objective


def test_the_curve_climbs_a_sharp_age_boundary_and_says_so(rng):
    age = rng.integers(15, 75, 3000)
    p = np.where(age[:, None] < 30, [0.9, 0.9, 0.1, 0.2], [0.1, 0.2, 0.9, 0.8])
    frame = pd.DataFrame(rng.random((3000, 4)) < p, columns=list("abcd")).assign(age=age)
    cells = Cells.from_table(frame, items=list("abcd"))
    grid = Grid.of(cells, "curve")
    start = random_starts(grid, grid.weight, 2, 10, rng)
    path = [climb(grid, grid.weight, start, tol=0, max_iter=3 * i) for i in range(1, 30)]
    likelihood = np.stack([end.log_likelihood - grid.age_model.penalty(grid.split(end.theta)[0]) for end in path])
    model = AudienceMixture(2).fit(cells)
    assert np.all(np.diff(likelihood[:, 0]) > -1e-6)
    assert any("begins or ends so sharply" in note for note in model.notes_)
    curve = model.age_curve(n_resamples=20).table.query("audience == 1").set_index("age")["estimate"]
    assert curve[29] > 0.99 and curve[31] < 0.01


def test_no_age_curve_and_bands_are_nested(people, items):
    cells = Cells.from_table(decades(people), items=items, age=("age_low", "age_high"), weight="weight")
    none, curve, bands = (fitted(cells, 3, age=age, n_starts=20).log_likelihood_ for age in (None, "curve", "bands"))
    assert none <= curve <= bands


def test_dense_and_sparse_tables_give_the_same(people, items):
    cells = Cells.from_table(people, items=items, weight="weight")
    dense, sparse = Grid.of(cells, "curve"), Grid.of(cells, "curve")
    dense.__dict__["dense"], sparse.__dict__["dense"] = True, False
    theta = dense.normalise(random_starts(dense, dense.weight, 3, 4, np.random.default_rng(1)))
    one, two = (e_step(grid, grid.table(grid.weight[None]), theta) for grid in (dense, sparse))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def test_parameters_are_counted_as_in_the_design(people, items):
    cells = Cells.from_table(people, items=items)
    banded = Cells.from_table(decades(people), items=items, age=("age_low", "age_high"))
    whole = Cells.from_table(people.dropna(subset="age"), items=items)
    k, j, n_bands = 3, len(items), len(banded.table["age_low"].dropna().unique())
    assert Grid.of(whole, "curve").n_parameters(k) == k * j + 3 * (k - 1)
    assert Grid.of(cells, "curve").n_parameters(k) == k * j + 3 * (k - 1) + (k - 1)
    assert Grid.of(banded, "bands").n_parameters(k) == k * j + n_bands * (k - 1) + (k - 1)
    assert Grid.of(cells, None).n_parameters(k) == k * j + k - 1


DEFICITS = [("values", 3, 1), ("cheating", 3, 1), ("gss82", 3, 0), ("gss82", 4, 0), ("carcinoma", 3, 0)]


@pytest.mark.parametrize(("name", "k", "deficit"), [*DEFICITS, ("carcinoma", 4, 0)])
def test_the_rank_finds_what_cannot_be_known(name, k, deficit):
    assert [rank_deficit(Grid.of(classic(name), None), k, seed) for seed in range(3)] == [deficit] * 3


def test_a_model_that_is_not_identified_warns_what_to_do():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallSample)
        with pytest.warns(
            NotIdentified, match="1 of 14 parameters cannot be told.*do not read the profiles. Use fewer"
        ):
            model = AudienceMixture(3, age=None).fit(classic("values"))
        assert not model.identified_
        for name, k in (("gss82", 3), ("gss82", 4), ("carcinoma", 3), ("carcinoma", 4)):
            with warnings.catch_warnings():
                warnings.simplefilter("error", NotIdentified)
                assert AudienceMixture(k, age=None).fit(classic(name)).identified_


def test_a_single_start_cannot_be_trusted_and_says_so(gss):
    with pytest.warns(LocalOptimum, match=r"Only 1 of 2 starts reached the best.*Raise n_starts \(now 1\)"):
        AudienceMixture(6, n_starts=1).fit(gss)


def test_the_local_maxima_of_gss82_are_those_of_the_manual():
    """Linzer & Lewis, poLCA manual: 500 single starts end at five heights."""
    cells = classic("gss82")
    grid = Grid.of(cells, None)
    starts = random_starts(grid, grid.weight, 3, 200, np.random.default_rng(0))
    ends = climb(grid, grid.weight, starts, tol=1e-12, max_iter=9000).log_likelihood
    printed = np.array([-2754.545, -2755.617, -2755.739, -2762.005, -2762.231])
    reached = np.abs(ends[:, None] - printed).min(1) < 1e-3
    assert reached.mean() > 0.9 and len(set(np.abs(ends[reached, None] - printed).argmin(1))) >= 4


def test_a_climb_that_is_cut_short_says_so(gss):
    with pytest.warns(ConvergenceWarning, match="stopped after max_iter=3 EM steps. Raise max_iter"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LocalOptimum)
            model = AudienceMixture(4, max_iter=3, n_starts=2).fit(gss)
    assert not model.converged_


def test_few_people_are_doubted(people, items):
    with pytest.warns(
        SmallSample, match=r"5 items and 2 audiences are much for \d\d people.*70 per item, 30 per audience"
    ):
        AudienceMixture(2).fit(Cells.from_table(people.head(30), items=items))


def test_independent_items_are_one_audience_whatever_the_age_mix():
    for random_state in range(3):
        cells = Cells.from_table(independent(2000, random_state), items=[f"item_{j}" for j in range(6)])
        assert np.argmin([model.bic_ for model in fit_up_to(cells, 3, n_starts=5)]) == 0


REFUSED = [
    (0, {}, "`n_audiences`: a whole number from 1 to the number of occupied cells .423.; found 0"),
    (424, {}, "found 424. Choose fewer audiences"),
    (2.5, {}, "found 2.5"),
    (2, {"age": "spline"}, "`age`: is one of 'curve', 'bands', None; found 'spline'"),
]


@pytest.mark.parametrize(("k", "options", "message"), REFUSED)
def test_what_cannot_be_fitted_is_refused(gss, k, options, message):
    with pytest.raises(ModelError, match=message):
        AudienceMixture(k, **options).fit(gss)


def test_age_models_refuse_cells_without_ages_and_bands_refuse_many_ages(people, items):
    with pytest.raises(ModelError, match="needs people with ages; found none. Give the column"):
        AudienceMixture(2).fit(Cells.from_table(people, items=items, age=None))
    with pytest.raises(ModelError, match="at most 15 ages or bands; found 6. different ages. Band the ages first"):
        AudienceMixture(2, age="bands").fit(Cells.from_table(people, items=items))


def test_new_people_may_have_gaps_and_get_the_posteriors_of_their_cell(people, items):
    model = fitted(Cells.from_table(people, items=items, weight="weight"), 3)
    proba = model.predict_proba(people)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert proba.index.equals(people.index) and list(proba.columns) == [1, 2, 3]
    assigned = model.assign(people)
    assert (assigned["audience"] == model.predict(people)).all() and len(assigned) == len(people)
    np.testing.assert_allclose(assigned["certainty"], proba.max(axis=1))
    nobody = pd.DataFrame({"age": [np.nan], **{item: [np.nan] for item in items}})
    np.testing.assert_allclose(model.predict_proba(nobody, items_only=True).iloc[0], model.share_)
    answers, weight = people[items], people["weight"]
    shares = np.average(proba[answers.notna().any(axis=1)], axis=0, weights=weight[answers.notna().any(axis=1)])
    np.testing.assert_allclose(shares, model.share_, atol=2e-3)


def test_ages_outside_the_fit_take_the_nearest_end_and_missing_ages_the_shares(people, items):
    model = fitted(Cells.from_table(people.dropna(subset="age"), items=items), 2)
    new = pd.DataFrame({"age": [14, 5, 75, 99, np.nan], **{item: [np.nan] * 5 for item in items}})
    proba = model.predict_proba(new).to_numpy()
    np.testing.assert_allclose(proba[1], proba[0])
    np.testing.assert_allclose(proba[3], proba[2])
    np.testing.assert_allclose(proba[4], model.share_)


def test_bands_of_new_people(gss):
    model = fitted(gss, 2, age="bands", n_starts=3)
    answers = {item: [1, 1] for item in gss.items}
    by_band = model.predict_proba(pd.DataFrame({"age_low": [18, 75], "age_high": [24, 89], **answers}))
    by_year = model.predict_proba(pd.DataFrame({"age": [19, 80], **answers}))
    np.testing.assert_allclose(by_band, by_year)
    with pytest.raises(ModelError, match="must lie in a band that the fit has seen; found 12. Use the curve"):
        model.predict_proba(pd.DataFrame({"age": [12, 80], **answers}))


def test_an_unseen_answer_is_named(people, items):
    model = fitted(Cells.from_table(people, items=items), 2)
    with pytest.raises(TableError, match=r"`vk`: answers are those of the fit \(0, 1\); found 2.0 in row 3"):
        model.predict(people.assign(vk=[0.0] * 3 + [2.0] + [0.0] * (len(people) - 4)))
    with pytest.raises(TableError, match="`vk`: must be a column"):
        model.predict(people.drop(columns="vk"))


def test_few_ages_lower_the_degree_and_it_is_said(people, items):
    for ages, degree in (([20], 0), ([20, 40], 1)):
        two = people.assign(age=np.resize(ages, len(people)))
        model = fitted(Cells.from_table(two, items=items), 2)
        assert model.n_parameters_ == 2 * len(items) + degree + 1
        assert any(f"degree {degree}" in note for note in model.notes_)


def test_an_open_band_is_as_wide_as_the_one_below_it():
    frame = pd.DataFrame({"low": [18, 30, 50], "high": [29, 49, np.nan], "a": [0, 1, 1], "b": [1, 0, 1]})
    grid = Grid.of(Cells.from_table(frame, items=["a", "b"], age=("low", "high")), "curve")
    assert grid.ages.tolist() == [23.5, 39.5, 59.5]


def test_the_profile_is_tidy_and_its_intervals_hold_the_estimates(gss):
    model = AudienceMixture(4).fit(gss)
    answer = model.profile(n_resamples=60)
    profile = answer.table
    columns = ["audience", "item", "answer", "estimate", "low", "high", "overall", "n"]
    assert list(profile.columns) == columns
    assert (profile["low"] <= profile["high"]).all() and len(profile) == 4 * (3 + 7)
    inside = profile["estimate"].between(profile["low"] - 1e-9, profile["high"] + 1e-9)
    assert inside.mean() > 0.9
    share = profile[profile["item"] == "share"]
    np.testing.assert_allclose(share["estimate"], model.share_, atol=1e-5)
    assert (answer.about.n, answer.about.origin, answer.about.level) == (1366, "published", 0.9)
    pd.testing.assert_frame_equal(profile, model.profile(n_resamples=60).table)
    curve = model.age_curve(n_resamples=60)
    np.testing.assert_allclose(curve.table.groupby("age")["estimate"].sum(), 1)
    assert curve.table["age"].agg(["min", "max"]).tolist() == [21, 82]
    assert curve.headline.startswith("From 21 to ") and "At 82 years" in curve.verdict


def test_truth_is_recovered():
    people, truth = simulate_people(5000, random_state=3)
    model = AudienceMixture(5).fit(people)
    np.testing.assert_allclose(model.share_, truth.share, atol=0.03)
    yes = model.parameters_["answers"].xs(1, axis=1, level="answer")
    np.testing.assert_allclose(yes, truth.probability, atol=0.08)
    means = model.profile(n_resamples=10).table.query("item == 'age' and answer == 'mean'")["estimate"]
    np.testing.assert_allclose(means, truth.age["mean"], atol=1.5)


def test_an_open_band_lies_where_it_lay_in_the_fit(rng):
    """The band below the open one holds only people who answered nothing: they must not move it."""
    band = rng.integers(0, 4, 900)
    answers = (rng.random((900, 4)) < np.array([0.9, 0.5, 0.3, 0.3])[band][:, None]).astype(float)
    answers[band == 2] = np.nan
    people = pd.DataFrame(answers, columns=list("wxyz"))
    people["age_low"], people["age_high"] = np.array([[18, 29], [30, 49], [50, 54], [55, np.nan]])[band].T
    for age in ("curve", "bands"):
        model = fitted(Cells.from_table(people, items=list("wxyz"), age=("age_low", "age_high")), 2, age=age)
        silent = people[band == 3].head(1).assign(w=np.nan, x=np.nan, y=np.nan, z=np.nan)
        np.testing.assert_allclose(model.predict_proba(silent).iloc[0], model.parameters_["shares"].iloc[-1])


def test_ages_of_weight_zero_do_not_shape_the_curve(people, items):
    one_age = people.dropna(subset="age").assign(weight=lambda t: (t["age"] == t["age"].iloc[0]).astype(float))
    model = fitted(Cells.from_table(one_age, items=items, weight="weight"), 2)
    assert np.isfinite(model.log_likelihood_) and any("degree 0" in note for note in model.notes_)


def test_the_number_that_is_too_large_is_named_as_the_caller_named_it():
    few = Cells.from_table(pd.DataFrame({"a": [0, 1, 1], "b": [0, 0, 1]}), items=["a", "b"], age=None)
    with pytest.raises(ModelError, match="`n_audiences`: a whole number from 1"):
        AudienceMixture(9, age=None).fit(few)
    with pytest.raises(ModelError, match="`up_to`: a whole number from 1"):
        list(fit_up_to(few, 9, age=None))
