"""How many audiences? Criteria side by side, and what else could explain the answers: one question, age, weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.linalg import block_diag
from scipy.stats import chi2

from ..answer import Answer
from ..tables.cells import SUMS, Cells, mid_ages
from ..tables.people import People
from .age import MOST_BANDS, log_softmax, newton_step
from .em import Grid, posterior, share_out
from .mixture import AudienceMixture, fit_up_to
from .record import ALPHA, CRITERIA, reached, residual_pairs, scores
from .stability import agreement, is_weighted
from .use import cells_of
from .verdict import judge, says

BANDS = (5, 10, 20)  # years: the narrowest that needs at most MOST_BANDS bands, when ages in years check the curve
TELLING = 0.25  # audiences differ in a question when the probability of an answer does by this much
COPY = 0.9  # Cramér's V from which two questions are one
GAIN = 10.0  # BIC points from which two questions that hang together are one
AND = " & "
PLACES = np.linspace(-6, 6, 25)  # on one scale
LEAST = 0.1  # of a person's answer: information from which a parameter is not at its limit


def choose_audiences(
    cells: Cells | People, *, up_to=8, age="curve", pairs=0, smallest=0, n_starts=20, random_state=0
) -> Answer:
    """How many audiences are there, if there are any, and would another survey find them?

    Parameters
    ----------
    cells : Cells or People
    up_to : int
        Largest number of audiences to try; 1 is always tried.
    pairs : int
        Pairs of surveys drawn from this one, to see with which numbers, up to one above the best, two surveys agree
        (Dolnicar & Leisch 2010).
    smallest : float
        Numbers with an audience of fewer people are not considered.
    age, n_starts, random_state : as in AudienceMixture

    Returns
    -------
    Answer
        ``n_audiences``, the criteria (Nylund, Asparouhov & Muthén 2007; under unequal weights ``daic`` too),
        ``smallest_share, starts_agreeing, identified``. Part: ``stability`` (with `pairs`). Facts: those of
        `verdict.judge`, ``n_audiences, finding, word, supported`` among them; ``merged`` (pairs of questions that are
        one: everything else is about people who were asked it once) and ``before`` (the number before); ``age_only,
        within_age, bands, scale`` (other explanations); ``questions`` (by number, those that tell its audiences apart).

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> choice = choose_audiences(load_published("lca_values"), up_to=3, age=None)
    >>> choice.headline, choice.table["bic"].round(1).tolist()
    ('BIC prefers 2 audiences', [1108.8, 1057.3, 1081.9])
    """
    settings = {"age": age, "n_starts": n_starts, "random_state": random_state}
    first = list(fit_up_to(cells_of(cells), up_to, **settings))
    models, merged, refused = merge_dependent(first, **settings)
    cells, table, best = models[0].cells_, pd.DataFrame(map(_criteria, models)), best_identified(models)
    if is_weighted(cells):
        table["daic"] = [design_aic(model) for model in models]
    evidence = {
        "before": best_identified(first),
        "merged": merged,
        "refused": refused,
        "follows": follows_age(models[1 : best - 1]),
        "age_only": age_only(cells),
        "within_age": within_age(cells),
        "bands": bands_beside(cells, int(table["bic"].idxmin()) + 1, **settings) if age == "curve" else None,
        "scale": one_scale(cells, age) if best > 1 else None,
        "banded": cells.age not in (None, "age"),
        "questions": {model.n_audiences: telling_questions(model) for model in models},
        "pairs": pairs,
    }
    parts = {}
    if pairs and up_to > 1:
        parts["stability"] = agreement(cells, min(up_to, best + 1), age=age, pairs=pairs, random_state=random_state)
    facts = judge(table, evidence, cells.n_respondents, stability=parts.get("stability"), smallest=smallest)
    charts = ("how_many", "stability") if "stability" in parts else ("how_many",)
    return Answer(table, cells.about, says, parts, facts | evidence, charts)


def _criteria(model: AudienceMixture) -> dict:
    """A row of the choice."""
    return {
        "n_audiences": model.n_audiences,
        **{name: getattr(model, f"{name}_") for name in CRITERIA},
        "smallest_share": model.share_.min(),
        "starts_agreeing": reached(model)[0],
        "identified": model.identified_,
    }


def best_identified(models: Sequence[AudienceMixture]) -> int:
    """BIC's best number among the identified ones."""
    return min((model.bic_, model.n_audiences) for model in models if model.identified_)[1]


