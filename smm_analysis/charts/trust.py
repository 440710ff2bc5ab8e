"""Can one trust them? The number of audiences, whether they return, how sure it is who belongs where, what follows."""

import numpy as np
import pandas as pd

from ..tables.published import item_label
from ..words import _, number, percent
from .audiences import is_whole
from .forms import quiet, signed, tiles, value_rows
from .labels import put
from .sheet import Sheet
from .style import BROKEN, GREY, INK, KEPT, MUTED, PALE, em, written

CLOSE, IN_PART, AGREE = 10, 0.6, 0.8  # points of BIC; agreement of two surveys
ASSIGNED = "age and answers"


def how_many(sheet: Sheet) -> None:
    """How much worse is each number of audiences than the best, near the best; and would another survey find them?"""
    answer, table = sheet.answer, sheet.answer.table.set_index("n_audiences")
    agree = agreements(sheet)
    above = table["bic"] - table["bic"][table["identified"]].min()
    best = above[table["identified"]].idxmin()
    ax, below = sheet.split(2, 1, heights=[6, 1], gap=0.6)[:, 0] if len(agree) else (sheet.ax, None)
    top = max(1.25 * above.loc[best:].max(), 2.5 * above.nsmallest(2).max(), 30)
    ax.axhspan(0, CLOSE, color=KEPT, alpha=0.15)
    ax.plot(above.index, above, color=INK)
    for k, value in above.items():
        own = KEPT if value <= CLOSE and table["identified"][k] else INK
        ax.plot(k, value, "o", ms=em(0.65), color=own if table["identified"][k] else "white", mec=INK, zorder=3)
        text, steep = _("best") if k == best else signed(value), k < best and value < top
        at = (k, min(value, top))
        put(
            ax,
            text if value <= top else f"↑ {text}",
            at,
            0.5 * steep,
            0.75,
            ha="left" if steep else "center",
            color=own,
        )
    end = above.index[-1] + 0.45
    ax.text(end, CLOSE / 2, _("hardly worse: up to {n} points").format(n=CLOSE), ha="right", va="center", color=KEPT)
    alone = (answer.facts.get("age_only") or {}).get("bic", np.inf) - table["bic"].min()
    if alone <= top:
        ax.axhline(alone, color=GREY, lw=em(0.1), ls=(0, (4, 3)))
        put(ax, _("age alone, no audiences"), (end, alone), 0, 0.3, ha="right", color=GREY, weight="normal")
    ax.set(
        ylim=(min(-0.04 * top, 1.1 * above.min()), top), xlim=(above.index[0] - 0.5, end), yticks=[], xticks=above.index
    )
    ax.tick_params(labelbottom=True, labelsize=em(1.15))
    ax.spines["bottom"].set_visible(False)
    put(ax, _("How much worse than the best (points of BIC)"), (0, 1), 0, 2.3, coords="axes fraction")
    if below is not None:
        _would_return(below, above.index, agree)
    told = [("", number(k), number(value)) for k, value in above.items()]
    told += [(_("Agreement of two surveys"), number(k), number(value, 2)) for k, value in agree.items()]
    note = "" if table["identified"].all() else _("hollow: not identified")
    under = _("By number of audiences; BIC counts misfit, plus a charge for every extra audience")
    sheet.frame(answer.headline or _("How many audiences?"), under, note, rows=told)


def agreements(sheet: Sheet) -> pd.Series:
    """Agreement by number of audiences: the lower of the two ways of assigning people."""
    stability = sheet.answer.parts.get("stability")
    return pd.Series(dtype=float) if stability is None else stability.groupby("n_audiences")["estimate"].min()


