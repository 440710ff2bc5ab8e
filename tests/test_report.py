"""Pages: never over anything else, whole or not at all; notebooks run, stored and compared; the report."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

import nbformat
import psutil
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import smm_analysis
from smm_analysis import TableError, set_language
from smm_analysis.__main__ import main
from smm_analysis.pages import folder as folders
from smm_analysis.pages import notebooks
from smm_analysis.pages.folder import MANIFEST, page_folder
from smm_analysis.pages.notebooks import (
    Lesson,
    differences,
    find_notebooks,
    run_notebooks,
    solutions_of,
    tidy,
)
from smm_analysis.pages.report import write_report
from tools.store import store_notebooks

# A folder of pages


def write(out, *inputs, text="new"):
    with page_folder(out, *inputs) as new:
        (new / "figures").mkdir()
        (new / "index.html").write_text(text)
        (new / "figures" / "a.png").write_bytes(b"picture")


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path):
    write(tmp_path / "report", text="old")
    return tmp_path / "report"


def test_pages_of_ours_are_replaced_and_nothing_is_left_beside_them(out):
    write(out)
    assert (out / "index.html").read_text() == "new"
    assert os.listdir(out.parent) == ["report"]
    assert set(json.loads((out / MANIFEST).read_text())["files"]) == {"index.html", "figures/a.png"}


@pytest.mark.parametrize(
    "foreign",
    ["thesis.docx", "figures/thesis.docx", "a/b/thesis.docx", "index.html", ".hidden", "smm-analysis.json"],
)
def test_what_it_did_not_write_is_never_deleted(out, foreign):
    """Whatever its name; also a page of ours that somebody has changed since, and a manifest that is none."""
    (out / foreign).parent.mkdir(parents=True, exist_ok=True)
    (out / foreign).write_text("years of work")
    before = contents(out)
    with pytest.raises(TableError, match="`out`: a new folder or an earlier report"):
        write(out)
    assert contents(out) == before and os.listdir(out.parent) == ["report"]


def test_a_page_without_pictures_is_ours_too(tmp_path):
    for _turn in range(2):
        with page_folder(tmp_path / "report") as new:
            (new / "figures" / "none").mkdir(parents=True)
            (new / "index.html").write_text("new")


def test_a_page_with_our_sign_beside_foreign_files_is_no_report(tmp_path):
    (tmp_path / "index.html").write_text('<meta name="generator" content="smm-analysis">')
    with pytest.raises(TableError, match="what it did not write"):
        write(tmp_path)
    assert (tmp_path / "index.html").exists()


def test_links_and_empty_folders_are_somebodys_too(out, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "text").write_text("years of work")
    (out / "link").symlink_to(tmp_path / "thesis")
    with pytest.raises(TableError, match="link"):
        write(out)
    (out / "link").unlink()
    (out / "empty").mkdir()
    with pytest.raises(TableError, match="empty/"):
        write(out)
    assert (tmp_path / "thesis" / "text").exists()


def test_a_forged_manifest_deletes_nothing_elsewhere(out):
    thesis = out.parent / "thesis"
    thesis.write_text("years of work")
    said = json.loads((out / MANIFEST).read_text())
    said["files"]["../thesis"] = folders.checksum(thesis)
    (out / MANIFEST).write_text(json.dumps(said))
    write(out)
    assert thesis.read_text() == "years of work"


def test_the_file_manager_s_own_files_are_carried_over(out):
    (out / ".DS_Store").write_text("icons")
    write(out)
    assert (out / ".DS_Store").read_text() == "icons" and (out / "index.html").read_text() == "new"


@pytest.mark.parametrize("inside", ["class.csv", "data/class.csv"])
def test_an_input_inside_the_output_is_refused(tmp_path, inside):
    file = tmp_path / "survey-report" / inside
    file.parent.mkdir(parents=True)
    file.write_text("age,platforms\n")
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    for source in (file, link, file.parent):
        with pytest.raises(TableError, match="in which nothing lies that is read"):
            write(tmp_path / "survey-report", source)
    assert file.exists()


def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in (tmp_path / "file", tmp_path / "file" / "report", tmp_path / "loop", Path("/proc/report")):
        with pytest.raises(TableError, match="`out`"), page_folder(place):
            raise AssertionError("work has begun")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(TableError, match="no leave to write"), page_folder(tmp_path / "report"):
        raise AssertionError("work has begun")


def test_a_file_that_appears_during_the_work_is_not_lost(out):
    with pytest.raises(TableError), page_folder(out) as new:
        (new / "index.html").write_text("new")
        (out / "thesis.docx").write_text("years of work")
    assert (out / "thesis.docx").exists() and (out / "index.html").read_text() == "old"


def test_work_that_fails_leaves_the_old_pages_and_nothing_else(out):
    with pytest.raises(KeyboardInterrupt), page_folder(out) as new:
        (new / "index.html").write_text("half")
        raise KeyboardInterrupt
    assert (out / "index.html").read_text() == "old" and os.listdir(out.parent) == ["report"]


def killed_at(name, out, monkeypatch):
    """Write pages in a process of its own that is killed when it comes to `name`."""

    def die(*arguments, **options):
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(name, die)
    process = get_context("fork").Process(target=write, args=(out,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.skipif("fork" not in get_all_start_methods(), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("moment", ["_write_manifest", "_move", "_remove"])
def test_after_a_kill_old_or_new_pages_are_whole_and_the_next_run_cleans_up(out, monkeypatch, moment):
    before = contents(out)
    with monkeypatch.context() as patch:
        killed_at(f"smm_analysis.pages.folder.{moment}", out, patch)
    assert contents(out) == before or (moment == "_remove" and (out / "index.html").read_text() == "new")
    assert len(os.listdir(out.parent)) == 2
    write(out, text="newest")
    assert (out / "index.html").read_text() == "newest" and os.listdir(out.parent) == ["report"]


def test_a_kill_between_the_two_renames_is_mended_by_the_next_run(out):
    part = out.with_name("report.part-abc")
    part.mkdir()
    owner = {"out": str(out), "host": folders.node(), "process": 2**22 + 1}
    (part / folders.OWNER).write_text(json.dumps(owner))
    out.rename(part / "old")
    with pytest.raises(KeyboardInterrupt), page_folder(out):
        assert (out / "index.html").read_text() == "old"
        raise KeyboardInterrupt
    assert os.listdir(out.parent) == ["report"]


def test_what_only_looks_like_a_part_of_ours_stays(out):
    mine, running = out.with_name("report.part-2"), out.with_name("report.part-xyz")
    for folder in (mine, running):
        (folder / "new").mkdir(parents=True)
        (folder / "new" / "chapter").write_text("years of work")
    owner = {"out": str(out), "host": folders.node(), "process": os.getpid()}
    (running / folders.OWNER).write_text(json.dumps(owner))
    write(out)
    assert (mine / "new" / "chapter").exists() and (running / "new" / "chapter").exists()


def test_a_move_that_fails_brings_the_old_pages_back(out, monkeypatch):
    rename = Path.rename

    def disk_full(self, target):
        if self.name == "new":
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", disk_full)
    with pytest.raises(OSError, match="disk full"):
        write(out)
    assert (out / "index.html").read_text() == "old"


# Notebooks

SOLUTION = "<details><summary>Solution</summary>\n\n```python\n{code}\n```\n\n</details>"
GOOD = [
    new_markdown_cell("# How many?\n\nThis one **counts** people.\n\n## What you will learn\n- to count"),
    new_code_cell(
        "import matplotlib.pyplot as plt\nimport smm_analysis as smm\n\nsmm.set_theme('projector')\nn = 1366"
    ),
    new_code_cell("bars = plt.bar(['young', 'old'], [70.5, 30])\nplt.title('Most are <young>');"),
    new_code_cell("print(f'{n:,} people, share {0.1849:.2f}')\nsource = 'gss_2016_platforms_by_age'"),
    new_markdown_cell("## Exercises\n\n" + SOLUTION.format(code="assert n == 1366\nn = 2")),
]
HOUSE = [
    new_code_cell(
        "import smm_analysis as smm\n\nsmm.set_theme()\npeople = smm.load_published('gss_2016_platforms_by_age')"
    ),
    new_code_cell("use = smm.platform_use_by_age(people)\nuse.plot();"),
    new_code_cell("smm.co_use(people).plot();", metadata={"tags": ["finding"]}),
]
BROKEN = [new_markdown_cell("# Broken"), new_code_cell("1 / 0"), new_code_cell("'never reached'")]
WRONG_SOLUTION = [new_markdown_cell("# Wrong\n\n" + SOLUTION.format(code="assert 1 == 2")), new_code_cell("3")]
HANGS = [new_markdown_cell("# Hangs"), new_code_cell("while True: pass")]
DIES = [new_markdown_cell("# Dies"), new_code_cell("import os; os._exit(1)")]
BOOKS = {
    "00_house": HOUSE,
    "01_good": GOOD,
    "02_broken": BROKEN,
    "03_wrong": WRONG_SOLUTION,
    "04_hangs": HANGS,
    "05_dies": DIES,
}


def write_notebook(path, cells):
    nbformat.write(new_notebook(cells=cells), path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    for name, cells in BOOKS.items():
        write_notebook(folder / f"{name}.ipynb", cells)
    (folder / "06_none.ipynb").write_text("not a notebook")
    return folder


@pytest.fixture(scope="module")
def lessons(folder):
    """Run once; every test reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "Agg")  # as servers set it: it must not cost the pictures
        return run_notebooks(find_notebooks(folder), language="de", solutions=True, figures="svg png", limit=20)


