"""Colleagues on each other's work: reviews by a score card, remarks on articles and policies."""

import pytest

from cases_cast import a_case, a_policy, an_agent, done, fetched, posted, target

CRITERIA = [
    {"key": "tone", "label": "Trato", "weight": 1, "max_score": 4},
    {"key": "solution", "label": "Solución", "weight": 3, "max_score": 5},
    {"key": "privacy", "label": "Privacidad", "weight": 1, "max_score": 1, "is_critical": True},
]


async def a_card(lab, **wish):
    return await posted(lab, "/v1/quality-scorecards", **{"name": "Respuestas", "criteria": CRITERIA, **wish})


async def an_answered_case(lab):
    """A case that Bo answered, with the answer."""
    bo = await an_agent(lab, "Bo")
    case = await a_case(lab, assignee_id=bo["id"])
    said = await done(lab, case, "reply", body="Cambie el fusible", agent_id=bo["id"])
    return bo, case, said["message"]


def scores(**given):
    return [{"key": key, "score": score} for key, score in given.items()]


async def a_review(lab, case, card, **wish):
    return await posted(
        lab,
        f"/v1/cases/{case['id']}/reviews",
        scorecard_id=card["id"],
        **{"scores": scores(tone=3, solution=4), **wish},
    )


async def refused(lab, path, **body):
    answer = await lab.client.post(path, json=body)
    problem = answer.json()
    return answer.status_code, (problem["errors"] or [problem])[0]["code"]


async def test_a_reply_is_judged_by_weight(lab):
    bo, case, message = await an_answered_case(lab)
    cy, card = await an_agent(lab, "Cy"), await a_card(lab)

    found = await a_review(
        lab, case, card, message_id=message["id"], reviewer_id=cy["id"], scores=scores(tone=3, solution=4, privacy=1)
    )

    assert (found["agent_id"], found["status"]) == (bo["id"], "given")
    assert found["percent"] == 83.0  # (1 x 3/4 + 3 x 4/5 + 1) / 5
    assert [each["id"] for each in (await fetched(lab, f"/v1/cases/{case['id']}/reviews"))["items"]] == [found["id"]]


async def test_what_does_not_apply_is_left_out(lab):
    _, case, _ = await an_answered_case(lab)

    found = await a_review(lab, case, await a_card(lab), scores=scores(tone=4, solution=None))

    assert found["percent"] == 100.0


async def test_a_critical_failure_fails_the_whole(lab):
    _, case, _ = await an_answered_case(lab)

    found = await a_review(lab, case, await a_card(lab), scores=scores(tone=4, solution=5, privacy=0))

    assert found["percent"] == 0.0


async def test_a_review_keeps_the_criteria_it_was_given_by(lab):
    _, case, _ = await an_answered_case(lab)
    card = await a_card(lab)
    before = await a_review(lab, case, card)
    changed = [{"key": "speed", "label": "Rapidez"}]

    answer = await lab.client.patch(f"/v1/quality-scorecards/{card['id']}", json={"criteria": changed})
    after = await fetched(lab, f"/v1/case-reviews/{before['id']}")

    assert [each["key"] for each in answer.json()["criteria"]] == ["speed"]
    assert (after["percent"], after["criteria"]) == (before["percent"], before["criteria"])


async def test_nobody_judges_themselves(lab):
    bo, case, _ = await an_answered_case(lab)
    card = await a_card(lab)

    said = await refused(
        lab,
        f"/v1/cases/{case['id']}/reviews",
        scorecard_id=card["id"],
        reviewer_id=bo["id"],
        scores=scores(tone=1),
    )

    assert said == (409, "own_review")


async def test_only_an_agents_reply_is_judged(lab):
    _, case, _ = await an_answered_case(lab)
    note = (await done(lab, case, "notes", body="Between us"))["message"]
    card = await a_card(lab)

    said = await refused(
        lab, f"/v1/cases/{case['id']}/reviews", scorecard_id=card["id"], message_id=note["id"], scores=scores(tone=1)
    )

    assert said == (422, "not_a_reply")


@pytest.mark.parametrize("given", [scores(tone=5), scores(charm=1), [*scores(tone=1), *scores(tone=2)]])
async def test_scores_must_be_on_the_card(lab, given):
    _, case, _ = await an_answered_case(lab)
    card = await a_card(lab)

    said = await refused(lab, f"/v1/cases/{case['id']}/reviews", scorecard_id=card["id"], scores=given)

    assert said == (422, "score_unfit")


