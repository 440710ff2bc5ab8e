"""Many tables at once: surveys drawn from this one, or simulated, all fitted in one array.

Stability is judged by cold fits, which nothing of the original solution helps. The intervals of a given solution climb
from it, and its audiences are found again by the people they share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax

from ..progress import progress
from ..tables.cells import AGES, SUMS, Cells, collapse, count_people, rows_of
from ..tables.people import require_columns
from .em import Grid, climb, cold_starts, posterior

if TYPE_CHECKING:
    from .mixture import AudienceMixture

TOL, MAX_ITER = 1e-7, 2000  # of a cold climb; tighter ones change no assignment that matters
AHEAD = 300  # cycles of catching up: a tenth of a fit's, which changes no assignment that matters either
REFIT_TOL = 1e-8  # of a climb from a solution, whose numbers are read
WORK = 2_000_000  # places of the table x starts in memory at once
N_STARTS = 3  # random starts per replicate and number of audiences, and as many grown ones


def bootstrap_weights(people: Cells | Others, n_resamples: int, random_state: int | list[int]) -> np.ndarray:
    """Weights of the cells or rows of `people` in surveys drawn from them, each scaled to sum n, shape (R, N).

    Counts are multinomial (no strata, no clusters); a row's weight is Gamma with the mean and variance that its new
    count implies, so that a share varies as it does when people are drawn with replacement.
    """
    rng, n = np.random.default_rng(random_state), people.count
    count = rng.multinomial(int(n.sum()), n / n.sum(), size=n_resamples)
    mean = people.weight / n
    variance = people.weight_squared / n - mean**2
    spread = variance > np.maximum(1e-12 * mean**2, 0)  # elsewhere the weights are equal
    drawn = count * mean
    shape = count[:, spread] * (mean[spread] ** 2 / variance[spread])
    drawn[:, spread] = rng.standard_gamma(shape) * (variance[spread] / mean[spread])
    return drawn * (n.sum() / drawn.sum(1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Others:
    """Other people in the shape of a fit: N rows that agree in age, answers and the further columns asked for."""

    values: pd.DataFrame  # (N, ...) the further columns
    count: np.ndarray  # (N,) people
    weight: np.ndarray  # (N,) sum of weights
    weight_squared: np.ndarray  # (N,)
    grid: Grid  # whose cells are the rows
    start: np.ndarray  # (K, q + M) the model's parameters in this grid

    @classmethod
    def of(cls, model: AudienceMixture, people, *, also: tuple[str, ...] = (), **sums: str | None) -> Others:
        """Count `people`, without those who answered no item; `sums` names count, weight, weight_squared."""
        frame, own = rows_of(people)
        require_columns(frame, list(also))
        if "weight" in own:  # whose weight is not known is in no estimate
            frame = frame[frame[own["weight"]].notna()]
        given = [*model.cells_.items, *(name for name in AGES if name in frame), *also]
        frame, table = count_people(frame, list(dict.fromkeys(given)), **{**own, **sums})
        codes, ages = model.cells_.codes_of(frame), model.cells_.years_of(frame, model.age)
        keys = pd.DataFrame(np.column_stack([ages, np.where(codes < 0, np.nan, codes)]), frame.index)
        keys = pd.concat([keys, frame[list(also)]], axis=1)
        keys.columns, first = range(keys.shape[1]), 1 + codes.shape[1]
        rows = collapse(pd.concat([keys, table], axis=1)[(codes >= 0).any(1)], list(keys.columns))
        ages, codes = rows[0].to_numpy(float), rows[range(1, first)].fillna(-1).to_numpy(int)
        values, (count, weight, squared) = rows[keys.columns[first:]], rows[list(SUMS)].to_numpy(float).T
        scaled, sizes = weight * (count.sum() / weight.sum()), np.bincount(model._grid.item)
        grid = Grid.at(ages, codes, sizes, count, scaled, model.age)
        own_age, answers = model._grid.split(model.theta_)
        prior = model._grid.age_model.at(own_age, grid.ages, model.share_)[:, grid.row]
        expected = (softmax(prior + grid.log_answers(answers), axis=0) * grid.weight) @ grid.by_age
        age = grid.age_model.start(np.zeros((1, len(answers))), np.random.default_rng(0))
        for _step in range(25):  # the age part that fits these people
            age = grid.age_model.m_step(age, expected[None])
        start = np.concatenate([age[0], answers], -1)
        return cls(values.set_axis(list(also), axis=1), count, weight, squared, grid, start)

    def log_answers(self, theta: np.ndarray) -> np.ndarray:
        """log P(answers | audience) of every row for the model's or replicates' parameters, (..., K, N)."""
        return self.grid.log_answers(theta)


class Drawn(NamedTuple):
    """What R bootstrapped surveys give."""

    theta: np.ndarray  # (R, K, q + M)
    weight: np.ndarray  # (R, N) of the rows that were drawn
    share: np.ndarray  # (R, K)


def bootstrap(
    model: AudienceMixture, n_resamples: int, random_state: int | list[int], others: Others | None = None
) -> Drawn:
    """Draw the people of the fit, or others, again; refit the audiences from the solution; find each by its people.

    The last draw of the fit's own people is remembered: profile, curve and reach ask for the same one.
    """
    key = n_resamples, random_state
    if others is None and model._drawn[0] == key:
        return model._drawn[1]
    grid, base = (model._grid, model.theta_) if others is None else (others.grid, others.start)
    weight, start = bootstrap_weights(others or model.cells_, *key), np.repeat(base[None], n_resamples, 0)
    parts = progress(in_blocks(grid, n_resamples, 1), "bootstrap")
    ends = [climb(grid, weight[part], start[part], tol=REFIT_TOL, max_iter=MAX_ITER) for part in parts]
    theta, people = np.concatenate([end.theta for end in ends]), posterior(grid, base) * grid.weight
    for r, own in enumerate(theta):
        theta[r] = own[linear_sum_assignment(people @ posterior(grid, own).T, maximize=True)[1]]
    drawn = Drawn(theta, weight, grid.share(theta, weight))
    if others is None:
        model._drawn = key, drawn
    return drawn


def in_blocks(grid: Grid, n_resamples: int, n_starts: int) -> list[slice]:
    """Parts of the replicates whose starts fit into memory together; at least four, so that progress shows."""
    places = grid.table(grid.weight[None]).size
    block = int(np.clip(WORK // (n_starts * places), 1, max(1, n_resamples // 4)))
    return [slice(first, min(first + block, n_resamples)) for first in range(0, n_resamples, block)]


def cold_fits(
    grid: Grid, weight: np.ndarray, up_to: int, n_starts: int, rngs: list[np.random.Generator]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Parameters and log-likelihoods of the best cold starts for weights (R, C), with 1, 2, ... `up_to` audiences."""
    best = [None] * len(weight)
    for _k in range(up_to):
        each = zip(weight, best, rngs, strict=True)
        starts = np.stack([cold_starts(grid, own, before, n_starts, rng) for own, before, rng in each])
        every, race = starts.reshape(-1, *starts.shape[2:]), starts.shape[1]
        ends = climb(grid, weight, every, tol=TOL, max_iter=MAX_ITER, race=race, ahead=AHEAD)
        which = ends.log_likelihood.reshape(-1, race).argmax(1) + race * np.arange(len(starts))
        best = ends.theta[which]
        yield best, ends.log_likelihood[which]


