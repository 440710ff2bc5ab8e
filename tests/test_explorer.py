"""The explorer's file: whole or not at all, never over anything else, without a request; what it says of itself."""

import re

import pytest

from smm_analysis import Orders, TableError, explore_promise, simulate_orders


@pytest.fixture(scope="module")
def orders():
    return simulate_orders(600, random_state=1)[0]


def test_a_page_of_ours_is_replaced(orders, tmp_path):
    path = tmp_path / "explorer.html"
    first = explore_promise(orders, path=path)
    before = path.read_bytes()
    assert before.startswith(first.html.encode())
    explore_promise(simulate_orders(500, random_state=2)[0], path=path)
    assert path.read_bytes() != before and [each.name for each in tmp_path.iterdir()] == ["explorer.html"]


@pytest.mark.parametrize("what", ["foreign", "changed", "link", "folder"])
def test_what_is_not_ours_is_refused(orders, tmp_path, what):
    path = tmp_path / "explorer.html"
    if what == "foreign":
        path.write_text("years of work")
    elif what == "folder":
        path.mkdir()
    else:
        explore_promise(orders, path=tmp_path / "other.html")
        path.symlink_to(tmp_path / "other.html")
    if what == "changed":
        path.unlink()
        path.write_bytes((tmp_path / "other.html").read_bytes().replace(b"<h1>", b"<h1>My ", 1))
    before = None if what == "folder" else path.read_bytes()
    with pytest.raises(TableError, match="`path`: a"):
        explore_promise(orders, path=path)
    assert what == "folder" or path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_a_place_that_cannot_be_written_is_one_message(orders, tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "nowhere" / "explorer.html", tmp_path / "file" / "explorer.html"):
        with pytest.raises(
            TableError,
            match="`path`: a new file, .* in a folder that can be written; found (No such file|Not a directory)",
        ):
            explore_promise(orders, path=place)


def test_the_page_asks_nothing_of_a_network_and_is_the_same_each_time(orders):
    page = explore_promise(orders)
    assert not re.search(r"https?:|@import|url\(|\bfetch\b|<link|src=", page.html)
    assert page.html == explore_promise(orders).html


def test_a_notebook_shows_it_in_a_frame_that_stays_small(orders):
    shown = explore_promise(orders)._repr_html_()
    assert shown.startswith("<iframe ") and shown.count("<") == 2 and len(shown) < 60_000


def test_text_of_the_data_does_not_act(orders):
    source = "</script><script>alert(1)</script>"
    table = orders.table[["promised", "actual"]]
    page = explore_promise(Orders.from_frame(table, unit="days", source=source)).html
    assert source not in page and page.count("<script") == 1


@pytest.mark.parametrize(("origin", "said"), [("simulated", "simulated data"), ("own", "own data"), (None, "n = 600")])
def test_it_says_where_the_orders_are_from(orders, origin, said):
    page = explore_promise(Orders.from_frame(orders.table[["promised", "actual"]], unit="days", origin=origin)).html
    assert said in page and ("data" in page.rpartition("n = 600")[2].partition("</p>")[0]) == bool(origin)


def test_hours_and_minutes_speak_of_theirs(orders):
    table = orders.table[["promised", "actual"]]
    for unit in ("hours", "minutes"):
        page = explore_promise(Orders.from_frame(table, unit=unit)).html
        assert f"further {unit[:-1]}" in page and "further day" not in page
