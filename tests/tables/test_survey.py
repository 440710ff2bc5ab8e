"""A survey file becomes people: whatever the program that wrote it, whatever people typed, nobody gets lost."""

import csv
import io
import zipfile

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pandas.testing import assert_frame_equal

from smm_analysis import TableError, read_survey
from smm_analysis.tables.answers import parse_age, parse_number, platform_of
from smm_analysis.tables.columns import MAX_UNKNOWN

PLATFORMS = ["facebook", "instagram", "tiktok", "vk"]
FORMS = (
    'Timestamp,"How old are you, in years?","Which platforms, if any, do you use?",Your e-mail,Comment\r\n'
    '2024/01/05 9:41:13 AM GMT+2,21.0,"Instagram, TikTok (short, funny), WhatsApp",a@b.org,"so, ""nice"""\r\n'
    "2024/01/05 9:44:02 AM GMT+2,18 years,None of these,b@b.org,\r\n"
    '2024/01/05 9:45:40 AM GMT+2,"19,5","Instagram, YouTube Kids",c@b.org,line\nbreak\r\n'.replace(
        "line\nbreak", '"a\nb"'
    )
    + "2024/01/05 9:46:11 AM GMT+2,1998,,d@b.org,\r\n"
    "2024/01/05 9:47:00 AM GMT+2,—,X (formerly Twitter),e@b.org,\r\n"
)


