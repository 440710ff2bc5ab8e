"""Where they are: who uses what at which age, what is used together, whom a mix of platforms reaches."""

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from ..audiences.reach import label_mix
from ..audiences.use import band_label
from ..tables.published import item_label
from ..words import _, number, percent
from .forms import share_columns, tiles
from .labels import end_labels, percents, put
from .sheet import Sheet
from .style import GREY, INK, KEPT, MUTED, OTHER, em, written

STRONG = {"facebook": KEPT, "instagram": OTHER}
MOST_MIXES, MOST_ROWS = 8, 12


def reach(sheet: Sheet) -> None:
    """How many people of each audience every mix of platforms could reach; everybody pale behind."""
    table = sheet.answer.table
    table = table[table["quantity"] == "reach"]
    share = table.pivot(index="mix", columns="audience", values="estimate")
    order = share[0 if 0 in share else share.columns[0]].sort_values(ascending=False).index
    audiences = [k for k in share if k] or [0]
    columns = []
    for k in audiences:
        rows = table[table["audience"] == k].set_index("mix").loc[order, ["estimate", "low", "high"]]
        rows = rows.assign(overall=share.loc[order, 0]) if 0 in share and k else rows
        columns.append({"head": sheet.name(k), "under": "", "own": written(k), "rows": rows})
    write = share_columns(sheet, columns, [label_mix(mix) for mix in order])
    told = [(sheet.name(row.audience), label_mix(row.mix), percent(row.estimate)) for row in table.itertuples()]
    text = _("Share of each audience that uses the mix at all; pale bars: everybody; lines: {level} intervals")
    sheet.frame(_parting_mix(sheet, table, audiences), text.format(level=sheet.level), rows=told)
    write()


def _parting_mix(sheet: Sheet, table: pd.DataFrame, audiences: list[int]) -> str:
    """The mix that parts the audiences most, where the intervals are apart."""
    best, found = 0.0, _("Whom each mix of platforms could reach")
    for mix, rows in table[table["audience"].isin(audiences)].groupby("mix", sort=False):
        most, least = rows.loc[rows["estimate"].idxmax()], rows.loc[rows["estimate"].idxmin()]
        if most["low"] > least["high"] and most["estimate"] - least["estimate"] > best:
            best = most["estimate"] - least["estimate"]
            found = _("{mix} could reach {high} of “{a}” and {low} of “{b}”").format(
                mix=label_mix(mix), high=percent(most["estimate"]), a=sheet.name(most["audience"]),
                low=percent(least["estimate"]), b=sheet.name(least["audience"]))  # fmt: skip
    return found


def plan(sheet: Sheet) -> None:
    """Which affordable mixes reach most of an audience, and in how many of 100 resamples the best one wins."""
    answer, table = sheet.answer, sheet.answer.table.reset_index(drop=True)
    shown = table[(table.index < MOST_MIXES) | table["rule"]].reset_index(drop=True)
    own, ax, y = written(answer.audience), sheet.ax, np.arange(len(shown))
    colours = np.where(y == 0, own, np.where(shown["rule"], GREY, MUTED))
    ax.barh(y, 100 * shown["estimate"], 0.66, color=colours)
    ax.hlines(y + 0.2, 100 * shown["low"], 100 * shown["high"], color=INK, lw=em(0.08))
    names = [_("{mix} (costs {cost})").format(mix=label_mix(row.mix), cost=number(row.cost, 0 if row.cost == int(row.cost) else 1))
             for row in shown.itertuples()]  # fmt: skip
    names = [
        _("{mix}, the article’s rule").format(mix=name) if rule else name
        for name, rule in zip(names, shown["rule"], strict=True)
    ]
    ax.set_yticks(y, names, size=min(em(), em(26) / len(shown)), color=INK)
    ax.set(xlim=(0, 100), ylim=(len(shown) - 0.4, -0.6), xticks=[])
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.axvline(0, color=INK, lw=em(0.06))
    for at, row in shown.iterrows():
        put(ax, percent(row["estimate"]), (0, at), 0.4, va="center", color="white" if row["estimate"] > 0.12 else INK)
        wins = _("wins {n} of 100").format(n=number(100 * row["chosen"]))
        put(ax, wins, (100, at), 0.6, va="center", color=colours[at] if at == 0 else GREY, weight="normal")
    best, words = shown.iloc[0], {"name": sheet.name(answer.audience)}
    words |= {"mix": label_mix(best["mix"]), "share": percent(best["estimate"]), "n": number(100 * best["chosen"])}
    title = _("{mix} could reach {share} of “{name}”, and wins in {n} of 100 resamples")
    told = [(name, "", percent(value)) for name, value in zip(names, shown["estimate"], strict=True)]
    text = _("Share that could be reached, for mixes that cost at most {budget}; lines: {level} intervals")
    sheet.frame(title.format(**words), text.format(budget=number(answer.budget), level=sheet.level), rows=told)


