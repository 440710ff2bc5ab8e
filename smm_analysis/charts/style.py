"""The house style: one font, three media, colours that mean the same in every picture."""

from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib import font_manager

from ..errors import one_of

INK, GREY, DIM, MUTED, PALE = "#1D1D1F", "#595959", "#767676", "#A6A6A6", "#DEDEDE"  # words, second words, ..., behind
AUDIENCE = ("#C4560A", "#0B7F6E", "#7048A0", "#3D4A5C", "#542400", "#B000D0", "#5F5FA3", "#75633A")  # 4.5 to 1 on white
KEPT, BROKEN, OTHER = "#1769AA", "#B3261E", "#C2296B"
MEDIA = {  # seaborn's context, its font scale, inches, dots per inch
    "screen": ("talk", 0.89, (12.8, 7.2), 100),
    "projector": ("talk", 1.04, (12.8, 7.2), 100),
    "print": ("paper", 0.88, (6.4, 4.0), 300),
    "phone": ("talk", 0.52, (4.0, 5.4), 200),
}
_chosen = {"medium": "screen"}


def choose(medium: str) -> str:
    """Remember the medium of all charts from now on; which one it was before."""
    before, _chosen["medium"] = _chosen["medium"], one_of("medium", medium, tuple(MEDIA))
    return before


def use(scale: float = 1.0) -> None:
    """Set matplotlib's parameters for the chosen medium; `scale` makes all smaller, for a panel of a figure.

    Roboto Condensed has every Kazakh letter; DejaVu Sans has the signs, and stands in for it.
    """
    _add_fonts()
    context, factor, inches, dpi = MEDIA[_chosen["medium"]]
    plt.style.use(["default", str(Path(__file__).with_name("house.mplstyle"))])
    plt.rcParams.update(sns.plotting_context(context, font_scale=factor * scale))
    plt.rcParams.update({"figure.figsize": inches, "figure.dpi": dpi, "savefig.dpi": dpi, "patch.linewidth": 0})
    wide = inches[0] * scale
    plt.rcParams.update({"lines.linewidth": wide / 4, "grid.linewidth": wide / 12, "axes.linewidth": wide / 12})


@cache
def _add_fonts() -> None:
    for file in Path(__file__).with_name("fonts").glob("*.ttf"):
        font_manager.fontManager.addfont(file)


def em(share: float = 1.0) -> float:
    """A multiple of the font size, in points."""
    return share * plt.rcParams["font.size"]


def colour(audience: int) -> str:
    """An audience's own colour; 0 is everybody."""
    return AUDIENCE[(audience - 1) % len(AUDIENCE)] if audience else INK
