"""The response surface: outcome over promise and experience, and what its shape says."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial import ConvexHull, Delaunay
from scipy.special import expit

from ..answer import Answer
from ..errors import ModelError, TableError, one_of
from ..intervals import check_level
from ..tables.orders import Orders
from ..words import _, number
from .family import XX, XY, YY, X, Y, cubic, fit_family, quadratic, table, theories, theory_words
from .regression import ERRORS, Fit, difference_test, interval, least_squares, logit
from .rows import WEEK, complete, controls_of, count_up, rows_of, said_of_groups

CONTRASTS = {"a1": X + Y, "a2": XX + XY + YY, "a3": X - Y, "a4": XX - XY + YY, "a5": XX - YY}
SHAPE = ("X0", "Y0", "p10", "p11", "p20", "p21", "l1", "l2")
BOTH = ["promised", "actual"]
STEPS = 151


def fit_surface(
    orders: Orders,
    *,
    controls: tuple[str, ...] = (),
    by: str | None = None,
    center: bool = False,
    errors: str = "HC3",
    level: float = 0.95,
) -> Answer:
    """How does the outcome depend on promise and experience together, and which theory says so?

    Parameters
    ----------
    orders : Orders
        ``promised`` (X), ``actual`` (Y), ``outcome`` (Z, higher: happier). Raw units, nothing flipped. An outcome of
        two values is fitted by logit.
    controls : tuple of str
        Columns held fixed at their mean: numbers as they are, words as categories.
    by : str, optional
        A column of groups: the family in each (at least 50 orders), and a test whether the surfaces differ in shape.
    center : bool, default False
        Subtract the pooled mean of X and Y from both. The scales are never changed in any other way.
    errors : {"HC3", "HC0", "ML"}, default "HC3"
    level : float, default 0.95

    Returns
    -------
    Answer
        By ``quantity`` (b0..b5, a1..a5; stationary point X0, Y0; principal axes Y = p10 + p11 X, Y = p20 + p21 X;
        curvatures along them l1, l2): ``estimate, low, high, se, note``; empty, with a note, where not defined.
        Parts: `models`, `theories`, `congruence`, `outliers` (flagged, and in the fit), `rows`, `grid`, `hull`,
        `groups`. Facts: `binary`, `centre`, `slope_promised`, `slope_actual` (in the middle), `not_drawn`, ...

    Raises
    ------
    ModelError
        Below 50 complete orders, or a constant promise, experience or outcome.
    TableError
        If points of promise and experience differ in range by more than a factor of 2: they are not one scale.

    Notes
    -----
    Z = b0 + b1 X + b2 Y + b3 X^2 + b4 XY + b5 Y^2. Along Y = X: slope a1 = b1 + b2, curvature a2 = b3 + b4 + b5; along
    Y = -X: a3 = b1 - b2, a4 = b3 - b4 + b5; a5 = b3 - b5. Which direction of mismatch is worse a quadratic cannot say.

    References
    ----------
    Edwards & Parry (1993); Schoenbrodt, Humberg & Nestler (2018); Humberg, Nestler & Back (2019) for the checklist.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> fit = fit_surface(simulate_orders(3000, random_state=1)[0], center=True)
    >>> fit.table.set_index("quantity").loc[["a1", "a3"], ["low", "high"]].round(2).to_numpy().tolist()
    [[-0.04, -0.0], [0.13, 0.24]]
    """
    one_of("errors", errors, ERRORS)
    check_level(level)
    need = ["outcome", *controls, *([by] if by else [])]
    columns = [*BOTH, "outcome", *controls]
    known = complete(rows_of(orders, *need).dropna(subset=["beyond"]), [*BOTH, *need])
    rows = count_up(known, columns)
    _one_scale(rows, orders.unit in WEEK)
    binary = rows["outcome"].nunique() == 2
    centre = np.average(rows[BOTH].mean(axis=1), weights=rows["count"]) if center else 0.0
    fitter = partial(_fitted, centre=centre, fitter=logit if binary else least_squares, top=rows["outcome"].max(),
                     controls=tuple(controls))  # fmt: skip
    family = fit_family(rows, fitter)
    full = family["full"][1]
    core = _core(rows)
    surface = _surface(full, errors, level, _inside(core, centre))
    sign = 1 if orders.higher_is_better else -1
    groups, difference, left = _groups(known, by, columns, fitter, errors) if by else (None, None, [])
    parts = {
        "models": table(family),
        "theories": theories(family, fitter(rows, cubic), sign),
        "congruence": _congruence(surface),
        "outliers": _outliers(rows, full),
        "rows": rows,
        "grid": _grid(core, full.coef[:6], centre, binary),
        "hull": _hull(core),
        **({"groups": groups} if groups is not None else {}),
    }
    slopes = _slopes_in_the_middle(rows, full.coef[:6], centre, binary)
    facts = {
        **dict(zip(("slope_promised", "slope_actual"), slopes, strict=True)), "binary": binary, "centre": centre,
        "errors": errors, "left_out": orders.about.n - full.n, "not_drawn": full.n - int(core["count"].sum()),
        "difference": difference, "not_fitted": left,
    }  # fmt: skip
    about = replace(orders.about, n=full.n, unit=orders.unit, level=level)
    return Answer(surface, about, _says, parts, facts, ("surface", "theories"))


def _fitted(rows: pd.DataFrame, terms: Callable, *, centre, fitter: Callable, top: float, controls=()) -> Fit:
    """`fitter` on terms made of the centred promise and experience, and the controls less their mean."""
    x, y = (rows[BOTH].to_numpy().T) - centre
    outcome = rows["outcome"].to_numpy()
    outcome = (outcome == top).astype(float) if fitter is logit else outcome
    held = controls_of(rows, controls).to_numpy()
    held = held - np.average(held, axis=0, weights=rows["count"])
    return fitter(np.column_stack([terms(x, y), held]), outcome, rows["count"].to_numpy())


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


def _one_scale(rows: pd.DataFrame, times: bool) -> None:
    """Promise and experience must vary; points over ranges that differ by no more than a factor of 2."""
    for name in BOTH:
        if rows[name].nunique() < 3:
            found = f"{rows[name].nunique()} value(s), {rows[name].iloc[0]:g} first"
            rule = "a surface needs at least 3 different values"
            raise ModelError(name, rule, found, "Use fit_disconfirmation.")
    ends = {name: np.quantile(rows[name], [0.01, 0.99], weights=rows["count"], method="inverted_cdf") for name in BOTH}
    promised, actual = (high - low for low, high in ends.values())
    if not times and max(promised, actual) > 2 * min(promised, actual):
        found = " and ".join(f"{name} from {low:g} to {high:g}" for name, (low, high) in ends.items())
        rule = "promise and experience must be on one scale, with ranges that differ by a factor of 2 at most"
        raise TableError("actual", rule, found + " (98 % of the orders)", "Measure both on the same scale.")


def _surface(full: Fit, errors: str, level: float, inside: Callable) -> pd.DataFrame:
    """Coefficients, a1..a5, stationary point and axes, each with its interval; NaN and a note where not defined."""
    b, held = full.coef[:6], len(full.coef) - 6
    linear = np.vstack([np.eye(6), *CONTRASTS.values()])
    with np.errstate(divide="ignore", invalid="ignore"):
        jacobian = np.pad(np.vstack([linear, _slopes(shape, b)]), ((0, 0), (0, held)))
        surface = interval(full, jacobian, level, errors)
        estimate = np.r_[linear @ b, shape(b)]
    surface[["low", "high"]] += (estimate - surface["estimate"]).to_numpy()[:, None]  # interval() took them as linear
    names = [*(f"b{i}" for i in range(6)), *CONTRASTS, *SHAPE]
    surface = surface.assign(estimate=estimate, note="").set_axis(pd.Index(names, name="quantity"))
    zero = ~((surface["low"] > 0) | (surface["high"] < 0))
    flat, straight = zero["l1"] or zero["l2"], zero["b4"]
    undefined = [
        (["X0", "Y0"], flat, "a ridge or a plane fits as well"),
        (["p10"], zero["l2"], "no curvature across this axis"),
        (["p20"], zero["l1"], "no curvature across this axis"),
        (["p10", "p11", "p20", "p21"], straight, "no interaction, the axes have no slope"),
    ]
    for which, really, note in undefined:
        if really:
            surface.loc[which, ["estimate", "low", "high", "se"]] = np.nan
            surface.loc[which, "note"] = f"not defined: {note}"
    if not flat and not inside(surface.at["X0", "estimate"], surface.at["Y0", "estimate"]):
        surface.loc[["X0", "Y0"], "note"] = "outside the data"
    if not inside(0.0, 0.0):
        surface.loc[list(CONTRASTS)[:4], "note"] = "at (0, 0), which lies outside the data: see center=True"
    return surface.reset_index()


def _congruence(surface: pd.DataFrame) -> pd.DataFrame:
    """The checklist of Humberg, Nestler & Back (2019): the first four for congruence, all six in the strict sense."""
    demands = {"a4": "< 0", "a3": "= 0", "p10": "= 0", "p11": "= 1", "a1": "= 0", "a2": "= 0"}
    rows = surface.set_index("quantity").loc[list(demands), ["estimate", "low", "high"]].reset_index(names="condition")
    goal = np.array([0, 0, 0, 1, 0, 0])
    met = (rows["low"] <= goal) & (goal <= rows["high"])
    met[0] = rows["high"].iloc[0] < 0
    return rows.assign(demand=list(demands.values()), met=met, strict=rows["condition"].isin(["a1", "a2"]))


def _outliers(rows: pd.DataFrame, full: Fit) -> pd.DataFrame:
    """Orders flagged by dffits, Cook's distance and leverage at once (Bollen & Jackman 1990), the cut-offs of R."""
    n, k, h = full.n, len(full.coef), full.leverage
    scaled = full.residual**2 / (1 - h)
    variance = full.dispersion * n / (n - k)
    other = np.maximum((variance * (n - k) - scaled) / (n - k - 1), 1e-300)
    dffits = np.sqrt(scaled / other * h / (1 - h))
    cook = scaled * h / ((1 - h) * k * variance)
    wild = (dffits > 3 * np.sqrt(k / (n - k))) & (stats.f.cdf(cook, k, n - k) > 0.5) & (h > 3 * k / n)
    return rows[wild].reset_index(drop=True)


