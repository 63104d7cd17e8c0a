"""A new key for everything that is sealed, while the API goes on answering; the old key is needed no more afterwards."""

import asyncio

import pytest
from sqlalchemy import LargeBinary, select
from structlog.testing import capture_logs

from aftersales_api.cli.secret_keys import rotate, told
from aftersales_api.infra import rotation, sealing
from aftersales_api.infra.db import Base
from aftersales_api.infra.rotation import sealed_columns
from aftersales_api.infra.settings import settings
from cases_cast import posted
from furnished import ask
from senders import connect, deliver, payload, shopify
from survey_cast import invited

OLD, NEW = sealing.new_key("k1"), sealing.new_key("k2")


@pytest.fixture
def keys(monkeypatch):
    """Which keys this process holds, the newest first."""

    def hold(*held: str) -> None:
        monkeypatch.setattr(settings(), "secret_keys", ",".join(held))

    hold(OLD)
    return hold


async def everything_sealed(lab) -> dict:
    """A shop with a secret of each kind; what was shown of them."""
    made = await connect(lab, "shopify")
    endpoint = await posted(lab, "/v1/webhook-endpoints", url="https://shop.example/hook", headers={"X-Door": "open"})
    gateway = await lab.client.put("/v1/message-gateways/sms", json={"url": "https://sms.example/send"})
    assert gateway.status_code in (200, 201), gateway.text
    survey = await invited(lab)
    export = await lab.client.post(
        "/v1/privacy-requests", json={"kind": "export", "customer_id": survey["customer_id"]}
    )
    await lab.settle()
    body, key = {"email": "ada@example.com"}, {"Idempotency-Key": "again"}
    customer = await lab.client.post("/v1/customers", json=body, headers=key)
    return {"connection": made, "endpoint": endpoint, "survey": survey, "export": export.json(), "customer": customer}


async def all_sealed(lab) -> dict[str, list[bytes]]:
    found = {}
    for table, column in sealed_columns():
        async with lab.tx() as tx:
            rows = (await tx.execute(select(column).where(column.is_not(None)))).scalars().all()
        found[f"{table.name}.{column.name}"] = rows
    return found


def kinds(sealed: dict) -> set[str]:
    return {name for name, rows in sealed.items() for row in rows if isinstance(row, bytes) and row[1:3] == b"k1"}


async def test_all_secrets_come_under_the_new_key_and_go_on_working_without_the_old(lab, options, keys):
    shop = await everything_sealed(lab)
    before = await all_sealed(lab)
    missing = {name for name, rows in before.items() if not rows}
    assert missing <= {"return_settings.gateway_secret_sealed"}
    assert kinds(before) == {name for name in before if name not in missing | {"connections.secrets"}}

    keys(NEW, OLD)
    done = await rotate(options)
    assert sum(done.resealed.values()) >= len(before) - len(missing)
    assert set(done.keys) >= {"k2"}
    assert kinds(await all_sealed(lab)) == set()

    keys(NEW)
    sent = await deliver(lab, shop["connection"], shopify("orders/create", payload("shopify", "orders_create")))
    assert sent.json()["status"] == "accepted"
    assert (await lab.client.get(f"/s/{shop['survey']['token']}")).status_code == 200
    body, key = {"email": "ada@example.com"}, {"Idempotency-Key": "again"}
    again = await lab.client.post("/v1/customers", json=body, headers=key)
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", shop["customer"].json())
    assert (await lab.client.get(f"/v1/privacy-requests/{shop['export']['id']}/data")).status_code == 200


async def test_a_second_rotation_changes_nothing(lab, options, keys):
    await everything_sealed(lab)
    keys(NEW, OLD)
    await rotate(options)
    sealed = await all_sealed(lab)
    await rotate(options)
    assert await all_sealed(lab) == sealed


async def test_the_api_goes_on_while_secrets_are_resealed(lab, options, keys):
    made = await connect(lab, "shopify")
    for number in range(30):
        await lab.client.post(
            "/v1/customers", json={"email": f"p{number}@example.com"}, headers={"Idempotency-Key": f"k{number}"}
        )
    keys(NEW, OLD)
    answers = []

    async def goes_on(number: int) -> None:
        body = {"email": f"p{number}@example.com"}
        key = {"Idempotency-Key": f"k{number}"}
        answers.append(await ask(lab.client, "POST", "/v1/customers", json=body, headers=key))
        order = {**payload("shopify", "orders_create"), "id": 9000 + number}
        answers.append(await deliver(lab, made, shopify("orders/create", order)))

    await asyncio.gather(rotate(options), *(goes_on(number) for number in range(30)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len(answers) == 60
    await rotate(options)
    assert kinds(await all_sealed(lab)) == set()


async def test_a_secret_whose_key_is_gone_is_told_and_left(lab, options, keys):
    await everything_sealed(lab)
    keys(NEW)
    done = await rotate(options)
    assert done.lost["webhook_endpoints.secrets_sealed"] >= 1
    assert any(line.startswith("LOST webhook_endpoints.secrets_sealed") for line in told(done))
    keys(NEW, OLD)
    assert (await rotation.rotate(lab.database, [lab.shop_id])).lost == {}


async def test_a_webhook_whose_secret_cannot_be_opened_may_come_again_and_is_told_to_the_operator(lab, keys):
    made = await connect(lab, "shopify")
    keys(NEW)
    with capture_logs() as logged:
        answer = await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "unavailable", "1")
    [failed] = [line for line in logged if line["event"] == "request.failed"]
    assert (failed["operation"], failed["request_id"]) == ("receive_delivery", answer.headers["x-request-id"])


async def test_no_secret_that_was_shown_once_stands_in_any_table(lab, options):
    made = await connect(lab, "generic")
    key = {"Idempotency-Key": "shown-once"}
    endpoint = await lab.client.post("/v1/webhook-endpoints", json={"url": "https://shop.example/h"}, headers=key)
    connection = await lab.client.post(
        "/v1/connections", json={"source": "generic", "name": "second"}, headers={"Idempotency-Key": "connection"}
    )
    api_key = await lab.client.post(
        "/v1/api-keys", json={"name": "till", "scopes": ["orders:read"]}, headers={"Idempotency-Key": "key"}
    )
    shown = [made["secret"], endpoint.json()["secret"], connection.json()["secret"], api_key.json()["key"]]
    stored = await everything(lab)
    assert [secret[:12] for secret in shown if secret in stored] == []
    assert "shop.example/h" in stored
    again = await lab.client.post("/v1/webhook-endpoints", json={"url": "https://shop.example/h"}, headers=key)
    assert again.json()["secret"] == endpoint.json()["secret"]


async def everything(lab) -> str:
    """All that stands in all tables, as a dump would show it."""
    said = []
    for table in Base.metadata.sorted_tables:
        if "shop_id" in table.c:
            async with lab.tx() as tx:
                rows = (await tx.execute(select(table))).mappings().all()
            for row in rows:
                said += [
                    value.decode("latin-1") if isinstance(column.type, LargeBinary) and value else str(value)
                    for column, value in ((column, row[column.name]) for column in table.columns)
                ]
    return "\n".join(said)
