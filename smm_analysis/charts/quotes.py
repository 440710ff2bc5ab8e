"""Risk and quotes: are the probabilities right, are they worth acting on, were such promises kept, which one pays."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..errors import ModelError
from ..promises.rows import amount
from ..words import _, number, percent
from .labels import end_labels, percent_ticks, percents, put
from .sheet import Sheet
from .style import AUDIENCE, BROKEN, GREY, INK, KEPT, MUTED, PALE, em

BOTH = (KEPT, BROKEN, *AUDIENCE)


def month_ticks(ax: Axes, months: list[str]) -> None:
    """At most eight months, the first with its year, written 3/2024."""
    step = -(-len(months) // 8)
    at = range(0, len(months), step)
    ax.set_xticks(list(at), [f"{months[i][5:].lstrip('0')}/{months[i][:4]}" for i in at], color=INK)


def _event(answer) -> str:
    return _("came late") if answer.target == "late" else _("left a dissatisfied customer")


def risk_by_month(sheet: Sheet) -> None:
    """Month by month: the share expected from the past, and the share seen; shaded where the past did not foresee it."""
    answer, ax = sheet.answer, sheet.ax
    rows = answer.months.reset_index(drop=True)
    for at, row in rows[rows["off"]].iterrows():
        ax.axvspan(at - 0.5, at + 0.5, color=BROKEN if row["estimate"] > row["expected"] else KEPT, alpha=0.1)
    ax.plot(100 * rows["expected"], color=GREY, ls=(0, (4, 2)))
    ax.vlines(rows.index, 100 * rows["low"], 100 * rows["high"], color=INK, lw=em(0.4), alpha=0.25)
    ax.plot(100 * rows["estimate"], "o-", color=INK, ms=em(0.55), mec="white")
    top = 110 * rows[["expected", "high"]].max(axis=None)
    ax.set(ylim=(0, top), xlim=(-0.5, len(rows) - 0.5))
    percents(ax.yaxis, percent_ticks(top))
    month_ticks(ax, rows["month"].tolist())
    off, seen = rows[rows["off"]], _("expected {expected}, seen {seen}")
    told = [("", row.month, seen.format(expected=percent(row.expected), seen=percent(row.estimate)))
            for row in rows.itertuples()]  # fmt: skip
    title = _("In {off} of {n} months the share was surely not the one expected").format(
        off=number(len(off)), n=number(len(rows)))  # fmt: skip
    title = title if len(off) else _("In every month the share could have been the one expected")
    text = _("Share of a month’s orders that {event}; red: surely more than expected, blue: surely fewer")
    note = _("{level} intervals, all months together").format(level=sheet.level)
    sheet.frame(title, text.format(event=_event(answer)), note, rows=told)
    last = rows.iloc[-1]
    ends = {_("expected"): (100 * last["expected"], GREY, "normal"), _("seen"): (100 * last["estimate"], INK, "bold")}
    end_labels(ax, ends, len(rows) - 1)


def calibration(sheet: Sheet) -> None:
    """Of the orders given a risk of so much, to how many did it happen?"""
    answer, ax, rows = sheet.answer, sheet.ax, sheet.answer.calibration
    x, y = 100 * rows["expected"], 100 * rows["estimate"]
    ends = 0.9 * min(x.min(), 100 * rows["low"].min()), 1.05 * max(x.max(), 100 * rows["high"].max())
    ax.plot(ends, ends, color=GREY, ls=(0, (4, 2)))
    inside = (rows["low"] <= rows["expected"]) & (rows["expected"] <= rows["high"])
    own = np.where(inside, KEPT, BROKEN)
    ax.vlines(x, 100 * rows["low"], 100 * rows["high"], color=own, lw=em(0.4), alpha=0.3)
    ax.scatter(x, y, s=em(0.65) ** 2, color=own, zorder=3)
    ax.set(xlim=(0.9 * x.min(), 1.06 * x.max()), ylim=ends, xlabel=_("Expected risk"))
    for axis, low, top in ((ax.xaxis, 0.9 * x.min(), 1.06 * x.max()), (ax.yaxis, *ends)):
        percents(axis, [tick for tick in percent_ticks(top) if tick >= low])
    told = [("", percent(a), percent(b)) for a, b in zip(rows["expected"], rows["estimate"], strict=True)]
    title = _("Of {n} groups of orders, to {right} about as much happened as was expected").format(
        n=number(len(rows)), right=number(inside.sum()))  # fmt: skip
    text = _("Share of orders that {event}, by expected risk, in tenths; lines: {level} intervals")
    note = _("every month predicted from the past")
    sheet.frame(title, text.format(event=_event(answer), level=sheet.level), note, rows=told)
    at = 0.9 * x.min() + 0.05 * np.ptp(x)
    put(ax, _("as expected"), (at, at), 0.2, -1.4, color=GREY, weight="normal")
    last = rows.iloc[-1]
    words = _("highest risk: {expected} expected, {seen} seen")
    put(ax, words.format(expected=percent(last["expected"]), seen=percent(last["estimate"])), (x.iloc[-1], y.iloc[-1]),
        -0.7, 0.5, ha="right", color=own[-1])  # fmt: skip


def net_benefit(sheet: Sheet) -> None:
    """Is acting on the risk better than acting on all orders, or on none?"""
    answer, ax = sheet.answer, sheet.ax
    lines = {"model": (_("by the risk"), KEPT), "all": (_("on all orders"), GREY), "none": (_("on none"), MUTED)}
    table, ends = answer.net_benefit, {}
    for strategy, (name, own) in lines.items():
        rows = table[table["strategy"] == strategy]
        ax.plot(100 * rows["threshold"], 1000 * rows["estimate"], color=own, zorder=3 if strategy == "model" else 2)
        if strategy == "model":
            low, high = 1000 * rows["low"], 1000 * rows["high"]
            ax.fill_between(100 * rows["threshold"], low, high, color=own, alpha=0.15)
            ax.set(xlim=(100 * rows["threshold"].min(), 100 * rows["threshold"].max()),
                   ylim=(-0.35 * high.max(), 1.1 * high.max()))  # fmt: skip
        ends[name] = rows
    x = ax.get_xlim()
    percents(ax.xaxis, [tick for tick in percent_ticks(x[1]) if tick >= x[0]])
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel(_("Act on orders from this risk on"))
    gain = table[table["strategy"] == "gain"]
    sure, title = gain[gain["low"] > 0], _("That acting on the risk pays is not shown at any threshold")
    if len(sure):
        best = sure.loc[sure["estimate"].idxmax()]
        title = _("Acting at a risk of {threshold} catches {n} more per 1,000 orders than acting on all or on none").format(
            threshold=percent(best["threshold"]), n=number(1000 * best["estimate"]))  # fmt: skip
        ax.axvline(100 * best["threshold"], color=INK, lw=em(0.08), ls=(0, (2, 2)))
    told = [(name, percent(row.threshold), number(1000 * row.estimate)) for name, rows in ends.items()
            for row in rows.iloc[:: max(1, len(rows) // 5)].itertuples()]  # fmt: skip
    text = _("Orders caught per 1,000, less the false alarms at their price; shaded: {level} interval")
    note = _("the threshold named was chosen afterwards") if len(sure) else ""
    sheet.frame(title, text.format(level=sheet.level), note, rows=told)
    bottom, top = ax.get_ylim()
    shown = {}
    for (name, rows), (_name, own) in zip(ends.items(), lines.values(), strict=True):
        shown[name] = np.clip(1000 * rows["estimate"].iloc[-1], bottom, top), own if own != MUTED else GREY, "bold"
    end_labels(ax, shown, x[1])


def kept_by_month(sheet: Sheet) -> None:
    """Would such promises have been kept, month by month, and what would have been promised? A line per group."""
    answer, history, unit = sheet.answer, sheet.answer.months, sheet.answer.about.unit
    if not len(history):
        raise ModelError(
            "quote", "only a history can be drawn", "no month", "Give the day of every order (ordered_at)."
        )
    ax, below = sheet.split(2, 1, heights=[5, 2.2], gap=0.8)[:, 0]
    months, groups = sorted(history["month"].unique()), list(history["group"].unique())
    ends, days, asked = {}, {}, 100 * answer.asked
    for i, group in enumerate(groups):
        rows, own = history[history["group"] == group], BOTH[i % len(BOTH)]
        at = np.array([months.index(month) for month in rows["month"]])
        if len(groups) < 4:
            ax.fill_between(at, 100 * rows["low"], 100 * rows["high"], color=own, alpha=0.12)
        few = {"marker": "o", "ms": em(0.5)} if len(at) < 3 else {}
        ax.plot(at, 100 * rows["kept"], color=own, **few)
        below.step(
            np.r_[at, at[-1] + 1] - 0.5, np.r_[rows["promised"], rows["promised"].iloc[-1]], color=own, where="post"
        )
        share, promised = percent(rows["kept"].iloc[-1]), amount(rows["promised"].iloc[-1], unit)
        ends[share if len(groups) == 1 else f"{group}: {share}"] = 100 * rows["kept"].iloc[-1], own, "bold"
        days[promised if len(groups) == 1 else f"{group}: {promised}"] = rows["promised"].iloc[-1], own, "bold"
    ax.axhline(asked, color=INK, lw=em(0.1), ls=(0, (4, 3)))
    low = min(100 * history["low"].min(), asked) - 4
    ax.set(ylim=(max(low // 10 * 10, 0), 100.5), xlim=(-0.5, len(months) - 0.5))
    percents(ax.yaxis, [tick for tick in range(0, 101, 10 if low > 40 else 25) if tick >= low // 10 * 10])
    span = history["promised"].agg(["min", "max"])
    below.set(ylim=(span["min"] - 0.25 * (np.ptp(span) + 2), span["max"] + 0.25 * (np.ptp(span) + 2)))
    below.locator_params(axis="y", nbins=3, integer=True)
    month_ticks(below, months)
    ax.tick_params(labelbottom=False)
    for panel, word in ((ax, _("Promises kept")), (below, _("What was promised"))):
        panel.spines["bottom"].set_visible(False)
        put(panel, word, (0, 1), 0, 0.5, coords="axes fraction")
    said = _("promised {amount}, kept {share}")
    told = [(row.group if len(groups) > 1 else "", row.month, said.format(amount=amount(row.promised, unit),
            share=percent(row.kept))) for row in history.itertuples()]  # fmt: skip
    text = _("Share of each month’s orders that kept what would have been promised; shaded: {level} intervals")
    sheet.frame(
        _as_asked(history, answer.asked, groups), text.format(level=sheet.level), n=history["n"].sum(), rows=told
    )
    put(ax, _("asked for: {share}").format(share=percent(asked / 100)), (-0.4, asked), 0, 0.3, weight="normal")
    end_labels(ax, ends, len(months) - 1)
    end_labels(below, days, len(months) - 1)


def _as_asked(history: pd.DataFrame, asked: float, groups: list) -> str:
    """How often surely fewer were kept than asked for; the worst month."""
    short = history[history["high"] < asked]
    worst = history.loc[history["kept"].idxmin()]
    words = {
        "asked": percent(asked),
        "worst": percent(worst["kept"]),
        "n": number(len(short)),
        "all": number(len(history)),
    }
    if len(groups) == 2:
        (a, first), (b, second) = history.groupby("group", sort=False)["kept"].min().sort_values().items()
        text = _("“{a}” falls to {low} kept in its worst month, “{b}” to {high}")
        return text.format(a=a, b=b, low=percent(first), high=percent(second))
    if len(short):
        return _("{asked} were to be kept; in {n} of {all} months it was surely less, at worst {worst}").format(**words)
    return _("{asked} were to be kept; in no month it was surely less, at worst {worst}").format(**words)


def best_promise(sheet: Sheet) -> None:
    """What every promise would earn, and which pays best."""
    answer, ax, table, unit = sheet.answer, sheet.ax, sheet.answer.table, sheet.answer.about.unit
    best, grid = table[table["promised"] == answer.best].iloc[0], answer.sensitivity["promised"]
    ax.fill_between(table["promised"], table["low"], table["high"], color=KEPT, alpha=0.15)
    ax.plot(table["promised"], table["estimate"], color=KEPT)
    ax.plot(best["promised"], best["estimate"], "o", color=KEPT, ms=em(0.9), mec="white")
    least, top = min(0, table["low"].min()), max(table["high"].max(), 1e-9)
    ax.set(ylim=(least - 0.2 * (top - least), 1.3 * top), xlim=(table["promised"].min(), table["promised"].max()))
    barred, first = table[~table["allowed"]], table["promised"].min()
    if len(barred):
        ax.axvspan(first, barred["promised"].max() + 0.5, color=PALE, alpha=0.6, zorder=0)
    ax.axhline(0, color=INK, lw=em(0.08))
    ax.spines["bottom"].set_visible(False)
    unit_word = {"days": _("days"), "hours": _("hours"), "minutes": _("minutes")}.get(unit, _("points"))
    ax.set_xlabel(_("Promised ({unit})").format(unit=unit_word))
    y = least - 0.12 * (top - least)
    ax.plot([grid.min(), grid.max()], [y, y], color=MUTED, lw=em(0.45))
    words = {"best": amount(answer.best, unit), "low": amount(grid.min(), unit), "high": amount(grid.max(), unit)}
    title = _("With your inputs {best} pay best; with others {low} to {high}") if grid.min() < grid.max() else \
        _("With your inputs {best} pay best")  # fmt: skip
    text = _("Profit per order wanted, in your currency, by what is promised; shaded: {level} interval")
    told = [
        ("", amount(row.promised, unit), number(row.estimate, 2))
        for row in table.iloc[:: max(1, len(table) // 10)].itertuples()
    ]
    note = _("grey: kept less often than {share}").format(share=percent(answer.kept_at_least)) if len(barred) else ""
    sheet.frame(title.format(**words), text.format(level=sheet.level), note, rows=told)
    said = _("{amount}, kept {share}").format(amount=words["best"], share=percent(best["kept"]))
    put(ax, said, (best["promised"], best["estimate"]), 0, 0.9, ha="center", color=KEPT, size=em(1.2))
    put(ax, _("best for a quarter to four times your loss and your lost demand"), (grid.max(), y), 0.6, va="center",
        color=GREY, weight="normal")  # fmt: skip
