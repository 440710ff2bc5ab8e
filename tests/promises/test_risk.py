"""Which order is at risk: nothing from the future, later months first, rows and counts alike, a real classifier."""

import pickle
import time
import warnings
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import RocCurveDisplay
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks
from slow import write_result

from smm_analysis import ModelError, PromiseRisk, TableError, simulate_orders
from smm_analysis.errors import Drift
from smm_analysis.promises.risk import _measured


@pytest.fixture(scope="module")
def steady():
    """A shop without season: 1,500 orders."""
    return simulate_orders(1500, random_state=2, season=0)[0]


@pytest.fixture(scope="module")
def evaluated(steady):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Drift)
        return PromiseRisk().evaluate(steady, n_resamples=50)


@pytest.fixture(scope="module")
def frame(steady):
    """A frame of features, and whether the order came late."""
    return steady.table[["promised", "segment"]], steady.state().isin(["late", "overdue"]).to_numpy()


@parametrize_with_checks([PromiseRisk()])
def test_scikit_learn_finds_nothing_to_object_to(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def test_it_takes_part_in_what_scikit_learn_offers(steady, frame):
    X, y = frame
    model = PromiseRisk().fit(steady)
    assert list(model.classes_) == [False, True] and list(model.feature_names_in_) == ["promised", "segment"]
    probability = model.predict_proba(steady)
    assert probability.shape == (1500, 2) and np.allclose(probability.sum(axis=1), 1)
    assert np.array_equal(model.predict(steady), probability[:, 1] > 0.5)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert np.allclose(clone(model).fit(X, y).predict_proba(X), probability)
    with pytest.raises(NotFittedError):
        PromiseRisk().predict(steady)
    assert RocCurveDisplay.from_estimator(model, X, y, ax=plt.figure().subplots()).roc_auc > 0.6
    assert cross_val_score(PromiseRisk(), X, y, cv=3, scoring="roc_auc").mean() > 0.6
    search = GridSearchCV(PromiseRisk(), {"features": [("promised",), ("promised", "segment")]}, cv=3)
    assert search.fit(X, y).best_params_
    assert make_pipeline(FunctionTransformer(lambda frame: frame), PromiseRisk()).fit(X, y).score(X, y) > 0.8


def test_a_frame_is_read_by_the_names_of_its_columns(steady, frame):
    """In any order, with others beside them, whether the fit was by a frame or by orders; a lost one is named."""
    X, y = frame
    turned = X[["segment", "promised"]].assign(weather="fine")
    for model in (PromiseRisk().fit(X, y), PromiseRisk().fit(steady)):
        assert np.array_equal(model.predict_proba(turned), model.predict_proba(X))
        with pytest.raises(ValueError, match="yet now missing:\n- segment"):
            model.predict_proba(X[["promised"]])


@pytest.mark.parametrize("estimator", [HistGradientBoostingClassifier(max_iter=20), GaussianNB()])
def test_any_classifier_may_do_the_work(steady, estimator):
    model = PromiseRisk(estimator=estimator).fit(steady)
    assert model.predict_proba(steady).shape == (1500, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Drift)
        assert model.evaluate(steady, n_resamples=2).table["measure"].to_list() == ["auc", "brier_skill"] * 2


@pytest.mark.parametrize(
    ("name", "when"),
    [("actual", "the delivery"), ("delivered_at", "the delivery"), ("outcome", "the review"), ("due_at", "no order")],
)
def test_a_feature_from_the_future_is_refused_by_name(steady, name, when):
    with pytest.raises(ModelError, match=rf"`{name}`: a feature must be known when the order.*only with {when}"):
        PromiseRisk(features=("promised", name)).fit(steady)


def test_an_evaluation_leaves_the_fitted_model_as_it_was(steady, remade):
    model = PromiseRisk().fit(steady)
    before = model.predict_proba(steady)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Drift)
        model.evaluate(remade(steady, steady.table.drop(columns="segment")), n_resamples=2)
    assert model.features_ == ["promised", "segment"] and np.array_equal(model.predict_proba(steady), before)


def test_a_counted_table_equals_its_rows_in_any_order(steady, remade):
    columns = ["ordered_at", "promised", "actual", "outcome", "segment", "reviewed_at"]
    counted = steady.table.groupby(columns, dropna=False)["count"].sum().reset_index().sample(frac=1, random_state=1)
    counted = remade(steady, counted)
    for target in ("late", "dissatisfied"):
        one, other = (PromiseRisk(target).fit(some).predict_proba(steady) for some in (steady, counted))
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_the_risk_is_right_where_it_is_known():
    """Among many orders of the same kind the probability is the share that came late."""
    model = PromiseRisk().fit(simulate_orders(8000, random_state=8, season=0)[0])
    new = simulate_orders(20000, random_state=9, season=0)[0]
    late = new.state().isin(["late", "overdue"]).groupby(new.table["segment"]).mean()
    risk = pd.Series(model.predict_proba(new)[:, 1]).groupby(new.table["segment"]).mean()
    assert (late - risk).abs().max() < 0.03


