"""What one page may show of a survey: one gate for all its tables together, by which it tells on nobody.

Nothing is hidden: what is too small is merged with its neighbours, platform by platform, so that every count that can
be worked out is a sum of shown blocks with at least five users and five others each. Inside a block a band can have as
many users as it has people, or as the block has users: five or more either way. Neither rounding nor secrecy is needed
for it. Numbers that rest on more are rounded to what five people are worth: shares under weights, whose steps would
show single people's, and the sizes of audiences, which the curve joins to the number of people at every age. Sums over
everybody (mean ages, log-likelihoods and their criteria) stay in Python: they tell how many are in a small band.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from ..answer import About, Answer
from ..errors import TableError
from ..intervals import wilson
from ..tables.cells import SUMS, Cells, mid_ages
from ..words import _, number
from .choose import choose_audiences, is_weighted
from .mixture import AudienceMixture, fit_up_to
from .profile import Names
from .use import STARTS, in_bands, numeric, says_use
from .verdict import audiences as audiences_in_words

if TYPE_CHECKING:
    from ..tables.people import People

FEWEST, LEVEL, MOST = 5, 0.95, 8


class Groups(NamedTuple):
    """People in G bands or audiences; users and others of J platforms, counted and (S = 2) weighted: (S, G, J)."""

    n: np.ndarray
    yes: np.ndarray
    no: np.ndarray
    least: np.ndarray  # of users, and of others, that a block needs, counted and weighted
    common: bool  # platforms of which everybody names one: what is cut for one is cut for all, or they would add up

    @classmethod
    def of(cls, cells: Cells, answers: np.ndarray, member: np.ndarray, common: bool = False) -> Groups:
        """Sums over cells, given each cell's share in every group (C, G)."""
        weights = [cells.count, cells.weight] if is_weighted(cells) else [cells.count]
        yes, no = (np.stack([(member * w[:, None]).T @ (answers == a) for w in weights]) for a in (1, 0))
        heaviest = np.array([(w / cells.count).max() for w in weights])
        return cls(cells.count @ member, yes, no, FEWEST * heaviest, common)

    def blocks(self, platform: int) -> list[slice]:
        """The groups cut into runs that have enough users and others."""
        of = slice(None) if self.common else [platform]
        return blocks(self.n, np.concatenate([self.yes[:, :, of], self.no[:, :, of]], axis=2), self.least)

    def differ(self) -> bool:
        """Whether neighbours are told apart by a platform: groups that share every figure are one."""
        starts = {block.start for j in range(self.yes.shape[2]) for block in self.blocks(j)}
        return len(starts) == len(self.n)

    def share(self, platform: int, block: slice) -> float:
        """Share of users among those of a block who answered, weighted."""
        yes, no = (side[-1, block, platform].sum() for side in (self.yes, self.no))
        return yes / (yes + no)


