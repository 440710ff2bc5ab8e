"""The General Social Survey 2016 gives the audiences that were measured before this package existed."""

import numpy as np
import pytest

from smm_analysis.audiences.mixture import fit_up_to
from smm_analysis.audiences.verify import verify

# Best of 40 starts of an independent program with a trace of smoothing: lower bounds for K = 1..6.
MEASURED = [-5311.184, -4812.075, -4701.467, -4662.712, -4637.021, -4613.772]


@pytest.fixture(scope="module")
def models(gss):
    return list(fit_up_to(gss, 6))


def test_no_likelihood_is_lower_than_the_measured_one(models):
    found = np.array([model.log_likelihood_ for model in models])
    assert np.all(found >= np.array(MEASURED) - 0.001)
    np.testing.assert_allclose(found, MEASURED, atol=0.15)
    assert [model.n_parameters_ for model in models] == [7, 17, 27, 37, 47, 57]


def test_bic_picks_four_audiences(models):
    bic = [model.bic_ for model in models]
    assert np.argmin(bic) == 3
    np.testing.assert_allclose(bic[:4], [10672.9, 9746.9, 9597.9, 9592.6], atol=0.06)


def test_the_four_audiences_are_the_young_the_pinners_the_networkers_and_the_light_users(models):
    model = models[3]
    np.testing.assert_allclose(model.share_, [0.181, 0.236, 0.087, 0.496], atol=6e-4)
    profile = model.profile(n_resamples=5).table
    ages = profile.query("item == 'age' and answer == 'mean'")["estimate"]
    np.testing.assert_allclose(ages, [24.5, 41.3, 44.4, 50.4], atol=0.06)
    yes = model.parameters_["answers"].xs(1, axis=1, level="answer")
    printed = {(1, "snapchat"): 0.87, (1, "instagram"): 0.81, (2, "facebook"): 0.95, (2, "pinterest"): 0.60}
    printed |= {(2, "instagram"): 0.51, (3, "linkedin"): 0.96, (3, "twitter"): 0.76, (4, "facebook"): 0.56}
    assert {key: yes.loc[key] for key in printed} == pytest.approx(printed, abs=0.011)


def test_the_classic_tables_are_reproduced():
    checks = verify().table
    assert checks["passed"].all(), checks[~checks["passed"]].to_string()
    assert len(checks) == 91 and set(checks["data"]) == {"values", "carcinoma", "cheating", "gss82"}
