"""Pictures of a fitted mixture: who uses what, who is where at which age, how large, how sure.

An audience keeps its number, its colour and its second sign (dash, marker) in every chart.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..tables.published import item_label
from ..words import _, number, percent, plural
from .alt import tell
from .theme import (
    COLOURS,
    DASHES,
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

PITCH = 1.5  # distance of two columns of the profile: a bar of 100 %, and room for its number


def plot_audience_profile(profile: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What sets each audience apart: one column per audience, one row per answer.

    Parameters
    ----------
    profile : DataFrame
        From `AudienceMixture.profile`.
    ax : Axes, optional

    Returns
    -------
    Axes
        Bar: share of the audience; thin line: interval; black tick: everybody. Full colour and bold: a marker, an
        answer that differs from everybody's by 25 points or by half.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, simulate_people
    >>> people, _truth = simulate_people(2000)
    >>> model = AudienceMixture(2, n_starts=2).fit(Cells.from_table(people, items=["tiktok", "facebook", "vk"]))
    >>> plot_audience_profile(model.profile(n_resamples=20)).get_title()
    'TikTok sets the audiences apart most: 9% in one, 91% in another'
    """
    ax = plt.gca() if ax is None else ax
    answers = profile[~profile["item"].isin(["share", "age"])]
    order = answers.drop_duplicates(["item", "answer"]).sort_values("overall", ascending=False)
    place = {key: row for row, key in enumerate(zip(order["item"], order["answer"], strict=True))}
    audiences = sorted(profile["audience"].unique())
    for cell in answers.itertuples():
        y, left, colour = (
            place[cell.item, cell.answer],
            cell.audience * PITCH,
            COLOURS[(cell.audience - 1) % len(COLOURS)],
        )
        ax.barh(y, cell.estimate, 0.62, left=left, color=colour, alpha=1 if cell.marker else 0.35)
        ax.plot([left + cell.low, left + cell.high], [y, y], color="black", linewidth=1)
        ax.plot([left + cell.overall] * 2, [y - 0.4, y + 0.4], color="black", linewidth=1.6)
        weight = "bold" if cell.marker else "normal"
        ax.text(
            left + PITCH - 0.12, y, percent(cell.estimate), ha="right", va="center", fontweight=weight, fontsize="small"
        )
    lefts = np.array(audiences) * PITCH
    ax.set_xticks(lefts, [_heading(profile, k) for k in audiences], ha="left")
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.set_yticks(range(len(place)), [_answer_label(profile, *key) for key in place])
    ax.set(xlim=(lefts[0] - 0.05, lefts[-1] + PITCH - 0.1), ylim=(len(place) - 0.4, -0.6))
    ax.grid(False)
    ax.spines[["bottom", "left"]].set_visible(False)
    for left in lefts:
        ax.plot([left, left], [-0.5, len(place) - 0.5], color=QUIET, linewidth=0.8)
    cells = [(c.audience, _answer_label(profile, c.item, c.answer), percent(c.estimate)) for c in answers.itertuples()]
    tell(ax, [(audience_label(profile, k), answer, share) for k, answer, share in cells])
    title(ax, _profile_finding(answers, profile))
    caption(
        ax,
        profile.attrs,
        _("black tick: all people; full colour: differs by 25 points or by half"),
        interval_note(profile),
    )
    return ax


