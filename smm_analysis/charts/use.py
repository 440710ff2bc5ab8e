"""Pictures of who uses what, before any model."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from ..audiences.generations import band_label
from ..tables.published import item_label
from ..words import _, number, percent
from .alt import tell
from .theme import COLOURS, DASHES, MARKERS, QUIET, caption, interval_note, percent_axis, title


def plot_platform_use_by_age(use: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What share of each age band uses each platform.

    Parameters
    ----------
    use : DataFrame
        From `platform_use_by_age`; rows may be chosen before. Several surveys get a line each.
    ax : Axes, optional

    Returns
    -------
    Axes
        One line per platform, named at its right end; bars are intervals, hollow points have none. A line has a gap
        where `hide_small` has hidden a share.

    Examples
    --------
    >>> from smm_analysis import load_published, platform_use_by_age
    >>> printed = load_published("platform_use_by_age").query("year == 2025 and platform in ('facebook', 'instagram')")
    >>> use = platform_use_by_age(printed.query("country == 'US' and measure == 'ever'"))
    >>> plot_platform_use_by_age(use).get_title()
    'Instagram changes most with age: 80% at 18–29, 19% at 65+'
    """
    ax = plt.gca() if ax is None else ax
    place, series, ends = _bands(use), _series(use[use.groupby("platform")["estimate"].transform("count") > 0]), {}
    for k, (name, line) in enumerate(series.items()):
        x = [place[band] + 0.03 * (k - (len(series) - 1) / 2) for band in _keys(line)]
        _points(ax, x, line.assign(**{c: 100 * line[c] for c in ("estimate", "low", "high")}), k)
        last = np.flatnonzero(line["estimate"].notna())[-1]
        ends[name] = (x[last], 100 * line["estimate"].iloc[last], COLOURS[k % len(COLOURS)])
    _name_lines(ax, ends, len(place))
    _age_axis(ax, place)
    ax.set(ylabel=_("Share of people of that age (%)"), ylim=(0, 100))
    percent_axis(ax.yaxis)
    title(ax, _steepest(series) if use["platform"].nunique() > 1 or len(series) == 1 else _later(use, series))
    _tell_bands(ax, series, percent)
    hollow = _("hollow: no n printed, no interval") if (use["low"].isna() & use["estimate"].notna()).any() else ""
    hollow = _("a gap: too few people to show") if use["estimate"].isna().any() else hollow
    caption(ax, use.attrs, interval_note(use) if use["low"].notna().any() else "", hollow)
    return ax


