"""People: one row per person, what they use and how old they are. Frames of people are checked here, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError
from ..words import number, plural
from .answers import age as read_age
from .answers import birthday
from .asking import Undecided
from .checks import answers_of, bands_of, check_people, counts_of, require_columns, shown, weights_of, years_of
from .reading import ASKED, REJECTS, RESERVED, Log, coding_of, read_ages, read_ticks, understood

if TYPE_CHECKING:
    from .cells import Cells

__all__ = ["People", "age_coding", "answers_of", "as_text", "check_people", "require_columns", "shown"]


@dataclass(frozen=True, eq=False, repr=False)
class People:
    """Who answered, how old are they, and which platforms do they use?

    Made by `read_survey`, `People.from_frame` or a simulation; never changed.

    Attributes
    ----------
    table : DataFrame
        One row per person: ``age`` in years (empty = not known; of bands the middle, beside ``age_low, age_high``),
        platforms (1 uses, 0 does not, empty = no answer), ``weight`` and ``count`` if there are, then other columns.
    platforms : list of str
    about : About
        How many people, from where.
    rejects : DataFrame
        ``row, column, value, reason``: what was not read; `row` is the row of the file, or the index of the frame.
    ledger : DataFrame
        ``column, taken, why``: what every column was taken for ("age", "platforms", "weight", "kept", "left out").
    notes : tuple of str
        What must be said about the reading.
    several : bool
        Could a person name more than one platform? If not, nobody can see who uses which together.
    facts : dict
        Of a file: ``name, sha256, format``, encoding, sheet.
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
            Yes/No, true/false, 0/1, how often, minutes; other codes with `yes`, the answer that means yes.
        age : column name, (low, high) column names, or None
            Years, bands ('18-24', '65+', 'under 18'), or with `year`, when people were asked, years of birth.
        weight, count : column name, optional
            Survey weight; how many people a row stands for.
        source, origin : str, optional
            For captions; origin is "published", "simulated" or "own".

        Raises
        ------
        TableError : if a column is missing, or what its answers mean has to be said.
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
            out["weight"] = weights_of(df[weight], weight)
        if count:
            out["count"] = counts_of(df[count], count)
        out = out.join(df[[name for name in df if name not in {*ages, *platforms, *RESERVED, weight, count}]])
        about = About(n=int(out["count"].sum()) if count else len(out), source=source, origin=origin)
        rejects = log.frame()
        rejects["row"] = rejects["row"].map(dict(enumerate(index)))
        return cls(out.set_axis(index), platforms, about, rejects, notes=tuple(log.notes))

    def cells(self, min_people: int = 1) -> Cells:
        """Count the people once, for the models.

        Platforms that fewer than `min_people` use, or do not use, are left out; a TableError if none is left.
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
        out["age_low"], out["age_high"] = bands_of(*(years_of(df[name], name) for name in ages))
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
