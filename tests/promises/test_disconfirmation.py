"""What a promise does: the regression written out, the truth found again, false alarms, counts as rows, clear words."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from slow import write_result

from smm_analysis import ModelError, Orders, TableError, fit_disconfirmation, load_published, simulate_orders
from smm_analysis.errors import SmallSample

SHAPES = {
    "linear": lambda p: p,
    "convex": lambda p: 0.3 * (p - p.min()) ** 2,
    "bent": lambda p: np.where(p < p.mean(), 2 * p, 0.5 * p),
    "logarithmic": lambda p: 3 * np.log(p - p.min() + 1),
    "threshold": lambda p: 2.0 * (p > p.mean()),
}


def table_of(orders, **options):
    return fit_disconfirmation(orders, **options).table.set_index("term")


def irrelevant(shape: str, seed: int, unit: str = "points", n: int = 400) -> Orders:
    """Expectation and experience are correlated; the score follows the experience alone."""
    rng = np.random.default_rng(seed)
    common = 0.6 * rng.normal(size=n)
    e, p = common + 0.8 * rng.normal(size=(2, n))
    if unit == "points":
        promised, actual = np.round(5 + 2 * e), np.round(5 + 2 * p)
        came = actual
    else:
        promised, actual = (np.clip(np.round(15 - 5 * x), 1, None) for x in (e, p))
        came = -actual / 2.5
    frame = pd.DataFrame({"promised": promised, "actual": actual, "outcome": SHAPES[shape](came) + rng.normal(size=n)})
    return Orders.from_frame(frame, unit=unit, higher_is_better=True if unit == "points" else None)


def test_the_table_is_the_regression_written_out(orders):
    known = orders.table.dropna(subset=["actual"])
    late = known["actual"] - known["promised"]
    design = np.column_stack([np.ones(len(known)), (-late).clip(lower=0), late.clip(0, 7), -known["promised"]])
    witness = sm.OLS(known["outcome"].to_numpy(), design).fit(cov_type="HC3")
    fit = fit_disconfirmation(orders)
    rows = fit.table.set_index("term")
    own = rows.loc[["constant", "better", "worse", "expectation"]]
    np.testing.assert_allclose(own["estimate"], witness.params, rtol=1e-10)
    np.testing.assert_allclose(own["se"], witness.bse, rtol=1e-10)
    assert fit.about.n == len(known)
    for term, contrast in {"promise_when_broken": [0, 0, 1, 1], "promise_when_kept": [0, -1, 0, 1]}.items():
        asked = witness.t_test(contrast)
        np.testing.assert_allclose(rows.loc[term, ["estimate", "se"]].astype(float), [*asked.effect, *asked.sd[0]])
    design[:, 1] = (-late).clip(0, 7)  # both sides within the cap
    equal = sm.OLS(known["outcome"].to_numpy(), design).fit(cov_type="HC3").t_test([0, -1, -1, 0])
    row = rows.loc["worse_minus_better"].astype(float)
    np.testing.assert_allclose(row[["estimate", "se"]], [*equal.effect, *equal.sd[0]])
    assert list(fit.table["term"])[:3] == ["promise_when_broken", "promise_when_kept", "worse"]


def test_the_published_orders_of_olist_give_the_printed_effects():
    """A day faster promised, same delivery: by cap and reviews, with standard errors."""
    orders = load_published("olist_promises_counted")
    printed = [({}, -0.313, 0.015), ({"cap": None}, -0.020, 0.018), ({"reviews": "after"}, -0.17, 0.05)]
    for options, effect, error in printed:
        digits = 2 if "reviews" in options else 3
        row = table_of(orders, **options).loc["promise_when_broken"]
        assert row[["estimate", "se"]].round(digits).to_list() == [effect, error]
    fit = fit_disconfirmation(orders)
    assert fit.over_promising_hurts and fit.cap == 7 and fit.table["estimate"].abs().iloc[1] < 0.01
    bent = fit_disconfirmation(orders, cap=None).with_bend
    assert round(bent["estimate"], 3) == -0.120
    for said in ("Falling short counts up to 7 days", "66% of the reviews", "Believe the latter", "0.31 stars", "0.17"):
        assert said in fit.verdict
    assert fit.headline.endswith("0.31 stars less by all reviews, 0.17 stars less by those after the arrival")


@pytest.mark.parametrize("seed", range(3))
def test_the_truth_lies_in_the_interval_among_reviews_after_the_arrival(seed):
    orders, truth = simulate_orders(6000, random_state=seed, better=0.02, expectation=-0.02)
    rows = table_of(orders, reviews="after", level=0.999)
    truth = {"better": 0.02, "worse": -0.3, "expectation": 0.02, "promise_when_broken": -0.28, "promise_when_kept": 0}
    for term, value in truth.items():
        assert rows.at[term, "low"] < value < rows.at[term, "high"]


def test_all_reviews_exaggerate_and_the_answer_says_which_to_believe(orders):
    fit = fit_disconfirmation(orders)
    after = table_of(orders, reviews="after").loc["promise_when_broken"]
    assert fit.after["estimate"] == after["estimate"] > fit.table["estimate"].iloc[0]
    assert "Believe the latter" in fit.verdict and "Believe" not in fit_disconfirmation(orders, reviews="after").verdict
    waiting = simulate_orders(3000, random_state=1, worse=0, better=0, waiting=-2)[0]
    assert fit_disconfirmation(waiting).headline.endswith("less by all reviews; those after the arrival show no loss")


def test_it_does_not_matter_here_is_an_answer():
    orders, _truth = simulate_orders(3000, random_state=3, worse=0, better=0, waiting=0)
    fit = fit_disconfirmation(orders)
    assert fit.over_promising_hurts is False and fit.finding == "unclear"
    assert fit.headline == "Neither the promise nor what came surely shows in these scores"


def test_an_irrelevant_promise_is_called_so():
    """Falling short goes with lower scores, and yet promising more does nothing: case of a customer survey."""
    rng = np.random.default_rng(6)
    promised, actual = rng.integers(3, 8, (2, 300))
    frame = pd.DataFrame({"promised": promised, "actual": actual, "outcome": actual + rng.normal(0, 1, 300)})
    fit = fit_disconfirmation(Orders.from_frame(frame, higher_is_better=True))
    rows = fit.table.set_index("term")
    assert rows.at["worse", "high"] < -0.8 and rows.at["promise_when_broken", "low"] < 0
    assert fit.over_promising_hurts is False and fit.cap is None
    assert fit.headline == "What came surely counts more than what was promised"
    assert "promising 1 point more for the same experience changes the score by 0.01 points (-0.1" in fit.verdict
    assert not any(word in fit.verdict for word in ("hurts", "kink", "coefficient", "expectation"))


@pytest.mark.parametrize(
    ("shape", "finding"),
    [(lambda p, a: -0.1 * np.maximum(p, a), "unclear"), (lambda p, a: -0.8 * np.log(a), "unclear"),
     (lambda p, a: -0.15 * p, "helps")],
)  # fmt: skip
def test_a_finding_is_true_of_both_sides_of_the_promise(shape, finding):
    """A promise that matters only where it is kept; a bend that looks like help; a promise that helps everywhere."""
    rng = np.random.default_rng(1)
    promised = rng.integers(4, 15, 2500).astype(float)
    actual = np.maximum(1, np.ceil(rng.gamma(5, promised * 0.16)))
    outcome = 4.6 + shape(promised, actual) + rng.normal(0, 0.9, 2500)
    frame = pd.DataFrame({"promised": promised, "actual": actual, "outcome": outcome})
    fit = fit_disconfirmation(Orders.from_frame(frame, unit="days"))
    assert fit.finding == finding and fit.headline != "Neither the promise nor what came surely shows in these scores"


@pytest.mark.parametrize(("shape", "unit"), [("linear", "points"), ("bent", "points"), ("bent", "days")])
def test_a_bend_in_the_experience_raises_no_alarm(shape, unit):
    found = [fit_disconfirmation(irrelevant(shape, seed, unit)) for seed in range(40)]
    assert sum(fit.over_promising_hurts is True for fit in found) <= 4
    if shape == "bent":
        bend = next(fit for fit in found if fit.finding == "bend")
        assert bend.over_promising_hurts is None and "cannot be told here" in bend.headline


@pytest.mark.slow
def test_false_alarms_are_no_more_than_chance():
    """Irrelevant promises, 200 shops each: at most 2.5 % and two binomial errors (9 of 200); thresholds as they are."""
    lines = []
    for unit in ("points", "days"):
        for shape in SHAPES:
            found = pd.Series([fit_disconfirmation(irrelevant(shape, seed, unit)).finding for seed in range(200)])
            count = found.value_counts()
            assert shape == "threshold" or count.get("hurts", 0) <= 9, (unit, shape)
            told = ", ".join(f"{kind} {n}" for kind, n in count.items())
            lines.append(f"{unit}, {shape}: hurts {count.get('hurts', 0)} of 200 ({told})")
    write_result("False alarms about irrelevant promises (200 shops each, 400 orders)", lines)


def test_a_count_of_two_is_the_row_twice(bare, counted):
    for options in ({}, {"jump": True, "cap": None, "controls": ("segment",)}, {"by": "segment", "expectation": False}):
        rows, few = (fit_disconfirmation(orders, **options) for orders in (bare, counted))
        pd.testing.assert_frame_equal(rows.table, few.table, rtol=1e-12)
        for part in ("curve", "density", "effects"):
            pd.testing.assert_frame_equal(getattr(rows, part), getattr(few, part), rtol=1e-12)
        assert rows.verdict == few.verdict


def test_the_order_of_the_rows_changes_nothing(orders, remade):
    mixed = remade(orders, orders.table.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(table_of(orders), table_of(mixed))


def test_keying_ratings_and_days_is_one_reflection(bare):
    table = bare.table.query("actual <= 60")
    days = table_of(Orders.from_frame(table, unit="days"), cap=None)["estimate"]
    mirrored = table.assign(promised=60 - table["promised"], actual=60 - table["actual"])
    points = table_of(Orders.from_frame(mirrored, higher_is_better=True))["estimate"]
    terms = [term for term in days.index if term != "constant"]
    np.testing.assert_allclose(days[terms], points[terms])


def test_answers_of_one_person_are_taken_together(ratings, remade):
    """Twenty answers of thirty people: statsmodels' clustered errors, and no narrower than if all were strangers."""
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(30), 20)
    outcome = ratings.table["outcome"] + rng.normal(0, 2, 30)[person]
    people = remade(ratings, outcome=outcome, person=person, item=np.tile(np.arange(20), 30) % 3)
    fit, table = fit_disconfirmation(people), people.table
    gap = table["actual"] - table["promised"]
    design = np.column_stack([np.ones(600), gap.clip(lower=0), (-gap).clip(lower=0), table["promised"]])
    witness = sm.OLS(outcome.to_numpy(), design).fit(cov_type="cluster", cov_kwds={"groups": person})
    own = fit.table.set_index("term").loc[["constant", "better", "worse", "expectation"], "se"]
    np.testing.assert_allclose(own, witness.bse, rtol=1e-10)
    assert "taken together (30 persons)" in fit.verdict
    assert set(fit_disconfirmation(people, by="item").table["item"]) == {"all", 0, 1, 2}
    with pytest.raises(ModelError, match="`person`: must hold several persons.*one, who gave every answer"):
        fit_disconfirmation(remade(people, person=1))


