"""The suppression list over HTTP."""

import pytest

from messages_cast import a_template, an_order, rules, say


async def put(lab, **body):
    return await lab.client.post("/v1/suppressions", json={"address": "Ada@Example.com", **body})


async def test_nothing_goes_to_a_suppressed_address_not_even_transactional_mail(lab):
    await rules(lab)
    order = await an_order(lab)
    await a_template(lab, "note", "transactional")
    assert (await put(lab)).status_code == 201

    made = await say(lab, order.customer_id)

    assert (made["status"], made["reason"]) == ("dropped", "suppressed_address")


async def test_a_lifted_suppression_lets_messages_through(lab):
    await rules(lab)
    order = await an_order(lab)
    await a_template(lab)
    entry = (await put(lab)).json()

    gone = await lab.client.delete(f"/v1/suppressions/{entry['id']}")

    assert gone.status_code == 204
    assert (await say(lab, order.customer_id))["decision"]["verdict"] == "send"
    assert (await lab.client.delete(f"/v1/suppressions/{entry['id']}")).status_code == 404


async def test_the_same_address_stands_once_however_it_is_written(lab):
    first, second = await put(lab), await put(lab, address=" ada@example.com ".strip())

    assert first.json()["id"] == second.json()["id"]


async def test_an_address_is_found_by_writing_it_and_never_shown(lab):
    await put(lab)

    found = await lab.client.get("/v1/suppressions", params={"address": "ADA@EXAMPLE.COM"})
    other = await lab.client.get("/v1/suppressions", params={"address": "bo@example.com"})

    assert len(found.json()["items"]) == 1
    assert "example.com" not in found.text.lower()
    assert other.json()["items"] == []


async def test_telephones_are_compared_by_their_digits(lab):
    await put(lab, address="+34 600-000-000", channel="sms")

    found = await lab.client.get("/v1/suppressions", params={"address": "0034600000000", "channel": "sms"})

    assert len(found.json()["items"]) == 1


@pytest.mark.parametrize(("address", "channel"), [("no address", "email"), ("abc", "sms")])
async def test_what_is_no_address_is_malformed(lab, address, channel):
    answer = await put(lab, address=address, channel=channel)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/address")


async def test_another_shops_list_is_its_own(lab):
    entry = (await put(lab)).json()
    mallory = await lab.other()

    assert (await mallory.client.get(f"/v1/suppressions/{entry['id']}")).status_code == 404
    assert (await mallory.client.get("/v1/suppressions")).json()["items"] == []
