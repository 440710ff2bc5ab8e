"""What a fit refuses, reports and doubts: requests, criteria, identification, warnings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.exceptions import ConvergenceWarning

from ..errors import LocalOptimum, ModelError, NotIdentified, SmallSample, one_of
from ..progress import progress
from ..tables.cells import Cells
from .age import AGE_WAYS
from .em import Grid, Solution, expected_by_age, grow, one_hot, one_thread, posterior

if TYPE_CHECKING:
    from .mixture import AudienceMixture

PEOPLE_PER_ITEM, SMALLEST = 70, 30  # rules of thumb quoted in Dolnicar, Gruen & Leisch (2018, ch. 5)
MOST_PATTERNS, MOST_AGES = 512, 16  # of a large table a random part is enough: rank can only be lost, not gained


def check_request(cells: Cells, n_audiences: int, age: str | None, name: str = "n_audiences") -> None:
    """Refuse what cannot be fitted."""
    one_of("age", age, AGE_WAYS)
    if age is not None and (cells.age is None or cells.respondents[np.atleast_1d(cells.age)[0]].isna().all()):
        remedy = "Give the column `age` (or `age_low, age_high`), or use age=None."
        raise ModelError("age", f"age={age!r} needs people with ages", "none", remedy)
    most = len(cells.respondents)
    if isinstance(n_audiences, bool) or not isinstance(n_audiences, int | np.integer) or not 1 <= n_audiences <= most:
        rule = f"a whole number from 1 to the number of occupied cells ({most})"
        raise ModelError(name, rule, repr(n_audiences), "Choose fewer audiences.")


def solutions(cells: Cells, up_to: int, *, age: str | None, **limits) -> Iterator[tuple[Grid, Solution]]:
    """The best solutions with 1, 2, ... `up_to` audiences, each grown from the one before."""
    grid, solution = Grid.of(cells, age), None
    for _k in progress(range(up_to), "audiences"):
        solution = grow(grid, solution, **limits)
        yield grid, solution


def numbering(grid: Grid, theta: np.ndarray) -> np.ndarray:
    """Youngest audience first by mean age; largest first without ages."""
    people = expected_by_age(grid, grid.weight[None], theta[None])[0]
    known = np.isfinite(grid.ages)
    if not known.any():
        return np.argsort(-people.sum(1), kind="stable")
    return np.argsort(people[:, known] @ grid.ages[known] / people[:, known].sum(1), kind="stable")


def criteria(grid: Grid, theta: np.ndarray, log_likelihood: float) -> dict[str, float]:
    """Log-likelihood, parameters and what follows from them."""
    n, k, p = grid.count.sum(), len(theta), grid.n_parameters(len(theta))
    own = posterior(grid, theta)
    entropy = -(grid.weight * (own * np.log(np.maximum(own, 1e-300))).sum(0)).sum()
    bic = -2 * log_likelihood + p * np.log(n)
    return {
        "log_likelihood": log_likelihood,
        "n_parameters": p,
        "aic": -2 * log_likelihood + 2 * p,
        "bic": bic,
        "sabic": -2 * log_likelihood + p * np.log((n + 2) / 24),
        "icl_bic": bic + 2 * entropy,
        "icl_map": bic - 2 * (grid.weight * np.log(own.max(0))).sum(),
        "entropy_r2": 1 - entropy / (n * np.log(k)) if k > 1 else np.nan,
    }


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
    return one_hot(answers, sizes)


def notes(model: AudienceMixture) -> tuple[str, ...]:
    """What a reader of the numbers must know: people left out, limits that were active."""
    cells, age_model = model.cells_, model._grid.age_model
    said = []
    if cells.n_unanswered:
        said.append(f"{cells.n_unanswered} people answered no item and are left out of n.")
    if cells.age == ("age_low", "age_high") and cells.respondents["age_high"].isna().any():
        said.append("The open age band is taken to be as wide as the band below it.")
    if model.age == "curve" and age_model.degree < 2:
        said.append(f"Too few different ages for a quadratic: the curve has degree {age_model.degree}.")
    active = age_model.active(model._grid.split(model.theta_)[0])
    return (*said, active) if active else tuple(said)


def doubts(model: AudienceMixture) -> Iterator[tuple[type[Warning], str]]:
    """What to doubt, and what to do about it."""
    k, n_items, cells = model.n_audiences, len(model.cells_.items), model.cells_
    agree, smallest = int(model.starts_["agrees"].sum()), model.share_.min() * cells.n_respondents
    if not model.converged_:
        text = f"The best of the climbs stopped after max_iter={model.max_iter} EM steps. Raise max_iter."
        yield ConvergenceWarning, text
    if k > 1 and agree < 2:
        yield (
            LocalOptimum,
            f"Only {agree} of {len(model.starts_)} starts reached the best likelihood with {k} audiences: a better "
            f"one may exist. Raise n_starts (now {model.n_starts}), or use fewer audiences.",
        )
    if not model.identified_:
        why = "starts with the same likelihood end in different profiles"
        if model._deficit:
            why = f"{model._deficit} of {model.n_parameters_} parameters cannot be told from these questions"
        yield (
            NotIdentified,
            f"With {k} audiences {why}: do not read the profiles. Use fewer audiences or ask more questions.",
        )
    if cells.effective_n < PEOPLE_PER_ITEM * n_items or smallest < SMALLEST:
        audiences, least = f"{k} audience{'s' * (k > 1)}", f"{smallest:.0f}" if smallest >= 5 else "under 5"
        yield (
            SmallSample,
            f"{n_items} items and {audiences} are much for {cells.n_respondents} people (effective "
            f"{cells.effective_n:.0f}; rule of thumb {PEOPLE_PER_ITEM} per item, {SMALLEST} per audience; "
            f"smallest audience {least}). Use fewer items or audiences, or ask more people.",
        )
