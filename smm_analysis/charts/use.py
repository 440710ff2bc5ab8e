"""Where they are: who uses what at which age, what is used together, and what the article says about it."""

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from ..audiences.use import BAND, band_label, ends_of
from ..tables.published import item_label
from ..words import _, number, percent
from .marks import broken, dots, end_labels, longest, over, percents, put, tiles
from .sheet import Sheet
from .style import GREY, INK, KEPT, MUTED, OTHER, em

STRONG = {"facebook": KEPT, "instagram": OTHER}
Lines = dict[str, pd.DataFrame]


def _lines(table: pd.DataFrame) -> Lines:
    """The rows of every platform, or of every survey where there are several, by age; named by what differs."""
    differs = [name for name in ("year", "source", "country", "measure") if name in table and table[name].nunique() > 1]
    several = "platform" in table and (table["platform"].nunique() > 1 or not differs)
    words = table[differs[0]].astype(str) if differs else pd.Series("", table.index)
    words = (table["platform"].map(item_label) + " " + words).str.strip() if several else words
    return {name: rows.sort_values("age_low") for name, rows in table.groupby(words, sort=False)}


def _age_places(sheet: Sheet, rows: pd.DataFrame) -> np.ndarray:
    """A place for every band of ages, named below."""
    words = [band_label(*band) for band in rows[BAND].to_numpy()]
    if len(words) < 7 and sheet.alone and not sheet.tall:
        words = [_("{band} years").format(band=band) for band in words]
    most = sheet.letters(len(words)) / longest(words)
    sheet.ax.set_xticks(range(len(words)), words, size=em(min(1, most)), color=INK)
    sheet.ax.set_xlim(-0.3, len(words) - 1)
    return np.arange(len(words))


def _tell(sheet: Sheet, name: str, rows: pd.DataFrame, said) -> None:
    rows = rows.dropna(subset="estimate")
    sheet.say(name, [band_label(*band) for band in rows[BAND].to_numpy()], map(said, rows["estimate"]))


def use_by_age(sheet: Sheet) -> None:
    """What share of each age uses each platform? Some lines speak, the rest is muted.

    Steps where bands are few, differ by platform (few people's bands were merged) or are not known.
    """
    table, ax, ends = sheet.answer.table, sheet.ax, []
    lines = _lines(table)
    alike = len({rows[BAND].to_numpy(float).tobytes() for rows in lines.values()}) == 1
    some = next(iter(lines.values()))
    steps = not alike or len(some) < 3 or table["estimate"].isna().any()
    own, right = _speaking(lines, table), table["age_low"].max() + 12 if steps else len(some) - 1
    for name, rows in lines.items():
        strong, share = name in own, 100 * rows["estimate"].to_numpy()
        look = {"color": own.get(name, MUTED), "lw": em(0.22 if strong else 0.11), "zorder": 3 if strong else 2}
        if steps:
            ax.step([*rows["age_low"], right], [*share, share[-1]], where="post", **look)
        else:
            ax.plot(share, **look)
        if strong and not steps:
            dots(ax, range(len(some)), rows, own[name])
        text = f"{name}: {percent(share[-1] / 100)}" if strong else name
        ends += [(text, share[-1], own.get(name, GREY))] if share[-1] == share[-1] else []
        _tell(sheet, name, rows, percent)
    if steps:
        ax.set(xlabel=_("Age (years)"), xlim=(max(table["age_low"].min(), 10), right))
    else:
        _age_places(sheet, some)
    ax.set(ylim=(0, 102))
    percents(ax.yaxis)
    text = _("Share of each age that uses the platform; bars: {level} intervals, where known")
    text = _("Share of each age that uses the platform; a step is an age group") if steps else text
    sheet.frame(sheet.finding(_("Who uses what at which age")), text)
    end_labels(ax, ends, right)


def _speaking(lines: Lines, table: pd.DataFrame) -> dict[str, str]:
    """The lines that speak and their colours: the article's two platforms, the title's; of surveys the last."""
    if len(lines) == 1 or "platform" not in table or table["platform"].nunique() == 1:
        return {list(lines)[-1]: KEPT}
    title = ends_of(table, "platform", percent).get("platform")
    known = {item_label(item): own for item, own in STRONG.items()}
    return {name: own for name, own in ({title: INK} | known).items() if name in lines}


