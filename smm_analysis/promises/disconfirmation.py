"""The kink: what one unit beyond the promise brings, and what one unit short of it costs."""

import warnings
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..errors import ModelError, SmallSample, TableError
from ..tables.orders import check_orders, rated_before_arrival
from ..words import _, number
from .audit import beyond
from .regression import Fit, count_up, difference_test, interval, least_squares

FEWEST = 50
FEW_ON_A_SIDE = 20


@dataclass(frozen=True)
class Disconfirmation:
    """What `fit_disconfirmation` found.

    Attributes
    ----------
    kink : by ``term`` (and group): ``estimate, low, high, se``. `better`, `worse`: change of the outcome per unit
        beyond and short of the promise; `worse_minus_better`: how much more a unit short costs than a unit beyond
        brings, (-worse) - better; `..._bootstrap`: the same by resampled orders; `ratio`: (-worse) / better, given only
        where the interval of `better` lies above 0; `expectation`: per promised unit; `jump`; controls
    curve : ``beyond, estimate, low, high``: fitted, everything else at its mean, where 99 % of the orders lie
    density : ``beyond, n, mean``: how many orders lie where, and their mean outcome, brought to the mean of all else
    difference : Wald test that better and worse are alike in all groups, if `by` was given
    verdict : the answer in a few sentences
    """

    kink: pd.DataFrame
    curve: pd.DataFrame
    density: pd.DataFrame
    difference: dict | None
    verdict: str
    attrs: dict = field(repr=False)

    def _repr_html_(self) -> str:
        return f"<p>{self.verdict}</p>{self.kink.to_html(index=False, float_format='%.4f')}"


def fit_disconfirmation(
    orders: pd.DataFrame,
    *,
    higher_is_better: bool,
    cap: float | None = None,
    jump: bool = False,
    expectation: bool = True,
    controls: tuple[str, ...] = (),
    by: str | None = None,
    reviews: str = "all",
    level: float = 0.95,
    n_resamples: int = 999,
    seed: int = 0,
) -> Disconfirmation:
    """Does falling short of a promise hurt, and more than exceeding it helps?

    Parameters
    ----------
    orders : DataFrame
        ``promised, actual, outcome`` (a higher outcome is a happier customer); a ``count`` column is as good as rows.
    higher_is_better : bool
        True for ratings, False for days.
    cap : float, optional
        Falling short counts up to this many units only (everything later hurts alike); going beyond is never capped.
    jump : bool, default False
        Whether merely falling short, by however little, has an effect of its own.
    expectation : bool, default True
        Whether the promise itself enters. Its sign is left free: across studies a high expectation goes with more
        satisfaction (Schiebler et al. 2025).
    controls : tuple of str
        Columns held fixed: numbers as they are, words as categories.
    by : str, optional
        A column of groups: one kink each (at least 50 orders), and a test whether they differ.
    reviews : {"all", "after arrival"}
        "after arrival" leaves out reviews written before the parcel came.
    level : float, default 0.95
    n_resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    Disconfirmation

    Raises
    ------
    ModelError
        Below 50 complete orders; if nobody got less (or nobody more) than promised; if the outcome does not vary.
    TableError
        If the frame is no table of orders, or promise and experience are not in one unit.

    Notes
    -----
    outcome = b0 + better x max(P - E, 0) + worse x max(E - P, 0) [+ expectation x E + ...], E promised, P experienced,
    so keyed that more is better. Intervals are HC3, and NaN where a term hangs on one order. Who promises more to whom
    is the seller's choice: read the slopes as differences between orders.

    References
    ----------
    Anderson & Sullivan (1993), Marketing Science 12, for the idea; Tversky & Kahneman (1992) for steeper losses.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> orders, truth = simulate_orders(5000, seed=1, worse=-0.3, better=0.01, answered_early=0)
    >>> kink = fit_disconfirmation(orders, higher_is_better=False, cap=7).kink.set_index("term")
    >>> bool(kink.at["worse", "low"] < -0.3 < kink.at["worse", "high"])
    True
    """
    if reviews not in ("all", "after arrival"):
        raise ModelError("reviews", "all or after arrival", repr(reviews), "Choose one of these.")
    terms = {"cap": cap, "jump": jump, "expectation": expectation, "controls": tuple(controls)}
    frame = check_orders(orders, need=("promised", "actual", "outcome", *controls, *([by] if by else [])),
                         higher_is_better=higher_is_better)  # fmt: skip
    frame = after_arrival(frame) if reviews == "after arrival" else frame
    frame["beyond"] = beyond(frame, higher_is_better)
    columns = ["outcome", "promised", "beyond", *controls]
    known = complete(frame, [*columns, *([by] if by else [])])
    _one_unit(known)
    _demand_variation(known, cap)
    fit, names, rows = _fit(known, columns, **terms)
    kink = _kink(fit, names, rows, level, n_resamples, seed)
    lone = kink.loc[kink["se"].isna() & kink["term"].isin(names[3:]), "term"]
    if len(lone):
        text = f"`{lone.iloc[0]}`: hangs on one order, its error cannot be known ({len(lone)} such terms)."
        warnings.warn(text, SmallSample, stacklevel=2)
    attrs = {**frame.attrs, "n": fit.n, "left_out": frame.attrs["n"] - fit.n, "level": level, "errors": "HC3",
             "aic": fit.aic, "r2": fit.r2, "reviews": reviews, "cap": cap}  # fmt: skip
    difference = None
    if by:
        kink, difference, attrs["not_fitted"] = _groups(known, by, columns, terms, kink, level, n_resamples, seed)
    return Disconfirmation(
        kink=kink,
        curve=_curve(fit, names, rows, cap, jump, level),
        density=_density(fit, rows, 4 if jump else 3),
        difference=difference,
        verdict=_verdict(kink, difference, attrs),
        attrs={**attrs, "headline": _headline(kink, attrs["unit"])},
    )


