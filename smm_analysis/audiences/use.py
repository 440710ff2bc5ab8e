"""Who uses what, before any model: shares by age, relative preference, use of two platforms at once.

From people every interval follows from the linearised, weighted variance, paired where the same people answered both
questions. From printed percentages only n and the margin of error are left.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..answer import About, Answer
from ..errors import TableError
from ..intervals import check_level, wilson
from ..tables.cells import Cells
from ..tables.people import People, require_columns
from ..tables.published import item_label
from ..words import _, number, percent

STARTS = (0, 18, 30, 50, 65)  # first ages of the bands of ages in years
SURVEY = ["source", "year", "country", "measure"]
BAND = ["age_low", "age_high"]
SHARE = ["share", "worth", "n"]  # of those who answered: how many people its variance is worth, how many they are


def platform_use_by_age(source: Cells | People | pd.DataFrame, *, bands=None, level: float = 0.95) -> Answer:
    """What share of each age band uses each platform?

    Parameters
    ----------
    source : Cells, People, or rows of load_published("platform_use_by_age")
    bands : list of int, optional
        First ages of the bands, for people; default 0, 18, 30, 50, 65 for ages in years, else their own bands.

    Returns
    -------
    Answer
        ``platform, age_low, age_high, estimate, low, high, n`` (people who answered; `age_high` NaN = open), intervals
        after Wilson (1927). Printed surveys, without their totals and bands inside another band, have ``source, year,
        country, measure`` first and ``basis`` last, what the interval is from: "margin" (the printed margin of error,
        with its design effect), "n" (too narrow: no design effect) or "none".

    Raises
    ------
    TableError : when an item is not 0/1, there are no ages, or `bands` cut through a band of the table

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> printed = load_published("platform_use_by_age").query("year == 2025 and platform == 'facebook'")
    >>> use = platform_use_by_age(printed.query("measure == 'ever'"))
    >>> use.table[["age_low", "estimate", "low", "high"]].round(2).to_numpy().tolist()[-1]
    [65.0, 0.57, 0.54, 0.6]
    """
    source, keys = cells_of(source), ["platform", *BAND]
    if isinstance(source, Cells):
        people = in_bands(source, bands)
        by_age = people.groupby(BAND, dropna=False)
        rows = [(item, *ages, *_share(band, item)) for item in source.items for ages, band in by_age]
        table, about = _wilson(rows, keys, level), replace(source.about, n=int(people["count"].sum()))
        table = table[table["n"] > 0].reset_index(drop=True)
    else:
        rows, about = _printed(source), _printed_about(source)
        table = _wilson(rows, [*SURVEY, *keys], level).assign(basis=rows["basis"])
    return Answer(table, replace(about, level=level), says_use, charts=("use_by_age",))


def relative_preference(source, *, of: str, to: str, bands=None, level: float = 0.95) -> Answer:
    """How much more do people of an age use platform `of` than platform `to`?

    Parameters
    ----------
    source, bands, level : as in `platform_use_by_age`
    of, to : names of platforms; TableError if one is missing

    Returns
    -------
    Answer
        ``age_low, age_high, estimate, low, high`` (of printed surveys ``source, year, country, measure`` first): users
        of `of` per user of `to`, intervals on the log scale. Facts: ``of, to, paired``: whether the same people's
        answers were compared. Printed percentages do not tell who uses both: their intervals assume independence, and
        are too wide where many do.

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> printed = load_published("platform_use_by_age").query("year == 2025 and measure == 'ever' and country == 'US'")
    >>> preference = relative_preference(printed, of="facebook", to="instagram")
    >>> preference.table["estimate"].round(2).tolist()
    [0.85, 1.29, 1.85, 3.0]
    """
    source, z = cells_of(source), ndtri((1 + check_level(level)) / 2)
    paired = isinstance(source, Cells)
    rows = in_bands(source, bands) if paired else _printed(source)
    known = source.items if paired else sorted(set(rows["platform"]))
    for name in (of, to):
        if name not in known:
            raise TableError(name, "must be a platform of the table", ", ".join(known), "Choose one of these.")
    pair = (_paired if paired else _independent)(rows, of, to)
    factor = np.exp(z * np.sqrt(pair.pop("log_variance")))
    table = pair.assign(low=pair["estimate"] / factor, high=pair["estimate"] * factor)
    about = source.about if paired else _printed_about(source[source["platform"].isin([of, to])])
    facts = {"of": of, "to": to, "paired": paired}
    return Answer(table, replace(about, level=level), _says_preference, facts=facts, charts=("relative_preference",))


def co_use(cells: Cells | People, *, level: float = 0.95) -> Answer:
    """Of those who use one platform, how many use the other as well?

    Returns
    -------
    Answer
        ``platform, other, estimate, low, high, n``: the share of `other` among the n users of `platform`; of all who
        answered, where the two are the same.

    Examples
    --------
    >>> people = pd.DataFrame({"vk": [1, 1, 0, 0], "instagram": [1, 0, 1, 0]})
    >>> co_use(Cells.from_table(people, items=["vk", "instagram"], age=None)).table["estimate"].tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    cells = cells_of(cells)
    table = numeric(cells)
    users = {item: table[table[item] == 1] for item in cells.items}
    rows = [(one, other, *_share(table if one == other else users[one], other)) for one in users for other in users]
    found = _wilson(rows, ["platform", "other"], level)
    return Answer(found, replace(cells.about, level=level), _says_co_use, charts=("co_use",))


