"""Which order is at risk: nothing from the future, later months first, the same for rows and counts."""

import warnings

import numpy as np
import pandas as pd
import pytest

from smm_analysis import Drift, ModelError, PromiseRisk, TableError, simulate_orders
from smm_analysis.promises.risk import _measured


@pytest.fixture(scope="module")
def steady():
    """A shop without season: 1,500 orders."""
    return simulate_orders(1500, seed=2, season=0)[0]


@pytest.fixture(scope="module")
def evaluated(steady):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Drift)
        return PromiseRisk().evaluate(steady, n_resamples=50)


@pytest.mark.parametrize(
    ("name", "when"),
    [("actual", "the delivery"), ("delivered_at", "the delivery"), ("outcome", "the review"), ("due_at", "no order")],
)
def test_a_feature_from_the_future_is_refused_by_name(steady, name, when):
    with pytest.raises(
        ModelError, match=rf"`{name}`: a feature must be known when the order is placed.*only with {when}"
    ):
        PromiseRisk(features=("promised", name)).fit(steady)


def test_a_counted_frame_equals_its_rows_in_any_order(steady):
    columns = ["ordered_at", "promised", "actual", "outcome", "segment", "reviewed_at"]
    counted = steady.groupby(columns, dropna=False).size().rename("count").reset_index().sample(frac=1, random_state=1)
    counted.attrs = steady.attrs
    for target in ("late", "dissatisfied"):
        one, other = (PromiseRisk(target=target).fit(frame).predict_proba(steady) for frame in (steady, counted))
        pd.testing.assert_series_equal(one, other)


def test_the_risk_is_right_where_it_is_known():
    """Among many orders of the same kind the probability is the share that came late."""
    model = PromiseRisk().fit(simulate_orders(8000, seed=8, season=0)[0])
    new = simulate_orders(20000, seed=9, season=0)[0]
    late = (new["actual"].isna() | (new["actual"] > new["promised"])).groupby(new["segment"]).mean()
    risk = model.predict_proba(new).groupby(new["segment"]).mean()
    assert (late - risk).abs().max() < 0.03


def test_missing_features_have_no_risk_and_are_counted(steady):
    holes = steady.assign(segment=steady["segment"].mask(steady.index < 10))
    model = PromiseRisk().fit(holes)
    assert model.predict_proba(holes).isna().sum() == 10 and model.left_out_ == 10
    unseen = steady.head(3).assign(segment="the moon")
    assert model.predict_proba(unseen).between(0, 1).all()


def test_orders_whose_day_has_not_come_and_cancelled_ones_say_nothing(steady):
    end = pd.Timestamp("2023-06-30")
    seen = steady[steady["ordered_at"] <= end].copy()
    for name in ("delivered_at", "reviewed_at"):
        seen[name] = seen[name].where(seen[name] <= end)
    seen["actual"] = seen["actual"].where(seen["delivered_at"].notna())
    due = seen["due_at"] < seen[["ordered_at", "delivered_at", "reviewed_at"]].max().max()
    assert PromiseRisk().fit(seen).n_ == due.sum() < len(seen)
    gone = seen.assign(cancelled=seen.index % 10 == 0)
    assert PromiseRisk().fit(gone).n_ == (due & ~gone["cancelled"]).sum()


def test_a_month_is_predicted_from_what_was_known_before(steady, evaluated):
    """Turning the fate of the last month round changes no expectation of an earlier one, nor its own."""
    last = steady["ordered_at"] >= "2023-12-01"
    turned = steady.assign(
        actual=np.where(last, np.where(steady["actual"] > steady["promised"], 1, 60), steady["actual"])
    )
    turned["delivered_at"] = turned["ordered_at"] + pd.to_timedelta(turned["actual"], unit="D")
    with pytest.warns(Drift, match=r"`late`: shares expected and seen differ in .*2023-12"):
        other = PromiseRisk().evaluate(turned, n_resamples=2)
    both = evaluated.months.merge(other.months, on="month")
    earlier = both["month"] < "2023-12"
    np.testing.assert_allclose(both.loc[earlier, "expected_x"], both.loc[earlier, "expected_y"])
    assert abs(both.loc[~earlier, "expected_x"] - both.loc[~earlier, "expected_y"]).max() < 0.05
    assert other.months["off"].iloc[-1] and "months the share seen was not the expected one" in other.verdict


