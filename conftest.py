import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from smm_analysis.words import set_language

matplotlib.use("Agg")


@pytest.fixture
def rng():
    return np.random.default_rng(20240117)


@pytest.fixture(autouse=True)
def no_figure_and_no_language_stays():
    yield
    plt.close("all")
    set_language("en")
