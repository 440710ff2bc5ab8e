"""Beside the peers, on one machine in one run: `make bench` measures and writes README.md and times.png here.

Seconds are those of the processor, which other work on the machine disturbs least; a ratio is the median of five
alternating pairs, and a pair counts only where the log-likelihood of ours is not below theirs by 1e-6 of it.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
from sklearn.metrics import adjusted_rand_score

from smm_analysis import simulate_orders, simulate_people
from smm_analysis.tables.simulate import AUDIENCES

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "bench"
RESULTS = BUILD / "results.json"
PAIRS = 5
OURS, CURVE = ["mixture", "none"], ["mixture", "curve"]
PEERS = {  # what is compared: data, ours, theirs
    "StepMix, latent classes": ("n=10000", OURS, ["stepmix", "none"]),
    "StepMix, age as covariate": ("n=2000", CURVE, ["stepmix", "curve"]),
    "flexmix, latent classes": ("n=2000", OURS, ["Rscript", "flexmix"]),
    "flexmix, age as concomitant": ("n=2000", CURVE, ["Rscript", "flexmix_curve"]),  # minutes: one pair
    "scikit-learn KMeans": ("n=10000", CURVE, ["sklearn", "KMeans"]),
    "scikit-learn GaussianMixture": ("n=10000", CURVE, ["sklearn", "GaussianMixture"]),
    "kmodes": ("n=10000", OURS, ["kmodes"]),
    "fpc clusterboot, 50 samples": ("n=2000", ["stability"], ["Rscript", "clusterboot"]),
    "kink, beside OLS of statsmodels": ("orders", ["orders", "kink"], ["statsmodels", "kink"]),
    "17 surfaces, beside one OLS": ("orders", ["orders", "surface"], ["statsmodels", "surface"]),
    "counting 10 million people, beside DuckDB's scan": ("n=10000000", ["counting", "count"], ["counting", "scan"]),
}
GAPS = "", ", 5 % missing"
SIZES, GROUPS, ITEMS = (300, 1000, 3000, 10**4, 10**5, 10**6), (2, 3, 4, 6, 8, 10), (4, 8, 12, 16, 20)


def data(name: str) -> Path:
    """The folder of `n=...` people (`items=..., missing=...` of them), or of a million orders; made once."""
    folder = BUILD / name
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    if name == "orders":
        simulate_orders(10**6, random_state=1)[0].table.to_pickle(folder / "orders.pkl")
        return folder
    told = dict(part.split("=") for part in name.split(","))
    n, audiences = int(told["n"]), AUDIENCES
    if "items" in told:
        shape = len(AUDIENCES), int(told["items"])
        answers = pd.DataFrame(np.random.default_rng(1).uniform(0.05, 0.95, shape), AUDIENCES.index).add_prefix("item")
        audiences = AUDIENCES[["centre", "spread", "size"]].join(answers)
    people, truth = simulate_people(
        n, audiences=audiences, missing=float(told.get("missing", 0)), weighted=n > 10**6, random_state=1
    )
    if n > 10**6:
        small = {name: column.to_numpy().astype("int8") for name, column in people.table.items() if name != "weight"}
        pl.DataFrame({**small, "weight": people.table["weight"].to_numpy()}).write_parquet(folder / "people.parquet")
    else:
        people.table.astype("Int64").to_csv(folder / "people.csv", index=False)
        np.save(folder / "truth.npy", truth.audience)
    return folder


def run(name: str, tool: list[str], seed: int = 0) -> dict:
    """One run in a process of its own: seconds, what it found, ARI to the truth, the peak of its memory in MB."""
    folder = data(name)
    script = [tool[0], HERE / "peers.R"] if tool[0] == "Rscript" else [sys.executable, HERE / "tools.py"]
    words = [*script, folder, str(seed), *(tool[1:] if tool[0] == "Rscript" else tool)]
    alone = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")  # waiting threads burn time
    said = subprocess.run(words, stdout=subprocess.PIPE, env=os.environ | alone, check=True)
    found = json.loads(said.stdout)
    if labels := found.pop("labels", None):
        found["ari"] = adjusted_rand_score(np.load(folder / "truth.npy"), labels)
    return found


def measured(key: str, work) -> list | dict:
    """A result of an earlier call, or made now and kept."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if key not in results:
        print(key, flush=True)
        results[key] = work()
        RESULTS.write_text(json.dumps(results))
    return results[key]


