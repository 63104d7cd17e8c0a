"""Time, cost and visits."""

import pytest

from cases_cast import a_case, a_policy, again, an_agent, done, explained, fetched, posted, target, verb

EURO = {"amount": "30.00", "currency": "EUR"}
WINDOW = {"window_from": "2026-12-01T09:00:00Z", "window_to": "2026-12-01T11:00:00Z"}


async def costs(lab, case):
    return await fetched(lab, f"/v1/cases/{case['id']}/cost")


async def test_time_costs_the_agents_rate_of_that_day(lab):
    case, bo = await a_case(lab), await an_agent(lab, hourly_rate=EURO)
    await done(lab, case, "time-entries", minutes=20, agent_id=bo["id"])
    await lab.client.patch(f"/v1/agents/{bo['id']}", json={"hourly_rate": {"amount": "60.00", "currency": "EUR"}})
    await done(lab, case, "time-entries", minutes=20, agent_id=bo["id"])

    assert (await costs(lab, case))["resolution_cost"] == [{"amount": "30.00", "currency": "EUR"}]


async def test_labour_is_added_up_exactly_before_it_is_rounded(lab):
    case, bo = await a_case(lab), await an_agent(lab, hourly_rate={"amount": "0.50", "currency": "EUR"})
    for _ in range(3):
        await done(lab, case, "time-entries", minutes=1, agent_id=bo["id"])

    assert (await costs(lab, case))["resolution_cost"] == [{"amount": "0.03", "currency": "EUR"}]


async def test_currencies_are_never_added(lab):
    case = await a_case(lab)
    for currency in ("EUR", "USD"):
        await done(lab, case, "cost-entries", kind="carrier", amount={"amount": "5.00", "currency": currency})

    assert [each["currency"] for each in (await costs(lab, case))["resolution_cost"]] == ["EUR", "USD"]


async def test_goodwill_is_a_concession_not_a_cost(lab):
    case = await a_case(lab)
    await done(lab, case, "cost-entries", kind="goodwill", amount={"amount": "10.00", "currency": "EUR"})

    found = await costs(lab, case)

    assert (found["resolution_cost"], found["concessions"]) == ([], [{"amount": "10.00", "currency": "EUR"}])


async def test_a_quantity_has_a_unit_cost(lab):
    case = await a_case(lab)

    entry = await done(
        lab, case, "cost-entries", kind="part", quantity=3, unit_cost={"amount": "1.25", "currency": "EUR"}
    )

    assert entry["amount"] == {"amount": "3.75", "currency": "EUR"}


async def a_visit(lab, case, **wish):
    return await posted(lab, "/v1/visits", case_id=case["id"], **{**WINDOW, **wish})


