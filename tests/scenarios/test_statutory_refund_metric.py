"""How many withdrawals were paid back by the day the law asks for; nothing due is no number."""

from returns_story import a_line, bought, confirm, declare, eur, pay

RATE = "/v1/metrics/statutory_refund_on_time_rate"


async def rate(lab, **asked):
    answer = await lab.client.get(RATE, params=asked)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    return said["value"], said["numerator"], said["denominator"]


async def another(lab, first):
    from returns_story import an_order

    return await an_order(
        lab, [a_line("100.00", 1)], "109.90", delivered_at="2026-11-01T11:00:00Z", shipping="9.90",
        cheapest_standard_shipping=eur("4.90"),
    )  # fmt: skip


async def posted(lab, said):
    label = await lab.client.post(f"/v1/returns/{said['return_id']}/labels", json={"tracking_number": said["id"]})
    seen = await lab.client.post(f"/v1/return-shipments/{label.json()['id']}/scans", json={"status": "in_transit"})
    assert seen.status_code == 201


async def test_only_what_was_due_and_not_withheld_counts(make_lab):
    lab, order = await bought(make_lab)
    await lab.advance_to("2026-11-10T10:00:00Z")
    assert await rate(lab) == (None, 0, 0)
    in_time = await declare(lab, order)
    late, withheld, cancelled = [await declare(lab, await another(lab, order)) for _ in range(3)]
    for said in (in_time, late):
        await posted(lab, said)
    called_off = await lab.client.post(f"/v1/returns/{cancelled['return_id']}/cancel")
    assert called_off.status_code == 200
    assert withheld["withheld"] is True

    await lab.advance_to("2026-11-24T22:00:00Z")
    await confirm(lab, (await pay(lab, {"id": in_time["return_id"]})).json())
    assert await rate(lab) == (None, 0, 0), "the last second of the day has not passed"
    await lab.advance_to("2026-11-25T09:00:00Z")
    assert await rate(lab) == (50.0, 1, 2)
    await confirm(lab, (await pay(lab, {"id": late["return_id"]})).json())
    assert await rate(lab) == (50.0, 1, 2), "paid a day late is late"
    assert await rate(lab, **{"from": "2026-11-25"}) == (None, 0, 0)
    assert await rate(lab, **{"from": "2026-11-24", "to": "2026-11-25"}) == (50.0, 1, 2)
