"""`smm-analysis orders`: readable text, charts, and one line where the input must be changed."""

import subprocess
import sys

import pandas as pd
import pytest
from smm_analysis.console import meanings

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
    assert all(meaning in said for meaning in meanings().values())
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


@pytest.mark.parametrize(
    "options, about",
    [
        (["--scale", "5", "1"], "`--scale`: the low end comes first"),
        (["--cap", "-3"], "`--cap`: must be a number, 0 or more"),
        (["--kept", "1.5"], "`--kept`: must be a share"),
        (["--column", "outcome=a", "--column", "outcome=b"], "`--column`: every column is named once"),
        (["--column", "promised=segment", "--column", "outcome=segment"], "'segment' as promised and outcome"),
        (["--out", SAMPLE], "`--out`: must be a folder"),
        (["--out", SAMPLE + "/charts"], "`--out`: must be a folder"),
    ],
)
def test_options_without_sense_are_refused_before_anything_is_said(options, about, capsys):
    assert main(["orders", SAMPLE, *options]) == 2
    said = capsys.readouterr()
    assert said.out == "" and about in said.err and said.err.count("\n") == 1


def test_a_missing_promise_names_both_ways_to_give_it(tmp_path, capsys):
    path = tmp_path / "german.csv"
    path.write_text("bestellt;termin;geliefert;sterne\n2024-01-01;2024-01-05;2024-01-04;5\n", encoding="utf-8")
    columns = ["due_at=termin", "delivered_at=geliefert", "outcome=sterne"]
    assert main(["orders", str(path), *(word for pair in columns for word in ("--column", pair))]) == 2
    said = capsys.readouterr().err
    assert "(--column promised=...), or promised and actual, or ordered_at with due_at and delivered_at" in said
    assert "(missing: ordered_at)" in said


@pytest.mark.parametrize("text", ["", "ordered_at,due_at,delivered_at,outcome\n"])
def test_a_file_without_orders_is_no_survey(text, tmp_path, capsys):
    (tmp_path / "none.csv").write_text(text)
    assert main(["orders", str(tmp_path / "none.csv")]) == 2
    said = capsys.readouterr().err
    assert "Export the file" in said and "survey" not in said and "person" not in said


@pytest.mark.filterwarnings("ignore::smm_analysis.errors.SmallSample")
def test_the_same_reason_is_given_once(tmp_path, capsys):
    simulate_orders(10, seed=1)[0].to_csv(tmp_path / "few.csv", index=False)
    assert main(["orders", str(tmp_path / "few.csv")]) == 0
    said = capsys.readouterr().out
    assert said.count("a model needs at least 50 orders") == 1
    assert said.count("for the same reason as above") >= 2


def test_every_part_says_what_it_answers_and_what_its_names_mean():
    words = meanings()
    for part, names in {
        "audit": ["over", "short_rated_early"],
        "kink": ["better", "worse_minus_better", "expectation", "constant"],
        "surface": ["b1", "b2", "a1", "a5", "p10", "p11"],
        "theories": ["delta", "weight", "contradict"],
        "risk": ["auc", "brier_skill", "flattering"],
        "quote": ["promised", "kept", "asked"],
    }.items():
        assert "?" in words[part] and all(name in words[part] for name in names)


def test_a_pipe_that_is_closed_early_is_no_error():
    command = [sys.executable, "-c", "import sys; from smm_analysis.__main__ import main; sys.exit(main(sys.argv[1:]))"]
    run = subprocess.Popen([*command, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    run.stdout.close()
    assert run.stderr.read() == b"" and run.wait() == 1
    run.stderr.close()