def _would_return(ax, numbers, agree: pd.Series) -> None:
    put(ax, _("Would another survey find the same audiences?"), (0, 1), 0, 0.5, coords="axes fraction")
    words = (_("no"), BROKEN), (_("in part"), GREY), (_("yes"), KEPT)
    for k in numbers:
        word, own = words[int(agree[k] >= IN_PART) + int(agree[k] >= AGREE)] if k in agree else ("–", GREY)
        ax.text(k, 0.4, word, ha="center", va="center", color=own, weight="bold", size=em(1.1))
    ax.set(ylim=(0, 1), yticks=[])
    ax.tick_params(labelbottom=False)
    ax.spines["bottom"].set_visible(False)


def stability(sheet: Sheet) -> None:
    """With how many audiences do two surveys agree on who belongs together?"""
    every, ax = sheet.answer.parts["stability"], sheet.ax
    rows = every.loc[every.groupby("n_audiences")["estimate"].idxmin()]
    ax.axhspan(AGREE, 1.02, color=KEPT, alpha=0.12)
    ax.vlines(rows["n_audiences"], rows["low"], rows["high"], color=MUTED, lw=em(0.5))
    for k, value in zip(rows["n_audiences"], rows["estimate"], strict=True):
        own = KEPT if value >= AGREE else GREY if value >= IN_PART else BROKEN
        ax.plot(k, value, "o", ms=em(0.9), color=own)
        put(ax, number(value, 2), (k, value), 0.8, va="center", color=own, size=em(1.1))
    ends = rows["n_audiences"].min() - 0.5, rows["n_audiences"].max() + 0.7
    put(ax, _("would be\nfound again"), (ends[1], (1 + AGREE) / 2), 0.5, 0.6, va="center", color=KEPT)
    ax.set(xlim=ends, ylim=(min(0, rows["low"].min()), 1.02), xticks=rows["n_audiences"], xlabel=_("Audiences"))
    again = [number(k) for k in rows.loc[rows["estimate"] >= AGREE, "n_audiences"]]
    title = _("Another survey of this size would find no number of audiences again")
    if again:
        title = _("Another survey of this size would find again: {numbers} audiences")
    text = _("Agreement of two surveys on who belongs together, 1 = complete; lines: middle 90% of the pairs")
    note = _("people assigned in two ways: the lower agreement")
    told = [("", number(k), number(v, 2)) for k, v in zip(rows["n_audiences"], rows["estimate"], strict=True)]
    sheet.frame(title.format(numbers=_(" or ").join(again)), text, note, rows=told)


def segments(sheet: Sheet) -> None:
    """Which of the audiences would another survey find again?"""
    table, ax = sheet.answer.table, sheet.ax
    rows = table.loc[table.groupby("audience")["estimate"].idxmin()].sort_values("audience", ignore_index=True)
    rows["colour"] = [written(k) for k in rows["audience"]]
    names = [sheet.name(k) for k in rows["audience"]]
    value_rows(ax, rows, names, lambda value: number(value, 2))
    ax.set(xlim=(min(0, rows["low"].min()), 1.02))
    most, least = rows["estimate"].idxmax(), rows["estimate"].idxmin()
    title = _("How surely each audience would be found again")
    if most != least and is_whole(sheet, table):
        title = _("“{most}” returns most surely ({high}), “{least}” least ({low})").format(
            most=names[most], high=number(rows["estimate"][most], 2),
            least=names[least], low=number(rows["estimate"][least], 2))  # fmt: skip
    text = _("Overlap with the most similar audience of another survey, 1 = the same people; lines: middle 90%")
    told = [(name, "", number(value, 2)) for name, value in zip(names, rows["estimate"], strict=True)]
    sheet.frame(title, text, _("people assigned in two ways: the lower overlap"), rows=told)


