"""Who they are: what audiences use, how old they are, how large they are."""

import numpy as np
import pandas as pd

from ..audiences.profile import label
from ..words import _, number, percent
from .forms import bare, percents, share_columns
from .labels import broken, end_labels, label_lines
from .sheet import Sheet
from .style import DIM, GREY, INK, MUTED, colour, em, written

MOST_ON_LINES = 5  # names that find room beside their lines


def profile(sheet: Sheet) -> None:
    """What sets each audience apart: a column per audience, a row per answer, everybody pale behind."""
    table, given = sheet.answer.table, sheet.answer.facts.get("answers", {})
    answers = table[~table["item"].isin(["share", "age"])]
    keys = answers.drop_duplicates(["item", "answer"]).sort_values("overall", ascending=False, kind="stable")
    keys = list(zip(keys["item"], keys["answer"], strict=True))
    columns = []
    for k, rows in answers.groupby("audience"):
        rows = rows.set_index(["item", "answer"]).loc[keys]
        sure = (rows["low"] > rows["overall"]) | (rows["high"] < rows["overall"])
        rows = rows[["estimate", "overall"]].assign(colour=np.where(sure, written(k), DIM))
        columns.append({"head": sheet.name(k), "under": _size_and_age(table, k), "own": written(k), "rows": rows})
    write = share_columns(sheet, columns, [label(item, answer, given.get(item, (0, 1))) for item, answer in keys])
    text = _("Share of each audience; pale bars: everybody. In colour: surely different from everybody")
    sheet.frame(_what_differs(sheet, answers), text, _("{level} intervals").format(level=sheet.level))
    write()


def _size_and_age(table: pd.DataFrame, audience: int) -> str:
    """Share and mean age of an audience, in words."""
    own = table[table["audience"] == audience].set_index(["item", "answer"])["estimate"]
    share, age = own.get(("share", ""), np.nan), own.get(("age", "mean"), np.nan)
    text = _("{share} of people,\nage {age}") if table["audience"].nunique() > 4 else _("{share} of people, age {age}")
    text = text if age == age else _("{share} of people")
    return text.format(share=percent(share), age=number(age)) if share == share else ""


def _what_differs(sheet: Sheet, answers: pd.DataFrame) -> str:
    """The finding, if its test holds: one audience surely is below all averages, each other one above some."""
    if not sheet.whole(answers):
        return _("How these audiences differ from everybody")
    less = (answers["high"] < answers["overall"]).groupby(answers["audience"]).all()
    more = (answers["low"] > answers["overall"]).groupby(answers["audience"]).any()
    if less.sum() == 1 and more[~less].all():
        text = _("“{name}” are below average everywhere; every other audience has its favourites")
        return text.format(name=sheet.name(less.idxmax()))
    return sheet.answer.headline or _("How the audiences differ")


def age_curve(sheet: Sheet) -> None:
    """Who is in which audience at each age, where people were asked."""
    ax, curve, lines = sheet.ax, sheet.answer.table[sheet.answer.table["inside"]], {}
    first, last = curve["age"].min(), max(curve["age"].max(), curve["age"].min() + 1)
    for k, rows in curve.groupby("audience"):
        age, share = rows["age"], 100 * rows["estimate"]
        ax.fill_between(age, 100 * rows["low"], 100 * rows["high"], color=colour(k), alpha=0.13)
        (line,) = ax.plot(age, share, color=written(k), marker="o" if len(rows) < 3 else "", ms=em(0.5))
        lines[line] = sheet.name(k)
        some = zip(age, share, strict=True)
        some = [(at, value) for at, value in some if at % 10 == 0 or at in (first, last)]
        sheet.told += [(sheet.name(k), _("at {age}").format(age=number(a)), percent(v / 100)) for a, v in some]
    ax.set(ylim=(0, 102), xlim=(first, last), xlabel=_("Age (years)"))
    percents(ax.yaxis)
    leads = clear_leads(curve)
    if len(leads) == 2 and leads[1][1] > leads[0][2] + 1:
        a, b = leads[0][2] + 0.5, leads[1][1] - 0.5
        for at in (a, b):
            ax.axvline(at, color=MUTED, lw=em(0.08), ls=(0, (2, 2)), zorder=1)
        if b - a > 0.15 * (last - first):
            ax.text((a + b) / 2, 96, _("no clear leader"), ha="center", va="center", color=GREY)
    text = _("Share of people of each age in each audience; shaded: {level} intervals").format(level=sheet.level)
    sheet.frame(_who_leads(sheet, curve, leads), text)
    if len(lines) > MOST_ON_LINES:
        end_labels(ax, {name: (line.get_ydata()[-1], line.get_color(), "bold") for line, name in lines.items()}, last)
    else:
        label_lines(ax, {line: broken(name) for line, name in lines.items()})


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
    words = {f"name{i}": sheet.name(k) for i, (k, _from, _to) in enumerate(leads)}
    words |= {f"from{i}": number(a) for i, (_k, a, _b) in enumerate(leads)}
    words |= {f"to{i}": number(b) for i, (_k, _a, b) in enumerate(leads)}
    text = _("Who is in which audience at each age")
    if sheet.whole(curve) and curve["audience"].nunique() == 1:
        text = _("Everybody is in one audience")
    elif sheet.whole(curve) and not leads:
        text = _("At no age does one audience clearly lead")
    elif sheet.whole(curve) and len(leads) == 1:
        text = _("Only from {from0} to {to0} one audience clearly leads: “{name0}”")
        if (leads[0][1], leads[0][2]) == (first, last):
            text = _("At every age “{name0}” clearly leads")
    elif sheet.whole(curve) and len(leads) == 2 and (leads[0][1], leads[1][2]) == (first, last):
        text = _("Up to age {to0} “{name0}” clearly leads, from {from1} on “{name1}”")
        if leads[1][1] > leads[0][2] + 1:
            text = _("Up to age {to0} “{name0}” clearly leads, from {from1} on “{name1}”; in between none does")
    return text.format(**words)


