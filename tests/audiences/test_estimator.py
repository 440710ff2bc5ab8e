"""The mixture keeps scikit-learn's contract, and takes people as they come."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from smm_analysis import AudienceMixture, Cells, ModelError, People, TableError
from smm_analysis.audiences.mixture import fit_up_to
from smm_analysis.errors import SmmWarning

# What remains of scikit-learn's own checks, and why.
REMAINS = {
    "check_clustering": "audiences are numbered from 1, as people read them; the check wants labels from 0",
    "check_sample_weight_equivalence_on_dense_data": "continuous numbers are no answers: rows left out of the fit hold "
    "answers it never saw",
    "check_fit2d_1sample": "one person gives every question one answer, and that is what the message says",
}


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [AudienceMixture(2, age=None, n_starts=2)],
    expected_failed_checks=lambda _model: REMAINS,
)
def test_scikit_learn_s_own_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def rows(gss) -> pd.DataFrame:
    """The survey's people, one row each."""
    frame = gss.to_frame()
    return frame.loc[frame.index.repeat(frame["count"]), ["age_low", "age_high", *gss.items]].reset_index(drop=True)


def quiet(model, people, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmmWarning)
        return model.fit(people, **options)


def in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """The same people as a form asks them."""
    ends = rows[["age_low", "age_high"]].values
    bands = [f"{low:.0f}+" if pd.isna(high) else f"{low:.0f}-{high:.0f}" for low, high in ends]
    words = rows.drop(columns=["age_low", "age_high"]).astype(object).replace({0: "No", 1: "Yes"})
    return words.assign(age=bands)


def test_people_may_come_as_rows_as_people_or_as_cells(rows):
    words = in_words(rows)
    true_false = rows.astype({name: "boolean" for name in rows.columns[2:]})
    people = People.from_frame(words, platforms=list(rows.columns[2:]))
    models = [quiet(AudienceMixture(2, n_starts=3), x) for x in (rows, true_false, people, people.cells())]
    for model, x in zip(models, (rows, true_false, people, people.cells()), strict=True):
        np.testing.assert_allclose(model.share_, models[0].share_, atol=1e-7)
        assert model.score(x) == pytest.approx(model.log_likelihood_ / len(rows), rel=1e-12)
        assert (model.predict(rows) == models[0].labels_).all()
    assert list(models[0].feature_names_in_) == list(rows) and models[0].n_features_in_ == rows.shape[1]
    assert list(models[3].feature_names_in_) == list(rows)
    turned = rows[rows.columns[::-1]]
    assert list(quiet(AudienceMixture(2, n_starts=3), turned).feature_names_in_) == list(turned)
    assert len(models[3].fit_predict(people.cells())) == len(people.cells().respondents)


def test_arrays_are_items_and_weights_are_those_of_cells(rows):
    answers = rows.iloc[:, 2:].to_numpy(float)
    weight = np.where(rows["age_low"] < 30, 2.0, 1.0)
    one = quiet(AudienceMixture(2, age=None, n_starts=3), answers, sample_weight=weight)
    counted = rows.assign(w=weight)
    cells = Cells.from_table(counted, items=list(rows.columns[2:]), age=None, weight="w")
    two = quiet(AudienceMixture(2, age=None, n_starts=3), cells)
    np.testing.assert_allclose(one.share_, two.share_)
    assert one.cells_.items[:2] == ("x0", "x1") and one.bic_ == pytest.approx(two.bic_)


