"""Mail gateways and mobile form tools as senders: trusted, stored before they are understood, understood once."""

import json
from uuid import uuid4

import pytest

from aftersales_api.kit import signing
from aftersales_api.kit.clock import real_now
from cases_cast import a_case, an_agent, done, fetched, posted
from mail_cast import a_mail

MAIL = a_mail("No enciende", "<g1@example.com>", files=[("foto.jpg", "image/jpeg", b"light")])


async def a_connection(lab, source, **more):
    return await posted(lab, "/v1/connections", source=source, **more)


async def sent(lab, connection, body, *, headers=None):
    secret = connection.get("secret")
    if headers is None:
        mark, at = f"msg_{uuid4().hex}", int(real_now().timestamp())
        signed = signing.sign_v1(secret, mark, at, body)
        headers = {"webhook-id": mark, "webhook-timestamp": str(at), "webhook-signature": signed}
    answer = await lab.client.post(f"/v1/inbound/{connection['id']}", content=body, headers=headers)
    await lab.settle()
    return answer


async def the_delivery(lab, answer):
    return await fetched(lab, f"/v1/inbound-deliveries/{answer.json()['id']}")


async def test_a_gateway_posts_a_raw_mail_and_it_becomes_a_case(lab):
    gateway = await a_connection(lab, "email")

    answer = await sent(lab, gateway, MAIL)

    (case,) = (await fetched(lab, "/v1/cases"))["items"]
    (file,) = (await fetched(lab, f"/v1/cases/{case['id']}/attachments"))["items"]
    assert (answer.json()["status"], case["channel_origin"], file["name"]) == ("accepted", "email", "foto.jpg")
    assert (await the_delivery(lab, answer))["status"] == "processed"


async def test_a_mail_delivered_twice_is_one_message(lab):
    gateway = await a_connection(lab, "email")
    await sent(lab, gateway, MAIL)

    second = await sent(lab, gateway, b"Received: by another hop\r\n" + MAIL)

    (case,) = (await fetched(lab, "/v1/cases"))["items"]
    assert second.json()["status"] == "duplicate"
    assert len((await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]) == 1


async def test_a_gateway_may_use_a_name_and_a_password(lab):
    gateway = await a_connection(lab, "email", secret="mx:pass", settings={"auth_mode": "basic"})

    good = await sent(lab, gateway, MAIL, headers={"Authorization": "Basic bXg6cGFzcw=="})
    bad = await sent(lab, gateway, MAIL, headers={"Authorization": "Basic bXg6b3RoZXI="})

    assert (good.status_code, bad.status_code) == (200, 401)


async def test_an_unsigned_mail_is_refused(lab):
    gateway = await a_connection(lab, "email")

    assert (await sent(lab, gateway, MAIL, headers={})).status_code == 401


async def test_a_vacation_note_is_kept_and_ignored_with_its_reason(lab):
    gateway = await a_connection(lab, "email")

    answer = await sent(lab, gateway, a_mail("Fuera", "<g2@example.com>", Auto_Submitted="auto-replied"))

    found = await the_delivery(lab, answer)
    assert (found["status"], found["reason"]) == ("ignored", "no person wrote it: auto_reply")


async def test_what_is_no_mail_is_kept_as_failed(lab):
    gateway = await a_connection(lab, "email")

    answer = await sent(lab, gateway, b"\x00\x01 no mail")

    found = await the_delivery(lab, answer)
    assert (found["status"], found["reason"].partition(":")[0]) == ("failed", "mail_unreadable")


async def a_visit(lab, **more):
    case = await a_case(lab)
    ana = await an_agent(lab, "Ana", is_technician=True, hourly_rate={"amount": "36.00", "currency": "EUR"})
    return await posted(
        lab,
        "/v1/visits",
        case_id=case["id"],
        technician_id=ana["id"],
        window_from="2027-06-01T08:00:00Z",
        window_to="2027-06-01T10:00:00Z",
        **more,
    )


