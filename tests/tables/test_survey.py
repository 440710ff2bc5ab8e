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
from smm_analysis.tables.answers import age as parse_age
from smm_analysis.tables.answers import amount, birthday, number, often, yes_no
from smm_analysis.tables.asking import Undecided
from smm_analysis.tables.vocabulary import platform_of

PLATFORMS = ["facebook", "instagram", "tiktok", "vk"]
FORMS = (
    'Timestamp,"How old are you, in years?","Which platforms, if any, do you use?",Your e-mail,Comment\r\n'
    '2024/01/05 9:41:13 AM GMT+2,21.0,"Instagram, TikTok (short, funny), WhatsApp",a@b.org,"so, ""nice"""\r\n'
    "2024/01/05 9:44:02 AM GMT+2,18 years,None of these,b@b.org,\r\n"
    '2024/01/05 9:45:40 AM GMT+2,"19,5","Instagram, YouTube Kids",c@b.org,"a\nb"\r\n'
    "2024/01/05 9:46:11 AM GMT+2,1998,,d@b.org,\r\n"
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


def uses(people, *names):
    return people.table[list(names)].to_numpy().tolist()


def reasons(people, row):
    return people.rejects.loc[people.rejects["row"] == row, "reason"].tolist()


# What the usual programs write ----------------------------------------------------------------------------------------


def test_a_google_form_becomes_people(read):
    people = read(FORMS, encoding="utf-8-sig")
    assert people.table.index.tolist() == [2, 3, 4, 5, 6] and people.about.n == 5
    assert people.table["age"].tolist()[:3] == [21.0, 18.0, 19.5] and people.table["age"][3:].isna().all()
    assert uses(people, "instagram", "whatsapp")[:3] == [[1, 1], [0, 0], [1, 0]]
    assert np.isnan(people.table.loc[5, "instagram"]) and people.table.loc[6, "twitter"] == 1
    assert "youtube" not in people.table and reasons(people, 4) == ["a rare answer, no known platform"]
    assert reasons(people, 5) == ["looks like a year of birth"] and reasons(people, 6) == ["no answer"]
    assert people.facts["encoding"] == "utf-8-sig" and len(people.facts["sha256"]) == 64
    assert people.call == (
        "read_survey('survey.csv', platforms='Which platforms, if any, do you use?', age='How old are you, in years?')"
    )


def test_times_addresses_and_names_are_left_out_and_the_ledger_says_so(read):
    ledger = read(FORMS).ledger.set_index("column")["taken"].to_dict()
    assert ledger == {
        "Timestamp": "left out",
        "How old are you, in years?": "age",
        "Which platforms, if any, do you use?": "platforms",
        "Your e-mail": "left out",
        "Comment": "kept",
    }
    german = "Alter;Vor- und Nachname;Kontakt;Netz\n17;Jo Meier;+7 701 234 56 78;VK\n18;Al Weber;87012345678;VK\n"
    assert set(read(german).table) == {"age", "vk"}
    russian = "Возраст;Сети;Ваше имя (по желанию);Как вас зовут?\n16;VK;Аня;Аня\n17;VK;;Марат\n"
    assert set(read(russian).table) == {"age", "vk"}


def test_limesurvey_ticks_answer_the_rest_only_where_something_is_ticked(read):
    people = read(
        'id,submitdate,alter,"Welche nutzt du? [Instagram]","Welche nutzt du? [Anderes Netz]",'
        '"Welche nutzt du? [Keine davon]"\n'
        "1,2024-01-01 10:00:00,17,Y,,\n2,,18,,,\n3,2024-01-01 10:00:00,19,,,Y\n"
    )
    assert uses(people, "instagram", "anderes_netz")[::2] == [[1, 0], [0, 0]]
    assert people.table.loc[3, ["instagram", "anderes_netz"]].isna().all()


def test_qualtrics_has_three_lines_of_header(read):
    people = read(
        "Q1,Q2_1,Q2_2\nHow old are you?,Which do you use? - Instagram,Which do you use? - Facebook\n"
        '"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3""}"\n17,Instagram,\n45,,Facebook\n46,,\n'
    )
    assert people.table["age"].to_dict() == {4: 17, 5: 45, 6: 46}
    assert people.table["facebook"].tolist()[:2] == [0, 1] and np.isnan(people.table.loc[6, "facebook"])
    chosen = " - Selected Choice - "
    none = read(
        f"Q1,Q2_1,Q2_2,Q2_3\nHow old are you?,Which do you use?{chosen}Instagram,Which do you use?{chosen}Facebook,"
        f"Which do you use?{chosen}None of these\n17,Instagram,,\n45,,Facebook,\n46,,,None of these\n"
    )
    assert none.table[["instagram", "facebook"]].to_numpy().tolist() == [[1, 0], [0, 1], [0, 0]]


def test_surveymonkey_has_options_below_one_question(read):
    people = read(
        "Respondent ID,IP Address,How old are you?,Which of these do you use?,,\n,,Open-Ended Response,Instagram,"
        "TikTok,None of the above\n11,10.0.0.1,15,Instagram,,\n12,10.0.0.2,16,,TikTok,\n"
        "13,10.0.0.3,17,,,None of the above\n"
    )
    assert uses(people, "age", "instagram", "tiktok") == [[15, 1, 0], [16, 0, 1], [17, 0, 0]]
    assert set(people.table) == {"age", "instagram", "tiktok"}


def test_excel_with_a_title_empty_lines_and_an_empty_first_sheet(tmp_path):
    book = Workbook()
    sheet = book.create_sheet("Answers")
    rows = ["Survey of class 9b"], [], ["Age", "Networks"], [17, "Insta; TikTok"], [18.5, "none"], [], ["16 ", "VK"]
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "class.xlsx")
    people = read_survey(tmp_path / "class.xlsx")
    assert people.table["age"].to_dict() == {4: 17, 5: 18.5, 7: 16} and people.table["vk"].tolist() == [0, 0, 1]
    assert people.facts["sheet"] == "Answers" and people.facts["title"] == "Survey of class 9b"
    assert reasons(people, 6) == ["an empty row"]
    with pytest.raises(TableError, match=r"`sheet`: must be one of 'Sheet', 'Answers'; found 'Results'"):
        read_survey(tmp_path / "class.xlsx", sheet="Results")


