"""What members and parameters on the wire mean: one text for each meaning, in `words/`, a file for each part of the trade.

A table is headed by what it speaks of: names of schemas (or of operations), or patterns such as `Refund*EventData`, several of them
apart by spaces. The closest heading wins: a whole name before a pattern, one name before several, the longer pattern before the shorter;
`*` is what a word means everywhere else. What a model says of its own member (`Field(description=...)`) comes before all of this.
"""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

FOLDER: Final = Path(__file__).resolve().parent / "words"
MEMBERS: Final = "members"
PARAMETERS: Final = "parameters"
SCHEMAS: Final = "schemas"
EVERYWHERE: Final = "*"


class Word(NamedTuple):
    """One meaning: of `name`, wherever the holder's name fits `pattern`, which is one of those in the heading."""

    heading: str
    pattern: str
    name: str
    text: str

    @property
    def distance(self) -> tuple[bool, int, int]:
        """The closest is the least."""
        holders = len(self.heading.split())
        return (True, -len(self.pattern), holders) if "*" in self.pattern else (False, holders, 0)


def meaning(section: str, holder: str, name: str) -> str | None:
    """What a name means in a schema or an operation; None when nobody says it."""
    word = closest(section, holder, name)
    return None if word is None else word.text


def closest(section: str, holder: str, name: str) -> Word | None:
    """The word that speaks of a name in this place, and of no other place more closely."""
    return next((word for word in _by_name(section).get(name, ()) if fnmatchcase(holder, word.pattern)), None)


def with_nothing(text: str, name: str, schema: Mapping[str, Any]) -> str:
    """What null means in an answer, added to words that speak of every place and so do not say it."""
    if {"type": "null"} not in schema.get("anyOf", ()) or "null" in text:
        return text
    return f"{text}; null {'without one' if name.endswith('_id') else 'before' if name.endswith('_at') else 'when unknown'}"


@cache
def words(section: str) -> tuple[Word, ...]:
    """Every word of a section; the same meaning twice is refused."""
    found: dict[tuple[str, str, tuple[bool, int, int]], Word] = {}
    for path in sorted((FOLDER / section).glob("*.toml")):
        for heading, told in tomllib.loads(path.read_text("utf-8")).items():
            for pattern, (name, text) in product(heading.split(), told.items()):
                word = Word(heading, pattern, name, text)
                if found.setdefault((pattern, name, word.distance), word) is not word:
                    raise LookupError(f"{path.name}: {name} of {pattern} is explained twice")
    return tuple(found.values())


@cache
def _by_name(section: str) -> dict[str, list[Word]]:
    """The closest first."""
    found: dict[str, list[Word]] = defaultdict(list)
    for word in sorted(words(section), key=lambda each: each.distance):
        found[word.name].append(word)
    return dict(found)
