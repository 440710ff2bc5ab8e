"""Small survey files that once came out wrong: each gives the right value, or the right question."""

from pathlib import Path

import pandas as pd
import pytest

from smm_analysis import TableError, read_survey

FOLDER = Path(__file__).parent / "surveys"
SIX, FIVE = [17, 19, 22, 35, 41, 28], [17, 19, 22, 35, 41]

# file -> how many of how many use each platform | ages of the first people (x = not known)
RIGHT = {
    "01_one_answer_question": ("facebook 2/8 instagram 2/8 youtube 2/8 tiktok 2/8", [15, 16, 21, 23, 34]),
    "02_two_list_questions": ("facebook 2/6 instagram 3/6 tiktok 2/6", SIX),
    "03_two_single_questions_alphabet": ("facebook 1/6 whatsapp 4/6 telegram 1/6", SIX),
    "04_both_and_all_as_options": ("instagram 4/6 tiktok 5/6", [14, 15, 16, 17, 18, 19]),
    "05_yes_with_a_tail": ("facebook 4/6 instagram 2/5", [18, 25, 33, 51, 64, 70]),
    "06_minutes_per_platform": ("instagram 3/6 tiktok 3/6", [15, 17, 22, 30, 44, 51]),
    "07_label_row_after_a_row_number": ("facebook 3/5 instagram 2/5 youtube 1/5 tiktok 2/5", [19, 22, 31, 27, 45]),
    "08_label_row_of_option_names": ("facebook 2/5 instagram 2/5 tiktok 2/5", [19, 22, 31, 27, 45]),
    "09_age_words_around_a_band": ("facebook 3/6 instagram 3/6 youtube 1/6 tiktok 1/6", [9, 26, 26, 44.5, 64.5]),
    "10_youngest_band_starts_at_zero": ("facebook 3/6 instagram 3/6 tiktok 2/6", [14, 14, 21, 21, 29.5, 39.5]),
    "12_mixed_separators": ("facebook 3/6 instagram 4/6 tiktok 2/6", SIX),
    "13_numbered_list_in_a_cell": ("facebook 3/6 instagram 5/6 youtube 1/6 tiktok 3/6", SIX),
    "14_note_beside_the_table": ("facebook 3/6 instagram 3/6 tiktok 2/6", SIX),
    "15_name_column_stays": ("facebook 3/6 instagram 3/6 tiktok 2/6", SIX),
    "17_shortened_platform_header": ("instagram 4/6 snapchat 2/6 twitter 1/6", SIX),
    "18_zero_times": ("facebook 3/6 instagram 3/6", SIX),
    "19_never_with_a_tail": ("facebook 3/6 instagram 4/6", SIX),
    "20_other_languages_age": ("facebook 3/6 instagram 3/6 tiktok 2/6", SIX),
    "21_short_wa_and_dan": ("facebook 1/6 instagram 2/6 whatsapp 5/6 line 1/6", SIX),
    "24_wide_band_words": ("facebook 5/8 instagram 3/8 tiktok 2/8", [21, 29.5, 69.5, 59.5, 14, 14, 22.5]),
    "25_kobo_select_multiple": ("facebook 2/5 instagram 3/5 tiktok 2/5", FIVE),
    "27_list_brackets": ("facebook 2/5 instagram 3/5 tiktok 2/5", FIVE),
    "28_option_with_comma": ("facebook 3/6 instagram 2/6 whatsapp 2/6 tiktok 3/6 telegram 2/6 messengers 2/6", SIX),
    "29_utf16": ("vk 3/5 telegram 2/5 odnoklassniki 2/5", FIVE),
    "30_cp1251": ("vk 3/5 telegram 2/5 odnoklassniki 2/5", FIVE),
    "31_duplicate_people": ("facebook 3/6 instagram 4/6 tiktok 2/6", [17, 17, 22, 35, 41, 28]),
    "32_refused_words": ("facebook 2/4 instagram 3/5", [17, "x", 22, 35, "x", 28]),
    "33_attitude_grid_beside_usage": ("facebook 3/6 instagram 4/6", SIX),
    "34_months_as_age": ("facebook 4/6 instagram 4/6", [17.25, 19, 22.92, 35, 41.5, 28.5]),
    "36_bands_that_share_an_edge": ("facebook 3/8 instagram 4/8 tiktok 4/8", [13.5, 13.5, 21, 21, 30, 30]),
    "37_preview_and_spam_rows": ("facebook 1/3 instagram 2/3 tiktok 1/3", [17, 22, 41]),
    "38_bands_turned_into_dates": ("facebook 3/6 instagram 3/6 tiktok 2/6", [12, 12, 17, 24.5, 12, 17]),
    "39_names_inside_names": (
        "facebook 2/6 instagram 2/6 twitter 1/6 telegram 1/6 threads 1/6 messenger 1/6 xing 1/6",
        SIX,
    ),
    "age2_collision": ("instagram 12/12 vk 12/12", [18, 19, 20]),
    "cr_only": ("instagram 20/30 vk 20/30", [16, 17, 18]),
    "differencing": ("instagram 115/214 tiktok 123/214 vk 91/214 telegram 103/214", [19, 21, 21]),
    "esc": ("instagram 30/61 vk 31/61", [18, 19, 20]),
    "hidden_first_sheet": ("instagram 20/30 vk 20/30", [16, 17, 18]),
    "merged": ("instagram 17/26 vk 18/26", [16, 17, 18]),
    "platform_count": ("instagram 20/40 vk 20/40 count_platform 20/40", [18, 19, 20]),
    "platform_share": ("instagram 30/60 vk 30/60 share 13/60", [18, 19, 20]),
    "privacy": (
        "facebook 26/131 instagram 81/131 whatsapp 25/131 youtube 101/131 tiktok 91/131 telegram 64/131 "
        "odnoklassniki 1/131",
        [15, 14, 16],
    ),
    "survey_total_words": ("instagram 30/60 vk 30/60", [18, 19, 20]),
}
ASKED = {
    "11_age_as_codes": r"`age`: 'age' holds codes, no ages.*age=False",
    "16_message_shows_addresses": r"identifies people \(1\): 'Your e-mail'",
    "22_year_of_birth": "`year`: 'Year of birth' holds years of birth",
    "23_generation_words": "`year`: 'Age group' holds years of birth",
    "26_likert_numbers": r"`yes`: .*a scale is neither yes nor no: which number means never \('except 1'\)",
    "35_sosci_minus_nine": r"(?s)`yes`: .*1 and 2 may mean yes and no.*yes=1.*yes=2",
    "survey_quote_open_end": "quotation marks come in pairs; found one that opens after line 12",
    "survey_quote_swallow": "quotation marks come in pairs; found one that opens after line 12",
    "title_header": "the first row holds the questions",
}
SAID = {
    "01_one_answer_question": "One platform per person: who uses which together cannot be seen.",
    "02_two_list_questions": "Not taken: 'used_as_a_child': it asks about something else than use.",
    "03_two_single_questions_alphabet": "Not taken: 'aa_wastes_my_time': it asks about something else than use.",
    "06_minutes_per_platform": "Amounts: more than 0 is use.",
    "10_youngest_band_starts_at_zero": "An open band counts as wide as the one beside it",
    "14_note_beside_the_table": "Cells beside the table are ignored.",
    "31_duplicate_people": "the same address stands in several rows",
    "32_refused_words": "0, 98 or 99 in the column of ages may stand for no answer",
    "33_attitude_grid_beside_usage": "Not taken: 'I trust it': it asks about something else than use.",
    "36_bands_that_share_an_edge": "Bands that share an edge touch",
    "37_preview_and_spam_rows": "Rows of previews, tests or spam are left out",
    "38_bands_turned_into_dates": "A spreadsheet has made dates of bands",
    "hidden_first_sheet": "Sheet 'answers'; not read: 'lists'.",
}