def test_a_missing_or_new_value_is_a_value_of_its_own(steady, remade):
    holes = remade(steady, segment=steady.table["segment"].mask(steady.table.index < 100))
    model = PromiseRisk().fit(holes)
    assert model.left_out_ == PromiseRisk().fit(steady).left_out_
    for unseen in (holes, remade(steady, segment="the moon")):
        assert ((model.predict_proba(unseen) > 0) & (model.predict_proba(unseen) < 1)).all()


def test_orders_whose_day_has_not_come_and_cancelled_ones_say_nothing(steady, remade):
    end = pd.Timestamp("2023-06-30")
    table = steady.table[steady.table["ordered_at"] <= end].copy()
    late = table["delivered_at"] > end
    table[["actual", "delivered_at", "reviewed"]] = table[["actual", "delivered_at", "reviewed"]].mask(late)
    table["reviewed_at"] = table["reviewed_at"].where(table["reviewed_at"] <= end)
    seen = remade(steady, table.reset_index(drop=True))
    due = seen.table["due_at"] < seen.last_day
    assert PromiseRisk().fit(seen).n_ == due.sum() < len(table)
    gone = seen.table.index % 10 == 0
    assert PromiseRisk().fit(remade(seen, status=np.where(gone, "cancelled", None))).n_ == (due & ~gone).sum()


def test_a_month_is_predicted_from_what_was_known_before(steady, evaluated, remade):
    """Turning the fate of the last month round changes no expectation of an earlier one, nor its own."""
    table = steady.table
    last = table["ordered_at"] >= "2023-12-01"
    actual = table["actual"].mask(last, np.where(table["actual"] > table["promised"], 1, 60))
    turned = remade(steady, actual=actual, delivered_at=table["ordered_at"] + pd.to_timedelta(actual, unit="D"))
    with pytest.warns(Drift, match=r"`late`: shares expected and seen differ in .*2023-12"):
        other = PromiseRisk().evaluate(turned, n_resamples=2)
    both = evaluated.months.merge(other.months, on="month")
    earlier = both["month"] < "2023-12"
    np.testing.assert_allclose(both.loc[earlier, "expected_x"], both.loc[earlier, "expected_y"])
    assert abs(both.loc[~earlier, "expected_x"] - both.loc[~earlier, "expected_y"]).max() < 0.05
    assert other.months["off"].iloc[-1] and "months the share seen was not the expected one" in other.verdict


def test_a_review_without_a_day_is_in_no_past(remade, part):
    orders = simulate_orders(3000, random_state=3, season=0)[0]
    silent = orders.table.index % 10 == 0
    some = remade(orders, reviewed_at=orders.table["reviewed_at"].mask(silent))
    model = PromiseRisk("dissatisfied")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Drift)
        found, rest = (model.evaluate(one, n_resamples=2) for one in (some, part(orders, ~silent)))
    pd.testing.assert_frame_equal(found.months, rest.months)
    assert found.left_out == rest.left_out + silent.sum()
    assert f"{found.left_out} orders are left out: cancelled, still open" in found.verdict
    assert model.fit(some).n_ > model.fit(part(orders, ~silent)).n_
    unknown = remade(orders, orders.table.drop(columns="reviewed_at"))
    with pytest.raises(ModelError, match=r"`reviewed_at`: the test on later months needs the day of every review"):
        model.evaluate(unknown)
    assert model.fit(unknown).n_ > 0


def test_without_dates_an_open_order_is_not_called_late(steady, remade):
    closed = steady.table.dropna(subset="actual")[["promised", "actual", "segment"]]
    both = pd.concat([closed.head(60).assign(actual=np.nan), closed], ignore_index=True)
    both, closed = remade(steady, both), remade(steady, closed)
    model, same = PromiseRisk().fit(both), PromiseRisk().fit(closed)
    assert model.left_out_ == 60 and np.allclose(model.predict_proba(both), same.predict_proba(both))


def test_the_measures_are_their_definitions(rng):
    n = 300
    risk = rng.choice([0.1, 0.2, 0.4, 0.7], n)
    event, month = rng.random(n) < risk, np.sort(rng.integers(0, 3, n))
    tested = pd.DataFrame({"event": event, "risk": risk, "base": 0.35, "month": month})
    found = _measured(tested, np.array([0.15, 0.3]), 20, 0.95, 0).set_index(["measure", "threshold"])
    pairs = [
        (risk[i], risk[j]) for i in range(n) for j in range(n) if event[i] and not event[j] and month[i] == month[j]
    ]
    right = np.mean([(one > other) + 0.5 * (one == other) for one, other in pairs])
    assert found["estimate"].iloc[0] == pytest.approx(right)
    skill = 1 - np.sum((event - risk) ** 2) / np.sum((event - 0.35) ** 2)
    assert found["estimate"].iloc[1] == pytest.approx(skill)
    act = risk >= 0.3
    benefit = np.mean(event & act) - np.mean(~event & act) * 0.3 / 0.7
    assert found.loc[("model", 0.3), "estimate"] == pytest.approx(benefit)
    everybody = event.mean() - (1 - event.mean()) * 0.3 / 0.7
    assert found.loc[("gain", 0.3), "estimate"] == pytest.approx(benefit - max(everybody, 0))
    assert (found["low"] <= found["high"]).all()


