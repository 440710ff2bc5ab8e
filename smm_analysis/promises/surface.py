"""The response surface: outcome over promise and experience, and what its shape says."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial import ConvexHull, Delaunay
from scipy.special import expit

from ..errors import ModelError, TableError
from ..tables.orders import check_orders
from ..words import _, number
from .disconfirmation import complete
from .family import XX, XY, YY, X, Y, cubic, fit_family, quadratic, table
from .regression import ERRORS, Fit, count_up, difference_test, interval, least_squares, logit, wilson
from .theories import compare_theories

CONTRASTS = {"a1": X + Y, "a2": XX + XY + YY, "a3": X - Y, "a4": XX - XY + YY, "a5": XX - YY}
SHAPE = ("X0", "Y0", "p10", "p11", "p20", "p21", "l1", "l2")
COLUMNS = ["promised", "actual", "outcome"]
STEPS = 151


@dataclass(frozen=True)
class PromiseSurface:
    """What `fit_surface` found.

    Attributes
    ----------
    surface : by ``quantity`` (b0..b5, a1..a5; stationary point X0, Y0; principal axes Y = p10 + p11 X, Y = p20 + p21 X;
        curvatures along them l1, l2): ``estimate, low, high, se, note``; NaN with a note where not defined
    models : ``model, k, log_likelihood, aicc, delta, weight, r2``, best first
    theories : ``theory, in_words, restriction, model, signs_hold, k, aicc, delta, weight, note``
    congruence : ``condition, demand, estimate, low, high, met, strict``
    discrepancy : shares of orders over-promised, in agreement and under-promised by half a pooled sd
    outliers : the orders that dffits, Cook's distance and leverage all flag; they are in the fit
    rows : ``promised, actual, outcome, count``: the distinct orders that were fitted
    grid : ``promised, actual, estimate``: the fitted outcome (a probability, if binary), NaN outside the data
    hull : ``promised, actual``: the edge of the data, without the outermost 0.5 % at either end of either scale
    groups, difference : models per group and a Wald test of b1..b5, if `by` was given
    verdict : the answer in a few sentences
    """

    surface: pd.DataFrame
    models: pd.DataFrame
    theories: pd.DataFrame
    congruence: pd.DataFrame
    discrepancy: pd.DataFrame
    outliers: pd.DataFrame
    rows: pd.DataFrame
    grid: pd.DataFrame
    hull: pd.DataFrame
    groups: pd.DataFrame | None
    difference: dict | None
    verdict: str
    attrs: dict = field(repr=False)

    def _repr_html_(self) -> str:
        return f"<p>{self.verdict}</p>{self.surface.to_html(float_format='%.4f')}"


def fit_surface(
    orders: pd.DataFrame,
    *,
    higher_is_better: bool,
    errors: str = "HC3",
    by: str | None = None,
    center: bool = False,
    level: float = 0.95,
) -> PromiseSurface:
    """How does the outcome depend on promise and experience together, and which theory says so?

    Parameters
    ----------
    orders : DataFrame
        ``promised`` (X), ``actual`` (Y), ``outcome`` (Z: a higher outcome is a happier customer), optionally ``count``.
        An outcome of two values is fitted by logit, and drawn as a probability.
    higher_is_better : bool
        True for ratings, False for days; needed for the signs in the theories, never to change a number.
    errors : {"HC3", "HC0", "ML"}, default "HC3"
        Of the coefficients; everything derived from them follows by the delta method.
    by : str, optional
        A column of groups: the family in each (at least 50 orders), and a test whether the surfaces differ in shape.
    center : bool, default False
        Subtract the pooled mean of X and Y from both. The scales are never changed in any other way.
    level : float, default 0.95

    Returns
    -------
    PromiseSurface

    Raises
    ------
    ModelError
        Below 50 complete orders, a constant promise, experience or outcome, or an unknown `errors`.
    TableError
        If promise and experience differ in range by more than a factor of 2: they are not one scale.

    Notes
    -----
    Z = b0 + b1 X + b2 Y + b3 X^2 + b4 XY + b5 Y^2. Along Y = X: slope a1 = b1 + b2, curvature a2 = b3 + b4 + b5;
    along Y = -X: a3 = b1 - b2, a4 = b3 - b4 + b5; a5 = b3 - b5. When there is congruence, a quadratic cannot say which
    direction of mismatch is worse: for that see `fit_disconfirmation`.

    References
    ----------
    Edwards & Parry (1993); Schoenbrodt, Humberg & Nestler (2018) for the family and a5; Humberg, Nestler & Back (2019)
    for the checklist; Brown, Venkatesh & Goyal (2014) for the six theories, whose restrictions are ours.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> orders, truth = simulate_orders(3000, seed=1)
    >>> fit = fit_surface(orders, higher_is_better=False, center=True)
    >>> fit.surface.loc[["a1", "a3"], ["low", "high"]].round(2).to_numpy().tolist()
    [[-0.04, -0.0], [0.13, 0.24]]
    """
    if errors not in ERRORS:
        raise ModelError("errors", f"one of {', '.join(ERRORS)}", repr(errors), "Choose one of these.")
    need = ("promised", "actual", "outcome", *([by] if by else []))
    frame = check_orders(orders, need=need, higher_is_better=higher_is_better)
    known = complete(frame, list(need))
    rows = count_up(known, COLUMNS)
    _one_scale(rows)
    binary = rows["outcome"].nunique() == 2
    centre = np.average(rows[["promised", "actual"]].mean(axis=1), weights=rows["count"]) if center else 0.0
    fitter = partial(_fitted, centre=centre, fitter=logit if binary else least_squares, top=rows["outcome"].max())
    family = fit_family(rows, fitter)
    full = family["full"][1]
    core = _core(rows)
    surface = _surface(full, errors, level, _inside(core, centre))
    models = table(family)
    sign = 1 if higher_is_better else -1
    theories = compare_theories(family, fitter(rows, cubic), rows, sign)
    congruence = _congruence(surface)
    attrs = {**frame.attrs, "n": full.n, "left_out": frame.attrs["n"] - full.n, "level": level, "errors": errors,
             "centre": centre, "binary": binary, "not_drawn": full.n - int(core["count"].sum())}  # fmt: skip
    groups, difference, attrs["not_fitted"] = _groups(known, by, fitter, errors) if by else (None, None, [])
    return PromiseSurface(
        surface=surface,
        models=models,
        theories=theories,
        congruence=congruence,
        discrepancy=_discrepancy(rows, sign, level),
        outliers=_outliers(rows, full),
        rows=rows,
        grid=_grid(core, full.coef, centre, binary),
        hull=_hull(core),
        groups=groups,
        difference=difference,
        verdict=_verdict(theories, congruence, difference, attrs),
        attrs={**attrs, "headline": _headline(rows, full.coef, attrs)},
    )


def _fitted(rows: pd.DataFrame, design: Callable, *, centre: float, fitter: Callable, top: float) -> Fit:
    """`fitter` on a design made of the centred promise and experience."""
    x, y = (rows[["promised", "actual"]].to_numpy().T) - centre
    outcome = rows["outcome"].to_numpy()
    outcome = (outcome == top).astype(float) if fitter is logit else outcome
    return fitter(design(x, y), outcome, rows["count"].to_numpy())


def shape(b: np.ndarray) -> np.ndarray:
    """Stationary point, principal axes and curvatures along them: X0, Y0, p10, p11, p20, p21, l1, l2."""
    _b0, b1, b2, b3, b4, b5 = b
    bend = 4 * b3 * b5 - b4**2
    x0, y0 = (b2 * b4 - 2 * b1 * b5) / bend, (b1 * b4 - 2 * b2 * b3) / bend
    root = np.sqrt((b3 - b5) ** 2 + b4**2)
    p11, p21 = (b5 - b3 + root) / b4, (b5 - b3 - root) / b4
    return np.array([x0, y0, y0 - p11 * x0, p11, y0 - p21 * x0, p21, (b3 + b5 + root) / 2, (b3 + b5 - root) / 2])


def _slopes(function: Callable, at: np.ndarray) -> np.ndarray:
    """Jacobian by the complex step, exact to rounding: shape (len(function), len(at))."""
    return np.array([np.imag(function(at + 1e-30j * unit)) * 1e30 for unit in np.eye(len(at))]).T


def _one_scale(rows: pd.DataFrame) -> None:
    """Promise and experience must vary, and over ranges that differ by no more than a factor of 2."""
    for name in ("promised", "actual"):
        if rows[name].nunique() < 3:
            found = f"{rows[name].nunique()} value(s), {rows[name].iloc[0]:g} first"
            rule = "a surface needs at least 3 different values"
            raise ModelError(name, rule, found, "Use fit_disconfirmation(expectation=False).")
    ends = {name: np.quantile(rows[name], [0.01, 0.99], weights=rows["count"], method="inverted_cdf")
            for name in ("promised", "actual")}  # fmt: skip
    promised, actual = (high - low for low, high in ends.values())
    if max(promised, actual) > 2 * min(promised, actual):
        found = " and ".join(f"{name} from {low:g} to {high:g}" for name, (low, high) in ends.items())
        rule = "promise and experience must be on one scale, with ranges that differ by a factor of 2 at most"
        raise TableError("actual", rule, found + " (98 % of the orders)", "Measure both on the same scale.")


def _surface(full: Fit, errors: str, level: float, inside: Callable) -> pd.DataFrame:
    """Coefficients, a1..a5, stationary point and axes, each with its interval; NaN and a note where not defined."""
    linear = np.vstack([np.eye(6), *CONTRASTS.values()])
    with np.errstate(divide="ignore", invalid="ignore"):
        jacobian = np.vstack([linear, _slopes(shape, full.coef)])
        estimate = np.r_[linear @ full.coef, shape(full.coef)]
        se = full.se(jacobian, errors)
    names = [*(f"b{i}" for i in range(6)), *CONTRASTS, *SHAPE]
    surface = interval(estimate, se, level, full.n - 6).set_axis(pd.Index(names, name="quantity")).assign(note="")
    zero = ~((surface["low"] > 0) | (surface["high"] < 0))
    flat, straight = zero["l1"] or zero["l2"], zero["b4"]
    _undefine(surface, ["X0", "Y0"], flat, _("not defined: a ridge or a plane fits as well"))
    _undefine(surface, ["p10"], zero["l2"], _("not defined: no curvature across this axis"))
    _undefine(surface, ["p20"], zero["l1"], _("not defined: no curvature across this axis"))
    _undefine(surface, ["p10", "p11", "p20", "p21"], straight, _("not defined: no interaction, the axes have no slope"))
    if not flat and not inside(surface.at["X0", "estimate"], surface.at["Y0", "estimate"]):
        surface.loc[["X0", "Y0"], "note"] = _("outside the data")
    if not inside(0.0, 0.0):
        surface.loc[list(CONTRASTS)[:4], "note"] = _("at (0, 0), which lies outside the data: see center=True")
    return surface


def _undefine(surface: pd.DataFrame, names: list[str], really: bool, note: str) -> None:
    if really:
        surface.loc[names, ["estimate", "low", "high", "se"]] = np.nan
        surface.loc[names, "note"] = note


def _congruence(surface: pd.DataFrame) -> pd.DataFrame:
    """The checklist of Humberg, Nestler & Back (2019): the first four for congruence, all six in the strict sense."""
    demands = {"a4": "< 0", "a3": "= 0", "p10": "= 0", "p11": "= 1", "a1": "= 0", "a2": "= 0"}
    rows = surface.loc[list(demands), ["estimate", "low", "high"]].reset_index(names="condition")
    goal = np.array([0, 0, 0, 1, 0, 0])
    met = (rows["low"] <= goal) & (goal <= rows["high"])
    met[0] = rows["high"].iloc[0] < 0
    return rows.assign(demand=list(demands.values()), met=met, strict=rows["condition"].isin(["a1", "a2"]))


def _discrepancy(rows: pd.DataFrame, sign: int, level: float) -> pd.DataFrame:
    """Shares of orders whose experience is half a pooled standard deviation below, around, above the promise."""
    both = np.r_[rows["promised"], rows["actual"]]
    spread = np.sqrt(np.cov(both, fweights=np.tile(rows["count"], 2)))
    gap = sign * (rows["actual"] - rows["promised"]) / spread
    kinds = {"over-promised": gap < -0.5, "in agreement": gap.abs() <= 0.5, "under-promised": gap > 0.5}
    n = [int(rows["count"][which].sum()) for which in kinds.values()]
    shares = wilson(n, np.full(3, sum(n)), level)
    return pd.concat([pd.DataFrame({"kind": list(kinds), "n": n}), shares], axis=1)


def _outliers(rows: pd.DataFrame, full: Fit) -> pd.DataFrame:
    """Orders flagged by dffits, Cook's distance and leverage at once (Bollen & Jackman 1990), the cut-offs of R."""
    n, k, h = full.n, 6, full.leverage
    scaled = full.residual**2 / (1 - h)
    variance = full.dispersion * n / (n - k)
    other = np.maximum((variance * (n - k) - scaled) / (n - k - 1), 1e-300)
    dffits = np.sqrt(scaled / other * h / (1 - h))
    cook = scaled * h / ((1 - h) * k * variance)
    wild = (dffits > 3 * np.sqrt(k / (n - k))) & (stats.f.cdf(cook, k, n - k) > 0.5) & (h > 3 * k / n)
    return rows[wild].reset_index(drop=True)


