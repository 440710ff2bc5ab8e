"""Forms that several charts share: bars in columns, values in rows, tiles."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patheffects import withStroke

from ..words import number, percent
from .labels import broken, put
from .sheet import Sheet, width
from .style import DIM, GREY, INK, PALE, em

HALO = withStroke(linewidth=3, foreground="white")
PALE_TO_BLUE = LinearSegmentedColormap.from_list("house", ["#FFFFFF", "#1769AA"])


def share_columns(sheet: Sheet, columns: list[dict], names: Sequence[str]) -> Callable[[], None]:
    """Bars of shares, a column of axes each, a row per name; returns what writes the numbers once `frame` is done.

    A column is a dict: `head` and `under` (words above), `own` (their colour), `rows` (frame in the order of `names`:
    ``estimate``, and where they are to be drawn ``low, high``, ``overall``, which lies pale behind, and ``colour``).
    """
    grid, y = sheet.split(1, len(columns), gap=1 if len(columns) > 5 else 1.6)[0], np.arange(len(names))
    size = min(em(), em(27) / max(len(names), 1)) if sheet.alone else min(em(), em(22) / max(len(names), 1))
    known = [column["rows"].reindex(columns=["estimate", "high", "overall"]).max(axis=None) for column in columns]
    top = min(102, 105 * max([0.1, *(value for value in known if value == value)]))
    for ax, column in zip(grid, columns, strict=True):
        rows = column["rows"]
        if "overall" in rows:
            ax.barh(y, 100 * rows["overall"], 0.86, color=PALE)
        ax.barh(y, 100 * rows["estimate"], 0.58, color=rows.get("colour", column["own"]))
        if "low" in rows:
            ax.hlines(y + 0.36, 100 * rows["low"], 100 * rows["high"], color=INK, lw=em(0.07))
        ax.set(xlim=(0, top), ylim=(len(names) - 0.5, -0.55), xticks=[])
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        ax.axvline(0, color=INK, lw=em(0.06))
    grid[0].set_yticks(y, [broken(name, 30) for name in names], color=INK, size=size, va="center")

    def write() -> None:
        for ax, column in zip(grid, columns, strict=True):
            _heading(sheet, ax, column)
            probe, pixels = ax.text(0, 0, "", size=size, weight="bold"), ax.get_window_extent().width / top
            room = width(probe, percent(1))
            probe.remove()
            own = column["rows"].get("colour", pd.Series(column["own"], column["rows"].index))
            for at, value, shown in zip(y, 100 * column["rows"]["estimate"], own, strict=True):
                inside = value * pixels > 1.35 * room
                look = {"ha": "right", "color": "white"} if inside else {"color": shown, "ha": "left"}
                if value == value:
                    put(ax, percent(value / 100), (value, at), -0.3 if inside else 0.35, va="center", size=size, **look)

    return write


def _heading(sheet: Sheet, ax: Axes, column: dict) -> None:
    """The words above a column, broken and made smaller until they fit."""
    lines = broken(column["head"]).split("\n")
    room = ax.get_window_extent().width + sheet.gap * em() * ax.figure.dpi / 72
    probe, size = ax.text(0, 0, "", weight="bold", size=em(1.1)), em(1.1)
    size *= min(1, room / max(width(probe, line) for line in lines))
    probe.set(size=em(), weight="normal")
    small = em(min(1, room / max([1, *(width(probe, line) for line in column["under"].split("\n"))])))
    probe.remove()
    under = column["under"].split("\n")
    put(ax, column["under"], (0, 1), 0, 0.55 + 1.2 * (len(under) - 1), coords="axes fraction", color=GREY, size=small,
        weight="normal", lead=1.2)  # fmt: skip
    up = (0.9 + 1.25 * len(under) if column["under"] else 0.55) + 1.3 * (len(lines) - 1)
    put(ax, "\n".join(lines), (0, 1), 0, up, coords="axes fraction", color=column["own"], size=size, lead=1.25)


def value_rows(
    ax: Axes, rows: pd.DataFrame, names: Sequence[str], said: Callable[[float], str], *, zero: bool = False
) -> None:
    """A dot with its interval and its number per row; rows: ``estimate, low, high, colour``."""
    y = np.arange(len(rows))
    ax.hlines(y, rows["low"], rows["high"], color=rows["colour"], lw=em(0.42), alpha=0.3)
    ax.scatter(rows["estimate"], y, s=em(0.75) ** 2, color=rows["colour"], zorder=3)
    for at, (value, own) in enumerate(zip(rows["estimate"], rows["colour"], strict=True)):
        if value == value:
            put(
                ax,
                said(value),
                (value, at),
                0,
                0.62,
                ha="center",
                color=own,
                size=em(1.1),
                path_effects=[HALO],
                zorder=4,
            )
    if zero:
        ax.axvline(0, color=INK, lw=em(0.08))
    ax.set_yticks(y, [broken(name, 24) for name in names], size=em(), va="center")
    for label, own in zip(ax.get_yticklabels(), rows["colour"], strict=True):
        label.set(color=own, weight="bold", linespacing=1.1)
    ax.set(ylim=(len(rows) - 0.45, -0.75))
    ax.grid(axis="x", visible=True)
    ax.grid(axis="y", visible=False)
    ax.spines["bottom"].set_visible(False)


def tiles(
    ax: Axes, table: pd.DataFrame, said: Callable[[float], str], *, vmin=0.0, vmax=1.0, cmap=PALE_TO_BLUE
) -> None:
    """A number per tile, the darker the more; row names on the left, column names above."""
    words = table.map(lambda value: said(value) if value == value else "")
    size = min(em(1.1), em(40) / max(table.shape[1], 4) ** 1.15)
    sns.heatmap(table, ax=ax, annot=words, fmt="", cmap=cmap, vmin=vmin, vmax=vmax, cbar=False, linewidths=em(0.12),
                linecolor="white", annot_kws={"size": size, "weight": "bold"})  # fmt: skip
    for text, value in zip(ax.texts, table.to_numpy()[table.notna().to_numpy()], strict=False):
        text.set_color("white" if value > vmin + 0.8 * (vmax - vmin) else INK)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set(xlabel="", ylabel="")
    look = {"size": min(em(), 1.1 * size), "color": INK}
    ax.set_xticks(
        np.arange(table.shape[1]) + 0.5, [broken(str(name), 11) for name in table.columns], rotation=0, **look
    )
    ax.set_yticks(np.arange(len(table)) + 0.5, [broken(str(name), 24) for name in table.index], rotation=0, **look)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(length=0)


def signed(value: float, digits: int = 0) -> str:
    """A number with a true minus sign; nothing is minus zero."""
    return number(round(value, digits) + 0.0, digits).replace("-", "−")


def quiet(sure: Sequence[bool], own: Sequence[str] | str) -> np.ndarray:
    """Colour where something is sure, grey elsewhere."""
    return np.where(sure, own, DIM)
