"""Swaps (scenario 8) and claims about deliveries."""

import asyncio

from returns_story import a_line, approved, ask, at, delivered, eur, events, key, swap

PAID = {"lines": [a_line("40.00", 1, discount_total=eur("4.00"))], "total": "36.00"}


async def test_another_size_is_even_and_waits_for_the_goods(lab):
    back = await approved(lab, await delivered(lab, **PAID))
    exchange = await swap(lab, back, [{"sku": "SKU-42", "same_product": True}])
    assert (exchange["difference"], exchange["status"], exchange["kind"]) == (eur("0.00"), "awaiting_return", "even")
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
    assert (await at(lab, exchange))["status"] == "replacement_ordered"


async def test_a_dearer_product_is_not_ordered_before_it_is_paid(lab):
    back = await approved(lab, await delivered(lab, **PAID))
    exchange = await swap(lab, back, [{"sku": "OTHER", "unit_price": eur("50.00")}])
    assert (exchange["difference"], exchange["status"]) == (eur("14.00"), "awaiting_payment")
    assert await events(lab, "exchange.replacement_ordered") == []
    body = {"payment_reference": "p1", "actor": {"type": "webhook"}}
    ready = await lab.client.post(f"/v1/exchanges/{exchange['id']}/make-ready", json=body, headers=key())
    assert ready.json()["status"] == "replacement_ordered"


async def test_a_cheaper_product_gives_the_difference_back(lab):
    back = await approved(lab, await delivered(lab, **PAID))
    exchange = await swap(lab, back, [{"sku": "OTHER", "unit_price": eur("30.00")}])
    assert exchange["difference"] == eur("-6.00")
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})
    refund = (await lab.client.get(f"/v1/refunds/{(await at(lab, exchange))['refund_id']}")).json()
    assert (refund["amount"], refund["kind"]) == (eur("6.00"), "exchange_difference")


async def test_a_unit_in_a_swap_cannot_be_asked_for_again(lab):
    order = await delivered(lab, **PAID)
    back = await approved(lab, order)
    await swap(lab, back, [{"sku": "SKU-42", "same_product": True}])
    again = await ask(lab, order)
    assert (again.status_code, again.json()["code"]) == (409, "already_in_exchange")
    paid = await lab.client.post(f"/v1/returns/{back['id']}/refunds", json={}, headers=key())
    assert (paid.status_code, paid.json()["code"]) == (409, "nothing_to_refund")


async def in_advance(lab):
    back = await approved(lab, await delivered(lab, **PAID))
    label = (await lab.client.post(f"/v1/returns/{back['id']}/labels", json={"tracking_number": "T9"})).json()
    exchange = await swap(lab, back, [{"sku": "SKU-42", "same_product": True}], mode="advance", hold_ref="hold-1")
    assert exchange["status"] == "replacement_ordered"
    shipped = await lab.client.post(f"/v1/exchanges/{exchange['id']}/ship", json={"tracking_number": "OUT1"})
    assert shipped.json()["status"] == "shipped"
    return back, label, shipped.json()


async def test_unreturned_goods_of_an_advance_swap_are_charged_exactly_once(lab):
    from sqlalchemy import select

    from aftersales_api.infra import jobs
    from aftersales_api.returns.models import TimerRow

    _, _, exchange = await in_advance(lab)
    await lab.advance_to(exchange["return_deadline"])
    async with lab.tx() as tx:
        timer = await tx.scalar(select(TimerRow).where(TimerRow.kind == "exchange_deadline"))
        for _ in range(2):
            await jobs.enqueue(tx, "returns.wake", timer.id)
        timer.due_at = await lab.now()
    await asyncio.gather(lab.settle(), lab.settle())
    now = await at(lab, exchange)
    assert (now["status"], now["charged_at"] is not None) == ("charged", True)
    assert len(await events(lab, "exchange.unreturned_charged")) == 1


async def test_a_scan_a_minute_before_the_deadline_releases_the_hold(lab):
    _, label, exchange = await in_advance(lab)
    from datetime import datetime, timedelta

    before = datetime.fromisoformat(exchange["return_deadline"]) - timedelta(minutes=1)
    await lab.advance_to(before.isoformat())
    await lab.client.post(f"/v1/return-shipments/{label['id']}/scans", json={"status": "in_transit"})
    await lab.advance("P1D")
    now = await at(lab, exchange)
    assert (now["status"], now["charged_at"], now["hold_released_at"] is not None) == ("shipped", None, True)
    assert await events(lab, "exchange.unreturned_charged", "exchange.return_overdue") == []


async def test_out_of_stock_turns_into_money(lab):
    back = await approved(lab, await delivered(lab, **PAID))
    exchange = await swap(lab, back, [{"sku": "SKU-42", "same_product": True}])
    ended = await lab.client.post(
        f"/v1/exchanges/{exchange['id']}/out-of-stock", json={"reason": "sold out"}, headers=key()
    )
    assert ended.json()["status"] == "converted_to_refund"
    refund = (await lab.client.get(f"/v1/refunds/{ended.json()['refund_id']}")).json()
    assert refund["amount"] == eur("36.00")


