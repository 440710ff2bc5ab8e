"""Files of orders become Orders: roles by ranked rules, one unit, a state for every order. Ask, never guess."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError
from ..words import _, number, plural
from .asking import Undecided
from .files import RawTable, open_table
from .olist import join_olist
from .orders import COLUMNS, DATES, LONGEST, STATES, STATUS, UNITS, Orders, better, between, complete, span_unit, timed
from .orders_columns import Column, look
from .orders_words import meaning, tokens
from .vocabulary import word_table

TEXT, OPTIONAL = ("order_id", "status", "segment", "person", "reviewed"), ("segment", "person", "reviewed_at")
SIDES = {"promised": ("due_at", "actual", -1), "actual": ("delivered_at", "promised", 1)}
NO = " -not -id -rating -status"  # what '!' of a rule stands for
TIMES = [(unit, unit) for unit in UNITS]
ANSWERS = ("date_order", "decimal", "late_is", "lines", "status")


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

    Parameters
    ----------
    path : path
        CSV, Excel or SPSS, one order (or one line of an order) per row; or the folder of the public Olist files.
    columns : dict, optional
        Which column is which, where the names do not tell: ``{"due_at": "ETA"}``; None: the file has none. Keys:
        ``promised, actual, delay, late, outcome, ordered_at, due_at, delivered_at, reviewed_at, order_id, status,
        segment, person, count``. Only what was promised and what came are needed.
    promised : float, optional
        The same promise for all orders, where no column holds it.
    unit : "days", "hours", "minutes" or "points", optional
        Of promised and actual; with time stamps it follows.
    higher_is_better : bool, optional
        Of points: is more than promised good?
    working_days : bool, default False
        Promises count Monday to Friday; holidays are not known.
    scale : (low, high), optional
        Of the outcome; what lies off it is rejected.
    answers : dict, optional
        What only a person knows, in the words of the message that asks: ``date_order, decimal, late_is, lines,
        status``.
    encoding, sheet : str, optional
        Of a text file; of a workbook.

    Returns
    -------
    Orders
        `ledger` says how every column was taken, `call` is the line that repeats it.

    Raises
    ------
    TableError
        If the file cannot be read. Where it can be read in several ways (`Undecided`, a TableError) the message lists
        them with the words to type.

    Notes
    -----
    Days are days of the calendar: what comes on the promised day, however late, is kept. Where promises fall within
    a day, hours or minutes count. No row is dropped: orders = rows - further rows of the same order.

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
    return _Reader(path, raw, told).orders()


class _Reader:
    """One file on its way to Orders: columns looked at, roles taken, values read, what is odd rejected and said."""

    def __init__(self, path: Path, raw: RawTable, told: dict):
        self.path, self.raw, self.told, self.cells = path, raw, told, raw.cells
        self.given, self.answers = dict(told["columns"] or {}), dict(told["answers"] or {})
        self.said, self.rejects = list(raw.facts.get("notes", [])), []
        self.taken, self.ties, self.offered, self.named = {}, {}, {}, {}
        if told["unit"] not in (None, "points", *UNITS):
            raise TableError(
                "unit", f"is one of {', '.join(UNITS)}, points", repr(told["unit"]), "Choose one of these."
            )
        foreign = sorted(set(self.answers) - set(ANSWERS))
        if foreign:
            raise TableError("answers", f"its keys are {', '.join(ANSWERS)}", repr(foreign[0]), "Correct the key.")

    def orders(self) -> Orders:
        """The steps, in their order."""
        self.look()
        self.choose()
        ways, only_late = self.ways()
        self.values(ways, only_late)
        unit = self.late_only(only_late) if only_late else self.measure(ways)
        higher = better(unit, self.told["higher_is_better"]) if unit == "points" else False
        self.check(unit)
        self.status(only_late)
        scale = self.scale()
        self.collapse()
        return self.finish(unit, higher, scale)

    # Roles

    def look(self) -> None:
        """Every column by name and content; one that shows the order of day and month decides for all."""
        separator = self.raw.facts.get("separator", "")
        order, decimal = self.answers.get("date_order"), self.answers.get("decimal")
        self.columns = {name: look(name, self.cells[name], separator, decimal, order) for name in self.cells}
        orders = {column.order for column in self.columns.values() if column.order}
        if len(orders) == 1:
            for name, column in self.columns.items():
                if column.kind == "date" and isinstance(column.doubt, Undecided):
                    self.columns[name] = look(name, self.cells[name], separator, decimal, *orders)

    def choose(self) -> None:
        """Per role the one column of the best rule; several are a tie, and '?' only offers."""
        rules = word_table("order_roles").groupby("role", sort=False)
        roles = {role: (part["kinds"].iloc[0].split(), list(part["rule"])) for role, part in rules}
        wrong = [name for name in self.given.values() if name is not None and name not in self.columns]
        wrong += sorted(set(self.given) - set(roles))
        if wrong:
            rule = f"names some of {', '.join(roles)}, and columns of the file"
            raise TableError("columns", rule, repr(wrong[0]), f"The file has {self.listing()}.")
        self.taken = {role: self.columns[name] for role, name in self.given.items() if name is not None}
        for role in [role for role in roles if role not in self.given]:
            kinds, ranked = roles[role]
            busy = set() if role == "late" else {c.name for c in self.taken.values()}
            free = [c for c in self.columns.values() if _holds(c, role, kinds) and c.name not in busy]
            if role == "outcome":
                free = [c for c in free if c.values.min() >= 0 and c.values.max() <= 100]
            ranks = [next((i for i, rule in enumerate(ranked) if _fits(rule, role, c)), len(ranked)) for c in free]
            best = min(ranks, default=len(ranked))
            if best < len(ranked):
                below = [c.name for c, rank in zip(free, ranks, strict=True) if best < rank < len(ranked)]
                self._take(role, ranked[best], [c for c, rank in zip(free, ranks, strict=True) if rank == best], below)
        self.taken = {role: self.taken[role] for role in roles if role in self.taken}

    def _take(self, role: str, rule: str, hit: list[Column], below: list[str]) -> None:
        names = [c.name for c in hit]
        picks = [(f"{name!r} is {role}", {role: name}) for name in names]
        if rule.startswith("?"):
            self.offered[role] = picks
        elif len(hit) == 1:
            self.taken[role] = hit[0]
            said = _("{role} = {column}, which outranks {others}") if below else _("{role} = {column}")
            others = ", ".join(map(repr, below[:4]))
            self.named[role] = said.format(role=role, column=repr(names[0]), others=others)
        elif role in OPTIONAL:
            said = _("{role} could be {columns}: none was taken")
            self.said.append(said.format(role=role, columns=", ".join(map(repr, names[:6]))))
        else:
            self.ties[role] = Undecided("columns", f"which is {role}", [*picks, ("none of them", {role: None})])

    def listing(self) -> str:
        """The columns by kind, for a message."""
        kinds = {
            kind: [c.name for c in self.columns.values() if c.kind == kind] for kind in ("date", "number", "words")
        }
        return "; ".join(f"{kind}s {', '.join(names[:12])}" for kind, names in kinds.items() if names)[:300]

    # What was promised, what came

    def ways(self) -> tuple[dict[str, str], str]:
        """How each side is had: from dates, a duration, a delay or one promise for all; or how only lateness is."""
        ways = {side: self._way(side) for side in SIDES}
        short = [side for side, (way, _roles) in ways.items() if way is None]
        sides = {"promised", "due_at", "actual", "delivered_at"}
        two = self.given.get("ordered_at", "") is None and {"due_at", "delivered_at"} <= set(self.taken)
        flag = "late" in {*self.taken, *self.ties} and not sides & set(self.ties)
        only_late = "dates" if short and two else "flag" if short and flag else ""
        if len(short) == 2 and not only_late and not sides & {*self.offered, *self.ties, *self.taken}:
            remedy = (
                "Name them: columns={'promised': '...', 'actual': '...'}, or 'ordered_at', 'due_at', 'delivered_at'."
            )
            rule = "must say what was promised and when it came"
            raise TableError(self.path.name, rule, f"no column that does by its name ({self.listing()})", remedy)
        if not only_late:
            for role in [role for way, roles in ways.values() for role in sorted(roles) if role in self.ties]:
                raise self.ties[role]
            for side in short:
                raise self._missing(side)
        for role in ("outcome", "order_id", "status", *(["late"] if only_late == "flag" else [])):
            if role in self.ties:
                raise self.ties[role]
        used = set().union(*(roles for _way, roles in ways.values()))
        used = {"dates": {"due_at", "delivered_at"}, "flag": {"late"}}.get(only_late, used)
        keep = used | {*TEXT, "outcome", "count", "ordered_at", "reviewed_at"}
        self.used = {role: self.taken[role] for role in self.taken if role in keep}
        for column in [c for role, c in self.used.items() if c.doubt is not None and role not in TEXT]:
            raise column.doubt
        return {side: way for side, (way, _roles) in ways.items()}, only_late

    def _way(self, side: str) -> tuple[str | None, set]:
        date, other, _sign = SIDES[side]
        ways = {"dates": {"ordered_at", date}, "duration": {side}, "delay": {"delay", other}}
        if side == "promised" and self.told["promised"] is not None:
            return "constant", set()
        if self.given.get(side) and not self.given.get(date):
            return "duration", {side}
        known = {*self.taken, *self.ties}
        return next(((way, roles) for way, roles in ways.items() if roles <= known), (None, set()))

    def _missing(self, side: str) -> TableError:
        """The question where nothing says what was promised, or what came."""
        date, name = SIDES[side][0], self.path.name
        if date in self.taken and "ordered_at" not in self.taken:
            picks = self.offered.get("ordered_at", [])[:8]
            if {"due_at", "delivered_at"} <= set(self.taken):
                picks.append(("the file has none: late or in time is all we learn", {"ordered_at": None}))
            rule = f"{self.taken[date].name!r} of {name} needs the day of the order"
            return Undecided("columns", rule, picks, "Name it: columns={'ordered_at': '...'}.")
        free = [c.name for c in self.columns.values() if c.kind == "date" and c not in self.taken.values()]
        picks = self.offered.get(date, []) + self.offered.get(side, [])
        picks = picks or [(f"{column!r} is {date}", {date: column}) for column in free]
        what = {"promised": "what was promised", "actual": "when an order came"}[side]
        remedy = f"Name it: columns={{{side!r}: '...'}} or {{{date!r}: '...'}}"
        remedy += "; the same promise for all: promised=5." if side == "promised" else "."
        return Undecided("columns", f"no column of {name} says {what}", picks[:8], remedy)

    # Values

    def values(self, ways: dict[str, str], only_late: str) -> None:
        """The columns that are used, as values under our names; text that is no value is rejected."""
        self.table = pd.DataFrame(index=self.cells.index)
        for role, column in self.used.items():
            words = role in TEXT or (role == "late" and only_late)
            self.table[role] = column.text if words else column.values
            self.said += [
                self.named.get(role, _("{role} = {column}, as told").format(role=role, column=repr(column.name)))
            ]
            self.said += [] if words else [f"  {said}" for said in column.said]
            if words or column.values is None:
                continue
            self.reject(role, column.bad, "no date" if column.kind == "date" else "no number")
            if column.never is not None and column.never.any():
                if role == "delivered_at":
                    said = _("{column}: {n} dates such as 9999-12-31 mean: not delivered")
                    self.said.append("  " + said.format(column=column.name, n=number(column.never.sum())))
                else:
                    self.reject(role, column.never.index[column.never], "no date")
        places = {column.name: role for role, column in self.used.items()}
        for row, name, value, reason in self.raw.rejects:
            if row in self.table.index and (not name or name in places):
                self.rejects.append((row, places.get(name, ""), value, reason))

    def reject(self, role: str, rows, reason: str) -> None:
        """Keep what is odd with its row and reason."""
        for row in rows:
            known = role in self.used
            value = self.cells.at[row, self.used[role].name] if known else f"{self.table.at[row, role]:g}"
            self.rejects.append((row, role, "" if value is None else value, reason))

    def unit(self, ways: dict[str, str]) -> str:
        """One unit for both sides: told, named by a column, or seen from the dates; otherwise asked."""
        told, dated = self.told["unit"], "dates" in ways.values()
        if told is None and self.told["higher_is_better"]:
            told = "points"
        if dated and told == "points":
            raise TableError("unit", "dates measure days, hours or minutes", "points", "Leave the unit out.")
        spoken = [self.used[role] for role in ("promised", "actual", "delay") if role in self.used]
        bare = [column.name for column in spoken if not column.unit and not told]
        if bare:
            scale = [] if dated or len(bare) < len(spoken) else [("points of a scale", "points")]
            rule = f"in which unit are the numbers of {' and '.join(map(repr, bare))}"
            raise Undecided("unit", rule, TIMES + scale)
        unit = told or min((column.unit for column in spoken if column.unit), key=UNITS.get, default=None)
        if unit == "points" and self.told["higher_is_better"] is None:
            choices = [("yes, as with ratings", True), ("no, less is better", False)]
            raise Undecided("higher_is_better", "is more than promised good", choices)
        if dated and not unit:
            unit = span_unit(self.table)
            inside = (self.table["due_at"] - self.table["ordered_at"]).dropna() <= pd.Timedelta(days=1)
            if unit == "days" and timed(self.table) and 0.1 <= inside.mean() < 0.9:
                raise Undecided("unit", f"{inside.mean():.0%} of the promises fall within a day: what counts", TIMES)
        zones = set().union(*(column.zones for column in self.used.values()))
        if unit in ("hours", "minutes") and len(zones) > 1:
            raise TableError("time zones", f"must be one where {unit} count", str(sorted(zones)), "Export them in one.")
        return unit

    def measure(self, ways: dict[str, str]) -> str:
        """promised, actual and due_at in one unit."""
        unit, table = self.unit(ways), self.table
        for side, (date, *_other) in SIDES.items():
            if ways[side] == "dates":
                table[side] = between(table["ordered_at"], table[date], unit)
                self._compare(side)
            elif ways[side] == "duration" and unit in UNITS:
                table[side] = table[side] * (UNITS[self.used[side].unit or unit] / UNITS[unit])
            elif ways[side] == "constant":
                table[side] = float(self.told["promised"])
                said = _("the same promise for all orders: {promised} {unit}")
                self.said.append(said.format(promised=f"{self.told['promised']:g}", unit=_unit_word(unit)))
        for side, (_date, other, sign) in SIDES.items():
            if ways[side] == "delay":
                delay = self.used["delay"]
                table[side] = table[other] + sign * table["delay"] * (UNITS[delay.unit or unit] / UNITS[unit])
                said = _("{side} is counted from {other} and {column}")
                self.said.append(said.format(side=side, other=other, column=repr(delay.name)))
        if self.told["working_days"]:
            self._working_days(ways["promised"], unit)
        if ways["promised"] != "dates":
            table = table.drop(columns="due_at", errors="ignore")
        self.table = complete(table.drop(columns="delay", errors="ignore"), unit)
        return unit

    def _compare(self, side: str) -> None:
        """Say how often a column of durations agrees with the dates, which outrank it."""
        if side in self.taken and side not in self.given:
            theirs, ours = self.taken[side].values, self.table[side]
            both = theirs.notna() & ours.notna()
            said = _("{side} is counted from the dates; {column} says the same in {n} of {total} orders")
            same = ((theirs - ours).abs() < 1)[both].sum()
            column = repr(self.taken[side].name)
            self.said.append(said.format(side=side, column=column, n=number(same), total=number(both.sum())))

    def _working_days(self, way: str, unit: str) -> None:
        """Promises from Monday to Friday become days of the calendar."""
        if way == "dates" or unit != "days":
            found = "dates" if way == "dates" else unit
            raise TableError("working_days", "needs promises in days", found, "Leave it out.")
        if "ordered_at" not in self.used:
            raise Undecided("columns", "working days need the day of the order", [], "columns={'ordered_at': '...'}")
        start, promised = self.table["ordered_at"].dt.normalize(), self.table["promised"]
        ok = promised.between(0, LONGEST / UNITS["days"]) & start.notna()
        first = start[ok].to_numpy().astype("datetime64[D]")
        due = np.busday_offset(first, np.ceil(promised[ok]).astype(int), roll="backward")
        self.table["promised"] = pd.Series((due - first).astype(float), start.index[ok]).reindex(start.index)
        self.said.append(_("promises in working days (Monday to Friday) became calendar days; holidays are not known"))

    def late_only(self, kind: str) -> None:
        """Late or in time is all that is known: from two dates without the day of the order, or from a flag."""
        table = self.table
        if kind == "dates":
            if timed(table) and not self.told["unit"]:
                raise Undecided("unit", "late by the day or by the clock", [TIMES[0], TIMES[2]])
            delay = between(table["due_at"], table["delivered_at"], self.told["unit"] or "days")
            table["late"] = delay.gt(0).astype(float).mask(delay.isna())
        else:
            table["late"], said = self.lateness(self.taken["late"])
            self.said.append(said)
        self.said.append(_("late or in time is all that is known: enough for the audit and the risk, not for a quote"))
        self.table = complete(table, None)

    def lateness(self, column: Column) -> tuple[pd.Series, str]:
        """1 late, 0 in time, and how that was seen. 0/1 under 'on time' is coded both ways in public files: asked."""
        text, told = column.text.str.casefold(), self.answers.get("late_is")
        sense = text.map({one: meaning(one) for one in text.dropna().unique()})
        if told is not None:
            said = _("{value} of {column} means late").format(value=repr(told), column=repr(column.name))
            return text.eq(str(told).casefold()).astype(float).mask(text.isna()), said
        if sense.isin(["late", "ontime"]).any():
            said = _("late as the words of {column} say").format(column=repr(column.name))
            return sense.map({"late": 1.0, "ontime": 0.0}), said
        inverse, words = "ontime" in column.concepts, sense.isin(["yes", "no"]).any()
        if inverse == ("late" in column.concepts) or (inverse and not words):
            shares = column.text.value_counts(normalize=True)
            picks = [(f"{v!r} means late ({share:.0%} of the orders)", {"late_is": v}) for v, share in shares.items()]
            raise Undecided("answers", f"what does {column.name!r} say", picks[:9])
        yes = sense.map({"yes": 1.0, "no": 0.0}) if words else column.values
        said = _("yes in {column} means in time") if inverse else _("yes in {column} means late")
        return (1 - yes if inverse else yes), said.format(column=repr(column.name))

    # What is odd

    def check(self, unit: str | None) -> None:
        """Reject what cannot be: before the order, without its day, below 0 or above ten years."""
        table = self.table
        if "ordered_at" in self.used:
            for role in [role for role in DATES[1:] if role in self.used]:
                early = between(table["ordered_at"], table[role], unit) < 0
                self.reject(role, table.index[early], "before the order")
            if {"due_at", "delivered_at"} & set(self.used):
                self.reject("ordered_at", table.index[self.used["ordered_at"].text.isna()], "no day of the order")
        if "count" in self.used:
            odd = table["count"].notna() & ~((table["count"] >= 1) & (table["count"] % 1 == 0))
            self.reject("count", table.index[odd], "no whole number of orders: a weight is no count")
            table["count"] = table["count"].mask(odd).fillna(1).astype(int)
        for side in SIDES if unit in UNITS else ():
            seen = {row for row, *_rest in self.rejects}
            odd = table[side].notna() & ~table[side].between(0, LONGEST / UNITS[unit]) & ~table.index.isin(seen)
            self.reject(side, table.index[odd], "below 0 or above ten years")

    def status(self, only_late: str) -> None:
        """delivered, open, cancelled or returned as the words say; words that matter and are not known are asked."""
        came = self.table["late" if only_late else "actual"].notna()
        column = self.taken["late"] if only_late == "flag" else self.used.get("status")
        if column is None or column.kind != "words":
            self.table = self.table.drop(columns="status", errors="ignore")
            return
        known = self.answers.get("status", {})
        sense = {word: known.get(word) or meaning(word) for word in column.text.dropna().unique()}
        status = column.text.map({word: STATUS.get(each) for word, each in sense.items()}).astype(object)
        self._ask_words(column, came, sense, status)
        self.table["status"] = status
        seen = self.table.index.isin([row for row, *_rest in self.rejects])
        self.reject("status", came.index[status.eq("delivered") & ~came & ~seen], "delivered, but without an arrival")
        self.reject("status", came.index[status.eq("open") & came & ~seen], "not delivered, but with an arrival")

    def _ask_words(self, column: Column, came: pd.Series, sense: dict, status: pd.Series) -> None:
        """Words without a known meaning among orders that never came, and words that contradict many arrivals."""
        known = self.answers.get("status", {})
        dark = sorted(word for word in column.text[~came].dropna().unique() if sense[word] is None)
        if dark:
            n = column.text[~came].isin(dark).sum()
            rule = f"what do these words of {column.name!r} mean ({n} orders that did not come): {', '.join(dark)}"
            asked = [(f"all {each}", {"status": known | dict.fromkeys(dark, each)}) for each in ("cancelled", "open")]
            raise Undecided("answers", rule, asked)
        clash = status.eq("open") & came & ~column.text.isin(known)
        if clash.sum() > 0.05 * came.sum():
            words = sorted(column.text[clash].unique())
            rule = f"{', '.join(words)} of {column.name!r} sounds undelivered, but {clash.sum()} such orders came"
            choices = [("the arrival counts", "came"), ("the status counts", "open")]
            raise Undecided(
                "answers", rule, [(said, {"status": known | dict.fromkeys(words, w)}) for said, w in choices]
            )

    def scale(self) -> tuple[float, float] | None:
        """The ends of the outcome's scale, where told or written behind the numbers; what lies off it is rejected."""
        if "outcome" not in self.used:
            return None
        outcome, column = self.table["outcome"], self.used["outcome"]
        scale = self.told["scale"] or self.raw.facts.get("scale") or column.scale
        if scale:
            off = outcome.notna() & ~outcome.between(*scale)
            self.reject("outcome", outcome.index[off], f"off the scale {scale[0]:g} to {scale[1]:g}")
        elif outcome.notna().any():
            said = _("outcome runs from {low} to {high}; scale=(low, high) rejects typing errors")
            self.said.append(said.format(low=f"{outcome.min():g}", high=f"{outcome.max():g}"))
        return scale

    def collapse(self) -> None:
        """Mark what is unreadable, then keep one row per order where its lines agree; otherwise ask."""
        table, lines = self.table, self.answers.get("lines")
        self.rejects = pd.DataFrame(self.rejects, columns=["row", "column", "value", "reason"])
        self.rejects = self.rejects.drop_duplicates(["row", "column"]).reset_index(drop=True)
        hard = self.rejects.loc[~self.rejects["column"].isin(["outcome", "reviewed_at"]), "row"]
        if len(hard):
            table["status"] = table.get("status", pd.Series(None, table.index, dtype=object))
            table.loc[table.index.isin(hard), "status"] = "unreadable"
        for role in [role for role in table if role in COLUMNS]:
            odd = table.index.isin(self.rejects.loc[self.rejects["column"].eq(role), "row"])
            if odd.any() and role not in ("status", "count"):
                table.loc[odd, role] = None
        if "order_id" not in table or "count" in self.used or not table["order_id"].dropna().duplicated().any():
            return
        if lines == "person":
            self.table = table.rename(columns={"order_id": "person"})
            return
        key = table["order_id"].fillna(pd.Series([f"\x00{row}" for row in table.index], table.index))
        if lines == "last":
            last = table.sort_values("actual", kind="stable").assign(key=key).drop_duplicates("key", keep="last")
            self.table = table.loc[last.sort_index().index]
        elif lines != "each":
            same = table.drop(columns=["segment", "person"], errors="ignore").assign(order_id=key).duplicated()
            self.table = table = table[~same]
            twice = table["order_id"].dropna()[table["order_id"].dropna().duplicated()].unique()
            if len(twice):
                rule = f"the lines of {len(twice)} orders differ (such as {', '.join(map(str, twice[:2]))})"
                choices = [("an order has come with its last line", "last"), ("each line is an order", "each")]
                choices += [("these are people, each with several answers", "person")]
                raise Undecided("answers", rule, [(said, {"lines": word}) for said, word in choices])

    # What was read

    def finish(self, unit: str | None, higher: bool, scale: tuple | None) -> Orders:
        """The orders with all other columns, what they are called, and the ledger."""
        table, facts = self.table, self.raw.facts
        used = {column.name for role, column in self.used.items() if role != "status"}
        for column in [column for column in self.columns.values() if column.name not in used]:
            readable = column.kind in ("date", "number", "flag") and column.values is not None and column.doubt is None
            values = column.values if readable and not len(column.bad) else column.text
            name = "_".join(tokens(column.name)) if column.name in COLUMNS else column.name
            table[f"{name} (file)" if name in table or name in COLUMNS else name] = values.loc[table.index]
        label = f"{self.path.name} {facts.get('title', '')}".lower()
        origin = "simulated" if "simulated" in label else None
        table = table.reset_index(drop=True)
        n = int(table["count"].sum())
        about = About(n, unit, facts.get("source", facts.get("name", self.path.name)), origin)
        columns = {role: column.name for role, column in self.used.items() if column.name != role} | self.given
        told = {key: value for key, value in self.told.items() if value not in (None, False, {})}
        told |= ({"columns": columns} if columns else {}) | ({"unit": unit} if unit else {})
        told |= {"higher_is_better": higher} if unit == "points" else {}
        call = f"read_orders({', '.join([repr(self.path.name), *(f'{key}={value!r}' for key, value in told.items())])})"
        orders = Orders(table, unit, higher, about, self.rejects, (), scale, call)
        object.__setattr__(orders, "ledger", tuple(self.ledger(orders)))
        return orders

    def ledger(self, orders: Orders) -> list[str]:
        """What was read and how, what was rejected and why, line by line."""
        said = plural("{n} order from {source}", "{n} orders from {source}", orders.about.n)
        lines = [said.format(n=number(orders.about.n), source=orders.about.source), *self.said]
        if "late" in self.taken and "late" not in self.used:
            lines += self._flag_against(orders)
        state = orders.state()
        tally = orders.table.groupby(state)["count"].sum()
        said = _("{rows} rows = {further} further rows of the same orders + {n} orders: {states}")
        states = ", ".join(f"{number(tally[each])} {_state_word(each)}" for each in STATES if each in tally)
        counts = {"rows": len(self.cells), "further": len(self.cells) - len(orders.table), "n": len(orders.table)}
        lines.append(said.format(states=states, **{key: number(value) for key, value in counts.items()}))
        for (column, reason), part in orders.rejects.groupby(["column", "reason"]):
            said = _("rejected: {column}, {n} times {reason} (first: {value} in row {row})")
            first = {"value": repr(part["value"].iloc[0]), "row": part["row"].iloc[0]}
            lines.append(said.format(column=column, n=number(len(part)), reason=reason, **first))
        return lines

    def _flag_against(self, orders: Orders) -> list[str]:
        """Say where a file's own flag contradicts its dates."""
        try:
            theirs = self.lateness(self.taken["late"])[0].loc[self.table.index].reset_index(drop=True)
        except Undecided:
            return []
        state = orders.state()
        odd = int(((theirs == 0) & state.isin(["late", "overdue"])).sum() + ((theirs == 1) & (state == "kept")).sum())
        said = _("{column} contradicts the dates or durations in {n} orders; these count, not the flag")
        return [said.format(column=repr(self.taken["late"].name), n=number(odd))] if odd else []


