"""Which order will come late or leave a dissatisfied customer, as far as one can know when it is placed?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from ..errors import Drift, ModelError
from ..progress import progress
from ..tables.orders import cancelled, check_orders, last_day
from ..words import _, number, percent, plural
from .regression import count_up, wilson

FIRST_KNOWN = {  # what a column says is known with ...
    "the order": ("promised", "segment", "customer_state", "seller_state"),
    "the delivery": ("actual", "delivered_at", "order_status", "cancelled"),
    "the review": ("outcome", "reviewed_at"),
    "no order (a name or a date)": ("order_id", "count", "ordered_at", "due_at"),
}
EVENTS, KNOTS, RARE, FOLDS = 50, 4, 30, 5


@dataclass(frozen=True)
class RiskEvaluation:
    """How good the probabilities of `PromiseRisk` are; every frame has ``n, estimate, low, high``.

    Attributes
    ----------
    summary : by ``split`` ("rolling origin": the past predicts the next month; "flattering": random fifths) and
        ``measure``: auc (share of pairs of orders of one month that are ranked right), brier_skill (squared error saved
        against the share in the past)
    months : by ``month``, the share seen beside the ``expected`` one; ``off``: expected lies outside the interval even
        when that is widened for the number of months (Bonferroni)
    calibration : by ``tenth`` of the probability, the same
    net_benefit : by ``threshold`` and ``strategy`` (model, all, none, gain: the model minus the better of the others)
    verdict : the answer in a few sentences
    """

    summary: pd.DataFrame
    months: pd.DataFrame
    calibration: pd.DataFrame
    net_benefit: pd.DataFrame
    verdict: str
    attrs: dict = field(repr=False)

    def _repr_html_(self) -> str:
        return f"<p>{self.verdict}</p>{self.summary.to_html(index=False, float_format='%.3f')}"


class PromiseRisk(BaseEstimator):
    """How probable is it that an order comes late, or leaves a dissatisfied customer?

    Splines for numbers, indicators for words (rare ones together), ridge logistic regression, calibrated on held-out
    fifths. Cancelled orders are left out; what was never delivered is late once the promised day has passed, and left
    out without ``ordered_at``: nobody knows whether it has.

    Parameters
    ----------
    target : {"late", "dissatisfied"}
        Later than promised (days), or a score below the middle of the scale.
    features : sequence of column names, optional
        Default: `promised` and, if there, `segment`. A column known only later is refused; for columns of your own, you
        vouch.

    Raises
    ------
    ModelError
        For a feature from the future, and below 50 orders with or without the event.

    References
    ----------
    Vickers & Elkin (2006) for net benefit.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> orders = simulate_orders(2000, seed=1)[0]
    >>> bool(PromiseRisk(target="late").fit(orders).predict_proba(orders).between(0, 1).all())
    True
    """

    def __init__(self, *, target: str = "late", features: tuple[str, ...] | None = None):
        self.target = target
        self.features = features

    def fit(self, orders: pd.DataFrame) -> PromiseRisk:
        """Learn from the orders whose fate is known; returns self."""
        rows = self._rows(orders)
        self.model_, self.n_, self.left_out_ = _fitted(rows, self.features_), len(rows), rows.attrs["left_out"]
        return self

    def predict_proba(self, orders: pd.DataFrame) -> pd.Series:
        """The probability for every order, rows as given; NaN where a feature is missing."""
        frame = check_orders(orders, need=tuple(self.features_))
        whole = frame[self.features_].notna().all(axis=1).to_numpy()
        risk = pd.Series(np.nan, orders.index, name=self.target)
        risk[whole] = _probability(self.model_, frame.loc[whole, self.features_])
        return risk

    def evaluate(
        self, orders: pd.DataFrame, *, level: float = 0.95, n_resamples: int = 200, seed: int = 0
    ) -> RiskEvaluation:
        """How good are the probabilities for months that the model has not seen? Intervals: orders drawn again.

        Every month is predicted from the orders whose fate was known on its first day: the promised day had passed and,
        for "dissatisfied", the review was in (by `reviewed_at`: orders without it are left out). Warns of `Drift` when
        a month is `off`.
        """
        rows = self._rows(orders, tested=True)
        if "month" not in rows:
            rule = "the test on later months needs the day of every order"
            raise ModelError("ordered_at", rule, "orders without dates", "Add the column.")
        folds = np.random.default_rng(seed).permutation(len(rows)) % FOLDS
        months = progress(rows.groupby("month"), "months", rows["month"].nunique())
        rolled = [_predicted(rows[rows["known"] <= month], part, self.features_) for month, part in months]
        tested = pd.concat([rows.iloc[:0], *rolled])
        if not len(tested):
            rule = f"the test needs a month before which {EVENTS} orders with and without the event are known"
            found = f"{rows['event'].sum()} of {len(rows)} with it"
            raise ModelError("orders", rule, found, "Collect more; .fit needs fewer.")
        random = pd.concat([_predicted(rows[folds != k], rows[folds == k], self.features_) for k in range(FOLDS)])
        thresholds = np.linspace(0, min(0.5, 4 * tested["event"].mean()), 17)[1:].round(3)
        splits = {"rolling origin": tested, "flattering": random[random["month"].isin(tested["month"])]}
        tables = [_measured(part, thresholds, n_resamples, level, seed).assign(split=name, n=len(part))
                  for name, part in splits.items()]  # fmt: skip
        order = ["split", "measure", "threshold", "n", "estimate", "low", "high"]
        summary = pd.concat([table[:2] for table in tables], ignore_index=True)[order].drop(columns="threshold")
        benefit = tables[0][2:].reset_index(drop=True)[order[1:]].rename(columns={"measure": "strategy"})
        by_month = _shares(tested, tested["month"].dt.strftime("%Y-%m"), level)
        strict = _shares(tested, tested["month"], 1 - (1 - level) / len(by_month))
        by_month["off"] = ~by_month["expected"].between(strict["low"], strict["high"])
        if by_month["off"].any():
            off = ", ".join(by_month["month"][by_month["off"]])
            warnings.warn(f"`{self.target}`: shares expected and seen differ in {off}.", Drift, stacklevel=2)
        tenths = np.searchsorted(np.unique(np.quantile(tested["risk"], np.arange(0.1, 1, 0.1))), tested["risk"])
        return RiskEvaluation(
            summary=summary,
            months=by_month,
            calibration=_shares(tested, pd.Series(tenths, tested.index, name="tenth"), level),
            net_benefit=benefit,
            verdict=_verdict(summary, benefit, by_month, rows.attrs["left_out"]),
            attrs={**rows.attrs, "n": len(tested), "level": level, "target": self.target},
        )

    def _rows(self, orders: pd.DataFrame, tested: bool = False) -> pd.DataFrame:
        """A sorted row per order whose fate is known: features, event and, where dated, month and known (a day)."""
        if self.target not in ("late", "dissatisfied"):
            raise ModelError("target", "'late' or 'dissatisfied'", repr(self.target), "Choose one of these.")
        late = self.target == "late"
        chosen = self.features or [name for name in ("promised", "segment") if name in orders]
        self.features_ = [_known_in_time(name) for name in chosen]
        needed = ("promised", "actual") if late else ("outcome",)
        frame = check_orders(orders, need=(*needed, *self.features_), higher_is_better=False if late else None)
        if late and frame.attrs["unit"] != "days":
            raise ModelError("target", "'late' is about days", "points of a scale", 'Use target="dissatisfied".')
        if late:
            frame["event"] = frame["actual"].isna() | (frame["actual"] > frame["promised"])
        else:
            frame["event"] = frame["outcome"] < np.mean(frame.attrs["scale"] or frame["outcome"].agg(["min", "max"]))
        clear = frame[[needed[0], *self.features_]].notna().all(axis=1) & ~cancelled(frame)
        dates = {"ordered_at", "promised"} <= set(frame) and frame.attrs["unit"] == "days"
        if dates:
            day = pd.to_datetime(frame["ordered_at"]).dt.normalize()
            frame["month"] = day.dt.to_period("M").dt.start_time
            frame["known"] = day + pd.to_timedelta(frame["promised"] + 1, unit="D")
            if not late:
                reviewed = pd.to_datetime(frame.get("reviewed_at", pd.Series(pd.NaT, frame.index))).dt.ceil("D")
                if tested and reviewed.isna().all():
                    rule, found = "the test on later months needs the day of every review", "reviews without a day"
                    raise ModelError("reviewed_at", rule, found, "Add the column; .fit does without.")
                frame["known"] = pd.concat([frame["known"], reviewed], axis=1).max(axis=1, skipna=not tested)
            clear &= frame["known"] <= last_day(frame)
        elif late:
            clear &= frame["actual"].notna()
        counted = count_up(frame[clear], [*self.features_, "event", *(("month", "known") if dates else ())])
        rows = counted.loc[counted.index.repeat(counted["count"])].reset_index(drop=True)
        rows.attrs = {**frame.attrs, "n": len(rows), "left_out": frame.attrs["n"] - len(rows)}
        return rows


def _known_in_time(name: str) -> str:
    """The name of a feature, refused if it is known too late."""
    when = next((moment for moment, names in FIRST_KNOWN.items() if name in names), "the order")
    if when != "the order":
        rule, fine = "a feature must be known when the order is placed", ", ".join(FIRST_KNOWN["the order"])
        raise ModelError(str(name), rule, f"what is known only with {when}", f"Leave it out; known in time: {fine}.")
    return name


def _fitted(rows: pd.DataFrame, features: list[str]) -> CalibratedClassifierCV:
    """Splines, indicators, ridge logistic, calibrated on held-out fifths (every fifth of the sorted orders)."""
    events = int(rows["event"].sum())
    if (few := min(events, len(rows) - events)) < EVENTS:
        rule = f"at least {EVENTS} orders with the event and {EVENTS} without"
        raise ModelError("orders", rule, f"{events} and {len(rows) - events}", f"Collect {EVENTS - few} more.")
    numbers = [name for name in features if pd.api.types.is_numeric_dtype(rows[name]) and rows[name].nunique() > KNOTS]
    spline = SplineTransformer(KNOTS, knots="quantile", extrapolation="linear", include_bias=False)
    words = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE)
    others = [name for name in features if name not in numbers]
    columns = make_column_transformer((make_pipeline(spline, StandardScaler()), numbers), (words, others))
    model = make_pipeline(columns, LogisticRegression(C=0.1, max_iter=1000))
    folds = PredefinedSplit(np.arange(len(rows)) % FOLDS)
    return CalibratedClassifierCV(model, method="sigmoid", cv=folds, ensemble=False).fit(rows[features], rows["event"])


def _probability(model: CalibratedClassifierCV, rows: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(rows)[:, 1] if len(rows) else np.empty(0)


def _predicted(past: pd.DataFrame, part: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """`part` with its `risk` and the `base` share in the past; nothing where the past is too short."""
    if min(past["event"].sum(), (~past["event"]).sum()) < EVENTS:
        return part.iloc[:0]
    return part.assign(risk=_probability(_fitted(past, features), part[features]), base=past["event"].mean())


def _shares(tested: pd.DataFrame, key: pd.Series, level: float) -> pd.DataFrame:
    """Expected and seen share for every value of `key`."""
    sums = tested.groupby(key).agg(n=("event", "size"), hits=("event", "sum"), expected=("risk", "mean")).reset_index()
    return sums.drop(columns="hits").join(wilson(sums["hits"], sums["n"], level))


def _measured(tested: pd.DataFrame, thresholds: np.ndarray, n_resamples: int, level: float, seed: int) -> pd.DataFrame:
    """``measure, threshold, estimate, low, high``: auc and brier_skill, then net benefits."""
    n, rng = len(tested), np.random.default_rng(seed)
    event, risk, base = (tested[name].to_numpy(float) for name in ("event", "risk", "base"))
    tie, ties = pd.MultiIndex.from_frame(tested[["month", "risk"]]).factorize(sort=True)
    month = ties.codes[0]
    flagged, odds = risk[:, None] >= thresholds, thresholds / (1 - thresholds)

    def measures(weight: np.ndarray) -> np.ndarray:
        yes, no = weight * event, weight * (1 - event)
        hits, others = np.bincount(tie, yes), np.bincount(tie, no)
        before = np.cumsum(others) - others
        right = hits @ (before - before[np.searchsorted(month, month)] + others / 2)
        auc = right / (np.bincount(month, hits) @ np.bincount(month, others))
        skill = 1 - weight @ (event - risk) ** 2 / (weight @ (event - base) ** 2)
        model, everybody = (yes @ flagged - no @ flagged * odds) / n, (yes.sum() - no.sum() * odds) / n
        return np.r_[auc, skill, model, everybody, 0 * odds, model - np.maximum(everybody, 0)]

    draws = [measures(rng.multinomial(n, np.full(n, 1 / n)).astype(float)) for _draw in range(n_resamples)]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    names = ["auc", "brier_skill", *np.repeat(["model", "all", "none", "gain"], len(thresholds))]
    where = np.r_[np.nan, np.nan, np.tile(thresholds, 4)]
    estimate = measures(np.ones(n))
    return pd.DataFrame({"measure": names, "threshold": where, "estimate": estimate, "low": low, "high": high})


def _verdict(summary: pd.DataFrame, benefit: pd.DataFrame, months: pd.DataFrame, left_out: int) -> str:
    """The answer in sentences: later months first, the random split named for what it is."""
    ours, flat = summary[summary["measure"] == "auc"].to_dict("records")
    text = _("On later months the model tells an order with the event from one without it in {estimate} of the pairs "
             "({low} to {high}; a coin: 50%); a random split of the same orders would claim {flat}.")  # fmt: skip
    ends = {name: percent(ours[name]) for name in ("estimate", "low", "high")}
    said = [text.format(flat=percent(flat["estimate"]), **ends)]
    helps = benefit["threshold"][(benefit["strategy"] == "gain") & (benefit["low"] > 0)]
    if len(helps):
        text = _("Acting on it is better than acting on all or on none if one acts from {low} to {high} on.")
        said.append(text.format(low=percent(helps.min()), high=percent(helps.max())))
    else:
        said.append(_("That acting on it is better than acting on all orders or on none is not shown."))
    if off := int(months["off"].sum()):
        text = _("In {off} of {n} months the share seen was not the expected one: the past does not last.")
        said.append(text.format(off=number(off), n=number(len(months))))
    if left_out:
        text = plural("{n} order is left out: cancelled, still open, or with a value missing.",
                      "{n} orders are left out: cancelled, still open, or with a value missing.", left_out)  # fmt: skip
        said.append(text.format(n=number(left_out)))
    return " ".join(said)
