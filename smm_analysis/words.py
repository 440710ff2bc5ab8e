"""Words, numbers and labels of charts, verdicts and reports, in the reader's language.

English is the source. `_("...")` marks a sentence for translation and looks it up when it is shown, so a language
chosen with `set_language` holds from then on; the environment variable SMM_LANGUAGE chooses the first one (a report
hands its language to the notebooks that way; an unknown one is English). Numbers go through `number` and `percent`,
never through an f-string.

The translations are `locale/<language>/LC_MESSAGES/smm_analysis.po`, read as they are: nothing is compiled, so nothing
can be stale. `make words` writes what is new in the source into them, untranslated.
"""

import gettext
import os
import re
from datetime import date
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from .errors import one_of

LANGUAGES = ("en", "de", "ru", "kk")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_state = {"language": "en", "catalogue": gettext.NullTranslations()}


def set_language(language: str) -> None:
    """Choose the language of everything that is drawn or said from now on.

    Parameters
    ----------
    language : {"en", "de", "ru", "kk"}

    Raises
    ------
    ModelError
        For any other language.

    Examples
    --------
    >>> set_language("de"); number(1366), percent(0.5)
    ('1.366', '50\\xa0%')
    >>> set_language("en"); number(1366), percent(0.5)
    ('1,366', '50%')
    """
    _state["language"] = one_of("language", language, LANGUAGES)
    _state["catalogue"] = _catalogue(language)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """The translations of one language; English is the source and has none."""
    if language == "en":
        return gettext.NullTranslations()
    path = files("smm_analysis") / "locale" / language / "LC_MESSAGES" / "smm_analysis.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(path.read_bytes()), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language() -> str:
    """The language chosen last."""
    return _state["language"]


def language_name() -> str:
    """The language chosen last, by its own name."""
    return Locale.parse(_state["language"]).display_name


def _(message: str) -> str:
    """`message` in the chosen language; English where no translation exists."""
    return _state["catalogue"].gettext(message)


def plural(one: str, many: str, n: int) -> str:
    """`one` or `many`, whichever the chosen language uses for `n`."""
    return _state["catalogue"].ngettext(one, many, int(n))


def number(value: float, digits: int = 0) -> str:
    """A number with `digits` decimals in the chosen language's format; a dash for one that is not known."""
    if value != value:
        return "–"
    value = value if round(value, digits) else 0  # no -0
    return format_decimal(value, format="#,##" + _decimals(digits), locale=_state["language"])


def percent(share: float, digits: int = 0) -> str:
    """A share (0 to 1) as a percentage in the chosen language's format; 0% and 100% are kept for none and all.

    >>> percent(0.9996), percent(1), percent(0.004), percent(-0.0)
    ('>99%', '100%', '<1%', '0%')
    """
    step = 10.0 ** -(digits + 2)
    for sign, shown, gap in (("<", step, share), (">", 1 - step, 1 - share)):
        if 1e-9 < gap <= step / 2:
            return sign + percent(shown, digits)
    pattern = Locale.parse(_state["language"]).percent_formats[None].pattern
    return format_percent(share + 0.0, format=pattern.replace("0", _decimals(digits)), locale=_state["language"])


def _decimals(digits: int) -> str:
    return "0" + ("." + "0" * digits if digits else "")


def day(when: date) -> str:
    """A date with the month in words.

    >>> day(date(2026, 2, 3))
    'February 3, 2026'
    """
    return format_date(when, "long", locale=_state["language"])


def visible(text: str) -> str:
    """`text` from data, in which what would act on a terminal or turn the direction of reading is written out.

    >>> visible("a\x1b[31m")
    'a\\\\x1b[31m'
    """
    return CONTROL.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


if os.environ.get("SMM_LANGUAGE") in LANGUAGES:
    set_language(os.environ["SMM_LANGUAGE"])
