"""What is written down of a fitted mixture: the table for a paper, and a file that types new people years later."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from ..answer import About, Answer
from ..errors import ModelError
from ..tables.cells import SUMS, Cells
from ..words import _, number, percent, plural
from .em import Climb, Grid, Solution
from .profile import mean_ages
from .residuals import pairs
from .separation import audience_certainty

if TYPE_CHECKING:
    from .mixture import AudienceMixture

FORMAT = 1  # of the file; a newer package reads all older ones


def summary(model: AudienceMixture) -> Answer:
    """What belongs into a paper about these audiences?

    Returns
    -------
    Answer
        ``quantity, value``: people, settings, criteria, starts, local dependence, and what repeats the analysis
        (package, random_state; of People read from a file its SHA-256 and the line of Python). Parts: `audiences`
        (audience, name, share, mean_age and the probability of every answer, of yes/no items of the yes),
        `classification` (audience by assigned audience: of those who belong, the share assigned), `residuals` (pairs of
        questions). ``summary.table.to_latex()``, ``.to_html()`` and ``.to_csv()`` are pandas' own.

    Examples
    --------
    >>> from smm_analysis import AudienceMixture, load_published
    >>> paper = AudienceMixture(4).fit(load_published("gss_2016_platforms_by_age")).summary()
    >>> paper.headline
    '4 audiences of 1,366 people, BIC 9,592.6'
    """
    check_is_fitted(model)
    cells, left = model.cells_, pairs(model)
    same = ["log_likelihood", "n_parameters", "aic", "bic", "sabic", "icl_bic", "icl_map", "entropy_r2"]
    values = {
        "n": cells.n_respondents,
        "effective_n": cells.effective_n,
        "n_unanswered": cells.n_unanswered,
        "source": cells.source,
        **{name: model.get_params()[name] for name in ("n_audiences", "age", "random_state")},
        **{name: getattr(model, f"{name}_") for name in same},
        "starts": len(model.starts_),
        "starts_agreeing": int(model.starts_["agrees"].sum()),
        "converged": model.converged_,
        "identified": model.identified_,
        "pairs": len(left),
        "pairs_dependent": int(left["dependent"].sum()),
        "largest_residual": left["chi2_df"].max(),
        "doubtful": audience_certainty(model).doubtful,
        "package": f"smm-analysis {version('smm-analysis')}",
        **model.read_,
    }
    parts = {"audiences": _audiences(model), "classification": _classification(model), "residuals": left}
    table = pd.DataFrame({"quantity": list(values), "value": pd.Series(list(values.values()), dtype=object)})
    return Answer(table, model.about(), _says, parts, values)


def _audiences(model: AudienceMixture) -> pd.DataFrame:
    """One row per audience; an item that has the name of another column gets "_" behind its own."""
    answers, given = model.parameters_["answers"], model.cells_.answers
    own = {"name": model.names_, "share": model.share_, "mean_age": mean_ages(model)[0]}
    table = pd.DataFrame(own, answers.index)
    for item, answer in answers.columns:
        if given[item] != (0, 1) or answer == 1:
            name = item if given[item] == (0, 1) else f"{item}: {answer}"
            table[f"{name}_" if name in own else name] = answers[item, answer]
    return table.reset_index()


def _classification(model: AudienceMixture) -> pd.DataFrame:
    """Audiences by the audience assigned, from age and answers."""
    assigned = audience_certainty(model).assigned
    own = assigned[assigned["by"] == "age and answers"]
    return own.pivot(index="audience", columns="assigned", values="estimate").reset_index().rename_axis(columns=None)


def _says(answer: Answer) -> tuple[str, str]:
    """What was fitted, and whether it may be believed."""
    found, k = answer.facts, answer.n_audiences
    digits = {"n": 0, "bic": 1, "n_parameters": 0, "log_likelihood": 1, "starts": 0, "pairs": 0}
    figures = {name: number(found[name], places) for name, places in digits.items()}
    figures |= {"k": number(k), "r2": number(found["entropy_r2"], 2), "share": percent(found["doubtful"])}
    headline = plural("{k} audience of {n} people, BIC {bic}", "{k} audiences of {n} people, BIC {bic}", k)
    said = [
        _("{n_parameters} parameters, log-likelihood {log_likelihood}; {agree} of {starts} starts reached it."),
        _("Entropy R² {r2}; {share} of the people are doubtful."),
        _("{dependent} of {pairs} pairs of questions hang together beyond the audiences."),
    ]
    if not found["identified"]:
        said.append(_("The parameters are not identified: do not read the profiles."))
    figures |= {"agree": number(found["starts_agreeing"]), "dependent": number(found["pairs_dependent"])}
    return headline.format(**figures), " ".join(sentence.format(**figures) for sentence in said)


def save(model: AudienceMixture, path: str | Path) -> Path:
    """Write the fitted model as JSON: its settings, its parameters, and the counted people it was fitted to."""
    cells, frame = model.cells_, model.cells_.to_frame().astype(object)
    held = {
        "format": FORMAT,
        "package": version("smm-analysis"),
        "settings": model.get_params(),
        "cells": {
            "items": {item: list(answers) for item, answers in cells.answers.items()},
            "age": cells.age,
            "source": cells.source,
            "origin": cells.origin,
            "columns": {name: list(frame[name].where(frame[name].notna(), None)) for name in frame},
        },
        "theta": model.theta_.tolist(),
        "starts": {name: column.tolist() for name, column in model.starts_.drop(columns="agrees").items()},
        "identified": [bool(model.identified_), model._deficit],
        "read": model.read_,
        "names": model._names.given,
    }
    path = Path(path)
    path.write_text(json.dumps(held, ensure_ascii=False, indent=1, default=_plain), encoding="utf-8")
    return path


def _plain(value):
    """NumPy's numbers as Python's."""
    return value.item()


def load(path: str | Path, kind: type[AudienceMixture]) -> AudienceMixture:
    """Read what `save` wrote."""
    rule, remedy = f"holds a mixture in format {FORMAT} or older", "Give a file that model.save wrote."
    try:
        held = json.loads(Path(path).read_text(encoding="utf-8"))
        written = held["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("path", rule, f"something else in {Path(path).name!r}", remedy) from error
    if written > FORMAT:
        raise ModelError("path", rule, f"format {written}", f"Update the package (it was {held['package']}).")
    model, cells = kind(**held["settings"]), _cells(**held["cells"])
    theta, starts = np.array(held["theta"]), pd.DataFrame(held["starts"])
    ends = Climb(theta[None], *(starts[name].to_numpy()[:1] for name in ("log_likelihood", "steps", "converged")))
    model._adopt(model._named(cells), Grid.of(cells, model.age), Solution(theta, ends, starts))
    model.identified_, model._deficit = held["identified"]
    model.read_ = held["read"]
    return model.rename({int(audience): name for audience, name in held["names"].items()})


def _cells(items: dict, age, source: str | None, origin: str | None, columns: dict) -> Cells:
    """The counted people again; answers keep their order."""
    frame = pd.DataFrame(columns)
    for item, answers in items.items():
        frame[item] = pd.Categorical(frame[item], categories=answers)
    sums = dict(zip(SUMS, frame.columns[-3:], strict=True))
    age = tuple(age) if isinstance(age, list) else age
    return Cells.from_table(frame, items=list(items), age=age, about=About(source=source, origin=origin), **sums)
