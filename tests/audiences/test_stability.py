"""Stability: definitions on printed cross-tables, against a version on rows, and on data whose answer is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score
from slow import write_result

from smm_analysis import (
    AudienceMixture,
    Cells,
    adjusted_rand,
    choose_audiences,
    segment_stability,
)
from smm_analysis.audiences.em import Grid
from smm_analysis.audiences.mixture import fit_up_to
from smm_analysis.audiences.replicates import bootstrap_weights, cold_fits, labels
from smm_analysis.audiences.stability import agreement, best_jaccard, cross_table

ITEMS = ["a", "b", "c", "d", "e", "f"]


def two_segments(n=800, seed=0, sure=0.97):
    """Half say yes to everything, half no; how sure, is given."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.5
    answers = rng.random((n, len(ITEMS))) < np.where(kind[:, None], sure, 1 - sure)
    return pd.DataFrame(answers.astype(int), columns=ITEMS).assign(age=rng.integers(18, 70, n))


def coins(n=800, seed=0):
    """Every answer a coin of its own."""
    rng = np.random.default_rng(seed)
    answers = pd.DataFrame(rng.integers(0, 2, (n, len(ITEMS))), columns=ITEMS)
    return answers.assign(age=rng.integers(18, 70, n))


def count(people, **columns):
    return Cells.from_table(people, items=ITEMS, **columns)


def fit_two(grid, weight):
    *_, (theta, _log_likelihood) = cold_fits(grid, weight[None], 2, 3, [np.random.default_rng(0)])
    return theta[0]


def table_of(one, two):
    return cross_table(np.asarray(one), np.asarray(two), np.ones(len(one)))


def test_the_adjusted_rand_index_of_printed_partitions():
    assert adjusted_rand(table_of([0, 0, 1, 1], [0, 0, 1, 2])) == pytest.approx(0.5714286, abs=5e-8)
    assert adjusted_rand(table_of([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2])) == pytest.approx(0.2424242, abs=5e-8)


def test_it_is_that_of_scikit_learn_also_for_k_means_clusters():
    flowers = load_iris()
    clusters = KMeans(3, n_init=10, random_state=0).fit_predict(flowers.data)
    ours = adjusted_rand(table_of(flowers.target, clusters))
    assert ours == pytest.approx(adjusted_rand_score(flowers.target, clusters), abs=1e-12)
    assert ours == pytest.approx(0.7302383, abs=5e-8)


def test_it_does_not_depend_on_the_order_of_groups_or_on_which_comes_first(rng):
    table = rng.integers(1, 50, (4, 3))
    assert adjusted_rand(table) == pytest.approx(adjusted_rand(table.T), abs=1e-12)
    assert adjusted_rand(table) == pytest.approx(adjusted_rand(table[::-1, [1, 0, 2]]), abs=1e-12)
    assert adjusted_rand([[10]]) == 1 and adjusted_rand(np.diag([3, 4, 5])) == 1


def test_the_best_overlap_is_taken_for_each_segment_by_itself():
    """Two segments may both be found in the same one: no one-to-one matching."""
    base, other = np.array([0, 0, 1, 1, 1]), np.array([0, 0, 0, 0, 0])
    np.testing.assert_allclose(best_jaccard(base, other, np.ones(5), 2), [2 / 5, 3 / 5])


def test_stability_on_cells_is_stability_on_rows():
    """The same definition with one row per person, the same fits: equal to rounding."""
    people = two_segments(300, sure=0.8)
    cells = count(people)
    grid = Grid.of(cells, "curve")
    weight = bootstrap_weights(cells, 2, 4)
    theta = np.stack([fit_two(grid, own) for own in weight])
    by_cell = labels(grid, weight, theta, items_only=False)
    ours = adjusted_rand(cross_table(*by_cell, cells.weight))
    cell_of_person = people.merge(
        cells.respondents.astype(float).reset_index(names="cell"), on=["age", *ITEMS], how="left"
    )["cell"]
    assert ours == pytest.approx(adjusted_rand_score(*by_cell[:, cell_of_person]), abs=1e-12)


def test_it_is_the_definition_carried_out_row_by_row():
    """Draw people twice, fit, let both fits sort everybody, compare: the median is the same up to Monte-Carlo error."""
    people, rng = two_segments(400, sure=0.75), np.random.default_rng(8)
    by_hand = []
    for _pair in range(12):
        sortings = []
        for _survey in range(2):
            drawn = count(people.iloc[rng.integers(0, 400, 400)])
            *_, fitted = fit_up_to(drawn, 3, n_starts=3)
            sortings.append(fitted.predict(people))
        by_hand.append(adjusted_rand_score(*sortings))
    stable = agreement(count(people), 3, age="curve", pairs=30)
    ours = stable.set_index(["n_audiences", "assignment"]).loc[(3, "age and answers")]
    assert ours["estimate"] == pytest.approx(np.median(by_hand), abs=0.12)
    assert ours["low"] < np.median(by_hand) < ours["high"]


