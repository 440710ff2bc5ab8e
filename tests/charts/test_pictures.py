"""Marks are the numbers of the answer; a title claims no more than is drawn and sure."""

import re
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from charts.test_sheet import SIGNS, faults
from frames import answers
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from smm_analysis.answer import About, Answer
from smm_analysis.audiences.profile import _curve_says, clear_leads
from smm_analysis.charts import draw
from smm_analysis.charts.alt import describe
from smm_analysis.charts.style import AUDIENCE, BROKEN, DIM, KEPT


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def changed(kind, **columns):
    """The answer of a chart with other numbers in its table."""
    answer = answers()[kind]
    return replace(answer, table=answer.table.assign(**columns))


def title(answer, kind=None):
    return draw(answer, kind or answer.charts[0]).get_title().replace("\n", " ")


def only(kind, *audiences):
    answer = answers()[kind]
    return replace(answer, table=answer.table[answer.table["audience"].isin(audiences)])


def colours(patches):
    return {to_hex(patch.get_facecolor()).upper() for patch in patches}


# Marks ----------------------------------------------------------------------------------------------------------------


def test_profile_bars_are_the_estimates_on_those_of_everybody():
    answer = answers()["profile"]
    ax = answer.plot()
    own = answer.table[~answer.table["item"].isin(["share", "age"]) & (answer.table["audience"] == 1)]
    own = own.sort_values("overall", ascending=False, kind="stable")
    everybody, bars = np.array_split(np.array([bar.get_width() for bar in ax.patches]), 2)
    np.testing.assert_allclose(everybody, 100 * own["overall"])
    np.testing.assert_allclose(bars, 100 * own["estimate"])
    assert [t.get_text() for t in ax.get_yticklabels()][0] == "Facebook"


def test_colour_says_that_an_audience_surely_differs():
    ax = changed("profile", low=0.0, high=1.0).plot()
    assert colours(ax.patches[4:]) == {DIM}


def test_an_audience_has_one_colour_in_every_chart():
    curve = answers()["age_curve"].plot()
    assert [line.get_color() for line in curve.lines[:3]] == list(AUDIENCE[:3])
    one = only("age_curve", 2).plot()
    assert one.lines[0].get_color() == AUDIENCE[1]


def test_the_age_curve_is_drawn_where_people_were_asked():
    answer = answers()["age_curve"]
    first = answer.table.query("audience == 1")
    ax = answer.plot()
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * first["estimate"])
    assert ax.get_xlim() == tuple(answer.table["age"].agg(["min", "max"])) and "years" in ax.get_xlabel()


def test_reach_has_a_column_per_audience_and_the_plan_a_bar_per_mix():
    answer = answers()["reach"]
    ax = answer.plot()
    assert len([other for other in ax.figure.axes]) == answer.table["audience"].nunique() - 1
    plan = answers()["plan"]
    widths = [bar.get_width() for bar in plan.plot().patches]
    np.testing.assert_allclose(widths[0], 100 * plan.table["estimate"].iloc[0])
    assert len(widths) <= 9


def test_lateness_is_blue_where_kept_and_red_where_broken():
    answer = answers()["lateness"]
    ax = answer.plot()
    shown = answer.bands.query("measure == 'dissatisfied' and n > 0 and reviews == 'after arrival'")
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], 100 * shown["estimate"])
    assert to_hex(ax.patches[0].get_facecolor()).upper() == KEPT
    assert to_hex(ax.patches[3].get_facecolor()).upper() == BROKEN
    said = [label.get_text() for label in ax.get_xticklabels()]
    assert said == ["10+\nearly", "1–9\nearly", "as\npromised", "1–3\nlate", "4–7\nlate", "8+\nlate"]
    foot = ax.figure.texts[1].get_text()
    assert f"n = {answer.due:,}" in foot and f"reviews after the arrival: {shown['n'].sum():,}" in foot
    few = answer.bands.assign(n=answer.bands["n"].where(answer.bands["band"] < 5, 2))
    ax = replace(answer, parts={**answer.parts, "bands": few}).plot()
    assert [text.get_text() for text in ax.texts if "n = " in text.get_text()][0].endswith("%\nn = 2")


def test_the_promise_stands_beside_the_experience():
    answer = answers()["promise"]
    ax = answer.plot()
    np.testing.assert_allclose(ax.collections[-1].get_offsets()[:, 0], answer.effects["estimate"])
    said = [t.get_text().replace("\n", " ") for t in ax.get_yticklabels()]
    assert said[:3] == ["where the promise is broken", "promise 1 day less", "deliver 1 day earlier"]


