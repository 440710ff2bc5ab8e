"""What a fitted mixture says about its audiences, with intervals from the weighted bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax

from ..errors import ModelError
from ..progress import progress
from ..tables.cells import resampled
from ..tables.published import item_label
from ..words import _
from .em import Grid, climb, expected_by_age, posterior

if TYPE_CHECKING:
    from .mixture import AudienceMixture

BEYOND = 5  # years that the age curve is drawn beyond the fitted range


def answer_keys(model: AudienceMixture) -> pd.DataFrame:
    """Item and answer of every column of the answers part."""
    pairs = [(item, answer) for item, answers in model.cells_.answers.items() for answer in answers]
    return pd.DataFrame(pairs, columns=["item", "answer"])


def answer_table(model: AudienceMixture) -> pd.DataFrame:
    """Probability of every answer: one row per audience, columns (item, answer)."""
    probability = np.exp(model._grid.split(model.theta_)[1])
    return pd.DataFrame(probability, _numbers(model), pd.MultiIndex.from_frame(answer_keys(model)))


def share_table(model: AudienceMixture) -> pd.DataFrame:
    """P(audience | age) at the ages of the table (NaN: unknown age): one row per age."""
    grid = model._grid
    share = softmax(grid.age_model.log_factor(grid.split(model.theta_)[0]), axis=0)
    return pd.DataFrame(share.T, pd.Index(grid.ages, name="age"), _numbers(model))


def overall(grid: Grid, weight: np.ndarray) -> np.ndarray:
    """Share of every answer among those who answered its item, shape (M,)."""
    people = weight @ grid.patterns[grid.column]
    return people / ((people @ grid.items_of) @ grid.items_of.T)


def is_marker(estimate: np.ndarray, average: np.ndarray) -> np.ndarray:
    """Differs from the average by .25, or by half of it (Dolnicar, Gruen & Leisch 2018, marker variables)."""
    difference = np.abs(estimate - average)
    return (difference >= 0.25) | (difference >= 0.5 * average)


def names(model: AudienceMixture) -> tuple[str, ...]:
    """Per audience up to two answers that stand out above average, the most unusual first."""
    grid, keys = model._grid, answer_keys(model)
    average = overall(grid, grid.weight)
    yes_no = [model.cells_.answers[item] == (0, 1) for item in keys["item"]]
    labels = [
        item_label(item) if short else f"{item_label(item)}: {answer}"
        for item, answer, short in zip(keys["item"], keys["answer"], yes_no, strict=True)
    ]
    named = ~(np.array(yes_no) & (keys["answer"] == 0).to_numpy())
    found = []
    for estimate in np.exp(grid.split(model.theta_)[1]):
        above = np.where(named & is_marker(estimate, average), estimate - average, 0)
        best = [m for m in np.argsort(-above, kind="stable")[:2] if above[m] > 0]
        found.append(" + ".join(labels[m] for m in best) or _("light users"))
    return tuple(found)


def profile(model: AudienceMixture, *, level: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """See `AudienceMixture.profile`."""
    grid, keys = model._grid, answer_keys(model)
    theta, weight = resampled_fits(model, n_resamples, seed)
    own = quantities(grid, model.theta_[None], grid.weight[None])[0]
    low, high = _interval(quantities(grid, theta, weight), level)
    average, behind = _overall_quantities(grid), _people_behind(model)
    rows = [("share", ""), ("age", "mean"), ("age", "sd"), *keys.itertuples(index=False)]
    frame = pd.DataFrame(
        {
            "audience": np.repeat(_numbers(model), len(rows)),
            "item": [item for item, _answer in rows] * len(own),
            "answer": pd.Series([answer for _item, answer in rows] * len(own), dtype=object),
            "estimate": own.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "marker": (is_marker(own, average) & (np.arange(len(rows)) > 2)).ravel(),
            "overall": np.tile(average, len(own)),
            "n": behind[1].ravel(),
            "people": behind[0].ravel(),
        }
    )
    doubled = frame["item"].map(lambda item: model.cells_.answers.get(item) == (0, 1)) & (frame["answer"] == 0)
    ageless = (frame["item"] == "age") & frame["estimate"].isna()
    frame = frame[~doubled & ~ageless].reset_index(drop=True)
    frame.attrs = _attrs(model, level, n_resamples)
    return frame


def _people_behind(model: AudienceMixture) -> np.ndarray:
    """Expected people, not weighted, behind every quantity, and those who were asked: (2, K, 3 + M).

    Behind a share the audience out of all, behind age those of known age, behind an answer those who gave it out of
    those who answered its item.
    """
    grid, count = model._grid, model.cells_.respondents["count"].to_numpy(float)
    people = posterior(grid, model.theta_) * count
    size, aged = people.sum(1, keepdims=True), people @ np.isfinite(grid.ages)[grid.row, None]
    gave = people @ grid.patterns[grid.column]
    answered = gave @ grid.items_of @ grid.items_of.T
    first = np.hstack([size, aged, aged, gave])
    return np.stack([first, np.hstack([np.full_like(size, count.sum()), aged, aged, answered])])


def age_curve(model: AudienceMixture, *, level: float, n_resamples: int, seed: int) -> pd.DataFrame:
    """See `AudienceMixture.age_curve`."""
    if model.age is None:
        raise ModelError("age", "an age curve needs a model with age", "age=None", 'Fit with age="curve".')
    grid = model._grid
    known = grid.ages[np.isfinite(grid.ages)]
    ages = known if model.age == "bands" else np.arange(max(known.min() - BEYOND, 0), known.max() + BEYOND + 1)
    theta, _weight = resampled_fits(model, n_resamples, seed)
    curves = [
        softmax(grid.age_model.at(grid.split(t)[0], ages, model.share_), axis=-2) for t in (model.theta_[None], theta)
    ]
    low, high = _interval(curves[1], level)
    frame = pd.DataFrame(
        {
            "audience": np.repeat(_numbers(model), len(ages)),
            "age": np.tile(ages, len(model.theta_)),
            "estimate": curves[0][0].ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
        }
    )
    frame["inside"] = frame["age"].between(known.min(), known.max())
    frame.attrs = _attrs(model, level, n_resamples)
    return frame


def _numbers(model: AudienceMixture) -> pd.RangeIndex:
    return pd.RangeIndex(1, len(model.theta_) + 1, name="audience")


def _attrs(model: AudienceMixture, level: float, n_resamples: int) -> dict:
    return {
        **model.cells_.attrs,
        "level": level,
        "n_resamples": n_resamples,
        "names": dict(zip(_numbers(model), model.names_, strict=True)),
        "answers": dict(model.cells_.answers),
    }


def resampled_fits(model: AudienceMixture, n_resamples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Parameters (R, K, q + M) refitted to bootstrapped cells, and the weights (R, C) they were fitted to.

    Climbs start at the solution; an audience of a replicate is the one whose people it shares (most overlap of
    posteriors over the original cells, one to one).
    """
    key = n_resamples, seed
    if key not in model._resampled:
        grid, cells = model._grid, model.cells_
        drawn = resampled(cells.respondents, n_resamples, np.random.default_rng(seed))[1]
        weight = drawn * (cells.n_respondents / drawn.sum(1, keepdims=True))
        start = np.repeat(model.theta_[None], n_resamples, 0)
        parts = [slice(i, i + 50) for i in range(0, n_resamples, 50)]
        ends = [
            climb(grid, weight[part], start[part], tol=1e-8, max_iter=model.max_iter).theta
            for part in progress(parts, "bootstrap")
        ]
        theta = np.concatenate(ends)
        base = posterior(grid, model.theta_) * grid.weight
        for r, own in enumerate(theta):
            overlap = base @ posterior(grid, own).T
            theta[r] = own[linear_sum_assignment(overlap, maximize=True)[1]]
        model._resampled[key] = theta, weight
    return model._resampled[key]


