"""Sending again: one message, all that failed, all that was never told; sending to one endpoint; forgetting content."""

import json

import pytest

from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import new_id
from aftersales_api.outbound import service
from aftersales_api.outbound.errors import EndpointIsDisabled
from aftersales_api.outbound.service import resending
from lab import Lab
from receiver import Receiver
from webhook_steps import an_endpoint, attempts, deliveries, get, happens, names, post, the_endpoint, uuid


async def recovered(lab: Lab, endpoint: dict[str, str], verb: str, since: str) -> dict[str, object]:
    """Start a recovery or replay, let it run, and see how it ended."""
    begun = await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/{verb}?since={since.replace('+00:00', 'Z')}")
    assert begun["status"] == "running"
    await lab.settle()
    found: dict[str, object] = await get(lab, f"/v1/webhook-endpoints/{endpoint['id']}/backfills/{begun['id']}")
    return found


async def test_a_resend_repeats_one_message_at_one_endpoint_under_the_same_id(lab: Lab) -> None:
    async with Receiver() as one, Receiver() as other:
        endpoint = await an_endpoint(lab, one)
        await an_endpoint(lab, other)
        await happens(lab, "a")
        await happens(lab, "b")
        await lab.settle()
        [first, _] = one.got

        sent = await post(lab, f"/v1/webhook-messages/{first.id}/resend", endpoint_id=endpoint["id"])
        await lab.settle()

        assert sent["status"] == "pending"
        assert names(one) == ["a", "b", "a"]
        assert names(other) == ["a", "b"]
        assert (one.got[2].id, one.got[2].body) == (first.id, first.body)
        assert one.got[2].headers["webhook-timestamp"] != first.headers["webhook-timestamp"]
        assert [each["trigger"] for each in await attempts(lab, endpoint)] == ["scheduled", "scheduled", "manual"]


async def test_a_resend_climbs_the_ladder_from_its_foot(lab: Lab) -> None:
    async with Receiver(always=500) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.advance("P2D")
        await post(lab, f"/v1/webhook-messages/{receiver.got[0].id}/resend?endpoint_id={endpoint['id']}")
        await lab.advance("P2D")

        tried = await attempts(lab, endpoint)
        assert [each["number"] for each in tried] == list(range(1, 17))
        assert [each["trigger"] for each in tried] == ["scheduled"] * 8 + ["manual"] + ["scheduled"] * 7


async def test_a_message_can_be_sent_to_an_endpoint_that_never_had_it(lab: Lab) -> None:
    async with Receiver() as one, Receiver() as late:
        await an_endpoint(lab, one)
        await happens(lab)
        await lab.settle()
        endpoint = await an_endpoint(lab, late)

        await post(lab, f"/v1/webhook-messages/{one.got[0].id}/resend", endpoint_id=endpoint["id"])
        await lab.settle()

        assert late.got[0].id == one.got[0].id


async def test_recover_sends_exactly_what_failed_since_then(lab: Lab) -> None:
    async with Receiver(always=500) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab, "too old")
        await lab.advance("P2D")
        since = (await lab.now()).isoformat()
        await happens(lab, "failed")
        await happens(lab, "failed too")
        await lab.advance("P2D")
        receiver.always = 200
        await happens(lab, "fine")
        await lab.settle()
        receiver.got.clear()

        done = await recovered(lab, endpoint, "recover", since)

        assert sorted(names(receiver)) == ["failed", "failed too"]
        assert (done["status"], done["queued"]) == ("completed", 2)
        assert [each["status"] for each in await deliveries(lab, endpoint)] == [
            "failed",
            "delivered",
            "delivered",
            "delivered",
        ]


async def test_recover_takes_its_instant_from_the_body_too(lab: Lab) -> None:
    async with Receiver(410) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()
        await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/enable", 200)

        await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/recover", since="2000-01-01T00:00:00Z")
        await lab.settle()

        assert names(receiver) == ["Luna", "Luna"]


async def test_replay_missing_sends_exactly_what_was_never_attempted(lab: Lab) -> None:
    async with Receiver() as receiver, Receiver(500) as other:
        await an_endpoint(lab, other)
        await happens(lab, "too old")
        await lab.advance("PT1H")
        since = (await lab.now()).isoformat()
        await happens(lab, "missed")
        await lab.settle()
        endpoint = await an_endpoint(lab, receiver, types=["shop"])
        await happens(lab, "known")
        await lab.settle()
        await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/disable", 200)
        await happens(lab, "missed while off")
        await lab.settle()
        await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/enable", 200)
        receiver.got.clear()
        heard_by_other = len(other.got)

        done = await recovered(lab, endpoint, "replay-missing", since)

        assert names(receiver) == ["missed", "missed while off"]
        assert (done["status"], done["queued"]) == ("completed", 2)
        assert len(other.got) == heard_by_other


async def test_replay_missing_heeds_the_types_an_endpoint_wants_now(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver, types=["order"])
        since = (await lab.now()).isoformat()
        await happens(lab)
        await lab.settle()
        await recovered(lab, endpoint, "replay-missing", since)
        assert receiver.got == []

        await lab.client.patch(f"/v1/webhook-endpoints/{endpoint['id']}", json={"types": ["shop"]})
        await recovered(lab, endpoint, "replay-missing", since)
        await recovered(lab, endpoint, "replay-missing", since)

        assert names(receiver) == ["Luna"]


