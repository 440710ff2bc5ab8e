"""The response surface: R's numbers, the family's nesting, theories that win and lose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.spatial import Delaunay

from smm_analysis import ModelError, Orders, TableError, fit_surface
from smm_analysis.promises.rows import count_up
from smm_analysis.promises.surface import fit_family, quadratic, surface_table

GOLDEN = Path(__file__).parents[1] / "golden"


def read(name):
    return pd.read_csv(GOLDEN / name, comment="#", keep_default_na=False, na_values=["NA"])


@pytest.fixture(scope="module")
def golden():
    return read("rsa_input.csv").set_axis(["promised", "actual", "outcome"], axis=1)


def points(frame, higher_is_better=True):
    return Orders.from_frame(frame, unit="points", higher_is_better=higher_is_better)


def quantities(fit):
    return fit.table.set_index("quantity")


@pytest.fixture(scope="module")
def family(golden):
    rows = count_up(golden.assign(count=1), ["promised", "actual", "outcome"])
    return fit_family(rows)


def test_the_golden_input_follows_its_formula(golden):
    x, y, i = golden["promised"], golden["actual"], np.arange(98)
    z = 5 + 0.25 * y - 0.35 * x - 0.08 * (x - y) ** 2 - 0.03 * x * y + ((37 * i) % 11 - 5) / 10
    np.testing.assert_allclose(golden["outcome"], z.round(2), atol=1e-12)


@pytest.mark.parametrize(("errors", "theirs"), [("ML", "ML"), ("HC0", "MLR")])
def test_the_full_surface_is_that_of_r(golden, family, errors, theirs):
    printed = read("rsa_coefficients.csv").query("est == @theirs and model == 'full'").set_index("label")
    region = Delaunay(golden[["promised", "actual"]].drop_duplicates())
    full = family["full"][1]
    rows = full.rows.index.repeat(full.rows["count"])
    witness = sm.OLS(full.rows["outcome"][rows].to_numpy(), full.design.loc[rows].to_numpy()).fit()
    covariance = witness.cov_params() * witness.df_resid / witness.nobs  # by maximum likelihood
    if errors == "HC0":
        covariance = witness.get_robustcov_results("HC0").cov_params()
    ours = surface_table(replace(full, covariance=covariance), 0.95, region).set_index("quantity")
    shared = ours.index.intersection(printed.index)
    assert len(shared) == 19
    np.testing.assert_allclose(ours.loc[shared, "estimate"], printed.loc[shared, "value"], rtol=0, atol=2e-6)
    np.testing.assert_allclose(ours.loc[shared, "se"], printed.loc[shared, "se"], rtol=0, atol=2e-6)


def test_the_fit_of_all_models_is_that_of_r(golden):
    ours = fit_surface(points(golden)).models.set_index("model")
    printed = read("rsa_fit.csv").set_index("model").loc[ours.index]
    assert len(ours) == 13
    for column in ("k", "log_likelihood", "aicc", "r2"):
        np.testing.assert_allclose(ours[column], printed[column], rtol=0, atol=1e-6)


def test_a_richer_model_is_at_least_as_likely(family):
    nested = {
        "full": ["SRR", "IA", "additive", "onlyx2", "onlyy2"],
        "SRR": ["RR", "SSQD", "additive"],
        "SSQD": ["SQD", "diff"],
        "RR": ["SQD"],
        "additive": ["diff", "onlyx", "onlyy"],
        "IA": ["additive"],
        "diff": ["null"],
    }
    for rich, poorer in nested.items():
        for poor in poorer:
            assert family[rich][1].log_likelihood >= family[poor][1].log_likelihood - 1e-7, (rich, poor)


def test_akaike_weights_sum_to_one(golden):
    fit = fit_surface(points(golden))
    assert fit.models["weight"].sum() == pytest.approx(1) == pytest.approx(fit.theories["weight"].sum())
    assert fit.models["delta"].iloc[0] == 0


def test_a_count_of_two_is_the_row_twice(bare, counted):
    rows, few = (fit_surface(orders, by="segment") for orders in (bare, counted))
    for name in ("table", "models", "theories", "grid", "hull", "groups"):
        pd.testing.assert_frame_equal(getattr(rows, name), getattr(few, name), rtol=1e-10)
    assert rows.verdict == few.verdict and rows.difference == few.difference


def test_experience_alone_suffices_is_an_answer(ratings):
    fit = fit_surface(ratings)
    best = fit.theories.query("signs_hold")["theory"].iloc[0]
    assert best in {"experiences only", "contrast", "assimilation"}
    assert fit.verdict.startswith("“Experiences only” is enough for these orders: the promise adds nothing that shows.")


def test_neither_shows_is_an_answer(ratings, rng, remade):
    fit = fit_surface(remade(ratings, outcome=rng.integers(1, 8, 600)))
    assert fit.verdict.startswith("Neither promise nor experience shows in the scores")


@pytest.mark.parametrize(
    ("theory", "truth"),
    [
        ("assimilation", lambda x, y: 0.3 * x + 0.6 * y),
        ("contrast", lambda x, y: -0.3 * x + 0.9 * y),
        ("generalized negativity", lambda x, y: -0.2 * (x - y) ** 2),
        ("difference score", lambda x, y: 0.5 * (y - x)),
        ("expectations only", lambda x, y: 0.5 * x),
    ],
)
@pytest.mark.parametrize("higher_is_better", [True, False])
def test_each_theory_wins_on_its_own_data_whatever_the_keying(rng, theory, truth, higher_is_better):
    x, y = rng.integers(1, 8, (2, 900))
    frame = pd.DataFrame({"promised": x, "actual": y, "outcome": truth(x, y) + rng.normal(0, 0.5, 900)})
    if not higher_is_better:
        frame[["promised", "actual"]] = 8 - frame[["promised", "actual"]]
    theories = fit_surface(points(frame, higher_is_better)).theories.set_index("theory")
    assert theories.at[theory, "signs_hold"] and theories.at[theory, "delta"] < 3


def test_what_is_not_defined_is_said_instead_of_printed(ratings):
    surface = quantities(fit_surface(ratings))
    assert surface.loc[["X0", "Y0", "p11", "p21"], "estimate"].isna().all()
    assert surface.loc[["X0", "p11"], "note"].str.startswith("not defined").all()


def test_the_grid_is_empty_outside_the_data(orders):
    fit = fit_surface(orders)
    corner = fit.grid[
        (fit.grid["promised"] == fit.grid["promised"].min()) & (fit.grid["actual"] == fit.grid["actual"].max())
    ]
    assert corner["estimate"].isna().all() and fit.grid["estimate"].notna().mean() > 0.3


def test_groups_with_one_surface_do_not_differ_and_with_two_they_do(orders, remade):
    half = np.where(orders.table.index % 2, "odd", "even")
    assert fit_surface(remade(orders, half=half), by="half").difference["p"] > 0.01
    outcome = orders.table["outcome"].where(half == "odd", 6 - orders.table["outcome"])
    fit = fit_surface(remade(orders, half=half, outcome=outcome), by="half")
    assert fit.difference["p"] < 1e-6 and set(fit.groups["half"]) == {"odd", "even"}
    assert "The groups differ." in fit.verdict


def test_an_odd_group_is_named_and_the_others_are_fitted(ratings, remade):
    table = ratings.table.copy()
    table["shop"] = np.repeat(["a", "b", "exact", "same score", "lone", "tiny"], [130, 130, 130, 130, 60, 20])
    table["actual"] = table["actual"].where(table["shop"] != "exact", table["promised"])
    table["outcome"] = table["outcome"].where(table["shop"] != "same score", 4)
    lone = table.index[table["shop"] == "lone"]
    table.loc[lone, "promised"] = np.r_[7, np.resize([1, 2], 59)]
    fit = fit_surface(remade(ratings, table), by="shop")
    assert fit.not_fitted == ["exact", "lone", "same score", "tiny"] and set(fit.groups["shop"]) == {"a", "b"}


def test_a_control_takes_what_is_its_own_and_one_that_explains_nothing_changes_nothing(ratings, remade):
    """Equal to the regression with the control beside the six terms; the surface stays at its mean."""
    happy = np.arange(600) % 2
    mixed = remade(ratings, outcome=ratings.table["outcome"] + 2 * happy, where=np.where(happy, "shop", "web"))
    held, plain = (quantities(fit_surface(mixed, controls=controls)) for controls in (("where",), ()))
    x, y = ratings.table["promised"], ratings.table["actual"]
    design = np.column_stack([quadratic(x, y), happy - 0.5])
    witness = sm.OLS(mixed.table["outcome"].to_numpy(), design).fit(cov_type="HC3")
    names = [f"b{i}" for i in range(6)]
    np.testing.assert_allclose(held.loc[names, "estimate"], witness.params[:6], rtol=1e-9)
    np.testing.assert_allclose(held.loc[names, "se"], witness.bse[:6], rtol=1e-9)
    assert (held.loc[names[1:], "se"] < plain.loc[names[1:], "se"]).all()


def test_a_curvature_that_hangs_on_one_order_is_not_known(ratings, remade):
    promised, actual = np.r_[3, np.resize([1, 2], 599)], ratings.table["actual"].clip(1, 3)
    surface = quantities(fit_surface(remade(ratings, promised=promised, actual=actual)))
    assert surface.loc[["b1", "b3", "a1", "X0"], "low"].isna().all()
    assert np.isfinite(surface.at["b5", "low"]) and surface.at["X0", "note"].startswith("not defined")


def test_two_scales_are_refused_but_times_of_one_unit_never(ratings, remade):
    wide = remade(ratings, actual=ratings.table["actual"] * 10)
    with pytest.raises(TableError, match="must be on one scale.*promised from 1 to 7 and actual from 10 to 70"):
        fit_surface(wide)
    rng = np.random.default_rng(9)
    days = {"promised": rng.integers(2, 6, 300), "actual": rng.integers(1, 13, 300), "outcome": rng.integers(1, 6, 300)}
    fit = fit_surface(Orders.from_frame(pd.DataFrame(days), unit="days"))
    assert fit.about.unit == "days" and "for 1 day more of what came" in fit.headline


def test_a_constant_promise_is_refused(ratings, remade):
    with pytest.raises(ModelError, match="`promised`: a surface needs at least 3 different values; found 1, 4 first"):
        fit_surface(remade(ratings, promised=4))


@pytest.mark.slow
def test_the_interval_of_a3_covers_the_truth_in_95_of_100_samples():
    hits = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x, y = rng.integers(-3, 4, (2, 300))
        z = 5 - 0.2 * x + 0.4 * y - 0.1 * (x - y) ** 2 + rng.normal(0, 0.5 + 0.2 * abs(x), 300)
        row = quantities(fit_surface(points(pd.DataFrame({"promised": x, "actual": y, "outcome": z})))).loc["a3"]
        hits.append(row["low"] < -0.6 < row["high"])
    assert np.mean(hits) == pytest.approx(0.95, abs=0.033)  # three standard errors of 400 draws
