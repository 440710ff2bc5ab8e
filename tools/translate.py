"""Lesson 00 in other languages, made from the English one and from translated cells kept as data.

    python tools/translate.py        writes notebooks/de/ and notebooks/ru/, executed
    python tools/translate.py --todo prints the English cells that wait for a translation

tools/lesson_00.<language>.json holds, by the first digits of the English cell's SHA-1, the same cell in that language;
"banner" stands on top. A cell that was changed in English has another key, so it cannot go stale unnoticed: a test
compares. Code is the same in every language; only the language is chosen in the first cell.
"""

import json
import re
import sys
from copy import deepcopy
from hashlib import sha1
from pathlib import Path

import nbformat

from smm_analysis.pages.notebooks import run_notebooks, tidy

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "notebooks" / "00_start_here.ipynb"
LANGUAGES = ("de", "ru")
TURN = "# Your turn: write here, then Shift+Enter"
TRACK = re.compile(r"\n\n\*Track: .*\*$")  # made by tools/lessons.py; the banner says the minutes here


def key(cell: nbformat.NotebookNode) -> str:
    """What a cell is filed under: it changes with its text."""
    return sha1(TRACK.sub("", cell.source).encode()).hexdigest()[:10]


def words(language: str) -> dict[str, str]:
    """The translated cells by their keys."""
    return json.loads((ROOT / "tools" / f"lesson_00.{language}.json").read_text(encoding="utf-8"))


def translatable(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells that a translation needs: prose, and the one line that invites to write."""
    return [cell for cell in notebook.cells if cell.cell_type == "markdown" or cell.source == TURN]


def translated(language: str) -> nbformat.NotebookNode:
    """The English lesson with its cells in `language`, not executed; a missing translation is a KeyError."""
    notebook, said = deepcopy(nbformat.read(SOURCE, as_version=4)), words(language)
    for cell in translatable(notebook):
        cell.source = said[key(cell)]
    first, code = notebook.cells[0], next(cell for cell in notebook.cells if cell.cell_type == "code")
    title, _line, rest = first.source.partition("\n")
    minutes = notebook.metadata["smm"]["minutes"]
    first.source = f"{title}\n\n{said['banner'].format(minutes=minutes)}\n{rest}"
    code.source = code.source.replace("smm.set_theme", f'smm.set_language("{language}")\nsmm.set_theme', 1)
    return tidy(notebook)


def write(language: str) -> None:
    """Write, run and store the lesson in one language."""
    folder = SOURCE.parent / language
    folder.mkdir(exist_ok=True)
    nbformat.write(translated(language), folder / SOURCE.name)
    (lesson,) = run_notebooks([folder / SOURCE.name], language=language)
    if lesson.failure:
        sys.exit(lesson.failure)
    nbformat.write(lesson.notebook, folder / SOURCE.name)


if __name__ == "__main__":
    if "--todo" in sys.argv:
        for language in LANGUAGES:
            for cell in translatable(nbformat.read(SOURCE, as_version=4)):
                if key(cell) not in words(language):
                    print(f"--- {language} {key(cell)}\n{TRACK.sub('', cell.source)}\n")
    else:
        for language in LANGUAGES:
            write(language)
