"""Does the mixture reproduce what others printed for the classic tables?"""

import numpy as np
import pandas as pd

from ..answer import About, Answer
from ..progress import progress
from ..tables.published import load_published
from ..words import _, number
from .mixture import AudienceMixture, fit_up_to


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
    found = pd.concat([_verify_table(data, rows) for data, rows in tables], ignore_index=True)
    return Answer(found, About(len(found), source=_("the programs and papers named in each row")), _says)


def _says(answer: Answer) -> tuple[str, str]:
    """How many values are the printed ones, and which are not."""
    passed = answer.table["passed"]
    said = _("{passed} of {all} printed values are reproduced")
    wrong = answer.table.loc[~passed, ["data", "quantity"]].agg(" ".join, axis=1)
    verdict = _("Not reproduced: {list}.").format(list="; ".join(wrong)) if len(wrong) else ""
    return said.format(passed=number(passed.sum()), all=number(len(passed))), verdict


def _verify_table(data: str, rows: pd.DataFrame) -> pd.DataFrame:
    """All printed values of one classic table."""
    up_to = int(rows["n_audiences"].max())
    fits = fit_up_to(load_published(f"lca_{data}"), up_to, age=None, tol=1e-13, max_iter=30_000)
    models = dict(enumerate(fits, start=1))
    ours = np.round([_ours(models[row.n_audiences], row) for row in rows.itertuples()], 6)
    tolerance = (0.5 * 10.0 ** -rows["digits"] * 1.0001).where(rows["quantity"] != "log_likelihood", 1e-3)
    where = [_where(row) for row in rows.itertuples()]
    return rows.assign(quantity=where, ours=ours, passed=(rows["printed"] - ours).abs() <= tolerance)[
        ["data", "n_audiences", "quantity", "printed", "ours", "source", "passed"]
    ]


def _where(row) -> str:
    parts = [row.quantity, row.item if isinstance(row.item, str) else "", f"{row.audience:g}"]
    return " ".join(part for part in parts if part and part != "nan")


def _ours(model: AudienceMixture, row) -> float:
    """Our value of a printed quantity."""
    if row.quantity == "share":
        return model.share_[int(row.audience) - 1]
    if row.quantity == "probability":
        return model.parameters_["answers"][row.item].iloc[int(row.audience) - 1, 1]
    return float(getattr(model, {"log_likelihood": "log_likelihood_", "bic": "bic_"}.get(row.quantity, "identified_")))
