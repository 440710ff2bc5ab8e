"""What promises do: how lateness disappoints, what one unit more of promise and of experience does, the surface."""

import numpy as np
import pandas as pd
from matplotlib.patches import Polygon

from ..promises.rows import WEEK, amount, score
from ..promises.surface import theory_words
from ..words import _, number, percent
from .forms import PALE_TO_BLUE, Say, bare, percents, signed, value_rows
from .labels import HALO, put
from .sheet import Sheet
from .style import BROKEN, GREY, INK, KEPT, MUTED, em


def unit_word(unit: str | None) -> str:
    """A unit as it stands in brackets on an axis."""
    return {"days": _("days"), "hours": _("hours"), "minutes": _("minutes")}.get(unit, _("points"))


def lateness(sheet: Sheet) -> None:
    """How many customers are dissatisfied, by how early or late the order was; by reviews after arrival, if known."""
    answer, ax, unit = sheet.answer, sheet.ax, sheet.answer.about.unit
    every = answer.bands[(answer.bands["measure"] == "dissatisfied") & (answer.bands["n"] > 0)]
    bands = every.sort_values(["band", "reviews"]).drop_duplicates("band").reset_index(drop=True)  # after arrival first
    never, late = bands["up_to"].isna(), bands["above"] >= 0
    own, size = np.where(never, GREY, np.where(late, BROKEN, KEPT)), em(min(1, 8.5 / len(bands)))
    ax.bar(bands.index, 100 * bands["estimate"], 0.72, color=own)
    ax.vlines(bands.index + 0.29, 100 * bands["low"], 100 * bands["high"], color=INK, lw=em(0.1))
    for row in bands.itertuples():
        share, words = percent(row.estimate), _span(row, unit in WEEK)
        put(
            ax,
            share,
            (row.Index - 0.05, 100 * row.estimate),
            0,
            0.3,
            ha="center",
            color=own[row.Index],
            size=1.15 * size,
        )
        put(ax, words, (row.Index, 0), 0, -1.5, ha="center", weight="normal", size=size)
        sheet.told.append(("", words.replace("\n", " "), share))
    for here, word, colour in ((~late & ~never, _("promise kept"), KEPT), (late, _("promise broken"), BROKEN)):
        if here.any():
            put(ax, word, (bands.index[here].to_numpy().mean(), 100), 0, 0.6, ha="center", color=colour, size=em(1.15))
    ax.set(ylim=(0, 100), xlim=(-0.5, len(bands) - 0.5), xticks=[])
    percents(ax.yaxis)
    text = {
        "days": _("Share of customers who gave {low} or less, by days early or late; lines: {level} intervals"),
        "hours": _("Share of customers who gave {low} or less, by hours early or late; lines: {level} intervals"),
        "minutes": _("Share of customers who gave {low} or less, by minutes early or late; lines: {level} intervals"),
    }.get(unit, _("Share of customers who gave {low} or less, by points above or below; lines: {level} intervals"))
    text = text.format(low=f"{answer.low_score:g}", level=sheet.level)
    note = _("reviews after arrival (except: never came)") if (bands["reviews"] != "all").any() else ""
    sheet.frame(_disappoints(sheet, bands, late & ~never, ~late & ~never), text, note, n=bands["n"].sum())


def _span(row, times: bool) -> str:
    """The whole numbers of a band, with a word: '1 to 3 late'."""
    if np.isnan(row.up_to):
        return _("never\ncame")
    broken, ends = row.above >= 0, (row.above, row.up_to) if row.above >= 0 else (-row.up_to, -row.above)
    few, many = (ends[0] + 1, ends[1]) if broken else (ends[0], ends[1] - 1)
    if few == 0 == many:
        return _("as\npromised")
    text = number(few) if few == many else _("{low} to {high}")
    text = (_("over {low}") if broken else _("{low} or more")) if np.isinf(many) else text
    span = text.format(low=number(few - (broken and np.isinf(many))), high=number(many) if np.isfinite(many) else "")
    words = (_("{span}\nlate"), _("{span}\nearly")) if times else (_("{span}\nbelow"), _("{span}\nabove"))
    return words[not broken].format(span=span)


def _disappoints(sheet: Sheet, bands: pd.DataFrame, late: pd.Series, kept: pd.Series) -> str:
    """The latest band against the last one that kept the promise, if their intervals are apart."""
    if late.any() and kept.any():
        good, bad = bands[kept].iloc[-1], bands[late].iloc[-1]
        if bad["low"] > good["high"] and bad["above"] > 0:
            text = _("A promise kept disappoints {a} of customers, one broken by more than {amount} {b}")
            words = {"a": percent(good["estimate"]), "b": percent(bad["estimate"])}
            return text.format(amount=amount(bad["above"], sheet.answer.about.unit), **words)
    return sheet.answer.headline or _("How many customers are dissatisfied, by how the promise was kept")