def _core(rows: pd.DataFrame) -> pd.DataFrame:
    """The orders between the outermost 0.5 % of both scales: the region that is drawn."""
    ends = {name: np.quantile(rows[name], [0.005, 0.995], weights=rows["count"], method="inverted_cdf")
            for name in ("promised", "actual")}  # fmt: skip
    return rows[rows["promised"].between(*ends["promised"]) & rows["actual"].between(*ends["actual"])]


def _hull(rows: pd.DataFrame) -> pd.DataFrame:
    """The smallest convex region that holds all orders, as a closed line."""
    points = rows[["promised", "actual"]].drop_duplicates().to_numpy()
    corners = ConvexHull(points).vertices
    return pd.DataFrame(points[np.r_[corners, corners[0]]], columns=["promised", "actual"])


def _inside(rows: pd.DataFrame, centre: float) -> Callable[[float, float], bool]:
    region = Delaunay(rows[["promised", "actual"]].drop_duplicates().to_numpy() - centre)
    return lambda x, y: bool(region.find_simplex([x, y]) >= 0)


def _grid(rows: pd.DataFrame, coef: np.ndarray, centre: float, binary: bool) -> pd.DataFrame:
    """The fitted outcome (a probability, if binary) on a grid; NaN outside the data."""
    points = rows[["promised", "actual"]].drop_duplicates().to_numpy()
    axes = [np.linspace(points[:, i].min(), points[:, i].max(), STEPS) for i in (0, 1)]
    x, y = (side.ravel() for side in np.meshgrid(*axes))
    fitted = quadratic(x - centre, y - centre) @ coef
    fitted = expit(fitted) if binary else fitted
    outside = Delaunay(points).find_simplex(np.column_stack([x, y])) < 0
    return pd.DataFrame({"promised": x, "actual": y, "estimate": np.where(outside, np.nan, fitted)})


