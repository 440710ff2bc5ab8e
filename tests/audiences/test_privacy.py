"""Nothing that is shown of a survey of one's own tells on fewer than five people."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import (
    AudienceMixture,
    Cells,
    TableError,
    hide_small,
    load_published,
    platform_use_by_age,
    read_survey,
    simulate_people,
    survey_cells,
)


@pytest.fixture
def people(rng):
    n = 300
    age = rng.integers(12, 60, n).astype(float)
    frame = pd.DataFrame({"age": age})
    frame["tiktok"] = (rng.random(n) < np.where(age < 30, 0.9, 0.05)).astype(float)
    frame["facebook"] = (rng.random(n) < 0.5).astype(float)
    frame["rare"] = (np.arange(n) < 4).astype(float)
    frame.attrs = {"platforms": ["tiktok", "facebook", "rare"], "n": n}
    return frame


def users(use):
    return np.minimum(use["people"], use["n"] - use["people"])


def test_a_platform_of_four_people_is_not_counted(people):
    assert survey_cells(people).items == ("tiktok", "facebook")
    assert "rare" in survey_cells(people, below=4).items


def test_no_share_that_is_shown_rests_on_fewer_than_five(people):
    use = platform_use_by_age(survey_cells(people))
    shown = hide_small(use)
    assert (users(use) < 5).any()
    assert users(use)[shown["estimate"].notna()].min() >= 5
    assert shown.loc[shown["estimate"].isna(), ["low", "high", "people"]].isna().all().all()


def test_people_are_counted_row_by_row_whatever_their_weight(rng):
    """Three users of 100 with a large weight look like 30; of those who did not answer nobody stands behind a share."""
    n = 600
    frame = pd.DataFrame({"age": rng.choice([15.0, 20.0, 40.0, 60.0], n), "w": rng.gamma(2, 1, n)})
    frame["vk"] = np.where(rng.random(n) < 0.5, np.nan, rng.random(n) < 0.05)
    frame.loc[frame["vk"] == 1, "w"] *= 4
    frame["ok"] = (rng.random(n) < 0.9).astype(float)
    use = platform_use_by_age(Cells.from_table(frame, items=["vk", "ok"], weight="w"), bands=[0, 18, 30, 50])
    shown = hide_small(use)
    for row, after in zip(use.itertuples(), shown.itertuples(), strict=True):
        answers = frame.loc[frame["age"].between(row.age_low, row.age_high if row.age_high > 0 else 99), row.platform]
        assert (row.people, row.n) == ((answers == 1).sum(), answers.notna().sum())
        assert np.isnan(after.estimate) or min((answers == 1).sum(), (answers == 0).sum()) >= 5
    weighted = np.minimum(use["estimate"], 1 - use["estimate"]) * use["n"]
    assert (weighted.round().ge(5) & users(use).lt(5)).any(), "a weight must tempt, or nothing is tested"


def test_a_single_hidden_share_takes_another_one_with_it(people):
    shown = hide_small(platform_use_by_age(survey_cells(people)))
    hidden = shown["estimate"].isna().groupby(shown["platform"]).sum()
    assert (hidden != 1).all() and hidden.sum() == shown.attrs["n_hidden"]
    use = pd.DataFrame({"platform": "vk", "estimate": [0.02, 0.3, 0.5], "low": 0.0, "high": 1.0, "n": [100, 40, 200]})
    use["people"] = [2, 12, 100]
    assert hide_small(use)["estimate"].isna().tolist() == [True, True, False]


def test_a_sentence_says_what_was_hidden_and_the_frame_of_the_caller_is_left_alone(people):
    use = platform_use_by_age(survey_cells(people))
    before = use.copy()
    sentence = hide_small(use).attrs["hidden"]
    assert "shares are not shown, because fewer than 5 people" in sentence
    pd.testing.assert_frame_equal(use, before)
    assert hide_small(use, below=0).attrs["hidden"] == "At least 0 people stand behind every share."


def test_an_audience_profile_is_hidden_by_the_size_of_the_audience(people):
    model = AudienceMixture(2, n_starts=3).fit(survey_cells(people))
    profile = model.profile(n_resamples=20)
    shown = hide_small(profile)
    size = profile[profile["item"] == "share"].set_index("audience")["estimate"] * 300
    answers = shown[~shown["item"].isin(["share", "age"])].dropna(subset="estimate")
    behind = answers["estimate"] * answers["audience"].map(size)
    assert behind.round().min() >= 5
    assert shown[shown["item"].isin(["share", "age"])]["estimate"].notna().all()


@pytest.mark.parametrize("weight", [None, "w"])
def test_behind_an_audiences_answer_stand_those_who_gave_it(weight):
    people, _truth = simulate_people(400, seed=1)
    people["vk"] = people["vk"].astype(float).mask(np.arange(400) >= 60)
    people["w"] = np.random.default_rng(0).gamma(3, 1, 400)
    items = ["vk", "tiktok", "facebook", "instagram"]
    model = AudienceMixture(3).fit(Cells.from_table(people, items=items, weight=weight))
    profile = model.profile(n_resamples=5)
    shown, posterior = hide_small(profile), model.predict_proba(people).to_numpy()
    for row, after in zip(profile.itertuples(), shown.itertuples(), strict=True):
        own = posterior[:, row.audience - 1]
        if row.item in items:
            gave, answered = own @ (people[row.item] == row.answer), own @ people[row.item].notna()
            assert (row.people, row.n) == pytest.approx((gave, answered))
            assert np.isnan(after.estimate) or min(gave, answered - gave) >= 5
    size = profile["audience"].map(profile[profile["item"] == "share"].set_index("audience")["people"])
    tempting = (profile["item"] == "vk") & (np.minimum(profile["estimate"], 1 - profile["estimate"]) * size > 5)
    assert shown.loc[tempting, "estimate"].isna().any(), "the audience's size must tempt, or nothing is tested"


def test_neither_the_audiences_nor_the_answers_give_a_hidden_share_away():
    """One answer of three is rare in one audience: with it goes another of the audience, and the others' of both."""
    keys = pd.MultiIndex.from_product([[1, 2, 3], ["news"], ["never", "often", "daily"]])
    people = np.array([2, 40, 58, 30, 30, 40, 25, 35, 40])
    profile = pd.DataFrame({"people": people, "n": 100, "estimate": people / 100, "low": 0.0, "high": 1.0}, keys)
    shown = hide_small(profile.rename_axis(["audience", "item", "answer"]).reset_index())
    hidden = shown["estimate"].isna()
    assert hidden[0] and not hidden.all()
    assert (hidden.groupby(shown["audience"]).sum() != 1).all() and (hidden.groupby(shown["answer"]).sum() != 1).all()


