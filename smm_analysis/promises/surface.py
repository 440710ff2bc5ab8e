"""The response surface: outcome over promise and experience, its restricted models, and the theories they speak for.

A restriction is b = T theta, so a restricted model is a regression on the quadratic's columns times T. What each of the
theories of expectation and experience (Brown, Venkatesh & Goyal 2014) demands is ours, derived from what it says in
words; X is the expectation, Y the experience, more is better.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.spatial import ConvexHull, Delaunay

from ..answer import Answer
from ..errors import ModelError, TableError
from ..intervals import check_level
from ..tables.orders import Orders
from ..words import _, number
from .regression import Fit, by_group, least_squares
from .rows import WEEK, amount, complete, controls_of, count_up, quantiles, rows_of, said_of_groups

ONE, X, Y, XX, XY, YY = np.eye(6)
SQUARE = XX - 2 * XY + YY
QUANTITIES = "b0 b1 b2 b3 b4 b5 a1 a2 a3 a4 a5 X0 Y0 p10 p11 p20 p21 l1 l2".split()
FAMILY = {
    "full": (ONE, X, Y, XX, XY, YY),
    "SRR": (ONE, X, Y, SQUARE),
    "SSQD": (ONE, X - Y, SQUARE),
    "RR": (ONE, X + Y, SQUARE),
    "SQD": (ONE, SQUARE),
    "IA": (ONE, X, Y, XY),
    "additive": (ONE, X, Y),
    "diff": (ONE, X - Y),
    "onlyx2": (ONE, X, XX),
    "onlyx": (ONE, X),
    "onlyy2": (ONE, Y, YY),
    "onlyy": (ONE, Y),
    "null": (ONE,),
}
THEORIES = {  # theory: models that express it, signs of (b1, b2, b3)
    "experiences only": (("onlyy", "onlyy2"), (0, 0, 0)),
    "expectations only": (("onlyx", "onlyx2"), (0, 0, 0)),
    "assimilation": (("additive",), (1, 1, 0)),
    "contrast": (("additive",), (-1, 1, 0)),
    "generalized negativity": (("SQD", "RR"), (0, 0, -1)),
    "difference score": (("diff",), (0, 1, 0)),
    "neither matters": (("null",), (0, 0, 0)),
    "none of these": (("full",), (0, 0, 0)),
}
BOTH = ["promised", "actual"]
STEPS = 151


def fit_surface(
    orders: Orders, *, controls: tuple[str, ...] = (), by: str | None = None, level: float = 0.95
) -> Answer:
    """How does the outcome depend on promise and experience together, and which theory says so?

    Parameters
    ----------
    orders : Orders
        ``promised`` (X), ``actual`` (Y), ``outcome`` (Z, higher: happier). Raw units, nothing flipped.
    controls, by : columns, optional
        Held fixed at their mean; groups of 50 orders each, and whether their surfaces differ in shape.

    Returns
    -------
    Answer
        By ``quantity`` (b0..b5, a1..a5; stationary point X0, Y0; principal axes Y = p10 + p11 X, Y = p20 + p21 X;
        curvatures along them l1, l2): ``estimate, low, high, se, note``; empty, with a note, where not defined.
        Parts: `models`, `theories`, `grid`, `hull`, `groups` (models by group). Facts: `slope_promised`,
        `slope_actual` (in the middle of the data), `not_drawn`, `difference`, `not_fitted`.

    Raises
    ------
    ModelError
        Below 50 complete orders, or for a promise, experience or outcome that hardly varies.
    TableError
        If points of promise and experience differ in range by more than a factor of 2: they are not one scale.

    Notes
    -----
    Z = b0 + b1 X + b2 Y + b3 X^2 + b4 XY + b5 Y^2. Along Y = X: slope a1 = b1 + b2, curvature a2 = b3 + b4 + b5; along
    Y = -X: a3 = b1 - b2, a4 = b3 - b4 + b5; a5 = b3 - b5: Edwards & Parry (1993).

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> fit = fit_surface(simulate_orders(3000, random_state=1)[0])
    >>> float(round(fit.slope_promised, 3)), float(round(fit.slope_actual, 3))
    (0.043, -0.055)
    """
    check_level(level)
    columns = [*BOTH, "outcome", *controls]
    known = rows_of(orders, *columns[2:], by).dropna(subset=["beyond"])
    known = complete(known, [*columns, *([by] if by else [])])
    rows = count_up(known, columns)
    family = fit_family(rows, controls)
    low, high = _ends(rows, 0.01)
    if orders.unit not in WEEK and max(high - low) > 2 * min(high - low):
        found = " and ".join(f"{BOTH[i]} from {low[i]:g} to {high[i]:g}" for i in (0, 1))
        rule = "promise and experience must be on one scale, with ranges that differ by a factor of 2 at most"
        raise TableError("actual", rule, found + " (98 % of the orders)", "Measure both on the same scale.")
    b, full = family["full"]
    low, high = _ends(rows, 0.005)
    core = rows[((rows[BOTH] >= low) & (rows[BOTH] <= high)).all(axis=1)]  # what is drawn
    points = core[BOTH].drop_duplicates().to_numpy()
    region, corners = Delaunay(points), ConvexHull(points).vertices
    parts = {
        "models": _models(family),
        "theories": _theories(family, 1 if orders.higher_is_better else -1),
        "grid": _grid(points, region, b),
        "hull": pd.DataFrame(points[np.r_[corners, corners[0]]], columns=BOTH),
    }
    difference, left = None, []
    if by:
        fit = lambda part: fit_family(count_up(complete(part, columns), columns), controls)
        one = lambda part: (_models(family := fit(part)), family["full"][1])
        tables, difference, left = by_group(known, by, one, slice(1, 6))
        parts["groups"] = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    x, y = (np.average(rows[name], weights=rows["count"]) for name in BOTH)
    facts = {"slope_promised": b[1] + 2 * b[3] * x + b[4] * y, "slope_actual": b[2] + b[4] * x + 2 * b[5] * y}
    facts |= {"not_drawn": full.n - int(core["count"].sum()), "difference": difference, "not_fitted": left}
    about = replace(orders.about, n=full.n, unit=orders.unit, level=level)
    return Answer(surface_table(full, level, region), about, _says, parts, facts, ("surface",))


def _ends(rows: pd.DataFrame, share: float) -> np.ndarray:
    """Where promise and experience begin and end, but for so many of the orders: shape (2, 2)."""
    return np.transpose([quantiles(rows[name], rows["count"], [share, 1 - share]) for name in BOTH])


def quadratic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """1, x, y, x^2, xy, y^2: shape (n, 6)."""
    return np.column_stack([np.ones(len(x)), x, y, x * x, x * y, y * y])


def fit_family(rows: pd.DataFrame, controls: tuple = ()) -> dict[str, tuple[np.ndarray, Fit]]:
    """Name -> (b0..b5, fit) of the restricted models."""
    for name, values in rows[BOTH].items():
        if values.nunique() < 3:
            rule, found = "a surface needs at least 3 different values", f"{values.nunique()}, {values.iloc[0]:g} first"
            raise ModelError(name, rule, found, "Use fit_disconfirmation.")
    terms, held, found = quadratic(*rows[BOTH].to_numpy().T), controls_of(rows, controls).to_numpy(), {}
    held = held - np.average(held, axis=0, weights=rows["count"])
    for name, columns in FAMILY.items():
        transform = np.column_stack(columns)
        fit = least_squares(pd.DataFrame(np.column_stack([terms @ transform, held])), rows)
        found[name] = transform @ fit.coef[: len(columns)], fit
    return found


def _models(family: dict) -> pd.DataFrame:
    """The family as a table, best AICc first."""
    rows = [(name, fit.k, fit.log_likelihood, fit.r2, fit.aicc) for name, (_b, fit) in family.items()]
    return _weighed(pd.DataFrame(rows, columns=["model", "k", "log_likelihood", "r2", "aicc"]))


def _theories(family: dict, sign: int) -> pd.DataFrame:
    """Every theory by the better of its models: do the signs hold, and how well does it fit? Best first.

    A theory whose signs fail has no weight: held to its signs it would shrink to a simpler one of the list.
    """
    rows = []
    for theory, (models, signs) in THEORIES.items():
        keyed = {name: family[name][0][1:4] * (sign, sign, 1) for name in models}
        holds = {name: all(s == 0 or s * b > 0 for s, b in zip(signs, keyed[name], strict=True)) for name in models}
        model = min(models, key=lambda name: (not holds[name], family[name][1].aicc))
        rows.append((theory, model, holds[model], family[model][1].k, family[model][1].aicc))
    return _weighed(pd.DataFrame(rows, columns=["theory", "model", "signs_hold", "k", "aicc"]))


def _weighed(models: pd.DataFrame) -> pd.DataFrame:
    """By AICc, with `delta` above the lowest and `weight` (Burnham & Anderson 2002), 0 where the signs fail."""
    fair = models.get("signs_hold", pd.Series(True, models.index))
    delta = models["aicc"] - models.loc[fair, "aicc"].min()
    weight = np.exp(-delta / 2).where(fair, 0.0)
    return models.assign(delta=delta, weight=weight / weight.sum()).sort_values("aicc").reset_index(drop=True)


def quantities(b: np.ndarray) -> np.ndarray:
    """Coefficients, slopes and curvatures, stationary point, principal axes and curvatures along them."""
    _b0, b1, b2, b3, b4, b5 = b
    lines = b1 + b2, b3 + b4 + b5, b1 - b2, b3 - b4 + b5, b3 - b5
    bend = 4 * b3 * b5 - b4**2
    x0, y0 = (b2 * b4 - 2 * b1 * b5) / bend, (b1 * b4 - 2 * b2 * b3) / bend
    root = np.sqrt((b3 - b5) ** 2 + b4**2)
    p11, p21 = (b5 - b3 + root) / b4, (b5 - b3 - root) / b4
    axes = y0 - p11 * x0, p11, y0 - p21 * x0, p21
    return np.array([*b, *lines, x0, y0, *axes, (b3 + b5 + root) / 2, (b3 + b5 - root) / 2])


def surface_table(full: Fit, level: float, region: Delaunay) -> pd.DataFrame:
    """All quantities, each with its interval by the delta method; NaN and a note where not defined."""
    b = full.coef[:6]
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = quantities(b)
        slopes = np.imag([quantities(b + 1e-30j * unit) for unit in np.eye(6)]).T * 1e30  # exact to rounding
        surface = full.interval(np.pad(slopes, ((0, 0), (0, len(full.coef) - 6))), level)
    half = surface["high"] - surface["estimate"]
    surface = surface.assign(estimate=estimate, low=estimate - half, high=estimate + half, note="")
    surface = surface.set_axis(pd.Index(QUANTITIES, name="quantity"))
    zero = ~((surface["low"] > 0) | (surface["high"] < 0))
    flat = zero["l1"] or zero["l2"]
    for which, really, note in (
        (["X0", "Y0"], flat, "a ridge or a plane fits as well"),
        (["p10"], zero["l2"], "no curvature across this axis"),
        (["p20"], zero["l1"], "no curvature across this axis"),
        (["p10", "p11", "p20", "p21"], zero["b4"], "no interaction, the axes have no slope"),
    ):
        if really:
            surface.loc[which, ["estimate", "low", "high", "se"]] = np.nan
            surface.loc[which, "note"] = f"not defined: {note}"
    if not flat and region.find_simplex(surface.loc[["X0", "Y0"], "estimate"]) < 0:
        surface.loc[["X0", "Y0"], "note"] = "outside the data"
    if region.find_simplex([0.0, 0.0]) < 0:
        surface.loc["a1":"a4", "note"] = "at (0, 0), which lies outside the data"
    return surface.reset_index()


def _grid(points: np.ndarray, region: Delaunay, b: np.ndarray) -> pd.DataFrame:
    """The fitted outcome on a grid; NaN outside the data."""
    axes = [np.linspace(low, high, STEPS) for low, high in zip(points.min(axis=0), points.max(axis=0), strict=True)]
    x, y = (side.ravel() for side in np.meshgrid(*axes))
    inside = region.find_simplex(np.column_stack([x, y])) >= 0
    return pd.DataFrame({"promised": x, "actual": y, "estimate": np.where(inside, quadratic(x, y) @ b, np.nan)})


def _says(answer: Answer) -> tuple[str, str]:
    """The slopes in the middle of the data; the simplest theory within 2 AICc of the best."""
    words = {
        "experiences only": _("“Experiences only” is enough for these orders: the promise adds nothing that shows."),
        "expectations only": _("“Expectations only” is enough for these orders: what comes adds nothing that shows."),
        "assimilation": _("“Assimilation” is enough for these orders: the higher the promise, the higher the score."),
        "contrast": _("“Contrast” is enough for these orders: the higher the promise, the lower the score."),
        "generalized negativity": _(
            "“Negativity” is enough for these orders: the larger the gap, the lower the score."
        ),
        "difference score": _("“Difference score” is enough for these orders: every unit of the gap counts alike."),
        "neither matters": _("Neither promise nor experience shows in the scores of these orders."),
        "none of these": _("No theory whose signs hold fits as well as the free surface: it is {delta} AICc ahead."),
    }
    headline = _("In the middle of the data: {actual} for {one} more of what came, {promised} for {one} more promised")
    slopes = {name: number(answer.facts[f"slope_{name}"], 3).replace("-", "−") for name in BOTH}
    signed = {name: slope if slope.startswith("−") else "+" + slope for name, slope in slopes.items()}
    fair = answer.theories[answer.theories["signs_hold"]]
    chosen = fair[fair["delta"] <= 2].sort_values(["k", "aicc"])["theory"].iloc[0]
    ahead = number(fair["delta"][fair["theory"] != "none of these"].iloc[0], 1)
    said = [words[chosen].format(delta=ahead), *said_of_groups(answer)]
    return headline.format(one=amount(1, answer.about.unit), **signed), " ".join(said)
