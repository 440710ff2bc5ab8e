"""The skeleton of every chart: title, subtitle, foot, and between them axes that get the room that is left.

A sheet is a figure of its own or one panel of the user's figure. A chart draws its marks, calls `frame`, which knows
the final height, and then places labels; `fit` at the end makes room for what stands beside the axes.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import Bbox

from ..answer import Answer
from ..words import _, decimal_sign, number, percent
from .alt import tell
from .style import GREY, INK, em, size

SIDE = 0.031  # margin, in widths of the sheet
TITLE, SUBTITLE, FOOT = 1.62, 1.04, 0.885  # in font sizes
LONGEST = 46  # letters of a name


def room_of(ax: Axes) -> Bbox:
    """The part of the figure that belongs to `ax`, in shares of it: its cell of the grid, or where it stands."""
    spec = ax.get_subplotspec()
    if spec is None:
        return ax.get_position()
    grid = spec.get_gridspec()
    ratios = {"width_ratios": grid.get_width_ratios(), "height_ratios": grid.get_height_ratios()}
    whole = GridSpec(*grid.get_geometry(), left=0, right=1, bottom=0, top=1, wspace=0, hspace=0, **ratios)
    return whole[spec.rowspan.start : spec.rowspan.stop, spec.colspan.start : spec.colspan.stop].get_position(ax.figure)


def scale_of(ax: Axes) -> float:
    """How much smaller than on a figure of its own the words of `ax` are."""
    room, inches = room_of(ax), ax.figure.get_size_inches()
    return min(1, *(np.array([room.width, room.height]) * inches / size())) ** 0.5


class Sheet:
    """One chart: its answer, its axes (`ax`, or the `grid` that `split` makes of it), its words."""

    def __init__(self, answer: Answer, ax: Axes):
        self.answer, self.ax, self.figure = answer, ax, ax.figure
        self.grid, self.widths, self.heights, self.gap = np.array([[ax]]), np.ones(1), np.ones(1), 0.0
        room = room_of(ax)
        self.alone = (room.width, room.height) == (1, 1)
        self.room = Bbox(self.figure.bbox.size * room.get_points())
        self.area = self.room
        self._dress(ax)

    def split(self, rows: int = 1, columns: int = 1, *, heights: Sequence[float] = (), gap: float = 1.2) -> np.ndarray:
        """A grid of axes in place of one: columns share their x, rows their y."""
        self.grid, self.gap = np.empty((rows, columns), dtype=object), gap
        for at, column in np.ndindex(rows, columns):
            share = {"sharex": self.grid[0, column], "sharey": self.grid[at, 0]}
            first = not at and not column
            self.grid[at, column] = self.ax if first else self.figure.add_axes((0, 0, 1, 1), **share)
            self._dress(self.grid[at, column])
            if column:
                self.grid[at, column].tick_params(labelleft=False)
        self.widths = np.full(columns, 1 / columns)
        self.heights = np.array(heights or np.ones(rows)) / sum(heights or np.ones(rows))
        return self.grid

    def name(self, audience: int) -> str:
        """An audience's name, in the language of now, not too long."""
        name = self.answer.about.names.get(audience) if audience or 0 in self.answer.about.names else _("everybody")
        name = name or _("audience {n}").format(n=number(audience))
        return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"

    @property
    def level(self) -> str:
        """The level of the intervals, as a percentage."""
        return percent(self.answer.about.level or 0)

    def frame(
        self, title: str, subtitle: str, note: str = "", *, n: float | None = None, rows: Iterable[tuple] = ()
    ) -> None:
        """The finding in bold, in grey what is shown in which unit; at the foot one line; `rows` say the marks in words.

        `rows`: (series, key, value) of every mark, for those who cannot see them.
        """
        most = 2 if self.alone else 4
        y = self.room.y1 - self._pixels(0.9)
        look = {"loc": "center", "ha": "left", "va": "top", "weight": "bold", "size": em(TITLE), "color": INK}
        head = self.ax.set_title(
            " ", x=self._x, y=y / self.figure.bbox.height, transform=self.figure.transFigure, **look
        )
        head.set(linespacing=0.98)
        wrap(head, title, self._wide, most)
        y = head.get_window_extent().y0 - self._pixels(0.45)
        under = self._write(y, "top", SUBTITLE)
        wrap(under, subtitle, self._wide, most)
        foot = self._write(self.room.y0 + self._pixels(0.55), "bottom", FOOT)
        wrap(foot, self._source(foot, n, note), self._wide, 1)
        low = (foot.get_window_extent().y1 if foot.get_text() else self.room.y0) + self._pixels(0.6)
        high = under.get_window_extent().y0 - self._pixels(0.9)
        left = self.room.x0 + SIDE * self.room.width
        self.area = Bbox([[left, low], [left + self._wide, max(high, low + self._pixels(4))]])
        tell(self.ax, title, subtitle, rows, foot.get_text())
        for axis in (axis for ax in self.grid.flat for axis in (ax.xaxis, ax.yaxis)):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(Numbers())
        self.fit()

    def fit(self) -> None:
        """Give the axes the area that ticks, labels and names beside them leave."""
        self.ax.title.set_visible(False)  # it has its own place
        for _turn in range(2):
            over = np.array([[_over(ax) for ax in row] for row in self.grid])  # left, bottom, right, top
            left, right = over[:, :, 0].max(axis=0), over[:, :, 2].max(axis=0)
            bottom, top = over[:, :, 1].max(axis=1), over[:, :, 3].max(axis=1)
            gap = self._pixels(self.gap)
            wide = (self.area.width - left.sum() - right.sum() - gap * (len(left) - 1)) * self.widths
            tall = (self.area.height - bottom.sum() - top.sum() - gap * (len(top) - 1)) * self.heights
            wide, tall = wide.clip(self._pixels(2)), tall.clip(self._pixels(0.5))
            x = self.area.x0 + np.cumsum(left + np.r_[0, (wide + right + gap)[:-1]])
            y = self.area.y1 - np.cumsum(top + tall + np.r_[0, (bottom + gap)[:-1]])
            for row, column in np.ndindex(self.grid.shape):
                box = np.array([x[column], y[row], wide[column], tall[row]])
                self.grid[row, column].set_position(box / np.tile(self.figure.bbox.size, 2))
        self.ax.title.set_visible(True)

    @property
    def _x(self) -> float:
        return (self.room.x0 + SIDE * self.room.width) / self.figure.bbox.width

    @property
    def _wide(self) -> float:
        return (1 - 2 * SIDE) * self.room.width

    def _pixels(self, share: float) -> float:
        return em(share) * self.figure.dpi / 72

    def _write(self, y: float, va: str, share: float) -> Text:
        text = self.figure.text(self._x, y / self.figure.bbox.height, " ", va=va, color=GREY, size=em(share))
        text.set(linespacing=1.15)
        return text

    def _source(self, foot: Text, n: float | None, note: str) -> str:
        """How many, from where, of which origin, and one note: as much of it as a line holds."""
        about = self.answer.about
        words = {"published": _("published data"), "simulated": _("simulated data"), "own": _("own data")}
        n, source, origin = about.n if n is None else n, about.source or "", words.get(about.origin, "")
        n = f"n = {number(n)}" if n else ""
        tries = (
            (n, source, origin, note),
            (n, source.split(",")[0], origin, note),
            (n, source[:40], origin),
            (n, origin),
        )
        for parts in tries:
            text = " · ".join(filter(None, parts))
            foot.set_text(text)
            if foot.get_window_extent().width <= self._wide:
                break
        return text

    @staticmethod
    def _dress(ax: Axes) -> None:
        """Axes made in another style take this one."""
        if not ax.has_data():
            ax.clear()
        for side, spine in ax.spines.items():
            spine.set_visible(side == "bottom")


