"""What the columns of a survey are, which of them are one question about platforms, and which question is better.

Every column gets the first kind for which the evidence of its header and its answers is at least one half.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..words import _
from .answers import Lister, age, birthday, born, dated_band, number, personal, silent, yes_no
from .reading import ASKED, canonical, coding_of, understood
from .rows import CODE, RawTable
from .vocabulary import means, mentioned, mentions, platform_of, tidy

# How a header names an option: 'Which? [Facebook]', 'Which? - Facebook', 'Which?: Facebook', 'networks/facebook'
OPTION = (r"(.*?)\s*\[([^\[\]]+)\]\s*", r"(.{4,}?)\s[-–—]\s([^?]{1,60})", r"([^:/]{2,}?)(?::\s|/)([^:/]{1,40})")


@dataclass
class Column:
    """A column: its question, and each answer with the number of people who gave it (silence left out)."""

    name: str
    question: str
    counts: dict[str, int]
    rows: int = 0
    stem: str = ""  # the question that it shares with others
    option: str = ""  # what it asks about: the text in brackets, after a dash, or the platform that its header names

    def __post_init__(self):
        self.n, self.head = sum(self.counts.values()), f"{self.name} {self.question}".replace("_", " ")

    def share(self, reader) -> float:
        """The share of people whose answer this reader understands."""
        return understood(self.counts, reader)

    @cached_property
    def lister(self) -> Lister:
        """How its cells separate answers."""
        return Lister.learn(list(self.counts)[:1000])

    @cached_property
    def lists(self) -> list[set]:
        """The platforms that each of its answers names."""
        return [set(map(platform_of, self.lister.split(answer))) - {None} for answer in self.counts]

    @cached_property
    def listed(self) -> float:
        """The share of people who name a platform in their cell, or say 'none'; 0 where nobody names one."""
        pairs = list(zip(self.counts.items(), self.lists, strict=True)) if self.share(number) <= 0.5 else []
        if not any(named and not means("ambiguous", text) for (text, _k), named in pairs):
            return 0.0  # 'x' and 'ok' alone are a tick and a comment
        return sum(k for (text, k), named in pairs if named or means("none", text)) / self.n

    @property
    def several(self) -> bool:
        """Does anybody name two options that are known or frequent?"""
        split = {answer: set(map(canonical, self.lister.split(answer))) for answer in self.counts}
        counts = Counter(option for options in split.values() for option in options)
        known = {option for option in counts if counts[option] > 1 or platform_of(option)}
        return any(len(options & known) > 1 for options in split.values())

    @property
    def plain(self) -> bool:
        """Does it ask about the person alone, not about using something or about somebody else?"""
        head = re.sub(r"\(.*?\)", "", self.head)
        return not self.option and not mentions("elsewise", head) and not mentions("use", head)


def describe(raw: RawTable) -> dict[str, Column]:
    """Every column with its question, answers and, where headers are made of both, stem and option."""
    made = []
    for name in raw.cells:
        counts = {text: k for text, k in raw.cells[name].value_counts().items() if not silent(text)}
        question = re.sub(r"\s+-\s+Selected Choice$", "", raw.questions[name])
        parts = next((found for pattern in OPTION if (found := re.fullmatch(pattern, question))), None)
        option, stem = mentioned(question) or ("", "")
        if parts and (platform_of(parts[2], True) or not option):
            stem, option = parts[1], parts[2]
        elif platform_of(question, True):
            stem, option = "", question
        only = next(iter(counts)) if len(counts) == 1 and sum(counts.values()) < len(raw.cells) else ""
        if (
            not option and platform_of(only) and not means("ambiguous", only)
        ):  # 'Q5_1' of which every answer is 'Facebook' is a tick
            stem, option = re.sub(r"[_\W]?\d+$", "", question), only
        code = r"^\w{1,12}\[\w+\][.:]\s*|^([A-Za-z]{1,6}\d+)+(_\w+)*[.:]?\s*"
        stem = re.sub(r"\d+", "#", re.sub(code, "", stem))
        stem = re.sub(r"\b(an?|the)\s+", "", stem).strip()
        made.append(Column(name, question, counts, len(raw.cells), stem, option))
    about = {column.stem for column in made if platform_of(column.option, True)}
    for place, c in enumerate(made):
        if not (c.stem in about and (c.stem or platform_of(c.option, True))):
            made[place] = replace(c, stem="", option="")
    return {column.name: column for column in made}


def _names(c: Column) -> bool:
    named = mentions("name", c.question) and not mentions("thing", c.question)
    return named and c.share(number) < 0.5 and len(c.counts) > 0.2 * c.n


def _numbers_rows(c: Column) -> bool:
    counted = c.rows > 2 and len(c.counts) == c.rows == c.n and c.share(str.isdigit) == 1
    return counted or bool(re.search(r"(?i)(^|[_\W])id$", c.name) and len(c.counts) == c.n)


def _in_years(text: str) -> bool:
    band = age(text)
    return bool(band) and band[0] == band[1] and 9 < band[0] < 99


KINDS = {
    "empty": lambda c: c.n == 0 and not c.option,
    "platforms in a cell": lambda c: not c.option and c.share(personal) < 0.5 and c.listed,
    "born": lambda c: (
        c.plain and (c.share(birthday) if mentions("birth", c.head) else mentions("age", c.head) and c.share(born))
    ),
    "age": lambda c: c.plain and mentions("age", c.head) and c.share(lambda text: age(text) or dated_band(text)),
    "identifies people": lambda c: max(
        _names(c), mentions("private", c.question) and c.share(yes_no) < 0.9, c.share(personal)
    ),
    "weight": lambda c: mentions("weight", c.head) and c.share(number),
    "one platform": lambda c: bool(c.option),
    "number of the row": _numbers_rows,
    "free answers": lambda c: c.n >= 5 and len(c.counts) > 0.8 * c.n and sum(map(len, c.counts)) > 12 * len(c.counts),
    "perhaps an age": lambda c: (
        c.n >= 5 <= len(c.counts) + 1 and c.share(_in_years) > 0.95 and len(tidy(c.question)) < 12
    ),
}
LEFT_OUT = ("empty", "identifies people", "number of the row", "free answers")


def kind_of(column: Column) -> str:
    """The first kind with evidence of one half or more."""
    return next((kind for kind, evidence in KINDS.items() if (evidence(column) or 0) >= 0.5), "other")


# Questions about platforms --------------------------------------------------------------------------------------------


@dataclass
class Question:
    """Columns that ask one thing about platforms."""

    text: str
    columns: dict[str, str]  # column -> platform; of a list in a cell the one column -> ""
    coding: str
    topic: int  # 3 use, 2 only 'networks' or a bare name, 1 words that are not known, 0 something else than use
    several: bool = True  # can a person name two platforms?
    known: int = 0
    named: bool = False  # is its text a question that all its columns share?
    typed: list[str] = field(default_factory=list)  # columns in which people typed other names

    @property
    def listed(self) -> bool:
        """Do people list platforms in one cell?"""
        return "" in self.columns.values()


def questions_of(columns: dict[str, Column], kinds: dict[str, str]) -> list[Question]:
    """All questions about platforms."""
    groups, found = {}, []
    for name, kind in kinds.items():
        if kind == "one platform":
            groups.setdefault(columns[name].stem, []).append(columns[name])
        if kind == "platforms in a cell":
            found.append(list_question(columns[name]))
    for stem, members in groups.items():
        known = [c for c in members if platform_of(c.option, True)]
        none = [c for c in columns.values() if not stem and means("none", c.question)]
        found.append(tick_question(members if stem else [*known, *none], stem, len(known)))
    typed = {name for question in found for name in typed_beside(question, columns)}
    return [question for question in found if not typed & set(question.columns)]


def tick_question(members: list[Column], stem: str, known: int) -> Question:
    """One column per platform."""
    typed = [c for c in members if means("other", c.option) and c.share(yes_no) < 0.5]
    members = [c for c in members if c not in typed]
    pairs = {c.name: "none" if means("none", c.question) else canonical(c.option or c.name) for c in members}
    coding = coding_of({c.option or c.name: c.counts for c in members}, members[0].head)
    topic = 0 if coding == "opinions" else _topic(stem)
    text, typed = stem or ", ".join(pairs), [c.name for c in typed]
    return Question(text, pairs, coding, topic, known=known, named=bool(stem), typed=typed)


def list_question(c: Column) -> Question:
    """One column whose cells name platforms; when no cell names two, it holds one platform per person."""
    several, known = c.several, len(set().union(*c.lists))
    both = known == 2 and any(means("all", answer) for answer in c.counts)
    coding = "a list in a cell" if several or both else "one platform per person"
    return Question(c.question, {c.name: ""}, coding, _topic(c.question), several or both, known)


def typed_beside(question: Question, columns: dict[str, Column]) -> list[str]:
    """Columns in which people typed what else they use, beside a list: 'Which? - Other - Text'."""
    found = (c for c in columns.values() if c.question.startswith(question.text) and c.name not in question.columns)
    return [c.name for c in found if means("other", c.question[len(question.text) :].strip(" -–—[]:")) and not c.option]


def _topic(stem: str) -> int:
    text = re.sub(r"[_\[\]/:#-]+", " ", stem).strip()
    if mentions("elsewise", text):
        return 0
    bare = len(text) <= 4 or CODE.fullmatch(stem)
    return 3 if mentions("use", text) else 2 if bare or mentions("noun", text) or mentions("unit", text) else 1


def beats(a: Question, b: Question) -> str:
    """Why a is to be preferred to b, by a rule that can be said aloud; '' where no rule decides."""
    alike = a.topic == b.topic and a.several == b.several
    same = b.listed and not a.listed and a.text.strip(" []/:") in b.columns
    rules = {
        _("it asks about something else than use"): a.topic > 0 == b.topic,
        _("the same question, one column per platform, is read"): same,
        _("it cannot be read as yes and no"): b.coding in ASKED and a.coding not in ASKED and a.topic >= b.topic,
        _("it names one platform per person"): a.topic >= 2 and a.several > b.several,
        _("another one asks about use"): a.topic > b.topic and a.several >= b.several,
        _("another one says yes or no"): alike and a.coding == "yes or no" != b.coding and a.known >= b.known,
        _("it asks about one platform only"): alike and a.known > 1 == b.known and not b.listed,
    }
    return next((why for why, holds in rules.items() if holds), "")


def examples(question: Question, columns: dict[str, Column], few: int = 5) -> str:
    """Two answers that at least five people gave: a message tells on nobody."""
    counts = Counter()
    for name in question.columns:
        counts |= Counter(columns[name].counts)
    often = [text for text, k in counts.most_common() if k >= few]
    return ", ".join(text[:25] for text in sorted(often, key=lambda text: len(text) > 25)[:2])
