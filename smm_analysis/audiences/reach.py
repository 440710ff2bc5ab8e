"""Whom a mix of platforms can reach, which mix a budget should buy, and when to post what.

Reach is the share who use at least one platform of the mix: nobody else can be reached, and not all of them will be.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import softmax

from ..errors import ModelError
from ..tables.cells import Cells
from ..tables.published import item_label
from ..words import _, number, percent
from .margins import numeric
from .mixture import AudienceMixture
from .newcomers import ages_of, one_hot
from .profile import resampled_fits
from .replicates import bootstrap_weights

MOST = 12  # platforms of which every mix is tried
AND = " + "
YOUNG, OLDER = "instagram", "facebook"  # the article's rule
OCCASIONS = {"opened": (5, 4, 3), "new product": (2, 6, 4, 3), "demand fell": (3,), "customers left": (2, 2, 4, 3)}


def audience_reach(
    model: AudienceMixture, cells: Cells, *, mixes: list[list[str]] | None = None, level: float = 0.9,
    n_resamples: int = 200, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """How many people of each audience could a mix of platforms reach?

    Parameters
    ----------
    model : AudienceMixture
    cells : Cells
        The people to be reached: those of the fit, or others with the same yes/no items.
    mixes : list of lists of items, optional
        Platforms used together; default each alone.
    level, n_resamples, seed
        Percentile intervals of the weighted bootstrap; people and audiences are drawn together.

    Returns
    -------
    DataFrame
        ``audience, mix, quantity, estimate, low, high``; audience 0 is everybody. "reach": share who use a platform
        of the mix; "overlap": share of the contacts that meet somebody once more, 1 - reach / sum of single reaches;
        "lift": reach in the audience / reach among all, by Bayes also how many times more frequent the audience is
        among the reached. People count with their posterior probabilities, a missing answer with its probability.

    Raises
    ------
    TableError, ModelError
        If an item is not 0/1, or a mix names another platform.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, simulate_people
    >>> cells = Cells.from_table(simulate_people(2000)[0], items=["tiktok", "facebook", "vk"])
    >>> model = AudienceMixture(2, n_starts=2).fit(cells)
    >>> reach = audience_reach(model, cells, mixes=[["tiktok", "vk"]], n_resamples=20)
    >>> reach.query("quantity == 'reach'")["estimate"].round(2).tolist()
    [0.5, 0.92, 0.39]
    """
    chosen = [(item,) for item in cells.items] if mixes is None else [tuple(dict.fromkeys(mix)) for mix in mixes]
    singles = [(item,) for item in dict.fromkeys(item for mix in chosen for item in mix)]
    reach = _reached(model, cells, singles + chosen, n_resamples, seed)
    alone, reach = np.split(reach, [len(singles)], axis=-1)
    contacts = alone @ np.array([[item in mix for mix in chosen] for (item,) in singles], float)
    parts = {"reach": reach, "overlap": 1 - reach / contacts, "lift": reach / reach[:, :1]}
    keys = pd.MultiIndex.from_product([range(reach.shape[1]), map(AND.join, chosen)], names=["audience", "mix"])
    frames = [keys.to_frame(False).assign(quantity=name, **_interval(draws, level)) for name, draws in parts.items()]
    frame = pd.concat(frames, ignore_index=True)
    frame.attrs = {**cells.attrs, "level": level, "names": _names(model)}
    return frame


def plan_platforms(
    model: AudienceMixture, cells: Cells, *, audience: int, budget: float, cost: dict[str, float], level: float = 0.9,
    n_resamples: int = 200, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Which platforms reach most of an audience for the money or the hours there are?

    Parameters
    ----------
    model, cells, level, n_resamples, seed
        As in `audience_reach`.
    audience : int
        Its number; 0 for everybody.
    budget : float
        In the unit of `cost` (hours a week, tenge a month, ...).
    cost : dict
        Platform to its cost; only these are considered, at most 12, and every mix of them is tried.

    Returns
    -------
    DataFrame
        Every affordable mix, best first: ``mix, cost, rule`` (the article's: Instagram for an audience younger than the
        average, Facebook for an older one), ``estimate, low, high`` (reach), ``regret, regret_low, regret_high`` (what
        the best mix reaches more, in the same resamples, so it can fall below 0), ``chosen`` (share of the resamples
        in which the mix is the best). `attrs["verdict"]`.

    Raises
    ------
    ModelError
        If there is no such audience, the budget buys nothing, or more than 12 platforms are named.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, simulate_people
    >>> cells = Cells.from_table(simulate_people(2000)[0], items=["tiktok", "facebook", "vk"])
    >>> model = AudienceMixture(2, n_starts=2).fit(cells)
    >>> plan = plan_platforms(model, cells, audience=2, budget=5, cost={"tiktok": 4, "facebook": 2, "vk": 3})
    >>> plan["mix"].iloc[0]
    'facebook + vk'
    """
    names = _names(model)
    if audience not in names:
        raise ModelError("audience", f"one of {', '.join(map(str, names))}", repr(audience), "Choose one (0: all).")
    if not 0 < len(cost) <= MOST:
        raise ModelError("cost", f"1 to {MOST} platforms, because every mix is tried", f"{len(cost)}", "Name fewer.")
    every = [mix for size in range(1, len(cost) + 1) for mix in combinations(sorted(cost), size)]
    price = {mix: sum(cost[item] for item in mix) for mix in every}
    mixes = sorted((mix for mix in every if price[mix] <= budget * (1 + 1e-9)), key=lambda mix: (price[mix], mix))
    if not mixes:
        raise ModelError("budget", f"must buy a platform (from {min(cost.values()):g})", f"{budget:g}", "Raise it.")
    reach = _reached(model, cells, mixes, n_resamples, seed)[:, audience].round(12)
    best = reach.argmax(1)  # of equal ones the cheapest
    regret = _interval(reach[:, [best[0]]] - reach, level)
    frame = pd.DataFrame({"mix": map(AND.join, mixes), "cost": [price[mix] for mix in mixes]})
    frame = frame.assign(rule=frame["mix"] == AND.join(_rule(model, audience)), **_interval(reach, level))
    frame = frame.assign(regret=regret["estimate"], regret_low=regret["low"], regret_high=regret["high"])
    frame["chosen"] = np.bincount(best[1:], minlength=len(frame)) / n_resamples
    frame = frame.sort_values(["estimate", "cost"], ascending=[False, True], kind="stable", ignore_index=True)
    attrs = {"level": level, "audience": audience, "names": names, "budget": budget}
    frame.attrs = {**cells.attrs, **attrs, "verdict": _verdict(frame, names[audience])}
    return frame