def compare(title: str) -> dict | None:
    """Medians of alternating pairs; None where R is not there."""
    name, ours, theirs = PEERS[title]
    if theirs[0] == "Rscript" and not shutil.which("Rscript"):
        return None
    seeds = range(1 if theirs[-1] == "flexmix_curve" else PAIRS)
    pairs = measured(title, lambda: [(run(name, ours, seed), run(name, theirs, seed)) for seed in seeds])
    good = [(a, b) for a, b in pairs if a.get("likelihood", 0) >= b.get("likelihood", -np.inf) * (1 + 1e-6)]
    row = {"beside": title, "data": name, "pairs": f"{len(good)} of {len(pairs)}"}
    row["ratio"] = np.median([b["seconds"] / a["seconds"] for a, b in good]) if good else np.nan
    for side, found in zip(("ours", "theirs"), zip(*pairs, strict=True), strict=True):
        for what in ("seconds", "likelihood", "ari", "memory"):
            row[f"{what} {side}"] = np.median([one.get(what, np.nan) for one in found])
    if "estimates" in pairs[0][0]:
        row["difference"] = max(np.abs(np.divide(a["estimates"], b["estimates"]) - 1).max() for a, b in pairs)
    return row


def scaling() -> dict[str, pd.DataFrame]:
    """Seconds by people, audiences and items: one run each."""
    people = lambda n: f"n={n}"
    spread = lambda n, j, missing: f"n={n},items={j},missing={missing}"
    plans = {
        "people": [(n, label, people(n), tool) for n in SIZES for label, tool in SERIES.items() if fits(label, n)],
        "audiences": [
            (k, label, people(10**4), [*tool, str(k)])
            for k in GROUPS
            for label, tool in SERIES.items()
            if fits(label, 10**4, k)
        ],
        "items": [
            (j, f"{label}{', 5 % missing' if missing else ''}", spread(10**4, j, missing), SERIES[label])
            for j in ITEMS
            for label in ("latent classes", "by age")
            for missing in (0, 0.05)
        ],
    }
    plans["items"] += [(j, "StepMix", spread(10**4, j, 0), SERIES["StepMix"]) for j in ITEMS[::2]]
    table = {}
    for axis, plan in plans.items():
        rows = [(at, label, measured(f"{axis} {at} {label}", lambda n=n, t=t: run(n, t))) for at, label, n, t in plan]
        table[axis] = pd.DataFrame([{"at": at, "label": label, **found} for at, label, found in rows])
    return table


SERIES = {"latent classes": OURS, "by age": CURVE, "StepMix": ["stepmix", "none"], "KMeans": ["sklearn", "KMeans"]}


def fits(label: str, n: int, k: int = 5) -> bool:
    """StepMix is left out where it would take minutes."""
    return label != "StepMix" or (n <= 10**4 and k <= 6)


