"""Risk and quotes: are the probabilities right, are they worth acting on, were such promises kept, which one pays."""

import numpy as np
from matplotlib.axes import Axes

from ..promises.rows import amount
from ..words import _, number, percent
from .marks import HALO, dots, end_labels, over, percents, put, ribbon
from .promises import unit_word
from .sheet import Sheet
from .style import AUDIENCE, BROKEN, GREY, INK, KEPT, MUTED, PALE, em

GROUPS = (KEPT, BROKEN, *AUDIENCE)
DASHED, MOST_SHADES = (0, (4, 3)), 2


def month_ticks(ax: Axes, months: list[str]) -> None:
    """At most eight months, written 3/2024."""
    at = range(0, len(months), -(-len(months) // 8))
    ax.set_xticks(list(at), [f"{months[i][5:].lstrip('0')}/{months[i][:4]}" for i in at], color=INK)


def _event(sheet: Sheet) -> str:
    return _("late orders") if sheet.answer.target == "late" else _("orders with a dissatisfied customer")


def risk_by_month(sheet: Sheet) -> None:
    """Month by month: the share expected from the past, and the share seen; shaded where it was not foreseen."""
    ax, rows = sheet.ax, sheet.answer.months.reset_index(drop=True)
    for at, row in rows[rows["off"]].iterrows():
        ax.axvspan(at - 0.5, at + 0.5, color=BROKEN if row["estimate"] > row["expected"] else KEPT, alpha=0.1)
    ax.plot(100 * rows["expected"], color=GREY, ls=DASHED)
    ax.plot(100 * rows["estimate"], color=INK)
    dots(ax, rows.index, rows, INK)
    top = 110 * rows[["expected", "high"]].max(axis=None)
    ax.set(ylim=(0, top), xlim=(-0.5, len(rows) - 0.5))
    percents(ax.yaxis, 0, top)
    month_ticks(ax, rows["month"].tolist())
    ends, off = [], int(rows["off"].sum())
    for word, column, own in ((_("seen"), "estimate", INK), (_("expected"), "expected", GREY)):
        sheet.say(word, rows["month"], map(percent, rows[column]))
        ends.append((word, 100 * rows[column].iloc[-1], own))
    title = _("In every month the share could have been the one expected")
    title = _("In {off} of {n} months the share was surely not the one expected") if off else title
    text = _("Share of {event} by month; red: surely more than expected, blue: surely fewer")
    note = _("{level} intervals, all months together")
    sheet.frame(title.format(off=number(off), n=number(len(rows))), text, note, event=_event(sheet))
    end_labels(ax, ends, len(rows) - 0.5)


def calibration(sheet: Sheet) -> None:
    """Of the orders given a risk of so much, to how many did it happen?"""
    ax, rows = sheet.ax, sheet.answer.calibration
    expected = 100 * rows["expected"]
    inside = (rows["low"] <= rows["expected"]) & (rows["expected"] <= rows["high"])
    ax.axline((expected[0], expected[0]), slope=1, color=GREY, ls=DASHED)
    dots(ax, expected, rows, np.where(inside, KEPT, BROKEN))
    ax.set_xlabel(_("Expected risk"))
    percents(ax.xaxis, *ax.get_xlim())
    percents(ax.yaxis, *ax.get_ylim())
    sheet.say("", map(percent, rows["expected"]), map(percent, rows["estimate"]))
    title = _("In {right} of {n} groups of orders the share of {event} fits the one expected")
    title = title.format(right=number(inside.sum()), n=number(len(rows)), event=_event(sheet))
    text = _(
        "Share of {event} by expected risk, a tenth of the orders each; dashed: as expected; lines: {level} intervals"
    )
    sheet.frame(title, text, _("every month predicted from the past"), event=_event(sheet))


def net_benefit(sheet: Sheet) -> None:
    """Is acting on the risk better than acting on all orders, or on none?"""
    ax, table = sheet.ax, sheet.answer.net_benefit.assign(risk=lambda rows: 100 * rows["threshold"])
    names = {"all": _("on all orders"), "none": _("on none"), "model": _("by the risk")}
    lines = {name: table[table["strategy"] == name].set_index("risk") for name in (*names, "gain")}
    model, everybody, gain = lines["model"], lines["all"], lines["gain"]
    top = 1100 * model["high"].max()
    for name, own in zip(names, (GREY, MUTED, KEPT), strict=True):
        ax.plot(1000 * lines[name]["estimate"], color=own)
        some = 1000 * lines[name]["estimate"].iloc[:: max(1, len(lines[name]) // 5)]
        sheet.say(names[name], [percent(at / 100) for at in some.index], map(number, some))
    ax.fill_between(model.index, 1000 * model["low"], 1000 * model["high"], color=KEPT, alpha=0.14)
    ax.set(xlim=(model.index.min(), model.index.max()), ylim=(-0.35 * top, top))
    ax.set_xlabel(_("Act on orders from this risk on"))
    percents(ax.xaxis, *ax.get_xlim())
    ax.spines["bottom"].set_visible(False)
    sure, title, note = gain["estimate"][gain["low"] > 0], _("That acting on the risk pays is not shown here"), ""
    if len(sure) > 1:  # of many thresholds a single one is chance
        at, n = sure.idxmax(), number(1000 * sure.max())
        title = _("At a risk of {threshold}, acting gains {n} per {all} orders over acting on all or on none")
        title, note = title.format(threshold=percent(at / 100), n=n, all=number(1000)), _("the best of the thresholds")
        ax.plot(at, 1000 * model["estimate"][at], "o", color=KEPT, ms=em(0.8), mec="white", zorder=4)
    text = _("Orders caught per {all}, less the false alarms at their price; shaded: {level} interval")
    sheet.frame(title, text, note, all=number(1000))
    at = model.index[min(1, len(model) - 1)]
    put(ax, names["model"], (at, 1000 * model["high"][at]), 0.6, 0.4, color=KEPT, path_effects=[HALO])
    below = everybody[1000 * everybody["estimate"] < -0.2 * top]
    if len(below):
        put(ax, names["all"], (below.index[0], -0.2 * top), 0.6, -0.5, color=GREY, path_effects=[HALO])
    end_labels(ax, [(names["none"], 0, GREY)], model.index.max())


def kept_by_month(sheet: Sheet) -> None:
    """Would such promises have been kept, month by month, and what would have been promised? A line per group."""
    answer, history, unit = sheet.answer, sheet.answer.months, sheet.answer.about.unit
    ax, below = sheet.split(2, 1, heights=(5, 2.2), gap=0.8)[:, 0]
    months, groups = sorted(history["month"].unique()), history["group"].nunique()
    ends, days, asked, last = [], [], 100 * answer.asked, len(months) - 0.5
    for own, (group, rows) in zip(GROUPS * 9, history.groupby("group", sort=False), strict=False):
        at, promised, name = rows["month"].map(months.index), rows["promised"], str(group) * (groups > 1)
        rows = rows.assign(estimate=rows["kept"], low=rows["low"] if groups <= MOST_SHADES else np.nan)
        ribbon(ax, at, rows, own, marker="o" if len(at) < 3 else "", ms=em(0.5))
        below.step([*(at - 0.5), at.iloc[-1] + 0.5], [*promised, promised.iloc[-1]], color=own, where="post")
        ends.append((f"{name} {percent(rows['kept'].iloc[-1])}".strip(), 100 * rows["kept"].iloc[-1], own))
        days.append((f"{name} {amount(promised.iloc[-1], unit)}".strip(), promised.iloc[-1], own))
        words = [f"{percent(row.kept)} ({amount(row.promised, unit)})" for row in rows.itertuples()]
        sheet.say(name or _("Promises kept"), rows["month"], words)
    ax.axhline(asked, color=INK, lw=em(0.1), ls=DASHED)
    low = max(0, min(100 * history["low"].min(), asked) - 4) // 10 * 10
    ax.set(ylim=(low, 100.5), xlim=(-0.5, last))
    percents(ax.yaxis, low)
    below.margins(y=0.3)
    below.locator_params(axis="y", nbins=3, integer=True)
    month_ticks(below, months)
    ax.tick_params(labelbottom=False)
    for panel, word in ((ax, _("Promises kept")), (below, _("What was promised ({unit})"))):
        panel.spines["bottom"].set_visible(False)
        over(panel, word.format(unit=unit_word(unit)))
    title = _("No monthly quote was kept less often than {asked} by more than chance; at worst {worst}")
    if short := history["short"].sum():
        title = _("{n} of {all} monthly quotes were kept less often than {asked} by more than chance; at worst {worst}")
    worst = history["kept"].min()
    words = {"asked": percent(answer.asked), "worst": percent(worst, int(percent(worst) == percent(answer.asked)))}
    title = title.format(n=number(short), all=number(len(history)), **words)
    text = _("Share of each month’s orders that kept what would have been promised; shaded: {level} intervals")
    text = text if groups <= MOST_SHADES else _("Share of each month’s orders that kept what would have been promised")
    sheet.frame(title, text, n=history["n"].sum())
    ends.append((_("asked for: {share}").format(share=percent(answer.asked)), asked, GREY))
    end_labels(ax, ends, last)
    end_labels(below, days, last)


def best_promise(sheet: Sheet) -> None:
    """What every promise would earn, and which pays best; below: the best ones of other inputs."""
    answer, ax, table, unit = sheet.answer, sheet.ax, sheet.answer.table, sheet.answer.about.unit
    best, grid = table[table["promised"] == answer.best].iloc[0], answer.sensitivity["promised"]
    ribbon(ax, table["promised"], table, KEPT, 1)
    ax.plot(best["promised"], best["estimate"], "o", color=KEPT, ms=em(0.9), mec="white")
    least, barred = min(0, table["low"].min()), table["promised"][~table["allowed"]]
    ax.axvspan(table["promised"].min(), max(barred, default=0), color=PALE, alpha=0.6, zorder=0)
    top = max(table["high"].max(), 1e-9)
    ax.set(ylim=(least, top + 0.3 * (top - least)), xlim=(table["promised"].min(), table["promised"].max()))
    ax.set_xlabel(_("Promised ({unit})").format(unit=unit_word(unit)))
    ax.axhline(0, color=INK, lw=em(0.08))
    ax.plot([grid.min(), grid.max()], [least, least], color=MUTED, lw=em(0.45), clip_on=False)
    some = table.iloc[:: max(1, len(table) // 10)]
    sheet.say("", [amount(at, unit) for at in some["promised"]], [number(value, 2) for value in some["estimate"]])
    text = _("Profit per order wanted, in your currency, by what is promised; shaded: {level} interval; "
             "other inputs: a quarter to four times your loss and your lost demand")  # fmt: skip
    sheet.frame(answer.headline, text)
    look = {"color": GREY, "path_effects": [HALO]}
    if len(barred):
        word = _("kept less often than {share}").format(share=percent(answer.kept_at_least))
        put(ax, word, (table["promised"].min(), ax.get_ylim()[1]), 0.4, -1.2, weight="normal", **look)
    low, high = (amount(end, unit) for end in (grid.min(), grid.max()))
    word = _("best with other inputs: {low} to {high}").format(low=low, high=high)
    put(ax, word, ((grid.min() + grid.max()) / 2, least), 0, 0.7, ha="center", **look)
    said = _("{amount}, kept {share}").format(amount=amount(answer.best, unit), share=percent(best["kept"]))
    put(ax, said, (best["promised"], best["estimate"]), 0, 0.9, color=KEPT, size=em(1.2))
