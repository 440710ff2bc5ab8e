"""Frames of any engine (pandas, polars, DuckDB, Spark, Dask): columns demanded, numbers checked, rows counted."""

from __future__ import annotations

import warnings

import narwhals as nw
import numpy as np
import pandas as pd

from ..errors import SmmWarning, TableError
from ..words import number

SUMS = ("count", "weight", "weight_squared")
MOST = 20_000_000  # combinations, beyond which counting is no help
ROW, ROWS = "first row of its kind", "rows of its kind"  # the index of a counted frame
RULES = {  # kind of numbers: what holds for them, and what to do
    "age": (
        "ages are numbers of years between 0 and 120, or missing",
        "Correct or clear it; People.from_frame reads words.",
    ),
    "count": ("counts are whole numbers of people, 0 or more", "Give sampling weights as weight=, not as count=."),
    "weight": ("weights are finite numbers, 0 or more, not all 0", "Correct the weight or leave the row out."),
}


def obeys(value, kind: str):
    """Which numbers keep the rule of their kind? `value` is a column of pandas, or an expression for any engine."""
    most = 120 if kind == "age" else np.finfo(float).max
    within = (value >= 0) & (value <= most)  # NaN is neither, in every engine
    return within & (value % 1 == 0) if kind == "count" else within


