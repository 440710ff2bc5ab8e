"""Counting: what is one row, what is refused, and that nothing is lost."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import Cells, People, SmmWarning, TableError
from smm_analysis.answer import About
from smm_analysis.audiences.replicates import bootstrap_weights


def test_gss_is_what_the_codebook_says(gss):
    assert (gss.n_respondents, len(gss.table)) == (1366, 423)
    assert gss.effective_n == pytest.approx(1088.7, abs=0.05)
    use = {item: np.average(gss.table[item].astype(int), weights=gss.weight) for item in gss.items}
    printed = dict(
        facebook=74.1, pinterest=34.2, instagram=33.5, linkedin=28.4, snapchat=24.4, twitter=19.0, whatsapp=13.6
    )
    assert {item: 100 * share for item, share in use.items()} == pytest.approx(printed, abs=0.055)


def test_cells_make_a_round_trip(gss, people, items):
    own = Cells.from_table(people, items=items, weight="weight")
    for cells, age in ((gss, ("age_low", "age_high")), (own, "age")):
        again = Cells.from_table(
            cells.to_frame(),
            items=cells.items,
            age=age,
            count="count",
            weight="weight",
            weight_squared="weight_squared",
            about=cells.about,
        )
        pd.testing.assert_frame_equal(again.table, cells.table)
        assert again.about == cells.about


def test_every_person_is_in_one_cell(people, items):
    cells = Cells.from_table(people, items=items, weight="weight")
    assert cells.table["count"].sum() == len(people)
    assert cells.table["weight"].sum() == pytest.approx(people["weight"].sum())
    assert cells.table["weight_squared"].sum() == pytest.approx((people["weight"] ** 2).sum())


def test_people_who_answered_nothing_are_counted_and_left_out_of_n(people, items):
    silent = people.copy()
    silent.loc[silent.index[:7], items] = np.nan
    cells = Cells.from_table(silent, items=items)
    assert cells.n_unanswered >= 7 and cells.n_respondents + cells.n_unanswered == len(silent)


def test_the_order_of_rows_changes_nothing(people, items):
    shuffled = people.sample(frac=1, random_state=1)
    one, two = (Cells.from_table(p, items=items, weight="weight").table for p in (people, shuffled))
    pd.testing.assert_frame_equal(one, two)


def test_an_item_may_be_true_false_numbers_text_or_categories():
    frame = pd.DataFrame(
        {
            "bool": [True, False, True],
            "with_gap": [True, False, None],
            "zero_one": [1.0, 0.0, np.nan],
            "text": ["yes", "no", None],
            "scale": [1, 3, 2],
            "levels": pd.Categorical(["low", "high", "low"], ["low", "mid", "high"], ordered=True),
        }
    )
    answers = Cells.from_table(frame, items=list(frame), age=None).answers
    assert answers == {
        "bool": (0, 1),
        "with_gap": (0, 1),
        "zero_one": (0, 1),
        "text": ("no", "yes"),
        "scale": (1, 2, 3),
        "levels": ("low", "high"),
    }


def test_the_caller_s_frame_is_not_changed(people, items):
    before = people.copy(deep=True)
    Cells.from_table(people, items=items, weight="weight")
    pd.testing.assert_frame_equal(people, before)


GOOD = {"age": [20, 30, 40], "low": [18, 30, 40], "high": [29, 39, 49], "a": [0, 1, 1], "b": [1, 0, 1]}
BAD = [
    ({}, {"items": ["a", "c"]}, r"`c`: must be a column.*only age, low, high, a, b.*Check the spelling"),
    ({}, {"items": []}, "`items`: must name at least one item"),
    ({}, {"items": ["a", "a"]}, "every item once; found 'a'"),
    ({"a": [1, 1, 1]}, {}, "`a`: an item has two or more different answers; found only 1. Leave it out"),
    ({"a": [None, None, None]}, {}, "`a`: .*found no answer at all"),
    ({"a": [0, np.inf, 1]}, {}, "`a`: answers are finite; found inf in row 1"),
    ({"age": [20, 121, 40]}, {}, r"`age`: ages are numbers of years between 0 and 120.*found 121 in row 1 \(1 of 3"),
    ({"age": [20, -1, 40]}, {}, "found -1 in row 1"),
    ({"age": [20, "old", 40]}, {}, "`age`: .*found .old. in row 1.*People.from_frame reads words"),
    ({"age": [True, False, True]}, {}, "true/false values"),
    ({"low": [18, 45, 40]}, {"age": ("low", "high")}, "low age is not above its high age; found 45.* in row 1"),
    ({"low": [18, 25, 40]}, {"age": ("low", "high")}, "bands do not overlap; found .18.0, 29.0. and .25.0, 39.0."),
    ({"w": [1, -2, 1]}, {"weight": "w"}, "`w`: weights are finite numbers, 0 or more.*found -2 in row 1"),
    ({"w": [1, np.nan, 1]}, {"weight": "w"}, "found nan in row 1"),
    ({"w": [1, np.inf, 1]}, {"weight": "w"}, "found inf in row 1"),
    ({"w": [0, 0, 0]}, {"weight": "w"}, "`w`: .*found zeros only"),
    ({"n": [1, 1.5, 1]}, {"count": "n"}, "`n`: counts are whole numbers of people.*found 1.5 in row 1.*weight="),
    ({"n": [0, 0, 0]}, {"count": "n"}, "`n`: .*found zeros only"),
]


@pytest.mark.parametrize(("columns", "options", "message"), BAD)
def test_bad_input_is_named(columns, options, message):
    frame = pd.DataFrame(GOOD | columns)
    with pytest.raises(TableError, match=message):
        Cells.from_table(frame, **{"items": ["a", "b"], **options})


def test_an_empty_table_and_no_table_are_named():
    with pytest.raises(TableError, match="at least one person; found an empty table"):
        Cells.from_table(pd.DataFrame(GOOD).iloc[:0], items=["a"])
    with pytest.raises(TableError, match="must be a DataFrame; found str. Read the file with read_survey"):
        Cells.from_table("survey.csv", items=["a"])


def test_sums_of_weights_without_their_squares_are_doubted():
    frame = pd.DataFrame(GOOD).assign(n=[2, 3, 1], w=[2.0, 4.0, 1.5])
    with pytest.warns(SmmWarning, match="equal weights are assumed inside each row. Name weight_squared="):
        cells = Cells.from_table(frame, items=["a", "b"], count="n", weight="w")
    assert cells.effective_n == pytest.approx(7.5**2 / (4 / 2 + 16 / 3 + 2.25))


@pytest.mark.parametrize("of", ["weight", "count"])
def test_a_column_named_0_counts_as_any_other(of):
    people = pd.DataFrame({"a": [1, 0, 1, 0], "age": [20, 30, 20, 30], "own": [1, 2, 3, 100]})
    named = people.rename(columns={"own": 0})
    expected = Cells.from_table(people, items=["a"], **{of: "own"}).to_frame()
    pd.testing.assert_frame_equal(Cells.from_table(named, items=["a"], **{of: 0}).to_frame(), expected)
    assert People.from_frame(named, platforms=["a"], **{of: 0}).table[of].tolist() == [1, 2, 3, 100]


@pytest.mark.parametrize("name", ["share", "age_2", "sum"])
def test_an_item_may_have_any_name(people, items, name):
    renamed = people.rename(columns={"vk": name})
    own = [name if item == "vk" else item for item in items]
    one, two = (
        Cells.from_table(frame, items=names, weight="weight") for frame, names in ((people, items), (renamed, own))
    )
    pd.testing.assert_frame_equal(two.table.set_axis(one.table.columns, axis=1), one.table)


@pytest.mark.parametrize("name", ["age", "count", "weight", "weight_squared"])
def test_an_item_has_no_name_that_means_something_else(people, items, name):
    with pytest.raises(TableError, match=f"`items`: {name} is no item.*found '{name}'. Name it once, or as age="):
        Cells.from_table(people.assign(count=1), items=[*items, name])


def test_cells_know_where_people_come_from(people, items):
    cells = Cells.from_table(people, items=items, about=About(source="a class", origin="own"))
    assert (cells.about.n, cells.about.source, cells.about.origin) == (cells.n_respondents, "a class", "own")
    assert Cells.from_table(people, items=items).about.origin is None and not cells.to_frame().attrs


def test_the_bootstrap_of_cells_varies_a_weighted_share_as_the_bootstrap_of_rows_does(rng):
    n = 600
    people = pd.DataFrame({"a": rng.integers(0, 2, n), "b": rng.integers(0, 2, n), "w": rng.gamma(2, 0.5, n)})
    cells = Cells.from_table(people, items=["a", "b"], age=None, weight="w")
    weight = bootstrap_weights(cells, 4000, 20240117)
    yes = cells.respondents["a"].astype(int).to_numpy()
    by_cells = (weight @ yes / weight.sum(1)).std()
    draws = rng.integers(0, n, (4000, n))
    a, w = people["a"].to_numpy()[draws], people["w"].to_numpy()[draws]
    by_rows = ((a * w).sum(1) / w.sum(1)).std()
    assert by_cells == pytest.approx(by_rows, rel=4 * np.sqrt(2 / (2 * 4000)))


def test_an_answer_that_nobody_gave_is_no_answer():
    counted = pd.DataFrame({"a": [0, 1, 0, 1, 0], "b": [0, 0, 1, 1, 2], "n": [5, 6, 7, 8, 0]})
    cells = Cells.from_table(counted, items=["a", "b"], age=None, count="n")
    pd.testing.assert_frame_equal(
        cells.table, Cells.from_table(counted[:4], items=["a", "b"], age=None, count="n").table
    )
    with pytest.raises(TableError, match="`b`: an item has two or more different answers; found only 1"):
        Cells.from_table(counted.assign(b=[1, 1, 1, 1, 2]), items=["a", "b"], age=None, count="n")
