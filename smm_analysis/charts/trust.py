"""Can you trust them? Pictures of the number of audiences, and of their stability."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from ..audiences.verdict import AGREE
from ..words import _, number, percent, plural
from .alt import tell
from .theme import (
    COLOURS,
    DASHES,
    MARKERS,
    QUIET,
    assignment_word,
    audience_label,
    caption,
    title,
)

HALO = withStroke(linewidth=3, foreground="white")
BOX = {"med": "estimate", "q1": "lower_quartile", "q3": "upper_quartile", "whislo": "low", "whishi": "high"}


def plot_choice(choice: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How much worse is every number of audiences than the best, by each criterion?

    Parameters
    ----------
    choice : DataFrame
        From `choose_audiences`.
    ax : Axes, optional

    Returns
    -------
    Axes
        Points above the criterion's own best; the numbers are BIC's. Hollow: not identified.

    Examples
    --------
    >>> from smm_analysis import Cells, choose_audiences, load_published
    >>> values = load_published("lca_values")
    >>> cells = Cells.from_table(values, items=list(values.columns[:4]), age=None, count="count")
    >>> plot_choice(choose_audiences(cells, up_to=3, age=None)).get_title()
    'BIC prefers 2 audiences'
    """
    ax = plt.gca() if ax is None else ax
    told = []
    least = "daic" if "daic" in choice else "aic"
    criteria = {"bic": "BIC", "icl_bic": "ICL-BIC", least: {"aic": "AIC", "daic": "dAIC"}[least]}
    for i, (name, label) in enumerate(criteria.items()):
        above = choice[name] - choice.loc[choice["identified"], name].min()
        ax.plot(choice["n_audiences"], above, color=COLOURS[i], linestyle=DASHES[i], label=label)
        for k, value, known in zip(choice["n_audiences"], above, choice["identified"], strict=True):
            face = COLOURS[i] if known else "white"
            ax.plot(
                k, value, MARKERS[i], color=COLOURS[i], markerfacecolor=face, markersize=0.6 * plt.rcParams["font.size"]
            )
            told.append((label, number(k), number(value).replace("-", "−")))
    gap = choice["bic"] - choice.loc[choice["identified"], "bic"].min()
    for k, value in zip(choice["n_audiences"], gap, strict=True):
        text = number(value).replace("-", "−")
        ax.annotate(text, (k, value), (0, -9), textcoords="offset points", ha="center", va="top", color=COLOURS[0],
                    path_effects=[HALO], zorder=5)  # fmt: skip
    alone, top = choice.attrs["age_only"], 1.12 * gap.max()
    if alone is not None and choice.attrs["age"] != "normal":
        above = alone["bic"] - choice["bic"].min()
        top = max(top, 1.1 * above)
        ax.axhline(above, color=QUIET, linestyle=DASHES[1], linewidth=1.4)
        ax.annotate(_("BIC of age alone"), (1, above), (-2, 3), xycoords=("axes fraction", "data"),
                    textcoords="offset points", ha="right", va="bottom", color=QUIET, fontsize="small")  # fmt: skip
        told.append((_("BIC of age alone"), "", number(above)))
    tell(ax, told)
    ax.set_ylim(-0.13 * top, top)
    ax.set(xlabel=_("Audiences"), ylabel=_("Points above own best"))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    verdict = choice.attrs["judgement"]
    title(ax, verdict.headline, lines_above=_criteria_legend(ax))
    hollow = "" if choice["identified"].all() else _("hollow: not identified")
    caption(ax, choice.attrs, _("0 = preferred by the criterion; numbers: BIC"), hollow)
    return ax


