"""Mail clients and advertisers write their own marks into links: our pages open all the same, the API stays strict."""

from typing import Any

import pytest

from aftersales_api.kit.ids import show
from messages_cast import ONE_CLICK, a_template, rules, stop_path
from messages_cast import an_order as a_mailed_order
from returns_story import a_line, delivered, link
from survey_cast import invited

MARKS = "utm_source=mail&utm_source=again&fbclid=IwAR0_x-y&gclid=&_hsenc=p2ANqtz%C3%A9"


async def of_survey(lab: Any) -> str:
    return f"/s/{(await invited(lab))['token']}"


async def of_rating(lab: Any) -> str:
    return f"/r/{(await invited(lab))['token']}?q=score&v=9"


async def of_tracking(lab: Any) -> str:
    return f"/track/{show('shp', lab.shop_id)}"


async def of_returns(lab: Any) -> str:
    return f"/returns/{show('shp', lab.shop_id)}"


async def of_one_order(lab: Any) -> str:
    return f"/returns/{await link(lab, await delivered(lab, [a_line('40.00', 2)], '80.00'))}"


async def of_stopping(lab: Any) -> str:
    await rules(lab)
    await a_template(lab)
    return await stop_path(lab, await a_mailed_order(lab))


async def of_mailbox(_: Any) -> str:
    return "/mailbox"


@pytest.mark.parametrize(
    "made",
    [of_survey, of_rating, of_tracking, of_returns, of_one_order, of_stopping, of_mailbox],
    ids=lambda of: of.__name__,
)
async def test_a_marked_link_opens_the_same_page(lab: Any, made: Any) -> None:
    path = await made(lab)
    plain = await lab.client.get(path, headers={"Authorization": ""})
    marked = await lab.client.get(f"{path}{'&' if '?' in path else '?'}{MARKS}", headers={"Authorization": ""})

    assert (marked.status_code, plain.status_code) == (200, 200)
    assert "utm_source" not in marked.text


async def test_one_click_stops_by_a_marked_link_too(lab: Any) -> None:
    path = await of_stopping(lab)

    answer = await lab.client.post(f"{path}?{MARKS}", data=ONE_CLICK, headers={"Authorization": ""})

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/flows", "/v1/metrics/nps"])
async def test_the_api_refuses_what_it_does_not_know(lab: Any, path: str) -> None:
    answer = await lab.client.get(f"{path}?utm_source=mail")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_parameter")
