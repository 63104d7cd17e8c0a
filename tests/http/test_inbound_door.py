"""What a sender is answered: always exactly 200 for a good delivery, and never a 500 for a hostile one."""

import asyncio
import json

import httpx
import pytest

from aftersales_api.inbound import queries
from aftersales_api.inbound.routes import receive
from aftersales_api.kit.clock import real_now
from senders import (
    aftership,
    connect,
    deliver,
    easypost,
    payload,
    raw,
    shopify,
    standard,
    woocommerce,
)


async def count(lab, **wish) -> int:
    return len((await lab.client.get("/v1/inbound-deliveries", params={"limit": 100, **wish})).json()["items"])


async def test_a_good_delivery_is_accepted_with_its_id(lab):
    made = await connect(lab, "shopify")
    answer = await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    assert set(answer.json()) == {"status", "id"}
    assert answer.json()["id"].startswith("inb_")
    assert answer.headers["x-request-id"].startswith("req_")


async def test_the_same_delivery_again_is_a_duplicate_of_the_first(lab):
    made = await connect(lab, "shopify")
    sent = shopify("orders/create", payload("shopify", "orders_create"))
    first, again = await deliver(lab, made, sent), await deliver(lab, made, sent)
    assert (again.status_code, again.json()) == (200, {"status": "duplicate", "id": first.json()["id"]})
    assert await count(lab) == 1


async def test_a_hundred_copies_at_once_are_kept_once(lab):
    made = await connect(lab, "shopify")
    sent = shopify("orders/create", payload("shopify", "orders_create"))
    answers = await asyncio.gather(*(deliver(lab, made, sent) for _ in range(100)))
    assert [answer.status_code for answer in answers] == [200] * 100
    assert sorted(answer.json()["status"] for answer in answers) == ["accepted"] + ["duplicate"] * 99
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count(lab) == 1


async def test_the_same_body_under_another_delivery_id_is_a_duplicate_by_its_hash(lab):
    made = await connect(lab, "shopify")
    body = payload("shopify", "orders_create")
    first = await deliver(lab, made, shopify("orders/create", body))
    again = await deliver(lab, made, shopify("orders/create", body))
    assert again.json() == {"status": "duplicate", "id": first.json()["id"]}


async def test_two_subscriptions_of_one_event_are_one_delivery(lab):
    made = await connect(lab, "shopify")
    body = payload("shopify", "orders_create")
    await deliver(lab, made, shopify("orders/create", body, **{"X-Shopify-Event-Id": "e1"}))
    twin = await deliver(
        lab, made, shopify("orders/create", {**body, "note": "other fields"}, **{"X-Shopify-Event-Id": "e1"})
    )
    assert twin.json()["status"] == "duplicate"


async def test_one_woocommerce_delivery_id_with_two_bodies_is_two_deliveries(lab):
    made = await connect(lab, "woocommerce")
    one, two = payload("woocommerce", "order.created"), payload("woocommerce", "order.updated")
    same = {"X-WC-Webhook-Delivery-ID": "d1"}
    answers = [await deliver(lab, made, woocommerce("order.updated", body, **same)) for body in (one, two)]
    assert [answer.json()["status"] for answer in answers] == ["accepted", "accepted"]


async def test_different_deliveries_at_once_are_all_kept(lab):
    made = await connect(lab, "generic")
    body = payload("generic", "order.created")
    answers = await asyncio.gather(*(deliver(lab, made, standard(body, made["secret"])) for _ in range(60)))
    assert {answer.json()["status"] for answer in answers} == {"accepted"}
    assert len({answer.json()["id"] for answer in answers}) == 60


async def test_an_unsupported_topic_is_kept_and_ignored(lab):
    made = await connect(lab, "shopify")
    answer = await deliver(lab, made, shopify("products/update", {"id": 1}))
    assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
    shown = (await lab.client.get(f"/v1/inbound-deliveries/{answer.json()['id']}")).json()
    assert (shown["status"], shown["topic"]) == ("ignored", "products/update")


@pytest.mark.parametrize("body", [b"", b"not json", b'{"a": NaN}', b"[" * 10_000, b"\xff\xfe", b"[1]", b'"text"'])
async def test_a_signed_body_nobody_can_read_is_accepted(lab, body):
    made = await connect(lab, "shopify")
    answer = await deliver(lab, made, shopify("orders/create", body))
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")


async def test_the_unsigned_ping_proves_the_connection_and_is_not_kept(lab):
    made = await connect(lab, "woocommerce")
    answer = await deliver(lab, made, (b"webhook_id=2", {"User-Agent": "WooCommerce/9.1 Hookshot (WordPress/6.5)"}))
    assert (answer.status_code, answer.json()) == (200, {"status": "ignored", "id": None})
    assert (await lab.client.get(f"/v1/connections/{made['id']}")).json()["verified_at"] is not None
    assert await count(lab) == 0


