"""The shop's own addresses, people who are no customers yet, and returns that become work."""

import pytest

from cases_cast import a_case, a_team, an_agent, fetched, posted
from mail_cast import a_mail, delivered


async def an_account(lab, **wish):
    return await posted(lab, "/v1/channel-accounts", **{"channel": "email", "address": "Support@luna.example", **wish})


async def test_what_comes_to_an_address_is_its_teams_in_its_language(lab):
    team = await a_team(lab, await an_agent(lab), strategy="manual")
    account = await an_account(lab, team_id=team["id"], language="en")

    found = await delivered(lab, a_mail("It is dead"))

    assert account["address"] == "support@luna.example"
    assert (found["case"]["team_id"], found["case"]["language"]) == (team["id"], "en")
    assert found["message"]["channel_account"] == "support@luna.example"


async def test_an_account_that_is_switched_off_leads_nowhere_in_particular(lab):
    team = await a_team(lab, await an_agent(lab), strategy="manual")
    account = await an_account(lab, team_id=team["id"])
    answer = await lab.client.patch(f"/v1/channel-accounts/{account['id']}", json={"active": False})

    assert answer.json()["active"] is False
    assert (await delivered(lab, a_mail()))["case"]["team_id"] is None


async def test_a_page_of_a_social_channel_has_its_team_too(lab):
    team = await a_team(lab, await an_agent(lab), strategy="manual")
    await an_account(lab, channel="social", address="luna.page", team_id=team["id"])

    case = await a_case(lab, channel="social", message={"body": "Hola", "channel_account": "luna.page"})

    assert (case["channel_origin"], case["team_id"]) == ("social", team["id"])


async def test_mail_from_one_of_our_addresses_is_a_loop(lab):
    await an_account(lab, address="tienda@luna.example")

    found = await delivered(lab, a_mail(From="Luna <tienda@luna.example>"))

    assert (found["status"], found["machine"]) == ("ignored", "loop")


async def test_an_address_is_ours_once_on_a_channel(lab):
    await an_account(lab)

    answer = await lab.client.post("/v1/channel-accounts", json={"channel": "email", "address": "support@luna.example"})

    assert (answer.status_code, answer.json()["code"]) == (409, "address_taken")


async def test_an_account_of_an_unknown_team_is_refused(lab):
    answer = await lab.client.post(
        "/v1/channel-accounts",
        json={"channel": "email", "address": "a@b.example", "team_id": "tea_01m80gw77nejrsejzadw2366vg"},
    )

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/team_id")


async def test_channels_say_how_they_count(lab):
    found = {each["channel"]: each for each in (await fetched(lab, "/v1/channels"))["items"]}

    assert found["chat"] == {"channel": "chat", "live": True, "session_gap_minutes": 30, "weight": 2}
    assert (found["email"]["live"], found["email"]["weight"], len(found)) == (False, 1, 11)


async def test_somebody_who_writes_in_a_form_becomes_a_customer_once(lab):
    who = {"email": "ada@example.com", "name": "Ada Pérez"}
    first = await a_case(lab, channel="web_form", requester=who, message={"body": "Hola"})
    second = await a_case(lab, channel="web_form", requester={"email": "ADA@example.com"}, message={"body": "¿Y?"})

    assert first["context"]["customer"]["name"] == "Ada Pérez"
    assert first["customer_id"] == second["customer_id"] is not None


@pytest.mark.parametrize("who", [{}, {"email": "no"}, {"email": "a@b.example", "age": 3}])
async def test_a_requester_is_known_by_an_address(lab, who):
    answer = await lab.client.post("/v1/cases", json={"subject": "x", "requester": who})

    assert answer.status_code == 422
