"""The restricted family of the response surface: 16 models, each a regression on the quadratic under restrictions."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from .regression import Fit

ONE, X, Y, XX, XY, YY = np.eye(6)
SQUARE = XX - 2 * XY + YY
FAMILY = {
    "full": (ONE, X, Y, XX, XY, YY),
    "SRR": (ONE, X, Y, SQUARE),
    "SSQD": (ONE, X - Y, SQUARE),
    "RR": (ONE, X + Y, SQUARE),
    "SQD": (ONE, SQUARE),
    "IA": (ONE, X, Y, XY),
    "additive": (ONE, X, Y),
    "diff": (ONE, X - Y),
    "mean": (ONE, X + Y),
    "onlyx2": (ONE, X, XX),
    "onlyx": (ONE, X),
    "onlyy2": (ONE, Y, YY),
    "onlyy": (ONE, Y),
    "null": (ONE,),
}
RIDGES = {
    "SRRR": lambda c, s: (ONE, X, Y, c * c * XX - 2 * c * s * XY + s * s * YY),
    "SRSQD": lambda c, s: (ONE, c * X - s * Y, c * c * XX - 2 * c * s * XY + s * s * YY),
}


def quadratic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1, x, y, x^2, xy, y^2: shape (n, 6)."""
    return np.column_stack([np.ones(len(x)), x, y, x * x, x * y, y * y])


def cubic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1, x, y, (x - y)^3: small gaps pull one way, large ones the other."""
    return np.column_stack([np.ones(len(x)), x, y, (x - y) ** 3])


def fit_family(rows: pd.DataFrame, fitter: Callable) -> dict[str, tuple[np.ndarray, Fit]]:
    """All 16 restricted models: name -> (b0..b5, fit).

    A restriction is b = T theta, so a restricted model is a regression on the quadratic's columns times T. The two
    ridges have one more parameter, the angle of the ridge: searched over the half circle.
    """

    def restricted(columns):
        transform = np.column_stack(columns)
        fit = fitter(rows, lambda x, y: quadratic(x, y) @ transform)
        return transform @ fit.coef, fit

    def ridge(columns):
        loss = lambda angle: -restricted(columns(np.cos(angle), np.sin(angle)))[1].log_likelihood
        angles = np.linspace(-np.pi / 2, np.pi / 2, 61)[1:]
        best = min(angles, key=loss)
        around = (best - angles[1] + angles[0], best + angles[1] - angles[0])
        angle = minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": 1e-9}).x
        coef, fit = restricted(columns(np.cos(angle), np.sin(angle)))
        return coef, replace(fit, k=fit.k + 1)

    plain = {name: restricted(columns) for name, columns in FAMILY.items()}
    return plain | {name: ridge(columns) for name, columns in RIDGES.items()}


def table(family: dict) -> pd.DataFrame:
    """The family as a table, best AICc first."""
    rows = [(name, fit.k, fit.log_likelihood, fit.aicc, fit.r2) for name, (_coef, fit) in family.items()]
    table = pd.DataFrame(rows, columns=["model", "k", "log_likelihood", "aicc", "r2"]).sort_values("aicc")
    return akaike(table)[["model", "k", "log_likelihood", "aicc", "delta", "weight", "r2"]].reset_index(drop=True)


def akaike(models: pd.DataFrame, among: pd.Series | None = None) -> pd.DataFrame:
    """Add `delta`, the AICc above the lowest, and `weight` (Burnham & Anderson 2002), 0 outside `among`; sum 1."""
    among = pd.Series(True, index=models.index) if among is None else among
    delta = models["aicc"] - models.loc[among, "aicc"].min()
    weight = np.exp(-delta / 2).where(among, 0.0)
    return models.assign(delta=delta, weight=weight / weight.sum())
