"""One answer at a time: what a person typed, as use, an age, a year of birth or a list. None = not understood."""

import re
import unicodedata
from dataclasses import dataclass

from .vocabulary import any_of, means, mentions, platform_of, remembered, tidy, word_table, words

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
    return not key or key in words("silent") or (not key[-1].isdigit() and tidy(text) in words("silent"))


@remembered
def personal(text: str) -> bool:
    """Does it look like an address, a telephone number or a time stamp?"""
    return bool(PERSONAL.fullmatch(text))


@remembered
def number(text: str) -> float | None:
    """A number with a point or a comma."""
    return float(text.replace(",", ".")) if re.fullmatch(r"-?\d+([.,]\d+)?", text) else None


# Use ------------------------------------------------------------------------------------------------------------------


def _without_code(text: str) -> str:
    """'1 - Never' and '2) rarely' without the number."""
    return re.sub(r"^\s*\(?\d{1,2}(?:\s?[.):=]|\s[-–])\s*(?=[^\W\d])", "", text)


@remembered
def yes_no(text: str) -> float | None:
    """1 for 'Yes, use this', 0 for 'No, do not use this'."""
    text = _without_code(text)
    head = re.split(r"\s*[,.;:(–—-]\s*", tidy(text), maxsplit=1)[0]
    for word in (re.sub(r"^([01])[.,]0+$", r"\1", tidy(text)), "" if re.search(r"\d", head) else head):
        if word and (means("no", word) or means("none", word)):
            return 0.0
        if word and means("yes", word):
            return 1.0
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
    if _without_code(text) != text:
        return yes_no(text)
    word, n, unit = tidy(text), r"(\d+(?:[.,]\d+)?)", rf"\s*{any_of('unit')}?"
    if re.fullmatch(r"\d{1,3}:\d\d(:\d\d)?", word):
        return float(bool(re.search("[1-9]", word)))
    if re.match(rf"(?:{any_of('below')}|{any_of('upto')})\s*\d", word):
        return NAN
    rest = rf"{unit}(?:(\s*(?:-|–|to|bis|до|a|hingga)\s*){n})?\+?{unit}(?:\s.*)?"
    found = re.fullmatch(rf"(?:{any_of('above')}\s*)?{n}{rest}", word)
    if not found:
        return None if re.search(r"\d", word) else yes_no(text)
    return 1.0 if float(found[1].replace(",", ".")) > 0 else NAN if found[2] else 0.0


# Age ------------------------------------------------------------------------------------------------------------------


