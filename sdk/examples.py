"""`make examples`: chooses one real request and answer for each operation from what the tests noted.

The noted lines come from tests/examples.py; what is chosen goes to src/aftersales_api/api/examples, one file for each tag. Ids
are numbered, secrets are covered, long lists are cut; the shortest request that has most of its members is taken. What nothing
new was noted of keeps the example it has, as far as that still fits the document: so a run of a few tests renews a few examples.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).resolve().parent.parent
CHOSEN = ROOT / "src" / "aftersales_api" / "api" / "examples"
DOCUMENT = ROOT / "openapi" / "openapi.json"
ID: Final = re.compile(r"\b([a-z]{2,5})_([0-7][0-9a-hjkmnp-tv-z]{25})\b")
TOKEN: Final = re.compile(r"\b(ask_(?:test|live)_|whsec_)[A-Za-z0-9+/=]{8,}")
LINK: Final = re.compile(r"(https?://[^\s\"]*?/(?:s|r|u|returns/at|pay/[a-z0-9_]+/[a-z0-9_]+)/)[A-Za-z0-9_.-]{12,}")
SECRET: Final = frozenset({"secret", "token", "next_cursor", "cursor", "code_hash", "file", "content", "raw"})
MOST_ITEMS, LONGEST = 2, 8_000
Json = Any


def main(folder: str) -> int:
    """How many operations have no example; they are named."""
    document = json.loads(DOCUMENT.read_text())
    operations = {
        operation["operationId"]: operation["tags"][0]
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    noted: dict[str, list[Json]] = defaultdict(list)
    for path in sorted(Path(folder).glob("*.jsonl")):
        for line in path.read_text().splitlines():
            each = json.loads(line)
            noted[each["operation"]].append(each)
    files: dict[str, dict[str, Json]] = defaultdict(dict)
    rules, known = Rules(document), chosen()
    for name, tag in sorted(operations.items()):
        found = example(min(noted[name], key=weight)) if noted.get(name) else known.get(name)
        if found:
            files[tag][name] = rules.fitting(name, found)
    write(files)
    missing = sorted(operations.keys() - noted.keys() - known.keys())
    print(f"{len(operations) - len(missing)} of {len(operations)} operations; without: {', '.join(missing)}")
    return 0


def chosen() -> dict[str, Json]:
    """The examples there are, by operation."""
    return {name: each for path in CHOSEN.glob("*.json") for name, each in json.loads(path.read_text()).items()}


class Rules:
    """What the document's schemas allow: what was noted before they changed is left out."""

    def __init__(self, document: Json) -> None:
        self.registry: Json = Registry().with_resource("urn:document", Resource(document, DRAFT202012))
        self.operations = {each["operationId"]: each for path in document["paths"].values() for each in path.values()}

    def fitting(self, name: str, parts: Json) -> Json:
        operation = self.operations[name]
        done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        holders = {"request": operation.get("requestBody", {}), "answer": done}
        return {part: value for part, value in parts.items() if self._allows(holders[part], value)}

    def _allows(self, holder: Json, value: Json) -> bool:
        schema = json.dumps(holder.get("content", {}).get("application/json", {}).get("schema", False))
        told = json.loads(schema.replace('"#/components', '"urn:document#/components'))
        return bool(Draft202012Validator(told, registry=self.registry).is_valid(value))


def weight(noted: Json) -> tuple[bool, bool, int]:
    """A call of the guide for integrators; else short, but not the shortest possible: an empty list or body shows nothing."""
    request, answer = noted["request"], noted["answer"]
    is_empty = request in ({}, []) or (isinstance(answer, dict) and answer.get("items") == [])
    return is_empty, not noted["is_of_the_guide"], len(json.dumps(request)) + len(json.dumps(answer))


def example(noted: Json) -> Json:
    """The request's and the answer's body, made fit to be shown."""
    numbers: dict[str, str] = {}
    shown = {part: fit(noted[part], numbers) for part in ("request", "answer") if noted[part] is not None}
    if len(json.dumps(shown.get("answer"))) > LONGEST:
        del shown["answer"]
    return shown


def fit(part: Json, numbers: dict[str, str], member: str = "") -> Json:
    """One value of an example."""
    if isinstance(part, dict):
        return {key: fit(value, numbers, key) for key, value in part.items()}
    if isinstance(part, list):
        return [fit(value, numbers, member) for value in part[: MOST_ITEMS if member == "items" else 10]]
    if not isinstance(part, str):
        return part
    if member in SECRET and len(part) > 20 and not ID.fullmatch(part):
        return part[:6] + "A" * (len(part) - 6)
    part = TOKEN.sub(lambda found: found[1] + "x" * (len(found[0]) - len(found[1])), part)
    part = LINK.sub(lambda found: found[1] + "x" * 12, part)
    return ID.sub(lambda found: numbered(found, numbers), part)


def numbered(found: re.Match[str], numbers: dict[str, str]) -> str:
    """The same id is the same number within an example."""
    known = numbers.get(found[0])
    if known is None:
        count = sum(each.startswith(f"{found[1]}_") for each in numbers) + 1
        known = numbers[found[0]] = f"{found[1]}_01k0000000000000000000{count:04d}"
    return known


def write(files: dict[str, dict[str, Json]]) -> None:
    """One file for each tag, in a stable form."""
    CHOSEN.mkdir(exist_ok=True)
    for old in CHOSEN.glob("*.json"):
        old.unlink()
    for tag, found in files.items():
        text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
        (CHOSEN / f"{tag}.json").write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
