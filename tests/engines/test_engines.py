"""What is counted inside another engine is what pandas counts, and a bad row is named there as here.

`make test` runs this on polars and DuckDB; `make test-engines` adds pyarrow, Dask and Spark.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smm_analysis import (
    AudienceMixture,
    Cells,
    Orders,
    People,
    SmmError,
    audit_promises,
    fit_disconfirmation,
    fit_surface,
    quote_promise,
    simulate_orders,
    simulate_people,
)
from smm_analysis.tables import frames

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # of PySpark about pandas, of narwhals about Dask


@cache
def spark():
    from pyspark.sql import SparkSession

    local = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false"}
    local |= {"spark.sql.shuffle.partitions": "2", "spark.ui.showConsoleProgress": "false"}
    session = SparkSession.builder.master("local[2]").config(map=local).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def read_arrow(path):
    from pyarrow import parquet

    return parquet.read_table(path)


def read_dask(path):
    from dask import dataframe

    return dataframe.read_parquet(path)


FAST = {
    "polars": pl.read_parquet,
    "polars lazy": pl.scan_parquet,
    "DuckDB": lambda path: duckdb.read_parquet(str(path)),
}
FURTHER = {"pyarrow": read_arrow, "dask": read_dask, "pyspark": lambda path: spark().read.parquet(str(path))}
ENGINES = FAST | {package: read for package, read in FURTHER.items() if find_spec(package)}
KINDS = {"age": pl.Int64, "flag": pl.Boolean, "word": pl.String, "scale": pl.Float64, "n": pl.Int32, "w": pl.Float64}
ITEMS = ["flag", "word", "scale"]


@pytest.fixture(params=ENGINES)
def engine(request):
    return ENGINES[request.param]


def stored(columns: dict[str, list] | pd.DataFrame, path: Path, kinds: dict | None = None) -> Path:
    """The columns as a Parquet file, without pyarrow."""
    if isinstance(columns, pd.DataFrame):
        columns = {name: column.astype(object).where(column.notna(), None).tolist() for name, column in columns.items()}
    pl.DataFrame(columns, schema=kinds).write_parquet(path)
    return path


def outcome(make):
    """What is made, or which rule is broken and how often."""
    try:
        return make()
    except SmmError as refused:
        return refused.name, refused.rule, *re.findall(r"\(.* of .* rows", refused.found)


def equal(one: pd.DataFrame, two: pd.DataFrame) -> None:
    """The same counts and answers exactly, the same weights to 1e-12."""
    assert list(one) == list(two) and len(one) == len(two)
    for name in one:
        a, b = (np.asarray(table[name].astype(object).where(table[name].notna(), None)) for table in (one, two))
        if name.startswith("weight"):
            np.testing.assert_allclose(a.astype(float), b.astype(float), rtol=1e-12)
        else:
            np.testing.assert_array_equal(a, b)


# Any people -----------------------------------------------------------------------------------------------------------

person = st.fixed_dictionaries(
    {
        "age": st.none() | st.integers(0, 30),
        "flag": st.none() | st.booleans(),
        "word": st.none() | st.sampled_from(["no", "yes", 'it\'s "so", ñ']),
        "scale": st.none() | st.sampled_from([1.5, 2.0, -3.0]),
        "n": st.integers(0, 9),
        "w": st.floats(0, 1e6, allow_subnormal=False),
    }
)
wrong = st.none() | st.sampled_from(
    [("age", 121), ("age", -1), ("w", -2.0), ("w", None), ("w", float("inf")), ("n", -1), ("n", None)]
)


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    people=st.lists(person, min_size=1, max_size=30),
    wrong=wrong,
    weight=st.sampled_from([None, "w"]),
    count=st.sampled_from([None, "n"]),
)
def test_any_people_are_counted_in_an_engine_as_in_pandas(tmp_path, people, wrong, weight, count):
    if wrong:
        people = [*people, people[0] | {"n": 1} | dict([wrong])]
    columns = {name: [row[name] for row in people] for name in KINDS}
    path = stored(columns, tmp_path / "people.parquet", KINDS)
    told = {"items": ITEMS, "weight": weight, "count": count, "weight_squared": "w" if weight and count else None}
    here = outcome(lambda: Cells.from_table(pd.DataFrame(columns), **told))
    for read in FAST.values():
        there = outcome(lambda read=read: Cells.from_table(read(path), **told))
        if isinstance(here, tuple):
            assert there == here
        else:
            equal(there.to_frame(), here.to_frame())
            assert there.answers == here.answers


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A file of 3,000 people, weighted, with missing ages and answers; and the same in pandas."""
    people = simulate_people(3000, random_state=1, missing=0.05, missing_age=0.05, weighted=True)[0].table
    return stored(people, tmp_path_factory.mktemp("people") / "people.parquet"), people


