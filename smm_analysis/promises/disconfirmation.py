"""What does promising one more do? The promise and the experience side by side, with a kink at the promise."""

import warnings
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..answer import Answer
from ..errors import ModelError, SmallSample, TableError, one_of
from ..intervals import check_level
from ..tables.orders import Orders
from .regression import Fit, difference_test, interval, least_squares
from .rows import WEEK, complete, controls_of, count_up, in_stars, rows_of
from .sentences import says, sign_of

FEW_ON_A_SIDE = 20
ENDS = ["estimate", "low", "high"]


def fit_disconfirmation(
    orders: Orders,
    *,
    cap: float | str | None = "unit",
    jump: bool = False,
    expectation: bool = True,
    controls: tuple[str, ...] = (),
    by: str | None = None,
    cluster: str | None = None,
    reviews: str = "all",
    level: float = 0.95,
) -> Answer:
    """What does promising one unit more do to the score, if what comes stays the same?

    Parameters
    ----------
    orders : Orders
        With ``outcome`` (higher: happier).
    cap : number, None or "unit", default "unit"
        Falling short counts up to this much; "unit": a week for times, no cap for points.
    jump : bool, default False
        Whether merely falling short, by however little, has an effect of its own.
    expectation : bool, default True
        Whether the promise itself enters; False, or the same promise for all, leaves its effects empty.
    controls, by, cluster : columns, optional
        Held fixed; groups (or ``"weekday"``) of 50 orders each; whose answers belong together (default: `person`,
        where one answers more than once).
    reviews : {"all", "after"}
        "after": only those known to be written after the arrival.
    level : float, default 0.95

    Returns
    -------
    Answer
        By ``term`` (and group): ``estimate, low, high, se``, in units where more is better (days: one day faster).
        `promise_when_broken`, `promise_when_kept`: a unit more promised, the same experience; `worse`, `better`: a
        unit short of and beyond the promise; `worse_minus_better`: how much more a unit short costs than a unit beyond
        brings, both within the cap; `expectation`, `jump`, controls, `constant`.
        Parts: `effects` (of, when), `curve` and `density` along ``beyond``. Facts: `over_promising_hurts` (True, False:
        not shown, None: unknown, or no other than a bend), `finding`, `with_bend`, `after`, `reason`, `cap`, ...

    Raises
    ------
    ModelError
        Below 50 complete orders; if nobody got less (or nobody more) than promised; if the outcome does not vary.
    TableError
        For no Orders, a missing column, or promise and experience in different units.

    Notes
    -----
    outcome = b0 + better max(P - E, 0) + worse max(E - P, 0) + expectation E, E promised, P experienced. At the same P
    a unit of E does expectation + worse where E > P, expectation - better where E < P. A bent judgement of P imitates
    that: 'hurts' needs an upper limit below 0 with P squared as well, under the cap and without. HC3, or by person.

    References
    ----------
    Anderson & Sullivan (1993) for the asymmetry; MacKinnon & White (1985) for the errors.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> answer = fit_disconfirmation(simulate_orders(5000, random_state=1, answered_early=0)[0])
    >>> bool(answer.table.set_index("term").at["worse", "low"] < -0.3), answer.cap
    (True, 7)
    """
    one_of("reviews", reviews, ("all", "after"))
    check_level(level)
    table = rows_of(orders, "outcome", *controls, by, cluster)
    if cluster is None and "person" in table and table["person"].dropna().duplicated().any():
        cluster = "person"
    sign = 1 if orders.higher_is_better else -1
    cap = WEEK.get(orders.unit) if cap == "unit" else cap
    terms = _Terms(cap, jump, expectation, tuple(controls), sign, cluster)
    known = complete(after_arrival(table) if reviews == "after" else table, [*terms.columns, *([by] if by else [])])
    _one_unit(known)
    _demand_variation(known, terms.cap)
    reason = None if expectation else "left out"
    if known["promised"].nunique() < 2:
        terms, reason = replace(terms, expectation=False), "constant"
    fit, names, rows = model = _fit(known, terms)
    kink = pooled = _kink(known, terms, model, level)
    lone = kink.loc[kink["se"].isna() & kink["term"].isin(names[3:]), "term"]
    if len(lone):
        text = f"`{lone.iloc[0]}`: hangs on one order, its error cannot be known ({len(lone)} such terms)."
        warnings.warn(text, SmallSample, stacklevel=2)
    n, difference, left = fit.n, None, []
    if by:
        kink, difference, left = _groups(known, by, terms, pooled, level)
    facts = {
        **_judged(pooled, known, terms, level), "early": _early(known), "reason": reason, "cap": cap,
        "after": _after(table, terms, level) if reviews == "all" and not reason else None,
        "capped": bool((rows["beyond"] < -terms.limit).any()), "reviews": reviews, "stars": in_stars(orders),
        "persons": fit.freedom + 1 if cluster else None, "left_out": orders.about.n - n,
        "difference": difference, "not_fitted": left, "r2": fit.r2, "aic": fit.aic,
    }  # fmt: skip
    parts = {
        "effects": _effects(pooled),
        "curve": _curve(fit, rows, terms, level),
        "density": _density(fit, rows, 4 if jump else 3),
    }
    about = replace(orders.about, n=n, unit=orders.unit, level=level)
    return Answer(kink, about, says, parts, facts, ("promise", "kink"))