@dataclass(frozen=True, eq=False)
class Gated:
    """All that a page may say of a survey, and nothing else; made by `gate`, which says what the fields are."""

    n: int
    platforms: tuple[str, ...]
    unnamed: tuple[str, ...]
    use: Answer
    profile: Answer | None
    curve: Answer | None
    sizes: pd.Series | None
    found: Callable[[], str] | None
    wanted: int
    kinds: frozenset[str]

    @property
    def shown(self) -> int:
        """How many audiences the page shows, 1 for none."""
        return 1 if self.sizes is None else len(self.sizes)

    @property
    def headline(self) -> str:
        """What was found without its reasons, which are functions of every single answer; whether fewer are shown."""
        if self.found is None or self.shown == self.wanted:
            return self.found() if self.found else ""
        fewer = _("{found} describe these people best; so few people can be shown as {shown} only")
        none = _("{found} describe these people best, but so few people cannot be shown by audience")
        found, shown = audiences_in_words(self.wanted), audiences_in_words(self.shown)
        return (fewer if self.shown > 1 else none).format(found=found, shown=shown)

    @property
    def names(self) -> dict[int, str]:
        """Audience number to name, from the shown profile, in the language chosen last."""
        return dict(self.profile.about.names) if self.profile else {}

    @property
    def notes(self) -> list[str]:
        """What was merged, rounded and left out, in sentences that tell on nobody."""
        shown, aged, by_age = self.shown, "aged" in self.kinds, self.use.table["age_low"].nunique() > 1
        several = _("{wanted} would tell on fewer than {fewest} people, or share every figure: {shown} are shown.")
        none = _("{wanted} would tell on fewer than {fewest} people, or share every figure: none are shown.")
        said = [
            (aged, _("Counted are the people of known age who answered about a platform that is shown here.")),
            (not aged, _("Counted are the people who answered about a platform that is shown here.")),
            (True, _("A platform is shown if at least {fewest} people use it and {fewest} do not.")),
            (True, _("One that nearly everybody uses, or hardly anybody, is not even named.")),
            (True, _("Bands of age, and audiences, in which fewer do, share one figure with their neighbours.")),
            (by_age, _("The first age group begins at birth and the last has no end, whoever is in them.")),
            (aged and not by_age, _("So few people cannot be shown by age.")),
            ("weighted" in self.kinds, _("Shares are weighted and rounded to what {fewest} people are worth.")),
            ("single" in self.kinds, _("Everybody named one platform: who uses which together is not known.")),
            (shown > 1, _("Figures of audiences are rounded, in a small survey to what {fewest} people are worth.")),
            (shown < self.wanted, several if shown > 1 else none),
            (True, _("Publish one page per survey: two pages about the same people can be subtracted.")),
        ]
        words = {"wanted": audiences_in_words(self.wanted), "shown": audiences_in_words(shown)}
        return [text.format(fewest=number(FEWEST), **words) for holds, text in said if holds]


def gate(people: People, *, audiences: int | None = None, pairs: int = 0, random_state: int = 0) -> Gated:
    """What may a page show of this survey, so that it tells on nobody, even to a reader who knows this rule?

    Parameters
    ----------
    people : People
    audiences : int, optional
        How many to look for; by default as `choose_audiences` finds. Fewer are shown where so many would have an
        audience of fewer than five people, or one that is a run of age bands but for one to four people.
    pairs, random_state : as in `choose_audiences`

    Returns
    -------
    Gated
        ``n`` (the only number of people that the page says: those of known age who answered about a shown platform),
        ``platforms``, ``use`` (as `platform_use_by_age`, but every platform has its own merged bands; part `totals`),
        ``profile`` (without ages; `together` names the audiences that share a figure), ``curve`` (between multiples of
        five years with five people at or beyond), ``sizes``, ``names``, each None or empty without audiences;
        ``headline`` where audiences were looked for, ``notes``; ``unnamed``: platforms that must stand nowhere on the
        page. All else may be printed, and drawn, to the last digit.

    Raises
    ------
    TableError : when no platform has five users and five others

    Notes
    -----
    People who skipped a platform are taken to answer as their block does. The ages of fewer than half of the people
    are not used. Somebody in the survey can subtract herself, and two pages of one survey can be subtracted.

    Examples
    --------
    >>> from smm_analysis import read_survey
    >>> gated = gate(read_survey("simulated_google_forms.csv"), audiences=2)
    >>> gated.use.table.groupby("platform")["n"].sum().unique().tolist() == [gated.n]
    True
    """
    cells, unnamed = one_set(people.cells(), people.several)
    table = in_bands(cells, None) if cells.age else numeric(cells).assign(age_low=0.0)
    # The usual bands even where nobody is in them: where a band begins must not tell that somebody is in it.
    starts = np.array(STARTS, float) if cells.age == "age" else np.unique(table["age_low"])
    answers = table[list(cells.items)].to_numpy(float)
    bands = (table["age_low"].to_numpy()[:, None] == starts).astype(float)
    rest = (answers == 0).all(1, keepdims=True)
    asked = np.hstack([answers, rest]) if rest.any() and not people.several else answers
    use = _use(cells, Groups.of(cells, asked, bands, not people.several), starts)
    settings = {"age": "curve" if cells.age else None, "random_state": random_state}
    found, wanted, shown = None, 1 if audiences is None or not people.several else audiences, (None, None, None)
    if audiences is None and people.several:
        most = min(MOST, len(cells.respondents))
        choice = choose_audiences(cells, up_to=most, pairs=pairs, smallest=FEWEST, **settings)
        found, wanted = lambda: choice.headline, choice.supported
    for model in list(fit_up_to(cells, wanted, **settings))[:0:-1]:  # the largest first, and never a single one
        groups = Groups.of(cells, answers, model.posterior().T)
        if tells_on_nobody(model, bands) and groups.differ():
            shown = _audiences(model, groups, use, random_state)
            break
    kinds = {"aged": cells.age, "weighted": is_weighted(cells), "single": not people.several}
    kinds = frozenset(kind for kind, holds in kinds.items() if holds)
    return Gated(cells.n_respondents, cells.items, unnamed, use, *shown, found, wanted, kinds)


