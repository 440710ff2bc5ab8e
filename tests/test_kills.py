"""A kill at any moment: the old page is whole or the new one is, and what is somebody else's stays."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from slow import tries, write_result
from test_bites import FILES, OPTIONS

from smm_analysis.pages.folder import MANIFEST, _foreign
from smm_analysis.progress import progress

KILLS = tries(50)
COMMANDS = {name: [name, "file.csv", *OPTIONS[name], "--out", "page"] for name in FILES}
COMMANDS["report"] = ["report", "--only", "00", "--notebooks", "books", "--out", "page"]


@pytest.fixture(params=COMMANDS)
def command(request, tmp_path, monkeypatch):
    """A command with a page of an earlier run, and beside it and under its names what is somebody else's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    Path("file.csv").write_text(FILES.get(request.param, ""))
    Path("books").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1)")]), "books/00_one.ipynb")
    for mine in ("page.part-mine", "page.old", "page-2"):
        Path(mine).mkdir()
        (Path(mine) / "thesis").write_text("years of work")
    return [sys.executable, "-m", "smm_analysis", *COMMANDS[request.param]]


def contents(folder: str = ".") -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def whole(folder: str) -> bool:
    """Every file of the manifest is there as it was written, and no other."""
    return (Path(folder) / MANIFEST).is_file() and not _foreign(Path(folder))


def page() -> str | None:
    """Where the page is: at its place or, killed between two renames, in the part that the next run brings back."""
    places = ["page", *(str(part / "old") for part in Path().glob("page.part-*"))]
    return next((place for place in places if whole(place)), None)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_a_kill_the_old_page_or_the_new_one_is_whole_and_nothing_foreign_is_lost(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds, draw, killed, moved = time.perf_counter() - start, random.Random(1), 0, 0
    foreign = {name: data for name, data in contents().items() if not name.startswith("page/")}
    for kill in progress(range(KILLS), f"kills of {command[3]}"):
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if kill % 2:  # at any moment, or while the page is written and moved
            time.sleep(draw.uniform(0, seconds))
        else:
            while run.poll() is None and not any(Path().glob("page.part-*/new/index.html")):
                time.sleep(0.001)
            time.sleep(draw.uniform(0, 0.01))
        run.kill()
        killed += run.wait() == -signal.SIGKILL
        place = page()
        assert place, os.listdir()
        moved += place != "page"
        now = contents()
        assert {name: now.get(name) for name in foreign} == foreign
    done = subprocess.run(command, check=True, capture_output=True)
    assert b"index.html" in done.stdout and whole("page")
    assert sorted(os.listdir()) == sorted({name.split("/")[0] for name in foreign} | {"page"})
    lost = f"{killed} of {KILLS} kills hit it, {moved} between the renames; pages lost 0, files of others lost 0"
    write_result(f"Kills of {command[3]}", [lost])
