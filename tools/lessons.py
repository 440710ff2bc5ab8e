"""What a lesson says of itself at its top: track, level, what comes before, and minutes by one stated rule.

    python tools/lessons.py        writes line and minutes into every notebook; a test compares them

Minutes in class = words of prose / 180 + one minute for every cell of code + the minutes written beside 'Your turn'.
The exercises at the end are homework and counted apart. Where a section is headed 'Methods track:', the marketing
track leaves it out: its minutes are `light`.
"""

import math
import re
from pathlib import Path

import nbformat

FOLDER = Path(__file__).parents[1] / "notebooks"
TURN = "your-turn"  # the tag of the empty cell to write in
WORDS_A_MINUTE = 180
LESSONS = {1: ("00", "01"), 2: ("02", "04"), 3: ("05", "06")}  # of the marketing track, 45 minutes each


def prose(text: str) -> list[str]:
    """The words that explain: no headings, tables, code, folded solutions."""
    for left_out in (r"<details.*?</details>", r"^```.*?^```", r"^#+ .*?$", r"^\|.*?$", r"<[^>]+>"):
        text = re.sub(left_out, " ", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\w[\w'’.,-]*", text)


def sections(notebook: nbformat.NotebookNode) -> list[tuple[str, list]]:
    """Heading and cells of every section; a markdown cell with several headings is taken apart."""
    found = [("", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found[-1][1].append(cell)
            continue
        for piece in re.split(r"(?m)^(?=## )", cell.source):
            if piece.startswith("## "):
                found.append((piece.splitlines()[0].removeprefix("## "), []))
            found[-1][1].append(piece)
    return found


def minutes(notebook: nbformat.NotebookNode) -> dict[str, int]:
    """`minutes` in class, `light` without the sections of the methods track, `home` for the exercises at the end."""
    spent = {"class": 0.0, "methods": 0.0, "home": 0.0}
    for heading, cells in sections(notebook):
        where = "home" if heading.startswith("Exercises") else "methods" if heading.startswith("Methods") else "class"
        text = "\n\n".join(cell for cell in cells if isinstance(cell, str))
        text = re.sub(r"(?m)^\*Track: .*\*$", "", text)  # the line that states the minutes does not count itself
        runs = [cell for cell in cells if not isinstance(cell, str) and TURN not in cell.metadata.get("tags", [])]
        told = sum(map(int, re.findall(r"\*\*(?:Your turn|\d)\.?\*\* \((\d+) minutes?(?:, with Python)?\)", text)))
        spent[where] += len(prose(text)) / WORDS_A_MINUTE + len(runs) + told
    return {
        "minutes": math.ceil(spent["class"] + spent["methods"]),
        "light": math.ceil(spent["class"]),
        "home": math.ceil(spent["home"]),
    }


def line(about: dict) -> str:
    """The line at the top: '*Track: marketing, lesson 1. Level: beginner. ...*'."""
    track = " and ".join(about["track"])
    if about.get("lesson"):
        track = track.replace("marketing", f"marketing, lesson {about['lesson']}")
    before = ", ".join(about["before"]) or "nothing"
    time = f"{about['minutes']} minutes"
    if about["light"] < about["minutes"]:
        time = f"{about['light']} minutes without the sections headed 'Methods track', {about['minutes']} with them"
    return (
        f"*Track: {track}. Level: {about['level']}. Comes after: {before}. "
        f"In class: {time}. Exercises at the end: {about['home']} minutes.*"
    )


def stamped(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """The notebook with its line and its minutes as they should be."""
    about = dict(notebook.metadata["smm"]) | minutes(notebook)
    about |= dict(("lesson", number) for number, names in LESSONS.items() if name[:2] in names)
    notebook.metadata["smm"] = dict(sorted(about.items()))
    first = notebook.cells[0]
    first.source = re.sub(r"\n\n\*Track: .*\*\s*$", "", first.source) + "\n\n" + line(about)
    return notebook


if __name__ == "__main__":
    for path in sorted(FOLDER.glob("*.ipynb")):
        new = stamped(nbformat.read(path, as_version=4), path.stem)
        nbformat.write(new, path)
        print(path.stem, new.metadata["smm"]["light"], new.metadata["smm"]["minutes"], new.metadata["smm"]["home"])
