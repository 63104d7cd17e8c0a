"""Answers to surveys over HTTP: given, changed, completed, written down by a clerk, refused."""

from typing import Any

import pytest

from survey_cast import CUSTOM, answered, events, invited


async def test_an_answer_is_told_with_its_score_and_never_with_its_words(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    await lab.client.post(
        f"/v1/public/surveys/{invitation['token']}/answers", json={"score": 6, "comment": "Box was wet"}
    )

    (told,) = await events(lab, "survey.answered")
    assert (told["score"], told["is_low"], told["has_comment"], told["invitation_id"]) == (
        6,
        True,
        True,
        invitation["id"],
    )
    assert "wet" not in str(told)


@pytest.mark.parametrize(("survey", "low", "fine"), [("nps", 6, 7), ("csat", 2, 3), ("ces", 3, 4)])
async def test_low_scores_are_marked(lab: Any, survey: str, low: int, fine: int) -> None:
    await answered(lab, low, survey)
    await answered(lab, fine, survey)
    items = (await lab.client.get("/v1/survey-responses", params={"is_low": "true"})).json()["items"]

    assert [(item["measure"], item["score"]) for item in items] == [(survey, low)]


@pytest.mark.parametrize("score", [-1, 11, 9.5, "9", True, 2**31, None])
async def test_a_score_is_a_whole_number_from_0_to_10(lab: Any, score: Any) -> None:
    invitation = await invited(lab, "nps")
    refused = await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"score": score})

    assert refused.status_code == 422
    assert (await lab.client.get("/v1/survey-responses")).json()["items"] == []


async def test_a_second_answer_in_the_window_is_an_edit_and_its_history_stays(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    path = f"/v1/public/surveys/{invitation['token']}/answers"
    first = (await lab.client.post(path, json={"score": 9})).json()
    second = await lab.client.post(path, json={"score": 3})

    history = (await lab.client.get(f"/v1/survey-responses/{first['response_id']}/revisions")).json()["items"]
    (stored,) = (await lab.client.get("/v1/survey-responses")).json()["items"]

    assert (first["is_edit"], second.status_code, second.json()["is_edit"]) == (False, 200, True)
    assert second.json()["response_id"] == first["response_id"]
    assert [(each["number"], each["value_num"]) for each in history] == [(1, 9), (2, 3)]
    assert (stored["score"], stored["is_low"], stored["edits"]) == (3, True, 1)


async def test_an_edit_is_told_as_a_change_and_the_answer_only_once(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    path = f"/v1/public/surveys/{invitation['token']}/answers"
    for score in (9, 9, 3):
        await lab.client.post(path, json={"score": score})

    assert [told["score"] for told in await events(lab, "survey.answered")] == [9]
    changes = await events(lab, "survey.answer_changed")
    assert [(told["previous_score"], told["score"], told["was_low"]) for told in changes] == [(9, 3, False)]


async def test_after_the_window_an_answer_is_final(lab: Any) -> None:
    made = await answered(lab, 9)
    await lab.advance("P1D")
    late = await lab.client.post(f"/v1/public/surveys/{made['invitation']['token']}/answers", json={"score": 3})

    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    (stored,) = (await lab.client.get("/v1/survey-responses")).json()["items"]
    assert stored["score"] == 9


async def test_a_partial_answer_is_kept_and_can_be_finished_with_the_same_link(lab: Any) -> None:
    await lab.client.post("/v1/surveys", json={"key": "both", "kind": "custom", "definition": CUSTOM})
    invitation = await invited(lab, "both")
    path = f"/v1/public/surveys/{invitation['token']}/answers"
    first = (await lab.client.post(path, json={"answers": [{"question_id": "recommend", "value_num": 9}]})).json()
    between = (await lab.client.get(f"/v1/survey-invitations/{invitation['id']}")).json()["status"]
    second = (await lab.client.post(path, json={"answers": [{"question_id": "ease", "value_num": 7}]})).json()

    assert (first["status"], first["missing"], between) == ("partial", 1, "started")
    assert (second["status"], second["missing"], second["response_id"]) == ("complete", 0, first["response_id"])


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"question_id": "score", "value": 8}, ("value_num", 8)),
        ({"question_id": "comment", "value": "Fine."}, ("value_text", "Fine.")),
    ],
)
async def test_an_answer_may_be_given_as_a_bare_value(lab: Any, answer: dict[str, Any], kept: tuple[str, Any]) -> None:
    invitation = await invited(lab, "nps")
    posted = await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"answers": [answer]})
    assert posted.status_code == 200, posted.text
    (response,) = (await lab.client.get("/v1/survey-responses")).json()["items"]
    assert response["answers"][0][kept[0]] == kept[1]


async def test_a_bare_value_stands_alone(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    twice = {"question_id": "score", "value": 8, "value_num": 8}
    posted = await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"answers": [twice]})
    assert posted.status_code == 422


async def test_answers_to_no_question_and_answers_given_twice_are_refused(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    path = f"/v1/public/surveys/{invitation['token']}/answers"
    for answers in (
        [{"question_id": "other", "value_num": 1}],
        [{"question_id": "score", "value_num": 1}, {"question_id": "score", "value_num": 2}],
    ):
        refused = await lab.client.post(path, json={"answers": answers})
        assert (refused.status_code, refused.json()["code"]) == (422, "answer_refused")
    nothing = await lab.client.post(path, json={})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_answered")


async def test_duplicate_members_and_half_characters_are_refused_on_public_links_too(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    path, headers = f"/v1/public/surveys/{invitation['token']}/answers", {"content-type": "application/json"}
    twice = await lab.client.post(path, content=b'{"score": 9, "score": 1}', headers=headers)
    half = await lab.client.post(path, content=b'{"score": 9, "comment": "\\ud800"}', headers=headers)

    assert (twice.status_code, half.status_code) == (400, 422)


async def test_a_clerk_may_write_down_an_answer_by_invitation_or_by_token(lab: Any) -> None:
    first, second = await invited(lab, "nps"), await invited(lab, "nps")
    by_id = await lab.client.post("/v1/survey-responses", json={"invitation_id": first["id"], "score": 9})
    by_token = await lab.client.post("/v1/survey-responses", json={"token": second["token"], "score": 8})
    neither = await lab.client.post("/v1/survey-responses", json={"score": 8})

    assert (by_id.status_code, by_id.json()["source"], by_token.status_code) == (200, "api", 200)
    assert (neither.status_code, neither.json()["code"]) == (422, "invitation_unclear")


async def test_a_discarded_response_is_kept_but_counts_nowhere(lab: Any) -> None:
    made = await answered(lab, 9)
    path = f"/v1/survey-responses/{made['response_id']}"
    discarded = await lab.client.post(f"{path}/discard", json={"reason": "test_by_colleague"})
    again = await lab.client.post(f"{path}/discard", json={})

    assert (discarded.json()["status"], discarded.json()["next"], again.status_code) == ("discarded", [], 409)
    assert (await lab.client.get("/v1/metrics/nps")).json()["value"] is None
