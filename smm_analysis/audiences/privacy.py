"""What may be shown of a survey of one's own: nothing behind which stand fewer than five people."""

import numpy as np
import pandas as pd

from ..errors import TableError
from ..tables.cells import Cells
from ..tables.people import require_columns
from ..words import _, number, plural

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
        A share is hidden if fewer people stand behind it, or behind its complement. People are counted, not weighted,
        and only those who answered; in an audience they are its expected number.

    Returns
    -------
    DataFrame
        The frame with hidden shares, and their people, as NaN. Where a single share of a platform is hidden, or a
        single answer of an audience, the one with the next fewest people is hidden too (complementary suppression): the
        total would otherwise give it away. `attrs["hidden"]` says in a sentence what was done, `attrs["n_hidden"]` how
        many shares.

    Raises
    ------
    TableError
        If the frame does not say how many people stand behind a share, as printed percentages do not.

    Examples
    --------
    >>> from smm_analysis import platform_use_by_age, read_survey
    >>> use = platform_use_by_age(survey_cells(read_survey("simulated_google_forms.csv")))
    >>> hide_small(use).attrs["hidden"]
    '14 of 32 shares are not shown, because fewer than 5 people stand behind them or because they would tell on these.'
    """
    require_columns(frame, ["n", "people"])
    profile = "audience" in frame
    shares = ~frame["item"].isin(["share", "age"]) if profile else pd.Series(True, frame.index)
    few = np.minimum(frame["people"], frame["n"] - frame["people"]).round(6).where(shares)
    hidden, before = few < below, -1
    while before < hidden.sum():
        before = hidden.sum()
        for total in [["item", "answer"], ["audience", "item"]] if profile else [["platform"]]:
            for _key, part in few[shares].groupby([frame[name] for name in total], sort=False):
                if hidden[part.index].sum() == 1 and len(part) > 1:
                    hidden[part[~hidden[part.index]].idxmin()] = True
    shown = frame.astype({"people": float})
    shown.loc[hidden, ["estimate", "low", "high", "people"]] = np.nan
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