def certainty(sheet: Sheet) -> None:
    """For how many people is it sure to whom they belong?"""
    doubtful, ax = sheet.answer.doubtful, sheet.ax
    parts = (1 - doubtful, KEPT, "white", _("at least 70% sure")), (doubtful, PALE, INK, _("less than 70% sure"))
    left = 0.0
    for share, own, ink, words in parts:
        ax.barh(0, 100 * share, 1, left=left, color=own)
        middle, room = left + 50 * share, share > 0.06
        put(ax, percent(share) if room else "", (middle, 0), 0, 0, ha="center", va="center", color=ink, size=em(2.2))
        side = {"ha": "left"} if not left else {"ha": "right"}
        put(ax, words, (0 if not left else 100, -0.5), 0, 0.5, color=own if not left else GREY, size=em(1.15), **side)
        left += 100 * share
    ax.set(xlim=(0, 100), ylim=(1, -1), yticks=[], xticks=[])
    ax.spines["bottom"].set_visible(False)
    ax.grid(visible=False)
    title = _("For {share} of people it is doubtful to which audience they belong").format(share=percent(doubtful))
    text = _("All people, by the probability of the audience that is likeliest for them")
    sheet.frame(title, text, rows=[("", words, percent(share)) for share, _own, _ink, words in parts])


def assignment(sheet: Sheet) -> None:
    """Whose people are taken for whose?"""
    every, ax = sheet.answer.assigned, sheet.ax
    own = every[every["by"] == ASSIGNED]
    table = own.pivot(index="audience", columns="assigned", values="estimate")
    right = pd.Series(np.diag(table), table.index)
    names = [sheet.name(k) for k in table.index]
    tiles(ax, table.set_axis(names).set_axis(names, axis=1), percent)
    for axis in (ax.xaxis, ax.yaxis):
        for k, text in zip(table.index, axis.get_ticklabels(), strict=True):
            text.set(color=written(k), weight="bold")
    title = _("Of “{name}”, {share} are assigned rightly: the least of all audiences")
    title = title if len(right) > 1 else _("Everybody is in one audience")
    text = _("Rows: to whom people belong; columns: to whom they are assigned, by age and answers")
    told = [
        (sheet.name(a), sheet.name(b), percent(v))
        for (a, b), v in own.set_index(["audience", "assigned"])["estimate"].items()
    ]
    sheet.frame(title.format(name=sheet.name(right.idxmin()), share=percent(right.min())), text, rows=told)


def residuals(sheet: Sheet) -> None:
    """Which pairs of questions hang together more than the audiences explain?"""
    table, ax = sheet.answer.table, sheet.ax
    one, other = table.columns[:2]
    both = pd.concat([table, table.rename(columns={one: other, other: one})])
    square = both.pivot_table(index=one, columns=other, values="estimate", sort=False)
    order = list(dict.fromkeys([*table[one], *table[other]]))
    square = square.reindex(index=order, columns=order)
    shown = square.where(np.tri(len(order), k=-1, dtype=bool)).iloc[1:, :-1]
    names = [item_label(str(item)) for item in order]
    tiles(ax, shown.set_axis(names[1:]).set_axis(names[:-1], axis=1), lambda value: number(value, 1),
          vmax=max(4, table["estimate"].max()))  # fmt: skip
    worst = table.loc[table["estimate"].idxmax()]
    text = _("Misfit of every pair of questions: about 1 where the audiences explain it, more where something is left")
    title = _("Beyond the audiences “{a}” and “{b}” hang together most: misfit {value}")
    words = {
        "a": item_label(str(worst[one])),
        "b": item_label(str(worst[other])),
        "value": number(worst["estimate"], 1),
    }
    told = [
        (item_label(str(a)), item_label(str(b)), number(v, 1))
        for a, b, v in zip(table[one], table[other], table["estimate"], strict=True)
    ]
    sheet.frame(sheet.answer.headline or title.format(**words), text, rows=told)


