import os
import runpy
import socket
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from smm_analysis.words import set_language

OFFLINE = Path(__file__).parent / "tests" / "offline"
runpy.run_path(str(OFFLINE / "sitecustomize.py"))  # from here on no test reaches another machine
matplotlib.use("Agg")


@pytest.fixture
def rng():
    return np.random.default_rng(20240117)


@pytest.fixture
def offline(tmp_path):
    """The environment of a process that reaches no other machine; afterwards it has not wanted to either."""
    wanted = tmp_path.parent / f"{tmp_path.name}.wanted"
    yield {**os.environ, "PYTHONPATH": str(OFFLINE), "SMM_WANTED": str(wanted)}
    assert not wanted.exists() or wanted.read_text() == ""


@pytest.fixture(autouse=True)
def nothing_stays_and_no_network_is_asked():
    socket.WANTED.clear()
    yield
    plt.close("all")
    set_language("en")
    assert socket.WANTED == []
