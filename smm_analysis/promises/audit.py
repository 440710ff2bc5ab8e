"""The audit of promises: how many were kept, how the broken ones were rated, and what another promise would change."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from ..answer import Answer
from ..errors import SmallSample, TableError, Unstable
from ..intervals import check_level, wilson
from ..tables.orders import GONE, Orders
from ..words import _, number, percent, plural
from .disconfirmation import shifted_scores
from .quote import come_by
from .regression import ENDS, least_squares, sign_of
from .rows import Day, count_up, known_by, rated_early, rows_of, said_of_gone, waited

FEW = 50
DAYS, POINTS, SHIFTS = (-10, -1, 0, 3, 7), (-2, -1, 0, 1, 2), np.arange(-3, 4)
TIMINGS = ("early", "above", "kept", "as promised", "late", "below", "overdue")


def audit_promises(orders: Orders, *, by: str | None = None, as_of: Day | None = None, level: float = 0.95) -> Answer:
    """How many promises were kept, how were those rated that were not, and what would another promise change?

    Parameters
    ----------
    orders : Orders
        Scores (``outcome``) and dates are used where they are known.
    by : column, optional
        Groups, or ``"weekday"``; by default ``segment``, where there is one.
    as_of : day, optional
        What happened later is not known; by default the last day on which anything happened.

    Returns
    -------
    Answer
        By ``timing`` (early, as promised, late, overdue; points: above, as promised, below): ``n, share, mean,
        dissatisfied`` (below the middle of the scale), each with ``_low`` and ``_high`` (Wilson 1927; Student's t).
        Parts: `bands` (reviews, band, above, up_to), `segments` (measure: kept, dissatisfied, score),
        `late_hurts` (broken minus kept, by reviews), `what_if` (shift: promised units more; kept, broken, score as
        `fit_disconfirmation` expects it), `open` (chance of open orders to be in time: Kaplan & Meier 1958).
        Facts: `kept, due, overdue, still_open, gone, by, rated_early, low_score`; `low_kept, low_broken`: dissatisfied,
        by the reviews after the arrival where these are known.

    Raises
    ------
    TableError
        If no promise was due.

    Notes
    -----
    An order that is due and has not come is a broken promise; cancelled, returned and unreadable ones are left out.
    Warns of `Unstable` if 'broken promises hurt' depends on reviews from before the arrival: those rate the waiting.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> audit = audit_promises(simulate_orders(2000, random_state=1)[0])
    >>> audit.due, round(audit.kept, 3), audit.table["timing"].to_list()
    (2000, 0.893, ['early', 'as promised', 'late', 'overdue'])
    """
    check_level(level)
    if by is None and isinstance(orders, Orders) and "segment" in orders.table:
        by = "segment"
    seen = known_by(orders, as_of)
    frame, scale, edges = _seen(seen, by, as_of)
    live = frame[~frame["state"].isin([*GONE.values(), "no promise"])]
    due, came = live[live["state"] != "open"], live[live["short"].notna()]
    n = int(due["count"].sum())
    if not n:
        raise TableError("actual", "must be known for at least one promise", "no order that came or was due", "Wait.")
    if n < FEW:
        text = f"`orders`: only {n} orders with a promise that was due; the intervals are wide."
        warnings.warn(text, SmallSample, stacklevel=2)
    views = {"all": due}
    if frame["reviewed"].notna().any():
        views["after arrival"] = came[came["reviewed"] == "after arrival"]
    hurts = pd.DataFrame([{"reviews": name, **_late_hurts(view, level)} for name, view in views.items()])
    if not _agree(hurts):
        text = "`outcome`: whether falling short hurts depends on the reviews from before the arrival; see late_hurts."
        warnings.warn(text, Unstable, stacklevel=2)
    viewed = pd.concat([view.assign(reviews=name) for name, view in views.items()])
    bands = _by(viewed, ["reviews", "band"], scale, level).query("measure != 'kept'")
    above, up_to = np.r_[-np.inf, edges, np.nan], np.r_[edges, np.inf, np.nan]
    parts = {
        "bands": bands.assign(above=above[bands["band"]], up_to=up_to[bands["band"]]).reset_index(drop=True),
        "segments": _by(live, [by], scale, level) if by else pd.DataFrame(),
        "late_hurts": hurts,
        "what_if": _what_if(seen, due, level),
        "open": _open(seen, live, as_of),
    }
    last = views[hurts["reviews"].iloc[-1]]  # after the arrival, where known
    low = _by(last.assign(broken=last["state"] != "kept"), ["broken"], scale, level).query("measure == 'dissatisfied'")
    low = low.set_index("broken")["estimate"].reindex([False, True])
    count = frame.groupby("state")["count"].sum().reindex(["kept", "overdue", "open", *GONE.values()], fill_value=0)
    facts = {"kept": float(count["kept"] / n), "due": n, "overdue": int(count["overdue"]), "by": by}
    facts |= {"still_open": int(count["open"]), "gone": int(count[3:].sum()), "rated_early": rated_early(came)}
    facts |= {"low_kept": low[False], "low_broken": low[True]}
    facts |= {"low_score": max(frame["outcome"][frame["low"]], default=np.ceil(np.mean(scale)) - 1)}
    about = replace(orders.about, n=n, unit=orders.unit, level=level)
    return Answer(_timings(due, scale, level), about, _says, parts, facts, ("lateness",) * int(low.notna().any()))


def _seen(orders: Orders, by: str | None, as_of: Day | None) -> tuple[pd.DataFrame, tuple, tuple]:
    """The orders with `state`, `short` (of the promise), `timing, band, low`; the scale; where bands end."""
    frame = rows_of(orders, by)
    frame = frame.reindex(columns=frame.columns.union(["outcome", "reviewed"], sort=False))
    frame["state"], frame["short"] = orders.state(as_of), -frame["beyond"]
    early, late = ("above", "below") if orders.unit == "points" else ("early", "late")
    frame["timing"] = np.sign(frame["short"]).map({-1: early, 0: "as promised", 1: late}).fillna(frame["state"])
    many = orders.table["promised"].max() - orders.table["promised"].min() > 12
    edges = DAYS if orders.unit == "days" else tuple(edge * (10 if many else 1) for edge in POINTS)
    frame["band"] = np.where(frame["short"].isna(), len(edges) + 1, np.searchsorted(edges, frame["short"]))
    scale = orders.scale or (frame["outcome"].min(), frame["outcome"].max())
    frame["low"] = frame["outcome"] < np.mean(scale)
    return frame, scale, edges


def _timings(due: pd.DataFrame, scale: tuple, level: float) -> pd.DataFrame:
    """How many orders came when, and how they were rated."""
    count = due.groupby("timing")["count"].sum()
    count = count[[timing for timing in TIMINGS if timing in count]]
    rated = _by(due, ["timing"], scale, level).set_index(["measure", "timing"])[ENDS]
    share = wilson(count / count.sum(), count.sum(), level).set_axis(count.index)
    table = count.to_frame("n")
    for name, part in {"share": share, "mean": rated.loc["score"], "dissatisfied": rated.loc["dissatisfied"]}.items():
        table[[name, f"{name}_low", f"{name}_high"]] = part
    return table.reset_index()


def _by(frame: pd.DataFrame, keys: list[str], scale: tuple, level: float) -> pd.DataFrame:
    """Kept (of all that were due), dissatisfied and mean score for every value of `keys`, each with its interval."""
    count, score, state = frame["count"], frame["outcome"], frame["state"]
    rated = count * score.notna()
    each = {"due": count * (state != "open"), "kept": count * (state == "kept"), "rated": rated}
    each |= {"low": count * frame["low"], "total": rated * score, "squares": rated * score**2}
    sums = frame[keys].assign(**each).groupby(keys, sort=True, observed=True).sum().reset_index()
    n = sums["rated"].where(sums["rated"] > 0)
    mean = sums["total"] / n
    variance = ((sums["squares"] - n * mean**2) / (n - 1).where(n > 1)).clip(lower=0)  # of a single score: unknown
    half = stats.t.ppf((1 + level) / 2, (n - 1).clip(lower=1)) * np.sqrt(variance / n)
    parts = {
        "kept": ("due", wilson(sums["kept"] / sums["due"], sums["due"], level)),
        "dissatisfied": ("rated", wilson(sums["low"] / n, n, level)),
        "score": ("rated", pd.DataFrame({"estimate": mean, "low": mean - half, "high": mean + half}).clip(*scale)),
    }
    tables = [sums[keys].assign(measure=name, n=sums[of]).join(table) for name, (of, table) in parts.items()]
    return pd.concat(tables).sort_values(keys, kind="stable").reset_index(drop=True)


def _late_hurts(frame: pd.DataFrame, level: float) -> dict:
    """Mean score of delivered orders that fell short minus that of the others, with HC3; NaN without both."""
    known = frame[frame["short"].notna() & frame["outcome"].notna()].assign(late=lambda frame: frame["short"] > 0)
    rows = count_up(known, ["outcome", "late"])
    n = int(rows["count"].sum())
    if rows.groupby("late")["count"].sum().reindex([False, True]).fillna(0).min() < 2:
        return {"n": n, **dict.fromkeys(ENDS, np.nan)}
    fit = least_squares(rows[["late"]].assign(constant=1), rows)
    return {"n": n, **fit.sums({"late": {"late": 1}}, level).loc[0, ENDS]}


def _what_if(orders: Orders, due: pd.DataFrame, level: float) -> pd.DataFrame:
    """The same orders under promises of so many units more: kept, broken, and the score that the regression expects."""
    if orders.unit is None:
        return pd.DataFrame()
    many = orders.unit == "points" and due["promised"].max() - due["promised"].min() > 30
    shifts = SHIFTS * (10 if many else 5 if orders.unit == "minutes" else 1)
    better = shifts if orders.higher_is_better else -shifts
    hits = np.array([due["count"][due["beyond"] - shift >= -1e-9].sum() for shift in better])
    n = due["count"].sum()
    shares = wilson(hits / n, n, level).rename(columns={"estimate": "kept"})
    shares = shares.assign(shift=shifts, broken=n - hits)[["shift", "kept", "low", "high", "broken"]]
    return shares.join(shifted_scores(orders, better, level))


def _open(orders: Orders, live: pd.DataFrame, as_of) -> pd.DataFrame:
    """The chance of every open order to be in time, given how long it has been waited for."""
    still = live["state"] == "open"
    if not {"ordered_at", "due_at"} <= set(live) or not still.any():
        return pd.DataFrame()
    age = waited(orders, as_of)[0].loc[live.index]
    past = age - live["promised"] - (orders.unit == "days")  # watched so far beyond the promise; today is not over
    took, never = -live["beyond"], live["beyond"].isna()
    seen = {"took": took.fillna(np.inf), "age": past.fillna(-np.inf).where(never, np.inf), "count": live["count"]}
    gone = come_by(pd.DataFrame(seen))
    chance = 1 - (1 - gone(0.0)) / (1 - gone(past[still].to_numpy()))
    keep = [name for name in ("order_id", "ordered_at", "due_at") if name in live]
    found = live.loc[still, [*keep, "promised", "count"]].assign(waited=age[still], chance=chance)
    return found.sort_values("chance", kind="stable").reset_index(drop=True)


def _agree(hurts: pd.DataFrame) -> bool:
    """Whether all views of the reviews point the same way: hurts, helps, or nothing that shows."""
    return len({sign_of(row) for row in hurts.to_dict("records")} - {None}) <= 1


def _says(answer: Answer) -> tuple[str, str]:
    """How many were kept, and how the others were rated."""
    hurts, headline = answer.late_hurts, _("{kept} of the promises were kept")
    shares = {"kept": answer.kept, "short": answer.low_broken, "fine": answer.low_kept}
    if np.isfinite(list(shares.values())).all():
        headline = _("{kept} of the promises were kept; after a broken one {short} of the customers were dissatisfied, "
                     "after a kept one {fine}")  # fmt: skip
        if len(hurts) > 1:
            headline = _("{kept} of the promises were kept; after a broken one {short} of the customers were "
                         "dissatisfied, after a kept one {fine} (reviews after the arrival)")  # fmt: skip
    headline = headline.format(**{name: percent(share) for name, share in shares.items()})
    text = _("Of {n} promises that were due, {kept} were kept.")
    said = [text.format(n=number(answer.due), kept=number(answer.kept * answer.due))]
    for n, text in (
        (answer.overdue, plural("{n} order is overdue: it has not come, and counts as broken.",
                                "{n} orders are overdue: they have not come, and count as broken.", answer.overdue)),
        (answer.still_open, plural("{n} order is still open and not counted.",
                                   "{n} orders are still open and not counted.", answer.still_open)),
    ):  # fmt: skip
        said += [text.format(n=number(n))] if n else []
    said += said_of_gone(answer.gone)
    if answer.kept == 1:
        said.append(_("No order fell short, so nothing can be said about the harm of it."))
    elif (sign := sign_of(hurts.iloc[0])) is not None:
        text = {
            -1: _("Of what came, broken promises were rated {size} lower than kept ones on average ({low} to {high})."),
            0: _("That broken promises were rated otherwise than kept ones on average is not sure."),
            1: _("Of what came, broken promises were rated {size} higher than kept ones on average ({low} to {high})."),
        }[sign]
        low, size, high = (number(value, 2) for value in sorted(abs(hurts.loc[0, ENDS])))
        said.append(text.format(size=size, low=low, high=high))
    if answer.rated_early and answer.kept < 1:
        text = _("{share} of their reviews were written before the arrival.")
        said.append(text.format(share=percent(answer.rated_early)))
        if not _agree(hurts):
            said.append(_("By the other reviews the answer is another: do not blame lateness alone."))
    return headline, " ".join(said)
