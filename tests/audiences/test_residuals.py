"""What hangs together beyond audiences, beyond a question, within an age: against tables by hand and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from statsmodels.stats.contingency_tables import StratifiedTable

from smm_analysis import AudienceMixture, Cells, choose_audiences, load_published
from smm_analysis.audiences.choose import merge_dependent, merged, within_age
from smm_analysis.audiences.mixture import fit_up_to

FIVE = list("abcde")


def coins(n=600, seed=0, copy=None):
    """Five coins; with `copy`, e agrees with a in this share of the people."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(rng.integers(0, 2, (n, 5)), columns=FIVE).assign(age=rng.integers(18, 75, n))
    if copy:
        people["e"] = np.where(rng.random(n) < copy, people["a"], 1 - people["a"])
    return people


def two_classes(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    answers = rng.random((n, 5)) < np.where(rng.random((n, 1)) < 0.4, 0.85, 0.15)
    return pd.DataFrame(answers.astype(int), columns=FIVE).assign(age=rng.integers(18, 75, n))


def count(people, **columns):
    return Cells.from_table(people, items=FIVE, **columns)


def test_of_one_audience_the_residual_is_pearsons_chi_square():
    people = coins(500, 1)
    table = AudienceMixture(1).fit(count(people)).residuals().table
    for row in table[table["other"] != "age"].itertuples():
        by_hand = chi2_contingency(pd.crosstab(people[row.one], people[row.other]), correction=False)
        assert (row.chi2, row.df, row.p) == pytest.approx((by_hand.statistic, by_hand.dof, by_hand.pvalue), rel=1e-6)
    ages = table[table["other"] == "age"].set_index("one")
    cuts = np.quantile(people["age"], [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
    by_hand = chi2_contingency(pd.crosstab(people["c"], np.searchsorted(cuts, people["age"])))
    assert ages.loc["c", "chi2"] == pytest.approx(by_hand.statistic, rel=1e-6) and ages.loc["c", "df"] == by_hand.dof


def test_people_who_skipped_a_question_leave_its_pairs_only():
    people = coins(500, 2)
    holes = people.assign(a=people["a"].where(people.index % 4 > 0))
    table = AudienceMixture(1).fit(count(holes)).residuals().table.set_index(["one", "other"])
    known, yes = holes.dropna(), holes[["a", "b"]].mean()
    chance = np.outer([1 - yes["a"], yes["a"]], [1 - yes["b"], yes["b"]]) * len(known)
    by_hand = ((pd.crosstab(known["a"], known["b"]) - chance) ** 2 / chance).to_numpy().sum()
    assert table.loc[("a", "b"), "chi2"] == pytest.approx(by_hand, rel=1e-6)
    whole = AudienceMixture(1).fit(count(people)).residuals().table.set_index(["one", "other"])
    assert table.loc[("b", "c"), "chi2"] == pytest.approx(whole.loc[("b", "c"), "chi2"], rel=1e-6)


def test_weights_count_as_the_people_they_are_worth():
    people = coins(500, 3).assign(w=np.tile([0.5, 1.5], 250))
    cells = count(people, weight="w")
    doubled = count(people.assign(w=2 * people["w"]), weight="w")
    one, other = (AudienceMixture(2, n_starts=3).fit(c).residuals().table["chi2"] for c in (cells, doubled))
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_true_audiences_leave_nothing_and_a_copy_is_named():
    clean = AudienceMixture(2, n_starts=5).fit(count(two_classes())).residuals()
    assert (
        clean.headline == "No pair of questions surely hangs together beyond the audiences"
        and not clean.table["dependent"].any()
    )
    copied = two_classes().assign(e=lambda t: t["a"])
    left = AudienceMixture(1).fit(count(copied)).residuals()
    assert left.table["dependent"].iloc[0] and "a and e" in left.verdict
    assert left.charts == ("residuals",)


def test_two_questions_become_one_and_whoever_answered_one_of_them_leaves():
    people = coins(200, 4)
    people.loc[:9, "a"] = np.nan
    people.loc[:4, "b"] = np.nan
    same, one_less = merged(count(people), "a", "b")
    assert same.n_respondents == one_less.n_respondents == 195
    assert one_less.items == ("a & b", "c", "d", "e") and len(one_less.answers["a & b"]) == 4
    plain, again = (next(fit_up_to(cells, 1)) for cells in (same, one_less))
    assert again.log_likelihood_ > plain.log_likelihood_, "one table of four answers holds both questions"


def test_a_copy_is_merged_and_true_classes_are_not():
    settings = {"age": "curve", "n_starts": 5, "random_state": 0}
    models, pairs, _refused = merge_dependent(list(fit_up_to(count(coins(copy=0.9)), 3, **settings)), **settings)
    assert pairs == [("a", "e")] and min((m.bic_, m.n_audiences) for m in models)[1] == 1
    kept = merge_dependent(list(fit_up_to(count(two_classes()), 3, **settings)), **settings)
    assert kept[1:] == ([], None)


def test_the_known_pairs_of_published_surveys(gss):
    settings = {"age": None, "n_starts": 20, "random_state": 0}
    models, pairs, _refused = merge_dependent(list(fit_up_to(load_published("lca_gss82"), 4, **settings)), **settings)
    assert pairs == [("understanding", "cooperation")] and len(models) == 4
    settings["age"] = "curve"
    *_merged, refused = merge_dependent(list(fit_up_to(gss, 5, **settings)), **settings)
    assert refused["pair"] == ("twitter", "linkedin") and refused["n_audiences"] == 3
    assert refused["gain"] == pytest.approx(30.5, abs=0.1)


def test_within_an_age_it_is_mantel_and_haenszels_statistic():
    people = coins(400, 5).assign(age=lambda t: t["age"] // 20 * 20)
    strata = [pd.crosstab(own["a"], own["b"]).to_numpy() for _age, own in people.groupby("age")]
    by_hand = StratifiedTable(strata).test_null_odds()
    ours = within_age(Cells.from_table(people, items=["a", "b"]))
    assert (ours["statistic"], ours["df"], ours["p"]) == pytest.approx((by_hand.statistic, 1, by_hand.pvalue))
    ageless = Cells.from_table(people.assign(age=np.nan), items=["a", "b"])
    assert within_age(ageless) is None


def test_a_step_in_age_is_age_and_no_audience():
    rng = np.random.default_rng(0)
    age = rng.integers(18, 75, 800)
    answers = rng.random((800, 5)) < np.where((age > 33)[:, None], 0.8, 0.2)
    choice = choose_audiences(
        count(pd.DataFrame(answers.astype(int), columns=FIVE).assign(age=age)), up_to=3, n_starts=5
    )
    assert choice.n_audiences > 1, "the step must tempt BIC, or nothing is tested"
    assert choice.finding == "age" and choice.within_age["p"] > 0.01


def test_a_question_that_follows_age_directly_is_named_beside_the_true_number():
    rng = np.random.default_rng(0)
    age, first = rng.integers(18, 75, 1500), rng.random(1500) < 0.5
    answers = (rng.random((1500, 5)) < np.where(first[:, None], 0.8, 0.2)).astype(int)
    direct = rng.random(1500) < 1 / (1 + np.exp(-(age - 46) / 10 - np.where(first, 1, -1)))
    people = pd.DataFrame(answers, columns=FIVE).assign(f=direct.astype(int), age=age)
    choice = choose_audiences(Cells.from_table(people, items=[*FIVE, "f"]), up_to=4, n_starts=5)
    assert choice.n_audiences > 2, "the question must tempt BIC, or nothing is tested"
    assert choice.follows == {"question": "f", "n_audiences": 2}
    assert "“f” may follow age directly; beside that 2 audiences would do." in choice.verdict
