"""What the commands print: tables, results with their charts and the meaning of their names, and what is refused."""

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import ModelError, SmmError
from .words import _


def print_table(table) -> None:
    """Aligned columns: words to the left, numbers to the right."""
    words = [name for name in table.columns if table[name].dtype.kind not in "if"]
    left = {name: f"{{:<{max(map(len, [name, *table[name].astype(str)]))}}}".format for name in words}
    head = [left[name](name) if name in left else name for name in table.columns]
    print(table.to_string(index=False, formatters=left, header=head))


@contextmanager
def unless_impossible(heading: str, said: set[str]) -> Iterator[None]:
    """What cannot be fitted is said in its place, every reason once (`said` holds them); the rest goes on."""
    try:
        yield
    except SmmError as reason:
        again = _("Not possible here, for the same reason as above.")
        print(
            f"\n{heading}\n"
            + (again if str(reason) in said else _("Not possible here: {reason}")).format(reason=reason)
        )
        said.add(str(reason))


def say_result(heading: str, verdict: str, meaning: str, table, plots: list, result, out: Path | None) -> None:
    """Verdict, what the names in the table mean, the table and, with a folder, the charts."""
    print(f"\n{heading}\n{verdict}\n{meaning}")
    print_table(table.round(4))
    if not out:
        return
    import matplotlib.pyplot as plt

    from .charts.theme import theme

    out.mkdir(parents=True, exist_ok=True)
    for plot in plots:
        with theme("screen"):
            path = out / f"{plot.__name__.removeprefix('plot_')}.png"
            plot(result, ax=plt.figure().gca()).figure.savefig(path)
            plt.close()
        print(_("Chart: {path}").format(path=path))


# orders: were the promises kept, and what does falling short cost?


def meanings() -> dict[str, str]:
    """What each part of `smm-analysis orders` answers, and what the names in its table mean."""
    return {
        "audit": _(
            "How often was the promise kept? over: fell short; exact, under: as promised, better; rated_early: rated "
            "before the arrival; short_rated_early: the same among orders that fell short."
        ),
        "kink": _(
            "What does falling short cost, what does going beyond bring? better, worse: change of the score per day or "
            "point beyond and short; worse_minus_better: how much more falling short counts (bootstrap: from resampled "
            "orders); expectation: change per day or point promised; constant: the score exactly as promised."
        ),
        "surface": _(
            "How does the score follow promise and experience together? b1, b2: slope along the promise and along what "
            "came; a1, a2: slope and bend where both are equal; a3, a4: the same across that line; a5: difference of "
            "the bends; p10, p11: height and slope of the ridge of best scores, 0 and 1 if agreement is best."
        ),
        "theories": _(
            "Which theory fits best? delta: behind the best in AICc, where 2 cannot be told apart and 10 is a lot; "
            "weight: share of the evidence; contradict: the slopes run against the theory, so it is out."
        ),
        "risk": _(
            "Which order will fall short? auc: in how many pairs the model picks the right one (0.5: a coin); "
            "brier_skill: how much better than telling everyone the average; rolling origin: tested on later months; "
            "flattering: on a random split."
        ),
        "quote": _(
            "How much may be promised? promised: the quote; estimate: the share that keeps it; month by month, kept: "
            "how many of n orders would have kept it, asked: the share of the past that the quote covers."
        ),
    }


