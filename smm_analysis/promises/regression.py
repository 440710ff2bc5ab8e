"""Least squares on counted rows, with a kink or without: a row of count 2 is the row twice, in every number.

`count_up` turns orders into the table of distinct rows first, so that the answer depends neither on the order of the
rows nor on whether they came counted.
"""

from collections.abc import Callable
from contextlib import suppress
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
    """A fitted regression: coefficients, their robust covariance, and the rows it was fitted to."""

    n: int  # orders
    k: int  # free parameters, the residual variance among them
    coef: np.ndarray
    covariance: np.ndarray
    bread: np.ndarray  # (X'CX)^-1
    unseen: np.ndarray  # the part of it that comes from orders whose error cannot be seen
    freedom: int
    log_likelihood: float
    r2: float
    design: pd.DataFrame
    rows: pd.DataFrame

    @property
    def aicc(self) -> float:
        """AIC with the small-sample term (Hurvich & Tsai 1989)."""
        return 2 * self.k - 2 * self.log_likelihood + 2 * self.k * (self.k + 1) / (self.n - self.k - 1)

    def interval(self, combinations: np.ndarray, level: float) -> pd.DataFrame:
        """``estimate, low, high, se`` of combinations of the coefficients, shape (m, k), by Student's t.

        Without an error where it hangs on orders whose error cannot be seen.
        """
        variance, unseen, whole = (
            np.einsum("ij,jk,ik->i", combinations, inner, combinations)
            for inner in (self.covariance, self.unseen, self.bread)
        )
        se = np.sqrt(np.where(unseen > MOST_UNSEEN * whole, np.nan, variance))
        estimate, half = combinations @ self.coef, stats.t.ppf((1 + level) / 2, self.freedom) * se
        return pd.DataFrame({"estimate": estimate, "low": estimate - half, "high": estimate + half, "se": se})

    def sums(self, terms: dict[str, dict[str, float]], level: float) -> pd.DataFrame:
        """``term, estimate, low, high, se`` of sums of named coefficients; empty where one is not in the model."""
        names = self.design.columns
        weights = [[parts.get(name, 0.0) if set(parts) <= set(names) else np.nan for name in names]
                   for parts in terms.values()]  # fmt: skip
        return self.interval(np.array(weights), level).assign(term=list(terms))[["term", *ENDS, "se"]]


def least_squares(design: pd.DataFrame, rows: pd.DataFrame, cluster: pd.Series | None = None) -> Fit:
    """Ordinary least squares of the `outcome` of rows, each as often as its `count`, by QR of columns of length 1.

    Robust errors are V = I X' diag(c e^2 / (1 - h)^2) X I with I = (X'CX)^-1 and h the leverage of one order (HC3:
    MacKinnon & White 1985). Where `cluster` says who gave several answers, the scores of a person are summed first
    (Liang & Zeger 1986, with the usual small-sample factor). Terms that say the same are a ModelError.
    """
    x, outcome, count = design.to_numpy(float), rows["outcome"].to_numpy(float), rows["count"].to_numpy()
    n, k, root, size = int(count.sum()), x.shape[1], np.sqrt(count), np.sqrt(count @ x**2)
    q, r = np.linalg.qr(x * root[:, None] / np.where(size > 0, size, 1))
    if len(x) < k or np.abs(np.diag(r)).min() < 1e-9:
        rule = "the terms of the model must vary, each in its own way"
        remedy = "Leave a term out (expectation=False, fewer controls), or take more varied orders."
        raise ModelError("orders", rule, "terms that say the same", remedy)
    back = np.linalg.inv(r) / size[:, None]
    coef, bread = back @ (q.T @ (outcome * root)), back @ back.T
    residual = outcome - x @ coef
    stay = 1 - (q**2).sum(axis=1) / count  # 1 - leverage
    hidden = stay < 1e-8  # the fit passes through these orders: their residual is 0 whatever their error was
    score, freedom, factor = x * (root * residual / np.where(hidden, np.inf, stay))[:, None], n - k, 1.0
    if cluster is not None:
        score = pd.DataFrame(x * (count * residual)[:, None]).groupby(cluster.to_numpy()).sum().to_numpy()
        freedom = len(score) - 1
        if not freedom:
            rule, found = "must hold several persons: errors are by person", "one, who gave every answer"
            raise ModelError(str(cluster.name), rule, found, "Leave the column out, or ask others too.")
        factor = len(score) / freedom * (n - 1) / (n - k)
    rss, total = count @ residual**2, count @ (outcome - count @ outcome / n) ** 2
    return Fit(
        n=n,
        k=k + 1,
        coef=coef,
        covariance=factor * bread @ (score.T @ score) @ bread,
        bread=bread,
        unseen=bread @ (x[hidden].T @ x[hidden]) @ bread,
        freedom=freedom,
        log_likelihood=-n / 2 * (np.log(2 * np.pi * rss / n) + 1),
        r2=1 - rss / total,
        design=design,
        rows=rows,
    )


@dataclass(frozen=True)
class Terms:
    """What enters a regression with a kink at the promise."""

    cap: float
    expectation: bool = True
    controls: tuple[str, ...] = ()
    cluster: str | None = None
    jump: bool = False

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
        return least_squares(self.design(rows, **options), rows, rows[self.cluster] if self.cluster else None)


def sign_of(row: pd.Series | dict) -> int | None:
    """1 or -1 where the interval lies on one side of 0, otherwise 0; None where there is no interval."""
    return None if np.isnan(row["low"]) else int(row["low"] > 0) - int(row["high"] < 0)


def by_group(known: pd.DataFrame, by: str, one: Callable, shared: slice) -> tuple[list, dict | None, list]:
    """``one(part)`` -> table, Fit in every group that allows it: the tables, whether `shared` differ, who is left out.

    A group is left out where `one` raises a ModelError or a shared coefficient has no error.
    """
    tables, fits, left = [], [], []
    for group, part in known.groupby(by, sort=True, observed=True):
        with suppress(ModelError):
            table, fit = one(part)
            if fit.interval(np.eye(len(fit.coef))[shared], 0.5)["se"].notna().all():
                tables.append(table.assign(**{by: group}))
                fits.append((fit.coef[shared], fit.covariance[shared, shared]))
                continue
        left.append(group)
    return tables, difference_test(fits) if len(fits) > 1 else None, left


def difference_test(fits: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Do groups share their coefficients? Wald, of coefficients and their covariance: ``statistic, df, p``."""
    precise = [(coef, np.linalg.pinv(covariance)) for coef, covariance in fits]
    common = np.linalg.pinv(sum(p for _coef, p in precise)) @ sum(p @ coef for coef, p in precise)
    statistic = float(sum((coef - common) @ p @ (coef - common) for coef, p in precise))
    df = len(common) * (len(fits) - 1)
    return {"statistic": statistic, "df": df, "p": float(stats.chi2.sf(statistic, df))}
