"""Deliveries and their attempts: the ladder, signatures, slow and leaving receivers, five days of failure, order."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from lab import Lab
from receiver import Receiver, Reply, resets
from webhook_steps import an_endpoint, at, attempts, deliveries, get, happens, names, post, the_endpoint

ALWAYS_FIVE_SECONDS, ALWAYS_FIVE_MINUTES = "PT7S", "PT7M"


async def test_an_endpoint_that_answers_500_500_200_is_tried_at_once_after_5_seconds_and_after_5_minutes(
    lab: Lab,
) -> None:
    async with Receiver(500, 500) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()
        await lab.advance(ALWAYS_FIVE_SECONDS)
        await lab.advance(ALWAYS_FIVE_MINUTES)

        tried = await attempts(lab, endpoint)
        first, second, third = (at(each["created_at"]) for each in tried)
        assert [each["status"] for each in tried] == ["failed", "failed", "succeeded"]
        assert [each["number"] for each in tried] == [1, 2, 3]
        assert timedelta(seconds=4) <= second - first <= timedelta(seconds=6.2)
        assert timedelta(seconds=240) <= third - second <= timedelta(seconds=361)


async def test_every_attempt_has_the_same_id_and_body_a_new_timestamp_and_a_valid_signature(lab: Lab) -> None:
    async with Receiver(500, 500) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab, "Ünï")
        await lab.settle()
        await lab.advance(ALWAYS_FIVE_SECONDS)
        await lab.advance(ALWAYS_FIVE_MINUTES)

        for each in receiver.got:
            assert Webhook(endpoint["secret"]).verify(each.body, each.headers)["data"]["name"] == "Ünï"
        assert len({each.id for each in receiver.got}) == 1
        assert len({each.body for each in receiver.got}) == 1
        assert len({each.headers["webhook-timestamp"] for each in receiver.got}) == 3


async def test_the_payload_says_what_happened_to_what_and_when(lab: Lab) -> None:
    async with Receiver() as receiver:
        await an_endpoint(lab, receiver, headers={"X-Env": "test", "Authorization": "Bearer hers"})
        await happens(lab)
        await lab.settle()

        [got] = receiver.got
        assert got.method == "POST"
        assert (got.headers["content-type"], got.headers["x-env"], got.headers["authorization"]) == (
            "application/json",
            "test",
            "Bearer hers",
        )
        assert set(got.json) == {"type", "timestamp", "data"}
        assert got.json["type"] == "shop.created"
        assert got.json["data"]["id"].startswith("evt_")
        assert got.json["data"]["subject"]["type"] == "shop"
        assert got.json["data"]["occurred_at"] == got.json["timestamp"]
        assert got.json["data"]["customer_id"] is None


async def test_an_endpoint_hears_only_the_types_it_named(lab: Lab) -> None:
    async with Receiver() as wants_shop, Receiver() as wants_orders, Receiver() as wants_all:
        await an_endpoint(lab, wants_shop, types=["shop"])
        await an_endpoint(lab, wants_orders, types=["order", "shop.creat"])
        await an_endpoint(lab, wants_all)
        await happens(lab)
        await lab.settle()

        assert (wants_shop.types, wants_orders.types, wants_all.types) == (["shop.created"], [], ["shop.created"])


async def test_what_happened_before_the_endpoint_was_there_is_not_told(lab: Lab) -> None:
    async with Receiver() as receiver:
        await happens(lab, "before")
        await an_endpoint(lab, receiver)
        await happens(lab, "after")
        await lab.settle()

        assert names(receiver) == ["after"]


async def test_an_event_that_nobody_wants_makes_no_message(lab: Lab) -> None:
    async with Receiver() as receiver:
        await an_endpoint(lab, receiver, types=["order"])
        await happens(lab)
        await lab.settle()

        assert (await get(lab, "/v1/webhook-messages"))["items"] == []


async def test_in_a_rotation_both_secrets_sign_for_24_hours_then_one(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver)
        rotated = await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/rotate-secret", 200)
        await happens(lab)
        await lab.settle()
        await lab.advance("PT24H1S")
        await happens(lab)
        await lab.settle()

        within, after = receiver.got
        old, new = Webhook(endpoint["secret"]), Webhook(rotated["secret"])
        assert old.verify(within.body, within.headers) == new.verify(within.body, within.headers)
        assert new.verify(after.body, after.headers)
        assert len(within.headers["webhook-signature"].split(" ")) == 2
        with pytest.raises(WebhookVerificationError):
            old.verify(after.body, after.headers)


async def test_410_disables_at_once(lab: Lab) -> None:
    async with Receiver(410) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()
        await happens(lab)
        await lab.settle()

        shown = await the_endpoint(lab, endpoint)
        assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
        assert len(receiver.got) == 1
        assert [each["status"] for each in await deliveries(lab, endpoint)] == ["failed"]


@pytest.mark.parametrize(
    ("reply", "low_s", "high_s"),
    [
        (Reply(429, {"Retry-After": "90"}), 90, 90),
        (Reply(429, {"Retry-After": "1"}), 60, 60),
        (Reply(429, {"Retry-After": "86400"}), 120, 120),
        (Reply(429), 48, 72),
        (Reply(503, {"Retry-After": "3600"}), 10, 10),
        (Reply(503), 4, 6),
        (Reply(302, {"Location": "http://127.0.0.1/"}), 4, 6),
        (resets, 4, 6),
    ],
)
async def test_the_next_attempt_heeds_what_the_receiver_said(
    lab: Lab, reply: Reply, low_s: float, high_s: float
) -> None:
    async with Receiver(reply) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()

        [waiting] = await deliveries(lab, endpoint, status="pending")
        wait = (at(waiting["next_attempt_at"]) - at(waiting["last_attempt_at"])).total_seconds()
        assert low_s <= wait <= high_s
        assert len(receiver.got) == 1


async def test_a_date_in_retry_after_is_understood(lab: Lab) -> None:
    later = (datetime.now(UTC) + timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S GMT")  # noqa: TID251 - a receiver's own clock
    async with Receiver(Reply(429, {"Retry-After": later})) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()

        [waiting] = await deliveries(lab, endpoint)
        wait = (at(waiting["next_attempt_at"]) - at(waiting["last_attempt_at"])).total_seconds()
        assert 97 <= wait <= 101


async def test_a_receiver_may_abort_a_message(lab: Lab) -> None:
    async with Receiver(Reply(500, {"webhook-delivery": "abort-message"})) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()
        await lab.advance("P2D")

        [only] = await deliveries(lab, endpoint)
        assert (only["status"], only["next_attempt_at"], len(receiver.got)) == ("aborted", None, 1)


async def test_after_eight_attempts_in_28_hours_the_delivery_has_failed(lab: Lab) -> None:
    async with Receiver(always=500) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.advance("P2D")

        tried = await attempts(lab, endpoint)
        assert len(tried) == 8
        assert timedelta(hours=22) < at(tried[-1]["created_at"]) - at(tried[0]["created_at"]) < timedelta(hours=33.2)
        assert [each["status"] for each in await deliveries(lab, endpoint)] == ["failed"]


async def test_five_days_of_nothing_but_failures_disable_the_endpoint_and_tell_the_others(lab: Lab) -> None:
    async with Receiver(always=500) as dead, Receiver() as watcher:
        endpoint = await an_endpoint(lab, dead, types=["shop"])
        await an_endpoint(lab, watcher, types=["endpoint"])
        await happens(lab)
        await lab.advance("P4DT23H")
        await happens(lab)
        await lab.settle()
        assert (await the_endpoint(lab, endpoint))["enabled"] is True

        await lab.advance("PT4H")

        shown = await the_endpoint(lab, endpoint)
        assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
        [told] = watcher.got
        assert told.type == "endpoint.disabled"
        assert told.json["data"]["endpoint_id"] == endpoint["id"]
        assert told.json["data"]["reason"] == "failing"
        assert told.json["data"]["first_failure_at"] == shown["first_failure_at"]


async def test_a_success_in_between_starts_the_five_days_anew(lab: Lab) -> None:
    async with Receiver(500, 200, always=500) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.advance("P4D")
        assert (await the_endpoint(lab, endpoint))["first_failure_at"] is None
        await happens(lab)
        await lab.advance("P2D")
        await happens(lab)
        await lab.settle()

        assert (await the_endpoint(lab, endpoint))["enabled"] is True


async def test_enabling_again_forgets_past_failures(lab: Lab) -> None:
    async with Receiver(410) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()
        shown = await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/enable", 200)
        await happens(lab, "again")
        await lab.settle()

        assert (shown["enabled"], shown["disabled_reason"], shown["first_failure_at"]) == (True, None, None)
        assert names(receiver)[-1] == "again"


async def test_four_failures_the_last_one_and_a_recovery_are_told_to_the_others_only(lab: Lab) -> None:
    async with Receiver(always=500) as sick, Receiver() as watcher:
        endpoint = await an_endpoint(lab, sick)
        await an_endpoint(lab, watcher, types=["message"])
        await happens(lab)
        await lab.advance("PT20M")
        assert watcher.got == []
        await lab.advance("PT1H")
        assert watcher.types == ["message.attempt.failing"]
        await lab.advance("P2D")
        assert watcher.types == ["message.attempt.failing", "message.attempt.exhausted"]
        sick.always = 200

        await post(lab, f"/v1/webhook-messages/{sick.got[0].id}/resend", endpoint_id=endpoint["id"])
        await lab.settle()

        assert watcher.types == ["message.attempt.failing", "message.attempt.exhausted", "message.attempt.recovered"]
        assert watcher.got[0].json["data"]["attempts"] == 4
        assert {each.json["data"]["endpoint_id"] for each in watcher.got} == {endpoint["id"]}
        assert set(sick.types) == {"shop.created"}


async def test_two_failing_endpoints_do_not_complain_of_each_other_for_ever(lab: Lab) -> None:
    async with Receiver(always=500) as one, Receiver(always=500) as other:
        await an_endpoint(lab, one)
        await an_endpoint(lab, other)
        await happens(lab)
        await lab.advance("P4D")

        told = (await get(lab, "/v1/webhook-messages", limit=100))["items"]
        assert sorted(each["type"] for each in told) == ["message.attempt.exhausted"] * 2 + [
            "message.attempt.failing"
        ] * 2 + ["shop.created"]


async def test_fifo_never_sends_the_second_before_the_first_has_arrived(lab: Lab) -> None:
    async with Receiver(500, 500, 500) as receiver:
        endpoint = await an_endpoint(lab, receiver, ordering="fifo")
        for name in ("1", "2", "3"):
            await happens(lab, name)
        await lab.settle()
        assert names(receiver) == ["1"]
        await lab.advance("PT10S")
        assert names(receiver) == ["1", "1"]

        await lab.advance("PT1H")

        assert names(receiver) == ["1", "1", "1", "1", "2", "3"]
        assert {each["status"] for each in await deliveries(lab, endpoint)} == {"delivered"}


async def test_fifo_goes_on_when_the_head_is_exhausted(lab: Lab) -> None:
    async with Receiver(*[500] * 8) as receiver:
        endpoint = await an_endpoint(lab, receiver, ordering="fifo")
        await happens(lab, "1")
        await happens(lab, "2")
        await lab.advance("P2D")

        assert names(receiver) == ["1"] * 8 + ["2"]
        assert [each["status"] for each in await deliveries(lab, endpoint)] == ["failed", "delivered"]


async def test_without_order_a_failing_message_does_not_hold_up_the_next(lab: Lab) -> None:
    async with Receiver(500) as receiver:
        await an_endpoint(lab, receiver)
        await happens(lab, "1")
        await lab.settle()
        await happens(lab, "2")
        await lab.settle()

        assert names(receiver) == ["1", "2"]


async def test_a_rate_spreads_calls_out(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver, rate=1)
        for name in "abc":
            await happens(lab, name)
        await lab.advance("PT10S")

        first, second, third = [at(each["created_at"]) for each in await attempts(lab, endpoint)]
        assert second - first >= timedelta(seconds=0.99)
        assert third - second >= timedelta(seconds=0.99)


async def test_the_address_can_be_changed_while_a_message_waits(lab: Lab) -> None:
    async with Receiver(always=500) as old, Receiver() as new:
        endpoint = await an_endpoint(lab, old)
        await happens(lab)
        await lab.settle()
        await lab.client.patch(f"/v1/webhook-endpoints/{endpoint['id']}", json={"url": new.url})
        await lab.advance(ALWAYS_FIVE_SECONDS)

        assert (len(old.got), len(new.got)) == (1, 1)
        assert old.got[0].id == new.got[0].id


async def test_an_endpoint_of_another_shop_hears_nothing(lab: Lab) -> None:
    other = await lab.other()
    async with Receiver() as receiver:
        await an_endpoint(other, receiver)
        await happens(lab)
        await lab.settle()
        await other.settle()

        assert receiver.got == []
