"""The promise explorer: one HTML file with sliders that needs no library, no kernel and no network."""

import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path

import numpy as np

from ..charts import style
from ..errors import TableError
from ..promises.profit import shares, times
from ..promises.quote import rule
from ..promises.rows import WEEK, amount
from ..tables.orders import Orders
from ..words import _, number, percent
from .render import fill

LEAST = range(50, 100)  # percent: what "kept at least" can be set to
FORMS = {"one": 1, "few": 2, "many": 5, "other": 2}  # a number that stands for each plural form


@dataclass(frozen=True, repr=False)
class Explorer:
    """The page as HTML, shown in a notebook; `said`: the quote in words."""

    html: str
    said: str

    def __repr__(self) -> str:
        return self.said

    def _repr_html_(self) -> str:
        frame = '<iframe title="{}" srcdoc="{}" width="100%" height="1000" style="border:0"></iframe>'
        return frame.format(escape(self.said), escape(self.html))


def explore_promise(orders: Orders, *, path: str | Path | None = None) -> Explorer:
    """How much may we promise, and how does that hang on what a broken promise and a longer wait cost?

    Parameters
    ----------
    orders : Orders
        Times; the recent ones count, as in `quote_promise` and `best_promise`, whose numbers the page shows.
    path : path, optional
        Also write one file of HTML and JavaScript there, which needs no program but a browser. An earlier page that
        nobody changed is replaced; any other file is refused.

    Returns
    -------
    Explorer
        Shown in a notebook, in the language chosen last: sliders for what is promised, the spread of delivery times
        around their median, how much worse late feels than early, margin, loss, demand lost, kept at least.

    Raises
    ------
    ModelError, TableError
        If promises are no times or nothing has come; for a path that cannot be written or holds what is not ours.

    Examples
    --------
    >>> from smm_analysis import simulate_orders
    >>> explore_promise(simulate_orders(2000, random_state=1)[0])
    How much may be promised? To keep 80%, promise 13 days.
    """
    data = _data(orders)
    title, quote = _("How much may be promised?"), data["least"][80 - LEAST[0]]["quote"]
    said = _("What can be promised cannot be known yet")
    if quote is not None:
        said = _("To keep {share}, promise {amount}.").format(share=percent(0.8), amount=amount(quote, orders.unit))
    page = Explorer(fill("explorer.html", title=title, orders=orders, data=data, look=style), f"{title} {said}")
    if path is not None:
        _write(Path(path), page.html.encode())
    return page


def _data(orders: Orders) -> dict:
    """What the page computes with: by window of recent orders the shares come by every unit; the quotes; how to say."""
    rows, windows = times(orders), []
    found = [rule(rows, share / 100)[:2] for share in LEAST]
    longest = sorted({float(weeks) for _quote, weeks in found})
    least = [{"window": longest.index(w), "quote": float(q[0]) if np.isfinite(q[0]) else None} for q, w in found]
    for window in [rows[rows["weeks"] <= weeks] for weeks in longest]:
        kept = shares(window)[1]
        median = min(int((kept < 0.5).sum()), len(kept) - 1)
        windows.append({"n": number(window["count"].sum()), "median": median, "kept": kept.tolist()})
    end = int(np.searchsorted(kept, 0.99 * kept[-1])) + 1  # of the charts
    promised = orders.table["promised"].repeat(orders.table["count"]).median()
    start = min(end, round(promised if promised == promised else median))
    forms = {form: amount(n, orders.unit).replace(number(n), "{n}") for form, n in FORMS.items()}
    return dict(forms=forms, windows=windows, least=least, cap=WEEK[orders.unit], end=end, start=start)


def _write(path: Path, page: bytes) -> None:
    """Whole or not at all; in the place of a page of ours that nobody changed, and of nothing else."""
    beside = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        old = path.read_bytes() if os.path.lexists(path) else _sealed(b"")
        if path.is_symlink() or old != _sealed(old[: -len(_sealed(b""))]):
            raise OSError(0, f"{path.name}, which it did not write, or which was changed since")
        beside.write_bytes(_sealed(page))
        beside.replace(path)
    except OSError as error:
        rule = "a new file, or an earlier explorer, in a folder that can be written"
        raise TableError("path", rule, error.strerror, "Name another file.") from error
    finally:
        with suppress(OSError):
            beside.unlink()


def _sealed(page: bytes) -> bytes:
    """A page with its checksum at the end: whether somebody changed it can be seen."""
    return page + f"<!-- smm-analysis {sha256(page).hexdigest()} -->\n".encode()
