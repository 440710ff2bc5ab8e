"""Orders: the noun and its rules, the door of files, the public Olist files joined, simulated shops."""

import importlib.util
import io
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smm_analysis import Orders, SmmError, TableError, audit_promises, fit_disconfirmation, quote_promise, read_orders
from smm_analysis.tables.asking import Undecided
from smm_analysis.tables.orders_words import meaning
from smm_analysis.tables.simulate import simulate_orders
from smm_analysis.tables.vocabulary import data_folder

SAMPLES = data_folder() / "samples"
CASES = Path(__file__).parents[1] / "cases" / "orders"
POINTS = {"unit": "points", "higher_is_better": True}
DAYS = {"unit": "days"}


def tally(orders, **options):
    """How many orders stand how."""
    return orders.table.groupby(orders.state(**options))["count"].sum().to_dict()


def read(tmp_path, text, name="orders.csv", encoding="utf-8", **options):
    """Read a text as if it were a file."""
    (tmp_path / name).write_bytes(text.encode(encoding))
    return read_orders(tmp_path / name, **options)


# Small files that once failed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "unit", "states"),
    [
        ("01_same_day_minutes.csv", {}, "minutes", {"kept": 10, "late": 20}),
        ("02_no_rating_column.csv", DAYS, "days", {"kept": 9, "late": 3}),
        ("03_overdue_never_came.csv", {}, "days", {"kept": 11, "overdue": 10}),
        ("04_status_cancelled.csv", {}, "days", {"kept": 96, "cancelled": 24}),
        ("05_quote_winds_up.csv", DAYS, "days", {"kept": 1600}),
        ("06_promise_is_irrelevant.csv", POINTS, "points", {"kept": 36, "late": 24}),
        ("07_rating_rounded_up.csv", POINTS, "points", {"kept": 17, "late": 13}),
        ("08_same_promise_for_all.csv", DAYS, "days", {"kept": 33, "late": 27}),
        ("09_one_unit_refused_as_two_scales.csv", DAYS, "days", {"kept": 26, "late": 30}),
        ("10_us_dates.csv", {}, "days", {"kept": 7, "late": 3}),
        ("11_one_line_per_item.csv", {}, "days", {"kept": 2, "late": 1}),
        ("12_thousands_comma.csv", DAYS, "days", {"kept": 3}),
        ("13_business_days.csv", DAYS | {"working_days": True}, "days", {"kept": 5}),
        ("14_olist_without_review_id", {}, "days", {"kept": 2}),
        ("15_small_group_swallows_big.csv", DAYS, "days", {"kept": 100, "late": 30}),
        ("orders_9999.csv", {}, "days", {"kept": 1, "rejected": 1}),
        ("orders_9999.xlsx", {}, "days", {"kept": 59, "open": 1}),
        ("orders_formula.xlsx", DAYS, "days", {"kept": 20, "late": 10, "rejected": 30}),
        ("orders_thousands.csv", DAYS, "days", {"kept": 60}),
        ("orders_total_first_cell.csv", DAYS, "days", {"kept": 42, "late": 48}),
        ("bool.csv", DAYS, "days", {"late": 40, "rejected": 6}),  # True, 1_0, ٣, 0x10, 1e2 and '1 2' are no numbers
        ("dup_rows_total.csv", DAYS, "days", {"late": 40}),  # orders that are alike are no lines of one order
    ],
)
def test_a_case_is_read_with_the_words_its_message_names_and_its_line_repeats_it(name, options, unit, states):
    if {"unit"} <= set(options):
        with pytest.raises(Undecided, match=f"unit='{unit}'"):
            read_orders(CASES / name)
    orders = read_orders(CASES / name, **options)
    assert orders.unit == unit and tally(orders) == states and orders.about.n == sum(states.values())
    again = eval(orders.call.replace(repr(name), "path"), {"read_orders": read_orders, "path": CASES / name})
    pd.testing.assert_frame_equal(again.table, orders.table)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("orders_quote_swallow.csv", "quotation marks come in pairs; found one that opens after line 12"),
        ("olist_bin", "olist_orders_dataset.csv`: must be text, .xlsx or .sav; found bytes that are no text"),
        ("olist_cols", "no order_id in olist_orders_dataset.csv"),
        ("olist_empty", "olist_orders_dataset.csv`: must hold a table; found an empty file"),
        ("olist_ragged", "no order_purchase_timestamp in olist_orders_dataset.csv"),
        ("olist_utf16", "no order_purchase_timestamp in olist_orders_dataset.csv"),
    ],
)
def test_a_case_that_cannot_be_read_is_refused_by_the_name_of_the_file_and_what_is_wrong(name, found):
    with pytest.raises(TableError) as refused:
        read_orders(CASES / name)
    assert found in str(refused.value)


def test_what_the_ledger_of_the_cases_says():
    def said(name, **options):
        return str(read_orders(CASES / name, **options))

    assert "1 further rows belong to the same orders and agree: collapsed" in said("11_one_line_per_item.csv")
    assert "the month stands first, as in '3/13/2024'" in said("10_us_dates.csv")
    assert "'1,000' is read with thousands" in said("12_thousands_comma.csv", unit="days")
    assert "1 entries such as '9999-12-31 00:00:00' mean: not delivered" in said("orders_9999.xlsx")
    assert "holidays are not known" in said("13_business_days.csv", unit="days", working_days=True)
    formulas = read_orders(CASES / "orders_formula.xlsx", unit="days").rejects
    assert len(formulas) == 30 and formulas["reason"].str.contains("a formula without a stored value").all()


@pytest.mark.filterwarnings("ignore::smm_analysis.errors.SmmWarning")
def test_the_cases_give_the_right_numbers_behind_the_door():
    minutes = audit_promises(read_orders(CASES / "01_same_day_minutes.csv"))
    overdue = audit_promises(read_orders(CASES / "03_overdue_never_came.csv"))
    assert "33" in minutes.headline and "52" in overdue.headline
    fit = fit_disconfirmation(read_orders(CASES / "08_same_promise_for_all.csv", unit="days"), cap=None)
    terms = fit.table.set_index("term")["estimate"]
    assert terms["worse"] == pytest.approx(-0.66, abs=0.01) and np.isnan(terms["promise_when_broken"])
    irrelevant = fit_disconfirmation(read_orders(CASES / "06_promise_is_irrelevant.csv", **POINTS))
    assert irrelevant.table.set_index("term").loc["promise_when_broken", "estimate"] == pytest.approx(0, abs=0.01)
    assert irrelevant.over_promising_hurts is not True


@pytest.mark.parametrize(
    ("name", "options", "promised"),
    [
        ("04_status_cancelled.csv", {}, {"all": 5}),
        ("05_quote_winds_up.csv", DAYS, {"all": 2}),
        ("07_rating_rounded_up.csv", POINTS, {"all": 3.6}),
        ("15_small_group_swallows_big.csv", DAYS, {"near": 4, "far": 16}),
    ],
)
def test_the_cases_give_the_right_quotes(name, options, promised):
    orders = read_orders(CASES / name, **options)
    by = {"by": "segment"} if "near" in promised else {}
    assert quote_promise(orders, **by).table.set_index("group")["promised"].to_dict() == promised


