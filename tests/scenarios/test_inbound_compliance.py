"""People are forgotten when a shop system asks for it, and late webhooks do not bring them back."""

import zlib

from sqlalchemy import select

from aftersales_api.inbound.models import InboundDeliveryRow
from aftersales_api.privacy.models import PrivacyRequestRow
from aftersales_api.privacy.service import erasing
from senders import connect, deliver, delivery_of, payload, shopify

EMAIL = "ada@luna.example"


async def bodies_with(lab, needle: str) -> int:
    async with lab.tx() as tx:
        rows = (await tx.execute(select(InboundDeliveryRow.body).where(InboundDeliveryRow.body.is_not(None)))).all()
    return sum(needle.encode() in zlib.decompress(row[0]) for row in rows)


async def emails(lab) -> list:
    orders = (await lab.client.get("/v1/orders", params={"external_id": "50010001"})).json()["items"]
    customers = (await lab.client.get("/v1/customers", params={"limit": 100})).json()["items"]
    return [each["email"] for each in [*orders, *customers] if each["email"]]


async def test_a_redaction_forgets_the_customer_and_late_retries_do_not_bring_them_back(lab):
    made = await connect(lab, "shopify")
    for topic, name in (
        ("customers/create", "customers_create"),
        ("orders/create", "orders_create"),
        ("fulfillments/create", "fulfillments_create"),
    ):
        await deliver(lab, made, shopify(topic, payload("shopify", name)))
    await lab.settle()
    assert EMAIL in await emails(lab)
    assert await bodies_with(lab, EMAIL) == 2

    kept = await delivery_of(
        lab, await deliver(lab, made, shopify("customers/redact", payload("shopify", "customers_redact")))
    )
    assert kept["status"] == "processed"
    await lab.settle()
    assert EMAIL not in await emails(lab)
    assert await bodies_with(lab, EMAIL) == 0

    late = await delivery_of(
        lab, await deliver(lab, made, shopify("orders/updated", payload("shopify", "orders_updated")))
    )
    assert (late["body"], late["erased_at"] is None) == (None, False)
    assert EMAIL not in await emails(lab)
    assert await bodies_with(lab, EMAIL) == 0
    order = (await lab.client.get("/v1/orders", params={"external_id": "50010001"})).json()["items"][0]
    assert order["total"]["amount"] == "598.94"


async def test_an_erased_delivery_cannot_be_replayed(lab):
    made = await connect(lab, "shopify")
    kept = await delivery_of(
        lab, await deliver(lab, made, shopify("customers/redact", payload("shopify", "customers_redact")))
    )
    assert kept["body"] is None
    answer = await lab.client.post(f"/v1/inbound-deliveries/{kept['id']}/replay")
    assert (answer.status_code, answer.json()["code"]) == (409, "delivery_erased")


async def test_a_shop_redaction_erases_what_came_in_by_the_connection_and_nothing_else(lab):
    made, other = await connect(lab, "shopify"), await connect(lab, "shopify", settings={"namespace": "outlet"})
    order = payload("shopify", "orders_create")
    someone = {**order["customer"], "id": 70019999, "email": "bea@sol.example"}
    elsewhere = {**order, "id": 50019999, "email": "bea@sol.example", "contact_email": None, "customer": someone}
    await deliver(lab, made, shopify("orders/create", order))
    await deliver(lab, other, shopify("orders/create", elsewhere))
    await lab.settle()
    await deliver(lab, made, shopify("shop/redact", payload("shopify", "shop_redact")))
    await lab.settle()
    assert (await bodies_with(lab, EMAIL), await bodies_with(lab, "bea@sol.example")) == (0, 1)
    orders = (await lab.client.get("/v1/orders")).json()["items"]
    assert {order["source"]: order["email"] for order in orders} == {
        "shopify": None,
        "shopify:outlet": "bea@sol.example",
    }


async def test_a_bad_signature_on_a_compliance_topic_is_401(lab):
    made = await connect(lab, "shopify")
    sent = shopify("customers/redact", payload("shopify", "customers_redact"), secret="guessed")
    assert (await deliver(lab, made, sent)).status_code == 401


async def test_a_request_for_data_is_told_to_the_shop(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    await lab.settle()
    sent = shopify("customers/data_request", payload("shopify", "customers_data_request"))
    kept = await delivery_of(lab, await deliver(lab, made, sent))
    assert kept["status"] == "processed"
    assert len(kept["event_ids"]) == 1


async def test_a_delivery_that_waits_while_its_order_is_forgotten_is_applied_and_then_forgotten(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    await lab.settle()
    order = (await lab.client.get("/v1/orders")).json()["items"][0]
    await lab.client.post(f"/v1/customers/{order['customer']['id']}/redact", json={})
    late = {
        **payload("shopify", "orders_updated"),
        "updated_at": "2027-01-01T00:00:00Z",
        "fulfillment_status": "fulfilled",
    }
    waiting = await deliver(lab, made, shopify("orders/updated", late))
    async with lab.tx() as tx:
        await erasing.erase(tx, await tx.scalar(select(PrivacyRequestRow.id)), await lab.now(), {})

    kept = await delivery_of(lab, waiting)
    assert (kept["status"], kept["body"]) == ("processed", None)
    order = (await lab.client.get(f"/v1/orders/{order['id']}")).json()
    assert (order["fulfilment_status"], order["email"]) == ("fulfilled", None)
