"""What may be shown of a survey of one's own: nothing behind which stand fewer than five people."""

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _, number, plural
from .cells import Cells

BELOW = 5


def survey_cells(people: pd.DataFrame, *, below: int = BELOW) -> Cells:
    """Count a survey read with `read_survey`: its ages, its weights, and the platforms with enough people.

    Parameters
    ----------
    people : DataFrame
        From `read_survey`.
    below : int, default 5
        A platform with fewer users, or fewer people who do not use it, is left out.

    Returns
    -------
    Cells
        Without the people whose weight is not known.

    Raises
    ------
    TableError
        If no platform has enough people on both sides, or fewer than twice `below` have a weight.

    Examples
    --------
    >>> from smm_analysis import read_survey
    >>> survey_cells(read_survey("simulated_google_forms.csv")).n_respondents
    232
    """
    weight = "weight" if "weight" in people else None
    known = people.dropna(subset="weight") if weight else people
    uses = known[people.attrs["platforms"]]
    items = list(uses.columns[(uses.sum() >= below) & ((1 - uses).sum() >= below)])
    if not items:
        most = int(uses.sum().max()) if len(uses) else 0
        raise TableError(
            "platforms",
            f"at least one has {below} users and {below} people who do not use it",
            f"{len(known)} people, and {most} on the most frequent platform",
            "Ask more people; what rests on fewer would tell on single ones.",
        )
    age = ("age_low", "age_high") if "age_low" in people else "age" if people["age"].notna().any() else None
    return Cells.from_table(known, items=items, age=age, weight=weight)


def hide_small(frame: pd.DataFrame, *, below: int = BELOW) -> pd.DataFrame:
    """Hide the shares behind which stand too few people, and those that would give a hidden one away.

    Parameters
    ----------
    frame : DataFrame
        From `platform_use_by_age` (of cells) or `AudienceMixture.profile`.
    below : int, default 5
        A share is hidden if fewer people stand behind it, or behind its complement.

    Returns
    -------
    DataFrame
        The frame with hidden shares as NaN. Where a single share of a platform is hidden, the one with the next fewest
        people is hidden too (complementary suppression): the total would otherwise give it away.
        `attrs["hidden"]` says in a sentence what was done, `attrs["n_hidden"]` how many shares.

    Examples
    --------
    >>> from smm_analysis import platform_use_by_age, read_survey
    >>> use = platform_use_by_age(survey_cells(read_survey("simulated_google_forms.csv")))
    >>> hide_small(use).attrs["hidden"]
    '14 of 32 shares are not shown, because fewer than 5 people stand behind them or because they would tell on these.'
    """
    shares, people, item = _people_behind(frame)
    few = np.minimum(np.round(frame["estimate"] * people), np.round((1 - frame["estimate"]) * people)).where(shares)
    hidden = few < below
    for _item, part in few[shares].groupby(frame[item]):
        if hidden[part.index].sum() == 1 and len(part) > 1:
            hidden[part[~hidden[part.index]].idxmin()] = True
    shown = frame.copy()
    shown.loc[hidden, ["estimate", "low", "high"]] = np.nan
    sentence = plural(
        "{n} of {all} shares is not shown, because fewer than {below} people stand behind it.",
        "{n} of {all} shares are not shown, because fewer than {below} people stand behind them"
        " or because they would tell on these.",
        int(hidden.sum()),
    ).format(n=number(hidden.sum()), all=number(shares.sum()), below=number(below))
    if not hidden.any():
        sentence = _("At least {below} people stand behind every share.").format(below=number(below))
    shown.attrs = {**frame.attrs, "hidden": sentence, "n_hidden": int(hidden.sum())}
    return shown


def _people_behind(frame) -> tuple[pd.Series, pd.Series, str]:
    """Which rows are shares, of how many people each, and the column of what is shared."""
    if "audience" not in frame:
        return pd.Series(True, frame.index), frame["n"], "platform"
    size = frame[frame["item"] == "share"].set_index("audience")["estimate"] * frame.attrs["n"]
    return ~frame["item"].isin(["share", "age"]), frame["audience"].map(size), "item"
