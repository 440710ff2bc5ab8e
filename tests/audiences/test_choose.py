"""The number of audiences: criteria, the verdict and its rules, the bootstrap test, and what noise must not get."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest
from slow import write_result
from statsmodels.discrete.discrete_model import MNLogit

from smm_analysis import (
    AudienceMixture,
    Cells,
    ModelError,
    Verdict,
    bootstrap_lrt,
    choose_audiences,
    global_stability,
    judge_audiences,
    load_published,
    plot_choice,
    set_language,
    simulate_people,
)
from smm_analysis.audiences.choose import age_only, design_aic, telling_questions
from smm_analysis.audiences.mixture import fit_up_to
from smm_analysis.audiences.replicates import simulated_weights

GOLDEN = Path(__file__).parents[1] / "golden"
SIX = list("abcdef")


def independent(n=500, seed=0, trend=0.0):
    """Six unrelated yes/no answers and uniform ages; with `trend`, some change with age."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 75, n)
    logit = rng.normal(0, 0.7, 6) + trend * (age[:, None] - 46) / 20 * np.array([1, -1, 1, 0.6, -0.8, 0.3])
    return pd.DataFrame((rng.random((n, 6)) < 1 / (1 + np.exp(-logit))).astype(int), columns=SIX).assign(age=age)


def mixed_noise(n=400, seed=0):
    """Random ratings, one random two-way item, ages from an uneven mix."""
    rng = np.random.default_rng(seed)
    ratings = pd.DataFrame(rng.integers(1, 6, (n, 4)), columns=SIX[:4])
    age = np.where(rng.random(n) < 0.6, rng.normal(21, 2, n), rng.normal(52, 9, n)).round().clip(14, 90)
    return ratings.assign(vote=rng.choice(["yes", "no"], n), age=age)


def count(table, items=SIX, **columns):
    return Cells.from_table(table, items=items, **columns)


def classic(name):
    table = load_published(f"lca_{name}")
    items = [column for column in table if column != "count"]
    return Cells.from_table(table, items=items, age=None, count="count")


@pytest.fixture(scope="module")
def choice(gss):
    return choose_audiences(gss, up_to=6)


def test_the_criteria_are_those_of_the_fitted_models(gss, choice):
    model = AudienceMixture(3).fit(gss)
    row = choice.set_index("n_audiences").loc[3]
    for name in ("log_likelihood", "n_parameters", "aic", "bic", "sabic", "icl_bic", "icl_map", "entropy_r2"):
        assert row[name] == pytest.approx(getattr(model, f"{name}_"), rel=1e-9)
    assert row["smallest_share"] == model.share_.min() and row["starts_agreeing"] == model.starts_["agrees"].sum()


def test_the_gss_audiences_carry_the_known_verdict(choice):
    verdict = choice.attrs["judgement"]
    assert (verdict.n_audiences, verdict.runner_up, verdict.fewer, verdict.finding) == (4, 3, 3, "audiences")
    assert verdict.gap == pytest.approx(5.3, abs=0.1)
    assert "more audiences describe, they do not separate" in choice.attrs["verdict"]
    assert "runner-up is 3" in choice.attrs["verdict"] and "Age alone is not enough" in choice.attrs["verdict"]


def test_the_model_of_age_alone_is_the_measured_one(gss):
    alone = age_only(gss)
    assert alone["log_likelihood"] == pytest.approx(-4955.71, abs=0.005)
    assert alone["n_parameters"] == 21
    assert alone["bic"] == pytest.approx(10063.0, abs=0.05)


