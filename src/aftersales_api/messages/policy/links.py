"""Links in mails: which schemes may stand in them, and what happens to values that shops put into them."""

import html
import re
from typing import Final

from aftersales_api.messages.policy.liquid_limits import token_spans

SCHEMES: Final = frozenset({"http", "https", "mailto", "tel", "sms"})
URL_ATTRIBUTES: Final = frozenset(
    {"href", "src", "action", "formaction", "background", "background-url", "poster", "xlink:href", "srcset"}
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_ATTRIBUTE = re.compile(
    rf"""(?<![\w:-])({"|".join(sorted(URL_ATTRIBUTES, reverse=True))})(\s*+=\s*+)("[^"]*+"|'[^']*+')""", re.IGNORECASE
)
_BRANCH = re.compile(r"\{%-?\s*(else|elsif|when)\b")
_ECHO = re.compile(r"\{%-?\s*echo\b")
_ENCODED = re.compile(r"\|\s*(url_encode|url_part|url_whole|url_contact)\s*-?[%}]\}$")


def is_allowed(address: str) -> bool:
    """Whether a link may lead there: a relative address, or a scheme of the allow-list (spaces and unseen signs ignored)."""
    found = _SCHEME.match(_UNSEEN.sub("", html.unescape(address)).lower())
    return found is None or found[1] in SCHEMES


def without_bad_schemes(page: str) -> str:
    """The page with every forbidden link turned into `#`: the last line of defence, after rendering."""

    def checked(found: re.Match[str]) -> str:
        if is_allowed(found[3][1:-1]):
            return found[0]
        return f'{found[1]}{found[2]}"#"'

    return _ATTRIBUTE.sub(checked, page)


class MarkupPlace:
    """Follows HTML piece by piece and knows whether the next sign stands in text, in a tag or in a URL attribute."""

    def __init__(self) -> None:
        self.in_tag = False
        self.quote = ""
        self.attribute = ""
        self.value = ""
        self.in_comment = False
        self.gap = False

    def feed(self, text: str) -> None:
        """Read plain markup that holds no Liquid."""
        place = 0
        while place < len(text):
            place = self._step(text, place)

    def _step(self, text: str, place: int) -> int:
        if self.in_comment:
            end = text.find("-->", place)
            self.in_comment = end < 0
            return len(text) if end < 0 else end + 3
        if self.quote:
            return self._read_value(text, place)
        if self.in_tag:
            return self._read_tag(text, place)
        return self._read_text(text, place)

    def _read_text(self, text: str, place: int) -> int:
        start = text.find("<", place)
        if start < 0:
            return len(text)
        if text.startswith("<!--", start):
            self.in_comment = True
            return start + 4
        self.in_tag = start + 1 < len(text) and (text[start + 1].isalpha() or text[start + 1] == "/")
        self.attribute, self.gap = "", False
        return start + 1

    def _read_tag(self, text: str, place: int) -> int:
        sign = text[place]
        if sign == ">":
            self.in_tag = False
        elif sign in "\"'":
            self.quote, self.value = sign, ""
        elif sign.isspace() or sign == "/":
            self.gap = True
        elif sign == "=":
            self.gap = False
        else:
            self.attribute = sign.lower() if self.gap else self.attribute + sign.lower()
            self.gap = False
        return place + 1

    def _read_value(self, text: str, place: int) -> int:
        end = text.find(self.quote, place)
        if end < 0:
            self.value += text[place:]
            return len(text)
        self.quote, self.attribute, self.value, self.gap = "", "", "", True
        return end + 1

    def pass_token(self, token: str) -> None:
        """A Liquid token was read where we stand."""
        if not self.quote:
            return
        if token.startswith("{{") or _ECHO.match(token):
            self.value += "x"
        elif _BRANCH.match(token):
            self.value = ""

    @property
    def in_url(self) -> bool:
        return bool(self.quote) and self.attribute in URL_ATTRIBUTES

    @property
    def between_attributes(self) -> bool:
        return self.in_tag and not self.quote


def url_safe(tag: str, place: MarkupPlace) -> str:
    """The tag with the filter its place needs: a whole address at the start of a link, a piece of one after it."""
    shows = tag.startswith("{{") or bool(_ECHO.match(tag))
    if not place.in_url or not shows or _ENCODED.search(tag):
        return tag
    before = place.value.strip().lower()
    name = "url_whole" if not before else "url_contact" if before in {"mailto:", "tel:", "sms:"} else "url_part"
    closer = tag[-3:] if tag[-3] == "-" else tag[-2:]
    return f"{tag[: -len(closer)].rstrip()} | {name} {closer}"


def pieces(source: str) -> list[tuple[bool, str]]:
    """The source cut into (is Liquid, text)."""
    found, place = [], 0
    for start, end in token_spans(source):
        if start > place:
            found.append((False, source[place:start]))
        found.append((True, source[start:end]))
        place = end
    if place < len(source):
        found.append((False, source[place:]))
    return found
