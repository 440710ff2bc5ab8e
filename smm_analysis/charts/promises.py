"""What promises do: how lateness disappoints, what one unit more of promise and of experience does, the surface."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from ..promises.family import theory_words
from ..promises.rows import amount, score
from ..words import _, number, percent
from .forms import PALE_TO_BLUE, signed, value_rows
from .labels import percents, put
from .sheet import Sheet
from .style import BROKEN, GREY, INK, KEPT, MUTED, em

TIMES = ("days", "hours", "minutes")


def lateness(sheet: Sheet) -> None:
    """How many customers are dissatisfied, by how far the order was early or late; only reviews after arrival if known."""
    answer, ax = sheet.answer, sheet.ax
    every = answer.bands[(answer.bands["measure"] == "dissatisfied") & (answer.bands["n"] > 0)]
    bands = every.sort_values(["band", "reviews"]).drop_duplicates("band").set_index("band")  # after arrival first
    never, late = bands["up_to"].isna(), bands["above"] >= 0
    own = np.where(never, GREY, np.where(late, BROKEN, KEPT))
    x, share = np.arange(len(bands)), 100 * bands["estimate"]
    ax.bar(x, share, 0.72, color=own)
    ax.vlines(x + 0.29, 100 * bands["low"], 100 * bands["high"], color=INK, lw=em(0.1))
    words = [_span(row, answer.about.unit) for row in bands.itertuples()]
    size = em(min(1, 8.5 / len(bands)))
    for at, (value, colour, word) in enumerate(zip(share, own, words, strict=True)):
        put(ax, percent(value / 100), (at - 0.05, value), 0, 0.3, ha="center", color=colour, size=1.15 * size)
        put(ax, word, (at, 0), 0, -1.5, ha="center", weight="normal", size=size)
    for here, word, colour in ((~late & ~never, _("promise kept"), KEPT), (late, _("promise broken"), BROKEN)):
        if here.any():
            put(ax, word, (x[here].mean(), 100), 0, 0.6, ha="center", color=colour, size=em(1.15))
    ax.set(ylim=(0, 100), xlim=(-0.5, len(bands) - 0.5), xticks=[])
    percents(ax.yaxis)
    text = _("Share of customers who gave at most {low}; lines: {level} intervals")
    text = text.format(low=score(answer.low_score, False), level=sheet.level)
    after = (bands["reviews"] != "all").any()
    told = [("", word.replace("\n", " "), percent(value / 100)) for word, value in zip(words, share, strict=True)]
    note = _("reviews after arrival (except: never came)") if after else ""
    sheet.frame(_disappoints(sheet, bands, late, words), text, note, n=bands["n"].sum(), rows=told)


def _span(row, unit: str | None) -> str:
    """The whole numbers of a band, with a word: '1 to 3 late'."""
    if np.isnan(row.up_to):
        return _("never\ncame")
    if row.up_to == 0 and row.above >= -1:
        return _("as\npromised")
    few, many = sorted((abs(row.above + 1 if row.up_to > 0 else row.above), abs(row.up_to)))
    few += row.up_to <= 0
    span = number(few) if few == many else _("{low} to {high}").format(low=number(few), high=number(many))
    if np.isinf(row.above):
        span = _("{n} or more").format(n=number(abs(row.up_to)))
    if np.isinf(row.up_to):
        span = _("over {n}").format(n=number(row.above))
    late = _("{span}\nlate") if unit in TIMES else _("{span}\nbelow")
    early = _("{span}\nearly") if unit in TIMES else _("{span}\nabove")
    return (late if row.above >= 0 else early).format(span=span)


def _disappoints(sheet: Sheet, bands: pd.DataFrame, late: pd.Series, words: list[str]) -> str:
    """The largest late band against the promise kept, if their intervals are apart."""
    kept, broken = bands[~late & bands["up_to"].notna()], bands[late & bands["up_to"].notna()]
    if len(kept) and len(broken):
        good, worst = kept.iloc[-1], broken.loc[broken["estimate"].idxmax()]
        if worst["low"] > good["high"]:
            text = _("A promise kept disappoints {a} of customers, one broken by “{span}” {b}")
            span = words[bands.index.get_loc(worst.name)].replace("\n", " ")
            return text.format(a=percent(good["estimate"]), b=percent(worst["estimate"]), span=span)
    return sheet.answer.headline or _("How many customers are dissatisfied, by how the promise was kept")


def promise(sheet: Sheet) -> None:
    """What one unit more promised does to the score, beside what one unit more of experience does."""
    answer, ax = sheet.answer, sheet.ax
    rows, unit = answer.effects.reset_index(drop=True), answer.about.unit
    rows["colour"] = np.where(rows["when"] == "broken", BROKEN, KEPT)
    steps = {
        "days": (_("promise a day less"), _("deliver a day earlier")),
        "hours": (_("promise an hour less"), _("deliver an hour earlier")),
        "minutes": (_("promise a minute less"), _("deliver a minute earlier")),
    }.get(unit, (_("promise a point more"), _("deliver a point more")))
    names = [steps[of == "experience"] for of in rows["of"]]
    said = _in_points(rows["estimate"])
    value_rows(ax, rows, names, said, zero=True)
    told = []
    for when, word in (("broken", _("where the promise is broken")), ("kept", _("where the promise is kept"))):
        at = rows.index[rows["when"] == when]
        put(ax, word, (1, at.min() - 0.5), 0, -0.4, coords=("axes fraction", "data"), ha="right", va="top", size=em(1.1),
            color=rows["colour"][at[0]])  # fmt: skip
        told += [(word, names[i], said(rows["estimate"][i])) for i in at]
    ax.axhline(1.5, color=MUTED, lw=em(0.06))
    what = _("stars") if answer.facts.get("stars") else _("points")
    text = _("Change of the score ({what}) if all else stays the same; lines: {level} intervals")
    note = _("differences between orders, no proven causes")
    sheet.frame(answer.headline, text.format(what=what, level=sheet.level), note, rows=told)


def _in_points(values: pd.Series):
    """How changes of a score are written: with a sign, and digits enough for the smallest that matters."""
    digits = 2 if values.abs().max() >= 0.1 else 3
    return lambda value: ("+" if value > 0 else "") + signed(value, digits)


def kink(sheet: Sheet) -> None:
    """The fitted score along the gap between promise and experience, and the means of the orders there."""
    answer, ax, unit = sheet.answer, sheet.ax, sheet.answer.about.unit
    curve = answer.curve.sort_values("beyond").drop_duplicates("beyond")
    days = answer.density[answer.density["beyond"].between(curve["beyond"].min(), curve["beyond"].max())]
    days = days[days["n"] >= min(20, days["n"].max() / 10)]
    for side, own in ((curve["beyond"] <= 0, BROKEN), (curve["beyond"] >= 0, KEPT)):
        part = curve[side]
        ax.fill_between(-part["beyond"], part["low"], part["high"], color=own, alpha=0.15)
        ax.plot(-part["beyond"], part["estimate"], color=own, lw=em(0.28))
    ax.plot(-days["beyond"], days["mean"], "o", color=GREY, ms=em(0.4), mec="white", zorder=3)
    ax.axvline(0, color=INK, lw=em(0.06))
    ends, stars = np.array([-curve["beyond"].max(), -curve["beyond"].min()]), answer.facts.get("stars")
    ax.set_xlim(ends + np.array([-0.02, 0.02]) * np.ptp(ends))
    _gap_ticks(ax, ends, unit)
    if stars:
        ax.set_ylim(1, 5.05)
        ax.set_yticks(range(1, 6), [f"{n} ★" for n in range(1, 6)])
    slope = answer.table.drop_duplicates("term").set_index("term")
    said = _in_points(slope.loc[["worse", "better"], "estimate"])
    text = _("Mean score by how far the order was early or late") if unit in TIMES else \
        _("Mean score by how far the experience was above or below the promise")  # fmt: skip
    text = _("{what}; grey: means of the orders; shaded: {level} interval").format(what=text, level=sheet.level)
    note = _("only reviews written after the arrival") if answer.facts.get("reviews") == "after" else ""
    signs = {"worse": said(slope.at["worse", "estimate"]), "better": said(slope.at["better", "estimate"])}
    told = [("", _("per unit short of the promise"), signs["worse"]), ("", _("per unit beyond it"), signs["better"])]
    sheet.frame(_bends(sheet, slope, unit, stars), text, note, rows=told)
    steps = {"days": _("per day"), "hours": _("per hour"), "minutes": _("per minute")}.get(unit, _("per point"))
    halo = {"path_effects": [withStroke(linewidth=3, foreground="white")], "size": em(1.2)}
    for term, own, at in (("worse", BROKEN, 0.5 * ends[1]), ("better", KEPT, 0.5 * ends[0])):
        y = np.interp(-at, curve["beyond"], curve["high"])
        put(
            ax, f"{signs[term]} {steps}", (at, y), 0, 0.7, ha="left" if term == "worse" else "center", color=own, **halo
        )


def _gap_ticks(ax: Axes, ends: np.ndarray, unit: str | None) -> None:
    """Some three round numbers on either side of the promise, in words."""
    step = next(
        (s for s in (1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 600, 1440) if np.ptp(ends) / s <= 6), np.ptp(ends) / 4
    )
    ticks = np.arange(np.ceil(ends[0] / step), np.floor(ends[1] / step) + 1) * step
    late, early = (
        (_("{amount} late"), _("{amount} early")) if unit in TIMES else (_("{amount} below"), _("{amount} above"))
    )
    words = [
        (late if at > 0 else early).format(amount=amount(abs(at), unit)) if at else _("as promised") for at in ticks
    ]
    ax.set_xticks(ticks, [word.replace(" ", "\n", 2).replace("\n", " ", 1) for word in words], color=INK)


def _bends(sheet: Sheet, slope: pd.DataFrame, unit: str | None, stars: bool) -> str:
    """What a unit short costs and a unit beyond brings, if the slopes are surely different."""
    names = {
        "days": (_("One day late"), _("one day early")),
        "hours": (_("One hour late"), _("one hour early")),
        "minutes": (_("One minute late"), _("one minute early")),
    }.get(unit, (_("One point below the promise"), _("one point above it")))
    worse, better, apart = slope.loc["worse"], slope.loc["better"], slope.loc["worse_minus_better"]
    if not (worse["high"] < 0 < apart["low"]):
        return sheet.answer.headline
    words = {"late": names[0], "early": names[1], "cost": score(-worse["estimate"], stars)}
    if better["low"] > 0:
        text = _("{late} costs {cost}; {early} brings only {gain}")
        return text.format(gain=score(better["estimate"], stars), **words)
    return _("{late} costs {cost}; that {early} brings anything is not shown").format(**words)


def surface(sheet: Sheet) -> None:
    """The fitted score over promise and experience, inside the data only."""
    answer, ax = sheet.answer, sheet.ax
    grid = answer.grid.pivot(index="actual", columns="promised", values="estimate")
    edge = Polygon(answer.hull[["promised", "actual"]], closed=True, facecolor="none", edgecolor=MUTED, lw=em(0.06))
    ax.add_patch(edge)
    height = np.ma.masked_invalid(grid)
    lines = ax.contour(grid.columns, grid.index, height, levels=6, colors="white", linewidths=em(0.08))
    filled = ax.contourf(grid.columns, grid.index, height, levels=lines.levels, cmap=PALE_TO_BLUE, zorder=1)
    said = percent if answer.binary else lambda value: number(value, 1)
    for text in ax.clabel(lines, fontsize=em(0.95), fmt=said, colors=INK):
        text.set(path_effects=[withStroke(linewidth=3, foreground="white")], weight="bold")
    sides = np.array([(answer.hull[name].min(), answer.hull[name].max()) for name in ("promised", "actual")])
    (line,) = ax.plot(sides[0], sides[0], color=INK, lw=em(0.12), ls=(0, (4, 3)))
    for shape in (filled, lines, line):
        shape.set_clip_path(edge)
    ax.set(xlim=sides[0], ylim=sides[1])
    ax.grid(visible=False)
    unit = {"days": _("days"), "hours": _("hours"), "minutes": _("minutes")}.get(answer.about.unit, _("points"))
    ax.set(xlabel=_("Promised ({unit})").format(unit=unit), ylabel=_("Experienced ({unit})").format(unit=unit))
    at = np.clip(sides[0][0] + 0.75 * np.ptp(sides[0]), *sides[1])
    put(ax, _("exactly as promised"), (at, at), 0.5, -0.9, path_effects=[withStroke(linewidth=3, foreground="white")])
    text = _("Chance of the better outcome, where there are orders; numbers at the lines") if answer.binary else \
        _("Fitted score, where there are orders; the darker, the higher; numbers at the lines")  # fmt: skip
    far = _("{n} orders far outside are not drawn").format(n=number(answer.not_drawn)) if answer.not_drawn else ""
    low, high = float(height.min()), float(height.max())
    sheet.frame(answer.headline, text, far, rows=[("", _("lowest"), said(low)), ("", _("highest"), said(high))])


def theories(sheet: Sheet) -> None:
    """The three theories that fit best, in words."""
    table, ax, names = sheet.answer.theories, sheet.ax, theory_words()
    rows = table[table["signs_hold"]].sort_values("delta").head(3).reset_index(drop=True)
    ax.axis("off")
    ax.set(xlim=(0, 1), ylim=(2.7, -0.5))
    told = []
    for at, row in rows.iterrows():
        name, words = names[row["theory"]]
        behind = _("best") if row["delta"] == 0 else _("{n} behind").format(n=number(row["delta"], 1))
        own = KEPT if row["delta"] <= 2 else GREY
        put(ax, name, (0, at), 0, 0, size=em(1.25), color=own)
        put(ax, words, (0, at), 0, -1.6, weight="normal")
        put(ax, behind, (1, at), 0, 0, ha="right", size=em(1.25), color=own)
        told.append((name, words, behind))
    best = rows[rows["delta"] <= 2].sort_values(["k", "aicc"]).iloc[0]["theory"]
    title = _("“{theory}” describes these orders best").format(theory=names[best][0])
    if best == "none of these":
        title = _("None of the theories describes these orders as well as a free surface")
    text = _("The three descriptions that fit best, in points of AICc; up to 2 points cannot be told apart")
    sheet.frame(title, text, rows=told)
