"""Columns of a file of orders: kind, values, role (data/order_roles.csv); and what they say against each other."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from ..errors import TableError, one_of
from ..words import _
from .asking import Undecided
from .orders import between, timed
from .orders_words import (
    HOURS,
    UNITS,
    but,
    concepts,
    date_parts,
    day_number,
    fold,
    meaning,
    number_parts,
    says,
    unit_of,
)
from .vocabulary import word_table

DATED, UNDATED = {"date", "promise", "term", "arrival", "delivery"}, {"id", "item", "customer", "rating", "not"}
NEVER = 2200  # 9999-12-31 and the like are no dates
CHOICES = {"date_order": ("day", "month"), "decimal": (",", "."), "clock": ("h:mm", "h:mm:ss", "m:ss")}
CHOICES |= {"lines": ("last", "each")}
ANSWERS = (*CHOICES, "late_is")  # other keys are words of the status
UNLIKE = 0.05  # share of the orders of which two columns may say what does not agree


def check_answers(answers: dict) -> None:
    """What was told is one of what was asked."""
    for key in [key for key in CHOICES if key in answers]:
        one_of(f"answers[{key!r}]", answers[key], CHOICES[key])


def as_typed(cell: object) -> str:
    """A cell as a person would write it."""
    return cell if isinstance(cell, str) else f"{cell:g}"


@dataclass(eq=False)
class Column:
    """What was found in one column; `doubt` is the question that its content leaves open, raised if it is needed."""

    name: str
    text: pd.Series
    concepts: set
    unit: str | None
    kind: str = "empty"  # date, number, flag (0 and 1), words
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
        return self.text.notna() & self.values.isna() & np.logical_not(self.never)

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
    hours = {but(name, "time", "hours"): column for name, column in columns.items() if column.kind == "number"}
    pairs = [(date, hours.get(but(name, "date"))) for name, date in columns.items() if date.kind == "date"]
    pairs = [(date, clock) for date, clock in pairs if clock and clock.text.dropna().map(HOURS.fullmatch).notna().all()]
    for date, clock in pairs if len(pairs) > 1 else ():  # one alone may be a duration
        date.values = date.values + pd.to_timedelta(clock.values.mask(clock.values >= 1440), unit="m")
        clock.kind, clock.values, clock.doubt = "words", clock.text, None
        date.say(_("its clock stands in {column}"), column=repr(clock.name))
    return columns


def _look(name: str, cells: pd.Series, separator: str, told: dict) -> Column:
    """Name and content of one column."""
    text = cells.astype(object).mask(cells.map(_blank).astype(bool), None)
    column, some = Column(name, text, concepts(name), unit_of(name)), text.dropna()
    samples = some.drop_duplicates().head(400), some.head(400)
    mostly = lambda reader: max(sample.map(reader).notna().mean() for sample in samples) >= 0.6
    if some.empty:
        column.values, column.never = pd.Series(np.nan, text.index), text.notna()
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
        column.kind = "words"
        column.concepts |= {"latewords"} if {"late", "ontime"} <= senses else set()
    column.concepts |= {"unit"} if column.unit and not some.empty else set()
    own = "_" in fold(name).strip("_")  # not a bare 'id', whose lines are those of an order
    column.concepts |= {"repeats"} if own and some.nunique() < len(some) / 2 else set()
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
    swapped = [order for order in proof if len(proof[order]) == len(either) and len(iso) and iso.le(12).all()]
    if swapped or (len(shown) == 2 and not told):
        ends = [proof[order].iloc[0] for order in swapped or proof]
        pair = " and ".join(map(repr, [*ends, text[iso.index[0]]] if swapped else ends))
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


def lateness(column: Column, told: str | None) -> pd.Series:
    """What a flag says: 1 late, 0 in time. 0 and 1 under 'on time' are coded both ways in public files: asked."""
    sense, late, in_time = column.text.map(meaning, "ignore"), "late" in column.concepts, "ontime" in column.concepts
    if told is not None:  # of more than two words those that say nothing of it are asked
        is_late = column.text.str.casefold().eq(str(told).casefold())
        is_late |= sense.eq("late") & (meaning(str(told)) == "late")
        other = column.text.nunique() > 2 and ~sense.isin(["late", "ontime", "delivered", "came"])
        return is_late.astype(float).mask(column.text.isna() | (other & ~is_late))
    code = {"yes": float(late), "no": float(in_time)} if late != in_time else {}
    says = sense.map({"late": 1.0, "ontime": 0.0} | code)
    if late and not in_time and column.values is not None:  # 1 and 0, or how late
        return says.fillna(column.values.gt(0).astype(float).mask(column.values.isna()))
    plain = says.isna() & sense.isin(["delivered", "came"])
    if plain.any() and says.eq(1).any():
        words, picks = ", ".join(map(repr, column.text[plain].unique()[:4])), column.text[says.eq(1)].iloc[:1]
        picks = [(f"{words}: in time", {"late_is": word}) for word in picks]
        rule, remedy = f"does {words} of {column.name!r} mean in time", "If not: columns={'late': None}."
        raise Undecided("answers", rule, picks, remedy)
    if says.isna().all():
        shares = column.text.value_counts(normalize=True).head(9)
        picks = [(f"{v!r} means late ({share:.0%} of the orders)", {"late_is": v}) for v, share in shares.items()]
        if len(shares) == 1:
            picks.append((f"{shares.index[0]!r} means in time", {"late_is": f"not {shares.index[0]}"}))
        raise Undecided("answers", f"what does {column.name!r} say", picks)
    return says


def unlike(taken: dict[str, Column], side: str, date: str) -> list[TableError]:
    """A question where a duration and the two dates that tell the same differ by more than a day (clocks: a unit)."""
    columns = [taken.get(role) for role in (side, "ordered_at", date)]
    sound = all(column and column.doubt is None for column in columns)
    if not sound or not columns[0].unit or "working" in columns[0].concepts:
        return []
    told, unit = columns[0].values, columns[0].unit
    dates = pd.DataFrame({"ordered_at": columns[1].values, "delivered_at": columns[2].values}).apply(pd.to_datetime)
    gap = (between(dates["ordered_at"], dates["delivered_at"], unit) - told).abs().dropna()
    if (gap > (1 if timed(dates) else 1440 / UNITS[unit])).mean() <= UNLIKE or gap.empty:
        return []
    picks = [(repr(taken[role].name), {other: None}) for role, other in ((date, side), (side, date))]
    return [Undecided("columns", f"two columns say what is {side}, and not the same: which one", picks)]


def two_orders(used: dict[str, Column], told: str | None) -> list[TableError]:
    """An error where one column puts the day first and another one the month."""
    orders = {column.order: column.name for column in used.values() if column.order}
    if told or len(orders) < 2:
        return []
    found = " and ".join(f"the {first} first in {name!r}" for first, name in orders.items())
    remedy = "Export the file anew with dates such as 2024-01-31, or leave one out: columns={role: None}."
    return [TableError("columns", "days and months in one order", found, remedy)]


def unlike_pairs(taken: dict[str, Column], sides: dict[str, str]) -> list[TableError]:
    """A question where, without the day of the order, two dates say late and two durations do not."""
    columns = [taken.get(role) for role in (*sides.values(), *sides)]
    if "ordered_at" in taken or not all(column and column.doubt is None for column in columns):
        return []
    due, came, promised, actual = (column.values for column in columns)
    known = pd.concat([due, came, promised, actual], axis=1).notna().all(axis=1)
    if not known.any() or ((between(due, came, "days") > 0) != (actual > promised))[known].mean() <= UNLIKE:
        return []
    dates, spans = (" and ".join(repr(column.name) for column in pair) for pair in (columns[:2], columns[2:]))
    picks = [(dates, dict.fromkeys(sides)), (spans, dict.fromkeys(sides.values()))]
    return [Undecided("columns", "two pairs of columns say what was late, and not the same: which", picks)]
