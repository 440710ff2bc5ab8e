"""How well do the answers tell the audiences apart, and what does age add?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import softmax

from ..errors import ModelError
from ..tables.cells import Cells
from ..words import _, number, percent
from .em import posterior
from .mixture import AudienceMixture, fit_up_to
from .outcomes import assign, misclassification
from .stability import adjusted_rand, cross_table

BINS = 10


def audience_certainty(model: AudienceMixture) -> pd.DataFrame:
    """How sure is it who belongs to which audience?

    Parameters
    ----------
    model : AudienceMixture

    Returns
    -------
    DataFrame
        ``audience, low, high, estimate``: share of everybody whose probability of belonging to the audience lies
        between low and high, in tenths. Well separated: all are near 0 or 1 (the gorge plot of Dolnicar, Gruen &
        Leisch 2018, with posteriors for similarities). attrs: names, doubtful (share of people whose likeliest
        audience has a probability below .7).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published
    >>> gss82 = load_published("lca_gss82")
    >>> cells = Cells.from_table(gss82, items=list(gss82.columns[:4]), age=None, count="count")
    >>> certainty = audience_certainty(AudienceMixture(2, age=None).fit(cells))
    >>> certainty.groupby("audience")["estimate"].sum().round(6).tolist()
    [1.0, 1.0]
    """
    own, weight = posterior(model._grid, model.theta_), model._grid.weight / model._grid.weight.sum()
    edges = np.linspace(0, 1, BINS + 1)
    rows = [
        (audience, low, high, share)
        for audience, p in enumerate(own, start=1)
        for low, high, share in zip(edges, edges[1:], np.histogram(p, edges, weights=weight)[0], strict=False)
    ]
    frame = pd.DataFrame(rows, columns=["audience", "low", "high", "estimate"])
    doubtful = float(weight[own.max(0) < 0.7].sum())
    frame.attrs = {**model.cells_.attrs, "names": dict(enumerate(model.names_, 1)), "doubtful": doubtful}
    return frame


def audience_separation(model: AudienceMixture) -> pd.DataFrame:
    """Whose people are taken for whose?

    Parameters
    ----------
    model : AudienceMixture

    Returns
    -------
    DataFrame
        ``audience, assigned, by, estimate``: of the people who belong to the audience, the share that is assigned to
        each; `by` "age and answers" or "answers only". attrs: names.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published
    >>> gss82 = load_published("lca_gss82")
    >>> cells = Cells.from_table(gss82, items=list(gss82.columns[:4]), age=None, count="count")
    >>> separation = audience_separation(AudienceMixture(2, age=None).fit(cells))
    >>> separation["estimate"].head(4).round(2).tolist()
    [0.96, 0.04, 0.21, 0.79]
    """
    rows = []
    for by, own in (("age and answers", posterior(model._grid, model.theta_)), ("answers only", _by_answers(model))):
        table = misclassification(own.T, assign(own.T, "modal"), model._grid.weight)
        rows += [(t + 1, s + 1, by, float(table[t, s])) for t in range(len(table)) for s in range(len(table))]
    frame = pd.DataFrame(rows, columns=["audience", "assigned", "by", "estimate"])
    frame.attrs = {**model.cells_.attrs, "names": dict(enumerate(model.names_, 1))}
    return frame


def _by_answers(model: AudienceMixture) -> np.ndarray:
    """P(audience | answers) of every cell with the shares as prior, (K, C)."""
    grid = model._grid
    log_p = grid.split(model.theta_)[1] @ grid.patterns.T
    return softmax(np.log(model.share_)[:, None] + log_p[:, grid.column], axis=0)


def _certain(own: np.ndarray, weight: np.ndarray) -> float:
    """Entropy R2 of posteriors (K, C): 1 = no doubt, 0 = no idea."""
    entropy = -(weight * (own * np.log(np.maximum(own, 1e-300))).sum(0)).sum()
    return float(1 - entropy / (weight.sum() * np.log(len(own))))


def age_role(cells: Cells, n_audiences: int, *, n_starts: int = 20, seed: int = 0) -> pd.DataFrame:
    """Does age form the audiences, or does it describe them?

    The same people are grouped twice, with age (curve) and by their answers alone.

    Parameters
    ----------
    cells : Cells
        With ages.
    n_audiences : int
        2 or more.
    n_starts, seed : as in AudienceMixture

    Returns
    -------
    DataFrame
        ``with_age, without_age, share, mean_age``: the flow between the two groupings as shares of everybody, and the
        mean age of the audience formed without age. Both are numbered youngest first. attrs:

        - agreement : adjusted Rand index of the two
        - separation, separation_by_answers : entropy R2 of the model with age, with age in the posterior and without
        - verdict : which claims about age would be circular

    Examples
    --------
    >>> from smm_analysis import Cells, load_published
    >>> gss = load_published("gss_2016_platforms_by_age")
    >>> cells = Cells.from_table(gss, items=["facebook", "instagram", "snapchat", "twitter"], weight="weight",
    ...     age=("age_low", "age_high"), count="respondents", weight_squared="weight_squared")
    >>> role = age_role(cells, 2)
    >>> role.attrs["agreement"] > .5
    True
    """
    if n_audiences < 2:
        raise ModelError("n_audiences", "2 audiences or more", str(n_audiences), "One audience needs no age.")
    former, plain = (
        list(fit_up_to(cells, n_audiences, age=age, n_starts=n_starts, seed=seed))[-1] for age in ("curve", None)
    )
    weight, grid = cells.weight, former._grid
    with_age = posterior(grid, former.theta_).argmax(0)
    own = posterior(plain._grid, plain.theta_)
    known = np.isfinite(grid.ages)[grid.row]
    mean_age = (own * weight)[:, known] @ grid.ages[grid.row][known] / (own * weight)[:, known].sum(1)
    order = np.argsort(mean_age)
    without_age = np.argsort(order)[own.argmax(0)]
    table = cross_table(with_age, without_age, weight, (n_audiences, n_audiences))
    rows = [
        (one + 1, two + 1, table[one, two] / weight.sum(), mean_age[order][two])
        for one in range(n_audiences)
        for two in range(n_audiences)
    ]
    frame = pd.DataFrame(rows, columns=["with_age", "without_age", "share", "mean_age"])
    figures = {
        "agreement": adjusted_rand(table),
        "separation": _certain(posterior(grid, former.theta_), weight),
        "separation_by_answers": _certain(_by_answers(former), weight),
    }
    frame.attrs = {**cells.attrs, **figures, "verdict": _role(figures, mean_age[order])}
    return frame


def _role(figures: dict, mean_age: np.ndarray) -> str:
    said = _(
        "Age helped to form these audiences: {share} of their separation is age's. That they differ in age is "
        "therefore no finding. A finding is that the audiences formed from answers alone, which agree with them to "
        "{agreement} (adjusted Rand index), have mean ages from {youngest} to {oldest}."
    )
    return said.format(
        share=percent(max(0.0, 1 - figures["separation_by_answers"] / figures["separation"])),
        agreement=number(figures["agreement"], 2),
        youngest=number(mean_age.min()),
        oldest=number(mean_age.max()),
    )
