"""Words, numbers and labels of charts, verdicts and reports, in the reader's language.

English is the source. `_("...")` marks a sentence for translation and looks it up when it is shown, so a language
chosen with `set_language` holds from then on; the environment variable SMM_LANGUAGE chooses the first one (a report
hands its language to the notebooks that way; an unknown one is English). Numbers go through `number` and `percent`,
never through an f-string.
"""

import gettext
import os
from importlib.resources import files

from babel.numbers import format_decimal, format_percent

from .errors import ModelError

LANGUAGES = ("en", "de", "ru", "kk")
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
    if language not in LANGUAGES:
        raise ModelError("language", f"one of {', '.join(LANGUAGES)}", repr(language), "Choose one of these.")
    folder = files("smm_analysis") / "locale"
    _state["language"] = language
    _state["catalogue"] = gettext.translation("smm_analysis", str(folder), [language], fallback=True)


def language() -> str:
    """The language chosen last."""
    return _state["language"]


def _(message: str) -> str:
    """`message` in the chosen language; English where no translation exists."""
    return _state["catalogue"].gettext(message)


def plural(one: str, many: str, n: int) -> str:
    """`one` or `many`, whichever the chosen language uses for `n`."""
    return _state["catalogue"].ngettext(one, many, n)


def number(value: float, digits: int = 0) -> str:
    """A number with `digits` decimals in the chosen language's format."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_state["language"])


def percent(share: float, digits: int = 0) -> str:
    """A share (0 to 1) as a percentage in the chosen language's format."""
    pattern = None if not digits else "#,##0." + "0" * digits + ("%" if language() == "en" else "\xa0%")
    return format_percent(share, format=pattern, locale=_state["language"])


if os.environ.get("SMM_LANGUAGE") in LANGUAGES:
    set_language(os.environ["SMM_LANGUAGE"])
