"""A customer who is still unhappy after the case was resolved gets it back, once."""

import pytest

from cases_cast import a_case, again, done, fetched, resolved
from survey_cast import a_customer, invited


@pytest.fixture
async def june(make_lab):
    return await make_lab(clock_at="2026-06-01T08:00:00Z")


async def a_resolved_case(lab):
    case = await a_case(lab, customer_id=await a_customer(lab))
    await done(lab, case, "reply", body="Solved?")
    return await resolved(lab, case)


async def says(lab, case, score, survey="recovery"):
    asked = await invited(lab, survey, customer_id=case["customer_id"], subject_type="case", subject_id=case["id"])
    answer = await lab.client.post(f"/v1/public/surveys/{asked['token']}/answers", json={"score": score})
    assert answer.status_code == 200, answer.text
    await lab.settle()


@pytest.mark.parametrize(("score", "status", "reopened"), [(2, "open", 1), (6, "open", 1), (7, "resolved", 0)])
async def test_a_recovery_answer_below_the_threshold_reopens_the_case(june, score, status, reopened):
    case = await a_resolved_case(june)

    await says(june, case, score)

    now = await again(june, case)
    assert (now["status"], now["reopen_count"]) == (status, reopened)


async def test_no_second_case_is_opened_for_it(june):
    case = await a_resolved_case(june)

    await says(june, case, 1)

    assert len((await fetched(june, "/v1/cases"))["items"]) == 1


async def test_after_the_window_the_case_is_followed_up(june):
    case = await a_resolved_case(june)
    await june.advance("P15D")
    assert (await again(june, case))["status"] == "closed"

    await says(june, case, 1)

    newest = (await fetched(june, "/v1/cases"))["items"][0]
    assert (newest["follow_up_of_id"], newest["type"]) == (case["id"], "complaint")
    assert (await again(june, case))["status"] == "closed"


async def test_the_story_tells_the_answer_before_what_it_caused(make_lab):
    lab = await make_lab(clock_at="2026-06-01T08:00:00.600Z")
    case = await a_resolved_case(lab)

    await says(lab, case, 1)

    story = await fetched(lab, f"/v1/customers/{case['customer_id']}/timeline", oldest_first=True, limit=100)
    told = [each["type"] for each in story["items"]]
    assert told.index("case.opened") < told.index("case.resolved") < told.index("survey.answered")
    assert told.index("survey.answered") < told.index("case.reopened")
