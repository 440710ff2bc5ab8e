"""The verdict on a number of audiences: judged once, and said in the language chosen last."""

from __future__ import annotations

import pandas as pd

from ..answer import Answer
from ..errors import ModelError
from ..tables.published import item_label
from ..words import _, number, percent, plural
from .record import ALPHA, pair_label

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
    and do not separate; (7) where the model of one scale has the smaller BIC, it is named, and 10 points make it the
    headline. With `stability`, of the assignment that agrees less, the interval of the median adjusted Rand
    index (1.8 quartile distances / sqrt(pairs) on both sides, 90 %): above .8 "natural" when ICL-BIC, which counts
    overlap, prefers the same number, else "reproducible"; around it "on the line"; below it "blurred" when BIC puts
    one audience fewer 10 points behind, else "constructed" (words after Dolnicar, Gruen & Leisch 2018, step 2). The
    limits are this package's own conventions; tests/slow_results.md has their error rates.

    Among the facts: ``supported`` (how many may be shown: 1 where none are found), ``word`` (None until stability is
    known), ``good`` (audiences, and nothing known speaks against another survey finding them), ``reproducible`` (the
    largest number up to n_audiences on which two surveys agree firmly).
    """
    table = choice.set_index("n_audiences")
    known = table[table["identified"] & (table["smallest_share"] * n >= smallest)]
    if known.empty:
        remedy = "Choose fewer, or ask more people."
        raise ModelError("smallest", "at most the number of people", f"{smallest} for {n} people", remedy)
    best, lowest = int(known["bic"].idxmin()), int(table["bic"].idxmin())
    finding, case = _finding(table, best, lowest, evidence)
    ranked = (table if case == "none" else known)["bic"].nsmallest(2)
    better = None if finding == "age" or lowest == best else lowest
    facts = {
        "n_audiences": best,
        "finding": finding,
        "supported": best if finding == "audiences" else 1,
        "runner_up": int(ranked.index[-1]),
        "gap": float(ranked.iloc[-1] - ranked.iloc[0]),
        "unidentified": None if table["identified"][lowest] else better,
        "too_small": better if table["identified"][lowest] else None,
        **_beside(table, known, best, evidence["bands"]),
        **_trust(known, best, finding, stability, evidence["pairs"]),
    }
    unsure = facts["word"] in ("blurred", "constructed")
    if finding == "audiences":
        case = facts["word"] or ("almost" if facts["fewer"] else "best")
        case = "fewer return" if unsure and facts["reproducible"] else case
        case = "scale" if evidence["scale"] and evidence["scale"]["bic"] <= table["bic"][best] - LEAD else case
    return facts | {"case": case, "good": finding == "audiences" and not unsure}


def _finding(table: pd.DataFrame, best: int, lowest: int, evidence: dict) -> tuple[str, str]:
    """Rules 2 to 5: the finding, and which of its headlines."""
    bic, within, telling = table["bic"], evidence["within_age"], evidence["questions"][best]
    age_bic = evidence["age_only"]["bic"] if evidence["age_only"] else float("inf")
    if best == lowest == 1 and table["identified"].drop(1).any():
        return ("question", "twice") if evidence["merged"] and age_bic > bic[1] else ("none", "none")
    if len(table) > 1 and age_bic <= min(bic[best], bic[lowest]):
        return "age", "age"
    if best == 1 or age_bic <= bic[best]:
        why = "blind" if lowest == best else "small" if table["identified"][lowest] else "hidden"
        return "undecided", "untried" if len(table) == 1 else why
    if within and within["p"] >= ALPHA:
        return ("age", "within") if age_bic < bic[1] else ("none", "neither")
    if len(telling) < 2:
        return "question", "split" if telling else "alike"
    return "audiences", ""


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
    trust = {"word": None, "reproducible": None, "agreed": agreed, "pairs_needed": None}
    if finding != "audiences" or best not in agreed:
        return trust
    median, low, high = agreed[best]
    separate = best == int(known["icl_bic"].idxmin())
    lead = known["bic"].get(best - 1, float("inf")) - known["bic"][best]
    firm, unsure = "natural" if separate else "reproducible", "blurred" if lead >= LEAD else "constructed"
    needed = int(pairs * ((median - low) / max(abs(median - AGREE), 1e-9)) ** 2) + 1
    return trust | {
        "word": firm if low >= AGREE else unsure if high < AGREE else "on the line",
        "reproducible": max((k for k, (_m, low, _h) in agreed.items() if k <= best and low >= AGREE), default=None),
        "pairs_needed": needed if pairs < needed <= MOST_PAIRS else None,
    }


def _median(own: pd.DataFrame, pairs: int) -> tuple[float, float, float]:
    """The smaller of the two assignments' medians, and its 90 % interval."""
    row = own.loc[own["estimate"].idxmin()]
    half = 1.8 * (row["upper_quartile"] - row["lower_quartile"]) / pairs**0.5
    return float(row["estimate"]), float(row["estimate"] - half), float(min(row["estimate"] + half, 1.0))


