"""A real browser against the real site: web server, worker and Chromium in one test.

Loaded once as a plugin by `tests/conftest.py`, never imported for its fixtures: a second copy of
`browser` would start a second Playwright in one process, which it refuses.
"""

import contextlib
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from config.chromium import find_chromium
from tenants.jobs.drain import drain
from tenants.jobs.registry import Queue
from tenants.jobs.ticking import queue_due_work

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}
PATIENCE = 30_000  # milliseconds until a page that shows nothing fails its test: for busy machines
SERVED = "performance.getEntriesByType('navigation')[0].responseStatus"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": AXE_TAGS},
    "resultTypes": ["violations"],  # what is right is not described element by element
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium a worker process; browser tests are skipped loudly without one."""
    path = find_chromium()
    if path is None:
        pytest.skip("NO BROWSER: install chromium or name one with CHROMIUM= to run browser tests")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "1"  # playwright's loop lives in the test's own thread
    )
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Site:
    """The running site; `visit` opens a page as a member, in a window of its own."""

    url: str
    browser: Browser
    contexts: list[BrowserContext]

    def window(
        self,
        member: Any = None,
        *,
        theme: str = "light",
        size: dict[str, int] = DESKTOP,
        javascript: bool = True,
    ) -> Page:
        """A new window, signed in as `member`, or as a visitor."""
        context = self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            color_scheme=theme,  # type: ignore[arg-type]
            java_script_enabled=javascript,
            base_url=self.url,
            has_touch=size is PHONE,
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        if member is not None:
            client = Client()
            client.force_login(
                member.user, backend="allauth.account.auth_backends.AuthenticationBackend"
            )
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        return page


def follow(page: Page, found: Locator) -> None:
    """Put a page's clock forward, half a minute at a time, until it shows by itself what is new.

    Its clock must have been installed before it was opened.
    """
    for _ in range(40):
        page.clock.fast_forward(31_000)
        with contextlib.suppress(AssertionError):
            expect(found).to_be_visible(timeout=500)
            return
    expect(found).to_be_visible()


@pytest.fixture
def site(browser: Browser, committed_db: None) -> Iterator[Site]:
    """The site on a port of its own, with a worker that runs what is due."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=[stop], daemon=True)
    worker.start()
    running = Site(f"http://127.0.0.1:{server.port}", browser, [])
    try:
        yield running
    finally:
        for context in running.contexts:
            context.close()
        stop.set()
        worker.join(20)
        server.terminate()
        server.join(20)


def _work(stop: threading.Event) -> None:
    """What tick and workers do, in one thread."""
    for turn in itertools.count():
        if stop.wait(0.2):
            break
        if turn % 5 == 0:
            queue_due_work()
        drain(queues=[queue.value for queue in Queue], seconds=5)
    connections.close_all()


@pytest.fixture
def open_to_all(no_violations: Callable[..., None]) -> Callable[..., None]:
    """Assert that a page has no violations and no sideways scroll on a desk, then on a phone.

    On the desk it is light, on the phone dark, as touch devices are told apart too; the page stays
    loaded in between. Without an address it is the page as it stands, with what was done to it.
    """

    def check(page: Page, address: str | None = None, *, status: int | None = None) -> None:
        if address is not None:
            page.goto(address)
        devtools = page.context.new_cdp_session(page)
        for theme, size in (("dark", PHONE), ("light", DESKTOP)):
            touch = {"enabled": size is PHONE}
            devtools.send("Emulation.setTouchEmulationEnabled", touch)
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            no_violations(page, status=status)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{page.url} is {wide} px too wide for {size['width']}"
        devtools.detach()

    return check


@pytest.fixture
def no_violations() -> Callable[..., None]:
    """Assert that axe-core, best-practice rules included, finds nothing on the page.

    The page must be the one that was asked for, or a form that came back with its mistakes (422):
    a refusal or an error page has no violations either. Where it is meant, name its `status`.
    """

    def check(page: Page, *, status: int | None = None) -> None:
        served = page.evaluate(SERVED)
        meant = served == status if status else served < 400 or served == 422
        assert meant, f"{page.url} answered {served}"
        found = Axe().run(page, options=AXE_OPTIONS)
        assert not found.response["violations"], found.generate_report()

    return check
