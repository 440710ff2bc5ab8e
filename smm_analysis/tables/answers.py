"""What people type into a survey, read one cell at a time: ages, yes and no, platforms. Nothing here opens a file."""

import re
import unicodedata
from difflib import get_close_matches
from functools import cache, lru_cache

import pandas as pd

from .published import data_folder

NAN = float("nan")
remembered = lru_cache(100_000)  # people type the same few answers
YEARS = r"(?:years?|yrs?|y/?o|y|jahren?|j|лет|года?|годов|г|жас(?:та)?)?\.?(?: ?(?:old|alt|jung))?"
ABOUT = r"(?:~|≈|ca\.?|etwa|circa|about|около|шамамен|я?мне|i'?m|i am|ich bin)? ?"
EXACT = re.compile(rf"{ABOUT}(\d{{1,4}}(?:[.,]\d+)?) ?{YEARS}")
AGE = rf"(\d{{1,3}}) ?{YEARS}"
OLDER = r"(?:\+|(?:and|or) (?:over|older|more)|und (?:älter|mehr)|и (?:старше|более))"
BANDS = {
    re.compile(rf"(?:from|von|от|с)? ?{AGE} ?(?:-|–|—|to|bis|до|по|\.\.) ?{AGE}"): lambda low, high: (low, high),
    re.compile(rf"(?:ab|from|от)? ?{AGE} ?{OLDER}"): lambda low: (low, NAN),
    re.compile(rf"(?:over|older than|über|älter als|старше|больше|>) ?{AGE}"): lambda below: (below + 1, NAN),
    re.compile(rf"(?:under|younger than|unter|jünger als|до|младше|<) ?{AGE}"): lambda above: (0, above - 1),
}
LATIN = dict(zip("абвгдезийклмнопрстуфхыэәғқңөұүһі", "abvgdeziiklmnoprstufhyeagqnouuhi", strict=True)) | {
    "ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "yu", "я": "ya", "ъ": "", "ь": "", "ß": "ss",
}  # fmt: skip


@remembered
def tidy(text: str) -> str:
    """Lower case, one space between words, no ornaments at the ends: what two spellings have in common."""
    text = unicodedata.normalize("NFKC", str(text)).casefold().replace("ё", "е").replace("’", "'")
    return re.sub(r"\s+", " ", text).strip(" \t\n\"'«»„“”.,;:!*#@•·")


@cache
def _words(meaning: str) -> tuple[frozenset[str], re.Pattern]:
    """The words of data/survey_words.csv with this meaning: as a set, and as a pattern that finds one in a sentence."""
    table = pd.read_csv(data_folder() / "survey_words.csv", keep_default_na=False).set_index("meaning")["words"]
    words = [word.casefold() for word in table[meaning].split(";")]
    found = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return frozenset(words), re.compile(rf"(?<!\w)(?:{found})(?!\w)")


def means(meaning: str, text: str) -> bool:
    """Is the text one of the words with this meaning?"""
    words, _ = _words(meaning)
    return tidy(text) in words or str(text).strip().casefold() in words


def mentions(meaning: str, text: str) -> bool:
    """Does one of the words with this meaning stand in the text?"""
    return bool(_words(meaning)[1].search(tidy(re.sub(r"[_\[\]]", " ", text))))


@remembered
def silent(text: str) -> bool:
    """Is it a way to write 'no answer'?"""
    return not tidy(text) or means("silent", text)


@remembered
def parse_age(text: str) -> tuple[float, float, str]:
    """The age a person typed as (low, high, reason): low = high for an age in years, a band, or NaN and why not.

    >>> parse_age("18 years"), parse_age("19,5"), parse_age("16 лет"), parse_age("18–29")
    ((18.0, 18.0, ''), (19.5, 19.5, ''), (16.0, 16.0, ''), (18.0, 29.0, ''))
    >>> parse_age("1998")[2]
    'looks like a year of birth: ask for, or compute, the age in years'
    """
    words = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
    if silent(text):
        return NAN, NAN, "no answer"
    for pattern, band in BANDS.items():
        found = pattern.fullmatch(words)
        if found:
            low, high = band(*map(float, found.groups()))
            return (low, high, "") if low < 120 and not high < low and not high > 120 else (NAN, NAN, "not an age")
    found = EXACT.fullmatch(words)
    if not found:
        return NAN, NAN, "not an age"
    age = float(found[1].replace(",", "."))
    if 1900 <= age <= 2100 and age == int(age):
        return NAN, NAN, "looks like a year of birth: ask for, or compute, the age in years"
    return (age, age, "") if age <= 120 else (NAN, NAN, "ages lie between 0 and 120 years")


@remembered
def parse_number(text: str) -> float:
    """A number with a decimal point or comma; NaN for anything else.

    >>> parse_number("0,85"), parse_number("1.2"), parse_number("1.234,5")
    (0.85, 1.2, 1234.5)
    """
    text = re.sub(r"[\s\u00a0\u202f]", "", str(text))
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+", text):
        text = text.replace(".", "")
    text = text.replace(",", ".")
    return float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text, re.IGNORECASE) else NAN


@remembered
def yes_or_no(text: str, platform: str | None = None) -> float:
    """1 for a yes, a tick, the platform's own name or any frequency of use; 0 for a no or never; NaN otherwise."""
    word = tidy(text) or str(text).strip()
    word = re.sub(r"^([01])[.,]0+$", r"\1", word)
    if means("no", word) or means("none", word):
        return 0.0
    yes = means("yes", word) or mentions("often", word) or (platform and platform_of(text) == platform)
    return 1.0 if yes else NAN


