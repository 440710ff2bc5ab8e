"""StepMix (Morin et al.), an independent program with a row per person, finds the same likelihoods."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp
from scipy.stats import norm
from stepmix import StepMix

from smm_analysis import AudienceMixture, Cells, simulate_people

TIGHT = {"abs_tol": 1e-10, "rel_tol": 0, "max_iter": 20_000, "random_state": 1, "progress_bar": 0}


def survey(seed: int, missing: float, ages: str) -> pd.DataFrame:
    people, _truth = simulate_people(500, seed=seed, ages=ages, missing=missing)
    people = people[["age", "instagram", "facebook", "vk", "telegram"]]
    return people[people.drop(columns="age").notna().any(axis=1)]


def fit_both(people, peer, measured, structural, k, age):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer.fit(measured, structural)
        return AudienceMixture(k, age=age).fit(Cells.from_table(people, items=list(people.columns[1:])))


def agree(ours, theirs, by_rows):
    assert ours == pytest.approx(by_rows, rel=1e-9)
    assert ours == pytest.approx(theirs, rel=1e-6)


def log_items(people, model):
    y = people.iloc[:, 1:].to_numpy()
    p = model.parameters_["answers"].xs(1, axis=1, level="answer").to_numpy()
    return np.where(np.isnan(y)[:, None], 0, np.where(y[:, None] == 1, np.log(p), np.log1p(-p))).sum(-1)


def test_normal_ages_with_missing_answers():
    people = survey(1, missing=0.05, ages="normal")
    items = {"model": "binary_nan", "n_columns": 4}
    years = {"model": "gaussian_diag_nan", "n_columns": 1}
    peer = StepMix(2, measurement={"items": items, "age": years}, n_init=5, **TIGHT)
    measured = people[[*people.columns[1:], "age"]]
    model = fit_both(people, peer, measured, None, 2, "normal")
    share, mean, log_sd = model._grid.split(model.theta_)[0].T
    rows = logsumexp(log_items(people, model) + share + norm.logpdf(people[["age"]], mean, np.exp(log_sd)), axis=1)
    agree(model.log_likelihood_, peer.score(measured) * len(people), rows.sum())
    assert model.n_parameters_ == peer.n_parameters


def test_the_curve_is_a_one_step_covariate_model():
    people = survey(2, missing=0, ages="curve")
    z = (people["age"] - people["age"].mean()) / people["age"].std()
    powers = pd.DataFrame({"z": z, "z2": z**2})
    peer = StepMix(2, measurement="binary", structural="covariate", n_steps=1, n_init=5, **TIGHT)
    measured = people[people.columns[1:]]
    model = fit_both(people, peer, measured, powers, 2, "curve")
    prior = np.log(model.parameters_["shares"].loc[people["age"]].to_numpy())
    rows = logsumexp(log_items(people, model) + prior, axis=1)
    agree(model.log_likelihood_, peer.score(measured, powers) * len(people), rows.sum())
    assert model.n_parameters_ == peer.n_parameters
