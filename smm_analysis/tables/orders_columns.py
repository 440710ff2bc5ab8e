"""Columns of a file of orders: what their names speak of (data/order_words.csv), kind, values, role."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _
from .asking import Undecided
from .vocabulary import word_table

UNITS = {"days": 1440, "hours": 60, "minutes": 1}  # times, in minutes; a scale is "points"
DATED, UNDATED = {"date", "promise", "term", "arrival", "delivery"}, {"id", "item", "customer", "rating", "not"}
NEVER = 2200  # 9999-12-31 and the like are no dates
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
    denied = "".join(f"(?<!_{word})" for word in "not no yet nicht noch kein keine не без non sin".split())
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
    ranges: pd.Series | bool = False  # '3-5 days', 'within 5 days': the later end, which only a promise has
    said: list = field(default_factory=list)
    doubt: TableError | None = None

    @property
    def bad(self) -> pd.Series:
        """True where the text is neither a value nor a date that means never."""
        return self.text.notna() & self.values.isna() & ~self.never

    def say(self, sentence: str, **values) -> None:
        """What the ledger says of the column."""
        self.said.append(sentence.format(**values))


def look(cells: pd.DataFrame, separator: str, told: dict) -> dict[str, Column]:
    """Every column by name and content; one that shows the order of day and month, or who told it, decides for all."""
    columns = {name: _look(name, cells[name], separator, told) for name in cells}
    orders = {column.order for column in columns.values() if column.order}
    for name, column in columns.items():
        if len(orders) == 1 and column.kind == "date" and isinstance(column.doubt, Undecided):
            columns[name] = _look(name, cells[name], separator, told | {"date_order": orders.copy().pop()})
    return columns


def _look(name: str, cells: pd.Series, separator: str, told: dict) -> Column:
    """Name and content of one column."""
    text = cells.astype(object).mask(cells.map(_blank).astype(bool), None)
    column, some = Column(name, text, concepts(name), unit_of(name)), text.dropna()
    samples = some.drop_duplicates().head(400), some.head(400)
    mostly = lambda reader: max(sample.map(reader).notna().mean() for sample in samples) >= 0.6
    if some.empty:
        column.values = pd.Series(np.nan, text.index)
    elif column.concepts & DATED and not column.concepts & UNDATED and mostly(day_number):
        _dates(column, told.get("date_order"), day_number)
    elif mostly(date_parts):
        _dates(column, told.get("date_order"), date_parts)
    elif mostly(HOURS.fullmatch):
        _hours(column, told.get("clock"))
    elif mostly(number_parts):
        _numbers(column, separator, told.get("decimal"))
    else:
        senses = {meaning(one) for one in samples[0]}
        column.kind = "flag" if len(samples[0]) <= 2 and senses <= {"yes", "no"} else "words"
        column.concepts |= {"latewords"} if {"late", "ontime"} <= senses else set()
    column.concepts |= {"unit"} if column.unit and not some.empty else set()
    column.concepts |= {"repeats"} if some.nunique() < len(some) / 2 else set()
    return column


@lru_cache(100_000)
def _blank(text: str | None) -> bool:
    return not isinstance(text, str) or not re.search(r"[\w★☆]", text) or (len(text) < 5 and says("v_empty", text))


def choose(columns: dict[str, Column], given: dict[str, str | None]) -> tuple[dict, dict, dict, dict]:
    """Per role the one column of the best rule of data/order_roles.csv: taken, ties, offered ('?'), outranked."""
    rules = dict(list(word_table("order_roles").groupby("role", sort=False)))
    for role, name in given.items():
        if role not in rules or name not in (None, *columns):
            rule, has = f"names some of {', '.join(rules)}, and columns of the file", ", ".join(map(repr, columns))
            raise TableError("columns", rule, repr(name if role in rules else role), f"The file has {has[:300]}.")
        kinds = ["empty", *" ".join(rules[role]["kinds"]).split()]
        if name and "words" not in kinds and columns[name].kind not in kinds:
            found = f"{columns[name].kind} in {name!r}, such as {columns[name].text.dropna().iloc[0][:40]!r}"
            raise TableError("columns", f"{role} is a column of {kinds[1]}s", found, "Name another one, or none: None.")
    taken = {role: columns[name] for role, name in given.items() if name is not None}
    ties, offered, outranked = {}, {}, {}
    for role in [role for role in rules if role not in given]:
        free = [column for column in columns.values() if role == "late" or column not in taken.values()]
        hits = [(rule, [c.name for c in free if _fits(c, *rule)]) for rule in rules[role].to_numpy()]
        (_role, _kinds, rule), hit = next(((rule, hit) for rule, hit in hits if hit), (("", "", ""), []))
        picks = [(f"{name!r} is {role}", {role: name}) for name in hit]
        if rule.startswith("?"):
            offered[role] = picks
        elif len(hit) == 1:
            taken[role] = columns[hit[0]]
            outranked[role] = list(dict.fromkeys(name for _rule, more in hits for name in more))[1:]
        elif hit:
            ties[role] = Undecided("columns", f"which is {role}", [*picks, ("none of them", {role: None})])
    return {role: taken[role] for role in rules if role in taken}, ties, offered, outranked


def _fits(column: Column, role: str, kinds: str, rule: str) -> bool:
    """Does a column obey a rule? 'a b -c' means: it speaks of a and b, not of c; '=': it has the role's name."""
    if rule == "=":
        rule = "" if fold(column.name) == f"_{role}_" else "never"
    words = rule.strip("?").replace("!", "-not -id -rating -status").split()
    spoken = all((word.strip("-") in column.concepts) != word.startswith("-") for word in words)
    return spoken and column.kind in kinds.split()


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