def test_every_engine_counts_the_same_people(engine, simulated):
    path, people = simulated
    told = {"items": ["instagram", "tiktok", "facebook"], "weight": "weight"}
    here, there = Cells.from_table(people, **told), Cells.from_table(engine(path), **told)
    equal(there.to_frame(), here.to_frame())
    assert there.effective_n == pytest.approx(here.effective_n, rel=1e-12)
    fits = [AudienceMixture(2, n_starts=2).fit(cells) for cells in (here, there)]
    np.testing.assert_allclose(*(fit.log_likelihood_ for fit in fits), rtol=1e-12)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"items": ["nothing"]}, "`nothing`: must be a column of the table; found only age, instagram"),
        ({"items": ["vk"], "weight": "sex"}, "`sex`: weights are finite numbers.*found a column of type String"),
        ({"items": ["vk"], "weight": "bad"}, r"`bad`: weights are finite.*found -1.0.* \(3 of 5 rows break the rule\)"),
        ({"items": ["vk"], "age": "weight"}, r"`weight`: ages are numbers.*found 200.0.* \(1 of 5 rows"),
        ({"items": ["vk"], "count": "zero"}, "`zero`: counts are whole numbers.*found zeros only"),
        ({"items": ["sex", "age"], "age": None}, "`items`: age is no item"),
        ({"items": ["one"]}, "`one`: an item has two or more different answers; found only 1"),
    ],
)
def test_every_engine_names_what_is_wrong(engine, tmp_path, told, message):
    columns = {"age": [20.0, None, 30.0, 31.0, 32.0], "instagram": [1, 0, 1, None, 0], "sex": list("fmfmx")}
    columns |= {"vk": [True, False, True, None, True], "weight": [1.0, 2.0, 200.0, 1.0, 1.0]}
    columns |= {"bad": [-1.0, -1.0, -1.0, 1.0, 1.0], "zero": [0] * 5, "one": [1] * 5}
    path = stored(columns, tmp_path / "people.parquet")
    with pytest.raises(SmmError, match=message):
        Cells.from_table(engine(path), **told)


def test_an_order_of_answers_and_the_first_bad_row_are_known_where_the_engine_knows_them():
    kind = pl.Enum(["low", "mid", "high"])
    frame = pl.DataFrame({"level": pl.Series(["high", "low", None], dtype=kind), "w": [1.0, 1.0, -1.0]})
    assert Cells.from_table(frame, items=["level"], age=None).answers == {"level": ("low", "high")}
    with pytest.raises(SmmError, match=r"found -1.0 in row 2 \(1 of 3 rows"):
        Cells.from_table(frame, items=["level"], age=None, weight="w")
    with pytest.raises(SmmError, match="`source`: must hold at least one person"):
        Cells.from_table(frame.clear(), items=["level"], age=None)


def test_too_many_combinations_are_refused_by_the_column_that_explodes(engine, simulated, monkeypatch):
    monkeypatch.setattr(frames, "MOST", 50)
    with pytest.raises(
        SmmError, match="`weight`: rows are counted in at most 50 combinations; found more, and 6. diff"
    ):
        Cells.from_table(engine(simulated[0]), items=["vk", "tiktok"], age="weight")
    assert len(Cells.from_table(engine(simulated[0]), items=["vk", "tiktok"], age=None).table) == 9


def test_a_frame_of_polars_is_as_good_as_one_of_pandas(simulated):
    path, people = simulated
    columns = ["age", "instagram", "facebook"]
    here, there = people[columns], pl.read_parquet(path, columns=columns)
    one, two = (AudienceMixture(2, n_starts=2).fit(frame) for frame in (here, there))
    assert one.log_likelihood_ == pytest.approx(two.log_likelihood_, rel=1e-12)
    assert list(one.feature_names_in_) == list(two.feature_names_in_)
    np.testing.assert_allclose(one.predict_proba(here), two.predict_proba(there), rtol=1e-9)
    one, two = (People.from_frame(frame, platforms=columns[1:]) for frame in (here, there))
    pd.testing.assert_frame_equal(one.table, two.table)


# Orders ---------------------------------------------------------------------------------------------------------------


def answers(orders: Orders):
    """What the two halves of a lesson ask."""
    return [ask(orders) for ask in (audit_promises, fit_disconfirmation, fit_surface, quote_promise)]


@cache
def shop(clock: str) -> pd.DataFrame:
    """2,000 orders with dates, in days, minutes, or as numbers only."""
    orders = simulate_orders(2000, random_state=3)[0].table
    orders["status"] = np.where(np.arange(2000) % 50, "delivered", "cancelled")
    if clock == "numbers":
        return orders[["promised", "actual", "outcome", "segment", "status"]].assign(shop="a", count=2)
    table = orders[["order_id", "ordered_at", "due_at", "delivered_at", "reviewed_at", "outcome", "segment", "status"]]
    hour = pd.to_timedelta(np.arange(2000) % 1380 + 30, unit="m")
    if clock == "minutes":
        start = table["ordered_at"] + hour
        come = {"due_at": start + pd.to_timedelta(orders["promised"] * 5, unit="m")}
        come["delivered_at"] = start + pd.to_timedelta(orders["actual"] * 5, unit="m")
        return table.drop(columns="reviewed_at").assign(ordered_at=start, **come)
    return table.assign(ordered_at=table["ordered_at"] + hour, delivered_at=table["delivered_at"] + hour[::-1])


