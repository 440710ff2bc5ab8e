"""What promises do: how lateness disappoints, what one unit more of promise and of experience does, the surface."""

import numpy as np
import pandas as pd
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from ..promises.regression import sign_of
from ..promises.rows import WEEK, amount
from ..words import _, number, percent
from .marks import HALO, PALE_TO_BLUE, over, percents, put, ribbon, signed, value_rows
from .sheet import Sheet
from .style import BROKEN, GREY, INK, KEPT, MUTED, em

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
    words, shares = [_span(row, unit) for row in bands.itertuples()], [percent(share) for share in bands["estimate"]]
    bars, size = ax.bar(bands.index, 100 * bands["estimate"], 0.72, color=own), em(min(1, 8.5 / len(bands)))
    ax.vlines(bands.index + 0.29, 100 * bands["low"], 100 * bands["high"], color=INK, lw=em(0.1))
    for text, colour in zip(ax.bar_label(bars, shares), own, strict=True):
        text.set(color=colour, weight="bold", size=1.15 * size)
    sheet.say("", [word.replace("\n", " ") for word in words], shares)
    for word, colour in ((_("promise kept"), KEPT), (_("promise broken"), BROKEN)):
        if (here := own == colour).any():
            put(ax, word, (bands.index[here].to_numpy().mean(), 100), 0, 0.6, ha="center", color=colour, size=em(1.15))
    ax.set_xticks(bands.index, words, size=size, color=INK)
    ax.set(ylim=(0, 100), xlim=(-0.5, len(bands) - 0.5))
    percents(ax.yaxis)
    text = _("Share of customers who gave {low} or less, by {unit} from the promise; lines: {level} intervals")
    note, low = _("reviews after the arrival") if reviews != "all" else "", f"{answer.low_score:g}"
    sheet.frame(answer.headline, text, note, n=bands["n"].sum(), unit=unit_word(unit), low=low)


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
    rows = answer.effects.dropna(subset="estimate").groupby("when", sort=False)
    rows = pd.concat([pd.concat([pd.DataFrame({"when": [when]}), part]) for when, part in rows], ignore_index=True)
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
    look = {"levels": 3 if sheet.tall else 5, "colors": "white", "linewidths": em(0.08)}
    lines = ax.contour(grid.columns, grid.index, height, **look)
    look = {"levels": lines.levels, "cmap": PALE_TO_BLUE, "zorder": 1, "extend": "both"}
    filled = ax.contourf(grid.columns, grid.index, height, **look)
    said = lambda value: number(value, 1)
    for text in ax.clabel(lines, fontsize=em(0.95), fmt=said, colors=INK):
        text.set(path_effects=[HALO], weight="bold")
    ends, sides = hull["promised"].agg(["min", "max"]), hull["actual"].agg(["min", "max"])
    (line,) = ax.plot(ends, ends, color=INK, lw=em(0.12), ls=(0, (4, 3)))
    for shape in (filled, lines, line):
        shape.set_clip_path(edge)
    ax.grid(visible=False)
    ax.set(xlim=ends, ylim=sides, xlabel=_("Promised ({unit})").format(unit=unit))
    over(ax, _("Experienced ({unit})").format(unit=unit), color=GREY, weight="normal")
    sheet.say("", [_("lowest"), _("highest")], [said(float(height.min())), said(float(height.max()))])
    text = _("Fitted score, where there are orders; the darker, the higher; dashed: exactly as promised")
    note = _("{n} orders far outside are not drawn").format(n=number(answer.not_drawn)) if answer.not_drawn else ""
    sheet.frame(answer.headline, text, note)