@pytest.mark.parametrize(("low", "high", "said"), [
    (0.56, 0.8, "can partly be told in advance"),
    (0.51, 0.58, "can hardly be told in advance"),
    (0.45, 0.8, "is not shown here"),
])  # fmt: skip
def test_what_can_be_told_in_advance_is_claimed_only_where_sure(evaluated, low, high, said):
    assert said in replace(evaluated, table=evaluated.table.assign(low=low, high=high)).headline


def test_acting_is_better_only_at_several_thresholds(evaluated):
    gain = evaluated.net_benefit["strategy"] == "gain"
    for sure, said in ((1, "on none is not shown."), (2, f"on none at 2 of {gain.sum()} thresholds, from ")):
        low = np.where(gain & (gain.cumsum() <= sure), 0.01, -1.0)
        parts = {**evaluated.parts, "net_benefit": evaluated.net_benefit.assign(low=low)}
        assert said in replace(evaluated, parts=parts).verdict


def test_the_evaluation_says_both_splits_and_a_steady_shop_does_not_drift(evaluated):
    assert evaluated.table["split"].to_list() == ["rolling origin"] * 2 + ["flattering"] * 2
    assert not evaluated.months["off"].any() and "drift" not in evaluated.verdict.lower()
    assert "a random split of the same orders would claim" in evaluated.verdict
    assert evaluated.calibration["n"].sum() == evaluated.months["n"].sum() == evaluated.about.n
    frames = (evaluated.table, evaluated.months, evaluated.calibration, evaluated.net_benefit)
    assert all({"n", "estimate", "low", "high"} <= set(frame) for frame in frames)


def test_five_thousand_orders_are_evaluated_in_five_seconds():
    orders = simulate_orders(5000, random_state=1, season=0)[0]
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Drift)
        PromiseRisk().evaluate(orders)
    assert time.process_time() - start < 5


def realistic(seed: int, months: int = 18) -> pd.DataFrame:
    """Orders with five features of which some matter, in steps, and together; late ones are one in six."""
    rng = np.random.default_rng(seed)
    n = 400 * months
    X = pd.DataFrame({
        "promised": np.round(rng.gamma(6, 3, n)), "distance": rng.gamma(2, 400, n),
        "weight": np.exp(rng.normal(size=n)),
        "seller": rng.choice(list("abcdefghijkl"), n), "weekday": rng.integers(0, 7, n)})  # fmt: skip
    quality = dict(zip("abcdefghijkl", rng.normal(0, 0.6, 12), strict=True))
    logit = -2.2 + 0.0012 * X["distance"] - 0.06 * X["promised"] + X["seller"].map(quality) + 0.4 * (X["weekday"] > 4)
    return X.assign(event=rng.random(n) < 1 / (1 + np.exp(-logit)), month=np.arange(n) // 400)


@pytest.mark.slow
def test_the_plain_model_is_at_least_as_good_as_gradient_boosting_on_later_months():
    lines = []
    for seed in (1, 2):
        table = realistic(seed)
        features = ["promised", "distance", "weight", "seller", "weekday"]
        past, later = table[table["month"] < 12], table[table["month"] >= 12]
        base = ((later["event"] - past["event"].mean()) ** 2).mean()
        skill = {}
        for name, estimator in {"plain": None, "boosting": HistGradientBoostingClassifier(random_state=0)}.items():
            risk = PromiseRisk(estimator=estimator).fit(past[features], past["event"]).predict_proba(later[features])
            skill[name] = 1 - ((later["event"] - risk[:, 1]) ** 2).mean() / base
        assert skill["plain"] > skill["boosting"] - 0.01
        lines.append(f"shop {seed}: Brier skill {skill['plain']:.3f}, gradient boosting {skill['boosting']:.3f}")
    write_result("Risk by a plain logistic model and by gradient boosting (time split, five features)", lines)


def test_what_cannot_be_asked_is_said(steady, ratings, remade, part):
    first = steady.table.index < 100
    with pytest.raises(ModelError, match=r"`orders`: at least 50 orders with the event.*found .*Collect \d+ more"):
        PromiseRisk().fit(part(steady, first))
    with pytest.raises(ModelError, match=r"`ordered_at`: the test on later months needs the day of every order"):
        PromiseRisk().evaluate(remade(steady, steady.table[["promised", "actual", "segment"]]))
    with pytest.raises(ModelError, match=r"`orders`: the test needs a month before which 50 orders"):
        PromiseRisk().evaluate(part(steady, steady.table.index < 600))
    with pytest.raises(ModelError, match=r"`target`: is one of 'late', 'dissatisfied'; found 'angry'"):
        PromiseRisk("angry").fit(steady)
    with pytest.raises(TableError, match=r"`weather`: must be a column of the orders"):
        PromiseRisk(features=("weather",)).fit(steady)
    assert PromiseRisk("dissatisfied").fit(ratings).predict_proba(ratings).shape == (600, 2)
