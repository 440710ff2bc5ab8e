"""`smm-analysis orders`: readable text, charts, and one line where the input must be changed."""

import pandas as pd
import pytest

from smm_analysis import simulate_orders
from smm_analysis.__main__ import main
from smm_analysis.tables.published import data_folder

SAMPLE = str(data_folder() / "samples" / "orders.csv")


@pytest.mark.filterwarnings("default::smm_analysis.errors.Drift")
def test_a_file_with_dates_needs_no_further_word_and_gives_its_charts(tmp_path, capsys):
    assert main(["orders", SAMPLE, "--out", str(tmp_path)]) == 0
    said, doubts = capsys.readouterr()
    assert "`late`: shares expected and seen differ in 2023-12" in doubts
    assert "1,500 orders from orders.csv; 0 values rejected." in said
    for part in ("Audit", "Kink, reviews: all", "Kink, reviews: after arrival", "Surface", "Falling short hurts"):
        assert part in said
    for part in ("Risk of coming late", "Quote, anew every month", "if the coming weeks resemble these", "2023-10"):
        assert part in said
    charts = {"promise_audit.png", "disconfirmation.png", "promise_surface.png", "theories.png"}
    charts |= {"risk_calibration.png", "risk_by_month.png", "net_benefit.png", "kept_by_month.png"}
    assert {path.name for path in tmp_path.iterdir()} == charts


def test_all_on_time_gives_the_audit_and_the_reason_for_no_kink(tmp_path, capsys):
    orders = simulate_orders(800, seed=1)[0]
    orders[orders["actual"] <= orders["promised"]].to_csv(tmp_path / "kept.csv", index=False)
    assert main(["orders", str(tmp_path / "kept.csv")]) == 0
    said = capsys.readouterr().out
    assert "100.0% of" in said and "Not possible here: `actual`: the harm of falling short" in said


def test_a_scale_without_dates_is_asked_for_its_direction(tmp_path, capsys):
    path = tmp_path / "ratings.csv"
    pd.DataFrame({"expected": [3, 4] * 40, "got": [4, 3] * 40, "stars": [5, 2] * 40}).to_csv(path, index=False)
    columns = ["--column", "promised=expected", "--column", "actual=got", "--column", "outcome=stars"]
    assert main(["orders", str(path), *columns]) == 2
    assert "`--better`: must be said for a scale without dates" in capsys.readouterr().err
    assert main(["orders", str(path), *columns, "--better", "higher"]) == 0
    assert "Not possible here: `promised`: a surface needs at least 3 different values" in capsys.readouterr().out


@pytest.mark.parametrize("source", ["nowhere.csv", str(data_folder())])
def test_bad_input_is_one_line_and_code_2(source, capsys):
    assert main(["orders", source]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("smm-analysis: `path`: ") and said.err.count("\n") == 1