def test_a_constant_promise_says_nothing_about_promising(orders, remade):
    same = remade(orders, orders.table.drop(columns=["due_at"]), promised=10.0)
    fit = fit_disconfirmation(same)
    rows = fit.table.set_index("term")
    assert rows.loc[["promise_when_broken", "promise_when_kept"], "estimate"].isna().all()
    assert fit.over_promising_hurts is None and fit.reason == "constant" and rows.at["worse", "high"] < 0
    assert "Every order was promised the same, so the effect of promising more is not known." in fit.verdict
    assert fit_disconfirmation(orders, expectation=False).reason == "left out" and "nan" not in fit.verdict.lower()


def test_the_effects_are_what_the_chart_shows(orders):
    fit = fit_disconfirmation(orders)
    effects, rows = fit.effects.set_index(["when", "of"]), fit.table.set_index("term")
    assert effects.at[("broken", "experience"), "estimate"] == -rows.at["worse", "estimate"]
    assert effects.at[("broken", "experience"), "low"] == -rows.at["worse", "high"]
    assert effects.at[("kept", "promise"), "low"] == rows.at["promise_when_kept", "low"]


def test_the_dots_are_raw_means_unless_something_is_held_fixed(orders):
    known = orders.table.dropna(subset=["actual"])
    raw = known.groupby(known["promised"] - known["actual"])["outcome"].mean()
    plain = fit_disconfirmation(orders, expectation=False).density.set_index("beyond")["mean"]
    np.testing.assert_allclose(plain, raw.loc[plain.index])
    weighted = fit_disconfirmation(orders).density
    assert np.average(weighted["mean"], weights=weighted["n"]) == pytest.approx(known["outcome"].mean())


