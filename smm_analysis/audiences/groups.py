"""Do groups of people divide into the same audiences in other shares: by sex, by country, by wave?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import f

from ..answer import Answer
from ..errors import TableError
from ..intervals import check_level, small_sample, widened, widening
from ..tables.people import require_columns
from ..words import _, number, percent
from .outcomes import ThreeSteps

if TYPE_CHECKING:
    from ..tables.people import People
    from .mixture import AudienceMixture


def compare_groups(
    model: AudienceMixture,
    people: People | pd.DataFrame,
    *,
    by: str,
    weight: str | None = None,
    count: str | None = None,
    weight_squared: str | None = None,
    level: float = 0.9,
    n_resamples: int = 200,
    random_state: int = 0,
) -> Answer:
    """What share of each group belongs to which audience, and do the groups differ?

    Parameters
    ----------
    people : People or DataFrame
        As in `audience_outcome`, with the groups.
    by : column name
        Groups: words or numbers, at least two; empty = not known.
    weight, count, weight_squared, level, n_resamples, random_state
        As in `audience_outcome`.

    Returns
    -------
    Answer
        ``group, audience, estimate, low, high, naive, n``: share of the group, corrected (BCH) for doubt about who
        belongs where. Facts: ``by, statistic, df, p_value`` of the hypothesis that all groups divide alike (Wald's,
        with the bootstrap's covariance, against F; NaN for more differences than resamples can tell).

    Raises
    ------
    TableError, ModelError
        When there are fewer than two groups, or the audiences overlap too much.

    Notes
    -----
    Posteriors come from the answers only, with everybody's shares. Assumes that, within an audience, people of all
    groups answer alike. Vermunt (2010).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, simulate_people
    >>> people, truth = simulate_people(1500, random_state=1)
    >>> model = AudienceMixture(2, n_starts=3).fit(people)
    >>> table = people.table.assign(half=["a", "b"] * 750)
    >>> model.compare(table, by="half", n_resamples=50).table["group"].unique().tolist()
    ['a', 'b']
    """
    check_level(level)
    require_columns(people.table if hasattr(people, "platforms") else people, [by])
    sums = {"weight": weight, "count": count, "weight_squared": weight_squared}
    steps = ThreeSteps.of(model, people, (by,), sums)
    codes, groups = pd.factorize(steps.others.values[by], sort=True)
    if len(groups) < 2:
        raise TableError(by, "two groups or more", f"{len(groups)}", "Name a column that divides people.")
    member = np.eye(len(groups) + 1)[codes, :-1]  # (N, G); of an unknown group no member

    def shares(ways: tuple, weight: np.ndarray) -> np.ndarray:
        own = member * weight[:, None]
        return np.stack([own.T @ way / own.sum(0)[:, None] for way in ways])  # (2, G, K)

    estimate, naive = shares(steps.ways, steps.others.weight)
    drawn = steps.replicates(n_resamples, random_state, shares)[:, 0]
    low, high = widened(estimate, drawn, level, widening(**steps.size))
    keys = pd.MultiIndex.from_product([groups, range(1, estimate.shape[1] + 1)], names=["group", "audience"])
    values = {"estimate": estimate, "low": low, "high": high, "naive": naive}
    table = keys.to_frame(index=False).assign(**{name: value.ravel() for name, value in values.items()})
    table["n"] = np.repeat((member.T @ steps.others.count).astype(int), estimate.shape[1])
    facts = {"by": by, **_differ(estimate, drawn), **steps.size}
    return Answer(table, steps.about(people, level), _says, facts=facts, charts=("groups",))


def _differ(estimate: np.ndarray, drawn: np.ndarray) -> dict[str, float]:
    """Wald's statistic of all groups against the first, with the covariance of draws (R, G, K)."""
    gap = (estimate[1:, 1:] - estimate[:1, 1:]).ravel()
    draws = (drawn[:, 1:, 1:] - drawn[:, :1, 1:]).reshape(len(drawn), -1)
    df, left = len(gap), len(drawn) - len(gap)
    if not df or left < 1:
        return {"statistic": np.nan, "df": df, "p_value": np.nan}
    statistic = float(gap @ np.linalg.pinv(np.atleast_2d(np.cov(draws.T)), hermitian=True) @ gap)
    return {
        "statistic": statistic,
        "df": df,
        "p_value": float(f.sf(statistic * left / (df * (len(drawn) - 1)), df, left)),
    }


def _says(answer: Answer) -> tuple[str, str]:
    """Whether the groups differ, and where most."""
    own = answer.table.pivot(index="group", columns="audience", values="estimate")
    audience = (own.max() - own.min()).idxmax()
    high, low, name = own[audience].idxmax(), own[audience].idxmin(), answer.about.names[audience]
    by = answer.by.replace("_", " ")
    tested = _("All groups alike: p = {p}.").format(p=number(answer.p_value, 3))
    tested = f"{tested} {small_sample(answer.effective_n, answer.n_parameters)}".strip()
    if not answer.p_value < 1 - answer.about.level:
        return _("The groups by {by} do not surely differ").format(by=by), tested
    said = _("“{name}”: {a} of {high}, {b} of {low}")
    ends = {"a": percent(own[audience][high]), "high": high, "b": percent(own[audience][low]), "low": low}
    return said.format(name=name, **ends), tested