@cache
def _spellings() -> dict[str, str]:
    table = pd.read_csv(data_folder() / "platforms.csv", keep_default_na=False)
    known = {tidy(row.label): row.platform for row in table.itertuples()}
    for row in table.itertuples():
        known |= {tidy(word): row.platform for word in (*row.spellings.split(";"), row.platform)}
    return known


@cache
def platform_labels() -> dict[str, str]:
    """How the canonical names are written."""
    table = pd.read_csv(data_folder() / "platforms.csv", keep_default_na=False)
    return dict(zip(table["platform"], table["label"], strict=True))


def platforms_in_order() -> list[str]:
    """The canonical names, in the order of data/platforms.csv."""
    return list(dict.fromkeys(_spellings().values()))


@remembered
def platform_of(text: str) -> str | None:
    """The canonical name behind a spelling, or None: 'ВКонтакте' is vk, 'YouTube Kids' is nothing known.

    >>> platform_of("Insta"), platform_of("X (formerly Twitter)"), platform_of("TikTok (short videos)")
    ('instagram', 'twitter', 'tiktok')
    """
    word, known = tidy(text), _spellings()
    word = re.sub(r"[^\w\s/(),'.+&-]", "", word).strip() or word
    for attempt in (word, re.sub(r"\s*\([^()]*\)$", "", word)):
        if attempt in known:
            return known[attempt]
    parts = {known.get(part.strip()) for part in re.split(r"[/()]", word) if part.strip()}
    return parts.pop() if len(parts) == 1 else None


@remembered
def guess_platform(text: str) -> str | None:
    """The label of the known platform whose name or spelling is nearly this; only a guess, for a person to judge.

    >>> guess_platform("tick tock"), guess_platform("Instergram"), guess_platform("YouTube Kids")
    ('TikTok', 'Instagram', None)
    """
    name = column_name(text)
    spelled = {_sound(word): platform for word, platform in _spellings().items() if len(word) > 4}
    if any(map(platform_of, name.split("_"))):  # 'YouTube Kids' is spelled well
        return None
    near = get_close_matches(_sound(name), spelled, n=1, cutoff=0.66)
    return platform_labels()[spelled[near[0]]] if near else None


def _sound(text: str) -> str:
    """A name without what is most often misspelled: spaces, c for k."""
    return re.sub("ck|c", "k", column_name(text).replace("_", ""))


@remembered
def is_none(text: str) -> bool:
    """Does the person say that no platform applies?"""
    return means("none", re.sub(r"\s*\([^()]*\)$", "", tidy(text)))


@remembered
def column_name(text: str) -> str:
    """An ASCII column name for an option that is no known platform: 'Яндекс Дзен' -> 'yandeks_dzen'."""
    text = "".join(LATIN.get(letter, letter) for letter in tidy(text))
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", text).strip("_")[:40].rstrip("_")


@remembered
def split_answers(text: str, separator: str, options: tuple[str, ...] = ()) -> list[str]:
    """The answers in a multi-select cell; separators inside brackets or inside one of `options` do not split.

    >>> split_answers("TikTok, short videos, VK (old, new)", ",", ("TikTok, short videos",))
    ['TikTok, short videos', 'VK (old, new)']
    """
    mark = re.escape(separator)
    whole = "|".join(re.escape(option) for option in sorted(options, key=len, reverse=True))
    piece = rf"(?:\([^()]*\)|[^{mark}])*?"
    pattern = rf"\s*({whole + '|' if whole else ''}{piece})\s*(?:{mark}|$)"
    found = [answer for answer in re.findall(pattern, text, re.IGNORECASE) if answer]
    given = {option.casefold() for option in options}
    return [part for answer in found for part in ([answer] if answer.casefold() in given else _typed_list(answer))]


def _typed_list(answer: str) -> list[str]:
    """A list typed by hand ('Insta und VK', 'VK/Telegram', 'Facebook, MyBlog') as its parts."""
    if platform_of(answer):
        return [answer]
    for between in (r"\s+(?:and|und|и|және)\s+|\s*[+&/,;]\s*", r"\s+"):
        parts = re.split(between, answer)
        if len(parts) > 1 and all(map(platform_of, parts)):
            return parts
    parts = re.split(r"\s*,\s*", answer) if "(" not in answer else []
    typed = any(map(platform_of, parts)) and all(platform_of(part) or part[:1].isupper() for part in parts)
    return parts if typed else [answer]


def learn_separator(cells: list[str]) -> str:
    """The sign between the answers of a multi-select column: a comma only where no other sign stands between any."""
    for sign in (";", "\n", "|"):
        lists = [split_answers(cell, sign) for cell in cells if sign in cell]
        if any(len(answers) > 1 and any(map(platform_of, answers)) for answers in lists):
            return sign
    return ","


def learn_options(cells: list[str], separator: str) -> tuple[str, ...]:
    """Options that hold the separator themselves: answers seen only side by side, the second in lower case."""
    after, before, count = {}, {}, {}
    for cell in cells:
        answers = split_answers(cell, separator)
        for left, right in zip([None, *answers], [*answers, None], strict=True):
            after.setdefault(left, set()).add(right)
            before.setdefault(right, set()).add(left)
            count[left] = count.get(left, 0) + 1
    joined = {}
    for left, rights in after.items():
        right = next(iter(rights))
        alone = left is None or len(rights) > 1 or right is None or before[right] != {left} or count[left] < 2
        if not alone and right[0].islower() and not platform_of(right):
            joined[left] = right
    options = []
    for start in set(joined) - set(joined.values()):
        chain = [start]
        while chain[-1] in joined:
            chain.append(joined[chain[-1]])
        options.append(f"{separator} ".join(chain))
    return tuple(sorted(options))