def _core(rows: pd.DataFrame) -> pd.DataFrame:
    """The orders between the outermost 0.5 % of both scales: the region that is drawn."""
    ends = [np.quantile(rows[name], [0.005, 0.995], weights=rows["count"], method="inverted_cdf") for name in BOTH]
    return rows[rows["promised"].between(*ends[0]) & rows["actual"].between(*ends[1])]


def _hull(rows: pd.DataFrame) -> pd.DataFrame:
    """The smallest convex region that holds all orders, as a closed line."""
    points = rows[BOTH].drop_duplicates().to_numpy()
    corners = ConvexHull(points).vertices
    return pd.DataFrame(points[np.r_[corners, corners[0]]], columns=BOTH)


def _inside(rows: pd.DataFrame, centre: float) -> Callable[[float, float], bool]:
    region = Delaunay(rows[BOTH].drop_duplicates().to_numpy() - centre)
    return lambda x, y: bool(region.find_simplex([x, y]) >= 0)


def _grid(rows: pd.DataFrame, coef: np.ndarray, centre: float, binary: bool) -> pd.DataFrame:
    """The fitted outcome (a probability, if binary) on a grid; NaN outside the data."""
    points = rows[BOTH].drop_duplicates().to_numpy()
    axes = [np.linspace(points[:, i].min(), points[:, i].max(), STEPS) for i in (0, 1)]
    x, y = (side.ravel() for side in np.meshgrid(*axes))
    fitted = quadratic(x - centre, y - centre) @ coef
    fitted = expit(fitted) if binary else fitted
    outside = Delaunay(points).find_simplex(np.column_stack([x, y])) < 0
    return pd.DataFrame({"promised": x, "actual": y, "estimate": np.where(outside, np.nan, fitted)})


