"""Merging, undoing it, splitting, and what moves on the way."""

import pytest

from cases_cast import a_case, again, an_agent, an_order, done, fetched, resolved, verb


async def merged(lab, source, survivor):
    return await done(lab, source, "merge", into_id=survivor["id"])


async def said_in(lab, case):
    items = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]
    return [each["body"] for each in items]


async def test_messages_move_and_remember_where_they_came_from(lab):
    a, b = await a_case(lab, description="from A"), await a_case(lab, description="from B")

    await merged(lab, b, a)

    items = (await fetched(lab, f"/v1/cases/{a['id']}/messages"))["items"]
    assert [(each["body"], each["origin_case_id"]) for each in items] == [("from A", a["id"]), ("from B", b["id"])]
    assert await said_in(lab, b) == []


async def test_participants_time_cost_and_links_move_too(lab):
    a, b, c = await a_case(lab), await a_case(lab), await a_case(lab)
    bo = await an_agent(lab)
    await done(lab, b, "participants", role="cc", email="eva@example.com")
    await done(lab, b, "time-entries", minutes=5, agent_id=bo["id"])
    await done(lab, b, "cost-entries", kind="part", amount={"amount": "3.00", "currency": "EUR"})
    await done(lab, b, "links", kind="related", other_case_id=c["id"])

    await merged(lab, b, a)

    for what in ("participants", "time-entries", "cost-entries", "links"):
        moved = (await fetched(lab, f"/v1/cases/{a['id']}/{what}"))["items"]
        assert len(moved) == 1, what


@pytest.mark.parametrize("state", ["closed", "merged", "spam"])
async def test_nothing_is_merged_into_what_is_over(lab, state):
    source, survivor = await a_case(lab), await a_case(lab)
    if state == "closed":
        await resolved(lab, survivor)
        await done(lab, survivor, "close")
    elif state == "merged":
        await merged(lab, survivor, await a_case(lab))
    else:
        await done(lab, survivor, "spam")

    answer = await verb(lab, source, "merge", into_id=survivor["id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "merge_refused")
    assert answer.json()["facts"]["reason"] == f"survivor_{state}"


async def test_a_case_is_not_merged_into_itself(lab):
    case = await a_case(lab)

    assert (await verb(lab, case, "merge", into_id=case["id"])).json()["facts"]["reason"] == "cycle"


async def test_a_case_is_merged_only_into_one_that_is_there(lab):
    nowhere = (await a_case(await lab.other()))["id"]

    answer = await verb(lab, await a_case(lab), "merge", into_id=nowhere)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/into_id")


async def test_a_merged_case_goes_nowhere_else(lab):
    a, b, c = await a_case(lab), await a_case(lab), await a_case(lab)
    await merged(lab, b, a)

    answer = await verb(lab, b, "merge", into_id=c["id"])

    assert (answer.status_code, answer.json()["facts"]["allowed_events"]) == (409, ["unmerge"])


async def test_messages_follow_the_chain_of_merges(lab):
    a, b, c = await a_case(lab), await a_case(lab), await a_case(lab)
    await merged(lab, c, b)
    await merged(lab, b, a)

    assert (await done(lab, c, "messages", body="Hello?"))["case"]["id"] == a["id"]


async def test_unmerging_gives_everything_back(lab):
    a, b = await a_case(lab, description="from A"), await a_case(lab, description="from B")
    await done(lab, b, "reply", body="We look")
    await merged(lab, b, a)

    back = await done(lab, b, "unmerge")

    assert (back["status"], back["merged_into_id"]) == ("open", None)
    assert await said_in(lab, b) == ["from B", "We look"]
    assert await said_in(lab, a) == ["from A"]


async def test_unmerging_the_middle_keeps_what_was_merged_into_it(lab):
    a, b, c = [await a_case(lab, description=f"from {name}") for name in "ABC"]
    await merged(lab, c, b)
    await merged(lab, b, a)

    await done(lab, b, "unmerge")

    assert await said_in(lab, b) == ["from B", "from C"]
    assert await said_in(lab, a) == ["from A"]


async def test_a_merge_into_a_closed_case_cannot_be_undone(lab):
    a, b = await a_case(lab), await a_case(lab)
    await merged(lab, b, a)
    await resolved(lab, a)
    await done(lab, a, "close")

    answer = await verb(lab, b, "unmerge")

    assert (answer.status_code, answer.json()["code"]) == (409, "unmerge_refused")


async def test_an_unanswered_customer_who_comes_with_the_source_wakes_the_survivor(lab):
    a, b = await a_case(lab), await a_case(lab)
    await done(lab, a, "reply", body="Which model?", status="pending")
    await done(lab, b, "messages", body="Still waiting")

    survivor = await merged(lab, b, a)

    assert survivor["status"] == "open"


async def test_messages_split_off_make_a_case_of_their_own(lab):
    case = await a_case(lab, description="My lamp is dead")
    other = (await done(lab, case, "messages", body="And where is my invoice?"))["message"]

    new = await done(lab, case, "split", message_ids=[other["id"]], subject="Invoice")

    assert (new["split_from_id"], new["subject"], new["status"]) == (case["id"], "Invoice", "new")
    assert await said_in(lab, new) == ["And where is my invoice?"]
    assert await said_in(lab, case) == ["My lamp is dead"]


async def test_at_least_one_message_stays(lab):
    case = await a_case(lab)
    items = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]

    answer = await verb(lab, case, "split", message_ids=[each["id"] for each in items])

    assert (answer.status_code, answer.json()["code"]) == (409, "split_refused")


async def test_only_messages_of_the_case_are_split_off(lab):
    a, b = await a_case(lab), await a_case(lab)
    foreign = (await fetched(lab, f"/v1/cases/{b['id']}/messages"))["items"][0]["id"]

    answer = await verb(lab, a, "split", message_ids=[foreign])

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")


async def test_a_redacted_message_keeps_its_row(lab):
    case = await a_case(lab, description="My card is 4111 1111")
    message = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"][0]

    await done(lab, case, f"messages/{message['id']}/redact")

    items = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]
    assert [(each["id"], each["body"]) for each in items] == [(message["id"], "")]


