"""Forms that several charts share: bars of shares in columns, values in rows, tiles. They also tell their marks."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap

from ..words import number, percent
from .labels import HALO, broken, put
from .sheet import Sheet, short, width
from .style import GREY, INK, PALE, em

PALE_TO_BLUE = LinearSegmentedColormap.from_list("house", ["#FFFFFF", "#1769AA"])
Say = Callable[[float], str]


def signed(value: float, digits: int = 0) -> str:
    """A number with a true minus sign; nothing is minus zero."""
    return number(round(value, digits) + 0.0, digits).replace("-", "−")


def bare(ax: Axes) -> None:
    """Axes without lines of their own."""
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)


def percents(axis: Axis, low: float = 0, top: float = 100) -> None:
    """Some four round ticks in percent, written as the language does."""
    step = next((step for step in (1, 2, 5, 10, 25) if (top - low) / step <= 5), 50)
    ticks = np.arange(-(-low // step) * step, top + 1e-9, step)
    axis.set_ticks(ticks, [percent(tick / 100) for tick in ticks])


def widest(table: pd.DataFrame, key: str) -> tuple[pd.Series, pd.Series] | None:
    """The rows of one `key` that lie furthest apart, if their intervals do not touch: the larger and the smaller."""
    pairs = [
        (rows.loc[rows["estimate"].idxmax()], rows.loc[rows["estimate"].idxmin()]) for _key, rows in table.groupby(key)
    ]
    pairs = [(most, least) for most, least in pairs if most["low"] > least["high"]]
    return max(pairs, key=lambda pair: pair[0]["estimate"] - pair[1]["estimate"], default=None)


def share_columns(sheet: Sheet, columns: list[dict], names: Sequence[str]) -> Callable[[], None]:
    """Bars of shares, a column of axes each, a row per name; returns what writes the numbers once `frame` is done.

    A column is a dict: `head` and `under` (words above), `own` (their colour), `rows` (frame in the order of `names`:
    ``estimate``, and where they are to be drawn ``low, high``, ``overall``, which lies pale behind, and ``colour``).
    """
    grid, y = sheet.split(1, len(columns), gap=1 if len(columns) > 5 else 1.6)[0], np.arange(len(names))
    size = min(em(), em(27 if sheet.alone else 22) / len(names))
    ends = pd.concat([column["rows"].reindex(columns=["estimate", "high", "overall"]) for column in columns])
    top = min(102, 105 * max(ends.max(axis=None), 0.1))
    for ax, column in zip(grid, columns, strict=True):
        rows = column["rows"]
        if "overall" in rows:
            ax.barh(y, 100 * rows["overall"], 0.86, color=PALE)
        ax.barh(y, 100 * rows["estimate"], 0.58, color=rows.get("colour", column["own"]))
        if "low" in rows:
            ax.hlines(y + 0.36, 100 * rows["low"], 100 * rows["high"], color=INK, lw=em(0.07))
        bare(ax)
        ax.set(xlim=(0, top), ylim=(len(names) - 0.5, -0.55), xticks=[])
        ax.axvline(0, color=INK, lw=em(0.06))
        sheet.told += [
            (column["head"], name, percent(v)) for name, v in zip(names, rows["estimate"], strict=True) if v == v
        ]
    grid[0].set_yticks(
        y, [broken(name, 30 if len(columns) > 1 else 46) for name in names], color=INK, size=size, va="center"
    )

    def write() -> None:
        for ax, column in zip(grid, columns, strict=True):
            _heading(sheet, ax, column)
            probe = ax.text(0, 0, "", size=size, weight="bold")
            room = 1.35 * width(probe, percent(1)) * top / ax.get_window_extent().width
            probe.remove()
            own = column["rows"].get("colour", pd.Series(column["own"], column["rows"].index))
            for at, value, shown in zip(y, 100 * column["rows"]["estimate"], own, strict=True):
                look = {"ha": "right", "color": "white"} if value > room else {"color": shown}
                if value == value:
                    put(
                        ax,
                        percent(value / 100),
                        (value, at),
                        -0.3 if value > room else 0.35,
                        va="center",
                        size=size,
                        **look,
                    )

    return write


def _heading(sheet: Sheet, ax: Axes, column: dict) -> None:
    """The words above a column, broken and made smaller until they fit."""
    lines, under = broken(column["head"]).split("\n"), column["under"].split("\n")
    room = ax.get_window_extent().width + 0.5 * sheet.gap * em() * ax.figure.dpi / 72
    probe = ax.text(0, 0, "", weight="bold", size=em(1.1))
    large = em(1.1) * min(1, room / max(1, *(width(probe, line) for line in [*lines, ""])))
    probe.set(size=em(), weight="normal")
    small = em() * min(1, room / max(1, *(width(probe, line) for line in [*under, ""])))
    probe.remove()
    place = {"coords": "axes fraction", "lead": 1.2}
    put(ax, column["under"], (0, 1), 0, 1.2 * len(under) - 0.65, color=GREY, size=small, weight="normal", **place)
    up = (0.9 + 1.25 * len(under) if column["under"] else 0.55) + 1.3 * (len(lines) - 1)
    put(ax, "\n".join(lines), (0, 1), 0, up, color=column["own"], size=large, **place)


def value_rows(sheet: Sheet, rows: pd.DataFrame, names: Sequence[str], said: Say, *, ax=None, series="") -> None:
    """A dot with its interval and its number per row; rows: ``estimate, low, high, colour``."""
    ax, y = ax or sheet.ax, np.arange(len(rows))
    ax.hlines(y, rows["low"], rows["high"], color=rows["colour"], lw=em(0.42), alpha=0.3)
    ax.scatter(rows["estimate"], y, s=em(0.75) ** 2, color=rows["colour"], zorder=3)
    for at, name, value, own in zip(y, names, rows["estimate"], rows["colour"], strict=True):
        if value == value:
            look = {"color": own, "size": em(1.1), "path_effects": [HALO], "zorder": 4}
            put(ax, said(value), (value, at), 0, 0.62, ha="center", **look)
            sheet.told.append((series, name, said(value)))
    bare(ax)
    ax.grid(axis="x", visible=True)
    ax.set(ylim=(len(rows) - 0.45, -0.75))
    ax.set_yticks(y, [broken(name, 24) for name in names], size=min(em(), em(20) / max(len(rows), 1)), va="center")
    for label, own in zip(ax.get_yticklabels(), rows["colour"], strict=True):
        label.set(color=own, weight="bold", linespacing=1.1)


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
    heads = [broken(short(str(name), 24), 11) for name in table.columns]
    room = 0.7 * sheet.room.width / (em() * ax.figure.dpi / 72) / len(heads)  # of a column, in font sizes
    letters = max(len(line) for head in heads for line in head.split("\n"))
    look = {"rotation": 0, "color": INK}
    ax.set_xticks(np.arange(len(heads)) + 0.5, heads, size=min(em(), 1.1 * size, em(1.5 * room / letters)), **look)
    names = [broken(str(name), 24) for name in table.index]
    lines = 1 + max(name.count("\n") for name in names)
    ax.set_yticks(np.arange(len(names)) + 0.5, names, size=min(em(), 1.1 * size, em(17 / lines / len(names))), **look)
    bare(ax)
    ax.tick_params(length=0)
    for name, row in zip(table.index, words.to_numpy(), strict=True):
        sheet.told += [(name, column, word) for column, word in zip(table.columns, row, strict=True) if word]
