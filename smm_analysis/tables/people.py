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
from .asking import Undecided
from .frames import in_pandas, numbers_of, require, require_columns
from .reading import ASKED, REJECTS, RESERVED, Log, age_coding, coding_of, read_ages, read_ticks

if TYPE_CHECKING:
    from .cells import Cells


@dataclass(frozen=True, eq=False, repr=False)
class People:
    """Who answered, how old are they, and which platforms do they use?

    Made by `read_survey`, `People.from_frame` or a simulation; never changed.

    Attributes
    ----------
    table : DataFrame
        One row per person: ``age`` in years (empty = not known; of bands the middle, beside ``age_low, age_high``),
        platforms (1 uses, 0 does not, empty = no answer), ``weight`` and ``count`` if there are, then other columns.
    rejects, ledger : DataFrame
        ``row, column, value, reason``: what was not read, by the row of the file or the index of the frame;
        ``column, taken, why``: what every column was taken for ("age", "platforms", "weight", "kept", "left out").
    notes, call : tuple of str, str
        What must be said about the reading, and the line of Python that reads the file the same way.
    several : bool
        Could a person name more than one platform? If not, nobody can see who uses which together.

    Examples
    --------
    >>> frame = pd.DataFrame({"age_group": ["18-24", "65+"], "facebook": ["No", "Yes"]})
    >>> People.from_frame(frame, platforms=["facebook"], age="age_group").table
        age  age_low  age_high  facebook
    0  21.0     18.0      24.0       0.0
    1  68.0     65.0       NaN       1.0
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
        df : DataFrame, one row per person, or per `count` identical people
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
        df, platforms, ages, sums = in_pandas(df), list(platforms), age_names(age), {"weight": weight, "count": count}
        require_columns(df, [*ages, *platforms, *(name for name in sums.values() if name is not None)])
        if not platforms or set(platforms) & set(RESERVED):
            found = ", ".join(sorted(set(platforms) & set(RESERVED))) or "none"
            raise TableError("platforms", "must name columns of platforms", found, "Name or rename them.")
        for name in (name for name, given in sums.items() if name in df and given is None):  # never in silence
            rule, remedy = f"a column of this name is the {name} of people", f"Write {name}={name!r}, or drop it."
            raise TableError(name, rule, "one that is not named", remedy)
        index, df, log = df.index, df.reset_index(drop=True), Log()
        aged = as_text(df[ages[0]]) if len(ages) == 1 else None
        out = ages_of(df, ages) if aged is None else read_ages(aged, age_coding(aged, year), year, log)
        text = {name: as_text(df[name]) for name in platforms}
        coding = coding_of({name: Counter(column.dropna()) for name, column in text.items()}, " ".join(platforms))
        if coding in ASKED and yes is None:
            raise Undecided("yes", ASKED[coding], remedy="Name the answer that means use, such as yes=1.")
        out = out.join(read_ticks(list(text.items()), coding, yes, log))
        for kind, name in sums.items():
            if name is not None:
                out[kind] = numbers_of(df[name], kind)
        out = out.join(df[[name for name in df if name not in {*ages, *platforms, *RESERVED, *sums.values()}]])
        about = About(n=int(out["count"].sum()) if count is not None else len(out), source=source, origin=origin)
        rejects = log.frame()
        rejects["row"] = rejects["row"].map(dict(enumerate(index)))
        return cls(out.set_axis(index), platforms, about, rejects, notes=tuple(log.notes))

    def cells(self, min_people: int = 1) -> Cells:
        """Count the people once, for the models.

        Platforms that fewer than `min_people` use, or do not use, are left out; a TableError if none is left.
        """
        from .cells import Cells  # cells check their frames here

        least, names = max(1, min_people), {name: name for name in ("weight", "count") if name in self.table}
        n = self.table["count"] if "count" in names else pd.Series(1, self.table.index)
        items = [p for p in self.platforms if min(n[self.table[p] == used].sum() for used in (0, 1)) >= least]
        if not items:
            found = f"none that {least} people use and as many do not"
            raise TableError("platforms", "at least one platform divides people", found, "Ask more people.")
        age = ("age_low", "age_high") if "age_low" in self.table else "age" if "age" in self.table else None
        table = self.table[self.table["weight"].notna()] if "weight" in names else self.table
        return Cells.from_table(table, items=items, age=age, about=self.about, **names)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        said = plural("{n} person", "{n} people", self.about.n).format(n=number(self.about.n))
        return f"{said}; {', '.join(self.platforms)}"

    def _repr_html_(self) -> str:
        return f"<p><b>{self!r}</b></p>{self.table.head(8).to_html(index=False)}"


def as_text(column: pd.Series) -> pd.Series:
    """A column of any type as a person would type it; missing stays missing."""
    whole = lambda value: isinstance(value, float | np.floating) and value % 1 == 0
    text = column.astype(object).map(lambda value: str(int(value) if whole(value) else value).strip(), "ignore")
    return text.where(column.notna(), None)


def age_names(age: str | tuple[str, str] | None) -> list[str]:
    """The columns that hold the age."""
    return [] if age is None else [age] if isinstance(age, str) else list(age)


def ages_of(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """`age`, or `age_low, age_high` of bands, inclusive and in completed years; an open band has a low end only."""
    ages = pd.DataFrame({name: numbers_of(frame[name], "age") for name in names}, frame.index)
    if len(names) < 2:
        return ages.set_axis(["age"][: len(names)], axis=1)
    (low, high), both = (ages[name] for name in names), ", ".join(names)
    require(~(low > high), low, both, "a band's low age is not above its high age", "Swap or correct the two ages.")
    require(low.notna() | high.isna(), high, both, "a band has a low age", "Write 0 for 'up to'.")
    ages = ages.set_axis(["age_low", "age_high"], axis=1)
    known = ages.dropna(subset="age_low").drop_duplicates().sort_values(["age_low", "age_high"]).to_numpy()
    overlap = known[1:, 0] <= np.nan_to_num(known[:-1, 1], nan=np.inf)
    if overlap.any():
        first, second = known[overlap.argmax() :][:2].tolist()
        raise TableError(both, "bands do not overlap", f"{first} and {second}", "Give every age one band.")
    return ages


def answers_of(column: pd.Series, name: str) -> pd.Series:
    """The item as categories in their natural order: 0 before 1, numbers by size, text by the alphabet."""
    answers = column
    if not isinstance(column.dtype, pd.CategoricalDtype):
        values = column.map({True: 1, False: 0}, na_action="ignore") if _truths(column.dropna()) else column
        if pd.api.types.is_numeric_dtype(values):
            values = values.astype(float)
            require(~np.isinf(values), column, name, "answers are finite", "Correct the cell or leave it empty.")
            values = values.astype("Int64") if (values.dropna() % 1 == 0).all() else values
        answers = values.astype("category")
    answers = answers.cat.remove_unused_categories()
    order = answers.cat.categories
    if len(order) < 2:
        found = f"only {order[0]}" if len(order) else "no answer at all"
        raise TableError(name, "an item has two or more different answers", found, "Leave it out of items.")
    return answers.cat.rename_categories([int(value) for value in order]) if _truths(order) else answers


def _truths(values) -> bool:
    return all(isinstance(value, bool | np.bool_) for value in values)
