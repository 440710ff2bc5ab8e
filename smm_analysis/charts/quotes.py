"""Risk and quotes: are the probabilities right, are they worth acting on, were such promises kept, which one pays."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..promises.rows import amount
from ..words import _, number, percent
from .forms import percents
from .labels import HALO, end_labels, put
from .promises import unit_word
from .sheet import Sheet
from .style import AUDIENCE, BROKEN, GREY, INK, KEPT, MUTED, PALE, em

GROUPS = (KEPT, BROKEN, *AUDIENCE)


def month_ticks(ax: Axes, months: list[str]) -> None:
    """At most eight months, written 3/2024."""
    at = range(0, len(months), -(-len(months) // 8))
    ax.set_xticks(list(at), [f"{months[i][5:].lstrip('0')}/{months[i][:4]}" for i in at], color=INK)


def _event(sheet: Sheet) -> str:
    return _("came late") if sheet.answer.target == "late" else _("left a dissatisfied customer")


def risk_by_month(sheet: Sheet) -> None:
    """Month by month: the share expected from the past, and the share seen; shaded where it was not foreseen."""
    ax, rows = sheet.ax, sheet.answer.months.reset_index(drop=True)
    for at, row in rows[rows["off"]].iterrows():
        ax.axvspan(at - 0.5, at + 0.5, color=BROKEN if row["estimate"] > row["expected"] else KEPT, alpha=0.1)
    ax.plot(100 * rows["expected"], color=GREY, ls=(0, (4, 2)))
    ax.vlines(rows.index, 100 * rows["low"], 100 * rows["high"], color=INK, lw=em(0.4), alpha=0.25)
    ax.plot(100 * rows["estimate"], "o-", color=INK, ms=em(0.55), mec="white")
    top = 110 * rows[["expected", "high"]].max(axis=None)
    ax.set(ylim=(0, top), xlim=(-0.5, len(rows) - 0.5))
    percents(ax.yaxis, 0, top)
    month_ticks(ax, rows["month"].tolist())
    said, off = _("expected {expected}, seen {seen}"), int(rows["off"].sum())
    sheet.told = [("", row.month, said.format(expected=percent(row.expected), seen=percent(row.estimate)))
                  for row in rows.itertuples()]  # fmt: skip
    title = _("In every month the share could have been the one expected")
    title = _("In {off} of {n} months the share was surely not the one expected") if off else title
    text = _("Share of a month’s orders that {event}; red: surely more than expected, blue: surely fewer")
    note = _("{level} intervals, all months together").format(level=sheet.level)
    sheet.frame(title.format(off=number(off), n=number(len(rows))), text.format(event=_event(sheet)), note)
    seen, expected = 100 * rows["estimate"].iloc[-1], 100 * rows["expected"].iloc[-1]
    end_labels(ax, {_("seen"): (seen, INK, "bold"), _("expected"): (expected, GREY, "normal")}, len(rows) - 0.5)


def calibration(sheet: Sheet) -> None:
    """Of the orders given a risk of so much, to how many did it happen?"""
    ax, rows = sheet.ax, sheet.answer.calibration
    x, y = 100 * rows["expected"], 100 * rows["estimate"]
    across, up = (0.9 * x.min(), 1.06 * x.max()), (0.9 * min(x.min(), 100 * rows["low"].min()), 0)
    up = up[0], 1.05 * max(x.max(), 100 * rows["high"].max())
    ax.plot(across, across, color=GREY, ls=(0, (4, 2)))
    inside = (rows["low"] <= rows["expected"]) & (rows["expected"] <= rows["high"])
    own = np.where(inside, KEPT, BROKEN)
    ax.vlines(x, 100 * rows["low"], 100 * rows["high"], color=own, lw=em(0.4), alpha=0.3)
    ax.scatter(x, y, s=em(0.65) ** 2, color=own, zorder=3)
    ax.set(xlim=across, ylim=up, xlabel=_("Expected risk"))
    percents(ax.xaxis, *across)
    percents(ax.yaxis, *up)
    sheet.told = [("", percent(a), percent(b)) for a, b in zip(rows["expected"], rows["estimate"], strict=True)]
    title = _("In {right} of {n} groups about as many orders {event} as expected")
    title = title.format(right=number(inside.sum()), n=number(len(rows)), event=_event(sheet))
    text = _("Share of orders that {event}, by expected risk, in tenths of the orders; lines: {level} intervals")
    sheet.frame(title, text.format(event=_event(sheet), level=sheet.level), _("every month predicted from the past"))
    words, last = _("highest risk: {expected} expected, {seen} seen"), rows.iloc[-1]
    words = words.format(expected=percent(last["expected"]), seen=percent(last["estimate"]))
    put(ax, words, (1, 0), 0, 0.5, coords="axes fraction", ha="right", color=own[-1])
    end_labels(ax, {_("as expected"): (min(across[1], up[1]), GREY, "normal")}, across[1])


def net_benefit(sheet: Sheet) -> None:
    """Is acting on the risk better than acting on all orders, or on none?"""
    ax, table = sheet.ax, sheet.answer.net_benefit
    lines = {name: table[table["strategy"] == name].set_index("threshold") for name in ("model", "all", "none", "gain")}
    model, everybody, gain = lines["model"], lines["all"], lines["gain"]
    names, top = (
        {"model": _("by the risk"), "all": _("on all orders"), "none": _("on none")},
        1100 * model["high"].max(),
    )
    for name, own in (("all", GREY), ("none", MUTED), ("model", KEPT)):
        ax.plot(100 * lines[name].index, 1000 * lines[name]["estimate"], color=own)
        some = lines[name].iloc[:: max(1, len(lines[name]) // 5)]
        sheet.told += [(names[name], percent(at), number(1000 * v)) for at, v in some["estimate"].items()]
    ax.fill_between(100 * model.index, 1000 * model["low"], 1000 * model["high"], color=KEPT, alpha=0.15)
    ax.set(xlim=(100 * model.index.min(), 100 * model.index.max()), ylim=(-0.35 * top, top))
    ax.set_xlabel(_("Act on orders from this risk on"))
    percents(ax.xaxis, *ax.get_xlim())
    ax.spines["bottom"].set_visible(False)
    sure, title = gain[gain["low"] > 0]["estimate"], _("That acting on the risk pays is not shown at any threshold")
    if len(sure):
        title = _("Acting at a risk of {threshold} catches {n} more per {all} orders than acting on all or on none")
        title = title.format(threshold=percent(sure.idxmax()), n=number(1000 * sure.max()), all=number(1000))
        ax.axvline(100 * sure.idxmax(), color=INK, lw=em(0.08), ls=(0, (2, 2)))
    text = _("Orders caught per {all}, less the false alarms at their price; shaded: {level} interval")
    note = _("the threshold named was chosen afterwards") if len(sure) else ""
    sheet.frame(title, text.format(level=sheet.level, all=number(1000)), note)
    at = model.index[min(1, len(model) - 1)]
    put(ax, names["model"], (100 * at, 1000 * model["high"][at]), 0.6, 0.4, color=KEPT)
    below = everybody[1000 * everybody["estimate"] < -0.2 * top]
    if len(below):
        put(ax, names["all"], (100 * below.index[0], -0.2 * top), 0.6, -0.5, color=GREY, path_effects=[HALO])
    end_labels(ax, {names["none"]: (0, GREY, "bold")}, ax.get_xlim()[1])


def kept_by_month(sheet: Sheet) -> None:
    """Would such promises have been kept, month by month, and what would have been promised? A line per group."""
    answer, history, unit = sheet.answer, sheet.answer.months, sheet.answer.about.unit
    ax, below = sheet.split(2, 1, heights=(5, 2.2), gap=0.8)[:, 0]
    months, groups = sorted(history["month"].unique()), list(history["group"].unique())
    ends, days, asked = {}, {}, 100 * answer.asked
    for own, (group, rows) in zip((GROUPS * 9), history.groupby("group", sort=False), strict=False):
        at, kept, promised = [months.index(month) for month in rows["month"]], rows["kept"], rows["promised"]
        ax.fill_between(at, 100 * rows["low"], 100 * rows["high"], color=own, alpha=0.12 * (len(groups) < 4))
        ax.plot(at, 100 * kept, color=own, marker="o" if len(at) < 3 else "", ms=em(0.5))
        below.step(np.array([*at, at[-1] + 1]) - 0.5, [*promised, promised.iloc[-1]], color=own, where="post")
        name = f"{group}: " if len(groups) > 1 else ""
        ends[name + percent(kept.iloc[-1])] = 100 * kept.iloc[-1], own, "bold"
        days[name + amount(promised.iloc[-1], unit)] = promised.iloc[-1], own, "bold"
        said = _("promised {amount}, kept {share}")
        sheet.told += [(group if name else "", row.month, said.format(amount=amount(row.promised, unit),
                        share=percent(row.kept))) for row in rows.itertuples()]  # fmt: skip
    ax.axhline(asked, color=INK, lw=em(0.1), ls=(0, (4, 3)))
    low = max(0, min(100 * history["low"].min(), asked) - 4) // 10 * 10
    ax.set(ylim=(low, 100.5), xlim=(-0.5, len(months) - 0.5))
    percents(ax.yaxis, low)
    least, most = history["promised"].min(), history["promised"].max()
    below.set_ylim(least - 0.25 * (most - least + 2), most + 0.25 * (most - least + 2))
    below.locator_params(axis="y", nbins=3, integer=True)
    month_ticks(below, months)
    ax.tick_params(labelbottom=False)
    for panel, word in ((ax, _("Promises kept")), (below, _("What was promised ({unit})"))):
        panel.spines["bottom"].set_visible(False)
        put(panel, word.format(unit=unit_word(unit)), (0, 1), 0, 0.5, coords="axes fraction")
    text = _("Share of each month’s orders that kept what would have been promised; shaded: {level} intervals")
    sheet.frame(_as_asked(history, answer.asked), text.format(level=sheet.level), n=history["n"].sum())
    words = _("asked for: {share}").format(share=percent(answer.asked))
    below_it = 100 * history["kept"][history["month"].isin(months[:2])].mean() > asked
    put(ax, words, (-0.4, asked), 0, -1.25 if below_it else 0.3, weight="normal", path_effects=[HALO])
    end_labels(ax, ends, len(months) - 0.5)
    end_labels(below, days, len(months) - 0.5)


def _as_asked(history: pd.DataFrame, asked: float) -> str:
    """How often surely fewer were kept than asked for; the worst month. Of two groups, both worst months."""
    worst, short = history.groupby("group", sort=False)["kept"].min().sort_values(), history["short"].sum()
    words = {"asked": percent(asked), "worst": percent(worst.min()), "n": number(short), "all": number(len(history))}
    words |= {"a": worst.index[0], "b": worst.index[-1], "other": percent(worst.iloc[-1])}
    text = _("{asked} were to be kept; in no month it was surely less, at worst {worst}")
    text = _("{asked} were to be kept; in {n} of {all} months it was surely less, at worst {worst}") if short else text
    text = _("“{a}”: {worst} kept in the worst month; “{b}”: {other}") if len(worst) == 2 else text
    text = _("{asked} were to be kept; in the worst month it was {worst}, of “{a}”") if len(worst) > 2 else text
    return text.format(**words)


def best_promise(sheet: Sheet) -> None:
    """What every promise would earn, and which pays best."""
    answer, ax, table, unit = sheet.answer, sheet.ax, sheet.answer.table, sheet.answer.about.unit
    best, grid = table[table["promised"] == answer.best].iloc[0], answer.sensitivity["promised"]
    ax.fill_between(table["promised"], table["low"], table["high"], color=KEPT, alpha=0.15)
    ax.plot(table["promised"], table["estimate"], color=KEPT)
    ax.plot(best["promised"], best["estimate"], "o", color=KEPT, ms=em(0.9), mec="white")
    least, top, barred = (
        min(0, table["low"].min()),
        max(table["high"].max(), 1e-9),
        table[~table["allowed"]]["promised"],
    )
    if len(barred):
        ax.axvspan(table["promised"].min(), barred.max(), color=PALE, alpha=0.6, zorder=0)
    y = least - 0.28 * (top - least)
    ax.set(ylim=(least - 0.36 * (top - least), 1.3 * top), xlim=(table["promised"].min(), table["promised"].max()))
    ax.set_xlabel(_("Promised ({unit})").format(unit=unit_word(unit)))
    ax.axhline(0, color=INK, lw=em(0.08))
    ax.plot([grid.min(), grid.max()], [y, y], color=MUTED, lw=em(0.45))
    ax.spines["bottom"].set_visible(False)
    sheet.told = [("", amount(row.promised, unit), number(row.estimate, 2))
                  for row in table.iloc[:: max(1, len(table) // 10)].itertuples()]  # fmt: skip
    words = {"best": amount(answer.best, unit), "low": number(grid.min()), "high": amount(grid.max(), unit)}
    title = _("With your inputs a promise of {best} pays best")
    title = (
        _("With your inputs a promise of {best} pays best; with others {low} to {high}")
        if grid.nunique() > 1
        else title
    )
    text = _("Profit per order wanted, in your currency, by what is promised; shaded: {level} interval")
    note = _("grey: kept less often than {share}").format(share=percent(answer.kept_at_least)) if len(barred) else ""
    sheet.frame(title.format(**words), text.format(level=sheet.level), note)
    said = _("{amount}, kept {share}").format(amount=words["best"], share=percent(best["kept"]))
    right = best["promised"] > table["promised"].mean()
    look = {"ha": "right" if right else "left", "color": KEPT, "size": em(1.2)}
    put(ax, said, (best["promised"], best["estimate"]), 0.8 * right, 0.9, **look)
    at, look = (grid.max(), "right") if grid.max() > 1.2 * table["promised"].mean() else (grid.min(), "left")
    put(ax, _("best for a quarter to four times your loss and your lost demand"), (at, y), 0, 0.5, ha=look, color=GREY,
        weight="normal")  # fmt: skip
