"""Surveys, and an attacker who has a page of one, knows the rule of `gate` by heart, and solves for all answers.

Unknown to the attacker are, in whole people, how many there are at every age, and the users and others of every
platform in every band; and the same by audience, in expected people. An integer program asks of each of these numbers
whether it can be five or more, or else whether it can be 0 and can be more than 0: what can do neither leaks (a certain
zero tells each person's answer). Given beside the page: where the rule tried to cut, the curve of the audiences beyond
its ends, the weights, which depend on the band of age, and whether a question could be skipped.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from smm_analysis import People
from smm_analysis.audiences.em import mid_ages
from smm_analysis.audiences.mixture import fit_up_to
from smm_analysis.audiences.privacy import FEWEST, Gated, one_set
from smm_analysis.audiences.use import STARTS, in_bands

PLATFORMS = ["TikTok", "Instagram", "VK", "Telegram", "Facebook", "OK"]
BANDS, WEIGHTS = (16, 25, 35, 45, 55, 65), np.array([0.5, 1.0, 1.7, 0.8, 1.2, 0.6])


def random_survey(seed: int) -> People:
    """25 to 500 people, three to six platforms; some with skipped answers, bands, weights, or one platform for each."""
    rng = np.random.default_rng(seed)
    n, j = int(np.exp(rng.uniform(np.log(25), np.log(500)))), int(rng.integers(3, 7))
    kind = rng.choice(["years", "class", "bands", "tail"])
    low, high = {"years": (14, 75), "class": (13, 19), "bands": (16, 80), "tail": (14, 15)}[kind]
    age = np.minimum(rng.integers(low, high, n) + (kind == "tail") * rng.exponential(9, n).astype(int), 90)
    young = rng.random(n) < 1 / (1 + np.exp((age - 30) / 6))
    slope, level, apart = rng.normal(0, 2.5, j), rng.normal(-0.3, 1.2, j), rng.normal(0, 2, j)
    logit = level + np.outer((age - 35) / 25, slope) + np.outer(young, apart)
    uses = (rng.random((n, j)) < 1 / (1 + np.exp(-logit))).astype(float)
    single, skips, weighted = rng.random(3) < [0.15, 0.3, 0.3]
    if single:  # everybody names one, or none that was asked about
        chosen = uses * rng.random((n, j))
        uses = ((chosen == chosen.max(1, keepdims=True)) & (chosen > 0)).astype(float)
    elif skips:
        uses[rng.random((n, j)) < 0.06] = np.nan
    frame = pd.DataFrame(uses, columns=PLATFORMS[:j])
    starts = BANDS if kind == "bands" else STARTS
    band = np.searchsorted(starts, age, side="right") - 1
    names = np.array([f"{a}-{b - 1}" for a, b in pairwise(BANDS)] + ["65+"], object)
    frame["age"] = names[band] if kind == "bands" else age.astype(float)
    frame.loc[rng.random(n) < rng.choice([0, 0.05]), "age"] = None
    frame["heavy"] = WEIGHTS[band]
    people = People.from_frame(frame, platforms=PLATFORMS[:j], weight="heavy" if weighted else None)
    return replace(people, several=not single)


class Attacker:
    """What the counts behind a page can be."""

    def __init__(self, gated: Gated, people: People, step: float | None = None):
        self.step = step  # to which shares are rounded, if not as the gate does
        self.cells = one_set(people.cells(), people.several)[0]
        self.table = in_bands(self.cells, None) if self.cells.age else self.cells.respondents.assign(age_low=0.0)
        self.rows, self.options, self.size, self.binary = [], [], 0, []
        self.most = float(gated.n)
        self.answers = self.table[list(self.cells.items)].to_numpy(float)
        if not people.several and (self.answers == 0).all(1).any():  # the rest is one more platform
            self.answers = np.hstack([self.answers, (self.answers == 0).all(1, keepdims=True)])
        self.starts = np.array(STARTS) if self.cells.age == "age" else np.unique(self.table["age_low"])
        self.band = np.searchsorted(self.starts, self.table["age_low"])
        self.skipped = bool(np.isnan(self.answers).any())
        self._ages(gated)
        self._use(gated, people.several)
        if gated.sizes is not None:
            self._audiences(gated)

    def unknown(self, *shape: int, binary: bool = False) -> np.ndarray:
        """Places of new unknowns."""
        places = self.size + np.arange(np.prod(shape)).reshape(shape)
        self.size += places.size
        self.binary += places.ravel().tolist() if binary else []
        return places

    def know(self, *terms: tuple, low: float = -np.inf, high: float = np.inf) -> None:
        """low <= sum of coefficient x unknowns <= high, of terms (places, coefficients)."""
        place = np.concatenate([np.ravel(p) for p, _c in terms])
        size = np.concatenate([np.broadcast_to(c, np.shape(p)).ravel() for p, c in terms])
        self.rows.append((place, size, low, high))

    def share(self, part: tuple, whole: list, low: float, high: float) -> None:
        """low <= sum of part / sum of whole <= high."""
        self.know(part, *[(place, -low * c) for place, c in whole], low=-1e-6)
        self.know(part, *[(place, -high * c) for place, c in whole], high=1e-6)

    def either(self, options: list[tuple], most: float) -> None:
        """At least one of the sums is as small as its limit: why a block was not cut."""
        chosen = self.unknown(len(options), binary=True)
        self.options.append(options)
        self.know((chosen, 1.0), low=1)
        for z, (places, size, limit) in zip(chosen, options, strict=True):
            self.know((places, size), ([z], [most]), high=limit + most)

    def _ages(self, gated: Gated) -> None:
        """People at every age: n in all, and five at or beyond the ends of the curve, but not five years further."""
        n, cells = gated.n, self.cells
        own = mid_ages(cells.respondents) if cells.age else np.zeros(len(self.band))
        self.age = np.arange(100.0) if cells.age == "age" else np.unique(own)
        self.age_band = np.searchsorted(self.starts, self.age, side="right") - 1
        self.n = self.unknown(len(self.age))
        self.truth = [(self.n, np.bincount(np.searchsorted(self.age, own), cells.count, len(self.age)))]
        self.weight = np.ones(len(self.starts))
        if "weighted" in gated.kinds:
            self.weight[self.band] = cells.weight / cells.count
        self.know((self.n, 1.0), low=n, high=n)
        if gated.curve is not None:
            low, high = gated.curve.table["age"].agg(["min", "max"])  # less than a year from multiples of five
            for sign, end in ((-1, np.ceil(-low / 5) * 5), (1, np.ceil(high / 5) * 5)):
                self.know((self.n[sign * self.age >= end], 1.0), low=FEWEST)
                self.know((self.n[sign * self.age >= end + 5], 1.0), high=FEWEST - 1)

    def inside(self, bands) -> np.ndarray:
        """Places of the people of some bands."""
        return self.n[np.isin(self.age_band, np.arange(len(self.starts))[bands])]

    def place_of_cut(self, n: np.ndarray, block: slice) -> int:
        """Where the rule tried to cut."""
        return max(
            range(block.start + 1, block.stop), key=lambda k: min(n[block.start : k].sum(), n[k : block.stop].sum())
        )

    def _use(self, gated: Gated, several: bool) -> None:
        shape = self.answers.shape[1], len(self.starts)
        self.u, self.v = self.unknown(*shape), self.unknown(*shape)
        for places, answer in ((self.u, 1), (self.v, 0)):
            given = self.cells.count[:, None] * (self.answers == answer)
            self.truth += [(places, (given.T @ np.eye(shape[1])[self.band]))]
        for b in range(shape[1]):
            for u, v in zip(self.u[:, b], self.v[:, b], strict=True):
                low = -np.inf if self.skipped else 0
                self.know(([u, v], 1.0), (self.inside([b]), -1.0), low=low, high=0)
            if not several:
                rest = shape[0] > len(gated.platforms)
                everybody = sum(gated.use.totals["people"]) == gated.n or rest
                self.know((self.u[:, b], 1.0), (self.inside([b]), -1.0), low=0 if everybody else -np.inf, high=0)
        behind, n = np.bincount(self.band, self.cells.count, shape[1]), gated.n
        for item, rows in gated.use.table.groupby("platform", sort=False):
            j = gated.platforms.index(item)
            for row in rows.itertuples():
                last = len(self.starts) if np.isnan(row.age_high) else np.searchsorted(self.starts, row.age_high + 1)
                block = slice(np.searchsorted(self.starts, row.age_low, side="right") - 1 if row.age_low else 0, last)
                self._block(gated, j, block, row.estimate, row.n, behind, several)
            if "weighted" in gated.kinds:
                total = gated.use.totals.set_index("platform").loc[item, "estimate"]
                self._weighted(j, slice(0, shape[1]), total, n)

    def _weighted(self, j, block, share, n) -> None:
        half, w = (self.step or max(0.01, FEWEST / n)) / 2, self.weight[block]
        sides = [(self.u[j, block], w), (self.v[j, block], w)]
        self.share(sides[0], sides, share - half, share + half)

    def _block(self, gated, j, block, share, n, behind, several) -> None:
        u, v = self.u[j, block], self.v[j, block]
        self.know((self.inside(block), 1.0), low=n, high=n)
        if self.cells.age != "age":  # bands that nobody is in are not known to the gate
            self.know((self.inside([block.start]), 1.0), low=1)
        self.know((u, 1.0), low=FEWEST)
        self.know((v, 1.0), low=FEWEST)
        if "weighted" in gated.kinds:
            self._weighted(j, block, share, n)
        else:
            half = 0.5 / n if self.skipped else 0
            self.share((u, 1.0), [(u, 1.0), (v, 1.0)], share - half, share + half)
        if block.stop - block.start > 1:
            cut, options = self.place_of_cut(behind, block), []
            for half in (slice(block.start, cut), slice(cut, block.stop)):
                for i in [j] if several else range(len(self.u)):
                    for side in (self.u, self.v):
                        options.append((side[i, half], 1.0, FEWEST - 1))
                        if "weighted" in gated.kinds:
                            options.append((side[i, half], self.weight[half], FEWEST * self.weight.max() - 1e-6))
            self.either(options, gated.n * max(1, self.weight.max()))

    def _audiences(self, gated: Gated) -> None:
        """Expected people by audience and band, with their sizes, their curve and their profile."""
        k, (j, b), n, w = len(gated.sizes), self.u.shape, gated.n, self.weight
        self.m, self.e, self.f = self.unknown(k, b), self.unknown(k, j, b), self.unknown(k, j, b)
        *_fewer, model = fit_up_to(self.cells, k, age="curve" if self.cells.age else None)
        member = model.posterior() * self.cells.count
        bands = np.eye(b)[self.band]
        self.truth += [(self.m, member @ bands)]
        for places, answer in ((self.e, 1), (self.f, 0)):
            self.truth += [(places, np.einsum("kc,cj,cb->kjb", member, self.answers == answer, bands))]
        for x in range(b):
            self.know((self.m[:, x], 1.0), (self.inside([x]), -1.0), low=0, high=0)
            for y in range(j):
                self.know((self.e[:, y, x], 1.0), ([self.u[y, x]], -1.0), low=0, high=0)
                self.know((self.f[:, y, x], 1.0), ([self.v[y, x]], -1.0), low=0, high=0)
                for z in range(k):
                    self.know(([self.e[z, y, x], self.f[z, y, x]], 1.0), ([self.m[z, x]], -1.0), high=1e-6)
        half, everybody = (self.step or max(0.01, FEWEST / n)) / 2, (self.n, w[self.age_band])
        if self.cells.age == "age":  # the quadratic is found from its whole percents, so it is given exactly
            full = model.age_curve(n_resamples=2).table.pivot(index="audience", columns="age", values="estimate")
            near = np.abs(full.columns.to_numpy()[:, None] - self.age).argmin(0)
            curve = full.to_numpy()[:, near].round(6)
        elif self.cells.age:
            curve = model.parameters_["shares"].T.to_numpy().round(6)
        for z in range(k):
            size = gated.sizes.iloc[z]
            self.know((self.m[z], 1.0), low=FEWEST)
            self.share((self.m[z], w), [everybody], size - half, size + half)
            if self.cells.age:
                room = 1e-3 * n
                self.know((self.m[z], w), (self.n, -w[self.age_band] * curve[z]), low=-room, high=room)
        for row in gated.profile.table.itertuples():
            if row.item != "share" and row.audience == row.together[0]:
                self._together(gated, row, member.sum(1))

    def _together(self, gated, row, size) -> None:
        """A figure of the profile, and that its block was not cut."""
        y, block = gated.platforms.index(row.item), slice(row.together[0] - 1, row.together[-1])
        e, f, w = self.e[block, y], self.f[block, y], np.broadcast_to(self.weight, self.e[block, y].shape)
        self.know((e, 1.0), low=FEWEST - 1e-6)
        self.know((f, 1.0), low=FEWEST - 1e-6)
        if len(row.together) < len(size):
            self.share((e, w), [(e, w), (f, w)], row.estimate - 0.005, row.estimate + 0.005)
        if len(row.together) > 1:
            cut, options = self.place_of_cut(size, block), []
            for half in (slice(block.start, cut), slice(cut, block.stop)):
                for side in (self.e, self.f):
                    options.append((side[half, y], 1.0, float(FEWEST)))
                    if "weighted" in gated.kinds:
                        options.append((side[half, y], self.weight, FEWEST * self.weight.max()))
            self.either([(np.ravel(p), np.broadcast_to(c, p.shape).ravel(), limit) for p, c, limit in options],
                        gated.n * max(1, self.weight.max()))  # fmt: skip

    def targets(self) -> dict[tuple, tuple]:
        """Everything that must not be told: name -> (places, coefficients)."""
        found = {("people", b): self.inside([b]) for b in range(len(self.starts))}
        found |= {("age", a): self.n[[i]] for i, a in enumerate(self.age) if self.truth[0][1][i]}
        for step in range(5, 100, 5):
            found |= {("from", step): self.n[self.age >= step], ("to", step): self.n[self.age <= step]}
        for j, b in np.ndindex(self.u.shape):
            found |= {("users", j, b): self.u[j, [b]], ("others", j, b): self.v[j, [b]]}
        if hasattr(self, "m"):
            for k, j, b in np.ndindex(self.e.shape):
                found |= {("audience", k, b): self.m[k, [b]], ("size", k): self.m[k]}
                found |= {("audience users", k, j): self.e[k, j], ("audience others", k, j): self.f[k, j]}
        sums = {name: (places, np.ones(len(places))) for name, places in found.items() if len(places)}
        if self.skipped:
            for j, b in np.ndindex(self.u.shape):
                people = self.inside([b])
                places = np.concatenate([people, [self.u[j, b], self.v[j, b]]])
                sums["skipped", j, b] = places, np.repeat([1.0, -1.0], [len(people), 2])
        return sums

    def true(self) -> np.ndarray:
        """The true value of every unknown."""
        values = np.zeros(self.size)
        for places, counts in self.truth:
            values[places] = counts
        return values

    def wrong(self) -> list:
        """What the attacker takes for known and is not true."""
        x, unsure = self.true(), set(self.binary)
        rows = [row for row in self.rows if not unsure & set(row[0].tolist())]
        off = [row for row in rows if not row[2] - 1e-5 <= x[row[0]] @ row[1] <= row[3] + 1e-5]
        return off + [o for o in self.options if all((x[p] * c).sum() > limit + 1e-5 for p, c, limit in o)]

    def solve(self, *extra: tuple) -> np.ndarray | None:
        """Counts that fit the page and `extra`, or None."""
        rows = [*self.rows, *extra]
        row = np.repeat(np.arange(len(rows)), [len(r[0]) for r in rows])
        place, size = (np.concatenate([r[i] for r in rows]) for i in (0, 1))
        table = coo_array((size, (row, place)), (len(rows), self.size)).tocsr()
        low, high = (np.array([r[i] for r in rows], float) for i in (2, 3))
        most, whole = np.full(self.size, self.most), np.zeros(self.size)
        whole[: self.v.max() + 1] = 1
        whole[self.binary], most[self.binary] = 1, 1
        limits = LinearConstraint(table, low - 1e-6, high + 1e-6)
        x = milp(np.zeros(self.size), integrality=whole, bounds=Bounds(0, most), constraints=limits).x
        if x is None:
            return None
        x = np.where(whole, np.round(x), x)
        fits = (table @ x >= low - 1e-3).all() and (table @ x <= high + 1e-3).all()
        return x if fits else None

    def leaks(self) -> dict[tuple, float]:
        """Numbers below five that the page tells: name -> the true number."""
        found, worlds = {}, [self.true()]
        for name, (places, size) in self.targets().items():

            def possible(low=-np.inf, high=np.inf, places=places, size=size) -> bool:
                if any(low <= world[places] @ size <= high for world in worlds):
                    return True
                world = self.solve((places, size, low, high))
                worlds.extend([] if world is None else [world])
                return world is not None

            if not possible(low=FEWEST - 1e-6) and not (possible(high=0.5) and possible(low=0.99)):
                found[name] = worlds[0][places] @ size
        return found
