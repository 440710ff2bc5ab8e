"""The verdict on a number of audiences: judged once, and said in the language chosen last."""

from __future__ import annotations

import pandas as pd

from ..answer import Answer
from ..errors import ModelError
from ..tables.published import item_label
from ..words import _, number, percent, plural

SLOW = 0.95  # of BIC's fall: where fewer audiences reach it, more describe and do not separate
AGREE = 0.8  # median adjusted Rand index from which two surveys are said to find the same audiences


def judge(
    choice: pd.DataFrame,
    *,
    n: int,
    age_only: dict | None = None,
    bands: dict | None = None,
    questions: dict[int, tuple[str, ...]],
    stability: pd.DataFrame | None = None,
    smallest: float = 0,
) -> dict:
    """What may be said about the number of audiences?

    The rules: (1) the number is BIC's best among the identified ones; (2) "none" when it is 1, no other number has a
    smaller BIC, identified or not, and another one is identified; (3) "age" when the model in which every item follows
    its own quadratic in age has the smallest BIC of all; (4) "undecided" when the number is 1 otherwise, or worse than
    age; (5) "question" when fewer than two different questions tell the audiences apart; (6) when fewer audiences (two
    or more) reach .95 of BIC's fall, more describe and do not separate. With `stability`: "constructed" when the median
    adjusted Rand index of two surveys is below .8, by age and answers or by answers only; otherwise "natural" when
    ICL-BIC, which counts overlap, prefers the same number, else "reproducible" (words: Dolnicar, Gruen & Leisch 2018,
    step 2). The two limits are this package's own conventions.

    Returns
    -------
    dict
        ``n_audiences`` (BIC's best identified one), ``supported`` (how many may be shown: 1 where none are found),
        ``finding`` ("audiences", "none", "age", "question", "undecided"), ``word`` (None until stability is known),
        ``good`` (audiences, and nothing known speaks against another survey finding them), ``reproducible`` (the
        largest number up to n_audiences on which two surveys agree), ``runner_up`` and its ``gap``, and what the
        sentences need beside.

    Raises
    ------
    ModelError
        If all people together are fewer than `smallest`.
    """
    table = choice.set_index("n_audiences")
    known = table[table["identified"] & (table["smallest_share"] * n >= smallest)]
    if known.empty:
        remedy = "Choose fewer, or ask more people."
        raise ModelError("smallest", "at most the number of people", f"{smallest} for {n} people", remedy)
    ranked, absolute = known["bic"].sort_values(kind="stable"), int(table["bic"].idxmin())
    best, least, largest = int(ranked.index[0]), float(ranked.iloc[0]), int(table.index.max())
    age_bic, telling = age_only["bic"] if age_only else None, questions[best]
    by_age = age_bic is not None and age_bic <= least
    if best == absolute == 1 and table["identified"].drop(1).any():
        finding, ranked = "none", table["bic"].sort_values(kind="stable")
    elif by_age and largest > 1 and age_bic <= table["bic"][absolute]:
        finding = "age"
    elif best == 1 or by_age:
        finding = "undecided"
    else:
        finding = "question" if len(telling) < 2 else "audiences"
    better = absolute if absolute != best and finding != "age" else None
    facts = {
        "n_audiences": best,
        "finding": finding,
        "runner_up": int(ranked.index[min(1, len(ranked) - 1)]),
        "gap": float(ranked.iloc[min(1, len(ranked) - 1)] - ranked.iloc[0]),
        "bic": least,
        "largest": largest,
        "question": telling[0] if telling else "",
        "age_bic": age_bic,
        "unidentified": better if better and not table["identified"][better] else None,
        "too_small": better if better and table["identified"][better] else None,
    }
    facts |= _beside(table, known, best, bands) | _trust(known, best, finding, stability)
    facts["supported"] = best if finding == "audiences" else 1
    facts["good"] = finding == "audiences" and facts["word"] != "constructed"
    return facts


def _beside(table: pd.DataFrame, known: pd.DataFrame, best: int, bands: dict | None) -> dict:
    """Fewer audiences that do almost as well, and other numbers that weights or bands of age would prefer."""
    fall = (table["bic"][1] - known["bic"]) / (table["bic"][1] - known["bic"][best] or 1)
    fewer = next((k for k in fall.index if 1 < k < best and fall[k] >= SLOW), None)
    by_design = int(known["daic"].idxmin()) if "daic" in known else best
    mended = bands is not None and bands["n_audiences"] < best and bands["bic"] < table["bic"][bands["n_audiences"]]
    return {
        "fewer": fewer,
        "fewer_fall": float(fall[fewer]) if fewer else 0.0,
        "by_bands": bands["n_audiences"] if mended else None,
        "by_design": by_design if by_design != best else None,
        "weights_matter": by_design != int(known["aic"].idxmin()),
    }


def _trust(known: pd.DataFrame, best: int, finding: str, stability: pd.DataFrame | None) -> dict:
    """The word, the agreement of every number (the smaller of the two medians), and the largest reproducible number."""
    agreed = {} if stability is None else stability.groupby("n_audiences")["estimate"].min().to_dict()
    if finding != "audiences" or best not in agreed:
        return {"word": None, "reproducible": None, "agreed": agreed}
    separate = best == int(known["icl_bic"].idxmin())
    word = "constructed" if agreed[best] < AGREE else "natural" if separate else "reproducible"
    stable = [k for k, value in agreed.items() if k <= best and value >= AGREE]
    return {"word": word, "reproducible": max(stable, default=None), "agreed": agreed}


