"""Other people, as a fitted mixture wants them: their answers as codes, their ages in years, counted once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import softmax

from ..errors import TableError
from ..tables.answers import silent
from ..tables.cells import AGES, SUMS, Cells, collapse, sum_names
from ..tables.people import People, age_coding, as_text, check_people, require_columns, shown
from ..tables.reading import Log, coding_of, read_ages, read_ticks
from .em import Grid, mid_ages

if TYPE_CHECKING:
    from .mixture import AudienceMixture


def rows_of(people) -> tuple[pd.DataFrame, dict[str, str]]:
    """A frame of People, of Cells' respondents, or of an array (items x0, x1, ...), and the columns of its sums."""
    if isinstance(people, Cells):
        return people.respondents, dict(zip(SUMS, people.sums, strict=True))
    if isinstance(people, People):
        have = [name for name in SUMS if name in people.table and name not in people.platforms]
        return people.table, {name: name for name in have}
    if isinstance(people, pd.DataFrame):
        return people, {}
    values = np.asarray(people)
    if values.ndim != 2:
        found = f"{values.ndim} dimension(s)"
        raise TableError("people", "a table has rows and columns", found, "Use a DataFrame, or reshape(1, -1).")
    return pd.DataFrame(values, columns=[f"x{j}" for j in range(values.shape[1])]), {}


def cells_of_rows(frame: pd.DataFrame, sample_weight=None) -> Cells:
    """Count a frame of people: `age` or `age_low, age_high` is the age, every other column an item."""
    for name in SUMS:
        if name in frame.columns:
            remedy = f'Give sample_weight=, or Cells.from_table(frame, items=[...], {name}="{name}").'
            raise TableError(name, "is no item of a frame of people", f"a column {name!r}", remedy)
    if not frame.columns.is_unique:
        doubled = frame.columns[frame.columns.duplicated()][0]
        raise TableError(str(doubled), "every column has a name of its own", "two of this name", "Rename one.")
    items = [name for name in frame.columns if name not in AGES]
    table, weight = pd.concat([_ages(frame), *(_ticks(frame[name]) for name in items)], axis=1), None
    if sample_weight is not None:
        table["weight"], weight = np.asarray(sample_weight), "weight"
    age = ("age_low", "age_high") if "age_low" in table else "age" if "age" in table else None
    return Cells.from_table(table, items=items, age=age, weight=weight)


