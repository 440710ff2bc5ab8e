"""The restricted family of the response surface: 16 models, each a regression on the quadratic under restrictions.

And what they say: theories of expectation and experience (Brown, Venkatesh & Goyal 2014). The restrictions are ours,
derived from what each theory says in words; X is the expectation, Y the experience, more is better.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from ..words import _
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
THEORIES = {  # theory: models that express it, signs of (b1, b2, b3 or b6)
    "experiences only": (("onlyy", "onlyy2"), (0, 0, 0)),
    "expectations only": (("onlyx", "onlyx2"), (0, 0, 0)),
    "assimilation": (("additive",), (1, 1, 0)),
    "contrast": (("additive",), (-1, 1, 0)),
    "generalized negativity": (("SQD", "RR"), (0, 0, -1)),
    "assimilation-contrast": (("AC",), (1, 0, -1)),  # b0 + b1 X + b2 Y + b6 (X - Y)^3
    "difference score": (("diff",), (0, 1, 0)),
    "neither matters": (("null",), (0, 0, 0)),
    "none of these": (("full",), (0, 0, 0)),
}


def quadratic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1, x, y, x^2, xy, y^2: shape (n, 6)."""
    return np.column_stack([np.ones(len(x)), x, y, x * x, x * y, y * y])


def cubic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1, x, y, (x - y)^3: small gaps pull one way, large ones the other."""
    return np.column_stack([np.ones(len(x)), x, y, (x - y) ** 3])


def fit_family(rows: pd.DataFrame, fitter: Callable) -> dict[str, tuple[np.ndarray, Fit]]:
    """All 16 restricted models: name -> (b0..b5, fit); `fitter` puts the terms it is given before the controls.

    A restriction is b = T theta, so a restricted model is a regression on the quadratic's columns times T. The two
    ridges have one more parameter, the angle of the ridge: searched over the half circle.
    """

    def restricted(columns):
        transform = np.column_stack(columns)
        fit = fitter(rows, lambda x, y: quadratic(x, y) @ transform)
        return transform @ fit.coef[: len(columns)], fit

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


def theories(family: dict, cubic: Fit, sign: int) -> pd.DataFrame:
    """Every theory by the better of its models: do the signs hold, and how well does it fit? Best first.

    A theory whose signs fail has no weight: held to its signs it would shrink to a simpler one of the list.
    `switch`: the gap at which overlooking turns into magnifying, |X - Y| = sqrt(b1 / (-3 b6)), whatever the keying.
    """
    b0, b1, b2, b6 = cubic.coef[:4]
    family = family | {"AC": (np.array([b0, b1, b2, b6, 0, 0]), cubic)}
    rows = []
    for theory, (models, signs) in THEORIES.items():
        keyed = {name: family[name][0][1:4] * (sign, sign, sign if name == "AC" else 1) for name in models}
        holds = {name: all(s == 0 or s * b > 0 for s, b in zip(signs, keyed[name], strict=True)) for name in models}
        model = min(models, key=lambda name: (not holds[name], family[name][1].aicc))
        fit = family[model][1]
        switch = np.sqrt(-b1 / (3 * b6)) if model == "AC" and holds[model] else np.nan
        rows.append((theory, model, holds[model], fit.k, fit.aicc, switch))
    table = pd.DataFrame(rows, columns=["theory", "model", "signs_hold", "k", "aicc", "switch"])
    return akaike(table, among=table["signs_hold"]).sort_values("aicc").reset_index(drop=True)


def theory_words() -> dict[str, tuple[str, str]]:
    """The name of every theory, and what it says."""
    return {
        "experiences only": (_("experiences only"), _("Only what comes counts; what was promised leaves no trace.")),
        "expectations only": (_("expectations only"), _("Only what was promised counts, whatever comes.")),
        "assimilation": (_("assimilation"), _("A high promise lifts the judgement: people see what they expect.")),
        "contrast": (_("contrast"), _("A high promise lowers the judgement: the same delivery looks worse beside it.")),
        "generalized negativity": (
            _("generalized negativity"), _("Any surprise lowers the judgement, pleasant ones too.")),
        "assimilation-contrast": (
            _("assimilation-contrast"), _("Small gaps are overlooked, large ones are magnified.")),
        "difference score": (_("difference score"), _("Only the gap counts, and every unit of it alike.")),
        "neither matters": (_("neither matters"), _("Neither promise nor experience shows in the outcome.")),
        "none of these": (_("none of these"), _("A free surface: all of it, without a theory.")),
    }  # fmt: skip
