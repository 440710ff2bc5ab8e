"""Would another survey find the same audiences? Agreement by number, audience by audience, and from K to K + 1.

Definitions: Dolnicar & Leisch (2010, 2017), Dolnicar, Gruen & Leisch (2018, steps 5 to 7). Every replicate's fit
assigns the original people, so two replicates are compared on the same table, with its weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..answer import Answer
from ..errors import ModelError
from ..tables.cells import Cells
from ..words import _, number
from .replicates import redrawn

if TYPE_CHECKING:
    from .mixture import AudienceMixture

ASSIGNMENTS = {False: "age and answers", True: "answers only"}
N_STARTS = 3  # random starts per replicate and number of audiences, and as many grown ones
LEVEL = 0.9
TRICKLE = 0.01  # a flow of less than this share of the people is not listed


def cross_table(
    old: np.ndarray, new: np.ndarray, weight: np.ndarray, shape: tuple[int, int] | None = None
) -> np.ndarray:
    """People in every pair of groups of two partitions (labels from 0), shape (old, new)."""
    old_groups, new_groups = shape or (old.max() + 1, new.max() + 1)
    return np.bincount(old * new_groups + new, weight, old_groups * new_groups).reshape(old_groups, new_groups)


def adjusted_rand(table: np.ndarray) -> float:
    """How well do two partitions of the same people agree?

    Parameters
    ----------
    table : array (groups of one partition, groups of the other)
        People, or weights that sum to the number of people. Any two partitions will do: audiences, k-means clusters.

    Returns
    -------
    float
        1 when they are the same, 0 on average when they have nothing to do with each other, 1 for two trivial ones.
        Hubert & Arabie (1985); pairs are counted as n(n - 1)/2, also of weights.

    Examples
    --------
    >>> round(adjusted_rand([[2, 0, 0], [0, 1, 1]]), 4)
    0.5714
    """
    table = np.asarray(table, float)
    both, rows, columns, all_pairs = (
        (part * (part - 1) / 2).sum() for part in (table, table.sum(1), table.sum(0), table.sum())
    )
    expected, most = rows * columns / all_pairs, (rows + columns) / 2
    return 1.0 if most == expected else float((both - expected) / (most - expected))


def slsa(table: np.ndarray) -> np.ndarray:
    """Segment level stability across solutions (Dolnicar & Leisch 2017), of people (old groups, new groups): (new,).

    1 when all members of a new group come from one old group, 0 when they come from all alike: 1 - entropy / log(old).
    """
    table = np.asarray(table, float)
    if len(table) < 2:
        raise ModelError("table", "two old groups or more", f"{len(table)}", "Compare with a solution of two groups.")
    share = table / np.maximum(table.sum(0), 1e-300)
    entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(0)
    return 1 - entropy / np.log(len(table))


def best_jaccard(base: np.ndarray, other: np.ndarray, weight: np.ndarray, k: int) -> np.ndarray:
    """Per group of `base` (labels below k) the largest Jaccard index with a group of `other`, shape (k,)."""
    table = cross_table(base, other, weight, (k, k))
    union = table.sum(1)[:, None] + table.sum(0) - table
    return (table / np.maximum(union, 1e-300)).max(1)


def agreement(
    cells: Cells, up_to: int, *, age: str | None, pairs: int, n_starts: int = N_STARTS, random_state: int = 0
) -> pd.DataFrame:
    """With how many audiences do two surveys agree on who belongs together (median adjusted Rand index)?

    Two surveys are drawn from this one, audiences are fitted to each, both fits assign the original people; `pairs`
    times. Columns ``n_audiences, assignment, estimate, low, high, lower_quartile, upper_quartile, mean``.
    """
    found: dict[tuple, list[float]] = {(k, by): [] for k in range(2, up_to + 1) for by in ASSIGNMENTS.values()}
    settings = {"age": age, "n_samples": 2 * pairs, "n_starts": n_starts, "random_state": random_state}
    for k, ways in redrawn(cells, up_to, **settings):
        for items_only, own in ways.items() if k > 1 else ():
            two = zip(own[::2], own[1::2], strict=True)
            values = [adjusted_rand(cross_table(one, other, cells.weight)) for one, other in two]
            found[k, ASSIGNMENTS[items_only]] += values
    return _distribution(found, ["n_audiences", "assignment"])


def segment_stability(model: AudienceMixture, *, pairs: int = 100, random_state: int = 0) -> Answer:
    """Which of the audiences would another survey find again?

    Two surveys are drawn from the model's and fitted, `pairs` times: the largest overlap (Jaccard index) of the
    audience with an audience of each of the two, averaged over the two (SLSw).

    Parameters
    ----------
    model : AudienceMixture
    pairs, random_state : int

    Returns
    -------
    Answer
        ``audience, assignment, estimate, low, high, lower_quartile, upper_quartile, mean``: estimate is the median
        over pairs, low and high are the .05 and .95 quantiles. `assignment`: people are assigned by "age and answers",
        or by "answers only" (with age, part of the agreement is age's). Fact: ``pairs``.

    References
    ----------
    Dolnicar & Leisch (2017). Cut-offs that are known for other Jaccard statistics (clusterboot) do not apply here.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published
    >>> gss82 = load_published("lca_gss82")
    >>> segment_stability(AudienceMixture(1, age=None).fit(gss82), pairs=5).table["estimate"].tolist()
    [1.0, 1.0]
    """
    cells, k = model.cells_, model.n_audiences
    base = {items_only: model.posterior(items_only=items_only).argmax(0) for items_only in ASSIGNMENTS}
    found: dict[tuple, list[float]] = {(t, by): [] for t in range(1, k + 1) for by in ASSIGNMENTS.values()}
    settings = {"age": model.age, "n_samples": 2 * pairs, "n_starts": N_STARTS, "random_state": random_state}
    for size, ways in redrawn(cells, k, **settings):
        for items_only, own in ways.items() if size == k else ():
            overlap = np.array([best_jaccard(base[items_only], other, cells.weight, k) for other in own])
            for audience, values in enumerate(((overlap[::2] + overlap[1::2]) / 2).T, start=1):
                found[audience, ASSIGNMENTS[items_only]] += values.tolist()
    table = _distribution(found, ["audience", "assignment"])
    return Answer(table, model.about(LEVEL), _says, facts={"pairs": pairs}, charts=("segments",))


def _says(answer: Answer) -> tuple[str, str]:
    """Which audience returns most surely, which least."""
    both, names = answer.table.groupby("audience")["estimate"].min(), answer.about.names
    said = _("“{most}” returns most surely ({high}), “{least}” least ({low})").format(
        most=names[both.idxmax()], high=number(both.max(), 2), least=names[both.idxmin()], low=number(both.min(), 2)
    )
    return said, ""


def _distribution(found: dict[tuple, list[float]], keys: list[str]) -> pd.DataFrame:
    """Median, quantiles and mean of every list, one row each."""
    points = [0.5, (1 - LEVEL) / 2, (1 + LEVEL) / 2, 0.25, 0.75]
    rows = [(*key, *np.quantile(values, points), np.mean(values)) for key, values in found.items()]
    return pd.DataFrame(rows, columns=[*keys, "estimate", "low", "high", "lower_quartile", "upper_quartile", "mean"])


def flows(models: Iterable[AudienceMixture]) -> pd.DataFrame:
    """Where do the audiences come from when there is room for one more? Models with 2, 3, ... audiences.

    One row per flow of people: ``n_audiences, audience, previous, share, of_audience, size, slsa``. `previous` is the
    audience among n_audiences - 1, `share` the share of everybody, `of_audience` of the new audience, whose share is
    `size`. Flows below .01 of everybody are left out.
    """
    rows, old = [], None
    for model in models:
        new, weight, k = model.posterior().argmax(0), model.cells_.weight, model.n_audiences
        if old is not None:
            table = cross_table(old, new, weight, (k - 1, k))
            share, stable = table / weight.sum(), slsa(table)
            size = share.sum(0)
            rows += [
                (k, h + 1, l + 1, share[l, h], share[l, h] / size[h], size[h], stable[h])
                for l, h in np.argwhere(share > TRICKLE).tolist()
            ]
        old = new
    columns = ["n_audiences", "audience", "previous", "share", "of_audience", "size", "slsa"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:3], ignore_index=True)
