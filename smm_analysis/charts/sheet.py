"""The skeleton of every chart: title, subtitle, foot, and between them axes that get the room that is left.

A sheet is a figure of its own or one panel of the user's figure. A chart draws its marks, calls `frame`, which knows
the final height, and then places labels; `fit` at the end makes room for what stands beside the axes.
"""

from collections.abc import Iterable
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ..answer import Answer
from ..words import _, number, percent
from .alt import tell
from .style import GREY, INK, em

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
    return SubplotSpec(whole, spec.num1, spec.num2).get_position(ax.figure)


def scale_of(ax: Axes) -> float:
    """How much smaller than on a figure of its own the words of `ax` are."""
    room, inches = room_of(ax), ax.figure.get_size_inches()
    return min(1, *(np.array([room.width, room.height]) * inches / plt.rcParams["figure.figsize"])) ** 0.5


class Sheet:
    """One chart: its answer, its axes (`ax`, or the `grid` that `split` makes of it), its words.

    `told` are the marks in words: (series, key, value).
    """

    def __init__(self, answer: Answer, ax: Axes):
        self.answer, self.ax, self.figure, self.told = answer, ax, ax.figure, []
        self.grid, self.heights, self.gap = np.array([[ax]]), np.ones(1), 0.0
        room = room_of(ax)
        self.alone = bool(np.allclose([room.width, room.height], 1))
        self.room = self.area = Bbox(self.figure.bbox.size * room.get_points())
        self._dress(ax)

    @property
    def tall(self) -> bool:
        """Whether it is higher than wide, as on a phone."""
        return self.room.height > self.room.width

    def letters(self, columns: int) -> float:
        """About how many letters of the font fit into one of so many columns."""
        return 1.12 * self.room.width * 72 / self.figure.dpi / em() / columns

    def split(self, rows: int = 1, columns: int = 1, *, heights: tuple[float, ...] = (1,), gap: float) -> np.ndarray:
        """A grid of axes in place of one, `gap` font sizes apart; columns share their x, rows their y."""
        self.grid, self.gap, self.heights = np.empty((rows, columns), dtype=object), gap, np.array(heights)
        for row, column in np.ndindex(rows, columns):
            share = {"sharex": self.grid[0, column], "sharey": self.grid[row, 0]}
            self.grid[row, column] = self.figure.add_axes((0, 0, 1, 1), **share) if row or column else self.ax
            self._dress(self.grid[row, column])
            self.grid[row, column].tick_params(labelleft=not column)
        return self.grid

    def name(self, audience: int) -> str:
        """An audience's name, in the language of now, not too long."""
        return short(self.answer.about.names.get(audience, number(audience)) if audience else _("everybody"))

    @property
    def whole(self) -> bool:
        """Whether all audiences are drawn: only then a finding about all is true."""
        return set(self.answer.table.get("audience", ())) == set(self.answer.about.names) - {0}

    def finding(self, neutral: str) -> str:
        """The headline of the answer; `neutral` where it has none or only some of the audiences are drawn."""
        by_audience = "audience" in self.answer.table
        return neutral if by_audience and not self.whole else self.answer.headline or neutral

    def say(self, series: str, keys: Iterable[str], values: Iterable[str]) -> None:
        """Tell the marks of a series in words."""
        self.told += [(series, key, value) for key, value in zip(keys, values, strict=True)]

    def frame(self, title: str, subtitle: str, note: str = "", *, n: float | None = None, **words: str) -> None:
        """The finding; in grey what is shown, in which unit; at the foot one line; the axes get what is left.

        Subtitle and note may name {level}, that of the intervals, and whatever is in `words`.
        """
        words = {"level": percent(self.answer.about.level or 0)} | words
        subtitle, note = subtitle.format(**words), note.format(**words)
        across, up = self.figure.bbox.size
        most = 2 if self.alone and up < across else 4  # lines
        left, wide = self.room.x0 + SIDE * self.room.width, (1 - 2 * SIDE) * self.room.width
        look = {"x": left / across, "ha": "left", "va": "top", "weight": "bold", "size": em(TITLE), "color": INK}
        y = (self.room.y1 - self._pixels(0.9)) / up
        head = self.ax.set_title(" ", loc="center", y=y, transform=self.figure.transFigure, linespacing=0.98, **look)
        wrap(head, title, wide, most)
        look = {"x": left / across, "s": " ", "color": GREY, "linespacing": 1.15}
        y = (head.get_window_extent().y0 - self._pixels(0.45)) / up
        under = self.figure.text(y=y, va="top", size=em(SUBTITLE), **look)
        wrap(under, subtitle, wide, most)
        y = (self.room.y0 + self._pixels(0.55)) / up
        foot = self.figure.text(y=y, va="bottom", size=em(FOOT), **look)
        wrap(foot, self._source(n, note), wide, 2 if up > across else 1)
        low = foot.get_window_extent().y1 + self._pixels(0.6)
        high = under.get_window_extent().y0 - self._pixels(0.9)
        self.area = Bbox([[left, low], [left + wide, max(high, low + self._pixels(4))]])
        tell(self.ax, title, subtitle, self.told, foot.get_text())
        self.fit()

    def fit(self) -> None:
        """Give the axes the area that ticks, labels and names beside them leave."""
        self.ax.title.set_visible(False)  # it has its own place
        rows, columns = self.grid.shape
        for _turn in range(2):
            over = np.array([[_over(ax) for ax in row] for row in self.grid])  # left, bottom, right, top
            left, right = over[:, :, 0].max(axis=0), over[:, :, 2].max(axis=0)
            bottom, top = over[:, :, 1].max(axis=1), over[:, :, 3].max(axis=1)
            gap = self._pixels(self.gap)
            wide = (self.area.width - (left + right).sum() - gap * (columns - 1)) / columns
            tall = (self.area.height - (bottom + top).sum() - gap * (rows - 1)) * self.heights / self.heights.sum()
            wide, tall = max(wide, self._pixels(2)), tall.clip(self._pixels(0.5))
            x = self.area.x0 + np.cumsum(left + np.r_[0, (wide + right + gap)[:-1]])
            y = self.area.y1 - np.cumsum(top + tall + np.r_[0, (bottom + gap)[:-1]])
            for row, column in np.ndindex(rows, columns):
                box = np.array([x[column], y[row], wide, tall[row]])
                self.grid[row, column].set_position(box / np.tile(self.figure.bbox.size, 2))
        self.ax.title.set_visible(True)

    def _pixels(self, share: float) -> float:
        return em(share) * self.figure.dpi / 72

    def _source(self, n: float | None, note: str) -> str:
        """How many, from where, of which origin, and one note."""
        about = self.answer.about
        words = {"published": _("published data"), "simulated": _("simulated data"), "own": _("own data")}
        n, source = about.n if n is None else n, about.source or ""
        source = source if self.alone and len(source) <= 70 else short(source.split(",")[0])
        return " · ".join(filter(None, (f"n = {number(n)}" if n else "", source, words.get(about.origin), note)))

    @staticmethod
    def _dress(ax: Axes) -> None:
        """Axes made in another style take this one."""
        if not ax.has_data():
            ax.clear()
        for text in (ax.title, *ax.xaxis.findobj(Text), *ax.yaxis.findobj(Text)):
            text.set_parse_math(False)  # text from data is data, also on axes with other marks
        ax.set_axisbelow(True)
        ax.tick_params(bottom=False, left=False)
        sign = number(0.5, 1)[1]  # of decimals
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(lambda x, _at: f"{round(x, 9):.9g}".replace(".", sign).replace("-", "−"))
        for side, spine in ax.spines.items():
            spine.set_visible(side == "bottom")