FORM = {
    "form_ref": "kz-77",
    "outcome": "fixed",
    "report": "Fusible cambiado",
    "travel_minutes": 30,
    "on_site_minutes": 50,
    "parts_used": [{"name": "Fusible", "quantity": 2, "unit_cost": {"amount": "1.50", "currency": "EUR"}}],
    "fields": {"serial": {"value": "X200-1"}},
    "media": [{"name": "firma.png", "url": "https://forms.example/firma.png"}],
}


async def test_a_pushed_form_completes_its_visit_and_writes_its_costs(lab):
    tool, visit = await a_connection(lab, "mobile_form"), await a_visit(lab)

    answer = await sent(lab, tool, json.dumps({**FORM, "visit_id": visit["id"]}).encode())

    found = await fetched(lab, f"/v1/visits/{visit['id']}")
    cost = await fetched(lab, f"/v1/cases/{visit['case_id']}/cost")
    assert (await the_delivery(lab, answer))["status"] == "processed"
    assert (found["status"], found["outcome"], found["form_ref"]) == ("completed", "fixed", "kz-77")
    assert found["form_fields"] == {"serial": "X200-1"}
    assert [each["name"] for each in found["media"]] == ["firma.png"]
    assert cost["resolution_cost"] == [{"amount": "51.00", "currency": "EUR"}]  # (30 + 50) min at 36 + 2 x 1.50


async def test_a_form_is_known_by_its_reference_and_its_report_counts_once(lab):
    tool, visit = await a_connection(lab, "mobile_form"), await a_visit(lab, form_ref="kz-77")
    await sent(lab, tool, json.dumps({"eventType": "finished", "data": FORM}).encode())

    await sent(lab, tool, json.dumps({"data": {**FORM, "fields": {"serial": "X200-2"}}}).encode())

    cost = await fetched(lab, f"/v1/cases/{visit['case_id']}/cost")
    assert cost["resolution_cost"] == [{"amount": "51.00", "currency": "EUR"}]
    assert (await fetched(lab, f"/v1/visits/{visit['id']}"))["form_fields"] == {"serial": "X200-2"}


@pytest.mark.parametrize(
    ("status", "then"), [("en_route", "en_route"), ("no_access", "no_access"), ("dancing", "planned")]
)
async def test_a_step_on_the_way_is_pushed_too(lab, status, then):
    tool, visit = await a_connection(lab, "mobile_form"), await a_visit(lab)

    await sent(lab, tool, json.dumps({"data_id": 9, "visit_id": visit["id"], "status": status}).encode())

    assert (await fetched(lab, f"/v1/visits/{visit['id']}"))["status"] == then


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"form_ref": "nobody"}, "visit_unknown"),
        ({"outcome": "fixed"}, "missing"),
        ({**FORM, "outcome": "dancing"}, "form_unfit"),
        ({**FORM, "outcome": "part_needed"}, "next_visit_required"),
    ],
)
async def test_a_form_that_cannot_be_taken_is_kept_as_failed_and_can_be_replayed(lab, form, reason):
    tool, visit = await a_connection(lab, "mobile_form"), await a_visit(lab, form_ref="kz-77")

    answer = await sent(lab, tool, json.dumps(form).encode())

    found = await the_delivery(lab, answer)
    assert (found["status"], found["reason"].partition(":")[0]) == ("failed", reason)
    assert (await fetched(lab, f"/v1/visits/{visit['id']}"))["status"] == "planned"


async def test_a_part_needed_with_its_next_visit_chains_the_two(lab):
    tool, visit = await a_connection(lab, "mobile_form"), await a_visit(lab)
    next_visit = {"window_from": "2027-06-08T08:00:00Z", "window_to": "2027-06-08T10:00:00Z"}

    await sent(
        lab,
        tool,
        json.dumps({**FORM, "visit_id": visit["id"], "outcome": "part_needed", "next_visit": next_visit}).encode(),
    )

    found = await fetched(lab, f"/v1/visits/{visit['id']}")
    assert (await fetched(lab, f"/v1/visits/{found['next_visit_id']}"))["status"] == "planned"
    await done(lab, {"id": visit["case_id"]}, "notes", body="Waits for the part")
