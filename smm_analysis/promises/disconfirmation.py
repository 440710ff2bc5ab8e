"""What does promising one more do? The promise and the experience side by side, with a kink at the promise."""

import warnings
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd

from ..answer import Answer
from ..errors import ModelError, SmallSample, SmmError, TableError, one_of
from ..intervals import check_level
from ..tables.orders import Orders
from ..words import _, number, percent
from .regression import ENDS, Fit, Terms, by_group, sign_of
from .rows import WEEK, amount, complete, quantiles, rated_early, rows_of, said_of_groups, score

FEW_ON_A_SIDE = 20
PROMISE = {
    "promise_when_broken": {"expectation": 1, "worse": 1},
    "promise_when_kept": {"expectation": 1, "better": -1},
}


def fit_disconfirmation(
    orders: Orders,
    *,
    cap: float | str | None = "unit",
    jump: bool = False,
    expectation: bool = True,
    controls: tuple[str, ...] = (),
    by: str | None = None,
    cluster: str | None = None,
    reviews: str = "all",
    level: float = 0.95,
) -> Answer:
    """What does promising one unit more do to the score, if what comes stays the same?

    Parameters
    ----------
    orders : Orders
        With ``outcome`` (higher: happier).
    cap : number, None or "unit"
        Falling short counts up to this much; "unit": a week for times, no cap for points.
    jump : bool
        Whether merely falling short, by however little, has an effect of its own.
    expectation : bool
        Whether the promise itself enters; False, or the same promise for all, leaves its effects empty.
    controls, by, cluster : columns, optional
        Held fixed; groups (or ``"weekday"``) of 50 orders each; whose answers belong together (by default `person`).
    reviews : {"all", "after"}
        "after": only those known to be written after the arrival.

    Returns
    -------
    Answer
        By ``term`` (and group): ``estimate, low, high, se``, in units where more is better (days: one day faster).
        `promise_when_broken`, `promise_when_kept`: a unit more promised, the same experience; `worse`, `better`: a
        unit short of and beyond the promise; `worse_minus_better`: both within the cap; `expectation`, `jump`,
        controls, `constant`. Parts: `effects` (of, when), `curve` and `density` along ``beyond``. Facts:
        `over_promising_hurts` (True, False: not shown, None: unknown, or no other than a bend), `finding`, ...

    Raises
    ------
    ModelError
        Below 50 complete orders, without orders on both sides of the promise, or if the outcome does not vary.
    TableError
        For no Orders, a missing column, or promise and experience in different units.

    Notes
    -----
    outcome = b0 + better max(P - E, 0) + worse max(E - P, 0) + expectation E, E promised, P experienced: Anderson &
    Sullivan (1993). At the same P a unit of E does expectation + worse where E > P, expectation - better where E < P. A
    bent judgement of P imitates that: 'hurts' needs an upper limit below 0 with P squared as well, with the cap and
    without. HC3, or by person.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> answer = fit_disconfirmation(simulate_orders(5000, random_state=1, answered_early=0)[0])
    >>> bool(answer.table.set_index("term").at["worse", "low"] < -0.3), answer.cap
    (True, 7)
    """
    one_of("reviews", reviews, ("all", "after"))
    check_level(level)
    table = rows_of(orders, "outcome", *controls, by, cluster)
    if cluster is None and "person" in table and table["person"].dropna().duplicated().any():
        cluster = "person"
    cap = WEEK.get(orders.unit) if cap == "unit" else cap
    if cap is not None and not (isinstance(cap, int | float) and cap > 0):
        raise ModelError("cap", 'a number above 0, "unit" or None', repr(cap), "Choose how much falling short counts.")
    terms = Terms(np.inf if cap is None else cap, expectation, tuple(controls), cluster, jump)
    known = complete(_after_arrival(table) if reviews == "after" else table, [*terms.columns, *([by] if by else [])])
    _demand_one_unit(known)
    if (few := _demand_sides(known)) < FEW_ON_A_SIDE:
        text = f"`actual`: only {few} orders on one side of the promise; its slope hangs on few."
        warnings.warn(text, SmallSample, stacklevel=2)
    reason = None if expectation else "left out"
    if known["promised"].nunique() < 2:
        terms, reason = replace(terms, expectation=False), "constant"
    model = terms.fit(known)
    kink = pooled = _kink(known, terms, model, level)
    lone = kink.loc[kink["se"].isna() & kink["term"].isin(model.design.columns[3:]), "term"]
    if len(lone):
        text = f"`{lone.iloc[0]}`: hangs on one order, its error cannot be known ({len(lone)} such terms)."
        warnings.warn(text, SmallSample, stacklevel=2)
    difference, left, after = None, [], None
    if by:
        tables, difference, left = by_group(known, by, lambda part: _one_group(part, terms, level), slice(1, 3))
        kink = pd.concat([pooled.assign(**{by: "all"}), *tables], ignore_index=True)[[by, "term", *ENDS, "se"]]
    if reviews == "all" and not reason and "reviewed" in table and table["reviewed"].eq("before arrival").any():
        with suppress(ModelError):  # too few of them
            after = _promise(complete(_after_arrival(table), terms.columns), terms, level)
    facts = _judged(pooled, known, terms, level) | {"reason": reason, "cap": cap, "reviews": reviews, "after": after}
    stars = orders.unit in WEEK and tuple(orders.scale or ()) == (1, 5)  # as shops ask for them
    facts |= {"capped": bool((model.rows["beyond"] < -terms.cap).any()), "stars": stars}
    facts |= {"persons": model.freedom + 1 if cluster else None, "early": rated_early(known)}
    facts |= {"difference": difference, "not_fitted": left}
    parts = {"effects": _effects(model, level), **_drawn(model, terms, level)}
    about = replace(orders.about, n=model.n, unit=orders.unit, level=level)
    return Answer(kink, about, _says, parts, facts, ("promise", "kink"))