def test_a_sheet_of_notes_before_the_answers_is_not_the_survey_and_is_named(tmp_path):
    book = Workbook()
    book.active.title = "Please read"
    book.active.append(["Survey of class 9"])
    book.create_sheet("Responses").append(["Age", "Which networks do you use?"])
    for row in ([15, "VK, TikTok"], [16, "VK"]):
        book["Responses"].append(row)
    book.save(tmp_path / "class.xlsx")
    people = read_survey(tmp_path / "class.xlsx")
    assert people.table["vk"].tolist() == [1, 1] and "Sheet 'Responses'; not read: 'Please read'." in people.notes


@pytest.mark.parametrize(
    ("language", "header", "answers"),
    [
        ("de", "Wie oft nutzt du? [{}]", {"nie": 0, "1-2x pro Woche": 1, "kenne ich nicht": 0, "mehrfach am Tag": 1}),
        (
            "es",
            "¿Con qué frecuencia usas {}?",
            {"Nunca": 0, "Casi siempre": 1, "No la conozco": 0, "2 veces al día": 1},
        ),
        ("tr", "Ne sıklıkla kullanıyorsunuz? [{}]", {"Hiç kullanmıyorum": 0, "Ayda birkaç kez": 1, "Her gün": 1}),
        ("fr", "À quelle fréquence utilisez-vous {} ?", {"Jamais": 0, "2 fois par semaine": 1, "Je ne connais pas": 0}),
        ("any", "{}", {"✅": 1, "❌": 0}),
    ],
)
def test_words_of_how_often_in_more_languages(read, language, header, answers):
    rows = [f"{20 + i},{answer},{answer}" for i, answer in enumerate([*answers] * 3)]
    people = read("\n".join([f"Age,{header.format('Instagram')},{header.format('TikTok')}", *rows]) + "\n")
    assert people.table["tiktok"].tolist() == [*answers.values()] * 3 and people.rejects.empty


def test_who_does_not_remember_is_no_user_and_no_non_user(read):
    rows = "20,Daily,Almost never\n21,Never,I don't remember\n22,Weekly,Daily\n"
    people = read("Age,How often do you use? [Instagram],How often do you use? [TikTok]\n" + rows)
    assert people.table["tiktok"].fillna(-1).tolist() == [1, -1, 1]
    assert people.rejects["reason"].tolist() == ["no answer"]


def test_a_date_of_birth_gives_the_age(read):
    head = "Zeitstempel,Geburtsdatum,Welche Netzwerke nutzt du?\n"
    people = read(head + "01.03.2025 10:00:00,12.05.2001,VK\n02.03.2025 10:00:00,01.11.1990,TikTok\n")
    assert people.table["age"].tolist() == [24, 35]


def test_spss_labels_are_the_questions_and_declared_missing_is_missing(tmp_path):
    frame = pd.DataFrame({"v1": [17, 18, 99.0], "v2": [1, 0, 1.0], "v3": [1, 2, 2.0], "v4": [1.1, 0.9, 0.8]})
    labels = ["Wie alt sind Sie?", "Instagram", "Facebook", "Gewicht"]
    path = str(tmp_path / "a.sav")
    told = {"v3": {1: "Ja", 2: "Nein"}}
    pyreadstat.write_sav(frame, path, column_labels=labels, variable_value_labels=told, missing_ranges={"v1": [99]})
    people = read_survey(path, weight="v4")
    assert people.table["age"].tolist()[:2] == [17, 18] and np.isnan(people.table["age"].iloc[2])
    assert uses(people, "facebook", "instagram", "weight") == [[1, 1, 1.1], [0, 0, 0.9], [0, 1, 0.8]]


RUSSIAN = "Сколько вам лет?;Какими сетями вы пользуетесь?;Вес\n16 лет;ВКонтакте, инстаграм;1,25\n35;никакими;0,75\n"
GERMAN = "Größe;Alter;Welche Netzwerke?\n170,5;17;Insta und TikTok\n160;45 Jahre;keine davon\n"


def test_a_question_of_spss_with_several_answers_is_one_question(tmp_path):
    frame = pd.DataFrame({"age": [16.0, 17.0, 18.0], "m1": [1.0, 0.0, 1.0], "m2": [0.0, 1.0, 1.0]})
    options = {name: {0: "Not selected", 1: option} for name, option in (("m1", "VK"), ("m2", "TikTok"))}
    labels = ["Age", "Which networks do you use?", "Which networks do you use?"]
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"), column_labels=labels, variable_value_labels=options)
    assert uses(read_survey(tmp_path / "s.sav"), "vk", "tiktok") == [[1, 0], [0, 1], [1, 1]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251", "koi8_r", "cp866"])
def test_russian_in_every_usual_encoding_is_the_same_survey(read, encoding):
    assert uses(read(RUSSIAN, encoding=encoding), "age", "vk", "instagram") == [[16, 1, 1], [35, 0, 0]]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_german_in_every_usual_encoding_is_the_same_survey(read, encoding):
    assert uses(read(GERMAN, encoding=encoding), "Größe", "tiktok") == [[170.5, 1], [160, 0]]


def test_kazakh_questions_and_answers_are_understood(read):
    people = read('Жасыңыз нешеде?,Қай желілер?\n17 жаста,"ВКонтакте, Инстаграм"\n40,ешқайсысы\n')
    assert uses(people, "age", "vk") == [[17, 1], [40, 0]]


# Single answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "age"),
    {
        "21.0": 21, "18 years": 18, "19,5": 19.5, "16 лет": 16, "21 год": 21, "17 Jahre alt": 17, "ca. 30": 30,
        "17 жаста": 17, " 40 ": 40, "0": 0, "120": 120, "18 ans": 18, "17y 6m": 17.5, "41 1/2": 41.5,
    }.items(),
)  # fmt: skip
def test_an_age_is_read_as_people_type_it(typed, age):
    assert parse_age(typed) == (age, age)


@pytest.mark.parametrize(
    ("typed", "band"),
    {
        "18-29": (18, 29), "30–49 лет": (30, 49), "от 18 до 24": (18, 24), "18 bis 24 Jahre": (18, 24),
        "65+": (65, np.nan), "über 60": (61, np.nan), "60 und älter": (60, np.nan), "unter 18": (0, 17),
        "до 18": (0, 17), "Young adult (18-34)": (18, 34), "Less than 18": (0, 17), "55 and above": (55, np.nan),
        "Младше 18 лет": (0, 17), "2. 18-24": (18, 24), "a) under 18": (0, 17), "18 - 24": (18, 24),
        "65+ years old": (65, np.nan), "17 or under": (0, 17), "18 yaş altı": (0, 17), "18 ve altı": (0, 18),
        "de 18 a 24 años": (18, 24), "entre 18 et 24 ans": (18, 24), "15 жастан төмен": (0, 14),
    }.items(),
)  # fmt: skip
def test_a_band_of_ages_is_read_as_people_print_it(typed, band):
    assert parse_age(typed) == pytest.approx(band, nan_ok=True)


