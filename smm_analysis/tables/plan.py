"""The plan of a survey: what every column is, which question says what people use, which column is the age.

One rule decides, or it is asked. Every column gets the first kind for which the evidence of its header and its answers
is at least one half.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _
from .answers import age, birthday, born, dated_band, number, personal, silent, yes_no
from .asking import Undecided
from .files import CODE, RawTable
from .reading import ASKED, Log, age_coding, canonical, coding_of, splitter, understood
from .vocabulary import means, mentioned, mentions, platform_of, tidy

# How a header names an option: 'Which? [Facebook]', 'Which? - Facebook', 'Which?: Facebook', 'networks/facebook'
OPTION = (r"(.*?)\s*\[([^\[\]]+)\]\s*", r"(.{4,}?)\s[-–—]\s([^?]{1,60})", r"([^:/]{2,}?)(?::\s|/)([^:/]{1,40})")
LEFT_OUT = ("empty", "identifies people", "number of the row", "free answers")


@dataclass(eq=False)
class Column:
    """A column: its question, the cells, and the question (stem) that it shares with others, if it is an option."""

    name: str
    question: str
    cells: pd.Series
    stem: str = ""
    option: str = ""  # what it asks about: the text in brackets, after a dash, or the platform that its header names
    taken: str = ""  # for the ledger: what it is taken for, and why
    why: str = ""

    @cached_property
    def counts(self) -> dict[str, int]:
        """Each answer with the number of people who gave it."""
        return {text: k for text, k in self.cells.value_counts().items() if not silent(text)}

    @cached_property
    def n(self) -> int:
        """People who answered."""
        return sum(self.counts.values())

    @property
    def head(self) -> str:
        """All that its header says."""
        return f"{self.name} {self.question}".replace("_", " ")

    def share(self, reader) -> float:
        """The share of people whose answer this reader understands."""
        return understood(self.counts, reader)

    @cached_property
    def split(self):
        """How its cells separate answers."""
        return splitter(list(self.counts)[:1000])

    @cached_property
    def named(self) -> dict[str, set]:
        """The platforms that each of its answers names."""
        return {answer: set(map(platform_of, self.split(answer))) - {None} for answer in self.counts}

    @cached_property
    def listed(self) -> float:
        """The share of people who name a platform in their cell, or say 'none'; 0 where nobody names one."""
        if self.share(number) > 0.5 or not any(
            self.named[text] and not means("ambiguous", text) for text in self.named
        ):
            return 0.0  # 'x' and 'ok' alone are a tick and a comment
        return sum(k for text, k in self.counts.items() if self.named[text] or means("none", text)) / self.n

    @property
    def several(self) -> bool:
        """Does anybody name two options that are known or frequent?"""
        split = [set(map(canonical, self.split(answer))) for answer in self.counts]
        counts = Counter(option for options in split for option in options)
        known = {option for option in counts if counts[option] > 1 or platform_of(option)}
        return any(len(options & known) > 1 for options in split)

    @property
    def plain(self) -> bool:
        """Does it ask about the person alone, not about using something or about somebody else?"""
        head = re.sub(r"\(.*?\)", "", self.head)
        return not self.option and not mentions("elsewise", head) and not mentions("use", head)

    @cached_property
    def kind(self) -> str:
        """The first kind with evidence of one half or more."""
        return next((kind for kind, evidence in KINDS.items() if (evidence(self) or 0) >= 0.5), "other")


def describe(raw: RawTable) -> dict[str, Column]:
    """Every column; where headers are made of a question and an option, with both."""
    columns = {
        name: Column(name, re.sub(r"\s+-\s+Selected Choice$", "", raw.questions[name]), raw.cells[name])
        for name in raw.cells
    }
    for c in columns.values():
        parts = next((found for pattern in OPTION if (found := re.fullmatch(pattern, c.question))), None)
        only = next(iter(c.counts)) if len(c.counts) == 1 and c.n < len(c.cells) else ""
        c.option, stem = mentioned(c.question) or ("", "")
        if parts and (platform_of(parts[2], True) or not c.option):
            stem, c.option = parts[1], parts[2]
        elif platform_of(c.question, True):
            stem, c.option = "", c.question
        if not c.option and platform_of(only) and not means("ambiguous", only):
            stem, c.option = (
                re.sub(r"[_\W]?\d+$", "", c.question),
                only,
            )  # 'Q5_1', always answered 'Facebook', is a tick
        stem = re.sub(r"^\w{1,12}\[\w+\][.:]\s*|^([A-Za-z]{1,6}\d+)+(_\w+)*[.:]?\s*", "", stem)
        c.stem = re.sub(r"\b(an?|the)\s+", "", re.sub(r"\d+", "#", stem)).strip()
    about = {c.stem for c in columns.values() if platform_of(c.option, True)}
    for c in columns.values():
        if c.stem not in about or not (c.stem or platform_of(c.option, True)):
            c.stem = c.option = ""
    return columns


# Kinds of columns -----------------------------------------------------------------------------------------------------


def _is_private(c: Column) -> float:
    name = mentions("name", c.question) and not mentions("thing", c.question) and c.share(number) < 0.5
    return max(
        name and len(c.counts) > 0.2 * c.n, mentions("private", c.question) and c.share(yes_no) < 0.9, c.share(personal)
    )


def _numbers_rows(c: Column) -> bool:
    counted = 2 < len(c.cells) == len(c.counts) == c.n and c.share(str.isdigit) == 1
    return counted or bool(re.search(r"(?i)(^|[_\W])id$", c.name) and len(c.counts) == c.n)


def _in_years(text: str) -> bool:
    band = age(text)
    return bool(band) and band[0] == band[1] and 9 < band[0] < 99


KINDS = {
    "empty": lambda c: c.n == 0 and not c.option,
    "platforms in a cell": lambda c: not c.option and c.share(personal) < 0.5 and c.listed,
    "year of birth": lambda c: c.plain and _tells_birth(c),
    "age": lambda c: c.plain and mentions("age", c.head) and c.share(lambda text: age(text) or dated_band(text)),
    "identifies people": _is_private,
    "survey weight": lambda c: mentions("weight", c.head) and c.share(number),
    "one platform": lambda c: bool(c.option),
    "number of the row": _numbers_rows,
    "free answers": lambda c: c.n >= 5 and len(c.counts) > 0.8 * c.n and sum(map(len, c.counts)) > 12 * len(c.counts),
    "perhaps an age": lambda c: (
        c.n >= 5 <= len(c.counts) + 1 and c.share(_in_years) > 0.95 and len(tidy(c.question)) < 12
    ),
}


def _tells_birth(c: Column) -> float:
    return c.share(birthday) if mentions("birth", c.head) else mentions("age", c.head) and c.share(born)


# Questions about platforms --------------------------------------------------------------------------------------------


@dataclass(eq=False)
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

    def key(self, columns: dict[str, Column], found: list) -> str | list[str]:
        """What to type to take it: its column, its text, or its columns."""
        if self.listed:
            return next(iter(self.columns))
        if len(self.text) < 80:
            return self.text if self.named and self.text not in columns else list(self.columns)
        alone = sum(other.text.startswith(self.text[:60]) for other in found) == 1
        return f"{self.text[:60]}..." if alone else self.text

    def answers(self, columns: dict[str, Column]) -> Counter:
        """Each answer with the number of people who gave it, in the column where most did; of lists each option."""
        counts = Counter()
        for c in (columns[name] for name in self.columns):
            pairs = (
                (option, k) for text, k in c.counts.items() for option in (c.split(text) if self.listed else [text])
            )
            own = Counter()
            for option, k in pairs:
                own[option] += k
            counts |= own
        return counts


def questions_of(columns: dict[str, Column]) -> list[Question]:
    """All questions about platforms."""
    found, groups = [list_question(c) for c in columns.values() if c.kind == "platforms in a cell"], {}
    for c in columns.values():
        if c.kind == "one platform":
            groups.setdefault(c.stem, []).append(c)
    for stem, members in groups.items():
        known = [c for c in members if platform_of(c.option, True)]
        none = [c for c in columns.values() if not stem and means("none", c.question)]
        found.append(tick_question(members if stem else [*known, *none], stem, len(known)))
    for question in found:
        question.typed += [name for name in _typed_beside(question, columns) if name not in question.typed]
    typed = {name for question in found for name in question.typed}
    return [question for question in found if not typed & set(question.columns)]


def tick_question(members: list[Column], stem: str, known: int) -> Question:
    """One column per platform."""
    typed = [c for c in members if means("other", c.option) and c.share(yes_no) < 0.5]
    members = [c for c in members if c not in typed]
    pairs = {c.name: "none" if means("none", c.question) else canonical(c.option or c.name) for c in members}
    coding = coding_of({c.option or c.name: c.counts for c in members}, members[0].head)
    topic, text, typed = 0 if coding == "opinions" else _topic(stem), stem or ", ".join(pairs), [c.name for c in typed]
    return Question(text, pairs, coding, topic, known=known, named=bool(stem), typed=typed)


def list_question(c: Column) -> Question:
    """One column whose cells name platforms; when no cell names two, it holds one platform per person."""
    known = len(set().union(*c.named.values()))
    several = c.several or (known == 2 and any(means("all", answer) for answer in c.counts))
    coding = "a list in a cell" if several else "one platform per person"
    return Question(c.question, {c.name: ""}, coding, _topic(c.question), several, known)


def _typed_beside(question: Question, columns: dict[str, Column]) -> list[str]:
    """Columns in which people typed what else they use, beside a list: 'Which? - Other - Text'."""
    rest = {c.name: c.question.removeprefix(question.text) for c in columns.values() if not c.option}
    rest = {
        name: text for name, text in rest.items() if text != columns[name].question and name not in question.columns
    }
    return [name for name, text in rest.items() if means("other", text.strip(" -–—[]:"))]


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


# What decides, and what is asked --------------------------------------------------------------------------------------


def check_given(columns: dict[str, Column], file: str, **given) -> None:
    """Every column that is named exists; a first row that is a person must not become the questions."""
    for argument, names in given.items():
        for name in (
            []
            if not names or (argument == "platforms" and isinstance(names, str))
            else [names]
            if isinstance(names, str)
            else names
        ):
            if name not in columns:
                raise TableError(argument, "names a column", repr(name)[:60], columns_by_kind(columns))
    for c in columns.values():
        if age(c.name) and not re.search(r"[^\W\d]{3}", c.name) and (c.cells == c.name).any():
            remedy = "Add a first row with a name for every column, such as 'Age'."
            raise TableError(file, "the first row holds the questions", "an age in it, as in the rows below", remedy)


def columns_by_kind(columns: dict[str, Column], room: int = 330) -> str:
    """All columns by kind; the names are cut so that every kind is seen."""
    kinds, said = {}, []
    for c in columns.values():
        kinds.setdefault(c.kind, []).append(repr(c.name[:40]))
    for kind, names in kinds.items():
        lengths = np.cumsum([len(name) + 2 for name in names]) + len(kind) + 8
        shown = max(1, int((lengths <= room // len(kinds)).sum()))
        said.append(f"{kind} ({len(names)}): {', '.join(names[:shown])}{', ...' * (shown < len(names))}")
    return "The columns: " + "; ".join(said)[: room + 60] + "."


def settle_platforms(columns: dict[str, Column], given, log: Log) -> tuple[Question, object]:
    """The one question that says what people use, and what to type to take it; several that no rule parts are asked."""
    found = questions_of(columns)
    if given is not None:
        return _given_question(columns, given, found), given
    if not found:
        remedy = f"Name them: platforms=[...]. {columns_by_kind(columns)}"
        raise TableError("platforms", "a survey names platforms", "none that is recognised", remedy)
    beaten = {id(q) for q in found for other in found if beats(other, q) and not beats(q, other)}
    free = sorted((q for q in found if id(q) not in beaten), key=lambda q: (-q.topic, -q.several, -q.known)) or found
    if len(free) > 1 or free[0].topic < 2:
        rule = _("which question says what people use?")
        if len(free) == 1:
            rule = _("the only question on platforms may ask about something else than use; take it?")
        raise Undecided("platforms", rule, [(_shown(q, columns), q.key(columns, found)) for q in free])
    for other in found:
        if other is not free[0]:
            why = beats(free[0], other) or _("a tie")
            log.say(_("Not taken: {question!r}: {why}."), question=other.text[:70], why=why)
            for name in other.columns:
                columns[name].why = why
    return free[0], free[0].key(columns, found)


def _given_question(columns: dict[str, Column], given, found: list[Question]) -> Question:
    """The question of this text or key, or one made of the columns that are named."""
    for q in found if isinstance(given, str) else ():
        if given in (q.text, q.key(columns, found)):
            return q
    names = [given] if isinstance(given, str) else list(given)
    if isinstance(given, str) and given not in columns:
        raise TableError("platforms", "names a question or columns", repr(given)[:60], columns_by_kind(columns))
    if len(names) == 1 and not isinstance(given, dict) and not columns[names[0]].option:
        return list_question(columns[names[0]])
    chosen = tick_question([columns[name] for name in names], "", len(names))
    chosen.columns = dict(given) if isinstance(given, dict) else chosen.columns
    return chosen


def _shown(question: Question, columns: dict[str, Column], few: int = 5) -> str:
    """A question with two whole answers that at least five people gave: a message tells on nobody."""
    often = [text for text, k in question.answers(columns).most_common() if k >= few and len(text) <= 30][:2]
    return f"{question.text[:60]!r}, {question.coding}" + (f" ({', '.join(often)})" if often else "")


def settle_yes(question: Question, columns: dict[str, Column], yes):
    """Codes mean what a question's own code book says; without one they are asked."""
    if question.coding not in ASKED or yes is not None:
        return yes
    for name in question.columns:
        for code, word in _code_book(columns[name].question).items():
            if yes_no(word):
                return int(code)
    codes = ("1", "2") if question.coding == "codes 1 and 2" else ()
    shown = sorted(text for text, k in question.answers(columns).items() if k >= 5 or text in codes)[:8]
    choices = [(f"{text[:30]!r} means use", int(text) if text.isdigit() else text) for text in shown]
    rule, remedy = f"{question.text[:60]!r}: {ASKED[question.coding]}", "" if choices else "Type yes= and that answer."
    raise Undecided("yes", rule, choices, remedy)


