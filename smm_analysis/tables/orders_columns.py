"""What name and content of one column of orders say: its kind and values, in one order of dates and in one unit."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _, number
from .asking import Undecided
from .orders import UNITS
from .orders_words import carries, concepts, meaning, tokens

CLOCK = re.compile(
    r"(?:[T ,]\s*|^)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*([ap]\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?$", re.I
)
DATE = re.compile(r"(\d{1,4})\s?([-/.])\s?\d{1,2}\s?\2\s?(\d{1,4})")
WIDTHS = {(4, 1), (4, 2), (1, 4), (2, 4), (1, 2), (2, 2)}  # digits of the first and the last number of a date
NUMBER = re.compile(r"([+-]?\d[\d ,.'\u00a0\u202f]*)\s*(/\s*\d+|%|[^\W\d_]+\.?)?")
DURATION = re.compile(r"(?:(\d+) days?,? )?(\d{1,3}):(\d\d)(?::(\d\d)(?:\.\d+)?)?")
NEVER = 2200  # 9999-12-31 and the like are no dates


@dataclass
class Column:
    """What was found in one column; `doubt` is the question that its content leaves open, raised if it is needed."""

    name: str
    text: pd.Series
    concepts: frozenset = frozenset()
    known: bool = False
    unit: str | None = None
    kind: str = "empty"  # date, number, flag, words
    values: pd.Series | None = None
    never: pd.Series | None = None  # 9999-12-31 and the like
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
    found, known = concepts(name)
    unit = _unit(tokens(name))
    text = cells.astype(object).where(cells.notna(), None)
    blank = {one: _blank(one) for one in text.dropna().unique()}
    text = text.mask(text.map(blank).fillna(True).astype(bool), None)
    column = Column(name, text, found | ({"unit"} if unit else set()), known, unit)
    column.never = pd.Series(False, text.index)
    some = text.dropna()
    distinct = some.drop_duplicates().head(400)
    if not len(distinct):
        return column
    if _mostly(date_parts, some, distinct):
        column.kind = "date"
        _dates(column, order)
    elif _mostly(number_parts, some, distinct):
        column.kind = "number"
        _numbers(column, separator, decimal)
        if set(column.values.dropna()) <= {0, 1}:
            column.kind = "flag"
    else:
        column.kind = "flag" if len(distinct) <= 2 and {meaning(one) for one in distinct} <= {"yes", "no"} else "words"
    return column


def _mostly(parts, some: pd.Series, distinct: pd.Series) -> bool:
    """Can most cells, or most different ones, be read so?"""
    return max(each.map(lambda one: parts(one) is not None).mean() for each in (distinct, some.head(400))) >= 0.6


def _blank(text: str) -> bool:
    return not re.search(r"[\w★☆]", text) or (len(text) < 5 and bool(carries("v_empty", tokens(text))))


# Dates ----------------------------------------------------------------------------------------------------------------


@lru_cache(200_000)
def date_parts(text: str) -> tuple | None:
    """(form, three numbers, second of the day, zone); form: ymd, dmy or mdy (a month's name), num for 3/1/2024."""
    seconds, zone, clock = 0, None, CLOCK.search(text)
    if clock:
        hour, minute, second, half, zone = clock.groups()
        hour = int(hour) % 12 + 12 * (half[0].lower() == "p") if half else int(hour)
        seconds, text = hour * 3600 + int(minute) * 60 + int(second or 0), text[: clock.start()].strip(" ,")
    if re.fullmatch(r"20[0-4]\d[01]\d[0-3]\d", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    match = DATE.fullmatch(text)
    if match and (len(match[1]), len(match[3])) in WIDTHS:
        parts = map(int, re.findall(r"\d+", text))
        return ("ymd" if len(match[1]) == 4 else "num", *parts, seconds, zone)
    words = re.findall(r"\d+|[^\W\d_]+", text)
    read = [word if word.isdecimal() else meaning(word, "month_") for word in words]
    form = "".join("n" if word.isdecimal() else "m" for word, known in zip(words, read, strict=True) if known)
    others = [word for word, known in zip(words, read, strict=True) if not known]
    foreign = any(len(word) > 4 and not carries("weekday", tokens(word)) for word in others)
    if form not in ("nmn", "mnn") or foreign:
        return None
    numbers = [int(known) for known in read if known]
    form = "mdy" if form == "mnn" else "ymd" if numbers[0] > 31 else "dmy"
    return (form, *numbers, seconds, zone)


def _dates(column: Column, order: str | None) -> None:
    """One order of day and month for the whole column, shown by its values; where nothing shows it, a doubt."""
    text = column.text
    read = text.map({one: date_parts(one) for one in text.dropna().unique()}).dropna()
    parts = pd.DataFrame(read.tolist(), index=read.index, columns=["form", "a", "b", "c", "seconds", "zone"])
    column.order = _order(column, parts, order)
    spots = {"ymd": "abc", "dmy": "cba", "mdy": "cab"}
    spots["num"] = {"month": "cab", "year": "abc"}.get(column.order, "cba")
    year, month, day = (
        np.select([parts["form"] == form for form in spots], [parts[letters[i]] for letters in spots.values()])
        for i in range(3)
    )
    short = parts["form"].ne("ymd") & (year < 100)
    year = np.where(year < 70, year + 2000, np.where(year < 100, year + 1900, year))
    never = (year >= NEVER) | (year <= 1900) | ((year == 1970) & (month == 1) & (day == 1))
    days = pd.DataFrame({"year": np.where(never, 2000, year), "month": month, "day": day}, index=parts.index)
    dates = pd.to_datetime(days, errors="coerce").astype("datetime64[us]") + pd.to_timedelta(parts["seconds"], unit="s")
    column.values = dates.mask(never).reindex(text.index)
    column.never = pd.Series(never, parts.index).reindex(text.index, fill_value=False)
    column.zones = frozenset(parts["zone"].dropna())
    if short.any():
        said = _("two-digit years are {first} to {last}")
        column.said.append(said.format(first=year[short].min(), last=year[short].max()))
    if column.zones:
        column.said.append(_("the time zone of {n} times was left off").format(n=number(parts["zone"].notna().sum())))


def _order(column: Column, parts: pd.DataFrame, told: str | None) -> str | None:
    """Which of day, month and year comes first in dates such as 3/1/2024; None where the column does not show it."""
    typed, text = parts[parts["form"].eq("num")], column.text
    if not len(typed):
        return None
    real = typed[typed["c"] < NEVER]
    first, second = real["a"].gt(12), real["b"].gt(12)
    proof = {"day": real.index[first & ~second], "month": real.index[second & ~first]}
    shown = [order for order, rows in proof.items() if len(rows)]
    if len(real) and (first & second).all():
        return None  # no dates at all: 31/31/2024
    iso = parts.loc[parts["form"].eq("ymd"), "c"]
    swapped = len(proof["day"]) == len(real) > 0 and len(iso) and iso.le(12).all()
    if swapped or (len(shown) == 2 and not told):
        pair = text[proof["day"][0]], text[iso.index[0] if swapped else proof["month"][0]]
        remedy = "A program swapped days up to 12: export it anew with dates such as 2024-01-31."
        column.doubt = TableError(column.name, "days and months in one order", f"{pair[0]!r} and {pair[1]!r}", remedy)
        return None
    dots = text[typed.index].str.match(r"\d+\.").all() and shown != ["month"]
    order = told or (shown[0] if shown else "day" if dots else None)
    years = typed.loc[typed["c"] < 100, "c"]
    if order is None or (not told and len(years) and years.max() - years.min() > 15):
        rule = f"{column.name!r} holds {text[typed.index[0]]!r}: which number comes first"
        orders = ("day", "month", "year") if len(years) else ("day", "month")
        column.doubt = Undecided("answers", rule, [(f"the {each}", {"date_order": each}) for each in orders])
        return None
    said = {"day": _("the day stands first, as in {example}"), "month": _("the month stands first, as in {example}")}
    example = text[proof[order][0] if order in shown else typed.index[0]]
    column.said.append(said.get(order, _("the year stands first, as in {example}")).format(example=repr(example)))
    return order


# Numbers --------------------------------------------------------------------------------------------------------------


@lru_cache(200_000)
def number_parts(text: str) -> tuple[str, str] | None:
    """(number as typed, what follows it): '1,200', '4/5', '5 stars', '80 %', '3 days', '0 days 00:35:00', stars."""
    if set(text) <= set("★☆"):
        return str(text.count("★")), "/5"
    if span := DURATION.fullmatch(text):
        day, hour, minute, second = (int(part or 0) for part in span.groups())
        return str(day * 1440 + hour * 60 + minute + second / 60), "minutes"
    match = NUMBER.fullmatch(text)
    return (re.sub(r"[ '\u00a0\u202f]", "", match[1]), (match[2] or "").replace(" ", "")) if match else None


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
    typed = [parts[0] for parts in good.values()]
    mark = told or _decimal_mark(typed, separator)
    example = next((one for one in typed if "," in one or "." in one), "")
    if mark is None:
        rule = f"is {example!r} of {column.name!r} a thousand or a decimal number"
        choices = [(f"{each!r} is the decimal mark", {"decimal": each}) for each in ",."]
        column.doubt = Undecided("answers", rule, choices)
    elif (thousands := ",."[mark == ","]) in "".join(typed):
        example = next(one for one in typed if thousands in one)
        column.said.append(_("{example} is read with thousands").format(example=repr(example)))
    if all(re.fullmatch(r"([01]?\d|2[0-3]):\d\d(:\d\d)?", one) for one in good):
        rule, remedy = "a duration, or a day with its time", "Write durations in minutes, or times with their day."
        column.doubt = TableError(column.name, rule, repr(next(iter(good))), remedy)
    tails = {one: parts[1] if parts[1][:1] in ("/", "%") else "" for one, parts in good.items()}
    usual = column.text.map(tails).value_counts().index[0]
    units = {one: _unit(tokens(parts[1])) for one, parts in good.items()}
    named = {unit for unit in units.values() if unit} or ({column.unit} if column.unit else set())
    finest = min(named, key=_minutes, default=None)
    finest = "days" if finest == "weeks" else finest
    values = {}
    for one, (digits, tail) in good.items():
        value = pd.to_numeric(digits.replace(",."[mark == ","], "").replace(",", "."), errors="coerce")
        fits = tail == usual if tail[:1] in ("/", "%") else not tail or units[one] or meaning(tail) == "rate"
        factor = _minutes(units[one] or column.unit or finest) / _minutes(finest) if finest else 1
        values[one] = value * factor if fits else np.nan
    column.unit, column.values = finest, column.text.map(values).astype(float)
    if len(named) > 1:
        column.said.append(_("several units are turned into {unit}").format(unit=finest))
    if usual:
        column.scale = (0, 100) if usual == "%" else (min(1, column.values.min()), float(usual.strip("/ ")))
        column.said.append(_("{tail} behind the number is left off").format(tail=repr(usual)))


def _unit(words: tuple[str, ...]) -> str | None:
    """The unit of time that these words name."""
    return next((unit for unit in (*UNITS, "weeks") if carries(unit, words)), None)


def _minutes(unit: str) -> int:
    return 10080 if unit == "weeks" else UNITS[unit]