def people(sheet: Sheet) -> None:
    """A hundred people as dots, by audience; placed by age where the answer says where they stand (`hundred`)."""
    table, ax, aged = sheet.answer.table, sheet.ax, "hundred" in sheet.answer.parts
    share, dots = table[table["item"] == "share"].set_index("audience"), _hundred(sheet)
    ages = table[(table["item"] == "age") & (table["answer"] == "mean")].set_index("audience")["estimate"]
    counts = dots["audience"].value_counts().reindex(share.index, fill_value=0)
    top, places, names = 0.0, [], []
    left, right = dots["x"].min() - 1.5, dots["x"].max() + 1.5
    for k in reversed(share.index):
        own, pile = dots[dots["audience"] == k], dots["height"][dots["audience"] == k].max() + 1 if counts[k] else 1
        ax.plot(own["x"], top + own["height"] + 0.55, "o", color=colour(k), mew=0, label="people")
        ax.hlines(top, left, right, color=INK, lw=em(0.06))
        if aged and k in ages:
            ax.plot(ages[k], top - 0.25, "^", color=INK, ms=em(0.5))
        low, high = (number(100 * share.loc[k, end]) for end in ("low", "high"))
        said = _("{n} of 100 ({low} to {high})") if share.loc[k, "low"] >= 0 else _("{n} of 100")
        said = said.format(n=number(counts[k]), low=low, high=high)
        said += _(", average age {age}").format(age=number(ages[k])) if k in ages else ""
        names.append(f"{sheet.name(k)}\n{said}")
        places.append(top + pile / 2)
        sheet.told.insert(0, (sheet.name(k), "", said))
        top += pile + 1.2
    ax.set_yticks(places, names, size=min(em(), em(11) / len(share)))
    for k, text in zip(reversed(share.index), ax.get_yticklabels(), strict=True):
        text.set(color=written(k), weight="bold", linespacing=1.2)
    bare(ax)
    ax.grid(axis="x", visible=aged)
    ax.set(ylim=(-0.7, top - 0.7), xlim=(left, right), xlabel=_("Age (years)") if aged else "")
    ax.set_xticks(np.arange(-(-left // 10) * 10, right, 10) if aged else [])
    text = _("Each dot is one of 100 people; in brackets: {level} interval")
    text = _("Each dot is one of 100 people, placed by age; in brackets: {level} interval") if aged else text
    sheet.frame(_largest(sheet, table, counts), text.format(level=sheet.level))
    step = np.diff(ax.transData.transform([(0, 0), (2 if aged else 1, 1)]), axis=0).min() * 0.88 * 72 / sheet.figure.dpi
    for line in ax.lines:
        if line.get_label() == "people":
            line.set_markersize(step)


def _hundred(sheet: Sheet) -> pd.DataFrame:
    """A hundred dots: audience, x, height in the pile; piles are two years broad, or rows of 25 without ages."""
    if "hundred" in sheet.answer.parts:
        dots = sheet.answer.hundred.assign(x=lambda dots: dots["age"] // 2 * 2 + 1)
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
    large = sizes["estimate"].idxmax()
    if not (sheet.whole(table) and sizes["low"][large] > sizes["high"].drop(large).max()):
        return _("How large the audiences are")
    narrow = span[span["high"] < span["overall"] / 2]["audience"].tolist()
    text = _("The largest audience, “{large}”, is {n} of 100 people")
    if len(narrow) == 1 and narrow[0] != large:
        text = _("{n} of 100 people are “{large}”; only “{name}” are of one generation")
    return text.format(n=number(counts[large]), large=sheet.name(large), name=sheet.name(narrow[0]) if narrow else "")


def groups(sheet: Sheet) -> None:
    """How the audiences' sizes differ between groups: a column per group, a row per audience."""
    table, columns = sheet.answer.table, []
    audiences = sorted(table["audience"].unique())
    for name, rows in table.groupby("group", sort=False):
        own = rows.set_index("audience").reindex(audiences)[["estimate", "low", "high"]]
        own["colour"] = [written(k) for k in audiences]
        columns.append({"head": str(name), "under": f"n = {number(rows['n'].iloc[0])}", "own": INK, "rows": own})
    write = share_columns(sheet, columns, [sheet.name(k) for k in audiences])
    text = _("Share of each group in each audience; lines: {level} intervals").format(level=sheet.level)
    sheet.frame(sheet.answer.headline, text)
    write()
