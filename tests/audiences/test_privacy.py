"""A page tells on nobody: what the gate hands out, and what an attacker who knows its rule can make of it."""

import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from smm_analysis import Answer, People, TableError, read_survey
from smm_analysis.__main__ import main
from smm_analysis.audiences import privacy
from smm_analysis.audiences.privacy import FEWEST, blocks, gate, one_set, rounded
from smm_analysis.progress import progress
from smm_analysis.words import set_language
from tests.attacker import Attacker, random_survey
from tests.slow import tries, write_result

QUICK = (3, 4, 5, 9, 15, 23, 26, 33, 34, 43)  # of all kinds: bands, weights, skipped answers, one platform each


def wanted(seed: int) -> int:
    return 2 + seed % 3


def survey(age, uses: dict, **columns) -> People:
    frame = pd.DataFrame({"age": np.asarray(age, float), **{name: np.asarray(u, float) for name, u in uses.items()}})
    return People.from_frame(frame.assign(**columns), platforms=list(uses), weight="w" if "w" in columns else None)


@pytest.fixture
def school(rng) -> People:
    """100 pupils, 30 parents and one of 71 years; one platform that three people use."""
    age = np.r_[rng.integers(13, 18, 100), rng.integers(35, 50, 30), 71]
    chat = rng.random(131) < np.where(age < 18, 0.9, 0.2)
    wall = rng.random(131) < np.where(age < 18, 0.03, 0.6)
    return survey(age, {"Chat": chat, "Wall": wall, "Forum": rng.random(131) < 0.5, "Rare": np.arange(131) < 3})


@pytest.mark.parametrize("seed", range(30))
def test_every_figure_has_five_people_on_both_sides_and_all_add_up_to_one_number(seed):
    gated = gate(random_survey(seed), audiences=1)
    use = gated.use.table
    assert (use.groupby("platform")["n"].sum() == gated.n).all()
    assert use["n"].min() >= 2 * FEWEST and set(use["platform"]) == set(gated.platforms)
    if "weighted" not in gated.kinds:
        assert use["people"].min() >= FEWEST and (use["n"] - use["people"]).min() >= FEWEST
        np.testing.assert_allclose(use["estimate"] * use["n"], use["people"])
        sums = use.groupby("platform", sort=False)["people"].sum()
        assert sums.tolist() == gated.use.totals["people"].tolist()
    assert (use.groupby("platform", sort=False)["age_low"].first() == 0).all()
    assert use.groupby("platform").tail(1)["age_high"].isna().all()


def test_groups_are_cut_where_the_halves_are_most_equal_and_only_if_all_sides_have_enough():
    n, least = np.array([10.0, 10, 10, 30]), np.array([5.0])
    users = np.array([5.0, 0, 5, 10])
    for second, last, cuts in ((0, 10, [0, 1, 3, 4]), (5, 10, [0, 1, 2, 3, 4]), (5, 4, [0, 4]), (10, 30, [0, 4])):
        users[[1, 3]] = second, last
        found = blocks(n, np.stack([users, n - users], 1)[None], least)
        assert [block.start for block in found] + [found[-1].stop] == cuts


def test_the_school_shows_no_rare_platform_and_no_age_that_few_have_reached(school):
    gated = gate(school, audiences=2)
    assert (gated.n, gated.platforms, gated.unnamed) == (131, ("Chat", "Wall", "Forum"), ("Rare",))
    wall = gated.use.table.query("platform == 'Wall'")
    assert wall["n"].tolist() == [131], "three pupils use it"
    if gated.curve is not None:
        assert gated.curve.table["age"].max() <= 45
    assert not {"Rare", "age"} & set(gated.profile.table["item"] if gated.profile else ())


def test_the_curve_ends_at_multiples_of_five_with_five_people_at_or_beyond():
    for seed in (5, 13, 17):
        people = random_survey(seed)
        gated, cells = gate(people, audiences=2), one_set(people.cells(), True)[0]
        age = np.repeat(cells.respondents["age"], cells.count.astype(int))
        first, last = gated.curve.table["age"].agg(["min", "max"])
        assert first % 5 == last % 5 == 0 and min((age <= first).sum(), (age >= last).sum()) >= FEWEST