def merge_dependent(models: Sequence[AudienceMixture], **settings) -> tuple[list[AudienceMixture], list, dict | None]:
    """Merge the worst pair of questions as long as BIC, of the same answers, falls by 10 and leaves no pair dependent.

    Returned: models, merged pairs, and the merge that would gain but leaves other pairs dependent.
    """
    models, found = list(models), []
    while (k := best_identified(models)) > 1 and len(models[0].cells_.items) > 2:
        worst = {tuple(_of_questions(model)[["one", "other"]].iloc[0]) for model in models[:k]}
        gain, pair, then = max((_trial(models, k, pair, settings) for pair in sorted(worst)), key=lambda one: one[0])
        if gain < GAIN:
            break
        number = best_identified(then)
        left = _of_questions(then[number - 1])["p"]
        if left.min() * len(left) < ALPHA:
            return models, found, {"pair": pair, "gain": gain, "n_audiences": number}
        models, found = list(fit_up_to(then[0].cells_, len(models), **settings)), [*found, pair]
    return models, found, None


def _of_questions(model: AudienceMixture) -> pd.DataFrame:
    """Residuals of pairs of questions, the largest first."""
    return residual_pairs(model).query("other != 'age'")


def _trial(models: list[AudienceMixture], k: int, pair: tuple[str, str], settings: dict) -> tuple:
    """BIC points that the pair as one question gains, with up to k audiences, and the models then."""
    same, one_less = merged(models[0].cells_, *pair)
    now = models if same is models[0].cells_ else list(fit_up_to(same, k, **settings))
    then = list(fit_up_to(one_less, k, **settings))
    return now[best_identified(now) - 1].bic_ - then[best_identified(then) - 1].bic_, pair, then


def merged(cells: Cells, one: str, other: str) -> tuple[Cells, Cells]:
    """Cells without the people who answered only one of two questions; the same with the two as one question."""
    keep = cells.table[one].isna() == cells.table[other].isna()
    same = cells if keep.all() else replace(cells, table=cells.table[keep].reset_index(drop=True))
    both = (same.table[one].astype(str) + AND + same.table[other].astype(str)).where(same.table[one].notna())
    name, sums = one + AND + other, {name: name for name in SUMS}
    items = [name, *(item for item in cells.items if item not in (one, other))]
    table = same.table.assign(**{name: both})
    return same, Cells.from_table(table, items=items, age=cells.age, about=cells.about, **sums)


def follows_age(fewer: list[AudienceMixture]) -> dict | None:
    """A question that follows age directly: of fewer audiences the first whose worst residual is one of age."""
    for model in fewer:
        worst = residual_pairs(model).iloc[0]
        if worst["other"] == "age" and worst["dependent"]:
            return {"question": worst["one"], "n_audiences": model.n_audiences}
    return None


def age_only(cells: Cells) -> dict | None:
    """The model without audiences in which every item follows its own quadratic in age (multinomial logit)."""
    if not np.isfinite(mid_ages(cells.respondents)).any():
        return None
    grid, log_likelihood, n_parameters = Grid.of(cells, "curve"), 0.0, 0
    given, curve = grid.patterns[grid.column] * grid.weight[:, None], grid.age_model
    for item in range(len(cells.items)):
        people = (grid.by_age.T @ given[:, grid.item == item]).T  # (answers, A)
        theta = np.zeros((len(people), len(curve.noise)))
        for _step in range(30):
            theta = curve.m_step(theta, people)
        log_likelihood += float((people * curve.log_factor(theta)).sum())
        n_parameters += curve.n_parameters(len(people))
    bic = -2 * log_likelihood + n_parameters * np.log(cells.n_respondents)
    return {"log_likelihood": log_likelihood, "n_parameters": n_parameters, "bic": float(bic)}


