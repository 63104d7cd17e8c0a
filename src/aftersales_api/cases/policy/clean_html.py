"""HTML of strangers, reduced to what a message needs: text, structure, links. Everything else is dropped, not escaped."""

from html import escape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

from aftersales_api.kit.whole_html import whole

KEPT: Final = frozenset(
    {
        "a", "abbr", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr", "i",
        "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
    }
)  # fmt: skip
EMPTY: Final = frozenset({"br", "hr"})
SILENT: Final = frozenset(
    {"script", "style", "head", "title", "template", "iframe", "object", "embed", "svg", "math", "noscript", "textarea"}
)
SCHEMES: Final = frozenset({"http", "https", "mailto"})
DEEPEST: Final = 100


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += 1
        if self.silent or tag not in KEPT or len(self.open) >= DEEPEST:
            return
        self.out.append(f"<{tag}{_attributes(tag, attrs)}>")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in EMPTY and not self.silent:
            self.out.append(f"<{tag}{_attributes(tag, attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
            return
        if self.silent or tag not in self.open:
            return
        while self.open:
            closed = self.open.pop()
            self.out.append(f"</{closed}>")
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.out.append(escape(data, quote=False))


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    if tag != "a":
        return ""
    href = next((value for name, value in attrs if name == "href" and value), None)
    if href is None or not is_safe_link(href):
        return ""
    return f' href="{escape(href.strip())}" rel="noopener noreferrer nofollow"'


def is_safe_link(href: str) -> bool:
    """Only links that a mail may lead to: http, https, mailto, without control characters."""
    text = href.strip()
    if any(ord(letter) < 33 for letter in text):
        return False
    try:
        return urlsplit(text).scheme.lower() in SCHEMES
    except ValueError:
        return False


def clean(html: str) -> str:
    """The same message without scripts, styles, images, frames, forms and attributes; all tags closed."""
    cleaner = _Cleaner()
    cleaner.feed(whole(html))
    cleaner.close()
    return "".join([*cleaner.out, *(f"</{tag}>" for tag in reversed(cleaner.open))])


class _Reader(_Cleaner):
    """Only the words, a line for each block."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's form
        if tag in SILENT:
            self.silent += 1
        elif not self.silent and tag in {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote"}:
            self.out.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.out.append(data)


def plain_text(html: str) -> str:
    """The words of a message that came as HTML only."""
    reader = _Reader()
    reader.feed(whole(html))
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.out).splitlines())
    return "\n".join(line for line in lines if line)
