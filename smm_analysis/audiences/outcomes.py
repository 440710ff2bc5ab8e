"""What follows for each audience, corrected for the doubt about who belongs where.

Three steps: posteriors from the answers only; everybody assigned to the likeliest audience; an outcome's slopes (on a
constant: its mean), or the audiences' shares of a group, with the errors of assignment taken back (BCH weights: Bolck,
Croon & Hagenaars 2004). Arrays: N rows of counted people, K audiences, p terms.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import softmax
from scipy.stats import f, norm

from ..answer import About, Answer
from ..errors import ModelError, TableError, Unstable, one_of
from ..intervals import small_sample, widened, widening
from ..tables.people import People, require, require_columns
from ..words import _, number, percent
from .replicates import Others, bootstrap

if TYPE_CHECKING:
    from .mixture import AudienceMixture

LEAST_SPREAD = 0.01  # of everybody's variance: an audience with less has none that the correction could know
SINGULAR = 0.05  # smallest singular value of the misclassification table from which it can be taken back
SURE = 0.7  # probability of the likeliest audience from which a person is not called doubtful


def misclassification(posterior: np.ndarray, assigned: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """P(assigned to s | belongs to t), shape (K true, K assigned), of posteriors and assignments (N, K)."""
    people = posterior * weight[:, None]
    return people.T @ assigned / np.maximum(people.sum(0), 1e-300)[:, None]


def assign(posterior: np.ndarray) -> np.ndarray:
    """The likeliest audience as 0 and 1, (N, K)."""
    return np.eye(posterior.shape[1])[posterior.argmax(1)]


def slopes(way: np.ndarray, weight: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Least squares of y (N,) on x (N, p) in each audience, for shares `way` (N, K), which may be negative: (K, p)."""
    w = way * weight[:, None]
    gram = np.einsum("nk,np,nq->kpq", w, x, x, optimize=True)
    slope = np.einsum("kpq,kq->kp", np.linalg.pinv(gram), np.einsum("nk,np,n->kp", w, x, y, optimize=True))
    return np.where(w.any(0)[:, None], slope, np.nan)


def audience_outcome(
    model, people, outcome: str, *, on=None, method="bch", level=0.9, n_resamples=200, random_state=0, **sums
) -> Answer:
    """What is the mean of an outcome in each audience, or its slope on other columns?

    Parameters
    ----------
    model : AudienceMixture
    people : People or DataFrame, as `AudienceMixture.predict_proba` takes them, with the outcome
    outcome : column name
        A number, or yes/no as true/false or 1/0. Empty = not known: these people count in every step but the last.
    on : column names, optional; numbers, such as how much better and how much worse than expected
    method : {"bch", "naive"}; "naive" takes everybody for a member of the likeliest audience
    level, n_resamples, random_state : of the bootstrap, which refits the audiences and repeats all three steps
    weight, count, weight_squared : column names of a frame, as in `Cells.from_table`; `People` know theirs

    Returns
    -------
    Answer
        ``audience, estimate, low, high, naive``; for slopes ``audience, term, ...``. Parts: ``contrasts`` (``audience,
        other, estimate, low, high, p, p_holm``: p from the bootstrap's standard error, adjusted after Holm) and
        ``misclassification`` (``audience, assigned, estimate``). Facts: ``outcome, on, method, yes_no, n_outcome``.

    Raises
    ------
    ModelError : when the audiences overlap too much
    TableError : when a column is missing, or is neither a number nor yes/no

    Notes
    -----
    Assumes that, within an audience, outcome and `on` do not depend on the answers. With age in the posteriors the
    correction would be biased as soon as the outcome depends on age within an audience. Vermunt (2010); Bakk, Tekle &
    Vermunt (2013).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published
    >>> students = load_published("lca_cheating_gpa").to_frame().dropna()
    >>> cells = Cells.from_table(students, items=list(students.columns[:4]), age=None, count="count")
    >>> model = AudienceMixture(2, age=None).fit(cells)
    >>> grades = audience_outcome(model, students, "gpa", count="count", n_resamples=20).table
    >>> grades["estimate"].round(3).tolist(), grades["naive"].round(3).tolist()
    ([2.463, 1.626], [2.433, 1.815])
    """
    one_of("method", method, ("bch", "naive"))
    terms = ["constant", *(on or ())]
    others = Others.of(model, _with_numbers(people, [outcome, *terms[1:]]), also=(outcome, *terms[1:]), **sums)
    values = others.values.to_numpy(float)
    known = np.isfinite(values).all(axis=1)
    if not known.any():
        raise TableError(outcome, "an outcome is known for somebody", "empty cells only", "Name another column.")
    y, *columns = np.where(known, values.T, 0)  # of people whose weight is 0 from here on
    x, own = np.column_stack([known, *columns]), others.weight * known
    last = lambda way, weight: slopes(way, weight * known, y, x)
    found = _three_steps(model, people, others, last, method, level, n_resamples, random_state)
    yes_no = bool(np.isin(y, (0, 1)).all())
    if on is None and method == "bch":
        spread = slopes(found.way, own, y**2, x) - found.estimate**2
        least = 0 if yes_no else LEAST_SPREAD * np.cov(y, aweights=own, ddof=0)
        if (spread < least).any():
            text = "share lies outside 0 and 1" if yes_no else "variance vanishes"
            warnings.warn(
                f"In an audience the corrected {text} (means {found.estimate[:, 0].round(2).tolist()}): the audiences "
                'overlap too much for so few people. Use fewer audiences, or read method="naive" beside it.',
                Unstable,
                stacklevel=2,
            )
    audiences, term = range(1, len(found.d) + 1), ["term"] if on is None else []
    table = tidy({"audience": audiences, "term": terms}, **found.values).drop(columns=term)
    parts = {"contrasts": _contrasts(found, terms).drop(columns=term)}
    parts["misclassification"] = tidy({"audience": audiences, "assigned": audiences}, estimate=found.d)
    facts = {"outcome": outcome, "on": on and tuple(on), "method": method, "yes_no": yes_no}
    facts |= {"n_outcome": int(others.count[known].sum()), **found.size}
    return Answer(table, found.about, _says_outcome, parts, facts, ("outcome",) * (on is None))


