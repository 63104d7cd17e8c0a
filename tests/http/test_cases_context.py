"""What an agent sees beside a case: the customer, waits and transfers, tags; and cases that merge by themselves."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from cases_cast import a_case, a_category, a_team, again, an_agent, an_order, done, fetched, posted, resolved
from survey_cast import answered


async def settings(lab, **wish):
    tag = (await lab.client.get("/v1/case-settings")).headers["etag"]
    answer = await lab.client.patch("/v1/case-settings", json=wish, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text


async def test_a_case_shows_its_customers_orders_and_other_cases(lab):
    first, order = await an_order(lab, "1001"), await an_order(lab, "1002")
    older = await a_case(lab, order_id=first["id"])
    case = await a_case(lab, order_id=first["id"])

    found = (await fetched(lab, f"/v1/cases/{case['id']}"))["context"]

    assert found["customer"]["id"] == order["customer"]["id"]
    assert [each["id"] for each in found["orders"]] == [first["id"], order["id"]]
    assert [each["id"] for each in found["cases"]] == [older["id"]]
    assert (found["orders_count"], found["open_cases_count"], found["points"]) == (2, 2, None)


async def test_a_case_of_nobody_has_no_context(lab):
    case = await a_case(lab)

    assert case["context"] is None


async def test_a_change_of_a_case_answers_with_the_context_too(lab):
    case = await a_case(lab, order_id=(await an_order(lab))["id"])

    assert (await done(lab, case, "open"))["context"]["customer"]["email"] == "ada@example.com"


async def test_a_low_score_shows_in_the_case_it_opened(lab):
    order = await an_order(lab)
    await answered(lab, 1, order_id=order["id"])
    await lab.settle()

    (case,) = (await fetched(lab, "/v1/cases"))["items"]
    found = (await again(lab, case))["context"]["scores"]

    assert [(each["score"], each["is_low"], each["order_id"]) for each in found] == [(1, True, order["id"])]


async def test_waits_and_transfers_are_counted(lab):
    bo, cy = await an_agent(lab, "Bo"), await an_agent(lab, "Cy")
    case = await a_case(lab, assignee_id=bo["id"])
    await done(lab, case, "reply", body="Which?", status="pending")
    await done(lab, case, "messages", body="X200")
    await done(lab, case, "hold", reason="part ordered")
    await done(lab, case, "assign", assignee_id=cy["id"])

    found = await again(lab, case)

    assert (found["pending_count"], found["on_hold_count"], found["transfer_count"]) == (1, 1, 1)


async def test_a_first_agent_is_no_transfer_and_the_same_agent_again_is_none(lab):
    bo, cy = await an_agent(lab, "Bo"), await an_agent(lab, "Cy")
    team = await a_team(lab, bo, cy, strategy="manual")
    case = await a_case(lab, team_id=team["id"])
    await done(lab, case, "assign", team_id=team["id"], assignee_id=bo["id"])
    await done(lab, case, "assign", team_id=team["id"])
    await done(lab, case, "assign", team_id=team["id"], assignee_id=bo["id"])
    assert (await again(lab, case))["transfer_count"] == 0

    await done(lab, case, "assign", team_id=team["id"])
    await done(lab, case, "assign", team_id=team["id"], assignee_id=cy["id"])
    assert (await again(lab, case))["transfer_count"] == 1


async def test_tags_in_use_are_counted(lab):
    await a_case(lab, tags=["batería", "vip"])
    done_case = await a_case(lab, tags=["batería"])
    await resolved(lab, done_case)

    found = (await fetched(lab, "/v1/case-tags"))["items"]
    narrowed = (await fetched(lab, "/v1/case-tags", prefix="v"))["items"]

    assert found == [{"tag": "batería", "cases": 2, "unresolved": 1}, {"tag": "vip", "cases": 1, "unresolved": 1}]
    assert [each["tag"] for each in narrowed] == ["vip"]


async def test_what_one_deed_caused_shares_a_correlation(lab):
    case = await a_case(lab)
    await done(lab, case, "reply", body="Hello")

    events = (await fetched(lab, f"/v1/cases/{case['id']}/events"))["items"]

    said = {each["type"]: each["correlation_id"] for each in events}
    assert said["message_added"] == said["status_changed"] != said["opened"]


async def two_cases(lab, *, minutes=10, **more):
    """A case, and another one of the same customer so many minutes after it, to the second."""
    order = await an_order(lab)
    first = await a_case(lab, order_id=order["id"], channel_origin="email", message={"body": "It is dead"})
    await lab.advance("PT2H")
    at = datetime.fromisoformat(first["first_contact_at"]) + timedelta(minutes=minutes)
    wish = {"order_id": order["id"], "occurred_at": at.isoformat(), **more}
    second = await a_case(lab, channel_origin="chat", message={"body": "Hello?"}, **wish)
    await lab.settle()
    return first, await again(lab, second), await again(lab, first)


async def test_a_second_case_about_an_order_becomes_part_of_the_first_where_the_shop_wants_it(lab):
    await settings(lab, auto_merge_within_minutes=60)

    first, second, survivor = await two_cases(lab)

    assert (second["status"], second["merged_into_id"], second["status_reason"]) == (
        "merged",
        first["id"],
        "auto_merge",
    )
    assert (survivor["status"], survivor["channel_origin"]) == ("new", "email")
    assert len((await fetched(lab, f"/v1/cases/{first['id']}/messages"))["items"]) == 2


async def test_cases_are_left_apart_by_default(lab):
    _, second, _ = await two_cases(lab)

    assert second["status"] == "new"


@pytest.mark.parametrize(("minutes", "status"), [(60, "merged"), (61, "new")])
async def test_only_what_comes_soon_is_merged(lab, minutes, status):
    await settings(lab, auto_merge_within_minutes=60)

    _, second, _ = await two_cases(lab, minutes=minutes)

    assert second["status"] == status


async def test_another_order_is_another_matter(lab):
    await settings(lab, auto_merge_within_minutes=60)
    other = await an_order(lab, "1002")

    _, second, _ = await two_cases(lab, order_id=other["id"])

    assert second["status"] == "new"


async def test_the_same_subject_is_the_same_matter_where_no_order_is_named(lab):
    await settings(lab, auto_merge_within_minutes=60)
    customer = await posted(lab, "/v1/customers", email="ada@example.com")
    first = await a_case(lab, subject="Cargador", customer_id=customer["id"])
    twin = await a_case(lab, subject="RE: cargador", customer_id=customer["id"])
    other = await a_case(lab, subject="Factura", customer_id=customer["id"])
    await lab.settle()

    assert (await again(lab, twin))["merged_into_id"] == first["id"]
    assert (await again(lab, other))["status"] == "new"


async def test_an_automatic_merge_can_be_undone(lab):
    await settings(lab, auto_merge_within_minutes=60)
    _, second, _ = await two_cases(lab)

    assert (await done(lab, second, "unmerge"))["status"] == "new"
    await a_category(lab)


async def test_the_tag_of_a_case_marks_its_context_and_writers_ask_for_the_case_alone(lab):
    case = await a_case(lab, order_id=(await an_order(lab))["id"])
    path = f"/v1/cases/{case['id']}"
    before = (await lab.client.get(path)).headers["etag"]

    await an_order(lab, "1002")
    after = await lab.client.get(path, headers={"If-None-Match": before})
    unchanged = await lab.client.get(path, headers={"If-None-Match": after.headers["etag"]})
    written = await lab.client.patch(path, json={"tags": ["vip"]}, headers={"If-Match": before})
    stale = await lab.client.patch(path, json={"tags": []}, headers={"If-Match": before})
    by_version = await lab.client.patch(
        path, json={"tags": []}, headers={"If-Match": f'"v{written.json()["version"]}"'}
    )

    assert (after.status_code, unchanged.status_code) == (200, 304)
    assert (written.status_code, stale.status_code, by_version.status_code) == (200, 412, 200)


async def test_whatever_answers_one_case_shows_its_customer(lab):
    order = await an_order(lab)
    twin, case = await a_case(lab, order_id=order["id"]), await a_case(lab, order_id=order["id"])
    kept = await done(lab, case, "messages", body="And the box is dented")
    whose = order["customer"]["id"]

    merged = await done(lab, twin, "merge", into_id=case["id"])
    shown = {
        "reply": (await done(lab, case, "reply", body="Sorry"))["case"],
        "note": (await done(lab, case, "notes", body="Dented"))["case"],
        "merge": merged,
        "unmerge": await done(lab, twin, "unmerge"),
        "split": await done(lab, case, "split", message_ids=[kept["message"]["id"]], subject="The box"),
        "assign": await done(lab, case, "assign"),
    }

    assert {name: each["context"]["customer"]["id"] for name, each in shown.items()} == dict.fromkeys(shown, whose)


async def test_a_list_shows_customers_when_asked(lab):
    cases = [await a_case(lab, order_id=(await an_order(lab, str(number)))["id"]) for number in (1001, 1002)]
    nobody = await a_case(lab)

    plain = (await fetched(lab, "/v1/cases"))["items"]
    told = {each["id"]: each["context"] for each in (await fetched(lab, "/v1/cases", context="true"))["items"]}

    assert [each["context"] for each in plain] == [None] * 3
    assert told[nobody["id"]] is None
    for case in cases:
        assert told[case["id"]] == (await again(lab, case))["context"]


async def test_a_list_with_customers_asks_no_more_the_longer_it_is(lab):
    async def asked():
        counted: list[str] = []

        def count(*said):
            counted.append(said[2])

        async with lab.tx() as tx:
            engine = tx.get_bind()
        event.listen(engine, "before_cursor_execute", count)
        try:
            await fetched(lab, "/v1/cases", context="true")
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len(counted)

    await a_case(lab, order_id=(await an_order(lab, "1001"))["id"])
    few = await asked()
    for number in range(1002, 1007):
        await a_case(lab, order_id=(await an_order(lab, str(number)))["id"])

    assert await asked() == few == 3, "the key, the page and its documents"