@pytest.fixture
def read(tmp_path):
    """Write a text or bytes to a file and read it as a survey."""

    def write_and_read(content, *, encoding="utf-8", name="survey.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return read_survey(path, **options)

    return write_and_read


def reasons(people, row):
    rejects = people.attrs["rejects"]
    return rejects.loc[rejects["row"] == row, "reason"].tolist()


# What the usual programs write ----------------------------------------------------------------------------------------


def test_a_google_form_becomes_people(read):
    people = read(FORMS, encoding="utf-8-sig")
    assert people["age"].tolist()[:3] == [21.0, 18.0, 19.5] and people["age"][3:].isna().all()
    assert people["instagram"].tolist()[:3] == [1, 0, 1] and np.isnan(people["instagram"][3])
    assert people["twitter"].tolist()[4] == 1 and people["tiktok"].tolist()[0] == 1
    assert people["youtube_kids"].tolist()[2] == 1 and "youtube" not in people
    assert people.attrs["unknown"] == {"youtube_kids": 1}
    assert people["Comment"].tolist()[0] == 'so, "nice"' and people["Comment"].tolist()[2] == "a\nb"
    assert people.attrs["file"] == {"format": "text", "encoding": "utf-8-sig", "separator": ","}
    assert people.attrs["never_asked"] == 1
    assert reasons(people, 3) == ["looks like a year of birth: ask for, or compute, the age in years"]
    assert reasons(people, 4) == ["no answer"]


def test_times_and_addresses_are_left_out_and_the_verdict_says_so(read):
    people = read(FORMS)
    assert not {"Timestamp", "Your e-mail"} & set(people)
    ledger = people.attrs["ledger"].set_index("column")["taken"].to_dict()
    assert ledger == {
        "Timestamp": "left out",
        "How old are you, in years?": "age",
        "Which platforms, if any, do you use?": "platforms",
        "Your e-mail": "left out",
        "Comment": "kept",
    }
    verdict = people.attrs["verdict"]
    for said in (
        "5 people",
        "'Timestamp'",
        "'Comment'",
        "Age known for all but fewer than 5 of 5",
        "no known platform, of fewer than 5 people each: 1.",
        "without any answer on platforms: fewer than 5 people.",
        "fewer than 5 values were not used: see the table of unused values",
    ):
        assert said in verdict
    assert "youtube_kids" not in verdict and people.attrs["unknown"] == {"youtube_kids": 1}
    assert people.attrs["unused"]["values"].tolist() == ["fewer than 5"] * 2


def test_a_misspelled_platform_is_asked_about_and_not_merged(read):
    people = read("Age,Networks\n18,tick tock;VK\n19,TicToc;VK\n20,Instergram;VK\n21,Chessclub;VK\n")
    assert people.attrs["unknown"] == {"chessclub": 1, "instergram": 1, "tick_tock": 1, "tictoc": 1}
    said = "Perhaps misspelled: 'instergram' (Instagram?), 'tick tock' (TikTok?), 'tictoc' (TikTok?). Correct"
    assert said in people.attrs["verdict"] and "chessclub" not in people.attrs["verdict"]


def test_the_ledger_tells_no_answer_of_fewer_than_five(read):
    rows = "".join(f"{20 + i},VK,{'maybe' if i else 'only me'}\n" for i in range(6))
    why = read("Age,Do you use? [VK],Do you use? [Facebook]\n" + rows).attrs["ledger"]["why"].tolist()
    assert why[2] == "neither yes nor no (maybe)"


def test_the_ledger_is_shown_whole(read):
    question = "Which of these do you use, " + "again and " * 20 + "again?"
    assert question in read(f"Age,{question.replace(',', '')},Net\n18,a,VK\n").attrs["ledger"]._repr_html_().replace(
        "use again", "use, again"
    )


def test_a_sample_needs_no_ending_and_a_wrong_name_lists_them():
    assert len(read_survey("simulated_class")) == len(read_survey("simulated_class.sav"))
    with pytest.raises(TableError, match=r"neither of that name\. Samples: simulated_class\.sav, "):
        read_survey("simulated_klass")


def test_one_platforms_column_that_is_not_there_is_named_so(read):
    with pytest.raises(TableError, match="`platforms`: names a column of the file; found 'Netz'"):
        read("Age,Net\n18,VK\n", platforms="Netz")


def test_names_and_telephone_numbers_do_not_come_through(read):
    people = read("Alter;Vor- und Nachname;Kontakt;Netz\n17;Jo Meier;+7 701 234 56 78;VK\n18;Al Weber;87012345678;VK\n")
    assert set(people) == {"age", "vk"}


def test_limesurvey_ticks_answer_the_rest_only_where_something_is_ticked(read):
    people = read(
        'id,submitdate,alter,"Welche? [Instagram]","Welche? [Anderes Netz]","Welche? [Keine davon]"\n'
        "1,2024-01-01 10:00:00,17,Y,,\n2,,18,,,\n3,2024-01-01 10:00:00,19,,,Y\n"
    )
    assert people["instagram"].tolist()[::2] == [1, 0] and people["anderes_netz"].tolist()[::2] == [0, 0]
    assert people.loc[1, ["instagram", "anderes_netz"]].isna().all()
    assert people.attrs["never_asked"] == 1 and people.attrs["file"]["incomplete"] == 1


def test_qualtrics_has_three_lines_of_header(read):
    people = read(
        "Q1,Q2_1,Q2_2\nHow old are you?,Which? - Instagram,Which? - Facebook\n"
        '"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3""}"\n17,Instagram,\n45,,Facebook\n46,,\n'
    )
    assert people["age"].tolist() == [17, 45, 46]
    assert people["facebook"].tolist()[:2] == [0, 1] and people.attrs["never_asked"] == 1


def test_excel_with_a_title_empty_lines_and_an_empty_first_sheet(read, tmp_path):
    book = Workbook()
    sheet = book.create_sheet("Answers")
    for row in (
        ["Survey of class 9b"],
        [],
        ["Age", "Networks"],
        [17, "Insta; TikTok"],
        [18.5, "none"],
        [None, None],
        ["16 ", "VK"],
    ):
        sheet.append(row)
    book.save(tmp_path / "class.xlsx")
    people = read_survey(tmp_path / "class.xlsx")
    assert people["age"].tolist() == [17, 18.5, 16] and people["vk"].tolist() == [0, 0, 1]
    assert people.attrs["file"]["sheet"] == "Answers" and people.attrs["file"]["title"] == "Survey of class 9b"
    with pytest.raises(TableError, match=r"`sheet`: must be one of Sheet, Answers; found 'Results'"):
        read_survey(tmp_path / "class.xlsx", sheet="Results")


def test_spss_labels_are_the_questions_and_declared_missing_is_missing(tmp_path):
    frame = pd.DataFrame({"v1": [17, 18, 99.0], "v2": [1, 0, 1.0], "v3": [1, 2, 2.0], "v4": [1.1, 0.9, 0.8]})
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "a.sav"),
        column_labels=["Wie alt sind Sie?", "Instagram", "Facebook", "Gewicht"],
        variable_value_labels={"v3": {1: "Ja", 2: "Nein"}},
        missing_ranges={"v1": [99]},
    )
    people = read_survey(tmp_path / "a.sav", weight="v4")
    assert people["age"].tolist()[:2] == [17, 18] and np.isnan(people["age"][2])
    assert people["instagram"].tolist() == [1, 0, 1] and people["facebook"].tolist() == [1, 0, 0]
    assert people["weight"].tolist() == [1.1, 0.9, 0.8]


