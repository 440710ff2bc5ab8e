"""Words: the catalogues hold what the source says, every chart passes through them, every letter can be drawn.

A new sentence in the source fails here until `make words` has brought it into smm_analysis/locale and it is translated.
"""

import ast
import gettext
import re
import warnings
from pathlib import Path
from string import Formatter

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from frames import results
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

import smm_analysis as smm
from smm_analysis import words
from smm_analysis.__main__ import main
from smm_analysis.charts.alt import describe
from smm_analysis.tables.published import _platform_labels, published_tables

PACKAGE = Path(smm.__file__).parent
LANGUAGES = ("de", "ru", "kk")
KEYWORDS = {"_": None, "plural": (1, 2)}
CHARTS = [name for name in smm.__all__ if name.startswith("plot_")]
LONG = ["plot_audience_profile", "plot_age_curve", "plot_choice", "plot_promise_audit", "plot_disconfirmation",
        "plot_relative_preference", "plot_global_stability"]  # fmt: skip


@pytest.fixture(autouse=True)
def english_afterwards():
    yield
    smm.set_language("en")


def catalogue(language):
    path = PACKAGE / "locale" / language / "LC_MESSAGES" / "smm_analysis.po"
    return read_po(path.open("rb"), locale=language)


def messages_in_source():
    """What Babel finds, as the catalogues have it: a sentence, or a pair of them."""
    return {message for _file, _line, message, *_more in extract_from_dir(PACKAGE, keywords=KEYWORDS)}


def fields(text):
    return {name for _text, name, *_more in Formatter().parse(text) if name is not None}


def forms(text):
    return text if isinstance(text, tuple) else (text,)


# The catalogues -------------------------------------------------------------------------------------------------------


