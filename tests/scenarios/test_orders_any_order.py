"""Through the store: whatever the order of arrival, one at a time, in batches or at once, the end is the same."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import event

from aftersales_api.orders import facts, intake
from aftersales_api.orders.facts import ShipmentStatus
from aftersales_api.orders.intake import Incoming
from orders_history import await_now, histories, order_of, refund, scan, seen, tell, told
from orders_history import parcel as parcel_seen

ORDER = "9007199254740993"
UNSEEN = {"id", "order_id", "created_at", "updated_at", "received_at", "version", "position"}


def picture(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: picture(member) for key, member in value.items() if key not in UNSEEN}
    if isinstance(value, list):
        return sorted((picture(each) for each in value), key=repr)
    return value


def named(entries: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What was told, without where the parcel stood when it was told."""
    names = ("shipment_external_id", "refund_external_id", "amount")
    step = [str(entry["data"]["shipment_status"]) if entry["type"] == "shipment.updated" else "" for entry in entries]
    return sorted(
        (entry["type"], at, *(str(entry["data"].get(name)) for name in names))
        for entry, at in zip(entries, step, strict=True)
    )


def invented(seed: int) -> list[facts.Fact]:
    """One invented life, the same for the same seed."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    found: list[list[facts.Fact]] = []

    @seeded(seed)
    @settings(
        max_examples=6, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(histories())
    def collect(life: list[facts.Fact]) -> None:
        found.append(life)

    collect()
    return max(found, key=len)


@pytest.mark.parametrize("number", range(6))
async def test_one_at_a_time_in_any_order_with_repetitions(lab: Any, number: int) -> None:
    life, dice = invented(number), random.Random(number)
    await tell(lab, life)
    expected = await order_of(lab)

    for _ in range(3):
        mixed = life + dice.choices(life, k=3)
        dice.shuffle(mixed)
        other = await lab.other()
        await tell(other, mixed)
        order = await order_of(other)
        assert picture(order) == picture(expected)
        assert named(await told(other, order)) == named(await told(lab, expected))


@pytest.mark.parametrize("number", range(4))
async def test_in_one_batch_or_many_the_end_is_the_same(lab: Any, number: int) -> None:
    life = invented(100 + number)
    await tell(lab, life)
    expected = await order_of(lab)

    other = await lab.other()
    batch = [Incoming(fact, "generic") for fact in life]
    random.Random(number).shuffle(batch)
    async with other.tx() as tx:
        await intake.apply_batch(tx, batch, now=await_now(life[-1]))

    order = await order_of(other)
    assert picture(order) == picture(expected)
    assert named(await told(other, order)) == named(await told(lab, expected))


async def test_at_once_from_many_workers(lab: Any) -> None:
    life = [
        seen(0, "order.created", email="ada@example.com"),
        seen(1, "order.paid", email="ada@example.com", financial_status=facts.FinancialStatus.PAID),
        parcel_seen(
            "P1", 2, lines=tuple(facts.ShipmentLineSaid(order_line_external_id=each, quantity=2) for each in "AB")
        ),
        scan("P1", ShipmentStatus.DELIVERED, 12),
        refund("R1", 1000, 20),
    ]

    await asyncio.gather(*(tell(lab, [fact]) for fact in life * 4))

    order = await order_of(lab)
    types = [entry["type"] for entry in await told(lab, order)]
    assert sorted(types) == sorted(set(types))
    assert {
        "order.created",
        "order.paid",
        "order.fulfilled",
        "order.delivered",
        "refund.recorded",
        "shipment.delivered",
    } <= set(types)
    assert len((await lab.client.get("/v1/customers")).json()["items"]) == 1


async def test_a_stale_snapshot_leaves_the_order_alone_but_its_refund_counts(lab: Any) -> None:
    newest = seen(5, financial_status=facts.FinancialStatus.PAID, phone="+34600")
    stale = seen(
        3, financial_status=facts.FinancialStatus.PENDING, phone="+34111", refunds=(refund("R1", 1000, 3).refund,)
    )

    outcomes = await tell(lab, [seen(0, "order.created"), newest, stale])

    order = await order_of(lab)
    assert outcomes == ["applied", "applied", "stale"]
    assert (order["phone"], order["financial_status"], len(order["refunds"])) == ("+34600", "partially_refunded", 1)


async def test_created_after_updated_only_fills_blanks(lab: Any) -> None:
    outcomes = await tell(
        lab, [seen(5, phone="+34600"), seen(0, "order.created", phone="+34111", email="ada@example.com")]
    )

    order = await order_of(lab)
    assert outcomes == ["applied", "applied"]
    assert (order["phone"], order["email"]) == ("+34600", "ada@example.com")


async def test_a_refund_nested_and_sent_alone_is_one_refund(lab: Any) -> None:
    alone = refund("R1", 1000, 4)
    await tell(lab, [seen(0), alone, seen(5, refunds=(alone.refund,)), alone])

    order = await order_of(lab)
    assert (len(order["refunds"]), order["refunded_total"]["amount"]) == (1, "10.00")
    assert [entry["type"] for entry in await told(lab, order)].count("refund.recorded") == 1


async def test_a_batch_costs_as_many_statements_as_one_fact(lab: Any) -> None:
    async def statements(count: int) -> int:
        heard: list[str] = []

        def listen(*args: Any) -> None:
            heard.append(args[2])

        engine = lab.database.engine.sync_engine
        batch = [
            Incoming(
                facts.OrderSeen(
                    **{
                        **{name: getattr(seen(0), name) for name in facts.OrderSeen.__dataclass_fields__},
                        "external_id": f"{count}-{n}",
                        "email": f"e{n}@example.com",
                    }
                ),
                "generic",
            )
            for n in range(count)
        ]
        async with lab.tx() as tx:
            event.listen(engine, "before_cursor_execute", listen)
            try:
                await intake.apply_batch(tx, batch, now=await_now(batch[0].fact))
            finally:
                event.remove(engine, "before_cursor_execute", listen)
        return len(heard)

    assert await statements(1) == await statements(40) <= 7