# Shops as they export -------------------------------------------------------------------------------------------------

SHOPS = {
    "shopify": """Name,Financial Status,Fulfilled at,Created at,Lineitem name,Estimated delivery,Delivered at,Order ID
#1,paid,2024-03-02 10:00:00 -0500,2024-03-01 09:58:00 -0500,Shirt,2024-03-06,2024-03-05 12:00:00 -0500,1
#1,paid,2024-03-02 10:00:00 -0500,2024-03-01 09:58:00 -0500,Hat,2024-03-06,2024-03-05 12:00:00 -0500,1
#2,paid,2024-03-03 10:00:00 -0500,2024-03-02 09:58:00 -0500,Hat,2024-03-07,2024-03-09 12:00:00 -0500,2
#3,refunded,,2024-03-02 09:58:00 -0500,Hat,2024-03-27,,3
""",
    "woocommerce": """Order ID,Order Date,Order Status,Promised Delivery Date,Actual Delivery Date,Customer Rating
1,01/03/2024 10:00,wc-completed,05/03/2024,04/03/2024,5
2,13/03/2024 10:00,wc-completed,15/03/2024,17/03/2024,2
3,14/03/2024 10:00,wc-cancelled,18/03/2024,,
4,14/03/2024 10:00,wc-processing,28/03/2024,,
""",
    "marketplace": """order-id,purchase-date,promise-date,delivery-date,order-status,estimated-ship-date
111-1,2024-03-01T10:00:00+00:00,2024-03-05T10:00:00+00:00,2024-03-04T10:00:00+00:00,Delivered,2024-03-02
111-2,2024-03-01T11:00:00+00:00,2024-03-05T10:00:00+00:00,2024-03-07T10:00:00+00:00,Delivered,2024-03-02
111-3,2024-03-02T11:00:00+00:00,2024-03-05T10:00:00+00:00,,Canceled,2024-03-03
""",
    "quick commerce": """order_id,customer_id,order_date,promised_delivery_time,actual_delivery_time,delivery_status
1,6,2024-07-17 08:34:01,2024-07-17 08:52:01,2024-07-17 08:47:01,On Time
2,9,2024-05-28 13:14:29,2024-05-28 13:25:29,2024-05-28 13:27:29,Slightly Delayed
3,4,2024-09-23 13:07:12,2024-09-23 13:25:12,2024-09-23 13:29:12,On Time
""",
    "supply chain": """Days for shipping (real),Days for shipment (scheduled),Delivery Status,Late_delivery_risk
3,4,Advance shipping,0
5,4,Late delivery,1
4,4,Shipping on time,0
""",
    "German": """Bestellnummer;Bestelldatum;Zugesagter Liefertermin;Geliefert am;Bewertung;Status;Region
1;05.01.2024;10.01.2024;09.01.2024;4,5;zugestellt;Süd
2;06.01.2024;10.01.2024;12.01.2024;2,0;zugestellt;Nord
3;06.01.2024;10.01.2024;;;storniert;Nord
4;07.01.2024;11.01.2024;;1;unterwegs;Nord
""",
    "Russian": """Номер заказа;Дата заказа;Обещанная дата доставки;Фактическая дата доставки;Оценка;Статус
1;05.01.24;10.01.24;09.01.24;5;доставлен
2;06.01.24;10.01.24;12.01.24;2;доставлен
3;06.01.24;10.01.24;;;отменён
4;06.01.24;10.01.24;;;в пути
""",
    "Kazakh": """Тапсырыс нөмірі;Тапсырыс күні;Жеткізу мерзімі;Жеткізілген күні;Бағалау;Мәртебесі
1;05.01.2024;10.01.2024;09.01.2024;5;жеткізілді
2;06.01.2024;10.01.2024;12.01.2024;2;жеткізілді
3;06.01.2024;10.01.2024;;;бас тартылды
""",
    "French": """Commande;Date de commande;Livraison prévue;Livrée le;Note
1;05/01/2024;20/01/2024;19/01/2024;5
2;06/01/2024;20/01/2024;22/01/2024;2
""",
    "months in words": """Order date,ETA,Delivered
Jan 31 2024,3-Feb-24,Feb 2 2024
Feb 1 2024,3-Feb-24,"Monday, Feb 5, 2024 5:00 pm"
""",
    "durations in words": """Order No,Promised time,Actual time,Score
A1,3 days,48 hours,4/5
A2,5 days,7 days,2/5
""",
    "Shopify's own": """Name,Financial Status,Fulfillment Status,Created at,Cancelled at,Estimated Delivery,Delivered At
#1,paid,fulfilled,2024-03-01 09:58:00 -0500,,2024-03-06,2024-03-05
#2,paid,fulfilled,2024-03-02 09:58:00 -0500,,2024-03-07,2024-03-09
#3,refunded,unfulfilled,2024-03-02 09:58:00 -0500,,2024-03-07,
#4,paid,unfulfilled,2024-03-02 09:58:00 -0500,2024-03-03 09:58:00 -0500,2024-03-07,
#5,paid,fulfilled,2024-03-04 09:58:00 -0500,,2024-03-07,2024-03-07
""",
    "Ozon": """Номер заказа;Принят в обработку;Дата отгрузки;Статус;Дата доставки;\
Фактическая дата передачи в доставку;Плановая дата доставки
5-01;2024-03-01 09:30:00;2024-03-02 09:30:00;Доставлен;2024-03-05 09:30:00;2024-03-02 10:00:00;2024-03-06 00:00:00
5-02;2024-03-02 16:49:00;2024-03-03 16:49:00;Доставлен;2024-03-11 16:49:00;2024-03-03 17:00:00;2024-03-08 00:00:00
5-03;2024-03-02 16:49:00;2024-03-03 16:49:00;Отменён;;2024-03-03 17:00:00;2024-03-08 00:00:00
""",
    "Kaspi": """№ заказа;Дата поступления заказа;Статус;Планируемая дата доставки;Фактическая дата доставки
300;01.03.2024 09:30;Выдан;06.03.2024;05.03.2024
301;02.03.2024 16:49;Выдан;08.03.2024;13.03.2024
""",
    "eBay": """Order Number,Sale Date,Ship By Date,Minimum Estimated Delivery Date,\
Maximum Estimated Delivery Date,Delivery Date
12-1,Mar-01-24,Mar-03-24,Mar-04-24,Mar-06-24,Mar-05-24
12-2,Mar-02-24,Mar-04-24,Mar-06-24,Mar-08-24,Mar-11-24
""",
    "a courier": """ID,Order_Date,City,Promised_time(min),Time_taken(min)
1,13-03-2024,X,35,(min) 33
2,14-03-2024,X,35,(min) 42
""",
    "numbers of Excel": "Order date,ETA,Delivered\n45352,45357,45356.4\n45353,45359,45362\n",
    "seconds of a clock": """ordered_at,due_at,delivered_at
1709285400,1709717400,1709631000
1709398140,1709916540,1710175740
""",
    "ranges": """order,promised delivery time,actual delivery time
1,3-5 days,4 days
2,within 5 days,6 days
3,up to 1 day,1 day
""",
    "Soll and Ist": """Bestelldatum;Wunschtermin;Liefertermin Soll;Liefertermin Ist;Verzug (Tage)
05.01.24;09.01.24;10.01.24;09.01.24;-1
06.01.24;09.01.24;10.01.24;12.01.24;2
""",
    "Turkish": """Sipariş No;Sipariş Tarihi;Tahmini Teslim Tarihi;Teslim Tarihi;Puan
1;05.01.2024;20.01.2024;19.01.2024;5
2;06.01.2024;20.01.2024;22.01.2024;2
""",
    "words for late": "order,delivery result,stars\n1,On time,5\n2,Late,1\n3,Early,4\n",
    "decimal commas": "promised days;actual days\n5,0;4,5\n6,0;6,5\n3,0;2,5\n",
    "Russian ranges": "Заказ;Обещанный срок;Фактический срок\n1;от 3 до 5 дней;4 дня\n2;до 5 дней;6 дней\n",
    "late yes or no": "id,is_late,stars\n1,yes,5 stars\n2,no,4 stars\n3,yes,★★\n",
    "two dates": "Scheduled Delivery Date,Delivered to Client Date\n2-Jun-06,2-Jun-06\n14-Nov-06,16-Nov-06\n",
}
ANSWERED = {
    "shopify": {"columns": {"status": "Financial Status"}, "answers": {"paid": "came"}},
    "two dates": {"columns": {"ordered_at": None}},
}