def _code_book(question: str) -> dict[str, str]:
    """The meaning of codes, where a question states it: 'Facebook (1 = yes, 2 = no)'."""
    return {code: word.strip() for code, word in re.findall(r"\b(\d{1,2})\s*[=:]\s*([^,;()=|]+)", question)}


def settle_age(columns: dict[str, Column], given, year, log: Log) -> tuple[Column | None, str, int | None]:
    """The column of the age, how it tells ages, and the year of the interviews."""
    if given is False:
        return None, "", None
    pool = [columns[given]] if given else [c for c in columns.values() if c.kind in ("age", "year of birth")]
    pool = _years_beat_bands(pool) if len(pool) > 1 else pool
    maybe = [c for c in columns.values() if c.kind == "perhaps an age"]
    if len(pool) > 1 or (maybe and not pool):
        rule = _("several columns may be the age")
        if not pool:
            rule = _("no column asks for an age, but these hold numbers like ages")
        raise Undecided("age", rule, [*((c.name, c.name) for c in pool or maybe), (_("no age"), False)])
    if not pool:
        for c in [c for c in columns.values() if c.plain and mentions("age", c.head)][:1]:
            said = _("{column!r} seems to ask for an age, but its answers are not read as ages.")
            log.say(said, column=c.name[:60])
        return None, "", None
    age_of, book = pool[0], _code_book(pool[0].question)
    age_of.cells = age_of.cells.map(lambda text: book.get(text, text), na_action="ignore")
    stamps = [text for c in columns.values() if c is not age_of for text in c.cells.dropna().head(50) if personal(text)]
    years = Counter(found for text in stamps for found in re.findall(r"\b20[0-3]\d\b", text))
    year = year or (int(years.most_common(1)[0][0]) if years else None)
    coding = age_coding(age_of.cells[~age_of.cells.map(silent, na_action="ignore").eq(True)], year)
    return age_of, coding, year if coding == "year of birth" else None


def _years_beat_bands(pool: list[Column]) -> list[Column]:
    """Of ages in years and bands of the same ages the years are read."""
    read = {c.name: c.cells.map(age, na_action="ignore").dropna() for c in pool}
    exact = [c for c in pool if c.kind == "age" and np.mean([a == b for a, b in read[c.name]]) > 0.5]
    for c in pool if len(exact) == 1 else ():
        both = pd.concat([read[exact[0].name], read[c.name]], axis=1, keys="ab").dropna()
        inside = [low <= years[0] < np.nan_to_num(high, nan=200) + 1 for years, (low, high) in both.values]
        if c.kind != "age" or np.mean(inside or [0]) < 0.98:
            return pool
    return exact if len(exact) == 1 else pool
