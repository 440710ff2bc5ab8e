"""Can one trust them? The number of audiences, whether they return, how sure it is who belongs where, what follows."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..audiences.separation import SURE
from ..audiences.stability import LEVEL
from ..audiences.verdict import AGREE
from ..tables.published import item_label
from ..words import _, number, percent
from .forms import Say, bare, signed, tiles, value_rows
from .labels import HALO, put
from .sheet import Sheet
from .style import BROKEN, DIM, GREY, INK, KEPT, PALE, em, written

CLOSE, IN_PART = 10, 0.6  # points of BIC; agreement of two surveys


def how_many(sheet: Sheet) -> None:
    """How much worse is each number of audiences than the best, near the best; and would another survey find them?"""
    table, agreed = sheet.answer.table.set_index("n_audiences"), sheet.answer.facts.get("agreed", {})
    known = table["identified"]
    above, best = table["bic"] - table["bic"][known].min(), table["bic"][known].idxmin()
    ax, below = sheet.split(2, 1, heights=(6, 1), gap=0.6)[:, 0] if agreed else (sheet.ax, None)
    top, end = max(1.25 * above.loc[best:].max(), 2.5 * above.nsmallest(2).max(), 30), above.index[-1] + 0.45
    ax.axhspan(0, CLOSE, color=KEPT, alpha=0.15)
    ax.plot(above.index, above, color=INK)
    for k, value in above.items():
        own = KEPT if value <= CLOSE and known[k] else INK
        ax.plot(k, value, "o", ms=em(0.65), color=own if known[k] else "white", mec=INK, zorder=3)
        text, steep = _("best") if k == best else signed(value), above.get(k - 1, 0) - value > 0.4 * top > 0.4 * value
        text = text if value <= top else f"↑ {text}"
        look = {"ha": "left" if steep else "center", "color": own, "path_effects": [HALO]}
        put(ax, text, (k, min(value, top)), 0.5 * steep, 0.75, **look)
        sheet.told.append(("", number(k), signed(value)))
    words, far = _("hardly worse: up to {n} points").format(n=CLOSE), above.iloc[0] > above.iloc[-1]  # from the band
    at, side = (above.index[0] - 0.4, "left") if far else (end, "right")
    ax.text(at, CLOSE / 2, words, ha=side, va="center", color=KEPT)
    alone = (sheet.answer.facts.get("age_only") or {}).get("bic", np.inf) - table["bic"][known].min()
    if alone <= top:
        ax.axhline(alone, color=GREY, lw=em(0.1), ls=(0, (4, 3)))
        put(ax, _("age alone, no audiences"), (end, alone), 0, 0.3, ha="right", color=GREY, weight="normal")
    bare(ax)
    ax.set(ylim=(min(-0.04 * top, 1.1 * above.min()), top), yticks=[])
    ax.set(xlim=(above.index[0] - 0.5, end), xticks=above.index)
    ax.tick_params(labelbottom=True, labelsize=em(1.15))
    put(ax, _("How much worse than the best (points of BIC)"), (0, 1), 0, 2.3, coords="axes fraction")
    if below is not None:
        _would_return(sheet, below, above.index, agreed)
    under = _("By number of audiences; BIC counts misfit, plus a charge for every extra audience")
    note = "" if known.all() else _("hollow: not identified")
    sheet.frame(sheet.answer.headline or _("How many audiences?"), under, note)


def _would_return(sheet: Sheet, ax: Axes, numbers: pd.Index, agreed: dict[int, tuple]) -> None:
    """A word per number of audiences."""
    put(ax, _("Would another survey find the same audiences?"), (0, 1), 0, 0.5, coords="axes fraction")
    for k in numbers:
        word, own = _again(*agreed[k]) if k in agreed else ("–", GREY)
        ax.text(k, 0.4, word, ha="center", va="center", color=own, weight="bold", size=em(1.1))
        sheet.told.append((_("Would another survey find the same audiences?"), number(k), word))
    bare(ax)
    ax.set(ylim=(0, 1), yticks=[])
    ax.tick_params(labelbottom=False)


def _again(median: float, low: float, high: float) -> tuple[str, str]:
    """Whether another survey would find them, by the agreement of two and its interval, as the verdict judges it."""
    if low >= AGREE:
        return _("yes"), KEPT
    if high >= AGREE:
        return _("not sure"), GREY
    return (_("in part"), GREY) if median >= IN_PART else (_("no"), BROKEN)


def _lower(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """People are assigned in two ways: the rows of the lower value."""
    return table.loc[table.groupby(key)["estimate"].idxmin()].sort_values(key, ignore_index=True)


def stability(sheet: Sheet) -> None:
    """With how many audiences do two surveys agree on who belongs together?"""
    rows = pd.DataFrame(sheet.answer.agreed, index=["estimate", "low", "high"]).T
    words = {k: _again(*row) for k, row in rows.iterrows()}
    rows["colour"] = [own for _word, own in words.values()]
    names = [_("{n} audiences: {word}").format(n=number(k), word=word) for k, (word, _own) in words.items()]
    value_rows(sheet, rows.reset_index(drop=True), names, lambda value: number(value, 2))
    ax, again = sheet.ax, [number(k) for k in rows.index[rows["low"] >= AGREE]]
    ax.axvspan(AGREE, 1.02, color=KEPT, alpha=0.1)
    put(ax, _("would be found again"), (1.02, 1), 0, 0.4, coords=ax.get_xaxis_transform(), ha="right", color=KEPT)
    ax.set(xlim=(min(0, rows["low"].min()), 1.02))
    title = _("Another survey of this size would surely find no number of audiences again")
    title = _("Another survey of this size would find again: {numbers} audiences") if again else title
    text = _("Agreement of two surveys on who belongs together, 1 = complete; lines: {level} intervals of the median")
    note = _("people assigned in two ways: the lower agreement")
    sheet.frame(title.format(numbers=_(" or ").join(again)), text.format(level=percent(LEVEL)), note)


def segments(sheet: Sheet) -> None:
    """Which of the audiences would another survey find again?"""
    rows = _lower(sheet.answer.table, "audience")
    rows["colour"] = [written(k) for k in rows["audience"]]
    value_rows(sheet, rows, [sheet.name(k) for k in rows["audience"]], lambda value: number(value, 2))
    sheet.ax.set(xlim=(min(0, rows["low"].min()), 1.02))
    most, least = rows.loc[rows["estimate"].idxmax()], rows.loc[rows["estimate"].idxmin()]
    title = _("How surely each audience would be found again")
    if len(rows) > 1 and sheet.whole(rows):
        title = _("“{most}” returns most surely ({high}), “{least}” least ({low})")
    words = {"most": sheet.name(most["audience"]), "high": number(most["estimate"], 2)}
    words |= {"least": sheet.name(least["audience"]), "low": number(least["estimate"], 2)}
    text = _("Overlap with the most similar audience of another survey, 1 = the same people; lines: middle {level}")
    sheet.frame(
        title.format(**words), text.format(level=sheet.level), _("people assigned in two ways: the lower overlap")
    )


def certainty(sheet: Sheet) -> None:
    """For how many people is it sure to whom they belong?"""
    doubtful, ax = sheet.answer.doubtful, sheet.ax
    sure = (
        0,
        1 - doubtful,
        KEPT,
        "white",
        _("at least {share} sure").format(share=percent(SURE)),
        {"ha": "left", "color": KEPT},
    )
    for left, share, own, ink, words, look in (
        sure,
        (
            1 - doubtful,
            doubtful,
            PALE,
            INK,
            _("less than {share} sure").format(share=percent(SURE)),
            {"ha": "right", "color": GREY},
        ),
    ):
        ax.barh(0, 100 * share, 1, left=100 * left, color=own)
        if share > 0.06:
            put(ax, percent(share), (100 * left + 50 * share, 0), ha="center", va="center", color=ink, size=em(2.2))
        put(ax, words, (100 * (look["ha"] == "right"), -0.5), 0, 0.5, size=em(1.15), **look)
        sheet.told.append(("", words, percent(share)))
    bare(ax)
    ax.set(xlim=(0, 100), ylim=(1, -1), yticks=[], xticks=[])
    title = _("For {share} of people it is doubtful to which audience they belong").format(share=percent(doubtful))
    sheet.frame(title, _("All people, by the probability of the audience that is likeliest for them"))


def assignment(sheet: Sheet) -> None:
    """Whose people are taken for whose?"""
    own = sheet.answer.assigned[sheet.answer.assigned["by"] == "age and answers"]
    table = own.pivot(index="audience", columns="assigned", values="estimate")
    names, right = [sheet.name(k) for k in table.index], pd.Series(np.diag(table), table.index)
    tiles(sheet, table.set_axis(names).set_axis(names, axis=1), percent)
    for axis in (sheet.ax.xaxis, sheet.ax.yaxis):
        for k, text in zip(table.index, axis.get_ticklabels(), strict=True):
            text.set(color=written(k), weight="bold")
    title = _("Of “{name}”, {share} are assigned rightly: the least of all audiences")
    title = title if len(right) > 1 else _("Everybody is in one audience")
    text = _("Rows: to whom people belong; columns: to whom they are assigned, by age and answers")
    sheet.frame(title.format(name=sheet.name(right.idxmin()), share=percent(right.min())), text)


def residuals(sheet: Sheet) -> None:
    """Which pairs of questions hang together more than the audiences explain? A triangle of pairs."""
    table = sheet.answer.table
    order = list(dict.fromkeys([*table["one"], *table["other"]]))
    order = [item for item in order if item != "age"] + ["age"] * ("age" in order)
    both = pd.concat([table, table.rename(columns={"one": "other", "other": "one"})])
    square = both.pivot(index="one", columns="other", values="chi2_df").reindex(index=order, columns=order)
    shown = square.where(np.tri(len(order), k=-1, dtype=bool)).iloc[1:, :-1]
    names = [_("age") if item == "age" else item_label(str(item)) for item in order]
    shown = shown.set_axis(names[1:]).set_axis(names[:-1], axis=1)
    tiles(sheet, shown, lambda value: number(value, 1), top=max(4, table["chi2_df"].max()))
    text = _("Misfit of every pair of questions: about 1 where the audiences explain it, more where something is left")
    sheet.frame(sheet.answer.headline, text)


def outcome(sheet: Sheet) -> None:
    """What follows for each audience: the mean of an outcome, corrected for doubt about who belongs where."""
    answer, ax, facts = sheet.answer, sheet.ax, sheet.answer.facts
    rows = answer.table.assign(colour=[written(k) for k in answer.table["audience"]]).reset_index(drop=True)
    said = _say_outcome(sheet)
    value_rows(sheet, rows, [sheet.name(k) for k in rows["audience"]], said)
    if facts["method"] != "naive":
        ax.plot(rows["naive"], rows.index + 0.24, "o", ms=em(0.5), mfc="white", mec=GREY, zorder=3)
        at = rows["naive"].iloc[-1], len(rows) - 0.76
        put(ax, _("uncorrected"), at, 0.6, va="center", color=GREY, weight="normal")
    if answer.yes_no:
        ax.xaxis.set_major_formatter(lambda value, _at: said(value))
    what = str(answer.outcome).replace("_", " ")
    text = _("Share of “{what}” in each audience; lines: {level} intervals") if answer.yes_no else \
        _("Mean of “{what}” in each audience; lines: {level} intervals")  # fmt: skip
    note = "" if facts["method"] == "naive" else _("corrected for doubt about who belongs where")
    sheet.frame(_contrast(sheet, said, what), text.format(what=what, level=sheet.level), note, n=facts["n_outcome"])


def _say_outcome(sheet: Sheet) -> Say:
    if sheet.answer.yes_no:
        return lambda value: percent(value).replace("-", "−")
    return lambda value: signed(value, 2)


def _contrast(sheet: Sheet, said: Say, what: str) -> str:
    """The largest difference that is sure, or that none is; nothing where not all audiences are drawn."""
    contrasts, shown = sheet.answer.contrasts, sheet.answer.table.set_index("audience")["estimate"]
    if not contrasts[["audience", "other"]].isin(shown.index).all(axis=None):
        return _("“{what}” by audience").format(what=what)
    sure = contrasts[contrasts["p_holm"] < 1 - sheet.answer.about.level]
    if not len(sure):
        return _("“{what}”: no difference between audiences is sure").format(what=what)
    most = sure.loc[sure["estimate"].abs().idxmax()]
    (a, high), (b, low) = shown[[most["audience"], most["other"]]].sort_values(ascending=False).items()
    text = _("“{what}”: {high} of “{a}”, {low} of “{b}”") if sheet.answer.yes_no else \
        _("“{what}”: on average {high} among “{a}”, {low} among “{b}”")  # fmt: skip
    return text.format(what=what, high=said(high), low=said(low), a=sheet.name(a), b=sheet.name(b))


def slopes(sheet: Sheet) -> None:
    """How an outcome changes with some columns, in each audience: a panel per column."""
    answer, table, found = sheet.answer, sheet.answer.table, []
    terms = [term for term in dict.fromkeys(table["term"]) if term != "constant"]
    for ax, term in zip(sheet.split(1, len(terms), gap=2)[0], terms, strict=True):
        rows = table[table["term"] == term].reset_index(drop=True)
        apart = (rows["low"] > 0) | (rows["high"] < 0)
        rows["colour"] = np.where(apart, [written(k) for k in rows["audience"]], DIM)
        digits = 2 if rows["estimate"].abs().max() > 0.1 else 3
        names = [sheet.name(k) for k in rows["audience"]]
        value_rows(sheet, rows, names, lambda value, digits=digits: signed(value, digits), ax=ax, series=term)
        ax.axvline(0, color=INK, lw=em(0.08))
        put(ax, term.replace("_", " ") if len(terms) > 1 else "", (0, 1), 0, 0.5, coords="axes fraction")
        found.append(rows[apart].assign(digits=digits))
    found, title = pd.concat(found), _("No slope of “{what}” is surely different from zero")
    words = {"what": str(answer.outcome).replace("_", " ")}
    if len(found):
        most = found.iloc[found["estimate"].abs().to_numpy().argmax()]
        title = _("One more of “{term}” changes “{what}” by {value} among “{name}”")
        words |= {"term": most["term"].replace("_", " "), "name": sheet.name(most["audience"])}
        words |= {"value": signed(most["estimate"], most["digits"])}
    text = _("Change of the outcome per unit, by audience; grey: may be zero; lines: {level} intervals")
    sheet.frame(title.format(**words), text.format(level=sheet.level), n=answer.facts["n_outcome"])
