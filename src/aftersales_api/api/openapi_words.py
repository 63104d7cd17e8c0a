"""Words for what has the same meaning wherever it stands: ids, pages, sets of words and the lives of things.

What its own model says of a member comes first, then the vocabulary (`kit/vocabulary.py`).
"""

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from aftersales_api.api.openapi_sets import SETS
from aftersales_api.kit.actors import ActedLifecycle
from aftersales_api.kit.states import Lifecycle
from aftersales_api.kit.vocabulary import EVERYWHERE, MEMBERS, PARAMETERS, SCHEMAS, closest, meaning, with_nothing

_ID: Final = re.compile(r"\^([a-z]+)_\[0-7\]")
_BROKEN: Final = re.compile(r"(?<=[^.:!?\n])\n\n(?=[a-z])")
OWN: Final = "Names it for good; ids sort by the time they were made"
NOUNS: Final[Mapping[str, str]] = {
    "agt": "agent",
    "apt": "appointment",
    "asg": "assignment of a case",
    "att": "attachment",
    "aur": "turn of an automation",
    "aut": "automation",
    "cal": "business calendar",
    "calv": "version of a business calendar",
    "can": "ready answer",
    "cas": "case",
    "cat": "category of cases",
    "cev": "entry of a case's log",
    "cha": "channel account",
    "chg": "wish to change an order",
    "cli": "API client, the same over rotations of its key",
    "clm": "claim about a parcel",
    "cme": "message of a case",
    "cns": "entry of the consent ledger",
    "con": "connection",
    "cos": "cost entry",
    "cus": "customer",
    "dec": "decision of the contact policy",
    "esc": "escalation",
    "esr": "escalation rule",
    "evt": "event",
    "exc": "exchange",
    "flv": "version of a flow",
    "flw": "flow",
    "gwy": "message gateway",
    "ifb": "feedback of a colleague",
    "inb": "delivery that came in",
    "ins": "finding of an inspection",
    "inv": "invitation to a survey",
    "kba": "article",
    "kbc": "category of articles",
    "kbf": "reader's feedback",
    "kbs": "search for articles",
    "kbt": "translation of an article",
    "key": "API key",
    "lnk": "link between cases",
    "mac": "macro",
    "msg": "message to a customer",
    "oli": "line of an order",
    "ord": "order",
    "orf": "refund seen on a platform",
    "par": "participant of a case",
    "pay": "payment of an order",
    "prd": "product",
    "prv": "request about somebody's data",
    "qrv": "quality review",
    "qsc": "scorecard",
    "rcp": "receipt of goods",
    "rem": "reminder",
    "rep": "repair",
    "ret": "return",
    "rfd": "refund",
    "rfs": "refused entry into a flow",
    "rin": "click on a rating link",
    "rpv": "version of the return policies",
    "rrn": "reason for returning",
    "rsh": "parcel of a return",
    "rsp": "response to a survey",
    "rti": "item of a return",
    "run": "run of a flow",
    "shi": "parcel",
    "shp": "shop",
    "sim": "simulation",
    "sla": "clock of a promise",
    "sle": "deed of a clock",
    "slp": "SLA policy",
    "slpv": "version of an SLA policy",
    "sup": "suppressed address",
    "sur": "survey",
    "suv": "version of a survey",
    "tea": "team",
    "tev": "scan of a parcel",
    "tim": "time entry",
    "tpl": "template",
    "tpv": "version of a template",
    "vis": "visit",
    "war": "registration of a unit under a warranty",
    "wcl": "claim under a warranty",
    "wdr": "withdrawal",
    "wha": "call of a webhook endpoint",
    "whb": "sending again of what was missed",
    "whd": "delivery to a webhook endpoint",
    "whe": "webhook endpoint",
    "whm": "webhook message",
    "wpl": "warranty plan",
}