def plot_relative_preference(preference: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How many people of an age use one platform for every one who uses the other.

    Parameters
    ----------
    preference : DataFrame
        From `relative_preference`; its ratios are drawn, on a scale where twice and half are equally far from 1.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import load_published, relative_preference
    >>> printed = load_published("platform_use_by_age").query("year == 2025 and country == 'US' and measure == 'ever'")
    >>> plot_relative_preference(relative_preference(printed, of="facebook", to="instagram")).get_title()
    'The older, the more Facebook for every Instagram: 0.85 at 18–29, 3.00 at 65+'
    """
    ax = plt.gca() if ax is None else ax
    ratios = preference[preference["quantity"] == "ratio"]
    of, to = item_label(preference.attrs["of"]), item_label(preference.attrs["to"])
    place, series = _bands(ratios), _series(ratios.assign(platform=preference.attrs["of"]))
    for k, (name, line) in enumerate(series.items()):
        x = [place[band] + 0.12 * (k - (len(series) - 1) / 2) for band in _keys(line)]
        _points(ax, x, line, k, label=name)
        for position, ratio in zip(x, line["estimate"] if k == len(series) - 1 else [], strict=False):
            ax.annotate(number(ratio, 2), (position, ratio), xytext=(0.6, -0.2), textcoords="offset fontsize", va="top")
    ax.axhline(1, color="black", linewidth=1)
    ax.set_yscale("log", base=2)
    low, high = (extreme(ratios[["low", "estimate", "high"]].to_numpy()) for extreme in (np.nanmin, np.nanmax))
    ax.set_ylim(min(low / 1.2, 0.7), max(high * 1.15, 1.4))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: number(value, 2 if value < 1 else 0)))
    ax.yaxis.set_minor_locator(NullLocator())
    for platform, above in ((of, 1), (to, -1)):
        said = _("more use {platform}").format(platform=platform)
        ax.annotate(said, (1, 1), (0, 0.3 * above), ("axes fraction", "data"), "offset fontsize",
                    ha="right", va="bottom" if above > 0 else "top", color=QUIET)  # fmt: skip
    _age_axis(ax, place)
    ax.set(ylabel=_("Users of {of} for every user of {to}").format(of=of, to=to))
    if len(series) > 1:
        ax.legend(loc="upper left")
    title(ax, _direction(series, of, to))
    _tell_bands(ax, series, lambda ratio: number(ratio, 2))
    caption(ax, preference.attrs, interval_note(preference), preference.attrs["note"])
    return ax


def plot_co_use(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Of those who use one platform, how many use the other as well.

    Parameters
    ----------
    table : DataFrame
        From `co_use`.
    ax : Axes, optional

    Returns
    -------
    Axes
        A row per platform, a column per other platform; the framed diagonal is the share among all people.

    Examples
    --------
    >>> from smm_analysis import Cells, co_use
    >>> people = pd.DataFrame({"vk": [1, 1, 0, 0, 1], "instagram": [1, 0, 1, 0, 1]})
    >>> plot_co_use(co_use(Cells.from_table(people, items=["vk", "instagram"], age=None))).get_ylabel()
    'Of the users of'
    """
    ax = plt.gca() if ax is None else ax
    overall = table[table["platform"] == table["other"]].sort_values("estimate", ascending=False)
    order = overall["platform"].tolist()
    shares = table.pivot(index="platform", columns="other", values="estimate").loc[order, order]
    ax.imshow(100 * shares, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for row, platform in enumerate(order):
        for column, other in enumerate(order):
            share = shares.loc[platform, other]
            colour = "white" if share > 0.55 else "black"
            ax.text(column, row, percent(share), ha="center", va="center", color=colour)
    for place in range(len(order)):
        ax.add_patch(
            plt.Rectangle((place - 0.48, place - 0.48), 0.96, 0.96, fill=False, edgecolor="black", linewidth=1.5)
        )
    people = table[table["platform"] != table["other"]].groupby("platform")["n"].max()
    ax.set_yticks(range(len(order)), [f"{item_label(name)} (n = {number(people[name])})" for name in order])
    ax.set_xticks(range(len(order)), [item_label(name).replace(" / ", "/\n") for name in order])
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set(xlabel=_("this share also uses"), ylabel=_("Of the users of"))
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    lift = shares.div(np.diag(shares), axis=1).where(~np.eye(len(order), dtype=bool))
    platform, other = lift.stack().idxmax()
    found = _("{share} of {platform}'s users also use {other}; of all people {overall}")
    title(ax, found.format(share=percent(shares.loc[platform, other]), platform=item_label(platform),
                           other=item_label(other), overall=percent(shares.loc[other, other])))  # fmt: skip
    tell(ax, [(item_label(r.platform), item_label(r.other), percent(r.estimate)) for r in table.itertuples()])
    caption(ax, table.attrs, _("framed: share of all people"))
    return ax


def _keys(frame) -> list[tuple]:
    """The bands of a frame's rows, fit for a dictionary: NaN is not equal to itself."""
    return list(zip(frame["age_low"], frame["age_high"].fillna(np.inf), strict=True))


def _bands(frame) -> dict[tuple, int]:
    """The place of every band on the axis."""
    return {key: place for place, key in enumerate(sorted(set(_keys(frame))))}


def _age_axis(ax, place):
    ax.set_xticks(list(place.values()), [band_label(*band) for band in place])
    ax.set(xlabel=_("Age (years)"), xlim=(-0.3, len(place) - 0.6))


def _points(ax, x, line, k, label=None):
    """One line with intervals; a point without an interval is hollow."""
    colour, marker, size = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)], 0.65 * plt.rcParams["font.size"]
    ax.plot(
        x,
        line["estimate"],
        color=colour,
        linestyle=DASHES[k % len(DASHES)],
        linewidth=0.6 * plt.rcParams["lines.linewidth"],
    )
    sure = line["low"].notna().to_numpy()
    for known, face in ((True, colour), (False, "white")):
        at = np.array(x)[sure == known]
        if len(at):
            ax.plot(
                at,
                line["estimate"][sure == known],
                marker,
                color=colour,
                markerfacecolor=face,
                markersize=size,
                label=label,
            )
    ax.vlines(np.array(x)[sure], line["low"][sure], line["high"][sure], color=colour)


