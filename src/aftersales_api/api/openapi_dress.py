"""What every operation of the document carries: headers, versions, keys for repetition, links to what can be done next."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from aftersales_api.web.etags import resource_of
from aftersales_api.web.routing import Rules

Operation = dict[str, Any]
Document = dict[str, Any]
Follower = tuple[str, str]  # operation and the parameter that takes the id
REF: Final = "#/components/{section}/{name}"
ID: Final = re.compile(r"\^([a-z]+)_\[0-7\]")
TEXT: Final = {"type": "string"}

HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    "RequestId": ("X-Request-Id", "The id of this request, for questions to us"),
    "RateLimit": (
        "RateLimit",
        'What is left of the quota, as `"default";r=5999;t=60`: `r` requests; it is whole again within `t` seconds',
    ),
    "RateLimitPolicy": ("RateLimit-Policy", 'The quota, as `"default";q=6000;w=60`: `q` requests in `w` seconds'),
    "ETag": ("ETag", 'The version of what is shown, such as `"v3"`, for If-Match and If-None-Match'),
    "Location": ("Location", "Where the new resource is, or where what was taken on can be followed"),
    "Link": ("Link", 'The next page, as `<…>; rel="next"`'),
    "Replayed": ("Idempotency-Replayed", "true: the answer of an earlier request with the same key"),
    "RetryAfter": ("Retry-After", "Seconds to wait before the request is repeated"),
    "Authenticate": ("WWW-Authenticate", "On 401: how to say who asks"),
    "Allow": ("Allow", "On 405: the methods of the path"),
}
WITH_PROBLEMS: Final = ("RequestId", "RateLimit", "RateLimitPolicy", "RetryAfter", "Authenticate", "Allow")
PARAMETERS: Final[Mapping[str, dict[str, Any]]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "description": "The same key and body again give the first answer again; kept for 24 hours",
        "schema": {**TEXT, "minLength": 1, "maxLength": 255},
    },
    "AftersalesVersion": {
        "name": "Aftersales-Version",
        "description": "A day: answers have the form of that day; without it, that of the day the API client was made",
        "schema": {**TEXT, "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "maxLength": 10},
    },
    "IfMatch": {
        "name": "If-Match",
        "description": "The ETag that was read; another version since then refuses the change (412)",
        "schema": {**TEXT, "maxLength": 64},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "description": "The ETag that is known already; 304 when nothing changed",
        "schema": TEXT,
    },
}
MEANINGS: Final = {
    "200": "Done",
    "201": "Created",
    "202": "Taken on; poll the resource",
    "204": "Done, nothing to show",
}
UPSERTED: Final = "201: new, 200: known before and brought up to date"
UPSERTS: Final = frozenset({"record_refund"})

TAGS: Final[Mapping[str, str]] = {
    "shops": "The shop, its keys and the sandbox clock",
    "privacy": "What is kept of a person: exports and erasures",
    "agents": "Who answers customers: people, their teams and queues",
    "case-rules": "What happens to cases by itself: macros, ready answers, triggers, timed rules, escalations",
    "quality": "How well cases were answered: scorecards, reviews, remarks of agents on articles and policies",
    "visits": "Technicians on their way to a customer",
    "support-metrics": "Numbers of support, each with the cases behind it",
    "repairs": "Things in the workshop, from the quote to the way home",
    "appointments": "Times agreed with a customer: fitting, hand-over, pick-up",
    "customers": "People who bought or may buy, under one id whatever source they come from",
    "products": "What is sold, as far as after-sales needs to know",
    "orders": "Orders as they stand, with lines, payments, refunds and parcels",
    "shipments": "Parcels, tracking events and refunds recorded elsewhere",
    "change-requests": "Wishes to change an order that is on its way",
    "timeline": "Everything that happened to a customer or an order",
    "events": "The log of everything that happened in the shop",
    "connections": "Where deliveries come from: shop platforms, carriers, own systems",
    "inbound": "Deliveries as they came, and playing them again",
    "webhook-endpoints": "Where our events go: endpoints, messages, attempts",
    "cases": "Support cases and the conversation in them",
    "sla": "Promises of answering times, calendars and clocks",
    "surveys": "Asking customers, and their answers",
    "messages": "What is said to customers",
    "templates": "The words messages are made of",
    "consent": "What customers allow, and addresses never to write to",
    "contact-policy": "The one set of rules about who may be contacted, when and how often",
    "mailbox": "Mails of a sandbox, kept instead of sent",
    "flows": "What happens by itself: flows, runs, reminders",
    "metrics": "What customers say, as numbers with their definition, bounds and coverage",
    "returns": "Goods that come back",
    "refunds": "Money that goes back",
    "withdrawals": "The statutory right to withdraw",
    "exchanges": "Something else instead of money",
    "claims": "Lost, damaged and wrong parcels",
    "return-policies": "The rules of returning, reasons and settings; try a draft on past returns",
    "warranties": "Plans, registered units, who pays for a defect, and claims",
    "knowledge": "Articles customers and agents read",
    "webhooks": "What we send to your endpoints",
}


def operations(document: Document) -> Iterator[tuple[str, str, Operation]]:
    """Method, path and operation of everything that can be called."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def dress(document: Document, rules: Mapping[str, Rules | None]) -> None:
    """Give every operation what all share; shared parts are components."""
    components = document["components"]
    components["headers"] = {key: {"description": text, "schema": TEXT} for key, (_, text) in HEADERS.items()}
    components["parameters"] = {key: {**each, "in": "header"} for key, each in PARAMETERS.items()}
    components["parameters"]["IdempotencyKeyRequired"] = {
        **components["parameters"]["IdempotencyKey"],
        "required": True,
    }
    components["parameters"]["IfMatchRequired"] = {**components["parameters"]["IfMatch"], "required": True}
    components["responses"]["Problem"]["headers"] = _headers(*WITH_PROBLEMS)
    components["responses"]["NotModified"] = {
        "description": "What you have is current",
        "headers": _headers("RequestId", "ETag"),
    }
    followers = _followers(document)
    for method, path, operation in operations(document):
        operation["tags"] = [tag.replace("_", "-") for tag in operation["tags"]]
        _dress_answers(document, method, operation, followers)
        _dress_parameters(document, method, path, operation, rules.get(operation["operationId"]))
    for methods in document.get("webhooks", {}).values():
        methods["post"]["responses"].pop("422", None)


