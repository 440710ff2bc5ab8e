"""The plan of a survey: which question says what people use, which column is the age, which the weight."""

import re
from collections import Counter

import numpy as np

from ..errors import TableError
from ..words import _
from .answers import age as read_age
from .answers import code_book, number, personal, silent, yes_no
from .asking import Undecided
from .people import age_coding
from .questions import (
    Question,
    beats,
    describe,
    examples,
    kind_of,
    list_question,
    questions_of,
    tick_question,
    typed_beside,
)
from .reading import ASKED, Log
from .rows import RawTable
from .vocabulary import mentions


class Plan:
    """What every column of a table is taken for: what was given, what one rule decides; the rest is asked.

    Settled are `question`, `age` (a column or None) with its `coding` and `year`, `weight` (a column or None) and
    `yes`; `aside` holds questions that are not taken, with the reason.
    """

    def __init__(self, raw: RawTable, given: dict, log: Log):
        self.raw, self.cells, self.given, self.log = raw, raw.cells, given, log
        self.columns = describe(raw)
        self.kinds = {name: kind_of(column) for name, column in self.columns.items()}
        self.aside: list[tuple[Question, str]] = []
        self._check_given()
        self.question, self.yes = self._settle_platforms(), given["yes"]
        self._settle_yes()
        self.age, self.coding, self.year = self._settle_age()
        self.weight = self._settle_weight()

    def _check_given(self) -> None:
        """Every column that is named exists; a first row that is a person must not become the questions."""
        for argument in ("platforms", "age", "weight"):
            given = self.given[argument]
            for name in [given] if isinstance(given, str) else given or []:
                if name not in self.columns and not (argument == "platforms" and isinstance(given, str)):
                    raise TableError(argument, "names a column", repr(name)[:60], f"The columns: {self._grouped()}")
        for name in self.columns:
            if read_age(name) and not re.search(r"[^\W\d]{3}", name) and (self.cells[name] == name).any():
                found = "an age in it, as in the rows below"
                remedy = "Add a first row with a name for every column, such as 'Age'."
                raise TableError(self.raw.facts["name"], "the first row holds the questions", found, remedy)

    def _grouped(self, room: int = 330) -> str:
        """All columns by kind; the names are cut so that every kind is seen."""
        said, each = [], room // len(set(self.kinds.values()))
        for kind in dict.fromkeys(self.kinds.values()):
            names = [repr(name[:40]) for name in self.kinds if self.kinds[name] == kind]
            lengths = np.cumsum([len(name) + 2 for name in names]) + len(kind) + 8
            shown = max(1, int((lengths <= each).sum()))
            said.append(f"{kind} ({len(names)}): {', '.join(names[:shown])}{', ...' * (shown < len(names))}")
        return "; ".join(said)[: room + 60] + "."

    def _settle_platforms(self) -> Question:
        """The one question that says what people use; several that no rule tells apart are asked."""
        given, found = self.given["platforms"], self._questions()
        if not found:
            rule, remedy = "a survey names platforms", f"Name them: platforms=[...]. The columns: {self._grouped()}"
            raise TableError("platforms", rule, "none that is recognised", remedy)
        beaten = {id(q) for q in found for other in found if other is not q and beats(other, q) and not beats(q, other)}
        free = sorted((q for q in found if id(q) not in beaten), key=lambda q: (-q.topic, -q.several, -q.known))
        if len(free) != 1 or (free[0].topic < 2 and given is None):
            rule = _("which question says what people use?")
            if len(free) == 1:
                rule = _("the only question on platforms may ask about something else than use; take it?")
            raise Undecided("platforms", rule, [(self._shown(q), self.key_of(q)) for q in free or found])
        best = free[0]
        best.typed = best.typed or typed_beside(best, self.columns)
        self.aside += [(q, beats(best, q)) for q in found if q is not best]
        return best

    def _questions(self) -> list[Question]:
        given, found = self.given["platforms"], questions_of(self.columns, self.kinds)
        self.found = found
        if given is None:
            hopeless = [q for q in found if not q.topic and q.coding in ASKED]
            self.aside += [(q, _("it asks about something else than use")) for q in hopeless]
            return [q for q in found if q not in hopeless] or found
        if isinstance(given, str):
            alike = [q for q in found if self.key_of(q) == given or q.text == given]
            if alike:
                return alike[:1]
            if given not in self.columns:
                raise TableError("platforms", "names a question or columns", repr(given)[:60], self._grouped())
        names = [given] if isinstance(given, str) else list(given)
        if len(names) == 1 and not isinstance(given, dict) and not self.columns[names[0]].option:
            return [list_question(self.columns[names[0]])]
        chosen = tick_question([self.columns[name] for name in names], "", len(names))
        chosen.topic, chosen.columns = 3, dict(given) if isinstance(given, dict) else chosen.columns
        return [chosen]

    def key_of(self, question: Question) -> str | list[str]:
        """What to type to take this question: its column, its text, or its columns."""
        if question.listed:
            return next(iter(question.columns))
        if (not question.named or question.text in self.columns) and len(question.text) < 80:
            return list(question.columns)
        short = f"{question.text[:60]}..."
        alone = sum(other.text.startswith(question.text[:60]) for other in self.found) == 1
        return short if alone and len(question.text) > 80 else question.text

    def _shown(self, question: Question) -> str:
        shown = examples(question, self.columns)
        return f"{question.text[:60]!r}, {question.coding}" + (f" ({shown})" if shown else "")

    def _settle_yes(self) -> None:
        """Codes mean what a question's own code book says; without one they are asked."""
        question = self.question
        if question.coding not in ASKED or self.yes is not None:
            return
        books = (code_book(self.columns[name].question) for name in question.columns)
        self.yes = next((int(code) for book in books for code, word in book.items() if yes_no(word)), None)
        if self.yes is None:
            answers = Counter()
            for name in question.columns:
                answers |= Counter(self.columns[name].counts)
            codes = ("1", "2") if question.coding == "codes 1 and 2" else ()
            shown = sorted(text for text, k in answers.items() if k >= 5 or text in codes)[:8]
            choices = [(f"{text[:30]!r} means use", int(text) if text.isdigit() else text) for text in shown]
            rule = f"{question.text[:60]!r}: {ASKED[question.coding]}"
            raise Undecided("yes", rule, choices, "" if choices else "Type yes= and that answer.")

    def _settle_age(self) -> tuple[str | None, str, int | None]:
        """The column of the age, how it tells ages, and the year of the interviews."""
        given, year, leave_out = self.given["age"], self.given["year"], (_("no age"), False)
        if given is False:
            return None, "", year
        pool = [given] if given else [name for name, kind in self.kinds.items() if kind in ("age", "born")]
        if not pool:
            maybe = [(name, name) for name, kind in self.kinds.items() if kind == "perhaps an age"]
            if maybe:
                rule = _("no column asks for an age, but these hold numbers like ages")
                raise Undecided("age", rule, [*maybe, leave_out])
            asked = [name for name, c in self.columns.items() if c.plain and mentions("age", c.head)]
            if asked:
                said = _("{column!r} seems to ask for an age, but its answers are not read as ages.")
                self.log.notes.append(said.format(column=asked[0][:60]))
            return None, "", year
        pool = self._years_beat_bands(pool) if len(pool) > 1 else pool
        if len(pool) > 1:
            raise Undecided("age", _("several columns may be the age"), [*((name, name) for name in pool), leave_out])
        text = self.cells[pool[0]]
        text = text.where(~text.map(lambda one: bool(one) and silent(one)))
        if book := code_book(self.columns[pool[0]].question):
            self.cells[pool[0]] = text = text.map(lambda one: book.get(one, one), na_action="ignore")
        year = year or self._year_of_stamps(pool[0])
        return pool[0], age_coding(text, year), year

    def _years_beat_bands(self, pool: list[str]) -> list[str]:
        """Of ages in years and bands of the same ages the years are read."""
        read = {name: self.cells[name].map(read_age, na_action="ignore").dropna() for name in pool}
        exact = [n for n in pool if self.kinds[n] == "age" and np.mean([a == b for a, b in read[n]] or [0]) > 0.5]
        if len(exact) != 1:
            return pool
        years = read[exact[0]].map(lambda pair: pair[0])
        for name in set(pool) - set(exact):
            bands = read[name][read[name].index.isin(years.index)]
            inside = [low <= years[row] < np.nan_to_num(high, nan=200) + 1 for row, (low, high) in bands.items()]
            if self.kinds[name] != "age" or np.mean(inside or [0]) < 0.98:
                return pool
        return exact

    def _year_of_stamps(self, aged: str) -> int | None:
        """The year in which most of the first time stamps lie."""
        stamps = [text for name in self.cells if name != aged for text in self.cells[name].dropna().head(50)]
        years = Counter(found for text in stamps if personal(text) for found in re.findall(r"\b20[0-3]\d\b", text))
        return int(years.most_common(1)[0][0]) if years else None

    def _settle_weight(self) -> str | None:
        """A weight of mean 1 is one (nobody weighs 1 kg); another column of that name is asked about."""
        given = self.given["weight"]
        if given is not None:
            return given or None
        found = [self.columns[name] for name, kind in self.kinds.items() if kind == "weight"]
        if not found:
            return None
        values = self.cells[found[0].name].map(number, na_action="ignore").dropna().astype(float)
        if len(found) == 1 and abs(values.mean() - 1) < 0.05 and (values % 1).any():
            self.log.notes.append(_("Survey weight: {column!r}, of mean 1.").format(column=found[0].name))
            return found[0].name
        choices = [*((f"{c.name!r} is the survey weight", c.name) for c in found), (_("no weight"), False)]
        raise Undecided("weight", _("a column may be a survey weight, or something else"), choices)