def test_the_model_of_age_alone_is_a_multinomial_logit_per_item(rng):
    """Against statsmodels; a missing age has shares of its own, a missing answer leaves its item only."""
    table = pd.DataFrame({"a": rng.integers(0, 3, 300).astype(float), "b": rng.integers(0, 2, 300)})
    table["age"] = rng.integers(18, 70, 300).astype(float)
    table.loc[:20, "age"], table.loc[10:40, "a"] = np.nan, np.nan
    expected = 0.0
    for item in "ab":
        own = table[table[item].notna() & table["age"].notna()]
        design = np.vander((own["age"] - 40) / 15, 3)
        expected += MNLogit(own[item].to_numpy(), design).fit(disp=0).llf
        ageless = table.loc[table[item].notna() & table["age"].isna(), item].value_counts()
        expected += (ageless * np.log(ageless / ageless.sum())).sum()
    alone = age_only(Cells.from_table(table, items=["a", "b"]))
    assert alone["log_likelihood"] == pytest.approx(expected, abs=1e-4)
    assert alone["n_parameters"] == (2 + 1) * (3 + 1)


def test_answers_that_merely_trend_with_age_need_no_audiences():
    for seed in range(3):
        choice = choose_audiences(count(independent(2000, seed, trend=1.5)), up_to=4, n_starts=5, seed=seed)
        verdict = choice.attrs["judgement"]
        assert int(choice["bic"].idxmin()) + 1 > 1, "the trend must tempt BIC, or nothing is tested"
        assert verdict.finding == "age" and not verdict.good
        assert verdict.headline == "Age alone is enough: no audiences beyond it"


def test_true_audiences_are_more_than_age():
    people, truth = simulate_people(3000, seed=2)
    items = ["instagram", "tiktok", "facebook", "vk", "linkedin", "whatsapp", "youtube", "telegram"]
    choice = choose_audiences(count(people, items), up_to=7, n_starts=10)
    verdict = choice.attrs["judgement"]
    assert verdict.finding == "audiences" and verdict.n_audiences == len(truth.share)


def test_a_wave_of_age_is_seen_beside_the_curve():
    """Two audiences whose share goes up and down with age: the curve needs three, bands two, and it is said."""
    rng = np.random.default_rng(1)
    age = rng.integers(15, 75, 6000)
    first = rng.random(6000) < 0.5 + 0.45 * np.sin((age - 15) / 60 * 3 * np.pi)
    answers = (rng.random((6000, 6)) < np.where(first[:, None], 0.8, 0.2)).astype(int)
    choice = choose_audiences(count(pd.DataFrame(answers, columns=SIX).assign(age=age)), up_to=4, n_starts=5)
    assert choice.attrs["bands"]["n_audiences"] == 2
    assert choice.attrs["judgement"].n_audiences > 2
    assert "With a free share per band of age 2 audiences are enough" in choice.attrs["verdict"]


def test_one_question_asked_twice_is_no_audience():
    people = independent(600, 3)
    people["b"] = people["a"]
    choice = choose_audiences(count(people), up_to=3, n_starts=5)
    verdict = choice.attrs["judgement"]
    assert int(choice["bic"].idxmin()) + 1 == 2, "the copy must tempt BIC, or nothing is tested"
    assert (verdict.finding, verdict.question) == ("question", "a")
    assert "differ in one question only (a)" in verdict.sentence and not verdict.good


def test_copies_of_a_question_count_once(rng):
    people = independent(400, 1)
    people["b"] = 1 - people["a"]
    model = list(fit_up_to(count(people), 2, n_starts=5))[-1]
    assert len({"a", "b"} & set(telling_questions(model))) <= 1


def test_independent_answers_show_no_audiences():
    for seed in range(20):
        choice = choose_audiences(count(independent(seed=seed)), up_to=2, n_starts=3)
        assert choice.attrs["judgement"].finding == "none"
        assert choice.attrs["verdict"].startswith("One group describes these answers best: no audiences")