RUSSIAN = "Сколько вам лет?;Какими сетями вы пользуетесь?;Вес\n16 лет;ВКонтакте, инстаграм;1,25\n35;никакими;0,75\n"
GERMAN = "Größe;Alter;Welche Netzwerke?\n170,5;17;Insta und TikTok\n160;45 Jahre;keine davon\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251", "koi8_r"])
def test_russian_in_every_usual_encoding_is_the_same_survey(read, encoding):
    people = read(RUSSIAN * 1, encoding=encoding)
    assert (
        people["vk"].tolist() == [1, 0]
        and people["instagram"].tolist() == [1, 0]
        and people["age"].tolist() == [16, 35]
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_german_in_every_usual_encoding_is_the_same_survey(read, encoding):
    people = read(GERMAN, encoding=encoding)
    assert people["Größe"].tolist() == [170.5, 160] and people["tiktok"].tolist() == [1, 0]


def test_kazakh_questions_and_answers_are_understood(read):
    people = read('Жасыңыз нешеде?,Қай желілер?\n17 жаста,"ВКонтакте, Инстаграм"\n40,ешқайсысы\n')
    assert people["age"].tolist() == [17, 40] and people["vk"].tolist() == [1, 0]


# Single answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "age"),
    {
        "21.0": 21, "18 years": 18, "19,5": 19.5, "16 лет": 16, "21 год": 21, "17 Jahre alt": 17, "ca. 30": 30,
        "17 жаста": 17, " 40 ": 40, "0": 0, "120": 120,
    }.items(),
)  # fmt: skip
def test_an_age_is_read_as_people_type_it(typed, age):
    assert parse_age(typed) == (age, age, "")


@pytest.mark.parametrize(
    ("typed", "band"),
    {
        "18-29": (18, 29), "30–49 лет": (30, 49), "от 18 до 24": (18, 24), "18 bis 24 Jahre": (18, 24),
        "65+": (65, np.nan), "über 60": (61, np.nan), "60 und älter": (60, np.nan), "unter 18": (0, 17),
        "до 18": (0, 17),
    }.items(),
)  # fmt: skip
def test_a_band_of_ages_is_read_as_people_print_it(typed, band):
    assert parse_age(typed)[:2] == pytest.approx(band, nan_ok=True)


@pytest.mark.parametrize("typed", ["161", "-5", "eighteen", "1998", "—", "n/a", "1e3", "18 29", "29-18", "12345"])
def test_what_is_no_age_is_refused_with_a_reason(typed):
    low, _high, reason = parse_age(typed)
    assert np.isnan(low) and reason


@pytest.mark.parametrize(
    ("typed", "platform"),
    {
        "Twitter/X": "twitter", "X": "twitter", "X (formerly Twitter)": "twitter", "твиттер": "twitter",
        "ВКонтакте/VK": "vk", "VKontakte": "vk", "ВК": "vk", "инстаграм": "instagram", "Insta": "instagram",
        "Instagram.": "instagram", "#tiktok": "tiktok", "TikTok (short, funny)": "tiktok",
        "YouTube Kids": None, "What's App": "whatsapp",
        "Одноклассники (OK.ru)": "odnoklassniki", "music": None, "": None,
    }.items(),
)  # fmt: skip
def test_many_spellings_are_one_platform(typed, platform):
    assert platform_of(typed) == platform


