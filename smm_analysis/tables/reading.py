"""From columns of text to ages in years and platforms in yes and no; every cell that is not read is named."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _
from .answers import NAN, age, amount, birthday, born, dated_band, number, often, personal, silent, yes_no
from .vocabulary import means, mentioned, mentions, platform_of, remembered, spellings, tidy

READ = {"ticks": yes_no, "yes or no": yes_no, "how often": often, "amounts": amount}
ASKED = {  # codings that say nothing about use until somebody says which answer means yes
    "codes 1 and 2": "1 and 2 may mean yes and no: which is yes?",
    "a scale of numbers": "a scale is neither yes nor no: recode it (1 = never as 0, the rest as 1), or name its yes",
    "opinions": "the answers are opinions: name the one that means use",
    "not understood": "the answers are neither yes and no, nor how often, nor an amount: name the one that means yes",
}
REJECTS = ["row", "column", "value", "reason"]
RESERVED = ("age", "age_low", "age_high", "weight", "count", "weight_squared")


class Log:
    """What was not read, cell by cell, and what must be said about the rest."""

    def __init__(self, rejects=()):
        self.rejects, self.notes = list(rejects), []

    def reject(self, column: pd.Series, text: str, reason: str, part: str | None = None) -> None:
        """Every cell of a column that holds this text, or the part of it that is meant."""
        shown = text if part is None else part
        self.rejects += [(row, column.name, shown, reason) for row in column.index[column == text]]

    def frame(self) -> pd.DataFrame:
        """The rejects, by row."""
        rejects = [(row, name, "" if personal(str(text)) else text, why) for row, name, text, why in self.rejects]
        return pd.DataFrame(sorted(rejects, key=lambda reject: reject[0]), columns=REJECTS)


@remembered
def canonical(text: str) -> str:
    """The column of a platform or of an unknown option; 'none' for 'none of these'."""
    if means("none", text) or means("no", text):
        return "none"
    if means("other", text):
        return "other"
    name = re.sub(r"\W+", "_", tidy(text)).strip("_")[:40].rstrip("_") or "option"
    return platform_of(text, True) or (f"{name}_platform" if name in RESERVED else name)


def in_order(uses: pd.DataFrame) -> list[str]:
    """Known platforms in the order of data/platforms.csv, then the others, those with most people first."""
    known = [*dict.fromkeys(spellings().values())]
    return sorted(uses, key=lambda p: (known.index(p) if p in known else len(known), -uses[p].sum(), p))


def understood(counts: dict[str, int], reader) -> float:
    """The share of people whose answer a reader understands (of the 400 most frequent answers)."""
    top = sorted(counts.items(), key=lambda pair: -pair[1])[:400]
    known = sum(k for answer, k in top if (read := reader(answer)) is not None and read is not False)
    return known / max(1, sum(k for _answer, k in top))


def coding_of(columns: dict[str, dict[str, int]], question: str = "") -> str:
    """How a question's answers say use, judged on all its columns (option: answers and how many) together."""
    counts = Counter()
    for option, answers in columns.items():
        own = canonical(option)  # a cell that repeats its option is a tick
        counts.update({text: k for text, k in answers.items() if not silent(text) and canonical(text) != own})
    values = {value for answer in counts if (value := number(answer)) is not None and value >= 0}
    if values and understood(counts, number) > 0.95:
        if values <= {0, 1, 98, 99}:
            return "yes or no"
        if mentions("unit", question) or max(values - {98, 99}) > 10:
            return "amounts"
        return "codes 1 and 2" if len(values) <= 3 and values <= {1, 2, 3, 8, 9, 98, 99} else "a scale of numbers"
    if understood(counts, lambda answer: means("opinion", answer)) > 0.5:
        return "opinions"
    good = {coding: round(understood(counts, reader), 2) for coding, reader in READ.items()}
    best = max(good, key=good.get)
    return "ticks" if not counts else best.replace("ticks", "yes or no") if good[best] >= 0.8 else "not understood"


# Platforms ------------------------------------------------------------------------------------------------------------


