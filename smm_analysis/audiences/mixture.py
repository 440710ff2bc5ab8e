"""AudienceMixture: groups of people with similar answers, whose shares may change with age."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..answer import About
from ..errors import ModelError, one_of
from ..progress import progress
from ..tables.cells import Cells, cells_of_rows, mid_ages, rows_of
from ..tables.frames import in_pandas
from ..tables.people import People
from .age import AGE_WAYS
from .em import Climb, Grid, agrees, expected_by_age, grow, one_hot
from .outcomes import audience_certainty, compare_groups
from .profile import Names, age_curve, age_moments, answer_keys, overall, profile
from .reach import audience_reach
from .record import criteria, doubts, has_unequal_twin, notes, rank_deficit, residuals, summary


class AudienceMixture(ClusterMixin, BaseEstimator):
    """Which audiences are hidden in a table of answers, and who is in them at which age?

    A latent class model (Goodman 1974; Linzer & Lewis 2011) on `Cells`: within an audience the answers are independent;
    people who skipped a question count with those they answered (missing at random). Survey weights enter the point
    estimates (pseudo-likelihood, Skinner 1989). A scikit-learn estimator, whose audiences are numbered from 1.

    Parameters
    ----------
    n_audiences : int, from 1 to the number of occupied cells
    age : {"curve", "bands", None}
        "curve": P(audience | age) is a softmax of a quadratic in age (concomitant variable: Dayton & Macready 1988).
        "bands": a free share at every age or band (at most 15). None: the answers alone.
    n_starts : int
        Random starts; as many again grow from the best solution with one audience fewer. They race: who will not
        reach the best stops. Where few agree, as many start around the best, with one audience moved.
    tol, max_iter : float, int
        A climb ends when three EM steps (Varadhan & Roland 2008) gain less than `tol`, relative to the log-likelihood,
        or after `max_iter`.
    random_state : int; the same one gives the same answer, whatever the order of the rows

    Attributes
    ----------
    cells_ : Cells
    labels_ : ndarray (n_people,), the likeliest audience of every row
    share_ : ndarray (n_audiences,), youngest audience first (without age: largest first)
    names_ : tuple of str, in the language chosen last; `rename` gives others
    parameters_ : dict of DataFrame
        "answers": probability of every answer by audience; "shares": share by age of the table.
    log_likelihood_, n_parameters_, aic_, bic_, sabic_, icl_bic_, icl_map_, entropy_r2_ : float
        On weights that sum to n. icl_bic_ = BIC + 2 EN (McLachlan & Peel 2000); icl_map_ = BIC - 2 sum w log max
        posterior (after Biernacki, Celeux & Govaert 2000); entropy_r2_ = 1 - EN / (n log K).
    converged_, identified_ : bool; the best start ended by `tol`; these questions can tell the parameters
    starts_ : DataFrame
        Every start, the best first: kind ("random", "grown", "moved"), log_likelihood, steps, agrees (as high as the
        best within 1e-6, relative), and how it ended: "converged", "max_iter", or stopped by the others: "behind" (at
        its pace it would not have reached the best), "level" (nor moved by 1e-6).
    notes_ : tuple of str
        What a reader of the numbers must know: people left out, limits that were active.

    Warns
    -----
    LocalOptimum, NotIdentified, SmallSample, sklearn.exceptions.ConvergenceWarning

    Raises
    ------
    ModelError : when the number of audiences or the way of age does not fit the cells

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> model = AudienceMixture(4).fit(load_published("gss_2016_platforms_by_age"))
    >>> model.share_.round(2).tolist(), model.names_[0]
    ([0.18, 0.24, 0.09, 0.5], 'Snapchat + Instagram')
    """

    def __init__(self, n_audiences: int, *, age="curve", n_starts=20, tol=1e-10, max_iter=2000, random_state=0):
        self.n_audiences = n_audiences
        self.age = age
        self.n_starts = n_starts
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X, y=None, sample_weight=None) -> AudienceMixture:
        """Fit the audiences to `X`: Cells, People, a DataFrame or a numeric array (n_people, n_items).

        Of a frame, `age` or `age_low, age_high` is the age and every other column an item; of an array, every column is
        one (x0, x1, ...). `sample_weight` (n_people,): survey weights of the rows; Cells and People bring their own.
        """
        cells = self._counted(X, sample_weight)
        *_, found = _solutions(self, cells)
        self._take(cells, *found)
        if isinstance(X, People) and X.call:
            self.read_ = {"sha256": X.facts.get("sha256"), "call": X.call}
        self.labels_ = self.predict(X)
        for doubt, text in doubts(self):
            warnings.warn(text, doubt, stacklevel=2)
        return self

    def score(self, X, y=None) -> float:
        """Mean log-likelihood per person of the answers given age; people who answered nothing are left out."""
        frame, sums = self._rows(X)
        prior, log_p = self._log_posterior(X)
        own = sums.get("weight") or sums.get("count")
        weight = frame[own].fillna(0).to_numpy(float) if own else np.ones(len(frame))
        asked = frame[list(self.cells_.items)].notna().any(axis=1)
        given = logsumexp(prior + log_p, axis=0) - logsumexp(prior, axis=0)
        return float(np.average(given, weights=weight * asked))

    # What may be asked of the audiences, each with a room of its own.
    profile, age_curve, reach, certainty = profile, age_curve, audience_reach, audience_certainty
    residuals, compare, summary = residuals, compare_groups, summary
    notes_ = property(notes)

    def predict_proba(self, X, *, items_only: bool = False) -> pd.DataFrame:
        """P(audience | age, answers) of people as `fit` takes them: a frame (n_people, n_audiences), rows as in `X`.

        With `items_only` the prior is `share_`, whatever the age (what three-step outcomes need).
        """
        found = self.posterior(X, items_only=items_only)
        return pd.DataFrame(found.T, self._rows(X)[0].index, range(1, len(found) + 1))

    def predict(self, X) -> np.ndarray:
        """The likeliest audience (1 to n_audiences) of new people."""
        return self.posterior(X).argmax(0) + 1

    def assign(self, people) -> pd.DataFrame:
        """A copy of `people` with `audience` and `certainty` (its posterior probability)."""
        proba = self.posterior(people)
        return self._rows(people)[0].assign(audience=proba.argmax(0) + 1, certainty=proba.max(0))

    def posterior(self, people=None, *, items_only: bool = False, theta: np.ndarray | None = None) -> np.ndarray:
        """P(audience | age, answers) of the cells, or of `people`: (K, N); for draws of theta (R, K, N)."""
        prior, log_p = self._log_posterior(people, theta)
        return softmax((np.log(self.share_)[:, None] if items_only else prior) + log_p, axis=-2)

    def _log_posterior(self, people=None, theta: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Of `posterior`, log P(audience | age) and log P(answers | audience)."""
        check_is_fitted(self)
        frame, grid = self._rows(self.cells_ if people is None else people)[0], self._grid
        age, answers = grid.split(self.theta_ if theta is None else theta)
        given = one_hot(self.cells_.codes_of(frame), np.bincount(grid.item))
        return grid.age_model.at(age, self.cells_.years_of(frame, self.age), self.share_), answers @ given.T

    def about(self, level: float | None = None) -> About:
        """What a caption needs of the people and the audiences; names follow the language, and `rename`."""
        check_is_fitted(self)
        return replace(self.cells_.about, level=level, names=self._names)

    @property
    def names_(self) -> tuple[str, ...]:
        """A name per audience, in the language chosen last."""
        return tuple(self.about().names.values())

    def rename(self, names: Mapping[int, str]) -> AudienceMixture:
        """Call audiences otherwise, {1: "the young"}, in every answer that was or will be given ("": as found)."""
        check_is_fitted(self)
        self._names.rename(names)
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def _counted(self, X, sample_weight) -> Cells:
        """The people of the fit as cells, whatever they come as; ages and items are the features."""
        if isinstance(X, Cells | People):
            if sample_weight is not None:
                rule, found = "belongs to the rows of a frame or an array", type(X).__name__
                raise ModelError("sample_weight", rule, found, "Count them with weight=.")
            return self._named(X if isinstance(X, Cells) else X.cells())
        X = in_pandas(X)
        if isinstance(X, pd.DataFrame):
            return self._named(cells_of_rows(X, sample_weight), list(X))
        X = validate_data(self, X, ensure_all_finite="allow-nan")
        return cells_of_rows(rows_of(X)[0], sample_weight)

    def _named(self, cells: Cells, names: list | None = None) -> Cells:
        names = names or [*([] if cells.age is None else np.atleast_1d(cells.age)), *cells.items]
        self.feature_names_in_, self.n_features_in_ = np.array(names, object), len(names)
        return cells

    def _rows(self, X) -> tuple[pd.DataFrame, dict[str, str]]:
        """New people as a frame, and the names of its sums."""
        check_is_fitted(self)
        X = in_pandas(X)
        if not isinstance(X, Cells | People | pd.DataFrame):
            X = validate_data(self, X, reset=False, ensure_all_finite="allow-nan")
        return rows_of(X)

    def _take(self, cells: Cells, grid: Grid, ends: Climb, kinds: np.ndarray) -> AudienceMixture:
        """Take the best end over, youngest audience first (largest first without ages); say whether it can be known."""
        self._deficit = rank_deficit(grid, len(ends.theta[0]))
        self.identified_ = self._deficit == 0 and not has_unequal_twin(grid, ends)
        people = expected_by_age(grid, grid.weight, ends.theta[0])
        mean = age_moments(grid, people)[:, 0]
        order = np.argsort(np.where(np.isnan(mean), -people.sum(1), mean), kind="stable")
        self.cells_, self.read_, self._grid, self._drawn = cells, {}, grid, (None, None)
        theta = self.theta_ = ends.theta[0][order]
        audiences, (age, answers) = pd.RangeIndex(1, len(theta) + 1, name="audience"), grid.split(theta)
        share, probability = grid.age_model.share(age), np.exp(answers)
        keys = pd.MultiIndex.from_tuples(answer_keys(cells.answers), names=["item", "answer"])
        self.share_ = grid.share(theta, grid.weight)
        self.parameters_ = {
            "answers": pd.DataFrame(probability, audiences, keys),
            "shares": pd.DataFrame(share.T, pd.Index(grid.ages, name="age"), audiences),
        }
        for name, value in criteria(grid, theta, float(ends.log_likelihood[0])).items():
            setattr(self, f"{name}_", value)
        self.converged_, self.n_iter_ = ends.ended[0] == "converged", int(ends.steps[0])
        starts = {"kind": kinds, **ends._asdict(), "agrees": agrees(ends.log_likelihood)}
        self.starts_ = pd.DataFrame({name: starts[name] for name in starts if name != "theta"})
        self._names = Names(probability, overall(grid, grid.weight), cells.answers)
        return self