def plot_age_curve(curve: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Who is in which audience at each age.

    Parameters
    ----------
    curve : DataFrame
        From `AudienceMixture.age_curve`.
    ax : Axes, optional

    Returns
    -------
    Axes
        One line and band per audience; dotted where the ages lie outside the fitted range.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, simulate_people
    >>> people, _truth = simulate_people(2000)
    >>> model = AudienceMixture(2, n_starts=2).fit(Cells.from_table(people, items=["tiktok", "facebook", "vk"]))
    >>> plot_age_curve(model.age_curve(n_resamples=20)).get_xlabel()
    'Age (years)'
    """
    ax = plt.gca() if ax is None else ax
    for k, line in curve.groupby("audience"):
        colour, dash = COLOURS[(k - 1) % len(COLOURS)], DASHES[(k - 1) % len(DASHES)]
        inside = line[line["inside"]]
        ax.fill_between(inside["age"], 100 * inside["low"], 100 * inside["high"], color=colour, alpha=0.15, linewidth=0)
        ax.plot(inside["age"], 100 * inside["estimate"], color=colour, linestyle=dash, label=audience_label(curve, k))
        beyond = 100 * line.set_index("age")["estimate"].where(~line.set_index("age")["inside"])
        ax.plot(beyond.index, beyond, color=colour, linestyle=":", linewidth=1)
    ax.set(xlabel=_("Age (years)"), ylabel=_("Share of people of that age (%)"), ylim=(0, 100))
    percent_axis(ax.yaxis)
    ax.set_xlim(curve["age"].min(), curve["age"].max())
    title(ax, _age_finding(curve), lines_above=legend_below_title(ax))
    dotted = _("dotted: beyond the fitted ages") if not curve["inside"].all() else ""
    caption(ax, curve.attrs, interval_note(curve), dotted)
    return ax


def plot_audience_ages(profile: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How old each audience is: mean with its interval, and the ages of the middle two thirds.

    Parameters
    ----------
    profile : DataFrame
        From `AudienceMixture.profile`, of a model of people with ages.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, simulate_people
    >>> people, _truth = simulate_people(2000)
    >>> model = AudienceMixture(2, n_starts=2).fit(Cells.from_table(people, items=["tiktok", "facebook", "vk"]))
    >>> plot_audience_ages(model.profile(n_resamples=20)).get_xlabel()
    'Age (years)'
    """
    ax = plt.gca() if ax is None else ax
    ages = profile[profile["item"] == "age"].pivot(
        index="audience", columns="answer", values=["estimate", "low", "high"]
    )
    for row, (k, age) in enumerate(ages.iterrows()):
        colour, mean, sd = COLOURS[(k - 1) % len(COLOURS)], age["estimate", "mean"], age["estimate", "sd"]
        ax.plot([mean - sd, mean + sd], [row, row], color=colour, linewidth=9, alpha=0.3, solid_capstyle="butt")
        ax.plot([age["low", "mean"], age["high", "mean"]], [row, row], color="black", linewidth=2)
        ax.plot(mean, row, MARKERS[(k - 1) % len(MARKERS)], color=colour, markersize=9, markeredgecolor="black")
        ax.annotate(number(mean, 0), (mean, row), (0, 9), textcoords="offset points", ha="center", va="bottom")
    ax.set_yticks(range(len(ages)), [audience_label(profile, k) for k in ages.index])
    ax.set(xlabel=_("Age (years)"), ylim=(len(ages) - 0.4, -0.7))
    ax.grid(axis="y", visible=False)
    young, old = ages["estimate", "mean"].idxmin(), ages["estimate", "mean"].idxmax()
    text = _("On average “{young}” are {young_age} and “{old}” {old_age} years old").format(
        young=profile.attrs["names"][young],
        young_age=number(ages.loc[young, ("estimate", "mean")]),
        old=profile.attrs["names"][old],
        old_age=number(ages.loc[old, ("estimate", "mean")]),
    )
    means = [(audience_label(profile, k), age.xs("mean", level="answer")) for k, age in ages.iterrows()]
    tell(ax, [(label, "", between(*map(number, mean[["estimate", "low", "high"]]))) for label, mean in means])
    title(ax, text)
    caption(ax, profile.attrs, _("broad bar: mean ± 1 standard deviation"), interval_note(profile))
    return ax


def plot_audience_sizes(profile: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How large each audience is.

    Parameters
    ----------
    profile : DataFrame
        From `AudienceMixture.profile`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, simulate_people
    >>> people, _truth = simulate_people(2000)
    >>> model = AudienceMixture(2, n_starts=2).fit(Cells.from_table(people, items=["tiktok", "facebook", "vk"]))
    >>> plot_audience_sizes(model.profile(n_resamples=20)).get_xlabel()
    'Share of all people (%)'
    """
    ax = plt.gca() if ax is None else ax
    sizes = profile[profile["item"] == "share"].reset_index(drop=True)
    for row, size in sizes.iterrows():
        colour = COLOURS[(size["audience"] - 1) % len(COLOURS)]
        ax.barh(row, 100 * size["estimate"], 0.6, color=colour, alpha=0.85)
        ax.plot([100 * size["low"], 100 * size["high"]], [row, row], color="black", linewidth=1.6)
        ax.annotate(
            percent(size["estimate"]), (100 * size["high"], row), (6, 0), textcoords="offset points", va="center"
        )
    ax.set_yticks(range(len(sizes)), [audience_label(profile, k) for k in sizes["audience"]])
    ax.set(xlabel=_("Share of all people (%)"), ylim=(len(sizes) - 0.4, -0.6), xlim=(0, 100 * sizes["high"].max() + 8))
    ax.grid(axis="y", visible=False)
    shares = sizes.set_index("audience")[["estimate", "low", "high"]]
    tell(ax, [(audience_label(profile, k), "", between(*map(percent, share))) for k, share in shares.iterrows()])
    largest = sizes.loc[sizes["estimate"].idxmax()]
    name = profile.attrs["names"][largest["audience"]]
    title(ax, _("The largest audience, “{name}”, holds {share}").format(name=name, share=percent(largest["estimate"])))
    caption(ax, profile.attrs, interval_note(profile))
    return ax


def plot_starts(starts: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Where every start ended: how far below the best likelihood.

    Parameters
    ----------
    starts : DataFrame
        `AudienceMixture.starts_`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, simulate_people
    >>> people, _truth = simulate_people(2000)
    >>> model = AudienceMixture(2, n_starts=2).fit(Cells.from_table(people, items=["tiktok", "facebook", "vk"]))
    >>> plot_starts(model.starts_).get_title()
    '4 of 4 starts reached the best likelihood'
    """
    ax = plt.gca() if ax is None else ax
    behind = starts["log_likelihood"].max() - starts["log_likelihood"]
    words = {"random": _("random start"), "grown": _("grown from one audience fewer")}
    for (kind, word), colour, marker in zip(words.items(), COLOURS, MARKERS, strict=False):
        own = (starts["kind"] == kind).to_numpy()
        if own.any():
            ax.plot(np.flatnonzero(own) + 1, behind[own], marker, color=colour, label=word, markersize=7, alpha=0.85)
    ax.set(xlabel=_("Start, best first"), ylabel=_("Log-likelihood below the best"))
    ax.set_ylim(max(1.05 * behind.max(), 1), -0.05 * max(behind.max(), 1))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="lower left")
    text = _("{reached} of {all} starts reached the best likelihood")
    title(ax, text.format(reached=number(starts["agrees"].sum()), all=number(len(starts))))
    caption(ax, starts.attrs)
    return ax


def _heading(profile: pd.DataFrame, audience: int) -> str:
    """Number, name, share and mean age of an audience, a line each."""
    own = profile[profile["audience"] == audience].set_index(["item", "answer"])["estimate"]
    parts = [percent(own["share", ""])]
    if ("age", "mean") in own.index:
        age = own["age", "mean"]
        parts.append(plural("{age} year", "{age} years", round(age)).format(age=number(age)))
    name = profile.attrs["names"][audience].replace(" + ", " +\n")
    return f"{audience}  {name}\n{', '.join(parts)}"


def _answer_label(profile: pd.DataFrame, item: str, answer: object) -> str:
    yes_no = profile.attrs["answers"][item] == (0, 1)
    return item_label(item) if yes_no else f"{item_label(item)}: {answer}"


def _profile_finding(answers: pd.DataFrame, profile: pd.DataFrame) -> str:
    """Which answer differs most between audiences."""
    if profile["audience"].nunique() == 1:
        return _("Everybody is in one audience")
    ends = answers.groupby(["item", "answer"], sort=False)["estimate"].agg(["min", "max"])
    item, answer = (ends["max"] - ends["min"]).idxmax()
    low, high = ends.loc[(item, answer)]
    text = _("{answer} sets the audiences apart most: {low} in one, {high} in another")
    return text.format(answer=_answer_label(profile, item, answer), low=percent(low), high=percent(high))


def _age_finding(curve: pd.DataFrame) -> str:
    """Which audience is the likeliest from which age on."""
    inside = curve[curve["inside"]]
    leader = inside.loc[inside.groupby("age")["estimate"].idxmax()].sort_values("age")
    change = leader[leader["audience"] != leader["audience"].shift()]
    names = [curve.attrs["names"][k] for k in change["audience"]]
    if len(names) == 1:
        return _("“{name}” is the largest audience at every age").format(name=names[0])
    text = _("The largest audience up to {age} years: “{first}”; from {last_age}: “{last}”")
    return text.format(
        age=number(change["age"].iloc[1] - 1),
        first=names[0],
        last_age=number(change["age"].iloc[-1]),
        last=names[-1],
    )
