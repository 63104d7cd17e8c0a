"""A customer asks to cancel or change an order; the shop answers."""

from typing import Any

import pytest

from orders_cast import an_order, post

CANCEL = {"kind": "cancel", "reason": "ordered by mistake"}


async def asked(lab: Any, wish: dict[str, Any] | None = None, order: dict[str, Any] | None = None) -> dict[str, Any]:
    order = order or await post(lab, an_order())
    answer = await lab.client.post(f"/v1/orders/{order['id']}/change-requests", json=wish or CANCEL)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_wish_is_pending_and_says_what_may_follow(lab: Any) -> None:
    wish = await asked(lab)

    assert (wish["status"], wish["next"]) == ("pending", ["accept", "complete", "reject", "withdraw"])
    assert (await lab.client.get(f"/v1/change-requests/{wish['id']}")).json() == wish


async def test_the_shop_is_told_of_a_wish_by_an_event(lab: Any) -> None:
    wish = await asked(lab)
    story = (
        await lab.client.get(f"/v1/orders/{wish['order_id']}/timeline", params={"type": "change_request."})
    ).json()["items"]

    assert [(each["type"], each["data"]["kind"], each["subject"]["id"]) for each in story] == [
        ("change_request.created", "cancel", wish["id"])
    ]


@pytest.mark.parametrize(
    ("verbs", "status"),
    [
        (["accept", "complete"], "completed"),
        (["reject"], "rejected"),
        (["withdraw"], "withdrawn"),
        (["accept", "fail"], "failed"),
        (["complete"], "completed"),
    ],
)
async def test_the_shop_answers_with_verbs(lab: Any, verbs: list[str], status: str) -> None:
    wish = await asked(lab)
    for verb in verbs:
        answer = await lab.client.post(f"/v1/change-requests/{wish['id']}/{verb}", json={"answer": "noted"})
        assert answer.status_code == 200, answer.text

    assert (answer.json()["status"], answer.json()["answer"], answer.json()["next"]) == (status, "noted", [])
    assert answer.json()["ended_at"] is not None


async def test_an_answered_wish_cannot_be_answered_again(lab: Any) -> None:
    wish = await asked(lab)
    await lab.client.post(f"/v1/change-requests/{wish['id']}/reject")
    answer = await lab.client.post(f"/v1/change-requests/{wish['id']}/accept")

    assert (answer.status_code, answer.json()["code"], answer.json()["facts"]["allowed_events"]) == (
        409,
        "invalid_transition",
        [],
    )


async def test_an_answer_to_another_version_is_refused(lab: Any) -> None:
    wish = await asked(lab)
    answer = await lab.client.post(f"/v1/change-requests/{wish['id']}/accept", headers={"If-Match": '"v9"'})

    assert answer.status_code == 412


async def test_the_same_wish_twice_is_refused_until_the_first_is_answered(lab: Any) -> None:
    wish = await asked(lab)
    again = await lab.client.post(f"/v1/orders/{wish['order_id']}/change-requests", json=CANCEL)
    await lab.client.post(f"/v1/change-requests/{wish['id']}/reject")
    later = await lab.client.post(f"/v1/orders/{wish['order_id']}/change-requests", json=CANCEL)

    assert (again.status_code, again.json()["code"], later.status_code) == (409, "change_already_requested", 201)


async def test_a_cancelled_order_cannot_be_changed(lab: Any) -> None:
    order = await post(lab, an_order(cancelled_at="2026-05-01T10:00:00Z"))
    answer = await lab.client.post(f"/v1/orders/{order['id']}/change-requests", json=CANCEL)

    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_open")


async def test_what_has_left_cannot_be_changed(lab: Any) -> None:
    order = await post(lab, an_order(fulfilment_status="fulfilled"))
    answer = await lab.client.post(f"/v1/orders/{order['id']}/change-requests", json=CANCEL)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_late_to_change")


async def test_items_are_named_by_the_lines_of_the_order(lab: Any) -> None:
    order = await post(lab, an_order())
    line = order["lines"][0]["id"]
    wish = await asked(lab, {"kind": "change_items", "items": [{"order_line_id": line, "quantity": 1}]}, order)

    assert wish["items"] == [{"order_line_id": line, "order_line_external_id": "A", "quantity": 1}]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"kind": "change_address"}, "address_needed"),
        ({"kind": "cancel", "address": {"city": "Soria"}}, "address_needed"),
        ({"kind": "change_items"}, "items_needed"),
        (
            {"kind": "change_items", "items": [{"order_line_id": "oli_01jz4m6y8v7x3q2w1r5t9k0abc", "quantity": 1}]},
            "unknown_line",
        ),
    ],
)
async def test_a_wish_must_fit_its_kind(lab: Any, wish: dict[str, Any], code: str) -> None:
    order = await post(lab, an_order())
    answer = await lab.client.post(f"/v1/orders/{order['id']}/change-requests", json=wish)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_wishes_are_listed_by_order_status_and_kind(lab: Any) -> None:
    wish = await asked(lab)
    for query in ({"order_id": wish["order_id"]}, {"status": "pending"}, {"kind": "cancel"}):
        found = (await lab.client.get("/v1/change-requests", params=query)).json()["items"]
        assert [each["id"] for each in found] == [wish["id"]]
    assert (await lab.client.get("/v1/change-requests", params={"status": "rejected"})).json()["items"] == []


async def test_a_cancelled_order_completes_the_wish_to_cancel_it(lab: Any) -> None:
    wish = await asked(lab)
    await post(lab, an_order(cancelled_at="2026-05-01T10:00:00Z"), 200)
    await lab.settle()

    assert (await lab.client.get(f"/v1/change-requests/{wish['id']}")).json()["status"] == "completed"


async def test_the_shop_may_call_its_answer_a_reason(lab: Any) -> None:
    wish = await asked(lab)
    answer = await lab.client.post(f"/v1/change-requests/{wish['id']}/reject", json={"reason": "already packed"})

    assert (answer.json()["status"], answer.json()["answer"]) == ("rejected", "already packed")
