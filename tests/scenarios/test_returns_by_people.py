"""Returns, swaps and claims as people live them: each step says who took it and why, and the log of moves tells it for good."""

import pytest_asyncio

from returns_story import a_line, approved, ask, confirm, delivered, eur, give, key, line_id

ANA = {"type": "customer", "id": "501"}
EVA = {"type": "agent", "id": "eva"}
PASARELA = {"type": "webhook", "id": "pasarela"}


async def step(lab, path, row, verb, status=200, **body):
    answer = await lab.client.post(f"/v1/{path}/{row['id']}/{verb}", json=body, headers=key())
    assert answer.status_code == status, answer.text
    return answer.json()


async def last_move(lab, path, row):
    found = (await lab.client.get(f"/v1/{path}/{row['id']}/transitions")).json()["items"][0]
    return {name: found[name] for name in ("verb", "to_status", "actor_type", "actor_id", "reason")}


def told(verb, status, actor, reason):
    return {
        "verb": verb,
        "to_status": status,
        "actor_type": actor["type"],
        "actor_id": f"{actor['type']}:{actor['id']}",
        "reason": reason,
    }


@pytest_asyncio.fixture
async def order(lab):
    return await delivered(lab, [a_line("29.90", 2, title="Tetera de 1 l")], "59.80")


async def requested(lab, order):
    """A request that a person must look at: goodwill, not a right."""
    made = await ask(lab, order, legal_basis="goodwill", method="carrier")
    assert made.status_code == 201, made.text
    return made.json()


async def looked_at(lab):
    """A shop where a person looks at each request."""
    return await delivered(lab, [a_line("29.90", 2, title="Tetera de 1 l")], "59.80", country="US")


async def test_an_approval_says_who_and_why(lab):
    back = await requested(lab, await looked_at(lab))
    assert back["status"] == "requested"
    done = await step(lab, "returns", back, "approve", actor=EVA, reason="Clienta de muchos años")
    assert (done["status"], "complete" in done["next"]) == ("approved", True)
    assert await last_move(lab, "returns", back) == told("approve", "approved", EVA, "Clienta de muchos años")


async def test_what_is_missing_for_a_return_is_asked_for(lab):
    back = await requested(lab, await looked_at(lab))
    asked = await step(
        lab, "returns", back, "request-info", actor=EVA, reason="Foto borrosa", question="¿Puede enviar otra foto?"
    )
    assert (asked["status"], asked["next"]) == ("needs_info", ["cancel", "decline", "provide-info"])


async def test_an_approved_return_is_called_off_with_a_reason(lab, order):
    back = await approved(lab, order)
    done = await step(lab, "returns", back, "cancel", actor=ANA, reason="Me la quedo")
    assert (done["status"], done["next"]) == ("cancelled", [])
    assert await last_move(lab, "returns", back) == told("cancel", "cancelled", ANA, "Me la quedo")


async def test_a_return_of_a_rejected_unit_ends_when_it_is_on_its_way_back(lab, order):
    back = await approved(lab, order)
    unit = {"return_item_id": back["items"][0]["id"], "quantity": 1}
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
    found = {**unit, "outcome": "reject", "grade": "E", "disposition": "return_to_customer", "note": "Usada"}
    seen = await lab.client.post(f"/v1/returns/{back['id']}/inspections", json={"items": [found]})
    assert seen.status_code == 201, seen.text
    early = await step(lab, "returns", back, "complete", 409, actor=EVA)
    assert (early["code"], early["facts"]["open_items"][0]["open_quantity"]) == ("units_open", 1)
    sent = await lab.client.post(f"/v1/returns/{back['id']}/send-back", json=unit)
    assert sent.status_code in {200, 201}, sent.text
    done = await step(lab, "returns", back, "complete", actor=EVA, reason="Devuelta a la clienta")
    assert done["status"] == "completed"
    assert await last_move(lab, "returns", back) == told("complete", "completed", EVA, "Devuelta a la clienta")


async def test_proof_of_dispatch_is_kept_with_its_day(lab, order):
    back = await approved(lab, order)
    sent_at = (await lab.now()).isoformat()
    slip = {"file": "https://luna.example/resguardos/1.pdf", "sent_at": sent_at, "actor": ANA}
    made = await lab.client.post(f"/v1/returns/{back['id']}/dispatch-proof", json=slip)
    assert made.status_code == 201, made.text
    seen = (await lab.client.get(f"/v1/returns/{back['id']}")).json()
    assert seen["dispatched_at"] is not None


