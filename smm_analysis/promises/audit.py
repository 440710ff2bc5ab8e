"""The audit of promises: how many were kept, how the broken ones were rated, and when they were rated."""

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from ..errors import SmallSample, TableError, Unstable
from ..tables.orders import check_orders, rated_before_arrival
from ..words import _, number, percent
from .regression import count_up, least_squares, wilson

FEW = 50
DAYS, POINTS = (-10, -1, 0, 3, 7), (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class PromiseAudit:
    """What `audit_promises` found; every frame has ``n, estimate, low, high``.

    Attributes
    ----------
    summary : by ``measure``: kept, over, exact, under, undelivered, rated_early, short_rated_early (shares)
    bands : by ``reviews, band, measure`` (dissatisfied: share; score: mean); ``above, up_to``: how far short
    months, segments : by month of the order or segment, and ``measure`` (kept, dissatisfied, score)
    late_hurts : by ``reviews`` (all, after arrival): mean score of short orders minus that of kept ones; "after
        arrival" where some dates are known: then reviews without one (`attrs["undated"]`) are left out of it
    verdict : the answer in a few sentences
    """

    summary: pd.DataFrame
    bands: pd.DataFrame
    months: pd.DataFrame
    segments: pd.DataFrame
    late_hurts: pd.DataFrame
    verdict: str
    attrs: dict = field(repr=False)

    def _repr_html_(self) -> str:
        return f"<p>{self.verdict}</p>{self.summary.to_html(index=False, float_format='%.3f')}"


def audit_promises(
    orders: pd.DataFrame, *, higher_is_better: bool, low_score: float | None = None, level: float = 0.95
) -> PromiseAudit:
    """How many promises were kept, and how were those rated that were not?

    Parameters
    ----------
    orders : DataFrame
        From `read_orders` or of the same form: ``promised, actual, outcome``, optionally ``count``, dates, ``segment``.
    higher_is_better : bool
        True for ratings (more than expected is good), False for days (a later day is bad).
    low_score : float, optional
        Scores up to this one count as dissatisfied; by default all below the middle of the scale (1 and 2 of 1 to 5).
    level : float, default 0.95
        Of the intervals: Wilson (1927) for shares, Student's t for means.

    Returns
    -------
    PromiseAudit

    Raises
    ------
    TableError
        If the frame is no table of orders.

    Warns
    -----
    Unstable
        If 'falling short hurts' depends on whether reviews from before the arrival count: who has no parcel on the
        promised day is asked for a review all the same, and rates the waiting.
    SmallSample
        Below 50 delivered orders.

    Notes
    -----
    Kept means: on the promised day or before, or as good as promised or better, among delivered orders; undelivered
    ones are counted beside it. Only buyers who answer are seen. A difference here is no effect of lateness alone.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> orders, truth = simulate_orders(2000, seed=1)
    >>> audit = audit_promises(orders, higher_is_better=False)
    >>> audit.summary.set_index("measure").loc["kept", ["n", "estimate"]].round(3).to_dict()
    {'n': 1961.0, 'estimate': 0.911}
    """
    frame = _seen(check_orders(orders, higher_is_better=higher_is_better), higher_is_better, low_score)
    arrived = int(frame["count"][frame["short"].notna()].sum())
    if not arrived:
        have = f"none among {frame.attrs['n']} orders"
        raise TableError("actual", "must be known for at least one order with a promise", have, "Wait for deliveries.")
    if arrived < FEW:
        text = f"`orders`: only {arrived} delivered orders with a promise; the intervals are wide."
        warnings.warn(text, SmallSample, stacklevel=2)
    views = {"all": frame}
    if frame["early"].notna().any():
        views["after arrival"] = frame[frame["short"].notna() & (frame["early"] == 0)]
    viewed = pd.concat([view.assign(reviews=name) for name, view in views.items()])
    bands = _by(viewed[viewed["promised"].notna()], ["reviews", "band"], level)
    hurts = pd.DataFrame([{"reviews": name, **_late_hurts(view, level)} for name, view in views.items()])
    summary = _summary(frame, level)
    undated = int(frame["count"][frame["short"].notna() & frame["outcome"].notna() & frame["early"].isna()].sum())
    if not _agree(hurts):
        text = "`outcome`: whether falling short hurts depends on the reviews from before the arrival; see late_hurts."
        warnings.warn(text, Unstable, stacklevel=2)
    return PromiseAudit(
        summary=summary,
        bands=_ends(_edges(frame)).merge(bands[bands["measure"] != "kept"], how="right", on="band"),
        months=_by(frame, ["month"], level),
        segments=_by(frame, ["segment"], level),
        late_hurts=hurts,
        verdict=_verdict(summary, hurts, undated),
        attrs={**frame.attrs, "level": level, "undated": undated, "headline": _headline(frame, summary)},
    )


def beyond(orders: pd.DataFrame, higher_is_better: bool) -> pd.Series:
    """How far an order went beyond its promise, in the unit given; negative where it fell short."""
    return (orders["actual"] - orders["promised"]) * (1 if higher_is_better else -1)


def _seen(frame: pd.DataFrame, higher_is_better: bool, low_score: float | None) -> pd.DataFrame:
    """The orders with `short`, `band`, `low` (dissatisfied), `early` (rated before arrival, if known), `month`."""
    frame["short"] = -beyond(frame, higher_is_better)
    edges = _edges(frame)
    frame["band"] = np.where(frame["short"].isna(), len(edges) + 1, np.searchsorted(edges, frame["short"]))
    middle = np.mean(frame.attrs["scale"] or (frame["outcome"].min(), frame["outcome"].max()))
    frame["low"] = frame["outcome"] < middle if low_score is None else frame["outcome"] <= low_score
    frame.attrs["low_score"] = frame.loc[frame["low"], "outcome"].max() if low_score is None else low_score
    early = rated_before_arrival(frame)
    frame["early"] = np.nan if early is None else early
    if "ordered_at" in frame:
        frame["month"] = pd.to_datetime(frame["ordered_at"]).dt.strftime("%Y-%m")
    return frame


def _edges(frame: pd.DataFrame) -> tuple[int, ...]:
    """Where the bands of falling short end: days, or points of a scale (tens where it is wider than 12 points)."""
    wide = frame["promised"].max() - frame["promised"].min() > 12
    return DAYS if frame.attrs["unit"] == "days" else tuple(edge * (10 if wide else 1) for edge in POINTS)


def _ends(edges: tuple[int, ...]) -> pd.DataFrame:
    """The bands of falling short: number, from where (exclusive) to where (inclusive)."""
    stops = [-np.inf, *edges, np.inf]
    return pd.DataFrame({"band": range(len(edges) + 1), "above": stops[:-1], "up_to": stops[1:]})


def _summary(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    short, arrived = frame["short"], frame["short"].notna()
    rated = arrived & frame["outcome"].notna() & frame["early"].notna()
    parts = {
        "kept": (short <= 0, arrived),
        "over": (short > 0, arrived),
        "exact": (short == 0, arrived),
        "under": (short < 0, arrived),
        "undelivered": (frame["actual"].isna(), frame["promised"].notna()),
        "rated_early": (frame["early"] == 1, rated),
        "short_rated_early": (frame["early"] == 1, rated & (short > 0)),
    }
    hits = [int(frame["count"][of & hit].sum()) for hit, of in parts.values()]
    n = [int(frame["count"][of].sum()) for _hit, of in parts.values()]
    return pd.concat([pd.DataFrame({"measure": list(parts), "n": n}), wilson(hits, n, level)], axis=1)


def _by(frame: pd.DataFrame, keys: list[str], level: float) -> pd.DataFrame:
    """Kept, dissatisfied and mean score for every value of `keys`, each with its interval."""
    columns = [*keys, "measure", "n", "estimate", "low", "high"]
    if not set(keys) <= set(frame):
        return pd.DataFrame(columns=columns)
    count, score = frame["count"], frame["outcome"]
    rated = count * score.notna()
    each = {"arrived": count * frame["short"].notna(), "kept": count * (frame["short"] <= 0), "rated": rated,
            "low": count * frame["low"], "total": rated * score, "squares": rated * score**2}  # fmt: skip
    sums = frame[keys].assign(**each).groupby(keys, sort=True, observed=True).sum().reset_index()
    parts = {
        "kept": (sums["arrived"], wilson(sums["kept"], sums["arrived"], level)),
        "dissatisfied": (sums["rated"], wilson(sums["low"], sums["rated"], level)),
        "score": (sums["rated"], _means(sums, frame.attrs["scale"] or (score.min(), score.max()), level)),
    }
    tables = [sums[keys].assign(measure=name, n=n).join(table) for name, (n, table) in parts.items()]
    return pd.concat(tables).sort_values(keys, kind="stable")[columns].reset_index(drop=True)


def _means(sums: pd.DataFrame, scale: tuple[float, float], level: float) -> pd.DataFrame:
    """Mean scores with Student intervals that stay on the scale; no interval for a single score."""
    n = sums["rated"].where(sums["rated"] > 0)
    mean = sums["total"] / n
    variance = ((sums["squares"] - n * mean**2) / (n - 1).where(n > 1)).clip(lower=0)
    half = stats.t.ppf((1 + level) / 2, (n - 1).clip(lower=1)) * np.sqrt(variance / n)
    return pd.DataFrame({"estimate": mean, "low": mean - half, "high": mean + half}).clip(*scale)


def _late_hurts(frame: pd.DataFrame, level: float) -> dict:
    """Mean score of orders that fell short minus that of the others, with its HC3 interval; NaN without both."""
    known = frame[frame["short"].notna() & frame["outcome"].notna()].assign(late=lambda frame: frame["short"] > 0)
    rows = count_up(known, ["outcome", "late"])
    n = int(rows["count"].sum())
    if rows.groupby("late")["count"].sum().reindex([False, True]).fillna(0).min() < 2:
        return {"n": n, "estimate": np.nan, "low": np.nan, "high": np.nan}
    design = np.column_stack([np.ones(len(rows)), rows["late"]])
    fit = least_squares(design, rows["outcome"].to_numpy(), rows["count"].to_numpy())
    half = stats.t.ppf((1 + level) / 2, n - 2) * np.sqrt(fit.covariance("HC3")[1, 1])
    return {"n": n, "estimate": fit.coef[1], "low": fit.coef[1] - half, "high": fit.coef[1] + half}


def _headline(frame: pd.DataFrame, summary: pd.DataFrame) -> str:
    """The finding in one line."""
    kept = percent(summary["estimate"].iloc[0])
    rated = frame[frame["short"].notna() & frame["outcome"].notna()]
    sums = rated.assign(low=rated["low"] * rated["count"]).groupby(rated["short"] > 0)[["low", "count"]].sum()
    if len(sums) < 2:
        return _("{kept} of the promises were kept").format(kept=kept)
    fine, short = (percent(share) for share in sums["low"] / sums["count"])
    text = _("{kept} of the promises were kept; where not, {short} of the customers were dissatisfied, else {fine}")
    return text.format(kept=kept, short=short, fine=fine)


def _direction(row: pd.Series) -> str:
    """What an interval says: hurts, helps, or nothing that shows."""
    return "hurts" if row["high"] < 0 else "helps" if row["low"] > 0 else "not shown"


def _agree(hurts: pd.DataFrame) -> bool:
    known = hurts.dropna(subset="estimate")
    return known.apply(_direction, axis=1).nunique() <= 1 if len(known) else True


def _verdict(summary: pd.DataFrame, hurts: pd.DataFrame, undated: int) -> str:
    """The answer in sentences."""
    part = summary.set_index("measure")
    said = [
        _("{kept} of {n} delivered orders kept the promise.").format(
            kept=percent(part.at["kept", "estimate"], 1), n=number(part.at["kept", "n"])
        )
    ]
    if part.at["undelivered", "estimate"] > 0:
        share = percent(part.at["undelivered", "estimate"], 1)
        said.append(_("{share} of all orders were not delivered and are not counted as kept.").format(share=share))
    if part.at["over", "estimate"] == 0:
        return " ".join([*said, _("No order fell short, so nothing can be said about the harm of falling short.")])
    words = {
        "hurts": _("Orders that fell short were rated {size} lower on average ({low} to {high})."),
        "helps": _("Orders that fell short were rated {size} higher on average ({low} to {high})."),
        "not shown": _("Orders that fell short were not rated visibly differently ({low} to {high})."),
    }
    row = hurts.iloc[0]
    if np.isfinite(row["estimate"]):
        ends = {"low": number(row["low"], 2), "high": number(row["high"], 2)}
        said.append(words[_direction(row)].format(size=number(abs(row["estimate"]), 2), **ends))
    if "short_rated_early" in part.index and part.at["short_rated_early", "estimate"] > 0:
        share = percent(part.at["short_rated_early", "estimate"])
        said.append(_("{share} of the reviews of these orders were written before the arrival.").format(share=share))
        if not _agree(hurts):
            text = _("Without those reviews the answer changes ({low} to {high}): do not blame lateness alone.")
            said.append(text.format(low=number(hurts.iloc[1]["low"], 2), high=number(hurts.iloc[1]["high"], 2)))
    if undated and len(hurts) > 1:
        text = _("Reviews that cannot be placed before or after the arrival: {n}.")
        said.append(text.format(n=number(undated)))
    return " ".join(said)
