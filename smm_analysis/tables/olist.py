"""The public Olist files (Brazilian e-commerce, 2016 to 2018): recognised by their names and joined into orders."""

from pathlib import Path

import pandas as pd

from ..errors import TableError
from ..words import _, number

OLIST = {
    name: f"olist_{name}_dataset.csv" for name in ("orders", "order_reviews", "customers", "order_items", "sellers")
}


def join_olist(folder: Path) -> tuple[pd.DataFrame, dict]:
    """The public Olist files, joined: one row per order, as text."""
    lost = [OLIST[name] for name in ("orders", "order_reviews") if not (folder / OLIST[name]).exists()]
    if lost:
        rule = "a folder must hold the public Olist files under their published names"
        raise TableError("path", rule, f"no {lost[0]} in {folder.name}", "Name one CSV or Excel file instead.")
    part = {name: pd.read_csv(folder / file, dtype=str) for name, file in OLIST.items() if (folder / file).exists()}
    answered = part["order_reviews"].sort_values(["review_answer_timestamp", "review_id"])
    last = answered.drop_duplicates("order_id", keep="last")
    orders = part["orders"].merge(
        last[["order_id", "review_score", "review_answer_timestamp"]], how="left", on="order_id"
    )
    if "customers" in part:
        orders = orders.merge(part["customers"][["customer_id", "customer_state"]], how="left", on="customer_id")
        orders["segment"] = orders["customer_state"]
    if {"order_items", "sellers"} <= set(part):
        first = part["order_items"].sort_values("order_item_id").drop_duplicates("order_id")
        seller = first.merge(part["sellers"], how="left", on="seller_id")[["order_id", "seller_state"]]
        orders = orders.merge(seller, how="left", on="order_id")
    orders = orders.rename(
        columns={
            "order_purchase_timestamp": "ordered_at",
            "order_estimated_delivery_date": "due_at",
            "order_delivered_customer_date": "delivered_at",
            "review_answer_timestamp": "reviewed_at",
            "review_score": "outcome",
        }
    ).drop(columns=["order_approved_at", "order_delivered_carrier_date", "customer_id"])
    orders["cancelled"] = orders["order_status"].isin(["canceled", "unavailable"])
    rejects, twice = [], len(answered) - len(last)
    undone = orders["delivered_at"].notna() & (orders["order_status"] != "delivered")
    if undone.any():
        reason = "the order's status is not 'delivered'"
        gone = {"row": orders.index[undone], "column": "delivered_at", "value": orders.loc[undone, "delivered_at"]}
        rejects.append(pd.DataFrame({**gone, "reason": reason}))
        orders["delivered_at"] = orders["delivered_at"].mask(undone)
    note = _("{n} earlier reviews of orders that were reviewed again were left out")
    notes = [note.format(n=number(twice))] if twice else []
    source = "Olist, Brazilian e-commerce public data set (CC BY-NC-SA 4.0)"
    return orders, {"source": source, "scale": (1, 5), "rejects": rejects, "notes": notes}
