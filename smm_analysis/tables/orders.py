"""Orders: what was promised, what came, how it was rated. Frames of orders are checked here; the models trust them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError, one_of
from .asking import Undecided
from .frames import ROWS, in_pandas, names_of, require
from .orders_words import UNITS, meaning

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

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
    unit, higher_is_better, scale
        As in `from_frame`; the unit is None where only `late` is known.
    rejects, ledger : DataFrame
        ``row, column, value, reason`` of what could not be read (these orders have the status "unreadable"), and
        ``column, taken, why``: what every column of a file was taken for.
    notes, call : tuple of str, str
        What must be said about the reading, and the line of Python that reads the file the same way.

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
        df: IntoFrame,
        *,
        columns: dict[str, str] | None = None,
        unit: str | None = None,
        higher_is_better: bool | None = None,
        scale: tuple[float, float] | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> Orders:
        """Check a frame of orders, of pandas or of another engine.

        Parameters
        ----------
        df : DataFrame
            Numbers as numbers, dates as dates. Needed: ``promised`` and ``actual``; or ``ordered_at, due_at,
            delivered_at``, from which they are counted; or ``late`` (0, 1).
        columns : dict, optional
            Which column is which: ``{"outcome": "stars"}``.
        unit : "days", "hours", "minutes" or "points"
            Of promised and actual; of dates it follows: days of the calendar, or hours or minutes within a day.
        higher_is_better : bool
            For points: is more than promised good? Times are better when lower.
        scale : (low, high), optional
            The ends of the outcome's scale.
        source, origin : str, optional
            For captions; origin is "published", "simulated" or "own".

        Raises
        ------
        TableError : if a column is missing or breaks its rule; the message names the row.
        """
        table = _typed(_taken(df, columns or {}))
        if not len(table):
            raise TableError("df", "must hold at least one order", "an empty table", "Check the file or the filter.")
        measured = bool(table.reindex(columns=["promised", "actual"]).notna().any(axis=None))
        if unit is None and not measured and {"ordered_at", "due_at", "delivered_at"} <= set(table):
            unit = span_unit(table)[0]
        unit = "points" if unit is None and higher_is_better else unit
        if measured or "late" not in table:
            one_of("unit", unit, (*UNITS, "points"))
        if unit in UNITS and higher_is_better:
            raise TableError("higher_is_better", "times are better when lower", "True", "Leave it out.")
        if unit == "points" and higher_is_better is None:
            choices = [("more is good, as with ratings", True), ("less is good", False)]
            raise Undecided("higher_is_better", "must be told for points of a scale", choices)
        complete(table, unit, scale, lambda name, bad, rule: _demand(table[name], bad, rule))
        if "order_id" in table:
            twice = table["order_id"].duplicated() & table["order_id"].notna()
            _demand(table["order_id"], twice, "unique: one row per order")
        about = About(n=int(table["count"].sum()), unit=unit, source=source, origin=origin)
        table = table.astype({"count": int}).reset_index(drop=True)
        return cls(table, unit, unit == "points" and bool(higher_is_better), about, scale=scale)

    @property
    def beyond(self) -> pd.Series:
        """How far each order went beyond its promise, more is better; empty where none came, or is gone or unread."""
        gap = (self.table["actual"] - self.table["promised"]) * (1 if self.higher_is_better else -1)
        return gap.mask(self._status.isin(GONE))

    @property
    def last_day(self) -> pd.Timestamp | None:
        """When the last thing happened (what is due is no event), by the day where days count; None without dates."""
        happened = [self.table[name].max() for name in DATES if name != "due_at" and name in self.table]
        last = pd.Series(happened, dtype="datetime64[us]").max()
        return None if pd.isna(last) else last if self.unit in ("hours", "minutes") else last.normalize()

    @property
    def _status(self) -> pd.Series:
        return self.table.get("status", pd.Series(None, self.table.index, dtype=object))

    def state(self, as_of: str | pd.Timestamp | None = None) -> pd.Series:
        """How each order stands on a day: kept, late, overdue, open, cancelled, returned, rejected or no promise.

        What is due by `as_of` (by default the last day on which anything happened) and has not come is overdue, a
        broken promise; without dates nobody knows, and it stays open.
        """
        table, status = self.table, self._status
        came, kept, promise = table["actual"].notna(), self.beyond >= -1e-9, table["promised"].notna()
        if self.unit is None:
            came, kept = table["late"].notna(), table["late"].eq(0)
            promise = table.get("due_at", table["count"]).notna()
        day = pd.Series(pd.Timestamp(as_of or self.last_day), table.index, dtype="datetime64[us]")
        tests = {state: status.eq(word) for word, state in GONE.items()}
        tests |= {"no promise": ~promise, "kept": came & kept, "late": came}
        tests["overdue"] = between(table.get("due_at", day), day, self.unit) > 0
        named = np.select([test.to_numpy(bool) for test in tests.values()], list(tests), "open")
        return pd.Series(named, index=table.index, name="state")

    def __repr__(self) -> str:
        said = self.notes or (f"Orders(n={self.about.n}, unit={self.unit!r}, source={self.about.source!r})",)
        taken = self.ledger[self.ledger["taken"] != ""].itertuples(index=False)
        lines = [f"  {row.taken} = {row.column!r}" + f" ({row.why})" * bool(row.why) for row in taken]
        return "\n".join([*said, *lines, *filter(None, [self.call])])


def _share(true: pd.Series, table: pd.DataFrame) -> float:
    """Of which share of the orders, counted or not, something is true."""
    count = table.get("count", pd.Series(1.0, table.index))[true.index]
    return float((true * count).sum() / count.sum()) if count.sum() else 0.0


def timed(table: pd.DataFrame) -> bool:
    """Do all dates have a clock? Midnight and 23:59:59 are none."""
    dates = [table[name].dropna() for name in DATES[:3] if name in table]
    seconds = [(date - date.dt.normalize()) // pd.Timedelta(seconds=1) for date in dates]
    return all(_share(second % 86399 > 0, table) > 0.1 for second in seconds)


def span_unit(table: pd.DataFrame) -> tuple[str, float]:
    """Days, or hours or minutes where 90 % of the promises fall within a day by the clock; and how many do."""
    took = (table["due_at" if "due_at" in table else "delivered_at"] - table["ordered_at"]).dropna()
    inside, soon = (_share(took <= pd.Timedelta(hours=hours), table) for hours in (24, 3))
    inside = inside if timed(table) else 0.0
    return "days" if inside < 0.9 else "minutes" if soon > 0.5 else "hours", inside


def between(start: pd.Series, end: pd.Series, unit: str | None) -> pd.Series:
    """Calendar days, or hours or minutes by the clock."""
    if unit in ("hours", "minutes"):
        return (end - start) / pd.Timedelta(minutes=UNITS[unit])
    return (end.dt.normalize() - start.dt.normalize()) / pd.Timedelta(days=1)


def hidden_by_days(table: pd.DataFrame) -> bool:
    """Are nearly all promises for the day of the order, by clocks that this day itself does not have?"""
    same = between(table["ordered_at"], table["due_at"], "days").dropna().eq(0)
    return _share(same, table) > 0.9 and timed(table.drop(columns="ordered_at"))


def calendar_days(promised: pd.Series, ordered: pd.Series) -> pd.Series:
    """Promises that count from Monday to Friday as days of the calendar; holidays are not known."""
    sane = promised.between(0, 3650) & ordered.notna()
    first = ordered[sane].to_numpy().astype("datetime64[D]")
    last = np.busday_offset(first, np.ceil(promised[sane]).astype(int), roll="backward")
    return promised.mask(sane, pd.Series((last - first).astype(float), promised.index[sane]))


def complete(table: pd.DataFrame, unit: str | None, scale: tuple | None, refuse: Callable) -> None:
    """Check every rule of a table of orders; add what follows from the dates, and a count, 1 where there is none.

    What breaks a rule goes to ``refuse(name, rows, rule)``, which raises or takes it out.
    """
    most = 3650 * 1440 / UNITS.get(unit, 1440)  # ten years
    rules = {
        "count": ("a whole number of orders, 1 or more", lambda n: (n >= 1) & (n % 1 == 0)),
        "late": ("1 (late) or 0", lambda late: late.isin([0, 1])),
        "reviewed": ("'before arrival' or 'after arrival'", lambda when: when.isin(REVIEWED)),
    }
    if unit in UNITS:
        rule = f"a number of {unit}, 0 to ten years", lambda time: time.between(0, most)
        rules |= {"promised": rule, "actual": rule}
    if scale:
        rules["outcome"] = f"on the scale {scale[0]:g} to {scale[1]:g}", lambda score: score.between(*scale)
    if "ordered_at" in table:
        after = lambda day: between(table["ordered_at"], day, unit).fillna(0).between(0, most)
        rules |= dict.fromkeys(DATES[1:], ("within ten years after the order", after))
    for name, (rule, right) in rules.items():
        if name in table:
            refuse(name, table[name].notna() & ~right(table[name]), rule)
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
        reviewed, came = table["reviewed_at"], table["delivered_at"]
        without_clock = reviewed.eq(reviewed.dt.normalize())  # at some time of its day: not before the arrival
        early = reviewed < came.mask(without_clock, came.dt.normalize())
        said = pd.Series(np.where(early, *REVIEWED), table.index, dtype=object)
        table["reviewed"] = said.where(reviewed.notna() & came.notna(), None)
    table["count"] = table["count"].fillna(1) if "count" in table else 1


def one_row_each(table: pd.DataFrame, lines: str | None) -> tuple[pd.DataFrame, list]:
    """One row per order where its lines agree, otherwise a question; and the rows that were further lines."""
    if lines == "each":
        table = table.rename(columns={"order_id": "order_id (file)"})
    if "order_id" not in table:
        return table, []
    key = table["order_id"].fillna(pd.Series(table.index.map("\0{}".format), table.index))
    whole = table.drop(columns=["segment", "person"], errors="ignore").assign(order_id=key)
    if lines == "last":
        whole = whole.sort_values("actual", kind="stable").drop_duplicates("order_id", keep="last").sort_index()
    whole = whole.drop_duplicates()
    twice = whole.loc[whole["order_id"].duplicated(), "order_id"].unique()
    if len(twice):
        rule = f"the lines of {len(twice)} orders differ (such as {', '.join(twice[:2])})"
        choices = {"last": "an order has come with its last line", "each": "each line is an order"}
        raise Undecided("answers", rule, [(said, {"lines": word}) for word, said in choices.items()])
    further = key.drop(whole.index)
    return table.loc[whole.index], [*further.index[further.isin(key[whole.index])]]


def _taken(df, columns: dict[str, str]) -> pd.DataFrame:
    """The orders under our names, whatever engine holds them; dates stand as the clock on the wall showed them."""
    have = names_of(df, "df", "Read a file with read_orders.")
    wrong = [role for role in columns if role not in COLUMNS] + [name for name in columns.values() if name not in have]
    if wrong:
        rule = f"names some of {', '.join(COLUMNS)}, and columns of the table"
        raise TableError("columns", rule, repr(wrong[0]), f"It has {', '.join(map(repr, have[:20]))}.")
    taken = {theirs: role for role, theirs in columns.items()}
    names = [taken.get(name, f"{name} (file)" if name in columns else name) for name in have]
    if isinstance(df, pd.DataFrame):
        return pd.DataFrame({name: df.iloc[:, i] for i, name in enumerate(names)})
    return _counted(nw.from_native(df).select(nw.col(old).alias(new) for old, new in zip(have, names, strict=True)))


def _counted(frame: nw.DataFrame | nw.LazyFrame) -> pd.DataFrame:
    """Equal orders are counted in the engine that holds them, and come once; an `order_id` makes each its own."""
    kinds = frame.collect_schema()
    if "order_id" in kinds or not kinds.get("count", nw.Int64()).is_numeric():
        return in_pandas(frame)
    names = kinds.names()
    table = in_pandas(frame.group_by(*names).agg(nw.len().alias(ROWS))).sort_values(names)
    rows = table.pop(ROWS).to_numpy()
    table["count"] = table["count"] * rows if "count" in table else rows
    table.index = pd.MultiIndex.from_arrays([range(len(table)), rows], names=["unordered", ROWS])
    return table


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats, dates as dates, the status in our words; what is none is an error that names the row."""
    for name in table.columns.intersection([*NUMBERS, *DATES]):
        rule = "a finite number, or empty" if name in NUMBERS else "a date, or empty"
        if name in NUMBERS:
            typed = pd.to_numeric(table[name], errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
        else:
            typed = pd.to_datetime(table[name], errors="coerce").dt.tz_localize(None).astype("datetime64[us]")
        _demand(table[name], typed.isna() & (table[name].notna() | (name == "count")), rule)
        table[name] = typed
    if "status" in table:
        table["status"] = table["status"].map(lambda word: STATUS.get(meaning(str(word))), "ignore").astype(object)
    return table


def _demand(column: pd.Series, bad: pd.Series, rule: str) -> None:
    """A TableError that names the first bad row."""
    require(~bad, column, str(column.name), f"must be {rule}", "Correct or clear it.")
