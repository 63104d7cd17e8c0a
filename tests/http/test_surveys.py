"""Surveys, invitations and answers over HTTP."""

from typing import Any

import pytest

from survey_cast import CUSTOM, a_customer, an_order, answered, invited, mailed, survey_id


async def test_a_new_shop_can_ask_at_once(lab: Any) -> None:
    items = (await lab.client.get("/v1/surveys")).json()["items"]

    assert {(item["key"], item["kind"], item["status"]) for item in items} == {
        ("nps", "nps", "active"),
        ("csat", "csat", "active"),
        ("ces", "ces", "active"),
        ("recovery", "nps", "active"),
    }


async def test_a_created_survey_says_where_it_is_and_what_may_be_done(lab: Any) -> None:
    made = await lab.client.post("/v1/surveys", json={"key": "parcel", "kind": "csat"})

    assert made.status_code == 201
    assert made.headers["location"] == f"/v1/surveys/{made.json()['id']}"
    assert made.headers["etag"] == f'"v{made.json()["version"]}"'
    assert (made.json()["status"], made.json()["next"]) == ("active", ["archive", "pause"])


async def test_two_surveys_never_share_a_key(lab: Any) -> None:
    again = await lab.client.post("/v1/surveys", json={"key": "nps", "kind": "nps"})

    assert (again.status_code, again.json()["code"]) == (409, "survey_key_taken")


async def test_a_survey_that_does_not_ask_its_own_score_is_refused(lab: Any) -> None:
    made = await lab.client.post("/v1/surveys", json={"key": "odd", "kind": "csat", "definition": CUSTOM})

    assert (made.status_code, made.json()["code"]) == (422, "survey_definition_refused")


async def test_a_custom_survey_needs_questions_unless_it_is_a_draft(lab: Any) -> None:
    bare = await lab.client.post("/v1/surveys", json={"key": "mine", "kind": "custom"})
    draft = await lab.client.post("/v1/surveys", json={"key": "mine", "kind": "custom", "status": "draft"})

    assert (bare.status_code, draft.status_code, draft.json()["current_number"]) == (422, 201, 0)


async def test_a_draft_invites_nobody_until_it_is_published(lab: Any) -> None:
    made = (await lab.client.post("/v1/surveys", json={"key": "mine", "kind": "custom", "status": "draft"})).json()
    body = {"customer_id": await a_customer(lab)}
    early = await lab.client.post(f"/v1/surveys/{made['id']}/invitations", json=body)
    await lab.client.post(f"/v1/surveys/{made['id']}/versions", json={"definition": CUSTOM})
    late = await lab.client.post(f"/v1/surveys/{made['id']}/invitations", json=body)

    assert (early.status_code, early.json()["code"], late.status_code) == (409, "survey_not_active", 201)


async def test_a_new_version_leaves_open_invitations_as_they_were(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    changed = {"questions": [{**CUSTOM["questions"][0], "id": "other"}]}
    await lab.client.post(f"/v1/surveys/{await survey_id(lab, 'nps')}/versions", json={"definition": changed})

    shown = (await lab.client.get(f"/v1/public/surveys/{invitation['token']}")).json()
    versions = (await lab.client.get(f"/v1/surveys/{await survey_id(lab, 'nps')}/versions")).json()["items"]

    assert [question["id"] for question in shown["definition"]["questions"]] == ["score", "comment"]
    assert [version["number"] for version in versions] == [2, 1]


async def test_a_paused_survey_still_takes_answers_of_links_already_out(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    await lab.client.post(f"/v1/surveys/{await survey_id(lab, 'nps')}/pause")

    answer = await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"score": 9})

    assert answer.status_code == 200


async def test_a_survey_goes_on_after_a_pause(lab: Any) -> None:
    path = f"/v1/surveys/{await survey_id(lab, 'nps')}"
    paused = (await lab.client.post(f"{path}/pause")).json()

    resumed = await lab.client.post(f"{path}/resume")

    assert (resumed.status_code, resumed.json()["status"]) == (200, "active")
    assert resumed.json()["version"] == paused["version"] + 1


async def test_an_archived_survey_cannot_be_resumed(lab: Any) -> None:
    path = f"/v1/surveys/{await survey_id(lab, 'nps')}"
    await lab.client.post(f"{path}/archive")
    refused = await lab.client.post(f"{path}/resume")

    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_transition")


async def test_settings_of_a_survey_can_be_changed_by_whoever_read_them(lab: Any) -> None:
    path = f"/v1/surveys/{await survey_id(lab, 'nps')}"
    tag = (await lab.client.get(path)).headers["etag"]
    first = await lab.client.patch(path, json={"edit_window": "PT1H"}, headers={"If-Match": tag})
    second = await lab.client.patch(path, json={"edit_window": "PT2H"}, headers={"If-Match": tag})

    assert (first.status_code, first.json()["edit_window"], second.status_code) == (200, "PT1H", 412)


async def test_an_invitation_brings_its_links_and_a_rating_for_every_value(lab: Any) -> None:
    invitation = await invited(lab, "nps")

    assert invitation["url"].endswith(f"/s/{invitation['token']}")
    assert [link["value"] for link in invitation["rating_links"]] == list(range(11))
    assert invitation["rating_links"][9]["url"].endswith(f"/r/{invitation['token']}?q=score&v=9")
    assert (invitation["status"], invitation["next"], invitation["subject_type"]) == (
        "delivered",
        ["revoke"],
        "customer",
    )


