"""Where the difference of an exchange is paid: the link in the answer, the event and the mail, and the page behind it."""

import httpx
import pytest
import pytest_asyncio

from page_check import assert_accessible, assert_guarded
from returns_story import a_line, approved, delivered, eur, events, key


@pytest_asyncio.fixture
async def shopper(app):
    """Somebody without a key."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def a_dearer_swap(lab, **said):
    order = await delivered(lab, [a_line("36.00")], "36.00", country="US")
    back = await approved(lab, order, legal_basis="goodwill")
    body = {"return_id": back["id"], "items": [{"sku": "OTHER", "title": "<b>Lamp</b>", "unit_price": eur("50.00")}]}
    made = (await lab.client.post("/v1/exchanges", json=body, headers=key())).json()
    return (await lab.client.post(f"/v1/exchanges/{made['id']}/approve", json=said)).json()


def path_of(exchange):
    return "/pay/" + exchange["payment_url"].partition("/pay/")[2]


@pytest.mark.parametrize(("lang", "amount"), [("es", "14,00\xa0€"), ("en", "€14.00")])
async def test_the_page_says_what_is_due_and_that_it_takes_no_money(lab, shopper, lang, amount):
    exchange = await a_dearer_swap(lab)
    page = await shopper.get(path_of(exchange), headers={"accept-language": lang})
    assert page.status_code == 200
    assert_accessible(page, lang)
    assert_guarded(page)
    assert amount in page.text
    assert "&lt;b&gt;Lamp" in page.text
    assert {"es": "no se puede pagar", "en": "takes no payment"}[lang] in page.text


async def test_the_page_follows_the_exchange(lab, shopper):
    exchange = await a_dearer_swap(lab)
    paid = {"payment_reference": "p1", "actor": {"type": "webhook"}}
    await lab.client.post(f"/v1/exchanges/{exchange['id']}/make-ready", json=paid, headers=key())
    page = await shopper.get(path_of(exchange), headers={"accept-language": "en"})
    assert (page.status_code, "The difference is paid" in page.text) == (200, True)
    await lab.client.post(f"/v1/exchanges/{exchange['id']}/cancel", json={"actor": {"type": "agent"}})
    ended = await shopper.get(path_of(exchange), headers={"accept-language": "en"})
    assert (ended.status_code, "nothing to pay" in ended.text) == (410, True)
    assert_accessible(ended, "en")


async def test_only_the_whole_link_opens_it(lab, shopper):
    path = path_of(await a_dearer_swap(lab))
    other = await lab.other()
    from aftersales_api.kit.ids import show

    mine, theirs = show("shp", lab.shop_id), show("shp", other.shop_id)
    for wrong in (
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.replace(mine, theirs),
        path.replace(mine, mine[:-1] + "z"),
    ):
        assert (await shopper.get(wrong)).status_code == 404


async def test_the_event_and_the_mail_carry_the_link(lab):
    exchange = await a_dearer_swap(lab)
    (told,) = await events(lab, "exchange.payment_due")
    assert told.data["detail"] == {"payment_url": exchange["payment_url"]}
    await lab.settle()
    (mail,) = (await lab.client.get("/v1/messages", params={"template": "exchange_update"})).json()["items"]
    assert exchange["payment_url"] in (await lab.client.get(f"/v1/messages/{mail['id']}")).json()["text"]


async def test_a_shop_with_a_page_of_its_own_sends_customers_there(lab):
    read = await lab.client.get("/v1/return-settings")
    chosen = {"exchange_payment_url": "https://luna.example/pay?lang=es"}
    answer = await lab.client.put("/v1/return-settings", json=chosen, headers={"If-Match": read.headers["etag"]})
    assert answer.json()["exchange_payment_url"] == chosen["exchange_payment_url"]
    url = (await a_dearer_swap(lab))["payment_url"]
    assert url.startswith("https://luna.example/pay?lang=es&exchange_id=exc_")
    assert url.endswith("&amount=14.00&currency=EUR")


async def test_whoever_approves_may_name_the_link(lab):
    assert (await a_dearer_swap(lab, payment_url="https://pay.example/7"))["payment_url"] == "https://pay.example/7"