@pytest.mark.parametrize("typed", ["161", "-5", "eighteen", "1998", "—", "n/a", "1e3", "18 29", "29-18", "12345"])
def test_what_is_no_age_is_not_read(typed):
    assert parse_age(typed) is None


@pytest.mark.parametrize(
    ("reader", "typed", "read"),
    [
        (yes_no, "Yes, use this", 1), (yes_no, "No, do not use this", 0), (yes_no, "nutze ich", 1),
        (yes_no, "maybe", None), (often, "1 - Never", 0), (often, "2 - Rarely", 1), (amount, "1 - Never", None),
        (often, "Hardly ever", 1), (often, "Never used it", 0), (often, "I no longer use it", 0), (often, "1 time", 1),
        (amount, "0 times", 0), (amount, "1:20:00", 1), (amount, "0:00:00", 0), (amount, "2,5 Stunden", 1),
        (birthday, "1998", (1998, 1998)), (birthday, "24.12.2001", (2001, 2001)), (birthday, "Gen Z", (1997, 2012)),
    ],
)  # fmt: skip
def test_use_and_birth_are_read_as_people_type_them(reader, typed, read):
    assert reader(typed) == read


@pytest.mark.parametrize(
    ("typed", "platform"),
    {
        "Twitter/X": "twitter", "X": "twitter", "X (formerly Twitter)": "twitter", "твиттер": "twitter",
        "ВКонтакте/VK": "vk", "VKontakte": "vk", "ВК": "vk", "инстаграм": "instagram", "Insta": "instagram",
        "Instagram.": "instagram", "#tiktok": "tiktok", "TikTok (short, funny)": "tiktok", "LINE": "line",
        "YouTube Kids": None, "What's App": "whatsapp", "WA": "whatsapp", "Linkedin": "linkedin",
        "Одноклассники (OK.ru)": "odnoklassniki", "music": None, "": None,
    }.items(),
)  # fmt: skip
def test_many_spellings_are_one_platform(typed, platform):
    assert platform_of(typed) == platform


def test_numbers_with_comma_and_point():
    assert [number(text) for text in ("0,85", "1.2", "-3")] == [0.85, 1.2, -3]
    assert [number(text) for text in ("", "a", "1,2,3", "nan", "--1")] == [None] * 5


# Platforms ------------------------------------------------------------------------------------------------------------


def test_options_may_contain_the_separator(read):
    lists = "TikTok, short videos, VK, Groups, blogs", "TikTok, short videos", "VK, Groups, blogs"
    text = "Age,Networks\n" + "".join(f'{age},"{uses}"\n' for age, uses in zip((18, 19, 20), lists, strict=True))
    assert uses(read(text), "tiktok", "vk") == [[1, 1], [1, 0], [0, 1]]


def test_lists_typed_by_hand_are_lists(read):
    people = read("Age;Networks\n18;Insta und TikTok\n19;VK/Facebook\n20;VK Facebook\n21;Twitter/X\n22;Facebook, VK\n")
    assert uses(people, "facebook", "vk", "twitter") == [[0, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 1], [1, 1, 0]]
    mixed = read('Age,Networks\n18,VK;Facebook\n19,"VK, Telegram"\n20,"TikTok, short videos;VK"\n')
    assert uses(mixed, "facebook", "tiktok", "vk", "telegram") == [[1, 0, 1, 0], [0, 0, 1, 1], [0, 1, 1, 0]]


def test_any_use_counts_and_less_than_an_hour_beside_none_is_use(read):
    people = read("Age,Instagram,VK,TikTok\n18,daily,never,Never\n19,rarely,Weekly,never\n20,,—,daily\n")
    assert uses(people, "instagram", "vk")[:2] == [[1, 0], [1, 1]] and np.isnan(people.table.loc[4, "vk"])
    hours = read("Age,Hours on TikTok,Hours on VK\n18,0 hours,Less than 1 hour\n19,2 hours,0 hours\n")
    assert uses(hours, "tiktok", "vk") == [[0, 1], [1, 0]]


def test_two_columns_of_one_platform_are_one_and_said(read):
    people = read("Age,Twitter,X\n18,yes,no\n19,no,no\n")
    assert people.table["twitter"].tolist() == [1, 0] and "one yes is use: twitter" in " ".join(people.notes)


def test_none_beside_a_platform_is_a_contradiction_that_is_reported(read):
    people = read('Age;Networks\n18;"Insta, none"\n19;Insta\n')
    assert people.table["instagram"].tolist() == [1, 1] and "'none' beside a platform" in reasons(people, 2)[0]


def test_codes_are_read_by_a_code_book_or_asked(read):
    with pytest.raises(TableError, match=r"1 and 2 may mean yes and no"):
        read("Age,Instagram,VK\n18,1,2\n19,2,1\n")
    told = read("Age,Instagram (1=yes; 2=no),VK (1=yes; 2=no)\n18,1,2\n19,2,1\n")
    assert uses(told, "instagram", "vk") == uses(read("Age,Instagram,VK\n18,1,2\n19,2,1\n", yes=1), "instagram", "vk")
    turned = read("Age,Instagram (0 = yes; 1 = no),VK (0 = yes; 1 = no)\n18,0,1\n19,1,0\n")
    assert uses(turned, "instagram", "vk") == uses(told, "instagram", "vk")
    often = read("Age,Instagram (1 – никогда; 2 – каждый день),VK (1 – никогда; 2 – каждый день)\n18,2,1\n19,1,2\n")
    assert uses(often, "instagram", "vk") == uses(told, "instagram", "vk")
    ages = read("Age (1 = under 18; 2 = 18-24; 3 = 25 or older),Net\n1,VK\n2,VK\n3,Insta\n")
    assert ages.table["age_low"].tolist() == [0, 18, 25]


def test_of_unknown_words_for_how_often_the_one_for_never_is_asked(read):
    rows = "".join(f"{20 + i},{'Not a bit|Now and again|Lots'.split('|')[i % 3]},Lots\n" for i in range(15))
    with pytest.raises(TableError, match=r"'Not a bit' means never: yes='except Not a bit'"):
        read("Age,Use of [Instagram],Use of [TikTok]\n" + rows)
    people = read("Age,Use of [Instagram],Use of [TikTok]\n" + rows, yes="except Not a bit")
    assert people.table[["instagram", "tiktok"]].sum().tolist() == [10, 15] and "except Not a bit" in people.call
    with pytest.raises(TableError, match="is an answer of the question"):
        read("Age,Use of [Instagram],Use of [TikTok]\n" + rows, yes="except Nothing")


