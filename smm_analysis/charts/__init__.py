"""Pictures: every answer draws itself on one skeleton, in one style; a chart computes nothing.

`sheet.py` is the skeleton, `style.py` the style, `marks.py` what charts share, `alt.py` says a figure in words; a file
per family holds functions that take a `Sheet`, which holds the answer and the axes.
"""

from io import StringIO
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..answer import Answer
from . import alt, audiences, promises, style, trust
from .sheet import Sheet, scale_of

KINDS = {
    audiences: "age_curve co_use groups plan profile reach relative_preference use_by_age",
    promises: "best_promise calibration kept_by_month kink lateness net_benefit promise risk_by_month surface",
    trust: "certainty claims how_many outcome residuals segments stability",
}
DRAW = {kind: getattr(family, kind) for family, kinds in KINDS.items() for kind in kinds.split()}
_whole: WeakKeyDictionary[Figure, tuple[Answer, str]] = WeakKeyDictionary()  # figures that hold one picture of ours


def draw(answer: Answer, kind: str, ax: Axes | None = None) -> Axes:
    """The picture `kind` of `answer` on a figure of its own, or on `ax`; matplotlib's settings stay as they were."""
    with plt.rc_context():
        style.use()
        if ax is None:
            ax = plt.subplots()[1]
            _whole[ax.figure] = (answer, kind)
        style.use(scale_of(ax))
        sheet = Sheet(answer, ax)
        DRAW[kind](sheet)
        sheet.fit()
    return ax


def as_svg(figure: Figure) -> tuple[str, dict[str, str]]:
    """A figure as SVG, the same in every run, with its title, its kind and the same picture for a phone, if ours."""
    about = {"title": alt.title(figure)}
    if figure in _whole:
        answer, kind = _whole[figure]
        before = style.choose("phone")
        try:
            with plt.rc_context():
                style.use()
                about |= {"kind": kind, "phone": _svg(draw(answer, kind, Figure().add_subplot()).figure)}
        finally:
            style.choose(before)
    return _svg(figure), about


def _svg(figure: Figure) -> str:
    """Without the date and without random names."""
    text = StringIO()
    with plt.rc_context({"svg.hashsalt": alt.describe(figure)}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def set_theme(medium: str = "screen") -> None:
    """In which size should charts be drawn from now on, and in a notebook described?

    Parameters
    ----------
    medium : {"screen", "projector", "print", "phone"}
        "projector" is legible from the back row, "print" fits a column of 16 cm, "phone" is narrow and tall.

    Raises
    ------
    ModelError
        For any other name.

    Notes
    -----
    Sets matplotlib's parameters for the session, so that a reader's own charts look alike; `Answer.plot` needs no call.

    Examples
    --------
    >>> set_theme("projector"); round(plt.rcParams["font.size"], 1)
    18.7
    >>> set_theme(); plt.rcdefaults()
    """
    style.choose(medium)
    style.use()
    plt.rcParams["figure.constrained_layout.use"] = True  # of a reader's own charts; those of the house know their room
    alt.speak(as_svg)