def test_too_many_audiences_become_fewer_and_a_sentence_says_so(school):
    gated = gate(school, audiences=6)
    shown = 1 if gated.sizes is None else len(gated.sizes)
    assert shown < 6 and any("6 audiences would tell on fewer than 5 people" in note for note in gated.notes)
    for note in gated.notes:
        assert set(re.findall(r"\d+", note)) <= {"5", "6", str(shown)}


def test_an_audience_that_is_a_band_but_for_three_people_is_refused(rng):
    """All but three of the young are one audience: its figures less those of the band would tell on three."""

    class Mixture:
        cells_ = type("Counted", (), {"count": np.ones(60), "weight": np.ones(60)})

        def __init__(self, strange):
            self.strange = strange

        def posterior(self):
            young = np.r_[np.ones(30), np.zeros(30)]
            young[: self.strange] = 0
            return np.stack([young, 1 - young])

    bands = np.repeat(np.eye(2), 30, axis=0)
    assert [privacy.tells_on_nobody(Mixture(k), bands) for k in (0, 1, 4, 5)] == [True, False, False, True]


def test_audiences_that_share_a_figure_are_named_together_and_alike():
    merged = 0
    for seed in (5, 14):
        gated = gate(random_survey(seed), audiences=3)
        if gated.profile is None:
            continue
        table = gated.profile.table
        for item, rows in table[table["item"] != "share"].groupby("item"):
            for together, part in rows.groupby("together"):
                assert part["audience"].tolist() == list(together) and part["estimate"].nunique() == 1
                merged += len(together) > 1
            assert (rows["low"] <= rows["estimate"]).all() and (rows["estimate"] <= rows["high"]).all(), item
        assert list(gated.names) == list(gated.sizes.index) and len(set(gated.names.values())) == len(gated.sizes)
        np.testing.assert_allclose(gated.sizes, rounded(gated.sizes, gated.n))
    assert merged


def test_what_is_handed_out_holds_no_people_no_model_and_no_criterion():
    gated = gate(random_survey(12))
    held = pickle.dumps([gated.use, gated.profile, gated.curve, gated.sizes, gated.names, gated.notes, gated.headline])
    assert not any(word in held for word in (b"Cells", b"AudienceMixture", b"People", b"bic"))
    assert gated.headline and set(re.findall(r"\d+", gated.headline)) <= set("12345678")


def test_a_headline_owns_up_to_audiences_that_are_not_shown(monkeypatch):
    facts = {"n_audiences": 2, "finding": "audiences", "supported": 2}
    found = Answer(pd.DataFrame({"n_audiences": [1, 2]}), facts=facts)
    monkeypatch.setattr(privacy, "choose_audiences", lambda *_args, **_options: found)
    gated = gate(random_survey(11))
    assert gated.wanted > gated.shown == 1 and gated.profile is None
    assert "cannot be shown by audience" in gated.headline


def test_who_named_a_rare_platform_is_not_the_difference_of_everybody_and_all_users():
    """Everybody names one platform; three name one that is not shown, and are not counted."""
    named = np.repeat([0, 1, 2], [40, 57, 3])
    people = survey(np.resize([20, 40], 100), {name: named == i for i, name in enumerate(("A", "B", "Rare"))})
    gated = gate(replace(people, several=False))
    assert gated.n == gated.use.totals["people"].sum() == 97 and gated.profile is None
    assert gate(people, audiences=1).n == 100


def test_where_everybody_names_one_platform_all_platforms_are_cut_alike():
    age, named = np.repeat([20, 40], 50), np.r_[np.repeat([0, 1, 2], [3, 20, 27]), np.repeat([0, 1, 2], [20, 15, 15])]
    people = survey(age, {name: named == i for i, name in enumerate("ABC")})
    assert gate(replace(people, several=False)).use.table["n"].tolist() == [100] * 3
    assert gate(people, audiences=1).use.table["n"].tolist() == [100, 50, 50, 50, 50]


