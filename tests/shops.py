"""Shops whose true share of kept promises is known: scenarios of drift, jumps, seasons and fast delivery."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from smm_analysis.promises.quote import rule

YEAR = 365


@dataclass(frozen=True)
class Shop:
    """Orders over `days`, spread evenly; delivery is lognormal around a median that may move, or of fixed shares.

    `median`: of the day, seen from the last one (0 = today, -1 = yesterday); `fixed`: shares that take 1, 2, 3 days.
    """

    n: int = 600
    median: object = 8.0
    days: int = YEAR
    never: float = 0.0
    fixed: tuple = ()
    whole: bool = True
    sigma: float = 0.45

    def middle(self, day):
        return self.median(day) if callable(self.median) else np.full(np.shape(day), float(self.median))

    def draw(self, seed: int) -> pd.DataFrame:
        """What the last evening knows: how long orders took (infinite: not come), their age in days, weeks, count."""
        rng = np.random.default_rng(seed)
        day = -np.sort(rng.integers(0, self.days, self.n))
        if self.fixed:
            took = rng.choice(np.arange(1.0, len(self.fixed) + 1), self.n, p=self.fixed)
        else:
            took = self.middle(day) * np.exp(self.sigma * rng.normal(size=self.n))
        took = np.where(rng.random(self.n) < self.never, np.inf, np.ceil(took) if self.whole else took)
        took = np.where(took <= -day, took, np.inf)
        table = pd.DataFrame({"took": took, "age": -day.astype(float), "weeks": -day / 7.0, "count": 1})
        return table.assign(took=np.ceil(took))

    def kept(self, promised: float) -> float:
        """The true share of tomorrow's orders that keep a promise."""
        if self.fixed:
            return float(sum(self.fixed[: int(promised)]))
        z = (np.log(promised) - np.log(self.middle(np.array(1)))) / self.sigma if promised > 0 else -np.inf
        return float((1 - self.never) * norm.cdf(z))


def drift(start: float, end: float, days: int = YEAR):
    return lambda day: end + (start - end) * -np.asarray(day, float) / days


def jump(before: float, after: float, ago: int):
    return lambda day: np.where(np.asarray(day) > -ago, after, before).astype(float)


def season(today: float):
    """A yearly wave of 40 %, highest (`today` = 1) or lowest (-1) now."""
    return lambda day: 8 * (1 + 0.4 * today * np.cos(2 * np.pi * np.asarray(day) / YEAR))


def shock(ago: int):
    """A month of double delivery times that ended so many days ago."""
    return lambda day: np.where((np.asarray(day) <= -ago) & (np.asarray(day) > -ago - 30), 16.0, 8.0)


# scenario: (shop, mean and 10th percentile over 200 shops of the true share that keeps the quote for .9, as measured
# when the rule was chosen, on other seeds)
SCENARIOS = {
    "stationary, 15 orders": (Shop(15), 0.944, 0.860),
    "stationary, 40": (Shop(40), 0.928, 0.890),
    "stationary, 150": (Shop(150), 0.936, 0.893),
    "stationary, 600": (Shop(600), 0.935, 0.919),
    "stationary, 600, two years": (Shop(600, days=730), 0.934, 0.893),
    "3 % never come, 150": (Shop(150, never=0.03), 0.928, 0.891),
    "3 % never come, 600": (Shop(600, never=0.03), 0.928, 0.910),
    "drift 6 to 12 days": (Shop(median=drift(6, 12)), 0.898, 0.862),
    "drift 12 to 6": (Shop(median=drift(12, 6)), 0.959, 0.917),
    "slow drift 8 to 10": (Shop(median=drift(8, 10)), 0.918, 0.876),
    "slow drift 10 to 8": (Shop(median=drift(10, 8)), 0.948, 0.923),
    "drift 6 to 12, two years": (Shop(median=drift(6, 12, 730), days=730), 0.911, 0.866),
    "jump 8 to 14, 45 days ago": (Shop(median=jump(8, 14, 45)), 0.882, 0.816),
    "the same with 2,400 orders": (Shop(2400, median=jump(8, 14, 45)), 0.921, 0.884),
    "jump 14 to 8, 45 days ago": (Shop(median=jump(14, 8, 45)), 0.942, 0.893),
    "jump 8 to 14, 60 days ago": (Shop(median=jump(8, 14, 60)), 0.916, 0.865),
    "jump 8 to 14, 90 days ago": (Shop(median=jump(8, 14, 90)), 0.923, 0.884),
    "season, at its peak": (Shop(median=season(1)), 0.898, 0.854),
    "season, at its low": (Shop(median=season(-1)), 0.953, 0.919),
    "shock month, over for 30 days": (Shop(median=shock(30)), 0.990, 0.984),
    "shock month, over for 60 days": (Shop(median=shock(60)), 0.937, 0.893),
    "1, 2, 3 days 60/38/2 %": (Shop(fixed=(0.6, 0.38, 0.02)), 0.980, 0.980),
    "1, 2, 3 days 80/18/2 %": (Shop(fixed=(0.8, 0.18, 0.02)), 0.979, 0.980),
    "the same with 150 orders": (Shop(150, fixed=(0.8, 0.18, 0.02)), 0.979, 0.980),
    "1, 2, 3 days 85/13/2 %": (Shop(fixed=(0.85, 0.13, 0.02)), 0.980, 0.980),
}


def truly_kept(shop: Shop, seeds, kept: float = 0.9) -> np.ndarray:
    """For every seed, the true share of tomorrow's orders that keep the quote, where there is one."""
    promised = [rule(shop.draw(seed), kept)[0][0] for seed in seeds]
    return np.array([shop.kept(d) for d in promised if np.isfinite(d)])
