"""People: one row per person, what they use and how old they are. Frames of people are checked here, once."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import SmmWarning, TableError
from ..words import number, plural
from .answers import age as read_age
from .answers import birthday
from .asking import Undecided
from .reading import ASKED, RESERVED, Log, coding_of, read_ages, read_ticks, understood

if TYPE_CHECKING:
    from .cells import Cells

AGE_LIMITS = (0, 120)
REJECTS = ["row", "column", "value", "reason"]


@dataclass(frozen=True, eq=False, repr=False)
class People:
    """Who answered, how old are they, and which platforms do they use?

    Made by `read_survey`, `People.from_frame` or a simulation; never changed.

    Attributes
    ----------
    table : DataFrame
        One row per person: ``age`` in years (empty = not known; the middle of a band, with ``age_low, age_high``
        beside it), platforms (1 uses, 0 does not, empty = no answer), ``weight`` and ``count`` if there are, and other
        columns under their names.
    platforms : list of str
        The columns that are platforms.
    about : About
        How many people, from where.
    rejects : DataFrame
        ``row, column, value, reason``: what was not read. `row` is the index of the table (of a file: its row there).
    ledger : DataFrame
        ``column, taken, why``: what every column was taken for.
    notes : tuple of str
        What must be said about the reading.
    several : bool
        Could a person name more than one platform? If not, nobody can see who uses which together.
    facts : dict
        Of a file: name, SHA-256, format, encoding, sheet.
    call : str
        The line of Python that reads the file the same way.

    Examples
    --------
    >>> frame = pd.DataFrame({"age_group": ["18-24", "65+", "18-24"], "facebook": ["No", "Yes", "Yes"]})
    >>> people = People.from_frame(frame, platforms=["facebook"], age="age_group")
    >>> people.table
        age  age_low  age_high  facebook
    0  21.0     18.0      24.0       0.0
    1  68.0     65.0       NaN       1.0
    2  21.0     18.0      24.0       1.0
    """

    table: pd.DataFrame
    platforms: list[str]
    about: About = About()
    rejects: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=REJECTS))
    ledger: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["column", "taken", "why"]))
    notes: tuple[str, ...] = ()
    several: bool = True
    facts: dict = field(default_factory=dict)
    call: str = ""

    @classmethod
    def from_frame(
        cls,
        df: pd.DataFrame,
        *,
        platforms: list[str],
        age: str | tuple[str, str] | None = "age",
        weight: str | None = None,
        count: str | None = None,
        year: int | None = None,
        yes: object = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> People:
        """Check a frame of people; its words are read as those of a file.

        Parameters
        ----------
        df : DataFrame
            One row per person, or per `count` identical people.
        platforms : list of column names
            Yes/No, true/false, 0/1, how often, minutes; other codes with `yes`.
        age : column name, (low, high) column names, or None
            Years, bands ('18-24', '65+', 'under 18'), or with `year` years of birth.
        weight, count : column name, optional
            Survey weight; how many people a row stands for.
        year : int, optional
            When people were asked.
        yes : optional
            The one answer that means yes, where that is not plain: 1 of the codes 1 and 2.
        source, origin : str, optional
            For captions; origin is "published", "simulated" or "own".

        Raises
        ------
        TableError
            If a column is missing, or what its answers mean has to be said.
        """
        platforms, ages = list(platforms), [] if age is None else [age] if isinstance(age, str) else list(age)
        require_columns(df, [*ages, *platforms, *(name for name in (weight, count) if name)])
        _check_names(df, platforms, {"weight": weight, "count": count})
        index, df, log = df.index, df.reset_index(drop=True), Log()
        out = _ages_of(df, ages, year, log)
        text = {name: as_text(df[name]) for name in platforms}
        coding = coding_of({name: Counter(column.dropna()) for name, column in text.items()}, " ".join(platforms))
        if coding in ASKED and yes is None:
            raise Undecided("yes", ASKED[coding], remedy="Name the answer that means use, such as yes=1.")
        out = out.join(read_ticks(list(text.items()), coding, yes, log))
        if weight:
            out["weight"] = _weights(df[weight], weight)
        if count:
            out["count"] = _counts(df[count], count)
        out = out.join(df[[name for name in df if name not in {*ages, *platforms, *RESERVED, weight, count}]])
        about = About(n=int(out["count"].sum()) if count else len(out), source=source, origin=origin)
        rejects = log.frame()
        rejects["row"] = rejects["row"].map(dict(enumerate(index)))
        return cls(out.set_axis(index), platforms, about, rejects, notes=tuple(log.notes))

    def cells(self, min_people: int = 1) -> Cells:
        """Count the people once, for the models.

        Parameters
        ----------
        min_people : int
            Platforms that fewer people use, or fewer do not use, are left out.

        Raises
        ------
        TableError
            If no platform is left.
        """
        from .cells import Cells  # cells check their frames here

        n = self.table["count"] if "count" in self.table else pd.Series(1, self.table.index)
        least = {name: min(n[self.table[name] == answer].sum() for answer in (0, 1)) for name in self.platforms}
        items = [name for name in self.platforms if least[name] >= max(1, min_people)]
        if not items:
            found = f"none that {max(1, min_people)} people use and as many do not"
            raise TableError("platforms", "at least one platform divides people", found, "Ask more people.")
        age = ("age_low", "age_high") if "age_low" in self.table else "age" if "age" in self.table else None
        weight, count = (name if name in self.table else None for name in ("weight", "count"))
        table = self.table[self.table["weight"].notna()] if weight else self.table
        return Cells.from_table(table, items=items, age=age, weight=weight, count=count, about=self.about)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        said = plural("{n} person", "{n} people", self.about.n).format(n=number(self.about.n))
        return f"{said}; {', '.join(self.platforms)}"

    def _repr_html_(self) -> str:
        return f"<p><b>{self!r}</b></p>{self.table.head(8).to_html(index=False)}"


def _check_names(df: pd.DataFrame, platforms: list[str], sums: dict) -> None:
    """Columns whose name says something else here are named, never taken or dropped in silence."""
    if not platforms or set(platforms) & set(RESERVED):
        found = ", ".join(sorted(set(platforms) & set(RESERVED))) or "none"
        raise TableError("platforms", "must name columns of platforms", found, "Name or rename them.")
    for name, given in sums.items():
        if name in df and given is None:
            remedy = f"Write {name}={name!r}, or drop the column."
            raise TableError(name, f"a column of this name is the {name} of people", "one that is not named", remedy)


def _ages_of(df: pd.DataFrame, ages: list[str], year: int | None, log: Log) -> pd.DataFrame:
    """The age of a frame, from one column of anything or two of numbers."""
    if len(ages) == 1:
        text = as_text(df[ages[0]])
        return read_ages(text, age_coding(text, year), year, log)
    out = pd.DataFrame(index=df.index)
    if ages:
        out["age_low"], out["age_high"] = _bands(*(_years(df[name], name) for name in ages))
    return out


def as_text(column: pd.Series) -> pd.Series:
    """A column of any type as a person would type it; missing stays missing."""
    words = {value: str(int(value) if _is_whole(value) else value).strip() for value in column.dropna().unique()}
    return column.astype(object).map(words).where(column.notna(), None)


def _is_whole(value) -> bool:
    return isinstance(value, float | np.floating) and float(value).is_integer()


def age_coding(text: pd.Series, year: int | None) -> str:
    """How a column tells ages: in years, in bands, or (with the year of the interviews) by birth."""
    counts = Counter(text.dropna())
    if understood(counts, birthday) > 0.5:
        if year is None:
            raise Undecided(
                "year", f"{text.name!r} holds years of birth: when were people asked?", remedy="Type year=."
            )
        return "born"
    bands = [read for answer in counts if (read := read_age(answer))]
    whole = [low for low, high in bands if low == high]
    if len(whole) == len(counts) > 1 and max(whole) <= 12 and min(whole) < 7:
        rule = f"{str(text.name)[:60]!r} holds codes, no ages: what do they mean?"
        raise Undecided(
            "age", rule, remedy="Recode them as bands ('18-24') by their code book, or leave the age out: age=False."
        )
    exact = sum(counts[answer] for answer in counts if (read := read_age(answer)) and read[0] == read[1])
    return "years" if exact > 0.5 * sum(k for answer, k in counts.items() if read_age(answer)) else "bands"


# Checks of frames whose columns are numbers already -------------------------------------------------------------------


def check_people(
    frame: pd.DataFrame,
    *,
    items: list[str],
    age: str | tuple[str, str] | None = "age",
    weight: str | None = None,
    count: str | None = None,
    weight_squared: str | None = None,
) -> pd.DataFrame:
    """A typed copy of the named columns: ages | items (categories) | count, weight, weight_squared.

    Ages come back as `age`, or as `age_low, age_high`. Without `count` every row is one person; without `weight`
    every person weighs 1. The index is the caller's, so that messages can name the row.
    """
    ages = [] if age is None else [age] if isinstance(age, str) else list(age)
    require_columns(frame, [*ages, *items, *(name for name in (weight, count, weight_squared) if name)])
    typed = pd.DataFrame(index=frame.index)
    if isinstance(age, str):
        typed["age"] = _years(frame[age], age)
    elif age is not None:
        typed["age_low"], typed["age_high"] = _bands(_years(frame[ages[0]], ages[0]), _years(frame[ages[1]], ages[1]))
    for item in items:
        typed[item] = answers_of(frame[item], item)
    typed["count"] = _counts(frame[count], count) if count else 1
    typed["weight"] = _weights(frame[weight], weight) if weight else typed["count"].astype(float)
    if weight_squared:
        typed["weight_squared"] = _weights(frame[weight_squared], weight_squared)
    else:
        if weight and count:
            warnings.warn(
                f"`{weight}` sums the weights of `{count}` people, and no column holds the sum of their squares: equal "
                "weights are assumed inside each row. Name weight_squared= for exact errors.",
                SmmWarning,
                stacklevel=3,
            )
        typed["weight_squared"] = typed["weight"] ** 2 / typed["count"].clip(lower=1)
    return typed


def require_columns(frame: pd.DataFrame, names: list[str]) -> None:
    """Raise a TableError unless `frame` is a table with rows and all the columns `names`."""
    if not isinstance(frame, pd.DataFrame):
        raise TableError("source", "must be a DataFrame", type(frame).__name__, "Read the file with read_survey first.")
    missing = [name for name in names if name not in frame.columns]
    if missing:
        have = ", ".join(map(str, frame.columns[:12])) or "none"
        raise TableError(missing[0], "must be a column of the table", f"only {have}", "Check the spelling.")
    if len(frame) == 0:
        raise TableError("source", "must hold at least one person", "an empty table", "Check the file or the filter.")


def shown(value: object) -> str:
    """A cell as a person wrote it: 2.0 rather than np.float64(2.0)."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def _require(ok: pd.Series, column: pd.Series, name: str, rule: str, remedy: str) -> None:
    """Raise a TableError that names the first row in which `ok` is false."""
    if not ok.all():
        row = ok.index[~ok.to_numpy()][0]
        value = column.loc[row] if column.index.is_unique else column[~ok.to_numpy()].iloc[0]
        raise TableError(
            name, rule, f"{shown(value)} in row {row!r} ({(~ok).sum()} of {len(ok)} rows break the rule)", remedy
        )


