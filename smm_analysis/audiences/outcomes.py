"""What follows for each audience? Means and slopes of an outcome, corrected for the doubt about who belongs where.

Three steps: posteriors from the answers only; everybody assigned to an audience; the outcome's mean (its slope on a
constant) with the assignment's errors taken back. BCH weights: Bolck, Croon & Hagenaars (2004), Vermunt (2010); applied
to outcomes: Bakk, Tekle & Vermunt (2013). Arrays: N rows of counted people, K audiences, p terms.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import softmax
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from ..answer import About, Answer
from ..errors import ModelError, TableError, Unstable, one_of
from ..intervals import check_level, small_sample, widened, widening
from ..tables.people import require_columns
from ..words import _, number, percent
from .replicates import Others, bootstrap

if TYPE_CHECKING:
    from ..tables.people import People
    from .mixture import AudienceMixture

LEAST_SPREAD = 0.01  # of everybody's variance: an audience with less has none that the correction could know
SINGULAR = 0.05  # smallest singular value of the misclassification table from which it can be taken back


def misclassification(posterior: np.ndarray, assigned: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """P(assigned to s | belongs to t), shape (K true, K assigned), of posteriors and assignments (N, K)."""
    people = posterior * weight[:, None]
    return people.T @ assigned / np.maximum(people.sum(0), 1e-300)[:, None]


def assign(posterior: np.ndarray, assignment: str = "modal") -> np.ndarray:
    """The likeliest audience as 0 and 1 ("modal"), or the posteriors themselves ("soft")."""
    return posterior if assignment == "soft" else np.eye(posterior.shape[1])[posterior.argmax(1)]


def slopes(ways: np.ndarray, weight: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Least squares of y (N,) on x (N, p) in each audience, for shares `ways` (N, K), which may be negative: (K, p)."""
    w = ways * weight[:, None]
    gram = np.einsum("nk,np,nq->kpq", w, x, x, optimize=True)
    slope = np.einsum("kpq,kq->kp", np.linalg.pinv(gram), np.einsum("nk,np,n->kp", w, x, y, optimize=True))
    return np.where(w.any(0)[:, None], slope, np.nan)