def cells_of(source):
    """The cells of people; anything else as it is."""
    return source.cells() if isinstance(source, People) else source


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
    table = numeric(cells)
    if cells.age == "age":
        table = table.assign(age_low=np.floor(table["age"]), age_high=np.floor(table["age"]))
    table = table[table["age_low"].notna()]
    if not bands and cells.age != "age":
        return table
    starts = np.array(sorted(bands or STARTS), float)
    ends = np.append(starts[1:] - 1, np.inf)
    place = np.searchsorted(starts, table["age_low"], side="right") - 1
    outside = (place < 0) | (table["age_high"].fillna(np.inf) > ends[place])
    if outside.any():
        first = "{:.0f} to {:.0f}".format(*table.loc[outside, BAND].iloc[0])
        raise TableError("bands", "every age of the table lies in one band", first, "Choose other first ages.")
    return table.assign(age_low=starts[place], age_high=np.where(np.isinf(ends), np.nan, ends)[place])


def ratio(above, below, table: pd.DataFrame) -> tuple[float, float]:
    """Weighted sum(above) / sum(below) over cells, and its variance by linearisation."""
    total = (table["weight"] * below).sum() or np.nan
    value = (table["weight"] * above).sum() / total
    return value, float((table["weight_squared"] * (above - value * below) ** 2).sum(skipna=False) / total**2)


def _share(table: pd.DataFrame, item: str) -> tuple[float, float, int]:
    """`SHARE` of the cells that answered the item."""
    table = table[table[item].notna()]
    share, variance = ratio(table[item], 1.0, table)
    kish = table["weight"].sum() ** 2 / (table["weight_squared"].sum() or np.nan)
    return share, share * (1 - share) / variance if variance > 0 else kish, table["count"].sum()


def _wilson(rows, keys: list[str], level: float) -> pd.DataFrame:
    """A table of the rows' keys, with the estimates and intervals that follow from their `SHARE`."""
    rows = pd.DataFrame(rows, columns=[*keys, *SHARE])
    return rows[keys].assign(**wilson(rows["share"], rows["worth"], level), n=rows["n"])


def _paired(table: pd.DataFrame, of: str, to: str) -> pd.DataFrame:
    """Ratio of the shares of two platforms among those who answered both, and the variance of its logarithm."""
    rows = []
    for ages, band in table.dropna(subset=[of, to]).groupby(BAND, dropna=False):
        estimate, variance = ratio(band[of], band[to], band)
        rows.append((*ages, estimate, variance / (estimate**2 or np.nan)))
    return pd.DataFrame(rows, columns=[*BAND, "estimate", "log_variance"])


def _printed(frame: pd.DataFrame) -> pd.DataFrame:
    """Printed rows by age with `SHARE`, without totals and without bands that lie inside another printed band."""
    require_columns(frame, [*SURVEY, *BAND, "platform", "percent", "n", "moe"])
    rows = pd.concat([_by_age(group) for _key, group in frame.groupby([*SURVEY, "platform"], sort=False)])
    if not len(rows):
        raise TableError("source", "must hold shares by age", "totals only", "Choose other rows.")
    worth = ((50 * ndtri(0.975) / rows["moe"]) ** 2).fillna(rows["n"].astype(float))  # with its design effect, if any
    basis = np.select([rows["moe"].notna(), rows["n"].notna()], ["margin", "n"], "none")
    rows = rows.assign(share=rows["percent"] / 100, worth=worth, basis=basis)
    return rows.sort_values([*SURVEY, "platform", "age_low"], ignore_index=True)


def _by_age(group: pd.DataFrame) -> pd.DataFrame:
    low, high = group["age_low"].to_numpy(), group["age_high"].fillna(np.inf).to_numpy()
    covers = (low[:, None] <= low) & (high[:, None] >= high)
    total = covers.all(axis=1) & ((len(group) > 1) | ((low <= 18) & np.isinf(high)))
    return group[~total & (covers[~total].sum(axis=0) == 1)]