class Numbers(ScalarFormatter):
    """Numbers along an axis, with the decimal sign of the language chosen when the chart was drawn."""

    def __init__(self):
        super().__init__()
        self.sign = decimal_sign()

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The number as it stands at a tick."""
        return super().__call__(x, pos).replace(".", self.sign)


def _over(ax: Axes) -> list[float]:
    """By how much what belongs to the axes stands out on the left, below, on the right, above."""
    inner, outer = ax.get_window_extent(), ax.get_tightbbox()
    if outer is None:
        return [0, 0, 0, 0]
    sides = inner.x0 - outer.x0, inner.y0 - outer.y0, outer.x1 - inner.x1, outer.y1 - inner.y1
    return [max(0, side) for side in sides]


def width(text: Text, words: str) -> float:
    """How wide `words` are in the font of `text`, in pixels."""
    text.set_text(words)
    return text.get_window_extent().width


def wrap(text: Text, words: str, room: float, most: int = 2, least: float = 0.6) -> None:
    """Write `words` in as few lines as fit, at most `most`, broken evenly and best after punctuation.

    Made smaller where even that is too wide, but not below `least` of the size: what is longer still ends in '…'.
    """
    parts, smallest = words.split(" "), least * text.get_fontsize()
    while True:
        space = width(text, "n n") - width(text, "nn")
        ends = np.cumsum([0, *(width(text, part) + space for part in parts)])
        for lines in range(1, min(most, len(parts)) + 1):
            options = [(0, *cuts, len(parts)) for cuts in combinations(range(1, len(parts)), lines - 1)]
            fits = {cut: max(np.diff(ends[list(cut)]) - space) for cut in options}
            fits = {cut: wide for cut, wide in fits.items() if wide <= room}
            if fits:
                best = min(
                    fits, key=lambda cut: fits[cut] * 0.85 ** sum(parts[i - 1][-1:] in ",;:.–" for i in cut[1:-1])
                )
                text.set_text("\n".join(" ".join(parts[a:b]) for a, b in zip(best, best[1:], strict=False)))
                return
        if text.get_fontsize() <= smallest:
            keep = max(1, int(len(words) * min(1, room * most / ends[-1])) - 4)
            parts, most = (words[:keep].rstrip() + "…").split(" "), most + 1
            words = " ".join(parts)
            if keep == 1:
                text.set_text(words)
                return
            continue
        text.set_fontsize(0.97 * text.get_fontsize())
