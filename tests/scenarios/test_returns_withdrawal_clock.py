"""The statutory clock from declaration to money (returns.md, section 3 and scenario 6). Spain, delivered Sunday 1 November 2026."""

from returns_story import a_line, approved, ask, bought, confirm, declare, draft, eur, events, key, line_id, pay


async def the_return(lab, withdrawal):
    return (await lab.client.get(f"/v1/returns/{withdrawal['return_id']}")).json()


async def test_a_declaration_half_an_hour_before_the_deadline_is_approved_and_acknowledged(make_lab):
    lab, order = await bought(make_lab)
    await lab.advance_to("2026-11-16T22:30:00Z")

    said = await declare(lab, order)
    again = await lab.client.post(f"/v1/withdrawals/{said['id']}/confirm")

    assert said["window_deadline_at"] == "2026-11-16T22:59:59Z"
    assert (said["status"], said["quote"]["total"]) == ("declared", eur("104.90"))
    assert said["ack_at"].startswith("2026-11-16T22:3")
    assert len(said["ack_content_hash"]) == 64
    assert again.json()["return_id"] == said["return_id"]
    back = await the_return(lab, said)
    assert (back["status"], back["channel"], back["legal_basis"]) == (
        "approved",
        "withdrawal_form",
        "statutory_withdrawal",
    )
    await lab.settle()
    assert [mail["to"] for mail in await lab.mails() if "withdrawal" in mail["subject"].lower()] == ["ada@example.com"]


async def test_five_minutes_after_the_deadline_it_is_too_late(make_lab):
    lab, order = await bought(make_lab)
    early = (await draft(lab, order)).json()
    await lab.advance_to("2026-11-16T23:05:00Z")
    for answer in (await draft(lab, order), await lab.client.post(f"/v1/withdrawals/{early['id']}/confirm")):
        assert (answer.status_code, answer.json()["code"]) == (409, "window_expired")


async def test_goods_made_to_order_are_exempt(make_lab):
    lab, order = await bought(make_lab, [a_line("100.00", 1, withdrawal_exemption="custom_made")])
    answer = await draft(lab, order)
    assert (answer.status_code, answer.json()["code"]) == (409, "exempt_from_withdrawal")


async def test_the_money_is_due_by_the_first_scan_when_that_comes_late(make_lab):
    lab, order = await bought(make_lab)
    await lab.advance_to("2026-11-16T22:30:00Z")
    said = await declare(lab, order)
    back = await the_return(lab, said)
    assert (back["refund_due_at"], back["withheld"]) == ("2026-11-30T22:59:59Z", True)
    label = await lab.client.post(
        f"/v1/returns/{back['id']}/labels", json={"carrier": "Correos", "tracking_number": "PK123"}
    )
    await lab.advance_to("2026-12-02T09:00:00Z")
    assert await events(lab, "refund.due_soon", "refund.overdue") == []

    scan = {"status": "in_transit", "occurred_at": "2026-12-02T08:00:00Z"}
    await lab.client.post(f"/v1/return-shipments/{label.json()['id']}/scans", json=scan)
    back = await the_return(lab, said)
    assert (back["refund_due_at"], back["withheld"]) == ("2026-12-02T22:59:59Z", False)
    await lab.settle()
    await lab.advance_to("2026-12-02T22:59:59Z")
    assert [row.type for row in await events(lab, "refund.due_soon", "refund.overdue")] == ["refund.due_soon"]
    await lab.advance_to("2026-12-03T08:00:00Z")
    assert [row.type for row in await events(lab, "refund.due_soon", "refund.overdue")] == [
        "refund.due_soon",
        "refund.overdue",
    ]
    cases = (await lab.client.get("/v1/cases")).json()["items"]
    assert {case["priority"] for case in cases if case["subject"].startswith("Refund of")} == {"high", "urgent"}