def test_weights_are_used_and_weighted_shares_are_rounded_to_what_five_people_are_worth(rng):
    n = 400
    w = rng.choice([0.5, 2.0], n)
    uses = rng.random(n) < np.where(w > 1, 0.7, 0.2)
    gated = gate(survey(rng.integers(15, 70, n), {"A": uses, "B": rng.random(n) < 0.5}, w=w), audiences=1)
    total = gated.use.totals.set_index("platform").loc["A", "estimate"]
    assert total == pytest.approx(np.average(uses, weights=w), abs=0.5 * FEWEST / n + 1e-9)
    assert abs(total - uses.mean()) > 0.05
    table = gated.use.table
    step = table["estimate"] * table["n"] / FEWEST
    np.testing.assert_allclose(step, step.round(), atol=1e-9)
    assert any("weighted" in note for note in gated.notes)


def test_where_every_platform_has_one_band_the_page_says_that_ages_cannot_be_shown(school):
    few = survey([15] * 6 + [40] * 6, {name: np.arange(12) % 2 for name in "AB"})
    gated = gate(few, audiences=1)
    assert gated.use.table["age_low"].tolist() == [0, 0] and gated.use.headline == ""
    assert "So few people cannot be shown by age." in gated.notes and not any("birth" in note for note in gated.notes)
    assert any("birth" in note for note in gate(school, audiences=1).notes)


def test_counted_people_pass_as_their_rows_do(school):
    counted = school.table.groupby([*school.table], dropna=False).size().rename("people").reset_index()
    people = People.from_frame(counted, platforms=school.platforms, count="people")
    pd.testing.assert_frame_equal(gate(people, audiences=1).use.table, gate(school, audiences=1).use.table)


def test_ages_that_most_do_not_tell_are_not_used(rng):
    uses = {"A": rng.random(100) < 0.5, "B": rng.random(100) < 0.5}
    few = gate(survey(np.where(np.arange(100) < 40, 20, np.nan), uses), audiences=1)
    assert few.n == 100 and "aged" not in few.kinds and not few.use.charts
    assert gate(survey(np.where(np.arange(100) < 60, 20, np.nan), uses), audiences=1).n == 60


def test_a_survey_without_a_platform_that_may_be_shown_is_refused_without_a_number():
    with pytest.raises(
        TableError, match=r"at least one has 5 users and 5 people who do not use it; found none"
    ) as error:
        gate(survey([20.0] * 30, {"A": np.arange(30) < 4}))
    assert not set(re.findall(r"\d+", str(error.value))) - {"5"}


def test_the_words_follow_the_language_chosen_last(school):
    gated = gate(school, audiences=6)
    english = gated.notes
    set_language("de")
    try:
        assert len(gated.notes) == len(english)
    finally:
        set_language("en")


# The attack


@pytest.mark.parametrize("seed", QUICK)
def test_an_attacker_who_knows_the_rule_pins_no_count_below_five(seed):
    people = random_survey(seed)
    gated = gate(people, audiences=wanted(seed))
    attacker = Attacker(gated, people)
    assert not attacker.wrong(), "the attacker must know the truth only"
    assert attacker.leaks() == {}


def test_the_attacker_finds_what_hiding_would_tell():
    """Bands that are shown one by one, those with few hidden: the first edition's way."""
    leaking = 0
    for seed in (3, 9, 16, 22, 25):
        people = random_survey(seed)
        attacker = Attacker(gate(people, audiences=1), people)
        (_places, users), (_same, others) = attacker.truth[1:3]
        for j, b in np.ndindex(users.shape):
            if min(users[j, b], others[j, b]) >= FEWEST:
                attacker.know(([attacker.u[j, b]], 1.0), low=users[j, b], high=users[j, b])
                attacker.know(([attacker.v[j, b]], 1.0), low=others[j, b], high=others[j, b])
        leaking += bool(attacker.leaks())
    assert leaking >= 2