def _dates(column: Column, told: str | None, reader: Callable) -> None:
    """One order of day and month for the whole column, shown by its values; where nothing shows it, a doubt."""
    column.kind, read = "date", column.text.map(reader, na_action="ignore").dropna()
    if reader is day_number:
        date = "-".join(f"{part:02}" for part in read.iloc[0][1:4])
        column.say(_("numbers such as {example} are dates: {date}"), example=column.text[read.index[0]], date=date)
    parts = pd.DataFrame(read.tolist(), read.index, ["open", "year", "month", "day", "seconds", "zone"])
    column.order = _order(column, parts, told)
    flip, month, day = parts["open"] & (column.order == "month"), parts["month"], parts["day"]
    days = parts[["year"]].assign(month=month.mask(flip, day), day=day.mask(flip, month))
    never = ~days["year"].between(1901, NEVER - 1) | days.eq([1970, 1, 1]).all(axis=1)
    dates = pd.to_datetime(days.assign(year=days["year"].mask(never, 2000)), errors="coerce").astype("datetime64[us]")
    dates += pd.to_timedelta(parts["seconds"], unit="s")
    column.values = dates.mask(never).reindex(column.text.index)
    waits = column.values.isna() & column.text.map(meaning, na_action="ignore").isin(["open", "failed"])  # 'not yet'
    column.never = waits | never.reindex(column.text.index, fill_value=False)
    column.zones = frozenset(parts["zone"].dropna())


def _order(column: Column, parts: pd.DataFrame, told: str | None) -> str | None:
    """Which of day and month stands first in dates such as 3/1/2024; None where the column does not show it."""
    either, text = parts[parts["open"] & (parts[["month", "day"]].min(axis=1) <= 12)], column.text
    if either.empty:
        return None
    proof = {"day": text[either.index[either["day"] > 12]], "month": text[either.index[either["month"] > 12]]}
    shown = [order for order, rows in proof.items() if len(rows)]
    iso = parts.loc[~parts["open"], "day"]
    swapped = len(proof["day"]) == len(either) and len(iso) and iso.le(12).all()
    if swapped or (len(shown) == 2 and not told):
        pair = f"{proof['day'].iloc[0]!r} and {text[iso.index[0]] if swapped else proof['month'].iloc[0]!r}"
        remedy = "A program swapped days up to 12: export it anew with dates such as 2024-01-31."
        column.doubt = TableError(column.name, "days and months in one order", pair, remedy)
        return None
    order = told or (shown[0] if shown else "day" if text[either.index].str.match(r"\d+\.").all() else None)
    example = repr((proof[order] if order in shown else text[either.index]).iloc[0])
    if order is None:
        rule = f"{column.name!r} holds {example}: which number comes first"
        column.doubt = Undecided("answers", rule, [(f"the {each}", {"date_order": each}) for each in proof])
        return None
    said = {"day": _("the day stands first, as in {example}"), "month": _("the month stands first, as in {example}")}
    column.say(said[order], example=example)
    return order


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


