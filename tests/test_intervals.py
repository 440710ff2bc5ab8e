"""Intervals: percentiles, their widening for few people, Wilson's."""

import numpy as np
import pytest
from scipy.special import logit
from statsmodels.stats.proportion import proportion_confint

from smm_analysis.errors import ModelError
from smm_analysis.intervals import percentiles, small_sample, widened, widening, wilson


def test_wilsons_interval_is_that_of_statsmodels():
    found = wilson([0.1, 0.5, 0.0], [20, 50, 9], 0.9)
    low, high = proportion_confint(np.array([2, 25, 0]), np.array([20, 50, 9]), 0.1, "wilson")
    np.testing.assert_allclose(found["low"], low, atol=1e-12)
    np.testing.assert_allclose(found["high"], high, atol=1e-12)


def test_few_people_widen_an_interval_and_too_few_have_none():
    assert widening(10_000, 20) == pytest.approx(1.001, abs=1e-3)
    assert widening(100, 20) == pytest.approx((100 / 80) ** 0.5) and widening(99, 20) == pytest.approx(99 / 79)
    assert np.isnan(widening(30, 20)) and small_sample(30, 20).startswith("No intervals")
    assert small_sample(99, 20).startswith("The intervals are widened") and small_sample(100, 20) == ""


def test_the_limits_move_away_from_the_estimate_on_their_scale(rng):
    draws = rng.beta(40, 60, (500, 3))
    low, high = widened(np.full(3, 0.4), draws, 0.9, 1.5, share=True)
    plain = percentiles(draws, 0.9)
    np.testing.assert_allclose(logit(high) - logit(0.4), 1.5 * (logit(plain[1]) - logit(0.4)))
    assert (low < plain[0]).all() and ((low > 0) & (high < 1)).all()
    np.testing.assert_allclose(widened(0.4, draws, 0.9, 1.0), plain)
    assert np.isnan(widened(0.4, draws, 0.9, np.nan, share=True)).all()


def test_a_share_next_to_nobody_keeps_its_limits():
    draws = np.repeat(np.array([[0.0], [1e-9], [0.01]]), 20, axis=0)
    low, high = widened(np.array([1e-9]), draws, 0.9, 1.3, share=True)
    assert low[0] <= 1e-9 and 0.01 <= high[0] < 0.03


def test_a_level_is_a_probability():
    with pytest.raises(ModelError, match="`level`: a probability"):
        percentiles(np.zeros((3, 1)), 90)
