"""Where they are: who uses what at which age, what is used together, whom a mix of platforms reaches."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..audiences.reach import label_mix
from ..audiences.use import band_label
from ..tables.published import item_label
from ..words import _, number, percent
from .forms import percents, share_columns, tiles, widest
from .labels import end_labels, put
from .sheet import Sheet
from .style import DIM, GREY, INK, KEPT, MUTED, OTHER, em, written

STRONG = {"facebook": KEPT, "instagram": OTHER}
MOST_MIXES, MOST_PLATFORMS = 8, 15
Lines = dict[str, pd.Series]


def reach(sheet: Sheet) -> None:
    """How many people of each audience every mix of platforms could reach; everybody pale behind."""
    table = sheet.answer.table[sheet.answer.table["quantity"] == "reach"]
    share = table.pivot(index="mix", columns="audience", values="estimate")
    order = share.sort_values(min(share), ascending=False).index
    audiences, columns = [k for k in share if k] or [0], []
    for k in audiences:
        rows = table[table["audience"] == k].set_index("mix").loc[order, ["estimate", "low", "high"]]
        rows = rows.assign(overall=share.loc[order, 0]) if 0 in share and k else rows
        columns.append({"head": sheet.name(k), "under": "", "own": written(k), "rows": rows})
    write = share_columns(sheet, columns, [label_mix(mix) for mix in order])
    title, apart = _("Whom each mix of platforms could reach"), widest(table[table["audience"].isin(audiences)], "mix")
    if apart:
        (most, least), words = apart, {"mix": label_mix(apart[0]["mix"])}
        words |= {"high": percent(most["estimate"]), "a": sheet.name(most["audience"])}
        words |= {"low": percent(least["estimate"]), "b": sheet.name(least["audience"])}
        title = _("{mix} could reach {high} of “{a}” and {low} of “{b}”").format(**words)
    text = _("Share of each audience that uses the mix at all; pale bars: everybody; lines: {level} intervals")
    sheet.frame(title, text.format(level=sheet.level))
    write()


def plan(sheet: Sheet) -> None:
    """Which affordable mixes reach most of an audience, and in how many of 100 resamples each wins."""
    answer, table = sheet.answer, sheet.answer.table.reset_index(drop=True)
    shown = table[(table.index < MOST_MIXES) | table["rule"]].reset_index(drop=True)
    own, names = written(answer.audience), []
    for row in shown.itertuples():
        text = _("{mix} (costs {cost}), the article’s rule") if row.rule else _("{mix} (costs {cost})")
        names.append(text.format(mix=label_mix(row.mix), cost=number(row.cost, int(row.cost % 1 > 0))))
    rows = shown[["estimate", "low", "high"]].assign(colour=np.where(shown.index == 0, own, DIM))
    write = share_columns(sheet, [{"head": "", "under": "", "own": own, "rows": rows}], names)
    for at, (chosen, colour) in enumerate(zip(shown["chosen"], rows["colour"], strict=True)):
        words = _("wins {n} of 100").format(n=number(100 * chosen))
        put(
            sheet.ax,
            words,
            (1, at),
            0.6,
            coords=sheet.ax.get_yaxis_transform(),
            va="center",
            color=colour,
            weight="normal",
        )
    title, best = _("{mix} could reach {share} of “{name}”, and wins in {n} of 100 resamples"), shown.iloc[0]
    words = {"mix": label_mix(best["mix"]), "share": percent(best["estimate"]), "n": number(100 * best["chosen"])}
    text = _("Share that could be reached, for mixes that cost at most {budget}; lines: {level} intervals")
    text = text.format(budget=number(answer.budget), level=sheet.level)
    sheet.frame(title.format(name=sheet.name(answer.audience), **words), text)
    write()


def co_use(sheet: Sheet) -> None:
    """Of those who use one platform, how many use the other as well; the title's cell is outlined."""
    table, ax = sheet.answer.table, sheet.ax
    same = table["platform"] == table["other"]
    overall = table[same].set_index("platform")["estimate"].sort_values(ascending=False)
    people = table[~same].groupby("platform")["n"].max()
    apart = table[~same].pivot(index="platform", columns="other", values="estimate")
    apart = apart.reindex(index=overall.index, columns=overall.index)
    rows = [
        _("{platform}, n = {n}").format(platform=item_label(name), n=number(people.get(name, np.nan))) for name in apart
    ]
    tiles(sheet, apart.set_axis(rows).set_axis([item_label(name) for name in apart], axis=1), percent)
    for at, share in enumerate(overall):
        look = {"ha": "center", "va": "center", "color": GREY, "size": min(em(), em(32) / len(overall))}
        ax.text(at + 0.5, at + 0.5, percent(share), **look)
    put(ax, _("Of the users of …"), (0, 1), -0.6, 1, coords="axes fraction", ha="right", color=GREY, weight="normal")
    title, lift = _("Who uses one platform and another"), apart.div(overall, axis=1).stack()
    if len(lift):
        one, other = lift.idxmax()
        at = apart.columns.get_loc(other), apart.index.get_loc(one)
        ax.add_patch(Rectangle(at, 1, 1, fill=False, ec=OTHER, lw=em(0.22), zorder=4, clip_on=False))
        title = _("Of {platform}’s users {share} also use {other}; of all people {overall}")
        words = {"share": percent(apart.loc[one, other]), "overall": percent(overall[other])}
        title = title.format(platform=item_label(one), other=item_label(other), **words)
    sheet.frame(title, _("Share of a row’s users who also use the platform of the column; grey: share of all people"))


