"""Who uses what: shares, relative preference and the article's sentence, checked against rows, replicates and print."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import (
    Cells,
    People,
    TableError,
    co_use,
    load_published,
    platform_use_by_age,
    relative_preference,
)
from smm_analysis.audiences.use import ratio

BANDS = [18, 30, 50, 65]


@pytest.fixture(scope="module")
def printed():
    return load_published("platform_use_by_age")


@pytest.fixture(scope="module")
def pew(printed):
    return printed[(printed["source"] == "Pew Research Center 2025") & (printed["measure"] == "ever")]


@pytest.fixture
def rows(rng):
    """600 weighted people with missing answers and ages."""
    n = 600
    age = rng.integers(14, 80, n).astype(float)
    people = pd.DataFrame({"age": age, "weight": rng.gamma(4, 0.25, n)})
    people["facebook"] = (rng.random(n) < 0.3 + 0.005 * age).astype(float)
    people["instagram"] = (rng.random(n) < 0.9 - 0.01 * age).astype(float)
    people.loc[rng.random(n) < 0.05, "facebook"] = np.nan
    people.loc[rng.random(n) < 0.05, "age"] = np.nan
    return people


def cells_of(people, **options):
    return Cells.from_table(people, items=["facebook", "instagram"], weight="weight", **options)


def test_a_share_is_the_weighted_mean_of_the_rows_that_answered(rows):
    use = platform_use_by_age(cells_of(rows)).table
    band = rows[rows["age"].between(30, 49) & rows["facebook"].notna()]
    found = use[(use["platform"] == "facebook") & (use["age_low"] == 30)].iloc[0]
    assert found["estimate"] == pytest.approx(np.average(band["facebook"], weights=band["weight"]))
    assert found["n"] == len(band) and found["low"] < found["estimate"] < found["high"]


def test_the_variance_of_a_ratio_is_the_one_of_replicates(rows, rng):
    people = rows.dropna().assign(weight_squared=lambda t: t["weight"] ** 2)
    _, variance = ratio(people["facebook"], people["instagram"], people)
    drawn = [
        (people["weight"] * people["facebook"])[pick].sum() / (people["weight"] * people["instagram"])[pick].sum()
        for pick in (people.index[rng.integers(0, len(people), len(people))] for _ in range(1500))
    ]
    assert np.sqrt(variance) == pytest.approx(np.std(drawn), rel=0.08)


def test_a_count_of_two_is_the_row_twice_and_the_scale_of_weights_changes_nothing(rows):
    once = platform_use_by_age(cells_of(pd.concat([rows, rows]))).table
    counted = rows.assign(count=2, weight=rows["weight"] * 2, square=rows["weight"] ** 2 * 2)
    pd.testing.assert_frame_equal(
        once, platform_use_by_age(cells_of(counted, count="count", weight_squared="square")).table
    )
    pd.testing.assert_frame_equal(
        platform_use_by_age(cells_of(rows)).table,
        platform_use_by_age(cells_of(rows.assign(weight=rows["weight"] * 7))).table,
    )


def test_where_everybody_or_nobody_uses_a_platform_the_interval_still_has_a_width():
    people = pd.DataFrame({"age": [20] * 30 + [40] * 30, "vk": [0] * 30 + [1] * 30})
    use = platform_use_by_age(Cells.from_table(people, items=["vk"])).table
    assert use["estimate"].tolist() == [0, 1]
    assert use["high"][0] == pytest.approx(0.1135, abs=1e-4) and use["low"][1] == pytest.approx(1 - 0.1135, abs=1e-4)


@pytest.mark.filterwarnings("error")
def test_where_nobody_answered_or_nobody_has_a_weight_there_is_no_share_and_no_alarm():
    people = pd.DataFrame({"age": [20, 20, 40, 40], "vk": [1, 0, np.nan, np.nan], "ok": [np.nan, np.nan, 1, 0]})
    both = co_use(Cells.from_table(people, items=["vk", "ok"])).table
    assert both["estimate"].isna().tolist() == [False, True, True, False] and both["n"].tolist() == [2, 0, 0, 2]
    weighted = people.assign(vk=[1, 0, 1, 0], w=[0, 0, 1, 1])
    use = platform_use_by_age(Cells.from_table(weighted, items=["vk"], weight="w")).table
    assert use["estimate"].isna().tolist() == [True, False] and use["n"].tolist() == [2, 2]


def test_gss_by_wide_bands_holds_everybody_of_its_narrow_bands(gss):
    narrow, wide = platform_use_by_age(gss).table, platform_use_by_age(gss, bands=BANDS).table
    assert wide.groupby("platform")["n"].sum().eq(1366).all() and len(narrow) == 12 * 7
    about = platform_use_by_age(gss).about
    facebook = wide[wide["platform"] == "facebook"]
    assert facebook["estimate"].round(2).tolist() == [0.81, 0.78, 0.66, 0.61]
    assert about.n == 1366 and about.origin == "published" and about.level == 0.95


def test_bands_that_cut_through_the_tables_own_bands_are_refused(gss):
    with pytest.raises(TableError, match=r"`bands`: every age of the table lies in one band; found 18 to 24"):
        platform_use_by_age(gss, bands=[18, 20, 50])
    with pytest.raises(TableError, match=r"`bands`.*found 18 to 24"):
        platform_use_by_age(gss, bands=[30, 50])


def test_cells_without_age_or_with_other_answers_are_refused(rows):
    with pytest.raises(TableError, match=r"`age`: the cells hold ages; found cells without age"):
        platform_use_by_age(cells_of(rows, age=None))
    people = pd.DataFrame({"age": [20, 30], "vk": ["often", "never"]})
    with pytest.raises(TableError, match=r"`vk`: a platform is 1 \(uses\) or 0"):
        platform_use_by_age(Cells.from_table(people, items=["vk"]))


def test_a_printed_margin_of_error_brings_its_design_effect(pew):
    use = platform_use_by_age(pew).table.query("platform == 'instagram'")
    assert use["estimate"].tolist() == [0.8, 0.62, 0.4, 0.19] and set(use["basis"]) == {"margin"}
    half = platform_use_by_age(pew.assign(percent=50)).table["high"].iloc[:4] - 0.5
    assert half.round(3).tolist() == [0.056, 0.034, 0.036, 0.030]


def test_printed_totals_and_bands_inside_others_are_left_out(printed):
    use = platform_use_by_age(printed[printed["source"] == "Pew Research Center 2019"]).table
    assert use.groupby("platform")["age_low"].apply(list).map(lambda ages: ages == BANDS).all()


def test_without_a_printed_n_there_is_no_interval(printed):
    use = platform_use_by_age(printed)
    none = use.table[use.table["basis"] == "none"]
    assert len(none) and none[["low", "high"]].isna().all().all() and none["estimate"].notna().all()
    assert use.about.source == "several surveys" and use.about.n is None


def test_relative_preference_is_the_ratio_of_the_shares(gss, pew):
    ratios = relative_preference(pew, of="facebook", to="instagram").table
    assert ratios["estimate"].round(2).tolist() == [0.85, 1.29, 1.85, 3.0]
    assert (ratios["low"] < ratios["estimate"]).all() and (ratios["estimate"] < ratios["high"]).all()
    paired = relative_preference(gss, of="facebook", to="instagram", bands=BANDS)
    assert paired.paired and "same people" in paired.verdict
    use = platform_use_by_age(gss, bands=BANDS).table.pivot(index="age_low", columns="platform", values="estimate")
    np.testing.assert_allclose(paired.table["estimate"], use["facebook"] / use["instagram"])


def test_pairing_narrows_the_ratio_of_platforms_that_the_same_people_use(gss):
    table = relative_preference(gss, of="instagram", to="snapchat", bands=[18, 30]).table
    use = platform_use_by_age(gss, bands=[18, 30]).table.set_index(["platform", "age_low"])
    first, second = use.loc[("instagram", 18)], use.loc[("snapchat", 18)]
    apart = np.hypot(*((r["high"] - r["low"]) / r["estimate"] / 2 for r in (first, second)))
    row = table.query("age_low == 18").iloc[0]
    assert np.log(row["high"] / row["estimate"]) < apart


def test_an_unknown_platform_is_refused_with_the_known_ones(gss, pew):
    for source in (gss, pew):
        with pytest.raises(TableError, match=r"`myspace`: must be a platform of the table; found .*facebook"):
            relative_preference(source, of="myspace", to="facebook")


def test_of_all_who_use_one_platform_the_share_who_use_the_other(rows):
    table = co_use(Cells.from_table(rows, items=["facebook", "instagram"], age=None)).table.set_index(
        ["platform", "other"]
    )
    users = rows[rows["facebook"] == 1]
    assert table.loc[("facebook", "instagram"), "estimate"] == pytest.approx(users["instagram"].mean())
    assert table.loc[("facebook", "instagram"), "n"] == len(users)
    assert table.loc[("instagram", "instagram"), "estimate"] == pytest.approx(rows["instagram"].mean())


def test_the_headline_names_what_is_found_and_people_are_as_good_as_their_cells(gss, pew, rows):
    assert (
        platform_use_by_age(pew).headline
        == "Instagram differs most between youngest and oldest: 80% at 18–29, 19% at 65+"
    )
    said = relative_preference(pew, of="facebook", to="instagram").headline
    assert said == "The older, the more Facebook for every Instagram: 0.85 at 18–29, 3.00 at 65+"
    assert co_use(gss).headline == "72% of Snapchat's users also use Instagram; of all people 34%"
    people = People.from_frame(rows, platforms=["facebook", "instagram"], age="age", weight="weight")
    pd.testing.assert_frame_equal(platform_use_by_age(people).table, platform_use_by_age(cells_of(rows)).table)


def test_a_change_with_age_is_said_only_where_it_is_sure(printed):
    """Coins follow no age; a line that turns is no 'the older, the more'; of several years the last is named."""
    rng = np.random.default_rng(1)
    coins = pd.DataFrame((rng.random((1500, 2)) < [0.7, 0.5]).astype(float), columns=["facebook", "instagram"])
    people = People.from_frame(coins.assign(age=rng.integers(18, 90, 1500)), platforms=["facebook", "instagram"])
    assert platform_use_by_age(people).headline == (
        "No platform shown by age is surely used more or less by the oldest than by the youngest"
    )
    assert relative_preference(people, of="facebook", to="instagram").headline.startswith(
        "Facebook for every Instagram"
    )
    three = printed.query("country == 'US' and measure == 'ever' and year in (2019, 2021, 2025)")
    assert relative_preference(three, of="facebook", to="instagram").headline.endswith("3.00 at 65+ (2025)")
