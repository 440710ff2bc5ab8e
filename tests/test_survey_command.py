"""`smm-analysis survey`: a report on a survey of one's own, and one line for what cannot be read."""

import re

import pytest

from smm_analysis.__main__ import main

LINES = "".join(f"{age},{['VK', 'Insta', 'VK;Insta', 'none'][age % 4]}\n" for age in range(14, 74))


def test_a_survey_becomes_a_report_without_lesson_and_path(tmp_path, capsys):
    file = tmp_path / "private_folder" / "class.csv"
    file.parent.mkdir()
    file.write_text("Your age,Networks\n" + LINES + "1998,VK\n")
    assert main(["survey", str(file), "--audiences", "2", "--out", str(tmp_path / "report")]) == 0
    said = capsys.readouterr().out
    assert "61 people from class.csv" in said and "looks like a year of birth" in said
    page = (tmp_path / "report" / "10_your_own_survey.html").read_text(encoding="utf-8")
    assert "61 people from class.csv" in page and "your data" in page and "fewer than 5 people" in page
    assert "private_folder" not in page and "What you will learn" not in page and "Exercises" not in page
    assert re.search(r"audiences = 2", page) and "read_survey(" not in page and 'class="input' not in page


def test_the_report_counts_nobody_below_five_and_the_terminal_says_whose_eyes_it_is_for(tmp_path, capsys):
    (tmp_path / "class.csv").write_text("Your age,Networks\n" + LINES + "1998,VK;tick tock;Ourclub\n166,VK\n30,\n")
    assert main(["survey", str(tmp_path / "class.csv"), "--out", str(tmp_path / "report")]) == 0
    said = capsys.readouterr().out
    assert said.index("for your eyes, not in the report") < said.index("1998") and "ourclub" in said
    assert "'tick tock' (TikTok?)" in said
    page = (tmp_path / "report" / "10_your_own_survey.html").read_text(encoding="utf-8")
    assert "No share and no group of fewer than five people is shown" in page
    assert "platforms: fewer than 5 people" in page and "1 person" not in page and "ourclub" not in page
    assert "1998" not in page and "rejects" not in page
    assert "Who uses which platform" not in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")


def test_one_column_of_lists_is_no_platform_and_nothing_rejected_is_not_printed(tmp_path, capsys):
    (tmp_path / "class.csv").write_text("Age,Which?\n" + LINES)
    options = ["--platforms", "Which?", "--audiences", "1", "--out", str(tmp_path / "report")]
    assert main(["survey", str(tmp_path / "class.csv"), *options]) == 0
    said = capsys.readouterr()
    assert "Platforms (2): instagram, vk." in said.out and "Empty" not in said.out and "your eyes" not in said.out
    assert said.err == "Running 10_your_own_survey\n"


def test_help_names_the_samples_and_explains_the_columns(capsys):
    with pytest.raises(SystemExit):
        main(["survey", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "simulated_class" in said and "age in years, or bands" in said and "read_survey" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.csv"], "`nothing.csv`: must be a file; found no file of that name"),
        (["{file}", "--age", "Alter"], "`age`: names a column of the file; found 'Alter'"),
        (["{file}", "--audiences", "0"], "`n_audiences`"),
        (["{few}"], "`platforms`: at least one has 5 users"),
        (["{file}", "--out", "{folder}"], "`out`: a new folder or an earlier report"),
    ],
)
def test_bad_input_gets_one_line_and_exit_2(tmp_path, capsys, arguments, message):
    (tmp_path / "class.csv").write_text("Age,Networks\n" + LINES)
    (tmp_path / "few.csv").write_text("Age,Networks\n18,VK\n19,Insta\n")
    places = {"file": tmp_path / "class.csv", "few": tmp_path / "few.csv", "folder": tmp_path}
    arguments = [argument.format(**places) for argument in arguments]
    if "--out" not in arguments:
        arguments += ["--out", str(tmp_path / "report")]
    assert main(["survey", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and message in error
    assert not (tmp_path / "report").exists()