def one_scale(cells: Cells, age: str | None) -> dict:
    """The model in which people differ along one scale: the logits of every item's answers are linear in it.

    The scale is normal with variance 1; its mean changes with age as the shares of audiences do.
    """
    grid, sizes = Grid.of(cells, age), [len(given) for given in cells.answers.values()]
    weight, by_age = grid.table(grid.weight[None]), grid.age_model.design[:, 1:]  # without the constant
    given = grid.patterns[grid.column]
    overall = (grid.weight @ given + 1) / grid.of_item(grid.weight @ given + 1)
    apart = np.where(grid.of_item(given) > 0, given - overall, 0)
    first = np.linalg.eigh(apart.T @ (grid.weight[:, None] * apart))[1][:, -1]
    curves, lean = np.stack([np.log(overall), 2 * first], 1), np.zeros(by_age.shape[1])
    basis, before = np.stack([PLACES**0, PLACES], 1), -np.inf
    for _step in range(500):
        log_a = log_softmax(PLACES[:, None] * (by_age @ lean) - PLACES[:, None] ** 2 / 2)
        log_q = np.concatenate([log_softmax(curves[grid.item == j] @ basis.T) for j in range(len(sizes))])
        found = share_out(grid, weight, log_a[None], (log_q.T @ grid.patterns.T)[None])
        if found.objective[0] - before < 1e-7 * abs(found.objective[0]):
            break
        before, people = found.objective[0], (found.by_pattern[0] @ grid.patterns).T
        for j in range(len(sizes)):
            curves[grid.item == j] = newton_step(curves[grid.item == j], basis, people[grid.item == j])
        share, n = np.exp(log_a), found.by_age[0].sum(0)
        mean = PLACES @ share
        spread = PLACES**2 @ share - mean**2
        slope = by_age.T @ (PLACES @ found.by_age[0] - n * mean)
        lean = lean + np.linalg.lstsq(by_age.T @ ((n * spread)[:, None] * by_age), slope)[0]
    n_parameters = 2 * (sum(sizes) - len(sizes)) + len(lean)
    return {"log_likelihood": before, "bic": float(-2 * before + n_parameters * np.log(cells.n_respondents))}