async def test_a_disputed_review_counts_when_it_is_settled(lab):
    bo, case, _ = await an_answered_case(lab)
    card = await a_card(lab)
    await a_review(lab, case, card, scores=scores(tone=4))
    second = await a_review(lab, case, card, scores=scores(tone=0))
    path = f"/v1/case-reviews/{second['id']}"

    await posted(lab, f"{path}/dispute", 200, comment="El cliente gritaba")
    before = await fetched(lab, f"/v1/agents/{bo['id']}/quality")
    settled = await posted(lab, f"{path}/settle", 200, scores=scores(tone=2))
    after = await fetched(lab, f"/v1/agents/{bo['id']}/quality")

    assert (before["reviews"], before["disputed"], before["mean_percent"]) == (1, 1, 100.0)
    assert (settled["status"], settled["percent"], settled["agent_comment"]) == ("settled", 50.0, "El cliente gritaba")
    assert (after["reviews"], after["disputed"], after["mean_percent"]) == (2, 0, 75.0)
    assert after["criteria"][0] == {"key": "tone", "label": "Trato", "mean_percent": 75.0, "reviews": 2}


async def test_a_review_that_was_read_cannot_be_disputed(lab):
    _, case, _ = await an_answered_case(lab)
    review = await a_review(lab, case, await a_card(lab))
    path = f"/v1/case-reviews/{review['id']}"

    read = await posted(lab, f"{path}/acknowledge", 200)

    assert (read["status"], read["next"]) == ("acknowledged", [])
    assert (await lab.client.post(f"{path}/dispute", json={"comment": "no"})).status_code == 409


async def test_a_review_follows_its_case_into_another(lab):
    _, case, _ = await an_answered_case(lab)
    review = await a_review(lab, case, await a_card(lab))
    survivor = await a_case(lab)

    await done(lab, case, "merge", into_id=survivor["id"])

    found = (await fetched(lab, f"/v1/cases/{survivor['id']}/reviews"))["items"]
    assert [(each["id"], each["origin_case_id"]) for each in found] == [(review["id"], case["id"])]


async def an_article(lab):
    said = {"locale": "es", "title": "Pilas", "body": "Abre la tapa", "status": "published"}
    return await posted(lab, "/v1/kb/articles", translations=[said])


async def test_an_agent_remarks_on_an_article_and_is_answered(lab):
    bo, article = await an_agent(lab), await an_article(lab)
    remark = await posted(
        lab,
        "/v1/internal-feedback",
        article_id=article["id"],
        agent_id=bo["id"],
        kind="outdated",
        comment="La tapa ya no existe",
    )

    listed = await fetched(lab, "/v1/internal-feedback", article_id=article["id"], status="new")
    accepted = await posted(lab, f"/v1/internal-feedback/{remark['id']}/accept", 200)
    finished = await posted(lab, f"/v1/internal-feedback/{remark['id']}/complete", 200, answer="Corregido")

    assert [each["id"] for each in listed["items"]] == [remark["id"]]
    assert (remark["subject"], remark["status"], accepted["status"]) == ("article", "new", "accepted")
    assert (finished["status"], finished["answer"], finished["next"]) == ("done", "Corregido", [])


async def test_an_agent_remarks_on_a_policy(lab):
    policy = await a_policy(lab, target("first_response", 60))

    sla = await posted(lab, "/v1/internal-feedback", policy_id=policy["id"], comment="Too tight on Mondays")
    returns = await posted(lab, "/v1/internal-feedback", subject="return_policy", comment="30 days are not enough")

    assert (sla["subject"], returns["subject"]) == ("sla_policy", "return_policy")
    found = await fetched(lab, "/v1/internal-feedback", subject="sla_policy")
    assert [each["id"] for each in found["items"]] == [sla["id"]]


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"subject": "article"},
        {"article_id": "kba_01m80gw77nejrsejzadw2366vg"},
        {"policy_id": "slp_01m80gw77nejrsejzadw2366vg"},
        {"subject": "return_policy", "policy_id": "slp_01m80gw77nejrsejzadw2366vg"},
    ],
)
async def test_a_remark_is_about_one_thing_that_is_there(lab, wish):
    answer = await lab.client.post("/v1/internal-feedback", json={"comment": "Hm", **wish})

    assert answer.status_code == 422, answer.text
