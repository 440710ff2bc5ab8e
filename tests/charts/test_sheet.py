"""Every chart on the skeleton: nothing overprints or leaves its place, the foot claims only what is known."""

import gettext
import itertools
import re
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
from frames import answers
from matplotlib.text import Text

import smm_analysis as smm
from smm_analysis import words as words_of
from smm_analysis.answer import About
from smm_analysis.charts import DRAW, draw, set_theme
from smm_analysis.charts.sheet import room_of

KINDS = sorted(DRAW)
PANELS = [
    "profile",
    "how_many",
    "co_use",
    "use_by_age",
    "lateness",
    "kink",
    "kept_by_month",
    "plan",
    "claims",
]
SIGNS = set("✓◐?=!✗")
SMALLEST = {"screen": 13, "projector": 14, "print": 7, "phone": 6.9}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")
    smm.set_language("en")


@pytest.fixture
def medium(request):
    set_theme(request.param)
    yield request.param
    set_theme()
    plt.rcdefaults()


def words(figure):
    """Every text that is seen, with its box; ticks out of range report boxes, but are not drawn."""
    figure.canvas.draw()
    ticks = [(tick, axis, ax) for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_major_ticks()]
    unseen = {id(label) for tick, axis, ax in ticks if not ax.axison or tick not in axis._update_ticks()
              for label in (tick.label1, tick.label2)}  # fmt: skip
    seen = [text for text in figure.findobj(Text) if text.get_visible() and id(text) not in unseen]
    return [(t, t.get_window_extent()) for t in seen if t.get_text().strip() and t.get_text() not in SIGNS]


def faults(figure, smallest=0.0):
    """What is wrong with the words of a figure: overprinted, off the page, too small."""
    boxes, said = words(figure), []
    for (t, a), (u, b) in itertools.combinations(boxes, 2):
        x, y = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        if x > 1 and y > 0.2 * min(a.height, b.height):
            said.append(f"{t.get_text()!r} over {u.get_text()!r}")
    for t, box in boxes:
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.width + 1 or box.y1 > figure.bbox.height + 1:
            said.append(f"{t.get_text()!r} leaves the page")
        if t.get_fontsize() < smallest:
            said.append(f"{t.get_text()!r} is small: {t.get_fontsize():.1f}")
    return said


def test_every_chart_has_an_answer_to_draw():
    assert sorted(answers()) == KINDS
    assert all(kind in answer.charts for kind, answer in answers().items())


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_overprints_and_the_frame_is_whole(kind):
    answer = answers()[kind]
    ax = answer.plot(kind)
    assert faults(ax.figure, smallest=11) == []
    title, foot = ax.get_title(), ax.figure.texts[1].get_text()
    assert title and "{" not in title + foot and (answer.about.source or "").split(",")[0] in foot
    assert ("data" in foot) == (answer.about.origin is not None)


@pytest.mark.slow
@pytest.mark.parametrize("medium", SMALLEST, indirect=True)
@pytest.mark.parametrize("language", ["en", "de", "ru", "kk"])
def test_nothing_overprints_in_any_medium_and_language(medium, language):
    smm.set_language(language)
    found = {}
    for kind in KINDS:
        answers()[kind].plot(kind)
        for page in map(plt.figure, plt.get_fignums()):
            found[kind] = faults(page, SMALLEST[medium]) + found.get(kind, [])
        plt.close("all")
    assert not {kind: said for kind, said in found.items() if said}


