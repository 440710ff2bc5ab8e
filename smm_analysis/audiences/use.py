"""Who uses what, before any model: shares by age, relative preference, use of two platforms at once.

From cells every interval follows from the linearised, weighted variance, paired where the same people answered both
questions. From printed percentages only n and the margin of error are left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..answer import Answer
from ..intervals import check_level, wilson
from ..tables.cells import Cells
from ..tables.published import item_label
from ..words import _, number, percent
from .margins import BAND, SURVEY, cells_of, compared, in_bands, numeric, printed, printed_about, share_of

if TYPE_CHECKING:
    from ..tables.people import People


def platform_use_by_age(
    source: Cells | People | pd.DataFrame, *, bands: list[int] | None = None, level: float = 0.95
) -> Answer:
    """What share of each age band uses each platform?

    Parameters
    ----------
    source : Cells, People, or rows of load_published("platform_use_by_age")
    bands : list of int, optional
        First ages of the bands, for people; default 0, 18, 30, 50, 65 for ages in years, else their own bands.
    level : float

    Returns
    -------
    Answer
        ``platform, age_low, age_high, estimate, low, high, n`` (people who answered; `age_high` NaN = open) and
        ``people``: how many of the n use it, not weighted. Printed surveys have no `people`, and
        ``source, year, country, measure`` first; ``basis`` is what their interval is from: "margin" (the printed
        margin of error, with its design effect), "n" (too narrow: no design effect was printed), or "none".
        Intervals: Wilson (1927), with the people that the linearised variance is worth. Printed totals are left out,
        and bands inside another printed band.

    Raises
    ------
    TableError
        If an item is not 0/1, there are no ages, or `bands` cut through a band of the table.

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> printed = load_published("platform_use_by_age").query("year == 2025 and platform == 'facebook'")
    >>> use = platform_use_by_age(printed.query("measure == 'ever'"))
    >>> use.table[["age_low", "estimate", "low", "high"]].tail(2).round(2)
       age_low  estimate   low  high
    2       50      0.74  0.71  0.77
    3       65      0.57  0.54  0.60
    """
    source, key = cells_of(source), ["platform", *BAND, "estimate", "low", "high", "n"]
    if not isinstance(source, Cells):
        rows = printed(source).reset_index(drop=True)
        rows[["estimate", "low", "high"]] = wilson(rows["share"], rows["worth"], level).assign(estimate=rows["share"])
        use = rows[[*SURVEY, *key, "basis"]].sort_values([*SURVEY, "platform", "age_low"], ignore_index=True)
        return Answer(use, printed_about(source, level), _says_use, charts=("use_by_age",))
    table = in_bands(source, bands)
    rows = [
        (item, *ages, *share_of(item, band, level), int(band.loc[band[item] == 1, "count"].sum()))
        for item in source.items
        for ages, band in table.groupby(BAND, dropna=False)
        if band[item].notna().any()
    ]
    about = replace(source.about, n=int(table["count"].sum()), level=level)
    return Answer(pd.DataFrame(rows, columns=[*key, "people"]), about, _says_use, charts=("use_by_age",))


def relative_preference(
    source: Cells | People | pd.DataFrame, *, of: str, to: str, bands: list[int] | None = None, level: float = 0.95
) -> Answer:
    """How much more do people of an age use platform `of` than platform `to`?

    Parameters
    ----------
    source, bands, level
        As in `platform_use_by_age`.
    of, to : str
        Platforms; TableError if one is missing.

    Returns
    -------
    Answer
        ``age_low, age_high, quantity, estimate, low, high`` with quantity "ratio" (share of `of` / share of `to`,
        interval on the log scale) and "difference" (in shares). Facts: ``of, to, paired``: whether the same people's
        answers were compared. Printed percentages do not tell who uses both, so independence is assumed: where many
        use both, the intervals are too wide.

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> printed = load_published("platform_use_by_age").query("year == 2025 and measure == 'ever' and country == 'US'")
    >>> preference = relative_preference(printed, of="facebook", to="instagram")
    >>> preference.table.query("quantity == 'ratio'")["estimate"].round(2).tolist()
    [0.85, 1.29, 1.85, 3.0]
    """
    source, z = cells_of(source), ndtri((1 + check_level(level)) / 2)
    pair, paired = compared(source, of, to, bands), isinstance(source, Cells)
    quotient = (pair["first"] / pair["second"]).where(pair["second"] > 0)
    factor = np.exp(z * np.sqrt(pair["log_variance"]))
    gap, half = pair["first"] - pair["second"], z * np.sqrt(pair["variance"])
    keys = pair[[name for name in [*SURVEY, *BAND] if name in pair]]
    parts = {"ratio": (quotient, quotient / factor, quotient * factor), "difference": (gap, gap - half, gap + half)}
    frames = [keys.assign(quantity=name, estimate=e, low=low, high=high) for name, (e, low, high) in parts.items()]
    table, facts = pd.concat(frames, ignore_index=True), {"of": of, "to": to, "paired": paired}
    both = None if paired else source[source["platform"].isin([of, to])]
    about = replace(source.about, level=level) if paired else printed_about(both, level)
    return Answer(table, about, _says_preference, facts=facts, charts=("relative_preference",))


def co_use(cells: Cells | People, *, level: float = 0.95) -> Answer:
    """Of those who use one platform, how many use the other as well?

    Parameters
    ----------
    cells : Cells or People
    level : float

    Returns
    -------
    Answer
        ``platform, other, estimate, low, high, n``: the share of `other` among the n users of `platform`. Where
        the two are the same, the share among all who answered.

    Examples
    --------
    >>> people = pd.DataFrame({"vk": [1, 1, 0, 0], "instagram": [1, 0, 1, 0]})
    >>> co_use(Cells.from_table(people, items=["vk", "instagram"], age=None)).table["estimate"].tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    cells = cells_of(cells)
    table, rows = numeric(cells), []
    for platform in cells.items:
        for other in cells.items:
            base = table if platform == other else table[table[platform] == 1]
            rows.append((platform, other, *share_of(other, base, level)))
    frame = pd.DataFrame(rows, columns=["platform", "other", "estimate", "low", "high", "n"])
    return Answer(frame, replace(cells.about, level=level), _says_co_use, charts=("co_use",))