def test_the_kink_stays_near_the_promise_and_inside_the_scale():
    ax = answers()["kink"].plot("kink")
    x, y = np.hstack([line.get_data() for line in ax.lines[:2]])
    assert x.min() >= -12 and x.max() <= 7 and y.min() >= 1 and y.max() <= 5


def test_the_surface_shows_nothing_outside_the_data():
    answer = answers()["surface"]
    ax = answer.plot()
    assert (ax.get_xlim()[0], ax.get_ylim()[1]) == (answer.hull["promised"].min(), answer.hull["actual"].max())


def test_every_sentence_has_its_sign():
    answer = answers()["claims"]
    ax = answer.plot()
    assert sum(text.get_text() in SIGNS for text in ax.texts) == len(answer.table)
    told = [int(n) for n in re.findall(r"\d+", title(answer))]
    assert told[0] == sum(told[1:]) == len(answer.table), "no sentence is left unnamed"
    assert "Young people prefer Instagram" in {text.get_text() for text in ax.texts}


def test_no_heading_of_sentences_stands_at_the_foot_of_a_column():
    texts = [text for text in answers()["claims"].plot().texts if text.get_text() and text.get_text() not in SIGNS]
    for text, below in zip(texts, texts[1:], strict=False):
        assert text.get_weight() == "normal" or text.get_position()[1] < below.get_position()[1]


def test_the_cell_of_the_title_is_outlined():
    ax = answers()["co_use"].plot()
    (frame,) = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    column, row = (int(at) for at in frame.get_xy())
    labels = ax.get_xticklabels()[column].get_text(), ax.get_yticklabels()[row].get_text()
    assert all(name.split(",")[0] in title(answers()["co_use"]) for name in labels)


def test_an_age_without_an_answer_leaves_a_gap():
    answer = answers()["use_by_age"]
    table = answer.table[answer.table["platform"].isin(["facebook", "vk", "tiktok"])].reset_index(drop=True)
    table.loc[1, ["estimate", "low", "high"]] = np.nan
    ax = replace(answer, table=table).plot()
    assert sum(np.isnan(line.get_ydata()).sum() for line in ax.lines) == 1


def test_bands_that_differ_by_platform_are_steps():
    rows = [("vk", 0, 24, 0.9), ("vk", 25, 39, 0.7), ("vk", 40, np.nan, 0.5), ("tiktok", 0, 34, 0.6),
            ("tiktok", 35, np.nan, 0.2), ("threads", 0, np.nan, 0.1)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["platform", "age_low", "age_high", "estimate"]).assign(low=np.nan, high=np.nan)
    ax = Answer(table, About(n=60, level=0.9), charts=("use_by_age",)).plot()
    assert [len(line.get_xdata()) for line in ax.lines] == [4, 3, 2]
    assert [line.get_linestyle() for line in ax.lines] == ["-", "-", "--"], "all ages are no age group"
    assert {"VK: 50%", "Threads, all ages"} <= {text.get_text() for text in ax.texts} and faults(ax.figure) == []
    one = Answer(table[5:].assign(low=0.05, high=0.2), About(n=60, level=0.9), charts=("use_by_age",)).plot()
    assert one.get_xlabel() == "" and not len(one.get_xticks()) and [bar.get_width() for bar in one.patches] == [10]


def test_a_step_has_the_interval_that_the_title_rests_on():
    rows = [("vk", 0, 29, 0.9, 0.8, 0.95), ("vk", 30, np.nan, 0.5, 0.4, 0.6)]
    table = pd.DataFrame(rows, columns=["platform", "age_low", "age_high", "estimate", "low", "high"])
    ax = Answer(table, About(n=60, level=0.95), charts=("use_by_age",)).plot()
    ends = [line[:, 1].tolist() for bars in ax.collections[:1] for line in bars.get_segments()]
    np.testing.assert_allclose(ends, [[80, 95], [40, 60]])


def test_unknown_intervals_claim_nothing():
    for kind in ("profile", "age_curve", "segments", "reach"):
        none = changed(kind, low=np.nan, high=np.nan)
        assert "nan" not in describe(draw(none, kind).figure)
    assert title(changed("age_curve", low=np.nan, high=np.nan)) == "At no age does one audience clearly lead"


def test_both_policies_get_a_line_each():
    answer = answers()["kept_by_month"]
    both = pd.concat([answer.months.assign(group=name, kept=answer.months["kept"] - less)
                      for name, less in (("renewed monthly", 0), ("never changed", 0.1))])  # fmt: skip
    ax = replace(answer, parts={"months": both}).plot()
    assert any("never changed" in text.get_text() for text in ax.texts)
    assert [line.get_color() for line in ax.lines[:2]] == [KEPT, BROKEN]


# Titles ---------------------------------------------------------------------------------------------------------------