def test_two_long_questions_that_begin_alike_are_told_apart_by_their_ends(read):
    long = (
        "Please think about the past seven days and tell us for each of the following networks: which do you use on a "
    )
    text = f'Age,"{long}phone?","{long}computer?"\n' + '20,"VK, TikTok",Instagram\n31,VK,"VK, Instagram"\n'
    with pytest.raises(Undecided) as asked:
        read(text)
    phone, computer = (value for _said, value in asked.value.choices)
    assert phone != computer and phone in str(asked.value) and computer in str(asked.value)
    assert read(text, platforms=phone).platforms == ["tiktok", "vk"]
    assert read(text, platforms=computer).platforms == ["instagram", "vk"]


def test_ages_in_years_beat_the_same_ages_in_bands(read):
    people = read("age,agecat,Do you use VK?,Do you use TikTok?\n21,18-29,Yes,No\n40,30-49,No,Yes\n")
    assert people.table["age"].tolist() == [21, 40] and "ages in years are more exact" in " ".join(people.notes)


def test_use_now_beats_other_questions_and_a_tie_is_asked(read):
    people = read('Age,All you use,Favourite\n18,"VK, Instagram",VK\n19,"VK, Facebook",Facebook\n')
    assert people.table["instagram"].tolist() == [1, 0] and people.table["Favourite"].tolist() == ["VK", "Facebook"]
    home = 'Age,Networks I use at home,Networks I use at school\n18,"VK, Insta",VK\n19,VK,"Insta, VK"\n'
    with pytest.raises(TableError, match=r"(?s)1\. 'Networks I use at home'.*platforms='Networks I use at school'"):
        read(home)
    assert read(home, platforms="Networks I use at school").table["instagram"].tolist() == [0, 1]
    grids = (
        "Age,Use? [VK],Use? [Insta],Use? [TikTok],Trust? [VK],Trust? [Insta]\n"
        "16,yes,no,yes,no,yes\n17,no,yes,no,yes,yes\n"
    )
    assert uses(read(grids), "vk", "instagram") == [[1, 0], [0, 1]]
    assert read(grids).table["Trust? [VK]"].tolist() == ["no", "yes"]


def test_words_in_brackets_after_a_platform_tell_two_questions_apart(read):
    people = read("age,VK (use),VK (trust 1-5),Insta (use),Insta (trust 1-5)\n16,yes,2,no,5\n17,no,4,yes,3\n")
    assert uses(people, "vk", "instagram") == [[1, 0], [0, 1]]


def test_who_says_no_to_all_networks_uses_none_of_them(read):
    people = read('Age,Do you use social media?,Which networks?\n16,Yes,VK\n17,no,\n18,yes,"VK, Insta"\n19,yes,\n')
    assert people.table["vk"].fillna(9).tolist() == [1, 0, 1, 9]
    assert "Who says no to 'Do you use social media?' and names no platform uses none." in people.notes


def test_an_example_is_quoted_only_when_five_people_gave_it(read):
    rows = "".join(f"{20 + i},{'VK' if i else 'Insta; my secret'},Insta\n" for i in range(6))
    with pytest.raises(TableError) as caught:
        read("Age,Networks I use at home,Networks I use at school\n" + rows)
    assert "(VK)" in str(caught.value) and "(Insta)" in str(caught.value) and "secret" not in str(caught.value)


def test_examples_are_whole_options_and_none_looks_like_another(read):
    long = "Instagram, TikTok (short, funny videos), YouTube"
    rows = "".join(f'{20 + i},"{long}","{long[11:]}, Facebook{", VK" * (i % 2)}"\n' for i in range(12))
    with pytest.raises(
        TableError, match=r"(?s)home', a list in a cell \(Instagram, TikTok \(short, funny videos\)\)"
    ) as caught:
        read("Age,Networks I use at home,Networks I use at school\n" + rows)
    assert "(short," not in str(caught.value).replace("(short, funny videos)", "")


def test_rare_unknown_answers_are_reported_and_do_not_become_columns(read):
    people = read("Age,Networks\n" + "".join(f'{18 + i},"Instagram, my own site number {i}"\n' for i in range(50)))
    assert people.platforms == ["instagram"] and len(people.rejects) == 50


@pytest.mark.parametrize(
    "header",
    ["At what age did you join social media?", "¿A qué edad abriste tu cuenta?", "Average age of your friends"],
)
def test_an_age_at_which_something_happened_is_not_the_age_of_the_person(read, header):
    text = f"{header},Which networks do you use?\n12,VK\n13,Instagram\n11,VK\n"
    assert "age" not in read(text).table
    own = "Age," + text.replace("\n1", "\n20,1")
    assert read(own).table["age"].tolist() == [20, 20, 20]


@pytest.mark.parametrize(
    "header", ["Quantos anos você tem?", "¿Cuántos años tenés?", "Kaç yaşındasınız?", "Yas", "Eta"]
)
def test_more_ways_to_ask_for_the_age(read, header):
    assert read(f"{header},Networks\n20,VK\n31,X\n").table["age"].tolist() == [20, 31]


def test_a_messenger_is_asked_for_and_not_the_one_of_that_name(read):
    people = read("Age,Which messenger do you use?\n20,Signal\n21,WhatsApp\n22,Telegram\n23,WhatsApp\n")
    assert uses(people, "whatsapp") == [[0], [1], [0], [1]] and "messenger" not in people.platforms


def test_names_in_letters_that_are_not_ours_are_no_answer_and_a_denial_without_a_noun_is_none(read):
    people = read('Age,Networks\n20,Instagram\n21,इंस्टाग्राम\n22,इंस्टाग्राम\n23,VK\n24,"I do not use it"\n25,VK\n')
    assert people.platforms == ["instagram", "vk"] and people.table.loc[[3, 4], "vk"].isna().all()
    assert people.table.loc[6, "vk"] == 0 and people.rejects["row"].tolist() == [3, 4]


def test_a_class_is_no_person_and_a_user_with_an_id_is_one(read):
    rows = "".join(f"{i % 6},{13 + i % 6},{i % 2},{i % 3 % 2}\n" for i in range(24))
    assert len(read(f"class_id,age,Facebook,Instagram\n{rows}")) == 24
    assert len(read("user_id,app\n11,VK\n15,X\n19,VK\n33,TikTok\n")) == 4


