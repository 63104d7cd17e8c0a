"""Webhook endpoints over HTTP: happy, refused, not mine, twice."""

import base64
from typing import Any

import pytest

from lab import Lab
from receiver import Receiver
from webhook_steps import an_endpoint, get, happens, post

URL = "https://hooks.example/after-sales"
UNKNOWN = "whe_00000000000000000000000001"


async def test_a_new_endpoint_is_shown_with_its_secret_this_once(lab: Lab) -> None:
    wish = {
        "url": URL,
        "types": ["order", "case.opened"],
        "metadata": {"team": "crm"},
        "description": "CRM",
        "rate": 5,
        "ordering": "fifo",
    }
    answer = await lab.client.post("/v1/webhook-endpoints", json=wish)

    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/webhook-endpoints/{made['id']}"
    assert answer.headers["etag"] == '"v1"'
    assert {name: made[name] for name in wish} == wish
    assert (made["enabled"], made["disabled_reason"], made["first_failure_at"]) == (True, None, None)
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    assert "secret" not in await get(lab, f"/v1/webhook-endpoints/{made['id']}")


async def test_the_defaults_are_all_types_no_order_and_no_rate(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)

    assert (made["types"], made["ordering"], made["rate"], made["headers"], made["metadata"]) == (
        [],
        "none",
        None,
        {},
        {},
    )


async def test_the_secret_can_be_read_again(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)

    assert await get(lab, f"/v1/webhook-endpoints/{made['id']}/secret") == {"secret": made["secret"], "previous": []}


async def test_a_secret_of_ones_own_is_taken(lab: Lab) -> None:
    own = "whsec_" + base64.b64encode(b"k" * 24).decode()

    assert (await post(lab, "/v1/webhook-endpoints", 201, url=URL, secret=own))["secret"] == own


async def test_own_headers_go_by_two_names(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL, custom_headers={"X-Env": "live"})
    path = f"/v1/webhook-endpoints/{made['id']}"
    changed = (await lab.client.patch(path, json={"custom_headers": {"X-Env": "test"}})).json()

    assert (made["headers"], changed["headers"]) == ({"X-Env": "live"}, {"X-Env": "test"})
    both = await lab.client.post("/v1/webhook-endpoints", json={"url": URL, "headers": {}, "custom_headers": {}})
    assert both.status_code == 422


async def test_credentials_in_own_headers_are_not_shown(lab: Lab) -> None:
    made = await post(
        lab, "/v1/webhook-endpoints", 201, url=URL, headers={"Authorization": "Bearer hers", "X-Env": "live"}
    )

    assert made["headers"] == {"X-Env": "live"}
    assert made["sensitive_headers"] == ["Authorization"]


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"headers": {"webhook-id": "x"}}, "/body/headers"),
        ({"headers": {"Host": "x"}}, "/body/headers"),
        ({"headers": {"Content-Type": "text/plain"}}, "/body/headers"),
        ({"headers": {"X": "a\r\nHost: b"}}, "/body/headers"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "/body/headers"),
        ({"headers": {"X-A": 1}}, "/body/headers/X-A"),
        ({"types": ["order.*"]}, "/body/types/0"),
        ({"types": ["order", ""]}, "/body/types/1"),
        ({"ordering": "random"}, "/body/ordering"),
        ({"rate": 0}, "/body/rate"),
        ({"rate": 1001}, "/body/rate"),
        ({"rate": "5"}, "/body/rate"),
        ({"enabled": 1}, "/body/enabled"),
        ({"secret": "whsec_c2hvcnQ="}, "/body/secret"),
        ({"secret": "not a secret at all, but long enough"}, "/body/secret"),
        ({"metadata": {"a": 1}}, "/body/metadata/a"),
        ({"colour": "red"}, "/body/colour"),
        ({"url": "ftp://hooks.example/"}, "/body/url"),
        ({"url": "http://169.254.169.254/"}, "/body/url"),
        ({"url": "https://user:pw@hooks.example/"}, "/body/url"),
        ({"url": None}, "/body/url"),
        ({"url": 7}, "/body/url"),
        ({"url": "https://hooks.example/" + "x" * 2048}, "/body/url"),
    ],
)
async def test_a_malformed_wish_is_refused_with_its_field(lab: Lab, wish: dict[str, Any], pointer: str) -> None:
    answer = await lab.client.post("/v1/webhook-endpoints", json={"url": URL, **wish})

    assert answer.status_code == 422, answer.text
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]
    assert "hers" not in answer.text
    assert (await get(lab, "/v1/webhook-endpoints"))["items"] == []