@pytest.mark.parametrize(
    ("shop", "unit", "states"),
    [
        ("shopify", "days", {"kept": 1, "late": 1, "returned": 1}),
        ("woocommerce", "days", {"kept": 1, "late": 1, "cancelled": 1, "open": 1}),
        ("marketplace", "days", {"kept": 1, "late": 1, "cancelled": 1}),
        ("quick commerce", "minutes", {"kept": 1, "late": 2}),
        ("supply chain", "days", {"kept": 2, "late": 1}),
        ("German", "days", {"kept": 1, "late": 1, "cancelled": 1, "overdue": 1}),
        ("Russian", "days", {"kept": 1, "late": 1, "cancelled": 1, "overdue": 1}),
        ("Kazakh", "days", {"kept": 1, "late": 1, "cancelled": 1}),
        ("French", "days", {"kept": 1, "late": 1}),
        ("months in words", "days", {"kept": 1, "late": 1}),
        ("durations in words", "hours", {"kept": 1, "late": 1}),
        ("Shopify's own", "days", {"kept": 2, "late": 1, "returned": 1, "cancelled": 1}),
        ("Ozon", "days", {"kept": 1, "late": 1, "cancelled": 1}),
        ("Kaspi", "days", {"kept": 1, "late": 1}),
        ("eBay", "days", {"kept": 1, "late": 1}),
        ("a courier", "minutes", {"kept": 1, "late": 1}),
        ("numbers of Excel", "days", {"kept": 1, "late": 1}),
        ("seconds of a clock", "days", {"kept": 1, "late": 1}),
        ("ranges", "days", {"kept": 2, "late": 1}),
        ("Soll and Ist", "days", {"kept": 1, "late": 1}),
        ("Turkish", "days", {"kept": 1, "late": 1}),
        ("words for late", None, {"kept": 2, "late": 1}),
        ("decimal commas", "days", {"kept": 2, "late": 1}),
        ("Russian ranges", "days", {"kept": 1, "late": 1}),
        ("late yes or no", None, {"kept": 1, "late": 2}),
        ("two dates", None, {"kept": 1, "late": 1}),
    ],
)
def test_the_export_of_a_shop_is_read(tmp_path, shop, unit, states):
    orders = read(tmp_path, SHOPS[shop], **ANSWERED.get(shop, {}))
    assert orders.unit == unit and tally(orders) == states


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_every_encoding_and_separator_gives_the_same_orders(tmp_path, encoding):
    plain = read(tmp_path, SHOPS["German"]).table
    coded = read(tmp_path, SHOPS["German"], encoding=encoding).table
    pd.testing.assert_frame_equal(coded, plain)
    tabs = SHOPS["German"].replace(";", "\t")
    pd.testing.assert_frame_equal(read(tmp_path, tabs).table, plain)


def test_one_promise_for_all_needs_no_column(tmp_path):
    text = "delivery days,stars\n4,5\n7,2\n"
    with pytest.raises(TableError, match=r"no column of orders.csv says what was promised.*promised=5"):
        read(tmp_path, text)
    dated = "Order date,Delivered\n2024-01-01,2024-01-05\n2024-01-01,2024-01-08\n"
    assert read(tmp_path, dated, promised=5).beyond.tolist() == [1, -2]
    with pytest.raises(Undecided, match="50% of the orders take no more than a day"):
        read(tmp_path, dated.replace("-01,", "-01 12:30,").replace("-05", "-01 13:10"), promised=30)
    orders = read(tmp_path, text, promised=5)
    assert orders.unit == "days" and orders.beyond.tolist() == [1, -2] and "promised=5" in orders.call


def test_of_two_columns_that_say_what_was_promised_and_not_the_same_one_is_asked(tmp_path):
    text = "ordered_at,due_at,promised days,delivered_at\n" + "2024-03-01,2024-03-05,{},2024-03-04\n" * 3
    with pytest.raises(Undecided, match="two columns say what is promised, and not the same") as asked:
        read(tmp_path, text.format(9, 9, 4))
    kept = [tally(read(tmp_path, text.format(9, 9, 4), columns=columns)) for _said, columns in asked.value.choices]
    assert kept == [{"kept": 3}, {"kept": 3}]
    assert read(tmp_path, text.format(4, 5, 4)).table["promised"].tolist() == [4, 4, 4]  # rounded otherwise


def test_clocks_that_the_day_of_the_order_has_not_are_asked_about(tmp_path):
    trams = "date,due_at,actual time\n" + "".join(
        f"2024-03-0{day} 00:00:00,2024-03-0{day} 05:2{day}:00,2024-03-0{day} 05:{late}:37\n"
        for day, late in ((1, 30), (2, 25), (3, 21), (4, 20))
    )
    with pytest.raises(Undecided, match="clocks tell what is late within the day") as asked:
        read(tmp_path, trams)
    ((_said, columns),) = asked.value.choices
    assert tally(read(tmp_path, trams, columns=columns, unit="minutes")) == {"late": 2, "kept": 2}


