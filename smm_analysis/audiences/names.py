"""What an audience is called: a name that is true of it, and of it alone, in the language chosen last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..errors import ModelError
from ..tables.published import item_label
from ..words import _, number

ABOVE, USED, LIGHT = 0.05, 0.5, 0.75  # of a share above everybody's; of an audience; of everybody's number of platforms


def label(item: str, answer: object, answers: tuple) -> str:
    """An answer as people read it: the platform itself, or the question with the answer."""
    return item_label(item) if answers == (0, 1) else f"{item_label(item)}: {answer}"


class Names(Mapping):
    """Audience number to name; looked up in the language chosen last, unless the user gave the name.

    At most two answers that at least half of the audience gave, and 5 points more than everybody, the largest
    difference first. Where there are none: 'light users' if it uses at most three quarters of everybody's number of
    platforms, else the most distinctive answer, else 'average users'. Equal names are told apart by what is true.
    """

    def __init__(self, probability: np.ndarray, everybody: np.ndarray, answers: Mapping[str, tuple]):
        keys = [(item, answer) for item, given in answers.items() for answer in given]
        said = np.array([answers[item] != (0, 1) or answer == 1 for item, answer in keys])
        self.keys_ = [key for key, kept in zip(keys, said, strict=True) if kept]
        self.probability, self.everybody, self.answers = probability[:, said], everybody[said], dict(answers)
        self.given: dict[int, str] = {}

    def __getitem__(self, audience: int) -> str:
        if audience not in range(1, len(self) + 1):
            raise KeyError(audience)
        return self.given.get(audience) or self._found()[audience - 1]

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, len(self) + 1))

    def __len__(self) -> int:
        return len(self.probability)

    def __repr__(self) -> str:
        return repr(dict(self))

    def rename(self, names: Mapping[int, str]) -> None:
        """Take names from the user; every one different from all others."""
        wanted = {**self.given, **names}
        for audience in names:
            if audience not in self:
                rule = f"numbers of audiences, 1 to {len(self)}"
                raise ModelError("names", rule, repr(audience), "Write them as {1: 'the young'}.")
        before, self.given = self.given, {k: str(name) for k, name in wanted.items() if name}
        all_names = list(self.values())
        doubled = [name for name in all_names if all_names.count(name) > 1]
        if doubled:
            self.given = before
            raise ModelError("names", "must tell the audiences apart", f"{doubled[0]!r} twice", "Choose another.")

    def _found(self) -> tuple[str, ...]:
        """The names that the rule finds."""
        labels = [label(item, answer, self.answers[item]) for item, answer in self.keys_]
        platform = np.array([self.answers[item] == (0, 1) for item, _answer in self.keys_], bool)
        stems, rest = [], []
        for own in self.probability:
            light = platform.any() and own[platform].sum() <= LIGHT * self.everybody[platform].sum()
            used = self._distinctive(own, light)
            stems.append(" + ".join(labels[j] for j in used) or (_("light users") if light else _("average users")))
            left = platform & ~np.isin(np.arange(len(own)), used)
            rest.append((own[left].sum(), self.everybody[left].sum(), bool(used) and platform[used].all()))
        return _told_apart(stems, rest, self.probability[:, platform].sum(1), int(platform.sum()))

    def _distinctive(self, own: np.ndarray, light: bool) -> list[int]:
        """Columns of the answers that name an audience."""
        above = own - self.everybody
        order = [j for j in np.argsort(-above, kind="stable").tolist() if above[j] >= ABOVE]
        return [j for j in order if own[j] >= USED][:2] or ([] if light else order[:1])


def _told_apart(stems: Sequence[str], rest: Sequence[tuple], total: np.ndarray, n_platforms: int) -> tuple[str, ...]:
    """Unique names: ', little else' where true, then the number of platforms, then a number."""
    names = list(stems)
    for name in [name for name in dict.fromkeys(stems) if stems.count(name) > 1]:
        tied = sorted((k for k, stem in enumerate(stems) if stem == name), key=lambda k: rest[k][0])
        own, all_people, platforms = rest[tied[0]]
        if platforms and own <= LIGHT * min(all_people, rest[tied[1]][0]):
            names[tied[0]], tied = _("{name}, little else").format(name=name), tied[1:]
        said: dict[int, str] = {}
        for digits in (0, 1) if len(tied) > 1 and n_platforms else ():
            about = _("{name}, about {n} of {all}")
            said = {k: about.format(name=name, n=number(total[k], digits), all=number(n_platforms)) for k in tied}
            if len(set(said.values())) == len(tied):
                break
        counted = list(said.values())
        for place, k in enumerate(sorted(tied) if len(tied) > 1 else (), start=1):
            names[k] = said[k] if counted.count(said.get(k)) == 1 else f"{said.get(k, name)} ({place})"
    return tuple(names)