def content_calendar(plan: pd.DataFrame | list, *, start: str, weeks: int, occasion: str = "opened") -> pd.DataFrame:
    """When to visit the shop, and what to post where?

    Parameters
    ----------
    plan : DataFrame, or a list of them
        From `plan_platforms`; the best mix of each is posted.
    start : date
        Of the first visit.
    weeks : int
    occasion : {"opened", "new product", "demand fell", "customers left"}
        The article's occasions. How many posts a week each gets on a platform is an assumption, no finding.

    Returns
    -------
    DataFrame
        ``date, week, task, audience, platform, material``: one visit a week (audience 0), then photos and videos in
        turn on the six days after it.

    Raises
    ------
    ModelError
        For another occasion, or less than a week.

    Examples
    --------
    >>> plan = pd.DataFrame({"mix": ["facebook + vk"]})
    >>> plan.attrs = {"audience": 2, "names": {2: "light users"}}
    >>> content_calendar(plan, start="2024-02-05", weeks=1)["task"].value_counts().to_dict()
    {'post': 10, 'visit': 1}
    """
    if occasion not in OCCASIONS:
        raise ModelError("occasion", f"one of {', '.join(OCCASIONS)}", repr(occasion), "Choose one of these.")
    if weeks < 1:
        raise ModelError("weeks", "1 or more", repr(weeks), "Plan at least one week.")
    plans, rate, rows = [plan] if isinstance(plan, pd.DataFrame) else plan, OCCASIONS[occasion], []
    for week, visit in enumerate(pd.date_range(start, periods=weeks, freq="7D")):
        rows.append((visit, week + 1, "visit", 0, "", ""))
        days = np.linspace(1, 6, rate[min(week, len(rate) - 1)]).round()
        for one in plans:
            for place, platform in enumerate(one["mix"].iloc[0].split(AND)):
                turn = [("photo", "video")[(i + place + week) % 2] for i in range(len(days))]
                dates = visit + pd.to_timedelta(days, unit="D")
                rows += [(date, week + 1, "post", one.attrs["audience"], platform, material)
                         for date, material in zip(dates, turn, strict=True)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["date", "week", "task", "audience", "platform", "material"])
    frame = frame.sort_values(["date", "audience", "platform"], ignore_index=True)
    frame.attrs = {**plans[0].attrs, "occasion": occasion}
    return frame


