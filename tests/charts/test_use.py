"""Charts of who uses what show the frame they were given, say the finding, and never rely on colour alone."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from smm_analysis import (
    Cells,
    co_use,
    load_published,
    platform_use_by_age,
    plot_co_use,
    plot_platform_use_by_age,
    plot_relative_preference,
    relative_preference,
    theme,
)
from smm_analysis.charts.alt import describe

ITEMS = ["facebook", "instagram", "snapchat", "twitter", "linkedin", "pinterest", "whatsapp"]


@pytest.fixture(scope="module")
def gss():
    return Cells.from_table(
        load_published("gss_2016_platforms_by_age"),
        items=ITEMS,
        age=("age_low", "age_high"),
        count="respondents",
        weight="weight",
        weight_squared="weight_squared",
    )


@pytest.fixture(scope="module")
def us():
    printed = load_published("platform_use_by_age")
    return printed[(printed["country"] == "US") & (printed["measure"] == "ever")]


def shown(ax):
    """What a person can read on the figure."""
    texts = [ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in ax.texts)]
    return " ".join(" ".join([*texts, ax.figure.get_supxlabel()]).split())


def points(ax):
    """Coordinates of everything that is drawn as a line with more than one point."""
    return [line.get_xydata() for line in ax.lines if len(line.get_xydata()) > 1 and line.get_linestyle() != "None"]


def test_lines_show_the_shares_of_the_frame_in_percent(us):
    use = platform_use_by_age(us[(us["year"] == 2025) & us["platform"].isin(["facebook", "instagram"])])
    ax = plot_platform_use_by_age(use)
    drawn = sorted(line[:, 1].round().tolist() for line in points(ax))
    assert drawn == [[68, 80, 74, 57], [80, 62, 40, 19]]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["18–29", "30–49", "50–64", "65+"]
    assert ax.get_ylim() == (0, 100) and "%" in ax.get_ylabel() and "years" in ax.get_xlabel()


def test_the_caption_names_people_source_and_origin(us, gss):
    assert "n = 5,022 · Pew Research Center 2025 · published data · 95% intervals" in shown(
        plot_platform_use_by_age(platform_use_by_age(us[us["year"] == 2025]))
    )
    plt.close()
    assert "n = 1,366 · General Social Survey 2016" in shown(plot_co_use(co_use(gss)))
    plt.close()
    ratio = relative_preference(us[us["year"] == 2025], of="facebook", to="instagram")
    assert "both shares taken as independent" in shown(plot_relative_preference(ratio))


def test_a_point_without_an_interval_is_hollow_and_the_caption_says_so(us):
    use = platform_use_by_age(us[us["year"].isin([2019, 2025]) & (us["platform"] == "facebook")])
    ax = plot_platform_use_by_age(use)
    faces = {line.get_markerfacecolor() for line in ax.lines if line.get_linestyle() == "None"}
    assert to_rgba("white") in map(to_rgba, faces) and len(faces) == 2
    assert "hollow: no n printed, no interval" in shown(ax)
    assert ax.get_title() == "Facebook at 18–29: 79% in 2019, 68% in 2025"
    assert {"2019", "2025"} <= {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("style", ["screen", "projector", "print"])
def test_names_at_the_ends_of_lines_do_not_overlap(gss, style):
    with theme(style):
        ax = plot_platform_use_by_age(platform_use_by_age(gss, bands=[18, 30, 50, 65]), ax=plt.subplots()[1])
        ax.figure.canvas.draw()
        boxes = [Text.get_window_extent(text) for text in ax.texts]
    assert len(boxes) == len(ITEMS)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(box.x1 <= ax.figure.bbox.x1 for box in boxes)


def test_every_line_has_a_second_sign_beside_its_colour(gss):
    ax = plot_platform_use_by_age(platform_use_by_age(gss, bands=[18, 30, 50, 65]))
    markers = [line.get_marker() for line in ax.lines if line.get_linestyle() == "None"]
    assert len(set(markers)) == len(ITEMS)


def test_ratios_are_drawn_where_they_are_on_a_scale_of_doublings(us):
    ax = plot_relative_preference(relative_preference(us[us["year"] == 2025], of="facebook", to="instagram"))
    assert ax.get_yscale() == "log"
    np.testing.assert_allclose(points(ax)[0][:, 1], [0.85, 80 / 62, 1.85, 3.0], rtol=1e-9)
    assert "more use Facebook" in shown(ax) and "more use Instagram" in shown(ax)
    assert ax.get_title() == "The older, the more Facebook for every Instagram: 0.85 at 18–29, 3.00 at 65+"


def test_the_title_turns_round_with_the_data(us):
    ax = plot_relative_preference(relative_preference(us[us["year"] == 2025], of="instagram", to="facebook"))
    assert ax.get_title().startswith("The younger, the more Instagram for every Facebook: 1.18 at 18–29, 0.33 at 65+")


def test_several_surveys_get_a_line_each_and_the_last_one_the_title(us):
    ratio = relative_preference(us[us["year"].isin([2019, 2021, 2025])], of="facebook", to="instagram")
    ax = plot_relative_preference(ratio)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["2019", "2021", "2025"]
    assert ax.get_title().endswith("(2025)") and "3.00 at 65+" in ax.get_title()


def test_the_matrix_of_co_use_writes_every_share_and_its_people(gss):
    ax = plot_co_use(co_use(gss))
    rows = [tick.get_text() for tick in ax.get_yticklabels()]
    assert rows[0] == "Facebook (n = 1,020)" and len(rows) == 7
    assert len([text for text in ax.texts if text.get_text().endswith("%")]) == 49
    assert ax.get_title() == "72% of Snapchat's users also use Instagram; of all people 34%"
    for text in ax.texts:
        share = float(text.get_text().rstrip("%"))
        assert text.get_color() == ("white" if share > 55 else "black")


def test_every_chart_can_be_told_in_words(us, gss):
    plot_platform_use_by_age(platform_use_by_age(us[us["year"] == 2025]), ax=plt.subplots()[1])
    assert "18–29 80%" in describe(plt.gcf())
    plot_relative_preference(
        relative_preference(gss, of="facebook", to="instagram", bands=[18, 30, 50, 65]), ax=plt.subplots()[1]
    )
    assert "65+ 9.97" in describe(plt.gcf())
    plot_co_use(co_use(gss), ax=plt.subplots()[1])
    assert "Snapchat" in describe(plt.gcf()) and "Instagram 72%" in describe(plt.gcf())


def test_a_hidden_share_leaves_a_gap_and_the_caption_says_why(us):
    use = platform_use_by_age(us[(us["year"] == 2025) & us["platform"].isin(["facebook", "instagram"])])
    use.loc[(use["platform"] == "facebook") & (use["age_low"] == 30), ["estimate", "low", "high"]] = np.nan
    ax = plot_platform_use_by_age(use)
    assert any(np.isnan(line[:, 1]).sum() == 1 for line in points(ax))
    assert "a gap: too few people to show" in shown(ax) and "nan" not in describe(ax.figure).lower()
    use.loc[use["platform"] == "facebook", ["estimate", "low", "high"]] = np.nan
    assert "Facebook" not in [text.get_text() for text in plot_platform_use_by_age(use, ax=plt.subplots()[1]).texts]
    use.loc[(use["platform"] == "instagram") & (use["age_low"] > 18), ["estimate", "low", "high"]] = np.nan
    ax = plot_platform_use_by_age(use, ax=plt.subplots()[1])
    assert ax.get_title() == "The largest share shown: Instagram, 80% at 18–29"
