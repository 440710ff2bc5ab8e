"""Many tables at once: bootstrap replicates and simulated surveys, all fitted in one array.

A replicate's fit is cold when nothing of the original solution helps it: random starts, and starts grown from its own
solution with one audience fewer. It is warm when it starts at the original solution, which hides instability.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from ..tables.cells import Cells, resampled
from ..tables.count import collapse
from .age import Bands, Normal
from .em import WORK, Grid, climb, grown_starts, posterior, random_starts

if TYPE_CHECKING:
    from .mixture import AudienceMixture

TOL, MAX_ITER = 1e-7, 2000  # of a climb; tighter ones change no assignment that matters


def bootstrap_weights(cells: Cells, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Weights of the respondents' cells in surveys drawn from this one, each scaled to sum n, shape (R, C)."""
    drawn = resampled(cells.respondents, n_resamples, rng)[1]
    return drawn * (cells.n_respondents / drawn.sum(1, keepdims=True))


def in_blocks(n_resamples: int, n_starts: int, n_cells: int) -> list[slice]:
    """Parts of the replicates whose starts fit into memory together; at least eight, so that progress shows."""
    block = int(np.clip(4 * WORK // (n_starts * n_cells), 1, max(1, n_resamples // 8)))
    return [slice(first, min(first + block, n_resamples)) for first in range(0, n_resamples, block)]


def best_of(grid: Grid, weight: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For weights (R, C) and starts (R, S, K, q + M): the best ends (R, K, q + M) and their log-likelihoods (R,)."""
    n_replicates, n_starts = starts.shape[:2]
    everyone = np.repeat(weight, n_starts, 0)
    ends = climb(grid, everyone, starts.reshape(-1, *starts.shape[2:]), tol=TOL, max_iter=MAX_ITER)
    log_likelihood = ends.log_likelihood.reshape(n_replicates, n_starts)
    which = log_likelihood.argmax(1)
    rows = np.arange(n_replicates)
    return ends.theta.reshape(starts.shape)[rows, which], log_likelihood[rows, which]


def cold_starts(
    grid: Grid,
    weight: np.ndarray,
    k: int,
    n_starts: int,
    rngs: list[np.random.Generator],
    before: np.ndarray | None = None,
) -> np.ndarray:
    """Random starts of every replicate, and as many grown from its solutions `before` (R, K - 1, q + M)."""
    starts = [random_starts(grid, own, k, n_starts if k > 1 else 1, rng) for own, rng in zip(weight, rngs, strict=True)]
    if before is not None:
        grown = [grown_starts(grid, own, n_starts, rng) for own, rng in zip(before, rngs, strict=True)]
        starts = [np.concatenate(both) for both in zip(starts, grown, strict=True)]
    return np.stack(starts)


def cold_chain(
    grid: Grid, weight: np.ndarray, up_to: int, n_starts: int, rngs: list[np.random.Generator]
) -> Iterator[np.ndarray]:
    """The best solutions of every replicate with 1, 2, ... `up_to` audiences, each (R, K, q + M)."""
    theta = None
    for k in range(1, up_to + 1):
        theta, _log_likelihood = best_of(grid, weight, cold_starts(grid, weight, k, n_starts, rngs, theta))
        yield theta


def warm_fits(grid: Grid, weight: np.ndarray, solutions: list[np.ndarray]) -> Iterator[np.ndarray]:
    """What climbs from the given solutions with 1, 2, ... audiences end in, for every replicate."""
    for theta in solutions:
        yield best_of(grid, weight, np.repeat(theta[None, None], len(weight), 0))[0]


def refitted(grid: Grid, weight: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Climbs from `base` (K, q + M), for every replicate; its audiences in the order in which they overlap base's."""
    theta = best_of(grid, weight, np.repeat(base[None, None], len(weight), 0))[0]
    people = posterior(grid, base) * grid.weight
    for r, own in enumerate(theta):
        theta[r] = own[linear_sum_assignment(people @ posterior(grid, own).T, maximize=True)[1]]
    return theta


def labels(grid: Grid, weight: np.ndarray, theta: np.ndarray, *, items_only: bool) -> np.ndarray:
    """The likeliest audience (0 to K - 1) of every original cell under every replicate's fit, (R, C).

    `items_only`: prior is the replicate's share, whatever the age. An age row that the replicate never saw, and whose
    share no curve gives, takes that share too.
    """
    age, answers = grid.split(theta)
    n_by_age = weight @ grid.by_age  # (R, A)
    prior, share = _priors(grid, age, n_by_age)
    if items_only:
        prior = np.broadcast_to(share[..., None], prior.shape)
    log_p = answers @ grid.patterns.T
    return np.stack([(a[:, grid.row] + p[:, grid.column]).argmax(0) for a, p in zip(prior, log_p, strict=True)])


def _priors(grid: Grid, age: np.ndarray, n_by_age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log A of shape (R, K, A), and the log of the replicates' shares (R, K)."""
    factor = grid.age_model.log_factor(age)
    seen = grid.age_model.share(age) * n_by_age[:, None]
    share = np.log(np.maximum(seen.sum(-1) / n_by_age.sum(-1)[:, None], 1e-300))
    free = np.isnan(grid.ages) | isinstance(grid.age_model, Bands)
    unseen = (n_by_age == 0) & free
    return np.where(unseen[:, None], share[..., None], factor), share


def simulated_weights(model: AudienceMixture, rngs: list[np.random.Generator]) -> tuple[Grid, np.ndarray]:
    """Surveys that the model says could have been: one grid that holds all of them, and their weights (R, C).

    As many people at every age as there were, with the same questions unanswered; normal ages are drawn too.
    """
    cells, by = model.cells_, ["age", *model.cells_.items]
    surveys = [_simulated(model, rng).assign(replicate=r) for r, rng in enumerate(rngs)]
    people = pd.concat(surveys, ignore_index=True)
    cell = people.groupby(by, dropna=False, observed=True, sort=True).ngroup()
    table = collapse(people.assign(weight=people["count"].astype(float), weight_squared=people["count"]), by)
    weight = np.zeros((len(rngs), len(table)))
    np.add.at(weight, (people["replicate"], cell), people["count"])
    return Grid.of(Cells(table, cells.items, "age"), model.age), weight


def _simulated(model: AudienceMixture, rng: np.random.Generator) -> pd.DataFrame:
    """One survey as a table of age, items and count: audiences are drawn first, then one answer after the other."""
    grid = model._grid
    unanswered = grid.patterns[grid.column] @ grid.items_of == 0
    groups, member = np.unique(np.column_stack([grid.row, unanswered]), axis=0, return_inverse=True)
    row, unanswered = groups[:, 0], groups[:, 1:].astype(bool)
    share = grid.age_model.share(grid.split(model.theta_)[0])[:, row].T
    drawn = rng.multinomial(np.bincount(member.ravel(), grid.count).astype(int), share / share.sum(1, keepdims=True))
    group, audience = np.nonzero(drawn)
    count, ages = drawn[group, audience], grid.ages[row][group]
    if isinstance(grid.age_model, Normal):
        group, audience = np.repeat(group, count), np.repeat(audience, count)
        mean, log_sd = model.theta_[audience, 1], model.theta_[audience, 2]
        ages = np.where(np.isnan(np.repeat(ages, count)), np.nan, rng.normal(mean, np.exp(log_sd)).round())
        count = np.ones(len(group), int)
    probability = np.exp(grid.split(model.theta_)[1])
    codes = np.empty((len(group), 0), int)
    for item in range(grid.items_of.shape[1]):
        own = probability[:, grid.item == item]
        drawn = rng.multinomial(count, (own / own.sum(1, keepdims=True))[audience])
        skipped = unanswered[group, item]
        drawn[skipped] = 0
        drawn[skipped, 0] = count[skipped]
        cell, answer = np.nonzero(drawn)
        codes = np.column_stack([codes[cell], np.where(skipped[cell], -1, answer)])
        count, group, audience, ages = drawn[cell, answer], group[cell], audience[cell], ages[cell]
    columns = {
        name: pd.Categorical.from_codes(codes[:, j], dtype=model.cells_.respondents[name].dtype)
        for j, name in enumerate(model.cells_.items)
    }
    return pd.DataFrame({"age": ages, **columns, "count": count})
