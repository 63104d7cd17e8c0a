"""Whatever has a table of states shows its moves in one way: who, when, from where to where, by which verb and why."""

from cases_cast import posted
from orders_cast import an_order, post
from returns_story import a_line, approved, delivered, eur, give, key, line_id
from warranty_story import claimed, sold, units

EVA = {"type": "agent", "id": "eva"}
MEMBERS = {"entity", "from_status", "to_status", "verb", "actor_type", "actor_id", "reason", "at"}


async def moved(lab, path, verb, status=200, **body):
    answer = await lab.client.post(f"{path}/{verb}", json=body, headers=key())
    assert answer.status_code == status, answer.text
    return answer.json()


async def moves(lab, path):
    """The moves of a thing, oldest first, walked one by one; the whole says the same, and another shop sees none of it."""
    whole = (await lab.client.get(f"{path}/transitions")).json()
    found, place = [], {}
    while True:
        page = (await lab.client.get(f"{path}/transitions", params={"limit": 1, **place})).json()
        found += page["items"]
        if not page["has_more"]:
            break
        place = {"cursor": page["next_cursor"]}
    assert (found, whole["has_more"]) == (whole["items"], False)
    assert all(set(each) == MEMBERS for each in found)
    mallory = await lab.other()
    assert (await mallory.client.get(f"{path}/transitions")).status_code == 404
    return found[::-1]


def told(found):
    return [(each["from_status"], each["verb"], each["to_status"], each["reason"]) for each in found]


async def test_the_moves_of_an_exchange(lab):
    order = await delivered(lab, [a_line("29.90", 2)], "59.80")
    back = await approved(lab, order)
    wish = {"return_id": back["id"], "items": [{"sku": "TET-VERDE", "quantity": 1, "same_product": True}]}
    made = await lab.client.post("/v1/exchanges", json={**wish, "actor": EVA}, headers=key())
    path = f"/v1/exchanges/{made.json()['id']}"
    await moved(lab, path, "approve", actor=EVA, reason="Hay verdes")
    found = await moves(lab, path)
    assert told(found)[:2] == [
        (None, "request", "requested", None),
        ("requested", "approve", "approved", "Hay verdes"),
    ]
    assert found[-1]["to_status"] == "awaiting_return"
    assert {each["entity"] for each in found} == {"exchange"}
    assert [each["actor_id"] for each in found[:2]] == ["agent:eva"] * 2
    assert told(await moves(lab, f"/v1/returns/{back['id']}"))[-1][2] == "approved"


async def test_the_moves_of_a_claim_a_refund_and_a_withdrawal(lab):
    order = await delivered(lab, [a_line("29.90", 2)], "59.80")
    said = {"order_id": order["id"], "kind": "damaged", "order_line_id": line_id(order), "quantity": 1}
    path = f"/v1/claims/{(await posted(lab, '/v1/claims', **said))['id']}"
    await moved(lab, path, "review", actor=EVA, reason="Fotos suficientes")
    await moved(lab, path, "reject", actor=EVA, reason="Golpe posterior")
    assert told(await moves(lab, path)) == [
        (None, "submit", "submitted", None),
        ("submitted", "review", "under_review", "Fotos suficientes"),
        ("under_review", "reject", "rejected", "Golpe posterior"),
    ]
    refund = (await give(lab, order, amount=eur("1.00"))).json()
    await moved(lab, f"/v1/refunds/{refund['id']}", "cancel", actor=EVA, reason="En mano")
    assert told(await moves(lab, f"/v1/refunds/{refund['id']}"))[-1] == ("pending", "cancel", "cancelled", "En mano")
    said = {"order_id": order["id"], "name": "Ana", "email": "ada@example.com"}
    path = f"/v1/withdrawals/{(await posted(lab, '/v1/withdrawals', **said))['id']}"
    await moved(lab, path, "confirm", reason="No encaja")
    assert told(await moves(lab, path)) == [("draft", "declare", "declared", "No encaja")]


async def test_the_moves_of_a_guarantee_and_a_claim_under_it(make_lab):
    lab, order = await sold(make_lab, serials=["TET-0042"])
    claim = (await claimed(lab, serial="TET-0042")).json()
    path = f"/v1/warranty-claims/{claim['id']}"
    await moved(lab, path, "reject", actor=EVA, reason="Golpe visible")
    found = await moves(lab, path)
    assert (told(found)[0][:2], told(found)[-1][1:]) == ((None, "submit"), ("reject", "rejected", "Golpe visible"))
    assert {each["entity"] for each in found} == {"warranty_claim"}
    (unit,) = await units(lab, order)
    path = f"/v1/warranty-registrations/{unit['id']}"
    await moved(lab, path, "void", actor={"type": "manager", "id": "carmen"}, reason="Serie falsificada")
    assert told(await moves(lab, path))[-1] == ("active", "void", "void", "Serie falsificada")


async def test_the_moves_of_a_repair_and_an_appointment(lab):
    made = await posted(lab, "/v1/repairs", item="Bicicleta", defect="La cadena salta", serial="BIC-77")
    path = f"/v1/repairs/{made['id']}"
    await moved(lab, path, "diagnose", diagnosis="Cadena gastada", reason="A la vista")
    assert told(await moves(lab, path)) == [
        (None, "receive", "received", None),
        ("received", "diagnose", "diagnosing", "A la vista"),
    ]
    window = {"starts_at": "2030-10-26T09:00:00Z", "ends_at": "2030-10-26T10:00:00Z"}
    made = await posted(lab, "/v1/appointments", kind="installation", **window)
    path = f"/v1/appointments/{made['id']}"
    await moved(lab, path, "cancel", actor=EVA, reason="De viaje")
    assert told(await moves(lab, path))[1:] == [("scheduled", "cancel", "cancelled", "De viaje")]


async def test_the_moves_of_a_case_are_read_from_its_log(lab):
    case = await posted(lab, "/v1/cases", subject="It does not start")
    path = f"/v1/cases/{case['id']}"
    await moved(lab, path, "open")
    await moved(lab, path, "hold", reason="waiting for a part")
    found = await moves(lab, path)
    assert told(found) == [
        (None, "create", "new", None),
        ("new", "open", "open", None),
        ("open", "hold", "on_hold", "waiting for a part"),
    ]
    assert {each["entity"] for each in found} == {"case"}
    assert found[-1]["actor_type"] == "agent"


async def test_the_moves_of_a_wish_to_change_an_order(lab):
    order = await post(lab, an_order())
    wish = {"kind": "cancel", "reason": "ordered by mistake"}
    made = await posted(lab, f"/v1/orders/{order['id']}/change-requests", **wish)
    path = f"/v1/change-requests/{made['id']}"
    await moved(lab, path, "accept", answer="we stop the parcel")
    await moved(lab, path, "fail")
    assert told(await moves(lab, path)) == [
        (None, "create", "pending", "ordered by mistake"),
        ("pending", "accept", "accepted", "we stop the parcel"),
        ("accepted", "fail", "failed", None),
    ]
