"""Questions that hang together beyond any audience: two of them as one, where that describes people better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..tables.cells import SUMS, Cells
from .mixture import AudienceMixture, fit_up_to
from .residuals import ALPHA, pairs

GAIN = 10.0  # BIC points from which two questions are one
AND = " & "


class Merged(NamedTuple):
    """Models with 1, 2, ... audiences after merging, and what was merged or refused."""

    models: list[AudienceMixture]
    pairs: list[tuple[str, str]]
    refused: dict | None  # pair, gain and n_audiences of a merge that would gain, but leaves other pairs dependent


def merge_dependent(models: Sequence[AudienceMixture], **settings) -> Merged:
    """Merge the worst pair of questions as long as BIC falls by 10 and no other pair hangs together.

    Tried for every number up to BIC's: the likelihood is that of the same answers, so the BICs compare; people who
    answered only one of the two are left out of both fits. How often it errs is written in
    tests/slow_results.md.
    """
    models, found = list(models), []
    while (k := best_identified(models)) > 1 and len(models[0].cells_.items) > 2:
        worst = {tuple(_of_questions(model)[["one", "other"]].iloc[0]) for model in models[:k]}
        trials = [_trial(models, k, pair, settings) for pair in sorted(worst)]
        gain, pair, then = max(trials, key=lambda trial: trial[0])
        if gain < GAIN:
            break
        number = best_identified(then)
        left = _of_questions(then[number - 1])["p"]
        if left.min() * len(left) < ALPHA:
            return Merged(models, found, {"pair": pair, "gain": gain, "n_audiences": number})
        models, found = list(fit_up_to(then[0].cells_, len(models), **settings)), [*found, pair]
    return Merged(models, found, None)


def _of_questions(model: AudienceMixture):
    """Residuals of pairs of questions, the largest first."""
    table = pairs(model)
    return table[table["other"] != "age"]


def _trial(models: list[AudienceMixture], k: int, pair: tuple[str, str], settings: dict) -> tuple:
    """BIC points that the pair as one question gains, with up to k audiences, and the models then."""
    cells = models[0].cells_
    same, one_less = merged(cells, *pair)
    now = models if same is cells else list(fit_up_to(same, k, **settings))
    then = list(fit_up_to(one_less, k, **settings))
    return now[best_identified(now) - 1].bic_ - then[best_identified(then) - 1].bic_, pair, then


def best_identified(models: Sequence[AudienceMixture]) -> int:
    """BIC's best number among the identified ones."""
    return min((model.bic_, model.n_audiences) for model in models if model.identified_)[1]


def merged(cells: Cells, one: str, other: str) -> tuple[Cells, Cells]:
    """Cells without the people who answered only one of two questions; the same with the two as one question."""
    keep = cells.table[one].isna() == cells.table[other].isna()
    same = Cells(cells.table[keep].reset_index(drop=True), cells.items, cells.age, cells.source, cells.origin)
    same = cells if keep.all() else same
    table, name = same.table, one + AND + other
    both = (table[one].astype(str) + AND + table[other].astype(str)).where(table[one].notna())
    items = [name, *(item for item in cells.items if item not in (one, other))]
    sums = dict(zip(SUMS, cells.sums, strict=True))
    return same, Cells.from_table(table.assign(**{name: both}), items=items, age=cells.age, about=cells.about, **sums)
