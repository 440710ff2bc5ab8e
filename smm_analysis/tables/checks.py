"""Checks of frames whose columns are numbers already: ages, counts, weights, answers; one message names the row."""

import warnings

import numpy as np
import pandas as pd

from ..errors import SmmWarning, TableError

AGE_LIMITS = (0, 120)


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
        typed["age"] = years_of(frame[age], age)
    elif age is not None:
        typed["age_low"], typed["age_high"] = bands_of(*(years_of(frame[name], name) for name in ages))
    for item in items:
        typed[item] = answers_of(frame[item], item)
    typed["count"] = counts_of(frame[count], count) if count else 1
    typed["weight"] = weights_of(frame[weight], weight) if weight else typed["count"].astype(float)
    if weight_squared:
        typed["weight_squared"] = weights_of(frame[weight_squared], weight_squared)
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
        found = f"{shown(value)} in row {row!r} ({(~ok).sum()} of {len(ok)} rows break the rule)"
        raise TableError(name, rule, found, remedy)


def _numbers(column: pd.Series, name: str, rule: str, remedy: str) -> pd.Series:
    """The column as floats; text that is no number is an error."""
    values = pd.to_numeric(column, errors="coerce").astype(float)
    _require(values.notna() | column.isna(), column, name, rule, remedy)
    return values


def years_of(column: pd.Series, name: str) -> pd.Series:
    """Ages in years."""
    rule = f"ages are numbers of years between {AGE_LIMITS[0]} and {AGE_LIMITS[1]}, or missing"
    remedy = "Correct the age or leave it empty; read_survey does this for survey files."
    if pd.api.types.is_bool_dtype(column):
        raise TableError(name, rule, "true/false values", remedy)
    years = _numbers(column, name, rule, remedy)
    _require(years.isna() | years.between(*AGE_LIMITS), column, name, rule, remedy)
    return years


def bands_of(low: pd.Series, high: pd.Series) -> tuple[pd.Series, pd.Series]:
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


def counts_of(column: pd.Series, name: str) -> pd.Series:
    """How many people every row stands for."""
    rule, remedy = "counts are whole numbers of people, 0 or more", "Give sampling weights as weight=, not as count=."
    values = _numbers(column, name, rule, remedy)
    _require(values.notna() & (values >= 0) & (values % 1 == 0), column, name, rule, remedy)
    return _not_all_zero(values, name, rule, remedy).astype("int64")


def weights_of(column: pd.Series, name: str) -> pd.Series:
    """The survey weight of every row."""
    rule, remedy = "weights are finite numbers, 0 or more, not all 0", "Correct the weight or leave the row out."
    values = _numbers(column, name, rule, remedy)
    _require(np.isfinite(values) & (values >= 0), column, name, rule, remedy)
    return _not_all_zero(values, name, rule, remedy)


def _not_all_zero(values: pd.Series, name: str, rule: str, remedy: str) -> pd.Series:
    if values.sum() == 0:
        raise TableError(name, rule, "zeros only", remedy)
    return values