def test_times_in_a_span_are_no_use_and_not_knowing_is_no_never(read):
    text = "Age,Hours on VK,Hours on X\n20,0 times in 7 days,3\n21,2 times in 7 days,0\n"
    people = read(text + "22,ich habe keine Ahnung,1\n23,1,1\n24,2,1\n")
    assert uses(people, "vk")[:2] == [[0], [1]] and people.rejects["row"].tolist() == [4]
    little = read('Age,Networks\n20,VK\n21,"I don\'t use it much"\n22,X\n23,VK\n')
    assert little.rejects["row"].tolist() == [3] and "none" not in str(little.notes)


def test_what_people_use_most_of_something_else_does_not_decide(read):
    with pytest.raises(Undecided, match="which question says what people use"):
        read("Age,Which main social networks do you use?,Which messengers do you use?\n20,VK,Signal\n21,X,Telegram\n")


def test_platforms_named_by_hand_may_have_several_columns_and_a_teacher_is_no_person(read):
    named = {"a": "Facebook", "b": "Facebook", "c": "VK", "d": "VK"}
    people = read("Age,a,b,c,d\n20,yes,no,no,no\n21,no,no,yes,no\n", platforms=named)
    assert uses(people, "facebook", "vk") == [[1, 0], [0, 1]]
    rows = "".join(f"{i % 4},13,{'VK' if i % 3 else 'X'}\n" for i in range(24))
    assert len(read(f"teacher_id,Age,Which social media do you use?\n{rows}")) == 24


def test_numbers_of_rows_may_end_in_words_and_a_scale_that_begins_at_zero_offers_it_once(read):
    places = [*range(1, 450), "x", "²"]
    rows = "".join(f"{place},{20 + i % 40},VK\n" for i, place in enumerate(places))
    assert len(read(f"row,Age,Networks\n{rows}")) == 451
    grid = "Age,Apps [VK],Apps [X]\n" + "".join(f"2{i},{i % 6},{(i + 1) % 6}\n" for i in range(9))
    with pytest.raises(Undecided) as asked:
        read(grid, platforms="Apps")
    assert [value for _said, value in asked.value.choices].count("except 0") == 1


def test_minutes_behind_no_hours_are_use_and_a_refusal_is_no_no(read):
    people = read("Age,Hours on TikTok,Hours on VK\n18,0h 10m,0h 0m\n19,0 hours 30 minutes,2h\n20,I don't use it,1h\n")
    assert uses(people, "tiktok", "vk") == [[1, 0], [1, 1], [0, 1]]
    grid = "Age,How often do you use? [VK],How often do you use? [X]\n"
    people = read(f"{grid}18,daily,Prefer not to say\n19,weekly,daily\n20,rarely,\n")
    assert np.isnan(people.table.loc[2, "twitter"]) and people.table.loc[4, "twitter"] == 0
    assert people.rejects["value"].tolist() == ["Prefer not to say"]


def test_numbers_without_a_zero_and_without_a_unit_are_asked(read):
    text = "age,facebook,vk\n" + "".join(f"{20 + i},{10 * i + 1},{95 - 7 * i}\n" for i in range(8))
    with pytest.raises(Undecided, match="every number means use: yes='except 0'"):
        read(text)
    assert uses(read(text, yes="except 0"), "facebook", "vk") == [[1, 1]] * 8
    assert uses(read(text, yes="except 1"), "facebook")[:2] == [[0], [1]]


def test_one_battery_in_other_words_is_asked_and_can_be_taken_whole(read):
    text = "Age,Do you use Facebook?,Do you watch TikTok?,Do you check VK?\n20,Yes,No,No\n21,No,Yes,No\n22,No,No,Yes\n"
    with pytest.raises(Undecided, match="do they belong together") as asked:
        read(text)
    assert sorted(read(text, platforms=asked.value.choices[1][1]).platforms) == ["facebook", "tiktok", "vk"]


def test_days_and_waves_are_no_people_and_no_columns_of_one_question(read):
    shares = "Month,Facebook,VK\n" + "".join(f"2024-{m:02d},{50 + m}.5,{m % 3}\n" for m in range(1, 9))
    with pytest.raises(Undecided, match="is a row a person, no day and no month"):
        read(shares)
    with pytest.raises(TableError, match="not every platform is asked for several times"):
        read("age,facebook_2019,vk_2019,facebook_2023,vk_2023\n20,1,0,0,1\n21,0,1,1,0\n")


@pytest.mark.parametrize(
    ("header", "platforms"),
    [
        (["Q5a. Do you use Facebook?", "Q5b. Do you use VK?"], ["facebook", "vk"]),
        (["media/sm/facebook", "media/sm/vk"], ["facebook", "vk"]),
    ],
)
def test_letters_that_number_questions_and_groups_are_no_words_of_them(read, header, platforms):
    people = read(f"birthyr,{','.join(header)}\n1990,1,0\n1991,0,1\n1992,1,1\n", year=2024)
    assert people.platforms == platforms and people.table["age"].notna().all()


def test_friends_are_no_use_and_platforms_told_by_name_are_ours(read):
    people = read("Age,How many friends do you have on Facebook?,Networks used\n20,300,VK\n21,20,X\n22,0,VK\n")
    assert "facebook" not in people.platforms
    assert read("Age,a,b\n20,yes,no\n21,no,yes\n", platforms={"a": "Facebook", "b": "Insta"}).platforms == [
        "facebook",
        "instagram",
    ]


def test_eight_and_nine_beside_codes_are_no_answer(read):
    pew = "age,facebook,instagram\n25,1,2\n31,2,1\n44,8,2\n52,1,9\n"
    for yes in (1, "except 2"):
        people = read(pew, yes=yes)
        assert uses(people, "facebook")[:2] == [[1], [0]] and people.rejects["value"].tolist() == ["8", "9"]


def test_a_first_and_a_second_platform_are_one_question_when_both_are_named(read):
    text = "age,pform,pform_2\n28,Facebook,WhatsApp\n24,WhatsApp,Facebook\n29,Twitter,\n32,Facebook,VK\n"
    with pytest.raises(Undecided, match="which question says what people use"):
        read(text)
    people = read(text, platforms=["pform", "pform_2"])
    assert people.several and uses(people, "facebook", "whatsapp", "vk") == [[1, 1, 0], [1, 1, 0], [0, 0, 0], [1, 0, 1]]