def test_the_attacker_finds_what_sizes_of_audiences_in_whole_percents_would_tell(monkeypatch):
    """With the curve they give the number of people at every age: four of them in one band."""
    monkeypatch.setattr(privacy, "rounded", lambda share, n: np.round(share, 2))
    people = random_survey(15)
    attacker = Attacker(gate(people, audiences=wanted(15)), people, step=0.01)
    assert not attacker.wrong() and attacker.leaks()


def test_the_attacker_finds_what_a_mean_age_would_tell(rng):
    """60 pupils, 16 of 18 to 20 years and four of 95, whom a mean of whole years betrays."""
    age = np.r_[rng.integers(15, 18, 60), rng.integers(18, 21, 16), [95] * 4]
    people = survey(age, {name: np.arange(80) % 2 for name in "AB"})
    attacker = Attacker(gate(people, audiences=1), people)
    beyond = attacker.n[attacker.age >= 25]
    attacker.know((beyond, 1.0), high=FEWEST - 1)  # as the end of a curve would say
    assert attacker.leaks() == {}
    whole = round(age.mean()) * 80
    attacker.know((attacker.n, attacker.age), low=whole - 40, high=whole + 40)
    assert ("from", 25) in attacker.leaks()


def test_a_log_likelihood_tells_how_many_skipped_a_question():
    """Of one group it is a sum over answers: with the share that the page shows, one number of answers fits."""
    yes, no = 60, 37  # of 100 people
    told = yes * np.log(yes / (yes + no)) + no * np.log(no / (yes + no))
    shown = round(100 * yes / (yes + no))
    fits = [
        100 - y - n
        for y in range(1, 100)
        for n in range(1, 101 - y)
        if round(100 * y / (y + n)) == shown and abs(y * np.log(y / (y + n)) + n * np.log(n / (y + n)) - told) < 0.05
    ]
    assert set(fits) == {3}


# The page's files


def write_csv(path: Path, people: list[tuple]) -> Path:
    """A survey file: age and networks of everybody."""
    lines = [f"{age},{';'.join(names)}" for age, names in people]
    path.write_text("\n".join(["Your age,Which networks do you use?", *lines]) + "\n", encoding="utf-8")
    return path


def pages(file: Path, out: Path, *options: str) -> dict[str, str]:
    """The page's files, without what is said of the file itself."""
    assert main(["survey", str(file), "--out", str(out), *options]) == 0
    found = {
        str(p.relative_to(out)): p.read_text(encoding="utf-8") for p in out.rglob("*") if p.suffix in (".html", ".svg")
    }
    return {name: re.sub(r"SHA-256 <code>[0-9a-f]{64}", "", text) for name, text in found.items()}


def test_surveys_between_which_the_gate_sees_no_difference_give_the_same_page_to_the_byte(tmp_path, capsys):
    """Who of the old uses Facebook, whether it is any pupil, how old the oldest is, how many said no age."""
    rng, written = np.random.default_rng(4), []
    base = [(15 if i < 60 else 40 if i < 95 else 80, ["VK"] if i % 2 else ["VK", "Instagram"] if i % 3 else ["YouTube"])
            for i in range(100)]  # fmt: skip
    for world, (pupils, silent, oldest) in enumerate([(0, 2, 80), (3, 4, 71)]):
        users = {*range(pupils), *range(60, 90 - pupils)}
        people = [(oldest if age == 80 else age, [*names, *(["Facebook"] if i in users else [])])
                  for i, (age, names) in enumerate(base)]  # fmt: skip
        rare = ["Odnoklassniki"] * (2 + world)
        people += [("", ["VK", *rare[:1]])] * silent
        order = rng.permutation(len(people))
        file = tmp_path / f"world{world}" / "survey.csv"
        file.parent.mkdir()
        write_csv(file, [people[i] for i in order])
        written.append(pages(file, tmp_path / f"out{world}", "--audiences", "1"))
    one, other = written
    assert one.keys() == other.keys() and any(name.endswith(".svg") for name in one)
    for name in one:
        assert one[name] == other[name], name
    assert "doklassniki" not in "".join(one.values()) + capsys.readouterr().out


