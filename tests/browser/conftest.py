"""Debian's Chromium, in which no request leaves this machine."""

import re
import shutil

import pytest

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage")  # fmt: skip
AWAY = re.compile(r"^(?!file:|data:|blob:|about:|(https?|wss?)://(127\.0\.0\.1|localhost)[:/])")


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """A function that opens an address at a width; the test fails if anything asked for went elsewhere, or broke."""
    contexts, wrong = [], []

    def go(url: str, width: int = 1280, height: int = 900):
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.route(AWAY, lambda route: (wrong.append(route.request.url), route.abort()))
        page = context.new_page()
        page.on("websocket", lambda socket: wrong.append(socket.url) if AWAY.match(socket.url) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(url)
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []
