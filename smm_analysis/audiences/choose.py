"""How many audiences? Criteria side by side, the model in which age alone does the work, and a bootstrap test."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import ModelError
from ..progress import progress
from ..tables.cells import Cells
from ..words import _, number
from .age import Curve
from .em import WORK, Grid, mid_ages
from .identify import cell_gradient
from .mixture import AudienceMixture, fit_up_to
from .replicates import best_of, cold_starts, in_blocks, simulated_weights
from .verdict import judge_audiences

BANDS = (5, 10, 20)  # years: the narrowest that needs at most MOST_BANDS bands, when ages in years check the curve
MOST_BANDS = 15
TELLING = 0.25  # audiences differ in a question when the probability of an answer does by this much
COPY = 0.9  # Cramér's V from which two questions are one


def choose_audiences(
    cells: Cells, *, up_to: int = 8, age: str | None = "curve", n_starts: int = 20, seed: int = 0
) -> pd.DataFrame:
    """How many audiences are there, if there are any?

    Parameters
    ----------
    cells : Cells
    up_to : int
        Largest number of audiences to try; 1 is always tried.
    age, n_starts, seed : as in AudienceMixture

    Returns
    -------
    DataFrame
        ``n_audiences, log_likelihood, n_parameters, aic, bic, sabic, icl_bic, icl_map, entropy_r2, smallest_share,
        starts_agreeing, identified``, and under unequal weights ``daic`` (Lumley & Scott 2015). attrs:

        - verdict : the sentence; judgement : the `Verdict` behind it (see `judge_audiences` for its rules)
        - age_only : log_likelihood, n_parameters and bic of the model without audiences in which every item follows
          its own quadratic in age; None without ages
        - bands : n_audiences and bic with a free share per band of age, tried up to the number that BIC prefers
        - questions : for every number, how many different questions tell its audiences apart (an answer's probability
          differs by .25; questions that are copies of each other, Cramér's V from .9, count once)

    References
    ----------
    Nylund, Asparouhov & Muthén (2007) on the criteria; `AudienceMixture` names the formulas.

    Examples
    --------
    >>> from smm_analysis import Cells, load_published
    >>> values = load_published("lca_values")
    >>> cells = Cells.from_table(values, items=list(values.columns[:4]), age=None, count="count")
    >>> choice = choose_audiences(cells, up_to=3, age=None)
    >>> choice[["n_audiences", "bic", "identified"]].round(1)
       n_audiences     bic  identified
    0            1  1108.8        True
    1            2  1057.3        True
    2            3  1081.9       False
    """
    models = list(fit_up_to(cells, up_to, age=age, n_starts=n_starts, seed=seed))
    frame = pd.DataFrame([_criteria(model) for model in models])
    if is_weighted(cells):
        frame["daic"] = [design_aic(model) for model in models]
    best = int(frame["bic"].idxmin()) + 1
    frame.attrs = {
        **cells.attrs,
        "age": age,
        "age_only": age_only(cells),
        "bands": bands_beside(cells, best, n_starts, seed) if age == "curve" else None,
        "questions": {model.n_audiences: telling_questions(model) for model in models},
    }
    verdict = judge_audiences(frame)
    frame.attrs |= {"judgement": verdict, "verdict": verdict.sentence}
    return frame


def _criteria(model: AudienceMixture) -> dict:
    """One row of the choice."""
    same = ["log_likelihood", "n_parameters", "aic", "bic", "sabic", "icl_bic", "icl_map", "entropy_r2"]
    return {
        "n_audiences": model.n_audiences,
        **{name: getattr(model, f"{name}_") for name in same},
        "smallest_share": model.share_.min(),
        "starts_agreeing": int(model.starts_["agrees"].sum()),
        "identified": model.identified_,
    }


def is_weighted(cells: Cells) -> bool:
    """Whether the people's weights differ."""
    return cells.effective_n < cells.n_respondents * (1 - 1e-9)


def design_aic(model: AudienceMixture) -> float:
    """dAIC = -2 LL + 2 tr(H^-1 J) (Lumley & Scott 2015), H and J sums over cells of weight, weight^2 x score score'."""
    grid, cells = model._grid, model.cells_
    squared = cells.respondents["weight_squared"].to_numpy() * (cells.n_respondents / cells.weight_total) ** 2
    p = model.n_parameters_
    information, spread = np.zeros((p, p)), np.zeros((p, p))
    block = max(1, WORK // (len(grid.ages) * p))
    for first in range(0, len(grid.patterns), block):
        inside = (grid.column >= first) & (grid.column < first + block)
        score = _scores(model, slice(first, first + block))[grid.row[inside], grid.column[inside] - first]
        information += score.T @ (grid.weight[inside, None] * score)
        spread += score.T @ (squared[inside, None] * score)
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    inverse = np.linalg.pinv(information / scale / scale[:, None], rcond=1e-10, hermitian=True)
    penalty = np.sum(inverse * (spread / scale / scale[:, None]))
    return float(-2 * model.log_likelihood_ + 2 * penalty)


def _scores(model: AudienceMixture, part: slice) -> np.ndarray:
    """d log P(pattern | age) / d free parameters, shape (A, patterns of the part, parameters)."""
    grid = model._grid
    age, answers = grid.split(model.theta_)
    log_p = answers @ grid.patterns[part].T
    probability = np.exp(grid.age_model.log_factor(age)).T @ np.exp(log_p)
    gradient = cell_gradient(grid, model.theta_, grid.patterns[part])
    return gradient / np.maximum(probability, 1e-300)[..., None]


def age_only(cells: Cells) -> dict | None:
    """The model without audiences in which every item follows its own quadratic in age (multinomial logit)."""
    ages = mid_ages(cells.respondents)
    if not np.isfinite(ages).any():
        return None
    grid = Grid.of(cells, "curve")
    log_likelihood, n_parameters = 0.0, 0
    for item in range(grid.items_of.shape[1]):
        given = grid.patterns[grid.column][:, grid.item == item] * grid.weight[:, None]
        people = (grid.by_age.T @ given).T
        log_likelihood += _logit(grid.age_model, people)
        n_parameters += grid.age_model.n_parameters(len(people))
    bic = -2 * log_likelihood + n_parameters * np.log(cells.n_respondents)
    return {"log_likelihood": float(log_likelihood), "n_parameters": n_parameters, "bic": float(bic)}


def _logit(curve: Curve, people: np.ndarray) -> float:
    """The largest log-likelihood of the answers' counts (answers, A) given age."""
    theta = np.zeros((len(people), len(curve.share_columns)))
    before = -np.inf
    for _step in range(100):
        now = float((people * curve.log_factor(theta)).sum())
        if now - before <= 1e-10 * abs(now):
            break
        before, theta = now, curve.m_step(theta, people)
    return now


def bands_beside(cells: Cells, up_to: int, n_starts: int, seed: int) -> dict | None:
    """The number of audiences, up to `up_to`, that BIC prefers with a free share per band of age, and its BIC."""
    ages = pd.Series(mid_ages(cells.respondents))
    if ages.nunique() < 2:
        return None
    if ages.nunique() > MOST_BANDS:
        ages = next(low for low in (ages // width * width for width in BANDS) if low.nunique() <= MOST_BANDS)
    banded = Cells(cells.respondents.drop(columns=list(np.atleast_1d(cells.age))).assign(age=ages), cells.items, "age")
    bic = [model.bic_ for model in fit_up_to(banded, up_to, age="bands", n_starts=n_starts, seed=seed)]
    return {"n_audiences": int(np.argmin(bic)) + 1, "bic": float(min(bic))}


def telling_questions(model: AudienceMixture) -> tuple[str, ...]:
    """The different questions that tell the audiences apart; of questions that are copies, the first."""
    answers = model.parameters_["answers"]
    differ = (answers.max() - answers.min()).groupby(level="item", sort=False).max() >= TELLING
    found: list[str] = []
    for item in differ.index[differ]:
        if all(_association(model.cells_, item, other) < COPY for other in found):
            found.append(item)
    return tuple(found)


def _association(cells: Cells, one: str, other: str) -> float:
    """Cramér's V of two items, over the people who answered both."""
    people = cells.respondents.pivot_table("weight", one, other, "sum", observed=True, fill_value=0).to_numpy(float)
    share = people / people.sum()
    expected = share.sum(1, keepdims=True) * share.sum(0)
    smaller = min(share.shape) - 1
    return float(np.sqrt(((share - expected) ** 2 / expected).sum() / smaller)) if smaller > 0 else 0.0


def bootstrap_lrt(
    cells: Cells,
    n_audiences: int,
    *,
    age: str | None = "curve",
    n_resamples: int = 99,
    n_starts: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """Is one audience more than `n_audiences` more than chance?

    Surveys without it are simulated from the model with `n_audiences`: as many people at every age, the same questions
    unanswered. In each, both models are fitted anew.

    Parameters
    ----------
    cells : Cells
        With equal weights.
    n_audiences : int
    age : as in AudienceMixture
    n_resamples : int
        Simulated surveys, 99 or more for a p-value of .01.
    n_starts : int
        Random starts per survey, real or simulated, and model; as many grown from the smaller model's solution.
    seed : int

    Returns
    -------
    DataFrame, one row
        ``n_audiences, against, statistic, p_value``: twice the gain in log-likelihood, and (1 + number of simulated
        surveys that gain as much) / (n_resamples + 1). attrs: verdict, n_resamples, failed (simulated surveys in which
        the larger model ended below the smaller one: raise n_starts when there are any).

    Raises
    ------
    ModelError
        Under unequal weights, where the test is not defined.

    References
    ----------
    McLachlan (1987); Nylund, Asparouhov & Muthén (2007). Power: Dziak, Lanza & Tan (2014).

    Examples
    --------
    >>> from smm_analysis import Cells, load_published
    >>> values = load_published("lca_values")
    >>> cells = Cells.from_table(values, items=list(values.columns[:4]), age=None, count="count")
    >>> bootstrap_lrt(cells, 1, age=None, n_resamples=19).round(2)
       n_audiences  against  statistic  p_value
    0            1        2      78.36     0.05
    """
    if is_weighted(cells):
        raise ModelError(
            "cells",
            "the bootstrap test needs equal weights: a weighted likelihood has no known distribution to simulate",
            f"weights worth {cells.effective_n:.0f} of {cells.n_respondents} people",
            "Use the dAIC of choose_audiences and global_stability, or count without weight=.",
        )
    model, larger = list(fit_up_to(cells, n_audiences + 1, age=age, n_starts=n_starts, seed=seed))[-2:]
    statistic = 2 * (larger.log_likelihood_ - model.log_likelihood_)
    gains = np.array(_simulated_gains(model, n_resamples, n_starts, seed))
    p_value = (1 + int((gains >= statistic).sum())) / (n_resamples + 1)
    frame = pd.DataFrame(
        {"n_audiences": [n_audiences], "against": n_audiences + 1, "statistic": statistic, "p_value": p_value}
    )
    said = _(
        "A gain of {statistic} by audience number {more} is reached in {hits} of {n} surveys without it (p = {p})."
    ).format(
        statistic=number(statistic, 1),
        more=n_audiences + 1,
        hits=int((gains >= statistic).sum()),
        n=n_resamples,
        p=number(p_value, 2),
    )
    failed = int((gains < -1e-6 * abs(model.log_likelihood_)).sum())
    frame.attrs = {**cells.attrs, "n_resamples": n_resamples, "failed": failed, "verdict": said}
    return frame


def _simulated_gains(model: AudienceMixture, n_resamples: int, n_starts: int, seed: int) -> list[float]:
    """Twice the gain of one audience more, in every simulated survey."""
    gains: list[float] = []
    size = len(model.theta_)
    for part in progress(in_blocks(n_resamples, 2 * n_starts, len(model.cells_.respondents)), "simulated surveys"):
        rngs = [np.random.default_rng([seed, replicate]) for replicate in range(part.start, part.stop)]
        grid, weight = simulated_weights(model, rngs)
        truth = np.repeat(model.theta_[None, None], len(weight), 0)
        random = cold_starts(grid, weight, size, n_starts, rngs)
        theta, smaller = best_of(grid, weight, np.concatenate([truth, random], 1))
        larger = best_of(grid, weight, cold_starts(grid, weight, size + 1, n_starts, rngs, theta))[1]
        gains += (2 * (larger - smaller)).tolist()
    return gains