def test_numbers_with_comma_point_and_groups():
    assert [parse_number(text) for text in ("0,85", "1.2", "1.234,5", "1 234,5", "-3")] == [
        0.85,
        1.2,
        1234.5,
        1234.5,
        -3,
    ]
    assert np.isnan([parse_number(text) for text in ("", "a", "1,2,3", "nan", "--1")]).all()


# Platforms ------------------------------------------------------------------------------------------------------------


def test_options_may_contain_the_separator_learnt_or_given(read):
    lists = "TikTok, short videos, VK, Groups, blogs", "TikTok, short videos", "VK, Groups, blogs"
    text = "Age,Networks\n" + "".join(f'{age},"{uses}"\n' for age, uses in zip((18, 19, 20), lists, strict=True))
    learnt = read(text)
    assert learnt[["tiktok", "vk", "groups_blogs"]].to_numpy().tolist() == [[1, 1, 1], [1, 0, 0], [0, 1, 1]]
    given = read(text.split("19")[0], multi={"Networks": ["Groups, blogs", "TikTok, short videos"]})
    assert given.loc[0, ["tiktok", "vk", "groups_blogs"]].tolist() == [1, 1, 1]


def test_lists_typed_by_hand_are_lists(read):
    people = read("Age;Networks\n18;Insta und TikTok\n19;VK/Facebook\n20;VK Facebook\n21;Twitter/X\n22;Facebook, VK\n")
    assert people[["facebook", "vk"]].to_numpy().tolist() == [[0, 0], [1, 1], [1, 1], [0, 0], [1, 1]]
    assert people["twitter"].tolist() == [0, 0, 0, 1, 0]
    mixed = read('Age,Networks\n18,VK;Facebook\n19,"VK, MyBlog"\n20,"TikTok, short videos;VK"\n')
    assert mixed[["facebook", "tiktok", "vk", "myblog"]].to_numpy().tolist() == [
        [1, 0, 1, 0],
        [0, 0, 1, 1],
        [0, 1, 1, 0],
    ]


def test_any_use_counts_and_never_does_not(read):
    people = read('Age,Instagram,VK,Hours on Instagram\n18,daily,never,3\n19,rarely,Weekly,"2,5"\n20,,—,1\n')
    assert people["vk"].tolist()[:2] == [0, 1] and people["instagram"].tolist()[:2] == [1, 1]
    assert people["Hours on Instagram"].tolist() == [3, 2.5, 1] and people.attrs["never_asked"] == 1


def test_two_columns_of_one_platform_are_one(read):
    assert read("Age,Twitter,X\n18,yes,no\n19,no,no\n")["twitter"].tolist() == [1, 0]


def test_none_beside_a_platform_is_a_contradiction_that_is_reported(read):
    people = read("Age;Networks\n18;Insta;\n19;Insta\n".replace("Insta;\n", '"Insta, none"\n'))
    assert people["instagram"].tolist() == [1, 1] and "'none' beside a platform" in reasons(people, 0)[0]


def test_codes_one_and_two_are_not_guessed(read):
    with pytest.raises(TableError, match=r"1 and 2 may mean yes and no"):
        read("Age,Instagram,VK\n18,1,2\n19,2,1\n")


def test_the_richer_of_two_lists_is_taken_and_the_other_one_named(read):
    people = read('Age,All you use,Favourite\n18,"VK, Instagram",VK\n19,"VK, Facebook",Facebook\n')
    assert people["instagram"].tolist() == [1, 0] and people["Favourite"].tolist() == ["VK", "Facebook"]
    why = people.attrs["ledger"].set_index("column")["why"]
    assert "name 'Favourite'" in why["Favourite"]
    assert read('Age,All,Fav\n18,"VK, Facebook",VK\n19,VK,Facebook\n', multi="Fav")["vk"].tolist() == [1, 0]


