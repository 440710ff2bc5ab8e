"""One answer at a time: what a person typed, as use, an age or a year of birth. None = not understood."""

import re
import unicodedata
from functools import cache

from .vocabulary import any_of, means, mentions, remembered, tidy, word_table

NAN = float("nan")
MONTHS = dict(zip("jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13), strict=True))
PERSONAL = re.compile(
    r"[^@\s]+@[^@\s]+\.\w+|@\w{3,}|(\d{1,3}\.){3}\d{1,3}|\+?\d[\d\s()-]{8,}\d|https?://.*|"
    r".*\d?\d:\d\d.*\d{4}.*|.*\d{4}.*\d?\d:\d\d.*"
)


@remembered
def silent(text: str) -> bool:
    """Is it no answer: 'k. A.', 'DK', -99?"""
    key = text.strip().casefold()
    return not key or (means("silent", key) and (tidy(key) == key or not key[-1].isdigit()))  # .999 is a number


def personal(text: str) -> bool:
    """Does it look like an address, a telephone number or a time stamp?"""
    return bool(PERSONAL.fullmatch(text))


@remembered
def number(text: str) -> float | None:
    """A number with a point or a comma; .5 is one too."""
    return float(text.replace(",", ".")) if re.fullmatch(r"-?(\d+([.,]\d+)?|[.,]\d+)", text) else None


def _without_code(text: str) -> str:
    """'1 - Never' and '2) rarely' without the number."""
    return re.sub(r"^\s*\(?\d{1,2}(?:\s?[.):=]|\s[-–])\s*(?=[^\W\d])", "", text)


@remembered
def yes_no(text: str) -> float | None:
    """1 for 'Yes, use this', 0 for 'No, do not use this'."""
    text = tidy(_without_code(text))
    head = re.split(r"\s*[,.;:(–—-]\s*", text, maxsplit=1)[0]
    for word in (re.sub(r"^([01])[.,]0+$", r"\1", text), "" if re.search(r"\d", head) else head):
        said = [use for meaning, use in (("no", 0.0), ("none", 0.0), ("yes", 1.0)) if word and means(meaning, word)]
        if said:
            return said[0]
    return None


@remembered
def often(text: str) -> float | None:
    """1 for 'hardly ever' and more, 0 for 'Never used it'."""
    text = _without_code(text)
    if re.match(rf"{any_of('never')}(?!\w)", tidy(text)):
        return 0.0
    return 1.0 if mentions("often", text) and amount(text) != 0 else yes_no(text)


@remembered
def amount(text: str) -> float | None:
    """1 for more than 0 minutes, hours, times; 0 for none; nan where a range begins at 0 (use or not?)."""
    word, n, unit = tidy(text), r"(\d+(?:[.,]\d+)?)", rf"\s*{any_of('unit')}?"
    if _without_code(text) != text:
        return yes_no(text)
    if re.fullmatch(r"\d{1,3}:\d\d(:\d\d)?", word):
        return float(bool(re.search("[1-9]", word)))
    if re.match(rf"(?:{any_of('below')}|{any_of('upto')})\s*\d", word):
        return NAN
    rest = rf"{unit}(?:(\s*(?:-|–|to|bis|до|a|hingga)\s*){n})?\+?{unit}(?:\s.*)?"
    found = re.fullmatch(rf"(?:{any_of('above')}\s*)?{n}{rest}", word)
    if not found:
        denied = means("never", word) or means("denial", word)
        return None if re.search(r"\d", word) else 0.0 if denied else yes_no(text)
    unit = rf"\s*{any_of('unit')}"  # '0 h 10 min', not '0 times in 7 days'
    more = re.match(rf"{unit}[\s.,]*(?:{any_of('and')}\s+)?[1-9]\d*{unit}(?!\w)", word[found.end(1) :])
    some = float(found[1].replace(",", ".")) > 0 or (more and not found[2])
    return 1.0 if some else NAN if found[2] else 0.0


@cache
def _age_patterns() -> list:
    w = {m: any_of(m) for m in ("years", "old", "up", "above", "from", "below", "upto", "to")}
    w["up"] = rf"{w['up']}\s?{w['years']}?\s?{w['old']}?"
    n = rf"(\d{{1,3}}(?:[.,]\d+)?)\s?{w['years']}?\.?(?:\s?{w['old']})?"
    made = {
        rf"(?:~|ca\.?|about|около|etwa|i'?m|i am|мне|tengo)?\s?{n}": lambda a: (a, a),
        r"(\d{1,3})\s?y\w*\.?\s?(\d{1,2})\s?m\w*": lambda a, m: (a + m / 12, a + m / 12),
        r"(\d{1,3}) 1/2": lambda a: (a + 0.5, a + 0.5),
        rf"(?:{w['from']}|between|von|entre|de|di|dai|aged?)?\s?{n}\s?{w['to']}\s?{n}": lambda a, b: (a, b),
        rf"{w['from']}?\s?{n}\s?{w['up']}|{w['from']}\s?{n}": lambda a: (a, NAN),
        rf"{w['above']}\s?{n}": lambda a: (a + 1, NAN),
        rf"{w['below']}\s?{n}|{n}\s?{w['below']}": lambda a: (0, a - 1),
        rf"{w['upto']}\s?{n}|{n}\s?{w['upto']}": lambda a: (0, a),
    }
    return [(re.compile(pattern), band) for pattern, band in made.items()]


@remembered
def age(text: str) -> tuple[float, float] | None:
    """(low, high) in completed years; high nan = open; low 0 = open below; low = high for an age in years."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
    bare = re.sub(r"^\(?\w{1,2}\s?[.):=]\s+", "", plain)  # '1. 18-24', 'b) 18-24'
    for word in (plain, *re.findall(r"\(([^()]*\d[^()]*)\)", plain), re.sub(r"\s*\([^()]*\)", "", plain), bare):
        for pattern, band in _age_patterns():
            if found := pattern.fullmatch(word):
                low, high = band(*(float(each.replace(",", ".")) for each in found.groups() if each))
                return (low, high) if low <= 120 and not (high < low or high > 120) else None
    return None


def dated_band(text: str) -> tuple[float, float] | None:
    """'Oct-14', '14-Oct' and '2014-10-01' are what a spreadsheet makes of 10-14."""
    found = re.fullmatch(r"([a-z]{3})-(\d\d)|(\d\d?)-([a-z]{3})|20(\d\d)-(\d\d)-01(?: 00:00:00)?", tidy(text))
    low = found and (MONTHS.get(found[1] or found[4]) or int(found[6] or 99))
    high = found and int(found[2] or found[3] or found[5])
    return (float(low), float(high)) if found and low < high else None


@cache
def _generations() -> dict[str, tuple[int, int]]:
    """First and last year of birth of every generation, by its names."""
    rows = word_table("generations").itertuples()
    return {word: (row.born_from, row.born_to) for row in rows for word in row.words.split(";")}


def birthday(text: str) -> tuple[int, int] | None:
    """First and last year of birth: of '1998', of a date, or of a generation's name."""
    found = re.fullmatch(
        r"(?:\d{1,2}[./-]\d{1,2}[./-])?((?:19[1-9]|20[0-2])\d)(?:[.,]0|-\d\d-\d\d(?: 00:00:00)?)?", tidy(text)
    )
    if found:
        return (int(found[1]),) * 2
    return _generations().get(re.sub(r"\s*\([^()]*\)", "", tidy(text)))


def totals(last: list[str], above: list[list[str]]) -> bool:
    """Is a last row one of totals: by its first word, which no other row has, or as the sum or count of each column?"""
    place, first = next(((place, cell) for place, cell in enumerate(last) if cell), (0, ""))
    bare = all(not cell or number(cell) is not None for cell in last[place + 1 :])
    if means("total", first) or (bare and re.match(rf"{any_of('total')}(?!\w)", tidy(first))):
        return all(row[place : place + 1] != [first] for row in above)
    larger = 0
    for i, value in ((i, number(cell)) for i, cell in enumerate(last) if cell):
        cells = [row[i] for row in above if row[i : i + 1] > [""]]
        known = [each for each in map(number, cells) if each is not None]
        if value is None or abs(value - (sum(known) if known else len(cells))) > 1e-6:
            return False
        larger += value > max(known, default=1)
    return larger > 1 and len(above) > 2
