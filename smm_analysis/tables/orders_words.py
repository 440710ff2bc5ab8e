"""The words of order files, `data/order_words.csv`: what a column's name and a cell speak of, in several languages."""

import re
import unicodedata
from fnmatch import fnmatchcase
from functools import cache, lru_cache

from .vocabulary import word_table

CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])|(?<=[A-Z])(?=[A-Z][a-z]{2})")


@lru_cache(100_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a name, without case, accents and punctuation: "DeliveredAt" is delivered, at."""
    spaced = CAMEL.sub(" ", str(text)).casefold().replace("ё", "е")
    plain = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return tuple(re.findall(r"[^\W\d_]+|\d+", plain))


@cache
def _patterns() -> dict[str, tuple[list[str], list[str]]]:
    """Per concept its words ("liefer*") and its phrases ("on_time"), folded as names are."""
    found = {}
    for concept, *languages in word_table("order_words").itertuples(index=False):
        words = {"*".join("_".join(tokens(part)) for part in word.split("*")) for word in " ".join(languages).split()}
        found[concept] = [w for w in words if "_" not in w], [w for w in words if "_" in w]
    return found


def carries(concept: str, words: tuple[str, ...]) -> set[str]:
    """Which of the words carry the concept; those of a phrase carry it together."""
    single, phrases = _patterns()[concept]
    joined = f"_{'_'.join(words)}_"
    spoken = [phrase for phrase in phrases if fnmatchcase(joined, f"*_{phrase}_*")]
    return {w for w in words if any(fnmatchcase(w, one) for one in single)} | {
        w for phrase in spoken for part in phrase.split("_") for w in words if fnmatchcase(w, part)
    }


@lru_cache(100_000)
def meaning(text: str, kind: str = "v_") -> str | None:
    """The first concept of a kind ("v_": of cells, "month_") that the text carries, without the kind's mark."""
    words = tokens(text)
    return next((c[len(kind) :] for c in _patterns() if c.startswith(kind) and carries(c, words)), None)


@lru_cache(100_000)
def concepts(name: str) -> tuple[frozenset[str], bool]:
    """What the name of a column speaks of, and whether every word of it is known."""
    words = tokens(name)
    found = {
        c: hit for c in _patterns() if not c.startswith(("v_", "month_", "weekday")) and (hit := carries(c, words))
    }
    return frozenset(found), set().union(*found.values()) >= {w for w in words if not w.isdecimal()}
