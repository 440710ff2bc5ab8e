"""A survey as it was exported becomes People: look at every column, propose, settle or ask, read."""

import os
import re
from collections import Counter
from itertools import chain, count
from pathlib import Path

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError
from ..words import _
from .answers import NAN, code_book, number, personal, silent, yes_no
from .answers import age as read_age
from .asking import Undecided
from .files import open_table
from .people import People, age_coding
from .questions import (
    LEFT_OUT,
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
from .reading import ASKED, RESERVED, Log, in_order, read_ages, read_list, read_ticks
from .rows import RawTable
from .vocabulary import data_folder, means, mentions, platform_of


def read_survey(
    path: str | os.PathLike,
    *,
    platforms: str | list[str] | dict[str, str] | None = None,
    age: str | bool | None = None,
    weight: str | bool | None = None,
    year: int | None = None,
    yes: object = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> People:
    """Who answered, how old are they, and which platforms do they use?

    Reads what Google Forms, LimeSurvey, Qualtrics, Excel and SPSS export, in twelve languages. One plausible reading is
    taken and said; where there are several, the error lists them and the words to type.

    Parameters
    ----------
    path : str or path
        Text (CSV, TSV), .xlsx, .sav; also the name of a sample in data/samples.
    platforms : question, column name, list of column names, or dict of column name to platform, optional
        What says which platforms people use.
    age : column name or False, optional
        Years, bands such as '18-29', years of birth or generations; False: leave it out.
    weight : column name or False, optional
        Survey weight of a person.
    year : int, optional
        When people were asked, where the file holds years of birth.
    yes : optional
        The one answer that means use, where that is not plain: 1 of the codes 1 and 2.
    encoding, sheet : str, optional
        Of the file.

    Returns
    -------
    People
        One row per person, under the number of its row in the file. `rejects` names every cell and row that was not
        read, with the reason; `ledger` what every column was taken for; `notes` what must be said; `call` repeats it.

    Raises
    ------
    TableError
        If the file cannot be read, holds no platforms, or can be read in several ways.

    Notes
    -----
    'None of these' is an answer (0 everywhere); an empty cell is no answer. Where only ticks are stored, a row with a
    tick answers the rest with 0. Names, addresses, time stamps and free answers are left out.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "class.csv"
    ...     _ = file.write_text("Alter;Netzwerke\\n16 Jahre;Insta, TikTok\\n1998;keine davon\\n", "utf-8")
    ...     people = read_survey(file)
    >>> people.table
        age  instagram  tiktok
    2  16.0        1.0     1.0
    3   NaN        0.0     0.0
    >>> people.rejects["reason"].tolist(), people.call
    (['looks like a year of birth'], "read_survey('class.csv', platforms='Netzwerke', age='Alter')")
    """
    path = _sample_or_file(path)
    given = {"platforms": platforms, "age": age, "weight": weight, "year": year, "yes": yes}
    return _Reader(open_table(path, encoding=encoding, sheet=sheet), given, encoding, sheet).people()


def _sample_or_file(path):
    """The file, or the sample of that name, with or without its ending, if there is no such file here."""
    if not str(path).startswith("simulated_") or Path(path).exists():
        return path
    samples = sorted((data_folder() / "samples").glob("simulated_*"))
    named = [sample for sample in samples if str(path) in (sample.name, sample.stem)]
    if not named:
        have = ", ".join(sample.name for sample in samples)
        raise TableError(str(path), "must be a file or a sample", "neither of that name", f"Samples: {have}.")
    return named[-1]


class _Reader:
    """One file on its way to People: the columns, what is settled about them, and one log of what is not read."""

    def __init__(self, raw: RawTable, given: dict, encoding, sheet):
        self.raw, self.cells, self.given, self.log = raw, raw.cells, given, Log(raw.rejects)
        self.told = {"encoding": encoding, "sheet": sheet}
        self.aside = []  # (text of a question that is not taken, why)
        self._leave_out_junk()
        self.columns = describe(RawTable(self.cells, raw.questions, raw.facts))
        self.kinds = {name: kind_of(column) for name, column in self.columns.items()}
        self._check_given()

    def people(self) -> People:
        question = self._settle_platforms()
        aged, coding, year = self._settle_age()
        weight = self._settle_weight()
        self._say_file()
        table = pd.DataFrame(index=self.cells.index)
        if aged:
            self.log.notes.append(_("Age: {column!r}.").format(column=aged))
            table = table.join(read_ages(self.cells[aged], coding, year, self.log))
        uses = self._read_platforms(question)
        table = table.join(uses)
        if weight:
            text = self.cells[weight]
            table["weight"] = text.map(number, na_action="ignore").astype(float)
            for value in text[~(table["weight"] >= 0)].dropna().unique():
                self.log.reject(text, value, _("no weight"))
            table["weight"] = table["weight"].where(table["weight"] >= 0)
        taken = dict.fromkeys([*question.columns, *question.typed], "platforms") | {aged: "age", weight: "weight"}
        table = self._keep_the_rest(table, taken)
        call = self._call(question, aged, weight, year)
        titled = f"{self.raw.facts['name']} {self.raw.facts.get('title', '')}"
        origin = "simulated" if titled.startswith("simulated") or "(simulated)" in titled else None
        about = About(n=len(table), source=self.raw.facts["name"], origin=origin)
        ledger, notes = self._ledger(taken, question), tuple(dict.fromkeys(self.log.notes))
        rejects, several = self.log.frame(), question.several
        return People(table, list(uses), about, rejects, ledger, notes, several, self.raw.facts, call)

    # Look ---------------------------------------------------------------------------------------------------------

    def _leave_out_junk(self) -> None:
        """Previews, tests and spam of the survey tool are named and left out; people who came twice are said."""
        for name in self.raw.cells:
            answers = self.cells[name].dropna()
            if means("mask", name) or means("mask", self.raw.questions[name]):
                junk = answers.index[answers.map(lambda text: means("junk", text))]
                for row in junk:
                    self.log.rejects.append((row, name, answers[row], _("a preview, a test or spam, no person")))
                if len(junk):
                    self.log.notes.append(_("Rows of previews, tests or spam are left out: see the rejects."))
                    self.cells = self.cells.drop(junk)
            elif len(answers) > 2 and answers.head(30).str.contains("@").mean() > 0.5:
                if answers.str.casefold().duplicated().any():
                    said = _("Doubt: the same address stands in several rows of {column!r}: people who answered twice?")
                    self.log.notes.append(said.format(column=name))

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
        groups = {}
        for name, kind in self.kinds.items():
            groups.setdefault(kind, []).append(name)
        said, each = [], room // len(groups)
        for kind, names in groups.items():
            head, shown = f"{kind} ({len(names)}): ", []
            for name in names:
                if shown and len(head) + sum(len(one) + 4 for one in [*shown, name[:40]]) > each:
                    shown.append("...")
                    break
                shown.append(repr(name[:40]))
            said.append(head + ", ".join(shown))
        return "; ".join(said)[: room + 60] + "."

    # Settle -------------------------------------------------------------------------------------------------------

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
                rule = _(
                    "the only question about platforms may ask about something else than use; take it all the same?"
                )
            raise Undecided("platforms", rule, [(self._shown(q), self._key(q)) for q in free or found])
        best = free[0]
        best.typed = best.typed or typed_beside(best, self.columns)
        self.aside += [(q, beats(best, q)) for q in found if q is not best]
        if best.coding in ASKED and self.given["yes"] is None:
            books = (code_book(self.columns[name].question) for name in best.columns)
            yes = next((code for book in books for code, word in book.items() if yes_no(word)), None)
            if yes is None:
                self._ask_yes(best)
            self.given["yes"] = int(yes)
        return best

    def _questions(self) -> list[Question]:
        given, found = self.given["platforms"], questions_of(self.columns, self.kinds)
        if given is None:
            hopeless = [q for q in found if not q.topic and q.coding in ASKED]
            self.aside += [(q, _("it asks about something else than use")) for q in hopeless]
            return [q for q in found if q not in hopeless] or found
        if isinstance(given, str):
            alike = [q for q in found if self._key(q) == given or q.text == given]
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

    def _key(self, question: Question) -> str | list[str]:
        """What to type to take this question: its column, its text, or its columns."""
        if question.listed:
            return next(iter(question.columns))
        return question.text if question.named and question.text not in self.columns else list(question.columns)

    def _shown(self, question: Question) -> str:
        shown = examples(question, self.columns)
        return f"{question.text[:60]!r}, {question.coding}" + (f" ({shown})" if shown else "")

    def _ask_yes(self, question: Question) -> None:
        answers = Counter()
        for name in question.columns:
            answers |= Counter(self.columns[name].counts)
        codes = question.coding == "codes 1 and 2"
        shown = sorted(text for text, k in answers.items() if k >= 5 or (codes and text in ("1", "2")))[:8]
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
                raise Undecided(
                    "age", _("no column asks for an age, but these hold numbers like ages"), [*maybe, leave_out]
                )
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

    # Read ---------------------------------------------------------------------------------------------------------

    def _read_platforms(self, question: Question) -> pd.DataFrame:
        said = _("Platforms: {question!r} ({coding}).")
        self.log.notes.append(said.format(question=question.text[:70], coding=question.coding))
        for other, why in self.aside:
            said = _("Not taken: {question!r}: {why}.").format(question=other.text[:70], why=why or _("a tie"))
            self.log.notes.append(said)
        if not question.several:
            self.log.notes.append(_("One platform per person: who uses which together cannot be seen."))
        if question.listed:
            name = next(iter(question.columns))
            uses = read_list(self.cells[name], self.columns[name].lister, self.log)
        else:
            pairs = [(platform, self.cells[name]) for name, platform in question.columns.items()]
            uses = read_ticks(pairs, question.coding, self.given["yes"], self.log)
            for name, platform in question.columns.items():
                if platform_of(platform) and not platform_of(self.columns[name].option or platform):
                    said = _("{column!r} is read as {platform}.").format(column=name, platform=platform)
                    self.log.notes.append(said)
        for name in question.typed:
            uses = self._add_typed(uses, name)
        twice = [p for p, k in Counter(question.columns.values()).items() if k > 1]
        if twice:
            said = _("Several columns are one platform, and one yes is use: {list}.")
            self.log.notes.append(said.format(list=", ".join(twice)))
        return uses[in_order(uses)]

    def _add_typed(self, uses: pd.DataFrame, name: str) -> pd.DataFrame:
        """Known platforms that people typed as 'other' are used; who else answered does not use them."""
        typed = read_list(self.cells[name], self.columns[name].lister, self.log)
        typed = typed[[platform for platform in typed if platform_of(platform) and typed[platform].any()]].eq(1)
        answered = uses.notna().any(axis=1)
        for platform in typed:
            uses[platform] = uses.get(platform, pd.Series(0.0, uses.index).where(answered)).mask(typed[platform], 1.0)
        only = typed.any(axis=1) & ~answered
        return uses.mask(uses.isna() & only.to_numpy()[:, None], 0.0)

    def _keep_the_rest(self, table: pd.DataFrame, taken: dict) -> pd.DataFrame:
        """Other columns as text under their names, made unique; what identifies a person is left out."""
        kept = {}
        for name, kind in self.kinds.items():
            if name not in taken and kind not in LEFT_OUT:
                names = chain([name], (f"{name}_{i}" for i in count(2)))
                free = (one for one in names if one not in table and one not in kept and one not in RESERVED)
                text = self.cells[name]
                numbers = text.map(lambda one: NAN if silent(one) else number(one), na_action="ignore")
                kept[next(free)] = numbers.astype(float) if numbers.notna().any() and None not in set(numbers) else text
        return table.join(pd.DataFrame(kept, index=self.cells.index))

    def _ledger(self, taken: dict, question: Question) -> pd.DataFrame:
        why = {name: other for q, other in self.aside for name in q.columns}
        rows = []
        for name, kind in self.kinds.items():
            role = taken.get(name) or ("left out" if kind in LEFT_OUT else "kept")
            reason = question.coding if role == "platforms" else why.get(name) or ("" if kind == "other" else kind)
            rows.append((name, role, reason))
        return pd.DataFrame(rows, columns=["column", "taken", "why"])

    def _say_file(self) -> None:
        """What was seen of the file before its cells were read."""
        facts = self.raw.facts
        if facts["format"] == "text":
            said = _("Text in {encoding}, separated by {separator!r}.")
            self.log.notes.append(said.format(encoding=facts["encoding"], separator=facts["separator"]))
        if facts.get("sheet"):
            others = ", ".join(map(repr, facts["other_sheets"])) or _("none")
            said = _("Sheet {sheet!r}; not read: {others}.").format(sheet=facts["sheet"], others=others)
            self.log.notes.append(said)
        if facts.get("beside"):
            self.log.notes.append(_("Cells beside the table are ignored."))
        if any(reason == "a last row of totals" for *_row, reason in self.log.rejects):
            self.log.notes.append(_("A last row of totals is left out."))

    def _call(self, question, aged, weight, year) -> str:
        """The line of Python that reads the file the same way."""
        told = {"platforms": self.given["platforms"] or self._key(question), "age": aged or False}
        told |= {"weight": weight if weight or self.given["weight"] is None else False}
        told |= {"year": year if aged and self.kinds[aged] == "born" else None, "yes": self.given["yes"]} | self.told
        said = ", ".join(f"{name}={value!r}" for name, value in told.items() if value is not None)
        return f"read_survey({self.raw.facts['name']!r}, {said})"