async def test_a_case_of_an_order_is_the_customers(lab):
    order = await an_order(lab)

    case = await a_case(lab, order_id=order["id"])

    assert (case["order_id"], case["customer_id"]) == (order["id"], order["customer"]["id"])
    assert (await again(lab, case))["order_id"] == order["id"]


async def test_an_order_of_another_shop_is_no_order(lab):
    other = await lab.other()
    foreign = await an_order(other)

    answer = await lab.client.post("/v1/cases", json={"subject": "x", "order_id": foreign["id"]})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")


async def test_the_log_tells_everything_in_order(lab):
    case = await a_case(lab)
    await done(lab, case, "reply", body="Soon")

    items = (await fetched(lab, f"/v1/cases/{case['id']}/events"))["items"]

    assert [each["type"] for each in items] == ["opened", "message_added", "message_added", "status_changed"]


async def test_the_log_is_never_rewritten(lab):
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    await a_case(lab)
    with pytest.raises(IntegrityError, match="append-only"):
        async with lab.tx() as tx:
            await tx.execute(text("UPDATE case_events SET type = 'other'"))


async def test_a_case_leaves_a_chain_of_merges_by_itself(lab):
    one, two, three = [await a_case(lab, description=f"From {name}") for name in ("one", "two", "three")]
    await done(lab, one, "time-entries", minutes=7, activity_type="desk")
    await done(lab, two, "time-entries", minutes=19, activity_type="desk")
    await done(lab, one, "merge", into_id=two["id"])
    await done(lab, two, "merge", into_id=three["id"])

    freed = await done(lab, one, "unmerge")

    assert (freed["status"], freed["merged_into_id"]) == ("new", None)
    assert (await again(lab, two))["merged_into_id"] == three["id"]
    assert await bodies(lab, one) == ["From one"]
    assert await bodies(lab, three) == ["From two", "From three"]
    entries = [(await fetched(lab, f"/v1/cases/{each['id']}/time-entries"))["items"] for each in (one, three)]
    assert [[each["minutes"] for each in mine] for mine in entries] == [[7], [19]]


async def test_a_case_does_not_leave_a_chain_whose_end_is_closed(lab):
    one, two, three = [await a_case(lab) for _ in range(3)]
    await done(lab, one, "merge", into_id=two["id"])
    await done(lab, two, "merge", into_id=three["id"])
    await resolved(lab, three)
    await done(lab, three, "close")

    answer = await verb(lab, one, "unmerge")

    assert (answer.status_code, answer.json()["facts"]["reason"]) == (409, "survivor_closed")


async def bodies(lab, case):
    return [each["body"] for each in (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]]
