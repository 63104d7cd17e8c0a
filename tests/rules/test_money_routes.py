"""Where an Idempotency-Key must be sent: whatever speaks of money by its path, but what is named here with the reason (decision 9)."""

import re

from aftersales_api.api import openapi
from sample import operations

MONEY = re.compile(r"[/-](refunds?|credit|price|payments?|points|charges?|payouts?)([/-]|$)")
BY_EFFECT = {
    "create_exchange": "its difference is a debt of one side",
    "make_exchange_ready": "the difference was paid",
    "convert_exchange": "money goes back instead of goods",
    "approve_claim": "what is given for it: refund, credit or goods",
}
NONE_MOVES = {
    "quote_refund": "a sum, nothing is kept",
    "record_refund": "tells of a refund made elsewhere, known by its `external_id`: told twice it is one",
}


def posts(app):
    return {
        each["operationId"]: (path, each)
        for method, path, each in operations(openapi.document(app))
        if method == "post"
    }


def required(operation):
    return {"$ref": "#/components/parameters/IdempotencyKeyRequired"} in operation.get("parameters", ())


def test_what_speaks_of_money_needs_a_key(app):
    found = posts(app)
    assert {*BY_EFFECT, *NONE_MOVES} <= found.keys()
    needing = {name for name, (_, operation) in found.items() if required(operation)}
    speaking = {name for name, (path, _) in found.items() if MONEY.search(path)}
    assert len(speaking) > 10
    assert needing == speaking - NONE_MOVES.keys() | BY_EFFECT.keys()


async def test_without_a_key_money_routes_are_refused_before_anything_else_is_said(lab, app):
    for path, operation in posts(app).values():
        if required(operation):
            answer = await lab.client.post(re.sub(r"\{[^}]+\}", "x", path), json={})
            assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required"), path
            assert answer.json()["errors"][0]["pointer"] == "/header/idempotency-key"