def promise(sheet: Sheet) -> None:
    """What one unit more promised does to the score, beside what one unit more of experience does."""
    answer, ax, rows = sheet.answer, sheet.ax, sheet.answer.effects.reset_index(drop=True)
    rows["colour"] = np.where(rows["when"] == "broken", BROKEN, KEPT)
    steps = {
        "days": (_("promise a day less"), _("deliver a day earlier")),
        "hours": (_("promise an hour less"), _("deliver an hour earlier")),
        "minutes": (_("promise a minute less"), _("deliver a minute earlier")),
    }.get(answer.about.unit, (_("promise a point more"), _("deliver a point more")))
    said = _in_points(rows["estimate"])
    for when, word in (("broken", _("where the promise is broken")), ("kept", _("where the promise is kept"))):
        at = rows.index[rows["when"] == when]
        look = {"ha": "right", "va": "top", "size": em(1.1), "color": rows["colour"][at[0]]}
        put(ax, word, (1, at.min() - 0.5), 0, -0.4, coords=ax.get_yaxis_transform(), **look)
        sheet.told += [(word, steps[rows["of"][i] == "experience"], said(rows["estimate"][i])) for i in at]
    told = sheet.told.copy()
    value_rows(sheet, rows, [steps[of == "experience"] for of in rows["of"]], said)
    sheet.told = told
    ax.axvline(0, color=INK, lw=em(0.08))
    ax.axhline(1.5, color=MUTED, lw=em(0.06))
    what = _("stars") if answer.stars else _("points")
    text = _("Change of the score ({what}) if all else stays the same; lines: {level} intervals")
    note = _("differences between orders, no proven causes")
    sheet.frame(answer.headline, text.format(what=what, level=sheet.level), note)


def _in_points(values: pd.Series) -> Say:
    """How changes of a score are written: with a sign, and digits enough for the largest."""
    digits = 2 if values.abs().max() >= 0.1 else 3
    return lambda value: ("+" if value > 0 else "") + signed(value, digits)


def kink(sheet: Sheet) -> None:
    """The fitted score along the gap between promise and experience, and the means of the orders there."""
    answer, ax, unit = sheet.answer, sheet.ax, sheet.answer.about.unit
    curve = answer.curve.sort_values("beyond").drop_duplicates("beyond")
    ends = np.array([-curve["beyond"].max(), -curve["beyond"].min()])
    points = answer.density[answer.density["beyond"].between(-ends[1], -ends[0])]
    points = points[points["n"] >= min(20, points["n"].max() / 10)]
    for part, own in ((curve[curve["beyond"] <= 0], BROKEN), (curve[curve["beyond"] >= 0], KEPT)):
        ax.fill_between(-part["beyond"], part["low"], part["high"], color=own, alpha=0.15)
        ax.plot(-part["beyond"], part["estimate"], color=own, lw=em(0.28))
    ax.plot(-points["beyond"], points["mean"], "o", color=GREY, ms=em(0.4), mec="white", zorder=3)
    ax.axvline(0, color=INK, lw=em(0.06))
    ax.set_xlim(ends + np.array([-0.02, 0.02]) * np.ptp(ends))
    _gap_ticks(sheet, ends)
    if answer.stars:
        ax.set_ylim(1, 5.05)
        ax.set_yticks(range(1, 6), [f"{n} ★" for n in range(1, 6)])
    slope = answer.table.drop_duplicates("term").set_index("term")
    said, signs = _in_points(slope.loc[["worse", "better"], "estimate"]), {}
    steps = {"days": _("per day"), "hours": _("per hour"), "minutes": _("per minute")}.get(unit, _("per point"))
    for term, word in (("worse", _("promise broken")), ("better", _("promise kept"))):
        signs[term] = f"{said(slope.at[term, 'estimate'])} {steps}"
        sheet.told.append(("", word, signs[term]))
    text = _("Mean score by how early or late the order was; grey: means of the orders; shaded: {level} interval")
    if unit not in WEEK:
        text = _("Mean score by points above or below the promise; grey: means of the orders; shaded: {level} interval")
    note = _("only reviews written after the arrival") if answer.reviews == "after" else ""
    sheet.frame(_bends(sheet, slope), text.format(level=sheet.level), note)
    for term, own, at in (("worse", BROKEN, 0.5 * ends[1]), ("better", KEPT, 0.5 * ends[0])):
        look = {"ha": "left" if term == "worse" else "center", "path_effects": [HALO], "size": em(1.2), "color": own}
        put(ax, signs[term], (at, np.interp(-at, curve["beyond"], curve["high"])), 0, 0.7, **look)


