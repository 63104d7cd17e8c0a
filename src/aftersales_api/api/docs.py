"""The document and its pages: `/openapi.json`, `/docs` (try it), `/docs/print`, `/problems/{code}`; nothing from other hosts."""

import asyncio
import html
from pathlib import Path

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from aftersales_api.api import openapi
from aftersales_api.web.pages import page

STATIC = Path(__file__).resolve().parent / "static"
# The reference pages build their styles in the browser; scripts, fonts and calls stay on this host.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
DOCS = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>aftersales-api</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><div id="app"></div>'
    '<script src="/docs/static/scalar.js"></script><script src="/docs/static/docs.js"></script></body></html>'
)
PRINT = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>aftersales-api</title></head><body>'
    '<redoc spec-url="/openapi.json" disable-search="true" hide-download-button="true"></redoc>'
    '<script src="/docs/static/redoc.js"></script></body></html>'
)


def mount_problems(app: FastAPI) -> None:
    """The page to which the `type` of every refusal leads, there also where the reference is switched off."""

    async def problem(request: Request) -> Response:
        code = html.escape(request.path_params["code"])[:80]
        return page("api/templates/problem.html", code=code)

    app.add_route("/problems/{code:str}", problem)


def mount(app: FastAPI, base_url: str) -> None:
    """Serve them, the document with the address where this service is reached; the settings may switch all of it off."""
    made: dict[str, bytes] = {}

    def make() -> bytes:
        return orjson.dumps({**openapi.document(app), "servers": [{"url": base_url, "description": "here"}]})

    async def openapi_json(_: Request) -> Response:
        if "document" not in made:  # it takes a second, in which others must be answered
            made["document"] = await asyncio.to_thread(make)
        return Response(made["document"], media_type="application/json")

    async def docs(_: Request) -> Response:
        return HTMLResponse(DOCS, headers=HEADERS)

    async def docs_print(_: Request) -> Response:
        return HTMLResponse(PRINT, headers=HEADERS)

    app.add_route("/openapi.json", openapi_json)
    app.add_route("/docs", docs)
    app.add_route("/docs/print", docs_print)
    app.mount("/docs/static", StaticFiles(directory=STATIC), name="docs-static")