@pytest.fixture
def no_kernels(monkeypatch, lessons):
    """`main` with the notebooks of `lessons`, without running them again."""

    def pretend(paths, **options):
        wanted = {path.stem for path in paths}
        return [lesson for lesson in lessons if lesson.name in wanted]

    monkeypatch.setattr(notebooks, "run_notebooks", pretend)


@pytest.fixture
def report(lessons, tmp_path):
    with page_folder(tmp_path / "report") as new:
        write_report(lessons, new)
    return tmp_path / "report"


def page(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_a_failure_is_said_and_does_not_stop_the_others(lessons):
    house, good, broken, wrong, hangs, dies, none = (lesson.failure for lesson in lessons)
    assert house is good is None
    assert broken == "ZeroDivisionError: division by zero (in the cell that begins with: 1 / 0)"
    assert wrong == "AssertionError: (in the cell that begins with: assert 1 == 2)"
    assert hangs == "stopped after 20 seconds (in the cell that begins with: while True: pass)"
    assert dies.startswith("DeadKernelError") and "os._exit" in dies
    assert none.startswith("NotJSONError") and "\n" not in none


def test_only_names_notebooks(folder):
    assert [path.stem for path in find_notebooks(folder, ["01", "03"])] == ["01_good", "03_wrong"]
    for only in ([""], [" "], ["99"], ["01", "99"]):
        with pytest.raises(TableError, match="`notebooks`"):
            find_notebooks(folder, only)


def test_a_translated_lesson_is_taken_where_the_language_has_one(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "de").mkdir()
    write_notebook(tmp_path / "de" / "01_good.ipynb", GOOD[:1])
    set_language("de")
    try:
        paths = find_notebooks(tmp_path, ["01", "02"])
        (lesson,) = run_notebooks(paths[:1], language="de")
    finally:
        set_language("en")
    assert [path.parent.name for path in paths] == ["de", tmp_path.name] and lesson.lang == "de"
    assert find_notebooks(tmp_path, ["01"]) == [tmp_path / "01_good.ipynb"]


def test_what_is_stored_does_not_change_from_run_to_run():
    def executed(seconds):
        cell = new_code_cell("1", metadata={"execution": {"iopub.execute_input": seconds}, "tags": ["kept"]})
        cell.outputs = [new_output("display_data", {"text/plain": ""}), new_output("stream", text="1")]
        extra = [new_code_cell("1"), new_code_cell("solved", metadata={"tags": ["solution"]})]
        return new_notebook(cells=[cell, *extra], metadata={"language_info": {"name": "python", "version": seconds}})

    first, second = tidy(executed("1 s")), tidy(executed("2 s"))
    assert first == second and len(first["cells"]) == 2
    assert [output.output_type for output in first["cells"][0]["outputs"]] == ["stream"], "an emptied progress display"
    assert first["cells"][0]["id"] != first["cells"][1]["id"]
    nbformat.validate(first)


def test_storing_keeps_a_failed_notebook_as_it_was(lessons, folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    store_notebooks(lessons, tmp_path)
    assert (tmp_path / "02_broken.ipynb").read_bytes() == (folder / "02_broken.ipynb").read_bytes()
    stored = nbformat.read(tmp_path / "01_good.ipynb", 4)
    assert [cell.execution_count for cell in stored.cells if "outputs" in cell] == [1, 2, 3]
    assert not differences(stored, lessons[1].notebook) and len(os.listdir(tmp_path)) == len(os.listdir(folder))


def test_only_python_in_details_is_a_solution():
    text = "```python\nno\n```\n" + SOLUTION.format(code="yes\n\nagain") + "\n<details>\n\n```\nno\n```\n\n</details>"
    assert solutions_of(new_notebook(cells=[new_markdown_cell(text)])) == ["yes\n\nagain\n"]


def book(*texts, kind="text/plain"):
    outputs = [[new_output("display_data", {kind: text, "image/png": "AAAA"})] for text in texts]
    return new_notebook(cells=[new_code_cell("x", outputs=output) for output in outputs])


@pytest.mark.parametrize(
    ("stored", "now", "same"),
    [
        ("share 0.18", "share 0.19", True),
        ("share 0.18", "share 0.20", False),
        ("share 0.18", "share 0.185", True),
        ("n = 1,366", "n = 1,367", True),
        ("n = 1,366", "n = 1,368", False),
        ("3 audiences", "4 audiences", False),
        ("4% of 100", "5% of 100", True),
        ("-2.1e-05", "-2.2e-05", True),
        ("-2.1e-05", "-2.3e-05", False),
        ("  a   1.0\n", "a 1.0", True),
        ("young 0.18", "old 0.18", False),
        ("0.18 0.20", "0.18", False),
        ("nan 0.18", "0.10 0.18", False),
        ("in 2016-03", "in 2016-03", True),
    ],
)
def test_words_must_be_equal_and_numbers_to_one_unit_of_the_last_digit(stored, now, same):
    assert (differences(book(stored), book(now)) == []) == same
    assert (differences(book(stored, kind="text/html"), book(now, kind="text/html")) == []) == same


def test_a_difference_names_the_cell_and_the_words_around_it():
    found = differences(book("a", "one two three 0.18 five"), book("a", "one two three 0.28 five"))
    assert found == [(2, "one two three 0.18 five", "one two three 0.28 five")]
    assert differences(book("a"), book("a", "b")) == [(2, "", "b")]


def test_a_table_s_marks_are_no_words_and_its_random_names_no_difference():
    html = '<style>#T_{x} td {{}}</style><table id="T_{x}"><td>A &amp; B</td><td>{n}</td></table>'
    both = [book(html.format(x=x, n=n), kind="text/html") for x, n in (("a1", 0.50), ("b2", 0.50), ("c3", 0.70))]
    assert differences(both[0], both[1]) == [] and len(differences(both[0], both[2])) == 1


def test_check_says_what_changed_and_exits_1(no_kernels, folder, lessons, tmp_path, capsys):
    shutil.copytree(folder, tmp_path / "books")
    store_notebooks(lessons[1:2], tmp_path / "books")
    command = ["report", "--check", "--only", "01", "--notebooks", str(tmp_path / "books")]
    command += ["--out", str(tmp_path / "report")]
    assert main(command) == 0
    assert "1 notebooks print what is stored." in capsys.readouterr().out
    path = tmp_path / "books" / "01_good.ipynb"
    path.write_text(path.read_text().replace("1,366 people", "1,369 people"))
    assert main(command) == 1
    said = capsys.readouterr().out
    assert "01_good, code cell 3" in said and "stored: 1,369 people" in said and "now:    1,366 people" in said


def test_what_is_stored_is_english(capsys):
    assert main(["report", "--check", "--language", "de"]) == 2
    assert "`language`" in capsys.readouterr().err


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


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
@pytest.mark.parametrize("running", [True, False])
def test_ctrl_c_ends_the_kernels(folder, tmp_path, running):
    """Also while they start."""
    command = [sys.executable, "-X", "faulthandler", "-m", "smm_analysis", "report", "--only", "04"]
    command += ["--notebooks", str(folder)]
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # a script's "&" makes it deaf
    run = subprocess.Popen([*command, "--out", str(tmp_path / "report")], stderr=subprocess.PIPE, text=True, **heard)
    try:
        process = psutil.Process(run.pid)
        while not process.children():
            time.sleep(0.05)
        (kernel,) = process.children()
        time.sleep(4 if running else 0)
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=90)[1]  # a kernel that is killed as it starts may be noticed only after 60 s
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGABRT)
        pytest.fail(f"hangs in: {run.communicate()[1]}")
    finally:
        run.kill()
    assert run.returncode == 130 and "Traceback" not in said and os.listdir(tmp_path) == []
    assert not kernel.is_running()