def _lines(table: pd.DataFrame) -> tuple[Lines, list[tuple], pd.DataFrame]:
    """A line per platform and survey, named by what differs; the bands; values by (line, place of the band)."""
    table = table.dropna(subset="estimate").assign(
        band=lambda rows: [*zip(rows["age_low"], rows["age_high"].fillna(np.inf), strict=True)]
    )
    surveys = [name for name in ("year", "source", "country", "measure") if name in table and table[name].nunique() > 1]
    several = "platform" in table and (table["platform"].nunique() > 1 or not surveys)
    keys = ["platform", *surveys[:1]] if several else surveys[:1]
    words = [table[key].map(item_label) if key == "platform" else table[key].astype(str) for key in keys]
    table["line"] = [" ".join(parts) for parts in zip(*words, strict=True)] if words else ""
    most = table.groupby("line")["band"].nunique()
    table = table[table["line"].isin(most.index[most > 1])] if most.max() > 1 else table  # one point is no line
    bands, lines = sorted(table["band"].unique()), {}
    for name, rows in table.groupby("line", sort=False):
        lines[name] = pd.Series(rows["estimate"].to_numpy(), [bands.index(band) for band in rows["band"]]).sort_index()
    table["place"] = [bands.index(band) for band in table["band"]]
    return lines, bands, table.set_index(["line", "place"])[["estimate", "low", "high"]]


def use_by_age(sheet: Sheet) -> None:
    """What share of each age uses each platform: two lines speak, the rest is muted; bars where ages are few."""
    lines, bands, table = _lines(sheet.answer.table)
    if any(low <= before for (_low, before), (low, _high) in zip(bands, bands[1:], strict=False)):
        return _use_in_steps(sheet)
    several = "platform" in sheet.answer.table and sheet.answer.table["platform"].nunique() > 1
    if len(bands) < 3 or (several and min(map(len, lines.values())) < len(bands)):
        return _use_in_columns(sheet, lines, bands, table)
    ax, ends, own = sheet.ax, {}, _speaking(lines, several)
    for name, line in lines.items():
        strong, look = name in own, {"color": own.get(name, MUTED), "zorder": 3 if name in own else 2}
        ax.plot(line.index, 100 * line, lw=em(0.22 if strong else 0.11), **look)
        ends[f"{name}: {percent(line.iloc[-1])}" if strong else name] = (
            100 * line.iloc[-1],
            own.get(name, GREY),
            "bold" if strong else "normal",
        )
        if strong:
            rows = 100 * table.loc[name]
            ax.vlines(rows.index, rows["low"], rows["high"], lw=em(0.5), alpha=0.3, **look)
            ax.plot(line.index, 100 * line, "o", ms=em(0.55), mec="white", clip_on=False, **look)
        sheet.told += [(name, band_label(*bands[at]), percent(value)) for at, value in line.items()]
    ax.set(ylim=(0, 102))
    percents(ax.yaxis)
    _age_ticks(sheet, bands)
    text = _("Share of each age that uses the platform; bars: {level} intervals").format(level=sheet.level)
    text = text if table["low"].notna().any() else _("Share of each age that uses the platform")
    sheet.frame(_by_age(sheet, lines, bands, table, own), text)
    for at in range(len(bands) - 1) if len(bands) < 8 else (0,):
        taken = [line[at] for line in lines.values() if at in line]
        for name in (name for name in own if at in lines[name]):
            share, low, high = table.loc[name, at].fillna(lines[name][at])
            y = max(high + 0.05, low - 0.05, key=lambda y: min(abs(y - other) for other in taken))
            taken.append(y)
            look = {"ha": "center" if at else "right", "va": "center", "color": own[name]}
            put(ax, percent(share), (at, 100 * (y if at else share)), 0 if at else -0.7, **look)
    end_labels(ax, ends, len(bands) - 1)