def tell(document: dict[str, Any]) -> None:
    """Describe every set of words, and members that say nothing of themselves."""
    lives = _lives()
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["description"] = _flowing(operation["description"])
            for asked in operation.get("parameters", ()):
                if "in" in asked and not asked.get("description"):
                    asked["description"] = _of_parameter(operation["operationId"], asked)
    for name, schema in document["components"]["schemas"].items():
        if "enum" in schema:
            _tell_set(name, schema, lives)
        elif not schema.get("description") and (told := meaning(SCHEMAS, name, name)):
            schema["description"] = told
        if "description" in schema:
            schema["description"] = _flowing(schema["description"])
        for member, value in schema.get("properties", {}).items():
            if not value.get("description") and (told := _of_member(name, member, value, schema)):
                value["description"] = told


def _of_parameter(operation: str, asked: dict[str, Any]) -> str:
    """What is asked: by its own schema, by the vocabulary, else by the id or the list that it is."""
    schema = asked["schema"]
    told = schema.pop("description", None) or meaning(PARAMETERS, operation, asked["name"])
    if told:
        return str(told)
    parts = [part for each in _parts(schema) for part in (each, each.get("items", {}))]
    noun = _noun(parts)
    if asked["in"] == "path":
        return f"Id of the {noun}" if noun else ""
    if any(part.get("type") == "array" for part in parts):
        return "Any of these; repeat it for several" + (f" (id of the {noun})" if noun else "")
    return f"Only what belongs to this {noun}" if noun else ""


def _flowing(text: str) -> str:
    """A first line of a docstring that goes on below its blank line is one sentence."""
    return _BROKEN.sub(" ", text)


def _tell_set(name: str, schema: dict[str, Any], lives: Mapping[str, str]) -> None:
    told = [schema.get("description") or SETS.get(name, ""), lives.get(name, "")]
    if any(told):
        schema["description"] = "\n\n".join(filter(None, told))


def _of_member(holder: str, name: str, schema: Mapping[str, Any], parent: Mapping[str, Any]) -> str | None:
    word = closest(MEMBERS, holder, name)
    if word is not None and word.pattern != EVERYWHERE:
        return word.text
    noun = _noun(_parts(schema))
    if told := _of_every_resource(name, schema, parent["properties"].keys(), noun):
        return told
    told = word.text if word else f"Id of the {noun}" if noun else None
    is_answered = parent.get("additionalProperties") is not False
    return with_nothing(told, name, schema) if told and is_answered else told


def _of_every_resource(name: str, schema: Mapping[str, Any], siblings: Collection[str], noun: str | None) -> str | None:
    """The members that make a thing a resource or a page."""
    if name == "items" and "next_cursor" in siblings:
        return "What is on this page"
    if name == "version" and "id" in siblings and schema.get("type") == "integer":
        return "Raised by every change; the ETag is made of it"
    if name == "id" and noun:
        return OWN
    if name == "next" and schema.get("type") == "array":
        return "What can be done with it now: the last words of paths to POST to"
    return None


def _noun(parts: Iterable[Mapping[str, Any]]) -> str | None:
    """What an id belongs to, when it can belong to one kind of thing alone."""
    prefixes = {found[1] for part in parts if (found := _ID.match(part.get("pattern", "")))}
    return NOUNS.get(min(prefixes)) if len(prefixes) == 1 else None


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    for part in schema.get("anyOf", ()):
        yield from _parts(part)


def _lives() -> dict[str, str]:
    """How each status leads to others, by the name of its set: read from the tables that decide it."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.endswith(".states")]
    tables = [each for module in modules for each in vars(module).values()]
    return {type(each.start).__name__: _life(each) for each in tables if isinstance(each, Lifecycle | ActedLifecycle)}


def _life(table: Lifecycle[Any] | ActedLifecycle[Any]) -> str:
    lines = []
    for status in type(table.start):
        onwards = ", ".join(f"`{target}`" for target in _onwards(table, status))
        lines.append(f"- `{status}`: then {onwards}" if onwards else f"- `{status}`: the end")
    return f"Begins as `{table.start}`.\n\n" + "\n".join(lines)


def _onwards(table: Lifecycle[Any] | ActedLifecycle[Any], status: StrEnum) -> list[str]:
    if isinstance(table, ActedLifecycle):
        return sorted({each.target.value for each in table.steps if status in each.sources} - {status.value})
    return sorted({target.value for sources, target in table.moves.values() if status in sources} - {status.value})
