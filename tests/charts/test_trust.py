"""The charts of trust show the numbers of their frames, and say what the verdict says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from smm_analysis import (
    AudienceMixture,
    Cells,
    audience_certainty,
    audience_outcome,
    audience_separation,
    choose_audiences,
    global_stability,
    load_published,
    plot_audience_outcome,
    plot_certainty,
    plot_choice,
    plot_global_stability,
    plot_segment_stability,
    plot_separation,
    plot_stability_across,
    segment_stability,
    set_language,
    stability_across,
    theme,
)
from smm_analysis.charts.alt import describe
from smm_analysis.charts.theme import COLOURS


@pytest.fixture(scope="module")
def cells():
    table = load_published("gss_2016_platforms_by_age")
    items = ["facebook", "instagram", "snapchat", "twitter", "linkedin", "pinterest", "whatsapp"]
    columns = {"count": "respondents", "weight": "weight", "weight_squared": "weight_squared"}
    return Cells.from_table(table, items=items, age=("age_low", "age_high"), **columns)


@pytest.fixture(scope="module")
def model(cells):
    return AudienceMixture(3).fit(cells)


@pytest.fixture(scope="module")
def frames(cells, model):
    """One frame per chart."""
    people = load_published("gss_2016_platforms_by_age")
    people["over_49"] = people["age_low"] >= 50
    columns = {"count": "respondents", "weight": "weight", "weight_squared": "weight_squared"}
    outcome = audience_outcome(model, people, "over_49", n_resamples=10, **columns)
    return {
        plot_choice: choose_audiences(cells, up_to=4, n_starts=5),
        plot_global_stability: global_stability(cells, up_to=4, n_resamples=8),
        plot_segment_stability: segment_stability(model, cells, n_resamples=8),
        plot_stability_across: stability_across(cells, up_to=4, n_starts=5),
        plot_certainty: audience_certainty(model),
        plot_separation: audience_separation(model),
        plot_audience_outcome: outcome,
    }


PLOTS = [
    plot_choice,
    plot_global_stability,
    plot_segment_stability,
    plot_stability_across,
    plot_certainty,
    plot_separation,
    plot_audience_outcome,
]


def drawn(frames, plot):
    return plot(frames[plot], ax=plt.figure().add_subplot())


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize("name", ["screen", "projector", "print"])
def test_every_chart_has_a_title_and_a_caption_inside_the_figure(frames, plot, name):
    with theme(name):
        ax = drawn(frames, plot)
        figure = ax.figure
        figure.canvas.draw()
        assert ax.get_title() or ax.get_title("left")
        assert "n = 1,366" in figure.get_supxlabel() and "published data" in figure.get_supxlabel()
        box = ax.get_tightbbox(figure.canvas.get_renderer())
        assert box.x0 > -2 and box.y0 > -2 and box.x1 < figure.bbox.x1 + 2 and box.y1 < figure.bbox.y1 + 2


@pytest.mark.parametrize("plot", PLOTS)
def test_every_chart_can_be_read_out_and_leaves_its_frame_alone(frames, plot):
    before = frames[plot].copy()
    said = describe(drawn(frames, plot).figure)
    assert len(said) > 100
    assert frames[plot].equals(before)


@pytest.mark.parametrize("plot", PLOTS)
def test_every_chart_speaks_every_language(frames, plot):
    for language in ("de", "ru", "kk"):
        set_language(language)
        try:
            drawn(frames, plot).figure.canvas.draw()
        finally:
            set_language("en")


def test_the_choice_shows_points_above_each_criterions_best(frames):
    choice, ax = frames[plot_choice], drawn(frames, plot_choice)
    bic = next(line for line in ax.lines if line.get_label() == "BIC")
    np.testing.assert_allclose(bic.get_ydata(), choice["bic"] - choice["bic"].min())
    assert ax.get_title() == choice.attrs["judgement"].headline
    assert "BIC of age alone" in texts(ax)


def test_boxes_are_the_quantiles_of_the_frame(frames):
    stable, ax = frames[plot_global_stability], drawn(frames, plot_global_stability)
    own = stable[stable["assignment"] == "age and answers"]
    boxes = [patch.get_path().vertices[:, 1] for patch in ax.patches[: len(own)]]
    np.testing.assert_allclose([box.min() for box in boxes], own["lower_quartile"])
    np.testing.assert_allclose([box.max() for box in boxes], own["upper_quartile"])


def test_an_audience_keeps_its_colour(frames):
    ax = drawn(frames, plot_segment_stability)
    assert [to_hex(box.get_facecolor()).upper() for box in ax.patches[:3]] == list(COLOURS[:3])
    bars = drawn(frames, plot_stability_across).patches[:2]
    assert [to_hex(bar.get_facecolor()).upper() for bar in bars] == list(COLOURS[:2])


def test_flows_are_as_wide_as_their_people(frames):
    flows, ax = frames[plot_stability_across], drawn(frames, plot_stability_across)
    ribbons = [patch.get_path().vertices for patch in ax.patches if len(patch.get_path().vertices) == 9]
    widths = sorted(corners[0, 1] - corners[7, 1] for corners in ribbons)
    np.testing.assert_allclose(widths, sorted(flows["share"]))


def test_the_gorge_has_a_row_per_audience(frames):
    certainty, ax = frames[plot_certainty], drawn(frames, plot_certainty)
    assert len(ax.patches) == len(certainty)
    assert len(ax.get_yticklabels()) == certainty["audience"].nunique()


def test_separation_prints_both_assignments(frames):
    ax = drawn(frames, plot_separation)
    assert len(texts(ax)) == len(frames[plot_separation])


def test_naive_and_corrected_stand_beside_each_other(frames):
    outcome, ax = frames[plot_audience_outcome], drawn(frames, plot_audience_outcome)
    points = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
    np.testing.assert_allclose(points[::2], outcome["estimate"])
    np.testing.assert_allclose(points[1::2], outcome["naive"])
    assert ax.get_xlabel() == "Share of over 49"
