"""Ready texts are filled in for the case they answer; and moments of one second keep their order."""

import asyncio

import pytest

from cases_cast import a_case, a_policy, a_team, again, an_agent, an_order, done, fetched, posted, target

TEXTS = {"es": "Hola {{ customer.first_name }}, tu pedido {{ order.number }}.", "en": "Hi {{ customer.first_name }}."}


async def last_words(lab, case):
    return (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"][-1]["body"]


async def a_case_of_ada(lab, **wish):
    order = await an_order(lab)
    return order, await a_case(lab, order_id=order["id"], **wish)


async def test_a_canned_reply_is_filled_in_in_the_cases_language(lab):
    ready = await posted(lab, "/v1/canned-replies", name="Hola", texts=TEXTS)
    _, case = await a_case_of_ada(lab, language="es")
    name = (await again(lab, case))["context"]["customer"]["name"] or ""

    await done(lab, case, "reply", canned_reply_id=ready["id"], body="Un saludo")

    assert await last_words(lab, case) == f"Hola {name.split(' ')[0]}, tu pedido 1001.\n\nUn saludo"


async def test_what_is_not_known_stays_empty(lab):
    ready = await posted(lab, "/v1/canned-replies", name="Hola", texts=TEXTS)
    case = await a_case(lab, language="en")

    await done(lab, case, "reply", canned_reply_id=ready["id"])

    assert await last_words(lab, case) == "Hi ."


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("/v1/canned-replies", {"texts": {"es": "{{ customer.salary }}"}}),
        ("/v1/macros", {"texts": {"es": "{{ customr.name }}"}, "actions": []}),
        ("/v1/macros", {"actions": [{"do": "reply", "texts": {"en": "{{ x }}"}}]}),
        ("/v1/macros", {"actions": [{"do": "note", "text": "{{ x }}"}]}),
    ],
)
async def test_a_text_that_names_what_no_case_has_is_refused(lab, path, wish):
    answer = await lab.client.post(path, json={"name": "N", **wish})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_variable")


async def test_an_unknown_canned_reply_is_refused(lab):
    case = await a_case(lab)

    answer = await lab.client.post(
        f"/v1/cases/{case['id']}/reply", json={"canned_reply_id": "can_01m80gw77nejrsejzadw2366vg"}
    )

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/canned_reply_id")


async def test_a_macro_may_answer_and_then_wait_for_the_customer(lab):
    macro = await posted(
        lab, "/v1/macros", name="Ask", texts={"es": "¿Modelo?"}, actions=[{"do": "set_status", "status": "pending"}]
    )
    case = await a_case(lab, message={"body": "No enciende"})

    found = await posted(lab, f"/v1/cases/{case['id']}/apply-macro", 200, macro_id=macro["id"])

    assert (found["case"]["status"], found["sent"]) == ("pending", True)


async def test_clocks_begin_and_end_at_whole_seconds(lab):
    await a_policy(lab, target("first_response", 60))
    case = await a_case(lab, message={"body": "No enciende"})
    (clock,) = case["sla"]

    await done(lab, case, "reply", body="¿Modelo?")

    stopped = (await again(lab, case))["sla"][0]["stopped_at"]
    assert "." not in clock["started_at"] + clock["due_at"] + stopped


async def test_an_automatic_merge_can_be_switched_off_again(lab):
    for wish in (30, None):
        tag = (await lab.client.get("/v1/case-settings")).headers["etag"]
        answer = await lab.client.patch(
            "/v1/case-settings", json={"auto_merge_within_minutes": wish}, headers={"If-Match": tag}
        )
        assert answer.json()["auto_merge_within_minutes"] == wish


async def test_an_agent_may_come_and_go_while_queues_are_offered(lab):
    bo = await an_agent(lab)
    team = await a_team(lab, bo, strategy="least_loaded")
    for _ in range(5):
        await a_case(lab, team_id=team["id"])

    async def toggle(status):
        return (await lab.client.post(f"/v1/agents/{bo['id']}/status", json={"status": status})).status_code

    answers = []
    for status in ("away", "online") * 5:
        said, _ = await asyncio.gather(toggle(status), lab.settle())
        answers.append(said)

    assert answers == [200] * 10
