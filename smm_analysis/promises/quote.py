"""How much may we promise? A quote that recent orders keep often enough, and how such quotes fared month by month.

1. Share come by d: Kaplan-Meier, so young orders count for as long as they have been watched.
2. Quote of a window: the smallest d by which ceil((n + 1) kept) of the n orders old enough to show d had come.
3. Windows of the newest 4, 6, 9, 14, 21, ... whole weeks, from the first with 40 (or 4 / (1 - kept)) orders old enough;
   they grow until the next older block differs (log-rank: better since z > 2.33, worse since z < -1.64).
4. The largest quote among these windows is promised: what got worse counts at once, what got better when it is proved.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import beta, binom

from ..answer import Answer
from ..errors import ModelError
from ..intervals import check_level, wilson
from ..tables.orders import GONE, UNITS, Orders
from ..words import _, number, percent
from .rows import Day, amount, count_up, known_by, rows_of, said_of_gone, waited

WORSE, BETTER, LEAST, FEW = 1.64, 2.33, 40, 5  # log-rank z; orders of the first window; orders of a block to test
DAY = pd.Timedelta(days=1)
BASES = ("own", "shared", "unknown")


def quote_promise(
    orders: Orders, *, kept: float = 0.9, by: str | None = None, as_of: Day | None = None, level: float = 0.9
) -> Answer:
    """What can be promised so that it is kept with probability `kept`?

    Parameters
    ----------
    orders : Orders
        ``actual`` (empty while open); with ``ordered_at`` recent orders count first and past months are tried.
    kept : float, between 0 and 1
    by : column, optional
        Groups, or ``"weekday"``. One with fewer than kept / (1 - kept) orders gets the quote of all, never below its
        own slowest order.
    as_of : day, optional
        What happened later is not looked at; by default the last day on which anything happened.

    Returns
    -------
    Answer
        By ``group``: ``promised`` (times rounded up to whole units), ``n`` recent orders, the share that ``kept`` it
        (``low, high``: of the orders to come), ``basis`` (own, shared, unknown), ``why`` those older than ``longest``
        weeks do not count (worse, better; all do), ``missing`` orders, ``came``. Part `months` (month, group, promised,
        kept, low, high, n, short: by more than chance). Facts: `asked, gone`.

    Raises
    ------
    ModelError
        If nothing was delivered or rated by `as_of`, or for a `kept` that is no probability.

    Notes
    -----
    Holds if the coming weeks resemble the recent ones. What never came is never in time; cancelled, returned and
    unreadable orders are left out. One-sided split conformal, after Romano, Patterson & Candes (2019).

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> quote_promise(simulate_orders(2000, random_state=1)[0]).table[["group", "promised"]].to_dict("records")
    [{'group': 'all', 'promised': 20.0}]
    """
    check_level(level)
    if not 0 < kept < 1:
        raise ModelError("kept", "a probability between 0 and 1", repr(kept), "Ask for .9, say.")
    rows, gone, end = watched(orders, by, as_of)
    table, months = _quotes(rows, kept, level), _history(rows, kept, level, end, orders.unit)
    if orders.higher_is_better:  # ratings were turned round
        table["promised"], months["promised"] = -table["promised"], -months["promised"]
    about = replace(orders.about, n=int(rows["count"].sum()), unit=orders.unit, level=level)
    facts = {"asked": kept, "gone": gone, "higher_is_better": orders.higher_is_better, "dated": end is not None}
    return Answer(table, about, _says, {"months": months}, facts, ("kept_by_month",) if len(months) else ())


def watched(orders: Orders, by: str | None, as_of: Day | None) -> tuple[pd.DataFrame, int, pd.Timestamp | None]:
    """``group, took, age, weeks, month, count`` of the orders by `as_of`; how many are left out; the last day.

    Times are whole units rounded up, infinite while nothing came; ratings are turned round, and known with the order.
    """
    now = known_by(orders, as_of)
    frame, times = rows_of(now, by), orders.unit in UNITS
    gone = now.state(as_of).isin(GONE.values())
    took = np.ceil(frame["actual"].round(9)) if times else frame["actual"] * (-1 if orders.higher_is_better else 1)
    group = frame[by].astype(str) if by else "all"
    rows = pd.DataFrame({"group": group, "took": took.fillna(np.inf), "age": np.inf, "weeks": 0.0, "month": pd.NaT})
    columns, end, use = list(rows), None, ~gone & (times | frame["actual"].notna())
    if "ordered_at" in frame and len(frame):
        age, end = waited(now, as_of)
        rows["weeks"] = (end.normalize() - frame["ordered_at"].dt.normalize()) / (7 * DAY)
        rows["month"] = frame["ordered_at"].dt.to_period("M").dt.start_time
        rows["age"] = np.fmax(age, took) if times else np.inf  # what came in the last started unit has come
        use &= rows["month"].notna()
    rows = count_up(rows.assign(count=frame["count"])[use], columns)
    if not came(rows).any():
        raise ModelError("orders", "some must have come", "none delivered or rated by as_of", "Move as_of, or wait.")
    return rows, int(frame["count"][gone].sum()), end


def came(rows: pd.DataFrame) -> pd.Series:
    """Whether it came while it was watched."""
    return np.isfinite(rows["took"]) & (rows["took"] <= rows["age"])


def _counts(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct times of arrival, the arrivals at them, and how many orders were watched just before."""
    took, count, arrived = rows["took"].to_numpy(), rows["count"].to_numpy(), came(rows).to_numpy()
    at, which = np.unique(took[arrived], return_inverse=True)
    watched_for = np.minimum(took, rows["age"].to_numpy())
    return at, np.bincount(which, count[arrived], len(at)), _at_least(watched_for, count, at)


