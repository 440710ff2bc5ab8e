"""Can the parameters be known at all? The rank of the map from parameters to cell probabilities."""

import itertools

import numpy as np
from scipy.optimize import linear_sum_assignment

from .em import Grid, Solution, one_thread

MOST_PATTERNS, MOST_AGES = 512, 16  # of a large table a random part is enough: rank can only be lost, not gained


def cell_gradient(grid: Grid, theta: np.ndarray, patterns: np.ndarray) -> np.ndarray:
    """d P(pattern | age) / d free parameters at `theta` (K, q + M), shape (A, patterns, parameters).

    Free: of every softmax and every item, all but the last.
    """
    age, answers = grid.split(theta)
    model = grid.age_model
    a = np.exp(model.log_factor(age))  # (K, A)
    p = np.exp(answers @ patterns.T)  # (K, P)
    joint = a[:, :, None] * p[:, None, :]  # (K, A, P)
    share, everybody = model.share(age), joint.sum(0)
    columns = [
        slope[:, None] * (joint[k] - share[k, :, None] * everybody)
        for slope in model.design.T
        for k in range(len(theta) - 1)
    ]
    for k in range(len(theta)):
        answer = patterns / np.exp(answers[k])  # (P, M)
        for item in range(grid.items_of.shape[1]):
            *free, last = np.flatnonzero(grid.item == item)
            columns += [joint[k] * (answer[:, m] - answer[:, last]) for m in free]
    return np.stack(columns, -1)


@one_thread
def rank_deficit(grid: Grid, k: int, random_state: int = 0) -> int:
    """How many of the parameters of a mixture with k audiences no data of this shape could tell.

    Numerical rank of the Jacobian of the cell probabilities given age, at random interior points (0: identified
    almost everywhere). Rule: Goodman (1974); 0 is necessary, not sufficient.
    """
    rng = np.random.default_rng(random_state)
    patterns = _all_patterns(grid, rng)
    some = rng.permutation(len(grid.ages))[:MOST_AGES] if len(grid.ages) > MOST_AGES else np.arange(len(grid.ages))
    if np.isnan(grid.ages[-1]):
        some = np.union1d(some, [len(grid.ages) - 1])
    best = 0
    for _ in range(3):
        age = grid.age_model.start(rng.normal(0, 0.7, (1, k)), rng)[0]
        age = age + rng.normal(0, 0.3, age.shape) * np.maximum(grid.age_model.noise, 0.5)
        theta = grid.normalise(np.concatenate([age, rng.normal(0, 1, (k, len(grid.item)))], -1)[None])[0]
        jacobian = cell_gradient(grid, theta, patterns)[some].reshape(-1, grid.n_parameters(k))
        jacobian = jacobian / np.maximum(np.linalg.norm(jacobian, axis=0), 1e-300)
        best = max(best, int(np.linalg.matrix_rank(jacobian, tol=1e-8 * np.sqrt(jacobian.shape[1]))))
    return grid.n_parameters(k) - best


def has_unequal_twin(grid: Grid, solution: Solution) -> bool:
    """Whether a start with the best likelihood (to 1e-8, relative) ends in another profile."""
    likelihood = solution.ends.log_likelihood
    equal = likelihood >= likelihood[0] - 1e-8 * abs(likelihood[0])
    base, *others = np.exp(grid.split(solution.ends.theta[equal])[1])
    distances = (np.abs(base[:, None] - other[None]).max(-1) for other in others)
    return any(distance[linear_sum_assignment(distance)].max() > 0.05 for distance in distances)


def _all_patterns(grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """One-hot rows of the full table of answers, or of a random part of a large one."""
    sizes = np.bincount(grid.item)
    if np.prod(sizes, dtype=float) <= MOST_PATTERNS:
        answers = np.array(list(itertools.product(*(range(size) for size in sizes))))
    else:
        answers = rng.integers(0, sizes, (MOST_PATTERNS, len(sizes)))
    return np.concatenate([np.eye(size)[answers[:, j]] for j, size in enumerate(sizes)], 1)
