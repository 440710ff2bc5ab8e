"""Six theories of expectation and experience (Brown, Venkatesh & Goyal 2014), as restrictions of the surface.

The paper's own equations were not at hand: the restrictions are ours, derived from what each theory says in words.
X is the expectation, Y the experience, both so keyed that more is better.
"""

import numpy as np
import pandas as pd

from ..words import _, number, percent
from .family import akaike
from .regression import Fit

THEORIES = {
    # theory: (models that express it, signs of (b1, b2, b3 or b6), the restriction in symbols)
    "experiences only": (("onlyy", "onlyy2"), (0, 0, 0), "b1 = b3 = b4 = 0"),
    "expectations only": (("onlyx", "onlyx2"), (0, 0, 0), "b2 = b4 = b5 = 0"),
    "assimilation": (("additive",), (1, 1, 0), "b3 = b4 = b5 = 0; b1 > 0, b2 > 0"),
    "contrast": (("additive",), (-1, 1, 0), "b3 = b4 = b5 = 0; b1 < 0 < b2"),
    "generalized negativity": (("SQD", "RR"), (0, 0, -1), "b1 = b2, b3 = b5 = -b4 / 2; b3 < 0"),
    "assimilation-contrast": (("AC",), (1, 0, -1), "b0 + b1 X + b2 Y + b6 (X - Y)^3; b1 > 0, b6 < 0"),
    "difference score": (("diff",), (0, 1, 0), "b1 = -b2, b3 = b4 = b5 = 0; b2 > 0"),
    "neither matters": (("null",), (0, 0, 0), "b1 = b2 = b3 = b4 = b5 = 0"),
    "none of these": (("full",), (0, 0, 0), ""),
}


def theory_name(theory: str) -> str:
    """The name of a theory in the chosen language."""
    names = {
        "experiences only": _("experiences only"),
        "expectations only": _("expectations only"),
        "assimilation": _("assimilation"),
        "contrast": _("contrast"),
        "generalized negativity": _("generalized negativity"),
        "assimilation-contrast": _("assimilation-contrast"),
        "difference score": _("difference score"),
        "neither matters": _("neither matters"),
        "none of these": _("none of these"),
    }
    return names[theory]


def words() -> dict[str, str]:
    """What every theory says, in plain words."""
    return {
        "experiences only": _("Only what comes counts; what was promised leaves no trace."),
        "expectations only": _("Only what was promised counts, whatever comes."),
        "assimilation": _("A high promise lifts the judgement: people see what they expect."),
        "contrast": _("A high promise lowers the judgement: the same delivery looks worse beside it."),
        "generalized negativity": _("Any surprise lowers the judgement, pleasant ones too."),
        "assimilation-contrast": _("Small gaps are overlooked, large ones are magnified."),
        "difference score": _("Only the gap counts, and every unit of it alike."),
        "neither matters": _("Neither promise nor experience shows in the outcome."),
        "none of these": _("A free surface: all of it, without a theory."),
    }


def compare_theories(family: dict, cubic: Fit, rows: pd.DataFrame, sign: int) -> pd.DataFrame:
    """Every theory by the better of its models: do the signs hold, and how well does it fit? `attrs["verdict"]`.

    A theory whose signs fail has no weight: held to its signs it would shrink to a simpler one of the list.
    """
    b0, b1, b2, b6 = cubic.coef
    family = family | {"AC": (np.array([b0, b1, b2, b6, 0, 0]), cubic)}
    table = pd.DataFrame([_row(theory, family, sign) for theory in THEORIES])
    if table.set_index("theory").at["assimilation-contrast", "signs_hold"]:
        table.loc[table["theory"] == "assimilation-contrast", "note"] = _switch(b1, b6, rows)
    table = akaike(table, among=table["signs_hold"]).sort_values("aicc").reset_index(drop=True)
    table.insert(1, "in_words", table["theory"].map(words()))
    table.attrs["verdict"] = _verdict(table)
    return table


def _row(theory: str, family: dict, sign: int) -> dict:
    models, signs, restriction = THEORIES[theory]
    keyed = {name: family[name][0][1:4] * (sign, sign, sign if name == "AC" else 1) for name in models}
    holds = {name: all(s * b >= 0 if s == 0 else s * b > 0 for s, b in zip(signs, keyed[name], strict=True))
             for name in models}  # fmt: skip
    model = min(models, key=lambda name: (not holds[name], family[name][1].aicc))
    fit = family[model][1]
    return {"theory": theory, "restriction": restriction, "model": model, "signs_hold": holds[model],
            "k": fit.k, "aicc": fit.aicc, "note": ""}  # fmt: skip


def _switch(b1: float, b6: float, rows: pd.DataFrame) -> str:
    """Where overlooking turns into magnifying: |X - Y| = sqrt(b1 / (-3 b6)), whatever the keying."""
    switch = np.sqrt(-b1 / (3 * b6))
    gap = (rows["promised"] - rows["actual"]).abs()
    beyond = percent(rows["count"][gap > switch].sum() / rows["count"].sum(), 1)
    where = _("inside the data") if switch < gap.max() else _("outside the data")
    return _("switches at a gap of {switch}, {where}: {share} of the orders lie beyond").format(
        switch=number(switch, 1), where=where, share=beyond
    )


def _verdict(table: pd.DataFrame) -> str:
    """The simplest theory within 2 AICc of the best: a smaller difference cannot tell two models apart."""
    close = table[table["signs_hold"] & (table["delta"] <= 2)]
    chosen = close.sort_values(["k", "aicc"]).iloc[0]
    said = {
        "experiences only": _("Experience alone suffices: what was promised adds nothing that shows."),
        "expectations only": _("The promise alone suffices: what came adds nothing that shows."),
        "neither matters": _("It does not matter here: neither promise nor experience shows in the outcome."),
        "none of these": _(
            "None of the theories fits as well: the free surface is ahead of “{second}” by {delta} AICc."
        ),
    }
    general = _("“{theory}” describes these orders best. {in_words}")
    second = table[table["signs_hold"] & (table["theory"] != "none of these")].iloc[0]
    return said.get(chosen["theory"], general).format(
        theory=theory_name(chosen["theory"]),
        in_words=chosen["in_words"],
        second=theory_name(second["theory"]),
        delta=number(second["delta"], 1),
    )
