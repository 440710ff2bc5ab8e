"""The orders a model works on: looked at, completed, counted up; and the words for their units."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..answer import Answer
from ..errors import ModelError, TableError
from ..tables.orders import UNITS, Orders, between
from ..words import _, number, plural

Day = str | pd.Timestamp
FEWEST = 50
WEEK = {"days": 7, "hours": 168, "minutes": 10080}


def rows_of(orders: Orders, *need: str | None) -> pd.DataFrame:
    """The table of Orders with the columns `need`; `beyond` and `keyed` (promised) in units where more is better."""
    if not isinstance(orders, Orders):
        remedy = "Read a file with read_orders, or hand a frame to Orders.from_frame."
        raise TableError("orders", "must be Orders", type(orders).__name__, remedy)
    keyed = orders.table["promised"] * (1 if orders.higher_is_better else -1)
    table = orders.table.assign(beyond=orders.beyond, keyed=keyed)
    if "weekday" in need and "weekday" not in table and "ordered_at" in table:
        table["weekday"] = table["ordered_at"].dt.day_name()
    lost = [name for name in need if name and name not in table]
    if lost:
        have = ", ".join(map(str, orders.table.columns[:12]))
        remedy = "Audit, quote and risk run without." if lost[0] == "outcome" else "Check the spelling."
        raise TableError(lost[0], "must be a column of the orders", f"only {have}", remedy)
    return table


def known_by(orders: Orders, as_of: Day | None) -> Orders:
    """The orders as they stood at the end of a day: what came or was written later is not known yet."""
    if as_of is None or not isinstance(orders, Orders) or "ordered_at" not in orders.table:
        return orders
    end = pd.Timestamp(as_of).normalize() + pd.Timedelta(days=1)
    table = orders.table[orders.table["ordered_at"] < end].copy()
    came = table["delivered_at"] if "delivered_at" in table else pd.Series(pd.NaT, table.index)
    if orders.unit in UNITS:
        came = came.fillna(table["ordered_at"] + pd.to_timedelta(table["actual"] * UNITS[orders.unit], unit="m"))
    later = {"actual": came >= end, "delivered_at": came >= end}
    if "reviewed_at" in table:
        later |= dict.fromkeys(("outcome", "reviewed_at", "reviewed"), table["reviewed_at"] >= end)
    for name in [name for name in later if name in table]:
        table[name] = table[name].mask(later[name])
    return replace(orders, table=table)


def waited(orders: Orders, as_of: Day | None) -> tuple[pd.Series, pd.Timestamp]:
    """How long ago every order was placed, in its unit; how far one can see: to a day, or within days to a time."""
    end = orders.last_day if as_of is None else pd.Timestamp(as_of).normalize()
    if as_of is not None and orders.unit in ("hours", "minutes"):
        end += pd.Timedelta(days=1)
    return between(orders.table["ordered_at"], pd.Series(end, orders.table.index), orders.unit), end


def complete(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The orders that have everything a model needs; at least 50 of them, with more than one outcome."""
    known = table.dropna(subset=columns)
    n = int(known["count"].sum())
    if n < FEWEST:
        rule = f"a model needs at least {FEWEST} orders that were delivered and rated"
        raise ModelError("orders", rule, f"{n} of {table['count'].sum()}", "Collect more; audit_promises runs on few.")
    if known["outcome"].nunique() < 2:
        found = f"{known['outcome'].iloc[0]:g} in all {n} orders"
        raise ModelError("outcome", "must vary between orders", found, "Nothing can explain a constant outcome.")
    return known


def rated_early(table: pd.DataFrame) -> float:
    """The share of the dated reviews of broken promises that were written before the arrival."""
    if "reviewed" not in table:
        return 0.0
    dated = table[(table["beyond"] < 0) & table["outcome"].notna() & table["reviewed"].notna()]
    return float(dated["count"][dated["reviewed"] == "before arrival"].sum() / max(dated["count"].sum(), 1))


def count_up(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The distinct rows of `columns`, sorted, each with its `count`."""
    return table.groupby(columns, sort=True, observed=True, dropna=False)["count"].sum().reset_index()


def quantiles(values: pd.Series, count: pd.Series, shares: list[float]) -> np.ndarray:
    """Below which values so many of the orders lie."""
    return np.quantile(values, shares, weights=count, method="inverted_cdf")


def controls_of(rows: pd.DataFrame, controls: tuple[str, ...]) -> pd.DataFrame:
    """Columns held fixed: numbers as they are, words as categories."""
    held = pd.DataFrame(index=rows.index)
    for name in controls:
        numeric = pd.api.types.is_numeric_dtype(rows[name])
        how = {"prefix": name, "prefix_sep": "=", "drop_first": True}
        held = held.join(rows[[name]] if numeric else pd.get_dummies(rows[name].astype(str), **how))
    return held.astype(float)


def amount(value: float, unit: str | None) -> str:
    """So many days, hours, minutes or points, in words."""
    n, whole = round(abs(value)), float(value).is_integer()
    words = {
        "days": plural("{n} day", "{n} days", n),
        "hours": plural("{n} hour", "{n} hours", n),
        "minutes": plural("{n} minute", "{n} minutes", n),
    }
    points = plural("{n} point", "{n} points", n) if whole else _("{n} points")
    return words.get(unit, points).format(n=number(value, 0 if whole else 1))


def score(value: float, stars: bool) -> str:
    """So many stars or points of the score, in words."""
    return (_("{n} stars") if stars else _("{n} points")).format(n=number(round(value, 2) + 0.0, 2))


def said_of_groups(answer: Answer) -> list[str]:
    """Which groups were left aside, and whether the others differ."""
    said, left = [], len(answer.not_fitted)
    if left:
        text = plural("{n} group has too few orders for an answer of its own.",
                      "{n} groups have too few orders for an answer of their own.", left)  # fmt: skip
        said.append(text.format(n=number(left)))
    if answer.difference:
        alike = answer.difference["p"] >= 1 - answer.about.level
        said.append(_("The groups do not visibly differ.") if alike else _("The groups differ."))
    return said


def said_of_gone(gone: int) -> list[str]:
    """How many orders say nothing about promises."""
    text = plural("{n} cancelled, returned or unreadable order is left out.",
                  "{n} cancelled, returned or unreadable orders are left out.", gone)  # fmt: skip
    return [text.format(n=number(gone))] if gone else []