def leading(*rows):
    """An age curve of (audience, age, low, high)."""
    table = pd.DataFrame(rows, columns=["audience", "age", "low", "high"])
    table["estimate"] = (table["low"] + table["high"]) / 2
    about, facts = About(n=9, level=0.9, names={1: "young", 2: "old"}), {"effective_n": 999, "n_parameters": 1}
    return Answer(table, about, _curve_says, facts=facts, charts=("age_curve",))


def test_a_leader_is_claimed_only_where_intervals_are_apart():
    apart = leading((1, 20, 0.7, 0.9), (1, 30, 0.4, 0.6), (1, 40, 0.1, 0.3),
                    (2, 20, 0.1, 0.3), (2, 30, 0.4, 0.6), (2, 40, 0.7, 0.9))  # fmt: skip
    assert clear_leads(apart.table) == [(1, 20, 20), (2, 40, 40)]
    assert title(apart) == "From 20 to 20 “young” clearly leads, from 40 to 40 “old”"
    touching = replace(apart, table=apart.table.assign(low=0.3, high=0.7))
    assert title(touching) == "At no age does one audience clearly lead"
    once = leading((1, 20, 0.7, 0.9), (1, 30, 0.4, 0.6), (2, 20, 0.1, 0.3), (2, 30, 0.4, 0.6))
    assert title(once) == "From 20 to 20 “young” clearly leads"


@pytest.mark.parametrize(("kind", "neutral"), [
    ("age_curve", "Who is in which audience at each age"),
    ("profile", "How these audiences differ from everybody"),
    ("segments", "How surely each audience would be found again"),
    ("outcome", "“buys” by audience"),
])  # fmt: skip
def test_of_a_part_of_the_audiences_nothing_is_claimed_about_all(kind, neutral):
    assert title(only(kind, 1, 2), kind) == neutral


def test_a_mix_parts_audiences_only_where_intervals_are_apart():
    assert "could reach 88% of “Snapchat + Instagram” and 3% of “light users”" in title(answers()["reach"])
    assert title(changed("reach", low=0.0, high=1.0)) == "Snapchat could reach 88% of “Snapchat + Instagram”"


def test_a_kink_is_claimed_only_where_both_slopes_are_surely_different():
    answer, table = answers()["kink"], answers()["kink"].table
    assert title(answer, "kink") == "Falling short costs more than going as far beyond brings"
    table = table.assign(low=table["low"].mask(table["term"] == "worse_minus_better", -1.0))
    assert title(replace(answer, table=table), "kink") == "How the score changes around the promise"


def test_a_difference_of_outcomes_is_claimed_only_where_sure():
    answer = answers()["outcome"]
    none = replace(answer, parts={**answer.parts, "contrasts": answer.contrasts.assign(p_holm=0.5)})
    assert title(none) == "No difference between audiences is sure"
    assert "46%" in title(answer)


def test_the_preference_of_the_last_survey_speaks():
    answer = answers()["relative_preference"]
    assert "0.85 at 18–29, 3.00 at 65+" in title(answer)
    assert {"2025: 3.00", "0.85"} <= {text.get_text() for text in answer.plot().texts}


def test_acting_on_the_risk_pays_only_where_a_gain_is_sure():
    answer = answers()["net_benefit"]
    table = answer.net_benefit.assign(low=-1.0)
    none = replace(answer, parts={**answer.parts, "net_benefit": table})
    assert title(none, "net_benefit") == "That acting on the risk pays is not shown here"
    gain = answer.net_benefit["strategy"] == "gain"
    for sure, said in ((1, "is not shown here"), (2, "over acting on all or on none")):  # a single one is chance
        low = np.where(gain & (gain.cumsum() <= sure), 0.01, -1.0)
        some = replace(answer, parts={**answer.parts, "net_benefit": answer.net_benefit.assign(low=low)})
        assert title(some, "net_benefit").endswith(said)


def test_months_that_kept_less_are_counted_by_the_answer():
    answer = answers()["kept_by_month"]
    short = replace(answer, parts={"months": answer.months.assign(short=True)})
    n = len(answer.months)
    assert title(short).startswith(f"{n} of {n} monthly quotes were kept less often than 90% by more than chance")
    none = replace(answer, parts={"months": answer.months.assign(short=False)})
    assert title(none) == "Every month’s quote held 90%, within chance; at worst 89.7%"


def test_another_survey_is_promised_only_where_agreement_is_firm():
    answer = answers()["stability"]
    for low, said in ((0.85, "yes"), (0.7, "not sure")):
        facts = {**answer.facts, "agreed": {2: (0.9, low, 0.95), 3: (0.9, low, 0.95)}}
        ax = draw(replace(answer, facts=facts), "stability")
        assert [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()] == [
            f"{k} audiences: {said}" for k in (2, 3)
        ]
