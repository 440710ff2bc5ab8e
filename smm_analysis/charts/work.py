"""Pictures of the specialist's work: wages, months, and the whole article in one picture."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from ..words import _, number, percent
from .alt import tell
from .theme import COLOURS, DASHES, QUIET, caption, legend_below_title, title

SIGNS = {"supported": "✓", "partly": "◐", "contradicted": "✗", "open": "?", "normative": "!", "definition": "="}
TENGE = FuncFormatter(lambda value, _position: number(value))


def plot_wages(wages: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What people in Kazakhstan earn, and what was claimed and advertised.

    Parameters
    ----------
    wages : DataFrame
        Rows of load_published("kazakhstan_wages").
    ax : Axes, optional

    Returns
    -------
    Axes
        Full points are statistics; hollow diamonds are a claim and an advertisement.

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> plot_wages(load_published("kazakhstan_wages").query("period == '2023-Q1'")).get_xlabel()
    'Tenge a month, before tax'
    """
    ax = plt.gca() if ax is None else ax
    words = {"mean": _("mean of all"), "median": _("median of all"), "mode": _("most frequent wage"),
             "minimum wage": _("minimum wage"), "mean mining": _("mining"), "mean finance and insurance": _("finance"),
             "mean information and communication": _("information technology"), "mean Astana": _("Astana"),
             "mean water supply and waste": _("water and waste"), "mean agriculture forestry fishing": _("agriculture"),
             "mean Almaty city": _("Almaty"), "claimed: SMM freelancers": _("claimed: SMM freelancers"),
             "advertised: SMM manager": _("advertised: SMM manager")}  # fmt: skip
    ordered = wages.sort_values("kzt_per_month", ignore_index=True)
    names = [f"{words.get(row.indicator, row.indicator)}, {row.period}" for row in ordered.itertuples()]
    statistic, kzt = ~ordered["indicator"].str.contains(":"), ordered["kzt_per_month"]
    for shown, colour, marker, face in (
        (statistic, COLOURS[0], "o", COLOURS[0]),
        (~statistic, COLOURS[1], "D", "white"),
    ):
        ax.hlines(kzt.index[shown], 0, kzt[shown], color=colour, linewidth=1)
        ax.plot(
            kzt[shown],
            kzt.index[shown],
            marker,
            color=colour,
            markerfacecolor=face,
            markersize=0.7 * plt.rcParams["font.size"],
        )
    for place, value in kzt.items():
        ax.annotate(number(value), (value, place), (9, 0), textcoords="offset points", va="center")
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel=_("Tenge a month, before tax"), xlim=(0, 1.2 * kzt.max()))
    ax.locator_params(axis="x", nbins=5)
    ax.xaxis.set_major_formatter(TENGE)
    ax.grid(axis="y", visible=False)
    a, *_between, b = np.flatnonzero(statistic)
    text = _("From {low} tenge ({a}) to {high} ({b})")
    title(ax, text.format(low=number(kzt[a]), a=names[a], high=number(kzt[b]), b=names[b]))
    tell(ax, [(name, "", number(value)) for name, value in zip(names, kzt, strict=True)])
    caption(ax, wages.attrs, "" if statistic.all() else _("hollow: no statistic"))
    return ax


def plot_income_months(income: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How far a freelancer's months swing, beside the median and the minimum wage.

    Parameters
    ----------
    income : DataFrame
        From `simulate_income`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import simulate_income
    >>> plot_income_months(simulate_income(orders=5, fee=100_000)).get_title()
    '17% of the months bring less than the median wage'
    """
    ax = plt.gca() if ax is None else ax
    months, value = income[income["quantity"] == "income"], income.set_index("quantity")["estimate"]
    ax.fill_between(months["month"], months["low"], months["high"], color=COLOURS[0], alpha=0.2, linewidth=0)
    ax.plot(months["month"], months["estimate"], "o-", color=COLOURS[0], label=_("typical month (median)"))
    lines = {"mean": _("mean month"), "median": _("median wage"), "minimum": _("minimum wage")}
    for i, (name, word) in enumerate(lines.items(), start=1):
        look = {"color": COLOURS[i], "linestyle": DASHES[i], "linewidth": 1.6}
        ax.axhline(income.attrs[name], label=f"{word}: {number(income.attrs[name])}", **look)
    ax.set(xlabel=_("Month"), ylabel=_("Tenge a month"), ylim=(0, 1.05 * months["high"].max()), xticks=range(1, 13))
    ax.yaxis.set_major_formatter(TENGE)
    text = _("{share} of the months bring less than the median wage").format(share=percent(value["below median"]))
    title(ax, text, lines_above=legend_below_title(ax))
    caption(ax, income.attrs, _("band: {level} of the months").format(level=percent(income.attrs["level"])))
    return ax


def plot_claims(claims: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The whole article in one picture: a tile per sentence, with its number and its verdict.

    Parameters
    ----------
    claims : DataFrame
        From `check_claims`.
    ax : Axes, optional

    Returns
    -------
    Axes
        A row per section. A thick frame: the verdict was computed by a rule.

    Examples
    --------
    >>> from smm_analysis import check_claims
    >>> plot_claims(check_claims()).get_title()
    'Of 49 sentences 14 are supported, 7 partly, 0 contradicted, 13 open.'
    """
    ax = plt.gca() if ax is None else ax
    words = {"supported": _("supported"), "partly": _("partly"), "contradicted": _("contradicted"), "open": _("open"),
             "normative": _("a judgement"), "definition": _("a definition")}  # fmt: skip
    titles = {"Frame": _("Frame"), "What it is": _("What it is"), "Who does it": _("Who does it"),
              "The work": _("The work"), "Kazakhstan": _("Kazakhstan"), "Chances": _("Chances"), "Risks": _("Risks"),
              "Source": _("Source")}  # fmt: skip
    colours = dict(zip(SIGNS, (COLOURS[2], COLOURS[4], COLOURS[1], "white", COLOURS[3], "#E3E3E3"), strict=True))
    place = {section: row for row, section in enumerate(dict.fromkeys(claims["section"]))}
    for claim, column in zip(claims.itertuples(), claims.groupby("section").cumcount(), strict=True):
        frame = {"edgecolor": "black", "linewidth": 2.2} if claim.basis == "rule" else {"edgecolor": QUIET}
        corner = column + 0.04, place[claim.section] + 0.06
        ax.add_patch(Rectangle(corner, 0.92, 0.88, facecolor=colours[claim.verdict], **frame))
        ax.text(column + 0.5, corner[1] + 0.44, f"{claim.claim} {SIGNS[claim.verdict]}", ha="center", va="center")
    ax.set(xlim=(0, claims["section"].value_counts().max()), ylim=(len(place), 0), xticks=[])
    ax.set_yticks(np.arange(len(place)) + 0.5, [titles[section] for section in place])
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    handles = [Rectangle((0, 0), 1, 1, facecolor=colours[verdict], edgecolor=QUIET) for verdict in SIGNS]
    legend = [f"{sign} {words[verdict]}" for verdict, sign in SIGNS.items()]
    ax.legend(handles, legend, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
    title(ax, claims.attrs["verdict"], lines_above=2)
    tell(ax, [(titles[claim.section], f"{claim.claim}", words[claim.verdict]) for claim in claims.itertuples()])
    caption(ax, claims.attrs, _("thick frame: a rule computed the verdict from data"))
    return ax
