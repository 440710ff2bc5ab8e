"""From columns of text to ages in years and platforms in yes and no; every cell that is not read is named."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import chain, pairwise

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _
from .answers import NAN, age, amount, birthday, dated_band, number, often, personal, silent, yes_no
from .asking import Undecided
from .vocabulary import any_of, means, mentioned, mentions, platform_of, remembered, tidy

MOST = 400  # different answers of a column that are looked at to see its kind
READ = {"yes or no": yes_no, "how often": often, "amounts": amount}
ASKED = {  # codings that say nothing about use until somebody says which answer means yes
    "codes 1 and 2": "1 and 2 may mean yes and no: which is yes?",
    "a scale of numbers": "a scale is neither yes nor no: which number means never ('except 1'), or which one yes",
    "not understood": "neither yes and no, nor how often, nor an amount: which means never ('except ...'), or yes",
}
BLANK = {"na", "nan", "null", "#n/a", "#null!", "n/a", ".", "-", "–", "—"}  # what programs write for an empty cell
EVERY = "except 0"  # as an answer to what means use: every number does
REJECTS = ["row", "column", "value", "reason"]
RESERVED = ("age", "age_low", "age_high", "weight", "count", "weight_squared")


class Log:
    """What was not read, cell by cell, and what must be said about the rest."""

    def __init__(self, rejects=(), notes=()):
        self.rejects, self.notes = list(rejects), list(dict.fromkeys(notes))

    def say(self, sentence: str, **values) -> None:
        """A note, once."""
        said = sentence.format(**values)
        self.notes += [said] if said not in self.notes else []

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
    denied = mentions("noun", text) and any(mentions(word, text) for word in ("no", "never", "none"))
    denied = denied or means("denial", text)
    if means("none", text) or means("no", text) or (denied and not platform_of(text, True) and not mentioned(text)):
        return "none"  # also 'I do not use social media'
    if means("other", text):
        return "other"
    name = re.sub(r"\W+", "_", tidy(text)).strip("_")[:40].rstrip("_") or "option"
    return platform_of(text, True) or (f"{name}_platform" if name in RESERVED else name)


def understood(counts: dict[str, int], reader) -> float:
    """The share of people whose answer a reader understands, of those with one of the most frequent answers."""
    top = Counter(counts).most_common(MOST)
    known = sum(k for answer, k in top if (read := reader(answer)) is not None and read is not False)
    return known / max(1, sum(k for _answer, k in top))


def coding_of(columns: dict[str, dict[str, int]], question: str = "") -> str:
    """How a question's answers say use, judged on all its columns (option: answers and how many) together."""
    counts = Counter()
    for option, answers in columns.items():
        own = canonical(option)  # a cell that repeats its option is a tick
        counts.update({text: k for text, k in answers.items() if not silent(text) and canonical(text) != own})
    values = {value for answer in counts if (value := number(answer)) is not None and value >= 0}
    if not counts:
        return "ticks"
    if values and understood(counts, number) > 0.95:
        if values <= {0, 1, 98, 99}:
            return "yes or no"
        if mentions("unit", question) or (0 in values and max(values - {98, 99}) > 10):
            return "amounts"
        return "codes 1 and 2" if values - {8, 9, 98, 99} <= {1, 2, 3} else "a scale of numbers"
    good = {coding: round(understood(counts, reader), 2) for coding, reader in READ.items()}
    best = max(good, key=good.get)
    return best if good[best] >= 0.8 else "not understood"


