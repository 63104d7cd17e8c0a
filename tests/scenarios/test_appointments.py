"""Appointments: noted, reminded of, moved and called off, in the customer's language and zone."""

import pytest

from returns_story import a_line, delivered

VISIT = {"kind": "installation", "starts_at": "2026-10-25T09:00:00Z", "ends_at": "2026-10-25T10:00:00Z"}
START = {"clock_at": "2026-10-20T08:00:00Z"}


async def make(lab, **wish):
    return await lab.client.post("/v1/appointments", json={**VISIT, **wish})


async def customer_of(lab, locale="es"):
    who = {"external_id": "c-1", "email": "ada@example.com", "first_name": "Ada", "locale": locale}
    return await delivered(lab, [a_line("40.00")], "40.00", customer=who, locale=locale)


async def mails(lab):
    await lab.settle()
    found = (await lab.client.get("/v1/messages", params={"template": "appointment_update"})).json()["items"]
    return [(await lab.client.get(f"/v1/messages/{each['id']}")).json() for each in reversed(found)]


@pytest.mark.parametrize(
    ("locale", "noted", "reminder", "words"),
    [
        ("es", "Tu cita", "Tu cita del 25 de octubre de 2026", "de instalación del 25 de octubre de 2026 a las 10:00, Calle Mayor 7"),
        ("en", "Your appointment", "Your appointment on October 25, 2026", "for installation on October 25, 2026 at 10:00"),
    ],
)  # fmt: skip
async def test_a_reminder_goes_out_a_day_before_in_the_customers_words(make_lab, locale, noted, reminder, words):
    lab = await make_lab(**START)
    order = await customer_of(lab, locale)
    made = await make(lab, customer_id=order["customer"]["id"], order_id=order["id"], location="Calle Mayor 7")
    assert made.status_code == 201, made.text
    await lab.advance_to("2026-10-24T08:59:59Z")
    assert [each["subject"] for each in await mails(lab)] == [noted]
    await lab.advance_to("2026-10-24T09:00:01Z")
    said = await mails(lab)
    assert [each["subject"] for each in said] == [noted, reminder]
    assert words in said[-1]["text"]


async def test_what_was_called_off_is_told_and_not_reminded_of(make_lab):
    lab = await make_lab(**START)
    order = await customer_of(lab, "en")
    made = (await make(lab, customer_id=order["customer"]["id"])).json()
    await lab.client.post(f"/v1/appointments/{made['id']}/cancel")
    await lab.advance_to("2026-10-26T00:00:00Z")
    assert [each["subject"] for each in await mails(lab)][-1] == "Your appointment is called off"
    assert not [each for each in await mails(lab) if "remind" in each["text"]]


async def test_a_moved_appointment_is_noted_anew_and_reminded_of_once_more(make_lab):
    lab = await make_lab(**START)
    order = await customer_of(lab, "en")
    made = (await make(lab, customer_id=order["customer"]["id"])).json()
    later = {"starts_at": "2026-11-02T09:00:00Z", "ends_at": "2026-11-02T10:00:00Z"}
    await lab.client.post(f"/v1/appointments/{made['id']}/reschedule", json=later)
    await lab.advance_to("2026-11-03T00:00:00Z")
    assert [("November 2" in each["text"], "remind" in each["text"]) for each in await mails(lab)][-2:] == [
        (True, False),
        (True, True),
    ]


async def test_an_appointment_about_a_repair_is_with_the_one_who_brought_it(lab):
    order = await customer_of(lab)
    customer = order["customer"]["id"]
    repair = (await lab.client.post("/v1/repairs", json={"defect": "brakes", "customer_id": customer})).json()
    made = (await make(lab, repair_id=repair["id"], kind="hand_over")).json()
    assert made["customer_id"] == customer


@pytest.mark.parametrize("member", ["customer_id", "order_id", "repair_id", "registration_id"])
async def test_what_an_appointment_names_is_there(lab, member):
    prefix = {"customer_id": "cus", "order_id": "ord", "repair_id": "rep", "registration_id": "war"}[member]
    answer = await make(lab, **{member: f"{prefix}_01jz4m6y8v7x3q2w1r5t9k0abc"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")
    assert answer.json()["errors"][0]["pointer"] == f"/body/{member}"


async def test_visits_and_repairs_of_an_order_are_found_by_it(lab):
    order = await customer_of(lab)
    mine = (await make(lab, order_id=order["id"])).json()
    await make(lab)
    found = (await lab.client.get("/v1/appointments", params={"order_id": order["id"]})).json()["items"]
    assert [each["id"] for each in found] == [mine["id"]]
    for serial in ("SN-1", "SN-2"):
        await lab.client.post("/v1/repairs", json={"defect": "brakes", "item": "A bicycle", "serial": serial})
    found = (await lab.client.get("/v1/repairs", params={"serial": "SN-2"})).json()["items"]
    assert [each["serial"] for each in found] == ["SN-2"]
    assert (await lab.client.get("/v1/repairs", params={"order_id": order["id"]})).json()["items"] == []
