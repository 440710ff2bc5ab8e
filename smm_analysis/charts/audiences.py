"""Who they are: what audiences use, how old they are, how large they are."""

import numpy as np
import pandas as pd

from ..audiences.names import label
from ..words import _, number, percent
from .forms import quiet, share_columns
from .labels import broken, label_lines, percents, put
from .sheet import Sheet
from .style import GREY, INK, MUTED, colour, em, written


def profile(sheet: Sheet) -> None:
    """What sets each audience apart: a column per audience, a row per answer, everybody pale behind."""
    table, given = sheet.answer.table, sheet.answer.facts.get("answers", {})
    answers = table[~table["item"].isin(["share", "age"])]
    keys = answers.drop_duplicates(["item", "answer"]).sort_values("overall", ascending=False, kind="stable")
    keys = list(zip(keys["item"], keys["answer"], strict=True))
    names = [label(item, answer, given.get(item, (0, 1))) for item, answer in keys]
    columns = []
    for k, rows in answers.groupby("audience"):
        rows = rows.set_index(["item", "answer"]).loc[keys].drop(columns=["n"])
        sure = (rows["low"] > rows["overall"]) | (rows["high"] < rows["overall"])
        rows = rows[["estimate", "overall"]].assign(colour=quiet(sure, written(k)))
        columns.append({"head": sheet.name(k), "under": _size_and_age(table, k), "own": written(k), "rows": rows})
    write = share_columns(sheet, columns, names)
    told = [(sheet.name(row.audience), names[keys.index((row.item, row.answer))], percent(row.estimate))
            for row in answers.itertuples()]  # fmt: skip
    text = _("Share of each audience; pale bars: everybody. In colour: surely different from everybody")
    sheet.frame(_what_differs(sheet, answers), text, _level_note(sheet), rows=told)
    write()


def _size_and_age(table: pd.DataFrame, audience: int) -> str:
    """Share and mean age of an audience, in words."""
    own = table[table["audience"] == audience].set_index(["item", "answer"])["estimate"]
    if ("share", "") not in own.index:
        return ""
    words = {"share": percent(own["share", ""])}
    if ("age", "mean") not in own.index:
        return _("{share} of people").format(**words)
    if table["audience"].nunique() > 4:
        return _("{share} of people,\nage {age}").format(age=number(own["age", "mean"]), **words)
    return _("{share} of people, age {age}").format(age=number(own["age", "mean"]), **words)


def _level_note(sheet: Sheet) -> str:
    return _("{level} intervals").format(level=sheet.level) if sheet.answer.about.level else ""


def is_whole(sheet: Sheet, table: pd.DataFrame) -> bool:
    """Whether all audiences are drawn: only then a finding about all is true."""
    return set(table["audience"]) >= set(sheet.answer.about.names) - {0}


def _what_differs(sheet: Sheet, answers: pd.DataFrame) -> str:
    """The finding, if its test holds: one audience surely uses all less, each other one surely something more."""
    if answers["audience"].nunique() == 1:
        return _("Everybody is in one audience") if is_whole(sheet, answers) else _("What this audience uses")
    less = (answers["high"] < answers["overall"]).groupby(answers["audience"]).all()
    more = (answers["low"] > answers["overall"]).groupby(answers["audience"]).any()
    if is_whole(sheet, answers) and less.sum() == 1 and more[~less].all():
        text = _("“{name}” are below average everywhere; every other audience has its favourites")
        return text.format(name=sheet.name(less.idxmax()))
    return sheet.answer.headline or _("What sets the audiences apart")


def age_curve(sheet: Sheet) -> None:
    """Who is in which audience at each age, where people were asked."""
    table, ax = sheet.answer.table, sheet.ax
    curve, lines = table[table["inside"]], {}
    for k, rows in curve.groupby("audience"):
        ax.fill_between(rows["age"], 100 * rows["low"], 100 * rows["high"], color=colour(k), alpha=0.13)
        few = {"marker": "o", "ms": em(0.5)} if len(rows) < 3 else {}
        (line,) = ax.plot(rows["age"], 100 * rows["estimate"], color=written(k), **few)
        lines[line] = broken(sheet.name(k))
    first, last = curve["age"].min(), max(curve["age"].max(), curve["age"].min() + 1)
    ax.set(ylim=(0, 102), xlim=(first, last), xlabel=_("Age (years)"))
    percents(ax.yaxis)
    leads = clear_leads(curve)
    if len(leads) == 2 and leads[1][1] > leads[0][2] + 1:
        a, b = leads[0][2], leads[1][1]
        for at in (a + 0.5, b - 0.5):
            ax.axvline(at, color=MUTED, lw=em(0.08), ls=(0, (2, 2)), zorder=1)
        if b - a > 0.12 * (last - first):
            ax.text((a + b) / 2, 96, _("no clear leader"), ha="center", va="center", color=GREY)
    told = [(sheet.name(row.audience), _("at {age}").format(age=number(row.age)), percent(row.estimate))
            for row in curve.itertuples() if row.age % 10 == 0 or row.age in (first, last)]  # fmt: skip
    text = _("Share of people of each age in each audience; shaded: {level} intervals").format(level=sheet.level)
    sheet.frame(_who_leads(sheet, curve, leads), text, rows=told)
    label_lines(ax, lines)


