"""The audit: shares that add up, the warning when early reviews make the answer, and what it says in words."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import SmallSample, TableError, Unstable, audit_promises, simulate_orders


def at(frame, **keys):
    """The one row with these keys."""
    return frame[np.logical_and.reduce([frame[name] == value for name, value in keys.items()])].iloc[0]


def test_over_exact_and_under_promised_add_up_to_all_and_kept_is_the_truth(shop):
    orders, truth = shop
    summary = audit_promises(orders, higher_is_better=False).summary.set_index("measure")["estimate"]
    assert summary[["over", "exact", "under"]].sum() == pytest.approx(1)
    assert summary["kept"] == pytest.approx(truth["kept"]) == pytest.approx(summary["exact"] + summary["under"])
    assert summary["short_rated_early"] == pytest.approx(truth["rated_early"])
    assert summary["undelivered"] == pytest.approx(orders["actual"].isna().mean())


def test_the_sign_turns_with_the_keying(orders):
    late = audit_promises(orders, higher_is_better=False).summary.set_index("measure")["estimate"]
    turned = audit_promises(orders, higher_is_better=True).summary.set_index("measure")["estimate"]
    assert late["over"] == turned["under"] and late["exact"] == turned["exact"]


def test_bands_hold_every_rated_order_once(orders):
    bands = audit_promises(orders, higher_is_better=False).bands
    scores = bands[(bands["reviews"] == "all") & (bands["measure"] == "score")]
    assert scores["n"].sum() == len(orders)
    late = orders["actual"] - orders["promised"]
    chosen = orders[(late > 0) & (late <= 3)]
    row = at(bands, reviews="all", measure="score", up_to=3)
    assert (row["n"], row["estimate"]) == (len(chosen), pytest.approx(chosen["outcome"].mean()))
    row = at(bands, reviews="all", measure="dissatisfied", up_to=3)
    assert row["estimate"] == pytest.approx((chosen["outcome"] <= 2).mean())


def test_a_count_of_two_is_the_row_twice(orders, counted):
    rows, few = (audit_promises(frame.drop(columns=["delivered_at", "reviewed_at", "ordered_at"], errors="ignore"),
                                higher_is_better=False) for frame in (orders, counted))  # fmt: skip
    for name in ("summary", "bands", "segments", "late_hurts"):
        pd.testing.assert_frame_equal(getattr(rows, name), getattr(few, name), rtol=1e-10)
    assert rows.verdict == few.verdict


def test_reviews_from_before_the_arrival_can_make_the_whole_finding():
    orders, _truth = simulate_orders(3000, seed=1, worse=0, better=0, waiting=-2)
    with pytest.warns(Unstable, match="whether falling short hurts depends on the reviews from before the arrival"):
        audit = audit_promises(orders, higher_is_better=False)
    before, after = audit.late_hurts.itertuples()
    assert before.high < 0 and after.low < 0 < after.high
    assert "do not blame lateness alone" in audit.verdict


def test_reviews_of_unknown_date_are_in_no_view_by_date_and_are_counted(orders):
    known = audit_promises(orders[orders.index % 2 == 1], higher_is_better=False)
    orders.loc[orders.index % 2 == 0, "reviewed_at"] = pd.NaT
    audit = audit_promises(orders, higher_is_better=False)
    undated = int((orders["actual"].notna() & (orders.index % 2 == 0)).sum())
    assert audit.attrs["undated"] == undated and known.attrs["undated"] == 0
    assert f"Reviews that cannot be placed before or after the arrival: {undated:,}." in audit.verdict
    assert at(audit.late_hurts, reviews="after arrival").equals(at(known.late_hurts, reviews="after arrival"))
    rated = [at(one.summary, measure="rated_early") for one in (audit, known)]
    assert rated[0].equals(rated[1])


def test_where_lateness_really_hurts_both_views_say_so_without_a_warning(orders):
    audit = audit_promises(orders, higher_is_better=False)
    assert (audit.late_hurts["high"] < 0).all()
    assert list(audit.late_hurts["reviews"]) == ["all", "after arrival"]


def test_all_on_time_gives_an_audit_that_says_what_it_cannot_say(orders):
    kept = orders[orders["actual"] <= orders["promised"]]
    audit = audit_promises(kept, higher_is_better=False)
    assert audit.summary.set_index("measure").at["kept", "estimate"] == 1
    assert "nothing can be said about the harm of falling short" in audit.verdict
    assert audit.attrs["headline"] == "100% of the promises were kept"


def test_months_and_segments_are_there_when_the_orders_have_them(orders):
    audit = audit_promises(orders, higher_is_better=False)
    assert len(audit.months) == 12 * 3 and set(audit.segments["segment"]) == {"near", "middle", "far"}
    bare = audit_promises(orders[["promised", "actual", "outcome"]], higher_is_better=False)
    assert bare.months.empty and bare.segments.empty and set(bare.bands["reviews"]) == {"all"}


def test_dissatisfied_is_below_the_middle_of_the_scale_unless_said(orders):
    assert audit_promises(orders, higher_is_better=False).attrs["low_score"] == 2
    strict = audit_promises(orders, higher_is_better=False, low_score=1)
    assert strict.segments.query("measure == 'dissatisfied'")["estimate"].max() < 0.3


def test_few_orders_are_audited_with_a_doubt(orders):
    with pytest.warns(SmallSample, match="only 20 delivered orders"):
        audit_promises(orders[orders["actual"].notna()].head(20), higher_is_better=False)


def test_orders_of_which_none_arrived_cannot_be_audited(orders):
    with pytest.raises(TableError, match="`actual`: must be known for at least one order.*none among 3000 orders"):
        audit_promises(orders.assign(actual=np.nan, delivered_at=pd.NaT), higher_is_better=False)


def test_higher_is_better_is_asked_for(orders):
    with pytest.raises(TypeError, match="higher_is_better"):
        audit_promises(orders)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"actual": -3}, "`actual`: must be a number of days, 0 or more; found '-3' in row 0"),
        ({"outcome": 55}, "`outcome`: must be on the scale 1 to 5; found '55' in row 0"),
        ({"order_id": "000002"}, "`order_id`: must be unique: one row per order; found '000002' in row 1"),
        ({"delivered_at": pd.Timestamp("2020-01-01")}, "`delivered_at`: must be not before the order"),
        ({"promised": np.inf}, "`promised`: must be finite"),
    ],
)
def test_a_frame_that_breaks_a_rule_is_refused_by_row(orders, change, message):
    for name, value in change.items():
        orders.loc[0, name] = value
    with pytest.raises(TableError) as refused:
        audit_promises(orders, higher_is_better=False)
    assert message in str(refused.value)


def test_the_callers_frame_is_left_alone(orders):
    before = orders.copy(deep=True)
    audit_promises(orders, higher_is_better=False)
    pd.testing.assert_frame_equal(orders, before)
