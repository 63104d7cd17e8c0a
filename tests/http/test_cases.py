"""Cases over HTTP: opened once, answered, moved, and refused where the table says so."""

import pytest

from cases_cast import again, posted, resolved, verb


async def opened(lab, **wish):
    return await posted(lab, "/v1/cases", **{"subject": "It does not start", **wish})


async def test_a_customers_case_begins_new_with_a_number_and_its_words(lab):
    case = await opened(lab, description="The charger is dead", channel_origin="email")

    messages = (await lab.client.get(f"/v1/cases/{case['id']}/messages")).json()["items"]

    assert (case["status"], case["number"], case["initiator"]) == ("new", 1, "customer")
    assert [(each["kind"], each["body"]) for each in messages] == [("customer_message", "The charger is dead")]


async def test_the_same_dedupe_key_opens_one_case(lab):
    first = await opened(lab, dedupe_key="ticket-7")

    assert (await opened(lab, dedupe_key="ticket-7"))["id"] == first["id"]


async def test_a_case_of_another_shop_is_not_there(lab):
    case = await opened(lab)
    other = await lab.other()

    assert (await other.client.get(f"/v1/cases/{case['id']}")).status_code == 404


async def test_a_case_is_found_by_its_status(lab):
    case = await opened(lab)
    await resolved(lab, await opened(lab))

    found = (await lab.client.get("/v1/cases", params={"status": "new"})).json()["items"]

    assert [each["id"] for each in found] == [case["id"]]


async def test_a_case_is_found_by_any_of_its_tags(lab):
    case = await opened(lab, tags=["vip", "lamp"])
    await opened(lab, tags=["lamp"])

    found = (await lab.client.get("/v1/cases", params={"tag": ["vip", "other"]})).json()["items"]

    assert [each["id"] for each in found] == [case["id"]]


async def test_an_answer_takes_up_a_new_case(lab):
    case = await opened(lab, description="Help")

    answer = await verb(lab, case, "reply", body="We look into it")

    assert answer.json()["case"]["status"] == "open"


async def test_waiting_for_a_customer_who_waits_for_us_is_refused(lab):
    case = await opened(lab, description="Help")

    answer = await verb(lab, case, "pend")

    assert (answer.status_code, answer.json()["code"]) == (409, "reply_required")


async def test_after_a_public_answer_the_case_may_wait_for_the_customer(lab):
    case = await opened(lab, description="Help")
    await verb(lab, case, "reply", body="Which model is it?")

    assert (await verb(lab, case, "pend")).json()["status"] == "pending"


async def test_a_note_is_no_answer(lab):
    case = await opened(lab, description="Help")
    await verb(lab, case, "notes", body="Call the workshop")

    assert (await verb(lab, case, "pend")).json()["code"] == "reply_required"


async def test_the_customer_wakes_a_waiting_case(lab):
    case = await opened(lab, description="Help")
    await verb(lab, case, "reply", body="Which model is it?", status="pending")

    await verb(lab, case, "messages", body="The blue one")

    assert (await again(lab, case))["status"] == "open"


async def test_holding_a_case_needs_a_reason(lab):
    case = await opened(lab)

    assert (await verb(lab, case, "hold")).status_code == 422


async def test_a_case_is_resolved_with_a_category_and_a_code(lab):
    case = await opened(lab)

    answer = await verb(lab, case, "resolve", resolution_code="replaced")

    assert (answer.status_code, answer.json()["code"]) == (422, "category_required")
    assert (await resolved(lab, case))["resolution_code"] == "replaced"


async def test_a_resolved_case_cannot_wait_and_the_answer_lists_where_it_can_go(lab):
    case = await resolved(lab, await opened(lab))

    answer = await verb(lab, case, "pend")

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")
    assert answer.json()["facts"]["allowed_statuses"] == ["closed", "merged", "open"]


async def test_a_customer_reopens_a_resolved_case(lab):
    case = await opened(lab, description="Help")
    await resolved(lab, case)

    await verb(lab, case, "messages", body="It broke again")

    now = await again(lab, case)
    assert (now["status"], now["reopen_count"]) == ("open", 1)


async def test_a_resolved_case_closes_when_its_window_is_over(lab):
    case = await resolved(lab, await opened(lab, description="Help"))

    await lab.advance("P15D")

    assert (await again(lab, case))["status"] == "closed"


async def test_a_resolved_case_is_still_open_to_reopening_on_the_thirteenth_day(lab):
    case = await resolved(lab, await opened(lab, description="Help"))

    await lab.advance("P13D")

    assert (await verb(lab, case, "reopen")).status_code == 200


async def test_a_message_in_a_closed_case_follows_it_up_in_a_new_one(lab):
    case = await resolved(lab, await opened(lab, description="Help", tags=["vip"]))
    await verb(lab, case, "close")

    added = (await verb(lab, case, "messages", body="Again")).json()

    assert added["case"]["follow_up_of_id"] == case["id"]
    assert (added["case"]["status"], added["case"]["tags"]) == ("new", ["vip"])
    assert (await again(lab, case))["status"] == "closed"


async def test_a_closed_case_takes_tags_and_nothing_else(lab):
    case = await resolved(lab, await opened(lab))
    await verb(lab, case, "close")

    assert (await lab.client.patch(f"/v1/cases/{case['id']}", json={"tags": ["kept"]})).status_code == 200
    refused = await lab.client.patch(f"/v1/cases/{case['id']}", json={"priority": "high"})
    assert (refused.status_code, refused.json()["code"]) == (409, "case_closed")


async def test_the_same_external_id_is_taken_in_once(lab):
    case = await opened(lab)
    await verb(lab, case, "messages", body="Hello", channel="whatsapp", external_id="wa-1")

    again = (await verb(lab, case, "messages", body="Hello", channel="whatsapp", external_id="wa-1")).json()

    assert again["is_new"] is False


async def test_a_stale_version_is_refused(lab):
    case = await opened(lab)
    await lab.client.patch(
        f"/v1/cases/{case['id']}", json={"priority": "high"}, headers={"If-Match": f'"v{case["version"]}"'}
    )

    answer = await lab.client.patch(
        f"/v1/cases/{case['id']}", json={"priority": "low"}, headers={"If-Match": f'"v{case["version"]}"'}
    )

    assert answer.status_code == 412


@pytest.mark.parametrize("body", [{}, {"subject": ""}, {"subject": "x", "unknown": 1}, {"subject": "a\nb"}])
async def test_a_malformed_opening_is_refused(lab, body):
    assert (await lab.client.post("/v1/cases", json=body)).status_code == 422


async def test_spam_leaves_the_queue_and_comes_back(lab):
    case = await opened(lab, description="Buy pills")

    assert (await verb(lab, case, "spam")).json()["is_spam"] is True
    assert (await verb(lab, case, "unspam")).json()["status"] == "open"