def band_label(low: float, high: float) -> str:
    """A band of ages as a person writes it: '18–29', '65+'."""
    return f"{low:.0f}+" if not np.isfinite(high) else f"{low:.0f}–{high:.0f}"


def _lines(answer: Answer) -> list[pd.DataFrame]:
    """The bands of each platform in the last survey, where there are two or more."""
    known = answer.table.dropna(subset="estimate")
    known = known[known["year"] == known["year"].max()] if "year" in known else known
    by = "platform" if "platform" in known else "quantity"
    return [line for _key, line in known.groupby(by, sort=False) if len(line) > 1]


def _ends(line: pd.DataFrame, shown) -> dict[str, str]:
    """The first and the last band of a line, each with its value."""
    (young, a), (old, b) = [(band_label(*line[BAND].iloc[at]), shown(line["estimate"].iloc[at])) for at in (0, -1)]
    return {"young": young, "a": a, "old": old, "b": b}


def _says_use(answer: Answer) -> tuple[str, str]:
    """Which platform depends most on age."""
    lines = _lines(answer)
    if not lines:
        return "", ""
    most = max(lines, key=lambda line: abs(line["estimate"].iloc[-1] - line["estimate"].iloc[0]))
    said = _("{platform} changes most with age: {a} at {young}, {b} at {old}")
    return said.format(platform=item_label(most["platform"].iloc[0]), **_ends(most, percent)), ""


def _says_preference(answer: Answer) -> tuple[str, str]:
    """Does the preference grow with age?"""
    note = _("the same people compared") if answer.paired else _("both shares taken as independent")
    ratios = [line for line in _lines(answer) if line["quantity"].iloc[0] == "ratio"]
    if not ratios:
        return "", note
    rising = _("The older, the more {of} for every {to}: {a} at {young}, {b} at {old}")
    falling = _("The younger, the more {of} for every {to}: {a} at {young}, {b} at {old}")
    said = rising if ratios[0]["estimate"].iloc[-1] > ratios[0]["estimate"].iloc[0] else falling
    ends = _ends(ratios[0], lambda value: number(value, 2))
    return said.format(of=item_label(answer.of), to=item_label(answer.to), **ends), note


def _says_co_use(answer: Answer) -> tuple[str, str]:
    """The pair in which one platform's users stand out most among those of the other."""
    shares = answer.table.set_index(["platform", "other"])["estimate"]
    lift = {pair: share / shares[pair[1], pair[1]] for pair, share in shares.items() if pair[0] != pair[1]}
    lift = {pair: value for pair, value in lift.items() if np.isfinite(value)}
    if not lift:
        return "", ""
    platform, other = max(lift, key=lift.get)
    said = _("{share} of {platform}'s users also use {other}; of all people {overall}")
    facts = {"share": percent(shares[platform, other]), "overall": percent(shares[other, other])}
    return said.format(platform=item_label(platform), other=item_label(other), **facts), ""
