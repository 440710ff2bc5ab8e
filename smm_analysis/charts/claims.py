"""The whole article on a page: every sentence beside its verdict."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from ..tables.vocabulary import word_table
from ..words import _, number
from .sheet import Sheet, width
from .style import AUDIENCE, BROKEN, GREY, INK, MUTED, em

Part = tuple[str, list[tuple[str, str]]]


def claims(sheet: Sheet) -> None:
    """All sentences, in as many columns, and on as many figures, as the text size of the medium needs."""
    table, signs, sections = sheet.answer.table, _verdict_words(), _section_names()
    counts, short = table["verdict"].value_counts(), word_table("claims_short").set_index("claim")["short"]
    table = table.assign(text=table["claim"].map(short).fillna(table["wording"].str.slice(0, 60)))
    parts = [(sections.get(name, str(name)), [*rows[["verdict", "text"]].itertuples(index=False, name=None)])
             for name, rows in table.groupby("section", sort=False)]  # fmt: skip
    sheet.told = [(name, text, signs[verdict]) for name, rows in parts for verdict, text in rows]
    key = [(verdict, f"{number(counts[verdict])}  {word}") for verdict, word in signs.items() if verdict in counts]
    parts.append((_("What the signs mean"), key))
    _frame(sheet, counts)
    size, (columns, pages) = 1.0, _layout(sheet, parts, 1.0)
    while pages and not sheet.alone and size > 0.4:
        size *= 0.95
        columns, pages = _layout(sheet, parts, size)
    rooms = np.arange(max(len(rows) for _name, rows in parts) + 1, 99, 0.5)
    room = next(room for room in rooms if _flow(parts, room)[-1][0] // columns <= pages)
    for page in range(pages + 1):
        if page:
            sheet = Sheet(sheet.answer, plt.subplots()[1])
            _frame(sheet, counts)
        box = sheet.ax.get_window_extent()
        for part, (column, at) in zip(parts, _flow(parts, room), strict=True):
            if column // columns == page:
                x, y = column % columns * box.width / columns, box.height * (1 - (at + 0.5) / room)
                _section(sheet, part, x, y, box.height / room, size)


def _verdict_words() -> dict[str, str]:
    return {
        "supported": _("supported"),
        "partly": _("partly"),
        "contradicted": _("contradicted"),
        "open": _("open: data do not decide"),
        "definition": _("a definition"),
        "normative": _("a judgement"),
    }


def _section_names() -> dict[str, str]:
    return {
        "Frame": _("Frame"),
        "What it is": _("What it is"),
        "Who does it": _("Who does it"),
        "The work": _("The work"),
        "Kazakhstan": _("Kazakhstan"),
        "Chances": _("Chances"),
        "Risks": _("Risks"),
        "Source": _("Source"),
    }


def _frame(sheet: Sheet, counts: pd.Series) -> None:
    text = _("Of {n} sentences data support {a}, and {b} in part; {c} stay open, {d} contradicted")
    a, b, c, d = (number(counts.get(verdict, 0)) for verdict in ("supported", "partly", "open", "contradicted"))
    title = text.format(n=number(counts.sum()), a=a, b=b, c=c, d=d if counts.get("contradicted", 0) else _("none is"))
    sheet.ax.set(xticks=[], yticks=[])
    sheet.ax.set_frame_on(False)
    under = _("Every sentence, shortened, with what published data say about it; in grey: nothing to check")
    sheet.frame(title, under, n=0)
    box = sheet.ax.get_window_extent()
    sheet.ax.set(xlim=(0, box.width), ylim=(0, box.height))


def _layout(sheet: Sheet, parts: list[Part], size: float) -> tuple[int, int]:
    """Columns of a page, and the number of the last page, for words of a size."""
    box, line = sheet.ax.get_window_extent(), 1.05 * size * em() * sheet.figure.dpi / 72
    probe = sheet.ax.text(0, 0, "", size=em(0.9 * size))
    columns = max(
        1, int(box.width // (max(width(probe, words) for _n, rows in parts for _v, words in rows) + 1.6 * line))
    )
    probe.remove()
    room = max(box.height / line, max(len(rows) for _name, rows in parts) + 1)
    return columns, _flow(parts, room)[-1][0] // columns


def _flow(parts: list[Part], room: float) -> list[tuple[int, float]]:
    """Column and row in which each section starts, when a column has `room` rows."""
    places, column, at = [], 0, 0.0
    for _name, rows in parts:
        if at + len(rows) + 1 > room:
            column, at = column + 1, 0.0
        places.append((column, at))
        at += len(rows) + 1.5
    return places


def _section(sheet: Sheet, part: Part, x: float, y: float, step: float, size: float) -> None:
    """A heading, and a sign and a sentence per row."""
    ax, (name, rows), teal = sheet.ax, part, AUDIENCE[1]
    low, dot = 0.32 * size * em() * sheet.figure.dpi / 72, 0.8 * min(step * 72 / sheet.figure.dpi, size * em(1.65))
    wide = min(step, 1.2 * size * em() * sheet.figure.dpi / 72)
    signs = {"supported": ("✓", teal), "partly": ("", teal), "contradicted": ("✗", BROKEN), "open": ("?", GREY),
             "definition": ("=", MUTED), "normative": ("!", MUTED)}  # fmt: skip
    ax.text(x, y - low, name, weight="bold", size=em(size))
    for verdict, words in rows:
        y -= step
        sign, own = signs.get(verdict, ("", MUTED))
        half = {"fillstyle": "left", "markerfacecoloralt": "white"} if verdict == "partly" else {}
        face, ink = ("white", GREY) if verdict == "open" else (own, "white")
        ax.plot(x + 0.5 * wide, y, "o", color=own, mfc=face, ms=dot, mec=own, mew=em(0.1), **half)
        ax.text(x + 0.5 * wide, y - 0.95 * low, sign, ha="center", color=ink, size=em(0.885 * size), weight="bold")
        ax.text(x + 1.3 * wide, y - low, words, size=em(0.9 * size), color="#6E6E6E" if own == MUTED else INK)
