"""How much may we promise: quotes that keep their word, and the promise that pays."""

import numpy as np
import pandas as pd
import pytest
from slow import write_result

from smm_analysis import ModelError, best_promise, quote_promise, simulate_orders

KEPT = (0.8, 0.9, 0.95)


def days(durations, **columns) -> pd.DataFrame:
    """Orders without dates."""
    orders = pd.DataFrame({"actual": durations, **columns})
    orders.attrs = {"unit": "days"}
    return orders


def test_the_quote_is_the_kth_smallest_duration_and_never_delivered_is_infinite():
    durations = np.r_[np.arange(1.0, 19), np.nan]
    assert quote_promise(days(durations), kept=0.9).quote["promised"].item() == 18  # ceil(20 x .9) = 18
    with pytest.raises(ModelError, match=r"`kept`: a quote lies within `complete_after`; found one beyond it: 90.0%"):
        quote_promise(days(durations), kept=0.95)


@pytest.mark.parametrize(("kept", "fewest"), [(0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)])
def test_too_few_orders_say_how_many_more(kept, fewest):
    with pytest.raises(ModelError, match=rf"takes {fewest} complete orders or more.*Collect 1 more"):
        quote_promise(days(np.arange(1.0, fewest)), kept=kept)
    assert quote_promise(days(np.arange(1.0, fewest + 1)), kept=kept).quote["promised"].item() == fewest


def test_a_counted_frame_equals_its_rows_in_any_order(orders):
    columns = ["ordered_at", "promised", "actual", "outcome", "segment"]
    counted = orders.groupby(columns, dropna=False).size().rename("count").reset_index().sample(frac=1, random_state=1)
    counted.attrs, until = orders.attrs, {"as_of": "2024-01-31"}
    for adapt in (True, False):
        one, other = (quote_promise(frame, by="segment", adapt=adapt, **until) for frame in (orders, counted))
        pd.testing.assert_frame_equal(one.quote, other.quote)
        pd.testing.assert_frame_equal(one.history, other.history)
        assert one.verdict == other.verdict
    inputs = {"margin": 10, "loss": 10, "slope": 0.01}
    pd.testing.assert_frame_equal(best_promise(orders, **inputs, **until), best_promise(counted, **inputs, **until))


def test_what_happened_after_as_of_is_not_looked_at(orders):
    later = orders["ordered_at"] > "2023-09-01"
    changed = orders.assign(actual=orders["actual"].mask(later, 60))
    changed["delivered_at"] = changed["ordered_at"] + pd.to_timedelta(changed["actual"], unit="D")
    one, other = (quote_promise(frame, as_of="2023-09-01", complete_after=30) for frame in (orders, changed))
    assert one.quote.equals(other.quote) and one.history.equals(other.history)
    assert one.history["month"].max() == "2023-07"  # August's orders are not complete on 1 September
    open_then, later = orders["delivered_at"] > "2023-09-01", pd.Timedelta(days=40)
    changed = orders.assign(actual=orders["actual"] + 40 * open_then, delivered_at=orders["delivered_at"])
    changed.loc[open_then, "delivered_at"] += later
    for by in (None, "segment"):
        one, other = (quote_promise(frame, as_of="2023-09-01", by=by) for frame in (orders, changed))
        assert one.quote.equals(other.quote) and one.history.equals(other.history) and one.attrs == other.attrs
    inputs = {"margin": 10, "loss": 10, "slope": 0.01, "as_of": "2023-09-01"}
    pd.testing.assert_frame_equal(best_promise(orders, **inputs), best_promise(changed, **inputs))


def test_the_history_is_what_was_quoted_on_the_day_before_each_month():
    orders = simulate_orders(3000, seed=5, drift=1.5)[0]
    for month, promised in quote_promise(orders).history[["month", "promised"]].to_numpy():
        then = quote_promise(orders, as_of=pd.Timestamp(month) - pd.Timedelta(days=1))
        assert then.quote["promised"].item() == promised


def test_young_orders_do_not_count_as_never_delivered(orders):
    """Whoever ordered yesterday has nothing yet: that is no broken promise."""
    end = orders["ordered_at"].max()
    seen = orders.assign(actual=orders["actual"].where(orders["delivered_at"] <= end))
    seen["delivered_at"] = seen["delivered_at"].where(orders["delivered_at"] <= end)
    waits = {"as_of": end, "complete_after": 35}
    assert quote_promise(seen, **waits).quote.equals(quote_promise(orders, **waits).quote)