def _groups(known, by: str, columns: list[str], fitter: Callable, errors: str) -> tuple:
    """The family in every group of 50 orders, and whether the surfaces have the same shape (b1..b5)."""
    tables, coefs, covariances, left = [], [], [], []
    for group, part in known.groupby(by, sort=True, observed=True):
        family = None
        with suppress(ModelError):
            rows = count_up(complete(part, columns), columns)
            family = fit_family(rows, fitter) if rows[BOTH].nunique().min() > 2 else None
        full = family and family["full"][1]
        if not family or np.isnan(full.se(np.eye(len(full.coef))[1:6], errors)).any():
            left.append(group)
            continue
        tables.append(table(family).assign(**{by: group}))
        coefs.append(full.coef[1:6])
        covariances.append(full.covariance(errors)[1:6, 1:6])
    groups = pd.concat(tables, ignore_index=True) if tables else None
    return groups, difference_test(coefs, covariances) if len(coefs) > 1 else None, left


def _slopes_in_the_middle(rows: pd.DataFrame, coef: np.ndarray, centre: float, binary: bool) -> np.ndarray:
    """What one unit of promise, and of experience, does where the data have their middle."""
    x, y = (np.average(rows[name], weights=rows["count"]) - centre for name in BOTH)
    slope = np.array([[0, 1, 0, 2 * x, y, 0], [0, 0, 1, 0, x, 2 * y]]) @ coef
    p = expit(quadratic(np.array([x]), np.array([y])) @ coef)[0]
    return slope * p * (1 - p) if binary else slope


