"""Which order will come late or leave a dissatisfied customer, as far as one can know when it is placed?"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ..answer import Answer
from ..errors import Drift, ModelError, one_of
from ..intervals import percentiles, wilson
from ..tables.orders import GONE, UNITS, Orders
from ..words import _, number, percent, plural
from .rows import count_up, rows_of

LATER = dict.fromkeys(("actual", "delivered_at", "status", "late", "beyond"), "the delivery")
LATER |= dict.fromkeys(("outcome", "reviewed_at", "reviewed"), "the review")
LATER |= dict.fromkeys(("order_id", "person", "count", "ordered_at", "due_at"), "no order (a name or a date)")
LOOK = {"dtype": None, "ensure_all_finite": "allow-nan"}
EVENTS, KNOTS, RARE, FOLDS = 50, 4, 30, 5
WEAK, HARDLY = 0.55, 0.6  # pairs named right: surely more is something, surely less is little


class PromiseRisk(ClassifierMixin, BaseEstimator):
    """How probable is it that an order comes late, or leaves a dissatisfied customer?

    A scikit-learn classifier for `Orders`, which know the event themselves, or for a frame or array with `y`. Numbers
    become splines, words indicators (rare ones together), and a missing value is a value of its own.

    Parameters
    ----------
    target : {"late", "dissatisfied"}
        Later or less than promised (overdue counts), or a score below the middle of the scale.
    estimator : scikit-learn classifier, optional
        Any with `predict_proba`; by default a ridge logistic regression.
    features : sequence of column names, optional
        Of Orders by default `promised` and, if there, `segment`, of a frame all. A column of Orders that is known only
        later is refused; for columns of your own, you vouch.

    Raises
    ------
    ModelError
        For a feature from the future, and Orders with fewer than 50 with or without the event.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> orders = simulate_orders(2000, random_state=1)[0]
    >>> PromiseRisk().fit(orders).predict_proba(orders).shape
    (2000, 2)
    """

    def __init__(self, target: str = "late", *, estimator=None, features=None):
        self.target = target
        self.estimator = estimator
        self.features = features

    def fit(self, X, y=None) -> PromiseRisk:
        """Learn from the orders whose fate is known, or from a frame and `y`: from `n_`; `left_out_` say nothing."""
        self.left_out_ = 0
        if isinstance(X, Orders):
            rows, features, self.left_out_ = self._rows(X)
            X, y, events = rows[features], rows["event"].to_numpy(), int(rows["event"].sum())
            if (few := min(events, len(rows) - events)) < EVENTS:
                rule = f"at least {EVENTS} orders with the event and {EVENTS} without"
                found = f"{events} and {len(rows) - events}"
                raise ModelError("orders", rule, found, f"Collect {EVENTS - few} more.")
        X, y = validate_data(self, X, y, **LOOK)
        check_classification_targets(y)
        frame = self._framed(X)
        self.features_ = list(self.features or frame)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            found, remedy = f"{len(self.classes_)} class(es)", "With the event, and without."
            raise ModelError("y", "Only binary classification is supported. Two classes", found, remedy)
        self.n_, self.model_ = len(frame), _fitted(frame[self.features_], codes, self.estimator)
        return self

    def predict_proba(self, X) -> np.ndarray:
        """The probability of each of `classes_` (of Orders: no event, event), a row per row, shape (n, 2)."""
        check_is_fitted(self, "model_")
        X = rows_of(X, *self.features_) if isinstance(X, Orders) else X
        if isinstance(X, pd.DataFrame):
            names = list(getattr(self, "feature_names_in_", X))
            X = X[names] if set(names) <= set(X) else X
        frame = self._framed(validate_data(self, X, reset=False, **LOOK))
        return self.model_.predict_proba(frame[self.features_])

    def predict(self, X) -> np.ndarray:
        """The more probable class."""
        best = self.predict_proba(X).argmax(axis=1)  # first: it says whether there is a fit
        return self.classes_[best]

    def evaluate(self, orders: Orders, *, level: float = 0.95, n_resamples: int = 200, random_state: int = 0) -> Answer:
        """How good are the probabilities for months that the model has not seen?

        Every month is predicted from the orders whose fate was known on its first day: the promised day had passed and,
        for "dissatisfied", the review was in (by `reviewed_at`). Warns of `Drift` when a month is `off`.

        Returns
        -------
        Answer
            By ``split`` ("rolling origin", "flattering": random fifths) and ``measure``: auc (pairs of orders of one
            month ranked right), brier_skill (squared error saved against the share in the past; Brier 1950): ``n,
            estimate, low, high``, by orders drawn again. Parts: `months` (beside the ``expected`` share; ``off``),
            `calibration` by ``tenth``, `net_benefit` by ``threshold`` and ``strategy`` (model, all, none, gain; Vickers
            & Elkin 2006).
        """
        rows, features, left_out = self._rows(orders, tested=True)
        if "month" not in rows:
            rule = "the test on later months needs the day of every order"
            raise ModelError("ordered_at", rule, "orders without dates", "Add the column.")
        predicted = lambda past, part: _predicted(past, part, features, self.estimator)
        later = [predicted(rows[rows["known"] <= month], part) for month, part in rows.groupby("month")]
        tested = pd.concat([rows.iloc[:0], *later])
        if not len(tested):
            rule = f"the test needs a month before which {EVENTS} orders with and without the event are known"
            found = f"{rows['event'].sum()} of {len(rows)} with it"
            raise ModelError("orders", rule, found, "Collect more; .fit needs fewer.")
        folds = np.random.default_rng(random_state).permutation(len(rows)) % FOLDS
        random = pd.concat([predicted(rows[folds != k], rows[folds == k]) for k in range(FOLDS)])
        splits = {"rolling origin": tested, "flattering": random[random["month"].isin(tested["month"])]}
        thresholds = np.linspace(0, min(0.5, 4 * tested["event"].mean()), 17)[1:].round(3)
        measured = [_measured(part, thresholds, n_resamples, level, random_state) for part in splits.values()]
        table = pd.concat([one[:2].assign(split=name) for name, one in zip(splits, measured, strict=True)])
        table = table[["split", "measure", "n", "estimate", "low", "high"]].reset_index(drop=True)
        months = _shares(tested, tested["month"].dt.strftime("%Y-%m"), level)
        strict = _shares(tested, tested["month"], 1 - (1 - level) / len(months))  # widened for their number
        months["off"] = ~months["expected"].between(strict["low"], strict["high"])
        if months["off"].any():
            off = ", ".join(months["month"][months["off"]])
            warnings.warn(f"`{self.target}`: shares expected and seen differ in {off}.", Drift, stacklevel=2)
        tenths = np.searchsorted(np.unique(np.quantile(tested["risk"], np.arange(0.1, 1, 0.1))), tested["risk"])
        parts = {
            "months": months,
            "calibration": _shares(tested, pd.Series(tenths, tested.index, name="tenth"), level),
            "net_benefit": measured[0][2:].rename(columns={"measure": "strategy"}).reset_index(drop=True),
        }
        about = replace(orders.about, n=len(tested), unit=orders.unit, level=level)
        facts, charts = {"target": self.target, "left_out": left_out}, ("risk_by_month", "calibration", "net_benefit")
        return Answer(table, about, _says, parts, facts, charts)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = tags.input_tags.categorical = True
        return tags

    def _framed(self, X: np.ndarray) -> pd.DataFrame:
        """The columns by the names of the fit; of an array x0, x1, ..."""
        names = getattr(self, "feature_names_in_", [f"x{i}" for i in range(X.shape[1])])
        return pd.DataFrame(X, columns=list(names)).infer_objects()

    def _rows(self, orders: Orders, tested: bool = False) -> tuple[pd.DataFrame, list[str], int]:
        """A sorted row per order whose fate is known: features, event and, where dated, month and known (a day)."""
        late = one_of("target", self.target, ("late", "dissatisfied")) == "late"
        if unknown := [name for name in self.features or () if name in LATER]:
            rule = "a feature must be known when the order is placed"
            remedy = "Leave it out; known in time: promised, segment, weekday."
            raise ModelError(unknown[0], rule, f"what is known only with {LATER[unknown[0]]}", remedy)
        frame = rows_of(orders, *([] if late else ["outcome"]), *(self.features or ())).assign(state=orders.state())
        features = list(self.features or [name for name in ("promised", "segment") if name in frame])
        clear = ~frame["state"].isin([*GONE.values(), "no promise"])
        frame["event"] = frame["state"].isin(["late", "overdue"])
        if not late:
            frame["event"] = frame["outcome"] < np.mean(orders.scale or frame["outcome"].agg(["min", "max"]))
            clear &= frame["outcome"].notna()
        dated = {"ordered_at", "due_at"} <= set(frame) and orders.unit in UNITS
        if dated:
            frame["month"] = frame["ordered_at"].dt.to_period("M").dt.start_time
            frame["known"] = frame["due_at"].dt.normalize() + pd.Timedelta(days=1)
            if not late:
                reviewed = frame.get("reviewed_at", pd.Series(pd.NaT, frame.index)).dt.ceil("D")
                if tested and reviewed.isna().all():
                    rule, found = "the test on later months needs the day of every review", "reviews without a day"
                    raise ModelError("reviewed_at", rule, found, "Add the column; .fit does without.")
                frame["known"] = pd.concat([frame["known"], reviewed], axis=1).max(axis=1, skipna=not tested)
            clear &= frame["known"] <= orders.last_day.normalize()
        elif late:
            clear &= frame["state"] != "open"
        counted = count_up(frame[clear], [*features, "event", *(("month", "known") if dated else ())])
        rows = counted.loc[counted.index.repeat(counted["count"])].reset_index(drop=True)
        return rows, features, orders.about.n - len(rows)


def _fitted(frame: pd.DataFrame, event: np.ndarray, estimator) -> Pipeline:
    """Splines and indicators before `estimator`, or before a ridge logistic regression."""
    isnum = lambda name: pd.api.types.is_numeric_dtype(frame[name]) and frame[name].nunique() > KNOTS
    numbers = [name for name in frame if isnum(name)]
    number_steps = SimpleImputer(strategy="median", add_indicator=True)
    if estimator is None:
        spline = SplineTransformer(KNOTS, knots="quantile", extrapolation="linear", include_bias=False)
        number_steps = make_pipeline(number_steps, spline, StandardScaler())
    words = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE)
    others = frame.columns.difference(numbers, sort=False)
    columns = make_column_transformer((number_steps, numbers), (words, others), sparse_threshold=0)
    last = LogisticRegression(C=0.1, max_iter=1000) if estimator is None else clone(estimator)
    return make_pipeline(columns, last).fit(frame, event)


def _predicted(past: pd.DataFrame, part: pd.DataFrame, features: list[str], estimator) -> pd.DataFrame:
    """`part` with its `risk` and the `base` share in the past; nothing where the past is too short."""
    if min(past["event"].sum(), (~past["event"]).sum()) < EVENTS:
        return part.iloc[:0]
    model = _fitted(past[features], past["event"].to_numpy(), estimator)
    return part.assign(risk=model.predict_proba(part[features])[:, 1], base=past["event"].mean())


def _shares(tested: pd.DataFrame, key: pd.Series, level: float) -> pd.DataFrame:
    """Expected and seen share for every value of `key`."""
    sums = tested.groupby(key).agg(n=("event", "size"), seen=("event", "mean"), expected=("risk", "mean")).reset_index()
    return sums.drop(columns="seen").join(wilson(sums["seen"], sums["n"], level))


def _measured(tested: pd.DataFrame, thresholds: np.ndarray, n_resamples: int, level: float, seed: int) -> pd.DataFrame:
    """``measure, threshold, n, estimate, low, high``: auc and brier_skill, then net benefits."""
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

    draws = np.array([measures(rng.multinomial(n, np.full(n, 1 / n)).astype(float)) for _draw in range(n_resamples)])
    low, high = percentiles(draws, level)
    names = ["auc", "brier_skill", *np.repeat(["model", "all", "none", "gain"], len(thresholds))]
    where = np.r_[np.nan, np.nan, np.tile(thresholds, 4)]
    estimate = measures(np.ones(n))
    found = {"measure": names, "threshold": where, "n": n, "estimate": estimate, "low": low, "high": high}
    return pd.DataFrame(found)


def _says(answer: Answer) -> tuple[str, str]:
    """Later months first, the random split named for what it is."""
    ours, flat = answer.table[answer.table["measure"] == "auc"].to_dict("records")
    headline = _("Whether one can tell in advance which order will be at risk is not shown here")
    if ours["low"] > WEAK:
        headline = _("Which order will be at risk can partly be told in advance")
    elif ours["high"] < HARDLY:
        headline = _("Which order will be at risk can hardly be told in advance")
    text = _("Of two orders of a later month, one late and one not, the late one has the higher risk in {estimate} "
             "of the cases ({low} to {high}; a coin: 50%); "
             "a random split of the same orders would claim {flat}.")  # fmt: skip
    if answer.target == "dissatisfied":
        text = _("Of two orders of a later month, one with a dissatisfied customer and one without, the first has the "
                 "higher risk in {estimate} of the cases ({low} to {high}; a coin: 50%); "
                 "a random split of the same orders would claim {flat}.")  # fmt: skip
    ends = {name: percent(ours[name]) for name in ("estimate", "low", "high")}
    said = [text.format(flat=percent(flat["estimate"]), **ends)]
    gains, months = answer.net_benefit.query("strategy == 'gain'"), answer.months
    sure = gains["threshold"][gains["low"] > 0]
    text = _("That acting on it is better than acting on all orders or on none is not shown.")
    if len(sure) > 1:  # of many thresholds a single one is chance
        text = _("Acting on it is better than acting on all or on none at {n} of {all} thresholds, from {low} to "
                 "{high}.")  # fmt: skip
        ends = {"low": percent(sure.min()), "high": percent(sure.max())}
    said.append(text.format(n=number(len(sure)), all=number(len(gains)), **ends))
    if off := int(months["off"].sum()):
        text = _("In {off} of {n} months the share seen was not the expected one by more than chance: "
                 "the past need not last.")  # fmt: skip
        said.append(text.format(off=number(off), n=number(len(months))))
    if n := answer.left_out:
        text = plural("{n} order is left out: cancelled, still open, or with a value missing.",
                      "{n} orders are left out: cancelled, still open, or with a value missing.", n)  # fmt: skip
        said.append(text.format(n=number(n)))
    return headline, " ".join(said)