def naive_means(assigned: np.ndarray, weight: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Means of y (N,) among the people assigned to each audience, (K,); NaN where nobody is."""
    return slopes(assigned, weight, y, np.ones((len(y), 1)))[:, 0]


def bch_means(assigned: np.ndarray, d: np.ndarray, weight: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Means of y with the weights W = A D^-1, (K,)."""
    return naive_means(assigned @ np.linalg.pinv(d), weight, y)


def audience_outcome(
    model: AudienceMixture,
    people: People | pd.DataFrame,
    outcome: str,
    *,
    on: Sequence[str] | None = None,
    method: str = "bch",
    weight: str | None = None,
    count: str | None = None,
    weight_squared: str | None = None,
    level: float = 0.9,
    n_resamples: int = 200,
    random_state: int = 0,
) -> Answer:
    """What is the mean of an outcome in each audience, or its slope on other columns?

    Parameters
    ----------
    model : AudienceMixture
    people : People or DataFrame
        With the model's items, ages as in `AudienceMixture.predict_proba` unless the model has none, and the outcome.
    outcome : column name
        A number, or yes/no as true/false or 1/0. Empty = not known: these people count in every step but the last.
    on : column names, optional
        For slopes: numbers, to which a constant is added. For the kink of a promise: how much better, how much worse
        than expected.
    method : {"bch", "naive"}
        "naive" takes everybody for a member of the likeliest audience.
    weight, count, weight_squared : column names, optional
        Of a frame, as in `Cells.from_table`; `People` know theirs.
    level, n_resamples, random_state
        Percentile intervals of the bootstrap: audiences are refitted to each drawn sample, then all three steps.

    Returns
    -------
    Answer
        ``audience, estimate, low, high, naive``; for slopes ``audience, term, ...``. Parts: ``contrasts`` (``audience,
        other, estimate, low, high, p, p_holm``: p from the bootstrap's standard error, adjusted after Holm) and
        ``misclassification`` (``audience, assigned, estimate``). Facts: ``outcome, on, method, yes_no, n_outcome``.

    Raises
    ------
    ModelError
        When the audiences overlap too much to take the errors of assignment back.
    TableError
        When a column is missing, or is neither a number nor yes/no.

    Notes
    -----
    Posteriors come from the answers only, whatever the model's age: with age in them the correction is biased as soon
    as the outcome depends on age within an audience. Assumes that, within an audience, outcome and `on` do not depend
    on the answers. Bolck, Croon & Hagenaars (2004); Vermunt (2010); Bakk, Tekle & Vermunt (2013).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published
    >>> students = load_published("lca_cheating_gpa").to_frame().dropna()
    >>> cells = Cells.from_table(students, items=list(students.columns[:4]), age=None, count="count")
    >>> model = AudienceMixture(2, age=None).fit(cells)
    >>> grades = audience_outcome(model, students, "gpa", count="count", n_resamples=20)
    >>> grades.table[["audience", "estimate", "naive"]].round(3)
       audience  estimate  naive
    0         1     2.463  2.433
    1         2     1.626  1.815
    """
    one_of("method", method, ("bch", "naive"))
    check_level(level)
    terms = list(on or ())
    numbers = _with_numbers(people, [outcome, *terms])
    sums = {"weight": weight, "count": count, "weight_squared": weight_squared}
    steps = ThreeSteps.of(model, numbers, (outcome, *terms), sums)
    y, *x = steps.others.values.to_numpy(float).T
    last = _Slopes(y, np.column_stack([np.ones(len(y)), *x]))
    if not last.known.any():
        raise TableError(outcome, "an outcome is known for somebody", "empty cells only", "Name another column.")
    corrected, naive = (last.run(way, steps.others.weight) for way in steps.ways)
    if on is None and method == "bch":
        last.doubt(steps, corrected[:, 0])
    which = ("bch", "naive").index(method)
    estimate = (corrected, naive)[which]
    drawn = steps.replicates(n_resamples, random_state, lambda ways, weight: last.run(ways[which], weight))
    factor = widening(**steps.size)
    low, high = widened(estimate, drawn, level, factor)
    numbered = [range(1, len(estimate) + 1), ["constant", *terms]]
    keys = pd.MultiIndex.from_product(numbered, names=["audience", "term"]).to_frame(index=False)
    values = {"estimate": estimate, "low": low, "high": high, "naive": naive}
    table = keys.assign(**{name: value.ravel() for name, value in values.items()})
    contrasts = _contrasts(estimate, drawn, level, ["constant", *terms], factor)
    if on is None:
        table, contrasts = table.drop(columns="term"), contrasts.drop(columns="term")
    facts = {"outcome": outcome, "on": on and tuple(on), "method": method, "yes_no": last.yes_no}
    facts |= {"n_outcome": int(steps.others.count[last.known].sum()), **steps.size}
    parts = {"contrasts": contrasts, "misclassification": wrongly_assigned(steps.d)}
    charts = ("outcome",) if on is None else ("slopes",)
    return Answer(table, steps.about(people, level), _says, parts, facts, charts)


def _with_numbers(people: People | pd.DataFrame, columns: list[str]) -> People | pd.DataFrame:
    """People with these columns as floats."""
    frame = people.table if hasattr(people, "platforms") else people
    require_columns(frame, columns)
    frame = frame.assign(**{name: _numeric(frame[name], name) for name in columns})
    return replace(people, table=frame) if hasattr(people, "platforms") else frame


def _numeric(column: pd.Series, name: str) -> pd.Series:
    """Numbers as floats; true/false and yes/no as 1 and 0."""
    words = column.astype(object).map({True: 1.0, False: 0.0, "yes": 1.0, "no": 0.0})
    values = words.astype(float).fillna(pd.to_numeric(column.astype(object), errors="coerce").astype(float))
    wrong = ~np.isfinite(values) & column.notna()
    if wrong.any():
        found = f"{column[wrong].iloc[0]!r} in row {column.index[wrong][0]!r}"
        raise TableError(name, "must hold numbers, or yes/no", found, "Recode it, or leave the cell empty.")
    return values


@dataclass(frozen=True)
class ThreeSteps:
    """Counted people, and how each way of assigning them shares them out: corrected (BCH) and naive, (N, K) each."""

    model: AudienceMixture
    others: Others
    ways: tuple[np.ndarray, np.ndarray]
    d: np.ndarray  # (K, K) misclassification

    @classmethod
    def of(cls, model: AudienceMixture, people, also: tuple[str, ...], sums: dict[str, str | None]) -> ThreeSteps:
        """The first two steps; refuses errors of assignment that cannot be taken back."""
        others = Others.of(model, people, also=also, **{name: column for name, column in sums.items() if column})
        ways, d = _shared_out(model.share_, others.log_answers(model.theta_), others.weight)
        if np.linalg.svd(d, compute_uv=False).min() < SINGULAR:
            worst = int(np.diag(d).argmin())
            rule = "the answers must tell the audiences apart well enough to take the errors of assignment back"
            found = f"audience {worst + 1}, of whose people only {np.diag(d)[worst]:.0%} are assigned to it"
            raise ModelError("n_audiences", rule, found, "Use fewer audiences.")
        return cls(model, others, ways, d)

    @property
    def size(self) -> dict[str, float]:
        """People that the weights are worth (Kish 1965), and the model's parameters."""
        n = float(self.others.weight.sum() ** 2 / self.others.weight_squared.sum())
        return {"effective_n": n, "n_parameters": self.model.n_parameters_}

    def about(self, people, level: float) -> About:
        """What a caption needs: where the people come from, if they know."""
        n = int(self.others.count.sum())
        return replace(getattr(people, "about", About()), n=n, level=level, names=self.model.about().names)

    def replicates(self, n_resamples: int, random_state: int, last: Callable) -> np.ndarray:
        """What the step `last` (of ways and weights) finds in people drawn again, audiences refitted to them."""
        drawn = bootstrap(self.model, n_resamples, random_state, others=self.others)
        found = []
        for share, theta, weight in zip(drawn.share, drawn.theta, drawn.weight, strict=True):
            ways, _d = _shared_out(share, self.others.log_answers(theta), weight)
            found.append(last(ways, weight))
        return np.array(found)


def _shared_out(share: np.ndarray, log_p: np.ndarray, weight: np.ndarray) -> tuple[tuple, np.ndarray]:
    """The ways to assign people with these answers (K, N), and their misclassification."""
    posterior = softmax(np.log(np.maximum(share, 1e-300)) + log_p.T, axis=1)
    assigned = assign(posterior)
    d = misclassification(posterior, assigned, weight)
    return (assigned @ np.linalg.pinv(d), assigned), d


@dataclass(frozen=True)
class _Slopes:
    """The third step: least squares of y (N,) on x (N, p), where both are known."""

    y: np.ndarray
    x: np.ndarray

    @property
    def known(self) -> np.ndarray:
        return np.isfinite(self.y) & np.isfinite(self.x).all(axis=1)

    @property
    def yes_no(self) -> bool:
        return bool(np.isin(self.y[self.known], (0, 1)).all())

    def run(self, way: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """(K, p)."""
        at = self.known & (weight > 0)
        return slopes(way[at], weight[at], self.y[at], self.x[at])

    def doubt(self, steps: ThreeSteps, mean: np.ndarray) -> None:
        """Warn of means that only too much overlap can explain."""
        at, weight = self.known, steps.others.weight
        spread = naive_means(steps.ways[0][at], weight[at], self.y[at] ** 2) - mean**2
        everybody = np.cov(self.y[at], aweights=weight[at], ddof=0)
        outside = self.yes_no and ((mean < 0) | (mean > 1)).any()
        if outside or (not self.yes_no and (spread <= LEAST_SPREAD * everybody).any()):
            found = "share lies outside 0 and 1" if outside else "variance vanishes"
            warnings.warn(
                f"In an audience the corrected {found} (means {mean.round(2).tolist()}): the audiences overlap too "
                'much for so few people. Use fewer audiences, or read method="naive" beside it.',
                Unstable,
                stacklevel=3,
            )


def wrongly_assigned(d: np.ndarray) -> pd.DataFrame:
    """Misclassification as ``audience, assigned, estimate``."""
    numbers = range(1, len(d) + 1)
    keys = pd.MultiIndex.from_product([numbers, numbers], names=["audience", "assigned"]).to_frame(index=False)
    return keys.assign(estimate=d.ravel())


def _contrasts(estimate: np.ndarray, drawn: np.ndarray, level: float, terms: list[str], factor: float) -> pd.DataFrame:
    """Differences between all pairs of audiences; p after Holm beside p, the constant of slopes left out."""
    rows = []
    for one, other in combinations(range(len(estimate)), 2):
        for j, term in enumerate(terms):
            difference, draws = estimate[one, j] - estimate[other, j], drawn[:, one, j] - drawn[:, other, j]
            p = 2 * norm.sf(abs(difference) / (draws.std(ddof=1) * factor))
            rows.append((one + 1, other + 1, term, difference, *widened(difference, draws, level, factor), p))
    frame = pd.DataFrame(rows, columns=["audience", "other", "term", "estimate", "low", "high", "p"])
    frame = frame[(frame["term"] != "constant") | (len(terms) == 1)].reset_index(drop=True)
    return frame.assign(p_holm=multipletests(frame["p"].fillna(1), method="holm")[1] if len(frame) else frame["p"])


def _says(answer: Answer) -> tuple[str, str]:
    """The largest sure difference between audiences, and how many differences are sure."""
    contrasts, name = answer.contrasts, answer.outcome.replace("_", " ")
    sure = contrasts[contrasts["p_holm"] < 1 - answer.about.level]
    counted = _("{sure} of {all} differences between audiences are sure.").format(
        sure=number(len(sure)), all=number(len(contrasts))
    )
    counted = f"{counted} {small_sample(answer.effective_n, answer.n_parameters)}".strip()
    if not len(sure):
        return _("No difference between audiences is sure"), counted
    most = sure.loc[sure["estimate"].abs().idxmax()]
    rows, said = answer.table, percent if answer.yes_no and answer.on is None else lambda value: number(value, 2)
    if answer.on is not None:
        rows = rows[rows["term"] == most["term"]]
        name = _("{outcome} per unit of {term}").format(outcome=name, term=most["term"].replace("_", " "))
    pair = rows.set_index("audience").loc[[most["audience"], most["other"]], "estimate"].sort_values()
    low, high = pair.index
    found = _("{outcome}: “{low}” {low_value}, “{high}” {high_value}").format(
        outcome=name, low=answer.about.names[low], low_value=said(pair[low]), high=answer.about.names[high],
        high_value=said(pair[high]),
    )  # fmt: skip
    return found, counted