def short(name: str, most: int = LONGEST) -> str:
    """A name, cut where it is longer than a chart can hold."""
    return name if len(name) <= most else name[: most - 1] + "…"


def _over(ax: Axes) -> list[float]:
    """By how much what belongs to the axes stands out on the left, below, on the right, above."""
    inner, outer = ax.get_window_extent(), ax.get_tightbbox()
    sides = inner.x0 - outer.x0, inner.y0 - outer.y0, outer.x1 - inner.x1, outer.y1 - inner.y1
    return [max(0, side) for side in sides]


def width(text: Text, words: str) -> float:
    """How wide `words` are in the font of `text`, in pixels."""
    text.set_text(words)
    return text.get_window_extent().width


def wrap(text: Text, words: str, room: float, most: int) -> None:
    """Write `words` in as few lines as fit, at most `most`, broken best after punctuation; smaller if need be."""
    parts, fits = words.split(" "), {}
    while not fits:
        space = width(text, "n n") - width(text, "nn")
        ends = np.cumsum([0, *(width(text, part) + space for part in parts)])
        for lines in range(1, min(most, len(parts)) + 1):
            cuts = [(0, *cut, len(parts)) for cut in combinations(range(1, len(parts)), lines - 1)]
            fits = {cut: wide for cut in cuts if (wide := max(np.diff(ends[list(cut)])) - space) <= room}
            if fits:
                break
        text.set_fontsize(text.get_fontsize() * (1 if fits else 0.97))
    stops = {cut: wide * 0.85 ** sum(parts[i - 1][-1:] in ",;:.–" for i in cut[1:-1]) for cut, wide in fits.items()}
    best = min(stops, key=stops.get)
    text.set_text("\n".join(" ".join(parts[a:b]) for a, b in zip(best, best[1:], strict=False)))