# The report


def test_nothing_is_fetched_from_a_network(report):
    for path in report.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text and not re.search(r"url\((?!['\"]?data:)", text)
        soup = page(path)
        assert not soup.find_all(["link", "iframe", "object"]) and not soup.find_all("script", src=True)
        assert all((report / tag["src"]).is_file() for tag in soup.find_all(src=True))


def test_a_page_has_a_language_a_title_and_one_first_heading(report):
    for path in report.glob("*.html"):
        soup = page(path)
        assert soup.html["lang"] and soup.title.get_text() and len(soup.find_all("h1")) == 1


def test_every_figure_has_alternative_text_from_the_chart_and_its_files(report):
    (image,) = page(report / "01_good.html").find_all("img")
    assert image["alt"].startswith("Most are <young>.")
    assert "<svg" in (report / image["src"]).read_text() and (report / image["src"]).with_suffix(".png").is_file()


def test_our_charts_have_a_form_for_a_phone_a_reader_s_own_scroll_in_their_box(report):
    house, good = page(report / "00_house.html"), page(report / "01_good.html")
    sources = [source["srcset"] for source in house.find_all("source")]
    assert len(sources) == len(house.find_all("img")) == 2 and not good.find_all("source")
    for name in sources:
        width, height = re.search(r'viewBox="0 0 (\S+) (\S+)"', (report / name).read_text()).groups()
        assert float(width) < float(height)
    assert "own" in good.figure["class"]


