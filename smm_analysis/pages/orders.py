"""The page of a shop: what was kept, what promising more does, how much may be promised, what is at risk."""

from argparse import Namespace
from pathlib import Path

from ..answer import Answer
from ..errors import ModelError, SmmError
from ..promises.audit import audit_promises
from ..promises.disconfirmation import fit_disconfirmation
from ..promises.quote import quote_promise
from ..promises.risk import PromiseRisk
from ..promises.rows import amount
from ..tables.asking import settle
from ..tables.orders_reader import read_orders
from ..words import _
from .explorer import explore_promise
from .folder import checksum
from .render import draw, write_page

READ = ("promised", "unit", "encoding", "sheet")
KINDS = dict(lateness="audit", promise="kink", kept_by_month="quote", risk_by_month="risk", calibration="risk")


def write(options: Namespace, folder: Path) -> str:
    """Read the orders, ask where in doubt, write their page into `folder`; what to say of it in a terminal."""
    given = {name: getattr(options, name) for name in READ if getattr(options, name) is not None}
    named = {name: getattr(options, name) for name in ("columns", "answers")}
    given |= {name: _pairs(f"--{name}", pairs) for name, pairs in named.items() if pairs}
    if options.better:
        given["higher_is_better"] = options.better == "higher"
    _refuse(options)
    orders = settle(read_orders, options.source, **given, working_days=options.working_days)
    cap = "unit" if options.cap is None else options.cap or None
    answers = {"audit": audit_promises(orders, by=options.by)}
    for name, make in {
        "kink": lambda: fit_disconfirmation(orders, cap=cap),
        "quote": lambda: quote_promise(orders, kept=options.kept, by=options.by),
        "risk": lambda: PromiseRisk(features=options.risk and ("promised", *options.risk)).evaluate(orders),
        "explorer": lambda: explore_promise(orders, path=folder / "explorer.html"),
    }.items():
        try:
            answers[name] = make()
        except SmmError as reason:  # it stands in the place of the answer; the rest of the page goes on
            answers[name] = _("Not possible here: {reason}").format(reason=reason)
    drawn = {kind: draw(answers[name], kind, folder) for kind, name in KINDS.items()}
    files = [path for path in sorted(Path(options.source).glob("*.csv")) or [Path(options.source)] if path.is_file()]
    made = {"call": orders.call, "files": [(path.name, checksum(path)) for path in files], "random_state": 0}
    values = {"orders": orders, "drawn": drawn, "amount": amount, "made": made, "title": answers["audit"].headline}
    by = answers["audit"].by
    values["by"] = dict(zip(orders.ledger["taken"], orders.ledger["column"], strict=True)).get(by, by)
    write_page(folder / "index.html", "orders.html", **answers, **values)
    said = [f"{answer.headline}\n{answer.verdict}" for answer in answers.values() if isinstance(answer, Answer)]
    reasons = dict.fromkeys(answer for answer in answers.values() if isinstance(answer, str))
    return "\n\n".join([repr(orders), *said, *reasons])


def _pairs(option: str, pairs: list[str]) -> dict[str, str | None]:
    """``promised=NAME ...`` as a dict, every name once; nothing after the sign: the file has no such column."""
    keys = [pair.partition("=")[0] for pair in pairs]
    wrong = [pair for key, pair in zip(keys, pairs, strict=True) if "=" not in pair or keys.count(key) > 1]
    if wrong:
        raise ModelError(option, "names every key once, as key=value", wrong[0], f"Write {option} promised=NAME, say.")
    return {key: pair.partition("=")[2] or None for key, pair in zip(keys, pairs, strict=True)}


def _refuse(options: Namespace) -> None:
    """A ModelError, before anything is read, for options that make no sense."""
    if options.cap is not None and not 0 <= options.cap < float("inf"):
        raise ModelError("--cap", "must be a number, 0 or more", f"{options.cap:g}", "Write --cap 7, or 0 for no cap.")
    if not 0 < options.kept < 1:
        raise ModelError("--kept", "must be a share between 0 and 1", f"{options.kept:g}", "Write --kept 0.9, say.")