def clear_leads(curve: pd.DataFrame) -> list[tuple[int, int, int]]:
    """(audience, from age, to age), youngest first: over a run of ages its interval lies above all others."""
    low, high = (curve.pivot(index="age", columns="audience", values=end) for end in ("low", "high"))
    leads = []
    for k in low if low.shape[1] > 1 else ():
        leading = low[k] > high.drop(columns=k).max(axis=1)
        runs = leading[leading].groupby((leading != leading.shift()).cumsum())
        leads += [(k, int(run.index[0]), int(run.index[-1])) for _run, run in runs]
    return sorted(leads, key=lambda lead: lead[1])


def _who_leads(sheet: Sheet, curve: pd.DataFrame, leads: list[tuple[int, int, int]]) -> str:
    """The finding, as far as the intervals separate; a neutral title where they do so in another way."""
    first, last = int(curve["age"].min()), int(curve["age"].max())
    names = [sheet.name(k) for k, _from, _to in leads]
    if not is_whole(sheet, curve):
        return _("Who is in which audience at each age")
    if curve["audience"].nunique() == 1:
        return _("Everybody is in one audience")
    if not leads:
        return _("At no age does one audience clearly leads")
    young, old = leads[0][1] == first, leads[-1][2] == last
    if len(leads) == 2 and young and old:
        text = _("Up to age {a} “{first}” clearly leads, from {b} on “{last}”; in between no audience does")
        if leads[1][1] <= leads[0][2] + 1:
            text = _("Up to age {a} “{first}” clearly leads, from {b} on “{last}”")
        return text.format(a=number(leads[0][2]), b=number(leads[1][1]), first=names[0], last=names[1])
    if len(leads) == 1 and young and old:
        return _("At every age “{name}” clearly leads").format(name=names[0])
    if len(leads) == 1 and young:
        return _("Up to age {a} “{name}” clearly leads; after that no audience does").format(
            a=number(leads[0][2]), name=names[0])  # fmt: skip
    if len(leads) == 1 and old:
        return _("From age {a} on “{name}” clearly leads; before that no audience does").format(
            a=number(leads[0][1]), name=names[0])  # fmt: skip
    return _("Who is in which audience at each age")


