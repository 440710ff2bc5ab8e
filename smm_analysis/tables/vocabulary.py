"""Words that people type, in twelve languages: rows of data/survey_words.csv, platforms.csv, generations.csv, no code.

In a row `*` ends a stem; a word with a backslash or a question mark is a pattern already.
"""

import re
import unicodedata
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, count
from pathlib import Path

import pandas as pd

remembered = lru_cache(200_000)  # people type the same few answers


@cache
def data_folder() -> Path:
    """The folder `data`: inside an installed package, or beside it in a checkout."""
    package = Path(str(files("smm_analysis")))
    return next(path for path in (package / "data", package.parent / "data") if path.is_dir())


@cache
def word_table(name: str) -> pd.DataFrame:
    """One table of words, as text."""
    return pd.read_csv(data_folder() / f"{name}.csv", keep_default_na=False)


def clean(text: object) -> str:
    """Text from a file is data: no escape sequence and no control character of it acts anywhere."""
    text = str(text)
    if text.isprintable():
        return text.strip()
    text = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)?)", "", text)
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text).strip()


def unique(name: str, taken, form: str = "{} ({})") -> str:
    """`name`, or the first of 'name (2)', 'name (3)' that is not taken."""
    return next(each for each in chain([name], (form.format(name, k) for k in count(2))) if each not in taken)


@remembered
def tidy(text: str) -> str:
    """What two spellings have in common: lower case, one space between words, no ornaments at the ends."""
    text = unicodedata.normalize("NFKC", str(text)).casefold().replace("ё", "е").replace("’", "'").replace("i̇", "i")
    return re.sub(r"\s+", " ", text).strip(" \t\n\"'«»„“”.,;:!*#@•·¿?") or str(text).strip()


@cache
def any_of(meaning: str) -> str:
    """The words with this meaning as one alternation, the longest first."""
    table = word_table("survey_words")
    listed = "|".join(table.loc[table["meaning"] == meaning, "words"]).casefold().replace("ё", "е").split("|")
    words = sorted(set(listed), key=lambda word: (-len(word), word))
    escaped = [w if re.search(r"[\\?]", w) else re.escape(w).replace(r"\*", r"\w*") for w in words]
    return f"(?:{'|'.join(escaped)})"


@remembered
def means(meaning: str, text: str) -> bool:
    """Is the whole text a word with this meaning?"""
    return any(re.fullmatch(any_of(meaning), each) for each in (tidy(text), str(text).strip().casefold()))


@remembered
def mentions(meaning: str, text: str) -> bool:
    """Does a word with this meaning stand in the text?"""
    return bool(re.search(rf"(?<!\w){any_of(meaning)}(?!\w)", re.sub(r"[_\[\]]", " ", tidy(text))))


@cache
def spellings() -> dict[str, str]:
    """Every spelling of every platform, in the order of data/platforms.csv."""
    rows = word_table("platforms").itertuples()
    return {tidy(word): r.platform for r in rows for word in (r.platform, r.label, *r.spellings.split(";"))}


@remembered
def platform_of(text: str, near: bool = False) -> str | None:
    """The platform that a text is: 'Insta', 'X (formerly Twitter)', not 'YouTube Kids'; near forgives a letter."""
    known, word = spellings(), re.sub(r"\.(com|ru)$", "", tidy(text))
    word = re.sub(r"[^\w\s/(),'.+&-]", "", word).strip() or word
    for attempt in (word, re.sub(r"\s*\([^()]*\)?$", "", word), re.sub(r"[\s_-]+", " ", word)):
        if attempt in known:
            return known[attempt]
    parts = {known.get(part.strip()) for part in re.split(r"[/()]", word) if part.strip()}
    if len(parts) == 1 and parts != {None}:
        return parts.pop()
    like = [k for k in known if len(k) > 5 and k[0] == word[0] and k.isalpha()] if near and len(word) > 5 else []
    close = like and get_close_matches(word, like, 1, 0.86)
    return known[close[0]] if close and word != f"{close[0]}s" else None


@cache
def _platform_names() -> re.Pattern:
    """Names in any case; short ones in capitals; of those that are words too ('line'), only as they are printed."""
    plain = [word for word in spellings() if not means("ambiguous", word)]
    names = sorted((re.escape(w) for w in plain if len(w) > 3 or w in ("vk", "вк")), key=len, reverse=True)
    short = [w.upper() for w in plain if len(w) == 2 and w.isalpha()]
    short += [label for label in word_table("platforms")["label"] if means("ambiguous", label)]
    return re.compile(rf"(?<!\w)(?:(?i:{'|'.join(names)})|{'|'.join(short)})(?!\w)")


def mentioned(text: str) -> tuple[str, str] | None:
    """The one platform that a header names, and the header without it; None for none or several."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).replace("_", " ")
    found = {tidy(name): spellings().get(tidy(name)) for name in _platform_names().findall(plain)}
    if len(set(found.values())) != 1:
        return None
    name, platform = next(iter(found.items()))
    rest = re.sub(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", " ", plain)
    return platform, re.sub(r"[\s()/|]+", " ", rest).strip(" ?-–:.,'\"")
