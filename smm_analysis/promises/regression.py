"""Least squares on counted rows, with a kink or without: a row of count 2 is the row twice, in every number.

`count_up` turns orders into the table of distinct rows first, so that the answer depends neither on the order of the
rows nor on whether they came counted. Robust errors are V = I X' diag(c e^2 / (1 - h)^2) X I with I = (X'CX)^-1 and h
the leverage of one person (HC3: MacKinnon & White 1985); where one person gave several answers, the scores of a person
are summed first (Liang & Zeger 1986, with the usual small-sample factor).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ..errors import ModelError
from .rows import controls_of, count_up

ENDS = ["estimate", "low", "high"]
MOST_UNSEEN = 0.05  # share of a variance that may come from orders whose error cannot be seen


@dataclass(frozen=True)
class Fit:
    """A fitted regression: coefficients of shape (k,), and what its covariance needs."""

    coef: np.ndarray
    log_likelihood: float
    r2: float
    k: int  # free parameters, the residual variance among them
    bread: np.ndarray
    design: np.ndarray
    names: list[str]  # of the columns of the design, where they have any
    rows: pd.DataFrame
    residual: np.ndarray
    cluster: np.ndarray | None  # number of the person behind a row; then all robust errors are by person

    @property
    def count(self) -> np.ndarray:
        """Orders behind every row."""
        return self.rows["count"].to_numpy()

    @property
    def n(self) -> int:
        """Orders."""
        return int(self.count.sum())

    @property
    def aicc(self) -> float:
        """AIC with the small-sample term, all k free parameters counted (Hurvich & Tsai 1989)."""
        return -2 * self.log_likelihood + 2 * self.k + 2 * self.k * (self.k + 1) / (self.n - self.k - 1)

    @property
    def freedom(self) -> int:
        """Degrees of freedom of an interval: persons less one, or orders less coefficients."""
        return self.n - len(self.coef) if self.cluster is None else int(self.cluster.max())

    @property
    def _stay(self) -> np.ndarray:
        """1 - leverage; 0 for orders that the fit passes through: their residual is 0 whatever their error was."""
        stay = 1 - np.einsum("ij,jk,ik->i", self.design, self.bread, self.design)
        return np.where(stay < 1e-8, 0.0, stay)

    def covariance(self, errors: str = "HC3") -> np.ndarray:
        """Of the coefficients, shape (k, k); `errors`: "HC3", "HC0" or "ML"."""
        if errors == "ML":
            return self.count @ self.residual**2 / self.n * self.bread
        if self.cluster is not None:
            score = np.zeros((self.freedom + 1, len(self.coef)))
            np.add.at(score, self.cluster, self.design * (self.count * self.residual)[:, None])
            factor = (self.freedom + 1) / self.freedom * (self.n - 1) / (self.n - len(self.coef))
            return factor * self.bread @ (score.T @ score) @ self.bread
        stay = self._stay
        shrink = np.where(stay == 0, np.inf, stay if errors == "HC3" else 1)
        score = self.design * (np.sqrt(self.count) * self.residual / shrink)[:, None]
        return self.bread @ (score.T @ score) @ self.bread

    def sums(self, terms: dict[str, dict[str, float]], level: float) -> pd.DataFrame:
        """``term, estimate, low, high, se`` of sums of named coefficients; empty where one is not in the model."""
        weights = pd.DataFrame(terms, dtype=float).T.reindex(columns=self.names, fill_value=0.0).fillna(0.0)
        weights.loc[[not set(parts) <= set(self.names) for parts in terms.values()]] = np.nan
        return interval(self, weights.to_numpy(), level).assign(term=list(terms))[["term", *ENDS, "se"]]

    def se(self, combinations: np.ndarray, errors: str = "HC3") -> np.ndarray:
        """Of combinations of the coefficients, shape (m, k); NaN where it hangs on orders whose error is unseen."""
        variance, whole = (
            np.einsum("ij,jk,ik->i", combinations, inner, combinations)
            for inner in (self.covariance(errors), self.bread)
        )
        unseen = ((combinations @ self.bread @ self.design[self._stay == 0].T) ** 2).sum(axis=1)
        return np.sqrt(np.where((errors != "ML") & (unseen > MOST_UNSEEN * whole), np.nan, variance))


def least_squares(design: pd.DataFrame | np.ndarray, rows: pd.DataFrame, cluster=None) -> Fit:
    """Ordinary least squares of the `outcome` of rows, each as often as its `count`; `cluster` numbers persons from 0.

    By QR of the design with columns of length 1; terms that say the same are a ModelError.
    """
    names, design = list(design) if isinstance(design, pd.DataFrame) else [], np.asarray(design, float)
    outcome, count = rows["outcome"].to_numpy(float), rows["count"].to_numpy()
    n, root = count.sum(), np.sqrt(count)
    size = np.sqrt(((design * root[:, None]) ** 2).sum(axis=0))
    q, r = np.linalg.qr(design * root[:, None] / np.where(size > 0, size, 1))
    if len(design) < design.shape[1] or np.abs(np.diag(r)).min() < 1e-9:
        rule = "the terms of the model must vary, each in its own way"
        remedy = "Leave a term out (expectation=False, fewer controls), or take more varied orders."
        raise ModelError("orders", rule, "terms that say the same", remedy)
    back = np.linalg.inv(r) / size[:, None]
    coef = back @ (q.T @ (outcome * root))
    residual = outcome - design @ coef
    rss, total = count @ residual**2, count @ (outcome - count @ outcome / n) ** 2
    likelihood, k = -n / 2 * (np.log(2 * np.pi * rss / n) + 1), len(coef) + 1
    return Fit(coef, likelihood, 1 - rss / total, k, back @ back.T, design, names, rows, residual, cluster)


def interval(fit: Fit, combinations: np.ndarray, level: float, errors: str = "HC3") -> pd.DataFrame:
    """``estimate, low, high, se`` of combinations of the coefficients, shape (m, k), by Student's t."""
    estimate, se = combinations @ fit.coef, fit.se(combinations, errors)
    half = stats.t.ppf((1 + level) / 2, fit.freedom) * se
    return pd.DataFrame({"estimate": estimate, "low": estimate - half, "high": estimate + half, "se": se})


