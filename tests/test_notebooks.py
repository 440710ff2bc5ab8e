"""The stored notebooks, as they are read. `smm-analysis report --check` (in .ci/run) runs them and their solutions."""

import ast
import copy
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from smm_analysis.pages.notebooks import find_notebooks, run_notebooks, solutions_of, tidy

FOLDER = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
SECTIONS = ("What you will learn", "Recap", "Exercises")

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


def prose(text: str) -> list[str]:
    """The words that explain: no headings, tables, code, folded solutions, and nothing from the exercises on."""
    text = re.split(r"^#+ Exercises", text, flags=re.MULTILINE)[0]
    for left_out in (r"<details.*?</details>", r"^```.*?^```", r"^#+ .*?$", r"^\|.*?$", r"<[^>]+>"):
        text = re.sub(left_out, " ", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\w[\w'’.,-]*", text)


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
    assert 40 <= len(prose(text)) / len(code) <= 110, "words that explain, by code cell"
    assert text.count("<details>") == text.count("</details>") > 0 and solutions_of(notebook)
    for solution in solutions_of(notebook):
        ast.parse(solution)


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
