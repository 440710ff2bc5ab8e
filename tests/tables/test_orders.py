"""Orders at the door: what files say, what is rejected and where, and the public Olist files joined."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from smm_analysis import TableError, audit_promises, fit_disconfirmation, read_orders, simulate_orders
from smm_analysis.tables.orders import rated_before_arrival
from smm_analysis.tables.published import data_folder

SAMPLES = data_folder() / "samples"


@pytest.fixture
def write(tmp_path):
    """Write a text as a CSV file and return its path."""

    def _write(text, name="orders.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return _write


def shop(rows=3, **columns):
    """A CSV text of `rows` orders; columns given replace the usual ones."""
    usual = {"promised": ["10"] * rows, "actual": ["8"] * rows, "outcome": ["4"] * rows}
    return pd.DataFrame(usual | columns).to_csv(index=False, sep=";")


def test_the_sample_is_labelled_and_read_as_days():
    orders = read_orders(SAMPLES / "orders.csv")
    assert orders.attrs["origin"] == "simulated" and orders.attrs["unit"] == "days" and orders.attrs["n"] == 1500
    assert orders.attrs["rejects"].empty and orders["actual"].isna().sum() > 0


def test_the_sample_is_made_again_byte_for_byte():
    spec = importlib.util.spec_from_file_location("make_orders", SAMPLES / "make_orders.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.text().encode() == (SAMPLES / "orders.csv").read_bytes()


def test_what_simulate_orders_gives_comes_back_from_a_file(tmp_path):
    orders, _truth = simulate_orders(200, seed=3)
    orders.to_csv(tmp_path / "simulated_orders.csv", index=False)
    again = read_orders(tmp_path / "simulated_orders.csv", scale=(1, 5))
    for name in ("promised", "actual", "outcome", "delivered_at", "segment", "order_id"):
        pd.testing.assert_series_equal(again[name], orders[name].astype(again[name].dtype))
    assert again.attrs["origin"] == "simulated"


def test_excel_and_a_map_of_columns(tmp_path):
    table = pd.DataFrame({"Versprochen": [10, 12], "Tage": [9, 15], "Sterne": [5, 2], "Ort": ["Almaty", "Astana"]})
    table.to_excel(tmp_path / "orders.xlsx", index=False)
    columns = {"promised": "Versprochen", "actual": "Tage", "outcome": "Sterne", "segment": "Ort"}
    orders = read_orders(tmp_path / "orders.xlsx", columns=columns, scale=(1, 5))
    assert orders[["promised", "actual", "outcome"]].to_numpy().tolist() == [[10, 9, 5], [12, 15, 2]]
    assert list(orders["segment"]) == ["Almaty", "Astana"]


def test_both_ways_of_writing_dates_and_zones_left_out_with_a_note(write):
    ordered = ["2024-01-05", "05.01.2024", "2024-01-05T23:30:00+05:00"]
    delivered = ["2024-01-09T18:00:00Z", "09.01.2024 18:00", "2024-01-09 00:10:00 UTC"]
    text = shop(ordered_at=ordered, due_at=["2024-01-15"] * 3, delivered_at=delivered)
    orders = read_orders(write(text))
    assert list(orders["promised"]) == [10, 10, 10] and list(orders["actual"]) == [4, 4, 4]
    assert any("delivered_at: the time zone of 2 times was left out" in note for note in orders.attrs["notes"])
    assert any("promised was counted anew" in note for note in orders.attrs["notes"])


def test_a_day_is_a_calendar_day(write):
    text = shop(1, ordered_at=["2024-01-05 22:00"], due_at=["2024-01-15 00:00"], delivered_at=["2024-01-15 23:59"])
    orders = read_orders(write(text))
    assert orders.loc[0, "actual"] == orders.loc[0, "promised"] == 10


@pytest.mark.parametrize(
    ("column", "bad", "reason"),
    [
        ("actual", "72 hours", "not a number"),
        ("outcome", "55", "off the scale 1 to 5"),
        ("due_at", "03/04/2024", "not a date as 2024-01-31 or 31.01.2024"),
        ("delivered_at", "2023-12-24", "before the order"),
    ],
)
def test_a_bad_cell_is_rejected_with_its_reason_and_the_row_stays(write, column, bad, reason):
    dates = {"ordered_at": ["2024-01-01"] * 3, "due_at": ["2024-01-11"] * 3, "delivered_at": ["2024-01-09"] * 3}
    dates = dates if column.endswith("_at") else {}
    good = {"actual": "8", "outcome": "4"} | {name: values[0] for name, values in dates.items()}
    orders = read_orders(write(shop(**dates | {column: [good[column], bad, good[column]]})), scale=(1, 5))
    rejects = orders.attrs["rejects"]
    assert len(orders) == 3 and list(rejects.columns) == ["row", "column", "value", "reason"]
    row, name, value, why = rejects.iloc[0]
    assert (row, name) == (1, column) and bad in value and reason in why
    assert orders[column].isna().tolist() == [False, True, False]


def test_decimal_commas_and_cyrillic_survive(write):
    text = shop(promised=["7,5"] * 3, segment=["Алматы"] * 3, note=["Доставка была очень быстрой, спасибо"] * 3)
    orders = read_orders(write(text, encoding="cp1251"))
    assert orders.loc[0, "promised"] == 7.5 and orders.loc[0, "segment"] == "Алматы"


def test_a_review_dated_by_day_is_not_before_a_parcel_of_that_day():
    delivered = pd.to_datetime(
        ["2024-01-05 14:00", "2024-01-05 14:00", "2024-01-05", "2024-01-05 14:00", None], format="ISO8601"
    )
    reviewed = pd.to_datetime(
        ["2024-01-05", "2024-01-04", "2024-01-05 10:00", "2024-01-05 10:00", "2024-01-05"], format="ISO8601"
    )
    frame = pd.DataFrame({"delivered_at": delivered, "reviewed_at": reviewed})
    np.testing.assert_array_equal(rated_before_arrival(frame), [0, 1, 0, 1, np.nan])
    assert rated_before_arrival(frame.assign(reviewed_at=pd.NaT)) is None


def test_a_parcel_dated_by_day_may_come_on_the_day_of_the_order(write):
    days = {"ordered_at": ["2024-01-05 14:00"] * 3, "delivered_at": ["2024-01-05", "2024-01-06", "2024-01-08"]}
    orders = read_orders(write(shop(**days)))
    assert orders["actual"].tolist() == [0, 1, 3] and orders.attrs["rejects"].empty


def test_a_scale_that_nobody_named_is_noted_not_guessed(write):
    orders = read_orders(write(shop(outcome=["4", "55", "1"])))
    assert orders["outcome"].max() == 55
    assert "outcome runs from 1 to 55; scale=(low, high) rejects typing errors" in orders.attrs["notes"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a;b\n1;2\n", {}, "`promised`: must be a column of the file; found the columns 'a', 'b'. Name it: columns="),
        (shop(), {"columns": {"promised": "days"}}, "`columns`: must name columns of the file; found 'days'; it has"),
        (shop(), {"columns": {"speed": "actual"}}, "`columns`: its keys are among order_id, promised,"),
        (shop(order_id=["a", "b", "a"]), {}, "`order_id`: must be unique: one row per order; found 'a' in row 2"),
        (
            shop(promised=["10 days"] * 3),
            {},
            "`promised`: must hold numbers of one unit, or dates; found 3 rows",
        ),
        (
            shop(count=["1", "2", "0.5"]),
            {},
            "`count`: must be a whole number of orders, 1 or more; found '0.5'",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(write, text, options, message):
    with pytest.raises(TableError) as refused:
        read_orders(write(text), **options)
    assert message in str(refused.value)


def test_a_folder_without_the_olist_files_and_a_missing_path_are_refused(tmp_path):
    with pytest.raises(TableError, match="a folder must hold the public Olist files.*no olist_orders_dataset.csv"):
        read_orders(tmp_path)
    with pytest.raises(TableError, match="`path`: must be a file or a folder; found nothing at"):
        read_orders(tmp_path / "nowhere.csv")


@pytest.fixture
def olist(tmp_path):
    """Four invented orders under the published names: kept, late, cancelled after delivery, never sent."""
    pd.DataFrame(
        {
            "order_id": list("abcd"),
            "customer_id": list("wxyz"),
            "order_status": ["delivered", "delivered", "canceled", "shipped"],
            "order_purchase_timestamp": ["2018-01-01 21:00:00"] * 4,
            "order_approved_at": ["2018-01-02 08:00:00"] * 4,
            "order_delivered_carrier_date": ["2018-01-03 08:00:00"] * 4,
            "order_delivered_customer_date": [
                "2018-01-11 20:00:00",
                "2018-01-14 09:00:00",
                "2018-01-05 09:00:00",
                None,
            ],
            "order_estimated_delivery_date": ["2018-01-11 00:00:00"] * 4,
        }
    ).to_csv(tmp_path / "olist_orders_dataset.csv", index=False)
    pd.DataFrame(
        {
            "review_id": ["1", "2", "3", "4", "5"],
            "order_id": ["a", "b", "b", "c", "d"],
            "review_score": [5, 1, 4, 2, 1],
            "review_answer_timestamp": ["2018-01-12 10:00:00", "2018-01-13 10:00:00", "2018-01-20 10:00:00"]
            + ["2018-01-14 10:00:00"] * 2,
        }
    ).to_csv(tmp_path / "olist_order_reviews_dataset.csv", index=False)
    pd.DataFrame({"customer_id": list("wxyz"), "customer_state": ["SP", "RJ", "SP", "BA"]}).to_csv(
        tmp_path / "olist_customers_dataset.csv", index=False
    )
    pd.DataFrame({"order_id": ["a", "b", "b"], "order_item_id": [1, 1, 2], "seller_id": ["s", "t", "s"]}).to_csv(
        tmp_path / "olist_order_items_dataset.csv", index=False
    )
    pd.DataFrame({"seller_id": ["s", "t"], "seller_state": ["SP", "MG"]}).to_csv(
        tmp_path / "olist_sellers_dataset.csv", index=False
    )
    return tmp_path


def test_the_olist_folder_is_recognised_and_joined(olist):
    orders = read_orders(olist).set_index("order_id")
    assert orders["promised"].tolist() == [10] * 4
    np.testing.assert_array_equal(orders["actual"], [10, 13, np.nan, np.nan])  # calendar days; cancelled is undelivered
    assert orders["outcome"].tolist() == [5, 4, 2, 1]  # the review answered last
    assert orders["segment"].tolist() == ["SP", "RJ", "SP", "BA"]
    assert orders["seller_state"].tolist()[:2] == ["SP", "MG"]  # the first item's seller
    assert "not 'delivered'" in orders.attrs["rejects"]["reason"].iloc[0]
    assert orders.attrs["notes"] == ["1 earlier reviews of orders that were reviewed again were left out"]


def test_the_olist_folder_needs_only_orders_and_reviews(olist):
    for name in ("customers", "order_items", "sellers"):
        (olist / f"olist_{name}_dataset.csv").unlink()
    assert "segment" not in read_orders(olist)


def test_the_simulated_truth_is_exact_in_the_mean():
    orders, truth = simulate_orders(40_000, seed=8, answered_early=0, undelivered=0)
    late = (orders["actual"] - orders["promised"]).clip(lower=0, upper=7)
    early = (orders["promised"] - orders["actual"]).clip(lower=0)
    expected = 4.2 + truth["worse"] * late + truth["better"] * early
    assert (orders["outcome"] - expected).mean() == pytest.approx(0, abs=0.02)  # three standard errors
    assert set(orders["outcome"]) == {1, 2, 3, 4, 5}


def test_a_seed_gives_one_shop_and_another_seed_another():
    first, again, other = (simulate_orders(300, seed=seed)[0] for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["actual"].equals(other["actual"])


def test_drift_and_seasons_reach_the_kept_rate():
    slower, _truth = simulate_orders(6000, seed=2, drift=0.6, season=0)
    months = audit_promises(slower, higher_is_better=False).months.query("measure == 'kept'")["estimate"]
    assert months.iloc[:3].mean() - months.iloc[-3:].mean() > 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"worse": -2}, "`worse`: expected scores stay within 1 to 5 stars; found expected scores from -"),
        ({"undelivered": 1.5}, "`undelivered`: a share between 0 and 1; found 1.5"),
    ],
)
def test_a_truth_that_cannot_be_is_refused(options, message):
    with pytest.raises(Exception) as refused:
        simulate_orders(100, **options)
    assert message in str(refused.value)


def test_a_file_runs_to_the_kink():
    fit = fit_disconfirmation(
        read_orders(SAMPLES / "orders.csv"), higher_is_better=False, cap=7, reviews="after arrival"
    )
    row = fit.kink.set_index("term").loc["worse"]
    assert row["low"] < -0.3 < row["high"] and fit.attrs["origin"] == "simulated"


def test_two_files_of_orders_can_be_joined(tmp_path):
    """pandas compares attrs when it joins: the rejects must not stand in the way."""
    (tmp_path / "orders.csv").write_text("promised,actual,outcome\n" + "5,6,3\n5,4,5\n" * 30 + "5,x,4\n")
    one, two = (read_orders(tmp_path / "orders.csv") for _ in range(2))
    assert len(one.attrs["rejects"]) == 1 and len(pd.concat([one, two])) == len(one) + len(two)
