"""Can one trust it? How many audiences, whether they return, who belongs where, what follows; the article's claims."""

import numpy as np
import pandas as pd

from ..audiences.outcomes import SURE
from ..audiences.stability import LEVEL
from ..audiences.verdict import AGREE
from ..tables.published import item_label
from ..tables.vocabulary import word_table
from ..words import _, number, percent
from .marks import HALO, bare, broken, longest, over, paint, put, signed, tiles, value_rows
from .sheet import Sheet, width
from .style import AUDIENCE, BROKEN, DIM, GREY, INK, KEPT, MUTED, PALE, colour, em

CLOSE, IN_PART, LEGIBLE = 10, 0.6, 0.9  # points of BIC; agreement of two surveys; letters of a page of sentences
GREEN = AUDIENCE[1]


def how_many(sheet: Sheet) -> None:
    """How much worse is each number of audiences than the best, near the best; and would another survey find them?"""
    table, ax, agreed = sheet.answer.table.set_index("n_audiences"), sheet.ax, sheet.answer.facts.get("agreed", {})
    known = table["identified"]
    above, best = table["bic"] - table["bic"][known].min(), table["bic"][known].idxmin()
    top, end = max(1.25 * above.loc[best:].max(), 2.5 * above.nsmallest(2).max(), 30), above.index[-1] + 0.5
    ax.axhspan(0, CLOSE, color=KEPT, alpha=0.15)
    put(ax, _("hardly worse:\nup to {n} points").format(n=CLOSE), (end, 0), 0.5, 1.6, color=KEPT, weight="normal")
    ax.plot(above.index, above, color=INK)
    for k, value in above.items():
        own = KEPT if value <= CLOSE and known[k] else INK
        ax.plot(k, value, "o", ms=em(0.65), color=own if known[k] else "white", mec=INK, zorder=3)
        text = _("best") if k == best else signed(value)
        right, up = (0, -1.2) if k == best else (0.5, 0.6)
        look = {"ha": "left" if right else "center", "color": own, "path_effects": [HALO]}
        put(ax, text if value <= top else f"↑ {text}", (k, min(value, top)), right, up, **look)
        sheet.say("", [number(k)], [signed(value)])
    bare(ax)
    words, own = zip(*(_again(*agreed[k]) if k in agreed else ("", INK) for k in above.index), strict=True)
    room = sheet.letters(len(words))
    words = [broken(word, int(room)) for word in words]
    ax.set(ylim=(min(-0.2 * top, 1.1 * above.min()), top), yticks=[], xlim=(above.index[0] - 0.5, end))
    names = [f"{number(k)}\n{word}".strip() for k, word in zip(above.index, words, strict=True)]
    ax.set_xticks(above.index, names, size=em(min(1.15, room / max(longest(words), 1))))
    paint(ax.xaxis, own)
    if agreed:
        question = _("Would another survey find the same audiences?")
        ax.set_xlabel(question)
        sheet.say(question, map(number, agreed), filter(None, words))
    over(ax, _("How much worse than the best (points of BIC)"), 2.1)
    under = _("By number of audiences; BIC counts misfit, plus a charge for every extra audience")
    note = "" if known.all() else _("hollow: not identified")
    sheet.frame(sheet.finding(_("How many audiences?")), under, note)


def _again(median: float, low: float, high: float) -> tuple[str, str]:
    """Whether another survey would find them, by the agreement of two and its interval, as the verdict judges it."""
    if low >= AGREE:
        return _("yes"), KEPT
    if high >= AGREE:
        return _("not sure"), GREY
    return (_("in part"), GREY) if median >= IN_PART else (_("no"), BROKEN)