async def moved(lab, visit, name, **body):
    answer = await lab.client.post(f"/v1/visits/{visit['id']}/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_planned_visit_puts_the_case_on_hold(lab):
    case = await a_case(lab)

    visit = await a_visit(lab, case)

    now = await again(lab, case)
    assert (visit["number"], visit["status"]) == (1, "planned")
    assert (now["status"], now["status_reason"]) == ("on_hold", "visit #1")


async def test_a_completed_visit_writes_its_costs_and_gives_the_case_back(lab):
    case, tech = await a_case(lab), await an_agent(lab, hourly_rate=EURO, is_technician=True)
    visit = await a_visit(lab, case, technician_id=tech["id"])
    await moved(lab, visit, "depart")
    await moved(lab, visit, "arrive")

    done_ = await moved(
        lab,
        visit,
        "complete",
        outcome="fixed",
        on_site_minutes=40,
        travel_minutes=20,
        parts_used=[{"name": "Fuse", "quantity": 2, "unit_cost": {"amount": "1.50", "currency": "EUR"}}],
    )

    entries = (await fetched(lab, f"/v1/cases/{case['id']}/cost-entries"))["items"]
    assert {(each["kind"], each["amount"]["amount"]) for each in entries} == {
        ("labour", "20.00"),
        ("travel", "10.00"),
        ("part", "3.00"),
    }
    assert (done_["status"], (await again(lab, case))["status"]) == ("completed", "open")


async def on_site(lab, case):
    visit = await a_visit(lab, case)
    await moved(lab, visit, "arrive")
    return visit


async def test_a_missing_part_asks_for_the_next_visit_or_a_reason(lab):
    visit = await on_site(lab, await a_case(lab))

    answer = await lab.client.post(f"/v1/visits/{visit['id']}/complete", json={"outcome": "part_needed"})

    assert (answer.status_code, answer.json()["code"]) == (409, "next_visit_required")


async def test_the_next_visit_is_chained_and_the_case_waits_for_it(lab):
    case = await a_case(lab)
    visit = await on_site(lab, case)

    first = await moved(
        lab,
        visit,
        "complete",
        outcome="part_needed",
        next_visit={"window_from": "2026-12-05T09:00:00Z", "window_to": "2026-12-05T11:00:00Z"},
    )

    second = await fetched(lab, f"/v1/visits/{first['next_visit_id']}")
    assert (second["number"], second["status"]) == (2, "planned")
    waiting = await again(lab, case)
    assert (waiting["status"], waiting["status_reason"], waiting["on_hold_count"]) == ("on_hold", "visit #2", 2)


async def test_what_a_case_waits_for_is_told_visit_by_visit(make_lab):
    lab = await make_lab(clock_at="2026-12-01T08:00:00Z")
    await a_policy(lab, target("resolution", 6000, pause_on=["pending", "on_hold"]))
    case = await a_case(lab, occurred_at="2026-12-01T08:00:00Z")
    visit = await on_site(lab, case)
    await lab.advance("PT5H")
    again_ = {"window_from": "2026-12-05T09:00:00Z", "window_to": "2026-12-05T11:00:00Z"}
    await moved(lab, visit, "complete", outcome="part_needed", next_visit=again_)
    await lab.advance("PT2H")

    told = [each["reason"] for each in (await explained(lab, case, "resolution"))["segments"]]

    assert told[-2:] == ["on_hold: visit #1", "on_hold: visit #2"]


async def test_a_case_that_waits_for_something_else_goes_on_waiting_for_it(lab):
    case = await a_case(lab)
    await done(lab, case, "hold", reason="customs")
    visit = await on_site(lab, case)

    window = {"window_from": "2026-12-05T09:00:00Z", "window_to": "2026-12-05T11:00:00Z"}
    await moved(lab, visit, "complete", outcome="part_needed", next_visit=window)

    assert (await again(lab, case))["status_reason"] == "customs"


@pytest.mark.parametrize("name", ["no_access", "cancel"])
async def test_a_visit_that_did_not_happen_gives_the_case_back(lab, name):
    case = await a_case(lab)

    await moved(lab, await a_visit(lab, case), name, reason="nobody there")

    assert (await again(lab, case))["status"] == "open"


async def test_a_visit_is_not_completed_before_anybody_is_there(lab):
    visit = await a_visit(lab, await a_case(lab))

    answer = await lab.client.post(f"/v1/visits/{visit['id']}/complete", json={"outcome": "fixed"})

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


async def test_a_mobile_form_is_kept_with_the_visit(lab):
    visit = await a_visit(lab, await a_case(lab))

    kept = await moved(lab, visit, "form", form_ref="kizeo-77", fields={"serial": "X1"})

    assert (kept["form_ref"], kept["form_fields"]) == ("kizeo-77", {"serial": "X1"})


async def test_first_time_fix_counts_jobs_not_visits(lab):
    fixed, twice = await a_case(lab), await a_case(lab)
    await moved(lab, await on_site(lab, fixed), "complete", outcome="fixed")
    first = await moved(lab, await on_site(lab, twice), "complete", outcome="part_needed", next_visit=WINDOW)
    second = await fetched(lab, f"/v1/visits/{first['next_visit_id']}")
    await moved(lab, second, "arrive")
    await moved(lab, second, "complete", outcome="fixed")

    found = await fetched(lab, "/v1/metrics/support/first_time_fix")

    assert (found["jobs"], found["fixed_in_first_visit"], found["value"], found["visits_per_job"]) == (2, 1, 50.0, 1.5)


async def test_a_visit_where_nobody_was_in_is_no_visit_of_the_job(lab):
    case = await a_case(lab)
    await moved(lab, await a_visit(lab, case), "no_access")
    await moved(lab, await on_site(lab, case), "complete", outcome="fixed")

    found = await fetched(lab, "/v1/metrics/support/first_time_fix")

    assert (found["jobs"], found["fixed_in_first_visit"], found["visits"]) == (1, 1, 1)


async def test_a_window_ends_after_it_begins(lab):
    case = await a_case(lab)

    wrong = {"window_from": WINDOW["window_to"], "window_to": WINDOW["window_from"]}

    assert (await lab.client.post("/v1/visits", json={"case_id": case["id"], **wrong})).status_code == 422


async def test_closed_cases_take_no_time(lab):
    from cases_cast import resolved

    case = await a_case(lab)
    await resolved(lab, case)
    await done(lab, case, "close")

    assert (await verb(lab, case, "time-entries", minutes=5)).json()["code"] == "case_closed"


async def test_the_next_visit_may_have_been_planned_before(lab):
    case, other = await a_case(lab), await a_case(lab)
    visit, planned, elsewhere = await on_site(lab, case), await a_visit(lab, case), await a_visit(lab, other)
    wish = {"outcome": "part_needed", "parts_needed": [{"name": "Motor"}]}

    for wrong in (elsewhere["id"], visit["id"], "vis_01j00000000000000000000000"):
        answer = await lab.client.post(f"/v1/visits/{visit['id']}/complete", json={**wish, "next_visit_id": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/next_visit_id")
    done_visit = await moved(lab, visit, "complete", **wish, next_visit_id=planned["id"])

    assert done_visit["next_visit_id"] == planned["id"]
    assert (await again(lab, case))["status"] == "on_hold"
    both = {"next_visit": WINDOW, "next_visit_id": planned["id"]}
    again_on_site = await on_site(lab, other)
    refused = await lab.client.post(f"/v1/visits/{again_on_site['id']}/complete", json={**wish, **both})
    assert refused.status_code == 422
