"""Words for what has the same meaning wherever it stands: ids, members that many share, sets of words and the lives of things.

What its own model says of a member comes first.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from aftersales_api.api.openapi_sets import SETS
from aftersales_api.kit.actors import ActedLifecycle
from aftersales_api.kit.states import Lifecycle

_ID: Final = re.compile(r"\^([a-z]+)_\[0-7\]")
OWN: Final = "Names it for good; ids sort by the time they were made"
NOUNS: Final[Mapping[str, str]] = {
    "agt": "agent",
    "apt": "appointment",
    "att": "attachment",
    "aut": "automation",
    "cal": "business calendar",
    "calv": "version of a business calendar",
    "can": "ready answer",
    "cas": "case",
    "cat": "category of cases",
    "cha": "channel account",
    "chg": "wish to change an order",
    "cli": "API client, the same over rotations of its key",
    "clm": "claim about a parcel",
    "cme": "message of a case",
    "con": "connection",
    "cos": "cost entry",
    "cus": "customer",
    "esr": "escalation rule",
    "evt": "event",
    "exc": "exchange",
    "flw": "flow",
    "ifb": "feedback of a colleague",
    "inb": "delivery that came in",
    "inv": "invitation to a survey",
    "kba": "article",
    "kbc": "category of articles",
    "kbf": "reader's feedback",
    "kbs": "search for articles",
    "key": "API key",
    "lnk": "link between cases",
    "mac": "macro",
    "msg": "message to a customer",
    "oli": "line of an order",
    "ord": "order",
    "par": "participant of a case",
    "pay": "payment of an order",
    "prd": "product",
    "prv": "request about somebody's data",
    "qrv": "quality review",
    "qsc": "scorecard",
    "rem": "reminder",
    "rep": "repair",
    "ret": "return",
    "rfd": "refund",
    "rpv": "version of the return policies",
    "rrn": "reason for returning",
    "rsh": "parcel of a return",
    "rsp": "response to a survey",
    "rti": "item of a return",
    "run": "run of a flow",
    "shi": "parcel",
    "sim": "simulation",
    "sla": "clock of a promise",
    "slp": "SLA policy",
    "slpv": "version of an SLA policy",
    "sup": "suppressed address",
    "sur": "survey",
    "suv": "version of a survey",
    "tea": "team",
    "tim": "time entry",
    "tpl": "template",
    "vis": "visit",
    "war": "registration of a unit under a warranty",
    "wdr": "withdrawal",
    "wcl": "claim under a warranty",
    "whb": "sending again of what was missed",
    "whd": "delivery to a webhook endpoint",
    "whe": "webhook endpoint",
    "whm": "webhook message",
    "wpl": "warranty plan",
}
MEMBERS: Final[Mapping[str, str]] = {
    "actor": "Who acts or acted",
    "agent_id": "The agent",
    "article_id": "The article",
    "assignee_id": "The agent who has it",
    "as_of": "The instant whose state is told",
    "attempts": "How often it was tried",
    "carrier": "The carrier, as the shop or the carrier's platform writes it",
    "carrier_deadline_at": "Until when the carrier takes the claim",
    "case_id": "The case",
    "ci_high": "Upper bound of the interval in which the true value lies at the chosen level",
    "ci_low": "Lower bound of the interval in which the true value lies at the chosen level",
    "convention": "In a sentence, what is counted and how",
    "country": "ISO 3166-1 alpha-2",
    "created_at": "When it was made here; lists are sorted by it",
    "currency": "ISO 4217",
    "customer_id": "The customer",
    "definition_version": "Which definition of the figure; another one may give another value",
    "delivered_at": "When it arrived",
    "denominator": "Of how many",
    "due_at": "When it is due",
    "email": "E-mail address",
    "endpoint_id": "The webhook endpoint",
    "estimated_delivery_at": "When it should arrive, as far as the carrier says",
    "expires_at": "From when on it is no longer valid",
    "exchange_id": "The exchange",
    "external_id": "Its id where it comes from",
    "financial_status": "How far the order is paid, in the words of FinancialStatus",
    "fulfilment_status": "How much has left, in the words of FulfilmentStatus",
    "has_more": "Whether there is another page",
    "in_warranty": "Whether the warranty pays",
    "invitation_id": "The invitation to a survey",
    "is_gift_return": "Whether somebody other than the buyer sends it back",
    "is_test": "Whether it only was a try; figures leave it out",
    "legal_basis": "On what ground it comes back, in the words of LegalBasis",
    "locale": "Language, and region where it matters (BCP 47), such as `es` or `en-GB`",
    "next_cursor": "What to send as `cursor` for the next page; null on the last",
    "message_id": "The message",
    "numerator": "How many",
    "occurred_at": "When it happened",
    "order_id": "The order",
    "order_line_id": "The line of the order",
    "phone": "Telephone number",
    "processed_at": "When it was worked on",
    "product_id": "The product",
    "promised_at": "Until when it was promised",
    "quantity": "How many units",
    "receipt_status": "How much has arrived, in the words of ReceiptStatus",
    "received_at": "When it came in",
    "refund_due_at": "Until when the money must have gone back",
    "refund_id": "The refund",
    "refund_status": "How far the money has gone back, in the words of RefundProgress",
    "registration_id": "The registration of a unit under a warranty",
    "repair_id": "The repair",
    "replacement_order_ref": "The shop's order with which the replacement is sent",
    "return_id": "The return",
    "rma_number": "The number that customers put on the parcel",
    "run_id": "The run of a flow",
    "sent_at": "When it was sent",
    "serial": "Serial number of the unit",
    "shipment_id": "The parcel",
    "shipping_status": "Where the parcel is, in the words of ShippingStatus",
    "sku": "Stock keeping unit of the shop",
    "source_updated_at": "When it changed where it comes from; what is older than what is known changes nothing",
    "started_at": "When it began",
    "status": "Where it stands",
    "survey_id": "The survey",
    "survey_key": "The survey's name in links, flows and figures",
    "tags": "Words of the shop's own, to find things by",
    "team_id": "The team",
    "timezone": "IANA time zone, such as `Europe/Madrid`",
    "tracking_number": "The carrier's number of the parcel",
    "updated_at": "When it last changed",
    "warranty_claim_id": "The claim under a warranty",
}


def tell(document: dict[str, Any]) -> None:
    """Describe every set of words, and members that say nothing of themselves."""
    lives = _lives()
    for methods in document["paths"].values():
        for operation in methods.values():
            _tell_asked(operation)
    for name, schema in document["components"]["schemas"].items():
        if "enum" in schema:
            _tell_set(name, schema, lives)
        for member, value in schema.get("properties", {}).items():
            if "$ref" not in value and not value.get("description") and (told := _of_member(member, value, schema)):
                value["description"] = told


def _tell_asked(operation: Mapping[str, Any]) -> None:
    """Describe the ids that an operation is asked about, and its filters for any of several."""
    for asked in operation.get("parameters", ()):
        schema = asked.get("schema", {})
        if "in" not in asked or asked.get("description") or schema.get("description"):
            continue
        parts = [part for each in _parts(schema) for part in (each, each.get("items", {}))]
        prefixes = {found[1] for part in parts if (found := _ID.match(part.get("pattern", "")))}
        noun = NOUNS.get(min(prefixes)) if len(prefixes) == 1 else None
        if asked["in"] == "path" and noun:
            asked["description"] = f"Id of the {noun}"
        elif asked["in"] == "query" and any(part.get("type") == "array" for part in parts):
            asked["description"] = "Any of these; repeat it for several" + (f" (id of the {noun})" if noun else "")
        elif asked["in"] == "query" and noun:
            asked["description"] = f"Only what belongs to this {noun}"


def _tell_set(name: str, schema: dict[str, Any], lives: Mapping[str, str]) -> None:
    told = [schema.get("description") or SETS.get(name, ""), lives.get(name, "")]
    if any(told):
        schema["description"] = "\n\n".join(filter(None, told))


def _of_member(name: str, schema: Mapping[str, Any], parent: Mapping[str, Any]) -> str | None:
    siblings = parent["properties"].keys()
    if name == "items" and "next_cursor" in siblings:
        return "What is on this page"
    if name == "version" and "id" in siblings and schema.get("type") == "integer":
        return "Raised by every change; the ETag is made of it"
    prefixes = {found[1] for part in _parts(schema) if (found := _ID.match(part.get("pattern", "")))}
    if name == "id" and prefixes:
        return OWN
    if name in MEMBERS:
        return MEMBERS[name] if _is_plain(schema) else None
    if name == "next" and schema.get("type") == "array":
        return "What can be done with it now: the last words of paths to POST to"
    noun = NOUNS.get(min(prefixes)) if len(prefixes) == 1 else None
    return f"Id of the {noun}" if noun else None


def _is_plain(schema: Mapping[str, Any]) -> bool:
    """Whether it is the value that the shared name stands for, and no rule or list of such values."""
    kinds = {part.get("type", "any") for part in _parts(schema) if "anyOf" not in part}
    return kinds <= {"string", "integer", "number", "boolean", "array", "null"} or schema.get("anyOf") is not None


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