def stability(sheet: Sheet) -> None:
    """With how many audiences do two surveys agree on who belongs together?"""
    ax, rows = sheet.ax, pd.DataFrame(sheet.answer.agreed, index=["estimate", "low", "high"]).T
    words, own = zip(*(_again(*row) for row in rows.to_numpy()), strict=True)
    text = _("{n} audiences: {word}")
    names = [text.format(n=number(k), word=word) for k, word in zip(rows.index, words, strict=True)]
    value_rows(sheet, rows.assign(colour=own).reset_index(drop=True), names, lambda value: number(value, 2))
    ax.axvspan(AGREE, 1.02, color=KEPT, alpha=0.1)
    put(ax, _("would be found again"), (1.02, 1), 0, 0.4, coords=ax.get_xaxis_transform(), ha="right", color=KEPT)
    ax.set(xlim=(min(0, rows["low"].min()), 1.02))
    text = _("Agreement of two surveys on who belongs together, 1 = complete; lines: {level} intervals of the median")
    note = _("of two ways to assign people: the lower")
    sheet.frame(sheet.answer.headline, text, note, level=percent(LEVEL))


def segments(sheet: Sheet) -> None:
    """Which of the audiences would another survey find again? People are assigned in two ways: the lower value."""
    table = sheet.answer.table
    rows = table.loc[table.groupby("audience")["estimate"].idxmin()].reset_index(drop=True)
    rows["colour"] = rows["audience"].map(colour)
    value_rows(sheet, rows, [sheet.name(k) for k in rows["audience"]], lambda value: number(value, 2))
    sheet.ax.set(xlim=(min(0, rows["low"].min()), 1.02))
    text = _("Overlap with the most similar audience of another survey, 1 = the same people; lines: middle {level}")
    note = _("of two ways to assign people: the lower")
    sheet.frame(sheet.finding(_("How surely each audience would be found again")), text, note)


def certainty(sheet: Sheet) -> None:
    """For how many people is it sure to whom they belong?"""
    ax, sure = sheet.ax, 1 - sheet.answer.doubtful
    ax.barh([0, 0], [100 * sure, 100 - 100 * sure], 1, left=[0, 100 * sure], color=[KEPT, PALE])
    for at, share, words, side, own in (
        (0, sure, _("at least {share} sure"), "left", KEPT),
        (100, 1 - sure, _("less than {share} sure"), "right", GREY),
    ):
        words = words.format(share=percent(SURE))
        put(ax, f"{percent(share)}\n{words}", (at, -0.5), 0, 1.9, ha=side, color=own, size=em(1.2))
        sheet.say("", [words], [percent(share)])
    bare(ax)
    ax.set(xlim=(0, 100), ylim=(1, -1), yticks=[], xticks=[])
    sheet.frame(sheet.answer.headline, _("All people, by the probability of the audience that is likeliest for them"))


def residuals(sheet: Sheet) -> None:
    """Which pairs of questions hang together more than the audiences explain? A triangle of pairs."""
    table = sheet.answer.table
    order = list(dict.fromkeys([*table["one"], *table["other"]]))
    order = [item for item in order if item != "age"] + ["age"] * ("age" in order)
    both = pd.concat([table, table.rename(columns={"one": "other", "other": "one"})])
    shown = both.pivot(index="one", columns="other", values="chi2_df").reindex(index=order, columns=order)
    names = [_("age") if item == "age" else item_label(str(item)) for item in order]
    shown = shown.where(np.tri(len(order), k=-1, dtype=bool)).set_axis(names).set_axis(names, axis=1).iloc[1:, :-1]
    tiles(sheet, shown, lambda value: number(value, 1), top=max(4, table["chi2_df"].max()))
    text = _("Misfit of every pair of questions: about 1 where the audiences explain it, more where something is left")
    sheet.frame(sheet.answer.headline, text)


def outcome(sheet: Sheet) -> None:
    """What follows for each audience: the mean of an outcome, corrected for doubt about who belongs where."""
    answer, ax, rows = sheet.answer, sheet.ax, sheet.answer.table.reset_index(drop=True)
    rows["colour"] = rows["audience"].map(colour)
    said = (lambda value: percent(value).replace("-", "−")) if answer.yes_no else lambda value: signed(value, 2)
    value_rows(sheet, rows, [sheet.name(k) for k in rows["audience"]], said)
    if answer.yes_no:
        ax.xaxis.set_major_formatter(lambda value, _at: said(value))
    what = str(answer.outcome).replace("_", " ")
    text = _("Mean of “{what}” in each audience; lines: {level} intervals")
    text = _("Share of “{what}” in each audience; lines: {level} intervals") if answer.yes_no else text
    note = "" if answer.method == "naive" else _("corrected for doubt about who belongs where")
    sheet.frame(sheet.finding(_("“{what}” by audience").format(what=what)), text, note, n=answer.n_outcome, what=what)


