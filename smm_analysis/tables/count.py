"""Count once: identical rows become one row with a count, and with weights their sum and the sum of their squares."""

import pandas as pd

from .people import check_people, require_columns

SUMS = ["count", "weight", "weight_squared"]


def collapse(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """One row per combination of `by` (missing is a value), sorted, with the sums of the columns SUMS it has."""
    sums = [name for name in SUMS if name in frame.columns]
    return frame.groupby(by, dropna=False, observed=True, sort=True)[sums].sum().reset_index()


def count_rows(source: pd.DataFrame, *, by: list[str], weight: str | None = None) -> pd.DataFrame:
    """How many rows share each combination of answers?

    Parameters
    ----------
    source : DataFrame, one row per person or order
    by : list of column names
    weight : column name, optional
        Survey weight of a row, 0 or more.

    Returns
    -------
    DataFrame
        The by-columns, `count`, and with a weight `weight` and `weight_squared` (sums over the rows).
        A missing value is a value of its own: the counts add up to the number of rows.

    Raises
    ------
    TableError
        If a column is missing, the table is empty, or a weight is negative, missing or infinite.

    Examples
    --------
    >>> people = pd.DataFrame({"facebook": [1, 1, 0], "instagram": [0, 0, 1]})
    >>> count_rows(people, by=["facebook", "instagram"])
       facebook  instagram  count
    0         0          1      1
    1         1          0      2
    """
    require_columns(source, by)
    checked = check_people(source, items=[], age=None, weight=weight)
    sums = SUMS if weight else SUMS[:1]
    return collapse(pd.concat([source[by], checked[sums]], axis=1), by)
