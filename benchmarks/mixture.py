"""How long does the same mixture take beside StepMix, in one run? Prints seconds and their ratio.

python benchmarks/mixture.py [people]

Both fit three audiences to simulated people with normal ages, from ten random starts each, on one thread of control.
"""

import sys
import time
import warnings

from stepmix import StepMix

from smm_analysis import AudienceMixture, Cells, simulate_people

ITEMS = ["instagram", "tiktok", "facebook", "vk", "telegram"]


def timed(work):
    """Seconds, and what came out."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main(n: int) -> None:
    """Print one row per program."""
    people, _truth = simulate_people(n, seed=1, ages="normal")
    table = people[[*ITEMS, "age"]]
    measurement = {
        "items": {"model": "binary", "n_columns": len(ITEMS)},
        "age": {"model": "gaussian_diag", "n_columns": 1},
    }
    peer = StepMix(3, measurement=measurement, n_init=10, abs_tol=1e-9, rel_tol=0, max_iter=5000, progress_bar=0)
    ours_s, ours = timed(lambda: AudienceMixture(3, age="normal", n_starts=5).fit(Cells.from_table(table, items=ITEMS)))
    peer_s, _ = timed(lambda: peer.fit(table))
    print(f"{n:,} people, log-likelihood ours {ours.log_likelihood_:.3f}, StepMix {peer.score(table) * n:.3f}")
    print(
        f"ours {ours_s:.2f} s (one and two audiences on the way), StepMix {peer_s:.2f} s: {peer_s / ours_s:.0f} times"
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