def compare_groups(model, people, *, by: str, level=0.9, n_resamples=200, random_state=0, **sums) -> Answer:
    """What share of each group belongs to which audience, and do the groups differ: by sex, by country, by wave?

    Parameters
    ----------
    people, level, n_resamples, random_state, weight, count, weight_squared : as in `audience_outcome`
    by : column name; words or numbers, empty = not known

    Returns
    -------
    Answer
        ``group, audience, estimate, low, high, naive, n``: share of the group, corrected and naive. Facts: ``by,
        statistic, df, p_value`` of the hypothesis that all groups divide alike (Wald's, with the bootstrap's
        covariance, against F; NaN for more differences than resamples can tell).

    Raises
    ------
    TableError, ModelError : when there are fewer than two groups; when the audiences overlap too much

    Notes
    -----
    Assumes that, within an audience, people of all groups answer alike. Vermunt (2010).
    """
    others = Others.of(model, people, also=(by,), **sums)
    codes, groups = pd.factorize(others.values[by], sort=True)
    if len(groups) < 2:
        raise TableError(by, "two groups or more", f"{len(groups)}", "Name a column that divides people.")
    member = np.eye(len(groups) + 1)[codes, :-1]  # (N, G); of an unknown group no member
    last = lambda way, weight: (member * weight[:, None]).T @ way / (weight @ member)[:, None]
    found = _three_steps(model, people, others, last, "bch", level, n_resamples, random_state)
    table = tidy({"group": groups, "audience": range(1, len(found.d) + 1)}, **found.values)
    table["n"] = np.repeat((others.count @ member).astype(int), len(found.d))
    facts = {"by": by, **_differ(found), **found.size}
    return Answer(table, found.about, _says_groups, facts=facts, charts=("groups",))


def audience_certainty(model: AudienceMixture) -> Answer:
    """How sure is it who belongs to which audience?

    Returns
    -------
    Answer
        ``audience, assigned, estimate``: of the people who belong to an audience, the share assigned to each. Fact
        `doubtful`: share of people whose likeliest audience has a probability below .7.
    """
    own, weight = model.posterior().T, model.cells_.weight
    numbers = range(1, own.shape[1] + 1)
    table = tidy({"audience": numbers, "assigned": numbers}, estimate=misclassification(own, assign(own), weight))
    doubtful = float(np.average(own.max(1) < SURE, weights=weight))
    return Answer(table, model.about(), _says_certainty, facts={"doubtful": doubtful}, charts=("certainty",))