def test_rare_unknown_answers_are_reported_but_do_not_become_hundreds_of_columns(read):
    rows = "".join(f'{18 + i},"Instagram, my own site number {i}"\n' for i in range(50))
    people = read("Age,Networks\n" + rows)
    assert len(people.attrs["unknown"]) == MAX_UNKNOWN
    assert (people.attrs["rejects"]["reason"] == "a rare answer, no known platform").sum() == 50 - MAX_UNKNOWN


def test_columns_can_be_named_by_hand(read):
    text = "a1,p1,p2,g\n18,1,0,1\n19,0,1,2\n"
    people = read(text, age="a1", platforms={"p1": "Insta", "p2": "Local forum"}, weight="g")
    assert list(people) == ["age", "weight", "instagram", "local_forum"]
    assert read("x,Netz\n18,VK\n", platforms="Netz", age="x")["vk"].tolist() == [1]
    with pytest.raises(TableError, match=r"`age`: names a column of the file; found 'Alter'. It has 'a1', 'p1'"):
        read(text, age="Alter")


def test_bands_come_with_both_ends_and_their_middle(read):
    people = read("Alter;Netz\n18-29;VK\n30-49;VK\n50+;Insta\n35;VK\nalt;VK\n")
    assert people["age"].tolist()[:4] == [23.5, 39.5, 59.5, 39.5]
    assert people["age_low"].tolist()[:4] == [18, 30, 50, 30] and reasons(people, 4) == ["not an age"]


# Weights --------------------------------------------------------------------------------------------------------------


def test_a_weight_is_asked_for_and_never_used_unasked(read):
    text = RUSSIAN + "40;VK;-1\n41;VK;\n"
    asked = read(text)
    assert "weight" not in asked and "Вес" not in asked
    assert "name 'Вес' as the weight" in asked.attrs["verdict"] and "asks" in set(asked.attrs["ledger"]["taken"])
    given = read(text, weight="Вес")
    assert given["weight"].tolist()[:2] == [1.25, 0.75] and given["weight"][2:].isna().all()
    assert reasons(given, 2) == ["weights are numbers, 0 or more"] and reasons(given, 3) == ["no weight"]


def test_a_nameless_column_that_looks_like_weights_is_asked_about(read):
    rows = "".join(f"{20 + i},VK,{0.7 + 0.1 * i:.2f}\n" for i in range(7))
    assert "name 'v7' as the weight" in read("Age,Net,v7\n" + rows).attrs["verdict"]


# Headers --------------------------------------------------------------------------------------------------------------


def test_a_first_person_is_not_taken_for_the_questions(read):
    with pytest.raises(
        TableError, match=r"`header`: the first row holds the questions; found '17' in it.*Add a first row"
    ):
        read("17;Instagram\n18;TikTok\n")


def test_a_line_with_too_many_cells_is_a_person_whose_answers_are_reported(read):
    people = read("Age,Net\n18,Insta,VK\n19,Insta\n20,VK\n21,VK\n22,VK\n")
    assert len(people) == 5 and people.loc[0].isna().all()
    assert reasons(people, 0) == ["3 cells where the header has 2: a separator inside an answer needs quotes"]


def test_excels_own_hint_of_the_separator_is_followed(read):
    assert read("sep=;\r\nAge;Net\r\n18;Insta\r\n")["instagram"].tolist() == [1]


# Stumbling blocks of files that were made by hand ---------------------------------------------------------------------


def test_a_space_before_a_quotation_mark_does_not_break_an_answer(read):
    people = read('Age, Networks, Comment\n16 y/o, "Insta, TikTok", nice,\n45, "Facebook, VK", so\n')
    assert people["age"].tolist() == [16, 45] and people["tiktok"].tolist() == [1, 0]
    assert people["Comment"].tolist() == ["nice", "so"]


def test_rows_of_totals_are_nobody_and_are_said(read):
    people = read("Nr,Alter,Insta,VK\n1,16,x,x\n2,17,x,-\n3,17,,x\nSumme,,2,2\n,Durchschnitt,,\n")
    assert len(people) == 3 and "Rows of totals, left out: 2" in people.attrs["verdict"]
    assert people["vk"].tolist() == [1, 0, 1] and not len(people.attrs["rejects"])
    assert "Nr" not in people


