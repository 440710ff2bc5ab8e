"""Scores against hand counts; missing answers against every way of filling them; the table against Bayes."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from smm_analysis import ModelError, TableError, score_bsas, screening_table


@pytest.fixture
def answers(rng):
    trait = rng.normal(size=300)
    given = (1.2 * trait[:, None] + rng.normal(size=(300, 7)) + 1).round().clip(0, 4)
    return pd.DataFrame(given, columns=[f"item {i}" for i in range(1, 8)])


def test_a_score_is_the_sum_and_no_cut_off_is_the_default(answers):
    scored = score_bsas(answers)
    assert scored["score"].tolist() == answers.sum(axis=1).tolist() and "positive" not in scored


def test_the_two_published_cut_offs_disagree():
    people = pd.DataFrame([[3, 3, 3, 3, 0, 0, 0], [2] * 7, [4, 4, 4, 3, 3, 3, 3]])
    assert score_bsas(people, cutoff="four of seven")["positive"].tolist() == [True, False, True]
    assert score_bsas(people, cutoff="above 23")["positive"].tolist() == [False, False, True]


@pytest.mark.parametrize("cutoff", ["four of seven", "above 23"])
def test_with_missing_answers_a_screen_is_decided_only_if_no_answer_could_change_it(cutoff, rng):
    people = pd.DataFrame(rng.choice([1, 2, 3, 4, 4, np.nan], size=(60, 7), p=[0.05, 0.1, 0.3, 0.2, 0.2, 0.15]))
    people = people[people.isna().sum(axis=1) <= 2]
    for (_row, person), positive in zip(people.iterrows(), score_bsas(people, cutoff=cutoff)["positive"], strict=True):
        gaps = person.index[person.isna()]
        filled = [person.fillna(dict(zip(gaps, fill, strict=True))) for fill in product(range(5), repeat=len(gaps))]
        outcomes = set(score_bsas(pd.DataFrame(filled), cutoff=cutoff)["positive"])
        assert outcomes == ({True, False} if pd.isna(positive) else {positive})


def test_one_missing_item_is_prorated_and_two_are_not():
    scored = score_bsas(pd.DataFrame([[2, 2, 2, 2, 2, 2, np.nan], [2, 2, 2, 2, 2, np.nan, np.nan]]))
    assert scored["score"].iloc[0] == 14 and np.isnan(scored["score"].iloc[1])
    assert scored[["low", "high", "answered"]].iloc[1].tolist() == [10, 18, 5]


def test_alpha_and_its_interval_are_right_as_often_as_they_say(rng):
    def crowd(n):
        return pd.DataFrame((rng.normal(size=(n, 1)) + rng.normal(size=(n, 7)) + 2).round().clip(0, 4))

    matrix = crowd(200_000).cov().to_numpy()
    truth = 7 / 6 * (1 - np.trace(matrix) / matrix.sum())
    found = [score_bsas(crowd(80), level=0.9).attrs["alpha"] for _survey in range(150)]
    assert np.mean([alpha["estimate"] for alpha in found]) == pytest.approx(truth, abs=0.01)
    assert 0.83 <= np.mean([alpha["low"] <= truth <= alpha["high"] for alpha in found]) <= 0.97


def test_every_output_says_screening_not_diagnosis(answers):
    for frame in (score_bsas(answers), screening_table(sensitivity=0.8, specificity=0.8)):
        assert "screening, not diagnosis" in frame.to_html() and "not diagnosis" in frame.attrs["verdict"]


def test_answers_outside_the_scale_are_refused_with_their_row():
    people = pd.DataFrame(1, index=["a", "b"], columns=[f"i{i}" for i in range(7)])
    with pytest.raises(TableError, match=r"`i2`: answers are 0, 1, 2, 3 or 4; found 5 in row 'b'.*1 to 5"):
        score_bsas(people.assign(i2=[1, 5]))
    with pytest.raises(TableError, match=r"`answers`: 7 columns, one per item; found 3"):
        score_bsas(people.iloc[:, :3])
    with pytest.raises(ModelError, match=r"`cutoff`: None or one of four of seven, above 23; found 12"):
        score_bsas(people, cutoff=12)


def test_a_positive_screen_means_what_bayes_says():
    table = screening_table(sensitivity=0.9, specificity=0.8).set_index("quantity")
    for column, prevalence in {"estimate": 0.049, "low": 0.034, "high": 0.069}.items():
        expected = 0.9 * prevalence / (0.9 * prevalence + 0.2 * (1 - prevalence))
        assert table.loc["positive is right", column] == pytest.approx(expected)
    counts = table.loc[["found", "missed", "affected"], "estimate"]
    assert counts["found"] + counts["missed"] == pytest.approx(counts["affected"]) == 49
    assert (table["low"] <= table["estimate"]).all() and (table["estimate"] <= table["high"]).all()


def test_a_population_without_interval_and_percentages_are_refused():
    with pytest.raises(ModelError, match=r"`population`: one of: adult representative.*'risky class, online'"):
        screening_table(sensitivity=0.9, specificity=0.9, population="risky class, online")
    with pytest.raises(ModelError, match=r"`sensitivity`: shares between 0 and 1; found 90"):
        screening_table(sensitivity=90, specificity=0.9)
