"""Answer: the one shape of every result. A tidy table that knows where it comes from, what it says, how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from .errors import ModelError, one_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 60  # of a table that a notebook shows


@dataclass(frozen=True)
class About:
    """What a caption needs: how many people or orders, in which unit, from where, how sure, and the audiences' names.

    `origin`: "published", "simulated", "own", or None where nobody knows. `names` gives an audience's name in the
    language chosen last.
    """

    n: int | None = None
    unit: str | None = None
    source: str | None = None
    origin: str | None = None
    level: float | None = None
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """What did an analysis find, from which people or orders, and what may be said about it?

    Parameters
    ----------
    table : DataFrame
        Tidy, keys first; estimates as ``estimate, low, high``. What you do to it with pandas is yours.
    about : About, optional
    says : callable, optional
        Makes headline and verdict of the answer, in the language chosen last.
    parts, facts : dict, optional
        Further tables and single findings; each is an attribute (``answer.months``, ``choice.n_audiences``).
    charts : tuple of str, optional
        The pictures that `plot` can draw, the main one first.

    Examples
    --------
    >>> from smm_analysis import load_published, platform_use_by_age
    >>> use = platform_use_by_age(load_published("gss_2016_platforms_by_age"))
    >>> use.about.n, use.about.origin, list(use.table)[:2]
    (1366, 'published', ['platform', 'age_low'])
    """

    table: pd.DataFrame
    about: About = About()
    says: Callable[[Answer], tuple[str, str]] | None = None
    parts: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    charts: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The finding in a few words."""
        return self.says(self)[0] if self.says else ""

    @property
    def verdict(self) -> str:
        """The finding in sentences, none of which claims more than its rule has tested."""
        return self.says(self)[1] if self.says else ""

    def plot(self, kind: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw it in the house style, on a figure of its own or on `ax`; `kind` is one of `charts`."""
        if not self.charts:
            raise ModelError("plot", "needs an answer with a picture", "a table only", "Read `answer.table`.")
        from .charts import draw  # downstream, and the only look there: an answer draws itself

        return draw(self, one_of("kind", kind or self.charts[0], self.charts), ax)

    def __getattr__(self, name: str) -> Any:
        held = {**self.__dict__.get("facts", {}), **self.__dict__.get("parts", {})}
        if name in held:
            return held[name]
        if name in vars(type(self)):  # a property of its own that failed inside: let its error speak
            return object.__getattribute__(self, name)
        raise AttributeError(f"no part or fact {name!r} in this answer; it has: {', '.join(held) or 'none'}")

    def __repr__(self) -> str:
        return f"{self.headline}\n{self.verdict}\n{self.table}".strip()

    def _repr_html_(self) -> str:
        said = f"<p><b>{escape(self.headline)}</b> {escape(self.verdict)}</p>" if self.says else ""
        return said + self.table.head(MOST_ROWS).to_html(index=False, float_format="{:.3f}".format)
