"""Many tables at once: surveys drawn from this one, or simulated, all fitted in one array.

A fit is cold when nothing of the original solution helps it (random starts, and starts grown from its own solution with
one audience fewer): that is how stability is judged. The intervals of a given solution climb from it, and its audiences
are found again by the people they share.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..progress import progress
from ..tables.cells import Cells, resampled
from .em import WORK, Grid, climb, grown_starts, posterior, random_starts
from .newcomers import Others, counted

if TYPE_CHECKING:
    from .mixture import AudienceMixture

TOL, MAX_ITER = 1e-7, 2000  # of a cold climb; tighter ones change no assignment that matters
REFIT_TOL = 1e-8  # of a climb from a solution, whose numbers are read
BLOCK = 50  # replicates between two steps of the bar


def bootstrap_weights(people: Cells | Others, n_resamples: int, random_state: int | list[int]) -> np.ndarray:
    """Weights of the cells or rows of `people` in surveys drawn from them, each scaled to sum n, shape (R, N)."""
    amounts = people.count, people.weight, people.weight_squared
    drawn = resampled(*amounts, n_resamples, np.random.default_rng(random_state))[1]
    return drawn * (people.count.sum() / drawn.sum(1, keepdims=True))


class Drawn(NamedTuple):
    """What R bootstrapped surveys give."""

    theta: np.ndarray  # (R, K, q + M)
    weight: np.ndarray  # (R, N) of the rows that were drawn
    share: np.ndarray  # (R, K)


def bootstrap(
    model: AudienceMixture, n_resamples: int, random_state: int | list[int], others: Others | None = None
) -> Drawn:
    """Draw the people again, refit the audiences from the solution, find each again: the people of the fit, or others.

    The last draw of the model's own people is remembered, since profile, curve and reach ask for the same one.
    """
    key = n_resamples, random_state
    if others is None and model._drawn[0] == key:
        return model._drawn[1]
    if others is None:
        grid, base, weight = model._grid, model.theta_, bootstrap_weights(model.cells_, *key)
        by_cell = weight
    else:
        grid, base, weight = others.grid, others.start, bootstrap_weights(others, *key)
        by_cell = others.by_cell(weight)
    parts = [slice(first, first + BLOCK) for first in range(0, n_resamples, BLOCK)]
    theta = np.concatenate([refitted(grid, by_cell[part], base) for part in progress(parts, "bootstrap")])
    share = (grid.age_model.share(grid.split(theta)[0]) * (by_cell @ grid.by_age)[:, None]).sum(-1)
    drawn = Drawn(theta, weight, share / share.sum(1, keepdims=True))
    if others is None:
        model._drawn = key, drawn
    return drawn


def refitted(grid: Grid, weight: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Climbs from `base` (K, q + M) for every replicate; its audiences in the order in which they overlap base's."""
    start = np.repeat(base[None], len(weight), 0)
    theta = climb(grid, weight, start, tol=REFIT_TOL, max_iter=MAX_ITER).theta
    people = posterior(grid, base) * grid.weight
    for r, own in enumerate(theta):
        theta[r] = own[linear_sum_assignment(people @ posterior(grid, own).T, maximize=True)[1]]
    return theta


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