def tags(document: Document) -> list[dict[str, str]]:
    """The tags in use, explained, in the order of the document."""
    used = dict.fromkeys(tag for _, _, operation in operations(document) for tag in operation["tags"])
    return [{"name": tag, "description": TAGS[tag]} for tag in [*used, "webhooks"]]


def _headers(*keys: str) -> dict[str, Any]:
    return {HEADERS[key][0]: {"$ref": REF.format(section="headers", name=key)} for key in keys}


def _dress_answers(
    document: Document, method: str, operation: Operation, followers: Mapping[str, list[Follower]]
) -> None:
    """No 422 of the framework, one success, the shared problem, and headers on what went well."""
    answers = operation["responses"]
    answers.pop("422", None)
    name = operation["operationId"]
    if name.startswith("upsert_") or name in UPSERTS:
        answers["2XX"] = answers.pop("201")
    _gather_successes(answers)
    for status in list(answers):
        if status in {"4XX", "5XX"}:
            answers[status] = {"$ref": REF.format(section="responses", name="Problem")}
            continue
        _dress_success(document, method, status, operation, followers)
    if method == "get" and is_single(document, operation):
        answers["304"] = {"$ref": REF.format(section="responses", name="NotModified")}
    operation["responses"] = dict(sorted(answers.items()))


def _gather_successes(answers: dict[str, Any]) -> None:
    """Several good answers of one form are one to clients."""
    several = sorted(status for status in answers if status.startswith("2"))
    if len(several) < 2:
        return
    told = [f"{status}: {MEANINGS.get(status, answers[status]['description'])}" for status in several]
    first, *rest = [answers.pop(status) for status in several]
    if any(each.get("content") != first.get("content") for each in rest):
        raise LookupError(f"good answers of different forms: {several}")
    answers["2XX"] = {**first, "description": "; ".join(told)}


def _dress_success(
    document: Document, method: str, status: str, operation: Operation, followers: Mapping[str, list[Follower]]
) -> None:
    answer = operation["responses"][status]
    if answer["description"] == "Successful Response":
        answer["description"] = UPSERTED if status == "2XX" else MEANINGS.get(status, "Done")
    keys = ["RequestId", "RateLimit", "RateLimitPolicy"]
    members = shown(document, operation).get("properties", {})
    keys += ["ETag"] if _has_tag(document, method, operation) else []
    keys += ["Location"] if status in {"201", "2XX"} or (status == "202" and "id" in members) else []
    keys += ["Link"] if method == "get" and _is_walked(operation) else []
    keys += ["Replayed"] if method == "post" and operation.get("security") != [] else []
    answer["headers"] = {**answer.get("headers", {}), **_headers(*keys)}
    if method == "get" and "next_cursor" in members:
        place, members = "items/0/id", _members_of_items(document, members)
    elif method == "post" and status in {"201", "202", "2XX"}:
        place = "id"
    else:
        return
    if prefix := ID.match(members.get("id", {}).get("pattern", "")):
        links = _links(place, followers.get(prefix[1], []))
        links.pop(operation["operationId"], None)
        answer["links"] = links


