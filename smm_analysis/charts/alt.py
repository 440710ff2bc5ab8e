"""Alternative text: what a chart shows, in words.

A chart hands its finding and its marks to `tell`. In a notebook `speak` makes the description the text/plain of a
figure, instead of `<Figure size ...>`: it is stored with the picture, and pages make it its alternative text.
"""

import os
from collections.abc import Callable, Iterable
from weakref import WeakKeyDictionary

from matplotlib.axes import Axes
from matplotlib.figure import Figure

_told: WeakKeyDictionary[Axes, list[str]] = WeakKeyDictionary()


def speak(as_svg: Callable[[Figure], object]) -> None:
    """In a notebook, display every figure whole, with its description; during a report (SMM_FIGURES) also as SVG."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats
    from matplotlib_inline.config import InlineBackend

    whole = {"bbox_inches": None}  # "tight" would change the size that the chart was laid out for
    InlineBackend.instance(parent=shell).print_figure_kwargs = whole
    formats = os.environ.get("SMM_FIGURES", "png").split()
    set_matplotlib_formats(*formats, **whole)
    if "svg" in formats:
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, as_svg)
    shell.display_formatter.formatters["text/plain"].for_type(Figure, lambda figure, p, _: p.text(describe(figure)))


def tell(ax: Axes, title: str, subtitle: str, rows: Iterable[tuple[str, str, str]], foot: str) -> None:
    """Remember what a chart shows: every row a series, a key in it and its value, in words."""
    series: dict[str, list[str]] = {}
    for name, key, value in rows:
        series.setdefault(str(name), []).append(f"{key} {value}".strip())
    said = [f"{name}: {', '.join(values)}" if name else ", ".join(values) for name, values in series.items()]
    _told[ax] = [title, subtitle, *said, foot]


def title(figure: Figure) -> str:
    """The finding that stands over a figure; of a reader's own the title, wherever it stands."""
    titles = [_told[ax][0] if ax in _told else _titles(ax)[0] for ax in figure.axes if ax in _told or _titles(ax)]
    return titles[0] if titles else ""


def _titles(ax: Axes) -> list[str]:
    return [title for place in ("left", "center", "right") if (title := ax.get_title(loc=place))]


def describe(figure: Figure) -> str:
    """What a figure shows, as sentences: the finding, what is drawn, the marks, the source; else titles and labels.

    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> ax.set(title="Most are young", ylabel="Share (%)")
    [...]
    >>> describe(figure)
    'Most are young. Share (%).'
    """
    said = [_told[ax] for ax in figure.axes if ax in _told]
    said = said or [[*_titles(ax), ax.get_xlabel(), ax.get_ylabel()] for ax in figure.axes]
    parts = [" ".join(part.split()) for part in (figure.get_suptitle(), *sum(said, [])) if part]
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts)
