"""Cells: the weighted contingency table of age and answers. People enter the models here, once, as counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError
from ..words import _, number, plural
from .frames import SUMS, count_people, in_pandas, require, require_columns
from .people import People, age_names, ages_of, answers_of
from .reading import RESERVED, middle_ages

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

AGES = ("age", "age_low", "age_high")


def _kind(names) -> str | tuple[str, str] | None:
    """How a table with columns of these names holds ages."""
    return AGES[1:] if "age_low" in names else "age" if "age" in names else None


def collapse(table: pd.DataFrame, by: list) -> pd.DataFrame:
    """One row per combination of `by` (missing is a value), sorted, with count, weight and weight_squared."""
    return table.groupby(by, dropna=False, observed=True, sort=True)[list(SUMS)].sum().reset_index()


@dataclass(frozen=True, eq=False)
class Cells:
    """How many people, with what weight, gave each combination of age and answers?

    Made by `Cells.from_table` and never changed. The models work on cells only: the answer is exactly the one from
    the rows, and its cost does not grow with the number of people.

    Attributes
    ----------
    table : DataFrame
        Ages | items | count, weight, weight_squared (sums over the people).
    age : "age" (years), ("age_low", "age_high") or None

    Examples
    --------
    >>> people = pd.DataFrame({"age": [17, 17, 45], "facebook": [0, 0, 1]})
    >>> Cells.from_table(people, items=["facebook"]).to_frame()
        age  facebook  count  weight  weight_squared
    0  17.0         0      2     2.0             2.0
    1  45.0         1      1     1.0             1.0
    """

    table: pd.DataFrame
    items: tuple[str, ...]
    age: str | tuple[str, str] | None
    source: str | None = None
    origin: str | None = None

    @classmethod
    def from_table(
        cls,
        source: IntoFrame,
        *,
        items: list[str],
        age: str | tuple[str, str] | None = "age",
        weight: str | None = None,
        count: str | None = None,
        weight_squared: str | None = None,
        about: About | None = None,
    ) -> Cells:
        """Count a table of people, or of people counted before, in the engine that holds it.

        Parameters
        ----------
        source : DataFrame of pandas, or of polars, DuckDB, Spark, Dask or what else narwhals knows
            One row per person, or per `count` identical people.
        items : list of column names
            Questions with two or more answers: true/false, 0/1, text, numbers or categories; empty = no answer.
        age : column name, (low, high) column names, or None
            Years (0 to 120), or inclusive bands in whole years; a high end left empty is an open band.
        weight, count : column name, optional
            Survey weight, of which only ratios matter; how many people a row stands for. With both, `weight` is the
            sum over the row's people, and `weight_squared` names the sum of their squares.
        about : About, optional, where the people come from

        Raises
        ------
        TableError : if a column is missing or breaks its rule; the message names the row.
        """
        items, about, ages = list(items), about or About(), age_names(age)
        if not items:
            raise TableError("items", "must name at least one item", "none", "Name the columns that hold the answers.")
        for item in items:
            if items.count(item) > 1 or item in RESERVED:
                rule = f"{item} is no item, it has its own place" if item in RESERVED else "must name every item once"
                remedy = "Name it once, or as age=, count= or weight=; an item of this name needs another one."
                raise TableError("items", rule, repr(item), remedy)
        frame, sums = count_people(source, [*ages, *items], count=count, weight=weight, weight_squared=weight_squared)
        ages, answers = ages_of(frame, ages), {item: answers_of(frame[item], item) for item in items}
        table = collapse(pd.concat([ages, pd.DataFrame(answers), sums], axis=1), [*ages, *items])
        return cls(table, tuple(items), _kind(ages), about.source, about.origin)

    @cached_property
    def answers(self) -> dict[str, tuple]:
        """The answers of every item, in their order."""
        return {item: tuple(self.table[item].cat.categories) for item in self.items}

    @cached_property
    def respondents(self) -> pd.DataFrame:
        """The cells of people who answered at least one item: those the models see."""
        return self.table[self.table[list(self.items)].notna().any(axis=1)].reset_index(drop=True)

    @cached_property
    def count(self) -> np.ndarray:
        """People in every respondents' cell."""
        return self.respondents["count"].to_numpy(float)

    @cached_property
    def weight(self) -> np.ndarray:
        """Weight of every respondents' cell, scaled to mean 1 per person (sum n)."""
        return self.respondents["weight"].to_numpy() * self._scale

    @cached_property
    def weight_squared(self) -> np.ndarray:
        """Squared weights of every respondents' cell, on the scale of `weight`."""
        return self.respondents["weight_squared"].to_numpy() * self._scale**2

    @property
    def _scale(self) -> float:
        return self.n_respondents / self.respondents["weight"].sum()

    @property
    def n_respondents(self) -> int:
        """People who answered at least one item."""
        return int(self.count.sum())

    @property
    def n_unanswered(self) -> int:
        """People who answered no item: counted, said, and left out of every model."""
        return int(self.table["count"].sum()) - self.n_respondents

    @property
    def effective_n(self) -> float:
        """Kish's (1965) effective number of respondents, (sum w)^2 / sum w^2: a warning about size, never a divisor."""
        return self.n_respondents**2 / float(self.weight_squared.sum())

    @property
    def about(self) -> About:
        """What a caption needs."""
        return About(self.n_respondents, source=self.source, origin=self.origin)

    def to_frame(self) -> pd.DataFrame:
        """The table with its answers as plain numbers or text; `from_table` takes it back."""
        frame = self.table.copy()
        for item in self.items:
            categories = frame[item].cat.categories
            if pd.api.types.is_numeric_dtype(categories):
                frame[item] = frame[item].astype("Int64" if pd.api.types.is_integer_dtype(categories) else float)
        return frame

    def _repr_html_(self) -> str:
        said = plural("{n} person", "{n} people", self.n_respondents).format(n=number(self.n_respondents))
        sizes = {"cells": len(self.respondents), "effective": self.effective_n, "unanswered": self.n_unanswered}
        rest = _("in {cells} cells (effective n {effective}; {unanswered} answered no item)")
        rest = rest.format(**{name: number(size) for name, size in sizes.items()})
        return f"<p><b>{said}</b> {rest}</p>{self.to_frame().head(8).to_html(index=False)}"

    def codes_of(self, people: pd.DataFrame) -> np.ndarray:
        """The place of every answer of other people among the answers here, -1 for none, shape (n, J)."""
        require_columns(people, list(self.items))
        columns = []
        for item, answers in self.answers.items():
            seen, given = pd.Index(answers), people[item]
            numeric = pd.api.types.is_numeric_dtype(seen) and pd.api.types.is_numeric_dtype(given)
            codes = seen.get_indexer(pd.Index(given.astype(float if numeric else object)))
            rule = f"answers are those of the fit ({', '.join(map(str, seen))})"
            require(given.isna() | (codes >= 0), given, item, rule, "Recode it, or leave it empty.")
            columns.append(codes)
        return np.stack(columns, 1)

    def years_of(self, people: pd.DataFrame, way: str | None) -> np.ndarray:
        """Ages of other people as a mixture wants them: in years, for "bands" the middle of a band here, NaN if None.

        An open band of theirs ends where it ends here.
        """
        if way is None:
            return np.full(len(people), np.nan)
        here = None if self.age == "age" else self.respondents[list(AGES[1:])]
        names = age_names(_kind(people) or "age")
        require_columns(people, names)
        ages = ages_of(people, names)
        if "age_low" in ages:
            return mid_ages(pd.concat([here, ages]) if here is not None else ages)[-len(ages) :]
        years = ages["age"].to_numpy()
        if way == "curve" or here is None:
            return years
        bands = here.dropna(subset="age_low").drop_duplicates().sort_values("age_low")
        at = np.searchsorted(bands["age_low"], years, side="right") - 1
        inside = (at >= 0) & (np.floor(years) <= bands["age_high"].fillna(np.inf).to_numpy()[at])
        return np.where(inside, mid_ages(bands)[at], years)