def read_ticks(columns: dict[str, pd.Series], coding: str, yes, log: Log) -> pd.DataFrame:
    """Use (1, 0, NaN) of platforms from (platform, column) pairs; `yes` is the one answer that means yes."""
    reader = READ.get(coding, yes_no) if yes is None else lambda text: float(tidy(text) == tidy(yes))
    answers = {text for _platform, column in columns for text in column.dropna().unique()}
    if yes is not None and not any(reader(text) for text in answers):
        raise TableError("yes", "is an answer of the question", repr(yes)[:60], "Check the spelling.")
    zeros = any(reader(text) == 0 for text in answers)  # beside '0 hours', 'less than 1 hour' is some use
    uses = {}
    for platform, column in columns:
        read = {}
        for text in column.dropna().unique():
            missing = silent(text) or (text in ("98", "99") and coding != "amounts")
            used = None if missing else 1.0 if canonical(text) == platform else reader(text)
            used = 1.0 if used != used and zeros else used
            if used is None or used != used:
                unread = _("neither use nor no use") if used is None else _("a range that begins at 0")
                log.reject(column, text, _("no answer") if missing else unread)
            read[text] = NAN if used is None else used
        use = column.map(read).astype(float)
        uses[platform] = uses[platform].combine(use, np.fmax) if platform in uses else use
    uses = pd.DataFrame(uses)
    if not uses.eq(0).any(axis=None):
        uses = uses.mask(uses.isna() & uses.eq(1).any(axis=1).to_numpy()[:, None], 0.0)
        said = _("Only ticks are stored: a row with a tick answers the rest with no, a row without any is no answer.")
        log.notes.append(said)
    if coding == "amounts":
        log.notes.append(_("Amounts: more than 0 is use."))
    return _none_is_an_answer(uses).drop(columns="other", errors="ignore")  # 'other' names no platform


def read_list(column: pd.Series, lister, log: Log) -> pd.DataFrame:
    """Use (1, 0, NaN) of platforms from cells that list them."""
    parts = {text: [one for one in lister.split(text) if not silent(one)] for text in column.dropna().unique()}
    counts = Counter(canonical(one) for text in column.dropna() for one in parts[text])
    given = {one for several in parts.values() for one in several}
    known = {platform for one in given if (platform := platform_of(one, True))}
    total = {one for one in given if means("all", one)}
    every = {one for one in total if len(known) == 2 or (len(known) > 2 and not means("both", one))}
    vague = total - every
    out = {one: _("which platforms are meant?") for one in vague}
    out |= {one: _("'other' names no platform") for one in given if means("other", one)}
    rare = {one for one in given - every if counts[canonical(one)] < 2 and canonical(one) not in known | {"none"}}
    out = {one: _("a rare answer, no known platform") for one in rare} | out
    chosen = {}
    for text, several in parts.items():
        chosen[text] = {canonical(one) for one in several if one not in out and one not in every}
        chosen[text] |= known if every & set(several) else set()
        for one in several:
            if one in out:
                log.reject(column, text, out[one], one)
            elif not platform_of(one, True) and mentioned(one):
                log.reject(column, text, _("a platform's name within other words: not counted for it"), one)
                log.notes.append(_("A platform's name within other words is not counted: see the rejects."))
        if not several:
            log.reject(column, text, _("no answer"))
        elif "none" in chosen[text] and len(chosen[text]) > 1:
            log.reject(column, text, _("'none' beside a platform: the platform counts"))
    if every:
        said = _("'Both' or 'all' is read as {list}.")
        log.notes.append(said.format(list=", ".join(sorted(known))))
    near = {platform_of(one, True) for one in given if platform_of(one, True) and not platform_of(one)}
    if near:
        log.notes.append(_("Misspelled names are read as {list}.").format(list=", ".join(sorted(near))))
    platforms = sorted(set().union(*chosen.values()))
    read = {text: [float(p in chosen[text]) for p in platforms] for text in parts if set(parts[text]) - vague}
    uses = [read.get(text, [NAN] * len(platforms)) for text in column]
    return _none_is_an_answer(pd.DataFrame(uses, index=column.index, columns=platforms))


