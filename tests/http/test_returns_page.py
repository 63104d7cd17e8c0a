"""The shopper's returns page: order number and e-mail or a link, both languages, no scripts, and the withdrawal function."""

import re

import httpx
import pytest
import pytest_asyncio

from aftersales_api.kit.ids import show
from page_check import assert_accessible, assert_guarded
from returns_story import a_line, delivered, line_id, link

SPANISH, ENGLISH = {"accept-language": "es-ES,es"}, {"accept-language": "en"}


@pytest_asyncio.fixture
async def shopper(app):
    """Somebody without a key."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=ENGLISH) as client:
        yield client


def csrf(page):
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


@pytest.mark.parametrize(("headers", "lang"), [(SPANISH, "es"), (ENGLISH, "en")])
async def test_number_and_address_lead_to_the_order_and_a_wrong_one_does_not(lab, shopper, headers, lang):
    order = await delivered(lab, [a_line("40.00", 2)], "80.00")
    door = f"/returns/{show('shp', lab.shop_id)}"
    form = await shopper.get(door, headers=headers)
    assert_accessible(form, lang)
    assert_guarded(form)
    wrong = await shopper.post(door, data={"number": order["number"], "email": "eve@example.com"}, headers=headers)
    assert wrong.status_code == 404
    assert_accessible(wrong, lang)
    found = await shopper.post(door, data={"number": order["number"], "email": "ada@example.com"}, headers=headers)
    assert found.status_code == 303
    page = await shopper.get(found.headers["location"], headers=headers)
    assert page.status_code == 200
    assert_accessible(page, lang)
    assert_guarded(page)
    assert "Item L1" in page.text


async def test_a_return_is_previewed_then_confirmed_and_then_listed(lab, shopper):
    order = await delivered(lab, [a_line("40.00", 2)], "80.00")
    at = f"/returns/{await link(lab, order)}"
    picked = {f"q-{line_id(order)}": "1", f"r-{line_id(order)}": "changed_mind"}
    preview = await shopper.get(f"{at}/preview", params=picked)
    assert_accessible(preview, "en")
    assert "€40.00" in preview.text
    assert (await lab.client.get("/v1/returns")).json()["items"] == []
    forged = await shopper.post(at, data={**picked, "csrf": "x"})
    assert forged.status_code == 403
    made = await shopper.post(at, data={**picked, "csrf": csrf(preview)})
    assert (made.status_code, made.headers["location"]) == (303, at)
    (row,) = (await lab.client.get("/v1/returns")).json()["items"]
    assert (row["channel"], row["status"]) == ("portal", "requested")
    page = await shopper.get(at)
    assert row["rma_number"] in page.text
    assert_accessible(page, "en")
    nothing = await shopper.get(f"{at}/preview")
    assert nothing.status_code == 422


@pytest.mark.parametrize(
    ("headers", "lang", "button"),
    [(SPANISH, "es", "Desistir del contrato aquí"), (ENGLISH, "en", "Withdraw from contract here")],
)
async def test_the_withdrawal_function_has_a_confirm_step_and_an_acknowledgement(lab, shopper, headers, lang, button):
    order = await delivered(lab, [a_line("40.00", 1)], "40.00")
    at = f"/returns/{await link(lab, order)}"
    shopper.headers.update(headers)
    assert button in (await shopper.get(at)).text
    form = await shopper.get(f"{at}/withdraw")
    assert_accessible(form, lang)
    said = {"name": "Ada", "email": "ada@example.com", f"q-{line_id(order)}": "1", "csrf": csrf(form)}
    drafted = await shopper.post(f"{at}/withdraw", data=said)
    step = await shopper.get(drafted.headers["location"])
    assert_accessible(step, lang)
    assert (await lab.client.get("/v1/returns")).json()["items"] == []
    confirmed = await shopper.post(drafted.headers["location"], data={"csrf": csrf(step)})
    assert confirmed.status_code == 303
    done = await shopper.get(confirmed.headers["location"])
    assert_accessible(done, lang)
    (row,) = (await lab.client.get("/v1/withdrawals")).json()["items"]
    assert row["status"] == "declared"
    assert row["ack_content"].splitlines()[0] in done.text
    again = await shopper.post(drafted.headers["location"], data={"csrf": csrf(step)})
    assert again.status_code == 303
    assert len((await lab.client.get("/v1/returns")).json()["items"]) == 1


async def test_an_old_link_is_gone_and_a_made_up_one_was_never_there(lab, shopper):
    order = await delivered(lab, [a_line("40.00", 1)], "40.00")
    at = f"/returns/{await link(lab, order, valid_for_days=1)}"
    await lab.advance("P2D")
    assert (await shopper.get(at)).status_code == 410
    assert (await shopper.get(f"/returns/at/{'x' * 27}")).status_code == 404
    assert (await shopper.get("/returns/shp_00000000000000000000000000")).status_code == 404


async def test_the_receiver_of_a_gift_sees_no_amounts_and_the_giver_hears_nothing(lab, shopper):
    order = await delivered(lab, [a_line("40.00", 1)], "40.00")
    at = f"/returns/{await link(lab, order, is_gift=True)}"
    picked = {f"q-{line_id(order)}": "1", f"r-{line_id(order)}": "unwanted_gift"}
    page, preview = await shopper.get(at), await shopper.get(f"{at}/preview", params=picked)
    assert "40" not in page.text.replace(order["number"], "").split("<h2>")[1].replace(line_id(order), "")
    assert "€" not in preview.text
    await shopper.post(at, data={**picked, "csrf": csrf(preview)})
    (row,) = (await lab.client.get("/v1/returns")).json()["items"]
    assert (row["is_gift_return"], row["customer_id"]) == (True, None)
    from returns_story import events

    (told,) = await events(lab, "return.requested")
    assert told.customer_id is None


async def test_more_than_there_is_cannot_be_previewed(lab, shopper):
    order = await delivered(lab, [a_line("40.00", 1)], "40.00")
    at = f"/returns/{await link(lab, order)}"
    page = await shopper.get(
        f"{at}/preview", params={f"q-{line_id(order)}": "2", f"r-{line_id(order)}": "changed_mind"}
    )
    assert (page.status_code, "already in" in page.text or "in a return or refunded already" in page.text) == (
        409,
        True,
    )
    assert_accessible(page, "en")


async def test_the_receiver_of_a_gift_cannot_withdraw_from_the_givers_contract(lab, shopper):
    order = await delivered(lab, [a_line("40.00", 1)], "40.00")
    at = f"/returns/{await link(lab, order, is_gift=True)}"
    assert (await shopper.get(f"{at}/withdraw")).status_code == 404
    said = {"name": "Eve", "email": "eve@example.com"}
    assert (await shopper.post(f"{at}/withdraw", data=said)).status_code == 404
    assert (await lab.client.get("/v1/withdrawals")).json()["items"] == []