def _independent(rows: pd.DataFrame, of: str, to: str) -> pd.DataFrame:
    """As `_paired`, of printed shares."""
    keys, share = [*SURVEY, *BAND], rows["share"].where(rows["share"] > 0)
    rows = rows.assign(log_variance=(1 / share - 1) / rows["worth"])
    pair = rows[rows["platform"] == of].merge(rows[rows["platform"] == to], on=keys, suffixes=("", "_to"))
    quotient = pair["share"] / pair["share_to"].where(pair["share_to"] > 0)
    pair = pair[keys].assign(estimate=quotient, log_variance=pair["log_variance"] + pair["log_variance_to"])
    return pair.sort_values(keys, ignore_index=True)


def _printed_about(frame: pd.DataFrame) -> About:
    """What a caption needs of printed rows."""
    origins, n = set(frame.get("origin", ())), frame["n"].max()
    origin = origins.pop() if len(origins) == 1 else None
    if frame["source"].nunique() > 1 or frame["year"].nunique() > 1:
        return About(source=_("several surveys"), origin=origin)
    return About(n=None if np.isnan(n) else int(n), source=frame["source"].iloc[0], origin=origin)


def band_label(low: float, high: float) -> str:
    """A band of ages as a person writes it: '18–29', '65+'; all ages from 0 on are words."""
    if not np.isfinite(high):
        return f"{low:.0f}+" if low else _("all ages")
    return f"{low:.0f}–{high:.0f}"


def ends_of(table: pd.DataFrame, shown) -> dict[str, object]:
    """Both ends, in words, of the line that changes most with age in the last survey; nothing without two bands.

    Lines whose ends have intervals apart, or none, come first; `sure`: there is one. `steady`: it never turns.
    """
    known = table.dropna(subset="estimate")
    years = known["year"].unique() if "year" in known else ()
    known = known[known["year"] == max(years)] if len(years) else known
    lines = [line for _key, line in known.groupby("platform", sort=False) if len(line) > 1]
    if not lines:
        return {}
    sure = [line for line in lines if not line["low"].iloc[[0, -1]].max() < line["high"].iloc[[0, -1]].min()]
    most = max(sure or lines, key=lambda line: abs(line["estimate"].iloc[-1] - line["estimate"].iloc[0]))
    ends, steps = most.iloc[[0, -1]], most["estimate"].diff().dropna()
    (young, old), (a, b) = map(band_label, ends["age_low"], ends["age_high"]), map(shown, ends["estimate"])
    facts = {"rises": steps.sum() > 0, "sure": bool(sure), "steady": (steps >= 0).all() or (steps <= 0).all()}
    facts |= {"platform": item_label(most["platform"].iloc[0]), "young": young, "a": a, "old": old, "b": b}
    return facts | {"when": f" ({max(years)})" if len(years) > 1 else ""}


def says_use(answer: Answer) -> tuple[str, str]:
    """Which platform depends most on age, if one surely does."""
    ends = ends_of(answer.table, percent)
    if not ends:
        return "", ""
    text = _("No platform shown by age is surely used more or less by the oldest than by the youngest")
    if ends["sure"]:
        text = _("{platform} differs most between youngest and oldest: {a} at {young}, {b} at {old}")
    return text.format(**ends) + ends["when"], ""


def _says_preference(answer: Answer) -> tuple[str, str]:
    """Does the preference grow with age?"""
    note = _("the same people compared") if answer.paired else _("both shares taken as independent")
    ends = ends_of(answer.table.assign(platform=answer.of), lambda value: number(value, 2))
    if not ends:
        return "", note
    rising = _("The older, the more {of} for every {to}: {a} at {young}, {b} at {old}")
    falling = _("The younger, the more {of} for every {to}: {a} at {young}, {b} at {old}")
    said = rising if ends["rises"] else falling
    if not (ends["sure"] and ends["steady"]):
        said = _("{of} for every {to}: {a} at {young}, {b} at {old}")
    return said.format(of=ends["platform"], to=item_label(answer.to), **ends) + ends["when"], note


def _says_co_use(answer: Answer) -> tuple[str, str]:
    """The pair in which one platform's users stand out most; only where the interval lies above everybody's share."""
    same = answer.table["platform"] == answer.table["other"]
    everybody = answer.table["other"].map(answer.table[same].set_index("other")["estimate"])
    lift = (answer.table["estimate"] / everybody)[~same].replace(np.inf, np.nan).dropna()
    if lift.empty:
        return "", ""
    sure = lift[answer.table["low"] > everybody]
    if sure.empty:
        return _("The users of no platform surely stand out in their use of another"), ""
    most = answer.table.loc[sure.idxmax()]
    said = _("{share} of {platform}'s users also use {other}; of all people {overall}")
    facts = {"share": percent(most["estimate"]), "overall": percent(everybody[most.name])}
    return said.format(platform=item_label(most["platform"]), other=item_label(most["other"]), **facts), ""
