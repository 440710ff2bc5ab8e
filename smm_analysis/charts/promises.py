"""Charts of promises: the audit, the kink, the surface over promise and experience, the theories side by side."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from ..promises.audit import PromiseAudit
from ..promises.disconfirmation import Disconfirmation
from ..promises.surface import PromiseSurface
from ..promises.theories import theory_name
from ..words import _, number, percent
from .theme import COLOURS, DASHES, MARKERS, QUIET, caption, legend_below_title, percent_axis, title


def plot_promise_audit(audit: PromiseAudit, *, ax: Axes | None = None) -> Axes:
    """How many customers are dissatisfied, by how far the order fell short; with and without early reviews.

    Parameters
    ----------
    audit : PromiseAudit
        From `audit_promises`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import audit_promises, simulate_orders
    >>> ax = plot_promise_audit(audit_promises(simulate_orders(800, seed=2)[0], higher_is_better=False))
    >>> ax.get_xlabel()
    'Days late (negative: early)'
    """
    ax = plt.gca() if ax is None else ax
    shown = audit.bands[(audit.bands["measure"] == "dissatisfied") & (audit.bands["n"] > 0)]
    every = shown[shown["reviews"] == "all"].sort_values("band")
    came, after = every[every["up_to"].notna()], shown[shown["reviews"] == "after arrival"].sort_values("band")
    _share(ax, came, 0, label=_("all reviews of delivered orders"), shift=-4)
    if len(after):
        _share(ax, after, 1, label=_("only reviews written after the arrival"), shift=4)
    if len(every) > len(came):
        _share(ax, every[every["up_to"].isna()], 2, label=_("orders that never arrived"), shift=0)
    ax.set_xticks(every["band"], [f"{_span(row.above, row.up_to)}\nn = {number(row.n)}" for row in every.itertuples()])
    days, low = audit.attrs["unit"] == "days", audit.attrs["low_score"]
    ax.set_xlabel(_("Days late (negative: early)") if days else _("Points below the promise (negative: above)"))
    ax.set_ylabel(_("Dissatisfied customers (score up to {low})").format(low=_plain(low)))
    ax.set(xlim=(every["band"].min() - 0.5, every["band"].max() + 0.5), ylim=(0, 1))
    percent_axis(ax.yaxis, whole=1)
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left")
    title(ax, audit.attrs["headline"])
    level = percent(audit.attrs["level"])
    caption(ax, audit.attrs, _("bars: {level} intervals (Wilson); n below the axis: all reviews").format(level=level))
    return ax


def _share(ax: Axes, rows: pd.DataFrame, i: int, *, label: str, shift: float) -> None:
    """Shares with their intervals, joined by a line, `shift` points to the right so that two lines stay apart."""
    aside = ax.transData + ScaledTranslation(shift / 72, 0, ax.figure.dpi_scale_trans)
    error = rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]
    look = {"color": COLOURS[i], "marker": MARKERS[i], "linestyle": DASHES[i]}
    size = plt.rcParams["font.size"] * 0.7
    ax.errorbar(rows["band"], rows["estimate"], error, label=label, transform=aside, capsize=4, markersize=size, **look)


def _span(above: float, up_to: float) -> str:
    """The whole numbers of a band."""
    if np.isnan(up_to):
        return _("never")
    if np.isinf(above):
        return _("{number} or less").format(number=_plain(up_to))
    if np.isinf(up_to):
        return _("over {number}").format(number=_plain(above))
    if up_to - above == 1:
        return _plain(up_to)
    return _("{low} to {high}").format(low=_plain(above + 1), high=_plain(up_to))


def _plain(value: float) -> str:
    """A number without needless decimals, a true minus sign."""
    return number(value, 0 if float(value).is_integer() else 1).replace("-", "−")


def plot_disconfirmation(fit: Disconfirmation, *, ax: Axes | None = None) -> Axes:
    """The fitted outcome along the gap between promise and experience, and where the orders lie.

    Parameters
    ----------
    fit : Disconfirmation
        From `fit_disconfirmation`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import fit_disconfirmation, simulate_orders
    >>> ax = plot_disconfirmation(fit_disconfirmation(simulate_orders(3000)[0], higher_is_better=False))
    >>> ax.get_ylabel()
    'Mean score'
    """
    ax = plt.gca() if ax is None else ax
    curve = fit.curve.sort_values("beyond")
    density = fit.density[fit.density["beyond"].between(curve["beyond"].min(), curve["beyond"].max())]
    ax.fill_between(curve["beyond"], curve["low"], curve["high"], color=COLOURS[0], alpha=0.2, linewidth=0)
    ax.plot(curve["beyond"], curve["estimate"], color=COLOURS[0], label=_("fitted, everything else at its mean"))
    area = 8 + 400 * density["n"] / density["n"].max()
    ax.scatter(density["beyond"], density["mean"], s=area, facecolor="none", edgecolor=COLOURS[1], linewidth=1.2,
               label=_("orders, likewise; the larger, the more"))  # fmt: skip
    ax.axvline(0, color=QUIET, linewidth=1.2, linestyle=DASHES[2])
    ax.set_xlim(curve["beyond"].min(), curve["beyond"].max())
    ends = np.r_[density["mean"], curve["estimate"]].min(), np.r_[density["mean"], curve["estimate"]].max()
    ax.set_ylim(ends[0] - 0.3 * np.ptp(ends), ends[1] + 0.3 * np.ptp(ends))
    ax.set_yticks([tick for tick in ax.get_yticks() if ends[0] - 0.5 <= tick <= ends[1] + 0.5])
    ax.text(0, 0.99, " " + _("as promised"), transform=ax.get_xaxis_transform(), color=QUIET, va="top")
    strip = ax.inset_axes([0, 0, 1, 0.13], sharex=ax)
    step = density["beyond"].diff().min()
    strip.bar(density["beyond"], density["n"], width=step, color=QUIET)
    strip.axis("off")
    ax.text(0.01, 0.14, _("how many orders"), transform=ax.transAxes, color=QUIET, fontsize="small")
    days = fit.attrs["unit"] == "days"
    ax.set_xlabel(_("Days before the promised date (negative: late)") if days else _("Points beyond the promise"))
    ax.set_ylabel(_("Mean score"))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, handlelength=3)
    title(ax, fit.attrs["headline"], lines_above=2)
    notes = [_("band: {level} interval, HC3").format(level=percent(fit.attrs["level"]))]
    notes += [_("only reviews written after the arrival")] if fit.attrs["reviews"] != "all" else []
    if fit.attrs["left_out"]:
        notes.append(_("{n} other orders are not used").format(n=number(fit.attrs["left_out"])))
    caption(ax, fit.attrs, *notes)
    return ax


def plot_promise_surface(fit: PromiseSurface, *, ax: Axes | None = None) -> Axes:
    """The fitted outcome over promise and experience, inside the data only, with the lines of the response surface.

    Parameters
    ----------
    fit : PromiseSurface
        From `fit_surface`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import fit_surface, simulate_orders
    >>> ax = plot_promise_surface(fit_surface(simulate_orders(1000)[0], higher_is_better=False, center=True))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Promised (days)', 'Actual (days)')
    """
    ax = plt.gca() if ax is None else ax
    grid = fit.grid.pivot(index="actual", columns="promised", values="estimate")
    edge = Polygon(fit.hull[["promised", "actual"]], closed=True, facecolor="none", edgecolor=QUIET, linewidth=1.2)
    ax.add_patch(edge)
    height = np.ma.masked_invalid(grid)
    levels = MaxNLocator(9, steps=[1, 2, 5, 10]).tick_values(height.min(), height.max())
    filled = ax.contourf(grid.columns, grid.index, height, levels=levels, cmap="cividis")
    written = FuncFormatter(lambda value, _position: percent(value) if fit.attrs["binary"] else number(value, 1))
    lines = ax.contour(grid.columns, grid.index, height, levels=levels, colors="white", linewidths=0.8)
    for text in ax.clabel(lines, fontsize="small", fmt=written, colors="black"):
        text.set_path_effects([withStroke(linewidth=3, foreground="white")])
    for shape in (filled, lines):
        shape.set_clip_path(edge)
    sides = [(fit.hull[name].min(), fit.hull[name].max()) for name in ("promised", "actual")]
    ends = np.array(sides[0])
    across = 2 * fit.attrs["centre"] - ends
    lines = [(1, ends, _("exactly as promised"))]
    if across.min() < sides[1][1] and across.max() > sides[1][0]:
        lines.append((3, across, _("line of incongruence")))
    for i, y, label in lines:
        (line,) = ax.plot(ends, y, color=COLOURS[i], linestyle=DASHES[i], label=label)
        line.set_clip_path(edge)
    ax.set(xlim=sides[0], ylim=sides[1])
    ax.scatter(fit.rows["promised"], fit.rows["actual"], s=6, color="black", alpha=0.25, linewidth=0)
    label = _("Probability of the better outcome") if fit.attrs["binary"] else _("Fitted score")
    ax.figure.colorbar(filled, ax=ax, label=label, format=written)
    unit = _("days") if fit.attrs["unit"] == "days" else _("points")
    ax.set_xlabel(_("Promised ({unit})").format(unit=unit))
    ax.set_ylabel(_("Actual ({unit})").format(unit=unit))
    title(ax, fit.attrs["headline"], lines_above=legend_below_title(ax))
    far = _("{n} orders far outside are fitted, not drawn").format(n=number(fit.attrs["not_drawn"]))
    caption(ax, fit.attrs, _("dots: orders"), far if fit.attrs["not_drawn"] else "")
    return ax


def plot_theories(fit: PromiseSurface, *, ax: Axes | None = None) -> Axes:
    """How far every theory is behind the best one, with what it says in words.

    Parameters
    ----------
    fit : PromiseSurface
        From `fit_surface`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from smm_analysis import fit_surface, simulate_orders
    >>> ax = plot_theories(fit_surface(simulate_orders(1000)[0], higher_is_better=False, center=True))
    >>> len(ax.get_yticklabels())
    9
    """
    ax = plt.gca() if ax is None else ax
    rows = fit.theories.sort_values(["signs_hold", "delta"], ascending=[False, True]).reset_index(drop=True)
    fair = rows[rows["signs_hold"]]
    ax.barh(fair.index, fair["delta"], color=COLOURS[0], height=0.42)
    reach = max(fair["delta"].max(), 10)
    against = _("the signs contradict it")
    for at, row in rows.iterrows():
        shown, end = (number(row["delta"], 1), row["delta"]) if row["signs_hold"] else (against, 0)
        ax.text(end + 0.01 * reach, at, shown, va="center", fontsize="small", fontweight="bold")
        ax.text(0.005 * reach, at - 0.24, row["in_words"], va="bottom", fontsize="small", color=QUIET)
    ax.set_yticks(rows.index, [theory_name(theory) for theory in rows["theory"]])
    ax.set(xlim=(0, 1.12 * reach), ylim=(len(rows) - 0.4, -0.8))
    ax.set_xlabel(_("Behind the best, in AICc (up to 2: cannot be told apart)"))
    ax.grid(axis="y", visible=False)
    title(ax, fit.theories.attrs["verdict"])
    caption(ax, fit.attrs, _("theories: Brown, Venkatesh & Goyal (2014), our restrictions"))
    return ax