def test_cancelled_orders_are_left_out_and_counted(orders):
    some = orders.index % 10 == 0
    frame = orders.assign(cancelled=np.where(some, "yes", ""), actual=orders["actual"].mask(some))
    frame["delivered_at"] = frame["delivered_at"].mask(some)
    found = quote_promise(frame, adapt=False)
    assert found.attrs["cancelled"] == 300 and "300 cancelled orders are left out" in found.verdict
    rest = orders[~some]
    assert found.quote.equals(quote_promise(rest, adapt=False, as_of=orders["reviewed_at"].max()).quote)


def test_small_groups_share_one_promise_and_it_is_said(rng):
    group = np.repeat(["large", "small", "tiny"], [300, 30, 25])
    found = quote_promise(days(rng.integers(1, 30, 355).astype(float), kind=group), by="kind")
    assert found.quote.set_index("group")["n"].to_dict() == {"all others": 55, "large": 300}
    assert "Groups with few orders share one promise" in found.verdict
    lonely = quote_promise(
        days(rng.integers(1, 30, 325).astype(float), kind=np.repeat(["a", "b"], [300, 25])), by="kind"
    )
    assert lonely.quote["group"].to_list() == ["all"]


def test_ratings_take_the_lower_quantile(ratings):
    ratings.attrs = {"unit": "points"}
    found = quote_promise(ratings, kept=0.8, higher_is_better=True)
    promised = found.quote["promised"].item()
    assert (ratings["actual"] >= promised).mean() >= 0.8 > (ratings["actual"] > promised).mean()
    assert "points" in found.verdict and "could not be tried month by month" in found.verdict
    with pytest.raises(ModelError, match=r"`higher_is_better`: False for days, True for ratings; found points"):
        quote_promise(ratings)


def test_the_history_counts_what_was_kept(orders):
    history = quote_promise(orders, complete_after=30).history
    row = history.iloc[3]
    month = orders[orders["ordered_at"].dt.strftime("%Y-%m") == row["month"]]
    assert row["n"] == len(month) and row["kept"] == (month["actual"] <= row["promised"]).sum()
    assert row["estimate"] == row["kept"] / row["n"] and row["low"] < row["estimate"] < row["high"]


def test_adapting_asks_for_more_after_broken_months_and_never_beyond_what_can_be_seen():
    orders = simulate_orders(4000, seed=5, days=500, drift=1.5, undelivered=0)[0]
    fixed, moved = (quote_promise(orders, adapt=adapt).history for adapt in (False, True))
    assert fixed["promised"].nunique() == 1 and fixed["estimate"].iloc[-1] < 0.75
    assert moved["promised"].iloc[-1] > moved["promised"].iloc[0] and moved["asked"].between(0.5, 1, "left").all()
    assert np.isfinite(moved["promised"]).all()
    assert "not every month" in quote_promise(orders).verdict and "worst month" in quote_promise(orders).verdict


def test_the_newsvendor_is_found_again(orders):
    """Small costs per day late and per promised day: P(Y <= d) = 1 - slope margin / loss, in closed form."""
    waits = {"as_of": "2024-02-01", "complete_after": 30}
    known = orders["actual"].fillna(np.inf)
    for ratio in (0.05, 0.1, 0.15):
        costs = {"margin": 1, "loss": 1e-6, "slope": ratio * 1e-6, "loss_per": "day", "kept_at_least": 0.1}
        best = best_promise(orders, **costs, **waits).attrs["best"]
        assert best["promised"] == np.quantile(known, 1 - ratio, method="inverted_cdf")


def test_profit_is_the_formula_and_the_minimum_binds(orders):
    table = best_promise(orders, margin=10, loss=4, slope=0.03, complete_after=30)
    row = table[table["promised"] == 12].iloc[0]
    assert row["estimate"] == pytest.approx(np.exp(-0.03 * 12) * (10 - 4 * (1 - row["kept"])))
    assert table["kept"].is_monotonic_increasing and table["demand"].is_monotonic_decreasing
    best = table.attrs["best"]
    assert best["kept"] >= 0.8 and best["promised"] == table.loc[table["allowed"], "promised"].min()
    assert "Your inputs decide this" in table.attrs["verdict"] and "Without your minimum" in table.attrs["verdict"]