def _criteria_legend(ax: Axes) -> int:
    """One line of criteria between title and axes."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.2, handlelength=3)
    return 1


def plot_global_stability(stability: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """With how many audiences do two surveys agree on who belongs together?

    Parameters
    ----------
    stability : DataFrame
        From `global_stability`.
    ax : Axes, optional

    Returns
    -------
    Axes
        Boxes: middle half of the pairs of surveys, with the median; whiskers: the middle 90 %.

    Examples
    --------
    >>> from smm_analysis import Cells, global_stability, load_published
    >>> values = load_published("lca_values")
    >>> cells = Cells.from_table(values, items=list(values.columns[:4]), age=None, count="count")
    >>> ax = plot_global_stability(global_stability(cells, up_to=2, age=None, n_resamples=10))
    >>> ax.get_ylabel()
    'Agreement (adjusted Rand index)'
    """
    ax = plt.gca() if ax is None else ax
    _boxes(ax, stability, "n_audiences", [COLOURS[0]] * stability["n_audiences"].nunique())
    ax.axhline(AGREE, color=QUIET, linestyle=DASHES[1], linewidth=1.4)
    ax.set_xticks(stability["n_audiences"].unique())
    ax.set(xlabel=_("Audiences"), ylabel=_("Agreement (adjusted Rand index)"))
    stable = stability.groupby("n_audiences")["estimate"].min()
    stable = stable.index[stable >= AGREE]
    if len(stable):
        said = _("Two surveys of this size agree on {audiences}").format(audiences=_enumeration(list(stable)))
    else:
        said = _("Two surveys of this size agree on no number of audiences")
    rows = stability.iloc[:, :3].itertuples(index=False)
    tell(ax, [(assignment_word(by), number(k), number(value, 2)) for k, by, value in rows])
    title(ax, said, lines_above=_assignment_legend(ax, COLOURS[0]))
    caption(ax, stability.attrs, _start_note(stability), _("dashed: from here on surveys are said to agree"))
    return ax


def _enumeration(numbers: list[int]) -> str:
    """'2 audiences', '2 and 3 audiences', '2, 3 and 4 audiences'."""
    *first, last = map(number, numbers)
    listed = _("{first} and {last}").format(first=", ".join(first), last=last) if first else last
    return plural("{n} audience", "{n} audiences", int(numbers[-1])).format(n=listed)


def _boxes(ax: Axes, frame: pd.DataFrame, key: str, colours: list[str]) -> None:
    """Two boxes per key: filled when people are assigned by age and answers, hollow when by the answers only."""
    for by, shift, filled in (("age and answers", -0.19, True), ("answers only", 0.19, False)):
        own = frame[frame["assignment"] == by]
        stats = [{name: row[column] for name, column in BOX.items()} for _position, row in own.iterrows()]
        drawn = ax.bxp(stats, own[key] + shift, widths=0.32, showfliers=False, patch_artist=True, manage_ticks=False)
        for i, box in enumerate(drawn["boxes"]):
            box.set(facecolor=colours[i] if filled else "white", edgecolor=colours[i], alpha=0.75 if filled else 1)
            for line in (*drawn["whiskers"][2 * i : 2 * i + 2], *drawn["caps"][2 * i : 2 * i + 2]):
                line.set(color=colours[i], linewidth=1.4)
            drawn["medians"][i].set(color="black", linewidth=2)
        for x, row in zip(own[key] + shift, own.itertuples(), strict=True):
            at = (x, row.high), (0, 3)
            ax.annotate(number(row.estimate, 2), *at, textcoords="offset points", ha="center", va="bottom",
                        fontsize="small", path_effects=[HALO])  # fmt: skip
    ax.set_ylim(min(0, frame["low"].min()), 1.08)
    ax.set_yticks(np.arange(0, 1.01, 0.2))
    ax.grid(axis="x", visible=False)


def _assignment_legend(ax: Axes, colour: str) -> int:
    handles = [
        Patch(facecolor=colour, edgecolor=colour, alpha=0.75, label=_("assigned by age and answers")),
        Patch(facecolor="white", edgecolor=colour, label=_("by answers only")),
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return 1


def _start_note(frame: pd.DataFrame) -> str:
    said = _("{n} pairs of surveys drawn from this one, {start}; box: middle half and median, whiskers: middle {level}")
    starts = {"cold": _("each fitted anew"), "warm": _("each fitted from the original solution")}
    attrs = frame.attrs
    return said.format(n=number(attrs["n_resamples"]), start=starts[attrs["start"]], level=percent(attrs["level"]))


def plot_segment_stability(segments: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Which of the audiences would another survey find again?

    Parameters
    ----------
    segments : DataFrame
        From `segment_stability`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published, segment_stability
    >>> gss82 = load_published("lca_gss82")
    >>> cells = Cells.from_table(gss82, items=list(gss82.columns[:4]), age=None, count="count")
    >>> model = AudienceMixture(2, age=None).fit(cells)
    >>> plot_segment_stability(segment_stability(model, cells, n_resamples=10)).get_ylabel()
    'Overlap (Jaccard index)'
    """
    ax = plt.gca() if ax is None else ax
    names = segments.attrs["names"]
    _boxes(ax, segments, "audience", [COLOURS[(k - 1) % len(COLOURS)] for k in names])
    ax.set_xticks(list(names), [f"{k}  {name}".replace(" + ", " +\n") for k, name in names.items()])
    ax.set_ylabel(_("Overlap (Jaccard index)"))
    both = segments.groupby("audience")["estimate"].min()
    said = _("“{most}” returns most surely ({high}), “{least}” least ({low})").format(
        most=names[both.idxmax()], high=number(both.max(), 2), least=names[both.idxmin()], low=number(both.min(), 2)
    )
    rows = segments.iloc[:, :3].itertuples(index=False)
    tell(ax, [(audience_label(segments, k), assignment_word(by), number(value, 2)) for k, by, value in rows])
    title(ax, said, lines_above=_assignment_legend(ax, QUIET))
    caption(
        ax,
        segments.attrs,
        _start_note(segments),
        _("overlap with the most similar audience of another survey; 1 = the same people"),
    )
    return ax


