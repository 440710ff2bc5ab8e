"""Reach and plans, against counting people one by one and against tables of which the answer is known."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import (
    AudienceMixture,
    Cells,
    ModelError,
    plan_platforms,
    simulate_people,
)

ITEMS = ["instagram", "tiktok", "facebook", "vk", "telegram"]
COST = {"instagram": 4, "tiktok": 4, "facebook": 3, "vk": 2}


@pytest.fixture(scope="module")
def people():
    return simulate_people(1500, random_state=3)[0].table


@pytest.fixture(scope="module")
def cells(people):
    return Cells.from_table(people, items=ITEMS)


@pytest.fixture(scope="module")
def model(cells):
    return AudienceMixture(2, n_starts=4).fit(cells)


@pytest.fixture(scope="module")
def planned(model, cells):
    return plan_platforms(model, cells, audience=1, budget=7, cost=COST, n_resamples=40)


@pytest.fixture(scope="module")
def plan(planned):
    return planned.table


def test_reach_is_the_posterior_weighted_share_of_people_who_use_a_platform_of_the_mix(model, cells, people):
    mix = ["instagram", "vk"]
    reach = model.reach(mixes=[mix], n_resamples=20).table.query("quantity == 'reach'")
    used = people[mix].max(axis=1)
    proba = model.predict_proba(people)
    expected = [used.mean(), *(np.average(used, weights=proba[k]) for k in (1, 2))]
    assert reach["estimate"].tolist() == pytest.approx(expected)
    assert (reach["low"] < reach["estimate"]).all() and (reach["estimate"] < reach["high"]).all()


def test_overlap_is_what_two_platforms_reach_twice(model, cells, people):
    reach = model.reach(mixes=[["instagram", "vk"], ["vk"]], n_resamples=20).table
    overlap = reach[(reach["quantity"] == "overlap") & (reach["audience"] == 0)].set_index("mix")["estimate"]
    contacts = people[["instagram", "vk"]].sum().sum()
    assert overlap["instagram + vk"] == pytest.approx(people[["instagram", "vk"]].all(axis=1).sum() / contacts)
    assert overlap["vk"] == pytest.approx(0)


def test_lift_is_how_many_times_more_frequent_the_audience_is_among_the_reached(model, cells, people):
    reach = model.reach(mixes=[["tiktok"]], n_resamples=20).table
    lift = reach[(reach["quantity"] == "lift") & (reach["audience"] == 1)]["estimate"].item()
    member = model.predict_proba(people)[1]
    assert lift == pytest.approx(member[people["tiktok"] == 1].mean() / member.mean())


def test_one_platform_more_never_reaches_fewer(model, cells):
    mixes = [ITEMS[: n + 1] for n in range(len(ITEMS))]
    reach = model.reach(mixes=mixes, n_resamples=20).table.query("quantity == 'reach'")
    assert reach.groupby("audience")["estimate"].apply(lambda e: e.is_monotonic_increasing).all()


def test_the_order_of_rows_and_the_scale_of_weights_change_nothing(people):
    weighted = people.assign(w=np.linspace(0.5, 1.5, len(people)))
    shuffled = weighted.sample(frac=1, random_state=1).assign(w=lambda t: 1000 * t["w"])
    found = []
    for table in (weighted, shuffled):
        cells = Cells.from_table(table, items=ITEMS, weight="w")
        found.append(AudienceMixture(2, n_starts=4).fit(cells).reach(n_resamples=20).table)
    pd.testing.assert_frame_equal(*found, rtol=1e-6, check_exact=False)


def test_a_missing_answer_counts_with_the_probability_of_the_audience(model, people):
    half = Cells.from_table(people.assign(tiktok=np.nan).assign(tiktok=people["tiktok"].where(people.index % 2 == 0)),
                            items=ITEMS)  # fmt: skip
    reach = model.reach(half, mixes=[["tiktok"]], n_resamples=20).table.query("quantity == 'reach'")
    assert reach["estimate"].iloc[0] == pytest.approx(people["tiktok"].mean(), abs=0.03)


def test_people_without_ages_and_other_people_can_be_reached(model, people):
    ageless = Cells.from_table(people, items=ITEMS, age=None)
    plain = AudienceMixture(2, age=None, n_starts=4).fit(ageless)
    assert plain.reach(n_resamples=20).table["estimate"].notna().all()
    others = Cells.from_table(people.sample(500, random_state=2), items=ITEMS)
    assert model.reach(others, n_resamples=20).about.n == 500


def test_the_plan_is_the_best_of_all_affordable_mixes(model, cells, plan):
    affordable = plan["mix"].str.split(" + ", regex=False)
    assert plan["cost"].tolist() == [sum(COST[item] for item in mix) for mix in affordable]
    assert len(plan) == 9 and plan["cost"].max() <= 7 and plan["estimate"].is_monotonic_decreasing
    reach = model.reach(mixes=affordable.tolist(), n_resamples=20).table.query("quantity == 'reach'")
    assert reach[reach["audience"] == 1].set_index("mix")["estimate"][plan["mix"]].tolist() == pytest.approx(
        plan["estimate"].tolist()
    )


def test_regret_is_paired_and_zero_for_the_best_mix(plan):
    best = plan.iloc[0]
    assert best[["regret", "regret_low", "regret_high"]].tolist() == [0, 0, 0]
    assert plan["regret"].tolist() == pytest.approx((best["estimate"] - plan["estimate"]).tolist())
    assert plan["chosen"].sum() == pytest.approx(1) and (plan["regret"] >= 0).all()


def test_the_verdict_names_the_mix_and_the_regret_of_the_articles_rule(planned, model):
    rule = planned.table[planned.table["rule"]].iloc[0]
    assert rule["mix"] == "instagram"  # the first audience is the youngest
    assert f"reaches {100 * rule['regret']:.0f} points less" in planned.verdict
    older = plan_platforms(model, audience=2, budget=3, cost=COST, n_resamples=20).table
    assert older.loc[older["rule"], "mix"].item() == "facebook"
    poor = plan_platforms(model, audience=1, budget=3, cost=COST, n_resamples=20)
    assert "rule costs more than the budget" in poor.verdict and not poor.table["rule"].any()
    only = plan_platforms(model, audience=0, budget=4, cost={"instagram": 4}, n_resamples=20)
    assert only.headline.endswith("of everybody")


def test_of_two_equally_good_mixes_the_cheaper_one_is_chosen(people):
    twin = people.assign(twin=people["vk"])
    cells = Cells.from_table(twin, items=["vk", "twin", "facebook"], age=None)
    model = AudienceMixture(1, age=None).fit(cells)
    plan = plan_platforms(model, cells, audience=0, budget=5, cost={"vk": 3, "twin": 2}, n_resamples=20).table
    assert plan["mix"].iloc[0] == "twin" and plan["chosen"].iloc[0] == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"audience": 3}, r"`audience`: is one of 0, 1, 2; found 3"),
        ({"budget": 1}, r"`budget`: must buy a platform \(from 2\); found 1"),
        ({"cost": dict.fromkeys(map(str, range(13)), 1)}, r"`cost`: 1 to 12 platforms.*found 13"),
        ({"cost": {"myspace": 1}}, r"`mixes`: platforms of the model.*'myspace'"),
    ],
)
def test_what_cannot_be_planned_is_refused(model, cells, changed, message):
    with pytest.raises(ModelError, match=message):
        plan_platforms(model, cells, **{"audience": 1, "budget": 7, "cost": COST, **changed})


def test_a_budget_buys_what_costs_exactly_as_much(model, cells):
    """0.1 + 0.2 is a little more than 0.3 for a computer, not for a shop."""
    plan = plan_platforms(model, cells, audience=1, budget=0.3, cost={"vk": 0.1, "tiktok": 0.2}, n_resamples=5).table
    assert "tiktok + vk" in set(plan["mix"])
