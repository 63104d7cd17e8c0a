"""A real Chromium without scripts, 320 pixels wide, that a test drives by keyboard alone."""

import asyncio
import os
import shutil
import socket
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import async_playwright

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
WIDTH = 320


def chromium_path():
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest_asyncio.fixture(scope="session")
async def address(app):
    """The application behind a real server; its doors are open already."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_level="error", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by an attribute
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(scope="session")
async def chromium():
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine: install the package `chromium`, or name one in CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
def keyboard(chromium, address):
    """Open a page as somebody who has no pointer: `async with keyboard("es-ES", "/path") as shopper`."""

    @asynccontextmanager
    async def opened(locale, path):
        context = await chromium.new_context(
            locale=locale, java_script_enabled=False, viewport={"width": WIDTH, "height": 640}
        )
        page = await context.new_page()
        shopper = Shopper(page, address)
        await page.goto(address + path)
        yield shopper
        await context.close()

    return opened


class Shopper:
    """Tab, type, Enter; nothing else."""

    def __init__(self, page, address):
        self.page, self.address = page, address

    async def focused(self):
        """What has the focus: its tag, id or text, and how it is seen."""
        return await self.page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
              return {tag: e.tagName.toLowerCase(), id: e.id, text: e.innerText || '', outline: parseFloat(s.outlineWidth),
                      style: s.outlineStyle, height: r.height, left: r.left, right: r.right}; }"""
        )

    async def tab_to(self, wanted, most=40):
        """Go on by Tab until the field with this id, or the link or button with this text, has the focus; each stop must be seen."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            at = await self.focused()
            if at["tag"] == "body":
                continue
            assert at["style"] != "none", f"the focus on {at} cannot be seen"
            assert at["outline"] >= 2, f"the focus on {at} cannot be seen"
            if wanted in (at["id"], at["text"].strip()):
                return at
        raise AssertionError(f"the keyboard does not reach {wanted!r}")

    async def fill(self, field, text):
        await self.tab_to(field)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.type(text)

    async def choose(self, field, text):
        """Pick what begins with a text in a list of choices."""
        await self.tab_to(field)
        await self.page.keyboard.type(text)

    async def press(self, button):
        """Go to a button or link and press it; the next page is there when this returns."""
        at = await self.tab_to(button)
        if at["tag"] == "button" or at["height"] > 40:
            assert at["height"] >= 44, f"{button} is too small to hit"
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")
        await self.look()

    async def stops(self):
        """Ids or texts of all stops of the Tab key, from the top of the page."""
        await self.page.evaluate("() => { document.activeElement.blur(); }")
        await self.page.goto(self.page.url)
        found = []
        for _ in range(60):
            await self.page.keyboard.press("Tab")
            at = await self.focused()
            name = at["id"] or at["text"].strip()
            if at["tag"] == "body" or name in found:
                break
            found.append(name)
        return found

    async def in_order(self):
        """The same stops as they stand in the document, which is how a screen reader tells them."""
        return await self.page.evaluate(
            """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea')]
                     .map(e => e.id || e.innerText.trim())"""
        )

    async def text(self):
        return await self.page.inner_text("main")

    async def look(self):
        """What every page keeps at 320 pixels: nothing sticks out, one heading, a language, every field has its name."""
        wide = await self.page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= WIDTH, f"{self.page.url} is {wide} pixels wide"
        assert await self.page.locator("h1").count() == 1
        unnamed = await self.page.evaluate(
            """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
                     .filter(e => !e.labels.length || !e.labels[0].innerText.trim()).map(e => e.id)"""
        )
        assert unnamed == []
        unclear = await self.page.evaluate(CONTRAST)
        assert unclear == [], "text and ground must differ by 4.5 to 1 (WCAG 2.2, 1.4.3)"


CONTRAST = """() => {
  const bright = c => { const p = c.match(/[0-9.]+/g).slice(0, 3).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
                        return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const b = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(b)) return b; } return 'rgb(255, 255, 255)'; };
  return [...document.querySelectorAll('main *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).filter(e => {
    const [a, b] = [bright(getComputedStyle(e).color), bright(ground(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 4.5; }).map(e => e.innerText); }"""
