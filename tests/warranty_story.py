"""Makers for stories of warranties: a unit that was sold and delivered, and the steps of a claim."""

from returns_story import a_line, an_order, key

START = {"clock_at": "2026-01-09T10:00:00Z"}


async def sold(make_lab, quantity=1, **wish):
    lab = await make_lab(**START)
    line = a_line("100.00", quantity, **wish)
    order = await an_order(lab, [line], f"{100 * quantity}.00", delivered_at=None, shipped_at="same")
    parcel = {
        **order["sent_body"]["shipments"][0],
        "events": [{"status": "delivered", "occurred_at": "2026-01-10T11:00:00Z"}],
    }
    await lab.advance_to("2026-01-10T12:00:00Z")
    body = {**order["sent_body"], "shipments": [parcel], "source_updated_at": "2026-01-10T12:00:00Z"}
    assert (await lab.client.post("/v1/orders", json=body)).status_code in (200, 201)
    await lab.settle()
    return lab, order


async def units(lab, order):
    found = (await lab.client.get("/v1/warranty-registrations", params={"order_id": order["id"]})).json()["items"]
    return sorted(found, key=lambda each: each["unit_number"])


async def coverage(lab, unit, at):
    return (await lab.client.get(f"/v1/warranty-registrations/{unit['id']}/coverage", params={"at": at})).json()


async def do(lab, claim, *verbs, **body):
    for verb in verbs:
        answer = await lab.client.post(f"/v1/warranty-claims/{claim['id']}/{verb}", json=body, headers=key())
        assert answer.status_code == 200, answer.text
    return answer.json()


async def claimed(lab, **body):
    return await lab.client.post("/v1/warranty-claims", json={"defect_code": "battery", **body})