def co_use(sheet: Sheet) -> None:
    """Of those who use one platform, how many use the other as well; the title's cell is outlined."""
    table, ax = sheet.answer.table, sheet.ax
    overall = table[table["platform"] == table["other"]].set_index("platform")["estimate"].sort_values(ascending=False)
    order = overall.index.tolist()
    share = table.pivot(index="platform", columns="other", values="estimate").loc[order, order]
    people = table[table["platform"] != table["other"]].groupby("platform")["n"].max()
    names = [item_label(name) for name in order]
    rows = [
        _("{platform}, n = {n}").format(platform=item_label(name), n=number(people.get(name, np.nan))) for name in order
    ]
    apart = share.where(~np.eye(len(order), dtype=bool))
    tiles(ax, apart.set_axis(rows).set_axis(names, axis=1), percent)
    for at, name in enumerate(order):
        ax.text(at + 0.5, at + 0.5, percent(overall[name]), ha="center", va="center", color=GREY,
                size=min(em(), em(32) / len(order)))  # fmt: skip
    put(ax, _("Of the users of …"), (0, 1), -0.6, 1, coords="axes fraction", ha="right", color=GREY, weight="normal")
    lift = apart.div(overall, axis=1).stack()
    title = _("Who uses one platform and another")
    if len(lift):
        one, other = lift.idxmax()
        place = order.index(other), order.index(one)
        ax.add_patch(Rectangle(place, 1, 1, fill=False, ec=OTHER, lw=em(0.22), zorder=4, clip_on=False))
        title = _("Of {platform}’s users {share} also use {other}; of all people {overall}").format(
            platform=item_label(one), other=item_label(other), share=percent(apart.loc[one, other]),
            overall=percent(overall[other]))  # fmt: skip
    told = [(item_label(row.platform), item_label(row.other), percent(row.estimate)) for row in table.itertuples()]
    text = _("Share of a row’s users who also use the platform of the column; grey: share of all people")
    sheet.frame(title, text, rows=told)


