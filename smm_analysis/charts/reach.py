"""Pictures of reach: whom platforms could reach, which mix a budget should buy, when to post what."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from babel.dates import format_date
from matplotlib.axes import Axes
from matplotlib.dates import WeekdayLocator, num2date
from matplotlib.ticker import FuncFormatter

from ..audiences.reach import label_mix
from ..words import _, language, number, percent, plural
from .alt import tell
from .theme import (
    COLOURS,
    MARKERS,
    QUIET,
    audience_label,
    between,
    caption,
    interval_note,
    legend_below_title,
    percent_axis,
    title,
)

MOST_MIXES = 8


def plot_reach(reach: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How many people of each audience every mix of platforms could reach.

    Parameters
    ----------
    reach : DataFrame
        From `audience_reach`.
    ax : Axes, optional

    Returns
    -------
    Axes
        One row per mix; a sign per audience, a black bar for everybody, thin lines for intervals.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, audience_reach, simulate_people
    >>> cells = Cells.from_table(simulate_people(2000)[0], items=["tiktok", "facebook", "vk"])
    >>> model = AudienceMixture(2, n_starts=2).fit(cells)
    >>> plot_reach(audience_reach(model, cells, n_resamples=20)).get_xlabel()
    'Share of the audience that could be reached (%)'
    """
    ax = plt.gca() if ax is None else ax
    shares, names, size = reach[reach["quantity"] == "reach"], reach.attrs["names"], 0.7 * plt.rcParams["font.size"]
    table = 100 * shares.pivot(index="mix", columns="audience", values=["estimate", "low", "high"])
    table = table.sort_values(("estimate", 0))
    for k in names:
        colour, marker = (COLOURS[(k - 1) % len(COLOURS)], MARKERS[(k - 1) % len(MARKERS)]) if k else ("black", "s")
        y = np.arange(len(table)) + 0.7 * (0.5 - (k + 0.5) / len(names))
        ax.hlines(y, table["low", k], table["high", k], color=colour, linewidth=1.2)
        face, label = (colour, audience_label(reach, k)) if k else ("white", names[0])
        ax.plot(table["estimate", k], y, marker, color=colour, markersize=size, markerfacecolor=face, label=label)
    ax.set_yticks(range(len(table)), [label_mix(mix) for mix in table.index])
    ax.set(xlabel=_("Share of the audience that could be reached (%)"), xlim=(-1, 101))
    percent_axis(ax.xaxis)
    own = table["estimate"].drop(columns=0)
    mix = (own.max(axis=1) - own.min(axis=1)).idxmax()
    most, least = own.loc[mix].idxmax(), own.loc[mix].idxmin()
    text = _("{mix} could reach {high} of “{a}” and {low} of “{b}”")
    found = text.format(mix=label_mix(mix), high=percent(own.at[mix, most] / 100), a=names[most],
                        low=percent(own.at[mix, least] / 100), b=names[least])  # fmt: skip
    title(ax, found, lines_above=legend_below_title(ax))
    tell(ax, [(label_mix(row.mix), names[row.audience], percent(row.estimate)) for row in shares.itertuples()])
    caption(ax, reach.attrs, interval_note(reach), _("reach: uses a platform of the mix at all"))
    return ax


