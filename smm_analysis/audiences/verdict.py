"""The verdict on a number of audiences: judged once, and said in the language chosen last."""

from __future__ import annotations

import pandas as pd

from ..answer import Answer
from ..errors import ModelError
from ..tables.published import item_label
from ..words import _, number, percent, plural
from .residuals import ALPHA

SLOW = 0.95  # of BIC's fall: where fewer audiences reach it, more describe and do not separate
AGREE = 0.8  # median adjusted Rand index from which two surveys are said to find the same audiences
LEAD = 10.0  # BIC points by which audiences must beat one fewer to be there, sharp or not
TOPIC = 3  # questions in which audiences must differ, or they are perhaps one topic
MOST_PAIRS = 400  # a median that needs more pairs of surveys cannot be settled


def judge(
    choice: pd.DataFrame, evidence: dict, n: int, *, stability: pd.DataFrame | None = None, smallest: float = 0
) -> dict:
    """What may be said about the number of audiences of `n` people?

    The rules, for `choice` and the `evidence` that `choose_audiences` collects: (1) the number is BIC's best among the
    identified ones, after questions that hang together beyond the audiences were merged; (2) "none" when it is 1, no
    other number has a smaller BIC, identified or not, and another one is identified, and "question" where only merging
    brought it to 1; (3) "age" when nothing hangs together within an age (p from .01), or the model in which every item
    follows its own quadratic in age has the smallest BIC of all; "none" where age explains nothing either; (4)
    "undecided" when the number is 1 otherwise, or worse than age; (5) "question" when fewer than two different
    questions tell the audiences apart; (6) when fewer audiences (two or more) reach .95 of BIC's fall, more describe
    and do not separate. With `stability`, of the assignment that agrees less, the interval of the median adjusted Rand
    index (1.8 quartile distances / sqrt(pairs) on both sides, 90 %): above .8 "natural" when ICL-BIC, which counts
    overlap, prefers the same number, else "reproducible"; around it "on the line"; below it "blurred" when BIC puts
    one audience fewer 10 points behind, else "constructed" (words after Dolnicar, Gruen & Leisch 2018, step 2). The
    limits are this package's own conventions; tests/slow_results.md has their error rates.

    Returns
    -------
    dict
        ``n_audiences`` (BIC's best identified one), ``supported`` (how many may be shown: 1 where none are found),
        ``finding`` ("audiences", "none", "age", "question", "undecided"), ``word`` (None until stability is known),
        ``good`` (audiences, and nothing known speaks against another survey finding them), ``reproducible`` (the
        largest number up to n_audiences on which two surveys agree firmly), ``runner_up`` and its ``gap``, and what
        the sentences need beside.

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
    best, telling = int(ranked.index[0]), evidence["questions"][int(ranked.index[0])]
    finding = _finding(table, best, absolute, evidence)
    if finding == "none" and best == 1:
        ranked = table["bic"].sort_values(kind="stable")
    better = absolute if absolute != best and finding != "age" else None
    facts = {
        "n_audiences": best,
        "finding": finding,
        "supported": best if finding == "audiences" else 1,
        "runner_up": int(ranked.index[min(1, len(ranked) - 1)]),
        "gap": float(ranked.iloc[min(1, len(ranked) - 1)] - ranked.iloc[0]),
        "bic": float(known["bic"][best]),
        "largest": int(table.index.max()),
        "question": telling[0] if telling else "",
        "unidentified": better if better and not table["identified"][better] else None,
        "too_small": better if better and table["identified"][better] else None,
        **_beside(table, known, best, evidence["bands"]),
        **_trust(known, best, finding, stability, evidence["pairs"]),
    }
    return facts | {"good": finding == "audiences" and facts["word"] not in ("blurred", "constructed")}


def _finding(table: pd.DataFrame, best: int, absolute: int, evidence: dict) -> str:
    """Rules 2 to 5."""
    bic, within = table["bic"], evidence["within_age"]
    age_bic = evidence["age_only"]["bic"] if evidence["age_only"] else float("inf")
    if best == absolute == 1 and table["identified"].drop(1).any():
        return "question" if evidence["merged"] and age_bic > bic[1] else "none"
    if len(table) > 1 and age_bic <= bic[best] and age_bic <= bic[absolute]:
        return "age"
    if best == 1 or age_bic <= bic[best]:
        return "undecided"
    if within and within["p"] >= ALPHA:
        return "age" if age_bic < bic[1] else "none"
    return "question" if len(evidence["questions"][best]) < 2 else "audiences"


def _beside(table: pd.DataFrame, known: pd.DataFrame, best: int, bands: dict | None) -> dict:
    """Fewer audiences that do almost as well, and other numbers that weights or bands of age would prefer."""
    fall = (table["bic"][1] - known["bic"]) / (table["bic"][1] - known["bic"][best] or 1)
    fewer = next((k for k in fall.index if 1 < k < best and fall[k] >= SLOW), None)
    by_aic, by_design = int(known["aic"].idxmin()), int(known["daic"].idxmin()) if "daic" in known else best
    heard = 1 < by_design < table.index.max() and by_design not in (best, by_aic)
    mended = bands is not None and bands["n_audiences"] < best and bands["bic"] < table["bic"][bands["n_audiences"]]
    return {
        "fewer": fewer,
        "fewer_fall": float(fall[fewer]) if fewer else 0.0,
        "by_bands": bands["n_audiences"] if mended else None,
        "by_design": by_design if heard else None,
    }


def _trust(known: pd.DataFrame, best: int, finding: str, stability: pd.DataFrame | None, pairs: int) -> dict:
    """The word, every number's median agreement with its interval, the largest firm number, the pairs that would do."""
    agreed = {} if stability is None else {k: _median(own, pairs) for k, own in stability.groupby("n_audiences")}
    if finding != "audiences" or best not in agreed:
        return {"word": None, "reproducible": None, "agreed": agreed, "pairs_needed": None}
    median, low, high = agreed[best]
    separate = best == int(known["icl_bic"].idxmin())
    lead = known["bic"].get(best - 1, float("inf")) - known["bic"][best]
    firm, unsure = "natural" if separate else "reproducible", "blurred" if lead >= LEAD else "constructed"
    needed = int(pairs * ((median - low) / max(abs(median - AGREE), 1e-9)) ** 2) + 1
    return {
        "word": firm if low >= AGREE else unsure if high < AGREE else "on the line",
        "reproducible": max((k for k, (_m, low, _h) in agreed.items() if k <= best and low >= AGREE), default=None),
        "agreed": agreed,
        "pairs_needed": needed if pairs < needed <= MOST_PAIRS else None,
    }


