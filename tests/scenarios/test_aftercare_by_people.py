"""Guarantee, workshop and appointments as people live them: each step says who took it and why, and tells what may come next."""

import pytest
from sqlalchemy import select

from aftersales_api.warranties.models import WarrantyTransitionRow
from returns_story import a_line, delivered, eur
from warranty_story import claimed, sold, units

EVA, TALLER, ANA = (
    {"type": "agent", "id": "eva"},
    {"type": "warehouse", "id": "taller-lavapies"},
    {"type": "customer", "id": "501"},
)
VISIT = {
    "kind": "installation",
    "starts_at": "2026-10-26T09:00:00Z",
    "ends_at": "2026-10-26T10:00:00Z",
    "location": "Calle Mayor 7, Madrid",
}


async def step(lab, path, row_id, verb, status=200, **body):
    answer = await lab.client.post(f"/v1/{path}/{row_id}/{verb}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def a_claim(make_lab):
    lab, order = await sold(make_lab, serials=["TET-0042"])
    made = await claimed(lab, serial="TET-0042", description="La tetera pierde agua por la base.")
    assert made.status_code == 201, made.text
    return lab, order, made.json()


async def test_what_is_missing_for_a_warranty_claim_is_asked_for_and_given(make_lab):
    lab, _, claim = await a_claim(make_lab)
    asked = await step(lab, "warranty-claims", claim["id"], "ask-info", actor=EVA, reason="Falta una foto de la base")
    assert (asked["status"], asked["public_status"]) == ("needs_info", "under_review")
    assert asked["next"] == ["cancel", "provide-info"]
    photo = "https://luna.example/fotos/base.jpg"
    given = await step(
        lab, "warranty-claims", claim["id"], "provide-info", actor=ANA, reason="Foto hecha hoy",
        description="La grieta se ve junto al asa.", evidence=[photo],
    )  # fmt: skip
    assert given["status"] == "eligibility_checked"
    assert given["description"] == "La grieta se ve junto al asa."
    assert given["evidence"] == [photo]


async def test_a_rejected_warranty_claim_says_why_and_leaves_the_guarantee(make_lab):
    lab, order, claim = await a_claim(make_lab)
    done = await step(lab, "warranty-claims", claim["id"], "reject", actor=EVA, reason="Golpe visible en el asa")
    assert (done["status"], done["public_status"], done["next"]) == ("rejected", "rejected", [])
    assert (await units(lab, order))[0]["status"] == "active"
    again = await step(lab, "warranty-claims", claim["id"], "approve", 409, actor=EVA)
    assert again["code"] == "invalid_transition"


async def test_a_customer_withdraws_a_warranty_claim_and_may_claim_anew(make_lab):
    lab, _, claim = await a_claim(make_lab)
    done = await step(lab, "warranty-claims", claim["id"], "cancel", actor=ANA, reason="Ya funciona")
    assert (done["status"], done["next"]) == ("cancelled", [])
    assert (await claimed(lab, serial="TET-0042")).status_code == 201


async def test_a_unit_gets_its_serial_another_owner_and_an_early_end(make_lab):
    lab, order = await sold(make_lab)
    (unit,) = await units(lab, order)
    path = f"/v1/warranty-registrations/{unit['id']}"
    noted = await lab.client.patch(path, json={"serial": "TET-0042"})
    assert (noted.status_code, noted.json()["serial"]) == (200, "TET-0042")

    friend = await lab.client.post("/v1/customers", json={"external_id": "502", "email": "leo@example.com"})
    assert friend.status_code == 201, friend.text
    wish = {"customer_id": friend.json()["id"], "actor": ANA}
    given = (await lab.client.post(f"{path}/transfer", json=wish)).json()
    assert (given["customer_id"], given["ends_on"], given["status"]) == (wish["customer_id"], unit["ends_on"], "active")

    wish = {"actor": {"type": "manager", "id": "carmen"}, "reason": "Número de serie falsificado"}
    over = (await lab.client.post(f"{path}/void", json=wish)).json()
    assert (over["status"], over["serial"]) == ("void", "TET-0042")
    assert ("void", "manager:carmen", "Número de serie falsificado") in await moves(lab)
    claim = await claimed(lab, serial="TET-0042")
    assert claim.status_code == 201, claim.text
    assert claim.json()["covered"] is False


async def moves(lab):
    """What the log keeps for good of each move."""
    async with lab.tx() as tx:
        return [(each.verb, each.actor_id, each.reason) for each in await tx.scalars(select(WarrantyTransitionRow))]


async def a_quoted_repair(lab):
    said = {"item": "Bicicleta de paseo", "defect": "La cadena salta", "serial": "BIC-77"}
    made = (await lab.client.post("/v1/repairs", json=said)).json()
    await step(lab, "repairs", made["id"], "diagnose", actor=TALLER, diagnosis="Cadena gastada")
    await step(lab, "repairs", made["id"], "parts", 201, title="Cadena", quantity=1, unit_price=eur("20.00"))
    return await step(lab, "repairs", made["id"], "quote", actor=EVA)


async def test_a_repair_says_who_did_what_until_it_goes_home(lab):
    repair = await a_quoted_repair(lab)
    await step(lab, "repairs", repair["id"], "accept-quote", actor=ANA)
    for verb, status, why in (
        ("start-repair", "in_repair", "Recambio en el taller"),
        ("finish", "repaired", "Cadena cambiada y engrasada"),
        ("check-quality", "quality_check", "Probada diez minutos"),
    ):
        moved = await step(lab, "repairs", repair["id"], verb, actor=TALLER, reason=why)
        assert moved["status"] == status
    sent = await step(
        lab, "repairs", repair["id"], "ship-back", actor={"type": "webhook", "id": "correos"},
        reason="Recogida en tienda de Correos", tracking_number="PQ4C7A0712345670128002X",
    )  # fmt: skip
    assert (sent["status"], sent["tracking_number"]) == ("shipped_back", "PQ4C7A0712345670128002X")
    assert ("start_repair", "warehouse:taller-lavapies", "Recambio en el taller") in await moves(lab)
    assert ("ship_back", "webhook:correos", "Recogida en tienda de Correos") in await moves(lab)


async def test_a_declined_quote_sends_the_thing_home_unrepaired(lab):
    repair = await a_quoted_repair(lab)
    declined = await step(lab, "repairs", repair["id"], "decline-quote", actor=ANA, reason="Compro una nueva")
    assert (declined["status"], declined["next"]) == ("quote_declined", ["ship-back"])


async def told_of(lab, event_type):
    found = (await lab.client.get("/v1/events", params={"type": event_type})).json()["items"]
    return [each["data"]["status"] for each in found]


async def test_what_nobody_fetches_for_ninety_days_is_noticed_once(lab):
    repair = await a_quoted_repair(lab)
    await step(lab, "repairs", repair["id"], "accept-quote", actor=ANA)
    for verb in ("start-repair", "finish", "check-quality"):
        await step(lab, "repairs", repair["id"], verb, actor=TALLER)
    await lab.advance("P89DT23H")
    assert await told_of(lab, "repair.unclaimed") == []
    await lab.advance("PT2H")
    assert await told_of(lab, "repair.unclaimed") == ["unclaimed"]
    assert (await lab.client.get(f"/v1/repairs/{repair['id']}")).json()["next"] == []


async def test_a_repair_past_its_promised_day_is_told_of(make_lab):
    lab = await make_lab(clock_at="2026-10-20T08:00:00Z")
    said = {"item": "Bicicleta de paseo", "defect": "La cadena salta", "promised_at": "2026-10-27T18:00:00Z"}
    assert (await lab.client.post("/v1/repairs", json=said)).status_code == 201
    await lab.advance_to("2026-10-27T17:59:59Z")
    assert await told_of(lab, "repair.delayed") == []
    await lab.advance_to("2026-10-27T18:00:01Z")
    assert await told_of(lab, "repair.delayed") == ["received"]


async def an_appointment(make_lab):
    lab = await make_lab(clock_at="2026-10-20T08:00:00Z")
    order = await delivered(lab, [a_line("40.00")], "40.00")
    wish = {**VISIT, "customer_id": order["customer"]["id"], "order_id": order["id"]}
    made = await lab.client.post("/v1/appointments", json=wish)
    assert made.status_code == 201, made.text
    return lab, made.json()


async def test_a_moved_appointment_waits_to_be_confirmed_again(make_lab):
    lab, made = await an_appointment(make_lab)
    sure = await step(lab, "appointments", made["id"], "confirm", actor=ANA, reason="Estaré en casa")
    assert (sure["status"], sure["next"]) == ("confirmed", ["cancel", "complete", "no-show", "reschedule"])
    later = {"starts_at": "2026-10-28T16:00:00Z", "ends_at": "2026-10-28T17:00:00Z"}
    moved = await step(lab, "appointments", made["id"], "reschedule", actor=EVA, **later)
    assert (moved["status"], moved["starts_at"], moved["ends_at"]) == ("scheduled", *later.values())


@pytest.mark.parametrize(
    ("verb", "status", "actor", "why"),
    [
        ("complete", "done", TALLER, "Lámpara montada"),
        ("no-show", "no_show", TALLER, "Nadie abrió en 20 minutos"),
        ("cancel", "cancelled", ANA, "Estoy de viaje"),
    ],
)
async def test_an_appointment_ends_once(make_lab, verb, status, actor, why):
    lab, made = await an_appointment(make_lab)
    ended = await step(lab, "appointments", made["id"], verb, actor=actor, reason=why)
    assert (ended["status"], ended["next"]) == (status, [])
    assert (await step(lab, "appointments", made["id"], "confirm", 409, actor=ANA))["code"] == "invalid_transition"
    told = (await lab.client.get("/v1/events", params={"type": f"appointment.{status}"})).json()["items"]
    assert [each["data"]["status"] for each in told] == [status]
