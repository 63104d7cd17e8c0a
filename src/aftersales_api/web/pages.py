"""Our own hosted pages: Jinja with autoescape, no scripts, nothing from other hosts, headers that keep it so."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parent.parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def _printable(value: Any) -> Any:
    """What a template prints is never a method: `words.items` of a dict would be one."""
    if callable(value):
        raise TypeError("a template prints a method")
    return value


_jinja = Environment(
    loader=FileSystemLoader(ROOT),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_printable,
)


def page(template: str, *, status: int = 200, locale: str = "en", **context: Any) -> HTMLResponse:
    """Render `package/templates/name.html`; it extends `web/templates/base.html` and knows `locale`."""
    html = _jinja.get_template(template).render(locale=locale, **context)
    return HTMLResponse(html, status, headers=HEADERS)


def best_locale(accept_language: str | None, fallback: str = "en") -> str:
    """`es` or `en` as the browser asks; the pages speak these two."""
    for part in (accept_language or "").lower().split(","):
        language = part.partition(";")[0].strip()[:2]
        if language in {"es", "en"}:
            return language
    return fallback if fallback in {"es", "en"} else "en"
