"""The contact policy over HTTP: read, replaced, and its decisions explained."""

import pytest

from aftersales_api.kit import ids
from messages_cast import a_template, an_order, rules, say

PATH = "/v1/contact-policy"


async def test_every_shop_starts_with_a_policy(lab):
    answer = await lab.client.get(PATH)

    policy = answer.json()
    assert policy["version"] == 1
    assert [(rule["start"], rule["end"]) for rule in policy["quiet_hours"]] == [("21:00", "09:00")]
    assert {rule["fact"] for rule in policy["suppress_while"]} == {
        "open_case", "open_return", "undelivered_order", "complaint", "bounce", "fraud_flag",
    }  # fmt: skip


async def test_what_was_read_can_be_written_back(lab):
    answer = await lab.client.get(PATH)
    body = {name: value for name, value in answer.json().items() if name not in {"version", "created_at", "created_by"}}

    again = await lab.client.put(PATH, json=body, headers={"If-Match": answer.headers["etag"]})

    assert again.status_code == 200, again.text
    assert again.json()["version"] == 2
    assert {**again.json(), "version": 1, "created_at": 0, "created_by": 0} == {
        **answer.json(),
        "created_at": 0,
        "created_by": 0,
    }


async def test_a_policy_changes_only_from_what_was_read(lab):
    first = (await lab.client.get(PATH)).headers["etag"]
    await rules(lab)

    stale = await lab.client.put(PATH, json={}, headers={"If-Match": first})
    blind = await lab.client.put(PATH, json={})

    assert (stale.status_code, blind.status_code) == (412, 428)


WRONG = [
    ({"caps": [{"id": "a", "most": 0, "window": "P1D"}]}, "/body/caps/0/most"),
    ({"caps": [{"id": "a", "most": 1, "window": "P1M"}]}, "/body/caps/0/window"),
    ({"gaps": [{"id": "a", "least": "1 day"}]}, "/body/gaps/0/least"),
    ({"quiet_hours": [{"id": "a", "start": "24:00", "end": "09:00"}]}, "/body/quiet_hours/0/start"),
    ({"quiet_hours": [{"id": "a", "start": "09:00", "end": "09:00"}]}, "/body/quiet_hours/0/end"),
    ({"caps": [{"id": "a", "most": 1, "window": "P1D", "classes": ["transactional"]}]}, "/body/caps/0/classes/0"),
    ({"caps": [{"id": "a", "most": 1, "window": "P1D"}], "gaps": [{"id": "a", "least": "P1D"}]}, "/body/gaps/0/id"),
    ({"nonsense": 1}, "/body/nonsense"),
]


@pytest.mark.parametrize(("body", "pointer"), WRONG)
async def test_a_rule_that_makes_no_sense_is_refused_with_its_place(lab, body, pointer):
    etag = (await lab.client.get(PATH)).headers["etag"]

    answer = await lab.client.put(PATH, json=body, headers={"If-Match": etag})

    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]


async def test_every_evaluation_is_listed_with_rule_reason_and_next_chance(lab):
    await rules(lab, gaps=[{"id": "day", "least": "PT24H"}])
    await a_template(lab)
    order = await an_order(lab)
    first, second = await say(lab, order.customer_id), await say(lab, order.customer_id)

    answer = await lab.client.get(f"/v1/customers/{ids.show('cus', order.customer_id)}/contact-decisions")

    listed = [(each["message_id"], each["verdict"], each["rule_id"], each["reason"]) for each in answer.json()["items"]]
    assert listed == [(second["id"], "defer", "day", "min_gap"), (first["id"], "send", None, None)]
    assert answer.json()["items"][0]["next_eligible_at"] == answer.json()["items"][0]["defer_until"] is not None
    assert answer.json()["items"][0]["policy_version"] == 2


async def test_decisions_can_be_asked_by_verdict(lab):
    await rules(lab, gaps=[{"id": "day", "least": "PT24H"}])
    await a_template(lab)
    order = await an_order(lab)
    for _ in range(2):
        await say(lab, order.customer_id)

    path = f"/v1/customers/{ids.show('cus', order.customer_id)}/contact-decisions"
    answer = await lab.client.get(path, params={"verdict": "defer"})

    assert [each["verdict"] for each in answer.json()["items"]] == ["defer"]


async def test_decisions_can_be_asked_by_order(lab):
    await rules(lab)
    await a_template(lab)
    order = await an_order(lab)
    about = await say(lab, order.customer_id, order_id=ids.show("ord", order.id))
    await say(lab, order.customer_id)

    path = f"/v1/customers/{ids.show('cus', order.customer_id)}/contact-decisions"
    answer = await lab.client.get(path, params={"order_id": ids.show("ord", order.id)})

    assert [each["message_id"] for each in answer.json()["items"]] == [about["id"]]


async def test_another_shops_decisions_are_not_there(lab):
    order = await an_order(lab)
    mallory = await lab.other()

    answer = await mallory.client.get(f"/v1/customers/{ids.show('cus', order.customer_id)}/contact-decisions")

    assert answer.status_code == 404


async def test_a_gateway_is_set_its_secret_shown_once_and_taken_away(lab):
    path = "/v1/message-gateways/sms"
    made = await lab.client.put(path, json={"url": "https://sms.example/send", "sender": "LUNA"})
    again = await lab.client.put(path, json={"url": "https://sms.example/v2"})
    listed = await lab.client.get("/v1/message-gateways")

    assert made.json()["secret"].startswith("whsec_")
    assert again.json()["secret"] is None
    assert [(each["channel"], each["url"]) for each in listed.json()["items"]] == [("sms", "https://sms.example/v2")]
    assert "secret" not in listed.text
    assert (await lab.client.get(path)).json() == listed.json()["items"][0]
    assert (await lab.client.delete(path)).status_code == 204
    assert (await lab.client.delete(path)).status_code == 404


REFUSED = [
    ({"url": "http://169.254.169.254/latest"}, "/body/url"),
    ({"url": "https://sms.example:22/"}, None),
    ({"url": "https://sms.example/", "secret": "whsec_" + "=" * 30}, "/body/secret"),
]


@pytest.mark.parametrize(("body", "pointer"), REFUSED)
async def test_a_gateway_that_could_not_be_used_is_refused(lab, body, pointer):
    answer = await lab.client.put("/v1/message-gateways/sms", json=body)

    assert answer.status_code == (422 if pointer else 200)
    assert [each["pointer"] for each in answer.json().get("errors", [])] == ([pointer] if pointer else [])
