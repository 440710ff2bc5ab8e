"""Orders: what was promised, what came, how it was rated. Frames of orders are checked here; the models trust them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError, one_of
from .orders_columns import UNITS, meaning

DATES = ("ordered_at", "due_at", "delivered_at", "reviewed_at")
NUMBERS = ("promised", "actual", "outcome", "count", "late")
COLUMNS = (*NUMBERS, *DATES, "order_id", "reviewed", "status", "person", "segment")
REVIEWED = ("before arrival", "after arrival")
GONE = {"cancelled": "cancelled", "returned": "returned", "unreadable": "rejected"}  # status -> state
STATUS = {word: word for word in ("cancelled", "returned", "open", "delivered", "unreadable")} | {"failed": "open"}


@dataclass(frozen=True, eq=False, repr=False)
class Orders:
    """What was promised, what came, and how was it rated? Made by `read_orders` or `Orders.from_frame`; never changed.

    Attributes
    ----------
    table : DataFrame
        One row per order, or per `count` identical ones. Always ``promised, actual, count``; where known ``outcome,
        ordered_at, due_at, delivered_at, reviewed_at, reviewed`` ("before arrival", "after arrival"), ``status``
        (delivered, open, cancelled, returned, unreadable), ``late`` (1 or 0, where that is all that is known),
        ``person, segment, order_id``; other columns as they were. `actual` is empty while an order is open.
    unit : "days", "hours", "minutes", "points" or None
        Of promised and actual; None where only `late` is known.
    higher_is_better : bool
        A later day is worse, always; of points the door asks.
    about : About
        ``n`` orders, source and origin, for captions.
    rejects : DataFrame
        ``row, column, value, reason`` of what could not be read; these orders have the status "unreadable".
    ledger : DataFrame
        ``column, taken, why``: what every column was taken for.
    notes : tuple of str
        What must be said about the reading.
    scale : (low, high) or None
        Ends of the outcome's scale, where known.
    call : str
        The line of Python that reads the file the same way.

    Examples
    --------
    >>> shop = pd.DataFrame({"promised": [3, 3, 3], "actual": [2, 5, None], "status": ["done", "late", "Cancelled"]})
    >>> orders = Orders.from_frame(shop, unit="days")
    >>> orders.beyond.tolist(), orders.state().tolist()
    ([1.0, -2.0, nan], ['kept', 'late', 'cancelled'])
    """

    table: pd.DataFrame
    unit: str | None = None
    higher_is_better: bool = False
    about: About = About()
    rejects: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["row", "column", "value", "reason"]))
    ledger: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["column", "taken", "why"]))
    notes: tuple[str, ...] = ()
    scale: tuple[float, float] | None = None
    call: str = ""

    @classmethod
    def from_frame(
        cls,
        df: pd.DataFrame,
        *,
        columns: dict[str, str] | None = None,
        unit: str | None = None,
        higher_is_better: bool | None = None,
        scale: tuple[float, float] | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Orders:
        """Check a frame of orders.

        Parameters
        ----------
        df : DataFrame
            Numbers as numbers, dates as dates. Needed: ``promised`` and ``actual``; or ``ordered_at, due_at,
            delivered_at``, from which they are counted; or ``late`` (0, 1).
        columns : dict, optional
            Which column is which: ``{"outcome": "stars"}``.
        unit : "days", "hours", "minutes" or "points"
            Of promised and actual. Of dates alone it follows: days (by the calendar), or hours or minutes where the
            promises fall within a day.
        higher_is_better : bool
            For points: is more than promised good? Times are better when lower.
        scale : (low, high), optional
        source, origin : str, optional
            For captions; origin is "published", "simulated" or "own".

        Raises
        ------
        TableError
            If a column is missing or breaks its rule; the message names the row. Nothing is dropped.
        """
        if not isinstance(df, pd.DataFrame):
            raise TableError("df", "must be a DataFrame", type(df).__name__, "Read a file with read_orders.")
        if not len(df):
            raise TableError("df", "must hold at least one order", "an empty table", "Check the file or the filter.")
        table = _typed(_named(df, columns or {}))
        measured = bool(table.reindex(columns=["promised", "actual"]).notna().any(axis=None))
        if unit is None and not measured and {"ordered_at", "due_at", "delivered_at"} <= set(table):
            unit = span_unit(table)[0]
        unit = "points" if unit is None and higher_is_better else unit
        if measured or "late" not in table:
            one_of("unit", unit, (*UNITS, "points"))
        if unit in UNITS and higher_is_better:
            raise TableError("higher_is_better", "times are better when lower", "True", "Leave it out.")
        if unit == "points" and higher_is_better is None:
            found, remedy = "nothing that says so", "higher_is_better=True for ratings, False where less is good."
            raise TableError("higher_is_better", "must be told for points of a scale", found, remedy)
        complete(table, unit, scale, lambda name, bad, rule: _demand(table[name], bad, rule))
        if "order_id" in table:
            twice = table["order_id"].duplicated() & table["order_id"].notna()
            _demand(table["order_id"], twice, "unique: one row per order")
        about = About(n=int(table["count"].sum()), unit=unit, source=source, origin=origin)
        whole = table.astype({"count": int}).reset_index(drop=True)
        return cls(whole, unit, unit == "points" and bool(higher_is_better), about, scale=scale)

    @property
    def beyond(self) -> pd.Series:
        """How far each order went beyond its promise, in units where more is better; negative where it fell short.

        Empty where nothing came yet, and for orders that were cancelled, returned or could not be read.
        """
        gap = (self.table["actual"] - self.table["promised"]) * (1 if self.higher_is_better else -1)
        return gap.mask(self._status.isin(GONE))

    @property
    def last_day(self) -> pd.Timestamp | None:
        """When the last thing happened (what is due is no event), by the day where days count; None without dates."""
        happened = [self.table[name].max() for name in DATES if name != "due_at" and name in self.table]
        last = pd.Series(happened, dtype="datetime64[us]").max()
        return None if pd.isna(last) else self._by_unit(last)

    def _by_unit(self, when):
        """A time stamp, or dates, as promises of this unit see them."""
        if self.unit in ("hours", "minutes"):
            return when
        return when.dt.normalize() if isinstance(when, pd.Series) else when.normalize()

    @property
    def _status(self) -> pd.Series:
        return self.table.get("status", pd.Series(None, index=self.table.index, dtype=object))

    def state(self, as_of: str | pd.Timestamp | None = None) -> pd.Series:
        """How each order stands on a day: kept, late, overdue, open, cancelled, returned, rejected or no promise.

        An order that is due and has not come is overdue: its promise is broken. `as_of`: by default the last day on
        which anything happened. Without dates nobody knows whether an open order is overdue: it stays open.
        """
        table, status = self.table, self._status
        never = pd.Series(pd.NaT, table.index)
        if self.unit is None:
            came, kept = table["late"].notna(), table["late"].eq(0)
            promise = table.get("due_at", table["count"]).notna()
        else:
            came, kept, promise = table["actual"].notna(), self.beyond >= -1e-9, table["promised"].notna()
        day = self.last_day if as_of is None else self._by_unit(pd.Timestamp(as_of))
        tests = {state: status.eq(word) for word, state in GONE.items()}
        tests |= {"no promise": ~promise, "kept": came & kept, "late": came}
        tests["overdue"] = self._by_unit(table.get("due_at", never)) < (pd.NaT if day is None else day)
        named = np.select([test.to_numpy(bool) for test in tests.values()], list(tests), "open")
        return pd.Series(named, index=table.index, name="state")

    def __repr__(self) -> str:
        said = self.notes or (f"Orders(n={self.about.n}, unit={self.unit!r}, source={self.about.source!r})",)
        taken = self.ledger[self.ledger["taken"] != ""].itertuples(index=False)
        lines = [f"  {row.taken} = {row.column!r}" + f" ({row.why})" * bool(row.why) for row in taken]
        return "\n".join([*said, *lines, *filter(None, [self.call])])


def timed(table: pd.DataFrame) -> bool:
    """Do all dates have a clock? Midnight and 23:59:59 are none."""
    dates = [table[name].dropna() for name in DATES[:3] if name in table]
    return all(((each - each.dt.normalize()).dt.total_seconds() % 86399 > 0).mean() > 0.1 for each in dates)


def span_unit(table: pd.DataFrame) -> tuple[str, float]:
    """Days, or hours or minutes where 90 % of the promises fall within a day by the clock; and how many do."""
    last = table["due_at"] if "due_at" in table else table["delivered_at"]
    span = (last - table["ordered_at"]).dropna()
    inside = float((span <= pd.Timedelta(days=1)).mean()) if timed(table) and len(span) else 0.0
    return "days" if inside < 0.9 else "minutes" if span.median() <= pd.Timedelta(hours=3) else "hours", inside


def between(start: pd.Series, end: pd.Series, unit: str | None) -> pd.Series:
    """Calendar days, or hours or minutes by the clock."""
    if unit in ("hours", "minutes"):
        return (end - start) / pd.Timedelta(minutes=UNITS[unit])
    return (end.dt.normalize() - start.dt.normalize()) / pd.Timedelta(days=1)


def complete(table: pd.DataFrame, unit: str | None, scale: tuple | None, refuse: Callable) -> None:
    """Add what follows from the dates: promised, actual, due_at, reviewed; and a count, 1 where there is none.

    What breaks a rule, before and after, goes to ``refuse(name, rows, rule)``, which raises or takes it out.
    """
    if "count" not in table:
        table["count"] = 1
    _obeys(table, unit, scale, refuse)
    if "ordered_at" in table and unit in UNITS:
        for name, date in (("promised", "due_at"), ("actual", "delivered_at")):
            if date in table and name not in table:
                table[name] = between(table["ordered_at"], table[date], unit)
        if "promised" in table and "due_at" not in table:
            table["due_at"] = table["ordered_at"] + pd.to_timedelta(table["promised"] * UNITS[unit], unit="m")
    lost = [name for name in ("promised", "actual") if name not in table]
    if lost and "late" not in table:
        found = f"the columns {', '.join(map(repr, table.columns[:12]))}"
        remedy = f'Name it: columns={{"{lost[0]}": "..."}}, or ordered_at with due_at and delivered_at.'
        raise TableError(lost[0], "must be a column", found, remedy)
    table[lost] = np.nan
    if {"delivered_at", "reviewed_at"} <= set(table) and "reviewed" not in table:
        table["reviewed"] = _reviewed(table["reviewed_at"], table["delivered_at"])
    _obeys(table, unit, scale, refuse)


def _obeys(table: pd.DataFrame, unit: str | None, scale: tuple[float, float] | None, refuse: Callable) -> None:
    """Hand what breaks a rule of a table of orders to `refuse`."""
    rules = {
        "count": ("a whole number of orders, 1 or more", lambda n: (n >= 1) & (n % 1 == 0)),
        "late": ("1 (late) or 0", lambda late: late.isin([0, 1])),
        "reviewed": ("'before arrival' or 'after arrival'", lambda when: when.isin(REVIEWED)),
    }
    if unit in UNITS:
        ten_years = 3650 * 1440 / UNITS[unit]
        rule = (f"a number of {unit}, 0 to {ten_years:g}", lambda time: time.between(0, ten_years))
        rules |= dict.fromkeys(("promised", "actual"), rule)
    if scale:
        rules["outcome"] = (f"on the scale {scale[0]:g} to {scale[1]:g}", lambda score: score.between(*scale))
    if "ordered_at" in table:
        rule = ("on the day of the order or later", lambda day: ~(between(table["ordered_at"], day, unit) < 0))
        rules |= dict.fromkeys(DATES[1:], rule)
    for name in [name for name in rules if name in table]:
        rule, right = rules[name]
        refuse(name, table[name].notna() & ~right(table[name]), rule)


def _reviewed(reviewed: pd.Series, delivered: pd.Series) -> pd.Series:
    """Was an order rated before it came? Where either date has no clock, what happened on one day is not before."""
    days = reviewed.dt.normalize(), delivered.dt.normalize()
    dated = (reviewed == days[0]) | (delivered == days[1])
    early = (reviewed < delivered).where(~dated, days[0] < days[1])
    said = pd.Series(np.where(early, *REVIEWED), index=reviewed.index, dtype=object)
    return said.mask(reviewed.isna() | delivered.isna(), None)


def _named(df: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """A copy under our names, without what pandas carries along."""
    wrong = [role for role in columns if role not in COLUMNS] + [name for name in columns.values() if name not in df]
    if wrong:
        rule = f"names some of {', '.join(COLUMNS)}, and columns of the table"
        raise TableError("columns", rule, repr(wrong[0]), f"It has {', '.join(map(repr, df.columns[:20]))}.")
    taken = {theirs: role for role, theirs in columns.items()}
    names = [taken.get(name, f"{name} (file)" if name in columns else name) for name in df.columns]
    return pd.DataFrame({name: df.iloc[:, i] for i, name in enumerate(names)})


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats, dates as dates, the status in our words; what is none is an error that names the row."""
    for name in [name for name in (*NUMBERS, *DATES) if name in table]:
        typed, kind = table[name], "a finite number" if name in NUMBERS else "a date"
        if name in NUMBERS:
            typed = pd.to_numeric(typed, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
        else:
            typed = pd.to_datetime(typed, errors="coerce").dt.tz_localize(None).astype("datetime64[us]")
        _demand(table[name], typed.isna() & (table[name].notna() | (name == "count")), f"{kind}, or empty")
        table[name] = typed
    if "status" in table:
        table["status"] = table["status"].map(lambda word: STATUS.get(meaning(str(word))), "ignore").astype(object)
    return table


def _demand(column: pd.Series, bad: pd.Series, rule: str) -> None:
    """A TableError that names the first bad row."""
    if bad.any():
        at = int(np.argmax(bad.to_numpy()))
        value = column.iloc[at]
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        rows = f"{shown!r} in row {bad.index[at]} ({bad.sum()} of {len(bad)} rows)"
        raise TableError(str(column.name), f"must be {rule}", rows, "Correct or clear it.")
