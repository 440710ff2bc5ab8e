"""Least squares and logit on counted rows: a row of count 2 is the row twice, in every number.

`count_up` turns orders into the table of distinct rows first, so that the answer depends neither on the order of the
rows nor on whether they came counted. Robust errors are V = I X' diag(c e^2 / (1 - h)^2) X I with I = (X'CX)^-1 and h
the leverage of one person (HC3: MacKinnon & White 1985); where one person gave several answers, the scores of a person
are summed first (Liang & Zeger 1986, with the usual small-sample factor). Coefficients of the logit: statsmodels.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from ..errors import ModelError

ERRORS = ("HC3", "HC0", "ML")
MOST_UNSEEN = 0.05  # share of a variance that may come from orders whose error cannot be seen


@dataclass(frozen=True)
class Fit:
    """A fitted regression: coefficients of shape (k,), and what its covariance needs."""

    coef: np.ndarray
    log_likelihood: float
    r2: float
    n: int
    k: int
    bread: np.ndarray
    dispersion: float
    design: np.ndarray
    count: np.ndarray
    residual: np.ndarray
    leverage: np.ndarray
    cluster: np.ndarray | None = None  # number of the person behind a row; then all robust errors are by person

    @property
    def aic(self) -> float:
        """-2 log L + 2 x coefficients; the residual variance is not counted, as in statsmodels."""
        return -2 * self.log_likelihood + 2 * len(self.coef)

    @property
    def aicc(self) -> float:
        """AIC with the small-sample term, all k free parameters counted (Hurvich & Tsai 1989)."""
        return -2 * self.log_likelihood + 2 * self.k + 2 * self.k * (self.k + 1) / (self.n - self.k - 1)

    @property
    def freedom(self) -> int:
        """Degrees of freedom of an interval: persons less one, or orders less coefficients."""
        return self.n - len(self.coef) if self.cluster is None else int(self.cluster.max())

    def covariance(self, errors: str = "HC3") -> np.ndarray:
        """Of the coefficients, shape (k, k)."""
        if errors == "ML":
            return self.dispersion * self.bread
        if self.cluster is not None:
            score = np.zeros((self.freedom + 1, len(self.coef)))
            np.add.at(score, self.cluster, self.design * (self.count * self.residual)[:, None])
            factor = (self.freedom + 1) / self.freedom * (self.n - 1) / (self.n - len(self.coef))
            return factor * self.bread @ (score.T @ score) @ self.bread
        shrink = np.where(self._alone, np.inf, (1 - self.leverage) if errors == "HC3" else 1)
        score = self.design * (np.sqrt(self.count) * self.residual / shrink)[:, None]
        return self.bread @ (score.T @ score) @ self.bread

    def se(self, combinations: np.ndarray, errors: str = "HC3") -> np.ndarray:
        """Of combinations of the coefficients, shape (m, k); NaN where it hangs on orders whose error is unseen."""
        variance = np.einsum("ij,jk,ik->i", combinations, self.covariance(errors), combinations)
        if errors != "ML":
            unseen = ((combinations @ self.bread @ self.design[self._alone].T) ** 2).sum(axis=1)
            share = unseen / np.einsum("ij,jk,ik->i", combinations, self.bread, combinations)
            variance = np.where(share > MOST_UNSEEN, np.nan, variance)
        return np.sqrt(variance)

    @property
    def _alone(self) -> np.ndarray:
        """Orders of leverage 1: the fit passes through them, so their residual is 0 whatever their error was."""
        return 1 - self.leverage < 1e-8


def least_squares(design: np.ndarray, outcome: np.ndarray, count: np.ndarray, cluster=None) -> Fit:
    """Ordinary least squares of the rows that `count` stands for; `cluster` numbers the persons from 0."""
    n, root = int(count.sum()), np.sqrt(count)
    coef, bread = _solve(design * root[:, None], outcome * root)
    residual = outcome - design @ coef
    rss = float(count @ residual**2)
    total = float(count @ (outcome - count @ outcome / n) ** 2)
    log_likelihood = -n / 2 * (np.log(2 * np.pi * rss / n) + 1)
    leverage = _leverage(design, bread)
    k = len(coef) + 1
    return Fit(coef, log_likelihood, 1 - rss / total, n, k, bread, rss / n, design, count, residual, leverage, cluster)


def logit(design: np.ndarray, outcome: np.ndarray, count: np.ndarray) -> Fit:
    """Logit of an outcome of 0 and 1; r2 is McFadden's."""
    size = np.sqrt((design**2).mean(axis=0))
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        scaled = design / np.where(size > 0, size, 1)
        model = GLM(outcome, scaled, family=Binomial(), freq_weights=count)
        fit = model.fit(tol=1e-12)
        p, apart = fit.fittedvalues, not np.isfinite(fit.llf) or np.abs(fit.predict(which="linear")).max() > 30
    if apart:
        rule = "a logit needs orders of both outcomes all over the data"
        raise ModelError("outcome", rule, "a line that separates them", "Fit fewer terms, or take more orders.")
    _coef, bread = _solve(design * np.sqrt(count * p * (1 - p))[:, None], outcome)
    leverage = p * (1 - p) * _leverage(design, bread)
    n, coef = int(count.sum()), fit.params / size
    return Fit(coef, fit.llf, 1 - fit.llf / fit.llnull, n, len(coef), bread, 1.0, design, count, outcome - p, leverage)


def interval(fit: Fit, combinations: np.ndarray, level: float, errors: str = "HC3") -> pd.DataFrame:
    """``estimate, low, high, se`` of combinations of the coefficients, shape (m, k), by Student's t."""
    estimate, se = combinations @ fit.coef, fit.se(combinations, errors)
    half = stats.t.ppf((1 + level) / 2, fit.freedom) * se
    return pd.DataFrame({"estimate": estimate, "low": estimate - half, "high": estimate + half, "se": se})


def difference_test(coefs: list[np.ndarray], covariances: list[np.ndarray]) -> dict[str, float]:
    """Do groups share their coefficients? Wald: ``statistic, df, p``."""
    precision = [np.linalg.pinv(covariance) for covariance in covariances]
    common = np.linalg.pinv(sum(precision)) @ sum(p @ c for p, c in zip(precision, coefs, strict=True))
    statistic = float(sum((c - common) @ p @ (c - common) for p, c in zip(precision, coefs, strict=True)))
    df = len(common) * (len(coefs) - 1)
    return {"statistic": statistic, "df": df, "p": float(stats.chi2.sf(statistic, df))}


def _solve(design: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and (X'X)^-1 by QR of the design with columns of length 1."""
    size = np.sqrt((design**2).sum(axis=0))
    q, r = np.linalg.qr(design / np.where(size > 0, size, 1))
    if len(design) < design.shape[1] or np.abs(np.diag(r)).min() < 1e-9:
        rule = "the terms of the model must vary, each in its own way"
        remedy = "Leave a term out (expectation=False, fewer controls), or take more varied orders."
        raise ModelError("orders", rule, "terms that say the same", remedy)
    back = np.linalg.inv(r) / size[:, None]
    return back @ (q.T @ outcome), back @ back.T


def _leverage(design: np.ndarray, bread: np.ndarray) -> np.ndarray:
    return np.einsum("ij,jk,ik->i", design, bread, design)
