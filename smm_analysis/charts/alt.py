"""Alternative text: what a figure shows, in words.

A chart of the house hands its finding and its marks to `tell`; of a reader's own figure the words on it are read. In a
notebook a figure is displayed as a picture and as text/plain; `speak` makes that text the description instead of
`<Figure size ...>`, so it is stored with the picture, and pages make it the picture's alternative text.
"""

import os
from collections.abc import Iterable
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from ..words import _, number

MOST_SERIES, MOST_POINTS = 12, 12
_told: WeakKeyDictionary[Axes, list[str]] = WeakKeyDictionary()


def speak() -> None:
    """In a notebook, display every figure whole, with its description; during a report also as SVG."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats
    from matplotlib_inline.config import InlineBackend

    whole = {"bbox_inches": None}  # "tight" would change the size that the chart was laid out for
    InlineBackend.instance(parent=shell).print_figure_kwargs = whole
    set_matplotlib_formats(*os.environ.get("SMM_FIGURES", "png").split(), **whole)
    shell.display_formatter.formatters["text/plain"].for_type(Figure, lambda figure, p, _: p.text(describe(figure)))


def tell(ax: Axes, title: str, subtitle: str, rows: Iterable[tuple[str, str, str]], foot: str) -> None:
    """Remember what a chart shows: every row a series, a key in it and its value, in words."""
    series: dict[str, list[str]] = {}
    for name, key, value in rows:
        series.setdefault(str(name), []).append(f"{key} {value}".strip())
    said = [f"{name}: {', '.join(values)}" if name else ", ".join(values) for name, values in series.items()]
    _told[ax] = [title, subtitle, *_first(said), foot]


def describe(figure: Figure) -> str:
    """What `figure` shows, as sentences: the finding, what is drawn, the marks, the source.

    Parameters
    ----------
    figure : matplotlib Figure

    Returns
    -------
    str

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> bars = ax.bar(["young", "old"], [70, 30]); ax.set(title="Most are young", ylabel="Share (%)")
    [...]
    >>> describe(figure)
    'Most are young. Upwards: Share (%). young 70, old 30.'
    """
    mine = any(ax in _told for ax in figure.axes)
    charts = [_told[ax] if ax in _told else _read(ax) for ax in figure.axes if ax in _told or not mine]
    return " ".join(_sentence(part) for part in (figure.get_suptitle(), *sum(charts, [])) if part)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else text + "."


def _first(said: list[str]) -> list[str]:
    more = len(said) - MOST_SERIES
    return said[:MOST_SERIES] + ([_("{n} more are not read out").format(n=number(more))] if more > 0 else [])


def _read(ax: Axes) -> list[str]:
    """Title, labels, and the values of bars and lines, of axes that no chart of the house has drawn."""
    said = [", ".join(_bars(ax, bars)) for bars in ax.containers if isinstance(bars, BarContainer)]
    for line in ax.lines:
        ends = line.get_ydata()[[0, -1]] if len(line.get_xdata()) > 1 else []
        if len(ends) and np.isfinite(np.asarray(ends, float)).all():
            words = _("from {first} to {last}").format(first=_plain(ends[0]), last=_plain(ends[1]))
            said.append(words if line.get_label().startswith("_") else f"{line.get_label()}: {words}")
    across, up = ax.get_xlabel(), ax.get_ylabel()
    return [
        ax.get_title() or ax.get_title("left"),
        across and _("Across: {label}").format(label=across),
        up and _("Upwards: {label}").format(label=up),
        *_first(said),
    ]


def _bars(ax: Axes, bars: BarContainer) -> list[str]:
    """Name and value of every bar."""
    flat = bars.orientation == "horizontal"
    axis = ax.yaxis if flat else ax.xaxis
    names = dict(zip(axis.get_ticklocs(), (label.get_text() for label in axis.get_ticklabels()), strict=False))
    said = []
    for bar in bars.patches[:MOST_POINTS]:
        at = bar.get_y() + bar.get_height() / 2 if flat else bar.get_x() + bar.get_width() / 2
        near = min(names, key=lambda tick: abs(tick - at), default=np.inf)
        said.append(
            f"{names[near] if abs(near - at) < 0.5 else ''} {_plain(bar.get_width() if flat else bar.get_height())}"
        )
    return said


def _plain(value: float) -> str:
    return number(value, 0 if float(value).is_integer() or abs(value) >= 100 else 2)