def tidy(levels: dict, **values: np.ndarray) -> pd.DataFrame:
    """One row per combination of the levels, which are the axes of all values."""
    keys = pd.MultiIndex.from_product(levels.values(), names=levels).to_frame(index=False)
    return keys.assign(**{name: value.ravel() for name, value in values.items()})


def _with_numbers(people: People | pd.DataFrame, columns: list[str]) -> People | pd.DataFrame:
    """People with these columns as floats; true/false and yes/no as 1 and 0."""
    frame = people.table if isinstance(people, People) else people
    require_columns(frame, columns)
    for name in columns:
        words = frame[name].astype(object).replace({"yes": 1, "no": 0})
        values = pd.to_numeric(words, errors="coerce").astype(float)
        known = np.isfinite(values) | frame[name].isna()
        require(known, frame[name], name, "must hold numbers, or yes/no", "Recode it, or leave the cell empty.")
        frame = frame.assign(**{name: values})
    return replace(people, table=frame) if isinstance(people, People) else frame


class _Found(NamedTuple):
    """What the last step finds in people and in people drawn again; arrays as it makes them."""

    values: dict[str, np.ndarray]  # estimate, low, high, naive
    estimate: np.ndarray
    drawn: np.ndarray  # (R, ...)
    way: np.ndarray  # (N, K) how people are shared out
    d: np.ndarray  # (K, K) misclassification
    size: dict[str, float]  # people that the weights are worth (Kish 1965), and the model's parameters
    about: About


def _three_steps(
    model: AudienceMixture, people, others: Others, last: Callable, method: str, level: float, n_resamples: int, seed
) -> _Found:
    """Share people out, and take the step `last` (of shares (N, K) and weights (N,)); again in people drawn again."""
    ways, d = _ways(others, model.share_, model.theta_, others.weight)
    if np.linalg.svd(d, compute_uv=False).min() < SINGULAR:
        worst = int(np.diag(d).argmin())
        rule = "the answers must tell the audiences apart well enough to take the errors of assignment back"
        held = f"audience {worst + 1}, of whose people only {np.diag(d)[worst]:.0%} are assigned to it"
        raise ModelError("n_audiences", rule, held, "Use fewer audiences.")
    estimate, naive = (last(ways[way], others.weight) for way in (method, "naive"))
    drawn = bootstrap(model, n_resamples, seed, others=others)
    again = zip(drawn.share, drawn.theta, drawn.weight, strict=True)
    draws = np.array([last(_ways(others, *own)[0][method], own[-1]) for own in again])
    effective_n = float(others.weight.sum() ** 2 / others.weight_squared.sum())
    size = {"effective_n": effective_n, "n_parameters": model.n_parameters_}
    low, high = widened(estimate, draws, level, widening(**size))
    values = {"estimate": estimate, "low": low, "high": high, "naive": naive}
    known = getattr(people, "about", About())
    about = replace(known, n=int(others.count.sum()), level=level, names=model.about().names)
    return _Found(values, estimate, draws, ways[method], d, size, about)


def _ways(others: Others, share: np.ndarray, theta: np.ndarray, weight: np.ndarray) -> tuple[dict, np.ndarray]:
    """How each method shares people out, (N, K), and the misclassification."""
    posterior = softmax(np.log(np.maximum(share, 1e-300)) + others.log_answers(theta).T, axis=1)
    assigned = assign(posterior)
    d = misclassification(posterior, assigned, weight)
    return {"bch": assigned @ np.linalg.pinv(d), "naive": assigned}, d


def _contrasts(found: _Found, terms: list[str]) -> pd.DataFrame:
    """Differences between all pairs of audiences; p after Holm beside p, the constant of slopes left out."""
    from statsmodels.stats.multitest import multipletests  # where it is used: it takes longer than the rest

    shown, factor, numbers = slice(len(terms) > 1, None), widening(**found.size), range(1, len(found.d) + 1)
    gap, draws = (a[..., :, None, shown] - a[..., None, :, shown] for a in (found.estimate, found.drawn))
    low, high = widened(gap, draws, found.about.level, factor)
    values = {"estimate": gap, "low": low, "high": high, "p": draws.std(0, ddof=1) * factor}
    frame = tidy({"audience": numbers, "other": numbers, "term": terms[shown]}, **values)
    frame = frame[frame["audience"] < frame["other"]].reset_index(drop=True)
    frame["p"] = 2 * norm.sf(frame["estimate"].abs() / frame["p"])
    return frame.assign(p_holm=multipletests(frame["p"].fillna(1), method="holm")[1] if len(frame) else frame["p"])


