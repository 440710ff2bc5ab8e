"""The notebooks: finding, running and storing them, and the numbers they state."""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from .errors import ModelError, TableError
from .words import number

NUMBER = "application/vnd.smm-analysis.number+json"
SOLUTION = "solution"
NUMBERS_FILE = "numbers.json"
KERNEL = {"kernel_name": "python3", "extra_arguments": ["--log-level=CRITICAL"]}


@dataclass(frozen=True)
class Lesson:
    """A notebook that was run: its cells with their outputs, the numbers it states, and what went wrong, if it did."""

    name: str
    notebook: dict
    numbers: dict[str, dict]
    failure: str | None = None


def record(name: str, value: float, *, digits: int) -> None:
    """State a number that the text relies on, and hand it to the report.

    In a notebook the number is shown and kept in the cell's output, where `smm-analysis report` finds it;
    `report --check` says whether it is still the one in ``notebooks/numbers.json``. Elsewhere it is printed.

    Parameters
    ----------
    name : str
        What the number is, in words; once per notebook.
    value : float
    digits : int
        Decimals that are shown, and that must stay the same.

    Raises
    ------
    ModelError
        If the value is missing or infinite, or `digits` is negative.

    Examples
    --------
    >>> record("people in the survey", 1366, digits=0)
    people in the survey = 1,366
    """
    if not isfinite(value):
        raise ModelError("value", f"'{name}' must be a finite number", str(value), "Find out why before stating it.")
    if digits < 0:
        raise ModelError("digits", "0 or more decimals", str(digits), "Choose how many decimals the text relies on.")
    text = f"{name} = {number(value, digits)}"
    if not _in_ipython():
        print(text)
        return
    from IPython.display import display

    kept = {"name": name, "value": round(float(value), digits + 2), "digits": digits}
    display({"text/plain": text, NUMBER: kept}, raw=True)


def _in_ipython() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None


def notebooks_folder() -> Path:
    """The folder `notebooks`: inside an installed package, or beside it in a checkout."""
    package = Path(str(files("smm_analysis")))
    return next(path for path in (package / "notebooks", package.parent / "notebooks") if path.is_dir())


def find_notebooks(folder: Path, only: list[str] | None = None) -> list[Path]:
    """The notebooks of `folder` in reading order; with `only`, those whose names begin with one of these."""
    paths = sorted(path for path in folder.glob("*.ipynb") if path.name.startswith(tuple(only or [""])))
    if not paths:
        there = ", ".join(path.stem for path in sorted(folder.glob("*.ipynb"))) or "no notebook at all"
        rule = f"a notebook of {folder.name}/" + (f" whose name begins with {' or '.join(only)}" if only else "")
        raise TableError("notebooks", rule, there, "Name one that is there, or the right folder with --notebooks.")
    return paths


def run_notebooks(paths: list[Path], *, language: str, solutions: bool = False, figures: str = "png") -> list[Lesson]:
    """Run every notebook from top to bottom, each in a kernel of its own; one that fails does not stop the others.

    `solutions` runs the folded solutions of the exercises after the notebook's own cells; `figures` are the formats
    of its pictures. A bar on stderr counts notebooks, another one cells; in a file a line names each notebook.
    """
    from tqdm import tqdm

    bar = tqdm(paths, desc="notebooks", unit="notebook", disable=None)
    with _environment(SMM_LANGUAGE=language, SMM_FIGURES=figures, SMM_QUIET="1"):
        return [_run(path, solutions) for path in bar]


def run_survey(people: pd.DataFrame, file: str, options: dict, audiences: int | None, *, language: str) -> Lesson:
    """Run notebook 10 on the survey read from `file`; its code and its exercises are not shown."""
    from .audiences.mixture import check_request
    from .audiences.privacy import survey_cells

    cells = survey_cells(people)
    check_request(cells, 1 if audiences is None else audiences, "curve" if cells.age else None)
    file = str(Path(file).resolve()) if Path(file).exists() else file
    path = find_notebooks(notebooks_folder(), ["10"])[0]
    with _environment(SMM_LANGUAGE=language, SMM_FIGURES="png svg", SMM_QUIET="1"):
        lesson = _run(path, False, {"file": file, "options": options, "audiences": audiences})
    unseen = {"lesson", "parameters", "injected-parameters"}
    cells = [cell for cell in lesson.notebook["cells"] if not unseen & set(cell["metadata"].get("tags", []))]
    for cell in cells:
        cell["metadata"]["transient"] = {"remove_source": cell["cell_type"] == "code"}  # nbconvert leaves the code out
    lesson.notebook["cells"] = cells
    return lesson


