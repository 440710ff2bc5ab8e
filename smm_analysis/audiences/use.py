"""Who uses what, before any model: shares by age, relative preference, use of two platforms at once.

From cells every interval follows from the linearised, weighted variance, paired where the same people answered both
questions. From printed percentages only n and the margin of error are left.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from ..tables.cells import Cells
from ..words import _
from .margins import BAND, SURVEY, compared, in_bands, numeric, printed, printed_attrs, share_of, wilson


def platform_use_by_age(
    source: Cells | pd.DataFrame, *, bands: list[int] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """What share of each age band uses each platform?

    Parameters
    ----------
    source : Cells, or rows of load_published("platform_use_by_age")
    bands : list of int, optional
        First ages of the bands, for cells; default 0, 18, 30, 50, 65 for ages in years, the cells' own bands otherwise.
    level : float, default 0.95

    Returns
    -------
    DataFrame
        ``platform, age_low, age_high, estimate, low, high, n`` (people who answered; `age_high` NaN = open). From
        cells ``people`` as well: how many of the n use it, not weighted. Printed surveys have
        ``source, year, country, measure, basis`` as well, `basis` being what the interval is from: "margin" (the
        printed margin of error, so with its design effect), "n" (too narrow: no design effect was printed), or "none"
        (no n printed, no interval).

    Raises
    ------
    TableError
        If an item is not 0/1, the cells hold no ages, or `bands` cut through a band of the table.

    Notes
    -----
    Wilson (1927) intervals with the number of people that the linearised variance is worth. Printed totals are left
    out, and bands inside another printed band.

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> printed = load_published("platform_use_by_age").query("year == 2025 and platform == 'facebook'")
    >>> platform_use_by_age(printed.query("measure == 'ever'"))[["age_low", "estimate", "low", "high"]].round(2)
       age_low  estimate   low  high
    0       18      0.68  0.63  0.73
    1       30      0.80  0.77  0.83
    2       50      0.74  0.71  0.77
    3       65      0.57  0.54  0.60
    """
    if not isinstance(source, Cells):
        rows = printed(source)
        share, low, high = wilson(rows["share"], rows["worth"], level)
        use = rows.assign(estimate=share, low=low, high=high)
        use = use[[*SURVEY, "platform", *BAND, "estimate", "low", "high", "n", "basis"]]
        use = use.sort_values([*SURVEY, "platform", "age_low"], ignore_index=True)
        use.attrs = {**printed_attrs(source), "level": level}
        return use
    table = in_bands(source, bands)
    rows = [
        (item, *key, *share_of(item, band, level), int(band.loc[band[item] == 1, "count"].sum()))
        for item in source.items
        for key, band in table.groupby(BAND, dropna=False)
        if band[item].notna().any()
    ]
    use = pd.DataFrame(rows, columns=["platform", *BAND, "estimate", "low", "high", "n", "people"])
    use.attrs = {**source.attrs, "level": level, "n": int(table["count"].sum())}
    return use


def relative_preference(
    source: Cells | pd.DataFrame, *, of: str, to: str, bands: list[int] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """How much more do people of an age use platform `of` than platform `to`?

    Parameters
    ----------
    source, bands, level
        As in `platform_use_by_age`.
    of, to : str
        Platforms.

    Returns
    -------
    DataFrame
        ``age_low, age_high, quantity, estimate, low, high`` with quantity "ratio" (share of `of` / share of `to`) and
        "difference" (in shares). `attrs["paired"]`: whether the same people's answers were compared;
        `attrs["note"]` says what was assumed.

    Raises
    ------
    TableError
        If a platform is missing.

    Notes
    -----
    Ratios have intervals on the log scale. Printed percentages do not tell who uses both, so independence is assumed:
    where many use both, the intervals are too wide.

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> printed = load_published("platform_use_by_age").query("year == 2025 and measure == 'ever' and country == 'US'")
    >>> ratio = relative_preference(printed, of="facebook", to="instagram").query("quantity == 'ratio'")
    >>> ratio["estimate"].round(2).tolist()
    [0.85, 1.29, 1.85, 3.0]
    """
    paired, z = isinstance(source, Cells), norm.ppf((1 + level) / 2)
    pair = compared(source, of, to, bands)
    quotient = (pair["first"] / pair["second"]).where(pair["second"] > 0)
    factor = np.exp(z * np.sqrt(pair["log_variance"]))
    gap, half = pair["first"] - pair["second"], z * np.sqrt(pair["variance"])
    keys = pair[[name for name in [*SURVEY, *BAND] if name in pair]]
    parts = {"ratio": (quotient, quotient / factor, quotient * factor), "difference": (gap, gap - half, gap + half)}
    frame = pd.concat(
        [keys.assign(quantity=name, estimate=e, low=low, high=high) for name, (e, low, high) in parts.items()],
        ignore_index=True,
    )
    note = _("the same people compared") if paired else _("both shares taken as independent")
    attrs = source.attrs if paired else printed_attrs(source[source["platform"].isin([of, to])])
    frame.attrs = {**attrs, "level": level, "of": of, "to": to, "paired": paired, "note": note}
    return frame


def co_use(cells: Cells, *, level: float = 0.95) -> pd.DataFrame:
    """Of those who use one platform, how many use the other as well?

    Parameters
    ----------
    cells : Cells
    level : float, default 0.95

    Returns
    -------
    DataFrame
        ``platform, other, estimate, low, high, n``: the share of `other` among the n users of `platform`. Where
        the two are the same, the share among all who answered.

    Examples
    --------
    >>> people = pd.DataFrame({"vk": [1, 1, 0, 0], "instagram": [1, 0, 1, 0]})
    >>> co_use(Cells.from_table(people, items=["vk", "instagram"], age=None))["estimate"].tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    table, rows = numeric(cells), []
    for platform in cells.items:
        for other in cells.items:
            base = table if platform == other else table[table[platform] == 1]
            rows.append((platform, other, *share_of(other, base, level)))
    frame = pd.DataFrame(rows, columns=["platform", "other", "estimate", "low", "high", "n"])
    frame.attrs = {**cells.attrs, "level": level}
    return frame