def quantities(grid: Grid, theta: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Share, mean and sd of age (NaN without ages), and probability of every answer: (R, K, 3 + M)."""
    people = expected_by_age(grid, weight, theta)
    share = people.sum(-1) / people.sum((-1, -2))[..., None]
    return np.concatenate([share[..., None], _age_moments(grid, people), np.exp(grid.split(theta)[1])], -1)


def _overall_quantities(grid: Grid) -> np.ndarray:
    people = np.bincount(grid.row, grid.weight, len(grid.ages))
    return np.concatenate([[1.0], _age_moments(grid, people), overall(grid, grid.weight)])


def _age_moments(grid: Grid, people: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of age among people of known age, shape (..., 2)."""
    known = np.isfinite(grid.ages)
    if not known.any():
        return np.full((*people.shape[:-1], 2), np.nan)
    ages, n = grid.ages[known], people[..., known]
    total = np.maximum(n.sum(-1), 1e-300)
    mean = n @ ages / total
    variance = (n * (ages - mean[..., None]) ** 2).sum(-1) / total
    return np.stack([mean, np.sqrt(variance)], -1)


def _interval(draws: np.ndarray, level: float) -> np.ndarray:
    """Low and high percentiles over the first axis."""
    if not 0 < level < 1:
        raise ModelError("level", "a probability between 0 and 1", repr(level), "Use level=.9 for 90 % intervals.")
    return np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