def _age_ticks(sheet: Sheet, bands: list[tuple]) -> None:
    words = [band_label(*band) for band in bands]
    words = [_("{band} years").format(band=band) for band in words] if len(words) < 7 and sheet.alone else words
    sheet.ax.set_xticks(range(len(bands)), words, size=em(min(1, 11 / len(bands))), color=INK)
    sheet.ax.set_xlim(-0.3, len(bands) - 1)


def _speaking(lines: Lines, several: bool) -> dict[str, str]:
    """The lines that speak and their colours: the article's two platforms, the last survey, or what changes most."""
    known = {item_label(item): own for item, own in STRONG.items()}
    if not several:
        return {list(lines)[-1]: KEPT}
    if {*known} <= {*lines}:
        return known
    change = sorted(lines, key=lambda name: -abs(lines[name].iloc[-1] - lines[name].iloc[0]))
    return dict(zip(change, (KEPT, OTHER), strict=False))


def _by_age(sheet: Sheet, lines: Lines, bands: list[tuple], table: pd.DataFrame, own: dict[str, str]) -> str:
    """What the speaking lines do, if their intervals say so."""
    if len(own) == 1 and len(lines) > 1:  # one platform in several surveys: where it changed most
        (before, first), *_others, (after, last) = lines.items()
        gap = (last - first).dropna()
        if len(gap):
            at, text = gap.abs().idxmax(), _("{platform} at {band}: {a} in {before}, {b} in {after}")
            words = {"platform": item_label(sheet.answer.table["platform"].iloc[0]), "band": band_label(*bands[at])}
            return text.format(before=before, after=after, a=percent(first[at]), b=percent(last[at]), **words)
    falls = [name for name in own if (table.loc[name, "high"].shift(-1) < table.loc[name, "low"])[:-1].all()]
    if len(falls) == 1 and len(own) == 2:
        (a,), (b,) = falls, own.keys() - set(falls)
        words = {"a": a, "b": b, "first": percent(lines[a].iloc[0]), "last": percent(lines[a].iloc[-1])}
        text = _("The older, the less {a}: {first} to {last}")
        if lines[b].idxmin() == lines[b].index[-1]:
            text = _("The older, the less {a}: {first} to {last}. But the oldest use {b} least of all ages, too")
        return text.format(**words)
    return sheet.answer.headline or _("Who uses what at which age")


def _use_in_columns(sheet: Sheet, lines: Lines, bands: list[tuple], table: pd.DataFrame) -> None:
    """A column per band of age, a row per platform; what is not known stays empty."""
    order, columns = sorted(lines, key=lambda name: -lines[name].max())[:MOST_PLATFORMS], []
    for at, band in enumerate(bands):
        rows = table.reindex(pd.MultiIndex.from_product([order, [at]])).reset_index(drop=True)
        columns.append({"head": band_label(*band), "under": _("years"), "own": KEPT, "rows": rows})
    write = share_columns(sheet, columns, order)
    text = _("Share of each age that uses the platform; lines: {level} intervals").format(level=sheet.level)
    sheet.frame(sheet.answer.headline or _("Who uses what at which age"), text)
    write()


def _use_in_steps(sheet: Sheet) -> None:
    """A step per band of age, where bands differ by platform: few people's bands were merged."""
    table, ax, ends = sheet.answer.table.dropna(subset="estimate"), sheet.ax, {}
    right = table["age_low"].max() + 12
    steps = {item_label(item): rows.sort_values("age_low") for item, rows in table.groupby("platform", sort=False)}
    own = _speaking({name: rows["estimate"] for name, rows in steps.items()}, True)
    for name, rows in steps.items():
        strong, share = name in own, 100 * rows["estimate"].to_numpy()
        edges, look = [*rows["age_low"], right], {"color": own.get(name, MUTED), "zorder": 3 if name in own else 2}
        ax.step(edges, [*share, share[-1]], where="post", lw=em(0.22 if strong else 0.11), **look)
        ends[f"{name}: {percent(share[-1] / 100)}" if strong else name] = (share[-1], own.get(name, GREY), "bold")
        bands = [band_label(*band) for band in rows[["age_low", "age_high"]].fillna(np.inf).to_numpy()]
        sheet.told += [(name, band, percent(value / 100)) for band, value in zip(bands, share, strict=True)]
    first = table.loc[table["age_low"] == table["age_low"].min(), "age_high"].min()
    ax.set(ylim=(0, 102), xlim=(max(table["age_low"].min(), first - 12) if first == first else 0, right))
    ax.set_xlabel(_("Age (years)"))
    percents(ax.yaxis)
    text = _("Share of each age that uses the platform; a step is an age group, wider where few answered")
    sheet.frame(sheet.answer.headline or _("Who uses what at which age"), text)
    end_labels(ax, ends, right)