@remembered
def _age_patterns() -> list:
    w = {m: any_of(m) for m in ("years", "old", "up", "above", "from", "below", "upto", "to")}
    n = rf"(\d{{1,3}}(?:[.,]\d+)?)\s?{w['years']}?\.?(?:\s?{w['old']})?"
    made = {
        rf"(?:~|ca\.?|about|около|etwa|i'?m|i am|мне|tengo)?\s?{n}": lambda a: (a, a),
        r"(\d{1,3})\s?y\w*\.?\s?(\d{1,2})\s?m\w*": lambda a, m: (a + m / 12, a + m / 12),
        r"(\d{1,3}) 1/2": lambda a: (a + 0.5, a + 0.5),
        rf"(?:{w['from']}|between|von|entre)?\s?{n}\s?{w['to']}\s?{n}": lambda a, b: (a, b),
        rf"{w['from']}?\s?{n}\s?{w['up']}\s?{w['years']}?": lambda a: (a, NAN),
        rf"{w['from']}\s?{n}": lambda a: (a, NAN),
        rf"{w['above']}\s?{n}": lambda a: (a + 1, NAN),
        rf"{w['below']}\s?{n}": lambda a: (0, a - 1),
        rf"{w['upto']}\s?{n}": lambda a: (0, a),
        rf"{n}\s?{w['upto']}": lambda a: (0, a),
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
                low, high = band(*(float(group.replace(",", ".")) for group in found.groups()))
                return (low, high) if low <= 120 and not (high < low or high > 120) else None
    return None


@remembered
def dated_band(text: str) -> tuple[float, float] | None:
    """'Oct-14', '14-Oct' and '2014-10-01' are what a spreadsheet makes of 10-14."""
    found = re.fullmatch(r"([a-z]{3})-(\d\d)|(\d\d?)-([a-z]{3})|20(\d\d)-(\d\d)-01(?: 00:00:00)?", tidy(text))
    low = found and (MONTHS.get(found[1] or found[4]) or int(found[6] or 99))
    high = found and int(found[2] or found[3] or found[5])
    return (float(low), float(high)) if found and low < high else None


@remembered
def born(text: str) -> tuple[int, int] | None:
    """First and last year of birth: of '1998', or of a generation's name."""
    if re.fullmatch(r"(19[1-9]\d|20[0-2]\d)([.,]0)?", tidy(text)):
        return int(tidy(text)[:4]), int(tidy(text)[:4])
    word = re.sub(r"\s*\([^()]*\)", "", tidy(text))
    named = (row for row in word_table("generations").itertuples() if word in row.words.split(";"))
    return next(((row.born_from, row.born_to) for row in named), None)


@remembered
def birthday(text: str) -> tuple[int, int] | None:
    """The year of a date of birth, or of what `born` reads."""
    dates = r"\d{1,2}[./-]\d{1,2}[./-]((?:19|20)\d\d)|((?:19|20)\d\d)-\d\d-\d\d(?: 00:00:00)?"
    found = re.fullmatch(dates, tidy(text))
    return (int(found[1] or found[2]),) * 2 if found else born(text)


def code_book(question: str) -> dict[str, str]:
    """The meaning of codes, where a question states it: 'Facebook (1 = yes, 2 = no)'."""
    return {code: word.strip() for code, word in re.findall(r"\b(\d{1,2})\s*[=:]\s*([^,;()=|]+)", question)}


# A cell that lists platforms ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lister:
    """How the cells of one column separate answers: learned from all of them, so 'a, b' and 'a; b' may stand mixed."""

    signs: str
    glued: tuple[tuple[str, str], ...] = ()  # what always stands together is one option: ('TikTok', 'short videos')

    @classmethod
    def learn(cls, cells: list[str]) -> "Lister":
        """What separates answers in these cells, and which pieces always stand together."""
        seen = [sign for sign in (";", ",", r"\n", r"\|", r"\s{2,}") if any(re.search(sign, cell) for cell in cells)]
        plain, after, before = cls("|".join(seen) or "(?!)"), {}, {}
        for parts in map(plain.split, cells):
            for left, right in zip([None, *parts], [*parts, None], strict=True):
                after.setdefault(left, set()).add(right)
                before.setdefault(right, set()).add(left)
        pairs = [(min(lefts, key=str), right) for right, lefts in before.items() if right and len(lefts) == 1]
        together = [(a, b) for a, b in pairs if a and after[a] == {b} and b[0].islower() and not platform_of(b)]
        return cls(plain.signs, tuple(together))

    def split(self, cell: str) -> list[str]:
        """The answers of one cell."""
        text = re.sub(r"^\[(.*)\]$", lambda found: re.sub(r"['\"]", "", found[1]), cell.strip())
        text = re.sub(r"(?:^|(?<=[\s,;]))\d{1,2}\s?[.)]\s*(?=\D)", ";", text)  # '1. Instagram 2. TikTok'
        signs = self.signs if text == cell.strip() else f"{self.signs}|[;,]"
        parts, depth, start = [], 0, 0
        for found in re.finditer(rf"[()]|{signs}", text):
            depth = max(0, depth + {"(": 1, ")": -1}.get(found[0], 0))
            if depth == 0 and found[0] not in "()":
                parts, start = [*parts, text[start : found.start()]], found.end()
        parts = [part.strip(" .'\"") for part in [*parts, text[start:]] if part.strip(" .'\"")]
        parts = [part for part in parts if not any(part == right and left in parts for left, right in self.glued)]
        return [one for part in parts for one in _typed(part)]


def _typed(part: str) -> list[str]:
    """'Insta und VK', 'VK/Telegram', 'instagram tiktok maps': split where all pieces, or two, are platforms."""
    part = re.sub(rf"^{any_of('and')}\s+", "", part, flags=re.IGNORECASE)
    for between in (rf"\s+{any_of('and')}\s+|\s*[+&/,;]\s*", r"\s+"):
        pieces = re.split(between, part, flags=re.IGNORECASE)
        known = [piece for piece in pieces if platform_of(piece)]
        if not platform_of(part) and known and (len(known) == len(pieces) or len(set(map(platform_of, known))) > 1):
            return [piece for piece in pieces if not means("and", piece)]
    return [part]