def use_by_age(sheet: Sheet) -> None:
    """What share of each age uses each platform: two lines speak, the rest is muted; bars where ages are few."""
    table = sheet.answer.table.dropna(subset="estimate")
    bands = sorted(set(_bands(table)))
    series = {name: line.sort_values("age_low") for name, line in _series(table)}
    gaps = min(len(line) for line in series.values()) < len(bands)
    if len(bands) < 3 or (gaps and table["platform"].nunique() > 1):
        return _use_in_columns(sheet, table, bands, series)
    ax, ends, own = sheet.ax, {}, _speaking(series)
    for name, line in series.items():
        x, y, strong = [bands.index(band) for band in _bands(line)], 100 * line["estimate"].to_numpy(), name in own
        look = {"color": own.get(name, MUTED), "zorder": 3 if strong else 2}
        ax.plot(x, y, lw=em(0.22 if strong else 0.11), marker="" if len(y) > 2 else "o", ms=em(0.5), **look)
        if x[-1] < len(bands) - 1:
            put(ax, name, (x[-1], y[-1]), 0.5, 0.5, color=GREY, weight="normal")
        else:
            text = f"{name}: {percent(y[-1] / 100)}" if strong else name
            ends[text] = y[-1], own.get(name, GREY), "bold" if strong else "normal"
        if strong:
            ax.vlines(x, 100 * line["low"], 100 * line["high"], lw=em(0.5), alpha=0.3, **look)
            ax.plot(x, y, "o", ms=em(0.55), mec="white", clip_on=False, **look)
    ax.set(ylim=(0, 102), xlim=(-0.3, len(bands) - 1))
    words = [band_label(*band) for band in bands]
    words = [_("{band} years").format(band=band) for band in words] if len(words) < 7 and sheet.alone else words
    ax.set_xticks(range(len(bands)), words, size=em(min(1, 11 / len(bands))), color=INK)
    percents(ax.yaxis)
    told = [(name, band_label(*band), percent(value)) for name, line in series.items()
            for band, value in zip(_bands(line), line["estimate"], strict=True)]  # fmt: skip
    text = _("Share of each age that uses the platform; bars: {level} intervals").format(level=sheet.level)
    if table["low"].isna().all():
        text = _("Share of each age that uses the platform")
    sheet.frame(_by_age(sheet, table, series, own), text, rows=told)
    _label_points(ax, series, own)
    end_labels(ax, ends, len(bands) - 1)


def _label_points(ax, series: dict, own: dict) -> None:
    """Numbers at the points of the speaking lines, on the side that is free."""
    bands = max(map(len, series.values()))
    for at in range(bands - 1) if bands < 8 else (0,):
        taken = [line["estimate"].iloc[at] for line in series.values() if len(line) == bands]
        for name in own:
            row = series[name].iloc[at]
            low, high = row[["low", "high"]].fillna(row["estimate"])
            y = max(high + 0.05, low - 0.05, key=lambda y: min(abs(y - other) for other in taken))
            taken.append(y)
            spot, look = ((at, 100 * y), {"ha": "center"}) if at else ((at, 100 * row["estimate"]), {"ha": "right"})
            put(ax, percent(row["estimate"]), spot, 0 if at else -0.7, va="center", color=own[name], **look)


def _bands(table: pd.DataFrame) -> list[tuple[float, float]]:
    """The band of every row; an open end is infinite, for NaN is not equal to itself."""
    return list(zip(table["age_low"], table["age_high"].fillna(np.inf), strict=True))


def _series(table: pd.DataFrame):
    """One line per platform; with several surveys per platform and survey, named by what differs."""
    surveys = [name for name in ("source", "year", "country", "measure") if name in table and table[name].nunique() > 1]
    named = ["year"] if "year" in surveys else surveys[:1]
    alone = "platform" not in table or (table["platform"].nunique() == 1 and named)
    keys = [name for name in ("platform", *surveys) if name in table]
    for key, line in table.groupby(keys, sort=False) if keys else [((), table)]:
        words = [] if alone else [item_label(key[0])]
        yield " ".join(words + [str(line[name].iloc[0]) for name in named]) or item_label(str(key)), line


def _speaking(series: dict[str, pd.DataFrame]) -> dict[str, str]:
    """The lines that speak and their colours: the article's two platforms, the last survey, or what changes most."""
    if len(series) == 1:
        return dict.fromkeys(series, KEPT)
    known = {item_label(item): own for item, own in STRONG.items()}
    if {*known} <= {*series}:
        return known
    if len({line["platform"].iloc[0] for line in series.values() if "platform" in line}) < 2:
        return {list(series)[-1]: KEPT}
    change = {name: abs(line["estimate"].iloc[-1] - line["estimate"].iloc[0]) for name, line in series.items()}
    return dict(zip(sorted(change, key=change.get, reverse=True)[:2], (KEPT, OTHER), strict=False))


