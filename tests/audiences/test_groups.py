"""Audiences by group: corrected shares, and whether the groups differ."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import AudienceMixture, Cells, TableError, set_language

SIX = list("abcdef")


def survey(n, seed, women=0.5, men=0.5):
    """Two audiences in other shares among women and men."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["men", "women"], n)
    first = rng.random(n) < np.where(sex == "women", women, men)
    answers = rng.random((n, 6)) < np.where(first[:, None], 0.8, 0.2)
    people = pd.DataFrame(answers.astype(int), columns=SIX).assign(sex=sex)
    people["age"] = (50 - 10 * first + rng.normal(0, 10, n)).round()
    return people, AudienceMixture(2, n_starts=4).fit(Cells.from_table(people, items=SIX))


def test_shares_of_groups_are_corrected_and_add_up():
    people, model = survey(8000, 1, women=0.7, men=0.3)
    answer = model.compare(people, by="sex", n_resamples=60)
    own = answer.table.pivot(index="group", columns="audience", values="estimate")
    np.testing.assert_allclose(own.sum(axis=1), 1)
    np.testing.assert_allclose(own[1], [0.3, 0.7], atol=0.03)
    naive = answer.table.pivot(index="group", columns="audience", values="naive")
    assert naive.loc["women", 1] - naive.loc["men", 1] < own.loc["women", 1] - own.loc["men", 1]
    assert answer.p_value < 1e-6 and "of women" in answer.headline and answer.charts == ("groups",)
    assert answer.table.groupby("group")["n"].first().sum() == 8000


def test_groups_that_do_not_differ_are_told_so_as_often_as_they_should():
    p = [
        model.compare(people, by="sex", n_resamples=60).p_value for people, model in (survey(500, s) for s in range(20))
    ]
    assert np.mean(np.array(p) < 0.1) <= 0.25 and np.median(p) > 0.2


def test_a_counted_frame_is_its_rows_and_unknown_groups_stay_out():
    people, model = survey(500, 3)
    counted = people.groupby([*SIX, "age", "sex"], as_index=False).size()
    one = model.compare(people, by="sex", n_resamples=5)
    pd.testing.assert_frame_equal(one.table, model.compare(counted, by="sex", count="size", n_resamples=5).table)
    unknown = people.assign(sex=people["sex"].where(people.index > 9))
    assert model.compare(unknown, by="sex", n_resamples=5).table.groupby("group")["n"].first().sum() == 490


def test_one_group_is_none():
    people, model = survey(500, 4)
    with pytest.raises(TableError, match="`sex`: two groups or more; found 1"):
        model.compare(people.assign(sex="women"), by="sex")
    with pytest.raises(TableError, match="`country`: must be a column"):
        model.compare(people, by="country")


def test_the_words_follow_the_language():
    people, model = survey(500, 5)
    answer = model.compare(people, by="sex", n_resamples=5)
    english = answer.verdict
    set_language("de")
    try:
        assert answer.verdict and english.startswith("All groups alike")
    finally:
        set_language("en")