def _at_least(values: np.ndarray, count: np.ndarray, at: np.ndarray) -> np.ndarray:
    """How many orders have a value of at least `at`."""
    order = np.argsort(values, kind="stable")
    below = np.r_[0, np.cumsum(count[order])]
    return below[-1] - below[np.searchsorted(values[order], at)]


def come_by(rows: pd.DataFrame) -> Callable[[np.ndarray], np.ndarray]:
    """The share that has come by a time (Kaplan & Meier 1958), of orders watched for `age`."""
    at, events, risk = _counts(rows)
    steps = np.r_[0, 1 - np.cumprod(1 - events / risk)]
    return lambda d: steps[np.searchsorted(at, d, side="right")]


def quote(rows: pd.DataFrame, kept: float) -> tuple[float, float, float, float]:
    """Smallest d that enough came by (infinite: cannot be known yet), their share, n, and the share come by the end."""
    at, events, risk = _counts(rows)
    share, n = 1 - np.cumprod(1 - events / risk), _at_least(rows["age"].to_numpy(), rows["count"].to_numpy(), at)
    k = np.ceil(np.round((n + 1) * kept, 9))  # so many of n must have come
    enough = (k <= n) & (np.round(share * n, 7) >= k)
    if enough.any():
        i = int(np.argmax(enough))
        return at[i], share[i], n[i], share[-1]
    return np.inf, np.nan, rows["count"].sum(), share[-1] if len(at) else 0.0


def difference(rows: pd.DataFrame, new: np.ndarray) -> float:
    """Log-rank z of the orders `new` against the others: below 0 they come more slowly (Mantel 1966)."""
    at, events, risk = _counts(rows)
    own_at, own_events, _own_risk = _counts(rows[new])
    part = _at_least(rows[["took", "age"]].min(axis=1).to_numpy()[new], rows["count"].to_numpy()[new], at) / risk
    variance = (events * part * (1 - part) * (risk - events) / np.maximum(risk - 1, 1)).sum()
    return (own_events.sum() - (events * part).sum()) / np.sqrt(variance) if variance > 0 else 0.0


def rule(rows: pd.DataFrame, kept: float) -> tuple[tuple, float, str]:
    """Steps 3 and 4: the quote; the longest window in weeks; why no longer: worse, better, or all."""
    weeks, count = rows["weeks"].to_numpy(), rows["count"].to_numpy()
    base, found, why, width = np.zeros(len(rows), bool), [], "all", 4
    while not base.all():
        window = weeks < width
        width = int(np.ceil(1.5 * width))
        block = count[window & ~base].sum()
        if found and block < FEW and not window.all():
            continue
        if found and block:
            z = difference(rows[window], base[window])
            if z < -WORSE or z > BETTER:
                why = "worse" if z < 0 else "better"
                break
        now = quote(rows[window], kept)
        if found or window.all() or (np.isfinite(now[0]) and now[2] >= max(LEAST, 4 / (1 - kept))):
            base, found = window, [*found, now]
    known = [one for one in found if np.isfinite(one[0])] or found[-1:]
    return max(known, key=lambda one: one[0]), weeks[base].max(), why


def _quotes(rows: pd.DataFrame, kept: float, level: float) -> pd.DataFrame:
    """A row per group; a group too small for a quote of its own shares that of all, and never undercuts itself."""
    everyone, found, fewest = rule(rows, kept)[0][0], [], int(np.ceil(np.round(kept / (1 - kept), 9)))
    for group, part in rows.groupby("group", sort=True):
        (d, share, n, by_the_end), longest, why = rule(part, kept)
        size, basis, ends = int(part["count"].sum()), "own", (np.nan, np.nan)
        if np.isfinite(d):
            k = round(share * n)
            ends = beta.ppf([(1 - level) / 2, (1 + level) / 2], k, n + 1 - k)
        elif size < fewest and np.isfinite(everyone):
            basis, d = "shared", max([everyone, *part["took"][came(part)]])
        else:
            basis, d = "unknown", np.nan
        row = {"group": group, "promised": d, "n": int(n), "kept": share, "low": ends[0], "high": ends[1]}
        row |= {"basis": basis, "why": why, "longest": longest, "missing": max(0, fewest - size), "came": by_the_end}
        found.append(row)
    return pd.DataFrame(found)


