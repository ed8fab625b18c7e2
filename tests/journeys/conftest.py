"""A store of its own for the journeys, and a real browser to walk through it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from live import LiveStore, free_port, start_store, stop_store
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from prepared_store import prepare_store

# Shared and slow machines; what works, works at once.
patience_ms = 30_000
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStore]:
    """A store without the sample catalog, set up and empty."""
    data = tmp_path_factory.mktemp("journeys") / "data"
    prepare_store(data)
    store, process = start_store(data, port=free_port(), PENNYWHISTLE_SAMPLE="no")
    words = ("--name", "Journey Records", "--currency", "USD", "--share", "10%")
    store.run("setup", *words, "--home-country", "US")
    yield store
    assert stop_store(process) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    if CHROMIUM is None:
        reason = "There is no Chromium here; `apt-get install chromium` brings one."
        if os.environ.get("CI"):
            pytest.fail(f"In CI a browser test may not be skipped. {reason}")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def visitor(
    request: pytest.FixtureRequest, browser: Browser, store: LiveStore
) -> Iterator[BrowserContext]:
    """A visitor who was never here before; once with JavaScript and once without."""
    yield from _a_visitor(browser, store, javascript=request.param)


@pytest.fixture
def page(browser: Browser, store: LiveStore) -> Iterator[Page]:
    """A page of a visitor who was never here before."""
    for context in _a_visitor(browser, store, javascript=True):
        yield context.new_page()


def _a_visitor(browser: Browser, store: LiveStore, *, javascript: bool) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=store.url, java_script_enabled=javascript, accept_downloads=True, locale="en-US"
    )
    context.set_default_timeout(patience_ms)
    expect.set_options(timeout=patience_ms)
    yield context
    context.close()