def test_percentages_without_people_are_refused():
    printed = platform_use_by_age(load_published("platform_use_by_age"))
    with pytest.raises(TableError, match="`people`: must be a column"):
        hide_small(printed)


def test_too_few_people_are_refused(tmp_path):
    (tmp_path / "few.csv").write_text("Age,Net\n18,VK\n19,VK\n20,Insta\n")
    with pytest.raises(TableError, match=r"`platforms`: at least one has 5 users.*found 3 people, and 2 on the most"):
        survey_cells(read_survey(tmp_path / "few.csv"))


def test_bands_weights_and_missing_ages_are_counted_as_they_are_held(tmp_path):
    rows = "".join(f"{'18-29' if i % 2 else '30+'},{'VK' if i % 3 else 'Insta'},{i % 4}\n" for i in range(40))
    (tmp_path / "bands.csv").write_text("Age,Net,Weight\n" + rows + "30+,VK,\n")
    cells = survey_cells(read_survey(tmp_path / "bands.csv", weight="Weight"))
    assert cells.age == ("age_low", "age_high") and cells.n_respondents == 40
    (tmp_path / "ageless.csv").write_text("Net\n" + "VK\nInsta\n" * 10)
    assert survey_cells(read_survey(tmp_path / "ageless.csv")).age is None
