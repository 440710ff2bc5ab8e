"""Least squares on counted rows: a row of count 2 is the row twice, in every number.

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

ERRORS = ("HC3", "HC0", "ML")
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
    count: np.ndarray
    residual: np.ndarray
    cluster: np.ndarray | None = None  # number of the person behind a row; then all robust errors are by person

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
        """Of the coefficients, shape (k, k)."""
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

    def se(self, combinations: np.ndarray, errors: str = "HC3") -> np.ndarray:
        """Of combinations of the coefficients, shape (m, k); NaN where it hangs on orders whose error is unseen."""
        variance, whole = (
            np.einsum("ij,jk,ik->i", combinations, inner, combinations)
            for inner in (self.covariance(errors), self.bread)
        )
        unseen = ((combinations @ self.bread @ self.design[self._stay == 0].T) ** 2).sum(axis=1)
        return np.sqrt(np.where((errors != "ML") & (unseen > MOST_UNSEEN * whole), np.nan, variance))


def least_squares(design: np.ndarray, outcome: np.ndarray, count: np.ndarray, cluster=None) -> Fit:
    """Ordinary least squares of the rows that `count` stands for; `cluster` numbers the persons from 0.

    By QR of the design with columns of length 1; terms that say the same are a ModelError.
    """
    n, rows = count.sum(), design * np.sqrt(count)[:, None]
    size = np.sqrt((rows**2).sum(axis=0))
    q, r = np.linalg.qr(rows / np.where(size > 0, size, 1))
    if len(design) < design.shape[1] or np.abs(np.diag(r)).min() < 1e-9:
        rule = "the terms of the model must vary, each in its own way"
        remedy = "Leave a term out (expectation=False, fewer controls), or take more varied orders."
        raise ModelError("orders", rule, "terms that say the same", remedy)
    back = np.linalg.inv(r) / size[:, None]
    coef = back @ (q.T @ (outcome * np.sqrt(count)))
    residual = outcome - design @ coef
    rss, total = count @ residual**2, count @ (outcome - count @ outcome / n) ** 2
    log_likelihood = -n / 2 * (np.log(2 * np.pi * rss / n) + 1)
    return Fit(coef, log_likelihood, 1 - rss / total, len(coef) + 1, back @ back.T, design, count, residual, cluster)


def interval(fit: Fit, combinations: np.ndarray, level: float, errors: str = "HC3") -> pd.DataFrame:
    """``estimate, low, high, se`` of combinations of the coefficients, shape (m, k), by Student's t."""
    estimate, se = combinations @ fit.coef, fit.se(combinations, errors)
    half = stats.t.ppf((1 + level) / 2, fit.freedom) * se
    return pd.DataFrame({"estimate": estimate, "low": estimate - half, "high": estimate + half, "se": se})


def sign_of(row: pd.Series | dict) -> int | None:
    """1 or -1 where the interval lies on one side of 0, otherwise 0; None where there is no interval."""
    return None if np.isnan(row["low"]) else int(row["low"] > 0) - int(row["high"] < 0)


def by_group(known: pd.DataFrame, by: str, one: Callable, shared: slice, errors: str = "HC3") -> tuple:
    """``one(part)`` -> table, Fit in every group that allows it: the tables, whether `shared` differ, who is left out.

    A group is left out where `one` raises a ModelError or a shared coefficient has no error.
    """
    tables, fits, left = [], [], []
    for group, part in known.groupby(by, sort=True, observed=True):
        try:
            table, fit = one(part)
        except ModelError:
            fit = None
        if fit is None or np.isnan(fit.se(np.eye(len(fit.coef))[shared], errors)).any():
            left.append(group)
        else:
            tables.append(table.assign(**{by: group}))
            fits.append((fit.coef[shared], fit.covariance(errors)[shared, shared]))
    return tables, difference_test(fits) if len(fits) > 1 else None, left


def difference_test(fits: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Do groups share their coefficients? Wald, of coefficients and their covariance: ``statistic, df, p``."""
    precise = [(coef, np.linalg.pinv(covariance)) for coef, covariance in fits]
    common = np.linalg.pinv(sum(p for _coef, p in precise)) @ sum(p @ coef for coef, p in precise)
    statistic = float(sum((coef - common) @ p @ (coef - common) for coef, p in precise))
    df = len(common) * (len(fits) - 1)
    return {"statistic": statistic, "df": df, "p": float(stats.chi2.sf(statistic, df))}
