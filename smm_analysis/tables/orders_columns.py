"""One column of a file of orders: what its name speaks of (`data/order_words.csv`), its kind and its values."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _, number
from .asking import Undecided
from .vocabulary import word_table

UNITS = {"days": 1440, "hours": 60, "minutes": 1}  # times, in minutes; a scale is "points"
MINUTES = UNITS | {"weeks": 10080}
NEVER = 2200  # 9999-12-31 and the like are no dates
CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
CLOCK = re.compile(
    r"(?:[T ,]\s*|^)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*([ap]\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?$", re.I
)
DATE = re.compile(r"(\d{4}|\d\d?(?=.*\d\d$))\s?([-/.])\s?(\d\d?)\s?\2\s?(\d{4}|\d\d?)")
NUMBER = re.compile(r"([+-]?\d[\d ,.'\u00a0\u202f]*)\s*(/\s*\d+|%|[^\W\d_]+\.?)?")


# Words ----------------------------------------------------------------------------------------------------------------


@lru_cache(100_000)
def fold(text: str) -> str:
    """The words of a name without case, accents and punctuation: "DeliveredAt" is _delivered_at_."""
    spaced = CAMEL.sub(" ", text).casefold().replace("ё", "е")
    plain = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return "_".join(["", *re.findall(r"[^\W\d_]+|\d+", plain), ""])


@cache
def _patterns() -> dict[str, re.Pattern]:
    """Per concept a pattern of its words ("liefer*") and phrases ("on_time"), folded as names are."""
    found = {}
    for concept, *languages in word_table("order_words").itertuples(index=False):
        words = (map(fold, word.split("*")) for word in " ".join(languages).split())
        said = "|".join("[^_]*".join(part.strip("_") for part in parts) for parts in words)
        found[concept] = re.compile(f"_(?:{said})(?=_)")
    return found


def says(concept: str, text: str) -> bool:
    """Does the text speak of the concept?"""
    return bool(_patterns()[concept].search(fold(text)))


@lru_cache(100_000)
def meaning(text: str, kind: str = "v_") -> str | None:
    """The first concept of a kind ("v_": of cells, "month_") that the text carries, without the kind's mark."""
    return next((c[len(kind) :] for c in _patterns() if c.startswith(kind) and says(c, text)), None)


def concepts(name: str) -> set[str]:
    """What the name of a column speaks of; "only" if every word of it is known."""
    rest = fold(name)
    found = {c for c in _patterns() if not c.startswith(("v_", "month_", "weekday")) and says(c, name)}
    for concept in found:
        rest = _patterns()[concept].sub("", rest)
    return found if re.search(r"[^\W\d_]", rest) else found | {"only"}


def _unit(text: str) -> str | None:
    """The unit of time that a text names."""
    return next((unit for unit in MINUTES if says(unit, text)), None)


# Columns --------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Column:
    """What was found in one column; `doubt` is the question that its content leaves open, raised if it is needed."""

    name: str
    text: pd.Series
    concepts: set
    unit: str | None
    kind: str = "empty"  # date, number, flag, words
    values: pd.Series | None = None
    never: pd.Series | bool = False  # 9999-12-31 and the like
    zones: frozenset = frozenset()
    order: str | None = None
    scale: tuple | None = None
    said: list = field(default_factory=list)
    doubt: TableError | None = None

    @property
    def bad(self) -> pd.Series:
        """True where the text is neither a value nor a date that means never."""
        return self.text.notna() & self.values.isna() & ~self.never


def look(name: str, cells: pd.Series, separator: str, decimal: str | None, order: str | None) -> Column:
    """Name and content of one column; `decimal` and `order` where somebody told them."""
    blank = {one: _blank(one) for one in cells.dropna().unique()}
    text = cells.astype(object).mask(cells.map(blank, na_action="ignore").fillna(True).astype(bool), None)
    column = Column(name, text, concepts(name), _unit(name))
    some = text.dropna()
    distinct = some.drop_duplicates().head(400)
    if not len(distinct):
        return column
    if _mostly(date_parts, some, distinct):
        column.kind = "date"
        _dates(column, order)
    elif _mostly(number_parts, some, distinct):
        _numbers(column, separator, decimal)
        column.kind = "flag" if set(column.values.dropna()) <= {0, 1} else "number"
    else:
        senses = {meaning(one) for one in distinct}
        column.kind = "flag" if len(distinct) <= 2 and senses <= {"yes", "no"} else "words"
        column.concepts |= {"latewords"} if {"late", "ontime"} <= senses else set()
    column.concepts |= {"unit"} if column.unit else set()
    return column