def says(answer: Answer) -> tuple[str, str]:
    """Headline and verdict of `choose_audiences`: a number of audiences that is a condition is its sentence's {k}."""
    case, sure, n = answer.case, answer.finding == "audiences", answer.n_audiences
    beyond = {
        "refused": answer.refused and answer.refused["n_audiences"],
        "age_only": answer.age_only is not None,
        "fewer": answer.fewer,
        "falling": n == len(answer.table),
        "few": len(answer.questions[n]) <= TOPIC,
        "scale": answer.scale and answer.scale["bic"] <= answer.table["bic"].iloc[n - 1],
        "banded": answer.banded,
        "follows": answer.follows and answer.follows["n_audiences"],
        "by_design": answer.by_design,
        "by_bands": answer.by_bands,
        answer.word: True,
        "fewer return": answer.word in ("blurred", "constructed") and answer.reproducible,
    }
    holds = {"best" if sure else case: True, "merged": bool(answer.merged) and n > 1} | (beyond if sure else {})
    holds |= {"unidentified": answer.unidentified, "too_small": answer.too_small}
    words, headlines = _words(answer), _headlines()
    said = [(text, holds[name]) for name, text in _sentences(answer).items() if holds.get(name)]
    verdict = " ".join(text.format(**words, k=audiences(int(k))) for text, k in said)
    return headlines.get(case, headlines.get(answer.finding, "")).format(**words), verdict


def _headlines() -> dict[str, str]:
    """By case, or by finding where its cases have the same."""
    return {
        "none": _("These answers show no audiences"),
        "age": _("No audiences beyond what goes with age"),
        "undecided": _("Undecided: these questions cannot tell audiences"),
        "untried": _("Undecided: only one number was tried"),
        "small": _("Undecided: the audiences are too small"),
        "twice": _("One question asked twice, not audiences"),
        "split": _("One question split in two, not audiences"),
        "alike": _("The groups hardly differ in any question"),
        "best": _("BIC prefers {audiences}"),
        "almost": _("BIC prefers {audiences}, but {fewer} do almost as well"),
        "natural": _("{audiences}: natural, they separate and return"),
        "reproducible": _("{audiences}: reproducible, they overlap but return"),
        "on the line": _("{audiences}: on the line, another survey may or may not find them"),
        "blurred": _("{audiences}: blurred, they are there, but without borders"),
        "constructed": _("{audiences}: constructed, another survey would draw other lines"),
        "scale": _("{audiences}, but a single scale without borders describes these people better"),
        "fewer return": _("{audiences} describe these people best; another survey would agree on {returning} only"),
    }


