"""What is written down of a fit: criteria, identification, doubts, what is left over, and the table for a paper."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.stats import chi2
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from ..answer import Answer
from ..errors import LocalOptimum, NotIdentified, SmallSample
from ..tables.published import item_label
from ..words import _, number, percent, plural
from .em import Climb, Grid, one_hot, one_thread, posterior
from .outcomes import audience_certainty
from .profile import mean_ages

if TYPE_CHECKING:
    from .mixture import AudienceMixture

PEOPLE_PER_ITEM, SMALLEST = 70, 30  # rules of thumb quoted in Dolnicar, Gruen & Leisch (2018, ch. 5)
MOST_PATTERNS, MOST_AGES = 512, 16  # of a large table a random part is enough: rank can only be lost, not gained
ALPHA = 0.01  # error rate of all pairs of questions together, and of age alone
FIFTHS = (0.2, 0.4, 0.6, 0.8)
CRITERIA = ("log_likelihood", "n_parameters", "aic", "bic", "sabic", "icl_bic", "icl_map", "entropy_r2")


def criteria(grid: Grid, theta: np.ndarray, log_likelihood: float) -> dict[str, float]:
    """Log-likelihood, parameters and what follows from them, by the names `CRITERIA`."""
    n, k, p = grid.count.sum(), len(theta), grid.n_parameters(len(theta))
    own = posterior(grid, theta)
    entropy = -(grid.weight * (own * np.log(np.maximum(own, 1e-300))).sum(0)).sum()
    aic, bic, sabic = (-2 * log_likelihood + p * penalty for penalty in (2, np.log(n), np.log((n + 2) / 24)))
    icl_map = bic - 2 * (grid.weight * np.log(own.max(0))).sum()
    r2 = 1 - entropy / (n * np.log(k)) if k > 1 else np.nan
    return dict(zip(CRITERIA, (log_likelihood, p, aic, bic, sabic, bic + 2 * entropy, icl_map, r2), strict=True))


def scores(grid: Grid, theta: np.ndarray, member: np.ndarray) -> np.ndarray:
    """d log-likelihood of one person in each cell / d logits, for P(audience | cell) `member` (K, C): (C, parameters).

    Logits of the shares (every audience but the last) and of the answers (every answer of an item but its last).
    """
    age, answers = grid.split(theta)
    share, design = grid.age_model.share(age)[:, grid.row], grid.age_model.design[grid.row]
    free, given = np.append(np.diff(grid.item) == 0, False), grid.patterns[grid.column]
    asked, chance = (given @ grid.items_of)[:, grid.item[free]], np.exp(answers[:, None, free])
    of_share = (member - share)[:-1, :, None] * design
    of_answers = member[:, :, None] * (given[:, free] - asked * chance)
    return np.concatenate([*of_share, *of_answers], 1)


@one_thread
def rank_deficit(grid: Grid, k: int, random_state: int = 0) -> int:
    """How many of the parameters of a mixture with k audiences no data of this shape could tell.

    Numerical rank of the scores of all answer patterns at all ages, at random interior points (0: identified almost
    everywhere). Rule: Goodman (1974); 0 is necessary, not sufficient.
    """
    rng, sizes, n_parameters = np.random.default_rng(random_state), np.bincount(grid.item), grid.n_parameters(k)
    codes = rng.integers(0, sizes, (MOST_PATTERNS, len(sizes)))
    if np.prod(sizes, dtype=float) <= MOST_PATTERNS:
        codes = np.array(list(itertools.product(*map(range, sizes))))
    patterns, last = one_hot(codes, sizes), len(grid.ages) - 1  # the unknown age, if any
    some = np.union1d(rng.permutation(last)[:MOST_AGES], last)
    row, column = np.repeat(some, len(patterns)), np.tile(np.arange(len(patterns)), len(some))
    every, best = replace(grid, patterns=patterns, row=row, column=column), 0
    for _draw in range(3):
        if best == n_parameters:
            break
        age = grid.age_model.start(rng.normal(0, 0.7, (1, k)), rng)[0]
        age = age + rng.normal(0, 0.3, age.shape) * np.maximum(grid.age_model.noise, 0.5)
        theta = grid.normalise(np.concatenate([age, rng.normal(0, 1, (k, len(grid.item)))], -1)[None])[0]
        found = scores(every, theta, posterior(every, theta))
        found = found / np.maximum(np.linalg.norm(found, axis=0), 1e-300)
        best = max(best, int(np.linalg.matrix_rank(found, tol=1e-8 * np.sqrt(n_parameters))))
    return n_parameters - best


def has_unequal_twin(grid: Grid, ends: Climb) -> bool:
    """Whether a start with the best likelihood (to 1e-8, relative) ends in another profile."""
    equal = ends.log_likelihood >= ends.log_likelihood[0] - 1e-8 * abs(ends.log_likelihood[0])
    base, *others = np.exp(grid.split(ends.theta[equal])[1])
    distances = (np.abs(base[:, None] - other[None]).max(-1) for other in others)
    return any(distance[linear_sum_assignment(distance)].max() > 0.05 for distance in distances)


def notes(model: AudienceMixture) -> tuple[str, ...]:
    """What a reader of the numbers must know: people left out, and limits that were active."""
    cells, curve = model.cells_, model._grid.age_model
    open_band = cells.age not in (None, "age") and cells.respondents["age_high"].isna().any()
    sharp = curve.is_sharp(model._grid.split(model.theta_)[0])
    said = {
        f"{cells.n_unanswered} people answered no item and are left out of n.": cells.n_unanswered > 0,
        "The open age band is taken to be as wide as the band below it.": open_band,
        f"Too few different ages for a quadratic: the curve has degree {curve.degree}.": 0 <= curve.degree < 2,
        "An audience begins or ends so sharply at some age that its curve has no finite maximum; a small ridge stopped "
        "it. Its coefficients mean nothing beyond 'a sharp boundary'; shares and profiles stand.": sharp,
    }
    return tuple(text for text, holds in said.items() if holds)


def reached(model: AudienceMixture) -> tuple[int, int]:
    """How many of the independent starts are as high as the best, of how many: a moved one begins at it, no witness."""
    own = model.starts_.loc[model.starts_["kind"] != "moved", "agrees"]
    return int(own.sum()), len(own)


def doubts(model: AudienceMixture) -> Iterator[tuple[type[Warning], str]]:
    """What to doubt, and what to do about it."""
    k, n_items, cells = model.n_audiences, len(model.cells_.items), model.cells_
    (agree, independent), smallest = reached(model), model.share_.min() * cells.n_respondents
    if not model.converged_:
        cut = f"The best of the climbs stopped after max_iter={model.max_iter} EM steps."
        yield ConvergenceWarning, f"{cut} Raise max_iter."
    if k > 1 and agree < 2:
        few = f"Only {agree} of {independent} starts reached the best likelihood with {k} audiences: a better one may"
        yield LocalOptimum, f"{few} exist. Raise n_starts (now {model.n_starts}), or use fewer audiences."
    if not model.identified_:
        why = "starts with the same likelihood end in different profiles"
        if model._deficit:
            why = f"{model._deficit} of {model.n_parameters_} parameters cannot be told from these questions"
        remedy = "do not read the profiles. Use fewer audiences or ask more questions."
        yield NotIdentified, f"With {k} audiences {why}: {remedy}"
    if cells.effective_n < PEOPLE_PER_ITEM * n_items or smallest < SMALLEST:
        audiences, least = f"{k} audience{'s' * (k > 1)}", f"{smallest:.0f}" if smallest >= 5 else "under 5"
        much = f"{n_items} items and {audiences} are much for {cells.n_respondents} people"
        rule = f"rule of thumb {PEOPLE_PER_ITEM} per item, {SMALLEST} per audience; smallest audience {least}"
        remedy = "Use fewer items or audiences, or ask more people."
        yield SmallSample, f"{much} (effective {cells.effective_n:.0f}; {rule}). {remedy}"


def residuals(model: AudienceMixture) -> Answer:
    """What do two questions, or a question and age, have in common that the audiences do not explain?

    Returns
    -------
    Answer
        ``one, other, chi2, df, chi2_df, p, dependent``: Pearson's chi-square of the two-way table that the model
        expects, scaled by the people that the weights are worth; the largest chi2 / df first. `other` "age" is age in
        fifths. `dependent`: p x number of pairs below .01 (at the true number of audiences: in .6 % of surveys).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, load_published
    >>> AudienceMixture(2, age=None).fit(load_published("lca_gss82")).residuals().headline
    'understanding and cooperation hang together beyond the audiences'
    """
    check_is_fitted(model)
    table = residual_pairs(model)
    charts, facts = ("residuals",) if len(table) else (), {"level": ALPHA, "n_pairs": len(table)}
    return Answer(table, model.about(), _says_left, facts=facts, charts=charts)


def _says_left(answer: Answer) -> tuple[str, str]:
    """Which pairs are left over."""
    left = answer.table[answer.table["dependent"]]
    named = [pair_label(row.one, row.other) for row in left.itertuples()]
    headline = _("No pair of questions surely hangs together beyond the audiences")
    said = _("None of {all} pairs is left to explain, at an error rate of 1% for all together.")
    if named:
        headline = _("{pair} hang together beyond the audiences").format(pair=named[0])
        said = _("Left to explain: {pairs} ({n} of {all} pairs, at an error rate of 1% for all together).")
    return headline, said.format(pairs="; ".join(named[:3]), n=number(len(left)), all=number(answer.n_pairs))


def pair_label(one: str, other: str) -> str:
    """'Twitter/X and LinkedIn', 'Twitter/X and age'."""
    return _("{a} and {b}").format(a=item_label(one), b=_("age") if other == "age" else item_label(other))


def residual_pairs(model: AudienceMixture) -> pd.DataFrame:
    """The table of `residuals`: the fifths of age are answers that everybody of that age gives."""
    grid, cells = model._grid, model.cells_
    age_part, answers = grid.split(model.theta_)
    fifth, n_items = _fifths(grid.ages[grid.row], grid.count), len(cells.items)
    given = grid.patterns[grid.column]  # (C, M)
    asked, given = np.hstack([given @ grid.items_of, fifth]), np.hstack([given, fifth])
    chance = np.hstack([np.exp(answers), np.ones((len(answers), fifth.shape[1]))])  # (K, M + F)
    item = np.append(grid.item, n_items + np.arange(fifth.shape[1]))
    people = grid.age_model.share(age_part)[:, grid.row] * grid.weight  # (K, C)
    among = np.stack([asked.T @ (own[:, None] * asked) for own in people])[:, item][:, :, item]
    expected = np.einsum("km,kn,kmn->mn", chance, chance, among, optimize=True)
    misfit = (given.T @ (grid.weight[:, None] * given) - expected) ** 2 / np.maximum(expected, 1e-9)
    of = np.eye(n_items + 1)[np.minimum(item, n_items)]
    found, free = of.T @ misfit @ of * (cells.effective_n / cells.n_respondents), of.sum(0).astype(int) - 1
    names = [*cells.items, "age"] if fifth.shape[1] > 1 else cells.items
    both = itertools.combinations(range(len(names)), 2)
    rows = [(names[i], names[j], found[i, j], free[i] * free[j]) for i, j in both]
    table = pd.DataFrame(rows, columns=["one", "other", "chi2", "df"])
    table = table.assign(chi2_df=table["chi2"] / table["df"], p=chi2.sf(table["chi2"], table["df"]))
    table["dependent"] = table["p"] * len(table) < ALPHA
    return table.sort_values("chi2_df", ascending=False, kind="stable", ignore_index=True)


def _fifths(age: np.ndarray, count: np.ndarray) -> np.ndarray:
    """(C, up to 5) indicator of the fifth of the people by age; unknown ages are in none."""
    known = np.isfinite(age)
    if not known.any():
        return np.zeros((len(age), 0))
    cuts = np.unique(np.quantile(age[known], FIFTHS, weights=count[known], method="inverted_cdf"))
    own = np.eye(len(cuts) + 1)[np.searchsorted(cuts, age)] * known[:, None]
    return own[:, own.any(0)]


def summary(model: AudienceMixture) -> Answer:
    """What belongs into a paper about these audiences?

    Returns
    -------
    Answer
        ``quantity, value``: people, settings, criteria, starts, local dependence, and what repeats the analysis
        (package, random_state; of People read from a file its SHA-256 and the line of Python); for a paper
        ``summary.table.to_latex()``. Part: `audiences` (audience, name, share, mean_age, probability of every answer).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, load_published
    >>> AudienceMixture(4).fit(load_published("gss_2016_platforms_by_age")).summary().headline
    '4 audiences of 1,366 people, BIC 9,592.6'
    """
    check_is_fitted(model)
    agree, independent = reached(model)
    cells, left = model.cells_, residual_pairs(model)
    values = {
        "n": cells.n_respondents,
        **{name: getattr(cells, name) for name in ("effective_n", "n_unanswered", "source")},
        **{name: getattr(model, name) for name in ("n_audiences", "age", "random_state")},
        **{name: getattr(model, f"{name}_") for name in CRITERIA},
        "starts": independent,
        "starts_agreeing": agree,
        "converged": model.converged_,
        "identified": model.identified_,
        "pairs": len(left),
        "pairs_dependent": int(left["dependent"].sum()),
        "largest_residual": left["chi2_df"].max(),
        "doubtful": audience_certainty(model).doubtful,
        "package": f"smm-analysis {version('smm-analysis')}",
        **model.read_,
    }
    table = pd.DataFrame({"quantity": list(values), "value": pd.Series(list(values.values()), dtype=object)})
    return Answer(table, model.about(), _says, {"audiences": _audiences(model)}, values)


def _audiences(model: AudienceMixture) -> pd.DataFrame:
    """One row per audience; an item that has the name of another column gets "_" behind its own."""
    answers, given = model.parameters_["answers"], model.cells_.answers
    own = {"name": model.names_, "share": model.share_, "mean_age": mean_ages(model)[0]}
    said = answers.loc[:, [given[item] != (0, 1) or answer == 1 for item, answer in answers.columns]]
    names = [item if given[item] == (0, 1) else f"{item}: {answer}" for item, answer in said.columns]
    said = said.set_axis([f"{name}_" if name in own else name for name in names], axis=1)
    return pd.DataFrame(own, answers.index).join(said).reset_index()


def _says(answer: Answer) -> tuple[str, str]:
    """What was fitted, and whether it may be believed."""
    found, k = answer.facts, answer.n_audiences
    digits = {"n": 0, "bic": 1, "n_parameters": 0, "log_likelihood": 1, "starts": 0, "pairs": 0}
    figures = {name: number(found[name], places) for name, places in digits.items()}
    figures |= {"k": number(k), "r2": number(found["entropy_r2"], 2), "share": percent(found["doubtful"])}
    figures |= {"agree": number(found["starts_agreeing"]), "dependent": number(found["pairs_dependent"])}
    headline = plural("{k} audience of {n} people, BIC {bic}", "{k} audiences of {n} people, BIC {bic}", k)
    said = [
        _("{n_parameters} parameters, log-likelihood {log_likelihood}; {agree} of {starts} starts reached it."),
        _("Entropy R² {r2}; {share} of the people are doubtful."),
        _("{dependent} of {pairs} pairs of questions hang together beyond the audiences."),
    ]
    if not found["identified"]:
        said.append(_("The parameters are not identified: do not read the profiles."))
    return headline.format(**figures), " ".join(said).format(**figures)