def test_what_cannot_be_fitted_says_why(orders, bare, remade, part):
    with pytest.raises(
        ModelError, match="`actual`: a kink needs orders on both sides.*found 0 short of it.*audit_promises"
    ):
        fit_disconfirmation(part(orders, orders.beyond >= 0))
    with pytest.raises(ModelError, match="a kink needs orders on both sides.* and 0 beyond it"):
        fit_disconfirmation(part(orders, orders.beyond <= 0))
    with pytest.raises(ModelError, match="`outcome`: must vary between orders; found 5 in all 2[0-9]+ orders"):
        fit_disconfirmation(remade(orders, outcome=5))
    with pytest.raises(ModelError, match="at least 50 orders.*found 49 of 49"):
        fit_disconfirmation(part(orders, (np.cumsum(orders.beyond.notna()) <= 49) & orders.beyond.notna()))
    with pytest.raises(TableError, match="`actual`: must be in the unit of `promised`.*promised and 1[0-9]+ actual"):
        fit_disconfirmation(remade(bare, actual=bare.table["actual"] * 24))
    with pytest.raises(ModelError, match="`cap`: a number above 0"):
        fit_disconfirmation(orders, cap=-1)
    with pytest.raises(ModelError, match="`reviews`: is one of 'all', 'after'; found 'late'"):
        fit_disconfirmation(orders, reviews="late")
    with pytest.raises(TableError, match='`reviewed_at`: must be known.*Use reviews="all"'):
        fit_disconfirmation(bare, reviews="after")
    with pytest.raises(TableError, match="`outcome`: must be a column of the orders"):
        fit_disconfirmation(remade(bare, bare.table.drop(columns="outcome")))