def case(answer: Answer) -> str:
    """Which row of `_words` holds."""
    if answer.finding == "undecided":
        why = "small" if answer.too_small else "hidden" if answer.unidentified else "blind"
        return "untried" if answer.largest == 1 else why
    if answer.finding == "question" and not answer.question:
        return "alike"
    if answer.finding != "audiences":
        return answer.finding
    if answer.word == "constructed" and answer.reproducible:
        return "returning"
    return answer.word or ("almost" if answer.fewer else "best")


def says(answer: Answer) -> tuple[str, str]:
    """Headline and verdict of `choose_audiences`."""
    row, sure = case(answer), answer.finding == "audiences"
    agreed = {k: _("adjusted Rand index {value}").format(value=number(a, 2)) for k, a in answer.agreed.items()}
    fewer = answer.reproducible if row == "returning" else answer.fewer
    facts = {
        "audiences": audiences(answer.n_audiences),
        "runner_up": number(answer.runner_up) if sure else audiences(answer.runner_up),
        "gap": number(answer.gap),
        "best": number(answer.bic),
        "age": number(answer.age_bic or 0),
        "question": item_label(answer.question),
        "fewer": number(fewer or 0),
        "share": percent(answer.fewer_fall, 1),
        "ari": agreed.get(answer.n_audiences),
    }
    headline, reason, *trust = _words()[row]
    said = [reason, *(text for holds, text in _remarks(answer, sure) if holds), *trust]
    if row == "returning":
        facts["fewer"] = number(answer.fewer or 0)
        text = _("They agree on {audiences} ({ari}): rely on these, and read the rest as a description.")
        said.append(text.format(audiences=audiences(answer.reproducible), ari=agreed[answer.reproducible]))
        headline = headline.replace("{fewer}", number(answer.reproducible))
    return headline.format(**facts), " ".join(text.format(**facts) for text in said)


def _remarks(answer: Answer, sure: bool) -> list[tuple[bool, str]]:
    """What else to know: whether it holds, and how it is said."""
    matter = _("dAIC, which takes the survey weights into account, prefers {k}, and AIC does not: weights matter.")
    little = _("dAIC, which takes the survey weights into account, prefers {k}, as AIC does: weights change little.")
    mended = _("With a free share per band of age {k} are enough: the rest mends a curve that does not fit.")
    numbers = [
        (answer.unidentified, _("{k} would fit better, but these questions cannot tell their profiles.")),
        (answer.too_small, _("{k} would fit better, but one of them would hold too few people.")),
        (answer.by_design, matter if answer.weights_matter else little),
        (answer.by_bands, mended),
    ]
    slow = _("{fewer} already reach {share} of BIC's fall: more audiences describe, they do not separate.")
    falling = _("BIC still falls at the largest number tried: try more, or read them as a description.")
    return [
        (sure and answer.age_bic is not None, _("Age alone is not enough (BIC {age} against {best}).")),
        (sure and bool(answer.fewer), slow),
        (sure and answer.n_audiences == answer.largest, falling),
        *((bool(k), text.format(k=audiences(k or 0))) for k, text in numbers),
    ]


def _words() -> dict[str, tuple[str, ...]]:
    """For every case the headline, the reason and, where stability is known, the trust."""
    questions = _("Undecided: these questions cannot tell audiences")
    best = _("BIC prefers {audiences}; runner-up is {runner_up}, {gap} points behind.")
    constructed = _("Constructed: two surveys of this size disagree about who belongs together ({ari}).")
    return {
        "none": (
            _("These answers show no audiences"),
            _("One group describes these answers best: no audiences (BIC of {runner_up} is {gap} points worse)."),
        ),
        "age": (
            _("Age alone is enough: no audiences beyond it"),
            _(
                "Age alone is enough: answers that simply change with age describe these people better than any number "
                "of audiences (BIC {age} against {best})."
            ),
        ),
        "question": (
            _("One question split in two, not audiences"),
            _("The {audiences} differ in one question only ({question}): a question split in two, no audiences."),
        ),
        "alike": (
            _("The groups hardly differ in any question"),
            _("The {audiences} hardly differ in any question: they are no audiences."),
        ),
        "untried": (
            _("Undecided: only one number was tried"),
            _("Nothing was compared with one group: try two audiences or more."),
        ),
        "small": (
            _("Undecided: the audiences are too small"),
            _("The answers hang together, but in too few people: ask more people."),
        ),
        "hidden": (
            questions,
            _("The answers hang together, but these questions cannot tell audiences: ask more questions."),
        ),
        "blind": (
            questions,
            _("BIC prefers one group, but these questions could not tell audiences: ask more questions."),
        ),
        "best": (_("BIC prefers {audiences}"), best),
        "almost": (_("BIC prefers {audiences}, but {fewer} do almost as well"), best),
        "natural": (
            _("{audiences}: natural, they separate and return"),
            best,
            _("Natural: two surveys agree about who belongs together ({ari}), and the audiences separate."),
        ),
        "reproducible": (
            _("{audiences}: reproducible, they overlap but return"),
            best,
            _("Reproducible: two surveys agree about who belongs together ({ari}), though they overlap."),
        ),
        "constructed": (_("{audiences}: constructed, another survey would draw other lines"), best, constructed),
        "returning": (
            _("{audiences} describe these people best; only {fewer} return in another survey"),
            best,
            constructed,
        ),
    }


def audiences(n: int) -> str:
    """'1 audience', '3 audiences'."""
    return plural("{n} audience", "{n} audiences", n).format(n=number(n))
