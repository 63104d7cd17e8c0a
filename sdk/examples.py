"""`make examples`: chooses one real request, answer and refusal for each operation, and one payload for each webhook, from what tests noted.

The noted lines come from tests/examples.py, made fit to be shown and weighed (tests/tidy.py); the lightest is taken. Of the
refusals it is the operation's own, the one that fewest others know. What is chosen goes to src/aftersales_api/api/examples, one file for each tag,
and to src/aftersales_api/outbound/data/payloads.json. An example that says the same as the one there is (other ids, other times)
leaves it as it is, and what nothing new was noted of keeps the example it has as far as that still fits the document: so a run
changes only what changed.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from aftersales_api.api import openapi_refusals as refusals

ROOT = Path(__file__).resolve().parent.parent
CHOSEN = ROOT / "src" / "aftersales_api" / "api" / "examples"
PAYLOADS = ROOT / "src" / "aftersales_api" / "outbound" / "data" / "payloads.json"
DOCUMENT = ROOT / "openapi" / "openapi.json"
WORD: Final = re.compile(r"[a-z_.]{1,60}")
Json = Any


def main(folder: str) -> int:
    """Writes the examples; names the operations and event types that have none."""
    document = json.loads(DOCUMENT.read_text())
    rules, noted = Rules(document), lightest(Path(folder))
    told = {name: operations(rules, name, noted) for name in rules.operations}
    files: dict[str, dict[str, Json]] = {}
    for name, parts in sorted(told.items()):
        if parts:
            files.setdefault(rules.operations[name]["tags"][0], {})[name] = parts
    write(files)
    payloads = {event_type: payload(rules, event_type, noted) for event_type in document["webhooks"]}
    PAYLOADS.parent.mkdir(exist_ok=True)
    PAYLOADS.write_text(as_text({name: each for name, each in payloads.items() if each}))
    for what, found in (("operations", told), ("events", payloads)):
        print(f"{what}: {len(found)}; without: {', '.join(sorted(name for name, each in found.items() if not each))}")
    return 0


def lightest(folder: Path) -> dict[tuple[str, ...], Json]:
    """What shows best of each kind of thing noted."""
    best: dict[tuple[str, ...], Json] = {}
    for path in folder.glob("*.jsonl"):
        for line in path.read_text().splitlines():
            each = json.loads(line)
            kind = tuple(each["kind"])
            if kind not in best or each["weight"] < best[kind]["weight"]:
                best[kind] = each
    return best


class Rules:
    """What the document's schemas allow: what was noted before they changed is left out."""

    def __init__(self, document: Json) -> None:
        self.registry: Json = Registry().with_resource("urn:document", Resource(document, DRAFT202012))
        self.operations = {each["operationId"]: each for path in document["paths"].values() for each in path.values()}
        self.webhooks = document["webhooks"]
        self.known = {
            name: each for path in CHOSEN.glob("*.json") for name, each in json.loads(path.read_text()).items()
        }
        self.payloads = json.loads(PAYLOADS.read_text()) if PAYLOADS.exists() else {}
        self.named = Counter(code for each in self.operations.values() for code in codes_of(each))

    def allows(self, holder: Json, value: Json) -> bool:
        """Whether a body of the holder may be this."""
        content = holder.get("content", {})
        media = next((name for name in content if name.endswith("json") == (not isinstance(value, str))), None)
        schema = json.dumps(content[media]["schema"] if media else False)
        told = json.loads(schema.replace('"#/components', '"urn:document#/components'))
        return bool(Draft202012Validator(told, registry=self.registry).is_valid(value))


def codes_of(operation: Json) -> list[str]:
    """The problem codes that an operation names."""
    return [code for codes in operation.get("x-problem-codes", {}).values() for code in codes]


def operations(rules: Rules, name: str, noted: dict[tuple[str, ...], Json]) -> Json:
    """The `request`, `answer` and `problem` of one operation."""
    operation = rules.operations[name]
    done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    found = noted.get(("operation", name), {})
    holders = {"request": operation.get("requestBody", {}), "answer": done}
    fresh = {part: found[part] for part in holders if found.get(part) is not None}
    old = rules.known.get(name, {})
    shown = {
        part: kept(old.get(part), fresh.get(part), lambda value, holder=holder: rules.allows(holder, value))
        for part, holder in holders.items()
    }
    codes = codes_of(operation)
    noted_refusals = [each["answer"] for code in codes if (each := noted.get(("problem", name, code)))]
    telling = min(
        noted_refusals, key=lambda each: (dull(each["code"]), rules.named[each["code"]], each["code"]), default=None
    )
    shown["problem"] = kept(old.get("problem"), telling, lambda value: value["code"] in codes)
    return {part: value for part, value in shown.items() if value is not None}


def dull(code: str) -> int:
    """How little a refusal tells of the operation: its own first, then that there is no such thing, then a wrong member, then the rest."""
    if code not in refusals.COMMON:
        return 0
    return {"not_found": 1, "invalid_request": 2, "precondition_failed": 3}.get(code, 4)


def payload(rules: Rules, event_type: str, noted: dict[tuple[str, ...], Json]) -> Json:
    """The message of one event type."""
    fresh = noted.get(("event", event_type), {}).get("answer")
    holder = rules.webhooks[event_type]["post"]["requestBody"]
    return kept(rules.payloads.get(event_type), fresh, lambda value: rules.allows(holder, value))


def kept(old: Json, fresh: Json, fits: Json) -> Json:
    """The example to show: the old one as long as the new one says nothing else."""
    if fresh is None or not fits(fresh):
        return old if old is not None and fits(old) else None
    is_same = old is not None and fits(old) and shape(old) == shape(fresh)
    return old if is_same else fresh


def shape(part: Json) -> Json:
    """What an example says, without what differs between two runs: ids, times, figures, and how people put things."""
    if isinstance(part, dict):
        return {key: shape(value) for key, value in part.items()}
    if isinstance(part, list):
        return [shape(each) for each in part]
    if isinstance(part, str):
        return part if WORD.fullmatch(part) else "…"
    return part if part is None or isinstance(part, bool) else 0


def write(files: dict[str, dict[str, Json]]) -> None:
    """One file for each tag, in a stable form."""
    CHOSEN.mkdir(exist_ok=True)
    for old in CHOSEN.glob("*.json"):
        old.unlink()
    for tag, found in files.items():
        (CHOSEN / f"{tag}.json").write_text(as_text(found))


def as_text(found: Json) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
