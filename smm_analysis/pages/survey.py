"""The page of a survey: verdict first, the method folded below; it says what the gate lets through, nothing else."""

import re
import warnings
from argparse import Namespace
from pathlib import Path

from ..audiences.privacy import Gated, gate
from ..errors import SmmWarning
from ..tables.asking import settle
from ..tables.people import People
from ..tables.published import item_label
from ..tables.survey import read_survey
from ..words import _
from .render import draw, write_page

PAIRS = 25  # of surveys drawn from this one: would another survey find the same audiences?
READ = ("age", "weight", "year", "encoding", "sheet")


def write(options: Namespace, folder: Path) -> str:
    """Read the survey, ask where in doubt, write its page into `folder`; what to say of it in a terminal."""
    given = {name: getattr(options, name) for name in READ if getattr(options, name) is not None}
    if options.platforms:
        named = dict(column.partition("=")[::2] for column in options.platforms)
        given["platforms"] = named if all(named.values()) else [*named] if len(named) > 1 else next(iter(named))
    if options.yes is not None:
        given["yes"] = int(options.yes) if options.yes.isdigit() else options.yes
    if options.age == "False":  # as the message says it: no column is the age
        given["age"] = False
    people = settle(read_survey, options.source, **given)
    with warnings.catch_warnings(record=True) as doubts:  # their numbers are no page's, and no message's
        warnings.simplefilter("always", SmmWarning)
        gated = gate(people, audiences=options.audiences, pairs=PAIRS)
    short = re.sub(r",\s*platforms=(\[.*?\]|\{.*?\}|'.*?'|\".*?\")", "", people.call)
    calls, taken, left = (_without_unnamed(it, gated) for it in ([people.call, short], _taken(people), _left(people)))
    taken += [_("There are doubts about this result; in Python they are told as warnings.")] if doubts else []
    title = gated.headline or _("Who uses which platform, at which age?")
    left += gated.notes
    values = {"use": draw(gated.use, "use_by_age", folder), "curve": draw(gated.curve, "age_curve", folder)}
    values |= {"profile": draw(gated.profile, "profile", folder), "ages": _ages(gated), "taken": taken, "left": left}
    values |= {"gated": gated, "people": people, "title": title, "label": item_label}
    # The file's SHA-256 is for the terminal: whoever holds all rows but one could try the last on a page that shows it.
    made = {"call": next(iter(calls), ""), "files": [], "random_state": 0}
    write_page(folder / "index.html", "survey.html", made=made, **values)
    return "\n".join([title, *people.notes, *gated.notes, f"SHA-256 {people.facts['sha256']}", people.call])


def _taken(people: People) -> list[str]:
    """What every column that is used was taken for: names of columns only, no answers."""
    words = {"age": _("age"), "platforms": _("platforms"), "weight": _("survey weight")}
    return [f"{_short(row.column)}: {words[row.taken]}" for row in people.ledger.itertuples() if row.taken in words]


def _left(people: People) -> list[str]:
    """Columns that may identify people, and a weight that nobody asked for."""
    said = {"left out": _("Not read, since it may identify people: {column}.")}
    said["unasked"] = _('{column!r} looks like a survey weight: weight="{column}" uses it.')
    rows = [(row, "unasked" if "like a survey weight" in row.why else row.taken) for row in people.ledger.itertuples()]
    return [said[kind].format(column=_short(row.column)) for row, kind in rows if kind in said]


def _short(name: str) -> str:
    """A long name up to a space."""
    return name if len(name) <= 60 else (name[:60].rpartition(" ")[0] or name[:60]) + "…"


def _without_unnamed(things: list[str] | tuple[str, ...], gated: Gated) -> list:
    """`things` that name no platform which the page must not name."""
    hidden = [word.casefold() for name in gated.unnamed for word in (name, item_label(name))]
    return [thing for thing in things if not any(word in thing.casefold() for word in hidden)]


def _ages(gated: Gated) -> dict[int, str]:
    """Audience -> the ages, of those that the page shows, at which it is the largest."""
    found: dict[int, list[str]] = {audience: [] for audience in gated.names}
    if gated.curve is not None:
        table = gated.curve.table.reset_index(drop=True)
        largest = table.loc[table.groupby("age")["estimate"].idxmax()]
        for _run, part in largest.groupby((largest["audience"] != largest["audience"].shift()).cumsum()):
            found[part["audience"].iloc[0]].append(f"{part['age'].iloc[0]:.0f}–{part['age'].iloc[-1]:.0f}")
    return {audience: ", ".join(runs) or "–" for audience, runs in found.items()}