def test_platforms_named_under_other_count_as_platforms(read):
    lime = read(
        "submitdate. Ende;alter;Q[1]. Welche? [Insta];Q[2]. Welche? [VK];Q[other]. Welche? [Sonstiges]\n"
        "1;16;Ja;Nein;\n1;17;Nein;Nein;Signal und Telegram\n;18;N/A;N/A;\n"
    )
    assert lime[["signal", "telegram"]].to_numpy()[:2].tolist() == [[0, 0], [1, 1]]
    assert lime.loc[2, ["signal", "instagram"]].isna().all() and lime.attrs["file"]["incomplete"] == 1
    qualtrics = read(
        "Q1,Q2,Q2_8_TEXT\nAge?,Which? - Selected Choice,Which? - Other - Text\n"
        '"{""ImportId"":""a""}","{""ImportId"":""b""}","{""ImportId"":""c""}"\n'
        '16,"Instagram,Other",Telegram\n17,Instagram,\n18,,VK\n19,,\n'
    )
    assert qualtrics[["instagram", "vk", "telegram"]].to_numpy()[:3].tolist() == [[1, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert qualtrics.attrs["never_asked"] == 1 and "other" not in qualtrics
    assert reasons(qualtrics, 0) == ["'other' names no platform"]


def test_another_question_about_the_same_platforms_is_not_taken_for_use(read):
    people = read(
        "Age,Use? [VK],Use? [Insta],Use? [TikTok],Trust? [VK],Trust? [Insta]\n"
        "16,yes,no,yes,no,yes\n17,no,yes,no,yes,yes\n"
    )
    assert people["vk"].tolist() == [1, 0] and people["instagram"].tolist() == [0, 1]
    assert people["Trust? [VK]"].tolist() == ["no", "yes"]


def test_used_and_not_used_are_yes_and_no_and_bands_have_labels(tmp_path):
    frame = pd.DataFrame({"k": [1.0, 2.0, 9.0], "f1": [1.0, 2.0, 1.0], "nr": [1001.0, 1002.0, 1003.0]})
    labels = {
        "k": {1: "14 bis 17 Jahre", 2: "50 Jahre und älter", 9: "keine Angabe"},
        "f1": {1: "genutzt", 2: "nicht genutzt"},
    }
    questions = ["Altersgruppe", "F3 Nutzung: Instagram", "Fallnummer"]
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), column_labels=questions, variable_value_labels=labels)
    people = read_survey(tmp_path / "a.sav")
    assert people["age_low"].tolist()[:2] == [14, 50] and people["instagram"].tolist() == [1, 0, 1]
    assert "nr" not in people


def test_a_name_asked_for_politely_is_still_a_name(read):
    people = read("Возраст;Сети;Ваше имя (по желанию);Как вас зовут?\n16;VK;Аня;Аня\n17;VK;;Марат\n")
    assert set(people) == {"age", "vk"}


# Bad files ------------------------------------------------------------------------------------------------------------


def workbook_bytes():
    buffer = io.BytesIO()
    book = Workbook()
    book.active.append(["Age", "Net"])
    book.active.append([18, "VK"])
    book.save(buffer)
    return buffer.getvalue()


