"""A later survey: did the audiences change in size, or in what they do?"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from ..errors import NotIdentified, TableError
from ..tables.cells import Cells
from ..tables.count import collapse
from ..tables.published import item_label
from ..words import _, number
from .em import Grid, e_step, in_batches
from .identify import rank_deficit
from .mixture import AudienceMixture
from .newcomers import recounted
from .profile import answer_keys, quantities, resampled_fits
from .replicates import bootstrap_weights, refitted


def compare_waves(
    model: AudienceMixture,
    later: pd.DataFrame,
    *,
    weight: str | None = None,
    count: str | None = None,
    weight_squared: str | None = None,
    level: float = 0.9,
    n_resamples: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """What changed between the survey of the model and a later one: the audiences' sizes, or their profiles?

    Sizes are compared with the profiles held as they were; profiles with everything free, from the old ones on.

    Parameters
    ----------
    model : AudienceMixture
        Fitted to the earlier survey.
    later : DataFrame
        People of the later survey in the model's items. Items it did not ask count as unanswered by design; items that
        are new are not looked at.
    weight, count, weight_squared : column names, optional
        As in `Cells.from_table`.
    level, n_resamples, seed
        Percentile intervals; both surveys are drawn again.

    Returns
    -------
    DataFrame
        ``audience, item, answer, before, after, estimate, low, high``: estimate is after minus before. Item "share" is
        the size. attrs: verdict, absent (items that the later survey did not ask), gain (twice the log-likelihood that
        free profiles add) and freed (their number of parameters).

    Warns
    -----
    NotIdentified
        When too few of the items were asked to tell profiles.

    Raises
    ------
    TableError
        When the later survey asked none of the model's items, or has answers that the model never saw.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published
    >>> gss82 = load_published("lca_gss82")
    >>> items = list(gss82.columns[:4])
    >>> model = AudienceMixture(2, age=None).fit(Cells.from_table(gss82, items=items, age=None, count="count"))
    >>> change = compare_waves(model, gss82, count="count", n_resamples=20)
    >>> bool(change["estimate"].abs().max() < .01)
    True
    """
    items = model.cells_.items
    absent = tuple(item for item in items if item not in later.columns)
    if len(absent) == len(items):
        have = ", ".join(map(str, later.columns[:8]))
        raise TableError("later", "must hold some of the model's items", f"only {have}", "Name its columns like them.")
    sums = {"weight": weight, "count": count, "weight_squared": weight_squared}
    table = recounted(later.assign(**dict.fromkeys(absent, np.nan)), model.cells_, age=model.age, sums=sums)
    cells = Cells(table, items, "age")
    grid = Grid.of(cells, model.age)
    _doubt(model, table, absent)
    held = _held(grid, grid.weight[None], model.theta_[None])
    free = refitted(grid, grid.weight[None], held[0])
    before = quantities(model._grid, model.theta_[None], model._grid.weight[None])
    after = _after(grid, grid.weight[None], held, free)
    theta, old_weight = resampled_fits(model, n_resamples, seed)
    weights = bootstrap_weights(cells, n_resamples, np.random.default_rng([seed, 1]))
    held_draws = _held(grid, weights, theta)
    drawn = _after(grid, weights, held_draws, refitted(grid, weights, free[0])) - quantities(
        model._grid, theta, old_weight
    )
    frame = _frame(model, before[0], after[0], np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0))
    frame = frame[~frame["item"].isin(absent)].reset_index(drop=True)
    gain = 2 * (_log_likelihood(grid, free) - _log_likelihood(grid, held))
    asked = np.flatnonzero([item not in absent for item in items])
    freed = len(model.theta_) * int(sum(len(model.cells_.answers[items[j]]) - 1 for j in asked))
    attrs = {"n": int(table["count"].sum()), "source": later.attrs.get("source"), "origin": later.attrs.get("origin")}
    frame.attrs = {
        **attrs,
        "level": level,
        "names": dict(enumerate(model.names_, 1)),
        "absent": absent,
        "gain": gain,
        "freed": freed,
        "verdict": _verdict(frame, absent),
    }
    return frame


def _doubt(model: AudienceMixture, table: pd.DataFrame, absent: tuple[str, ...]) -> None:
    """Say when the questions that were asked cannot tell profiles any more."""
    asked = tuple(item for item in model.cells_.items if item not in absent)
    grid = Grid.of(Cells(collapse(table[table["count"] > 0], ["age", *asked]), asked, "age"), model.age)
    if absent and rank_deficit(grid, len(model.theta_)):
        warnings.warn(
            f"The later survey asked {len(asked)} of {len(model.cells_.items)} items, too few to tell the profiles of "
            f"{len(model.theta_)} audiences: read the change of sizes only, or use fewer audiences.",
            NotIdentified,
            stacklevel=3,
        )


def _held(grid: Grid, weight: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """EM on the age part alone, with the answers of `theta` (R, K, own q + M) for this grid: (R, K, q + M)."""
    answers = theta[..., -len(grid.item) :]
    age = grid.age_model.start(np.zeros(answers.shape[:2]), np.random.default_rng(0))
    own = grid.normalise(np.concatenate([age, answers], -1))
    for part in in_batches(grid, len(own)):
        table, before = grid.table(weight[part]), -np.inf
        for _step in range(2000):
            expected = e_step(grid, table, own[part])
            if np.max(expected.objective - before) <= 1e-9 * np.abs(expected.objective).max():
                break
            before = expected.objective
            moved = grid.age_model.m_step(grid.split(own[part])[0], expected.by_age)
            own[part] = np.concatenate([moved, own[part][..., -len(grid.item) :]], -1)
    return own


def _after(grid: Grid, weight: np.ndarray, held: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Sizes with profiles held, all other quantities free, (R, K, 3 + M)."""
    found = quantities(grid, free, weight)
    found[..., 0] = quantities(grid, held, weight)[..., 0]
    return found


def _log_likelihood(grid: Grid, theta: np.ndarray) -> float:
    return float(e_step(grid, grid.table(grid.weight[None]), theta).objective[0])


def _frame(model: AudienceMixture, before: np.ndarray, after: np.ndarray, interval: np.ndarray) -> pd.DataFrame:
    """Sizes and answers of all audiences; of yes/no items the yes only."""
    keys = answer_keys(model)
    yes_no = keys["item"].map(lambda item: model.cells_.answers[item] == (0, 1)) & (keys["answer"] == 0)
    columns = [0, *(3 + np.flatnonzero(~yes_no))]
    labels = [("share", ""), *keys[~yes_no].itertuples(index=False)]
    rows = [
        (k + 1, *label, before[k, c], after[k, c], after[k, c] - before[k, c], *interval[:, k, c])
        for k in range(len(before))
        for label, c in zip(labels, columns, strict=True)
    ]
    return pd.DataFrame(rows, columns=["audience", "item", "answer", "before", "after", "estimate", "low", "high"])


def _verdict(frame: pd.DataFrame, absent: tuple[str, ...]) -> str:
    moved = (frame["low"] > 0) | (frame["high"] < 0)
    size = frame["item"] == "share"
    said = _("{sizes} of {audiences} audiences changed in size, {answers} of {all} answers changed within audiences.")
    parts = [
        said.format(
            sizes=number((moved & size).sum()),
            audiences=number(size.sum()),
            answers=number((moved & ~size).sum()),
            all=number((~size).sum()),
        )
    ]
    if absent:
        names = ", ".join(item_label(item) for item in absent)
        parts.append(_("Not asked in the later survey: {items}.").format(items=names))
    return " ".join(parts)
