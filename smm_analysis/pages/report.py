"""The report: a first page that answers, the executed notebooks, their charts, all names; no network needed."""

import ast
from base64 import b64decode
from contextlib import suppress
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from re import search

from ..tables.published import load_published, published_tables
from ..words import _, language
from .explorer import explore_promise
from .notebooks import Lesson
from .render import fill_macro, store_picture, write_page

SHOWN_VERSIONS = ("smm-analysis", "numpy", "scipy", "pandas", "scikit-learn", "statsmodels", "matplotlib", "seaborn")
ANSWERS = ("age_curve", "best_promise", "claims")  # the charts that say who, how much, and what stays open
ABOUT = ("track", "level", "minutes", "before")  # what a notebook says of itself in its metadata, under smm


def write_report(lessons: list[Lesson], folder: Path) -> None:
    """Write a page per notebook, the first page, the gallery, the explorer and the public names into `folder`."""
    (folder / "figures").mkdir()
    books = [_book(lesson, folder) for lesson in lessons]
    for book, before, after in zip(books, [None, *books], [*books[1:], None], strict=False):
        write_page(folder / f"{book['name']}.html", "notebook.html", **book, before=before, next=after)
    write_page(folder / "gallery.html", "gallery.html", title=_("The charts, and how to draw them"), books=books)
    explore_promise(load_published("olist_promises_counted"), path=folder / "explorer.html")
    write_names(folder)
    code = "\n".join(book["code"] for book in books)
    tables = [row for row in published_tables().to_dict("records") if search(rf"[\"']{row['name']}[\"']", code)]
    drawn = [picture for book in books for picture in book["pictures"]]
    first = [next((picture for picture in drawn if picture["kind"] == kind), None) for kind in ANSWERS]
    values = {"books": books, "tables": tables, "versions": [(name, version(name)) for name in SHOWN_VERSIONS]}
    title = _("Who is the audience, and how much may we promise it?")
    write_page(folder / "index.html", "report.html", title=title, first=first, **values)


def _book(lesson: Lesson, folder: Path) -> dict:
    """What the templates need of a notebook; its pictures are written on the way."""
    notebook = deepcopy(lesson.notebook)  # what the caller holds is compared with what is stored
    cells = notebook["cells"]
    text = cells[0]["source"] if cells and cells[0]["cell_type"] == "markdown" else ""
    headed = text.startswith("# ")
    pictures = _pictures(lesson.name, cells, folder)
    return {
        "name": lesson.name,
        "title": text.removeprefix("# ").partition("\n")[0].strip() if headed else lesson.name,
        "headed": headed,
        "failure": lesson.failure,
        "lang": lesson.lang,
        "code": "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code"),
        "about": dict.fromkeys(ABOUT) | notebook["metadata"].get("smm", {}),
        "pictures": pictures,
        "finding": next((drawn for drawn in pictures if drawn["finding"]), pictures[0] if pictures else None),
        "body": _body(notebook),
    }


def _pictures(name: str, cells: list, folder: Path) -> list[dict]:
    """The pictures of a notebook as files; in the place of each stands the HTML that shows it."""
    found = []
    for place, cell in enumerate(cells):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            svg, png = data.get("image/svg+xml"), data.get("image/png")
            if svg or png:
                files = ({"svg": svg} if svg else {}) | ({"png": b64decode(png)} if png else {})
                words = data.get("text/plain", "")
                about = output["metadata"].get("image/svg+xml") or {"title": words.partition(". ")[0]}
                drawn = store_picture(folder, f"{name}_{len(found) + 1}", words, files, about)
                sources = [cell["source"] for cell in cells[: place + 1] if "outputs" in cell]
                lines = _lines_that_draw(sources) if drawn["kind"] else ""
                own = {"lesson": name, "lines": lines, "finding": "finding" in cell["metadata"].get("tags", ())}
                found.append(drawn | own)
                output["data"] = {"text/html": fill_macro("picture", drawn)}
    return found


def _lines_that_draw(sources: list[str]) -> str:
    """The statement of the last cell that plots an answer, after the one that made what it plots."""
    made: dict[str, str] = {}
    lines = ""
    for last, source in enumerate(sources, start=1 - len(sources)):
        with suppress(SyntaxError):
            for step in ast.walk(ast.parse(source)):
                text = ast.get_source_segment(source, step) if isinstance(step, ast.Assign | ast.Expr) else ""
                names = [name for name in ast.walk(step) if isinstance(name, ast.Name)] if text else []
                if not last and ".plot(" in text:
                    lines = "\n".join([*[made[name.id] for name in names if name.id in made][:1], text])
                made |= {name.id: text for name in names if isinstance(name.ctx, ast.Store)}
    return lines


def _body(notebook) -> str:
    """The cells as HTML, without numbers of cells and anchors; nothing in it asks a network."""
    from nbconvert import HTMLExporter

    template = (Path(__file__).parent / "templates" / "cells.html.j2").read_text(encoding="utf-8")
    exporter = HTMLExporter(template_name="basic", raw_template=template, mathjax_url="", require_js_url="")
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = exporter.exclude_anchor_links = True
    return exporter.from_notebook_node(notebook)[0]


def write_names(folder: Path) -> None:
    """The public names with their docstrings, on one page that can be searched."""
    from pdoc import doc, render

    import smm_analysis

    for name in smm_analysis.__all__:
        getattr(smm_analysis, name)  # looked up when first asked for, and pdoc does not ask
    render.configure(docformat="numpy", show_source=False, template_directory=Path(__file__).parent / "templates")
    render.env.globals |= {"contents": _("Contents"), "find": _("Search"), "spoken": language()}
    module = doc.Module(smm_analysis)
    page = render.html_module(module, {module.fullname: module})
    (folder / "smm_analysis.html").write_text(page, encoding="utf-8")