def say_orders(options: Namespace) -> int:
    """All that `smm-analysis orders` says."""
    from .charts import promises as charts
    from .promises.audit import audit_promises
    from .promises.disconfirmation import fit_disconfirmation
    from .promises.surface import fit_surface
    from .tables.orders import read_orders

    columns = _refuse(options)
    orders = read_orders(options.source, columns=columns, scale=tuple(options.scale) if options.scale else None)
    print(orders.attrs["verdict"])
    days = orders.attrs["unit"] == "days"
    key = {"higher_is_better": _is_higher_better(options.better, days)}
    cap = (7 if days else None) if options.cap is None else options.cap or None
    means, said = meanings(), set()
    audit = audit_promises(orders, **key)
    plots = [charts.plot_promise_audit]
    say_result(_("Audit"), audit.verdict, means["audit"], audit.summary, plots, audit, options.out)
    headings = {"all": _("Kink, reviews: all"), "after arrival": _("Kink, reviews: after arrival")}
    counted = _("{heading}; falling short counted up to {cap}") if cap else "{heading}"
    for reviews in audit.late_hurts["reviews"]:
        heading = counted.format(heading=headings[reviews], cap=f"{cap:g}" if cap else "")
        with unless_impossible(heading, said):
            kink = fit_disconfirmation(orders, **key, cap=cap, reviews=reviews)
            plots = [charts.plot_disconfirmation] if reviews == "all" else []
            say_result(heading, kink.verdict, means["kink"], kink.kink, plots, kink, options.out)
    with unless_impossible(_("Surface"), said):
        fit = fit_surface(orders, **key, center=True)
        table = fit.surface.loc[["b1", "b2", "a1", "a2", "a3", "a4", "a5"], ["estimate", "low", "high"]].reset_index()
        plots = [charts.plot_promise_surface, charts.plot_theories]
        say_result(_("Surface"), fit.verdict, means["surface"], table, plots, fit, options.out)
        theories = fit.theories.assign(signs=fit.theories["signs_hold"].map({True: "hold", False: "contradict"}))
        theories = theories.sort_values(["signs_hold", "delta"], ascending=[False, True])
        print("\n" + _("Theories, by how far they are behind in AICc") + "\n" + means["theories"])
        print_table(theories[["theory", "signs", "delta", "weight", "note"]].round(3))
    _say_risk_and_quote(orders, key, options, said)
    return 0


def _say_risk_and_quote(orders, key: dict, options: Namespace, said: set[str]) -> None:
    """Which order is at risk, how much may be promised, and how such promises fared month by month."""
    from .charts import risk as charts
    from .promises.quote import quote_promise
    from .promises.risk import PromiseRisk

    means = meanings()
    with unless_impossible(_("Risk of coming late"), said):
        found = PromiseRisk().evaluate(orders)
        plots = [charts.plot_risk_calibration, charts.plot_risk_by_month, charts.plot_net_benefit]
        say_result(_("Risk of coming late"), found.verdict, means["risk"], found.summary, plots, found, options.out)
    for adapt, heading in ((True, _("Quote, anew every month")), (False, _("Quote, the first one never changed"))):
        with unless_impossible(heading, said):
            quote = quote_promise(orders, kept=options.kept, adapt=adapt, **key)
            plots = [charts.plot_kept_by_month] if adapt and len(quote.history) else []
            say_result(heading, quote.verdict, means["quote"], quote.quote, plots, quote, options.out)
            if len(quote.history):
                print()
                print_table(quote.history.round(3))


def _refuse(options: Namespace) -> dict[str, str]:
    """Which column is which; a ModelError, before anything is read, for options that make no sense."""
    columns = dict(pair.partition("=")[::2] for pair in options.column)
    names = [pair.partition("=")[0] for pair in options.column]
    twice = [name for name in columns if names.count(name) > 1]
    if twice:
        raise ModelError("--column", "every column is named once", f"{twice[0]} twice", "Leave one out.")
    low, high = options.scale or (0, 1)
    if not low < high:
        raise ModelError("--scale", "the low end comes first", f"{low:g} {high:g}", "Write --scale 1 5, say.")
    if options.cap is not None and not 0 <= options.cap < float("inf"):
        raise ModelError("--cap", "must be a number, 0 or more", f"{options.cap:g}", "Write --cap 7, or 0 for no cap.")
    if not 0 < options.kept < 1:
        raise ModelError("--kept", "must be a share between 0 and 1", f"{options.kept:g}", "Write --kept 0.9, say.")
    if options.out:
        place = next(folder for folder in (options.out, *options.out.absolute().parents) if folder.exists())
        if not (place.is_dir() and os.access(place, os.W_OK)):
            found = f"no such folder at {place}"
            raise ModelError("--out", "must be a folder that can be written", found, "Name another folder.")
    return columns


def _is_higher_better(said: str | None, days: bool) -> bool:
    """What the user said; dates say it too: a later day is worse."""
    if said is None and not days:
        rule = "must be said for a scale without dates: lower for days or grades, higher for ratings"
        raise ModelError("--better", rule, "nothing", "Add --better lower or --better higher.")
    return said == "higher"
