"""Whom a mix of platforms can reach, and which mix a budget should buy.

Reach is the share who use at least one platform of the mix: nobody else can be reached, and not all of them will be.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from ..answer import Answer
from ..errors import ModelError, one_of
from ..intervals import small_sample, widened, widening
from ..tables.cells import Cells
from ..tables.published import item_label
from ..words import _, number, percent
from .outcomes import tidy
from .profile import mean_ages
from .replicates import bootstrap, bootstrap_weights
from .use import cells_of, numeric

if TYPE_CHECKING:
    from .mixture import AudienceMixture

MOST = 12  # platforms of which every mix is tried
AND = " + "
YOUNG, OLDER = "instagram", "facebook"  # the article's rule


def audience_reach(model, cells=None, *, mixes=None, level=0.9, n_resamples=200, random_state=0) -> Answer:
    """How many people of each audience could a mix of platforms reach?

    Parameters
    ----------
    cells : Cells or People, optional; whom to reach, asked the same yes/no items; default the people of the fit
    mixes : list of lists of items; default each alone

    Returns
    -------
    Answer
        ``audience, mix, quantity, estimate, low, high``; audience 0 is everybody. "reach": share who use a platform
        of the mix; "overlap": share of contacts that meet somebody once more, 1 - reach / sum of single reaches;
        "lift": reach in the audience / reach among all. People count with their posterior probabilities, a missing
        answer with its probability.
    """
    check_is_fitted(model)
    cells = model.cells_ if cells is None else cells_of(cells)
    chosen = [(item,) for item in cells.items] if mixes is None else [tuple(dict.fromkeys(mix)) for mix in mixes]
    reach, contacts = _reached(model, cells, chosen, n_resamples, random_state)
    parts = {"reach": reach, "overlap": np.maximum(1 - reach / contacts, 0), "lift": reach / reach[:, :1]}
    levels = {"audience": range(reach.shape[1]), "mix": [AND.join(mix) for mix in chosen]}
    frames = [
        tidy(levels, **_interval(model, draws, level, share=name != "lift")).assign(quantity=name)
        for name, draws in parts.items()
    ]
    table = pd.concat(frames, ignore_index=True)[[*levels, "quantity", "estimate", "low", "high"]]
    return _answer(model, cells, level, table, _says_reach, "reach")


def plan_platforms(
    model, cells=None, *, audience: int, budget: float, cost, level=0.9, n_resamples=200, random_state=0
) -> Answer:
    """Which platforms reach most of an audience for the money or the hours there are?

    Parameters
    ----------
    model, cells, level, n_resamples, random_state : as in `AudienceMixture.reach`
    audience : int; 0 for everybody
    budget, cost : float, dict of at most 12 platforms; in one unit (hours a week, tenge a month, ...)

    Returns
    -------
    Answer
        Every affordable mix, best first: ``mix, cost, rule`` (the article's: Instagram for an audience younger than the
        average, Facebook for an older one), ``estimate, low, high`` (reach), ``regret, regret_low, regret_high`` (what
        the best mix reaches more, in the same resamples, so it can fall below 0), ``chosen`` (share of the resamples
        in which the mix is the best). Facts: ``audience, budget``.

    Raises
    ------
    ModelError : when there is no such audience or platform, or the budget buys nothing

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, load_published
    >>> model = AudienceMixture(2, n_starts=2).fit(load_published("gss_2016_platforms_by_age"))
    >>> cost = {"instagram": 4, "facebook": 2, "snapchat": 3}
    >>> plan_platforms(model, audience=2, budget=5, cost=cost, n_resamples=20).table["mix"].iloc[0]
    'facebook + snapchat'
    """
    check_is_fitted(model)
    cells = model.cells_ if cells is None else cells_of(cells)
    one_of("audience", audience, range(len(model.share_) + 1))
    if not 0 < len(cost) <= MOST:
        raise ModelError("cost", f"1 to {MOST} platforms, because every mix is tried", f"{len(cost)}", "Name fewer.")
    every = [mix for size in range(1, len(cost) + 1) for mix in combinations(sorted(cost), size)]
    price = {mix: sum(cost[item] for item in mix) for mix in every}
    mixes = sorted((mix for mix in every if price[mix] <= budget * (1 + 1e-9)), key=lambda mix: (price[mix], mix))
    if not mixes:
        raise ModelError("budget", f"must buy a platform (from {min(cost.values()):g})", f"{budget:g}", "Raise it.")
    reach = _reached(model, cells, mixes, n_resamples, random_state)[0][:, audience].round(12)
    best = reach.argmax(1)  # of equal ones the cheapest
    plan = pd.DataFrame({"mix": map(AND.join, mixes), "cost": [price[mix] for mix in mixes]})
    plan = plan.assign(rule=plan["mix"] == _rule(model, audience), **_interval(model, reach, level))
    regret = _interval(model, reach[:, [best[0]]] - reach, level, share=False)
    plan[["regret", "regret_low", "regret_high"]] = np.column_stack([*regret.values()])
    plan["chosen"] = np.bincount(best[1:], minlength=len(plan)) / n_resamples
    plan = plan.sort_values(["estimate", "cost"], ascending=[False, True], kind="stable", ignore_index=True)
    return _answer(model, cells, level, plan, _says_plan, "plan", audience=audience, budget=budget)


def _answer(model: AudienceMixture, cells: Cells, level: float, table, says, chart: str, **facts) -> Answer:
    about = replace(cells.about, level=level, names=model.about().names)
    facts |= {"effective_n": model.cells_.effective_n, "n_parameters": model.n_parameters_}
    return Answer(table, about, says, facts=facts, charts=(chart,))


def _reached(model: AudienceMixture, cells: Cells, mixes, n_resamples: int, random_state: int) -> np.ndarray:
    """Reach of mixes, and their single reaches' sums, of everybody first, estimates first: (2, 1 + R, 1 + K, X)."""
    items, table = list(model.cells_.items), numeric(cells)
    for item in {item for mix in mixes for item in mix} - set(items):
        raise ModelError("mixes", f"platforms of the model ({', '.join(items)})", repr(item), "Choose these.")
    answers, chance = table[items].to_numpy(), model.parameters_["answers"].xs(1, axis=1, level=1)[items].to_numpy()
    theta = np.concatenate([model.theta_[None], bootstrap(model, n_resamples, random_state).theta])
    weight = np.concatenate([cells.weight[None], bootstrap_weights(cells, n_resamples, random_state)])
    people = model.posterior(cells, theta=theta) * weight[:, None]
    member = np.array([[item in mix for mix in mixes] for item in items], float)
    reached = []
    for own, likely in zip(people.swapaxes(0, 1), chance, strict=True):
        use = np.where(np.isnan(answers), likely, answers)
        missed = np.exp(np.log(np.maximum(1 - use, 1e-300)) @ member)
        reached.append(own @ np.stack([1 - missed, use @ member]))
    reached, size = np.stack(reached, 2), people.sum(-1, keepdims=True)
    return np.concatenate([reached.sum(2, keepdims=True) / size.sum(1, keepdims=True), reached / size], 2)