def _mostly(parts, some: pd.Series, distinct: pd.Series) -> bool:
    """Can most cells, or most different ones, be read so?"""
    return max(each.map(lambda one: parts(one) is not None).mean() for each in (distinct, some.head(400))) >= 0.6


def _blank(text: str) -> bool:
    return not re.search(r"[\w★☆]", text) or (len(text) < 5 and says("v_empty", text))


# Dates ----------------------------------------------------------------------------------------------------------------


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
        year, day = (first, last) if len(first) == 4 else (last, first)
        return len(first) < 4, _century(year), int(month), int(day), seconds, zone
    read = [(word, meaning(word, "month_") if word.isalpha() else "") for word in re.findall(r"\d+|[^\W\d_]+", text)]
    form = "".join("m" if month else "n" for word, month in read if month or word.isdecimal())
    foreign = any(month is None and len(word) > 4 and not says("weekday", word) for word, month in read)
    if form not in ("nmn", "mnn") or foreign:
        return None
    first, last = (word for word, month in read if word.isdecimal())
    year, day = (first, last) if int(first) > 31 else (last, first)
    return False, _century(year), int(next(month for _word, month in read if month)), int(day), seconds, zone


def _century(year: str) -> int:
    return int(year) + (0 if len(year) > 2 else 2000 if int(year) < 70 else 1900)


def _dates(column: Column, told: str | None) -> None:
    """One order of day and month for the whole column, shown by its values; where nothing shows it, a doubt."""
    read = column.text.map(date_parts, na_action="ignore").dropna()
    parts = pd.DataFrame(read.tolist(), read.index, ["open", "year", "month", "day", "seconds", "zone"])
    column.order = _order(column, parts, told)
    flip, (month, day) = parts["open"] & (column.order == "month"), (parts["month"], parts["day"])
    days = parts[["year"]].assign(month=month.mask(flip, day), day=day.mask(flip, month))
    never = ~days["year"].between(1901, NEVER - 1) | days.eq([1970, 1, 1]).all(axis=1)
    dates = pd.to_datetime(days.assign(year=days["year"].mask(never, 2000)), errors="coerce").astype("datetime64[us]")
    dates += pd.to_timedelta(parts["seconds"], unit="s")
    column.values = dates.mask(never).reindex(column.text.index)
    column.never = never.reindex(column.text.index, fill_value=False)
    column.zones = frozenset(parts["zone"].dropna())
    if column.zones:
        column.said.append(_("the time zone of {n} times was left off").format(n=number(parts["zone"].notna().sum())))


def _order(column: Column, parts: pd.DataFrame, told: str | None) -> str | None:
    """Which of day and month stands first in dates such as 3/1/2024; None where the column does not show it."""
    either, text = parts[parts["open"] & (parts[["month", "day"]].min(axis=1) <= 12)], column.text
    if either.empty:
        return None
    proof = {"day": either.index[either["day"] > 12], "month": either.index[either["month"] > 12]}
    shown = [order for order, rows in proof.items() if len(rows)]
    iso = parts.loc[~parts["open"], "day"]
    swapped = len(proof["day"]) == len(either) and len(iso) and iso.le(12).all()
    if swapped or (len(shown) == 2 and not told):
        pair = text[proof["day"][0]], text[iso.index[0] if swapped else proof["month"][0]]
        remedy = "A program swapped days up to 12: export it anew with dates such as 2024-01-31."
        column.doubt = TableError(column.name, "days and months in one order", f"{pair[0]!r} and {pair[1]!r}", remedy)
        return None
    dots = text[either.index].str.match(r"\d+\.").all()
    order = told or (shown[0] if shown else "day" if dots else None)
    if order is None:
        rule = f"{column.name!r} holds {text[either.index[0]]!r}: which number comes first"
        column.doubt = Undecided("answers", rule, [(f"the {each}", {"date_order": each}) for each in proof])
        return None
    said = {"day": _("the day stands first, as in {example}"), "month": _("the month stands first, as in {example}")}
    column.said.append(said[order].format(example=repr(text[proof[order][0] if order in shown else either.index[0]])))
    return order


