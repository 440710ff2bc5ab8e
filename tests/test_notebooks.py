"""The stored notebooks, as they are read. `smm-analysis report --check` (in .ci/run) runs them and their solutions."""

import ast
import copy
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from smm_analysis.pages.notebooks import find_notebooks, run_notebooks, solutions_of, tidy
from tools import lessons, students, translate

FOLDER = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
SECTIONS = ("What you will learn", "Recap", "Exercises")
LEVELS = ("beginner", "intermediate", "advanced")

pytestmark = pytest.mark.skipif(not PATHS, reason="no notebook yet")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture
def text(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def unwanted(notebook) -> list[str]:
    """Errors and whatever a cell writes to its error stream: a red box for whoever reads."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [str(out) for out in outputs if out.output_type == "error" or out.get("name") == "stderr"]


def test_it_was_run_from_top_to_bottom_and_stored_by_report_store(notebook, code):
    """Counts from 1, no error or warning, no times, no private metadata, names of cells that stay the same."""
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not unwanted(notebook)
    assert tidy(copy.deepcopy(notebook)) == notebook


def test_cells_are_short_and_define_nothing(code):
    lines = [len(cell.source.splitlines()) for cell in code]
    assert max(lines) <= 15 and np.percentile(lines, 90) <= 11, "move code to the package"
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assert not [node for cell in code for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kinds)]


def test_it_is_told_in_words_with_title_abstract_sections_and_solutions(notebook, code, text):
    first = notebook.cells[0]
    assert first.cell_type == "markdown" and re.match(r"# .+\n\n\w", first.source), "a title, then a paragraph"
    assert not [section for section in SECTIONS if not re.search(rf"^## {section}", text, flags=re.MULTILINE)]
    told = re.sub(r"\*\*Your turn\*\*.*", "", re.split(r"(?m)^## Exercises", text)[0])  # exercises, wherever they stand
    words = lessons.prose(told)
    assert 40 <= len(words) / len(code) <= 110, "words that explain, by code cell"
    assert text.count("<details>") == text.count("</details>") > 0 and solutions_of(notebook)
    for solution in solutions_of(notebook):
        ast.parse(solution)


def test_it_says_at_its_top_where_it_belongs_and_how_long_it_takes(path, notebook):
    """The line and the minutes are computed: `python tools/lessons.py` writes them."""
    about = notebook.metadata["smm"]
    assert about["track"] and set(about["track"]) <= {"marketing", "methods"} and about["level"] in LEVELS
    assert all(any(other.name.startswith(name) for other in PATHS) and name < path.name for name in about["before"])
    assert lessons.stamped(copy.deepcopy(notebook), path.stem) == notebook


def test_minutes_are_words_cells_and_the_readers_own_turns():
    text = "# Title\n\n" + "word " * 360 + "\n\n## Step 1\n\n**Your turn** (3 minutes)."
    text += "\n\n<details><summary>Solution</summary>\n\nfolded words\n</details>"
    more = "## Methods track: more\n\n" + "word " * 180
    home = "## Exercises\n\n**1.** (5 minutes) Try.\n\n**2.** (4 minutes) Try."
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("1", metadata={"tags": [lessons.TURN]})]
    cells += [nbformat.v4.new_markdown_cell(more), nbformat.v4.new_code_cell("1"), nbformat.v4.new_markdown_cell(home)]
    told = lessons.minutes(nbformat.v4.new_notebook(cells=cells))
    assert told == {"light": 6, "minutes": 8, "home": 10}, "2 + 3 and a few words; 1 + 1 more; 5 + 4 and a few words"


def test_the_teachers_plan_has_the_same_numbers(path, notebook):
    about = notebook.metadata["smm"]
    more = f" ({about['minutes']})" if about["light"] < about["minutes"] else ""
    after = ", ".join(about["before"]) or "nothing"
    row = f" | {about['level']} | {after} | {about['light']}{more} | {about['home']} |"
    plan = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert any(line.startswith(f"| {path.stem} | ") and line.endswith(row) for line in plan.splitlines()), row
    if "lesson" in about:
        names = lessons.LESSONS[about["lesson"]]
        light = [nbformat.read(one, as_version=4).metadata["smm"]["light"] for one in PATHS if one.name[:2] in names]
        assert f"| {about['lesson']} | {', '.join(names)} | " in plan and f" | {' + '.join(map(str, light))} |" in plan


@pytest.mark.parametrize("names", lessons.LESSONS.values())
def test_a_lesson_of_the_marketing_track_fits_into_45_minutes(names):
    notebooks = [nbformat.read(path, as_version=4) for path in PATHS if path.name[:2] in names]
    assert sum(notebook.metadata["smm"]["light"] for notebook in notebooks) <= 45


def test_every_step_ends_with_a_turn_of_the_readers_own(notebook):
    for heading, cells in lessons.sections(notebook):
        if re.match(r"Step|Methods", heading):
            turns = [place for place, cell in enumerate(cells) if isinstance(cell, str) and "**Your turn** (" in cell]
            assert turns, heading
            for place in turns:
                assert "<details><summary>Solution</summary>\n\n```python\n" in cells[place], heading
                assert cells[place + 1].source == translate.TURN, heading
                assert cells[place + 1].metadata["tags"] == [lessons.TURN], heading


def test_a_students_copy_has_no_solution_and_no_output_and_is_never_replaced(tmp_path):
    copies = students.write_copies(tmp_path)
    assert {path.name for path in copies} >= {path.name for path in PATHS}
    for path in copies:
        text = path.read_text(encoding="utf-8")
        assert not re.search("<summary>(Solution|Lösung|Решение)", text) and "image/png" not in text, path
        source = nbformat.read(FOLDER / path.relative_to(tmp_path), as_version=4)
        cells = nbformat.read(path, as_version=4).cells
        assert [cell.source for cell in cells if cell.cell_type == "code"] == [
            cell.source for cell in source.cells if cell.cell_type == "code"
        ]
    copies[0].write_text("mine")
    assert not students.write_copies(tmp_path) and copies[0].read_text() == "mine"


@pytest.mark.parametrize("language", translate.LANGUAGES)
def test_the_translated_lesson_is_not_stale(language):
    """Every cell of the English lesson has its translation, with the same code in it; `python tools/translate.py`."""
    english = nbformat.read(translate.SOURCE, as_version=4)
    said = translate.words(language)
    cells = translate.translatable(english)
    assert set(said) == {"banner", *map(translate.key, cells)}
    stored = nbformat.read(FOLDER / language / translate.SOURCE.name, as_version=4)
    now = translate.translated(language)
    assert [cell.source for cell in stored.cells] == [cell.source for cell in now.cells]
    assert (
        solutions_of(stored) == solutions_of(english) and "Needs review by a native speaker" in stored.cells[0].source
    )
    assert f'smm.set_language("{language}")' in next(cell.source for cell in stored.cells if cell.cell_type == "code")
    assert not unwanted(stored) and sum("image/png" in str(cell.get("outputs")) for cell in stored.cells) == 2


def test_every_picture_has_words(code):
    pictures = [out.data for cell in code for out in cell.outputs if "image/png" in out.get("data", {})]
    assert not [data["text/plain"] for data in pictures if data["text/plain"].startswith("<")], "call set_theme first"


def test_it_names_no_private_path(path):
    text = re.sub(r'"image/png": "[^"]*"', "", path.read_text(encoding="utf-8"))
    assert not re.search(r"/(home|Users|root|tmp)/\w|[A-Z]:\\\\", text)


@pytest.mark.slow
def test_no_notebook_writes_to_the_error_stream_when_a_user_runs_it():
    """Run as in JupyterLab, with nothing switched off; long work shows itself and leaves nothing behind."""
    lessons = run_notebooks(find_notebooks(FOLDER), language="en")
    assert {lesson.name: lesson.failure for lesson in lessons if lesson.failure} == {}
    assert {lesson.name: unwanted(lesson.notebook) for lesson in lessons if unwanted(lesson.notebook)} == {}
    emptied = [out for lesson in lessons for cell in lesson.notebook.cells for out in cell.get("outputs", [])
               if not any(out.get("data", {"other": 1}).values())]  # fmt: skip
    assert not emptied