def outcome(sheet: Sheet) -> None:
    """What follows for each audience: the mean of an outcome, corrected for doubt about who belongs where."""
    answer, ax = sheet.answer, sheet.ax
    rows = answer.table.assign(colour=[written(k) for k in answer.table["audience"]]).reset_index(drop=True)
    said = (lambda value: percent(value).replace("-", "−")) if answer.yes_no else (lambda value: signed(value, 2))
    names = [sheet.name(k) for k in rows["audience"]]
    value_rows(ax, rows, names, said)
    if "naive" in rows and answer.facts.get("method") != "naive":
        ax.plot(rows["naive"], rows.index + 0.24, "o", ms=em(0.5), mfc="white", mec=GREY, zorder=3)
        at = (rows["naive"].iloc[-1], len(rows) - 0.76)
        put(ax, _("uncorrected"), at, 0.6, va="center", color=GREY, weight="normal")
    if answer.yes_no:
        ax.xaxis.set_major_formatter(lambda value, _at: percent(value))
    what = str(answer.outcome).replace("_", " ")
    text = (_("Share of “{outcome}”") if answer.yes_no else _("Mean of “{outcome}”")).format(outcome=what)
    told = [(name, "", said(value)) for name, value in zip(names, rows["estimate"], strict=True)]
    text = _("{what} in each audience; lines: {level} intervals").format(what=text, level=sheet.level)
    note = "" if answer.facts.get("method") == "naive" else _("corrected for doubt about who belongs where")
    sheet.frame(_largest_contrast(sheet, said, what), text, note, n=answer.facts.get("n_outcome"), rows=told)


def _largest_contrast(sheet: Sheet, said, what: str) -> str:
    """The largest difference that is sure, or that none is."""
    contrasts, level = sheet.answer.parts.get("contrasts"), sheet.answer.about.level or 0.9
    shown = sheet.answer.table.set_index("audience")["estimate"]
    if contrasts is None or not contrasts[["audience", "other"]].isin(shown.index).all(axis=None):
        return _("“{outcome}” by audience").format(outcome=what)
    sure = contrasts[contrasts["p_holm"] < 1 - level]
    if not len(sure):
        return _("No difference between audiences is sure")
    most = sure.loc[sure["estimate"].abs().idxmax()]
    pair = shown[[most["audience"], most["other"]]].sort_values(ascending=False)
    (a, high), (b, low) = pair.items()
    text = _("“{outcome}”: {high} of “{a}”, {low} of “{b}”") if sheet.answer.yes_no else \
        _("“{outcome}”: on average {high} among “{a}”, {low} among “{b}”")  # fmt: skip
    return text.format(outcome=what, high=said(high), low=said(low), a=sheet.name(a), b=sheet.name(b))


def slopes(sheet: Sheet) -> None:
    """How an outcome changes with some columns, in each audience: a panel per column."""
    answer, table = sheet.answer, sheet.answer.table
    terms = [term for term in dict.fromkeys(table["term"]) if term != "constant"]
    grid, told, sure = sheet.split(1, len(terms), gap=2)[0], [], []
    for ax, term in zip(grid, terms, strict=True):
        rows = table[table["term"] == term].reset_index(drop=True)
        apart = (rows["low"] > 0) | (rows["high"] < 0)
        sure += [rows[apart]]
        rows["colour"] = quiet(apart, [written(k) for k in rows["audience"]])
        names = [sheet.name(k) for k in rows["audience"]]
        value_rows(
            ax, rows, names, lambda value, d=2 if rows["estimate"].abs().max() > 0.1 else 3: signed(value, d), zero=True
        )
        if len(terms) > 1:
            put(ax, term.replace("_", " "), (0, 1), 0, 0.5, coords="axes fraction")
        told += [(term, name, number(value, 2)) for name, value in zip(names, rows["estimate"], strict=True)]
    what, found = str(answer.outcome).replace("_", " "), pd.concat(sure)
    title = _("No slope of “{outcome}” is surely different from zero").format(outcome=what)
    if len(found):
        most = found.loc[found["estimate"].abs().idxmax()]
        title = _("One more of “{term}” changes “{outcome}” by {value} among “{name}”").format(
            term=most["term"].replace("_", " "), outcome=what, name=sheet.name(most["audience"]),
            value=signed(most["estimate"], 2))  # fmt: skip
    text = _("Change of the outcome per unit, by audience; grey: may be zero; lines: {level} intervals")
    sheet.frame(title, text.format(level=sheet.level), n=answer.facts.get("n_outcome"), rows=told)
