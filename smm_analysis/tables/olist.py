"""The public Olist files (Brazilian e-commerce, 2016 to 2018): recognised by their names and joined into one table."""

from pathlib import Path

import pandas as pd

from ..errors import TableError
from ..words import _, number
from .files import RawTable, open_table

SOURCE = "Olist, Brazilian e-commerce public data set (CC BY-NC-SA 4.0)"
NEED = {"orders": ["order_id", "order_purchase_timestamp"], "order_reviews": ["order_id", "review_score"]}


def join_olist(folder: Path, encoding: str | None = None) -> RawTable:
    """One row per order, with the review answered last and, where their files are there, the states."""
    part = {}
    for name in ("orders", "order_reviews", "customers", "order_items", "sellers"):
        files = sorted(folder.glob(f"*olist_{name}_dataset*"))
        part[name] = open_table(files[0], encoding=encoding) if files else None
    lost = [f"no olist_{name}_dataset.csv" for name in NEED if part[name] is None]
    lost = lost or [
        f"no {c} in olist_{n}_dataset.csv" for n, names in NEED.items() for c in names if c not in part[n].cells
    ]
    if lost:
        rule = "a folder must hold the public Olist files under their published names"
        raise TableError("path", rule, f"{lost[0]} in {folder.name}", "Name one CSV or Excel file instead.")
    reviews, notes = part["order_reviews"].cells, []
    when = [name for name in ("review_answer_timestamp", "review_creation_date") if name in reviews]
    known = [name for name in (*when, "review_id") if name in reviews]
    last = reviews.sort_values(known, kind="stable") if when else reviews
    last = last.drop_duplicates("order_id", keep="last")[["order_id", "review_score", *when[:1]]]
    if len(last) < len(reviews):
        note = _("{n} earlier reviews of orders that were reviewed again were left out")
        notes.append(note.format(n=number(len(reviews) - len(last))))
    orders = _add(part["orders"].cells, last, "order_id")
    if part["customers"] and "customer_id" in orders:
        states = part["customers"].cells[["customer_id", "customer_state"]].drop_duplicates("customer_id")
        orders = _add(orders, states, "customer_id").assign(segment=lambda t: t["customer_state"])
    if part["order_items"] and part["sellers"]:
        items = part["order_items"].cells.sort_values("order_item_id", kind="stable").drop_duplicates("order_id")
        sellers = items.merge(part["sellers"].cells, how="left", on="seller_id")[["order_id", "seller_state"]]
        orders = _add(orders, sellers, "order_id")
    orders = orders.drop(columns="customer_id", errors="ignore")
    facts = {**part["orders"].facts, "source": SOURCE, "scale": (1, 5), "notes": notes}
    return RawTable(orders, part["orders"].questions, facts, part["orders"].rejects)


def _add(orders: pd.DataFrame, more: pd.DataFrame, key: str) -> pd.DataFrame:
    """The orders with what `more` knows about each, under their own line numbers."""
    joined = orders.merge(more, how="left", on=key).set_axis(orders.index)
    return joined.where(joined.notna(), None)
