"""A survey as it was exported becomes People: look at every column, propose, settle or ask, read."""

import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..answer import About
from ..errors import TableError
from ..words import _
from .answers import age as age_of
from .answers import number, personal, yes_no
from .asking import Undecided
from .files import RawTable, open_table
from .people import People
from .plan import (
    LEFT_OUT,
    Column,
    Question,
    columns_by_kind,
    describe,
    in_years,
    list_question,
    named,
    questions_of,
    settle_platforms,
    tick_question,
)
from .reading import ASKED, EVERY, RESERVED, Log, age_coding, canonical, fill, read_ages, read_list, read_ticks
from .vocabulary import data_folder, means, mentions, platform_of, spellings, unique


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
    age : column name or False (there is none), optional
        Years, bands such as '18-29', years of birth, generations.
    weight : column name, optional; never used unasked
    year : int, optional; when people were asked, for years of birth
    yes : optional
        The one answer that means use: 1 of the codes 1 and 2; or the one that means never: "except Not a bit".
    encoding, sheet : str, optional

    Returns
    -------
    People
        One row per person, under the number of its row in the file. 'None of these' is 0 everywhere; an empty cell is
        no answer, but where only ticks are stored, a row with a tick answers the rest with 0. Names, addresses, time
        stamps and free answers are left out.

    Raises
    ------
    TableError : if the file cannot be read, holds no platforms, or can be read in several ways.

    Examples
    --------
    >>> people = read_survey("simulated_google_forms")
    >>> len(people), people.platforms[:2], people.call
    (240, ['facebook', 'instagram'], "read_survey('simulated_google_forms.csv', platforms='Which platforms do you ...)
    """
    raw = open_table(_sample_or_file(path), encoding=encoding, sheet=sheet)
    log, facts = Log(raw.rejects, raw.facts["said"]), raw.facts
    columns = describe(_without_junk(raw, log))
    if any(age_of(c.name) and not re.search(r"[^\W\d]{3}", c.name) and c.name in c.counts for c in columns):
        found, remedy = "an age in it, as in the rows below", "Add a first row with a name for every column."
        raise TableError(facts["name"], "the first row holds the questions", found, remedy)
    given, weights = (name and named(columns, kind, name) for kind, name in (("age", age), ("weight", weight)))
    question = _given_question(columns, platforms) if platforms is not None else settle_platforms(columns, log)
    aged, coding, year = settle_age(columns, given, year, log)
    _demand_people(facts["name"], question, columns, aged, coding)
    settle_yes(question, yes)
    short = len(question.text) < 25  # and asks nobody
    rule = _("one platform in every row, and no age: is a row a person, no post and no page? Then take it")
    whose = [c for c in columns if re.search(r"(?i)(user|person|respondent|participant)[_\W]?id$", c.name)]
    doubt = age is None and short and not question.several and question.topic < 3
    doubt = doubt and not any(len(c.counts) == len(c.cells) for c in whose)
    if question.coding == "amounts" and any(map(_counts_days, columns)):
        rule, doubt = _("a row for every day, and no age: is a row a person, no day and no month? Then take it"), True
    if platforms is None is aged and doubt:
        raise Undecided("platforms", rule, [(repr(question.text[:60]), question.key)])
    uses = table = _without_users_of_none(columns, _uses(question, yes, log), log)
    if aged:
        aged.taken, aged.why = "age", coding + (f", asked in {year}" if year else "")
        log.say(_("Age: {column!r}."), column=aged.name)
        table = read_ages(aged.cells, coding, year, log).join(uses)
    if weights:
        weights.taken, weights.why = "weight", "survey weight"
        values = weights.cells.map(number, na_action="ignore").astype(float)
        for text in weights.cells[~(values >= 0)].dropna().unique():
            log.reject(weights.cells, text, _("no weight"))
        table = table.assign(weight=values.where(values >= 0))
    table = table.join(_rest(columns, table, log))
    raw.demand_all_rows(table.index, log.rejects)
    told = {"platforms": platforms or question.key, "age": aged.name if aged else False, "weight": weight or None}
    told |= {"year": year, "yes": yes, "encoding": encoding, "sheet": sheet}
    call = ", ".join([repr(facts["name"]), *(f"{name}={value!r}" for name, value in told.items() if value is not None)])
    titled = f"{facts['name']} {facts.get('title', '')}"
    origin = "simulated" if titled.startswith("simulated") or "(simulated)" in titled else None
    about, call = About(n=len(table), source=facts["name"], origin=origin), f"read_survey({call})"
    ledger = pd.DataFrame([(c.name, c.taken, c.why) for c in columns], columns=["column", "taken", "why"])
    return People(table, list(uses), about, log.frame(), ledger, tuple(log.notes), question.several, facts, call)


def _sample_or_file(path):
    """The file, or the sample of that name, with or without its ending, if there is no such file here."""
    if not str(path).startswith("simulated_") or Path(path).exists():
        return path
    samples = sorted((data_folder() / "samples").glob("simulated_*"))
    found = [sample for sample in samples if str(path) in (sample.stem, sample.name)]
    if not found:
        have = ", ".join(sample.name for sample in samples)
        raise TableError(str(path), "must be a file or a sample", "neither of that name", f"Samples: {have}.")
    return found[-1]


def _without_junk(raw: RawTable, log: Log) -> RawTable:
    """Previews, tests and spam of the survey tool are named and left out; people who came twice are said."""
    cells = raw.cells
    for name, column in raw.cells.items():
        answers = column.dropna()
        if means("mask", name) or means("mask", raw.questions[name]):
            junk = answers[answers.map(lambda text: means("junk", text))]
            log.rejects += [(row, "", text, _("a preview, a test or spam, no person")) for row, text in junk.items()]
            if len(junk):
                log.say(_("Rows of previews, tests or spam are left out: see the rejects."))
            cells = cells.drop(junk.index)
        elif answers.head(30).str.contains("@").mean() > 0.5 and answers.str.casefold().duplicated().any():
            said = _("Doubt: the same address stands in several rows of {column!r}: people who answered twice?")
            log.say(said, column=name)
    return replace(raw, cells=cells)


def _given_question(columns: list[Column], given) -> Question:
    """The question of this text or key, or one made of the columns that are named."""
    alike = [q for q in questions_of(columns) if given in (q.text, q.key)]
    if len(alike) == 1:
        return alike[0]
    if isinstance(given, str) and given not in {c.name for c in columns}:
        raise TableError("platforms", "names a question or columns", repr(given)[:60], columns_by_kind(columns))
    members = [named(columns, "platforms", name) for name in ([given] if isinstance(given, str) else given)]
    lists = [c for c in members if c.kind == "platforms in a cell"] if len(members) > 1 else members
    if lists == members and not isinstance(given, dict) and not members[0].option:
        chosen = list_question(members[0])
        chosen.typed, chosen.several = members[1:], chosen.several or len(members) > 1  # the second, the third one
        return chosen
    chosen = tick_question(members, "", len(members))
    for c in members if isinstance(given, dict) else ():
        c.platform = canonical(given[c.name])
    return chosen


def settle_yes(question: Question, yes: object) -> None:
    """What means use, where codes have no code book: asked."""
    if question.coding not in ASKED:
        return
    if yes is not None:
        question.coding = "as told"
        return
    answers, two = question.answers, question.coding == "codes 1 and 2"
    codes = [text for text in answers if number(text) is not None and text not in ("98", "99")]
    codes = sorted(codes, key=number) if question.coding == "a scale of numbers" else ()
    ends = ("1", "2") if two else (*codes[:1], *codes[-1:])  # which tell on nobody
    shown = sorted(text for text, k in answers.items() if k >= 5 or text in ends)[:8]
    shown = shown if len(shown) > 1 else []
    every = [("every number means use", EVERY)] if codes and "0" not in codes else []
    if len(answers) > 2 and not two:  # of how often only never means no
        choices = [*((f"{text[:30]!r} means never", f"except {text}") for text in shown), *every]
    else:
        choices = [(f"{text[:30]!r} means use", int(text) if text.isdecimal() else text) for text in shown]
    rule, remedy = f"{question.text[:60]!r}: {ASKED[question.coding]}", "" if choices else "Type yes= and that answer."
    raise Undecided("yes", rule, choices, remedy)


def _within(years: Column, bands: Column) -> bool:
    """Do nearly all ages in years lie in the band that the same person has in another column?"""
    pairs = ((age_of(a), age_of(b)) for a, b in zip(years.cells, bands.cells, strict=True) if a in years.counts and b)
    told = [a[0] >= b[0] and not a[0] > b[1] for a, b in pairs if a and b]
    return len(told) > 0.5 * bands.n and sum(told) > 0.95 * len(told)


def settle_age(columns: list[Column], given, year: int | None, log: Log) -> tuple[Column | None, str, int | None]:
    """The column of the age, how it tells ages, and, for years of birth, the year of the interviews."""
    pool = [given] if given else [c for c in columns if c.kind in ("age", "year of birth")]
    maybe = [c for c in columns if c.kind == "perhaps an age"]
    if given is False or not (pool or maybe):
        said = _("{column!r} seems to ask for an age, but its answers are not read as ages.")
        for c in [c for c in columns if given is not False and c.plain and mentions("age", c.head)][:1]:
            log.say(said, column=c.name[:60])
        return None, "", None
    years = [c for c in pool if c.share(in_years) > 0.5]
    if len(years) == 1 and all(c in years or _within(years[0], c) for c in pool):
        for c in (c for c in pool if c is not years[0]):
            c.why = _("ages in years are more exact")
            log.say(_("Not taken: {question!r}: {why}."), question=c.name[:70], why=c.why)
        pool = years
    if len(pool) != 1:
        rule = _("several columns may be the age")
        if not pool:
            rule = _("no column asks for an age, but these hold numbers like ages")
        raise Undecided("age", rule, [*((c.name, c.name) for c in pool or maybe), (_("no age"), False)])
    c = pool[0]
    stamps = (text for other in columns if other is not c for text in other.cells.dropna().head(50) if personal(text))
    years = Counter(found for text in stamps for found in re.findall(r"\b20[0-3]\d\b", text))
    year = year or next((int(common) for common, _n in years.most_common(1)), None)
    coding = age_coding(c.cells, year)
    return c, coding, year if coding == "year of birth" else None


def _counts_days(c: Column) -> bool:
    """Is there another day or month, without a clock, in every row?"""
    day = r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|[A-Za-z]{3,9}[ -]\d{2,4}"
    whole = len(c.counts) == c.n == len(c.cells) > 5 and not mentions("birth", c.head)
    return whole and c.share(lambda text: bool(re.fullmatch(day, text))) == 1


def _demand_people(name: str, question: Question, columns: list[Column], aged: Column | None, coding: str) -> None:
    """A row is a person, not a band or a platform with its counts, nor one platform of a person with several rows."""
    c, found = question.members[0], ""
    amounts = question.coding in ("amounts", "a scale of numbers")
    once = coding == "age in bands" and amounts and len(aged.counts) == aged.n > 2
    bare = not aged and question.topic < 3 and len(c.counts) == c.n > 3
    if once or (bare and all(platform_of(text) or means("none", text) for text in c.counts)):
        found = "a table of counts"
    for other in columns if aged else ():
        who, k = other.cells.tolist(), len(other.counts)
        alone = not question.several and len({*zip(who, c.cells, strict=True)}) == other.n > 1.5 * k > 7
        named = re.search(r"(?i)(^|[_\W])id$", other.name) and 1.5 * k < other.n <= 3 * k and len(aged.counts) > 3
        if (alone or named) and other is not aged and len({*zip(who, aged.cells, strict=True)}) == k:
            found = f"several rows of one person, by {other.name[:40]!r}"
    if found:
        raise TableError(name, "a row is a person", found, "Make a row per person, with a column per platform.")


def _uses(question: Question, yes, log: Log) -> pd.DataFrame:
    """The platforms, and what must be said about their question."""
    said = {"ticks": _("ticks"), "yes or no": _("yes or no"), "how often": _("how often"), "amounts": _("amounts")}
    said |= {"a list in a cell": _("a list in a cell"), "one platform per person": _("one platform per person")}
    said |= {"as told": _("as told")}  # the ledger and errors keep the English names
    log.say(_("Platforms: {question!r} ({coding})."), question=question.text[:70], coding=said[question.coding])
    if not question.several:
        log.say(_("One platform per person: who uses which together cannot be seen."))
    for c in question.members:
        c.taken, c.why = "platforms", question.coding
        if platform_of(c.platform) and not platform_of(c.option or c.platform):
            log.say(_("{column!r} is read as {platform}."), column=c.name, platform=c.platform)
    if question.listed:
        uses = read_list(question.members[0].cells, question.members[0].split, log)
    else:
        uses = read_ticks([(c.platform, c.cells) for c in question.members], question.coding, yes, log)
    for c in question.typed:
        c.taken, c.why = "platforms", "others, typed"
        uses = _add_typed(uses, read_list(c.cells, c.split, log))
    twice = [platform for platform, k in Counter(c.platform for c in question.members).items() if k > 1]
    if twice:
        log.say(_("Several columns are one platform, and one yes is use: {list}."), list=", ".join(twice))
    known = [*dict.fromkeys(spellings().values())]  # then others, those with most people first
    return uses[sorted(uses, key=lambda p: (known.index(p) if p in known else len(known), -uses[p].sum(), p))]


def _without_users_of_none(columns: list[Column], uses: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Who says no to 'Do you use social media?' and is asked no further uses none."""
    for c in (c for c in columns if not c.taken and c.share(yes_no) > 0.9):
        no = c.cells.map(yes_no, na_action="ignore").eq(0)
        if mentions("use", c.head) and mentions("noun", c.head) and no.any() and uses[no].isna().all(axis=None):
            uses = fill(uses, no)
            log.say(_("Who says no to {column!r} and names no platform uses none."), column=c.name[:60])
    return uses


def _add_typed(uses: pd.DataFrame, typed: pd.DataFrame) -> pd.DataFrame:
    """Known platforms that people typed as 'other' are used; who else answered does not use them."""
    typed = typed[[platform for platform in typed if platform_of(platform) and typed[platform].any()]].eq(1)
    answered = uses.notna().any(axis=1)
    for platform in typed:
        uses[platform] = uses.get(platform, pd.Series(0.0, uses.index).where(answered)).mask(typed[platform], 1.0)
    return fill(uses, typed.any(axis=1) & ~answered)


def _rest(columns: list[Column], table: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Other columns as numbers or text, under names of their own; what identifies a person is left out."""
    kept = {}
    for c in columns:
        if c.taken:
            continue
        c.taken, c.why = "left out" if c.kind in LEFT_OUT else "kept", c.why or ("" if c.kind == "other" else c.kind)
        if c.kind == "survey weight":
            c.why = f'looks like a survey weight: weight="{c.name}" uses it'
            log.say(_('{column!r} looks like a survey weight: weight="{column}" uses it.'), column=c.name)
        if c.taken == "kept":
            free = unique(c.name, [*table, *kept, *RESERVED], "{}_{}")
            numbers = {text: number(text) for text in c.counts}
            numeric = numbers and None not in numbers.values()
            kept[free] = c.cells.map(numbers).astype(float) if numeric else c.cells
    return pd.DataFrame(kept, index=table.index)
