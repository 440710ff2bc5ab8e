"""The sample surveys are remade byte for byte, and all five programs tell of the same 240 simulated people."""

import importlib.util

import pytest

from smm_analysis import TableError, read_survey
from smm_analysis.tables.published import data_folder

FOLDER = data_folder() / "samples"
spec = importlib.util.spec_from_file_location("make_surveys", FOLDER / "make_surveys.py")
make_surveys = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_surveys)
FILES = make_surveys.files()


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_what_its_script_writes(name):
    assert (FOLDER / name).read_bytes() == FILES[name]


@pytest.mark.parametrize("name", sorted(set(FILES) - {"simulated_two_questions.csv"}))
def test_every_sample_holds_the_same_people_and_says_that_they_are_simulated(name):
    people, drawn = read_survey(FOLDER / name), make_surveys.people()
    items = make_surveys.ITEMS[:-1]
    table = people.table.reset_index(drop=True)
    assert len(people) == 240 and people.about.origin == "simulated" and set(people.platforms) == set(items)
    assert table[items].sum().to_dict() == drawn[items].sum().to_dict()
    assert table[items].isna().all(axis=1).tolist() == drawn[items].isna().all(axis=1).tolist()
    unread = table.index[table["age"].isna()]
    assert unread.tolist() == ([] if name.endswith(".sav") else [57, 131])
    assert set(people.rejects["reason"]) <= {"looks like a year of birth", "no answer"}
    assert (table["age"].drop(unread) - drawn["age"].drop(unread)).between(0, 0.5).all()


def test_one_sample_needs_an_answer_and_names_its_reject():
    with pytest.raises(TableError, match="(?s)which question says what people use.*platforms='Which networks do you"):
        read_survey("simulated_two_questions")
    people = read_survey("simulated_two_questions", platforms="Which networks do you use at home?")
    drawn = make_surveys.people()
    assert people.table[make_surveys.ITEMS[:-1]].sum().tolist() == drawn[make_surveys.ITEMS[:-1]].sum().tolist()
    assert people.table["age"].drop(59).tolist() == drawn["age"].drop(57).tolist()
    assert people.rejects.values.tolist() == [[59, "Your year of birth", "ninety-one", "not an age"]]


def test_the_weights_of_the_russian_and_the_spss_file_are_the_same():
    russian = read_survey(FOLDER / "simulated_excel_russian.csv", weight="Вес").table["weight"]
    assert russian.tolist() == read_survey(FOLDER / "simulated_class.sav", weight="gew").table["weight"].tolist()
    assert russian.mean() == pytest.approx(1, abs=0.05)
