"""What follows for each audience? Means of an outcome, corrected for the doubt about who belongs where.

Three steps: posteriors from the answers only; everybody assigned to an audience; the outcome's means with the
assignment's errors taken back. BCH weights: Bolck, Croon & Hagenaars (2004), Vermunt (2010); applied to outcome means:
Bakk, Tekle & Vermunt (2013). Arrays: N rows of counted people, K audiences.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax
from scipy.stats import norm

from ..errors import ModelError, TableError, Unstable
from ..progress import progress
from ..tables.cells import Cells, resampled
from ..tables.count import collapse
from ..tables.notes import Notes
from ..tables.people import require_columns
from .em import Grid
from .mixture import AudienceMixture
from .newcomers import recounted
from .replicates import refitted

METHODS = ("bch", "ml")
LEAST_SPREAD = 0.01  # of an audience's variance, relative to everybody's: keeps it from collapsing onto one value
SINGULAR = 0.05  # smallest singular value of the misclassification table from which it can be taken back


def misclassification(posterior: np.ndarray, assigned: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """P(assigned to s | belongs to t), shape (K true, K assigned), of posteriors and assignments (N, K)."""
    people = posterior * weight[:, None]
    return people.T @ assigned / np.maximum(people.sum(0), 1e-300)[:, None]


def assign(posterior: np.ndarray, assignment: str) -> np.ndarray:
    """The likeliest audience as 0 and 1 ("modal"), or the posteriors themselves ("soft")."""
    return posterior if assignment == "soft" else np.eye(posterior.shape[1])[posterior.argmax(1)]


def naive_means(assigned: np.ndarray, weight: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Means of y (N,) among the people assigned to each audience, (K,); NaN where nobody is."""
    people = assigned * weight[:, None]
    total = people.sum(0)
    return np.where(total == 0, np.nan, y @ people / np.where(total == 0, 1, total))


