"""Kept deliveries over HTTP: what became of them, shown, listed, tried again."""

import pytest

from senders import aftership, connect, deliver, delivery_of, payload, shopify, standard, woocommerce


async def test_an_applied_delivery_is_processed_with_its_facts_and_events(lab):
    made = await connect(lab, "shopify")
    kept = await delivery_of(
        lab, await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    )
    assert (kept["status"], kept["reason"], kept["next"]) == ("processed", None, ["replay"])
    assert kept["facts"][0]["fact"] == "OrderSeen"
    assert kept["facts"][0]["total"] == {"amount": "598.94", "currency": "USD"}
    assert len(kept["event_ids"]) >= 2
    assert kept["processed_at"] is not None


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        ("orders/create", b"", "empty_body"),
        ("orders/create", b"not json", "not_json"),
        ("orders/create", b'{"id": NaN}', "not_a_number"),
        ("orders/create", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested_too_deep"),
        ("orders/create", b'{"id": 1}', "the body does not fit the topic: no order"),
        ("orders/cancelled", None, "the body does not fit the topic: cancelled needs cancelled_at"),
    ],
)
async def test_a_delivery_nobody_understands_is_failed_with_its_reason(lab, topic, body, reason):
    made = await connect(lab, "shopify")
    sent = payload("shopify", "orders_create") if body is None else body
    kept = await delivery_of(lab, await deliver(lab, made, shopify(topic, sent)))
    assert (kept["status"], kept["reason"]) == ("failed", reason)
    assert kept["facts"] == []


async def test_a_delivery_that_changes_nothing_is_ignored_with_its_reason(lab):
    made = await connect(lab, "shopify")
    kept = await delivery_of(
        lab, await deliver(lab, made, shopify("orders/edited", payload("shopify", "orders_edited")))
    )
    assert kept["status"] == "ignored"
    assert "orders/updated" in kept["reason"]


