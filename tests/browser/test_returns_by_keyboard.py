"""A shopper without a pointer and without scripts sends something back and withdraws, in Spanish and in English, at 320 pixels."""

import pytest

from aftersales_api.kit.ids import show
from returns_story import a_line, delivered, line_id

ES = {
    "locale": "es-ES",
    "lang": "es",
    "find": "Buscar mi pedido",
    "nothing": "No encontramos ningún pedido con estos datos.",
    "item": "q-",
    "reason": "He cambiado",
    "preview": "Ver lo que se devuelve",
    "empty": "Elige al menos un artículo.",
    "confirm": "Confirmar la devolución",
    "total": "40,00",
    "status": "Estado: solicitada",
    "withdraw": "Desistir del contrato aquí",
    "next": "Continuar",
    "bad_email": "Escribe una dirección de correo válida.",
    "check": "Todavía no has desistido.",
    "declare": "Confirmar el desistimiento",
    "done": "Hemos recibido tu desistimiento.",
    "receipt": "Acuse de recibo del desistimiento",
}
EN = {
    "locale": "en-GB",
    "lang": "en",
    "find": "Find my order",
    "nothing": "We find no order with these details.",
    "item": "q-",
    "reason": "Changed",
    "preview": "See what it pays",
    "empty": "Pick at least one item.",
    "confirm": "Confirm the return",
    "total": "40.00",
    "status": "Status: requested",
    "withdraw": "Withdraw from contract here",
    "next": "Continue",
    "bad_email": "Write a valid e-mail address.",
    "check": "You have not withdrawn yet.",
    "declare": "Confirm withdrawal",
    "done": "We received your withdrawal.",
    "receipt": "Acknowledgement of withdrawal",
}
both = pytest.mark.parametrize("words", [ES, EN], ids=["es", "en"])


async def found_order(lab, shopper, order, words):
    """From the door of the shop to the order's page; a wrong address first."""
    await shopper.look()
    assert await shopper.page.get_attribute("html", "lang") == words["lang"]
    await shopper.fill("number", order["number"])
    await shopper.fill("email", "eve@example.com")
    await shopper.press(words["find"])
    assert words["nothing"] in await shopper.text()
    await shopper.tab_to(words["nothing"])
    await shopper.page.keyboard.press("Enter")
    assert (await shopper.focused())["id"] == "number"
    await shopper.fill("email", "ada@example.com")
    await shopper.press(words["find"])
    assert "Item L1" in await shopper.text()


@both
async def test_a_return_is_asked_for(lab, keyboard, words):
    order = await delivered(lab, [a_line("40.00", 2)], "80.00")
    picked = f"q-{line_id(order)}"
    async with keyboard(words["locale"], f"/returns/{show('shp', lab.shop_id)}") as shopper:
        await found_order(lab, shopper, order, words)
        assert await shopper.stops() == await shopper.in_order()

        await shopper.press(words["preview"])
        assert words["empty"] in await shopper.text()
        await shopper.tab_to(words["empty"])
        await shopper.page.keyboard.press("Enter")
        assert (await shopper.focused())["id"] == picked
        await shopper.page.keyboard.type("1")
        await shopper.choose(f"r-{line_id(order)}", words["reason"])
        await shopper.press(words["preview"])
        assert words["total"] in await shopper.text()
        assert (await lab.client.get("/v1/returns")).json()["items"] == []
        await shopper.press(words["confirm"])

        assert words["status"] in await shopper.text()
    (row,) = (await lab.client.get("/v1/returns")).json()["items"]
    assert (row["channel"], row["items"][0]["quantity"], row["items"][0]["reason_code"]) == (
        "portal",
        1,
        "changed_mind",
    )


@both
async def test_a_contract_is_withdrawn_from_in_two_steps_and_acknowledged_at_once(lab, keyboard, words):
    order = await delivered(lab, [a_line("40.00", 1), a_line("15.00", 2, "L2")], "70.00")
    async with keyboard(words["locale"], f"/returns/{show('shp', lab.shop_id)}") as shopper:
        await found_order(lab, shopper, order, words)
        await shopper.press(words["withdraw"])
        assert await shopper.stops() == await shopper.in_order()
        await shopper.fill("name", "Ada Byron")
        await shopper.fill("email", "not an address")
        await shopper.press(words["next"])
        assert words["bad_email"] in await shopper.text()
        await shopper.tab_to(words["bad_email"])
        await shopper.page.keyboard.press("Enter")
        assert (await shopper.focused())["id"] == "email"
        assert await shopper.page.input_value("#name") == "Ada Byron", "what was right need not be written again"
        await shopper.page.keyboard.press("Control+A")
        await shopper.page.keyboard.type("ada@example.com")
        await shopper.choose(f"q-{line_id(order, 'L2')}", "1")
        await shopper.press(words["next"])

        step = await shopper.text()
        assert words["check"] in step
        assert "1 × Item L2" in step
        assert (await lab.client.get("/v1/returns")).json()["items"] == [], "nothing is declared before it is confirmed"
        await shopper.press(words["declare"])
        done = await shopper.text()
        assert words["done"] in done
        assert words["receipt"] in done
    (row,) = (await lab.client.get("/v1/withdrawals")).json()["items"]
    assert (row["status"], sorted(each["quantity"] for each in row["lines"])) == ("declared", [1, 1])
    await lab.settle()
    assert [mail for mail in await lab.mails() if row["ack_content"].splitlines()[0] in str(mail)]


async def test_the_label_is_reached_and_leads_to_its_file(lab, keyboard):
    order = await delivered(lab, [a_line("40.00", 1)], "40.00")
    body = {"order_id": order["id"], "items": [{"order_line_id": line_id(order), "quantity": 1}]}
    made = (await lab.client.post("/v1/returns", json=body)).json()
    await lab.client.post(f"/v1/returns/{made['id']}/approve")
    label = {"carrier": "Correos", "tracking_number": "PQ1", "label_url": "http://127.0.0.1:9/label.pdf"}
    assert (await lab.client.post(f"/v1/returns/{made['id']}/labels", json=label)).status_code == 201
    link = (await lab.client.post(f"/v1/orders/{order['id']}/returns-link", json={})).json()["url"]
    async with keyboard("es", "/returns/" + link.partition("/returns/")[2]) as shopper:
        assert "Seguimiento: PQ1" in await shopper.text()
        await shopper.tab_to("Etiqueta de envío: Correos PQ1")
        asked = []
        shopper.page.on("request", lambda request: asked.append(request.url))
        await shopper.page.keyboard.press("Enter")
        await shopper.page.wait_for_timeout(500)
        assert asked[-1] == label["label_url"]
