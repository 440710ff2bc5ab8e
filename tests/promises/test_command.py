"""`smm-analysis orders`: one page in process, verdict first; one message where the input must be changed."""

import re
import subprocess
import sys

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from smm_analysis import simulate_orders
from smm_analysis.__main__ import main
from smm_analysis.tables.vocabulary import data_folder

SAMPLE = str(data_folder() / "samples" / "orders.csv")

pytestmark = pytest.mark.filterwarnings("default::smm_analysis.errors.SmmWarning")


def run(source, out, *options):
    assert main(["orders", str(source), "--out", str(out), *options]) == 0
    return BeautifulSoup((out / "index.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    out = tmp_path_factory.mktemp("pages") / "orders-report"
    soup = run(SAMPLE, out)
    return soup, " ".join(soup.get_text(" ").split()), out


def test_a_file_with_dates_needs_no_further_word(page):
    soup, text, out = page
    headings = [heading.get_text() for heading in soup.find_all("h2")]
    assert soup.h1.get_text().startswith("86% of the promises were kept")
    for part in ("How much may be promised?", "What does promising more do?", "Which orders will fall short?"):
        assert part in headings
    assert "Kept, by segment" in headings and "read_orders('orders.csv'" in text and "SHA-256" in text
    assert {image["src"] for image in soup.find_all("img")} >= {
        f"figures/{kind}.svg" for kind in ("lateness", "promise")
    }
    assert all((out / image["src"]).is_file() and len(image["alt"]) > 40 for image in soup.find_all("img"))


def test_groups_are_named_as_the_file_names_them(tmp_path):
    days = pd.date_range("2026-01-01", periods=60)
    shop = pd.DataFrame({"order_date": days, "promised_date": days + pd.Timedelta(days=3)})
    shop["city"], shop["delivered_date"] = ["Almaty", "Astana"] * 30, days + pd.to_timedelta([2, 4, 3] * 20, unit="D")
    shop.to_csv(tmp_path / "shop.csv", index=False)
    assert "Kept, by city" in run(tmp_path / "shop.csv", tmp_path / "out").get_text()


def test_verdicts_come_first_and_lead_to_the_explorer(page):
    soup, _text, out = page
    first = [item.get_text() for item in soup.find("ul", class_="verdict").find_all("li")]
    assert len(first) == 4 and first[0].startswith("Promise 18 days")
    assert soup.find("a", href="explorer.html") and "explorer.html" in (out / "smm-analysis.json").read_text()
    assert "simulated data" in (out / "explorer.html").read_text(encoding="utf-8")


def test_what_if_counts_the_same_orders_under_another_promise(page):
    (table,) = [table for table in page[0].find_all("table") if "would have fallen short" in table.get_text()]
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in table.tbody.find_all("tr")]
    assert [row[0] for row in rows][2:5] == ["1 day less", "as it was", "1 day more"]
    kept = [int(row[1].rstrip("%")) for row in rows]
    assert kept == sorted(kept)


def test_the_page_speaks_a_shop_s_words(page):
    assert not re.search(r"\b(contradict|delta|weight|a[1-5]|AICc|Brier|HC3)\b", page[1])


def test_the_risk_takes_columns_that_are_known_in_time_and_no_others(tmp_path):
    text = run(SAMPLE, tmp_path / "known", "--risk", "segment", "weekday").get_text()
    assert "Which order will be at risk can" in text
    text = run(SAMPLE, tmp_path / "late", "--risk", "outcome").get_text()
    assert "`outcome`: a feature must be known when the order is placed" in text


def test_the_page_is_written_by_default(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["orders", SAMPLE]) == 0
    said = capsys.readouterr()
    assert (tmp_path / "orders-report" / "index.html").is_file() and "orders-report" in said.out


def test_a_file_without_ratings_gets_a_page_without_their_picture(tmp_path):
    (tmp_path / "flag.csv").write_text("order_id,is_late\n" + "".join(f"{i},{'ny'[i % 3 > 1]}\n" for i in range(60)))
    assert run(tmp_path / "flag.csv", tmp_path / "report").h1.get_text() == "67% of the promises were kept"


def test_a_reader_who_hangs_up_costs_no_page(tmp_path):
    command = [sys.executable, "-m", "smm_analysis", "orders", SAMPLE, "--out", str(tmp_path / "report")]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    run.stdout.close()
    assert run.wait() == 1 and (tmp_path / "report" / "index.html").is_file()


@pytest.mark.parametrize("language", ["de", "ru", "kk"])
def test_the_whole_page_is_in_the_chosen_language(tmp_path, language, capsys):
    soup = run(SAMPLE, tmp_path / "report", "--language", language)
    assert soup.html["lang"] == language
    for english in (" orders ", " promise ", " the ", " and ", " kept "):
        assert english not in soup.get_text(" "), english


def test_all_on_time_gives_the_audit_and_the_reason_for_no_more(tmp_path, capsys):
    orders = simulate_orders(800, random_state=1)[0].table
    orders[orders["actual"] <= orders["promised"]].to_csv(tmp_path / "kept.csv", index=False)
    text = run(tmp_path / "kept.csv", tmp_path / "report").get_text(" ")
    assert "100% of the promises were kept" in text and "Not possible here:" in text


def test_a_scale_is_asked_for_its_direction_in_the_words_of_the_command(tmp_path, capsys):
    path = tmp_path / "ratings.csv"
    pd.DataFrame({"promised": [3, 4] * 40, "actual": [4, 3] * 40, "outcome": [5, 2] * 40}).to_csv(path, index=False)
    command = ["orders", str(path), "--out", str(tmp_path / "report")]
    assert main(command) == 2
    assert "--unit points" in capsys.readouterr().err
    assert main([*command, "--unit", "points"]) == 2
    assert "--better higher" in capsys.readouterr().err
    assert main([*command, "--unit", "points", "--better", "higher"]) == 0
    assert not (tmp_path / "report" / "explorer.html").exists()


def test_bad_input_is_one_message_and_code_2(tmp_path, capsys):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "none.csv").write_text("ordered_at,due_at,delivered_at,outcome\n")
    for source in ("nowhere.csv", data_folder(), tmp_path / "empty.csv", tmp_path / "none.csv"):
        assert main(["orders", str(source), "--out", str(tmp_path / "report")]) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.startswith("smm-analysis: `") and len(said.err) <= 520
        assert "survey" not in said.err and not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    "options, about",
    [
        (["--cap", "-3"], "`--cap`: must be a number, 0 or more"),
        (["--kept", "1.5"], "`--kept`: must be a share"),
        (["--columns", "outcome=a", "outcome=b"], "`--columns`: names every key once"),
        (["--columns", "outcome"], "`--columns`: names every key once"),
        (["--columns", "colour=outcome"], "colour"),
        (["--by", "nowhere"], "nowhere"),
        (["--out", SAMPLE], "`out`"),
        (["--out", SAMPLE + "/charts"], "`out`"),
    ],
)
def test_options_without_sense_are_refused_before_anything_is_said(options, about, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["orders", SAMPLE, *options]) == 2
    said = capsys.readouterr()
    assert said.out == "" and about in said.err and not (tmp_path / "orders-report").exists()
