"""Ask, never guess: what both doors do when a file can be read in more than one way."""

import sys
from collections.abc import Callable, Sequence

from ..errors import TableError
from ..words import _

MOST = 430  # letters of a message, without its frame


class Undecided(TableError):
    """A file can be read in several ways: `argument` decides, with the value of one of `choices` (none: any value)."""

    def __init__(self, argument: str, rule: str, choices: Sequence[tuple[str, object]] = (), remedy: str = ""):
        lines, room = "", MOST - len(rule) - len(remedy) - 20
        for number, (shown, value) in enumerate(choices, 1):
            line = f"\n  {number}. {shown}: {argument}={value!r}"
            if len(lines + line) > room:
                rest = "; ".join(f"{n}. {said}" for n, (said, _value) in enumerate(choices, 1) if n >= number)
                lines += f"\n  ... in the same way: {rest}"[:90]
                break
            lines += line
        said = f"Type one of these:{lines}" if lines else ""
        found = f"{len(choices)} candidates" if len(choices) > 1 else "no rule that decides"
        super().__init__(argument, rule, found, " ".join(filter(None, [remedy, said])))
        self.argument, self.choices = argument, list(choices)


def settle(read: Callable, path, **given):
    """`read(path, **given)`; in a terminal what is undecided is asked there, one numbered choice at a time."""
    while True:
        try:
            return read(path, **given)
        except Undecided as doubt:
            if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
                raise
            held, value = given.get(doubt.argument), _choose(doubt)
            given[doubt.argument] = {**held, **value} if isinstance(held, dict) and isinstance(value, dict) else value


def _choose(doubt: Undecided):
    """One answer from the keyboard; Enter takes the first choice."""
    print(f"\n{doubt.rule}")
    for number, (shown, _value) in enumerate(doubt.choices, 1):
        print(f"  {number}. {shown}")
    while True:
        typed = input(_("Number (Enter: 1): ") if doubt.choices else f"{doubt.argument}: ").strip()
        place = int(typed or "1") if (typed or "1").isdigit() else 0
        if 1 <= place <= len(doubt.choices):
            return doubt.choices[place - 1][1]
        if not doubt.choices and typed:
            return int(typed) if typed.isdigit() else typed
