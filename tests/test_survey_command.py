"""`smm-analysis survey`: one page in process, verdict first, on nobody; one message for what cannot be read."""

import os
import re

import pytest
from bs4 import BeautifulSoup

from smm_analysis.__main__ import main
from smm_analysis.pages.folder import MANIFEST

LINES = "".join(f"{age},{['VK', 'Insta', 'VK;Insta', 'none'][age % 4]}\n" for age in range(14, 74))


@pytest.fixture
def survey(tmp_path):
    """A survey of sixty in a folder with a private name."""
    file = tmp_path / "private_folder" / "class.csv"
    file.parent.mkdir()
    file.write_text("Your age,Networks\n" + LINES)
    return file


def run(file, out, *options):
    code = main(["survey", str(file), "--out", str(out), *options])
    assert code == 0
    return BeautifulSoup((out / "index.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a sample, its text and its folder; made once, without any kernel."""
    out = tmp_path_factory.mktemp("pages") / "survey-report"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smm_analysis.pages.notebooks.run_notebooks", None)
        soup = run("simulated_google_forms", out)
    return soup, " ".join(soup.get_text(" ").split()), out


def test_the_verdict_comes_first_and_the_method_last(page):
    soup, text, _out = page
    order = [
        "audiences",
        "The audiences",
        "What was taken for what",
        "What was left out",
        "How it was done",
        "How to repeat it",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places) and soup.h1 and soup.details.summary
    assert soup.details.find_parent("details") is None and soup.main.find("h1") is soup.main.find(True)


def test_the_name_of_a_long_question_ends_at_a_word(survey, tmp_path):
    question = "Networks that you have used at least once during the last four weeks"
    survey.write_text(f"Your age,{question}\n" + LINES)
    assert "least once during the last…: platforms" in run(survey, tmp_path / "out", "--audiences", "1").get_text()


def test_audiences_have_names_sizes_and_ages(page):
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in page[0].table.tbody.find_all("tr")]
    assert len(rows) > 1
    for name, share, ages in rows:
        assert re.match(r"\d \w", name) and share.endswith("%") and (ages == "–" or re.match(r"\d+–\d+", ages))


def test_it_says_what_it_takes_to_repeat_it(page):
    text = page[1]
    for part in ("read_survey('simulated_google_forms.csv'", "smm-analysis ", "random_state", "Python"):
        assert part in text
    assert not re.search(r"\b[0-9a-f]{64}\b", text), "a fingerprint of all answers is for the terminal only"


def test_every_picture_has_words_and_two_files_and_nothing_is_fetched(page):
    soup, _text, out = page
    images = soup.find_all("img")
    assert len(images) >= 3
    for image in images:
        assert len(image["alt"]) > 40
        assert (out / image["src"]).is_file() and (out / image["src"]).with_suffix(".png").is_file()
    assert not soup.find_all(["script", "link", "iframe", "object"]) and "url(" not in str(soup)
    assert (out / MANIFEST).is_file()


def test_the_page_names_no_folder_and_no_person(survey, tmp_path, capsys):
    survey.write_text(survey.read_text() + "1998,VK;Ourclub\n166,VK\n30,\n")
    soup = run(survey, tmp_path / "report", "--audiences", "2")
    pictures = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "report").rglob("*.svg"))
    for private in ("private_folder", "1998", "166", "ourclub", "Ourclub"):
        assert private not in str(soup) and (private.isdigit() or private not in pictures), private
    assert "ourclub" not in capsys.readouterr().out.casefold()


@pytest.mark.parametrize("language", ["de", "ru", "kk"])
def test_the_whole_page_is_in_the_chosen_language(survey, tmp_path, language, capsys):
    soup = run(survey, tmp_path / "report", "--audiences", "2", "--language", language)
    text = soup.get_text(" ")
    assert soup.html["lang"] == language
    for english in (" people ", " audience", " share ", " the ", " and ", "How "):
        assert english not in text, english