class Longer(gettext.NullTranslations):
    """A language whose words are longer by a third."""

    def gettext(self, message):
        return re.sub(
            r"\{[^}]*\}|\w{3,}", lambda word: word[0] + "ж" * (len(word[0]) // 3) * (word[0][0] != "{"), message
        )

    def ngettext(self, one, many, n):
        return self.gettext(one if n == 1 else many)


@pytest.mark.slow
@pytest.mark.parametrize("medium", SMALLEST, indirect=True)
def test_longer_words_find_room(medium, monkeypatch):
    monkeypatch.setattr(words_of, "_state", {"language": "ru", "catalogue": Longer()})
    found = {kind: faults(answers()[kind].plot(kind).figure) for kind in KINDS}
    assert not {kind: said for kind, said in found.items() if said}


@pytest.mark.parametrize("kind", PANELS)
def test_two_panels_keep_to_their_places(kind):
    figure, (left, right) = plt.subplots(1, 2, figsize=(12.8, 6))
    assert answers()[kind].plot(kind, ax=left) is left
    edge = room_of(left).x1 * figure.bbox.width
    assert not [text.get_text() for text, box in words(figure) if box.x0 < edge and box.x1 > edge + 1]
    answers()["age_curve"].plot(ax=right)
    assert faults(figure) == []


def test_settings_stay_as_they_were():
    before = dict(plt.rcParams)
    answers()["profile"].plot()
    answers()["kink"].plot("kink", ax=plt.figure().add_subplot(2, 2, 3))
    assert dict(plt.rcParams) == before


@pytest.mark.parametrize(("medium", "inches"), [("projector", 12.8), ("print", 6.4)], indirect=["medium"])
def test_the_theme_holds_for_all_charts_and_for_the_readers_own(medium, inches):
    assert plt.rcParams["font.family"][0] == "Roboto Condensed"
    assert plt.rcParams["figure.figsize"][0] == answers()["plan"].plot().figure.get_figwidth() == inches


def test_an_unknown_medium_is_refused():
    with pytest.raises(smm.ModelError, match="medium"):
        set_theme("cinema")


@pytest.mark.parametrize(("origin", "said"), [(None, ""), ("own", "own data"), ("simulated", "simulated data")])
def test_an_unknown_origin_claims_nothing(origin, said):
    answer = replace(answers()["profile"], about=About(n=20, origin=origin, level=0.9))
    parts = answer.plot().figure.texts[1].get_text().split(" · ")
    assert parts == [part for part in ("n = 20", said) if part]


def test_a_long_source_gives_way_on_one_line():
    source = "a_very_long_file_name_of_the_survey_" * 6 + ".xlsx"
    answer = replace(answers()["segments"], about=About(n=20, source=source, origin="own", level=0.9))
    figure = answer.plot().figure
    assert faults(figure) == [] and "\n" not in figure.texts[1].get_text()


def test_text_from_data_is_never_mathematics():
    answer = answers()["profile"]
    names = dict.fromkeys(answer.about.names, "costs $5 and $6_x$")
    figure = replace(answer, about=replace(answer.about, names=names)).plot().figure
    assert any("$5" in text.get_text() for text, _box in words(figure))


def test_names_follow_the_language_and_the_user():
    answer = answers()["segments"]
    smm.set_language("de")
    assert "light users" not in " ".join(text.get_text() for text, _box in words(answer.plot().figure))


LONG = ["the people who are awake at night and answer at once", "x" * 80, "мамалар"]


@pytest.mark.parametrize("kind", ["age_curve", "profile", "groups", "outcome", "reach"])
def test_long_names_break_nothing(kind):
    answer = answers()[kind]
    names = dict(zip(answer.about.names, LONG, strict=False))
    shown = replace(answer, about=replace(answer.about, names=names), says=None)
    assert faults(draw(shown, kind).figure) == []


def fitted(k, n, items=("a", "b", "c"), seed=0):
    """A model of k audiences of few people, and a table of them."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    table = pd.DataFrame({item: rng.integers(0, 2, n).astype(float) for item in items}).assign(
        age=rng.integers(18, 60, n)
    )
    return smm.AudienceMixture(k, n_starts=1, max_iter=30).fit(table), table


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("k", "n", "items"), [(1, 12, 2), (2, 15, 2), (8, 300, 15)])
def test_one_audience_eight_audiences_few_people_and_many_platforms(k, n, items):
    model, table = fitted(k, n, tuple(f"platform number {i}" for i in range(items)))
    few = {"n_resamples": 4}
    drawn = [model.profile(**few), model.age_curve(**few), model.certainty(), model.reach(**few), model.residuals()]
    drawn += [smm.co_use(model.cells_), smm.platform_use_by_age(model.cells_)]
    drawn += [smm.segment_stability(model, pairs=2)] if k > 1 else []
    for answer in drawn:
        for kind in answer.charts:
            assert faults(draw(answer, kind).figure) == [], kind
            plt.close("all")
