"""Files of orders become Orders: columns chosen by ranked rules (data/order_roles.csv), asked where several fit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import TableError, one_of
from ..words import _, number, plural
from .asking import Undecided
from .files import RawTable, open_table
from .orders import COLUMNS, STATUS, Orders, between, complete, span_unit, timed
from .orders_columns import UNITS, Column, fold, look, meaning
from .vocabulary import word_table

SIDES = {"promised": "due_at", "actual": "delivered_at"}
TEXT, OPTIONAL = ("order_id", "status", "segment", "person", "reviewed", "late"), ("segment", "person", "reviewed_at")
RATING = ("outcome", "reviewed_at", "reviewed")  # rejected alone; anything else rejects the order
ANSWERS = ("date_order", "decimal", "late_is", "lines")  # other keys are words of the status
MEANT = ("cancelled", "returned", "open", "delivered", "came")  # what a word of a status may mean; came: ask the dates
OLIST = "Olist, Brazilian e-commerce public data set (CC BY-NC-SA 4.0)"
NEED = {"orders": ["order_id", "order_purchase_timestamp"], "order_reviews": ["order_id", "review_score"]}


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
        `Orders.table`. Only what was promised and what came are needed.
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
    one_of("unit", unit, (None, *UNITS, "points"))
    raw = _join_olist(path, encoding) if path.is_dir() else open_table(path, encoding=encoding, sheet=sheet)
    return _Reader(path.name, raw, told).orders()


class _Reader:
    """One file on its way to Orders: columns chosen, values read, what is odd rejected, and all of it said."""

    def __init__(self, name: str, raw: RawTable, told: dict):
        self.name, self.raw, self.told = name, raw, told
        self.given, self.answers = dict(told["columns"] or {}), dict(told["answers"] or {})
        self.ties, self.offered, self.outranked, self.rejects = {}, {}, {}, []
        self.notes, self.unreadable = [*raw.facts.get("notes", [])], pd.Series(False, raw.cells.index)

    def orders(self) -> Orders:
        """The steps, in their order."""
        self.look()
        self.choose()
        self.decide()
        self.values()
        unit = self.late_only() if self.late else self.measure()
        scale = self.scale()
        complete(self.table, unit, scale, lambda role, odd, rule: self.reject(role, odd, f"not {rule}"))
        self.status()
        self.table["count"] = self.table["count"].fillna(1)
        if self.unreadable.any():
            status = self.table.get("status", pd.Series(None, self.table.index, dtype=object))
            self.table["status"] = status.mask(self.unreadable, "unreadable")
        self.collapse()
        return self.finish(unit, scale)

    def look(self) -> None:
        """Every column by name and content; one that shows the order of day and month decides for all."""
        cells, order = self.raw.cells, self.answers.get("date_order")
        how = self.raw.facts.get("separator", ""), self.answers.get("decimal")
        self.columns = {name: look(name, cells[name], *how, order) for name in cells}
        orders = {column.order for column in self.columns.values() if column.order}
        for name, column in self.columns.items():
            if len(orders) == 1 and column.kind == "date" and isinstance(column.doubt, Undecided):
                self.columns[name] = look(name, cells[name], *how, *orders)
        self.has = f"The file has {', '.join(map(repr, self.columns))[:300]}."

    def choose(self) -> None:
        """Per role the one column of the best rule; several are a tie, and '?' only offers."""
        rules = {role: rows for role, rows in word_table("order_roles").groupby("role", sort=False)}
        for role, name in self.given.items():
            if role not in rules or name not in (None, *self.columns):
                rule = f"names some of {', '.join(rules)}, and columns of the file"
                raise TableError("columns", rule, repr(name if role in rules else role), self.has)
        taken = {role: self.columns[name] for role, name in self.given.items() if name is not None}
        for role in [role for role in rules if role not in self.given]:
            free = [column for column in self.columns.values() if role == "late" or column not in taken.values()]
            hits = [(rule, [c.name for c in free if _fits(c, role, *rule)]) for rule in rules[role].values[:, 1:]]
            (_kinds, rule), hit = next(((rule, hit) for rule, hit in hits if hit), (("", ""), []))
            picks = [(f"{name!r} is {role}", {role: name}) for name in hit]
            if rule.startswith("?"):
                self.offered[role] = picks
            elif len(hit) == 1:
                taken[role] = self.columns[hit[0]]
                self.outranked[role] = list(dict.fromkeys(n for _rule, more in hits for n in more if n != hit[0]))
            elif hit and role in OPTIONAL:
                said = _("{role} could be {columns}: none was taken")
                self.notes.append(said.format(role=role, columns=", ".join(map(repr, hit[:6]))))
            elif hit:
                self.ties[role] = Undecided("columns", f"which is {role}", [*picks, ("none of them", {role: None})])
        self.taken = {role: taken[role] for role in rules if role in taken}

    def decide(self) -> None:
        """What is used: of each side two dates, a duration or one promise; or only what says late or in time."""
        known, sides = {*self.taken, *self.ties}, {*SIDES, *SIDES.values()}
        need, short = {"outcome", "order_id", "status"}, []
        for side, date in SIDES.items():
            ways = [{side}, {"ordered_at", date}]
            if side == "promised" and self.told["promised"] is not None:
                continue
            if not self.given.get(side) or self.given.get(date):
                ways.reverse()
            way = next((way for way in ways if way <= known), None)
            need |= way or set()
            short += [] if way else [side]
        dated = {"due_at", "delivered_at"} <= set(self.taken)
        self.late = set()
        if short and dated and self.given.get("ordered_at", "") is None:
            self.late = {"due_at", "delivered_at"}
        elif short and "late" in known and not sides & set(self.ties):
            self.late = {"late"}
        elif len(short) == 2 and not sides & {*known, *self.offered}:
            remedy = "Name them: columns={'promised': '...', 'actual': '...'}, or ordered_at, due_at and delivered_at."
            found = f"no column that does by its name. {self.has}".rstrip(".")
            raise TableError(self.name, "must say what was promised and when it came", found, remedy)
        need = (need - {*sides, "ordered_at"}) | self.late if self.late else need
        doubts = [self.ties[role] for role in self.ties if role in need]
        doubts += [self.missing(side, dated) for side in short if not self.late]
        need |= {*TEXT, "count", "ordered_at", "reviewed_at"} - ({"late"} - self.late)
        self.used = {role: column for role, column in self.taken.items() if role in need}
        doubts += [column.doubt for role, column in self.used.items() if column.doubt and role not in TEXT]
        if doubts:
            raise doubts[0]

    def missing(self, side: str, dated: bool) -> TableError:
        """The question where nothing says what was promised, or what came."""
        date = SIDES[side]
        if date in self.taken and "ordered_at" not in self.taken:
            rule = f"{self.taken[date].name!r} of {self.name} needs the day of the order"
            remedy, picks = "Name it: columns={'ordered_at': '...'}.", self.offered.get("ordered_at", [])[:8]
            picks += [("the file has none: late or in time is all we learn", {"ordered_at": None})] if dated else []
        else:
            rule = (
                f"no column of {self.name} says {'what was promised' if side == 'promised' else 'when an order came'}"
            )
            remedy = f"Name it: columns={{{side!r}: '...'}} or {{{date!r}: '...'}}"
            remedy += "; the same promise for all: promised=5." if side == "promised" else "."
            picks = (self.offered.get(date, []) + self.offered.get(side, []))[:8]
        return Undecided("columns", rule, picks, remedy) if picks else TableError("columns", rule, "none", remedy)

    def reject(self, role: str, odd: pd.Series, reason: str) -> None:
        """What is odd leaves the table, named with its row and reason; its order is unreadable, unless it rates one."""
        for row in odd.index[odd]:
            typed = (
                self.raw.cells.at[row, self.used[role].name] if role in self.used else f"{self.table.at[row, role]:g}"
            )
            self.rejects.append((row, role, typed or "", reason))
        if odd.any():
            self.table.loc[odd, role] = None
            self.unreadable |= odd & (role not in RATING)

    def values(self) -> None:
        """The columns that are used, as values under our names; text that is no value is rejected."""
        self.table = pd.DataFrame(index=self.raw.cells.index)
        places = {column.name: role for role, column in self.used.items()} | {"": ""}
        for row, name, value, reason in self.raw.rejects:
            if name in places:
                self.rejects.append((row, places[name], value, reason))
                self.unreadable |= (self.table.index == row) & (places[name] not in RATING)
        for role, column in self.used.items():
            self.table[role] = column.text if role in TEXT else column.values
            if role in TEXT:
                continue
            odd = column.bad if role == "delivered_at" else column.bad | column.never
            self.reject(role, odd, "no date" if column.kind == "date" else "no number")
            if role == "delivered_at" and column.never.any():
                said = _("{n} dates such as 9999-12-31 mean: not delivered")
                column.said.append(said.format(n=number(column.never.sum())))

    def late_only(self) -> None:
        """Late or in time is all that is known: from two dates without the day of the order, or from a flag."""
        table, unit = self.table, self.told["unit"]
        if "late" in self.late:
            table["late"] = self.lateness(self.used["late"])
        elif timed(table) and not unit:
            raise Undecided("unit", "late by the day or by the clock", [("the day", "days"), ("clock", "minutes")])
        else:
            delay = between(table["due_at"], table["delivered_at"], unit or "days")
            table["late"] = delay.gt(0).astype(float).mask(delay.isna())
        self.notes.append(_("late or in time is all that is known: enough for the audit and the risk, not for a quote"))

    def lateness(self, column: Column) -> pd.Series:
        """1 late, 0 in time. 0/1 under 'on time' is coded both ways in public files: asked."""
        told, text = self.answers.get("late_is"), column.text
        sense = text.map(meaning, na_action="ignore")
        late, in_time = "late" in column.concepts, "ontime" in column.concepts
        if told is not None:
            return text.str.casefold().eq(str(told).casefold()).astype(float).mask(text.isna())
        if sense.isin(["late", "ontime"]).any():
            return sense.map({"late": 1.0, "ontime": 0.0})
        if late != in_time and sense.isin(["yes", "no"]).any():
            return sense.map({"yes": float(late), "no": float(in_time)})
        if late and not in_time:
            return column.values
        picks = [
            (f"{v!r} means late ({share:.0%} of the orders)", {"late_is": v})
            for v, share in text.value_counts(normalize=True).items()
        ]
        raise Undecided("answers", f"what does {column.name!r} say", picks[:9])

    def measure(self) -> str:
        """Promised and actual in one unit: told, named by a column, or seen from the dates; otherwise asked."""
        table, told, constant = self.table, self.told["unit"], self.told["promised"]
        spoken = {side: self.used[side] for side in SIDES if side in self.used}
        dated = any(date in self.used for date in SIDES.values())
        if dated and told == "points":
            raise TableError("unit", "dates measure days, hours or minutes", "points", "Leave the unit out.")
        told = told or ("points" if self.told["higher_is_better"] and not dated else None)
        times, units = [(each, each) for each in UNITS], [column.unit for column in spoken.values()]
        if None in units and not told:
            bare = " and ".join(repr(column.name) for column in spoken.values() if not column.unit)
            points = [] if dated or any(units) else [("points of a scale", "points")]
            raise Undecided("unit", f"in which unit are the numbers of {bare}", times + points)
        if told == "points" and self.told["higher_is_better"] is None:
            choices = [("yes, as with ratings", True), ("no, less is better", False)]
            raise Undecided("higher_is_better", "is more than promised good", choices)
        unit = told or min(units, key=UNITS.get, default=None)
        if not unit:
            unit, inside = span_unit(table)
            if timed(table) and (constant is not None or 0.1 <= inside < 0.9):
                raise Undecided("unit", f"{inside:.0%} of the orders take no more than a day: what counts", times)
        zones = set().union(*(column.zones for column in self.used.values()))
        if unit in ("hours", "minutes") and len(zones) > 1:
            raise TableError("time zones", f"must be one where {unit} count", str(sorted(zones)), "Export them in one.")
        for side, column in spoken.items():
            table[side] *= UNITS[column.unit or unit] / UNITS[unit] if unit in UNITS else 1
        if constant is not None:
            table["promised"] = float(constant)
        if self.told["working_days"]:
            self.working_days(unit)
        if dated:
            self.reject("ordered_at", self.used["ordered_at"].text.isna(), "no day of the order")
        return unit

    def working_days(self, unit: str) -> None:
        """Promises from Monday to Friday become days of the calendar."""
        if unit != "days" or not {"promised", "ordered_at"} <= set(self.table):
            rule, remedy = "need promises as days, and the day of the order", "columns={'ordered_at': '...'}"
            raise TableError("working_days", rule, f"{', '.join(self.used)} in {unit}", remedy)
        start, promised = self.table["ordered_at"].dt.normalize(), self.table["promised"]
        ok = promised.between(0, 3650) & start.notna()
        first = start[ok].to_numpy().astype("datetime64[D]")
        due = np.busday_offset(first, np.ceil(promised[ok]).astype(int), roll="backward")
        self.table.loc[ok, "promised"] = (due - first).astype(float)
        self.notes.append(_("promises in working days (Monday to Friday) became calendar days; holidays are not known"))

    def scale(self) -> tuple[float, float] | None:
        """The ends of the outcome's scale, where told or written behind the numbers."""
        if "outcome" not in self.used:
            return None
        scale, outcome = (
            self.told["scale"] or self.raw.facts.get("scale") or self.used["outcome"].scale,
            self.table["outcome"],
        )
        if not scale and outcome.notna().any():
            said = _("outcome runs from {low} to {high}; scale=(low, high) rejects typing errors")
            self.notes.append(said.format(low=f"{outcome.min():g}", high=f"{outcome.max():g}"))
        return scale

    def status(self) -> None:
        """delivered, open, cancelled or returned as the words say; words that matter and are not known are asked."""
        role = "late" if "late" in self.late else "status"
        column, came = self.used.get(role), self.table["late" if self.late else "actual"].notna()
        words = [] if column is None else list(column.text.dropna().unique())
        told = {word: sense for word, sense in self.answers.items() if word not in ANSWERS}
        for word, sense in told.items():
            one_of("answers", word, [*ANSWERS, *words])
            one_of(f"answers[{word!r}]", sense, MEANT)
        if column is None:
            return
        sense = column.text.map({word: told.get(word) or meaning(word) for word in words})
        self.table["status"] = status = sense.map(STATUS).astype(object)
        clash = status.eq("open") & came & ~column.text.isin(told)
        dark = sense.isna() & column.text.notna() & ~came | clash & (clash.sum() > 0.05 * came.sum())
        if dark.any():
            unclear = sorted(column.text[dark].unique())
            what = f"what do {', '.join(map(repr, unclear))} of {column.name!r} mean ({dark.sum()} orders)"
            picks = [(f"all {each}", dict.fromkeys(unclear, each)) for each in ("cancelled", "open", "came")]
            raise Undecided("answers", what, picks)
        self.reject(role, status.eq("delivered") & ~came & ~self.unreadable, "delivered, but without an arrival")
        self.reject(role, status.eq("open") & came & ~self.unreadable, "not delivered, but with an arrival")

    def collapse(self) -> None:
        """One row per order where its lines agree; otherwise a question."""
        table, lines = self.table, self.answers.get("lines")
        if "order_id" not in table:
            return
        table = table.assign(order_id=table["order_id"].fillna(pd.Series(table.index.map("\0{}".format), table.index)))
        if lines == "each":
            self.table = self.table.rename(columns={"order_id": "order_id (file)"})
            return
        if lines == "last":
            table = table.sort_values("actual", kind="stable").drop_duplicates("order_id", keep="last").sort_index()
        else:
            table = table[~table.drop(columns=["segment", "person"], errors="ignore").duplicated()]
        twice = table.loc[table["order_id"].duplicated(), "order_id"].unique()
        if len(twice):
            rule = f"the lines of {len(twice)} orders differ (such as {', '.join(map(str, twice[:2]))})"
            choices = {"last": "an order has come with its last line", "each": "each line is an order"}
            raise Undecided("answers", rule, [(said, {"lines": word}) for word, said in choices.items()])
        self.table = self.table.loc[table.index]

    def finish(self, unit: str | None, scale: tuple | None) -> Orders:
        """The orders with all other columns, what everything was taken for, and the line that repeats it."""
        table, facts, told = self.table.copy(), self.raw.facts, dict(self.told)
        ledger, used = [], {column.name: role for role, column in self.used.items()}
        for name, column in self.columns.items():
            role = used.get(name, "")
            if role in ("", "status"):
                sound = column.values is not None and column.doubt is None and not column.bad.any()
                kept = f"{name} (file)" if name in (*table, *COLUMNS) else name
                table[kept] = (column.values if sound else column.text).loc[table.index]
            why = [] if role in ("", *TEXT) else list(column.said)
            why += [_("as told")] if role in self.given else []
            if outranked := self.outranked.get(role):
                why.append(_("outranks {columns}").format(columns=", ".join(map(repr, outranked[:4]))))
            ledger.append((name, role, "; ".join(why)))
        simulated = "simulated" in f"{self.name} {facts.get('title', '')}".lower()
        names = {"source": facts.get("source", self.name), "origin": "simulated" if simulated else None}
        hib = told["higher_is_better"]
        orders = Orders.from_frame(table, unit=unit, higher_is_better=hib, scale=scale, **names)
        columns = {role: column.name for role, column in self.used.items() if column.name != role} | self.given
        told |= {"columns": columns or None, "unit": unit or told["unit"], "working_days": told["working_days"] or None}
        typed = [f"{key}={value!r}" for key, value in told.items() if value is not None]
        call = f"read_orders({', '.join([repr(self.name), *typed])})"
        rejects = pd.DataFrame(self.rejects, columns=["row", "column", "value", "reason"])
        ledger = pd.DataFrame(ledger, columns=["column", "taken", "why"])
        return replace(orders, rejects=rejects, ledger=ledger, notes=self.said(orders, rejects), call=call)

    def said(self, orders: Orders, rejects: pd.DataFrame) -> tuple[str, ...]:
        """How many rows became how many orders, and what was rejected."""
        said = plural("{n} order from {source}", "{n} orders from {source}", orders.about.n)
        notes = [said.format(n=number(orders.about.n), source=orders.about.source), *self.notes]
        if lines := len(self.raw.cells) - len(orders.table):
            said = _("{n} further rows belong to the same orders and agree: collapsed")
            notes.append(said.format(n=number(lines)))
        said = _("rejected: {column}, {n} times {reason} (first: {value} in row {row})")
        for (column, reason), part in rejects.groupby(["column", "reason"]):
            first = {"value": repr(part["value"].iloc[0]), "row": part["row"].iloc[0]}
            notes.append(said.format(column=column or _("row"), n=number(len(part)), reason=reason, **first))
        return tuple(notes)