def test_two_long_questions_of_one_beginning_and_end_have_words_of_their_own(read):
    ask = "What are your five most-used apps for the week {}? Please write N/A if there is no data for that week."
    one, other = ask.format("of March 15-22"), ask.format("of April 2-9")
    rows = "".join(f'{age},"Facebook, TikTok","VK, Reddit"\n' for age in range(20, 26))
    with pytest.raises(Undecided, match="which question says what people use") as asked:
        read(f"age,{one},{other}\n{rows}")
    read_as = [read(f"age,{one},{other}\n{rows}", platforms=words).platforms for _said, words in asked.value.choices]
    assert sorted(read_as) == [["facebook", "tiktok"], ["vk", "reddit"]]


def test_all_that_people_use_beats_what_they_use_most(read):
    people = read('Age,Which networks do you use?,Which do you use the most?\n20,"VK, X","VK, X"\n21,"VK, X",X\n')
    assert people.platforms == ["twitter", "vk"] and "it asks what people use most" in " ".join(people.notes)


def test_ratings_are_asked_about_and_a_scale_offers_both_its_ends(read):
    grid = "Age,Rate the apps [Facebook],Rate the apps [VK]\n" + "".join(
        f"2{i},{i % 5 + 1},{i % 4 + 1}\n" for i in range(8)
    )
    with pytest.raises(Undecided, match="may ask about something else than use"):
        read(grid)
    with pytest.raises(Undecided, match="'1' means never") as asked:
        read(grid, platforms="Rate apps")
    assert [value for _said, value in asked.value.choices] == ["except 1", "except 5", "except 0"]


def test_numbers_are_neither_free_answers_nor_addresses(read):
    rows = "".join(f"{20 + i},VK,{3.1415926535 + i * 1.1},{900 + 37 * i},{i % 3}\n" for i in range(9))
    people = read(f"Age,Networks,Time spent (hrs),Income,E-mail hours\n{rows}")
    assert {"Time spent (hrs)", "Income", "E-mail hours"} <= set(people.table)
    assert read("Age,VK,weight\n20,yes,.55\n21,no,.4471\n", weight="weight").table["weight"].tolist() == [0.55, 0.4471]


def test_several_rows_of_one_person_are_refused_with_ticks_too(read):
    rows = "".join(f"{who},{20 + who},{day % 2},{who % 2}\n" for who in range(4) for day in range(3))
    with pytest.raises(TableError, match="several rows of one person, by 'random_id'"):
        read(f"random_id,age,Facebook,Instagram\n{rows}")


@pytest.mark.parametrize(
    "question, none",
    [
        ("Which social media do you use?", "I don't use social media"),
        ("Welche sozialen Netzwerke nutzen Sie?", "Ich nutze keine sozialen Netzwerke"),
        ("Какими соцсетями вы пользуетесь?", "Не пользуюсь социальными сетями для поиска работы"),
        ("¿Qué redes sociales usas?", "No uso redes sociales"),
    ],
)
def test_a_sentence_that_denies_all_networks_is_none_of_them(read, question, none):
    people = read(f'{question}\n"Facebook, Instagram"\n{none}\n{none}\nInstagram\n')
    assert people.platforms == ["facebook", "instagram"] and uses(people, "instagram") == [[1], [0], [0], [1]]
    assert not len(people.rejects)


def test_a_word_after_a_platform_is_an_option_and_not_its_tail(read):
    people = read('Which platforms do you use?\n"TikTok, threema"\n"TikTok, threema"\nYouTube\n"VK, google"\n')
    assert uses(people, "threema") == [[1], [1], [0], [0]]
    assert people.rejects["value"].tolist() == ["google"]


def test_a_unit_in_a_question_of_yes_and_no_says_nothing_about_use(read):
    with pytest.raises(Undecided, match="may ask about something else than use"):
        read("¿Descargarías VAI en vez de los grupos de WhatsApp?,Edad\nSí,20\nNo,21\nSí,22\n")


def test_a_date_of_birth_that_is_today_is_no_age(read):
    rows = "\n".join(f"19/03/2023 21:3{i}:14,04/10/200{i},VK" for i in range(6))
    people = read(f"Time,Qual a data do seu nascimento?,Redes\n{rows}\n19/03/2023 21:40:00,01/03/2023,VK\n")
    assert people.table["age"].tolist()[:2] == [23.0, 22.0] and np.isnan(people.table["age"].iloc[-1])
    assert people.rejects[["row", "reason"]].values.tolist() == [[8, "not an age"]]


def test_kilograms_are_no_survey_weight(read):
    people = read("Weight,Height,Age,Instagram\n72,180,20,Yes\n60,165,21,No\n81,190,22,Yes\n")
    assert people.table["Weight"].tolist() == [72, 60, 81] and "survey weight" not in " ".join(people.notes)


def test_columns_can_be_named_by_hand(read):
    text = "a1,p1,p2,g\n18,1,0,1\n19,0,1,2\n"
    people = read(text, age="a1", platforms={"p1": "instagram", "p2": "local_forum"}, weight="g")
    assert list(people.table) == ["age", "instagram", "local_forum", "weight"]
    assert read("x,Netz\n18,VK\n", platforms="Netz", age="x").table["vk"].tolist() == [1]
    with pytest.raises(TableError, match=r"`age`: names a column; found 'Alter'\. The columns: .*'p2'"):
        read(text, age="Alter")
    with pytest.raises(TableError, match=r"`platforms`: names a question or columns; found 'Netz'"):
        read("Age,Net\n18,VK\n", platforms="Netz")


def test_bands_come_with_both_ends_and_their_middle(read):
    people = read("Alter;Netz\n18-29;VK\n30-49;VK\n50+;Insta\n35;VK\nalt;VK\n")
    assert people.table["age"].tolist()[:4] == [23.5, 39.5, 59.5, 39.5]
    assert people.table["age_low"].tolist()[:4] == [18, 30, 50, 30] and reasons(people, 6) == ["not an age"]
    shared = read("Alter;Netz\n15-20;VK\n20-25;VK\n25+;VK\n25+;VK\n31;VK\n")
    assert shared.table["age_high"].tolist()[:2] == [19, 24] and shared.table["age_low"].tolist()[2:] == [25, 25, 25]


def test_the_year_of_birth_meets_the_year_of_the_time_stamps(read):
    rows = "".join(f"2024/03/0{i} 10:0{i}:00,{1990 + i},VK\n" for i in range(1, 7))
    assert read("Timestamp,Jahrgang,Netzwerke\n" + rows).table["age"].tolist() == [33, 32, 31, 30, 29, 28]