def plot_stability_across(flows: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Where do the audiences come from when there is room for one more?

    Parameters
    ----------
    flows : DataFrame
        From `stability_across`.
    ax : Axes, optional

    Returns
    -------
    Axes
        A column per number of audiences; a bar's number is the audience's, the value below it its SLSa: 1 when all
        its people come from one audience of the column before.

    Examples
    --------
    >>> from smm_analysis import Cells, load_published, stability_across
    >>> gss82 = load_published("lca_gss82")
    >>> cells = Cells.from_table(gss82, items=list(gss82.columns[:4]), age=None, count="count")
    >>> plot_stability_across(stability_across(cells, up_to=3, age=None)).get_xlabel()
    'Audiences'
    """
    ax = plt.gca() if ax is None else ax
    stages = [min(flows["n_audiences"]) - 1, *flows["n_audiences"].unique().tolist()]
    slsa = flows.drop_duplicates(["n_audiences", "audience"]).set_index(["n_audiences", "audience"])["slsa"]
    gap, half = 0.04, 0.17
    tops = {k: _tops(flows.attrs["sizes"][k], gap) for k in stages}
    for k in stages:
        for audience, size in flows.attrs["sizes"][k].items():
            top, colour = tops[k][audience], COLOURS[(audience - 1) % len(COLOURS)]
            ax.bar(k, -size, 2 * half, bottom=top, color=colour, alpha=0.85)
            stable = slsa.get((k, audience))
            text = number(audience) if stable is None else f"{audience}: {number(stable, 2)}"
            ax.annotate(text, (k, top - size / 2), ha="center", va="center", fontsize="small",
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    left, right = ({k: dict(tops[k]) for k in stages} for _side in range(2))
    for flow in flows.sort_values(["n_audiences", "previous", "audience"]).itertuples():
        before = flow.n_audiences - 1
        start, end = right[before][flow.previous], left[flow.n_audiences][flow.audience]
        _ribbon(ax, before + half, start, flow.n_audiences - half, end, flow.share)
        right[before][flow.previous] -= flow.share
        left[flow.n_audiences][flow.audience] -= flow.share
    last = stages[-1]
    for audience, size in flows.attrs["sizes"][last].items():
        name = flows.attrs["names"][last][audience]
        ax.annotate(f"{name} ({percent(size)})", (last + half, tops[last][audience] - size / 2), (5, 0),
                    textcoords="offset points", va="center", fontsize="small")  # fmt: skip
    ax.set(xlim=(stages[0] - 0.3, last + 0.4 + 0.27 * (last - stages[0] + 1)), xlabel=_("Audiences"))
    ax.set_xticks(stages)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(False)
    k, audience = slsa.idxmin()
    said = _("With {audiences}, number {audience} has no single source: its people come from several")
    told = [(_enumeration([k]), _("number {n}").format(n=number(h)), number(v, 2)) for (k, h), v in slsa.items()]
    tell(ax, told)
    title(ax, said.format(audiences=_enumeration([k]), audience=number(audience)))
    caption(ax, flows.attrs, _("bars: share of people; value: SLSa, 1 = all come from one audience before"))
    return ax


def _tops(sizes: dict[int, float], gap: float) -> dict[int, float]:
    """Upper end of every bar of a column, first audience on top."""
    ends = np.cumsum([0, *sizes.values()])[:-1] + gap * np.arange(len(sizes))
    return dict(zip(sizes, (1 + gap * (len(sizes) - 1) / 2 - ends).tolist(), strict=True))


def _ribbon(ax: Axes, x0: float, y0: float, x1: float, y1: float, width: float) -> None:
    """A flow between the upper ends y0 and y1."""
    middle = (x0 + x1) / 2
    corners = [(x0, y0), (middle, y0), (middle, y1), (x1, y1), (x1, y1 - width), (middle, y1 - width),
               (middle, y0 - width), (x0, y0 - width), (x0, y0)]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(corners, codes), facecolor=QUIET, edgecolor="none", alpha=0.3))