def _numbers(column: pd.Series, name: str, rule: str, remedy: str) -> pd.Series:
    """The column as floats; text that is no number is an error."""
    values = pd.to_numeric(column, errors="coerce").astype(float)
    _require(values.notna() | column.isna(), column, name, rule, remedy)
    return values


def _years(column: pd.Series, name: str) -> pd.Series:
    rule = f"ages are numbers of years between {AGE_LIMITS[0]} and {AGE_LIMITS[1]}, or missing"
    remedy = "Correct the age or leave it empty; read_survey does this for survey files."
    if pd.api.types.is_bool_dtype(column):
        raise TableError(name, rule, "true/false values", remedy)
    years = _numbers(column, name, rule, remedy)
    _require(years.isna() | years.between(*AGE_LIMITS), column, name, rule, remedy)
    return years


def _bands(low: pd.Series, high: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Checked bands, inclusive and in completed years; an open band has a low end only."""
    names = f"{low.name}, {high.name}"
    _require(~(low > high), low, names, "a band's low age is not above its high age", "Swap or correct the two ages.")
    _require(low.notna() | high.isna(), high, names, "a band has a low age", "Write 0 for 'up to'.")
    known = pd.DataFrame({"low": low, "high": high}).dropna(subset="low").drop_duplicates().sort_values(["low", "high"])
    overlap = known["low"].to_numpy()[1:] <= known["high"].fillna(np.inf).to_numpy()[:-1]
    if overlap.any():
        first, second = (known.iloc[overlap.argmax() + i].tolist() for i in (0, 1))
        raise TableError(names, "bands do not overlap", f"{first} and {second}", "Give every age one band.")
    return low, high


def answers_of(column: pd.Series, name: str) -> pd.Series:
    """The item as categories in their natural order: 0 before 1, numbers by size, text by the alphabet."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        answers = column.cat.remove_unused_categories()
        order = answers.cat.categories
        if all(isinstance(value, bool | np.bool_) for value in order):
            answers = answers.cat.rename_categories([int(value) for value in order])
    else:
        values = column.map({True: 1, False: 0}, na_action="ignore") if _is_bool(column) else column
        if pd.api.types.is_numeric_dtype(values):
            values = values.astype(float)
            _require(~np.isinf(values), column, name, "answers are finite", "Correct the cell or leave it empty.")
            if (values.dropna() % 1 == 0).all():
                values = values.astype("Int64")
        answers = values.astype("category")
    if answers.cat.categories.size < 2:
        found = "no answer at all" if answers.cat.categories.size == 0 else f"only {answers.cat.categories[0]}"
        raise TableError(name, "an item has two or more different answers", found, "Leave it out of items.")
    return answers


def _is_bool(column: pd.Series) -> bool:
    return pd.api.types.is_bool_dtype(column) or column.dropna().map(lambda v: isinstance(v, bool | np.bool_)).all()


def _counts(column: pd.Series, name: str) -> pd.Series:
    rule, remedy = "counts are whole numbers of people, 0 or more", "Give sampling weights as weight=, not as count=."
    values = _numbers(column, name, rule, remedy)
    _require(values.notna() & (values >= 0) & (values % 1 == 0), column, name, rule, remedy)
    if values.sum() == 0:
        raise TableError(name, rule, "zeros only", "Check the column.")
    return values.astype("int64")


def _weights(column: pd.Series, name: str) -> pd.Series:
    rule, remedy = "weights are finite numbers, 0 or more, not all 0", "Correct the weight or leave the row out."
    values = _numbers(column, name, rule, remedy)
    _require(np.isfinite(values) & (values >= 0), column, name, rule, remedy)
    if values.sum() == 0:
        raise TableError(name, rule, "zeros only", remedy)
    return values
