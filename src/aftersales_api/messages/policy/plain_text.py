"""The plain text beside a mail's HTML, for readers without HTML, and HTML for a template that has only text."""

import html
import re
from html.parser import HTMLParser
from typing import Final

from aftersales_api.kit.whole_html import whole

_BLOCKS: Final = frozenset(
    {
        "p",
        "div",
        "tr",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "section",
        "header",
        "footer",
        "blockquote",
        "hr",
    }
)
_HIDDEN: Final = frozenset({"head", "style", "script", "title", "template"})
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_LINES = re.compile(r"\n{3,}")
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_NO_DISPLAY = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "wbr"})


def text_of(page: str) -> str:
    """What the page says, with the addresses of its links in brackets."""
    reader = _Reader()
    reader.feed(whole(page))
    reader.close()
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(reader.parts).split("\n"))
    return _LINES.sub("\n\n", "\n".join(lines)).strip() + "\n"


def page_of(text: str, locale: str) -> str:
    """A plain page for a mail that has only text: paragraphs, and links one can press."""
    paragraphs = (_linked(part).replace("\n", "<br>\n") for part in re.split(r"\n\s*\n", text.strip()))
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!DOCTYPE html><html lang="{html.escape(locale)}"><head><meta charset="utf-8"></head>'
        f'<body style="font-family: Helvetica, Arial, sans-serif; font-size: 16px; line-height: 1.5">\n{body}\n</body></html>'
    )


def _linked(text: str) -> str:
    parts, place = [], 0
    for found in _LINK.finditer(text):
        address = html.escape(found[0])
        parts += [html.escape(text[place : found.start()]), f'<a href="{address}">{address}</a>']
        place = found.end()
    return "".join([*parts, html.escape(text[place:])])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self.hidden or tag in _HIDDEN or _NO_DISPLAY.search(given.get("style") or ""):
            self.hidden += tag not in _VOID
            return
        if tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in {"td", "th"}:
            self.parts.append(" ")
        elif tag == "img" and given.get("alt"):
            self.parts.append(given["alt"] or "")
        elif tag == "a":
            self.links.append((given.get("href") or "", len(self.parts)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= tag not in _VOID
        elif tag == "a" and self.links:
            self._close_link(*self.links.pop())
        elif tag in {"p", "h1", "h2", "h3", "h4", "table", "ul", "ol"}:
            self.parts.append("\n\n" if tag in {"p", "h1", "h2", "h3", "h4"} else "\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data.replace("\n", " "))

    def _close_link(self, address: str, start: int) -> None:
        label = "".join(self.parts[start:]).strip()
        if address.startswith(("http", "mailto:", "tel:")) and address.removeprefix("mailto:") != label:
            self.parts.append(f" ({address})")
