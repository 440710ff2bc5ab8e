"""The notebooks: found, run (two at once, each in a kernel of its own), compared with what is stored."""

import atexit
import os
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha1
from html import unescape
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from time import sleep

import nbformat
import psutil

from .. import words
from ..errors import TableError
from ..progress import progress

AT_ONCE = 2
LIMIT = 600  # seconds that one cell may take: what hangs must not hold up the others for ever
SOLUTION = "solution"
NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(%?)", flags=re.IGNORECASE)


@dataclass(frozen=True)
class Lesson:
    """A notebook that was run: its cells with their outputs, and what went wrong, if anything did."""

    name: str
    notebook: nbformat.NotebookNode
    failure: str | None = None
    lang: str = "en"


def notebooks_folder() -> Path:
    """The folder `notebooks`: inside an installed package, or beside it in a checkout."""
    package = Path(str(files("smm_analysis")))
    return next(path for path in (package / "notebooks", package.parent / "notebooks") if path.is_dir())


def find_notebooks(folder: Path, only: list[str] | None = None) -> list[Path]:
    """The notebooks of `folder` in reading order, translated ones where the chosen language has them.

    With `only`, those whose names begin with one of these.
    """
    paths = sorted(folder.glob("*.ipynb"))
    for start in only or [] if paths else ["any"]:
        if not start.strip() or not any(path.name.startswith(start) for path in paths):
            there = ", ".join(path.stem[:2] for path in paths) or "none"
            rule = f"a notebook of {folder.name} whose name begins with {start!r}"
            raise TableError("notebooks", rule, there, "Name one that is there, or the right folder with --notebooks.")
    paths = [path for path in paths if path.name.startswith(tuple(only or [""]))]
    return [own if (own := folder / words.language() / path.name).is_file() else path for path in paths]


def run_notebooks(
    paths: list[Path], *, language: str, solutions: bool = False, figures: str = "png", limit: int = LIMIT
) -> list[Lesson]:
    """Run every notebook from top to bottom; one that fails or takes too long does not stop the others.

    `solutions` runs the folded solutions of the exercises after the notebook's own cells; `figures` are the forms of
    its pictures, such as "svg png".
    """
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}  # it hides pictures
    environment |= {"SMM_LANGUAGE": language, "SMM_FIGURES": figures, "OPENBLAS_NUM_THREADS": "1"}
    pool = ThreadPoolExecutor(AT_ONCE)  # in threads, because nbclient takes Ctrl-C away from the main one
    try:
        runs = [pool.submit(_run, path, solutions, limit, environment) for path in paths]
        for _done in progress(_ended(runs), "notebooks", len(runs)):
            pass
        return [run.result() for run in runs]
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        while any(run.running() for run in runs):
            for child in psutil.Process().children():
                with suppress(psutil.Error):
                    child.kill() if "ipykernel" in " ".join(child.cmdline()) else None
            sleep(0.2)
        raise


def _ended(runs: list[Future]) -> Iterator[Future]:
    """The runs as they end; looked at now and then, because a wait without end may not hear Ctrl-C."""
    while runs:
        done, runs = wait(runs, 0.2, FIRST_COMPLETED)
        yield from done


def _run(path: Path, solutions: bool, limit: int, environment: dict[str, str]) -> Lesson:
    """Whatever goes wrong in one notebook, even in reading it, becomes its `failure`."""
    from nbclient import NotebookClient

    client = NotebookClient(nbformat.v4.new_notebook(), timeout=limit, kernel_name="python3", coalesce_streams=True)
    client.extra_arguments, failure = ["--log-level=CRITICAL"], None
    try:
        client.nb = nbformat.read(path, as_version=4)
        for cell in client.nb.cells:
            cell |= {"outputs": [], "execution_count": None} if cell.cell_type == "code" else {}
        if solutions:
            tags = {"tags": [SOLUTION]}
            client.nb.cells += [nbformat.v4.new_code_cell(code, metadata=tags) for code in solutions_of(client.nb)]
        client.execute(cwd=str(path.parent), env=environment)
    except Exception as error:
        failure = _one_line(error, client.nb, limit)
        atexit.unregister(client._cleanup_kernel)  # left behind by a kernel that dies as it starts
    lang = path.parent.name if path.parent.name in words.LANGUAGES else "en"
    return Lesson(path.stem, tidy(client.nb), failure, lang)