def test_every_call_holds_sentences_that_can_be_extracted():
    """A variable, or a call inside an f-string, would be looked up and never be found."""
    literal = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in KEYWORDS:
                texts = node.args[: 2 if node.func.id == "plural" else 1]
                assert all(isinstance(text, ast.Constant) for text in texts), f"{path.name}:{node.lineno}"
                literal.add(tuple(text.value for text in texts))
    assert literal == {forms(message) for message in messages_in_source()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_every_message_of_the_source_translated_and_no_other(language):
    known = catalogue(language)
    messages = [message for message in known if message.id]
    assert {message.id for message in messages} == messages_in_source(), "run `make words`"
    assert not known.obsolete and not [message.id for message in messages if message.fuzzy]
    untranslated = [message.id for message in messages if not all(forms(message.string)) or not message.string]
    assert not untranslated


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_and_the_plural_forms_it_needs(language):
    known = catalogue(language)
    for message in known:
        wanted = set().union(*map(fields, forms(message.id)))
        assert all(fields(text) == wanted for text in forms(message.string)), message.id
        if message.pluralizable:
            assert len(message.string) == known.num_plurals == {"de": 2, "ru": 3, "kk": 2}[language]


def test_catalogues_that_no_native_speaker_has_read_say_so():
    assert all("needs review by a native speaker" in catalogue(language).header_comment for language in ("ru", "kk"))


def test_plurals_follow_the_language():
    said = {"de": "1 Zielgruppe, 2 Zielgruppen", "ru": "1 аудитория, 2 аудитории, 5 аудиторий, 11 аудиторий, "
            "21 аудитория", "kk": "1 аудитория, 2 аудитория"}  # fmt: skip
    for language, text in said.items():
        smm.set_language(language)
        for part in text.split(", "):
            n = int(part.split()[0])
            assert words.plural("{n} audience", "{n} audiences", n).format(n=words.number(n)) == part


def test_a_number_that_is_not_known_is_a_dash():
    assert words.number(float("nan"), 3) == "\u2013"


def test_numbers_shares_and_dates_follow_the_language():
    said = {"en": ("1,366.5", "49.5%"), "de": ("1.366,5", "49,5\xa0%"), "ru": ("1\xa0366,5", "49,5\xa0%"),
            "kk": ("1\xa0366,5", "49,5%")}  # fmt: skip
    for language, expected in said.items():
        smm.set_language(language)
        assert (words.number(1366.5, 1), words.percent(0.495, 1)) == expected


@pytest.mark.parametrize(("language", "said"), [("de", "Zielgruppe"), ("ru", "Кто наша аудитория?"), ("kk", "жас")])
def test_the_command_line_speaks_the_language(language, said, capsys):
    assert main(["demo", "--language", language]) == 0
    shown = capsys.readouterr().out
    assert said in shown and "audience " not in shown


# The charts -----------------------------------------------------------------------------------------------------------


class Brackets(gettext.NullTranslations):
    """A language in which every message stands in brackets: what has none did not pass through gettext."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, many, n):
        return f"⟦{one if n == 1 else many}⟧"


@pytest.fixture
def brackets(monkeypatch):
    """Messages in brackets, numbers as in German, so that an English decimal point shows."""
    monkeypatch.setattr(words, "_state", {"language": "de", "catalogue": Brackets()})


@pytest.fixture(scope="module")
def bracketed():
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(words, "_state", {"language": "de", "catalogue": Brackets()})
        return results()


def texts(figure):
    """Everything that can be read on a figure, and its alternative text."""
    figure.canvas.draw()
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text.get_text() for text in shown] + [describe(figure)]


def left_over(text, data):
    """What remains of a text without messages, data words and signs: its untranslated words."""
    while (shorter := re.sub("⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    for word in sorted(data, key=len, reverse=True):
        text = text.replace(word, "")
    return re.findall(r"[^\W\d_]{2,}|\d\.\d(?!\d\d)", re.sub(r"\bsimulate_\w+\(seed=\d+\)", "", text))


def test_every_chart_is_in_the_table_of_frames(bracketed):
    assert sorted(bracketed) == CHARTS


@pytest.mark.parametrize("chart", CHARTS)
def test_every_word_of_a_chart_passes_through_gettext(chart, bracketed, brackets):
    data = {*_platform_labels().values(), *published_tables()["source"], "BIC", "ICL-BIC", "AIC", "dAIC", "buys", "Feb"}
    data |= {getattr(bracketed[chart], "attrs", {}).get("source") or "simulate"}
    with smm.theme("screen"):
        figure, ax = plt.subplots()
        getattr(smm, chart)(bracketed[chart], ax=ax)
        found = {text: rest for text in texts(figure) if (rest := left_over(text, data))}
    assert not found


def test_every_verdict_passes_through_gettext(bracketed):
    data = {*_platform_labels().values(), "BIC", "AIC", "AICc", "dAIC"}
    for chart, result in bracketed.items():
        said = result.attrs.get("verdict") if isinstance(result, pd.DataFrame) else result.verdict
        assert not left_over(said or "", data), chart


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_has_a_glyph_in_the_font_of_the_house(language):
    with smm.theme("screen"):
        font = FT2Font(findfont(plt.rcParams["font.family"][0]))
    said = "".join("".join(forms(message.string)) for message in catalogue(language) if message.id)
    letters = set(said) | set("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
    assert not [letter for letter in letters if letter.isprintable() and not font.get_char_index(ord(letter))]


def test_kazakh_letters_are_drawn():
    with warnings.catch_warnings(), smm.theme("screen"):
        warnings.simplefilter("error")
        figure, ax = plt.subplots()
        ax.set_title("әғқңөұүһі")
        figure.canvas.draw()


@pytest.fixture(scope="module", params=LANGUAGES)
def spoken(request):
    smm.set_language(request.param)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return request.param, results()


@pytest.mark.parametrize("chart", LONG)
@pytest.mark.parametrize("size", ["screen", "projector"])
def test_nothing_long_is_cut_off_in_another_language(spoken, size, chart):
    language, frames = spoken
    smm.set_language(language)
    with smm.theme(size):
        figure, ax = plt.subplots()
        getattr(smm, chart)(frames[chart], ax=ax)
        figure.canvas.draw()
        for box in (ax.get_tightbbox(), figure._supxlabel.get_window_extent()):
            assert box.x0 > -1 and box.y0 > -1 and box.x1 < figure.bbox.x1 + 1 and box.y1 < figure.bbox.y1 + 1