def test_who_loses_more_by_a_broken_promise_promises_later(orders):
    grid = best_promise(orders, margin=10, loss=10, slope=0.01).attrs["sensitivity"]
    assert (grid.pivot(index="loss", columns="slope", values="promised").diff().dropna() >= 0).all(axis=None)
    assert (grid.pivot(index="slope", columns="loss", values="promised").diff().dropna() <= 0).all(axis=None)


def test_inputs_that_make_no_sense_are_refused(orders):
    inputs = {"margin": 10, "loss": 10, "slope": 0.01}
    for name, value in (("margin", 0), ("loss", -1), ("slope", 1.5)):
        with pytest.raises(ModelError, match=rf"`{name}`: a number above 0.*State it in your units"):
            best_promise(orders, **{**inputs, name: value})
    with pytest.raises(ModelError, match=r"`loss_per`: 'promise' or 'day'"):
        best_promise(orders, **inputs, loss_per="week")
    with pytest.raises(ModelError, match=r"`kept_at_least`: .* at most 9\d"):
        best_promise(orders, **inputs, kept_at_least=0.999)
    with pytest.raises(ModelError, match=r"`orders`: some must be complete; found none .* waited 999 days"):
        best_promise(orders, **inputs, complete_after=999)
    with pytest.raises(ModelError, match=r"`kept`: a probability between 0 and 1; found 90"):
        quote_promise(orders, kept=90)


@pytest.mark.slow
def test_quotes_are_kept_as_often_as_they_say():
    """Exchangeable durations: on average k/(n + 1) exactly without ties, at least `kept` in whole days."""
    lines = []
    for kept in KEPT:
        smooth, whole = [], []
        for seed in range(200):
            rng = np.random.default_rng(seed)
            old, new = np.ceil(rng.gamma(4, 1e6, (2, 400)))
            smooth.append((new <= quote_promise(days(old), kept=kept).quote["promised"].item()).mean())
            orders = simulate_orders(1500, seed=seed, season=0)[0]
            found = quote_promise(orders, kept=kept, as_of="2023-08-01", complete_after=40, adapt=False)
            after = orders[orders["ordered_at"] > "2023-08-01"]
            whole.append((after["actual"] <= found.quote["promised"].item()).mean())
        error = [np.std(rates, ddof=1) / np.sqrt(200) for rates in (smooth, whole)]
        exact = np.ceil(401 * kept) / 401
        assert abs(np.mean(smooth) - exact) < 3 * error[0]
        assert np.mean(smooth) > kept - 2 * error[0] and np.mean(whole) > kept - 2 * error[1]
        lines.append(f"asked {kept:g}: kept {np.mean(smooth):.4f} (theory {exact:.4f}, error {error[0]:.4f}); "
                     f"in whole days {np.mean(whole):.4f} ({error[1]:.4f})")  # fmt: skip
    write_result("Quotes are kept as often as they say (200 shops without drift)", lines)


@pytest.mark.slow
def test_under_drift_the_adaptive_quote_holds_in_the_long_run_and_the_plain_one_does_not():
    lines = []
    for kept in KEPT:
        rates = {True: [], False: []}
        for seed in range(200):
            orders = simulate_orders(6000, seed=seed, days=730, drift=0.6, undelivered=0.005)[0]
            for adapt, found in rates.items():
                history = quote_promise(orders, kept=kept, adapt=adapt, complete_after=60).history
                found.append(history["kept"].sum() / history["n"].sum())
        moved, fixed = np.mean(rates[True]), np.mean(rates[False])
        assert abs(moved - kept) < 0.02 and fixed < kept - 0.03
        lines.append(f"asked {kept:g}: adaptive {moved:.3f} (single shops {min(rates[True]):.3f} to "
                     f"{max(rates[True]):.3f}), first quote never changed {fixed:.3f}")  # fmt: skip
    write_result("Quotes under drift (200 shops, two years, delivery times growing by .6 a year)", lines)