def test_pictures_are_the_same_in_every_run(lessons):
    (drawn,) = lessons[1].notebook.cells[2].outputs
    assert "<dc:date>" not in drawn.data["image/svg+xml"]


def test_a_card_says_what_the_tagged_chart_found_in_the_language_chosen(report):
    cards = page(report / "index.html").find(class_="cards").find_all("section")
    house, good = (card.get_text(" ") for card in cards[:2])
    assert "nutzen auch Instagram" in house and "Most are <young>" in good
    assert "00_house_2.png" in str(cards[0]) and "02_broken.html" in str(cards[2])


def test_the_first_screen_asks_and_answers_with_the_titles_of_charts(lessons, tmp_path):
    answers = {"age_curve": "The young lead", "best_promise": "28 days pay best", "claims": "13 stay open"}
    about = [{"title": title, "kind": kind, "phone": "<svg/>"} for kind, title in answers.items()]
    outputs = [new_output("display_data", {"image/svg+xml": "<svg/>"}, metadata={"image/svg+xml": it}) for it in about]
    cells = [new_code_cell("x.plot()", outputs=[output]) for output in outputs]
    write_report([Lesson("01", new_notebook(cells=cells))], tmp_path)
    first = page(tmp_path / "index.html").find(class_="first")
    text = " ".join(first.get_text(" ").split())
    for question, answer in zip(
        ["Who is the audience?", "How much may", "What stays open?"], answers.values(), strict=True
    ):
        assert text.index(question) < text.index(f"{answer}.")
    assert [image["src"] for image in first.find_all("img")] == ["figures/01_1-phone.svg", "figures/01_2-phone.svg"]


