import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.ticker import PercentFormatter

from smm_analysis import AudienceMixture, Cells, set_language, simulate_people
from smm_analysis.charts.alt import describe
from smm_analysis.charts.audiences import plot_audience_profile
from smm_analysis.words import percent


@pytest.fixture
def ax():
    return plt.subplots()[1]


def test_title_axes_and_caption_become_sentences(ax):
    ax.set_title("The young\nuse Snapchat", loc="left")
    ax.set(xlabel="Age (years)", ylabel="Share")
    ax.plot([20, 40], [0.5, 0.25])
    ax.figure.supxlabel("n = 1,366 · published data")
    said = "The young use Snapchat. Across: Age (years). Upwards: Share. 20 0.50, 40 0.25. n = 1,366 · published data."
    assert describe(ax.figure) == said


def test_names_on_an_axis_come_before_the_numbers(ax):
    ax.barh(["Instagram", "Facebook"], [0.5, 0.25], label="young")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    assert describe(ax.figure) == "young: Instagram 50%, Facebook 25%."


def test_a_series_is_read_by_its_label_and_helping_lines_are_not(ax):
    ax.errorbar([1, 2], [3, 4], yerr=1, label="measured")
    ax.axhline(2)
    ax.fill_between([1, 2], 3, 4)
    assert describe(ax.figure) == "measured: 1 3, 2 4."


def test_of_a_long_line_the_ends_and_the_extremes_are_read(ax):
    ax.plot(np.arange(41), np.abs(np.arange(41) - 10), label="distance")
    assert describe(ax.figure) == "distance: from 0 10, to 40 30, lowest at 10 0."


def test_a_heat_map_is_read_row_by_row(ax):
    ax.pcolormesh([[1, 2.5], [3, 4]])
    ax.set_xticks([0.5, 1.5], ["young", "old"])
    ax.set_yticks([0.5, 1.5], ["few", "many"])
    assert describe(ax.figure) == "few: young 1, old 2.50. many: young 3, old 4."


def test_numbers_follow_the_language(ax):
    ax.plot([1, 2], [0.5, 1366])
    set_language("de")
    try:
        assert describe(ax.figure) == "1 0,50, 2 1.366."
    finally:
        set_language("en")


def test_many_series_are_cut_short_and_said(ax):
    for place in range(13):
        ax.plot([0, 1], [place, place], label=f"line {place}")
    assert describe(ax.figure).endswith("line 9: 0 9, 1 9. 3 more are not read out.")


def test_a_profile_is_told_from_its_frame(ax):
    people, _truth = simulate_people(500)
    cells = Cells.from_table(people, items=["tiktok", "facebook"])
    profile = AudienceMixture(1).fit(cells).profile(n_resamples=10)
    share = profile.set_index("item")["estimate"]
    told = f"1 {profile.attrs['names'][1]}: TikTok {percent(share['tiktok'])}, Facebook {percent(share['facebook'])}."
    plot_audience_profile(profile, ax=ax)
    assert told in describe(ax.figure)