def bands_beside(cells: Cells, up_to: int, **settings) -> dict:
    """The number of audiences, up to `up_to`, that BIC prefers with a free share per band of age, and its BIC."""
    ages = pd.Series(mid_ages(cells.respondents))
    widths = (ages, *(ages // width * width for width in BANDS))
    ages = next(low for low in widths if low.nunique() <= MOST_BANDS)
    banded = Cells(cells.respondents.drop(columns=list(np.atleast_1d(cells.age))).assign(age=ages), cells.items, "age")
    bic = [model.bic_ for model in fit_up_to(banded, up_to, **settings | {"age": "bands"})]
    return {"n_audiences": int(np.argmin(bic)) + 1, "bic": float(min(bic))}


def telling_questions(model: AudienceMixture) -> tuple[str, ...]:
    """The different questions that tell the audiences apart; of questions that are copies, the first."""
    grid, found = model._grid, []
    given, answers = grid.patterns[grid.column], np.exp(grid.split(model.theta_)[1])
    both = given.T @ (grid.weight[:, None] * given)
    for j in range(len(model.cells_.items)):
        own = grid.item == j
        differ = np.ptp(answers[:, own], axis=0).max() >= TELLING
        if differ and all(_association(both[own][:, grid.item == other]) < COPY for other in found):
            found.append(j)
    return tuple(model.cells_.items[j] for j in found)


def _association(people: np.ndarray) -> float:
    """Cramér's V of a two-way table, over the people who answered both."""
    share = people[people.sum(1) > 0][:, people.sum(0) > 0] / people.sum()
    squared = (share**2 / np.outer(share.sum(1), share.sum(0))).sum() - 1
    return float(np.sqrt(max(squared, 0) / max(min(share.shape) - 1, 1)))


def within_age(cells: Cells) -> dict | None:
    """Do answers hang together among people of the same age? ``statistic, df, p``; None where ages cannot tell.

    The sum of the pairs' generalised Mantel-Haenszel statistics (Landis, Heyman & Koch 1978), stratified by year or
    band; people of unknown age are left out, people are counted, not weighted.
    """
    age = mid_ages(cells.respondents)
    known = np.isfinite(age)
    table, age, count = cells.respondents[known], age[known], cells.count[known]
    statistic, df = 0.0, 0
    for one, other in combinations(cells.items if known.any() else (), 2):
        both = (table[one].notna() & table[other].notna()).to_numpy()
        x, y = (np.eye(len(cells.answers[i]))[table[i].cat.codes.to_numpy()[both]][:, :-1] for i in (one, other))
        u, v = _mantel_haenszel(np.unique(age[both], return_inverse=True)[1], count[both], x, y)
        statistic += float(u @ np.linalg.pinv(v, hermitian=True) @ u)
        df += int(np.linalg.matrix_rank(v, hermitian=True))
    return {"statistic": statistic, "df": df, "p": float(chi2.sf(statistic, df))} if df else None


def _mantel_haenszel(stratum, count, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum over strata of the covariance of x (n, a) and y (n, b), as a vector (a b,), and its variance by chance."""
    people, a = np.eye(stratum.max(initial=-1) + 1)[stratum] * count[:, None], x.shape[1]  # (n, S)
    n, z = people.sum(0), np.hstack([x, y])
    z = z - ((people.T @ z) / n[:, None])[stratum]
    spread = np.einsum("ns,ni,nj->sij", people, z, z, optimize=True)
    chance = np.einsum("sij,skl,s->ikjl", spread[:, :a, :a], spread[:, a:, a:], 1 / np.maximum(n - 1, 1))
    u = spread[:, :a, a:].sum(0).ravel()
    return u, chance.reshape(len(u), len(u))


def design_aic(model: AudienceMixture) -> float:
    """dAIC = -2 LL + 2 tr(H^-1 J) (Lumley & Scott 2015), H observed information, J sum of weight^2 x score x score'.

    A parameter at its limit (an answer that nobody gives) has no information and counts as one, as in AIC.
    """
    information, score = observed_information(model)
    inside = np.diag(information) > LEAST
    scale = np.sqrt(np.diag(information)[inside])
    score, scaled = score[:, inside] / scale, information[np.ix_(inside, inside)] / np.outer(scale, scale)
    spread = score.T @ (model.cells_.weight_squared[:, None] * score)
    penalty = np.sum(np.linalg.pinv(scaled, rcond=1e-6, hermitian=True) * spread) + (~inside).sum()
    return float(-2 * model.log_likelihood_ + 2 * penalty)


def observed_information(model: AudienceMixture) -> tuple[np.ndarray, np.ndarray]:
    """Minus the Hessian of the weighted log-likelihood (p, p), and the scores of one person in each cell (C, p).

    After Louis (1982): with S the score and B the information if the audience were known, H = sum of weight x
    (E[B] - E[S S'] + E[S] E[S]'), given age and answers. Parameters: those of `record.scores`.
    """
    grid, theta, weight = model._grid, model.theta_, model._grid.weight
    own, (age, answers) = posterior(grid, theta), grid.split(theta)
    known = np.stack([scores(grid, theta, np.repeat(one[:, None], len(weight), 1)) for one in np.eye(len(own))])
    score, free = np.einsum("kc,kcp->cp", own, known), np.append(np.diff(grid.item) == 0, False)
    same, chance = np.equal.outer(grid.item[free], grid.item[free]), np.exp(answers[:, free])
    people = (weight * own) @ (grid.patterns[grid.column] @ grid.items_of)[:, grid.item[free]]
    of_share = known[..., : grid.age_model.n_parameters(len(own))]
    complete = block_diag(
        _squares(weight * grid.age_model.share(age)[:, grid.row], of_share),
        *(np.diag(n * p) - same * np.outer(n * p, p) for n, p in zip(people, chance, strict=True)),
    )
    return complete - _squares(weight * own, known) + _squares(weight[None], score[None]), score


def _squares(weight: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Sum of weight (K, C) x score score' (K, C, p), shape (p, p)."""
    return np.einsum("kc,kcp,kcr->pr", weight, score, score, optimize=True)