def read(name, **options):
    (path,) = FOLDER.glob(f"{name}.*")
    return read_survey(path, **options)


def used(people):
    return {name: f"{people.table[name].sum():.0f}/{people.table[name].count()}" for name in people.platforms}


@pytest.mark.parametrize("name", RIGHT)
def test_a_case_is_read_right(name):
    platforms, ages = RIGHT[name]
    people, words = read(name), platforms.split()
    assert used(people) == dict(zip(words[::2], words[1::2], strict=True))
    found = people.table["age"].round(2).head(len(ages)).astype(object)
    assert found.where(found.notna(), "x").tolist() == ages
    assert SAID.get(name, "") in " ".join(people.notes)


@pytest.mark.parametrize("name", RIGHT)
def test_its_line_of_python_reads_it_the_same_way(name):
    people = read(name)
    call = people.call.replace(people.facts["name"], str(next(FOLDER.glob(f"{name}.*"))))
    again = eval(call, {"read_survey": read_survey})
    assert again.call == people.call and again.several == people.several
    pd.testing.assert_frame_equal(again.table, people.table)


@pytest.mark.parametrize("name", ASKED)
def test_what_cannot_be_known_is_asked(name):
    with pytest.raises(TableError, match=ASKED[name]) as caught:
        read(name)
    assert len(str(caught.value)) <= 500 and "example.org" not in str(caught.value)


def test_every_file_is_a_test():
    assert {path.stem for path in FOLDER.iterdir()} - {"README"} == {*RIGHT, *ASKED, "formula_age"}


def test_answers_to_the_questions_read_the_rest():
    assert read("22_year_of_birth", year=2025).table["age"].tolist() == [17, 19, 22, 35, 41, 28]
    generations = read("23_generation_words", year=2024).table
    assert generations[["age_low", "age_high"]].iloc[0].tolist() == [12, 27]
    assert used(read("35_sosci_minus_nine", yes=2)) == {"facebook": "3/5", "instagram": "4/6"}
    assert used(read("26_likert_numbers", yes=5)) == {"facebook": "2/6", "instagram": "2/6", "tiktok": "1/6"}
    assert "age" not in read("11_age_as_codes", age=False).table


def test_what_is_lost_or_left_out_is_named():
    formula = read("formula_age")
    assert set(formula.rejects["reason"]) == {"a formula without a stored value: save the file in Excel"}
    assert "age" not in formula.table and any("seems to ask for an age" in said for said in formula.notes)
    junk = read("37_preview_and_spam_rows").rejects
    assert junk["row"].tolist() == [3, 5, 7] and junk["value"].tolist() == ["Survey Preview", "Survey Preview", "Spam"]
    assert "Customer Name" not in read("15_name_column_stays").table
    assert [name for name in read("age2_collision").table if name.startswith("age_2")] == ["age_2", "age_2_2"]
    assert not any("\x1b" in str(text) for text in [*read("esc").ledger["column"], *read("esc").notes])


def test_one_platform_per_person_is_found_by_the_answers():
    assert [name for name in RIGHT if not read(name).several] == [
        "01_one_answer_question", "03_two_single_questions_alphabet", "esc", "survey_total_words",
    ]  # fmt: skip
