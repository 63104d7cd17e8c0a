"""What is older than what is known is logged as stale, whatever kind of resource it is about."""

from typing import Any

import pytest

from senders import connect, deliver, delivery_of, payload, shopify

NEWER, SAME, OLDER = "2026-06-05T10:00:00Z", "2026-06-05T10:00:00Z", "2026-06-04T10:00:00Z"


async def outcome(lab, made, topic: str, body: dict[str, Any]) -> tuple[str, str | None]:
    """What became of one delivery."""
    answer = await deliver(lab, made, shopify(topic, body))
    await lab.settle()
    kept = await delivery_of(lab, answer)
    return kept["status"], kept["reason"]


@pytest.mark.parametrize(
    ("topic", "name"), [("customers/update", "customers_update"), ("fulfillments/update", "fulfillments_create")]
)
async def test_an_older_version_is_stale_and_an_equal_one_is_not(lab, topic, name):
    made = await connect(lab, "shopify")
    body = payload("shopify", name)

    assert await outcome(lab, made, topic, {**body, "updated_at": NEWER}) == ("processed", None)
    assert await outcome(lab, made, topic, {**body, "updated_at": SAME, "note": "again"}) == ("processed", None)
    assert await outcome(lab, made, topic, {**body, "updated_at": OLDER}) == ("stale", "older than what is known")


async def test_a_creation_that_comes_late_is_not_stale(lab):
    made = await connect(lab, "shopify")
    body = payload("shopify", "customers_update")
    await outcome(lab, made, "customers/update", {**body, "updated_at": NEWER})

    assert await outcome(lab, made, "customers/create", {**body, "updated_at": OLDER}) == ("processed", None)
