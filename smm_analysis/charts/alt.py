"""Alternative text: what a chart shows, in words.

A chart whose marks do not speak for themselves says its frame with `tell`; any other one, also a reader's own, is read
from its axes. In a notebook a figure is displayed as a picture and as text; `speak` makes that text the description
instead of `<Figure size ...>`. So it is stored with the picture, and the report makes it the alternative text.
"""

import os
from collections.abc import Iterable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

from ..words import _, number

MOST_POINTS = 12
MOST_SERIES = 10


def speak() -> None:
    """In a notebook, display every figure with its description; during a report also as SVG."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats(*os.environ.get("SMM_FIGURES", "png").split())
    shell.display_formatter.formatters["text/plain"].for_type(Figure, lambda figure, p, _: p.text(describe(figure)))


def tell(ax: Axes, rows: Iterable[tuple[str, str, str]]) -> None:
    """Say what the axes show: a series, a key in it and its value, in words, for every row of the chart's frame.

    >>> import matplotlib.pyplot as plt
    >>> ax = plt.subplots()[1]
    >>> tell(ax, [("the young", "Facebook", "87%"), ("the young", "LinkedIn", "21%"), ("the old", "Facebook", "56%")])
    >>> describe(ax.figure)
    'the young: Facebook 87%, LinkedIn 21%. the old: Facebook 56%.'
    """
    series: dict[str, list[str]] = {}
    for name, key, value in rows:
        series.setdefault(name, []).append(f"{key} {value}".strip())
    ax.smm_told = [f"{name}: {', '.join(values)}" for name, values in series.items()]


def describe(figure: Figure) -> str:
    """Title, axes, values and caption of every chart in `figure`, as sentences.

    Parameters
    ----------
    figure : matplotlib Figure

    Returns
    -------
    str
        Few points are named one by one, of longer lines the ends, the lowest and the highest.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> ax.set(title="Most are young", ylabel="Share (%)")
    [...]
    >>> bars = ax.bar(["young", "old"], [70, 30])
    >>> describe(figure)
    'Most are young. Upwards: Share (%). young 70, old 30.'
    """
    charts = [ax for ax in figure.axes if (ax.has_data() or hasattr(ax, "smm_told")) and ax.get_label() != "<colorbar>"]
    said = [figure.get_suptitle(), *(part for ax in charts for part in _chart(ax)), figure.get_supxlabel()]
    return " ".join(_sentence(part) for part in said if part)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else text + "."


def _chart(ax: Axes) -> list[str]:
    across, up = ax.get_xlabel(), ax.get_ylabel()
    series = getattr(ax, "smm_told", None) or _series(ax)
    return [
        ax.get_title() or ax.get_title("left"),
        across and _("Across: {label}").format(label=across),
        up and _("Upwards: {label}").format(label=up),
        *series[:MOST_SERIES],
        len(series) > MOST_SERIES and _("{n} more are not read out").format(n=len(series) - MOST_SERIES),
    ]


def _series(ax: Axes) -> list[str]:
    """One sentence per row of a heat map and per labelled series; without labels, per series."""
    meshes = [row for mesh in ax.collections if isinstance(mesh, QuadMesh) for row in _rows(ax, mesh)]
    handles, labels = ax.get_legend_handles_labels()
    labelled = [(f"{label}: ", _values(ax, _points(handle))) for handle, label in zip(handles, labels, strict=True)]
    nameless = [("", _values(ax, _points(artist))) for artist in (*ax.containers, *ax.lines, *ax.collections)]
    said = [name + values for name, values in labelled if values] or [values for _name, values in nameless if values]
    return meshes + said


def _points(artist: Artist) -> np.ndarray:
    """The points (x, y) an artist stands for; none for bands, arrows and the like."""
    if isinstance(artist, ErrorbarContainer):
        artist = artist[0]
    if isinstance(artist, Line2D):
        return np.column_stack(artist.get_data(orig=False)).astype(float)
    if isinstance(artist, PathCollection):
        return np.asarray(artist.get_offsets(), dtype=float)
    if isinstance(artist, BarContainer):
        flat = artist.orientation == "horizontal"
        return np.array([_end(bar, flat) for bar in artist], dtype=float)
    return np.empty((0, 2))


def _end(bar: Artist, flat: bool) -> tuple[float, float]:
    if flat:
        return bar.get_width(), bar.get_y() + bar.get_height() / 2
    return bar.get_x() + bar.get_width() / 2, bar.get_height()


def _values(ax: Axes, points: np.ndarray) -> str:
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) > MOST_POINTS:
        first, last, height = points[0], points[-1], points[:, 1]
        words = [_("from {point}").format(point=_pair(ax, first)), _("to {point}").format(point=_pair(ax, last))]
        if height.min() < min(first[1], last[1]):
            words += [_("lowest at {point}").format(point=_pair(ax, points[height.argmin()]))]
        if height.max() > max(first[1], last[1]):
            words += [_("highest at {point}").format(point=_pair(ax, points[height.argmax()]))]
        return ", ".join(words)
    return ", ".join(_pair(ax, point) for point in points)


def _pair(ax: Axes, point: np.ndarray) -> str:
    """Key and value: the name on the axis that has names, then the number on the other."""
    x, y = _tick(ax.xaxis, point[0]), _tick(ax.yaxis, point[1])
    return f"{y} {x}" if _has_names(ax.yaxis) and not _has_names(ax.xaxis) else f"{x} {y}"


def _rows(ax: Axes, mesh: QuadMesh) -> list[str]:
    """A heat map row by row."""
    middles = mesh.get_coordinates()
    middles = (middles[:-1, :-1] + middles[1:, 1:]) / 2
    rows = zip(middles, np.atleast_2d(mesh.get_array()), strict=True)
    return [
        f"{_tick(ax.yaxis, row[0, 1])}: "
        + ", ".join(f"{_tick(ax.xaxis, x)} {_plain(value)}" for x, value in zip(row[:, 0], values, strict=True))
        for row, values in rows
    ]


def _has_names(axis: Axis) -> bool:
    return not isinstance(axis.get_major_formatter(), ScalarFormatter) and any(
        text.get_text().strip()[:1].isalpha() for text in axis.get_ticklabels()
    )


def _tick(axis: Axis, value: float) -> str:
    """A value as the axis writes it: the name of a category, a percentage, a number."""
    formatter = axis.get_major_formatter()
    text = "" if isinstance(formatter, ScalarFormatter) else formatter.format_data_short(value).strip()
    return text or _plain(value)


def _plain(value: float) -> str:
    return number(value, 0 if float(value).is_integer() or abs(value) >= 100 else 2)