def _after_arrival(table: pd.DataFrame) -> pd.DataFrame:
    """The orders whose review is known to be written after the parcel came."""
    if "reviewed" not in table or not table["reviewed"].notna().any():
        have = ", ".join(map(str, table.columns[:12]))
        raise TableError("reviewed_at", "must be known, with delivered_at", f"only {have}", 'Use reviews="all".')
    return table[table["reviewed"].eq("after arrival")]


def _demand_one_unit(known: pd.DataFrame) -> None:
    """Refuse a promise in days and a delivery in hours."""
    promised, actual = (float(quantiles(known[name].abs(), known["count"], 0.5)) for name in ("promised", "actual"))
    if min(promised, actual) > 0 and max(promised, actual) > 10 * min(promised, actual):
        found = f"a median of {promised:g} promised and {actual:g} actual"
        raise TableError("actual", "must be in the unit of `promised`", found, "Bring both to one unit or scale.")


def _demand_sides(known: pd.DataFrame, fewest: int = 1) -> int:
    """How many orders are on the smaller side of the promise; those exactly on it are on none."""
    short, more = (int(known["count"][side].sum()) for side in (known["beyond"] < 0, known["beyond"] > 0))
    if min(short, more) < fewest:
        rule, found = "a kink needs orders on both sides of the promise", f"{short} short of it and {more} beyond it"
        raise ModelError("actual", rule, found, "Read audit_promises instead.")
    return min(short, more)


def _kink(known: pd.DataFrame, terms: Terms, model: Fit, level: float) -> pd.DataFrame:
    """The table of one group of orders."""
    names = ("worse", "better", "expectation", *model.design.columns[3:], "constant")
    table = model.sums(PROMISE | {name: {name: 1} for name in names}, level)
    equal = model if terms.cap == np.inf else terms.fit(known, most=terms.cap)
    gap = equal.sums({"worse_minus_better": {"worse": -1, "better": -1}}, level)
    return pd.concat([table[:4], gap, table[4:]], ignore_index=True)


def _one_group(known: pd.DataFrame, terms: Terms, level: float) -> tuple[pd.DataFrame, Fit]:
    _demand_sides(complete(known, terms.columns), FEW_ON_A_SIDE)
    model = terms.fit(known)
    return _kink(known, terms, model, level), model


def _promise(known: pd.DataFrame, terms: Terms, level: float, **options) -> dict[str, float]:
    """``estimate, low, high`` of a unit more promised where the promise is broken."""
    return terms.fit(known, **options).sums(PROMISE, level).loc[0, ENDS].to_dict()


