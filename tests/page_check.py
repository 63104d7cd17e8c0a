"""Rules every hosted page keeps, checked on its HTML: language, labels, legends, no scripts, nothing from elsewhere."""

from html.parser import HTMLParser
from typing import Any

FORBIDDEN = ("script", "style", "iframe", "object", "embed")
INPUTS = ("input", "textarea", "select")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.legends: list[str] = []
        self.text: list[str] = []
        self._fieldsets: list[bool] = []
        self._in: list[str] = []
        self.outside_fieldset: list[dict[str, str]] = []
        self.unlegended = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        members = {name: value or "" for name, value in attrs}
        self.tags.append((tag, members))
        if tag == "fieldset":
            self._fieldsets.append(False)
        if tag == "legend" and self._fieldsets:
            self._fieldsets[-1] = True
        if tag == "input" and members.get("type") == "radio" and not self._fieldsets:
            self.outside_fieldset.append(members)
        self._in.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset" and not self._fieldsets.pop():
            self.unlegended += 1

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    return page


def assert_accessible(response: Any, lang: str) -> None:
    """Fails with the rule that is broken."""
    page = read(response.text)
    tags = page.tags
    ids = [members["id"] for _, members in tags if "id" in members]
    labels = {members.get("for") for tag, members in tags if tag == "label"}
    assert ("html", lang) in [(tag, members.get("lang")) for tag, members in tags]
    assert [tag for tag, _ in tags].count("h1") == 1
    assert "width=device-width" in response.text
    assert len(ids) == len(set(ids)), "ids are unique"
    assert not [tag for tag, _ in tags if tag in FORBIDDEN], "no scripts, styles or frames"
    assert not [name for _, members in tags for name in members if name.startswith("on") or name == "style"]
    for tag, members in tags:
        if tag in INPUTS and members.get("type") != "hidden":
            assert members.get("id") in labels, f"{members} has a label"
        for name in ("src", "href", "action"):
            assert members.get(name, "/").startswith(("/", "#")), f"{members} stays here"
        if members.get("href", "").startswith("#"):
            assert members["href"][1:] in ids, f"{members['href']} leads to a field"
        for each in members.get("aria-describedby", "").split():
            assert each in ids, f"{each} is described"
    assert not page.outside_fieldset, "radios stand in a fieldset"
    assert page.unlegended == 0, "every fieldset has a legend"


def assert_guarded(response: Any) -> None:
    """The headers that keep a page harmless."""
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in response.headers
