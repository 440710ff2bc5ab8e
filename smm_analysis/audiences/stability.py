"""What other surveys would say: drawn from this one, do they find the same audiences; simulated without one, as many?

Definitions: Dolnicar & Leisch (2010, 2017), Dolnicar, Gruen & Leisch (2018, steps 5 to 7). Every fit assigns the
original people, so that two are compared on one table, with its weights.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
from scipy import sparse

from ..answer import Answer
from ..errors import ModelError
from ..progress import progress
from ..tables.cells import Cells
from ..tables.people import People
from ..words import _, number
from .em import Grid
from .mixture import AudienceMixture, fit_up_to
from .replicates import cold_fits, in_blocks, redrawn, simulated_weights
from .use import cells_of

ASSIGNMENTS = {False: "age and answers", True: "answers only"}
LEVEL = 0.9


def cross_table(old: np.ndarray, new: np.ndarray, weight: np.ndarray, shape=None) -> np.ndarray:
    """People in every pair of groups of two partitions (labels from 0), shape (old, new)."""
    return sparse.coo_array((weight, (old, new)), shape).toarray()


def adjusted_rand(table: np.ndarray) -> float:
    """How well do two partitions of the same people agree (Hubert & Arabie 1985)?

    Parameters
    ----------
    table : array (groups of one partition, groups of the other)
        People, or weights that sum to the number of people, in audiences, k-means clusters or any other groups.

    Returns
    -------
    float, 1 when they are the same or trivial, 0 on average when they have nothing to do with each other

    Examples
    --------
    >>> round(adjusted_rand([[2, 0, 0], [0, 1, 1]]), 4)
    0.5714
    """
    table = np.asarray(table, float)
    counts = table, table.sum(1), table.sum(0), table.sum()
    both, rows, columns, everybody = ((people * (people - 1) / 2).sum() for people in counts)
    expected, most = rows * columns / everybody, (rows + columns) / 2
    return 1.0 if most == expected else float((both - expected) / (most - expected))


def best_jaccard(base: np.ndarray, other: np.ndarray, weight: np.ndarray, k: int) -> np.ndarray:
    """Per group of `base` (labels below k) the largest Jaccard index with a group of `other`, shape (k,)."""
    table = cross_table(base, other, weight, (k, k))
    union = table.sum(1)[:, None] + table.sum(0) - table
    return (table / np.maximum(union, 1e-300)).max(1)


def agreement(cells: Cells, up_to: int, *, age: str | None, pairs: int, random_state: int = 0) -> pd.DataFrame:
    """With which numbers of audiences do two drawn surveys agree on who belongs together (adjusted Rand index)?"""
    found = defaultdict(list)
    for k, items_only, own in redrawn(cells, up_to, age, pairs, random_state):
        if k > 1:
            two = zip(own[::2], own[1::2], strict=True)
            found[k, ASSIGNMENTS[items_only]] += [adjusted_rand(cross_table(*both, cells.weight)) for both in two]
    return _distribution(found, "n_audiences")


def segment_stability(model: AudienceMixture, *, pairs: int = 100, random_state: int = 0) -> Answer:
    """Which of the audiences would another survey find again?

    Two surveys are drawn from the model's and fitted, `pairs` times: the largest overlap (Jaccard index) of the
    audience with an audience of each of the two, averaged over the two (SLSw, Dolnicar & Leisch 2017; cut-offs known
    for other Jaccard statistics do not apply).

    Returns
    -------
    Answer
        ``audience, assignment, estimate, low, high, lower_quartile, upper_quartile, mean``: median, .05 and .95
        quantile over pairs. `assignment`: people are assigned by "age and answers", or by "answers only" (with age,
        part of the agreement is age's). Fact: ``pairs``.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, load_published
    >>> model = AudienceMixture(1, age=None).fit(load_published("lca_gss82"))
    >>> segment_stability(model, pairs=5).table["estimate"].tolist()
    [1.0, 1.0]
    """
    cells, k, found = model.cells_, model.n_audiences, defaultdict(list)
    base = {items_only: model.posterior(items_only=items_only).argmax(0) for items_only in ASSIGNMENTS}
    for size, items_only, own in redrawn(cells, k, model.age, pairs, random_state):
        if size == k:
            overlap = np.array([best_jaccard(base[items_only], other, cells.weight, k) for other in own])
            for audience, values in enumerate(((overlap[::2] + overlap[1::2]) / 2).T, start=1):
                found[audience, ASSIGNMENTS[items_only]] += values.tolist()
    table = _distribution(found, "audience")
    return Answer(table, model.about(LEVEL), _says, facts={"pairs": pairs}, charts=("segments",))


def _says(answer: Answer) -> tuple[str, str]:
    """Which audience returns most surely, which least."""
    both, names = answer.table.groupby("audience")["estimate"].min().round(2), answer.about.names
    said = _("“{most}” returns most surely ({high}), “{least}” least ({low})")
    if both.min() == both.max():
        said = _("Every audience returns as surely as the others ({high})")
    figures = {"high": number(both.max(), 2), "low": number(both.min(), 2)}
    return said.format(most=names[both.idxmax()], least=names[both.idxmin()], **figures), ""


def _distribution(found: dict[tuple, list[float]], key: str) -> pd.DataFrame:
    """Median, quantiles and mean of every list, one row each."""
    points = [0.5, (1 - LEVEL) / 2, (1 + LEVEL) / 2, 0.25, 0.75]
    rows = [(*keys, *np.quantile(values, points), np.mean(values)) for keys, values in sorted(found.items())]
    names = [key, "assignment", "estimate", "low", "high", "lower_quartile", "upper_quartile", "mean"]
    return pd.DataFrame(rows, columns=names)


def is_weighted(cells: Cells) -> bool:
    """Whether the people's weights differ."""
    return cells.effective_n < cells.n_respondents * (1 - 1e-9)


def bootstrap_lrt(
    cells: Cells | People, n_audiences: int, *, age="curve", n_resamples=99, n_starts=20, random_state=0
) -> Answer:
    """Is one audience more than `n_audiences` more than chance (McLachlan 1987; Nylund, Asparouhov & Muthén 2007)?

    Surveys without it are simulated from the model with `n_audiences`: as many people at every age, the same questions
    unanswered. In each, both models are fitted anew.

    Parameters
    ----------
    cells : Cells or People
        With equal weights; otherwise the test is not defined, and a ModelError says so.
    n_resamples : int
        Simulated surveys, 99 or more for a p-value of .01.
    age, n_starts, random_state : as in AudienceMixture

    Returns
    -------
    Answer, one row
        ``n_audiences, against, statistic, p_value``: twice the gain in log-likelihood, and (1 + `hits`, the simulated
        surveys that gain as much by the same search) / (n_resamples + 1). Fact ``failed``: simulated surveys in which
        the larger model ended below the smaller one; raise n_starts when there are any.

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> bootstrap_lrt(load_published("lca_values"), 1, age=None, n_resamples=19).table.round(2)
       n_audiences  against  statistic  p_value
    0            1        2      78.36     0.05
    """
    cells, gains = cells_of(cells), []
    if is_weighted(cells):
        rule = "the bootstrap test needs equal weights: a weighted likelihood has no known distribution to simulate"
        found = f"weights worth {cells.effective_n:.0f} of {cells.n_respondents} people"
        remedy = "Use the dAIC and the pairs of choose_audiences, or count without weight=."
        raise ModelError("cells", rule, found, remedy)
    settings = {"age": age, "n_starts": n_starts, "random_state": random_state}
    *_fewer, model, larger = fit_up_to(cells, n_audiences + 1, **settings)
    grid, statistic = model._grid, 2 * (larger.log_likelihood_ - model.log_likelihood_)
    own = _gains(grid, grid.weight[None], n_audiences, n_starts, [np.random.default_rng(random_state)])
    for part in progress(in_blocks(grid, n_resamples, 2 * n_starts), "simulated surveys"):
        rngs = [np.random.default_rng([random_state, replicate]) for replicate in range(part.start, part.stop)]
        gains.extend(_gains(*simulated_weights(model, rngs), n_audiences, n_starts, rngs))
    gains = np.array(gains)
    hits, failed = int((gains >= own).sum()), int((gains < -1e-6 * abs(model.log_likelihood_)).sum())
    row = {"n_audiences": n_audiences, "against": n_audiences + 1, "statistic": statistic}
    table = pd.DataFrame([row | {"p_value": (1 + hits) / (n_resamples + 1)}])
    return Answer(table, cells.about, _says_test, facts={"n_resamples": n_resamples, "hits": hits, "failed": failed})


def _gains(grid: Grid, weight: np.ndarray, k: int, n_starts: int, rngs: list[np.random.Generator]) -> np.ndarray:
    """Twice what one audience more than `k` gains: a search that tries as hard for the people as for a simulation."""
    *_fewer, (_theta, without), (_theta, one_more) = cold_fits(grid, weight, k + 1, n_starts, rngs)
    return 2 * (one_more - without)


def _says_test(answer: Answer) -> tuple[str, str]:
    """How often chance gains as much."""
    row = answer.table.iloc[0]
    figures = {"statistic": number(row["statistic"], 1), "more": number(row["against"]), "hits": number(answer.hits)}
    figures |= {"n": number(answer.n_resamples), "p": number(row["p_value"], 2)}
    text = _(
        "A gain of {statistic} by audience number {more} is reached in {hits} of {n} surveys without it (p = {p})."
    )
    return "", text.format(**figures)
