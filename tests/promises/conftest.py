import numpy as np
import pandas as pd
import pytest

from smm_analysis import Orders, simulate_orders


@pytest.fixture(scope="session")
def remade():
    """The same kind of orders from another table, or from changed columns of their own."""

    def make(orders, table=None, **columns):
        table = (orders.table if table is None else table).assign(**columns)
        better = orders.higher_is_better if orders.unit == "points" else None
        return Orders.from_frame(table, unit=orders.unit, higher_is_better=better, scale=orders.scale)

    return make


@pytest.fixture(scope="session")
def part(remade):
    """Those of the orders for which `chosen` is true."""
    return lambda orders, chosen: remade(orders, orders.table[np.asarray(chosen)].reset_index(drop=True))


@pytest.fixture(scope="session")
def shop():
    """3,000 orders of the simulated shop, and its truth."""
    return simulate_orders(3000, random_state=11)


@pytest.fixture
def orders(shop):
    return shop[0]


@pytest.fixture
def counted(orders, remade):
    """The same orders, every distinct row once, with its count."""
    columns = ["promised", "actual", "outcome", "segment"]
    table = orders.table.groupby(columns, dropna=False)["count"].sum().reset_index()
    return remade(orders, table)


@pytest.fixture
def bare(orders, remade):
    """The same orders without dates."""
    return remade(orders, orders.table[["promised", "actual", "outcome", "segment"]])


@pytest.fixture
def ratings(rng):
    """Expectation and experience on one scale of 1 to 7, and satisfaction that follows the experience alone."""
    expected, seen = rng.integers(1, 8, (2, 600))
    satisfied = (1 + 0.6 * seen + rng.normal(0, 0.8, 600)).round()
    table = pd.DataFrame({"promised": expected, "actual": seen, "outcome": satisfied.clip(1, 7)})
    return Orders.from_frame(table, higher_is_better=True)
