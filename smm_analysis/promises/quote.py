"""How much may we promise? A quote kept with a stated probability, and how such quotes fared month by month."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import beta

from ..errors import ModelError
from ..tables.orders import cancelled, check_orders, last_day
from ..words import _, number, percent
from .regression import count_up, wilson

DAY = pd.Timedelta(days=1)
FEW, RECENT, GAMMA = 50, 90, 0.25  # orders of a group; days of newest orders that adapt= looks at; step per month


@dataclass(frozen=True)
class PromiseQuote:
    """What `quote_promise` found.

    Attributes
    ----------
    quote : by ``group``: ``promised, n``, and the share it will keep, at least, if the coming orders resemble these n:
        ``estimate, low, high``, the Beta(k, n + 1 - k) of the k-th smallest of n
    history : by ``month, group``: what would have been ``promised``, ``kept`` of ``n`` orders, ``estimate, low, high``
        (Wilson), ``asked`` (the share of the past that the quote covers)
    verdict : the answer in a few sentences
    """

    quote: pd.DataFrame
    history: pd.DataFrame
    verdict: str
    attrs: dict = field(repr=False)

    def _repr_html_(self) -> str:
        return f"<p>{self.verdict}</p>{self.quote.to_html(index=False, float_format='%.3f')}"


def quote_promise(
    orders: pd.DataFrame,
    *,
    kept: float = 0.9,
    by: str | None = None,
    as_of: str | pd.Timestamp | None = None,
    complete_after: float | None = None,
    adapt: bool = True,
    higher_is_better: bool = False,
    level: float = 0.9,
) -> PromiseQuote:
    """What can be promised so that it is kept with probability `kept`?

    Parameters
    ----------
    orders : DataFrame
        ``actual`` (days, empty while undelivered; or a rating) and, for cohorts and history, ``ordered_at``.
    kept : float, between 0 and 1
    by : column name, optional
        One quote per group; groups below 50 orders are pooled.
    as_of : day, optional
        What happened later is not looked at (a rating counts as given with the order). Default: the last day on which
        anything happened.
    complete_after : number of days, optional
        Only orders placed that long before `as_of` are used: all that will come has come. Default: how long 99 of 100
        orders delivered by `as_of` took at most, in the slowest group; ratings: 0. The history looks at every month
        with the eyes of its first day, except that `as_of` decides which groups are pooled.
    adapt : bool, default True
        True: quoted anew every month from the last 90 days of complete orders (more if these hold fewer than 50), the
        share to cover corrected by what was broken (adaptive conformal inference): right in the long run, for no single
        month. False: all complete orders; the history shows a first quote that was never changed.
    higher_is_better : bool, default False
        True for ratings: the rating that is reached or surpassed with probability `kept`.
    level : float, default 0.9

    Returns
    -------
    PromiseQuote

    Raises
    ------
    ModelError
        For too few orders (it says how many more), or a quote beyond `complete_after`.

    Notes
    -----
    The ceil((n + 1) kept)-th smallest duration, undelivered orders infinite and cancelled ones left out: the one-sided
    split conformal quote without covariates. It keeps at least `kept` if old and new orders are exchangeable.
    Adaptive: a <- a + .25 (1 - kept - share broken in a month), once a month's orders are complete; a stays between the
    smallest value for which the quote lies within `complete_after`, and 1/2.

    References
    ----------
    One-sided variant of Romano, Patterson & Candes (2019); Gibbs & Candes (2021), eq. 2.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> quote_promise(simulate_orders(2000, seed=1)[0], kept=0.9).quote[["group", "promised"]].to_dict("records")
    [{'group': 'all', 'promised': 20.0}]
    """
    if not 0 < kept < 1:
        raise ModelError("kept", "a probability between 0 and 1", repr(kept), "Ask for .9, say.")
    rows, wait, end = complete_orders(orders, by, as_of, complete_after, higher_is_better)
    starts = rows["day"].dt.to_period("M").dt.start_time.unique()
    waits = {month: wait if complete_after is not None else usual_wait(rows, month - DAY) for month in starts}
    rows["group"] = _pooled(complete(rows, wait, end), rows["group"])
    quotes, past = [], []
    for group, part in rows.groupby("group", sort=True):
        calibration = _newest(complete(part, wait, end), adapt)
        _refuse(calibration, kept)
        months, miss = _months(part, kept, waits, end, adapt, calibration)
        promised, n, k = quote(calibration, miss)
        low, high = beta.ppf([(1 - level) / 2, (1 + level) / 2], k, n + 1 - k)
        share = {"estimate": k / (n + 1), "low": low, "high": high}
        quotes.append({"group": group, "promised": promised, "n": n, **share})
        past += [{"month": month.pop("month"), "group": group, **month} for month in months]
    history = pd.DataFrame(past, columns=["month", "group", "promised", "asked", "kept", "n"])
    history = history.sort_values(["month", "group"], ignore_index=True).astype({"promised": float})
    table, history = pd.DataFrame(quotes), history.join(wilson(history["kept"], history["n"], level))
    for frame in (table, history):  # ratings were turned round
        frame["promised"] *= -1 if higher_is_better else 1
    attrs = {**rows.attrs, "n": int(table["n"].sum()), "level": level, "asked": kept, "adapt": adapt}
    attrs["complete_after"] = wait.days
    return PromiseQuote(table, history, _verdict(table, history, attrs), attrs)


def complete_orders(
    orders: pd.DataFrame, by: str | None, as_of, complete_after: float | None, higher_is_better: bool
) -> tuple[pd.DataFrame, pd.Timedelta, pd.Timestamp]:
    """``group, day, duration, count, took`` of the orders up to `as_of`, not cancelled; how long to wait; the last day.

    Ratings are negative durations; `took` are the days to wait for: none for ratings, or without dates.
    """
    frame = check_orders(orders, need=("actual", *([by] if by else [])), higher_is_better=higher_is_better)
    if (frame.attrs["unit"] == "days") == higher_is_better:
        found = f"{frame.attrs['unit']} with higher_is_better={higher_is_better}"
        raise ModelError("higher_is_better", "False for days, True for ratings", found, "Set it to the other.")
    out = cancelled(frame) | (frame["actual"].isna() & higher_is_better)
    frame["group"] = frame[by].astype(str) if by else _("all")
    frame["duration"] = -frame["actual"] if higher_is_better else np.ceil(frame["actual"]).fillna(np.inf)
    dated = "ordered_at" in frame
    frame["day"] = pd.to_datetime(frame["ordered_at"]).dt.normalize() if dated else pd.Timestamp(0)
    end = (pd.Timestamp(as_of) if as_of else last_day(frame) if dated else pd.Timestamp(0)).normalize()
    rows = count_up(frame[~out & (frame["day"] <= end)], ["group", "day", "duration"])
    rows["took"] = rows["duration"] if dated and not higher_is_better else 0.0
    if not np.isfinite(rows["duration"][_came(rows, end)]).any():
        raise ModelError("orders", "some must be complete", "none delivered or rated by as_of", "Move as_of, or wait.")
    wait = usual_wait(rows, end) if complete_after is None else pd.Timedelta(days=complete_after if dated else 0)
    rows.attrs = {**frame.attrs, "cancelled": int(frame["count"][cancelled(frame)].sum())}
    return rows, wait, end


def _came(rows: pd.DataFrame, on: pd.Timestamp) -> pd.Series:
    return rows["took"] <= (on - rows["day"]).dt.days


def usual_wait(rows: pd.DataFrame, on: pd.Timestamp) -> pd.Timedelta:
    """How long 99 of 100 orders that had come by the day `on` took at most, in the slowest group of 50 or more."""
    came = rows[_came(rows, on)]
    sized = came[came.groupby("group")["count"].transform("sum") >= FEW]
    groups = (sized if len(sized) else came).groupby("group")
    slowest = [np.quantile(part["took"], 0.99, weights=part["count"], method="inverted_cdf") for _group, part in groups]
    return pd.Timedelta(days=float(max(slowest, default=0)))


def complete(rows: pd.DataFrame, wait: pd.Timedelta, on: pd.Timestamp) -> pd.DataFrame:
    """The orders that had waited so long by the day `on`; what took longer counts as never delivered."""
    old = rows[rows["day"] <= on - wait]
    return old.assign(duration=old["duration"].where(old["took"] <= wait.days, np.inf))


def quote(calibration: pd.DataFrame, miss: float) -> tuple[float, int, int]:
    """The k-th smallest of n durations, k = ceil((n + 1)(1 - miss)), infinite where k > n; n; k."""
    rows, n = calibration.sort_values("duration"), int(calibration["count"].sum())
    k = math.ceil(round((n + 1) * (1 - miss), 9))
    at = int(np.searchsorted(rows["count"].cumsum(), k))
    return (rows["duration"].iloc[at] if k <= n else np.inf), n, k


def _refuse(calibration: pd.DataFrame, kept: float) -> None:
    """Say how many more orders a quote needs, or that it lies beyond what can be seen."""
    n, fewest = int(calibration["count"].sum()), math.ceil(round(kept / (1 - kept), 9))
    if n < fewest:
        rule = f"to keep {kept:g} of the promises takes {fewest} complete orders or more"
        raise ModelError("orders", rule, f"{n} in a group", f"Collect {fewest - n} more, or lower `kept`.")
    if (most := _reach(calibration)) < kept:
        found = f"one beyond it: {most:.1%} had come by then"
        raise ModelError("kept", "a quote lies within `complete_after`", found, "Ask for less, or wait for longer.")


def _reach(calibration: pd.DataFrame) -> float:
    """The largest share of the future that a finite quote can cover."""
    finite = np.isfinite(calibration["duration"])
    return calibration["count"][finite].sum() / (calibration["count"].sum() + 1)


def _pooled(complete: pd.DataFrame, group: pd.Series) -> pd.Series:
    """Groups with fewer than 50 complete orders become one; while that one is too small, the next smallest joins it."""
    sizes = complete.groupby("group")["count"].sum().reindex(group.unique(), fill_value=0).sort_values(kind="stable")
    small = (sizes < FEW) | ((sizes.cumsum() - sizes < FEW) & (sizes.min() < FEW))
    return group.where(~group.map(small), _("all others") if not small.all() else _("all"))


def _newest(complete: pd.DataFrame, adapt: bool) -> pd.DataFrame:
    """The orders of the last 90 days, or of as many as hold 50 orders; without `adapt` all."""
    if not adapt or not len(complete):
        return complete
    by_day = complete.groupby("day")["count"].sum()[::-1].cumsum()
    enough = by_day.index[min(int(np.searchsorted(by_day, FEW)), len(by_day) - 1)]
    return complete[complete["day"] > min(by_day.index[0] - pd.Timedelta(days=RECENT), enough - pd.Timedelta(days=1))]


def _months(
    rows: pd.DataFrame, kept: float, waits: dict, end: pd.Timestamp, adapt: bool, today: pd.DataFrame
) -> tuple[list, float]:
    """What would have been promised each month and how it went; and the share to miss that follows for `today`."""
    found, waiting, miss = [], [], 1 - kept
    for month, part in rows.groupby(rows["day"].dt.to_period("M").dt.start_time) if rows["day"].nunique() > 1 else ():
        if adapt or not found:  # a first quote that is never changed keeps its wait
            wait = waits[month]
            calibration = _newest(complete(rows, wait, month - DAY), adapt)
        if calibration["count"].sum() < FEW or _reach(calibration) < kept:
            continue
        miss = _learned(miss, kept, calibration, [broken for day, broken in waiting if day <= month], adapt)
        waiting = [(day, broken) for day, broken in waiting if day > month]
        if (known_on := month + pd.offsets.MonthBegin() + wait) > end + DAY:
            continue
        promised = found[0]["promised"] if found and not adapt else quote(calibration, miss)[0]
        n, hits = part["count"].sum(), part["count"][part["duration"] <= promised].sum()
        found.append({"month": f"{month:%Y-%m}", "promised": promised, "asked": 1 - miss, "kept": hits, "n": n})
        waiting.append((known_on, 1 - hits / n))
    return found, _learned(miss, kept, today, [broken for _day, broken in waiting], adapt)


def _learned(miss: float, kept: float, calibration: pd.DataFrame, broken: list[float], adapt: bool) -> float:
    """The share to miss after months with these shares broken, kept where `calibration` has a quote."""
    if not adapt:
        return 1 - kept
    miss += GAMMA * sum(1 - kept - share for share in broken)
    return min(max(miss, 1 - _reach(calibration)), max(0.5, 1 - kept))


def _verdict(table: pd.DataFrame, history: pd.DataFrame, attrs: dict) -> str:
    """The answer in sentences: the quote, its condition, and how such quotes fared."""
    ends = [number(value) for value in sorted({table["promised"].min(), table["promised"].max()})]
    unit = _("days") if attrs["unit"] == "days" else _("points")
    text = _("Promise {quote} {unit}: kept with probability {kept} or more, if the coming weeks resemble these.")
    if attrs["adapt"] and len(history):
        text = _(
            "Promise {quote} {unit} now and quote anew every month: in the long run {kept} are kept, not every month."
        )
    said = [text.format(quote=" – ".join(ends), unit=unit, kept=percent(attrs["asked"]))]
    if len(history):
        months = history.groupby("month")[["kept", "n"]].sum()
        share, worst = months["kept"] / months["n"], (months["kept"] / months["n"]).idxmin()
        text = _("In the past {share} of such promises would have been kept; in the worst month, {month}, {worst}.")
        said.append(
            text.format(
                share=percent(months["kept"].sum() / months["n"].sum()), month=worst, worst=percent(share[worst])
            )
        )
    else:
        said.append(_("It could not be tried month by month: that needs dates and more orders."))
    if attrs["cancelled"]:
        said.append(_("{n} cancelled orders are left out.").format(n=number(attrs["cancelled"])))
    if _("all others") in set(table["group"]):
        said.append(_("Groups with few orders share one promise."))
    return " ".join(said)
