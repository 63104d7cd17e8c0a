"""Being forgotten in odd orders of events: after a merge, before an order is whole, and while webhooks come late."""

from datetime import timedelta
from email.utils import format_datetime

from sqlalchemy import select

from aftersales_api.infra.event_log import EventRow
from privacy_cast import EMAIL as PLACE
from privacy_cast import everywhere
from privacy_marks import NEEDLE, left, plant_everywhere
from senders import connect, deliver, delivery_of, payload, shopify

EMAIL = "ada@luna.example"


async def requests(lab, **query):
    return (await lab.client.get("/v1/privacy-requests", params=query)).json()["items"]


async def events(lab, kind):
    async with lab.tx() as tx:
        rows = await tx.execute(select(EventRow.data).where(EventRow.type == kind).order_by(EventRow.id))
        return list(rows.scalars())


def an_order(external_id, **more):
    price = {"amount": "5.00", "currency": "EUR"}
    lines = [{"external_id": "1", "title": "Lamp", "quantity": 1, "unit_price": price}]
    return {"external_id": external_id, "currency": "EUR", "lines": lines, "total": price, **more}


async def ordered(lab, external_id, **more):
    answer = await lab.client.post("/v1/orders", json=an_order(external_id, **more))
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def test_whoever_was_merged_is_forgotten_with_the_survivor(lab):
    first = await ordered(lab, "m1", email=f"{NEEDLE}.one@example.com", customer={"external_id": "c1"})
    second = await ordered(lab, "m2", email=f"{NEEDLE}.two@example.com", customer={"external_id": "c2"})
    gone, stays = first["customer"]["id"], second["customer"]["id"]
    await lab.client.post("/v1/cases", json={"subject": f"{NEEDLE}case", "customer_id": gone})
    merged = await lab.client.post(f"/v1/customers/{gone}/merge", json={"into_customer_id": stays})
    assert merged.status_code == 200, merged.text
    await lab.settle()

    await lab.client.post(f"/v1/customers/{stays}/redact")
    await lab.settle()
    assert await left(lab) == {}

    for external_id, name, customer in (("m1", "one", "c1"), ("m2", "two", "c2")):
        await lab.client.post(
            "/v1/orders",
            json=an_order(external_id, email=f"{NEEDLE}.{name}@example.com", customer={"external_id": customer}),
        )
    await lab.settle()
    assert await left(lab) == {}


async def test_whoever_was_merged_is_forgotten_by_their_old_id_too(lab):
    people = [
        (
            await ordered(
                lab, f"k{number}", email=f"{NEEDLE}.{number}@example.com", customer={"external_id": f"k{number}"}
            )
        )
        for number in range(3)
    ]
    first, second, last = (each["customer"]["id"] for each in people)
    for gone, stays in ((first, second), (second, last)):
        merged = await lab.client.post(f"/v1/customers/{gone}/merge", json={"into_customer_id": stays})
        assert merged.status_code == 200, merged.text
    await lab.settle()

    assert (await lab.client.post(f"/v1/customers/{first}/redact")).status_code == 200
    await lab.settle()
    assert await left(lab) == {}
    assert (await lab.client.get(f"/v1/customers/{last}")).json()["status"] == "redacted"


async def test_an_order_of_which_only_a_child_is_known_stays_nameless_when_it_comes(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("fulfillments/create", payload("shopify", "fulfillments_create")))
    await lab.settle()
    [stub] = (await lab.client.get("/v1/orders", params={"external_id": "50010001"})).json()["items"]
    assert stub["source_state"] == "stub"

    await deliver(lab, made, shopify("customers/redact", payload("shopify", "customers_redact")))
    await lab.settle()
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    await lab.settle()

    [order] = (await lab.client.get("/v1/orders", params={"external_id": "50010001"})).json()["items"]
    assert (order["source_state"], order["email"], order["total"]["amount"]) == ("real", None, "598.94")
    stored = (await lab.client.get("/v1/customers", params={"email": EMAIL})).json()["items"]
    assert stored == []


