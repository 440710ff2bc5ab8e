"""A name is true of the audience and of it alone; it follows the language, and the user's choice goes everywhere."""

import numpy as np
import pytest

from smm_analysis import AudienceMixture, ModelError, set_language
from smm_analysis.audiences.profile import Names

SURVEYS = 1000


def named(probability, everybody, n_platforms=None) -> Names:
    """Names of audiences with these shares of use, (K, J), beside everybody's, (J,)."""
    probability, everybody = np.array(probability, float), np.array(everybody, float)
    both = np.stack([1 - probability, probability], -1).reshape(len(probability), -1)
    overall = np.stack([1 - everybody, everybody], -1).ravel()
    return Names(both, overall, {f"p{j}": (0, 1) for j in range(len(everybody))})


def test_names_are_unique_and_no_platform_is_named_that_is_not_above_everybody(rng):
    for _ in range(SURVEYS):
        k, j = rng.integers(2, 7), rng.integers(4, 11)
        probability, share = rng.random((k, j)) ** rng.choice([0.5, 1, 3]), rng.dirichlet(np.full(k, 2))
        everybody = share @ probability
        names = named(probability, everybody)
        assert len(set(names.values())) == k
        for own, name in zip(probability, names.values(), strict=True):
            used = [int(part[1:]) for part in name.split(",")[0].split(" (")[0].split(" + ") if part[:1] == "p"]
            above = own - everybody
            assert len(used) <= 2 and all(above[used] >= 0.05 - 1e-12)
            if len(used) == 2 or (used and own[used[0]] < 0.5):
                least_used = own[used].min()
                assert least_used >= 0.5 or (len(used) == 1 and above[used[0]] == above.max())
            if "light users" in name:
                assert own.sum() <= 0.75 * everybody.sum()


def test_the_rule_in_its_order():
    everybody = [0.5, 0.4, 0.3]
    assert named([[0.9, 0.7, 0.9]], everybody)[1] == "p2 + p0"
    assert named([[0.45, 0.2, 0.1]], everybody)[1] == "light users"
    assert named([[0.5, 0.4, 0.45]], everybody)[1] == "p2"
    assert named([[0.5, 0.4, 0.3]], everybody)[1] == "average users"


def test_ties_are_told_apart_by_what_is_true():
    everybody = [0.5, 0.3, 0.3, 0.3]
    little = named([[0.9, 0.1, 0.1, 0.1], [0.9, 0.3, 0.3, 0.3], [0.2, 0.7, 0.3, 0.3]], everybody)
    assert tuple(little.values()) == ("p0, about 1.2 of 4", "p0, about 1.8 of 4", "p1")
    same = named([[0.2, 0.1, 0.1, 0.1]] * 2, everybody)
    assert tuple(same.values()) == ("light users, about 0.5 of 4 (1)", "light users, about 0.5 of 4 (2)")


def test_an_item_with_other_answers_is_named_with_its_answer():
    probability, everybody = np.array([[0.8, 0.2, 0.0], [0.0, 0.2, 0.8]]), np.array([0.4, 0.2, 0.4])
    assert tuple(Names(probability, everybody, {"opinion": ("good", "fair", "bad")}).values()) == (
        "opinion: good",
        "opinion: bad",
    )


def test_the_audiences_of_the_gss_and_their_names_in_the_language_chosen_last(gss):
    model = AudienceMixture(4).fit(gss)
    answer = model.profile(n_resamples=5)
    assert model.names_ == ("Snapchat + Instagram", "Pinterest + Facebook", "LinkedIn + Twitter/X", "light users")
    try:
        set_language("de")
        assert answer.about.names[4] == model.names_[3] != "light users"
    finally:
        set_language("en")
    assert model.rename({2: "the pinners"}) is model
    assert answer.about.names[2] == model.names_[1] == "the pinners" and "the pinners: 24%" in answer.verdict
    for wrong, found in (({5: "x"}, "found 5"), ({1: "light users"}, "'light users' twice")):
        with pytest.raises(ModelError, match=found):
            model.rename(wrong)
    assert model.rename({2: ""}).names_[1] == "Pinterest + Facebook"
