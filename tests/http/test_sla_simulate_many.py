"""A promise tried on more cases than fit into one answer: in the background, with its progress."""

import pytest

from aftersales_api.cases.service import simulating
from cases_cast import a_case, a_policy, done, fetched, target

PERIOD = {"from": "2026-06-01", "to": "2026-07-01"}


@pytest.fixture
async def june(make_lab, monkeypatch):
    """A shop whose every trial of more than one case is a large one, worked on by twos."""
    monkeypatch.setattr(simulating, "AT_ONCE", 1)
    monkeypatch.setattr(simulating, "BATCH", 2)
    monkeypatch.setattr(simulating, "SLICE_S", 0.0001)
    lab = await make_lab(clock_at="2026-06-01T07:00:00Z")
    await a_policy(lab, target("first_response", 30))
    for _ in range(5):
        case = await a_case(lab)
        await lab.advance("PT1H")
        await done(lab, case, "reply", body="Here")
    return lab


async def tried(lab):
    policy = {"targets": [target("first_response", 240)]}
    answer = await lab.client.post("/v1/sla-policies/simulate", json={**PERIOD, "policy": policy})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_large_trial_runs_in_the_background_and_says_how_far_it_is(june):
    begun = await tried(june)
    assert (begun["status"], begun["done"], begun["total"]) == ("running", 0, 5)

    await june.settle()
    found = await fetched(june, f"/v1/sla-simulations/{begun['id']}")

    (one,) = found["targets"]
    assert (found["status"], found["done"], found["cases"]) == ("finished", 5, 5)
    assert (one["as_was"]["breached"], one["as_would_have_been"]["met"]) == (5, 5)
    assert (found["changed_total"], len(found["changed"])) == (5, 5)
    listed = await fetched(june, f"/v1/sla-simulations/{begun['id']}/changes", limit=100)
    assert {each["case_id"] for each in listed["items"]} == {each["case_id"] for each in found["changed"]}


async def test_a_trial_that_was_stopped_stays_stopped(june):
    begun = await tried(june)
    answer = await june.client.post(f"/v1/sla-simulations/{begun['id']}/cancel")
    assert answer.json()["status"] == "canceled"

    await june.settle()

    assert (await fetched(june, f"/v1/sla-simulations/{begun['id']}"))["done"] == 0


async def test_an_unknown_trial_is_not_there(june):
    answer = await june.client.get("/v1/sla-simulations/sim_00000000000000000000000000")

    assert answer.status_code == 404
