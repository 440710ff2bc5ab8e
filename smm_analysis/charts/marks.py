"""Marks that several charts share, with the words at them in place of legends; they also tell their numbers."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from ..words import number, percent
from .sheet import Sheet, short
from .style import GREY, INK, PALE, em

HALO = withStroke(linewidth=3, foreground="white")
PALE_TO_BLUE = LinearSegmentedColormap.from_list("house", ["#FFFFFF", "#1769AA"])
Say = Callable[[float], str]
Column = tuple[str, str, str, pd.DataFrame]


def signed(value: float, digits: int = 0, *, plus: bool = False) -> str:
    """A number with a true minus sign, and a plus sign if asked for; nothing is minus zero."""
    value = round(value, digits) + 0.0
    return ("+" if plus and value > 0 else "") + number(value, digits).replace("-", "−")


def bare(ax: Axes) -> None:
    """Axes without lines of their own."""
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)


def percents(axis: Axis, low: float = 0, top: float = 100) -> None:
    """Some four round ticks in percent, written as the language does."""
    step = next((step for step in (1, 2, 5, 10, 25) if (top - low) / step <= 5), 50)
    ticks = np.arange(-(-low // step) * step, top + 1e-9, step)
    axis.set_ticks(ticks, [percent(tick / 100) for tick in ticks])


def put(ax: Axes, text: str, at: tuple, right: float = 0, up: float = 0, *, coords="data", lead=1.28, **look) -> None:
    """Bold words beside a mark, shifted by font sizes; their lines are equally far apart, whatever their letters."""
    look = {"weight": "bold", "textcoords": "offset points", "annotation_clip": False} | look
    step = lead * look.get("size", em()) / em()
    for row, line in enumerate(text.split("\n")):
        ax.annotate(line, at, (em(right), em(up - row * step)), xycoords=coords, **look)


def over(ax: Axes, text: str, up: float = 0.5, **look) -> None:
    """Words above the left end of the axes."""
    put(ax, text, (0, 1), 0, up, coords="axes fraction", **look)


def broken(name: str, most: int = 18) -> str:
    """A long name on two lines, at its plus sign or in the middle."""
    name = short(name)
    if len(name) <= most:
        return name
    if " + " in name:
        return name.replace(" + ", " +\n", 1)
    spaces = [i for i, letter in enumerate(name) if letter == " "]
    cut = min(spaces, key=lambda i: abs(i - len(name) / 2), default=None)
    return name if cut is None else f"{name[:cut]}\n{name[cut + 1 :]}"


def longest(texts: Iterable[str]) -> int:
    """Letters of the longest line."""
    return max(len(line) for text in texts for line in text.split("\n"))


def end_labels(ax: Axes, ends: Sequence[tuple[str, float, str]], x: float) -> None:
    """Names at the right ends of lines, (name, y, colour), pushed apart where they would overlap; grey is not bold."""
    if not ends:
        return
    ends, box, dot = sorted(ends, key=lambda end: end[1]), ax.get_window_extent(), 72 / ax.figure.dpi
    y = ax.transData.transform([(x, at) for _name, at, _own in ends])[:, 1]
    gap, moved = min(em(1.25) / dot, box.height / max(len(y) - 1, 1)), y.copy()
    for _turn in range(300):
        push = (gap - np.diff(moved)).clip(0) / 2
        moved[:-1] -= push
        moved[1:] += push
        moved = moved.clip(box.y0, box.y1 + gap / 2)
    for (name, at, own), shift in zip(ends, (moved - y) * dot, strict=True):
        look = {"color": own, "weight": "normal" if own == GREY else "bold", "size": min(em(), 0.8 * gap * dot)}
        far = abs(shift) > em(0.6)
        put(ax, name, (x, at), 1.9 if far else 0.9, shift / em(), va="center", **look)
        if far:
            line = {"arrowstyle": "-", "color": own, "lw": em(0.04), "shrinkA": 0, "shrinkB": 0}
            put(ax, "", (x, at), 1.8, shift / em(), arrowprops=line)


def label_lines(ax: Axes, names: dict[Line2D, str]) -> None:
    """Names on the lines, {line: name}, each where it is free of every other line and name, and high if possible."""
    pad, box, taken = 0.35 * em() * ax.figure.dpi / 72, ax.get_window_extent(), np.empty((0, 2))
    fine = {line: line.get_path().interpolated(1 + 600 // len(line.get_xdata())).vertices for line in ax.lines}
    paths = {line: line.get_transform().transform(points) for line, points in fine.items()}
    sides = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    for line, name in names.items():
        look = {"weight": "bold", "linespacing": 1.05, "path_effects": [HALO], "ha": "center", "va": "center"}
        text = ax.text(0, 0, name, color=line.get_color(), **look)
        extent = text.get_window_extent()
        half, best = np.array([extent.width, extent.height]) / 2 + pad, (-np.inf, None)
        others = np.vstack([taken, *(path for other, path in paths.items() if other is not line)])
        for spot in (paths[line][::4, None] + half * sides).reshape(-1, 2):
            free, own = (_gap(points, spot, half - pad) for points in (others, paths[line]))
            lost = (min(free, own) < pad / 2) + 3 * ((spot - half < box.min).any() + (spot + half > box.max).any())
            worth = min(free, 3 * half[1]) + min(own, pad) + 2 * half[1] * (spot[1] - box.y0) / box.height
            best = max(best, (worth - lost * box.height, tuple(spot)))
        text.set_position(ax.transData.inverted().transform(best[1]))
        taken = np.vstack([taken, best[1] + half * np.mgrid[-1:1.1:0.25, -1:1.1:0.25].reshape(2, -1).T])


def _gap(points: np.ndarray, centre: np.ndarray, half: np.ndarray) -> float:
    """How far the nearest point is from a box."""
    return np.hypot(*np.clip(np.abs(points - centre) - half, 0, None).T).min(initial=np.inf)


def ribbon(ax: Axes, x: pd.Series, rows: pd.DataFrame, own: str, times: float = 100, **look) -> None:
    """A line in its shaded interval."""
    ax.fill_between(x, times * rows["low"], times * rows["high"], color=own, alpha=0.14)
    ax.plot(x, times * rows["estimate"], color=own, **look)


def dots(ax: Axes, x: pd.Series, rows: pd.DataFrame, own, times: float = 100) -> None:
    """Dots on their intervals."""
    ax.vlines(x, times * rows["low"], times * rows["high"], color=own, lw=em(0.45), alpha=0.3)
    ax.scatter(x, times * rows["estimate"], s=em(0.65) ** 2, color=own, edgecolor="white", zorder=3, clip_on=False)


def share_columns(sheet: Sheet, columns: list[Column], names: Sequence[str]) -> None:
    """Bars of shares: a column of axes per (words above, words under them, colour, rows), a row per name.

    `rows` are in the order of `names`: ``estimate``, and where they are to be drawn ``low, high``, ``overall`` (which
    lies pale behind) and ``colour``.
    """
    grid, y = sheet.split(1, len(columns), gap=1.6)[0], np.arange(len(names))
    size, place = min(em(), em(24) / len(names)), {"coords": "axes fraction", "lead": 1.2}
    room = sheet.letters(len(columns))
    for ax, (head, under, own, rows) in zip(grid, columns, strict=True):
        if "overall" in rows:
            ax.barh(y, 100 * rows["overall"], 0.86, color=PALE)
        if "low" in rows:
            ax.hlines(y + 0.36, 100 * rows["low"], 100 * rows["high"], color=INK, lw=em(0.07))
        bars = ax.barh(y, 100 * rows["estimate"], 0.58, color=rows.get("colour", own))
        words = [percent(share) if share == share else "" for share in rows["estimate"]]
        for text, bar in zip(ax.bar_label(bars, words, padding=em(0.3)), bars, strict=True):
            text.set(size=size, weight="bold", color=bar.get_facecolor(), path_effects=[HALO])
        sheet.say(head, names, words)
        bare(ax)
        ax.axvline(0, color=INK, lw=em(0.06))
        head, lines = broken(head), under.count("\n") + bool(under)
        large, small = (em(min(most, room / max(longest([text]), 1))) for most, text in ((1.1, head), (1, under)))
        put(ax, under, (0, 1), 0, 1.2 * lines - 0.65, color=GREY, size=small, weight="normal", **place)
        put(ax, head, (0, 1), 0, 0.6 + 1.25 * lines + 1.3 * head.count("\n"), color=own, size=large, **place)
    top = max(rows.reindex(columns=["estimate", "high", "overall"]).max(axis=None) for *_words, rows in columns)
    grid[0].set(ylim=(len(names) - 0.5, -0.55))
    for ax in grid:
        ax.set(xlim=(0, min(102, 105 * max(top, 0.1))), xticks=[])
    words = [broken(name, 46 if len(columns) == 1 and not sheet.tall else 30) for name in names]
    grid[0].set_yticks(y, words, color=INK, size=size, va="center")


def value_rows(sheet: Sheet, rows: pd.DataFrame, names: Sequence[str], said: Say) -> None:
    """A dot with its interval and its number per row; rows: ``estimate, low, high, colour``, perhaps ``series``."""
    ax, y = sheet.ax, np.arange(len(rows))
    known = rows["estimate"].notna()
    ax.hlines(y, rows["low"], rows["high"], color=rows["colour"], lw=em(0.42), alpha=0.3)
    ax.scatter(rows["estimate"][known], y[known], s=em(0.75) ** 2, color=rows["colour"][known], zorder=3)
    for at, name, row in zip(y, names, rows.itertuples(), strict=True):
        if row.estimate == row.estimate:
            look = {"color": row.colour, "size": em(1.1), "path_effects": [HALO], "zorder": 4}
            put(ax, said(row.estimate), (row.estimate, at), 0, 0.62, ha="center", **look)
            sheet.say(getattr(row, "series", ""), [name], [said(row.estimate)])
    bare(ax)
    ax.grid(axis="x", visible=True)
    ax.set(ylim=(len(rows) - 0.45, -0.75))
    names = [broken(name, 34) for name in names]
    ax.set_yticks(y, names, size=min(em(), em(15) / (1 + "".join(names).count("\n") + len(names))), va="center")
    paint(ax.yaxis, rows["colour"])


def paint(axis: Axis, colours: Iterable[str]) -> None:
    """Tick labels in bold and in colours of their own."""
    for label, own in zip(axis.get_ticklabels(), colours, strict=True):
        label.set(color=own, weight="bold", linespacing=1.15)


def tiles(sheet: Sheet, table: pd.DataFrame, said: Say, *, top: float = 1.0) -> None:
    """A number per tile, the darker the more; row names on the left, column names above."""
    ax, words = sheet.ax, table.map(lambda value: said(value) if value == value else "")
    size = min(em(1.1), em(40) / max(table.shape[1], 4) ** 1.15)
    look = {"cbar": False, "linewidths": em(0.12), "linecolor": "white", "annot_kws": {"size": size, "weight": "bold"}}
    sns.heatmap(table, ax=ax, annot=words, fmt="", cmap=PALE_TO_BLUE, vmin=0, vmax=top, **look)
    for text, value in zip(ax.texts, table.to_numpy()[table.notna().to_numpy()], strict=False):
        text.set_color("white" if value > 0.8 * top else INK)
    ax.xaxis.tick_top()
    ax.set(xlabel="", ylabel="")
    heads, names = [broken(str(name), 11) for name in table.columns], [broken(str(name), 24) for name in table.index]
    room, rows = sheet.letters(len(heads)), len(names) * (1 + max(name.count("\n") for name in names))
    for axis, ticks, most in ((ax.xaxis, heads, room / longest(heads)), (ax.yaxis, names, 17 / rows)):
        axis.set_ticks(np.arange(len(ticks)) + 0.5, ticks, size=min(em(), 1.1 * size, em(most)), rotation=0, color=INK)
    bare(ax)
    ax.tick_params(length=0)
    for name, row in zip(table.index, words.to_numpy(), strict=True):
        sheet.told += [(name, column, word) for column, word in zip(table.columns, row, strict=True) if word]