def in_pandas(source):
    """A frame of any engine as one of pandas; what is no frame stays what it is."""
    if isinstance(source, pd.DataFrame):  # also with two columns of one name, which narwhals refuses
        return source
    frame = nw.from_native(source, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect("polars" if frame.implementation.is_polars() else "pandas")
    if not isinstance(frame, nw.DataFrame) or frame.implementation.is_pandas():
        return frame.to_native() if isinstance(frame, nw.DataFrame) else source
    zoned = [name for name, kind in frame.schema.items() if getattr(kind, "time_zone", None)]
    frame = frame.with_columns(nw.col(*zoned).dt.replace_time_zone(None)) if zoned else frame  # NumPy would shift them
    columns = {name: frame[name].to_numpy() for name in frame.columns}  # polars itself would ask for pyarrow
    ordered = {name: kind.categories for name, kind in frame.schema.items() if isinstance(kind, nw.Enum)}
    return pd.DataFrame(columns | {name: pd.Categorical(columns[name], ordered[name]) for name in ordered})


def names_of(source, name: str, remedy: str) -> list:
    """The columns of a frame of any engine; a TableError if it is none."""
    frame = source if isinstance(source, pd.DataFrame) else nw.from_native(source, pass_through=True)
    if not isinstance(frame, pd.DataFrame | nw.DataFrame | nw.LazyFrame):
        raise TableError(name, "must be a DataFrame", type(source).__name__, remedy)
    return frame.collect_schema().names() if isinstance(frame, nw.LazyFrame) else list(frame.columns)


def require_columns(source, names: list) -> None:
    """Raise a TableError unless `source` is a frame of some engine, with rows and all the columns `names`."""
    have = names_of(source, "source", "Read the file with read_survey first.")
    missing = [name for name in names if have.count(name) != 1]
    if missing:
        found = f"only {', '.join(map(str, have[:12])) or 'none'}"
        raise TableError(missing[0], "must be a column of the table", found, "Check the spelling.")
    if hasattr(source, "__len__") and len(source) == 0:
        raise TableError("source", "must hold at least one person", "an empty table", "Check the file or the filter.")


def require(ok: pd.Series, column: pd.Series, name: str, rule: str, remedy: str) -> None:
    """Raise a TableError that names the first row in which `ok` is false; rows may have been counted."""
    bad = ~ok.to_numpy(bool)
    if bad.any():
        row, rows = column.index[bad][0], np.ones(len(bad), int)
        if ROWS in column.index.names:
            row = row[0] if column.index.names[0] == ROW else ""
            rows = column.index.get_level_values(ROWS).to_numpy()
        raise _broken(name, rule, column[bad].iloc[0], row, rows[bad].sum(), rows.sum(), remedy)


def _broken(name: str, rule: str, value: object, row: object, bad: int, n: int, remedy: str) -> TableError:
    """What to say of `bad` rows of `n`; where rows have no order, `row` is empty."""
    where = f" in row {shown(row)}" if row != "" else ""
    return TableError(name, rule, f"{shown(value)}{where} ({bad} of {n} rows break the rule)", remedy)


def shown(value: object) -> str:
    """A cell as a person wrote it: 2.0 rather than np.float64(2.0)."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def numbers_of(column: pd.Series, kind: str) -> pd.Series:
    """The column as numbers that keep the rule of their kind: "age", "count" or "weight"."""
    rule, remedy = RULES[kind]
    values = pd.to_numeric(column, errors="coerce").astype(float)
    require(obeys(values, kind) | (column.isna() & (kind == "age")), column, column.name, rule, remedy)
    if kind == "age" and pd.api.types.is_bool_dtype(column):
        raise TableError(column.name, rule, "true/false values", remedy)
    if kind != "age":
        require_some(column.name, kind, values.sum())
    return values.astype("int64") if kind == "count" else values


def require_some(name: str, kind: str, total: float) -> None:
    """Raise a TableError if the numbers of a column are zeros only."""
    if total == 0:
        raise TableError(name, RULES[kind][0], "zeros only", RULES[kind][1])


def count_people(source, keys: list, **told) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count people where they are: one row per combination of `keys`, and beside it count, weight, weight_squared.

    `told` names the columns that hold these. Without `count` every row is one person; without `weight` each weighs 1.
    The index holds the first row of each combination (empty where rows have no order) and the number of rows, so that
    `require` can name them.
    """
    told = {name: told[name] for name in SUMS if told.get(name) is not None}  # a column may be named 0
    kinds = {column: "count" if name == "count" else "weight" for name, column in told.items()}
    frame = _demanded(source, keys, kinds)
    wrong = {f"{name} is wrong": ~obeys(nw.col(name).cast(nw.Float64), kind) for name, kind in kinds.items()}
    wrong = {name: broken.fill_null(True).cast(nw.Int64) for name, broken in wrong.items()}
    sums = {f"sum of {name}": number for name, number in _sums(told).items()}  # a key may be named weight
    found = [nw.len().alias(ROWS), *(nw.col(name).sum() for name in (*sums, *wrong))]
    if isinstance(frame, nw.DataFrame):
        frame, found = frame.with_row_index(ROW), [*found, nw.col(ROW).min()]
    if "count" in told:
        frame = frame.filter(~(nw.col(told["count"]) == 0).fill_null(False))  # an answer that nobody gave is none
    frame = frame.with_columns(**sums, **wrong) if sums else frame
    table = in_pandas(frame.group_by(*keys).agg(*found).head(MOST + 1))
    if len(table) > MOST:
        different = in_pandas(frame.select(nw.col(*keys).n_unique())).iloc[0]
        rule, many = f"rows are counted in at most {number(MOST)} combinations", number(different.max())
        remedy = "Leave it out, or give it fewer values: whole years, whole days, no identities."
        raise TableError(different.idxmax(), rule, f"more, and {many} different values", remedy)
    for (name, kind), flag in zip(kinds.items(), wrong, strict=True):
        if bad := table[flag].sum():
            first = in_pandas(frame.filter(nw.col(flag) > 0).head(1))
            row = _labels(source, first)[0] if ROW in first else ""
            raise _broken(name, RULES[kind][0], first[name].iloc[0], row, int(bad), table[ROWS].sum(), RULES[kind][1])
    table = table.sort_values(ROW) if ROW in table else table
    rows = {ROW: _labels(source, table)} if ROW in table else {"unordered": range(len(table))}
    table.index = pd.MultiIndex.from_arrays([*rows.values(), table[ROWS]], names=[*rows, ROWS])
    filled, counts = table[ROWS], {}
    for name in SUMS:
        counts[name] = filled = table.get(f"sum of {name}", filled)
        if name in told:
            require_some(told[name], kinds[told[name]], filled.sum())
    return table[keys], pd.DataFrame(counts).astype({"count": "int64", "weight": float, "weight_squared": float})


def _demanded(source, keys: list, kinds: dict) -> nw.DataFrame | nw.LazyFrame:
    """The columns of a frame that are needed: those of `kinds` are numbers, decimals become floats."""
    need = list(dict.fromkeys([*keys, *kinds]))
    require_columns(source, need)
    if isinstance(source, pd.DataFrame):
        text = [name for name in kinds if not pd.api.types.is_numeric_dtype(source[name])]
        source = source[need].assign(**{name: numbers_of(source[name], kinds[name]) for name in text})
    frame = nw.from_native(source).select(nw.col(name) for name in need)
    types = frame.collect_schema()
    for name, kind in kinds.items():
        if not (types[name].is_numeric() or types[name] == nw.Boolean):
            raise TableError(name, RULES[kind][0], f"a column of type {types[name]}", RULES[kind][1])
    decimal = [nw.col(name).cast(nw.Float64) for name in keys if isinstance(types[name], nw.Decimal)]
    return frame.with_columns(*decimal) if decimal else frame


def _sums(told: dict) -> dict[str, nw.Expr]:
    """What a row adds to each sum."""
    number = {name: nw.col(column).cast(nw.Float64) for name, column in told.items()}
    if "weight" in told and "weight_squared" not in told:
        number["weight_squared"] = number["weight"] * number["weight"] / number.get("count", 1)  # a power is slower
        if "count" in told:
            said = f"`{told['weight']}` sums the weights of `{told['count']}` people, and no column holds the sum of "
            said += "their squares: equal weights are assumed inside each row. Name weight_squared= for exact errors."
            warnings.warn(said, SmmWarning, stacklevel=5)
    return number


def _labels(source, table: pd.DataFrame) -> pd.Index:
    """What the first rows are called: as the index of pandas has them, elsewhere by their number."""
    return source.index[table[ROW]] if isinstance(source, pd.DataFrame) else pd.Index(table[ROW])
