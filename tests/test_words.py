"""Words: the catalogues hold what the source says, every chart passes through them, every letter can be drawn.

A new sentence in the source fails here until `make words` has brought it into smm_analysis/locale and it is translated.
"""

import ast
import gettext
import re
from pathlib import Path
from string import Formatter

import matplotlib.pyplot as plt
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from frames import answers
from jinja2 import Environment, nodes
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

import smm_analysis as smm
from smm_analysis import words
from smm_analysis.__main__ import main
from smm_analysis.charts import DRAW, style
from smm_analysis.charts.alt import describe
from smm_analysis.tables.published import _platform_labels, published_tables
from smm_analysis.tables.vocabulary import word_table

PACKAGE = Path(smm.__file__).parent
LANGUAGES = ("de", "ru", "kk")
KEYWORDS = {"_": None, "plural": (1, 2)}
TEMPLATES = "pages/templates/*.html"
METHODS = [("**.py", "python"), (f"**/{TEMPLATES}", "jinja2")]  # as in pyproject.toml
DATA = {"BIC", "AICc", "buys", "years", "women", "men", "far", "middle", "near"}  # of the frames, in no language


@pytest.fixture(autouse=True)
def english_afterwards():
    yield
    smm.set_language("en")


def catalogue(language):
    path = PACKAGE / "locale" / language / "LC_MESSAGES" / "smm_analysis.po"
    return read_po(path.open("rb"), locale=language)


def messages_in_source(methods=METHODS):
    """What Babel finds, as the catalogues have it: a sentence, or a pair of them."""
    found = extract_from_dir(PACKAGE, method_map=methods, keywords=KEYWORDS)
    return {message for _file, _line, message, *_more in found}


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
    assert literal == {forms(message) for message in messages_in_source(METHODS[:1])}


def test_every_call_in_a_template_holds_sentences_that_can_be_extracted():
    for path in PACKAGE.glob(TEMPLATES):
        for call in Environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            name = getattr(call.node, "name", "")
            if name in KEYWORDS:
                texts = call.args[: 2 if name == "plural" else 1]
                assert all(isinstance(text, nodes.Const) for text in texts), f"{path.name}:{call.lineno}"


def test_a_template_shows_no_word_that_did_not_pass_through_gettext():
    names = {"SVG", "PNG", "SHA-256", "Python", "smm-analysis", "random_state"}
    for path in PACKAGE.glob(TEMPLATES):
        text = path.read_text(encoding="utf-8")
        bare = re.sub(r"{[{%#].*?[}%#]}|<style>.*?</style>|<script>.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL)
        assert set(re.findall(r"[\w-]{2,}", bare)) <= names, path.name


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


def texts(figure):
    """Everything that can be read on a figure, and its alternative text."""
    figure.canvas.draw()
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text.get_text() for text in shown] + [describe(figure)]


def left_over(text, data):
    """What remains of a text without messages, data words and signs: its untranslated words.

    A line may hold one end of a message only, where a chart has broken it.
    """
    while (shorter := re.sub("⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    text = re.sub("⟦[^⟦⟧]*$|^[^⟦⟧]*⟧", "", text)
    for word in sorted(data, key=len, reverse=True):
        text = text.replace(word, "")
    return re.findall(r"[^\W\d_]{2,}|\d\.\d(?!\d\d)", re.sub(r"\bsimulate_\w+\(random_state=\d+\)", "", text))


def data_of(answer):
    """Words of the answer's own data: names of platforms, sources, sentences of the article."""
    labels = {*_platform_labels().values(), *published_tables()["source"], answer.about.source or "simulate"}
    sentences = {*answer.table["wording"].str.slice(0, 60), *word_table("claims_short")["short"]} \
        if "wording" in answer.table else set()  # fmt: skip
    return DATA | labels | sentences


@pytest.mark.parametrize("kind", sorted(DRAW))
def test_every_word_of_a_chart_passes_through_gettext(kind, brackets):
    answer = answers()[kind]
    figure = answer.plot(kind).figure
    found = {text: rest for text in texts(figure) if (rest := left_over(text, data_of(answer)))}
    plt.close("all")
    assert not found


@pytest.mark.parametrize("kind", sorted(DRAW))
def test_every_verdict_passes_through_gettext(kind, brackets):
    answer = answers()[kind]
    assert not left_over(f"{answer.headline} {answer.verdict}", data_of(answer) | {"AIC", "dAIC", "ICL"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_has_a_glyph_in_the_fonts_of_the_house(language):
    with plt.rc_context():
        style.use()
        fonts = [FT2Font(findfont(name)) for name in plt.rcParams["font.family"]]
    assert [font.family_name for font in fonts] == ["Roboto Condensed", "DejaVu Sans"]
    said = "".join("".join(forms(message.string)) for message in catalogue(language) if message.id)
    letters = {letter for letter in said if letter.isalpha()} | set("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
    assert not [letter for letter in letters if not fonts[0].get_char_index(ord(letter))]
    signs = {sign for sign in said + "✓✗★↑…−" if sign.isprintable()} - letters
    assert not [sign for sign in signs if not any(font.get_char_index(ord(sign)) for font in fonts)]