def _holds(column: Column, role: str, kinds: list[str]) -> bool:
    """May the content of a column be this role? Only 0 and 1 are durations where the name says so."""
    if column.kind == "flag" and column.values is not None and role in ("promised", "actual", "outcome"):
        return bool(column.unit) or "_".join(tokens(column.name)) == role
    return column.kind in kinds


def _fits(rule: str, role: str, column: Column) -> bool:
    """Does a column obey a rule of data/order_roles.csv? 'a b -c' means: speaks of a and b, not of c."""
    if rule == "=":
        return "_".join(tokens(column.name)) == role
    if rule == "late or in time":
        senses = {meaning(one) for one in column.text.dropna().unique()[:50]}
        return "status" in column.concepts and {"late", "ontime"} <= senses
    own = {"only": column.known, "?": True}
    words = rule.replace(" !", NO).split()
    return all(own.get(w.strip("-"), w.strip("-") in column.concepts) != w.startswith("-") for w in words)


def _unit_word(unit: str) -> str:
    return {"days": _("days"), "hours": _("hours"), "minutes": _("minutes"), "points": _("points")}[unit]


def _state_word(state: str) -> str:
    """A state of an order in the reader's language."""
    return {
        "kept": _("kept"),
        "late": _("late"),
        "overdue": _("overdue"),
        "open": _("open"),
        "cancelled": _("cancelled"),
        "returned": _("returned"),
        "rejected": _("rejected"),
        "no promise": _("without a promise"),
    }[state]
