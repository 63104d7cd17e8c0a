"""What a desk set up is changed later: each member said is the new one, what was not said stays, strangers find nothing."""

import pytest

from cases_cast import a_case, a_team, again, an_agent, done, fetched, posted

OPEN = {"field": "priority", "op": "eq", "value": "high"}
RULE = {"condition": OPEN, "actions": [{"do": "raise_priority"}]}
THINGS = {
    "teams": (
        {"name": "Atención al cliente", "strategy": "least_loaded", "agent_ids": []},
        {"name": "Taller", "strategy": "round_robin", "skill_based": True},
    ),
    "macros": (
        {"name": "Pedir foto", "texts": {"es": "Mándanos una foto"}, "actions": [{"do": "raise_priority"}]},
        {
            "name": "Pedir vídeo",
            "texts": {"es": "Mándanos un vídeo", "en": "Send us a video"},
            "actions": [{"do": "add_tags", "tags": ["vídeo"]}, {"do": "raise_priority"}],
            "active": False,
        },
    ),
    "automations": (
        {"name": "Avisar", "family": "trigger", "on_event": "case.opened", **RULE},
        {
            "name": "Avisar al taller",
            "condition": {"field": "subject", "op": "contains", "value": "fuga"},
            "actions": [{"do": "add_tags", "tags": ["taller"]}],
            "position": 3,
            "active": False,
        },
    ),
    "escalation-rules": (
        {"name": "Caso viejo", "fires_on": "age", "threshold": 1440, **RULE},
        {
            "name": "Caso muy viejo",
            "threshold": 2880,
            "condition": OPEN,
            "actions": [{"do": "set_priority", "priority": "urgent"}],
            "active": False,
        },
    ),
    "kb/articles": (
        {"translations": [{"locale": "es", "title": "Cómo limpiar la tetera", "body": "Con agua.", "status": "published"}]},
        {"visibility": "internal", "tags": ["tetera", "limpieza"]},
    ),
    "warranty-plans": (
        {"code": "plus", "name": "Luna Plus", "duration": 2, "unit": "year", "auto_register": False},
        {"name": "Luna Plus 2026", "covers": ["asa", "tapa"], "excludes": ["golpes"], "auto_register": False, "active": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", THINGS)
async def test_what_is_said_changes_and_the_rest_stays(lab, path):
    made, change = await posted(lab, f"/v1/{path}", **THINGS[path][0]), THINGS[path][1]
    place = f"/v1/{path}/{made['id']}"

    answer = await lab.client.patch(place, json=change)

    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert {name: now[name] for name in change} == change
    moving = {*change, "version", "updated_at"}
    assert {name: value for name, value in now.items() if name not in moving} == {
        name: value for name, value in made.items() if name not in moving
    }
    assert now["version"] == made["version"] + 1
    assert (await fetched(lab, place)) == now


@pytest.mark.parametrize("path", THINGS)
async def test_who_read_an_older_version_or_is_a_stranger_changes_nothing(lab, path):
    made, change = await posted(lab, f"/v1/{path}", **THINGS[path][0]), THINGS[path][1]
    place = f"/v1/{path}/{made['id']}"
    await lab.client.patch(place, json=change)

    stale = await lab.client.patch(place, json=change, headers={"If-Match": f'"v{made["version"]}"'})
    strange = await (await lab.other()).client.patch(place, json=change)

    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (strange.status_code, strange.json()["code"]) == (404, "not_found")


async def test_a_team_gets_other_people(lab):
    bo, eva = await an_agent(lab), await an_agent(lab, "Eva", email="eva@luna.example")
    team = await a_team(lab, bo)

    changed = (await lab.client.patch(f"/v1/teams/{team['id']}", json={"agent_ids": [eva["id"]]})).json()

    assert changed["agent_ids"] == [eva["id"]]


async def test_a_visit_is_given_another_window_and_technician(lab):
    bo, case = await an_agent(lab), await a_case(lab, subject="Montaje de la lámpara")
    window = {"window_from": "2026-10-26T09:00:00Z", "window_to": "2026-10-26T11:00:00Z"}
    visit = await posted(lab, "/v1/visits", case_id=case["id"], **window)
    later = {"window_from": "2026-10-27T15:00:00Z", "window_to": "2026-10-27T17:00:00Z"}

    answer = await lab.client.patch(
        f"/v1/visits/{visit['id']}", json={**later, "technician_id": bo["id"], "form_ref": "parte-77"}
    )

    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert {name: now[name] for name in later} == later
    assert (now["technician_id"], now["form_ref"], now["case_id"]) == (bo["id"], "parte-77", case["id"])
    assert await fetched(lab, f"/v1/visits/{visit['id']}") == now
    await lab.client.post(f"/v1/visits/{visit['id']}/cancel", json={"reason": "La clienta está de viaje"})
    over = await lab.client.patch(f"/v1/visits/{visit['id']}", json=later)
    assert over.status_code == 409, over.text


async def test_one_message_of_a_case_is_read_by_itself(lab):
    case = await a_case(lab)
    said = await done(lab, case, "reply", body="Mañana le llamamos.")
    message = said.get("message", said)

    alone = await fetched(lab, f"/v1/cases/{case['id']}/messages/{message['id']}")

    assert (alone["id"], alone["body"]) == (message["id"], "Mañana le llamamos.")
    other = await a_case(lab)
    assert (await lab.client.get(f"/v1/cases/{other['id']}/messages/{message['id']}")).status_code == 404


@pytest.mark.parametrize("what", ["participants", "links"])
async def test_who_and_what_was_joined_to_a_case_is_taken_off_again(lab, what):
    case, other = await a_case(lab), await a_case(lab)
    bodies = {
        "participants": {"role": "cc", "email": "eva@example.com"},
        "links": {"kind": "related", "other_case_id": other["id"]},
    }
    joined = await done(lab, case, what, **bodies[what])
    place = f"/v1/cases/{case['id']}/{what}"
    assert joined["id"] in [each["id"] for each in (await fetched(lab, place))["items"]]

    elsewhere = await lab.client.delete(f"/v1/cases/{(await a_case(lab))['id']}/{what}/{joined['id']}")
    gone = await lab.client.delete(f"{place}/{joined['id']}")

    assert (elsewhere.status_code, gone.status_code) == (404, 204)
    assert joined["id"] not in [each["id"] for each in (await fetched(lab, place))["items"]]
    assert (await lab.client.delete(f"{place}/{joined['id']}")).status_code == 404
    assert (await again(lab, case))["status"] == case["status"]


async def test_a_remark_is_rejected_with_an_answer(lab):
    remark = await posted(
        lab, "/v1/internal-feedback", subject="return_policy", comment="30 días no bastan para muebles", kind="wrong"
    )

    rejected = await posted(lab, f"/v1/internal-feedback/{remark['id']}/reject", 200, answer="La ley pide 14")

    assert (rejected["status"], rejected["answer"], rejected["next"]) == ("rejected", "La ley pide 14", [])
    assert await fetched(lab, f"/v1/internal-feedback/{remark['id']}") == rejected