def relative_preference(sheet: Sheet) -> None:
    """How many people of an age use one platform for every one who uses the other, on a log scale."""
    answer, ax, ends, table = sheet.answer, sheet.ax, [], sheet.answer.table
    table = table[(table["quantity"] == "ratio") & np.isfinite(table["estimate"]) & (table["estimate"] > 0)]
    lines, of, to = _lines(table), item_label(answer.of), item_label(answer.to)
    lines = {name: rows for name, rows in lines.items() if len(rows) > 1} or lines  # one point is no line
    bands = table.drop_duplicates("age_low").sort_values("age_low")
    places = dict(zip(bands["age_low"], _age_places(sheet, bands), strict=True))
    for name, rows in lines.items():
        own, at = OTHER if name == list(lines)[-1] else MUTED, rows["age_low"].map(places)
        ax.plot(at, rows["estimate"], color=own, lw=em(0.22 if own == OTHER else 0.11))
        dots(ax, at, rows, own, 1)
        text = number(rows["estimate"].iloc[-1], 2)
        ends.append((f"{name}: {text}".removeprefix(": "), rows["estimate"].iloc[-1], OTHER if own == OTHER else GREY))
        _tell(sheet, name, rows, lambda value: number(value, 2))
    low, high = table[["low", "estimate"]].min(axis=None), table[["high", "estimate"]].max(axis=None)
    ax.set_yscale("log")
    ticks = {1 / n: f"1/{n}" for n in (20, 10, 5, 3, 2)} | {n: str(n) for n in (1, 2, 3, 5, 10, 20)}
    ax.set_yticks(list(ticks), ticks.values())
    ax.set_yticks([], minor=True)
    ax.set_ylim(min(low / 1.3, 0.6), max(high * 1.15, 1.7))
    ax.axhline(1, color=INK, lw=em(0.08))
    ax.spines["bottom"].set_visible(False)
    over(ax, _("above 1: more use {of}, below 1: more use {to}").format(of=of, to=to), color=GREY, weight="normal")
    text = _("Users of {of} for every user of {to}, on a log scale; bars: {level} intervals")
    note = "" if answer.paired else _("both shares taken as independent")
    neutral = _("How much more {of} than {to} is used at which age").format(of=of, to=to)
    sheet.frame(sheet.finding(neutral), text, note, of=of, to=to)
    for x, value in zip(at.iloc[:-1], rows["estimate"], strict=False):  # of the last line, which speaks
        put(ax, number(value, 2), (x, value), 0, -1.6, ha="center", color=OTHER, bbox={"fc": "white", "pad": 1})
    end_labels(ax, ends, len(bands) - 1)


def co_use(sheet: Sheet) -> None:
    """Of those who use one platform, how many use the other as well; the title's cell is outlined."""
    table, ax = sheet.answer.table, sheet.ax
    same = table["platform"] == table["other"]
    overall = table[same].set_index("platform")["estimate"].sort_values(ascending=False)
    people = table[~same].groupby("platform")["n"].max()
    apart = table[~same].pivot(index="platform", columns="other", values="estimate")
    apart = apart.reindex(index=overall.index, columns=overall.index)
    text = _("{platform}, n = {n}")
    rows = [text.format(platform=item_label(name), n=number(people.get(name, np.nan))) for name in apart]
    tiles(sheet, apart.set_axis(rows).set_axis(map(item_label, apart), axis=1), percent)
    for at, share in enumerate(overall):
        look = {"ha": "center", "va": "center", "color": GREY, "size": min(em(), em(32) / len(overall))}
        ax.text(at + 0.5, at + 0.5, percent(share), **look)
    text = broken(_("Of the users of …"), 18)
    look = {"coords": "axes fraction", "ha": "right", "color": GREY, "weight": "normal"}
    put(ax, text, (0, 1), -0.6, 1 + 1.28 * text.count("\n"), **look)
    if len(lift := apart.div(overall, axis=1).stack()):
        one, other = lift.idxmax()
        at = apart.columns.get_loc(other), apart.index.get_loc(one)
        ax.add_patch(Rectangle(at, 1, 1, fill=False, ec=OTHER, lw=em(0.22), zorder=4, clip_on=False))
    text = _("Share of a row’s users who also use the platform of the column; grey: share of all people")
    sheet.frame(sheet.finding(_("Who uses one platform and another")), text)
