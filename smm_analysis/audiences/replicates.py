"""Many tables at once: every bootstrap replicate of the cells is fitted in one array.

A replicate's fit is cold when nothing of the original solution helps it: random starts, and starts grown from its own
solution with one audience fewer. It is warm when it starts at the original solution, which hides instability.
"""

from collections.abc import Iterator

import numpy as np

from .age import Bands
from .cells import Cells, resampled
from .em import WORK, Grid, climb, grown_starts, random_starts

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
    grid: Grid, weight: np.ndarray, before: np.ndarray | None, n_starts: int, rngs: list[np.random.Generator]
) -> np.ndarray:
    """Random starts with one audience more than `before` (R, K - 1, q + M), and as many grown from it."""
    k = 1 if before is None else before.shape[1] + 1
    if k == 1:
        n_starts = 1
    starts = []
    for r, rng in enumerate(rngs):
        own = random_starts(grid, weight[r], k, n_starts, rng)
        if before is not None:
            own = np.concatenate([own, grown_starts(grid, before[r], n_starts, rng)])
        starts.append(own)
    return np.stack(starts)


def cold_chain(
    grid: Grid, weight: np.ndarray, up_to: int, n_starts: int, rngs: list[np.random.Generator]
) -> Iterator[np.ndarray]:
    """The best solutions of every replicate with 1, 2, ... `up_to` audiences, each (R, K, q + M)."""
    theta = None
    for _ in range(up_to):
        theta, _log_likelihood = best_of(grid, weight, cold_starts(grid, weight, theta, n_starts, rngs))
        yield theta


def warm_fits(grid: Grid, weight: np.ndarray, solutions: list[np.ndarray]) -> Iterator[np.ndarray]:
    """What climbs from the given solutions with 1, 2, ... audiences end in, for every replicate."""
    for theta in solutions:
        yield best_of(grid, weight, np.repeat(theta[None, None], len(weight), 0))[0]


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
