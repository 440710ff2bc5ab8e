"""The report: the executed notebooks as pages that need no network, with a page of contents."""

import re
from importlib.metadata import version
from pathlib import Path

from ..tables.published import published_tables
from ..words import _, language
from .notebooks import Lesson
from .render import write_page

SHOWN_VERSIONS = ("smm-analysis", "numpy", "scipy", "pandas", "scikit-learn", "statsmodels", "matplotlib", "seaborn")


def write_report(lessons: list[Lesson], folder: Path) -> None:
    """Write a page per notebook and the page of contents into `folder`."""
    (folder / "figures").mkdir()
    books = [_book(lesson, folder) for lesson in lessons]
    for book, before, after in zip(books, [None, *books], [*books[1:], None], strict=False):
        write_page(folder / f"{book['name']}.html", "notebook.html", **book, lang="en", before=before, next=after)
    code = "\n".join(book["code"] for book in books)
    tables = [row for row in published_tables().to_dict("records") if re.search(rf"[\"']{row['name']}[\"']", code)]
    title = _("Who is the audience, and how much may we promise it?")
    versions = [(name, version(name)) for name in SHOWN_VERSIONS]
    write_page(folder / "index.html", "report.html", title=title, books=books, tables=tables, versions=versions)


def _book(lesson: Lesson, folder: Path) -> dict:
    """What the templates need of a notebook; its pictures are written on the way."""
    from nbconvert.filters import markdown2html

    cells = lesson.notebook["cells"]
    first = cells[0]["source"] if cells and cells[0]["cell_type"] == "markdown" else ""
    headed = first.startswith("# ")
    title, _line, rest = first.removeprefix("# ").partition("\n") if headed else (lesson.name, "", "")
    return {
        "name": lesson.name,
        "title": title.strip(),
        "headed": headed,
        "abstract": markdown2html(rest.strip().split("\n\n")[0]),
        "failure": lesson.failure,
        "code": "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code"),
        "body": _body(lesson, folder),
    }


def _body(lesson: Lesson, folder: Path) -> str:
    """The cells as HTML, without numbers of cells and anchors; nothing in it asks a network."""
    from nbconvert import HTMLExporter
    from nbconvert.preprocessors import ExtractOutputPreprocessor

    template = (Path(__file__).parent / "templates" / "cells.html.j2").read_text(encoding="utf-8")
    exporter = HTMLExporter(template_name="basic", raw_template=template, mathjax_url="", require_js_url="")
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = exporter.exclude_anchor_links = True
    exporter.register_preprocessor(ExtractOutputPreprocessor, enabled=True)
    named = {"unique_key": lesson.name, "output_files_dir": "figures", "language": language()}
    body, resources = exporter.from_notebook_node(lesson.notebook, named)
    for name, data in (resources["outputs"] or {}).items():
        (folder / name).write_bytes(data)
    return body