def _median(own: pd.DataFrame, pairs: int) -> tuple[float, float, float]:
    """The smaller of the two assignments' medians, and its 90 % interval."""
    row = own.loc[own["estimate"].idxmin()]
    half = 1.8 * (row["upper_quartile"] - row["lower_quartile"]) / pairs**0.5
    return float(row["estimate"]), float(row["estimate"] - half), float(min(row["estimate"] + half, 1.0))


def case(answer: Answer) -> str:
    """Which row of `_words` holds."""
    if answer.finding == "undecided":
        why = "small" if answer.too_small else "hidden" if answer.unidentified else "blind"
        return "untried" if answer.largest == 1 else why
    if answer.finding == "question":
        return "twice" if answer.n_audiences == 1 else "question" if answer.question else "alike"
    if answer.finding == "age":
        return "age" if answer.age_only["bic"] <= answer.bic else "within"
    if answer.finding == "none":
        return "none" if answer.n_audiences == 1 else "neither"
    if answer.word in ("constructed", "blurred") and answer.reproducible:
        return f"{answer.word}, fewer return"
    return answer.word or ("almost" if answer.fewer else "best")


def says(answer: Answer) -> tuple[str, str]:
    """Headline and verdict of `choose_audiences`."""
    row, sure = case(answer), answer.finding == "audiences"
    ari = _("adjusted Rand index {value}, {low} to {high}")
    agreed = {
        k: ari.format(value=number(median, 2), low=number(low, 2), high=number(high, 2))
        for k, (median, low, high) in answer.agreed.items()
    }
    facts = {
        "audiences": audiences(answer.n_audiences),
        "runner_up": number(answer.runner_up) if sure else audiences(answer.runner_up),
        "gap": number(answer.gap),
        "best": number(answer.bic),
        "age": number(answer.age_only["bic"] if answer.age_only else 0),
        "p": number(answer.within_age["p"] if answer.within_age else 0, 2),
        "question": item_label(answer.question),
        "pair": pair_label(answer.merged[-1]) if answer.merged else "",
        "fewer": number(answer.fewer or 0),
        "share": percent(answer.fewer_fall, 1),
        "ari": agreed.get(answer.n_audiences),
        "returning": audiences(answer.reproducible or 0),
        "returning_ari": agreed.get(answer.reproducible),
        "pairs": number(answer.pairs_needed or 0),
    }
    headline, reason, *trust = _words()[row]
    if answer.word == "on the line":
        tell, never = _("About {pairs} pairs of surveys would tell."), _("More pairs of surveys would not settle it.")
        trust = [*trust, tell if answer.pairs_needed else never]
    said = [reason.format(**facts), *_remarks(answer, sure, facts), *(text.format(**facts) for text in trust)]
    return headline.format(**facts), " ".join(said)