def _judged(kink: pd.DataFrame, known: pd.DataFrame, terms: Terms, level: float) -> dict:
    """Does over-promising hurt? And what is found instead, where it does not."""
    broken, kept, worse = (kink.set_index("term").loc[term] for term in (*PROMISE, "worse"))
    sign, bent = sign_of(broken), None
    with suppress(ModelError):  # a bend that cannot be told from the rest leaves the question open
        if sign is not None:  # a cap bends as well: the claim must hold with it and without
            bents = [_promise(known, replace(terms, cap=cap), level, bend=True) for cap in {terms.cap, np.inf}]
            bent = max(bents, key=lambda one: one["high"]) if sign < 1 else min(bents, key=lambda one: one["low"])
    hurts = True if sign == -1 and bent and bent["high"] < 0 else {0: False, 1: False}.get(sign)
    small = max(abs(end) for row in (broken, kept) for end in row[["low", "high"]]) < -worse["high"]
    helps = "helps" if bent and bent["low"] > 0 else "unclear"
    kinds = {None: "unknown", 1: helps, 0: "experience" if small else "unclear", -1: "hurts" if hurts else "bend"}
    return {"over_promising_hurts": hurts, "finding": kinds[sign], "with_bend": bent}


def _effects(model: Fit, level: float) -> pd.DataFrame:
    """What one unit more does, of the promise and of the experience, where the promise is broken and where kept."""
    steps = [*PROMISE.values(), {"worse": -1}, {"better": 1}]
    table = model.sums(dict(enumerate(steps)), level)[ENDS]
    table = table.assign(of=np.repeat(["promise", "experience"], 2), when=["broken", "kept"] * 2)
    return table[["of", "when", *ENDS]].sort_values("when", kind="stable", ignore_index=True)


def _drawn(model: Fit, terms: Terms, level: float) -> dict[str, pd.DataFrame]:
    """Along the gap, all else at its mean: `curve`, the fitted outcome; `density`, orders and their mean outcome.

    Where all but the outermost 1 % of the orders lie, and in about 60 steps at most.
    """
    beyond, count = model.rows["beyond"], model.rows["count"]
    low, high = quantiles(beyond, count, [0.005, 0.995])
    mean = pd.Series(np.average(model.design, axis=0, weights=count), model.design.columns)
    at = pd.Series(np.unique(np.r_[np.linspace(low, high, 121), 0, -1e-6, max(-terms.cap, low)]))
    curve = model.interval(terms.hinge(at).reindex(columns=mean.index).fillna(mean).to_numpy(), level)
    own = 3 + terms.jump
    rest = model.rows["outcome"] - (model.design - mean).iloc[:, own:] @ model.coef[own:]
    width = max(1.0, np.ceil((high - low) / 60))
    step = np.sign(beyond) * np.ceil(beyond.abs() / width) * width
    density = pd.DataFrame({"n": count, "mean": rest * count}).groupby(step).sum().reset_index()
    return {"curve": curve[ENDS].assign(beyond=at), "density": density.assign(mean=density["mean"] / density["n"])}


def shifted_scores(orders: Orders, shifts: np.ndarray, level: float) -> pd.DataFrame:
    """The mean score that the regression expects under promises `shifts` units better; empty where it is unknown."""
    columns, terms = ["score", "score_low", "score_high"], Terms(WEEK.get(orders.unit, np.inf))
    try:
        model = terms.fit(complete(rows_of(orders, "outcome"), terms.columns))
    except SmmError:
        return pd.DataFrame(np.nan, range(len(shifts)), columns)
    rows, means = model.rows, []
    for shift in shifts:
        moved = rows.assign(keyed=rows["keyed"] + shift, beyond=rows["beyond"] - shift)
        means.append(np.average(terms.design(moved), axis=0, weights=rows["count"]))
    return model.interval(np.array(means), level)[ENDS].set_axis(columns, axis=1)


