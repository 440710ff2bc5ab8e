"""Does the mixture reproduce what others printed for the classic tables?"""

import numpy as np
import pandas as pd

from ..answer import About, Answer
from ..progress import progress
from ..tables.published import load_published
from ..words import _, number
from .mixture import fit_up_to

COLUMNS = ["data", "n_audiences", "quantity", "printed", "ours", "source", "passed"]


def verify() -> Answer:
    """Compare the mixture with results printed elsewhere.

    Returns
    -------
    Answer
        One row per printed value: ``data, n_audiences, quantity, printed, ours, source, passed``. A value passes when
        it equals the printed one to half a unit of its last digit (log-likelihoods: to .001).

    Examples
    --------
    >>> verify().headline
    '91 of 91 printed values are reproduced'
    """
    printed = load_published("lca_printed")
    tables = progress(printed.groupby("data"), "verify", total=printed["data"].nunique())
    found = pd.concat([rows.assign(ours=_ours(data, rows)) for data, rows in tables], ignore_index=True)
    tolerance = (0.5 * 10.0 ** -found["digits"] * 1.0001).where(found["quantity"] != "log_likelihood", 1e-3)
    found["passed"] = (found["printed"] - found["ours"]).abs() <= tolerance
    audience = found["audience"].map("{:.0f}".format, na_action="ignore")
    names = found["quantity"].str.cat([found["item"].fillna(""), audience.fillna("")], sep=" ")
    found = found.assign(quantity=names.str.split().str.join(" "))[COLUMNS]
    return Answer(found, About(len(found), source=_("the programs and papers named in each row")), _says)


def _says(answer: Answer) -> tuple[str, str]:
    """How many values are the printed ones, and which are not."""
    passed = answer.table["passed"]
    said = _("{passed} of {all} printed values are reproduced")
    wrong = answer.table.loc[~passed, ["data", "quantity"]].agg(" ".join, axis=1)
    verdict = _("Not reproduced: {list}.").format(list="; ".join(wrong)) if len(wrong) else ""
    return said.format(passed=number(passed.sum()), all=number(len(passed))), verdict


def _ours(data: str, rows: pd.DataFrame) -> np.ndarray:
    """Our values of what is printed of one classic table."""
    up_to = int(rows["n_audiences"].max())
    models = list(fit_up_to(load_published(f"lca_{data}"), up_to, age=None, tol=1e-13, max_iter=30_000))
    found = []
    for row in rows.itertuples():
        model = models[row.n_audiences - 1]
        if row.quantity == "share":
            found.append(model.share_[int(row.audience) - 1])
        elif row.quantity == "probability":
            found.append(model.parameters_["answers"][row.item].iloc[int(row.audience) - 1, 1])
        else:
            found.append(float(getattr(model, f"{row.quantity}_")))
    return np.round(found, 6)