def _by_age(sheet: Sheet, table: pd.DataFrame, series: dict, own: dict) -> str:
    """What the speaking lines do, if their intervals say so."""
    if len(own) == 1 and len(series) > 1:
        return _between_years(table, series) or sheet.answer.headline
    falls = {name: series[name] for name in own if (series[name]["high"].shift(-1) < series[name]["low"])[:-1].all()}
    if len(falls) == 1 and len(own) == 2:
        ((name, line),), other = falls.items(), next(name for name in own if name not in falls)
        words = {"a": name, "first": percent(line["estimate"].iloc[0]), "last": percent(line["estimate"].iloc[-1])}
        if series[other]["estimate"].idxmin() == series[other].index[-1]:
            text = _("The older, the less {a}: {first} to {last}. But the oldest use {b} least of all ages, too")
            return text.format(b=other, **words)
        return _("The older, the less {a}: {first} to {last}").format(**words)
    return sheet.answer.headline or _("Who uses what at which age")


def _between_years(table: pd.DataFrame, series: dict) -> str:
    """Where one platform changed most between the first survey and the last."""
    (before, first), *_others, (after, last) = series.items()
    first, last = (
        pd.Series(line["estimate"].to_numpy(), pd.Index(_bands(line), tupleize_cols=False)) for line in (first, last)
    )
    gap = (last - first).dropna()
    if not len(gap):
        return ""
    most = gap.abs().idxmax()
    text = _("{platform} at {band}: {a} in {before}, {b} in {after}")
    return text.format(platform=item_label(table["platform"].iloc[0]), band=band_label(*most), before=before,
                       after=after, a=percent(first[most]), b=percent(last[most]))  # fmt: skip


def _use_in_columns(sheet: Sheet, table: pd.DataFrame, bands: list, series: dict) -> None:
    """A column per band of age, a row per platform; what is not known stays empty."""
    order = sorted(series, key=lambda name: -series[name]["estimate"].max())[:15]
    columns = []
    for band in bands:
        own = {name: dict(zip(_bands(line), line.index, strict=True)).get(band) for name, line in series.items()}
        rows = table.reindex([own[name] if own[name] is not None else -1 for name in order])[
            ["estimate", "low", "high"]
        ]
        columns.append({"head": band_label(*band), "under": _("years"), "own": KEPT, "rows": rows})
    write = share_columns(sheet, columns, order)
    text = _("Share of each age that uses the platform; lines: {level} intervals").format(level=sheet.level)
    told = [(name, band_label(*band), percent(value)) for name, line in series.items()
            for band, value in zip(_bands(line), line["estimate"], strict=True)]  # fmt: skip
    sheet.frame(sheet.answer.headline or _("Who uses what at which age"), text, rows=told)
    write()


