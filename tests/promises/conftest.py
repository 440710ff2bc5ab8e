import pandas as pd
import pytest

from smm_analysis import simulate_orders


@pytest.fixture(scope="session")
def shop():
    """3,000 orders of the simulated shop, and its truth."""
    return simulate_orders(3000, seed=11)


@pytest.fixture
def orders(shop):
    return shop[0].copy()


@pytest.fixture
def counted(orders):
    """The same orders, every distinct row once, with its count."""
    columns = ["promised", "actual", "outcome", "segment"]
    table = orders.groupby(columns, dropna=False).size().rename("count").reset_index()
    table.attrs = orders.attrs
    return table


@pytest.fixture
def ratings(rng):
    """Expectation and experience on one scale of 1 to 7, and satisfaction that follows the experience alone."""
    expected, seen = rng.integers(1, 8, (2, 600))
    satisfied = (1 + 0.6 * seen + rng.normal(0, 0.8, 600)).round()
    return pd.DataFrame({"promised": expected, "actual": seen, "outcome": satisfied.clip(1, 7)})