def read_ticks(columns: list[tuple[str, pd.Series]], coding: str, yes, log: Log) -> pd.DataFrame:
    """Use (1, 0, NaN) of platforms from (platform, column) pairs; `yes` is the one answer that means yes, or not."""
    never = re.sub("^except ", "", tidy(yes))  # 'except ...' names the one answer that means no use
    named = lambda text: float((tidy(text) == never) == (never == tidy(yes)))
    reader = READ.get(coding, yes_no) if yes is None else named
    answers = {text for _platform, column in columns for text in column.dropna().unique()}
    if yes not in (None, EVERY) and never not in set(map(tidy, answers)):
        raise TableError("yes", "is an answer of the question", repr(yes)[:60], "Check the spelling.")
    zeros = any(reader(text) == 0 for text in answers)  # beside '0 hours', 'less than 1 hour' is some use
    few = {number(text) for text in answers} <= {None, 0, 1, 2, 3, 8, 9, 98, 99}  # codes: 8 and 9 are no answer
    none = {"98", "99", *("89" * few)} if coding != "amounts" else ()
    uses, doubts = {}, {}
    for platform, column in columns:
        read = {}
        for text in column.dropna().unique():
            used = 1.0 if canonical(text) == platform else reader(text)
            why = _("neither use nor no use") if used is None else _("a range that begins at 0")
            if silent(text) or text in none:
                used, why = None, _("no answer")
            read[text] = NAN if used is None else 1.0 if used != used and zeros else used
            if read[text] != read[text]:
                log.reject(column, text, why)
        use = column.map(read).astype(float)
        uses[platform] = uses[platform].combine(use, np.fmax) if platform in uses else use
        doubt = column.isin([text for text in read if read[text] != read[text] and tidy(text) not in BLANK])
        doubts[platform] = doubts.get(platform, False) | doubt
    uses, doubts = pd.DataFrame(uses), pd.DataFrame(doubts)
    if not uses.eq(0).any(axis=None):  # who refused an answer has not said no
        uses = fill(uses, uses.eq(1).any(axis=1)).mask(doubts & uses.isna())
        log.say(_("Only ticks are stored: a row with a tick answers the rest with no, a row without any is no answer."))
    if coding == "amounts":
        log.say(_("Amounts: more than 0 is use."))
    return _without_none(uses).drop(columns="other", errors="ignore")  # 'other' names no platform