def relative_preference(sheet: Sheet) -> None:
    """How many people of an age use one platform for every one who uses the other; twice and half equally far from 1."""
    answer, ax = sheet.answer, sheet.ax
    table = answer.table[answer.table["quantity"] == "ratio"].dropna(subset="estimate")
    table = table[np.isfinite(table["estimate"]) & (table["estimate"] > 0)]
    of, to = item_label(answer.of), item_label(answer.to)
    series = {name: line.sort_values("age_low") for name, line in _series(table)}
    places, ends = {band: at for at, band in enumerate(sorted(set(_bands(table))))}, {}
    for name, line in series.items():
        x, strong = [places[band] for band in _bands(line)], name == list(series)[-1]
        own = OTHER if strong else MUTED
        ax.plot(
            x,
            line["estimate"],
            "o-",
            color=own,
            lw=em(0.22 if strong else 0.11),
            ms=em(0.55),
            mec="white",
            clip_on=False,
        )
        if strong:
            ax.vlines(x, line["low"], line["high"], color=own, lw=em(0.5), alpha=0.3)
        text = number(line["estimate"].iloc[-1], 2)
        text = f"{name}: {text}" if len(series) > 1 else text
        if x[-1] < len(places) - 1:
            put(ax, text, (x[-1], line["estimate"].iloc[-1]), 0.5, 0.5, color=GREY, weight="normal")
        else:
            ends[text] = line["estimate"].iloc[-1], OTHER if strong else GREY, "bold" if strong else "normal"
    _ratio_axis(ax, table)
    ax.set_xlim(-0.3, len(places) - 1)
    ax.set_xticks(range(len(places)), [_("{band} years").format(band=band_label(*band)) for band in places],
                  size=em(min(1, 6 / len(places))), color=INK)  # fmt: skip
    words = {"of": of, "to": to, "level": sheet.level}
    text = _("Users of {of} for every user of {to}, on a log scale; bars: {level} intervals").format(**words)
    told = [(name if len(series) > 1 else "", band_label(*band), number(value, 2)) for name, line in series.items()
            for band, value in zip(_bands(line), line["estimate"], strict=True)]  # fmt: skip
    note = "" if answer.facts.get("paired", True) else _("both shares taken as independent")
    sheet.frame(_catching_up(sheet, series, of, to), text, note, rows=told)
    last = list(series.values())[-1]
    far = np.abs(np.log(last["estimate"].iloc[[0, -1]].to_numpy())).argmax()  # the end with room beside the line of 1
    for above, platform in ((0.4, of), (-1.2, to)):
        words, look = _("more use {platform}").format(platform=platform), {"ha": ("left", "right")[far], "color": GREY}
        put(ax, words, ((-0.3, len(places) - 1)[far], 1), 0, above, weight="normal", **look)
    end_labels(ax, ends, len(places) - 1)
    for band, row in zip(_bands(last)[:-1], last.itertuples(), strict=False):
        put(ax, number(row.estimate, 2), (places[band], row.estimate), 0, -1.6, ha="center", color=OTHER)


def _ratio_axis(ax, table: pd.DataFrame) -> None:
    low, high = np.nanmin(table[["low", "estimate"]]), np.nanmax(table[["high", "estimate"]])
    low, high = min(low / 1.25, 0.6), max(high * 1.15, 1.7)
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ticks = {
        1 / 10: "1/10",
        1 / 5: "1/5",
        1 / 3: "1/3",
        1 / 2: "1/2",
        1: "1",
        2: "2",
        3: "3",
        5: "5",
        10: "10",
        20: "20",
    }
    ticks = {tick: word for tick, word in ticks.items() if low <= tick <= high}
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.set_yticks([], minor=True)
    ax.axhline(1, color=INK, lw=em(0.08))
    ax.spines["bottom"].set_visible(False)


def _catching_up(sheet: Sheet, series: dict, of: str, to: str) -> str:
    """Whether, from the first survey to the last, the ratio fell (or rose) at every age; else what the answer says."""
    lines = list(series.values())
    if len(lines) > 1 and _bands(lines[0]) == _bands(lines[-1]):
        before, after = lines[0]["estimate"].to_numpy(), lines[-1]["estimate"].to_numpy()
        words = {
            "before": list(series)[0],
            "after": list(series)[-1],
            "a": number(before[-1], 2),
            "b": number(after[-1], 2),
        }
        words |= {"band": band_label(*_bands(lines[-1])[-1]), "of": of}
        for winner, all_so in ((to, (after < before).all()), (of, (after > before).all())):
            if all_so:
                text = _("{winner} catches up at every age: at {band} {a} {of} for one in {before}, {b} in {after}")
                return text.format(winner=winner, **words)
    return sheet.answer.headline or _("How much more {of} than {to} is used at which age").format(of=of, to=to)
