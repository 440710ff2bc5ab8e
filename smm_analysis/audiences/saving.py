"""A fitted mixture as text: new respondents can be typed years later, by this version of the package or a newer one."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..answer import About
from ..errors import ModelError
from ..tables.cells import SUMS, Cells
from .em import Climb, Grid, Solution

if TYPE_CHECKING:
    from .mixture import AudienceMixture

FORMAT = 1  # of the file; a newer package reads all older ones


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
        "features": list(model.feature_names_in_) if hasattr(model, "feature_names_in_") else model.n_features_in_,
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
    model._adopt(cells, Grid.of(cells, model.age), Solution(theta, ends, starts))
    model.identified_, model._deficit = held["identified"]
    model.read_ = held["read"]
    named = isinstance(held["features"], list)
    model.n_features_in_ = len(held["features"]) if named else held["features"]
    if named:
        model.feature_names_in_ = np.array(held["features"], object)
    return model.rename({int(audience): name for audience, name in held["names"].items()})


def _cells(items: dict, age, source: str | None, origin: str | None, columns: dict) -> Cells:
    """The counted people again; answers keep their order."""
    frame = pd.DataFrame(columns)
    for item, answers in items.items():
        frame[item] = pd.Categorical(frame[item], categories=answers)
    sums = dict(zip(SUMS, frame.columns[-3:], strict=True))
    age = tuple(age) if isinstance(age, list) else age
    return Cells.from_table(frame, items=list(items), age=age, about=About(source=source, origin=origin), **sums)