def one_set(cells: Cells, several: bool) -> tuple[Cells, tuple[str, ...]]:
    """The people of known age who answered about a platform with enough users and others, and the other platforms."""
    frame = cells.to_frame()
    known = frame[np.atleast_1d(cells.age)[0]].notna() if cells.age else pd.Series(False, frame.index)
    aged = 2 * frame.loc[known, "count"].sum() >= max(frame["count"].sum(), 4 * FEWEST)
    frame, few = frame[known] if aged else frame, True
    while few:  # who named another platform, where everybody names one, is the difference of n and all users
        sides = {item: [frame.loc[frame[item] == a, "count"].sum() for a in (0, 1)] for item in cells.items}
        items = [item for item, side in sides.items() if min(side) >= FEWEST]
        frame = frame[frame[items].notna().any(axis=1)]
        rest = (frame[items] == 0).all(axis=1)
        few = bool(items) and not several and 0 < frame.loc[rest, "count"].sum() < FEWEST
        frame = frame[~rest] if few else frame
    if not items:
        rule = f"at least one has {FEWEST} users and {FEWEST} people who do not use it"
        raise TableError("platforms", rule, "none", "Ask more people; what rests on fewer would tell on single ones.")
    sums = {name: name for name in SUMS}
    kept = Cells.from_table(frame, items=items, age=cells.age if aged else None, about=cells.about, **sums)
    return kept, tuple(item for item in cells.items if item not in items)


def blocks(n: np.ndarray, sides: np.ndarray, least: np.ndarray) -> list[slice]:
    """Groups (n people each) in one block, or cut where the halves are most equal in people, and so on.

    A cut stays if both halves have `least` (S,) of all `sides` (S, G, M). Where it lies depends on people alone, so it
    tells nothing of answers.
    """

    def cut(first: int, last: int) -> list[slice]:
        if last - first == 1:
            return [slice(first, last)]
        place = max(range(first + 1, last), key=lambda k: min(n[first:k].sum(), n[k:last].sum()))
        halves = (first, place), (place, last)
        if any((sides[:, i:j].sum(1) < least[:, None] - 1e-6).any() for i, j in halves):
            return [slice(first, last)]
        return [block for half in halves for block in cut(*half)]

    return cut(0, len(n))


def rounded(share, n: float) -> np.ndarray:
    """Shares to what five of n people are worth, or to whole percents where these are more."""
    step = max(0.01, FEWEST / n)
    return np.clip(np.round(np.asarray(share) / step) * step, 0, 1)


def _use(cells: Cells, groups: Groups, starts: np.ndarray) -> Answer:
    """Use by merged bands and in total; the first band begins at 0 and the last is open, whoever is in them."""
    weighted, everybody, rows, totals = is_weighted(cells), cells.n_respondents, [], []
    lows, highs = [0.0, *starts[1:]], [*starts[1:] - 1, np.nan]
    worth = np.round(everybody / cells.effective_n, 1) if weighted else 1.0

    def figures(share: float, n: int) -> tuple:
        share = float(rounded(share, n)) if weighted else round(n * share) / n
        return *wilson(share, n / worth, LEVEL).iloc[0], n, round(n * share)

    for j, item in enumerate(cells.items):
        people = 0
        for block in groups.blocks(j):
            found = figures(groups.share(j, block), round(groups.n[block].sum()))
            rows.append((item, lows[block.start], highs[block.stop - 1], *found))
            people += found[-1]
        share = groups.share(j, slice(None)) if weighted else people / everybody
        totals.append((item, *figures(share, everybody)))
    columns = ["platform", "age_low", "age_high", "estimate", "low", "high", "n", "people"]
    parts = {"totals": pd.DataFrame(totals, columns=[columns[0], *columns[3:]])}
    says, charts = (says_use, ("use_by_age",)) if cells.age else (None, ())
    return Answer(pd.DataFrame(rows, columns=columns), replace(cells.about, level=LEVEL), says, parts, charts=charts)


