"""A figure says itself in words."""

import matplotlib.pyplot as plt
import pytest
from frames import answers

import smm_analysis as smm
from smm_analysis.charts import DRAW, as_svg
from smm_analysis.charts.alt import describe, speak


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")
    smm.set_language("en")


@pytest.mark.parametrize("kind", sorted(DRAW))
def test_every_chart_says_its_finding_its_marks_and_its_source(kind):
    ax = answers()[kind].plot(kind)
    said = describe(ax.figure)
    assert said.startswith(ax.get_title().replace("\n", " ")) and said.endswith(".")
    assert len(said) > len(ax.get_title()) + 60 and "nan" not in said and "{" not in said


def test_a_profile_names_every_audience_with_its_answers():
    said = describe(answers()["profile"].plot().figure)
    assert "Snapchat + Instagram: Facebook 87%" in said and "n = 1,366" in said


def test_two_panels_are_told_one_after_the_other():
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5))
    first, second = answers()["age_curve"].plot(ax=left), answers()["plan"].plot(ax=right)
    said = describe(figure)
    assert said.index(first.get_title().split("\n")[0]) < said.index(second.get_title().split("\n")[0])


def test_of_a_readers_own_figure_the_words_are_read():
    figure, ax = plt.subplots()
    ax.barh(["young", "old"], [0.725, 30])
    ax.set(title="Most are young", xlabel="Share (%)")
    assert describe(figure) == "Most are young. Share (%)."


def test_outside_a_notebook_nothing_is_set():
    assert speak(as_svg) is None
