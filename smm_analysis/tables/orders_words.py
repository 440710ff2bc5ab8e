"""What names and cells of a file of orders say: concepts (data/order_words.csv), units, dates, clocks, numbers."""

import re
import unicodedata
from functools import cache, lru_cache

import pandas as pd

from .vocabulary import word_table

UNITS = {"days": 1440, "hours": 60, "minutes": 1}  # times, in minutes; a scale is "points"
CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
CLOCK = re.compile(
    r"(?:[T ,]\s*|^)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*([ap]\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?$", re.I
)
DATE = re.compile(r"(\d{4}|\d\d?(?=.*\d\d$))\s?([-/.])\s?(\d\d?)\s?\2\s?(\d{4}|\d\d?)")
FIGURE = r"\d{1,3}(?:[ '\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d[\d,.]*"
NUMBER = re.compile(
    rf"((?:\(?[^\W\d_]+\.?\)?\s+)*)(?:({FIGURE})[^\S\n]*(?:[-–—]|[^\W\d_]+)[^\S\n]*)?([+-]?(?:{FIGURE}))\s*"
    r"(/\s*\d+|%|[^\W\d_]+\.?(?:\s[^\W\d_]+)*)?"
)
HOURS = re.compile(r"^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$")


@lru_cache(100_000)
def fold(text: str) -> str:
    """The words of a name without case, accents and punctuation: "DeliveredAt" is _delivered_at_."""
    spaced = unicodedata.normalize("NFKD", CAMEL.sub(" ", text)).casefold()
    plain = "".join(c for c in spaced if not unicodedata.combining(c))
    return "_".join(["", *re.findall(r"[^\W\d_]+|\d+", plain), ""])


@cache
def _patterns() -> dict[str, re.Pattern]:
    """Per concept a pattern of its words ("liefer*") and phrases ("on_time"), folded as names are; 'not' denies it."""
    found = {}
    for concept, *languages in word_table("order_words").itertuples(index=False):
        stems = (map(fold, word.split("*")) for word in " ".join(languages).split())
        found[concept] = "|".join("[^_]*".join(stem.strip("_") for stem in word) for word in stems)
    denied = "".join(f"(?<!_{word})" for word in "not no yet nicht noch kein keine не без non sin nao ne pas".split())
    barred = {concept: denied * (concept[:2] == "v_" or concept in ("late", "ontime")) for concept in found}
    return {concept: re.compile(f"{barred[concept]}_(?:{words})(?=_)") for concept, words in found.items()}


def says(concept: str, text: str) -> bool:
    """Does the text speak of the concept?"""
    return bool(_patterns()[concept].search(fold(text)))


@lru_cache(100_000)
def meaning(text: str, kind: str = "v_") -> str | None:
    """The first concept of a kind ("v_": of cells, "month_") that the text carries, without the kind's mark."""
    return next((c[len(kind) :] for c in _patterns() if c.startswith(kind) and says(c, text)), None)


def unit_of(text: str) -> str | None:
    """The unit of time that a text names."""
    return next((unit for unit in UNITS if says(unit, text)), None)


def but(text: str, *known: str) -> str:
    """The words of a text without those of some concepts."""
    rest = fold(text)
    for concept in known:
        rest = _patterns()[concept].sub("", rest)
    return rest.strip("_")


def concepts(name: str) -> set[str]:
    """What the name of a column speaks of; "only" if every word of it is known."""
    found = {c for c in _patterns() if not c.startswith(("v_", "month_", "weekday")) and says(c, name)}
    return found if re.search(r"[^\W\d_]", but(name, *found)) else found | {"only"}


@lru_cache(200_000)
def date_parts(text: str) -> tuple | None:
    """(open, year, month, day, second of the day, zone); open: 3/1/2024, of which day and month may change places."""
    seconds, zone, clock = 0, None, CLOCK.search(text)
    if clock:
        hour, minute, second, half, zone = clock.groups()
        hour = int(hour) % 12 + 12 * (half[0].lower() == "p") if half else int(hour)
        seconds, text = hour * 3600 + int(minute) * 60 + int(second or 0), text[: clock.start()].strip(" ,")
    text = re.sub(r"^(20[0-4]\d)([01]\d)([0-3]\d)$", r"\1-\2-\3", text)
    if match := DATE.fullmatch(text):
        first, _sign, month, last = match.groups()
    else:
        words = re.findall(r"\d+|[^\W\d_]+", text)
        months = {word: meaning(word, "month_") for word in words}
        form = "".join("m" if months[word] else "n" for word in words if months[word] or word.isdecimal())
        spare = [word for word in words if not months[word] and len(word) > 4]
        if form not in ("nmn", "mnn") or not all(says("weekday", word) for word in spare):
            return None
        (first, last), month = filter(str.isdecimal, words), next(filter(None, months.values()))
    year, day = (first, last) if int(first) > 31 else (last, first)
    century = 0 if len(year) > 2 else 2000 if int(year) < 70 else 1900
    return bool(match) and len(first) < 4, int(year) + century, int(month), int(day), seconds, zone


@lru_cache(200_000)
def day_number(text: str) -> tuple | None:
    """The date that a program wrote as a number: 45352 of Excel, 1709287800 of a computer's clock, also times 1000."""
    value = float(text.replace(",", ".")) if re.fullmatch(r"\d{5,13}([.,]\d+)?", text) else 0
    for seconds in ((value - 25569) * 86400, value, value / 1000):
        if 946684800 <= seconds < 2524608000:  # 2000 to 2049
            day = pd.Timestamp(round(seconds), unit="s")
            return False, day.year, day.month, day.day, round(seconds) % 86400, None
    return None


@lru_cache(200_000)
def number_parts(text: str) -> tuple[str, str, bool] | None:
    """(number as typed, what follows it, is it the end of a range?): '1,200', '4/5', '80 %', '3-5 days', stars."""
    if set(text) <= set("★☆"):
        return str(text.count("★")), "/5", False
    match = NUMBER.fullmatch(text)
    if not match:
        return None
    lead, first, figure, tail = (part or "" for part in match.groups())
    between = text[match.end(2) : match.start(3)].strip(" -–—") if first else ""
    units = but(tail, *UNITS, "working", "v_rate") if " " in tail else ""
    if but(f"{lead} {between}", "v_lead", *UNITS) or units:
        return None
    is_range = bool(first or but(lead, *UNITS))
    return re.sub(r"[ '\u00a0\u202f]", "", figure), tail.replace(" ", "_"), is_range
