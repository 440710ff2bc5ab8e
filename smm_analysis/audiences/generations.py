"""'The young Instagram, the older Facebook': one sentence, four questions, each answered by an interval."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from ..errors import TableError
from ..tables.cells import Cells
from ..tables.published import item_label
from ..words import _, number, percent
from .margins import SURVEY, compared, in_bands, ratio


def young_and_old(
    source: Cells | pd.DataFrame,
    *,
    young: str = "instagram",
    old: str = "facebook",
    bands: list[int] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Is it true that the young prefer platform `young` and the older ones platform `old`?

    Parameters
    ----------
    source : Cells, or rows of load_published("platform_use_by_age") from one survey
    young, old : str
        Platforms.
    bands, level
        As in `platform_use_by_age`.

    Returns
    -------
    DataFrame
        ``question, estimate, low, high, answer``; the youngest band is compared with the oldest one:

        - ``young_more``: difference of the share of `young`, youngest minus oldest;
        - ``old_more``: difference of the share of `old`, oldest minus youngest;
        - ``preference``: how many times larger the ratio `old` / `young` is in the oldest band;
        - ``users_age``: mean age of the users of `old` minus that of the users of `young`, in years (from cells;
          printed shares by age do not tell how many people there are of each age).

        `answer` is "supported" or "contradicted" if the whole interval lies on one side of no difference, else "open".
        `attrs["judgement"]`: "supported", "contradicted" or "open" if all answers agree, else "partly";
        `attrs["verdict"]` says it in sentences.

    Raises
    ------
    TableError
        If printed rows come from several surveys, a platform is missing, or there is one band only.

    Examples
    --------
    >>> from smm_analysis import load_published
    >>> pew = load_published("platform_use_by_age").query("source == 'Pew Research Center 2025' and measure == 'ever'")
    >>> answers = young_and_old(pew)
    >>> answers[["question", "answer"]].values.tolist()[:3], answers.attrs["judgement"]
    ([['young_more', 'supported'], ['old_more', 'contradicted'], ['preference', 'supported']], 'partly')
    """
    pair = compared(source, old, young, bands)
    printed = not isinstance(source, Cells)
    if printed and len(pair[SURVEY].drop_duplicates()) > 1:
        raise TableError(
            "source", "must be one survey", f"{len(pair[SURVEY].drop_duplicates())} of them", "Choose one."
        )
    if len(pair) < 2:
        raise TableError("source", "must hold two bands of age or more", f"{len(pair)}", "Choose another survey.")
    first, last, z = pair.iloc[0], pair.iloc[-1], norm.ppf((1 + level) / 2)
    rows = []
    for question, before, after, column in (("young_more", last, first, "second"), ("old_more", first, last, "first")):
        half = z * np.sqrt(before[f"{column}_variance"] + after[f"{column}_variance"])
        rows.append((question, gap := after[column] - before[column], gap - half, gap + half))
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.float64(last["first"] * first["second"]) / (last["second"] * first["first"])
        factor = np.exp(z * np.sqrt(first["log_variance"] + last["log_variance"]))
    rows.append(("preference", times, times / factor, times * factor))
    years, half = (np.nan, np.nan) if printed else _users_age(in_bands(source, bands), old, young, z)
    rows.append(("users_age", years, years - half, years + half))
    frame = pd.DataFrame(rows, columns=["question", "estimate", "low", "high"])
    none = frame["question"].map(lambda question: 1.0 if question == "preference" else 0.0)
    frame["answer"] = np.select([frame["low"] > none, frame["high"] < none], ["supported", "contradicted"], "open")
    asked = set(frame.loc[frame["estimate"].notna(), "answer"])
    frame.attrs = {"level": level, "judgement": asked.pop() if len(asked) == 1 else "partly"}
    frame.attrs["verdict"] = _sentences(frame, pair, item_label(young), item_label(old))
    return frame


def _users_age(table, old, young, z) -> tuple[float, float]:
    """Difference of the users' mean ages and half its interval; people who use both count on both sides."""
    table = table[table[old].notna() & table[young].notna()]
    means = [ratio(table[name] * table["middle"], table[name], table)[0] for name in (old, young)]
    total = [(table["weight"] * table[name]).sum() for name in (old, young)]
    pull = [table[n] * (table["middle"] - m) / t for n, m, t in zip((old, young), means, total, strict=True)]
    return means[0] - means[1], z * np.sqrt((table["weight_squared"] * (pull[0] - pull[1]) ** 2).sum())


def band_label(low: float, high: float) -> str:
    """A band of ages as a person writes it: '18-29', '65+'."""
    return f"{low:.0f}+" if not np.isfinite(high) else f"{low:.0f}–{high:.0f}"


def _sentences(frame, pair, young, old) -> str:
    """The answers as one paragraph."""
    words = {"supported": _("supported"), "contradicted": _("contradicted"), "open": _("open")}
    answer = frame.set_index("question")["answer"].map(words)
    first, last = pair.iloc[0], pair.iloc[-1]
    bands = {
        "young": band_label(first["age_low"], first["age_high"]),
        "old": band_label(last["age_low"], last["age_high"]),
    }
    peak = pair.loc[pair["first"].idxmax()]
    said = [
        _("{platform}: {share_young} at {young}, {share_old} at {old}: 'the young use it more' is {answer}.").format(
            platform=young, share_young=percent(first["second"]), share_old=percent(last["second"]),
            answer=answer["young_more"], **bands,
        ),
        _("{platform}: {share_young} at {young}, {share_old} at {old}: 'the older use it more' is {answer}.").format(
            platform=old, share_young=percent(first["first"]), share_old=percent(last["first"]),
            answer=answer["old_more"], **bands,
        ),
        _("Its largest share is at {band}: {share}.").format(
            band=band_label(peak["age_low"], peak["age_high"]), share=percent(peak["first"])
        ),
        _("{a} per user of {b} grows {times} times from {young} to {old}: 'the older prefer it' is {answer}.").format(
            a=old, b=young, times=number(frame["estimate"][2], 1), answer=answer["preference"], **bands,
        ),
    ]  # fmt: skip
    years = frame["estimate"][3]
    if not np.isnan(years):
        said.append(
            _(
                "Users of {a} are {years} years older on average than users of {b}: 'its users are older' is {answer}."
            ).format(a=old, b=young, years=number(years, 1), answer=answer["users_age"])
        )
    if frame["low"].isna().all():
        said.append(_("No n was printed, so no interval can be given, and nothing is decided."))
    return " ".join(said)