def test_text_from_a_file_is_data(tmp_path, capsys):
    """No markup, no mathematics and no control character of it acts on the page or in the terminal."""
    file = tmp_path / "a$x_{1$<b>.csv"
    file.write_text("Your age,Networks <script>alert(1)</script> $x^{2$ \x1b[31m\n" + LINES)
    soup = run(file, tmp_path / "report")
    assert not soup.find_all(["script", "b"]) and "<b>" in soup.get_text()
    assert "\x1b" not in str(soup) + capsys.readouterr().out


def test_what_was_left_out_names_the_columns_and_a_weight_that_nobody_asked_for(tmp_path, capsys):
    lines = "".join(f"{line},{1 + i % 3},a{i}@b.org\n" for i, line in enumerate(LINES.splitlines()))
    (tmp_path / "w.csv").write_text("Your age,Networks,Weight,E-mail\n" + lines)
    text = run(tmp_path / "w.csv", tmp_path / "report", "--audiences", "2").get_text(" ")
    left = text[text.index("What was left out") : text.index("How it was done")]
    assert "'Weight' looks like a survey weight" in left and "identify people: E-mail" in left and "@" not in text


def test_one_platform_per_person_shows_no_audiences(tmp_path, capsys):
    lines = "".join(f"{age},{['VK', 'Instagram', 'TikTok'][age % 3]}\n" for age in range(14, 74))
    (tmp_path / "one.csv").write_text("Your age,Which network do you use most?\n" + lines)
    text = run(tmp_path / "one.csv", tmp_path / "report").get_text(" ")
    assert "The audiences" not in text and "cannot be seen" in text


def test_help_names_the_samples_and_explains_the_columns(capsys):
    with pytest.raises(SystemExit):
        main(["survey", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "simulated_class" in said and "age in years, or in bands" in said and "read_survey" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.csv"], "`nothing.csv`: must be a file; found no file of that name"),
        (["{file}", "--age", "Alter"], "`age`"),
        (["{file}", "--audiences", "0"], "a whole number from 1"),
        (["{few}"], "`platforms`: at least one has 5 users"),
        (["{file}", "--out", "{folder}"], "`out`: a folder in which nothing lies that is read"),
        (["{folder}"], "must be a file"),
    ],
)
def test_bad_input_gets_one_message_and_exit_2(survey, tmp_path, capsys, arguments, message):
    (tmp_path / "few.csv").write_text("Age,Networks\n18,VK\n19,Insta\n")
    places = {"file": survey, "few": tmp_path / "few.csv", "folder": survey.parent}
    arguments = [argument.format(**places) for argument in arguments]
    if "--out" not in arguments:
        arguments += ["--out", str(tmp_path / "report")]
    assert main(["survey", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and len(error) <= 520 and "Traceback" not in error
    assert not (tmp_path / "report").exists() and survey.exists()


def test_a_survey_inside_its_own_report_is_not_deleted(tmp_path, capsys):
    folder = tmp_path / "survey-report"
    folder.mkdir()
    (folder / "class.csv").write_text("Your age,Networks\n" + LINES)
    assert main(["survey", str(folder / "class.csv"), "--out", str(folder)]) == 2
    assert (folder / "class.csv").exists() and os.listdir(tmp_path) == ["survey-report"]


def test_where_it_is_in_doubt_it_offers_the_words_to_type(tmp_path, capsys):
    answers = ["VK", "VK;Insta", "Insta"]
    lines = "".join(f"{age},{answers[age % 3]},{answers[(age + 1) % 3]}\n" for age in range(14, 74))
    questions = [f"Which networks do you use at {place}?" for place in ("home", "school")]
    (tmp_path / "two.csv").write_text(f"Age,{','.join(questions)}\n{lines}")
    assert main(["survey", str(tmp_path / "two.csv"), "--out", str(tmp_path / "report")]) == 2
    said = capsys.readouterr().err
    assert f"--platforms '{questions[0]}'" in said
    run(tmp_path / "two.csv", tmp_path / "report", "--platforms", questions[0])
