"""How sure is it who belongs to which audience, and what follows for each? Pictures of separation and outcomes."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..words import _, number, percent
from .alt import tell
from .theme import (
    COLOURS,
    MARKERS,
    QUIET,
    assignment_word,
    audience_label,
    between,
    caption,
    interval_note,
    percent_axis,
    title,
)


def plot_certainty(certainty: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How sure is it who belongs to which audience? A gorge per audience: high walls at 0 and 1 are a good sign.

    Parameters
    ----------
    certainty : DataFrame
        From `audience_certainty`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, audience_certainty, load_published
    >>> gss82 = load_published("lca_gss82")
    >>> cells = Cells.from_table(gss82, items=list(gss82.columns[:4]), age=None, count="count")
    >>> plot_certainty(audience_certainty(AudienceMixture(2, age=None).fit(cells))).get_xlabel()
    'Probability of belonging to the audience'
    """
    ax = plt.gca() if ax is None else ax
    audiences = sorted(certainty["audience"].unique())
    for row, k in enumerate(audiences):
        own, colour = certainty[certainty["audience"] == k], COLOURS[(k - 1) % len(COLOURS)]
        base, height = row + 0.42, 0.62 * own["estimate"] / certainty["estimate"].max()
        ax.bar(own["low"], -height, own["high"] - own["low"], bottom=base, align="edge", color=colour,
               alpha=0.85, edgecolor="white")  # fmt: skip
        ax.plot([0, 1], [base, base], color=QUIET, linewidth=0.8)
        for cell, tall in zip(own.itertuples(), height, strict=True):
            at = (cell.low + cell.high) / 2, base - tall
            ax.annotate(percent(cell.estimate), at, (0, 2), textcoords="offset points", ha="center", fontsize="small")
    ax.set_yticks(range(len(audiences)), [audience_label(certainty, k).replace(" + ", " +\n") for k in audiences])
    ax.set(xlabel=_("Probability of belonging to the audience"), ylim=(len(audiences) - 0.5, -0.5), xlim=(-0.01, 1.01))
    ax.grid(False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    said = _("For {share} of the people the likeliest audience is less than 70% sure")
    rows = [(audience_label(certainty, c.audience), f"{number(c.low, 1)}–{number(c.high, 1)}", percent(c.estimate))
            for c in certainty.itertuples()]  # fmt: skip
    tell(ax, rows)
    title(ax, said.format(share=percent(certainty.attrs["doubtful"])))
    caption(ax, certainty.attrs, _("bars: share of all people"))
    return ax


def plot_separation(separation: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Whose people are taken for whose?

    Parameters
    ----------
    separation : DataFrame
        From `audience_separation`.
    ax : Axes, optional

    Returns
    -------
    Axes
        A row per audience; large: assigned by age and answers, small: by the answers only.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, audience_separation, load_published
    >>> gss82 = load_published("lca_gss82")
    >>> cells = Cells.from_table(gss82, items=list(gss82.columns[:4]), age=None, count="count")
    >>> plot_separation(audience_separation(AudienceMixture(2, age=None).fit(cells))).get_xlabel()
    'Assigned to'
    """
    ax = plt.gca() if ax is None else ax
    full, plain = (
        separation[separation["by"] == by].pivot(index="audience", columns="assigned", values="estimate")
        for by in ("age and answers", "answers only")
    )
    names = [audience_label(separation, k).replace(" + ", " +\n") for k in full.index]
    ax.pcolormesh(full.to_numpy(), cmap="Greys", vmin=0, vmax=1.3, edgecolor="white", linewidth=2)
    for row, (own, other) in enumerate(zip(full.to_numpy(), plain.to_numpy(), strict=True)):
        for column, (with_age, without) in enumerate(zip(own, other, strict=True)):
            colour = "white" if with_age > 0.55 else "black"
            ax.text(
                column + 0.5, row + 0.45, percent(with_age), ha="center", va="bottom", color=colour, fontweight="bold"
            )
            ax.text(column + 0.5, row + 0.52, percent(without), ha="center", va="top", color=colour, fontsize="small")
    middles = np.arange(len(names)) + 0.5
    ax.set_xticks(middles, names)
    ax.set_yticks(middles, names)
    ax.set(xlabel=_("Assigned to"), ylabel=_("Belongs to"))
    ax.invert_yaxis()
    ax.grid(False)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    right = pd.Series(np.diag(full), full.index)
    said = _("Of “{name}”, {share} are assigned rightly: the least of all audiences")
    cells = zip(separation["audience"], separation["assigned"], separation["by"], separation["estimate"], strict=True)
    tell(
        ax,
        [(audience_label(separation, t), f"{s}, {assignment_word(by)}", percent(share)) for t, s, by, share in cells],
    )
    title(ax, said.format(name=separation.attrs["names"][right.idxmin()], share=percent(right.min())))
    caption(ax, separation.attrs, _("bold: by age and answers; below: by answers only; rows add up to 100%"))
    return ax


def plot_audience_outcome(outcome: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What follows for each audience: the corrected mean with its interval, and the naive one.

    Parameters
    ----------
    outcome : DataFrame
        From `audience_outcome`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, audience_outcome, load_published
    >>> students = load_published("lca_cheating_gpa")
    >>> cells = Cells.from_table(students, items=list(students.columns[:4]), age=None, count="count")
    >>> model = AudienceMixture(2, age=None).fit(cells)
    >>> grades = audience_outcome(model, students, "gpa", count="count", n_resamples=20)
    >>> plot_audience_outcome(grades).get_xlabel()
    'Mean of gpa'
    """
    ax = plt.gca() if ax is None else ax
    yes_no, name = outcome.attrs["yes_no"], outcome.attrs["outcome"].replace("_", " ")
    said = percent if yes_no else lambda value: number(value, 2)
    for row, own in enumerate(outcome.itertuples()):
        colour, marker = COLOURS[(own.audience - 1) % len(COLOURS)], MARKERS[(own.audience - 1) % len(MARKERS)]
        ax.plot([own.low, own.high], [row, row], color=colour, linewidth=3)
        ax.plot(own.estimate, row, marker, color=colour, markersize=11, markeredgecolor="black")
        ax.plot(own.naive, row + 0.22, marker, color=QUIET, markersize=8, markerfacecolor="white")
        ax.annotate(
            said(own.estimate), (own.estimate, row), (0, 9), textcoords="offset points", ha="center", va="bottom"
        )
    ax.set_yticks(range(len(outcome)), [audience_label(outcome, k) for k in outcome["audience"]])
    ax.set(xlabel=(_("Share of {outcome}") if yes_no else _("Mean of {outcome}")).format(outcome=name))
    ax.set_ylim(len(outcome) - 0.4, -0.7)
    ax.grid(axis="y", visible=False)
    if yes_no:
        percent_axis(ax.xaxis, whole=1)
    rows = [
        (audience_label(outcome, o.audience), "", between(*map(said, (o.estimate, o.low, o.high))))
        for o in outcome.itertuples()
    ]
    tell(ax, rows + [(_("naive"), audience_label(outcome, o.audience), said(o.naive)) for o in outcome.itertuples()])
    title(ax, _outcome_finding(outcome, said))
    level = interval_note(outcome)
    caption(ax, outcome.attrs, _("filled: corrected for doubt about who belongs where; hollow: naive"), level)
    return ax


def _outcome_finding(outcome: pd.DataFrame, said: Callable[[float], str]) -> str:
    """The largest difference, or that none is sure."""
    contrasts = outcome.attrs["contrasts"]
    sure = contrasts[contrasts["p_holm"] < 1 - outcome.attrs["level"]]
    if not len(sure):
        return _("No difference between audiences is sure")
    most, names = sure.loc[sure["estimate"].abs().idxmax()], outcome.attrs["names"]
    pair = outcome.set_index("audience").loc[[most["audience"], most["other"]], "estimate"].sort_values()
    return _("{outcome}: “{low}” {low_value}, “{high}” {high_value}").format(
        outcome=outcome.attrs["outcome"].replace("_", " "),
        low=names[pair.index[0]],
        low_value=said(pair.iloc[0]),
        high=names[pair.index[1]],
        high_value=said(pair.iloc[1]),
    )
