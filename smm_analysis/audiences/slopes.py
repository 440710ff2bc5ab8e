"""Does an outcome hang on something more steeply in one audience than in another? Corrected as `audience_outcome`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import softmax

from ..errors import ModelError, TableError
from ..tables.people import require_columns
from .mixture import AudienceMixture
from .newcomers import recounted
from .outcomes import SINGULAR, _people_grid, _replicates, assign, misclassification


def audience_slopes(
    model: AudienceMixture,
    people: pd.DataFrame,
    outcome: str,
    *,
    on: Sequence[str],
    weight: str | None = None,
    count: str | None = None,
    weight_squared: str | None = None,
    level: float = 0.9,
    n_resamples: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """How does an outcome change with some columns, in each audience?

    Parameters
    ----------
    model : AudienceMixture
    people : DataFrame
        The model's items, ages as in `AudienceMixture.predict_proba` unless the model has none, outcome and `on`.
    outcome : column name
        A number. People without it, or without one of `on`, count in every step but the last.
    on : column names
        Numbers; a constant is added. For the kink of a promise: how much better, how much worse than expected.
    weight, count, weight_squared : column names, optional
        As in `Cells.from_table`.
    level, n_resamples, seed
        Percentile intervals of the bootstrap: audiences are refitted to each drawn sample, then all steps.

    Returns
    -------
    DataFrame
        ``audience, term, estimate, low, high``; uncorrected: ``naive`` (people assigned to one audience each)
        and ``soft`` (everybody in every audience, weighted by the posterior from the answers).

    Raises
    ------
    TableError
        If a column is missing or no number.
    ModelError
        If the audiences overlap too much to take the errors of assignment back.

    Notes
    -----
    Least squares with the BCH weights W = A D^-1 of the people assigned (A) and the table of misclassification (D):
    (X'WX) b = X'Wy per audience. Assumes that, within an audience, outcome and `on` do not depend on the answers.

    References
    ----------
    Bolck, Croon & Hagenaars (2004); Vermunt (2010); for outcomes: Bakk, Tekle & Vermunt (2013).

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, simulate_survey
    >>> people, truth = simulate_survey(1500, seed=1)
    >>> people["worse"] = (people["expected"] - people["received"]).clip(lower=0)
    >>> model = AudienceMixture(3, n_starts=5).fit(Cells.from_table(people, items=truth.attrs["items"]))
    >>> slopes = audience_slopes(model, people, "satisfaction", on=["worse"], n_resamples=20)
    >>> slopes["term"].unique().tolist()
    ['constant', 'worse']
    """
    names = [outcome, *on]
    require_columns(people, names)
    for name in names:
        if not pd.api.types.is_numeric_dtype(people[name]):
            raise TableError(name, "must hold numbers", str(people[name].dtype), "Recode it, or leave the cell empty.")
    sums = {"weight": weight, "count": count, "weight_squared": weight_squared}
    table = recounted(people, model.cells_, age=model.age, sums=sums, also=tuple(names))
    x = np.column_stack([np.ones(len(table)), table[list(on)].to_numpy(float)])
    steps = _Slopes(table["weight"].to_numpy(), table[outcome].to_numpy(float), x)
    grid, cell = _people_grid(model, table)
    log_p = (grid.split(model.theta_)[1] @ grid.patterns.T)[:, grid.column[cell]]
    estimate, naive, soft, d = steps.run(model.share_, log_p, steps.weight)
    if np.linalg.svd(d, compute_uv=False).min() < SINGULAR:
        rule = "the answers must tell the audiences apart well enough to take the errors of assignment back"
        raise ModelError("n_audiences", rule, f"{np.diag(d).min():.0%} rightly assigned", "Use fewer audiences.")
    drawn = _replicates(model, table, grid, cell, steps, n_resamples, seed)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    keys = pd.MultiIndex.from_product([range(1, len(estimate) + 1), ["constant", *on]], names=["audience", "term"])
    values = {"estimate": estimate, "low": low, "high": high, "naive": naive, "soft": soft}
    frame = pd.DataFrame({name: value.ravel() for name, value in values.items()}, keys).reset_index()
    n = int(table.loc[np.isfinite(steps.y) & np.isfinite(x).all(axis=1), "count"].sum())
    names = dict(zip(range(1, len(estimate) + 1), model.names_, strict=True))
    frame.attrs = {**model.cells_.attrs, "n": n, "outcome": outcome, "level": level, "names": names}
    return frame


@dataclass(frozen=True)
class _Slopes:
    """Posteriors, assignment and corrected least squares of counted people; x of shape (N, p)."""

    weight: np.ndarray
    y: np.ndarray
    x: np.ndarray

    def run(self, share: np.ndarray, log_p: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, ...]:
        """Slopes (K, p), corrected, naive and soft, and misclassification (K, K); log_p of shape (K, N)."""
        posterior = softmax(np.log(np.maximum(share, 1e-300)) + log_p.T, axis=1)
        assigned = assign(posterior, "modal")
        d = misclassification(posterior, assigned, weight)
        ways = (assigned @ np.linalg.pinv(d), assigned, posterior)
        return *(self._least_squares(way * weight[:, None]) for way in ways), d

    def _least_squares(self, weight: np.ndarray) -> np.ndarray:
        """Coefficients (K, p) for weights (N, K), which may be negative."""
        known = np.isfinite(self.y) & np.isfinite(self.x).all(axis=1)
        x, y, w = self.x[known], self.y[known], weight[known]
        gram = np.einsum("nk,np,nq->kpq", w, x, x, optimize=True)
        return np.einsum("kpq,kq->kp", np.linalg.pinv(gram), np.einsum("nk,np,n->kp", w, x, y, optimize=True))
