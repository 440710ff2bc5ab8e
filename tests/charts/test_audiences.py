"""The audience charts show the numbers of their frames, with words where colour alone would speak."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from smm_analysis import (
    AudienceMixture,
    Cells,
    load_published,
    plot_age_curve,
    plot_audience_ages,
    plot_audience_profile,
    plot_audience_sizes,
    plot_starts,
    set_language,
    simulate_people,
    theme,
)
from smm_analysis.charts.theme import COLOURS

PLATFORMS = ["facebook", "instagram", "snapchat", "twitter", "linkedin", "pinterest", "whatsapp"]


@pytest.fixture(scope="module")
def model():
    table = load_published("gss_2016_platforms_by_age")
    columns = {"count": "respondents", "weight": "weight", "weight_squared": "weight_squared"}
    return AudienceMixture(4).fit(Cells.from_table(table, items=PLATFORMS, age=("age_low", "age_high"), **columns))


@pytest.fixture(scope="module")
def profile(model):
    return model.profile(n_resamples=30)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_profile_bars_are_the_estimates_and_markers_stand_out(profile):
    ax = plot_audience_profile(profile)
    answers = profile[~profile["item"].isin(["share", "age"])]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(list(answers["estimate"]))
    assert [bar.get_alpha() == 1 for bar in ax.patches] == list(answers["marker"])
    assert [text.get_fontweight() == "bold" for text in ax.texts] == list(answers["marker"])
    assert "87%" in texts(ax) and [t.get_text() for t in ax.get_yticklabels()][0] == "Facebook"


def test_an_audience_has_one_colour_in_every_chart(model, profile):
    bars = plot_audience_profile(profile, ax=plt.figure().add_subplot()).patches
    colours = {to_hex(bar.get_facecolor()).upper() for bar in bars[:7]}
    lines = plot_age_curve(model.age_curve(n_resamples=30), ax=plt.figure().add_subplot()).lines
    sizes = plot_audience_sizes(profile, ax=plt.figure().add_subplot()).patches
    assert colours == {COLOURS[0]} == {to_hex(lines[0].get_color()).upper(), to_hex(sizes[0].get_facecolor()).upper()}


def test_the_age_curve_shows_shares_in_percent_and_dots_beyond_the_ages_asked(model):
    curve = model.age_curve(n_resamples=30)
    ax = plot_age_curve(curve)
    first = curve.query("audience == 1 and inside")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * first["estimate"])
    assert ax.get_ylim() == (0, 100) and "%" in ax.get_ylabel() and "years" in ax.get_xlabel()
    assert ax.lines[1].get_linestyle() == ":" and "dotted" in ax.figure.get_supxlabel()
    dashes = {line._dash_pattern[1] and tuple(line._dash_pattern[1]) for line in ax.lines[::2]}
    assert len(dashes) == 4
    assert [t.get_text() for t in ax.get_legend().get_texts()][0] == "1  Snapchat + Instagram"


def test_ages_and_sizes_show_estimate_and_interval(profile):
    ax = plot_audience_sizes(profile, ax=plt.figure().add_subplot())
    share = profile[profile["item"] == "share"]
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches], 100 * share["estimate"])
    np.testing.assert_allclose([line.get_xdata() for line in ax.lines], 100 * share[["low", "high"]])
    ax = plot_audience_ages(profile, ax=plt.figure().add_subplot())
    means = profile.query("item == 'age' and answer == 'mean'")
    np.testing.assert_allclose([line.get_xdata()[0] for line in ax.lines[2::3]], means["estimate"])


def test_starts_tell_how_many_reached_the_best(model):
    ax = plot_starts(model.starts_)
    agree = int(model.starts_["agrees"].sum())
    assert ax.get_title() == f"{agree} of 40 starts reached the best likelihood"
    assert sum(len(line.get_xdata()) for line in ax.lines) == 40


def test_every_caption_names_n_source_and_origin(model, profile):
    curve = model.age_curve(n_resamples=30)
    charts = {plot_audience_profile: profile, plot_audience_ages: profile, plot_audience_sizes: profile}
    for plot, frame in {**charts, plot_age_curve: curve, plot_starts: model.starts_}.items():
        caption = plot(frame, ax=plt.figure().add_subplot()).figure.get_supxlabel()
        assert "n = 1,366" in caption and "General Social Survey 2016" in caption and "published" in caption


def test_simulated_people_are_called_so():
    people, _truth = simulate_people(500, seed=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AudienceMixture(2, n_starts=2).fit(Cells.from_table(people, items=["tiktok", "facebook", "vk"]))
    assert "simulated" in plot_audience_sizes(model.profile(n_resamples=5)).figure.get_supxlabel()


def test_numbers_follow_the_language_and_the_theme_leaves_no_trace(profile):
    before = dict(plt.rcParams)
    with theme("projector"):
        assert plt.rcParams["font.size"] == 16
    assert dict(plt.rcParams) == before
    set_language("de")
    try:
        assert "n = 1.366" in plot_audience_sizes(profile).figure.get_supxlabel()
    finally:
        set_language("en")