def _says(answer: Answer) -> tuple[str, str]:
    """What promise and experience do, which reviews to believe, and how far to trust it."""
    row, unit = answer.table.drop_duplicates("term").set_index("term"), answer.about.unit
    more, came = _("{one} more for the same experience"), _("{one} better at the same promise")
    if unit in WEEK:
        more, came = _("{one} less for the same delivery"), _("{one} earlier at the same promise")
    more, came = (text.format(one=amount(1, unit)) for text in (more, came))
    said = [_("Every order was promised the same, so the effect of promising more is not known.")]
    if answer.reason != "constant":
        text = _("Where the promise is broken, promising {step} changes the score by {broken}; "
                 "where it is kept, by {kept}.")  # fmt: skip
        said = [] if answer.reason else [_of_both(text, answer, "promise", more)]
    if answer.finding == "bend":
        said.append(_("The first may be no effect of the promise: people may judge what came in no straight line."))
    text = _("{step} changes the score by {broken} where the promise is broken, by {kept} where it is kept.")
    said.append(_of_both(text, answer, "experience", came))
    if sign_of(row.loc["worse_minus_better"]) == 1:
        said.append(_("Falling short costs more than going as far beyond brings."))
    if answer.effects["low"].isna().any() and not answer.reason:
        said.append(_("Where a dash stands, too few orders are on that side of the promise."))
    if answer.capped:
        text = _("Falling short counts up to {cap}: what falls short by more counts as {cap}.")
        said.append(text.format(cap=amount(answer.cap, unit)))
    if answer.reviews == "after":
        said.append(_("Only reviews written after the arrival are looked at."))
    elif _other_reviews(row.loc["promise_when_broken"], answer.after):
        text = _("{share} of the reviews of broken promises were written before the arrival; by those after it, "
                 "promising {step} changes the score by {effect}. Believe the latter: "
                 "who still waits rates the waiting.")  # fmt: skip
        effect = _effect(answer.after, answer.stars)
        said.append(text.format(share=percent(answer.early), step=more, effect=effect))
    if answer.persons:
        said.append(_("The answers of one person are taken together ({n} persons).").format(n=number(answer.persons)))
    said += said_of_groups(answer)
    said.append(_("These are differences between orders, not causes: the shop chooses whom it promises what."))
    return _headline(row, answer, more, came), " ".join(said)


def _headline(row: pd.DataFrame, answer: Answer, more: str, came: str) -> str:
    """The finding in one line."""
    words = {
        "hurts": _("Promising {more} goes with {size} less where the promise is then broken"),
        "early": _("Promising {more} goes with {size} less by all reviews; those after the arrival show no loss"),
        "both": _("Promising {more} goes with {size} less by all reviews, {after} less by those after the arrival"),
        "bend": _("Whether promising {more} hurts cannot be told here: what came may explain it as well"),
        "helps": _("Promising {more} goes with {size} more where the promise is then broken"),
        "experience": _("What came surely counts more than what was promised"),
        "unclear": _("That promising {more} hurts where the promise is then broken is not shown here"),
        "nothing": _("Neither the promise nor what came surely shows in these scores"),
        "unknown": _("What the promise itself does cannot be known from these orders"),
        "came": _("{came} goes with {gain} more where the promise is broken"),
    }
    kind, broken = answer.finding, row.loc["promise_when_broken"]
    if kind == "unclear" and all(sign_of(row.loc[term]) == 0 for term in (*PROMISE, "worse", "better")):
        kind = "nothing"
    elif kind == "hurts" and _other_reviews(broken, answer.after):
        kind = "both" if sign_of(answer.after) == -1 else "early"
    elif answer.reason and sign_of(row.loc["worse"]) == -1:
        kind = "came"
    sizes = {"size": broken, "gain": row.loc["worse"], "after": answer.after or broken}
    sizes = {name: score(abs(found["estimate"]), answer.stars) for name, found in sizes.items()}
    return words[kind].format(more=more, came=came, **sizes)


def _effect(row: pd.Series | dict, stars: bool) -> str:
    """An effect with its sign and its interval; a dash where it has none."""
    if np.isnan(row["low"]):
        return "–"
    ends = {name: number(row[name], 2) for name in ("low", "high")}
    return _("{size} ({low} to {high})").format(size=score(row["estimate"], stars), **ends)


def _of_both(text: str, answer: Answer, of: str, step: str) -> str:
    """A sentence about what a step does where the promise is broken, and where it is kept."""
    rows = answer.effects[answer.effects["of"] == of].set_index("when")
    return text.format(step=step, **{when: _effect(rows.loc[when], answer.stars) for when in ("broken", "kept")})


def _other_reviews(found: pd.Series, after: dict | None) -> bool:
    """Do the reviews after the arrival say something else?"""
    if not after or sign_of(after) is None:
        return False
    return sign_of(after) != sign_of(found) or not found["low"] <= after["estimate"] <= found["high"]