async def test_a_platforms_request_for_data_becomes_an_export_that_the_shop_is_told_of(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    await lab.settle()
    body = payload("shopify", "customers_data_request")
    kept = await delivery_of(lab, await deliver(lab, made, shopify("customers/data_request", body)))
    assert kept["status"] == "processed"

    [request] = await requests(lab, kind="export")
    assert (request["status"], request["source"], request["request_external_id"]) == (
        "completed",
        "shopify",
        str(body["data_request"]["id"]),
    )
    [told] = await events(lab, "privacy.export_ready")
    assert (told["request_id"], told["rows"]) == (request["id"], sum(request["counts"].values()))
    export = (await lab.client.get(request["download_url"])).json()["tables"]
    assert [row["external_id"] for row in export["orders"]] == ["50010001"]
    assert EMAIL in str(export["inbound_deliveries"])


async def test_a_platforms_request_to_be_forgotten_says_what_was_erased(lab):
    made = await connect(lab, "shopify")
    await deliver(lab, made, shopify("orders/create", payload("shopify", "orders_create")))
    await lab.settle()
    await deliver(lab, made, shopify("customers/redact", payload("shopify", "customers_redact")))
    await lab.settle()

    [request] = await requests(lab, kind="erasure")
    assert (request["source"], request["status"], request["counts"]["orders"]) == ("shopify", "completed", 1)
    [told] = await events(lab, "privacy.erasure_completed")
    assert told["request_id"] == request["id"]


async def test_a_shop_that_left_is_forgotten_to_the_last_customer_in_one_request(lab):
    made = await connect(lab, "shopify")
    order = payload("shopify", "orders_create")
    for number in range(3):
        someone = {**order["customer"], "id": 7000 + number, "email": f"{NEEDLE}.{number}@example.com"}
        more = {"id": 9000 + number, "email": someone["email"], "contact_email": None, "customer": someone}
        await deliver(lab, made, shopify("orders/create", {**order, **more}))
    await lab.settle()
    assert await left(lab) != {}
    await deliver(lab, made, shopify("shop/redact", payload("shopify", "shop_redact")))
    await lab.settle()
    assert await left(lab) == {}
    [request] = await requests(lab, kind="source_erasure")
    assert (request["status"], request["counts"]["orders"]) == ("completed", 3)


async def test_whatever_stands_in_a_personal_column_of_hers_is_gone_and_all_that_is_left_can_be_read(lab):
    person = await everywhere(lab)
    planted = await plant_everywhere(lab)
    assert len(planted) > 60
    before = await numbers(lab)

    await person.post("/v1/privacy-requests", kind="erasure", email=PLACE)
    await lab.settle()

    assert await left(lab) == {}
    assert await numbers(lab) == before
    await everything_can_be_read(lab, person)


async def test_an_answer_that_could_still_be_changed_is_final_once_its_person_is_forgotten(lab):
    order = await ordered(lab, "s1", email=f"{NEEDLE}.survey@example.com")
    customer = order["customer"]["id"]
    [survey] = (await lab.client.get("/v1/surveys", params={"key": "nps"})).json()["items"]
    path = f"/v1/surveys/{survey['id']}/invitations"
    made = await lab.client.post(path, json={"customer_id": customer, "order_id": order["id"]})
    answers = f"/v1/public/surveys/{made.json()['token']}/answers"
    assert (await lab.client.post(answers, json={"score": 9})).json()["is_edit"] is False
    assert (await lab.client.post(answers, json={"score": 8})).json()["is_edit"] is True

    await lab.client.post(f"/v1/customers/{customer}/redact")
    await lab.settle()
    late = await lab.client.post(answers, json={"score": 1, "comment": f"{NEEDLE}late"})
    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    assert await left(lab) == {}


async def test_a_mail_from_before_the_erasure_brings_nothing_back_and_a_new_one_begins_again(lab):
    address = f"{NEEDLE}.mail@example.com"

    async def mail(number, date):
        raw = f"From: {NEEDLE}name <{address}>\r\nTo: s@luna.example\r\nSubject: {NEEDLE}subject\r\n"
        raw += f"Message-ID: <{NEEDLE}{number}@x.example>\r\nDate: {format_datetime(date)}\r\n\r\n{NEEDLE}text\r\n"
        headers = {"Content-Type": "message/rfc822"}
        return (await lab.client.post("/v1/cases/mails", content=raw.encode(), headers=headers)).json()["status"]

    now = await lab.now()
    assert await mail("one", now - timedelta(hours=1)) == "opened"
    await lab.client.post("/v1/privacy-requests", json={"kind": "erasure", "email": address})
    await lab.settle()
    assert await left(lab) == {}

    assert await mail("one", now - timedelta(hours=1)) == "ignored"
    assert await mail("two", now - timedelta(minutes=1)) == "ignored"
    await lab.settle()
    assert await left(lab) == {}
    assert await mail("three", now + timedelta(hours=1)) == "opened"


async def test_what_a_mail_server_said_of_her_address_is_forgotten(lab):
    order = await ordered(lab, "b1", email=f"{NEEDLE}.bounce@example.com")
    await lab.settle()
    [message, *_] = (await lab.client.get("/v1/messages", params={"order_id": order["id"]})).json()["items"]
    said = {"type": "bounced", "reason": f"550 5.1.1 <{NEEDLE}.bounce@example.com>: unknown"}
    told = await lab.client.post(f"/v1/messages/{message['id']}/events", json=said)
    assert told.json()["reason"] == said["reason"]

    await lab.client.post(f"/v1/customers/{order['customer']['id']}/redact")
    await lab.settle()
    assert (await lab.client.get(f"/v1/messages/{message['id']}")).json()["reason"] == "bounced"
    assert await left(lab) == {}


async def test_somebody_else_with_the_same_address_keeps_their_data(lab):
    same = f"{NEEDLE}.shared@example.com"
    one = await ordered(lab, "x1", email=same, customer={"external_id": "c1", "email": same, "email_verified": False})
    two = await ordered(lab, "x2", email=same, customer={"external_id": "c2", "email": same, "email_verified": False})
    assert one["customer"]["id"] != two["customer"]["id"]
    await lab.client.post(f"/v1/customers/{one['customer']['id']}/redact")
    await lab.settle()

    known = {"external_id": "c2", "email": same, "email_verified": False}
    again = await ordered(lab, "x2", email=same, customer=known, total={"amount": "5.00", "currency": "EUR"})
    assert (again["email"], again["redacted_at"]) == (same, None)
    late = await ordered(lab, "x1", email=same, customer={"external_id": "c1", "email": same})
    assert late["email"] is None


async def numbers(lab):
    found = {}
    for path in ("nps", "csat"):
        answer = await lab.client.get(f"/v1/metrics/{path}")
        assert answer.status_code == 200, answer.text
        found[path] = answer.json()["value"]
    return found


async def everything_can_be_read(lab, person):
    """No list and no single resource breaks over what was blotted out."""
    for path in PATHS:
        answer = await lab.client.get(path.format(**person.ids))
        assert answer.status_code == 200, f"{path}: {answer.text}"
        for each in answer.json().get("items", []) if "{" not in path else []:
            one = await lab.client.get(f"{path}/{each['id']}")
            assert one.status_code in (200, 404, 405), f"{path}: {one.text}"


PATHS = (
    "/v1/orders",
    "/v1/customers",
    "/v1/cases",
    "/v1/returns",
    "/v1/refunds",
    "/v1/withdrawals",
    "/v1/claims",
    "/v1/repairs",
    "/v1/appointments",
    "/v1/survey-responses",
    "/v1/survey-invitations",
    "/v1/messages",
    "/v1/runs",
    "/v1/change-requests",
    "/v1/inbound-deliveries",
    "/v1/suppressions",
    "/v1/privacy-requests",
    "/v1/customers/{customer}/timeline",
    "/v1/customers/{customer}/contact-decisions",
    "/v1/customers/{customer}/consents",
)
