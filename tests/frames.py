"""For every chart an answer that it can draw, in the language chosen last. Whoever adds a chart adds a line."""

import warnings
from functools import cache, partial

import smm_analysis as smm
from smm_analysis.answer import About, Answer

PLATFORMS = ["facebook", "instagram", "snapchat", "linkedin"]
FEW = {"n_resamples": 8}


@cache
def answers() -> dict[str, Answer]:
    """Kind of chart -> an answer with it; small, because only words and places matter, and made once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _answers()


def _answers() -> dict[str, Answer]:
    gss = smm.load_published("gss_2016_platforms_by_age")
    table = gss.to_frame()
    counted = {"count": "count", "weight": "weight", "weight_squared": "weight_squared"}
    cells = smm.Cells.from_table(table, items=PLATFORMS, age=("age_low", "age_high"), about=gss.about, **counted)
    model = smm.AudienceMixture(3, n_starts=2).fit(cells)
    table = table.assign(buys=table["twitter"], sex=["women", "men"][0])
    table.loc[table.index[::2], "sex"] = "men"
    follows = partial(smm.audience_outcome, model, table, "buys", **FEW, **counted)
    costs = {"facebook": 2, "instagram": 3, "snapchat": 1, "linkedin": 2}
    profile, certainty, choice = (
        model.profile(**FEW),
        model.certainty(),
        smm.choose_audiences(cells, up_to=4, pairs=4, n_starts=2),
    )
    printed = smm.load_published("platform_use_by_age").query("country == 'US' and measure == 'ever'")
    orders = smm.simulate_orders(3000, random_state=1)[0]
    fit, surface = smm.fit_disconfirmation(orders), smm.fit_surface(orders)
    risk = smm.PromiseRisk(features=("promised",)).evaluate(orders)
    claims = smm.load_published("article_claims")
    claims["verdict"] = claims["verdict"].where(claims["verdict"].notna(), "open")
    about = About(source=claims["source"].iloc[0], origin="published")
    return {
        "age_curve": model.age_curve(**FEW),
        "best_promise": smm.best_promise(orders, margin=10, loss=10, slope=0.01),
        "calibration": risk,
        "certainty": certainty,
        "claims": Answer(claims, about, charts=("claims",)),
        "co_use": smm.co_use(cells),
        "groups": model.compare(table, by="sex", **FEW, **counted),
        "how_many": choice,
        "kept_by_month": smm.quote_promise(orders),
        "kink": fit,
        "lateness": smm.audit_promises(orders),
        "net_benefit": risk,
        "outcome": follows(),
        "plan": smm.plan_platforms(model, cells, audience=1, budget=5, cost=costs, n_resamples=8),
        "profile": profile,
        "promise": fit,
        "reach": model.reach(**FEW),
        "relative_preference": smm.relative_preference(printed, of="facebook", to="instagram"),
        "residuals": model.residuals(),
        "risk_by_month": risk,
        "segments": smm.segment_stability(model, pairs=4),
        "stability": choice,
        "surface": surface,
        "use_by_age": smm.platform_use_by_age(printed.query("year == 2025")),
    }
