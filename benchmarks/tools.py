"""One tool, once, on the data of a folder: prints as JSON the processor's seconds and what was found.

python benchmarks/tools.py FOLDER SEED TOOL [OPTION ...]; run.py calls it, so that every run has a process of its own.
"""

import json
import re
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from smm_analysis import AudienceMixture, Cells, Orders, fit_disconfirmation, fit_surface, segment_stability

STARTS, SAMPLES = 10, 50
FOLDER, SEED = Path(sys.argv[1]), int(sys.argv[2])


def timed(work):
    """Seconds of the processor, all threads together, and what came out."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def people() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Age and items; the items; standardised age and its square."""
    table = pd.read_csv(FOLDER / "people.csv")
    z = (table["age"] - table["age"].mean()) / table["age"].std()
    return table, table.drop(columns="age"), pd.DataFrame({"z": z, "z2": z**2})


def mixture(age="none", k=5):
    frame, age = people()[age == "none"], None if age == "none" else age
    model = AudienceMixture(int(k), age=age, n_starts=STARTS, random_state=SEED)
    seconds, _ = timed(lambda: model.fit(frame))
    found = {"likelihood": model.log_likelihood_, "labels": model.predict(frame), "cells": len(model.cells_.count)}
    return seconds, found


def stepmix(age="none", k=5):
    from stepmix import StepMix

    _, items, powers = people()
    kind = "binary_nan" if items.isna().any(axis=None) else "binary"
    how = {} if age == "none" else {"structural": "covariate", "n_steps": 1}
    powers = None if age == "none" else powers
    model = StepMix(int(k), measurement=kind, n_init=STARTS, max_iter=5000, random_state=SEED, progress_bar=0, **how)
    seconds, _ = timed(lambda: model.fit(items, powers))
    return seconds, {"likelihood": model.score(items, powers) * len(items), "labels": model.predict(items, powers)}


def sklearn(kind, k=5):
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    x = people()[1].assign(age=people()[2]["z"]).to_numpy()
    model = {"KMeans": KMeans, "GaussianMixture": GaussianMixture}[kind](int(k), n_init=STARTS, random_state=SEED)
    seconds, labels = timed(lambda: model.fit_predict(x))
    return seconds, {"labels": labels}


def kmodes(k=5):
    sys.path.append(str(Path(__file__).parents[1] / "build" / "bench"))
    from kmodes.kmodes import KModes

    seconds, labels = timed(
        lambda: KModes(int(k), n_init=STARTS, random_state=SEED).fit_predict(people()[1].to_numpy())
    )
    return seconds, {"labels": labels}


def stability(k=5):
    model = AudienceMixture(int(k), age=None, n_starts=STARTS, random_state=SEED).fit(people()[1])
    return timed(lambda: segment_stability(model, pairs=SAMPLES // 2, random_state=SEED))[0], {}


def orders(part):
    table = Orders.from_frame(pd.read_pickle(FOLDER / "orders.pkl"), unit="days", scale=(1, 5))
    if part == "kink":
        seconds, answer = timed(lambda: fit_disconfirmation(table, cap=None))
        return seconds, {
            "estimates": answer.table.set_index("term").loc[["better", "worse", "expectation"], "estimate"]
        }
    seconds, answer = timed(lambda: fit_surface(table))
    return seconds, {"estimates": answer.table.set_index("quantity").loc[["b1", "b2", "b3", "b4", "b5"], "estimate"]}


def statsmodels(part):
    from statsmodels.api import OLS

    table = pd.read_pickle(FOLDER / "orders.pkl").dropna(subset=["promised", "actual", "outcome"])
    y, e, p = (table[name].to_numpy() for name in ("outcome", "promised", "actual"))

    def fit():
        kink = [np.maximum(e - p, 0), np.maximum(p - e, 0), -e]
        design = np.column_stack([np.ones(len(y)), *(kink if part == "kink" else [e, p, e**2, e * p, p**2])])
        return OLS(y, design).fit(cov_type="HC3")

    seconds, fitted = timed(fit)
    return seconds, {"estimates": fitted.params[1:]}


def counting(tool, files=1):
    import duckdb

    source = duckdb.read_parquet([str(FOLDER / "people.parquet")] * int(files))
    items = source.columns[1:-1]
    if tool == "scan":
        sums = source.aggregate(", ".join(f"sum({name})" for name in source.columns))
        return timed(sums.fetchall)[0], {}
    seconds, cells = timed(lambda: Cells.from_table(source, items=items, weight="weight"))
    return seconds, {"cells": len(cells.table), "people": int(cells.table["count"].sum())}


if __name__ == "__main__":
    seconds, found = globals()[sys.argv[3]](*sys.argv[4:])
    found = {name: np.asarray(value).tolist() for name, value in found.items()}
    peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())  # of Linux; since this program began
    print(json.dumps({"seconds": seconds, "memory": int(peak[1]) / 1024, **found}))
