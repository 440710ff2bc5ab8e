"""What promises do, and what follows: lateness, the kink, the surface; risk, quotes, the promise that pays best."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from ..promises.regression import sign_of
from ..promises.rows import WEEK, amount
from ..words import _, number, percent
from .marks import HALO, PALE_TO_BLUE, dots, end_labels, over, percents, put, ribbon, signed, value_rows
from .sheet import Sheet
from .style import AUDIENCE, BROKEN, GREY, INK, KEPT, MUTED, PALE, em

GROUPS = (KEPT, BROKEN, *AUDIENCE)
DASHED, MOST_SHADES, FEW = (0, (4, 3)), 2, 5  # so few reviews are named at their bar
NEAR = (-7, 12)  # units beyond the promise that the kink shows: later and earlier than that are few


def unit_word(unit: str | None) -> str:
    """A unit as it stands in brackets on an axis."""
    return {"days": _("days"), "hours": _("hours"), "minutes": _("minutes")}.get(unit, _("points"))


def _sides(unit: str | None) -> tuple[str, str]:
    """Words for what went beyond a promise and for what fell short of it."""
    return (_("early"), _("late")) if unit in WEEK else (_("above"), _("below"))


def lateness(sheet: Sheet) -> None:
    """How many customers are dissatisfied, by how early or late the order was; by the reviews of the headline."""
    answer, ax, unit = sheet.answer, sheet.ax, sheet.answer.about.unit
    bands, reviews = answer.bands, answer.late_hurts["reviews"].iloc[-1]
    bands = bands[(bands["measure"] == "dissatisfied") & (bands["n"] > 0) & (bands["reviews"] == reviews)]
    bands = bands.sort_values("band", ignore_index=True)
    own = np.where(bands["up_to"].isna(), GREY, np.where(bands["above"] >= 0, BROKEN, KEPT))
    words = [_span(row, unit) for row in bands.itertuples()]
    shares = [percent(row.estimate) + f"\nn = {number(row.n)}" * (row.n < FEW) for row in bands.itertuples()]
    bars, size = ax.bar(bands.index, 100 * bands["estimate"], 0.72, color=own), em(min(1, 8.5 / len(bands)))
    ax.vlines(bands.index + 0.29, 100 * bands["low"], 100 * bands["high"], color=INK, lw=em(0.1))
    for text, colour in zip(ax.bar_label(bars, shares), own, strict=True):
        text.set(color=colour, weight="bold", size=1.15 * size)
    sheet.say("", *([text.replace("\n", " ") for text in texts] for texts in (words, shares)))
    for word, colour in ((_("promise kept"), KEPT), (_("promise broken"), BROKEN)):
        if (here := own == colour).any():
            put(ax, word, (bands.index[here].to_numpy().mean(), 100), 0, 0.6, ha="center", color=colour, size=em(1.15))
    ax.set_xticks(bands.index, words, size=size, color=INK)
    ax.set(ylim=(0, 100), xlim=(-0.5, len(bands) - 0.5))
    percents(ax.yaxis)
    text = _("Share of customers who gave {low} or less, by {unit} from the promise; lines: {level} intervals")
    note = _("reviews after the arrival: {n}") if reviews != "all" else _("reviews: {n}")
    rated, low = number(bands["n"].sum()), f"{answer.low_score:g}"
    sheet.frame(answer.headline, text, note.format(n=rated), unit=unit_word(unit), low=low)


def _span(row, unit: str | None) -> str:
    """The whole numbers of a band, with a word: '1–3 late'."""
    if np.isnan(row.up_to):
        return _("never\ncame")
    late = row.above >= 0
    few, many = (row.above + 1, row.up_to) if late else (-row.up_to, -row.above - 1)
    if few == many == 0:
        return _("as\npromised")
    span = number(few) if few == many else f"{number(few)}+" if np.isinf(many) else f"{number(few)}–{number(many)}"
    return f"{span}\n{_sides(unit)[late]}"


def promise(sheet: Sheet) -> None:
    """What one unit more promised does to the score, beside what one unit more of experience does."""
    answer, ax, unit = sheet.answer, sheet.ax, sheet.answer.about.unit
    one, steps = amount(1, unit), {"promise": _("promise {one} more"), "experience": _("experience {one} better")}
    if unit in WEEK:
        steps = {"promise": _("promise {one} less"), "experience": _("deliver {one} earlier")}
    sides = {"broken": _("where the promise is broken"), "kept": _("where the promise is kept")}
    rows = answer.effects.dropna(subset="estimate")
    heads = rows[["when"]].drop_duplicates()  # a row without a value above those of its side
    rows = pd.concat([heads, rows]).sort_index(kind="stable").reset_index(drop=True)
    rows["colour"], rows["series"] = np.where(rows["when"] == "broken", BROKEN, KEPT), rows["when"].map(sides)
    names = [steps.get(of, head).format(one=one) for of, head in zip(rows["of"], rows["series"], strict=True)]
    digits = _digits(rows["estimate"])
    value_rows(sheet, rows, names, lambda value: signed(value, digits, plus=True))
    for label in np.array(ax.get_yticklabels())[rows["of"].notna()]:
        label.set_weight("normal")
    ax.axvline(0, color=INK, lw=em(0.08))
    text = _("Change of the score ({what}) if all else stays the same; lines: {level} intervals")
    what = _("stars") if answer.stars else _("points")
    sheet.frame(answer.headline, text, _("differences between orders, no proven causes"), what=what)


def _digits(changes: pd.Series) -> int:
    return 2 if changes.abs().max() >= 0.1 else 3


def kink(sheet: Sheet) -> None:
    """The fitted score along the gap between promise and experience, and the means of the orders there.

    Near the promise, where most orders are, and inside the scale.
    """
    answer, ax, unit = sheet.answer, sheet.ax, sheet.answer.about.unit
    points, curve = answer.density, answer.curve.sort_values("beyond").drop_duplicates("beyond")
    most = np.quantile(points["beyond"], (0.05, 0.95), weights=points["n"], method="inverted_cdf")
    low, high = np.clip(most, *NEAR) if most[0] < 0 < most[1] else NEAR
    curve = curve[curve["beyond"].between(low, high)]
    points = points[points["beyond"].between(low, high) & (points["n"] >= min(20, points["n"].max() / 10))]
    if answer.stars:
        curve = curve[curve["estimate"].between(1, 5)]
        ax.set_ylim(1, 5)
        ax.set_yticks(range(1, 6), [f"{n} ★" for n in range(1, 6)])
    slope = answer.table.drop_duplicates("term").set_index("term")
    digits = _digits(slope.loc[["worse", "better"], "estimate"])
    steps = {"days": _("per day"), "hours": _("per hour"), "minutes": _("per minute")}.get(unit, _("per point"))
    sides = ("worse", -1, BROKEN, _("promise broken")), ("better", 1, KEPT, _("promise kept"))
    for term, side, own, word in sides:
        part = curve[curve["beyond"] * side >= 0]
        ribbon(ax, -part["beyond"], part, own, 1, lw=em(0.28))
        change, middle = f"{signed(slope.at[term, 'estimate'], digits, plus=True)} {steps}", part.iloc[len(part) // 2]
        look = {"ha": "center" if side > 0 else "left", "path_effects": [HALO], "size": em(1.2), "color": own}
        put(ax, change, (-middle["beyond"], middle["high"]), 0, 0.7, **look)
        sheet.say("", [word], [change])
    ax.plot(-points["beyond"], points["mean"], "o", color=GREY, ms=em(0.4), mec="white", zorder=3)
    ax.axvline(0, color=INK, lw=em(0.06))
    first, last = -curve["beyond"].max(), -curve["beyond"].min()
    ticks = [at for at in MaxNLocator(6, integer=True).tick_values(first, last) if first <= at <= last]
    step = max(np.diff(ticks), default=np.inf)
    if not sheet.tall and 0 in ticks[-1:] and last // 1 > 0.6 * step:  # the side of the broken promise has a name too
        ticks.append(last // 1)
    words = [f"{amount(abs(at), unit)}\n{_sides(unit)[int(at > 0)]}" if at else _("as\npromised") for at in ticks]
    ax.set_xticks(ticks, words, color=INK)
    text = _("Mean score by distance from the promise; grey: means of the orders; shaded: {level} interval")
    note = _("only reviews written after the arrival") if answer.reviews == "after" else ""
    title = _("How the score changes around the promise")
    if sign_of(slope.loc["worse_minus_better"]) == 1:
        title = _("Falling short costs more than going as far beyond brings.")
    sheet.frame(title.rstrip("."), text, note)


def surface(sheet: Sheet) -> None:
    """The fitted score over promise and experience, inside the data only."""
    answer, ax, hull = sheet.answer, sheet.ax, sheet.answer.hull[["promised", "actual"]]
    grid, unit = answer.grid.pivot(index="actual", columns="promised", values="estimate"), unit_word(answer.about.unit)
    edge, height = Polygon(hull, closed=True, fc="none", ec=MUTED, lw=em(0.06)), np.ma.masked_invalid(grid)
    ax.add_patch(edge)
    place = grid.columns, grid.index, height
    lines = ax.contour(*place, levels=3 if sheet.tall else 5, colors="white", linewidths=em(0.08))
    filled = ax.contourf(*place, levels=lines.levels, cmap=PALE_TO_BLUE, zorder=1, extend="both")
    said = lambda value: number(value, 1)
    for text in ax.clabel(lines, fontsize=em(0.95), fmt=said, colors=INK):
        text.set(path_effects=[HALO], weight="bold")
    ends, sides = hull["promised"].agg(["min", "max"]), hull["actual"].agg(["min", "max"])
    (line,) = ax.plot(ends, ends, color=INK, lw=em(0.12), ls=DASHED)
    for shape in (filled, lines, line):
        shape.set_clip_path(edge)
    ax.grid(visible=False)
    ax.set(xlim=ends, ylim=sides, xlabel=_("Promised ({unit})").format(unit=unit))
    over(ax, _("Experienced ({unit})").format(unit=unit), color=GREY, weight="normal")
    sheet.say("", [_("lowest"), _("highest")], [said(float(height.min())), said(float(height.max()))])
    text = _("Fitted score, where there are orders; the darker, the higher; dashed: exactly as promised")
    note = _("{n} orders far outside are not drawn").format(n=number(answer.not_drawn)) if answer.not_drawn else ""
    sheet.frame(answer.headline, text, note)


def month_ticks(ax: Axes, months: list[str], most: int) -> None:
    """At most so many months, written 3/2024."""
    at = range(0, len(months), -(-len(months) // most))
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
    month_ticks(ax, rows["month"].tolist(), 5 if sheet.tall else 8)
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
    text = _("Share of {event} by expected risk, a tenth of the orders each; dashed: as expected; lines: {level} "
             "intervals")  # fmt: skip
    sheet.frame(title, text, _("every month predicted from the past"), event=_event(sheet))


def net_benefit(sheet: Sheet) -> None:
    """Is acting on the risk better than acting on all orders, or on none?"""
    ax, table = sheet.ax, sheet.answer.net_benefit.assign(risk=lambda rows: 100 * rows["threshold"])
    names = {"all": _("on all orders"), "none": _("on none"), "model": _("by the risk")}
    lines = 1000 * table.set_index(["strategy", "risk"])[["estimate", "low", "high"]]  # per 1,000 orders
    everybody, model, gain = (lines.loc[name] for name in ("all", "model", "gain"))
    top = 1.1 * model["high"].max()
    for (name, word), own in zip(names.items(), (GREY, MUTED, KEPT), strict=True):
        line = lines.loc[name, "estimate"]
        ax.plot(line, color=own)
        some = line.iloc[:: max(1, len(line) // 5)]
        sheet.say(word, [percent(at / 100) for at in some.index], map(number, some))
    ax.fill_between(model.index, model["low"], model["high"], color=KEPT, alpha=0.14)
    ax.set(xlim=(model.index.min(), model.index.max()), ylim=(-0.35 * top, top))
    ax.set_xlabel(_("Act on orders from this risk on"))
    percents(ax.xaxis, *ax.get_xlim())
    ax.spines["bottom"].set_visible(False)
    sure, title, note = gain["estimate"][gain["low"] > 0], _("That acting on the risk pays is not shown here"), ""
    if len(sure) > 1:  # of many thresholds a single one is chance
        at, n = sure.idxmax(), number(sure.max())
        title = _("At a risk of {threshold}, acting gains {n} per {all} orders over acting on all or on none")
        title, note = title.format(threshold=percent(at / 100), n=n, all=number(1000)), _("the best of the thresholds")
        ax.plot(at, model["estimate"][at], "o", color=KEPT, ms=em(0.8), mec="white", zorder=4)
    text = _("Orders caught per {all}, less the false alarms at their price; shaded: {level} interval")
    sheet.frame(title, text, note, all=number(1000))
    at = model.index[min(1, len(model) - 1)]
    put(ax, names["model"], (at, model["high"][at]), 0.6, 0.4, color=KEPT, path_effects=[HALO])
    below = everybody[everybody["estimate"] < -0.2 * top]
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
    month_ticks(below, months, 5 if sheet.tall else 8)
    ax.tick_params(labelbottom=False)
    for panel, word in ((ax, _("Promises kept")), (below, _("What was promised ({unit})"))):
        panel.spines["bottom"].set_visible(False)
        over(panel, word.format(unit=unit_word(unit)))
    title = _("Every month’s quote held {asked}, within chance; at worst {worst}")
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
