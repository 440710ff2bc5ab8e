"""JupyterLab as `smm-analysis lab` opens it: lessons run from top to bottom without a red box or a pop-up."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import nbformat
import pytest

from smm_analysis.pages.notebooks import notebooks_folder

pytestmark = pytest.mark.browser
TOKEN = "browser"
LESSONS = ("00_start_here", "10_your_own_survey", "explorer")
START = """import sys
from pathlib import Path
from smm_analysis.__main__ import main
from smm_analysis.pages import notebooks
notebooks.notebooks_folder = lambda: Path(sys.argv[1])
sys.exit(main(["lab", *sys.argv[2:]]))"""
SHOW = ["import smm_analysis as smm", "smm.explore_promise(smm.simulate_orders(500, random_state=1)[0])"]
RED = '[data-mime-type="application/vnd.jupyter.stderr"], [data-mime-type="application/vnd.jupyter.error"]'


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a running JupyterLab on copies of the lessons, with no settings but ours."""
    home, books = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("books")
    for name in LESSONS:
        nbformat.write(lesson(name), books / f"{name}.ipynb")
    whole = home / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    whole.parent.mkdir(parents=True)
    whole.write_text('{"windowingMode": "none"}')  # every cell is there, also one that is not seen
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_WORKSPACES_DIR")
    places = {name: str(home / name.lower()) for name in names} | {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
    places |= {"PYTHONPATH": str(Path(__file__).parents[1] / "offline"), "SMM_WANTED": str(home / "wanted")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}", "--ServerApp.ip=127.0.0.1"]
    options += ["--no-browser", "--allow-root", "--ServerApp.port_retries=0", "--LabApp.extension_manager=readonly"]
    with open(home / "log", "w") as log:
        command = [sys.executable, "-c", START, str(books), *options]
        server = subprocess.Popen(command, env=os.environ | places, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answer(address, "status"), 60)
        yield address
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)
    assert not (home / "wanted").exists() or (home / "wanted").read_text() == ""


def lesson(name):
    """A lesson without its outputs; for `explorer` the lines that show it."""
    if name == "explorer":
        spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(line) for line in SHOW], metadata=spec)
    book = nbformat.read(notebooks_folder() / f"{name}.ipynb", as_version=4)
    for cell in book.cells:
        cell |= {"outputs": [], "execution_count": None} if cell.cell_type == "code" else {}
    return book


def answer(address, what):
    """What the server says, or nothing while it starts."""
    try:
        with urllib.request.urlopen(f"{address}/api/{what}?token={TOKEN}", timeout=10) as said:
            return json.load(said)
    except (URLError, OSError):
        return None


def until(true, seconds, sleep=lambda milliseconds: time.sleep(milliseconds / 1000)):
    """Wait for it; an error says that it never came."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        sleep(300)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_in_the_lab_without_a_red_box(lab, open_page, name):
    page = open_page(f"{lab}/lab/workspaces/{name}/tree/{name}.ipynb?token={TOKEN}")
    cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in lesson(name).cells)
    prompts = lambda: page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    page.wait_for_selector("text=| Idle", timeout=90_000)

    def started():
        """The status bar says idle before the kernel listens, and what is run then is not run: try again."""
        page.click(".lm-MenuBar-item:has-text('Run')")
        page.click('.lm-Menu-item[data-command="runmenu:run-all"]')
        page.wait_for_timeout(3000)
        return any(re.search(r"[*\d]", prompt) for prompt in prompts())

    until(started, 60, page.wait_for_timeout)
    until(lambda: sum(bool(re.search(r"\d", prompt)) for prompt in prompts()) == cells, 120, page.wait_for_timeout)
    page.wait_for_timeout(1000)
    assert page.locator(RED).all_inner_texts() == []
    assert page.locator(".jp-OutputArea-output").count() > 0
    assert page.locator(".jp-toast-button, .jp-Dialog, .Toastify__toast").count() == 0
    if name == "explorer":
        frame = page.frame_locator("iframe").first
        before = frame.locator("#said").inner_text()
        frame.locator("#loss_slider").press("End")
        assert "profit per order wanted" in before and frame.locator("#said").inner_text() != before
