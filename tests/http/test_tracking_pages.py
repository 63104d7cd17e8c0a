"""The page where shoppers look up their order."""

import re
from typing import Any

import html5lib

from aftersales_api.kit.ids import show
from orders_cast import an_order, post

SCANS = [{"status": "out_for_delivery", "occurred_at": "2026-06-03T10:00:00Z", "city": "Soria"}]


def page(lab: Any) -> str:
    return f"/track/{show('shp', lab.shop_id)}"


async def look(lab: Any, number: str = "1001", email: str = "ada@example.com", **headers: str) -> Any:
    return await lab.client.post(
        page(lab), data={"number": number, "email": email}, headers={"Authorization": "", **headers}
    )


async def a_sent_order(lab: Any) -> None:
    parcel = {"external_id": "P", "carrier": "Correos", "tracking_numbers": ["ES1"], "events": SCANS}
    await post(lab, an_order(shipments=[parcel], created_at="2026-06-01T10:00:00Z"))


async def test_the_form_asks_for_number_and_address_without_a_key(lab: Any) -> None:
    answer = await lab.client.get(page(lab), headers={"Authorization": "", "Accept-Language": "es"})

    assert answer.status_code == 200
    assert "¿Dónde está mi pedido?" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_shopper_sees_the_way_of_the_order_in_their_language(lab: Any) -> None:
    await a_sent_order(lab)
    spanish = await look(lab, **{"Accept-Language": "es"})
    english = await look(lab, **{"Accept-Language": "en"})

    assert spanish.status_code == 200
    assert all(word in spanish.text for word in ("#1001", "En reparto", "Correos ES1", "Soria", "3/6/26, 12:00"))
    assert "Out for delivery" in english.text
    assert "25.00" not in english.text
    assert "<h2>Artículos</h2>" in spanish.text
    assert "<h2>Items</h2>" in english.text


async def test_wrong_and_unknown_look_the_same(lab: Any) -> None:
    await a_sent_order(lab)
    wrong, unknown = await look(lab, email="eve@example.com"), await look(lab, number="9999")

    assert wrong.status_code == unknown.status_code == 404
    assert re.sub('value="[^"]*"', "", wrong.text) == re.sub('value="[^"]*"', "", unknown.text)


async def test_too_many_tries_are_told_to_wait(lab: Any) -> None:
    await a_sent_order(lab)
    for number in range(10):
        await look(lab, email=f"e{number}@example.com")
    answer = await look(lab)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


async def test_there_is_no_page_for_an_unknown_shop(lab: Any) -> None:
    answer = await lab.client.get("/track/shp_01jz4m6y8v7x3q2w1r5t9k0abc")

    assert answer.status_code == 404


async def test_what_others_sent_cannot_become_a_script(lab: Any) -> None:
    line = {**an_order()["lines"][0], "title": "<script>alert(1)</script>"}
    await post(lab, an_order(lines=[line]))
    answer = await look(lab)

    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_every_state_of_the_page_is_sound_html_with_labels(lab: Any) -> None:
    await a_sent_order(lab)
    for answer in (await lab.client.get(page(lab)), await look(lab), await look(lab, number="7")):
        tree = html5lib.HTMLParser(strict=True).parse(answer.text)
        fields = {each.get("id") for each in tree.iter() if str(each.tag).endswith("}input")}
        labels = {each.get("for") for each in tree.iter() if str(each.tag).endswith("}label")}
        assert fields <= labels
        assert "style=" not in answer.text