@dataclass(frozen=True)
class _Terms:
    """What enters the regression."""

    cap: float | None
    jump: bool
    expectation: bool
    controls: tuple[str, ...]
    sign: int
    cluster: str | None

    @property
    def columns(self) -> list[str]:
        return ["outcome", "promised", "beyond", *self.controls, *([self.cluster] if self.cluster else [])]

    @property
    def limit(self) -> float:
        return np.inf if self.cap is None else self.cap

    def hinge(self, beyond: pd.Series, both: bool = False) -> pd.DataFrame:
        """1, how much better (capped too, if `both`), how much worse, and whether worse at all."""
        better, worse = beyond.clip(0, self.cap if both else None), (-beyond).clip(0, self.cap)
        hinge = pd.DataFrame({"constant": 1.0, "better": better, "worse": worse})
        return hinge.assign(jump=(beyond < 0).astype(float)) if self.jump else hinge

    def design(self, rows: pd.DataFrame, both: bool = False, bend: bool = False) -> pd.DataFrame:
        """The columns of the regression; with `bend` the experience squared, and itself where the cap cuts it."""
        design, promise = self.hinge(rows["beyond"], both), self.sign * rows["promised"]
        if self.expectation:
            design["expectation"] = promise
        if bend:
            came = promise + rows["beyond"]
            came = came - np.average(came, weights=rows["count"])
            design["came_squared"] = came**2
            if (rows["beyond"] < -self.limit).any():
                design["came"] = came
        return pd.concat([design, controls_of(rows, self.controls)], axis=1)


def after_arrival(table: pd.DataFrame) -> pd.DataFrame:
    """The orders whose review is known to be written after the parcel came."""
    if "reviewed" not in table or not table["reviewed"].notna().any():
        have = ", ".join(map(str, table.columns[:12]))
        raise TableError("reviewed_at", "must be known, with delivered_at", f"only {have}", 'Use reviews="all".')
    return table[table["reviewed"].eq("after arrival")]


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
    if cap is not None and not (isinstance(cap, int | float) and cap > 0):
        raise ModelError("cap", 'a number above 0, "unit" or None', repr(cap), "Choose how much falling short counts.")
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
        warnings.warn(text, SmallSample, stacklevel=3)


def _fit(known: pd.DataFrame, terms: _Terms, **options) -> tuple[Fit, list[str], pd.DataFrame]:
    """The regression on the distinct rows, the names of its coefficients, and these rows."""
    rows = count_up(known, terms.columns)
    design = terms.design(rows, **options)
    cluster = rows[terms.cluster].factorize(sort=True)[0] if terms.cluster else None
    fit = least_squares(design.to_numpy(), rows["outcome"].to_numpy(), rows["count"].to_numpy(), cluster)
    return fit, list(design), rows


def _table(fit: Fit, names: list[str], terms: dict[str, dict[str, float]], level: float) -> pd.DataFrame:
    """``term, estimate, low, high, se`` of sums of coefficients; empty where a coefficient is not in the model."""
    weights = pd.DataFrame(terms, dtype=float).T.reindex(columns=names, fill_value=0.0).fillna(0.0)
    weights.loc[[not set(parts) <= set(names) for parts in terms.values()]] = np.nan
    table = interval(fit, weights.to_numpy(), level).assign(term=list(terms))
    return table[["term", *ENDS, "se"]]


PROMISE = {
    "promise_when_broken": {"expectation": 1, "worse": 1},
    "promise_when_kept": {"expectation": 1, "better": -1},
}


def _kink(known: pd.DataFrame, terms: _Terms, model: tuple, level: float) -> pd.DataFrame:
    """The table of one group of orders."""
    fit, names, _rows = model
    rest = ["expectation", *names[3:], "constant"]
    head = _table(fit, names, {**PROMISE, "worse": {"worse": 1}, "better": {"better": 1}}, level)
    equal = (fit, names) if terms.cap is None else _fit(known, terms, both=True)[:2]
    gap = _table(*equal, {"worse_minus_better": {"worse": -1, "better": -1}}, level)
    return pd.concat([head, gap, _table(fit, names, {name: {name: 1} for name in rest}, level)], ignore_index=True)


def _judged(kink: pd.DataFrame, known: pd.DataFrame, terms: _Terms, level: float) -> dict:
    """Does over-promising hurt? And what is found instead, where it does not."""
    row, bent = kink.set_index("term"), None
    broken, worse = row.loc["promise_when_broken"], row.loc["worse"]
    sign = sign_of(broken)
    with suppress(ModelError):  # a bend that cannot be told from the rest leaves the question open
        if sign is not None:  # a cap bends as well: the claim must hold with it and without
            bents = [_promise(known, replace(terms, cap=cap), level, bend=True) for cap in {terms.cap, None}]
            bent = max(bents, key=lambda one: one["high"])
    hurts = {0: False, 1: False}.get(sign)
    if sign == -1 and bent is not None and bent["high"] < 0:
        hurts = True
    small = np.abs(broken[["low", "high"]].to_numpy(float)).max() < -worse["high"]
    kinds = {None: "unknown", 1: "helps", 0: "experience" if small else "unclear", -1: "hurts" if hurts else "bend"}
    return {"over_promising_hurts": hurts, "finding": kinds[sign], "with_bend": bent}