def _decimal_mark(typed: list[str], separator: str) -> str | None:
    """The decimal mark of a column; None where its numbers do not tell '1,200' from 1.2."""
    marks = {mark for one in typed for mark in one if mark in ",."}
    if len(marks) != 1:
        last = {max(",.", key=one.rfind) for one in typed if len({*one} & marks) == 2}
        return "." if not marks else last.pop() if len(last) == 1 else None
    (mark,) = marks
    marked = [one for one in typed if mark in one]
    if not all(re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(\{mark}\d{{3}})+", one) for one in marked):
        return mark
    large = any(abs(float(one)) >= 100 for one in typed if mark not in one)
    if large or any(one.count(mark) > 1 for one in marked) or mark == separator:
        return ",."[mark == ","]
    return "." if (mark, separator) == (".", ",") else None


def _hours(column: Column, told: str | None) -> None:
    """'1:20' is a duration, or a time of the day, which is none: asked where it is used."""
    column.kind, column.unit = "number", "minutes"
    parts = column.text.str.extract(HOURS).astype(float)
    long, example = parts[2].notna().any(), column.text.dropna().iloc[0]
    hours, minutes, seconds = (parts[0] * 0, parts[0], parts[1]) if told == "m:ss" else (parts[i] for i in range(3))
    column.values = hours * 60 + minutes + seconds.fillna(0) / 60
    if not told:
        rule = f"is {example!r} of {column.name!r} how long it took (not a time of the day)"
        forms = [(form, {"clock": form}) for form in (("h:mm:ss",) if long else ("h:mm", "m:ss"))]
        column.doubt = Undecided("answers", rule, forms, "A time of the day needs its date in the same cell.")


def _numbers(column: Column, separator: str, told: str | None) -> None:
    """Numbers of one unit or one scale; another denominator or a foreign word behind the number is no value."""
    good = {one: parts for one in column.text.dropna().unique() if (parts := number_parts(one))}
    mark = told or _decimal_mark([digits for digits, *_rest in good.values()], separator)
    thousands = ",."[mark == ","]
    example = next((one for one, *_rest in good.values() if {*one} & {*(thousands if mark else ",.")}), "")
    if mark is None:
        rule = f"is {example!r} of {column.name!r} a thousand or a decimal number"
        column.doubt = Undecided("answers", rule, [(f"{m!r} is the decimal mark", {"decimal": m}) for m in ",."])
    elif example:
        column.say(_("{example} is read with thousands"), example=repr(example))
    tails = column.text.map({one: tail if tail[:1] in ("/", "%") else "" for one, (_d, tail, _range) in good.items()})
    usual, units = tails.value_counts().index[0], {tail: unit_of(tail) for _digits, tail, _range in good.values()}
    column.concepts |= {"working" for tail in units if says("working", tail)}  # '5 Werktage'
    finest = min(filter(None, units.values()), key=UNITS.get, default=column.unit)
    values = {}
    for one, (digits, tail, _range) in good.items():
        value = pd.to_numeric(digits.replace(thousands, "").replace(",", "."), errors="coerce")
        factor = UNITS[units[tail] or column.unit or finest] / UNITS[finest] if finest else 1
        fits = tail in ("", usual) or units[tail] or meaning(tail) == "rate"
        values[one] = value * factor if fits else np.nan
    column.unit, column.values = finest, column.text.map(values).astype(float)
    column.ranges = column.text.map({one: is_range for one, (*_rest, is_range) in good.items()}).eq(True)
    if usual:
        column.scale = (0, 100) if usual == "%" else (min(1, column.values.min()), float(usual.strip("/ ")))
        column.say(_("{tail} behind the number is left off"), tail=repr(usual))
    column.concepts |= {"scale"} if column.values.dropna().between(0, 100).all() else set()
    column.kind = "flag" if set(column.values.dropna()) <= {0, 1} else "number"