def packed(name, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


BAD = {
    "empty": (b"", "must hold a table; found an empty file"),
    "blank": (b" \n\n", "must hold a table; found an empty file"),
    "separators only": (b";;\n;;\n", "found empty cells only"),
    "headers only": (b"Age,Net\n", "must hold at least one row; found a header only"),
    "binary": (bytes(range(256)) * 20, "found bytes that are no text"),
    "picture": (b"\x89PNG\r\n\x1a\n1234", "found a picture"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1", r"found an Excel file of the old kind \(.xls\). Save it as .xlsx"),
    "web page": (b"<!DOCTYPE html><html>", "found a web page"),
    "truncated workbook": (workbook_bytes()[:3000], "must be a complete Excel workbook; found a broken file"),
    "broken workbook": (packed("xl/workbook.xml", "<no"), "must be a complete Excel workbook"),
    "other archive": (packed("a.txt", "hello"), "found another kind of packed file"),
    "broken spss": (b"$FL2@(#) SPSS DATA FILE" + b"\0" * 300, "must be a complete SPSS file"),
    "open quote": (b'Age,Net\n18,"Insta\n19,VK\n', "quotation marks come in pairs; found an open one after line 1"),
    "double column": (b"Age,VK,VK\n18,1,0\n", "columns have different names; found 'VK' in columns 2 and 3"),
    "nothing known": (b"Colour,Food\nred,apple\n", r"none that is recognised; saw 'Colour' \(red\), 'Food' \(apple\)"),
    "garbled utf-8": ("Возраст,Сети\n17,VK\n".encode().decode("cp1252", "replace").encode(), "must be readable text"),
    "garbled cp1251": ("Возраст;Сети\n17;VK\n".encode("cp1251").decode("cp1252").encode(), "found garbled letters"),
    "100,000 columns": (b",".join(b"c%d" % i for i in range(100_000)) + b"\n", "at most 2,000 columns; found 100,000"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gets_one_message(read, case):
    content, message = BAD[case]
    with pytest.raises(TableError, match=message):
        read(content)


def test_a_bomb_is_not_unpacked(read):
    with pytest.raises(TableError, match=r"a survey may have 50 MB; found 200 MB.*SMM_MAX_MEGABYTES=201"):
        read(packed("xl/workbook.xml", b"0" * 200_000_000), name="bomb.xlsx")


def test_a_huge_file_is_refused_before_it_is_read_and_the_limit_can_be_raised(tmp_path, monkeypatch):
    with open(tmp_path / "huge.csv", "wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(TableError, match=r"found 2,000 MB.*SMM_MAX_MEGABYTES=2001"):
        read_survey(tmp_path / "huge.csv")
    (tmp_path / "small.csv").write_text("Age,Net\n18,VK\n" + "19,VK\n" * 200_000)
    monkeypatch.setenv("SMM_MAX_MEGABYTES", "1")
    with pytest.raises(TableError, match="found 1 MB"):
        read_survey(tmp_path / "small.csv")


def test_a_missing_path_a_folder_and_a_locked_file_are_named(tmp_path, monkeypatch):
    for path, message in (
        (tmp_path / "nix.csv", "found no file of that name"),
        (tmp_path, "found a folder"),
        ("a\0b", "file"),
    ):
        with pytest.raises(TableError, match=message):
            read_survey(path)
    (tmp_path / "locked.csv").write_text("Age,Net\n18,VK\n")
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: (_ for _ in ()).throw(PermissionError(13, "denied")))
    with pytest.raises(TableError, match="found no permission to read it"):
        read_survey(tmp_path / "locked.csv")
    with pytest.raises(TableError, match=r"`path`: must name a file; found a int"):
        read_survey(3)


def test_a_wrong_encoding_or_separator_given_by_hand_is_refused(tmp_path):
    with pytest.raises(TableError, match=r"`encoding`: must be a known encoding; found 'klingon'"):
        read_with(tmp_path, encoding="klingon")
    with pytest.raises(TableError, match=r"`encoding`: the file must be text in utf-8"):
        read_with(tmp_path, encoding="utf-8")
    with pytest.raises(TableError, match=r"`separator`: must be one character"):
        read_with(tmp_path, separator=";;")


def read_with(folder, **options):
    path = folder / "german.csv"
    path.write_bytes(GERMAN.encode("cp1252"))
    return read_survey(path, **options)


# For every file -------------------------------------------------------------------------------------------------------

anything = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
person = st.fixed_dictionaries(
    {
        "age": st.one_of(st.none(), st.integers(5, 99), st.sampled_from([17.5, 18.25])),
        "uses": st.one_of(st.none(), st.sets(st.sampled_from(PLATFORMS))),
        "comment": st.text(st.sampled_from("abc ,;\"'\näж"), max_size=8).map(
            lambda text: f"I say {text.strip()}.".strip()
        ),
    }
)
people_lists = st.lists(person, min_size=1, max_size=12)


def expected(people):
    frame = pd.DataFrame({"age": [np.nan if p["age"] is None else float(p["age"]) for p in people]})
    for name in PLATFORMS:
        frame[name] = [np.nan if p["uses"] is None else float(name in p["uses"]) for p in people]
    return frame.assign(comment=[p["comment"] for p in people])


def same(found, people):
    """Equal where it was said: a platform that nobody chose has no column."""
    frame = expected(people)
    found = found.reindex(columns=frame.columns)
    chosen = [name for name in frame if name in ("age", "comment") or frame[name].eq(1).any()]
    assert_frame_equal(found[chosen], frame[chosen], check_dtype=False)
    assert len(found) == len(people)


def some_platform(people):
    return any(p["uses"] for p in people)


@anything
@given(people_lists.filter(some_platform))
def test_what_pandas_writes_comes_back(tmp_path_factory, people):
    path = tmp_path_factory.mktemp("w") / "people.csv"
    expected(people).to_csv(path, index=False)
    same(read_survey(path), people)


@anything
@given(people_lists.filter(some_platform))
def test_what_libreoffice_writes_comes_back(tmp_path_factory, people):
    path = tmp_path_factory.mktemp("w") / "people.csv"
    expected(people).to_csv(path, index=False, sep=";", decimal=",", quoting=csv.QUOTE_NONNUMERIC, encoding="utf-16")
    same(read_survey(path), people)


@anything
@given(people_lists.filter(some_platform))
def test_what_google_forms_writes_comes_back(tmp_path_factory, people):
    path = tmp_path_factory.mktemp("w") / "form.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["Timestamp", "How old are you?", "Which do you use, if any?", "comment"])
        for i, p in enumerate(people):
            uses = "" if p["uses"] is None else ", ".join(sorted(p["uses"])) or "None of these"
            writer.writerow(
                [f"2024/01/05 9:{i:02}:13 AM GMT+2", "" if p["age"] is None else p["age"], uses, p["comment"]]
            )
    same(read_survey(path), people)


@anything
@given(st.lists(st.tuples(words, words, words, words), min_size=1, max_size=8), words)
def test_any_text_in_any_cell_is_read_or_refused_with_a_message(tmp_path_factory, rows, header):
    path = tmp_path_factory.mktemp("w") / "any.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Age", "Networks", "Instagram", header), *rows, ("18", "VK", "yes", "last")])
    try:
        people = read_survey(path)
    except TableError as error:
        assert error.remedy
        return
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(people) == len(kept) + 1


@anything
@given(people_lists.filter(some_platform), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_nothing(tmp_path_factory, people, random):
    folder = tmp_path_factory.mktemp("w")
    frame = pd.DataFrame(
        {
            "Age": [p["age"] for p in people],
            "Networks": ["" if p["uses"] is None else ";".join(sorted(p["uses"])) or "none" for p in people],
            "comment": [p["comment"] for p in people],
        }
    )
    frame.to_csv(folder / "a.csv", index=False)
    order = random.sample(range(len(people)), len(people))
    frame.iloc[order][random.sample(list(frame), 3)].to_csv(folder / "b.csv", index=False)
    first, second = read_survey(folder / "a.csv"), read_survey(folder / "b.csv")
    assert list(second.drop(columns="comment")) == list(first.drop(columns="comment"))
    assert_frame_equal(second[list(first)], first.iloc[order].reset_index(drop=True), check_dtype=False)


def test_two_surveys_can_be_joined(read):
    people = read(FORMS)
    assert len(pd.concat([people.head(2), people.tail(2)])) == 4


def test_a_simulated_file_says_so_and_a_file_of_your_own_does_not(read):
    assert read("Age,Net\n18,VK\n", name="simulated_class.csv").attrs["origin"] == "simulated"
    attrs = read("Age,Net\n18,VK\n").attrs
    assert attrs["origin"] is None and attrs["source"] == "survey.csv" and attrs["n"] == 1