def plot_platform_plan(plan: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Which affordable mixes reach most of an audience, and how surely the best one is the best.

    Parameters
    ----------
    plan : DataFrame
        From `plan_platforms`; the first eight mixes and the article's rule are drawn.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, plan_platforms, simulate_people
    >>> cells = Cells.from_table(simulate_people(2000)[0], items=["tiktok", "facebook", "vk"])
    >>> model = AudienceMixture(2, n_starts=2).fit(cells)
    >>> plan = plan_platforms(model, cells, audience=2, budget=4, cost={"tiktok": 4, "facebook": 2, "vk": 3})
    >>> plot_platform_plan(plan).get_title()
    'Facebook could reach 47% of “light users”'
    """
    ax = plt.gca() if ax is None else ax
    shown, audience = plan[(plan.index < MOST_MIXES) | plan["rule"]].reset_index(drop=True), plan.attrs["audience"]
    colour, best = COLOURS[(audience - 1) % len(COLOURS)] if audience else "black", plan.iloc[0]
    labels = [f"{label_mix(row.mix)} ({number(row.cost)})" + (" *" if row.rule else "") for row in shown.itertuples()]
    for row in shown.itertuples():
        look = {"alpha": 1 if row.Index == 0 else 0.4, "hatch": "///" if row.rule else None}
        ax.barh(row.Index, 100 * row.estimate, 0.62, color=colour, edgecolor="white", **look)
        ax.hlines(row.Index, 100 * row.low, 100 * row.high, color="black", linewidth=1.4)
        said = _("{share}, best in {chosen}").format(share=percent(row.estimate), chosen=percent(row.chosen))
        ax.annotate(said, (102, row.Index), va="center", annotation_clip=False, fontsize="small")
    ax.set_yticks(range(len(shown)), labels)
    ax.set(xlabel=_("Share of the audience that could be reached (%)"), xlim=(0, 100), ylim=(len(shown) - 0.4, -0.6))
    percent_axis(ax.xaxis)
    ax.grid(axis="y", visible=False)
    text = _("{mix} could reach {share} of “{name}”")
    title(
        ax, text.format(mix=label_mix(best["mix"]), share=percent(best["estimate"]), name=plan.attrs["names"][audience])
    )
    ends = [between(*map(percent, row)) for row in shown[["estimate", "low", "high"]].to_numpy()]
    tell(ax, [(label, "", end) for label, end in zip(labels, ends, strict=True)])
    note = _("in brackets: cost, budget {budget}; best in: share of the resamples").format(
        budget=number(plan.attrs["budget"])
    )
    caption(ax, plan.attrs, interval_note(plan), note, _("* hatched: the article's rule") if plan["rule"].any() else "")
    return ax


def plot_calendar(calendar: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """When the shop is visited, and what is posted where.

    Parameters
    ----------
    calendar : DataFrame
        From `content_calendar`.
    ax : Axes, optional

    Returns
    -------
    Axes
        A row per audience and platform; circles are photos, triangles videos, vertical lines visits to the shop.

    Examples
    --------
    >>> from smm_analysis import content_calendar
    >>> plan = pd.DataFrame({"mix": ["facebook + vk"]})
    >>> plan.attrs = {"audience": 1, "names": {1: "VK"}, "source": "a plan", "origin": "simulated", "n": 100}
    >>> plot_calendar(content_calendar(plan, start="2024-02-05", weeks=2)).get_title()
    '2 visits to the shop become 18 posts'
    """
    ax = plt.gca() if ax is None else ax
    posts, visits = (calendar[calendar["task"] == task] for task in ("post", "visit"))
    names, size = calendar.attrs["names"], 0.9 * plt.rcParams["font.size"]
    signs, told = {"photo": ("o", _("photo")), "video": (">", _("video"))}, []
    lines = list(posts.groupby(["audience", "platform"]))
    for place, ((audience, platform), own) in enumerate(lines):
        for material, (marker, word) in signs.items():
            dates = own.loc[own["material"] == material, "date"]
            colour = COLOURS[(audience - 1) % len(COLOURS)] if audience else "black"
            ax.plot(dates, [place] * len(dates), marker, color=colour, markersize=size, markeredgecolor="white")
            told.append((f"{label_mix(platform)}, {names[audience]}", word, number(len(dates))))
    for marker, word in signs.values():
        ax.plot([], [], marker, color=QUIET, label=word, markersize=size)
    for date in visits["date"]:
        line = ax.axvline(date, color="black", linewidth=1.4, linestyle=":")
    line.set_label(_("visit to the shop"))
    ax.set_yticks(range(len(lines)), [f"{label_mix(platform)}\n{k}  {names[k]}" for (k, platform), _own in lines])
    ax.set(ylim=(len(lines) - 0.4, -0.6), xlabel=_("Date"))
    ax.xaxis.set_major_locator(WeekdayLocator(byweekday=visits["date"].iloc[0].weekday()))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda day, _at: format_date(num2date(day), "d MMM", language())))
    ax.grid(visible=False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
    text = plural(
        "{visits} visit to the shop becomes {posts} posts",
        "{visits} visits to the shop become {posts} posts",
        len(visits),
    )
    title(ax, text.format(visits=number(len(visits)), posts=number(len(posts))), lines_above=1)
    tell(ax, told)
    occasions = {"opened": _("just opened"), "new product": _("new product"), "demand fell": _("demand fell"),
                 "customers left": _("fewer customers")}  # fmt: skip
    note = _("occasion: {occasion}; how often to post is an assumption")
    caption(ax, calendar.attrs, note.format(occasion=occasions[calendar.attrs["occasion"]]))
    return ax