async def test_a_quote_of_a_refund_is_what_is_then_paid(lab, order):
    wish = {"order_id": order["id"], "kind": "goodwill", "amount": eur("10.00")}
    quote = await lab.client.post("/v1/refunds/quote", json=wish)
    assert (quote.status_code, quote.json()["total"], quote.json()["maximum_refundable"]) == (
        200,
        eur("10.00"),
        eur("59.80"),
    )
    assert (await lab.client.get("/v1/refunds")).json()["items"] == [], "a quote writes nothing"
    paid = await give(lab, order, kind="goodwill", amount=eur("10.00"))
    assert (paid.json()["amount"], paid.json()["allocations"]) == (quote.json()["total"], quote.json()["allocations"])
    left = await lab.client.post("/v1/refunds/quote", json={**wish, "amount": eur("49.81")})
    assert (left.status_code, left.json()["code"]) == (409, "refund_exceeds_maximum")


async def test_a_pending_refund_is_called_off_with_a_reason(lab, order):
    refund = (await give(lab, order, amount=eur("10.00"))).json()
    done = await step(lab, "refunds", refund, "cancel", actor=EVA, reason="Pagado en efectivo en tienda")
    assert done["status"] == "cancelled"
    assert await last_move(lab, "refunds", refund) == told("cancel", "cancelled", EVA, "Pagado en efectivo en tienda")


async def test_a_refund_that_bounces_says_why(lab, order):
    refund = (await give(lab, order, amount=eur("10.00"))).json()
    await confirm(lab, refund)
    bounced = await step(lab, "refunds", refund, "reverse", 201, actor=PASARELA, reason="Cuenta cerrada")
    assert (bounced["amount"], bounced["reverses_id"]) == (eur("10.00"), refund["id"])


async def test_a_swap_is_agreed_to_with_a_reason(lab, order):
    back = await approved(lab, order)
    wish = {"return_id": back["id"], "items": [{"sku": "TET-VERDE", "quantity": 1, "same_product": True}]}
    quote = await lab.client.post("/v1/exchanges/quote", json=wish)
    assert (quote.status_code, quote.json()["credit"]) == (200, eur("29.90"))
    made = await lab.client.post("/v1/exchanges", json={**wish, "actor": ANA}, headers=key())
    assert made.status_code == 201, made.text
    done = await step(lab, "exchanges", made.json(), "approve", actor=EVA, reason="Hay verdes en el almacén")
    assert done["status"] == "awaiting_return"


async def a_claim(lab, order):
    said = {
        "order_id": order["id"],
        "kind": "damaged",
        "order_line_id": line_id(order),
        "quantity": 1,
        "description": "Llegó con el asa rota.",
        "evidence": ["https://luna.example/fotos/asa.jpg"],
        "actor": ANA,
    }
    made = await lab.client.post("/v1/claims", json=said)
    assert made.status_code == 201, made.text
    return made.json()


async def test_a_claim_is_looked_at_rejected_and_objected_to(lab, order):
    claim = await a_claim(lab, order)
    seen = await step(lab, "claims", claim, "review", actor=EVA, reason="Fotos suficientes")
    assert (seen["status"], seen["description"]) == ("under_review", "Llegó con el asa rota.")
    no = await step(lab, "claims", claim, "reject", actor=EVA, reason="El asa se rompió después")
    assert (no["status"], no["next"]) == ("rejected", ["appeal"])
    again = await step(lab, "claims", claim, "appeal", actor=ANA, reason="El repartidor lo vio")
    assert again["status"] == "appealed"
    assert (await lab.client.get(f"/v1/claims/{claim['id']}")).json() == again


async def test_a_customer_takes_a_claim_back(lab, order):
    claim = await a_claim(lab, order)
    done = await step(lab, "claims", claim, "cancel", actor=ANA, reason="Ha aparecido el paquete")
    assert (done["status"], done["next"]) == ("cancelled", [])
    late = await step(lab, "claims", claim, "review", 409, actor=EVA)
    assert late["code"] == "invalid_transition"


async def test_a_withdrawal_is_prepared_and_declared(lab, order):
    said = {
        "order_id": order["id"],
        "name": "Ana García",
        "email": "ada@example.com",
        "lines": [{"order_line_id": line_id(order), "quantity": 1}],
        "locale": "es",
    }
    draft = await lab.client.post("/v1/withdrawals", json=said)
    assert draft.status_code == 201, draft.text
    done = await step(lab, "withdrawals", draft.json(), "confirm", actor=ANA, reason="No encaja en la estantería")
    assert done["status"] == "declared"
    assert (await lab.client.get(f"/v1/withdrawals/{done['id']}")).json() == done
