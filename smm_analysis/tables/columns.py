"""What each column of a survey holds: an age, a weight, one platform, a list of platforms, or something else.

Every function takes columns of a file and hands back what it took: new columns, a line for the ledger, unused values.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _
from . import answers as read
from .files import RawTable
from .notes import FEW

MAX_UNKNOWN = 30
RESERVED = ("age", "age_low", "age_high", "weight")


@dataclass(frozen=True)
class Taken:
    """Columns taken from a file, with what the ledger says of each and the values that were not used."""

    columns: dict[str, pd.Series] = field(default_factory=dict)
    ledger: dict[str, tuple[str, str]] = field(default_factory=dict)
    rejects: list[tuple] = field(default_factory=list)

    def __add__(self, other):
        return Taken(self.columns | other.columns, self.ledger | other.ledger, self.rejects + other.rejects)


def sample(raw: RawTable, name: str) -> str:
    """The first two different answers of a column, for messages."""
    return ", ".join(str(value)[:15] for value in raw.cells[name].dropna().drop_duplicates().head(2)) or _("empty")


def _frequent(text: pd.Series) -> str:
    """In brackets, the two most frequent answers that at least five people gave: a ledger tells on nobody."""
    counts = text.value_counts()
    often = sorted(counts.index[counts >= FEW], key=lambda answer: (-counts[answer], answer))[:2]
    return f" ({', '.join(answer[:15] for answer in often)})" if often else ""


# Age and weight -------------------------------------------------------------------------------------------------------


def take_age(raw: RawTable, given: str | None) -> Taken:
    """The age in years, or the middle of a band of ages with both its ends."""
    nothing = Taken({"age": pd.Series(np.nan, raw.cells.index)})
    names = [given] if given else [name for name in raw.cells if read.mentions("age", raw.questions[name])]
    parsed = {name: raw.cells[name].dropna().map(read.parse_age) for name in names}
    known = {name: np.mean([not np.isnan(low) for low, _high, _why in ages] or [0]) for name, ages in parsed.items()}
    if not names or (not given and len(names) > 1 and max(known.values()) == 0):
        return nothing
    name = min(names, key=lambda name: (-round(known[name], 1), len(raw.questions[name]), name))
    columns = ["low", "high", "reason"]
    ages = pd.DataFrame(parsed[name].tolist(), columns=columns, index=parsed[name].index)
    ages = ages.reindex(raw.cells.index).astype({"low": float, "high": float, "reason": object})
    banded = ages["low"].notna() & (ages["low"] != ages["high"])
    bands = ages.loc[banded, ["low", "high"]].drop_duplicates().sort_values("low").to_numpy()
    in_bands = banded.sum() > ages["low"].notna().sum() / 2
    if in_bands:
        ages = ages.apply(_into_band, axis=1, bands=bands)
        half = next((high - low for low, high in bands[::-1] if not np.isnan(high)), 10) / 2
        middle = (ages["low"] + ages["high"]) / 2
        taken = {"age": middle.fillna(ages["low"] + half), "age_low": ages["low"], "age_high": ages["high"]}
    else:
        ages.loc[banded, ["low", "reason"]] = np.nan, "a band among ages in years"
        taken = {"age": ages["low"]}
    why = _("bands: the middle of the band counts") if in_bands else _("years")
    unused = ages.index[ages["reason"].fillna("") != ""]
    rejects = [(row, name, raw.cells.loc[row, name], ages.loc[row, "reason"]) for row in unused]
    return Taken(taken, {name: ("age", why)}, rejects)


def _into_band(age: pd.Series, bands) -> pd.Series:
    """An age in years among bands goes into its band."""
    if np.isnan(age["low"]) or age["low"] != age["high"]:
        return age
    inside = [band for band in bands if band[0] <= age["low"] < np.nan_to_num(band[1], nan=120) + 1]
    found = (*inside[0], "") if len(inside) == 1 else (np.nan, np.nan, "an age outside the bands")
    return pd.Series(found, age.index, dtype=object)


def take_weight(raw: RawTable, name: str | None) -> Taken:
    """The survey weight, if a column is named for it."""
    if not name:
        return Taken()
    text = raw.cells[name]
    weight = text.map(read.parse_number, na_action="ignore").astype(float)
    bad = ~(np.isfinite(weight) & (weight >= 0))
    reasons = text.isna().map({True: "no weight", False: "weights are numbers, 0 or more"})
    rejects = [(row, name, text[row], reasons[row]) for row in text.index[bad]]
    return Taken({"weight": weight.mask(bad)}, {name: ("weight", _("as you said"))}, rejects)


# Platforms ------------------------------------------------------------------------------------------------------------


def take_platforms(raw: RawTable, taken: Taken, platforms, multi) -> Taken:
    """Platforms from one column each, or from one question with several answers in a cell."""
    free = [name for name in raw.cells if name not in taken.ledger]
    options = next(iter(multi.values())) if isinstance(multi, dict) else None
    multi = next(iter(multi), None) if isinstance(multi, dict) else multi
    found = Taken()
    if platforms is not None:
        named = platforms if isinstance(platforms, dict) else dict.fromkeys(platforms)
        columns = {name: canonical(platform or option_of(raw, name)) for name, platform in named.items()}
        found = take_ticks(raw, columns, asked=True)
    elif multi is None:
        found = take_ticks(raw, platform_columns(raw, free))
        multi = None if found.columns else list_column(raw, [name for name in free if name not in found.ledger])
    if multi:
        found += take_list(raw, multi, options)
    found = take_other(raw, found, free) if found.columns else found
    if not found.columns:
        refused = [f"{name!r} ({why}: {sample(raw, name)})" for name, (_taken, why) in found.ledger.items()]
        seen = ", ".join(refused or [f"{name!r} ({sample(raw, name)})" for name in list(raw.cells)[:6]])
        raise TableError(
            "platforms",
            "at least one column holds platforms (Instagram, VK, ...)",
            f"none that is recognised; saw {seen}",
            "Name the columns: platforms for one column each, multi for one list.",
        )
    return found


def option_of(raw: RawTable, name: str) -> str:
    """What a column asks about: the text in brackets, the end after a dash or colon, or all of its question."""
    question = raw.questions[name]
    bracket = re.search(r"\[([^\[\]]+)\]\s*$", question)
    option = bracket[1] if bracket else re.split(r"\s[-–—:]\s|:\s", question)[-1]
    return re.sub(r"(?i)^(uses?|nutzt?|ich nutze|использую)[ _]+", "", option).strip() or question


@read.remembered
def canonical(option: str) -> str:
    """The column name of a platform ('TikTok, short videos': tiktok) or unknown option; 'none' for 'none of these'."""
    known = "none" if read.is_none(option) else read.platform_of(option) or read.platform_of(option.split(",")[0])
    name = known or read.column_name(option) or "option"
    return f"{name}_platform" if name in RESERVED else name


def stem(raw: RawTable, name: str) -> str:
    """The question that a column shares with its neighbours: 'Which do you use? [VK]', 'Which do you use? - VK'."""
    question = re.sub(r"\[[^\[\]]*\]", "[]", raw.questions[name])
    parts = re.split(r"\s[-–—:]\s|:\s|\[\]$", question)
    return parts[0] if len(parts) > 1 else ""


def platform_columns(raw: RawTable, free: list[str]) -> dict[str, str]:
    """The question with most columns named after a platform, and their neighbours ('Which do you use? [Other]')."""
    options = {name: option_of(raw, name) for name in free}
    groups = {}
    for name, option in options.items():
        if read.platform_of(option):
            groups.setdefault(stem(raw, name), set()).add(name)
    if not groups:
        return {}
    question = min(groups, key=lambda question: (-len(groups[question]), question))
    neighbours = {name for name in free if question and stem(raw, name) == question}
    none = {name for name, option in options.items() if read.is_none(option)}
    return {name: canonical(options[name]) for name in free if name in groups[question] | neighbours | none}


def take_other(raw: RawTable, found: Taken, free: list[str]) -> Taken:
    """The open text of 'other' beside the platforms' question, where people named platforms in it."""
    questions = {stem(raw, name) for name, (taken, _why) in found.ledger.items() if taken.startswith("platform")}
    for name in free:
        beside = stem(raw, name) in questions - {""} and found.ledger.get(name, ("left out",))[0] == "left out"
        if beside and list_column(raw, [name]):
            named = take_list(raw, name, None)
            asked = pd.DataFrame(found.columns).notna().any(axis=1)
            writes = pd.DataFrame(named.columns).eq(1).any(axis=1)
            columns = {}
            for platform in found.columns | named.columns:
                use = found.columns.get(platform, pd.Series(0.0, asked.index).where(asked))
                use = use.mask(writes & ~asked, 0.0)
                columns[platform] = use.mask(named.columns.get(platform, use) == 1, 1.0)
            found = Taken(_ordered(columns), found.ledger | named.ledger, found.rejects + named.rejects)
    return found


