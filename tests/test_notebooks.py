"""The stored notebooks, as they are read. `smm-analysis report --check` (in .ci/run) runs them and their solutions."""

import ast
import copy
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from smm_analysis.lessons import read_numbers, solutions_of, stated_numbers, tidy, write_numbers

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


def test_it_was_run_from_top_to_bottom(code):
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_no_cell_ends_in_an_error_or_a_warning(code):
    outputs = [output for cell in code for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


def test_it_is_stored_by_report_store(notebook):
    """No times, no private metadata, names of cells that stay the same."""
    assert tidy(copy.deepcopy(notebook)) == notebook


def test_cells_are_short(code):
    lines = [len(cell.source.splitlines()) for cell in code]
    assert max(lines) <= 15 and np.percentile(lines, 90) <= 9, "move code to the package"


def test_cells_define_nothing(code):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assert not [node for cell in code for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kinds)]


def test_thirty_to_sixty_words_explain_a_code_cell(code, text):
    assert 30 <= len(prose(text)) / len(code) <= 60


def test_it_has_a_title_an_abstract_and_its_sections(notebook, text):
    first = notebook.cells[0]
    assert first.cell_type == "markdown" and re.match(r"# .+\n\n\w", first.source), "a title, then a paragraph"
    for section in SECTIONS:
        assert re.search(rf"^## {section}", text, flags=re.MULTILINE), section


def test_exercises_have_folded_solutions_in_python(notebook, text):
    assert text.count("<details>") == text.count("</details>") > 0
    assert solutions_of(notebook)
    for solution in solutions_of(notebook):
        ast.parse(solution)


def test_every_picture_has_words(code):
    pictures = [out.data for cell in code for out in cell.outputs if "image/png" in out.get("data", {})]
    assert not [data["text/plain"] for data in pictures if data["text/plain"].startswith("<")], "call use_theme first"


def test_it_names_no_private_path(path):
    text = re.sub(r'"image/png": "[^"]*"', "", path.read_text(encoding="utf-8"))
    assert not re.search(r"/(home|Users|root|tmp)/\w|[A-Z]:\\\\", text)


def test_its_numbers_are_the_committed_ones(path, notebook, tmp_path):
    write_numbers({path.stem: stated_numbers(notebook)}, tmp_path)
    assert read_numbers(tmp_path)[path.stem] == read_numbers(FOLDER).get(path.stem, {})


def test_no_committed_number_is_without_its_notebook():
    assert set(read_numbers(FOLDER)) <= {path.stem for path in PATHS}