def _tell_bands(ax, series, words):
    rows = ((name, row) for name, line in series.items() for row in line.dropna(subset="estimate").itertuples())
    tell(ax, [(name, band_label(row.age_low, row.age_high), words(row.estimate)) for name, row in rows])


def _ends(line) -> dict:
    """The first and the last band of a line, in words, and its first and last value."""
    first, last = line.iloc[0], line.iloc[-1]
    young, old = (band_label(end["age_low"], end["age_high"]) for end in (first, last))
    return {"young": young, "old": old, "a": first["estimate"], "b": last["estimate"]}


def _steepest(series) -> str:
    """Which platform depends most on age?"""
    known = {name: line.dropna(subset="estimate") for name, line in series.items()}
    if all(len(line) == 1 for line in known.values()):
        name = max(known, key=lambda name: known[name]["estimate"].iloc[0])
        ends = _ends(known[name])
        said = _("The largest share shown: {platform}, {a} at {young}")
        return said.format(platform=name, a=percent(ends["a"]), young=ends["young"])
    ends = {name: _ends(line) for name, line in known.items() if len(line) > 1}
    name = max(ends, key=lambda name: abs(ends[name]["b"] - ends[name]["a"]))
    ends = ends[name]
    said = _("{platform} changes most with age: {a} at {young}, {b} at {old}")
    return said.format(platform=name, **ends | {"a": percent(ends["a"]), "b": percent(ends["b"])})


def _later(use, series) -> str:
    """One platform in several surveys: at which age did it change most between the first and the last?"""
    (before, first), (after, last) = [list(series.items())[i] for i in (0, -1)]
    both = first.set_index("age_low")[["age_high", "estimate"]].join(
        last.set_index("age_low")["estimate"].rename("now")
    )
    both = both.dropna(subset=["estimate", "now"])
    if not len(both):
        return _steepest(series)
    most = both.loc[(both["now"] - both["estimate"]).abs().idxmax()]
    said = _("{platform} at {band}: {a} in {before}, {b} in {after}")
    return said.format(platform=item_label(use["platform"].iloc[0]), band=band_label(most.name, most["age_high"]),
                       a=percent(most["estimate"]), b=percent(most["now"]), before=before, after=after)  # fmt: skip


def _direction(series, of, to) -> str:
    """Does the preference grow with age, in the last survey drawn?"""
    name, line = list(series.items())[-1]
    ends = _ends(line)
    rising = _("The older, the more {of} for every {to}: {a} at {young}, {b} at {old}")
    falling = _("The younger, the more {of} for every {to}: {a} at {young}, {b} at {old}")
    said = rising if ends["b"] > ends["a"] else falling
    said = said.format(of=of, to=to, **ends | {"a": number(ends["a"], 2), "b": number(ends["b"], 2)})
    return said if len(series) == 1 else f"{said} ({name})"


def _series(frame) -> dict[str, pd.DataFrame]:
    """One line per platform; with several surveys one per platform and survey, named by year or source."""
    surveys = [name for name in ("source", "year", "measure") if name in frame and frame[name].nunique() > 1]
    named = ["year"] if "year" in surveys else surveys
    alone = frame["platform"].nunique() == 1 and bool(named)
    series = {}
    for key, line in frame.groupby(["platform", *surveys], sort=False):
        words = [] if alone else [item_label(key[0])]
        series[" ".join(words + [str(line[name].iloc[0]) for name in named])] = line.sort_values("age_low")
    return series


def _name_lines(ax, ends, n_bands):
    """Write every line's name at its right end, pushed apart where they would overlap."""
    gap = 100 * 1.35 * plt.rcParams["font.size"] / (ax.figure.get_figheight() * 72 * 0.72)
    order, at = sorted(ends, key=lambda name: ends[name][1]), []
    for name in order:
        at.append(max(ends[name][1], at[-1] + gap) if at else max(ends[name][1], 2))
    over = max(0, at[-1] - 98)
    for name, y in zip(order, [y - over for y in at], strict=True):
        x, true, colour = ends[name]
        ax.annotate(name, (x, true), xytext=(n_bands - 0.62, y), textcoords="data", va="center", color=colour,
                    fontweight="bold", annotation_clip=False,
                    arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "linestyle": ":"})  # fmt: skip