def test_few_late_orders_are_a_doubt_and_orders_on_the_promise_are_on_neither_side(bare, part):
    gap = bare.beyond
    with pytest.warns(SmallSample, match="only 10 orders on one side"):
        fit_disconfirmation(part(bare, (gap >= 0) | (np.cumsum(gap < 0) <= 10)))
    with pytest.warns(SmallSample, match="only 10 orders on one side"):
        fit_disconfirmation(part(bare, (gap <= 0) | (np.cumsum(gap > 0) <= 10)))


@pytest.fixture
def one_better(rng):
    """300 orders, half of them late, the others on the promised day, and only the last one before it."""
    promised = rng.integers(5, 13, 300).astype(float)
    actual = promised + np.where(np.arange(300) < 150, rng.integers(1, 5, 300), 0)
    actual[299] = promised[299] - 2
    outcome = 5 - 0.8 * (actual - promised).clip(0) + rng.normal(0, 0.3, 300)
    return Orders.from_frame(pd.DataFrame({"promised": promised, "actual": actual, "outcome": outcome}), unit="days")


def test_a_slope_that_hangs_on_one_order_is_not_known_and_spoils_no_other(one_better, remade):
    with pytest.warns(SmallSample, match="only 1 orders on one side of the promise"):
        fit = fit_disconfirmation(one_better)
    rows, table = fit.table.set_index("term"), one_better.table
    assert rows.loc[["better", "promise_when_kept", "worse_minus_better"], "se"].isna().all()
    with pytest.warns(SmallSample):
        without = table_of(remade(one_better, actual=table["actual"] - (table.index >= 298)))
    assert rows.at["worse", "low"] < -0.8 < rows.at["worse", "high"]
    assert rows.at["worse", "se"] == pytest.approx(without.at["worse", "se"], rel=0.05)
    assert "where it is kept, by –." in fit.verdict and "Where a dash stands, too few orders" in fit.verdict
    beyond = fit.curve["beyond"] > 0
    assert fit.curve.loc[~beyond, "low"].notna().all() and fit.curve.loc[fit.curve["beyond"] > 0.5, "low"].isna().all()


