"""Shares by band of age and their variances, from cells or from printed percentages."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..answer import About
from ..errors import TableError
from ..intervals import wilson
from ..tables.cells import Cells
from ..words import _

STARTS = (0, 18, 30, 50, 65)  # first ages of the bands of ages in years
SURVEY = ["source", "year", "country", "measure"]
BAND = ["age_low", "age_high"]


def cells_of(source):
    """The cells of people; anything else as it is."""
    return source.cells() if hasattr(source, "cells") else source


def ratio(above, below, table: pd.DataFrame) -> tuple[float, float]:
    """Weighted sum(above) / sum(below) over cells, and its variance by linearisation."""
    weight, squared = table["weight"], table["weight_squared"]
    total = (weight * below).sum()
    if not total:
        return np.nan, np.nan
    value = (weight * above).sum() / total
    return value, float((squared * (above - value * below) ** 2).sum() / total**2)


def share_of(item: str, table: pd.DataFrame, level: float) -> tuple:
    """The weighted share who use `item` among the cells that answered, its interval, and how many they are."""
    answered = table[table[item].notna()]
    share, variance = ratio(answered[item], 1.0, answered)
    squared = answered["weight_squared"].sum()
    kish = answered["weight"].sum() ** 2 / squared if squared else np.nan
    worth = share * (1 - share) / variance if variance > 0 else kish
    return *wilson(share, worth, level).iloc[0], int(answered["count"].sum())


def numeric(cells: Cells) -> pd.DataFrame:
    """Respondents' cells with items as 0.0, 1.0 and NaN."""
    for item in cells.items:
        if cells.answers[item] != (0, 1):
            raise TableError(item, "a platform is 1 (uses) or 0 (does not)", str(cells.answers[item]), "Recode it.")
    return cells.respondents.astype(dict.fromkeys(cells.items, float))


def in_bands(cells: Cells, bands: list[int] | None) -> pd.DataFrame:
    """Respondents of known age, in the bands that were asked for."""
    if cells.age is None:
        raise TableError("age", "the cells hold ages", "cells without age", "Count them with age=.")
    table, banded = numeric(cells), cells.age != "age"
    table = table[table["age_low" if banded else "age"].notna()]
    if not banded:
        table = table.assign(age_low=np.floor(table["age"]), age_high=np.floor(table["age"]))
    if banded and not bands:
        return table
    starts = np.array(sorted(bands or STARTS), float)
    ends = np.append(starts[1:] - 1, np.inf)
    place = np.searchsorted(starts, table["age_low"], side="right") - 1
    outside = (place < 0) | (table["age_high"].fillna(np.inf) > ends[place])
    if outside.any():
        first = "{:.0f} to {:.0f}".format(*table.loc[outside, BAND].iloc[0])
        raise TableError("bands", "every age of the table lies in one band", first, "Choose other first ages.")
    return table.assign(age_low=starts[place], age_high=np.where(np.isinf(ends), np.nan, ends)[place])


def compared(source: Cells | pd.DataFrame, of: str, to: str, bands: list[int] | None = None) -> pd.DataFrame:
    """Per band: shares of two platforms, and the variances of their log ratio and difference.

    From cells these are paired (the same people answered both); from printed percentages independence is assumed.
    """
    own = isinstance(source, Cells)
    rows = None if own else printed(source)
    known = source.items if own else set(rows["platform"])
    for name in (of, to):
        if name not in known:
            rule, found = "must be a platform of the table", ", ".join(sorted(known))
            raise TableError(name, rule, found, "Choose one of these.")
    keys = BAND if own else [*SURVEY, *BAND]
    pairs = _paired(in_bands(source, bands), of, to) if own else _independent(rows, of, to)
    columns = [*keys, "first", "second", "log_variance", "variance"]
    return pd.DataFrame(list(pairs), columns=columns).sort_values(keys, ignore_index=True)


def _paired(table: pd.DataFrame, of: str, to: str) -> Iterator[tuple]:
    for key, band in table[table[of].notna() & table[to].notna()].groupby(BAND, dropna=False):
        first, second = ratio(band[of], 1.0, band)[0], ratio(band[to], 1.0, band)[0]
        quotient, variance = ratio(band[of], band[to], band)
        log_variance = variance / quotient**2 if first and second else np.nan
        yield *key, first, second, log_variance, ratio(band[of] - band[to], 1.0, band)[1]


def _independent(rows: pd.DataFrame, of: str, to: str) -> Iterator[tuple]:
    first, second = (rows[rows["platform"] == name].set_index([*SURVEY, *BAND]) for name in (of, to))
    for key in first.index.intersection(second.index):
        (p, m), (q, k) = first.loc[key, ["share", "worth"]], second.loc[key, ["share", "worth"]]
        log_variance = (1 - p) / (m * p) + (1 - q) / (k * q) if p and q else np.nan
        yield *key, p, q, log_variance, p * (1 - p) / m + q * (1 - q) / k


def printed(frame: pd.DataFrame) -> pd.DataFrame:
    """Printed rows by age, without totals and without bands that lie inside another printed band.

    `worth`: people behind a share, from the margin of error (so with its design effect), else the plain n.
    """
    missing = [name for name in [*SURVEY, *BAND, "platform", "percent", "n", "moe"] if name not in frame]
    if missing:
        raise TableError(missing[0], "must be a column", f"only {list(frame)}", "Give load_published's rows.")
    kept = [frame.iloc[:0]]
    for _key, group in frame.groupby([*SURVEY, "platform"], sort=False):
        low, high = group["age_low"].to_numpy(), group["age_high"].fillna(np.inf).to_numpy()
        covers = (low[:, None] <= low) & (high[:, None] >= high)
        total = covers.all(axis=1) & ((len(group) > 1) | ((low <= 18) & np.isinf(high)))
        nested = (covers & ~np.eye(len(group), dtype=bool) & ~total[:, None]).any(axis=0)
        kept.append(group[~total & ~nested])
    rows = pd.concat(kept)
    if not len(rows):
        raise TableError("source", "must hold shares by age", "totals only", "Choose other rows.")
    worth = ((50 * ndtri(0.975) / rows["moe"]) ** 2).fillna(rows["n"].astype(float))
    basis = np.select([rows["moe"].notna(), rows["n"].notna()], ["margin", "n"], "none")
    return rows.assign(share=rows["percent"] / 100, worth=worth, basis=basis)


def printed_about(frame: pd.DataFrame, level: float) -> About:
    """What a caption needs of printed rows."""
    several = frame["source"].nunique() > 1 or frame["year"].nunique() > 1
    n, origins = frame["n"].max(), set(frame["origin"]) if "origin" in frame else set()
    return About(
        n=None if several or np.isnan(n) else int(n),
        source=_("several surveys") if several else frame["source"].iloc[0],
        origin=origins.pop() if len(origins) == 1 else None,
        level=level,
    )
