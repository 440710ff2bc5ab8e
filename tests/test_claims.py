"""The article: all 49 sentences have their place, and a verdict that comes from data changes with the data."""

from pathlib import Path

import pandas as pd
import pytest

from smm_analysis import check_claims, load_published
from smm_analysis.claims import RULES, VERDICTS
from smm_analysis.lessons import read_numbers

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
BOOKS = {
    "01_who_uses_what",
    "02_audiences",
    "03_can_you_trust_them",
    "04_reach_and_content",
    "05_promise_and_disappointment",
    "06_how_much_to_promise",
    "07_which_audience_is_hurt",
    "08_working_as_a_specialist",
    "09_the_article_checked",
}


@pytest.fixture(scope="module")
def claims():
    return check_claims()


def verdict(claim, **changed):
    return RULES[claim](lambda name: changed.get(name, load_published(name)))[0]


def test_all_49_sentences_have_their_place(claims):
    assert claims["claim"].tolist() == list(range(1, 50))
    assert claims["verdict"].isin(VERDICTS).all() and set(claims["basis"]) == {"rule", "reason"}
    text = ["section", "kind", "wording", "phrase_de", "reason", "source", "notebook"]
    assert claims[text].notna().all().all() and (claims[text].map(len) > 2).all().all()
    assert set(claims["notebook"]) <= BOOKS


def test_the_rows_that_a_rule_decides_are_empty_in_the_table_and_the_others_are_not():
    table = load_published("article_claims")
    rule = table["basis"] == "rule"
    promised = {1, 15, 16, 17, 24, 27, 29, 31, 34, 35, 36, 42, 45, 46, 47, 48}
    assert set(table.loc[rule, "claim"]) == set(RULES) == promised
    assert table.loc[rule, ["verdict", "reason"]].isna().all().all()
    assert table.loc[~rule, ["verdict", "reason"]].notna().all().all()


def test_the_german_phrases_are_short_quotations():
    assert (load_published("article_claims")["phrase_de"].str.split().map(len) <= 20).all()


def test_a_number_that_a_sentence_points_to_is_recorded_in_its_notebook(claims):
    recorded = read_numbers(NOTEBOOKS)
    pointing = claims.dropna(subset="number")
    missing = [(row.claim, row.notebook, row.number) for row in pointing.itertuples()
               if row.number not in recorded.get(row.notebook, {})]  # fmt: skip
    assert len(pointing) >= 15 and not missing


def test_the_verdicts_today(claims):
    """What the published tables say in this edition; a new figure may change it, and then this list."""
    found = claims.set_index("claim")["verdict"]
    expected = dict.fromkeys((15, 16, 24, 27, 29, 31, 42, 45, 46, 47), "supported")
    expected |= dict.fromkeys((1, 17, 35, 36, 48), "partly") | {34: "open"}
    assert found[list(expected)].to_dict() == expected
    assert "Of 49 sentences" in claims.attrs["verdict"]


def test_ever_faster_needs_a_curve_that_bends_upwards():
    trend = load_published("platform_trend")
    years = trend["year"] - 2012
    assert verdict(1, platform_trend=trend.assign(percent=1 + 0.5 * years**2)) == "supported"
    assert verdict(1, platform_trend=trend.assign(percent=50 - years)) == "contradicted"


def pew(**cells):
    """The survey with other percentages: pew(facebook=[18-29, 30-49, 50-64, 65+])."""
    use = load_published("platform_use_by_age")
    for platform, values in cells.items():
        band = use["age_high"].notna() | (use["age_low"] == 65)
        own = (use["source"] == "Pew Research Center 2025") & (use["measure"] == "ever") & (use["platform"] == platform)
        use.loc[own & band, "percent"] = values
    return use


def test_the_young_and_the_older_change_with_the_survey():
    assert verdict(16, platform_use_by_age=pew(instagram=[20, 40, 60, 80])) == "contradicted"
    assert verdict(17, platform_use_by_age=pew(facebook=[40, 60, 70, 80])) == "supported"
    assert verdict(24, platform_use_by_age=pew(facebook=[90, 80, 74, 57])) == "partly"
    assert verdict(24, platform_use_by_age=pew(facebook=[90, 80, 74, 9])) == "contradicted"
    flat = load_published("platform_use_by_age").assign(percent=50.0)
    assert verdict(15, platform_use_by_age=flat) == "partly"


@pytest.mark.parametrize(
    ("claim", "table", "column", "factor", "expected"),
    [
        (31, "kazakhstan_wage_distribution", "percent", 0.5, "partly"),
        (45, "online_shopping_problems", "percent", 0.05, "contradicted"),
        (46, "online_shopping_problems", "percent", 0.07, "partly"),
        (47, "online_shopping_problems", "percent", 0.01, "contradicted"),
        (48, "compulsive_buying", "low", 0.1, "contradicted"),
        (35, "exchange_rates", "kzt_per_eur", 1.05, "supported"),
        (35, "exchange_rates", "kzt_per_eur", 0.5, "contradicted"),
    ],
)
def test_another_size_is_another_verdict(claim, table, column, factor, expected):
    changed = load_published(table)
    assert verdict(claim, **{table: changed.assign(**{column: changed[column] * factor})}) == expected


def test_without_a_rate_of_the_time_the_euro_stays_open():
    rates = load_published("exchange_rates")
    assert verdict(35, exchange_rates=rates[rates["period"] > "2025"]) == "open"


def test_kazakhstan_changes_with_its_counts():
    counts = load_published("kazakhstan_platforms")
    late = (counts["period"] == "2025-10") & (counts["platform"] == "instagram")
    assert verdict(27, kazakhstan_platforms=counts.assign(value=counts["value"].mask(late, 1))) == "contradicted"
    last = counts["value"].mask(counts["platform"] == "instagram", 0.1)
    assert verdict(29, kazakhstan_platforms=counts.assign(value=last)) == "contradicted"
    assert verdict(29, kazakhstan_platforms=counts[counts["platform"] != "instagram"]) == "open"


def wages(indicator, value):
    table = load_published("kazakhstan_wages")
    return table.assign(kzt_per_month=table["kzt_per_month"].mask(table["indicator"] == indicator, value))


def test_the_freelancers_wage_can_agree_be_out_of_reach_or_stay_open():
    assert verdict(34, kazakhstan_wages=wages("advertised: SMM manager", 480_000)) == "supported"
    assert verdict(34, kazakhstan_wages=wages("claimed: SMM freelancers", 3_000_000)) == "contradicted"
    assert verdict(36, kazakhstan_wages=wages("median", 50_000)) == "contradicted"
    seen = pd.concat([wages("median", 259_463), wages("median", 1).iloc[:1].assign(indicator="mean SMM freelancers")])
    assert verdict(36, kazakhstan_wages=seen) == "supported"


def test_a_platform_that_all_ages_use_alike_targets_nobody():
    gss = load_published("gss_2016_platforms_by_age")
    even = [gss.assign(age_low=low, age_high=high) for low, high in ((18, 29), (30, 49))]
    assert verdict(42, gss_2016_platforms_by_age=pd.concat(even, ignore_index=True)) == "contradicted"


def test_other_tables_are_taken_and_the_published_ones_left_alone():
    rates = load_published("exchange_rates")
    changed = check_claims({"exchange_rates": rates.assign(kzt_per_eur=510.0)}).set_index("claim")
    assert changed.loc[35, "verdict"] == "supported" and "980 euro" in changed.loc[35, "reason"]
    assert check_claims().set_index("claim").loc[35, "verdict"] == "partly"
