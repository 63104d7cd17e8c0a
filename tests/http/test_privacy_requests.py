"""Requests about somebody's data over HTTP: asked, polled, downloaded, refused, and gone after their time."""

import csv
import io

import pytest

from aftersales_api.kit import ids


async def ask(lab, **body):
    return await lab.client.post("/v1/privacy-requests", json=body)


async def made(lab, **body):
    answer = await lab.client.post("/v1/customers", json={"email": "ada@example.com", "first_name": "Ada", **body})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def done(lab, answer):
    assert answer.status_code == 202, answer.text
    await lab.settle()
    found = await lab.client.get(answer.headers["location"])
    assert found.json()["status"] == "completed", found.text
    return found.json()


async def test_an_export_is_asked_for_polled_and_downloaded(lab):
    ada = await made(lab)
    answer = await lab.client.post(f"/v1/customers/{ada['id']}/exports")
    asked = answer.json()
    assert (asked["kind"], asked["status"], asked["customer_id"], asked["download_url"]) == (
        "export",
        "pending",
        ada["id"],
        None,
    )
    assert (await lab.client.get(f"/v1/privacy-requests/{asked['id']}/data")).json()["code"] == "export_not_ready"

    ready = await done(lab, answer)
    export = (await lab.client.get(ready["download_url"])).json()
    assert [row["first_name"] for row in export["tables"]["customers"]] == ["Ada"]
    assert set(export["about"]) == {"es", "en"}
    assert ready["counts"]["customers"] == 1


async def test_the_person_must_have_an_answer_within_thirty_days(lab):
    await lab.advance("PT1S")
    asked = (await ask(lab, kind="export", email="nobody@example.com")).json()
    assert asked["answer_due_at"][:10] > asked["created_at"][:10]
    assert ids.parse("prv", asked["id"]) is not None


async def test_a_guest_is_found_by_the_address_alone(lab):
    order = {
        "external_id": "g1",
        "email": "Guest@Example.com",
        "currency": "EUR",
        "total": {"amount": "5.00", "currency": "EUR"},
    }
    lines = [{"external_id": "1", "title": "Lamp", "quantity": 1, "unit_price": {"amount": "5.00", "currency": "EUR"}}]
    assert (await lab.client.post("/v1/orders", json={**order, "lines": lines})).status_code == 201
    ready = await done(lab, await ask(lab, kind="export", email="guest@example.com"))
    export = (await lab.client.get(ready["download_url"])).json()["tables"]
    assert [row["external_id"] for row in export["orders"]] == ["g1"]
    assert [row["guest_key"] for row in export["customers"]] == ["guest@example.com"]


async def test_an_export_opens_as_a_table_and_starts_no_formula(lab):
    ada = await made(lab, first_name="=1+1")
    ready = await done(lab, await lab.client.post(f"/v1/customers/{ada['id']}/exports"))
    answer = await lab.client.get(f"{ready['download_url']}.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert (answer.headers["content-type"], rows[0]) == ("text/csv; charset=utf-8", ["table", "row", "member", "value"])
    assert [value for table, _, member, value in rows if (table, member) == ("customers", "first_name")] == ["'=1+1"]


@pytest.mark.parametrize("both", [{}, {"email": "ada@example.com", "customer_id": ids.show("cus", ids.new_id())}])
async def test_a_request_names_one_person(lab, both):
    answer = await ask(lab, kind="export", **both)
    assert (answer.status_code, answer.json()["code"]) == (422, "nobody_meant")


async def test_a_customer_nobody_knows_is_refused(lab):
    stranger = ids.show("cus", ids.new_id())
    answer = await ask(lab, kind="erasure", customer_id=stranger)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/customer_id")
    assert (await lab.client.post(f"/v1/customers/{stranger}/exports")).status_code == 404


async def test_requests_of_another_shop_are_not_there(lab):
    ready = await done(lab, await ask(lab, kind="export", customer_id=(await made(lab))["id"]))
    mallory = await lab.other(name="Mallory")
    for path in ("", "/data", "/data.csv"):
        assert (await mallory.client.get(f"/v1/privacy-requests/{ready['id']}{path}")).status_code == 404
    assert (await mallory.client.get("/v1/privacy-requests")).json()["items"] == []


async def test_requests_are_listed_by_kind_status_and_customer(lab):
    ada = await made(lab)
    exported = await done(lab, await ask(lab, kind="export", customer_id=ada["id"]))
    erased = await done(lab, await ask(lab, kind="erasure", email="nobody@example.com"))

    async def listed(**query):
        found = await lab.client.get("/v1/privacy-requests", params=query)
        return [each["id"] for each in found.json()["items"]]

    assert await listed() == [erased["id"], exported["id"]]
    assert await listed(kind="export") == await listed(customer_id=ada["id"]) == [exported["id"]]
    assert await listed(status="pending") == []


async def test_an_erasure_tells_what_lost_something_and_has_nothing_to_download(lab):
    ada = await made(lab)
    await lab.client.post("/v1/cases", json={"subject": "Lamp", "customer_id": ada["id"]})
    await lab.settle()
    erased = await done(lab, await ask(lab, kind="erasure", customer_id=ada["id"]))
    assert erased["counts"]["cases"] == 1
    assert (await lab.client.get(f"/v1/privacy-requests/{erased['id']}/data")).json()["code"] == "no_export"
    assert (await lab.client.get(f"/v1/customers/{ada['id']}")).json()["status"] == "redacted"


async def test_an_erasure_asked_for_twice_finds_nothing_more(lab):
    ada = await made(lab)
    await done(lab, await ask(lab, kind="erasure", customer_id=ada["id"]))
    again = await done(lab, await ask(lab, kind="erasure", customer_id=ada["id"]))
    assert set(again["counts"]) <= {"events", "idempotency_keys", "privacy_requests"}


@pytest.mark.parametrize(("wait", "status"), [("P6DT23H", "completed"), ("P7DT1M", "expired")])
async def test_a_download_is_there_for_a_week(lab, wait, status):
    ready = await done(lab, await ask(lab, kind="export", customer_id=(await made(lab))["id"]))
    await lab.advance(wait)
    assert (await lab.client.get(f"/v1/privacy-requests/{ready['id']}")).json()["status"] == status
    answer = await lab.client.get(f"/v1/privacy-requests/{ready['id']}/data")
    assert answer.status_code == (200 if status == "completed" else 410)


async def test_what_was_answered_before_is_not_repeated_after_an_erasure(lab):
    key = {"Idempotency-Key": "once"}
    body = {"email": "ada@example.com", "first_name": "Ada"}
    first = await lab.client.post("/v1/customers", json=body, headers=key)
    assert (await lab.client.post("/v1/customers", json=body, headers=key)).json() == first.json()
    await done(lab, await ask(lab, kind="erasure", customer_id=first.json()["id"]))
    again = await lab.client.post("/v1/customers", json=body, headers=key)
    assert (again.status_code, again.json()["code"]) == (410, "answer_erased")