def _gap_ticks(sheet: Sheet, ends: np.ndarray) -> None:
    """Some round numbers on either side of the promise, in words."""
    unit, steps = sheet.answer.about.unit, (1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 600, 1440)
    step = next((step for step in steps if np.ptp(ends) / step <= 6), np.ptp(ends) / 4)
    ticks = np.arange(np.ceil(ends[0] / step), np.floor(ends[1] / step) + 1) * step
    early, late = (_("early"), _("late")) if unit in WEEK else (_("above"), _("below"))
    words = [f"{amount(abs(at), unit)}\n{late if at > 0 else early}" if at else _("as\npromised") for at in ticks]
    sheet.ax.set_xticks(ticks, words, color=INK)


def _bends(sheet: Sheet, slope: pd.DataFrame) -> str:
    """What a unit short costs and a unit beyond brings, if the slopes are surely different."""
    late, early = {
        "days": (_("One day late"), _("one day early")),
        "hours": (_("One hour late"), _("one hour early")),
        "minutes": (_("One minute late"), _("one minute early")),
    }.get(sheet.answer.about.unit, (_("One point below the promise"), _("one point above it")))
    worse, better, stars = slope.loc["worse"], slope.loc["better"], sheet.answer.stars
    if not worse["high"] < 0 < slope.loc["worse_minus_better", "low"]:
        return sheet.answer.headline
    text = _("{late} costs {cost}; {early} brings only {gain}") if better["low"] > 0 else \
        _("{late} costs {cost}; that {early} brings anything is not shown")  # fmt: skip
    words = {"cost": score(-worse["estimate"], stars), "gain": score(better["estimate"], stars)}
    return text.format(late=late, early=early, **words)


def surface(sheet: Sheet) -> None:
    """The fitted score over promise and experience, inside the data only."""
    answer, ax, hull = sheet.answer, sheet.ax, sheet.answer.hull[["promised", "actual"]]
    grid = answer.grid.pivot(index="actual", columns="promised", values="estimate")
    edge, height = Polygon(hull, closed=True, fc="none", ec=MUTED, lw=em(0.06)), np.ma.masked_invalid(grid)
    ax.add_patch(edge)
    lines = ax.contour(grid.columns, grid.index, height, levels=5, colors="white", linewidths=em(0.08))
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
    unit = unit_word(answer.about.unit)
    ax.set(xlim=ends, ylim=sides, xlabel=_("Promised ({unit})").format(unit=unit))
    put(
        ax,
        _("Experienced ({unit})").format(unit=unit),
        (0, 1),
        0,
        0.5,
        coords="axes fraction",
        color=GREY,
        weight="normal",
    )
    high = min(ends["max"], sides["max"])  # where the line of kept promises leaves the picture
    look = {"ha": "left", "va": "center"} if high == ends["max"] else {"ha": "center", "va": "bottom"}
    put(ax, _("exactly as\npromised"), (high, high), 0.5 * (high == ends["max"]), 0.6 + (high < ends["max"]), **look)
    sheet.told += [("", _("lowest"), said(float(height.min()))), ("", _("highest"), said(float(height.max())))]
    text = _("Fitted score, where there are orders; the darker, the higher")
    note = _("{n} orders far outside are not drawn").format(n=number(answer.not_drawn)) if answer.not_drawn else ""
    sheet.frame(answer.headline, text, note)


def theories(sheet: Sheet) -> None:
    """The three theories that fit best, in words."""
    table, ax, names = sheet.answer.theories, sheet.ax, theory_words()
    rows = table[table["signs_hold"]].sort_values("delta").head(3).reset_index(drop=True)
    bare(ax)
    ax.set(xlim=(0, 1), ylim=(2.7, -0.5), xticks=[], yticks=[])
    for row in rows.itertuples():
        behind = _("{n} behind").format(n=number(row.delta, 1)) if row.delta else _("best")
        look, (name, words) = {"size": em(1.25), "color": KEPT if row.delta <= 2 else GREY}, names[row.theory]
        put(ax, name, (0, row.Index), **look)
        put(ax, words, (0, row.Index), 0, -1.6, weight="normal")
        put(ax, behind, (1, row.Index), ha="right", **look)
        sheet.told.append((name, words, behind))
    best = rows[rows["delta"] <= 2].sort_values(["k", "aicc"])["theory"].iloc[0]
    title = _("None of the theories describes these orders as well as a free surface")
    title = title if best == "none of these" else _("“{theory}” describes these orders best")
    text = _("The three descriptions that fit best, in points of AICc; up to 2 points cannot be told apart")
    sheet.frame(title.format(theory=names[best][0]), text)
