"""From answers to HTML: one family of templates, in which every sentence passes through gettext and data stays data."""

from datetime import date
from functools import cache
from importlib.metadata import version
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


def write_page(path: Path, template: str, **values) -> None:
    """Fill a template and write the page."""
    path.write_text(fill(template, **values), encoding="utf-8")


def draw(answer: Answer | str | None, kind: str, folder: Path) -> dict[str, str] | None:
    """Draw `answer` into `folder`, as SVG and PNG, and say it in words; None where it has no such picture."""
    if not isinstance(answer, Answer) or kind not in answer.charts:
        return None
    import matplotlib.pyplot as plt

    from ..charts.alt import describe

    plt.switch_backend("agg")  # no window, whatever the machine has
    (folder / "figures").mkdir(exist_ok=True)
    figure = answer.plot(kind).figure
    name = f"figures/{kind}"
    with plt.rc_context({"svg.hashsalt": kind}):  # no random names: the same file gives the same page
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    figure.savefig(folder / f"{name}.png")
    plt.close(figure)
    return {"name": name, "alt": describe(figure)}
