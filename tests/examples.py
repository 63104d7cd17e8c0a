"""Real requests, answers, refusals and events of tests, noted when AFTERSALES_EXAMPLES names a folder, to choose the document's examples from.

Only what shows better than what was noted before is kept: the best of all processes is the best of all, whoever ran which test.
"""

import json
import os
from pathlib import Path

from jsonschema import Draft202012Validator
from sqlalchemy import select

import tidy
from aftersales_api.infra.event_log import CATALOGUE, EventRow
from aftersales_api.outbound.policy.payload import message_bytes
from aftersales_api.outbound.service.telling import told_of

FOLDER = os.environ.get("AFTERSALES_EXAMPLES")
LONGEST, GUIDE = 2_000_000, "test_integrating.py"
_best: dict = {}


def note(promises, response):
    """Write down a success of an operation, or a refusal of the caller."""
    if not FOLDER or response.status_code >= 500 or response.is_redirect or len(response.content) > LONGEST:
        return
    operation = promises.operation(response.request.method, response.request.url.path)
    if operation is None:
        return
    name, body = operation["operationId"], _body(response)
    if response.is_success:
        numbers = {}
        request, answer = (tidy.short(part, numbers) for part in (_body(response.request), body))
        weight = [_is_unfit(promises, operation, request), *tidy.weight(request, answer)]
        _keep(["operation", name], weight, {"request": request, "answer": answer})
    elif response.is_client_error and isinstance(body, dict):
        problem = tidy.fit(body, {})
        _keep(["problem", name, problem["code"]], tidy.weight(None, problem), {"answer": problem})


async def note_events(lab):
    """Write down the messages that a shop's endpoints would have got."""
    if not FOLDER:
        return
    async with lab.tx() as tx:
        for event in await tx.scalars(select(EventRow).order_by(EventRow.id).limit(200)):
            payload = tidy.fit(json.loads(message_bytes(told_of(event))), {})
            if event.data.keys() >= set(CATALOGUE[event.type].model_json_schema().get("required", ())):
                _keep(["event", event.type], tidy.weight(None, payload), {"answer": payload})


def _is_unfit(promises, operation, request):
    """Whether the document does not know such a request, though it was taken: a shorter way of saying it."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None or request is None:
        return False
    told = json.loads(json.dumps(content["schema"]).replace('"#/components', '"urn:document#/components'))
    return not Draft202012Validator(told, registry=promises.registry).is_valid(request)


def _keep(kind, weight, parts):
    """Write a line when it is the lightest of its kind so far; a call of the guide for integrators is lighter than all others."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    weight = [GUIDE not in test, *weight, test]
    if tuple(kind) in _best and _best[tuple(kind)] <= weight:
        return
    _best[tuple(kind)] = weight
    with (Path(FOLDER) / f"{os.getpid()}.jsonl").open("a") as file:
        file.write(json.dumps({"kind": kind, "weight": weight, **parts}) + "\n")


def _body(message):
    """What was said: as a value when it is JSON, as text when it can be read; else None."""
    try:
        text = message.content.decode()
    except (ValueError, RuntimeError):
        return None
    if not message.headers.get("content-type", "").partition(";")[0].endswith("json"):
        return text or None
    try:
        return json.loads(text)
    except ValueError:
        return None