def _sentences(answer: Answer) -> dict[str, str]:
    """In their order."""
    settle = _("More pairs of surveys would not settle it.")
    if answer.pairs_needed:
        settle = _("About {pairs} pairs of surveys would tell.").format(pairs=number(answer.pairs_needed))
    return {
        "none": _("One group describes these answers best: no audiences (BIC of {runner_up} is {gap} points worse)."),
        "neither": _(
            "Among people of the same age nothing hangs together (p = {p}), and age explains nothing: no audiences."
        ),
        "within": _("Among people of the same age nothing hangs together (p = {p}): answers change with age, no more."),
        "age": _(
            "Age alone is enough: answers that simply change with age describe these people better than any number "
            "of audiences (BIC {age} against {best})."
        ),
        "twice": _("{pair} are one question asked twice; counted once, one group describes these answers best."),
        "split": _("The {audiences} differ in one question only ({question}): a question split in two, no audiences."),
        "alike": _("The {audiences} hardly differ in any question: they are no audiences."),
        "untried": _("Nothing was compared with one group: try two audiences or more."),
        "small": _("The answers hang together, but in too few people: ask more people."),
        "hidden": _("The answers hang together, but these questions cannot tell audiences: ask more questions."),
        "blind": _("BIC prefers one group, but these questions could not tell audiences: ask more questions."),
        "best": _("BIC prefers {audiences}; runner-up is {runner_up}, {gap} points behind."),
        "merged": _("{pairs} hang together beyond any audience and count as one question; apart they led to {before}."),
        "refused": _(
            "{pair} may be one topic: as one question {k} would do ({gain} points better), but then other questions "
            "hang together."
        ),
        "age_only": _("Age alone is not enough (BIC {age} against {best})."),
        "fewer": _("{fewer} already reach {share} of BIC's fall: more audiences describe, they do not separate."),
        "falling": _("BIC still falls at the largest number tried: try more, or read them as a description."),
        "few": _("They differ in few questions ({n}): perhaps they are one topic."),
        "scale": _(
            "A single scale, such as from little to much use, would do as well (BIC {scale} against {best}): the "
            "audiences may be sections of it."
        ),
        "banded": _("Ages are known in bands only: a step inside a band could pass for audiences."),
        "follows": _("“{question}” may follow age directly; beside that {k} would do."),
        "unidentified": _("{k} would fit better, but these questions cannot tell their profiles."),
        "too_small": _("{k} would fit better, but one of them would hold too few people."),
        "by_design": _(
            "dAIC, which takes the survey weights into account, prefers {k}, and AIC does not: weights matter."
        ),
        "by_bands": _("With a free share per band of age {k} are enough: the rest mends a curve that does not fit."),
        "natural": _("Natural: two surveys agree about who belongs together ({ari}), and the audiences separate."),
        "reproducible": _("Reproducible: two surveys agree about who belongs together ({ari}), though they overlap."),
        "on the line": _(
            "On the line: two surveys agree about who belongs together to about what it takes, .8 ({ari})."
        )
        + f" {settle}",
        "constructed": _("Constructed: two surveys of this size disagree about who belongs together ({ari})."),
        "blurred": _(
            "Blurred: two surveys of this size disagree about who belongs together ({ari}), though one audience fewer "
            "describes these people clearly worse."
        ),
        "fewer return": _(
            "They agree on {returning} ({returning_ari}): rely on these, and read the rest as a description."
        ),
    }


def _words(answer: Answer) -> dict[str, str]:
    """What the sentences leave open."""
    n, sure, bic = answer.n_audiences, answer.finding == "audiences", answer.table.set_index("n_audiences")["bic"]
    refused, follows, telling = answer.refused or {}, answer.follows or {}, answer.questions[n]
    pair = refused.get("pair") or (("", ""), *answer.merged)[-1]
    question = follows.get("question", "") if sure else (*telling, "")[0]
    ari, medians = _("adjusted Rand index {value}, {low} to {high}"), answer.agreed.items()
    agreed = {k: ari.format(value=number(m, 2), low=number(a, 2), high=number(b, 2)) for k, (m, a, b) in medians}
    return {
        "audiences": audiences(n),
        "runner_up": number(answer.runner_up) if sure else audiences(answer.runner_up),
        "gap": number(answer.gap),
        "best": number(bic[n]),
        "age": number(answer.age_only["bic"] if answer.age_only else 0),
        "scale": number(answer.scale["bic"] if answer.scale else 0),
        "p": number(answer.within_age["p"] if answer.within_age else 0, 2),
        "question": item_label(question),
        "pair": pair_label(*pair),
        "pairs": "; ".join(pair_label(*pair) for pair in answer.merged),
        "before": audiences(answer.before),
        "gain": number(refused.get("gain", 0)),
        "n": number(len(telling)),
        "fewer": number(answer.fewer or 0),
        "share": percent(answer.fewer_fall, 1),
        "ari": agreed.get(n),
        "returning": audiences(answer.reproducible or 0),
        "returning_ari": agreed.get(answer.reproducible),
    }


def audiences(n: int) -> str:
    """'1 audience', '3 audiences'."""
    return plural("{n} audience", "{n} audiences", n).format(n=number(n))
