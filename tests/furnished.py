"""A shop that has one of everything, so that generated tests meet real things behind every id of every path."""

import re

from aftersales_api.api.openapi_examples import examples
from aftersales_api.kit import ids
from returns_story import a_line, approved, delivered, pay
from sample import operations, prefixes, sample
from senders import connect, deliver, payload, shopify

ID = re.compile(r"\b([a-z]{2,4})_[0-7][0-9a-hjkmnp-tv-z]{25}\b")
# They have no JSON body, end the key that asks, or move the clock from under the others.
OWN_DOORS = frozenset(
    {"receive_delivery", "deliver_mail", "upload_attachment", "move_sandbox_clock", "rotate_api_key", "revoke_api_key"}
)
WORDS = {"locale": "es", "metric": "first_response_time", "target": "first_response", "channel": "sms", "number": "1"}
ROUNDS = 3


def body_of(document, operation, found=None):
    """A request that the operation takes: its example, about what is there; else the smallest that the schema allows."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    known = examples().get(operation["operationId"], {}).get("request")
    if known is None:
        return sample(document, content["schema"], found=found)
    return about(known, found or {})


def about(part, found):
    """The same, with the ids of what is there; ids of what is not are new ones."""
    if isinstance(part, dict):
        return {key: about(value, found) for key, value in part.items()}
    if isinstance(part, list):
        return [about(value, found) for value in part]
    if isinstance(part, str) and ID.fullmatch(part):
        prefix = part.partition("_")[0]
        return found.get(prefix) or ids.show(prefix, ids.new_id())
    return part


def fill(path, names, found):
    """The path with real ids, where there are some, and words that the place may hold."""
    for name, prefix in names.items():
        path = path.replace("{" + name + "}", found.get(prefix) or ids.show(prefix, ids.new_id()))
    return re.sub(r"\{([^}]+)\}", lambda place: WORDS.get(place[1], "x"), path)


def query_of(document, operation):
    """The query parameters that must be sent."""
    return {
        each["name"]: sample(document, each["schema"], each["name"])
        for each in operation.get("parameters", ())
        if each.get("in") == "query" and each.get("required")
    }


async def furnish(lab, document):
    """An id of each kind that the shop has then."""
    found = {}
    for told in await _tell_stories(lab):
        _note(found, told)
    for _ in range(ROUNDS):
        for method, path, operation in operations(document):
            if method == "post" and operation["operationId"] not in OWN_DOORS:
                await _ask(lab, document, method, path, operation, found)
        for method, path, operation in operations(document):
            if method == "get":
                await _ask(lab, document, method, path, operation, found)
    return found


async def _tell_stories(lab):
    """What needs several steps in their order: a delivered order, what comes back of it, the money."""
    order = await delivered(lab, [a_line("20.00", 4)], "80.00")
    returned = await approved(lab, order)
    await pay(lab, returned)
    other = await approved(lab, order)
    told = []
    for path, body in (
        (f"/v1/returns/{other['id']}/labels", {"tracking_number": "BACK-1"}),
        (
            f"/v1/cases/{(await _a_case(lab))['id']}/links",
            {"kind": "related", "other_case_id": (await _a_case(lab))["id"]},
        ),
    ):
        told.append(await lab.client.post(path, json=body))
    file = await lab.client.post("/v1/attachments?name=photo.txt", content=b"a photo")
    assert [each.status_code for each in (*told, file)] == [201, 201, 201]
    await deliver(lab, await connect(lab, "shopify"), shopify("orders/edited", payload("shopify", "orders_edited")))
    await lab.settle()
    return [*told, file]


async def _a_case(lab):
    return (await lab.client.post("/v1/cases", json={"subject": "It does not start", "description": "Help"})).json()


async def _ask(lab, document, method, path, operation, found):
    names = prefixes(path, operation)
    answer = await ask(
        lab.client,
        method,
        fill(path, names, found),
        params=query_of(document, operation),
        json=body_of(document, operation, found),
        headers={"Idempotency-Key": ids.show("key", ids.new_id())} if method == "post" else {},
    )
    assert answer.status_code < 500, f"{operation['operationId']}: {answer.text}"
    if answer.is_success:
        _note(found, answer)


def _note(found, answer):
    for match in ID.finditer(answer.text):
        found.setdefault(match[1], match[0])


async def ask(client, method, path, **asked):
    """What a client does: a busy service is asked again (503, Retry-After)."""
    for _ in range(5):
        answer = await client.request(method, path, **asked)
        if answer.status_code != 503:
            break
    return answer