def test_a_review_without_a_day_is_in_no_past():
    orders = simulate_orders(3000, seed=3, season=0)[0]
    silent = orders.index % 10 == 0
    some = orders.assign(reviewed_at=orders["reviewed_at"].mask(silent))
    model = PromiseRisk(target="dissatisfied")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Drift)
        found, rest = (model.evaluate(frame, n_resamples=2) for frame in (some, orders[~silent]))
    pd.testing.assert_frame_equal(found.months, rest.months)
    assert found.attrs["left_out"] == rest.attrs["left_out"] + silent.sum()
    assert f"{found.attrs['left_out']} orders are left out: cancelled, still open" in found.verdict
    assert model.fit(some).n_ > model.fit(orders[~silent]).n_
    for unknown in (orders.drop(columns="reviewed_at"), orders.assign(reviewed_at=pd.NaT)):
        with pytest.raises(ModelError, match=r"`reviewed_at`: the test on later months needs the day of every review"):
            model.evaluate(unknown)
        assert model.fit(unknown).n_ > 0


def test_without_dates_an_open_order_is_not_called_late(steady):
    closed = steady.dropna(subset="actual")[["promised", "actual", "segment"]]
    both = pd.concat([closed.head(60).assign(actual=np.nan), closed], ignore_index=True)
    model, same = PromiseRisk().fit(both), PromiseRisk().fit(closed)
    assert model.left_out_ == 60
    pd.testing.assert_series_equal(model.predict_proba(both), same.predict_proba(both))


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


def test_the_evaluation_says_both_splits_and_a_steady_shop_does_not_drift(evaluated):
    assert evaluated.summary["split"].to_list() == ["rolling origin"] * 2 + ["flattering"] * 2
    assert not evaluated.months["off"].any() and "drift" not in evaluated.verdict.lower()
    assert "a random split of the same orders would claim" in evaluated.verdict
    assert evaluated.calibration["n"].sum() == evaluated.months["n"].sum() == evaluated.attrs["n"]
    frames = (evaluated.summary, evaluated.months, evaluated.calibration, evaluated.net_benefit)
    assert all({"n", "estimate", "low", "high"} <= set(frame) for frame in frames)


def test_what_cannot_be_asked_is_said(steady, ratings):
    with pytest.raises(
        ModelError, match=r"`orders`: at least 50 orders with the event and 50 without; found .*Collect \d+ more"
    ):
        PromiseRisk().fit(steady.head(100))
    with pytest.raises(ModelError, match=r"`ordered_at`: the test on later months needs the day of every order"):
        PromiseRisk().evaluate(steady[["promised", "actual", "segment"]])
    with pytest.raises(ModelError, match=r"`orders`: the test needs a month before which 50 orders"):
        PromiseRisk().evaluate(steady.head(600))
    ratings.attrs = {"unit": "points"}
    with pytest.raises(ModelError, match=r"`target`: 'late' is about days; found points of a scale"):
        PromiseRisk().fit(ratings)
    with pytest.raises(ModelError, match=r"`target`: 'late' or 'dissatisfied'; found 'angry'"):
        PromiseRisk(target="angry").fit(steady)
    with pytest.raises(TableError, match=r"`weather`: must be a column of the orders"):
        PromiseRisk(features=("weather",)).fit(steady)
    assert PromiseRisk(target="dissatisfied").fit(ratings).predict_proba(ratings).between(0, 1).all()
