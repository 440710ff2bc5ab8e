"""Orders: what was promised, what came, how it was rated. Frames of orders are checked here; the models trust them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError, one_of
from .orders_words import meaning

UNITS = {"days": 1440, "hours": 60, "minutes": 1}  # times, in minutes; a scale is "points"
DATES = ("ordered_at", "due_at", "delivered_at", "reviewed_at")
NUMBERS = ("promised", "actual", "outcome", "count", "late")
COLUMNS = (*NUMBERS, *DATES, "order_id", "reviewed", "status", "person", "segment")
STATES = ("kept", "late", "overdue", "open", "cancelled", "returned", "rejected", "no promise")
REVIEWED = ("before arrival", "after arrival")
GONE = {"cancelled": "cancelled", "returned": "returned", "unreadable": "rejected"}  # status -> state
STATUS = {word: word for word in ("cancelled", "returned", "open", "delivered", "unreadable")} | {"failed": "open"}


@dataclass(frozen=True, eq=False, repr=False)
class Orders:
    """What was promised, what came, and how was it rated?

    Made by `read_orders` or `Orders.from_frame`; never changed.

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
    facts : dict
        Of a file: name, SHA-256, format, encoding, sheet.
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
    facts: dict = field(default_factory=dict)
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
        typed = _typed(_named(df, columns or {}))
        measured = bool({"promised", "actual"} & set(typed))
        if unit is None and not measured and {"ordered_at", "due_at", "delivered_at"} <= set(typed):
            unit = span_unit(typed)[0]
        unit = "points" if unit is None and higher_is_better else unit
        if measured or "late" not in typed:
            one_of("unit", unit, (*UNITS, "points"))
        whole = complete(typed, unit)
        _obeys(whole, unit, scale)
        about = About(n=int(whole["count"].sum()), unit=unit, source=source, origin=origin)
        whole = whole.astype({"count": int}).reset_index(drop=True)
        return cls(whole, unit, better(unit, higher_is_better), about, scale=scale)

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
        empty = pd.Series(None, index=self.table.index, dtype=object)
        return self.table["status"].astype(object) if "status" in self.table else empty

    def state(self, as_of: str | pd.Timestamp | None = None) -> pd.Series:
        """How each order stands on a day: kept, late, overdue, open, cancelled, returned, rejected or no promise.

        An order that is due and has not come is overdue: its promise is broken. `as_of`: by default the last day on
        which anything happened. Without dates nobody knows whether an open order is overdue: it stays open.
        """
        table, status = self.table, self._status
        came, kept = table["actual"].notna(), self.beyond >= -1e-9
        promise = table["promised"].notna()
        if self.unit is None:
            came, kept = table["late"].notna(), table["late"].eq(0)
            promise = table["due_at"].notna() if "due_at" in table else pd.Series(True, table.index)
        day = self.last_day if as_of is None else self._by_unit(pd.Timestamp(as_of))
        dated = day is not None and "due_at" in table
        past = self._by_unit(table["due_at"]) < day if dated else pd.Series(False, table.index)
        tests = {state: status.eq(word) for word, state in GONE.items()}
        tests |= {"no promise": ~promise, "kept": came & kept, "late": came, "overdue": past}
        named = np.select([test.to_numpy(bool) for test in tests.values()], list(tests), "open")
        return pd.Series(named, index=table.index, name="state")

    def __repr__(self) -> str:
        said = self.notes or (f"Orders(n={self.about.n}, unit={self.unit!r}, source={self.about.source!r})",)
        taken = self.ledger[self.ledger["taken"] != ""].itertuples(index=False)
        lines = [f"  {row.taken} = {row.column!r}" + f" ({row.why})" * bool(row.why) for row in taken]
        return "\n".join([*said, *lines, *filter(None, [self.call])])


def better(unit: str | None, higher_is_better: bool | None) -> bool:
    """Whether more is better: never for times, and for points only a person knows."""
    if unit != "points":
        if higher_is_better:
            raise TableError("higher_is_better", "times are better when lower", "True", "Leave it out.")
        return False
    if higher_is_better is None:
        found, remedy = "nothing that says so", "higher_is_better=True for ratings, False where less is good."
        raise TableError("higher_is_better", "must be told for points of a scale", found, remedy)
    return bool(higher_is_better)


def timed(table: pd.DataFrame) -> bool:
    """Do all dates have a clock? Midnight and 23:59:59 are none."""
    dates = [table[name].dropna() for name in ("ordered_at", "due_at", "delivered_at") if name in table]
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


def sane(times: pd.Series, unit: str) -> pd.Series:
    """Neither negative nor above ten years."""
    return times.between(0, 3650 * 1440 / UNITS[unit])