def _interval(model: AudienceMixture, draws: np.ndarray, level: float, *, share: bool = True) -> dict[str, np.ndarray]:
    """The first row, and the interval of the others."""
    factor = widening(model.cells_.effective_n, model.n_parameters_)
    low, high = widened(draws[0], draws[1:], level, factor, share=share)
    return {"estimate": draws[0], "low": low, "high": high}


def _rule(model: AudienceMixture, audience: int) -> str:
    """What the article would choose for the audience; both where there is no age to go by."""
    own, everybody = mean_ages(model)
    if audience == 0 or np.isnan(everybody):
        return AND.join((OLDER, YOUNG))
    return YOUNG if own[audience - 1] < everybody else OLDER


def label_mix(mix: str) -> str:
    """A mix with the usual spellings of its platforms."""
    return AND.join(map(item_label, mix.split(AND)))


def _says_reach(answer: Answer) -> tuple[str, str]:
    """The mix that parts the audiences most, and both of them where their intervals are apart."""
    shares = answer.table[(answer.table["quantity"] == "reach") & (answer.table["audience"] > 0)]
    own = shares.pivot(index="mix", columns="audience", values="estimate")
    mix = (own.max(axis=1) - own.min(axis=1)).idxmax()
    ends = shares[shares["mix"] == mix].sort_values("estimate", kind="stable")
    least, most, names = ends.iloc[0], ends.iloc[-1], answer.about.names
    words = {"a": names[most["audience"]], "high": percent(most["estimate"])}
    words |= {"b": names[least["audience"]], "low": percent(least["estimate"])}
    one, two = _("{mix} could reach {high} of “{a}”"), _("{mix} could reach {high} of “{a}” and {low} of “{b}”")
    said = two if most["low"] > least["high"] else one
    return said.format(mix=label_mix(mix), **words), small_sample(answer.effective_n, answer.n_parameters)


def _says_plan(answer: Answer) -> tuple[str, str]:
    """The best mix and the rule's."""
    best, rule = answer.table.iloc[0], answer.table[answer.table["rule"]]
    facts = {column: percent(best[column]) for column in ("estimate", "low", "high", "chosen")}
    name = _("“{name}”").format(name=answer.about.names[answer.audience]) if answer.audience else _("everybody")
    facts |= {"mix": label_mix(best["mix"]), "name": name}
    if rule.empty:
        text = _("The article's rule costs more than the budget.")
    elif rule.index[0] == 0:
        text = _("The article's rule chooses the same.")
    else:
        text = _("The article's rule, {mix}, reaches {points} points less ({low} to {high}).")
        points, low, high = (number(100 * value) for value in rule.iloc[0][["regret", "regret_low", "regret_high"]])
        text = text.format(mix=label_mix(rule["mix"].iloc[0]), points=points, low=low, high=high)
    said = [_("{mix} could reach {estimate} ({low} to {high}) of {name}."), _("{chosen} of the resamples choose it.")]
    said = [*(part.format(**facts) for part in said), text, small_sample(answer.effective_n, answer.n_parameters)]
    return _("{mix} could reach {estimate} of {name}").format(**facts), " ".join(said).strip()