def test_a_late_flag_does_not_hide_the_status_and_a_late_word_not_the_others(tmp_path):
    both = "order_id,late,status\n1,0,done\n2,1,done\n3,0,cancelled\n4,1,returned\n5,0,Open\n6,0,done\n"
    assert tally(read(tmp_path, both)) == {"kept": 2, "late": 1, "cancelled": 1, "returned": 1, "open": 1}
    words = "order_id,estado\n1,Pendiente\n2,Entregado\n3,Entregado con retraso\n4,En la luna\n"
    told = {"columns": {"late": "estado"}, "answers": {"late_is": "Entregado con retraso"}}
    with pytest.raises(Undecided, match="what do 'En la luna' of 'estado' mean"):
        read(tmp_path, words, **told)
    told["answers"]["En la luna"] = "open"
    assert tally(read(tmp_path, words, **told)) == {"open": 2, "kept": 1, "late": 1}


def test_a_row_in_which_only_a_note_stands_is_no_order_beside_a_status_too(tmp_path):
    orders = read(tmp_path, "order_id,promised days,actual days,status,note\n1,3,2,done,a\n,,,,b\n2,3,5,done,c\n")
    assert tally(orders) == {"kept": 1, "late": 1} and orders.rejects["row"].tolist() == [3]


def test_yes_and_no_are_no_numbers_under_any_name(tmp_path):
    text = "promised days,actual days\n3,yes\n4,no\n"
    with pytest.raises(TableError, match="no column of orders.csv says when an order came"):
        read(tmp_path, text)
    with pytest.raises(TableError, match="actual is a column of numbers; found words in 'actual days', such as 'yes'"):
        read(tmp_path, text, columns={"actual": "actual days"})


def test_closing_an_order_is_no_delivery_where_both_are_dated_and_is_one_where_it_stands_alone(tmp_path):
    both = "order_date,due_date,delivery_date,closed_date\n" + "2024-01-02,2024-01-05,2024-01-09,2024-01-03\n" * 3
    assert tally(read(tmp_path, both)) == {"late": 3}
    assert tally(read(tmp_path, both.replace("delivery_date", "note"))) == {"kept": 3}


def test_an_order_without_its_clock_is_rejected_and_a_birthday_stops_no_date(tmp_path):
    text = "order date,order time,due date,due time,delivered date,delivered time\n"
    text += "2024-05-01,10:00,2024-05-01,10:45,2024-05-01,10:40\n" * 9
    orders = read(tmp_path, text + "2024-05-01,,2024-05-01,10:45,2024-05-01,10:40\n")
    assert tally(orders) == {"kept": 9, "rejected": 1} and orders.rejects["row"].tolist() == [11]
    dates = "order_date,due_date,delivered_date,birthday\n05/14/2024,05/16/2024,05/15/2024,31/12/1990\n"
    assert tally(read(tmp_path, dates)) == {"kept": 1}


def test_a_quantity_beside_dates_is_no_promise_and_a_threshold_no_delay(tmp_path):
    text = "order_date,due_date,delivered_date,expected\n" + "2024-01-02,2024-01-05,2024-01-04,300\n" * 3
    assert tally(read(tmp_path, text)) == {"kept": 3}
    with pytest.raises(TableError, match="no column of orders.csv says what was promised"):
        read(tmp_path, "order_id,late_threshold_days\n1,5\n2,5\n")


def test_a_day_of_cancelling_needs_no_status_and_wrong_answers_are_named(tmp_path):
    text = "order_date,due_date,delivered_date,cancelled_date\n2024-01-02,2024-01-05,2024-01-04,\n"
    orders = read(tmp_path, text + "2024-01-02,2024-01-05,,2024-01-03\n")
    assert tally(orders) == {"kept": 1, "cancelled": 1}
    with pytest.raises(SmmError, match="`answers..date_order...: is one of 'day', 'month'; found 'each'"):
        read(tmp_path, text, answers={"date_order": "each"})
    empty = read(tmp_path, "order_date,due_date,came\n2024-01-02,2024-01-05,\n", columns={"delivered_at": "came"})
    assert tally(empty) == {"open": 1}


def test_minutes_of_delay_say_what_was_late(tmp_path):
    trains = read(tmp_path, "train,delay_minutes\nRB,5\nIC,0\nS1,-2\nRE,\nRB,61\n")
    assert trains.unit is None and tally(trains) == {"late": 2, "kept": 2} and trains.rejects["row"].tolist() == [5]


def test_a_file_without_names_of_columns_and_a_number_that_repeats(tmp_path):
    with pytest.raises(TableError, match="the first row names the columns; found '2025-06-27' above dates"):
        read(tmp_path, "3,2025-06-27,2025-07-04\n4,2025-06-28,2025-07-04\n5,2025-06-29,2025-07-05\n")
    orders = read(tmp_path, "store_id,promised days,actual days\n" + "1,3,4\n2,3,3\n" * 5)
    assert "order_id" not in orders.table and tally(orders) == {"kept": 5, "late": 5}


def test_two_dates_that_say_late_where_two_durations_do_not_are_asked_about(tmp_path):
    text = "planned days,actual days,scheduled_arrival,actual_arrival\n" + "9,8,2024-03-05,2024-03-{:02d}\n" * 4
    with pytest.raises(Undecided, match="two pairs of columns say what was late, and not the same") as asked:
        read(tmp_path, text.format(4, 6, 7, 8))
    (_said, dates), (_said, spans) = asked.value.choices
    assert tally(read(tmp_path, text.format(4, 6, 7, 8), columns=spans)) == {"kept": 4}
    with pytest.raises(Undecided, match="needs the day of the order"):
        read(tmp_path, text.format(4, 6, 7, 8), columns=dates)


def test_days_and_months_have_one_order_in_all_columns(tmp_path):
    text = "order date,due date,delivered\n05/14/2024,{},2024-05-20\n05/15/2024,{},2024-05-21\n"
    with pytest.raises(TableError, match="the month first in 'order date' and the day first in 'due date'"):
        read(tmp_path, text.format("16/05/2024", "17/05/2024"))
    swapped = "order date,due date,delivered\n11/13/06,2006-12-01,2006-12-02\n2006-04-08,2006-12-01,2006-12-02\n"
    with pytest.raises(TableError, match="a program swapped|A program swapped"):
        read(tmp_path, swapped)


def test_clocks_in_columns_of_their_own_count(tmp_path):
    text = "order date,order time,due date,due time,delivered date,delivered time\n" + "".join(
        f"2024-05-0{day},10:00,2024-05-0{day},10:45,2024-05-0{day},10:{late}\n"
        for day, late in ((1, 40), (2, 50), (3, 45), (4, 59))
    )
    orders = read(tmp_path, text)
    assert orders.unit == "minutes" and tally(orders) == {"kept": 2, "late": 2}
    assert "its clock stands in 'due time'" in str(orders)


