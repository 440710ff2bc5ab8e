"""The verdict on a number of audiences: judged once, said the same way in headlines, captions, files and notebooks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..errors import ModelError
from ..tables.published import item_label
from ..words import _, number, percent, plural

SLOW = 0.95  # of BIC's fall: where fewer audiences reach it, more describe and do not separate
AGREE = 0.8  # median adjusted Rand index from which two surveys are said to find the same audiences


@dataclass(frozen=True, repr=False)
class Verdict:
    """What may be said about the number of audiences, and about how far to trust them. Made by `judge_audiences`.

    Attributes
    ----------
    n_audiences : int
        The number that BIC prefers among those that are identified; 1 = no audiences.
    finding : {"audiences", "none", "age", "question", "undecided"}
        "age": age alone describes the answers better; "question": the audiences are one question split in two,
        or hardly differ in any (`question` is empty); "undecided": the numbers that could speak for audiences were not
        tried, are not identified (`unidentified`) or hold too small ones (`too_small`).
    word : {"natural", "reproducible", "constructed", None}
        None until stability is known, and where there are no audiences.
    runner_up : int
        The next best number by BIC, `gap` points behind.
    headline, sentence : str
        In the language chosen last.

    Examples
    --------
    >>> Verdict(n_audiences=1, finding="none", runner_up=2, gap=31.4, bic=500.0, largest=4).headline
    'These answers show no audiences'
    """

    n_audiences: int
    finding: str
    runner_up: int
    gap: float
    bic: float
    largest: int
    fewer: int | None = None
    fewer_fall: float = 0.0
    question: str = ""
    age_bic: float | None = None
    unidentified: int | None = None
    too_small: int | None = None
    by_bands: int | None = None
    by_design: int | None = None
    weights_matter: bool = False
    separate: bool = False
    age_is_normal: bool = False
    agreement: tuple[tuple[int, float], ...] = ()

    @property
    def good(self) -> bool:
        """Whether there are audiences, and nothing known speaks against another survey finding them."""
        return self.finding == "audiences" and self.word != "constructed"

    @property
    def supported(self) -> int:
        """The number of audiences that may be shown: 1 where the finding is that there are none."""
        return self.n_audiences if self.finding == "audiences" else 1

    @property
    def word(self) -> str | None:
        """'natural', 'reproducible' or 'constructed' (Dolnicar, Gruen & Leisch 2018)."""
        agreement = dict(self.agreement).get(self.n_audiences)
        if self.finding != "audiences" or agreement is None:
            return None
        if agreement < AGREE:
            return "constructed"
        return "natural" if self.separate else "reproducible"

    @property
    def reproducible(self) -> int | None:
        """The largest number, up to `n_audiences`, on which two surveys agree."""
        stable = [k for k, agreement in self.agreement if k <= self.n_audiences and agreement >= AGREE]
        return max(stable, default=None) if self.finding == "audiences" else None

    @property
    def headline(self) -> str:
        """The verdict in a few words."""
        if self.finding == "none":
            return _("These answers show no audiences")
        if self.finding == "undecided":
            words = {
                "untried": _("Undecided: only one number was tried"),
                "small": _("Undecided: the audiences are too small"),
            }
            return words.get(self._open, _("Undecided: these questions cannot tell audiences"))
        if self.finding == "age":
            return _("Age alone is enough: no audiences beyond it")
        if self.finding == "question":
            whole = _("The groups hardly differ in any question")
            return _("One question split in two, not audiences") if self.question else whole
        if self.word == "constructed" and self.reproducible:
            said = _("{audiences} describe these people best; only {fewer} return in another survey")
            return said.format(audiences=_audiences(self.n_audiences), fewer=number(self.reproducible))
        words = {
            "natural": _("{audiences}: natural, they separate and return"),
            "reproducible": _("{audiences}: reproducible, they overlap but return"),
            "constructed": _("{audiences}: constructed, another survey would draw other lines"),
            None: _("BIC prefers {audiences}"),
        }
        said = words[self.word]
        if self.word is None and self.fewer:
            said = _("BIC prefers {audiences}, but {fewer} do almost as well")
        return said.format(audiences=_audiences(self.n_audiences), fewer=number(self.fewer or 0))

    @property
    def sentence(self) -> str:
        """The verdict with its reasons."""
        return " ".join(part for part in (*self._finding(), *self._doubts(), self._trust()) if part)

    @property
    def _open(self) -> str:
        """Why nothing is decided."""
        if self.largest == 1:
            return "untried"
        return "small" if self.too_small else "hidden" if self.unidentified else "blind"

    def _finding(self) -> list[str]:
        k, runner_up = _audiences(self.n_audiences), number(self.runner_up)
        figures = {"best": number(self.bic), "age": number(self.age_bic or 0)}
        if self.finding == "none":
            said = _("One group describes these answers best: no audiences (BIC of {runner_up} is {gap} points worse).")
            return [said.format(runner_up=_audiences(self.runner_up), gap=number(self.gap))]
        if self.finding == "undecided":
            words = {
                "untried": _("Nothing was compared with one group: try two audiences or more."),
                "small": _("The answers hang together, but in too few people: ask more people."),
                "hidden": _(
                    "The answers hang together, but these questions cannot tell audiences: ask more questions."
                ),
                "blind": _("BIC prefers one group, but these questions could not tell audiences: ask more questions."),
            }
            return [words[self._open]]
        if self.finding == "age":
            said = _(
                "Age alone is enough: answers that simply change with age describe these people better than any number "
                "of audiences (BIC {age} against {best})."
            )
            return [said.format(**figures)]
        if self.finding == "question" and not self.question:
            said = _("The {audiences} hardly differ in any question: they are no audiences.")
            return [said.format(audiences=k)]
        if self.finding == "question":
            said = _("The {audiences} differ in one question only ({question}): a question split in two, no audiences.")
            return [said.format(audiences=k, question=item_label(self.question))]
        said = _("BIC prefers {audiences}; runner-up is {runner_up}, {gap} points behind.")
        parts = [said.format(audiences=k, runner_up=runner_up, gap=number(self.gap))]
        if self.age_bic is not None:
            parts.append(_("Age alone is not enough (BIC {age} against {best}).").format(**figures))
        if self.fewer:
            said = _("{fewer} already reach {share} of BIC's fall: more audiences describe, they do not separate.")
            parts.append(said.format(fewer=number(self.fewer), share=percent(self.fewer_fall, 1)))
        if self.n_audiences == self.largest:
            parts.append(_("BIC still falls at the largest number tried: try more, or read them as a description."))
        return parts

    def _doubts(self) -> list[str]:
        doubts = [
            (self.unidentified, _("{k} would fit better, but these questions cannot tell their profiles.")),
            (self.too_small, _("{k} would fit better, but one of them would hold too few people.")),
            (self.by_design, self._design()),
            (
                self.by_bands,
                _("With a free share per band of age {k} are enough: the rest mends a curve that does not fit."),
            ),
        ]
        parts = [said.format(k=_audiences(k)) for k, said in doubts if k]
        if self.age_is_normal and self.finding == "audiences":
            parts.append(_("Ages were taken as normal within an audience: an uneven age mix can look like audiences."))
        return parts

    def _design(self) -> str:
        if self.weights_matter:
            return _(
                "dAIC, which takes the survey weights into account, prefers {k}, and AIC does not: weights matter."
            )
        return _("dAIC, which takes the survey weights into account, prefers {k}, as AIC does: weights change little.")

    def _trust(self) -> str:
        if self.word is None:
            return ""
        words = {
            "natural": _("Natural: two surveys agree about who belongs together ({ari}), and the audiences separate."),
            "reproducible": _(
                "Reproducible: two surveys agree about who belongs together ({ari}), though they overlap."
            ),
            "constructed": _("Constructed: two surveys of this size disagree about who belongs together ({ari})."),
        }
        agreement = dict(self.agreement)
        said = words[self.word].format(ari=_rand(agreement[self.n_audiences]))
        if self.word == "constructed" and self.reproducible:
            said += " " + _(
                "They agree on {audiences} ({ari}): rely on these, and read the rest as a description."
            ).format(audiences=_audiences(self.reproducible), ari=_rand(agreement[self.reproducible]))
        return said

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"{self.headline}. {self.sentence}"

    def _repr_html_(self) -> str:
        return f"<p><b>{self.headline}.</b> {self.sentence}</p>"


def judge_audiences(choice: pd.DataFrame, stability: pd.DataFrame | None = None, *, smallest: float = 0) -> Verdict:
    """What may be said about the number of audiences?

    The rules: (1) the number is BIC's best among the identified ones; (2) "none" when it is 1, no other number has a
    smaller BIC, identified or not, and another one is identified; (3) "age" when the model in which every item follows
    its own quadratic in age has the smallest BIC of all; (4) "undecided" when the number is 1 otherwise, or worse than
    age; (5) "question" when fewer than two different questions tell the audiences apart; (6) when fewer audiences (two
    or more) reach .95 of BIC's fall, more describe and do not separate. With `stability`: "constructed" when the median
    adjusted Rand index of two surveys is below .8, by age and answers or by answers only; otherwise "natural" when
    ICL-BIC, which counts overlap, prefers the same number, else "reproducible". The two limits are this package's own
    conventions.

    Parameters
    ----------
    choice : DataFrame
        From `choose_audiences`.
    stability : DataFrame, optional
        From `global_stability`, of the same cells.
    smallest : float
        Numbers with an audience of fewer people are not considered.

    Returns
    -------
    Verdict

    Raises
    ------
    ModelError
        If all people together are fewer than `smallest`.

    References
    ----------
    The words: Dolnicar, Gruen & Leisch (2018, step 2).

    Examples
    --------
    >>> from smm_analysis import Cells, choose_audiences, load_published
    >>> values = load_published("lca_values")
    >>> cells = Cells.from_table(values, items=list(values.columns[:4]), age=None, count="count")
    >>> judge_audiences(choose_audiences(cells, up_to=3, age=None)).headline
    'BIC prefers 2 audiences'
    """
    table, attrs = choice.set_index("n_audiences"), choice.attrs
    known = table[table["identified"] & (table["smallest_share"] * attrs["n"] >= smallest)]
    if known.empty:
        found = f"{smallest} for {attrs['n']} people"
        raise ModelError("smallest", "at most the number of people", found, "Choose fewer, or ask more people.")
    bic, absolute, largest = known["bic"].sort_values(kind="stable"), int(table["bic"].idxmin()), int(table.index.max())
    best, alone = int(bic.index[0]), attrs["age_only"]
    comparable = alone is not None and attrs["age"] != "normal"
    by_age = comparable and alone["bic"] <= bic.iloc[0]
    questions, bands = attrs["questions"][best], attrs["bands"]
    if best == absolute == 1 and table["identified"].drop(1).any():
        finding, bic = "none", table["bic"].sort_values(kind="stable")
    elif by_age and largest > 1 and alone["bic"] <= table["bic"][absolute]:
        finding = "age"
    elif best == 1 or by_age:
        finding = "undecided"
    else:
        finding = "question" if len(questions) < 2 else "audiences"
    fall = (table["bic"][1] - known["bic"]) / (table["bic"][1] - bic.iloc[0]) if best > 1 else known["bic"] * 0
    fewer = [k for k in fall.index if 1 < k < best and fall[k] >= SLOW]
    better, identified = absolute != best and finding != "age", table["identified"][absolute]
    by_design = int(known["daic"].idxmin()) if "daic" in known else best
    bands_differ = (
        bands is not None and bands["n_audiences"] < best and bands["bic"] < table["bic"][bands["n_audiences"]]
    )
    return Verdict(
        n_audiences=best,
        finding=finding,
        runner_up=int(bic.index[1]) if len(bic) > 1 else best,
        gap=float(bic.iloc[1] - bic.iloc[0]) if len(bic) > 1 else 0.0,
        bic=float(bic.iloc[0]),
        largest=largest,
        fewer=fewer[0] if fewer else None,
        fewer_fall=float(fall[fewer[0]]) if fewer else 0.0,
        question=questions[0] if questions else "",
        age_bic=alone["bic"] if comparable else None,
        unidentified=absolute if better and not identified else None,
        too_small=absolute if better and identified else None,
        by_bands=bands["n_audiences"] if bands_differ else None,
        by_design=by_design if by_design != best else None,
        weights_matter=by_design != int(known["aic"].idxmin()),
        separate=best == int(known["icl_bic"].idxmin()),
        age_is_normal=attrs["age"] == "normal",
        agreement=() if stability is None else _agreement(stability),
    )


def _agreement(stability: pd.DataFrame) -> tuple[tuple[int, float], ...]:
    """For every number of audiences the smaller of the two medians."""
    smaller = stability.groupby("n_audiences")["estimate"].min()
    return tuple((int(k), float(value)) for k, value in smaller.items())


def _audiences(n: int) -> str:
    return plural("{n} audience", "{n} audiences", n).format(n=number(n))


def _rand(value: float) -> str:
    return _("adjusted Rand index {value}").format(value=number(value, 2))