async def test_an_older_version_is_stale(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/paid", payload("shopify", "orders_paid")))
    await lab.settle()
    late = {**payload("shopify", "orders_create"), "updated_at": "2026-05-01T10:00:01+02:00"}
    kept = await delivery_of(lab, await deliver(lab, made, shopify("orders/updated", late)))
    assert kept["status"] == "stale"


async def test_deliveries_are_listed_by_status_source_connection_topic_and_time(lab):
    shop, bridge = await connect(lab, "shopify"), await connect(lab, "generic")
    await deliver(lab, shop, shopify("orders/create", payload("shopify", "orders_create")))
    await deliver(lab, shop, shopify("orders/create", b"not json"))
    await deliver(lab, bridge, standard(payload("generic", "order.created"), bridge["secret"]))
    await lab.settle()

    async def found(**wish) -> int:
        answer = await lab.client.get("/v1/inbound-deliveries", params=wish)
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert await found() == 3
    assert await found(status=["failed"]) == 1
    assert await found(status=["failed", "processed"]) == 3
    assert await found(source="generic") == 1
    assert await found(connection_id=shop["id"]) == 2
    assert await found(topic="orders/create") == 2
    assert await found(received_from="2999-01-01T00:00:00Z") == 0
    assert await found(received_to="2999-01-01T00:00:00Z") == 3


async def test_a_list_is_walked_page_by_page(lab):
    made = await connect(lab, "generic")
    for _ in range(5):
        await deliver(lab, made, standard(payload("generic", "order.created"), made["secret"]))
    seen, cursor = [], None
    while True:
        page = (
            await lab.client.get(
                "/v1/inbound-deliveries", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
            )
        ).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


async def test_a_failed_delivery_is_understood_after_the_settings_were_mended(lab):
    made = await connect(lab, "shopify", settings={"shop_domain": "luna.myshopify.example"})
    body = {**payload("shopify", "shop_redact"), "shop_domain": "sol.myshopify.example"}
    kept = await delivery_of(lab, await deliver(lab, made, shopify("shop/redact", body)))
    assert kept["status"] == "failed"
    await lab.client.patch(f"/v1/connections/{made['id']}", json={"settings": {"shop_domain": "sol.myshopify.example"}})
    again = await lab.client.post(f"/v1/inbound-deliveries/{kept['id']}/replay")
    assert (again.status_code, again.json()["status"]) == (202, "received")
    await lab.settle()
    assert (await lab.client.get(f"/v1/inbound-deliveries/{kept['id']}")).json()["status"] == "processed"


async def test_replaying_a_processed_delivery_says_nothing_twice(lab):
    made = await connect(lab, "shopify")
    kept = await delivery_of(
        lab, await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    )
    await lab.client.post(f"/v1/inbound-deliveries/{kept['id']}/replay")
    await lab.settle()
    again = (await lab.client.get(f"/v1/inbound-deliveries/{kept['id']}")).json()
    assert (again["status"], again["event_ids"]) == ("processed", kept["event_ids"])


async def test_a_waiting_delivery_cannot_be_replayed(lab):
    made = await connect(lab, "shopify")
    answer = await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    again = await lab.client.post(f"/v1/inbound-deliveries/{answer.json()['id']}/replay")
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")


async def test_failed_deliveries_are_replayed_by_choice(lab):
    made, other = await connect(lab, "shopify"), await connect(lab, "aftership")
    for _ in range(3):
        await deliver(lab, made, shopify("orders/create", b"not json"))
    await deliver(lab, other, aftership(b"not json either"))
    await lab.settle()
    started = await lab.client.post("/v1/inbound-deliveries/replay-failed", json={"source": "shopify"})
    assert (started.status_code, started.json()) == (202, {"count": 3})
    await lab.settle()
    failed = (await lab.client.get("/v1/inbound-deliveries", params={"status": "failed"})).json()["items"]
    assert len(failed) == 4


async def test_a_fault_of_ours_is_tried_again_later_and_given_up_in_the_end(lab, monkeypatch):
    from aftersales_api.orders import intake

    made = await connect(lab, "shopify")
    calls = 0

    async def broken(*_, **__):
        nonlocal calls
        calls += 1
        raise RuntimeError("nobody should see this text")

    monkeypatch.setattr(intake, "apply_batch", broken)
    answer = await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    kept = await delivery_of(lab, answer)
    assert (kept["status"], kept["attempts"]) == ("received", 1)
    await lab.advance("PT10M")
    kept = (await lab.client.get(f"/v1/inbound-deliveries/{kept['id']}")).json()
    assert (kept["status"], kept["attempts"], calls) == ("failed", 6, 6)
    assert kept["reason"].startswith("RuntimeError at")
    assert "nobody" not in kept["reason"]
    monkeypatch.undo()
    await lab.client.post("/v1/inbound-deliveries/replay-failed", json={})
    await lab.settle()
    assert (await lab.client.get(f"/v1/inbound-deliveries/{kept['id']}")).json()["status"] == "processed"


async def test_one_bad_delivery_does_not_hold_up_the_others(lab, monkeypatch):
    from aftersales_api.orders import intake

    made = await connect(lab, "generic")
    real = intake.apply_batch

    async def choosy(tx, batch, **more):
        if any(getattr(each.fact, "external_id", "") == "poison" for each in batch):
            raise RuntimeError
        return await real(tx, batch, **more)

    monkeypatch.setattr(intake, "apply_batch", choosy)
    body = payload("generic", "order.created")
    for name in ("a", "poison", "b"):
        await deliver(lab, made, standard({**body, "data": {**body["data"], "external_id": name}}, made["secret"]))
    await lab.settle()
    items = (await lab.client.get("/v1/inbound-deliveries")).json()["items"]
    assert [each["status"] for each in items] == ["processed", "received", "processed"]


async def test_old_deliveries_are_forgotten_after_thirty_days_and_not_before(lab):
    made = await connect(lab, "woocommerce")
    await deliver(lab, made, woocommerce("order.created", payload("woocommerce", "order.created")))
    await lab.advance("P29D")
    assert len((await lab.client.get("/v1/inbound-deliveries")).json()["items"]) == 1
    await lab.advance("P9D")
    assert (await lab.client.get("/v1/inbound-deliveries")).json()["items"] == []


async def test_an_uninstalled_app_marks_the_connection_and_leaves_the_door_open(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("app/uninstalled", payload("shopify", "app_uninstalled")))
    await lab.settle()
    shown = (await lab.client.get(f"/v1/connections/{made['id']}")).json()
    assert (shown["ended_reason"], shown["enabled"]) == ("app uninstalled", True)
    assert shown["ended_at"] is not None


async def test_all_failures_can_be_replayed_without_naming_any(lab):
    made = await connect(lab, "shopify")
    await delivery_of(lab, await deliver(lab, made, shopify("orders/create", b"not json")))

    answer = await lab.client.post("/v1/inbound-deliveries/replay-failed")

    assert (answer.status_code, answer.json()) == (202, {"count": 1})