def test_clocks_in_columns_of_their_own_count_where_another_column_tells_day_from_month(tmp_path):
    text = "order date,order time,due date,due time,delivered date,delivered time\n"
    text += "03/05/2024,10:00,03/05/2024,10:45,13/05/2024,10:40\n" * 2
    orders = read(tmp_path, text, unit="minutes")
    assert orders.table["promised"].tolist() == [45, 45] and orders.table["ordered_at"].dt.month.tolist() == [5, 5]


def test_told_open_has_not_come_where_only_late_is_known(tmp_path):
    text = "id,due_at,delivered_at,status\n1,2024-01-05,2024-01-04,Zilch\n2,2024-01-05,2024-01-04,Delivered\n"
    told = {"columns": {"ordered_at": None}, "answers": {"Zilch": "open"}}
    assert tally(read(tmp_path, text, **told)) in ({"kept": 1, "open": 1}, {"kept": 1, "overdue": 1})


def test_delivered_beside_late_words_is_asked_about_and_one_late_word_means_all(tmp_path):
    text = "order,Late Delivery Status\n1,Delivered\n2,Late\n3,Slightly delayed\n4,Delivered\n"
    with pytest.raises(Undecided, match="does 'Delivered' of 'Late Delivery Status' mean in time") as asked:
        read(tmp_path, text)
    ((_said, answers),) = asked.value.choices
    assert tally(read(tmp_path, text, answers=answers)) == {"kept": 2, "late": 2}


def test_unknown_words_of_a_status_are_asked_where_others_are_known_and_told_open_has_not_come(tmp_path):
    text = "order_id,promised days,actual days,status\n1,4,3,Delivered\n2,4,0,Zilch\n3,4,2,Delivered\n"
    with pytest.raises(Undecided, match="what do 'Zilch' of 'status' mean"):
        read(tmp_path, text)
    assert tally(read(tmp_path, text, answers={"Zilch": "open"})) == {"kept": 2, "open": 1}
    late = read(tmp_path, text.replace("Zilch", "Late"))
    assert "1 orders that 'status' calls late came in time" in str(late) and tally(late) == {"kept": 3}


def test_words_for_done_are_known_beside_delivered(tmp_path):
    text = "order_id,promised days,actual days,status\n1,4,3,Delivered\n2,4,5,done\n3,4,2,Resolved\n"
    assert tally(read(tmp_path, text)) == {"kept": 2, "late": 1}


def test_a_courier_s_rating_and_an_exchange_rate_are_no_outcome_and_departures_no_arrivals(tmp_path):
    head = "booking date,planned departure,planned arrival,actual departure,actual arrival,courier rating,fx rate\n"
    orders = read(tmp_path, head + "2024-05-01,2024-05-02,2024-05-05,2024-05-02,2024-05-06,5,1.09\n" * 3)
    assert "outcome" not in orders.table and tally(orders) == {"late": 3}


def test_what_was_named_is_not_dropped_for_a_flag_and_a_flag_of_one_value_offers_both(tmp_path):
    text = "id,ETA,came on,late\n1,2024-05-05,2024-05-06,0\n2,2024-05-05,2024-05-04,0\n"
    with pytest.raises(TableError, match="needs the day of the order"):
        read(tmp_path, text, columns={"due_at": "ETA", "delivered_at": "came on"})
    with pytest.raises(Undecided, match="'1' means in time: answers={'late_is': 'not 1'}"):
        read(tmp_path, "order,Reached on time\n1,1\n2,1\n")
    assert tally(read(tmp_path, "order,Reached on time\n1,1\n2,1\n", answers={"late_is": "not 1"})) == {"kept": 2}


def test_earlier_lines_of_an_order_are_said_to_be_left_out(tmp_path):
    text = "order_id,promised days,actual days\nA,3,2\nA,3,5\nB,3,3\nC,3,1\n"
    last = read(tmp_path, text, answers={"lines": "last"})
    assert tally(last) == {"late": 1, "kept": 2} and "1 rows are earlier lines of the same orders" in str(last)


