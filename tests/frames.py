"""For every chart a result that it can draw, in the language chosen last. Whoever adds a chart adds a line."""

from functools import partial

import smm_analysis as smm

PLATFORMS = ["facebook", "instagram", "snapchat"]
COUNTED = {"count": "respondents", "weight": "weight", "weight_squared": "weight_squared"}


def results() -> dict[str, object]:
    """Name of the chart -> what it takes; small, because only the words matter."""
    table = smm.load_published("gss_2016_platforms_by_age")
    cells = smm.Cells.from_table(table, items=PLATFORMS, age=("age_low", "age_high"), **COUNTED)
    model = smm.AudienceMixture(2, n_starts=2).fit(cells)
    profile = model.profile(n_resamples=5)
    outcome = partial(smm.audience_outcome, model, table.assign(buys=table["twitter"]), "buys", n_resamples=5)
    costs = {"facebook": 2, "instagram": 3, "snapchat": 1}
    plan = smm.plan_platforms(model, cells, audience=1, budget=5, cost=costs, n_resamples=5)
    printed = smm.load_published("platform_use_by_age").query("year == 2025 and country == 'US' and measure == 'ever'")
    orders = smm.simulate_orders(1500, seed=1, season=0.0)[0]
    kink = partial(smm.fit_disconfirmation, orders, higher_is_better=False, cap=7)
    surface = smm.fit_surface(orders, higher_is_better=False, center=True)
    risk = smm.PromiseRisk(features=("promised",)).evaluate(orders.head(900), n_resamples=5)
    return {
        "plot_age_curve": model.age_curve(n_resamples=5),
        "plot_audience_ages": profile,
        "plot_audience_outcome": outcome(**COUNTED),
        "plot_audience_profile": profile,
        "plot_audience_sizes": profile,
        "plot_best_promise": smm.best_promise(orders, margin=10, loss=10, slope=0.01),
        "plot_calendar": smm.content_calendar(plan, start="2024-02-05", weeks=2),
        "plot_certainty": smm.audience_certainty(model),
        "plot_choice": smm.choose_audiences(cells, up_to=3, n_starts=2),
        "plot_claims": smm.check_claims(),
        "plot_co_use": smm.co_use(cells),
        "plot_disconfirmation": kink(),
        "plot_global_stability": smm.global_stability(cells, up_to=3, n_resamples=4),
        "plot_income_months": smm.simulate_income(orders=5, fee=100_000, years=50),
        "plot_kept_by_month": smm.quote_promise(orders),
        "plot_net_benefit": risk,
        "plot_platform_plan": plan,
        "plot_platform_use_by_age": smm.platform_use_by_age(printed),
        "plot_promise_audit": smm.audit_promises(orders, higher_is_better=False),
        "plot_promise_surface": surface,
        "plot_reach": smm.audience_reach(model, cells, n_resamples=5),
        "plot_relative_preference": smm.relative_preference(printed, of="facebook", to="instagram"),
        "plot_risk_by_month": risk,
        "plot_risk_calibration": risk,
        "plot_segment_stability": smm.segment_stability(model, cells, n_resamples=4),
        "plot_separation": smm.audience_separation(model),
        "plot_stability_across": smm.stability_across(cells, up_to=3, n_starts=2),
        "plot_starts": model.starts_,
        "plot_theories": surface,
        "plot_wages": smm.load_published("kazakhstan_wages").query("period == '2023-Q1'"),
    }
