"""A survey as it was exported becomes a table of people: age, platforms, weight, and a ledger of what was taken how."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _, number, plural
from . import answers as read
from .columns import RESERVED, take_age, take_platforms, take_rest, take_weight
from .files import open_table
from .notes import FEW, Notes
from .published import data_folder


def read_survey(
    path: str | os.PathLike,
    *,
    platforms: str | list[str] | dict[str, str] | None = None,
    age: str | None = None,
    weight: str | None = None,
    multi: str | dict[str, list[str]] | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
) -> pd.DataFrame:
    """Who answered, how old are they, and which platforms do they use?

    Reads what Google Forms, LimeSurvey, Qualtrics, Excel and SPSS export. Everything found out can be overruled.

    Parameters
    ----------
    path : str or path
        Text (CSV, TSV) in UTF-8, UTF-16, cp1251 or cp1252; .xlsx; .sav. Also the name of a sample in data/samples.
    platforms : column name, list of column names, or dict of column name to platform, optional
        The columns that hold one platform each (yes/no, a tick, how often). One name alone means `multi`.
    age : column name, optional
        Age in years, or bands such as '18-29'.
    weight : column name, optional
        Survey weight of a person. A column that looks like one is never used unasked.
    multi : column name, or dict with one column name and its list of options, optional
        The question with several answers in one cell. The options matter if one of them holds the separator.
    separator, encoding, sheet : optional
        Of the file.

    Returns
    -------
    DataFrame
        One row per person, in the order of the file: `age` in years (NaN = not known; the middle of a band, with
        `age_low` and `age_high` beside it), platforms under canonical names (1 uses, 0 does not, NaN no answer),
        `weight` if given, other columns under their names. `attrs`: ``verdict`` (what was taken, in sentences),
        ``ledger`` (column, taken, why), ``rejects`` (row of the frame, column, value, reason), ``unused`` (how many by
        column and reason; below five is not said), ``platforms`` (their columns), ``unknown`` (options that are no
        known platform, and how many chose them), ``never_asked`` (people without an answer on any platform), ``file``
        (format, encoding, separator), and ``n, source, origin``. The verdict names no answer of fewer than five people.
        Time stamps, names, addresses and numbers that identify a person are left out.

    Raises
    ------
    TableError
        If the file cannot be read, a named column does not exist, or no platforms are recognised.

    Notes
    -----
    'None of these' is an answer (0 everywhere); an empty cell is no answer (NaN). Where only ticks are stored, a row
    with a tick answers the rest with 0; a row without any was never asked, or passed over the question.
    A file whose name starts with 'simulated' has that origin on every chart.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "class.csv"
    ...     _ = file.write_text("Alter;Netzwerke\\n16 Jahre;Insta, TikTok\\n1998;keine davon\\n", "utf-8")
    ...     people = read_survey(file)
    >>> people
        age  instagram  tiktok
    0  16.0        1.0     1.0
    1   NaN        0.0     0.0
    >>> people.attrs["rejects"]["reason"][0]
    'looks like a year of birth: ask for, or compute, the age in years'
    """
    path = _sample_or_file(path)
    raw = open_table(path, separator=separator, encoding=encoding, sheet=sheet)
    _refuse_headless(raw)
    for argument, named in {"age": age, "weight": weight, "platforms": platforms, "multi": multi}.items():
        _refuse_missing(raw, argument, named)
    if isinstance(platforms, str):
        platforms, multi = None, multi or platforms
    taken = take_age(raw, age)
    taken += take_weight(raw, weight)
    taken += take_platforms(raw, taken, platforms, multi)
    items = [name for name in taken.columns if name not in RESERVED]
    taken += take_rest(raw, taken)
    return _people(raw, taken, items, Path(path))


def _sample_or_file(path):
    """The file, or the sample of that name, with or without its ending, if there is no such file here."""
    samples = sorted((data_folder() / "samples").glob("simulated_*"))
    named = [sample for sample in samples if str(path) in (sample.name, sample.stem)]
    if str(path).startswith("simulated_") and not Path(path).exists():
        if not named:
            have = ", ".join(sample.name for sample in samples)
            raise TableError(str(path), "must be a file or a sample", "neither of that name", f"Samples: {have}.")
        return named[-1]
    return path


def _refuse_headless(raw):
    """A first row that is a person must not become the questions."""
    for name in raw.cells:
        if not np.isnan(read.parse_age(name)[0]):
            ages = raw.cells[name].dropna().map(lambda text: not np.isnan(read.parse_age(text)[0]))
            if ages.mean() > 0.5:
                raise TableError(
                    "header",
                    "the first row holds the questions",
                    f"{name!r} in it, an age as in the rows below",
                    "Add a first row with a name for every column, such as 'Age'.",
                )


def _refuse_missing(raw, argument, named):
    for name in [named] if isinstance(named, str) else named or []:
        if name not in raw.cells.columns:
            have = ", ".join(repr(column) for column in list(raw.cells)[:8])
            raise TableError(argument, "names a column of the file", repr(name), f"It has {have}.")


def _people(raw, taken, items, path) -> pd.DataFrame:
    people = pd.DataFrame(taken.columns, index=raw.cells.index)
    ledger = {name: taken.ledger[name] for name in raw.cells}
    known = read.platforms_in_order()
    unknown = {item: int(people[item].sum()) for item in items if item not in known}
    rejects = sorted(raw.rejects + taken.rejects, key=lambda reject: (reject[0], str(reject[1])))
    never = int(people[items].isna().all(axis=1).sum())
    submitted = [raw.cells[name] for name in list(raw.cells) if name.startswith("submitdate")][:1]
    people.attrs = {
        "n": len(people),
        "source": path.name,
        "origin": "simulated"
        if f"{path.name} {raw.facts.get('title', '')}".startswith(("simulated", "# simulated"))
        else None,
        "platforms": items,
        "unknown": unknown,
        "never_asked": never,
        "ledger": Notes([(name, *why) for name, why in ledger.items()], columns=["column", "taken", "why"]),
        "unused": _unused(pd.DataFrame(rejects, columns=["row", "column", "value", "reason"])),
        "rejects": Notes(rejects, columns=["row", "column", "value", "reason"]),
        "file": raw.facts | ({"incomplete": int(submitted[0].isna().sum())} if submitted else {}),
    }
    people.attrs["verdict"] = _verdict(people, raw)
    return people


def _verdict(people, raw) -> str:
    """What was taken, in sentences that tell on nobody: for a report, numbers of people below five are not said."""
    facts, questions, n = people.attrs, list(raw.questions.values()), number(len(people))
    shown, misspelled, rare = _platforms_to_name(facts)
    missing = int(people["age"].isna().sum())
    ages = (
        _("Age known for all but fewer than {few} of {n}.") if 0 < missing < FEW else _("Age known for {known} of {n}.")
    )
    said = [
        _("{people} from {file}; first question: '{first}', last question: '{last}'.").format(
            people=plural("{n} person", "{n} people", len(people)).format(n=n),
            file=facts["source"], first=questions[0][:60], last=questions[-1][:60],
        ),
        ages.format(known=_several(len(people) - missing), few=number(FEW), n=n),
        _("Platforms ({number}): {list}.").format(number=number(len(shown)), list=", ".join(shown)),
    ]  # fmt: skip
    if facts["file"].get("total_rows"):
        said.append(_("Rows of totals, left out: {n}.").format(n=number(facts["file"]["total_rows"])))
    if facts["file"].get("incomplete"):
        said.append(_("Not submitted to the end: {n}.").format(n=_several(facts["file"]["incomplete"])))
    unknown = [name for name in shown if name in facts["unknown"]]
    if unknown:
        said.append(_("Not in the list of known platforms: {list}.").format(list=", ".join(unknown)))
    if misspelled:
        words = _("Perhaps misspelled: {list}. Correct the answers in the file; a column of its own, with {option}.")
        said.append(words.format(list=", ".join(misspelled), option="--platforms COLUMN=NAME"))
    if rare:
        words = _("Answers that name no known platform, of fewer than {few} people each: {number}.")
        said.append(words.format(few=number(FEW), number=number(rare)))
    if facts["never_asked"]:
        never = plural("{n} person", "{n} people", max(FEW, facts["never_asked"]))
        never = never.format(n=_several(facts["never_asked"]))
        said.append(_("Counted apart, without any answer on platforms: {people}.").format(people=never))
    if len(facts["rejects"]):
        unused = plural("{n} value was not used", "{n} values were not used", max(FEW, len(facts["rejects"])))
        unused = unused.format(n=_several(len(facts["rejects"])))
        said.append(_("{unused}: see the table of unused values.").format(unused=unused))
    ledger = facts["ledger"]
    left = ledger.loc[ledger["taken"] == "left out", "column"]
    if len(left):
        said.append(_("Left out: {list}.").format(list=", ".join(repr(name[:40]) for name in left)))
    asks = _("“{column}” {why}.")
    said += [asks.format(column=row.column, why=row.why) for row in ledger.itertuples() if row.taken == "asks"]
    return " ".join(said)


def _several(n: int) -> str:
    """A number of people or answers; one below five is not said."""
    return number(n) if n >= FEW or n == 0 else _("fewer than {few}").format(few=number(FEW))


def _platforms_to_name(facts) -> tuple[list[str], list[str], int]:
    """Platforms that are known or frequent, words that are nearly a known one, and how many others there are."""
    rare = [name for name, users in facts["unknown"].items() if users < FEW]
    guesses = {name: read.guess_platform(name) for name in facts["unknown"]}
    misspelled = [f"'{name.replace('_', ' ')}' ({guess}?)" for name, guess in guesses.items() if guess]
    shown = [name for name in facts["platforms"] if name not in rare]
    return shown, misspelled, sum(not guesses[name] for name in rare)


def _unused(rejects) -> Notes:
    """How many values of which column were not used and why, without the values."""
    counts = rejects.groupby(["column", "reason"], sort=True).size()
    return Notes([(*why, _several(n)) for why, n in counts.items()], columns=["column", "reason", "values"])