async def test_a_replay_of_the_same_event_has_the_id_the_others_got(lab: Lab) -> None:
    async with Receiver() as one, Receiver() as late:
        await an_endpoint(lab, one)
        since = (await lab.now()).isoformat()
        await happens(lab)
        await lab.settle()
        endpoint = await an_endpoint(lab, late)
        await recovered(lab, endpoint, "replay-missing", since)

        assert (late.got[0].id, late.got[0].body) == (one.got[0].id, one.got[0].body)


async def test_a_replay_of_many_goes_on_in_batches(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resending, "BATCH", 3)
    async with Receiver() as receiver:
        since = (await lab.now()).isoformat()
        for number in range(10):
            await happens(lab, str(number))
        await lab.settle()
        endpoint = await an_endpoint(lab, receiver, types=["shop"])

        done = await recovered(lab, endpoint, "replay-missing", since)

        assert sorted(names(receiver), key=int) == [str(number) for number in range(10)]
        assert done["queued"] == 10


async def test_disabling_ends_what_waits_and_recover_brings_it_back(lab: Lab) -> None:
    async with Receiver(500) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()
        await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/disable", 200)
        await lab.advance("P1D")
        assert [each["status"] for each in await deliveries(lab, endpoint)] == ["failed"]
        await post(lab, f"/v1/webhook-endpoints/{endpoint['id']}/enable", 200)

        await recovered(lab, endpoint, "recover", "2000-01-01T00:00:00Z")

        assert names(receiver) == ["Luna", "Luna"]


async def test_a_named_endpoint_is_told_once_per_dedupe_key_whatever_it_listens_to(lab: Lab) -> None:
    async with Receiver() as named, Receiver() as other:
        endpoint = await an_endpoint(lab, named, types=["order"])
        await an_endpoint(lab, other)
        for _ in range(2):
            async with lab.tx() as tx:
                await service.send_to(
                    tx,
                    uuid("whe", endpoint["id"]),
                    "flow.told",
                    {"name": "Ada"},
                    "run:1",
                    await lab.now(),
                    order_id=new_id(),
                )
            await lab.settle()

        assert (named.types, other.types) == (["flow.told"], [])
        assert named.got[0].json["data"]["name"] == "Ada"
        assert named.got[0].json["data"]["order_id"].startswith("ord_")


async def test_a_disabled_or_unknown_endpoint_cannot_be_told_anything(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver, enabled=False)
        async with lab.tx() as tx:
            with pytest.raises(EndpointIsDisabled):
                await service.send_to(tx, uuid("whe", endpoint["id"]), "flow.told", {}, "run:1", await lab.now())
            with pytest.raises(NotFound):
                await service.send_to(tx, new_id(), "flow.told", {}, "run:1", await lab.now())


async def test_an_expunged_message_shows_nothing_and_is_never_sent_again(lab: Lab) -> None:
    async with Receiver(500) as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab, "Ada Lovelace")
        await lab.settle()
        path = f"/v1/webhook-messages/{receiver.got[0].id}"

        answer = await lab.client.delete(f"{path}/content")
        await lab.advance("P2D")

        shown = await get(lab, path)
        refused = await lab.client.post(f"{path}/resend", json={"endpoint_id": endpoint["id"]})
        assert (answer.status_code, shown["payload"]) == (204, None)
        assert shown["expunged_at"] is not None
        assert [each["status"] for each in shown["deliveries"]] == ["aborted"]
        assert (refused.status_code, refused.json()["code"]) == (409, "content_expunged")
        assert len(receiver.got) == 1
        assert (await attempts(lab, endpoint))[0]["response"] is None


async def test_what_was_said_about_an_erased_customer_is_forgotten(lab: Lab) -> None:
    customer, other = new_id(), new_id()
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver)
        async with lab.tx() as tx:
            for number, who in enumerate((customer, other)):
                await service.send_to(
                    tx,
                    uuid("whe", endpoint["id"]),
                    "flow.told",
                    {"name": "Ada"},
                    f"run:{number}",
                    await lab.now(),
                    customer_id=who,
                )
        await lab.settle()
        async with lab.tx() as tx:
            assert await service.erase_customer(tx, customer, await lab.now()) == 1

        shown = [(await get(lab, f"/v1/webhook-messages/{each.id}"))["payload"] for each in receiver.got]
        assert shown[0] is None
        assert json.loads(receiver.got[1].body) == shown[1]


async def test_old_messages_and_attempts_are_forgotten_after_thirty_days(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab, "old")
        await lab.advance("P20D")
        await happens(lab, "young")
        await lab.advance("P15D")

        kept = (await get(lab, "/v1/webhook-messages"))["items"]
        assert [each["id"] for each in kept] == [receiver.got[1].id]
        assert len(await deliveries(lab, endpoint)) == len(await attempts(lab, endpoint)) == 1
        assert (await the_endpoint(lab, endpoint))["version"] == endpoint["version"]


async def test_what_is_too_old_to_be_known_is_not_replayed_as_missing(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver, types=["shop"])
        since = (await lab.now()).isoformat()
        await happens(lab, "delivered long ago")
        await lab.advance("P40D")

        await recovered(lab, endpoint, "replay-missing", since)

        assert names(receiver) == ["delivered long ago"]
