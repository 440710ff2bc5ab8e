"""Orders: what was promised, what came, how it was rated. Files become orders here, and foreign frames are checked."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _, number, plural
from .files import open_table
from .notes import Notes
from .olist import join_olist

NUMBERS = ("promised", "actual", "outcome", "count")
DATES = ("ordered_at", "due_at", "delivered_at", "reviewed_at")
COLUMNS = ("order_id", *NUMBERS, *DATES, "segment")


def read_orders(
    path: str | Path,
    *,
    columns: dict[str, str] | None = None,
    scale: tuple[float, float] | None = None,
    sheet: str | int | None = None,
) -> pd.DataFrame:
    """Read orders: what was promised, what came, and how it was rated.

    Parameters
    ----------
    path : path
        A CSV or Excel file with one order per row, or the folder of the public Olist files under their published
        names (orders and order_reviews; with customers, order_items and sellers also the states).
    columns : dict, optional
        Which column of the file is which: ``{"promised": "days promised", "outcome": "stars"}``. Keys: ``promised,
        actual, outcome, ordered_at, due_at, delivered_at, reviewed_at, order_id, segment, count``. Columns that
        already have these names need no entry.
    scale : (low, high), optional
        Ends of the outcome's scale; answers off it are rejected. Olist: (1, 5).
    sheet : str or int, optional
        Of a workbook; the first one that is not empty.

    Returns
    -------
    DataFrame
        One row per order, none dropped: ``promised, actual`` (calendar days since the order where the file has dates,
        otherwise as given; `actual` is NaN while undelivered), ``outcome``, the dates where known, and all other
        columns under their names. `attrs`: ``n, source, origin, unit, scale, rejects`` (row, column, value, reason;
        the value is NaN in the frame), ``notes, verdict``.

    Raises
    ------
    TableError
        If a file, a column or every value is missing, or an order's id occurs twice.

    Notes
    -----
    Dates are ISO (2024-01-31) or dd.mm.yyyy; time zones are left out, every time is the clock's on the spot. A day is
    a calendar day: what comes on the promised day, however late in the evening, is kept. An Olist order counts with
    the review answered last, and as delivered only if its status says so.

    Examples
    --------
    >>> from smm_analysis.tables.published import data_folder
    >>> orders = read_orders(data_folder() / "samples" / "orders.csv")
    >>> orders[["promised", "actual", "outcome"]].notna().all().to_dict(), orders.attrs["origin"]
    ({'promised': True, 'actual': False, 'outcome': True}, 'simulated')
    """
    path = Path(path)
    if not path.exists():
        raise TableError("path", "must be a file or a folder", f"nothing at {path}", "Check the name.")
    raw, about = join_olist(path) if path.is_dir() else _open(path, sheet)
    raw = _named(raw, columns or {})
    rejects, notes = about.pop("rejects", []), about.pop("notes", [])
    orders = raw.copy()
    for name in [name for name in NUMBERS if name in raw]:
        orders[name] = _numbers(raw[name], rejects)
    for name in [name for name in DATES if name in raw]:
        orders[name] = _dates(raw[name], rejects, notes)
    _refuse_time_travel(orders, rejects)
    unit = _days(orders, notes)
    missing = [name for name in ("promised", "actual", "outcome") if name not in orders]
    if missing:
        found = f"the columns {', '.join(map(repr, list(raw.columns)[:12]))}"
        remedy = f'Name it: columns={{"{missing[0]}": "..."}} (--column {missing[0]}=...)'
        if missing != ["outcome"]:
            lacking = ", ".join(name for name in DATES[:3] if name not in orders)
            remedy += f", or promised and actual, or ordered_at with due_at and delivered_at (missing: {lacking})"
        raise TableError(missing[0], "must be a column of the file", found, f"{remedy}.")
    scale = scale or about.pop("scale", None)
    if scale:
        off = ~orders["outcome"].between(*scale) & orders["outcome"].notna()
        _reject(orders, "outcome", off, f"off the scale {scale[0]:g} to {scale[1]:g}", rejects)
    else:
        answers = orders["outcome"].agg(["min", "max"])
        note = _("outcome runs from {low} to {high}; scale=(low, high) rejects typing errors")
        notes.append(note.format(low=f"{answers['min']:g}", high=f"{answers['max']:g}"))
    for name in ("promised", "actual"):
        if orders[name].isna().all():
            where = f"{len(orders)} rows without one" + (
                f"; first reject: {rejects[0].iloc[0].to_dict()}" if rejects else ""
            )
            raise TableError(name, "must hold numbers of one unit, or dates", where, "Write the number alone.")
    none = pd.DataFrame(columns=["row", "column", "value", "reason"])
    table = Notes(pd.concat(rejects, ignore_index=True) if rejects else none)
    orders.attrs = {"origin": None, **about, "unit": unit, "scale": scale, "rejects": table, "notes": notes}
    checked = check_orders(orders, need=("promised", "actual", "outcome"))
    orders.attrs["n"] = int(checked["count"].sum())
    orders.attrs["verdict"] = _ledger(orders.attrs)
    return orders


def _ledger(attrs: dict) -> str:
    """What was read, what was rejected and why, and what else to know, line by line."""
    rejects = attrs["rejects"]
    read = plural("{n} order from {source}", "{n} orders from {source}", attrs["n"])
    read = read.format(n=number(attrs["n"]), source=attrs["source"])
    said = [_("{orders}; {n} values rejected.").format(orders=read, n=number(len(rejects)))]
    line = _("{column}: {n} {reason} (first: {value} in row {row})")
    for (column, reason), part in rejects.groupby(["column", "reason"]):
        first = {"value": repr(part["value"].iloc[0]), "row": part["row"].iloc[0]}
        said.append("  " + line.format(column=column, n=number(len(part)), reason=reason, **first))
    return "\n".join([*said, *(f"  {note}" for note in attrs["notes"])])


def check_orders(
    orders: pd.DataFrame,
    *,
    need: tuple[str, ...] = ("promised", "actual", "outcome"),
    higher_is_better: bool | None = None,
) -> pd.DataFrame:
    """A typed copy of a frame of orders with a whole-number `count` (1 where the frame has none), or a TableError.

    The unit is `attrs["unit"]` ("days" or "points"); where the frame does not say, days if lower is better.
    """
    if not isinstance(orders, pd.DataFrame):
        raise TableError(
            "orders", "must be a DataFrame", type(orders).__name__, "Read the file with read_orders first."
        )
    lost = [name for name in need if name not in orders]
    if lost:
        have = ", ".join(map(str, orders.columns[:12])) or "no column"
        raise TableError(
            lost[0], "must be a column of the orders", f"only {have}", "Check the spelling, or read_orders."
        )
    if not len(orders):
        raise TableError("orders", "must hold at least one order", "an empty table", "Check the file or the filter.")
    typed = pd.DataFrame(dict(orders.items()))
    for name in [name for name in NUMBERS if name in orders]:
        typed[name] = pd.to_numeric(orders[name], errors="coerce").astype(float)
        _demand(typed[name].notna() | orders[name].isna(), orders[name], "a number, or empty", "Correct or clear it.")
        _demand(~np.isinf(typed[name]), orders[name], "finite", "Correct or clear it.")
    typed["count"] = _counts(typed)
    if "order_id" in orders:
        first = ~orders["order_id"].duplicated() | orders["order_id"].isna()
        _demand(first, orders["order_id"], "unique: one row per order", "Keep one row of each order.")
    unit = orders.attrs.get("unit") or ("points" if higher_is_better in (True, None) else "days")
    if unit == "days":
        remedy = 'Correct or clear it; if this is a scale around zero, say so: orders.attrs["unit"] = "points".'
        for name in [name for name in ("promised", "actual") if name in typed]:
            _demand(~(typed[name] < 0), typed[name], "a number of days, 0 or more", remedy)
    scale = orders.attrs.get("scale")
    if scale and "outcome" in typed:
        ok = typed["outcome"].isna() | typed["outcome"].between(*scale)
        remedy = 'Correct or clear it; a new scale is named in orders.attrs["scale"].'
        _demand(ok, typed["outcome"], f"on the scale {scale[0]:g} to {scale[1]:g}", remedy)
    if {"ordered_at", "delivered_at"} <= set(typed):
        delivered, ordered = (pd.to_datetime(typed[name]).dt.normalize() for name in ("delivered_at", "ordered_at"))
        late = ~(delivered < ordered)
        _demand(late, typed["delivered_at"], "not before the order (`ordered_at`)", "Correct or clear it.")
    known = {name: orders.attrs.get(name) for name in ("source", "origin", "scale")}
    typed.attrs = {**known, "unit": unit, "n": int(typed["count"].sum())}
    return typed


def rated_before_arrival(orders: pd.DataFrame) -> pd.Series | None:
    """1 where the review was answered before the parcel came, 0 where after, NaN unknown; None if nowhere known.

    Where either date has no clock time (midnight), what happened on one day is not before.
    """
    if not {"delivered_at", "reviewed_at"} <= set(orders):
        return None
    reviewed, delivered = (pd.to_datetime(orders[name]) for name in ("reviewed_at", "delivered_at"))
    days = reviewed.dt.normalize(), delivered.dt.normalize()
    dated = (reviewed == days[0]) | (delivered == days[1])
    early = (reviewed < delivered).where(~dated, days[0] < days[1])
    early = early.astype(float).mask(reviewed.isna() | delivered.isna())
    return early if early.notna().any() else None


def cancelled(orders: pd.DataFrame) -> pd.Series:
    """True where a column `cancelled` says true, yes or 1: these orders say nothing about how promises are kept."""
    if "cancelled" not in orders:
        return pd.Series(False, index=orders.index)
    return orders["cancelled"].astype(str).str.strip().str.lower().isin(["true", "yes", "1", "1.0"])


def last_day(orders: pd.DataFrame) -> pd.Timestamp:
    """The day of the last thing that happened: what was due later is still open."""
    happened = [pd.to_datetime(orders[name]).max() for name in DATES if name in orders and name != "due_at"]
    return pd.Series(happened).max().normalize()


def _demand(ok: pd.Series, column: pd.Series, rule: str, remedy: str) -> None:
    """A TableError that names the first row in which `ok` is false."""
    if not ok.all():
        at = int(np.argmin(ok.to_numpy()))
        value = column.iloc[at]
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        rows = f"{shown!r} in row {ok.index[at]} ({(~ok).sum()} of {len(ok)} rows)"
        raise TableError(str(column.name), f"must be {rule}", rows, remedy)


def _counts(typed: pd.DataFrame) -> pd.Series:
    if "count" not in typed:
        return pd.Series(1, index=typed.index)
    whole = (typed["count"] >= 1) & (typed["count"] % 1 == 0)
    _demand(
        whole, typed["count"], "a whole number of orders, 1 or more", "Weights are no counts: leave the column out."
    )
    return typed["count"].astype(int)


def _open(path: Path, sheet: str | int | None) -> tuple[pd.DataFrame, dict]:
    """A file as text, and what it says about itself; "simulated" in its name or title is believed."""
    raw = open_table(path, sheet=sheet)
    label = f"{path.name} {raw.facts.get('title', '')}".lower()
    origin = "simulated" if "simulated" in label else None
    broken = [pd.DataFrame(raw.rejects, columns=["row", "column", "value", "reason"])] if raw.rejects else []
    return raw.cells, {"source": path.name, "origin": origin, "rejects": broken}


def _named(raw: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """The table under our names."""
    foreign = [name for name in columns if name not in COLUMNS]
    if foreign:
        raise TableError("columns", f"its keys are among {', '.join(COLUMNS)}", repr(foreign[0]), "Correct the key.")
    for name, theirs in columns.items():
        if theirs not in raw:
            have = ", ".join(map(repr, list(raw.columns)[:12]))
            raise TableError(
                "columns", "must name columns of the file", f"{theirs!r}; it has {have}", f"Name `{name}`."
            )
    roles = {theirs: [name for name in columns if columns[name] == theirs] for theirs in columns.values()}
    for theirs, names in roles.items():
        if len(names) > 1:
            raise TableError(
                "columns", "a column is one thing", f"{theirs!r} as {' and '.join(names)}", "Leave one out."
            )
    ours = {str(name): str(name).strip().lower() for name in raw if str(name).strip().lower() in COLUMNS}
    taken = set(columns) & set(ours.values())
    ours = {theirs: name for theirs, name in ours.items() if name not in taken}
    extra = {theirs: f"{theirs} (file)" for theirs in raw if str(theirs) in taken and theirs not in columns.values()}
    return raw.rename(columns={**ours, **extra, **{theirs: name for name, theirs in columns.items()}})


def _reject(orders: pd.DataFrame, name: str, wrong: pd.Series, reason: str, rejects: list) -> None:
    """Clear the wrong values and keep them in the ledger."""
    if wrong.any():
        values = orders.loc[wrong, name].astype(str)
        rejects.append(
            pd.DataFrame({"row": values.index, "column": name, "value": values.to_numpy(), "reason": reason})
        )
        orders[name] = orders[name].mask(wrong)


def _numbers(text: pd.Series, rejects: list) -> pd.Series:
    clean = text.astype("string").str.replace(r"\s", "", regex=True).str.replace(",", ".").replace("", pd.NA)
    values = pd.to_numeric(clean, errors="coerce").astype(float)
    _reject(text.to_frame(), text.name, values.isna() & clean.notna(), "not a number: one unit, no words", rejects)
    return values


def _dates(text: pd.Series, rejects: list, notes: list) -> pd.Series:
    clean = text.astype("string").str.strip().replace("", pd.NA)
    zone = r"(?<=\d)(?:\.\d+)?\s*(?:Z|UTC|GMT(?:[+-]\d+)?|[+-]\d\d:?\d\d)$"
    zoned = clean.str.contains(":") & clean.str.contains(zone)
    if zoned.any():
        note = _("{column}: the time zone of {n} times was left out")
        notes.append(note.format(column=text.name, n=number(zoned.sum())))
        clean = clean.mask(zoned, clean.str.replace(zone, "", regex=True))
    iso = clean.where(clean.str.match(r"\d{4}-\d\d-\d\d"))
    dates = pd.to_datetime(iso, format="ISO8601", errors="coerce")
    for form in ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S"):
        dates = dates.fillna(pd.to_datetime(clean, format=form, errors="coerce"))
    reason = "not a date as 2024-01-31 or 31.01.2024"
    _reject(text.to_frame(), text.name, dates.isna() & clean.notna(), reason, rejects)
    return dates.astype("datetime64[ns]")


def _refuse_time_travel(orders: pd.DataFrame, rejects: list) -> None:
    for name in [name for name in DATES[1:] if {"ordered_at", name} <= set(orders)]:
        before = orders[name].dt.normalize() < orders["ordered_at"].dt.normalize()
        _reject(orders, name, before, "before the order", rejects)


def _days(orders: pd.DataFrame, notes: list) -> str | None:
    """Fill `promised` and `actual` from the dates; the unit, where the dates tell it."""
    unit = None
    for name, date in (("promised", "due_at"), ("actual", "delivered_at")):
        if {"ordered_at", date} <= set(orders):
            if name in orders:
                note = _("{column} was counted anew from ordered_at and {date}")
                notes.append(note.format(column=name, date=date))
            orders[name] = (orders[date].dt.normalize() - orders["ordered_at"].dt.normalize()).dt.days.astype(float)
            unit = "days"
    return unit
