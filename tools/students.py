"""Copies of the lessons for students: without solutions, and without outputs, so that a prediction is one.

    python tools/students.py        writes students/ (git ignores it); `make lab-students` then opens it

The notebooks stay the only source. A copy that is there already belongs to whoever wrote in it and is left alone;
delete the folder to begin anew.
"""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "students"
SOLUTION = re.compile(r"\n*<details><summary>(?:Solution|Lösung|Решение)</summary>.*?</details>", flags=re.DOTALL)


def copy_of(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as a student should find it."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = SOLUTION.sub("", cell.source)
        else:
            cell.outputs, cell.execution_count = [], None
    return notebook


def write_copies(folder: Path = FOLDER) -> list[Path]:
    """Write the copies that are not there yet; their paths."""
    written = []
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        copy = folder / path.relative_to(ROOT / "notebooks")
        if copy.exists() or ".ipynb_checkpoints" in path.parts:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(copy_of(nbformat.read(path, as_version=4)), copy)
        written.append(copy)
    return written


if __name__ == "__main__":
    print(f"{len(write_copies())} copies without solutions written to {FOLDER.name}/; what was there is left alone.")
