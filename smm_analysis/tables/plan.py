"""The plan of a survey: what every column is, which question says what people use, which column is the age.

Every column gets the first kind for which the evidence of its header and its answers is at least one half. Of several
candidates one rule decides, or it is asked.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property, reduce
from itertools import islice
from operator import or_
from os.path import commonprefix
from textwrap import shorten

import pandas as pd

from ..errors import TableError
from ..words import _
from .answers import age, birthday, dated_band, number, personal, silent, yes_no
from .asking import Undecided
from .files import CODE, RawTable
from .reading import ASKED, MOST, Log, canonical, coding_of, splitter, understood
from .vocabulary import means, mentioned, mentions, platform_of

# How a header names an option: 'Which? [Facebook]', 'Which? - Facebook', 'Which?: Facebook', 'networks/facebook'
OPTION = (r"(.*?)\s*\[([^\[\]]+)\]\s*", r"(.{4,}?)\s[-–—]\s([^?]{1,60})", r"([^:/]{2,}?)(?::\s|/)([^:/]{1,40})")
LEFT_OUT = ("empty", "identifies people", "number of the row", "free answers")


@dataclass(eq=False)
class Column:
    """A column: what it asks, its cells, and how often each answer was given; in the end a line of the ledger."""

    name: str
    question: str
    cells: pd.Series
    stem: str = ""  # the question that it shares with others
    option: str = ""  # what it asks about: the text in brackets, after a dash, or the platform that its header names
    platform: str = ""
    taken: str = ""
    why: str = ""

    def __post_init__(self):
        counts = Counter(self.cells.tolist()).most_common()  # far faster than value_counts on text
        self.counts = {text: k for text, k in counts if isinstance(text, str) and not silent(text)}
        self.n = sum(self.counts.values())
        self.head = re.sub(r"_|(?<=[a-z0-9])(?=[A-Z][a-z])", " ", f"{self.name} {self.question}")

    def share(self, reader) -> float:
        """The share of people whose answer this reader understands."""
        return understood(self.counts, reader)

    @cached_property
    def split(self) -> Callable[[str], list[str]]:
        """From an answer to the options that it lists."""
        return cache(splitter(list(self.counts)[:1000]))

    @property
    def plain(self) -> bool:
        """Does it ask about the person alone, not about using something or about somebody else?"""
        head = re.sub(r"\(.*?\)", "", self.head)
        return not (self.option or any(mentions(word, head) for word in ("elsewise", "use", "event")))

    @cached_property
    def kind(self) -> str:
        """The first kind with evidence of one half or more."""
        return next((kind for kind, evidence in KINDS.items() if (evidence(self) or 0) >= 0.5), "other")


def describe(raw: RawTable) -> list[Column]:
    """Every column; where headers are made of a question and an option, with both."""
    questions = {name: re.sub(r"\s+-\s+Selected Choice(?= - |$)", "", raw.questions[name]) for name in raw.cells}
    columns = [Column(name, question, _decoded(raw.cells[name], question)) for name, question in questions.items()]
    for c in columns:
        asked = re.sub(r"^([^\s/]+/)+(?=[^\s/]+/[^\s/]+$)", "", c.question)  # 'group/question/option' of KoboToolbox
        parts = next((found for pattern in OPTION if (found := re.fullmatch(pattern, asked))), None)
        chosen = [*islice((text for text in c.counts if yes_no(text) != 0), 2)]  # 'Facebook' beside 'Not selected'
        only = chosen[0] if len(chosen) == 1 and c.counts[chosen[0]] < len(c.cells) else ""
        c.option, stem = mentioned(c.question) or ("", "")
        if parts and (platform_of(parts[2], True) or not c.option):
            stem, c.option = parts[1], parts[2]
        elif platform_of(c.question, True) and not (f"({stem})" in c.question and _topic(stem) in (0, 3)):
            stem, c.option = "", c.question
        elif not c.option and platform_of(only) and not means("ambiguous", only):
            stem, c.option = re.sub(r"[_\W]?\d+$", "", c.question), only  # 'Q5_1', where all say 'Facebook'
        stem, c.option = ("", "") if _about_others(c) else (stem, c.option)
        stem = re.sub(r"^(?:[^\W_]{0,8}\d+[_ ]?[a-z]\b|[A-Z]{3,}[_ ][a-z]\b|\(?[a-z]\)?(?=[.)]|$))[.):]*\s*", "", stem)
        stem = re.sub(r"^\w{1,12}\[\w+\][.:]\s*|^([A-Za-z]{1,6}\d+)+(_\w+)*[.:]?\s*", "", stem)
        c.stem = re.sub(r"\b(an?|the)\s+", "", re.sub(r"\d+", "#", stem)).strip()
    about = {c.stem for c in columns if platform_of(c.option, True)}
    for c in columns:
        if c.stem not in about or not (c.stem or platform_of(c.option, True)):
            c.stem = c.option = ""
    return columns


def _about_others(c: Column) -> bool:
    """Do most people name platforms that the header does not: 'Which messenger do you use?' 'Signal'?"""
    own = platform_of(c.option, True)
    named = lambda text: not means("ambiguous", text) and bool({*map(platform_of, c.split(text))} - {None, own})
    return own is not None and c.share(named) > 0.5


def _lists_platforms(c: Column) -> float:
    """The share of people who name a platform or say 'none'; 'x' and 'ok' alone are a tick and a comment."""
    if c.option or c.share(personal) >= 0.5 or c.share(number) > 0.5:
        return 0.0
    naming = {text for text in [*c.counts][:MOST] if any(map(platform_of, c.split(text)))}
    if all(means("ambiguous", text) for text in naming):
        return 0.0
    return c.share(lambda text: text in naming or means("none", text))


def _is_private(c: Column) -> float:
    named = mentions("name", c.question) and not mentions("thing", c.question) and c.share(number) < 0.5
    private = mentions("private", c.question) and max(c.share(yes_no), c.share(_is_small)) < 0.9
    named = named and c.share(yes_no) < 0.9 and len(c.counts) > 0.2 * c.n
    return max(named, private, c.share(personal))


def _numbers_rows(c: Column) -> bool:
    values = [number(text) if text.isdecimal() else None for text in c.counts]
    counted = 2 < len(c.cells) == c.n and None not in values and max(values) - min(values) < c.n
    return len(c.counts) == c.n and (counted or bool(re.search(r"(?i)(^|[_\W])(id|no|nr|number)$", c.name)))


def _free(c: Column) -> bool:
    long = c.n >= 5 and len(c.counts) > 0.8 * c.n and sum(map(len, c.counts)) > 12 * len(c.counts)
    return long and c.share(number) < 0.5


def _is_small(text: str) -> bool:
    return text.isdigit() and len(text) < 4


def _is_no_kilogram(text: str) -> bool:
    return number(text) is not None and not 30 <= number(text) <= 200


def in_years(text: str) -> bool:
    """Is it an age in years as of who answers surveys?"""
    return bool(band := age(text)) and 9 < band[0] == band[1] < 99


KINDS = {
    "empty": lambda c: c.n == 0 and not c.option,
    "platforms in a cell": _lists_platforms,
    "age": lambda c: c.plain and mentions("age", c.head) and c.share(lambda text: age(text) or dated_band(text)),
    "year of birth": lambda c: c.plain and (mentions("birth", c.head) | mentions("age", c.head)) * c.share(birthday),
    "identifies people": _is_private,
    "survey weight": lambda c: mentions("weight", c.head) and c.share(_is_no_kilogram),
    "weight of a person": lambda c: mentions("weight", c.head) and c.share(number),
    "one platform": lambda c: bool(c.option),
    "number of the row": _numbers_rows,
    "free answers": _free,
    "perhaps an age": lambda c: (
        3 < len(c.counts) and c.share(in_years) > 0.95 and (len(c.question) < 12 or mentions("age", c.head))
    ),
}


def columns_by_kind(columns: list[Column], room: int = 330) -> str:
    """All columns by kind; the names are cut so that every kind is seen."""
    kinds = {}
    for c in columns:
        kinds.setdefault(c.kind, []).append(repr(c.name[:40]))
    each = max(40, room // len(kinds) - 20)
    said = (f"{kind} ({len(n)}): {shorten(', '.join(n), each, placeholder=' ...')}" for kind, n in kinds.items())
    return "The columns: " + "; ".join(said)[: room + 60] + "."


def named(columns: list[Column], argument: str, name: str) -> Column:
    """The column of this name."""
    for c in columns:
        if c.name == name:
            return c
    raise TableError(argument, "names a column", repr(name)[:60], columns_by_kind(columns))


@dataclass(eq=False)
class Question:
    """Columns that ask one thing about platforms."""

    text: str
    members: list[Column]
    coding: str
    topic: int  # 3 use, 2 only 'networks' or a bare name, 1 words that are not known, 0 something else than use
    several: bool = True  # can a person name two platforms?
    known: int = 0
    apart: int = -30  # where thirty letters begin that tell it from other questions
    shared: bool = False  # do all its columns share its text?
    listed: bool = False  # do people list platforms in its one column?
    typed: list[Column] = field(default_factory=list)  # in which people typed other names

    @property
    def key(self) -> str | list[str]:
        """What to type to take it: its column, its text, or its columns."""
        text = self.members[0].name if self.listed else self.text
        if len(text) >= 80:
            return f"{text[:30]}...{text[self.apart :][:30]}"
        return text if self.listed or self.shared else [c.name for c in self.members]

    @property
    def platforms(self) -> set[str | None]:
        """The known platforms that it is about."""
        return {*map(platform_of, self.answers)} if self.listed else {c.platform for c in self.members}

    @property
    def answers(self) -> Counter:
        """Each answer with the number of people who gave it in the column where most did; of lists each option."""
        if not self.listed:
            return reduce(or_, (Counter(c.counts) for c in self.members))
        (c,) = self.members
        return Counter(option for text in c.cells if text in c.counts for option in c.split(text))


def questions_of(columns: list[Column]) -> list[Question]:
    """All questions about platforms."""
    found, groups = [list_question(c) for c in columns if c.kind == "platforms in a cell"], {}
    for c in columns:
        if c.kind == "one platform":
            groups.setdefault(c.stem, []).append(c)
    for stem, members in groups.items():
        known = [c for c in members if platform_of(c.option, True)]
        none = [c for c in columns if not stem and means("none", c.question)]
        found.append(tick_question(members if stem else [*known, *none], stem, len(known)))
        found[-1].shared = bool(stem) and all(c.name != stem for c in columns)
    for question in found:  # 'Which? - Other - Text' beside 'Which?'
        beside = [c for c in columns if c.question.startswith(question.text) and not c.option]
        rest = {c: c.question[len(question.text) :].strip(" -–—[]:") for c in beside if c not in question.members}
        question.typed += [c for c in rest if means("other", rest[c])]
    typed = {c for question in found for c in question.typed}
    found = [question for question in found if not typed & set(question.members)]
    keys = [str(question.key) for question in found]
    for question, key in zip(found, keys, strict=True):
        alike = [other.text for other in found if keys.count(key) > 1 and str(other.key) == key]
        question.apart = len(commonprefix(alike)) if len(set(alike)) > 1 else -30
    return found


def tick_question(members: list[Column], stem: str, known: int) -> Question:
    """One column per platform."""
    typed = [c for c in members if means("other", c.option) and c.share(yes_no) < 0.5]
    typed = typed if len(typed) < len(members) else []
    members = [c for c in members if c not in typed]
    for c in members:
        c.platform = "none" if means("none", c.question) else canonical(c.option or c.name)
    coding = coding_of({c.option or c.name: c.counts for c in members}, members[0].head)
    text = stem or ", ".join(c.name for c in members)
    return Question(text, members, coding, _topic(stem, coding), known=known, typed=typed)


def list_question(c: Column) -> Question:
    """One column whose cells name platforms; where no cell names two, it holds one platform per person."""
    options = [set(map(canonical, c.split(text))) for text in c.counts]
    counts = Counter(option for several in options for option in several)
    known = {option for option in counts if platform_of(option)}
    frequent = known | {option for option in counts if counts[option] > 1}
    both = len(known) == 2 and any(means("all", text) for text in c.counts)
    several = both or any(len(each & frequent) > 1 for each in options)
    coding = "a list in a cell" if several else "one platform per person"
    return Question(c.question, [c], coding, _topic(c.question), several, len(known), listed=True)


def _topic(stem: str, coding: str = "") -> int:
    text = re.sub(r"[_\[\]/:#-]+", " ", stem).strip()
    if mentions("elsewise", text):
        return 0
    bare = len(text) <= 4 or CODE.fullmatch(re.sub(r"_\d+$", "", stem))  # 'platform_2' is a second one, no code
    noun = mentions("noun", text) or (coding == "amounts" and mentions("unit", text))
    return 3 if mentions("use", text) else 2 if bare or noun else 1


def beats(a: Question, b: Question) -> str:
    """Why a is to be preferred to b, by a rule that can be said aloud; '' where no rule decides."""
    alike = a.topic == b.topic and a.several == b.several
    rules = {
        _("it asks about something else than use"): a.topic > 0 == b.topic,
        _("it cannot be read as yes and no"): b.coding in ASKED and a.coding not in ASKED and a.topic >= b.topic,
        _("it names one platform per person"): a.topic >= 2 and a.several > b.several,
        _("another one asks about use"): a.topic > b.topic and a.several >= b.several,
        _("it asks what people use most"): a.topic == 3
        and mentions("most", b.text) > mentions("most", a.text)
        and b.platforms - {None} <= a.platforms,
        _("another one says yes or no"): alike and a.coding == "yes or no" != b.coding and a.known >= b.known,
        _("it asks about one platform only"): alike and a.known > 1 == b.known and not b.listed,
    }
    return next((why for why, holds in rules.items() if holds), "")


def settle_platforms(columns: list[Column], log: Log) -> Question:
    """The one question that says what people use; several that no rule tells apart are asked."""
    found = questions_of(columns)
    if not found:
        remedy = f"Name them: platforms=[...], or {{column: platform, ...}}. {columns_by_kind(columns)}"
        raise TableError("platforms", "a survey names platforms", "none that is recognised", remedy)
    beaten = [q for q in found if any(beats(other, q) and not beats(q, other) for other in found)]
    free = sorted((q for q in found if q not in beaten), key=lambda q: (-q.topic, -q.several, -q.known)) or found
    if len(free) > 1 or free[0].topic < 2:
        only = _("the only question on platforms may ask about something else than use; take it?")
        rule = only if len(free) == 1 else _("which question says what people use?")
        raise Undecided("platforms", rule, [(_shown(q), q.key) for q in free])
    apart = [q for q in found if q is not free[0] and q.topic and _goes_with(q, free[0])]
    if apart:
        whole = [c.name for q in (free[0], *apart) for c in q.members]
        rule = _("other columns ask in other words about other platforms: do they belong together?")
        remedy = f"They are {len(whole)} columns, from {whole[0][:40]!r} to {whole[-1][:40]!r}."
        raise Undecided("platforms", rule, [(_shown(free[0]), free[0].key), (_("all of them"), whole)], remedy)
    times = Counter(c.platform for c in free[0].members)
    if len(times) > 1 and min(times.values()) > 1:
        asked, remedy = f"columns such as {free[0].members[0].name[:40]!r}", "Name those of one wave: platforms=[...]."
        raise TableError("platforms", "not every platform is asked for several times", asked, remedy)
    for other in (q for q in found if q is not free[0]):
        why = beats(free[0], other) or _("a tie")
        log.say(_("Not taken: {question!r}: {why}."), question=other.text[:70], why=why)
        for c in other.members:
            c.why = why
    return free[0]


def _goes_with(one: Question, other: Question) -> bool:
    """Do both ask alike, about other platforms each, in other words: 'Do you use VK?', 'Do you watch TikTok?'"""
    alike = one.coding == other.coding and {*one.answers} & {*other.answers} and not (one.listed or other.listed)
    return bool(alike) and {c.platform for c in one.members}.isdisjoint(c.platform for c in other.members)


def _shown(question: Question, few: int = 5) -> str:
    """A question with two whole answers that at least five people gave: a message tells on nobody."""
    often = [text for text, k in question.answers.most_common() if k >= few and len(text) <= 30][:2]
    text = (
        question.text if len(question.text) <= 60 else f"{question.text[:28]}...{question.text[question.apart :][:28]}"
    )
    return f"{text!r}, {question.coding}" + (f" ({', '.join(often)})" if often else "")


def _decoded(cells: pd.Series, question: str) -> pd.Series:
    """Codes as words, where the question is a code book of all of them: 'Facebook (1 = yes, 2 = no)'."""
    book = dict(re.findall(r"\b(\d{1,2})\s*[=:–-]\s*((?:[^\W\d]|\d+\D)[^,;()=|]*?)\s*(?=[,;()=|]|$)", question))
    whole = len(book) > 1 and all(text in book or silent(text) for text in {*cells.dropna()} - {"8", "9", "98", "99"})
    return cells.map(lambda text: book.get(text, text), na_action="ignore") if whole else cells
