"""Connections over HTTP: made, shown without secrets, changed, rotated, ended, and not another shop's."""

import pytest

from aftersales_api.inbound.models import ConnectionRow
from senders import connect, deliver, payload, shopify, standard, woocommerce


async def test_a_connection_says_where_to_deliver_and_shows_its_made_secret_once(lab):
    made = await connect(lab, "generic")
    assert made["url"] == f"http://test/v1/inbound/{made['id']}"
    assert made["id"].startswith("con_")
    assert made["secret"].startswith("whsec_")
    shown = (await lab.client.get(f"/v1/connections/{made['id']}")).json()
    assert "secret" not in shown
    assert [secret["hint"] for secret in shown["secrets"]] == [f"…{made['secret'][-4:]}"]


async def test_a_secret_that_was_given_is_not_repeated(lab):
    made = await connect(lab, "shopify", settings={"shop_domain": "luna.myshopify.example"})
    assert made["secret"] is None
    assert made["settings"]["shop_domain"] == "luna.myshopify.example"


async def test_the_shop_domain_may_stand_beside_the_settings(lab):
    made = await connect(lab, "shopify", shop_domain="luna.myshopify.example", settings={"tolerance_seconds": 60})
    assert made["settings"]["shop_domain"] == "luna.myshopify.example"
    assert made["settings"]["tolerance_seconds"] == 60


async def test_a_connection_without_a_name_is_called_after_its_source(lab):
    answer = await lab.client.post("/v1/connections", json={"source": "generic"})
    assert answer.json()["name"] == "Generic (Standard Webhooks)"


async def test_secrets_are_sealed_at_rest(lab):
    made = await connect(lab, "shopify")
    async with lab.tx() as tx:
        from sqlalchemy import select

        row = (await tx.execute(select(ConnectionRow))).scalar_one()
        assert "luna-app-secret" not in str(row.secrets)
    assert made["secrets"][0]["hint"] == "…"


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"source": "shopify", "name": "x"}, "/body/secret"),
        ({"source": "generic", "name": "x", "secret": "not base64!"}, "/body/secret"),
        (
            {"source": "shopify", "name": "x", "secret": "s", "settings": {"auth_mode": "basic"}},
            "/body/settings/auth_mode",
        ),
        ({"source": "easypost", "name": "x", "secret": "nocolon", "settings": {"auth_mode": "basic"}}, "/body/secret"),
        ({"source": "pigeon", "name": "x", "secret": "s"}, "/body/source"),
        ({"source": "shopify", "name": "x", "secret": "s", "settings": {"colour": 1}}, "/body/settings/colour"),
        (
            {"source": "shopify", "name": "x", "secret": "s", "settings": {"tolerance_seconds": 0}},
            "/body/settings/tolerance_seconds",
        ),
    ],
)
async def test_a_connection_that_could_check_nothing_is_refused(lab, wish, pointer):
    answer = await lab.client.post("/v1/connections", json=wish)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_connections_are_listed_by_source(lab):
    await connect(lab, "shopify")
    await connect(lab, "generic")
    assert len((await lab.client.get("/v1/connections")).json()["items"]) == 2
    found = (await lab.client.get("/v1/connections", params={"source": "generic"})).json()["items"]
    assert [each["source"] for each in found] == ["generic"]


async def test_a_change_raises_the_version_and_a_stale_one_is_refused(lab):
    made = await connect(lab, "generic")
    path = f"/v1/connections/{made['id']}"
    changed = await lab.client.patch(path, json={"name": "the bridge"}, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "the bridge", '"v2"')
    assert (await lab.client.patch(path, json={"name": "x"}, headers={"If-Match": '"v1"'})).status_code == 412


async def test_a_connection_switched_off_is_not_there_and_comes_back(lab):
    made = await connect(lab, "generic")
    body = payload("generic", "order.created")
    assert (await deliver(lab, made, standard(body, made["secret"]))).status_code == 200
    await lab.client.patch(f"/v1/connections/{made['id']}", json={"enabled": False})
    assert (await deliver(lab, made, standard(body, made["secret"]))).status_code == 404
    await lab.client.patch(f"/v1/connections/{made['id']}", json={"enabled": True})
    assert (await deliver(lab, made, standard(body, made["secret"]))).status_code == 200


async def test_a_removed_connection_is_gone_and_its_deliveries_stay(lab):
    made = await connect(lab, "generic")
    kept = await deliver(lab, made, standard(payload("generic", "order.created"), made["secret"]))
    assert (await lab.client.delete(f"/v1/connections/{made['id']}")).status_code == 204
    assert (await deliver(lab, made, standard(payload("generic", "order.paid"), made["secret"]))).status_code == 404
    assert (await lab.client.get(f"/v1/connections/{made['id']}")).status_code == 404
    assert (await lab.client.get("/v1/connections")).json()["items"] == []
    assert (await lab.client.get(f"/v1/inbound-deliveries/{kept.json()['id']}")).status_code == 200


async def test_after_a_rotation_both_secrets_count_until_the_old_one_ends(lab):
    made = await connect(lab, "generic")
    rotated = await lab.client.post(f"/v1/connections/{made['id']}/rotate-secret", json={})
    assert rotated.status_code == 200, rotated.text
    assert [secret["expires_at"] is None for secret in rotated.json()["secrets"]] == [True, False]
    for secret in (made["secret"], rotated.json()["secret"]):
        answer = await deliver(lab, made, standard(payload("generic", "order.created"), secret))
        assert answer.status_code == 200


