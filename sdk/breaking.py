"""`make openapi-breaking`: what the document promised at HEAD and no longer does.

A finding passes only with a line in openapi/allowed_breaks.txt that names the dated variant of the API. Requests may only
become wider and answers only richer: what clients sent stays welcome, and what they read stays there.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = "openapi/openapi.json"
UPPER: Final = ("maxLength", "maximum", "maxItems", "maxProperties", "exclusiveMaximum")
LOWER: Final = ("minLength", "minimum", "minItems", "minProperties", "exclusiveMinimum")
Json = dict[str, Any]


def main() -> int:
    """0 when nothing breaks that is not allowed."""
    shown = subprocess.run(["git", "show", f"HEAD:{DOCUMENT}"], cwd=ROOT, capture_output=True, text=True, check=False)
    if shown.returncode:
        print("nothing is released yet")
        return 0
    found = sorted(set(breaks(json.loads(shown.stdout), json.loads((ROOT / DOCUMENT).read_text()))))
    allowed = allowed_breaks((ROOT / "openapi" / "allowed_breaks.txt").read_text())
    refused = [each for each in found if each not in allowed]
    for each in refused:
        print(f"breaking: {each}")
    return int(bool(refused))


def allowed_breaks(text: str) -> set[str]:
    """The findings that somebody allowed, each with its variant."""
    lines = [line.partition(" -- ") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {finding.strip() for finding, _, variant in lines if variant.strip()}


def breaks(before: Json, after: Json) -> Iterator[str]:
    """Every promise of `before` that `after` breaks."""
    for path, methods in before["paths"].items():
        for method, operation in methods.items():
            place = f"{method.upper()} {path}"
            now = after["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{place}: removed"
            else:
                yield from _operation(place, Sides(before, after), operation, now)


class Sides:
    """Both documents, for references; pairs that were compared are not compared again."""

    def __init__(self, before: Json, after: Json) -> None:
        self.before, self.after = before, after
        self.seen: set[tuple[str, str, bool]] = set()

    def old(self, part: Json) -> Json:
        return _resolved(self.before, part)

    def new(self, part: Json) -> Json:
        return _resolved(self.after, part)


def _resolved(document: Json, part: Json) -> Json:
    while "$ref" in part:
        _, _, section, name = part["$ref"].split("/")
        part = document["components"][section][name]
    return part


def _operation(place: str, sides: Sides, old: Json, new: Json) -> Iterator[str]:
    if old["operationId"] != new["operationId"]:
        yield f"{place}: operationId changed"
    if new.get("x-required-scope") != old.get("x-required-scope") or (new.get("security") and not old.get("security")):
        yield f"{place}: scope changed"
    yield from _parameters(place, sides, old.get("parameters", []), new.get("parameters", []))
    yield from _body(place, sides, old.get("requestBody"), new.get("requestBody"))
    for status, answer in old["responses"].items():
        there = new["responses"].get(status)
        if there is None and not (status[0] == "2" and "2XX" in new["responses"]):
            yield f"{place}: status {status} removed"
            continue
        there = there or new["responses"]["2XX"]
        yield from _content(f"{place} {status}", sides, sides.old(answer), sides.new(there), is_request=False)


def _parameters(place: str, sides: Sides, old: list[Json], new: list[Json]) -> Iterator[str]:
    known = {(each["in"], each["name"]): each for each in map(sides.old, old)}
    now = {(each["in"], each["name"]): each for each in map(sides.new, new)}
    for key, parameter in known.items():
        if key not in now:
            yield f"{place}: parameter {key[1]} removed"
            continue
        if now[key].get("required") and not parameter.get("required"):
            yield f"{place}: parameter {key[1]} became required"
        yield from _schema(f"{place} {key[1]}", sides, parameter["schema"], now[key]["schema"], is_request=True)
    yield from (
        f"{place}: new required parameter {key[1]}" for key in now.keys() - known.keys() if now[key].get("required")
    )


def _body(place: str, sides: Sides, old: Json | None, new: Json | None) -> Iterator[str]:
    if new and new.get("required") and not (old and old.get("required")):
        yield f"{place}: body became required"
    if old and not new:
        yield f"{place}: body removed"
    elif old and new:
        yield from _content(f"{place} body", sides, old, new, is_request=True)


def _content(place: str, sides: Sides, old: Json, new: Json, *, is_request: bool) -> Iterator[str]:
    for media, content in old.get("content", {}).items():
        if media not in new.get("content", {}):
            yield f"{place}: media type {media} removed"
        else:
            yield from _schema(place, sides, content["schema"], new["content"][media]["schema"], is_request=is_request)


def _schema(place: str, sides: Sides, old: Json, new: Json, *, is_request: bool) -> Iterator[str]:
    """What one schema no longer takes (request) or no longer gives (answer)."""
    if "$ref" in old and "$ref" in new:
        pair = (old["$ref"], new["$ref"], is_request)
        if pair in sides.seen:
            return
        sides.seen.add(pair)
        place = f"{'request' if is_request else 'answer'} {old['$ref'].rpartition('/')[2]}"
    old, new = sides.old(old), sides.new(new)
    yield from _words(place, old, new, is_request=is_request)
    if is_request:
        yield from _bounds(place, old, new)
    yield from _members(place, sides, old, new, is_request=is_request)
    if "items" in old and "items" in new:
        yield from _schema(f"{place}/items", sides, old["items"], new["items"], is_request=is_request)
    yield from _alternatives(place, sides, old, new, is_request=is_request)


def _words(place: str, old: Json, new: Json, *, is_request: bool) -> Iterator[str]:
    if old.get("type") != new.get("type") and not ("anyOf" in old or "anyOf" in new):
        yield f"{place}: type changed"
    before, after = set(old.get("enum", ())), set(new.get("enum", ()))
    if is_request and after and (gone := sorted(before - after)):
        yield f"{place}: values removed: {', '.join(gone)}"
    if not is_request and before and (more := sorted(after - before)):
        yield f"{place}: values added: {', '.join(more)}"


def _bounds(place: str, old: Json, new: Json) -> Iterator[str]:
    for name in UPPER:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{place}: {name} lowered"
    for name in LOWER:
        if name in new and (name not in old or new[name] > old[name]):
            yield f"{place}: {name} raised"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{place}: pattern changed"


def _members(place: str, sides: Sides, old: Json, new: Json, *, is_request: bool) -> Iterator[str]:
    known, now = old.get("properties", {}), new.get("properties", {})
    for name, member in known.items():
        if name in now:
            yield from _schema(f"{place}/{name}", sides, member, now[name], is_request=is_request)
        elif known and (now or new.get("type") == "object"):
            yield f"{place}: member {name} removed"
    if is_request:
        fresh = set(new.get("required", ())) - set(old.get("required", ()))
        yield from (f"{place}: member {name} became required" for name in sorted(fresh))
    else:
        lost = (set(old.get("required", ())) - set(new.get("required", ()))) & now.keys()
        yield from (f"{place}: member {name} may be missing" for name in sorted(lost))


def _alternatives(place: str, sides: Sides, old: Json, new: Json, *, is_request: bool) -> Iterator[str]:
    """`X | None`, and unions by their names."""
    before, after = (side.get("anyOf") or side.get("oneOf") or [side] for side in (old, new))
    if len(before) == len(after) == 1:
        return
    had, has = _null(before), _null(after)
    if is_request and had and not has:
        yield f"{place}: null no longer taken"
    if not is_request and has and not had:
        yield f"{place}: may be null now"
    named, now = _by_kind(before), _by_kind(after)
    for kind, schema in named.items():
        if kind in now:
            yield from _schema(place, sides, schema, now[kind], is_request=is_request)
        elif is_request:
            yield f"{place}: {kind} no longer taken"
    if not is_request:
        yield from (f"{place}: may be {kind} now" for kind in now.keys() - named.keys())


def _null(parts: list[Json]) -> bool:
    return any(each.get("type") == "null" for each in parts)


def _by_kind(parts: list[Json]) -> dict[str, Json]:
    return {
        str(each.get("$ref", each.get("type", "?"))).rpartition("/")[2]: each
        for each in parts
        if each.get("type") != "null"
    }


if __name__ == "__main__":
    sys.exit(main())