async def test_invitations_and_responses_call_where_they_stand_state_too(lab: Any) -> None:
    told = await answered(lab, 9)
    invitation = (await lab.client.get(f"/v1/survey-invitations/{told['invitation']['id']}")).json()
    response = (await lab.client.get(f"/v1/survey-responses/{told['response_id']}")).json()

    assert (invitation["status"], invitation["state"]) == ("completed", "completed")
    assert (response["status"], response["state"]) == ("complete", "complete")


async def test_nobody_is_asked_twice_about_the_same_thing(lab: Any) -> None:
    customer = await a_customer(lab)
    order = await an_order(lab, customer)
    first = await invited(lab, "nps", order_id=order)
    second = await invited(lab, "nps", order_id=order)
    next_wave = await invited(lab, "nps", order_id=order, wave=2)

    assert (first["id"], first["token"]) == (second["id"], second["token"])
    assert next_wave["id"] != first["id"]
    assert (first["customer_id"], first["subject_type"], first["subject_id"]) == (customer, "order", order)


async def test_the_token_is_not_told_again(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    read = await lab.client.get(f"/v1/survey-invitations/{invitation['id']}")

    assert invitation["token"] not in read.text


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "customer_needed"),
        ({"customer_id": "cus_01jz4m6y8v7x3q2w1r5t9k0abc"}, "unknown_customer"),
        ({"order_id": "ord_01jz4m6y8v7x3q2w1r5t9k0abc"}, "unknown_order"),
        ({"subject_type": "case"}, "subject_unclear"),
        ({"subject_type": "case", "subject_id": "ord_01jz4m6y8v7x3q2w1r5t9k0abc"}, "subject_unclear"),
    ],
)
async def test_an_invitation_of_nobody_is_refused(lab: Any, members: dict[str, str], code: str) -> None:
    path = f"/v1/surveys/{await survey_id(lab, 'nps')}/invitations"
    refused = await lab.client.post(path, json=members)

    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_invitations_are_found_by_order_customer_and_status(lab: Any) -> None:
    customer = await a_customer(lab)
    order = await an_order(lab, customer)
    wanted = await invited(lab, "nps", order_id=order)
    await invited(lab, "nps")

    for params in ({"order_id": order}, {"customer_id": customer}, {"customer_id": customer, "status": "delivered"}):
        items = (await lab.client.get("/v1/survey-invitations", params=params)).json()["items"]
        assert [item["id"] for item in items] == [wanted["id"]]
    none = await lab.client.get("/v1/survey-invitations", params={"order_id": order, "status": "completed"})
    assert none.json()["items"] == []


async def test_an_unknown_link_is_not_there(lab: Any) -> None:
    for token in ("x" * 27, "short", "a" * 61):
        assert (await lab.client.get(f"/v1/public/surveys/{token}")).status_code == 404
        answer = await lab.client.post(f"/v1/public/surveys/{token}/answers", json={"score": 9})
        assert answer.status_code == 404


async def test_an_expired_link_is_gone_even_before_the_clerk_has_noticed(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    await lab.advance("P30D")
    answer = await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"score": 9})

    assert (answer.status_code, answer.json()["code"], answer.json()["facts"]) == (
        410,
        "survey_link_ended",
        {"reason": "expired"},
    )
    read = (await lab.client.get(f"/v1/survey-invitations/{invitation['id']}")).json()
    assert (read["status"], read["next"]) == ("expired", [])


async def test_a_revoked_link_is_gone(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    revoked = await lab.client.post(f"/v1/survey-invitations/{invitation['id']}/revoke")
    answer = await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"score": 9})
    again = await lab.client.post(f"/v1/survey-invitations/{invitation['id']}/revoke")

    assert (revoked.json()["status"], revoked.json()["revoke_reason"]) == ("revoked", "by_hand")
    assert (answer.status_code, again.status_code, again.json()["code"]) == (410, 409, "invalid_transition")


async def test_another_shop_sees_nothing_of_it(lab: Any) -> None:
    other = await lab.other()
    made = await answered(lab, 9)
    for path in (
        f"/v1/survey-invitations/{made['invitation']['id']}",
        f"/v1/survey-responses/{made['response_id']}",
        f"/v1/surveys/{made['invitation']['survey_id']}",
    ):
        assert (await other.client.get(path)).status_code == 404
    token = made["invitation"]["token"]
    assert (await other.client.post("/v1/survey-responses", json={"token": token, "score": 1})).status_code == 404
    assert (await other.client.get("/v1/survey-responses")).json()["items"] == []


async def test_opening_is_said_by_a_post_and_only_before_the_answer(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    path = f"/v1/survey-invitations/{invitation['id']}"
    said = await lab.client.post(f"/v1/public/surveys/{invitation['token']}/open")
    opened = (await lab.client.get(path)).json()
    await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"score": 9})
    await lab.client.post(f"/v1/public/surveys/{invitation['token']}/open")

    assert (said.status_code, opened["status"]) == (204, "opened")
    assert (await lab.client.get(path)).json()["status"] == "completed"


async def test_a_reminder_sends_the_same_link(lab: Any) -> None:
    found = await mailed(lab, "nps")

    from aftersales_api.surveys import service

    async with lab.tx() as tx:
        again = await service.links_of(tx, found.invitation, found.survey)
        await service.mark_sent(tx, found.invitation.id, await lab.now())
    read = (await lab.client.get("/v1/survey-invitations")).json()["items"][0]

    assert (again.url, read["sends"], read["status"]) == (found.url, 2, "delivered")


async def test_the_token_is_nowhere_in_the_database(lab: Any) -> None:
    from sqlalchemy import text

    invitation = await invited(lab, "nps")
    async with lab.tx() as tx:
        rows = await tx.execute(text("SELECT row_to_json(i)::text FROM survey_invitations i"))
        assert all(invitation["token"] not in row for row in rows.scalars())
