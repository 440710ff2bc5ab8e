"""Shopping that cannot stop: scoring of a published scale, and what a positive screen means. No diagnosis anywhere."""

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from .errors import ModelError, TableError
from .tables.people import shown
from .tables.published import load_published
from .words import _, number, percent

HIGHEST, N_ITEMS = 4, 7
CUTOFFS = ("four of seven", "above 23")


def score_bsas(answers: pd.DataFrame, *, cutoff: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """Score the Bergen Shopping Addiction Scale: 7 items from 0 (completely disagree) to 4 (completely agree).

    Parameters
    ----------
    answers : DataFrame (n_people, 7)
        Answers, empty where there is none. The wording of the items is not part of this package.
    cutoff : {None, "four of seven", "above 23"}
        None: no cut-off, scores only. "four of seven": at least 4 items of 3 or more (ascribed to Andreassen et al.
        2015; the wording was read in a secondary source). "above 23": a sum above 23 (Zarate et al. 2023). The two
        disagree widely: the first can be met with a sum of 12.
    level : float
        Of the interval of alpha.

    Returns
    -------
    DataFrame
        ``score`` (0 to 28), ``low, high`` (the sums that the missing answers leave possible), ``answered`` and, with a
        cut-off, ``positive``: missing where an unanswered item could change it. With one item missing the score is 7
        times the mean; with more it is missing. `attrs["alpha"]`: Cronbach's alpha of complete answers (Feldt 1965).

    Raises
    ------
    TableError, ModelError
        If there are not 7 columns of answers from 0 to 4, or the cut-off is another one.

    Examples
    --------
    >>> people = pd.DataFrame([[3, 3, 3, 3, 0, 0, 0], [4, 4, 4, 4, 4, 4, 4], [0, 1, 0, 2, 1, 0, np.nan]])
    >>> score_bsas(people, cutoff="four of seven")
    screening, not diagnosis  score   low  high  answered  positive
    0                          12.0  12.0  12.0         7      True
    1                          28.0  28.0  28.0         7      True
    2                           4.7   4.0   8.0         6     False
    """
    if cutoff not in (None, *CUTOFFS):
        raise ModelError("cutoff", f"None or one of {', '.join(CUTOFFS)}", repr(cutoff), "Choose one, or none.")
    if answers.shape[1] != N_ITEMS:
        raise TableError("answers", "7 columns, one per item", f"{answers.shape[1]}", "Choose the scale's columns.")
    given = answers.apply(pd.to_numeric, errors="coerce")
    for row, item in np.argwhere(answers.notna() & ~given.isin(range(HIGHEST + 1)))[:1]:
        name, found = str(answers.columns[item]), f"{shown(answers.iat[row, item])} in row {answers.index[row]!r}"
        raise TableError(name, "answers are 0, 1, 2, 3 or 4", found, "Recode it (some forms print 1 to 5).")
    answered, low = given.notna().sum(axis=1), given.sum(axis=1)
    frame = pd.DataFrame({"score": (N_ITEMS * given.mean(axis=1)).where(answered >= N_ITEMS - 1).round(1), "low": low})
    frame = frame.assign(high=low + HIGHEST * (N_ITEMS - answered), answered=answered)
    if cutoff:
        high = (given >= 3).sum(axis=1)
        sure = high >= 4 if cutoff == CUTOFFS[0] else frame["low"] > 23
        possible = high + N_ITEMS - answered >= 4 if cutoff == CUTOFFS[0] else frame["high"] > 23
        frame["positive"] = sure.astype("boolean").mask(sure != possible)
    frame.columns.name = _("screening, not diagnosis")
    frame.attrs = {"n": int((answered > 0).sum()), "source": answers.attrs.get("source"), "level": level,
                   "origin": answers.attrs.get("origin"), "alpha": _alpha(given.dropna(), level)}  # fmt: skip
    text = _("{n} people were scored. Screening, not diagnosis: a score describes answers, not an illness.")
    frame.attrs["verdict"] = text.format(n=number(frame["score"].notna().sum()))
    return frame


def screening_table(
    *, sensitivity: float, specificity: float, population: str = "adult representative samples", people: int = 1000
) -> pd.DataFrame:
    """What does a positive screen mean, at the prevalence that was published?

    Parameters
    ----------
    sensitivity, specificity : float
        Share of the affected who screen positive, of the others who screen negative. Assumptions: for no cut-off of the
        scale against a diagnosis were they found.
    population : str
        A row of load_published("compulsive_buying") with an interval.
    people : int
        How many are screened.

    Returns
    -------
    DataFrame
        ``quantity, estimate, low, high``: people affected, found, missed and alarmed falsely, and the share of the
        positives who are affected ("positive is right") and of the negatives who are not; the ends come from the ends
        of the interval of the prevalence. `attrs["verdict"]`.

    Raises
    ------
    ModelError
        If a share does not lie between 0 and 1, or the population has no interval.

    Examples
    --------
    >>> table = screening_table(sensitivity=0.9, specificity=0.9).set_index("quantity")
    >>> table.loc["positive is right", ["estimate", "low", "high"]].round(2).tolist()
    [0.32, 0.24, 0.4]
    """
    if not (0 < sensitivity <= 1 and 0 <= specificity < 1):
        found = f"{sensitivity} and {specificity}"
        raise ModelError("sensitivity", "shares between 0 and 1", found, "Give shares, not percentages.")
    published = load_published("compulsive_buying")
    row = published[(published["population"] == population) & published["low"].notna()]
    if row.empty:
        known = "; ".join(published.dropna(subset="low")["population"])
        raise ModelError("population", f"one of: {known}", repr(population), "Choose one of these.")
    affected = row[["percent", "low", "high"]].iloc[0].to_numpy(float) / 100
    found, alarms = affected * sensitivity, (1 - affected) * (1 - specificity)
    right, calm = found / (found + alarms), (1 - affected - alarms) / (1 - found - alarms)
    parts = {"affected": people * affected, "found": people * found, "missed": people * (affected - found),
             "false alarms": people * alarms, "positive is right": right, "negative is right": calm}  # fmt: skip
    rows = [(name, part[0], part.min(), part.max()) for name, part in parts.items()]
    frame = pd.DataFrame(rows, columns=["quantity", "estimate", "low", "high"])
    frame.columns.name = _("screening, not diagnosis")
    attrs = {"n": int(row["n"].iloc[0]), "source": row["source"].iloc[0], "origin": published.attrs["origin"]}
    text = _("Of those who screen positive {share} ({low} to {high}) are affected. Screening, not diagnosis.")
    said = text.format(share=percent(right[0]), low=percent(right.min()), high=percent(right.max()))
    frame.attrs = {**attrs, "level": 0.95, "verdict": said}
    return frame


def _alpha(given: pd.DataFrame, level: float) -> dict[str, float]:
    """Cronbach's alpha with Feldt's (1965) interval, from complete answers; empty where it cannot be computed."""
    n, k, total = len(given), N_ITEMS, given.sum(axis=1).var()
    if n < 3 or not total > 0:
        return {"estimate": np.nan, "low": np.nan, "high": np.nan, "n": n}
    alpha = k / (k - 1) * (1 - given.var().sum() / total)
    tails = f_distribution.ppf([(1 + level) / 2, (1 - level) / 2], n - 1, (n - 1) * (k - 1))
    low, high = 1 - (1 - alpha) * tails
    return {"estimate": float(alpha), "low": float(low), "high": float(high), "n": n}