def _differ(found: _Found) -> dict[str, float]:
    """Wald's statistic of all groups against the first."""
    gap, draws = (own[..., 1:, 1:] - own[..., :1, 1:] for own in (found.estimate, found.drawn))
    gap, draws = gap.ravel(), draws.reshape(len(draws), -1)
    df, left = len(gap), len(draws) - len(gap)
    statistic = p = np.nan
    if df and left > 0:
        statistic = float(gap @ np.linalg.pinv(np.atleast_2d(np.cov(draws.T)), hermitian=True) @ gap)
        p = float(f.sf(statistic * left / (df * (len(draws) - 1)), df, left))
    return {"statistic": statistic, "df": df, "p_value": p}


def _says_outcome(answer: Answer) -> tuple[str, str]:
    """The largest sure difference between audiences, and how many differences are sure."""
    contrasts, rows, names = answer.contrasts, answer.table, answer.about.names
    sure = contrasts[contrasts["p_holm"] < 1 - answer.about.level]
    one = _("The difference between the audiences is tested at an error rate of {rate}.")
    counted = _("{sure} of {all} differences between audiences stand at an error rate of {rate} for all together.")
    counted = one if len(contrasts) == 1 else counted
    counted = counted.format(sure=number(len(sure)), all=number(len(contrasts)), rate=percent(1 - answer.about.level))
    counted = f"{counted} {small_sample(answer.effective_n, answer.n_parameters)}".strip()
    if not len(sure):
        return _("No difference between audiences is sure"), counted
    most, name = sure.loc[sure["estimate"].abs().idxmax()], answer.outcome.replace("_", " ")
    said = percent if answer.yes_no and answer.on is None else lambda value: number(value, 2)
    if answer.on is not None:
        rows = rows[rows["term"] == most["term"]]
        name = _("{outcome} per unit of {term}").format(outcome=name, term=most["term"].replace("_", " "))
    low, high = rows[rows["audience"].isin(most[["audience", "other"]])].sort_values("estimate").itertuples()
    words = {"low": names[low.audience], "low_value": said(low.estimate)}
    words |= {"high": names[high.audience], "high_value": said(high.estimate)}
    return _("{outcome}: “{low}” {low_value}, “{high}” {high_value}").format(outcome=name, **words), counted


def _says_groups(answer: Answer) -> tuple[str, str]:
    """Whether the groups differ, and where most."""
    own = answer.table.pivot(index="group", columns="audience", values="estimate")
    audience = (own.max() - own.min()).idxmax()
    high, low, name = own[audience].idxmax(), own[audience].idxmin(), answer.about.names[audience]
    tested = _("All groups alike: p = {p}.").format(p=number(answer.p_value, 3))
    tested = f"{tested} {small_sample(answer.effective_n, answer.n_parameters)}".strip()
    if not answer.p_value < 1 - answer.about.level:
        return _("The groups by {by} do not surely differ").format(by=answer.by.replace("_", " ")), tested
    ends = {"a": percent(own[audience][high]), "high": high, "b": percent(own[audience][low]), "low": low}
    return _("“{name}”: {a} of {high}, {b} of {low}").format(name=name, **ends), tested


def _says_certainty(answer: Answer) -> tuple[str, str]:
    """How many are doubtful, and whose people are assigned rightly least."""
    rightly = answer.table[answer.table["audience"] == answer.table["assigned"]]
    least = rightly.nsmallest(1, "estimate").iloc[0]
    doubtful = _("For {share} of the people the likeliest audience is less than 70% sure")
    said = _("Of “{name}”, {share} are assigned rightly: the least of all audiences")
    said = said if len(rightly) > 1 else _("Everybody is in one audience")
    said = said.format(name=answer.about.names[least["audience"]], share=percent(least["estimate"]))
    return doubtful.format(share=percent(answer.doubtful)), f"{said}."
