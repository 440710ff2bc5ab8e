"""Who and where they are: what audiences use, their ages and sizes, whom a mix reaches; who uses what at which age."""

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from ..audiences.profile import clear_leads, label
from ..audiences.reach import label_mix
from ..audiences.use import BAND, band_label, ends_of
from ..tables.published import item_label
from ..words import _, number, percent
from .marks import broken, dots, end_labels, label_lines, over, percents, put, ribbon, share_columns, tiles
from .sheet import Sheet
from .style import DIM, GREY, INK, KEPT, MUTED, OTHER, colour, em

STRONG = {"facebook": KEPT, "instagram": OTHER}
Lines = dict[str, pd.DataFrame]
MOST_MIXES, MOST_NAMES_ON_LINES = 8, 5


def profile(sheet: Sheet) -> None:
    """What sets each audience apart: a column per audience, a row per answer, everybody pale behind."""
    table, given = sheet.answer.table, sheet.answer.facts.get("answers", {})
    answers = table[~table["item"].isin(["share", "age"])]
    answers = answers.sort_values("overall", ascending=False, kind="stable")
    columns = []
    for k, rows in answers.groupby("audience"):
        sure = (rows["low"] > rows["overall"]) | (rows["high"] < rows["overall"])
        bars = rows[["estimate", "overall"]].assign(colour=np.where(sure, colour(k), DIM))
        columns.append((sheet.name(k), _size_and_age(table, k), colour(k), bars))
    names = [label(row.item, row.answer, given.get(row.item, (0, 1))) for row in rows.itertuples()]
    share_columns(sheet, columns, names)
    text = _(
        "Share of each audience; pale bars: everybody. In colour: everybody’s share is outside its {level} interval"
    )
    sheet.frame(sheet.finding(_("How these audiences differ from everybody")), text)


def _size_and_age(table: pd.DataFrame, audience: int) -> str:
    """Share and mean age of an audience, in words."""
    own = table[table["audience"] == audience].set_index(["item", "answer"])["estimate"]
    share, age = own.get(("share", ""), np.nan), own.get(("age", "mean"), np.nan)
    text = _("{share} of people,\nage {age}") if age == age else _("{share} of people")
    return text.format(share=percent(share), age=number(age)) if share == share else ""


def age_curve(sheet: Sheet) -> None:
    """Who is in which audience at each age, where people were asked; dotted: where a clear lead begins or ends."""
    ax, curve, names = sheet.ax, sheet.answer.table, {}
    first, last = curve["age"].min(), max(curve["age"].max(), curve["age"].min() + 1)
    for k, rows in curve.groupby("audience"):
        ribbon(ax, rows["age"], rows, colour(k), marker="o" if len(rows) < 3 else "", ms=em(0.5))
        names[ax.lines[-1]] = broken(sheet.name(k))
        some = rows[(rows["age"] % 10 == 0) | rows["age"].isin([first, last])]
        words = [_("at {age}").format(age=number(age)) for age in some["age"]]
        sheet.say(sheet.name(k), words, map(percent, some["estimate"]))
    for at in {at for _k, *span in clear_leads(curve) for at in span} - {first, last}:
        ax.axvline(at, color=MUTED, lw=em(0.08), ls=(0, (2, 2)), zorder=1)
    ax.set(ylim=(0, 102), xlim=(first, last), xlabel=_("Age (years)"))
    percents(ax.yaxis)
    text = _("Share of people of each age in each audience; shaded: {level} intervals")
    sheet.frame(sheet.finding(_("Who is in which audience at each age")), text)
    if len(names) <= MOST_NAMES_ON_LINES:
        label_lines(ax, names)
    else:
        ends = curve.groupby("audience")["estimate"].last()
        end_labels(ax, [(sheet.name(k), 100 * share, colour(k)) for k, share in ends.items()], last)


def groups(sheet: Sheet) -> None:
    """How the audiences' sizes differ between groups: a column per group, a row per audience."""
    table, columns = sheet.answer.table, []
    audiences = sorted(table["audience"].unique())
    for name, rows in table.groupby("group", sort=False):
        own = rows.set_index("audience").reindex(audiences)[["estimate", "low", "high"]]
        under = f"n = {number(rows['n'].iloc[0])}"
        columns.append((str(name), under, INK, own.assign(colour=[colour(k) for k in audiences])))
    share_columns(sheet, columns, [sheet.name(k) for k in audiences])
    sheet.frame(sheet.answer.headline, _("Share of each group in each audience; lines: {level} intervals"))


