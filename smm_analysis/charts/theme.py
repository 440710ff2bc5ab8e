"""What all charts share: the house style, colours that mean the same everywhere, the caption under the axes."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, ScalarFormatter

from ..errors import ModelError
from ..words import _, decimal_sign, number, percent
from .alt import speak

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F7F7F")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = (
    "-",
    (0, (6, 2)),
    (0, (2, 1.5)),
    (0, (7, 2, 1.5, 2)),
    (0, (4, 1)),
    (0, (1, 1)),
    (0, (9, 3)),
    (0, (3, 1, 1, 1)),
)
QUIET = "#595959"
SIZES = {
    "screen": {},
    "projector": {
        "figure.figsize": (12.8, 7.2),
        "font.size": 16,
        "axes.titlesize": 19,
        "axes.labelsize": 17,
        "lines.linewidth": 3.5,
    },
    "print": {
        "figure.figsize": (6.3, 4.0),
        "figure.dpi": 300,
        "savefig.dpi": 300,
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.labelsize": 9,
        "lines.linewidth": 1.4,
    },
}


@contextmanager
def theme(name: str = "screen") -> Iterator[None]:
    """Draw in the house style inside a ``with`` block, and leave matplotlib as it was afterwards.

    Parameters
    ----------
    name : {"screen", "projector", "print"}
        ``projector`` is legible from the back row, ``print`` fits a column of 16 cm.

    Raises
    ------
    ModelError
        For any other name.

    Examples
    --------
    >>> with theme("projector"):
    ...     plt.rcParams["font.size"]
    16.0
    """
    if name not in SIZES:
        raise ModelError("theme", f"one of {', '.join(SIZES)}", repr(name), "Choose one of these.")
    with as_file(files(__package__) / "style.mplstyle") as path, plt.style.context([str(path), SIZES[name]]):
        yield


def use_theme(name: str = "screen") -> None:
    """Set the style for the rest of a notebook (`theme` without the ``with``), and let its figures describe themselves.

    Parameters
    ----------
    name : {"screen", "projector", "print"}

    Raises
    ------
    ModelError
        For any other name.

    Examples
    --------
    >>> use_theme("projector")
    >>> plt.rcdefaults()
    """
    plt.rcdefaults()
    context = theme(name)
    context.__enter__()
    kept = dict(plt.rcParams)
    context.__exit__(None, None, None)
    plt.rcParams.update(kept)
    speak()


class Numbers(ScalarFormatter):
    """Numbers along an axis, with the decimal sign of the language chosen when the chart was drawn."""

    def __init__(self):
        super().__init__()
        self.sign = decimal_sign()

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The number as it stands at a tick."""
        return super().__call__(x, pos).replace(".", self.sign)


def percent_axis(axis: Axis, *, whole: float = 100) -> None:
    """Percentages along an axis, as the language writes them; `whole` is 1 for shares."""

    def written(value: float, _position: int | None = None) -> str:
        share = round(value / whole, 6)
        return percent(share, 0 if share == round(share, 2) else 1)

    axis.set_major_formatter(FuncFormatter(written))


def origin_word(origin: str | None) -> str:
    """'published', 'simulated' or 'your data', in the chosen language."""
    words = {"published": _("published data"), "simulated": _("simulated data"), None: _("your data")}
    return words.get(origin, words[None])


def caption(ax: Axes, attrs: dict, *notes: str) -> None:
    """Write under the axes: how many people or orders (`attrs["n"]`), from where (`source`, `origin`), and `notes`.

    The last call of every chart; so it also lets the axes write their numbers as the language does, and breaks
    labels that some language makes too long.
    """
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_wrap(True)
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(Numbers())
    parts = [f"n = {number(attrs['n'])}"] if attrs.get("n") else []
    parts += [attrs["source"]] if attrs.get("source") else []
    parts += [origin_word(attrs.get("origin")), *(note for note in notes if note)]
    size = 0.8 * plt.rcParams["font.size"]
    ax.figure.supxlabel(" · ".join(parts), x=0.01, ha="left", fontsize=size, color=QUIET, wrap=True)


def interval_note(frame: pd.DataFrame) -> str:
    """Which intervals a chart shows."""
    return _("{level} intervals").format(level=percent(frame.attrs["level"]))


def title(ax: Axes, text: str, *, lines_above: int = 0) -> None:
    """The finding, above the axes and above a legend of `lines_above` lines, broken where the figure ends."""
    room = plt.rcParams["axes.titlepad"] + 1.6 * lines_above * plt.rcParams["font.size"]
    ax.set_title(text, wrap=True, pad=room)


def audience_label(frame: pd.DataFrame, audience: int) -> str:
    """Number and name of an audience, the same in every chart."""
    return f"{audience}  {frame.attrs['names'][audience]}"


def assignment_word(by: str) -> str:
    """What people were assigned by, in the chosen language; `by` as the frames have it."""
    words = {"age and answers": _("by age and answers"), "answers only": _("by answers only")}
    return words[by]


def between(estimate: str, low: str, high: str) -> str:
    """An estimate and its interval in words."""
    return _("{estimate} ({low} to {high})").format(estimate=estimate, low=low, high=high)


def legend_below_title(ax: Axes) -> int:
    """The audiences' names between title and axes, so that no line is covered; returns how many lines they take."""
    labels = ax.get_legend_handles_labels()[1]
    columns = min(2, len(labels))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, handlelength=3)
    return -(-len(labels) // columns)