async def test_the_first_good_delivery_proves_the_connection_too(lab):
    made = await connect(lab, "easypost")
    assert made["verified_at"] is None
    await deliver(lab, made, easypost(payload("easypost", "tracker.updated.delivered")))
    shown = (await lab.client.get(f"/v1/connections/{made['id']}")).json()
    assert shown["verified_at"] is not None
    assert shown["last_received_at"] is not None
    assert shown["version"] == made["version"]


@pytest.mark.parametrize("header", ["aftership-hmac-sha256", "as-signature-hmac-sha256"])
async def test_aftership_signs_under_two_names(lab, header):
    made = await connect(lab, "aftership")
    answer = await deliver(lab, made, aftership(payload("aftership", "return.approved"), header=header))
    assert answer.json()["status"] == "accepted"


async def test_svix_senders_use_their_own_header_names(lab):
    made = await connect(lab, "generic")
    answer = await deliver(lab, made, standard(payload("generic", "order.created"), made["secret"], prefix="svix"))
    assert answer.json()["status"] == "accepted"


REFUSED = {
    "no signature": lambda headers: {name: value for name, value in headers.items() if name != "webhook-signature"},
    "no id": lambda headers: {name: value for name, value in headers.items() if name != "webhook-id"},
    "empty": lambda headers: {**headers, "webhook-signature": " "},
    "v1": lambda headers: {**headers, "webhook-signature": "v1"},
    "bad base64": lambda headers: {**headers, "webhook-signature": "v1,%%%"},
    "10 kB": lambda headers: {**headers, "webhook-signature": "v1," + "x" * 10_000},
    "non-ASCII": lambda headers: {**headers, "webhook-signature": "v1,ñ".encode()},
    "too old": lambda headers: {**headers, "webhook-timestamp": "1614265330"},
    "wrong": lambda headers: {**headers, "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
}


@pytest.mark.parametrize("spoil", REFUSED.values(), ids=REFUSED)
async def test_what_is_not_signed_for_this_connection_is_401(lab, spoil):
    made = await connect(lab, "generic")
    body, headers = standard(payload("generic", "order.created"), made["secret"])
    answer = await deliver(lab, made, (body, spoil(headers)))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "signature_refused"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_timestamp_outside_of_the_default_counts_when_the_tolerance_was_widened(lab):
    made = await connect(lab, "generic", settings={"tolerance_seconds": 600})
    for age, expected in ((590, 200), (620, 401)):
        sent = standard(payload("generic", "order.created"), made["secret"], at=int(real_now().timestamp()) - age)
        assert (await deliver(lab, made, sent)).status_code == expected


async def test_a_garbage_token_before_a_good_one_does_no_harm(lab):
    made = await connect(lab, "generic")
    body, headers = standard(payload("generic", "order.created"), made["secret"])
    headers["webhook-signature"] = "v1,%%% v1 v7,x " + headers["webhook-signature"]
    assert (await deliver(lab, made, (body, headers))).status_code == 200


async def test_the_wrong_shop_domain_is_401(lab):
    made = await connect(lab, "shopify", settings={"shop_domain": "luna.myshopify.example"})
    body = payload("shopify", "orders_create")
    assert (await deliver(lab, made, shopify("orders/create", body, domain="sol.myshopify.example"))).status_code == 401
    assert (await deliver(lab, made, shopify("orders/create", body))).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/inbound/con_00000000000000000000000000", "/v1/inbound/nonsense", "/v1/inbound/", "/v1/inbound/con_/x"]
)
async def test_an_unknown_address_is_404(lab, path):
    answer = await lab.client.post(path, content=b"{}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_only_post_comes_in(lab):
    made = await connect(lab, "shopify")
    assert (await lab.client.get(made["url"])).status_code == 405


async def test_a_body_over_the_limit_is_413_by_its_announced_length(lab):
    made = await connect(lab, "shopify")
    answer = await deliver(lab, made, shopify("orders/create", b"x" * 3_000_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_streamed_body_is_cut_off_at_the_limit(lab):
    made = await connect(lab, "shopify")
    sent = 0

    async def stream():
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 100_000

    transport = httpx.ASGITransport(lab.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as stranger:
        answer = await stranger.post(made["url"], content=stream())
    assert answer.status_code == 413
    assert sent <= 21


@pytest.mark.parametrize(("size", "expected"), [(2000, 200), (2001, 413)])
async def test_a_connection_may_have_a_limit_of_its_own(lab, size, expected):
    made = await connect(lab, "shopify", settings={"max_body_bytes": 2000})
    assert (await deliver(lab, made, shopify("orders/create", b"x" * size))).status_code == expected


async def test_too_many_deliveries_are_429_with_a_wait(lab):
    made = await connect(lab, "generic", settings={"rate_per_minute": 3})
    answers = [
        await deliver(lab, made, standard(payload("generic", "order.created"), made["secret"])) for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 21


async def test_a_database_away_is_503_and_never_400(lab, monkeypatch):
    made = await connect(lab, "generic")
    await deliver(lab, made, standard(payload("generic", "order.created"), made["secret"]))

    async def gone(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr("aftersales_api.inbound.queries.keep", gone)
    answer = await deliver(lab, made, standard(payload("generic", "order.paid"), made["secret"]))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "retry-after" in answer.headers


async def test_one_delivery_that_cannot_be_written_does_not_fail_those_beside_it(lab, monkeypatch):
    made = await connect(lab, "generic")
    real = queries.keep

    async def choosy(pool, shop_id, columns):
        if any("poison" in key for key in columns[7]):
            raise ValueError
        return await real(pool, shop_id, columns)

    monkeypatch.setattr(queries, "keep", choosy)
    body = payload("generic", "order.created")
    sent = [standard(body, made["secret"], message_id=name) for name in ("a", "poison", "b", "c")]
    answers = await asyncio.gather(*(deliver(lab, made, each) for each in sent), return_exceptions=True)
    assert [getattr(answer, "status_code", 500) for answer in answers] == [200, 500, 200, 200]


async def test_a_basic_address_needs_its_password(lab):
    made = await connect(lab, "easypost", secret="luna:pw", settings={"auth_mode": "basic"})
    body = raw(payload("easypost", "tracker.updated.delivered"))
    assert (await deliver(lab, made, (body, {"Authorization": "Basic bHVuYTpwdw=="}))).status_code == 200
    assert (await deliver(lab, made, (body, {"Authorization": "Basic bHVuYTpwdA=="}))).status_code == 401
    assert (await deliver(lab, made, (body, {}))).status_code == 401


async def test_bodies_are_kept_byte_by_byte_with_chosen_headers(lab):
    made = await connect(lab, "shopify")
    body = b'{ "id": 1,\n "weight": 614.0, "x": "\xc3\xb1" }'
    answer = await deliver(lab, made, shopify("products/update", body, Authorization="secret", Cookie="a=b"))
    shown = (await lab.client.get(f"/v1/inbound-deliveries/{answer.json()['id']}")).json()
    assert (shown["body"], shown["body_encoding"], shown["body_bytes"]) == (body.decode(), "utf-8", len(body))
    assert shown["headers"]["x-shopify-topic"] == "products/update"
    assert not {"authorization", "cookie", "x-shopify-hmac-sha256"} & set(shown["headers"])


async def test_bytes_that_are_no_text_are_shown_in_base64(lab):
    made = await connect(lab, "shopify")
    answer = await deliver(lab, made, shopify("products/update", b"\xff\x00"))
    shown = (await lab.client.get(f"/v1/inbound-deliveries/{answer.json()['id']}")).json()
    assert (shown["body"], shown["body_encoding"]) == ("/wA=", "base64")


async def test_test_deliveries_are_marked(lab):
    made = await connect(lab, "easypost")
    await deliver(lab, made, easypost(payload("easypost", "tracker.updated.lost")))
    assert await count(lab, is_test=True) == 1
    assert await count(lab, is_test=False) == 0


async def test_another_shop_sees_nothing_of_it(lab):
    made = await connect(lab, "generic")
    answer = await deliver(lab, made, standard(payload("generic", "order.created"), made["secret"]))
    other = await lab.other()
    path = f"/v1/inbound-deliveries/{answer.json()['id']}"
    assert (await other.client.get(path)).status_code == 404
    assert (await other.client.post(f"{path}/replay")).status_code == 404
    assert await count(other) == 0


def test_the_door_is_in_the_document():
    operation = receive.DOCUMENT["/v1/inbound/{connection_id}"]["post"]
    assert operation["operationId"] == "receive_delivery"
    assert json.dumps(operation)


@pytest.mark.parametrize(("hours", "status"), [(0, 200), (-1, 401)])
async def test_a_sandbox_takes_what_was_signed_by_its_own_clock(lab, hours, status):
    await lab.advance("P400D")
    made = await connect(lab, "generic")
    at = int((await lab.now()).timestamp()) + hours * 3600
    body = {"type": "customer.created", "timestamp": "2026-06-01T10:00:00Z", "data": {"external_id": "C1"}}

    assert (await deliver(lab, made, standard(body, made["secret"], at=at))).status_code == status


async def test_a_sandbox_goes_on_taking_what_was_signed_by_the_real_clock(lab):
    await lab.advance("P400D")
    made = await connect(lab, "generic")
    body = {"type": "customer.created", "timestamp": "2026-06-01T10:00:00Z", "data": {"external_id": "C1"}}

    assert (await deliver(lab, made, standard(body, made["secret"]))).status_code == 200
