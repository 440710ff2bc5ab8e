"""Cells: the weighted contingency table of age and answers. People enter the models here, once, as counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import TableError
from ..words import _, number, plural
from .people import answers_of, check_people, require_columns

SUMS = ("count", "weight", "weight_squared")
AGES = ("age", "age_low", "age_high")


def sum_names(taken: Iterable[str]) -> list[str]:
    """Names of the columns of people, weights and squared weights in a table that has the columns `taken`."""
    taken, found = set(taken), []
    for name in SUMS:
        while name in taken:
            name += "_"
        found.append(name)
    return found


def collapse(table: pd.DataFrame, by: list, sums: list[str]) -> pd.DataFrame:
    """One row per combination of `by` (missing is a value), sorted, with the sums of the columns `sums`."""
    return table.groupby(by, dropna=False, observed=True, sort=True)[sums].sum().reset_index()


@dataclass(frozen=True, eq=False)
class Cells:
    """How many people, with what weight, gave each combination of age and answers?

    Make one with `Cells.from_table`; it is never changed. The models work on cells only, so the answer is exactly
    the one from the rows, and its cost does not grow with the number of people.

    Attributes
    ----------
    table : DataFrame
        Ages | items | people, weights and squared weights, named by `sums` ("count_" beside an item "count").
    items : tuple of str
    age : "age", ("age_low", "age_high") or None
        How ages are held: in years, in bands, or not at all.
    source, origin : str or None
        Where the people come from; "published", "simulated", "own", or None where nobody said.

    Examples
    --------
    >>> people = pd.DataFrame({"age": [17, 17, 45], "facebook": [0, 0, 1]})
    >>> cells = Cells.from_table(people, items=["facebook"])
    >>> cells.n_respondents
    3
    >>> cells.to_frame()
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
        source: pd.DataFrame,
        *,
        items: list[str],
        age: str | tuple[str, str] | None = "age",
        weight: str | None = None,
        count: str | None = None,
        weight_squared: str | None = None,
        about: About | None = None,
    ) -> Cells:
        """Count a table of people, or of people counted before.

        Parameters
        ----------
        source : DataFrame
            One row per person, or per group of identical people with `count`.
        items : list of column names
            Questions with two or more answers: true/false, 0/1, text, numbers or categories; empty = no answer.
        age : column name, (low, high) column names, or None
            Years (0 to 120), or inclusive bands in whole years; a high end left empty is an open band.
        weight : column name, optional
            Survey weight; with `count`, the sum over the row's people. Only ratios of weights matter.
        count : column name, optional
            How many people a row stands for, a whole number.
        weight_squared : column name, optional
            With `count` and `weight`: the sum of squared weights over the row's people.
        about : About, optional
            Where the people come from, for captions.

        Raises
        ------
        TableError
            If a column is missing or breaks its rule; the message names the row.
        """
        items, about = list(items), about or About()
        if not items:
            raise TableError("items", "must name at least one item", "none", "Name the columns that hold the answers.")
        for item in items:
            if items.count(item) > 1 or item in AGES:
                rule = "must name every item once" if item not in AGES else "age is no item, it has its own place"
                raise TableError("items", rule, f"{item!r}", "Name it once, or as age=.")
        require_columns(source, [*items, *([count] if count else [])])
        if count:  # an answer that nobody gave is no answer of the item
            occupied = pd.to_numeric(source[count], errors="coerce") != 0
            source = source[occupied] if occupied.any() else source
        typed = check_people(source, items=[], age=age, weight=weight, count=count, weight_squared=weight_squared)
        ages, sums = [name for name in AGES if name in typed], sum_names(items)
        answers = pd.DataFrame({item: answers_of(source[item], item) for item in items})
        table = pd.concat([typed[ages], answers, typed[list(SUMS)].set_axis(sums, axis=1)], axis=1)
        kind = None if age is None else "age" if isinstance(age, str) else ("age_low", "age_high")
        return cls(collapse(table, [*ages, *items], sums), tuple(items), kind, about.source, about.origin)

    @cached_property
    def answers(self) -> dict[str, tuple]:
        """The answers of every item, in their order."""
        return {item: tuple(self.table[item].cat.categories) for item in self.items}

    @cached_property
    def respondents(self) -> pd.DataFrame:
        """The cells of people who answered at least one item: those the models see."""
        return self.table[self.table[list(self.items)].notna().any(axis=1)].reset_index(drop=True)

    @property
    def sums(self) -> list[str]:
        """Names of the columns of people, weights and squared weights."""
        return sum_names(self.items)

    @cached_property
    def count(self) -> np.ndarray:
        """People in every respondents' cell."""
        return self.respondents[self.sums[0]].to_numpy(float)

    @property
    def n_respondents(self) -> int:
        """People who answered at least one item."""
        return int(self.count.sum())

    @property
    def n_unanswered(self) -> int:
        """People who answered no item: counted, said, and left out of every model."""
        return int(self.table[self.sums[0]].sum()) - self.n_respondents

    @cached_property
    def weight(self) -> np.ndarray:
        """Weight of every respondents' cell, scaled to mean 1 per person (sum n)."""
        weight = self.respondents[self.sums[1]].to_numpy()
        return weight * (self.n_respondents / weight.sum())

    @cached_property
    def weight_squared(self) -> np.ndarray:
        """Squared weights of every respondents' cell, on the scale of `weight`."""
        return (
            self.respondents[self.sums[2]].to_numpy() * (self.n_respondents / self.respondents[self.sums[1]].sum()) ** 2
        )

    @property
    def effective_n(self) -> float:
        """Kish's (1965) effective number of respondents, (sum w)^2 / sum w^2: a warning about size, never a divisor."""
        return self.n_respondents**2 / float(self.weight_squared.sum())

    @property
    def about(self) -> About:
        """What a caption needs."""
        return About(self.n_respondents, source=self.source, origin=self.origin)

    def to_frame(self) -> pd.DataFrame:
        """The table: age (or age_low, age_high) | items | count, weight, weight_squared. `from_table` takes it back."""
        frame = self.table.copy()
        for item in self.items:
            categories = frame[item].cat.categories
            if pd.api.types.is_numeric_dtype(categories):
                frame[item] = frame[item].astype("Int64" if pd.api.types.is_integer_dtype(categories) else float)
        return frame

    def resample(self, random_state: int = 0) -> Cells:
        """Another survey of the same size, drawn from this one (weighted bootstrap; no strata, no clusters).

        Counts are multinomial; a cell's weight is Gamma with the mean and variance that its new count implies,
        so that a share varies as it does when people are drawn with replacement.
        """
        amounts = (self.respondents[name].to_numpy(float) for name in self.sums)
        drawn = resampled(*amounts, 1, np.random.default_rng(random_state))
        again = self.respondents.assign(**{name: values[0] for name, values in zip(self.sums, drawn, strict=True)})
        unanswered = self.table[self.table[list(self.items)].isna().all(axis=1)]
        return replace(self, table=pd.concat([again[drawn[0][0] > 0], unanswered], ignore_index=True))

    def _repr_html_(self) -> str:
        said = plural("{n} person", "{n} people", self.n_respondents).format(n=number(self.n_respondents))
        rest = _("in {cells} cells (effective n {effective}; {unanswered} answered no item)").format(
            cells=number(len(self.respondents)),
            effective=number(self.effective_n),
            unanswered=number(self.n_unanswered),
        )
        return f"<p><b>{said}</b> {rest}</p>{self.to_frame().head(8).to_html(index=False)}"


def resampled(
    n: np.ndarray, weight: np.ndarray, squared: np.ndarray, n_resamples: int, rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Bootstrap counts, weights and squared weights of counted rows, each of shape (n_resamples, n_rows)."""
    count = rng.multinomial(int(n.sum()), n / n.sum(), size=n_resamples)
    mean = weight / n
    variance = np.maximum(squared / n - mean**2, 0)
    variance[variance < 1e-12 * np.maximum(mean, 1e-300) ** 2] = 0
    spread = variance > 0
    drawn = count * mean
    shape = count[:, spread] * (mean[spread] ** 2 / variance[spread])
    drawn[:, spread] = rng.standard_gamma(shape) * (variance[spread] / mean[spread])
    return count, drawn, count * (variance + mean**2)
