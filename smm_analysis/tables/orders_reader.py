"""Files of orders become Orders: roles by ranked rules, one unit, a state for every order. Ask, never guess."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError, one_of
from ..words import _, number, plural
from .asking import Undecided
from .files import open_table
from .olist import join_olist
from .orders import COLUMNS, DATES, REVIEWED, STATUS, UNITS, Orders, better, between, complete, sane, span_unit, timed
from .orders_roles import ANSWERS, MEANT, SIDES, TEXT, Plan
from .orders_words import meaning


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
    """Read orders: what was promised, what came, and how was it rated?

    What comes on the promised day, however late, is kept; where promises fall within a day the clock counts. No row
    is dropped: every one is an order, or a further line of one, or named in `rejects`.

    Parameters
    ----------
    path : path
        CSV, Excel or SPSS, an order (or a line of an order) per row; or the folder of the public Olist files.
    columns : dict, optional
        Which column is which, where names do not tell: ``{"due_at": "ETA"}``; None: there is none. Keys: those of
        `Orders.table`, and ``delay``. Only what was promised and what came are needed.
    promised : float, optional
        The same promise for all orders.
    unit, higher_is_better, scale : optional
        As in `Orders.from_frame`; asked where the file does not tell. An outcome off the scale is rejected.
    working_days : bool, default False
        Promises count Monday to Friday; holidays are not known.
    answers : dict, optional
        What a message asks for, in its words: ``date_order, decimal, late_is, lines``, and what a word of the status
        means: ``{"parked": "open"}``.
    encoding, sheet : str, optional
        Of a text file; of a workbook.

    Returns
    -------
    Orders
        Its `ledger` says how every column was taken, `call` is the line that repeats it.

    Raises
    ------
    TableError
        If the file cannot be read, or in several ways (`Undecided`): the message lists them with the words to type.

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
    raw = join_olist(path, encoding) if path.is_dir() else open_table(path, encoding=encoding, sheet=sheet)
    return _Reader(Plan(path.name, raw, told)).orders()


