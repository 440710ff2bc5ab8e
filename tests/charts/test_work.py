"""The charts of wages, months and the article show their frames, with signs where colour alone would speak."""

import pytest
from matplotlib.colors import to_rgb

from smm_analysis import (
    check_claims,
    load_published,
    plot_claims,
    plot_income_months,
    plot_wages,
    simulate_income,
)
from smm_analysis.charts.alt import describe
from smm_analysis.charts.work import SIGNS


def test_a_claim_and_an_advertisement_do_not_look_like_statistics():
    wages = load_published("kazakhstan_wages").drop_duplicates("indicator", keep="last")
    ax = plot_wages(wages)
    said = [line for line in ax.lines if line.get_marker() == "D"]
    assert len(said) == 1 and sorted(said[0].get_xdata()) == [250_000, 500_000]
    assert to_rgb(said[0].get_markerfacecolor()) == (1, 1, 1) and "hollow" in ax.figure.get_supxlabel()
    assert "claimed: SMM freelancers, 2024-02: 500,000" in describe(ax.figure)


def test_the_months_stand_beside_three_lines_with_their_amounts():
    income = simulate_income(orders=5, fee=100_000, years=500)
    ax = plot_income_months(income)
    labels = ax.get_legend_handles_labels()[1]
    assert labels[1:] == ["mean month: 500,000", "median wage: 259,463", "minimum wage: 70,000"]
    assert len({str(line._dash_pattern) for line in ax.lines}) == 4
    assert "simulated data" in ax.figure.get_supxlabel()


def test_every_sentence_has_a_tile_with_its_number_and_its_sign():
    claims = check_claims()
    ax = plot_claims(claims)
    assert [text.get_text() for text in ax.texts] == [
        f"{claim} {SIGNS[verdict]}" for claim, verdict in zip(claims["claim"], claims["verdict"], strict=True)
    ]
    thick = [patch.get_linewidth() > 2 for patch in ax.patches]
    assert thick == (claims["basis"] == "rule").tolist() and ax.get_title() == claims.attrs["verdict"]
    assert "17 partly" in describe(ax.figure)


def test_the_picture_follows_the_verdicts():
    rates = load_published("exchange_rates").assign(kzt_per_eur=510.0)
    ax = plot_claims(check_claims({"exchange_rates": rates}))
    assert next(text.get_text() for text in ax.texts if text.get_text().startswith("35 ")) == "35 ✓"


@pytest.mark.parametrize("sign", SIGNS.values())
def test_the_font_has_every_sign(sign):
    from matplotlib.font_manager import findfont, get_font

    assert ord(sign) in get_font(findfont("DejaVu Sans")).get_charmap()
