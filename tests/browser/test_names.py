"""The page of names: found by a word, read on a phone, by everybody, and nothing comes from elsewhere."""

import pytest

from smm_analysis.pages.report import write_names

pytestmark = pytest.mark.browser
SHOWN = "[...document.querySelectorAll('main > section[id]')].filter(part => !part.hidden).map(part => part.id)"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    write_names(folder)
    return (folder / "smm_analysis.html").as_uri()


def test_the_search_finds_a_function_by_what_its_docstring_says(address, open_page):
    page = open_page(address)
    everything = page.evaluate(SHOWN)
    page.fill("input[type=search]", "falling short")
    found = page.evaluate(SHOWN)
    assert "fit_disconfirmation" in found and len(found) < len(everything) / 4
    page.fill("input[type=search]", "")
    assert page.evaluate(SHOWN) == everything


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_axe_finds_nothing_serious(address, open_page, width):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(address, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
