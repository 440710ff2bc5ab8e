"""The pages in a browser: nothing serious for axe-core, no sideways scrolling on a phone, no request to anywhere."""

import nbformat
import pytest

from smm_analysis.__main__ import main
from smm_analysis.pages.notebooks import Lesson, find_notebooks, notebooks_folder
from smm_analysis.pages.report import write_report
from smm_analysis.tables.vocabulary import data_folder

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default::smm_analysis.errors.SmmWarning")]
PAGES = {
    "index": "report/index.html",
    "gallery": "report/gallery.html",
    "lesson": "report/06_how_much_to_promise.html",
    "explorer": "report/explorer.html",
    "survey": "survey/index.html",
    "orders": "orders/index.html",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The report of the notebooks as they are stored; the pages of a survey and of a shop."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "report").mkdir()
    paths = find_notebooks(notebooks_folder())
    write_report([Lesson(path.stem, nbformat.read(path, as_version=4)) for path in paths], folder / "report")
    assert main(["survey", "simulated_google_forms", "--out", str(folder / "survey")]) == 0
    orders = str(data_folder() / "samples" / "orders.csv")
    assert main(["orders", orders, "--by", "segment", "--out", str(folder / "orders")]) == 0
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(site, open_page, name):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page((site / PAGES[name]).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    shown = {each["id"]: [node["html"][:120] for node in each["nodes"][:3]] for each in serious}
    assert shown == {}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 1920])
def test_nothing_is_wider_than_the_window(site, open_page, name, width):
    page = open_page((site / PAGES[name]).as_uri(), width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every(each => each.naturalWidth > 0)")
