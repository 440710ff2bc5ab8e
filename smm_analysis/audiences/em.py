"""The mixture's arithmetic on the table of cells; no array has a row per person.

A parameter array `theta` has shape (R, K, q + M): R starts or bootstrap replicates at once, K audiences, the q
parameters of the age part (see `age`), and the log probabilities of all M answers of all items. An audience's
likelihood of a cell factorises, A[k, age] * P[k, pattern], so the mixture over the table is one matrix product,
L = A'P, and both halves of the E-step are products too: with M = N / L, expected counts by age are A * (P M') and by
pattern P * (A M).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import softmax
from threadpoolctl import ThreadpoolController

from ..tables.cells import Cells, mid_ages
from .age import AgeModel

RARE = 1e-9  # probability below which an answer counts as never given
CACHE = 80_000  # places x starts in the processor's cache at once
# Products of small tables: threads of linear algebra cost up to ten times what they save on busy cores (measured).
one_thread = ThreadpoolController().wrap(limits=1, user_api="blas")
SPARSE, SMALL = 0.1, 10_000  # of a larger table of which a smaller share is occupied only those cells are visited
AHEAD, LEVEL = 3000, 3e-9  # cycles like its last in which a start may catch up; gain of a cycle that ends who trails
AGREE = 1e-6  # two starts agree when their log-likelihoods differ by less, relative
DOUBT, ROUNDS = 0.25, 3  # share of agreeing starts below which the best one's neighbourhood is searched, how often


@dataclass(frozen=True)
class Grid:
    """The table as arrays: A ages (the missing one last), P answer patterns, C occupied cells."""

    ages: np.ndarray  # (A,), NaN for missing
    patterns: np.ndarray  # (P, M) one-hot answers; an unanswered item is all zeros
    item: np.ndarray  # (M,) the item of every answer
    row: np.ndarray  # (C,) age of every cell
    column: np.ndarray  # (C,) pattern of every cell
    count: np.ndarray  # (C,) people
    weight: np.ndarray  # (C,) scaled to sum n
    age_model: AgeModel

    @classmethod
    def of(cls, cells: Cells, age: str | None) -> Grid:
        """Arrays of the respondents' cells, for one of the three ways in which age can enter."""
        table = cells.respondents
        ages = mid_ages(table) if age is not None else np.full(len(table), np.nan)
        codes = np.stack([table[item].cat.codes for item in cells.items], 1)
        return cls.at(ages, codes, [len(given) for given in cells.answers.values()], cells.count, cells.weight, age)

    @classmethod
    def at(cls, ages: np.ndarray, codes: np.ndarray, sizes: list[int], count, weight, age: str | None) -> Grid:
        """Arrays of people counted by age in years (C,) and codes of their answers (C, J), -1 for none."""
        known, row = np.unique(ages, return_inverse=True)
        distinct, column = np.unique(codes, axis=0, return_inverse=True)
        item, n_by_age = np.repeat(np.arange(len(sizes)), sizes), np.bincount(row, weight, len(known))
        age_model = AgeModel(age, known, n_by_age)
        return cls(known, one_hot(distinct, sizes), item, row, column.ravel(), count, weight, age_model)

    @cached_property
    def occupied(self) -> tuple[np.ndarray, sparse.csr_array]:
        """Places in the table, row by row, in which there are people, and the place of every cell, (C, places)."""
        places, which = np.unique(self.row * len(self.patterns) + self.column, return_inverse=True)
        return places, _indicator(which, len(places))

    @cached_property
    def dense(self) -> bool:
        """Whether the full table is worth visiting."""
        size = len(self.ages) * len(self.patterns)
        return size <= SMALL or len(self.occupied[0]) >= SPARSE * size

    @cached_property
    def by_age(self) -> sparse.csr_array:
        """(C, A) indicator of every cell's age."""
        return _indicator(self.row, len(self.ages))

    @cached_property
    def items_of(self) -> np.ndarray:
        """(M, J) indicator of every answer's item."""
        return np.eye(self.item[-1] + 1)[self.item]

    def n_parameters(self, k: int) -> int:
        """Free parameters: C_j - 1 per item and audience, and those of the age part."""
        return k * (len(self.item) - self.items_of.shape[1]) + self.age_model.n_parameters(k)

    def table(self, weight: np.ndarray) -> np.ndarray:
        """Weights of cells (R, C) as the E-step wants them: (R, A, P) when dense, else of the places `occupied`."""
        places, of_cells = self.occupied
        own = weight @ of_cells
        if not self.dense:
            return own
        full = np.zeros((len(own), len(self.ages), len(self.patterns)))
        full.reshape(len(own), -1)[:, places] = own
        return full

    def split(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The age part and the answers part of `theta`."""
        return theta[..., : -len(self.item)], theta[..., -len(self.item) :]

    def share(self, theta: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """P(audience) among people with weights (..., C), shape (..., K)."""
        people = self.age_model.share(self.split(theta)[0]) * (weight @ self.by_age)[..., None, :]
        return people.sum(-1) / people.sum((-1, -2))[..., None]

    def log_answers(self, theta: np.ndarray) -> np.ndarray:
        """log P(answers of the cell | audience), (..., K, C)."""
        return (self.split(theta)[1] @ self.patterns.T)[..., self.column]

    def normalise(self, theta: np.ndarray) -> np.ndarray:
        """The nearest legal parameters: probabilities that add up to one per item, nothing out of bounds."""
        age, answers = self.split(theta)
        return np.concatenate([self.age_model.normalise(age), self._log_share(np.exp(answers.clip(-50, 50)))], -1)

    def of_item(self, amount: np.ndarray) -> np.ndarray:
        """Amounts per answer (..., M) added up over the answers of the same item."""
        return product(amount, self.items_of @ self.items_of.T)

    def _log_share(self, amount: np.ndarray) -> np.ndarray:
        """log of amounts per answer over their sum per item, not below RARE."""
        amount = np.maximum(amount, 1e-300)
        return np.log(np.maximum(amount / self.of_item(amount), RARE))


def _indicator(place: np.ndarray, n: int) -> sparse.csr_array:
    """(C, n): one in every cell's place."""
    return sparse.csr_array((np.ones(len(place)), (np.arange(len(place)), place)), (len(place), n))


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b for a (..., m) and a matrix b (m, n), as one product of matrices."""
    return (a.reshape(-1, len(b)) @ b).reshape(*a.shape[:-1], -1)


def one_hot(codes: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Codes of answers (n, J), -1 for none, as indicators of the items' `sizes` answers, shape (n, M)."""
    return np.concatenate([np.eye(size + 1)[codes[:, j], :-1] for j, size in enumerate(sizes)], 1)


class Expected(NamedTuple):
    """What the E-step finds."""

    objective: np.ndarray  # (R,) the log-likelihood, less the ridge of the curve
    by_age: np.ndarray  # (R, K, A) expected people
    by_pattern: np.ndarray  # (R, K, P)


def e_step(grid: Grid, weight: np.ndarray, theta: np.ndarray, *, objective: bool = True) -> Expected:
    """Expected counts, and the objective if asked for; `weight` as `grid.table` makes it, its first axis R or one."""
    age, answers = grid.split(theta)
    found = share_out(grid, weight, grid.age_model.log_factor(age), product(answers, grid.patterns.T), objective)
    return found._replace(objective=found.objective - grid.age_model.penalty(age)) if objective else found


def share_out(grid: Grid, weight: np.ndarray, log_a: np.ndarray, log_p: np.ndarray, objective: bool = True) -> Expected:
    """The people of the table shared out by log P(audience | age) (R, K, A) and log P(pattern | audience) (R, K, P)."""
    scale_a, scale_p = log_a.max(-2, keepdims=True), log_p.max(-2, keepdims=True)
    a, p = (np.maximum(np.exp(log - scale), 1e-150) for log, scale in ((log_a, scale_a), (log_p, scale_p)))
    value, by_age, by_pattern = (_dense if grid.dense else _sparse)(grid, weight, a, p, objective)
    if objective:
        value += np.vecdot(by_age.sum(-2), scale_a[:, 0]) + np.vecdot(by_pattern.sum(-2), scale_p[:, 0])
    return Expected(value, by_age, by_pattern)


def _dense(grid: Grid, weight: np.ndarray, a: np.ndarray, p: np.ndarray, objective: bool) -> tuple:
    """The sums over the full table, as many starts at a time as the cache holds; empty places need no logarithm."""
    log, by_age, by_pattern = np.zeros(len(a)), np.empty_like(a), np.empty_like(p)
    few, flat = max(1, CACHE // weight[0].size), lambda table: table.reshape(len(table), -1).take(grid.occupied[0], 1)
    for first in range(0, len(a), few):
        part = slice(first, first + few)
        own = weight[part] if len(weight) > 1 else weight
        ratio = a[part].swapaxes(-1, -2) @ p[part]
        if objective:
            log[part] = np.vecdot(np.log(flat(ratio)), flat(own))
        np.divide(own, ratio, out=ratio)
        np.multiply(a[part], p[part] @ ratio.swapaxes(-1, -2), out=by_age[part])
        np.multiply(p[part], a[part] @ ratio, out=by_pattern[part])
    return log, by_age, by_pattern


def _sparse(grid: Grid, weight: np.ndarray, a: np.ndarray, p: np.ndarray, objective: bool) -> tuple:
    """The sums over the occupied places, start by start, the K numbers of a place side by side."""
    log, by_age, by_pattern = np.zeros(len(a)), np.empty_like(a), np.empty_like(p)
    row, column = np.divmod(grid.occupied[0], len(grid.patterns))
    ends, ones = np.searchsorted(row, np.arange(len(grid.ages) + 1)), np.ones(a.shape[1])
    table = sparse.csr_array((np.empty(len(row)), column, ends), (len(grid.ages), len(grid.patterns)))
    turned = table.T  # which shares the data
    for r, own in enumerate(np.broadcast_to(weight, (len(a), len(row)))):
        at, pt = np.ascontiguousarray(a[r].T), np.ascontiguousarray(p[r].T)
        likelihood = (at.take(row, 0) * pt.take(column, 0)) @ ones
        if objective:
            log[r] = own @ np.log(likelihood)
        np.divide(own, likelihood, out=table.data)
        by_age[r], by_pattern[r] = (at * (table @ pt)).T, (pt * (turned @ at)).T
    return log, by_age, by_pattern


def posterior(grid: Grid, theta: np.ndarray) -> np.ndarray:
    """P(audience | age, answers) of every cell, (..., K, C)."""
    return softmax(grid.age_model.log_factor(grid.split(theta)[0])[..., grid.row] + grid.log_answers(theta), axis=-2)


def expected_by_age(grid: Grid, weight: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Expected people of every audience at every age (K, A), for weights (C,)."""
    return (posterior(grid, theta) * weight) @ grid.by_age


def m_step(grid: Grid, theta: np.ndarray, expected: Expected) -> np.ndarray:
    """Better parameters from expected counts."""
    age = grid.age_model.m_step(grid.split(theta)[0], expected.by_age)
    return np.concatenate([age, grid._log_share(product(expected.by_pattern, grid.patterns))], -1)


class Climb(NamedTuple):
    """Where R climbs ended."""

    theta: np.ndarray  # (R, K, q + M)
    log_likelihood: np.ndarray  # (R,)
    steps: np.ndarray  # (R,) EM steps taken
    ended: np.ndarray  # (R,) how: "converged", "max_iter", or stopped because of others: "behind", "level"


@one_thread
def climb(
    grid: Grid, weight: np.ndarray, theta: np.ndarray, *, tol: float, max_iter: int, race: int = 1, ahead: int = AHEAD
) -> Climb:
    """EM with squared extrapolation (SQUAREM, Varadhan & Roland 2008, step length S3).

    A climb has converged when a cycle of three EM steps gains less than `tol`, relative to its likelihood. A leap that
    loses likelihood is taken back, so no cycle ever loses; its length has a cap, four times larger once it was reached.

    `weight`: (C,), or one row for every `race` neighbours. These compete, if three or more: but for who leads, now or
    by its pace, a start is stopped when `ahead` more cycles like its last would not bring it to the best ("behind"), or
    when it hardly moves ("level").
    """
    weight, theta = grid.table(np.atleast_2d(weight)), grid.normalise(theta)
    of = lambda live: weight[live // race] if len(weight) > 1 else weight
    live, ended = np.arange(len(theta)), np.full(len(theta), "", "<U9")
    objective, reach = np.full(len(theta), -np.inf), np.full(len(theta), np.inf)
    steps, cap, w = np.zeros(len(theta), int), np.full(len(theta), 4.0), of(live)
    while True:
        t0 = theta[live]
        e0 = e_step(grid, w, t0)
        gain, size = e0.objective - objective[live], np.abs(e0.objective)
        objective[live], reach[live] = e0.objective, e0.objective + ahead * gain
        best, far = (np.repeat(value.reshape(-1, race).max(1), race)[live] for value in (objective, reach))
        trails = (objective[live] < best) & (reach[live] < far) & (race > 2)
        behind, level = trails & (reach[live] < best), trails & (gain <= LEVEL * size)
        why = {"converged": gain <= tol * size, "max_iter": steps[live] >= max_iter, "behind": behind, "level": level}
        ended[live] = np.select([*why.values()], [*why], "")
        reach[ended == "behind"] = -np.inf
        going = ended[live] == ""
        if not going.all():
            live, t0, e0 = live[going], t0[going], Expected(*(value[going] for value in e0))
            if not len(live):
                break
            w = of(live)
        t1 = m_step(grid, t0, e0)
        t2 = m_step(grid, t1, e_step(grid, w, t1, objective=False))
        first, second, most = t1 - t0, (t2 - t1) - (t1 - t0), cap[live]
        length = np.sqrt((first**2).sum((-1, -2)) / np.maximum((second**2).sum((-1, -2)), 1e-300)).clip(1, most)
        s = length[:, None, None]
        t3 = grid.normalise(t0 + 2 * s * first + s**2 * second)
        e3 = e_step(grid, w, t3)
        better = e3.objective >= e0.objective
        theta[live] = np.where(better[:, None, None], m_step(grid, t3, e3), t2)
        cap[live] = np.where(better, np.where(length == most, 4 * most, most), np.maximum(most / 4, 1))
        steps[live] += 3
    log_likelihood = objective + grid.age_model.penalty(grid.split(theta)[0])
    return Climb(theta, log_likelihood, steps, ended)


def random_starts(grid: Grid, weight: np.ndarray, k: int, n_starts: int, rng: np.random.Generator) -> np.ndarray:
    """Each audience grows around a person drawn by weight: their age, and their answers half-way to the average.

    A little noise parts audiences that were drawn around the same cell; equal ones would stay equal for ever.
    """
    seeds = rng.choice(len(weight), (n_starts, k), p=weight / weight.sum())
    z = np.nan_to_num((grid.ages[grid.row[seeds]] - grid.age_model.mean) / grid.age_model.sd)
    people, own = weight @ grid.patterns[grid.column] + 1, grid.patterns[grid.column[seeds]]
    overall = people / grid.of_item(people)
    share = 0.5 * overall + 0.5 * np.where(grid.of_item(own) > 0, own, overall)
    return np.concatenate([grid.age_model.start(z, rng), np.log(share) + rng.normal(0, 0.2, share.shape)], -1)


def grown_starts(grid: Grid, theta: np.ndarray, n_starts: int, rng: np.random.Generator) -> np.ndarray:
    """A solution (K, ...) with one audience split in two, each of the audiences in turn, shape (R, K + 1, ...)."""
    starts, which = np.repeat(theta[None], n_starts, 0), np.arange(n_starts)
    split, answers = which % len(theta), np.ones(len(grid.item))
    change = rng.normal(0, 1, (n_starts, theta.shape[1])) * np.append(grid.age_model.noise, 0.7 * answers)
    twin = starts[which, split] - np.log(2) * np.append(grid.age_model.level, 0 * answers)  # of half the size
    starts[which, split] = twin + change
    return np.concatenate([starts, (twin - change)[:, None]], 1)


def cold_starts(
    grid: Grid, weight: np.ndarray, before: np.ndarray | None, n_starts: int, rng: np.random.Generator
) -> np.ndarray:
    """Random starts with one audience more than the solution `before` (K, q + M), and as many grown from it."""
    if before is None:
        return random_starts(grid, weight, 1, 1, rng)
    starts = random_starts(grid, weight, len(before) + 1, n_starts, rng)
    return np.concatenate([starts, grown_starts(grid, before, n_starts, rng)])


def grow(
    grid: Grid, before: np.ndarray | None, *, n_starts: int, tol: float, max_iter: int, random_state: int
) -> tuple[Climb, np.ndarray]:
    """Where all starts with one audience more than the solution `before` (K, q + M) end, best first, and their kind."""
    k, limits = 1 if before is None else len(before) + 1, {"tol": tol, "max_iter": max_iter}
    rng = np.random.default_rng([random_state, k])
    starts = cold_starts(grid, grid.weight, before, n_starts, rng)
    ends, last = climb(grid, grid.weight, starts, race=len(starts), **limits), -np.inf
    kinds = np.repeat(["random", "grown"], n_starts)[: len(starts)]
    for _round in range(ROUNDS if len(starts) > 2 else 0):
        top = ends.log_likelihood.max()
        if agrees(ends.log_likelihood).mean() >= DOUBT or top <= last + AGREE * abs(top):
            break
        best, last = ends.theta[ends.log_likelihood.argmax()], top
        fresh = random_starts(grid, grid.weight, 1, n_starts, rng)  # one audience gives way to a new one
        moved = [best, *(np.concatenate([rng.permutation(best)[1:], own]) for own in fresh)]
        more = climb(grid, grid.weight, np.stack(moved), race=len(moved), **limits)
        ends = Climb(*(np.concatenate([one, two[1:]]) for one, two in zip(ends, more, strict=True)))
        kinds = np.append(kinds, ["moved"] * n_starts)
    order = np.lexsort((-ends.log_likelihood, np.isin(ends.ended, ["behind", "level"])))  # who leads is not
    return Climb(*(value[order] for value in ends)), kinds[order]


def agrees(log_likelihood: np.ndarray) -> np.ndarray:
    """Which of the ends are as high as the best."""
    return log_likelihood >= log_likelihood.max() - AGREE * abs(log_likelihood.max())