REFUSED = [
    (lambda rows: pd.concat([rows, rows["facebook"]], axis=1), "`items`: must name every item once; found 'facebook'"),
    (lambda rows: rows.assign(weight=1.0), "`weight`: is no item of a frame of people.*Give sample_weight="),
    (lambda rows: rows.assign(count=1), "`count`: is no item.*Cells.from_table.frame, items=.*count="),
    (in_words, "`age`: ages are numbers of years.*found '18-24' in row 0.*People.from_frame reads words"),
    (
        lambda rows: rows.drop(columns=["age_low", "age_high"]),
        "needs people with ages; found none. Give the column",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_a_frame_that_is_no_frame_of_people_is_refused(rows, change, message):
    with pytest.raises((TableError, ModelError), match=message):
        AudienceMixture(2).fit(change(rows))


def test_weights_belong_to_rows(gss):
    with pytest.raises(ModelError, match="`sample_weight`: belongs to the rows.*found Cells. Count them with weight="):
        AudienceMixture(2).fit(gss, sample_weight=np.ones(3))


def test_before_the_fit_nothing_is_answered(rows):
    model = AudienceMixture(2)
    for ask in (model.predict, model.predict_proba, model.score, model.assign, model.posterior):
        with pytest.raises(NotFittedError):
            ask(rows)
    for ask in (model.profile, model.age_curve, model.reach, model.certainty, model.about):
        with pytest.raises(NotFittedError):
            ask()
    with pytest.raises(NotFittedError):
        _ = model.names_


def test_a_clone_and_a_pickle_give_the_same(gss):
    model = AudienceMixture(3, age=None, random_state=4)
    twin = clone(model)
    assert set(twin.get_params()) == {"n_audiences", "age", "n_starts", "tol", "max_iter", "random_state"}
    assert model.fit(gss) is model
    np.testing.assert_array_equal(model.share_, twin.fit(gss).share_)
    again = pickle.loads(pickle.dumps(model.rename({1: "many"})))
    np.testing.assert_array_equal(again.predict(gss), model.predict(gss))
    assert again.names_ == model.names_ and again.names_[0] == "many"
    assert twin.set_params(n_audiences=2).fit(gss).share_.shape == (2,)


def test_a_grid_search_finds_a_number_near_bic_s(rows, gss):
    bic = [model.bic_ for model in fit_up_to(gss, 6, n_starts=5)]
    search = GridSearchCV(
        AudienceMixture(2, n_starts=5), {"n_audiences": [1, 2, 3, 4, 5, 6]}, cv=KFold(5, shuffle=True, random_state=0)
    )
    found = quiet(search, rows).best_params_["n_audiences"]
    assert abs(found - (np.argmin(bic) + 1)) <= 1


def test_it_ends_a_pipeline(rows):
    model = AudienceMixture(2, n_starts=3)
    pipe = make_pipeline(FunctionTransformer(lambda frame: frame.fillna({"facebook": 0})), model)
    np.testing.assert_array_equal(quiet(pipe, rows).predict(rows), quiet(clone(model), rows).labels_)


def test_only_the_last_draw_is_remembered(gss):
    model = AudienceMixture(2, n_starts=3).fit(gss)
    one = model.profile(n_resamples=10)
    model.profile(n_resamples=12)
    assert model._drawn[0] == (12, 0)
    pd.testing.assert_frame_equal(one.table, model.profile(n_resamples=10).table)


def test_a_platform_may_have_any_name(rows):
    names = {"whatsapp": "share", "twitter": "age_2", "vk": "weight_squared_"}
    renamed = rows.rename(columns=names)
    model = quiet(AudienceMixture(2, n_starts=3), renamed)
    assert model.profile(n_resamples=5).table["item"].isin(["share", "age_2"]).any()
    assert (model.predict(renamed) == quiet(AudienceMixture(2, n_starts=3), rows).labels_).all()


def test_a_pickled_model_types_new_people_as_it_did(gss, people, items, rows):
    view = pd.Categorical(["bad", "fair", "good", None] * 60, ["good", "fair", "bad"], ordered=True)
    opinions = pd.DataFrame({"view": view, "a": [1, 0, 0, 1, None, 0] * 40, "b": [True, False] * 120})
    weighted = Cells.from_table(people, items=items, weight="weight")
    for k, age, x in ((4, "curve", gss), (2, "bands", rows), (2, "curve", weighted), (2, None, opinions)):
        model = quiet(AudienceMixture(k, age=age, n_starts=4), x)
        model.rename({1: "Жасөспірімдер"})
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.posterior(x), model.posterior(x))
        assert again.names_ == model.names_ and again.get_params() == model.get_params()
        assert set(again.feature_names_in_) == set(model.feature_names_in_)
        for name in ("log_likelihood_", "bic_", "icl_bic_", "identified_", "converged_", "n_iter_"):
            assert getattr(again, name) == getattr(model, name)
        pd.testing.assert_frame_equal(again.profile(n_resamples=5).table, model.profile(n_resamples=5).table)
        pd.testing.assert_frame_equal(again.starts_, model.starts_)


def test_the_summary_is_the_table_of_a_paper(gss):
    model = AudienceMixture(4).fit(gss)
    paper = model.summary()
    value = paper.table.set_index("quantity")["value"]
    assert (value["n"], value["n_parameters"], value["random_state"]) == (1366, 37, 0)
    assert value["bic"] == model.bic_ and value["starts_agreeing"] == model.starts_["agrees"].sum()
    assert list(paper.audiences)[:5] == ["audience", "name", "share", "mean_age", "facebook"]
    assert len(model.residuals().table) == value["pairs"] and "of 40 starts" in paper.verdict
    assert "\\begin{tabular}" in paper.table.to_latex()
