"""What hangs together beyond the audiences, and within an age."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import chi2
from sklearn.utils.validation import check_is_fitted

from ..answer import Answer
from ..tables.cells import Cells, mid_ages
from ..tables.published import item_label
from ..words import _, number

if TYPE_CHECKING:
    from .mixture import AudienceMixture

ALPHA = 0.01  # error rate of all pairs together, and of age alone
FIFTHS = (0.2, 0.4, 0.6, 0.8)


def residuals(model: AudienceMixture) -> Answer:
    """What do two questions, or a question and age, have in common that the audiences do not explain?

    Returns
    -------
    Answer
        ``one, other, chi2, df, chi2_df, p, dependent``: Pearson's chi-square of the two-way table that the model
        expects, scaled by the people that the weights are worth; the largest chi2 / df
        first. `other` "age" is age in fifths. `dependent`: p x number of pairs below .01 (at the true number of
        audiences: in .6 % of surveys).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, load_published
    >>> model = AudienceMixture(2, age=None).fit(load_published("lca_gss82"))
    >>> model.residuals().headline
    'understanding and cooperation hang together beyond the audiences'
    """
    check_is_fitted(model)
    table = pairs(model)
    facts = {"level": ALPHA, "n_pairs": len(table)}
    return Answer(table, model.about(), _says, facts=facts, charts=("residuals",) if len(table) else ())


def _says(answer: Answer) -> tuple[str, str]:
    """Which pairs are left over."""
    left = answer.table[answer.table["dependent"]]
    said = _("None of {all} pairs is left to explain, at an error rate of 1% for all together.")
    said = said.format(all=number(answer.n_pairs))
    if left.empty:
        return _("No pair of questions surely hangs together beyond the audiences"), said
    named = [pair_label(row.one, row.other) for row in left.itertuples()]
    said = _("Left to explain: {pairs} ({n} of {all} pairs, at an error rate of 1% for all together).")
    said = said.format(pairs="; ".join(named[:3]), n=number(len(left)), all=number(answer.n_pairs))
    return _("{pair} hang together beyond the audiences").format(pair=named[0]), said


def pair_label(one: str, other: str) -> str:
    """'Twitter/X and LinkedIn', 'Twitter/X and age'."""
    return _("{a} and {b}").format(a=item_label(one), b=_("age") if other == "age" else item_label(other))


def pairs(model: AudienceMixture) -> pd.DataFrame:
    """The table of `residuals`: the fifths of age are answers that everybody of that age gives."""
    grid, cells = model._grid, model.cells_
    age_part, answers = grid.split(model.theta_)
    fifth, n_items = _fifths(grid.ages[grid.row], grid.count), len(cells.items)
    given = grid.patterns[grid.column]  # (C, M)
    asked, given = np.hstack([given @ grid.items_of, fifth]), np.hstack([given, fifth])
    chance = np.hstack([np.exp(answers), np.ones((len(answers), fifth.shape[1]))])  # (K, M + F)
    item = np.append(grid.item, n_items + np.arange(fifth.shape[1]))
    people = grid.age_model.share(age_part)[:, grid.row] * grid.weight  # (K, C)
    among = np.stack([asked.T @ (own[:, None] * asked) for own in people])[:, item][:, :, item]
    expected = np.einsum("km,kn,kmn->mn", chance, chance, among, optimize=True)
    misfit = (given.T @ (grid.weight[:, None] * given) - expected) ** 2 / np.maximum(expected, 1e-9)
    of = np.eye(n_items + 1)[np.minimum(item, n_items)]
    found, free = of.T @ misfit @ of * (cells.effective_n / cells.n_respondents), of.sum(0).astype(int) - 1
    names = [*cells.items, "age"] if fifth.shape[1] > 1 else cells.items
    both = combinations(range(len(names)), 2)
    rows = [(names[i], names[j], found[i, j], free[i] * free[j]) for i, j in both]
    table = pd.DataFrame(rows, columns=["one", "other", "chi2", "df"])
    table = table.assign(chi2_df=table["chi2"] / table["df"], p=chi2.sf(table["chi2"], table["df"]))
    table["dependent"] = table["p"] * len(table) < ALPHA
    return table.sort_values("chi2_df", ascending=False, kind="stable", ignore_index=True)


def _fifths(age: np.ndarray, count: np.ndarray) -> np.ndarray:
    """(C, up to 5) indicator of the fifth of the people by age; unknown ages are in none."""
    known = np.isfinite(age)
    if not known.any():
        return np.zeros((len(age), 0))
    cuts = np.unique(np.quantile(age[known], FIFTHS, weights=count[known], method="inverted_cdf"))
    own = np.eye(len(cuts) + 1)[np.searchsorted(cuts, age)] * known[:, None]
    return own[:, own.any(0)]


def within_age(cells: Cells) -> dict | None:
    """Do answers hang together among people of the same age? ``statistic, df, p``; None where ages cannot tell.

    The sum of the pairs' generalised Mantel-Haenszel statistics (Landis, Heyman & Koch 1978), stratified by year or
    band; people of unknown age are left out, people are counted, not weighted.
    """
    age = mid_ages(cells.respondents)
    known = np.isfinite(age)
    table, age, count = cells.respondents[known], age[known], cells.count[known]
    statistic, df = 0.0, 0
    for one, other in combinations(cells.items if known.any() else (), 2):
        both = (table[one].notna() & table[other].notna()).to_numpy()
        x, y = (np.eye(len(cells.answers[i]))[table[i].cat.codes.to_numpy()[both]][:, :-1] for i in (one, other))
        u, v = _mantel_haenszel(np.unique(age[both], return_inverse=True)[1], count[both], x, y)
        statistic += float(u @ np.linalg.pinv(v, hermitian=True) @ u)
        df += int(np.linalg.matrix_rank(v, hermitian=True))
    return {"statistic": statistic, "df": df, "p": float(chi2.sf(statistic, df))} if df else None


def _mantel_haenszel(stratum, count, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum over strata of the covariance of x (n, a) and y (n, b), as a vector (a b,), and its variance by chance."""
    people, a = np.eye(stratum.max(initial=-1) + 1)[stratum] * count[:, None], x.shape[1]  # (n, S)
    n, z = people.sum(0), np.hstack([x, y])
    z = z - ((people.T @ z) / n[:, None])[stratum]
    spread = np.einsum("ns,ni,nj->sij", people, z, z, optimize=True)
    chance = np.einsum("sij,skl,s->ikjl", spread[:, :a, :a], spread[:, a:, a:], 1 / np.maximum(n - 1, 1))
    u = spread[:, :a, a:].sum(0).ravel()
    return u, chance.reshape(len(u), len(u))