def fit_up_to(cells: Cells, up_to: int, **settings) -> Iterator[AudienceMixture]:
    """Fitted models with 1, 2, ... `up_to` audiences, each grown from the one before; they do not warn."""
    for k, found in enumerate(_solutions(AudienceMixture(up_to, **settings), cells, "up_to"), start=1):
        model = AudienceMixture(k, **settings)
        yield model._take(model._named(cells), *found)


def _solutions(
    model: AudienceMixture, cells: Cells, name: str = "n_audiences"
) -> Iterator[tuple[Grid, Climb, np.ndarray]]:
    """The table's arrays, ends and kinds of the starts with 1, 2, ... audiences, each grown from the best before."""
    one_of("age", model.age, AGE_WAYS)
    if model.age is not None and not np.isfinite(mid_ages(cells.respondents)).any():
        remedy = "Give the column `age` (or `age_low, age_high`), or use age=None."
        raise ModelError("age", f"age={model.age!r} needs people with ages", "none", remedy)
    k, most = model.n_audiences, len(cells.respondents)
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= most:
        rule = f"a whole number from 1 to the number of occupied cells ({most})"
        raise ModelError(name, rule, repr(k), "Choose fewer audiences.")
    grid, best = Grid.of(cells, model.age), None
    limits = {limit: getattr(model, limit) for limit in ("n_starts", "tol", "max_iter", "random_state")}
    for _k in progress(range(k), "audiences"):
        ends, kinds = grow(grid, best, **limits)
        best = ends.theta[0]
        yield grid, ends, kinds