def claims(sheet: Sheet) -> None:
    """All sentences of the article by verdict, in as many columns, and in letters as large, as the page holds."""
    table, ax, counts = sheet.answer.table, sheet.ax, sheet.answer.table["verdict"].value_counts()
    signs = {
        "supported": (_("supported"), "✓", GREEN),
        "partly": (_("partly"), "◐", GREEN),
        "contradicted": (_("contradicted"), "✗", BROKEN),
        "open": (_("open: data do not decide"), "?", GREY),
        "definition": (_("a definition"), "=", MUTED),
        "normative": (_("a judgement"), "!", MUTED),
    }
    short, rows = word_table("claims_short").set_index("claim")["short"], []
    text = table["claim"].map(short).fillna(table["wording"].str.slice(0, 60))
    for verdict, (word, sign, own) in signs.items():
        sentences = text[table["verdict"] == verdict]
        rows += [("", DIM if own == MUTED else INK, f"{word}: {number(len(sentences))}")] * (len(sentences) > 0)
        rows += [(sign, own, sentence) for sentence in sentences]
        sheet.say(word, [""] * len(sentences), sentences)
    title = _("Of {n} sentences data support {a}, and {b} in part; {c} stay open, none is contradicted; {e} are "
              "definitions or judgements")  # fmt: skip
    if "contradicted" in counts:
        title = _("Of {n} sentences data support {a}, and {b} in part; {c} stay open, {d} are contradicted; {e} are "
                  "definitions or judgements")  # fmt: skip
    a, b, c, d = (counts.get(verdict, 0) for verdict in ("supported", "partly", "open", "contradicted"))
    numbers = {"n": len(table), "a": a, "b": b, "c": c, "d": d, "e": len(table) - a - b - c - d}
    title = title.format(**{name: number(value) for name, value in numbers.items()})
    ax.set(xticks=[], yticks=[], frame_on=False)
    under = _("The sentences, shortened, with what published data say about them; in grey: nothing to check")
    sheet.frame(title, under, n=0)
    _in_columns(sheet, rows)


def _in_columns(sheet: Sheet, rows: list[tuple[str, str, str]]) -> None:
    """(sign, colour, words) in columns; where there is no room, what cannot be checked or is open is counted only."""
    ax, box, letter = sheet.ax, sheet.ax.get_window_extent(), em() * sheet.figure.dpi / 72
    probe = ax.text(0, 0, "", size=em(0.9))
    wide = 1.7 * letter + max(width(probe, words) for *_sign, words in rows)
    probe.remove()
    fits = lambda columns: min(1, box.width / columns / wide, box.height / _depth(rows, columns) / letter / 1.1)
    for left_out in (None, MUTED, GREY):
        rows = [row for row in rows if row[1] != left_out]
        columns = max(range(1, 6), key=fits)
        if fits(columns) >= LEGIBLE:
            break
    deep, size = _depth(rows, columns), fits(columns)
    ax.set(xlim=(0, box.width), ylim=(deep - 0.5, -0.5))
    for i, (sign, own, words) in enumerate(rows):
        x, y, look = i // deep * box.width / columns, i % deep, {"va": "center", "size": em(0.9 * size)}
        ax.text(x, y, sign, color=own, weight="bold", **look)
        look |= {"color": DIM if own in (MUTED, DIM) else INK, "weight": "normal" if sign else "bold"}
        ax.text(x + 1.3 * size * letter * bool(sign), y, words, **look)


def _depth(rows: list[tuple[str, str, str]], columns: int) -> int:
    """Rows of a column, none of which ends with a heading."""
    deep = -(-len(rows) // columns)
    while not all(sign for sign, *_words in rows[deep - 1 : -1 : deep]):
        deep += 1
    return deep