def _one_line(error: Exception, notebook: nbformat.NotebookNode, limit: int) -> str:
    """What went wrong, and in which cell: the one with an error, or the last that has a number."""
    said = f"{error.ename}: {error.evalue}" if hasattr(error, "ename") else f"{type(error).__name__}: {error}"
    if type(error).__name__ == "CellTimeoutError":
        said = f"stopped after {limit} seconds"
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    broken = [cell for cell in cells if any(output.output_type == "error" for output in cell.outputs)]
    reached = (broken or [cell for cell in cells if cell.execution_count][-1:] or cells)[:1]
    place = "".join(f" (in the cell that begins with: {cell.source.strip().splitlines()[0]})" for cell in reached)
    return " ".join((said + place).split())


def solutions_of(notebook: nbformat.NotebookNode) -> list[str]:
    """The Python blocks inside ``<details>`` of the notebook's text: the solutions of its exercises."""
    prose = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    folded = "\n".join(re.findall(r"<details.*?</details>", prose, flags=re.DOTALL))
    return re.findall(r"^```python\n(.*?)^```", folded, flags=re.DOTALL | re.MULTILINE)


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without solutions, emptied displays and what changes from run to run: times, random names."""
    seen: Counter = Counter()
    cells = []
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        if SOLUTION in tags:
            continue
        seen[cell["source"]] += 1
        cell["id"] = sha1(f"{seen[cell['source']]} {cell['source']}".encode()).hexdigest()[:8]
        cell["metadata"] = {"tags": tags} if tags else {}
        if "outputs" in cell:
            cell["outputs"] = [out for out in cell["outputs"] if any(out.get("data", {"other": True}).values())]
        cells.append(cell)
    notebook["cells"] = cells
    about = {key: value for key, value in notebook["metadata"].items() if key == "smm"}  # track, level, minutes
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook["metadata"] = {"kernelspec": kernel} | about
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return notebook


def differences(stored: nbformat.NotebookNode, now: nbformat.NotebookNode) -> list[tuple[int, str, str]]:
    """Cell, stored and new text of everything printed that is not the same: words equal, numbers to one unit.

    The unit is that of the last digit stored; a whole number below 10 counts something and must be equal.
    """
    told = (
        [" ".join(_printed(cell)) for cell in book["cells"] if cell["cell_type"] == "code"] for book in (stored, now)
    )
    pairs = enumerate(zip_longest(*told, fillvalue=""), start=1)
    return [(place, *_where(before, after)) for place, (before, after) in pairs if not _same(before, after)]


def _printed(cell: nbformat.NotebookNode) -> Iterator[str]:
    """Every text of a cell's outputs: what is printed, tables, the words of a picture."""
    for output in cell["outputs"]:
        for kind, text in sorted({"text/plain": output.get("text", ""), **output.get("data", {})}.items()):
            if kind == "text/html":
                text = unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL))
            if kind.startswith("text/"):
                yield " ".join(text.split())


def _same(stored: str, now: str) -> bool:
    if NUMBER.sub("#", stored).split() != NUMBER.sub("#", now).split():
        return False
    pairs = zip(NUMBER.finditer(stored), NUMBER.finditer(now), strict=True)
    return all(_close(before[0].rstrip("%"), after[0].rstrip("%"), bool(before[1])) for before, after in pairs)


def _close(stored: str, now: str, share: bool) -> bool:
    before, after = (float(text.replace(",", "").replace("−", "-")) for text in (stored, now))
    digits, _e, power = stored.lower().partition("e")
    unit = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    counts = unit == 1 and abs(before) < 10 and not share
    return before == after if counts else abs(before - after) <= unit * (1 + 1e-9)


def _where(stored: str, now: str) -> tuple[str, str]:
    """The first words that differ, with a few around them."""
    before, after = stored.split(), now.split()
    same = (_same(old, new) for old, new in zip(before, after, strict=False))
    first = next((place for place, is_same in enumerate(same) if not is_same), min(len(before), len(after)))
    around = slice(max(first - 3, 0), first + 6)
    return " ".join(before[around]), " ".join(after[around])