def test_what_the_questions_cannot_tell_or_nobody_tried_is_no_verdict_of_none():
    rng = np.random.default_rng(0)
    same = rng.random(1000) < 0.5
    people = pd.DataFrame({item: (same ^ (rng.random(1000) < 0.05)) * 1 for item in "ab"})
    cells = Cells.from_table(people, items=["a", "b"], age=None)
    two, one = (choose_audiences(cells, up_to=k, age=None, n_starts=3).attrs["judgement"] for k in (2, 1))
    assert (two.finding, two.supported, two.unidentified) == ("undecided", 1, 2)
    assert two.sentence.startswith("The answers hang together, but these questions cannot tell audiences")
    assert (one.finding, one.headline) == ("undecided", "Undecided: only one number was tried")
    alone = Cells.from_table(people.assign(b=rng.integers(0, 2, 1000)), items=["a", "b"], age=None)
    blind = choose_audiences(alone, up_to=2, age=None, n_starts=3).attrs["judgement"]
    assert blind.finding == "undecided" and blind.sentence.startswith("BIC prefers one group, but these questions")


def judged(bic, identified, age_bic=None, smallest=0, share=0.3):
    frame = pd.DataFrame({"n_audiences": range(1, len(bic) + 1), "bic": bic, "identified": identified})
    frame = frame.assign(aic=frame["bic"], icl_bic=frame["bic"], smallest_share=[1.0] + [share] * (len(bic) - 1))
    alone = age_bic and {"bic": age_bic}
    questions = dict.fromkeys(frame["n_audiences"], ("a", "b"))
    frame.attrs = {"n": 400, "age": "curve", "age_only": alone, "bands": None, "questions": questions}
    return judge_audiences(frame, smallest=smallest)


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        ({"bic": [900, 910, 920], "identified": [True, True, False]}, "none"),
        ({"bic": [900, 910, 890], "identified": [True, True, False]}, "undecided"),
        ({"bic": [900, 910, 890], "identified": [True, True, False], "age_bic": 880}, "age"),
        ({"bic": [900, 870, 850], "identified": [True, True, False], "age_bic": 860}, "undecided"),
        ({"bic": [900, 870, 850], "identified": [True, True, False], "age_bic": 875}, "audiences"),
        ({"bic": [900, 870, 880], "identified": [True, True, True], "age_bic": 860}, "age"),
        ({"bic": [900, 870, 880], "identified": [True, True, True], "smallest": 200}, "undecided"),
        ({"bic": [900, 905, 902], "identified": [True, True, True], "smallest": 200}, "none"),
    ],
)
def test_every_number_that_was_tried_has_a_say_in_the_finding(facts, finding):
    verdict = judged(**facts)
    assert verdict.finding == finding and "is 0 points worse" not in verdict.sentence
    if finding == "undecided":
        assert "would fit better" in verdict.sentence and verdict.supported == 1
    if finding == "none":
        assert verdict.runner_up != 1 and verdict.gap > 0


def test_more_people_than_there_are_cannot_be_asked_of_an_audience(choice):
    with pytest.raises(ModelError, match=r"`smallest`: at most the number of people; found 5000 for \d+ people"):
        judge_audiences(choice, smallest=5000)


def test_a_verdict_never_rests_on_a_number_that_is_not_identified():
    choice = choose_audiences(classic("values"), up_to=4, age=None)
    assert not choice.set_index("n_audiences")["identified"][3]
    assert choice.attrs["judgement"].n_audiences == 2


def test_numbers_with_too_small_an_audience_can_be_left_out(choice):
    sizes = choice.set_index("n_audiences")["smallest_share"] * choice.attrs["n"]
    assert sizes[4] < 150 < sizes[3]
    assert judge_audiences(choice, smallest=150).n_audiences == 3
    assert judge_audiences(choice, smallest=1000).supported == 1


def test_daic_is_aic_under_equal_weights():
    people, _truth = simulate_people(600, seed=1)
    cells = count(people, ["instagram", "facebook", "vk", "tiktok"])
    for model in fit_up_to(cells, 2, n_starts=5):
        assert design_aic(model) == pytest.approx(model.aic_, abs=0.01)
    assert "daic" not in choose_audiences(cells, up_to=1)