def fill(uses: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """These rows answer with no what they leave empty."""
    return uses.mask(uses.isna() & rows.to_numpy()[:, None], 0.0)


def _without_none(uses: pd.DataFrame) -> pd.DataFrame:
    """'None of these' answers every platform with no."""
    return fill(uses.drop(columns="none"), uses["none"].eq(1)) if "none" in uses else uses


def splitter(cells: list[str]) -> Callable[[str], list[str]]:
    """How the cells of one column separate answers, learned from all: 'a, b' and 'a; b' may stand mixed."""
    signs = [sign for sign in (";", ",", r"\n", r"\|", r"\s{2,}") if any(re.search(sign, cell) for cell in cells)]
    parts = [_pieces(cell, signs) for cell in cells]
    alone, pairs = Counter(chain(*parts)), Counter(chain(*map(pairwise, parts)))
    always = {right for (left, right), k in pairs.items() if k == alone[left] == alone[right]}
    glued = {part for part in always if part[0].islower() and " " in part and not platform_of(part)}  # 'X, short texts'
    return lambda cell: [one for part in _pieces(cell, signs) if part not in glued for one in _typed(part)]


def _pieces(cell: str, signs: list[str]) -> list[str]:
    """A cell cut at the signs outside brackets; '1. Instagram 2. TikTok' and "['a', 'b']" are lists too."""
    text = re.sub(r"^\[(.*)\]$", lambda found: re.sub(r"['\"]", "", found[1]), cell.strip())
    text = re.sub(r"(?:^|(?<=[\s,;]))\d{1,2}\s?[.)]\s*(?=\D)", ";", text)
    cut = "|".join(signs if text == cell.strip() else [*signs, "[;,]"]) or "(?!)"
    pieces = re.findall(rf"(?:\((?:[^()]|\([^()]*\))*\)|(?!{cut})[\s\S])+", text)
    return [part for piece in pieces if (part := piece.strip(" .'\""))]


def _typed(part: str) -> list[str]:
    """'Insta und VK', 'VK/Telegram', 'instagram tiktok maps': split where all pieces, or two, are platforms."""
    part = re.sub(rf"^{any_of('and')}\s+", "", part, flags=re.IGNORECASE)
    for between in (rf"\s+{any_of('and')}\s+|\s*[+&/,;]\s*", r"\s+"):
        pieces = re.split(between, part, flags=re.IGNORECASE)
        known = [piece for piece in pieces if platform_of(piece)]
        if not platform_of(part) and known and (len(known) == len(pieces) or len(set(map(platform_of, known))) > 1):
            return [piece for piece in pieces if not means("and", piece)]
    return [part]


def read_list(column: pd.Series, split: Callable[[str], list[str]], log: Log) -> pd.DataFrame:
    """Use (1, 0, NaN) of platforms from cells and the options that each lists."""
    told = {text: () if silent(text) else split(text) for text in column.dropna().unique()}
    parts = {text: [one for one in several if not silent(one)] for text, several in told.items()}
    counts = Counter(canonical(one) for text in column.dropna() for one in parts[text])
    given, unclear = {*chain(*parts.values())}, _("which platforms are meant?")
    known = {platform for one in given if (platform := platform_of(one, True))}
    meant = {}  # the platforms that an option means, or why it is not read
    for one in given:
        name = canonical(one)
        meant[one] = {name}
        if means("all", one):
            meant[one] = known if len(known) == 2 or (len(known) > 2 and not means("both", one)) else unclear
        elif means("other", one):
            meant[one] = _("'other' names no platform")
        elif name not in known | {"none"} and not re.search(r"[a-zа-я0-9]", tidy(one)):
            meant[one] = unclear  # in letters that our list of platforms does not have
        elif counts[name] < 2 and name not in known | {"none"}:
            meant[one] = _("a rare answer, no known platform")
    chosen = {}
    for text, several in parts.items():
        chosen[text] = set().union(*(meant[one] for one in several if isinstance(meant[one], set)))
        for one in (one for one in several if isinstance(meant[one], str)):
            log.reject(column, text, meant[one], one)
        if not several:
            log.reject(column, text, _("no answer"))
        elif "none" in chosen[text] and len(chosen[text]) > 1:
            log.reject(column, text, _("'none' beside a platform: the platform counts"))
    if any(means("all", one) and meant[one] is known for one in given):
        log.say(_("'Both' or 'all' is read as {list}."), list=", ".join(sorted(known)))
    if near := {platform_of(one, True) for one in given if not platform_of(one)} - {None}:
        log.say(_("Misspelled names are read as {list}."), list=", ".join(sorted(near)))
    options = sorted(set().union(*chosen.values()))
    read = {t: [float(p in chosen[t]) for p in options] for t in parts if any(meant[o] != unclear for o in parts[t])}
    uses = [read.get(text, [NAN] * len(options)) for text in column]
    return _without_none(pd.DataFrame(uses, column.index, options))


def age_coding(text: pd.Series, year: int | None) -> str:
    """How a column tells ages: in years, in bands, or (with the year of the interviews) by birth."""
    counts, name = Counter(each for each in text.dropna() if not silent(each)), repr(str(text.name)[:60])
    if understood(counts, birthday) > 0.5:
        if year is None:
            raise Undecided("year", f"{name} holds years of birth: when were people asked?", remedy="Type year=.")
        return "year of birth"
    bands = {answer: band for answer in counts if (band := age(answer))}
    years = {answer: low for answer, (low, high) in bands.items() if low == high}
    if len(years) == len(counts) > 1 and max(years.values()) <= 12 and min(years.values()) < 7:
        remedy = "Recode them as bands ('18-24') by their code book, or leave the age out: age=False."
        raise Undecided("age", f"{name} holds codes, no ages: what do they mean?", remedy=remedy)
    return "age in years" if sum(map(counts.get, years)) > 0.5 * sum(map(counts.get, bands)) else "age in bands"


def read_ages(column: pd.Series, coding: str, year: int | None, log: Log) -> pd.DataFrame:
    """`age` in years; of bands the middle, `age_low, age_high` (open: empty above, 0 below); `year`: when asked."""
    read = {text: age(text) or dated_band(text) for text in column.dropna().unique()}
    if coding == "year of birth":
        born = {text: birthday(text) for text in read}
        read = {text: years and (year - years[1], year - years[0]) for text, years in born.items()}
    if coding == "age in bands" and any(band and not age(text) for text, band in read.items()):
        log.say(_("A spreadsheet has made dates of bands such as 10-14: read as bands."))
    others = [band[0] for band in read.values() if band and band[0] == band[1] not in (98, 99)]
    none = (0, 98, 99) if others and max(others) < 90 else (0,)
    for text, band in read.items():
        if coding == "age in years" and band and band[0] == band[1] in none:
            why = _("may stand for no answer")
            log.say(_("0, 98 or 99 in the column of ages may stand for no answer: not used."))
        elif silent(text):
            why = _("no answer")
        elif not band or not 0 <= band[0] <= 120 or (coding == "year of birth" and band[1] < 5):  # today's date
            why = _("looks like a year of birth") if birthday(text) and number(text) else _("not an age")
        elif coding == "age in years" and band[0] != band[1]:
            why = _("a band among ages in years")
        else:
            continue
        log.reject(column, text, why)
        read[text] = None
    if coding == "age in years" or all(band[0] == band[1] for band in read.values() if band):
        return column.map({text: band[0] for text, band in read.items() if band}).astype(float).to_frame("age")
    return _banded(column, read, coding, log)


def _banded(column: pd.Series, read: dict, coding: str, log: Log) -> pd.DataFrame:
    """Bands: those that share an edge touch; an age in years goes into its band; open ends get half a neighbour."""
    bands = sorted({band for band in read.values() if band and (coding == "year of birth" or band[0] != band[1])})
    lows = {low for low, _high in bands}
    touching = {(a, b): (a, b - 1) if b in lows and a != b else (a, b) for a, b in bands}
    if bands != [*touching.values()] and all(b < c for (_a, b), (c, _d) in pairwise(touching.values())):
        log.say(_("Bands that share an edge touch: 10-18 beside 18-25 is read as 10-17."))
        read, bands = {text: touching.get(band, band) for text, band in read.items()}, [*touching.values()]
    rows = {}
    for text, band in ((text, band) for text, band in read.items() if band):
        inside = [(a, b) for a, b in bands if a <= band[0] and not band[0] >= b + 1]
        if band not in bands and len(inside) != 1:
            log.reject(column, text, _("an age outside the bands"))
            continue
        rows[text] = band if band in bands else inside[0]
    if 0 in lows:
        log.say(_("An open band counts as wide as the one beside it: its middle is half of that from its end."))
    rows = [rows.get(text, (NAN, NAN)) for text in column]
    table = pd.DataFrame(rows, column.index, ["age_low", "age_high"], dtype=float)
    table.insert(0, "age", middle_ages(table["age_low"], table["age_high"]))
    return table


def middle_ages(low: pd.Series, high: pd.Series) -> pd.Series:
    """The middle of every band; one that is open, at either end, is as wide as the closed one beside it (or 10)."""
    bands = pd.DataFrame({"low": low, "high": high}).drop_duplicates().sort_values("low")
    half = (bands["high"] - bands["low"])[(bands["low"] > 0) & (bands["high"] > bands["low"])] / 2
    first, last = (half.iloc[0], half.iloc[-1]) if len(half) else (5, 5)
    middle = ((low + high) / 2).fillna(low + last)
    return middle.mask((low == 0) & high.notna(), np.maximum(high - first, high / 2))
