"""Tables of which the answer is known."""

import numpy as np
import pandas as pd

from smm_analysis import Cells, load_published


def classic(name: str) -> Cells:
    return load_published(f"lca_{name}")


def independent(n: int, random_state: int, items: int = 6) -> pd.DataFrame:
    """People whose answers have nothing to do with each other or with age; ages are uniform."""
    rng = np.random.default_rng(random_state)
    answers = rng.random((n, items)) < rng.uniform(0.2, 0.8, items)
    frame = pd.DataFrame(answers.astype(int), columns=[f"item_{j}" for j in range(items)])
    return frame.assign(age=rng.integers(18, 80, n))
