"""The number of audiences: criteria, the verdict and its rules, the bootstrap test, and what noise must not get."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known import classic
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import kstest
from slow import tries, write_result
from statsmodels.discrete.discrete_model import MNLogit

from smm_analysis import (
    Answer,
    AudienceMixture,
    Cells,
    ModelError,
    bootstrap_lrt,
    choose_audiences,
    set_language,
    simulate_people,
)
from smm_analysis.audiences.choose import (
    age_only,
    design_aic,
    observed_information,
    one_scale,
    telling_questions,
)
from smm_analysis.audiences.mixture import fit_up_to
from smm_analysis.audiences.replicates import simulated_weights
from smm_analysis.audiences.verdict import judge, says
from smm_analysis.progress import progress

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


@pytest.fixture(scope="module")
def choice(gss):
    return choose_audiences(gss, up_to=6)


def test_the_criteria_are_those_of_the_fitted_models(gss, choice):
    model = AudienceMixture(3).fit(gss)
    row = choice.table.set_index("n_audiences").loc[3]
    for name in ("log_likelihood", "n_parameters", "aic", "bic", "sabic", "icl_bic", "icl_map", "entropy_r2"):
        assert row[name] == pytest.approx(getattr(model, f"{name}_"), rel=1e-9)
    assert row["smallest_share"] == model.share_.min() and row["starts_agreeing"] == model.starts_["agrees"].sum()


def test_the_gss_audiences_carry_the_known_verdict(choice):
    assert (choice.n_audiences, choice.runner_up, choice.fewer, choice.finding) == (4, 3, 3, "audiences")
    assert choice.gap == pytest.approx(5.3, abs=0.1)
    assert "more audiences describe, they do not separate" in choice.verdict
    assert "runner-up is 3" in choice.verdict and "Age alone is not enough" in choice.verdict


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


def test_the_model_of_one_scale_is_the_two_parameter_logit_model(rng):
    """Against a direct maximum of the marginal likelihood, by Gauss-Hermite quadrature."""
    level = rng.normal(0, 1.3, (500, 1))
    people = pd.DataFrame(
        (rng.random((500, 4)) < expit(level + [-1, -0.3, 0.4, 1])).astype(float), columns=list("abcd")
    )
    people.loc[:30, "a"] = np.nan
    places, share = np.polynomial.hermite_e.hermegauss(41)

    def minus_log_likelihood(curves):
        yes = expit(curves[:4, None] + curves[4:, None] * places)
        given = people.to_numpy()[:, :, None]
        chance = np.where(np.isnan(given), 1, np.where(given == 1, yes, 1 - yes)).prod(1)
        return -np.log(chance @ share / share.sum()).sum()

    direct = minimize(minus_log_likelihood, np.repeat([0.0, 1.0], 4), tol=1e-6)
    ours = one_scale(Cells.from_table(people, items=list("abcd"), age=None), None)
    assert ours["log_likelihood"] == pytest.approx(-direct.fun, abs=0.02)
    assert ours["bic"] == pytest.approx(-2 * ours["log_likelihood"] + 8 * np.log(500))


def test_one_scale_that_moves_with_age_is_named_in_verdict_and_headline(rng):
    age = rng.integers(18, 75, 1500)
    level = rng.normal((age[:, None] - 45) / 15, 1.5)
    people = pd.DataFrame((rng.random((1500, 6)) < expit(level + np.linspace(-1, 1, 6))).astype(int), columns=SIX)
    choice = choose_audiences(count(people.assign(age=age)), up_to=4, n_starts=5)
    assert choice.n_audiences > 1 and choice.scale["bic"] < choice.table["bic"].min() - 10
    assert "but a single scale without borders describes these people better" in choice.headline
    assert "A single scale, such as from little to much use, would do as well" in choice.verdict
    assert "single scale" not in choose_audiences(count(two_kinds(rng)), up_to=3, n_starts=5).verdict


def two_kinds(rng):
    """Two audiences that differ in kind: what one uses the other does not."""
    own = rng.random((800, 1)) < 0.5
    answers = rng.random((800, 6)) < np.where(own, [0.8, 0.8, 0.8, 0.2, 0.2, 0.2], [0.2, 0.2, 0.2, 0.8, 0.8, 0.8])
    return pd.DataFrame(answers.astype(int), columns=SIX).assign(age=rng.integers(18, 75, 800))


def test_answers_that_merely_trend_with_age_need_no_audiences():
    for seed in range(3):
        choice = choose_audiences(count(independent(2000, seed, trend=1.5)), up_to=4, n_starts=5, random_state=seed)
        assert int(choice.table["bic"].idxmin()) + 1 > 1, "the trend must tempt BIC, or nothing is tested"
        assert choice.finding == "age" and not choice.good
        assert choice.headline == "No audiences beyond what goes with age"


def test_true_audiences_are_more_than_age():
    people, truth = simulate_people(3000, random_state=2)
    items = ["instagram", "tiktok", "facebook", "vk", "linkedin", "whatsapp", "youtube", "telegram"]
    choice = choose_audiences(count(people.table, items), up_to=7, n_starts=10)
    assert choice.finding == "audiences" and choice.n_audiences == len(truth.share)


def test_a_wave_of_age_is_seen_beside_the_curve():
    """Two audiences whose share goes up and down with age: the curve needs three, bands two, and it is said."""
    rng = np.random.default_rng(1)
    age = rng.integers(15, 75, 6000)
    first = rng.random(6000) < 0.5 + 0.45 * np.sin((age - 15) / 60 * 3 * np.pi)
    answers = (rng.random((6000, 6)) < np.where(first[:, None], 0.8, 0.2)).astype(int)
    choice = choose_audiences(count(pd.DataFrame(answers, columns=SIX).assign(age=age)), up_to=4, n_starts=5)
    assert choice.bands["n_audiences"] == 2
    assert choice.n_audiences > 2
    assert "With a free share per band of age 2 audiences are enough" in choice.verdict


def test_one_question_asked_twice_is_no_audience():
    people = independent(600, 3)
    people["b"] = people["a"]
    choice = choose_audiences(count(people), up_to=3, n_starts=5)
    assert choice.before == 2, "the copy must tempt BIC, or nothing is tested"
    assert (choice.n_audiences, choice.finding, choice.merged) == (1, "question", [("a", "b")])
    assert choice.headline == "One question asked twice, not audiences" and not choice.good
    assert choice.verdict.startswith("a and b are one question asked twice")


def test_copies_of_a_question_count_once(rng):
    people = independent(400, 1)
    people["b"] = 1 - people["a"]
    model = list(fit_up_to(count(people), 2, n_starts=5))[-1]
    assert len({"a", "b"} & set(telling_questions(model))) <= 1


def test_independent_answers_show_no_audiences():
    for seed in range(20):
        choice = choose_audiences(count(independent(seed=seed)), up_to=2, n_starts=3)
        assert choice.finding == "none"
        assert choice.verdict.startswith("One group describes these answers best: no audiences")


def test_what_the_questions_cannot_tell_or_nobody_tried_is_no_verdict_of_none():
    rng = np.random.default_rng(0)
    same = rng.random(1000) < 0.5
    people = pd.DataFrame({item: (same ^ (rng.random(1000) < 0.05)) * 1 for item in "ab"})
    cells = Cells.from_table(people, items=["a", "b"], age=None)
    two, one = (choose_audiences(cells, up_to=k, age=None, n_starts=3) for k in (2, 1))
    assert (two.finding, two.supported, two.unidentified) == ("undecided", 1, 2)
    assert two.verdict.startswith("The answers hang together, but these questions cannot tell audiences")
    assert (one.finding, one.headline) == ("undecided", "Undecided: only one number was tried")
    alone = Cells.from_table(people.assign(b=rng.integers(0, 2, 1000)), items=["a", "b"], age=None)
    blind = choose_audiences(alone, up_to=2, age=None, n_starts=3)
    assert blind.finding == "undecided" and blind.verdict.startswith("BIC prefers one group, but these questions")


ABSENT = ("refused", "age_only", "within_age", "bands", "follows", "scale")
EVIDENCE = dict.fromkeys(ABSENT) | {"before": 3, "merged": [], "banded": False, "pairs": 25}


def judged(bic, identified=True, age_bic=None, smallest=0, share=0.3, medians=None, columns=None, **known):
    frame = pd.DataFrame({"n_audiences": range(1, len(bic) + 1), "bic": bic, "identified": identified})
    frame = frame.assign(aic=frame["bic"], icl_bic=frame["bic"], smallest_share=[1.0] + [share] * (len(bic) - 1))
    questions = dict.fromkeys(frame["n_audiences"], ("a", "b", "c", "d"))
    evidence = EVIDENCE | {"age_only": age_bic and {"bic": age_bic}, "questions": questions} | known
    stability = None
    if medians is not None:  # quartiles .04 apart: the interval of 25 pairs is +- .0144
        stability = pd.DataFrame({"n_audiences": range(2, len(medians) + 2), "estimate": medians})
        stability = stability.assign(
            lower_quartile=stability["estimate"] - 0.02, upper_quartile=stability["estimate"] + 0.02
        )
    facts = judge(frame.assign(**columns or {}), evidence, 400, stability=stability, smallest=smallest)
    return Answer(frame, says=says, facts=facts | evidence)


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
    assert verdict.finding == finding and "is 0 points worse" not in verdict.verdict
    if finding == "undecided":
        assert "would fit better" in verdict.verdict and verdict.supported == 1
    if finding == "none":
        assert verdict.runner_up != 1 and verdict.gap > 0


def test_more_people_than_there_are_cannot_be_asked_of_an_audience(gss):
    with pytest.raises(ModelError, match=r"`smallest`: at most the number of people; found 5000 for \d+ people"):
        choose_audiences(gss, up_to=2, n_starts=2, smallest=5000)


def test_a_verdict_never_rests_on_a_number_that_is_not_identified():
    choice = choose_audiences(classic("values"), up_to=4, age=None)
    assert not choice.table.set_index("n_audiences")["identified"][3]
    assert choice.n_audiences == 2


def test_numbers_with_too_small_an_audience_can_be_left_out(choice):
    sizes = choice.table.set_index("n_audiences")["smallest_share"] * choice.about.n
    assert sizes[4] < 150 < sizes[3]
    assert judge(choice.table, choice.facts, choice.about.n, smallest=150)["n_audiences"] == 3
    assert judge(choice.table, choice.facts, choice.about.n, smallest=1000)["supported"] == 1


def test_the_information_is_minus_the_hessian(gss):
    """Against differences of the log-likelihood in the logits of shares and answers."""
    model = AudienceMixture(2, age=None, tol=1e-14).fit(gss)
    grid, yes = model._grid, slice(1, None, 2)
    age, answers = grid.split(model.theta_)

    def log_likelihood(logits):
        share, no = np.append(logits[0], 0.0), -np.logaddexp(0, logits[1:].reshape(2, -1))
        log_p = np.stack([no, no + logits[1:].reshape(2, -1)], -1)[..., ::-1].reshape(2, -1) @ grid.patterns.T
        return grid.weight @ np.logaddexp(*(share - np.logaddexp(*share))[:, None] + log_p[:, grid.column])

    at = np.concatenate([age[0] - age[1], (answers[:, ::2] - answers[:, yes]).ravel()])
    information, score = observed_information(model)
    assert abs(grid.weight @ score).max() < 1e-4
    step = 1e-4 * np.eye(len(at))
    for one, two in [(0, 0), (0, 3), (1, 1), (2, 9), (5, 5), (3, 4)]:
        corners = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        moved = [a * b * log_likelihood(at + a * step[one] + b * step[two]) for a, b in corners]
        assert information[one, two] == pytest.approx(-sum(moved) / 4e-8, abs=1e-3)


def test_daic_is_aic_for_one_audience_under_equal_weights_and_near_it_for_more():
    rng = np.random.default_rng(1)
    answers = rng.random((3000, 6)) < np.where(rng.random((3000, 1)) < 0.4, 0.8, 0.2)
    cells = count(pd.DataFrame(answers.astype(int), columns=SIX).assign(age=rng.integers(18, 75, 3000)))
    one, two = fit_up_to(cells, 2, n_starts=5)
    assert design_aic(one) == pytest.approx(one.aic_, abs=1e-6)
    assert design_aic(two) == pytest.approx(two.aic_, abs=3)
    assert "daic" not in choose_audiences(cells, up_to=1).table


def test_the_penalty_of_daic_is_that_of_the_rows():
    """One audience: J / H of six independent shares, row by row."""
    people = independent(500, 2)
    weight = np.random.default_rng(0).gamma(2, 0.5, 500)
    model = next(fit_up_to(count(people.assign(w=weight), weight="w", age=None), 1, age=None))
    w, x = weight * 500 / weight.sum(), people[SIX].to_numpy()
    p = (w @ x) / w.sum()
    penalty = sum(w**2 @ (x - p) ** 2 / (w.sum() * p * (1 - p)))
    assert design_aic(model) == pytest.approx(-2 * model.log_likelihood_ + 2 * penalty, abs=1e-6)


def test_an_answer_that_nobody_gives_counts_as_one_parameter():
    *_, model = fit_up_to(classic("carcinoma"), 3, age=None)
    assert (model.parameters_["answers"] < 1e-4).to_numpy().any(), "a limit must be touched, or nothing is tested"
    assert abs(design_aic(model) - model.aic_) < model.n_parameters_


def test_daic_speaks_only_inside_the_range_and_against_aic():
    facts = {"bic": [300, 200, 100, 110]}
    assert (
        "prefers 2 audiences, and AIC does not: weights matter"
        in judged(**facts, columns={"daic": [4, 1, 2, 3]}).verdict
    )
    for silent in ({"daic": [4, 1, 2, 3], "aic": [4, 1, 2, 3]}, {"daic": [4, 3, 2, 1]}):
        assert "dAIC" not in judged(**facts, columns=silent).verdict


@pytest.mark.parametrize(
    ("medians", "columns", "word", "reproducible"),
    [
        ([0.95, 0.9], {}, "natural", 3),
        ([0.95, 0.9], {"icl_bic": [1, 9, 9, 8]}, "reproducible", 3),
        ([0.95, 0.79], {}, "on the line", 2),
        ([0.95, 0.5], {}, "blurred", 2),
        ([0.95, 0.5], {"bic": [1000, 905, 900, 930]}, "constructed", 2),
        ([0.4, 0.5], {"bic": [1000, 905, 900, 930]}, "constructed", None),
    ],
)
def test_the_words_follow_their_rules(medians, columns, word, reproducible):
    verdict = judged([1000, 940, 900, 930], medians=medians, columns=columns)
    assert (verdict.word, verdict.reproducible) == (word, reproducible)
    assert verdict.good == (word not in ("blurred", "constructed"))
    assert word in verdict.verdict.lower()
    assert (word in verdict.headline) == (reproducible is None or word not in ("blurred", "constructed"))


def test_who_stands_on_the_line_hears_how_many_pairs_would_tell():
    sure, hopeless = (judged([1000, 940, 900, 930], medians=[0.95, m]) for m in (0.79, 0.7995))
    assert sure.pairs_needed == 52 and "About 52 pairs of surveys would tell." in sure.verdict
    assert hopeless.pairs_needed is None and "More pairs of surveys would not settle it." in hopeless.verdict


def test_what_only_hangs_together_across_ages_is_age():
    within = {"statistic": 14.0, "df": 15, "p": 0.5}
    by_age = judged([900, 850, 870], age_bic=860, within_age=within)
    assert (by_age.finding, by_age.supported) == ("age", 1) and "(p = 0.50)" in by_age.verdict
    neither = judged([900, 850, 870], age_bic=930, within_age=within)
    assert neither.finding == "none" and neither.verdict.startswith("Among people of the same age nothing")
    assert judged([900, 850, 870], age_bic=860, within_age=within | {"p": 0.001}).finding == "audiences"


def test_doubts_are_said():
    few = judged([900, 850, 870], questions=dict.fromkeys((1, 2, 3), ("a", "b")), banded=True)
    assert few.finding == "audiences" and "few questions (2): perhaps they are one topic" in few.verdict
    assert "a step inside a band could pass for audiences" in few.verdict
    follows = {"question": "twitter", "n_audiences": 2}
    said = judged([900, 860, 850], follows=follows).verdict
    assert "“Twitter/X” may follow age directly; beside that 2 audiences would do." in said
    refused = {"pair": ("twitter", "linkedin"), "gain": 30.4, "n_audiences": 2}
    said = judged([900, 860, 850], refused=refused).verdict
    assert "Twitter/X and LinkedIn may be one topic: as one question 2 audiences would do (30 points better)" in said
    once = judged([900, 850, 870], merged=[("a", "b")]).verdict
    assert "a and b hang together beyond any audience and count as one question; apart they led to 3 audiences." in once


def test_the_curve_of_the_gss_needs_no_mending(choice):
    assert choice.bands["n_audiences"] == 3 and choice.by_bands is None


def test_the_verdict_follows_the_language(choice):
    english = choice.verdict
    set_language("de")
    try:
        assert choice.verdict != english
    finally:
        set_language("en")


def test_the_order_of_rows_changes_nothing():
    people = independent(300, 4)
    one, other = (choose_audiences(count(p), up_to=3, n_starts=4) for p in (people, people.sample(frac=1)))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.verdict == other.verdict


PRINTED = pd.read_csv(GOLDEN / "bootstrap_lrt.csv", comment="#")


@pytest.mark.parametrize("printed", list(PRINTED.itertuples()), ids=lambda p: f"{p.data} {p.n_audiences}")
def test_the_bootstrap_test_gives_the_printed_p_values(printed):
    test = bootstrap_lrt(classic(printed.data), printed.n_audiences, age=None)
    assert test.table["statistic"][0] == pytest.approx(printed.statistic, abs=2e-3)
    assert test.table["p_value"][0] == pytest.approx(printed.p_value, abs=0.001 if printed.p_value == 0.01 else 0.12)
    assert test.failed == 0


def test_it_refuses_unequal_weights_and_names_what_to_use(gss):
    with pytest.raises(ModelError, match="equal weights.*dAIC and the pairs of choose_audiences"):
        bootstrap_lrt(gss, 2)


@pytest.mark.parametrize("age", ["curve", "bands", None])
def test_simulated_surveys_keep_ages_and_gaps(age):
    people, _truth = simulate_people(500, random_state=4, missing=0.1, missing_age=0.1)
    people = people.table
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
    for what in ("gaps",) if age is None else ("gaps", "ages"):
        for key, people_there in by(own, own.count, what).items():
            assert (by(grid, weight, what)[key] == people_there).all()
    share = (weight @ grid.patterns[grid.column]).mean(0)
    fitted = (own.count @ own.patterns[own.column]).astype(float)
    assert np.abs(share / fitted - 1).max() < 0.1


@pytest.mark.slow
def test_independent_answers_get_one_group_in_at_least_95_of_100_surveys():
    surveys = progress(range(tries(100)), "surveys")
    chosen = [choose_audiences(count(independent(seed=k)), up_to=4, n_starts=10).n_audiences for k in surveys]
    ones, n = chosen.count(1), len(chosen)
    write_result("Independent answers: one group", [f"BIC picks 1 in {ones} of {n} surveys of 500 people, 6 items"])
    assert ones >= 0.95 * n


@pytest.mark.slow
def test_mixed_noise_never_gets_a_good_verdict():
    verdicts = []
    for seed in progress(range(tries(50)), "surveys"):
        cells = count(mixed_noise(seed=seed), [*SIX[:4], "vote"])
        for age in ("curve", None):
            choice = choose_audiences(cells, up_to=4, age=age, n_starts=10)
            verdicts.append(choice)
    found = {name: sum(v.finding == name for v in verdicts) for name in ("none", "age", "question", "audiences")}
    write_result("Mixed noise gets no good verdict", [f"{tries(50)} seeds, with and without age: {found}"])
    assert not any(verdict.good for verdict in verdicts)


@pytest.mark.slow
def test_p_values_are_uniform_when_there_are_no_audiences():
    p = np.array(
        [
            bootstrap_lrt(count(independent(300, seed)), 1, n_resamples=39, n_starts=10, random_state=seed).table[
                "p_value"
            ][0]
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