def bch_means(assigned: np.ndarray, d: np.ndarray, weight: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Means of y with the weights W = A D^-1, (K,)."""
    return naive_means(assigned @ np.linalg.pinv(d), weight, y)


def ml_means(
    assigned: np.ndarray,
    d: np.ndarray,
    weight: np.ndarray,
    y: np.ndarray,
    share: np.ndarray,
    *,
    variance: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances (K,) at the maximum of sum w log sum_t pi_t g(y | t) prod_s D_ts^a_s (Vermunt 2010).

    D and the shares pi are those of the first two steps. g is yes/no for a y of 0 and 1, otherwise normal with one
    variance per audience, or with the given one for all.
    """
    known = np.log(np.maximum(share, 1e-300)) + assigned @ np.log(np.maximum(d, 1e-300)).T
    yes_no = variance is None and _is_yes_no(y)
    own, before, floor = softmax(known, axis=1), -np.inf, LEAST_SPREAD * _variance(y, weight)
    for _step in range(2000):
        people = own * weight[:, None]
        people = people / np.maximum(people.sum(0), 1e-300)
        mean = y @ people
        own_variance = (people * (y[:, None] - mean) ** 2).sum(0)
        spread = np.maximum(own_variance, floor) if variance is None else np.full(len(mean), variance)
        joint = known + _log_density(y, mean, spread, yes_no)
        now = float(weight @ logsumexp(joint, axis=1))
        if now - before <= 1e-13 * abs(now):
            break
        before, own = now, softmax(joint, axis=1)
    return mean, spread


def _is_yes_no(y: np.ndarray) -> bool:
    return bool(np.isin(y, (0, 1)).all())


def _variance(y: np.ndarray, weight: np.ndarray) -> float:
    """Everybody's variance: rows count with their weight."""
    share = weight / np.maximum(weight.sum(), 1e-300)
    return float(share @ (y - share @ y) ** 2)


def _log_density(y: np.ndarray, mean: np.ndarray, spread: np.ndarray, yes_no: bool) -> np.ndarray:
    """log g(y | audience), (N, K)."""
    if yes_no:
        p = mean.clip(1e-9, 1 - 1e-9)
        return np.where(y[:, None] == 1, np.log(p), np.log1p(-p))
    return -0.5 * ((y[:, None] - mean) ** 2 / spread + np.log(spread))


def audience_outcome(
    model: AudienceMixture,
    people: pd.DataFrame,
    outcome: str,
    *,
    method: str = "bch",
    assignment: str = "modal",
    weight: str | None = None,
    count: str | None = None,
    weight_squared: str | None = None,
    level: float = 0.9,
    n_resamples: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """What is the mean of an outcome in each audience?

    Parameters
    ----------
    model : AudienceMixture
    people : DataFrame
        The model's items, ages as in `AudienceMixture.predict_proba` unless the model has none, and the outcome.
    outcome : column name
        A number, or yes/no as true/false or 1/0. Empty = not known: these people count in every step but the last.
    method : {"bch", "ml"}
        "bch" asks nothing about the outcome's distribution; "ml" takes it as yes/no, or as normal within an audience
        with one variance each (not below .01 of everybody's).
    assignment : {"modal", "soft"}
    weight, count, weight_squared : column names, optional
        As in `Cells.from_table`.
    level, n_resamples, seed
        Percentile intervals of the bootstrap: audiences are refitted to each drawn sample, then all three steps.

    Returns
    -------
    DataFrame
        ``audience, estimate, low, high, naive``: naive is the mean among those assigned, without correction. attrs:

        - contrasts : frame ``audience, other, estimate, low, high, p, p_holm`` of differences between audiences;
          p from the bootstrap's standard error, p_holm adjusted after Holm
        - misclassification : P(assigned | belongs), rows true; names; n_outcome (people whose outcome is known)

    Raises
    ------
    ModelError
        When the audiences overlap too much to take the errors of assignment back.
    TableError
        When the outcome is neither a number nor yes/no.

    Notes
    -----
    Posteriors come from the answers only, whatever the model's age: with age in them the correction is biased as soon
    as the outcome depends on age within an audience. Assumes that the outcome does not depend on the answers within an
    audience.

    References
    ----------
    Bolck, Croon & Hagenaars (2004); Vermunt (2010); Bakk, Tekle & Vermunt (2013).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published
    >>> students = load_published("lca_cheating_gpa").dropna()
    >>> cells = Cells.from_table(students, items=list(students.columns[:4]), age=None, count="count")
    >>> model = AudienceMixture(2, age=None).fit(cells)
    >>> grades = audience_outcome(model, students, "gpa", count="count", n_resamples=20)
    >>> grades[["audience", "estimate", "naive"]].round(3)
       audience  estimate  naive
    0         1     2.463  2.433
    1         2     1.626  1.815
    """
    if method not in METHODS:
        raise ModelError("method", "'bch' or 'ml'", repr(method), "Choose one of these.")
    if assignment not in ("modal", "soft"):
        raise ModelError("assignment", "'modal' or 'soft'", repr(assignment), "Choose one of these.")
    require_columns(people, [outcome])
    known = people.assign(**{outcome: _numeric(people[outcome], outcome)})
    sums = {"weight": weight, "count": count, "weight_squared": weight_squared}
    table = recounted(known, model.cells_, age=model.age, sums=sums, also=(outcome,))
    if not table[outcome].notna().any():
        raise TableError(outcome, "an outcome is known for somebody", "empty cells only", "Name another column.")
    steps = _ThreeSteps(table["weight"].to_numpy(), table[outcome].to_numpy(float), method, assignment)
    grid, cell = _people_grid(model, table)
    log_p = (grid.split(model.theta_)[1] @ grid.patterns.T)[:, grid.column[cell]]
    estimate, spread, naive, d = steps.run(model.share_, log_p, steps.weight)
    at = np.isfinite(steps.y)
    known = steps.y[at]
    _check(estimate, spread, d, known, _variance(known, steps.weight[at]), method)
    drawn = _replicates(model, table, grid, cell, steps, n_resamples, seed)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    audience = range(1, len(estimate) + 1)
    frame = pd.DataFrame({"audience": audience, "estimate": estimate, "low": low, "high": high, "naive": naive})
    frame.attrs = {
        **model.cells_.attrs,
        "n": int(table["count"].sum()),
        "n_outcome": int(table.loc[table[outcome].notna(), "count"].sum()),
        "outcome": outcome,
        "yes_no": _is_yes_no(known),
        "level": level,
        "method": method,
        "names": dict(zip(audience, model.names_, strict=True)),
        "misclassification": d.tolist(),
        "contrasts": Notes(_contrasts(estimate, drawn, level)),
    }
    return frame


def _numeric(column: pd.Series, name: str) -> pd.Series:
    """The outcome as floats; true/false as 1 and 0."""
    words = column.astype(object).map({True: 1.0, False: 0.0, "yes": 1.0, "no": 0.0})
    values = words.astype(float).fillna(pd.to_numeric(column.astype(object), errors="coerce").astype(float))
    wrong = ~np.isfinite(values) & column.notna()
    if wrong.any():
        found = f"{column[wrong].iloc[0]!r} in row {column.index[wrong][0]!r}"
        raise TableError(name, "an outcome is a number, or yes/no", found, "Recode it, or leave the cell empty.")
    return values


@dataclass(frozen=True)
class _ThreeSteps:
    """Posteriors, assignment and corrected means of counted people with an outcome (NaN: not known)."""

    weight: np.ndarray  # (N,)
    y: np.ndarray  # (N,)
    method: str
    assignment: str

    def run(self, share: np.ndarray, log_p: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, ...]:
        """Corrected means, their variances, naive means (K,) and misclassification (K, K); log_p of shape (K, N)."""
        posterior = softmax(np.log(np.maximum(share, 1e-300)) + log_p.T, axis=1)
        assigned = assign(posterior, self.assignment)
        d = misclassification(posterior, assigned, weight)
        known = np.isfinite(self.y) & (weight > 0)
        assigned, weight, y = assigned[known], weight[known], self.y[known]
        if self.method == "bch":
            mean = bch_means(assigned, d, weight, y)
            spread = bch_means(assigned, d, weight, y**2) - mean**2
        else:
            mean, spread = ml_means(assigned, d, weight, y, weight @ posterior[known] / weight.sum())
        return mean, spread, naive_means(assigned, weight, y), d


def _check(mean: np.ndarray, spread: np.ndarray, d: np.ndarray, y: np.ndarray, everybody: float, method: str) -> None:
    """Refuse errors of assignment that cannot be taken back; doubt means that only much overlap can explain."""
    if np.linalg.svd(d, compute_uv=False).min() < SINGULAR:
        worst = int(np.diag(d).argmin())
        raise ModelError(
            "n_audiences",
            "the answers must tell the audiences apart well enough to take the errors of assignment back",
            f"audience {worst + 1}, of whose people only {np.diag(d)[worst]:.0%} are assigned to it",
            "Use fewer audiences.",
        )
    outside = _is_yes_no(y) and ((mean < 0) | (mean > 1)).any()
    collapsed = not _is_yes_no(y) and (spread <= 1.001 * LEAST_SPREAD * everybody).any()
    if outside or collapsed:
        found = "share lies outside 0 and 1" if outside else "variance vanishes"
        remedy = "ml" if method == "bch" else "bch"
        warnings.warn(
            f"In an audience the corrected {found} (means {mean.round(2).tolist()}): the audiences overlap too much "
            f'for so few people. Use method="{remedy}", or fewer audiences.',
            Unstable,
            stacklevel=3,
        )


def _people_grid(model: AudienceMixture, table: pd.DataFrame) -> tuple[Grid, np.ndarray]:
    """The people's cells as arrays, and the cell of every row of `table`."""
    by = ["age", *model.cells_.items]
    cell = table.groupby(by, dropna=False, observed=True, sort=True).ngroup().to_numpy()
    return Grid.of(Cells(collapse(table, by), model.cells_.items, "age"), model.age), cell


def _replicates(
    model: AudienceMixture,
    table: pd.DataFrame,
    grid: Grid,
    cell: np.ndarray,
    steps: _ThreeSteps,
    n_resamples: int,
    seed: int,
) -> np.ndarray:
    """Corrected means (R, K) in people drawn from `table`, to whom the audiences are refitted (climbs start warm)."""
    drawn = resampled(table, n_resamples, np.random.default_rng(seed))[1]
    weight = np.zeros((n_resamples, len(grid.row)))
    np.add.at(weight, (slice(None), cell), drawn)
    weight *= grid.weight.sum() / weight.sum(1, keepdims=True)
    theta = refitted(grid, weight, _in_grid(model, grid))
    share = (grid.age_model.share(grid.split(theta)[0]) * (weight @ grid.by_age)[:, None]).sum(-1)
    means = []
    for r in progress(range(n_resamples), "bootstrap"):
        log_p = (grid.split(theta[r])[1] @ grid.patterns.T)[:, grid.column[cell]]
        means.append(steps.run(share[r] / share[r].sum(), log_p, drawn[r])[0])
    return np.array(means)


def _in_grid(model: AudienceMixture, grid: Grid) -> np.ndarray:
    """The model's parameters (K, q + M) for other people's grid: the same answers, the age part that fits them."""
    own_age, answers = model._grid.split(model.theta_)
    log_p = answers @ grid.patterns.T
    log_a = model._grid.age_model.at(own_age, grid.ages, model.share_)
    expected = (softmax(log_a[:, grid.row] + log_p[:, grid.column], axis=0) * grid.weight) @ grid.by_age
    age = grid.age_model.start(np.zeros((1, len(answers))), np.random.default_rng(0))
    for _step in range(25):
        age = grid.age_model.m_step(age, expected[None])
    return np.concatenate([age[0], answers], -1)


def _contrasts(estimate: np.ndarray, drawn: np.ndarray, level: float) -> pd.DataFrame:
    """Differences between all pairs of audiences; p after Holm beside p."""
    rows = []
    for one, other in combinations(range(len(estimate)), 2):
        difference, draws = estimate[one] - estimate[other], drawn[:, one] - drawn[:, other]
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        rows.append((one + 1, other + 1, difference, low, high, 2 * norm.sf(abs(difference) / draws.std(ddof=1))))
    frame = pd.DataFrame(rows, columns=["audience", "other", "estimate", "low", "high", "p"])
    return frame.assign(p_holm=holm(frame["p"].to_numpy()))


def holm(p: np.ndarray) -> np.ndarray:
    """p-values adjusted for their number, step by step (Holm 1979)."""
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)[np.argsort(order)]