def _ages(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of age: bands if there are any, else years, or the bands that their text tells."""
    if "age_low" in frame or "age" not in frame or not _is_text(frame["age"]):
        return frame[[name for name in (AGES[1:] if "age_low" in frame else AGES) if name in frame]]
    text, log = as_text(frame["age"]), Log()
    return _or_refuse(read_ages(text, age_coding(text, None), None, log), log)


def _ticks(column: pd.Series) -> pd.Series:
    """A column of yes and no as 1 and 0; any other as it is."""
    if not _is_text(column):
        return column
    text, log = as_text(column), Log()
    if coding_of({column.name: Counter(text.dropna())}) != "yes or no":
        return column
    return _or_refuse(read_ticks([(column.name, text)], "yes or no", None, log), log)[column.name]


def _is_text(column: pd.Series) -> bool:
    kind = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
    return not pd.api.types.is_numeric_dtype(kind)


def _or_refuse(read: pd.DataFrame, log: Log) -> pd.DataFrame:
    """What was read, unless a cell was not: that would be a gap nobody sees."""
    for row, name, value, reason in log.rejects:
        if not silent(value):
            remedy = "Correct it or leave it empty; People.from_frame reads the rest and lists such cells."
            raise TableError(name, "every answer is read, or empty", f"{value!r} in row {row!r} ({reason})", remedy)
    return read


def answer_codes(people: pd.DataFrame, cells: Cells) -> np.ndarray:
    """The place of every answer among those of the fit, -1 for none, shape (n, J)."""
    require_columns(people, list(cells.items))
    columns = []
    for item in cells.items:
        seen, given = pd.Index(cells.answers[item]), people[item]
        given = _ticks(given) if cells.answers[item] == (0, 1) else given
        numeric = pd.api.types.is_numeric_dtype(seen) and pd.api.types.is_numeric_dtype(given)
        values = given.to_numpy(float, na_value=np.nan) if numeric else given.astype(object)
        codes = seen.astype(float if numeric else object).get_indexer(pd.Index(values))
        unseen = (codes < 0) & given.notna().to_numpy()
        if unseen.any():
            raise TableError(
                item,
                f"answers are those of the fit ({', '.join(map(str, seen))})",
                f"{shown(given[unseen].iloc[0])} in row {people.index[unseen][0]!r}",
                "Recode it, or leave it empty.",
            )
        columns.append(codes)
    return np.stack(columns, 1)


def ages_of(people: pd.DataFrame, cells: Cells, *, into_bands: bool) -> np.ndarray:
    """Ages in years, NaN where unknown: as given, or the middle of a band; `into_bands`, of the fit's band."""
    read = _ages(people)
    own_bands = "age_low" in read
    ages = check_people(read, items=[], age=("age_low", "age_high") if own_bands else "age")
    if own_bands and cells.age != "age":  # an open band ends where it ended in the fit
        both = pd.concat([cells.respondents, ages], ignore_index=True)[["age_low", "age_high"]]
        return mid_ages(both)[len(cells.respondents) :]
    years = mid_ages(ages)
    if not into_bands or own_bands or cells.age == "age":
        return years
    bands = cells.respondents[["age_low", "age_high"]].dropna(subset="age_low").drop_duplicates().sort_values("age_low")
    middles = mid_ages(bands)
    low, high = bands["age_low"].to_numpy(float), bands["age_high"].fillna(np.inf).to_numpy(float)
    at = np.clip(np.searchsorted(low, years, side="right") - 1, 0, None)
    inside = (years >= low[at]) & (np.floor(years) <= high[at])
    return np.where(inside, middles[at], years)


def counted(ages: np.ndarray, codes: np.ndarray, sums: np.ndarray, like: Cells) -> tuple[Cells, np.ndarray]:
    """Cells of people with these ages (years), codes (n, J) and sums (n, 3), and the cell of every row."""
    keys = pd.DataFrame(np.column_stack([ages, np.where(codes < 0, np.nan, codes)]))
    by = list(keys.columns)
    cell = keys.groupby(by, dropna=False, sort=True).ngroup().to_numpy()
    found = collapse(keys.assign(**dict(zip(SUMS, sums.T, strict=True))), by, list(SUMS))
    table = pd.DataFrame({"age": found[0]})
    for j, item in enumerate(like.items, start=1):
        own = found[j].fillna(-1).astype(int)
        table[item] = pd.Categorical.from_codes(own, dtype=like.table[item].dtype)
    table[sum_names(like.items)] = found[list(SUMS)].to_numpy()
    return Cells(table, like.items, "age", like.source, like.origin), cell


@dataclass(frozen=True, eq=False)
class Others:
    """People counted in the shape of a fit: N rows that agree in age, answers and the further columns asked for."""

    values: pd.DataFrame  # (N, ...) the further columns
    count: np.ndarray  # (N,) people
    weight: np.ndarray  # (N,) sum of weights
    weight_squared: np.ndarray  # (N,)
    grid: Grid  # of their cells
    cell: np.ndarray  # (N,) the cell of every row
    start: np.ndarray  # (K, q + M) the model's parameters in this grid

    @classmethod
    def of(cls, model: AudienceMixture, people, *, also: tuple[str, ...] = (), **sums: str | None) -> Others:
        """Count `people`, without those who answered no item; `sums` names count, weight, weight_squared."""
        frame, own = rows_of(people)
        require_columns(frame, list(also))
        if "weight" in own:  # whose weight is not known is in no estimate
            frame = frame[frame[own["weight"]].notna()]
        codes = answer_codes(frame, model.cells_)
        table = check_people(frame, items=[], age=None, **{**own, **sums})
        ages = np.full(len(frame), np.nan)
        if model.age is not None:
            ages = ages_of(frame, model.cells_, into_bands=model.age == "bands")
        keys = pd.DataFrame(np.column_stack([ages, np.where(codes < 0, np.nan, codes)]), frame.index)
        for name in also:
            keys[len(keys.columns)] = frame[name]
        by, kept = list(keys.columns), (codes >= 0).any(1) & (table["count"] > 0).to_numpy()
        rows = collapse(pd.concat([keys, table[list(SUMS)]], axis=1)[kept], by, list(SUMS))
        codes = rows[by[1 : codes.shape[1] + 1]].fillna(-1).to_numpy(int)
        amounts = rows[list(SUMS)].to_numpy(float)
        cells, cell = counted(rows[0].to_numpy(float), codes, amounts, model.cells_)
        grid = Grid.of(cells, model.age)
        values = rows[by[codes.shape[1] + 1 :]].set_axis(list(also), axis=1)
        return cls(values, *amounts.T, grid, cell, _in_grid(model, grid))

    def log_answers(self, theta: np.ndarray) -> np.ndarray:
        """log P(answers | audience) of every row for the model's or replicates' parameters, (..., K, N)."""
        return self.grid.log_answers(theta)[..., self.cell]

    def by_cell(self, weight: np.ndarray) -> np.ndarray:
        """Weights of the rows (R, N) summed over their cells, (R, C)."""
        found = np.zeros((len(weight), len(self.grid.row)))
        np.add.at(found, (slice(None), self.cell), weight)
        return found


def _in_grid(model: AudienceMixture, grid: Grid) -> np.ndarray:
    """The model's parameters (K, q + M) for other people's grid: the same answers, the age part that fits them."""
    own_age, answers = model._grid.split(model.theta_)
    log_a = model._grid.age_model.at(own_age, grid.ages, model.share_)
    own = softmax(log_a[:, grid.row] + grid.log_answers(answers), axis=0)
    expected = (own * grid.weight) @ grid.by_age
    age = grid.age_model.start(np.zeros((1, len(answers))), np.random.default_rng(0))
    for _step in range(25):
        age = grid.age_model.m_step(age, expected[None])
    return np.concatenate([age[0], answers], -1)