class _Reader:
    """One file on its way to Orders: values read by the plan, what is odd rejected and said."""

    def __init__(self, plan: Plan):
        self.plan, self.told, self.answers, self.used = plan, plan.told, plan.answers, plan.used
        self.cells, self.facts = plan.raw.cells, plan.raw.facts
        self.notes, self.rejects = [*self.facts.get("notes", []), *plan.notes], []

    def orders(self) -> Orders:
        """The steps, in their order."""
        self.values()
        unit = self.late_only() if self.plan.late_only else self.measure()
        self.check(unit)
        self.status()
        scale = self.scale()
        self.clear()
        self.collapse()
        return self.finish(unit, scale)

    def reject(self, role: str, odd: pd.Series, reason: str, anew: bool = False) -> None:
        """Keep what is odd with its row and reason; `anew`: only rows of which nothing was rejected yet."""
        odd = odd & ~odd.index.isin([row for row, *_rest in self.rejects]) if anew else odd
        for row in odd.index[odd]:
            typed = self.cells.at[row, self.used[role].name] if role in self.used else f"{self.table.at[row, role]:g}"
            self.rejects.append((row, role, "" if typed is None else typed, reason))

    def values(self) -> None:
        """The columns that are used, as values under our names; text that is no value is rejected."""
        self.table = pd.DataFrame(index=self.cells.index)
        for role, column in self.used.items():
            words = role in TEXT or (role == "late" and bool(self.plan.late_only))
            self.table[role] = column.text if words else column.values
            if words:
                continue
            self.reject(role, column.bad, "no date" if column.kind == "date" else "no number")
            if role != "delivered_at":
                self.reject(role, column.never, "no date")
            elif column.never.any():
                said = _("{n} dates such as 9999-12-31 mean: not delivered")
                column.said.append(said.format(n=number(column.never.sum())))
        places = {column.name: role for role, column in self.used.items()} | {"": ""}
        known = [reject for reject in self.plan.raw.rejects if reject[1] in places]
        self.rejects += [(row, places[name], value, reason) for row, name, value, reason in known]

    def unit(self, dated: bool) -> str:
        """One unit for both sides: told, named by a column, or seen from the dates; otherwise asked."""
        times, told = [(unit, unit) for unit in UNITS], self.told["unit"]
        if dated and told == "points":
            raise TableError("unit", "dates measure days, hours or minutes", "points", "Leave the unit out.")
        told = told or ("points" if self.told["higher_is_better"] and not dated else None)
        spoken = [self.used[role] for role in ("promised", "actual", "delay") if role in self.used]
        bare = [repr(column.name) for column in spoken if not column.unit and not told]
        if bare:
            scale = [] if dated or len(bare) < len(spoken) else [("points of a scale", "points")]
            raise Undecided("unit", f"in which unit are the numbers of {' and '.join(bare)}", times + scale)
        unit = told or min((column.unit for column in spoken if column.unit), key=UNITS.get, default=None)
        if unit == "points" and self.told["higher_is_better"] is None:
            choices = [("yes, as with ratings", True), ("no, less is better", False)]
            raise Undecided("higher_is_better", "is more than promised good", choices)
        if not unit:
            unit, inside = span_unit(self.table)
            if timed(self.table) and (self.told["promised"] is not None or 0.1 <= inside < 0.9):
                raise Undecided("unit", f"{inside:.0%} of the orders take no more than a day: what counts", times)
        zones = set().union(*(column.zones for column in self.used.values()))
        if unit in ("hours", "minutes") and len(zones) > 1:
            raise TableError("time zones", f"must be one where {unit} count", str(sorted(zones)), "Export them in one.")
        return unit

    def measure(self) -> str:
        """promised, actual and due_at in one unit."""
        ways, table = self.plan.ways, self.table
        unit = self.unit("dates" in ways.values())
        for side, (date, _other) in SIDES.items():
            if ways[side] == "dates":
                table[side] = between(table["ordered_at"], table[date], unit)
            elif ways[side] == "duration" and unit in UNITS:
                table[side] *= UNITS[self.used[side].unit or unit] / UNITS[unit]
            elif ways[side] == "constant":
                table[side] = float(self.told["promised"])
        for side, (_date, other) in SIDES.items():
            if ways[side] == "delay":
                delay = self.used["delay"]
                late = table["delay"] * UNITS[delay.unit or unit] / UNITS[unit]
                table[side] = table[other] + (late if side == "actual" else -late)
                said = _("{side} is counted from {other} and {column}")
                self.notes.append(said.format(side=side, other=other, column=repr(delay.name)))
        if self.told["working_days"]:
            self._working_days(ways["promised"], unit)
        spare = ["delay"] if ways["promised"] == "dates" else ["delay", "due_at"]
        self.table = complete(table.drop(columns=spare, errors="ignore"), unit)
        return unit

    def _working_days(self, way: str, unit: str) -> None:
        """Promises from Monday to Friday become days of the calendar."""
        if way == "dates" or unit != "days" or "ordered_at" not in self.used:
            rule, remedy = "need promises as days, and the day of the order", "columns={'ordered_at': '...'}"
            raise TableError("working_days", rule, f"{way} in {unit}, {', '.join(self.used)}", remedy)
        start, promised = self.table["ordered_at"].dt.normalize(), self.table["promised"]
        ok = sane(promised, "days") & start.notna()
        first = start[ok].to_numpy().astype("datetime64[D]")
        due = np.busday_offset(first, np.ceil(promised[ok]).astype(int), roll="backward")
        self.table["promised"] = pd.Series((due - first).astype(float), start.index[ok]).reindex(start.index)
        self.notes.append(_("promises in working days (Monday to Friday) became calendar days; holidays are not known"))

    def late_only(self) -> None:
        """Late or in time is all that is known: from two dates without the day of the order, or from a flag."""
        table, unit = self.table, self.told["unit"]
        if self.plan.late_only == "dates":
            if timed(table) and not unit:
                raise Undecided("unit", "late by the day or by the clock", [("the day", "days"), ("clock", "minutes")])
            delay = between(table["due_at"], table["delivered_at"], unit or "days")
            table["late"] = delay.gt(0).astype(float).mask(delay.isna())
        else:
            table["late"] = self.plan.lateness(self.plan.taken["late"])
        self.notes.append(_("late or in time is all that is known: enough for the audit and the risk, not for a quote"))
        self.table = complete(table, None)

    def check(self, unit: str | None) -> None:
        """Reject what cannot be: before the order, without its day, below 0, above ten years, no whole count."""
        table = self.table
        if "ordered_at" in self.used:
            for role in [role for role in DATES[1:] if role in self.used]:
                self.reject(role, between(table["ordered_at"], table[role], unit) < 0, "before the order")
            if {"due_at", "delivered_at"} & set(self.used):
                self.reject("ordered_at", self.used["ordered_at"].text.isna(), "no day of the order")
        if "reviewed" in self.used:
            odd = table["reviewed"].notna() & ~table["reviewed"].isin(REVIEWED)
            self.reject("reviewed", odd, f"neither {' nor '.join(map(repr, REVIEWED))}")
        if "count" in self.used:
            odd = table["count"].notna() & ~((table["count"] >= 1) & (table["count"] % 1 == 0))
            self.reject("count", odd, "no whole number of orders: a weight is no count")
            table["count"] = table["count"].mask(odd).fillna(1).astype(int)
        for side in SIDES if unit in UNITS else ():
            odd = table[side].notna() & ~sane(table[side], unit)
            self.reject(side, odd, "below 0 or above ten years", anew=True)

    def status(self) -> None:
        """delivered, open, cancelled or returned as the words say; words that matter and are not known are asked."""
        late_only = self.plan.late_only
        came = self.table["late" if late_only else "actual"].notna()
        column = self.plan.taken["late"] if late_only == "flag" else self.used.get("status")
        words = [] if column is None else column.text.dropna().unique()
        known = {word: sense for word, sense in self.answers.items() if word not in ANSWERS}
        for word, meant in known.items():
            one_of("answers", word, [*ANSWERS, *words])
            one_of(f"answers[{word!r}]", meant, MEANT)
        if column is None:
            return
        sense = {word: known.get(word) or meaning(word) for word in words}
        status = column.text.map({word: STATUS.get(each) for word, each in sense.items()}).astype(object)
        dark = column.text.map(sense).isna() & column.text.notna() & ~came
        clash = status.eq("open") & came & ~column.text.isin(list(known))
        asked = {  # words of orders that never came; words that many arrivals contradict
            "mean for orders that did not come": (dark, ("cancelled", "open")),
            "mean, as these orders came": (clash & (clash.sum() > 0.05 * came.sum()), ("came", "open")),
        }
        for rule, (rows, choices) in asked.items():
            unclear = sorted(column.text[rows].unique())
            picks = [(f"all {each}", dict.fromkeys(unclear, each)) for each in choices]
            if unclear:
                what = f"what do {', '.join(map(repr, unclear))} of {column.name!r} {rule} ({rows.sum()} orders)"
                raise Undecided("answers", what, picks)
        self.table["status"] = status
        role = "late" if late_only == "flag" else "status"
        self.reject(role, status.eq("delivered") & ~came, "delivered, but without an arrival", anew=True)
        self.reject(role, status.eq("open") & came, "not delivered, but with an arrival", anew=True)

    def scale(self) -> tuple[float, float] | None:
        """The ends of the outcome's scale, where told or written behind the numbers; what lies off it is rejected."""
        if "outcome" not in self.used:
            return None
        outcome = self.table["outcome"]
        scale = self.told["scale"] or self.facts.get("scale") or self.used["outcome"].scale
        if scale:
            off = outcome.notna() & ~outcome.between(*scale)
            self.reject("outcome", off, f"off the scale {scale[0]:g} to {scale[1]:g}")
        elif outcome.notna().any():
            said = _("outcome runs from {low} to {high}; scale=(low, high) rejects typing errors")
            self.notes.append(said.format(low=f"{outcome.min():g}", high=f"{outcome.max():g}"))
        return scale

    def clear(self) -> None:
        """Rejected values leave the table, and their orders are unreadable; a rating is rejected alone."""
        table = self.table
        rejects = pd.DataFrame(self.rejects, columns=["row", "column", "value", "reason"])
        self.rejects = rejects.drop_duplicates(["row", "column"]).reset_index(drop=True)
        rows = self.rejects.groupby("column")["row"].agg(list)
        for role in [role for role in rows.index if role in table and role not in ("status", "count")]:
            table.loc[table.index.isin(rows[role]), role] = None
        hard = self.rejects.loc[~self.rejects["column"].isin(["outcome", "reviewed_at", "reviewed"]), "row"]
        if len(hard):
            table["status"] = table["status"] if "status" in table else pd.Series(None, table.index, dtype=object)
            table.loc[table.index.isin(hard), "status"] = "unreadable"

    def collapse(self) -> None:
        """One row per order where its lines agree; otherwise a question."""
        table, lines = self.table, self.answers.get("lines")
        if "order_id" not in table or "count" in self.used or not table["order_id"].dropna().duplicated().any():
            return
        key = table["order_id"].fillna(pd.Series([f"\x00{row}" for row in table.index], table.index))
        if lines == "person":
            self.table = table.rename(columns={"order_id": "person"})
        elif lines == "last":
            last = table.sort_values("actual", kind="stable").assign(key=key).drop_duplicates("key", keep="last")
            self.table = table.loc[last.sort_index().index]
        elif lines != "each":
            same = table.drop(columns=["segment", "person"], errors="ignore").assign(order_id=key).duplicated()
            self.table, twice = table[~same], key[~same][key[~same].duplicated()].unique()
            if len(twice):
                rule = f"the lines of {len(twice)} orders differ (such as {', '.join(map(str, twice[:2]))})"
                choices = {"last": "an order has come with its last line", "each": "each line is an order"}
                choices |= {"person": "these are people, each with several answers"}
                raise Undecided("answers", rule, [(said, {"lines": word}) for word, said in choices.items()])

    def finish(self, unit: str | None, scale: tuple | None) -> Orders:
        """The orders with all other columns, what everything was taken for, and the line that repeats it."""
        table, facts, told = self.table.copy(), self.facts, dict(self.told)
        used = {column.name: role for role, column in self.used.items()}
        for name, column in self.plan.columns.items():
            if name not in used or used[name] == "status":
                sound = column.values is not None and column.doubt is None and not column.bad.any()
                kept = f"{name} (file)" if name in table or name in COLUMNS else name
                table[kept] = (column.values if sound else column.text).loc[table.index]
        table = table.reset_index(drop=True)
        higher = better(unit, told["higher_is_better"])
        origin = "simulated" if "simulated" in f"{self.plan.name} {facts.get('title', '')}".lower() else None
        about = About(int(table["count"].sum()), unit, facts.get("source", self.plan.name), origin)
        columns = {role: column.name for role, column in self.used.items() if column.name != role} | self.plan.given
        told |= {"columns": columns or None, "unit": unit or told["unit"], "working_days": told["working_days"] or None}
        told["higher_is_better"] = higher if unit == "points" else None
        typed = [f"{key}={value!r}" for key, value in told.items() if value is not None]
        call = f"read_orders({', '.join([repr(self.plan.name), *typed])})"
        orders = Orders(table, unit, higher, about, self.rejects, scale=scale, facts=facts, call=call)
        self.tell(orders)
        return replace(orders, ledger=self.plan.ledger(), notes=tuple(self.notes))

    def tell(self, orders: Orders) -> None:
        """How many rows became how many orders of which state, and where the file's own flag says otherwise."""
        state = orders.state()
        if "late" in self.plan.taken and "late" not in self.used:
            try:
                flag = self.plan.lateness(self.plan.taken["late"]).loc[self.table.index].reset_index(drop=True)
            except Undecided:
                flag = pd.Series(np.nan, state.index)
            odd = (flag.eq(0) & state.isin(["late", "overdue"])) | (flag.eq(1) & state.eq("kept"))
            said = _("{column} contradicts the dates or durations in {n} orders; these count, not the flag")
            if odd.any():
                self.notes.append(said.format(column=repr(self.plan.taken["late"].name), n=number(odd.sum())))
        said = plural("{n} order from {source}", "{n} orders from {source}", orders.about.n)
        self.notes.insert(0, said.format(n=number(orders.about.n), source=orders.about.source))
        if len(self.cells) > len(state):
            said = _("{n} further rows belong to the same orders and agree: collapsed")
            self.notes.append(said.format(n=number(len(self.cells) - len(state))))
        for (column, reason), part in self.rejects.groupby(["column", "reason"]):
            said = _("rejected: {column}, {n} times {reason} (first: {value} in row {row})")
            first = {"value": repr(part["value"].iloc[0]), "row": part["row"].iloc[0]}
            self.notes.append(said.format(column=column or _("row"), n=number(len(part)), reason=reason, **first))