def _run(path: Path, solutions: bool, parameters: dict | None = None) -> Lesson:
    """Whatever goes wrong in one notebook, even in reading it, becomes its `failure`."""
    import nbformat
    from papermill import execute_notebook

    notebook, failure = nbformat.v4.new_notebook(), None
    bar = {"desc": path.stem, "unit": "cell", "leave": False} if sys.stderr.isatty() else False
    if not bar:
        print(f"Running {path.stem}", file=sys.stderr, flush=True)
    with TemporaryDirectory() as folder:
        output = Path(folder) / path.name
        try:
            notebook = nbformat.read(path, as_version=4)
            if solutions:
                notebook.cells += [_solution_cell(source) for source in solutions_of(notebook)]
            execute_notebook(notebook, output, parameters, cwd=path.parent, progress_bar=bar, **KERNEL)
        except Exception as error:
            failure = _one_line(error)
        if output.exists():
            notebook = nbformat.read(output, as_version=4)
    notebook, numbers = tidy(notebook), {}
    try:
        numbers = stated_numbers(notebook)
    except TableError as error:
        failure = failure or str(error)
    return Lesson(path.stem, notebook, numbers, failure)


def _solution_cell(source: str) -> dict:
    import nbformat

    return nbformat.v4.new_code_cell(source, metadata={"tags": [SOLUTION]})


def _one_line(error: Exception) -> str:
    if hasattr(error, "ename"):
        cell = error.source.strip().splitlines()[0] if error.source.strip() else ""
        return f"{error.ename}: {error.evalue} (in the cell that begins with: {cell})".replace("\n", " ")
    return f"{type(error).__name__}: {error}".replace("\n", " ")


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Environment variables that the kernels see."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def solutions_of(notebook: dict) -> list[str]:
    """The Python blocks inside ``<details>`` of the notebook's text: the solutions of its exercises."""
    prose = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    folded = "\n".join(re.findall(r"<details.*?</details>", prose, flags=re.DOTALL))
    return re.findall(r"^```python\n(.*?)^```", folded, flags=re.DOTALL | re.MULTILINE)


def tidy(notebook: dict) -> dict:
    """The notebook without solution cells and what changes from run to run: times, papermill's notes, random names."""
    seen = Counter()
    cells = []
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        if SOLUTION in tags or any(tag.startswith("papermill-error") for tag in tags):
            continue
        seen[cell["source"]] += 1
        cell["id"] = sha1(f"{seen[cell['source']]} {cell['source']}".encode()).hexdigest()[:8]
        cell["metadata"] = {"tags": tags} if tags else {}
        cells.append(cell)
    notebook["cells"] = cells
    notebook["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return notebook


def store_notebooks(lessons: list[Lesson], folder: Path) -> None:
    """Write the executed notebooks and their numbers back to where they came from; failed ones are left alone."""
    import nbformat

    numbers = read_numbers(folder)
    for lesson in lessons:
        if lesson.failure is None:
            nbformat.write(lesson.notebook, folder / f"{lesson.name}.ipynb")
            numbers[lesson.name] = lesson.numbers
    known = {path.stem for path in folder.glob("*.ipynb")}
    write_numbers({name: kept for name, kept in sorted(numbers.items()) if name in known and kept}, folder)


def stated_numbers(notebook: dict) -> dict[str, dict]:
    """What the notebook's outputs state: name -> ``{"value": ..., "digits": ...}``."""
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", []))
    stated = [output["data"][NUMBER] for output in outputs if NUMBER in output.get("data", {})]
    twice = [name for name, times in Counter(one["name"] for one in stated).items() if times > 1]
    if twice:
        raise TableError("record", "one name per number and notebook", f"'{twice[0]}' twice", "Give each its own name.")
    return {one["name"]: {"value": one["value"], "digits": one["digits"]} for one in stated}


def read_numbers(folder: Path) -> dict[str, dict[str, dict]]:
    """The committed numbers: notebook -> name -> ``{"value": ..., "digits": ...}``; none without a file."""
    path = folder / NUMBERS_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_numbers(numbers: dict[str, dict[str, dict]], folder: Path) -> None:
    """Write `numbers`, rounded to their digits, to the folder's numbers.json."""
    shown = {book: {name: _shown(**kept) for name, kept in stated.items()} for book, stated in numbers.items()}
    (folder / NUMBERS_FILE).write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _shown(value: float, digits: int) -> dict:
    return {"value": round(value, digits) if digits else round(value), "digits": digits}


def compare_numbers(stored: dict[str, dict[str, dict]], now: dict[str, dict[str, dict]]) -> pd.DataFrame:
    """Is every stored number still the same, is none missing and none new?

    Returns
    -------
    DataFrame
        ``notebook, number, stored, now, same``: numbers as text with their digits, '-' where there is none;
        same: "yes", "no", "missing" or "new". Half a unit of the last digit is no difference.
    """
    keys = {(book, name): None for numbers in (stored, now) for book in numbers for name in numbers[book]}
    rows = [(book, name, stored.get(book, {}).get(name), now.get(book, {}).get(name)) for book, name in sorted(keys)]
    return pd.DataFrame(
        [(book, name, _text(old), _text(new), _verdict(old, new)) for book, name, old, new in rows],
        columns=["notebook", "number", "stored", "now", "same"],
    )


def _text(kept: dict | None) -> str:
    return "-" if kept is None else f"{kept['value']:,.{kept['digits']}f}"


def _verdict(old: dict | None, new: dict | None) -> str:
    if old is None or new is None:
        return "new" if old is None else "missing"
    half_a_unit = 0.51 * 10 ** -old["digits"]
    return "yes" if old["digits"] == new["digits"] and abs(old["value"] - new["value"]) <= half_a_unit else "no"
