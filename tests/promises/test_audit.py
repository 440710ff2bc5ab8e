"""The audit: shares that add up, overdue orders are broken promises, and what another promise would change."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from smm_analysis import (
    ModelError,
    Orders,
    PromiseRisk,
    TableError,
    audit_promises,
    fit_disconfirmation,
    load_published,
    quote_promise,
    simulate_orders,
)
from smm_analysis.errors import SmallSample, Unstable


def at(frame, **keys):
    """The one row with these keys."""
    return frame[np.logical_and.reduce([frame[name] == value for name, value in keys.items()])].iloc[0]


def test_shares_by_timing_add_up_and_kept_counts_every_promise_that_was_due(shop):
    orders, truth = shop
    audit = audit_promises(orders)
    table, came = audit.table.set_index("timing"), orders.table["actual"].notna()
    assert table["share"].sum() == pytest.approx(1) and table["n"].sum() == audit.due == 3000
    assert audit.kept == pytest.approx(table.loc[["early", "as promised"], "share"].sum())
    assert audit.kept * audit.due == pytest.approx(truth["kept"] * came.sum())
    assert table.at["overdue", "n"] == audit.overdue == (~came).sum()
    assert audit.rated_early == pytest.approx(truth["rated_early"])
    assert (table["mean_low"] < table["mean"]).all() and (table["dissatisfied"] < table["dissatisfied_high"]).all()


def test_ten_overdue_orders_of_21_are_no_perfect_shop():
    ordered = pd.date_range("2024-01-01", periods=21)
    due, came = ordered + pd.Timedelta(days=5), ordered + pd.Timedelta(days=4)
    delivered = pd.Series(came).where(np.arange(21) < 11)
    orders = Orders.from_frame(pd.DataFrame({"ordered_at": ordered, "due_at": due, "delivered_at": delivered}))
    with pytest.warns(SmallSample, match="only 21 orders with a promise that was due"):
        audit = audit_promises(orders, as_of="2024-06-30")
    assert audit.kept == pytest.approx(11 / 21) and audit.table.set_index("timing").at["overdue", "n"] == 10
    assert "10 orders are overdue: they have not come, and count as broken." in audit.verdict


def test_the_published_orders_of_olist_have_the_printed_shares():
    audit = audit_promises(load_published("olist_promises_counted"))
    bad = audit.bands.query("reviews == 'all' and measure == 'dissatisfied' and n > 0")
    assert bad["n"].to_list() == [3348, 1402, 72, 100, 87, 155]
    assert bad["estimate"].round(3).to_list() == [0.092, 0.103, 0.153, 0.330, 0.736, 0.826]
    assert audit.about.origin == "published" and 1 - audit.kept == pytest.approx(0.0662, abs=5e-5)


def test_the_sign_turns_with_the_keying(bare):
    late = audit_promises(bare).table.set_index("timing")["n"]
    scale = Orders.from_frame(bare.table.dropna(subset="actual"), unit="points", higher_is_better=True)
    turned = audit_promises(scale).table.set_index("timing")["n"]
    assert late["late"] == turned["above"] and late["as promised"] == turned["as promised"]


def test_bands_hold_every_rated_order_once(orders):
    bands, table = audit_promises(orders).bands, orders.table
    scores = bands[(bands["reviews"] == "all") & (bands["measure"] == "score")]
    assert scores["n"].sum() == len(table)
    late = table["actual"] - table["promised"]
    chosen = table[(late > 0) & (late <= 3)]
    row = at(bands, reviews="all", measure="score", up_to=3)
    assert (row["n"], row["estimate"]) == (len(chosen), pytest.approx(chosen["outcome"].mean()))
    row = at(bands, reviews="all", measure="dissatisfied", up_to=3)
    assert row["estimate"] == pytest.approx((chosen["outcome"] <= 2).mean())


def test_a_count_of_two_is_the_row_twice(bare, counted):
    rows, few = (audit_promises(orders) for orders in (bare, counted))
    for name in ("bands", "segments", "late_hurts", "what_if"):
        pd.testing.assert_frame_equal(getattr(rows, name), getattr(few, name), rtol=1e-10)
    pd.testing.assert_frame_equal(rows.table, few.table, rtol=1e-12)
    assert (rows.verdict, rows.headline) == (few.verdict, few.headline)


def test_reviews_from_before_the_arrival_can_make_the_whole_finding():
    orders, _truth = simulate_orders(3000, random_state=1, worse=0, better=0, waiting=-2)
    with pytest.warns(Unstable, match="whether falling short hurts depends on the reviews from before the arrival"):
        audit = audit_promises(orders)
    before, after = audit.late_hurts.itertuples()
    assert before.high < 0 and after.low < 0 < after.high
    assert "do not blame lateness alone" in audit.verdict


def test_reviews_of_unknown_date_are_in_no_view_by_date(orders, remade, part):
    half = orders.table.index % 2 == 0
    known = audit_promises(part(orders, ~half))
    audit = audit_promises(remade(orders, reviewed=orders.table["reviewed"].mask(half)))
    assert known.rated_early == audit.rated_early
    assert at(audit.late_hurts, reviews="after arrival").equals(at(known.late_hurts, reviews="after arrival"))


@pytest.mark.parametrize(("low", "high", "said"), [
    (-0.6, -0.4, "Of what came, broken promises were rated 0.50 lower than kept ones on average (0.40 to 0.60)."),
    (-0.6, 0.4, "That broken promises were rated otherwise than kept ones on average is not sure."),
    (0.4, 0.6, "Of what came, broken promises were rated 0.50 higher than kept ones on average (0.40 to 0.60)."),
])  # fmt: skip
def test_a_difference_of_ratings_is_named_only_where_sure(orders, low, high, said):
    audit = audit_promises(orders)
    hurts = audit.late_hurts.assign(estimate=(low + high) / 2, low=low, high=high)
    assert said in replace(audit, parts={**audit.parts, "late_hurts": hurts}).verdict


def test_all_on_time_gives_an_audit_that_says_what_it_cannot_say(orders, part):
    audit = audit_promises(part(orders, orders.beyond >= 0))
    assert audit.kept == 1 and "nothing can be said about the harm" in audit.verdict
    assert audit.headline == "100% of the promises were kept"


def test_segments_are_there_when_the_orders_have_them(orders, remade):
    audit = audit_promises(orders)
    assert set(audit.segments["segment"]) == {"near", "middle", "far"}
    assert len(audit_promises(orders, by="weekday").segments) == 7 * 3
    plain = audit_promises(remade(orders, orders.table[["promised", "actual"]]))
    assert plain.segments.empty and plain.table["mean"].isna().all()
    assert plain.kept == pytest.approx((orders.beyond >= 0).sum() / orders.beyond.notna().sum())


def test_cancelled_and_returned_orders_are_left_out_and_said(orders, remade, part):
    status = np.where(orders.table.index % 10 == 0, "cancelled", None)
    audit = audit_promises(remade(orders, status=status))
    rest = audit_promises(part(orders, status != "cancelled"))
    assert audit.gone == 300 and audit.kept == rest.kept
    assert "300 cancelled, returned or unreadable orders are left out." in audit.verdict


def test_what_another_promise_would_change(orders):
    """Kept is counted on the same orders; the score follows the promise effect of the regression."""
    audit = audit_promises(orders)
    what_if = audit.what_if.set_index("shift")
    assert what_if.at[0, "kept"] == audit.kept and what_if["kept"].is_monotonic_increasing
    two = (orders.table["promised"] + 2 >= orders.table["actual"]).mean()
    assert what_if.at[2, "kept"] == pytest.approx(two) and what_if.at[2, "broken"] == round(3000 * (1 - two))
    mean = orders.table["outcome"][orders.table["actual"].notna()].mean()
    assert what_if.at[0, "score"] == pytest.approx(mean)
    assert what_if["score"].is_monotonic_increasing and (what_if["score_low"] < what_if["score"]).all()
    ratings = Orders.from_frame(pd.DataFrame({"promised": [3] * 60, "actual": [3, 4] * 30}), higher_is_better=True)
    assert audit_promises(ratings).what_if.set_index("shift")["kept"].round(2).loc[0:2].to_list() == [1, 0.5, 0]


def test_open_orders_have_a_chance_that_falls_as_they_wait(orders):
    audit = audit_promises(orders, as_of="2023-09-01")
    open_, table = audit.open, orders.table
    still = (table["ordered_at"] <= "2023-09-01") & ~(table["delivered_at"] <= "2023-09-01")
    assert len(open_) == audit.still_open == (still & (table["due_at"] >= "2023-09-01")).sum()
    by_days_left = open_["chance"].loc[(open_["promised"] - open_["waited"]).sort_values(kind="stable").index]
    assert open_["chance"].between(0, 1).all() and by_days_left.is_monotonic_increasing
    in_time = open_["order_id"].map((orders.beyond >= 0).groupby(table["order_id"]).first())
    assert abs(open_["chance"].mean() - in_time.mean()) < 0.1


def test_as_of_knows_nothing_of_later_days(orders, remade, part):
    changed = remade(orders, actual=orders.table["actual"].mask(orders.table["delivered_at"] > "2023-09-01", 60))
    one, other = (audit_promises(some, as_of="2023-09-01") for some in (orders, part(orders, 
        orders.table["ordered_at"] <= "2023-09-01")))  # fmt: skip
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.table.equals(audit_promises(changed, as_of="2023-09-01").table)


def test_dissatisfied_is_below_the_middle_of_the_scale(orders, remade):
    assert audit_promises(orders).low_score == 2
    assert audit_promises(remade(orders, outcome=orders.table["outcome"].clip(4))).low_score == 2


def test_the_headline_speaks_of_the_reviews_that_its_picture_draws(orders, bare):
    """Those after the arrival where they are known; otherwise all."""
    low, late = orders.table["outcome"] <= 2, ~(orders.beyond >= 0)
    dated, all_ = audit_promises(orders), audit_promises(bare)
    after = orders.table["reviewed"] == "after arrival"
    assert (dated.low_broken, dated.low_kept) == pytest.approx((low[after & late].mean(), low[after & ~late].mean()))
    assert dated.headline.endswith("after a kept one 12% (reviews after the arrival)")
    came = orders.beyond.notna()  # without dates nobody knows that the others are overdue
    assert all_.low_broken == pytest.approx(low[late & came].mean()) and all_.low_broken > dated.low_broken + 0.1
    assert "after the arrival" not in all_.headline
    drawn = dated.bands.query("reviews == 'after arrival' and measure == 'dissatisfied' and above >= 0")
    assert dated.low_broken == pytest.approx(np.average(drawn["estimate"], weights=drawn["n"]))


def test_minutes_are_audited_in_minutes():
    start = pd.Timestamp("2024-03-01 12:00") + pd.to_timedelta(np.arange(60) * 7, unit="m")
    times = {"ordered_at": start, "due_at": start + pd.Timedelta(minutes=20)}
    came = start + pd.to_timedelta(np.where(np.arange(60) % 3, 45, 15), unit="m")
    orders = Orders.from_frame(pd.DataFrame({**times, "delivered_at": came}))
    audit = audit_promises(orders)
    assert audit.about.unit == "minutes" and audit.kept == pytest.approx(1 / 3)
    assert list(audit.what_if["shift"]) == [-15, -10, -5, 0, 5, 10, 15]


def test_orders_of_which_nothing_is_due_cannot_be_audited(bare, remade):
    with pytest.raises(TableError, match="`actual`: must be known for at least one promise"):
        audit_promises(remade(bare, actual=np.nan))


@pytest.mark.parametrize("wrong", [pd.DataFrame({"promised": [1], "actual": [1]}), [1, 2], None])
def test_whoever_hands_no_orders_is_told_how_to_make_them(wrong):
    with pytest.raises(TableError, match=r"`orders`: must be Orders; found .*Orders\.from_frame"):
        audit_promises(wrong)


def test_a_flag_that_says_late_or_not_is_enough_for_audit_and_risk(rng):
    shop = pd.DataFrame({"late": rng.integers(0, 2, 400), "segment": rng.choice(["a", "b"], 400)})
    orders = Orders.from_frame(shop)
    audit = audit_promises(orders)
    assert audit.kept == pytest.approx(1 - shop["late"].mean()) and audit.what_if.empty
    assert PromiseRisk(features=("segment",)).fit(orders).predict_proba(orders).shape == (400, 2)
    for ask in (fit_disconfirmation, quote_promise):
        with pytest.raises((ModelError, TableError)):
            ask(orders)
