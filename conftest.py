import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

matplotlib.use("Agg")


@pytest.fixture
def rng():
    return np.random.default_rng(20240117)


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")
