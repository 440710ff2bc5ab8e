"""The report: the executed notebooks as web pages that need no network, with a page of contents.

A report is a folder. It is built beside its place and moved there when it is whole, so the report before it stays
readable until then. A kill between the two renames leaves it, whole, in the folder `<name>.part-...` beside its place.
"""

import base64
import re
from copy import deepcopy
from datetime import date
from html import escape
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory

from bs4 import BeautifulSoup

from .errors import TableError
from .lessons import NUMBER, Lesson, write_numbers
from .tables.published import published_tables
from .words import _, day, language, language_name, number, plural

SIGN = '<meta name="generator" content="smm-analysis">'
SHOWN_VERSIONS = ("smm-analysis", "numpy", "scipy", "pandas", "scikit-learn", "statsmodels", "matplotlib", "seaborn")


def check_place(out: Path) -> None:
    """Refuse to replace anything that is not a report."""
    index = out / "index.html"
    ours = index.is_file() and SIGN in index.read_text(encoding="utf-8", errors="replace")
    empty = out.is_dir() and not any(out.iterdir())
    if out.exists() and not (ours or empty):
        raise TableError("out", "a new folder or an earlier report", f"something else in {out}", "Name another folder.")


def write_report(lessons: list[Lesson], out: Path) -> Path:
    """Write the report on `lessons` to the folder `out`, in place of an earlier one; return its first page."""
    check_place(out)
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"{out.name}.part-", dir=out.parent) as folder:
        part = Path(folder) / "new"
        (part / "figures").mkdir(parents=True)
        pages = [_page(lesson, part) for lesson in lessons]
        for place, (lesson, page) in enumerate(zip(lessons, pages, strict=True)):
            _write_page(part / f"{lesson.name}.html", page, _links(lessons, pages, place), language="en")
        _write_page(part / "index.html", _contents(lessons, pages), "", language=language())
        write_numbers({lesson.name: lesson.numbers for lesson in lessons}, part)
        _move(part, out)
    return out / "index.html"


def _move(part: Path, out: Path) -> None:
    old = part.with_name("old")
    try:
        if out.exists():
            out.rename(old)
        part.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise


def _write_page(path: Path, body: BeautifulSoup, links: str, *, language: str) -> None:
    style = (files(__package__) / "report.css").read_text(encoding="utf-8")
    skip = _("Skip to the text")
    html = f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{SIGN}
<title>{escape(_title(body))}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#main">{skip}</a>
{links}
<main id="main">
{body}
</main>
</body>
</html>
"""
    path.write_text(html, encoding="utf-8")


def _title(body: BeautifulSoup) -> str:
    return body.h1.get_text(" ", strip=True)


def _english(text: str) -> str:
    """Words that stay English on a page in another language, so that a screen reader says them rightly."""
    return f'<span lang="en">{escape(text)}</span>'


def _html(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


# A notebook as a page


def _page(lesson: Lesson, part: Path) -> BeautifulSoup:
    from nbconvert import HTMLExporter

    notebook = deepcopy(lesson.notebook)
    _prepare_outputs(notebook, lesson.name, part)
    exporter = HTMLExporter(template_name="basic", mathjax_url="", require_js_url="")
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = exporter.exclude_anchor_links = True
    body = _html(exporter.from_notebook_node(notebook)[0])
    if not body.h1:
        body.insert(0, _html(f"<h1>{escape(lesson.name)}</h1>"))
    if lesson.failure:
        body.h1.insert_after(_html(_failure(lesson)))
    for table in body.find_all("table"):
        table.wrap(body.new_tag("div", attrs={"class": "wide"}))
    return body


def _prepare_outputs(notebook: dict, name: str, part: Path) -> None:
    """Pictures become files with alternative text, stated numbers a line of their own."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", []) if "data" in output]
    pictures = [output for output in outputs if "image/png" in output["data"]]
    for place, output in enumerate(pictures, start=1):
        output["data"] = {"text/html": _figure(output["data"], part, f"figures/{name}-{place}")}
    for output in outputs:
        if NUMBER in output["data"]:
            output["data"] = {"text/html": f'<p class="stated">{escape(output["data"]["text/plain"])}</p>'}


