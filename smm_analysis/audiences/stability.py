"""Would another survey find the same audiences? Global and segment stability, and flows from K to K + 1 audiences.

Definitions: Dolnicar & Leisch (2010, 2017), Dolnicar, Gruen & Leisch (2018, steps 5 to 7). Every replicate's fit
assigns the original people, so two replicates are compared on the same table, with its weights.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..errors import ModelError
from ..progress import progress
from ..tables.cells import Cells
from .em import Grid, posterior
from .mixture import AudienceMixture, check_request, fit_up_to
from .replicates import bootstrap_weights, cold_chain, in_blocks, labels, warm_fits

ASSIGNMENTS = {"age and answers": False, "answers only": True}
N_STARTS = 3  # random starts per replicate and number of audiences, and as many grown ones
LEVEL = 0.9
FEW = 0.01  # a flow of less than this share of the people is not listed


def cross_table(
    old: np.ndarray, new: np.ndarray, weight: np.ndarray, shape: tuple[int, int] | None = None
) -> np.ndarray:
    """People in every pair of groups of two partitions (labels from 0), shape (old, new)."""
    old_groups, new_groups = shape or (old.max() + 1, new.max() + 1)
    return np.bincount(old * new_groups + new, weight, old_groups * new_groups).reshape(old_groups, new_groups)


def adjusted_rand(table: np.ndarray) -> float:
    """How well do two partitions of the same people agree?

    Parameters
    ----------
    table : array (groups of one partition, groups of the other)
        People, or weights that sum to the number of people. Any two partitions will do: audiences, k-means clusters.

    Returns
    -------
    float
        1 when they are the same, 0 on average when they have nothing to do with each other, 1 for two trivial ones.

    References
    ----------
    Hubert & Arabie (1985); pairs are counted as n(n - 1)/2, also of weights.

    Examples
    --------
    >>> round(adjusted_rand([[2, 0, 0], [0, 1, 1]]), 4)
    0.5714
    """
    table = np.asarray(table, float)
    n = table.sum()
    both, rows, columns = (_pairs(part).sum() for part in (table, table.sum(1), table.sum(0)))
    expected = rows * columns / _pairs(n)
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((both - expected) / (most - expected))


def _pairs(n: np.ndarray) -> np.ndarray:
    return n * (n - 1) / 2


def slsa(table: np.ndarray) -> np.ndarray:
    """Does every group of the new partition come from one group of the old one?

    Parameters
    ----------
    table : array (old groups, new groups)
        People, from two old groups on.

    Returns
    -------
    array (new groups,)
        Segment level stability across solutions: 1 when all members come from one old group, 0 when they come from
        all alike: 1 - entropy / log(number of old groups).

    References
    ----------
    Dolnicar & Leisch (2017).

    Examples
    --------
    >>> slsa([[503, 67, 4], [1, 266, 612]]).round(4).tolist()
    [0.9793, 0.2757, 0.9435]
    """
    table = np.asarray(table, float)
    if len(table) < 2:
        raise ModelError("table", "two old groups or more", f"{len(table)}", "Compare with a solution of two groups.")
    share = table / np.maximum(table.sum(0), 1e-300)
    entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(0)
    return 1 - entropy / np.log(len(table))


def best_jaccard(base: np.ndarray, other: np.ndarray, weight: np.ndarray, k: int) -> np.ndarray:
    """Per group of `base` (labels below k) the largest Jaccard index with a group of `other`, shape (k,)."""
    table = cross_table(base, other, weight, (k, k))
    union = table.sum(1)[:, None] + table.sum(0) - table
    return (table / np.maximum(union, 1e-300)).max(1)


def global_stability(
    cells: Cells,
    *,
    up_to: int = 8,
    age: str | None = "curve",
    n_resamples: int = 100,
    n_starts: int = N_STARTS,
    seed: int = 0,
    start: str = "cold",
) -> pd.DataFrame:
    """With how many audiences do two surveys agree on who belongs together?

    Two surveys are drawn from this one, audiences are fitted to each, both fits assign the original people, and the
    two partitions are compared by the adjusted Rand index; `n_resamples` times.

    Parameters
    ----------
    cells : Cells
    up_to : int
        Largest number of audiences, 2 or more.
    age : as in AudienceMixture
    n_resamples : int
        Pairs of surveys.
    n_starts : int
        Random starts per fit, and as many grown from the survey's own solution with one audience fewer.
    seed : int
    start : {"cold", "warm"}
        "warm" starts every fit at the solution of the original data only: quicker, and it hides instability.

    Returns
    -------
    DataFrame
        ``n_audiences, assignment, estimate, low, high, lower_quartile, upper_quartile, mean``: estimate is the median
        over pairs, low and high are the .05 and .95 quantiles. `assignment`: people are assigned by "age and answers",
        or by "answers only" (with age, part of the agreement is age's). attrs: n_resamples, start.

    References
    ----------
    Dolnicar & Leisch (2010): agreement is measured on the original data. The bootstrap knows no strata or clusters.

    Examples
    --------
    >>> from smm_analysis import Cells, load_published
    >>> values = load_published("lca_values")
    >>> cells = Cells.from_table(values, items=list(values.columns[:4]), age=None, count="count")
    >>> stable = global_stability(cells, up_to=2, age=None, n_resamples=20)
    >>> bool(stable["estimate"][0] > .5)
    True
    """
    if up_to < 2:
        raise ModelError("up_to", "2 audiences or more", str(up_to), "One audience is always stable.")
    found: dict[tuple, list[float]] = {(k, by): [] for k in range(2, up_to + 1) for by in ASSIGNMENTS}
    settings = {"age": age, "n_resamples": n_resamples, "n_starts": n_starts, "seed": seed, "start": start}
    weight = cells.weight
    for k, by, own in _assignments(cells, up_to, **settings):
        if k > 1:
            pairs = zip(own[::2], own[1::2], strict=True)
            found[k, by] += [adjusted_rand(cross_table(one, two, weight)) for one, two in pairs]
    frame = _distribution(found, ["n_audiences", "assignment"])
    frame.attrs = {**cells.attrs, "level": LEVEL, "n_resamples": n_resamples, "start": start}
    return frame


def segment_stability(
    model: AudienceMixture,
    cells: Cells,
    *,
    n_resamples: int = 100,
    n_starts: int = N_STARTS,
    seed: int = 0,
    start: str = "cold",
) -> pd.DataFrame:
    """Which of the audiences would another survey find again?

    As `global_stability`, for one number of audiences, audience by audience: the largest overlap (Jaccard index) of
    the audience with an audience of each of the two drawn surveys, averaged over the two (SLSw).

    Parameters
    ----------
    model : AudienceMixture
        Fitted to `cells`.
    cells : Cells
    n_resamples, n_starts, seed, start : as in `global_stability`

    Returns
    -------
    DataFrame
        ``audience, assignment, estimate, low, high, lower_quartile, upper_quartile, mean``; attrs: names.

    References
    ----------
    Dolnicar & Leisch (2017). Cut-offs that are known for other Jaccard statistics (clusterboot) do not apply here.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, Cells, load_published
    >>> gss82 = load_published("lca_gss82")
    >>> cells = Cells.from_table(gss82, items=list(gss82.columns[:4]), age=None, count="count")
    >>> segments = segment_stability(AudienceMixture(1, age=None).fit(cells), cells, n_resamples=5)
    >>> segments["estimate"].tolist()
    [1.0, 1.0]
    """
    if not cells.respondents.equals(model.cells_.respondents):
        raise ModelError("cells", "the cells that the model was fitted to", "others", "Fit the model to these cells.")
    grid, k = model._grid, len(model.theta_)
    base = {
        by: labels(grid, grid.weight[None], model.theta_[None], items_only=only)[0] for by, only in ASSIGNMENTS.items()
    }
    found: dict[tuple, list[float]] = {(audience, by): [] for audience in range(1, k + 1) for by in ASSIGNMENTS}
    settings = {"age": model.age, "n_resamples": n_resamples, "n_starts": n_starts, "seed": seed, "start": start}
    for size, by, own in _assignments(cells, k, **settings):
        if size == k:
            overlap = np.array([best_jaccard(base[by], other, grid.weight, k) for other in own])
            for audience, values in enumerate(((overlap[::2] + overlap[1::2]) / 2).T, start=1):
                found[audience, by] += values.tolist()
    frame = _distribution(found, ["audience", "assignment"])
    names = dict(enumerate(model.names_, start=1))
    frame.attrs = {**cells.attrs, "level": LEVEL, "n_resamples": n_resamples, "start": start, "names": names}
    return frame


def _assignments(
    cells: Cells, up_to: int, *, age: str | None, n_resamples: int, n_starts: int, seed: int, start: str
) -> Iterator[tuple[int, str, np.ndarray]]:
    """Number of audiences, assignment, labels of the original cells: pairs of surveys in neighbouring rows."""
    check_request(cells, up_to, age, name="up_to")
    if start not in ("cold", "warm"):
        raise ModelError("start", "'cold' or 'warm'", repr(start), "Start cold, unless you want to compare.")
    grid = Grid.of(cells, age)
    warm = [model.theta_ for model in fit_up_to(cells, up_to, age=age, seed=seed)] if start == "warm" else None
    weight = bootstrap_weights(cells, 2 * n_resamples, np.random.default_rng(seed))
    for part in progress(in_blocks(n_resamples, 4 * n_starts, len(grid.row)), "pairs of surveys"):
        replicates = range(2 * part.start, 2 * part.stop)
        own = weight[replicates]
        rngs = [np.random.default_rng([seed, replicate]) for replicate in replicates]
        fits = warm_fits(grid, own, warm) if warm else cold_chain(grid, own, up_to, n_starts, rngs)
        for k, theta in enumerate(fits, start=1):
            for by, items_only in ASSIGNMENTS.items():
                yield k, by, labels(grid, own, theta, items_only=items_only)


def _distribution(found: dict[tuple, list[float]], keys: list[str]) -> pd.DataFrame:
    """Median, quantiles and mean of every list, one row each."""
    points = [0.5, (1 - LEVEL) / 2, (1 + LEVEL) / 2, 0.25, 0.75]
    rows = [(*key, *np.quantile(values, points), np.mean(values)) for key, values in found.items()]
    return pd.DataFrame(rows, columns=[*keys, "estimate", "low", "high", "lower_quartile", "upper_quartile", "mean"])


def stability_across(
    cells: Cells, *, up_to: int = 8, age: str | None = "curve", n_starts: int = 20, seed: int = 0
) -> pd.DataFrame:
    """Where do the audiences come from when there is room for one more?

    Parameters
    ----------
    cells : Cells
    up_to : int
        Largest number of audiences, 3 or more.
    age, n_starts, seed : as in AudienceMixture

    Returns
    -------
    DataFrame
        One row per flow of people: ``n_audiences, audience, previous, share, of_audience, slsa``. `previous` is the
        audience among n_audiences - 1, `share` the share of everybody, `of_audience` of the new audience. `slsa` is
        `slsa` of the new audience: 1 when it comes from one old audience. Flows below .01 of everybody are left out.
        attrs: names, sizes.

    References
    ----------
    Dolnicar & Leisch (2017).

    Examples
    --------
    >>> from smm_analysis import Cells, load_published
    >>> gss82 = load_published("lca_gss82")
    >>> cells = Cells.from_table(gss82, items=list(gss82.columns[:4]), age=None, count="count")
    >>> flows = stability_across(cells, up_to=3, age=None)
    >>> flows["n_audiences"].unique().tolist()
    [3]
    """
    if up_to < 3:
        raise ModelError("up_to", "3 audiences or more", str(up_to), "Two audiences can only come from one.")
    rows, names, sizes, old = [], {}, {}, None
    for k, model in enumerate(fit_up_to(cells, up_to, age=age, n_starts=n_starts, seed=seed), start=1):
        new = posterior(model._grid, model.theta_).argmax(0)
        size = np.bincount(new, cells.weight, k) / cells.n_respondents
        names[k], sizes[k] = dict(enumerate(model.names_, 1)), dict(enumerate(size.tolist(), 1))
        if k > 2:
            table = cross_table(old, new, cells.weight, (k - 1, k))
            stable, share = slsa(table), table / cells.n_respondents
            rows += [
                (k, h + 1, l + 1, share[l, h], share[l, h] / size[h], stable[h])
                for l, h in np.argwhere(share > FEW).tolist()
            ]
        old = new
    frame = pd.DataFrame(rows, columns=["n_audiences", "audience", "previous", "share", "of_audience", "slsa"])
    frame = frame.sort_values(["n_audiences", "audience", "previous"], ignore_index=True)
    frame.attrs = {**cells.attrs, "names": names, "sizes": sizes}
    return frame
