"""From answers to HTML: one family of templates, in which every sentence passes through gettext and data stays data."""

from datetime import date
from functools import cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from platform import python_version

from jinja2 import Environment, PackageLoader, StrictUndefined

from .. import words
from ..answer import Answer


@cache
def _environment() -> Environment:
    how = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(loader=PackageLoader("smm_analysis.pages"), finalize=_shown, **how)
    spoken = ("_", "plural", "number", "percent", "day", "language", "language_name")
    environment.globals |= {name: getattr(words, name) for name in spoken}
    environment.globals |= {"version": version("smm-analysis"), "python_version": python_version()}
    return environment


def _shown(value: object) -> object:
    return words.visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def fill(template: str, **values) -> str:
    """The page of a template; what comes from data is escaped there, and its control characters have become visible."""
    return _environment().get_template(template).render({"lang": words.language(), "today": date.today(), **values})


def fill_macro(name: str, *values: object) -> str:
    """What a macro of `parts.html` makes of values, for a page that no template of ours fills."""
    return getattr(_environment().get_template("parts.html").module, name)(*values)


def write_page(path: Path, template: str, **values) -> None:
    """Fill a template and write the page."""
    path.write_text(fill(template, **values), encoding="utf-8")


def draw(answer: Answer | str | None, kind: str, folder: Path) -> dict | None:
    """Draw `answer` into `folder`, as SVG and PNG, and say it in words; None where it has no such picture."""
    if not isinstance(answer, Answer) or kind not in answer.charts:
        return None
    import matplotlib.pyplot as plt

    from ..charts import as_svg
    from ..charts.alt import describe

    plt.switch_backend("agg")  # no window, whatever the machine has
    (folder / "figures").mkdir(exist_ok=True)
    figure, png = answer.plot(kind).figure, BytesIO()
    figure.savefig(png, format="png")
    svg, about = as_svg(figure)
    plt.close(figure)
    return store_picture(folder, kind, describe(figure), {"svg": svg, "png": png.getvalue()}, about)


def store_picture(folder: Path, name: str, words: str, files: dict[str, str | bytes], about: dict) -> dict:
    """Write the files of a picture, its form for a phone too, into `folder`; what `parts.html` needs to show it."""
    shown = {"name": f"figures/{name}", "alt": words, "files": [*files], "phone": "phone" in about}
    written = {f".{kind}": data for kind, data in files.items()}
    if shown["phone"]:
        written["-phone.svg"] = about["phone"]
    for end, data in written.items():
        (folder / f"{shown['name']}{end}").write_bytes(data if isinstance(data, bytes) else data.encode())
    return shown | {"title": about.get("title", ""), "kind": about.get("kind")}