async def silences(lab) -> int:
    found = (await lab.client.get("/v1/events", params={"type": "connection.silent"})).json()["items"]
    return len(found)


async def test_a_sender_that_falls_silent_is_told_of_once(lab):
    made = await connect(lab, "woocommerce", secret="w", settings={"silence_hours": 48})
    await lab.advance("P3D")
    assert await silences(lab) == 0, "it was never heard of"
    await deliver(lab, made, woocommerce("product.created", {"id": 1}, secret="w"))
    await lab.advance("PT47H59M")
    assert await silences(lab) == 0
    await lab.advance("PT1M1S")
    await lab.advance("P9D")
    assert await silences(lab) == 1
    assert (await lab.client.get(f"/v1/connections/{made['id']}")).json()["silent_since"]


async def test_a_sender_heard_again_in_time_is_not_silent(lab):
    made = await connect(lab, "woocommerce", secret="w", settings={"silence_hours": 48})
    for product in (1, 2):
        await deliver(lab, made, woocommerce("product.created", {"id": product}, secret="w"))
        await lab.advance("PT36H")
    assert await silences(lab) == 0
    await lab.advance("PT13H")
    assert await silences(lab) == 1


async def test_nobody_is_waited_for_in_a_quiet_year(lab):
    for source in ("woocommerce", "aftership"):
        await connect(lab, source, secret="w")

    assert (await lab.advance("P1Y"))["instants"] < 30


async def test_a_connection_may_be_left_alone(lab):
    made = await connect(lab, "woocommerce", secret="w", settings={"silence_hours": None})
    await deliver(lab, made, woocommerce("product.created", {"id": 1}, secret="w"))
    await lab.advance("P9D")
    assert await silences(lab) == 0


async def test_where_the_shopkeeper_types_the_secret_in_we_can_make_one(lab):
    answer = await lab.client.post("/v1/connections", json={"source": "woocommerce"})
    made = answer.json()
    good = woocommerce("product.created", {"id": 1}, secret=made["secret"])
    assert (answer.status_code, (await deliver(lab, made, good)).status_code) == (201, 200)

    theirs = await lab.client.post("/v1/connections", json={"source": "shopify"})
    assert (theirs.status_code, theirs.json()["code"]) == (422, "secret_required")


async def test_an_earlier_secret_ends_with_the_overlap_by_the_shops_clock(lab):
    made = await connect(lab, "woocommerce", secret="old")
    await lab.client.post(f"/v1/connections/{made['id']}/rotate-secret", json={"secret": "new", "overlap_hours": 2})

    async def knock(secret):
        return (await deliver(lab, made, woocommerce("product.created", {"id": 1}, secret=secret))).status_code

    await lab.advance("PT1H58M")  # real time goes on meanwhile
    assert (await knock("old"), await knock("new")) == (200, 200)
    await lab.advance("PT2M1S")
    assert (await knock("old"), await knock("new")) == (401, 200)
    assert len((await lab.client.get(f"/v1/connections/{made['id']}")).json()["secrets"]) == 1


async def test_a_rotation_without_overlap_ends_the_old_secret_at_once(lab):
    made = await connect(lab, "generic")
    body = payload("generic", "order.created")
    assert (await deliver(lab, made, standard(body, made["secret"]))).status_code == 200
    rotated = await lab.client.post(f"/v1/connections/{made['id']}/rotate-secret", json={"overlap_hours": 0})
    assert (await deliver(lab, made, standard(body, made["secret"]))).status_code == 401
    assert (await deliver(lab, made, standard(body, rotated.json()["secret"]))).status_code == 200


async def test_two_secrets_may_be_given_from_the_start(lab):
    made = await connect(lab, "shopify", secret="app", secrets=["admin"])
    for secret in ("app", "admin"):
        answer = await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create"), secret=secret))
        assert answer.status_code == 200
    assert (await deliver(lab, made, shopify("orders/create", {}, secret="other"))).status_code == 401


async def test_another_shops_connection_is_not_there(lab):
    other = await lab.other()
    made = await connect(other, "generic")
    path = f"/v1/connections/{made['id']}"
    for answer in (
        await lab.client.get(path),
        await lab.client.patch(path, json={"name": "mine"}),
        await lab.client.delete(path),
        await lab.client.post(f"{path}/rotate-secret", json={}),
    ):
        assert answer.status_code == 404


async def test_scopes_are_asked_for(lab):
    key = (await lab.client.post("/v1/api-keys", json={"name": "till", "scopes": ["connections:read"]})).json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    assert (await lab.client.get("/v1/connections", headers=headers)).status_code == 200
    assert (
        await lab.client.post("/v1/connections", json={"source": "generic", "name": "x"}, headers=headers)
    ).status_code == 403
    assert (await lab.client.get("/v1/inbound-deliveries", headers=headers)).status_code == 403


async def test_a_secret_we_make_can_be_rotated_without_a_body(lab):
    made = await connect(lab, "generic")

    answer = await lab.client.post(f"/v1/connections/{made['id']}/rotate-secret")

    assert answer.status_code == 200
    assert answer.json()["secret"] != made["secret"]