def test_the_penalty_of_daic_is_that_of_the_rows():
    """One audience: tr(H^-1 J) with the scores of six independent shares, row by row."""
    people = independent(500, 2)
    weight = np.random.default_rng(0).gamma(2, 0.5, 500)
    cells = count(people.assign(w=weight), weight="w", age=None)
    model = next(fit_up_to(cells, 1, age=None))
    w, x = weight * 500 / weight.sum(), people[SIX].to_numpy()
    p = (w @ x) / w.sum()
    score = (x - p) / (p * (1 - p))
    h, j = score.T @ (w[:, None] * score), score.T @ (w[:, None] ** 2 * score)
    penalty = np.trace(np.linalg.solve(h, j))
    assert design_aic(model) == pytest.approx(-2 * model.log_likelihood_ + 2 * penalty, abs=1e-6)


def test_the_verdict_says_when_weights_change_the_number():
    base = Verdict(n_audiences=3, finding="audiences", runner_up=2, gap=4.0, bic=100.0, largest=6, by_design=2)
    assert "prefers 2 audiences, as AIC does: weights change little" in base.sentence
    assert "and AIC does not: weights matter" in replace(base, weights_matter=True).sentence


@pytest.mark.parametrize(
    ("agreement", "separate", "word", "reproducible"),
    [
        (((2, 0.95), (3, 0.9)), True, "natural", 3),
        (((2, 0.95), (3, 0.9)), False, "reproducible", 3),
        (((2, 0.95), (3, 0.5)), True, "constructed", 2),
        (((2, 0.4), (3, 0.5)), False, "constructed", None),
        ((), True, None, None),
    ],
)
def test_the_words_follow_their_rules(agreement, separate, word, reproducible):
    facts = {"n_audiences": 3, "finding": "audiences", "runner_up": 2, "gap": 40.0, "bic": 900.0, "largest": 6}
    verdict = Verdict(**facts, separate=separate, agreement=agreement)
    assert (verdict.word, verdict.reproducible) == (word, reproducible)
    assert verdict.good == (word != "constructed")
    if word:
        assert word in verdict.headline or word == "constructed"
        assert word in verdict.sentence.lower()


def test_the_curve_of_the_gss_needs_no_mending(choice):
    assert choice.attrs["bands"]["n_audiences"] == 3 and choice.attrs["judgement"].by_bands is None


def test_no_two_places_contradict_each_other(gss, choice):
    """Frame, headline, chart and page say what the one object says; stability adds a word and changes no number."""
    stable = global_stability(gss, up_to=4, n_resamples=8)
    before, after = choice.attrs["judgement"], judge_audiences(choice, stable)
    assert choice.attrs["verdict"] == before.sentence == str(before)
    assert plot_choice(choice).get_title() == before.headline
    assert after.headline in after._repr_html_() and after.sentence in after._repr_html_()
    assert after.n_audiences == before.n_audiences and before.word is None and after.word is not None
    assert after.sentence.startswith(before.sentence)


def test_the_verdict_follows_the_language(choice):
    set_language("de")
    try:
        assert choice.attrs["judgement"].sentence
    finally:
        set_language("en")


def test_the_order_of_rows_changes_nothing():
    people = independent(300, 4)
    one, other = (choose_audiences(count(p), up_to=3, n_starts=4) for p in (people, people.sample(frac=1)))
    pd.testing.assert_frame_equal(one, other)
    assert one.attrs["verdict"] == other.attrs["verdict"]


def test_normal_ages_are_doubted():
    people = independent(400, 1)
    choice = choose_audiences(count(people), up_to=3, age="normal", n_starts=5)
    verdict = choice.attrs["judgement"]
    assert verdict.age_is_normal and verdict.age_bic is None
    assert verdict.finding == "question" and verdict.sentence.startswith(
        "The 2 audiences hardly differ in any question"
    )
    good = Verdict(n_audiences=2, finding="audiences", runner_up=3, gap=9, bic=9, largest=3, age_is_normal=True)
    assert "uneven age mix" in good.sentence


PRINTED = pd.read_csv(GOLDEN / "bootstrap_lrt.csv", comment="#")


