"""What the promise effect says, in words: the finding, both effects, which reviews to believe, how far to trust it."""

import numpy as np
import pandas as pd

from ..answer import Answer
from ..words import _, number, percent
from .rows import amount, said_of_groups, score


def sign_of(row: pd.Series | dict) -> int | None:
    """1 or -1 where the interval lies on one side of 0, otherwise 0; None where there is no interval."""
    return None if np.isnan(row["low"]) else int(row["low"] > 0) - int(row["high"] < 0)


def _steps(unit: str) -> tuple[str, str]:
    """One unit more of the promise, and of the experience, in words."""
    words = {
        "days": (_("a day less for the same delivery"), _("A day earlier at the same promise")),
        "hours": (_("an hour less for the same delivery"), _("An hour earlier at the same promise")),
        "minutes": (_("a minute less for the same delivery"), _("A minute earlier at the same promise")),
    }
    return words.get(unit, (_("a point more for the same experience"), _("A point better at the same promise")))


def says(answer: Answer) -> tuple[str, str]:
    """What promise and experience do, which reviews to believe, and how far to trust it."""
    row, more = answer.table.drop_duplicates("term").set_index("term"), _steps(answer.about.unit)[0]
    said = []
    if answer.reason == "constant":
        said.append(_("Every order was promised the same, so the effect of promising more is not known."))
    elif not answer.reason:
        text = _(
            "Where the promise is broken, promising {step} changes the score by {broken}; where it is kept, by {kept}."
        )
        said.append(_of_both(text, answer, "promise", more))
    if answer.finding == "bend":
        said.append(_("The first may be no effect of the promise: people may judge what came in no straight line."))
    text = _("{step} changes the score by {broken} where the promise is broken, by {kept} where it is kept.")
    said.append(_of_both(text, answer, "experience", _steps(answer.about.unit)[1]))
    if sign_of(row.loc["worse_minus_better"]) == 1:
        said.append(_("Falling short costs more than going as far beyond brings."))
    if answer.effects["low"].isna().any() and not answer.reason:
        said.append(_("Where a dash stands, too few orders are on that side of the promise."))
    if answer.capped:
        text = _("Falling short counts up to {cap}: later than that is rated alike.")
        said.append(text.format(cap=amount(answer.cap, answer.about.unit)))
    said += _said_of_reviews(row.loc["promise_when_broken"], answer)
    if answer.persons:
        said.append(_("The answers of one person are taken together ({n} persons).").format(n=number(answer.persons)))
    said += said_of_groups(answer)
    said.append(_("These are differences between orders, not causes: the shop chooses whom it promises what."))
    return _headline(row, answer), " ".join(said)


def _headline(row: pd.DataFrame, answer: Answer) -> str:
    """The finding in one line."""
    nothing = all(sign_of(row.loc[term]) == 0 for term in ("worse", "better"))
    words = {
        "hurts": _("Promising {more} costs {size} where the promise is then broken"),
        "early": _("Promising {more} costs {size} by all reviews, but shows no harm in those after the arrival"),
        "bend": _("Whether promising {more} hurts cannot be told here: what came may explain it as well"),
        "helps": _("Promising {more} goes with {size} more, even where the promise is broken"),
        "experience": _("What counts is what came, not what was promised"),
        "unclear": _("That promising {more} hurts is not shown here"),
        "nothing": _("Here neither the promise nor what came shows in the scores"),
        "unknown": _("What the promise itself does cannot be known from these orders"),
        "came": _("{came} brings {gain} where the promise is broken"),
    }
    misled = answer.finding == "hurts" and answer.after and sign_of(answer.after) != -1
    kind = "nothing" if answer.finding == "unclear" and nothing else "early" if misled else answer.finding
    kind = "came" if answer.reason and sign_of(row.loc["worse"]) == -1 else kind
    size, gain = (score(abs(row.at[term, "estimate"]), answer.stars) for term in ("promise_when_broken", "worse"))
    more, came = _steps(answer.about.unit)
    return words[kind].format(more=more, came=came, size=size, gain=gain)


def _effect(row: pd.Series | dict, stars: bool) -> str:
    """An effect with its sign and its interval; a dash where it has none."""
    if np.isnan(row["low"]):
        return "–"
    size, ends = score(row["estimate"], stars), [number(row[name], 2) for name in ("low", "high")]
    return _("{size} ({low} to {high})").format(size=size, low=ends[0], high=ends[1])


def _of_both(text: str, answer: Answer, of: str, step: str) -> str:
    """A sentence about what a step does where the promise is broken, and where it is kept."""
    rows = answer.effects[answer.effects["of"] == of].set_index("when")
    return text.format(step=step, **{when: _effect(rows.loc[when], answer.stars) for when in ("broken", "kept")})


def _said_of_reviews(found: pd.Series, answer: Answer) -> list[str]:
    """Which reviews to believe, where it matters."""
    if answer.reviews == "after":
        return [_("Only reviews written after the arrival are looked at.")]
    after = answer.after
    if not after or np.isnan(after["low"]):
        return []
    if sign_of(after) == sign_of(found) and found["low"] <= after["estimate"] <= found["high"]:
        return []
    text = _("{share} of the reviews of broken promises were written before the arrival; by those written after it, "
             "promising {step} changes the score by {effect}. Believe the latter: "
             "who still waits rates the waiting.")  # fmt: skip
    effect = _effect(after, answer.stars)
    return [text.format(share=percent(answer.early), step=_steps(answer.about.unit)[0], effect=effect)]