def test_the_gallery_shows_the_lines_that_draw(report):
    shown = [code.get_text() for code in page(report / "gallery.html").find_all("pre")]
    made = "people = smm.load_published('gss_2016_platforms_by_age')"
    assert shown == ["use = smm.platform_use_by_age(people)\nuse.plot()", f"{made}\nsmm.co_use(people).plot()"]


def test_every_public_name_stands_on_the_page_of_names_and_nothing_else(report):
    ids = {part["id"] for part in page(report / "smm_analysis.html").find_all("section", id=True)}
    assert ids == set(smm_analysis.__all__)
    text = (report / "smm_analysis.html").read_text()
    assert (
        "<strong>higher_is_better</strong>" in text and "set_fit_request" not in text and "/site-packages" not in text
    )


def test_solutions_stay_folded_and_are_not_printed_as_cells(report):
    soup = page(report / "01_good.html")
    assert soup.details.summary.get_text() == "Solution" and "assert" in soup.details.get_text()
    assert soup.get_text().count("assert") == 1


def test_contents_give_abstract_data_and_versions(report):
    text = " ".join(page(report / "index.html").get_text(" ").split())
    for part in ("How many?", "Most are <young>", "General Social Survey 2016", "numpy", "random_state"):
        assert part in text


def test_contents_speak_the_chosen_language(lessons, tmp_path):
    set_language("de")
    try:
        write_report(lessons, tmp_path)
    finally:
        set_language("en")
    index = page(tmp_path / "index.html")
    assert index.html["lang"] == "de"
    for words in (
        "Wer ist die Zielgruppe",
        "Notebooks, ausgeführt am",
        "Deutsch",
    ):
        assert words in index.get_text()
    assert page(tmp_path / "01_good.html").nav.get_text().strip().startswith("Inhalt")


def test_a_notebook_without_a_title_is_called_by_its_file(tmp_path):
    write_report([Lesson("01", new_notebook())], tmp_path)
    assert re.search("<h1[^>]*>01", (tmp_path / "01.html").read_text())
