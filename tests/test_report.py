import os
import shutil
import signal
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from smm_analysis import SmmError, set_language
from smm_analysis.__main__ import main
from smm_analysis.lessons import (
    Lesson,
    compare_numbers,
    find_notebooks,
    read_numbers,
    run_notebooks,
    solutions_of,
    store_notebooks,
    tidy,
)
from smm_analysis.report import write_report

SOLUTION = "<details><summary>Solution</summary>\n\n```python\n{code}\n```\n\n</details>"
GOOD = [
    new_markdown_cell("# How many?\n\nThis one **counts** people.\n\n## What you will learn\n- to count"),
    new_code_cell(
        "import matplotlib.pyplot as plt\nimport smm_analysis as smm\n\nsmm.use_theme('projector')\nn = 1366"
    ),
    new_code_cell("bars = plt.bar(['young', 'old'], [70.5, 30])\nplt.title('Most are <young>');"),
    new_code_cell(
        "smm.record('people', n, digits=0)\nsmm.record('share', 0.1849, digits=2)\nsource = 'gss_2016_platforms_by_age'"
    ),
    new_markdown_cell("## Exercises\n\n" + SOLUTION.format(code="assert n == 1366\nn = 2")),
]
BROKEN = [new_markdown_cell("# Broken"), new_code_cell("1 / 0"), new_code_cell("'never reached'")]
WRONG_SOLUTION = [
    new_markdown_cell("# Wrong\n\n" + SOLUTION.format(code="assert 1 == 2")),
    new_code_cell("import smm_analysis as smm\nsmm.record('stated before the solutions', 2, digits=0)"),
]


