"""Counted rows equal rows, in coefficients and in every kind of error; statsmodels on the rows is the witness."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from smm_analysis import ModelError
from smm_analysis.promises import regression
from smm_analysis.promises.regression import difference_test


def least_squares(design, outcome, count, person=None):
    rows = pd.DataFrame({"outcome": outcome, "count": count, "person": person})
    return regression.least_squares(pd.DataFrame(design), rows, None if person is None else rows["person"])


@pytest.fixture
def counted(rng):
    """A design of 60 distinct rows, an outcome, counts, and the index that writes every row out."""
    design = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    count = rng.integers(1, 5, 60)
    return design, rng.normal(size=60), count, np.repeat(np.arange(60), count)


def test_least_squares_on_counts_is_statsmodels_on_rows(counted):
    design, outcome, count, rows = counted
    fit, witness = least_squares(design, outcome, count), sm.OLS(outcome[rows], design[rows]).fit()
    np.testing.assert_allclose(fit.coef, witness.params, rtol=1e-12)
    np.testing.assert_allclose([fit.log_likelihood, fit.r2], [witness.llf, witness.rsquared])
    expected = witness.get_robustcov_results("HC3").cov_params()
    np.testing.assert_allclose(fit.covariance, expected, rtol=1e-10, atol=1e-15)


def test_an_order_of_leverage_one_hides_its_own_error_and_no_other(counted):
    design, outcome, _count, _rows = counted
    lone = np.column_stack([design, np.arange(60) == 59])
    fit, others = (least_squares(x, outcome[: len(x)], np.ones(len(x))) for x in (lone, design[:59]))
    se = fit.interval(np.eye(4), 0.95)["se"]
    assert np.isnan(se[3])
    np.testing.assert_allclose(se[:3], np.sqrt(np.diag(others.covariance)), rtol=1e-10)


def test_counts_and_rows_give_the_same_errors(counted):
    design, outcome, count, rows = counted
    short, long = (
        least_squares(design, outcome, count),
        least_squares(design[rows], outcome[rows], np.ones(len(rows), int)),
    )
    np.testing.assert_allclose(short.covariance, long.covariance, rtol=1e-9)


@pytest.mark.filterwarnings("error")
def test_a_combination_of_nothing_has_no_error(counted):
    design, outcome, count, _rows = counted
    assert least_squares(design, outcome, count).interval(np.zeros((1, 3)), 0.95)["se"].tolist() == [0]


def test_terms_that_say_the_same_are_refused(counted):
    design, outcome, count, _rows = counted
    with pytest.raises(ModelError, match="`orders`: the terms .* vary.*say the same.*Leave a term out"):
        least_squares(np.column_stack([design, design[:, 1] * 2]), outcome, count)


def test_errors_by_person_are_those_of_statsmodels_and_counts_are_rows(counted):
    design, outcome, count, rows = counted
    person = np.arange(60) % 12
    fit = least_squares(design, outcome, count, person)
    witness = sm.OLS(outcome[rows], design[rows]).fit(cov_type="cluster", cov_kwds={"groups": person[rows]})
    np.testing.assert_allclose(fit.covariance, witness.cov_params(), rtol=1e-10)
    assert fit.freedom == 11 and least_squares(design, outcome, count).freedom == count.sum() - 3


def test_equal_groups_do_not_differ_and_distant_ones_do():
    same = difference_test([(np.zeros(2), np.eye(2)), (np.zeros(2), np.eye(2))])
    far = difference_test([(np.zeros(2), np.eye(2)), (np.full(2, 9.0), np.eye(2))])
    assert (same["statistic"], same["df"], same["p"]) == (0, 2, 1)
    assert far["statistic"] == pytest.approx(81) and far["p"] < 1e-9