@pytest.mark.parametrize(
    "options", [("--audiences", "2"), ("--audiences", "5"), pytest.param((), marks=pytest.mark.slow)]
)
def test_every_number_of_the_page_comes_through_the_gate(tmp_path, options):
    """131 counted of 134, one of 71 years: neither 134 nor 71 nor a misspelled word is on the page."""
    rng = np.random.default_rng(1)
    young, old = (["Instagram", "TikTok", "YouTube", "Telegram"], ["Facebook", "WhatsApp", "YouTube", "Telegram"])
    people = [(int(a), [n for n in (young if a < 30 else old) if rng.random() < 0.6] or ["none"])
              for a in [*rng.integers(14, 18, 100), *rng.integers(38, 52, 30), 71]]  # fmt: skip
    people += [("", ["YouTube"]), ("about fifty", ["YouTube"]), ("", ["Instogram"])]
    file = write_csv(tmp_path / "survey.csv", people)
    files = pages(file, tmp_path / "out", *options)
    gated = gate(read_survey(file), audiences=int(options[1]) if options else None)
    tables = [gated.use.table, gated.use.totals]
    tables += [answer.table for answer in (gated.profile, gated.curve) if answer is not None]
    allowed = {str(gated.n), "5", "95", "90", *(str(k) for k in range(9))}
    for table in tables:
        for name, column in table.select_dtypes("number").items():
            shares = name in ("estimate", "low", "high", "overall")
            allowed |= {f"{value:.0f}" for value in (column * 100 if shares else column).dropna()}
    for words in (*gated.names.values(), *gated.notes, gated.use.headline):
        allowed |= set(re.findall(r"\d+", words))
    html = BeautifulSoup(files["index.html"], "html.parser")
    html.find("dl").extract()  # how to repeat it
    said = [html.main.get_text(" "), *(image["alt"] for image in html.find_all("img"))]
    assert not set(re.findall(r"\d+", " ".join(said))) - allowed - {str(a) for a in range(5, 80, 5)}
    assert not any(word in text for word in ("Instogram", "instogram", "fifty") for text in files.values())
    assert not {"134", "71"} & set(re.findall(r"\d+", " ".join(said)))


@pytest.mark.parametrize("name", ["differencing", "privacy"])
@pytest.mark.parametrize("audiences", [1, 3])
def test_the_surveys_that_once_told_tell_on_nobody(name, audiences):
    """Of one platform a user in one band and two in another; one person of 71 years."""
    people = read_survey(Path(__file__).parents[1] / "cases" / "surveys" / f"{name}.csv")
    attacker = Attacker(gate(people, audiences=audiences), people)
    assert attacker.targets() and not attacker.wrong() and not attacker.leaks()


@pytest.mark.slow
def test_300_random_surveys_tell_on_nobody():
    pages, pinned, counts, shown = 0, {}, 0, 0
    for seed in progress(range(tries(300)), "surveys"):
        people = random_survey(seed)
        try:
            gated = gate(people, audiences=wanted(seed))
        except TableError:
            continue
        attacker = Attacker(gated, people)
        assert not attacker.wrong(), seed
        pages, counts, shown = pages + 1, counts + len(attacker.targets()), shown + (gated.sizes is not None)
        pinned |= {(seed, *name): value for name, value in attacker.leaks().items()}
    write_result(
        "The attacker of a survey page",
        [
            f"{len(pinned)} of {counts:,} counts pinned on {pages} pages of random surveys, {shown} with audiences",
            "known to the attacker: rule, places of cuts, exact curve, weights, which survey let a question be skipped",
            *(f"pinned: {name}, {value:.1f}" for name, value in list(pinned.items())[:20]),
        ],
    )
    assert not pinned and pages > 0.93 * tries(300)
