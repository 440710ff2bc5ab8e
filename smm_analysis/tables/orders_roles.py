"""Which column of a file of orders is what: roles by ranked rules (data/order_roles.csv), asked where several fit."""

import pandas as pd

from ..errors import TableError, one_of
from ..words import _
from .asking import Undecided
from .files import RawTable
from .orders import UNITS
from .orders_columns import Column, look
from .orders_words import meaning, tokens
from .vocabulary import word_table

TEXT, OPTIONAL = ("order_id", "status", "segment", "person", "reviewed"), ("segment", "person", "reviewed_at")
SIDES = {"promised": ("due_at", "actual"), "actual": ("delivered_at", "promised")}  # its date, the other side
NO = " -not -id -rating -status"  # what '!' of a rule stands for
ANSWERS = ("date_order", "decimal", "late_is", "lines")  # other keys are words of the status
MEANT = ("cancelled", "returned", "open", "delivered", "came")  # what a word of a status may mean; came: ask the dates


class Plan:
    """How a file of orders is read: the columns that are used, how each side is had, what was outranked.

    `ways`: dates, a duration, a delay or one promise for all, for `promised` and `actual`; `late_only`: "dates" or
    "flag" where only lateness is known.
    """

    def __init__(self, name: str, raw: RawTable, told: dict):
        self.name, self.raw, self.told = name, raw, told
        self.given, self.answers = dict(told["columns"] or {}), dict(told["answers"] or {})
        self.ties, self.offered, self.outranked, self.notes = {}, {}, {}, []
        one_of("unit", told["unit"], (None, *UNITS, "points"))
        self._look()
        self._choose()
        self._decide()

    def _look(self) -> None:
        """Every column by name and content; one that shows the order of day and month decides for all."""
        cells, sign, decimal = self.raw.cells, self.raw.facts.get("separator", ""), self.answers.get("decimal")
        order = self.answers.get("date_order")
        self.columns = {name: look(name, cells[name], sign, decimal, order) for name in cells}
        orders = {column.order for column in self.columns.values() if column.order}
        for name, column in self.columns.items():
            if len(orders) == 1 and column.kind == "date" and isinstance(column.doubt, Undecided):
                self.columns[name] = look(name, cells[name], sign, decimal, *orders)

    def _choose(self) -> None:
        """Per role the one column of the best rule; several are a tie, and '?' only offers."""
        table = word_table("order_roles").groupby("role", sort=False)
        roles = {role: (part["kinds"].iloc[0].split(), list(part["rule"])) for role, part in table}
        for role, name in self.given.items():
            if role not in roles or (name is not None and name not in self.columns):
                rule = f"names some of {', '.join(roles)}, and columns of the file"
                raise TableError("columns", rule, repr(role if role not in roles else name), self._listing())
        taken = {role: self.columns[name] for role, name in self.given.items() if name is not None}
        for role, (kinds, rules) in roles.items():
            busy = set() if role == "late" else {column.name for column in taken.values()}
            ranks = {c.name: _rank(c, role, kinds, rules) for c in self.columns.values() if c.name not in busy}
            best = min(ranks.values(), default=len(rules))
            if role in self.given or best == len(rules):
                continue
            hit = [name for name, rank in ranks.items() if rank == best]
            picks = [(f"{name!r} is {role}", {role: name}) for name in hit]
            if rules[best].startswith("?"):
                self.offered[role] = picks
            elif len(hit) == 1:
                taken[role] = self.columns[hit[0]]
                self.outranked[role] = [name for name, rank in ranks.items() if best < rank < len(rules)]
            elif role in OPTIONAL:
                said = _("{role} could be {columns}: none was taken")
                self.notes.append(said.format(role=role, columns=", ".join(map(repr, hit[:6]))))
            else:
                self.ties[role] = Undecided("columns", f"which is {role}", [*picks, ("none of them", {role: None})])
        self.taken = {role: taken[role] for role in roles if role in taken}

    def _listing(self) -> str:
        """The columns by kind, for a message."""
        kinds = pd.Series({column.name: column.kind for column in self.columns.values()})
        listed = "; ".join(f"{kind}: {', '.join(part.index[:12])}" for kind, part in kinds.groupby(kinds))
        return f"The file has {listed[:300]}."

    def _decide(self) -> None:
        """How each side is had: dates, a duration, a delay or one promise for all; or how only lateness is."""
        ways = {side: self._way(side) for side in SIDES}
        short = [side for side, (way, _roles) in ways.items() if not way]
        sides = {"promised", "due_at", "actual", "delivered_at"}
        two = self.given.get("ordered_at", "") is None and {"due_at", "delivered_at"} <= set(self.taken)
        flag = "late" in {*self.taken, *self.ties} and not sides & set(self.ties)
        late_only = "dates" if short and two else "flag" if short and flag else ""
        if len(short) == 2 and not late_only and not sides & {*self.offered, *self.ties, *self.taken}:
            remedy = "Name them: columns={'promised': '...', 'actual': '...'}, or ordered_at, due_at and delivered_at."
            found = f"no column that does by its name. {self._listing()}".rstrip(".")
            raise TableError(self.name, "must say what was promised and when it came", found, remedy)
        asked = [role for _way, roles in ways.values() for role in sorted(roles) if not late_only]
        missing = [self._missing(side) for side in short if not late_only]
        asked += ["outcome", "order_id", "status", *["late"] * (late_only == "flag")]
        doubts = [self.ties[role] for role in asked if role in self.ties]
        used = set().union(*(roles for _way, roles in ways.values()))
        used = {"dates": {"due_at", "delivered_at"}, "flag": {"late"}}.get(late_only, used)
        used |= {*TEXT, "outcome", "count", "ordered_at", "reviewed_at"}
        self.used = {role: column for role, column in self.taken.items() if role in used}
        doubts += missing + [c.doubt for role, c in self.used.items() if c.doubt is not None and role not in TEXT]
        if doubts:
            raise doubts[0]
        self.ways, self.late_only = {side: way for side, (way, _roles) in ways.items()}, late_only

    def _way(self, side: str) -> tuple[str, set]:
        date, other = SIDES[side]
        if side == "promised" and self.told["promised"] is not None:
            return "constant", set()
        if self.given.get(side) and not self.given.get(date):
            return "duration", {side}
        ways = {"dates": {"ordered_at", date}, "duration": {side}, "delay": {"delay", other}}
        return next(((way, roles) for way, roles in ways.items() if roles <= {*self.taken, *self.ties}), ("", set()))

    def _missing(self, side: str) -> TableError:
        """The question where nothing says what was promised, or what came."""
        date = SIDES[side][0]
        if date in self.taken and "ordered_at" not in self.taken:
            picks = self.offered.get("ordered_at", [])[:8]
            if {"due_at", "delivered_at"} <= set(self.taken):
                picks.append(("the file has none: late or in time is all we learn", {"ordered_at": None}))
            rule = f"{self.taken[date].name!r} of {self.name} needs the day of the order"
            remedy = "Name it: columns={'ordered_at': '...'}."
            return Undecided("columns", rule, picks, remedy) if picks else TableError("columns", rule, "none", remedy)
        busy = {column.name for column in self.taken.values()}
        free = [c.name for c in self.columns.values() if c.kind == "date" and c.name not in busy]
        picks = self.offered.get(date, []) + self.offered.get(side, [])
        picks = picks or [(f"{name!r} is {date}", {date: name}) for name in free]
        what = {"promised": "what was promised", "actual": "when an order came"}[side]
        rule, remedy = (
            f"no column of {self.name} says {what}",
            f"Name it: columns={{{side!r}: '...'}} or {{{date!r}: '...'}}",
        )
        remedy += "; the same promise for all: promised=5." if side == "promised" else "."
        return Undecided("columns", rule, picks[:8], remedy) if picks else TableError("columns", rule, "none", remedy)

    def lateness(self, column: Column) -> pd.Series:
        """1 late, 0 in time. 0/1 under 'on time' is coded both ways in public files: asked."""
        told, text = self.answers.get("late_is"), column.text.str.casefold()
        sense = text.map({one: meaning(one) for one in text.dropna().unique()})
        inverse, words = "ontime" in column.concepts, sense.isin(["yes", "no"]).any()
        if told is not None:
            late, said = text.eq(str(told).casefold()).astype(float).mask(text.isna()), repr(told)
        elif sense.isin(["late", "ontime"]).any():
            late, said = sense.map({"late": 1.0, "ontime": 0.0}), _("what its words say")
        elif inverse == ("late" in column.concepts) or (inverse and not words):
            shares = column.text.value_counts(normalize=True)
            picks = [(f"{v!r} means late ({share:.0%} of the orders)", {"late_is": v}) for v, share in shares.items()]
            raise Undecided("answers", f"what does {column.name!r} say", picks[:9])
        else:
            late = sense.map({"yes": 1.0, "no": 0.0}) if words else column.values
            late, said = (1 - late, "0, no") if inverse else (late, "1, yes")
        column.said.append(_("late is {value}").format(value=said))
        return late

    def ledger(self) -> pd.DataFrame:
        """What every column was taken for, and why."""
        rows, used = [], {column.name: role for role, column in self.used.items()}
        for name, column in self.columns.items():
            role = used.get(name, "")
            why = [] if role in ("", *TEXT) else list(column.said)
            if role in self.given:
                why.append(_("as told"))
            elif self.outranked.get(role):
                why.append(_("outranks {columns}").format(columns=", ".join(map(repr, self.outranked[role][:4]))))
            rows.append((name, role, "; ".join(why)))
        return pd.DataFrame(rows, columns=["column", "taken", "why"])


def _rank(column: Column, role: str, kinds: list[str], rules: list[str]) -> int:
    """The first rule that a column obeys, if its content may be this role; len(rules) for none."""
    own = "_".join(tokens(column.name)) == role
    if column.kind == "flag" and column.values is not None and role in ("promised", "actual", "outcome"):
        fits = bool(column.unit) or own  # only 0 and 1: durations where the name says so
    else:
        fits = column.kind in kinds
    if role == "outcome" and fits:
        fits = column.values.min() >= 0 and column.values.max() <= 100
    obeyed = (i for i, rule in enumerate(rules) if fits and (own if rule == "=" else _obeys(rule, column)))
    return next(obeyed, len(rules))


def _obeys(rule: str, column: Column) -> bool:
    """Does a column obey a rule of data/order_roles.csv? 'a b -c' means: speaks of a and b, not of c."""
    if rule == "late or in time":
        senses = set(map(meaning, column.text.dropna().unique()[:50]))
        return "status" in column.concepts and {"late", "ontime"} <= senses
    own = {"only": column.known, "?": True}
    words = rule.replace(" !", NO).split()
    return all(own.get(w.strip("-"), w.strip("-") in column.concepts) != w.startswith("-") for w in words)