def write_notebook(path, cells):
    nbformat.write(new_notebook(cells=cells), path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    for name, cells in {"01_good": GOOD, "02_broken": BROKEN, "03_wrong": WRONG_SOLUTION}.items():
        write_notebook(folder / f"{name}.ipynb", cells)
    return folder


@pytest.fixture(scope="module")
def lessons(folder):
    """Run once; every test reads."""
    return run_notebooks(find_notebooks(folder), language="de", solutions=True, figures="png svg")


@pytest.fixture
def no_kernels(monkeypatch, lessons):
    """`main` with the notebooks of `lessons`, without running them again."""

    def pretend(paths, **options):
        wanted = {path.stem for path in paths}
        return [lesson for lesson in lessons if lesson.name in wanted]

    monkeypatch.setattr("smm_analysis.lessons.run_notebooks", pretend)


@pytest.fixture
def report(lessons, tmp_path):
    write_report(lessons, tmp_path / "report")
    return tmp_path / "report"


def page(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


# Running


def test_a_failure_is_said_and_does_not_stop_the_others(lessons):
    good, broken, wrong = (lesson.failure for lesson in lessons)
    assert good is None
    assert broken == "ZeroDivisionError: division by zero (in the cell that begins with: 1 / 0)"
    assert wrong.startswith("AssertionError") and "assert 1 == 2" in wrong
    assert lessons[2].numbers == {"stated before the solutions": {"value": 2, "digits": 0}}


def test_an_unreadable_notebook_is_a_failure_too(tmp_path):
    (tmp_path / "04.ipynb").write_text("not a notebook")
    (lesson,) = run_notebooks(find_notebooks(tmp_path), language="en")
    assert "NotJSONError" in lesson.failure and "\n" not in lesson.failure


def test_numbers_are_read_from_the_outputs_in_the_language_of_the_report(lessons):
    good = lessons[0]
    assert good.numbers == {"people": {"value": 1366, "digits": 0}, "share": {"value": 0.1849, "digits": 2}}
    texts = [out["data"]["text/plain"] for cell in good.notebook["cells"] for out in cell.get("outputs", [])]
    assert texts[-2:] == ["people = 1.366", "share = 0,18"]


def test_a_name_stands_for_one_number(tmp_path):
    code = "import smm_analysis as smm\nsmm.record('a', 1, digits=0)\nsmm.record('a', 2, digits=0)"
    write_notebook(tmp_path / "01.ipynb", [new_code_cell(code)])
    (lesson,) = run_notebooks(find_notebooks(tmp_path), language="en")
    assert "one name per number and notebook; found 'a' twice" in lesson.failure


def test_what_is_stored_does_not_change_from_run_to_run():
    def executed(seconds):
        cell = new_code_cell("1", metadata={"execution": {"iopub.execute_input": seconds}, "tags": ["kept"]})
        extra = [new_code_cell("1"), new_code_cell("solved", metadata={"tags": ["solution"]})]
        return new_notebook(cells=[cell, *extra], metadata={"papermill": {"duration": seconds}})

    first, second = tidy(executed("1 s")), tidy(executed("2 s"))
    assert first == second and len(first["cells"]) == 2
    assert first["cells"][0]["id"] != first["cells"][1]["id"]
    nbformat.validate(first)


def test_storing_keeps_a_failed_notebook_and_drops_numbers_without_one(lessons, folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "numbers.json").write_text('{"00_gone": {"x": {"value": 1, "digits": 0}}}')
    store_notebooks(lessons, tmp_path)
    stored = read_numbers(tmp_path)
    assert stored == {"01_good": {"people": {"value": 1366, "digits": 0}, "share": {"value": 0.18, "digits": 2}}}
    assert (tmp_path / "02_broken.ipynb").read_bytes() == (folder / "02_broken.ipynb").read_bytes()
    counts = [cell.execution_count for cell in nbformat.read(tmp_path / "01_good.ipynb", 4).cells if "outputs" in cell]
    assert counts == [1, 2, 3]


def test_only_python_in_details_is_a_solution():
    text = "```python\nno\n```\n" + SOLUTION.format(code="yes\n\nagain") + "\n<details>\n\n```\nno\n```\n\n</details>"
    assert solutions_of(new_notebook(cells=[new_markdown_cell(text)])) == ["yes\n\nagain\n"]


# Checking


def test_half_a_unit_of_the_last_digit_is_no_difference():
    stored = {name: {"value": 0.18, "digits": 2} for name in ("same", "changed", "digits", "missing")}
    now = {"same": 0.1849, "changed": 0.1862, "digits": 0.18, "new": 1.0}
    now = {name: {"value": value, "digits": 3 if name == "digits" else 2} for name, value in now.items()}
    table = compare_numbers({"01": stored}, {"01": now}).set_index("number")
    assert table["same"].to_dict() == {
        "same": "yes",
        "changed": "no",
        "digits": "no",
        "missing": "missing",
        "new": "new",
    }
    assert table.loc["new", ["stored", "now"]].tolist() == ["-", "1.00"]


def test_check_says_what_changed_and_exits_1(no_kernels, folder, tmp_path, capsys):
    command = ["report", "--check", "--only", "01", "--notebooks", str(folder), "--out", str(tmp_path / "report")]
    (folder / "numbers.json").write_text('{"01_good": {"people": {"value": 1366, "digits": 0}}, "02_broken": {}}')
    assert main(command) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["notebook", "number", "stored", "now", "same"]
    assert lines[2].split()[1:] == ["people", "1,366", "1,366", "yes"]
    assert lines[3].split()[1:] == ["share", "-", "0.18", "new"]
    assert lines[4] == "1 of 2 numbers are the same."
    (folder / "numbers.json").write_text((tmp_path / "report" / "numbers.json").read_text())
    assert main(command) == 0


def test_a_report_with_a_failed_notebook_exits_1_and_names_it(no_kernels, folder, tmp_path, capsys):
    assert main(["report", "--notebooks", str(folder), "--out", str(tmp_path / "report")]) == 1
    assert "02_broken failed: ZeroDivisionError" in capsys.readouterr().err
    assert "ZeroDivisionError" in page(tmp_path / "report" / "index.html").get_text()


def test_a_report_of_some_notebooks_does_not_replace_the_whole_one(no_kernels, folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["report", "--notebooks", str(folder)])
    main(["report", "--notebooks", str(folder), "--only", "01"])
    assert (tmp_path / "report" / "02_broken.html").exists()
    assert str(tmp_path / "report-01" / "index.html") in capsys.readouterr().out


# Writing


def test_nothing_is_fetched_from_a_network(report):
    for path in report.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text and "url(" not in text
        soup = page(path)
        assert not soup.find_all(["script", "link", "iframe", "object"])
        assert all((report / tag["src"]).is_file() for tag in soup.find_all(src=True))


def test_a_page_has_a_language_a_title_and_one_first_heading(report):
    for path in report.glob("*.html"):
        soup = page(path)
        assert soup.html["lang"] and soup.title.get_text() and len(soup.find_all("h1")) == 1


def test_every_figure_has_alternative_text_from_the_chart_and_two_files(report):
    (image,) = page(report / "01_good.html").find_all("img")
    assert image["alt"] == "Most are <young>. young 70,50, old 30."
    assert (report / "figures" / "01_good-1.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (report / "figures" / "01_good-1.svg").read_text(encoding="utf-8")


def test_solutions_stay_folded_and_are_not_printed_as_cells(report):
    soup = page(report / "01_good.html")
    assert soup.details.summary.get_text() == "Solution" and "assert" in soup.details.get_text()
    assert soup.get_text().count("assert") == 1


def test_contents_give_abstract_numbers_data_and_versions(report):
    text = page(report / "index.html").get_text(" ")
    for part in ("How many?", "counts people", "1,366", "General Social Survey 2016", "numpy", "Seed"):
        assert part in " ".join(text.split())
    assert read_numbers(report)["01_good"]["share"] == {"value": 0.18, "digits": 2}


def test_contents_speak_the_chosen_language(lessons, tmp_path):
    set_language("de")
    try:
        write_report(lessons, tmp_path / "bericht")
    finally:
        set_language("en")
    index = page(tmp_path / "bericht" / "index.html")
    assert index.html["lang"] == "de" and "1.366" in index.get_text()
    for words in (
        "Wer ist die Zielgruppe",
        "3 Notebooks, ausgeführt am",
        "Der Text der Notebooks ist englisch",
        "Deutsch",
    ):
        assert words in index.get_text()
    assert index.find("span", lang="en", string="people")
    assert page(tmp_path / "bericht" / "01_good.html").nav.get_text().startswith("Inhalt")


def test_a_folder_that_is_no_report_is_never_replaced(lessons, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SmmError, match="`out`: a new folder or an earlier report; found something else"):
        write_report(lessons, tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_an_old_report_is_replaced_and_nothing_is_left_beside_it(report):
    (report / "leftover.html").write_text("old")
    write_report([Lesson("01", new_notebook(), {})], report)
    assert not (report / "leftover.html").exists()
    assert [path.name for path in report.parent.iterdir()] == ["report"]


def killed_at(name, report, monkeypatch):
    """Write a report in a process of its own that is killed when it comes to `name`."""

    def die(*arguments, **options):
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(name, die)
    process = get_context("fork").Process(target=write_report, args=([Lesson("01", new_notebook(), {})], report))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif("fork" not in get_all_start_methods(), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("moment", ["_page", "_contents", "write_numbers", "_move"])
def test_a_kill_leaves_the_old_report_whole(report, monkeypatch, moment):
    before = contents(report)
    killed_at(f"smm_analysis.report.{moment}", report, monkeypatch)
    assert contents(report) == before


def test_a_move_that_fails_brings_the_old_report_back(report, monkeypatch):
    rename = Path.rename

    def disk_full(self, target):
        if self.name == "new":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", disk_full)
    with pytest.raises(OSError, match="disk full"):
        write_report([Lesson("01", new_notebook(), {})], report)
    assert (report / "01_good.html").is_file()