def _groups(
    known: pd.DataFrame, by: str, fitter: Callable, errors: str
) -> tuple[pd.DataFrame | None, dict | None, list]:
    """The family in every group of 50 orders, and whether the surfaces have the same shape (b1..b5)."""
    tables, coefs, covariances, left = [], [], [], []
    for group, part in known.groupby(by, sort=True, observed=True):
        family = None
        with suppress(ModelError):
            rows = count_up(complete(part, COLUMNS), COLUMNS)
            family = fit_family(rows, fitter) if rows[["promised", "actual"]].nunique().min() > 2 else None
        if not family or np.isnan(family["full"][1].se(np.eye(6)[1:], errors)).any():
            left.append(group)
            continue
        tables.append(table(family).assign(**{by: group}))
        coefs.append(family["full"][1].coef[1:])
        covariances.append(family["full"][1].covariance(errors)[1:, 1:])
    groups = pd.concat(tables, ignore_index=True) if tables else None
    return groups, difference_test(coefs, covariances) if len(coefs) > 1 else None, left


def _headline(rows: pd.DataFrame, coef: np.ndarray, attrs: dict) -> str:
    """The slopes in the middle of the data, in one line."""
    x, y = (np.average(rows[name], weights=rows["count"]) - attrs["centre"] for name in ("promised", "actual"))
    slope = np.array([[0, 1, 0, 2 * x, y, 0], [0, 0, 1, 0, x, 2 * y]]) @ coef
    if attrs["binary"]:
        p = float(expit(quadratic(np.array([x]), np.array([y])) @ coef)[0])
        slope = slope * p * (1 - p)
    words = {
        "days": _("In the middle of the data: {actual} per day of waiting, {promised} per day promised"),
        "points": _("In the middle of the data: {actual} per point experienced, {promised} per point expected"),
    }
    promised, actual = (("+" if value > 0 else "") + number(value, 3).replace("-", "\u2212") for value in slope)
    return words[attrs["unit"]].format(promised=promised, actual=actual)


def _verdict(theories: pd.DataFrame, congruence: pd.DataFrame, difference: dict | None, attrs: dict) -> str:
    """The answer in sentences."""
    said = [theories.attrs["verdict"]]
    broad = congruence[~congruence["strict"]]
    if broad["met"].all():
        said.append(_("Agreement of promise and experience is best: all conditions of congruence hold."))
    elif broad["met"].iloc[0]:
        failed = ", ".join(broad.loc[~broad["met"], "condition"])
        said.append(_("That agreement is best is not shown: {failed} of the checklist fails.").format(failed=failed))
    if difference:
        alike = difference["p"] >= 1 - attrs["level"]
        said.append(_("The groups do not visibly differ.") if alike else _("The groups differ."))
    return " ".join(said)