def draw(tables: dict[str, pd.DataFrame]) -> None:
    """Time against people, audiences and items, on logarithmic axes."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.2), sharey=True, layout="constrained")
    names = sorted({label for table in tables.values() for label in table["label"]})
    colours = {label: f"C{i}" for i, label in enumerate(sorted({name.split(",")[0] for name in names}))}
    for ax, (axis, table) in zip(axes, tables.items(), strict=True):
        for label, part in table.groupby("label"):
            style = {"color": colours[label.split(",")[0]], "linestyle": "--" if "missing" in label else "-"}
            ax.loglog(part["at"], part["seconds"], marker="o", markersize=3, label=label, **style)
        ticks = sorted(table["at"].unique())
        ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks], rotation=45 * (axis == "people"))
        ax.minorticks_off()
        ax.set_xlabel(axis)
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("seconds of the processor, ten starts")
    handles = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=len(handles), frameon=False)
    figure.savefig(HERE / "times.png", dpi=150)


def cell(value, digits: int = 2) -> str:
    """A number for a table."""
    return "" if pd.isna(value) else f"{value:,.{digits}f}" if abs(value) < 10**5 else f"{value:,.0f}"


def lines(head: list[str], rows) -> str:
    """A table of Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def page(rows: list[dict], tables: dict[str, pd.DataFrame], big: dict, flat: dict) -> str:
    """What was measured, in words and tables."""
    sides = lambda row, *whats: [cell(row[f"{what} {side}"], d) for what, d in whats for side in ("ours", "theirs")]
    first = [
        [row["beside"], row["data"], *sides(row, ("seconds", 3)), f"**{row['ratio']:.3g}**", row["pairs"]]
        for row in rows
    ]
    second = [[row["beside"], *sides(row, ("likelihood", 4), ("ari", 3), ("memory", 0))] for row in rows]
    items = tables["items"].set_index(["label", "at"])
    third = []
    for j in ITEMS:
        four = (items.loc[(f"{label}{which}", j)] for label in ("latent classes", "by age") for which in GAPS)
        third.append([str(j), *(cell(one[what], d) for one in four for what, d in (("cells", 0), ("seconds", 2)))])
    ten = next(row for row in rows if row["beside"].startswith("counting"))
    r = shutil.which("Rscript") and subprocess.run(["Rscript", "-e", R_VERSIONS], capture_output=True, text=True).stdout
    return PAGE.format(
        date=date.today(),
        load=os.getloadavg()[1],
        cores=os.cpu_count(),
        machine=platform.machine(),
        python=platform.python_version(),
        versions=", ".join(f"{name} {version(name)}" for name in PACKAGES),
        r=r or "no R",
        worst=max(row["difference"] for row in rows if "difference" in row),
        first=lines(["beside", "data", "ours, s", "theirs, s", "theirs / ours", "pairs that count"], first),
        second=lines(["beside", "log-likelihood", "theirs", "ARI", "theirs", "memory, MB", "theirs"], second),
        third=lines(["items", *("cells", "s", "cells, 5 % missing", "s") * 2], third),
        scan=1 / ten["ratio"],
        memory=ten["memory ours"],
        small=flat["memory"],
        big=cell(big["seconds"], 1),
        people=f"{big['people']:,}",
        most=big["memory"],
    )


PACKAGES = "smm-analysis numpy pandas scikit-learn stepmix statsmodels duckdb polars narwhals".split()
R_VERSIONS = "cat(R.version.string, 'flexmix', format(packageVersion('flexmix')), 'fpc', format(packageVersion('fpc')))"
PAGE = """# Beside the peers

Written by `make bench` on {date}: {cores} cores ({machine}) shared with other work (load {load:.0f});
Python {python}; {versions}; {r}.

Seconds are those of the processor on one thread of linear algebra, ten starts each (ours stops those that fall
behind). A ratio is the median of five alternating pairs (of one, where a pair takes minutes), each run in a process of
its own; a pair counts only where our log-likelihood is not lower by a millionth. KMeans, GaussianMixture and kmodes
answer another question, and so does clusterboot: their ratios say only what a user waits.

{first}

Simulated people of five audiences and eight platforms; ARI is to the truth; memory is the peak of the whole process,
its imports included.

{second}

The estimates of kink and surface differ from those of statsmodels on a million rows by {worst:.0e} of their size at
most. Ours counts equal orders first and gives 17 surfaces and a verdict for it; statsmodels fits one. The kink takes
longer than one regression on rows: its verdict rests on further fits, with a bend and with other caps.

## Ten million people, and a hundred

`Cells.from_table` counts 10,000,000 people from Parquet (age, eight items, a weight) in {scan:.2f} times the seconds
that DuckDB takes for the sums of the same columns. The peak is {memory:.0f} MB, with 1,000,000 people {small:.0f} MB.
{people} people (the same file ten times) took {big} s of the processor and {most:.0f} MB: one run.

## Where the table stops helping

![Seconds of the processor against people, audiences and items, on logarithmic axes](times.png)

Counting helps while there are far fewer cells than people. 10,000 people, K = 5; left latent classes, right with the
curve of age, whose cells are years and answers; 5 % missing: each answer with that probability.

{third}
"""


def main() -> None:
    """Measure what is not measured yet, and write the page."""
    BUILD.mkdir(parents=True, exist_ok=True)
    rows = [row for row in map(compare, PEERS) if row]
    tables = scaling()
    big = measured("100 million", lambda: run("n=10000000", ["counting", "count", "10"]))
    flat = measured("1 million", lambda: run("n=1000001", ["counting", "count"]))
    draw(tables)
    (HERE / "README.md").write_text(page(rows, tables, big, flat), encoding="utf-8")


if __name__ == "__main__":
    main()
