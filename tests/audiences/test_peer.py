"""StepMix (Morin et al.), an independent program with a row per person, finds the same likelihoods."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp
from stepmix import StepMix

from smm_analysis import AudienceMixture, simulate_people

TIGHT = {"abs_tol": 1e-10, "rel_tol": 0, "max_iter": 20_000, "random_state": 1, "progress_bar": 0}


def survey(random_state: int, missing: float) -> pd.DataFrame:
    people, _truth = simulate_people(500, random_state=random_state, missing=missing)
    people = people.table[["age", "instagram", "facebook", "vk", "telegram"]]
    return people[people.drop(columns="age").notna().any(axis=1)]


def fit_both(people, peer, measured, structural, k, age):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer.fit(measured, structural)
        return AudienceMixture(k, age=age).fit(people)


def agree(ours, theirs, by_rows):
    assert ours == pytest.approx(by_rows, rel=1e-9)
    assert ours == pytest.approx(theirs, rel=1e-6)


def log_items(people, model):
    y = people.iloc[:, 1:].to_numpy()
    p = model.parameters_["answers"].xs(1, axis=1, level="answer").to_numpy()
    return np.where(np.isnan(y)[:, None], 0, np.where(y[:, None] == 1, np.log(p), np.log1p(-p))).sum(-1)


def test_without_age_and_with_missing_answers():
    people = survey(1, missing=0.05)
    measured = people[people.columns[1:]]
    peer = StepMix(2, measurement="binary_nan", n_init=5, **TIGHT)
    model = fit_both(people, peer, measured, None, 2, None)
    rows = logsumexp(log_items(people, model) + np.log(model.share_), axis=1)
    agree(model.log_likelihood_, peer.score(measured) * len(people), rows.sum())
    assert model.score(people) == pytest.approx(peer.score(measured), rel=1e-6)
    assert model.n_parameters_ == peer.n_parameters


def test_the_curve_is_a_one_step_covariate_model():
    people = survey(2, missing=0)
    z = (people["age"] - people["age"].mean()) / people["age"].std()
    powers = pd.DataFrame({"z": z, "z2": z**2})
    peer = StepMix(2, measurement="binary", structural="covariate", n_steps=1, n_init=5, **TIGHT)
    measured = people[people.columns[1:]]
    model = fit_both(people, peer, measured, powers, 2, "curve")
    prior = np.log(model.parameters_["shares"].loc[people["age"]].to_numpy())
    rows = logsumexp(log_items(people, model) + prior, axis=1)
    agree(model.log_likelihood_, peer.score(measured, powers) * len(people), rows.sum())
    assert model.n_parameters_ == peer.n_parameters