def test_two_clear_segments_are_found_in_every_survey():
    cells = count(two_segments())
    stable = agreement(cells, 2, age="curve", pairs=20)
    assert (stable["low"] > 0.98).all()
    segments = segment_stability(AudienceMixture(2).fit(cells), pairs=20).table
    assert (segments["low"] > 0.98).all()


def test_noise_has_no_stable_segments():
    stable = agreement(count(coins(500)), 4, age="curve", pairs=10)
    assert (stable["estimate"] < 0.5).all()


def test_counts_are_rows_and_the_scale_of_weights_is_nothing():
    people = two_segments(300, sure=0.8)
    counted = people.groupby(["age", *ITEMS], as_index=False).size()
    settings = {"up_to": 3, "age": "curve", "pairs": 6, "random_state": 5}
    rows = agreement(count(people), **settings)
    pd.testing.assert_frame_equal(rows, agreement(count(counted, count="size"), **settings))
    weighted = people.assign(w=np.tile([1.0, 2.5, 0.5], 100))
    one = agreement(count(weighted, weight="w"), **settings)
    other = agreement(count(weighted.assign(w=7 * weighted["w"]), weight="w"), **settings)
    pd.testing.assert_frame_equal(one, other, rtol=1e-6)
    assert not one["estimate"].equals(rows["estimate"])


def test_the_same_seed_gives_the_same_answer_whatever_the_row_order():
    people = two_segments(300, sure=0.8)
    settings = {"up_to": 3, "age": "curve", "pairs": 6, "random_state": 5}
    one = agreement(count(people), **settings)
    other = agreement(count(people.sample(frac=1, random_state=1)), **settings)
    pd.testing.assert_frame_equal(one, other)


def test_missing_answers_and_ages_take_part():
    people = two_segments(600)
    people.loc[::5, "a"] = np.nan
    people.loc[::7, "age"] = np.nan
    for age in ("curve", None):
        stable = agreement(count(people), 2, age=age, pairs=8)
        assert (stable["estimate"] > 0.95).all()


@pytest.mark.parametrize("age", ["curve", "bands"])
def test_a_row_that_a_survey_never_saw_takes_the_shares(age):
    """One person of unknown age is missing from a third of the surveys: the audience still follows from the answers."""
    people = two_segments(200)
    people["age"] = (people["age"] // 10 * 10).where(people.index > 0)
    cells = count(people)
    grid = Grid.of(cells, age)
    weight = cells.weight[None].copy()
    weight[:, np.isnan(grid.ages[grid.row])] = 0
    theta = fit_two(grid, weight[0])[None]
    full, plain = (labels(grid, weight, theta, items_only=only)[0] for only in (False, True))
    unknown = np.isnan(grid.ages[grid.row])
    assert full[unknown] == plain[unknown]


def test_without_age_both_assignments_are_one():
    stable = agreement(count(two_segments(300, sure=0.8)), 3, age=None, pairs=5)
    by = [own["estimate"].tolist() for _by, own in stable.groupby("assignment")]
    assert by[0] == by[1]


def test_the_sentence_names_an_audience_only_where_one_differs():
    alike = segment_stability(AudienceMixture(2).fit(count(two_segments(sure=0.999))), pairs=5)
    assert alike.headline == "Every audience returns as surely as the others (1.00)"
    differ = replace(alike, table=alike.table.assign(estimate=[0.9, 0.9, 0.6, 0.7]))
    one, two = alike.about.names.values()
    assert differ.headline == f"“{one}” returns most surely (0.90), “{two}” least (0.60)"


def test_the_gss_verdict_in_a_few_pairs(gss):
    """Stability adds a word and a part, and changes no number; all pairs belong to the slow proof."""
    choice = choose_audiences(gss, up_to=4, n_starts=10, pairs=8)
    assert choice.charts == ("how_many", "stability") and choice.word is not None
    assert choice.stability["n_audiences"].unique().tolist() == [2, 3, 4]


@pytest.mark.slow
def test_the_gss_verdict(gss):
    """100 pairs: what is printed in the lesson must hold."""
    choice = choose_audiences(gss, up_to=6, pairs=100)
    assert (choice.n_audiences, choice.word) == (4, "constructed") and choice.reproducible in (2, 3)
    median = choice.stability.pivot(index="n_audiences", columns="assignment", values="estimate").round(2)
    rows = [
        f"K = {k}: {row.iloc[0]:.2f} by age and answers, {row.iloc[1]:.2f} by answers" for k, row in median.iterrows()
    ]
    write_result("Stability of the GSS 2016 audiences", [choice.verdict, *rows])