async def test_an_advance_without_a_hold_is_refused(lab):
    back = await approved(lab, await delivered(lab, **PAID))
    body = {"return_id": back["id"], "items": [{"sku": "S", "same_product": True}], "mode": "advance"}
    answer = await lab.client.post("/v1/exchanges", json=body, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (409, "hold_required")


async def test_a_claim_is_looked_at_agreed_and_paid(lab):
    order = await delivered(lab, [a_line("40.00", 2)], "80.00")
    line = order["lines"][0]["id"]
    body = {"order_id": order["id"], "kind": "damaged", "order_line_id": line}
    claim = (await lab.client.post("/v1/claims", json=body)).json()
    assert (claim["status"], claim["next"]) == ("submitted", ["ask-evidence", "cancel", "review"])
    steps = [
        ("ask-evidence", {}, "needs_evidence"),
        ("provide-evidence", {"evidence": ["https://files.example/1.jpg"]}, "under_review"),
        ("approve", {"liable": "carrier"}, "resolving"),
        ("resolve", {"recovered": eur("30.00")}, "resolved"),
    ]
    for verb, said, status in steps:
        answer = await lab.client.post(f"/v1/claims/{claim['id']}/{verb}", json=said, headers=key())
        assert answer.json()["status"] == status, answer.text
    assert answer.json()["recovered"] == eur("30.00")
    refund = (await lab.client.get(f"/v1/refunds/{answer.json()['refund_id']}")).json()
    assert (refund["amount"], refund["kind"]) == (eur("40.00"), "goodwill")


async def test_a_rejected_claim_can_be_objected_to_for_some_days_only(lab):
    order = await delivered(lab, [a_line("40.00")], "40.00")
    claims = []
    for _ in range(2):
        claim = (await lab.client.post("/v1/claims", json={"order_id": order["id"], "kind": "late"})).json()
        await lab.client.post(f"/v1/claims/{claim['id']}/review")
        await lab.client.post(f"/v1/claims/{claim['id']}/reject", json={"reason": "on time"})
        claims.append(claim)
    wrong = await lab.client.post(f"/v1/claims/{claims[0]['id']}/appeal", json={"actor": {"type": "agent"}})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "actor_not_allowed")
    assert (await lab.client.post(f"/v1/claims/{claims[0]['id']}/appeal")).json()["status"] == "appealed"
    await lab.advance("P15D")
    late = await lab.client.post(f"/v1/claims/{claims[1]['id']}/appeal")
    assert (late.status_code, late.json()["code"]) == (409, "appeal_period_over")


async def test_an_exchange_is_asked_for_under_a_key(lab):
    back = await approved(lab, await delivered(lab, **PAID))
    body = {"return_id": back["id"], "items": [{"sku": "SKU-42", "qty": 1, "same_product": True}]}
    bare = await lab.client.post("/v1/exchanges", json=body)
    assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (400, "/header/idempotency-key")
    mine = key()
    made = [(await lab.client.post("/v1/exchanges", json=body, headers=mine)).json()["id"] for _ in range(2)]
    assert made[0] == made[1]


async def test_only_what_was_wished_for_is_swapped_and_the_rest_is_paid_back(lab):
    order = await delivered(lab, [a_line("40.00"), a_line("25.00", name="L2")], "65.00", country="US")
    first, second = (line["id"] for line in sorted(order["lines"], key=lambda line: line["external_id"]))
    items = [
        {"order_line_id": first, "quantity": 1, "requested_resolution": "exchange"},
        {"order_line_id": second, "quantity": 1},
    ]
    back = await approved(lab, order, items=items, legal_basis="goodwill")
    exchange = await swap(lab, back, [{"sku": "SKU-42", "same_product": True}])
    assert (exchange["credit"], exchange["kind"]) == (eur("40.00"), "even")
    paid = await lab.client.post(f"/v1/returns/{back['id']}/refunds", json={}, headers=key())
    assert (paid.status_code, paid.json()["amount"]) == (201, eur("25.00"))


async def test_the_price_basis_may_be_said(lab):
    back = await approved(lab, await delivered(lab, **PAID))

    async def difference(**said):
        item = {"sku": "SKU-L1", "unit_price": eur("40.00")}
        body = {"return_id": back["id"], "items": [item], **said}
        return (await lab.client.post("/v1/exchanges/quote", json=body)).json()["difference"]

    assert await difference() == eur("0.00")
    assert await difference(price_basis="price_paid") == eur("0.00")
    assert await difference(price_basis="current") == eur("4.00")


async def test_an_exchange_of_a_return_that_is_not_there_is_malformed(lab):
    body = {"return_id": "ret_01jz4m6y8v7x3q2w1r5t9k0abc", "items": [{"sku": "S"}]}
    answer = await lab.client.post("/v1/exchanges", json=body, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_return")


async def test_the_days_to_object_end_with_a_day_of_the_customers_calendar(make_lab):
    lab = await make_lab(clock_at="2026-10-20T08:00:00Z")
    order = await delivered(lab, [a_line("40.00")], "40.00")
    claims = []
    for _ in range(2):
        claim = (await lab.client.post("/v1/claims", json={"order_id": order["id"], "kind": "late"})).json()
        await lab.client.post(f"/v1/claims/{claim['id']}/review")
        await lab.client.post(f"/v1/claims/{claim['id']}/reject", json={"reason": "on time"})
        claims.append(claim)
    await lab.advance_to("2026-11-03T22:58:00Z")  # real time goes on meanwhile
    assert (await lab.client.post(f"/v1/claims/{claims[0]['id']}/appeal")).json()["status"] == "appealed"
    await lab.advance_to("2026-11-03T23:00:00Z")
    late = await lab.client.post(f"/v1/claims/{claims[1]['id']}/appeal")
    assert (late.status_code, late.json()["code"]) == (409, "appeal_period_over")
