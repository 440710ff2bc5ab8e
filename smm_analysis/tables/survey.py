"""A survey as it was exported becomes People: look at every column, propose, settle or ask, read."""

import os
from collections import Counter
from itertools import chain, count
from pathlib import Path

import pandas as pd

from ..answer import About
from ..errors import TableError
from ..words import _
from .answers import NAN, number, silent
from .files import open_table
from .people import People
from .plan import Plan
from .questions import LEFT_OUT, Question
from .reading import RESERVED, Log, in_order, read_ages, read_list, read_ticks
from .rows import RawTable
from .vocabulary import data_folder, means, platform_of


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
    taken and said; of several, the error lists them and the words to type.

    Parameters
    ----------
    path : str or path
        Text (CSV, TSV), .xlsx, .sav; also the name of a sample in data/samples.
    platforms : question, column name, list of column names, or dict of column name to platform, optional
    age, weight : column name or False, optional
        Age: years, bands such as '18-29', years of birth, generations. False: there is none.
    year : int, optional
        When people were asked, for years of birth.
    yes : optional
        The one answer that means use, where that is not plain: 1 of the codes 1 and 2.
    encoding, sheet : str, optional

    Returns
    -------
    People
        One row per person, under the number of its row in the file. `rejects` names every cell and row that was not
        read; `ledger` what every column was taken for; `notes` what must be said; `call` repeats the reading.

    Raises
    ------
    TableError : if the file cannot be read, holds no platforms, or can be read in several ways.

    Notes
    -----
    'None of these' is 0 everywhere; an empty cell is no answer. Where only ticks are stored, a row with a tick answers
    the rest with 0. Names, addresses, time stamps and free answers are left out.

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
    path, told = _sample_or_file(path), {"encoding": encoding, "sheet": sheet}
    given = {"platforms": platforms, "age": age, "weight": weight, "year": year, "yes": yes}
    return _Reader(open_table(path, **told), given, told).people()


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
    """One file on its way to People: its plan, and one log of what is not read."""

    def __init__(self, raw: RawTable, given: dict, told: dict):
        self.log, self.told, self.given, self.facts = Log(raw.rejects), told, given, raw.facts
        self._say_file()
        self.cells = self._without_junk(raw)
        self.plan = Plan(RawTable(self.cells, raw.questions, raw.facts), given, self.log)

    def people(self) -> People:
        plan, facts = self.plan, self.facts
        table = pd.DataFrame(index=self.cells.index)
        if plan.age:
            self.log.notes.append(_("Age: {column!r}.").format(column=plan.age))
            table = table.join(read_ages(self.cells[plan.age], plan.coding, plan.year, self.log))
        uses = self._uses(plan.question)
        table = table.join(uses)
        if plan.weight:
            table["weight"] = self._weights(self.cells[plan.weight])
        columns = [*plan.question.columns, *plan.question.typed]
        taken = dict.fromkeys(columns, "platforms") | {plan.age: "age", plan.weight: "weight"}
        table = self._keep_the_rest(table, taken)
        titled = f"{facts['name']} {facts.get('title', '')}"
        origin = "simulated" if titled.startswith("simulated") or "(simulated)" in titled else None
        return People(
            table,
            list(uses),
            About(n=len(table), source=facts["name"], origin=origin),
            self.log.frame(),
            self._ledger(taken),
            tuple(dict.fromkeys(self.log.notes)),
            plan.question.several,
            facts,
            self._call(),
        )

    def _say_file(self) -> None:
        """What was seen of the file before its cells were read."""
        facts, say = self.facts, self.log.notes.append
        if facts["format"] == "text":
            said = _("Text in {encoding}, separated by {separator!r}.")
            say(said.format(encoding=facts["encoding"], separator=facts["separator"]))
        if facts.get("sheet"):
            others = ", ".join(map(repr, facts["other_sheets"])) or _("none")
            say(_("Sheet {sheet!r}; not read: {others}.").format(sheet=facts["sheet"], others=others))
        if facts.get("beside"):
            say(_("Cells beside the table are ignored."))
        if any(reason == "a last row of totals" for *_row, reason in self.log.rejects):
            say(_("A last row of totals is left out."))

    def _without_junk(self, raw: RawTable) -> pd.DataFrame:
        """Previews, tests and spam of the survey tool are named and left out; people who came twice are said."""
        cells = raw.cells
        for name in raw.cells:
            answers = cells[name].dropna()
            if means("mask", name) or means("mask", raw.questions[name]):
                junk = answers.index[answers.map(lambda text: means("junk", text))]
                why = _("a preview, a test or spam, no person")
                self.log.rejects += [(row, name, answers[row], why) for row in junk]
                if len(junk):
                    self.log.notes.append(_("Rows of previews, tests or spam are left out: see the rejects."))
                cells = cells.drop(junk)
            elif len(answers) > 2 and answers.head(30).str.contains("@").mean() > 0.5:
                if answers.str.casefold().duplicated().any():
                    said = _("Doubt: the same address stands in several rows of {column!r}: people who answered twice?")
                    self.log.notes.append(said.format(column=name))
        return cells

    def _uses(self, question: Question) -> pd.DataFrame:
        """The platforms, and what must be said about their question."""
        said = _("Platforms: {question!r} ({coding}).")
        self.log.notes.append(said.format(question=question.text[:70], coding=question.coding))
        for other, why in self.plan.aside:
            said = _("Not taken: {question!r}: {why}.").format(question=other.text[:70], why=why or _("a tie"))
            self.log.notes.append(said)
        if not question.several:
            self.log.notes.append(_("One platform per person: who uses which together cannot be seen."))
        if question.listed:
            name = next(iter(question.columns))
            uses = read_list(self.cells[name], self.plan.columns[name].lister, self.log)
        else:
            pairs = [(platform, self.cells[name]) for name, platform in question.columns.items()]
            uses = read_ticks(pairs, question.coding, self.plan.yes, self.log)
            for name, platform in question.columns.items():
                if platform_of(platform) and not platform_of(self.plan.columns[name].option or platform):
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
        typed = read_list(self.cells[name], self.plan.columns[name].lister, self.log)
        typed = typed[[platform for platform in typed if platform_of(platform) and typed[platform].any()]].eq(1)
        answered = uses.notna().any(axis=1)
        for platform in typed:
            uses[platform] = uses.get(platform, pd.Series(0.0, uses.index).where(answered)).mask(typed[platform], 1.0)
        only = typed.any(axis=1) & ~answered
        return uses.mask(uses.isna() & only.to_numpy()[:, None], 0.0)

    def _weights(self, text: pd.Series) -> pd.Series:
        """Weights of 0 and more; others are rejects."""
        weights = text.map(number, na_action="ignore").astype(float)
        for value in text[~(weights >= 0)].dropna().unique():
            self.log.reject(text, value, _("no weight"))
        return weights.where(weights >= 0)

    def _keep_the_rest(self, table: pd.DataFrame, taken: dict) -> pd.DataFrame:
        """Other columns as text under their names, made unique; what identifies a person is left out."""
        kept = {}
        for name, kind in self.plan.kinds.items():
            if name not in taken and kind not in LEFT_OUT:
                names = chain([name], (f"{name}_{i}" for i in count(2)))
                free = (one for one in names if one not in table and one not in kept and one not in RESERVED)
                text = self.cells[name]
                numbers = text.map(lambda one: NAN if silent(one) else number(one), na_action="ignore")
                kept[next(free)] = numbers.astype(float) if numbers.notna().any() and None not in set(numbers) else text
        return table.join(pd.DataFrame(kept, index=self.cells.index))

    def _ledger(self, taken: dict) -> pd.DataFrame:
        why = {name: other for question, other in self.plan.aside for name in question.columns}
        why |= dict.fromkeys(self.plan.question.columns, self.plan.question.coding)
        rows = []
        for name, kind in self.plan.kinds.items():
            role = taken.get(name) or ("left out" if kind in LEFT_OUT else "kept")
            rows.append((name, role, why.get(name) or ("" if kind == "other" else kind)))
        return pd.DataFrame(rows, columns=["column", "taken", "why"])

    def _call(self) -> str:
        """The line of Python that reads the file the same way."""
        plan, given = self.plan, self.given
        told = {"platforms": given["platforms"] or plan.key_of(plan.question), "age": plan.age or False}
        told |= {"weight": plan.weight if plan.weight or given["weight"] is None else False}
        told |= {"year": plan.year if plan.coding == "born" else None, "yes": plan.yes} | self.told
        said = ", ".join(f"{name}={value!r}" for name, value in told.items() if value is not None)
        return f"read_survey({self.facts['name']!r}, {said})"