def test_no_interval_never_reads_as_no_effect(one_better, remade):
    turned = remade(one_better, actual=2 * one_better.table["promised"] - one_better.table["actual"])
    with pytest.warns(SmallSample):
        fit = fit_disconfirmation(turned)
    assert "changes the score by –; where it is kept" in fit.verdict
    assert fit.over_promising_hurts is None and "nan" not in (fit.verdict + fit.headline).lower()


def test_a_control_held_by_one_order_is_named_and_has_no_interval(orders, remade):
    state = np.where(orders.table.index == orders.table.index[orders.table["actual"].notna()][0], "Z", "A")
    with pytest.warns(SmallSample, match="`state=Z`: hangs on one order, its error cannot be known"):
        fit = fit_disconfirmation(remade(orders, state=state), controls=("state",))
    errors = fit.table.set_index("term")["se"]
    assert errors.index[errors.isna()].tolist() == ["state=Z"] and fit.curve["low"].notna().all()


def test_the_unit_is_judged_by_orders_not_by_distinct_rows(rng):
    promised = np.r_[1, np.full(80, 2)]
    actual = np.r_[1, np.arange(1, 81)]
    frame = pd.DataFrame({"promised": promised, "actual": actual, "outcome": 5 - 0.05 * actual + rng.normal(size=81)})
    frame["count"] = np.r_[50, 50, np.full(79, 1)]
    rows = frame.loc[frame.index.repeat(frame["count"])].drop(columns="count")
    few, many = (table_of(Orders.from_frame(table, unit="days"), expectation=False) for table in (frame, rows))
    pd.testing.assert_frame_equal(few, many)


def test_an_odd_group_is_named_and_the_others_are_fitted(bare):
    known = bare.table[bare.table["actual"].notna()].reset_index(drop=True)
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
    fit = fit_disconfirmation(Orders.from_frame(known, unit="days"), by="shop")
    assert fit.not_fitted == ["prompt", "same outcome", "same promise", "slow"]
    assert set(fit.table["shop"]) == {"all", "common", "usual"} and fit.difference["df"] == 2
    assert "4 groups have too few orders for an answer of their own." in fit.verdict


def test_reviews_of_unknown_date_are_not_taken_for_reviews_after_the_arrival(orders, remade, part):
    odd = orders.table.index % 2 == 1
    half = fit_disconfirmation(remade(orders, reviewed=orders.table["reviewed"].where(odd)), reviews="after")
    only = fit_disconfirmation(part(orders, odd), reviews="after")
    assert half.about.n == only.about.n < fit_disconfirmation(orders, reviews="after").about.n
    pd.testing.assert_frame_equal(half.table, only.table)


def test_groups_from_one_truth_do_not_differ_and_from_two_they_do(remade):
    gentle, harsh = (
        simulate_orders(3000, random_state=seed, worse=worse)[0] for seed, worse in ((5, -0.1), (6, -0.35))
    )
    both = [gentle.table.assign(shop="gentle"), harsh.table.assign(shop="harsh")]
    fit = fit_disconfirmation(remade(gentle, pd.concat(both, ignore_index=True).drop(columns="order_id")), by="shop")
    assert fit.difference["p"] < 1e-6 and "The groups differ." in fit.verdict
    again = simulate_orders(6000, random_state=7)[0]
    half = np.where(again.table.index % 2, "odd", "even")
    assert fit_disconfirmation(remade(again, half=half), by="half").difference["p"] > 0.01


def test_units_are_named_in_every_number(bare):
    hours = Orders.from_frame(bare.table, unit="hours", scale=(1, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallSample)
        fit = fit_disconfirmation(hours)
    assert fit.cap == 168 and "1 hour less for the same delivery" in fit.verdict and "stars" in fit.verdict


@pytest.mark.slow
def test_the_interval_of_worse_covers_the_truth_in_95_of_100_shops():
    hits = []
    for seed in range(400):
        orders, truth = simulate_orders(1500, random_state=seed)
        row = table_of(orders, reviews="after").loc["worse"]
        hits.append(row["low"] < truth["worse"] < row["high"])
    assert np.mean(hits) == pytest.approx(0.95, abs=0.033)  # three standard errors of 400 draws