# Numbers --------------------------------------------------------------------------------------------------------------


@lru_cache(200_000)
def number_parts(text: str) -> tuple[str, str] | None:
    """(number as typed, what follows it): '1,200', '4/5', '5 stars', '80 %', '3 days', stars."""
    if set(text) <= set("★☆"):
        return str(text.count("★")), "/5"
    match = NUMBER.fullmatch(text)
    return match and (re.sub(r"[ '\u00a0\u202f]", "", match[1]), (match[2] or "").replace(" ", ""))


def _decimal_mark(typed: list[str], separator: str) -> str | None:
    """The decimal mark of a column; None where its numbers do not tell '1,200' from 1.2."""
    marks = {mark for mark in ",." if any(mark in one for one in typed)}
    if not marks:
        return "."
    if len(marks) == 2:
        last = {one[max(one.rfind(","), one.rfind("."))] for one in typed if marks <= set(one)}
        return last.pop() if len(last) == 1 else None
    (mark,) = marks
    marked = [one for one in typed if mark in one]
    if not all(re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(\{mark}\d{{3}})+", one) for one in marked):
        return mark
    whole = max((abs(float(one)) for one in typed if mark not in one), default=0)
    if any(one.count(mark) > 1 for one in marked) or (mark, separator) == (",", ",") or whole >= 100:
        return ",."[mark == ","]
    return "." if (mark, separator) == (".", ",") else None


def _numbers(column: Column, separator: str, told: str | None) -> None:
    """Numbers of one unit or one scale; another denominator or a foreign word behind the number is no value."""
    good = {one: parts for one in column.text.dropna().unique() if (parts := number_parts(one))}
    typed = [digits for digits, _tail in good.values()]
    mark = told or _decimal_mark(typed, separator)
    thousands = ",."[mark == ","]
    if mark is None:
        example = next(one for one in typed if "," in one or "." in one)
        rule = f"is {example!r} of {column.name!r} a thousand or a decimal number"
        column.doubt = Undecided(
            "answers", rule, [(f"{each!r} is the decimal mark", {"decimal": each}) for each in ",."]
        )
    elif example := next((one for one in typed if thousands in one), ""):
        column.said.append(_("{example} is read with thousands").format(example=repr(example)))
    usual = (
        column.text.map({one: re.sub(r"^\w+\.?$", "", tail) for one, (_d, tail) in good.items()})
        .value_counts()
        .index[0]
    )
    units = {tail: _unit(tail) for _digits, tail in good.values()}
    finest = min(filter(None, units.values()), key=MINUTES.get, default=column.unit)
    finest, named = "days" if finest == "weeks" else finest, column.unit or finest
    values = {}
    for one, (digits, tail) in good.items():
        value = pd.to_numeric(digits.replace(thousands, "").replace(",", "."), errors="coerce")
        fits = tail in ("", usual) or units[tail] or meaning(tail) == "rate"
        factor = MINUTES[units[tail] or named] / MINUTES[finest] if finest else 1
        values[one] = value * factor if fits else np.nan
    column.unit, column.values = finest, column.text.map(values).astype(float)
    if len({unit for unit in units.values() if unit}) > 1:
        column.said.append(_("several units are turned into {unit}").format(unit=finest))
    if usual:
        column.scale = (0, 100) if usual == "%" else (min(1, column.values.min()), float(usual.strip("/ ")))
        column.said.append(_("{tail} behind the number is left off").format(tail=repr(usual)))
    if column.values.min() >= 0 and column.values.max() <= 100:
        column.concepts.add("scale")