def test_a_questionnaire_in_long_form_keeps_the_person_of_every_pair(tmp_path):
    text = "person,item,expectation,perception,satisfaction\n1,tidy,5,4,4\n1,kind,4,4,4\n2,tidy,5,5,5\n2,kind,3,4,5\n"
    orders = read(tmp_path, text, **POINTS)
    assert (
        orders.table["person"].tolist() == ["1", "1", "2", "2"]
        and orders.table["item"].tolist() == ["tidy", "kind"] * 2
    )
    assert orders.beyond.tolist() == [-1, 0, 0, 1] and orders.higher_is_better


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("promised,actual\n3,4\n", {}, "unit='days'"),
        ("promised,actual\n3,4\n", {"unit": "points"}, "higher_is_better=True"),
        ("Order date,ETA,Delivered\n1/2/2024,3/2/2024,3/2/2024\n", {}, "answers={'date_order': 'day'}"),
        ("promised days,actual days\n1;234,1\n".replace(",", "|").replace(";", ","), {}, "answers={'decimal': ','}"),
        ("order,Reached on time,rating\n1,1,5\n2,0,4\n", {}, "answers={'late_is': '1'}"),
        ("order_id,promised days,actual days\nA,3,2\nA,3,5\n", {}, "answers={'lines': 'last'}"),
        ("promised days,actual days,status\n3,2,done\n3,,parked\n", {}, "answers={'parked': 'cancelled'}"),
        ("ETA,Delivered\n2024-01-05,2024-01-06\n", {}, "columns={'ordered_at': None}"),
        ("order,promised time,actual time\n1,0:30,0:25\n2,0:40,1:10\n", {}, "answers={'clock': 'h:mm'}"),
        ("order,promised time,actual time\n1,0:30:00,0:25:10\n", {}, "answers={'clock': 'h:mm:ss'}"),
        (
            "Order date,promise-date,latest-delivery-date,Delivered\n" + "2024-01-05," * 3 + "2024-01-06\n",
            {},
            "columns={'due_at': 'latest-delivery-date'}",
        ),
        ("Order date,ETA,due date,Delivered\n" + "2024-01-05," * 3 + "2024-01-06\n", {}, "columns={'due_at': 'ETA'}"),
    ],
)
def test_what_a_file_leaves_open_is_asked_with_the_words_to_type(tmp_path, text, options, words):
    with pytest.raises(Undecided) as asked:
        read(tmp_path, text, **options)
    assert words in str(asked.value)
    name, value = words.split("=", 1)
    try:
        assert read(tmp_path, text, **options | {name: eval(value)}).about.n > 0
    except Undecided as next_question:
        assert words not in str(next_question)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("id,E1,E2,P1,P2\n1,5,4,4,4\n2,5,5,4,3\n", {}, "A questionnaire has a row per person and item."),
        (
            "id,Expectation: staff,Expectation: rooms,Perception: staff,Perception: rooms\n1,5,4,4,3\n",
            {},
            "'Expectation: staff' is promised: columns={'promised': 'Expectation: staff'}",
        ),
        (
            "Order date,ETA,Delivered,x\n2024-01-05,2024-01-06,2024-01-06,7\n",
            {"columns": {"due_at": "x"}},
            "due_at is a column of dates; found number in 'x', such as '7'",
        ),
        ("promised days,actual days,x\n3,4,a\n", {"columns": {"outcome": "x"}}, "outcome is a column of numbers"),
        (
            "a;b\n1;2\n",
            {},
            "says what was promised; found none by its name among 'a', 'b'. Name it",
        ),
        ("promised days,actual days\n1,2\n", {"columns": {"promised": "Tage"}}, "`columns`: names some of ordered_at"),
        ("promised days,actual days\n1,2\n", {"columns": {"speed": "actual days"}}, "found 'speed'"),
        ("promised days,actual days\n1,2\n", {"answers": {"day": 1}}, "`answers`: is one of 'date_order'"),
        (
            "promised,actual\n1,2\n",
            {"unit": "years"},
            "`unit`: is one of None, 'days', 'hours', 'minutes', 'points'; found 'years'",
        ),
        (
            "Order date,ETA,Delivered\n2024-01-13,2024-01-15,13/01/2024\n2024-01-05,2024-01-15,2024-05-01\n",
            {},
            "days up",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(tmp_path, text, options, message):
    with pytest.raises(SmmError) as refused:
        read(tmp_path, text, **options)
    assert message in str(refused.value)
    with pytest.raises(TableError, match="`path`: must be a file or a folder; found nothing at"):
        read_orders(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("column", "bad", "reason"),
    [
        ("actual days", "soon", "no number"),
        ("actual days", "-4", "not a number of days, 0 to ten years"),
        ("due_at", "31/31/2024", "no date"),
        ("delivered_at", "2023-12-24", "not within ten years after the order"),
        ("ordered_at", "", "no day of the order"),
        ("count", "0.5", "not a whole number of orders, 1 or more"),
        ("outcome", "55", "not on the scale 1 to 5"),
    ],
)
def test_a_bad_cell_is_rejected_with_its_row_and_reason_and_no_row_is_lost(tmp_path, column, bad, reason):
    dated = {"ordered_at": "2024-01-01", "due_at": "2024-01-11", "delivered_at": "2024-01-09"}
    good = (dated if column in dated else {"promised days": "10", "actual days": "8"}) | {"outcome": "4", "count": "1"}
    table = pd.DataFrame([good, good | {column: bad}, good, good])
    orders = read(tmp_path, table.to_csv(index=False), scale=(1, 5))
    row, _role, value, why = orders.rejects.iloc[0]
    assert len(orders.table) == 4 and row == 3 and value == bad and why == reason
    assert tally(orders) == ({"kept": 4} if column == "outcome" else {"kept": 3, "rejected": 1})


def test_what_is_no_order_is_named_and_numbers_of_a_status_are_asked(tmp_path):
    text = "order_id,promised days,actual days\n1,3,2\n2,3,5\nTotal,6,7\n"
    orders = read(tmp_path, text)
    assert tally(orders) == {"kept": 1, "late": 1} and orders.rejects["reason"].tolist() == ["a last row of totals"]
    with pytest.raises(Undecided, match="what do '9' of 'status' mean"):
        read(tmp_path, "order_id,promised days,actual days,status\n1,3,2,4\n2,3,,9\n")
    coded = read(tmp_path, "order date,due date,delivered\n20240101,20240105,20240106\n20240102,20240105,20240104\n")
    assert tally(coded) == {"kept": 1, "late": 1}


def test_working_days_are_taken_by_their_name_and_words_in_place_of_a_date_mean_not_delivered(tmp_path):
    orders = read(tmp_path, "order date,promised business days,delivered\n2024-01-05,2,2024-01-09\n")
    assert tally(orders) == {"kept": 1} and "working_days=True" in orders.call  # Friday to Tuesday
    german = "Bestelldatum;Zugesagte Lieferzeit;Geliefert am\n05.01.2024;2 Werktage;09.01.2024\n"
    assert tally(read(tmp_path, german)) == {"kept": 1}
    both = "order date,promised working days,actual working days\n2024-01-05,2,3\n"
    assert tally(read(tmp_path, both)) == {"late": 1}
    text = "Дата заказа;Плановая дата;Дата получения\n" + "05.01.24;09.01.24;10.01.24\n" * 2
    waits = read(tmp_path, text + "05.01.24;09.01.24;ещё не доставлен\n")
    assert tally(waits) == {"late": 2, "overdue": 1} and "entries such as 'ещё не доставлен' mean" in str(waits)


def test_ties_are_said_and_a_line_without_an_order_is_named(tmp_path):
    head = "order id,promised days,actual days,review date,feedback date,gift\n"
    text = head + "1,3,2,2024-01-05,2024-01-06,\n2,3,5,,,\n,,,,,\n,,,,,hat\n"
    orders = read(tmp_path, text)
    said = "reviewed_at: nothing tells which of 'review date', 'feedback date' is meant, so none is taken"
    assert said in str(orders) and "reviewed" not in orders.table
    assert orders.rejects[["row", "reason"]].to_numpy().tolist() == [
        [4, "an empty row"], [5, "no order: nothing that is used stands in it"]
    ]  # fmt: skip


def test_a_review_of_the_day_of_arrival_is_placed_by_the_clock_where_there_is_one(tmp_path):
    text = (
        "ordered_at,due_at,delivered_at,reviewed_at\n" + "2024-01-01 09:00,2024-01-05,2024-01-04 {},2024-01-04 {}\n" * 2
    )
    clock = read(tmp_path, text.format("18:00", "12:00", "18:00", "19:00"))
    assert clock.table["reviewed"].tolist() == ["before arrival", "after arrival"]
    assert "reviewed_at = 'reviewed_at' (before or after the arrival by the clock)" in str(clock)
    day = read(tmp_path, text.format("18:00", "", "18:00", ""))
    assert set(day.table["reviewed"]) == {"after arrival"} and "(on the day of arrival is after it)" in str(day)


@pytest.mark.parametrize(
    ("word", "sense"),
    {
        "Not returned": None, "Nicht storniert": None, "Returned": "returned", "не выполнен": "lead",
        "No delay": "ontime", "Not on time": "late",
        "Not yet delivered": "open", "not delivered": "failed", "Без опоздания": "ontime",
    }.items(),
)  # fmt: skip
def test_a_word_that_is_denied_does_not_mean_what_it_means(word, sense):
    assert meaning(word) == sense


def test_a_status_of_returns_that_denies_them_returns_nothing(tmp_path):
    text = (
        "promised days,actual days,Order status,Return status\n3,2,done,Not returned\n3,5,done,Returned\n3,4,done,No\n"
    )
    assert tally(read(tmp_path, text.replace("done", "Delivered"))) == {"kept": 1, "late": 1, "returned": 1}
    with pytest.raises(Undecided, match="what do 'не выполнен' of 'status' mean"):
        read(tmp_path, "promised days,actual days,status\n3,2,доставлен\n3,,не выполнен\n")


def test_an_actual_range_is_no_number_and_a_delay_no_duration(tmp_path):
    orders = read(tmp_path, "promised days,actual days\n3,2\n3,3-5\n3,within 2 days\n3,4\n3,2 days late\n")
    assert tally(orders) == {"kept": 1, "late": 1, "rejected": 3}


def test_scales_written_behind_the_number_are_known_and_others_are_noted(tmp_path):
    text = "promised days,actual days,rating\n3,2,{}\n3,5,{}\n"
    assert read(tmp_path, text.format("4/5", "3/5")).scale == (1, 5)
    assert read(tmp_path, text.format("80 %", "20%")).scale == (0, 100)
    bare = read(tmp_path, text.format(4, 55))
    assert bare.scale is None and "outcome runs from 4 to 55; scale=(low, high) rejects typing errors" in bare.notes


def test_five_thousand_orders_with_a_promise_within_the_day_and_after_it_are_asked_about(tmp_path):
    rng = np.random.default_rng(1)
    ordered = pd.Timestamp("2024-01-01 08:15") + pd.to_timedelta(rng.integers(0, 200_000, 5000), unit="m")
    due = ordered + pd.to_timedelta(rng.choice([120, 4000], 5000), unit="m")
    table = pd.DataFrame({"ordered_at": ordered, "due_at": due, "delivered_at": due + pd.Timedelta(minutes=5)})
    with pytest.raises(Undecided, match=r"50% of the orders take no more than a day"):
        read(tmp_path, table.to_csv(index=False))
    assert tally(read(tmp_path, table.to_csv(index=False), unit="minutes")) == {"late": 5000}


@pytest.mark.slow
def test_five_thousand_orders_are_read_in_two_seconds(tmp_path):
    orders, _truth = simulate_orders(5000, random_state=1)
    (tmp_path / "five.csv").write_text(orders.table.to_csv(index=False))
    start = time.perf_counter()
    read_orders(tmp_path / "five.csv")
    assert time.perf_counter() - start < 2


# The public Olist files -----------------------------------------------------------------------------------------------

OLIST = {
    "orders": """order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,\
order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date
a,w,delivered,2018-01-01 21:00:00,2018-01-02 08:00:00,2018-01-03 08:00:00,2018-01-11 20:00:00,2018-01-11 00:00:00
b,x,delivered,2018-01-01 21:00:00,2018-01-02 08:00:00,2018-01-03 08:00:00,2018-01-14 09:00:00,2018-01-11 00:00:00
c,y,canceled,2018-01-01 21:00:00,2018-01-02 08:00:00,2018-01-03 08:00:00,2018-01-05 09:00:00,2018-01-11 00:00:00
d,z,shipped,2018-01-01 21:00:00,2018-01-02 08:00:00,2018-01-03 08:00:00,,2018-01-11 00:00:00
""",
    "order_reviews": """review_id,order_id,review_score,review_answer_timestamp
1,a,5,2018-01-12 10:00:00
2,b,1,2018-01-13 10:00:00
3,b,4,2018-01-20 10:00:00
4,c,2,2018-01-14 10:00:00
5,d,1,2018-01-14 10:00:00
""",
    "customers": "customer_id,customer_state\nw,SP\nx,RJ\ny,SP\nz,BA\n",
}


def olist(tmp_path, change=lambda text: text, encoding="utf-8", without=()):
    """The Olist files in a folder, each changed in the same way."""
    for name in [name for name in OLIST if name not in without]:
        (tmp_path / f"olist_{name}_dataset.csv").write_bytes(change(OLIST[name]).encode(encoding))
    return read_orders(tmp_path)


def test_the_olist_folder_is_recognised_and_joined(tmp_path):
    orders = olist(tmp_path)
    table = orders.table.set_index("order_id")
    assert table["promised"].tolist() == [10] * 4 and table["outcome"].tolist() == [5, 4, 2, 1]  # answered last
    assert orders.state().tolist() == ["kept", "late", "cancelled", "overdue"] and orders.scale == (1, 5)
    np.testing.assert_array_equal(orders.beyond, [0, -3, np.nan, np.nan])  # calendar days
    assert table["segment"].tolist() == ["SP", "RJ", "SP", "BA"]
    assert table["reviewed"].tolist()[:2] == ["after arrival"] * 2
    assert "1 earlier reviews of orders that were reviewed again were left out" in orders.notes


@pytest.mark.parametrize(
    "how",
    [
        {"change": lambda text: text.replace(",", ";")},
        {"encoding": "utf-16"},
        {"encoding": "latin-1"},
        {"without": ("customers",)},
        {"change": lambda text: text.replace("order_approved_at,", "").replace("2018-01-02 08:00:00,", "")},
        {"change": lambda text: text.replace("review_id,", "").replace("\n1,a", "\na").replace("\n2,b", "\nb")
         .replace("\n3,b", "\nb").replace("\n4,c", "\nc").replace("\n5,d", "\nd")},
    ],
)  # fmt: skip
def test_olist_comes_in_any_separator_and_encoding_and_with_columns_missing(tmp_path, how):
    orders = olist(tmp_path, **how)
    assert orders.state().tolist() == ["kept", "late", "cancelled", "overdue"]
    assert orders.table["outcome"].tolist() == [5, 4, 2, 1]


def test_one_joined_olist_table_is_read_as_well(tmp_path):
    parts = {name: pd.read_csv(io.StringIO(text), dtype=str) for name, text in OLIST.items()}
    joined = parts["orders"].merge(parts["order_reviews"].drop(index=1)).merge(parts["customers"])
    orders = read(tmp_path, joined.to_csv(index=False))
    assert orders.state().tolist() == ["kept", "late", "cancelled", "overdue"]


def test_a_folder_without_the_olist_files_is_refused(tmp_path):
    with pytest.raises(TableError, match=r"a folder must hold the public Olist files.*no olist_orders_dataset.csv"):
        read_orders(tmp_path)


# Frames ---------------------------------------------------------------------------------------------------------------

FRAME = pd.DataFrame({"promised": [3.0, 3.0, 3.0], "actual": [2.0, 5.0, np.nan], "outcome": [5, 2, 1]})


def test_a_frame_becomes_orders_and_stays_as_it_was():
    frame = FRAME.rename(columns={"outcome": "stars"})
    frame.attrs["unit"] = "points"  # means nothing to us
    before = frame.copy()
    orders = Orders.from_frame(frame, columns={"outcome": "stars"}, unit="days", origin="own", source="my shop")
    pd.testing.assert_frame_equal(frame, before)
    assert (orders.unit, orders.higher_is_better, orders.about.n, orders.about.origin) == ("days", False, 3, "own")
    assert orders.table["count"].tolist() == [1, 1, 1] and orders.table["outcome"].tolist() == [5, 2, 1]
    assert not orders.table.attrs


def test_beyond_is_more_where_more_is_better():
    assert Orders.from_frame(FRAME, unit="hours").beyond.tolist()[:2] == [1, -2]
    assert Orders.from_frame(FRAME, **POINTS).beyond.tolist()[:2] == [-1, 2]
    assert Orders.from_frame(FRAME, unit="points", higher_is_better=False).beyond.tolist()[:2] == [1, -2]


def test_dates_give_the_unit_the_durations_and_what_was_rated_before_the_arrival():
    delivered = ["2024-01-05 14:00", "2024-01-05 14:00", "2024-01-05", "2024-01-05 14:00", None]
    reviewed = ["2024-01-05", "2024-01-04", "2024-01-05 10:00", "2024-01-05 10:00", "2024-01-05"]
    dates = {"ordered_at": ["2024-01-01 22:00"] * 5, "due_at": ["2024-01-05"] * 5, "delivered_at": delivered}
    frame = pd.DataFrame(dates | {"reviewed_at": reviewed}).apply(pd.to_datetime, format="ISO8601")
    orders = Orders.from_frame(frame)
    assert orders.unit == "days" and orders.table["promised"].tolist() == [4] * 5
    early = ["after arrival", "before arrival", "after arrival", "before arrival"]  # by day where a clock is missing
    assert orders.table["reviewed"].tolist()[:4] == early and pd.isna(orders.table["reviewed"].iloc[4])
    assert orders.state().tolist() == ["kept"] * 4 + ["open"]
    assert orders.state(as_of="2024-01-06").tolist() == ["kept"] * 4 + ["overdue"]


def test_counted_orders_are_as_good_as_their_rows():
    counted = Orders.from_frame(FRAME.assign(count=[2, 1, 3]), unit="days")
    rows = Orders.from_frame(FRAME.loc[[0, 0, 1, 2, 2, 2]], unit="days")
    assert counted.about.n == rows.about.n == 6 and tally(counted) == tally(rows)


def test_what_was_late_is_enough():
    orders = Orders.from_frame(pd.DataFrame({"late": [1, 0, None], "status": ["", "Delivered", "cancelled"]}))
    assert orders.unit is None and orders.state().tolist() == ["late", "kept", "cancelled"]
    assert orders.beyond.isna().all()


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (FRAME.to_dict(), DAYS, "`df`: must be a DataFrame; found dict. Read a file with read_orders."),
        (FRAME.head(0), DAYS, "`df`: must hold at least one order"),
        (FRAME, {}, "`unit`: is one of 'days', 'hours', 'minutes', 'points'; found None"),
        (FRAME, {"unit": "points"}, "`higher_is_better`: must be told for points of a scale"),
        (FRAME, {"unit": "days", "higher_is_better": True}, "`higher_is_better`: times are better when lower"),
        (FRAME.drop(columns="actual"), DAYS, "`actual`: must be a column; found the columns 'promised', 'outcome'"),
        (
            FRAME.assign(actual=["x", 1, 2]),
            DAYS,
            "`actual`: must be a finite number, or empty; found 'x' in row 0 (1 of 3",
        ),
        (
            FRAME.assign(actual=[np.inf, 1, 2]),
            DAYS,
            "`actual`: must be a finite number, or empty; found inf in row 0",
        ),
        (FRAME.assign(actual=[-1, 1, 2]), DAYS, "`actual`: must be a number of days, 0 to ten years; found -1.0 in"),
        (FRAME.assign(count=[1, 2, 0.5]), DAYS, "`count`: must be a whole number of orders, 1 or more; found 0.5 in"),
        (FRAME.assign(order_id=list("aba")), DAYS, "`order_id`: must be unique: one row per order; found 'a' in row 2"),
        (FRAME, DAYS | {"scale": (2, 5)}, "`outcome`: must be on the scale 2 to 5; found 1.0 in row 2"),
        (FRAME, DAYS | {"columns": {"speed": "actual"}}, "`columns`: names some of promised, actual, outcome, count"),
        (FRAME.assign(reviewed="early"), DAYS, "`reviewed`: must be 'before arrival' or 'after arrival'"),
    ],
)
def test_a_frame_that_breaks_a_rule_is_refused_by_its_row(frame, options, message):
    with pytest.raises(Exception) as refused:
        Orders.from_frame(frame, **options)
    assert message in str(refused.value)


