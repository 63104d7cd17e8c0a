"""The reference pages ask no other host for anything, and draw themselves from what this one gives."""

from urllib.parse import urlsplit

import pytest

DRAWN = "thanks, news, surveys, cases and refunds"  # of the description


@pytest.mark.parametrize("path", ["/docs", "/docs/print"])
async def test_the_reference_asks_no_other_host_for_anything(chromium, address, path):
    context = await chromium.new_context()
    page = await context.new_page()
    asked, refused = set(), []
    page.on("request", lambda request: asked.add(request.url))
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        await page.goto(address + path)
        await page.get_by_text(DRAWN).first.wait_for(timeout=60_000)
        await page.wait_for_load_state("networkidle", timeout=60_000)
    finally:
        await context.close()
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(address).netloc}, sorted(asked)
    assert f"{address}/openapi.json" in asked
    assert refused == []


async def test_the_reference_tries_calls_where_it_was_opened_with_a_key_asked_for(chromium, address):
    context = await chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = await context.new_page()
    try:
        await page.goto(f"{address}/docs")
        await page.get_by_text(address).first.wait_for(timeout=60_000)
        await page.get_by_text("An API key of the shop").first.wait_for(timeout=60_000)
    finally:
        await context.close()