def _figure(data: dict, part: Path, name: str) -> str:
    """Save the picture as PNG and, where the notebook drew it, as SVG; the page shows the sharper one."""
    (part / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
    kinds = ["png"]
    if "image/svg+xml" in data:
        (part / f"{name}.svg").write_text(data["image/svg+xml"], encoding="utf-8")
        kinds = ["svg", "png"]
    links = " · ".join(f'<a href="{name}.{kind}">{kind.upper()}</a>' for kind in kinds)
    said = escape(data.get("text/plain", ""), quote=True)
    image = f'<img src="{name}.{kinds[0]}" alt="{said}">'
    return f'<figure lang="{language()}">{image}<figcaption>{links}</figcaption></figure>'


def _failure(lesson: Lesson) -> str:
    words = _("Something went wrong in this notebook: {reason}").format(reason=lesson.failure)
    return f'<p class="failed" lang="{language()}">{escape(words)}</p>'


def _links(lessons: list[Lesson], pages: list[BeautifulSoup], place: int) -> str:
    """Links to the contents, the page before and the page after."""
    contents = _("Contents")
    links = [f'<a href="index.html">{contents}</a>']
    for words, other in ((_("Before: {title}"), place - 1), (_("Next: {title}"), place + 1)):
        if 0 <= other < len(lessons):
            text = escape(words).format(title=_english(_title(pages[other])))
            links.append(f'<a href="{lessons[other].name}.html">{text}</a>')
    return f'<nav lang="{language()}">{" ".join(links)}</nav>'


# The page of contents


def _contents(lessons: list[Lesson], pages: list[BeautifulSoup]) -> BeautifulSoup:
    entries = "".join(_entry(lesson, page) for lesson, page in zip(lessons, pages, strict=True))
    title = _("Who is the audience, and how much may we promise it?")
    parts = [
        (_("Notebooks"), entries),
        (_("Data"), _data(lessons)),
        (_("How it was made"), _versions(lessons)),
        (_("Numbers"), _numbers(lessons)),
    ]
    head = f"<h1>{title}</h1><p>{_run_on(len(lessons))}</p>{_prose()}"
    return _html(head + "".join(f"<h2>{heading}</h2>{body}" for heading, body in parts if body))


def _run_on(n: int) -> str:
    words = plural("{n} notebook, run on {date}.", "{n} notebooks, run on {date}.", n)
    return words.format(n=number(n), date=day(date.today()))


def _prose() -> str:
    """What stays English, said to whoever reads another language."""
    words = _("The text of the notebooks is in English; this page, the charts and the verdicts are in your language.")
    return "" if language() == "en" else f"<p>{words}</p>"


def _entry(lesson: Lesson, page: BeautifulSoup) -> str:
    """Title and abstract: the notebook's own heading and the first paragraph below it."""
    abstract = page.h1.find_next_sibling("p", class_=lambda name: name != "failed")
    text = "".join(str(child) for child in abstract.children) if abstract else ""
    failed = _failure(lesson) if lesson.failure else ""
    link = f'<a href="{lesson.name}.html">{escape(_title(page))}</a>'
    return f'<section lang="en"><h3>{link}</h3><p>{text}</p>{failed}</section>'


def _numbers(lessons: list[Lesson]) -> str:
    rows = [
        (f'<a href="{lesson.name}.html">{lesson.name}</a>', _english(name), number(one["value"], one["digits"]))
        for lesson in lessons
        for name, one in lesson.numbers.items()
    ]
    words = _("The same numbers for programs: {link}.").format(link='<a href="numbers.json">numbers.json</a>')
    return _table((_("Notebook"), _("What"), _("Value")), rows, last_is_number=True) + f"<p>{words}</p>"


def _data(lessons: list[Lesson]) -> str:
    """The published tables that a cell loads, with their sources; nothing where none is."""
    code = "\n".join(_code(lesson) for lesson in lessons)
    tables = [row for row in published_tables().to_dict("records") if re.search(rf"[\"']{row['name']}[\"']", code)]
    rows = [(_english(row["title"]), number(row["rows"]), _source(row)) for row in tables]
    return _table((_("Table"), _("Rows"), _("Source")), rows) if rows else ""


def _source(row: dict) -> str:
    source = _english(row["source"])
    return f'<a href="{escape(row["url"])}">{source}</a>' if row["url"] else source


def _versions(lessons: list[Lesson]) -> str:
    seeds = sorted({int(seed) for lesson in lessons for seed in re.findall(r"\bseed=(\d+)", _code(lesson))} - {0})
    seed = _("0, and where a cell names another one: {seeds}") if seeds else _("0 unless a cell names another one")
    seed = seed.format(seeds=", ".join(map(str, seeds)))
    rows = [(_("Date"), day(date.today())), (_("Seed"), seed), (_("Language"), language_name())]
    rows += [("Python", python_version()), *((name, version(name)) for name in SHOWN_VERSIONS)]
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows) + "</dl>"


def _code(lesson: Lesson) -> str:
    return "\n".join(cell["source"] for cell in lesson.notebook["cells"] if cell["cell_type"] == "code")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], *, last_is_number: bool = False) -> str:
    if not rows:
        nothing = _("None.")
        return f"<p>{nothing}</p>"
    top = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
    kind = ' class="numbers"' if last_is_number else ""
    return f'<div class="wide"><table{kind}><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