def test_platforms_typed_as_other_count_as_platforms(read):
    lime = read(
        "alter;Q[1]. Welche nutzt du? [Insta];Q[2]. Welche nutzt du? [VK];Q[other]. Welche nutzt du? [Sonstiges]\n"
        "16;Ja;Nein;\n17;Nein;Nein;Signal und Telegram\n18;N/A;N/A;\n"
    )
    assert uses(lime, "signal", "telegram")[:2] == [[0, 0], [1, 1]]
    assert lime.table.loc[4, ["signal", "instagram"]].isna().all()
    qualtrics = read(
        "Q1,Q2,Q2_8_TEXT\nAge?,Which do you use? - Selected Choice,Which do you use? - Other - Text\n"
        '"{""ImportId"":""a""}","{""ImportId"":""b""}","{""ImportId"":""c""}"\n'
        '16,"Instagram,Other",Telegram\n17,Instagram,\n18,,VK\n19,,\n'
    )
    assert uses(qualtrics, "instagram", "vk", "telegram")[:3] == [[1, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert qualtrics.table.loc[7, "vk":].isna().all() and "other" not in qualtrics.table
    assert reasons(qualtrics, 4) == ["'other' names no platform"]


# Weights --------------------------------------------------------------------------------------------------------------


def test_a_weight_is_never_used_unasked_and_the_ledger_says_how(read):
    for text, name in ((RUSSIAN, "Вес"), ("Age,Weight,Net\n20,.5,VK\n21,1.5,VK\n", "Weight")):
        people = read(text)
        assert "weight" not in people.table and people.table[name].notna().all() and "weight=" not in people.call
        ledger = people.ledger.set_index("column").loc[name].tolist()
        assert ledger == ["kept", f'looks like a survey weight: weight="{name}" uses it']
        assert any(f'weight="{name}" uses it' in said for said in people.notes)
    given = read(RUSSIAN + "40;VK;-1\n41;VK;\n", weight="Вес")
    assert given.table["weight"].isna().tolist() == [False, False, True, True] and reasons(given, 4) == ["no weight"]
    assert given.ledger.values.tolist()[-1] == ["Вес", "weight", "survey weight"] and "weight='Вес'" in given.call


def test_the_ledger_says_why_in_words(read):
    people = read("Jahrgang,Netzwerke,Name,Ort\n1998,VK;Insta,Jo,Bonn\n2001,VK,Al,Bonn\n", year=2024)
    assert people.ledger.values.tolist() == [
        ["Jahrgang", "age", "year of birth, asked in 2024"],
        ["Netzwerke", "platforms", "a list in a cell"],
        ["Name", "left out", "identifies people"],
        ["Ort", "kept", ""],
    ]


# Files that were made by hand -----------------------------------------------------------------------------------------


def test_a_line_with_too_many_cells_is_a_person_whose_answers_are_reported(read):
    people = read("Age,Net\n18,Insta,VK\n" + "19,Insta\n20,VK\n" * 20)
    assert len(people) == 41 and people.table.loc[2].isna().all()
    assert reasons(people, 2) == ["3 cells where the header has 2: a separator inside an answer needs quotes"]
    with pytest.raises(TableError, match="2 rows with more cells than the header, the first in row 2"):
        read("Age,Net\n18,Insta,VK\n19,VK,Insta\n20,VK\n")


def test_excels_own_hint_of_the_separator_is_followed(read):
    assert read("sep=;\r\nAge;Net\r\n18;Insta\r\n").table["instagram"].tolist() == [1]


def test_rows_that_were_quoted_as_a_whole_are_rows(read):
    people = read('Age;Networks\n"16;VK, Insta"\n17;VK\n"18;Insta, TikTok"\n')
    assert people.table["age"].tolist() == [16, 17, 18] and people.table["instagram"].tolist() == [1, 0, 1]


def test_a_space_before_a_quotation_mark_does_not_break_an_answer(read):
    people = read('Age, Networks, Comment\n16 y/o, "Insta, TikTok", nice,\n45, "Facebook, VK", so\n')
    assert uses(people, "age", "tiktok") == [[16, 1], [45, 0]]
    assert people.table["Comment"].tolist() == ["nice", "so"]


def test_last_rows_of_totals_are_nobody_and_are_named(read):
    people = read("Nr,Alter,Insta,VK\n1,16,x,x\n2,17,x,-\n3,17,,x\nSumme,,2,2\n,Durchschnitt,,\n")
    assert len(people) == 3 and "A last row of totals is left out." in people.notes
    assert reasons(people, 5) == reasons(people, 6) == ["a last row of totals"] and "Nr" not in people.table
    assert len(read("Read?,Age,Net\nmuch,18,VK\naverage,19,VK\naverage,20,VK\n")) == 3
    assert len(read("Возраст;Сети\n16;VK\n17;VK\n18;Insta\nВсего:;3\nСредний возраст;17\n")) == 3
    summed = read("Age,Insta,VK,TikTok\n16,1,0,1\n17,0,1,1\n,0,1,0\n18,1,1,0\n,2,3,2\n")
    assert len(summed) == 4 and uses(summed, "vk") == [[0], [1], [1], [1]]
    assert len(read("Age,Insta,VK\n16,1,0\n17,0,1\n,0,1\n,1,0\n")) == 4


def test_a_table_of_counts_and_several_rows_of_one_person_are_refused(read):
    for counts in (
        "Age,Insta,VK\n13-17,30,20\n18-24,44,19\n25-34,27,31\n",
        "Net,Users\nVK,9\nInsta,8\nTikTok,7\nX,3\n",
    ):
        with pytest.raises(TableError, match="a row is a person; found a table of counts"):
            read(counts)
    names = {"VK": 17, "Insta": 30, "TikTok": 11}
    long = "".join(f"p{i},{20 + i},{name},{'yes' if i % k else 'no'}\n" for i in range(9) for name, k in names.items())
    with pytest.raises(TableError, match="a row is a person; found several rows of one person, by 'who'"):
        read("who,age,platform,uses\n" + long)


def test_a_log_of_posts_and_a_list_of_platforms_are_no_people(read):
    log = "id,platform,keyword\n1,Twitter,a\n2,Facebook,b\n3,TikTok,c\n4,Twitter,d\n"
    with pytest.raises(Undecided, match="is a row a person, no post and no page"):
        read(log)
    assert len(read(log, platforms="platform")) == 4
    with pytest.raises(TableError, match="found a table of counts"):
        read("name,patterns\nFacebook,FACEBOOK\nYoutube,YOUTUBE\nTwitter,TWITTER\nNone,NONE\n")


def test_all_columns_are_listed_by_kind_in_five_hundred_letters(read):
    head = ",".join(["Age", "E-mail", *(f"A rather long question about food number {i}?" for i in range(200))])
    rows = "".join(f"{20 + i},p{i}@example.org{',yes' * 200}\n" for i in range(6))
    with pytest.raises(TableError, match=r"age \(1\): 'Age'.*other \(200\)") as caught:
        read(head + "\n" + rows)
    assert len(str(caught.value)) <= 500 and "example.org" not in str(caught.value)


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
    "truncated workbook": (workbook_bytes()[:3000], "must be a complete .* Excel workbook .*; found a broken file"),
    "broken workbook": (packed("xl/workbook.xml", "<no"), "must be a complete .* Excel workbook"),
    "other archive": (packed("a.txt", "hello"), "found another kind of packed file"),
    "broken spss": (b"$FL2@(#) SPSS DATA FILE" + b"\0" * 300, "must be a complete .* SPSS file"),
    "open quote": (b'Age,Net\n18,"Insta\n19,VK\n20,VK\n', "found one that opens after line 2 and hides"),
    "nothing known": (b"Colour,Food\nred,apple\n", r"none that is recognised.*other \(2\): 'Colour', 'Food'"),
    "garbled utf-8": ("Возраст,Сети\n17,VK\n".encode().decode("cp1252", "replace").encode(), "must be readable text"),
    "no header": (b"17;Instagram\n18;TikTok\n17;VK\n", "the first row holds the questions"),
    "100,000 columns": (b",".join(b"c%d" % i for i in range(100_000)) + b"\n", "at most 2,000 columns; found 100,000"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gets_one_message(read, case):
    content, message = BAD[case]
    with pytest.raises(TableError, match=message) as caught:
        read(content)
    assert len(str(caught.value)) <= 500


def test_a_bomb_is_not_unpacked(read):
    with pytest.raises(TableError, match=r"a file may have 50 MB, unpacked; found 200 MB.*SMM_MAX_MEGABYTES=201"):
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
    missing = (tmp_path / "nix.csv", "found no file of that name")
    for path, message in (missing, (tmp_path, "found a folder"), ("a\0b", "file"), (3, "`path`: must name a file")):
        with pytest.raises(TableError, match=message):
            read_survey(path)
    (tmp_path / "locked.csv").write_text("Age,Net\n18,VK\n")
    monkeypatch.setattr("pathlib.Path.open", lambda self, _mode: (_ for _ in ()).throw(PermissionError(13, "denied")))
    with pytest.raises(TableError, match="found no permission to read it"):
        read_survey(tmp_path / "locked.csv")


def test_a_wrong_encoding_given_by_hand_is_refused(tmp_path):
    path = tmp_path / "german.csv"
    path.write_bytes(GERMAN.encode("cp1252"))
    with pytest.raises(TableError, match=r"`encoding`: must be the encoding of the file; found 'klingon'"):
        read_survey(path, encoding="klingon")
    with pytest.raises(TableError, match=r"found 'utf-8', in which its bytes are no text"):
        read_survey(path, encoding="utf-8")


# For every file -------------------------------------------------------------------------------------------------------

anything = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
person = st.fixed_dictionaries(
    {
        "age": st.one_of(st.none(), st.integers(13, 90), st.sampled_from([17.5, 18.25])),
        "uses": st.one_of(st.none(), st.sets(st.sampled_from(PLATFORMS))),
    }
)
people_lists = st.lists(person, min_size=1, max_size=12).filter(
    lambda people: any(p["uses"] for p in people) and any(p["age"] for p in people)
)


def expected(people):
    frame = pd.DataFrame({"age": [np.nan if p["age"] is None else float(p["age"]) for p in people]})
    for name in PLATFORMS:
        frame[name] = [np.nan if p["uses"] is None else float(name in p["uses"]) for p in people]
    return frame.set_axis(range(2, len(people) + 2))


def same(found, people):
    """Equal where it was said: a platform that nobody chose has no column, an empty row no person."""
    frame = expected(people).dropna(how="all")
    chosen = [name for name in frame if name == "age" or frame[name].eq(1).any()]
    assert_frame_equal(found.table.dropna(how="all").reindex(columns=chosen), frame[chosen], check_dtype=False)


@anything
@given(people_lists, st.sampled_from([{}, {"sep": ";", "decimal": ",", "encoding": "utf-16"}]))
def test_what_pandas_or_libreoffice_writes_comes_back(tmp_path_factory, people, options):
    path = tmp_path_factory.mktemp("w") / "people.csv"
    expected(people).to_csv(path, index=False, quoting=csv.QUOTE_NONNUMERIC, **options)
    same(read_survey(path, age="age"), people)


@anything
@given(st.lists(st.tuples(words, words, words, words), min_size=1, max_size=8), words)
def test_any_text_in_any_cell_is_read_or_refused_with_a_message(tmp_path_factory, rows, header):
    path = tmp_path_factory.mktemp("w") / "any.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Age", "Networks", "Instagram", header), *rows, ("18", "VK", "yes", "last")])
    try:
        people = read_survey(path)
    except TableError as error:
        assert len(str(error)) <= 500
        return
    named = people.rejects.loc[people.rejects["column"].eq(""), "row"]
    assert set(people.table.index) | set(named) == set(range(2, len(rows) + 3))