def _promise(known: pd.DataFrame, terms: _Terms, level: float, **options) -> dict[str, float]:
    """``estimate, low, high`` of a unit more promised where the promise is broken."""
    fit, names, _rows = _fit(known, terms, **options)
    return _table(fit, names, PROMISE, level).loc[0, ENDS].to_dict()


def _after(table: pd.DataFrame, terms: _Terms, level: float) -> dict[str, float] | None:
    """The same among reviews written after the arrival, where others are known too and the rest suffices."""
    if "reviewed" not in table or not table["reviewed"].eq("before arrival").any():
        return None
    with suppress(ModelError):
        return _promise(complete(after_arrival(table), terms.columns), terms, level)
    return None


def _early(known: pd.DataFrame) -> float:
    """The share of the dated reviews of broken promises that were written before the arrival."""
    broken = known[known["beyond"] < 0]
    if "reviewed" not in broken or not broken["reviewed"].notna().any():
        return 0.0
    sums = broken.groupby("reviewed")["count"].sum()
    return float(sums.get("before arrival", 0) / sums.sum())


def _effects(kink: pd.DataFrame) -> pd.DataFrame:
    """What one unit more does, of the promise and of the experience, where the promise is broken and where kept."""
    row = kink.set_index("term")[ENDS]
    turned = row.loc["worse"].mul(-1).set_axis(["estimate", "high", "low"])
    rows = [row.loc["promise_when_broken"], turned, row.loc["promise_when_kept"], row.loc["better"]]
    keys = [(of, when) for when in ("broken", "kept") for of in ("promise", "experience")]
    table = pd.DataFrame(keys, columns=["of", "when"])
    return table.join(pd.DataFrame([one[ENDS] for one in rows]).reset_index(drop=True))


def _groups(known, by, terms, pooled, level) -> tuple[pd.DataFrame, dict | None, list]:
    """The same for every group with 50 orders and both sides, below the pooled one; and whether they differ."""
    tables, slopes, covariances, left = [pooled.assign(**{by: "all"})], [], [], []
    for group, part in known.groupby(by, sort=True, observed=True):
        model = None
        with suppress(ModelError):
            model = _fit(complete(part, terms.columns), terms)
        if (
            model is None
            or min(_sides(part)) < FEW_ON_A_SIDE
            or np.isnan(model[0].se(np.eye(len(model[1]))[1:3])).any()
        ):
            left.append(group)
            continue
        tables.append(_kink(part, terms, model, level).assign(**{by: group}))
        slopes.append(model[0].coef[1:3])
        covariances.append(model[0].covariance("HC3")[1:3, 1:3])
    difference = difference_test(slopes, covariances) if len(slopes) > 1 else None
    return pd.concat(tables, ignore_index=True)[[by, "term", *ENDS, "se"]], difference, left


def _curve(fit: Fit, rows: pd.DataFrame, terms: _Terms, level: float) -> pd.DataFrame:
    """The fitted outcome along the gap, everything else at its mean; both ends of a jump."""
    ends = np.quantile(rows["beyond"], [0.005, 0.995], weights=rows["count"], method="inverted_cdf")
    at = pd.Series(
        np.unique(np.r_[np.linspace(*ends, 121), 0, -1e-6, *([-terms.limit] if -terms.limit > ends[0] else [])])
    )
    design = np.tile(np.average(fit.design, axis=0, weights=fit.count), (len(at), 1))
    hinge = terms.hinge(at)
    design[:, : hinge.shape[1]] = hinge
    return interval(fit, design, level)[ENDS].assign(beyond=at)


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


def shifted_scores(orders: Orders, shifts: np.ndarray, level: float) -> pd.DataFrame:
    """The mean score that the regression expects under promises `shifts` units higher; empty where it is unknown."""
    columns, table = ["score", "score_low", "score_high"], rows_of(orders)
    sign = 1 if orders.higher_is_better else -1
    terms = _Terms(WEEK.get(orders.unit), False, True, (), sign, None)
    try:
        known = complete(table.dropna(subset=["beyond"]), terms.columns)
        fit, _names, rows = _fit(known, terms)
    except (ModelError, KeyError):
        return pd.DataFrame(np.nan, range(len(shifts)), columns)
    moved = [rows.assign(promised=rows["promised"] + shift, beyond=rows["beyond"] - sign * shift) for shift in shifts]
    means = [np.average(terms.design(one), axis=0, weights=one["count"]) for one in moved]
    return interval(fit, np.array(means), level)[ENDS].set_axis(columns, axis=1)
