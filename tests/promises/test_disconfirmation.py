"""The kink: it finds the truth, says when nothing matters, and counts are rows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from smm_analysis import ModelError, SmallSample, TableError, fit_disconfirmation, simulate_orders


def kink_of(orders, **options):
    return fit_disconfirmation(orders, higher_is_better=False, **options).kink.set_index("term")


def test_the_kink_is_the_regression_written_out(orders):
    known = orders.dropna(subset=["actual"])
    late = known["actual"] - known["promised"]
    design = np.column_stack([np.ones(len(known)), (-late).clip(lower=0), late.clip(0, 7), known["promised"]])
    witness = sm.OLS(known["outcome"].to_numpy(), design).fit(cov_type="HC3")
    fit = fit_disconfirmation(orders, higher_is_better=False, cap=7)
    kink = fit.kink.set_index("term").loc[["constant", "better", "worse", "expectation"]]
    np.testing.assert_allclose(kink["estimate"], witness.params, rtol=1e-10)
    np.testing.assert_allclose(kink["se"], witness.bse, rtol=1e-10)
    assert fit.attrs["aic"] == pytest.approx(witness.aic) and fit.attrs["n"] == len(known)
    assert fit.attrs["left_out"] == len(orders) - len(known)


@pytest.mark.parametrize("seed", range(3))
def test_the_truth_lies_in_the_interval_among_reviews_after_the_arrival(seed):
    orders, truth = simulate_orders(6000, seed=seed, better=0.02, expectation=0.02)
    kink = kink_of(orders, cap=7, reviews="after arrival", level=0.999)
    for term in ("better", "worse", "expectation"):
        assert kink.at[term, "low"] < truth[term] < kink.at[term, "high"]


def test_all_reviews_exaggerate_what_a_day_late_costs(orders):
    assert (
        kink_of(orders, cap=7).at["worse", "estimate"]
        < kink_of(orders, cap=7, reviews="after arrival").at["worse", "estimate"]
    )


def test_it_does_not_matter_here_is_an_answer():
    orders, _truth = simulate_orders(3000, seed=3, worse=0, better=0, waiting=0)
    fit = fit_disconfirmation(orders, higher_is_better=False, cap=7)
    assert "Falling short does not visibly matter here" in fit.verdict
    assert fit.attrs["headline"] == "Here neither falling short nor going beyond shows in the scores"
    assert "ratio" not in set(fit.kink["term"])


def test_a_count_of_two_is_the_row_twice_bootstrap_included(orders, counted):
    for options in ({"cap": 7}, {"jump": True, "controls": ("segment",)}, {"by": "segment", "expectation": False}):
        rows, few = (fit_disconfirmation(frame, higher_is_better=False, **options) for frame in (orders, counted))
        pd.testing.assert_frame_equal(rows.kink, few.kink, rtol=1e-12)
        pd.testing.assert_frame_equal(rows.curve, few.curve, rtol=1e-12)
        pd.testing.assert_frame_equal(rows.density, few.density, rtol=1e-12)
        assert rows.verdict == few.verdict and rows.attrs["aic"] == few.attrs["aic"]


def test_the_order_of_the_rows_changes_nothing(orders):
    pd.testing.assert_frame_equal(kink_of(orders), kink_of(orders.sample(frac=1, random_state=1)))


def test_worse_minus_better_is_how_much_more_a_day_short_costs(orders):
    kink = kink_of(orders, cap=7)
    cost, gain = -kink.at["worse", "estimate"], kink.at["better", "estimate"]
    assert kink.at["worse_minus_better", "estimate"] == pytest.approx(cost - gain)
    ends = kink[["low", "high"]]
    exact, drawn = ends.loc["worse_minus_better"], ends.loc["worse_minus_better_bootstrap"]
    np.testing.assert_allclose(exact, drawn, atol=0.02)


def test_the_ratio_appears_only_where_better_helps_for_sure():
    helped, _truth = simulate_orders(6000, seed=4, better=0.03, worse=-0.2)
    kink = kink_of(helped, cap=7)
    assert kink.at["better", "low"] > 0
    assert kink.at["ratio", "estimate"] == pytest.approx(-kink.at["worse", "estimate"] / kink.at["better", "estimate"])
    unclear, _truth = simulate_orders(3000, seed=4, better=0)
    assert "ratio" not in kink_of(unclear, cap=7).index


def test_keying_ratings_and_days_is_one_reflection(orders):
    mirrored = orders.assign(promised=60 - orders["promised"], actual=60 - orders["actual"])[
        ["promised", "actual", "outcome"]
    ]
    mirrored["actual"] = mirrored["actual"].where(mirrored["actual"] >= 0)
    both = orders[mirrored["actual"].notna() | orders["actual"].isna()][["promised", "actual", "outcome"]]
    days = fit_disconfirmation(both, higher_is_better=False).kink.set_index("term")["estimate"]
    points = fit_disconfirmation(mirrored, higher_is_better=True).kink.set_index("term")["estimate"]
    for term in ("better", "worse"):
        assert days[term] == pytest.approx(points[term])
    assert days["expectation"] == pytest.approx(-points["expectation"])


def test_a_constant_promise_has_a_kink_but_no_effect_of_its_own(orders):
    constant = orders.assign(promised=10.0, due_at=pd.NaT)
    with pytest.raises(ModelError, match="`promised`: must vary.*found 10 for every order.*expectation=False"):
        fit_disconfirmation(constant, higher_is_better=False)
    assert kink_of(constant, expectation=False, cap=7).at["worse", "high"] < 0


def test_the_dots_are_raw_means_unless_something_is_held_fixed(orders):
    known = orders.dropna(subset=["actual"])
    raw = known.groupby(known["promised"] - known["actual"])["outcome"].mean()
    plain = fit_disconfirmation(orders, higher_is_better=False, expectation=False).density.set_index("beyond")["mean"]
    np.testing.assert_allclose(plain, raw.loc[plain.index])
    weighted = fit_disconfirmation(orders, higher_is_better=False).density
    assert np.average(weighted["mean"], weights=weighted["n"]) == pytest.approx(known["outcome"].mean())


def test_all_on_time_has_no_kink_and_says_why(orders):
    with pytest.raises(
        ModelError, match="`actual`: the harm of falling short.*every promise kept.*no kink.*audit_promises"
    ):
        fit_disconfirmation(orders[orders["actual"] <= orders["promised"]], higher_is_better=False)


def test_all_late_has_no_kink_and_says_why(orders):
    with pytest.raises(ModelError, match="the good of going beyond.*no order better than promised"):
        fit_disconfirmation(orders[orders["actual"] >= orders["promised"]], higher_is_better=False)


def test_one_outcome_value_is_refused(orders):
    with pytest.raises(ModelError, match="`outcome`: must vary between orders; found 5 in all 2[0-9]+ orders"):
        fit_disconfirmation(orders.assign(outcome=5), higher_is_better=False)


def test_fewer_than_fifty_orders_are_refused(orders):
    with pytest.raises(ModelError, match="at least 50 orders.*found 49 of 49"):
        fit_disconfirmation(orders[orders["actual"].notna()].head(49), higher_is_better=False)


def test_hours_are_not_compared_with_days(orders):
    with pytest.raises(
        TableError, match="`actual`: must be in the unit of `promised`.*median of 1[0-9] promised and 1[0-9]+ actual"
    ):
        fit_disconfirmation(orders.assign(actual=orders["actual"] * 24), higher_is_better=False)


def test_few_late_orders_are_a_doubt(orders):
    late = orders["actual"] > orders["promised"]
    few = pd.concat([orders[~late], orders[late].head(10)])
    with pytest.warns(SmallSample, match="only 10 orders on one side"):
        fit_disconfirmation(few, higher_is_better=False)


@pytest.fixture
def one_better(rng):
    """300 orders, half of them late, the others on the promised day, and only the last one before it."""
    promised = rng.integers(5, 13, 300).astype(float)
    actual = promised + np.where(np.arange(300) < 150, rng.integers(1, 5, 300), 0)
    actual[299] = promised[299] - 2
    outcome = 5 - 0.8 * (actual - promised).clip(0) + rng.normal(0, 0.3, 300)
    return pd.DataFrame({"promised": promised, "actual": actual, "outcome": outcome})


def test_a_slope_that_hangs_on_one_order_is_not_known_and_spoils_no_other(one_better):
    with pytest.warns(SmallSample, match="only 1 orders on one side of the promise"):
        fit = fit_disconfirmation(one_better, higher_is_better=False, n_resamples=50)
    kink = fit.kink.set_index("term")
    assert kink.loc[["better", "worse_minus_better", "worse_minus_better_bootstrap"], "se"].isna().all()
    with pytest.warns(SmallSample):
        without = kink_of(one_better.assign(actual=one_better["actual"] - (one_better.index >= 298)), n_resamples=50)
    assert kink.at["worse", "low"] < -0.8 < kink.at["worse", "high"]
    assert kink.at["worse", "se"] == pytest.approx(without.at["worse", "se"], rel=0.05)
    assert "Falling short hurts" in fit.verdict and "brings is not known: too few" in fit.verdict
    assert fit.attrs["headline"].endswith("less when short, \u2013 more when beyond the promise")
    beyond = fit.curve["beyond"] > 0
    assert fit.curve.loc[~beyond, "low"].notna().all() and fit.curve.loc[fit.curve["beyond"] > 0.5, "low"].isna().all()


def test_no_interval_never_reads_as_no_effect(one_better):
    turned = one_better.assign(actual=2 * one_better["promised"] - one_better["actual"])
    with pytest.warns(SmallSample):
        fit = fit_disconfirmation(turned, higher_is_better=False, n_resamples=50)
    assert "What falling short costs is not known: too few orders fell short." in fit.verdict
    assert "NaN" not in fit.verdict + fit.attrs["headline"]


def test_a_control_held_by_one_order_is_named_and_has_no_interval(orders):
    orders["state"] = np.where(orders.index == orders.index[orders["actual"].notna()][0], "Z", "A")
    with pytest.warns(SmallSample, match="`state=Z`: hangs on one order, its error cannot be known"):
        fit = fit_disconfirmation(orders, higher_is_better=False, controls=("state",))
    kink = fit.kink.set_index("term")["se"]
    assert kink.index[kink.isna()].tolist() == ["state=Z"] and fit.curve["low"].notna().all()


def test_orders_on_the_promise_are_on_neither_side(orders):
    better = orders.index[orders["actual"] < orders["promised"]]
    orders.loc[better[10:], "actual"] = orders.loc[better[10:], "promised"]
    with pytest.warns(SmallSample, match="only 10 orders on one side"):
        fit_disconfirmation(orders.drop(columns="delivered_at"), higher_is_better=False)


def test_the_unit_is_judged_by_orders_not_by_distinct_rows(rng):
    promised = np.r_[1, np.full(80, 2)]
    actual = np.r_[1, np.arange(1, 81)]
    frame = pd.DataFrame({"promised": promised, "actual": actual, "outcome": 5 - 0.05 * actual + rng.normal(size=81)})
    frame["count"] = np.r_[50, 50, np.full(79, 1)]
    rows = frame.loc[frame.index.repeat(frame["count"])].drop(columns="count")
    few, many = (kink_of(table, expectation=False, n_resamples=9) for table in (frame, rows))
    pd.testing.assert_frame_equal(few, many)


def test_an_odd_group_is_named_and_the_others_are_fitted(orders):
    known = orders[orders["actual"].notna()].drop(columns=["delivered_at", "due_at"]).reset_index(drop=True)
    late = known["actual"] > known["promised"]
    known["shop"] = np.where(known.index % 2, "usual", "common")
    known.loc[late[late].index[:30], "shop"] = "slow"
    known.loc[known.index[~late][:400], "shop"] = np.repeat(["same promise", "same outcome", "slow", "prompt"], 100)
    short = late[late].index[30:110]
    known.loc[short, "shop"] = np.repeat(["same promise", "same outcome"], 40)
    known["actual"] += np.where(known["shop"] == "same promise", 30 - known["promised"], 0)
    known.loc[known["shop"] == "same promise", "promised"] = 30
    known.loc[known["shop"] == "same outcome", "outcome"] = 4
    slow = known["shop"] == "slow"
    known.loc[slow, "actual"] = known.loc[slow, ["actual", "promised"]].max(axis=1)
    fit = fit_disconfirmation(known, higher_is_better=False, cap=7, by="shop", n_resamples=9)
    assert fit.attrs["not_fitted"] == ["prompt", "same outcome", "same promise", "slow"]
    assert set(fit.kink["shop"]) == {"all", "common", "usual"} and fit.difference["df"] == 2
    assert "Groups whose orders allow no kink of their own: 4." in fit.verdict


def test_reviews_of_unknown_date_are_not_taken_for_reviews_after_the_arrival(orders):
    dated = fit_disconfirmation(orders, higher_is_better=False, reviews="after arrival", n_resamples=9)
    orders.loc[orders.index % 2 == 0, "reviewed_at"] = pd.NaT
    half = fit_disconfirmation(orders, higher_is_better=False, reviews="after arrival", n_resamples=9)
    only = fit_disconfirmation(orders[orders.index % 2 == 1], higher_is_better=False, reviews="after arrival",
                               n_resamples=9)  # fmt: skip
    assert half.attrs["n"] == only.attrs["n"] < dated.attrs["n"]
    pd.testing.assert_frame_equal(half.kink, only.kink)


def test_reviews_after_arrival_need_dates(orders):
    with pytest.raises(ModelError, match="`reviews`: all or after arrival; found 'late'"):
        fit_disconfirmation(orders, higher_is_better=False, reviews="late")
    with pytest.raises(TableError, match='`reviewed_at`: must be known.*Use reviews="all"'):
        fit_disconfirmation(orders.drop(columns="reviewed_at"), higher_is_better=False, reviews="after arrival")


def test_groups_from_one_truth_do_not_differ_and_from_two_they_do():
    gentle, harsh = (simulate_orders(3000, seed=seed, worse=worse)[0] for seed, worse in ((5, -0.1), (6, -0.35)))
    two = pd.concat([gentle.assign(shop="gentle"), harsh.assign(shop="harsh")], ignore_index=True).drop(
        columns="order_id"
    )
    fit = fit_disconfirmation(two, higher_is_better=False, cap=7, by="shop")
    assert fit.difference["p"] < 1e-6 and "The groups differ." in fit.verdict
    again = simulate_orders(6000, seed=7)[0]
    again["half"] = np.where(again.index % 2, "odd", "even")
    assert fit_disconfirmation(again, higher_is_better=False, cap=7, by="half").difference["p"] > 0.01


def test_groups_too_small_for_a_kink_are_named(orders):
    orders["shop"] = np.where(orders.index < 30, "tiny", "large")
    fit = fit_disconfirmation(orders, higher_is_better=False, by="shop")
    assert fit.attrs["not_fitted"] == ["tiny"] and fit.difference is None


@pytest.mark.slow
def test_the_interval_of_worse_covers_the_truth_in_95_of_100_shops():
    hits = []
    for seed in range(400):
        orders, truth = simulate_orders(1500, seed=seed)
        row = kink_of(orders, cap=7, reviews="after arrival", n_resamples=2).loc["worse"]
        hits.append(row["low"] < truth["worse"] < row["high"])
    assert np.mean(hits) == pytest.approx(0.95, abs=0.033)  # three standard errors of 400 draws