def label_mix(mix: str) -> str:
    """A mix with the usual spellings of its platforms."""
    return AND.join(map(item_label, mix.split(AND)))


def _names(model: AudienceMixture) -> dict[int, str]:
    return dict(enumerate((_("everybody"), *model.names_)))


def _reached(model, cells, mixes, n_resamples, seed) -> np.ndarray:
    """Share of everybody and of each audience that each mix reaches, (1 + R, 1 + K, X); first the estimate."""
    table, items = numeric(cells), list(model.cells_.items)
    for item in {item for mix in mixes for item in mix} - set(items):
        raise ModelError("mixes", f"platforms of the model ({', '.join(items)})", repr(item), "Choose these.")
    theta = np.concatenate([model.theta_[None], resampled_fits(model, n_resamples, seed)[0]])
    drawn = bootstrap_weights(cells, n_resamples, np.random.default_rng(seed))
    weight = np.concatenate([cells.weight[None], drawn])
    age, log_p = model._grid.split(theta)
    ages = np.full(len(table), np.nan) if model.age is None else ages_of(table, cells, into_bands=model.age == "bands")
    prior = model._grid.age_model.at(age, ages, model.share_)
    people = softmax(prior + log_p @ one_hot(table, model.cells_).T, axis=1) * weight[:, None]
    chance, member = model.parameters_["answers"], np.array([[item in mix for item in items] for mix in mixes], float)
    reached = np.empty((*people.shape[:2], len(mixes)))
    for k in range(people.shape[1]):
        use = table[items].fillna({item: chance.loc[k + 1, (item, 1)] for item in items}).to_numpy(float)
        reached[:, k] = people[:, k] @ (1 - np.exp(np.log(np.maximum(1 - use, 1e-300)) @ member.T))
    everybody = reached.sum(1, keepdims=True) / people.sum((1, 2))[:, None, None]
    return np.concatenate([everybody, reached / people.sum(-1, keepdims=True)], 1)


def _interval(draws: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """The first row, and percentiles of the others."""
    low, high = np.quantile(draws[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return {"estimate": draws[0].ravel(), "low": low.ravel(), "high": high.ravel()}


def _rule(model: AudienceMixture, audience: int) -> tuple[str, ...]:
    """What the article would choose for the audience; both where there is no age to go by."""
    people = model.parameters_["shares"].mul(np.bincount(model._grid.row, model._grid.weight), axis=0)
    people = people[people.index.notna()]
    if audience == 0 or people.empty:
        return OLDER, YOUNG
    own, all_ages = (np.average(people.index, weights=n) for n in (people[audience], people.sum(axis=1)))
    return (YOUNG,) if own < all_ages else (OLDER,)


def _verdict(plan: pd.DataFrame, name: str) -> str:
    """The best mix and the rule's, in sentences."""
    rule, ends = plan[plan["rule"]], plan.loc[0, ["estimate", "low", "high"]].map(percent)
    text = _("{mix} could reach {estimate} ({low} to {high}) of “{name}”.")
    said = [text.format(mix=label_mix(plan["mix"][0]), name=name, **ends)]
    said += [_("{chosen} of the resamples choose it.").format(chosen=percent(plan["chosen"][0]))]
    if rule.empty:
        return " ".join([*said, _("The article's rule costs more than the budget.")])
    if rule.index[0] == 0:
        return " ".join([*said, _("The article's rule chooses the same.")])
    text = _("The article's rule, {mix}, reaches {points} points less ({low} to {high}).")
    points, low, high = (number(100 * value) for value in rule.iloc[0][["regret", "regret_low", "regret_high"]])
    said += [text.format(mix=label_mix(rule["mix"].iloc[0]), points=points, low=low, high=high)]
    return " ".join(said)
