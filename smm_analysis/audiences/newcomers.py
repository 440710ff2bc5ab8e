"""New people, as a fitted mixture wants them: their answers one-hot, their ages in years."""

import numpy as np
import pandas as pd

from ..errors import TableError
from ..tables.cells import Cells
from ..tables.count import collapse
from ..tables.people import check_people, require_columns, shown
from .em import mid_ages


def one_hot(people: pd.DataFrame, cells: Cells) -> np.ndarray:
    """Answers as in the fit, shape (n, M); an item without an answer is all zeros."""
    require_columns(people, list(cells.items))
    columns = []
    for item in cells.items:
        seen = pd.Index(cells.answers[item], dtype=object)
        codes = seen.get_indexer(people[item].astype(object))
        unseen = (codes < 0) & people[item].notna().to_numpy()
        if unseen.any():
            raise TableError(
                item,
                f"answers are those of the fit ({', '.join(map(str, seen))})",
                f"{shown(people[item][unseen].iloc[0])} in row {people.index[unseen][0]!r}",
                "Recode it, or leave it empty.",
            )
        columns.append(np.eye(len(seen) + 1)[codes, :-1])
    return np.concatenate(columns, 1)


def ages_of(people: pd.DataFrame, cells: Cells, *, into_bands: bool) -> np.ndarray:
    """Ages in years, NaN where unknown: as given, or the middle of a band; `into_bands`, of the fit's band."""
    own_bands = "age" not in people.columns
    ages = check_people(people, items=[], age=("age_low", "age_high") if own_bands else "age")
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


def recounted(
    people: pd.DataFrame, cells: Cells, *, age: str | None, sums: dict[str, str | None], also: tuple[str, ...] = ()
) -> pd.DataFrame:
    """People counted as a fit with `age` counts them: age | items | `also` | count, weight, weight_squared.

    Ages are in years, items carry the fit's answers; people who answered none are left out. `sums` names the columns
    count, weight and weight_squared, where there are any.
    """
    answers = one_hot(people, cells)
    table = check_people(people, items=[], age=None, **sums)
    columns = np.cumsum([len(values) for values in cells.answers.values()])[:-1]
    for item, given in zip(cells.items, np.split(answers, columns, axis=1), strict=True):
        codes = np.where(given.any(axis=1), given.argmax(axis=1), -1)
        table[item] = pd.Categorical.from_codes(codes, dtype=cells.table[item].dtype)
    ages = ages_of(people, cells, into_bands=age == "bands") if age is not None else np.nan
    table = table.assign(age=ages, **{name: people[name] for name in also})
    answered = answers.any(axis=1) & (table["count"] > 0)
    return collapse(table[answered], ["age", *cells.items, *also])
