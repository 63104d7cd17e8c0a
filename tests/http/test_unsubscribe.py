"""One click to stop (RFC 8058): POST acts, GET only asks, twice changes nothing."""

import pytest

from aftersales_api.kit import ids
from messages_cast import ONE_CLICK, a_template, an_order, rules, say, stop_path


@pytest.fixture
async def ada(lab):
    await rules(lab)
    await a_template(lab)
    await a_template(lab, "tips", "engagement")
    return await an_order(lab)


async def consents(lab, order):
    answer = await lab.client.get(f"/v1/customers/{ids.show('cus', order.customer_id)}/consents")
    return [(each["purpose"], each["state"]) for each in answer.json()["items"]]


async def test_one_click_stops_the_purpose_of_the_mail(lab, ada):
    path = await stop_path(lab, ada)

    answer = await lab.client.post(path, data=ONE_CLICK, headers={"Authorization": ""})

    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert await consents(lab, ada) == [("feedback", "withdrawn")]
    assert (await say(lab, ada.customer_id))["reason"] == "unsubscribed"
    assert (await say(lab, ada.customer_id, "tips"))["decision"]["verdict"] == "send"


async def test_one_click_as_multipart_works_too(lab, ada):
    path = await stop_path(lab, ada)

    answer = await lab.client.post(path, files={"List-Unsubscribe": (None, "One-Click")})

    assert answer.status_code == 200
    assert await consents(lab, ada) == [("feedback", "withdrawn")]


async def test_looking_at_the_link_changes_nothing(lab, ada):
    path = await stop_path(lab, ada)

    for _ in range(3):
        answer = await lab.client.get(path)
        assert answer.status_code == 200
        assert 'name="List-Unsubscribe" value="One-Click"' in answer.text

    assert await consents(lab, ada) == []


async def test_twice_changes_nothing_more(lab, ada):
    path = await stop_path(lab, ada)

    answers = [await lab.client.post(path, data=ONE_CLICK) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert await consents(lab, ada) == [("feedback", "withdrawn")]


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "Yes"}, {**ONE_CLICK, "more": "1"}])
async def test_any_other_body_stops_nothing(lab, ada, body):
    path = await stop_path(lab, ada)

    answer = await lab.client.post(path, data=body)

    assert answer.status_code == 422
    assert await consents(lab, ada) == []


async def test_a_changed_token_leads_nowhere(lab, ada):
    path = await stop_path(lab, ada)
    token = path.removeprefix("/u/")
    for place in (0, len(token) // 2, len(token) - 2):
        other = "A" if token[place] != "A" else "B"
        answer = await lab.client.post(f"/u/{token[:place]}{other}{token[place + 1 :]}", data=ONE_CLICK)
        assert answer.status_code == 404

    assert (await lab.client.get("/u/x")).status_code == 404
    assert await consents(lab, ada) == []


async def test_the_link_works_after_the_customer_is_gone_and_outlives_him(lab, ada):
    from sqlalchemy import update

    from aftersales_api.customers.models import CustomerRow

    path = await stop_path(lab, ada)
    async with lab.tx() as tx:
        await tx.execute(
            update(CustomerRow).where(CustomerRow.id == ada.customer_id).values(email=None, email_key=None)
        )
    await lab.client.post(path, data=ONE_CLICK)
    again = await an_order(lab, "1002")

    assert (await say(lab, again.customer_id))["reason"] == "unsubscribed"


async def test_a_new_grant_opens_the_purpose_again(lab, ada):
    path = await stop_path(lab, ada)
    await lab.client.post(path, data=ONE_CLICK)

    await lab.client.post(
        f"/v1/customers/{ids.show('cus', ada.customer_id)}/consents", json={"purpose": "feedback", "state": "granted"}
    )

    assert (await say(lab, ada.customer_id))["decision"]["verdict"] == "send"


@pytest.mark.parametrize(
    ("language", "words"), [("es-ES,es;q=0.9", "No recibir más mensajes"), ("en", "Stop these messages")]
)
async def test_the_page_speaks_the_readers_language(lab, ada, language, words):
    path = await stop_path(lab, ada)

    answer = await lab.client.get(path, headers={"Accept-Language": language})

    assert words in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in answer.text
