"""The article: all 49 sentences have their place, and the rules of notebook 09 follow the data."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import smm_analysis as smm

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
VERDICTS = {"supported", "partly", "contradicted", "open", "normative", "definition"}
RULES = {1, 15, 16, 17, 27, 29, 31, 34, 35, 36, 42, 45, 46, 47, 48}


@pytest.fixture
def judged(monkeypatch):
    """Runs the cells of notebook 09 with some published tables changed; the claims with their verdicts."""
    cells = json.loads((NOTEBOOKS / "09_the_article_checked.ipynb").read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

    def run(**changed):
        load = smm.load_published
        monkeypatch.setattr(smm, "load_published", lambda name: changed[name] if name in changed else load(name))
        names = {}
        for cell in code:
            exec(compile(cell, "notebook 09", "exec"), names)
            plt.close("all")
        monkeypatch.undo()
        return names["claims"]

    return run


def pew(**shares):
    """The survey with other percentages: pew(facebook=[18-29, 30-49, 50-64, 65+])."""
    use = smm.load_published("platform_use_by_age")
    band = use["age_high"].notna() | (use["age_low"] == 65)
    survey = (use["source"] == "Pew Research Center 2025") & (use["measure"] == "ever")
    for platform, values in shares.items():
        use.loc[survey & band & (use["platform"] == platform), "percent"] = values
    return use


def scaled(name, column, factor):
    table = smm.load_published(name)
    return table.assign(**{column: table[column] * factor})


def test_all_49_sentences_have_their_place():
    claims = smm.load_published("article_claims")
    assert claims["claim"].tolist() == list(range(1, 50))
    rule = claims["basis"] == "rule"
    assert set(claims.loc[rule, "claim"]) == RULES and set(claims["basis"]) == {"rule", "reason"}
    assert claims.loc[rule, ["verdict", "reason"]].isna().all().all()
    assert claims.loc[~rule, ["verdict", "reason"]].notna().all().all()
    assert set(claims.loc[~rule, "verdict"]) <= VERDICTS
    assert claims[["section", "kind", "wording", "phrase_de", "source", "notebook"]].notna().all().all()
    assert set(claims["notebook"]) <= {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    assert (claims["phrase_de"].str.split().map(len) <= 20).all(), "a quotation is short"


def test_the_verdicts_today(judged):
    """What the published tables say in this edition; a new figure may change it, and then this list."""
    claims = judged()
    expected = dict.fromkeys((15, 16, 27, 29, 45, 46, 47), "supported")
    expected |= dict.fromkeys((1, 17, 31, 35, 42, 48), "partly") | dict.fromkeys((34, 36), "open")
    assert claims.loc[list(expected), "verdict"].to_dict() == expected and set(expected) == RULES
    assert claims[["verdict", "reason"]].notna().all().all()


def test_other_figures_are_other_verdicts(judged):
    trend = smm.load_published("platform_trend")
    years = trend["year"] - 2012
    rates = scaled("exchange_rates", "kzt_per_eur", 1.05)
    claims = judged(
        platform_trend=trend.assign(percent=1 + 0.5 * years**2),
        platform_use_by_age=pew(instagram=[20, 40, 60, 80], facebook=[40, 60, 70, 99]),
        kazakhstan_wage_distribution=scaled("kazakhstan_wage_distribution", "percent", 0.5),
        online_shopping_problems=scaled("online_shopping_problems", "percent", 0.05),
        compulsive_buying=scaled("compulsive_buying", "low", 0.1),
        exchange_rates=rates,
    )
    expected = {1: "supported", 16: "contradicted", 31: "contradicted", 35: "supported"}
    expected |= {45: "contradicted", 47: "contradicted", 48: "contradicted"}
    assert claims.loc[list(expected), "verdict"].to_dict() == expected


def test_half_of_a_sentence_is_partly_and_no_figure_is_open(judged):
    trend, rates = smm.load_published("platform_trend"), smm.load_published("exchange_rates")
    claims = judged(
        platform_trend=trend.assign(percent=50 - (trend["year"] - 2012)),
        platform_use_by_age=smm.load_published("platform_use_by_age").assign(percent=50.0),
        online_shopping_problems=scaled("online_shopping_problems", "percent", 0.07),
        exchange_rates=rates[pd.to_datetime(rates["period"], format="mixed") > "2025"],
    )
    expected = {1: "contradicted", 15: "partly", 35: "open", 46: "partly"}
    assert claims.loc[list(expected), "verdict"].to_dict() == expected