def _none_is_an_answer(uses: pd.DataFrame) -> pd.DataFrame:
    """'None of these' answers every platform with no."""
    if "none" not in uses:
        return uses
    none = uses.pop("none").eq(1).to_numpy()
    return uses.mask(uses.isna() & none[:, None], 0.0)


# Age ------------------------------------------------------------------------------------------------------------------


def read_ages(column: pd.Series, coding: str, year: int | None, log: Log) -> pd.DataFrame:
    """`age` in years; of bands the middle, and `age_low, age_high` (open: empty above, 0 below).

    coding: "years", "bands", or "born" (years of birth or generations, with the year of the interviews).
    """
    read, typed = {}, list(column.dropna().unique())
    for text in typed:
        if coding == "born":
            span = birthday(text)
            read[text] = (year - span[1], year - span[0]) if span and 0 <= year - span[1] <= 120 else None
        else:
            read[text] = age(text) or (dated_band(text) if coding == "bands" else None)
    if coding == "bands" and any(read[text] and not age(text) for text in typed):
        log.notes.append(_("A spreadsheet has made dates of bands such as 10-14: read as bands."))
    years = sorted(band[0] for band in read.values() if band and band[0] == band[1])
    for text, band in read.items():
        lone = band and coding == "years" and (band[0] == 0 or _stands_for_none(band[0], years))
        if lone:
            log.notes.append(_("0, 98 or 99 in the column of ages may stand for no answer: not used."))
        if silent(text) or lone or not band or (coding == "years" and band[0] != band[1]):
            log.reject(column, text, _why_no_age(text, band, lone))
            read[text] = None
    ends = ({text: band[end] if band else NAN for text, band in read.items()} for end in (0, 1))
    low, high = (column.map(end).astype(float) for end in ends)
    if coding == "years" or not (low != high).where(low.notna()).any():
        return low.to_frame("age")
    return _banded(column, low, high, coding, log)


def _stands_for_none(age: float, years: list[float]) -> bool:
    others = [year for year in years if year not in (98, 99)]
    return age in (98, 99) and bool(others) and others[-1] < 90


def _why_no_age(text, band, lone) -> str:
    if lone:
        return _("may stand for no answer")
    if silent(text):
        return _("no answer")
    if band:
        return _("a band among ages in years")
    return _("looks like a year of birth") if born(text) and number(text) else _("not an age")


def _spans(low: pd.Series, high: pd.Series) -> list[tuple[float, float]]:
    """The different bands, youngest first."""
    bands = pd.DataFrame({"low": low, "high": high}).dropna(subset="low").drop_duplicates()
    return list(bands.sort_values(["low", "high"]).itertuples(index=False, name=None))


def _banded(column, low, high, coding, log: Log) -> pd.DataFrame:
    """Bands: those that share an edge touch; an age in years goes into its band; open ends get half a neighbour."""
    exact = low.eq(high) if coding == "bands" else pd.Series(False, low.index)
    touching = high.mask(~exact & high.isin(set(low[~exact].dropna())) & low.ne(high), high - 1)
    if not touching.equals(high) and all(b < c for (_a, b), (c, _d) in pairwise(_spans(low[~exact], touching[~exact]))):
        log.notes.append(_("Bands that share an edge touch: 10-18 beside 18-25 is read as 10-17."))
        high = touching
    bands = _spans(low[~exact], high[~exact])
    for row in low.index[exact]:
        inside = [(a, b) for a, b in bands if a <= low[row] < np.nan_to_num(b, nan=120) + 1]
        if len(inside) != 1:
            log.rejects.append((row, column.name, column[row], _("an age outside the bands")))
        low[row], high[row] = inside[0] if len(inside) == 1 else (NAN, NAN)
    closed = [(a, b) for a, b in bands if a > 0 and b > a]
    first, last = (closed[0][1] - closed[0][0], closed[-1][1] - closed[-1][0]) if closed else (10, 10)
    middle = ((low + high) / 2).mask(low == 0, high - first / 2).mask(high.isna() & low.notna(), low + last / 2)
    if (low == 0).any():
        log.notes.append(_("The lowest band is open: its middle is half a neighbouring band below its end."))
    return pd.DataFrame({"age": middle, "age_low": low, "age_high": high})