async def test_the_same_idempotency_key_makes_one_endpoint(lab: Lab) -> None:
    answers = [
        await lab.client.post("/v1/webhook-endpoints", json={"url": URL}, headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert len((await get(lab, "/v1/webhook-endpoints"))["items"]) == 1


async def test_a_change_touches_only_what_it_names(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL, types=["order"], rate=5, headers={"X-Env": "live"})
    answer = await lab.client.patch(f"/v1/webhook-endpoints/{made['id']}", json={"types": ["case"], "rate": None})

    changed = answer.json()
    assert (changed["types"], changed["rate"], changed["url"], changed["headers"]) == (
        ["case"],
        None,
        URL,
        {"X-Env": "live"},
    )
    assert (changed["version"], answer.headers["etag"]) == (2, '"v2"')


async def test_a_change_of_another_version_is_refused(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)
    path = f"/v1/webhook-endpoints/{made['id']}"
    await lab.client.patch(path, json={"description": "a"}, headers={"If-Match": '"v1"'})

    answer = await lab.client.patch(path, json={"description": "b"}, headers={"If-Match": '"v1"'})

    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert (await get(lab, path))["description"] == "a"


async def test_an_endpoint_not_changed_is_not_sent_again(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)

    answer = await lab.client.get(f"/v1/webhook-endpoints/{made['id']}", headers={"If-None-Match": '"v1"'})

    assert answer.status_code == 304


async def test_enabled_can_be_changed_like_any_member(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)
    path = f"/v1/webhook-endpoints/{made['id']}"

    off = (await lab.client.patch(path, json={"enabled": False})).json()
    on = (await lab.client.patch(path, json={"enabled": True})).json()

    assert (off["enabled"], off["disabled_reason"]) == (False, "manual")
    assert (on["enabled"], on["disabled_reason"]) == (True, None)


async def test_a_removed_endpoint_is_gone_and_hears_nothing_more(lab: Lab) -> None:
    async with Receiver(500) as receiver:
        made = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()
        path = f"/v1/webhook-endpoints/{made['id']}"

        answer = await lab.client.delete(path)
        await happens(lab)
        await lab.advance("P1D")

        assert answer.status_code == 204
        assert len(receiver.got) == 1
        assert [
            (await lab.client.get(f"{path}{tail}")).status_code for tail in ("", "/secret", "/deliveries", "/stats")
        ] == [404] * 4
        assert (await lab.client.delete(path)).status_code == 404
        assert (await get(lab, "/v1/webhook-endpoints"))["items"] == []


OPERATIONS = [
    ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/secret"), ("POST", "/rotate-secret"), ("POST", "/test"),
    ("POST", "/enable"), ("POST", "/disable"), ("GET", "/deliveries"), ("GET", "/attempts"), ("GET", "/stats"),
    ("POST", "/recover?since=2026-01-01T00:00:00Z"), ("POST", "/replay-missing?since=2026-01-01T00:00:00Z"),
    ("GET", "/backfills/whb_00000000000000000000000001"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "tail"), OPERATIONS)
async def test_anothers_endpoint_is_as_unknown_as_one_that_never_was(lab: Lab, method: str, tail: str) -> None:
    mallory = await lab.other()
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)
    body = {"type": "shop.created"} if tail == "/test" else {}

    async def asked(endpoint_id: str) -> tuple[int, str]:
        answer = await mallory.client.request(method, f"/v1/webhook-endpoints/{endpoint_id}{tail}", json=body)
        return answer.status_code, answer.json()["code"]

    assert await asked(made["id"]) == await asked(UNKNOWN) == (404, "not_found")


async def test_anothers_message_is_as_unknown_as_one_that_never_was(lab: Lab) -> None:
    mallory = await lab.other()
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)
    sent = await post(lab, f"/v1/webhook-endpoints/{made['id']}/test", type="shop.created")
    path = f"/v1/webhook-messages/{sent['id']}"

    answers = [
        await mallory.client.get(path),
        await mallory.client.get(f"{path}/attempts"),
        await mallory.client.delete(f"{path}/content"),
        await mallory.client.post(f"{path}/resend", json={"endpoint_id": made["id"]}),
    ]
    assert [each.status_code for each in answers] == [404] * 4
    assert (await mallory.client.get("/v1/webhook-messages")).json()["items"] == []