@cache
def from_rows(clock: str, unit: str | None):
    """The orders of pandas, and their answers."""
    rows = Orders.from_frame(shop(clock), unit=unit, scale=(1, 5))
    return rows, answers(rows)


@pytest.mark.parametrize(("clock", "unit"), [("numbers", "days"), ("days", None), ("minutes", None)])
@pytest.mark.filterwarnings("ignore::smm_analysis.errors.SmmWarning")
def test_orders_of_an_engine_give_the_answers_of_their_rows(engine, tmp_path, clock, unit):
    table = shop(clock)
    path = stored(table, tmp_path / "orders.parquet")
    rows, wanted = from_rows(clock, unit)
    counted = Orders.from_frame(engine(path), unit=unit, scale=(1, 5))
    assert (counted.unit, counted.about.n) == (rows.unit, rows.about.n)
    assert counted.unit == ("minutes" if clock == "minutes" else "days")
    assert clock != "numbers" or len(counted.table) < len(rows.table), "equal orders come once"
    for here, there in zip(wanted, answers(counted), strict=True):
        pd.testing.assert_frame_equal(here.table, there.table, rtol=1e-9, check_dtype=False)
        assert there.verdict == here.verdict


@pytest.mark.parametrize(
    ("columns", "told", "message"),
    [
        ({"actual": [1.0, -2.0, 3.0]}, {}, r"`actual`: must be a number of days.*found -2.0.*\(1 of 3 rows"),
        ({"count": [1, 0, 2]}, {}, r"`count`: must be a whole number of orders, 1 or more; found 0.*\(1 of 3 rows"),
        ({"order_id": ["a", "b", "a"]}, {}, "`order_id`: must be unique: one row per order; found 'a'"),
        ({}, {"scale": (4, 5)}, r"`outcome`: must be on the scale 4 to 5; found .*\(2 of 3 rows"),
        ({}, {"columns": {"outcome": "stars"}}, "`columns`: names some of"),
        ({}, {"unit": None}, "`unit`: is one of"),
    ],
)
def test_every_engine_names_what_is_wrong_with_orders(engine, tmp_path, columns, told, message):
    frame = {"promised": [2.0, 2.0, 3.0], "actual": [1.0, 2.0, None], "outcome": [5, 3, 1]}
    path = stored(frame | columns, tmp_path / "orders.parquet")
    with pytest.raises(SmmError, match=message):
        Orders.from_frame(engine(path), **{"unit": "days", **told})


def test_an_order_that_stands_there_twice_is_refused_and_not_counted_as_two(engine, tmp_path):
    table = pd.DataFrame({"order_id": ["a", "b", "a"], "promised": [5.0] * 3, "actual": [4.0] * 3})
    path = stored(table, tmp_path / "orders.parquet")
    with pytest.raises(SmmError, match="`order_id`: must be unique: one row per order; found 'a'"):
        Orders.from_frame(engine(path), unit="days")


def test_a_count_that_is_text_is_read_as_the_number_it_says(engine, tmp_path):
    table = pd.DataFrame({"promised": [5.0, 5.0], "actual": [4.0, 4.0], "count": ["2", "2"]})
    path = stored(table, tmp_path / "orders.parquet")
    assert Orders.from_frame(engine(path), unit="days").about.n == 4


@pytest.mark.parametrize("read", [pl.read_parquet, pl.scan_parquet])
def test_dates_of_a_time_zone_stay_on_their_day(read, tmp_path):
    night = pd.Timestamp("2024-01-02 01:30")
    table = pl.DataFrame({"ordered_at": [night], "due_at": [night + pd.Timedelta(days=4)], "delivered_at": [night]})
    table.with_columns(pl.all().dt.replace_time_zone("Asia/Almaty")).write_parquet(tmp_path / "zoned.parquet")
    orders = Orders.from_frame(read(tmp_path / "zoned.parquet"))
    assert orders.table["ordered_at"].tolist() == [night] and orders.table["promised"].tolist() == [4]


# README ---------------------------------------------------------------------------------------------------------------

SECTION = (Path(__file__).parents[2] / "README.md").read_text("utf-8").split("## When your data outgrow your laptop")[1]
BLOCKS = re.findall(r"```python\n(.*?)```", SECTION.split("\n## ")[0], re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "Spark" if "spark" in block else "DuckDB")
def test_the_lines_of_the_readme_run(block, tmp_path, monkeypatch, simulated):
    if "spark" in block and "pyspark" not in ENGINES:
        pytest.skip("make test-engines has Spark")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people").mkdir()
    for part in (0, 1):
        pl.read_parquet(simulated[0])[part::2].write_parquet(tmp_path / "people" / f"{part}.parquet")
    names = {"spark": spark()} if "spark" in block else {}
    exec(block.replace("people/", f"{tmp_path}/people/"), names)  # the folder of Java is another one
    assert (
        names["model"].cells_.n_respondents == Cells.from_table(simulated[1], items=names["cells"].items).n_respondents
    )
