"""People from a frame are the people of a file; simulated people are the truth that was put in."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import ModelError, People, TableError, read_survey, simulate_people, simulate_survey
from smm_analysis.tables.asking import Undecided, settle
from smm_analysis.tables.cells import mid_ages


def frame():
    return pd.DataFrame(
        {
            "age_group": ["18-24", "65+", "under 18", "18-24", None],
            "facebook": ["No", "Yes", "Yes", "no", "Yes"],
            "tiktok": ["Yes", "Yes", None, "No", "No"],
            "sex": list("fmfmf"),
        }
    )


def test_a_frame_is_read_with_the_words_of_a_file(tmp_path):
    people = People.from_frame(frame(), platforms=["facebook", "tiktok"], age="age_group")
    frame().to_csv(tmp_path / "class.csv", index=False)
    read = read_survey(tmp_path / "class.csv").table.reset_index(drop=True)
    pd.testing.assert_frame_equal(people.table, read, check_dtype=False)
    assert people.about.n == len(people) == 5 and people.table["age_low"].tolist()[:3] == [18, 65, 0]


@pytest.mark.parametrize(
    "answers",
    [[1, 0, 1, 0], [1.0, 0.0, 1.0, 0.0], [True, False, True, False], ["Yes", "No", "yes", "NO"], ["X", "-", "x", "0"],
     pd.Categorical(["ja", "nein", "ja", "nein"]), ["Daily", "Never", "Hardly ever", "never"], [30, 0, 15, 0]],
    ids=str,
)  # fmt: skip
def test_yes_and_no_are_written_in_many_ways(answers):
    people = People.from_frame(pd.DataFrame({"age": [17, 20, 35, 50], "vk": answers}), platforms=["vk"])
    assert people.table["vk"].fillna(0).tolist() == [1, 0, 1, 0]


def test_codes_and_years_of_birth_are_asked_for():
    codes = pd.DataFrame({"age": [17, 20, 35], "vk": [1, 2, 1]})
    with pytest.raises(TableError, match="1 and 2 may mean yes and no: which is yes.*yes=1"):
        People.from_frame(codes, platforms=["vk"])
    assert People.from_frame(codes, platforms=["vk"], yes=1).table["vk"].tolist() == [1, 0, 1]
    born = pd.DataFrame({"age": [1990, 2001], "vk": [1, 0]})
    with pytest.raises(TableError, match="holds years of birth"):
        People.from_frame(born, platforms=["vk"])
    assert People.from_frame(born, platforms=["vk"], year=2024).table["age"].tolist() == [34, 23]


def test_missing_columns_and_reserved_names_are_refused():
    with pytest.raises(TableError, match="`vk`: must be a column of the table"):
        People.from_frame(frame(), platforms=["vk"], age=None)
    with pytest.raises(TableError, match="`platforms`: must name columns of platforms; found count"):
        People.from_frame(frame().assign(count=1), platforms=["count"], age=None)
    with pytest.raises(TableError, match="`weight`: a column of this name is the weight of people"):
        People.from_frame(frame().assign(weight=1), platforms=["facebook"], age=None)
    with pytest.raises(TableError, match="must be a DataFrame"):
        People.from_frame([1, 2], platforms=["vk"])


def test_cells_count_the_people_and_know_where_they_come_from():
    rows = frame().drop(columns="age_group")
    twice = People.from_frame(pd.concat([rows, rows]), platforms=["facebook", "tiktok"], age=None)
    counted = People.from_frame(
        rows.assign(k=2), platforms=["facebook", "tiktok"], age=None, count="k", source="us", origin="own"
    )
    pd.testing.assert_frame_equal(twice.cells().to_frame(), counted.cells().to_frame())
    assert counted.about.n == 10 and counted.cells().about.source == "us"
    weighted = People.from_frame(rows.assign(w=[1, 2, 3, 4, 5]), platforms=["facebook", "tiktok"], age=None, weight="w")
    assert weighted.cells().to_frame()["weight"].sum() == 15
    with pytest.raises(TableError, match="none that 3 people use and as many do not"):
        weighted.cells(min_people=3)


def test_open_bands_have_one_middle_at_the_door_and_in_the_cells():
    bands = {"0-17": 14, "18-24": 21, "25-34": 29.5, "65+": 69.5}  # an open one is as wide as the closed one beside it
    rows = pd.DataFrame([(band, use) for band in bands for use in ("Yes", "No")], columns=["age", "vk"])
    people = People.from_frame(rows, platforms=["vk"])
    assert (
        people.table["age"].tolist()
        == mid_ages(people.cells().respondents).tolist()
        == [*np.repeat([*bands.values()], 2)]
    )
    few = pd.DataFrame({"age_low": [0.0, 18.0], "age_high": [3.0, np.nan]})
    assert mid_ages(few).tolist() == [1.5, 23]  # never below its own half


def test_what_a_frame_holds_that_is_no_answer_is_a_reject():
    people = People.from_frame(frame().replace({"65+": "old"}), platforms=["facebook"], age="age_group")
    assert people.rejects.values.tolist() == [[1, "age_group", "old", "not an age"]]


def test_simulated_people_are_repeatable_and_say_what_they_are():
    people, truth = simulate_people(300, random_state=3, missing=0.1, missing_age=0.1, weighted=True)
    again, _truth = simulate_people(300, random_state=3, missing=0.1, missing_age=0.1, weighted=True)
    pd.testing.assert_frame_equal(people.table, again.table)
    assert people.about.origin == "simulated" and people.about.n == 300 and "weight" in people.table
    assert truth.share.sum() == pytest.approx(1) and truth.age["mean"].is_monotonic_increasing
    realised = people.table["age"].groupby(truth.audience).mean()
    np.testing.assert_allclose(realised, truth.age["mean"], atol=2)
    survey, kink = simulate_survey(300, random_state=3)
    assert {"expected", "received", "satisfaction"} <= set(survey.table) and len(kink.audience) == 300
    assert survey.table["satisfaction"].between(1, 7).all() and list(kink.table) == [
        "share",
        "short",
        "better",
        "worse",
    ]
    with pytest.raises(ModelError, match="at least one person"):
        simulate_people(0)


def test_a_terminal_is_asked_and_a_program_is_told(monkeypatch, capsys):
    def read(path, *, colour=None, year=None):
        if colour is None:
            raise Undecided("colour", "which colour is it?", [("red, say", "red"), ("blue", "blue")])
        if year is None:
            raise Undecided("year", "when was it?")
        return path, colour, year

    with pytest.raises(TableError, match=r"(?s)which colour is it\?; found 2 candidates.*1\. red, say: colour='red'"):
        settle(read, "file")
    typed = iter(["7", "", "2024"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    assert settle(read, "file") == ("file", "red", 2024)
    assert "  2. blue" in capsys.readouterr().out
    many = Undecided("x", "which?", [(f"column number {i}", f"column number {i}") for i in range(99)])
    assert len(str(many)) <= 500 and "in the same way" in str(many)