def _history(rows: pd.DataFrame, kept: float, level: float, end: pd.Timestamp | None, unit: str | None) -> pd.DataFrame:
    """Every month promised with what was known on its eve; judged once its last order is old enough to show it."""
    found, one = [], pd.Timedelta(minutes=UNITS.get(unit, 1440))
    for month, part in rows.groupby("month"):
        past = rows[rows["month"] < month]
        if not len(past):
            continue
        since = end - (month if unit in ("hours", "minutes") else month - DAY)
        then = past.assign(age=past["age"] - since / one, weeks=(past["weeks"] - since / (7 * DAY)).round(9))
        for row in _quotes(then, kept, level).query("basis == 'own'").itertuples():
            orders = part[part["group"] == row.group]
            shown = month + pd.offsets.MonthBegin() + one * (row.promised if unit in UNITS else 0)
            if len(orders) and shown <= end + DAY:
                hits, n = orders["count"][orders["took"] <= row.promised].sum(), orders["count"].sum()
                short = binom.cdf(hits, n, kept) < 0.05  # fewer than chance explains
                found.append((f"{month:%Y-%m}", row.group, row.promised, hits / n, n, short))
    months = pd.DataFrame(found, columns=["month", "group", "promised", "kept", "n", "short"])
    ends = wilson(months["kept"], months["n"], level)[["low", "high"]]
    return months.join(ends)[["month", "group", "promised", "kept", "low", "high", "n", "short"]]


def _promised(value: float, answer: Answer) -> str:
    """A promise in words; ratings rounded to one decimal, on the safe side."""
    safe = np.floor if answer.higher_is_better else np.ceil
    return amount(value if answer.about.unit in UNITS else safe(round(value * 10, 6)) / 10, answer.about.unit)


def _says(answer: Answer) -> tuple[str, str]:
    """The quote, its condition, and how such quotes fared."""
    months, known = answer.months, answer.table["promised"].dropna()
    headline = _("What can be promised cannot be known yet")
    if len(known):
        text = _("Promise {quote}") if known.min() == known.max() else _("Promise {quote} to {most}, by group")
        headline = text.format(quote=_promised(known.min(), answer), most=_promised(known.max(), answer))
    text = _("It could not be tried on past months: that needs dates and enough orders that came.")
    if len(months):
        text = _("Tried on {months} past months, each with what was known on its eve: {share} of {n} promises kept, "
                 "{short} of {tried} quotes short by more than chance (chance alone: 1 in 20). "
                 "A sudden change shows late.")  # fmt: skip
    numbers = {"months": months["month"].nunique(), "n": months["n"].sum(), "short": months["short"].sum()}
    words = {name: number(value) for name, value in {**numbers, "tried": len(months)}.items()}
    words["share"] = percent((months["kept"] * months["n"]).sum() / max(months["n"].sum(), 1))
    return headline, " ".join([*_said_of_quotes(answer), text.format(**words), *said_of_gone(answer.gone)])


def _said_of_quotes(answer: Answer) -> list[str]:
    """What can be promised, and on which condition; how many groups have a quote; to all: why, or what is missing."""
    table, row, said = answer.table, answer.table.iloc[0], []
    own = table["promised"][table["basis"] == "own"]
    if len(own):
        text = _("Promise {quote}: kept with probability {asked} or more if the coming orders resemble these {n}.")
        if answer.dated:
            text = _("Promise {quote}: kept with probability {asked} or more if the coming weeks resemble the newest "
                     "{n} orders.")  # fmt: skip
        low, high = (_promised(end, answer) for end in (own.min(), own.max()))
        quote = low if low == high else _("{low} to {high}").format(low=low, high=high)
        n = number(table["n"][own.index].sum())
        said.append(text.format(quote=quote, asked=percent(answer.asked), n=n))
    if len(own) < len(table) > 1:
        text = _("{own} groups have a quote of their own, {shared} share that of all; for {unknown} it cannot be known "
                 "yet.")  # fmt: skip
        said.append(text.format(**{name: number((table["basis"] == name).sum()) for name in BASES}))
    elif not len(own):
        text = _("What can be promised cannot be known yet: only {came} had come by the longest wait.")
        if row["missing"]:
            text = _("What can be promised cannot be known yet; orders still missing: {missing}.")
        said.append(text.format(missing=number(row["missing"]), came=percent(row["came"], 1)))
    elif len(table) == 1 and row["why"] != "all":
        text = _("Orders older than {weeks} weeks are not counted: since then it seems better.")
        if row["why"] == "worse":
            text = _("Orders older than {weeks} weeks are not counted: since then it seems worse.")
        said.append(text.format(weeks=number(np.ceil(row["longest"]))))
    return said
