"""AudienceMixture: groups of people with similar answers, whose shares may change with age."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import softmax
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning

from ..errors import LocalOptimum, ModelError, NotIdentified, SmallSample
from ..progress import progress
from ..tables.cells import Cells
from .age import AGE_MODELS
from .em import Grid, Solution, expected_by_age, grow, posterior
from .identify import has_unequal_twin, rank_deficit
from .newcomers import ages_of, one_hot
from .profile import age_curve, answer_table, names, profile, share_table

PEOPLE_PER_ITEM, SMALLEST = 70, 30  # rules of thumb quoted in Dolnicar, Gruen & Leisch (2018, ch. 5)


class AudienceMixture(BaseEstimator):
    """Which audiences are hidden in a table of answers, and who is in them at which age?

    A latent class model on `Cells`: within an audience the answers are independent; people who skipped a question
    count with the questions they answered (missing at random). Survey weights enter the point estimates
    (pseudo-likelihood, Skinner 1989).

    Parameters
    ----------
    n_audiences : int
        From 1 to the number of occupied cells.
    age : {"curve", "bands", "normal", None}
        How age enters. "curve": P(audience | age) is a softmax of a quadratic in age (concomitant variable: Dayton &
        Macready 1988). "bands": a free share at every age or band (at most 15). None: the answers alone.
        "normal": ages are normal within an audience, for comparison with other programs; it takes an uneven age mix
        for audiences.
    n_starts : int
        Random starts; as many again grow from the best solution with one audience fewer.
    tol : float
        A climb ends when three EM steps gain less than this, relative to the log-likelihood.
    max_iter : int
        EM steps per climb.
    seed : int
        The same seed gives the same answer, whatever the order of the rows.

    Attributes
    ----------
    share_ : ndarray (n_audiences,)
        Share of people, youngest audience first (without age: largest first).
    names_ : tuple of str
        From the answers that stand above average.
    log_likelihood_, n_parameters_, aic_, bic_, sabic_, icl_bic_, icl_map_, entropy_r2_ : float
        On weights that sum to n. icl_bic_ = BIC + 2 EN (McLachlan & Peel 2000); icl_map_ = BIC - 2 sum w log max
        posterior (after Biernacki, Celeux & Govaert 2000); entropy_r2_ = 1 - EN / (n log K).
    converged_, identified_ : bool
    starts_ : DataFrame
        Every start: kind, log_likelihood, steps, converged, agrees (reaches the best within 1e-6, relative).
    parameters_ : dict of DataFrame
        "answers": probability of every answer by audience; "shares": share by age of the table.
    notes_ : tuple of str
        What a reader of the numbers must know: people left out, limits that were active.

    Warns
    -----
    LocalOptimum, NotIdentified, SmallSample, sklearn.exceptions.ConvergenceWarning

    Raises
    ------
    ModelError
        When the number of audiences or the way of age does not fit the cells.

    References
    ----------
    Goodman (1974); Linzer & Lewis (2011); acceleration: Varadhan & Roland (2008).

    Examples
    --------
    >>> from smm_analysis import Cells, load_published
    >>> gss = load_published("gss_2016_platforms_by_age")
    >>> platforms = ["facebook", "instagram", "snapchat", "twitter", "linkedin", "pinterest", "whatsapp"]
    >>> cells = Cells.from_table(gss, items=platforms, age=("age_low", "age_high"), count="respondents",
    ...                          weight="weight", weight_squared="weight_squared")
    >>> model = AudienceMixture(4).fit(cells)
    >>> model.share_.round(2).tolist()
    [0.18, 0.24, 0.09, 0.5]
    >>> model.names_[0]
    'Snapchat + Instagram'
    """

    def __init__(self, n_audiences: int, *, age="curve", n_starts=20, tol=1e-10, max_iter=2000, seed=0):
        self.n_audiences = n_audiences
        self.age = age
        self.n_starts = n_starts
        self.tol = tol
        self.max_iter = max_iter
        self.seed = seed

    def fit(self, cells: Cells) -> AudienceMixture:
        """Fit the audiences; returns self."""
        check_request(cells, self.n_audiences, self.age)
        *_, best = fit_up_to(cells, self.n_audiences, **self._settings())
        self.__dict__.update({**best.__dict__, **self.get_params()})
        self._warn()
        return self

    def profile(self, *, level: float = 0.9, n_resamples: int = 200, seed: int = 0) -> pd.DataFrame:
        """What sets each audience apart? With percentile intervals of the weighted bootstrap.

        Returns
        -------
        DataFrame
            ``audience, item, answer, estimate, low, high, marker, overall, n, people``. Items of yes/no have the answer
            1 only. Item "share" is the audience's share, item "age" has the answers "mean" and "sd" (years, people of
            known age, weighted by posterior). `marker`: differs from `overall` by .25, or by half of it (Dolnicar,
            Gruen & Leisch 2018). `people`: expected people of the audience who gave the answer, not weighted; `n`: who
            answered the item.
        """
        return profile(self, level=level, n_resamples=n_resamples, seed=seed)

    def age_curve(self, *, level: float = 0.9, n_resamples: int = 200, seed: int = 0) -> pd.DataFrame:
        """Who is in which audience at each age?

        Returns
        -------
        DataFrame
            ``audience, age, estimate, low, high, inside``: share at every year of age (for bands: at every band)
            from 5 years below to 5 above the fitted range; `inside` says whether the age lies in that range.
        """
        return age_curve(self, level=level, n_resamples=n_resamples, seed=seed)

    def predict_proba(self, people: pd.DataFrame, *, items_only: bool = False) -> pd.DataFrame:
        """P(audience | age, answers) of new people, missing answers allowed.

        Parameters
        ----------
        people : DataFrame
            The items under their names, and `age` (years) or `age_low, age_high`, unless the model has no age.
        items_only : bool
            Leave age out: prior `share_`, whatever the age (what three-step outcomes need).

        Returns
        -------
        DataFrame (n_people, n_audiences), rows as in `people`, columns 1 to n_audiences
        """
        age, answers = self._grid.split(self.theta_)
        log_p = one_hot(people, self.cells_) @ answers.T
        prior = np.log(self.share_)
        if self.age is not None and not items_only:
            ages = ages_of(people, self.cells_, into_bands=self.age == "bands")
            prior = self._grid.age_model.at(age, ages, self.share_).T
        return pd.DataFrame(softmax(prior + log_p, axis=1), people.index, range(1, len(self.theta_) + 1))

    def predict(self, people: pd.DataFrame) -> np.ndarray:
        """The likeliest audience (1 to n_audiences) of new people."""
        return self.predict_proba(people).to_numpy().argmax(1) + 1

    def assign(self, people: pd.DataFrame) -> pd.DataFrame:
        """A copy of `people` with `audience` and `certainty` (its posterior probability)."""
        proba = self.predict_proba(people).to_numpy()
        return people.assign(audience=proba.argmax(1) + 1, certainty=proba.max(1))

    def _settings(self) -> dict:
        return {name: value for name, value in self.get_params().items() if name != "n_audiences"}

    def _adopt(self, cells: Cells, grid: Grid, solution: Solution) -> AudienceMixture:
        """Take a solution over: number the audiences, derive every criterion."""
        self.cells_, self._grid = cells, grid
        order = _numbering(grid, solution.theta)
        self.theta_ = solution.theta[order]
        n, k, p = cells.n_respondents, len(order), grid.n_parameters(len(order))
        n_by_age = np.bincount(grid.row, grid.weight, len(grid.ages))
        age, _ = grid.split(self.theta_)
        self.share_ = grid.age_model.share(age) @ n_by_age / n
        self.log_likelihood_, self.n_parameters_ = solution.log_likelihood, p
        self.aic_ = -2 * self.log_likelihood_ + 2 * p
        self.bic_ = -2 * self.log_likelihood_ + p * np.log(n)
        self.sabic_ = -2 * self.log_likelihood_ + p * np.log((n + 2) / 24)
        post = posterior(grid, self.theta_)
        entropy = -(grid.weight * (post * np.log(np.maximum(post, 1e-300))).sum(0)).sum()
        self.icl_bic_ = self.bic_ + 2 * entropy
        self.icl_map_ = self.bic_ - 2 * (grid.weight * np.log(post.max(0))).sum()
        self.entropy_r2_ = 1 - entropy / (n * np.log(k)) if k > 1 else np.nan
        self.converged_ = bool(solution.starts["converged"].iloc[0])
        best = solution.log_likelihood
        self.starts_ = solution.starts.assign(agrees=solution.starts["log_likelihood"] >= best - 1e-6 * abs(best))
        self.starts_.attrs = cells.attrs
        self._deficit = rank_deficit(grid, k)
        self.identified_ = self._deficit == 0 and not has_unequal_twin(grid, solution)
        self.parameters_ = {"answers": answer_table(self), "shares": share_table(self)}
        self._resampled = {}
        return self

    @property
    def names_(self) -> tuple[str, ...]:
        """A name per audience, in the chosen language."""
        return names(self)

    @property
    def notes_(self) -> tuple[str, ...]:
        """What a reader of the numbers must know."""
        notes = []
        if self.cells_.n_unanswered:
            notes.append(f"{self.cells_.n_unanswered} people answered no item and are left out of n.")
        model = self._grid.age_model
        if self.cells_.age == ("age_low", "age_high") and self.cells_.respondents["age_high"].isna().any():
            notes.append("The open age band is taken to be as wide as the band below it.")
        if self.age == "curve" and model.degree < 2:
            notes.append(f"Too few different ages for a quadratic: the curve has degree {model.degree}.")
        active = model.active(self._grid.split(self.theta_)[0])
        return (*notes, active) if active else tuple(notes)

    def _warn(self) -> None:
        """Say what to doubt, and what to do about it."""
        k, n_items = self.n_audiences, len(self.cells_.items)
        agree, smallest = int(self.starts_["agrees"].sum()), self.share_.min() * self.cells_.n_respondents
        if not self.converged_:
            warnings.warn(
                f"The best of the climbs stopped after max_iter={self.max_iter} EM steps. Raise max_iter.",
                ConvergenceWarning,
                stacklevel=3,
            )
        if k > 1 and agree < 2:
            warnings.warn(
                f"Only {agree} of {len(self.starts_)} starts reached the best likelihood with {k} audiences: a better "
                f"one may exist. Raise n_starts (now {self.n_starts}), or use fewer audiences.",
                LocalOptimum,
                stacklevel=3,
            )
        if not self.identified_:
            why = (
                f"{self._deficit} of {self.n_parameters_} parameters cannot be told from these questions"
                if self._deficit
                else "starts with the same likelihood end in different profiles"
            )
            warnings.warn(
                f"With {k} audiences {why}: do not read the profiles. Use fewer audiences or ask more questions.",
                NotIdentified,
                stacklevel=3,
            )
        if self.cells_.effective_n < PEOPLE_PER_ITEM * n_items or smallest < SMALLEST:
            audiences, least = f"{k} audience{'s' * (k > 1)}", f"{smallest:.0f}" if smallest >= 5 else "under 5"
            warnings.warn(
                f"{n_items} items and {audiences} are much for {self.cells_.n_respondents} people (effective "
                f"{self.cells_.effective_n:.0f}; rule of thumb {PEOPLE_PER_ITEM} per item, {SMALLEST} per audience; "
                f"smallest audience {least}). Use fewer items or audiences, or ask more people.",
                SmallSample,
                stacklevel=3,
            )


def fit_up_to(cells: Cells, up_to: int, **settings) -> Iterator[AudienceMixture]:
    """Fitted models with 1, 2, ... `up_to` audiences, each grown from the one before; they do not warn."""
    age = settings.get("age", "curve")
    check_request(cells, up_to, age, name="up_to")
    grid, solution = Grid.of(cells, age), None
    for k in progress(range(1, up_to + 1), "audiences"):
        model = AudienceMixture(k, **settings)
        limits = {"n_starts": model.n_starts, "tol": model.tol, "max_iter": model.max_iter, "seed": model.seed}
        solution = grow(grid, grid.weight, solution, **limits)
        yield model._adopt(cells, grid, solution)


def check_request(cells: Cells, n_audiences: int, age: str | None, name: str = "n_audiences") -> None:
    """Refuse what cannot be fitted."""
    if age not in AGE_MODELS:
        choices = ", ".join(map(repr, AGE_MODELS))
        raise ModelError("age", f"one of {choices}", repr(age), "Choose one of these.")
    if age is not None and (cells.age is None or cells.respondents[np.atleast_1d(cells.age)[0]].isna().all()):
        raise ModelError("age", f"age={age!r} needs cells with ages", "none", "Count them with age=, or use age=None.")
    if age == "normal" and cells.age != "age":
        raise ModelError(
            "age",
            'age="normal" needs ages in years, because two audiences can collapse onto the middles of bands',
            "bands",
            'Use age="curve" (or "bands").',
        )
    most = len(cells.respondents)
    if not isinstance(n_audiences, int | np.integer) or not 1 <= n_audiences <= most:
        rule = f"a whole number from 1 to the number of occupied cells ({most})"
        raise ModelError(name, rule, repr(n_audiences), "Choose fewer audiences.")


def _numbering(grid: Grid, theta: np.ndarray) -> np.ndarray:
    """Youngest audience first by mean age; largest first without ages."""
    people = expected_by_age(grid, grid.weight[None], theta[None])[0]
    known = np.isfinite(grid.ages)
    if not known.any():
        return np.argsort(-people.sum(1), kind="stable")
    return np.argsort(people[:, known] @ grid.ages[known] / people[:, known].sum(1), kind="stable")
