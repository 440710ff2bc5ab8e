"""The explorer in a browser: its numbers are Python's; by keyboard, on a phone, on a projector, in four languages."""

import numpy as np
import pandas as pd
import pytest

from smm_analysis import ModelError, Orders, best_promise, explore_promise, quote_promise, read_orders, set_language
from smm_analysis.tables.vocabulary import data_folder

pytestmark = pytest.mark.browser
WIDTHS = (360, 1920)
SET = """values => {
  for (const [name, value] of Object.entries(values)) document.getElementById(name).value = value;
  document.getElementById("least").dispatchEvent(new Event("input", {bubbles: true}));
  return drawn;
}"""
OVERLAPS = """() => [...document.querySelectorAll("svg")].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  const words = [...svg.querySelectorAll("text")].map(each => [each.textContent, each.getBoundingClientRect()]);
  const inside = box => box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.bottom <= frame.bottom;
  const over = (a, b) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom - 2 && b.top + 2 < a.bottom - 2;
  const pairs = words.flatMap(([one, a], i) =>
    words.slice(i + 1).filter(([, b]) => over(a, b)).map(([two]) => one + two)
  );
  return [...words.filter(([, box]) => !inside(box)).map(([word]) => word), ...pairs];
})"""


@pytest.fixture(scope="module")
def dated():
    return read_orders(data_folder() / "samples" / "orders.csv")


@pytest.fixture(scope="module")
def undated(dated):
    """Without dates and, of 50 orders, one that never came."""
    table = dated.table[["promised", "actual"]]
    return Orders.from_frame(table.assign(actual=table["actual"].mask(table.index % 50 == 0)), unit="days")


@pytest.fixture
def opened(open_page, tmp_path):
    def go(orders, width=1280):
        explore_promise(orders, path=tmp_path / "explorer.html")
        return open_page((tmp_path / "explorer.html").as_uri(), width)

    return go


def inputs(rng, n):
    """Random settings of all sliders."""
    for _time in range(n):
        whole = {"promised": rng.integers(0, 29), "worse": rng.integers(1, 41), "margin": rng.integers(1, 101)}
        whole |= {"loss": rng.integers(1, 101), "least": rng.integers(50, 100)}
        parts = {"slope": rng.integers(1, 101) / 10, "spread": rng.integers(5, 41) / 20}
        yield {name: value.item() for name, value in (whole | parts).items()}


def check(orders, values, drawn):
    """Quote and best promise as Python has them."""
    quote = quote_promise(orders, kept=values["least"] / 100).table["promised"].item()
    assert drawn["quote"] == (None if np.isnan(quote) else quote)
    costs = {"margin": values["margin"], "loss": values["loss"], "slope": values["slope"] / 100}
    try:
        answer = best_promise(orders, **costs, kept_at_least=values["least"] / 100, n_resamples=2)
    except ModelError:
        assert drawn["best"] is None
        return False
    rows = pd.DataFrame(drawn["rows"]).head(len(answer.table))
    assert drawn["best"]["d"] == answer.best and drawn["last"] == answer.table["promised"].max()
    for ours, theirs in (("kept", "kept"), ("profit", "estimate")):
        np.testing.assert_allclose(rows[ours], answer.table[theirs], rtol=1e-12)
    assert (rows["allowed"] == answer.table["allowed"]).all()
    return True


def test_quote_and_best_promise_are_python_s_on_random_inputs(opened, dated, undated):
    page, rng, possible = opened(dated), np.random.default_rng(16), 0
    for values in inputs(rng, 25):
        possible += check(dated, values, page.evaluate(SET, values | {"spread": 1}))
    page, took = opened(undated), undated.table["actual"].fillna(np.inf)
    median = np.sort(took)[-(-len(took) // 2) - 1]
    for values in inputs(rng, 25):
        moved = (median + values["spread"] * (undated.table["actual"] - median)).clip(lower=0)
        orders = Orders.from_frame(undated.table.assign(actual=moved), unit="days")
        drawn = page.evaluate(SET, values)
        possible += check(orders, values, drawn)
        gap = values["promised"] - np.ceil(moved.round(9)).fillna(np.inf)
        felt = np.where(gap < 0, -values["worse"] * np.minimum(-gap, 7), gap).mean()
        assert drawn["now"]["feels"] == pytest.approx(felt, abs=1e-9)
    assert 40 <= possible < 50


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_is_reached_and_moved_by_keyboard(opened, dated, width):
    page = opened(dated, width)
    said, active = lambda: page.inner_text("#said"), "document.activeElement.id || document.activeElement.type"
    first, reached = said(), []
    for _press in range(18):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(active))
    names = ("promised", "spread", "worse", "margin", "loss", "slope", "least")
    assert [name for name in reached if name in names] == list(names)
    assert {f"{name}_slider" for name in names} | {"take", "reset"} <= set(reached)
    page.focus("#loss_slider")
    for _press in range(30):
        page.keyboard.press("ArrowRight")
    assert page.input_value("#loss") == "40" and said() != first
    page.focus("#promised")
    page.keyboard.press("Control+A")
    page.keyboard.type("25")
    assert page.input_value("#promised_slider") == "25" and "25 days" in page.inner_text("#came_finding")
    page.focus("#take")
    page.keyboard.press("Enter")
    assert page.input_value("#promised") == str(page.evaluate("drawn.best.d")) and "this promise pays best" in said()
    page.focus("[type=reset]")
    page.keyboard.press("Space")
    page.wait_for_function("first => document.getElementById('said').textContent === first", arg=first)


@pytest.mark.parametrize("language", ["en", "de", "ru", "kk"])
def test_no_word_is_cut_or_lies_on_another(opened, dated, language):
    set_language(language)
    try:
        pages = [opened(dated, width) for width in WIDTHS]
    finally:
        set_language("en")
    for values in inputs(np.random.default_rng(5), 40):
        for page in pages:
            page.evaluate(SET, values)
            assert page.evaluate(OVERLAPS) == [], values
    assert all(page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0 for page in pages)
    sizes = "[...document.querySelectorAll('text')].map(each => parseFloat(getComputedStyle(each).fontSize))"
    assert all(min(page.evaluate(sizes)) >= 13 for page in pages)


def test_a_redraw_takes_less_than_50_milliseconds(opened, dated):
    page = opened(dated)
    page.click("summary")
    times = page.evaluate("""() => Array.from({length: 30}, (_, i) => {
      document.getElementById("promised").value = i;
      const start = performance.now();
      draw();
      document.body.getBoundingClientRect();
      return performance.now() - start;
    })""")
    assert min(times) < 50  # the machine may have other work


def test_inputs_beyond_the_ends_stop_there(opened, dated):
    page = opened(dated)
    for typed, held in (("9000", "100"), ("-3", "1"), ("", "1")):
        page.fill("#margin", typed)
        page.locator("#margin").blur()
        assert page.input_value("#margin") == held and page.evaluate("Number.isFinite(drawn.now.profit)")