def redrawn(
    cells: Cells, up_to: int, *, age: str | None, n_samples: int, n_starts: int, random_state: int
) -> Iterator[tuple[int, dict[bool, np.ndarray]]]:
    """What cold fits to `n_samples` (an even number) drawn surveys say of the original cells, block by block.

    For 1, 2, ... `up_to` audiences: their number, and the likeliest audience of every cell (R, C), keyed by whether
    people are assigned by their answers only; replicates 2 i and 2 i + 1 are a pair.
    """
    grid = Grid.of(cells, age)
    weight = bootstrap_weights(cells, n_samples, random_state)
    for part in progress(in_blocks(n_samples // 2, 4 * n_starts, len(grid.row)), "pairs of surveys"):
        replicates = range(2 * part.start, 2 * part.stop)
        own, theta = weight[replicates], None
        rngs = [np.random.default_rng([random_state, replicate]) for replicate in replicates]
        for k in range(1, up_to + 1):
            theta, _log_likelihood = best_of(grid, own, cold_starts(grid, own, k, n_starts, rngs, theta))
            yield k, {only: labels(grid, own, theta, items_only=only) for only in (False, True)}


def labels(grid: Grid, weight: np.ndarray, theta: np.ndarray, *, items_only: bool) -> np.ndarray:
    """The likeliest audience (0 to K - 1) of every original cell under every replicate's fit, (R, C).

    `items_only`: prior is the replicate's share, whatever the age. An age row that the replicate never saw, and whose
    share no curve gives, takes that share too.
    """
    n_by_age = weight @ grid.by_age  # (R, A)
    prior, share = _priors(grid, grid.split(theta)[0], n_by_age)
    if items_only:
        prior = np.broadcast_to(share[..., None], prior.shape)
    return np.stack([(a[:, grid.row] + grid.log_answers(own)).argmax(0) for a, own in zip(prior, theta, strict=True)])


def _priors(grid: Grid, age: np.ndarray, n_by_age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log A of shape (R, K, A), and the log of the replicates' shares (R, K)."""
    factor = grid.age_model.log_factor(age)
    seen = grid.age_model.share(age) * n_by_age[:, None]
    share = np.log(np.maximum(seen.sum(-1) / n_by_age.sum(-1)[:, None], 1e-300))
    free = np.isnan(grid.ages) | (grid.age_model.way == "bands")
    unseen = (n_by_age == 0) & free
    return np.where(unseen[:, None], share[..., None], factor), share


def simulated_weights(model: AudienceMixture, rngs: list[np.random.Generator]) -> tuple[Grid, np.ndarray]:
    """Surveys that the model says could have been: one grid that holds all of them, and their weights (R, C).

    As many people at every age as there were, with the same questions unanswered.
    """
    surveys = [_simulated(model, rng) for rng in rngs]
    ages, codes, count = (np.concatenate(parts) for parts in zip(*surveys, strict=True))
    cells, cell = counted(ages, codes, np.repeat(count[:, None], 3, 1), model.cells_)
    weight = np.zeros((len(rngs), len(cells.table)))
    np.add.at(weight, (np.repeat(np.arange(len(rngs)), [len(survey[2]) for survey in surveys]), cell), count)
    return Grid.of(cells, model.age), weight


def _simulated(model: AudienceMixture, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ages, codes and counts of one survey: audiences are drawn first, then one answer after the other."""
    grid = model._grid
    unanswered = grid.patterns[grid.column] @ grid.items_of == 0
    groups, member = np.unique(np.column_stack([grid.row, unanswered]), axis=0, return_inverse=True)
    row, unanswered = groups[:, 0], groups[:, 1:].astype(bool)
    share = grid.age_model.share(grid.split(model.theta_)[0])[:, row].T
    drawn = rng.multinomial(np.bincount(member.ravel(), grid.count).astype(int), share / share.sum(1, keepdims=True))
    group, audience = np.nonzero(drawn)
    count, probability = drawn[group, audience], np.exp(grid.split(model.theta_)[1])
    codes = np.empty((len(group), 0), int)
    for item in range(grid.items_of.shape[1]):
        own = probability[:, grid.item == item]
        drawn = rng.multinomial(count, (own / own.sum(1, keepdims=True))[audience])
        skipped = unanswered[group, item]
        drawn[skipped] = 0
        drawn[skipped, 0] = count[skipped]
        cell, answer = np.nonzero(drawn)
        codes = np.column_stack([codes[cell], np.where(skipped[cell], -1, answer)])
        count, group, audience = drawn[cell, answer], group[cell], audience[cell]
    return grid.ages[row][group], codes, count
