"""Charts of risk and quotes: are the probabilities right, are they worth acting on, were such promises kept?"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..errors import ModelError
from ..promises.quote import PromiseQuote
from ..promises.risk import RiskEvaluation
from ..words import _, number, percent
from .alt import tell
from .theme import (
    COLOURS,
    DASHES,
    MARKERS,
    QUIET,
    between,
    caption,
    interval_note,
    legend_below_title,
    percent_axis,
    title,
)


def plot_risk_calibration(evaluation: RiskEvaluation, *, ax: Axes | None = None) -> Axes:
    """Of the orders given a risk of so much, how many came late (or left a dissatisfied customer)?

    Parameters
    ----------
    evaluation : RiskEvaluation
        From `PromiseRisk.evaluate`.
    ax : Axes, optional

    Examples
    --------
    >>> from smm_analysis import PromiseRisk, simulate_orders
    >>> orders = simulate_orders(2000, seed=1, worse=-0.2, season=0.0)[0]
    >>> plot_risk_calibration(PromiseRisk().evaluate(orders, n_resamples=20)).get_xlabel()
    'Expected share'
    """
    ax = plt.gca() if ax is None else ax
    rows, last = evaluation.calibration, evaluation.calibration.iloc[-1]
    top = 1.08 * rows[["expected", "high"]].max(axis=None)
    ax.plot([0, top], [0, top], color=QUIET, linestyle=DASHES[2], label=_("as expected"))
    _seen(ax, rows, rows["expected"], label=_("seen, tenths of the orders"))
    ax.set(xlim=(0, top), ylim=(0, top), xlabel=_("Expected share"), ylabel=_share_word(evaluation))
    percent_axis(ax.xaxis, whole=1)
    percent_axis(ax.yaxis, whole=1)
    text = _("Of the orders with the highest risk, {expected} were expected and {seen} seen")
    lines = legend_below_title(ax)
    title(ax, text.format(expected=percent(last["expected"]), seen=percent(last["estimate"])), lines_above=lines)
    caption(ax, evaluation.attrs, interval_note(evaluation), _("every month predicted from the past"))
    return ax


def plot_risk_by_month(evaluation: RiskEvaluation, *, ax: Axes | None = None) -> Axes:
    """Month by month: the share expected from the past, and the share seen; rings where the past did not foresee it.

    Parameters
    ----------
    evaluation : RiskEvaluation
        From `PromiseRisk.evaluate`.
    ax : Axes, optional

    Examples
    --------
    >>> from smm_analysis import PromiseRisk, simulate_orders
    >>> orders = simulate_orders(2000, seed=1, season=0.0)[0]
    >>> plot_risk_by_month(PromiseRisk().evaluate(orders, n_resamples=20)).get_ylabel()
    'Came late'
    """
    ax = plt.gca() if ax is None else ax
    rows = evaluation.months
    ax.plot(rows.index, rows["expected"], color=COLOURS[1], linestyle=DASHES[1], marker=MARKERS[1], label=_("expected"))
    _seen(ax, rows, rows.index, label=_("seen"), line="-")
    off = rows[rows["off"]]
    if len(off):
        size = (1.4 * plt.rcParams["font.size"]) ** 2
        ax.scatter(off.index, off["estimate"], s=size, facecolor="none", edgecolor="black", label=_("not foreseen"))
    ax.set(ylim=(0, 1.08 * rows[["expected", "high"]].max(axis=None)), ylabel=_share_word(evaluation))
    percent_axis(ax.yaxis, whole=1)
    _month_axis(ax, rows["month"])
    ax.set_xlabel(_("Month of the order"))
    keys = zip(
        rows["month"], *(rows[name].map(percent) for name in ("expected", "estimate", "low", "high")), strict=True
    )
    seen = _("expected {expected}, seen {seen}")
    tell(ax, [(month, "", seen.format(expected=e, seen=between(*ends))) for month, e, *ends in keys])
    text = _("In {off} of {n} months the share seen was not the one expected")
    lines = legend_below_title(ax)
    title(ax, text.format(off=number(len(off)), n=number(len(rows))), lines_above=lines)
    caption(ax, evaluation.attrs, interval_note(evaluation), _("rings: beyond chance, all months taken together"))
    return ax


def plot_net_benefit(evaluation: RiskEvaluation, *, ax: Axes | None = None) -> Axes:
    """Is acting on the risk better than acting on all orders, or on none?

    Parameters
    ----------
    evaluation : RiskEvaluation
        From `PromiseRisk.evaluate`.
    ax : Axes, optional

    Examples
    --------
    >>> from smm_analysis import PromiseRisk, simulate_orders
    >>> orders = simulate_orders(2000, seed=1, season=0.0)[0]
    >>> plot_net_benefit(PromiseRisk().evaluate(orders, n_resamples=20)).get_xlabel()
    'Act from this risk on'
    """
    ax = plt.gca() if ax is None else ax
    names = {"model": _("by the model"), "all": _("on all orders"), "none": _("on none")}
    for i, (strategy, name) in enumerate(names.items()):
        rows = evaluation.net_benefit[evaluation.net_benefit["strategy"] == strategy]
        ax.plot(rows["threshold"], 1000 * rows["estimate"], color=COLOURS[i], linestyle=DASHES[i], label=name)
        if strategy == "model":
            ends = 1000 * rows["low"], 1000 * rows["high"]
            ax.fill_between(rows["threshold"], *ends, color=COLOURS[i], alpha=0.2, linewidth=0)
            highest = ends[1].max()
            ax.set(xlim=(rows["threshold"].min(), rows["threshold"].max()), ylim=(-0.5 * highest, 1.1 * highest))
    gain = evaluation.net_benefit[evaluation.net_benefit["strategy"] == "gain"]
    best = gain.loc[gain["estimate"].idxmax()]
    text = _("That acting on the risk pays is not shown at any threshold")
    if (gain["low"] > 0).any():
        text = _(
            "From a risk of {threshold} on, the model catches {gain} more per 1,000 orders than acting on all or none"
        )
        values = (number(1000 * best[name]) for name in ("estimate", "low", "high"))
        text = text.format(threshold=percent(best["threshold"]), gain=between(*values))
    ax.set_xlabel(_("Act from this risk on"))
    ax.set_ylabel(_("Net benefit (orders caught per 1,000)"))
    percent_axis(ax.xaxis, whole=1)
    ax.legend(loc="upper right")
    title(ax, text)
    caption(ax, evaluation.attrs, interval_note(evaluation), _("the threshold named was chosen afterwards"))
    return ax


def plot_kept_by_month(quote: PromiseQuote, *, ax: Axes | None = None) -> Axes:
    """Would such promises have been kept, month by month?

    Parameters
    ----------
    quote : PromiseQuote
        From `quote_promise`.
    ax : Axes, optional

    Examples
    --------
    >>> from smm_analysis import quote_promise, simulate_orders
    >>> plot_kept_by_month(quote_promise(simulate_orders(2000, seed=1)[0])).get_ylabel()
    'Promises kept'
    """
    history = quote.history
    if not len(history):
        raise ModelError(
            "quote", "only a history can be drawn", "no month", "Give the day of every order (ordered_at)."
        )
    ax = plt.gca() if ax is None else ax
    months = pd.Index(history["month"].unique())
    groups = quote.quote["group"]
    for i, group in enumerate(groups):
        rows = history[history["group"] == group]
        at = months.get_indexer(rows["month"]) + 0.5 * (i + 0.5) / len(groups) - 0.25
        _seen(ax, rows, at, label=group if len(groups) > 1 else _("kept"), line=DASHES[i % len(DASHES)], i=i)
    ax.axhline(quote.attrs["asked"], color="black", linestyle=DASHES[2], linewidth=1.4, label=_("asked for"))
    ax.set(ylim=(min(0.6, history["low"].min() - 0.05), 1.02), ylabel=_("Promises kept"))
    percent_axis(ax.yaxis, whole=1)
    _month_axis(ax, months, [number(days) for days in history["promised"]] if len(groups) == 1 else None)
    unit = _("days") if quote.attrs["unit"] == "days" else _("points")
    below = _("Month of the order; below it the promise ({unit})").format(unit=unit)
    ax.set_xlabel(below if len(groups) == 1 else _("Month of the order"))
    keys = zip(history["group"], history["month"], history["promised"], history["estimate"], strict=True)
    said = _("promised {days}, kept {share}")
    tell(ax, [(group, month, said.format(days=number(p), share=percent(k))) for group, month, p, k in keys])
    worst = history.loc[history["estimate"].idxmin()]
    text = _("{asked} were to be kept; in the worst month it was {worst} ({month})")
    words = {"asked": percent(quote.attrs["asked"]), "worst": percent(worst["estimate"]), "month": worst["month"]}
    words["month"] += f", {worst['group']}" if len(groups) > 1 else ""
    title(ax, text.format(**words), lines_above=legend_below_title(ax))
    kind = _("quoted anew every month") if quote.attrs["adapt"] else _("the first quote, never changed")
    caption(ax, {**quote.attrs, "n": int(history["n"].sum())}, interval_note(quote), kind)
    return ax


def plot_best_promise(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The promise that pays best, for other losses and other customers than you think you have.

    Parameters
    ----------
    table : DataFrame
        From `best_promise`: a number of days per loss (across) and demand lost (upwards); the frame marks your inputs.
    ax : Axes, optional

    Examples
    --------
    >>> from smm_analysis import best_promise, simulate_orders
    >>> table = best_promise(simulate_orders(2000, seed=1)[0], margin=10, loss=10, slope=0.01)
    >>> plot_best_promise(table).get_ylabel()
    'Demand lost per promised day'
    """
    ax = plt.gca() if ax is None else ax
    grid, best = table.attrs["sensitivity"], table.attrs["best"]
    days, kept = (grid.pivot(index="slope", columns="loss", values=name) for name in ("promised", "kept"))
    ax.pcolormesh(days.to_numpy(), cmap="Blues", vmin=0, vmax=1.6 * days.max(axis=None), edgecolor="white", linewidth=2)
    for y, x in np.ndindex(days.shape):
        ax.text(x + 0.5, y + 0.52, number(days.iat[y, x]), ha="center", va="bottom", fontweight="bold")
        ax.text(x + 0.5, y + 0.45, percent(kept.iat[y, x]), ha="center", va="top", fontsize="small")
    middle = len(days) // 2
    ax.add_patch(plt.Rectangle((middle, middle), 1, 1, fill=False, edgecolor="black", linewidth=3))
    ax.set_xticks(np.arange(len(days)) + 0.5, [number(loss, 2) for loss in days.columns])
    ax.set_yticks(np.arange(len(days)) + 0.5, [_rate(slope) for slope in days.index])
    per = _("Loss per broken promise (your currency; margin {margin})")
    per = per if table.attrs["loss_per"] == "promise" else _("Loss per day late (your currency; margin {margin})")
    ax.set_xlabel(per.format(margin=number(table.attrs["margin"], 2)))
    ax.set_ylabel(_("Demand lost per promised day"))
    ax.grid(False)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    said = _("{days} days, {kept} kept")
    keys = zip(grid["slope"], grid["loss"], grid["promised"], grid["kept"], strict=True)
    tell(ax, [(_rate(s), number(x, 2), said.format(days=number(d), kept=percent(k))) for s, x, d, k in keys])
    text = _("With your inputs {days} days are best; other inputs say {low} to {high}: your inputs decide")
    ends = {"low": number(grid["promised"].min()), "high": number(grid["promised"].max())}
    title(ax, text.format(days=number(best["promised"]), **ends))
    caption(ax, table.attrs, _("bold: days to promise; below: share kept; frame: your inputs"))
    return ax


