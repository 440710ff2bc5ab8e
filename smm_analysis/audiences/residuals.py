"""What hangs together beyond the audiences, beyond one question, within an age.

Local dependence: observed against expected two-way tables (Pearson; bivariate residuals: Maydeu-Olivares & Liu 2015).
Within an age: generalised Mantel-Haenszel statistics (Landis, Heyman & Koch 1978), added up over the pairs.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import chi2
from sklearn.utils.validation import check_is_fitted

from ..answer import Answer
from ..tables.cells import Cells
from ..tables.published import item_label
from ..words import _, number
from .em import mid_ages

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
        expects, scaled by the people that the weights are worth; the largest chi2 / df first. `other` "age" is age in
        fifths. `dependent`: p x number of pairs below .01 (at the true number of audiences: in .6 % of surveys).
        Maydeu-Olivares & Liu (2015).

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
    if left.empty:
        return _("Nothing hangs together beyond the audiences"), _("No pair of questions is left to explain.")
    labels = {"age": _("age")}
    named = [
        _("{a} and {b}").format(a=item_label(row.one), b=labels.get(row.other, item_label(row.other)))
        for row in left.itertuples()
    ]
    headline = _("{pair} hang together beyond the audiences").format(pair=named[0])
    said = _("Left to explain: {pairs} ({n} of {all} pairs, at an error rate of 1% for all together).")
    return headline, said.format(pairs="; ".join(named[:3]), n=number(len(left)), all=number(answer.n_pairs))


def pairs(model: AudienceMixture) -> pd.DataFrame:
    """The table of `residuals`."""
    grid, cells = model._grid, model.cells_
    age_part, answers = grid.split(model.theta_)
    chance, given = np.exp(answers), grid.patterns[grid.column]  # (K, M), (C, M)
    people = grid.age_model.share(age_part)[:, grid.row] * grid.weight  # (K, C)
    asked = given @ grid.items_of
    sizes = np.bincount(grid.item)
    scale = cells.effective_n / cells.n_respondents
    among = np.stack([asked.T @ (own[:, None] * asked) for own in people])  # (K, J, J)
    expected = np.einsum("km,kn,kmn->mn", chance, chance, among[:, grid.item][:, :, grid.item], optimize=True)
    found = _chi2(given.T @ (grid.weight[:, None] * given), expected) * scale
    of_items = grid.items_of.T @ found @ grid.items_of
    rows = [
        (cells.items[i], cells.items[j], of_items[i, j], (sizes[i] - 1) * (sizes[j] - 1))
        for i, j in combinations(range(len(sizes)), 2)
    ]
    fifth = _fifths(grid.ages[grid.row], grid.count)
    if fifth.shape[1] > 1:
        observed = fifth.T @ (grid.weight[:, None] * given)
        in_fifths = np.stack([fifth.T @ (own[:, None] * asked) for own in people])  # (K, F, J)
        expected = np.einsum("km,kfm->fm", chance, in_fifths[:, :, grid.item])
        of_age = _chi2(observed, expected).sum(0) @ grid.items_of * scale
        rows += [(item, "age", of_age[i], (sizes[i] - 1) * (fifth.shape[1] - 1)) for i, item in enumerate(cells.items)]
    table = pd.DataFrame(rows, columns=["one", "other", "chi2", "df"])
    table = table.assign(chi2_df=table["chi2"] / table["df"], p=chi2.sf(table["chi2"], table["df"]))
    table["dependent"] = table["p"] * len(table) < ALPHA
    return table.sort_values("chi2_df", ascending=False, kind="stable", ignore_index=True)


def _chi2(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return (observed - expected) ** 2 / np.maximum(expected, 1e-9)


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

    The sum of the pairs' generalised Mantel-Haenszel statistics, stratified by year (or band) of age; people of unknown
    age are left out, people are counted, not weighted.
    """
    age = mid_ages(cells.respondents)
    known = np.isfinite(age)
    if not known.any():
        return None
    table, count = cells.respondents[known], cells.count[known].astype(float)
    statistic, df = 0.0, 0
    for one, other in combinations(cells.items, 2):
        both = (table[one].notna() & table[other].notna()).to_numpy()
        x, y = (np.eye(len(cells.answers[i]))[table[i].cat.codes.to_numpy()[both]][:, :-1] for i in (one, other))
        u, v = _mantel_haenszel(np.unique(age[known][both], return_inverse=True)[1], count[both], x, y)
        statistic += float(u @ np.linalg.pinv(v, hermitian=True) @ u)
        df += int(np.linalg.matrix_rank(v, hermitian=True))
    return {"statistic": statistic, "df": df, "p": float(chi2.sf(statistic, df))} if df else None


def _mantel_haenszel(stratum, count, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum over strata of the covariance of x (n, a) and y (n, b), as a vector (a b,), and its variance by chance."""
    n = np.bincount(stratum, count)
    use = n > 1

    def spread(one: np.ndarray, two: np.ndarray) -> np.ndarray:  # sums of products about the stratum's mean
        total = lambda z: np.stack([np.bincount(stratum, count * column, len(n)) for column in z.T], 1)
        products = total((one[:, :, None] * two[:, None, :]).reshape(len(one), -1))
        products = products.reshape(-1, one.shape[1], two.shape[1])
        return (products - total(one)[:, :, None] * total(two)[:, None, :] / n[:, None, None])[use]

    u = spread(x, y).sum(0).ravel()
    v = np.einsum("sij,skl,s->ikjl", spread(x, x), spread(y, y), 1 / (n[use] - 1)).reshape(len(u), len(u))
    return u, v
