"""How long does the same mixture take beside StepMix, in one run? Prints seconds and their ratio.

python benchmarks/mixture.py [people]

Both fit three audiences to simulated people, without age and with the curve (StepMix: a covariate model in one step),
from ten random starts each, on one thread of control.
"""

import sys
import time
import warnings

import pandas as pd
from stepmix import StepMix

from smm_analysis import AudienceMixture, simulate_people

ITEMS = ["instagram", "tiktok", "facebook", "vk", "telegram"]
SETTINGS = {"n_init": 10, "abs_tol": 1e-9, "rel_tol": 0, "max_iter": 5000, "progress_bar": 0}


def timed(work):
    """Seconds, and what came out."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main(n: int) -> None:
    """Print one row per program and model."""
    table = simulate_people(n, random_state=1)[0].table
    z = (table["age"] - table["age"].mean()) / table["age"].std()
    covariates = {None: None, "curve": pd.DataFrame({"z": z, "z2": z**2})}
    for age, powers in covariates.items():
        structural = {} if age is None else {"structural": "covariate", "n_steps": 1}
        peer = StepMix(3, measurement="binary", **structural, **SETTINGS)
        ours_s, ours = timed(lambda age=age: AudienceMixture(3, age=age, n_starts=5).fit(table[["age", *ITEMS]]))
        peer_s, _ = timed(lambda peer=peer, powers=powers: peer.fit(table[ITEMS], powers))
        theirs = peer.score(table[ITEMS], powers) * n
        print(f"{n:,} people, age={age}: log-likelihood ours {ours.log_likelihood_:.3f}, StepMix {theirs:.3f}")
        ratio = peer_s / ours_s
        print(f"  ours {ours_s:.2f} s (and fewer audiences on the way), StepMix {peer_s:.2f} s: {ratio:.0f} times")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
