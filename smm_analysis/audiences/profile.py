"""What a fitted mixture says about its audiences: their names, and their profile and ages with bootstrap intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import softmax
from sklearn.utils.validation import check_is_fitted

from ..answer import Answer
from ..errors import ModelError
from ..intervals import small_sample, widened, widening
from ..tables.published import item_label
from ..words import _, number, percent, plural
from .em import Grid, expected_by_age, posterior
from .outcomes import tidy
from .replicates import bootstrap

if TYPE_CHECKING:
    from .mixture import AudienceMixture

YES_NO = (0, 1)
ABOVE, USED, LIGHT = 0.05, 0.5, 0.75  # of a share above everybody's; of an audience; of everybody's number of platforms


def label(item: str, answer: object, answers: tuple) -> str:
    """An answer as people read it: the platform itself, or the question with the answer."""
    return item_label(item) if answers == (0, 1) else f"{item_label(item)}: {answer}"


class Names(Mapping):
    """Audience number to name; looked up in the language chosen last, unless the user gave the name.

    At most two answers that at least half of the audience gave, and 5 points more than everybody, the largest
    difference first. Where there are none: 'light users' if it uses at most three quarters of everybody's number of
    platforms, else the most distinctive answer, else 'average users'. Equal names get the number of platforms used.
    """

    def __init__(self, probability: np.ndarray, everybody: np.ndarray, answers: Mapping[str, tuple]):
        keys = answer_keys(answers)
        said = [j for j, (item, answer) in enumerate(keys) if answers[item] != YES_NO or answer == 1]
        self.labels = [(*keys[j], answers[keys[j][0]]) for j in said]  # what `label` needs
        self.probability, self.everybody = probability[:, said], everybody[said]
        self.given: dict[int, str] = {}

    def __getitem__(self, audience: int) -> str:
        return (self._found() | self.given)[audience]

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, len(self) + 1))

    def __len__(self) -> int:
        return len(self.probability)

    def __repr__(self) -> str:
        return repr(dict(self))

    def rename(self, names: Mapping[int, str]) -> None:
        """Take names from the user; every one different from all others."""
        for audience in names:
            if audience not in self:
                rule = f"numbers of audiences, 1 to {len(self)}"
                raise ModelError("names", rule, repr(audience), "Write them as {1: 'the young'}.")
        given = {k: str(name) for k, name in {**self.given, **names}.items() if name}
        for name, times in Counter((self._found() | given).values()).items():
            if times > 1:
                raise ModelError("names", "must tell the audiences apart", f"{name!r} twice", "Choose another.")
        self.given = given

    def _found(self) -> dict[int, str]:
        """The names that the rule finds: equal ones with the number of platforms, what is still equal with a number."""
        labels, platform = [label(*key) for key in self.labels], np.array([key[2] == YES_NO for key in self.labels])
        about, everybody, names, longer = _("{name}, about {n} of {all}"), self.everybody[platform].sum(), [], []
        for own in self.probability:
            above, n = own - self.everybody, own[platform].sum()
            light = platform.any() and n <= LIGHT * everybody
            order = [j for j in np.argsort(-above, kind="stable").tolist() if above[j] >= ABOVE]
            used = [j for j in order if own[j] >= USED][:2] or ([] if light else order[:1])
            name = " + ".join(labels[j] for j in used) or (_("light users") if light else _("average users"))
            names.append(name)
            counted = about.format(name=name, n=number(n, 1), all=number(platform.sum()))
            longer.append(counted if platform.any() else name)
        names = [long if names.count(name) > 1 else name for name, long in zip(names, longer, strict=True)]
        return {
            k: f"{name} ({names[:k].count(name)})" if names.count(name) > 1 else name
            for k, name in enumerate(names, start=1)
        }


def answer_keys(answers: Mapping[str, tuple]) -> list[tuple]:
    """Item and answer of every column of the answers part."""
    return [(item, answer) for item, given in answers.items() for answer in given]


def overall(grid: Grid, weight: np.ndarray) -> np.ndarray:
    """Share of every answer among those who answered its item, shape (M,)."""
    people = weight @ grid.patterns[grid.column]
    return people / grid.of_item(people)


def profile(model: AudienceMixture, *, level: float = 0.9, n_resamples: int = 200, random_state: int = 0) -> Answer:
    """What sets each audience apart? With percentile intervals of the weighted bootstrap.

    Returns
    -------
    Answer
        ``audience, item, answer, estimate, low, high, overall, n``. Items of yes/no have the answer 1 only. Item
        "share" is the audience's share, item "age" has the answers "mean" and "sd" (years, people of known age).
        `n`: expected people of the audience who answered the item; of its share everybody.
    """
    check_is_fitted(model)
    grid, given = model._grid, model.cells_.answers
    size = {"effective_n": model.cells_.effective_n, "n_parameters": model.n_parameters_}
    drawn, factor = bootstrap(model, n_resamples, random_state), widening(**size)
    own, draws = quantities(grid, model.theta_[None], grid.weight[None])[0], quantities(grid, drawn.theta, drawn.weight)
    low, high = widened(own, draws, level, factor, share=True)  # but for ages:
    low[:, 1:3], high[:, 1:3] = widened(own[:, 1:3], draws[..., 1:3], level, factor)
    ages = age_moments(grid, np.bincount(grid.row, grid.weight, len(grid.ages)))
    average = np.concatenate([[1.0], ages, overall(grid, grid.weight)])
    people = posterior(grid, model.theta_) * grid.count
    aged, asked = people @ np.isfinite(grid.ages)[grid.row, None], grid.of_item(people @ grid.patterns[grid.column])
    n = np.hstack([np.full_like(aged, grid.count.sum()), aged, aged, asked])
    rows = [("share", ""), ("age", "mean"), ("age", "sd"), *answer_keys(given)]
    shown = [j for j, (item, answer) in enumerate(rows) if answer != 0 or given[item] != YES_NO]
    shown = [j for j in shown if not np.isnan(own[0, j])]  # of a survey without ages
    keys = [(audience, *rows[j]) for audience in range(1, len(own) + 1) for j in shown]
    table = pd.DataFrame(keys, columns=["audience", "item", "answer"]).astype({"answer": object})
    values = {"estimate": own, "low": low, "high": high, "overall": np.tile(average, (len(own), 1)), "n": n}
    table = table.assign(**{name: value[:, shown].ravel() for name, value in values.items()})
    facts = {"answers": dict(given), **size}
    return Answer(table, model.about(level), _profile_says, facts=facts, charts=("profile",))


def _profile_says(answer: Answer) -> tuple[str, str]:
    """The answer that differs most between audiences; every audience with its share and mean age."""
    table, names = answer.table, answer.about.names
    own = table.set_index(["audience", "item", "answer"])["estimate"]
    said = []
    for audience in table["audience"].unique():
        share, age = own[audience, "share", ""], own.get((audience, "age", "mean"), 0)
        aged = plural("{name}: {share}, {age} year on average", "{name}: {share}, {age} years on average", round(age))
        text = aged if age else _("{name}: {share}")
        said.append(text.format(name=names[audience], share=percent(share), age=number(age)))
    verdict = f"{'; '.join(said)}. {small_sample(answer.effective_n, answer.n_parameters)}".strip()
    if table["audience"].nunique() == 1:
        return _("Everybody is in one audience"), verdict
    answers = table[~table["item"].isin(["share", "age"])]
    ends = answers.groupby(["item", "answer"], sort=False)["estimate"].agg(["min", "max"])
    item, given = (ends["max"] - ends["min"]).idxmax()
    low, high = (percent(share) for share in ends.loc[(item, given)])
    text = _("{answer} sets the audiences apart most: {low} in one, {high} in another")
    return text.format(answer=label(item, given, answer.answers[item]), low=low, high=high), verdict


def age_curve(model: AudienceMixture, *, level: float = 0.9, n_resamples: int = 200, random_state: int = 0) -> Answer:
    """Who is in which audience at each age? Of people whose age is known.

    Returns
    -------
    Answer
        ``audience, age, estimate, low, high``: share at every year of age, or every band, from the youngest to the
        oldest people of the fit.
    """
    check_is_fitted(model)
    if model.age is None:
        raise ModelError("age", "an age curve needs a model with age", "age=None", 'Fit with age="curve".')
    grid, size = model._grid, {"effective_n": model.cells_.effective_n, "n_parameters": model.n_parameters_}
    ages = grid.ages[np.isfinite(grid.ages)]
    if model.age != "bands":
        ages = ages.min() + np.arange(int(np.ptp(ages)) + 1)
    share = lambda theta: softmax(grid.age_model.at(grid.split(theta)[0], ages, model.share_), axis=-2)
    estimate, draws = share(model.theta_), share(bootstrap(model, n_resamples, random_state).theta)
    low, high = widened(estimate, draws, level, widening(**size), share=True)
    table = tidy({"audience": range(1, len(estimate) + 1), "age": ages}, estimate=estimate, low=low, high=high)
    return Answer(table, model.about(level), _curve_says, facts=size, charts=("age_curve",))


def clear_leads(curve: pd.DataFrame) -> list[tuple[int, int, int]]:
    """(audience, from age, to age), youngest first: over a run of ages its interval lies above all others."""
    low, high = (curve.pivot(index="age", columns="audience", values=end).fillna(-1) for end in ("low", "high"))
    leader = low.idxmax(axis=1)
    others = high.where(high.columns.to_numpy() != leader.to_numpy()[:, None]).max(axis=1)
    leader = leader.where(low.max(axis=1) > others, 0)
    runs = leader.groupby((leader != leader.shift()).cumsum())
    return [(int(run.iloc[0]), int(run.index[0]), int(run.index[-1])) for _run, run in runs if run.iloc[0]]


def _curve_says(answer: Answer) -> tuple[str, str]:
    """Who clearly leads at the young and at the old end; the largest audience at both ends."""
    curve, names = answer.table, answer.about.names
    if curve["audience"].nunique() == 1:
        return _("Everybody is in one audience"), ""
    leader = curve.loc[curve.groupby("age")["estimate"].idxmax()].sort_values("age")
    text, ends = _("At {age} years the largest audience is “{name}” ({share})."), leader.iloc[[0, -1]].itertuples()
    said = [text.format(age=number(at.age), name=names[at.audience], share=percent(at.estimate)) for at in ends]
    verdict = " ".join([*said, small_sample(answer.effective_n, answer.n_parameters)]).strip()
    leads = clear_leads(curve)
    if not leads:
        return _("At no age does one audience clearly lead"), verdict
    text = _("From {first} to {to} “{a}” clearly leads, from {since} to {last} “{b}”")
    text = _("From {first} to {to} “{a}” clearly leads") if len(leads) == 1 else text
    (a, *young), (b, *old) = leads[0], leads[-1]
    ages = dict(zip(("first", "to", "since", "last"), map(number, [*young, *old]), strict=True))
    return text.format(a=names[a], b=names[b], **ages), verdict


def quantities(grid: Grid, theta: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Share, mean and sd of age (NaN without ages), and probability of every answer: (R, K, 3 + M)."""
    people = np.stack([expected_by_age(grid, *own) for own in zip(weight, theta, strict=True)])
    share = people.sum(-1) / people.sum((-1, -2))[..., None]
    return np.concatenate([share[..., None], age_moments(grid, people), np.exp(grid.split(theta)[1])], -1)


def mean_ages(model: AudienceMixture) -> tuple[np.ndarray, float]:
    """Mean age of every audience and of everybody, among people of known age; NaN without ages."""
    people = expected_by_age(model._grid, model._grid.weight, model.theta_)
    return age_moments(model._grid, people)[:, 0], float(age_moments(model._grid, people.sum(0))[0])


def age_moments(grid: Grid, people: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of age among people of known age, shape (..., 2)."""
    known = np.isfinite(grid.ages)
    if not known.any():
        return np.full((*people.shape[:-1], 2), np.nan)
    ages, n = grid.ages[known], people[..., known]
    total = np.maximum(n.sum(-1), 1e-300)
    mean = n @ ages / total
    return np.stack([mean, np.sqrt((n * (ages - mean[..., None]) ** 2).sum(-1) / total)], -1)
