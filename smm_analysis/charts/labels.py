"""Words at the marks, in place of legends."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from .sheet import short, width
from .style import em

HALO = withStroke(linewidth=3, foreground="white")


def put(ax: Axes, text: str, at: tuple, right: float = 0, up: float = 0, *, coords="data", lead=1.28, **look) -> None:
    """Bold words beside a mark, shifted by font sizes; their lines are equally far apart, whatever their letters."""
    look = {"weight": "bold", "textcoords": "offset points", "annotation_clip": False} | look
    step = lead * look.get("size", em()) / em()
    for row, line in enumerate(text.split("\n")):
        ax.annotate(line, at, (em(right), em(up - row * step)), xycoords=coords, **look)


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


def end_labels(ax: Axes, ends: Mapping[str, tuple[float, str, str]], x: float) -> None:
    """Names at the right ends of lines, {name: (y, colour, weight)}, pushed apart where they would overlap."""
    if not ends:
        return
    box, dot = ax.get_window_extent(), 72 / ax.figure.dpi
    y = ax.transData.transform([(x, end[0]) for end in ends.values()])[:, 1]
    gap = min(em(1.25) / dot, box.height / max(len(y) - 1, 1))
    moved, order = y.copy(), y.argsort(kind="stable")
    for _turn in range(300):
        push = (gap - np.diff(moved[order])).clip(0) / 2
        moved[order[:-1]] -= push
        moved[order[1:]] += push
        moved = moved.clip(box.y0, box.y1 + gap / 2)
    for (name, (value, own, weight)), shift in zip(ends.items(), (moved - y) * dot, strict=True):
        look, far = {"color": own, "weight": weight, "size": min(em(), 0.8 * gap * dot)}, abs(shift) > em(0.6)
        put(ax, name, (x, value), 1.9 if far else 0.9, shift / em(), va="center", **look)
        if far:
            line = {"arrowstyle": "-", "color": own, "lw": em(0.04), "shrinkA": 0, "shrinkB": 0}
            ax.annotate(
                "", (x, value), (em(1.8), shift), textcoords="offset points", arrowprops=line, annotation_clip=False
            )


def label_lines(ax: Axes, names: Mapping[Line2D, str]) -> None:
    """Names on the lines, {line: name}, each where it is free of every other line and name, and high if possible."""
    pad, box, taken = 0.35 * em() * ax.figure.dpi / 72, ax.get_window_extent(), np.empty((0, 2))
    fine = {line: line.get_path().interpolated(1 + 600 // len(line.get_xdata())).vertices for line in ax.lines}
    paths = {line: line.get_transform().transform(points) for line, points in fine.items()}
    sides = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    for line, name in names.items():
        look = {"weight": "bold", "linespacing": 1.05, "path_effects": [HALO], "ha": "center", "va": "center"}
        text = ax.text(0, 0, name, color=line.get_color(), **look)
        half, best = np.array([width(text, name), text.get_window_extent().height]) / 2 + pad, (-np.inf, None)
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