async def test_reading_needs_one_scope_and_secrets_need_the_other(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)
    reader = (await lab.client.post("/v1/api-keys", json={"name": "reader", "scopes": ["webhooks:read"]})).json()["key"]
    head = {"Authorization": f"Bearer {reader}"}
    path = f"/v1/webhook-endpoints/{made['id']}"

    assert (await lab.client.get(path, headers=head)).status_code == 200
    assert (await lab.client.get(f"{path}/secret", headers=head)).status_code == 403
    assert (await lab.client.post(f"{path}/test", json={}, headers=head)).status_code == 403


async def test_a_disabled_endpoint_is_not_tested_recovered_or_replayed(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL, enabled=False)
    path = f"/v1/webhook-endpoints/{made['id']}"

    refused = [
        await post(lab, f"{path}/test", 409, type="shop.created"),
        await post(lab, f"{path}/recover", 409, since="2026-01-01T00:00:00Z"),
        await post(lab, f"{path}/replay-missing", 409, since="2026-01-01T00:00:00Z"),
    ]
    assert {each["code"] for each in refused} == {"endpoint_disabled"}


@pytest.mark.parametrize("verb", ["recover", "replay-missing"])
async def test_a_recovery_must_say_since_when(lab: Lab, verb: str) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)

    refused = await post(lab, f"/v1/webhook-endpoints/{made['id']}/{verb}", 422)

    assert refused["errors"][0]["pointer"] == "/query/since"
    assert (await lab.client.post(f"/v1/webhook-endpoints/{made['id']}/{verb}?since=yesterday")).status_code == 422


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (604_800, 200), (604_801, 422), (-1, 422)])
async def test_an_old_secret_is_kept_for_up_to_a_week(lab: Lab, seconds: int, status: int) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)

    await post(lab, f"/v1/webhook-endpoints/{made['id']}/rotate-secret", status, old_valid_for_seconds=seconds)


async def test_a_rotation_shows_the_new_secret_and_until_when_the_old_one_signs(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)
    answer = await lab.client.post(f"/v1/webhook-endpoints/{made['id']}/rotate-secret")

    rotated = answer.json()
    assert rotated["secret"] != made["secret"]
    assert [each["secret"] for each in rotated["previous"]] == [made["secret"]]
    assert await get(lab, f"/v1/webhook-endpoints/{made['id']}/secret") == rotated
    await lab.advance("PT24H1S")
    assert (await get(lab, f"/v1/webhook-endpoints/{made['id']}/secret"))["previous"] == []


async def test_at_most_ten_old_secrets_sign_at_once(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL)
    path = f"/v1/webhook-endpoints/{made['id']}/rotate-secret"
    for _ in range(10):
        await post(lab, path, 200)

    refused = await post(lab, path, 409)
    await lab.advance("PT25H")

    assert refused["code"] == "too_many_old_secrets"
    await post(lab, path, 200)


async def test_no_secret_lies_readable_in_the_database(lab: Lab) -> None:
    made = await post(lab, "/v1/webhook-endpoints", 201, url=URL, headers={"Authorization": "Bearer canary-7261"})
    async with lab.tx() as tx:
        from sqlalchemy import text

        dump = str((await tx.execute(text("SELECT * FROM webhook_endpoints"))).all()).encode()

    assert made["secret"].removeprefix("whsec_").encode() not in dump
    assert b"canary-7261" not in dump