def relative_preference(sheet: Sheet) -> None:
    """How many people of an age use one platform for every one who uses the other, on a log scale."""
    answer, ax, ends = sheet.answer, sheet.ax, {}
    ratios = answer.table[(answer.table["quantity"] == "ratio") & np.isfinite(answer.table["estimate"])]
    lines, bands, table = _lines(ratios[ratios["estimate"] > 0])
    of, to, last = item_label(answer.of), item_label(answer.to), list(lines)[-1]
    for name, line in lines.items():
        look = {"color": OTHER if name == last else MUTED, "ms": em(0.55), "mec": "white", "clip_on": False}
        ax.plot(line.index, line, "o-", lw=em(0.22 if name == last else 0.11), **look)
        text = number(line.iloc[-1], 2)
        ends[f"{name}: {text}" if len(lines) > 1 else text] = line.iloc[-1], OTHER if name == last else GREY, "bold"
        sheet.told += [(name if len(lines) > 1 else "", band_label(*bands[at]), number(v, 2)) for at, v in line.items()]
    rows = table.loc[last]
    ax.vlines(rows.index, rows["low"], rows["high"], color=OTHER, lw=em(0.5), alpha=0.3)
    _ratio_axis(ax, table)
    _age_ticks(sheet, bands)
    text = _("Users of {of} for every user of {to}, on a log scale; bars: {level} intervals")
    note = "" if answer.paired else _("both shares taken as independent")
    sheet.frame(_catching_up(sheet, lines, bands, of, to), text.format(of=of, to=to, level=sheet.level), note)
    far = int(np.abs(np.log(lines[last].iloc[[0, -1]].to_numpy())).argmax())  # the end with room beside the line of 1
    for above, platform in ((0.4, of), (-1.2, to)):
        words, look = _("more use {platform}").format(platform=platform), {"ha": ("left", "right")[far], "color": GREY}
        put(ax, words, ((-0.3, len(bands) - 1)[far], 1), 0, above, weight="normal", **look)
    for at, value in lines[last].iloc[:-1].items():
        put(ax, number(value, 2), (at, value), 0, -1.6, ha="center", color=OTHER)
    end_labels(ax, ends, len(bands) - 1)


def _ratio_axis(ax: Axes, table: pd.DataFrame) -> None:
    low, high = table[["low", "estimate"]].min(axis=None), table[["high", "estimate"]].max(axis=None)
    low, high = min(low / 1.3, 0.6), max(high * 1.15, 1.7)
    ax.set_yscale("log")
    ticks = {1 / n: f"1/{n}" for n in (20, 10, 5, 3, 2)} | {n: str(n) for n in (1, 2, 3, 5, 10, 20)}
    ticks = {tick: word for tick, word in ticks.items() if low <= tick <= high}
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.set_yticks([], minor=True)
    ax.set_ylim(low, high)
    ax.axhline(1, color=INK, lw=em(0.08))
    ax.spines["bottom"].set_visible(False)


def _catching_up(sheet: Sheet, lines: Lines, bands: list[tuple], of: str, to: str) -> str:
    """Whether, from the first survey to the last, the ratio fell (or rose) at every age; else what the answer says."""
    (before, first), (after, last) = [list(lines.items())[at] for at in (0, -1)]
    if len(lines) > 1 and first.index.equals(last.index):
        words = {"before": before, "after": after, "a": number(first.iloc[-1], 2), "b": number(last.iloc[-1], 2)}
        for winner, all_so in ((to, (last < first).all()), (of, (last > first).all())):
            if all_so:
                text = _("{winner} catches up at every age: at {band} {a} {of} for one in {before}, {b} in {after}")
                return text.format(winner=winner, of=of, band=band_label(*bands[first.index[-1]]), **words)
    return sheet.answer.headline or _("How much more {of} than {to} is used at which age").format(of=of, to=to)
