"""How many audiences? Criteria side by side, the model in which age alone does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..answer import Answer
from ..tables.cells import Cells
from .age import AgeModel
from .design import design_aic
from .em import Grid, mid_ages
from .use import cells_of
from .merge import best_identified, merge_dependent
from .mixture import AudienceMixture, fit_up_to
from .residuals import pairs as residual_pairs
from .residuals import within_age
from .stability import agreement, flows, is_weighted
from .verdict import judge, says

if TYPE_CHECKING:
    from ..tables.people import People

BANDS = (5, 10, 20)  # years: the narrowest that needs at most MOST_BANDS bands, when ages in years check the curve
MOST_BANDS = 15
TELLING = 0.25  # audiences differ in a question when the probability of an answer does by this much
COPY = 0.9  # Cramér's V from which two questions are one
CRITERIA = ["log_likelihood", "n_parameters", "aic", "bic", "sabic", "icl_bic", "icl_map", "entropy_r2"]


def choose_audiences(
    cells: Cells | People,
    *,
    up_to: int = 8,
    age: str | None = "curve",
    pairs: int = 0,
    smallest: float = 0,
    n_starts: int = 20,
    random_state: int = 0,
) -> Answer:
    """How many audiences are there, if there are any, and would another survey find them?

    Parameters
    ----------
    cells : Cells or People
    up_to : int
        Largest number of audiences to try; 1 is always tried.
    age, n_starts, random_state : as in AudienceMixture
    pairs : int
        Pairs of surveys drawn from this one, to see with which numbers two surveys agree; 0: none.
    smallest : float
        Numbers with an audience of fewer people are not considered.

    Returns
    -------
    Answer
        ``n_audiences, log_likelihood, n_parameters, aic, bic, sabic, icl_bic, icl_map, entropy_r2, smallest_share,
        starts_agreeing, identified``, and under unequal weights ``daic`` (Lumley & Scott 2015). Parts: ``stability``
        (with `pairs`), ``across`` (from which audience the people of each come when there is room for one more).
        Facts: those of the verdict (`verdict.judge`), ``n_audiences, finding, word, supported`` among them;
        ``merged`` (pairs of questions that are one: everything else is about people who were asked it once), ``cells``
        and ``models`` (by number) with them merged, ``before`` (the number before); ``age_only`` (the model without
        audiences in which every item follows its own quadratic in age), ``within_age`` (what hangs together within an
        age), ``bands`` (the number with a free share per band of age, up to the number that BIC prefers),
        ``questions`` (for every number, the different questions that tell its audiences apart).

    References
    ----------
    Nylund, Asparouhov & Muthén (2007) on the criteria; Dolnicar & Leisch (2010) on stability.

    Examples
    --------
    >>> from smm_analysis import Cells, load_published
    >>> values = load_published("lca_values")
    >>> choice = choose_audiences(values, up_to=3, age=None)
    >>> choice.headline
    'BIC prefers 2 audiences'
    >>> choice.table[["n_audiences", "bic", "identified"]].round(1)
       n_audiences     bic  identified
    0            1  1108.8        True
    1            2  1057.3        True
    2            3  1081.9       False
    """
    settings = {"age": age, "n_starts": n_starts, "random_state": random_state}
    first = list(fit_up_to(cells_of(cells), up_to, **settings))
    models, merged, refused = merge_dependent(first, **settings)
    cells, table = models[0].cells_, pd.DataFrame([_criteria(model) for model in models])
    if is_weighted(cells):
        table["daic"] = [design_aic(model) for model in models]
    evidence = {
        "before": best_identified(first),
        "merged": merged,
        "refused": refused,
        "follows": follows_age(models[1 : best_identified(models) - 1]),
        "age_only": age_only(cells),
        "within_age": within_age(cells),
        "bands": bands_beside(cells, int(table["bic"].idxmin()) + 1, **settings) if age == "curve" else None,
        "banded": cells.age not in (None, "age"),
        "questions": {model.n_audiences: telling_questions(model) for model in models},
        "pairs": pairs,
    }
    parts = {"across": flows(models[1:])} if up_to > 2 else {}
    if pairs and up_to > 1:
        parts["stability"] = agreement(cells, up_to, age=age, pairs=pairs, random_state=random_state)
    facts = judge(table, evidence, cells.n_respondents, stability=parts.get("stability"), smallest=smallest)
    charts = ("how_many", "stability") if "stability" in parts else ("how_many",)
    kept = {"models": {model.n_audiences: model for model in models}, "cells": cells}
    return Answer(table, cells.about, says, parts, facts | evidence | kept, charts)


def _criteria(model: AudienceMixture) -> dict:
    """One row of the choice."""
    return {
        "n_audiences": model.n_audiences,
        **{name: getattr(model, f"{name}_") for name in CRITERIA},
        "smallest_share": model.share_.min(),
        "starts_agreeing": int(model.starts_["agrees"].sum()),
        "identified": model.identified_,
    }


def age_only(cells: Cells) -> dict | None:
    """The model without audiences in which every item follows its own quadratic in age (multinomial logit)."""
    if not np.isfinite(mid_ages(cells.respondents)).any():
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


def _logit(curve: AgeModel, people: np.ndarray) -> float:
    """The largest log-likelihood of the answers' counts (answers, A) given age."""
    theta, before = np.zeros((len(people), len(curve.noise))), -np.inf
    for _step in range(100):
        now = float((people * curve.log_factor(theta)).sum())
        if now - before <= 1e-10 * abs(now):
            break
        before, theta = now, curve.m_step(theta, people)
    return now


def bands_beside(cells: Cells, up_to: int, **settings) -> dict | None:
    """The number of audiences, up to `up_to`, that BIC prefers with a free share per band of age, and its BIC."""
    ages = pd.Series(mid_ages(cells.respondents))
    if ages.nunique() < 2:
        return None
    if ages.nunique() > MOST_BANDS:
        ages = next(low for low in (ages // width * width for width in BANDS) if low.nunique() <= MOST_BANDS)
    banded = Cells(cells.respondents.drop(columns=list(np.atleast_1d(cells.age))).assign(age=ages), cells.items, "age")
    bic = [model.bic_ for model in fit_up_to(banded, up_to, **settings | {"age": "bands"})]
    return {"n_audiences": int(np.argmin(bic)) + 1, "bic": float(min(bic))}


def follows_age(fewer: list[AudienceMixture]) -> dict | None:
    """A question that follows age directly: of fewer audiences the first whose worst residual is one of age."""
    for model in fewer:
        worst = residual_pairs(model).iloc[0]
        if worst["other"] == "age" and worst["dependent"]:
            return {"question": worst["one"], "n_audiences": model.n_audiences}
    return None


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
    table = cells.respondents.assign(weight=cells.weight)
    people = table.pivot_table("weight", one, other, "sum", observed=True, fill_value=0).to_numpy(float)
    share = people / people.sum()
    expected = share.sum(1, keepdims=True) * share.sum(0)
    smaller = min(share.shape) - 1
    return float(np.sqrt(((share - expected) ** 2 / expected).sum() / smaller)) if smaller > 0 else 0.0
