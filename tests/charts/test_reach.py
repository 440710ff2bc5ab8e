"""The charts of reach show the numbers of their frames, and say them in words."""

import matplotlib.pyplot as plt
import pytest

from smm_analysis import (
    AudienceMixture,
    Cells,
    audience_reach,
    content_calendar,
    plan_platforms,
    plot_calendar,
    plot_platform_plan,
    plot_reach,
    simulate_people,
    theme,
)
from smm_analysis.charts.alt import describe

COST = {"instagram": 4, "tiktok": 4, "facebook": 3, "vk": 2}


@pytest.fixture(scope="module")
def fitted():
    cells = Cells.from_table(simulate_people(1500, seed=3)[0], items=["instagram", "tiktok", "facebook", "vk"])
    return AudienceMixture(2, n_starts=4).fit(cells), cells


@pytest.fixture(scope="module")
def reach(fitted):
    return audience_reach(*fitted, mixes=[["instagram"], ["facebook", "vk"]], n_resamples=20)


@pytest.fixture(scope="module")
def plan(fitted):
    return plan_platforms(*fitted, audience=1, budget=9, cost=COST, n_resamples=20)


def test_reach_has_a_sign_of_its_own_for_every_audience(reach):
    ax = plot_reach(reach)
    assert len({line.get_marker() + str(line.get_markerfacecolor()) for line in ax.lines}) == 3
    shares = reach[reach["quantity"] == "reach"]
    drawn = sorted(x for line in ax.lines for x in line.get_xdata())
    assert drawn == pytest.approx(sorted(100 * shares["estimate"]))
    assert "Instagram: everybody" in describe(ax.figure)


def test_the_plan_hatches_the_articles_rule_and_writes_how_often_a_mix_is_best(plan):
    ax = plot_platform_plan(plan)
    shown = plan[(plan.index < 8) | plan["rule"]]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(list(100 * shown["estimate"]))
    assert [bool(bar.get_hatch()) for bar in ax.patches] == list(shown["rule"])
    assert f"best in {plan['chosen'][0]:.0%}" in ax.texts[0].get_text()
    assert ax.get_yticklabels()[0].get_text().endswith(f"({plan['cost'][0]})")


def test_the_calendar_draws_every_post_once_and_every_visit(plan):
    calendar = content_calendar(plan, start="2024-02-05", weeks=3)
    ax = plot_calendar(calendar)
    visits = [line for line in ax.lines if line.get_linestyle() == ":"]
    dots = sum(len(line.get_xdata()) for line in ax.lines if line not in visits)
    assert len(visits) == 3 and dots == (calendar["task"] == "post").sum()
    assert {line.get_marker() for line in ax.lines} >= {"o", ">"}


@pytest.mark.parametrize("name", ["screen", "projector", "print"])
def test_title_and_caption_stay_inside_the_figure(name, reach, plan):
    with theme(name):
        for draw in (lambda: plot_reach(reach), lambda: plot_platform_plan(plan)):
            figure = plt.figure()
            ax = draw()
            figure.canvas.draw()
            assert ax.title.get_window_extent().y1 <= figure.bbox.y1 + 1
            assert "simulated data" in figure.get_supxlabel()