def complete(table: pd.DataFrame, unit: str | None) -> pd.DataFrame:
    """The same orders with what follows from the dates: promised, actual, due_at, late, reviewed; and a count."""
    table = table.copy()
    if "ordered_at" in table and unit != "points":
        for name, date in (("promised", "due_at"), ("actual", "delivered_at")):
            if date in table and name not in table:
                table[name] = between(table["ordered_at"], table[date], unit)
        if "promised" in table and "due_at" not in table and unit in UNITS:
            promised = table["promised"].where(sane(table["promised"], unit))
            table["due_at"] = table["ordered_at"] + pd.to_timedelta(promised * UNITS[unit], unit="m")
    lost = [name for name in ("promised", "actual") if name not in table]
    if lost and "late" not in table:
        found = f"the columns {', '.join(map(repr, table.columns[:12]))}"
        remedy = f'Name it: columns={{"{lost[0]}": "..."}}, or ordered_at with due_at and delivered_at.'
        raise TableError(lost[0], "must be a column", found, remedy)
    for name in lost:
        table[name] = np.nan
    if {"delivered_at", "reviewed_at"} <= set(table) and "reviewed" not in table:
        table["reviewed"] = _reviewed(table)
    return table if "count" in table else table.assign(count=1)


def _reviewed(table: pd.DataFrame) -> pd.Series:
    """Was an order rated before it came? Where either date has no clock, what happened on one day is not before."""
    reviewed, delivered = table["reviewed_at"], table["delivered_at"]
    days = reviewed.dt.normalize(), delivered.dt.normalize()
    dated = (reviewed == days[0]) | (delivered == days[1])
    early = (reviewed < delivered).where(~dated, days[0] < days[1])
    said = pd.Series(np.where(early, *REVIEWED), index=table.index, dtype=object)
    said[reviewed.isna() | delivered.isna()] = None
    return said


def _named(df: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """A copy under our names, without what pandas carries along."""
    wrong = [role for role in columns if role not in COLUMNS]
    lost = [theirs for theirs in columns.values() if theirs not in df]
    if wrong or lost:
        rule = f"names some of {', '.join(COLUMNS)}, and columns of the table"
        raise TableError("columns", rule, repr((wrong or lost)[0]), f"It has {', '.join(map(repr, df.columns[:20]))}.")
    taken = {theirs: role for role, theirs in columns.items()}
    names = [taken.get(name, f"{name} (file)" if name in columns else name) for name in df.columns]
    return pd.DataFrame({name: df.iloc[:, i] for i, name in enumerate(names)})


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats, dates as dates, the status in our words; what is none is an error that names the row."""
    for name in [name for name in NUMBERS if name in table]:
        numbers = pd.to_numeric(table[name], errors="coerce").astype(float)
        _demand(numbers.notna() | table[name].isna(), table[name], "a number, or empty")
        table[name] = numbers
        _demand(~np.isinf(numbers), table[name], "finite")
    for name in [name for name in DATES if name in table]:
        dates = pd.to_datetime(table[name], errors="coerce")
        _demand(dates.notna() | table[name].isna(), table[name], "a date, or empty")
        table[name] = (dates.dt.tz_localize(None) if dates.dt.tz is not None else dates).astype("datetime64[us]")
    if "status" in table:
        known = {word: STATUS.get(meaning(str(word))) for word in table["status"].dropna().unique()}
        table["status"] = table["status"].map(known).astype(object)
    return table


def _obeys(table: pd.DataFrame, unit: str | None, scale: tuple[float, float] | None) -> None:
    """Every rule of a table of orders, or a TableError that names the first row that breaks it."""
    whole = (table["count"] >= 1) & (table["count"] % 1 == 0)
    _demand(whole, table["count"], "a whole number of orders, 1 or more", "A weight is no count: leave it out.")
    if "order_id" in table:
        once = ~table["order_id"].duplicated() | table["order_id"].isna()
        _demand(once, table["order_id"], "unique: one row per order", "Keep one row of each order.")
    for name in ("promised", "actual") if unit in UNITS else ():
        _demand(
            table[name].isna() | sane(table[name], unit),
            table[name],
            f"a number of {unit}, 0 or more",
            'Correct or clear it, or say unit="points".',
        )
    if "late" in table:
        _demand(table["late"].isna() | table["late"].isin([0, 1]), table["late"], "1 (late) or 0")
    if "reviewed" in table:
        known = table["reviewed"].isna() | table["reviewed"].isin(REVIEWED)
        _demand(known, table["reviewed"], "'before arrival' or 'after arrival'")
    if scale and "outcome" in table:
        on = table["outcome"].isna() | table["outcome"].between(*scale)
        _demand(on, table["outcome"], f"on the scale {scale[0]:g} to {scale[1]:g}", "Correct or clear it.")
    if {"ordered_at", "delivered_at"} <= set(table):
        early = table["delivered_at"].dt.normalize() < table["ordered_at"].dt.normalize()
        _demand(~early, table["delivered_at"], "not before the order (`ordered_at`)")


def _demand(ok: pd.Series, column: pd.Series, rule: str, remedy: str = "Correct or clear it.") -> None:
    """A TableError that names the first row in which `ok` is false."""
    if not ok.all():
        at = int(np.argmin(ok.to_numpy()))
        value = column.iloc[at]
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        rows = f"{shown!r} in row {ok.index[at]} ({(~ok).sum()} of {len(ok)} rows)"
        raise TableError(str(column.name), f"must be {rule}", rows, remedy)