async def test_no_shop_fee_touches_a_withdrawal_and_paying_in_time_ends_the_clock(make_lab):
    lab, order = await bought(make_lab)
    await lab.put_settings("/v1/return-policies", {"rules": [{"effect": {"restocking_fee_pct": 20}}]})
    await lab.advance_to("2026-11-10T10:00:00Z")
    said = await declare(lab, order)
    back = await the_return(lab, said)
    await lab.client.post(f"/v1/returns/{back['id']}/receipts", json={})

    refund = (await pay(lab, back)).json()

    assert refund["amount"] == eur("104.90")
    await confirm(lab, refund)
    await lab.advance_to("2026-12-20T10:00:00Z")
    assert await events(lab, "refund.due_soon", "refund.overdue") == []
    proof = (await lab.client.get(f"/v1/orders/{order['id']}/withdrawal-evidence")).json()
    kinds = [each["kind"] for each in proof["evidence"]]
    assert {"quote", "delivery", "window", "declaration", "acknowledgement", "refund_due", "receipt"} <= set(kinds)
    assert proof["withdrawals"][0]["ack_content"].startswith("Acknowledgement of withdrawal")


async def test_without_any_delivery_event_a_withdrawal_is_never_too_late(make_lab):
    lab, order = await bought(make_lab, delivered_at=None)
    await lab.advance_to("2027-06-01T10:00:00Z")
    said = await declare(lab, order)
    assert (said["status"], said["window_deadline_at"]) == ("declared", None)


async def test_an_order_that_was_never_sent_can_be_withdrawn_from(make_lab):
    lab, order = await bought(make_lab, delivered_at=None, shipped_at=None)
    said = await declare(lab, order)
    back = await the_return(lab, said)
    assert (said["status"], back["requires_return"], back["withheld"]) == ("declared", False, False)


async def test_a_guest_withdraws_with_number_and_address(make_lab):
    lab, order = await bought(make_lab)
    body = {"order_number": order["number"], "name": "Ada", "email": "ADA@example.com"}
    assert (await lab.client.post("/v1/withdrawals", json=body)).status_code == 201
    wrong = await lab.client.post("/v1/withdrawals", json={**body, "email": "eve@example.com"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_order")


async def test_a_withdrawal_within_its_time_cannot_be_declined(make_lab):
    lab, order = await bought(make_lab)
    await lab.advance_to("2026-11-05T10:00:00Z")
    asked = (await ask(lab, order, legal_basis="statutory_withdrawal")).json()
    answer = await lab.client.post(f"/v1/returns/{asked['id']}/decline", json={"reason_code": "no"})
    assert (answer.status_code, answer.json()["code"]) == (409, "statutory_right")


async def test_a_statutory_return_never_expires(make_lab):
    lab, order = await bought(make_lab)
    await lab.advance_to("2026-11-05T10:00:00Z")
    said = await declare(lab, order)
    await lab.advance("P60D")
    assert (await the_return(lab, said))["status"] == "approved"
    assert "return.task_due" in [row.type for row in await events(lab, "return.task_due")]


async def test_a_voluntary_return_expires_and_its_unit_is_free_again(make_lab):
    lab, order = await bought(make_lab, [a_line("100.00", 1)])
    await lab.advance_to("2026-11-20T10:00:00Z")
    back = await approved(lab, order)
    await lab.advance("P31D")
    ended = (await lab.client.get(f"/v1/returns/{back['id']}")).json()
    assert (ended["status"], ended["next"]) == ("expired", ["reopen"])
    free = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"][0]
    assert [reason["code"] for reason in free["reasons"]] == ["window_expired"]
    assert line_id(order) == free["order_line_id"]
    assert key()


async def test_an_order_placed_before_the_shop_told_of_the_right_has_a_year_more(make_lab):
    lab, order = await bought(make_lab)
    await lab.put_settings("/v1/return-settings", {"informs_since": "2026-11-02T00:00:00Z"})
    await lab.advance_to("2027-11-10T10:00:00Z")
    said = await declare(lab, order)
    assert (said["status"], said["window_deadline_at"]) == ("declared", "2027-11-15T22:59:59Z")