def _says(answer: Answer) -> tuple[str, str]:
    """The slopes in the middle of the data; the simplest theory within 2 AICc of the best, and what else holds."""
    words = {
        "days": _("In the middle of the data: {actual} per day of waiting, {promised} per day promised"),
        "hours": _("In the middle of the data: {actual} per hour of waiting, {promised} per hour promised"),
        "minutes": _("In the middle of the data: {actual} per minute of waiting, {promised} per minute promised"),
    }
    points = _("In the middle of the data: {actual} per point experienced, {promised} per point expected")
    slopes = {name: getattr(answer, f"slope_{name}") for name in BOTH}
    signed = {name: ("+" if value > 0 else "") + number(value, 3).replace("-", "−") for name, value in slopes.items()}
    said, broad = [_said_of_theories(answer.theories)], answer.congruence[~answer.congruence["strict"]]
    if broad["met"].all():
        said.append(_("Agreement of promise and experience is best: all conditions of congruence hold."))
    elif broad["met"].iloc[0]:
        failed = ", ".join(broad.loc[~broad["met"], "condition"])
        said.append(_("That agreement is best is not shown: {failed} of the checklist fails.").format(failed=failed))
    said += said_of_groups(answer)
    return words.get(answer.about.unit, points).format(**signed), " ".join(said)


def _said_of_theories(table: pd.DataFrame) -> str:
    """A difference below 2 AICc cannot tell two theories apart: then the simpler one is named."""
    fair = table[table["signs_hold"]]
    chosen = fair[fair["delta"] <= 2].sort_values(["k", "aicc"]).iloc[0]["theory"]
    second = fair[fair["theory"] != "none of these"].iloc[0]
    names = theory_words()
    said = {
        "experiences only": _("Experience alone suffices: what was promised adds nothing that shows."),
        "expectations only": _("The promise alone suffices: what came adds nothing that shows."),
        "neither matters": _("It does not matter here: neither promise nor experience shows in the outcome."),
        "none of these": _(
            "None of the theories fits as well: the free surface is ahead of “{second}” by {delta} AICc."
        ),
    }
    text = said.get(chosen, _("“{theory}” describes these orders best. {in_words}"))
    name, in_words = names[chosen]
    delta = number(second["delta"], 1)
    return text.format(theory=name, in_words=in_words, second=names[second["theory"]][0], delta=delta)