def take_ticks(raw: RawTable, columns: dict[str, str], asked: bool = False) -> Taken:
    """One column per platform: ticks, yes and no, or how often."""
    used, ledger, rejects = {}, {}, []
    for name, platform in columns.items():
        text = raw.cells[name].dropna()
        use = text.map(lambda cell, platform=platform: read.yes_or_no(cell, platform)).astype(float)
        silent = text.map(read.silent).astype(bool) & use.isna()
        coded = len(text) and set(text) == {"1", "2"}
        if coded or (not asked and (use.isna() & ~silent).sum() > len(text) / 2):
            why = _("1 and 2 may mean yes and no: recode as 1 and 0") if coded else _("neither yes nor no")
            ledger[name] = ("left out", why + _frequent(text))
            continue
        reason = silent.map({True: "no answer", False: "neither yes nor no"})
        unused = use.isna() & ((use == 0).any() | ~silent)  # among ticks a dash is a cell without a tick
        rejects += [(row, name, text[row], reason[row]) for row in text.index[unused]]
        ledger[name], used[name] = ("platform", platform), use.reindex(raw.cells.index)
    ticked = pd.DataFrame(used, index=raw.cells.index).eq(1).any(axis=1)
    uses = {}
    for name, use in used.items():
        full = use if (use == 0).any() else use.mask(use.isna() & ticked, 0.0)
        before = uses.get(columns[name])
        uses[columns[name]] = full if before is None else pd.concat([before, full], axis=1).max(axis=1)
    none = uses.pop("none", pd.Series(0.0, raw.cells.index)) == 1
    return Taken(
        {platform: use.mask(use.isna() & none, 0.0) for platform, use in _ordered(uses).items()}, ledger, rejects
    )


