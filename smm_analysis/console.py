"""What the commands print: tables, results with their charts, and the reason where something is impossible."""

from contextlib import contextmanager
from pathlib import Path

from .errors import SmmError
from .words import _


def print_table(table) -> None:
    """Aligned columns: words to the left, numbers to the right."""
    words = [name for name in table.columns if table[name].dtype.kind not in "if"]
    left = {name: f"{{:<{max(map(len, [name, *table[name].astype(str)]))}}}".format for name in words}
    head = [left[name](name) if name in left else name for name in table.columns]
    print(table.to_string(index=False, formatters=left, header=head))


@contextmanager
def unless_impossible(heading: str):
    """What cannot be fitted is said in its place; the rest goes on."""
    try:
        yield
    except SmmError as reason:
        print(f"\n{heading}\n" + _("Not possible here: {reason}").format(reason=reason))


def say_result(heading: str, verdict: str, table, plots: list, result, out: Path | None) -> None:
    """Verdict, table and, with a folder, the charts."""
    print(f"\n{heading}\n{verdict}")
    print_table(table.round(4))
    if not out:
        return
    import matplotlib.pyplot as plt

    from .charts.theme import theme

    out.mkdir(parents=True, exist_ok=True)
    for plot in plots:
        with theme("screen"):
            path = out / f"{plot.__name__.removeprefix('plot_')}.png"
            plot(result, ax=plt.figure().gca()).figure.savefig(path)
            plt.close()
        print(_("Chart: {path}").format(path=path))
