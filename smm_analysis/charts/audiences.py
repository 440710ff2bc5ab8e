"""Who they are: what audiences use, how old and how large they are, whom a mix of platforms reaches."""

import numpy as np
import pandas as pd

from ..audiences.profile import clear_leads, label
from ..audiences.reach import label_mix
from ..words import _, number, percent
from .marks import bare, broken, end_labels, label_lines, paint, percents, put, ribbon, share_columns
from .sheet import Sheet
from .style import DIM, INK, MUTED, colour, em

MOST_MIXES, MOST_NAMES_ON_LINES = 8, 5


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
        rows = rows[["estimate", "overall"]].assign(colour=np.where(sure, colour(k), DIM))
        columns.append((sheet.name(k), _size_and_age(table, k), colour(k), rows))
    share_columns(sheet, columns, [label(item, answer, given.get(item, (0, 1))) for item, answer in keys])
    text = _("Share of each audience; pale bars: everybody. In colour: surely different from everybody")
    sheet.frame(sheet.finding(_("How these audiences differ from everybody")), text, _("{level} intervals"))


def _size_and_age(table: pd.DataFrame, audience: int) -> str:
    """Share and mean age of an audience, in words."""
    own = table[table["audience"] == audience].set_index(["item", "answer"])["estimate"]
    share, age = own.get(("share", ""), np.nan), own.get(("age", "mean"), np.nan)
    text = _("{share} of people,\nage {age}") if age == age else _("{share} of people")
    return text.format(share=percent(share), age=number(age)) if share == share else ""


def age_curve(sheet: Sheet) -> None:
    """Who is in which audience at each age, where people were asked; dotted: where a clear lead begins or ends."""
    ax, curve, names = sheet.ax, sheet.answer.table[sheet.answer.table["inside"]], {}
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


def people(sheet: Sheet) -> None:
    """A hundred people as dots in rows of 25 (on a phone of 10), by audience."""
    table, ax, top, ticks, wide = sheet.answer.table, sheet.ax, 0.0, {}, 10 if sheet.tall else 25
    share = table[table["item"] == "share"].set_index("audience")
    ages = table[table["answer"] == "mean"].set_index("audience")["estimate"]
    counts, exact = np.floor(100 * share["estimate"]).astype(int), 100 * share["estimate"]
    counts[(exact - counts).nlargest(int(round(exact.sum())) - counts.sum()).index] += 1
    for k, n in counts.items():
        place, rows = np.arange(n), -(-n // wide)
        ax.plot(place % wide, top + place // wide, "o", color=colour(k), ms=em(0.95), mew=0)
        low, high = (number(100 * share.loc[k, end]) for end in ("low", "high"))
        said = _("{n} of 100 ({low} to {high})") if share.loc[k, "low"] >= 0 else _("{n} of 100")
        said = said.format(n=number(n), low=low, high=high)
        said += _(", average age {age}").format(age=number(ages[k])) if k in ages else ""
        ticks[top + (rows - 1) / 2] = f"{sheet.name(k)}\n{said}"
        sheet.say(sheet.name(k), [""], [said])
        top += max(rows, 1) + 1
    ax.set_yticks(list(ticks), ticks.values(), size=min(em(), em(11) / len(share)))
    paint(ax.yaxis, map(colour, share.index))
    bare(ax)
    ax.set(ylim=(top - 1.3, -0.7), xlim=(-0.7, wide - 0.3), xticks=[])
    large, title = share["estimate"].idxmax(), _("How large the audiences are")
    if sheet.whole and share["low"][large] > share["high"].drop(large).max():
        title = _("The largest audience, “{large}”, is {n} of 100 people")
    title = title.format(large=sheet.name(large), n=number(counts[large]))
    sheet.frame(title, _("Each dot is one of 100 people; in brackets: {level} interval"))


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
