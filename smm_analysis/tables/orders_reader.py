"""Files of orders become Orders: two dates, durations or a flag; one unit; a state for every order. Asked in doubt."""

from dataclasses import replace
from pathlib import Path
from textwrap import shorten

import numpy as np
import pandas as pd

from ..errors import TableError, one_of
from ..words import _, number, plural
from .asking import Undecided
from .files import RawTable, open_table
from .orders import (
    COLUMNS,
    DATES,
    GONE,
    STATUS,
    Orders,
    between,
    calendar_days,
    complete,
    hidden_by_days,
    one_row_each,
    span_unit,
    timed,
)
from .orders_columns import ANSWERS, as_typed, check_answers, choose, lateness, look, two_orders, unlike, unlike_pairs
from .orders_words import UNITS, date_parts, meaning, says
from .published import join_olist
from .reading import Log

SIDES = {"promised": "due_at", "actual": "delivered_at"}
TEXT = ("order_id", "status", "segment", "person", "reviewed", "late")
RATING = ("outcome", "reviewed_at", "reviewed")  # rejected alone; anything else rejects the order
MEANT = ("cancelled", "returned", "open", "delivered", "came")  # what a word of a status may mean; came: ask the dates


def read_orders(
    path: str | Path,
    *,
    columns: dict[str, str | None] | None = None,
    promised: float | None = None,
    unit: str | None = None,
    higher_is_better: bool | None = None,
    working_days: bool = False,
    scale: tuple[float, float] | None = None,
    answers: dict | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Orders:
    """Read `Orders`: what was promised, what came, and how was it rated?

    What comes on the promised day, however late, is kept; where promises fall within a day the clock counts. Every
    row is an order, or a further line of one, or named in `rejects`.

    Parameters
    ----------
    path : CSV, Excel or SPSS, an order (or a line of one) per row; or the folder of the public Olist files
    columns : dict, optional
        Which column is which: ``{"due_at": "ETA"}``; None: there is none.
    promised : float, optional, the promise where it was the same for all orders
    unit, higher_is_better, scale : optional
        As in `Orders.from_frame`; asked where the file does not tell. An outcome off the scale is rejected.
    working_days : bool
        Promises count Monday to Friday; holidays are not known.
    answers : dict, optional
        What a message asks for, in its words: ``{"date_order": "day"}``, ``{"parked": "open"}`` for a status.

    Raises
    ------
    TableError : if the file cannot be read, or in several ways: the message lists them with the words to type.

    Examples
    --------
    >>> from smm_analysis.tables.vocabulary import data_folder
    >>> orders = read_orders(data_folder() / "samples" / "orders.csv")
    >>> orders.about.n, orders.unit, orders.about.origin
    (1500, 'days', 'simulated')
    """
    told = {key: value for key, value in locals().items() if key != "path"}
    path = Path(path)
    if not path.exists():
        raise TableError("path", "must be a file or a folder", f"nothing at {path}", "Check the name.")
    one_of("unit", unit, (None, *UNITS, "points"))
    raw = join_olist(path, encoding) if path.is_dir() else open_table(path, encoding=encoding, sheet=sheet)
    return _Reader(path.name, raw, told).orders()


class _Reader:
    """One file on its way to Orders: columns chosen, values read, what is odd rejected, and all of it said."""

    def __init__(self, name: str, raw: RawTable, told: dict):
        self.name, self.raw, self.told, self.log = name, raw, told, Log(notes=raw.facts.get("notes", []))
        self.given, self.answers = dict(told["columns"] or {}), dict(told["answers"] or {})
        check_answers(self.answers)
        self.columns = look(raw.cells, raw.facts.get("separator", ""), self.answers)
        dates = [name for name, column in self.columns.items() if column.kind == "date" and date_parts(name)]
        if dates:
            found, remedy = f"{dates[0]!r} above dates", "Add a first row with a name for every column."
            raise TableError(name, "the first row names the columns", found, remedy)
        self.taken, self.ties, self.offered, self.outranked = choose(self.columns, self.given)

    def orders(self) -> Orders:
        self.decide()
        self.values()
        unit = self.late_only() if self.late else self.measure()
        column = self.used.get("outcome")
        scale = column and (self.told["scale"] or self.raw.facts.get("scale") or column.scale)
        if column and not scale and column.values.notna().any():
            ends = {"low": f"{column.values.min():g}", "high": f"{column.values.max():g}"}
            self.log.say(_("outcome runs from {low} to {high}; scale=(low, high) rejects typing errors"), **ends)
        complete(self.table, unit, scale, lambda role, odd, rule: self.reject(role, odd, f"not {rule}"))
        self.status()
        self.table, self.lines = one_row_each(self.table, self.answers.get("lines"))
        self.raw.demand_all_rows([*self.table.index, *self.lines], self.log.rejects)
        return self.finish(unit, scale)

    def decide(self) -> None:
        """What is used: of each side two dates, a duration or one promise; or only what says late or in time."""
        known, need, short, doubts = {*self.taken, *self.ties}, set(), [], []
        for side, date in SIDES.items():
            ways = [{"ordered_at", date}, {side}]
            if self.given.get(side) and not self.given.get(date):
                ways.reverse()
            constant = side == "promised" and self.told["promised"] is not None
            if not constant and {side, date}.isdisjoint(self.given):
                doubts += unlike(self.taken, side, date)
            way = set() if constant else next((way for way in ways if way <= known), None)
            need, short = need | (way or set()), short + [side] * (way is None)
        dated, self.late, roles = {"due_at", "delivered_at"} <= known, set(), {*SIDES, *SIDES.values()}
        if short and dated and self.given.get("ordered_at", "") is None:
            self.late = {"due_at", "delivered_at"}
        elif short and "late" in known and roles.isdisjoint(self.ties) and not any(map(self.given.get, roles)):
            self.late = {"late"}
        need = {"outcome", "order_id", "status", *(self.late or need)}
        doubts += [self.missing(side, short, dated) for side in short if not self.late]
        doubts += [doubt for role, doubt in self.ties.items() if role in need]
        doubts += unlike_pairs(self.taken, SIDES) if {*SIDES} <= need else []
        need |= {*TEXT, "count", "ordered_at", "reviewed_at"} - {"late"}
        self.used = {role: column for role, column in self.taken.items() if role in need}
        doubts += [column.doubt for role, column in self.used.items() if column.doubt and role not in TEXT]
        doubts += two_orders(self.used, self.answers.get("date_order"))
        if doubts:
            raise doubts[0]
        said = _("{role}: nothing tells which of {columns} is meant, so none is taken; columns={{...}} names it")
        for role, tie in [(role, tie) for role, tie in self.ties.items() if role in need]:
            names = [repr(name) for _said, each in tie.choices for name in each.values() if name]
            self.log.say(said, role=role, columns=", ".join(names))

    def missing(self, side: str, short: list[str], dated: bool) -> TableError:
        """The question where nothing says what was promised, or what came."""
        date, what = SIDES[side], "what was promised" if side == "promised" else "when an order came"
        rule, same = f"no column of {self.name} says {what}", "; the same promise for all: promised=5"
        remedy = f"Name it: columns={{{side!r}: '...'}} or {{{date!r}: '...'}}{same * (side == 'promised')}."
        if tied := self.ties.get(date, self.ties.get(side)):
            return tied
        picks = self.offered.get(date, []) + self.offered.get(side, [])
        if date in self.taken and "ordered_at" not in self.taken:
            rule = f"{self.taken[date].name!r} of {self.name} needs the day of the order"
            remedy, picks = "Name it: columns={'ordered_at': '...'}.", self.offered.get("ordered_at", [])
            picks = picks + [("the file has none: late or in time is all we learn", {"ordered_at": None})] * dated
        used = {column.name for column in self.taken.values()}
        if picks := [pick for pick in picks if used.isdisjoint(pick[1].values())]:
            return Undecided("columns", rule, picks, remedy)
        names = map(repr, sorted(self.columns, key=lambda name: self.columns[name].kind != "date"))
        asked = len(short) == 2 and not any(column.kind == "date" for column in self.columns.values())
        remedy += " A questionnaire has a row per person and item." * asked
        return TableError("columns", rule, f"none by its name among {shorten(', '.join(names), 200)}", remedy)

    def reject(self, role: str, odd: pd.Series, reason: str) -> None:
        """What is odd leaves the table, named with its row and reason."""
        text = self.used[role].text if role in self.used else self.table[role].map(as_typed)
        self.log.rejects += [(row, role, text[row] or "", reason) for row in odd.index[odd]]
        self.table[role] = self.table[role].mask(odd)

    @property
    def unreadable(self) -> np.ndarray:
        """Rows of which something was rejected, except of their rating."""
        return self.table.index.isin([row for row, role, *_rest in self.log.rejects if role not in RATING])

    def values(self) -> None:
        """The columns that are used, as values under our names; text that is no value is rejected."""
        places = {column.name: role for role, column in self.used.items()} | {"": ""}
        self.log.rejects = [(row, places[c], *rest) for row, c, *rest in self.raw.rejects if c in places]
        values = {role: column.text if role in TEXT else column.values for role, column in self.used.items()}
        values |= {role: pd.to_datetime(values[role]) for role in DATES if role in values}  # also of an empty column
        self.table = pd.DataFrame(values, index=self.raw.cells.index)
        typed = pd.DataFrame({role: column.text for role, column in self.used.items() if role != "ordered_at"})
        bare = typed.index[typed.isna().all(axis=1)].difference([row for row, *_rest in self.log.rejects])
        self.log.rejects += [(row, "", "", "no order: nothing that is used stands in it") for row in bare]
        self.table = self.table.drop(bare)
        for role, column in [(role, column) for role, column in self.used.items() if role not in TEXT]:
            odd = column.bad | (column.never & (role != "delivered_at")) | (column.ranges & (role != "promised"))
            self.reject(role, odd, "no date" if column.kind == "date" else "no number")
        if (promise := self.used.get("promised")) and np.any(promise.ranges):
            example = repr(promise.text[promise.ranges].iloc[0])
            promise.say(_("of a range such as {example} the later end is the promise"), example=example)
        if (arrival := self.used.get("delivered_at")) and (never := arrival.text[arrival.never].tolist()):
            said = _("{n} entries such as {example} mean: not delivered")
            arrival.say(said, n=number(len(never)), example=repr(never[0]))

    def late_only(self) -> None:
        """Late (1) or in time (0) is all that is known: from two dates without the day of the order, or from a flag."""
        table, unit = self.table, self.told["unit"]
        self.log.say(_("late or in time is all that is known: enough for the audit and the risk, not for a quote"))
        if "late" in self.late:
            table["late"] = lateness(self.used["late"], self.answers.get("late_is"))
            return
        if timed(table) and not unit:
            raise Undecided("unit", "late by the day or by the clock", [("the day", "days"), ("clock", "minutes")])
        delay = between(table["due_at"], table["delivered_at"], unit or "days")
        table["late"] = delay.gt(0).astype(float).mask(delay.isna())

    def measure(self) -> str:
        """Promised and actual in one unit: told, named by a column, or seen from the dates; otherwise asked."""
        table, constant, times = self.table, self.told["promised"], [(unit, unit) for unit in UNITS]
        spoken = [self.used[side] for side in SIDES if side in self.used]
        dated = not {"due_at", "delivered_at"}.isdisjoint(self.used)
        unit = self.told["unit"] or ("points" if self.told["higher_is_better"] and not dated else None)
        bare = [repr(column.name) for column in spoken if not column.unit and not unit]
        if dated and unit == "points":
            raise TableError("unit", "dates measure days, hours or minutes", "points", "Leave the unit out.")
        if bare:
            points = [("points of a scale", "points")] * (not dated and len(bare) == len(spoken))
            large = any(column.values.median() > 300 for column in spoken)
            remedy = "Seconds: divide them by 60 first." * large
            raise Undecided("unit", f"in which unit are the numbers of {' and '.join(bare)}", times + points, remedy)
        unit = unit or min((column.unit for column in spoken), key=UNITS.get, default=None)
        if not unit:
            unit, inside = span_unit(table)
            if unit == "days" and "due_at" in table and hidden_by_days(table):
                rule = "clocks tell what is late within the day, but the day of the order has none"
                picks = [("late or in time, by the clock, is all we learn", {"ordered_at": None})]
                raise Undecided("columns", rule, picks, "By the day: unit='days'.")
            if timed(table) and (constant is not None or 0.1 <= inside < 0.9):
                raise Undecided("unit", f"{inside:.0%} of the orders take no more than a day: what counts", times)
        zones = set().union(*(column.zones for column in self.used.values()))
        if unit in ("hours", "minutes") and len(zones) > 1:
            raise TableError("time zones", f"must be one where {unit} count", str(sorted(zones)), "Export them in one.")
        for side, column in self.used.items():
            if side in SIDES and unit in UNITS:
                table[side] *= UNITS[column.unit or unit] / UNITS[unit]
        if constant is not None:
            table["promised"] = float(constant)
        if self.told["working_days"] or ["working" in column.concepts for column in spoken] == [True]:
            self.working_days(unit)
        if dated:
            self.reject("ordered_at", self.used["ordered_at"].text.isna(), "no day of the order")
        return unit

    def working_days(self, unit: str) -> None:
        """Promises from Monday to Friday become days of the calendar."""
        if unit != "days" or not {"promised", "ordered_at"} <= set(self.table):
            rule, remedy = "need promises as days, and the day of the order", "columns={'ordered_at': '...'}"
            raise TableError("working_days", rule, f"{', '.join(self.used)} in {unit}", remedy)
        self.table["promised"] = calendar_days(self.table["promised"], self.table["ordered_at"])
        self.told["working_days"] = True
        self.log.say(_("promises in working days (Monday to Friday) became calendar days; holidays are not known"))

    def status(self) -> None:
        """delivered, open, cancelled or returned as the words say; words that matter and are not known are asked."""
        role = "late" if "late" in self.late and "status" not in self.used else "status"
        text = (
            self.used[role].text[self.table.index] if role in self.used else pd.Series(None, self.table.index, object)
        )
        words, came = list(text.dropna().unique()), self.table["late" if self.late else "actual"].notna()
        told = {word: sense for word, sense in self.answers.items() if word not in ANSWERS}
        for word, sense in told.items():
            one_of(f"answers[{one_of('answers', word, [*ANSWERS, *words])!r}]", sense, MEANT)
        sense = text.map({word: told.get(word) or meaning(word) for word in words}).mask(lambda each: each == "lead")
        status = sense.map(STATUS).astype(object)
        if "late" in self.late:  # an open order that is not late yet may still become so
            self.table["late"] = self.table["late"].mask(status.eq("open") & self.table["late"].eq(0))
            came = came & status.ne("open")
        still = text.isin([word for word, sense in told.items() if sense == "open"])  # whatever day stands there
        gone = self.table.columns.intersection(["actual", "delivered_at", *["late"] * ("late" not in self.late)])
        self.table[gone] = self.table[gone].mask(still)
        came = came & ~still
        other = sense.isna() & text.notna()
        odd = [status.eq("open") & came, other & came & sense.isin(["delivered", "late", "ontime"]).any()]
        dark = (other & ~came) | np.any([each & (each.sum() > 0.05 * came.sum()) for each in odd], axis=0)
        known = {"actual", "promised"} <= set(self.table) and not self.told["higher_is_better"]
        if known and (n := int((sense.eq("late") & self.table["actual"].le(self.table["promised"])).sum())):
            said = _("{n} orders that {column} calls late came in time, by what was promised and what came")
            self.log.say(said, n=number(n), column=repr(self.used[role].name))
        if dark.any():
            unclear = sorted(text[dark].unique())
            what = f"what do {', '.join(map(repr, unclear))} of {self.used[role].name!r} mean ({dark.sum()} orders)"
            senses = ("came", "open", "cancelled") if came[dark].all() else ("cancelled", "open", "came")
            picks = [(f"all {each}", dict.fromkeys(unclear, each)) for each in senses]
            raise Undecided("answers", what, picks)
        self.table["status"] = status = self.gone_elsewhere(status)
        self.reject(role, status.eq("delivered") & ~came & ~self.unreadable, "delivered, but without an arrival")
        self.reject(role, status.eq("open") & came & ~self.unreadable, "not delivered, but with an arrival")
        self.table["status"] = self.table["status"].mask(self.unreadable, "unreadable")
        if self.table["status"].isna().all():
            del self.table["status"]

    def gone_elsewhere(self, status: pd.Series) -> pd.Series:
        """An order is gone as well where a second status says so, or where it has a day of being cancelled."""
        for name, column in self.columns.items():
            day = column.kind == "date" and says("v_cancelled", name) and column.concepts <= {"date", "order"}
            if day or name in self.outranked.get("status", []):
                gone = column.text[status.index].map((lambda _day: "cancelled") if day else meaning, na_action="ignore")
                gone = gone.where(gone.isin(GONE) & ~status.isin(GONE))
                if n := int(gone.notna().sum()):
                    self.log.say(_("{column} says cancelled or returned: {n}"), n=number(n), column=repr(name))
                status = gone.combine_first(status)
        return status

    def finish(self, unit: str | None, scale: tuple | None) -> Orders:
        """The orders with all other columns, what everything was taken for, and the line that repeats it."""
        table, facts, told, ledger = self.table.copy(), self.raw.facts, dict(self.told), []
        used = {column.name: role for role, column in self.used.items()}
        for name, column in self.columns.items():
            role = used.get(name, "")
            if role in ("", "status"):
                sound = column.values is not None and column.doubt is None and not (column.bad | column.ranges).any()
                kept = f"{name} (file)" if name in (*table, *COLUMNS) else name
                table[kept] = (column.values if sound else column.text).loc[table.index]
            why = ([] if role in ("", *TEXT) else column.said) + [_("as told")] * (role in self.given)
            if role == "reviewed_at" and "delivered_at" in used.values():
                clock = pd.to_datetime(column.values).dt.normalize().lt(column.values).any()
                by_day = _("on the day of arrival is after it")
                why = [*why, _("before or after the arrival by the clock") if clock else by_day]
            if outranked := ", ".join(map(repr, self.outranked.get(role, [])[:4])):
                why = [*why, _("outranks {columns}").format(columns=outranked)]
            ledger.append((name, role, "; ".join(why)))
        origin = "simulated" if "simulated" in f"{self.name} {facts.get('title', '')}".lower() else None
        known = {"unit": unit, "higher_is_better": told["higher_is_better"], "scale": scale, "origin": origin}
        orders = Orders.from_frame(table, source=facts.get("source", facts["name"]), **known)
        columns = {role: column.name for role, column in self.used.items() if column.name != role} | self.given
        told |= {"columns": columns or None, "unit": unit or told["unit"], "working_days": told["working_days"] or None}
        typed = [repr(self.name), *(f"{key}={value!r}" for key, value in told.items() if value is not None)]
        rejects = pd.DataFrame(self.log.rejects, columns=orders.rejects.columns)
        if self.lines:
            said = _("{n} further rows belong to the same orders and agree: collapsed")
            if self.answers.get("lines") == "last":
                said = _("{n} rows are earlier lines of the same orders: left out")
            self.log.say(said, n=number(len(self.lines)))
        said = _("rejected: {column}, {n} times {reason} (first: {value} in row {row})")
        for (column, reason), part in rejects.groupby(["column", "reason"]):
            first = {"value": repr(part["value"].iloc[0]), "row": part["row"].iloc[0]}
            self.log.say(said, column=column or _("row"), n=number(len(part)), reason=reason, **first)
        said = plural("{n} order from {source}", "{n} orders from {source}", orders.about.n)
        notes = (said.format(n=number(orders.about.n), source=orders.about.source), *self.log.notes)
        call, ledger = f"read_orders({', '.join(typed)})", pd.DataFrame(ledger, columns=orders.ledger.columns)
        return replace(orders, rejects=rejects, ledger=ledger, notes=notes, call=call)
