"""A noted body made fit to be shown: ids are numbered, secrets are covered, long lists are cut; and how well it would show."""

import json
import re

ID = re.compile(r"\b([a-z]{2,5})_([0-7][0-9a-hjkmnp-tv-z]{25})\b")
TOKEN = re.compile(r"\b(ask_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]{8,}")
LINK = re.compile(
    r"((?:https?://[^\s\"]*?/|^/)(?:(?:v1/)?public/[a-z-]+|s|r|u|t|returns/at|pay/[a-z0-9_]+/[a-z0-9_]+)/)(?![a-z]{3}_0)[\w.-]{12,}"
)
FRACTION = re.compile(r"\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+")
PREFIX = re.compile(r"(?:whsec_|ask_test_|ask_live_)?")
SECRET = frozenset({"secret", "token", "next_cursor", "cursor", "code_hash", "file", "content", "raw"})
LONGEST, MOST_MEMBERS, LONGEST_TEXT = 8_000, 6, 800


def fit(part, numbers, most=10, items=2, member=""):
    """One value of an example."""
    if isinstance(part, dict):
        return {key: fit(value, numbers, most, items, key) for key, value in part.items()}
    if isinstance(part, list):
        shown = [value for value in part if not _reads_as_schema(value)]
        return [fit(value, numbers, most, items, member) for value in shown[: items if member == "items" else most]]
    if not isinstance(part, str):
        return part
    if member in SECRET and len(part) > 20 and "://" not in part and not ID.fullmatch(part):
        return PREFIX.match(part)[0] + "x" * 24
    part = TOKEN.sub(lambda found: found[1] + "x" * (len(found[0]) - len(found[1])), part)
    part = LINK.sub(lambda found: found[1] + "x" * 12, part)
    part = FRACTION.sub(r"\1", part)
    part = part if len(part) <= LONGEST_TEXT else part[:LONGEST_TEXT] + "…"
    return ID.sub(lambda found: _numbered(found, numbers), part)


def short(part, numbers):
    """The value with its lists cut until it is short enough to be read."""
    for most, items in ((10, 2), (2, 2), (2, 1)):
        if len(json.dumps(fit(part, dict(numbers), most, items))) <= LONGEST:
            break
    return fit(part, numbers, most, items)


def weight(request, answer):
    """The lighter, the better it shows: something in the list, no makeshift words, many members sent, few empty ones told, brief."""
    is_empty = isinstance(answer, dict) and answer.get("items") == []
    sent = min(len(request), MOST_MEMBERS) if isinstance(request, dict) else int(request is not None)
    length = len(json.dumps(request)) + len(json.dumps(answer))
    return [is_empty, _is_makeshift(request), -sent, _hollow(answer), length]


def _reads_as_schema(part):
    """What describes a variable or an event: Spectral takes it for a JSON Schema, wherever it stands, and finds it wrong."""
    return (
        isinstance(part, dict) and part.keys() >= {"type", "example"} and not part.keys().isdisjoint({"path", "schema"})
    )


def _numbered(found, numbers):
    """The same id is the same number within an example."""
    known = numbers.get(found[0])
    if known is None:
        count = sum(each.startswith(f"{found[1]}_") for each in numbers) + 1
        known = numbers[found[0]] = f"{found[1]}_01k0000000000000000000{count:04d}"
    return known


def _is_makeshift(part):
    """Words such as "x", or what tries out limits."""
    if isinstance(part, dict):
        return any(_is_makeshift(each) for each in (*part.keys(), *part.values()))
    if isinstance(part, list):
        return any(_is_makeshift(each) for each in part)
    is_word = isinstance(part, str) and part != ""
    return is_word and (len(part) < 2 or len(part) > LONGEST_TEXT or not part.replace("\n", "").isprintable())


def _hollow(part):
    """How many members say nothing."""
    if isinstance(part, dict):
        return sum(_hollow(each) for each in part.values())
    if isinstance(part, list):
        return sum(_hollow(each) for each in part) or int(not part)
    return int(part is None or part == "")