@pytest.mark.parametrize("printed", list(PRINTED.itertuples()), ids=lambda p: f"{p.data} {p.n_audiences}")
def test_the_bootstrap_test_gives_the_printed_p_values(printed):
    test = bootstrap_lrt(classic(printed.data), printed.n_audiences, age=None)
    assert test["statistic"][0] == pytest.approx(printed.statistic, abs=2e-3)
    assert test["p_value"][0] == pytest.approx(printed.p_value, abs=0.001 if printed.p_value == 0.01 else 0.12)
    assert test.attrs["failed"] == 0


def test_it_refuses_unequal_weights_and_names_what_to_use(gss):
    with pytest.raises(ModelError, match="equal weights.*dAIC of choose_audiences and global_stability"):
        bootstrap_lrt(gss, 2)


@pytest.mark.parametrize("age", ["curve", "bands", None, "normal"])
def test_simulated_surveys_keep_ages_and_gaps(age):
    people, _truth = simulate_people(500, seed=4, missing=0.1, missing_age=0.1)
    people["age"] = people["age"] // 10 * 10
    cells = count(people, ["instagram", "facebook", "vk"])
    model = AudienceMixture(2, age=age, n_starts=5).fit(cells)
    grid, weight = simulated_weights(model, [np.random.default_rng(i) for i in range(40)])
    assert (weight.sum(1) == cells.n_respondents).all()

    def by(grid, weight, what):
        gaps = (grid.patterns[grid.column] @ grid.items_of == 0) @ [1, 2, 4]
        key = gaps if what == "gaps" else np.nan_to_num(grid.ages[grid.row], nan=-1)
        return {k: weight[..., key == k].sum(-1) for k in np.unique(key)}

    own = model._grid
    for what in ("gaps",) if age in (None, "normal") else ("gaps", "ages"):
        for key, people_there in by(own, own.count, what).items():
            assert (by(grid, weight, what)[key] == people_there).all()
    share = (weight @ grid.patterns[grid.column]).mean(0)
    fitted = (own.count @ own.patterns[own.column]).astype(float)
    assert np.abs(share / fitted - 1).max() < 0.1


@pytest.mark.slow
def test_independent_answers_get_one_group_in_at_least_95_of_100_surveys():
    chosen = [
        choose_audiences(count(independent(seed=seed)), up_to=4, n_starts=10).attrs["judgement"].n_audiences
        for seed in range(100)
    ]
    ones = chosen.count(1)
    write_result("Independent answers: one group", [f"BIC picks 1 in {ones} of 100 surveys of 500 people, 6 items"])
    assert ones >= 95


@pytest.mark.slow
def test_mixed_noise_never_gets_a_good_verdict():
    verdicts = []
    for seed in range(50):
        cells = count(mixed_noise(seed=seed), [*SIX[:4], "vote"])
        for age in ("curve", None):
            choice = choose_audiences(cells, up_to=4, age=age, n_starts=10)
            verdicts.append(choice.attrs["judgement"])
    found = {name: sum(v.finding == name for v in verdicts) for name in ("none", "age", "question", "audiences")}
    write_result("Mixed noise gets no good verdict", [f"50 seeds, with and without age: {found}"])
    assert not any(verdict.good for verdict in verdicts)


@pytest.mark.slow
def test_p_values_are_uniform_when_there_are_no_audiences():
    p = np.array(
        [
            bootstrap_lrt(count(independent(300, seed)), 1, n_resamples=39, n_starts=10, seed=seed)["p_value"][0]
            for seed in range(100)
        ]
    )
    spread = kstest(p - np.random.default_rng(0).random(100) / 40, "uniform")
    write_result(
        "p-values of the bootstrap test under one group",
        [
            f"100 surveys of 300 people, curve, 39 resamples: {np.mean(p <= 0.05):.2f} below .05, "
            f"{np.mean(p <= 0.5):.2f} below .5; Kolmogorov-Smirnov p = {spread.pvalue:.2f}"
        ],
    )
    assert spread.pvalue > 0.01