def _seen(ax: Axes, rows: pd.DataFrame, at, *, label: str, line="", i: int = 0) -> None:
    """Shares with their intervals."""
    error = [(rows["estimate"] - rows["low"]).clip(lower=0), (rows["high"] - rows["estimate"]).clip(lower=0)]
    ax.errorbar(at, rows["estimate"], error, label=label, color=COLOURS[i % len(COLOURS)], capsize=3,
                marker=MARKERS[i % len(MARKERS)], markersize=0.6 * plt.rcParams["font.size"], ls=line)  # fmt: skip


def _rate(share: float) -> str:
    """A small percentage, with a third decimal where it needs one."""
    return percent(share, 2 if round(share, 4) == round(share, 8) else 3)


def _share_word(evaluation: RiskEvaluation) -> str:
    return _("Came late") if evaluation.attrs["target"] == "late" else _("Were dissatisfied")


def _month_axis(ax: Axes, months, below: list[str] | None = None) -> None:
    """Months as numbers, something below each, and the year where it begins."""
    years = [month[:4] if i == 0 or month.endswith("-01") else "" for i, month in enumerate(months)]
    parts = zip(months, below or [""] * len(months), years, strict=True)
    labels = [
        "\n".join(part for part in (month[5:].lstrip("0"), *([day] if below else []), year))
        for month, day, year in parts
    ]
    ax.set_xticks(range(len(labels)), labels)
    ax.grid(axis="x", visible=False)
