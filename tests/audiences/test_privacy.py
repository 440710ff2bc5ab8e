"""Nothing that is shown of a survey of one's own tells on fewer than five people."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import AudienceMixture, TableError, hide_small, platform_use_by_age, read_survey, survey_cells


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
    return pd.concat([use["estimate"] * use["n"], (1 - use["estimate"]) * use["n"]], axis=1).min(axis=1).round()


def test_a_platform_of_four_people_is_not_counted(people):
    assert survey_cells(people).items == ("tiktok", "facebook")
    assert "rare" in survey_cells(people, below=4).items


def test_no_share_that_is_shown_rests_on_fewer_than_five(people):
    use = platform_use_by_age(survey_cells(people))
    shown = hide_small(use)
    assert (users(use) < 5).any()
    assert users(use)[shown["estimate"].notna()].min() >= 5
    assert shown.loc[shown["estimate"].isna(), ["low", "high"]].isna().all().all()


def test_a_single_hidden_share_takes_another_one_with_it(people):
    shown = hide_small(platform_use_by_age(survey_cells(people)))
    hidden = shown["estimate"].isna().groupby(shown["platform"]).sum()
    assert (hidden != 1).all() and hidden.sum() == shown.attrs["n_hidden"]
    use = pd.DataFrame({"platform": "vk", "estimate": [0.02, 0.3, 0.5], "low": 0.0, "high": 1.0, "n": [100, 40, 200]})
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