def people(sheet: Sheet) -> None:
    """A hundred people as dots, by audience; placed by age where the answer says where they stand (`hundred`)."""
    table, ax = sheet.answer.table, sheet.ax
    share = table[table["item"] == "share"].set_index("audience")
    dots, aged = hundred(sheet), "hundred" in sheet.answer.parts
    piles, floor, top = dots.groupby("audience")["height"].max() + 1, {}, 0.0
    for k in reversed(share.index):
        floor[k], top = top, top + piles.get(k, 1) + 1.7
    ages = table[(table["item"] == "age") & (table["answer"] == "mean")].set_index("audience")["estimate"]
    left, right = (dots["x"].min() - 1.5, dots["x"].max() + 1.5)
    for k in share.index:
        own = dots[dots["audience"] == k]
        ax.plot(own["x"], floor[k] + own["height"] + 0.55, "o", color=colour(k), mew=0, label="people")
        ax.hlines(floor[k], left, right, color=INK, lw=em(0.06))
        if k in ages:
            at = (ages[k], floor[k]) if aged else (left, floor[k])
            ax.plot(*([ages[k]], [floor[k] - 0.25]) if aged else ([], []), "^", color=INK, ms=em(0.5))
            words = _("average age {age}").format(age=number(ages[k]))
            put(ax, words, at, 0.6 if aged else 0, -0.8, va="center", weight="normal")
    counts = dots["audience"].value_counts().reindex(share.index, fill_value=0)
    said = [_("{n} of 100 ({low} to {high})").format(n=number(counts[k]), low=number(100 * share.loc[k, "low"]),
            high=number(100 * share.loc[k, "high"])) for k in share.index]  # fmt: skip
    names = [f"{sheet.name(k)}\n{words}" for k, words in zip(share.index, said, strict=True)]
    size = min(em(), em(30) / len(share) / 2.6)
    ax.set_yticks([floor[k] + piles.get(k, 1) / 2 for k in share.index], names, size=size)
    for k, text in zip(share.index, ax.get_yticklabels(), strict=True):
        text.set(color=written(k), weight="bold", linespacing=1.2)
    ax.set(ylim=(-1.25, top - 1.2), xlim=(left, right))
    ax.set_xticks(np.arange(-(-left // 10) * 10, right, 10) if aged else [])
    ax.set_xlabel(_("Age (years)") if aged else "")
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=aged)
    ax.spines["bottom"].set_visible(False)
    text = _("Each dot is one of 100 people, placed by age; in brackets: {level} interval") if aged else \
        _("Each dot is one of 100 people; in brackets: {level} interval")  # fmt: skip
    told = [(sheet.name(k), "", words) for k, words in zip(share.index, said, strict=True)]
    sheet.frame(_largest(sheet, table, counts), text.format(level=sheet.level), rows=told)
    step = np.diff(ax.transData.transform([(0, 0), (2 if aged else 1, 1)]), axis=0).min() * 0.88 * 72 / sheet.figure.dpi
    for line in ax.lines:
        if line.get_label() == "people":
            line.set_markersize(step)


def hundred(sheet: Sheet) -> pd.DataFrame:
    """A hundred dots: audience, x, height in the pile; piles are two years broad, or rows of 25 without ages."""
    if "hundred" in sheet.answer.parts:
        dots = sheet.answer.parts["hundred"]
        dots = dots.assign(x=dots["age"] // 2 * 2 + 1)
        return dots.assign(height=dots.groupby(["audience", "x"]).cumcount())
    table = sheet.answer.table
    exact = 100 * table[table["item"] == "share"].set_index("audience")["estimate"]
    count = np.floor(exact).astype(int)
    count[(exact - count).nlargest(int(round(exact.sum())) - count.sum()).index] += 1
    dots = pd.DataFrame({"audience": np.repeat(count.index, count)})
    place = dots.groupby("audience").cumcount()
    return dots.assign(x=place % 25, height=place // 25)


def _largest(sheet: Sheet, table: pd.DataFrame, counts: pd.Series) -> str:
    """Which audience is largest, if its interval says so; who is of one generation, if one is."""
    sizes, span = table[table["item"] == "share"].set_index("audience"), table[table["answer"] == "sd"]
    if len(sizes) == 1:
        return _("Everybody is in one audience") if is_whole(sheet, table) else _("How large this audience is")
    large = sizes["estimate"].idxmax()
    if not is_whole(sheet, table) or sizes["low"][large] <= sizes["high"].drop(large).max():
        return _("How large the audiences are")
    narrow = span[span["high"] < span["overall"] / 2]["audience"].tolist()
    words = {"n": number(counts[large]), "large": sheet.name(large)}
    if len(narrow) == 1 and narrow[0] != large:
        text = _("{n} of 100 people are “{large}”; only “{name}” are of one generation")
        return text.format(name=sheet.name(narrow[0]), **words)
    return _("The largest audience, “{large}”, is {n} of 100 people").format(**words)


def compare(sheet: Sheet) -> None:
    """How the audiences' sizes differ between groups: a column per group, a row per audience."""
    table = sheet.answer.table.reset_index(drop=True)
    group = next(name for name in ("group", "by", *table.columns) if name in table and name not in ("audience", "item"))
    audiences = sorted(table["audience"].unique())
    own = [written(k) for k in audiences]
    columns = [
        {"head": str(name), "under": _group_size(rows), "own": INK,
         "rows": rows.set_index("audience").reindex(audiences)[["estimate", "low", "high"]].assign(colour=own)}
        for name, rows in table.groupby(group, sort=False)
    ]  # fmt: skip
    write = share_columns(sheet, columns, [sheet.name(k) for k in audiences])
    told = [(str(getattr(row, group)), sheet.name(row.audience), percent(row.estimate)) for row in table.itertuples()]
    text = _("Share of each group in each audience; lines: {level} intervals").format(level=sheet.level)
    sheet.frame(_apart(sheet, table, group), text, rows=told)
    write()


def _group_size(rows: pd.DataFrame) -> str:
    return f"n = {number(rows['n'].iloc[0])}" if "n" in rows else ""


def _apart(sheet: Sheet, table: pd.DataFrame, group: str) -> str:
    """The largest difference between groups, if the intervals are apart."""
    best, found = 0.0, _("No audience is surely larger in one group than in another")
    for k, rows in table.groupby("audience"):
        most, least = rows.loc[rows["estimate"].idxmax()], rows.loc[rows["estimate"].idxmin()]
        gap = most["estimate"] - least["estimate"]
        if most["low"] > least["high"] and gap > best:
            best, text = gap, _("“{name}”: {high} of “{a}”, {low} of “{b}”")
            found = text.format(name=sheet.name(k), high=percent(most["estimate"]), a=most[group],
                                low=percent(least["estimate"]), b=least[group])  # fmt: skip
    return found