def complete(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The orders that have everything a model needs; at least 50 of them, with more than one outcome."""
    known = frame.dropna(subset=columns)
    n = int(known["count"].sum())
    if n < FEWEST:
        rule = f"a model needs at least {FEWEST} orders that were delivered and rated"
        raise ModelError("orders", rule, f"{n} of {frame['count'].sum()}", "Collect more; audit_promises runs on few.")
    if known["outcome"].nunique() < 2:
        found = f"{known['outcome'].iloc[0]:g} in all {n} orders"
        raise ModelError("outcome", "must vary between orders", found, "Nothing can explain a constant outcome.")
    return known


def after_arrival(frame: pd.DataFrame) -> pd.DataFrame:
    """The orders whose review is known to be written after the parcel came."""
    early = rated_before_arrival(frame)
    if early is None:
        have = ", ".join(map(str, frame.columns[:12]))
        raise TableError("reviewed_at", "must be known, with delivered_at", f"only {have}", 'Use reviews="all".')
    return frame[early == 0].copy()


def _one_unit(known: pd.DataFrame) -> None:
    """Refuse a promise in days and a delivery in hours."""
    sizes = known[["promised", "actual"]].abs()
    typical = sizes.apply(np.quantile, q=0.5, weights=known["count"], method="inverted_cdf")
    if typical.min() > 0 and typical.max() > 10 * typical.min():
        found = f"a median of {typical['promised']:g} promised and {typical['actual']:g} actual"
        raise TableError("actual", "must be in the unit of `promised`", found, "Bring both to one unit or scale.")


def _sides(known: pd.DataFrame) -> list[int]:
    """How many orders fell short and how many went beyond the promise; those exactly on it are on no side."""
    return [int(known["count"][side].sum()) for side in (known["beyond"] < 0, known["beyond"] > 0)]


def _demand_variation(known: pd.DataFrame, cap: float | None) -> None:
    if cap is not None and not cap > 0:
        raise ModelError("cap", "a number above 0, or None", repr(cap), "Choose how much falling short counts.")
    short, more = _sides(known)
    remedy = "There is no kink to fit; read audit_promises."
    if short == 0:
        rule = "the harm of falling short can be seen only where some orders fell short"
        raise ModelError("actual", rule, "every promise kept", remedy)
    if more == 0:
        rule = "the good of going beyond can be seen only where some orders went beyond the promise"
        raise ModelError("actual", rule, "no order better than promised", remedy)
    if min(short, more) < FEW_ON_A_SIDE:
        text = f"`actual`: only {min(short, more)} orders on one side of the promise; its slope hangs on few."
        warnings.warn(text, SmallSample, stacklevel=4)


def _fit(known: pd.DataFrame, columns: list[str], **terms) -> tuple[Fit, list[str], pd.DataFrame]:
    """The regression on the distinct rows, the names of its coefficients, and these rows."""
    rows = count_up(known, columns)
    design = _design(rows, **terms)
    return least_squares(design.to_numpy(), rows["outcome"].to_numpy(), rows["count"].to_numpy()), list(design), rows


def _design(rows: pd.DataFrame, *, cap, jump: bool, expectation: bool, controls: tuple[str, ...]) -> pd.DataFrame:
    design = _hinge(rows["beyond"], cap, jump)
    if expectation:
        if rows["promised"].nunique() < 2:
            found = f"{rows['promised'].iloc[0]:g} for every order"
            raise ModelError("promised", "must vary to have an effect of its own", found, "Fit with expectation=False.")
        design["expectation"] = rows["promised"]
    for name in controls:
        if pd.api.types.is_numeric_dtype(rows[name]):
            design[name] = rows[name].astype(float)
        else:
            dummies = pd.get_dummies(rows[name].astype(str), prefix=name, prefix_sep="=", drop_first=True, dtype=float)
            design = pd.concat([design, dummies], axis=1)
    return design


def _hinge(beyond: pd.Series, cap: float | None, jump: bool) -> pd.DataFrame:
    """1, how much better, how much worse (at most the cap), and whether worse at all."""
    better, worse = beyond.clip(lower=0), (-beyond).clip(lower=0, upper=cap)
    hinge = pd.DataFrame({"constant": 1.0, "better": better, "worse": worse})
    return hinge.assign(jump=(beyond < 0).astype(float)) if jump else hinge


def _kink(fit: Fit, names: list[str], rows: pd.DataFrame, level: float, n_resamples: int, seed: int) -> pd.DataFrame:
    table = interval(fit.coef, fit.se(np.eye(len(names))), level, fit.n - len(names)).assign(term=names)
    contrast = np.select([np.array(names) == "worse", np.array(names) == "better"], [-1.0, -1.0])
    se = fit.se(contrast[None])
    gap = interval(np.array([contrast @ fit.coef]), se, level, fit.n - len(names)).assign(term="worse_minus_better")
    draws = _bootstrap(fit, rows["outcome"].to_numpy(), n_resamples, seed)
    better, worse = draws[:, names.index("better")], -draws[:, names.index("worse")]
    again = _drawn("worse_minus_better_bootstrap", gap["estimate"].iloc[0], worse - better + 0 * se, level)
    parts = [table[1:3], gap, again, table[3:], table[:1]]
    if table.at[1, "low"] > 0:
        parts.insert(3, _drawn("ratio", -table.at[2, "estimate"] / table.at[1, "estimate"], worse / better, level))
    return pd.concat(parts, ignore_index=True)[["term", "estimate", "low", "high", "se"]]


def _drawn(term: str, estimate: float, draws: np.ndarray, level: float) -> pd.DataFrame:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return pd.DataFrame({"term": [term], "estimate": estimate, "low": low, "high": high, "se": draws.std(ddof=1)})


def _bootstrap(fit: Fit, outcome: np.ndarray, n_resamples: int, seed: int) -> np.ndarray:
    """Coefficients of resampled orders, shape (n_resamples, k); drawn as counts of the distinct rows."""
    drawn = np.random.default_rng(seed).multinomial(fit.n, fit.count / fit.n, size=n_resamples)
    k, size = fit.design.shape[1], np.sqrt((fit.design**2).mean(axis=0))
    design = fit.design / size
    squares = np.einsum("ij,ik->ijk", design, design).reshape(len(design), -1)
    gram = (drawn @ squares).reshape(-1, k, k)
    moment = drawn @ (design * outcome[:, None])
    return np.einsum("bij,bj->bi", np.linalg.pinv(gram, hermitian=True), moment) / size


def _groups(known, by, columns, terms, pooled, level, n_resamples, seed) -> tuple[pd.DataFrame, dict | None, list]:
    """The kink of every group with 50 orders and both sides, below the pooled one; and whether they differ."""
    tables, slopes, covariances, left = [pooled.assign(**{by: _("all")})], [], [], []
    for group, part in known.groupby(by, sort=True, observed=True):
        fit = None
        with suppress(ModelError):
            fit, names, rows = _fit(complete(part, columns), columns, **terms)
        if fit is None or min(_sides(part)) < FEW_ON_A_SIDE or np.isnan(fit.se(np.eye(len(names))[1:3])).any():
            left.append(group)
            continue
        tables.append(_kink(fit, names, rows, level, n_resamples, seed).assign(**{by: group}))
        slopes.append(fit.coef[1:3])
        covariances.append(fit.covariance("HC3")[1:3, 1:3])
    difference = difference_test(slopes, covariances) if len(slopes) > 1 else None
    return pd.concat(tables, ignore_index=True)[[by, "term", "estimate", "low", "high", "se"]], difference, left


def _curve(fit: Fit, names: list[str], rows: pd.DataFrame, cap: float | None, jump: bool, level: float) -> pd.DataFrame:
    """The fitted outcome along the gap, everything else at its mean; both ends of a jump."""
    ends = np.quantile(rows["beyond"], [0.005, 0.995], weights=rows["count"], method="inverted_cdf")
    at = pd.Series(np.unique(np.r_[np.linspace(*ends, 121), 0, -1e-6, *([-cap] if cap and -cap > ends[0] else [])]))
    design = np.tile(np.average(fit.design, axis=0, weights=fit.count), (len(at), 1))
    hinge = _hinge(at, cap, jump)
    design[:, : hinge.shape[1]] = hinge
    return interval(design @ fit.coef, fit.se(design), level, fit.n - len(names)).drop(columns="se").assign(beyond=at)


def _density(fit: Fit, rows: pd.DataFrame, own: int) -> pd.DataFrame:
    """Orders by the gap, in about 60 steps at most, and their mean outcome less what the terms after `own` explain."""
    other = fit.design[:, own:] - np.average(fit.design[:, own:], axis=0, weights=fit.count)
    adjusted = rows["outcome"] - other @ fit.coef[own:]
    ends = np.quantile(rows["beyond"], [0.005, 0.995], weights=rows["count"], method="inverted_cdf")
    width = max(1.0, np.ceil((ends[1] - ends[0]) / 60))
    step = np.sign(rows["beyond"]) * np.ceil(rows["beyond"].abs() / width) * width
    sums = rows.assign(total=adjusted * rows["count"]).groupby(step)[["count", "total"]].sum()
    mean = sums["total"] / sums["count"]
    return pd.DataFrame({"beyond": sums.index, "n": sums["count"].to_numpy(), "mean": mean.to_numpy()})


def _verdict(kink: pd.DataFrame, difference: dict | None, attrs: dict) -> str:
    """The answer in sentences; 'it does not matter here' is one of them."""
    row = kink.drop_duplicates("term").set_index("term")
    unit = _("day") if attrs["unit"] == "days" else _("point")
    words = {
        ("worse", -1): _("Falling short hurts: {size} lower per {unit} ({low} to {high})."),
        ("worse", 0): _("Falling short does not visibly matter here ({low} to {high} per {unit})."),
        ("worse", None): _("What falling short costs is not known: too few orders fell short."),
        ("worse", 1): _("Falling short goes with higher scores: {size} per {unit} ({low} to {high})."),
        ("better", -1): _("Going beyond the promise goes with lower scores: {size} per {unit} ({low} to {high})."),
        ("better", 0): _("Going beyond the promise does not visibly help ({low} to {high} per {unit})."),
        ("better", None): _("What going beyond the promise brings is not known: too few orders did."),
        ("better", 1): _("Going beyond the promise helps by {size} per {unit} ({low} to {high})."),
    }
    said = []
    for term in ("worse", "better"):
        ends = {name: number(row.at[term, name], 3) for name in ("low", "high")}
        size = number(abs(row.at[term, "estimate"]), 3)
        said.append(words[term, _sign(row.loc[term])].format(size=size, unit=unit, **ends))
    if row.at["worse", "high"] < 0:
        said.append(
            _("A {unit} short costs more than a {unit} beyond brings.").format(unit=unit)
            if row.at["worse_minus_better", "low"] > 0
            else _("That a {unit} short costs more than a {unit} beyond brings is not shown.").format(unit=unit)
        )
    if attrs.get("not_fitted"):
        left = number(len(attrs["not_fitted"]))
        said.append(_("Groups whose orders allow no kink of their own: {left}.").format(left=left))
    if difference:
        alike = difference["p"] >= 1 - attrs["level"]
        said.append(_("The groups do not visibly differ.") if alike else _("The groups differ."))
    return " ".join(said)


def _headline(kink: pd.DataFrame, unit: str) -> str:
    """The finding in one line."""
    row = kink.drop_duplicates("term").set_index("term")
    worse, better = _sign(row.loc["worse"]), _sign(row.loc["better"])
    words = {
        (-1, 1): _("Falling short costs {worse} per {unit}, going beyond brings {better}"),
        (-1, 0): _("Falling short costs {worse} per {unit}; going beyond brings nothing that shows"),
        (0, 0): _("Here neither falling short nor going beyond shows in the scores"),
        (0, 1): _("Going beyond brings {better} per {unit}; falling short does not show"),
    }
    other = _("Per {unit}: {worse} less when short, {better} more when beyond the promise")
    size = row["estimate"].where(row["low"].notna())
    size = {"worse": number(-size["worse"], 2), "better": number(size["better"], 3)}
    return words.get((worse, better), other).format(unit=_("day") if unit == "days" else _("point"), **size)


def _sign(row: pd.Series) -> int | None:
    """1 or -1 where the interval lies on one side of 0, otherwise 0; None where there is no interval."""
    return None if np.isnan(row["low"]) else int(row["low"] > 0) - int(row["high"] < 0)