# Simulated shops ------------------------------------------------------------------------------------------------------


def test_the_sample_is_labelled_and_made_again_byte_for_byte():
    orders = read_orders(SAMPLES / "orders.csv")
    assert orders.about.origin == "simulated" and orders.unit == "days" and orders.about.n == 1500
    assert orders.rejects.empty and orders.table["actual"].isna().sum() > 0
    spec = importlib.util.spec_from_file_location("make_orders", SAMPLES / "make_orders.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.text().encode() == (SAMPLES / "orders.csv").read_bytes()


def test_what_simulate_orders_gives_comes_back_from_a_file(tmp_path):
    orders, _truth = simulate_orders(200, random_state=3)
    again = read(tmp_path, orders.table.to_csv(index=False), "simulated_orders.csv", scale=(1, 5))
    for name in ("promised", "actual", "outcome", "delivered_at", "segment", "order_id"):
        pd.testing.assert_series_equal(again.table[name], orders.table[name].astype(again.table[name].dtype))
    assert again.about.origin == "simulated" and again.state().equals(orders.state())
    assert again.table["reviewed"].equals(orders.table["reviewed"])


def test_the_simulated_truth_is_exact_in_the_mean():
    orders, truth = simulate_orders(40_000, random_state=8, answered_early=0)
    beyond = orders.beyond.fillna(-truth["cap"])  # what never came is rated as the latest
    expected = 4.2 + truth["worse"] * (-beyond).clip(0, truth["cap"]) + truth["better"] * beyond.clip(lower=0)
    assert (orders.table["outcome"] - expected).mean() == pytest.approx(0, abs=0.02)  # three standard errors
    assert set(orders.table["outcome"]) == {1, 2, 3, 4, 5}


def test_a_random_state_gives_one_shop_and_another_one_another():
    first, again, other = (simulate_orders(300, random_state=state)[0].table for state in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["actual"].equals(other["actual"])


def test_drift_and_seasons_reach_the_kept_rate():
    slower, _truth = simulate_orders(6000, random_state=2, drift=0.6, season=0)
    kept = (slower.beyond.dropna() >= 0).groupby(slower.table["ordered_at"].dt.month).mean()
    assert kept.iloc[:3].mean() - kept.iloc[-3:].mean() > 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"worse": -2}, "`worse`: expected scores stay within 1 to 5 stars; found expected scores from -"),
        ({"answered_early": 1.5}, "`answered_early`: a share between 0 and 1; found 1.5"),
    ],
)
def test_a_truth_that_cannot_be_is_refused(options, message):
    with pytest.raises(Exception) as refused:
        simulate_orders(100, **options)
    assert message in str(refused.value)