def _fits(column: Column, role: str, kinds: str, rule: str) -> bool:
    """Does a column obey a rule? 'a b -c' means: it speaks of a and b, not of c; '=': it has the role's name."""
    if rule == "=" or column.kind not in kinds.split():
        return column.kind in kinds.split() and fold(column.name).strip("_") == role
    words = rule.strip("?").replace("!", "-not -id -rating -status").split()
    return all((word.strip("-") in column.concepts) != word.startswith("-") for word in words)


def _join_olist(folder: Path, encoding: str | None) -> RawTable:
    """The public Olist files: one row per order, with the review answered last and, if there, the states."""
    part = {}
    for name in ("orders", "order_reviews", "customers", "order_items", "sellers"):
        files = sorted(folder.glob(f"*olist_{name}_dataset*"))
        part[name] = open_table(files[0], encoding=encoding) if files else None
    lost = [f"no olist_{name}_dataset.csv" for name in NEED if part[name] is None]
    lost = lost or [f"no {c} in olist_{n}_dataset.csv" for n in NEED for c in NEED[n] if c not in part[n].cells]
    if lost:
        rule = "a folder must hold the public Olist files under their published names"
        raise TableError("path", rule, f"{lost[0]} in {folder.name}", "Name one CSV or Excel file instead.")
    orders, reviews = part["orders"].cells, part["order_reviews"].cells
    when = [name for name in ("review_answer_timestamp", "review_creation_date") if name in reviews]
    known = [name for name in (*when, "review_id") if name in reviews]
    last = (reviews.sort_values(known, kind="stable") if when else reviews).drop_duplicates("order_id", keep="last")
    note = _("{n} earlier reviews of orders that were reviewed again were left out")
    notes = [note.format(n=number(len(reviews) - len(last)))] if len(last) < len(reviews) else []
    joined = orders.merge(last[["order_id", "review_score", *when[:1]]], how="left", on="order_id")
    if part["customers"] and "customer_id" in orders:
        states = part["customers"].cells[["customer_id", "customer_state"]].drop_duplicates("customer_id")
        joined = joined.merge(states, how="left", on="customer_id").assign(segment=lambda t: t["customer_state"])
    if part["order_items"] and part["sellers"]:
        items = part["order_items"].cells.sort_values("order_item_id", kind="stable").drop_duplicates("order_id")
        sellers = items.merge(part["sellers"].cells, how="left", on="seller_id")[["order_id", "seller_state"]]
        joined = joined.merge(sellers, how="left", on="order_id")
    joined = joined.drop(columns="customer_id", errors="ignore").set_axis(orders.index)
    facts = {**part["orders"].facts, "source": OLIST, "scale": (1, 5), "notes": notes}
    return RawTable(joined.where(joined.notna(), None), part["orders"].questions, facts, part["orders"].rejects)
