"""Published figures: tables that ship with the package, each with its source.

`data/published/index.csv` lists them; `data/README.md` is their codebook.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from ..errors import TableError


@cache
def data_folder() -> Path:
    """The folder `data`: inside an installed package, or beside it in a checkout."""
    package = Path(str(files("smm_analysis")))
    return next(path for path in (package / "data", package.parent / "data") if path.is_dir())


def published_tables() -> pd.DataFrame:
    """Which published tables are there?

    Returns
    -------
    DataFrame
        One row per table: ``name, kind, rows, title, source, url, note``.

    Examples
    --------
    >>> "gss_2016_platforms_by_age" in set(published_tables()["name"])
    True
    """
    index = pd.read_csv(data_folder() / "published" / "index.csv", dtype=str, keep_default_na=False)
    index.insert(2, "rows", [len(_read(name)) for name in index["name"]])
    return index


def load_published(name: str) -> pd.DataFrame:
    """Read one published table by its name.

    Parameters
    ----------
    name : str
        One of `published_tables()["name"]`.

    Returns
    -------
    DataFrame
        Columns as in the codebook (data/README.md). `attrs`: ``title, source, url, note`` and
        ``origin = "published"``, which charts print.

    Raises
    ------
    TableError
        If there is no table of that name.

    Examples
    --------
    >>> gss = load_published("gss_2016_platforms_by_age")
    >>> int(gss["respondents"].sum()), gss.attrs["origin"]
    (1366, 'published')
    """
    index = pd.read_csv(data_folder() / "published" / "index.csv", dtype=str, keep_default_na=False).set_index("name")
    if name not in index.index:
        raise TableError("name", "must name a published table", repr(name), f"Choose one of: {', '.join(index.index)}.")
    table = _read(name).copy()
    table.attrs = {**index.loc[name, ["title", "source", "url", "note"]], "origin": "published"}
    return table


def glossary() -> pd.DataFrame:
    """What are the words of this subject called in the languages of the class?

    Returns
    -------
    DataFrame
        Sixty terms: ``en, de, ru, kk, meaning``; the meaning is in English. Russian and Kazakh await a native reader.

    Examples
    --------
    >>> glossary().set_index("en").loc["audience", "ru"]
    'аудитория'
    """
    return pd.read_csv(data_folder() / "glossary.csv")


@cache
def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(data_folder() / "published" / f"{name}.csv", comment="#")


@cache
def _platform_labels() -> dict[str, str]:
    return dict(pd.read_csv(data_folder() / "platforms.csv")[["platform", "label"]].values)


def item_label(item: str) -> str:
    """A platform's usual spelling ('linkedin' -> 'LinkedIn'); other items as they are named.

    >>> item_label("linkedin"), item_label("buys_online")
    ('LinkedIn', 'buys online')
    """
    return _platform_labels().get(item, str(item).replace("_", " "))