def _ordered(uses: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Known platforms in the order of data/platforms.csv, then the others, those with most people first."""
    known = [platform for platform in read.platforms_in_order() if platform in uses]
    return {p: uses[p] for p in [*known, *sorted(set(uses) - set(known), key=lambda p: (-uses[p].sum(), p))]}


def list_column(raw: RawTable, free: list[str]) -> str | None:
    """The question whose cells list the most platforms; it may be one platform per person."""
    score = {}
    for name in free:
        cells = few(raw.cells[name])
        separator = read.learn_separator(cells)
        listed = [[a for a in read.split_answers(cell, separator) if read.platform_of(a)] for cell in cells]
        named = {read.tidy(answer) for row in listed for answer in row}
        if sum(map(bool, listed)) >= len(cells) / 2 and named - {"x", "ok", "ок"}:
            score[name] = sum(map(len, listed)) / len(cells)
    return min(score, key=lambda name: (-score[name], name), default=None)


def few(column: pd.Series) -> list[str]:
    """At most a thousand different answers, the same ones in whatever order the rows come."""
    return sorted(column.dropna().unique())[:1000]


def take_list(raw: RawTable, name: str, options: list[str] | None) -> Taken:
    """One question with several answers in a cell."""
    text = raw.cells[name].dropna()
    separator = read.learn_separator(few(text))
    whole = read.learn_options(list(text), separator) if options is None else tuple(options)
    chosen, rejects = {}, []
    for row, cell in text.items():
        answers = [answer for answer in read.split_answers(cell, separator, whole) if not read.silent(answer)]
        found = {canonical(answer): answer for answer in answers if not read.means("other", answer)}
        rejects += [
            (row, name, answer, "'other' names no platform") for answer in answers if read.means("other", answer)
        ]
        if not answers:
            rejects.append((row, name, cell, "no answer"))
            continue
        if "none" in found and len(found) > 1:
            rejects.append((row, name, found["none"], "'none' beside a platform: the platform counts"))
        chosen[row] = found
    uses = {
        platform: pd.Series({row: float(platform in found) for row, found in chosen.items()}, dtype=float)
        for platform in {p for found in chosen.values() for p in found} - {"none"}
    }
    uses = _ordered(uses)
    rare = [platform for platform in uses if platform not in read.platforms_in_order()][MAX_UNKNOWN:]
    for row, found in chosen.items():
        rejects += [(row, name, found[p], "a rare answer, no known platform") for p in rare if p in found]
    why = _("several answers in a cell, separated by {sign}").format(sign=repr(separator))
    columns = {platform: use.reindex(raw.cells.index) for platform, use in uses.items() if platform not in rare}
    return Taken(columns, {name: ("platforms", why)}, rejects)


# The rest -------------------------------------------------------------------------------------------------------------


def take_rest(raw: RawTable, taken: Taken) -> Taken:
    """Every other column: left out if it identifies people or looks like a weight, else kept under its name."""
    columns, ledger = {}, {}
    for name in [name for name in raw.cells if name not in taken.ledger]:
        text = raw.cells[name].dropna()
        numbers = text.map(read.parse_number).astype(float)
        numbers = numbers if len(numbers) and numbers.notna().all() else None
        unused = _identifies(raw.questions[name], name, text) or _says_nothing(text, numbers)
        if unused:
            ledger[name] = ("left out", unused)
        elif read.mentions("weight", raw.questions[name]) or _looks_like_weights(numbers):
            ask = _("looks like a survey weight: to use it, name {column} as the weight").format(column=repr(name))
            ledger[name] = ("asks", ask)
        else:
            new = name if name not in taken.columns and name not in RESERVED else f"{name}_2"
            columns[new] = (text if numbers is None else numbers).reindex(raw.cells.index)
            other = _("lists platforms too: to take it instead, name {column} as multi").format(column=repr(name))
            ledger[name] = ("kept", other if list_column(raw, [name]) else "")
    return Taken(columns, ledger)


def _identifies(question, name, text) -> str:
    """Why a column could identify a person; empty if it does not."""
    if any(read.means("name", re.sub(r"\([^()]*\)|[?]", "", words)) for words in (question, name)):
        return _("names")
    if any(read.mentions("private", words) for words in (question, name)) and len(question.split()) < 8:
        return _("identifies people or times")
    times = r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*\d:\d\d"
    contact = text.astype(str).str.contains(rf"[\w.+-]+@[\w-]+\.\w|^\+?[\d\s()/-]{{9,}}$|{times}")
    return _("holds addresses, numbers or times") if len(text) and contact.mean() > 0.5 else ""


def _says_nothing(text, numbers) -> str:
    if not len(text):
        return _("empty")
    count = numbers is not None and len(numbers) > 2
    return (
        _("numbers the rows") if count and (np.sort(numbers) == np.arange(len(numbers)) + numbers.min()).all() else ""
    )


def _looks_like_weights(numbers) -> bool:
    if numbers is None or len(numbers) < 5:
        return False
    return bool((numbers > 0).all() and (numbers % 1 != 0).mean() > 0.5 and 0.8 < numbers.mean() < 1.25)
