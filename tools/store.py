"""The lessons, run in place and stored with all that they print: nothing else stores one.

python tools/store.py       all of them, in English
python tools/store.py 02    those whose names begin so
"""

import sys
from pathlib import Path

import nbformat

from smm_analysis.errors import SmmError
from smm_analysis.pages.notebooks import Lesson, find_notebooks, notebooks_folder, run_notebooks


def store_notebooks(lessons: list[Lesson], folder: Path) -> None:
    """Write the executed notebooks back to where they came from; failed ones are left alone."""
    for lesson in lessons:
        if lesson.failure is None:
            beside = folder / f".{lesson.name}.part"
            nbformat.write(lesson.notebook, beside)
            beside.replace(folder / f"{lesson.name}.ipynb")


if __name__ == "__main__":
    try:
        paths = find_notebooks(notebooks_folder(), sys.argv[1:])
    except SmmError as error:
        sys.exit(str(error))
    lessons = run_notebooks(paths, language="en")
    store_notebooks(lessons, notebooks_folder())
    sys.exit("\n".join(f"{lesson.name} failed: {lesson.failure}" for lesson in lessons if lesson.failure) or 0)