def reach(sheet: Sheet) -> None:
    """How many people of each audience every mix of platforms could reach; everybody pale behind."""
    table, columns = sheet.answer.table[sheet.answer.table["quantity"] == "reach"], []
    share = table.pivot(index="mix", columns="audience", values="estimate")
    share = share.sort_values(min(share), ascending=False)
    for k in [k for k in share if k] or [0]:
        rows = table[table["audience"] == k].set_index("mix").loc[share.index, ["estimate", "low", "high"]]
        rows = rows.assign(overall=share[0]) if 0 in share and k else rows
        columns.append((sheet.name(k), "", colour(k), rows))
    share_columns(sheet, columns, [label_mix(mix) for mix in share.index])
    text = _("Share of each audience that uses the mix at all; pale bars: everybody; lines: {level} intervals")
    sheet.frame(sheet.answer.headline, text)


def plan(sheet: Sheet) -> None:
    """Which affordable mixes reach most of an audience, and in how many of 100 resamples each wins."""
    answer, table, names = sheet.answer, sheet.answer.table.reset_index(drop=True), []
    shown = table[(table.index < MOST_MIXES) | table["rule"]].reset_index(drop=True)
    shown["colour"] = np.where(shown.index == 0, colour(answer.audience), DIM)
    for row in shown.itertuples():
        text = _("{mix} (costs {cost}), the article’s rule") if row.rule else _("{mix} (costs {cost})")
        names.append(text.format(mix=label_mix(row.mix), cost=number(row.cost, int(row.cost % 1 > 0))))
    share_columns(sheet, [("", "", INK, shown[["estimate", "low", "high", "colour"]])], names)
    for row in shown.itertuples():
        words = _("wins {n} of 100").format(n=number(100 * row.chosen))
        look = {"coords": sheet.ax.get_yaxis_transform(), "va": "center", "color": row.colour, "weight": "normal"}
        put(sheet.ax, words, (1, row.Index), 2.4, **look)
    text = _("Share that could be reached, for mixes that cost at most {budget}; lines: {level} intervals")
    sheet.frame(answer.headline, text, budget=number(answer.budget))


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
    most = sheet.letters(len(words)) / max(map(len, words))
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
    if table["age_low"].nunique() == 1:
        rows = pd.concat(lines).sort_values("estimate", ascending=False)
        share_columns(sheet, [(band_label(*rows[BAND].iloc[0]), "", INK, rows)], rows.index.get_level_values(0))
        text = _("Share of people who use the platform; lines: {level} intervals")
        return sheet.frame(_("Who uses which platform"), text)
    alike = len({rows[BAND].to_numpy(float).tobytes() for rows in lines.values()}) == 1
    some = next(iter(lines.values()))
    steps = not alike or len(some) < 3 or table["estimate"].isna().any()
    own, right = _speaking(lines, table), table["age_low"].max() + 12 if steps else len(some) - 1
    left = max(table["age_low"].min(), 10) if steps else 0
    for name, rows in lines.items():
        strong, share = name in own, 100 * rows["estimate"].to_numpy()
        look = {"color": own.get(name, MUTED), "lw": em(0.22 if strong else 0.11), "zorder": 3 if strong else 2}
        at, text = np.arange(len(rows)), name
        if steps:
            edges = np.array([*rows["age_low"], right]).clip(left)
            at = (edges[1:] + edges[:-1]) / 2
            ax.step(edges, [*share, share[-1]], where="post", ls="--" if len(rows) == 1 else "-", **look)
        else:
            ax.plot(share, **look)
        if len(rows) == 1:
            text = f"{name}, {band_label(*rows[BAND].iloc[0])}"
        if strong:
            dots(ax, at, rows, own[name])
            text = f"{text}: {percent(share[-1] / 100)}"
        ends += [(text, share[-1], own.get(name, GREY))] if share[-1] == share[-1] else []
        _tell(sheet, name, rows, percent)
    if steps:
        ax.set(xlabel=_("Age (years)"), xlim=(left, right))
    else:
        _age_places(sheet, some)
    ax.set(ylim=(0, 102))
    percents(ax.yaxis)
    text = _("Share of each age that uses the platform; bars: {level} intervals, where known")
    if steps:
        text = _("Share of each age that uses the platform; a step is an age group; bars: {level} intervals")
    sheet.frame(sheet.finding(_("Who uses what at which age")), text)
    end_labels(ax, ends, right)


def _speaking(lines: Lines, table: pd.DataFrame) -> dict[str, str]:
    """The lines that speak and their colours: the article's two platforms, the title's; of surveys the last."""
    if len(lines) == 1 or "platform" not in table or table["platform"].nunique() == 1:
        return {list(lines)[-1]: KEPT}
    title = ends_of(table, percent).get("platform")
    known = {item_label(item): own for item, own in STRONG.items()}
    return {name: own for name, own in ({title: INK} | known).items() if name in lines}


def relative_preference(sheet: Sheet) -> None:
    """How many people of an age use one platform for every one who uses the other, on a log scale."""
    answer, ax, ends, table = sheet.answer, sheet.ax, [], sheet.answer.table
    table = table[np.isfinite(table["estimate"]) & (table["estimate"] > 0)]
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