@anything
@given(people_lists, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_nothing(tmp_path_factory, people, random):
    folder = tmp_path_factory.mktemp("w")
    lists = ["" if p["uses"] is None else ";".join(sorted(p["uses"])) or "none" for p in people]
    frame = pd.DataFrame({"Age": [p["age"] for p in people], "Networks": lists, "nr": range(len(people))})
    frame.to_csv(folder / "a.csv", index=False)
    order = random.sample(range(len(people)), len(people))
    frame.iloc[order][random.sample(list(frame), 3)].to_csv(folder / "b.csv", index=False)
    first, second = (read_survey(folder / f"{name}.csv", age="Age") for name in "ab")
    assert first.platforms == second.platforms and first.several == second.several
    again = first.table.iloc[order].reset_index(drop=True)
    assert_frame_equal(second.table.reset_index(drop=True)[again.columns], again, check_dtype=False)


def test_a_simulated_file_says_so_and_a_file_of_your_own_does_not(read):
    assert read("Age,Net\n18,VK\n", name="simulated_class.csv").about.origin == "simulated"
    assert read("Age,Net\n18,VK\n").about.origin is None
    assert len(read_survey("simulated_class")) == len(read_survey("simulated_class.sav"))
    with pytest.raises(TableError, match=r"neither of that name\. Samples: simulated_class\.sav, "):
        read_survey("simulated_klass")
