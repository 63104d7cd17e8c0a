"""A flow changes while people are on their way through it (engagement.md, scenario 6)."""

import pytest
import pytest_asyncio

from flow_cast import a_flow, a_message, a_version, an_order, delivered, mails, published, run, runs, silence, the_run

V1 = {"id": "pause", "wait": {"for": "P7D"}}
V2 = {"id": "pause", "wait": {"for": "P3D"}}
PUBLISHED = "2026-06-05T10:00:00Z"


@pytest_asyncio.fixture
async def shop(make_lab):
    """Somebody entered version 1 on 1 June at ten; it is 5 June, noon, and version 2 is ready."""
    lab = await make_lab(clock_at="2026-05-30T06:00:00Z")
    await silence(lab)
    lab.flow = await a_flow(lab, V1, a_message("usage_tips"))
    await an_order(lab)
    await lab.advance_to("2026-06-01T08:00:00Z")
    await delivered(lab, when="2026-06-01T10:00")
    await lab.advance_to(PUBLISHED)
    return lab


async def test_pinned_they_go_on_as_they_began(shop):
    done = await published(shop, shop.flow, await a_version(shop, shop.flow, V2, a_message("usage_tips")))
    found = await the_run(shop)
    assert (found["due_at"], found["flow_version"]) == ("2026-06-08T08:00:00Z", 1)
    assert (done["pinned"], done["unmigrated"]) == (1, [])


@pytest.mark.parametrize(
    ("policy", "due"),
    [
        ("keep_due", "2026-06-08T08:00:00Z"),
        ("reanchor", "2026-06-05T10:00:00Z"),
        ("restart", "2026-06-08T10:00:00Z"),
    ],
)
async def test_migrated_a_wait_is_timed_as_asked(shop, policy, due):
    number = await a_version(shop, shop.flow, V2, a_message("usage_tips"))
    done = await published(shop, shop.flow, number, in_flight="migrate", wait_policy=policy)
    assert done["migrated"] == 1
    found = await the_run(shop)
    assert found["flow_version"] == 2
    assert found["due_at"][:16] == due[:16]


async def test_reanchored_what_is_overdue_happens_once_and_now(shop):
    number = await a_version(shop, shop.flow, V2, a_message("usage_tips"))
    await published(shop, shop.flow, number, in_flight="migrate", wait_policy="reanchor")
    await shop.settle()
    assert len(await mails(shop, "usage_tips")) == 1
    await shop.advance_to("2026-06-20T10:00:00Z")
    assert len(await mails(shop, "usage_tips")) == 1


async def test_whoever_enters_later_enters_the_new_version(shop):
    await published(shop, shop.flow, await a_version(shop, shop.flow, V2, a_message("usage_tips")))
    await an_order(shop, "1002", placed="2026-06-05T13:00", email="bea@example.com")
    await shop.advance_to("2026-06-06T08:00:00Z")
    await delivered(shop, "q1", order="1002", when="2026-06-06T10:00")
    newest = (await runs(shop))[0]
    assert (newest["due_at"], newest["flow_version"]) == ("2026-06-09T08:00:00Z", 2)


async def test_a_step_that_is_gone_without_a_mapping_keeps_its_run_and_says_so(shop):
    number = await a_version(shop, shop.flow, {"id": "nap", "wait": {"for": "P3D"}}, a_message("usage_tips"))
    done = await published(shop, shop.flow, number, in_flight="migrate", wait_policy="reanchor")
    before = await the_run(shop)
    assert done["unmigrated"] == [{"run_id": before["id"], "step_id": "pause", "reason": "step_without_mapping"}]
    assert (before["flow_version"], before["due_at"]) == (1, "2026-06-08T08:00:00Z")


async def test_with_a_mapping_it_moves(shop):
    number = await a_version(shop, shop.flow, {"id": "nap", "wait": {"for": "P3D"}}, a_message("usage_tips"))
    plan = {"in_flight": "migrate", "wait_policy": "restart", "step_map": {"pause": "nap"}}
    assert (await published(shop, shop.flow, number, **plan))["migrated"] == 1
    assert (await the_run(shop))["step_id"] == "nap"


async def test_cancelled_they_end_with_the_version(shop):
    number = await a_version(shop, shop.flow, V2, a_message("usage_tips"))
    assert (await published(shop, shop.flow, number, in_flight="cancel"))["cancelled"] == 1
    found = await the_run(shop)
    assert (found["status"], found["reason"]) == ("cancelled", "version_replaced")


async def test_draining_nobody_enters_until_the_old_runs_are_through(shop):
    number = await a_version(shop, shop.flow, V2, a_message("usage_tips"))
    await published(shop, shop.flow, number, in_flight="drain")
    await an_order(shop, "1002", placed="2026-06-05T13:00", email="bea@example.com")
    await delivered(shop, "q1", order="1002", when="2026-06-05T13:00")
    old = await the_run(shop)
    refused = await shop.client.get(f"/v1/flows/{shop.flow}/refusals")
    assert [one["reason"] for one in refused.json()["items"]] == ["flow_draining"]
    await shop.advance_to("2026-06-09T08:00:00Z")
    assert (await run(shop, old["id"]))["status"] == "completed"
    await an_order(shop, "1003", placed="2026-06-09T10:00", email="cleo@example.com")
    await delivered(shop, "r1", order="1003", when="2026-06-09T11:00")
    assert (await runs(shop))[0]["flow_version"] == 2