def _links(place: str, followers: Iterable[Follower]) -> dict[str, Any]:
    """What can be done next with the id at a place of the answer: what was made, or the first of a list."""
    return {
        name: {"operationId": name, "parameters": {parameter: f"$response.body#/{place}"}}
        for name, parameter in followers
    }


def _members_of_items(document: Document, page: dict[str, Any]) -> dict[str, Any]:
    reference = page["items"]["items"].get("$ref", "").rpartition("/")[2]
    members: dict[str, Any] = document["components"]["schemas"].get(reference, {}).get("properties", {})
    return members


def _has_tag(document: Document, method: str, operation: Operation) -> bool:
    """Whether a good answer carries an ETag: what has a version, what is read, what is made and can be read."""
    members = shown(document, operation).get("properties", {})
    if "version" in members or (method == "get" and is_single(document, operation)):
        return True
    prefix = ID.match(members.get("id", {}).get("pattern", ""))
    is_made = method == "post" and bool({"201", "2XX"} & operation["responses"].keys())
    return is_made and prefix is not None and prefix[1] in _read_ids(document)


def _is_walked(operation: Operation) -> bool:
    """Whether the answer is one page of several."""
    return any(each.get("name") == "cursor" for each in operation.get("parameters", ()))


def _read_ids(document: Document) -> set[str]:
    """Prefixes of ids that end the path of a resource that can be read."""
    found = set()
    for method, path, operation in operations(document):
        last = [each for each in operation.get("parameters", ()) if path.endswith("{" + each.get("name", "") + "}")]
        prefix = ID.match(last[0]["schema"].get("pattern", "")) if last else None
        if method == "get" and prefix and is_single(document, operation):
            found.add(prefix[1])
    return found


def _followers(document: Document) -> dict[str, list[Follower]]:
    """Id prefix -> operations that need nothing in their path but such an id."""
    found: dict[str, list[Follower]] = {}
    for _, _, operation in operations(document):
        needed = [each for each in operation.get("parameters", []) if each.get("in") == "path"]
        prefix = ID.match(needed[0]["schema"].get("pattern", "")) if len(needed) == 1 else None
        if prefix and operation.get("security") != []:
            found.setdefault(prefix[1], []).append((operation["operationId"], needed[0]["name"]))
    return found


def _dress_parameters(document: Document, method: str, path: str, operation: Operation, rules: Rules | None) -> None:
    keys = []
    if method == "get" and is_single(document, operation):
        keys.append("IfNoneMatch")
    if rules is not None and rules.scope is not None:
        if method == "post":
            keys.append("IdempotencyKeyRequired" if rules.money else "IdempotencyKey")
        if rules.needs_version:
            keys.append("IfMatchRequired")
        elif method != "get" and not rules.own_transaction and _changes_what_is_read(document, path):
            keys.append("IfMatch")
        keys.append("AftersalesVersion")
    if keys:
        references = [{"$ref": REF.format(section="parameters", name=key)} for key in keys]
        operation["parameters"] = [*operation.get("parameters", []), *references]


def _changes_what_is_read(document: Document, path: str) -> bool:
    """Whether the resource of the path can be read, so that a change is held against what its reader saw."""
    read = document["paths"].get(resource_of(path), {}).get("get")
    return read is not None and is_single(document, read)


def is_single(document: Document, operation: Operation) -> bool:
    """Whether the operation shows one resource, which then has an ETag."""
    members = shown(document, operation).get("properties", {})
    return bool(members) and ("version" in members or "items" not in members)


def shown(document: Document, operation: Operation) -> dict[str, Any]:
    """The schema of what a successful answer shows."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            schema: dict[str, Any] = answer.get("content", {}).get("application/json", {}).get("schema", {})
            name = schema.get("$ref", "").rpartition("/")[2]
            return document["components"]["schemas"].get(name, schema) if name else schema
    return {}
