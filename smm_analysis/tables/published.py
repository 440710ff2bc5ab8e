"""Published figures: tables that ship with the package, each with its source; data/README.md is their codebook."""

from functools import cache

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError
from .cells import Cells
from .orders import Orders
from .vocabulary import data_folder, word_table

__all__ = ["data_folder", "item_label", "load_published", "published_tables"]


@cache
def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(data_folder() / "published" / f"{name}.csv", comment="#")


def published_tables() -> pd.DataFrame:
    """Which published tables are there?

    Returns
    -------
    DataFrame, one row per table: ``name, kind, rows, title, source, url, note``

    Examples
    --------
    >>> "gss_2016_platforms_by_age" in set(published_tables()["name"])
    True
    """
    index = word_table("published/index").copy()
    index.insert(2, "rows", [len(_read(name)) for name in index["name"]])
    return index


def load_published(name: str) -> pd.DataFrame | Cells | Orders:
    """Read one published table by its name, one of `published_tables()["name"]`.

    Returns
    -------
    DataFrame, Cells or Orders
        Joint and classic tables are `Cells`, counted orders `Orders`. The others are plain frames with ``source`` and
        ``origin`` ("published"); shares also have ``year`` and ``n``, empty where none was printed.

    Raises
    ------
    TableError : if there is no table of that name.

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