def tells_on_nobody(model: AudienceMixture, bands: np.ndarray) -> bool:
    """Five expected people in every audience, and no run of audiences is a run of bands but for one to four."""
    posterior, cells = model.posterior(), model.cells_
    inside = (posterior * cells.count) @ bands
    if min(inside.sum(1).min(), (posterior @ cells.weight).min()) < FEWEST:
        return False
    of_audiences, of_bands = (
        np.array([[i <= x < j for x in range(m)] for i, j in combinations(range(m + 1), 2)], float)
        for m in inside.shape
    )
    of_audiences = of_audiences[of_audiences.sum(1) < len(inside)]
    both, first, second = of_audiences @ inside @ of_bands.T, of_audiences @ inside.sum(1), of_bands @ inside.sum(0)
    apart = first[:, None] + second - 2 * both
    return not ((apart > 1e-6) & (apart < FEWEST - 1e-6)).any()


def _audiences(model: AudienceMixture, groups: Groups, use: Answer, random_state: int) -> tuple:
    """Profile, curve and sizes: whole percents, sizes to what five people are worth."""
    n, items = model.cells_.n_respondents, model.cells_.items
    size = pd.Series(rounded(model.share_, n), range(1, len(groups.n) + 1), name="share")
    full = model.profile(random_state=random_state)
    own = full.table[full.table["item"] != "age"].set_index(["item", "audience"])[["low", "high"]]
    rows = [(k, "share", "", size[k], *rounded(own.loc[("share", k)], n), 1.0, (k,)) for k in size.index]
    for j, (item, *total) in enumerate(use.totals[["platform", "estimate", "low", "high"]].itertuples(index=False)):
        for block in groups.blocks(j):
            values, together = total, tuple(size.index[block])
            if len(together) < len(size):  # averaged ends are rather too wide for the audiences together
                share = round(groups.share(j, block), 2)
                low, high = np.average(own.loc[item].iloc[block], axis=0, weights=groups.n[block]).round(2)
                values = share, min(low, share), max(high, share)
            rows += [(k, item, 1, *values, total[0], together) for k in together]
    columns = ["audience", "item", "answer", "estimate", "low", "high", "overall", "together"]
    table = pd.DataFrame(rows, columns=columns).sort_values("audience", kind="stable", ignore_index=True)
    shown = table[table["item"] != "share"].pivot(index="audience", columns="item", values="estimate")[list(items)]
    shares = shown.to_numpy(), use.totals["estimate"].to_numpy()
    both = [np.stack([1 - p, p], -1).reshape(*p.shape[:-1], -1) for p in shares]
    about = replace(full.about, names=Names(*both, dict.fromkeys(items, (0, 1))))
    return replace(full, table=table, about=about, parts={}), _curve(model, about, random_state), size


def _curve(model: AudienceMixture, about: About, random_state: int) -> Answer | None:
    """Shares by age in whole percents, between multiples of five with five people at or beyond each end."""
    if model.age is None:
        return None
    ages = np.sort(np.repeat(mid_ages(model.cells_.respondents), model.cells_.count.astype(int)))
    first, last = np.ceil(ages[FEWEST - 1] / 5) * 5, np.floor(ages[-FEWEST] / 5) * 5
    if first >= last:
        return None
    full = model.age_curve(random_state=random_state)
    table = full.table[full.table["age"].between(first, last)].round(2).reset_index(drop=True)
    return replace(full, table=table, about=about, parts={})
