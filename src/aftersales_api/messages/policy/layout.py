"""MJML to mail HTML, once, when a template is saved: Liquid stays in it, styles are inlined, nothing is fetched.

Every Liquid tag is swapped for a mark that HTML parsers leave alone (a comment between elements, a word elsewhere), so
that `<`, quotes and loops over table rows survive; afterwards each mark must still be there.
"""

import hashlib
import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final

from css_inline import CSSInliner, InlineError

from aftersales_api.kit.whole_html import whole
from aftersales_api.messages.policy.faults import TemplateFault, liquid_faults
from aftersales_api.messages.policy.links import URL_ATTRIBUTES, MarkupPlace, is_allowed, pieces, url_safe

MARKUP: Final = 60_000
ELEMENTS: Final = 600
NESTING: Final = 60
REFUSED_ELEMENTS: Final = frozenset(
    {"script", "iframe", "object", "embed", "form", "input", "base", "link", "meta", "applet", "mj-include", "mj-html-attributes",
     "mj-font", "mj-carousel", "mj-accordion"}
)  # fmt: skip
_OPEN_ROWS = r"(<(?:mj-)?table\b[^<>]*+>)(\s*+(?:<!--{mark}\d+z-->\s*+)++)(?=<tr\b)"
_WEB_FONTS = re.compile(
    r"""<!--\[if !mso\]><!-->\s*+(?:<link href="https://fonts\.googleapis[^<>]*+>\s*+)++<style[^<>]*+>[^<]*+</style>\s*+<!--<!\[endif\]-->"""
)
_INLINER = CSSInliner(inline_style_tags=True, keep_style_tags=True, keep_link_tags=True, load_remote_stylesheets=False)
_VOID: Final = frozenset({"br", "hr", "img", "col", "wbr", "area", "source", "track"})


@lru_cache(maxsize=512)
def compile_mjml(source: str) -> str:
    """Mail HTML that still holds the Liquid tags, link filters added; refuses layouts that would lose something."""
    with liquid_faults():
        _look_over(source)
    mark = "lq" + hashlib.sha256(source.encode()).hexdigest()[:8] + "a"
    marked, tokens = _marked(source, mark)
    marked = re.sub(_OPEN_ROWS.format(mark=mark), r"\1<tbody>\2", marked)
    return _restored(_as_html(marked), mark, tokens)


def _look_over(source: str) -> None:
    if len(source) > MARKUP:
        raise TemplateFault("too_long", f"A layout has at most {MARKUP} characters.")
    seen = _Elements()
    seen.feed(whole("".join("" if liquid else text for liquid, text in pieces(source))))
    seen.close()
    if seen.fault:
        raise seen.fault
    if not seen.is_mjml:
        raise TemplateFault("not_mjml", "A layout is an <mjml> document with an <mj-body>.")


def _marked(source: str, mark: str) -> tuple[str, list[str]]:
    tokens: list[str] = []
    parts: list[str] = []
    place = MarkupPlace()
    for liquid, text in pieces(source):
        if not liquid:
            place.feed(text)
            parts.append(text)
            continue
        if place.between_attributes:
            raise TemplateFault(
                "tag_between_attributes", "Liquid may stand inside the quotes of an attribute, not between attributes."
            )
        word = f"{mark}{len(tokens)}z"
        inside = place.in_tag or place.in_comment or text.startswith("{{")
        parts.append(word if inside else f"<!--{word}-->")
        tokens.append(url_safe(text, place))
        place.pass_token(text)
    return "".join(parts), tokens


def _as_html(marked: str) -> str:
    from bs4.exceptions import ParserRejectedMarkup
    from mjml import mjml_to_html  # heavy, and wanted only when a template is saved

    try:
        return _INLINER.inline(_WEB_FONTS.sub("", mjml_to_html(marked).html))
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, NotImplementedError, OSError,
            ArithmeticError, RecursionError, InlineError, ParserRejectedMarkup) as broken:  # fmt: skip
        raise TemplateFault(
            "layout_broken", "The MJML cannot be laid out: check that its elements are closed and nested."
        ) from broken


def _restored(page: str, mark: str, tokens: list[str]) -> str:
    seen: set[int] = set()

    def token_of(found: re.Match[str]) -> str:
        number = int(found[1])
        seen.add(number)
        return tokens[number]

    restored = re.sub(rf"(?:<!--|&lt;!--)?{mark}(\d+)z(?:--(?:>|&gt;))?", token_of, page)
    lost = [tokens[number] for number in range(len(tokens)) if number not in seen]
    if lost:
        raise TemplateFault(
            "tag_lost", f"The layout has no place for {lost[0][:80]}: put it inside <mj-raw> or <mj-text>."
        )
    return restored


class _Elements(HTMLParser):
    """Looks for what a mail must not hold, and for layouts too large to lay out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fault: TemplateFault | None = None
        self.count = 0
        self.depth = 0
        self.is_mjml = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag not in _VOID
        self._see(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._see(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in _VOID

    def _see(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count += 1
        self.is_mjml = self.is_mjml or tag == "mj-body"
        if tag in REFUSED_ELEMENTS:
            self._refuse("element_not_allowed", f"<{tag}> is not allowed in a mail.")
        for name, value in attrs:
            if name.startswith("on"):
                self._refuse("attribute_not_allowed", "Event attributes are not allowed in a mail.")
            if name in URL_ATTRIBUTES and not is_allowed(value or ""):
                self._refuse("scheme_not_allowed", "Links lead to http, https, mailto, tel or sms addresses.")
        if self.count > ELEMENTS or self.depth > NESTING:
            self._refuse("too_long", f"A layout has at most {ELEMENTS} elements, nested at most {NESTING} deep.")

    def _refuse(self, code: str, detail: str) -> None:
        self.fault = self.fault or TemplateFault(code, detail)