def _remarks(answer: Answer, sure: bool, facts: dict) -> list[str]:
    """What else to know."""
    telling = len(answer.questions[answer.n_audiences])
    numbers = [
        (answer.unidentified, _("{k} would fit better, but these questions cannot tell their profiles.")),
        (answer.too_small, _("{k} would fit better, but one of them would hold too few people.")),
        (
            sure and answer.by_design,
            _("dAIC, which takes the survey weights into account, prefers {k}, and AIC does not: weights matter."),
        ),
        (
            sure and answer.by_bands,
            _("With a free share per band of age {k} are enough: the rest mends a curve that does not fit."),
        ),
    ]
    slow = _("{fewer} already reach {share} of BIC's fall: more audiences describe, they do not separate.")
    falling = _("BIC still falls at the largest number tried: try more, or read them as a description.")
    few = _("They differ in few questions ({n}): perhaps they are one topic.")
    older = _("Age alone is not enough (BIC {age} against {best}).")
    band = _("Ages are known in bands only: a step inside a band could pass for audiences.")
    remarks = [
        (bool(answer.merged) and answer.n_audiences > 1, _merged(answer)),
        (sure and bool(answer.refused), _refused(answer)),
        (sure and answer.age_only is not None, older.format(**facts)),
        (sure and bool(answer.fewer), slow.format(**facts)),
        (sure and answer.n_audiences == answer.largest, falling),
        (sure and telling <= TOPIC, few.format(n=number(telling))),
        (sure and answer.banded, band),
        (sure and bool(answer.follows), _follows(answer)),
        *((bool(k), text.format(k=audiences(k or 0))) for k, text in numbers),
    ]
    return [text for holds, text in remarks if holds]


def _merged(answer: Answer) -> str:
    """Which questions count as one, and to what number they led before."""
    listed = "; ".join(map(pair_label, answer.merged))
    said = _("{pairs} hang together beyond any audience and count as one question; apart they led to {before}.")
    return said.format(pairs=listed, before=audiences(answer.before))


def _refused(answer: Answer) -> str:
    """The pair that would rather be one question, if other pairs let it."""
    if not answer.refused:
        return ""
    said = _("{pair} hang together: as one question {k} would do ({gain} points better), but then other questions do.")
    refused = answer.refused
    return said.format(
        pair=pair_label(refused["pair"]), k=audiences(refused["n_audiences"]), gain=number(refused["gain"])
    )


def _follows(answer: Answer) -> str:
    """The question that age explains better than audiences do."""
    if not answer.follows:
        return ""
    said = _("“{question}” may follow age directly; beside that {k} would do.")
    k = audiences(answer.follows["n_audiences"])
    return said.format(question=item_label(answer.follows["question"]), k=k)


def pair_label(pair: tuple[str, str]) -> str:
    """'Twitter/X and LinkedIn'."""
    return _("{a} and {b}").format(a=item_label(pair[0]), b=item_label(pair[1]))


def _words() -> dict[str, tuple[str, ...]]:
    """For every case the headline, the reason and, where stability is known, the trust."""
    questions = _("Undecided: these questions cannot tell audiences")
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
        "within": (
            _("Age alone is enough: no audiences beyond it"),
            _("Among people of the same age nothing hangs together (p = {p}): answers change with age, no more."),
        ),
        "neither": (
            _("These answers show no audiences"),
            _("Among people of the same age nothing hangs together (p = {p}), and age explains nothing: no audiences."),
        ),
        "twice": (
            _("One question asked twice, not audiences"),
            _("{pair} are one question asked twice; counted once, one group describes these answers best."),
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
        **_words_of_trust(),
    }


def _words_of_trust() -> dict[str, tuple[str, ...]]:
    """The same where there are audiences."""
    best = _("BIC prefers {audiences}; runner-up is {runner_up}, {gap} points behind.")
    constructed = _("Constructed: two surveys of this size disagree about who belongs together ({ari}).")
    blurred = _(
        "Blurred: two surveys of this size disagree about who belongs together ({ari}), though one audience fewer "
        "describes these people clearly worse."
    )
    fewer = _("{audiences} describe these people best; only {returning} return in another survey")
    rely = _("They agree on {returning} ({returning_ari}): rely on these, and read the rest as a description.")
    return {
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
        "on the line": (
            _("{audiences}: on the line, another survey may or may not find them"),
            best,
            _("On the line: two surveys agree about who belongs together to about what it takes, .8 ({ari})."),
        ),
        "blurred": (_("{audiences}: blurred, they are there, but without borders"), best, blurred),
        "constructed": (_("{audiences}: constructed, another survey would draw other lines"), best, constructed),
        "blurred, fewer return": (fewer, best, blurred, rely),
        "constructed, fewer return": (fewer, best, constructed, rely),
    }


def audiences(n: int) -> str:
    """'1 audience', '3 audiences'."""
    return plural("{n} audience", "{n} audiences", n).format(n=number(n))
