"""The same for HTML mail: elements in which mail programs keep quotations and signatures are left out."""

from html.parser import HTMLParser
from typing import Final

from aftersales_api.kit.whole_html import whole

QUOTING_CLASSES: Final = frozenset(
    {"gmail_quote", "gmail_quote_container", "gmail_extra", "gmail_attr", "gmail_signature", "yahoo_quoted"}
    | {"moz-cite-prefix", "moz-signature", "protonmail_quote", "protonmail_signature_block", "outlookmessageheader"}
)
QUOTING_IDS: Final = frozenset({"signature", "ms-outlook-mobile-signature", "applemailsignature", "yiv-signature"})
REST_IDS: Final = frozenset(
    {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "stopspelling"}
)
"""Outlook puts the old mail beside such an element, not inside: nothing after it is new."""
NEVER_CLOSED: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


class _Cutter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.depth = 0
        self.is_over = False

    @property
    def is_silent(self) -> bool:
        return self.is_over or self.depth > 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth:
            self.depth += tag not in NEVER_CLOSED
            return
        said = {name: (value or "").lower() for name, value in attrs}
        if said.get("id", "").removeprefix("x_") in REST_IDS:
            self.is_over = True
        if self.is_over:
            return
        if _quotes(tag, said) and tag not in NEVER_CLOSED:
            self.depth = 1
            return
        self.out.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's form
        if not self.is_silent:
            self.out.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if self.depth:
            self.depth -= tag not in NEVER_CLOSED
        elif not self.is_over:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.is_silent:
            self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        if not self.is_silent:
            self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        if not self.is_silent:
            self.out.append(f"&#{name};")


def _quotes(tag: str, said: dict[str, str]) -> bool:
    if tag == "blockquote" and said.get("type") == "cite":
        return True
    names = {name.removeprefix("x_") for name in said.get("class", "").split()}
    return bool(names & QUOTING_CLASSES) or said.get("id", "").removeprefix("x_") in QUOTING_IDS


def cut_html(html: str) -> str:
    """The HTML without what is quoted and signed with; tags may stay open, `clean` closes them."""
    cutter = _Cutter()
    cutter.feed(whole(html))
    cutter.close()
    return "".join(cutter.out)