@dataclass(frozen=True)
class Terms:
    """What enters a regression with a kink at the promise."""

    cap: float
    jump: bool = False
    expectation: bool = True
    controls: tuple[str, ...] = ()
    cluster: str | None = None

    @property
    def columns(self) -> list[str]:
        """What an order must have."""
        return ["outcome", "keyed", "beyond", *self.controls, *([self.cluster] if self.cluster else [])]

    def hinge(self, beyond: pd.Series, most: float = np.inf) -> pd.DataFrame:
        """1, how much better (at `most`), how much worse, and whether worse at all."""
        better, worse = beyond.clip(0, most), (-beyond).clip(0, self.cap)
        hinge = pd.DataFrame({"constant": 1.0, "better": better, "worse": worse})
        return hinge.assign(jump=(beyond < 0).astype(float)) if self.jump else hinge

    def design(self, rows: pd.DataFrame, most: float = np.inf, bend: bool = False) -> pd.DataFrame:
        """The columns of the regression; with `bend` the experience squared, and itself where the cap cuts it."""
        design = self.hinge(rows["beyond"], most)
        if self.expectation:
            design["expectation"] = rows["keyed"]
        if bend:
            came = rows["keyed"] + rows["beyond"]
            came = came - np.average(came, weights=rows["count"])
            design["came_squared"] = came**2
            if (rows["beyond"] < -self.cap).any():
                design["came"] = came
        return pd.concat([design, controls_of(rows, self.controls)], axis=1)

    def fit(self, known: pd.DataFrame, **options) -> Fit:
        """The regression on the distinct rows of `known`; options as of `design`."""
        rows = count_up(known, self.columns)
        cluster = rows[self.cluster].factorize(sort=True)[0] if self.cluster else None
        return least_squares(self.design(rows, **options), rows, cluster)


def sign_of(row: pd.Series | dict) -> int | None:
    """1 or -1 where the interval lies on one side of 0, otherwise 0; None where there is no interval."""
    return None if np.isnan(row["low"]) else int(row["low"] > 0) - int(row["high"] < 0)


def by_group(known: pd.DataFrame, by: str, one: Callable, shared: slice) -> tuple:
    """``one(part)`` -> table, Fit in every group that allows it: the tables, whether `shared` differ, who is left out.

    A group is left out where `one` raises a ModelError or a shared coefficient has no error.
    """
    tables, fits, left = [], [], []
    for group, part in known.groupby(by, sort=True, observed=True):
        try:
            table, fit = one(part)
        except ModelError:
            fit = None
        if fit is None or np.isnan(fit.se(np.eye(len(fit.coef))[shared])).any():
            left.append(group)
        else:
            tables.append(table.assign(**{by: group}))
            fits.append((fit.coef[shared], fit.covariance()[shared, shared]))
    return tables, difference_test(fits) if len(fits) > 1 else None, left


def difference_test(fits: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Do groups share their coefficients? Wald, of coefficients and their covariance: ``statistic, df, p``."""
    precise = [(coef, np.linalg.pinv(covariance)) for coef, covariance in fits]
    common = np.linalg.pinv(sum(p for _coef, p in precise)) @ sum(p @ coef for coef, p in precise)
    statistic = float(sum((coef - common) @ p @ (coef - common) for coef, p in precise))
    df = len(common) * (len(fits) - 1)
    return {"statistic": statistic, "df": df, "p": float(stats.chi2.sf(statistic, df))}