def redrawn(
    cells: Cells, up_to: int, age: str | None, pairs: int, random_state: int
) -> Iterator[tuple[int, bool, np.ndarray]]:
    """What cold fits to pairs of drawn surveys (2 i and 2 i + 1) say of the original cells, block by block.

    Number of audiences, whether people are assigned by their answers only, and the likeliest audience (R, C).
    """
    grid = Grid.of(cells, age)
    weight = bootstrap_weights(cells, 2 * pairs, random_state)
    for part in progress(in_blocks(grid, pairs, 4 * N_STARTS), "pairs of surveys"):
        replicates = range(2 * part.start, 2 * part.stop)
        own, rngs = weight[replicates], [np.random.default_rng([random_state, r]) for r in replicates]
        for k, (theta, _log_likelihood) in enumerate(cold_fits(grid, own, up_to, N_STARTS, rngs), start=1):
            for items_only in (False, True):
                yield k, items_only, labels(grid, own, theta, items_only=items_only)


def labels(grid: Grid, weight: np.ndarray, theta: np.ndarray, *, items_only: bool) -> np.ndarray:
    """The likeliest audience (0 to K - 1) of every original cell under every replicate's fit, (R, C).

    With `items_only`, and at ages that the replicate never saw and no curve tells, the prior is the replicate's share.
    """
    unseen = (weight @ grid.by_age == 0) & (np.isnan(grid.ages) | (grid.age_model.way == "bands"))
    general = np.log(np.maximum(grid.share(theta, weight), 1e-300))[..., None]
    prior = grid.age_model.log_factor(grid.split(theta)[0])
    prior = np.where(unseen[:, None] | items_only, general, prior)
    return (prior[..., grid.row] + grid.log_answers(theta)).argmax(-2)


def simulated_weights(model: AudienceMixture, rngs: list[np.random.Generator]) -> tuple[Grid, np.ndarray]:
    """Surveys that the model says could have been: one grid that holds all of them, and their weights (R, C).

    As many people at every age as there were, with the same questions unanswered.
    """
    grid, sizes = model._grid, np.bincount(model._grid.item)
    person = np.repeat(np.arange(len(grid.row)), grid.count.astype(int))  # the cell of every person
    age, answers = grid.split(model.theta_)
    share = grid.age_model.share(age).T[grid.row[person]]
    asked = (grid.patterns[grid.column] @ grid.items_of > 0)[person]
    chance = [np.exp(answers[:, grid.item == item]) for item in range(len(sizes))]
    drawn = []
    for rng in rngs:
        audience = _picked(share, rng)
        codes = np.column_stack([_picked(own[audience], rng) for own in chance])
        drawn.append(np.column_stack([grid.row[person], np.where(asked, codes, -1)]))
    cells, which = np.unique(np.concatenate(drawn), axis=0, return_inverse=True)
    weight = np.stack([np.bincount(own, minlength=len(cells)) for own in which.reshape(len(rngs), -1)]).astype(float)
    count = weight.sum(0)
    return Grid.at(grid.ages[cells[:, 0]], cells[:, 1:], sizes, count, count, model.age), weight


def _picked(probability: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One column of every row (n, m), drawn with these probabilities."""
    below = probability[:, :-1].cumsum(1)
    return (rng.random((len(below), 1)) > below).sum(1)
