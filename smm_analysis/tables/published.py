"""Published figures: tables that ship with the package, each with its source; data/README.md is their codebook."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError
from ..words import _, number
from .cells import Cells
from .files import RawTable, open_table
from .orders import Orders
from .vocabulary import data_folder, word_table

OLIST = {"orders": ["order_id", "order_purchase_timestamp"], "order_reviews": ["order_id", "review_score"]}


@cache
def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(data_folder() / "published" / f"{name}.csv", comment="#")


def published_tables() -> pd.DataFrame:
    """Which published tables are there?

    Returns
    -------
    DataFrame
        One row each: ``name, kind, rows, title, source, url, note``.

    Examples
    --------
    >>> "gss_2016_platforms_by_age" in set(published_tables()["name"])
    True
    """
    index = word_table("published/index").copy()
    index.insert(2, "rows", [len(_read(name)) for name in index["name"]])
    return index


def load_published(name: str) -> pd.DataFrame | Cells | Orders:
    """What did others print or count?

    Parameters
    ----------
    name : str
        One of `published_tables()["name"]`; a TableError if there is none.

    Returns
    -------
    Cells, Orders or DataFrame
        Joint and classic tables as Cells, counted orders as Orders. The others are plain frames with ``source`` and
        ``origin`` ("published"); shares also have ``year`` and ``n``, empty where none was printed.

    Examples
    --------
    >>> gss = load_published("gss_2016_platforms_by_age")
    >>> gss.n_respondents, gss.origin, int(load_published("compulsive_buying")["year"].iloc[0])
    (1366, 'published', 2016)
    """
    index = word_table("published/index").set_index("name")
    if name not in index.index:
        raise TableError("name", "must name a published table", repr(name), f"Choose one of: {', '.join(index.index)}.")
    table, row = _read(name).copy(), index.loc[name]
    if row["kind"] in ("joint table", "classic table"):
        sums = {"count": "respondents", "weight": "weight", "weight_squared": "weight_squared"}
        sums, age = (sums, ("age_low", "age_high")) if row["kind"] == "joint table" else ({"count": "count"}, None)
        items = [column for column in table if column not in (*sums.values(), *(age or ()))]
        about = About(source=row["source"], origin="published")
        return Cells.from_table(table, items=items, age=age, about=about, **sums)
    if row["kind"] == "orders":
        return Orders.from_frame(table, unit="days", scale=(1, 5), source=row["source"], origin="published")
    if row["kind"] == "shares":
        when = table.get("wave_end", table.get("period", pd.Series(row["title"], table.index)))
        table["year"] = table.get("year", when.astype(str).str.extract(r".*((?:19|20)\d\d)")[0].astype(float))
        table["n"] = table.get("n", np.nan)
    table["source"] = table.get("source", row["source"])
    return table.assign(origin="published")


@cache
def _platform_labels() -> dict[str, str]:
    return dict(word_table("platforms")[["platform", "label"]].values)


def item_label(item: str) -> str:
    """A platform's usual spelling ('linkedin' -> 'LinkedIn'); other items as they are named.

    >>> item_label("linkedin"), item_label("buys_online")
    ('LinkedIn', 'buys online')
    """
    return _platform_labels().get(item, str(item).replace("_", " "))


def join_olist(folder: Path, encoding: str | None) -> RawTable:
    """The public Olist files: one row per order, with the review answered last and, if there, the buyer's state."""
    paths = {name: sorted(folder.glob(f"*olist_{name}_dataset*"))[:1] for name in (*OLIST, "customers")}
    part = {name: open_table(path, encoding=encoding) for name, found in paths.items() for path in found}
    lost = [f"no olist_{name}_dataset.csv" for name in OLIST if name not in part]
    lost = lost or [f"no {c} in olist_{n}_dataset.csv" for n in OLIST for c in OLIST[n] if c not in part[n].cells]
    if lost:
        rule = "a folder must hold the public Olist files under their published names"
        raise TableError("path", rule, f"{lost[0]} in {folder.name}", "Name one CSV or Excel file instead.")
    orders, reviews = part["orders"].cells, part["order_reviews"].cells
    when = [name for name in ("review_answer_timestamp", "review_creation_date") if name in reviews]
    order = [name for name in (*when, "review_id") if name in reviews and when]
    last = reviews.sort_values(order, kind="stable").drop_duplicates("order_id", keep="last").set_index("order_id")
    orders = orders.join(last[["review_score", *when[:1]]], on="order_id")
    if "customers" in part and "customer_id" in orders:
        homes = part["customers"].cells.drop_duplicates("customer_id").set_index("customer_id")
        orders = orders.join(homes["customer_state"], on="customer_id")
    note = _("{n} earlier reviews of orders that were reviewed again were left out")
    notes = [note.format(n=number(len(reviews) - len(last)))] * (len(last) < len(reviews))
    source = "Olist, Brazilian e-commerce public data set (CC BY-NC-SA 4.0)"
    facts = part["orders"].facts | {"source": source, "scale": (1, 5), "notes": notes}
    return replace(part["orders"], cells=orders.drop(columns="customer_id", errors="ignore"), facts=facts)