def mid_ages(table: pd.DataFrame) -> np.ndarray:
    """Age of every row in years, or the middle of its band, as the door has it; NaN if none."""
    if "age_low" in table.columns:
        return middle_ages(table["age_low"], table["age_high"]).to_numpy(float)
    return table["age"].to_numpy(float) if "age" in table.columns else np.full(len(table), np.nan)


# Frames of people as a model is given them ----------------------------------------------------------------------------


def rows_of(people) -> tuple[pd.DataFrame, dict[str, str]]:
    """A frame of People, of Cells' respondents, or of an array (items x0, x1, ...), and the columns of its sums."""
    if isinstance(people, Cells):
        return people.respondents, {name: name for name in SUMS}
    if isinstance(people, People):
        return people.table, {name: name for name in SUMS if name in people.table}
    people = in_pandas(people)
    return people if isinstance(people, pd.DataFrame) else pd.DataFrame(people).add_prefix("x"), {}


def cells_of_rows(frame: pd.DataFrame, sample_weight=None) -> Cells:
    """Count a frame of people: `age` or `age_low, age_high` is the age, every other column an item."""
    for name in SUMS:
        if name in frame.columns:
            remedy = f'Give sample_weight=, or Cells.from_table(frame, items=[...], {name}="{name}").'
            raise TableError(name, "is no item of a frame of people", f"a column {name!r}", remedy)
    items, weight = [name for name in frame.columns if name not in AGES], None
    if sample_weight is not None:
        frame, weight = frame.assign(weight=np.asarray(sample_weight)), "weight"
    return Cells.from_table(frame, items=items, age=_kind(frame), weight=weight)
